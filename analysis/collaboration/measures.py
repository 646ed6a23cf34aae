"""Where the field's own measures place a study: scales that a study may code, read by one stated rule.

The codebook lists each *measure* with the optional variable that holds it, the axis of the plane that it speaks of, and
its source. The rule is ours: the median of the coded rows (both middle ones, where they differ), each step of the scale
taking an equal share of the axis, from the low end to the high one. The scales are ordinal, so no mean is taken, and a
study's own judgement is never turned into a score.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from statistics import median_high, median_low

import pandas as pd

from analysis.counts.tables import rounded
from analysis.display.rendering import Cell, Head, Row, StudyTable, number
from analysis.study.codebook import Codebook

TYPE = "measure"
"""Type of a measure in the codebook: `block` names its axis, `definition` the variable that holds it."""


@dataclass(frozen=True)
class Placement:
    """Where a measure places a study: `low` to `high` are its middle steps, from 0; None if nobody coded it.

    `steps` is how many the scale has, `coded` of `rows` rows of the unit have one.
    """

    name: str
    unit: str
    rows: int
    coded: int
    steps: int
    low: int | None
    high: int | None

    @property
    def extent(self) -> tuple[Fraction, Fraction] | None:
        """The part of the axis that the middle steps take, from 0 to 1."""
        if self.low is None:
            return None
        return Fraction(self.low, self.steps), Fraction(self.high + 1, self.steps)


def placements(units: Mapping[str, pd.DataFrame], codebook: Codebook) -> tuple[Placement, ...]:
    """The codebook's measures, in its order, with what the units say of them."""
    found = []
    for row in codebook.frames[TYPE].values():
        variable = codebook.variable(row.definition)
        unit, codes = codebook.unit(variable.sheet), variable.code_names()
        rows = units.get(unit, pd.DataFrame())
        levels = [codes.index(value) for value in rows.get(variable.name, ()) if value in codes]
        middle = (median_low(levels), median_high(levels)) if levels else (None, None)
        found.append(Placement(row.name, unit, len(rows), len(levels), len(codes), *middle))
    return tuple(found)


def table(found: tuple[Placement, ...], codebook: Codebook, language: str) -> StudyTable:
    """The placements for readers, with the source of each measure and the rule."""
    rows = []
    for one in found:
        row = codebook.frame(TYPE, one.name)
        codes = codebook.variable(row.definition).codes
        unit = codebook.unit_name(one.unit, language)
        coded = codebook.phrase("criterion_count", language, number=str(one.coded), size=str(one.rows), unit=unit)
        middle = place = codebook.phrase("criterion_not_coded", language)
        if one.extent is not None:
            middle = " – ".join(dict.fromkeys(codes[step].label[language] for step in (one.low, one.high)))
            place = "–".join(number(rounded(end, 2), language) for end in one.extent)
        axis = codebook.frame("axis", row.block).label[language]
        rows.append(Row(row.label[language], tuple(map(Cell, (coded, middle, axis, place, row.note[language])))))
    heads = ("coded", "middle", "axis", "place", "source")
    return StudyTable(
        name="measures",
        number=codebook.phrase("measures_number", language),
        title=codebook.phrase("measures_title", language),
        head=(
            Head("", numeric=False),
            *(Head(codebook.phrase(f"measures_{name}", language), numeric=False) for name in heads),
        ),
        rows=tuple(rows),
        notes=(codebook.phrase("measures_rule", language),),
        language=language,
    )
