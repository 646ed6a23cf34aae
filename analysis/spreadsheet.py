"""What stands in a spreadsheet file, cell by cell, with what a program that only wants values would not notice.

Formulas that were never calculated, error cells, dates, merged cells and hidden rows all look like ordinary or empty
cells to most readers. This one walks once through the XML of an .xlsx file with the standard library, and keeps each
cell's text and what is odd about it. It opens nothing that lies outside the file and runs nothing that lies in it;
the zip directory is looked at before anything is unpacked. Nearly all rows of a large sheet are so plain that they go
past the parser (`plainrows`). benchmarks/scale.md has seconds and memory beside openpyxl, which the tests use as a
second opinion, and beside the fastest readers of values alone.
"""

import posixpath
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO
from xml.etree import ElementTree
from xml.parsers import expat

import numpy as np
import pandas as pd

from analysis import messages
from analysis.errors import UserError
from analysis.plainrows import PlainRows

UNPACKED_LIMIT = 600_000_000
"""Bytes that a file may hold once unpacked: twice what 100 000 rows in each of three sheets need."""

RATIO_LIMIT = 100
"""How many times larger than its packed size a file of more than 10 MB may become; coded sheets stay below 20."""

SMALL_PART_LIMIT = 20_000_000
"""Bytes of a part that is read as a whole: the list of sheets, styles, comments."""

LAST_ROW, LAST_COLUMN = 1_048_576, 16_384
"""The edge of a sheet."""

_DATE_FORMATS = {*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)}
_NOT_A_DATE_LETTER = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.|_.|\*.|general', re.IGNORECASE)
_UTF8 = re.compile(rb"(?:\xef\xbb\xbf)?(?:<\?xml(?![^>]*encoding=(?!.utf-8))[^>]*\?>)?", re.IGNORECASE)
_HIDING = (b"<!", b"<?", b"\0")  # a comment, section or instruction may hide rows; another encoding has zeros
_CHUNK, _LONGEST_ROW, _VALUES_KEPT = 1_000_000, 10_000_000, 50_000
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_OLE = b"\xd0\xcf\x11\xe0"


@dataclass(frozen=True)
class Sheet:
    """One sheet of a file.

    `columns`: column number (from 1) -> text of its non-empty cells as categories (each different text once), indexed
    by row number (from 1). Numbers are written without a needless fraction, dates as year-month-day, truth values as
    TRUE and FALSE.
    `odd`: column number -> row number -> `date`, `error`, `formula` (never calculated) or `long_number` (a spreadsheet
    program keeps 15 digits). `merged`: first row, first column, last row, last column of each merged area.
    `comments`: cell -> text of its comment.
    """

    name: str
    columns: dict[int, pd.Series] = field(default_factory=dict)
    odd: dict[int, dict[int, str]] = field(default_factory=dict)
    merged: tuple[tuple[int, int, int, int], ...] = ()
    hidden_rows: frozenset[int] = frozenset()
    hidden_columns: frozenset[int] = frozenset()
    hidden: bool = False
    comments: dict[str, str] = field(default_factory=dict)


class Refused(Exception):
    """The file as a whole cannot be read: the key of the sentence that says why, and perhaps a dict of its facts."""


def read(path: Path, language: str = "en") -> tuple[Sheet, ...]:
    """The sheets of an .xlsx file in order.

    Raises UserError with one sentence on what is the matter with the file: missing, empty, locked by a password,
    another format under a wrong name, with macros, damaged, or far too large.
    """
    return told(_read, Path(path), language)


def told(reader: Callable[[Path], tuple], path: Path, language: str) -> tuple:
    """What the reader finds in the file. Raises UserError with one sentence on why it cannot be read."""
    facts: dict[str, object] = {}
    try:
        return reader(path)
    except Refused as refused:
        key, *rest = refused.args
        facts = dict(*rest)
    except FileNotFoundError:
        key = "file_missing"
    except PermissionError:
        key = "file_locked"
    except Exception:  # whatever bytes a file holds, the user gets a sentence
        key = "file_damaged"
    raise UserError(messages.text(key, language, file=path.name, folder=messages.folder(path), **facts)) from None


def properties(path: Path, language: str = "en") -> tuple[str, ...]:
    """What the properties of a workbook say, .xlsx or .ods: title, author, comments, fields of one's own.

    Raises UserError with one sentence on why it cannot be read.
    """
    return told(_properties, Path(path), language)


def _properties(path: Path) -> tuple[str, ...]:
    with zipfile.ZipFile(path) as archive:
        parts = [part for part in archive.namelist() if part.startswith("docProps/") or part == "meta.xml"]
        trees = [_tree(archive, part) for part in parts if part.endswith(".xml")]
    return tuple(text for tree in trees for node in tree.iter() for text in (node.text, *node.attrib.values()) if text)


