"""The same coded files as xlsx, ods or csv give the same units, and the same mistakes give the same messages."""

import csv
import io
import os
import random
import shutil
import subprocess
import zipfile

import openpyxl
import pandas as pd
import pytest
from campaigns import examples
from coded import CODEBOOK, plain
from hypothesis import given
from hypothesis import strategies as st

from analysis.errors import UserError
from analysis.language import messages
from analysis.sheets import opendocument, separated, spreadsheet, workbook
from analysis.study.codebook import LANGUAGES

ENCODINGS = ("utf-8", "utf-8-sig", "cp1252", "utf-16")
SECRET = "8112" + "28-9874"  # an identity number, in two parts because none may stand in a file

SHEETS = tuple(CODEBOOK.frames["sheet"])

office = pytest.mark.skipif(
    shutil.which("soffice") is None and not os.environ.get("CI"), reason="LibreOffice is not installed"
)


def same(one, two):
    assert one.keys() == two.keys()
    for unit in one:
        pd.testing.assert_frame_equal(one[unit], two[unit], check_exact=True)


def write_csv(folder, book, encoding="utf-8", mark=";", end="\r\n"):
    """The sheets of an openpyxl workbook as a spreadsheet program saves them."""
    folder.mkdir(exist_ok=True)
    for sheet in SHEETS:
        if sheet in book.sheetnames:
            with (folder / f"{sheet}.csv").open("w", encoding=encoding, newline="") as file:
                writer = csv.writer(file, delimiter=mark, lineterminator=end)
                writer.writerows(["" if value is None else value for value in row] for row in book[sheet].values)
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("formats")


@pytest.fixture(scope="module")
def right(folder):
    """A workbook without mistakes, with å, ä, ö in an id."""
    units = plain(12)
    units["authorities"]["authority_id"] = ["Örebro", "B"]
    units["files"]["authority"] = ["Örebro", "B"] * 6
    workbook.write(folder / "cases.xlsx", units, CODEBOOK, "fictitious", "sv")
    return folder / "cases.xlsx"


@pytest.fixture(scope="module")
def book(right):
    """That workbook as openpyxl reads it; not to be changed."""
    return openpyxl.load_workbook(right)


@pytest.fixture(scope="module")
def units(right):
    """The units of that workbook."""
    return workbook.load(right, CODEBOOK)


@pytest.fixture(scope="module")
def wrong(right, folder):
    """The same with many mistakes that both csv and a workbook can hold."""
    book = openpyxl.load_workbook(right)
    cases = book["cases"]
    place = {cell.value: cell.column for cell in cases[1]}
    for name, row, value in (
        ("sex", 3, "femle"), ("sex", 4, None), ("sex", 5, "male "), ("file_id", 6, "R01"), ("age", 7, "fyrtio"),
        ("age", 8, 200), ("marital_status", 9, "Ensamstående"), ("authority", 10, "Ã–rebro"), ("residence", 11, "="),
        ("case_note", 12, SECRET), ("employment", 13, "o\u0308ppen"),
    ):  # fmt: skip
        cases.cell(row, place[name]).value = value
    cases.cell(1, place["physical_health"]).value = "physical_helth"
    book["help"].cell(5, 1).value = "R99"
    book["participation"].delete_rows(13)
    book.save(folder / "wrong.xlsx")
    return folder / "wrong.xlsx"


@pytest.mark.parametrize(
    ("encoding", "mark"), [*((encoding, ";") for encoding in ENCODINGS), ("utf-8", ","), ("utf-16", "\t")]
)
def test_csv_gives_the_units_of_the_workbook(book, units, tmp_path, encoding, mark):
    study = write_csv(tmp_path / "study", book, encoding, mark)
    same(workbook.load(study, CODEBOOK), units)


@pytest.mark.parametrize("language", LANGUAGES)
def test_csv_gives_the_messages_of_the_workbook(wrong, tmp_path, language):
    study = write_csv(tmp_path / "study", openpyxl.load_workbook(wrong))
    (is_fine, told), (_, expected) = (workbook.check(path, CODEBOOK, language) for path in (study, wrong))
    assert not is_fine
    assert told.splitlines()[1:] == expected.splitlines()[1:]
    assert len(told.splitlines()) > 12
    assert "811228" not in told


@pytest.fixture(scope="module")
def converted(right, wrong, folder):
    """Both workbooks, and one with what only a workbook can hold, saved as ods by LibreOffice."""
    book = openpyxl.load_workbook(right)
    cases = book["cases"]
    place = {cell.value: cell.column for cell in cases[1]}
    cases.merge_cells(start_row=3, end_row=4, start_column=place["sex"], end_column=place["sex"])
    cases.cell(5, place["marital_status"]).value = "=1/0"
    cases.cell(6, place["age"]).value = pd.Timestamp("2016-03-01")
    cases.row_dimensions[7].hidden = True
    cases.column_dimensions[openpyxl.utils.get_column_letter(place["residence"])].hidden = True
    cases.cell(8, place["sex"]).comment = openpyxl.comments.Comment(SECRET, "x")
    book.save(folder / "odd.xlsx")
    profile = (folder / "profile").as_uri()
    subprocess.run(
        ["soffice", f"-env:UserInstallation={profile}", "--headless", "--convert-to", "ods", "--outdir", folder,
         right, wrong, folder / "odd.xlsx"],
        check=True, capture_output=True, timeout=180,
    )  # fmt: skip
    return folder


