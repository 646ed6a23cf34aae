"""Exploring cases: what is shown is what is coded, and no joint count of the reconstruction stands alone."""

import itertools
import re
from fractions import Fraction

import pandas as pd
import pytest
from coded import CODEBOOK
from filled import filled
from samples import random_units

from analysis import figures, paths
from analysis.errors import UserError
from analysis.explore import exploring
from analysis.sheets import workbook
from analysis.study import codebook as codebooks
from analysis.study import studies
from analysis.study.claims import Claim
from analysis.study.codebook import LANGUAGES
from analysis.study.expressions import evaluate, parse_quantity
from analysis.study.studies import Study

UNITS = random_units(CODEBOOK, 12)


@pytest.fixture(scope="module")
def shipped():
    return studies.read(paths.DEFAULT_STUDY)


@pytest.fixture(scope="module")
def kept(shipped):
    return workbook.read_tidy(paths.derived(paths.DEFAULT_STUDY), shipped.codebook)


@pytest.fixture(scope="module")
def within(shipped):
    return exploring.leeway(shipped)


def changed(**columns: str) -> dict[str, pd.DataFrame]:
    """The random files with these columns replaced."""
    return UNITS | {"files": UNITS["files"].assign(**columns)}


# Picking


def test_files_are_picked_by_condition_in_the_order_of_the_sheet():
    rows = UNITS["files"]
    wanted = rows.loc[(rows["sex"] == "female") & (rows["n_plans"] >= 2), "file_id"]
    assert exploring.pick(UNITS, CODEBOOK, "sex == female and n_plans >= 2") == list(wanted)
    assert exploring.pick(UNITS, CODEBOOK, " ") == list(rows["file_id"])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("sx == female", "Did you mean sex"),
        ("local_agreement", "about authorities"),
        ("files(sex == female)", "not a condition"),
        ("sex == femal", "Its codes: female"),
        ("__import__('os')", "not a word"),
    ],
)
def test_a_condition_that_picks_nothing_is_explained(text, message):
    with pytest.raises(UserError, match=message):
        exploring.pick(UNITS, CODEBOOK, text)
    with pytest.raises(UserError, match=r"^(I '|').* (inget|ingen|inte) "):
        exploring.picked(UNITS, CODEBOOK, text, "sv")


def test_the_picked_files_are_listed_with_what_the_condition_asks():
    table = exploring.picked(UNITS, CODEBOOK, "sex == female", "en")
    count = (UNITS["files"]["sex"] == "female").sum()
    assert table.title == f"{count} of 12 files: sex == female"
    assert [[cell.text for cell in row.cells] for row in table.rows] == [["Female"]] * count
    assert len(exploring.picked(UNITS, CODEBOOK, "", "en").rows) == 12


# A file's story


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_story_tells_what_was_kept_gained_and_lost(language):
    units = changed(
        before_social_substance="yes", after_social_substance="yes", before_social_mental="yes",
        after_social_mental="no", before_social_economic="no", after_social_economic="yes", before_social_other="no",
        after_social_other="nd",
    )  # fmt: skip
    table = exploring.story(units, CODEBOOK, "F03", language)
    labels = [row.label for row in table.rows]
    at = labels.index(CODEBOOK.frame("block", "social_service").label[language])
    said = [row.cells[0].text for row in table.rows[at : at + 4]]
    substance, mental, economic = (CODEBOOK.variable(f"after_social_{n}").label[language] for n in
                                   ("substance", "mental", "economic"))  # fmt: skip
    assert said == [f"{substance}; {mental} → {substance}; {economic}", substance, economic, mental]


def test_a_story_holds_each_coded_answer_once_and_counts_what_is_not_coded():
    table = exploring.story(UNITS, CODEBOOK, "F01", "en")
    row = UNITS["files"].iloc[0]
    shown = {line.label: line.cells[0].text for line in table.rows if line.cells}
    assert shown["Residence"] == CODEBOOK.label("residence", row["residence"], "en")
    assert shown["Number of plans"] == str(row["n_plans"])
    assert ("Alcohol" in shown["Substance abuse problems"]) == (row["abuse_alcohol"] == "yes")
    blank = exploring.story(changed(standard_form="", residence=""), CODEBOOK, "F01", "en")
    missing = [int(re.match(r"\d+", t.notes[-1])[0]) if t.notes[-1][0].isdigit() else 0 for t in (table, blank)]
    assert missing[1] - missing[0] == 2 and "Residence" not in {line.label for line in blank.rows}


