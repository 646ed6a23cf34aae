"""Which printed numbers cannot all be true, and which smallest changes would reconcile them.

A *correction* is a smallest set of statements without which all others can hold together; a *conflict* is a smallest
set that cannot. Each conflict meets each correction, so either list gives the other (Reiter 1987; Liffiton and Sakallah
2008). For each independent part of the study conflicts are gathered until every smallest hitting set of them is a
correction (Bailey and Stuckey, PADL 2005): then there are no others.
"""

from __future__ import annotations

import itertools
import operator
from bisect import bisect
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from copy import copy
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from itertools import product
from math import ceil, floor

from pysat.solvers import Solver

from analysis.printed.model import (
    Model,
    NotDecided,
    Statement,
    connected,
    due,
    is_extreme,
    is_true,
    span,
    time_left,
    totalled,
)
from analysis.printed.profiles import Profiles
from analysis.study.codebook import Codebook
from analysis.study.expressions import Compare, Count, Quantity, Summary, parse_condition, variables

MOST_STEPS = 12
"""How far, in units of the last printed digit, a number is moved in search of the nearest repair."""


MOST_VALUES = 10_000
"""How many neighbouring values of a repaired number are listed."""

LEFT_FREE = 10**6
"""Steps that leave a number free: where the nearest repair lies further off than was searched."""

QUESTIONS = "m22"
"""Solver of python-sat for many small questions in a row, where it is quicker than the one for large ones."""


BUDGET = 1000
"""After how many contradictions the solver looks at the clock: a fraction of a second."""

FEW_ROWS = 24
"""Up to so many rows of a unit each is looked at; where there are more, only their kinds are (see `profiles`)."""

SHORT_SUM = 500
"""The same where a count variable with that many steps, over all rows, is added up: ages of a few people, say."""


@dataclass(frozen=True)
class Cluster:
    """Conflicts that share statements, with every smallest set of numbers whose change settles all of them.

    `conflicts` and `repairs` hold names of statements; both are ordered by size, then by print.
    """

    conflicts: tuple[tuple[str, ...], ...]
    repairs: tuple[tuple[str, ...], ...]

    @property
    def names(self) -> frozenset[str]:
        """All statements that take part."""
        return frozenset(name for conflict in self.conflicts for name in conflict)

    @property
    def leading(self) -> tuple[tuple[str, ...], ...]:
        """Conflicts, smallest first, that by themselves show how many statements must change at the least."""
        chosen: list[tuple[str, ...]] = []
        enough: list[frozenset[str]] = [frozenset()]
        for conflict in self.conflicts:
            if len(enough[0]) < len(self.repairs[0]) and not all(change & set(conflict) for change in enough):
                chosen.append(conflict)
                changes = smallest_hitting_sets(chosen)
                enough = [change for change in changes if len(change) == min(map(len, changes))]
        return tuple(chosen)


def components(codebook: Codebook, stated: Sequence[Statement]) -> tuple[tuple[Statement, ...], ...]:
    """The statements, parted into groups that share no variable, directly or through rules of the codebook.

    A data set satisfies all statements exactly if it satisfies every group, so each group can be asked on its own.
    """
    spoken_of = [set(variables(statement.quantity)) for statement in stated]
    modelled = set().union(*spoken_of)
    rules = [set(variables(parse_condition(rule.definition, codebook))) for rule in codebook.rules()]
    groups = connected([*spoken_of, *(names for names in rules if names <= modelled)])
    for names in connected(rules):
        if len([group for group in groups if group & names]) > 1:
            groups = connected([*groups, names])
    parts = [tuple(s for s, names in zip(stated, spoken_of, strict=True) if group & names) for group in groups]
    parts.append(tuple(s for s, names in zip(stated, spoken_of, strict=True) if not names))
    return tuple(part for part in parts if part)


def has_many_rows(
    codebook: Codebook, size: Mapping[str, int], stated: Sequence[Statement], asked: Sequence[Quantity] = ()
) -> bool:
    """Whether a part of a study is quicker asked by the kinds of its rows than row by row."""
    if max(size.values(), default=0) > FEW_ROWS:
        return True
    model = Model(codebook, size, stated, asked=asked, single=next(iter(size)))
    return any(len(model.told_apart(name)) * size[model.unit(name)] > SHORT_SUM for name in model.totalled)


