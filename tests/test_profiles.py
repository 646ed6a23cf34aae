"""Counting kinds of rows gives the verdicts that looking at every row gives, however many rows there are."""

from dataclasses import replace
from fractions import Fraction
from unittest.mock import patch

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from published_studies import FICTITIOUS, SHIPPED
from test_bounds import ROWS, Enumerated, claim, printed, questions, size_claims, values
from test_conflicts import printed_from_rows
from test_model import CODEBOOK, FREE, SIZE, intervals, quantities, statement

from analysis import bounds, conflicts
from analysis.bounds import Print
from analysis.conflicts import Part, clusters, components
from analysis.expressions import evaluate, parse_quantity, variables
from analysis.model import Model, NotDecided, sizes, statements
from analysis.profiles import Profiles
from benchmarks.studies import random_study


def verdict(stated, codebook=CODEBOOK, size=SIZE):
    """Whether every row, looked at one by one, allows the statements to hold together."""
    model = Model(codebook, size, stated)
    with model.solver() as solver:
        return solver.solve(assumptions=list(model.selectors.values()))


@settings(max_examples=50, deadline=None)
@given(st.sampled_from((CODEBOOK, FREE)), st.lists(st.tuples(quantities, intervals), min_size=1, max_size=5))
def test_any_statements_can_hold_exactly_where_some_rows_allow_them(codebook, asked):
    stated = [replace(statement(quantity, *ends), name=str(n)) for n, (quantity, ends) in enumerate(asked)]
    try:
        refuted = Profiles(codebook, SIZE, stated).refuted(stated)
    except NotDecided:
        assume(False)
    assert verdict(stated, codebook) == (refuted is None)
    if refuted is not None:
        # Which variables and rules there are hangs on all statements, so all are given and some are asked.
        model = Model(codebook, SIZE, stated)
        with model.solver() as solver:
            assert not solver.solve(assumptions=[model.selectors[one.name] for one in refuted])


@settings(max_examples=20, deadline=None)
@given(st.data(), st.lists(quantities, min_size=1, max_size=6, unique=True))
def test_print_from_hidden_rows_is_never_refuted(data, chosen):
    stated, _ = printed_from_rows(data, chosen)
    if stated:
        try:
            assert Profiles(CODEBOOK, SIZE, stated).refuted(stated) is None
        except NotDecided:
            assume(False)


@pytest.mark.parametrize("study", (SHIPPED, FICTITIOUS), ids=("shipped", "fictitious"))
def test_studies_have_the_same_conflicts_when_kinds_of_rows_are_counted(study, monkeypatch):
    """But for the largest part of the shipped one, which ties so much together that rows are quicker to look at."""
    found = study.audit.found
    monkeypatch.setattr(conflicts, "FEW_ROWS", 0)
    for part in components(study.codebook, study.stated):
        if len(part) < 30:
            names = {statement.name for statement in part}
            known = tuple(cluster for cluster in found if cluster.names <= names)
            assert clusters(study.codebook, study.size, part) == known


@pytest.mark.parametrize("slips", (0, 2, 4))
def test_hundreds_of_files_and_indicators_are_decided(slips):
    """Every conflict is proved without its rows being looked at, and the truth holds."""
    study = random_study(200, 120, slips, seed=slips)
    found = study.conflicts()
    assert bool(found) == bool(slips)
    stated, size = statements(study.claims, study.codebook), sizes(study.claims, study.codebook)
    (part,) = (one for one in components(study.codebook, stated) if len(one) > 1)
    with Part(study.codebook, size, part) as asked:
        for cluster in found:
            for repair in cluster.repairs:
                others = {name for other in found if other is not cluster for name in other.repairs[0]}
                assert asked.can_hold(name for name in asked.stated if name not in {*repair, *others})
            for conflict in cluster.conflicts:
                assert not asked.can_hold(conflict)
                assert all(asked.can_hold(name for name in conflict if name != dropped) for dropped in conflict)


def test_a_mean_of_many_files_can_be_moved_to_each_value_that_its_sum_allows():
    found = study_with_a_mean(60)
    with Part(*found) as asked:
        (mean,) = (one for one in asked.stated.values() if one.name == "mean")
        values = asked.values(mean, [name for name in asked.stated if name != "mean"])
    # Of 60 files 20 have 3 to 9 visits and 40 have 0 to 2: sums of 60 to 260.
    assert values == tuple(Fraction(tenths, 10) for tenths in range(10, 44))


def study_with_a_mean(files):
    def one(name, text, low, high):
        return replace(statement(parse_quantity(text, CODEBOOK), Fraction(low), Fraction(high)), name=name)

    stated = [
        one("many", "files(visits >= 3)", 20, 20),
        one("mean", "mean(visits)", "2.25", "2.35"),
    ]
    return CODEBOOK, {"files": files, "branches": 2}, stated


