"""The study as an integer programme over kinds of rows: what printed numbers can hold, whatever the number of rows.

Rows are interchangeable, so a data set is a number for every kind of row. There are far too many kinds; but what the
codebook ties together within a row forms a few small groups, and numbers for the kinds of each group, in which groups
that share a condition agree, can always be put together into whole rows (the junction tree of graphical models:
Lauritzen, Graphical Models, 1996). So the programme is exact, and as large for a thousand rows as for ten.

The solver of integer programmes works with floating point numbers; nothing rests on them. That numbers can hold is
believed of whole counts that meet every limit, that they cannot of a sum of limits that no counts meet (Farkas' lemma),
both checked with whole numbers. What is neither is not decided here.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor, gcd

import highspy
import numpy as np
import pandas as pd

from analysis.certificates import flat, quiet_solver, sums_of
from analysis.codebook import Codebook
from analysis.expressions import AtLeast, Compare, Constant, Count, Each, Is, Quantity, Summary
from analysis.model import Model, NotDecided, Statement, time_left

LARGEST_TABLE = 3000
"""How many kinds of rows a group may have. Where the codebook ties more together, the study is not put in this form."""

LONGEST_CLAUSE = 3
"""Longer alternatives are parted into several, so that groups stay small."""

FINEST = 720
"""Largest denominator that is tried to write a multiplier of a proof as a fraction."""

MOST_NODES = 200
"""How far whole numbers are searched for: a number of steps, so that it ends alike on every machine."""

Limit = tuple[dict[tuple[str, int], int], int | None, int | None]
"""Whole multiples of (unit, literal of its single row), summed over all rows, with the limits of the sum."""


class Profiles:
    """Kinds of rows of a study, asked which statements can hold together and how far a quantity then reaches.

    Quantities that no statement has must be among `asked`. Raises NotDecided if there are too many kinds.
    """

    def __init__(
        self,
        codebook: Codebook,
        size: Mapping[str, int],
        stated: Sequence[Statement],
        asked: Sequence[Quantity] = (),
    ):
        self.codebook = codebook
        self.size = dict(size)
        self._models = {unit: Model(codebook, size, stated, asked=asked, single=unit) for unit in size}
        self._any = next(iter(self._models.values()))
        # What is counted must be known before rows are grouped.
        for statement in stated:
            list(self._limits(statement))
        for quantity in asked:
            self._flat(quantity)
        self._grouped: dict[str, _Grouped] = {}
        self._columns: list[tuple[str, int]] = []
        self._rows: list[tuple[np.ndarray, np.ndarray, int | None, int | None]] = []
        self._place: dict[tuple[str, int], np.ndarray] = {}
        self._fixed: dict[tuple[str, int], bool] = {}
        for unit, model in self._models.items():
            self._tables(unit, model)
        self._own = len(self._rows)
        self._stating: dict[Statement, list[int]] = {}
        self._loose, self._whole = self._solver(whole=False), self._solver(whole=True)
        self._witnesses: list[_Witness] = []
        for statement in stated:
            self._state(statement)

    # what a statement says
    def _limits(self, statement: Statement) -> Iterator[Limit]:
        quantity, model = statement.quantity, self._any
        for one in sums_of(statement, model):
            yield self._limit(one.parts, one.low, one.high)
        if isinstance(quantity, Each):
            for value in model.names(model.codebook.variable(quantity.reference).definition):
                here = AtLeast(2, (Is(quantity.reference, value), quantity.condition))
                low = None if statement.low is None else ceil(statement.low)
                high = None if statement.high is None else floor(statement.high)
                yield self._limit([(1, Count(quantity.unit, here))], low, high)
        elif isinstance(quantity, Summary) and quantity.statistic in ("minimum", "maximum"):
            coded = Compare(quantity.variable, ">=", model.reach(quantity.variable)[0])
            yield self._limit([(1, Count(quantity.unit, coded))], 1, None)
        elif (parts := model.ratio(quantity)) is not None:
            # A share of nothing does not exist.
            yield self._limit(list(flat(parts[1])), 1, None)

    def _limit(self, parts: Sequence[tuple[Fraction | int, Quantity]], low: int | None, high: int | None) -> Limit:
        total, constant = self._sum(parts)
        scale = gcd(*total.values()) or 1
        return (
            {key: number // scale for key, number in total.items()},
            None if low is None else -((constant - low) // scale),
            None if high is None else (high - constant) // scale,
        )

    def _flat(self, quantity: Quantity) -> tuple[dict[tuple[str, int], int], int]:
        try:
            return self._sum(flat(quantity))
        except TypeError:
            raise NotDecided from None

    def _sum(self, parts: Iterable[tuple[Fraction | int, Quantity]]) -> tuple[dict[tuple[str, int], int], int]:
        """Whole multiples of quantities as multiples of literals, and what is added to them."""
        total: dict[tuple[str, int], int] = {}
        constant = 0
        for number, quantity in parts:
            times = int(number)
            if isinstance(quantity, Constant):
                constant += times * quantity.number
                continue
            unit = quantity.unit
            literals, each = self._models[unit].linear(quantity)
            constant += times * each * self.size[unit]
            for literal in literals:
                if literal < 0:
                    constant += times * self.size[unit]
                key = unit, abs(literal)
                total[key] = total.get(key, 0) + (times if literal > 0 else -times)
        return {key: number for key, number in total.items() if number}, constant

    # groups of what is tied together in a row
    def _tables(self, unit: str, model: Model) -> None:
        clauses = _settled(model, self._fixed, unit)
        names = {abs(literal) for clause in clauses for literal in clause}
        names |= {v for v in range(1, model.top + 1) if (unit, v) not in self._fixed}
        groups = _groups(names, clauses)
        tables = [_kinds(group, clauses) for group in groups]
        starts = []
        for group, table in zip(groups, tables, strict=True):
            starts.append(len(self._columns))
            self._columns += [(unit, number) for number in range(len(table))]
            for place, name in enumerate(group):
                self._place.setdefault((unit, name), starts[-1] + np.flatnonzero(table[:, place]))
        edges = _tree(groups)
        self._grouped[unit] = _Grouped(groups, tables, starts, edges)
        joined = {b for _, b in edges}
        for a, b in edges:
            self._agree(groups, tables, starts, a, b)
        for number in range(len(groups)):
            if number not in joined:
                columns = starts[number] + np.arange(len(tables[number]))
                self._rows.append((columns, np.ones(len(columns), dtype=int), self.size[unit], self.size[unit]))

    def _agree(self, groups, tables, starts, a: int, b: int) -> None:
        """Two groups have as many rows of every kind in what they share."""
        shared = [name for name in groups[a] if name in set(groups[b])]
        kinds: dict[bytes, list[list[int]]] = {}
        for side, number in enumerate((a, b)):
            places = [groups[number].index(name) for name in shared]
            for row, kind in enumerate(tables[number][:, places]):
                kinds.setdefault(kind.tobytes(), [[], []])[side].append(starts[number] + row)
        for left, right in kinds.values():
            values = np.array([1] * len(left) + [-1] * len(right))
            self._rows.append((np.array(left + right), values, 0, 0))

    # the programme
    def _solver(self, whole: bool) -> highspy.Highs:
        solver = quiet_solver()
        for option, value in (("threads", 1), ("random_seed", 0), ("mip_max_nodes", MOST_NODES)):
            solver.setOptionValue(option, value)
        if not whole:
            # Without it there is no proof to read.
            solver.setOptionValue("presolve", "off")
        for unit, _ in self._columns:
            solver.addVar(0, self.size[unit])
        if whole:
            count = len(self._columns)
            solver.changeColsIntegrality(
                count, np.arange(count, dtype=np.int32), np.full(count, highspy.HighsVarType.kInteger)
            )
        for columns, values, low, high in self._rows:
            solver.addRow(low, high, len(columns), columns.astype(np.int32), values.astype(float))
        return solver

    def _state(self, statement: Statement) -> list[int]:
        if statement not in self._stating:
            numbers = []
            for total, low, high in self._limits(statement):
                numbers.append(len(self._rows))
                self._rows.append(self._row(total, low, high))
                columns, values = self._rows[-1][:2]
                for solver in (self._loose, self._whole):
                    solver.addRow(
                        -highspy.kHighsInf, highspy.kHighsInf, len(columns), columns.astype(np.int32),
                        values.astype(float),
                    )  # fmt: skip
            self._stating[statement] = numbers
        return self._stating[statement]

    def _row(self, total: Mapping[tuple[str, int], int], low: int | None, high: int | None):
        made: dict[int, int] = {}
        settled = 0
        for key, number in total.items():
            if key in self._fixed:
                settled += number * self._fixed[key] * self.size[key[0]]
                continue
            if key not in self._place:
                # A value that nobody spoke of when rows were put into groups.
                raise NotDecided
            for column in self._place[key]:
                made[column] = made.get(column, 0) + number
        columns = np.array([column for column, value in made.items() if value], dtype=int)
        values = np.array([value for value in made.values() if value], dtype=int)
        return columns, values, None if low is None else low - settled, None if high is None else high - settled

    # answers
    def refuted(self, stated: Iterable[Statement], deadline: float | None = None) -> set[Statement] | None:
        """Some of the statements that cannot hold together, or None: all of them can.

        Raises NotDecided where neither is proved before the deadline, a reading of time.monotonic().
        """
        asked = {statement: self._state(statement) for statement in stated}
        on = [number for numbers in asked.values() for number in numbers]
        for place, witness in enumerate(self._witnesses):
            if all(witness.holds(number, self._holds) for number in on):
                # The last one is what the question was answered with.
                self._witnesses.append(self._witnesses.pop(place))
                return None
        for number in on:
            columns, _, low, high = self._rows[number]
            low, high = (end if end is not None else 0 for end in (low, high)) if not len(columns) else (low, high)
            if None not in (low, high) and (low > high or (not len(columns) and not low <= 0 <= high)):
                return {statement for statement, numbers in asked.items() if number in numbers}
        if not self._columns:
            return None
        for solver in (self._loose, self._whole):
            self._set(solver, on)
            self._run(solver, deadline)
            status = solver.getModelStatus()
            if status == highspy.HighsModelStatus.kOptimal:
                counts = np.rint(solver.getSolution().col_value).astype(int)
                if self._meets(counts, [*range(self._own), *on]):
                    self._witnesses.append(_Witness(counts))
                    return None
            elif status == highspy.HighsModelStatus.kInfeasible and solver is self._loose:
                used = self._proof()
                if used is not None:
                    return {statement for statement, numbers in asked.items() if used & set(numbers)}
        raise NotDecided

    def end(
        self, quantity: Quantity, direction: int, stated: Iterable[Statement], deadline: float | None = None
    ) -> tuple[int, np.ndarray]:
        """The outermost value of a sum or count in that direction while the statements hold, and counts that have it.

        Raises NotDecided where it is not proved before the deadline, and for other quantities.
        """
        kept = list(stated)
        total, constant = self._flat(quantity)
        columns, values, low, _ = self._row(total, -constant, None)
        on = [number for statement in kept for number in self._state(statement)]
        self._set(self._whole, on)
        every = np.arange(len(self._columns), dtype=np.int32)
        costs = np.zeros(len(every))
        costs[columns] = -direction * values
        self._whole.changeColsCost(len(every), every, costs)
        try:
            self._run(self._whole, deadline)
        finally:
            self._whole.changeColsCost(len(every), every, np.zeros(len(every)))
        counts = np.rint(self._whole.getSolution().col_value).astype(int)
        if not len(counts) or not self._meets(counts, [*range(self._own), *on]):
            raise NotDecided
        while True:
            value = int(values @ counts[columns]) - low
            if self.refuted([*kept, beyond(quantity, value, direction)], deadline) is not None:
                return value, counts
            counts = self._witnesses[-1].counts

    def decode(self, counts: np.ndarray) -> dict[str, pd.DataFrame]:
        """Rows of these kinds: unit -> one row a unit, modelled variables alone."""
        return {unit: self._decode(unit, model, counts) for unit, model in self._models.items()}

    def _decode(self, unit: str, model: Model, counts: np.ndarray) -> pd.DataFrame:
        rows: list[dict[int, bool]] = [
            {name: value for (where, name), value in self._fixed.items() if where == unit}
            for _ in range(self.size[unit])
        ]
        made = self._grouped[unit]
        for number, shared in made.order():
            group, table, start = made.groups[number], made.tables[number], made.starts[number]
            left: dict[tuple[bool, ...], list[int]] = {}
            for kind in range(len(table)):
                alike = tuple(bool(table[kind][group.index(name)]) for name in shared)
                left.setdefault(alike, []).extend([kind] * int(counts[start + kind]))
            for row in rows:
                kind = left[tuple(row[name] for name in shared)].pop()
                row.update(zip(group, map(bool, table[kind]), strict=True))
        columns = {
            cell.variable: [
                next(v for v, literals in cell.values.items() if all(row[abs(x)] == (x > 0) for x in literals))
                for row in rows
            ]
            for cell in model.cells
        }
        return pd.DataFrame(columns, index=range(self.size[unit]), dtype=object)

    def _set(self, solver: highspy.Highs, on: Iterable[int]) -> None:
        active = set(on)
        for number in range(self._own, len(self._rows)):
            low, high = self._rows[number][2:] if number in active else (None, None)
            solver.changeRowBounds(
                number, -highspy.kHighsInf if low is None else low, highspy.kHighsInf if high is None else high
            )

    def _run(self, solver: highspy.Highs, deadline: float | None) -> None:
        solver.setOptionValue("time_limit", solver.getRunTime() + time_left(deadline))
        solver.run()

    def _meets(self, counts: np.ndarray, numbers: Iterable[int]) -> bool:
        return all(self._holds(counts, number) for number in numbers)

    def _holds(self, counts: np.ndarray, number: int) -> bool:
        columns, values, low, high = self._rows[number]
        total = int(values @ counts[columns])
        return (low is None or total >= low) and (high is None or total <= high)

    def _proof(self) -> set[int] | None:
        """Numbers of the rows by which nothing can hold, if the solver's proof stands in whole numbers."""
        ray = self._loose.getDualRay()[-1]
        if ray is None:
            return None
        ray = np.array(ray)
        ray /= abs(ray[abs(ray) > 1e-7]).min()
        for denominator in (1, 2, 3, 4, 5, 6, FINEST):
            for sign in (1, -1):
                if (used := self._proved_by(np.rint(sign * ray * denominator).astype(int))) is not None:
                    return used
        return None

    def _proved_by(self, multipliers: np.ndarray) -> set[int] | None:
        """The rows with a multiplier, if their sum cannot be as large as their limits make it."""
        used = np.flatnonzero(multipliers)
        total = np.zeros(len(self._columns), dtype=object)
        least = 0
        for number in used:
            columns, values, low, high = self._rows[number]
            end = low if multipliers[number] > 0 else high
            if end is None:
                return None
            least += int(multipliers[number]) * end
            total[columns] += int(multipliers[number]) * values.astype(object)
        most = sum(value * self.size[unit] for value, (unit, _) in zip(total, self._columns, strict=True) if value > 0)
        return {int(number) for number in used} if most < least else None


