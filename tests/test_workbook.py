"""The workbook and the tidy tables: what is written is read back the same, in any program and with the same bytes."""

import hashlib
import io
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from datetime import datetime
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
import xlsxwriter
from campaigns import examples
from coded import CODEBOOK, FREE, drawn, plain
from hypothesis import given
from hypothesis import strategies as st

from analysis import identity
from analysis.errors import UserError
from analysis.language import messages
from analysis.sheets import form, spreadsheet, validation, workbook
from analysis.study.codebook import LANGUAGES, STATUS

SHEETS = list(CODEBOOK.frames["sheet"])

IDS = st.lists(
    st.from_regex(r"[A-Za-zÅÄÖåäö0-9][A-Za-zÅÄÖåäö0-9_.]{0,8}( [a-zåäö0-9-]{1,3})?", fullmatch=True).filter(
        lambda text: not identity.find(text)
    ),
    min_size=1,
    max_size=5,
    unique=True,
)


def same(one: dict[str, pd.DataFrame], two: dict[str, pd.DataFrame]) -> None:
    assert one.keys() == two.keys()
    for unit in one:
        pd.testing.assert_frame_equal(one[unit], two[unit], check_exact=True)


@examples(15)
@given(st.integers(), IDS, IDS, st.sets(st.sampled_from(SHEETS[1:])), st.sampled_from(LANGUAGES))
def test_any_units_come_back_from_workbook_and_tidy_tables(tmp_path, seed, files, authorities, sheets, language):
    units = drawn(seed, files, authorities, [sheet for sheet in SHEETS if sheet in sheets or sheet == SHEETS[0]])
    path = Path(tempfile.mkdtemp(dir=tmp_path)) / "cases.xlsx"
    workbook.write(path, units, FREE, "fictitious", language)
    same(workbook.load(path, FREE, language, status="fictitious"), units)
    workbook.write_tidy(path.parent, units, FREE)
    same(workbook.read_tidy(path.parent, FREE), units)


def test_columns_stand_in_codebook_order_without_notes_and_identifying_ones(tmp_path):
    units = plain()
    own = [variable for sheet in SHEETS for variable in CODEBOOK.sheet(sheet) if variable.sheet == sheet]
    read = [variable for variable in own if variable.type != "note"]
    names = {unit: [v.name for v in read if CODEBOOK.unit(v.sheet) == unit and v.type != "key"] for unit in units}
    assert {unit: list(frame) for unit, frame in units.items()} == names
    assert not any(variable.identifying for variable in read)
    tables = workbook.tidy(units, CODEBOOK)
    assert list(tables) == SHEETS
    for sheet, table in tables.items():
        assert list(table) == [v.name for v in CODEBOOK.sheet(sheet) if validation.is_read(v)]


def test_every_table_says_what_its_rows_are_and_a_sheet_need_not(tmp_path):
    units = plain()
    workbook.write(tmp_path / "cases.xlsx", units, CODEBOOK, "fictitious")
    book = openpyxl.load_workbook(tmp_path / "cases.xlsx")
    for sheet in SHEETS:
        said, *rows = (row[1].value for row in book[sheet].iter_rows(max_col=2))
        assert (said, set(rows)) == (STATUS, {"fictitious"})
    for sheet in SHEETS[1:]:
        book[sheet].delete_cols(2)
    book.save(tmp_path / "cases.xlsx")
    loaded = workbook.load(tmp_path, CODEBOOK, status="fictitious")
    same(loaded, units)
    workbook.write_tidy(tmp_path, loaded, CODEBOOK)
    for sheet in SHEETS:
        assert set(pd.read_csv(tmp_path / f"{sheet}.csv")[STATUS]) == {"fictitious"}


def test_types(tmp_path):
    units = plain()
    units["files"] = units["files"].assign(age=pd.Series([40, "nd", pd.NA], dtype=object))
    workbook.write(tmp_path / "cases.xlsx", units, CODEBOOK, "fictitious")
    files = workbook.load(tmp_path, CODEBOOK)["files"]
    assert files["n_plans"].dtype == "Int64"
    assert files["sex"].dtype == "str"
    assert list(files["age"][:2]) == [40, "nd"]
    assert files["age"].isna().tolist() == [False, False, True]


