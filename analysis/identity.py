"""Swedish identity numbers and coordination numbers inside a text. Standard library only."""

import re
import unicodedata
from datetime import date

_SIGN = r"(?:_|[^\w,;:])?"  # inside the date: none that parts cells or times
_AGAIN = r"(?:[ ]|(?![\s.,:;])(?P=gap))"  # inside the last four: a space, or the same as before them
_SHAPE = re.compile(
    # A year of four digits is read as one.
    r"(?<![0-9])(?:(?:18|19|20)|(?!(?:18|19|20)[0-9]{2}([-./])[0-9]{2}\1[0-9]{2}(?![0-9])))"
    rf"([0-9]{{2}}){_SIGN}([0-9]{{2}}){_SIGN}([0-9]{{2}})(?P<gap>[\W_]{{0,6}})"
    rf"([0-9]{{4}}|(?<=[\W_])(?:[0-9]{_AGAIN}[0-9]{{3}}|[0-9]{{2}}{_AGAIN}[0-9]{{2}}|[0-9]{{3}}{_AGAIN}[0-9]))"
    r"(?![0-9]|-[0-9]{2}-[0-9]{2})"  # a second date is none of it
)
SHORTEST = 9
"""Characters that a text with a number of a person has at the least."""

_INVISIBLE = re.compile("[\u200b-\u200f\u2060\ufeff]")
_OTHER_DIGIT = re.compile(r"(?![0-9])\d")


def plain(text: str) -> str:
    """The text with every digit as 0 to 9, wide and narrow forms made one, and without what cannot be seen."""
    if text.isascii():
        return text
    text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text))
    return _OTHER_DIGIT.sub(lambda match: str(unicodedata.decimal(match[0])), text)


def find(text: str) -> str | None:
    """Whether the text holds a number of a person: `number`, `shape`, or None.

    `number`: a date, four digits and the right check digit, with or without century, whatever dashes, spaces or other
    signs stand between, also where the last four are written in two parts; the day may be raised by 60 as in
    coordination numbers; nine digits alone are read as a number whose first zero a spreadsheet program took away.
    `shape`: the same with a wrong check digit, perhaps a slip.

    The check digit is that of the Swedish Tax Agency: weights 2 1 2 1 …, sum of the digits of the products, modulo 10.
    """
    if len(text) < SHORTEST or sum(map(str.isdigit, text)) < SHORTEST:
        return None
    text = plain(text)
    if len(text) == SHORTEST and text.isdigit():
        return "number" if find("0" + text) == "number" else None
    found = None
    for match in _SHAPE.finditer(text):
        _, year, month, day, _, last = match.groups()
        last = "".join(filter(str.isdigit, last))
        if not _is_date(int(year), int(month), int(day) % 60 if int(day) > 60 else int(day)):
            continue
        if _check_digit(year + month + day + last[:3]) == int(last[3]):
            return "number"
        found = "shape"
    return found


def _is_date(year: int, month: int, day: int) -> bool:
    try:
        date(2000 + year, month, day)
    except ValueError:
        return False
    return True


def _check_digit(nine: str) -> int:
    products = (int(digit) * (2 - position % 2) for position, digit in enumerate(nine))
    return -sum(product // 10 + product % 10 for product in products) % 10