class _Witness:
    """A number of rows of every kind, with what is known of the limits that they meet."""

    def __init__(self, counts: np.ndarray):
        self.counts = counts
        self._known: dict[int, bool] = {}

    def holds(self, number: int, check: Callable[[np.ndarray, int], bool]) -> bool:
        """Whether the limit of that number is met."""
        if number not in self._known:
            self._known[number] = check(self.counts, number)
        return self._known[number]


def beyond(quantity: Quantity, value: int, direction: int) -> Statement:
    """The statement that a whole number lies beyond the value in that direction."""
    end = Fraction(value + direction)
    return Statement("", (), quantity, *((end, None) if direction > 0 else (None, end)), 1)


# one row as clauses, and the groups that they tie together
@dataclass(frozen=True)
class _Grouped:
    """The groups of a unit, their kinds of rows, the first column of each, and the tree that joins them."""

    groups: list[list[int]]
    tables: list[np.ndarray]
    starts: list[int]
    edges: list[tuple[int, int]]

    def order(self) -> Iterator[tuple[int, list[int]]]:
        """Each group with the names that it shares with those before it."""
        joined = {b: a for a, b in self.edges}
        for number in range(len(self.groups)):
            if number not in joined:
                yield number, []
        for a, b in self.edges:
            yield b, [name for name in self.groups[b] if name in set(self.groups[a])]