def _read(path: Path) -> tuple[Sheet, ...]:
    if path.is_dir():
        raise Refused("file_folder")
    with path.open("rb") as file:
        head = file.read(4096)
        if not head.startswith(b"PK"):
            raise Refused(_not_a_zip(head, head + file.read(UNPACKED_LIMIT)))
    with zipfile.ZipFile(path) as archive:
        _check_kind(check_directory(archive))
        return _read_book(archive)


def _not_a_zip(head: bytes, content: bytes) -> str:
    if not head:
        return "file_empty"
    if head.startswith(_OLE):
        return "file_protected" if "EncryptedPackage".encode("utf-16-le") in content else "file_xls"
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return "file_html"
    is_text = b"\0" not in head and not head.startswith(b"%PDF")
    return "file_csv" if is_text and any(mark in head for mark in (b";", b",", b"\t")) else "file_other"


def check_directory(archive: zipfile.ZipFile) -> set[str]:
    """The names of the parts of a zip file. Raises Refused for one that would unpack to far too much, or is locked."""
    parts = archive.infolist()
    names = {part.filename for part in parts}
    size, packed = sum(part.file_size for part in parts), sum(part.compress_size for part in parts)
    if any(part.flag_bits & 1 for part in parts):
        raise Refused("file_protected")
    if size > UNPACKED_LIMIT or (size > 10_000_000 and size > RATIO_LIMIT * packed):
        raise Refused("file_too_large")
    return names


def _check_kind(names: set[str]) -> None:
    if "content.xml" in names and "mimetype" in names:
        raise Refused("file_ods")
    if any(name.endswith("vbaProject.bin") for name in names):
        raise Refused("file_macros")
    if "xl/workbook.bin" in names:
        raise Refused("file_xlsb")
    if not any(name.startswith("xl/") for name in names):
        raise Refused("file_other")


def _read_book(archive: zipfile.ZipFile) -> tuple[Sheet, ...]:
    home = next(target for kind, target in _relations(archive, "").values() if kind == "officeDocument")
    parts = _relations(archive, home)
    of_kind = dict(parts.values())
    book = _tree(archive, home)
    since_1904 = any(node.get("date1904") in ("1", "true") for node in _all(book, "workbookPr"))
    strings = _strings(archive, of_kind["sharedStrings"]) if "sharedStrings" in of_kind else []
    dates = _date_styles(_tree(archive, of_kind["styles"])) if "styles" in of_kind else frozenset()
    sheets = []
    for node in _all(book, "sheet"):
        identifier = next(value for name, value in node.attrib.items() if name.endswith("}id"))
        kind, target = parts[identifier]
        if kind != "worksheet":
            continue
        cells = _Cells(strings, dates, since_1904)
        with archive.open(target) as file:
            _walk_rows(file, cells)
        hidden = node.get("state", "visible") != "visible"
        sheets.append(cells.sheet(node.attrib["name"], hidden, _comments(archive, target)))
    if not sheets:
        raise Refused("file_damaged")
    return tuple(sheets)


def _relations(archive: zipfile.ZipFile, part: str) -> dict[str, tuple[str, str]]:
    """What a part of the file points to: id -> kind and name of the other part."""
    folder, name = posixpath.split(part)
    listing = posixpath.join(folder, "_rels", name + ".rels")
    if listing not in archive.namelist():
        return {}
    return {
        node.attrib["Id"]: (
            posixpath.basename(node.attrib["Type"]),
            posixpath.normpath(posixpath.join("/", folder, node.attrib["Target"])).lstrip("/"),
        )
        for node in _all(_tree(archive, listing), "Relationship")
        if node.get("TargetMode") != "External"
    }


