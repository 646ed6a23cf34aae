"""One of many: how many data sets the printed figures allow, a seeded sample of them, and what all have in common.

Where print contradicts itself, the numbers that give way in the reconstruction give way here too. Statements that share
no variable leave independent parts of the study, so that parts can be counted and drawn on their own and put side by
side, file by file.

The sample is no probability about the real files: it is drawn from what print allows by the reconstruction's seeded
walk, which was close to even on small cases that could be counted. Use it to see what a result owes to one data set.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import combinations, product
from math import factorial, prod

import numpy as np
import pandas as pd

from analysis.certificates import Sum, sums_of
from analysis.codebook import NO, NOT_DOCUMENTED
from analysis.conflicts import components, widened
from analysis.contradictions import Audit
from analysis.expressions import (
    Answers,
    AtLeast,
    Condition,
    Count,
    Each,
    Is,
    Quantity,
    Summary,
    evaluate,
    holds,
    parse_condition,
    variables,
)
from analysis.model import Model, Statement
from analysis.reconstruction import giving_way, walk_with

Units = Mapping[str, pd.DataFrame]

MOST_STATES = 400_000
"""How many different partial sums are kept before an exact count is given up for bounds."""

MOST_PROFILES = 5_000
"""How many different rows of a part are listed before an exact count is given up for bounds."""

MOST_FREE = 64
"""How many different rows the part that is left free has, when the rest of a data set is held for a lower bound."""


@dataclass(frozen=True)
class Range:
    """A number that lies between two proven ends; they are equal where it is known exactly."""

    low: int
    high: int

    @property
    def is_exact(self) -> bool:
        """Whether the number is known."""
        return self.low == self.high


def holding(audit: Audit) -> tuple[Statement, ...]:
    """The statements as the reconstruction keeps them: those that give way moved outwards, all others as printed."""
    steps = giving_way(audit.codebook, audit.size, audit.stated, audit.found)
    return tuple(widened(statement, steps.get(statement.name, 0)) for statement in audit.stated)


# the sample
def ensemble(audit: Audit, number: int, seed: int) -> tuple[Units, ...]:
    """So many data sets that the printed figures allow, all by the seed: unit -> one row a unit, modelled variables."""
    stated = holding(audit)
    drawn: list[list[Units]] = [[] for _ in range(number)]
    for place, part in enumerate(components(audit.codebook, stated)):
        model = Model(audit.codebook, audit.size, part)
        if not model.cells:
            continue
        with model.solver() as solver:
            for member in range(number):
                drawn[member].append(walk_with(solver, model, seed * 1_000_003 + member * 1009 + place))
    order = list(audit.codebook.variables)
    return tuple(_side_by_side(parts, audit.size, order) for parts in drawn)


def _side_by_side(parts: Sequence[Units], size: Mapping[str, int], order: Sequence[str]) -> Units:
    joined = {}
    for unit in size:
        rows = pd.concat([part[unit] for part in parts], axis=1)
        joined[unit] = rows[sorted(rows.columns, key=order.index)]
    return joined


def spread(members: Sequence[Units], results: Mapping[str, Quantity | Callable[[Units], float]]) -> pd.DataFrame:
    """How far results move over the sample: `result`, `smallest`, `median`, `largest`, `values` (how many different).

    A result is a quantity or a function of a data set that gives a number.
    """
    rows = []
    for name, result in results.items():
        found = [evaluate(result, member) if not callable(result) else result(member) for member in members]
        known = sorted(value for value in found if value is not None)
        rows.append((name, known[0], known[len(known) // 2], known[-1], len(set(known))))
    return pd.DataFrame(rows, columns=["result", "smallest", "median", "largest", "values"])


# the number of data sets
def data_sets(audit: Audit, held: Units, unit: str = "files") -> Range:
    """How many data sets of a unit the printed figures allow, if two that differ only in the order of rows are one.

    Ids that rows point to (a local authority) count as names. `held` is any consistent data set; lower bounds of parts
    that are too large to count hold some of its columns. Permutations of rows are summed by Burnside's lemma: what one
    leaves in place is a product over the independent parts.
    """
    parts = [_Part(audit, part) for part in components(audit.codebook, holding(audit)) if _unit(audit, part) == unit]
    size = audit.size[unit]
    each = [part.arrangements(held) for part in parts]
    exact = all(one.is_exact for one in each)
    # Few data sets have many equal rows: where not all can be counted, a bound from single variables serves for them.
    in_place = prod(one.high for one in each)
    for cycles in partitions(size):
        if len(cycles) < size:
            alike = prod(length**times * factorial(times) for length, times in Counter(cycles).items())
            nearly_apart = exact or len(cycles) > size - 2
            kept = (part.at_most(cycles) if nearly_apart else part.singly(cycles) for part in parts)
            in_place += factorial(size) // alike * prod(kept)
    high = in_place // factorial(size)
    return Range(high if exact else -(-prod(one.low for one in each) // factorial(size)), high)


def labelled(audit: Audit, part: Sequence[Statement], held: Units) -> Range:
    """How many data sets one independent part of a study has, if rows have names."""
    return _Part(audit, part).arrangements(held)


def partitions(number: int, largest: int | None = None) -> Iterable[tuple[int, ...]]:
    """The ways to write a number as a sum, each from the largest summand to the smallest."""
    if number == 0:
        yield ()
    for first in range(min(number, largest or number), 0, -1):
        for rest in partitions(number - first, first):
            yield (first, *rest)


def _unit(audit: Audit, part: Sequence[Statement]) -> str:
    names = [name for statement in part for name in variables(statement.quantity)]
    return audit.codebook.unit(audit.codebook.variable(names[0]).sheet) if names else ""


class _Part:
    """The rows that one independent part of a study can have, and what each adds to what print limits."""

    def __init__(self, audit: Audit, part: Sequence[Statement]):
        self.codebook, self.size = audit.codebook, audit.size
        self.model = Model(audit.codebook, audit.size, part)
        self.unit = _unit(audit, part)
        self.variables = [name for name in self.model.variables if self.model.unit(name) == self.unit]
        self.rules = [
            condition
            for rule in audit.codebook.rules()
            if set(variables(condition := parse_condition(rule.definition, audit.codebook))) <= set(self.variables)
        ]
        self.sums = [one for statement in part for each in self._apart(statement) for one in sums_of(each, self.model)]
        self._possible: dict[str, list[str]] = {}
        self._lines: dict[tuple, tuple | None] = {}

    def _apart(self, statement: Statement) -> list[Statement]:
        """A count that is the same for every value of a ref, as one statement a value."""
        quantity = statement.quantity
        if not isinstance(quantity, Each):
            return [statement]
        values = self.model.names(self.codebook.variable(quantity.reference).definition)
        parts = [AtLeast(2, (Is(quantity.reference, value), quantity.condition)) for value in values]
        return [replace(statement, quantity=Count(quantity.unit, condition)) for condition in parts]

    def arrangements(self, held: Units) -> Range:
        """How many data sets there are, if rows have names; `held` is one, for a lower bound if they are too many."""
        apart = (1,) * self.size[self.unit]
        exact = self.count(self.variables, apart)
        return Range(self.count_beside(held), self.at_most(apart)) if exact is None else Range(exact, exact)

    def at_most(self, cycles: Sequence[int]) -> int:
        """How many data sets have equal rows within each cycle of rows (of these lengths), or a bound on it.

        Without the rules, or without all that joins two variables, there are more data sets and never fewer.
        """
        exact = self.count(self.variables, cycles)
        if exact is not None:
            return exact
        loose = ((names, self.count(names, cycles, rules=False)) for names in self.unruly())
        return prod(self.singly(cycles, names) if found is None else found for names, found in loose)

    def singly(self, cycles: Sequence[int], names: Sequence[str] | None = None) -> int:
        """A bound on the same, quick to find: what each variable allows on its own."""
        return prod(self.count([name], cycles, rules=False) for name in names or self.variables)

    def unruly(self) -> list[list[str]]:
        """The variables in groups that no statement joins, if rules are left out."""
        groups: list[set[str]] = []
        for one in ({name for _, q in each.parts for name in variables(q)} for each in self.sums):
            groups = [g for g in groups if not g & one] + [one.union(*(g for g in groups if g & one))]
        return [[name for name in self.variables if name in group] for group in groups if group]

    def count(self, names: Sequence[str], cycles: Sequence[int], rules: bool = True) -> int | None:
        """How many data sets of these variables, rows equal in each cycle, meet what speaks of them alone."""
        key = (*names, rules)
        if key not in self._lines:
            sums = [one for one in self.sums if {v for _, q in one.parts for v in variables(q)} <= set(names)]
            rows = self._rows({name: self._values(name) for name in names}, rules)
            self._lines[key] = None if rows is None else (_different(self._adds(rows, sums)), sums)
        if self._lines[key] is None:
            return None
        (adds, times), sums = self._lines[key]
        return _ways([(length, adds, times) for length in cycles], sums)

    def count_beside(self, held: Units) -> int:
        """How many data sets there are, at the least: those with the rows of `held` in all but a few variables.

        Several choices of those few are tried, and the largest count is given.
        """
        most = 1
        for start in range(0, len(self.variables), -(-len(self.variables) // 3)):
            free: list[str] = []
            for name in self.variables[start:] + self.variables[:start]:
                if prod(len(self._values(other)) for other in (*free, name)) <= MOST_FREE:
                    free.append(name)
            most = max(most, self._count_free(free, held))
        return most

    def _count_free(self, free: Sequence[str], held: Units) -> int:
        kept = held[self.unit][[name for name in self.variables if name not in free]]
        equal = Counter(map(tuple, kept.to_numpy()))
        lines = {}
        for row in equal:
            values = dict(zip(kept.columns, ([value] for value in row), strict=True))
            cells = {name: values.get(name, self._values(name)) for name in self.variables}
            lines[row] = _different(self._adds(self._rows(cells, rules=True), self.sums))
        ways = _ways([(1, *lines[tuple(row)]) for row in kept.to_numpy()], self.sums)
        return (ways or 1) * factorial(len(kept)) // prod(map(factorial, equal.values()))

    def _values(self, name: str) -> list[str]:
        """The values a cell can have, without those that print gives to nobody."""
        if name in self._possible:
            return self._possible[name]
        cell = next(cell for cell in self.model.cells if cell.variable == name)
        nobody = {
            one.parts[0][1].condition
            for one in self.sums
            if one.high == 0 and len(one.parts) == 1 and isinstance(one.parts[0][1], Count)
        }
        self._possible[name] = [value for value in cell.values if Is(name, value) not in nobody]
        return self._possible[name]

    def _rows(self, values: Mapping[str, Sequence[str]], rules: bool) -> pd.DataFrame | None:
        if prod(map(len, values.values())) > MOST_PROFILES:
            return None
        rows = pd.MultiIndex.from_product(values.values(), names=list(values)).to_frame(index=False).astype(object)
        for rule in self.rules if rules else ():
            if set(variables(rule)) <= set(values):
                rows = rows[holds(rule, rows)]
        return rows.reset_index(drop=True)

    def _adds(self, rows: pd.DataFrame, sums: Sequence[Sum]) -> np.ndarray:
        adds = np.zeros((len(rows), len(sums)), dtype=np.int64)
        for place, one in enumerate(sums):
            for number, quantity in one.parts:
                adds[:, place] += number * _added(quantity, rows)
        return adds


def _added(quantity: Quantity, rows: pd.DataFrame) -> np.ndarray:
    match quantity:
        case Count(condition=condition):
            return holds(condition, rows).to_numpy(dtype=np.int64)
        case Answers(conditions=conditions):
            return sum(holds(condition, rows).to_numpy(dtype=np.int64) for condition in conditions)
        case Summary(statistic="sum", variable=name):
            return pd.to_numeric(rows[name], errors="coerce").fillna(0).to_numpy(dtype=np.int64)
    raise TypeError(quantity)


def _different(adds: np.ndarray) -> tuple[np.ndarray, list[int]]:
    """Every different line of the array, and how often it stands there."""
    if adds.shape[1] == 0:
        return adds[:1], [len(adds)]
    lines, times = np.unique(adds, axis=0, return_counts=True)
    return lines, times.tolist()


def _ways(steps: Sequence[tuple[int, np.ndarray, list[int]]], sums: Sequence[Sum]) -> int | None:
    """In how many ways one line a step, taken so many times, add up to what the sums may be.

    A step is a length, lines, and how often each line stands for a row. Two halves of the steps are added up on their
    own and joined. None where there are too many partial sums.
    """
    rows = sum(length for length, _, _ in steps)
    least = np.min([adds.min(axis=0) for _, adds, _ in steps], axis=0) if sums else np.zeros(0, dtype=np.int64)
    most = np.max([adds.max(axis=0) for _, adds, _ in steps], axis=0) - least if sums else least
    low = [max(0, -(10**9) if one.low is None else one.low - rows * int(a)) for one, a in zip(sums, least, strict=True)]
    high = [
        min(rows * int(b), 10**9 if one.high is None else one.high - rows * int(a))
        for one, a, b in zip(sums, least, most, strict=True)
    ]
    if any(a > b for a, b in zip(low, high, strict=True)):
        return 0
    kept = [n for n in range(len(sums)) if high[n] < rows * int(most[n]) or low[n] > 0]
    bases = [high[n] + 1 for n in kept]
    strides = [prod(bases[:n]) for n in range(len(bases))]
    if prod(bases) > 2**62:
        return None
    bounds = [(low[n], high[n], int(most[n])) for n in kept]
    halves = []
    for half in (steps[::2], steps[1::2]):
        codes, counts, left, largest = np.zeros(1, dtype=np.int64), np.ones(1, dtype=np.int64), rows, 1
        for length, adds, times in half:
            left -= length
            lines = (adds[:, kept] - least[kept]) * length
            if len(codes) * len(lines) > 40 * MOST_STATES:
                return None
            largest *= sum(times)
            if largest > 2**62:
                counts = counts.astype(object)
            digits = [(codes // stride) % base for stride, base in zip(strides, bases, strict=True)]
            sums_now, counts_now = [], []
            for line, often in zip(lines.tolist(), times, strict=True):
                fits = np.ones(len(codes), dtype=bool)
                for digit, add, (lowest, highest, each) in zip(digits, line, bounds, strict=True):
                    fits &= (digit + add <= highest) & (digit + add + left * each >= lowest)
                sums_now.append(codes[fits] + sum(a * stride for a, stride in zip(line, strides, strict=True)))
                counts_now.append(counts[fits] * often)
            codes, counts = _merged(np.concatenate(sums_now), np.concatenate(counts_now))
            if len(codes) > MOST_STATES:
                return None
        halves.append((codes, counts))
    return _joined(halves, bounds, strides, bases)


def _merged(codes: np.ndarray, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Every code once, with the sum of its counts."""
    if not len(codes):
        return codes, counts
    order = np.argsort(codes, kind="stable")
    codes, counts = codes[order], counts[order]
    first = np.flatnonzero(np.concatenate([[True], codes[1:] != codes[:-1]]))
    return codes[first], np.add.reduceat(counts, first)


