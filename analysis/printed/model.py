"""The study as a satisfiability problem: what data sets are there in which the printed numbers hold?

One Boolean variable stands for every code that a cell of the case sheet could have, one for every step of a count. The
codebook gives the structure (one code a choice, the rules of the rows), the printed numbers give statements. Every
statement has a selector, a literal that switches it on, so that any subset of them can be asked for.

Modelled are the variables that some printed number speaks of and, as rules bind them, those that a rule of the
codebook ties to these, directly or through others. Nothing is said, and nothing invented, of any other.

A cell may hold no answer. What print counts is documented, so a row is counted where its documented answers alone
decide that it meets the condition (the logic of Kleene, 1952). A rule binds what is true of a row, whether documented
or not: a missing answer can hide any that the rules allow.
"""

from __future__ import annotations

import itertools
import time
from bisect import bisect, insort
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache
from math import ceil, floor, inf, prod

import pandas as pd
from pysat.solvers import Solver

from analysis.errors import UserError
from analysis.language.messages import both
from analysis.study.claims import Claim, is_whole
from analysis.study.codebook import BLANK, NO, NOT_DOCUMENTED, YES, Codebook, Variable
from analysis.study.expressions import (
    EVERY,
    Answers,
    Arithmetic,
    AtLeast,
    Compare,
    Condition,
    Constant,
    Count,
    Derived,
    Each,
    Expression,
    Is,
    Not,
    Quantity,
    Same,
    Summary,
    asks_for_an_answer,
    is_of_documentation,
    pair,
    parse_condition,
    variables,
)

LARGEST_COUNT = 50
"""Largest value of a count variable that the model considers, unless a printed number is larger."""

SOLVER = "cadical153"
"""Solver of python-sat that answers by default. No result may depend on the choice."""

LONGEST_SUM = 2_000
"""How many steps of a count variable may be added up over the rows: a counter of more has MOST_CLAUSES."""

MOST_CLAUSES = 2_000_000
"""How many clauses a model may have: a gigabyte. More rows and statements than that are not asked of a solver."""


class NotDecided(Exception):
    """Time or memory did not suffice. Nothing is known then: neither a conflict nor that there is none."""


class TooLarge(NotDecided):
    """More time would not help: the question takes more memory than is allowed."""


def due(seconds: float | None) -> float | None:
    """The deadline so many seconds from now: a reading of time.monotonic(), None for no limit."""
    return None if seconds is None else time.monotonic() + seconds


def time_left(deadline: float | None) -> float:
    """Seconds until the deadline, a reading of time.monotonic(); infinite for None. Raises NotDecided if none."""
    left = inf if deadline is None else deadline - time.monotonic()
    if left <= 0:
        raise NotDecided
    return left


@dataclass(frozen=True)
class Statement:
    """Printed numbers that say the same of the same thing.

    `ids` are the claims that print it, none for what a table implies by not listing it; `stated` counts the places;
    `low` to `high` is what the quantity may be, None for no limit; `strict` if it may be neither. `documented` names
    the variables in it of which print is read as leaving no answer out; what is found of the statement rests on that.
    """

    name: str
    ids: tuple[str, ...]
    quantity: Quantity
    low: Fraction | None
    high: Fraction | None
    stated: int
    documented: frozenset[str] = frozenset()
    strict: bool = False

    def __hash__(self) -> int:
        return hash(self.name)  # statements are looked up very often, and a quantity is a deep tree

    @property
    def implied(self) -> bool:
        """Whether no number prints it: a code or value that a complete table does not list."""
        return not self.ids

    @property
    def depth(self) -> int:
        """How many steps of definition lie between it and the coded cells: 0 for a code, more for totals of totals."""
        return _depth(self.quantity)


def statements(claims: Sequence[Claim], codebook: Codebook) -> tuple[Statement, ...]:
    """What the claims say, each once, in printed order, with what the tables imply by not listing it at the end.

    Left out are those of `unchecked`.
    """
    left_out = unchecked(claims, codebook)
    usable = [claim for claim in claims if claim.id not in left_out]
    grouped: dict[tuple, list[Claim]] = {}
    for claim in usable:
        grouped.setdefault((claim.quantity, *_interval(claim)), []).append(claim)
    found = [
        Statement(
            group[0].id, tuple(claim.id for claim in group), quantity, low, high,
            sum(claim.stated for claim in group), strict=is_strict,
        )
        for (quantity, low, high, is_strict), group in grouped.items()
    ]  # fmt: skip
    found += _implied(usable, codebook)
    complete = _documented(usable, codebook)
    return tuple(
        replace(statement, documented=frozenset(complete.intersection(variables(statement.quantity))))
        for statement in found
    )


NOT_CODED, NO_FORM, NAMED = "not_coded", "form", "named"
"""Why a printed number is not checked: it counts nothing that the sheet codes; what it is has no form here, as the
difference of two shares; it names a row, which no row of a data set is known to be."""


def unchecked(claims: Iterable[Claim], codebook: Codebook) -> dict[str, str]:
    """The claims of which it is not asked whether they can hold: id -> NOT_CODED, NO_FORM or NAMED, in order."""
    reasons = {
        claim.id: NOT_CODED
        if claim.quantity is None
        else NAMED
        if any(codebook.variable(one.variable).type == "ref" for one in atoms(claim.quantity) if isinstance(one, Is))
        else ""
        if _has_form(claim.quantity)
        else NO_FORM
        for claim in claims
    }
    return {name: reason for name, reason in reasons.items() if reason}


