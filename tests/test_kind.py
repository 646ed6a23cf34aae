"""The kind of collaboration by criteria: counted, decided, and how far from changing."""

import pytest
from coded import CODEBOOK
from samples import random_units

from analysis import paths
from analysis.collaboration import kind
from analysis.explore import exploring
from analysis.sheets import workbook
from analysis.study import studies
from analysis.study.codebook import LANGUAGES
from analysis.study.expressions import holds, parse_condition


@pytest.fixture(scope="module")
def shipped():
    return studies.read(paths.DEFAULT_STUDY)


@pytest.fixture(scope="module")
def found(shipped):
    units = workbook.read_tidy(paths.derived(paths.DEFAULT_STUDY), shipped.codebook)
    return kind.criteria(units, shipped.codebook, "en", exploring.leeway(shipped))


def test_every_model_has_one_criterion_in_the_order_of_the_scale(found):
    models = CODEBOOK.frame("scale", "kind").code_names()
    assert tuple(one.kind for one in found) == models
    assert sorted(row.block for row in CODEBOOK.frames[kind.TYPE].values()) == sorted(models)


def test_the_kind_by_files_agrees_with_the_judgement_of_the_shipped_study(found, shipped):
    by_level = kind.decided(found)
    assert by_level["files"] == shipped.settings["judgement"]["kind"]
    assert by_level["authorities"] == "partnership"


def test_a_criterion_counts_the_rows_that_meet_it():
    units = random_units(CODEBOOK, 12)
    for one in kind.criteria(units, CODEBOOK, "en"):
        (row,) = [row for row in CODEBOOK.frames[kind.TYPE].values() if row.block == one.kind]
        if row.definition:
            assert one.low == one.high == holds(parse_condition(row.definition, CODEBOOK), units[one.unit]).sum()
        else:
            assert one.outcome == kind.NOT_CODED


@pytest.mark.parametrize(
    ("low", "high", "size", "outcome", "margin"),
    [
        (7, 7, 12, kind.MET, "1 fewer"),
        (6, 6, 12, kind.NOT_MET, "1 more"),
        (10, 12, 12, kind.MET, "4 fewer"),
        (5, 8, 12, kind.OPEN, "–"),
        (2, 2, 3, kind.MET, "1 fewer"),
        (0, 0, 1, kind.NOT_MET, "1 more"),
    ],
)
def test_more_than_half_is_met_and_the_margin_is_what_changes_it(low, high, size, outcome, margin):
    one = kind.Criterion("partnership", "x", "files", low, high, size)
    assert one.outcome == outcome
    assert kind._margin(one, CODEBOOK, "en") == margin
    if outcome != kind.OPEN:
        step = int(margin.split()[0]) * (-1 if outcome == kind.MET else 1)
        moved = kind.Criterion("partnership", "x", "files", low + step, low + step, size)
        assert (moved.outcome == kind.MET) != (outcome == kind.MET)


def test_what_nobody_coded_is_neither_met_nor_ruled_out():
    units = random_units(CODEBOOK, 12)
    units["files"]["follow_up_held"] = ""
    (one,) = [one for one in kind.criteria(units, CODEBOOK, "en") if one.kind == "interagency_meetings"]
    assert one.outcome == kind.NOT_CODED and "interagency_meetings" not in kind.decided([one]).values()
    assert kind.criteria({"files": units["files"]}, CODEBOOK, "en")[4].outcome == kind.NOT_CODED


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_table_tells_the_decision_and_that_it_is_ours(found, language):
    table = kind.table(found, CODEBOOK, language)
    assert CODEBOOK.phrase("degree_own", language) in table.notes
    assert sum(word in " ".join(table.notes) for word in ("Interagency meetings", "Samverkansmöten")) == 1
    assert sum(word in " ".join(table.notes) for word in ("(step 3 of 7)", "(steg 3 av 7)")) == 1
    assert len(table.rows) == 7 and table.to_html()


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        (((10, 10), (5, 5)), True),
        (((10, 10), (7, 7)), False),
        (((10, 10), (5, 8)), None),
        (((5, 8), (5, 5)), None),
        (((5, 6), (5, 5)), False),
        (((None, None), (5, 5)), None),
    ],
)
def test_a_kind_is_borne_out_if_no_more_complex_one_is_met(numbers, expected):
    (low, high), (above_low, above_high) = numbers
    found = (
        kind.Criterion("interagency_meetings", "x", "files", low, high, 12),
        kind.Criterion("multidisciplinary_teams", "x", "files", above_low, above_high, 12),
        kind.Criterion("partnership", "x", "authorities", 6, 6, 6),
    )
    assert kind.is_borne_out(found, "interagency_meetings") is expected


def test_criteria_that_are_stored_are_read_back():
    found = kind.criteria(random_units(CODEBOOK, 5), CODEBOOK, "sv")
    stored = kind.to_frame(found)
    assert kind.from_frame(stored, CODEBOOK, "sv") == found
    assert kind.from_frame(stored.astype(str), CODEBOOK, "sv") == found


def test_what_moves_the_kind_one_step_down_or_up():
    def one(name, number, unit="files"):
        return kind.Criterion(name, "x", unit, number, number, 12)

    found = (one("a", 12), one("b", 9), one("c", 5), one("d", 3), one("e", 12, "authorities"))
    assert kind.decided(found) == {"files": "b", "authorities": "e"}
    (fewer, below), (more, above) = kind.steps(found, "b")
    assert (below, above) == ("a", "c")
    fallen = tuple(one("b", 9 - fewer) if each.kind == "b" else each for each in found)
    risen = tuple(one("c", 5 + more) if each.kind == "c" else each for each in found)
    assert kind.decided(fallen)["files"] == "a" and kind.decided(risen)["files"] == "c"
    nearly = tuple(one("c", 5 + more - 1) if each.kind == "c" else each for each in found)
    assert kind.decided(nearly)["files"] == "b"
    assert kind.steps(found, "e") == ((6, None), None)


def test_the_table_says_what_gaps_leave_open():
    units = random_units(CODEBOOK, 12)
    together = dict.fromkeys(("met_social_economic", "met_health_primary"), "yes")
    units["files"] = units["files"].assign(**together, follow_up_held=["yes"] * 4 + ["nd"] * 8)
    found = kind.criteria(units, CODEBOOK, "en")
    by_files = kind.table(found, CODEBOOK, "en").notes[0]
    assert "Judged by files: Information exchange (step 1 of 7)." in by_files and "It would" not in by_files
    assert "Left open by print or by gaps, judged by files: Interagency meetings (step 3 of 7)." in by_files
    assert kind.is_borne_out(found, "interagency_meetings") is None
    assert kind.is_borne_out(found, "information_exchange") is None
