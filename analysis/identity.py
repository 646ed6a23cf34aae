"""Swedish identity, coordination and interim numbers inside a text. Standard library only."""

import html
import io
import re
import unicodedata
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from xml.parsers import expat

_BREAK = r"\r?\n[ \t>#*/|]{0,40}"  # a new line, its indentation and what comments and quotations begin it with
_SIGN = rf"(?:[-\u2010-\u2015\u2212]?{_BREAK}|_|[^\w,;:])?"  # inside the date: none that parts cells or times
_AGAIN = rf"(?:[ ]|{_BREAK}|(?![\s.,:;])(?P=gap))"  # inside the last four: a space, a new line, or the same as before
_SHAPE = re.compile(
    # A year of four digits is read as one.
    r"(?P<century>18|19|20|(?!(?:18|19|20)[0-9]{2}([-./])[0-9]{2}\2[0-9]{2}(?![0-9])))"
    rf"(?P<year>[0-9]{{2}})(?P<first>{_SIGN})(?P<month>[0-9]{{2}})(?P<second>{_SIGN})(?P<day>[0-9]{{2}})"
    rf"(?P<gap>[\W_]{{0,6}}|[\W_]{{0,3}}{_BREAK}[\W_]{{0,3}})"
    r"(?:(?P<last>[0-9]{4}|(?<=[\W_])"
    rf"(?:[0-9]{_AGAIN}[0-9]{{3}}|[0-9]{{2}}{_AGAIN}[0-9]{{2}}|[0-9]{{3}}{_AGAIN}[0-9]))"
    r"(?![0-9]|(?<=(?:1[0-9]|20)[0-9]{2}|9999)-[0-9]{2}-[0-9]{2})"  # a second date is none of it
    r"|(?P<interim>[TRSUWXJKLMNPtrsuwxjklmnp][0-9]{3})(?![0-9A-Za-z]))"
)
# The year without century, where month and day follow it: quick to look for.
_BEGINS = re.compile(rf"[0-9](?=[0-9]{_SIGN}[01][0-9]{_SIGN}[0-36-9][0-9])")
SHORTEST = 9
"""Characters that a text with a number of a person has at the least."""

_INVISIBLE = re.compile(  # with what strikes digits through or frames them
    "[\u0300-\u036f\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u20d0-\u20f0\ufe00-\ufe0f\ufeff]"
)
_APART = re.compile(  # thousands set apart, and each digit in a box of its own, with a dash
    r"(?<![0-9.,'])(?:[0-9]|1[89][0-9]|20[0-9])([ ,'\u2019])[0-9]{3}\1[0-9]{3}\1[0-9]{3}(?![0-9]|\1[0-9]{3})"
    r"|(?<![0-9.,] )\b(?:[0-9] ){5}(?:[0-9] [0-9] )?[0-9] ?[-+\u2010-\u2015\u2212] ?(?:[0-9] ){3}[0-9]\b(?! [0-9])"
)
_OTHER_DIGIT = re.compile(r"\d(?<![0-9])")
_NAME = re.compile(r"\b10\.[0-9]{4,9}/\S+|\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b")
_DASH = re.compile(r"\s*[-+_\u00ad\u00b7\u2010-\u2015\u2043\u2212\u02d7~]\s*")
_PAIR_BEFORE, _PAIR_AFTER = re.compile(r"(?<![0-9])[0-9]{1,2}\s+\Z"), re.compile(r"\s+[0-9]{1,2}(?![0-9])")
_TOKEN = re.compile(r"[0-9A-Za-z]*")
_HEX = re.compile(r"[0-9a-fA-F]+")
_LONGEST_TOKEN = 20  # letters and digits in one: a digest or a key, no text of people
_SHARE = 3  # a column of such numbers has all check digits right, chance a tenth


@dataclass(frozen=True)
class Found:
    """A number of a person, or what looks like one, in a text: where, and `number` or `shape` (see `find`).

    `manner`: how it is written, where other numbers are often written so too; None where hardly any is.
    """

    start: int
    end: int
    kind: str
    manner: tuple | None


