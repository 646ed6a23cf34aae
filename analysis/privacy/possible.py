"""Other data sets that a reader cannot tell from the real one: looked for from what is published alone.

What is looked for is a set of rows of which given counts have given values. Nothing of the real rows goes in, so
whoever runs the program on what was published finds the same data sets. A search that finds nothing proves nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.study.expressions import GAPS, Compare, Condition, Is, pair

STEPS = 600
"""Changes of a row that a search tries before it gives up."""

ROWS, CHANGES = 10, 16
"""In each step, so many rows and so many changes of each are looked at; the best is made."""

STUCK = 12
"""Steps without a gain after which a row is changed by chance."""

SEED = 1


@dataclass(frozen=True)
class Counted:
    """A count of rows: those that surely meet the condition, or (`is_open`) those of which its gaps leave it open."""

    condition: Condition
    is_open: bool = False


class Rows:
    """So many rows of variables with their codes, and how often what is counted is met in them."""

    def __init__(self, codes: Mapping[str, Sequence[str]], counted: Sequence[Counted], rules: Sequence[Condition]):
        self.codes = {name: tuple(values) for name, values in codes.items()}
        self.counted, self.rules = tuple(counted), tuple(rules)
        self._place = {name: place for place, name in enumerate(self.codes)}
        self._tables: dict[Is | Compare, tuple[np.ndarray, np.ndarray]] = {}

    def met(self, rows: np.ndarray) -> np.ndarray:
        """A row a row: for each count whether it is met, and last how many rules are not."""
        known: dict[Is | Compare, tuple[np.ndarray, np.ndarray]] = {}
        ends: dict[Condition, tuple[np.ndarray, np.ndarray]] = {}

        def atom(one: Is | Compare) -> tuple[np.ndarray, np.ndarray]:
            if one not in known:
                column, tables = rows[:, self._place[one.variable]], self._table(one)
                known[one] = tables[0][column], tables[1][column]
            return known[one]

        def at_least(number: int, parts: Sequence[np.ndarray]) -> np.ndarray:
            return sum(parts, np.zeros(len(rows), dtype=np.int16)) >= number

        def of(condition: Condition) -> tuple[np.ndarray, np.ndarray]:
            if condition not in ends:
                ends[condition] = pair(condition, atom, at_least, np.logical_not)
            return ends[condition]

        found = np.zeros((len(rows), len(self.counted) + 1), dtype=np.int32)
        for place, one in enumerate(self.counted):
            surely, possibly = of(one.condition)
            found[:, place] = possibly & ~surely if one.is_open else surely
        for rule in self.rules:
            found[:, -1] += ~of(rule)[1]
        return found

    def _table(self, one: Is | Compare) -> tuple[np.ndarray, np.ndarray]:
        """Whether each code of its variable surely, and possibly, meets the atom."""
        if one not in self._tables:
            codes = self.codes[one.variable]
            is_documentation = (isinstance(one, Is) and one.code in GAPS) or (
                isinstance(one, Compare) and one.relation == ">=" and one.number <= 0
            )
            surely, possibly = [], []
            for code in codes:
                is_gap = code in GAPS
                met = code == one.code if isinstance(one, Is) else not is_gap and bool(one.meets(int(code)))
                surely.append(met)
                possibly.append(met or (is_gap and not is_documentation))
            self._tables[one] = np.array(surely), np.array(possibly)
        return self._tables[one]


class Search:
    """A walk through sets of `size` rows; `shares` say how often each code of a variable is taken at first.

    `either` can name counts of which one must have a value at distance 0 in `nearest`.
    """

    def __init__(self, rows: Rows, size: int, shares: Mapping[str, Sequence[float]]):
        self.rows, self.size = rows, size
        self._chance = np.random.default_rng(SEED)
        columns = [self._drawn(shares[name]) for name in rows.codes]
        self.now = np.stack(columns, axis=1) if columns else np.zeros((size, 0), dtype=np.int16)
        self._met = rows.met(self.now)
        self.either: list[int] = []
        self.nearest = np.zeros(size + 1, dtype=int)
        self._widths = [len(codes) for codes in rows.codes.values()]
        self._free = [place for place, width in enumerate(self._widths) if width > 1]

    def _drawn(self, shares: Sequence[float]) -> np.ndarray:
        weights = np.asarray(shares, dtype=float)
        ends = np.floor(np.cumsum(weights / weights.sum()) * self.size + 0.5)
        return self._chance.permutation(np.searchsorted(ends, np.arange(self.size), side="right")).astype(np.int16)

    @property
    def counts(self) -> np.ndarray:
        """The counts in the set where the walk stands."""
        return self._met.sum(axis=0)[:-1]

    def frame(self) -> pd.DataFrame:
        """The rows where the walk stands, with their codes."""
        columns = {
            name: np.asarray(codes, dtype=object)[self.now[:, place]]
            for place, (name, codes) in enumerate(self.rows.codes.items())
        }
        return pd.DataFrame(columns, dtype="str")

    def find(self, distance: np.ndarray, is_found: Callable[[np.ndarray], bool]) -> bool:
        """Walk to a set whose counts are at distance 0, and of which `is_found` holds.

        `distance` has a row a count and a column a value: how far that value is from an allowed one.
        """
        lines, either = np.arange(len(self.rows.counted)), self.either
        total, stuck = self._met.sum(axis=0), 0

        def far(totals: np.ndarray) -> np.ndarray:
            nearest = self.nearest[totals[..., either]].min(axis=-1) if either else 0
            return distance[lines, totals[..., :-1]].sum(axis=-1) + nearest + 3 * totals[..., -1]

        here = int(far(total))
        for _ in range(STEPS):
            if here == 0 and is_found(total[:-1]):
                return True
            if not self._free:
                return False
            places, new = self._changes()
            met = self.rows.met(new.reshape(-1, new.shape[-1])).reshape(*places.shape, -1)
            totals = total + (met - self._met[places]).sum(axis=1)
            there = far(totals)
            least = np.flatnonzero(there == there.min())
            best = int(least[self._chance.integers(len(least))])
            stuck = 0 if there[best] < here else stuck + 1
            if there[best] <= here or stuck > STUCK:
                self.now[places[best]], self._met[places[best]] = new[best], met[best]
                total, here = totals[best], int(there[best])
                stuck = 0 if stuck > STUCK else stuck
        return False

    def _changes(self) -> tuple[np.ndarray, np.ndarray]:
        """Places of two rows, and what could stand there.

        Either one of them has one to three other codes, or the two exchange a code, which leaves how often each code is
        taken as it is.
        """
        draw, widths = self._chance, np.asarray(self._widths)
        lines = np.arange(ROWS * CHANGES)
        first = np.repeat(draw.integers(0, self.size, ROWS), CHANGES)
        places = np.stack([first, (first + draw.integers(1, max(2, self.size), len(lines))) % self.size], axis=1)
        new = self.now[places]
        swapped = lines % 2 == 0
        for share in (1.0, 0.4, 0.2):
            at = draw.choice(self._free, len(lines))
            changed = draw.random(len(lines)) < share
            both = new[lines, :, at]
            step = draw.integers(1, widths[at])
            other = np.stack([(both[:, 0] + step) % widths[at], both[:, 1]], axis=1)
            both = np.where(swapped[:, None], both[:, ::-1], other)
            new[lines[changed], :, at[changed]] = both[changed]
        return places, new
