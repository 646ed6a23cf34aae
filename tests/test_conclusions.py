"""How firmly conclusions stand: under weightings, without indicators, without rows, over other data sets."""

from dataclasses import replace
from fractions import Fraction

import pytest
from coded import CODEBOOK
from samples import random_units

from analysis import collaboration, conclusions, degree, paths, studies
from analysis.codebook import LANGUAGES
from analysis.collaboration import AXES
from analysis.conclusions import DATA_SETS, INDICATORS, ROWS, WEIGHTS, Run
from analysis.sample import Sample


@pytest.fixture(scope="module")
def judgement():
    shipped = studies.read(paths.DEFAULT_STUDY)
    return collaboration.judgement(shipped.settings, shipped.codebook)


@pytest.fixture(scope="module")
def units():
    return random_units(CODEBOOK, 6, seed=4)


@pytest.fixture(scope="module")
def drawn():
    return Sample(tuple(random_units(CODEBOOK, 6, seed=seed) for seed in range(5)))


@pytest.fixture(scope="module")
def found(units):
    return conclusions.run(units, CODEBOOK, "en")


@pytest.fixture(scope="module")
def runs(found, units, drawn):
    return conclusions.reruns(found, units, drawn, CODEBOOK, "en")


def test_every_indicator_row_and_data_set_has_its_run(found, units, drawn, runs):
    assert [run.name for run in runs[INDICATORS]] == [one.name for one in found.indicators]
    for run in runs[INDICATORS]:
        assert {one.name for one in found.indicators} - {one.name for one in run.indicators} == {run.name}
    assert len(runs[ROWS]) == sum(map(len, units.values())) and len(runs[DATA_SETS]) == len(drawn)
    for run, member in zip(runs[DATA_SETS], drawn.members, strict=True):
        fresh = conclusions.run(member, CODEBOOK, "en")
        assert run.indicators == fresh.indicators and run.criteria == fresh.criteria


def test_a_conclusion_stands_in_as_many_runs_as_it_holds_under_most_weightings(found, runs, judgement):
    rows = conclusions.conclusions(found, runs, CODEBOOK, judgement).set_index(["conclusion", "test"])
    low = [degree.share_nearer_low(run.indicators)[0] for run in runs[DATA_SETS]]
    shown = rows.loc[("degree", DATA_SETS)]
    assert shown["low"] == shown["high"] == sum(share > Fraction(1, 2) for share in low)
    assert shown["runs"] == len(low)
    weights = rows.loc[("degree", WEIGHTS)]
    assert weights["low"] == pytest.approx(float(degree.share_nearer_low(found.indicators)[0]), rel=1e-5)
    assert set(rows.index.get_level_values(0)) == {"degree", *AXES, "kind"}
    assert ("kind", WEIGHTS) not in rows.index and ("kind", ROWS) in rows.index


def test_what_print_leaves_open_is_counted_both_ways(found, runs, judgement):
    wide = tuple(replace(one, low=Fraction(0), high=Fraction(1)) for one in found.indicators)
    open_ = {test: [Run("x", wide, found.criteria)] if test == DATA_SETS else [] for test in runs}
    rows = conclusions.conclusions(found, open_, CODEBOOK, judgement).set_index(["conclusion", "test"])
    assert rows.loc[("degree", DATA_SETS), ["low", "high", "standing_low", "standing_high"]].tolist() == [
        0, 1, "none", "all"
    ]  # fmt: skip
    assert ("degree", ROWS) not in rows.index


def test_without_a_judgement_or_without_an_axis_nothing_is_claimed(found, runs, judgement):
    assert not len(conclusions.conclusions(found, runs, CODEBOOK, None))
    flat = Run("", tuple(one for one in found.indicators if one.axis == AXES[0]), found.criteria)
    rows = conclusions.conclusions(flat, {INDICATORS: [], ROWS: [], DATA_SETS: []}, CODEBOOK, judgement)
    assert set(rows["conclusion"]) == {AXES[0]}


@pytest.mark.parametrize(
    ("share", "word"),
    [(0, "none"), (Fraction(1, 999), "few"), (Fraction(1, 2), "about_half"), (Fraction(3, 4), "most"), (1, "all")],
)
def test_words_for_a_share(share, word):
    assert conclusions.standing(Fraction(share)) == word


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_table_names_every_test_and_says_that_it_is_ours(found, runs, judgement, language):
    rows = conclusions.conclusions(found, runs, CODEBOOK, judgement)
    table = conclusions.table(rows, CODEBOOK, judgement, language)
    assert [head.text for head in table.head[1:]] == [
        CODEBOOK.phrase(f"test_{test}", language) for test in conclusions.TESTS
    ]
    assert CODEBOOK.phrase("degree_own", language) in table.notes
    assert len(table.rows) == 4 and str(table)
