"""What a study concludes of kind and degree, and how firmly our indicators and criteria bear it out.

Nobody says how much an indicator should weigh, so the conclusion on the degree is tested under all weightings at once,
and once more with indicators that tell one fact counted as one. It *stands* in a run if it holds under more than half
of the weightings. The runs leave out one indicator, or one file or authority, or take another of the data sets that
print allows. A conclusion on the kind has no weights: it stands where the criteria decide for the same model.

What a study says of one axis is not tested. Its words are levels without widths, so a share can be set beside them only
by saying how wide they would have to be.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import pandas as pd

from analysis.collaboration import degree
from analysis.collaboration import kind as kinds
from analysis.collaboration.degree import (
    Indicator,
    on_axis,
    once,
    over,
    percent,
    share_nearer_low,
    with_alike,
    without_each,
)
from analysis.collaboration.degree import indicators as indicators_of
from analysis.collaboration.kind import Criterion
from analysis.collaboration.scales import AXES, Judgement
from analysis.counts import tables
from analysis.counts.tables import rounded
from analysis.display.rendering import Cell, Head, Row, StudyTable, number
from analysis.explore.exploring import Within
from analysis.language.text import in_sentence
from analysis.printed.sample import Sample
from analysis.study.codebook import Codebook

COLUMNS = ("conclusion", "test", "low", "high", "runs", "standing_low", "standing_high")
"""Columns of conclusions.csv."""

WEIGHTS, ONCE, INDICATORS, ROWS, DATA_SETS = TESTS = ("weights", "once", "indicators", "rows", "data_sets")
"""What is varied in a test, as the codebook's phrases `test_...` name it."""

PLACE = "place"
"""Stands in the column of tests where there is none: the place on an axis, with equal weights."""

ALL, MOST, HALF, FEW, NONE = "all", "most", "about_half", "few", "none"
"""Under how many weightings, or in how many runs, a conclusion stands: codes of the scale `standing`."""

ABOUT_HALF = Fraction(1, 20)
"""How far from one half a share may be to be called about half."""

Share = tuple[Fraction, Fraction]
"""A share of all weightings, as the interval that print leaves."""


@dataclass(frozen=True)
class Run:
    """The indicators and criteria as they are in one run; `name` says which row or indicator is left out, or which
    data set is taken, `unit` of which unit the row is."""

    name: str
    indicators: tuple[Indicator, ...]
    criteria: tuple[Criterion, ...]
    unit: str = ""


def run(units: Mapping[str, pd.DataFrame], codebook: Codebook, language: str, within: Within | None = None) -> Run:
    """Indicators and criteria of the units, as the intervals that gaps leave; with `within` (see `exploring`) print
    too."""
    found = indicators_of(units, codebook, language, within)
    return Run("", with_alike(found, units, codebook, within), kinds.criteria(units, codebook, language, within))


def reruns(
    found: Run,
    units: Mapping[str, pd.DataFrame],
    drawn: Sample | None,
    codebook: Codebook,
    language: str,
) -> dict[str, list[Run]]:
    """The runs of each test but that of weights: the indicators that tell one fact counted as one, if there are any;
    every coded indicator left out that is not the only one of its axis; every row of the units left out; every data
    set of the sample."""
    coded = [one for one in found.indicators if one.coded]
    others = [gone for gone in coded if sum(one.axis == gone.axis for one in coded) > 1]
    sets = over(drawn, found.indicators, codebook) if drawn else []
    criteria = [kinds.criteria(member, codebook, language) for member in drawn.members] if drawn else []
    fewer = once(found.indicators)
    return {
        ONCE: [Run(ONCE, fewer, found.criteria)] if len(fewer) < len(found.indicators) else [],
        INDICATORS: [Run(out.name, tuple(one for one in coded if one is not out), found.criteria) for out in others],
        ROWS: [
            Run(name, indicators_of(left, codebook, language), kinds.criteria(left, codebook, language), unit)
            for unit, name, left in without_each(units)
        ],
        DATA_SETS: [Run(str(n), *both) for n, both in enumerate(zip(sets, criteria, strict=True), start=1)],
    }


