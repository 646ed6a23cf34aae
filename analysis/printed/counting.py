"""How many data sets hold a group of statements, exactly, and a draw among them in which each is equally likely.

Rows of a unit are alike until something is known of them. So the variables are gone through one after the other, and
of a row only what its values so far leave of the conditions is kept: rows of which the same is left are one class. How
many rows each class has, and what each sum has come to, is all that matters for the variables still to come. That is
counting by dynamic programming over histograms of rows, as in lifted inference with counting formulas (Milch,
Zettlemoyer, Kersting, Haimes and Kaelbling, AAAI 2008), with whole numbers of any length. A table's exact totals keep
the histograms few. Drawing goes the same way, each step with the number of data sets it leads to as its odds.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import comb, factorial, prod

import pandas as pd

from analysis.printed.certificates import Sum
from analysis.printed.model import surely
from analysis.study.codebook import BLANK
from analysis.study.expressions import Answers, AtLeast, Condition, Count, Not, Quantity, Summary, left_of, variables

MOST_MOVES = 1_500_000
"""How many ways to go on from a histogram are looked at before a count is given up."""


class TooMany(Exception):
    """The histograms are too many to count the data sets exactly."""


@dataclass(frozen=True)
class _Number:
    """What a count variable adds to a sum; `most - value` where `most` is given."""

    variable: str
    most: int | None = None


@dataclass(frozen=True)
class _Option:
    """What can become of a row of a class: its next class, what it adds to the sums, and the values that do so."""

    child: int
    adds: int
    values: tuple[str, ...]


class Counting:
    """The data sets of one unit with so many rows, in which the sums lie in their limits and every row keeps the rules.

    `values` are the values that a cell of each variable can have. Rows have names here: two data sets that differ only
    in the order of rows are two.
    """

    def __init__(self, rows: int, values: Mapping[str, Sequence[str]], rules: Iterable[Condition], sums: Iterable[Sum]):
        self.rows = rows
        self.values = values
        self._terms: list[Condition | _Number] = []
        self._rules: list[Condition] = []
        self._low: list[int] = []
        self._high: list[int | None] = []
        self._of: list[list[tuple[int, int]]] = []
        self._possible = all(map(self._require, rules)) and self._limits(list(sums))
        self.values = {name: self._allowed(name, values[name]) for name in values}
        self.order = _order(self.values, [*map(_names, self._rules), *self._spans()])
        self._widths()
        self._classes: list[dict[tuple, int]] = [{self._first(): 0}]
        self._options: list[dict[int, list[_Option]]] = []
        self._still: list[dict[int, int]] = [{}]
        for level in range(len(self.order)):
            self._next_classes(level)
        self._checks = [self._to_check(level) for level in range(len(self.order))]
        self._layers: dict[tuple, list[dict[tuple, int]]] = {}

    # what is to hold
    def _allowed(self, name: str, values: Sequence[str]) -> list[str]:
        """The values that no rule excludes by themselves."""
        return [value for value in values if all(left_of(rule, name, value) is not False for rule in self._rules)]

    def _require(self, condition: Condition) -> bool:
        """Keep a rule for every row; False if no row can meet it."""
        left = left_of(condition)
        if not isinstance(left, bool):
            self._rules.append(left)
        return left is not False

    def _limits(self, sums: list[Sum]) -> bool:
        """Keep the sums that say something: none that follows from exact counts, none that is a rule for every row."""
        exact = {}
        for one in sums:
            match one.parts:
                case ((1, Count(condition=condition)),) if one.low is not None and one.low == one.high:
                    exact[left_of(surely(condition))] = one.low
        exact = {left_of(Not(condition)): self.rows - n for condition, n in exact.items()} | exact
        return all(self._limit(one, exact) for one in sums)

    def _limit(self, one: Sum, exact: Mapping[Condition | bool, int]) -> bool:
        low, high = one.low, one.high
        terms: list[tuple[Condition | _Number, int]] = []
        parts = list(self._parts(one))
        if len(parts) == 1 and low != high and parts[0][0] in exact:
            known = parts[0][1] * exact[parts[0][0]]
            return (low is None or low <= known) and (high is None or known <= high)
        for term, times in parts:
            known = self.rows if term is True else 0 if term is False else exact.get(term) if len(parts) > 1 else None
            if isinstance(term, _Number) and times < 0:
                known = term.most * self.rows
                terms.append((term, -times))
            elif known is None and times < 0:
                known = self.rows
                terms.append((left_of(Not(term)), -times))
            elif known is None:
                terms.append((term, times))
            if known is not None:
                low, high = (None if end is None else end - times * known for end in (low, high))
        most = sum(times * self.rows * self._most(term) for term, times in terms)
        low = max(low or 0, 0)
        if low > (most if high is None else min(high, most)):
            return False
        high = None if high is None or high >= most else high
        if len(terms) == 1 and not isinstance(terms[0][0], _Number):
            ((condition, times),) = terms
            if high is not None and high < times:
                return self._require(Not(condition)) and low == 0
            if low > times * (self.rows - 1):
                return self._require(condition)
        if low > 0 or high is not None:
            self._low.append(low)
            self._high.append(high)
            self._of.append([(self._term(term), times) for term, times in terms])
        return True

    def _parts(self, one: Sum) -> Iterator[tuple[Condition | _Number | bool, int]]:
        for times, quantity in one.parts:
            if isinstance(quantity, Summary):
                yield _Number(quantity.variable, self._largest(quantity.variable) if times < 0 else None), times
            for condition in _conditions(quantity):
                yield left_of(surely(condition)), times

    def _largest(self, variable: str) -> int:
        return max((int(value) for value in self.values[variable] if value != BLANK), default=0)

    def _most(self, term: Condition | _Number) -> int:
        if not isinstance(term, _Number):
            return 1
        return self._largest(term.variable) if term.most is None else term.most

    def _term(self, term: Condition | _Number) -> int:
        if term not in self._terms:
            self._terms.append(term)
        return self._terms.index(term)

    def _spans(self) -> list[set[str]]:
        """The variables of each sum."""
        return [set().union(*(_names(self._terms[term]) for term, _ in of)) for of in self._of]

    def _widths(self) -> None:
        """Sums and histograms are whole numbers with a fixed width of bits for each entry, which makes them quick."""
        place = {name: level for level, name in enumerate(self.order)}
        self._shift, self._mask, shift = [], [], 0
        self._opens, self._closes = [], []
        for of, names in zip(self._of, self._spans(), strict=True):
            width = sum(times * self.rows * self._most(self._terms[term]) for term, times in of).bit_length()
            self._shift.append(shift)
            self._mask.append((1 << width) - 1)
            self._opens.append(min(place[name] for name in names))
            self._closes.append(max(place[name] for name in names))
            shift += width
        self._bits = self.rows.bit_length()

    # classes of rows
    def _first(self) -> tuple:
        return (*self._rules, *self._terms)

    def _next_classes(self, level: int) -> None:
        """What can become of a row of each class by its value of the level's variable."""
        name, here, after = self.order[level], self._classes[level], {}
        self._options.append({})
        for left, number in here.items():
            found: dict[tuple[tuple, int], list[str]] = {}
            for value in self.values[name]:
                then = self._then(left, name, value)
                if then is not None:
                    found.setdefault(then, []).append(value)
            self._options[level][number] = [
                _Option(after.setdefault(child, len(after)), adds, tuple(values))
                for (child, adds), values in found.items()
            ]
        self._classes.append(after)
        self._still.append({number: self._can_add(left) for left, number in after.items()})

    def _then(self, left: tuple, name: str, value: str) -> tuple[tuple, int] | None:
        """What a value leaves of a row's rules and terms, and what it adds to the sums; None if it breaks a rule."""
        after, added = [], {}
        for place, one in enumerate(left):
            if isinstance(one, _Number) and one.variable == name:
                number = 0 if value == BLANK else int(value)
                added[place - len(self._rules)] = number if one.most is None else one.most - number
                one = None
            elif one is not None and not isinstance(one, _Number):
                one = left_of(one, name, value)
                if isinstance(one, bool):
                    if place < len(self._rules) and not one:
                        return None
                    if place >= len(self._rules) and one:
                        added[place - len(self._rules)] = 1
                    one = None
            after.append(one)
        adds = 0
        for shift, of in zip(self._shift, self._of, strict=True):
            adds += sum(times * added.get(term, 0) for term, times in of) << shift
        return tuple(after), adds

    def _can_add(self, left: tuple) -> int:
        """The most that a row of which so much is left can still add to the sums."""
        adds = 0
        for shift, of in zip(self._shift, self._of, strict=True):
            rest = ((left[len(self._rules) + term], times) for term, times in of)
            adds += sum(times * self._most(term) for term, times in rest if term is not None) << shift
        return adds

    # counting
    def _after(self, level: int, state: tuple[int, int], lengths: Sequence[int]) -> list[dict[tuple, int]]:
        """The steps from a state over one level: for each the ways to its partial states, from the first to the last.

        A state is a histogram of classes, one for every length of cycle, and the sums. A partial state is how many rows
        of the class at hand are left, the histogram so far, and the sums so far.
        """
        entries = list(self._entries(state[0], lengths))
        left = sum(length * count for (_, length), count in entries)
        checks = self._checks[level]
        layers = [{(0, 0, state[1]): 1}]
        for (number, length), count in entries:
            options = self._options[level][number]
            layers.append({(count, histogram, sums): ways for (_, histogram, sums), ways in layers[-1].items()})
            for option in options:
                made: dict[tuple, int] = {}
                unit = 1 << self._bits * (option.child * len(lengths) + lengths.index(length))
                adds, several, is_last = length * option.adds, len(option.values), option is options[-1]
                for (rows, histogram, sums), ways in layers[-1].items():
                    least = rows if is_last else 0
                    self._moves += rows - least + 1
                    for taken in range(least, rows + 1):
                        new = sums + taken * adds
                        rest = left - length * (count - rows + taken)
                        for shift, mask, low, high, most in checks:
                            so_far = new >> shift & mask
                            if so_far > high or so_far + rest * most < low:
                                break
                        else:
                            key = (rows - taken, histogram + taken * unit, new)
                            made[key] = made.get(key, 0) + ways * comb(rows, taken) * several**taken
                layers.append(made)
                if self._moves > MOST_MOVES:
                    raise TooMany
            left -= length * count
            if not options:
                return [{}]
        return layers

    def _to_check(self, level: int) -> list[tuple[int, int, int, int, int]]:
        """The sums that the level adds to: where each stands, its limits, and the most that one row adds here.

        A low end must be reached only on the last level of a sum.
        """
        return [
            (
                self._shift[number], self._mask[number],
                self._low[number] if self._closes[number] == level else 0,
                self._mask[number] if self._high[number] is None else self._high[number],
                self._per_row(level, number),
            )
            for number in range(len(self._of))
            if self._opens[number] <= level <= self._closes[number]
        ]  # fmt: skip

    def _per_row(self, level: int, number: int) -> int:
        """The most that one row can add to a sum on this level."""
        shift, mask = self._shift[number], self._mask[number]
        return max((o.adds >> shift & mask for found in self._options[level].values() for o in found), default=0)

    def _entries(self, histogram: int, lengths: Sequence[int]) -> Iterator[tuple[tuple[int, int], int]]:
        """The classes that have rows: ((class, length of cycle), how many)."""
        place = 0
        while histogram:
            count = histogram & ((1 << self._bits) - 1)
            if count:
                yield (place // len(lengths), lengths[place % len(lengths)]), count
            histogram >>= self._bits
            place += 1

    def _closed(self, level: int, sums: int) -> int:
        """The sums without those that nothing can be added to any more; without what exceeds a low end alone."""
        for number, shift in enumerate(self._shift):
            if self._opens[number] > level or self._closes[number] < level:
                continue
            now = sums >> shift & self._mask[number]
            kept = 0 if self._closes[number] == level else now
            if self._high[number] is None:
                kept = min(kept, self._low[number])
            sums += (kept - now) << shift
        return sums

    def _can_end(self, level: int, state: tuple[int, int], lengths: Sequence[int]) -> bool:
        """Whether all that rows can still add would bring every sum up to its low end."""
        reach = state[1]
        for (number, length), count in self._entries(state[0], lengths):
            reach += count * length * self._still[level + 1][number]
        return all(
            reach >> self._shift[number] & self._mask[number] >= low
            for number, low in enumerate(self._low)
            if self._opens[number] <= level < self._closes[number]
        )

    def _paths(self, cycles: Sequence[int]) -> tuple[list[dict[tuple, dict[tuple, int]]], Sequence[int]]:
        """For each level the states that can be reached, and from each the ways to states of the next level."""
        self._moves = 0
        lengths = sorted(set(cycles))
        start = sum(cycles.count(length) << self._bits * place for place, length in enumerate(lengths))
        reached: Iterable[tuple] = [(start, 0)] if self._possible else []
        paths = []
        for level in range(len(self.order)):
            paths.append({})
            known: dict[tuple, bool] = {}
            for state in reached:
                ways: dict[tuple, int] = {}
                for (_, histogram, sums), number in self._after(level, state, lengths)[-1].items():
                    then = (histogram, self._closed(level, sums))
                    if then not in known:
                        known[then] = self._can_end(level, then, lengths)
                    if known[then]:
                        ways[then] = ways.get(then, 0) + number
                paths[-1][state] = ways
            reached = dict.fromkeys(then for ways in paths[-1].values() for then in ways)
        return paths, lengths

    def number(self, cycles: Sequence[int] | None = None) -> int:
        """How many data sets there are; with `cycles`, those with equal rows in each cycle of rows of these lengths.

        Raises TooMany.
        """
        if cycles is None:
            return sum(self._apart[1][0].values())
        paths, _ = self._paths(cycles)
        return sum(self._completions(paths)[0].values())

    @cached_property
    def _apart(self) -> tuple[list[dict[tuple, dict[tuple, int]]], list[dict[tuple, int]], Sequence[int]]:
        """Paths and completions where every row stands for itself; `moves` then says how much work they were."""
        paths, lengths = self._paths((1,) * self.rows)
        self.moves = self._moves
        return paths, self._completions(paths), lengths

    @staticmethod
    def _completions(paths: list[dict[tuple, dict[tuple, int]]]) -> list[dict[tuple, int]]:
        """From each state of each level, the number of ways to the end."""
        ends: list[dict[tuple, int]] = [{}] * len(paths)
        for level in reversed(range(len(paths))):
            later = ends[level + 1] if level + 1 < len(paths) else None
            ends[level] = {
                state: sum(ways * (1 if later is None else later[then]) for then, ways in found.items())
                for state, found in paths[level].items()
            }
        return ends

    # drawing
    def draw(self, seeds: Iterable[int]) -> Iterator[pd.DataFrame]:
        """For each seed a data set, all being equally likely: a column a variable, values as text. Raises TooMany."""
        for seed in seeds:
            yield self._drawn(random.Random(seed), *self._apart)

    def _drawn(self, chance: random.Random, paths, ends, lengths) -> pd.DataFrame:
        columns: dict[str, list[str]] = {}
        state, classes = next(iter(paths[0])), [0] * self.rows
        for level, name in enumerate(self.order):
            later = ends[level + 1] if level + 1 < len(ends) else None
            ways = {
                then: number * (1 if later is None else later[then]) for then, number in paths[level][state].items()
            }
            then = _picked(chance, ways)
            columns[name] = self._column(chance, level, state, then, classes, lengths)
            state = then
        return pd.DataFrame(columns, index=range(self.rows), dtype=object)

    def _column(self, chance: random.Random, level: int, state, then, classes: list[int], lengths) -> list[str]:
        """A value for every row on the way from one state to the next; each row's class is brought up to date."""
        if (level, state) not in self._layers:
            self._moves = 0
            self._layers[level, state] = self._after(level, state, lengths)
        layers = self._layers[level, state]
        ends = {key: n for key, n in layers[-1].items() if (key[1], self._closed(level, key[2])) == then}
        key = _picked(chance, ends)
        steps = [(number, option) for (number, _), _ in self._entries(state[0], lengths)
                 for option in (None, *self._options[level][number])]  # fmt: skip
        taken: list[tuple[int, _Option, int]] = []
        for place in reversed(range(len(steps))):
            number, option = steps[place]
            before = layers[place]
            if option is None:
                key = (0, *key[1:])
                continue
            unit = 1 << self._bits * option.child
            ways = {}
            for earlier, count in before.items():
                rows = earlier[0] - key[0]
                if rows >= 0 and earlier[1] + rows * unit == key[1] and earlier[2] + rows * option.adds == key[2]:
                    ways[earlier] = count * comb(earlier[0], rows) * len(option.values) ** rows
            earlier = _picked(chance, ways)
            taken.append((number, option, earlier[0] - key[0]))
            key = earlier
        column = [""] * self.rows
        waiting = {number: [row for row, one in enumerate(classes) if one == number] for number in set(classes)}
        for rows in waiting.values():
            chance.shuffle(rows)
        for number, option, rows in taken:
            for _ in range(rows):
                row = waiting[number].pop()
                column[row], classes[row] = chance.choice(option.values), option.child
        return column


def _picked(chance: random.Random, ways: Mapping) -> object:
    """One of the keys, with its number as odds."""
    left = chance.randrange(sum(ways.values()))
    for key, number in ways.items():
        left -= number
        if left < 0:
            return key
    raise ValueError("nothing to pick from")


def _names(term: Condition | _Number) -> set[str]:
    return {term.variable} if isinstance(term, _Number) else set(variables(term))


def _conditions(quantity: Quantity) -> tuple[Condition, ...]:
    match quantity:
        case Count(condition=condition):
            return (condition,)
        case Answers(conditions=conditions):
            return conditions
    return ()


def _order(values: Mapping[str, Sequence[str]], joined: Sequence[set[str]]) -> list[str]:
    """The variables in an order that keeps histograms few: settled ones, then those that soon end what they begin.

    Any order gives the same number. This one was the quickest of several on the studies that it was tried on.
    """
    order = [name for name in values if len(values[name]) < 2]
    settled, left = set(order), [name for name in values if len(values[name]) > 1]
    open_ = [names - settled for names in joined]

    def rest(name: str) -> int:
        return sum(len(names - begun - {name}) for names in open_ if names & (begun | {name}))

    begun: set[str] = set()
    while left:
        order.append(min(left, key=rest))
        left.remove(order[-1])
        begun.add(order[-1])
    return order


def without(rules: Iterable[Condition], name: str, values: Iterable[str]) -> list[Condition]:
    """What the rules leave to all other variables if one of these values of the variable must keep them."""
    about, others = [], []
    for rule in rules:
        (about if name in variables(rule) else others).append(rule)
    cases = tuple(
        AtLeast(len(about), tuple(_as_condition(left_of(rule, name, value)) for rule in about)) for value in values
    )
    left = left_of(AtLeast(1, cases))
    return others if left is True else [*others, _as_condition(left)]


def _as_condition(left: Condition | bool) -> Condition:
    return AtLeast(1 - left, ()) if isinstance(left, bool) else left


def permutations_of(cycles: Sequence[int]) -> int:
    """How many permutations have cycles of these lengths."""
    alike = prod(length ** cycles.count(length) * factorial(cycles.count(length)) for length in set(cycles))
    return factorial(sum(cycles)) // alike