def can_hold(
    codebook: Codebook,
    size: Mapping[str, int],
    stated: Sequence[Statement],
    leaving: Iterable[Collection[str]] = ((),),
    deadline: float | None = None,
) -> bool:
    """Whether the statements can hold together, without those of one of the sets of names. Raises NotDecided."""
    with Part(codebook, size, stated, deadline) as asked:
        return any(asked.can_hold([name for name in asked.stated if name not in out]) for out in leaving)


def clusters(
    codebook: Codebook, size: Mapping[str, int], stated: Sequence[Statement], seconds: float | None = None
) -> tuple[Cluster, ...]:
    """Every conflict among the statements, in clusters, with every smallest repair; empty if all can hold together.

    Raises NotDecided where `seconds` pass first; None sets no limit.
    """
    deadline, found = due(seconds), []
    for part in components(codebook, stated):
        with Part(codebook, size, part, deadline) as asked:
            found += clusters_of(asked)
    return in_print_order(found, stated)


def in_print_order(found: Iterable[Cluster], stated: Sequence[Statement]) -> tuple[Cluster, ...]:
    """The clusters by the first statement of their first conflict."""
    order = {statement.name: number for number, statement in enumerate(stated)}
    return tuple(sorted(found, key=lambda cluster: [order[name] for name in cluster.conflicts[0]]))


def clusters_of(part: Part) -> list[Cluster]:
    """As `clusters`, of one part. Raises NotDecided."""
    order = {name: number for number, name in enumerate(part.stated)}

    def sort(sets: Iterable[Iterable[str]]) -> tuple[tuple[str, ...], ...]:
        listed = [tuple(sorted(one, key=order.get)) for one in sets]
        return tuple(sorted(listed, key=lambda one: (len(one), [order[name] for name in one])))

    found, all_conflicts = [], smallest_conflicts(part)
    for names in connected(all_conflicts):
        inside = [conflict for conflict in all_conflicts if names.issuperset(conflict)]
        repairs = smallest_hitting_sets(inside, part.deadline)
        fewest = min(map(len, repairs))
        found.append(Cluster(sort(inside), sort(repair for repair in repairs if len(repair) == fewest)))
    return found


def smallest_conflicts(part: Part) -> list[tuple[str, ...]]:
    """Every smallest set of the part's statements that cannot hold together; [] if all can. Raises NotDecided."""
    found: list[tuple[str, ...]] = []
    changes, settling = [frozenset()], set()
    while left := [change for change in changes if change not in settling]:
        for change in sorted(left, key=len):
            conflict = _conflict(part, change)
            if conflict is not None:
                found.append(conflict)
                changes = _hitting_too(changes, conflict)
                break
            settling.add(change)
    return found


def fewest_changes(part: Part) -> int:
    """How many of the part's statements must change, at the least, for all others to hold together.

    Conflicts are gathered until a smallest set that meets all of them settles the part (Davies and Bacchus, CP 2011).
    Raises NotDecided.
    """
    changes, chosen = [frozenset()], frozenset()
    while (conflict := _conflict(part, chosen)) is not None:
        changes = _hitting_too(changes, conflict)
        # One that settled earlier conflicts too, of numbers late in print: mostly that leaves easier questions.
        chosen = min(reversed(changes), key=len)
    return len(chosen)


def _conflict(part: Part, without: frozenset[str]) -> tuple[str, ...] | None:
    """A smallest set of the other statements that cannot hold together, in print order; None if all of them can."""
    kept = part.core([name for name in part.stated if name not in without])
    if kept is None:
        return None
    needed = 0
    while needed < len(kept):
        core = part.core(kept[:needed] + kept[needed + 1 :])
        if core is None:
            needed += 1
        else:
            kept = core
    return tuple(kept)


def solve(solver: Solver, assumptions: list[int], deadline: float | None) -> bool:
    """Whether the solver's clauses and the assumptions can all hold.

    `deadline` is a reading of time.monotonic(), None for no limit; raises NotDecided where it passes first.
    """
    if deadline is None:
        return solver.solve(assumptions=assumptions)
    answer = None
    while answer is None:
        time_left(deadline)
        solver.conf_budget(BUDGET)
        answer = solver.solve_limited(assumptions=assumptions)
    return answer


