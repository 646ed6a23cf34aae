"""Text files with separated values (.csv), as spreadsheet programs in Sweden and elsewhere save them.

UTF-8 or Windows-1252 (or UTF-16, as "Unicode text"), with semicolon, comma or tab. Every cell is read as it stands; a
record is a row, however many lines it takes, as in a spreadsheet program that opens the file.
"""

import csv
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from analysis import spreadsheet
from analysis.spreadsheet import LAST_COLUMN, LAST_ROW, Refused, Sheet, in_columns

SIZE_LIMIT = 500_000_000
"""Bytes that a file may have: more than a million coded rows need."""

_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_SEPARATORS = ";,\t"


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
            return not any("\0" in part for part in iter(partial(file.read, 1_000_000), ""))
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
    columns = _at_once(path, name, mark, is_hint)
    if columns is None:
        columns = _record_by_record(path, name, mark, is_hint)
    return (Sheet(path.stem, columns),)


def _at_once(path: Path, name: str, mark: str, is_hint: bool) -> dict[int, pd.Series] | None:
    """The columns; None if not all records are of the same length."""
    try:
        frame = pd.read_csv(
            path, encoding=name, sep=mark, header=None, skiprows=int(is_hint), dtype="category", na_filter=False,
            skip_blank_lines=False, low_memory=False,
        )  # fmt: skip
    except (pd.errors.ParserError, pd.errors.EmptyDataError):
        return None
    if len(frame) > LAST_ROW or len(frame.columns) > LAST_COLUMN:
        raise Refused("file_too_large")
    rows = np.arange(1, len(frame) + 1)
    columns = {}
    for number, column in enumerate(frame.columns, start=1):
        cells = frame.pop(column).cat
        texts, codes = cells.categories.astype(object), cells.codes.to_numpy()
        there = np.append(texts != "", False)[codes]  # -1, where a short record lacks the cell, finds the last
        if there.any():
            order, used = pd.factorize(codes[there])
            columns[number] = pd.Series(pd.Categorical.from_codes(order, texts[used]), index=rows[there])
    return columns


def _record_by_record(path: Path, name: str, mark: str, is_hint: bool) -> dict[int, pd.Series]:
    found: dict[int, tuple[list[int], list[str]]] = {}
    row = 0
    with path.open(encoding=name, newline="") as file:
        if is_hint:
            file.readline()
        try:
            for row, record in enumerate(csv.reader(file, delimiter=mark, strict=True), start=1):
                for column, cell in enumerate(record, start=1):
                    if cell:
                        rows, texts = found.setdefault(column, ([], []))
                        rows.append(row)
                        texts.append(cell)
        except csv.Error:
            raise Refused("csv_quotes", {"row": row + 1}) from None
    return in_columns(found)
