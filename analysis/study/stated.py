"""What a study itself found, in words, as its study.yml states it.

A finding is the study's own and stays so: it is shown as stated, with its place in the article. Beside it stand what
the coded files can say, or that nothing is counted for it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from analysis.errors import UserError
from analysis.language import messages
from analysis.language.text import stated
from analysis.study.codebook import LANGUAGES, Codebook
from analysis.study.expressions import parse_quantity

_EXPRESSION = re.compile(r"\{([^{}]*)\}")

FIELDS = ("place", "counts", *LANGUAGES)
"""What a finding may hold: its place in the article, what is counted beside it, and its text in each language."""


@dataclass(frozen=True)
class Finding:
    """A finding of a study.

    `counts` is a sentence with expressions in braces, in which `tables.teller` and the report put numbers; it is empty
    where nothing is counted, and so is `place` where none is stated.
    """

    text: str
    place: str
    counts: str


def findings(settings: Mapping[str, Any], language: str) -> tuple[Finding, ...]:
    """The findings that study.yml states, in a language or else in the other one; `settings` is study.yml as read.

    Raises UserError where an entry has no text or holds what no finding has.
    """
    listed, spoken = settings.get("findings"), stated(settings)
    if listed is None:
        return ()
    if not isinstance(listed, list):
        raise UserError(messages.text("findings_form", spoken))
    return tuple(_finding(one, place, language, spoken) for place, one in enumerate(listed, start=1))


def check(settings: Mapping[str, Any], codebook: Codebook) -> None:
    """Raise UserError that names every entry of a wrong form, or every expression that can have no number."""
    spoken, problems = stated(settings), []
    findings(settings, spoken)
    for number, one in enumerate(settings.get("findings") or (), start=1):
        for language, counts in (one.get("counts") or {}).items():
            for expression in _EXPRESSION.findall(str(counts)):
                try:
                    parse_quantity(expression, codebook, spoken)
                except UserError as error:
                    facts = {"number": number, "where": language, "why": error}
                    problems.append(messages.text("findings_counts", spoken, **facts))
    if problems:
        raise UserError("\n".join(problems))


def _finding(one: Any, number: int, language: str, spoken: str) -> Finding:
    if not isinstance(one, Mapping):
        raise UserError(messages.text("findings_form", spoken))
    counts = one.get("counts") or {}
    unknown = [str(name) for name in one if name not in FIELDS]
    unknown += [str(name) for name in counts if name not in LANGUAGES] if isinstance(counts, Mapping) else ["counts"]
    if unknown or not _said(one, language):
        facts = {"number": number, "unknown": ", ".join(unknown) or "–"}
        raise UserError(messages.text("findings_entry", spoken, **facts))
    return Finding(_said(one, language), str(one.get("place") or ""), _said(counts, language))


def _said(texts: Mapping[str, Any], language: str) -> str:
    """The text in the language, or in the first other one that there is."""
    found = (texts.get(name) for name in (language, *LANGUAGES))
    return next((str(text).strip() for text in found if text), "")