def smallest_hitting_sets(sets: Iterable[Collection[str]], deadline: float | None = None) -> list[frozenset[str]]:
    """Every set that shares a member with each of the given ones and has no smaller such set in it (Berge 1989).

    Raises NotDecided where the deadline, a reading of time.monotonic(), passes first.
    """
    hitting: list[frozenset[str]] = [frozenset()]
    for one in sorted(sets, key=len):
        time_left(deadline)
        hitting = _hitting_too(hitting, one)
    return hitting


def _hitting_too(hitting: Sequence[frozenset[str]], one: Iterable[str]) -> list[frozenset[str]]:
    """The smallest hitting sets of some sets, given, and one more: first new ones, in the order of its members, then
    those that were there. (Left to sets the order, and with it the time, would be another one in each run.)"""
    meets = [found for found in hitting if not found.isdisjoint(one)]
    grown = dict.fromkeys(found | {name} for found in hitting if found.isdisjoint(one) for name in one)
    return [new for new in grown if not any(old <= new for old in meets)] + meets


class Part:
    """One independent part of a study, asked whether statements can hold together, as printed or changed.

    `stated` are its statements by name. Use it in a `with` block: it keeps a solver. Every question raises NotDecided
    where the `deadline`, a reading of time.monotonic(), passes first.
    """

    def __init__(
        self,
        codebook: Codebook,
        size: Mapping[str, int],
        stated: Sequence[Statement],
        deadline: float | None = None,
    ):
        self.stated = {statement.name: statement for statement in stated}
        self.deadline = deadline
        self._study = codebook, size, stated
        self._rows: _Rows | None = None
        self._answering: _Rows | Profiles | None = None
        self._profiles: dict[tuple[Quantity, ...], Profiles | None] = {}
        self._printed = frozenset(statement.quantity for statement in stated)

    def __enter__(self) -> Part:
        return self

    def __exit__(self, *_) -> None:
        if self._rows is not None:
            self._rows.close()

    @property
    def rules(self) -> tuple[str, ...]:
        """Names of the codebook's rules that bind here."""
        return tuple(self._one_row.rules)

    @cached_property
    def _one_row(self) -> Model:
        codebook, size, stated = self._study
        return Model(codebook, size, stated, single=next(iter(size)))

    def read_as(self, stated: Sequence[Statement]) -> Part | None:
        """The part with the statements of these names read otherwise; None if its variables are other ones.

        It shares the solver that looks at this part's rows, and so must not outlive it; None where there is none.
        """
        codebook, _, before = self._study
        spoken_of = {name for statement in before for name in variables(statement.quantity)}
        new = [statement.quantity for statement in stated if statement.quantity not in self._printed]
        named = {name for quantity in new for name in variables(quantity)}
        # The values of a count variable are told apart as far as the statements at hand ask for.
        counts = any(codebook.variable(name).type == "count" for name in named)
        is_same = {statement.name for statement in stated} == self.stated.keys() and named <= spoken_of
        if self._rows is None or not is_same or counts:
            return None
        other = copy(self)
        other.stated = {statement.name: statement for statement in stated}
        return other

    def can_hold(self, names: Iterable[str], changed: Iterable[Statement] = ()) -> bool:
        """Whether the named statements as printed and the changed ones can all hold together."""
        return self._refuted([*(self.stated[name] for name in names), *changed]) is None

    def core(self, names: Sequence[str]) -> list[str] | None:
        """Some of the named statements, in their order, that cannot hold together; None if all of them can."""
        refuted = self._refuted([self.stated[name] for name in names])
        return None if refuted is None else [name for name in names if self.stated[name] in refuted]

    @cached_property
    def _has_many_rows(self) -> bool:
        return has_many_rows(*self._study)

    def _refuted(self, stated: Sequence[Statement]) -> set[Statement] | None:
        if (profiles := self._kinds(stated)) is not None:
            self._answering = profiles
            with suppress(NotDecided):
                return profiles.refuted(stated, self.deadline)
        if self._rows is None:
            self._rows = _Rows(*self._study, self.deadline)
        self._answering = self._rows
        return self._rows.refuted(stated, self.deadline)

    def _kinds(self, stated: Sequence[Statement]) -> Profiles | None:
        """The part by kinds of rows, where it has many rows and not too many kinds."""
        if not self._has_many_rows:
            return None
        new = tuple(dict.fromkeys(s.quantity for s in stated if s.quantity not in self._printed))
        if new not in self._profiles:
            try:
                self._profiles[new] = Profiles(*self._study, new)
            except NotDecided:
                self._profiles[new] = None
        return self._profiles[new]

    def values(self, statement: Statement, names: Iterable[str]) -> tuple[Fraction, ...]:
        """Every value that print could show in place of the statement while the named statements hold."""
        low, high = self._printable(statement)
        kept = list(names)
        others = {name for other in kept for name in totalled(self.stated[other].quantity)}
        is_total = isinstance(statement.quantity, Summary) and set(totalled(statement.quantity)) - others
        find = self._possible_totals if is_total else self._possible
        return tuple(sorted(find(statement, kept, low, high)))

    def _possible_totals(self, statement: Statement, names: Sequence[str], low: int, high: int) -> Iterator[Fraction]:
        """As `_possible`, of a sum or mean of values that are added up in no other statement.

        Beside the data set that is found stand all others in which values are moved as far as only the sum tells.
        """
        if low > high or not self.can_hold(names, [_printed_within(statement, low, high)]):
            return
        least, most, rows = self._moved(statement.quantity)
        made = []
        for number in range(low, high + 1):
            one = _printed_within(statement, number, number)
            if max(least, ceil(one.low * rows)) <= min(most, floor(one.high * rows)):
                made.append(number)
        yield from (number * unit_of_print(statement) for number in made)
        # A value between two of these lies between two whole sums, and is impossible if these are of as many rows.
        is_complete = self._one_row.is_complete(statement.quantity.variable)
        done = range(made[0], made[-1] + 1) if is_complete or statement.quantity.statistic == "sum" else made
        for first, last in itertools.pairwise([low - 1, *done, high + 1]):
            if last > first + 1:
                yield from self._possible_totals(statement, names, first + 1, last - 1)

    def _moved(self, quantity: Summary) -> tuple[int, int, int]:
        """The ends to which the sum in the data set last found can be moved, and by what it is divided for the mean."""
        name, steps = quantity.variable, self._one_row.alike(quantity.variable)
        reach = [Count(quantity.unit, Compare(name, ">=", step)) for step in steps]
        above = [int(self._answering.latest(one)) for one in reach] + [0]
        rows = [here - there for here, there in itertools.pairwise(above)]
        tops = [step - 1 for step in steps[1:]] + [self._one_row.reach(name)[1]]
        least, most = (sum(map(operator.mul, rows, ends)) for ends in (steps, tops))
        return least, most, above[0] if quantity.statistic == "mean" else 1

    def _possible(self, statement: Statement, names: Sequence[str], low: int, high: int) -> Iterator[Fraction]:
        """The possible values from `low` to `high` units of print: where none is, both halves are done with at once."""
        unit = unit_of_print(statement)
        if low > high or not self.can_hold(names, [_printed_within(statement, low, high)]):
            return
        if low == high or self._alike(statement, low, high):
            if high - low > MOST_VALUES:
                raise NotDecided
            yield from (number * unit for number in range(low, high + 1))
        else:
            middle = (low + high) // 2
            yield from self._possible(statement, names, low, middle)
            yield from self._possible(statement, names, middle + 1, high)

    def _alike(self, statement: Statement, low: int, high: int) -> bool:
        """Whether nothing printed tells these values of a smallest or largest value apart."""
        if not is_extreme(statement.quantity) or unit_of_print(statement) != 1:
            return False
        steps = self._one_row.told_apart(statement.quantity.variable)
        return bisect(steps, low) == bisect(steps, high)

    def _printable(self, statement: Statement) -> tuple[int, int]:
        """The smallest and the largest value, in units of print, that any data set could give."""
        quantity, model = statement.quantity, self._one_row
        unit = unit_of_print(statement)
        if isinstance(quantity, Summary) and quantity.statistic != "sum":
            return 0, floor(model.reach(quantity.variable)[1] / unit)
        if model.ratio(quantity) is not None:
            return 0, floor(1 / unit)
        return span(quantity, model)