def _joined(halves, bounds, strides: Sequence[int], bases: Sequence[int]) -> int | None:
    """In how many ways a state of each half add up to totals within the bounds."""
    (codes, counts), (others, other_counts) = halves
    if not len(codes) or not len(others):
        return 0
    totals = [range(lowest, highest + 1) for lowest, highest, _ in bounds]
    if prod(map(len, totals)) * len(codes) > 500 * MOST_STATES:
        return None
    digits = [(codes // stride) % base for stride, base in zip(strides, bases, strict=True)]
    ways = 0
    for total in product(*totals):
        fits = np.ones(len(codes), dtype=bool)
        for digit, goal in zip(digits, total, strict=True):
            fits &= digit <= goal
        wanted = sum(goal * stride for goal, stride in zip(total, strides, strict=True)) - codes[fits]
        places = np.minimum(np.searchsorted(others, wanted), len(others) - 1)
        there = others[places] == wanted
        pairs = zip(counts[fits][there].tolist(), other_counts[places[there]].tolist(), strict=True)
        ways += sum(a * b for a, b in pairs)
    return ways


# privacy
def privacy(audit: Audit, members: Sequence[Units], unit: str = "files") -> pd.DataFrame:
    """What print gives away of single files, and a reconstruction makes easy to see: `what`, `number` (as text).

    Numbers alone: which files or facts they are is not told. `members` are data sets of the ensemble; they only spare
    questions, every number is proved. A profile is a combination of codes other than `no` and `nd`.
    """
    stated = holding(audit)
    number = data_sets(audit, members[0], unit)
    model = Model(audit.codebook, audit.size, stated)
    with model.solver() as solver:
        solver_has = len(model.clauses)
        asked = _Forced(model, solver, solver_has, unit)
        rows = sum(asked.row_in_all(row) for row in _common_rows(members, unit))
        pairs = asked.single(_profiles_of_one(members, unit, 2))
        triples = asked.single(_profiles_of_one(members, unit, 3))
    said = _said(stated)
    facts = [
        ("data sets, at least", number.low), ("data sets, at most", number.high),
        ("rows that all data sets have", rows),
        ("pairs of codes that exactly one file has, whatever the data set", len(pairs)),
        ("of these stated in print", sum(frozenset(pair) in said for pair in pairs)),
        ("threes of codes that exactly one file has, whatever the data set", len(triples)),
        ("of these stated in print", sum(frozenset(three) in said for three in triples)),
        ("data sets of the sample", len(members)),
        ("most of them that share a row", _most_shared(members, unit)),
    ]  # fmt: skip
    return pd.DataFrame([(what, str(value)) for what, value in facts], columns=["what", "number"])


def _rows_of(member: Units, unit: str) -> set[tuple[str, ...]]:
    return set(map(tuple, member[unit].to_numpy()))


def _common_rows(members: Sequence[Units], unit: str) -> list[dict[str, str]]:
    common = set.intersection(*(_rows_of(member, unit) for member in members))
    return [dict(zip(members[0][unit].columns, row, strict=True)) for row in common]


def _most_shared(members: Sequence[Units], unit: str) -> int:
    return max(Counter(row for member in members for row in _rows_of(member, unit)).values())


def _profiles_of_one(members: Sequence[Units], unit: str, length: int) -> list[tuple[Is, ...]]:
    """Combinations of codes of different variables that exactly one row has in every data set given."""
    columns = {}
    for name in members[0][unit]:
        for code in dict.fromkeys(code for member in members for code in member[unit][name]):
            if code not in (NO, NOT_DOCUMENTED, ""):
                columns[Is(name, code)] = np.stack([(member[unit][name] == code).to_numpy() for member in members])
    found = []
    for some in combinations(columns, length - 1):
        if len({one.variable for one in some}) < len(some):
            continue
        together = np.logical_and.reduce([columns[one] for one in some])
        if not together.any(axis=1).all():
            continue
        names = [one.variable for one in some]
        later = list(columns)[list(columns).index(some[-1]) + 1 :]
        for other in later:
            if other.variable not in names and ((together & columns[other]).sum(axis=1) == 1).all():
                found.append((*some, other))
    return found


def _said(stated: Iterable[Statement]) -> set[frozenset[Condition]]:
    """Combinations of which print itself says that one row has them."""
    return {
        frozenset(statement.quantity.condition.parts)
        for statement in stated
        if statement.low == statement.high == 1
        and isinstance(statement.quantity, Count)
        and isinstance(statement.quantity.condition, AtLeast)
        and statement.quantity.condition.number == len(statement.quantity.condition.parts)
    }


class _Forced:
    """Asks the solver whether there is a data set in which something is otherwise."""

    def __init__(self, model: Model, solver, known: int, unit: str):
        self.model, self.solver, self.known, self.unit = model, solver, known, unit

    def _can_hold(self, low: int | None, high: int | None, condition: Condition) -> bool:
        ends = (None if end is None else Fraction(end) for end in (low, high))
        asked = self.model.selector(Statement("asked", (), Count(self.unit, condition), *ends, 1))
        self.solver.append_formula(self.model.clauses[self.known :])
        self.known = len(self.model.clauses)
        return self.solver.solve(assumptions=[*self.model.selectors.values(), asked])

    def row_in_all(self, row: Mapping[str, str]) -> bool:
        """Whether every data set has this row."""
        parts = tuple(Is(name, value) for name, value in row.items())
        return not self._can_hold(None, 0, AtLeast(len(parts), parts))

    def single(self, profiles: Iterable[tuple[Is, ...]]) -> list[tuple[Is, ...]]:
        """The profiles that exactly one row has in every data set."""
        return [
            profile
            for profile in profiles
            if not self._can_hold(None, 0, AtLeast(len(profile), profile))
            and not self._can_hold(2, None, AtLeast(len(profile), profile))
        ]
