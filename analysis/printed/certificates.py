"""Why a set of printed numbers cannot all hold: one inequality over whole numbers that a reader can check by hand.

Every statement of print limits a sum over the rows of a unit. If a sum of such sums can be at most t in any one row,
whatever the row holds, it is at most n times t in n rows; where print asks for more, it contradicts itself. The
multipliers are found by a small integer programme over all rows that the codebook allows (Farkas' lemma) and checked
with whole numbers alone.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import product
from math import ceil, floor, lcm
from pathlib import Path

import highspy

from analysis.printed.model import Model, NotDecided, Statement, time_left, whole_ends
from analysis.study.codebook import Codebook
from analysis.study.expressions import (
    EVERY,
    Answers,
    Arithmetic,
    AtLeast,
    Compare,
    Constant,
    Count,
    Each,
    Is,
    Not,
    Quantity,
    Summary,
)

DIVISORS = (2, 3, 4, 5)
"""Divisors that are tried where only remainders tell: six counts of 1 or 4 cannot add up to 10."""

MOST_TRIES = 50_000
"""How many combinations of remainders are tried a divisor."""

LARGEST_MULTIPLIER = 20
"""Largest multiplier that is looked for. Beyond it nobody would check the inequality by hand."""

MOST_NODES = 20_000
"""How far the search for the smallest multipliers goes: a number of steps, so that it ends alike on every machine."""

MOST_ROWS = 20_000
"""How many different rows are listed before the search for an inequality is given up."""


Rows = dict[str, list[tuple[int, ...]]]
"""Unit -> what one row of it can add to each of several sums: every different combination."""


@dataclass(frozen=True)
class Sum:
    """A sum over rows that a statement limits: `parts` are whole multipliers and the quantities they multiply.

    `low` and `high` are the limits that print sets, None for no limit. Where the statement is a share or mean of which
    one side is known, `of` is the number below the fraction bar, or `over` the one above it; `given` are the statements
    by which it is known.
    """

    name: str
    parts: tuple[tuple[int, Quantity], ...]
    low: int | None
    high: int | None
    of: int | None = None
    over: int | None = None
    given: tuple[str, ...] = ()

    @property
    def is_between(self) -> bool:
        """Whether it is a fraction of which one side is known and no whole number on the other gives it."""
        if (self.of is None and self.over is None) or None in (self.low, self.high):
            return False
        return self.low > self.high >= (0 if self.over is None else 1)


@dataclass(frozen=True)
class Granularity:
    """A share or mean of which one side is known, and that no whole number on the other side gives.

    `nearest` are the two fractions, as pairs of whole numbers, of which one is too small and the next one too large.
    """

    term: Sum

    @property
    def nearest(self) -> tuple[tuple[int, int], tuple[int, int]]:
        """Whole numbers above and below the fraction bar: just too little, and just too much."""
        small, large = self.term.high, self.term.low
        if self.term.over is None:
            return (small, self.term.of), (large, self.term.of)
        return (self.term.over, large), (self.term.over, small)


@dataclass(frozen=True)
class Certificate:
    """A sum that no data set of the given size can make as large as print does.

    `terms` are multipliers and the sums they multiply. One row of a unit adds at most `most[unit]` to the whole,
    found over `rows[unit]` different rows; so all rows together make at most `limit`, and print makes it `printed`,
    which is more.
    """

    terms: tuple[tuple[int, Sum], ...]
    most: Mapping[str, int]
    rows: Mapping[str, int]
    size: Mapping[str, int]

    @property
    def limit(self) -> int:
        """The most that all rows together can make it."""
        return sum(self.size[unit] * most for unit, most in self.most.items())

    def proves(self, size: Mapping[str, int]) -> bool:
        """Whether the same counts are a contradiction with other numbers of rows too."""
        return self.printed > sum(size[unit] * most for unit, most in self.most.items())

    @property
    def printed(self) -> int:
        """The least that the printed numbers make it."""
        return sum(number * (term.low if number > 0 else term.high) for number, term in self.terms)


@dataclass(frozen=True)
class Remainder:
    """A sum that no data set of the given size can make what print does, as its remainder is known.

    `terms` are multipliers and the sums they multiply, `nobody` the statements by which some rows do not occur. Every
    other row of a unit leaves the remainder `each[unit]` when what it adds is divided by `divisor`; so all rows
    together leave `remainder`, and print makes the whole `low` to `high`, in which no number leaves it.
    """

    terms: tuple[tuple[int, Sum], ...]
    nobody: tuple[str, ...]
    divisor: int
    each: Mapping[str, int]
    size: Mapping[str, int]

    @property
    def remainder(self) -> int:
        """What all rows together leave."""
        return sum(self.size[unit] * left for unit, left in self.each.items()) % self.divisor

    @property
    def low(self) -> int:
        """The least that the printed numbers make it."""
        return sum(number * (term.low if number > 0 else term.high) for number, term in self.terms)

    @property
    def high(self) -> int:
        """The most that the printed numbers make it."""
        return sum(number * (term.high if number > 0 else term.low) for number, term in self.terms)


def certificate(
    codebook: Codebook,
    size: Mapping[str, int],
    stated: Sequence[Statement],
    conflict: Sequence[str],
    deadline: float | None = None,
) -> Certificate | Granularity | Remainder | None:
    """What proves the conflict by hand.

    A share or mean that lies between two whole numbers; else an inequality with the smallest sum of multipliers; else
    a remainder. None if there is none of them; the conflict then rests on the solver's search through all data sets.
    `stated` are all statements of the study, or of the independent part that the conflict belongs to, as they decide
    which variables and rules there are; `conflict` names those that cannot hold together. Raises NotDecided where the
    deadline, a reading of time.monotonic(), passes before one is found or the search ends.
    """
    chosen = set(conflict)
    model = Model(codebook, size, stated, single=next(iter(size)))
    sums = _joint_sums([statement for statement in stated if statement.name in chosen], model)
    for one in sums:
        if one.is_between and chosen == {one.name, *one.given}:
            return Granularity(one)
    units = list(dict.fromkeys(unit for one in sums for _, quantity in one.parts for unit in _units(quantity)))
    rows: Rows = {}
    for unit in units:
        found = possible_rows(codebook, size, stated, unit, sums, deadline)
        if found is None:
            return None
        rows[unit] = found
    return _inequality(sums, rows, size, deadline) or _remainder(sums, rows, size, deadline)


def _inequality(sums: Sequence[Sum], rows: Rows, size: Mapping[str, int], deadline: float | None) -> Certificate | None:
    multipliers = _multipliers(sums, rows, size, deadline)
    if multipliers is None:
        return None
    # The programme works with floating point numbers, so all that it says is counted again in whole ones.
    most = {unit: max(_total(multipliers, row) for row in listed) for unit, listed in rows.items()}
    proof = Certificate(_terms(multipliers, sums), most, _number(rows), {unit: size[unit] for unit in rows})
    return proof if proof.printed > proof.limit else None


def _remainder(sums: Sequence[Sum], rows: Rows, size: Mapping[str, int], deadline: float | None) -> Remainder | None:
    listed = [row for found in rows.values() for row in found]
    empty = [n for n, one in enumerate(sums) if one.high == 0 and all(row[n] >= 0 for row in listed)]
    rows = {unit: [row for row in found if not any(row[n] for n in empty)] for unit, found in rows.items()}
    free = [n for n, one in enumerate(sums) if n not in empty and None not in (one.low, one.high)]
    proofs = []
    for divisor in DIVISORS:
        if divisor ** len(free) > MOST_TRIES:
            break
        for tried in product(range(-((divisor - 1) // 2), divisor // 2 + 1), repeat=len(free)):
            time_left(deadline)
            chosen = dict(zip(free, tried, strict=True))
            multipliers = [chosen.get(n, 0) for n in range(len(sums))]
            each = {unit: {_total(multipliers, row) % divisor for row in found} for unit, found in rows.items()}
            if not any(tried) or any(len(left) != 1 for left in each.values()):
                continue
            proof = Remainder(
                _terms(multipliers, sums), tuple(sums[n].name for n in empty), divisor,
                {unit: left.pop() for unit, left in each.items()}, {unit: size[unit] for unit in rows},
            )  # fmt: skip
            if all(value % divisor != proof.remainder for value in range(proof.low, proof.high + 1)):
                proofs.append((sum(map(abs, tried)), divisor, -sum(tried), len(proofs), proof))
    return min(proofs)[-1] if proofs else None


def _total(multipliers: Sequence[int], row: Sequence[int]) -> int:
    return sum(number * value for number, value in zip(multipliers, row, strict=True))


def _terms(multipliers: Sequence[int], sums: Sequence[Sum]) -> tuple[tuple[int, Sum], ...]:
    return tuple((number, one) for number, one in zip(multipliers, sums, strict=True) if number)


def _number(rows: Rows) -> dict[str, int]:
    return {unit: len(found) for unit, found in rows.items()}


def possible_rows(
    codebook: Codebook,
    size: Mapping[str, int],
    stated: Sequence[Statement],
    unit: str,
    sums: Sequence[Sum],
    deadline: float | None = None,
) -> list[tuple[int, ...]] | None:
    """What one row of the unit can add to each of the sums: every different combination, None if there are too many.

    A row is any that the codebook and its rules allow. Raises NotDecided where the deadline passes first.
    """
    model = Model(codebook, size, stated, single=unit)
    parts = [[(number, *model.linear(q)) for number, q in one.parts if unit in _units(q)] for one in sums]
    seen = sorted({abs(x) for one in parts for _, literals, _ in one for x in literals} - {1})
    found: set[tuple[int, ...]] = set()
    with model.solver() as solver:
        while solver.solve():
            time_left(deadline)
            true = set(solver.get_model())
            found.add(
                tuple(
                    sum(number * (constant + sum(x in true for x in literals)) for number, literals, constant in one)
                    for one in parts
                )
            )
            if len(found) > MOST_ROWS:
                return None
            solver.add_clause([-x if x in true else x for x in seen])
    return sorted(found)


def _joint_sums(stated: Sequence[Statement], model: Model) -> list[Sum]:
    """The sums that the statements limit together: shares are taken of the numbers that other statements fix."""
    known: dict[Quantity, tuple[int, tuple[str, ...]]] = {}
    while True:
        sums = [one for statement in stated for one in sums_of(statement, model, known)]
        fixed = {
            one.parts[0][1]: (one.low, (one.name, *one.given))
            for one in sums
            if one.low == one.high and one.low is not None and [number for number, _ in one.parts] == [1]
        }
        # What is known stays, so that nothing is derived from itself.
        if fixed.keys() <= known.keys():
            return sums
        known = fixed | known


def sums_of(
    statement: Statement, model: Model, known: Mapping[Quantity, tuple[int, tuple[str, ...]]] | None = None
) -> Iterator[Sum]:
    """The sums over rows that the statement limits.

    `known` gives numbers of rows that are known, with the statements by which they are.
    """
    quantity, low, high = statement.quantity, statement.low, statement.high
    name, size = statement.name, model.size
    if isinstance(quantity, Each):
        values = model.names(model.codebook.variable(quantity.reference).definition)
        anywhere = AtLeast(1, tuple(Is(quantity.reference, value) for value in values))
        whole = Count(quantity.unit, AtLeast(2, (anywhere, quantity.condition)))
        yield _limited(name, [(Fraction(1), whole)], low and low * len(values), high and high * len(values))
    elif isinstance(quantity, Summary) and quantity.statistic in ("minimum", "maximum"):
        yield from _extreme(statement)
    elif (parts := model.ratio(quantity)) is not None:
        part, whole = parts
        every = isinstance(whole, Count) and whole.condition == EVERY
        rows, given = (size[whole.unit], ()) if every else (known or {}).get(whole, (0, ()))
        if rows:
            ends = whole_ends(low, high, rows, statement.strict)
            yield replace(_limited(name, list(flat(part)), *ends), of=rows, given=given)
        elif known and part in known and known[part][0] and low and high and not statement.strict:
            over, given = known[part]
            yield replace(_limited(name, list(flat(whole)), over / high, over / low), over=over, given=given)
        else:
            # The sums are whole ones, so what lies beyond an end does so by one at least.
            if low is not None:
                yield _beyond(_limited(name, [*flat(part), *flat(whole, -low)], Fraction(0), None), statement.strict)
            if high is not None:
                yield _beyond(_limited(name, [*flat(part), *flat(whole, -high)], None, Fraction(0)), statement.strict)
    else:
        yield _limited(name, list(flat(quantity)), low, high)


def _extreme(statement: Statement) -> Iterator[Sum]:
    quantity, low, high = statement.quantity, statement.low, statement.high
    name, unit = quantity.variable, quantity.unit
    coded = Compare(name, ">=", 0)
    if low is not None:
        reaching = Compare(name, ">=", ceil(low))
        if quantity.statistic == "minimum":
            yield _limited(statement.name, [(Fraction(1), _both(unit, coded, Not(reaching)))], None, Fraction(0))
        else:
            yield _limited(statement.name, [(Fraction(1), Count(unit, reaching))], Fraction(1), None)
    if high is not None:
        above = Compare(name, ">=", floor(high) + 1)
        if quantity.statistic == "maximum":
            yield _limited(statement.name, [(Fraction(1), Count(unit, above))], None, Fraction(0))
        else:
            yield _limited(statement.name, [(Fraction(1), _both(unit, coded, Not(above)))], Fraction(1), None)


def _both(unit, *conditions) -> Count:
    return Count(unit, AtLeast(len(conditions), conditions))


def flat(quantity: Quantity, number: Fraction = Fraction(1)) -> Iterator[tuple[Fraction, Quantity]]:
    """The quantity as multiples of quantities of one unit each, and of 1. Raises TypeError for a share."""
    if isinstance(quantity, Arithmetic):
        if quantity.operator == "/":
            raise TypeError(quantity)
        yield from flat(quantity.left, number)
        yield from flat(quantity.right, number if quantity.operator == "+" else -number)
    else:
        yield number, quantity


def _limited(name: str, parts: Sequence[tuple[Fraction, Quantity]], low: Fraction | None, high: Fraction | None) -> Sum:
    constant = sum((number * q.number for number, q in parts if isinstance(q, Constant)), Fraction(0))
    rest = [(number, q) for number, q in parts if not isinstance(q, Constant)]
    scale = lcm(*(number.denominator for number, _ in rest))
    return Sum(
        name,
        tuple((int(number * scale), q) for number, q in rest),
        None if low is None else ceil((low - constant) * scale),
        None if high is None else floor((high - constant) * scale),
    )


def _beyond(one: Sum, strict: bool) -> Sum:
    low, high = (None if end is None else end + strict * sign for end, sign in ((one.low, 1), (one.high, -1)))
    return replace(one, low=low, high=high)


def _units(quantity: Quantity) -> tuple[str, ...]:
    return (quantity.unit,) if isinstance(quantity, Count | Answers | Summary) else ()


def _multipliers(sums: Sequence[Sum], rows: Rows, size: Mapping[str, int], deadline: float | None) -> list[int] | None:
    """Whole multipliers of the sums that make an inequality, smallest in sum; None without any."""
    solver = quiet_solver()
    solver.setOptionValue("time_limit", time_left(deadline))
    for option, value in (("threads", 1), ("random_seed", 0), ("mip_rel_gap", 0.0), ("mip_max_nodes", MOST_NODES)):
        solver.setOptionValue(option, value)
    whole = highspy.HighsVarType.kInteger
    up = [_whole(solver, 0, 0 if one.low is None else LARGEST_MULTIPLIER, whole) for one in sums]
    down = [_whole(solver, 0, 0 if one.high is None else LARGEST_MULTIPLIER, whole) for one in sums]
    reach = LARGEST_MULTIPLIER * 100
    most = {unit: _whole(solver, -reach, reach, whole) for unit in rows}
    for unit, listed in rows.items():
        for row in listed:
            total = sum(value * (a - b) for value, a, b in zip(row, up, down, strict=True) if value)
            solver.addConstr(total - most[unit] <= 0)
    asked = sum((one.low or 0) * a - (one.high or 0) * b for one, a, b in zip(sums, up, down, strict=True))
    solver.addConstr(asked - sum(size[unit] * t for unit, t in most.items()) >= 1)
    solver.minimize(sum(up) + sum(down))
    if solver.getModelStatus() == highspy.HighsModelStatus.kTimeLimit:
        raise NotDecided
    if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return None
    return [round(solver.val(a)) - round(solver.val(b)) for a, b in zip(up, down, strict=True)]


def quiet_solver() -> highspy.Highs:
    """A solver that prints nothing. HiGHS writes its name past Python as soon as it is made, so the way out is shut."""
    sys.stdout.flush()
    kept = os.dup(1)
    try:
        with Path(os.devnull).open("w") as nowhere:
            os.dup2(nowhere.fileno(), 1)
        solver = highspy.Highs()
        solver.silent()
    finally:
        os.dup2(kept, 1)
        os.close(kept)
    return solver


def _whole(solver, low: int, high: int, kind):
    return solver.addVariable(lb=low, ub=high, type=kind)
