"""A computed degree of collaboration: an operationalisation of our own, beside the judgement that a study states.

Nothing here is the authors'. The codebook lists *indicators*, each for one axis of the plane and each with conditions
on a file or an authority. The value of an indicator is the share of its conditions that hold, from 0 (the low end of
the axis) to 1 (the high end). What print leaves open of it is carried through as an interval. The place on an axis is
a weighted mean of its indicators. As no weights are given by anyone, all are looked at: the extremes over all of them,
and the share of all weightings in which something holds, every weighting of an axis being equally likely.

Those shares are exact. For weights that are uniform on the simplex, the mean of a function of the weighted sum is a
divided difference at the values of the indicators (Hermite and Genocchi; Curry and Schoenberg 1966), here in both axes
at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import factorial

import pandas as pd

from analysis.codebook import Codebook, Variable
from analysis.collaboration import AXES, Judgement, Region
from analysis.exploring import Within
from analysis.expressions import Answers, evaluate, is_coded, parse_quantity, variables
from analysis.rendering import Cell, Head, Row, StudyTable, in_sentence
from analysis.tables import rounded

KIND = "indicator"
"""Type of an indicator in the codebook: `block` names its axis, `definition` lists its conditions."""

ALL, MOST, HALF, FEW, NONE = "all", "most", "about_half", "few", "none"
"""Under how many weightings a conclusion stands, as codes of the scale `standing`."""

ABOUT_HALF = Fraction(1, 20)
"""How far from one half a share may be to be called about half."""


@dataclass(frozen=True)
class Indicator:
    """An indicator with its value: `low` to `high` over the data sets that print allows; both None if not coded.

    `rows` is the number of files or authorities it counts, `parts` that of its conditions.
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

    @property
    def coded(self) -> bool:
        return self.low is not None

    def without_a_row(self) -> Indicator:
        """The indicator with the interval that it has when any one row is left out."""
        if not self.coded or self.rows < 2:
            return self
        total, left = self.parts * self.rows, self.parts * (self.rows - 1)
        low = max(self.low * total - self.parts, 0) / left
        high = min(self.high * total, left) / left
        return Indicator(**{**vars(self), "low": Fraction(low), "high": Fraction(high)})


def indicators(
    units: Mapping[str, pd.DataFrame], codebook: Codebook, language: str, within: Within | None = None
) -> tuple[Indicator, ...]:
    """The codebook's indicators with their values, in its order.

    With `within` (see `exploring`) a value is the interval that print leaves; else it is counted from the rows.
    """
    found = []
    for row in codebook.frames[KIND].values():
        quantity = parse_quantity(f"answers({row.definition})", codebook)
        rows = units.get(quantity.unit, pd.DataFrame())
        coded = len(rows) > 0 and all(is_coded(rows, name) for name in variables(quantity))
        low, high = _share(quantity, units, within) if coded else (None, None)
        found.append(_indicator(row, language, low, high, len(rows), len(quantity.conditions)))
    return tuple(found)


def place(found: Iterable[Indicator]) -> Region | None:
    """The region of the place if all coded indicators of an axis weigh the same; None if an axis has none."""
    ends = []
    for axis in AXES:
        here = _on(found, axis)
        if not here:
            return None
        ends += [sum(one.low for one in here) / len(here), sum(one.high for one in here) / len(here)]
    return Region(*map(float, ends))


def reach(found: Iterable[Indicator]) -> Region | None:
    """The region that the place can be moved in by weights and by what print leaves open; None if an axis has none."""
    sides = [_on(found, axis) for axis in AXES]
    if not all(sides):
        return None
    ends = [end(getattr(one, name) for one in side) for side in sides for end, name in ((min, "low"), (max, "high"))]
    return Region(*map(float, ends))


def share_nearer_low(found: Sequence[Indicator]) -> tuple[Fraction, Fraction]:
    """The share of all weightings in which the place is nearer to the low corner than to the high one.

    Both ends of the interval that print leaves: smallest where every indicator is as high as it can be, and the other
    way round. Raises ValueError if an axis has no coded indicator.
    """
    sides = [_on(found, axis) for axis in AXES]
    shares = [
        share_of_sum_below(Fraction(1), *([getattr(one, end) for one in side] for side in sides))
        for end in ("high", "low")
    ]
    return shares[0], shares[1]


