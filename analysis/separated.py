"""Text files with separated values (.csv), as spreadsheet programs in Sweden and elsewhere save them.

UTF-8 or Windows-1252 (or UTF-16, as "Unicode text"), with semicolon, comma or tab. Every cell is read as it stands; a
record is a row, however many lines it takes, as in a spreadsheet program that opens the file.
"""

import csv
import io
import itertools
import os
from collections import defaultdict
from collections.abc import Iterator
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
_CHUNK, _RECORDS = 4_000_000, 10_000


def read(path: Path, language: str = "en") -> tuple[Sheet, ...]:
    """The one sheet of a .csv file, named as the file. Raises UserError with one sentence on why it cannot be read."""
    return spreadsheet.told(_read, Path(path), language)


def encoding(path: Path) -> str:
    """The encoding of a text file. Raises Refused for a file that is none, and OSError."""
    if path.stat().st_size > SIZE_LIMIT:
        raise Refused("csv_too_large")
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
    cells = _Cells(name)
    with path.open("rb") as file:
        if name != "utf-16":
            if name == "utf-8-sig":
                file.seek(3)
            if is_hint:
                file.readline()
            while cells.take(lines := file.read(_CHUNK) + file.readline(), mark.encode()):
                pass
            file.seek(-len(lines), os.SEEK_CUR)
        # What is left needs a reader of quotation marks, or is nothing.
        rest = io.TextIOWrapper(file, encoding=name, newline="")
        if is_hint and name == "utf-16":
            rest.readline()
        records: list[list[str]] = []
        try:
            for record in csv.reader(rest, delimiter=mark, strict=True):
                records.append(record)
                if len(records) == _RECORDS:
                    cells.add(records)
                    records = []
        except csv.Error:
            raise Refused("csv_quotes", {"row": cells.rows + len(records) + 1}) from None
        cells.add(records)
    return (Sheet(path.stem, cells.columns()),)


class _Cells:
    """The cells of all records, one after another: each as the number of its text."""

    def __init__(self, encoding: str):
        self.encoding = encoding
        self.codes = defaultdict(itertools.count(1).__next__, {"": 0})  # each new text gets the next number
        self.rows = 0
        self.cells: list[np.ndarray] = []
        self.lengths: list[np.ndarray] = []

    def take(self, lines: bytes, mark: bytes) -> bool:
        """Add whole lines. False, and nothing is added, if they hold more than values, separators and line ends."""
        if b"\r" in lines:
            lines = lines.replace(b"\r\n", b"\n")
        if not lines.endswith(b"\n") or b'"' in lines or b"\r" in lines:
            return False
        characters = np.frombuffer(lines, dtype=np.uint8)
        ends = np.flatnonzero((characters == mark[0]) | (characters == ord("\n")))
        starts = np.append(0, ends[:-1] + 1)
        last_cells = np.flatnonzero(characters[ends] == ord("\n"))
        self._note(np.diff(last_cells, prepend=-1))
        first, same = _distinct(lines, starts, ends - starts)
        places = zip(starts[first].tolist(), ends[first].tolist(), strict=True)
        if lines.isascii():
            content = lines.decode("ascii")
            texts = [content[start:end] for start, end in places]
        else:
            texts = [lines[start:end].decode(self.encoding) for start, end in places]
        self.cells.append(self._numbered(texts)[same])
        return True

    def add(self, records: list[list[str]]) -> None:
        """Add records."""
        self._note(np.array([len(record) for record in records], dtype=np.int64))
        self.cells.append(self._numbered(list(itertools.chain.from_iterable(records))))

    def _numbered(self, texts: list[str]) -> np.ndarray:
        """The number of each text: 0 for the empty one, the others as they come."""
        return np.fromiter(map(self.codes.__getitem__, texts), np.int32, len(texts))

    def _note(self, lengths: np.ndarray) -> None:
        self.rows += len(lengths)
        self.lengths.append(lengths)
        if self.rows > LAST_ROW or lengths.max(initial=0) > LAST_COLUMN:
            raise Refused("csv_too_large")

    def columns(self) -> dict[int, pd.Series]:
        """As in a Sheet. Cells that a short record lacks are empty ones."""
        texts, columns = np.array(list(self.codes), dtype=object), {}
        lengths = np.concatenate(self.lengths)
        all_rows = pd.RangeIndex(1, len(lengths) + 1)
        for number, (rows, codes) in enumerate(self._by_column(lengths), start=1):
            there = codes != 0
            if there.any():
                order, used = pd.factorize(codes[there])
                index = all_rows if there.sum() == len(all_rows) else pd.Index(rows[there] + 1)
                columns[number] = pd.Series(pd.Categorical.from_codes(order, texts[used]), index=index)
        return columns

    def _by_column(self, lengths: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Column by column: the places of the records that reach so far, and the numbers of their texts."""
        rows, most = np.arange(len(lengths)), lengths.max(initial=0)
        if (
            most and (lengths == most).all()
        ):  # as usual; turned round piece by piece, which a processor's cache can hold
            turned = np.empty((most, len(lengths)), dtype=np.int32)
            for codes in np.concatenate([cells.reshape(-1, most).T for cells in self.cells], axis=1, out=turned):
                yield rows, codes
            return
        cells, starts = np.concatenate(self.cells), np.cumsum(lengths) - lengths
        for column in range(most):
            rows = rows[lengths[rows] > column]
            yield rows, cells[starts[rows] + column]


def _distinct(content: bytes, starts: np.ndarray, sizes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Places of the first of each different piece of the content, and for each piece which of them it is equal to.

    Eight bytes at a time are compared, as numbers. The content holds no byte 0, so a shorter piece is another number.
    """
    words = np.ndarray(len(content) + 1, dtype="<u8", buffer=content + bytes(8), strides=(1,))
    masks = np.array([(1 << 8 * size) - 1 for size in range(9)], dtype=np.uint64)
    same, found = pd.factorize(words[starts] & masks[np.minimum(sizes, 8)])
    count, step = len(found), 8
    while len(longer := np.flatnonzero(sizes > step)):
        further, found = pd.factorize(words[starts[longer] + step] & masks[np.minimum(sizes[longer] - step, 8)])
        # The pieces that end here keep their numbers; those that go on get new ones, by what they were and go on with.
        again, found = pd.factorize(same[longer] * len(found) + further)
        same[longer] = count + again
        count, step = count + len(found), step + 8
    first = np.full(count, -1)
    first[same[::-1]] = np.arange(len(same))[::-1]
    used = np.flatnonzero(first >= 0)
    number = np.empty(count, dtype=np.int64)
    number[used] = np.arange(len(used))
    return first[used], number[same]
