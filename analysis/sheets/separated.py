"""Text files with separated values (.csv), as spreadsheet programs in Sweden and elsewhere save them.

UTF-8 or Windows-1252 (or UTF-16, as "Unicode text"), with semicolon, comma or tab. Every cell is read as it stands; a
record is a row, however many lines it takes, as in a spreadsheet program that opens the file.
"""

import csv
from collections.abc import Iterable
from pathlib import Path

from analysis.language.textfiles import OldLetters, decoded, records, separator
from analysis.sheets import spreadsheet
from analysis.sheets.spreadsheet import LAST_COLUMN, LAST_ROW, Refused, Sheet, in_columns

SIZE_LIMIT = 200_000_000
"""Bytes that a file may have: what a workbook may hold once unpacked."""


def read(path: Path, language: str = "en") -> tuple[Sheet, ...]:
    """The one sheet of a .csv file, named as the file. Raises UserError with one sentence on why it cannot be read."""
    return spreadsheet.told(_read, Path(path), language)


def text(path: Path) -> str:
    """The text of a file. Raises OSError, and Refused for a file that holds none or is in an unusual encoding."""
    if path.stat().st_size > SIZE_LIMIT:
        raise Refused("csv_too_large")
    content = path.read_bytes()
    if not content.strip():
        raise Refused("file_empty")
    if content.startswith((b"PK", b"\xd0\xcf\x11\xe0", b"%PDF")):
        raise Refused("csv_other")
    try:
        found = decoded(content)
    except OldLetters as error:
        raise Refused("csv_letters", {"program": error.program, "signs": error.signs}) from None
    except UnicodeError:
        raise Refused("csv_other") from None
    if "\0" in found:
        raise Refused("csv_other")
    return found


def _read(path: Path) -> tuple[Sheet, ...]:
    content = text(path)
    hint, _, rest = content.partition("\n")
    if len(hint.strip()) == 5 and hint.lower().startswith("sep="):  # for the spreadsheet program alone
        mark, content = hint[4], rest
    else:
        mark = separator(content)
    return (Sheet(path.stem, in_columns(_by_column(records(content, mark)))),)


def _by_column(lines: Iterable[list[str]]) -> dict[int, tuple[list[int], list[str]]]:
    found: dict[int, tuple[list[int], list[str]]] = {}
    known: dict[str, str] = {}  # each text is kept once, however many cells hold it
    row = 0
    try:
        for row, cells in enumerate(lines, start=1):
            if row > LAST_ROW or len(cells) > LAST_COLUMN:
                raise Refused("csv_too_large")
            for column, cell in enumerate(cells, start=1):
                if cell:
                    rows, texts = found.setdefault(column, ([], []))
                    rows.append(row)
                    texts.append(known.setdefault(cell, cell))
    except csv.Error as error:
        key = "csv_cell_long" if "field larger" in str(error) else "csv_quotes"
        raise Refused(key, {"row": row + 1}) from None
    return found
