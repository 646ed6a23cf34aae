"""What the printed figures leave open: the smallest and the largest value of a count, share, mean or difference.

The printed figures allow many data sets. Of any quantity over counted variables the ends of its range over *all* of
them are found, never estimated: a data set attains each end, and no data set goes beyond it.

Where print contradicts itself there are two readings. *All repairs*: in every cluster of conflicts the numbers of one
smallest repair give way and all other numbers hold; the range is the union over the repairs (the range-consistent
answer of Arenas, Bertossi and Chomicki, 1999 and 2003, here over repairs with the fewest changes). It holds the true
value if no more numbers are off than must be. *Numbers in no conflict*: only these hold. That range is wider, and
holds the true value however many of the conflicting numbers are off. Neither guards against a number that is off and
conflicts with nothing, nor against a wrong definition of what a number counts.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import combinations, product
from math import prod
from typing import TypeVar

import numpy as np
import pandas as pd

from analysis.errors import UserError
from analysis.language.messages import text as message
from analysis.language.text import LANGUAGES
from analysis.printed.conflicts import QUESTIONS, Cluster, can_hold, clusters, components, has_many_rows, solve
from analysis.printed.model import (
    LARGEST_COUNT,
    Model,
    NotDecided,
    Statement,
    TooLarge,
    assumption_on,
    atoms,
    check_sizes,
    due,
    has_extreme,
    left_documented,
    linked_by_rules,
    row_names,
    sizes,
    statements,
    time_left,
    totalled,
)
from analysis.printed.profiles import Profiles
from analysis.printed.thresholds import HIGH, LOW, Form, Unbounded, beyond, form, outermost
from analysis.study.claims import Claim, is_whole
from analysis.study.codebook import NO, NOT_DOCUMENTED, YES, Codebook
from analysis.study.expressions import (
    Arithmetic,
    AtLeast,
    Compare,
    Condition,
    Count,
    Expression,
    Is,
    Not,
    Quantity,
    Summary,
    no_variable,
    parse,
    parse_condition,
    variables,
)

MOST_READINGS = 5000
"""How many choices of repairs there may be where there are many rows."""

PLAIN_STEPS = 6
"""How often a solution is improved as the solver pleases before leaps are tried."""


@dataclass(frozen=True)
class Interval:
    """The smallest and the largest value. Both None: not decided in the time given."""

    low: Fraction | None
    high: Fraction | None

    @property
    def decided(self) -> bool:
        """Whether the ends are known."""
        return self.low is not None

    @property
    def forced(self) -> bool:
        """Whether every data set has the same value."""
        return self.decided and self.low == self.high


UNDECIDED = Interval(None, None)


@dataclass(frozen=True)
class Bounds:
    """What print leaves open of one quantity.

    Attributes
    ----------
    expression : str
        The question.
    all_repairs, cautious : Interval
        Its range in both readings, see the module.
    per_repair : dict
        For each cluster of conflicts that matters, each smallest repair and the range if that one is right; the other
        clusters are left open. Empty where no conflict matters.
    forced_by : tuple of two tuples of str
        For each end of `all_repairs` a minimal set of statements (named by the first claim that prints each) without
        any of which the end would not be proved; empty where the end is that of any data set at all. None: undecided.
    witnesses : tuple of two dicts
        For each end a data set that attains it: unit -> one row a unit, with the variables that are linked to the
        quantity. None: undecided.
    uncounted : tuple of str
        Variables of the quantity that no printed number counts.
    assumes : tuple of str
        What the ends rest on beside the numbers: readings of the codebook, and that no answer is missing (see
        `model.assumption_on`), without which the range would be wider.
    exists : bool
        False if in some data set the quantity has no value, such as a share of nothing; the range is over the others.
    """

    expression: str
    all_repairs: Interval
    cautious: Interval
    per_repair: Mapping[tuple[str, ...], Interval]
    forced_by: tuple[tuple[str, ...] | None, tuple[str, ...] | None]
    witnesses: tuple[Mapping[str, pd.DataFrame] | None, Mapping[str, pd.DataFrame] | None]
    uncounted: tuple[str, ...]
    exists: bool
    assumes: tuple[str, ...] = ()

    @property
    def low(self) -> Fraction | None:
        """The smallest value over all repairs."""
        return self.all_repairs.low

    @property
    def high(self) -> Fraction | None:
        """The largest value over all repairs."""
        return self.all_repairs.high


def bounds(
    expression: str,
    codebook: Codebook,
    claims: Sequence[Claim],
    found: Sequence[Cluster] | None = None,
    seconds: float | None = None,
    language: str = LANGUAGES[0],
) -> Bounds:
    """The smallest and the largest value that print leaves to a quantity, or to the number of rows in a condition.

    `found` are the study's conflicts, if they are known already. After `seconds` whatever is not proved is undecided.
    Raises UserError, in the language, for a text that is no expression, and for a quantity that print does not limit or
    that has no value in any data set.
    """
    printed = Print(codebook, claims, found, language=language)
    printed.limit(seconds)
    return printed.bounds(expression)


def crosstab_bounds(
    variable_a: str,
    variable_b: str,
    codebook: Codebook,
    claims: Sequence[Claim],
    found: Sequence[Cluster] | None = None,
    seconds: float | None = None,
    language: str = LANGUAGES[0],
) -> pd.DataFrame:
    """What print leaves open of every cell of a cross-tabulation, for use beside a data set's own counts.

    Returns one row a cell: `a`, `b` (codes, numbers or yes and no), `low`, `high` (over all repairs), `cautious_low`,
    `cautious_high` (numbers in no conflict alone) and `forced` (low is high). Undecided ends are missing. Raises
    UserError, in the language, for variables of different units, those that have no answers or too many, and those
    that no printed number counts.
    """
    printed = Print(codebook, claims, found, language=language)
    unit = printed.unit_of(variable_a, variable_b)
    printed.limit(seconds)
    rows = []
    across = printed.answers(variable_b)
    for a, first in printed.answers(variable_a):
        for b, second in across:
            quantity = Count(unit, AtLeast(2, (first, second)))
            ranges = [printed.interval(quantity, cautious) for cautious in (False, True)]
            ends = [end if end is None else int(end) for one in ranges for end in (one.low, one.high)]
            rows.append((a, b, *ends, ranges[0].forced))
    columns = {"a": object, "b": object, **dict.fromkeys(_ENDS, "Int64"), "forced": bool}
    return pd.DataFrame(rows, columns=list(columns)).astype(columns)


_ENDS = ("low", "high", "cautious_low", "cautious_high")
_CROSSED = ("choice", "tick", "count", "derived")  # types of variables that have answers


class Print:
    """What is printed of a study, kept ready for many questions.

    `found` are the study's conflicts, `undecided` the statements of which it is not known whether they can hold
    together; where no conflicts are given, those of a part are looked for when it is asked. What cannot be asked is
    said in the `language`.
    """

    def __init__(
        self,
        codebook: Codebook,
        claims: Sequence[Claim],
        found: Sequence[Cluster] | None = None,
        undecided: Iterable[Sequence[Statement]] = (),
        language: str = LANGUAGES[0],
    ):
        self.codebook = codebook
        self._language = language
        self.size = sizes(claims, codebook)
        self.stated = statements(claims, codebook)
        self.counted = _spoken_of(self.stated)
        self.components = components(codebook, self.stated)
        self._names = [_spoken_of(stated) for stated in self.components]
        self._ruled = linked_by_rules(codebook)
        self._found = found
        self._undecided = {statement.name for part in undecided for statement in part}
        self._clusters: dict[int, tuple[Cluster, ...]] = {}
        self._parts: dict[tuple, Part] = {}
        self._by_kinds: dict[tuple, bool] = {}
        self._many: tuple[tuple, Many] | None = None
        self._deadline: float | None = None

    def limit(self, seconds: float | None) -> None:
        """Let every question end undecided once so many seconds from now have passed; None sets no limit."""
        self._deadline = due(seconds)

    def bounds(self, expression: str) -> Bounds:
        """As the function `bounds`."""
        quantity = self._quantity(expression)
        check_sizes(self.size, quantity, self.codebook)
        self._check_ids(expression, quantity)
        self._check_statistics(expression, quantity)
        found = self._bounds(expression, quantity)
        return replace(found, assumes=self._assumed(quantity, found) if found.all_repairs.decided else ())

    def _check_ids(self, expression: str, quantity: Quantity) -> None:
        """Raises UserError for an id: print names no rows."""
        for one in sorted((one for one in atoms(quantity) if isinstance(one, Is)), key=lambda one: one.code):
            variable = self.codebook.variable(one.variable)
            unit = variable.definition
            if variable.type == "ref" and one.code not in row_names(unit, self.size[unit]):
                units = self.codebook.unit_name(unit, self._language)
                why = message("ask_no_id", self._language, units=units, found=one.code, name=one.variable)
                raise UserError(message("ask_where", self._language, text=expression, why=why))

    def _check_statistics(self, expression: str, quantity: Quantity) -> None:
        """Raises UserError for a median, which no sum or smallest or largest value of rows gives."""
        if any(one.statistic == "median" for one in _summaries(quantity)):
            why = message("bounds_median", self._language)
            raise UserError(message("ask_where", self._language, text=expression, why=why))

    def _assumed(self, quantity: Quantity, found: Bounds) -> tuple[str, ...]:
        """The assumptions without which an end of the range could lie further out, each alone or all together."""
        stated = {one.name: one for number in self.linked(quantity) for one in self.components[number]}
        documented = set().union(*(one.documented for one in stated.values()))
        known = [rule.name for rule in self.codebook.readings()]
        known += dict.fromkeys(assumption_on(self.codebook, name) for name in sorted(documented))
        repairs = [cluster.repairs for number in self.linked(quantity) for cluster in self.clusters(number)]
        if not known or prod(map(len, repairs)) > MOST_READINGS:
            return tuple(known)
        needed: set[str] = set()
        for direction, end, names in zip((LOW, HIGH), (found.low, found.high), found.forced_by, strict=True):
            if end is None or names is None:
                continue
            by = [replace(stated[name], documented=frozenset()) for name in names]
            further = _further(quantity, end, direction)

            leaving = {frozenset(names) & set().union(*one) for one in product(*repairs)}

            def is_open(without: Sequence[str], by=by, further=further, leaving=leaving) -> bool:
                book = self.codebook
                for name in without:
                    book = book.without(name)
                kept = left_documented(documented, without, self.codebook)
                asked = [*by, replace(further, documented=kept)]
                try:
                    return can_hold(book, self.size, asked, leaving, self._deadline)
                except (NotDecided, KeyError, TypeError):
                    return True

            alone = [one for one in known if is_open([one])]
            needed.update(alone or (known if known and is_open(known) else ()))
        return tuple(one for one in known if one in needed)

    def _bounds(self, expression: str, quantity: Quantity) -> Bounds:
        uncounted = tuple(name for name in variables(quantity) if name not in self.counted)
        try:
            with self._saying_why(), suppress(NotDecided):
                if (many := self.many(quantity)) is not None:
                    return many.bounds(expression, quantity, uncounted)
            with self._saying_why():
                part = self.part(quantity)
                asked = part.form(quantity)
                exists = part.exists(asked)
                (low, lowest), (high, highest) = (part.end(asked, way, [part.all_repairs]) for way in (LOW, HIGH))
        except TooLarge:
            raise UserError(message("bounds_too_many_rows", self._language, text=expression)) from None
        except NotDecided:
            return Bounds(expression, UNDECIDED, UNDECIDED, {}, (None, None), (None, None), uncounted, True)
        cautious = self.interval(quantity, cautious=True)
        forced_by = (
            _in_time(lambda: part.forced_by(asked, LOW, low, certain=low == cautious.low), None),
            _in_time(lambda: part.forced_by(asked, HIGH, high, certain=high == cautious.high), None),
        )
        per_repair = _in_time(lambda: part.per_repair(asked, (low, high)), {})
        witnesses = part.model.decode(lowest), part.model.decode(highest)
        return Bounds(expression, Interval(low, high), cautious, per_repair, forced_by, witnesses, uncounted, exists)

    def interval(self, quantity: Quantity, cautious: bool = False) -> Interval:
        """The range of a quantity in one reading. Raises UserError for one that print does not limit."""
        with self._saying_why(), suppress(NotDecided):
            if (many := self.many(quantity)) is not None:
                return many.interval(quantity, cautious)
        with self._saying_why(), suppress(NotDecided):
            part = self.part(quantity)
            asked, reading = part.form(quantity), part.certain if cautious else part.all_repairs
            return Interval(*(part.end(asked, way, [reading])[0] for way in (LOW, HIGH)))
        return UNDECIDED

    @contextmanager
    def _saying_why(self) -> Iterator[None]:
        try:
            yield
        except Unbounded as error:
            raise UserError(message(error.key, self._language, **error.facts)) from None

    def within(self, quantity: Quantity) -> tuple[Fraction | None, Fraction | None]:
        """The smallest and the largest value of a quantity over all repairs; None where undecided."""
        found = self.interval(quantity)
        return found.low, found.high

    def many(self, quantity: Quantity) -> Many | None:
        """The same as `part`, by kinds of rows; None where there are few rows. Raises NotDecided."""
        here = tuple(sorted(self.linked(quantity)))
        stated = [statement for number in here for statement in self.components[number]]
        key = here, frozenset(totalled(quantity))
        if key not in self._by_kinds:
            self._by_kinds[key] = has_many_rows(self.codebook, self.size, stated, (quantity,))
        if not self._by_kinds[key]:
            return None
        if self._many is None or self._many[0] != (here, quantity):
            # Both readings of a quantity are asked one after the other.
            found = [cluster for number in here for cluster in self.clusters(number)]
            kinds = Profiles(self.codebook, self.size, stated, (quantity,))
            self._many = (here, quantity), Many(kinds, stated, found)
        self._many[1].deadline = self._deadline
        return self._many[1]

    def part(self, quantity: Quantity) -> Part:
        """All that is printed about the variables of the quantity and those linked to them."""
        names = set(variables(quantity))
        here = tuple(sorted(self.linked(quantity)))
        # Such a question needs variables or values that the model has only when it is told of them.
        numbers = [atom.number for atom in atoms(quantity) if isinstance(atom, Compare)]
        own = names - self.counted or (numbers and (has_extreme(quantity) or max(numbers) >= LARGEST_COUNT))
        key = here, quantity if own else None
        if key not in self._parts:
            stated = [statement for number in here for statement in self.components[number]]
            found = [cluster for number in here for cluster in self.clusters(number)]
            asked = (quantity,) if own else ()
            self._parts[key] = Part(self.codebook, self.size, stated, found, asked, self._deadline)
        self._parts[key].deadline = self._deadline
        return self._parts[key]

    def linked(self, expression: Expression) -> set[int]:
        """The numbers of the components that speak of a variable of the expression."""
        spoken_of = set(variables(expression))
        spoken_of = spoken_of.union(*(group for group in self._ruled if group & spoken_of))
        return {number for number, names in enumerate(self._names) if names & spoken_of}

    def clusters(self, number: int) -> tuple[Cluster, ...]:
        """The conflicts in the component of that number. Raises NotDecided."""
        if number not in self._clusters:
            stated = self.components[number]
            names = {statement.name for statement in stated}
            if names & self._undecided:
                raise NotDecided
            if self._found is None:
                left = None if self._deadline is None else time_left(self._deadline)
                self._clusters[number] = clusters(self.codebook, self.size, stated, left)
            else:
                self._clusters[number] = tuple(cluster for cluster in self._found if cluster.names & names)
        return self._clusters[number]

    def unit_of(self, *names: str) -> str:
        """The unit of counted variables that have answers.

        Raises UserError if they have several, no printed number counts one, or one has no answers.
        """
        units = {}
        for name in names:
            if name not in self.codebook.variables:
                raise UserError(no_variable(name, self.codebook, self._language))
            variable = self.codebook.variable(name)
            if variable.type not in _CROSSED:
                raise UserError(message("bounds_not_crossed", self._language, name=name))
            used = variables(parse_condition(name, self.codebook)) if variable.type == "derived" else (name,)
            if missing := [one for one in used if one not in self.counted]:
                raise UserError(message("bounds_uncounted", self._language, names=", ".join(missing), name=name))
            units[self.codebook.unit(variable.sheet)] = name
        if len(units) != 1:
            facts = {"names": ", ".join(units.values()), "units": ", ".join(units)}
            raise UserError(message("bounds_units", self._language, **facts))
        return next(iter(units))

    def answers(self, name: str) -> list[tuple[str, Condition]]:
        """The answers that a counted variable can have, in the codebook's order, each with its condition.

        Raises UserError for one with more numbers than LARGEST_COUNT.

        `nd` and numbers that the codebook does not list are left out where print rules them out.
        """
        unit, variable = self.unit_of(name), self.codebook.variable(name)
        if variable.type == "derived":
            condition = parse_condition(name, self.codebook)
            return [(YES, condition), (NO, Not(condition))]
        if variable.type == "count":
            stated = [one for number in self.linked(Is(name, "")) for one in self.components[number]]
            low, high = Model(self.codebook, self.size, stated, single=unit).reach(name)
            if high > LARGEST_COUNT:
                raise UserError(message("bounds_too_many_values", self._language, name=name, number=high // 2))
            known = {code: Compare(name, "==", int(code)) for code in variable.code_names() if code.isdigit()}
            other = {str(number): Compare(name, "==", number) for number in range(low, high + 1)}
        else:
            codes = (YES, NO) if variable.type == "tick" else variable.code_names()
            known = {code: Is(name, code) for code in codes if code != NOT_DOCUMENTED}
            other = {NOT_DOCUMENTED: Is(name, NOT_DOCUMENTED)}
        possible = {
            code: condition
            for code, condition in other.items()
            if code not in known and self.interval(Count(unit, condition), cautious=True).high != 0
        }
        return [*known.items(), *possible.items()]

    def _quantity(self, expression: str) -> Quantity:
        found = parse(expression, self.codebook, self._language)
        if isinstance(found, Quantity):
            return found
        units = {self.codebook.unit(self.codebook.variable(name).sheet) for name in variables(found)}
        if len(units) != 1:
            why = message("ask_mixed", self._language, units=", ".join(sorted(units)))
            raise UserError(message("ask_where", self._language, text=expression, why=why))
        return Count(units.pop(), found)


class Part:
    """Linked components of a study as one problem for a solver, with both readings of its conflicts.

    `all_repairs` and `certain` are the literals to be assumed for a reading: in every cluster of conflicts the numbers
    of one smallest repair give way, or nothing is known of the numbers in conflict.
    """

    def __init__(
        self,
        codebook: Codebook,
        size: Mapping[str, int],
        stated: Sequence[Statement],
        found: Sequence[Cluster],
        asked: Sequence[Quantity] = (),
        deadline: float | None = None,
    ):
        self.model = model = Model(codebook, size, stated, ordered=True, asked=asked, deadline=deadline)
        self.deadline = deadline
        self.found = tuple(found)
        self._repairs: dict[tuple[str, ...], int] = {}
        self._held = dict(model.selectors)
        for cluster in found:
            chosen = {repair: model.new() for repair in cluster.repairs}
            model.clauses += [[-a, -b] for a, b in combinations(chosen.values(), 2)]
            for name in (name for name in model.selectors if name in cluster.names):
                # Held means: it holds, or it is among the numbers that give way.
                self._held[name] = model.new()
                away = [literal for repair, literal in chosen.items() if name in repair]
                model.clauses.append([-self._held[name], model.selectors[name], *away])
            self._repairs |= chosen
        contested = set().union(*(cluster.names for cluster in found))
        self.all_repairs = self._together(self._held)
        self.certain = self._together(name for name in self._held if name not in contested)
        self._contested = contested
        self._forms: dict[Quantity, Form] = {}
        self._beyond: dict[tuple[Quantity, Fraction, int, bool], int] = {}
        self._solver = model.solver(QUESTIONS)
        self._known = len(model.clauses)

    def _together(self, names: Iterable[str]) -> int:
        """One literal that makes all of these statements held: quicker to assume than each of them."""
        chosen = self.model.new()
        self.model.clauses += [[-chosen, self._held[name]] for name in names]
        return chosen

    def solve(self, assumptions: Sequence[int]) -> set[int] | None:
        """True literals of a solution in which the assumed ones are true; None if there is none. Raises NotDecided."""
        self._solver.append_formula(self.model.clauses[self._known :])
        self._known = len(self.model.clauses)
        if not solve(self._solver, list(assumptions), self.deadline):
            return None
        return set(self._solver.get_model())

    @property
    def is_contested(self) -> bool:
        """Whether some of its statements are in conflict; if not, both readings are the same."""
        return bool(self.found)

    def tries(self, number: int, reading: Sequence[int]) -> Iterator[set[int]]:
        """That many solutions, each sought from another corner; fewer where there is none. Raises NotDecided."""
        chance = random.Random(0)
        literals = sorted({abs(x) for cell in self.model.cells for value in cell.values.values() for x in value})
        repairs = list(self._repairs.values())
        for _ in range(number):
            chosen = [chance.choice(repairs)] if repairs else []
            self._solver.set_phases([*(chance.choice((x, -x)) for x in literals), *chosen])
            if (solution := self.solve(reading)) is None:
                return
            yield solution

    def some_row(self, condition: Condition, unit: str) -> int:
        """A literal that, when true, makes at least one row of the unit meet the condition."""
        chosen = self.model.new()
        rows = range(self.model.size[unit])
        self.model.clauses.append([-chosen, *(self.model.literal(condition, unit, row) for row in rows)])
        return chosen

    def form(self, quantity: Quantity) -> Form:
        """The quantity in terms of the model. Raises Unbounded for one that no printed number limits."""
        if quantity not in self._forms:
            for name in _summed(quantity):
                if self.model.is_cut(name):
                    largest = self.model.reach(name)[1]
                    rows = range(self.model.size[self.model.unit(name)])
                    none = self.model.all_of(-self.model.at_least(name, largest, row) for row in rows)
                    if self.solve([self.certain, -none]) is not None:
                        raise Unbounded("bounds_unlimited", name=name)
            self._forms[quantity] = form(self.model, quantity)
        return self._forms[quantity]

    def exists(self, asked: Form) -> bool:
        """Whether the quantity has a value in every data set, over all repairs."""
        return asked.lacks is None or self.solve([self.all_repairs, asked.lacks]) is None

    def head_for(self, asked: Form, direction: int) -> None:
        """Let the solver try first what takes the quantity in that direction."""
        self._solver.set_phases(asked.wanted(direction))

    def end(self, asked: Form, direction: int, reading: Sequence[int]) -> tuple[Fraction, set[int]]:
        """The outermost value in that direction, and a solution that has it. Raises Unbounded where it has no value.

        Solutions are improved step by step; after a few steps each is first tried half way to what is still open.
        """
        self.head_for(asked, direction)
        reading = [*reading, *asked.needs]
        solution = self.solve(reading)
        if solution is None:
            raise Unbounded("bounds_no_value")
        steps, limit = 0, None
        while True:
            value = asked.value(solution)
            steps += 1
            if steps > PLAIN_STEPS:
                limit = outermost(asked, direction) if limit is None else limit
                if value == limit:
                    return value, solution
                half = (value + limit) / 2
                if (further := self.solve([*reading, self.beyond(asked, half, direction, or_there=True)])) is not None:
                    solution = further
                    continue
                limit = half
            further = self.solve([*reading, self.beyond(asked, value, direction)])
            if further is None:
                return value, solution
            solution = further

    def beyond(self, asked: Form, value: Fraction, direction: int, or_there: bool = False) -> int:
        """A literal that puts the quantity beyond the value (or there)."""
        key = asked, value, direction, or_there
        if key not in self._beyond:
            self._beyond[key] = beyond(self.model, asked, value, direction, or_there)
        return self._beyond[key]

    def per_repair(self, asked: Form, ends: tuple[Fraction, Fraction]) -> dict[tuple[str, ...], Interval]:
        """The range under each smallest repair of each cluster; `ends` are those over all repairs.

        A repair under which the quantity has no value is left out.
        """
        if ends[0] == ends[1] and not asked.needs:
            return dict.fromkeys(self._repairs, Interval(*ends))
        lows, highs = (self._ends(asked, way, end) for way, end in zip((LOW, HIGH), ends, strict=True))
        return {repair: Interval(lows[repair], highs[repair]) for repair in self._repairs if repair in lows}

    def _ends(self, asked: Form, direction: int, outermost: Fraction) -> dict[tuple[str, ...], Fraction]:
        """The end under each repair: all repairs that attain the outermost value, then those with the next one, ..."""
        found: dict[tuple[str, ...], Fraction] = {}
        for cluster in self.found:
            left, value = list(cluster.repairs), outermost
            while left:
                among = self.model.new()
                self.model.clauses.append([-among, *(self._repairs[repair] for repair in left)])
                reading = [self.all_repairs, among]
                solution = self.solve([*reading, *asked.needs, self.beyond(asked, value, direction, or_there=True)])
                if solution is None:
                    if self.solve([*reading, *asked.needs]) is None:
                        break
                    value, solution = self.end(asked, direction, reading)
                for repair in [one for one in left if self._repairs[one] in solution]:
                    found[repair] = value
                    left.remove(repair)
        return found

    def forced_by(self, asked: Form, direction: int, end: Fraction, certain: bool) -> tuple[str, ...]:
        """A minimal set of statements that together rule out every value beyond the end, in printed order.

        `certain`: among those in no conflict. The set depends on print alone, not on the solver.
        """
        further = [*asked.needs, self.beyond(asked, end, direction)]
        return self.needed(further, certain)

    def needed(self, ruled_out: Sequence[int], certain: bool) -> tuple[str, ...]:
        """A minimal set of statements with which the given literals cannot all be true, in printed order.

        Contested numbers are dispensed with first where that is possible, then the last in print.
        """
        names = list(self._held)[::-1]
        kept = [name for name in names if name in self._contested and not certain]
        kept += [name for name in names if name not in self._contested]
        kept = _minimal(kept, lambda names: self._core(names, ruled_out))
        return tuple(name for name in self._held if name in kept)

    def _core(self, names: Sequence[str], ruled_out: Sequence[int]) -> set[str] | None:
        """Some of the statements that suffice; None if even all of them do not."""
        if self.solve([*(self._held[name] for name in names), *ruled_out]) is not None:
            return None
        core = set(self._solver.get_core() or ())
        return {name for name in names if self._held[name] in core}


class Many:
    """Linked components of a study with many rows, asked by kinds of rows.

    Every question raises NotDecided where the `deadline`, a reading of time.monotonic(), passes first, and for a
    quantity that `Profiles` cannot be asked; Unbounded for one that no printed number limits or that has no value in
    any data set.
    """

    def __init__(self, profiles: Profiles, stated: Sequence[Statement], found: Sequence[Cluster]):
        if prod(len(cluster.repairs) for cluster in found) > MOST_READINGS:
            raise NotDecided
        self._profiles = profiles
        self._stated = {statement.name: statement for statement in stated}
        self._repairs = [repair for cluster in found for repair in cluster.repairs]
        self._contested = set().union(*(cluster.names for cluster in found))
        # What gives way: under each choice of repairs, or all that is in conflict.
        self._leaving = {
            False: [frozenset().union(*chosen) for chosen in product(*(cluster.repairs for cluster in found))],
            True: [frozenset(self._contested)],
        }
        self._ends: dict[tuple, tuple[Fraction, np.ndarray] | None] = {}
        self.deadline: float | None = None

    def interval(self, quantity: Quantity, cautious: bool) -> Interval:
        """As that of `Print`."""
        self._check(quantity)
        return Interval(*(self._end(quantity, way, cautious)[0] for way in (LOW, HIGH)))

    def bounds(self, expression: str, quantity: Quantity, uncounted: tuple[str, ...]) -> Bounds:
        """As that of `Print`."""
        self._check(quantity)
        exists = self._exists(quantity)
        (low, lowest), (high, highest) = (self._end(quantity, way, cautious=False) for way in (LOW, HIGH))
        cautious = self.interval(quantity, cautious=True)
        per_repair = {}
        for repair in self._repairs:
            with suppress(Unbounded):
                ends = [self._end(quantity, way, False, frozenset(repair))[0] for way in (LOW, HIGH)]
                per_repair[repair] = Interval(*ends)
        forced_by = (
            _in_time(lambda: self._forced_by(quantity, LOW, low, certain=low == cautious.low), None),
            _in_time(lambda: self._forced_by(quantity, HIGH, high, certain=high == cautious.high), None),
        )
        witnesses = self._profiles.decode(lowest), self._profiles.decode(highest)
        return Bounds(expression, Interval(low, high), cautious, per_repair, forced_by, witnesses, uncounted, exists)

    def _kept(self, out: Iterable[str]) -> list[Statement]:
        return [statement for name, statement in self._stated.items() if name not in out]

    def _check(self, quantity: Quantity) -> None:
        """Raises Unbounded where values of a variable go on above the largest that is modelled."""
        for name in _summed(quantity):
            if (largest := self._profiles.open_from(name)) is not None:
                for out in self._leaving[True]:
                    if self._profiles.refuted([*self._kept(out), largest], self.deadline) is None:
                        raise Unbounded("bounds_unlimited", name=name)

    def _exists(self, quantity: Quantity) -> bool:
        """Whether the quantity has a value in every data set, over all repairs."""
        nothing = self._profiles.lacking(quantity)
        return nothing is None or all(
            self._profiles.refuted([*self._kept(out), nothing], self.deadline) is not None
            for out in self._leaving[False]
        )

    def _end(
        self, quantity: Quantity, direction: int, cautious: bool, repair: frozenset[str] = frozenset()
    ) -> tuple[Fraction, np.ndarray]:
        """The outermost value over the choices of repairs that have this one, and counts that have it."""
        limit = None if cautious else self._end(quantity, direction, True)[0]
        best: tuple[Fraction, np.ndarray] | None = None
        for out in self._leaving[cautious]:
            if not repair <= out or (known := self._known_end(quantity, direction, out)) is None:
                continue
            if best is None or (known[0] - best[0]) * direction > 0:
                best = known
            if known[0] == limit:
                # With fewer numbers held nothing lies further out.
                break
        if best is None:
            raise Unbounded("bounds_no_value")
        return best

    def _known_end(self, quantity: Quantity, direction: int, out: frozenset[str]) -> tuple[Fraction, np.ndarray] | None:
        key = quantity, direction, out
        if key not in self._ends:
            self._ends[key] = self._profiles.end(quantity, direction, self._kept(out), self.deadline)
        return self._ends[key]

    def _forced_by(self, quantity: Quantity, direction: int, end: Fraction, certain: bool) -> tuple[str, ...]:
        further = self._profiles.beyond(quantity, end, direction)

        def core(names: Sequence[str]) -> set[str] | None:
            used: set[str] = set()
            for out in self._leaving[certain]:
                held = [self._stated[name] for name in names if name not in out]
                refuted = self._profiles.refuted([*held, further], self.deadline)
                if refuted is None:
                    return None
                used |= {statement.name for statement in refuted} - {further.name}
            return used

        names = list(self._stated)[::-1]
        kept = [name for name in names if name in self._contested and not certain]
        kept = _minimal([*kept, *(name for name in names if name not in self._contested)], core)
        return tuple(name for name in self._stated if name in kept)


def _minimal(kept: Sequence[str], core_of: Callable[[Sequence[str]], set[str] | None]) -> list[str]:
    """Names of which none can be left out, those that come first having been left out where possible.

    `core_of` gives some of the names that suffice, None if even all of them do not.
    """
    kept = list(kept)
    core = core_of(kept)
    for name in tuple(kept):
        rest = [other for other in kept if other != name]
        if name not in core:
            kept = rest
        elif (smaller := core_of(rest)) is not None:
            kept, core = rest, smaller
    return kept


def _further(quantity: Quantity, end: Fraction, direction: int) -> Statement:
    """The statement that the quantity lies beyond the end."""
    step = direction if is_whole(quantity) else 0
    ends = (end + step, None) if direction == HIGH else (None, end + step)
    return Statement("further", (), quantity, *ends, 1, strict=not step)


def _spoken_of(stated: Iterable[Statement]) -> set[str]:
    return {name for statement in stated for name in variables(statement.quantity)}


def _summed(quantity: Quantity) -> Iterable[str]:
    """Count variables whose values, not only their number, enter the quantity."""
    return (one.variable for one in _summaries(quantity))


def _summaries(quantity: Quantity) -> Iterator[Summary]:
    match quantity:
        case Summary():
            yield quantity
        case Arithmetic(left=left, right=right):
            yield from _summaries(left)
            yield from _summaries(right)


T = TypeVar("T")


def _in_time(answer: Callable[[], T], otherwise: T) -> T:
    try:
        return answer()
    except NotDecided:
        return otherwise
