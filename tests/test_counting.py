"""Counting by histograms: the same numbers as a list of all data sets, and draws that are even."""

from collections import Counter
from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from analysis.printed import counting
from analysis.printed.certificates import Sum
from analysis.printed.counting import Counting, TooMany, permutations_of
from analysis.printed.ensemble import partitions
from analysis.study.codebook import BLANK
from analysis.study.expressions import Answers, AtLeast, Cells, Compare, Count, Is, Not, Same, Summary, holds, left_of

VALUES = {"a": ["yes", "no"], "b": ["yes", "no"], "c": ["x", "y", "z"], "n": [BLANK, "0", "1", "2"]}
ROWS = 3
LINES = pd.DataFrame(list(product(*VALUES.values())), columns=list(VALUES), dtype=object)
DOCUMENTED = Cells(LINES, are_answers=True)

atom = some.one_of(
    some.sampled_from("ab").map(lambda name: Is(name, "yes")),
    some.sampled_from("xyz").map(lambda code: Is("c", code)),
    some.builds(Compare, some.just("n"), some.sampled_from([">=", "=="]), some.integers(0, 2)),
    some.just(Same("a", "b")),
)
condition = some.recursive(
    atom,
    lambda inner: some.one_of(
        inner.map(Not),
        some.lists(inner, min_size=1, max_size=3).flatmap(
            lambda parts: some.integers(1, len(parts)).map(lambda number: AtLeast(number, tuple(parts)))
        ),
    ),
    max_leaves=4,
)
quantity = some.one_of(
    condition.map(lambda one: Count("files", one)),
    some.lists(condition, min_size=2, max_size=3).map(lambda many: Answers("files", tuple(many))),
    some.just(Summary("files", "sum", "n")),
)
limits = some.tuples(some.none() | some.integers(-1, 3), some.none() | some.integers(0, 3))
limit = some.builds(
    lambda parts, ends: Sum("s", tuple(parts), *ends),
    some.lists(some.tuples(some.sampled_from([1, 1, 2, -1]), quantity), min_size=1, max_size=2),
    limits,
)


def added(one: Sum) -> np.ndarray:
    """What each possible row adds to a sum."""
    total = np.zeros(len(LINES), dtype=int)
    for times, what in one.parts:
        if isinstance(what, Summary):
            total += times * pd.to_numeric(LINES["n"], errors="coerce").fillna(0).to_numpy(dtype=int)
        else:
            many = what.conditions if isinstance(what, Answers) else (what.condition,)
            total += times * sum(holds(each, LINES).to_numpy(dtype=int) for each in many)
    return total


def listed(rules, sums) -> np.ndarray:
    """Whether three possible rows make a data set: one truth for each first, second and third row."""
    there = np.ones((len(LINES),) * ROWS, dtype=bool)
    for rule in rules:
        good = holds(rule, DOCUMENTED).to_numpy()
        there &= good[:, None, None] & good[None, :, None] & good[None, None, :]
    for one in sums:
        each = added(one)
        total = each[:, None, None] + each[None, :, None] + each[None, None, :]
        there &= total >= (-99 if one.low is None else one.low)
        there &= total <= (99 if one.high is None else one.high)
    return there


@settings(deadline=None)
@given(some.lists(condition, max_size=1), some.lists(limit, min_size=1, max_size=3))
def test_the_number_is_that_of_a_list_of_all_and_so_is_that_of_equal_rows(rules, sums):
    there = listed(rules, sums)
    counted = Counting(ROWS, VALUES, rules, sums)
    same = np.arange(len(LINES))
    assert counted.number() == there.sum()
    assert counted.number((2, 1)) == there[same, same].sum()
    assert counted.number((3,)) == there[same, same, same].sum()


@settings(deadline=None)
@given(condition, some.integers(0, len(LINES) - 1))
def test_what_is_left_of_a_condition_is_its_truth_when_every_value_is_known(one, line):
    left = left_of(one)
    for name, value in LINES.loc[line].items():
        left = left if isinstance(left, bool) else left_of(left, name, value)
    assert left is bool(holds(one, DOCUMENTED)[line])


def test_every_data_set_is_equally_likely_to_be_drawn():
    sums = [
        Sum("one", ((1, Count("files", Is("a", "yes"))),), 2, 2),
        Sum("x", ((1, Count("files", Is("c", "x"))),), 1, 1),
        Sum("both", ((1, Count("files", AtLeast(2, (Is("a", "yes"), Is("b", "yes"))))),), 1, 1),
        Sum("n", ((1, Summary("files", "sum", "n")),), 5, None),
    ]
    rules = [Not(AtLeast(2, (Is("c", "x"), Is("b", "yes")))), Not(Is("c", "z"))]
    there = set(zip(*np.nonzero(listed(rules, sums)), strict=True))
    each = 30
    number = {line: place for place, line in enumerate(LINES.itertuples(index=False, name=None))}
    drawn = Counter(
        tuple(number[line] for line in rows[list(VALUES)].itertuples(index=False, name=None))
        for rows in Counting(ROWS, VALUES, rules, sums).draw(range(each * len(there)))
    )
    assert set(drawn) == there
    # The sum of squares of so many even draws is chi-squared: its mean is the number of data sets, less one.
    unlike = sum((number - each) ** 2 for number in drawn.values()) / each
    freedom = len(there) - 1
    assert abs(unlike - freedom) < 4 * (2 * freedom) ** 0.5


def test_what_cannot_be_has_no_data_set():
    never = Sum("never", ((1, Count("files", Is("a", "yes"))),), 4, None)
    assert Counting(ROWS, VALUES, [], [never]).number() == 0
    assert Counting(ROWS, VALUES, [Is("a", "yes"), Not(Is("a", "yes"))], []).number() == 0


def test_a_count_that_takes_too_long_is_given_up(monkeypatch):
    monkeypatch.setattr(counting, "MOST_MOVES", 3)
    with pytest.raises(TooMany):
        Counting(ROWS, VALUES, [], [Sum("a", ((1, Count("files", Is("a", "yes"))),), 1, 1)]).number()


def test_permutations_by_their_cycles_are_all_there_are():
    assert sum(map(permutations_of, partitions(5))) == 120


def test_a_subtracted_sum_is_counted_where_a_rule_takes_its_largest_values_away():
    none_large = Sum("none", ((1, Count("files", Compare("n", ">=", 2))),), 0, 0)
    one = Sum("one", ((-1, Summary("files", "sum", "n")),), -1, -1)
    assert Counting(1, {"n": ["0", "1", "2", "3"]}, [], [none_large, one]).number() == 1