def _documented(claims: Iterable[Claim], codebook: Codebook) -> set[str]:
    """The variables of which print is read as leaving no answer out.

    That is the usual reading of a table that has no row for it, and of an answer that the codebook requires. It does
    not stand where print itself speaks of missing answers, as a percentage of those who answered does. Of a choice it
    is said by a statement of its own (see `_implied`), which can give way.
    """
    used, in_tables, spoken_of = set(), set(), set()
    for claim in claims:
        used.update(variables(claim.quantity))
        in_tables.update(variables(claim.quantity) if claim.block else ())
        spoken_of |= {one.variable for one in atoms(claim.quantity) if isinstance(one, Is) and _tells_gaps(one)}
    kinds = {name: codebook.variable(name) for name in used - spoken_of}
    return {
        name
        for name, variable in kinds.items()
        if (variable.required and variable.type in ("tick", "count", "ref"))
        or (variable.type == "tick" and name in in_tables)
    }


def _tells_gaps(one: Is) -> bool:
    return one.code in (NO, NOT_DOCUMENTED)


DOCUMENTED = "documented"
"""Begins the name of an assumption that no answer is missing; a block or variable follows, none for all of them."""


def assumption_on(codebook: Codebook, variable: str) -> str:
    """The name of the assumption that no answer to the variable is missing: it is one for all answers of a block."""
    return f"{DOCUMENTED}.{codebook.variable(variable).block or variable}"


def left_documented(names: Iterable[str], without: Sequence[str], codebook: Codebook) -> frozenset[str]:
    """Of variables that are taken to be documented, those of which it is not one of these assumptions that says so."""
    return frozenset(name for name in names if not {DOCUMENTED, assumption_on(codebook, name)}.intersection(without))


MOST_FILLINGS = 64
"""How many ways to fill gaps are looked at, where a condition names a variable twice. Beyond, some rows that surely
meet it are not known to."""


@cache
def surely(condition: Condition) -> Condition:
    """The condition on what is documented that a row meets if it meets the given one whatever its gaps hide."""
    return _filled(condition)[0]


@cache
def possibly(condition: Condition) -> Condition:
    """The condition on what is documented that a row meets if it could meet the given one, for all its gaps hide."""
    return _filled(condition)[1]


def _filled(condition: Condition, filled: Mapping[str, str | float] | None = None) -> tuple[Condition, Condition]:
    """Both, exactly: each answer that may stand in a gap is tried where a variable is named twice."""
    filled = filled or {}
    named: dict[str, list[Is | Compare]] = {}
    for atom in _open_atoms(condition):
        named.setdefault(atom.variable, []).append(atom)
    several = {name: _hidden(found) for name, found in named.items() if len(found) > 1}
    for name, values in several.items():
        if name not in filled and prod(map(len, several.values())) <= MOST_FILLINGS:
            ends = [_filled(condition, {**filled, name: value}) for value in values]
            each, some = zip(*ends, strict=True)
            return AtLeast(len(each), each), AtLeast(1, some)

    def known(atom: Is | Compare) -> tuple[Condition, Condition]:
        if is_of_documentation(atom):
            return atom, atom
        open_ = AtLeast(1, (atom, Is(atom.variable, NOT_DOCUMENTED)))
        if atom.variable not in filled:
            return atom, open_
        one = open_ if atom.meets(filled[atom.variable]) else atom
        return one, one

    return pair(condition, known, lambda number, parts: AtLeast(number, tuple(parts)), Not)


def _open_atoms(node: Condition) -> Iterator[Is | Compare]:
    if asks_for_an_answer(node):
        return
    match node:
        case Is() | Compare():
            yield from () if is_of_documentation(node) else (node,)
        case Same(left=left, right=right):
            yield from (Is(name, YES, (YES, NO)) for name in (left, right))
        case Not(part=part) | Derived(condition=part):
            yield from _open_atoms(part)
        case AtLeast(parts=parts):
            for part in parts:
                yield from _open_atoms(part)


def _hidden(named: Sequence[Is | Compare]) -> Sequence[str | float]:
    """What a gap may hide: an answer of each kind that the atoms tell apart."""
    first = named[0]
    if isinstance(first, Is):
        return first.allowed or (*dict.fromkeys(atom.code for atom in named), BLANK)
    low, high = first.allowed
    steps = {low, high, *(step for atom in named for step in (atom.number, atom.number + 1))}
    return sorted(step for step in steps if low <= step <= high)


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


def linked_by_rules(codebook: Codebook) -> list[set[str]]:
    """The variables that rules of the codebook tie to each other, directly or through others."""
    return connected(variables(parse_condition(rule.definition, codebook)) for rule in codebook.rules())


def _has_form(quantity: Quantity) -> bool:
    """Whether the model can state the quantity: a smallest or largest value, an `each`, sums over rows, their ratio."""
    match quantity:
        case Each():
            return True
        case Summary(statistic=statistic):
            return statistic != "median"
        case Arithmetic(operator="/", left=left, right=right):
            return _is_sum(left) and _is_sum(right)
    return _is_sum(quantity)


def _is_sum(quantity: Quantity) -> bool:
    match quantity:
        case Constant() | Count() | Answers() | Summary(statistic="sum"):
            return True
        case Arithmetic(operator="+" | "-", left=left, right=right):
            return _is_sum(left) and _is_sum(right)
    return False


