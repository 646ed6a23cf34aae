"""Counting kinds of rows gives the verdicts that looking at every row gives, however many rows there are."""

from dataclasses import replace
from fractions import Fraction
from unittest.mock import patch

import numpy as np
import pytest
from campaigns import examples
from hypothesis import assume, given
from hypothesis import strategies as st
from published_studies import FICTITIOUS, SHIPPED
from test_bounds import (
    ROWS,
    Enumerated,
    cannot_be_asked,
    claim,
    claims_of,
    printed,
    questions,
    size_claims,
    values,
)  # fmt: skip
from test_conflicts import printed_from_rows
from test_model import CODEBOOK, FREE, SIZE, documented, drawn_rows, intervals, quantities, statement

from analysis.errors import UserError
from analysis.printed import bounds, conflicts
from analysis.printed.bounds import Print
from analysis.printed.conflicts import FEW_ROWS, Part, clusters, components, set_to, unit_of_print
from analysis.printed.model import Model, NotDecided, Statement, sizes, statements
from analysis.printed.profiles import Profiles
from analysis.printed.thresholds import Unbounded
from analysis.study.expressions import Summary, evaluate, parse_quantity, variables
from benchmarks.studies import random_study


def verdict(stated, codebook=CODEBOOK, size=SIZE):
    """Whether every row, looked at one by one, allows the statements to hold together."""
    model = Model(codebook, size, stated)
    with model.solver() as solver:
        return solver.solve(assumptions=list(model.selectors.values()))


@examples(200)
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


@examples(80)
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


@pytest.mark.long
@examples(60)
@given(st.data(), st.lists(quantities, max_size=3, unique=True), st.sampled_from(("visits", "fee")), st.booleans())
def test_a_sum_or_mean_can_be_moved_to_the_values_that_hold_when_each_is_tried(data, others, name, by_kinds):
    chosen = [Summary("files", data.draw(st.sampled_from(("mean", "sum"))), name), *others]
    stated, _ = printed_from_rows(data, list(dict.fromkeys(chosen)))
    assume(stated and stated[0].quantity == chosen[0] and not stated[0].name.startswith("implied"))
    total, names = stated[0], [one.name for one in stated[1:]]
    # Hundreds of values, each of them tried, take minutes.
    assume(unit_of_print(total) >= Fraction(1, 10))
    with patch.object(conflicts, "FEW_ROWS", 0 if by_kinds else FEW_ROWS), Part(CODEBOOK, SIZE, stated) as asked:
        values = asked.values(total, names)
        unit = unit_of_print(total)
        tried = [number * unit for number in range(int((20 if chosen[0].statistic == "mean" else 80) / unit) + 1)]
        assert values == tuple(value for value in tried if asked.can_hold(names, [set_to(total, value)]))


def study_with_a_mean(files):
    def one(name, text, low, high):
        made = statement(parse_quantity(text, CODEBOOK), Fraction(low), Fraction(high))
        return replace(documented(made), name=name)

    stated = [
        one("many", "files(visits >= 3)", 20, 20),
        one("mean", "mean(visits)", "2.25", "2.35"),
    ]
    return CODEBOOK, {"files": files, "branches": 2}, stated


@examples(120)
@given(printed, questions)
def test_ranges_by_kinds_of_rows_are_those_of_all_data_sets_of_three_rows(pairs, question):
    claims = [claim(str(number), quantity, Fraction(value)) for number, (quantity, value) in enumerate(pairs)]
    every, true = Print(FREE, size_claims(files=ROWS) + claims), Enumerated(pairs)
    if not every.counted.issuperset(variables(question)):
        return
    made = values(question)
    exists = ~np.isnan(made)
    with patch.object(conflicts, "FEW_ROWS", 0):
        many = every.many(question)
        if not (true.allowed[False] & exists).any():
            with pytest.raises(Unbounded, match="bounds_no_value"):
                many.bounds("", question, ())
            return
        found = many.bounds("", question, ())
    assert found.exists == exists[true.allowed[False]].all()
    for interval, cautious in ((found.all_repairs, False), (found.cautious, True)):
        allowed = made[true.allowed[cautious] & exists]
        assert tuple(map(float, (interval.low, interval.high))) == (allowed.min(), allowed.max())
    for repair in {repair for cluster in every.part(question).found for repair in cluster.repairs}:
        here = made[exists & [len(one) == true.fewest and set(map(int, repair)) <= one for one in true.broken]]
        interval = found.per_repair.get(repair)
        assert (interval is None) == (not len(here))
        assert interval is None or tuple(map(float, (interval.low, interval.high))) == (here.min(), here.max())
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


summaries = st.builds(
    Summary,
    st.just("files"),
    st.sampled_from(("mean", "minimum", "maximum", "sum")),
    st.sampled_from(("visits", "fee")),
)


