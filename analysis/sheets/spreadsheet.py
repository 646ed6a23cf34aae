"""What stands in a spreadsheet file, cell by cell, with what a program that only wants values would not notice.

Formulas that were never calculated, error cells, dates, merged cells, hidden rows and struck-through texts all look
like ordinary or empty cells to most readers. openpyxl says what a cell holds; this module opens the file, finds its
sheets whatever a program called them, keeps each cell's text and what is odd about it, and leaves drawings, charts,
rules for cells and all else that changes no value unread, so that nothing in them can be in the way. It opens nothing
that lies outside the file and runs nothing that lies in it; the zip directory is looked at before anything is unpacked.
"""

import posixpath
import re
import warnings
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pandas as pd

from analysis.errors import UserError
from analysis.language import messages
from analysis.language.textfiles import check_ordinary

UNPACKED_LIMIT = 200_000_000
"""Bytes that a file may hold once unpacked: twice what three sheets of 10 000 rows and a hundred columns need."""

RATIO_LIMIT = 100
"""How many times larger than its packed size a file of more than 10 MB may become; coded sheets stay below 20."""

LAST_ROW, LAST_COLUMN, LONGEST_TEXT = 1_048_576, 16_384, 32_767
"""The edge of a sheet, and the most characters that a spreadsheet program keeps in a cell."""

_STRICT = b"http://purl.oclc.org/ooxml/spreadsheetml/main"  # the strict form of the format calls its elements otherwise
_MAIN = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_X = f"{{{_MAIN.decode()}}}"
_EAST_ASIAN_DATES = {*range(27, 37), *range(50, 59)}  # numbers of formats that need not be written out
_YES = ("1", "true")
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_OLE = b"\xd0\xcf\x11\xe0"


@dataclass(frozen=True)
class Sheet:
    """One sheet of a file.

    `columns`: column number (from 1) -> text of its non-empty cells as categories (each different text once), indexed
    by row number (from 1). Numbers are written without a needless fraction, dates as year-month-day, truth values as
    TRUE and FALSE.
    `odd`: column number -> row number -> `date`, `error`, `formula` (never calculated), `long_number` (a spreadsheet
    program keeps 15 digits) or `struck_part` (part of the text is struck through). `struck`: cells whose whole text is
    struck through, as row and column. `merged`: first row, first column, last row, last column of each merged area.
    `comments`: cell -> text of its comment.
    """

    name: str
    columns: dict[int, pd.Series] = field(default_factory=dict)
    odd: dict[int, dict[int, str]] = field(default_factory=dict)
    merged: tuple[tuple[int, int, int, int], ...] = ()
    hidden_rows: frozenset[int] = frozenset()
    hidden_columns: frozenset[int] = frozenset()
    hidden: bool = False
    struck: frozenset[tuple[int, int]] = frozenset()
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
        if path.is_dir():
            raise Refused("file_folder")
        check_ordinary(path)
        return reader(path)
    except Refused as refused:
        key, *rest = refused.args
        facts = dict(*rest)
    except FileNotFoundError:
        key = "file_missing"
    except PermissionError:
        key = "file_locked"
    except OSError:
        key = "file_unreadable"
    except Exception:  # whatever bytes a file holds, the user gets a sentence
        key = "file_damaged"
    raise UserError(messages.text(key, language, file=path.name, folder=messages.folder(path), **facts)) from None


def _read(path: Path) -> tuple[Sheet, ...]:
    with path.open("rb") as file:
        head = file.read(4096)
        if not head.startswith(b"PK"):
            raise Refused(_not_a_zip(head, head + file.read(UNPACKED_LIMIT)))
    with zipfile.ZipFile(path) as archive:
        package = Package(archive)
        _check_kind(package.parts)
        with warnings.catch_warnings(action="ignore"):  # of dates that there cannot be, which are errors here
            sheets = tuple(_sheets(package))
    if not sheets:
        raise Refused("file_damaged")
    return sheets


