"""One of many: how many data sets the printed figures allow, a fair sample of them, and what all have in common.

Where print contradicts itself, the numbers that give way in the reconstruction give way here too. Statements that share
no variable leave independent parts of the study, so that parts are counted and drawn on their own and put side by side,
row by row.

Every data set is equally likely to be drawn, rows having names. That is a statement about the sample and none about the
real files: print does not say which of its data sets is the likelier one. Use the sample to see what a result owes to
one data set.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from itertools import combinations
from math import factorial, prod

import numpy as np
import pandas as pd

from analysis.printed.certificates import Sum, sums_of
from analysis.printed.conflicts import Cluster, Part, clusters, components, widened
from analysis.printed.counting import Counting, TooMany, permutations_of, without
from analysis.printed.model import Model, Statement, connected, counting, possibly, sizes, statements
from analysis.printed.reconstruction import giving_way, walk
from analysis.printed.sample import Units
from analysis.study.claims import Claim
from analysis.study.codebook import BLANK, NO, NOT_DOCUMENTED, Codebook
from analysis.study.expressions import AtLeast, Condition, Count, Each, Is, Not, variables

MOST_ROWS = 14
"""Most rows of which every kind of permutation is looked at; of more, all but one are bounded together."""

QUICK = 50_000
"""Moves up to which a part is counted again for every kind of permutation; a bound serves for slower ones."""


@dataclass(frozen=True)
class Range:
    """A number that lies between two proven ends; they are equal where it is known exactly."""

    low: int
    high: int

    @property
    def is_exact(self) -> bool:
        """Whether the number is known."""
        return self.low == self.high


class Universe:
    """All data sets in which statements hold (the solution universe of Garfinkel, Abowd and Martindale 2019).

    `size` says how many rows each unit has. Make that of a study with `universe`.
    """

    def __init__(self, codebook: Codebook, size: Mapping[str, int], stated: Sequence[Statement]):
        self.codebook, self.size, self.stated = codebook, size, tuple(stated)
        groups = (_Part(codebook, size, group) for group in components(codebook, stated))
        self.parts = tuple(part for part in groups if part.units)

    def draw(self, number: int, seed: int) -> tuple[Units, ...]:
        """So many data sets by the seed: unit -> one row a unit, modelled variables as text.

        All data sets are equally likely (see `is_even`); the same may come twice. Raises NotDecided where a part is too
        large to be counted and to be searched.
        """
        drawn: list[list[Units]] = [[] for _ in range(number)]
        for place, part in enumerate(self.parts):
            seeds = [seed * 1_000_003 + member * 1009 + place for member in range(number)]
            for member, rows in zip(drawn, part.draw(seeds), strict=True):
                member.append(rows)
        order = list(self.codebook.variables)
        return tuple(_side_by_side(parts, self.size, order) for parts in drawn)

    @property
    def is_even(self) -> bool:
        """Whether all data sets are equally likely to be drawn. If not, some part was too large to be counted and is
        drawn by the reconstruction's walk, which was close to even where it could be checked."""
        return all(part.counting is not None for part in self.parts)

    def data_sets(self, unit: str = "files") -> Range:
        """How many data sets of a unit there are, if two that differ only in the order of rows are one.

        Ids that rows point to (a local authority) count as names. Permutations of rows are summed by Burnside's lemma:
        what one leaves in place is a product over the independent parts.
        """
        rows = self.size[unit]
        parts = sorted((part for part in self.parts if unit in part.units), key=lambda part: len(part.variables))
        named = [part.labelled(unit) for part in parts]
        moved = self._moved(parts, rows, unit) if rows > 1 else 0
        low = prod(each.low for each in named) + (moved.low if rows > 1 else 0)
        high = prod(each.high for each in named) + (moved.high if rows > 1 else 0)
        return Range(-(-low // factorial(rows)), high // factorial(rows))

    def _moved(self, parts: Sequence[_Part], rows: int, unit: str) -> Range:
        """The data sets that a permutation leaves as they are, added up over all but the one that moves nothing."""
        swap = (2, *[1] * (rows - 2))
        if rows > MOST_ROWS:
            # What any of them leaves in place has two equal rows, and so has what one swap leaves in place.
            return Range(0, (factorial(rows) - 1) * self._in_place(parts, swap, unit).high)
        low = high = 0
        for cycles in partitions(rows):
            if len(cycles) < rows:
                kept = self._in_place(parts, cycles, unit)
                low += permutations_of(cycles) * kept.low
                high += permutations_of(cycles) * kept.high
        return Range(low, high)

    def _in_place(self, parts: Sequence[_Part], cycles: Sequence[int], unit: str) -> Range:
        low = high = 1
        for part in parts:
            each = part.in_place(unit, cycles)
            low, high = low * each.low, high * each.high
            if high == 0:
                break
        return Range(low, high)

    def privacy(self, members: Sequence[Units], unit: str = "files") -> pd.DataFrame:
        """What print gives away of single rows, and a reconstruction makes easy to see: `fact`, `low`, `high`.

        Numbers alone: which rows or codes they are is not told. `members` are data sets that were drawn; they only
        spare questions, every number but `shared` is proved. A profile is a combination of codes of several variables,
        leaving out `no`, `nd`, and what every row has. `single_2` is how many pairs exactly one row has in every data
        set, `printed_2` how many of them print itself states; `_3` are threes of which no pair is one of these.
        `shared` is in how many of the members the row is found that most of them share.
        """
        number = self.data_sets(unit)
        pairs = self._single(members, unit, 2, [])
        threes = self._single(members, unit, 3, pairs)
        said = self._said()
        facts = {"data_sets": number, "rows_in_all": self._rows_in_all(members, unit)}
        for length, found in ((2, pairs), (3, threes)):
            facts |= {f"single_{length}": len(found), f"printed_{length}": sum(one in said for one in found)}
        facts |= {"members": len(members), "shared": _most_shared(members, unit)}
        ends = {name: (f.low, f.high) if isinstance(f, Range) else (f, f) for name, f in facts.items()}
        return pd.DataFrame([(n, str(a), str(b)) for n, (a, b) in ends.items()], columns=["fact", "low", "high"])

    def _rows_in_all(self, members: Sequence[Units], unit: str) -> int:
        common = set.intersection(*(_rows_of(member, unit) for member in members))
        if not common:
            return 0
        names = list(members[0][unit].columns)
        with Part(self.codebook, self.size, self.stated) as asked:
            rows = (tuple(Is(name, value) for name, value in zip(names, row, strict=True)) for row in sorted(common))
            nowhere = (Count(unit, Not(AtLeast(1, (AtLeast(len(codes), codes),)))) for codes in rows)
            every = Fraction(self.size[unit])
            return sum(
                not asked.can_hold(asked.stated, [Statement("nowhere", (), count, every, None, 1)]) for count in nowhere
            )

    def _single(
        self, members: Sequence[Units], unit: str, length: int, known: Iterable[frozenset[Is]]
    ) -> list[frozenset[Is]]:
        """Profiles of so many codes that exactly one row has in every data set, without those that hold a known one."""
        found = []
        for part in (part for part in self.parts if unit in part.units):
            wanted = [
                codes
                for codes in _profiles_of_one(members, unit, part.variables, length)
                if not any(one <= frozenset(codes) for one in known)
            ]
            if wanted:
                with Part(self.codebook, self.size, part.stated) as asked:
                    found += [frozenset(codes) for codes in wanted if _is_forced(asked, unit, codes)]
        return found

    def _said(self) -> set[frozenset[Condition]]:
        """Combinations of which print itself says that one row has them."""
        quantities = [
            one.quantity.condition
            for part in self.parts
            for statement in part.stated
            if statement.low == statement.high == 1
            for one in part.apart(statement)
            if isinstance(one.quantity, Count)
        ]
        return {frozenset(one.parts) for one in quantities if isinstance(one, AtLeast) and one.number == len(one.parts)}


def universe(codebook: Codebook, claims: Sequence[Claim], found: Sequence[Cluster] | None = None) -> Universe:
    """All data sets that the claims allow: those that give way are moved outwards, all others stand as printed.

    `found` are the clusters of conflicts, if they are known already.
    """
    stated, size = counting(statements(claims, codebook)), sizes(claims, codebook)
    steps = giving_way(codebook, size, stated, clusters(codebook, size, stated) if found is None else found)
    return Universe(codebook, size, [widened(statement, steps.get(statement.name, 0)) for statement in stated])


def partitions(number: int, largest: int | None = None) -> Iterable[tuple[int, ...]]:
    """The ways to write a number as a sum, each from the largest summand to the smallest."""
    if number == 0:
        yield ()
    for first in range(min(number, largest or number), 0, -1):
        for rest in partitions(number - first, first):
            yield (first, *rest)


class _Part:
    """Statements that share variables among them, and none with others."""

    def __init__(self, codebook: Codebook, size: Mapping[str, int], stated: Sequence[Statement]):
        self.codebook, self.size, self.stated = codebook, size, stated
        names = dict.fromkeys(name for statement in stated for name in variables(statement.quantity))
        self.units = tuple(dict.fromkeys(codebook.unit(codebook.variable(name).sheet) for name in names))
        # One row of each unit says what a cell can be; all rows together are needed for the walk alone.
        self._models = [Model(codebook, size, stated, single=unit, every_value=True) for unit in self.units]
        self.variables, self.rules = (), []
        if self.units:
            one = self._models[0]
            self.variables = tuple(name for name in one.variables if name in one.named)
            self.rules = self._binding(list(one.rules.values()))
            # Of a variable that print does not count it is enough that some value keeps the rules.
            for name in (name for name in one.variables if name not in one.named):
                self.rules = without(self.rules, name, self._true_values(name))

    def _binding(self, rules: list[Condition]) -> list[Condition]:
        """The rules as what is documented of a row must keep them: a gap can hide any answer that they allow."""
        open_ = {cell.variable for model in self._models for cell in model.cells if NOT_DOCUMENTED in cell.values}
        about = [rule for rule in rules if open_.intersection(variables(rule))]
        found = [rule for rule in rules if rule not in about]
        for names in connected(map(variables, about)):
            tied = tuple(rule for rule in about if names.issuperset(variables(rule)))
            found.append(possibly(AtLeast(len(tied), tied)))
        return found

    def _true_values(self, name: str) -> list[str]:
        cells = (cell for model in self._models for cell in model.cells if cell.variable == name)
        values = [value for value in next(cells).values if value not in (NOT_DOCUMENTED, BLANK)]
        return values if self.codebook.variable(name).required else [*values, BLANK]

    @cached_property
    def sums(self) -> tuple[Sum, ...]:
        """What the statements say, as sums over rows."""
        found = [
            one for statement in self.stated for each in self.apart(statement) for one in sums_of(each, self._models[0])
        ]
        for statement in self.stated:
            # A share or mean of nothing does not exist.
            parts = self._models[0].ratio(statement.quantity)
            if parts is not None and isinstance(parts[1], Count):
                found.append(Sum(statement.name, ((1, parts[1]),), 1, None))
        return tuple(found)

    def apart(self, statement: Statement) -> list[Statement]:
        """A count that is the same for every value of a ref, as one statement a value."""
        quantity = statement.quantity
        if not isinstance(quantity, Each):
            return [statement]
        values = self._models[0].names(self.codebook.variable(quantity.reference).definition)
        parts = [
            AtLeast(2, (Is(quantity.reference, value), quantity.condition))
            if variables(quantity.condition)
            else Is(quantity.reference, value)
            for value in values
        ]
        return [replace(statement, quantity=Count(quantity.unit, condition)) for condition in parts]

    def _counted(self, names: Sequence[str]) -> Counting:
        """The data sets of some of the variables, with what speaks of them alone."""
        cells = [cell for model in self._models for cell in model.cells if cell.variable in names]
        values = {cell.variable: list(cell.values) for cell in cells}
        rules = [rule for rule in self.rules if set(variables(rule)) <= set(names)]
        spoken = [one for one in self.sums if {v for _, q in one.parts for v in variables(q)} <= set(names)]
        return Counting(self.size[cells[0].unit], values, rules, spoken)

    @cached_property
    def counting(self) -> Counting | None:
        """The data sets of the part, ready to be counted and drawn; None if they are too many to count."""
        if len(self.units) > 1:
            return None
        counting = self._counted(self.variables)
        try:
            counting.number()
        except TooMany:
            return None
        return counting

    def draw(self, seeds: Sequence[int]) -> Iterable[Units]:
        """A data set of the part for each seed. Raises NotDecided."""
        if self.counting is None:
            model = Model(self.codebook, self.size, self.stated, every_value=True)
            return (walk(model, seed) for seed in seeds)
        return ({self.units[0]: rows} for rows in self.counting.draw(seeds))

    def labelled(self, unit: str) -> Range:
        """How many data sets the part has, if rows have names."""
        if self.counting is None:
            return Range(1, self._singly(unit, (1,) * self.size[unit]))
        return Range(self.counting.number(), self.counting.number())

    def in_place(self, unit: str, cycles: Sequence[int]) -> Range:
        """How many of them have equal rows within each cycle of rows (of these lengths)."""
        if self.counting is None or self.counting.moves > QUICK:
            return Range(0, min(self._singly(unit, cycles), self.labelled(unit).high))
        number = self.counting.number(cycles)
        return Range(number, number)

    def _singly(self, unit: str, cycles: Sequence[int]) -> int:
        """A bound, quick to find: what each variable allows on its own."""
        return prod(self._alone(name, cycles) for name in self.variables if self._unit(name) == unit)

    def _unit(self, name: str) -> str:
        return self.codebook.unit(self.codebook.variable(name).sheet)

    def _alone(self, name: str, cycles: Sequence[int]) -> int:
        counting = self._counted([name])
        try:
            return counting.number(cycles)
        except TooMany:
            return len(counting.values[name]) ** len(cycles)


def _side_by_side(parts: Sequence[Units], size: Mapping[str, int], order: Sequence[str]) -> Units:
    joined = {}
    for unit in size:
        rows = pd.concat(
            [pd.DataFrame(index=range(size[unit])), *(part[unit] for part in parts if unit in part)], axis=1
        )
        joined[unit] = rows[sorted(rows.columns, key=order.index)]
    return joined


def _rows_of(member: Units, unit: str) -> set[tuple[str, ...]]:
    return set(map(tuple, member[unit].to_numpy()))


def _most_shared(members: Sequence[Units], unit: str) -> int:
    return max(Counter(row for member in members for row in _rows_of(member, unit)).values())


def _profiles_of_one(
    members: Sequence[Units], unit: str, names: Sequence[str], length: int
) -> Iterable[tuple[Is, ...]]:
    """Combinations of codes of different variables that exactly one row has in every data set given."""
    columns = {}
    for name in (name for name in names if name in members[0][unit]):
        cells = np.stack([member[unit][name].to_numpy(dtype=object) for member in members])
        for code in dict.fromkeys(cells.ravel()):
            held = cells == code
            if code not in (NO, NOT_DOCUMENTED, "") and not held.all():
                columns[Is(name, code)] = held
    for some in combinations(columns, length - 1):
        together = np.logical_and.reduce([columns[one] for one in some])
        if len({one.variable for one in some}) < len(some) or not together.any(axis=1).all():
            continue
        variables_of = {one.variable for one in some}
        for other in list(columns)[list(columns).index(some[-1]) + 1 :]:
            if other.variable not in variables_of and ((together & columns[other]).sum(axis=1) == 1).all():
                yield (*some, other)


def _is_forced(asked: Part, unit: str, codes: tuple[Is, ...]) -> bool:
    """Whether exactly one row has all the codes in every data set."""
    count = Count(unit, AtLeast(len(codes), codes))
    otherwise = [Statement("none", (), count, None, Fraction(0), 1), Statement("more", (), count, Fraction(2), None, 1)]
    return not any(asked.can_hold(asked.stated, [one]) for one in otherwise)
