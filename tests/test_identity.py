"""Numbers of persons are found however they are written and wherever they stand; what files are full of is no alarm."""

import io
import random
import zipfile
from datetime import date

import openpyxl
import pytest
from coded import plain
from openpyxl.chart import BarChart, Reference
from openpyxl.comments import Comment
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation

from analysis import identity, paths
from analysis.errors import UserError
from analysis.language import messages
from analysis.language.text import LANGUAGES
from analysis.sheets import workbook
from analysis.study import studies

# In parts, as none may stand in a file of the repository.
PERSON = ("8112" + "28", "9874")
NUMBER = "-".join(PERSON)


def check_digit(nine: str) -> str:
    """Worked out another way than in the package: every second digit doubled, nine taken away where it is larger."""
    doubled = [int(digit) * (1, 2)[place % 2 == 0] for place, digit in enumerate(nine)]
    return str(-sum(number - 9 * (number > 9) for number in doubled) % 10)


def numbers(source, *, interim=False):
    """A number of a person in parts: century, year, month, day, last four."""
    day = date.fromordinal(source.randrange(date(1900, 1, 1).toordinal(), date(2026, 1, 1).toordinal()))
    year, month, number = f"{day:%y}", f"{day:%m}", day.day
    kind = source.choice(["person", "coordination", "day 60", "month 00"])
    number += 60 * (kind != "person")
    number, month = 60 if kind == "day 60" else number, "00" if kind == "month 00" else month
    nine = f"{year}{month}{number:02}{source.randrange(1000):03}"
    last = nine[6:] + check_digit(nine)
    return f"{day:%Y}"[:2], year, month, f"{number:02}", source.choice("TRSUWXJKLMN") + last[1:] if interim else last


MARKS = [
    "",
    "-",
    "+",
    " ",
    " - ",
    "\u2013",
    "\u00a0",
    "\u2212",
    "/",
    ".",
    ":",
    "\n",
    "-\n",
    "\r\n",
    " \\ ",
    "|",
    "*-*",
    "_",
]


@pytest.mark.parametrize("mark", MARKS, ids=map(repr, MARKS))
@pytest.mark.parametrize("inner", ["", "-", ".", "/", " "])
def test_numbers_are_found_in_any_notation(mark, inner):
    source = random.Random(f"{mark}{inner}")
    for interim in (False, True):
        for _ in range(20):
            century, year, month, day, last = numbers(source, interim=interim)
            for written in (inner.join([year, month, day]), inner.join([century + year, month, day])):
                text = f"Person {written}{mark}{last}, enligt akten"
                if interim and mark in ("", "\n", "\r\n") and identity.find(text) is None:
                    continue  # letters joined to a date are a number of a person only with the right check digit
                assert identity.find(text) == "number", text
                assert identity.in_file(f"a\n{text}")[0] == (2, "number"), text
                assert last not in identity.masked(text)


@pytest.mark.parametrize(
    "text",
    [
        f"{NUMBER}.7z", f"{NUMBER}.2.txt", f"{NUMBER}-12-01",
        "8 112 289" + " 874", "8,112,289" + ",874", "198\u202f112\u202f289" + "\u202f874", "198'112'289" + "'874",
        " ".join(PERSON[0]) + " - " + " ".join(PERSON[1]), " ".join("19" + PERSON[0]) + "-" + " ".join(PERSON[1]),
        "".join(f"{char}\u0336" for char in NUMBER), "".join(f"{char}\ufe0f\u20e3" for char in NUMBER),
    ],
)  # fmt: skip
def test_numbers_are_found_with_what_stands_within_or_after_them(text):
    assert identity.find(f"akt {text}") == "number"
    assert [kind for _, kind in identity.in_file(f"akt {text}")] == ["number"]
    assert PERSON[1] not in identity.masked(text)


@pytest.mark.parametrize(
    "text",
    [
        "8112" + "28-9875",
        "811328-9874",
        "811232-9874",
        "811292-9874",
        "811259-9874",
        "810060-",
        "0" * 10,
        "810028-9874",
    ],
)
def test_what_is_no_date_or_has_another_check_digit_is_no_number(text):
    assert identity.find(text) != "number"


HARMLESS = [
    "0.8112" + "289874", "3.14159265358979", "-0.8112" + "289874e-05", "1.8112" + "289874E+10", "12.8112" + "289874",
    "doi:10.1080/8112" + "28.9874", "https://doi.org/10.1177/10497315" + "12459964", "10 11 12 13 14 15",
    "1 2 3 4 5 6 7 8",
    "M10 11 12 13 14 15L81 12 28 98 74 10z", "[10, 11, 12, 13, 14, 15]", "10,11,12,13,14,15", "2014-06-30 12:30",
    "2014-06-30T12:30:00", "20140630T123000Z", "070-123 45 67", "+46 70 123 45 67", "08-123 456 78", "556036" + "-0793",
    "978-91-8112-289-8", "sha256:8112" + "289874abcdef8112289874abcdef", "8112289a-9874-4bcd-8112-289874abcdef",
    "192.168.112.28", "1:8112", "rgb(81, 12, 28)", "#811228", "v1.2.3-20140630", "IBAN SE45 5000 0000 0583 9825 7466",
    "1 234 567 890", "198.112.128." + "104", "8,112,289" + ",874,100", "8 1 1 2 2 8 9 8 7 4",
    "00:11:22:33:44:55", "2014-06-30/2015-06-30", "1817-04-28', '1770-01-01'",
    "2014-06-30 9999-12-31", "141231-A001", "E20;N10;12;13",
]  # fmt: skip