class _Rows:
    """A solver that looks at every row of a part."""

    def __init__(self, codebook, size, stated: Sequence[Statement], deadline: float | None):
        self._model = Model(codebook, size, stated, ordered=True, deadline=deadline)
        self._solver = self._model.solver(QUESTIONS)
        self._known = len(self._model.clauses)
        self._selectors = {statement: self._model.selectors[statement.name] for statement in stated}
        self._solver.set_phases(list(self._selectors.values()))

    def close(self) -> None:
        self._solver.delete()

    def refuted(self, stated: Iterable[Statement], deadline: float | None) -> set[Statement] | None:
        """Some of the statements that cannot hold together; None if all of them can. Raises NotDecided."""
        asked = list(stated)
        for statement in asked:
            if statement not in self._selectors:
                self._selectors[statement] = self._model.selector(statement)
        self._solver.append_formula(self._model.clauses[self._known :])
        self._known = len(self._model.clauses)
        if solve(self._solver, [self._selectors[statement] for statement in asked], deadline):
            return None
        core = set(self._solver.get_core() or ())
        return {statement for statement in asked if self._selectors[statement] in core}

    def latest(self, quantity: Quantity) -> Fraction:
        """What a sum over rows is in the data set with which the last question was answered that has one."""
        literals, constant = self._model.linear(quantity)
        true = set(self._solver.get_model())
        return Fraction(constant + sum(is_true(literal, true) for literal in literals))


