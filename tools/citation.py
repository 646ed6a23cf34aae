"""CITATION.cff: what it states, and what of it has not the form that its format asks for.

Source: Citation File Format 1.2.0, schema guide. Fields and their forms are checked here; whatever lies deeper, such as
the many fields of a reference, is left to the format's own validator, which the build server runs.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

import yaml

from analysis import paths
from analysis.errors import UserError

NAME = "CITATION.cff"


def read() -> dict:
    """CITATION.cff as a dict. Raises UserError if it cannot be read."""
    try:
        found = yaml.safe_load((paths.ROOT / NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError):  # a date that no calendar has is a ValueError
        found = None
    if not isinstance(found, dict):
        raise UserError(f"{NAME} is missing or cannot be read. `git checkout {NAME}` brings it back.")
    return found


def problems(stated: dict) -> list[str]:
    """What is missing, unknown to the format or not of its form, each in one line."""
    found = [f"{NAME} lacks {name}" for name in _NEEDS if name not in stated]
    for name, value in stated.items():
        has_form, form = _FORMS.get(name, (None, ""))
        if has_form is None:
            found.append(f"{NAME} has {name}, which its format does not know")
        elif not has_form(value):
            found.append(f"{NAME} has {name}: {value}; it is to be {form}")
    return found


def is_text(value: object) -> bool:
    """Whether it is a text that is not empty."""
    return isinstance(value, str) and bool(value.strip())


def every(form: Callable[[object], bool]) -> Callable[[object], bool]:
    """Whether it is a list of at least one, all of that form."""
    return lambda value: isinstance(value, list) and bool(value) and all(map(form, value))


def _is_day(value) -> bool:
    """Whether it is a day as YYYY-MM-DD, which YAML may have read as a date."""
    try:
        return re.fullmatch(r"\d{4}-\d\d-\d\d", str(value)) is not None and bool(date.fromisoformat(str(value)))
    except ValueError:
        return False


def _is_address(value) -> bool:
    return is_text(value) and re.fullmatch(r"(https|http|ftp|sftp)://\S+", value) is not None


def _is_doi(value) -> bool:
    return is_text(value) and re.fullmatch(r"10\.\d{4,9}(\.\d+)?/[A-Za-z0-9:/_;\-.()\[\]\\]+", value) is not None


def _is_version(value) -> bool:
    return is_text(value) or type(value) in (int, float)


def _is_author(value) -> bool:
    """Whether it is a person or a body with a name, and states nothing else than the format knows."""
    if not isinstance(value, dict) or not {"name", "family-names", "given-names", "alias"} & value.keys():
        return False
    known = _BODY if "name" in value else _PERSON
    return value.keys() <= known and all(_AUTHOR_FORMS.get(key, is_text)(said) for key, said in value.items())


def _is_reference(value) -> bool:
    return (
        isinstance(value, dict)
        and is_text(value.get("title"))
        and is_text(value.get("type"))
        and every(_is_author)(value.get("authors"))
    )


def _is_identifier(value) -> bool:
    forms = {"doi": _is_doi, "url": _is_address, "swh": is_text, "other": is_text}
    kind = value.get("type") if isinstance(value, dict) else None
    return is_text(kind) and kind in forms and forms[kind](value.get("value"))


_PLACE = {"alias", "address", "city", "region", "post-code", "country", "orcid", "email", "tel", "fax", "website"}
_PERSON = _PLACE | {"family-names", "given-names", "name-particle", "name-suffix", "affiliation"}
_BODY = _PLACE | {"name", "date-start", "date-end", "location"}
_AUTHOR_FORMS = {"post-code": _is_version, "date-start": _is_day, "date-end": _is_day}

_NEEDS = ("cff-version", "message", "title", "authors")
_FORMS: dict[str, tuple[Callable[[object], bool], str]] = {
    "cff-version": (("1.2.0",).__contains__, "1.2.0"),
    "type": (("software", "dataset").__contains__, "software or dataset"),
    "date-released": (_is_day, "a day as YYYY-MM-DD"),
    "doi": (_is_doi, "a DOI such as 10.5281/zenodo.1003150"),
    "version": (_is_version, "a text or number"),
    "license": (lambda value: is_text(value) or every(is_text)(value), "an identifier of SPDX, or several"),
    "authors": (every(_is_author), "a list of people or bodies with their names"),
    "contact": (every(_is_author), "a list of people or bodies with their names"),
    "keywords": (every(is_text), "a list of texts"),
    "identifiers": (every(_is_identifier), "a list, each with a type (doi, url, swh, other) and its value"),
    "references": (every(_is_reference), "a list, each with type, title and authors"),
    "preferred-citation": (_is_reference, "type, title and authors"),
    **dict.fromkeys(("message", "title", "abstract", "commit"), (is_text, "a text")),
    **dict.fromkeys(
        ("license-url", "repository", "repository-artifact", "repository-code", "url"), (_is_address, "a web address")
    ),
}
"""Of each field that the format knows: whether a value has its form, and that form in words."""
