"""Each kind of bad input gets its own words, with sheet and cell, all at once, and never what must not be shown."""

import dataclasses
import io
import re
import string
import unicodedata
import zipfile
from datetime import date, datetime, timedelta

import openpyxl
import pandas as pd
import pytest
from campaigns import examples
from coded import CODEBOOK, plain
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.comments import Comment

from analysis import identity
from analysis.errors import UserError
from analysis.language import messages
from analysis.sheets import spreadsheet, validation, workbook
from analysis.sheets.spreadsheet import Sheet
from analysis.study.codebook import LANGUAGES, Codebook, Text, Variable

SHEETS = list(CODEBOOK.frames["sheet"])
SECRET = "8112" + "28-9874"  # the Tax Agency's own example of an identity number, in parts for the guard


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    """The path of a workbook without a problem."""
    path = tmp_path_factory.mktemp("good") / "cases.xlsx"
    workbook.write(path, plain(), CODEBOOK, "fictitious")
    return path


@pytest.fixture(scope="module")
def sheets(good):
    """The sheets of that workbook."""
    return spreadsheet.read(good)


def place(sheet: str, column: str, row: int) -> str:
    """The cell of a column of the good workbook."""
    names = [variable.name for variable in CODEBOOK.sheet(sheet)]
    return spreadsheet.address(row, names.index(column) + 1)


def edited(sheets, *edits):
    """The sheets with some cells changed: (sheet, cell or column and row, new text); None empties a cell."""
    for name, cell, text in edits:
        row, column = spreadsheet.position(cell if isinstance(cell, str) else place(name, *cell))
        changed = []
        for sheet in sheets:
            if sheet.name == name:
                columns = dict(sheet.columns)
                cells = columns.get(column, pd.Series(dtype="category")).to_dict() | {row: text}
                cells = {number: value for number, value in sorted(cells.items()) if value}
                columns[column] = pd.Series(cells, dtype="category")
                sheet = dataclasses.replace(sheet, columns=dict(sorted(columns.items())))
            changed.append(sheet)
        sheets = tuple(changed)
    return sheets


def problems(sheets, status=None, codebook=CODEBOOK):
    return validation.check(sheets, codebook, status)[1]


def test_the_good_workbook_has_no_problem(sheets):
    assert problems(sheets, "fictitious") == []
    assert validation.report([], CODEBOOK, "cases.xlsx") == "cases.xlsx: no problems found."


