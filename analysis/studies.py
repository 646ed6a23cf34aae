"""A study's folder: its settings, its codebook and its printed figures, read together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from analysis import claims as printed
from analysis import codebook as codebooks
from analysis import language, messages, paths
from analysis.claims import Claim
from analysis.codebook import STATUS, Codebook
from analysis.errors import UserError

SETTINGS = "study.yml"
"""Name of the settings in a study's folder."""

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
        return self.settings["status"]


def read(name: str) -> Study:
    """The study of that name. Raises UserError that says which of its files is missing or cannot be read."""
    paths.check_study(name)
    folder = paths.raw(name)
    own = folder / paths.CODEBOOK.name
    spoken = language.of(name)
    codebook = codebooks.read(paths.CODEBOOK, *([own] if own.exists() else []), language=spoken)
    settings = _settings(name, codebook, spoken)
    claims = printed.read(folder / PUBLISHED, codebook) if (folder / PUBLISHED).exists() else ()
    ledger = printed.read_ledger(folder / DIFFERENCES) if (folder / DIFFERENCES).exists() else {}
    return Study(name, settings, codebook, claims, ledger)


def _settings(name: str, codebook: Codebook, spoken: str) -> dict[str, Any]:
    path = paths.raw(name) / SETTINGS
    try:
        settings = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UserError(messages.both("settings_missing", study=name)) from None
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        mark = getattr(error, "problem_mark", None)
        where = messages.text("settings_line", spoken, line=mark.line + 1) if mark else ""
        raise UserError(messages.text("settings_unreadable", spoken, study=name, where=where)) from None
    allowed = codebook.variable(STATUS).code_names()
    if not isinstance(settings, dict) or settings.get("status") not in allowed:
        raise UserError(messages.text("settings_status", spoken, study=name, allowed=", ".join(allowed)))
    return settings
