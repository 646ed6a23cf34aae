"""The rows of a sheet whose XML is so plain that it need not be parsed cell by cell.

In nearly every row of a large sheet each cell is its address followed by one of a few hundred different texts:

    <row r="7" spans="1:24"><c r="A7" s="2" t="s"><v>14</v></c><c r="B7" s="2" t="s"><v>30</v></c></row>

So a row is cut at its own number, and each piece between two cuts (a cell after its address, with the column letters
of the next one) is looked at once, however often it stands there. What is not exactly of this form is left to an XML
parser; what is, means the same to one.
"""

import re
from array import array
from collections.abc import Callable

import numpy as np
import pandas as pd

BEGIN = b'<row r="'
"""How a plain row begins."""

PIECES_KEPT = 50_000
"""How many different pieces are remembered; a sheet of nothing but different numbers would fill the memory."""

_TEXT = rb"[^<>&\x00-\x1f\xef]*"
_ATTRIBUTES = rb'(?: [A-Za-z]+="[^"<&\x00-\x1f\xef]*")*'
_CELL = re.compile(
    rb'(?: s="([0-9]+)")?(?: t="([A-Za-z]+)")?'
    rb"(?:/>|>(<f" + _ATTRIBUTES + rb"(?:/>|>" + _TEXT + rb"</f>))?"
    rb"(?:<v>(" + _TEXT + rb')</v>|<is><t(?: xml:space="preserve")?>(' + _TEXT + rb")</t></is>)?</c>)"
    rb'(?:<c r="([A-Z]{1,3}))?'
)
_HEAD = re.compile(rb'[^<]*><c r="([A-Z]{1,3})')


class _NotPlain(Exception):
    """A piece that only a parser understands."""


class _Pieces(dict):
    """Piece -> its number; what is not there is learnt."""

    def __init__(self, learn: Callable[[bytes], int]):
        self.learn = learn

    def __missing__(self, piece: bytes) -> int:
        if len(self) >= PIECES_KEPT:
            self.clear()
        self[piece] = number = self.learn(piece)
        return number