def counting(stated: Sequence[Statement]) -> tuple[Statement, ...]:
    """The statements without those that need a variable which no printed count speaks of.

    An age range or "most" says how far values reach, not how many rows have them: to fill cells with such values would
    be to invent them. So would it be to leave answers out that print does not say to be missing.
    """
    counted = set().union(*(variables(statement.quantity) for statement in stated if _counts(statement)))
    kept = [statement for statement in stated if counted.issuperset(variables(statement.quantity))]
    open_ = {
        one.variable
        for statement in stated
        for one in atoms(statement.quantity)
        if not statement.implied and isinstance(one, Is) and _tells_gaps(one)
    }
    return tuple(replace(statement, documented=frozenset(variables(statement.quantity)) - open_) for statement in kept)


def _counts(statement: Statement) -> bool:
    return None not in (statement.low, statement.high) and not is_extreme(statement.quantity)


def is_extreme(quantity: Quantity) -> bool:
    """Whether the quantity is the smallest or the largest value of a variable."""
    return isinstance(quantity, Summary) and quantity.statistic in ("minimum", "maximum")


def _interval(claim: Claim) -> tuple[Fraction | None, Fraction | None, bool]:
    """The ends of what the claim allows, and whether they themselves are ruled out (see `Claim.agrees`)."""
    is_counted = is_whole(claim.quantity)
    match claim.relation:
        case "=":
            return claim.low, claim.high, False
        case ">=":
            return claim.low, None, False
        case "<=":
            return None, claim.high, False
        case ">":
            return claim.low + is_counted, None, not is_counted
    return None, claim.high - is_counted, not is_counted


def _implied(claims: Iterable[Claim], codebook: Codebook) -> Iterator[Statement]:
    """A table that lists every code but not `nd`, or every listed number of a count, says that nobody has another one.

    Text that counts some codes or numbers says nothing of the others.
    """
    listed: dict[str, dict[str, Condition]] = {}
    units: dict[str, str] = {}
    for claim in claims:
        match claim.quantity:
            case Count(unit=unit, condition=Is(variable=name, code=code) as condition):
                pass
            case Count(unit=unit, condition=Compare(variable=name, relation="==", number=code) as condition):
                pass
            case _:
                continue
        if claim.block:  # that a row stands in the table is enough, whatever is told of its number
            listed.setdefault(name, {})[str(code)] = condition
            units[name] = unit
    for name, conditions in listed.items():
        variable = codebook.variable(name)
        every = {code for code in variable.code_names() if variable.type != "count" or code.isdigit()}
        if variable.type in ("choice", "count") and every <= set(conditions) and NOT_DOCUMENTED not in conditions:
            another = Not(AtLeast(1, tuple(conditions.values())))
            nobody = Count(units[name], AtLeast(1, (another, Is(name, NOT_DOCUMENTED))))
            yield Statement(f"implied.{name}", (), nobody, Fraction(0), Fraction(0), 1)


def _depth(node) -> int:
    match node:
        case Count(condition=condition) | Each(condition=condition) | Not(part=condition):
            return _depth(condition)
        case Derived(condition=condition):
            return 1 + _depth(condition)
        case AtLeast(parts=parts):
            return max(map(_depth, parts), default=0)
        case Answers(conditions=parts):
            return 1 + max(map(_depth, parts))
        case Summary():
            return 1
        case Arithmetic(left=left, right=right):
            return 1 + max(_depth(left), _depth(right))
    return 0


def sizes(claims: Sequence[Claim], codebook: Codebook) -> dict[str, int]:
    """How many rows every unit has: the number that the article states most often for it.

    Raises UserError where claims speak of rows whose number no claim states.
    """
    found = {unit: max(tally, key=tally.get) for unit, tally in _numbers_of_rows(claims).items()}
    for claim in claims:
        if claim.quantity is not None:
            check_sizes(found, claim.quantity, codebook)
    return found


def other_sizes(claims: Sequence[Claim]) -> list[tuple[str, int]]:
    """Units and numbers of rows that the article states too, but less often than those of `sizes`."""
    found = []
    for unit, tally in _numbers_of_rows(claims).items():
        chosen = max(tally, key=tally.get)
        found += [(unit, number) for number in tally if number != chosen]
    return found


def _numbers_of_rows(claims: Sequence[Claim]) -> dict[str, dict[int, int]]:
    """For each unit the numbers of its rows that are stated, and how often."""
    votes: dict[str, dict[int, int]] = {}
    for claim in claims:
        match claim.quantity:
            case Count(unit=unit, condition=condition) if condition == EVERY and claim.relation == "=":
                tally = votes.setdefault(unit, {})
                tally[int(claim.low)] = tally.get(int(claim.low), 0) + claim.stated
    return votes


def check_sizes(size: Mapping[str, int], quantity: Quantity, codebook: Codebook) -> None:
    """Raises UserError where the quantity speaks of rows whose number is not among the sizes."""
    spoken_of = set(units(quantity))
    for name in variables(quantity):
        variable = codebook.variable(name)
        spoken_of.add(codebook.unit(variable.sheet))
        if variable.type == "ref":
            spoken_of.add(variable.definition)
    if missing := sorted(spoken_of - set(size)):
        rows = "; ".join(f"published 12, relation =, counts {unit}()" for unit in missing)
        raise UserError(both("bounds_no_size", units=", ".join(missing), rows=rows))


def whole_ends(low: Fraction | None, high: Fraction | None, times: int, strict: bool) -> tuple[int | None, int | None]:
    """The whole numbers between the ends, each taken so many times; `strict`: the ends themselves left out."""
    least = None if low is None else floor(low * times) + 1 if strict else ceil(low * times)
    most = None if high is None else ceil(high * times) - 1 if strict else floor(high * times)
    return least, most