def plain(text: str) -> str:
    """The text with every digit as 0 to 9, digits set apart joined, wide forms made narrow, nothing that is unseen."""
    if not text.isascii():
        text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text))
        text = _OTHER_DIGIT.sub(lambda match: str(unicodedata.decimal(match[0])), text)
    return _APART.sub(lambda match: re.sub("[ ,'\u2019]", "", match[0]), text)


def find(text: str) -> str | None:
    """Whether what stands in a cell or line holds a number of a person: `number`, `shape`, or None.

    `number`: a date, four digits and the right check digit, with or without century, whatever dashes, spaces, line
    breaks or other signs stand between, also where the last four are written in two parts. In coordination numbers
    the day is raised by 60, and day and month may be unknown (60 and 00); in interim numbers a letter is the first of
    the last four. Nine digits alone are read as a number whose first zero a spreadsheet program took away.
    `shape`: the same with a wrong check digit, perhaps a slip.

    The check digit is that of the Swedish Tax Agency: weights 2 1 2 1 …, sum of the digits of the products, modulo 10.
    Interim numbers are told by their letter; not everybody who gives them out works the last digit out alike.
    """
    if len(text) < SHORTEST:
        return None
    text = plain(text)
    if len(text) == SHORTEST and text.isdigit():
        text = "0" + text
        return "number" if any(one.kind == "number" for one in _all(text)) else None
    kinds = {one.kind for one in _all(text)}
    return "number" if "number" in kinds else "shape" if kinds else None


def in_file(text: str) -> list[tuple[int, str]]:
    """The number of each line of a file that holds a number of a person, and `number` or `shape`.

    Files hold many numbers, and of those written like a date and four digits every tenth has the right check digit by
    chance. So in manners of writing that other numbers have too, they count only if the share of right check digits is
    that of numbers of persons.
    """
    text = plain(text)
    found = list(_all(text))
    of_manner = Counter(one.manner for one in found)
    right = Counter(one.manner for one in found if one.kind == "number")
    return [
        (text.count("\n", 0, one.start) + 1, one.kind)
        for one in found
        if one.manner is None or (one.kind == "number" and right[one.manner] * _SHARE > of_manner[one.manner])
    ]


def masked(text: str, mask: str = "…") -> str:
    """The text with the mask in the place of every number of a person."""
    if find(text) == "number" and len(text.strip()) <= SHORTEST:
        return mask
    readable = plain(text)
    numbers = [one for one in _all(readable) if one.kind == "number"]
    for one in reversed(numbers):
        readable = readable[: one.start] + mask + readable[one.end :]
    return readable if numbers else text


def _all(text: str) -> Iterator[Found]:
    """Every shape in a plain text."""
    read = 0
    for begin in _BEGINS.finditer(text):
        start = begin.start()
        if text[start - 1 : start].isdigit():
            start -= 2  # the century
        if start < read or start < 0 or text[start - 1 : start].isdigit():
            continue
        match = _SHAPE.match(text, start)
        if not match or not _is_date(match) or _is_name(text, start):
            continue
        end = match.end()
        if match["first"] != match["second"] and match["first"] and match["second"]:
            continue  # a date has the same sign twice
        if _is_in_number(text, start, end) or _is_in_row(text, match):
            continue
        if match["interim"]:
            kind = "number" if match["gap"] or _is_right(match, "1" + match["interim"][1:]) else None
        else:
            kind = "number" if _is_right(match, "".join(filter(str.isdigit, match["last"]))) else "shape"
        if kind:
            read = end
            yield Found(start, end, kind, _manner(text, match))


def _is_name(text: str, start: int) -> bool:
    """Whether the place lies in a name that machines give: a DOI or a UUID."""
    low = max(0, start - 100)
    names = (match.span() for match in _NAME.finditer(text[low : start + 40]))
    return any(first <= start - low < last for first, last in names)