BAD_CELLS = [
    # sheet, column, text, key, nearest, words of the message
    ("cases", "sex", "femal", "code", "female", "'femal' is not a code"),
    ("cases", "sex", "Female", "code", "female", "Capital"),
    ("cases", "sex", "Kvinna", "code", "female", "label"),
    ("cases", "sex", "kvinna", "code", "female", "label"),
    ("cases", "sex", " female", "code", "female", "spaces"),
    ("cases", "sex", "female ", "code", "female", "spaces"),
    ("cases", "sex", "fe\u200bmale", "code", "female", "cannot be seen"),
    ("cases", "sex", "female\u00a0", "code", "female", "non-breaking"),
    ("cases", "sex", "fe\x00male", "code", "female", "cannot be seen"),
    ("cases", "sex", "woman", "code", "", "Allowed: female, male, nd"),
    ("cases", "sex", "fmale", "code", "", "Allowed: female, male, nd"),
    ("cases", "born_in_sweden", "documented", "code", "", "Allowed: yes, no, nd"),
    ("cases", "abuse_alcohol", "on", "code", "", "Allowed: yes, no, nd"),
    ("cases", "sex", "7", "code", "", "Allowed: female, male, nd"),
    ("cases", "sex", "NA", "code", "", "Allowed"),
    ("cases", "sex", "\u202efemale", "code", "female", "cannot be seen"),
    ("cases", "sex", None, "blank", "", "empty"),
    ("cases", "sex", "   ", "spaces_only", "", "looks empty"),
    ("cases", "employment", "None", "code", "none", "Capital"),
    ("cases", "employment", "Hel- eller deltid", "code", "employed", "Allowed: employed"),
    ("cases", "residence", "Hemlös", "code", "homeless", "label"),
    ("cases", "residence", "HemlÃ¶s", "code", "homeless", "label"),
    ("cases", "residence", "Hemlo\u0308s", "code", "homeless", "label"),
    ("cases", "abuse_alcohol", "Ja", "code", "yes", "label"),
    ("cases", "abuse_alcohol", "y", "code", "yes", "Allowed: yes, no, nd"),
    ("cases", "abuse_alcohol", "1", "code", "yes", "Allowed: yes, no, nd"),
    ("cases", "abuse_alcohol", "0", "code", "no", "Allowed: yes, no, nd"),
    ("cases", "abuse_alcohol", "TRUE", "code", "yes", "Allowed: yes, no, nd"),
    ("cases", "abuse_alcohol", "Falskt", "code", "no", "Allowed: yes, no, nd"),
    ("cases", "abuse_alcohol", "7", "code", "", "Allowed: yes, no, nd"),
    ("cases", "residence", "stÃ¶dboende", "code", "", "spoilt"),
    ("cases", "abuse_alcohol", "Ej dokumenterat", "code", "nd", "label"),
    ("cases", "row_status", "nd", "code", "", "Allowed: original, reconstructed, fictitious"),
    ("cases", "sex", "okänt", "code", "nd", "Allowed: female, male, nd"),
    ("cases", "abuse_alcohol", "-", "code", "nd", "Allowed: yes, no, nd"),
    ("cases", "abuse_alcohol", "Vet ej", "code", "nd", "Allowed: yes, no, nd"),
    ("cases", "residence", "unknown", "code", "nd", "Allowed: regular"),
    ("cases", "age", "e.d.", "number", "nd", "from 0 to 110 or nd"),
    ("cases", "row_status", "okänt", "code", "", "Allowed: original"),
    ("authorities", "population", "17 000", "number", "", "without spaces between the digits"),
    ("authorities", "population", "1\u00a0017\u202f000", "number", "", "without spaces between the digits"),
    ("cases", "age", "forty", "number", "", "whole number"),
    ("cases", "age", "40,5", "number", "", "from 0 to 110 or nd"),
    ("cases", "age", "40.5", "number", "", "whole number"),
    ("cases", "age", "40 ", "number", "", "spaces"),
    ("cases", "age", "٤٠", "number", "", "whole number"),
    ("cases", "age", "1e3", "number", "", "whole number"),
    ("cases", "age", "111", "range", "", "from 0 to 110"),
    ("cases", "age", "-1", "range", "", "outside"),
    ("cases", "age", "42430", "range", "", "the number of a day"),
    ("cases", "age", "9" * 400, "range", "", "(a text of 400 characters)"),
    ("participation", "n_plans", "0", "range", "", "from 1 to 24"),
    ("participation", "n_plans", None, "blank", "", "from 1 to 24"),
    ("cases", "file_id", "=R01", "id_form", "", "begin with a letter or digit"),
    ("cases", "file_id", "-1", "id_form", "", "begin with a letter or digit"),
    ("cases", "file_id", "x" * 61, "id_form", "", "at most 60"),
    ("cases", "file_id", "R\n1", "id_text", "R 1", "line break"),
    ("cases", "file_id", "R1 ", "id_text", "R1", "spaces"),
    ("cases", "file_id", "A\u030a1", "id_text", "Å1", "another form"),
    ("cases", "file_id", "Ã…1", "id_text", "Å1", "spoilt"),
    ("cases", "authority", "Lund ", "id_text", "Lund", "spaces"),
    ("cases", "authority", "C", "id_unknown", "", "sheet authorities"),
    ("help", "file_id", "RO1", "id_unknown", "R01", "sheet cases"),
    ("authorities", "population", "tjugo", "number", "", "whole number"),
    ("authorities", "authority_id", None, "blank", "", "empty"),
]


BAD_IDS = [bad for bad in BAD_CELLS if CODEBOOK.variable(bad[1]).type in ("id", "key", "ref")]


@pytest.fixture(scope="module")
def spoilt(tmp_path_factory):
    """The problems of a workbook that has every bad cell but ids, each in a row of its own, by sheet and cell."""
    units = plain(len(BAD_CELLS))
    units["authorities"] = pd.concat([units["authorities"]] * len(BAD_CELLS), ignore_index=True)
    units["authorities"]["authority_id"] = ["A", "B", *(f"A{number}" for number in range(2, 2 * len(BAD_CELLS)))]
    path = tmp_path_factory.mktemp("spoilt") / "cases.xlsx"
    workbook.write(path, units, CODEBOOK, "fictitious")
    sheets = spreadsheet.read(path)
    assert problems(sheets) == []
    edits = [(bad[0], (bad[1], row), bad[2]) for row, bad in enumerate(BAD_CELLS, start=2) if bad not in BAD_IDS]
    found = problems(edited(sheets, *edits))
    by_cell = {(one.sheet, cell): one for one in found for cell in one.cells}
    assert len(by_cell) == len(found)
    return by_cell