def row_names(unit: str, size: int) -> tuple[str, ...]:
    """Ids of so many rows of a unit in a reconstruction: a letter and a number."""
    letter = "R" if unit == "files" else unit[0].upper()
    return tuple(f"{letter}{number:0{len(str(size))}}" for number in range(1, size + 1))


@dataclass(frozen=True)
class Cell:
    """One cell of the sheet and the values it could have: value -> the literals that make it so."""

    unit: str
    row: int
    variable: str
    values: Mapping[str, tuple[int, ...]]


class Model:
    """Clauses for all data sets of the given size, with a selector for every statement.

    `selectors` maps the name of a statement to its literal. With no selector assumed the clauses hold the structure
    alone. `literal` and `linear` translate any further condition or quantity over modelled variables.

    Rows of a unit are interchangeable, as no printed number names one of them. With `ordered`, rows stand in descending
    lexicographic order, which leaves one of all arrangements of a data set (equal rows may stand side by side) and
    makes proofs of contradiction short.

    Variables that a statement or a quantity in `asked` speaks of are `named`, those that rules tie to them are
    `variables` too. Any of them may be without an answer, but for those that a statement takes to be documented.

    A count variable that is not among those added up (`totalled`) has a step only where print tells values apart: each
    of its values stands for all up to the next one. With `every_value` it has one for every value.

    With `single`, there is one row of that unit alone, which can be whatever one of all rows can be; statements then
    have no selectors.

    Raises NotDecided where it would need more than MOST_CLAUSES, or where the `deadline`, a reading of
    time.monotonic(), passes while it is made.
    """

    def __init__(
        self,
        codebook: Codebook,
        size: Mapping[str, int],
        stated: Sequence[Statement],
        ordered: bool = False,
        asked: Sequence[Quantity] = (),
        single: str = "",
        deadline: float | None = None,
        every_value: bool = False,
    ):
        self.codebook = codebook
        self.size = dict(size)
        self.rows = {unit: range(unit == single) if single else range(number) for unit, number in size.items()}
        self._deadline = deadline
        self.statements = tuple(stated)
        self.clauses: list[list[int]] = [[1]]
        self.top = 1
        self._literals: dict[tuple, int] = {}
        self._counters: dict[tuple[int, ...], list[int]] = {}
        self._ranges: dict[str, tuple[int, int]] = {}
        self._steps: dict[tuple[str, int], list[int]] = {}
        self._every_value = every_value
        self._ranks: dict[str, tuple[Fraction, int]] = {}
        self._said = set().union(*(atoms(statement.quantity) for statement in stated))
        self._asked = set().union(*map(atoms, asked))
        quantities = [*(statement.quantity for statement in stated), *asked]
        self.totalled = {name for quantity in quantities for name in totalled(quantity)}
        self._mentions = Counter(name for statement in stated for name in variables(statement.quantity))
        self.named = set(self._mentions).union(*map(variables, asked))
        conditions = {rule: parse_condition(rule.definition, codebook) for rule in codebook.rules()}
        tied = connected(map(variables, conditions.values()))
        names = self.named.union(*(group for group in tied if group & self.named))
        self.variables = tuple(name for name in codebook.variables if name in names)
        binding = {rule: one for rule, one in conditions.items() if set(variables(one)) <= names}
        self.rules = {rule.name: condition for rule, condition in binding.items()}
        self._ruled = set().union(*map(variables, binding.values()))
        complete = set().union(*(statement.documented for statement in stated))
        self._complete = {name for name in complete if self._can_be_complete(codebook.variable(name))}
        self._compared = [one for said in (self._said, self._asked, *map(atoms, binding.values())) for one in said]
        self._true: dict[tuple, int] = {}
        self.cells = tuple(self._cells())
        for rule, condition in binding.items():
            unit = codebook.unit(rule.sheet)
            self.clauses += [[self.literal(condition, unit, row, of_truth=True)] for row in self.rows[unit]]
        if ordered:
            for unit in self.size:
                self._order(unit)
        self.selectors = {} if single else {statement.name: self.selector(statement) for statement in stated}
        self._deadline = None

    def _order(self, unit: str) -> None:
        rows: list[list[int]] = [[] for _ in self.rows[unit]]
        for cell in sorted(self.cells, key=self._rank):
            if cell.unit == unit:
                rows[cell.row] += dict.fromkeys(abs(literal) for part in cell.values.values() for literal in part)
        for first, second in itertools.pairwise(rows):
            equal = 1
            for a, b in zip(first, second, strict=True):
                still = self.new()
                self.clauses += [[-equal, a, -b], [-equal, -a, -b, still], [-equal, a, b, still]]
                equal = still

    def _rank(self, cell: Cell) -> tuple[Fraction, int]:
        """Rows are compared first in the variables that settle a rule, then in those most spoken of.

        Any order is right, but a proof of contradiction can be a thousand times longer in another one.
        """
        if cell.variable not in self._ranks:
            settled = sum((_weight(rule, cell.variable) for rule in self.rules.values()), Fraction(0))
            self._ranks[cell.variable] = -settled, -self._mentions[cell.variable]
        return self._ranks[cell.variable]

    # cells
    @staticmethod
    def _can_be_complete(variable: Variable) -> bool:
        """Whether it can be settled beforehand that no answer is missing: of a choice a statement says so."""
        return variable.type in ("tick", "ref") or (variable.type == "count" and variable.required)

    def is_complete(self, variable: str) -> bool:
        """Whether every row is taken to have an answer."""
        return variable in self._complete

    def unit(self, variable: str) -> str:
        """The unit that the variable belongs to."""
        return self.codebook.unit(self.codebook.variable(variable).sheet)

    def names(self, unit: str) -> tuple[str, ...]:
        """Ids of the rows of a unit, see `row_names`."""
        return row_names(unit, self.size[unit])

    def new(self) -> int:
        """A literal that no clause speaks of yet."""
        self.top += 1
        return self.top

    def _cells(self) -> Iterator[Cell]:
        for name in self.variables:
            variable = self.codebook.variable(name)
            unit = self.unit(name)
            make = self._count_cell if variable.type == "count" else self._code_cell
            for row in self.rows[unit]:
                yield Cell(unit, row, name, make(variable, row))

    def _code_cell(self, variable: Variable, row: int) -> dict[str, tuple[int, ...]]:
        codes = self._codes(variable)
        if len(codes) == 2:
            first = self.new()
            literals = [first, -first]
        else:
            literals = [self.new() for _ in codes]
            self.clauses.append(list(literals))
            self.clauses += [[-a, -b] for i, a in enumerate(literals) for b in literals[:i]]
        for code, literal in zip(codes, literals, strict=True):
            self._literals[variable.name, code, row] = literal
        if NOT_DOCUMENTED in codes and variable.name in self._ruled:
            self._hidden_code(variable, row)
        return {code: (literal,) for code, literal in zip(codes, literals, strict=True)}

    def _codes(self, variable: Variable) -> tuple[str, ...]:
        if variable.type == "ref":
            codes = self.names(variable.definition)
        else:
            codes = (YES, NO) if variable.type == "tick" else variable.code_names()
        if not self.is_complete(variable.name):
            codes = (*codes, NOT_DOCUMENTED)
        return tuple(dict.fromkeys(codes))

    def _hidden_code(self, variable: Variable, row: int) -> None:
        """What is true of a cell: the code that is documented, or any other, or none where none is required."""
        codes = [code for code in self._codes(variable) if code != NOT_DOCUMENTED]
        true = [self.new()] if variable.type == "tick" else [self.new() for _ in codes]
        true += [-true[0]] if variable.type == "tick" else []
        if variable.type != "tick":
            self.clauses += [[-a, -b] for i, a in enumerate(true) for b in true[:i]]
            self.clauses += [true] if variable.required else []
        for code, literal in zip(codes, true, strict=True):
            self._true[variable.name, code, row] = literal
            self.clauses.append([-self._literals[variable.name, code, row], literal])

    def _count_cell(self, variable: Variable, row: int) -> dict[str, tuple[int, ...]]:
        numbers = self.told_apart(variable.name)
        steps = {number: self.new() for number in numbers[self.is_complete(variable.name) :]}
        self.clauses += [[-steps[b], steps[a]] for a, b in itertools.pairwise(steps)]
        for number, literal in steps.items():
            self._literals[variable.name, number, row] = literal
        self._steps[variable.name, row] = list(numbers)
        if self.is_complete(variable.name):
            values = {}
        else:
            coded = steps[numbers[0]]
            values = {BLANK: (-coded,)}
            self._literals[variable.name, NOT_DOCUMENTED, row] = -coded
            if variable.name in self._ruled:
                self._hidden_number(variable, row, steps)
        for number, above in itertools.zip_longest(numbers, numbers[1:]):
            up = (steps[number],) if number in steps else ()
            values[str(number)] = up if above is None else (*up, -steps[above])
        return values

    def _hidden_number(self, variable: Variable, row: int, steps: Mapping[int, int]) -> None:
        """What is true of a cell: the number that is documented, or any other, or none where none is required."""
        first, *_ = steps
        true = {number: 1 if variable.required and number == first else self.new() for number in steps}
        self.clauses += [[-true[b], true[a]] for a, b in itertools.pairwise(true)]
        for number, literal in true.items():
            self._true[variable.name, number, row] = literal
            self.clauses += [[-steps[number], literal], [-steps[first], steps[number], -literal]]

    def told_apart(self, variable: str) -> tuple[int, ...]:
        """Values of a count variable, each of which stands for all up to the next one.

        The last of those that are alike is among them too, so that extremes are attained.
        """
        low, high = self.reach(variable)
        if self._every_value or variable in self.totalled:
            return tuple(range(low, high + 1))
        steps = {*self.alike(variable), high}
        steps |= {step - 1 for step in steps}
        return tuple(sorted(step for step in steps if low <= step <= high))

    def alike(self, variable: str) -> tuple[int, ...]:
        """Values of a count variable, from each of which to the next one nothing but their sum tells values apart."""
        low, high = self.reach(variable)
        steps = {low}
        for one in self._compared:
            if isinstance(one, Compare) and one.variable == variable:
                steps |= {one.number, one.number + (one.relation == "==")}
        for statement in self.statements:
            if is_extreme(statement.quantity) and statement.quantity.variable == variable:
                steps |= set() if statement.low is None else {ceil(statement.low)}
                steps |= set() if statement.high is None else {floor(statement.high) + 1}
        return tuple(sorted(step for step in steps if low <= step <= high))

    def reach(self, variable: str) -> tuple[int, int]:
        """The smallest and the largest value of a count variable that the model considers."""
        if variable not in self._ranges:
            self._ranges[variable] = self._widest(self.codebook.variable(variable))
        return self._ranges[variable]

    def _widest(self, variable: Variable) -> tuple[int, int]:
        low = variable.minimum or 0
        if variable.maximum is not None and not self._every_value and variable.name not in self.totalled:
            return low, variable.maximum
        # A mean or share, times the rows, is the largest value that one row could have; one more shows what is open.
        printed = [
            ceil(abs(end) * (1 if is_whole(statement.quantity) else self.size[self.unit(variable.name)])) + 1
            for statement in self.statements
            if variable.name in variables(statement.quantity)
            for end in (statement.low, statement.high)
            if end is not None
        ]
        compared = [one for one in self._said | self._asked if isinstance(one, Compare)]
        printed += [one.number + 1 for one in compared if one.variable == variable.name]
        limit = max((LARGEST_COUNT, *printed))
        return low, limit if variable.maximum is None else min(variable.maximum, limit)

    def is_cut(self, variable: str) -> bool:
        """Whether the codebook allows values of a count variable above the largest that the model considers."""
        maximum = self.codebook.variable(variable).maximum
        return maximum is None or maximum > self.reach(variable)[1]

    def at_least(self, variable: str, number: int, row: int) -> int:
        """A literal for `the count variable of that row is at least number` (false where it is blank)."""
        low, high = self.reach(variable)
        if number > high:
            return -1
        number = max(number, low)
        if number == low and self.is_complete(variable):
            return 1
        if (variable, number, row) not in self._literals:
            self._step(variable, number, row)
        return self._literals[variable, number, row]

    def _step(self, variable: str, number: int, row: int) -> None:
        """A step between two others, for a value that nobody spoke of when the model was made."""
        steps = self._steps[variable, row]
        place = bisect(steps, number)
        new = self._literals[variable, number, row] = self.new()
        self.clauses.append([-new, self.at_least(variable, steps[place - 1], row)])
        self.clauses.append([-self.at_least(variable, steps[place], row), new])
        insort(steps, number)

    # conditions
    def literal(self, condition: Condition, unit: str, row: int, of_truth: bool = False) -> int:
        """A literal that is true in exactly the data sets where the row meets the condition. Raises KeyError.

        A missing answer meets no condition but that it is missing, and `Not` turns this around: ask for a condition
        that is made by `surely` or `possibly` for what can be known. With `of_truth` it is about what is true of the
        row, be it documented or not.
        """
        match condition:
            case Is(variable=name) | Compare(variable=name) if name not in self.variables:
                return self._unknown(name)
            case Is(variable=name, code=code):
                known = self._literals.get((name, code, row), -1)
                return self._true.get((name, code, row), known) if of_truth else known
            case Compare(variable=name, relation=">=", number=number):
                low, high = self.reach(name)
                if of_truth and number <= high and (name, low, row) in self._true:
                    return self._true[name, max(low, number), row]
                return self.at_least(name, number, row)
            case Compare(variable=name, relation="<", number=number):
                return self.all_of((self.at_least(name, 0, row), -self.at_least(name, number, row)))
            case Compare(variable=name, relation=relation, number=number):
                end = Not(Compare(name, ">=", number + (relation == "==")))
                start = Compare(name, ">=", number if relation == "==" else 0)
                return self.literal(AtLeast(2, (start, end)), unit, row, of_truth)
            case Same(left=left, right=right):
                a, b = (self.literal(Is(name, YES), unit, row, of_truth) for name in (left, right))
                return self.all_of((-self.all_of((a, -b)), -self.all_of((-a, b))))
            case Not(part=part):
                return -self.literal(part, unit, row, of_truth)
            case Derived(condition=part):
                return self.literal(part, unit, row, of_truth)
            case AtLeast(number=number, parts=parts):
                literals = tuple(self.literal(part, unit, row, of_truth) for part in parts)
                if number == len(parts):
                    return self.all_of(literals)
                if number == 1:
                    return -self.all_of(tuple(-literal for literal in literals))
                return self._exactly_when_at_least(literals, number)
        raise TypeError(condition)

    def _unknown(self, name: str) -> int:
        raise KeyError(name)

    def all_of(self, literals: Iterable[int]) -> int:
        """A literal that is true in exactly the data sets where all the given ones are."""
        parts = tuple(sorted({literal for literal in literals if literal != 1}))
        if -1 in parts or any(-literal in parts for literal in parts):
            return -1
        if len(parts) < 2:
            return parts[0] if parts else 1
        if parts not in self._literals:
            new = self._literals[parts] = self.new()
            self.clauses += [[-new, part] for part in parts]
            self.clauses.append([new, *(-part for part in parts)])
        return self._literals[parts]

    def _exactly_when_at_least(self, literals: tuple[int, ...], number: int) -> int:
        if number > len(literals):
            return -1
        if (number, literals) not in self._literals:
            new = self._literals[number, literals] = self.new()
            self.clauses.append([-new, *self.no_fewer(literals, number)])
            self.clauses.append([new, *self.no_more(literals, number - 1)])
        return self._literals[number, literals]

    # quantities
    def linear(self, quantity: Quantity) -> tuple[tuple[int, ...], int]:
        """Literals and a constant: the quantity is the number of true literals plus the constant.

        Raises KeyError for a variable that is not modelled, TypeError for a quantity that is not of that form,
        NotDecided for a sum of too many steps.
        """
        match quantity:
            case Constant(number=number):
                return (), number
            case Count(unit=unit, condition=condition):
                return tuple(self.literal(surely(condition), unit, row) for row in self.rows[unit]), 0
            case Answers(unit=unit, conditions=conditions):
                return tuple(self.literal(c, unit, row) for c in map(surely, conditions) for row in self.rows[unit]), 0
            case Summary(unit=unit, statistic="sum", variable=name):
                if name not in self.variables:
                    self._unknown(name)
                low, high = self.reach(name)
                rows = self.rows[unit]
                if (high - low) * len(rows) > LONGEST_SUM:
                    raise TooLarge
                steps = tuple(self.at_least(name, number, row) for number in range(low + 1, high + 1) for row in rows)
                coded = tuple(self.at_least(name, low, row) for row in rows for _ in range(low))
                return (steps, low * len(rows)) if self.is_complete(name) else (steps + coded, 0)
            case Arithmetic(operator="+" | "-" as operator, left=left, right=right):
                (a, first), (b, second) = self.linear(left), self.linear(right)
                if operator == "+":
                    return a + b, first + second
                return a + tuple(-literal for literal in b), first - second - len(b)
        raise TypeError(quantity)

    def ratio(self, quantity: Quantity) -> tuple[Quantity, Quantity] | None:
        """Numerator and denominator where the quantity is a share or a mean, else None."""
        match quantity:
            case Arithmetic(operator="/", left=left, right=right):
                return left, right
            case Summary(unit=unit, statistic="mean", variable=name):
                coded = EVERY if self.is_complete(name) else Compare(name, ">=", self.reach(name)[0])
                return Summary(unit, "sum", name), Count(unit, coded)
        return None

    def no_more(self, literals: Sequence[int], number: int) -> list[int]:
        """A clause, to be completed, that says: at most `number` of the literals are true."""
        if number < 0:
            return []
        if number >= len(literals):
            return [1]
        return [-self._counter(tuple(literals), number + 1)[number]]

    def no_fewer(self, literals: Sequence[int], number: int) -> list[int]:
        """A clause, to be completed, that says: at least `number` of the literals are true."""
        if number > len(literals):
            return []
        if number <= 0:
            return [1]
        return [self._counter(tuple(literals), number)[number - 1]]

    def _counter(self, literals: tuple[int, ...], most: int) -> list[int]:
        """Output k is true in exactly the data sets where more than k of the literals are, for every k below `most`.

        A totalizer (Bailleux and Boufkhad 2003) that counts up and down at once: with two of one direction each, equal
        counts of a hundred rows take minutes. It counts no further than it is asked to (Büttner and Rintanen 2005): a
        mean of 2 allows 12 rows few of the steps up to 24. Asked to count further once more, it counts all.
        """
        if len(literals) == 1:
            return list(literals)
        most = min(most, len(literals))
        known = self._counters.get(literals, [])
        if len(known) < most:
            most = len(literals) if known or 2 * most > len(literals) else most
            half = len(literals) // 2
            parts = (self._counter(part, most) for part in (literals[:half], literals[half:]))
            known = self._counters[literals] = self._merged(*parts, most)
        return known

    def _merged(self, left: list[int], right: list[int], most: int) -> list[int]:
        """The counter, up to `most`, of all that two counters count."""
        if len(self.clauses) + 2 * min(len(left) * len(right), most * most) > MOST_CLAUSES:
            raise TooLarge
        made = [self.new() for _ in range(min(most, len(left) + len(right)))]
        self.clauses += [[-more, fewer] for fewer, more in itertools.pairwise(made)]
        for i in range(min(len(left), most) + 1):
            reached, passed = [-literal for literal in left[i - 1 : i]] if i else [], left[i : i + 1]
            for j in range(min(len(right), most - i) + 1):
                if i + j:
                    also = (-right[j - 1],) if j else ()
                    self.clauses.append([*reached, *also, made[i + j - 1]])
                if i + j < len(made):
                    self.clauses.append([*passed, *right[j : j + 1], -made[i + j]])
        return made

    # statements
    def selector(self, statement: Statement) -> int:
        """A new literal that, when true, makes the statement hold."""
        time_left(self._deadline)
        chosen = self.new()
        self.clauses += [[-chosen, *clause] for clause in self._stating(statement)]
        return chosen

    def _stating(self, statement: Statement) -> Iterator[list[int]]:
        quantity, low, high = statement.quantity, statement.low, statement.high
        if isinstance(quantity, Each):
            values = self.names(self.codebook.variable(quantity.reference).definition)
            for value in values:
                here = AtLeast(2, (Is(quantity.reference, value), quantity.condition))
                yield from self._between(*self.linear(Count(quantity.unit, here)), low, high)
            # What follows for all of them together is hard to find from the single ones, so it is said.
            anywhere = AtLeast(1, tuple(Is(quantity.reference, value) for value in values))
            whole = Count(quantity.unit, AtLeast(2, (anywhere, quantity.condition)))
            ends = (None if end is None else end * len(values) for end in (low, high))
            yield from self._between(*self.linear(whole), *ends)
        elif is_extreme(quantity):
            yield from self._extreme(quantity, low, high)
        elif (parts := self.ratio(quantity)) is not None:
            yield from self._share(self.linear(parts[0]), self.linear(parts[1]), low, high, statement.strict)
        else:
            yield from self._between(*self.linear(quantity), low, high)

    def _between(self, literals, constant, low, high) -> Iterator[list[int]]:
        # Each limit has a counter of its own, so that no whole number lies between them is said here.
        if None not in (low, high) and ceil(low) > floor(high):
            yield []
        # The high end comes first, as the counter for it serves the low one too.
        if high is not None:
            yield self.no_more(literals, floor(high) - constant)
        if low is not None:
            yield self.no_fewer(literals, ceil(low) - constant)

    def _share(self, part, whole, low, high, strict: bool) -> Iterator[list[int]]:
        (a, first), (b, second) = part, whole
        # Of rows that all count nothing is left to ask: a mean over every file is a limit on a sum.
        second += b.count(1)
        b = tuple(literal for literal in b if literal != 1)
        if not b and second > 0:
            ends = whole_ends(low, high, second, strict)
            return (yield from self._between(a, first, *ends))
        # A share of nothing does not exist.
        yield self.no_fewer(b, 1 - second)
        for true in range(len(b) + 1):
            least, most = whole_ends(low, high, true + second, strict)
            # Both counters are implications, so each line reads: if the whole is at least (at most) this, then ...
            if low is not None:
                yield [*self.no_more(b, true - 1), *self.no_fewer(a, least - first)]
            if high is not None:
                yield [*self.no_fewer(b, true + 1), *self.no_more(a, most - first)]

    def _extreme(self, quantity: Summary, low, high) -> Iterator[list[int]]:
        rows = self.rows[quantity.unit]
        name, smallest = quantity.variable, quantity.statistic == "minimum"
        bottom = self.reach(name)[0]
        coded = [self.at_least(name, bottom, row) for row in rows]
        yield coded
        for row in rows:
            if smallest and low is not None:
                yield [-coded[row], self.at_least(name, ceil(low), row)]
            if not smallest and high is not None:
                yield [-coded[row], -self.at_least(name, floor(high) + 1, row)]
        if smallest and high is not None:
            yield [self.all_of((coded[row], -self.at_least(name, floor(high) + 1, row))) for row in rows]
        if not smallest and low is not None:
            yield [self.at_least(name, ceil(low), row) for row in rows]

    # answers
    def solver(self, name: str = SOLVER) -> Solver:
        """A solver that holds the clauses; the caller closes it (`with`)."""
        return Solver(name=name, bootstrap_with=self.clauses)

    def decode(self, true: Iterable[int]) -> dict[str, pd.DataFrame]:
        """The data set that a solution stands for: unit -> one row a unit, with the variables that are `named`."""
        solution = set(true)
        columns: dict[str, dict[str, list[str]]] = {unit: {} for unit in self.size}
        for cell in (cell for cell in self.cells if cell.variable in self.named):
            value = self._value(cell, solution)
            columns[cell.unit].setdefault(cell.variable, []).append(value)
        return {
            unit: pd.DataFrame(found, index=range(self.size[unit]), dtype=object) for unit, found in columns.items()
        }

    def _value(self, cell: Cell, solution: set[int]) -> str:
        if (cell.variable, cell.row) not in self._steps:
            return next(v for v, literals in cell.values.items() if all(is_true(x, solution) for x in literals))
        steps = self._steps[cell.variable, cell.row]
        reached = [step for step in steps if is_true(self.at_least(cell.variable, step, cell.row), solution)]
        return str(reached[-1]) if reached else BLANK