def test_what_a_file_does_not_say_is_told_apart_from_no():
    table = exploring.story(changed(met_health_primary="nd"), CODEBOOK, "F01", "en")
    (line,) = [row for row in table.rows if row.label == "Represented: health care"]
    assert line.cells[0].text.endswith("(not documented: Primary care)")


def test_a_file_that_is_not_there_is_named_with_those_that_are():
    with pytest.raises(UserError, match=r"no file 'R99'.*F01"):
        exploring.story(UNITS, CODEBOOK, "R99", "en")


# Crossing and meeting


@pytest.mark.parametrize("pair", [("sex", "n_plans"), ("met_psychiatric", "user_present"), ("born_in_sweden", "sex")])
def test_a_cross_table_counts_what_pandas_counts(pair):
    table = exploring.crossed(UNITS, CODEBOOK, *pair, "en").to_frame()
    inner = table.iloc[:-1, 2:-1].astype(int)
    assert inner.to_numpy().sum() == 12
    assert (inner.sum(axis=1) == table.iloc[:-1, -1]).all() and list(inner.sum()) == list(table.iloc[-1, 2:-1])
    if pair[0] == "sex":
        expected = pd.crosstab(UNITS["files"]["sex"], UNITS["files"]["n_plans"])
        order = [int(code) for code in CODEBOOK.variable("n_plans").code_names()]
        assert inner.to_numpy().tolist() == expected.reindex(columns=order, fill_value=0).to_numpy().tolist()


def test_not_documented_and_blank_answers_have_rows_of_their_own():
    rows = UNITS["files"]
    units = changed(user_present=["nd", "", *rows["user_present"][2:]])
    table = exploring.crossed(units, CODEBOOK, "user_present", "sex", "en").to_frame()
    assert list(table["label"]) == ["Yes", "No", "Not documented", "Not coded", "Files"]
    assert table.set_index("label")["Files"][["Not documented", "Not coded"]].tolist() == [1, 1]


def test_what_nobody_coded_gives_an_empty_table_that_says_so():
    units = changed(met_health_outpatient="", met_health_inpatient="")
    table = exploring.crossed(units, CODEBOOK, "met_psychiatric", "sex", "en")
    assert not table.rows and "Outpatient psychiatric care" in table.notes[0] and table.to_html() and str(table)
    assert not exploring.picked(units, CODEBOOK, "met_psychiatric", "en").rows
    assert "met_psychiatric" not in exploring.variables_to_cross(units, CODEBOOK)
    for name in ("file_id", "row_status", "case_note", "local_agreement"):
        with pytest.raises(UserError, match="cannot be crossed"):
            exploring.crossed(UNITS, CODEBOOK, name, "sex", "en")
    with pytest.raises(UserError, match=r"Menade du residence \(Boende\)"):
        exploring.crossed(UNITS, CODEBOOK, "residens", "sex", "sv")


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_two_variables_are_called_the_same(language):
    """A table of two variables says which is which: before the plan or after it, at the table or given as help."""
    names = exploring.variables_to_cross(UNITS, CODEBOOK)
    heads = {name: exploring.crossed(UNITS, CODEBOOK, name, "sex", language).head[0].text for name in names}
    assert len(set(heads.values())) == len(names)
    table = exploring.crossed(UNITS, CODEBOOK, "before_health_addiction", "after_health_addiction", language)
    assert table.head[0].text in table.title and heads["after_health_addiction"] in table.title
    picked = exploring.picked(UNITS, CODEBOOK, "before_health_addiction or after_health_addiction", language)
    assert [head.text for head in picked.head[1:]] == [
        heads["before_health_addiction"], heads["after_health_addiction"]
    ]  # fmt: skip


def test_no_joint_count_of_the_reconstruction_stands_alone(kept, shipped, within):
    tables = [
        exploring.crossed(kept, shipped.codebook, "residence", "employment", "en", within),
        exploring.crossed(
            kept, shipped.codebook, "met_health_outpatient", "met_social_mental_assessment", "en", within
        ),
    ]
    for table in tables:
        for cell in (cell for row in table.rows for cell in row.cells if cell):
            found = re.fullmatch(r"(\d+) \((\d+)–(\d+)\)", cell.text)
            assert found or cell.mark == exploring.FORCED
            if found:
                value, low, high = map(int, found.groups())
                assert low <= value <= high and low < high
        assert any(cell and cell.mark for row in table.rows for cell in row.cells)
        assert len(table.notes) == 3
    title = exploring.picked(kept, shipped.codebook, "met_health_addiction and met_psychiatric", "en", within).title
    assert title.startswith(f"3 {exploring.FORCED} of 12")


