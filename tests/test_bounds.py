"""Bounds hold every data set that print allows, and data sets attain them: by enumeration and by a second solver."""

from dataclasses import replace
from fractions import Fraction
from functools import cache
from itertools import combinations_with_replacement, product

import numpy as np
import pandas as pd
import pytest
from campaigns import examples
from hypothesis import given
from hypothesis import strategies as st
from published_studies import FICTITIOUS, SHIPPED
from second_opinion import SecondOpinion
from test_model import FREE, SIZE, coded_nowhere, drawn_rows, lacks_a_branch, quantities

from analysis.errors import UserError
from analysis.printed.bounds import Interval, Print, bounds, crosstab_bounds
from analysis.printed.model import Model, Statement
from analysis.printed.thresholds import HIGH, LOW
from analysis.study.claims import Claim, is_whole
from analysis.study.expressions import (
    EVERY,
    Answers,
    Arithmetic,
    AtLeast,
    Count,
    Each,
    Is,
    Not,
    evaluate,
    holds,
    parse_quantity,
    variables,
)

TICKS = ("before_saw", "before_drill", "after_saw")
ROWS = 3
QUESTIONS = (
    "files(met_psychiatric)",
    "files(met_social_economic and met_health_outpatient)",
    "files(sex == female and residence == regular)",
    "authorities(signed_probation and signed_addiction)",
    "files(n_plans >= 2) - files(n_plans == 4)",
    "files(before_social_substance and before_health_outpatient)",
)
PRINT = Print(SHIPPED.codebook, SHIPPED.claims)


def claim(name, quantity, low, high=None) -> Claim:
    high = low if high is None else high
    return Claim(
        id=name, where="", block="", item="", column="", published=str(low), low=low, high=high, unit="", relation="=",
        quantity=quantity, alternative=None, stated=1, note="",
    )  # fmt: skip


def size_claims(**sizes) -> list[Claim]:
    return [claim(unit, Count(unit, EVERY), Fraction(number)) for unit, number in sizes.items()]


@cache
def every_data_set() -> pd.DataFrame:
    """All data sets of ROWS rows and three ticks, up to the order of rows, one below the other."""
    rows = list(product(("yes", "no"), repeat=len(TICKS)))
    sets = combinations_with_replacement(rows, ROWS)
    return pd.DataFrame([row for one in sets for row in one], columns=list(TICKS))


def values(quantity) -> np.ndarray:
    """The value of a quantity in every data set; nan where it has none."""
    match quantity:
        case Count(condition=condition):
            return holds(condition, every_data_set()).to_numpy().reshape(-1, ROWS).sum(axis=1).astype(float)
        case Answers(unit=unit, conditions=conditions):
            return sum(values(Count(unit, condition)) for condition in conditions)
        case Arithmetic(operator=operator, left=left, right=right):
            a, b = values(left), values(right)
            with np.errstate(divide="ignore", invalid="ignore"):
                return {"+": a + b, "-": a - b, "/": np.where(b == 0, np.nan, a / b)}[operator]


conditions = st.recursive(
    st.builds(Is, st.sampled_from(TICKS), st.just("yes")),
    lambda inner: st.one_of(
        st.builds(Not, inner), st.lists(inner, min_size=2, max_size=2).map(lambda two: AtLeast(2, tuple(two)))
    ),
    max_leaves=3,
)
counts = st.builds(Count, st.just("files"), conditions)
questions = st.one_of(
    counts,
    st.builds(Answers, st.just("files"), st.lists(conditions, min_size=1, max_size=2).map(tuple)),
    st.builds(Arithmetic, st.sampled_from("+-/"), counts, counts),
)
printed = st.lists(st.tuples(counts, st.integers(0, ROWS)), min_size=1, max_size=5, unique_by=lambda pair: pair[0])


class Enumerated:
    """What a few printed numbers allow, by looking at every data set."""

    def __init__(self, pairs):
        broken = zip(*(values(quantity) != number for quantity, number in pairs), strict=True)
        self.broken = [frozenset(np.flatnonzero(column)) for column in broken]
        self.fewest = min(map(len, self.broken))
        self.repairs = {one for one in self.broken if len(one) == self.fewest}
        smallest = [one for one in self.broken if not any(other < one for other in self.broken)]
        contested = frozenset().union(*smallest)
        self.allowed = {
            False: np.array([len(one) == self.fewest for one in self.broken]),
            True: np.array([one <= contested for one in self.broken]),
        }

    def forces(self, names, made, end, direction) -> bool:
        """Whether the named numbers rule out every value beyond the end, when those of one repair give way."""
        left = [any(one & names <= repair for repair in self.repairs) for one in self.broken]
        return not ((made[left] - float(end)) * direction > 1e-9).any()


