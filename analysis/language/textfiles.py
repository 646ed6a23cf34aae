"""Files of texts that people write: settings, codebooks, lists of figures. Standard library only.

Read is what is an ordinary file of ordinary size, in UTF-8, UTF-16 or Windows-1252; lists have semicolons, commas or
tabs, as spreadsheet programs write them. Everything else is told in a sentence.
"""

import csv
import errno
import io
import itertools
import re
import stat
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from analysis.errors import UserError
from analysis.language import messages

TEXT_LIMIT = 20_000_000
"""Bytes that a file of texts, settings or a codebook, may have."""

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]+")
_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060\ufeff]")
_OLDER = {"cp850": "MS-DOS", "mac-roman": "Macintosh"}
_SWEDISH = frozenset("åäöÅÄÖéÉüÜ")
_BESIDE_WORDS = frozenset("–—‘’“”„…•€§°²³·´»«\xa0\xad") | frozenset("áàâèêëíìîïóòôøúùûñçæšžß")
_SIGN = re.compile(r"[^\x00-\x7f]")


def check_ordinary(path: Path) -> None:
    """Raise OSError unless the path is that of an ordinary file: to read a pipe or a device might never end."""
    if not stat.S_ISREG(path.stat().st_mode):
        raise OSError(f"{path.name} is not an ordinary file")


def content(path: Path, limit: int = TEXT_LIMIT) -> bytes:
    """The content of a file of texts. Raises OSError for one that is missing, no ordinary file or of too many bytes."""
    check_ordinary(path)
    if path.stat().st_size > limit:
        raise OSError(errno.EFBIG, f"{path.name} is too large")
    return path.read_bytes()


def printable(text: str) -> str:
    """The text with a space for signs that stand for no letter, such as a line break pasted from Word."""
    return _CONTROL.sub(" ", text.replace("\r\n", "\n"))


class OldLetters(UnicodeError):
    """A text that would be read with wrong letters, as an older program encoded it: which one, and the signs."""

    def __init__(self, program: str, signs: str):
        super().__init__(program, signs)
        self.program, self.signs = program, signs


def decoded(content: bytes) -> str:
    """The text of a file in UTF-8, UTF-16 or, as Swedish programs save it, Windows-1252. Raises UnicodeError."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        _check_letters(content)
        return content.decode("cp1252")


def _check_letters(content: bytes) -> None:
    """Raise OldLetters if the text has more of the letters of Swedish, in their places, as an older encoding."""
    usual, _ = _letters(content, "cp1252")
    older = {encoding: _letters(content, encoding) for encoding in _OLDER}
    encoding = max(older, key=lambda name: older[name][0])
    number, letters = older[encoding]
    if number > max(usual, 0):
        signs = (f"{letter.encode(encoding).decode('cp1252', 'replace')} = {letter}" for letter in sorted(letters))
        raise OldLetters(_OLDER[encoding], ", ".join(signs))


def _letters(content: bytes, encoding: str) -> tuple[int, set[str]]:
    """How many letters of Swedish a text has within its words, less the signs that stand in no word; and which."""
    text, number, letters = content.decode(encoding, "replace"), 0, set()
    for match in _SIGN.finditer(text):
        sign, before = match[0], text[max(0, match.start() - 1) : match.start()]
        if not any(letter.isascii() and letter.isalpha() for letter in (before, text[match.end() : match.end() + 1])):
            continue
        if sign in _SWEDISH and not (sign.isupper() and before.islower()):
            number += 1
            letters.add(sign)
        elif sign not in _BESIDE_WORDS:
            number -= 1
    return number, letters


SEPARATORS = ";,\t"
"""Signs that part the values of a list."""

_SOUGHT = 10  # records by which the separator is found


def records(text: str, mark: str) -> Iterator[list[str]]:
    """The records of a text. Raises csv.Error for a quotation mark that is not closed."""
    return csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True)


def separator(text: str) -> str:
    """The sign between the values: the one that parts most of the first records into the same number of cells.

    A line above the names of the columns, and a sign within the cells, part only some.
    """

    def regular(mark: str) -> tuple[int, int]:
        widths = Counter(filter(lambda width: width > 1, map(len, _first(text, mark))))
        return max(((number, width) for width, number in widths.items()), default=(0, 0))

    return max(SEPARATORS, key=regular)


def _first(text: str, mark: str) -> list[list[str]]:
    found: list[list[str]] = []
    with suppress(csv.Error):  # what is read before it is enough
        for record in itertools.islice(records(text, mark), _SOUGHT):
            found.append(record)
    return found


@dataclass(frozen=True)
class Line:
    """A row of a list that is not blank: its number in the file, its cells by column, and whether it has more."""

    number: int
    cells: dict[str, str]
    is_long: bool


def refusal(path: Path, error: Exception, language: str) -> UserError:
    """The sentence on why a file of texts cannot be read."""
    facts: dict[str, object] = {"file": path.name, "folder": messages.folder(path)}
    match error:
        case FileNotFoundError():
            key = "text_missing"
        case PermissionError():
            key = "file_locked"
        case OSError(errno=errno.EFBIG):
            key = "text_too_large"
        case OSError():
            key = "file_unreadable"
        case OldLetters(program=program, signs=signs):
            key = "csv_letters" if path.suffix.lower() == ".csv" else "text_letters"
            facts |= {"program": program, "signs": signs}
        case _:
            key = "text_unreadable"
    return UserError(messages.text(key, language, **facts))


def table(
    path: Path, columns: Sequence[str], required: Sequence[str], language: str, is_known: Callable[[str], bool]
) -> list[Line]:
    """The rows of a list that are not blank; names of columns may have spaces and capitals too many.

    `is_known`: whether a column that is none of `columns` may stand in the file all the same; it is not read.
    Raises UserError with one sentence on why the list cannot be read, or on its columns.
    """
    lines: list[list[str]] = []
    try:
        text = printable(decoded(content(path)))
        for record in records(text, separator(text)):
            lines.append([cell.strip() for cell in record])
    except csv.Error as error:
        key = "csv_cell_long" if "field larger" in str(error) else "csv_quotes"
        raise UserError(messages.text(key, language, file=path.name, row=len(lines) + 1)) from None
    except (OSError, UnicodeError) as error:
        raise refusal(path, error, language) from None
    first, *others = lines or [[]]
    names = ["_".join(_UNSEEN.sub("", name).split()).casefold() for name in first]
    twice = sorted({name for name in names if name and names.count(name) > 1})
    missing = [name for name in required if name not in names]
    unknown = [name for name in names if name and name not in columns and not is_known(name)]
    for key, found in (("text_twice", twice), ("text_columns", missing), ("text_column", unknown)):
        if found:
            facts = {"file": path.name, "columns": ", ".join(found), "allowed": ", ".join(columns)}
            nearest = messages.nearest(found[0], columns, language) if found is unknown else ""
            raise UserError(messages.text(key, language, **facts, nearest=nearest))
    return [
        Line(number, dict.fromkeys(columns, "") | dict(zip(names, cells, strict=False)), any(cells[len(names) :]))
        for number, cells in enumerate(others, start=2)
        if any(cells)
    ]
