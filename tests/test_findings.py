"""What readers are told of contradictions and of the files behind counts."""

import math
import re

import pytest
from published_studies import SHIPPED
from published_studies import conflicts as conflicts_of

from analysis import paths
from analysis.counts import agreement
from analysis.explore import protocol
from analysis.printed import contradictions, findings, wording
from analysis.sheets import workbook
from analysis.study import studies
from analysis.study.codebook import LANGUAGES

STUDY = studies.read(paths.DEFAULT_STUDY)
UNITS = workbook.load(paths.raw(STUDY.name), STUDY.codebook, status=STUDY.status)


@pytest.fixture
def audit():
    return SHIPPED.audit


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_contradictions_shown_prove_how_many_numbers_must_change(audit, language):
    conflicts = conflicts_of(SHIPPED, language)
    shown = findings.contradictions(conflicts, STUDY.claims, STUDY.codebook, language)
    assert str(len(conflicts)) in shown.title
    proofs = [row.label for row in shown.rows if row.kind == "block"]
    assert all(" > " in proof for proof in proofs)
    needed = sum(len(cluster.repairs[0]) for cluster in audit.found)
    assert needed <= len(proofs) < len(conflicts)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_contradiction_lists_each_of_its_numbers_by_the_letter_of_the_proof(audit, language):
    conflicts = conflicts_of(SHIPPED, language)
    shown = findings.contradictions(conflicts, STUDY.claims, STUDY.codebook, language)
    rows = iter(shown.rows)
    for one in conflicts[conflicts["leading"] == "yes"].itertuples():
        assert next(rows).label == one.certificate
        for letter, name in zip("abcdefghijkl", one.claims.split("; "), strict=False):
            row, claim = next(rows), next(c for c in STUDY.claims if c.id == name.split(" = ")[0])
            assert row.label == f"{letter}: {wording.place(STUDY.codebook, claim, language)}"
            assert row.cells[0].text.startswith(claim.published.rstrip("*")) and " = " not in row.cells[0].text
        assert next(rows).label == one.in_words
        if one.rests_on:
            assert next(rows).label == one.rests_on
    assert next(rows, None) is None


@pytest.mark.parametrize("language", LANGUAGES)
def test_readers_are_told_tables_and_rows_and_no_name_of_a_variable_or_claim(audit, language):
    names = {*STUDY.codebook.variables, *(claim.id for claim in STUDY.claims)}
    names = {name for name in names if "_" in name or "." in name}
    conflicts = conflicts_of(SHIPPED, language)
    repairs = contradictions.repairs_table(audit, language)
    facts = SHIPPED.facts
    shown = [
        findings.contradictions(conflicts, STUDY.claims, STUDY.codebook, language),
        findings.explanations(conflicts, STUDY.codebook, language),
        findings.ways_out(repairs, STUDY.codebook, language),
        findings.forced(facts, STUDY.claims, STUDY.codebook, language),
    ]
    for table in shown:
        said = " ".join(text for row in table.rows for text in (row.label, *(cell.text for cell in row.cells)))
        assert not set(re.findall(r"[\w.]*\w", said)) & names
    told = " ".join(row.label for row in shown[-1].rows)
    assert all(fact in told for fact in facts[f"statement_{language}"])
    assert len([row for row in shown[-1].rows if row.cells]) < len(facts)


def test_every_number_that_gave_way_is_among_the_ways_out(audit):
    repairs = contradictions.repairs_table(audit, "en")
    named = {row.label for row in findings.ways_out(repairs, STUDY.codebook, "en").rows}
    gone = [claim for claim in STUDY.claims if claim.id in STUDY.ledger]
    for claim in gone:
        assert any(label.endswith(claim_label(claim)) for label in named), claim.id


def test_what_a_number_could_be_is_every_value_of_every_way_out(audit):
    table = contradictions.repairs_table(audit, "en")
    for number, cluster in enumerate(audit.found, start=1):
        for name in {name for repair in cluster.repairs for name in repair}:
            possible = {value for repair in cluster.repairs for value in audit.values[repair].get(name, ())}
            (shown,) = set(table.loc[(table["cluster"] == number) & (table["claim"] == name), "in_any_repair"])
            assert {int(v) for v in possible if v == int(v)} == in_full(shown)
    values = dict(zip(table["what"], table["in_any_repair"], strict=True))
    assert {row.label: row.cells[1].text for row in findings.ways_out(table, STUDY.codebook, "en").rows} == values


def in_full(text):
    """The whole numbers that a text such as `1, 3 to 5` lists."""
    spans = [part.split(" to ") for part in text.split(", ")]
    return {n for span in spans for n in range(math.ceil(float(span[0])), math.floor(float(span[-1])) + 1)}


def claim_label(claim):
    return wording.cell(STUDY.codebook, claim.block, claim.item, claim.column, "en")


def test_counts_and_rows_lead_to_each_other():
    behind = findings.files_behind(STUDY.claims, UNITS, STUDY.codebook, "en")
    row = UNITS["files"].iloc[0, 0]
    entered = findings.counts_entered(row, STUDY.claims, UNITS, STUDY.codebook, "en")
    assert {entry.label for entry in behind.rows if row in entry.cells[1].text.split(", ")} == {
        entry.label for entry in entered.rows
    }


def test_the_verdicts_add_up_to_all_printed_numbers():
    shown = findings.verdicts(agreement.compare(STUDY.claims, UNITS), STUDY.codebook, "en")
    assert sum(int(row.cells[-1].text) for row in shown.rows) == len(STUDY.claims)


def test_a_question_without_a_count_says_so():
    shown = protocol.answers(UNITS, STUDY.codebook, "why", "en")
    texts = {row.cells[0].text: row.cells[1].text for row in shown.rows}
    assert texts["The plan says why it was made"].startswith("none")
    assert texts["Help changed"] == "12 / 12"


def test_means_and_readings_are_told_by_their_places(audit):
    told = STUDY.claims, STUDY.codebook, "en"
    (mean,) = findings.means(contradictions.means_table(audit), *told).rows
    assert mean.label == "Table 3, Number of plans: Mean"
    assert [cell.text for cell in mean.cells][:3] == ["2,2", "26, 27", "some whole sum gives it"]
    read = findings.readings(contradictions.readings_table(audit), *told)
    shown = {row.label: [cell.text for cell in row.cells] for row in read.rows}
    total = shown["Table 2, Health care: Files with a health care intervention, after the plan"]
    assert total[0] == "13" and "7 + 5 + 0 + 1 = 13" in total[1]
    assert int(total[2]) > int(total[3])
