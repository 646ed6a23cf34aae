"""The model says of a data set exactly what the expressions say of it: this is what every verdict rests on."""

from dataclasses import replace
from fractions import Fraction
from itertools import product
from pathlib import Path

import pandas as pd
import pytest
from campaigns import examples
from hypothesis import given
from hypothesis import strategies as st

from analysis.printed.model import Model, Statement, possibly, surely
from analysis.study import codebook as codebooks
from analysis.study.codebook import Codebook
from analysis.study.expressions import (
    EVERY,
    Answers,
    Arithmetic,
    AtLeast,
    Compare,
    Constant,
    Count,
    Each,
    Is,
    Not,
    Same,
    Summary,
    ends,
    evaluate,
    holds,
    variables,
)

STUDY = Path(__file__).parent / "fictitious_study"
CODEBOOK = codebooks.read(STUDY / "codebook.csv")
FREE = Codebook(tuple(row for row in CODEBOOK.rows if row.type != "rule"))
TICKS = ("before_saw", "before_drill", "after_saw", "passed")
SIZE = {"files": 4, "branches": 2}

ticks = st.sampled_from(TICKS)
counts = st.sampled_from(("visits", "fee"))
numbers = st.integers(0, 10)
atoms = st.one_of(
    st.builds(Is, ticks, st.sampled_from(("yes", "no", "nd"))),
    st.builds(Is, st.just("home"), st.sampled_from(("flat", "house", "boat", "nd"))),
    st.builds(Is, st.just("age"), st.sampled_from(("young", "older", "nd"))),
    st.builds(Compare, counts, st.sampled_from((">=", "==")), numbers),
    st.builds(Same, ticks, ticks),
)
conditions = st.recursive(
    atoms,
    lambda inner: st.one_of(
        st.builds(Not, inner),
        st.lists(inner, min_size=1, max_size=3).flatmap(
            lambda parts: st.builds(AtLeast, st.integers(0, len(parts)), st.just(tuple(parts)))
        ),
    ),
    max_leaves=5,
)
counted = st.one_of(
    st.builds(Count, st.just("files"), st.one_of(conditions, st.just(EVERY))),
    st.builds(Answers, st.just("files"), st.lists(conditions, min_size=1, max_size=3).map(tuple)),
    st.builds(Summary, st.just("files"), st.just("sum"), counts),
)
linear = st.one_of(
    counted,
    st.builds(Arithmetic, st.sampled_from("+-"), counted, st.one_of(counted, st.builds(Constant, st.integers(0, 3)))),
)
quantities = st.one_of(
    linear,
    st.builds(Arithmetic, st.just("/"), counted, counted),
    st.builds(Summary, st.just("files"), st.sampled_from(("mean", "minimum", "maximum")), counts),
    st.builds(Each, st.just("files"), st.just("branch"), conditions),
)
limits = st.fractions(-3, 12, max_denominator=4)
intervals = st.one_of(
    st.tuples(limits, st.none()), st.tuples(st.none(), limits), st.tuples(limits, limits).map(lambda two: sorted(two))
)


def statement(quantity, low, high) -> Statement:
    return Statement("s", ("s",), quantity, low, high, 1)


def documented(one: Statement) -> Statement:
    """The statement, with no answer missing."""
    return replace(one, documented=frozenset(variables(one.quantity)))


def modelled(*stated: Statement, every_value: bool = False) -> Model:
    return Model(FREE, SIZE, stated, every_value=every_value)


def drawn_rows(model: Model, data) -> tuple[list[int], dict[str, pd.DataFrame]]:
    """One value for every cell of the model: its literals, and the rows that hold them."""
    literals, columns = [], {unit: {} for unit in model.size}
    for cell in model.cells:
        value = data.draw(st.sampled_from(sorted(cell.values)))
        literals += cell.values[value]
        columns[cell.unit].setdefault(cell.variable, []).append(value)
    return literals, {unit: pd.DataFrame(c, index=range(model.size[unit]), dtype=object) for unit, c in columns.items()}