def _comments(archive: zipfile.ZipFile, part: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for kind, target in _relations(archive, part).values():
        if kind in ("comments", "threadedComment"):
            for node in (*_all(_tree(archive, target), "comment"), *_all(_tree(archive, target), "threadedComment")):
                found[node.get("ref", "")] = found.get(node.get("ref", ""), "") + " " + "".join(node.itertext())
    return found


def _tree(archive: zipfile.ZipFile, part: str) -> ElementTree.Element:
    """One of the small parts as a whole; sheets and strings, which can be large, are walked through instead."""
    if archive.getinfo(part).file_size > SMALL_PART_LIMIT:
        raise Refused("file_too_large")
    return ElementTree.fromstring(archive.read(part))


def _all(tree: ElementTree.Element, name: str) -> list[ElementTree.Element]:
    """Elements of that name, whatever their namespace: the strict and the usual form of the format use two."""
    return [node for node in tree.iter() if node.tag.rpartition("}")[2] == name]


def _date_styles(styles: ElementTree.Element) -> frozenset[str]:
    """Numbers of the cell styles that show a number as a date or time."""
    dates = set(_DATE_FORMATS)
    for node in _all(styles, "numFmt"):
        number, code = int(node.attrib["numFmtId"]), _NOT_A_DATE_LETTER.sub("", node.get("formatCode", ""))
        dates.discard(number)
        if set(code.lower()) & set("dmyhs"):
            dates.add(number)
    found = [node for group in _all(styles, "cellXfs") for node in _all(group, "xf")]
    return frozenset(str(position) for position, node in enumerate(found) if int(node.get("numFmtId", 0)) in dates)


def walk(file: BinaryIO, start: Callable, end: Callable, data: Callable) -> None:
    """Go through an XML part; element names come with their namespace before a space."""
    _parser(start, end, data).ParseFile(file)


def _parser(start: Callable, end: Callable, data: Callable) -> expat.XMLParserType:
    def refuse(*_: object) -> None:
        raise Refused("file_damaged")

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = refuse  # no spreadsheet program writes one; entities can grow without end
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, data
    return parser


def _walk_rows(file: BinaryIO, cells: "_Cells") -> None:
    """Go through the XML of a sheet. The parser gets all of it except plain rows, which are collected as they are."""
    parser = _parser(cells.start, cells.end, cells.data)
    part = file.read(_CHUNK)
    begin = _UTF8.match(part).end()
    while part and len(part) < _LONGEST_ROW and all(part.find(sign, begin) < 0 for sign in _HIDING):
        *rows, rest = part.split(b"</row>")
        for row in rows:
            if cells.between_rows and (number := cells.plain.take(row)):
                cells.row = number
            else:
                parser.Parse(row + b"</row>", False)
                if cells.between_rows and cells.row not in cells.hidden_rows:
                    cells.plain.trust(row)
        chunk = file.read(_CHUNK)
        part, begin = rest + chunk, 0
        if not chunk:
            break
    parser.Parse(part, False)
    parser.ParseFile(file)


def _strings(archive: zipfile.ZipFile, part: str) -> list[str]:
    """The texts that cells refer to by number."""
    strings: list[str] = []
    pieces: list[str] = []
    open_tags: list[str] = []

    def start(name: str, _: dict) -> None:
        open_tags.append(name.rpartition(" ")[2])

    def end(_: str) -> None:
        if open_tags.pop() == "si":
            strings.append(_unescaped("".join(pieces)))
            pieces.clear()

    def data(text: str) -> None:
        if open_tags[-1] == "t" and "rPh" not in open_tags:  # rPh: how to pronounce it
            pieces.append(text)

    with archive.open(part) as file:
        walk(file, start, end, data)
    return strings


def _unescaped(text: str) -> str:
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text) if "_x" in text else text


