"""How firmly conclusions stand: under weightings, without indicators, without rows, over other data sets."""

from dataclasses import replace
from fractions import Fraction

import pandas as pd
import pytest
from coded import CODEBOOK
from samples import random_units

from analysis import paths
from analysis.collaboration import conclusions, degree, scales
from analysis.collaboration.conclusions import DATA_SETS, INDICATORS, ONCE, PLACE, ROWS, WEIGHTS, Run
from analysis.collaboration.scales import AXES
from analysis.printed.sample import Sample
from analysis.study import studies
from analysis.study.codebook import LANGUAGES


@pytest.fixture(scope="module")
def judgement():
    shipped = studies.read(paths.DEFAULT_STUDY)
    return scales.judgement(shipped.settings, shipped.codebook)


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
        assert run.indicators == degree.indicators(member, CODEBOOK, "en")
        assert run.criteria == conclusions.run(member, CODEBOOK, "en").criteria


def test_a_conclusion_stands_in_as_many_runs_as_it_holds_under_most_weightings(found, runs, judgement):
    rows = conclusions.conclusions(found, runs, judgement).set_index(["conclusion", "test"])
    low = [degree.share_nearer_low(run.indicators)[0] for run in runs[DATA_SETS]]
    shown = rows.loc[("degree", DATA_SETS)]
    assert shown["low"] == shown["high"] == sum(share > Fraction(1, 2) for share in low)
    assert shown["runs"] == len(low)
    weights = rows.loc[("degree", WEIGHTS)]
    assert weights["low"] == pytest.approx(float(degree.share_nearer_low(found.indicators)[0]), rel=1e-5)
    assert set(rows.index.get_level_values(0)) == {"degree", *AXES, "kind"}
    assert ("kind", WEIGHTS) not in rows.index and ("kind", ROWS) in rows.index
    for axis in AXES:
        ends = rows.loc[(axis, PLACE), ["low", "high"]].tolist()
        assert ends == pytest.approx([float(end) for end in degree.on_axis(found.indicators, axis)], rel=1e-5)


def test_only_runs_that_can_touch_a_conclusion_are_counted(found, runs, judgement, units):
    rows = conclusions.conclusions(found, runs, judgement).set_index(["conclusion", "test"])
    assert rows.loc[("degree", ROWS), "runs"] == len(units["files"]) + len(units["authorities"])
    assert rows.loc[("kind", ROWS), "runs"] == len(units["files"])
    partnership = replace(judgement, kind="partnership")
    rows = conclusions.conclusions(found, runs, partnership).set_index(["conclusion", "test"])
    assert rows.loc[("kind", ROWS), "runs"] == len(units["authorities"])
    not_coded = conclusions.conclusions(found, runs, replace(judgement, kind="pooled_budgets"))
    assert "kind" not in set(not_coded["conclusion"])


def test_what_tells_one_fact_is_tested_counted_once(units, judgement):
    same = {**units, "authorities": units["authorities"].assign(local_council=["yes"] * 4 + ["no"] * 2)}
    for name in ("local_agreement", "manager_workgroup"):
        same["authorities"][name] = same["authorities"]["local_council"]
    one = conclusions.run(same, CODEBOOK, "en")
    again = conclusions.reruns(one, same, None, CODEBOOK, "en")
    (fewer,) = again[ONCE]
    assert fewer.indicators == degree.once(one.indicators) != one.indicators
    rows = conclusions.conclusions(one, again, judgement).set_index(["conclusion", "test"])
    assert rows.loc[("degree", ONCE), "low"] == pytest.approx(
        float(degree.share_nearer_low(fewer.indicators)[0]), rel=1e-5
    )


def test_a_run_without_an_axis_leaves_the_degree_open(found, runs, judgement):
    flat = Run("x", tuple(one for one in found.indicators if one.axis == AXES[0]), found.criteria, "files")
    rows = conclusions.conclusions(found, {**runs, ROWS: [flat]}, judgement)
    shown = rows.set_index(["conclusion", "test"]).loc[("degree", ROWS)]
    assert (shown["low"], shown["high"], shown["runs"]) == (0, 1, 1)


def test_the_words_of_an_axis_fit_the_place_if_they_reach_so_far(judgement):
    frame = pd.DataFrame(
        [("horizontal", PLACE, 0.36, 0.39, "", "", ""), ("vertical", PLACE, 0.6, 0.6, "", "", "")],
        columns=conclusions.COLUMNS,
    )  # fmt: skip
    contact, support = conclusions.table(frame, CODEBOOK, judgement, "en").notes[-3:-1]
    assert "begins at 0.36 or lower and" in contact and "reaches up to 0.39 or higher" in contact
    assert "“front-line work” reaches up to 0.60 or higher" in support and "begins" not in support
    whole = replace(judgement, horizontal=tuple(CODEBOOK.frame("axis", "horizontal").code_names()[i] for i in (0, -1)))
    assert len(conclusions.table(frame, CODEBOOK, whole, "sv").notes) == 5


def test_what_print_leaves_open_is_counted_both_ways(found, runs, judgement):
    wide = tuple(replace(one, low=Fraction(0), high=Fraction(1)) for one in found.indicators)
    open_ = {test: [Run("x", wide, found.criteria)] if test == DATA_SETS else [] for test in runs}
    rows = conclusions.conclusions(found, open_, judgement).set_index(["conclusion", "test"])
    assert rows.loc[("degree", DATA_SETS), ["low", "high", "standing_low", "standing_high"]].tolist() == [
        0, 1, "none", "all"
    ]  # fmt: skip
    assert ("degree", ROWS) not in rows.index


def test_without_a_judgement_or_without_an_axis_nothing_is_claimed(found, runs, judgement):
    assert not len(conclusions.conclusions(found, runs, None))
    flat = Run("", tuple(one for one in found.indicators if one.axis == AXES[0]), found.criteria)
    rows = conclusions.conclusions(flat, {test: [] for test in conclusions.TESTS}, judgement)
    assert set(rows["conclusion"]) == {AXES[0]}


@pytest.mark.parametrize(
    ("share", "word"),
    [(0, "none"), (Fraction(1, 999), "few"), (Fraction(1, 2), "about_half"), (Fraction(3, 4), "most"), (1, "all")],
)
def test_words_for_a_share(share, word):
    assert conclusions.standing(Fraction(share)) == word


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_table_names_every_test_and_says_that_it_is_ours(found, runs, judgement, language):
    rows = conclusions.conclusions(found, runs, judgement)
    table = conclusions.table(rows, CODEBOOK, judgement, language)
    assert [head.text for head in table.head[1:]] == [
        CODEBOOK.phrase(f"test_{test}", language) for test in conclusions.TESTS if test != ONCE
    ]
    assert CODEBOOK.phrase("degree_own", language) in table.notes
    assert len(table.rows) == 2 and str(table)