def _not_a_zip(head: bytes, content: bytes) -> str:
    if not head:
        return "file_empty"
    if head.startswith(_OLE):
        return "file_protected" if "EncryptedPackage".encode("utf-16-le") in content else "file_xls"
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return "file_html"
    is_text = b"\0" not in head and not head.startswith(b"%PDF")
    return "file_csv" if is_text and any(mark in head for mark in (b";", b",", b"\t")) else "file_other"


class Package:
    """A zip file as a package of parts: name, in small letters and with slashes, -> entry of the zip's directory.

    Raises Refused for one that would unpack to far too much, is locked, or holds a part twice.
    """

    def __init__(self, archive: zipfile.ZipFile):
        entries = archive.infolist()
        size, packed = sum(part.file_size for part in entries), sum(part.compress_size for part in entries)
        if any(part.flag_bits & 1 for part in entries):
            raise Refused("file_protected")
        if size > UNPACKED_LIMIT or (size > 10_000_000 and size > RATIO_LIMIT * packed):
            raise Refused("file_too_large")
        self.archive = archive
        self.parts = {part.filename.replace("\\", "/").lstrip("/").lower(): part for part in entries}
        if len(self.parts) < len(entries):
            raise Refused("file_damaged")

    def content(self, part: str) -> bytes:
        """The content of a part, in the usual form of the format. Raises KeyError, and Refused if it has entities."""
        content = self.archive.read(self.parts[part.lower()]).replace(_STRICT, _MAIN)
        if b"<!DOCTYPE" in content or b"<!ENTITY" in content:  # no spreadsheet program writes one
            raise Refused("file_damaged")
        return content

    def tree(self, part: str) -> ElementTree.Element:
        """A part as a whole."""
        return ElementTree.fromstring(self.content(part))

    def elements(self, part: str) -> Iterator[ElementTree.Element]:
        """The elements of a part, each when it has ended; what was looked at may be cleared."""
        return (node for _, node in ElementTree.iterparse(BytesIO(self.content(part))))

    def relations(self, part: str) -> dict[str, tuple[str, str]]:
        """What a part points to: id -> kind and name of the other part."""
        folder, name = posixpath.split(part)
        listing = posixpath.join(folder, "_rels", name + ".rels")
        if listing.lower() not in self.parts:
            return {}
        nodes = (node for node in self.tree(listing) if node.get("TargetMode") != "External")
        return {
            node.attrib["Id"]: (posixpath.basename(node.attrib["Type"]), _joined(folder, node.attrib["Target"]))
            for node in nodes
        }


def _joined(folder: str, target: str) -> str:
    return posixpath.normpath(posixpath.join("/", folder, target.replace("\\", "/"))).lstrip("/")


def _check_kind(parts: dict[str, zipfile.ZipInfo]) -> None:
    if "content.xml" in parts and "mimetype" in parts:
        raise Refused("file_ods")
    if any(name.endswith("vbaproject.bin") for name in parts):
        raise Refused("file_macros")
    if any(name.endswith("workbook.bin") for name in parts):
        raise Refused("file_xlsb")
    is_other = any(name.startswith(("word/", "ppt/")) for name in parts) or "_rels/.rels" not in parts
    if is_other and not any(name.startswith("xl/") for name in parts):
        raise Refused("file_other")


def _sheets(package: Package) -> Iterator[Sheet]:
    home = next(target for kind, target in package.relations("").values() if kind == "officeDocument")
    parts = package.relations(home)
    of_kind = dict(parts.values())
    book = package.tree(home)
    since_1904 = any(node.get("date1904") in _YES for node in book.iter(_X + "workbookPr"))
    strings = list(_strings(package, of_kind["sharedStrings"])) if "sharedStrings" in of_kind else []
    styles = _Styles(package.tree(of_kind["styles"]) if "styles" in of_kind else ElementTree.Element("none"))
    for node in book.iter(_X + "sheet"):
        kind, target = parts[next(value for name, value in node.attrib.items() if name.endswith("}id"))]
        if kind == "worksheet":  # and not a sheet that is a chart
            cells = _Cells(strings, styles, since_1904)
            for element in package.elements(target):
                cells.take(element)
            is_hidden = node.get("state", "visible") != "visible"
            yield cells.sheet(node.attrib["name"], is_hidden, _comments(package, target))