@examples(60)
@given(printed, questions)
def test_ranges_are_those_of_all_data_sets_of_three_rows(pairs, question):
    """Most random numbers contradict each other, so that the readings differ."""
    claims = [claim(str(number), quantity, Fraction(value)) for number, (quantity, value) in enumerate(pairs)]
    every, true = Print(FREE, size_claims(files=ROWS) + claims), Enumerated(pairs)
    if not every.counted.issuperset(variables(question)):
        return
    made = values(question)
    exists = ~np.isnan(made)
    for cautious, allowed in true.allowed.items():
        if not (allowed & exists).any():
            with pytest.raises(UserError, match="divides by zero"):
                every.interval(question, cautious)
            return
        found = every.interval(question, cautious)
        expected = made[allowed & exists]
        assert (float(found.low), float(found.high)) == (expected.min(), expected.max())
    part, ends = every.part(question), every.interval(question)
    form = part.form(question)
    assert part.exists(form) == exists[true.allowed[False]].all()
    for repair, interval in part.per_repair(form, (ends.low, ends.high)).items():
        names = {int(name) for name in repair}
        here = [len(one) == true.fewest and names <= one for one in true.broken]
        assert (float(interval.low), float(interval.high)) == (made[here & exists].min(), made[here & exists].max())
    cautious = every.interval(question, cautious=True)
    for direction, end, other in ((LOW, ends.low, cautious.low), (HIGH, ends.high, cautious.high)):
        names = frozenset(map(int, part.forced_by(form, direction, end, certain=end == other)))
        assert true.forces(names, made, end, direction)
        assert not any(true.forces(names - {name}, made, end, direction) for name in names)


@examples(40)
@given(st.data(), st.lists(quantities, min_size=1, max_size=5, unique=True), quantities)
def test_the_true_value_lies_inside_and_data_sets_attain_the_ends(data, chosen, question):
    """Numbers of every kind, counted from hidden rows and printed with or without decimals."""
    stated = [Statement("", (), quantity, None, None, 1) for quantity in chosen]
    model = Model(FREE, SIZE, stated, asked=(question,), every_value=True)
    _, hidden = drawn_rows(model, data)
    if cannot_be_asked(hidden):
        return
    claims = claims_of(data, chosen, hidden)
    every, truth = Print(FREE, claims), evaluate(question, hidden)
    if truth is None or not every.counted.issuperset(variables(question)) or is_unlimited(every, question):
        return
    part = every.part(question)
    form = part.form(question)
    for direction in (LOW, HIGH):
        end, solution = part.end(form, direction, [part.all_repairs])
        assert (truth - end) * direction <= 0
        witness = part.model.decode(solution)
        if not cannot_be_asked(witness):
            assert evaluate(question, witness) == end
            for statement in part.model.statements:
                value = evaluate(statement.quantity, witness)
                if value is None:  # branches that differ, within a limit, have no one number
                    assert isinstance(statement.quantity, Each) and statement.low != statement.high
                    continue
                assert statement.low is None or statement.low <= value
                assert statement.high is None or value <= statement.high


def claims_of(data, chosen, hidden) -> list[Claim]:
    """What is printed of hidden rows: the numbers of rows, and each quantity that has a value, in drawn words."""
    claims = size_claims(**SIZE)
    for number, quantity in enumerate(chosen):
        value = evaluate(quantity, hidden)
        if value is not None:
            half = Fraction(0) if is_whole(quantity) else data.draw(st.sampled_from((Fraction(1, 2), Fraction(1, 20))))
            relation = data.draw(st.sampled_from(("=", "=", ">=", "<=", ">", "<")))
            # A whole number lies at least 1 off a limit that it does not reach.
            shift = {">": -1, "<": 1}.get(relation, 0) * is_whole(quantity)
            said = claim(str(number), quantity, value - half + shift, value + half + shift)
            claims.append(replace(said, relation=relation))
    return claims


def cannot_be_asked(units) -> bool:
    """Blank columns count as not coded; a branch without files counts for the model, and not for `evaluate`."""
    return coded_nowhere(units["files"]) or lacks_a_branch(units["files"])