def _is_in_number(text: str, start: int, end: int) -> bool:
    """Whether the digits are part of a decimal number, a power of ten, or of a long token of letters and digits."""
    is_parted = re.search(r"[0-9]-[0-9]{4}\Z", text[start:end])  # as no decimal number is
    if not is_parted and re.match(r"[eE][+-]?[0-9]|\.(?!0+(?![0-9]))[0-9]", text[end : end + 20]):
        return True
    before = text[max(0, start - _LONGEST_TOKEN) : start]
    if re.search(r"(?:[0-9]|^|[^\w])\.\Z|[eE][-+]\Z", before) and "." not in text[start:end]:
        return True
    after = _TOKEN.match(text, end)[0][:_LONGEST_TOKEN]
    token = _TOKEN.match(before[::-1])[0][::-1] + after
    return len(token) + end - start >= _LONGEST_TOKEN + 4 and bool(re.search("[0-9]", token))


def _is_in_row(text: str, match: re.Match) -> bool:
    """Whether pairs of digits go on, before or after: rows of small numbers and of coordinates."""
    if not match["first"].isspace() or not match["gap"].isspace() or match["interim"] or match["last"].isdigit():
        return False
    start, end = match.span()
    return bool(_PAIR_BEFORE.search(text[max(0, start - 8) : start]) or _PAIR_AFTER.match(text[end : end + 8]))


def _manner(text: str, match: re.Match) -> tuple | None:
    start, end = match.span()
    around = text[start - 1 : start] + text[end : end + 1]
    is_apart = not any(char.isalnum() for char in around) and not re.match(r"-\w|\.[0-9]", text[end : end + 2])
    is_dated = bool(match["century"] or match["first"])
    is_dashed = _DASH.fullmatch(match["gap"]) is not None
    is_time = match["last"] is not None and int(match["last"][:2] or 99) < 24 if (match["last"] or "").isdigit() else 0
    if is_apart and (is_dashed or (is_dated and not match["gap"] and not is_time) or match["interim"]):
        return None
    return match["century"] != "", match["first"], match["second"], match["gap"], len(match["last"] or ""), is_apart


def _is_date(match: re.Match) -> bool:
    year, month, day = int(match["year"]), int(match["month"]), int(match["day"])
    if day >= 60 and (day == 60 or month == 0):  # of a coordination number, unknown
        return month <= 12 and day <= 91
    try:
        date(2000 + year, month, day % 60 if day > 60 else day)
    except ValueError:
        return False
    return True


def _is_right(match: re.Match, last: str) -> bool:
    return _check_digit(match["year"] + match["month"] + match["day"] + last[:3]) == int(last[3])


