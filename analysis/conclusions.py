"""What a study concludes of kind and degree, and how firmly our indicators and criteria bear it out.

Nobody says how much an indicator should weigh, so a conclusion on the degree is tested under all weightings at once.
It *stands* in a run if it holds under more than half of them. The runs leave out one indicator, or one file or
authority, or take another of the data sets that print allows. A conclusion on the kind has no weights: it stands where
the criteria decide for the same model.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import pandas as pd

from analysis import degree, tables
from analysis import kind as kinds
from analysis.codebook import Codebook
from analysis.collaboration import AXES, Judgement
from analysis.degree import Indicator, over, percent, share_nearer_low, share_within, without_each
from analysis.degree import indicators as indicators_of
from analysis.exploring import Within
from analysis.kind import Criterion
from analysis.rendering import Cell, Head, Row, StudyTable, in_sentence
from analysis.sample import Sample

FILES = ("conclusions.csv", "indicators.csv", "kind.csv")
"""Names of the results, below data/derived/STUDY."""

COLUMNS = ("conclusion", "test", "low", "high", "runs", "standing_low", "standing_high")
"""Columns of conclusions.csv."""

WEIGHTS, INDICATORS, ROWS, DATA_SETS = TESTS = ("weights", "indicators", "rows", "data_sets")
"""What is varied in a test, as the codebook's phrases `test_...` name it."""

ALL, MOST, HALF, FEW, NONE = "all", "most", "about_half", "few", "none"
"""Under how many weightings, or in how many runs, a conclusion stands: codes of the scale `standing`."""

ABOUT_HALF = Fraction(1, 20)
"""How far from one half a share may be to be called about half."""

Share = tuple[Fraction, Fraction]
"""A share of all weightings, as the interval that print leaves."""


@dataclass(frozen=True)
class Run:
    """The indicators and criteria as they are in one run; `name` says which row or indicator is left out, or which
    data set is taken."""

    name: str
    indicators: tuple[Indicator, ...]
    criteria: tuple[Criterion, ...]


def run(
    units: Mapping[str, pd.DataFrame], codebook: Codebook, language: str, within: Within | None = None, name: str = ""
) -> Run:
    """Indicators and criteria of the units; with `within` (see `exploring`) as the interval that print leaves."""
    return Run(
        name,
        indicators_of(units, codebook, language, within),
        kinds.criteria(units, codebook, language, within),
    )


def reruns(
    found: Run,
    units: Mapping[str, pd.DataFrame],
    drawn: Sample | None,
    codebook: Codebook,
    language: str,
) -> dict[str, list[Run]]:
    """The runs of each test but that of weights: every coded indicator left out that is not the only one of its axis,
    every row of the units left out, every data set of the sample."""
    coded = [one for one in found.indicators if one.coded]
    others = [gone for gone in coded if sum(one.axis == gone.axis for one in coded) > 1]
    sets = over(drawn, found.indicators, codebook) if drawn else []
    criteria = [kinds.criteria(member, codebook, language) for member in drawn.members] if drawn else []
    return {
        INDICATORS: [Run(out.name, tuple(one for one in coded if one is not out), found.criteria) for out in others],
        ROWS: [run(left, codebook, language, name=name) for name, left in without_each(units)],
        DATA_SETS: [Run(str(n), *both) for n, both in enumerate(zip(sets, criteria, strict=True), start=1)],
    }


def conclusions(
    found: Run, runs: Mapping[str, Sequence[Run]], codebook: Codebook, judgement: Judgement | None
) -> pd.DataFrame:
    """How firmly each conclusion (degree, horizontal, vertical, kind) stands in each test, with COLUMNS.

    `low` to `high` are the share of weightings, or the number of `runs` in which it stands, at the least and at the
    most where print leaves that open; `standing_low` and `standing_high` are the words for both ends, codes of
    `standing`. A test that a conclusion does not depend on, or that has no runs, has no row; nor has a conclusion on an
    axis without a coded indicator. Empty without a judgement.
    """
    rows: list[tuple] = []
    if judgement is None:
        return pd.DataFrame(columns=list(COLUMNS))
    coded = {one.axis for one in found.indicators if one.coded}
    for name, share in _shares(codebook, judgement).items():
        if not coded.issuperset(AXES if name == "degree" else (name,)):
            continue
        low, high = share(found.indicators)
        rows.append(
            (name, WEIGHTS, *(float(f"{float(end):.6g}") for end in (low, high)), "", standing(low), standing(high))
        )
        for test, several in runs.items():
            rows += _counted(name, test, [_stands(share(one.indicators)) for one in several])
    for test, several in ((ROWS, runs[ROWS]), (DATA_SETS, runs[DATA_SETS])):
        rows += _counted("kind", test, [kinds.is_borne_out(one.criteria, judgement.kind) for one in several])
    return pd.DataFrame(rows, columns=list(COLUMNS), dtype=object)


