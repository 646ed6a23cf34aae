"""Pairs and forced facts are those of all data sets, none is listed that others imply, and each is said in words."""

from fractions import Fraction
from itertools import combinations, product

import numpy as np
import pandas as pd
import pytest
from campaigns import examples
from hypothesis import example, given
from published_studies import FICTITIOUS, SHIPPED
from test_bounds import ROWS, TICKS, Enumerated, claim, printed, size_claims, values
from test_model import FREE

from analysis.printed.bounds import Print
from analysis.printed.forced import (
    ALL_REPAIRS,
    CERTAIN,
    FACT_COLUMNS,
    PAIR_COLUMNS,
    UNDECIDED,
    forced_facts,
    forced_singles,
    indicators,
    pair_bounds,
)
from analysis.study.expressions import AtLeast, Count, Not, holds, parse_condition, parse_quantity

ROW = pd.DataFrame(product(("yes", "no"), repeat=len(TICKS)), columns=list(TICKS))


@examples(30)
@given(printed)
@example(
    [
        (parse_quantity(text, FREE), number)
        for text, number in (
            ("files(before_saw and before_drill and after_saw)", 1),
            ("files(not before_drill and after_saw)", 3),  # the only way out is 0
            ("files(after_saw)", 1),
        )
    ]
)
@example(
    [
        (parse_quantity(text, FREE), number)
        for text, number in (
            ("files(before_saw)", 1),
            ("files(not before_saw)", 3),  # of all rows, yet it is the one to change
            ("files(before_saw and before_drill)", 1),
        )
    ]
)
def test_pairs_and_facts_are_those_of_all_data_sets_of_three_rows(pairs):
    """Most random numbers contradict each other, so that both readings are tried."""
    claims = [claim(str(number), quantity, Fraction(value)) for number, (quantity, value) in enumerate(pairs)]
    claims, true = size_claims(files=ROWS) + claims, Enumerated(pairs)
    for pair in pair_bounds(FREE, claims).itertuples():
        both = Count("files", AtLeast(2, tuple(parse_condition(text, FREE) for text in (pair.a, pair.b))))
        for ends, allowed in zip(
            ((pair.low, pair.high), (pair.cautious_low, pair.cautious_high)), true.allowed.values(), strict=True
        ):
            found = values(both)[allowed]
            assert ends == (found.min(), found.max())
    facts = forced_facts(FREE, claims)
    for fact in facts.itertuples():
        made = values(parse_quantity(fact.fact, FREE))
        names = frozenset(map(int, fact.forced_by.split()))
        assert set(made[true.allowed[fact.reading == CERTAIN]]) == {fact.low} == {fact.high}
        assert (len(set(made[true.allowed[True]])) == 1) == (fact.reading == CERTAIN)
        assert all(true.forces(names, made, fact.low, direction) for direction in (-1, 1))
        assert fact.frechet_low <= fact.low <= fact.high <= fact.frechet_high
    assert_nothing_is_missing(indicators(Print(FREE, claims)), pairs, facts, true.allowed[False])


def assert_nothing_is_missing(members, pairs, facts, allowed):
    """Whatever no row of any data set has follows from the facts and from what print counts, as printed or repaired."""
    repaired = {quantity: set(values(quantity)[allowed]) for quantity, _ in pairs}
    known = [(quantity, one) for quantity, (one, *others) in repaired.items() if not others]
    known += [(parse_quantity(fact.fact, FREE), fact.low) for fact in facts.itertuples()]
    possible = np.ones(len(ROW), dtype=bool)
    for quantity, number in known:
        if number in (0, ROWS):
            possible &= holds(quantity.condition, ROW) == (number > 0)
    for one, other in combinations(members, 2):
        a, b = one.condition, other.condition
        for parts in ((a, b), (a, Not(b)), (Not(a), b), (Not(a), Not(b))):
            cell = Count("files", AtLeast(2, parts))
            if values(cell)[allowed].max() == 0:
                assert not (holds(cell.condition, ROW) & possible).any()


def test_the_shipped_study_forces_what_is_known_of_it():
    facts = SHIPPED.facts.set_index("fact")
    within = facts.loc["files(before_health_addiction and not before_social_substance)"]
    assert within["reading"] == ALL_REPAIRS
    assert within["statement_en"] == (
        "Every one of the files with “Health care: Addiction treatment, before the plan” also has "
        "“Social service: Substance abuse, before the plan”."
    )
    within = facts.loc["files(met_health_inpatient and not met_health_outpatient)"]
    assert within["reading"] == CERTAIN
    assert within["forced_by"].split() == [
        "t3.represented_health.addiction",
        "t3.represented_health.outpatient",
        "text.addiction_and_psychiatric_met",
    ]
    assert (within["frechet_low"], within["frechet_high"]) == (0, 1)
    assert "files(not met_health_addiction and not met_health_outpatient)" in facts.index
    assert within["statement_sv"].startswith("Alla akter med ”")


@pytest.mark.parametrize("study", (SHIPPED, FICTITIOUS), ids=("shipped", "fictitious"))
def test_every_fact_is_one_value_that_print_does_not_state(study):
    facts = study.facts
    assert tuple(facts.columns) == FACT_COLUMNS
    assert not facts["fact"].duplicated().any() and not facts["statement_en"].duplicated().any()
    every = Print(study.codebook, study.claims, study.audit.found)
    stated = {statement.quantity for statement in study.stated if statement.low == statement.high}
    for fact in facts.itertuples():
        quantity = parse_quantity(fact.fact, study.codebook)
        found = every.interval(quantity, cautious=fact.reading == CERTAIN)
        assert found.low == found.high == fact.low == fact.high
        assert quantity not in stated
        assert set(fact.forced_by.split()) <= {statement.name for statement in study.stated}


@pytest.mark.long
def test_pairs_of_the_shipped_study_and_the_single_persons_among_them():
    pairs = pair_bounds(SHIPPED.codebook, SHIPPED.claims, SHIPPED.audit.found)
    assert tuple(pairs.columns) == PAIR_COLUMNS
    assert not pairs.isna().any().any()
    for low, high, wider_low, wider_high in (
        ("low", "high", "frechet_low", "frechet_high"), ("low", "high", "cautious_low", "cautious_high"),
    ):  # fmt: skip
        assert (pairs[wider_low] <= pairs[low]).all() and (pairs[high] <= pairs[wider_high]).all()
    by_names = pairs.set_index(["a", "b"])
    pair = by_names.loc[("before_social_substance", "before_health_addiction")]
    assert (pair["low"], pair["high"], pair["printed"]) == (6, 6, True)
    unlinked = by_names.loc[("sex == female", "met_health_outpatient")]
    assert (unlinked["low"], unlinked["high"]) == (0, 5)
    singles = forced_singles(pairs)
    assert (singles["low"] == 1).all() and (singles["high"] == 1).all()
    assert ((singles["a"] == "met_health_outpatient") & (singles["b"] == "met_health_inpatient")).any()


def test_without_time_nothing_is_claimed():
    pairs = pair_bounds(FICTITIOUS.codebook, FICTITIOUS.claims, FICTITIOUS.audit.found, seconds=0)
    assert pairs["low"].isna().all()
    facts = forced_facts(FICTITIOUS.codebook, FICTITIOUS.claims, FICTITIOUS.audit.found, seconds=0)
    assert set(facts["reading"]) == {UNDECIDED} and facts["low"].isna().all()
