"""Random studies of any size are audited right: the truth is never flagged and never left out, slips are found.

A few small ones in every run of the tests; the campaign goes to hundreds of files and indicators.
"""

import random
from dataclasses import replace
from fractions import Fraction

import pandas as pd
import pytest
from campaigns import examples
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_bounds import claim

from analysis import paths
from analysis.printed.bounds import Print
from analysis.printed.conflicts import clusters
from analysis.printed.model import sizes, statements
from analysis.study import codebook as codebooks
from analysis.study.claims import is_whole, printed_interval
from analysis.study.expressions import evaluate, parse_quantity
from benchmarks.studies import Study, random_study

SMALL = st.builds(
    random_study, st.integers(6, 40), st.sampled_from((8, 12, 20)), st.integers(0, 3), st.integers(0, 10**6)
)
LARGE = st.builds(
    random_study,
    st.integers(13, 400),
    st.integers(8, 75).map(lambda n: 4 * n),
    st.integers(0, 6),
    st.integers(0, 10**6),
)
MANNER = {"deadline": None, "suppress_health_check": list(HealthCheck)}


def campaign(check):
    """The check as two tests: on a few small studies, and on many that reach several hundred files and indicators."""
    return (
        settings(max_examples=6, **MANNER)(given(SMALL, st.integers(0, 10**6))(check)),
        pytest.mark.long(settings(max_examples=8, **MANNER)(given(LARGE, st.integers(0, 10**6))(check))),
    )


def honest(made: Study) -> Study:
    """The study with the numbers of its hidden rows."""
    rows = {"files": made.hidden}
    return replace(
        made, claims=tuple(_printed(claim, evaluate(claim.quantity, rows)) for claim in made.claims), slips=()
    )


def _printed(claim, value):
    return replace(claim, low=Fraction(value), high=Fraction(value), published=str(value))


def some_pairs(made: Study, seed: int):
    names, chance = list(made.hidden), random.Random(seed)
    for _ in range(3):
        yield parse_quantity(f"files({' and '.join(chance.sample(names, 2))})", made.codebook)


def the_truth_is_not_flagged_and_lies_inside(made, seed):
    true = honest(made)
    found = true.conflicts()
    assert found == ()
    every = Print(true.codebook, true.claims, found)
    for quantity in some_pairs(made, seed):
        ends = every.interval(quantity)
        assert ends.low <= evaluate(quantity, {"files": made.hidden}) <= ends.high


def numbers_in_no_conflict_hold_the_truth(made, seed):
    """Where every slip is in a conflict; one that contradicts nothing is invisible to any method."""
    found = made.conflicts()
    contested = set().union(*(cluster.names for cluster in found))
    rows = {"files": made.hidden}
    slips = {claim.id for claim in made.claims if evaluate(claim.quantity, rows) != claim.low}
    assert slips == set(made.slips)
    for cluster in found:
        # Only a set with a slip in it can be a conflict.
        assert all(slips & set(conflict) for conflict in cluster.conflicts)
    if slips <= contested:
        every = Print(made.codebook, made.claims, found)
        for quantity in some_pairs(made, seed):
            ends = every.interval(quantity, cautious=True)
            assert ends.low <= evaluate(quantity, rows) <= ends.high


def a_number_that_cannot_be_is_found(made, seed):
    """Fewer files with any of several indicators than with one of them, or more than with all of them together."""
    true, chance = honest(made), random.Random(seed)
    rows = {"files": made.hidden}
    number, claim = chance.choice([(n, one) for n, one in enumerate(true.claims) if "any(" in one.id])
    names = claim.id.removeprefix("files(any(").removesuffix("))").split(", ")
    counts = [int(evaluate(parse_quantity(f"files({name})", made.codebook), rows)) for name in names]
    wrong = [max(counts) - step for step in (1, 2, 3) if max(counts) >= step]
    wrong += [sum(counts) + step for step in (1, 2, 3)]
    slip = _printed(claim, chance.choice(wrong))
    claims = [*true.claims[:number], slip, *true.claims[number + 1 :]]
    found = clusters(made.codebook, sizes(claims, made.codebook), statements(claims, made.codebook))
    (cluster,) = found
    assert all(slip.id in conflict for conflict in cluster.conflicts)
    assert (slip.id,) in cluster.repairs


AGES = st.lists(st.integers(0, 110), min_size=2, max_size=40)


@settings(examples(25), **MANNER)
@given(AGES, st.data())
def test_ages_told_in_text_are_not_flagged_and_lie_inside(ages, data):
    """Counts of single files, ranges, limits and a rounded mean of a number that no table lists."""
    book, rows = codebooks.read(paths.CODEBOOK), {"files": pd.DataFrame({"age": list(map(str, ages))}, dtype=object)}
    some = st.sampled_from(sorted({*ages, 18, 65}))
    texts = ["files()", "minimum(age)", "maximum(age)", "mean(age)"]
    texts += [f"files(age == {data.draw(some)})", f"files(age >= {data.draw(some)})", f"files(age < {data.draw(some)})"]
    claims = []
    for number, text in enumerate(texts):
        quantity = parse_quantity(text, book)
        shown = f"{float(evaluate(quantity, rows)):.1f}" if text.startswith("mean") else str(evaluate(quantity, rows))
        low, high = printed_interval(shown, whole=is_whole(quantity))
        relation = data.draw(st.sampled_from(["=", ">=", "<="])) if number else "="
        claims.append(replace(claim(text, quantity, low, high), relation=relation))
    found = clusters(book, sizes(claims, book), statements(claims, book))
    assert found == ()
    quantity = parse_quantity(f"files(age >= {data.draw(some)})", book)
    ends = Print(book, claims, found).interval(quantity)
    assert ends.low <= evaluate(quantity, rows) <= ends.high


def test_a_planted_contradiction_of_ages_is_found():
    book = codebooks.read(paths.CODEBOOK)
    said = [("files()", 40), ("mean(age)", 21), ("minimum(age)", 18), ("files(age >= 60)", 10)]
    claims = [claim(text, parse_quantity(text, book), Fraction(number)) for text, number in said]
    claims[-1] = replace(claims[-1], relation=">=")
    (cluster,) = clusters(book, sizes(claims, book), statements(claims, book))
    assert cluster.conflicts == (("mean(age)", "minimum(age)", "files(age >= 60)"),)


test_small_truth, test_large_truth = campaign(the_truth_is_not_flagged_and_lies_inside)
test_small_slips, test_large_slips = campaign(numbers_in_no_conflict_hold_the_truth)
test_small_impossible, test_large_impossible = campaign(a_number_that_cannot_be_is_found)
