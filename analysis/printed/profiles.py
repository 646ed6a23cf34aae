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
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil, floor, gcd, inf

import highspy
import numpy as np
import pandas as pd

from analysis.printed.certificates import flat, quiet_solver, sums_of
from analysis.printed.model import Model, NotDecided, Statement, is_extreme, span, time_left
from analysis.study.codebook import Codebook
from analysis.study.expressions import Answers, AtLeast, Compare, Constant, Count, Each, Is, Quantity, Summary

LARGEST_TABLE = 3000
"""How many kinds of rows a group may have. Where the codebook ties more together, the study is not put in this form."""

LONGEST_CLAUSE = 3
"""Longer alternatives are parted into several, so that groups stay small."""

DENOMINATORS = (1, 2, 3, 4, 5, 6, 720, 10**6, 10**9)
"""Denominators that are tried to write the multipliers of a proof as fractions: of the last ones none need be exact."""

NEARLY = 1e-6
"""What lies nearer to a whole number than this is one, for the solver. Nothing rests on it."""

MOST_NODES = 200
"""How far whole numbers are searched for: a number of steps, so that it ends alike on every machine."""

MOST_CASES = 400
"""Into how many cases a question is parted where no one sum of limits answers it. More of them are not decided here."""

Limit = tuple[dict[tuple[str, int], int], int | None, int | None]
"""Whole multiples of (unit, literal of its single row), summed over all rows, with the limits of the sum."""

Limits = dict[int, "_Between"]
"""Limits of sums of columns, by the number of the sum."""