def _settled(model: Model, fixed: dict[tuple[str, int], bool], unit: str) -> list[tuple[int, ...]]:
    """The clauses of a single row without what they settle, which is put into `fixed`; none is long."""
    known: dict[int, bool] = {}
    left = [tuple(dict.fromkeys(clause)) for clause in model.clauses]
    while True:
        kept, news = [], False
        for clause in left:
            if any(known.get(abs(x)) == (x > 0) for x in clause if abs(x) in known):
                continue
            rest = tuple(x for x in clause if abs(x) not in known)
            if len(rest) == 1:
                known[abs(rest[0])] = rest[0] > 0
                news = True
            else:
                kept.append(rest)
        left = kept
        if not news:
            break
    fixed.update({(unit, name): value for name, value in known.items()})
    top = itertools.count(model.top + 1)
    short = []
    for clause in left:
        while len(clause) > LONGEST_CLAUSE:
            link = next(top)
            short.append((*clause[: LONGEST_CLAUSE - 1], link))
            clause = (-link, *clause[LONGEST_CLAUSE - 1 :])
        short.append(clause)
    return short


def _groups(names: Iterable[int], clauses: Iterable[Sequence[int]]) -> list[list[int]]:
    """Groups of names such that each clause lies within one and they form a tree (min-degree elimination)."""
    near: dict[int, set[int]] = {name: set() for name in names}
    for clause in clauses:
        for literal in clause:
            near[abs(literal)].update(abs(other) for other in clause)
    for name, others in near.items():
        others.discard(name)
    found: list[set[int]] = []
    while near:
        name = min(near, key=lambda one: (len(near[one]), one))
        others = near.pop(name)
        group = others | {name}
        for other in others:
            near[other] |= others
            near[other] -= {name, other}
        if not any(group <= known for known in found):
            found.append(group)
    return [sorted(group) for group in found]


