"""What stands in an OpenDocument spreadsheet (.ods), cell by cell, as `analysis.sheets.spreadsheet` tells it of .xlsx.

One walk through content.xml with the standard library; equal neighbours, which the format writes once, become cells
of their own again. What is anchored to a cell, such as a text box or a picture, is no text of it.
"""

import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO
from xml.parsers import expat

from analysis.sheets import spreadsheet
from analysis.sheets.spreadsheet import LAST_COLUMN, LAST_ROW, LONGEST_TEXT, Refused, Sheet, address, in_columns

CELLS_LIMIT = 10_000_000
"""Cells that a file may hold once repeated ones are written out."""

_TABLE, _TEXT, _OFFICE, _STYLE = (
    f"urn:oasis:names:tc:opendocument:xmlns:{name}:1.0 " for name in ("table", "text", "office", "style")
)  # fmt: skip
_CALC = "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0 "
_MACROS = re.compile(r"(basic|scripts)/.*[^/]")
_CELLS = (_TABLE + "table-cell", _TABLE + "covered-table-cell")


def read(path: Path, language: str = "en") -> tuple[Sheet, ...]:
    """The sheets of an .ods file in order. Raises UserError with one sentence on what is the matter with the file."""
    return spreadsheet.told(_read, Path(path), language)


def _read(path: Path) -> tuple[Sheet, ...]:
    with path.open("rb") as file:
        head = file.read(4)
    if not head.startswith(b"PK"):
        raise Refused("ods_other" if head else "file_empty")
    with zipfile.ZipFile(path) as archive:
        package = spreadsheet.Package(archive)
        if "content.xml" not in package.parts:
            raise Refused("ods_other")
        if any(map(_MACROS.fullmatch, package.parts)):
            raise Refused("file_macros")
        if "meta-inf/manifest.xml" in package.parts and b"encryption-data" in package.content("META-INF/manifest.xml"):
            raise Refused("file_protected")
        book = _Book()
        with archive.open(package.parts["content.xml"]) as file:
            _walk(file, book.start, book.end, book.data)
    if not book.sheets:
        raise Refused("file_damaged")
    return tuple(book.sheets)


def _walk(file: BinaryIO, start: Callable, end: Callable, data: Callable) -> None:
    """Go through an XML part; element names come with their namespace before a space."""

    def refuse(*_: object) -> None:
        raise Refused("file_damaged")

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = refuse  # no spreadsheet program writes one; entities can grow without end
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, data
    parser.ParseFile(file)


@dataclass
class _Table:
    """A sheet while the parser walks through it."""

    name: str
    hidden: bool
    columns: dict[int, tuple[list[int], list[str]]] = field(default_factory=dict)
    odd: dict[int, dict[int, str]] = field(default_factory=dict)
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)
    struck: set[tuple[int, int]] = field(default_factory=set)
    comments: dict[str, str] = field(default_factory=dict)
    row: int = 0
    column: int = 0
    next_column: int = 0


@dataclass
class _Row:
    """Cells of a row that is written once for `repeated` equal rows."""

    repeated: int
    is_hidden: bool
    style: str = ""
    cells: list[tuple[int, int, str, str | None, bool]] = field(default_factory=list)