def test_a_sheet_left_out_and_a_column_left_out(tmp_path):
    units = plain()
    workbook.write(tmp_path / "cases.xlsx", units, CODEBOOK, "fictitious")
    book = openpyxl.load_workbook(tmp_path / "cases.xlsx")
    for sheet in SHEETS[1:]:
        del book[sheet]
    book[SHEETS[0]].delete_cols(6)
    book.save(tmp_path / "cases.xlsx")
    loaded = workbook.load(tmp_path, CODEBOOK)
    assert loaded["authorities"].shape == (0, 0)
    assert loaded["files"]["age"].isna().all()
    assert "n_plans" not in loaded["files"]
    assert list(workbook.tidy(loaded, CODEBOOK)) == SHEETS[:1]


def test_an_empty_form_has_every_column_and_no_rows(tmp_path):
    empty = {unit: frame.iloc[:0] for unit, frame in plain().items()}
    workbook.write(tmp_path / "cases.xlsx", empty, CODEBOOK, "original", "sv")
    with pytest.raises(UserError, match="inga rader"):
        workbook.load(tmp_path, CODEBOOK, "sv")
    for sheet in spreadsheet.read(tmp_path / "cases.xlsx")[1:-1]:
        titles = [cells.to_list() for cells in sheet.columns.values()]
        assert titles == [[variable.name] for variable in CODEBOOK.sheet(sheet.name)]


@pytest.mark.long
def test_the_same_bytes_at_any_time_and_place(tmp_path):
    program = (
        "from coded import *; from analysis.sheets import workbook; from pathlib import Path; import sys\n"
        "workbook.write(Path(sys.argv[1]), plain(), CODEBOOK, 'reconstructed', 'sv', [('sex', 'as printed')])\n"
        "workbook.write_tidy(Path(sys.argv[1]).parent, plain(), CODEBOOK)\n"
    )
    digests = set()
    for zone, seed in (("UTC", "0"), ("Asia/Kolkata", "7")):
        folder = tmp_path / seed
        folder.mkdir()
        search = os.pathsep.join((str(Path(__file__).parent), str(Path(__file__).parent.parent)))
        environment = os.environ | {"TZ": zone, "PYTHONHASHSEED": seed, "PYTHONPATH": search, "LC_ALL": "C"}
        subprocess.run([sys.executable, "-c", program, folder / "cases.xlsx"], env=environment, check=True)
        digests.add(tuple(hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())))
    assert len(digests) == 1
    with zipfile.ZipFile(tmp_path / "0" / "cases.xlsx") as archive:
        assert len({part.date_time for part in archive.infolist()}) == 1


def test_text_is_never_written_as_a_formula_or_link(tmp_path):
    units = plain(1)
    texts = ["=1+1", "http://a.example", "007"]
    workbook.write(tmp_path / "a.xlsx", units, CODEBOOK, "fictitious", guarantees=[(text, text) for text in texts])
    page = openpyxl.load_workbook(tmp_path / "a.xlsx").worksheets[0]
    found = [cell for row in page.iter_rows() for cell in row if cell.value in texts]
    assert [cell.data_type for cell in found] == ["s"] * 6
    assert not any(cell.hyperlink for cell in found)


def test_every_program_sees_the_drop_downs_comments_and_frozen_panes(tmp_path):
    workbook.write(tmp_path / "a.xlsx", plain(), CODEBOOK, "reconstructed", "sv")
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    assert book.sheetnames == [messages.FIRST_SHEET.sv, *SHEETS, messages.CODES_SHEET]
    for sheet in SHEETS:
        page = book[sheet]
        assert page.freeze_panes == "B2"
        rules = {str(rule.sqref).split(":")[0]: rule for rule in page.data_validations.dataValidation}
        for column, variable in enumerate(CODEBOOK.sheet(sheet), start=1):
            comment = page.cell(1, column).comment.text
            assert variable.label.sv in comment
            assert variable.note.sv in comment
            rule = rules.get(spreadsheet.address(2, column))
            assert (rule is None) == (variable.type in ("note", "date"))
            if variable.type in ("choice", "tick"):
                area = book.defined_names[rule.formula1.lstrip("=")].attr_text
                codes = [row[0].value for row in book[messages.CODES_SHEET][area.partition("!")[2].replace("$", "")]]
                assert tuple(codes) == validation.allowed_codes(variable, CODEBOOK)
                assert all(code in comment for code in codes)
            if variable.type == "count":
                assert str(variable.minimum) in rule.formula1
                assert str(variable.maximum) in rule.formula1


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("status", [status for status in messages.FIRST_PARTS if status])
def test_the_first_sheet_says_what_the_rows_are(tmp_path, status, language):
    kept = [("sex", "forced by print")]
    workbook.write(tmp_path / "a.xlsx", plain(1), CODEBOOK, status, language, kept)
    page = openpyxl.load_workbook(tmp_path / "a.xlsx").worksheets[0]
    texts = [cell.value for row in page.iter_rows() for cell in row if cell.value]
    assert texts[0] == messages.text(f"title_{status}", language)
    assert "forced by print" in texts
    assert any(CODEBOOK.frames["sheet"][SHEETS[0]].note[language] in text for text in texts)
    if status != "original":
        assert any({"en": "real person", "sv": "verklig person"}[language] in text for text in texts[1:])