class Profiles:
    """Kinds of rows of a study, asked which statements can hold together and how far a quantity then reaches.

    Quantities that no statement has must be among `asked`. Raises NotDecided if there are too many kinds, and for a
    quantity that is no sum over rows, no share or mean of such sums, and no smallest or largest value.
    """

    def __init__(
        self,
        codebook: Codebook,
        size: Mapping[str, int],
        stated: Sequence[Statement],
        asked: Sequence[Quantity] = (),
    ):
        self.size = dict(size)
        self._models = {unit: Model(codebook, size, stated, asked=asked, single=unit) for unit in size}
        self._any = next(iter(self._models.values()))
        # What is counted must be known before rows are grouped.
        try:
            for statement in (*stated, *map(exists, asked)):
                list(self._limits(statement))
        except TypeError:
            raise NotDecided from None
        self._grouped: dict[str, _Grouped] = {}
        self._columns: list[tuple[str, int]] = []
        self._rows: list[tuple[np.ndarray, np.ndarray]] = []
        self._own: Limits = {}
        self._place: dict[tuple[str, int], np.ndarray] = {}
        self._fixed: dict[tuple[str, int], bool] = {}
        for unit, model in self._models.items():
            self._tables(unit, model)
        self._sums: dict[tuple, tuple[np.ndarray, np.ndarray, int]] = {}
        self._numbers: dict[tuple, int] = {}
        self._stating: dict[Statement, list[tuple[int, int | None, int | None]]] = {}
        sizes = [self.size[unit] for unit, _ in self._columns]
        self._loose, self._whole = (_Programme(sizes, self._rows, self._own, whole) for whole in (False, True))
        self._witnesses: list[np.ndarray] = []
        self._made: dict[int, np.ndarray] = {}
        self._latest = 0
        for statement in stated:
            self._state(statement)

    # what a statement says
    def _limits(self, statement: Statement) -> Iterator[Limit]:
        quantity, model = statement.quantity, self._any
        if is_extreme(quantity):
            yield from self._extreme(statement)
            return
        for one in sums_of(statement, model):
            yield self._limit(one.parts, one.low, one.high)
        if isinstance(quantity, Each):
            for value in model.names(model.codebook.variable(quantity.reference).definition):
                here = AtLeast(2, (Is(quantity.reference, value), quantity.condition))
                low = None if statement.low is None else ceil(statement.low)
                high = None if statement.high is None else floor(statement.high)
                yield self._limit([(1, Count(quantity.unit, here))], low, high)
        elif (parts := model.ratio(quantity)) is not None:
            yield self._limit(list(flat(parts[0])), None, None)
            # A share of nothing does not exist.
            yield self._limit(list(flat(parts[1])), 1, None)

    def _extreme(self, statement: Statement) -> Iterator[Limit]:
        """That all (some) coded rows reach the low end, and some do (none does) what lies above the high one.

        The rows that do not are the others that are coded, so that no condition is new to the groups of rows.
        """
        quantity, low, high = statement.quantity, statement.low, statement.high
        coded = self._coded(quantity)
        yield self._limit([(1, coded)], 1, None)
        if low is not None:
            reaching = self._reaching(quantity, ceil(low))
            if quantity.statistic == "minimum":
                yield self._limit([(1, coded), (-1, reaching)], None, 0)
            else:
                yield self._limit([(1, reaching)], 1, None)
        if high is not None:
            above = self._reaching(quantity, floor(high) + 1)
            if quantity.statistic == "minimum":
                yield self._limit([(1, coded), (-1, above)], 1, None)
            else:
                yield self._limit([(1, above)], None, 0)

    def _reaching(self, quantity: Summary, number: int) -> Count:
        return Count(quantity.unit, Compare(quantity.variable, ">=", number))

    def _coded(self, quantity: Summary) -> Count:
        return self._reaching(quantity, self._any.reach(quantity.variable)[0])

    def _limit(self, parts: Sequence[tuple[Fraction | int, Quantity]], low: int | None, high: int | None) -> Limit:
        total, constant = self._sum(parts)
        scale = gcd(*total.values()) or 1
        return (
            {key: number // scale for key, number in total.items()},
            None if low is None else -((constant - low) // scale),
            None if high is None else (high - constant) // scale,
        )

    def _sum(self, parts: Iterable[tuple[Fraction | int, Quantity]]) -> tuple[dict[tuple[str, int], int], int]:
        """Whole multiples of quantities as multiples of literals, and what is added to them."""
        total: dict[tuple[str, int], int] = {}
        constant = 0
        for number, quantity in parts:
            times = int(number)
            if isinstance(quantity, Constant):
                constant += times * quantity.number
                continue
            if not isinstance(quantity, Count | Answers | Summary):
                raise TypeError(quantity)
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
                self._tie(columns, np.ones(len(columns), dtype=int), self.size[unit])

    def _tie(self, columns: np.ndarray, values: np.ndarray, total: int) -> None:
        self._own[len(self._rows)] = _Between(total, total)
        self._rows.append((columns, values))

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
            self._tie(np.array(left + right), values, 0)

    # sums of columns
    def _state(self, statement: Statement) -> list[tuple[int, int | None, int | None]]:
        """What the statement says: numbers of sums with the limits of each."""
        if statement not in self._stating:
            found = []
            for total, low, high in self._limits(statement):
                *columns, settled = self._of_columns(total)
                ends = (None if end is None else end - settled for end in (low, high))
                found.append((self._number(*columns), *ends))
            self._stating[statement] = found
        return self._stating[statement]

    def _of_columns(self, total: Mapping[tuple[str, int], int]) -> tuple[np.ndarray, np.ndarray, int]:
        """A sum over rows as one of columns, and what is the same in every data set and not in it."""
        name = tuple(sorted(total.items()))
        if name not in self._sums:
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
            self._sums[name] = columns, values, settled
        return self._sums[name]

    def _number(self, columns: np.ndarray, values: np.ndarray) -> int:
        """The number of a sum of columns among all that limits can be set to."""
        name = (columns.tobytes(), values.tobytes())
        if name not in self._numbers:
            self._numbers[name] = self._add(columns, values)
        return self._numbers[name]

    def _add(self, columns: np.ndarray, values: np.ndarray) -> int:
        self._rows.append((columns, values))
        for programme in (self._loose, self._whole):
            programme.add(columns, values)
        return len(self._rows) - 1

    def _total(self, number: int, counts: np.ndarray) -> int:
        columns, values = self._rows[number]
        return int(values @ counts[columns])

    def _together(self, stated: Iterable[Statement]) -> Limits:
        """The limits that the statements set together, each with the statement that sets it."""
        limits: Limits = {}
        for statement in stated:
            for number, low, high in self._state(statement):
                limits[number] = limits.get(number, _Between()).within(low, high, statement)
        return limits

    def _meets(self, counts: np.ndarray, limits: Limits) -> bool:
        return all(one.holds(self._total(number, counts)) for number, one in (*self._own.items(), *limits.items()))

    # answers
    def refuted(self, stated: Iterable[Statement], deadline: float | None = None) -> set[Statement] | None:
        """Some of the statements that cannot hold together, or None: all of them can.

        Raises NotDecided where neither is proved before the deadline, a reading of time.monotonic().
        """
        limits = self._together(stated)
        if self._is_witnessed(limits):
            return None
        for number, one in limits.items():
            if one.is_empty or (not len(self._rows[number][0]) and not one.holds(0)):
                return one.by
        if not self._columns:
            self._keep(np.zeros(0, dtype=int))
            return None
        found = self._solved(self._loose, limits, deadline)
        if found:
            return None
        if found is False and (used := self._proof(limits)) is not None:
            return used
        if self._solved(self._whole, limits, deadline):
            return None
        return self._by_cases(limits, deadline)

    def _is_witnessed(self, limits: Limits) -> bool:
        """Whether counts that were found before meet the limits."""
        fits = np.ones(len(self._witnesses), dtype=bool)
        for number, one in limits.items():
            made = self._made.get(number, np.zeros(0, dtype=int))
            new = [self._total(number, counts) for counts in self._witnesses[len(made) :]]
            made = self._made[number] = np.append(made, new).astype(int)
            low, high = (-inf if one.low is None else one.low), (inf if one.high is None else one.high)
            fits &= (made >= low) & (made <= high)
        if not fits.any():
            return False
        self._latest = int(np.flatnonzero(fits)[-1])
        return True

    def _keep(self, counts: np.ndarray) -> None:
        self._latest = len(self._witnesses)
        self._witnesses.append(counts)

    def _solved(self, programme: _Programme, limits: Limits, deadline: float | None) -> bool | None:
        """Whether there are counts that meet all limits: True, and they are kept; False says the solver; or None."""
        status = programme.run(limits, deadline)
        if status == highspy.HighsModelStatus.kOptimal:
            counts = programme.counts()
            if self._meets(counts, limits):
                self._keep(counts)
                return True
        return False if status == highspy.HighsModelStatus.kInfeasible else None

    def _by_cases(self, limits: Limits, deadline: float | None) -> set[Statement] | None:
        """As `refuted`, with each number that is no whole one parted into what lies below and what lies above it.

        Sums that print limits come first: once the number of rows below a fraction bar is settled, so is the rest.
        """
        used: set[Statement] = set()
        cases = [limits]
        for _ in range(MOST_CASES):
            if not cases:
                return used
            case = cases.pop()
            if empty := [one for one in case.values() if one.is_empty]:
                used |= empty[0].by
                continue
            found = self._solved(self._loose, case, deadline)
            if found:
                return None
            if found is False and (proof := self._proof(case)) is not None:
                used |= proof
                continue
            if found is False:
                raise NotDecided
            number, value = self._broken(case)
            for low, high in ((None, floor(value)), (floor(value) + 1, None)):
                cases.append(case | {number: case.get(number, _Between()).within(low, high)})
        raise NotDecided

    def _broken(self, limits: Limits) -> tuple[int, float]:
        """A sum that is no whole number where the loose programme ended, and what it is there. Raises NotDecided."""
        counts = self._loose.values()
        if not len(counts):
            raise NotDecided
        # Numbers of rows come before what a share makes of them, and those of the question before others.
        for number in sorted(limits, key=lambda number: (abs(self._rows[number][1]).max(initial=0), -number)):
            columns, values = self._rows[number]
            value = float(values @ counts[columns])
            if abs(value - round(value)) > NEARLY:
                return number, value
        away = np.abs(counts - np.rint(counts))
        column = int(away.argmax())
        if away[column] <= NEARLY:
            raise NotDecided
        return self._number(np.array([column]), np.ones(1, dtype=int)), float(counts[column])

    def end(
        self, quantity: Quantity, direction: int, stated: Iterable[Statement], deadline: float | None = None
    ) -> tuple[Fraction, np.ndarray] | None:
        """The outermost value in that direction while the statements hold, and counts that have it.

        None where the quantity then has no value. Raises NotDecided where it is not proved before the deadline, and for
        a quantity that is neither a sum over rows, nor a share or mean of such sums, nor a smallest or largest value.
        """
        if isinstance(quantity, Each):
            raise NotDecided
        kept = [*stated, exists(quantity)]
        is_share = self._any.ratio(quantity) is not None
        top = (
            None
            if is_share or is_extreme(quantity)
            else self._climbed(quantity, Fraction(0), direction, kept, deadline)
        )
        if top is not None:
            self._keep(top)
        elif self.refuted(kept, deadline) is not None:
            return None
        if is_extreme(quantity):
            return self._outermost(quantity, direction, kept, deadline)
        while True:
            counts = self._witnesses[self._latest]
            value = self._value(quantity, counts)
            further = self._climbed(quantity, value, direction, kept, deadline) if is_share else None
            if further is not None and (self._value(quantity, further) - value) * direction > 0:
                self._keep(further)
            elif self.refuted([*kept, self.beyond(quantity, value, direction)], deadline) is not None:
                return value, counts

    def latest(self, quantity: Quantity) -> Fraction:
        """What the quantity is in the data set with which the last question was answered that has one."""
        return self._value(quantity, self._witnesses[self._latest])

    def _outermost(
        self, quantity: Summary, direction: int, kept: Sequence[Statement], deadline: float | None
    ) -> tuple[Fraction, np.ndarray]:
        """As `end`, of a smallest or largest value: the steps between what is reached and what is not are halved."""
        steps = self._any.told_apart(quantity.variable)
        counts = self._witnesses[self._latest]
        inside, outside = steps.index(self._value(quantity, counts)), len(steps) if direction > 0 else -1
        while abs(outside - inside) > 1:
            middle = (inside + outside) // 2
            end = Fraction(steps[middle] if direction > 0 else steps[middle + 1] - 1)
            ends = (end, None) if direction > 0 else (None, end)
            if self.refuted([*kept, Statement("", (), quantity, *ends, 1)], deadline) is not None:
                outside = middle
            else:
                counts = self._witnesses[self._latest]
                inside = steps.index(self._value(quantity, counts))
        return Fraction(steps[inside]), counts

    def _climbed(
        self, quantity: Quantity, value: Fraction, direction: int, kept: Sequence[Statement], deadline: float | None
    ) -> np.ndarray | None:
        """Counts where a sum may be outermost, or a share beyond the value (Dinkelbach 1967); None if none is found."""
        above, below = self._any.ratio(quantity) or (quantity, None)
        aims = [(value.denominator, above), *([(-value.numerator, below)] if below else [])]
        total, _ = self._sum((times * number, part) for times, whole in aims for number, part in flat(whole))
        columns, values, _ = self._of_columns(total)
        limits = self._together(kept)
        self._whole.aim(columns, -direction * values)
        try:
            self._whole.run(limits, deadline)
        finally:
            self._whole.aim(columns, 0 * values)
        counts = self._whole.counts()
        return counts if len(counts) and self._meets(counts, limits) else None

    def _value(self, quantity: Quantity, counts: np.ndarray) -> Fraction:
        """What the quantity is with these numbers of rows."""
        if is_extreme(quantity):
            needed = self._value(self._coded(quantity), counts) if quantity.statistic == "minimum" else 1
            steps = self._any.told_apart(quantity.variable)
            reached = (step for step in steps if self._value(self._reaching(quantity, step), counts) >= needed)
            return Fraction(max(reached))
        if (parts := self._any.ratio(quantity)) is not None:
            above, below = (self._value(part, counts) for part in parts)
            return above / below
        total, constant = self._sum(flat(quantity))
        columns, values, settled = self._of_columns(total)
        return Fraction(int(values @ counts[columns]) + settled + constant)

    def beyond(self, quantity: Quantity, value: Fraction, direction: int) -> Statement:
        """The statement that the quantity lies beyond the value, which it can have, in that direction."""
        step = Fraction(1)
        if is_extreme(quantity) and direction > 0:
            # Values that nothing tells apart are one.
            step = next((one - value for one in self._any.told_apart(quantity.variable) if one > value), step)
        elif (parts := self._any.ratio(quantity)) is not None:
            least, most = span(parts[1], self._any)
            if least < 0:
                raise NotDecided
            # Two different fractions lie at least 1 over the product of their denominators apart.
            step = Fraction(1, value.denominator * most)
        end = value + direction * step
        return Statement("", (), quantity, *((end, None) if direction > 0 else (None, end)), 1)

    def lacking(self, quantity: Quantity) -> Statement | None:
        """The statement that the quantity has no value; None for one that always has one."""
        if is_extreme(quantity):
            whole = self._coded(quantity)
        elif (parts := self._any.ratio(quantity)) is not None:
            whole = parts[1]
        else:
            return None
        return Statement("", (), whole, None, Fraction(0), 1)

    def open_from(self, variable: str) -> Statement | None:
        """The statement that a row has the largest value that is modelled; None if there are none above it."""
        if not self._any.is_cut(variable):
            return None
        largest = Compare(variable, ">=", self._any.reach(variable)[1])
        return Statement("", (), Count(self._any.unit(variable), largest), Fraction(1), None, 1)

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
            if cell.variable in model.named
        }
        return pd.DataFrame(columns, index=range(self.size[unit]), dtype=object)

    def _proof(self, limits: Limits) -> set[Statement] | None:
        """The statements by which nothing can hold, if the solver's proof stands in whole numbers."""
        ray = self._loose.ray()
        if ray is None or not (abs(ray) > NEARLY).any():
            return None
        ray[abs(ray) <= NEARLY] = 0
        ray /= abs(ray[ray != 0]).min()
        for denominator in DENOMINATORS:
            for sign in (1, -1):
                used = self._proved_by(np.rint(sign * ray * denominator).astype(int), self._own | limits)
                if used is not None:
                    return used
        return None

    def _proved_by(self, multipliers: np.ndarray, limits: Limits) -> set[Statement] | None:
        """The statements whose limits have a multiplier, if their sum cannot be as large as these limits make it."""
        total = np.zeros(len(self._columns), dtype=object)
        least = 0
        used: set[Statement] = set()
        for number in map(int, np.flatnonzero(multipliers)):
            one, times = limits.get(number, _Between()), int(multipliers[number])
            end, by = (one.low, one.low_by) if times > 0 else (one.high, one.high_by)
            if end is None:
                return None
            used |= {by} - {None}
            columns, values = self._rows[number]
            least += times * end
            total[columns] += times * values.astype(object)
        most = sum(value * self.size[unit] for value, (unit, _) in zip(total, self._columns, strict=True) if value > 0)
        return used if most < least else None


@dataclass(frozen=True)
class _Between:
    """Limits of a sum, None for none, and the statements that set them; None for a limit that no statement sets."""

    low: int | None = None
    high: int | None = None
    low_by: Statement | None = None
    high_by: Statement | None = None

    def within(self, low: int | None, high: int | None, by: Statement | None = None) -> _Between:
        """These limits and others together."""
        one = self
        if low is not None and (one.low is None or low > one.low):
            one = replace(one, low=low, low_by=by)
        if high is not None and (one.high is None or high < one.high):
            one = replace(one, high=high, high_by=by)
        return one

    def holds(self, total: int) -> bool:
        """Whether a sum lies within."""
        return (self.low is None or total >= self.low) and (self.high is None or total <= self.high)

    @property
    def is_empty(self) -> bool:
        """Whether no number lies within."""
        return None not in (self.low, self.high) and self.low > self.high

    @property
    def by(self) -> set[Statement]:
        """The statements that set the limits."""
        return {self.low_by, self.high_by} - {None}


class _Programme:
    """A solver that holds all sums of columns, without limits but for those that rows always meet."""

    def __init__(self, sizes: Sequence[int], rows: Sequence[tuple[np.ndarray, np.ndarray]], own: Limits, whole: bool):
        self._solver = solver = quiet_solver()
        for option, value in (("threads", 1), ("random_seed", 0), ("mip_max_nodes", MOST_NODES)):
            solver.setOptionValue(option, value)
        if not whole:
            # Without it there is no proof to read.
            solver.setOptionValue("presolve", "off")
        for size in sizes:
            solver.addVar(0, size)
        if whole:
            every = np.arange(len(sizes), dtype=np.int32)
            solver.changeColsIntegrality(len(sizes), every, np.full(len(sizes), highspy.HighsVarType.kInteger))
        self._set: dict[int, tuple[int | None, int | None]] = {}
        for columns, values in rows:
            self.add(columns, values)
        for number, one in own.items():
            solver.changeRowBounds(number, one.low, one.high)

    def add(self, columns: np.ndarray, values: np.ndarray) -> None:
        """One more sum."""
        free = highspy.kHighsInf
        self._solver.addRow(-free, free, len(columns), columns.astype(np.int32), values.astype(float))

    def aim(self, columns: np.ndarray, costs: np.ndarray) -> None:
        """Make the sum of these columns, times the costs, as small as can be."""
        self._solver.changeColsCost(len(columns), columns.astype(np.int32), costs.astype(float))

    def run(self, limits: Limits, deadline: float | None) -> highspy.HighsModelStatus:
        """Look for numbers within the limits. Raises NotDecided."""
        asked = {number: (one.low, one.high) for number, one in limits.items()}
        for number in self._set.keys() - asked.keys():
            self._solver.changeRowBounds(number, -highspy.kHighsInf, highspy.kHighsInf)
        for number, (low, high) in asked.items():
            if self._set.get(number) != (low, high):
                ends = -highspy.kHighsInf if low is None else low, highspy.kHighsInf if high is None else high
                self._solver.changeRowBounds(number, *ends)
        self._set = asked
        self._solver.setOptionValue("time_limit", self._solver.getRunTime() + time_left(deadline))
        self._solver.run()
        return self._solver.getModelStatus()

    def values(self) -> np.ndarray:
        """What was found, a number a column; empty if nothing was."""
        return np.array(self._solver.getSolution().col_value)

    def counts(self) -> np.ndarray:
        """The whole numbers nearest to what was found."""
        return np.rint(self.values()).astype(int)

    def ray(self) -> np.ndarray | None:
        """The proof that there are none: a multiplier a sum."""
        ray = self._solver.getDualRay()[-1]
        return None if ray is None else np.array(ray)


def exists(quantity: Quantity) -> Statement:
    """The statement that the quantity has a value."""
    return Statement("", (), quantity, None, None, 1)


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
        root = left.pop()
        near = {number: (len(sets[number] & sets[root]), root) for number in left}
        while near and max(near.values())[0] > 0:
            number = max(near, key=lambda one: near[one][0])
            edges.append((near.pop(number)[1], number))
            left.discard(number)
            for other in near:
                near[other] = max(near[other], (len(sets[other] & sets[number]), number))
    return edges
