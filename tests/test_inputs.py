"""What people write down about a study, in any file and form: read as it is meant, or told in one true sentence."""

import csv
import os
import shutil
import time
import zipfile
from pathlib import Path

import openpyxl
import pytest
from coded import CODEBOOK, plain
from hypothesis import given
from hypothesis import strategies as st

from analysis import paths
from analysis.__main__ import main
from analysis.errors import UserError
from analysis.language import messages, textfiles
from analysis.sheets import spreadsheet, validation, workbook
from analysis.study import claims, codebook, stated, studies
from analysis.study.codebook import LANGUAGES

SETTINGS = "title: Plans\nstatus: fictitious\n"


@pytest.fixture(scope="module")
def right(tmp_path_factory):
    """A right workbook; not to be changed."""
    path = tmp_path_factory.mktemp("right") / "cases.xlsx"
    workbook.write(path, plain(), CODEBOOK, "fictitious")
    return path


@pytest.fixture
def study(right, tmp_path, monkeypatch):
    """The folder of a study with a right workbook and settings, in an otherwise empty repository."""
    folder = tmp_path / "data" / "raw" / "uppsala"
    folder.mkdir(parents=True)
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    shutil.copy(right, folder)
    (folder / "study.yml").write_text(SETTINGS, encoding="utf-8")
    return folder


def refused(study, language="en") -> str:
    """What is said where the study cannot be read."""
    with (study / "study.yml").open("a", encoding="utf-8") as file:
        file.write("" if language == "en" else f"language: {language}\n")
    with pytest.raises(UserError) as caught:
        studies.read("uppsala")
    return str(caught.value)


# study.yml


@pytest.mark.parametrize(
    ("more", "line", "found"),
    [
        ("publication:\n  threshold: 10\npublication:\n  threshold: 5\n", 5, "publication"),
        ("publication:\n  threshold: 10\n  threshold: 5\n", 5, "threshold"),
        ("findings:\n  - en: a\n    counts:\n      en: b\n      en: c\n", 7, "en"),
        ("'title': again\n", 3, "title"),
        ("cut_off_dates: {first: 2016-01-01, 'first': 2017-01-01}\n", 3, "first"),
    ],
)
def test_a_name_that_stands_twice_is_told_with_its_line(study, more, line, found):
    (study / "study.yml").write_text(SETTINGS + more, encoding="utf-8")
    said = refused(study)
    assert said.startswith(f"study.yml of the study 'uppsala', line {line}: '{found}' stands in line ")


@pytest.mark.parametrize(
    ("more", "key"),
    [
        ("place: &a X\nfindings: *a\n", "settings_alias"),
        ("reference: &a {title: b}\ncut_off_dates:\n  <<: *a\n", "settings_alias"),
        ("place: " + "[" * 30 + "]" * 30 + "\n", "settings_deep"),
        ("place: " + "[" * 50_000 + "\n", "settings_deep"),
        ("place: " + "{a: " * 20_000 + "\n", "settings_deep"),
        ("cut_off_dates: 2016\n", "settings_part"),
        ("cut_off_dates:\n  frist: 2016-01-01\n", "settings_part"),
        ("reference: [a]\n", "settings_part"),
        ("reconstruction:\n  seed: many\n", "settings_seed"),
        ("reconstruction:\n", None),
        ("place: [a, b]\n", "settings_text"),
        ("place:\n  en: a\n", "settings_text"),
        ("place: !!set {a, b}\n", "settings_text"),
        ("place: !!binary aGVq\n", "settings_text"),
        ("plaec: a\n", "settings_key"),
        ("place: a: b\n", "settings_unreadable"),
        ("place: !!python/object/apply:os.system ['true']\n", "settings_unreadable"),
        ("? [a, b]\n: c\n", "settings_unreadable"),
    ],
)
@pytest.mark.parametrize("language", LANGUAGES)
def test_settings_that_mean_nothing_are_told_of_at_once(study, more, key, language):
    (study / "study.yml").write_text(f"{SETTINGS}language: {language}\n{more}", encoding="utf-8")
    begun = time.monotonic()
    if key is None:
        assert studies.read("uppsala").settings["title"] == "Plans"
        return
    with pytest.raises(UserError) as caught:
        studies.read("uppsala")
    beginning = messages.MESSAGES[key][language].format_map(Anything(study="uppsala")).partition("…")[0]
    assert str(caught.value).startswith(beginning)
    assert time.monotonic() - begun < 20