def share_within(found: Sequence[Indicator], axis: str, low: Fraction, high: Fraction) -> tuple[Fraction, Fraction]:
    """The share of all weightings in which the place on an axis lies from `low` up to `high`, as an interval.

    Its ends are safe: the share lies between them wherever the indicators lie in their intervals.
    """
    here = _on(found, axis)
    below = {
        (end, limit): share_of_sum_below(limit, [getattr(one, end) for one in here]) for end in ("low", "high")
        for limit in (low, high)
    }  # fmt: skip
    least = max(below["high", high] - below["low", low], Fraction(0))
    return least, below["low", high] - below["high", low]


def share_of_sum_below(limit: Fraction, *sides: Sequence[Fraction]) -> Fraction:
    """The share of weightings in which the weighted means of the sides' values add up to less than the limit.

    Each side has its own weights, which are positive and add up to 1; all of them are equally likely. Exact. Raises
    ValueError for a side without values.
    """
    if not all(sides):
        raise ValueError("a side has no values")
    degree = sum(len(side) - 1 for side in sides)

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


def standing(share: tuple[Fraction, Fraction]) -> tuple[str, str]:
    """Under how many weightings something stands: the words for both ends of its share, codes of `standing`."""
    return tuple(map(_word, share))


def _word(share: Fraction) -> str:
    if share in (0, 1):
        return ALL if share else NONE
    if abs(share - Fraction(1, 2)) <= ABOUT_HALF:
        return HALF
    return MOST if share > Fraction(1, 2) else FEW


def conclusions(found: Sequence[Indicator], codebook: Codebook, judgement: Judgement) -> pd.DataFrame:
    """What the study concludes of its place, and under how many of the weightings our indicators bear it out.

    One row a conclusion: `conclusion` (degree, horizontal, vertical), `low`, `high` (share of all weightings, in the
    interval that print leaves), `equal` (whether it holds with equal weights: yes, no, open), `leaving_out` (in how
    many of the runs that leave out one indicator the share stays on the same side of one half), `runs`, `without_row`
    (the same share when any one file or authority is left out), `standing` (words for both ends of the share).
    """
    tests = {"degree": _nearer(judgement)}
    tests |= {axis: _between(axis, codebook, getattr(judgement, axis)) for axis in AXES}
    rows = []
    for name, (share, holds) in tests.items():
        low, high = share(found)
        coded = [one for one in found if one.coded]
        others = [share([one for one in coded if one is not gone]) for gone in coded if _can_go(coded, gone)]
        same = sum(_side(other) == _side((low, high)) for other in others)
        jackknife = share([one.without_a_row() for one in found])
        rows.append((name, low, high, holds(place(found)), same, len(others), jackknife, standing((low, high))))
    columns = ["conclusion", "low", "high", "equal", "leaving_out", "runs", "without_row", "standing"]
    return pd.DataFrame(rows, columns=columns)


def _nearer(judgement: Judgement):
    low_end = judgement.nearer == judgement.between[0]

    def share(found):
        low, high = share_nearer_low(found)
        return (low, high) if low_end else (1 - high, 1 - low)

    def holds(region: Region) -> str:
        yes, no = region.lies_nearer_low_corner(), region.lies_nearer_high_corner()
        return _answer(*((yes, no) if low_end else (no, yes)))

    return share, holds


def _between(axis: str, codebook: Codebook, covered: tuple[str, str]):
    codes = codebook.frame("axis", axis).code_names()
    low = Fraction(codes.index(covered[0]), len(codes))
    high = Fraction(codes.index(covered[1]) + 1, len(codes))

    def holds(region: Region) -> str:
        ends = (region.left, region.right) if axis == AXES[0] else (region.bottom, region.top)
        return _answer(low <= ends[0] and ends[1] <= high, ends[1] < low or ends[0] > high)

    return lambda found: share_within(found, axis, low, high), holds


def _answer(yes: bool, no: bool) -> str:
    return "yes" if yes else "no" if no else "open"


def _side(share: tuple[Fraction, Fraction]) -> tuple[bool, bool]:
    return share[0] > Fraction(1, 2), share[1] > Fraction(1, 2)