def test_all_statuses_of_the_codebook_have_a_first_sheet():
    assert {status for status in messages.FIRST_PARTS if status} == set(CODEBOOK.variable("row_status").code_names())


def test_a_workbook_that_is_held_by_another_program_gives_a_sentence(tmp_path, monkeypatch):
    def held(*_):
        raise PermissionError

    monkeypatch.setattr(form, "write", held)
    with pytest.raises(UserError, match=r"cases\.xlsx cannot be written"):
        workbook.write(tmp_path / "cases.xlsx", plain(1), CODEBOOK, "fictitious")
    assert list(tmp_path.iterdir()) == []


# Reading


VALUES = st.one_of(
    st.text(max_size=20).map(lambda text: "".join(c for c in text if c.isprintable() or c == "\n")),
    st.integers(-(10**9), 10**9),
    st.floats(-1e9, 1e9).map(lambda number: round(number, 6)),
    st.booleans(),
    st.datetimes(datetime(1950, 1, 1), datetime(2050, 1, 1)).map(
        lambda moment: moment.replace(second=0, microsecond=0)
    ),
)


def expected(value) -> str:
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d}" if (value.hour, value.minute) == (0, 0) else f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    return str(value)


def save_with_openpyxl(path, cells):
    book = openpyxl.Workbook()
    for (row, column), value in cells.items():
        book.active.cell(row, column).value = value
        if isinstance(value, str):
            book.active.cell(row, column).data_type = "s"
    book.save(path)


def save_with_xlsxwriter(path, cells):
    book = xlsxwriter.Workbook(path, {"strings_to_formulas": False, "strings_to_urls": False})
    page = book.add_worksheet()
    day = book.add_format({"num_format": 'yyyy-mm-dd "kl" hh:mm'})
    for (row, column), value in cells.items():
        if isinstance(value, datetime):
            page.write_datetime(row - 1, column - 1, value, day)
        else:
            page.write(row - 1, column - 1, value)
    book.close()


@examples(40)
@given(
    st.dictionaries(st.tuples(st.integers(1, 40), st.integers(1, 60)), VALUES, max_size=12),
    st.sampled_from([save_with_openpyxl, save_with_xlsxwriter]),
)
def test_every_cell_is_read_as_it_was_written(tmp_path, cells, save):
    save(tmp_path / "a.xlsx", cells)
    (sheet,) = spreadsheet.read(tmp_path / "a.xlsx")
    found = {(row, column): text for column, texts in sheet.columns.items() for row, text in texts.items()}
    assert found == {place: expected(value) for place, value in cells.items() if value != ""}
    dates = {(row, column) for column, rows in sheet.odd.items() for row, kind in rows.items() if kind == "date"}
    assert dates == {place for place, value in cells.items() if isinstance(value, datetime)}


MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
STRICT = "http://purl.oclc.org/ooxml/spreadsheetml/main"
SI = "<si><t>yes</t></si><si><r><t>a</t></r><r><t>b_x0041_</t></r><rPh><t>no</t></rPh></si>"
FONTS = "<fonts><font/><font><strike/></font><font><strike val='0'/></font></fonts>"
STYLES = FONTS + "<cellXfs><xf/><xf numFmtId='14'/><xf fontId='1'/><xf fontId='2' numFmtId='46'/></cellXfs>"