@examples(160)
@given(
    st.data(), st.lists(st.one_of(summaries, quantities), min_size=1, max_size=4, unique=True), summaries,
    st.integers(0, 2),
)  # fmt: skip
def test_means_and_extremes_by_kinds_of_rows_are_those_that_each_row_gives(data, chosen, question, slips):
    """Of a variable that every row has and of one that may be blank; print is right, or numbers are off."""
    stated = [Statement("", (), quantity, None, None, 1) for quantity in chosen]
    _, hidden = drawn_rows(Model(FREE, SIZE, stated, asked=(question,), every_value=True), data)
    assume(not cannot_be_asked(hidden))
    claims = claims_of(data, chosen, hidden)
    for number in range(len(SIZE), min(len(claims), len(SIZE) + slips)):
        claims[number] = replace(claims[number], low=claims[number].low + 1, high=claims[number].high + 1)
    rows, kinds = (Print(FREE, claims) for _ in range(2))
    with patch.object(conflicts, "FEW_ROWS", 0):
        many = kinds.many(question)
        found = answer(lambda: many.bounds("", question, ()))
    with patch.object(conflicts, "SHORT_SUM", 10**6):
        expected = answer(lambda: ranges(rows, question))
    if isinstance(expected, str):
        assert found == expected
        return
    assert (found.all_repairs, found.cautious, found.per_repair, found.exists) == expected
    for witness, end in zip(found.witnesses, (found.low, found.high), strict=True):
        if not cannot_be_asked(witness):
            assert evaluate(question, witness) == end


def answer(ask):
    """What is answered, or the key of the message that says why nothing is."""
    try:
        return ask()
    except Unbounded as error:
        return error.key


def ranges(every, question):
    """Both readings, the range under each repair, and whether there is always a value, by looking at each row."""
    part = every.part(question)
    form = part.form(question)
    both = [
        bounds.Interval(*(part.end(form, way, [reading])[0] for way in (-1, 1)))
        for reading in (part.all_repairs, part.certain)
    ]
    return *both, part.per_repair(form, (both[0].low, both[0].high)), part.exists(form)


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


def of_many(question, language="en", **said):
    """What print leaves to a question; `said` gives two ends for each of a few quantities, by a short name."""
    texts = {"n": "files()", "four": "files(n_plans == 4)", "mean": "mean(n_plans)", "age": "mean(age)"}
    texts |= {"youngest": "minimum(age)", "oldest": "maximum(age)"}
    book = SHIPPED.codebook
    claims = [claim(name, parse_quantity(texts[name], book), *map(Fraction, ends)) for name, ends in said.items()]
    return bounds.bounds(question, book, claims, language=language)


def test_means_and_shares_of_many_files_are_bounded():
    plans = {"n": (120, 120), "four": (10, 10), "mean": ("1.95", "2.05")}
    found = of_many("mean(n_plans)", **plans)
    assert found.all_repairs == bounds.Interval(Fraction(39, 20), Fraction(41, 20))
    assert found.forced_by == (("mean",), ("mean",))
    assert of_many("files(n_plans == 4) / files()", **plans).all_repairs.forced
    # 4 × 10 and 110 others from 1 make 150 of 246 plans, and the 96 left are two more for 48 files.
    assert of_many("files(n_plans >= 3) / files()", **plans).high == Fraction(58, 120)


def test_what_may_be_blank_is_bounded_for_many_files():
    """Of 200 files some have an age: one of them is 18 and one 65."""
    ages = {"n": (200, 200), "youngest": (18, 18), "oldest": (65, 65)}
    found = of_many("mean(age)", **ages)
    assert found.all_repairs == bounds.Interval(Fraction(65 + 199 * 18, 200), Fraction(18 + 199 * 65, 200))
    assert found.exists and found.forced_by == (("youngest", "oldest"), ("youngest", "oldest"))
    assert of_many("minimum(age)", **ages).all_repairs == bounds.Interval(18, 18)
    # Whatever number has an age, its sum leaves so many of them 60 years, and all others 18.
    limit = Fraction("41.35")
    old = (Fraction((limit * n - 65 - 18 * (n - 1)) // 42 + 1, n) for n in range(2, 201))
    found = of_many("files(age >= 60) / files(age >= 18)", age=("41.25", limit), **ages)
    assert found.all_repairs == bounds.Interval(Fraction(1, 200), max(old))
    assert evaluate(parse_quantity("mean(age)", SHIPPED.codebook), found.witnesses[1]) <= limit


@pytest.mark.parametrize(
    ("language", "words"), [("en", "not supported for so many rows"), ("sv", "för så många rader")]
)
def test_what_is_not_answered_for_many_files_is_said_in_words(language, words):
    ages = {"n": (200, 200), "youngest": (18, 18), "oldest": (65, 65)}
    with pytest.raises(UserError, match=words):
        of_many("mean(age) - 3", language, **ages)


@pytest.mark.parametrize("files", (12, 20, 40))
def test_ages_of_a_few_files_are_asked_by_kinds(files):
    ages = {"n": (files, files), "age": ("41.25", "41.35"), "youngest": (18, 18), "oldest": (65, 65)}
    found = of_many("files(age >= 60)", **ages)
    assert found.low == 1
    # One file is 65 and one 18; every further old one needs 60 years of what the mean allows, all others 18.
    old = [old for old in range(1, files) if 65 + 60 * (old - 1) + 18 * (files - old) <= Fraction("41.35") * files]
    assert found.high == max(old)
