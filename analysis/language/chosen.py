"""Which language a study speaks. Standard library only, so that a run with nothing to do can ask at once."""

import csv
import re

from analysis import paths
from analysis.errors import UserError
from analysis.language import messages
from analysis.language.text import LANGUAGES
from analysis.language.textfiles import content, decoded

_LINE = re.compile(r"^language:[ \t]*['\"]?(\w*)", re.MULTILINE)


def of(study: str, asked: str | None = None) -> str:
    """The language asked for; without one that of the line `language:` in study.yml, and without that the default.

    Raises UserError for a language that the codebook has no labels in, and for a codebook without any.
    """
    stated, line = ("", 0) if asked else _stated(study)
    language = asked or stated or paths.DEFAULT_LABELS
    try:
        columns = next(csv.reader(decoded(content(paths.CODEBOOK)).splitlines()), [])
    except (OSError, UnicodeError, csv.Error):
        columns = []
    known = [name.removeprefix("label_") for name in columns if name.startswith("label_")]
    if not known:
        raise UserError(messages.both("book_unreadable", file=paths.CODEBOOK.name))
    if language not in known:
        key = "settings_language" if stated else "language_unknown"
        raise UserError(messages.both(key, study=study, line=line, labels=language, known=", ".join(known)))
    return language


def here() -> str:
    """The language of the studies that are not shipped; where they state none, or there are none, the default."""
    try:
        stated = [_stated(study)[0] for study in paths.studies() if study != paths.DEFAULT_STUDY]
    except OSError:
        stated = []
    return next((language for language in stated if language in LANGUAGES), paths.DEFAULT_LABELS)


def _stated(study: str) -> tuple[str, int]:
    """The language in study.yml, empty where it states none, and the number of its line."""
    try:
        text = decoded(content(paths.raw(study) / "study.yml"))
    except (OSError, UnicodeError):  # a run says what is the matter with the file
        return "", 0
    found = _LINE.search(text)
    return (found[1], text.count("\n", 0, found.start()) + 1) if found else ("", 0)