class _Cells:
    """Collects the cells of one sheet while the parser walks through it."""

    def __init__(self, strings: list[str], dates: frozenset[str], since_1904: bool):
        self.strings, self.dates, self.since_1904 = strings, dates, since_1904
        self.plain = PlainRows(self.value, self.column_number)
        self.merged: list[tuple[int, int, int, int]] = []
        self.hidden_rows: set[int] = set()
        self.hidden_columns: list[tuple[int, int]] = []
        self.letters: dict[str, int] = {}
        self.known: dict[tuple[str, str], tuple[str, str | None]] = {}
        self.between_rows = self.is_in_rows = False
        self.row = self.column = 0
        self.kind, self.style, self.pieces, self.taking, self.formula = "n", "0", [], False, False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        tag = name.rpartition(" ")[2]
        if tag == "c":
            reference = attributes.get("r")
            if reference:
                letters = reference.rstrip("0123456789")
                self.column = self.column_number(letters)
                self.row = int(reference[len(letters) :])
            else:
                self.column += 1
            self.kind, self.style = attributes.get("t", "n"), attributes.get("s", "0")
            self.pieces, self.formula = [], False
        elif tag in ("v", "t"):
            self.taking = True
        elif tag == "f":
            self.formula = True
        elif tag == "row":
            self.row, self.column = int(attributes.get("r", self.row + 1)), 0
            if attributes.get("hidden") in ("1", "true"):
                self.hidden_rows.add(self.row)
            self.is_in_rows, self.between_rows = self.between_rows, False
        elif tag == "sheetData":
            self.between_rows = True
        elif tag == "rPh":
            self.kind = "phonetic"
        elif tag == "mergeCell":
            first, _, last = attributes["ref"].partition(":")
            self.merged.append((*position(first), *position(last or first)))
        elif tag == "col" and attributes.get("hidden") in ("1", "true"):
            self.hidden_columns.append((int(attributes["min"]), int(attributes["max"])))

    def data(self, text: str) -> None:
        if self.taking and self.kind != "phonetic":
            self.pieces.append(text)

    def end(self, name: str) -> None:
        tag = name.rpartition(" ")[2]
        if tag in ("v", "t"):
            self.taking = False
        elif tag == "rPh":
            self.kind = "inlineStr"
        elif tag == "c":
            text, odd = self.value(self.kind, self.style, "".join(self.pieces), self.formula)
            if text or odd:
                self.plain.add(self.row, self.column, text, odd)
        elif tag == "row":
            self.between_rows = self.is_in_rows
        elif tag == "sheetData":
            self.between_rows = False

    def column_number(self, letters: str) -> int:
        """The number of a column."""
        if letters not in self.letters:
            self.letters[letters] = position(letters + "1")[1]
        return self.letters[letters]

    def value(self, kind: str, style: str, raw: str, is_formula: bool) -> tuple[str | None, str | None]:
        """Text of a cell, None where it has none, and what is odd about it."""
        if not raw:
            return None, "formula" if is_formula and kind != "str" else None
        if kind == "s":
            return self.strings[int(raw)], None
        if kind in ("str", "inlineStr"):
            return _unescaped(raw), None
        key = (raw, style if kind == "n" else kind)
        if key not in self.known:
            if len(self.known) >= _VALUES_KEPT:
                self.known.clear()
            self.known[key] = self._value(kind, style, raw)
        return self.known[key]

    def _value(self, kind: str, style: str, raw: str) -> tuple[str, str | None]:
        match kind:
            case "b":
                return ("FALSE" if raw == "0" else "TRUE"), None
            case "e":
                return raw, "error"
            case "d":
                return raw.removesuffix("T00:00:00"), "date"
        if style in self.dates and 0 <= float(raw) < 2_958_466:
            return self._date(float(raw)), "date"
        return number(raw)

    def _date(self, number: float) -> str:
        first = datetime(1904, 1, 1) if self.since_1904 else datetime(1899, 12, 30 if number >= 61 else 31)
        moment = first + timedelta(minutes=round(number * 24 * 60))
        return f"{moment:%Y-%m-%d}" if number.is_integer() else f"{moment:%Y-%m-%d %H:%M}"

    def sheet(self, name: str, hidden: bool, comments: dict[str, str]) -> Sheet:
        columns, odd = self.plain.columns()
        for column, cells in columns.items():
            _check_place(column, cells.index)
        hidden_columns = {column for column in columns for low, high in self.hidden_columns if low <= column <= high}
        return Sheet(
            name=name, columns=columns, odd=odd, merged=tuple(self.merged), hidden=hidden, comments=comments,
            hidden_rows=frozenset(self.hidden_rows), hidden_columns=frozenset(hidden_columns),
        )  # fmt: skip


def in_columns(found: dict[int, tuple[list[int], list[str]]]) -> dict[int, pd.Series]:
    """Column number -> rows and texts, as the columns of a Sheet. Raises Refused for cells that no sheet can have."""
    columns = {}
    for column in sorted(found):
        rows, texts = found[column]
        codes, distinct = pd.factorize(np.array(texts, dtype=object))
        columns[column] = pd.Series(pd.Categorical.from_codes(codes, distinct), index=rows)
        _check_place(column, columns[column].index)
    return columns


def _check_place(column: int, rows: pd.Index) -> None:
    if not rows.is_unique or rows.min() < 1 or rows.max() > LAST_ROW or column > LAST_COLUMN:
        raise Refused("file_damaged")


def number(raw: str) -> tuple[str, str | None]:
    """A number without a needless fraction, and whether it is odd: too long for a spreadsheet program to keep."""
    value = float(raw)
    if value.is_integer() and abs(value) < 1e15:
        return str(int(value)), None
    return repr(value), "long_number" if abs(value) >= 1e15 else None


def address(row: int, column: int) -> str:
    """The name of a cell as the user sees it: row 5, column 4 is D5."""
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return f"{letters}{row}"


def position(name: str) -> tuple[int, int]:
    """Row and column of a cell by its name: D5 is row 5, column 4. Raises ValueError."""
    match = re.fullmatch(r"\$?([A-Z]{1,3})\$?([1-9][0-9]{0,6})", name)
    if match is None:
        raise ValueError(name)
    column = 0
    for letter in match[1]:
        column = column * 26 + ord(letter) - ord("A") + 1
    return int(match[2]), column
