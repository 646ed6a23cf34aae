"""What `import analysis` gives a researcher at home in pandas."""

import subprocess
import sys

import pandas as pd
import pytest

import analysis
from analysis import paths
from analysis.errors import UserError


@pytest.fixture(scope="module")
def study():
    return analysis.load(paths.DEFAULT_STUDY)


@pytest.fixture(scope="module")
def cases(study):
    return study.cases()


def test_cases_are_frames_by_unit(cases):
    assert list(cases) == ["files", "authorities"] and repr(cases) == "12 files, 6 authorities"
    assert isinstance(cases["files"], pd.DataFrame) and set(cases["files"]["sex"]) == {"female", "male"}


def test_labels_are_ordered_and_what_is_not_known_is_missing(cases):
    labelled = cases.labelled()
    for name, column in labelled.items():
        if isinstance(column.dtype, pd.CategoricalDtype):
            assert column.cat.ordered
        assert (column.isna() == cases["files"][name].isin(["", "nd"]) | cases["files"][name].isna()).all()
    assert labelled["sex"].value_counts().to_dict() == {"Female": 7, "Male": 5}
    assert labelled["n_plans"].dtype == "Int64" and labelled["age"].isna().all()


def test_labels_are_those_of_the_language_asked_for():
    swedish = analysis.load(paths.DEFAULT_STUDY, language="sv").cases().labelled()
    assert set(swedish["sex"]) == {"Kvinna", "Man"}


@pytest.mark.parametrize(("text", "value"), [("files(sex == female)", 7), ("authorities()", 6), ("sum(n_plans)", 28)])
def test_a_quantity_is_counted(cases, text, value):
    number = cases.count(text)
    assert (number.value, number.low, number.high, number.unknown) == (value, value, value, 0)


def test_a_text_that_is_no_quantity_is_told(cases):
    with pytest.raises(UserError, match="sexx"):
        cases.count("files(sexx == female)")


def test_a_table_shows_itself_and_holds_its_numbers(cases):
    table = cases.table("table1")
    assert list(table.frame) == ["block", "item", "column", "value", "unknown"]
    assert "<table" in table._repr_mimebundle_()["text/html"] and "Female" in repr(table)


@pytest.mark.parametrize("across", ["n_plans", "help_changed", "sex"])
def test_a_crosstab_is_what_pandas_counts(cases, across):
    frame = cases.crosstab("sex", across).frame
    assert list(frame) == ["down", "across", "n", "low", "high"]
    assert frame["n"].sum() == 12
    if across in cases["files"]:
        counted = pd.crosstab(cases["files"]["sex"], cases["files"][across].astype(str))
        assert all(counted.get(row.across, {}).get(row.down, 0) == row.n for row in frame.itertuples())


@pytest.mark.parametrize("unknown", ["", "nd"])
def test_a_crosstab_of_what_nobody_answered_is_empty_and_shows_it(study, unknown):
    cases = study.cases()
    cases["files"]["mental_health"] = unknown
    table = cases.crosstab("sex", "mental_health")
    assert table.frame.empty if not unknown else (table.frame["n"] == 0).all() and (table.frame["high"] > 0).all()
    assert "<table" in table._repr_mimebundle_()["text/html"]


def test_missing_answers_widen_a_crosstab(study):
    cases = study.cases()
    cases["files"].loc[0, "sex"] = "nd"
    frame = cases.crosstab("sex", "n_plans").frame
    assert frame["n"].sum() == 11 and (frame["high"] - frame["low"]).sum() == 2


@pytest.mark.long
def test_published_figures_are_compared_audited_and_bounded(study, cases):
    assert study.compare(cases)["verdict"].value_counts()["differs"] == 4
    audit = study.audit()
    assert len(audit.frames["conflicts"]) == 18 and len(audit.frames["unchecked"]) == 21
    assert {"means", "repairs", "readings", "assumptions"} <= set(audit.frames)
    assert len(audit.frames["forced"]) and repr(audit).startswith("At most 183 of 187")
    assert study.bounds("files(n_plans >= 2)").all_repairs.forced


@pytest.mark.long
def test_what_readme_shows_runs():
    lines = (paths.ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    start = lines.index("    import analysis")
    exec("\n".join(line[4:] for line in lines[start : lines.index("", start)]), {})


def test_the_package_is_imported_without_the_environment():
    code = "import sys, analysis; sys.exit('pandas' in sys.modules)"
    assert subprocess.run([sys.executable, "-S", "-c", code], cwd=paths.ROOT).returncode == 0