def _counted(name: str, test: str, stands: Sequence[bool | None]) -> Iterable[tuple]:
    if stands:
        low, high = stands.count(True), len(stands) - stands.count(False)
        words = (standing(Fraction(number, len(stands))) for number in (low, high))
        yield (name, test, low, high, len(stands), *words)


def _shares(codebook: Codebook, judgement: Judgement) -> dict[str, Callable[[Sequence[Indicator]], Share]]:
    """For each conclusion on the degree, the share of weightings under which indicators bear it out."""
    found: dict[str, Callable[[Sequence[Indicator]], Share]] = {"degree": _nearer(judgement)}
    return found | {axis: _between(axis, codebook, getattr(judgement, axis)) for axis in AXES}


def _nearer(judgement: Judgement) -> Callable[[Sequence[Indicator]], Share]:
    def share(found: Sequence[Indicator]) -> Share:
        low, high = share_nearer_low(found)
        return (low, high) if judgement.nearer == judgement.between[0] else (1 - high, 1 - low)

    return share


def _between(axis: str, codebook: Codebook, covered: tuple[str, str]) -> Callable[[Sequence[Indicator]], Share]:
    codes = codebook.frame("axis", axis).code_names()
    low = Fraction(codes.index(covered[0]), len(codes))
    high = Fraction(codes.index(covered[1]) + 1, len(codes))
    return lambda found: share_within(found, axis, low, high)


def _stands(share: Share) -> bool | None:
    """Whether a conclusion holds under more than half of all weightings; None where print leaves that open."""
    low, high = (end > Fraction(1, 2) for end in share)
    return low if low == high else None


def standing(share: Fraction) -> str:
    """The word for a share: all, most, about half, few or none, as a code of the scale `standing`."""
    if share in (0, 1):
        return ALL if share else NONE
    if abs(share - Fraction(1, 2)) <= ABOUT_HALF:
        return HALF
    return MOST if share > Fraction(1, 2) else FEW


def write(stand: pd.DataFrame, found: Run, folder: Path) -> list[Path]:
    """Write what `conclusions` returned, the indicators and the criteria as FILES; returns their paths."""
    frames = (stand, degree.to_frame(found.indicators), kinds.to_frame(found.criteria))
    return [tables.write(frame, folder / name) for name, frame in zip(FILES, frames, strict=True)]


def table(rows: pd.DataFrame, codebook: Codebook, judgement: Judgement, language: str) -> StudyTable:
    """The frame of `conclusions`, or what is stored of it, for readers: a row a conclusion, a column a test."""
    words = {code.code: code.label[language] for code in codebook.frame("scale", "standing").codes}
    tests = [test for test in TESTS if test in set(rows["test"])]
    shown = []
    for name, found in rows.groupby("conclusion", sort=False):
        cells = {}
        for one in found.itertuples():
            if one.test == WEIGHTS:
                number = codebook.phrase(
                    "of_weightings", language, share=percent(Fraction(one.low), Fraction(one.high))
                )
            else:
                ends = "–".join(dict.fromkeys((str(int(float(one.low))), str(int(float(one.high))))))
                number = codebook.phrase("of_runs", language, number=ends, runs=str(one.runs))
            firmly = " – ".join(dict.fromkeys((words[one.standing_low], words[one.standing_high])))
            cells[one.test] = Cell(f"{firmly}: {number}")
        shown.append(
            Row(_conclusion(name, codebook, judgement, language), tuple(cells.get(test, Cell("–")) for test in tests))
        )
    return StudyTable(
        name="conclusions",
        number=codebook.phrase("conclusions_number", language),
        title=codebook.phrase("conclusions_title", language),
        head=(Head("", numeric=False), *(Head(codebook.phrase(f"test_{t}", language), numeric=False) for t in tests)),
        rows=tuple(shown),
        notes=tuple(codebook.phrase(name, language) for name in ("degree_own", "conclusions_note")),
        language=language,
    )


def _conclusion(name: str, codebook: Codebook, judgement: Judgement, language: str) -> str:
    if name in ("degree", "kind"):
        labels = {code.code: code.label[language] for code in codebook.frame("scale", name).codes}
        if name == "kind":
            return codebook.phrase("conclusion_kind", language, kind=in_sentence(labels[judgement.kind]))
        ends = {"nearer": labels[judgement.nearer], "farther": labels[judgement.farther]}
        return codebook.phrase("conclusion_degree", language, **ends)
    axis = codebook.frame("axis", name)
    labels = {code.code: in_sentence(code.label[language]) for code in axis.codes}
    low, high = (labels[code] for code in getattr(judgement, name))
    levels = low if low == high else codebook.phrase("range", language, low=low, high=high)
    return codebook.phrase("conclusion_axis", language, axis=axis.label[language], levels=levels)