class PlainRows:
    """Collects the cells of a sheet, those of plain rows by itself and all others by `add`.

    Parameters
    ----------
    value : function
        Kind (the attribute t), style (s) and text of a cell and whether it holds a formula -> what stands in it, None
        where nothing does, and what is odd about it, None where nothing is. It may raise any exception for a cell
        that makes no sense.
    column : function
        Letters of a column -> its number, from 1.
    """

    def __init__(
        self, value: Callable[[str, str, str, bool], tuple[str | None, str | None]], column: Callable[[str], int]
    ):
        self._value, self._column = value, column
        self._heads: dict[bytes, int] = {}
        self._cells = _Pieces(lambda piece: self._learn(piece, is_last=False))
        self._last_cells = _Pieces(lambda piece: self._learn(piece, is_last=True))
        # By the number of a piece: the text of its cell, what is odd, and the column of the cell that comes after.
        self._texts: list[str | None] = []
        self._odd: dict[int, str] = {}
        self._next = array("i")
        # The rows, and one after another the numbers of their pieces.
        self._rows, self._lengths, self._pieces = array("i"), array("i"), array("i")
        self._added: tuple[array, array, array] = array("i"), array("i"), array("i")

    def take(self, row: bytes) -> int:
        """Collect a row, given without its end tag. Its number; 0, and nothing is collected, if it is not plain."""
        end = row.find(b'"', len(BEGIN))
        number = row[len(BEGIN) : end]
        if not (row.startswith(BEGIN) and number.isdigit() and len(number) < 8):
            return 0
        head, *cells = row[end + 1 :].split(number + b'"')
        if head not in self._heads or not cells:
            return 0
        try:
            last = self._last_cells[cells.pop()]
            pieces = [self._heads[head], *map(self._cells.__getitem__, cells), last]
        except _NotPlain:
            return 0
        self._rows.append(int(number))
        self._lengths.append(len(pieces))
        self._pieces.extend(pieces)
        return int(number)

    def trust(self, row: bytes) -> None:
        """Take rows that begin as this one, in which a parser found nothing but cells, for plain ones from now on."""
        number = row[len(BEGIN) : row.find(b'"', len(BEGIN))]
        head = row[len(BEGIN) + len(number) + 1 :].partition(number + b'"')[0]
        match = _HEAD.fullmatch(head)
        if row.startswith(BEGIN) and match:
            self._heads[head] = self._number(None, self._column(match[1].decode()))

    def add(self, row: int, column: int, text: str | None, odd: str | None) -> None:
        """Collect a cell."""
        piece = self._number(text, 0)
        if odd:
            self._odd[piece] = odd
        for values, value in zip(self._added, (row, column, piece), strict=True):
            values.append(value)

    def _learn(self, piece: bytes, *, is_last: bool) -> int:
        match = _CELL.fullmatch(piece)
        if match is None or is_last == bool(match[6]):
            raise _NotPlain
        style, kind, formula, plain, inline, letters = match.groups()
        try:
            raw = (plain or inline or b"").decode()
            text, odd = self._value((kind or b"n").decode(), (style or b"0").decode(), raw, formula is not None)
        except Exception:  # the parser comes upon the same cell, and says so
            raise _NotPlain from None
        number = self._number(text, 0 if is_last else self._column(letters.decode()))
        if odd:
            self._odd[number] = odd
        return number

    def _number(self, text: str | None, next_column: int) -> int:
        self._texts.append(text)
        self._next.append(next_column)
        return len(self._texts) - 1

    def columns(self) -> tuple[dict[int, pd.Series], dict[int, dict[int, str]]]:
        """Column number -> texts of its cells as categories, by row; and column number -> row -> what is odd."""
        rows, columns, pieces = self._flat()
        is_odd = np.isin(pieces, np.fromiter(self._odd, dtype=np.int32))
        odd: dict[int, dict[int, str]] = {}
        for row, column, piece in zip(*(found[is_odd].tolist() for found in (rows, columns, pieces)), strict=True):
            odd.setdefault(column, {})[row] = self._odd[piece]
        texts = np.array(self._texts, dtype=object)
        has_text = np.array([bool(text) for text in self._texts], dtype=bool)[pieces]
        rows, columns, pieces = rows[has_text], columns[has_text], pieces[has_text]
        order = np.argsort(columns, kind="stable")
        rows, columns, pieces = rows[order], columns[order], pieces[order]
        numbers, starts = np.unique(columns, return_index=True)
        found = {}
        for number, here, there in zip(numbers.tolist(), starts, [*starts[1:], len(columns)], strict=False):
            codes, used = pd.factorize(pieces[here:there])
            same, distinct = pd.factorize(texts[used])
            found[number] = pd.Series(pd.Categorical.from_codes(same[codes], distinct), index=rows[here:there])
        return found, odd

    def _flat(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Row, column and piece of every cell, in the order of rows."""
        pieces = np.array(self._pieces, dtype=np.int32)
        lengths = np.array(self._lengths, dtype=np.int32)
        rows = np.repeat(np.array(self._rows, dtype=np.int32), lengths)
        columns = np.empty_like(pieces)
        columns[1:] = np.array(self._next, dtype=np.int32)[pieces[:-1]]
        is_cell = np.ones(len(pieces), dtype=bool)
        is_cell[np.cumsum(lengths) - lengths] = False  # the head of each row
        plain = rows[is_cell], columns[is_cell], pieces[is_cell]
        parsed = (np.array(values, dtype=np.int32) for values in self._added)
        found = [np.concatenate(pair) for pair in zip(plain, parsed, strict=True)]
        order = np.argsort(found[0], kind="stable")
        return tuple(values[order] for values in found)