@settings(max_examples=30, deadline=None)
@given(printed, questions)
def test_ranges_by_kinds_of_rows_are_those_of_all_data_sets_of_three_rows(pairs, question):
    claims = [claim(str(number), quantity, Fraction(value)) for number, (quantity, value) in enumerate(pairs)]
    every, true = Print(FREE, size_claims(files=ROWS) + claims), Enumerated(pairs)
    with patch.object(conflicts, "FEW_ROWS", 0):
        try:
            found = every.many(question).bounds("", question, ())
        except NotDecided:
            # A share, or a proof that needs more than a sum of limits.
            assume(False)
    made = values(question)
    for interval, cautious in ((found.all_repairs, False), (found.cautious, True)):
        allowed = made[true.allowed[cautious]]
        assert (interval.low, interval.high) == (allowed.min(), allowed.max())
    for repair, interval in found.per_repair.items():
        here = [len(one) == true.fewest and set(map(int, repair)) <= one for one in true.broken]
        assert (interval.low, interval.high) == (made[here].min(), made[here].max())
    for names, end, other, direction in zip(
        found.forced_by, (found.low, found.high), (found.cautious.low, found.cautious.high), (-1, 1), strict=True
    ):
        numbers = frozenset(map(int, names))
        assert true.forces(numbers, made, end, direction)
        assert end == other or not any(true.forces(numbers - {n}, made, end, direction) for n in numbers)
    for witness, end in zip(found.witnesses, (found.low, found.high), strict=True):
        assert evaluate(question, witness) == end
        here = {int(one.id): one for one in claims[1:] if set(variables(one.quantity)) <= set(witness["files"])}
        off = {number for number, one in here.items() if evaluate(one.quantity, witness) != one.low}
        assert off in [repair & here.keys() for repair in true.repairs]


def test_a_range_over_two_hundred_files_is_attained_and_holds_the_truth():
    """The study's hidden rows are one of its data sets, so a study of the truth lies inside."""
    honest = random_study(200, 120, 0, seed=3)
    slips = random_study(200, 120, 2, seed=3)
    quantity = parse_quantity("files(i0 and i5)", honest.codebook)
    found = Print(honest.codebook, honest.claims).bounds("files(i0 and i5)")
    for witness, end in zip(found.witnesses, (found.low, found.high), strict=True):
        assert evaluate(quantity, witness) == end
        assert all(evaluate(one.quantity, witness) == one.low for one in honest.claims)
    truth = {one.id: one.low for one in honest.claims}
    every = Print(slips.codebook, slips.claims, slips.conflicts())
    for name in slips.slips:
        ends = every.interval(parse_quantity(name, slips.codebook), cautious=True)
        assert ends.low <= truth[name] <= ends.high


def of_many(question, **said):
    """What print leaves to a question; `said` gives two ends for each of a few quantities, by a short name."""
    texts = {"n": "files()", "four": "files(n_plans == 4)", "mean": "mean(n_plans)", "age": "mean(age)"}
    texts |= {"youngest": "minimum(age)", "oldest": "maximum(age)"}
    book = SHIPPED.codebook
    claims = [claim(name, parse_quantity(texts[name], book), *map(Fraction, ends)) for name, ends in said.items()]
    return bounds.bounds(question, book, claims)


def test_means_and_shares_of_many_files_are_bounded():
    plans = {"n": (120, 120), "four": (10, 10), "mean": ("1.95", "2.05")}
    found = of_many("mean(n_plans)", **plans)
    assert found.all_repairs == bounds.Interval(Fraction(39, 20), Fraction(41, 20))
    assert found.forced_by == (("mean",), ("mean",))
    assert of_many("files(n_plans == 4) / files()", **plans).all_repairs.forced
    # 4 × 10 and 110 others from 1 make 150 of 246 plans, and the 96 left are two more for 48 files.
    assert of_many("files(n_plans >= 3) / files()", **plans).high == Fraction(58, 120)


@pytest.mark.parametrize("files", (12, 20, 40))
def test_ages_of_a_few_files_are_asked_by_kinds(files):
    ages = {"n": (files, files), "age": ("41.25", "41.35"), "youngest": (18, 18), "oldest": (65, 65)}
    found = of_many("files(age >= 60)", **ages)
    assert found.low == 1
    # One file is 65 and one 18; every further old one needs 60 years of what the mean allows, all others 18.
    old = [old for old in range(1, files) if 65 + 60 * (old - 1) + 18 * (files - old) <= Fraction("41.35") * files]
    assert found.high == max(old)