def book_of(rows, main=MAIN, home="xl/workbook.xml", after="", change=lambda name: name, **other: str) -> bytes:
    """A workbook of one sheet, given by the XML of its rows; its parts lie where a program likes."""
    relation = '<Relationship Id="{0}" Type="x/{0}" Target="{1}"/>'
    begin, near = home.rpartition("/")[0], f"{home.rpartition('/')[0]}/_rels/{home.rpartition('/')[2]}.rels"
    targets = {"worksheet": "sheets/s.xml", "sharedStrings": "t.xml", "styles": "f.xml"}
    parts = {
        "_rels/.rels": f"<root>{relation.format('officeDocument', home)}</root>",
        near.lstrip("/"): f"<root>{''.join(relation.format(*pair) for pair in targets.items())}</root>",
        home: f'<x:workbook xmlns:x="{main}" xmlns:r="r"><x:sheet name="cases" r:id="worksheet"/></x:workbook>',
        f"{begin}/t.xml".lstrip("/"): f'<sst xmlns="{main}">{SI}</sst>',
        f"{begin}/f.xml".lstrip("/"): f'<styleSheet xmlns="{main}">{STYLES}</styleSheet>',
        f"{begin}/sheets/s.xml".lstrip(
            "/"
        ): f'<worksheet xmlns="{main}"><sheetData>{rows}</sheetData>{after}</worksheet>',
    } | other
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, text in parts.items():
            archive.writestr(change(name), text)
    return content.getvalue()


def cells_of(tmp_path, *arguments, **settings):
    """Column -> row -> text of what is read from such a workbook, and the sheet."""
    (tmp_path / "a.xlsx").write_bytes(book_of(*arguments, **settings))
    (sheet,) = spreadsheet.read(tmp_path / "a.xlsx")
    return {column: texts.to_dict() for column, texts in sheet.columns.items()}, sheet


ROWS = (
    '<row><c t="s"><v>1</v></c><c t="inlineStr"><is><t>in line</t></is></c><c t="b"><v>1</v></c></row>'
    '<row><c><v>2.0</v></c><c t="d"><v>2016-03-01T00:00:00</v></c></row>'
)


@pytest.mark.parametrize(
    "how",
    [
        {}, {"main": STRICT}, {"home": "workbook.xml"}, {"home": "Data/Book2.xml"},
        {"change": str.upper}, {"change": str.lower}, {"change": lambda name: name.replace("/", "\\")},
        {"change": lambda name: "/" + name}, {"after": "<drawing/><legacyDrawing/><extLst><ext><any/></ext></extLst>"},
        {"after": "<dataValidations><dataValidation type='no'/></dataValidations><tableParts count='x'/>"},
        {"after": '<conditionalFormatting sqref="?"><cfRule/></conditionalFormatting><pageSetup paperSize="no"/>'},
        {"xl/drawings/drawing1.xml": "<broken", "xl/charts/chart1.xml": "", "xl/theme/theme1.xml": "no XML"},
    ],
)  # fmt: skip
def test_programs_differ_in_names_places_and_in_what_else_they_keep(tmp_path, how):
    cells, sheet = cells_of(tmp_path, ROWS, **how)
    assert cells == {1: {1: "abA", 2: "2"}, 2: {1: "in line", 2: "2016-03-01"}, 3: {1: "TRUE"}}
    assert sheet.odd == {2: {2: "date"}}


def test_a_text_in_line_is_never_joined_with_a_value_beside_it(tmp_path):
    """As LibreOffice and Excel read them: text in line counts where the cell says so, the value everywhere else."""
    both = '<c r="{}1" t="{}">{}</c>'
    value, inline = "<v>1</v>", "<is><t>7</t></is>"
    kinds = [
        (letter, kind, value + inline) for letter, kind in zip("ACDE", ("inlineStr", "n", "str", "b"), strict=True)
    ]
    kinds += [("B", "inlineStr", inline + value), ("F", "inlineStr", "<f>1+1</f>" + value + inline)]
    cells, _ = cells_of(tmp_path, f"<row r='1'>{''.join(both.format(*kind) for kind in sorted(kinds))}</row>")
    assert [cells[column][1] for column in range(1, 7)] == ["7", "7", "1", "1", "TRUE", "7"]


def test_what_is_odd_about_a_cell(tmp_path):
    cells, sheet = cells_of(
        tmp_path,
        '<row r="1"><c r="A1"><f>1+1</f></c><c r="B1" t="str"><f>A1</f><v></v></c><c r="C1"><f>1+1</f><v>2</v></c>'
        '<c r="D1" t="e"><v>#N/A</v></c><c r="E1" s="1"><v>42430</v></c><c r="F1"><v>1234567890123456</v></c>'
        '<c r="G1" s="3"><v>1.5</v></c><c r="H1" s="1"><v>1e9</v></c></row><row r="3" hidden="1"><c s="2"><v>1</v></c>'
        '<c t="inlineStr"><is><r><t>1</t></r><r><rPr><strike/><any/></rPr><t>2</t></r></is></c></row>',
    )
    assert sheet.odd == {
        1: {1: "formula"}, 4: {1: "error"}, 5: {1: "date"}, 6: {1: "long_number"}, 7: {1: "date"}, 8: {1: "error"},
        2: {3: "struck_part"},
    }  # fmt: skip
    assert cells[3] == {1: "2"}
    assert cells[2] == {3: "12"}
    assert sheet.struck == {(3, 1)}
    assert sheet.hidden_rows == {3}