def is_true(literal: int, solution: set[int]) -> bool:
    """Whether a literal is true in a solution, given as its true literals."""
    return literal in solution if literal > 0 else -literal not in solution


def _weight(condition: Condition, name: str) -> Fraction:
    """How much of a condition hangs on one variable: 1 if it is all, half if it is one of two parts."""
    match condition:
        case Is(variable=found) | Compare(variable=found):
            return Fraction(found == name)
        case Same(left=left, right=right):
            return Fraction(name in (left, right), 2)
        case Not(part=part) | Derived(condition=part):
            return _weight(part, name)
        case AtLeast(parts=parts) if parts:
            return sum((_weight(part, name) for part in parts), Fraction(0)) / len(parts)
    return Fraction(0)


def atoms(node: Expression) -> set[Condition]:
    """The conditions on single variables (or on two that agree) that an expression is made of."""
    match node:
        case Is() | Compare() | Same():
            return {node}
        case Not(part=part) | Derived(condition=part) | Count(condition=part) | Each(condition=part):
            return atoms(part)
        case AtLeast(parts=parts) | Answers(conditions=parts):
            return set().union(*map(atoms, parts))
        case Arithmetic(left=left, right=right):
            return atoms(left) | atoms(right)
    return set()


def units(quantity: Quantity) -> tuple[str, ...]:
    """The units whose rows the quantity is made of."""
    match quantity:
        case Count(unit=unit) | Answers(unit=unit) | Each(unit=unit) | Summary(unit=unit):
            return (unit,)
        case Arithmetic(left=left, right=right):
            return tuple(dict.fromkeys((*units(left), *units(right))))
    return ()


