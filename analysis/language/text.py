"""A text in every language. Standard library only, as everything that speaks needs it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

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


def stated(settings: Mapping[str, object]) -> str:
    """The language that the settings of a study state; the first one where they state none that is known."""
    language = settings.get("language")
    return language if language in LANGUAGES else LANGUAGES[0]
