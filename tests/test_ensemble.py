"""One of many: what is drawn holds the printed figures, what is counted agrees with a list of all data sets."""

from fractions import Fraction
from functools import cache
from itertools import combinations_with_replacement, product
from math import prod

import pandas as pd
import pytest
from published_studies import FICTITIOUS, SHIPPED

from analysis.printed import counting, ensemble
from analysis.printed.ensemble import Universe
from analysis.printed.model import Model, Statement
from analysis.study.expressions import breaks, evaluate, parse_quantity, variables

MEMBERS = 4


@cache
def universe(study) -> Universe:
    return ensemble.universe(study.codebook, study.claims)


@cache
def members(study):
    return universe(study).draw(MEMBERS, seed=2018)


@pytest.mark.parametrize("study", [pytest.param(SHIPPED, marks=pytest.mark.long), FICTITIOUS])
def test_every_data_set_of_the_sample_holds_what_print_keeps(study):
    drawn = members(study)
    for statement in universe(study).stated:
        for member in drawn:
            value = evaluate(statement.quantity, member)
            assert statement.low is None or value >= statement.low, statement.name
            assert statement.high is None or value <= statement.high, statement.name


@pytest.mark.parametrize("study", [pytest.param(SHIPPED, marks=pytest.mark.long), FICTITIOUS])
def test_every_data_set_of_the_sample_keeps_the_rules_of_its_rows(study):
    model = Model(study.codebook, universe(study).size, universe(study).stated)
    for member in members(study):
        for name, rule in model.rules.items():
            unit = study.codebook.unit(study.codebook.variable(name).sheet)
            if not set(variables(rule)) <= set(member[unit]):
                continue  # it ties variables that print does not count, and no data set of the sample shows them
            assert not breaks(rule, member[unit]).any(), name


def test_the_seed_alone_decides_and_data_sets_differ():
    again = ensemble.universe(FICTITIOUS.codebook, FICTITIOUS.claims).draw(MEMBERS, seed=2018)
    for first, second in zip(members(FICTITIOUS), again, strict=True):
        pd.testing.assert_frame_equal(first["files"], second["files"])
    shown = {member["files"].to_csv() for member in again}
    assert len(shown) == MEMBERS


def test_the_shipped_study_is_counted_exactly_and_drawn_evenly():
    assert universe(SHIPPED).is_even
    for unit in SHIPPED.size:
        assert universe(SHIPPED).data_sets(unit).is_exact


def small(*printed: tuple[str, int, int], size: int = 4) -> Universe:
    """The data sets of a study of a few rows, without conflicts: quantities with their limits."""
    book = FICTITIOUS.codebook
    stated = tuple(
        Statement(f"s{n}", (f"s{n}",), parse_quantity(text, book), Fraction(low), Fraction(high), 1)
        for n, (text, low, high) in enumerate(printed)
    )
    return Universe(book, {"files": size, "branches": 2}, stated)


def listed(many: Universe) -> tuple[int, int]:
    """How many data sets there are with and without names of rows, from a list of all."""
    model = Model(many.codebook, many.size, many.stated)
    names = [name for name in model.variables if model.unit(name) == "files"]
    values = [list(next(cell for cell in model.cells if cell.variable == name).values) for name in names]
    rules = {rule.name: rule for rule in many.codebook.rules()}
    lines = [line for line in product(*values) if allowed(dict(zip(names, line, strict=True)), rules)]

    def fits(rows) -> bool:
        units = {"files": pd.DataFrame(rows, columns=names, dtype=object)}
        return all(s.low <= evaluate(s.quantity, units) <= s.high for s in many.stated)

    size = many.size["files"]
    unnamed = sum(map(fits, combinations_with_replacement(lines, size)))
    named = sum(map(fits, product(lines, repeat=size)))
    return named, unnamed


def allowed(row: dict[str, str], rules) -> bool:
    return "plane_needs_pass" not in rules or row.get("passed") != "no" or row.get("after_plane") != "yes"


@pytest.mark.parametrize(
    "printed",
    [
        (("files(before_saw)", 2, 2), ("files(before_drill)", 1, 1), ("files(before_saw and before_drill)", 0, 1)),
        (("files(after_plane)", 1, 1), ("files(passed)", 2, 2)),
        (("files(age == young)", 1, 1), ("files(before_saw)", 1, 3)),
        (("files(before_saw) - files(before_drill)", 1, 4),),
    ],
)
def test_data_sets_are_counted_as_a_list_of_all_counts_them(printed):
    many = small(*printed, size=3)
    named, unnamed = listed(many)
    counted = many.data_sets()
    assert counted.is_exact
    assert counted.low == unnamed
    assert prod(part.labelled("files").low for part in many.parts) == named


def test_bounds_hold_where_too_many_are_to_be_counted(monkeypatch):
    printed = (("files(after_plane)", 1, 1), ("files(passed)", 2, 2), ("files(after_plane and asked_again)", 1, 1))
    exact = small(*printed).data_sets()
    monkeypatch.setattr(counting, "MOST_MOVES", 10)
    bounded = small(*printed)
    assert not bounded.is_even
    assert exact.is_exact
    assert bounded.data_sets().low <= exact.low <= bounded.data_sets().high
    assert len(bounded.draw(3, seed=1)) == 3
    monkeypatch.setattr(ensemble, "MOST_ROWS", 3)
    assert bounded.data_sets().low <= exact.low <= bounded.data_sets().high


def test_partitions_are_all_ways_to_write_a_number_as_a_sum():
    assert sorted(ensemble.partitions(4)) == [(1, 1, 1, 1), (2, 1, 1), (2, 2), (3, 1), (4,)]
    assert len(list(ensemble.partitions(12))) == 77


def test_a_single_file_that_print_forces_is_counted_and_not_named():
    many = small(
        ("files(before_saw)", 3, 3), ("files(before_drill)", 1, 1), ("files(before_saw or before_drill)", 3, 3)
    )
    facts = many.privacy(many.draw(4, seed=1)).set_index("fact")
    assert facts.loc["single_2"].tolist() == ["1", "1"]
    assert facts.loc["printed_2"].tolist() == ["0", "0"]
    assert not facts.index.str.contains("saw|drill").any()


def test_a_single_file_that_print_itself_states_is_told_as_such():
    many = small(
        ("files(before_saw)", 3, 3), ("files(before_drill)", 2, 2), ("files(before_saw and before_drill)", 1, 1)
    )
    facts = many.privacy(many.draw(6, seed=1)).set_index("fact")
    assert facts.loc["single_2", "low"] == facts.loc["printed_2", "low"] == "1"


def test_a_row_of_every_data_set_is_found():
    many = small(("files(before_saw)", 4, 4))
    facts = many.privacy(many.draw(3, seed=1)).set_index("fact")
    assert facts.loc["data_sets"].tolist() == facts.loc["rows_in_all"].tolist() == ["1", "1"]