class Anything(dict):
    """Facts of which those that are not given are an ellipsis."""

    def __missing__(self, key):
        return "…"


@pytest.mark.parametrize(("written", "shown"), [("2016", "2016"), ("2016-03-01", "2016-03-01"), ("1.5", "1.5")])
def test_a_title_may_be_a_number(study, written, shown):
    (study / "study.yml").write_text(f"title: {written}\nstatus: fictitious\n", encoding="utf-8")
    assert studies.read("uppsala").settings["title"] == shown


def test_settings_without_lines_are_told_of(study):
    (study / "study.yml").write_text("only a text\n", encoding="utf-8")
    assert messages.text("settings_lines", "en", study="uppsala") in refused(study)


def test_control_characters_never_come_into_a_title_or_label(study):
    (study / "study.yml").write_text('title: "Our\\vstudy\\u0007"\nstatus: fictitious\nplace: A\\b\n', encoding="utf-8")
    lines = [codebook.COLUMNS, ["own", "", "cases", "tick"] + [""] * 9 + ["A\vlabel", "En\fetikett"] + [""] * 3]
    with (study / "codebook.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(lines)
    read = studies.read("uppsala")
    assert read.settings["title"] == "Our study "
    assert (read.codebook.variable("own").label.en, read.codebook.variable("own").label.sv) == ("A label", "En etikett")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_wrong_expression_in_the_findings_is_told_by_the_check(study, language, capsys):
    finding = (
        'findings:\n  - en: a\n    counts:\n      {}: "{{files(sex == femal)}} of {{files()}}, {{}} and {{n_plan}}"\n'
    )
    (study / "study.yml").write_text(f"{SETTINGS}language: {language}\n{finding.format(language)}", encoding="utf-8")
    assert main(["check", "--study", "uppsala"]) == 1
    said = capsys.readouterr().err
    place = messages.MESSAGES["findings_counts"][language].format(number=1, where=language, why="")
    assert said.count(place) == 3
    assert "femal" in said
    settings = studies.read("uppsala").settings
    stated.check({"findings": [{"en": "a", "counts": {"en": "{files(sex == female)} of {files()}"}}]}, CODEBOOK)
    assert settings["findings"]


# published.csv


ROW = {"id": "a", "where": "Table 1", "published": "3", "counts": "files(sex == female)"}


@pytest.mark.parametrize("mark", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("name", ["counts", "Counts", " counts ", "COUNTS", "\ufeffcounts", "cou\u00adnts"])
def test_published_figures_are_read_as_any_spreadsheet_program_writes_them(tmp_path, mark, encoding, name):
    if encoding == "cp1252" and not name.isascii() and "\u00ad" not in name:
        return
    path = tmp_path / "published.csv"
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.writer(file, delimiter=mark)
        writer.writerow([name if column == "counts" else column.title() for column in ROW])
        writer.writerows([[], ROW.values(), [""] * 4, (ROW | {"id": "b", "where": "Örebro; 1, 2"}).values(), ["", ""]])
    (one, two) = claims.read(path, CODEBOOK)
    assert one.quantity is not None and two.quantity is not None
    assert (one.id, two.id, two.where) == ("a", "b", "Örebro; 1, 2")


@pytest.mark.parametrize(
    ("content", "key"),
    [
        ("id,where,published,count\na,b,3,files()\n", "text_column"),
        ("id,where,published,counts,counts\na,b,3,files(),files()\n", "text_twice"),
        ("id;where,published;counts\n", "text_columns"),
        ("where,published,counts\nb,3,files()\n", "text_columns"),
        ("id,where,published\na,b,3\n", "claims_head"),
        ("id,published,counts\na,3,files(),x\n", "claims_head"),
        ("id,published,counts\n,3,files()\n", "claims_head"),
        ('id,published,counts\na,"3,files()\n', "csv_quotes"),
        ("", "text_columns"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_published_figure_is_left_out_without_a_word(tmp_path, content, key, language):
    path = tmp_path / "published.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(UserError) as caught:
        claims.read(path, CODEBOOK, language)
    beginning = messages.MESSAGES[key][language].format_map(Anything(file=path.name)).partition("…")[0]
    assert str(caught.value).startswith(beginning)
    if key == "text_column":
        assert "counts?" in str(caught.value)


# Files that are none


def special_files(folder):
    """Kind -> what makes a path one of that kind."""
    return {
        "pipe": os.mkfifo,
        "device": lambda path: path.symlink_to("/dev/zero"),
        "folder": lambda path: path.mkdir(),
        "loop": lambda path: path.symlink_to(path.name),
        "broken link": lambda path: path.symlink_to("nowhere"),
    }


@pytest.mark.parametrize("kind", special_files(None))
@pytest.mark.parametrize("name", ["cases.xlsx", "cases.ods", "cases.csv", "study.yml", "codebook.csv", "published.csv",
                                  "differences.csv"])  # fmt: skip
def test_what_is_no_ordinary_file_is_told_of_at_once(study, name, kind, capsys):
    if name.startswith("cases."):
        (study / "cases.xlsx").unlink()
    (study / name).unlink(missing_ok=True)
    special_files(study)[kind](study / name)
    begun = time.monotonic()
    assert main(["check", "--study", "uppsala"]) == 1
    said = capsys.readouterr().err
    assert name in said
    assert "Traceback" not in said
    assert time.monotonic() - begun < 20


def test_a_file_that_must_not_be_read_is_told_of(study, monkeypatch):
    read = Path.read_bytes

    def refuse(path):
        if path.name == "study.yml":
            raise PermissionError
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(UserError, match=r"study\.yml cannot be opened"):
        studies.read("uppsala")


@pytest.mark.parametrize("name", ["study.yml", "codebook.csv", "published.csv"])
def test_a_file_that_is_far_too_large_is_told_of_before_it_is_read(study, name):
    with (study / name).open("wb") as file:
        file.truncate(10**9)
    assert f"{name} is far larger" in refused(study)


# Letters


SWEDISH = "Enköping, Malmö, Åmål, Örebro, Älvsbyn, VÄXJÖ och café"


@pytest.mark.parametrize(
    ("encoding", "program"), [("cp850", "MS-DOS"), ("cp437", "MS-DOS"), ("mac-roman", "Macintosh")]
)
def test_letters_of_older_programs_are_told_with_the_signs_that_stood_for_them(tmp_path, encoding, program):
    for word in SWEDISH.replace(",", "").split():
        if not word.isascii():
            with pytest.raises(textfiles.OldLetters) as caught:
                textfiles.decoded(f"file_id;place\nR1;{word}\n".encode(encoding))
            assert caught.value.program == program
            letters = {letter for letter in word if not letter.isascii()}
            assert {pair[-1] for pair in caught.value.signs.split(", ")} <= letters
    path = tmp_path / "cases.csv"
    path.write_bytes(f"file_id;note\nR1;{SWEDISH}\n".encode(encoding))
    with pytest.raises(UserError, match=f"letters of {program}.* = ö"):
        workbook.check(tmp_path, CODEBOOK)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize(
    "text",
    [
        SWEDISH,
        "plain text",
        "it’s “so” – or not… 5 €",
        "Müller, Ærø, Šarik och Åsa",
        "naïve façade, piñata",
        "100 °C ±2 %",
    ],
)
def test_letters_of_today_are_read_as_they_are(text, encoding):
    assert textfiles.decoded(text.encode(encoding)) == text


# Habits of people and programs in the sheets


def told(folder, language="en"):
    """What the check says of the folder's sheets."""
    return workbook.check(folder, CODEBOOK, language)


def as_csv(book, folder, change=lambda value: value, name="{}.csv", **options):
    """The sheets of a workbook as csv files."""
    folder.mkdir(exist_ok=True)
    for sheet in CODEBOOK.frames["sheet"]:
        with (folder / name.format(sheet)).open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, **({"delimiter": ";"} | options))
            writer.writerows([["" if value is None else change(value) for value in row] for row in book[sheet].values])
    return folder


@pytest.mark.parametrize("form", ["{}.0", "{},0", "{}.00"])
@pytest.mark.parametrize("mark", [";", ","])
def test_whole_numbers_with_decimals_of_zeros_are_what_they_are(right, tmp_path, form, mark):
    book = openpyxl.load_workbook(right)
    study = as_csv(
        book, tmp_path / "a", lambda value: form.format(value) if isinstance(value, int) else value, delimiter=mark
    )
    same = workbook.load(right, CODEBOOK)
    for unit, rows in workbook.load(study, CODEBOOK).items():
        assert rows.equals(same[unit])


def test_decimals_that_are_none_are_told_once_a_value(right, tmp_path):
    book = openpyxl.load_workbook(right)
    study = as_csv(book, tmp_path / "a", lambda value: f"{value}.5" if isinstance(value, int) else value)
    is_fine, said = told(study)
    assert not is_fine
    assert "is not a whole number" in said


@pytest.mark.parametrize(
    ("title", "mark"), [("Export 2024-01-01", ","), ("Export, 2024", ";"), ("Export; 2024", ","), ("A\tB", ";")]
)
def test_a_line_above_the_names_of_the_columns_is_told_as_such(right, tmp_path, title, mark):
    study = as_csv(openpyxl.load_workbook(right), tmp_path / "a", delimiter=mark)
    for path in study.glob("*.csv"):
        path.write_text(f"{title}\n{path.read_text(encoding='utf-8')}", encoding="utf-8")
    is_fine, said = told(study)
    assert not is_fine
    assert said.count("The names of the columns stand in row 2") == len(list(study.glob("*.csv")))
    assert len(said.splitlines()) == 2 + len(list(study.glob("*.csv")))


def test_a_line_break_in_the_first_heading_hides_no_separator(right, tmp_path):
    book = openpyxl.load_workbook(right)
    book["cases"]["A1"] = "file_id\n"
    study = as_csv(book, tmp_path / "a")
    is_fine, said = told(study)
    assert not is_fine
    assert "cases, A1: The column 'file_id ' is unknown. It holds a line break" in said
    assert len(said.splitlines()) == 3


@pytest.mark.parametrize("name", ["{}.CSV", "cases-{}.csv", "cases_{}.csv", "akter 2024 {}.csv", "Cases-{}.Csv"])
def test_csv_files_may_be_called_as_programs_call_them(right, tmp_path, name):
    study = as_csv(openpyxl.load_workbook(right), tmp_path / "a", name=name)
    (study / name.format("READ ME FIRST")).write_text("a;b\n", encoding="utf-8")
    same = workbook.load(right, CODEBOOK)
    for unit, rows in workbook.load(study, CODEBOOK).items():
        assert rows.equals(same[unit])
    (study / "help.csv").write_text("file_id\n", encoding="utf-8")
    if name != "{}.CSV":
        with pytest.raises(UserError, match="more than once"):
            told(study)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_sheet_that_is_missing_or_empty_is_told_of(right, tmp_path, language):
    book = openpyxl.load_workbook(right)
    del book["help"]
    book["participation"].delete_rows(2, 50)
    book["authorities"].delete_rows(1, 50)
    book.save(tmp_path / "cases.xlsx")
    is_fine, said = told(tmp_path, language)
    assert is_fine
    for sheet in ("help", "participation", "authorities"):
        columns = ", ".join(variable.name for variable in CODEBOOK.sheet(sheet) if variable.required)
        assert f"- {sheet}: {messages.text('sheet_absent', language, allowed=columns)}" in said


@pytest.mark.parametrize("form", ["{:03}", "{}.0", "{:05}", "{},0"])
def test_ids_that_lost_their_zeros_are_told_in_one_sentence(right, tmp_path, form):
    book = openpyxl.load_workbook(right)
    for sheet in ("cases", "help", "participation"):
        for row in range(2, 5):
            book[sheet].cell(row, 1).value = form.format(row - 1) if sheet == "help" else row - 1
    book.save(tmp_path / "cases.xlsx")
    is_fine, said = told(tmp_path)
    assert not is_fine
    assert len(said.splitlines()) == 3
    assert "help, A2, A3, A4 (file_id)" in said
    assert "leading zeros" in said


def test_ids_with_a_letter_that_are_written_with_and_without_zeros_are_told_in_one_sentence(right, tmp_path):
    book = openpyxl.load_workbook(right)
    for sheet in ("cases", "help", "participation"):
        for row in range(2, 5):
            book[sheet].cell(row, 1).value = f"F{row - 1}" if sheet == "help" else f"F0{row - 1}"
    book.save(tmp_path / "cases.xlsx")
    said = told(tmp_path)[1]
    assert len(said.splitlines()) == 3
    assert "help, A2, A3, A4 (file_id): 'F1' stands here, 'F01' in the column file_id of the sheet cases" in said


def test_zeros_are_not_blamed_where_two_ids_differ_by_them(right, tmp_path):
    book = openpyxl.load_workbook(right)
    for sheet in ("cases", "help", "participation"):
        for row, file in zip(range(2, 5), ("1", "01", "2"), strict=True):
            book[sheet].cell(row, 1).value = file if (sheet, file) != ("help", "2") else "001"
    book.save(tmp_path / "cases.xlsx")
    assert "leading zeros" not in told(tmp_path)[1]


@pytest.mark.parametrize("space", "\u00a0\u2009\u202f\u3000\u2003")
def test_an_unusual_space_is_named(right, tmp_path, space):
    book = openpyxl.load_workbook(right)
    sheet = book["cases"]
    column = [cell.value for cell in sheet[1]].index("sex") + 1
    for row, text in enumerate(("{}female", "female{}", "f{}emale"), start=2):
        sheet.cell(row, column).value = text.format(space)
    book.save(tmp_path / "cases.xlsx")
    said = told(tmp_path)[1]
    assert "\ufffd" not in said and space not in said
    assert said.count("non-breaking") == 2


@pytest.mark.parametrize("language", LANGUAGES)
def test_struck_through_rows_and_cells_are_told_of(right, tmp_path, language):
    book = openpyxl.load_workbook(right)
    struck = openpyxl.styles.Font(strike=True)
    for cell in book["cases"][3]:
        cell.font = struck
    book["cases"]["C4"].font = struck
    book["codes"]["A1"].font = struck
    book.save(tmp_path / "cases.xlsx")
    is_fine, said = told(tmp_path, language)
    assert is_fine
    assert f"- cases: {messages.text('rows_struck', language, number=1, found=3)}" in said
    assert f"- cases, C4: {messages.text('cells_struck', language)}" in said
    assert len(workbook.load(tmp_path, CODEBOOK)["files"]) == 3


def test_a_number_that_is_partly_struck_through_does_not_count(right, tmp_path):
    from openpyxl.cell.rich_text import CellRichText, TextBlock
    from openpyxl.cell.text import InlineFont

    book = openpyxl.load_workbook(right)
    column = [cell.value for cell in book["cases"][1]].index("age") + 1
    book["cases"].cell(2, column).value = CellRichText("4", TextBlock(InlineFont(strike=True), "2"))
    book.save(tmp_path / "cases.xlsx")
    is_fine, said = told(tmp_path)
    assert not is_fine
    assert "Part of '42' is struck through" in said


def test_a_cell_that_no_program_could_keep_is_told_of(right, tmp_path):
    study = as_csv(openpyxl.load_workbook(right), tmp_path / "a")
    path = study / "cases.csv"
    before = path.read_bytes()
    for size, key in ((40_000, "cell_too_long"), (200_000, "csv_cell_long")):
        path.write_bytes(before + b"x" * size + b"\n")
        with pytest.raises(UserError) as caught:
            told(study)
        facts = {"file": "cases.csv", "cell": "A5", "row": 5}
        assert str(caught.value) == messages.text(key, "en", **facts)
    with path.open("ab") as file:
        file.truncate(300_000_000)
    with pytest.raises(UserError, match="larger than a sheet"):
        told(study)


def test_a_long_text_in_an_ods_file_is_told_of_before_it_is_put_together(tmp_path):
    names = {"o": "office", "t": "table", "x": "text"}
    spaces = " ".join(
        f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for short, name in names.items()
    )
    cell = f'<t:table-cell o:value-type="string"><x:p>{"a b c " * 10_000_000}</x:p></t:table-cell>'
    table = f'<t:table t:name="cases"><t:table-row>{cell}</t:table-row></t:table>'
    with zipfile.ZipFile(tmp_path / "cases.ods", "w") as archive:
        archive.writestr("content.xml", f"<o:d {spaces}><o:spreadsheet>{table}</o:spreadsheet></o:d>")
    begun = time.monotonic()
    with pytest.raises(UserError, match="A1: the cell holds more text"):
        told(tmp_path)
    assert time.monotonic() - begun < 20


def test_two_sheets_of_one_name_are_told_of(right, tmp_path):
    with zipfile.ZipFile(right) as old, zipfile.ZipFile(tmp_path / "cases.xlsx", "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(b'name="help"', b'name="cases"'))
    with pytest.raises(UserError, match="damaged"):
        told(tmp_path)


def test_drop_downs_reach_to_the_last_row_of_a_sheet(right):
    for sheet in CODEBOOK.frames["sheet"]:
        rules = openpyxl.load_workbook(right)[sheet].data_validations.dataValidation
        assert {area.max_row for rule in rules for area in rule.sqref.ranges} == {spreadsheet.LAST_ROW}


def test_what_a_drop_down_offers_is_read(right, tmp_path):
    """Every code that a list or rule offers gives units, in whichever row it stands."""
    book = openpyxl.load_workbook(right)
    missing = tuple(CODEBOOK.frames["missing"])
    for sheet in CODEBOOK.frames["sheet"]:
        for column, variable in enumerate(CODEBOOK.sheet(sheet), start=1):
            if missing[0] in validation.allowed_codes(variable, CODEBOOK):
                book[sheet].cell(2, column).value = missing[0]
    book.save(tmp_path / "cases.xlsx")
    files = workbook.load(tmp_path, CODEBOOK)["files"]
    assert files["n_plans"].tolist()[0] == missing[0]


@given(st.lists(st.text(max_size=30), max_size=6))
def test_any_lines_of_a_list_give_rows_or_a_sentence(tmp_path_factory, lines):
    path = tmp_path_factory.mktemp("lists") / "published.csv"
    path.write_text("\n".join(["id;published;counts", *lines]), encoding="utf-8", errors="surrogatepass")
    for language in LANGUAGES:
        try:
            claims.read(path, CODEBOOK, language)
        except UserError as error:
            assert str(error)
