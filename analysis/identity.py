"""Swedish identity numbers and coordination numbers inside a text. Standard library only."""

import re
import unicodedata
from datetime import date

_MARK = r"[\s./_+\-\u00ad\u2010-\u2015\u2212]"
_SHAPE = re.compile(
    rf"(?<![0-9])(?:18|19|20)?([0-9]{{2}}){_MARK}?([0-9]{{2}}){_MARK}?([0-9]{{2}}){_MARK}{{0,3}}([0-9]{{4}})(?![0-9])"
)
_INVISIBLE = re.compile("[\u200b-\u200f\u2060\ufeff]")


def find(text: str) -> str | None:
    """Whether the text holds a number of a person: `number`, `shape`, or None.

    `number`: a date, four digits and the right check digit, with or without century, whatever dash, space or dot
    stands between; the day may be raised by 60 as in coordination numbers; nine digits alone are read as a number
    whose first zero a spreadsheet program took away. `shape`: the same with a wrong check digit, perhaps a slip.

    The check digit is that of the Swedish Tax Agency: weights 2 1 2 1 …, sum of the digits of the products, modulo 10.
    """
    if len(text) < 9 or sum(map(str.isdigit, text)) < 9:
        return None
    text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text))
    if len(text) == 9 and text.isdigit():
        return "number" if find("0" + text) == "number" else None
    found = None
    for match in _SHAPE.finditer(text):
        year, month, day, last = match.groups()
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