def _can_go(coded: Sequence[Indicator], gone: Indicator) -> bool:
    return sum(one.axis == gone.axis for one in coded) > 1


def _on(found: Iterable[Indicator], axis: str) -> list[Indicator]:
    return [one for one in found if one.axis == axis and one.coded]


def _share(quantity: Answers, units: Mapping[str, pd.DataFrame], within: Within | None) -> tuple[Fraction, Fraction]:
    low, high = within(quantity) if within else [evaluate(quantity, units)] * 2
    total = len(units[quantity.unit]) * len(quantity.conditions)
    return Fraction(low) / total, Fraction(high) / total


def _indicator(row: Variable, language: str, low, high, rows: int, parts: int) -> Indicator:
    return Indicator(
        row.name, row.block, row.label[language], row.note[language], row.definition, low, high, rows, parts
    )


def indicators_table(found: Sequence[Indicator], codebook: Codebook, language: str) -> StudyTable:
    """The indicators for readers: a block an axis, and of each its share, what it counts, why, and what is missing."""
    rows = []
    for axis in AXES:
        rows.append(Row(codebook.frame("axis", axis).label[language], kind="block"))
        for one in (one for one in found if one.axis == axis):
            share = percent(one.low, one.high) if one.coded else codebook.phrase("not_counted", language)
            rows.append(Row(one.label, (Cell(share), Cell(one.note))))
    return StudyTable(
        name="indicators",
        number=codebook.phrase("indicators_number", language),
        title=codebook.phrase("indicators_title", language),
        head=(
            Head("", numeric=False),
            Head(codebook.phrase("column_share", language), "%"),
            Head(codebook.phrase("column_reason", language), numeric=False),
        ),
        rows=tuple(rows),
        notes=(codebook.phrase("degree_own", language),),
        language=language,
    )


def conclusions_table(
    found: Sequence[Indicator], codebook: Codebook, judgement: Judgement, language: str
) -> StudyTable:
    """The table of `conclusions` for readers."""
    words = {code.code: code.label[language] for code in codebook.frame("scale", "standing").codes}
    rows = []
    for row in conclusions(found, codebook, judgement).itertuples():
        standing_words = " – ".join(dict.fromkeys(words[code] for code in row.standing))
        cells = (
            percent(row.low, row.high),
            codebook.phrase(f"equal_{row.equal}", language),
            codebook.phrase("runs_of", language, same=str(row.leaving_out), runs=str(row.runs)),
            percent(*row.without_row),
            standing_words,
        )
        rows.append(Row(_conclusion(row.conclusion, codebook, judgement, language), tuple(map(Cell, cells))))
    columns = ("weightings", "equal", "leaving_out", "without_row", "standing")
    return StudyTable(
        name="conclusions",
        number=codebook.phrase("conclusions_number", language),
        title=codebook.phrase("conclusions_title", language),
        head=(
            Head("", numeric=False),
            *(Head(codebook.phrase(f"column_{name}", language), numeric=False) for name in columns),
        ),
        rows=tuple(rows),
        notes=tuple(codebook.phrase(name, language) for name in ("degree_own", "conclusions_note")),
        language=language,
    )


def percent(low: Fraction, high: Fraction) -> str:
    """A share or an interval of shares in whole hundredths; what is not quite none or all is not rounded to it."""
    return "–".join(dict.fromkeys(_hundredths(end) for end in (low, high)))


def _hundredths(share: Fraction) -> str:
    if 0 < share < Fraction(1, 100):
        return "<1"
    if Fraction(99, 100) < share < 1:
        return ">99"
    return str(rounded(share * 100, 0))


def _conclusion(name: str, codebook: Codebook, judgement: Judgement, language: str) -> str:
    if name == "degree":
        labels = {code.code: code.label[language] for code in codebook.frame("scale", "degree").codes}
        ends = {"nearer": labels[judgement.nearer], "farther": labels[judgement.farther]}
        return codebook.phrase("conclusion_degree", language, **ends)
    axis = codebook.frame("axis", name)
    labels = {code.code: in_sentence(code.label[language]) for code in axis.codes}
    low, high = (labels[code] for code in getattr(judgement, name))
    levels = low if low == high else codebook.phrase("range", language, low=low, high=high)
    return codebook.phrase("conclusion_axis", language, axis=axis.label[language], levels=levels)
