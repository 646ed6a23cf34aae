"""A computed degree of collaboration: an operationalisation of our own, beside the judgement that a study states.

Nothing here is the authors'. The codebook lists *indicators*, each for one axis of the plane and each with conditions
on a file or an authority. The value of an indicator is the share of its conditions that hold, from 0 (the low end of
the axis) to 1 (the high end). What print, or a cell that is blank or not documented, leaves open of it is carried
through as an interval. The place on an axis is a weighted mean of its indicators. As no weights are given by anyone,
all are looked at: the extremes over all of them, and the share of all weightings in which something holds, every
weighting of an axis being equally likely.

Those shares are exact. For weights that are uniform on the simplex, the mean of a function of the weighted sum is a
divided difference at the values of the indicators (Hermite and Genocchi; Curry and Schoenberg 1966), here in both axes
at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache
from math import factorial

import pandas as pd

from analysis.collaboration.scales import AXES, Region
from analysis.counts import gaps
from analysis.counts.tables import rounded
from analysis.display.rendering import Cell, Head, Row, StudyTable, number
from analysis.explore.exploring import FILES, NONE, Within
from analysis.printed.reconstruction import STATUS as RECONSTRUCTED
from analysis.printed.sample import Sample
from analysis.study.codebook import Codebook, Variable
from analysis.study.expressions import Answers, AtLeast, Condition, Count, Not, is_coded, parse_quantity, variables

KIND = "indicator"
"""Type of an indicator in the codebook: `block` names its axis, `definition` lists its conditions."""


@dataclass(frozen=True)
class Indicator:
    """An indicator with its value: `low` to `high` over all that gaps and print leave open; both None if not coded.

    `rows` is the number of files or authorities it counts, `parts` that of its conditions. `alike` is the name of the
    first of several indicators that tell one fact (see `with_alike`), empty for all others.
    """

    name: str
    axis: str
    label: str
    note: str
    definition: str
    low: Fraction | None
    high: Fraction | None
    rows: int
    parts: int
    alike: str = ""

    @property
    def coded(self) -> bool:
        return self.low is not None


def indicators(
    units: Mapping[str, pd.DataFrame], codebook: Codebook, language: str, within: Within | None = None
) -> tuple[Indicator, ...]:
    """The codebook's indicators with their values, in its order.

    A value is the interval that gaps in the rows leave (see `gaps`), and with `within` (see `exploring`) print too.
    """
    found = []
    for row in codebook.frames[KIND].values():
        quantity = parse_quantity(f"answers({row.definition})", codebook)
        rows = units.get(quantity.unit, pd.DataFrame())
        coded = len(rows) > 0 and all(is_coded(rows, name) for name in variables(quantity))
        low, high = _share(quantity, units, within) if coded else (None, None)
        found.append(_indicator(row, language, low, high, len(rows), len(quantity.conditions)))
    return tuple(found)


def with_alike(
    found: Iterable[Indicator], units: Mapping[str, pd.DataFrame], codebook: Codebook, within: Within | None = None
) -> tuple[Indicator, ...]:
    """The indicators, with those marked that tell one fact: with equal weights they count it several times.

    Indicators of one axis and one condition each tell one fact if they hold in some files or authorities and not in
    all, and in the same ones wherever both are documented. With `within` (see `exploring`), if print has one hold
    wherever another does, and no file or authority in which they must differ.
    """
    groups: list[list[Indicator]] = []
    for one in found:
        home = next((group for group in groups if _tell_one_fact([*group, one], units, codebook, within)), None)
        home.append(one) if home else groups.append([one])
    first = {one.name: group[0].name for group in groups if len(group) > 1 for one in group}
    return tuple(replace(one, alike=first.get(one.name, "")) for one in found)


def _tell_one_fact(
    group: Sequence[Indicator], units: Mapping[str, pd.DataFrame], codebook: Codebook, within: Within | None
) -> bool:
    *others, last = group
    if not all(one.coded and one.parts == 1 and one.low > 0 and one.axis == last.axis for one in group):
        return False
    if all(one.high == 1 for one in group) or any(one.low > last.high or last.low > one.high for one in others):
        return False
    quantities = [parse_quantity(f"answers({one.definition})", codebook) for one in group]
    unit, conditions = quantities[-1].unit, [quantity.conditions[0] for quantity in quantities]
    if any(quantity.unit != unit for quantity in quantities):
        return False
    *before, mine = conditions

    def ends(*parts: Condition) -> tuple[Fraction, Fraction]:
        return gaps.documented(Count(unit, gaps.certainly(AtLeast(len(parts), parts))), units, within)

    differ = AtLeast(1, tuple(AtLeast(2, two) for one in before for two in ((one, Not(mine)), (Not(one), mine))))
    nested = any(ends(one, Not(mine))[1] == 0 or ends(Not(one), mine)[1] == 0 for one in before)
    return nested and any(ends(one, mine)[0] for one in before) and ends(differ)[0] == 0


def once(found: Iterable[Indicator]) -> tuple[Indicator, ...]:
    """The indicators with those that tell one fact counted as one, whose value is their mean."""
    merged: dict[str, list[Indicator]] = {}
    for one in found:
        merged.setdefault(one.alike or one.name, []).append(one)
    return tuple(
        replace(group[0], low=_mean(one.low for one in group), high=_mean(one.high for one in group), alike="")
        if len(group) > 1
        else group[0]
        for group in merged.values()
    )


def to_frame(found: Iterable[Indicator]) -> pd.DataFrame:
    """The values of indicators as they are stored: `indicator`, `low`, `high` (fractions, empty where not coded),
    `rows`, `parts`, `alike`."""
    rows = [(one.name, *("" if end is None else str(end) for end in (one.low, one.high)), one.rows, one.parts,
             one.alike) for one in found]  # fmt: skip
    return pd.DataFrame(rows, columns=["indicator", "low", "high", "rows", "parts", "alike"])


def from_frame(stored: pd.DataFrame, codebook: Codebook, language: str) -> tuple[Indicator, ...]:
    """The indicators that `to_frame` was given, from what it returned or from the same as text."""
    found = []
    for row in stored.itertuples():
        ends = (Fraction(end) if end else None for end in (row.low, row.high))
        one = _indicator(codebook.frame(KIND, row.indicator), language, *ends, int(row.rows), int(row.parts))
        found.append(replace(one, alike=row.alike))
    return tuple(found)


def on_axis(found: Iterable[Indicator], axis: str) -> tuple[Fraction, Fraction] | tuple[()]:
    """The place on one axis with equal weights, from its low to its high end; empty without a coded indicator."""
    here = _on(found, axis)
    return (_mean(one.low for one in here), _mean(one.high for one in here)) if here else ()


def place(found: Sequence[Indicator]) -> Region | None:
    """The region of the place if all coded indicators of an axis weigh the same; None if an axis has none."""
    sides = [on_axis(found, axis) for axis in AXES]
    return Region(*(float(end) for side in sides for end in side)) if all(sides) else None


def reach(found: Sequence[Indicator]) -> Region | None:
    """The region that the place can be moved in by weights, gaps and print; None if an axis has none."""
    sides = [_on(found, axis) for axis in AXES]
    if not all(sides):
        return None
    ends = [end(getattr(one, name) for one in side) for side in sides for end, name in ((min, "low"), (max, "high"))]
    return Region(*map(float, ends))


def share_nearer_low(found: Sequence[Indicator]) -> tuple[Fraction, Fraction]:
    """The share of all weightings in which the place is nearer to the low corner than to the high one.

    An interval that holds the share for all that gaps and print leave open: smallest if every indicator is as high as
    it can be, and the other way round. Its ends are reached only where all indicators can be at their ends together.
    Raises ValueError if an axis has no coded indicator.
    """
    sides = [_on(found, axis) for axis in AXES]
    shares = [
        share_of_sum_below(Fraction(1), *([getattr(one, end) for one in side] for side in sides))
        for end in ("high", "low")
    ]
    return shares[0], shares[1]


def share_of_sum_below(limit: Fraction, *sides: Sequence[Fraction]) -> Fraction:
    """The share of weightings in which the weighted means of the sides' values add up to less than the limit.

    Each side has its own weights, which are positive and add up to 1; all of them are equally likely. Exact. Raises
    ValueError for a side without values.
    """
    if not all(sides):
        raise ValueError("a side has no values")
    return _share_below(limit, tuple(tuple(sorted(side)) for side in sides))


@cache
def _share_below(limit: Fraction, sides: tuple[tuple[Fraction, ...], ...]) -> Fraction:
    degree = sum(len(side) - 1 for side in sides)

    @cache
    def power(total: Fraction, order: int) -> Fraction:
        """The truncated power (total - limit)+^degree / degree!, differentiated so often."""
        left = degree - order
        above = total - limit
        return above**left / factorial(left) if above > 0 or (above == 0 and left == 0) else Fraction(0)

    def nested(rest: Sequence[Sequence[Fraction]], total: Fraction, order: int) -> Fraction:
        if not rest:
            return power(total, order)
        first, *others = rest
        value = _divided_difference(first, lambda knot, more: nested(others, total + knot, order + more))
        return value * factorial(len(first) - 1)

    return 1 - nested(sides, Fraction(0), 0)


def _divided_difference(knots: Sequence[Fraction], derivative: Callable[[Fraction, int], Fraction]) -> Fraction:
    """The divided difference at the knots, which may repeat, of a function given by its derivatives."""
    knots = sorted(knots)
    table = [derivative(knot, 0) for knot in knots]
    for step in range(1, len(knots)):
        table = [
            derivative(knots[start], step) / factorial(step)
            if knots[start] == knots[start + step]
            else (table[start + 1] - table[start]) / (knots[start + step] - knots[start])
            for start in range(len(knots) - step)
        ]
    return table[0]


def without_each(units: Mapping[str, pd.DataFrame]) -> Iterable[tuple[str, str, Mapping[str, pd.DataFrame]]]:
    """The units without one row: for each row of each unit that has several, the unit, its id, and all others."""
    for unit, rows in units.items():
        for row in rows.index if len(rows) > 1 else ():
            yield unit, str(rows.iloc[:, 0][row]), {**units, unit: rows.drop(index=row)}


def over(drawn: Sample, found: Sequence[Indicator], codebook: Codebook) -> list[tuple[Indicator, ...]]:
    """The coded indicators in each data set of a sample."""
    values = []
    for one in (one for one in found if one.coded):
        quantity, total = parse_quantity(f"answers({one.definition})", codebook), one.rows * one.parts
        least, most = (drawn.over(quantity, end) for end in ("surely", "possibly"))
        values.append([
            replace(one, low=low / total, high=high / total, alike="") for low, high in zip(least, most, strict=True)
        ])  # fmt: skip
    return list(zip(*values, strict=True))


def _on(found: Iterable[Indicator], axis: str) -> list[Indicator]:
    return [one for one in found if one.axis == axis and one.coded]


def _share(quantity: Answers, units: Mapping[str, pd.DataFrame], within: Within | None) -> tuple[Fraction, Fraction]:
    total = len(units[quantity.unit]) * len(quantity.conditions)
    low, high = (end / total for end in gaps.ends(quantity, units, within))
    return low, high


def _indicator(row: Variable, language: str, low, high, rows: int, parts: int) -> Indicator:
    return Indicator(
        row.name, row.block, row.label[language], row.note[language], row.definition, low, high, rows, parts
    )


def indicators_table(
    found: Sequence[Indicator], codebook: Codebook, language: str, *, brief: bool = False
) -> StudyTable:
    """The indicators for readers: a block an axis, and of each its share, what it counts, why, and what is missing.

    In `brief`, for a report, what it counts is left out.
    """
    heads = ("indicators_counts", "column_coded_variables", "column_reason")[2 if brief else 0 :]
    rows = []
    for axis in AXES:
        rows.append(Row(codebook.frame("axis", axis).label[language], kind="block"))
        for one in (one for one in found if one.axis == axis):
            share = percent(one.low, one.high) if one.coded else codebook.phrase("not_counted", language)
            coded = ", ".join(variables(parse_quantity(f"answers({one.definition})", codebook)))
            texts = (_counts(one, codebook, language), coded, one.note)[2 if brief else 0 :]
            rows.append(Row(one.label, tuple(map(Cell, (share, *texts)))))
    return StudyTable(
        name="indicators",
        number=codebook.phrase("indicators_number", language),
        title=codebook.phrase("indicators_title", language),
        head=(
            Head("", numeric=False),
            Head(codebook.phrase("column_share", language), "%"),
            *(Head(codebook.phrase(name, language), numeric=False) for name in heads),
        ),
        rows=tuple(rows),
        notes=(
            codebook.phrase("indicators_direction", language),
            *_alike_told(found, codebook, language),
            codebook.phrase("degree_own", language),
        ),
        language=language,
    )


def _alike_told(found: Sequence[Indicator], codebook: Codebook, language: str) -> Iterable[str]:
    """Which indicators tell one fact, a sentence a group."""
    for name in dict.fromkeys(one.alike for one in found if one.alike):
        group = [one for one in found if one.alike == name]
        unit = codebook.unit_name(parse_quantity(f"answers({group[0].definition})", codebook).unit, language)
        yield codebook.phrase("indicators_alike", language, unit=unit, labels="; ".join(one.label for one in group))


def _counts(one: Indicator, codebook: Codebook, language: str) -> str:
    """What the share of an indicator is a share of."""
    unit = codebook.unit_name(parse_quantity(f"answers({one.definition})", codebook).unit, language)
    name = "indicators_of_rows" if one.parts == 1 else "indicators_of_answers"
    return codebook.phrase(name, language, unit=unit, rows=str(one.rows), parts=str(one.parts))


def authorities_table(
    units: Mapping[str, pd.DataFrame], codebook: Codebook, language: str, status: str
) -> StudyTable | None:
    """The place of each authority, from its own row and its own files, and how far one file moves it; for readers.

    None where no file names an authority that has a row, and of reconstructed rows (`status`): print says hardly
    anything of one authority.
    """
    if status == RECONSTRUCTED:
        return None
    refs = [v for v in codebook.variables.values() if v.type == "ref" and is_coded(units[FILES], v.name)]
    if not refs or not len(units.get(refs[0].definition, ())):
        return None
    files, ref, unit = units[FILES], refs[0], refs[0].definition
    low_end = codebook.frame("scale", "degree").codes[0].label[language]
    rows = []
    for name, row in units[unit].groupby(units[unit].columns[0], sort=False):
        own = {FILES: files[files[ref.name] == name], unit: row}
        found = indicators(own, codebook, language)
        others = [indicators(left, codebook, language) for *_, left in without_each({FILES: own[FILES]})]
        contact, support = AXES
        near = percent(*share_nearer_low(found)) if all(_on(found, axis) for axis in AXES) else NONE
        ends = [on_axis(one, contact) for one in others]
        moved = (min(low for low, _ in ends), max(high for _, high in ends)) if all(ends) and ends else ()
        cells = (str(len(own[FILES])), _at(*on_axis(found, contact), language=language), _at(*moved, language=language),
                 _at(*on_axis(found, support), language=language), near)  # fmt: skip
        rows.append(Row(str(name), tuple(map(Cell, cells))))
    labels = {axis: codebook.frame("axis", axis).label[language] for axis in AXES}
    heads = (
        codebook.phrase("heading_files", language), labels[AXES[0]],
        codebook.phrase("authorities_left_out", language, axis=labels[AXES[0]]), labels[AXES[1]],
        codebook.phrase("authorities_nearer", language, nearer=low_end),
    )  # fmt: skip
    return StudyTable(
        name="authorities",
        number=codebook.phrase("authorities_number", language),
        title=codebook.phrase("authorities_title", language),
        head=(Head(ref.label[language]), *(Head(head) for head in heads)),
        rows=tuple(rows),
        notes=(codebook.phrase("authorities_note", language), codebook.phrase("degree_own", language)),
        language=language,
    )


def _mean(values: Iterable[Fraction]) -> Fraction:
    listed = list(values)
    return sum(listed, Fraction(0)) / len(listed)


def _at(*ends: Fraction, language: str) -> str:
    return "–".join(dict.fromkeys(number(rounded(end, 2), language) for end in ends)) or NONE


def percent(low: Fraction, high: Fraction) -> str:
    """A share or an interval of shares in whole hundredths; what is not quite none or all is not rounded to it."""
    return "–".join(dict.fromkeys(_hundredths(end) for end in (low, high)))


def _hundredths(share: Fraction) -> str:
    if 0 < share < Fraction(1, 100):
        return "<1"
    if Fraction(99, 100) < share < 1:
        return ">99"
    return str(rounded(share * 100, 0))