@pytest.mark.parametrize("bad", [bad for bad in BAD_CELLS if bad not in BAD_IDS], ids=str)
def test_a_bad_cell_among_others(spoilt, bad):
    sheet, column, *_ = bad
    cell = place(sheet, column, BAD_CELLS.index(bad) + 2)
    assert_told(spoilt[sheet, cell], cell, bad)


@pytest.mark.parametrize("bad", BAD_IDS, ids=str)
def test_a_bad_id(sheets, bad):
    sheet, column, text, key, *_ = bad
    found = problems(edited(sheets, (sheet, (column, 3), text)))
    (problem,) = [one for one in found if one.key == key]
    assert_told(problem, place(sheet, column, 3), bad)


def assert_told(problem, cell, bad):
    """Assert that a problem is that of this cell, with the words and the guess of the list."""
    sheet, column, _, key, nearest, words = bad
    assert (problem.key, problem.sheet, problem.cells) == (key, sheet, (cell,))
    assert dict(problem.facts).get("nearest", "") == nearest
    said = problem.text(CODEBOOK)
    assert words in said
    assert said.startswith(f"{sheet}, {cell} ({column}): ")
    if nearest:
        assert f"Did you mean {nearest}?" in said


ODD_CELLS = [
    ("cases", "sex", "date", "2016-03-01", "the date 2016-03-01"),
    ("cases", "age", "date", "1900-02-09", "Text or General"),
    ("cases", "file_id", "date", "2026-01-02", "type the cell again"),
    ("cases", "sex", "error", "#N/A", "the error #N/A"),
    ("participation", "n_plans", "error", "#DIV/0!", "the error #DIV/0!"),
    ("cases", "age", "formula", None, "never stored"),
    ("cases", "file_id", "long_number", "1234567890123456", "15 digits"),
]


@pytest.mark.parametrize(("sheet", "column", "kind", "text", "words"), ODD_CELLS)
def test_a_cell_that_hides_what_it_is(sheets, sheet, column, kind, text, words):
    row, number = spreadsheet.position(place(sheet, column, 3))
    changed = edited(sheets, (sheet, (column, 3), text))
    changed = tuple(
        dataclasses.replace(one, odd={number: {row: kind}}) if one.name == sheet else one for one in changed
    )
    (problem,) = [one for one in problems(changed) if one.key == kind]
    assert problem.cells == (place(sheet, column, 3),)
    assert words in problem.text(CODEBOOK)


BAD_COLUMNS = [
    # sheet, column, new name, key, nearest, words
    ("cases", "sex", "sexx", "column_unknown", "sex", "'sexx' is unknown"),
    ("cases", "sex", "sex ", "column_unknown", "sex", "spaces"),
    ("cases", "sex", "SEX", "column_unknown", "sex", "Capital"),
    ("cases", "sex", "Kön", "column_unknown", "sex", "label"),
    ("cases", "sex", "KÃ¶n", "column_unknown", "sex", "label"),
    ("cases", "sex", "weight", "column_unknown", "", "'weight' is unknown"),
    ("cases", "sex", "2015", "column_unknown", "", "'2015' is unknown"),
    ("cases", "sex", "row_status", "column_double", "", "more than once"),
    ("cases", "sex", None, "column_unnamed", "", "no name"),
    ("cases", "sex", "help_changed", "column_elsewhere", "", "belongs to the sheet help"),
    ("help", "help_changed", "help_received", "column_derived", "", "worked out"),
]


@pytest.mark.parametrize(("sheet", "column", "name", "key", "nearest", "words"), BAD_COLUMNS)
def test_a_bad_column_name(sheets, sheet, column, name, key, nearest, words):
    found = problems(edited(sheets, (sheet, (column, 1), name)))
    (problem,) = [one for one in found if one.key == key]
    assert problem.cells[0] == place(sheet, column, 2 if key == "column_unnamed" else 1)
    assert dict(problem.facts).get("nearest", "") == nearest
    assert words in problem.text(CODEBOOK)
    missing = [one.column for one in found if one.key == "column_missing"]
    assert missing == ([] if nearest else [column])


