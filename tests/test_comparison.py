"""Studies side by side: every number is that of its own study, and the figure shows the shares."""

import pandas as pd
import pytest
from filled import filled

from analysis import beginning, comparison, paths, studies, tables, workbook
from analysis.errors import UserError

OWN = """\
housing_support,,,block,,,,,table1,,,,base,Housing support,Boendestöd,,,
housing_support,,cases,choice,yes,,,,,housing_support,,,,Housing support,Boendestöd,,,
housing_support,daily,,,,,,,,,,,,Every day,Varje dag,,,
"""


@pytest.fixture
def two(tmp_path, monkeypatch):
    """Two studies; the second has a column of its own and leaves out the help."""
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    monkeypatch.delenv("COMPENDIUM_OUTPUT", raising=False)
    units = {}
    for name, files, sheets in (("lund", 25, ()), ("umea", 40, ("cases", "participation", "authorities"))):
        folder = beginning.begin(name, "sv")
        text = (folder / "study.yml").read_text(encoding="utf-8").replace("status: original", "status: fictitious")
        (folder / "study.yml").write_text(text.replace("title:", f"title: Vår studie i {name}"), encoding="utf-8")
        if name == "umea":
            with (folder / "codebook.csv").open("a", encoding="utf-8") as file:
                file.write(OWN)
        codebook = studies.read(name).codebook
        units[name] = filled(codebook, files, seed=files, sheets=sheets)
        workbook.write(folder / workbook.WORKBOOK, units[name], codebook, "fictitious", "sv")
    return units


@pytest.mark.parametrize("language", ["en", pytest.param("sv", marks=pytest.mark.long)])
def test_every_number_is_that_of_its_study(two, language):
    made = comparison.compare(["lund", "umea"], language)
    folder = paths.derived("lund+umea")
    assert {path.name for path in made if path.parent == folder} == {
        "table1.csv", "table2.csv", "table3.csv", "comparison.html", "comparison.docx",
    }  # fmt: skip
    assert sorted(path.name for path in made if path.suffix == ".svg") == [
        "comparison_table1.svg", "comparison_table2.svg", "comparison_table3.svg",
    ]  # fmt: skip
    for name, units in two.items():
        codebook = studies.read(name).codebook
        for table in codebook.frames["table"]:
            frame = pd.read_csv(folder / f"{table}.csv", dtype=str, keep_default_na=False)
            own = frame[frame["study"] == name].set_index(["block", "item", "column"])
            expected = tables.compute(units, codebook, table).set_index(["block", "item", "column"])["value"]
            assert own.loc[list(expected.index), "value"].tolist() == [
                "" if value is None else str(value) for value in expected
            ]
            added = own.drop(index=list(expected.index))
            assert set(added["value"]) <= {"0"}
            shares = own[own["of"] != ""]
            for value, of, share in zip(shares["value"], shares["of"], shares["share"], strict=True):
                assert abs(float(share) - int(value) / int(of)) <= 0.00005
    page = (folder / "comparison.html").read_text(encoding="utf-8")
    assert f'lang="{language}"' in page
    assert "Vår studie i lund" in page
    assert ("Boendestöd" if language == "sv" else "Housing support") in page
    numbers = pd.read_csv(paths.figures("lund+umea") / "comparison_table1.csv")
    assert numbers[["Vår studie i lund", "Vår studie i umea"]].max().max() <= 1
    assert numbers.loc[numbers["block"] == "housing_support", "Vår studie i lund"].isna().all()


@pytest.mark.long
def test_the_same_studies_give_the_same_bytes(two):
    first = {path: path.read_bytes() for path in comparison.compare(["lund", "umea"], "sv")}
    assert {path: path.read_bytes() for path in comparison.compare(["lund", "umea"], "sv")} == first


@pytest.mark.parametrize("names", [[], ["lund"], ["lund", "lund"], list("abcde")])
def test_two_to_four_different_studies_are_asked_for(names):
    with pytest.raises(UserError, match="two to 4 different studies"):
        comparison.compare(names, "en")


def test_an_unknown_study_is_said(two):
    with pytest.raises(UserError, match="There is no study 'atlantis'"):
        comparison.compare(["lund", "atlantis"], "en")
