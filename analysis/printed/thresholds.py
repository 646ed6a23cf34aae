"""A quantity as a few counts of literals, and what a solver must be told for it to lie below or above a value.

A sum, difference or count is one count of literals. A share or mean is a fraction of two; any other arithmetic is made
of such. With the counts under the fraction bars fixed, the quantity rises or falls evenly with each of the others, so
that it passes a value exactly where one of these passes a threshold: one clause for each combination of the others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from math import ceil, floor, prod

from analysis.printed.model import Model, is_true
from analysis.study.expressions import Arithmetic, AtLeast, Count, Each, Is, Quantity, Summary

LARGEST_TABLE = 50_000
"""How many combinations of its counts a quantity may have, apart from the one with a threshold."""

LOW, HIGH = -1, 1
"""The two directions: down to the smallest value, up to the largest."""


class Unbounded(Exception):
    """A quantity without a smallest and largest value; `key` and `facts` are those of the message that says why."""

    def __init__(self, key: str, **facts: object):
        super().__init__(key)
        self.key, self.facts = key, facts


Count_ = tuple[tuple[int, ...], int]
"""A number of true literals plus a constant."""


@dataclass(frozen=True, eq=False)
class Form:
    """A quantity in terms of a model.

    `counts` are what it is made of, `of` gives its value from theirs (None: it has none) and `divisors` says which of
    them stand under a fraction bar or do not rise evenly. `needs` are literals that together make it have a value,
    `lacks` one that makes it have none; None if it always has one.
    """

    counts: tuple[Count_, ...]
    of: Callable[[Sequence[int]], Fraction | None]
    divisors: frozenset[int]
    needs: tuple[int, ...]
    lacks: int | None

    def value(self, solution: set[int]) -> Fraction | None:
        """Its value in a solution of the model."""
        return self.of([constant + sum(is_true(x, solution) for x in literals) for literals, constant in self.counts])

    def wanted(self, direction: int) -> list[int]:
        """Literals that a solver should try first on its way down or up."""
        return [
            literal * direction * (-1 if number in self.divisors else 1)
            for number, (literals, _) in enumerate(self.counts)
            for literal in literals
        ]


def form(model: Model, quantity: Quantity) -> Form:
    """The quantity in terms of the model. Raises KeyError for a variable that is not modelled, and Unbounded."""
    made = _Builder(model)
    of = made.build(quantity)
    if made.divides:
        divided = Form(tuple(made.counts), of, frozenset(made.divisors), (), None)
        made.needs.append(_table(model, divided, lambda value: value is not None))
        made.lacks.append(_table(model, divided, lambda value: value is None))
    lacks = None
    if made.lacks:
        lacks = model.new()
        model.clauses.append([-lacks, *made.lacks])
    return Form(tuple(made.counts), of, frozenset(made.divisors), tuple(made.needs), lacks)


def beyond(model: Model, form: Form, value: Fraction, direction: int, or_there: bool = False) -> int:
    """A literal that, when true, puts the quantity beyond the value in that direction (`or_there`: or at it).

    Raises Unbounded for a quantity of too many parts.
    """
    chosen = model.new()
    last = _last(form)
    for fixed, premise in _combinations(model, form, [n for n in range(len(form.counts)) if n != last]):
        conclusion = _conclusion(model, form, fixed, last, value, direction, or_there)
        if conclusion is not None:
            model.clauses.append([-chosen, *premise, *conclusion])
    return chosen


def outermost(form: Form, direction: int) -> Fraction:
    """A value that the quantity cannot pass in that direction, whatever its counts are."""
    ranges = [range(constant, constant + len(literals) + 1) for literals, constant in form.counts]
    last = _last(form)
    ends = [(one.start, one[-1]) if number == last else one for number, one in enumerate(ranges)]
    made = [value for values in product(*ends) if (value := form.of(values)) is not None]
    return max(made) if direction == HIGH else min(made)


def _last(form: Form) -> int | None:
    """The number of the longest count above the fraction bars: the one that gets a threshold."""
    above = [number for number in range(len(form.counts)) if number not in form.divisors]
    return max(above, key=lambda number: len(form.counts[number][0]), default=None)


def _conclusion(model, form, fixed, last, value, direction, or_there) -> list[int] | None:
    """With all counts but the last fixed: the end of a clause by which the last one takes the quantity beyond.

    None if nothing needs to be said.
    """
    if last is None:
        made = form.of(fixed)
        rise, start, literals = Fraction(0), made, ()
    else:
        literals, constant = form.counts[last]
        start, next_ = (form.of([*fixed[:last], constant + step, *fixed[last + 1 :]]) for step in (0, 1))
        rise = None if start is None else (next_ - start) * direction
    if start is None:
        return None
    gap = (value - start) * direction
    if rise == 0:
        return None if gap < 0 or (or_there and gap == 0) else []
    steps = gap / rise
    if rise > 0:
        return model.no_fewer(literals, ceil(steps) if or_there else floor(steps) + 1)
    return model.no_more(literals, floor(steps) if or_there else ceil(steps) - 1)


def _table(model: Model, form: Form, allowed: Callable[[Fraction | None], bool]) -> int:
    """A literal that, when true, allows only those values of the divisors."""
    chosen = model.new()
    for fixed, premise in _combinations(model, form, sorted(form.divisors)):
        if not allowed(form.of(fixed)):
            model.clauses.append([-chosen, *premise])
    return chosen


def _combinations(model: Model, form: Form, numbers: Sequence[int]) -> Iterator[tuple[list[int], list[int]]]:
    """Every combination of values of the counts of these numbers, with the start of a clause: unless they have them.

    Of the others the smallest value stands in the list of values.
    """
    ranges = [range(constant, constant + len(literals) + 1) for literals, constant in form.counts]
    if prod(len(ranges[number]) for number in numbers) > LARGEST_TABLE:
        raise Unbounded("bounds_too_many_parts")
    for values in product(*(ranges[number] for number in numbers)):
        fixed = [one.start for one in ranges]
        premise: list[int] = []
        for number, value in zip(numbers, values, strict=True):
            literals, constant = form.counts[number]
            fixed[number] = value
            premise += model.no_more(literals, value - constant - 1) + model.no_fewer(literals, value - constant + 1)
        yield fixed, premise


class _Builder:
    """Takes a quantity apart."""

    def __init__(self, model: Model):
        self.model = model
        self.counts: dict[Count_, int] = {}
        self.divides = False
        self.divisors: set[int] = set()
        self.needs: list[int] = []
        self.lacks: list[int] = []

    def build(self, quantity: Quantity, divides: bool = False) -> Callable[[Sequence[int]], Fraction | None]:
        """A function from the values of the counts to that of the quantity."""
        match quantity:
            case Each(unit=unit, reference=reference, condition=condition):
                return self._each(unit, reference, condition, divides)
            case Summary(statistic="minimum" | "maximum"):
                return self._extreme(quantity, divides)
        if (parts := self.model.ratio(quantity)) is not None:
            self.divides = True
            above, below = self.build(parts[0], divides), self.build(parts[1], divides=True)
            return lambda values: _divided(above(values), below(values))
        if isinstance(quantity, Arithmetic) and not all(map(self._is_linear, (quantity.left, quantity.right))):
            left, right = self.build(quantity.left, divides), self.build(quantity.right, divides)
            sign = 1 if quantity.operator == "+" else -1
            return lambda values: _added(left(values), right(values), sign)
        return self._count(*self.model.linear(quantity), divides)

    def _is_linear(self, quantity: Quantity) -> bool:
        match quantity:
            case Arithmetic(operator=operator, left=left, right=right):
                return operator != "/" and self._is_linear(left) and self._is_linear(right)
            case Summary(statistic=statistic):
                return statistic == "sum"
        return not isinstance(quantity, Each)

    def _count(self, literals: tuple[int, ...], constant: int, divides: bool):
        constant += literals.count(1)
        literals = tuple(literal for literal in literals if abs(literal) != 1)
        if not literals:
            return lambda values: Fraction(constant)
        number = self.counts.setdefault((literals, constant), len(self.counts))
        if divides:
            self.divisors.add(number)
        return lambda values: Fraction(values[number])

    def _extreme(self, quantity: Summary, divides: bool):
        """The smallest (largest) value is as many steps above the lowest possible one as all (any) coded rows reach."""
        model, name, rows = self.model, quantity.variable, range(self.model.size[quantity.unit])
        low, *steps = told_apart = model.told_apart(name)
        coded = [model.at_least(name, low, row) for row in rows]
        reached = []
        for number in steps:
            reach = [model.at_least(name, number, row) for row in rows]
            if quantity.statistic == "maximum":
                reached.append(-model.all_of(-literal for literal in reach))
            else:
                short = [model.all_of((one, -literal)) for one, literal in zip(coded, reach, strict=True)]
                reached.append(model.all_of(-literal for literal in short))
        some = -model.all_of(-literal for literal in coded)
        self.needs.append(some)
        self.lacks.append(-some)
        # Steps of different size do not rise evenly.
        even = steps == list(range(low + 1, low + 1 + len(steps)))
        of = self._count(tuple(reached), 0, divides or not even)
        return lambda values: Fraction(told_apart[int(of(values))])

    def _each(self, unit: str, reference: str, condition, divides: bool):
        """The count of the first value, where the counts of all others are the same."""
        model = self.model
        names = model.names(model.codebook.variable(reference).definition)
        first, *others = (model.linear(Count(unit, AtLeast(2, (Is(reference, name), condition))))[0] for name in names)
        same = model.new()
        for other in others:
            for number in range(len(first) + 1):
                for a, b in ((first, other), (other, first)):
                    model.clauses.append([-same, *model.no_fewer(a, number + 1), *model.no_more(b, number)])
                    differs = model.new()
                    self.lacks.append(differs)
                    model.clauses.append([-differs, *model.no_fewer(a, number + 1)])
                    model.clauses.append([-differs, *model.no_more(b, number)])
        self.needs.append(same)
        return self._count(first, 0, divides)


def _divided(above: Fraction | None, below: Fraction | None) -> Fraction | None:
    return None if above is None or not below else above / below


def _added(left: Fraction | None, right: Fraction | None, sign: int) -> Fraction | None:
    return None if left is None or right is None else left + sign * right