def test_a_column_that_is_not_there(sheets):
    changed = tuple(
        dataclasses.replace(one, columns={n: c for n, c in one.columns.items() if c.get(1) != "sex"}) for one in sheets
    )
    (problem,) = problems(changed)
    assert problem.text(CODEBOOK) == "cases (sex): The column sex (Sex) is missing. Add it with this name in row 1."
    assert problem.text(CODEBOOK, "sv").startswith("cases (sex): Kolumnen sex (Kön) saknas.")


@pytest.mark.parametrize(
    ("name", "nearest"), [("Cases", "cases"), ("case", "cases"), ("Akter", "cases"), ("cases ", "cases"), ("Blad2", "")]
)
def test_a_sheet_under_another_name(sheets, name, nearest):
    changed = (dataclasses.replace(sheets[1], name=name), sheets[0], *sheets[2:])
    found = problems(changed)
    assert found[0].key == "sheet_unknown"
    assert dict(found[0].facts)["nearest"] == nearest
    assert ("sheet_missing" in {one.key for one in found}) == (not nearest)


def test_sheets_without_header_or_rows(sheets):
    first = sheets[1]
    keys = [one.key for one in problems((Sheet(first.name), *sheets[2:]))]
    assert keys == ["sheet_no_header"]
    only_header = {number: cells[:1] for number, cells in first.columns.items()}
    keys = [one.key for one in problems((dataclasses.replace(first, columns=only_header), *sheets[2:]))]
    assert keys == ["sheet_no_rows"]
    assert [one.key for one in problems((Sheet("Blad2"), *sheets))] == []


def test_column_names_below_the_first_row(sheets):
    moved = []
    for sheet in sheets:
        if sheet.name == "cases":
            columns = {n: pd.Series({row + 2: text for row, text in cells.items()}, dtype="category")
                       for n, cells in sheet.columns.items()}  # fmt: skip
            columns[1] = pd.Series({1: "Akter 2024"} | columns[1].to_dict(), dtype="category")
            sheet = dataclasses.replace(sheet, columns=columns)
        moved.append(sheet)
    (problem,) = problems(moved)
    assert (problem.key, problem.cells) == ("header_lower", ("A3",))
    assert "stand in row 3. Delete the rows above it" in problem.text(CODEBOOK)


@pytest.mark.parametrize("edits", [[("A9", "Summa"), ("F9", "120")], [("A9", "R09")], [("K9", "yes")]])
def test_a_row_that_is_nearly_empty_is_told_of_once(sheets, edits):
    changed = edited(sheets, *(("cases", *edit) for edit in edits))
    (problem,) = problems(changed)
    assert (problem.key, problem.cells) == ("row_nearly_empty", ("A9",))
    assert "such as a row of totals" in problem.text(CODEBOOK)


def test_ids(sheets):
    found = problems(edited(sheets, ("cases", "A3", "R01")))
    assert [(one.key, one.sheet, one.cells) for one in found] == [
        ("id_double", "cases", ("A2", "A3")),
        ("id_unknown", "help", ("A3",)),
        ("id_unknown", "participation", ("A3",)),
    ]
    found = problems(edited(sheets, ("help", "A3", "R01")))
    assert [(one.key, one.sheet, one.cells) for one in found] == [
        ("id_without_row", "cases", ("A3",)),
        ("id_double", "help", ("A2", "A3")),
    ]
    assert "'R02' has no row in the sheet help" in found[0].text(CODEBOOK)


def test_statuses(sheets):
    assert [(one.key, one.sheet) for one in problems(sheets, "original")] == [("status_other", name) for name in SHEETS]
    assert [one.key for one in problems(edited(sheets, ("cases", "B3", "original")))] == ["status_mixed"]


def test_rules_name_the_cells_that_disagree(sheets):
    changed = edited(
        sheets,
        ("help", ("implemented_partially", 3), "yes"),
        ("help", ("help_changed", 4), "no"),
        ("help", ("after_social_other", 4), "no"),
    )
    first, second = problems(changed)
    assert first.cells == (place("help", "implemented_wholly", 3), place("help", "implemented_partially", 3))
    assert second.cells == tuple(
        place("help", column, 4) for column in ("help_changed", "before_social_other", "after_social_other")
    )
    label = CODEBOOK.variable("change_is_change").label
    assert label.en in second.text(CODEBOOK)
    assert label.sv in second.text(CODEBOOK, "sv")
    assert "after_social_other = no" in second.text(CODEBOOK)


CONTRADICTIONS = [
    ("cases", {"motivation_explicit": "yes", "motivation_apparent": "other"}, {"motivation_apparent": "nd"}),
    ("participation", {"follow_up_held": "no", "follow_up_new_plan": "yes"}, {"follow_up_held": "yes"}),
    (
        "participation",
        {"follow_up_held": "no", "follow_up_planned": "no", "follow_up_months": "6"},
        {"follow_up_planned": "yes"},
    ),
]


