"""A stored sample of the data sets that print allows, and how far results move over it.

`ensemble.csv` holds it for every notebook that needs it, so that it is drawn once. A result that differs between these
data sets is owed to the one data set that was published and not to print. A result that does not move over the sample
may still move over all data sets; what is proved of all of them are the bounds of notebook 6.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from statistics import median_low

import numpy as np
import pandas as pd

from analysis import tables
from analysis.codebook import NO, NOT_DOCUMENTED, Codebook
from analysis.expressions import Answers, Count, Quantity, evaluate, holds

FILE = "ensemble.csv"
"""Name of the stored sample, below data/derived/STUDY."""

MEMBER, UNIT = "member", "unit"
"""Columns that say which data set a row belongs to (1, 2, 3 ...) and of which unit it is."""

Units = Mapping[str, pd.DataFrame]


def store(members: Sequence[Units], codebook: Codebook, path: Path) -> Path:
    """Write the data sets, one row a row: `member`, `unit`, then every modelled variable in codebook order (codes)."""
    rows = [
        frame.assign(**{MEMBER: number, UNIT: unit})
        for number, member in enumerate(members, start=1)
        for unit, frame in member.items()
    ]
    there = pd.concat(rows) if rows else pd.DataFrame(columns=[MEMBER, UNIT])
    names = [name for name in codebook.variables if name in there]
    return tables.write(there[[MEMBER, UNIT, *names]], path)


def load(path: Path, codebook: Codebook) -> tuple[Units, ...]:
    """The data sets that were stored: unit -> one row a unit, as text; none where nothing was stored."""
    if not path.exists():
        return ()
    there = pd.read_csv(path, dtype=str, keep_default_na=False).astype(object)
    members = []
    for _, member in there.groupby(MEMBER, sort=False):
        units = {}
        for unit, rows in member.groupby(UNIT, sort=False):
            names = [name for name in rows if name in codebook.variables]
            own = [name for name in names if codebook.unit(codebook.variable(name).sheet) == unit]
            units[unit] = rows[own].reset_index(drop=True)
        members.append(units)
    return tuple(members)


def over(members: Sequence[Units], quantity: Quantity) -> list[Fraction | None]:
    """The number that a quantity has in each of the data sets; None where it does not exist."""
    match quantity:
        case Count(unit=unit, condition=condition):
            conditions = (condition,)
        case Answers(unit=unit, conditions=conditions):
            pass
        case _:
            return [evaluate(quantity, member) for member in members]
    together = pd.concat([member[unit] for member in members], ignore_index=True)
    counted = sum(holds(condition, together).to_numpy(dtype=int) for condition in conditions)
    ends = np.cumsum([0, *(len(member[unit]) for member in members)])
    return [Fraction(int(counted[start:end].sum())) for start, end in pairwise(ends)]


def spread(found: Mapping[str, Iterable[Fraction | None]]) -> pd.DataFrame:
    """How far results move over a sample: `what`, `low`, `median`, `high`, `values` (how many different ones)."""
    rows = []
    for name, numbers in found.items():
        known = sorted(number for number in numbers if number is not None)
        if known:
            rows.append((name, known[0], median_low(known), known[-1], len(set(known))))
    return pd.DataFrame(rows, columns=["what", "low", "median", "high", "values"])


def pairs(members: Sequence[Units], unit: str = "files") -> dict[str, int]:
    """How far counts of two codes together move: how many pairs there are, how many of them move, and the widest span.

    Codes of two variables each, other than `no` and `nd`, that some row has.
    """
    columns: dict[tuple[str, str], np.ndarray] = {}
    for name in members[0][unit]:
        held = np.stack([member[unit][name].to_numpy() for member in members])
        for code in sorted(set(held.flat) - {NO, NOT_DOCUMENTED, ""}):
            columns[name, code] = held == code
    names = np.array([name for name, _ in columns])
    bits = np.stack(list(columns.values()), axis=2).astype(np.int64)
    counts = np.einsum("mra,mrb->mab", bits, bits)
    apart = np.triu(names[:, None] != names[None, :])
    spans = (counts.max(axis=0) - counts.min(axis=0))[apart]
    return {"pairs": int(apart.sum()), "moving": int((spans > 0).sum()), "widest": int(spans.max())}