def _check_digit(nine: str) -> int:
    products = (int(digit) * (2 - position % 2) for position, digit in enumerate(nine))
    return -sum(product // 10 + product % 10 for product in products) % 10


# Every text of a file that is a package of XML parts: workbooks and text documents

_PLACES = {
    "validations": ("dataValidation", "content-validation"),
    "headers": ("headerFooter", "master-page", "hdr", "ftr"),
    "names": ("definedName", "named-range", "database-range"),
    "comments": ("comments", "annotation", "ThreadedComments", "personList"),
    "charts": ("chartSpace", "chart"),
    "links": ("hyperlink", "hyperlinks", "Relationships"),
    "cells": ("sheetData", "sst", "table-cell"),
    "drawings": ("wsDr", "frame", "custom-shape", "shapes", "xml", "rect", "ellipse", "g"),
    "properties": ("Properties", "coreProperties", "document-meta", "core-properties"),
    "sheets": ("workbook", "table"),
}
_PLACE = {element: place for place, elements in _PLACES.items() for element in elements}
_PARTS = {"docProps/": "properties", "meta.xml": "properties", "drawing": "drawings", "chart": "charts"}
PLACES = (*_PLACES, "other")
"""Where in a package a text can stand."""

_WITHIN = re.compile(
    "t|r|rPr|rPh|rFont|sz|color|family|scheme|charset|[biusa]|strike|vertAlign|span|tab|line-break|br|fld|latin|ea|cs|"
    "solidFill|srgbClr|schemeClr|ln|font|proofErr|bookmarkStart|bookmarkEnd"
)
"""Elements that part no text: runs and how they look."""

_PLAIN_CELL = re.compile(
    rb"<table:table-cell[^<>]*(?:/>|>(?:<text:p>[^<]*</text:p>)?</table:table-cell>)|<text:p>[^<]*</text:p>(?=</table:table-cell>)"
)
_ROWS = re.compile(rb"<(?:\w+:)?sheetData[ />].*</(?:\w+:)?sheetData>", re.DOTALL)
_FORMULA = re.compile(rb"<(?:\w+:)?f(?: [^<>]*)?>([^<]{9,})<")
_HEADER_CODE = re.compile(r'&(?:"[^"]*"|[A-Z]|[0-9]{1,2}(?![0-9]))')
_PART_LIMIT = 50_000_000


def in_package(file: bytes | Path, *, with_cells: bool = True) -> Iterator[tuple[str, str]]:
    """The part and the place (of `PLACES`) of each number of a person in a workbook or text document.

    Every text of every part is looked at, and every attribute, whatever program wrote it; also packages in it, by the
    names of their parts. Without cells, those are left out that hold a plain text, which readers of sheets look at.
    What is no package of XML holds nothing. Pictures are not read.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(file) if isinstance(file, bytes) else file) as archive:
            for part in archive.infolist():
                if part.flag_bits & 1 or part.file_size > _PART_LIMIT * (1 if with_cells else 10):
                    continue
                for place in dict.fromkeys(_in_part(part.filename, archive.read(part), with_cells)):
                    yield part.filename, place
    except (zipfile.BadZipFile, OSError, ValueError, RuntimeError, NotImplementedError, zlib.error):
        return


def _in_part(name: str, content: bytes, with_cells: bool) -> Iterator[str]:
    if find(name) == "number":
        yield "other"
    if content.startswith(b"PK"):
        yield from (place for _, place in in_package(content))
        return
    if not name.lower().endswith((".xml", ".rels", ".vml", ".rdf")):
        if b"\0" not in content and any(kind == "number" for _, kind in in_file(content.decode("utf-8", "replace"))):
            yield "other"
        return
    if not with_cells:
        for match in _FORMULA.finditer(content):
            if find(html.unescape(match[1].decode("utf-8", "replace"))) == "number":
                yield "cells"
        content = _PLAIN_CELL.sub(b"", _ROWS.sub(b"", content))
    by_name = next((place for sign, place in _PARTS.items() if sign in name), "other")
    for place, text in _texts(content, by_name):
        if place == "headers":
            text = _HEADER_CODE.sub("", text)
        if find(text) == "number":
            yield place


def _texts(content: bytes, by_name: str) -> list[tuple[str, str]]:
    """Every text and attribute of an XML part, and the place of the element that it stands in, else of the part."""
    found: list[tuple[str, str]] = []
    stack: list[str] = []
    pieces: list[str] = []

    def close() -> None:
        if pieces:
            found.append((next((_PLACE[one] for one in reversed(stack) if one in _PLACE), by_name), "".join(pieces)))
            pieces.clear()

    def start(element: str, attributes: dict[str, str]) -> None:
        element = element.rpartition(" ")[2]
        if not _WITHIN.fullmatch(element):
            close()
        stack.append(element)
        place = next((_PLACE[one] for one in reversed(stack) if one in _PLACE), by_name)
        found.extend((place, value) for value in attributes.values() if len(value) >= SHORTEST)

    def end(element: str) -> None:
        if not _WITHIN.fullmatch(element.rpartition(" ")[2]):
            close()
        stack.pop()

    def refuse(*_: object) -> None:
        raise ValueError("a document type, which no office program writes")

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = pieces.append
    try:
        parser.Parse(content, True)
        close()
    except (expat.ExpatError, ValueError):  # the reader says that the file is damaged; what was read counts
        close()
        found.append((by_name, content.decode("utf-8", "replace") if len(content) < 1_000_000 else ""))
    return found