@pytest.mark.parametrize(("sheet", "wrong", "right"), CONTRADICTIONS)
def test_what_cannot_be_in_one_file_is_told(sheets, wrong, right, sheet):
    sheets = edited(sheets, ("participation", ("follow_up_new_plan", 3), "nd"))
    told = problems(edited(sheets, *((sheet, (name, 3), text) for name, text in wrong.items())))
    (problem,) = [one for one in told if one.key == "rule"]
    assert problem.cells == tuple(place(sheet, name, 3) for name in wrong)
    possible = problems(edited(sheets, *((sheet, (name, 3), text) for name, text in (wrong | right).items())))
    assert not [one for one in possible if one.key == "rule"]


@pytest.mark.parametrize("text", ["nd", None, "yess"])
def test_a_rule_says_nothing_where_a_blank_or_undocumented_cell_leaves_it_open(sheets, text):
    changed = edited(sheets, ("help", ("implemented_partially", 3), "yes"), ("help", ("implemented_wholly", 3), text))
    assert "rule" not in {one.key for one in problems(changed)}


def test_a_rule_may_speak_of_several_sheets(sheets):
    text = "not (sex == female and user_present)"
    same = dict.fromkeys(("table", "block", "item", "column"), "")
    rule = Variable(
        "r", "rule", "help", False, False, None, None, definition=text, label=Text("No.", "Nej."), note=Text("", ""),
        **same,
    )  # fmt: skip
    found = problems(sheets, codebook=Codebook((*CODEBOOK.rows, rule)))
    assert [(one.key, one.sheet) for one in found] == [("rule", "help")] * 3
    assert "sex = female, user_present = yes" in found[0].text(Codebook((*CODEBOOK.rows, rule)))


def test_date_columns():
    row = dataclasses.replace(CODEBOOK.variable("age"), name="day", type="date")
    codebook = Codebook((*CODEBOOK.rows, row))
    for text, right in [("2016-03-01", True), ("2016-03", True), ("2016", True), ("nd", True), ("", True),
                        ("2016-13", False), ("1/3/2016", False), ("mars 2016", False), ("42430", False)]:  # fmt: skip
        verdict = validation._verdict(text, row, frozenset(validation.allowed_codes(row, codebook)))
        assert (verdict is None) == right


# All at once


def test_everything_at_once_in_both_languages(good, tmp_path):
    """Oddities as a spreadsheet program stores them, in one file; every one is told with its place."""
    book = openpyxl.load_workbook(good)
    cases, help_sheet = book["cases"], book["help"]
    cases["G2"] = "femal"
    cases["G3"] = datetime(2016, 3, 1)
    cases["G4"] = "#N/A"
    cases["G4"].data_type = "e"
    cases["H2"] = "=1+1"
    cases["H3"] = None
    cases["F2"] = 40.5
    cases["I2"] = " yes"
    cases["A4"] = "R01"
    cases["E2"] = f"Anna Andersson {SECRET}"
    cases["AA1"] = "weight"
    cases["AA3"] = "Anna Andersson"
    cases["C2"] = "Z"
    cases["D2"].comment = Comment("tel " + SECRET.replace("-", "\u2013"), "x")
    cases.merge_cells("K3:K4")
    cases.row_dimensions[4].hidden = True
    cases.column_dimensions["J"].hidden = True
    help_sheet["A1"] = "File"
    book.create_sheet("Blad2")["A1"] = "x"
    book.save(tmp_path / "cases.xlsx")
    wanted = [
        "Blad2", "G2 (sex)", "G3 (sex)", "G4 (sex)", "H2 (marital_status)", "H3 (marital_status)", "F2 (age)",
        "I2 (born_in_sweden)", "A2, A4 (file_id)", "E2:", "AA1", "C2 (authority)", "D2:", "K3:K4", "help, A1",
    ]  # fmt: skip
    for language in LANGUAGES:
        with pytest.raises(UserError) as caught:
            workbook.load(tmp_path, CODEBOOK, language)
        text = str(caught.value)
        for cell in wanted:
            assert cell in text, cell
        assert "Anna" not in text
        assert SECRET[:6] not in text
        assert "{" not in text
        is_fine, said = workbook.check(tmp_path, CODEBOOK, language)
        assert not is_fine
        assert text == said
    assert "Hidden rows" in workbook.check(tmp_path, CODEBOOK)[1]
    assert "Hidden columns were read all the same: J." in workbook.check(tmp_path, CODEBOOK)[1]


