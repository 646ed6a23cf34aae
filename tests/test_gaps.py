"""What gaps leave open: the truth, whatever it is, lies in the interval that is told."""

import random
from fractions import Fraction

import pandas as pd
import pytest
from campaigns import examples
from coded import CODEBOOK
from hypothesis import given
from hypothesis import strategies as some
from samples import random_units

from analysis.collaboration import degree, kind
from analysis.counts import gaps
from analysis.study.codebook import NO, NOT_DOCUMENTED, YES
from analysis.study.expressions import evaluate, parse_quantity, variables

TICKS = ("follow_up_held", "user_present", "user_prepared", "decision_body_present")

words = some.recursive(
    some.sampled_from([
        *TICKS, "follow_up_held == no", "user_present == nd", "user_present == user_prepared", "n_plans >= 2",
        "mandate_present in (all, some)", "met_psychiatric",
    ]),
    lambda inner: some.one_of(
        inner.map(lambda one: f"(not {one})"),
        some.tuples(inner, inner).map(lambda two: f"({two[0]} and {two[1]})"),
        some.lists(inner, min_size=2, max_size=3).map(lambda parts: f"atleast(2, {', '.join(parts)})"),
    ),
    max_leaves=5,
)  # fmt: skip
"""Conditions on a file. That a cell is a gap can be asked too; a completion keeps such cells as they are."""


def with_gaps(seed: int, kept: str = "") -> tuple[dict, dict]:
    """Whole files, and the same with some cells blank or not documented, but for the variable that is kept."""
    whole = random_units(CODEBOOK, 6, seed=seed)
    draw = random.Random(seed)
    partly = {unit: rows.copy() for unit, rows in whole.items()}
    for name, variable in CODEBOOK.variables.items():
        if variable.type in ("tick", "choice", "count") and name != kept:
            rows = partly[CODEBOOK.unit(variable.sheet)]
            hidden = draw.sample(list(rows.index), draw.choice([0, 2, 5]))
            rows.loc[hidden, name] = pd.NA if variable.type == "count" else draw.choice(gaps.GAPS)
    return whole, partly


@examples(60)
@given(words, some.integers(0, 400))
def test_the_truth_lies_between_the_ends_whatever_the_gaps_hide(text, seed):
    quantity = parse_quantity(f"files({text})", CODEBOOK)
    whole, partly = with_gaps(seed, kept="user_present" if "user_present == nd" in text else "")
    low, high = gaps.ends(quantity, partly)
    assert low <= evaluate(quantity, whole) <= high
    assert gaps.ends(quantity, whole) == (evaluate(quantity, whole),) * 2


@examples(30)
@given(some.integers(0, 400))
def test_every_indicator_and_criterion_holds_the_truth(seed):
    whole, partly = with_gaps(seed)
    for open_, exact in zip(*(degree.indicators(units, CODEBOOK, "en") for units in (partly, whole)), strict=True):
        assert exact.low == exact.high and open_.low <= exact.low <= open_.high
    for open_, exact in zip(*(kind.criteria(units, CODEBOOK, "en") for units in (partly, whole)), strict=True):
        assert exact.low == exact.high
        assert exact.low is None or open_.low <= exact.low <= open_.high
        assert open_.outcome in (exact.outcome, kind.OPEN)


@pytest.mark.parametrize("gap", gaps.GAPS)
def test_one_variable_is_open_by_its_gaps_and_no_more(gap):
    units = random_units(CODEBOOK, 12)
    units["files"]["follow_up_held"] = [YES] * 3 + [gap] * 8 + [NO]
    assert gaps.ends(parse_quantity("files(follow_up_held)", CODEBOOK), units) == (3, 11)
    assert gaps.ends(parse_quantity("files(not follow_up_held)", CODEBOOK), units) == (1, 9)
    present = (units["files"]["user_present"] == YES).sum()
    answers = parse_quantity("answers(follow_up_held, user_present)", CODEBOOK)
    assert gaps.ends(answers, units) == (3 + present, 11 + present)
    (one,) = [one for one in degree.indicators(units, CODEBOOK, "en") if one.name == "followed_up"]
    assert (one.low, one.high) == (Fraction(3, 12), Fraction(11, 12))
    (met,) = [one for one in kind.criteria(units, CODEBOOK, "en") if one.kind == "interagency_meetings"]
    assert met.outcome == kind.OPEN


def test_what_print_leaves_open_and_what_gaps_leave_open_add_to_each_other():
    units = random_units(CODEBOOK, 12)
    units["files"]["follow_up_held"] = [YES] * 3 + [NOT_DOCUMENTED] * 8 + [NO]
    quantity = parse_quantity("files(follow_up_held)", CODEBOOK)
    assert gaps.ends(quantity, units, lambda _: (Fraction(2), Fraction(5))) == (2, 11)
    assert gaps.ends(quantity, units, lambda _: (Fraction(3), Fraction(12))) == (3, 12)
    assert {name for one in (gaps.certainly, gaps.possibly) for name in variables(gaps.each(quantity, one))} == {
        "follow_up_held"
    }