def lacks_a_branch(files: pd.DataFrame) -> bool:
    """Whether a branch has no files that are known to be its own: the model counts nought there, `evaluate` nothing."""
    return "branch" in files and files.loc[files["branch"] != "nd", "branch"].nunique() < SIZE["branches"]


def coded_nowhere(rows: pd.DataFrame) -> bool:
    """Whether a column is blank throughout: then a variable counts as not coded, and nothing can be asked of it."""
    return any((rows[name] == "").all() for name in rows)


@examples(300)
@given(st.data(), quantities, intervals)
def test_a_statement_can_be_assumed_exactly_where_it_evaluates_within_its_limits(data, quantity, interval):
    low, high = interval
    model = modelled(statement(quantity, low, high), every_value=data.draw(st.booleans()))
    literals, units = drawn_rows(model, data)
    if coded_nowhere(units["files"]):
        return
    values = [evaluate(quantity, units)]
    if isinstance(quantity, Each):
        values = [
            Fraction(int((holds(quantity.condition, units["files"]) & (units["files"]["branch"] == name)).sum()))
            for name in model.names("branches")
        ]
    inside = all(v is not None and (low is None or low <= v) and (high is None or v <= high) for v in values)
    with model.solver() as solver:
        assert solver.solve(assumptions=literals)
        assert solver.solve(assumptions=[*literals, model.selectors["s"]]) == inside


@examples(200)
@given(st.data(), conditions)
def test_a_literal_is_true_in_exactly_the_rows_that_meet_the_condition(data, condition):
    if not variables(condition):
        return
    model = modelled(statement(Count("files", condition), None, None))
    literals, units = drawn_rows(model, data)
    if coded_nowhere(units["files"]):
        return
    wanted = ends(condition, units["files"])
    with model.solver() as solver:
        for row, name in product(range(SIZE["files"]), ("surely", "possibly")):
            made = (surely if name == "surely" else possibly)(condition)
            literal = model.literal(made, "files", row)
            solver.append_formula(model.clauses)
            assert solver.solve(assumptions=[*literals, literal]) == wanted[name][row]
            assert solver.solve(assumptions=[*literals, -literal]) != wanted[name][row]


def test_decoded_rows_hold_the_codes_that_were_asked_for():
    model = modelled(statement(Count("files", Is("home", "boat")), Fraction(3), Fraction(3)))
    with model.solver() as solver:
        assert solver.solve(assumptions=[model.selectors["s"]])
        units = model.decode(solver.get_model())
    assert (units["files"]["home"] == "boat").sum() == 3


def test_ordered_rows_leave_one_of_all_arrangements_of_a_data_set():
    stated = [statement(Count("files", Is("before_saw", "yes")), Fraction(0), Fraction(4))]
    found = {}
    for ordered in (False, True):
        model = Model(FREE, SIZE, stated, ordered=ordered)
        cells = [literal for cell in model.cells for literal in {abs(x) for v in cell.values.values() for x in v}]
        found[ordered] = 0
        with model.solver() as solver:
            while solver.solve():
                true = set(solver.get_model())
                found[ordered] += 1
                solver.add_clause([-x if x in true else x for x in cells])
    assert found == {False: 81, True: 15}


def test_a_rule_binds_every_row():
    stated = (
        statement(Count("files", Is("after_plane", "yes")), Fraction(3), Fraction(3)),
        replace(statement(Count("files", Is("passed", "yes")), Fraction(2), Fraction(2)), name="passed"),
    )
    for said, can_hold in ((tuple(map(documented, stated)), False), (stated, True)):
        model = Model(CODEBOOK, SIZE, said)
        assert "plane_needs_pass" in model.rules
        with model.solver() as solver:
            # An answer that is missing can be the one that the rule asks for.
            assert solver.solve(assumptions=list(model.selectors.values())) == can_hold


@pytest.mark.parametrize("name", ("cadical153", "g4", "m22"))
def test_an_empty_share_or_mean_holds_no_statement(name):
    share = statement(Arithmetic("/", Count("files", Is("age", "nd")), Constant(0)), Fraction(0), Fraction(9))
    model = modelled(share)
    with model.solver(name) as solver:
        assert not solver.solve(assumptions=[model.selectors["s"]])