def test_many_cells_with_one_problem_are_counted(tmp_path):
    units = plain(200)
    units["files"]["sex"] = "femal"
    units["files"]["residence"] = [f"home {number}" for number in range(200)]
    workbook.write(tmp_path / "cases.xlsx", units, CODEBOOK, "fictitious")
    found = problems(spreadsheet.read(tmp_path / "cases.xlsx"))
    (sex,) = [one for one in found if one.column == "sex"]
    assert len(sex.cells) + sex.more == 200
    assert "G2, G3" in sex.text(CODEBOOK)
    assert "and 180 more" in sex.text(CODEBOOK)
    homes = [one for one in found if one.column == "residence"]
    assert sum(len(one.cells) + one.more for one in homes) == 200


@examples(200)
@given(
    st.lists(st.text("Aab19240-/ å\n", min_size=1, max_size=9).filter(str.strip), unique=True, min_size=1, max_size=4)
)
def test_every_id_is_judged_by_itself(ids):
    def judged(*texts):
        column = pd.Series(["file_id", *texts], index=range(1, len(texts) + 2), dtype="category")
        _, found = validation.check([Sheet("cases", {1: column})], CODEBOOK)
        about = [(one.key, cell) for one in found if one.key.startswith("id_") for cell in one.cells]
        return {(key, texts[spreadsheet.position(cell)[0] - 2]) for key, cell in about}

    others = ("Å\nÅ", "Åsa b")  # beside an id of two lines, and one like a name, all are tried one by one
    assert judged(*ids) == {(key, text) for key, text in judged(*ids, *others) if text not in others}


@pytest.mark.parametrize("telling", ["Anna Svensson", "Åsa", "2024/SN/0113", "SN 2024-0113", "113/2024", ""])
def test_ids_that_tell_of_a_person_are_worth_a_look(sheets, telling):
    keyed = [name for name in SHEETS if CODEBOOK.unit(name) == "files"]
    found = problems(edited(sheets, *((name, ("file_id", 2), telling or "F2014") for name in keyed)))
    told = [(one.key, one.cells, one.is_notice) for one in found]
    assert told == ([("id_telling", ("A2",), True)] if telling else [])
    for language in LANGUAGES:
        assert not telling or telling not in validation.report(found, CODEBOOK, "cases.xlsx", language)


def test_notices_hinder_nothing(sheets):
    changed = tuple(
        dataclasses.replace(one, hidden=one.name == "help", hidden_rows=frozenset({3, 500})) for one in sheets
    )
    changed = edited(changed, ("cases", ("case_number", 2), SECRET[:-1] + "5"))
    found = problems(changed)
    assert {one.key for one in found} == {"sheet_hidden", "rows_hidden", "identity_shape"}
    assert all(one.is_notice for one in found)
    assert "811228" not in validation.report(found, CODEBOOK, "cases.xlsx")


# What must not be shown


def luhn(nine: str) -> str:
    """The check digit, worked out another way than in the package: double from the right, subtract nine."""
    doubled = [int(digit) * 2 if place % 2 == 0 else int(digit) for place, digit in enumerate(reversed(nine))]
    return str(-sum(number - 9 if number > 9 else number for number in doubled) % 10)


@st.composite
def identity_numbers(draw):
    day = draw(st.dates(date(1900, 1, 1), date(2025, 12, 31)))
    raised = draw(st.sampled_from([0, 60]))
    nine = f"{day:%y%m}{day.day + raised:02}" + draw(st.from_regex("[0-9]{3}", fullmatch=True))
    century = draw(st.sampled_from(["", f"{day:%Y}"[:2]]))
    mark = draw(st.sampled_from(["", "-", "+", " ", "–", "—", "−", "\u2011", " - ", "\u00a0", "."]))
    number = century + nine[:6] + mark + nine[6:] + luhn(nine)
    if draw(st.booleans()):
        number = number.translate(str.maketrans(string.digits, "０１２３４５６７８９"))
    around = st.text(alphabet=string.ascii_letters + " ,:;()åäö", max_size=8)
    return draw(around) + number + draw(around)


@given(identity_numbers())
def test_identity_numbers_are_found_in_any_notation(text):
    assert identity.find(text) == "number"