@pytest.mark.long
@office
def test_ods_gives_the_units_of_the_workbook(units, converted, tmp_path):
    shutil.copy(converted / "cases.ods", tmp_path / "cases.ods")
    same(workbook.load(tmp_path, CODEBOOK), units)


@pytest.mark.long
@office
def test_ods_gives_the_messages_of_the_workbook(wrong, converted):
    (is_fine, told), (_, expected) = (workbook.check(path, CODEBOOK) for path in (converted / "wrong.ods", wrong))
    assert not is_fine
    assert told.splitlines()[1:] == expected.splitlines()[1:]


@pytest.mark.long
@office
def test_ods_tells_what_only_a_workbook_can_hold(converted):
    is_fine, told = workbook.check(converted / "odd.ods", CODEBOOK)
    assert not is_fine
    for said in ("C3:C4: These cells are merged", "C5", "#DIV/0!", "the date 2016-03-01", "1 (7)", "R8"):
        assert said.replace("C3", _cell("sex", 3)).replace("C4", _cell("sex", 4)) in told or said in ("C5", "R8")
    assert "comment of the cell holds a Swedish identity number" in told
    assert "811228" not in told


def _cell(name, row):
    column = [variable.name for variable in CODEBOOK.sheet("cases")].index(name) + 1
    return spreadsheet.address(row, column)


@pytest.mark.long
@office
@pytest.mark.parametrize("marks", ["59,34,76", "44,34,76", "9,34,76", "59,34,ANSI", "59,34,UNICODE", "59,34,0"])
def test_csv_files_that_libreoffice_writes_give_the_units_of_the_workbook(units, right, tmp_path, marks):
    profile = (tmp_path / "profile").as_uri()
    subprocess.run(
        ["soffice", f"-env:UserInstallation={profile}", "--headless", "--convert-to",
         f"csv:Text - txt - csv (StarCalc):{marks},1,,0,false,true,false,false,false,-1",
         "--outdir", tmp_path / "study", right],
        check=True, capture_output=True, timeout=180,
    )  # fmt: skip
    assert (tmp_path / "study" / "cases-help.csv").exists()
    same(workbook.load(tmp_path / "study", CODEBOOK), units)


@pytest.mark.long
@office
@pytest.mark.parametrize("form", ["xlsx:Calc MS Excel 2007 XML", "xlsx:Calc Office Open XML"])
def test_workbooks_that_libreoffice_writes_give_the_units_and_oddities(units, right, converted, form):
    folder = converted / form[-10:].replace(" ", "")
    subprocess.run(
        ["soffice", f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless", "--convert-to", form,
         "--outdir", folder, right, converted / "odd.xlsx"],
        check=True, capture_output=True, timeout=180,
    )  # fmt: skip
    same(workbook.load(folder / "cases.xlsx", CODEBOOK), units)
    told, expected = (workbook.check(path, CODEBOOK)[1] for path in (folder / "odd.xlsx", converted / "odd.ods"))
    assert told.replace("odd.xlsx", "odd.ods") == expected


@pytest.mark.long
@office
def test_ods_repeats_equal_cells_and_rows_as_often_as_they_stand(folder, converted):
    book = openpyxl.Workbook()
    for row in range(1, 9):
        for column in range(1, 7):
            book.active.cell(row, column).value = "same" if row > 1 else "head"
    book.save(folder / "same.xlsx")
    profile = (folder / "profile").as_uri()
    subprocess.run(
        ["soffice", f"-env:UserInstallation={profile}", "--headless", "--convert-to", "ods", "--outdir", folder,
         folder / "same.xlsx"],
        check=True, capture_output=True, timeout=180,
    )  # fmt: skip
    (one,), (two,) = opendocument.read(folder / "same.ods"), spreadsheet.read(folder / "same.xlsx")
    for column in range(1, 7):
        assert one.columns[column].astype("str").to_dict() == two.columns[column].astype("str").to_dict()


def test_two_sets_of_coded_files_are_one_too_many(right, tmp_path):
    shutil.copy(right, tmp_path / "cases.xlsx")
    (tmp_path / "cases.ods").write_bytes(b"PK")
    with pytest.raises(UserError, match="more than once: cases.xlsx, cases.ods"):  # noqa: RUF043
        workbook.load(tmp_path, CODEBOOK)


def test_a_csv_beside_a_workbook_is_not_passed_over(right, book, tmp_path):
    study = write_csv(tmp_path / "study", book)
    for sheet in SHEETS:
        if sheet != "help":
            (study / f"{sheet}.csv").unlink()
    shutil.copy(right, study / "cases.xlsx")
    with pytest.raises(UserError, match=r"more than once: cases\.xlsx, help\.csv"):
        workbook.check(study, CODEBOOK)
    (study / "help.csv").rename(study / "published.csv")  # what stands there is no sheet
    assert workbook.check(study, CODEBOOK)[0]