def _kinds(group: Sequence[int], clauses: Iterable[Sequence[int]]) -> np.ndarray:
    """Every kind of row in what the group names: one line a kind, one column a name. Raises NotDecided."""
    place = {name: number for number, name in enumerate(group)}
    inside = [clause for clause in clauses if all(abs(literal) in place for literal in clause)]
    table = np.zeros((1, len(group)), dtype=bool)
    for number in range(len(group)):
        other = table.copy()
        other[:, number] = True
        table = np.concatenate((table, other))
        for clause in inside:
            places = [place[abs(literal)] for literal in clause]
            if max(places) == number:
                table = table[np.any([table[:, p] == (x > 0) for p, x in zip(places, clause, strict=True)], axis=0)]
        if len(table) > LARGEST_TABLE:
            raise NotDecided
    return table


def _tree(groups: Sequence[Sequence[int]]) -> list[tuple[int, int]]:
    """Edges (from, to) of a tree of the groups, or of several, that joins what they share most (Prim)."""
    sets = [set(group) for group in groups]
    left = set(range(len(groups)))
    edges = []
    while left:
        best = {left.pop(): (0, -1)}
        root = next(iter(best))
        near = {number: (len(sets[number] & sets[root]), root) for number in left}
        while near and max(near.values())[0] > 0:
            number = max(near, key=lambda one: near[one][0])
            edges.append((near.pop(number)[1], number))
            left.discard(number)
            for other in near:
                near[other] = max(near[other], (len(sets[other] & sets[number]), number))
    return edges