@pytest.mark.parametrize(
    "text",
    ["R01", "2016-03-01", "2016-03-01 09:30", "25000", "0701" + "234567", "556036" + "-0793", "123456789012345678", ""],
)
def test_other_numbers_are_no_identity_numbers(text):
    assert identity.find(text) != "number"


def test_a_number_that_lost_its_first_zero():
    nine = "010203123"
    assert identity.find((nine + luhn(nine))[1:]) == "number"


@examples(30)
@given(identity_numbers(), st.data(), st.integers(1, 5), st.integers(1, 30), st.sampled_from(LANGUAGES))
def test_an_identity_number_anywhere_is_found_and_never_printed(sheets, text, data, row, column, language):
    sheet = data.draw(st.sampled_from([one.name for one in sheets]))
    cell = spreadsheet.address(row, column)
    found = problems(edited(sheets, (sheet, cell, text)))
    assert ("identity", sheet, (cell,)) in [(one.key, one.sheet, one.cells) for one in found]
    said = validation.report(found, CODEBOOK, "cases.xlsx", language)
    assert text.strip() not in said
    digits = "".join(re.findall("[0-9]", unicodedata.normalize("NFKC", text)))
    assert digits[-10:-4] not in said


def test_notes_and_identifying_columns_are_neither_read_nor_shown(sheets):
    hidden = [variable for sheet in SHEETS for variable in CODEBOOK.sheet(sheet) if not validation.is_read(variable)]
    assert {"note"} <= {variable.type for variable in hidden}
    assert any(variable.identifying for variable in hidden)
    for variable in hidden:
        changed = edited(sheets, (variable.sheet, (variable.name, 2), "Anna"), (variable.sheet, "G9", "x"))
        frames, found = validation.check(changed, CODEBOOK)
        assert "Anna" not in validation.report(found, CODEBOOK, "cases.xlsx")
        assert all("Anna" not in frame.to_string() for frame in frames.values())


def test_a_long_text_in_a_code_column_is_not_shown(sheets):
    text = "Anna moved from her sister's flat in March and has since then lived at the shelter."
    said = validation.report(problems(edited(sheets, ("cases", "G3", text))), CODEBOOK, "cases.xlsx")
    assert "Anna" not in said
    assert f"(a text of {len(text)} characters)" in said


# Files


def zipped(parts: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return file.getvalue()


OLE = bytes.fromhex("d0cf11e0a1b11ae1")
BAD_FILES = {
    "empty": (b"", "0 bytes"),
    "old xls": (OLE + bytes(600), "old format .xls"),
    "password": (OLE + bytes(600) + "EncryptedPackage".encode("utf-16-le"), "password"),
    "csv": ("file_id;sex\nR01;kvinna\n".encode("cp1252"), "csv"),
    "html": (b"\xef\xbb\xbf <html><table><tr><td>sex", "web page"),
    "pdf": (b"%PDF-1.7 a, b; c", "not a workbook"),
    "picture": (b"\x89PNG\r\n\0\0", "not a workbook"),
    "plain text": (b"hello", "not a workbook"),
    "docx": (zipped({"word/document.xml": b"<w/>"}), "not a workbook"),
    "ods": (zipped({"mimetype": b"x", "content.xml": b"<o/>"}), "OpenDocument"),
    "xlsb": (zipped({"xl/workbook.bin": b"x"}), ".xlsb"),
    "macros": (zipped({"xl/workbook.xml": b"<w/>", "xl/vbaProject.bin": b"x"}), "macros"),
    "no sheets": (zipped({"xl/workbook.xml": b"<w/>"}), "damaged"),
    "half a zip": (zipped({"xl/workbook.xml": b"<w/>"})[:60], "damaged"),
    "zip bomb": (zipped({"xl/worksheets/sheet1.xml": bytes(20_000_000)}), "far more"),
}


@pytest.mark.parametrize("kind", BAD_FILES)
def test_a_bad_file(tmp_path, kind):
    content, words = BAD_FILES[kind]
    (tmp_path / "cases.xlsx").write_bytes(content)
    for language in LANGUAGES:
        with pytest.raises(UserError) as caught:
            workbook.load(tmp_path, CODEBOOK, language)
        assert str(caught.value).startswith("cases.xlsx ")
        if language == "en":
            assert words in str(caught.value)


def test_a_file_that_is_not_there_or_cannot_be_opened(tmp_path, monkeypatch):
    with pytest.raises(UserError, match=r"no file cases\.xlsx in"):
        workbook.load(tmp_path, CODEBOOK)
    (tmp_path / "akter.xlsx").write_bytes(b"")
    (tmp_path / "~$akter.xlsx").write_bytes(b"")
    with pytest.raises(UserError, match=r"It holds akter\.xlsx: if"):
        workbook.load(tmp_path, CODEBOOK)
    (tmp_path / "cases.xlsx").mkdir()
    with pytest.raises(UserError, match="is a folder"):
        workbook.load(tmp_path, CODEBOOK)
    with pytest.raises(UserError, match="Run make all first"):
        workbook.read_tidy(tmp_path, CODEBOOK)

    def refuse(*_, **__):
        raise PermissionError

    monkeypatch.setattr(spreadsheet, "_read", refuse)
    with pytest.raises(UserError, match="another program"):
        workbook.load(tmp_path / "akter.xlsx", CODEBOOK)


def test_entities_are_refused(good, tmp_path):
    with zipfile.ZipFile(good) as archive:
        parts = {part.filename: archive.read(part) for part in archive.infolist()}
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]><x>&b;</x>'
    for name in ("xl/sharedStrings.xml", "xl/worksheets/sheet2.xml"):
        (tmp_path / "cases.xlsx").write_bytes(zipped(parts | {name: bomb}))
        with pytest.raises(UserError, match="damaged"):
            workbook.load(tmp_path, CODEBOOK)