def is_unlimited(every: Print, question) -> bool:
    try:
        every.interval(question)
    except UserError as error:
        return "limits" in str(error)
    return False


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_second_solver_confirms_both_ends(question):
    """At each end a data set exists, beyond it none, under the first repair of every cluster."""
    quantity = parse_quantity(question, SHIPPED.codebook)
    found, part = PRINT.bounds(question), PRINT.part(quantity)
    away = {name for cluster in part.found for name in cluster.repairs[0]}
    interval = next((one for repair, one in found.per_repair.items() if set(repair) <= away), found.all_repairs)
    stated = [statement for statement in part.model.statements if statement.name not in away]
    extra = [
        Statement("low", (), quantity, None, interval.low, 1),
        Statement("below", (), quantity, None, interval.low - 1, 1),
        Statement("high", (), quantity, interval.high, None, 1),
        Statement("above", (), quantity, interval.high + 1, None, 1),
    ]
    opinion = SecondOpinion(SHIPPED.codebook, SHIPPED.size, [*stated, *extra], SHIPPED.known)
    names = [statement.name for statement in stated]
    answers = {statement.name: opinion.can_hold([*names, statement.name]) for statement in extra}
    assert answers == {"low": True, "below": False, "high": True, "above": False}


def test_known_ranges_of_the_shipped_study():
    found = PRINT.bounds("files(sex == female and n_plans >= 2)")
    assert (found.all_repairs, found.cautious) == (Interval(4, 7), Interval(0, 7))
    assert found.forced_by == (
        ("t1.sex.female", "t3.n_plans.4", "t3.n_plans.3", "t3.n_plans.2"),
        ("t1.sex.female",),
    )
    found = PRINT.bounds("met_psychiatric")
    assert found.all_repairs == found.cautious == Interval(5, 5)
    assert found.forced_by[1] == ("t3.represented_health.addiction", "text.addiction_and_psychiatric_met")
    found = PRINT.bounds("after_social_mental and after_psychiatric")
    assert found.all_repairs == Interval(0, 4)
    assert set(found.per_repair.values()) == {Interval(0, 3), Interval(0, 4), Interval(4, 4)}
    assert PRINT.bounds("mean(n_plans)").all_repairs == Interval(Fraction(7, 3), Fraction(7, 3))
    assert PRINT.bounds("maximum(n_plans) - minimum(n_plans)").all_repairs == Interval(3, 3)
    share = PRINT.bounds("files(before_health_addiction) / files(before_social_any)")
    assert share.all_repairs == Interval(Fraction(1, 2), Fraction(3, 5))


def test_planted_slips_do_not_take_the_truth_out():
    """The fictitious study's slips are among its smallest repairs, so its true numbers lie inside."""
    every = Print(FICTITIOUS.codebook, FICTITIOUS.claims, FICTITIOUS.audit.found)
    for planted in FICTITIOUS.claims:
        truth = planted.note.rpartition(" ")[2].rstrip(".")
        if planted.note.startswith("Planted") and truth.isdigit():
            found = every.interval(planted.quantity)
            assert found.low <= int(truth) <= found.high


def test_witnesses_hold_every_statement_but_those_of_a_repair():
    found = PRINT.bounds("files(after_health_any)")
    quantity = parse_quantity("files(after_health_any)", SHIPPED.codebook)
    part = PRINT.part(quantity)
    for witness, end in zip(found.witnesses, (found.low, found.high), strict=True):
        assert evaluate(quantity, witness) == end
        off = set()
        for statement in part.model.statements:
            value = evaluate(statement.quantity, witness)
            if value < (statement.low or 0) or (statement.high is not None and value > statement.high):
                off.add(statement.name)
        assert any(off <= set(sum(chosen, ())) for chosen in product(*(cluster.repairs for cluster in part.found)))


def test_a_variable_that_nobody_counted_is_free_and_named():
    found = PRINT.bounds("files(profession_social == manager and sex == female)")
    assert (found.all_repairs, found.uncounted) == (Interval(0, 7), ("profession_social",))
    assert PRINT.bounds("files(goals_worded_as == list)").all_repairs == Interval(0, 12)


SHARES = " + ".join(
    f"files(n_plans >= {number}) / files(after_{help_} and before_{help_})"
    for number, help_ in ((2, "social_mental"), (3, "social_economic"), (4, "social_substance"))
)