class _Book:
    """Collects the sheets while the parser walks through the file."""

    def __init__(self) -> None:
        self.sheets: list[Sheet] = []
        self.path: list[str] = []
        self.hidden_styles: set[str] = set()
        self.struck_styles: set[str] = set()
        self.style = ""
        self.table: _Table | None = None
        self.line: _Row | None = None
        self.cell: dict[str, str] | None = None
        self.paragraphs: list[str] = []
        self.comment: list[str] = []
        self.has_struck = False
        self.taken = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        parent = self.path[-1] if self.path else ""
        self.path.append(name)
        if name == _STYLE + "style":
            self.style = attributes.get(_STYLE + "name", "")
        elif name == _STYLE + "table-properties" and attributes.get(_TABLE + "display") == "false":
            self.hidden_styles.add(self.style)
        elif name == _STYLE + "text-properties":
            if attributes.get(_STYLE + "text-line-through-style", "none") != "none":
                self.struck_styles.add(self.style)
        elif name == _TABLE + "table" and parent == _OFFICE + "spreadsheet":
            style = attributes.get(_TABLE + "style-name", "")
            self.table = _Table(attributes.get(_TABLE + "name", ""), style in self.hidden_styles)
        elif self.table is None:
            return
        elif name == _TABLE + "table-column":
            self._column(attributes)
        elif name == _TABLE + "table-row":
            visibility = attributes.get(_TABLE + "visibility", "visible")
            style = attributes.get(_TABLE + "default-cell-style-name", "")
            self.line = _Row(_repeated(attributes, "rows"), visibility != "visible", style)
            self.table.column = 0
        elif name in _CELLS and parent == _TABLE + "table-row" and self.line is not None:
            self.cell, self.paragraphs, self.comment, self.has_struck = attributes, [], [], False
        elif self.cell is not None:
            self._inside(name, attributes)

    def _inside(self, name: str, attributes: dict[str, str]) -> None:
        texts = self._texts()
        if texts is None:
            return
        if name == _TEXT + "p":
            texts.append("")
        elif name == _TEXT + "s":
            self.data(" " * int(attributes.get(_TEXT + "c", 1)))
        elif name == _TEXT + "tab":
            self.data("\t")
        elif name == _TEXT + "line-break":
            self.data("\n")
        elif name == _TEXT + "span" and attributes.get(_TEXT + "style-name") in self.struck_styles:
            self.has_struck = True

    def _texts(self) -> list[str] | None:
        """The paragraphs that a text here belongs to: those of the cell, of its comment, or of nothing that is read."""
        place = max(index for index, name in enumerate(self.path) if name in _CELLS)
        inside = self.path[place + 1 :]
        if _TEXT + "ruby-text" in inside:  # how to pronounce it
            return None
        if inside and all(name.startswith(_TEXT) for name in inside):
            return self.paragraphs
        return self.comment if inside[:1] == [_OFFICE + "annotation"] else None

    def data(self, text: str) -> None:
        if self.cell is not None and _TEXT + "p" in self.path and (texts := self._texts()):
            texts[-1] += text
            if len(texts[-1]) > LONGEST_TEXT:
                raise Refused("cell_too_long", {"cell": address(self.table.row + 1, self.table.column + 1)})

    def end(self, name: str) -> None:
        self.path.pop()
        if self.table is None:
            return
        if name in _CELLS and self.path[-1] == _TABLE + "table-row" and self.cell is not None:
            self._close_cell(self.cell)
            self.cell = None
        elif name == _TABLE + "table-row" and self.line is not None:
            self._close_row(self.table, self.line)
            self.line = None
        elif name == _TABLE + "table" and self.path[-1] == _OFFICE + "spreadsheet":
            self.sheets.append(_sheet(self.table))
            self.table = None

    def _column(self, attributes: dict[str, str]) -> None:
        first, number = self.table.next_column + 1, _repeated(attributes, "columns")
        self.table.next_column += number
        if attributes.get(_TABLE + "visibility", "visible") != "visible":
            self.table.hidden_columns.update(range(first, min(first + number, LAST_COLUMN + 1)))

    def _close_cell(self, attributes: dict[str, str]) -> None:
        table, line = self.table, self.line
        number, column, row = _repeated(attributes, "columns"), table.column + 1, table.row + 1
        table.column += number
        wide, high = (int(attributes.get(f"{_TABLE}number-{way}-spanned", 1)) for way in ("columns", "rows"))
        if wide > 1 or high > 1:
            table.merged.append((row, column, row + high - 1, column + wide - 1))
        if self.comment:
            table.comments[address(row, column)] = " ".join(self.comment)
        text, odd = _value(attributes, "\n".join(self.paragraphs))
        is_struck = attributes.get(_TABLE + "style-name", line.style) in self.struck_styles
        odd = odd or ("struck_part" if self.has_struck and text else None)
        if text or odd:
            self.taken += number * line.repeated
            if self.taken > CELLS_LIMIT or table.column > LAST_COLUMN:
                raise Refused("file_too_large")
            line.cells.append((column, number, text, odd, is_struck))

    def _close_row(self, table: _Table, line: _Row) -> None:
        first = table.row + 1
        table.row += line.repeated
        rows = range(first, table.row + 1) if line.cells else range(0)
        if rows and table.row > LAST_ROW:
            raise Refused("file_too_large")
        if line.is_hidden:
            table.hidden_rows.update(rows)
        for column, number, text, odd, is_struck in line.cells:
            for place in range(column, column + number):
                if odd:
                    table.odd.setdefault(place, {}).update(dict.fromkeys(rows, odd))
                if text:
                    found, texts = table.columns.setdefault(place, ([], []))
                    found.extend(rows)
                    texts.extend([text] * len(rows))
                    table.struck.update((row, place) for row in rows if is_struck)


def _sheet(table: _Table) -> Sheet:
    columns = in_columns(table.columns)
    return Sheet(
        name=table.name, columns=columns, odd=table.odd, merged=tuple(table.merged), hidden=table.hidden,
        hidden_rows=frozenset(table.hidden_rows), hidden_columns=frozenset(table.hidden_columns & columns.keys()),
        struck=frozenset(table.struck), comments=table.comments,
    )  # fmt: skip


def _repeated(attributes: dict[str, str], way: str) -> int:
    return int(attributes.get(f"{_TABLE}number-{way}-repeated", 1))


def _value(attributes: dict[str, str], shown: str) -> tuple[str, str | None]:
    """Text of a cell, and what is odd about it."""
    kind = attributes.get(_OFFICE + "value-type", "")
    if attributes.get(_CALC + "value-type") == "error":
        return shown or "#", "error"
    match kind:
        case "float" | "percentage" | "currency":
            return spreadsheet.number(float(attributes[_OFFICE + "value"]))
        case "date":
            return attributes[_OFFICE + "date-value"].removesuffix("T00:00:00").replace("T", " "), "date"
        case "time":
            return shown, "date"
        case "boolean":
            return attributes[_OFFICE + "boolean-value"].upper(), None
        case "string":
            return attributes.get(_OFFICE + "string-value", shown), None
    return shown, "formula" if _TABLE + "formula" in attributes and not shown else None