def test_what_texts_and_tables_hold_is_no_alarm():
    found = [text for text in HARMLESS if "number" in {kind for _, kind in identity.in_file(text)}]
    assert found == []


def test_a_column_of_numbers_is_found_and_chance_is_not():
    source = random.Random(2)
    people = ["".join(numbers(source)[1:]) for _ in range(200)]
    assert len(identity.in_file("id;number\n" + "\n".join(f"{place};{one}" for place, one in enumerate(people)))) == 200
    parted = "\n".join(f"{one[:6]};{one[6:]};{place % 3}" for place, one in enumerate(people))
    assert {kind for _, kind in identity.in_file(parted)} == {"number"}
    by_chance = "\n".join(str(source.randrange(10**9, 10**10)) for _ in range(5000))
    assert identity.in_file(by_chance) == []


# Every text of a workbook


def edited(path, part, content):
    """The workbook with a part added, or changed by a function."""
    with zipfile.ZipFile(path) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    parts[part] = content(parts[part]) if callable(content) else content
    with zipfile.ZipFile(path, "w") as new:
        for name, kept in parts.items():
            new.writestr(name, kept)


def header(book, sheet):
    sheet.oddFooter.left.text = f"Skrivet av {NUMBER}"


def comment_author(book, sheet):
    sheet["A2"].comment = Comment("x", NUMBER)


def defined_name(book, sheet):
    book.defined_names["kept"] = DefinedName("kept", attr_text=f'"{NUMBER}"')


def chart(book, sheet):
    shown = BarChart()
    shown.title = f"Akt {PERSON[0]} {PERSON[1]}"
    shown.add_data(Reference(sheet, min_col=1, min_row=1, max_row=3))
    sheet.add_chart(shown, "Z9")


def validation(book, sheet):
    rule = DataValidation(
        type="whole", operator="greaterThan", formula1="0", prompt=f"som {NUMBER}", showInputMessage=True
    )
    rule.add("Z99")
    sheet.add_data_validation(rule)


def link(book, sheet):
    sheet["A1"].hyperlink = f"https://example.org/{NUMBER}"


def formula(book, sheet):
    sheet["A2"] = f'=IF("{NUMBER}"="",1,1)'


def sheet_name(book, sheet):
    book.create_sheet(NUMBER)


@pytest.mark.parametrize(
    ("put", "place"),
    [
        (header, "headers"), (comment_author, "comments"), (defined_name, "names"), (chart, "charts"),
        (validation, "validations"), (link, "links"), (formula, "cells"), (sheet_name, None),
    ],
)  # fmt: skip
def test_every_text_of_a_workbook_is_looked_at(tmp_path, put, place):
    workbook.write(tmp_path / "cases.xlsx", plain(), CODEBOOK, "fictitious")
    book = openpyxl.load_workbook(tmp_path / "cases.xlsx")
    put(book, book["cases"])
    book.save(tmp_path / "cases.xlsx")
    refused(tmp_path, place)


CODEBOOK = studies.read("stockholm").codebook
TEXT_BOX = (
    '<xdr:wsDr xmlns:xdr="x" xmlns:a="a"><xdr:sp><xdr:txBody><a:p><a:r><a:t>{}</a:t></a:r><a:r><a:rPr/><a:t>-{}</a:t>'
    "</a:r></a:p></xdr:txBody></xdr:sp></xdr:wsDr>"
)


@pytest.mark.parametrize(
    ("part", "content", "place"),
    [
        ("xl/drawings/drawing9.xml", TEXT_BOX.format(*PERSON).encode(), "drawings"),
        ("xl/media/note.txt", NUMBER.encode(), "other"),
        (f"xl/media/{NUMBER}.png", b"", "other"),
        ("xl/workbook.xml", lambda old: old.replace(b"<sheets>", f'<x y="{NUMBER}"/><sheets>'.encode()), "sheets"),
        (
            "xl/sharedStrings.xml",
            lambda old: old.replace(b"</sst>", f"<si><t>{NUMBER}</t></si></sst>".encode()),
            "cells",
        ),
    ],
)
def test_parts_that_no_reader_reads_are_looked_at(tmp_path, part, content, place):
    workbook.write(tmp_path / "cases.xlsx", plain(), CODEBOOK, "fictitious")
    edited(tmp_path / "cases.xlsx", part, content)
    refused(tmp_path, place)


def refused(folder, place):
    for language in LANGUAGES:
        is_fine, said = workbook.check(folder, CODEBOOK, language)
        assert not is_fine
        assert PERSON[1] not in said
        if place:
            assert messages.text(f"where_{place}", language) in said


def test_a_package_in_a_package_is_looked_at():
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("word/document.xml", f"<w><p><r><t>{NUMBER}</t></r></p></w>")
    outer = io.BytesIO()
    with zipfile.ZipFile(outer, "w") as archive:
        archive.writestr("xl/embeddings/a.docx", inner.getvalue())
    assert [part for part, _ in identity.in_package(outer.getvalue())] == ["xl/embeddings/a.docx"]


def test_a_written_workbook_has_none(tmp_path):
    workbook.write(tmp_path / "cases.xlsx", plain(), CODEBOOK, "fictitious")
    assert list(identity.in_package(tmp_path / "cases.xlsx")) == []
    assert list(identity.in_package(paths.raw("stockholm") / "cases.xlsx")) == []


def test_messages_and_errors_mask_numbers():
    for language in LANGUAGES:
        said = messages.text("settings_key", language, study="x", found=NUMBER, allowed="a", nearest="")
        assert PERSON[1] not in said
    assert PERSON[1] not in str(UserError(f"There is no {NUMBER}."))
    assert str(UserError("There is no 2014-06-30.")) == "There is no 2014-06-30."