def _comments(package: Package, part: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for kind, target in package.relations(part).values():
        if kind in ("comments", "threadedComment"):
            for node in package.tree(target).iter():
                if node.tag.rpartition("}")[2] in ("comment", "threadedComment"):
                    cell = node.get("ref", "")
                    texts = [part.text or "" for part in node.iter() if part.tag.rpartition("}")[2] in ("t", "text")]
                    found[cell] = found.get(cell, "") + " " + "".join(texts)  # and not where its box is drawn
    return found


@dataclass(frozen=True)
class _String:
    """A text, and whether part of it is struck through."""

    text: str
    is_partly_struck: bool = False


def _strings(package: Package, part: str) -> Iterator[_String]:
    """The texts that cells refer to by number."""
    for node in package.elements(part):
        if node.tag == _X + "si":
            yield _string(node)
            node.clear()


def _string(node: ElementTree.Element) -> _String:
    """The text of an element that holds texts or runs of them; how to pronounce it is left out."""
    runs = [(part, part.find(f"{_X}rPr/{_X}strike")) for part in node if part.tag in (_X + "t", _X + "r")]
    pieces = [part.text if part.tag == _X + "t" else part.findtext(_X + "t") for part, _ in runs]
    is_struck = any(strike is not None and _is_on(strike) for _, strike in runs)
    return _String(_unescaped("".join(filter(None, pieces))), is_struck)


def _is_on(node: ElementTree.Element) -> bool:
    return node.get("val", "1") in _YES


def _unescaped(text: str) -> str:
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text) if "_x" in text else text


class _Styles:
    """Numbers of the cell styles that show a number as a date, as a duration, or strike the text through."""

    def __init__(self, styles: ElementTree.Element):
        from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format, is_timedelta_format

        formats = BUILTIN_FORMATS | {
            int(node.attrib["numFmtId"]): node.get("formatCode", "") for node in styles.iter(_X + "numFmt")
        }
        struck = [any(map(_is_on, font.iter(_X + "strike"))) for font in styles.iterfind(f"{_X}fonts/{_X}font")]
        self.dates, self.durations, self.struck = set(), set(), set()
        for number, style in enumerate(styles.iterfind(f"{_X}cellXfs/{_X}xf")):
            shown = int(style.get("numFmtId", 0))
            if is_date_format(formats.get(shown, "")) or (shown in _EAST_ASIAN_DATES and shown not in formats):
                self.dates.add(number)
            if is_timedelta_format(formats.get(shown, "")):
                self.durations.add(number)
            if (font := int(style.get("fontId", 0))) < len(struck) and struck[font]:
                self.struck.add(number)


