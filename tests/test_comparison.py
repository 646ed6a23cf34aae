"""Studies side by side: every number is that of its own study, and the figure shows the shares."""

from dataclasses import replace
from itertools import product

import pandas as pd
import pytest
from coded import CODEBOOK
from filled import filled
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.text import Text

from analysis import paths
from analysis.counts import tables
from analysis.errors import UserError
from analysis.language import messages
from analysis.privacy import disclosure
from analysis.report import comparison
from analysis.sheets import beginning, workbook
from analysis.study import codebook as codebooks
from analysis.study import studies
from analysis.study.codebook import LANGUAGES
from analysis.study.studies import Study

pytestmark = pytest.mark.long

OWN = """\
housing_support,,,block,,,,,table1,,,,base,Housing support,Boendestöd,,,
housing_support,,cases,choice,yes,,,,,housing_support,,,,Housing support,Boendestöd,,,
housing_support,daily,,,,,,,,,,,,Every day,Varje dag,,,
"""


STUDIES = {
    "en": (("lund", 25, ()), ("umea", 40, ("cases", "participation", "authorities"))),
    "sv": (("lund", 18, ()), ("umea", 20, ("cases",))),
}
"""For each language two studies that are compared in it: name, number of files, and sheets (none: all)."""


@pytest.fixture(scope="module", params=LANGUAGES)
def two(request, tmp_path_factory):
    """Language, units, and paths of the comparison of two studies; the second has a column of its own and no help."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(paths, "ROOT", tmp_path_factory.mktemp(request.param))
        patch.delenv("COMPENDIUM_OUTPUT", raising=False)
        units = begun(STUDIES[request.param])
        earlier = paths.derived("lund+umea") / "publication" / "figures" / "comparison_table9.csv"
        earlier.parent.mkdir(parents=True)
        earlier.touch()
        made = comparison.compare(["lund", "umea"], request.param)
        assert not earlier.exists()
        yield request.param, units, made


def begun(wanted):
    """The units of studies that are begun and filled in here."""
    units = {}
    for name, files, sheets in wanted:
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


def test_every_number_is_that_of_its_study(two):
    language, units_of, made = two
    folder = paths.derived("lund+umea")
    assert {path.name for path in made if path.parent == folder} == {
        "table1.csv", "table2.csv", "table3.csv", "comparison.html", "comparison.docx",
    }  # fmt: skip
    drawn = [path for path in made if path.parent == paths.figures("lund+umea") and path.suffix == ".svg"]
    assert sorted(path.name for path in drawn) == [
        "comparison_table1.svg", "comparison_table2.svg", "comparison_table3.svg",
    ]  # fmt: skip
    for name, units in units_of.items():
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
    public = folder / "publication"
    written = {path.relative_to(public).as_posix() for path in made if public in path.parents}
    assert {"comparison.html", "comparison.docx", "table1.csv"} <= written
    rows = pd.concat(pd.read_csv(file, dtype=str, keep_default_na=False) for file in public.glob("table*.csv"))
    assert set(rows.loc[rows["hidden"] != "", ["value", "of", "share"]].stack()) == {""}
    page = (public / "comparison.html").read_text(encoding="utf-8")
    assert messages.text("compare_common", language, one="Vår studie i lund", other="Vår studie i umea") in page


def sides(two_times, **publication):
    """Sides with the settings of publication."""
    named = enumerate(two_times)
    return [
        comparison.Side(Study(f"s{n}", {"status": "original", "publication": publication}, CODEBOOK, (), {}), units)
        for n, units in named
    ]


def shown(side):
    """The numbers about persons that are shown of a side."""
    return {cell for cell in side.public.hideable if side.public.cells.get(cell) is not None}


def alone(side):
    return shown(replace(side, public=disclosure.protect(side.units, CODEBOOK, side.rules)))


def own(size, seed=1, sheets=("cases",)):
    return filled(CODEBOOK, size, seed=seed, sheets=sheets, status="original") | {"authorities": pd.DataFrame()}


def test_a_number_that_few_files_have_has_no_row_in_what_is_passed_on():
    both = []
    for most in ("10", "2"):
        files = own(17)["files"][["file_id", "sex"]].assign(n_plans=[most, *["1"] * 8, *["2"] * 8])
        both.append({"files": files, "authorities": pd.DataFrame()})
    internal = sides(both, persons_in_common="none")
    internal[1].units["files"]["file_id"] += "x"
    for told, is_told in ((internal, True), (comparison.protected(internal), False)):
        values = [side.values("table3") for side in told]
        cells = comparison._in_order(told, values)
        table = comparison.side_by_side(told, "table3", values, cells, "en")
        assert (("n_plans", "10", "n") in cells) == is_told
        assert (messages.text("hidden_rows", "en") in table.notes) != is_told


@pytest.mark.parametrize("sizes", [(20, 15), (15, 16), (30, 30)])
def test_a_sum_of_two_studies_does_not_give_a_person_of_a_third_away(sizes):
    """Districts a and b, and a whole that has one file more: no two of them differ by few files."""
    whole = own(sum(sizes) + 1)
    parts = [whole["files"].iloc[: sizes[0]], whole["files"].iloc[sizes[0] : sum(sizes)]]
    three = sides([*(whole | {"files": rows} for rows in parts), whole])
    assert alone(three[2])
    assert [shown(side) for side in comparison.protected(three)] == [set()] * 3


def test_two_studies_that_differ_by_a_file_show_nothing_even_where_they_are_said_to_be_of_others():
    whole = own(40)
    for said in ({}, {"persons_in_common": "none"}):  # the same coded rows are in both
        two_times = sides([whole, whole | {"files": whole["files"].iloc[:39]}], **said)
        assert [shown(side) for side in comparison.protected(two_times)] == [set()] * 2


def test_studies_without_a_person_in_common_hide_what_each_hides_alone():
    units = [own(size, seed=size) for size in (30, 33)]
    one, other = comparison.protected(sides(units, persons_in_common="none"))
    assert shown(one) == alone(one) != set() and shown(other) == alone(other) != set()


def test_of_a_study_with_few_files_not_even_their_number_is_said():
    few = comparison.protected(sides([own(30), own(4)]))[1]
    assert shown(few) == set() and few.public.sizes["files"] is None


@settings(max_examples=3, deadline=None)
@given(st.integers(0, 99))
def test_rows_stand_as_in_the_table_of_each_study_whatever_counts_occur(seed):
    pair = sides([filled(CODEBOOK, 6, seed=seed, status="original"), filled(CODEBOOK, 60, seed=seed + 1)])
    for table in CODEBOOK.frames["table"]:
        values = [side.values(table) for side in pair]
        order = comparison._in_order(pair, values)
        assert all([cell for cell in order if cell in found] == list(found) for found in values)
        counts = [int(item) for _, item, _ in order if item.isdigit()]
        assert counts == sorted(counts, reverse=True)


def test_titles_stand_whole_in_the_legend_and_hidden_shares_are_told_from_those_not_coded():
    title = "Samordnade individuella planer i vår kommun under hela år 2024"
    units = [
        filled(CODEBOOK, 30, seed=seed, sheets=sheets, status="original")
        for seed, sheets in enumerate(((), ("cases",)))
    ]
    named = enumerate(sides(units, persons_in_common="none"))
    named = [replace(side, title=f"{title} ({place})") for place, side in named]
    both = (named, False), (comparison.protected(named), True)
    for (shown, is_hidden), language in product(both, LANGUAGES):
        values = [side.values("table2") for side in shown]
        cells = comparison._in_order(shown, values)
        table = comparison.side_by_side(shown, "table2", values, cells, language)
        figure = comparison._figure(shown, table, values, cells, language)
        drawn = [text for text in figure.figure.findobj(Text) if text.get_text()]
        box = figure.figure.bbox
        figure.figure.canvas.draw()
        for text in drawn:
            extent = text.get_window_extent()
            assert box.x0 <= extent.x0 and extent.x1 <= box.x1, text.get_text()
        written = " ".join(text.get_text() for text in drawn)
        assert all(side.title in written for side in shown)
        assert messages.text("compare_unmarked", language) in written
        assert (messages.text("compare_hatched", language) in written) == is_hidden
        assert any(patch.get_hatch() for axes in figure.figure.axes for patch in axes.patches) == is_hidden


@pytest.mark.parametrize("two", ["sv"], indirect=True)
def test_the_same_studies_give_the_same_bytes(two):
    _, _, made = two
    first = {path: path.read_bytes() for path in made}
    assert {path: path.read_bytes() for path in comparison.compare(["lund", "umea"], "sv")} == first


@pytest.mark.parametrize("names", [[], ["lund"], ["lund", "lund"], list("abcde")])
def test_two_to_four_different_studies_are_asked_for(names):
    with pytest.raises(UserError, match="two to 4 different studies"):
        comparison.compare(names, "en")


@pytest.mark.parametrize("two", ["sv"], indirect=True)
def test_an_unknown_study_is_said(two):
    with pytest.raises(UserError, match="There is no study 'atlantis'"):
        comparison.compare(["lund", "atlantis"], "en")


MINE = """\
table4,,,table,,,,,,,,,,Mine,Min,,,
week,,,column,,,,,,,,,,Week,Vecka,,,
mine,,,block,,,,,table4,,,,base,Mine,Mina,,,
young,,cases,derived,,,,,,mine,young,week,age < {age},Young,Ung,,,
"""


def with_own_table(folder, age: str) -> comparison.Side:
    """A study in which half of the ages are missing; with an age, those below it stand in a table of its own."""
    (folder / f"{age}.csv").write_text(",".join(codebooks.COLUMNS) + "\n" + (MINE.format(age=age) if age else ""))
    codebook = codebooks.read(paths.CODEBOOK, folder / f"{age}.csv")
    units = filled(codebook, 20, seed=5)
    files = units["files"].astype({"age": object})
    files.loc[files.index[::2], "age"] = pd.NA
    study = Study(f"s{age}", {"status": "original"}, codebook, (), {})
    return comparison.Side(study, units | {"files": files}, f"s{age}")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_table_that_only_a_later_study_has_is_there_with_what_each_study_means_by_a_row(tmp_path, language):
    sides = [with_own_table(tmp_path, age) for age in ("", "30", "50")]
    heading = comparison._introduction(sides, language)
    made = comparison._write(sides, heading, tmp_path / "made", tmp_path / "figures", language)
    assert tmp_path / "made" / "table4.csv" in made
    page = (tmp_path / "made" / "comparison.html").read_text(encoding="utf-8")
    said = {"en": "s30: Young (Age &lt; 30); s50: Young (Age &lt; 50)", "sv": "s30: Ung (Ålder &lt; 30)"}
    assert said[language] in page
    figure = pd.read_csv(tmp_path / "figures" / "comparison_table4.csv")
    counts = pd.read_csv(tmp_path / "made" / "table4.csv").set_index(["item", "study"])
    row = figure.set_index("item").loc["young"]
    assert row["s50"] == counts.loc[("young", "s50"), "value"] / 20
    assert row.iloc[-1] == (counts.loc[("young", "s50"), "value"] + 10) / 20
