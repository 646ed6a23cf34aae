"""One of many: what is drawn holds the printed figures, what is counted agrees with a list of all data sets."""

from dataclasses import replace
from fractions import Fraction
from functools import cache
from itertools import combinations_with_replacement, product

import pandas as pd
import pytest
from published_studies import FICTITIOUS, SHIPPED

from analysis import ensemble
from analysis.contradictions import Audit
from analysis.expressions import evaluate, parse_quantity
from analysis.model import Model, Statement

MEMBERS = 12


@cache
def members(study):
    return ensemble.ensemble(study.audit, MEMBERS, seed=2018)


@pytest.mark.parametrize("study", [pytest.param(SHIPPED, marks=pytest.mark.long), FICTITIOUS])
def test_every_data_set_of_the_sample_holds_what_print_keeps(study):
    drawn = members(study)
    for statement in ensemble.holding(study.audit):
        for member in drawn:
            value = evaluate(statement.quantity, member)
            assert statement.low is None or value >= statement.low, statement.name
            assert statement.high is None or value <= statement.high, statement.name


def test_the_seed_alone_decides_and_data_sets_differ():
    again = ensemble.ensemble(FICTITIOUS.audit, MEMBERS, seed=2018)
    for first, second in zip(members(FICTITIOUS), again, strict=True):
        pd.testing.assert_frame_equal(first["files"], second["files"])
    shown = {member["files"].to_csv() for member in again}
    assert len(shown) == MEMBERS


@pytest.mark.long
def test_a_printed_count_does_not_move_and_an_unprinted_one_does():
    table = ensemble.spread(
        members(SHIPPED),
        {
            "printed": parse_quantity("files(sex == female)", SHIPPED.codebook),
            "open": parse_quantity("files(sex == female and residence == regular)", SHIPPED.codebook),
        },
    ).set_index("result")
    assert table.loc["printed", ["smallest", "largest", "values"]].tolist() == [7, 7, 1]
    assert table.loc["open", "values"] > 1


def small(*printed: tuple[str, int, int], size: int = 4) -> Audit:
    """A study of a few rows, without conflicts: quantities with their limits."""
    book = FICTITIOUS.codebook
    stated = tuple(
        Statement(f"s{n}", (f"s{n}",), parse_quantity(text, book), Fraction(low), Fraction(high), 1)
        for n, (text, low, high) in enumerate(printed)
    )
    return replace(
        FICTITIOUS.audit, size={"files": size, "branches": 2}, stated=stated, found=(), values={}, readings=()
    )


def listed(audit: Audit) -> tuple[int, int]:
    """How many data sets there are with and without names of rows, from a list of all."""
    model = Model(audit.codebook, audit.size, audit.stated)
    names = [name for name in model.variables if model.unit(name) == "files"]
    values = [list(next(cell for cell in model.cells if cell.variable == name).values) for name in names]
    rules = {rule.name: rule for rule in audit.codebook.rules()}
    lines = [line for line in product(*values) if allowed(dict(zip(names, line, strict=True)), rules)]

    def holds(rows) -> bool:
        units = {"files": pd.DataFrame(rows, columns=names, dtype=object)}
        return all(s.low <= evaluate(s.quantity, units) <= s.high for s in audit.stated)

    size = audit.size["files"]
    unnamed = sum(map(holds, combinations_with_replacement(lines, size)))
    named = sum(map(holds, product(lines, repeat=size)))
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
    audit = small(*printed, size=3)
    held = ensemble.ensemble(audit, 1, seed=1)[0]
    named, unnamed = listed(audit)
    counted = ensemble.data_sets(audit, held)
    assert counted.is_exact
    assert counted.low == unnamed
    together = 1
    for part in ensemble.components(audit.codebook, audit.stated):
        together *= ensemble.labelled(audit, part, held).low
    assert together == named


def test_bounds_hold_where_too_many_are_to_be_counted(monkeypatch):
    audit = small(("files(after_plane)", 1, 1), ("files(passed)", 2, 2), ("files(after_plane and asked_again)", 1, 1))
    held = ensemble.ensemble(audit, 1, seed=1)[0]
    exact = ensemble.data_sets(audit, held)
    monkeypatch.setattr(ensemble, "MOST_PROFILES", 3)
    monkeypatch.setattr(ensemble, "MOST_FREE", 2)
    bounded = ensemble.data_sets(audit, held)
    assert exact.is_exact
    assert bounded.low <= exact.low <= bounded.high
    assert bounded.low < bounded.high


def test_partitions_are_all_ways_to_write_a_number_as_a_sum():
    assert sorted(ensemble.partitions(4)) == [(1, 1, 1, 1), (2, 1, 1), (2, 2), (3, 1), (4,)]
    assert len(list(ensemble.partitions(12))) == 77


def test_a_single_file_that_print_forces_is_counted_and_not_named():
    audit = small(
        ("files(before_saw)", 3, 3), ("files(before_drill)", 1, 1), ("files(before_saw or before_drill)", 3, 3)
    )
    drawn = ensemble.ensemble(audit, 4, seed=1)
    facts = ensemble.privacy(audit, drawn)
    pairs = facts.loc[facts["what"].str.startswith("pairs of codes"), "number"].item()
    assert pairs == "1"
    assert not facts["what"].str.contains("saw|drill").any()