class _Cells:
    """Collects the cells of one sheet from its elements as they end."""

    def __init__(self, strings: list[_String], styles: _Styles, since_1904: bool):
        from openpyxl.utils.datetime import CALENDAR_MAC_1904, CALENDAR_WINDOWS_1900
        from openpyxl.worksheet._reader import WorkSheetParser  # its one part that reads rows as they come

        epoch = CALENDAR_MAC_1904 if since_1904 else CALENDAR_WINDOWS_1900
        self.rows = WorkSheetParser(
            None, strings, data_only=True, epoch=epoch, date_formats=styles.dates, timedelta_formats=styles.durations
        )
        self.styles = styles
        self.found: dict[int, tuple[list[int], list[str]]] = {}
        self.odd: dict[int, dict[int, str]] = {}
        self.merged: list[tuple[int, int, int, int]] = []
        self.hidden_rows: set[int] = set()
        self.hidden_columns: list[tuple[int, int]] = []
        self.struck: set[tuple[int, int]] = set()

    def take(self, node: ElementTree.Element) -> None:
        """Keep what the element says."""
        if node.tag == _X + "row":
            self.row(node)
            node.clear()
        elif node.tag == _X + "mergeCell":
            first, _, last = node.attrib["ref"].partition(":")
            self.merged.append((*position(first), *position(last or first)))
        elif node.tag == _X + "col" and node.get("hidden") in _YES:
            self.hidden_columns.append((int(node.attrib["min"]), int(node.attrib["max"])))

    def row(self, node: ElementTree.Element) -> None:
        """Keep the cells of a row."""
        inline = {}
        for place, cell in enumerate(node):
            if cell.get("t") == "inlineStr":  # its text is what stands in line; a value beside it is none
                inline[place] = _string(text) if (text := cell.find(_X + "is")) is not None else _String("")
                cell.set("t", "none")
        number, cells = self.rows.parse_row(node)
        if node.get("hidden") in _YES:
            self.hidden_rows.add(number)
        for place, (element, cell) in enumerate(zip(node, cells, strict=True)):
            value = inline.get(place, cell["value"])
            is_open = value is None and element.get("t") != "str" and element.find(_X + "f") is not None
            text, odd = ("", "formula") if is_open else _text(value, cell["data_type"])
            row, column = cell["row"], cell["column"]
            if odd:
                self.odd.setdefault(column, {})[row] = odd
            if text:
                rows, texts = self.found.setdefault(column, ([], []))
                rows.append(row)
                texts.append(text)
                if cell["style_id"] in self.styles.struck:
                    self.struck.add((row, column))

    def sheet(self, name: str, hidden: bool, comments: dict[str, str]) -> Sheet:
        """What was collected."""
        columns = in_columns(self.found)
        hidden_columns = {column for column in columns for low, high in self.hidden_columns if low <= column <= high}
        return Sheet(
            name=name, columns=columns, odd=self.odd, merged=tuple(self.merged), hidden=hidden, comments=comments,
            hidden_rows=frozenset(self.hidden_rows), hidden_columns=frozenset(hidden_columns),
            struck=frozenset(self.struck),
        )  # fmt: skip


def _text(value: object, kind: str) -> tuple[str, str | None]:
    """Text of a cell, and what is odd about it, by the value that openpyxl gives it."""
    match value:
        case None:
            return "", None
        case _String(text=text, is_partly_struck=is_struck):
            return text, "struck_part" if is_struck else None
        case str():
            return _unescaped(value), "error" if kind == "e" else None
        case bool():
            return str(value).upper(), None
        case datetime():
            return f"{value:%Y-%m-%d}" if value.time() == time() else f"{value:%Y-%m-%d %H:%M}", "date"
        case date() | time() | timedelta():
            return str(value), "date"
    return number(value)


def in_columns(found: dict[int, tuple[list[int], list[str]]]) -> dict[int, pd.Series]:
    """Column number -> rows and texts, as the columns of a Sheet. Raises Refused for cells that no sheet can have."""
    columns = {}
    for column in sorted(found):
        rows, texts = found[column]
        codes, distinct = pd.factorize(np.array(texts, dtype=object))
        columns[column] = cells = pd.Series(pd.Categorical.from_codes(codes, distinct), index=rows)
        long = [place for place, text in enumerate(distinct) if len(text) > LONGEST_TEXT]
        if long:
            row = cells.index[cells.cat.codes == long[0]][0]
            raise Refused("cell_too_long", {"cell": address(row, column)})
        if not cells.index.is_unique or min(rows) < 1 or max(rows) > LAST_ROW or not 1 <= column <= LAST_COLUMN:
            raise Refused("file_damaged")
    return columns


def number(value: float) -> tuple[str, str | None]:
    """A number without a needless fraction, and whether it is odd: too long for a spreadsheet program to keep."""
    value = float(value)
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
