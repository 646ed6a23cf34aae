"""A time limit gives `not decided`, never a wrong verdict: whatever is decided is what is found without one."""

from dataclasses import replace
from functools import cache

import pytest
from published_studies import FICTITIOUS, SHIPPED

from analysis.__main__ import main
from analysis.printed import contradictions, findings, forced
from analysis.printed.bounds import Print
from analysis.printed.contradictions import audit, conflicts_table, repairs_table
from analysis.printed.forced import UNDECIDED, forced_facts, pair_bounds
from benchmarks.studies import random_study

HARD = random_study(12, 28, 3)
"""Tied together so closely that the solver needs a while."""

STUDIES = {"shipped": SHIPPED, "fictitious": FICTITIOUS, "hard": HARD}
BUDGETS = (0, 0.2)
"""From nothing to not quite enough; how far each gets differs from machine to machine."""

QUICK = (("fictitious", 0.2), ("hard", 0))
"""What every run of the tests tries."""


@cache
def whole(name):
    """The audit and the pairs of a study with all the time they take."""
    study = STUDIES[name]
    found = audit(study.codebook, study.claims)
    return found, pair_bounds(study.codebook, study.claims, found.found)


@pytest.mark.parametrize(
    ("name", "seconds"),
    [
        pytest.param(name, seconds, marks=() if (name, seconds) in QUICK else pytest.mark.long)
        for name in STUDIES
        for seconds in BUDGETS
    ],
)
def test_what_is_decided_in_time_is_right(name, seconds):
    study, (truth, pairs) = STUDIES[name], whole(name)
    found = audit(study.codebook, study.claims, seconds)
    open_ = {statement.name for part in found.undecided for statement in part}
    assert set(found.found) == {cluster for cluster in truth.found if not cluster.names & open_}
    assert found.changes in (truth.changes, None)
    for repair, values in found.values.items():
        for claim, numbers in values.items():
            # What other clusters leave to choose must be known too, before a value counts as possible.
            assert numbers is None or open_ or numbers == truth.values[repair][claim]
    for mine, theirs in zip(found.readings, truth.readings, strict=True):
        assert mine.changes in (theirs.changes, None)
    limited = pair_bounds(study.codebook, study.claims, found.found, seconds, found.undecided)
    for end in ("low", "high", "cautious_low", "cautious_high"):
        known = limited[end].notna()
        assert (limited.loc[known, end] == pairs.loc[known, end]).all()


@pytest.mark.parametrize("seconds", BUDGETS)
def test_facts_forced_in_time_are_forced(seconds):
    study = FICTITIOUS
    facts = forced_facts(study.codebook, study.claims, study.audit.found, seconds)
    every = Print(study.codebook, study.claims, study.audit.found)
    for fact in facts[facts["reading"] != UNDECIDED].itertuples():
        found = every.bounds(fact.fact)
        assert found.low == found.high == fact.low
    assert (facts["reading"] == UNDECIDED).any() or len(facts) == len(study.facts)


def test_nothing_decided_is_said_in_every_table():
    found = audit(SHIPPED.codebook, SHIPPED.claims, seconds=0)
    assert not found.found and found.changes is None
    assert len(found.undecided) > 1
    for language, words in (("en", "not decided in the time given"), ("sv", "inte avgjort på den givna tiden")):
        conflicts = conflicts_table(found, language)
        assert set(conflicts["verdict"]) == {words}
        assert {name for row in conflicts["claims"] for name in row.replace(" = ", "; ").split("; ")} >= {
            name for statement in found.stated for name in statement.ids
        }
        shown = findings.contradictions(conflicts, SHIPPED.claims, SHIPPED.codebook, language)
        assert len(shown.rows) == 2 * len(found.undecided) and words in str(shown.rows) and " 0 " in shown.title
        assert repairs_table(found, language).empty
        assert words in contradictions.most_that_hold(found, language)
        facts = forced_facts(SHIPPED.codebook, SHIPPED.claims, found.found, 0, found.undecided)
        told = findings.forced(facts, SHIPPED.claims, SHIPPED.codebook, language)
        assert words in str(told.rows)


def test_an_audit_that_stops_half_way_says_which_values_and_proofs_are_open():
    late = replace(SHIPPED.audit, deadline=0, values={repair: dict.fromkeys(repair) for repair in SHIPPED.audit.values})
    conflicts = conflicts_table(late)
    assert set(conflicts["certificate"]) == {"not decided in the time given"}
    assert conflicts["explanations"].str.contains("not decided in the time given").all()
    assert not conflicts["explanations"].str.contains("neither rounding").any()
    assert set(repairs_table(late)["values"]) == {"not decided in the time given"}


def test_the_prompt_says_that_it_was_not_decided(capsys):
    assert main(["bounds", "files(after_health_any)", "--seconds", "0"]) == 0
    assert "not decided in the time given" in capsys.readouterr().out


def test_conflicts_that_are_not_known_leave_every_range_open():
    every = Print(SHIPPED.codebook, SHIPPED.claims, (), [SHIPPED.stated])
    assert not every.bounds("files(after_health_any)").all_repairs.decided
    facts = forced.forced_facts(SHIPPED.codebook, SHIPPED.claims, (), undecided=[SHIPPED.stated])
    assert set(facts["reading"]) == {UNDECIDED}