def conclusions(found: Run, runs: Mapping[str, Sequence[Run]], judgement: Judgement | None) -> pd.DataFrame:
    """How firmly the conclusions on degree and kind stand in each test, and the place on each axis, with COLUMNS.

    `low` to `high` are the share of weightings, or the number of `runs` in which it stands, at the least and at the
    most where gaps or print leave that open; `standing_low` and `standing_high` are the words for both ends, codes of
    `standing`. Counted are the runs that can touch the conclusion: leaving out an authority cannot change a kind that
    is read off the files. A test without such runs has no row, nor has a degree without a coded indicator on each axis
    or a kind whose criterion nobody coded. For each axis, `place` is the place on it with equal weights, from 0 to 1.
    Empty without a judgement.
    """
    rows: list[tuple] = []
    if judgement is None:
        return pd.DataFrame(columns=list(COLUMNS))
    if _has_degree(found):
        for test, one in ((WEIGHTS, found), *((ONCE, one) for one in runs[ONCE])):
            low, high = _share(one, judgement)
            rows.append(("degree", test, _stored(low), _stored(high), "", standing(low), standing(high)))
        for test in (INDICATORS, ROWS, DATA_SETS):
            rows += _counted("degree", test, [_stands(one, judgement) for one in runs[test]])
    for axis in AXES:
        if place := on_axis(found.indicators, axis):
            rows.append((axis, PLACE, *map(_stored, place), "", "", ""))
    (mine,) = (one for one in found.criteria if one.kind == judgement.kind)
    if mine.low is not None:
        own = {ROWS: [one for one in runs[ROWS] if one.unit == mine.unit], DATA_SETS: runs[DATA_SETS]}
        for test, several in own.items():
            rows += _counted("kind", test, [kinds.is_borne_out(one.criteria, judgement.kind) for one in several])
    return pd.DataFrame(rows, columns=list(COLUMNS), dtype=object)


def _counted(name: str, test: str, stands: Sequence[bool | None]) -> Iterable[tuple]:
    if stands:
        low, high = stands.count(True), len(stands) - stands.count(False)
        words = (standing(Fraction(number, len(stands))) for number in (low, high))
        yield (name, test, low, high, len(stands), *words)


def _stored(share: Fraction) -> float:
    return float(f"{float(share):.6g}")


def _has_degree(one: Run) -> bool:
    return all(on_axis(one.indicators, axis) for axis in AXES)


def _share(one: Run, judgement: Judgement) -> Share:
    """The share of weightings under which indicators bear out the conclusion on the degree."""
    low, high = share_nearer_low(one.indicators)
    return (low, high) if judgement.nearer == judgement.between[0] else (1 - high, 1 - low)


def _stands(one: Run, judgement: Judgement) -> bool | None:
    """Whether it holds under more than half of all weightings; None where gaps or print leave that open."""
    if not _has_degree(one):
        return None
    low, high = (end > Fraction(1, 2) for end in _share(one, judgement))
    return low if low == high else None


def standing(share: Fraction) -> str:
    """The word for a share: all, most, about half, few or none, as a code of the scale `standing`."""
    if share in (0, 1):
        return ALL if share else NONE
    if abs(share - Fraction(1, 2)) <= ABOUT_HALF:
        return HALF
    return MOST if share > Fraction(1, 2) else FEW


def write(stand: pd.DataFrame, found: Run, folder: Path) -> list[Path]:
    """Write what `conclusions` returned, the indicators and the criteria into the folder; returns their paths."""
    indicators, kind = degree.to_frame(found.indicators), kinds.to_frame(found.criteria)
    return tables.write_all({"conclusions": stand, "indicators": indicators, "kind": kind}, folder)


