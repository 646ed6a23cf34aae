"""Which printed numbers cannot all be true, and which smallest changes would reconcile them.

A *correction* is a smallest set of statements without which all others can hold together; a *conflict* is a smallest
set that cannot. Each conflict meets each correction, so either list gives the other (Reiter 1987; Liffiton and Sakallah
2008). For each independent part of the study conflicts are gathered until every smallest hitting set of them is a
correction (Bailey and Stuckey, PADL 2005): then there are no others.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import product
from math import floor

from pysat.examples.rc2 import RC2
from pysat.formula import WCNF
from pysat.solvers import Solver

from analysis.codebook import Codebook
from analysis.expressions import Each, Summary, parse_condition, variables
from analysis.model import Model, Statement

MOST_STEPS = 12
"""How far, in units of the last printed digit, a number is moved in search of the nearest repair."""


LEFT_FREE = 10**6
"""Steps that leave a number free: where the nearest repair lies further off than was searched."""

QUESTIONS = "m22"
"""Solver of python-sat for many small questions in a row, where it is quicker than the one for large ones."""


BUDGET = 1000
"""After how many contradictions the solver looks at the clock: a fraction of a second."""


class NotDecided(Exception):
    """The time that was given did not suffice. Nothing is known then: neither a conflict nor that there is none."""


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
                changes = smallest_hitting_sets(map(frozenset, chosen))
                enough = [change for change in changes if len(change) == min(map(len, changes))]
        return tuple(chosen)


def components(codebook: Codebook, stated: Sequence[Statement]) -> tuple[tuple[Statement, ...], ...]:
    """The statements, parted into groups that share no variable, directly or through a rule of the codebook.

    A data set satisfies all statements exactly if it satisfies every group, so each group can be asked on its own.
    """
    modelled = {name for statement in stated for name in variables(statement.quantity)}
    links = [set(variables(statement.quantity)) for statement in stated]
    links += [
        used
        for rule in codebook.rules()
        if (used := set(variables(parse_condition(rule.definition, codebook)))) <= modelled
    ]
    groups = connected(links)
    parts = [tuple(s for s in stated if group & set(variables(s.quantity))) for group in groups]
    parts.append(tuple(s for s in stated if not variables(s.quantity)))
    return tuple(part for part in parts if part)


def connected(sets: Iterable[Iterable]) -> list[set]:
    """The sets, joined as long as two of them share a member."""
    groups: list[set] = []
    for one in map(set, sets):
        touching = [group for group in groups if group & one]
        groups = [group for group in groups if not group & one]
        merged = one.union(*touching)
        if merged:
            groups.append(merged)
    return groups


def clusters(
    codebook: Codebook, size: Mapping[str, int], stated: Sequence[Statement], seconds: float | None = None
) -> tuple[Cluster, ...]:
    """Every conflict among the statements, in clusters, with every smallest repair; empty if all can hold together.

    Raises NotDecided where `seconds` pass first; None sets no limit.
    """
    deadline = None if seconds is None else time.monotonic() + seconds
    order = {statement.name: number for number, statement in enumerate(stated)}

    def sort(sets: Iterable[Iterable[str]]) -> tuple[tuple[str, ...], ...]:
        listed = [tuple(sorted(one, key=order.get)) for one in sets]
        return tuple(sorted(listed, key=lambda one: (len(one), [order[name] for name in one])))

    found = []
    for part in components(codebook, stated):
        all_conflicts = smallest_conflicts(Model(codebook, size, part, ordered=True), deadline)
        for names in connected(all_conflicts):
            inside = [conflict for conflict in all_conflicts if conflict <= names]
            repairs = smallest_hitting_sets(inside, deadline)
            fewest = min(map(len, repairs))
            found.append(Cluster(sort(inside), sort(repair for repair in repairs if len(repair) == fewest)))
    return tuple(sorted(found, key=lambda cluster: [order[name] for name in cluster.conflicts[0]]))


def smallest_conflicts(model: Model, deadline: float | None = None) -> list[frozenset[str]]:
    """Every smallest set of the model's statements that cannot hold together; [] if all can.

    `deadline` is a reading of time.monotonic(); raises NotDecided where it passes first.
    """
    found: list[frozenset[str]] = []
    changes, settling = [frozenset()], set()
    with model.solver(QUESTIONS) as solver:
        solver.set_phases(list(model.selectors.values()))
        while left := [change for change in changes if change not in settling]:
            for change in sorted(left, key=len):
                conflict = _conflict(solver, model.selectors, change, deadline)
                if conflict is not None:
                    found.append(conflict)
                    changes = _hitting_too(changes, conflict)
                    break
                settling.add(change)
    return found


def _conflict(
    solver: Solver, selectors: Mapping[str, int], without: frozenset[str], deadline: float | None
) -> frozenset[str] | None:
    """A smallest set of the other statements that cannot hold together; None if all of them can."""
    kept = _core(solver, selectors, [name for name in selectors if name not in without], deadline)
    if kept is None:
        return None
    needed = 0
    while needed < len(kept):
        core = _core(solver, selectors, kept[:needed] + kept[needed + 1 :], deadline)
        if core is None:
            needed += 1
        else:
            kept = core
    return frozenset(kept)


def _core(
    solver: Solver, selectors: Mapping[str, int], names: Sequence[str], deadline: float | None
) -> list[str] | None:
    """Some of the named statements, in their order, that cannot hold together; None if all of them can."""
    if solve(solver, [selectors[name] for name in names], deadline):
        return None
    core = set(solver.get_core() or ())
    return [name for name in names if selectors[name] in core]


def solve(solver: Solver, assumptions: list[int], deadline: float | None) -> bool:
    """Whether the solver's clauses and the assumptions can all hold.

    `deadline` is a reading of time.monotonic(), None for no limit; raises NotDecided where it passes first.
    """
    if deadline is None:
        return solver.solve(assumptions=assumptions)
    answer = None
    while answer is None:
        if time.monotonic() >= deadline:
            raise NotDecided
        solver.conf_budget(BUDGET)
        answer = solver.solve_limited(assumptions=assumptions)
    return answer


def fewest_changes(model: Model) -> int:
    """How many of the model's statements must change, at the least, for all others to hold together."""
    problem = WCNF()
    problem.extend(model.clauses)
    for selector in model.selectors.values():
        problem.append([selector], weight=1)
    with RC2(problem) as solver:
        solver.compute()
        return solver.cost


