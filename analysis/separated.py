"""Text files with separated values (.csv), as spreadsheet programs in Sweden and elsewhere save them.

UTF-8 or Windows-1252 (or UTF-16, as "Unicode text"), with semicolon, comma or tab. Every cell is read as it stands; a
record is a row, however many lines it takes, as in a spreadsheet program that opens the file.
"""

import csv
import io
import itertools
from array import array
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from analysis import spreadsheet
from analysis.spreadsheet import LAST_COLUMN, LAST_ROW, Refused, Sheet

SIZE_LIMIT = 500_000_000
"""Bytes that a file may have: more than a million coded rows need."""

_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_SEPARATORS = ";,\t"
_CHUNK = 1_000_000


def read(path: Path, language: str = "en") -> tuple[Sheet, ...]:
    """The one sheet of a .csv file, named as the file. Raises UserError with one sentence on why it cannot be read."""
    return spreadsheet.told(_read, Path(path), language)


def encoding(path: Path) -> str:
    """The encoding of a text file. Raises Refused for a file that is none, and OSError."""
    if path.stat().st_size > SIZE_LIMIT:
        raise Refused("file_too_large")
    with path.open("rb") as file:
        head = file.read(1000)
    if not head.strip():
        raise Refused("file_empty")
    if head.startswith((b"PK", b"\xd0\xcf\x11\xe0", b"%PDF")):
        raise Refused("csv_other")
    marked = [name for mark, name in _MARKS if head.startswith(mark)]
    for name in marked or ("utf-8", "cp1252"):
        if _is_text(path, name):
            return name
    raise Refused("csv_other")


def _is_text(path: Path, name: str) -> bool:
    try:
        with path.open(encoding=name, newline="") as file:
            return not any("\0" in part for part in iter(partial(file.read, _CHUNK), ""))
    except UnicodeError:
        return False


def separator(header: str) -> str:
    """The sign between the values, by the first line: the most frequent that stands outside quotation marks."""
    outside = "".join(header.split('"')[::2])
    return max(_SEPARATORS, key=outside.count)


def _read(path: Path) -> tuple[Sheet, ...]:
    name = encoding(path)
    with path.open(encoding=name, newline="") as file:
        first = file.readline(1_000_000)
    is_hint = first.strip().lower().startswith("sep=") and len(first.strip()) == 5  # for the spreadsheet program alone
    mark = first.strip()[4] if is_hint else separator(first)
    cells = _Cells()
    with path.open(encoding=name, newline="") as file:
        if is_hint:
            file.readline()
        part = file.read(_CHUNK)
        while (end := part.rfind("\n") + 1) and cells.take(part[:end], mark):
            part = part[end:] + file.read(_CHUNK)
        # What is left is the last record, or begins with one that needs a reader of quotation marks.
        rest = io.StringIO(part + file.readline(), newline="")
        try:
            for record in csv.reader(itertools.chain(rest, file), delimiter=mark, strict=True):
                cells.add(record)
        except csv.Error:
            raise Refused("csv_quotes", {"row": len(cells.lengths) + 1}) from None
    return (Sheet(path.stem, cells.columns()),)


class _Codes(dict):
    """Text -> its number: 0 for the empty one, the others as they come."""

    def __missing__(self, text: str) -> int:
        self[text] = number = len(self)
        return number


class _Cells:
    """The cells of all records, one after another: each as the number of its text."""

    def __init__(self):
        self.codes = _Codes({"": 0})
        self.cells, self.lengths = array("i"), array("i")

    def take(self, text: str, mark: str) -> bool:
        """Add whole lines. False, and nothing is added, if they hold more than values, separators and line ends."""
        text = text.replace("\r\n", "\n")
        if '"' in text or "\r" in text:
            return False
        text = text.removesuffix("\n")
        self.lengths.extend([line.count(mark) + 1 for line in text.split("\n")])
        self.add_cells(text.replace("\n", mark).split(mark))
        return True

    def add(self, record: list[str]) -> None:
        """Add a record."""
        self.lengths.append(len(record))
        self.add_cells(record)

    def add_cells(self, cells: list[str]) -> None:
        self.cells.extend(map(self.codes.__getitem__, cells))
        if len(self.lengths) > LAST_ROW or self.lengths[-1] > LAST_COLUMN:
            raise Refused("file_too_large")

    def columns(self) -> dict[int, pd.Series]:
        """As in a Sheet. Cells that a short record lacks are empty ones."""
        texts, cells = np.array(list(self.codes), dtype=object), np.array(self.cells, dtype=np.int32)
        lengths = np.array(self.lengths, dtype=np.int64)
        starts = np.cumsum(lengths) - lengths
        all_rows, rows, columns = pd.RangeIndex(1, len(lengths) + 1), np.arange(len(lengths)), {}
        for column in range(lengths.max(initial=0)):
            rows = rows[lengths[rows] > column]
            codes = cells[starts[rows] + column]
            there = codes != 0
            if there.any():
                order, used = pd.factorize(codes[there])
                index = all_rows if there.sum() == len(all_rows) else pd.Index(rows[there] + 1)
                columns[column + 1] = pd.Series(pd.Categorical.from_codes(order, texts[used]), index=index)
        return columns