# What print leaves open


def said(text: str, number: int) -> Claim:
    """A printed count."""
    quantity = parse_quantity(text, CODEBOOK)
    where = dict.fromkeys(("where", "block", "item", "column", "unit", "note"), "")
    return Claim(f"{text} = {number}", published=str(number), low=Fraction(number), high=Fraction(number), relation="=",
                 quantity=quantity, alternative=None, stated=1, **where)  # fmt: skip


TICKS = ("user_present", "relative_present", "user_asked_for_plan")
ASKED = [
    "files(user_present)", "files(user_present and relative_present)", "files(any(user_present, relative_present))",
    "files(relative_present and not user_asked_for_plan)", "files(not user_present)",
    "files(all(user_present, relative_present, user_asked_for_plan))",
]  # fmt: skip


@pytest.mark.parametrize(
    "numbers",
    [
        {"files(user_present)": 2, "files(relative_present)": 2, "files(user_asked_for_plan)": 1},
        pytest.param(
            {"files(user_present and relative_present)": 2, "files(relative_present)": 1,
             "files(user_asked_for_plan)": 3}, marks=pytest.mark.long,
        ),
        pytest.param(
            {"files(user_present)": 3, "files(not user_present)": 1, "files(relative_present)": 1,
             "files(user_asked_for_plan and relative_present)": 1, "files(user_asked_for_plan)": 0},
            marks=pytest.mark.long,
        ),
    ],
)  # fmt: skip
def test_an_interval_is_that_of_all_data_sets_that_break_least(numbers):
    claims = (said("files()", 3), *(said(text, number) for text, number in numbers.items()))
    asks = exploring.leeway(Study("small", {"status": "reconstructed"}, CODEBOOK, claims, {}))
    broken, values = [], []
    # Only of the last one, which the codebook does not require, can print leave an answer out.
    lines = list(itertools.product(["yes", "no"], ["yes", "no"], ["yes", "no", "nd"]))
    for cells in itertools.product(lines, repeat=3):
        rows = pd.DataFrame(cells, columns=list(TICKS))
        counts = {claim.id: evaluate(claim.quantity, {"files": rows}) != claim.low for claim in claims}
        broken.append({name for name, differs in counts.items() if differs})
        values.append([int(evaluate(parse_quantity(text, CODEBOOK), {"files": rows})) for text in ASKED])
    fit = [value for value, gone in zip(values, broken, strict=True) if not any(other < gone for other in broken)]
    for text, found in zip(ASKED, zip(*fit, strict=True), strict=True):
        assert asks(parse_quantity(text, CODEBOOK)) == (min(found), max(found)), text


def test_print_says_nothing_of_what_it_does_not_count(within):
    assert within(parse_quantity("files(profession_social == manager)", CODEBOOK)) == (0, 12)
    assert within(parse_quantity("files(standard_form)", CODEBOOK)) == (7, 12)


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_interval_that_is_not_found_in_time_is_marked(kept, shipped, language):
    hasty = exploring.leeway(shipped, seconds=0)
    quantity = parse_quantity("files(met_health_addiction and met_psychiatric)", shipped.codebook)
    assert hasty(quantity) == (0, 12) and exploring.is_undecided(hasty, quantity)
    shown = exploring.crossed(kept, shipped.codebook, "before_social_and_health", "help_changed", language, hasty)
    assert {cell.mark for row in shown.rows for cell in row.cells} == {exploring.UNDECIDED}
    assert any(note.startswith("? ") for note in shown.notes)
    figure = figures.co_attendance(kept, shipped.codebook, language, hasty)
    assert set(figure.numbers["mark"]) == {exploring.UNDECIDED}
    assert "? " in figure.description


def test_original_rows_have_no_leeway(shipped):
    original = Study("own", {"status": "original"}, CODEBOOK, shipped.claims, {})
    assert exploring.leeway(original) is None


def test_a_tick_of_another_table_is_no_agency_at_the_table(tmp_path):
    own = ["aids,,,block,,,,,table2,,,,total,Aids,Stöd,,,", "aid,,help,tick,,,,,,aids,aid,before,,Aid,Stöd,,,"]
    (tmp_path / "codebook.csv").write_text("\n".join([",".join(codebooks.COLUMNS), *own]), encoding="utf-8")
    codebook = codebooks.read(paths.CODEBOOK, tmp_path / "codebook.csv")
    names = [agency.name for agency in exploring.agencies(filled(codebook, 12), codebook)]
    assert "met_health_addiction" in names and "aid" not in names
