"""A study's folder: its settings, its codebook and its printed figures, read together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from analysis import claims as printed
from analysis import codebook as codebooks
from analysis import definitions, identity, language, messages, paths
from analysis.claims import Claim
from analysis.codebook import STATUS, Codebook
from analysis.errors import UserError
from analysis.text import decoded

SETTINGS = "study.yml"
"""Name of the settings in a study's folder."""

KEYS = (
    "title",
    "place",
    "status",
    "language",
    "publication",
    "cut_off_dates",
    "judgement",
    "findings",
    "reference",
    "reconstruction",
)
"""What the settings may say."""

PUBLISHED = "published.csv"
"""Name of the printed figures; only a study that has a printed article has them."""

DIFFERENCES = "differences.csv"
"""Name of the ledger of known differences between print and the coded sheet, with their explanations."""


@dataclass(frozen=True)
class Study:
    """What people wrote down about a study, apart from its coded cases.

    `status` says what the rows of its sheet are: original, reconstructed or fictitious. `claims` are its printed
    figures and `ledger` the known differences (claim id -> explanation); both are empty without a printed article.
    """

    name: str
    settings: Mapping[str, Any]
    codebook: Codebook
    claims: tuple[Claim, ...]
    ledger: Mapping[str, str]

    @property
    def status(self) -> str:
        """What its rows are; empty where the settings do not say."""
        return self.settings.get("status", "")


def read(name: str, problems: list[str] | None = None) -> Study:
    """The study of that name.

    With `problems`, what is wrong in its codebook and settings is added there, and the study is what can be read of
    them, so that its coded cases can be checked all the same.
    Raises UserError that says which of its files is missing or cannot be read, and without `problems` what is wrong.
    """
    paths.check_study(name)
    folder = paths.raw(name)
    own = folder / paths.CODEBOOK.name
    spoken = language.of(name)
    codebook, wrong = definitions.collect(paths.CODEBOOK, *([own] if own.exists() else []), language=spoken)
    found = [codebooks.listed(wrong, spoken)] if wrong else []
    settings = _settings(name, codebook, spoken, found)
    if problems is not None:
        problems += found
    elif found:
        raise UserError("\n".join(found))
    claims = printed.read(folder / PUBLISHED, codebook) if (folder / PUBLISHED).exists() else ()
    ledger = printed.read_ledger(folder / DIFFERENCES) if (folder / DIFFERENCES).exists() else {}
    return Study(name, settings, codebook, claims, ledger)


def _settings(name: str, codebook: Codebook, spoken: str, problems: list[str]) -> dict[str, Any]:
    """The settings that are right; what is wrong with others is added to the problems."""
    path = paths.raw(name) / SETTINGS
    try:
        written = decoded(path.read_bytes())
        settings = yaml.safe_load(written)
    except FileNotFoundError:
        raise UserError(messages.both("settings_missing", study=name)) from None
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        mark = getattr(error, "problem_mark", None)
        where = messages.text("settings_line", spoken, line=mark.line + 1) if mark else ""
        raise UserError(messages.text("settings_unreadable", spoken, study=name, where=where)) from None
    settings = settings if isinstance(settings, dict) else {}
    for key in settings.keys() - set(KEYS):
        nearest = messages.nearest(str(key), KEYS, spoken)
        facts = {"found": key, "allowed": ", ".join(KEYS), "nearest": nearest}
        problems.append(messages.text("settings_key", spoken, study=name, **facts))
    lines = [str(number) for number, line in enumerate(written.splitlines(), 1) if identity.find(line) == "number"]
    if lines:
        problems.append(messages.text("settings_identity", spoken, study=name, lines=", ".join(lines)))
    allowed = codebook.variable(STATUS).code_names()
    if settings.get("status") not in allowed:
        problems.append(messages.text("settings_status", spoken, study=name, allowed=", ".join(allowed)))
    return {key: value for key, value in settings.items() if key != "status" or value in allowed}
