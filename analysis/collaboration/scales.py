"""Kind and degree of collaboration as data: the scales, the plane, and the judgement that a study states on them.

The plane has two ordinal axes, horizontal contact between organisations and vertical integration within them, whose
levels the codebook lists. The first code of the scale `degree` is the corner where both axes begin, its last code the
corner where both end. A study states its judgement in words; `region` says which part of the plane the words cover,
with every level of an axis drawn equally wide. That width is a drawing, not a measurement.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from analysis.errors import UserError
from analysis.language import messages, text
from analysis.study.codebook import Codebook, Variable

AXES = ("horizontal", "vertical")
"""The axes of the plane, as the codebook names them."""


@dataclass(frozen=True)
class Judgement:
    """What a study says of its own material, in codes of the codebook.

    `kind` is a code of the scale of that name; `degree`, both ends of `between` and `nearer` are codes of the scale
    `degree`; `horizontal` and `vertical` are the first and the last level that the judgement covers on each axis.
    """

    kind: str
    degree: str
    between: tuple[str, str]
    nearer: str
    horizontal: tuple[str, str]
    vertical: tuple[str, str]

    @property
    def farther(self) -> str:
        """The end of `between` that the judgement is not nearer to."""
        return self.between[1] if self.nearer == self.between[0] else self.between[0]


@dataclass(frozen=True)
class Region:
    """A rectangle in the plane; 0 and 1 are the ends of both axes. For drawing and for nothing else."""

    left: float
    right: float
    bottom: float
    top: float

    def lies_nearer_low_corner(self) -> bool:
        """Whether every point of the rectangle is nearer to the corner (0, 0) than to the corner (1, 1)."""
        return self.right + self.top < 1

    def lies_nearer_high_corner(self) -> bool:
        """Whether every point of the rectangle is nearer to the corner (1, 1) than to the corner (0, 0)."""
        return self.left + self.bottom > 1


def judgement(settings: Mapping[str, Any], codebook: Codebook) -> Judgement | None:
    """The judgement that study.yml states, checked against the codebook; None if it states none.

    `settings` is study.yml as read. Raises UserError where a word is missing or unknown, or where the words contradict
    each other.
    """
    stated, language = settings.get("judgement"), text.stated(settings)
    if stated is None:
        return None
    if not isinstance(stated, Mapping):
        raise UserError(messages.text("judgement_form", language))
    found = Judgement(
        kind=_one(stated, "kind", codebook.frame("scale", "kind"), language),
        degree=_one(stated, "degree", codebook.frame("scale", "degree"), language),
        between=_range(stated, "between", codebook.frame("scale", "degree"), language),
        nearer=_one(stated, "nearer", codebook.frame("scale", "degree"), language),
        horizontal=_range(stated, "horizontal", codebook.frame("axis", "horizontal"), language),
        vertical=_range(stated, "vertical", codebook.frame("axis", "vertical"), language),
    )
    _check(found, codebook, language)
    return found


def region(judgement: Judgement, codebook: Codebook) -> Region:
    """The part of the plane that the judgement's words cover: its levels on one axis across its levels on the other."""
    left, right = _extent(codebook.frame("axis", "horizontal"), judgement.horizontal)
    bottom, top = _extent(codebook.frame("axis", "vertical"), judgement.vertical)
    return Region(left, right, bottom, top)


def levels(codebook: Codebook, axis: str, language: str) -> pd.DataFrame:
    """The levels of an axis from its low end: `code`, `label`, and the band `low` to `high` that each is drawn in."""
    codes = codebook.frame("axis", axis).codes
    rows = [
        (code.code, code.label[language], place / len(codes), (place + 1) / len(codes))
        for place, code in enumerate(codes)
    ]
    return pd.DataFrame(rows, columns=["code", "label", "low", "high"])


def ends(codebook: Codebook, language: str) -> pd.DataFrame:
    """Both corners of the plane: `code`, `label`, `note` (its meaning), `horizontal`, `vertical` (0 or 1)."""
    codes = codebook.frame("scale", "degree").codes
    rows = [
        (code.code, code.label[language], code.note[language], corner, corner)
        for code, corner in ((codes[0], 0), (codes[-1], 1))
    ]
    return pd.DataFrame(rows, columns=["code", "label", "note", *AXES])


def movements(codebook: Codebook, language: str) -> pd.DataFrame:
    """What movement in the plane means: `code`, `label`, `note`, `axis` (empty: along both)."""
    codes = codebook.frame("scale", "movement").codes
    rows = [(code.code, code.label[language], code.note[language], code.block) for code in codes]
    return pd.DataFrame(rows, columns=["code", "label", "note", "axis"])


def kinds(codebook: Codebook, judgement: Judgement | None, language: str) -> pd.DataFrame:
    """The models of collaboration from the simplest: `step` (from 1), `code`, `label`, `placed` (by the judgement)."""
    codes = codebook.frame("scale", "kind").codes
    rows = [
        (step, code.code, code.label[language], judgement is not None and code.code == judgement.kind)
        for step, code in enumerate(codes, start=1)
    ]
    return pd.DataFrame(rows, columns=["step", "code", "label", "placed"])


def sectors(codebook: Codebook, language: str) -> pd.DataFrame:
    """Who is responsible: one row an organisation: `sector`, `organisation`, `sector_label`, `organisation_label`."""
    rows = [
        (sector.code, organisation.code, sector.label[language], organisation.label[language])
        for sector in codebook.frame("scale", "sector").codes
        for organisation in codebook.frame("scale", "organisation").codes
        if organisation.block == sector.code
    ]
    return pd.DataFrame(rows, columns=["sector", "organisation", "sector_label", "organisation_label"])


def _one(stated: Mapping[str, Any], field: str, scale: Variable, language: str) -> str:
    value, allowed = stated.get(field), ", ".join(scale.code_names())
    if value is None:
        raise UserError(messages.text("judgement_missing", language, field=field, allowed=allowed))
    if value not in scale.code_names():
        raise UserError(messages.text("judgement_unknown", language, field=field, value=value, allowed=allowed))
    return value


def _range(stated: Mapping[str, Any], field: str, scale: Variable, language: str) -> tuple[str, str]:
    """First and last code of a list of one or two codes in the scale's order."""
    value = stated.get(field)
    listed = value if isinstance(value, list) else [value]
    codes = [_one({field: entry}, field, scale, language) for entry in listed]
    places = [scale.code_names().index(code) for code in codes]
    if len(codes) not in (1, 2) or places != sorted(places):
        allowed = ", ".join(scale.code_names())
        raise UserError(messages.text("judgement_range", language, field=field, value=value, allowed=allowed))
    return codes[0], codes[-1]


def _check(found: Judgement, codebook: Codebook, language: str) -> None:
    low, high = found.between
    order = codebook.frame("scale", "degree").code_names()
    if not order.index(low) < order.index(found.degree) < order.index(high):
        raise UserError(messages.text("judgement_between", language, degree=found.degree, low=low, high=high))
    if found.nearer not in found.between:
        raise UserError(messages.text("judgement_nearer", language, nearer=found.nearer, low=low, high=high))
    if found.between != (order[0], order[-1]):
        return
    covered = region(found, codebook)
    agrees = covered.lies_nearer_low_corner() if found.nearer == low else covered.lies_nearer_high_corner()
    if not agrees:
        raise UserError(messages.text("judgement_levels", language, nearer=found.nearer))


def _extent(axis: Variable, covered: tuple[str, str]) -> tuple[float, float]:
    first, last = (axis.code_names().index(code) for code in covered)
    return first / len(axis.codes), (last + 1) / len(axis.codes)