@examples(60)
@given(st.data())
def test_whatever_bytes_come_there_is_a_sentence_or_a_right_result(good, tmp_path, data):
    """Bytes of the file, or of a part in it, are changed."""
    content = bytearray(good.read_bytes())
    if data.draw(st.booleans()):
        with zipfile.ZipFile(good) as archive:
            parts = {part.filename: archive.read(part) for part in archive.infolist()}
        name = data.draw(st.sampled_from(sorted(parts)))
        part = bytearray(parts[name])
        for _ in range(data.draw(st.integers(1, 4))):
            part[data.draw(st.integers(0, len(part) - 1))] = data.draw(st.integers(0, 255))
        content = zipped(parts | {name: bytes(part)})
    else:
        for _ in range(data.draw(st.integers(1, 4))):
            content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
        content = content[: data.draw(st.one_of(st.just(len(content)), st.integers(0, len(content))))]
    path = tmp_path / "fuzz.xlsx"
    path.write_bytes(content)
    try:
        units = workbook.load(path, CODEBOOK)
    except UserError as error:
        assert str(error)
        return
    for unit, frame in plain().items():
        assert list(units[unit].columns) == list(frame.columns) or units[unit].empty


@examples(60)
@given(
    st.lists(
        st.tuples(st.sampled_from(SHEETS), st.integers(1, 6), st.integers(1, 40), st.text(max_size=30) | st.none()),
        min_size=1,
        max_size=5,
    )
)
def test_whatever_cells_come_each_is_told_of_or_read_as_typed(sheets, edits):
    changed = edited(sheets, *((sheet, spreadsheet.address(row, column), text) for sheet, row, column, text in edits))
    frames, found = validation.check(changed, CODEBOOK)
    for language in LANGUAGES:
        assert validation.report(found, CODEBOOK, "cases.xlsx", language)
    if any(not problem.is_notice for problem in found):
        return
    for sheet in changed:
        titles = {cells.get(1): cells for cells in sheet.columns.values()}
        for name, column in frames.get(sheet.name, pd.DataFrame()).items():
            typed = titles[name].astype(object).drop(1).reindex(column.index, fill_value="")
            assert typed.tolist() == column.tolist()


# The messages themselves


def test_every_sentence_has_the_same_places_in_each_language():
    for key, sentence in messages.MESSAGES.items():
        fields = [{name for _, name, _, _ in string.Formatter().parse(sentence[lang]) if name} for lang in LANGUAGES]
        assert fields[0] == fields[1], key
        assert all(sentence[language] for language in LANGUAGES)


def test_a_day_is_read_as_the_program_shows_it(tmp_path):
    days = (61, 20000, 42430.5)
    book = openpyxl.Workbook()
    for row, number in enumerate(days, start=1):
        book.active.cell(row, 1, number).number_format = "yyyy-mm-dd"
    book.save(tmp_path / "a.xlsx")
    (sheet,) = spreadsheet.read(tmp_path / "a.xlsx")
    assert set(sheet.odd[1].values()) == {"date"}
    for number, text in zip(days, sheet.columns[1], strict=True):
        assert text.startswith(f"{datetime(1899, 12, 30) + timedelta(days=number):%Y-%m-%d}")
