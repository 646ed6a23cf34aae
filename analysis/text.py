"""A text in every language. Standard library only, as everything that speaks needs it."""

import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

LANGUAGES = ("en", "sv")
"""Languages that every text is written in."""

OF_ONE = {
    "en": {"files": "file", "case files": "case file", "local authorities": "local authority"},
    "sv": {"akter": "akt", "kommuner": "kommun"},
}
"""What sentences count, and what it is called if there is one of it."""


@dataclass(frozen=True)
class Text:
    """A label, note or sentence in every language."""

    en: str
    sv: str

    def __getitem__(self, language: str) -> str:
        return getattr(self, language)


def in_sentence(label: str) -> str:
    """A label as it stands within a sentence: with a small letter, unless it begins with an abbreviation."""
    return label if label[1:2].isupper() or label[1:2].isdigit() else label[:1].lower() + label[1:]


def of_one(text: str, language: str) -> str:
    """The text with what is counted in the singular after the number one."""
    for several, one in OF_ONE[language].items():
        text = re.sub(rf"(?<![\w.,\u00a0-])1 {several}\b", f"1 {one}", text)
    return text


TEXT_LIMIT = 20_000_000
"""Bytes that a file of texts, settings or a codebook, may have."""

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]+")
_SWEDISH = frozenset("åäöÅÄÖéÉüÜ")
_BESIDE_WORDS = frozenset("–—‘’“”„…•€§°²³·´»«\xa0\xad") | frozenset("áàâèêëíìîïóòôøúùûñçæšžß")
_IN_WORDS = re.compile(r"(?:(?<=[A-Za-z])|(?=.[A-Za-z]))[^\x00-\x7f]")


def check_ordinary(path: Path) -> None:
    """Raise OSError unless the path is that of an ordinary file: to read a pipe or a device might never end."""
    if not stat.S_ISREG(path.stat().st_mode):
        raise OSError(f"{path.name} is not an ordinary file")


def content(path: Path) -> bytes:
    """The content of a file of texts. Raises OSError for one that is missing, no ordinary file or far too large."""
    check_ordinary(path)
    if path.stat().st_size > TEXT_LIMIT:
        raise OSError(f"{path.name} is too large")
    return path.read_bytes()


def printable(text: str) -> str:
    """The text with a space for signs that stand for no letter, such as a line break pasted from Word."""
    return _CONTROL.sub(" ", text)


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
    for program, encoding in (("MS-DOS", "cp850"), ("Macintosh", "mac-roman")):
        number, letters = _letters(content, encoding)
        if number > usual:
            signs = (f"{letter.encode(encoding).decode('cp1252', 'replace')} = {letter}" for letter in sorted(letters))
            raise OldLetters(program, ", ".join(signs))


def _letters(content: bytes, encoding: str) -> tuple[int, set[str]]:
    """How many letters of Swedish a text has within its words, less the signs that stand in no word; and which."""
    text, number, letters = content.decode(encoding, "replace"), 0, set()
    for match in _IN_WORDS.finditer(text):
        sign, before = match[0], text[max(0, match.start() - 1) : match.start()]
        if sign in _SWEDISH and not (sign.isupper() and before.islower()):
            number += 1
            letters.add(sign)
        elif sign not in _BESIDE_WORDS:
            number -= 1
    return number, letters


def stated(settings: Mapping[str, object]) -> str:
    """The language that the settings of a study state; the first one where they state none that is known."""
    language = settings.get("language")
    return language if language in LANGUAGES else LANGUAGES[0]