def span(quantity: Quantity, model: Model) -> tuple[int, int]:
    """The smallest and the largest value that a sum, count or difference could have in any data set at all.

    Raises TypeError for other quantities.
    """
    match quantity:
        case Constant(number=number):
            return number, number
        case Answers(unit=unit, conditions=conditions):
            return 0, model.size[unit] * len(conditions)
        case Count(unit=unit) | Each(unit=unit):
            return 0, model.size[unit]
        case Summary(unit=unit, variable=name):
            return 0, model.size[unit] * model.reach(name)[1]
        case Arithmetic(operator="+" | "-" as operator, left=left, right=right):
            (a, b), (c, d) = span(left, model), span(right, model)
            return (a + c, b + d) if operator == "+" else (a - d, b - c)
    raise TypeError(quantity)


def has_extreme(quantity: Quantity) -> bool:
    """Whether a smallest or largest value enters the quantity."""
    if isinstance(quantity, Arithmetic):
        return has_extreme(quantity.left) or has_extreme(quantity.right)
    return is_extreme(quantity)


def totalled(quantity: Quantity) -> Iterator[str]:
    """Count variables whose values are added up in the quantity."""
    match quantity:
        case Summary(statistic="mean" | "sum", variable=name):
            yield name
        case Arithmetic(left=left, right=right):
            yield from totalled(left)
            yield from totalled(right)