def test_where_the_box_of_a_comment_is_drawn_is_no_text_of_it(tmp_path):
    """LibreOffice keeps the numbers of its corners beside the text; together they can look like an identity number."""
    comment = (
        "<comment ref='A1'><text><r><t>a </t></r><r><t>b</t></r></text><x><y>2015</y><z>02227419</z></x></comment>"
    )
    links = '<root><Relationship Id="c" Type="x/comments" Target="../c.xml"/></root>'
    parts = {"xl/sheets/_rels/s.xml.rels": links, "xl/c.xml": f'<comments xmlns="{MAIN}">{comment}</comments>'}
    _, sheet = cells_of(tmp_path, ROWS, **parts)
    assert sheet.comments == {"A1": " a b"}


@pytest.mark.parametrize(
    "rows",
    [
        '<row r="1"><c r="A1"><v>1</v></c><c r="A1"><v>2</v></c></row>', '<row r="1"><c r="A1"><v>\x80</v></c></row>',
        '<row r="1"><c r="A1" t="s"><v>5</v></c></row>', '<row r="1"><c r="A1"><v>abc</v></c></row>',
        '<row r="1"><c r="ZZZ1"><v>1</v></c></row>', '<row r="2000000"><c r="A2000000"><v>1</v></c></row>',
    ],
)  # fmt: skip
def test_cells_that_cannot_be_are_told_of(tmp_path, rows):
    (tmp_path / "a.xlsx").write_bytes(book_of(rows).replace(b"\xc2\x80", b"\x80\x80"))
    with pytest.raises(UserError, match="damaged"):
        spreadsheet.read(tmp_path / "a.xlsx")


@given(st.integers(1, 1_048_576), st.integers(1, 16_384))
def test_addresses(row, column):
    assert spreadsheet.position(spreadsheet.address(row, column)) == (row, column)


# LibreOffice


office = pytest.mark.skipif(
    shutil.which("soffice") is None and not os.environ.get("CI"), reason="LibreOffice is not installed"
)


@pytest.mark.long
@office
def test_a_workbook_saved_again_by_libreoffice_still_loads(tmp_path):
    units = plain(12)
    workbook.write(tmp_path / "cases.xlsx", units, CODEBOOK, "reconstructed", "sv")
    profile = (tmp_path / "profile").as_uri()
    subprocess.run(
        ["soffice", f"-env:UserInstallation={profile}", "--headless", "--convert-to", "xlsx:Calc MS Excel 2007 XML",
         "--outdir", tmp_path / "saved", tmp_path / "cases.xlsx"],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    same(workbook.load(tmp_path / "saved" / "cases.xlsx", CODEBOOK, "sv"), units)
    book = openpyxl.load_workbook(tmp_path / "saved" / "cases.xlsx")
    rules = [rule for rule in book[SHEETS[0]].data_validations.dataValidation if rule.type == "list"]
    assert len(rules) > 10


@pytest.mark.parametrize("part", ["docProps/core.xml", "docProps/custom.xml", "meta.xml"])
def test_an_identity_number_in_the_properties_is_refused_and_not_shown(tmp_path, part):
    workbook.write(tmp_path / "cases.xlsx", plain(), CODEBOOK, "fictitious")
    assert workbook.check(tmp_path, CODEBOOK)[0]
    number = "8112" + "28-9874"
    with zipfile.ZipFile(tmp_path / "cases.xlsx") as old:
        parts = {name: old.read(name) for name in old.namelist()}
    with zipfile.ZipFile(tmp_path / "cases.xlsx", "w") as new:
        for name, content in (parts | {part: f"<a><b>Anna {number}</b></a>".encode()}).items():
            new.writestr(name, content)
    for language in LANGUAGES:
        is_fine, said = workbook.check(tmp_path, CODEBOOK, language)
        assert not is_fine
        assert f"cases.xlsx: {messages.text('identity_properties', language)}" in said
        assert number not in said
    with pytest.raises(UserError):
        workbook.load(tmp_path, CODEBOOK)