def smallest_hitting_sets(sets: Iterable[frozenset[str]], deadline: float | None = None) -> list[frozenset[str]]:
    """Every set that shares a member with each of the given ones and has no smaller such set in it (Berge 1989).

    Raises NotDecided where the deadline, a reading of time.monotonic(), passes first.
    """
    hitting: list[frozenset[str]] = [frozenset()]
    for one in sorted(sets, key=len):
        if deadline is not None and time.monotonic() > deadline:
            raise NotDecided
        hitting = _hitting_too(hitting, one)
    return hitting


def _hitting_too(hitting: Sequence[frozenset[str]], one: frozenset[str]) -> list[frozenset[str]]:
    """The smallest hitting sets of some sets, given, and one more."""
    meets = [found for found in hitting if found & one]
    grown = {found | {name} for found in hitting if not found & one for name in one}
    return meets + [new for new in grown if not any(old <= new for old in meets)]


class Part:
    """One independent part of a study, asked whether statements can hold together, as printed or changed.

    Use it in a `with` block: it keeps a solver.
    """

    def __init__(self, codebook: Codebook, size: Mapping[str, int], stated: Sequence[Statement]):
        self.model = Model(codebook, size, stated, ordered=True)
        self._solver = self.model.solver(QUESTIONS)
        self._known = len(self.model.clauses)
        self._changed: dict[Statement, int] = {}

    def __enter__(self) -> Part:
        return self

    def __exit__(self, *_) -> None:
        self._solver.delete()

    def can_hold(self, names: Iterable[str], changed: Iterable[Statement] = ()) -> bool:
        """Whether the named statements as printed and the changed ones can all hold together."""
        wanted = [self.model.selectors[name] for name in names]
        for statement in changed:
            if statement not in self._changed:
                self._changed[statement] = self.model.selector(statement)
            wanted.append(self._changed[statement])
        self._solver.append_formula(self.model.clauses[self._known :])
        self._known = len(self.model.clauses)
        return self._solver.solve(assumptions=wanted)

    def values(self, statement: Statement, names: Iterable[str]) -> tuple[Fraction, ...]:
        """Every value that print could show in place of the statement while the named statements hold."""
        kept = list(names)
        return tuple(value for value in self._printable(statement) if self.can_hold(kept, [set_to(statement, value)]))

    def _printable(self, statement: Statement) -> Iterator[Fraction]:
        model, quantity = self.model, statement.quantity
        if isinstance(quantity, Each):
            return map(Fraction, range(model.size[quantity.unit] + 1))
        if isinstance(quantity, Summary) and quantity.statistic != "sum":
            top = model.reach(quantity.variable)[1]
        elif model.ratio(quantity) is not None:
            top = 1
        else:
            literals, constant = model.linear(quantity)
            return map(Fraction, range(constant, constant + len(literals) + 1))
        step = unit_of_print(statement)
        return (number * step for number in range(floor(top / step) + 1))


def repaired_values(
    codebook: Codebook, size: Mapping[str, int], stated: Sequence[Statement], found: Sequence[Cluster]
) -> dict[tuple[str, ...], dict[str, tuple[Fraction, ...]]]:
    """For every repair of every cluster, the values that each of its numbers could take.

    The other numbers stand as printed, but for a repair of every other cluster: a value counts if it is possible under
    any of those.
    """
    result: dict[tuple[str, ...], dict[str, tuple[Fraction, ...]]] = {}
    for part in components(codebook, stated):
        names = [statement.name for statement in part]
        here = [cluster for cluster in found if cluster.names & set(names)]
        if not here:
            continue
        known = {statement.name: statement for statement in part}
        with Part(codebook, size, part) as asked:
            for cluster in here:
                others = [other.repairs for other in here if other is not cluster]
                for repair in cluster.repairs:
                    values: dict[str, set[Fraction]] = {name: set() for name in repair}
                    for leaving in product(*others):
                        out = set(repair).union(*leaving)
                        kept = [name for name in names if name not in out]
                        for name in repair:
                            values[name].update(asked.values(known[name], kept))
                    result[repair] = {name: tuple(sorted(values[name])) for name in repair}
    return result


def unit_of_print(statement: Statement) -> Fraction:
    """One unit of the last printed digit: 1 for a count, 1/10 for a mean with one decimal."""
    if None in (statement.low, statement.high):
        return Fraction(1)
    return statement.high - statement.low or Fraction(1)


def set_to(statement: Statement, value: Fraction) -> Statement:
    """The statement with another printed value of the same number of digits."""
    width = Fraction(0) if None in (statement.low, statement.high) else statement.high - statement.low
    return replace(statement, low=value - width / 2, high=value + width / 2)


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