def table(rows: pd.DataFrame, codebook: Codebook, judgement: Judgement, language: str) -> StudyTable:
    """The frame of `conclusions`, or what is stored of it, for readers: a row a conclusion, a column a test.

    A note for each axis says how wide the words of the study would have to be to fit the place on it.
    """
    tests = [test for test in TESTS if test in set(rows["test"])]
    shown, readings = [], []
    for name, found in rows.groupby("conclusion", sort=False):
        if name in AXES:
            readings += _reading(name, *found[["low", "high"]].iloc[0], codebook, judgement, language)
            continue
        cells = {one.test: Cell(_firmly(one, codebook, language)) for one in found.itertuples()}
        shown.append(
            Row(_conclusion(name, codebook, judgement, language), tuple(cells.get(test, Cell("–")) for test in tests))
        )
    said = (codebook.phrase(name, language) for name in ("conclusions_note", "conclusions_use"))
    axes = [codebook.phrase("axis_note", language)] if readings else []
    return StudyTable(
        name="conclusions",
        number=codebook.phrase("conclusions_number", language),
        title=codebook.phrase("conclusions_title", language),
        head=(Head("", numeric=False), *(Head(codebook.phrase(f"test_{t}", language), numeric=False) for t in tests)),
        rows=tuple(shown),
        notes=(codebook.phrase("degree_own", language), *said, *readings, *axes),
        language=language,
    )


def _firmly(one, codebook: Codebook, language: str) -> str:
    """How often a conclusion holds in a test, in a word and a number."""
    words = {code.code: code.label[language] for code in codebook.frame("scale", "standing").codes}
    often = [words[end] for end in dict.fromkeys((one.standing_low, one.standing_high))]
    word = codebook.phrase("range", language, low=often[0], high=often[-1]) if len(often) > 1 else often[0]
    if one.test in (WEIGHTS, ONCE):
        share = percent(Fraction(one.low), Fraction(one.high))
        return codebook.phrase("of_weightings", language, often=word, share=share)
    ends = "–".join(dict.fromkeys(str(int(float(end))) for end in (one.low, one.high)))
    return codebook.phrase("of_runs", language, often=word, number=ends, runs=str(one.runs))


def _reading(
    axis: str, low: float | str, high: float | str, codebook: Codebook, judgement: Judgement, language: str
) -> Iterable[str]:
    """How far the words of the study would have to reach to hold the place; nothing if they are all of the axis."""
    variable = codebook.frame("axis", axis)
    labels = {code.code: in_sentence(code.label[language]) for code in variable.codes}
    first, last = getattr(judgement, axis)
    least, most = (number(rounded(Fraction(str(end)), 2), language) for end in (low, high))
    limits = [
        codebook.phrase(name, language, level=labels[level], place=end)
        for name, level, end, outermost in (("axis_from", first, least, 0), ("axis_to", last, most, -1))
        if level != variable.codes[outermost].code
    ]
    if limits:
        words = (
            labels[first] if first == last else codebook.phrase("range", language, low=labels[first], high=labels[last])
        )
        place = "–".join(dict.fromkeys((least, most)))
        yield codebook.phrase(
            "axis_reading", language, axis=variable.label[language], levels=words, place=place,
            limits=limits[0] if len(limits) == 1 else codebook.phrase("both", language, one=limits[0], other=limits[1]),
        )  # fmt: skip


def _conclusion(name: str, codebook: Codebook, judgement: Judgement, language: str) -> str:
    labels = {code.code: code.label[language] for code in codebook.frame("scale", name).codes}
    if name == "kind":
        return codebook.phrase("conclusion_kind", language, kind=in_sentence(labels[judgement.kind]))
    ends = {"nearer": labels[judgement.nearer], "farther": labels[judgement.farther]}
    return codebook.phrase("conclusion_degree", language, **ends)