def repaired_values(
    part: Part, found: Sequence[Cluster]
) -> dict[tuple[str, ...], dict[str, tuple[Fraction, ...] | None]]:
    """For every repair of every cluster of the part, the values that each of its numbers could take.

    The other numbers stand as printed, but for a repair of every other cluster: a value counts if it is possible under
    any of those. None where that is not decided before the part's deadline.
    """
    result: dict[tuple[str, ...], dict[str, tuple[Fraction, ...] | None]] = {}
    for cluster in found:
        others = [other.repairs for other in found if other is not cluster]
        for repair in cluster.repairs:
            left = [set(repair).union(*leaving) for leaving in product(*others)]
            kept = [[name for name in part.stated if name not in out] for out in left]
            result[repair] = {name: _values(part, part.stated[name], kept) for name in repair}
    return result


def _values(asked: Part, statement: Statement, kept: Iterable[Sequence[str]]) -> tuple[Fraction, ...] | None:
    try:
        return tuple(sorted(set().union(*(asked.values(statement, names) for names in kept))))
    except NotDecided:
        return None


def unit_of_print(statement: Statement) -> Fraction:
    """One unit of the last printed digit: 1 for a count, 1/10 for a mean with one decimal."""
    if None in (statement.low, statement.high):
        return Fraction(1)
    return statement.high - statement.low or Fraction(1)


def set_to(statement: Statement, value: Fraction) -> Statement:
    """The statement with another printed value of the same number of digits."""
    width = Fraction(0) if None in (statement.low, statement.high) else statement.high - statement.low
    return replace(statement, low=value - width / 2, high=value + width / 2)


def _printed_within(statement: Statement, low: int, high: int) -> Statement:
    """The statement with any printed value between these, in units of its last printed digit."""
    ends = (set_to(statement, number * unit_of_print(statement)) for number in (low, high))
    return replace(statement, low=next(ends).low, high=next(ends).high)


def nearest(asked: Part, names: Iterable[str], moved: Sequence[Statement]) -> dict[str, int] | None:
    """How far each of some numbers must move, in units of the last printed digit, for the least sum of moves.

    The named statements are taken as printed. Of several ways with the same sum, the one that moves numbers printed
    later. None if MOST_STEPS steps are not enough.
    """
    kept = list(names)
    for total in range(MOST_STEPS + 1):
        for steps in product(range(total + 1), repeat=len(moved)):
            ways = zip(moved, steps, strict=True)
            if sum(steps) == total and asked.can_hold(kept, [widened(statement, step) for statement, step in ways]):
                return {statement.name: step for statement, step in zip(moved, steps, strict=True)}
    return None


def widened(statement: Statement, steps: int) -> Statement:
    """The statement with both ends moved outwards by so many units of its last printed digit."""
    reach = steps * unit_of_print(statement)
    return replace(
        statement,
        low=None if statement.low is None else statement.low - reach,
        high=None if statement.high is None else statement.high + reach,
    )
