"""A study's folder: its settings, its codebook and its printed figures, read together."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import NoneType
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode

from analysis import identity, paths
from analysis.errors import UserError
from analysis.language import chosen, messages, textfiles
from analysis.language.textfiles import content, decoded, printable
from analysis.study import claims as printed
from analysis.study import codebook as codebooks
from analysis.study import definitions
from analysis.study.claims import Claim
from analysis.study.codebook import STATUS, Codebook

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

TEXTS = ("title", "place")
"""What stands on one line and is shown as it is."""

PARTS = {
    "cut_off_dates": ("first", "second"),
    "reference": ("authors", "journal", "year", "title", "volume", "pages", "doi", "licence", "source_of_reference"),
    "reconstruction": ("seed",),
}
"""What may stand below a name that has lines of its own."""

PUBLISHED = "published.csv"
"""Name of the printed figures; only a study that has a printed article has them."""

SETTINGS_LIMIT = 100_000
"""Bytes that the settings may have."""

_DEEPEST = 20

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
    spoken = chosen.of(name)
    codebook, wrong = definitions.collect(paths.CODEBOOK, *([own] if os.path.lexists(own) else []), language=spoken)
    found = [codebooks.listed(wrong, spoken)] if wrong else []
    settings = _settings(name, codebook, spoken, found)
    for file in (own, folder / PUBLISHED, folder / DIFFERENCES):
        if lines := _with_numbers_of_persons(file):
            facts = {"file": file.name, "study": name, "lines": ", ".join(map(str, lines))}
            found.append(messages.text("texts_identity", spoken, **facts))
    if problems is not None:
        problems += found
    elif found:
        raise UserError("\n".join(found))
    claims = printed.read(folder / PUBLISHED, codebook, spoken) if os.path.lexists(folder / PUBLISHED) else ()
    ledger = printed.read_ledger(folder / DIFFERENCES, spoken) if os.path.lexists(folder / DIFFERENCES) else {}
    return Study(name, settings, codebook, claims, ledger)


class _NotSaid(Exception):
    """Something that settings cannot hold: the key of the sentence, and its facts."""


class _Loader(yaml.SafeLoader):
    """YAML as settings need it: each name once, no references to other places, few levels."""

    depth = 0

    def compose_node(self, parent: Node | None, index: Any) -> Node:
        line = self.peek_event().start_mark.line + 1
        if self.check_event(yaml.AliasEvent):
            raise _NotSaid("settings_alias", {"line": line})
        if self.depth > _DEEPEST:
            raise _NotSaid("settings_deep", {"line": line})
        self.depth += 1
        node = super().compose_node(parent, index)
        self.depth -= 1
        if isinstance(node, MappingNode):
            lines: dict[str, int] = {}
            for name in (key for key, _ in node.value if isinstance(key, ScalarNode)):
                line = name.start_mark.line + 1
                if name.value in lines:
                    raise _NotSaid("settings_twice", {"line": line, "found": name.value, "first": lines[name.value]})
                lines[name.value] = line
        return node


def _clean(value: Any) -> Any:
    """The value with every text in it printable."""
    if isinstance(value, dict):
        return {_clean(key): _clean(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_clean(part) for part in value]
    return printable(value) if isinstance(value, str) else value


def _settings(name: str, codebook: Codebook, spoken: str, problems: list[str]) -> dict[str, Any]:
    """The settings that are right; what is wrong with others is added to the problems."""
    path = paths.raw(name) / SETTINGS
    try:
        written = decoded(content(path, SETTINGS_LIMIT))
        settings = _clean(yaml.load(written, _Loader))
    except FileNotFoundError:
        raise UserError(messages.both("settings_missing", study=name)) from None
    except _NotSaid as error:
        key, facts = error.args
        if identity.find(str(facts.get("found"))):
            facts["found"] = messages.text("masked", spoken)
        raise UserError(messages.text(key, spoken, study=name, **facts)) from None
    except (OSError, UnicodeError) as error:
        raise textfiles.refusal(path, error, spoken) from None
    except (ValueError, yaml.YAMLError) as error:
        mark = getattr(error, "problem_mark", None)
        where = messages.text("settings_line", spoken, line=mark.line + 1) if mark else ""
        raise UserError(messages.text("settings_unreadable", spoken, study=name, where=where)) from None
    if not isinstance(settings, dict):
        problems.append(messages.text("settings_lines", spoken, study=name))
        settings = {}
    problems += _misshapen(settings, name, spoken)
    for key in settings.keys() - set(KEYS):
        nearest = messages.nearest(str(key), KEYS, spoken)
        facts = {"found": key, "allowed": ", ".join(KEYS), "nearest": nearest}
        problems.append(messages.text("settings_key", spoken, study=name, **facts))
    if lines := _with_numbers_of_persons(path):
        facts = {"study": name, "lines": ", ".join(map(str, lines))}
        problems.append(messages.text("settings_identity", spoken, **facts))
    allowed = codebook.variable(STATUS).code_names()
    if settings.get("status") not in allowed:
        problems.append(messages.text("settings_status", spoken, study=name, allowed=", ".join(allowed)))
    texts = {key: str(settings[key]) for key in TEXTS if settings.get(key) is not None}
    return {key: value for key, value in (settings | texts).items() if key != "status" or value in allowed}


def _misshapen(settings: Mapping[str, Any], name: str, spoken: str) -> Iterator[str]:
    """What stands behind a name that takes another form; other modules look at the parts that they read."""
    for key in TEXTS:
        if not isinstance(settings.get(key), (str, int, float, date, NoneType)):
            yield messages.text("settings_text", spoken, study=name, name=key)
    for key, parts in PARTS.items():
        value = settings.get(key)
        if value is not None and not (isinstance(value, dict) and set(value) <= set(parts)):
            yield messages.text("settings_part", spoken, study=name, name=key, allowed=", ".join(parts))
    seed = settings.get("reconstruction")
    if seed is not None and not (isinstance(seed, dict) and type(seed.get("seed")) is int and seed["seed"] >= 0):
        yield messages.text("settings_seed", spoken, study=name)


def _with_numbers_of_persons(file: Path) -> list[int]:
    """The lines of a text that hold a number of a person, also one that goes over two lines."""
    try:
        text = decoded(content(file)) if file.is_file() else ""
    except (OSError, UnicodeDecodeError):  # told by what reads it
        return []
    lines = {number for number, line in enumerate(text.splitlines(), 1) if identity.find(line) == "number"}
    return sorted(lines | {number for number, kind in identity.in_file(text) if kind == "number"})