def test_a_csv_of_too_many_columns_is_told_of_as_such(tmp_path):
    (tmp_path / "cases.csv").write_text(";" * 20_000 + "\n", encoding="utf-8")
    for language in LANGUAGES:
        with pytest.raises(UserError) as caught:
            workbook.load(tmp_path, CODEBOOK, language)
        assert str(caught.value) == messages.text("csv_too_large", language, file="cases.csv")


def test_a_csv_under_a_wrong_name_is_no_silent_gap(book, tmp_path):
    study = write_csv(tmp_path / "study", book)
    (study / "help.csv").rename(study / "hjälp.csv")
    is_fine, told = workbook.check(study, CODEBOOK, "sv")
    assert not is_fine
    assert "Bladet 'hjälp' är okänt" in told


@pytest.mark.parametrize(
    ("content", "key"),
    [
        (b"", "file_empty"), (b"  \r\n", "file_empty"), (b"PK\3\4", "csv_other"), (b"\xd0\xcf\x11\xe0", "csv_other"),
        (b"a;b\0c;d\n", "csv_other"), (b"file_id;sex \x81 \n", "csv_other"),
        (b'file_id;sex\nR1;"fe\nR2;male\n', "csv_quotes"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_csv_is_said_in_a_sentence(tmp_path, content, key):
    (tmp_path / "cases.csv").write_bytes(content)
    with pytest.raises(UserError) as caught:
        workbook.check(tmp_path, CODEBOOK, "sv")
    expected = messages.text(key, "sv", file="cases.csv", row="?").partition("?")[0]
    assert str(caught.value).startswith(expected)


@pytest.mark.parametrize(
    ("parts", "key"),
    [
        ({}, "ods_other"),
        ({"content.xml": b"<a", "mimetype": b""}, "file_damaged"),
        ({"content.xml": b"<a/>", "mimetype": b"", "Basic/Standard/Module1.xml": b"x"}, "file_macros"),
        ({"content.xml": b"\1\2", "META-INF/manifest.xml": b"<encryption-data/>"}, "file_protected"),
        ({"content.xml": b"0" * 60_000_000}, "file_too_large"),
    ],
)
def test_a_file_that_is_no_ods_is_said_in_a_sentence(tmp_path, parts, key):
    with zipfile.ZipFile(tmp_path / "cases.ods", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    with pytest.raises(UserError) as caught:
        workbook.check(tmp_path, CODEBOOK, "sv")
    facts = {"file": "cases.ods", "folder": messages.folder(tmp_path / "cases.ods")}
    assert str(caught.value) == messages.text(key, "sv", **facts)


CELL = st.text(st.characters(codec="cp1252", exclude_characters="\0"), max_size=6) | st.text("aå", max_size=40)


@examples(60)
@given(
    st.lists(st.lists(CELL, min_size=1, max_size=5), min_size=1, max_size=6),
    st.sampled_from(ENCODINGS), st.sampled_from(";,\t"),
    st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]),
)  # fmt: skip
def test_every_record_comes_back_cell_by_cell(tmp_path, records, encoding, mark, quoting):
    records = [[cell.replace("\r", "").replace("\n", " ") for cell in record] for record in records]
    records = [["first", "second", "third"], *records]
    text = io.StringIO()
    csv.writer(text, delimiter=mark, quoting=quoting).writerows(records)
    path = tmp_path / "cases.csv"
    path.write_bytes(text.getvalue().encode(encoding))
    if encoding == "cp1252" and _reads_as_utf8(text.getvalue()):
        return
    try:
        (sheet,) = separated.read(path)
    except UserError as error:  # signs that no language has side by side may look like an older program's letters
        assert encoding == "cp1252" and "was saved with the letters of" in str(error)
        return
    found = {(row, column): cell for column, cells in sheet.columns.items() for row, cell in cells.items()}
    there = {(r, c): cell for r, record in enumerate(records, 1) for c, cell in enumerate(record, 1) if cell}
    assert found == there


def _reads_as_utf8(text):
    """A file of another encoding may happen to be right UTF-8 too; nothing can tell them apart."""
    try:
        return text.encode("cp1252").decode("utf-8") != text
    except UnicodeError:
        return False


@examples(40)
@given(st.binary(max_size=200), st.integers(0, 2**32))
def test_whatever_bytes_come_there_is_an_answer_in_words(tmp_path, book, content, seed):
    source = random.Random(seed)
    study = write_csv(tmp_path / "study", book)
    path = study / "cases.csv"
    old = path.read_bytes()
    cut = source.randrange(len(old))
    path.write_bytes(old[:cut] + content + old[cut + source.randrange(30) :])
    try:
        is_fine, told = workbook.check(study, CODEBOOK)
    except UserError as error:
        is_fine, told = False, str(error)
    assert told
    assert "Traceback" not in told
    assert isinstance(is_fine, bool)
