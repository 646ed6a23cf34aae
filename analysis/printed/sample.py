"""A stored sample of the data sets that print allows, and how far results move over it.

`ensemble.csv` holds it for every notebook that needs it, so that it is drawn once. A result that differs between these
data sets is owed to the one data set that was published and not to print. A result that does not move over the sample
may still move over all data sets; what is proved of all of them are the bounds of notebook 6.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from statistics import median_low

import numpy as np
import pandas as pd

from analysis.counts import tables
from analysis.printed.reconstruction import STATUS as RECONSTRUCTED
from analysis.study.codebook import BLANK, NO, NOT_DOCUMENTED, STATUS, Codebook
from analysis.study.expressions import Answers, Cells, Count, Quantity, ends, evaluate

FILE = "ensemble.csv"
"""Name of the stored sample, below data/derived/STUDY."""

MEMBER, UNIT = "member", "unit"
"""Columns that say which data set a row belongs to (1, 2, 3 ...) and of which unit it is."""

Units = Mapping[str, pd.DataFrame]


@dataclass(frozen=True)
class Sample:
    """Some data sets, each unit -> one row a unit, all with the same rows and variables."""

    members: tuple[Units, ...]

    def __len__(self) -> int:
        return len(self.members)

    @cached_property
    def _together(self) -> Mapping[str, tuple[pd.DataFrame, np.ndarray]]:
        """Each unit's rows of all data sets below one another, and where each data set ends."""
        joined = {}
        for unit in self.members[0]:
            rows = [member[unit] for member in self.members]
            joined[unit] = pd.concat(rows, ignore_index=True), np.cumsum([0, *map(len, rows)])
        return joined

    def over(self, quantity: Quantity, end: str = "") -> list[Fraction | None]:
        """The number that a quantity has in each of the data sets, as print counts; None where it does not exist.

        With an `end`, a count is that of the rows that `surely` meet its condition, or of those that `possibly` do.
        """
        match quantity:
            case Count(unit=unit, condition=condition):
                conditions = (condition,)
            case Answers(unit=unit, conditions=conditions):
                pass
            case _:
                return [evaluate(quantity, member) for member in self.members]
        rows, breaks = self._together[unit]
        cells = Cells(rows, are_answers=not end)
        counted = sum(ends(condition, cells)[end or "surely"].to_numpy(dtype=int) for condition in conditions)
        return [Fraction(int(counted[start:end].sum())) for start, end in pairwise(breaks)]

    def pairs(self, unit: str = "files") -> dict[str, int]:
        """How far counts of two codes together move: how many there are, how many move, and the widest span.

        Codes of two variables each, other than `no` and `nd`, that some row has.
        """
        columns: dict[tuple[str, str], np.ndarray] = {}
        for name in self.members[0][unit]:
            held = np.stack([member[unit][name].to_numpy() for member in self.members])
            for code in sorted(set(held.flat) - {NO, NOT_DOCUMENTED, BLANK}):
                columns[name, code] = held == code
        names = np.array([name for name, _ in columns])
        bits = np.stack(list(columns.values()), axis=2).astype(np.int64)
        counts = np.einsum("mra,mrb->mab", bits, bits)
        spans = (counts.max(axis=0) - counts.min(axis=0))[np.triu(names[:, None] != names[None, :])]
        return {"pairs": len(spans), "moving": int((spans > 0).sum()), "widest": int(spans.max())}


def store(found: Sample | None, codebook: Codebook, folder: Path) -> Path:
    """Write the data sets as FILE, one row a row.

    Columns: `member`, `unit`, what the row is (no row is a real one), and the modelled variables in codebook order.
    """
    rows = [
        frame.assign(**{MEMBER: number, UNIT: unit, STATUS: RECONSTRUCTED})
        for number, member in enumerate(found.members if found else (), start=1)
        for unit, frame in member.items()
    ]
    about = [MEMBER, UNIT, STATUS]
    there = pd.concat(rows) if rows else pd.DataFrame(columns=about)
    names = [name for name in codebook.variables if name in there and name not in about]
    return tables.write(there[about + names], folder / FILE)


def load(folder: Path, codebook: Codebook) -> Sample | None:
    """The data sets that were stored, as text; None where none were."""
    path = folder / FILE
    there = pd.read_csv(path, dtype=str, keep_default_na=False).astype(object) if path.exists() else pd.DataFrame()
    if not len(there):
        return None
    names = [name for name in there if name in codebook.variables and name != STATUS]
    unit_of = {name: codebook.unit(codebook.variable(name).sheet) for name in names}
    own = {unit: [name for name in names if unit_of[name] == unit] for unit in there[UNIT].unique()}
    members = [
        {unit: rows[own[unit]].reset_index(drop=True) for unit, rows in member.groupby(UNIT, sort=False)}
        for _, member in there.groupby(MEMBER, sort=False)
    ]
    return Sample(tuple(members))


def spread(found: Mapping[str, Iterable[Fraction | None]]) -> pd.DataFrame:
    """How far results move over a sample: `what`, `low`, `median`, `high`, `values` (how many different ones)."""
    rows = []
    for name, numbers in found.items():
        known = sorted(number for number in numbers if number is not None)
        if known:
            rows.append((name, known[0], median_low(known), known[-1], len(set(known))))
    return pd.DataFrame(rows, columns=["what", "low", "median", "high", "values"])