@pytest.mark.parametrize(
    "question, words, in_swedish",
    [
        ("files(sex == female) / files(goals_distinguished)", "divides by zero", "delas med noll"),
        ("files(sxe == female)", "Did you mean sex", "Menade du sex"),
        ("sex == female and local_agreement", "different kinds", "olika slag"),
        (SHARES, "too many parts", "för många delar"),
    ],
)
def test_what_cannot_be_bounded_is_said_in_words(question, words, in_swedish):
    for language, said in (("en", words), ("sv", in_swedish)):
        every = Print(SHIPPED.codebook, SHIPPED.claims, language=language)
        with pytest.raises(UserError, match=said):
            every.bounds(question)
        if not question.startswith("sex"):
            with pytest.raises(UserError, match=said):
                every.interval(parse_quantity(question, SHIPPED.codebook, language))


def test_a_share_may_have_no_value():
    claims = [*size_claims(files=3), claim("a", Count("files", Is("passed", "yes")), Fraction(0), Fraction(2))]
    found = bounds("files(passed) / files(passed)", FREE, claims)
    assert found.all_repairs == Interval(1, 1)
    assert not found.exists


UNLIMITED = replace(
    FREE, rows=tuple(replace(row, maximum=None) if row is FREE.variable("visits") else row for row in FREE.rows)
)


@pytest.mark.parametrize("files", (3, 40))
@pytest.mark.parametrize("question", ("sum(visits)", "maximum(visits)", "mean(visits) - 3"))
def test_what_no_printed_number_limits_is_said_in_words(question, files):
    for language, words in (("en", "No printed number limits visits"), ("sv", "Inget tryckt tal begränsar visits")):
        with pytest.raises(UserError, match=words):
            bounds(question, UNLIMITED, size_claims(files=files), language=language)


def test_every_printed_number_limits():
    """Ranges, "most" and a longest time are as good as counts."""
    ends = {
        "files(age >= 66)": (0, 0),
        "minimum(age)": (18, 65),
        "files(user_signed)": (7, 12),
        "files(user_signed and sex == female)": (2, 7),
        "files(follow_up_months >= 13)": (0, 0),
        "maximum(population) - minimum(population)": (50_000, 50_000),
        "authorities(population >= 50000)": (1, 5),
    }
    for question, interval in ends.items():
        found = PRINT.bounds(question)
        assert (found.low, found.high, found.uncounted) == (*interval, ()), question
    assert PRINT.bounds("files(age >= 66)").forced_by[1] == ("text.age.oldest",)


def test_values_above_the_usual_largest_are_not_cut_off():
    codebook = UNLIMITED
    claims = [*size_claims(files=3), claim("mean", parse_quantity("mean(visits)", codebook), Fraction(40))]
    assert bounds("maximum(visits)", codebook, claims).all_repairs == Interval(40, 120)
    assert bounds("files(visits >= 100)", codebook, claims).all_repairs == Interval(0, 1)


def test_nothing_is_decided_without_time():
    found = bounds("files(after_health_any)", SHIPPED.codebook, SHIPPED.claims, seconds=0)
    assert not found.all_repairs.decided and not found.cautious.decided
    assert found.forced_by == found.witnesses == (None, None)
    table = crosstab_bounds("help_changed", "after_health_any", SHIPPED.codebook, SHIPPED.claims, seconds=0)
    assert table["low"].isna().all() and not table["forced"].any()


@pytest.mark.long
def test_a_cross_tabulation_has_every_cell_with_its_range():
    table = crosstab_bounds("met_social_economic", "n_plans", SHIPPED.codebook, SHIPPED.claims)
    assert (table["a"] + table["b"]).tolist()[:4] == ["yes4", "yes3", "yes2", "yes1"]
    assert (table["cautious_low"] <= table["low"]).all() and (table["high"] <= table["cautious_high"]).all()
    cell = table[(table["a"] == "no") & (table["b"] == "2")].iloc[0]
    assert (cell["low"], cell["high"], cell["forced"]) == (4, 5, False)
    table = crosstab_bounds("met_health_inpatient", "met_health_outpatient", SHIPPED.codebook, SHIPPED.claims)
    assert table["forced"].all() and table["low"].tolist() == [1, 0, 4, 7]


@pytest.mark.parametrize(
    "pair, words",
    [
        (("sex", "local_agreement"), "describe different rows"),
        (("sex", "age"), "too many values to be crossed"),
        (("sex", "profession_social"), "No printed number counts profession_social"),
        (("sex", "sxe"), "not a variable"),
    ],
)
def test_what_cannot_be_crossed_is_said_in_words(pair, words):
    with pytest.raises(UserError, match=words):
        crosstab_bounds(*pair, SHIPPED.codebook, SHIPPED.claims)
