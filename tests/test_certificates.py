"""Certificates hold by whole numbers alone, in every row that the codebook allows, written out as a truth table."""

from dataclasses import replace
from fractions import Fraction
from functools import cache
from itertools import product

import pandas as pd
import pytest
from published_studies import FICTITIOUS, SHIPPED, STUDIES
from published_studies import conflicts as conflicts_of
from test_bounds import claim

from analysis.printed.certificates import Certificate, Granularity, Remainder, certificate
from analysis.printed.contradictions import audit, conflicts_table, means_table
from analysis.study.claims import is_whole, printed_interval
from analysis.study.expressions import Answers, Cells, Count, Summary, holds, parse_condition, parse_quantity, variables


@cache
def truth_table(study, names: tuple[str, ...]) -> pd.DataFrame:
    """Every row of the named variables that meets the rules among them."""
    book = study.codebook
    values = []
    for name in names:
        variable = book.variable(name)
        if variable.type == "count":
            values.append([str(n) for n in range(variable.minimum, variable.maximum + 1)])
        else:
            values.append(["yes", "no"] if variable.type == "tick" else [*variable.code_names(), "nd"])
    rows = pd.DataFrame(product(*values), columns=list(names), dtype=object)
    for rule in book.rules():
        condition = parse_condition(rule.definition, book)
        if set(variables(condition)) <= set(names):
            rows = rows[holds(condition, Cells(rows, are_answers=True))]
    return rows.reset_index(drop=True)


@cache
def adds(study, names, quantity) -> pd.Series:
    rows = truth_table(study, names)
    match quantity:
        case Count(condition=condition):
            return holds(condition, rows).astype(int)
        case Answers(conditions=parts):
            return sum(holds(part, rows).astype(int) for part in parts)
        case Summary(statistic="sum", variable=name):
            return rows[name].astype(int)
    raise TypeError(quantity)


def involved(study, conflict) -> tuple[str, ...]:
    """Variables of the conflict, and of every rule of the study that shares one with them."""
    names = {name for s in study.stated if s.name in conflict for name in variables(s.quantity)}
    for rule in study.codebook.rules():
        used = set(variables(parse_condition(rule.definition, study.codebook)))
        if used <= study.known and used & names:
            names |= used
    return tuple(sorted(names))


def proof_of(study, number, conflict):
    return certificate(study.codebook, study.size, study.audit.part(study.audit.found[number]), conflict)


@pytest.mark.parametrize("study", STUDIES.values(), ids=STUDIES)
def test_a_certificate_holds_in_every_row_of_the_truth_table(study):
    for number, cluster in enumerate(study.audit.found):
        for conflict in cluster.conflicts:
            proof = proof_of(study, number, conflict)
            if proof is None:
                assert study is FICTITIOUS
            else:
                assert_it_holds(study, conflict, proof)


def assert_it_holds(study, conflict, proof):
    names = involved(study, conflict)
    total = sum(
        times * number * adds(study, names, quantity) for times, term in proof.terms for number, quantity in term.parts
    )
    stated = {statement.name: statement for statement in study.stated}
    if isinstance(proof, Granularity):
        small, large = (Fraction(*pair) for pair in proof.nearest)
        assert small < stated[proof.term.name].low <= stated[proof.term.name].high < large
        return
    if isinstance(proof, Certificate):
        assert {name for _, term in proof.terms for name in (term.name, *term.given)} == set(conflict)
        assert total.max() == proof.most["files"]
        assert proof.printed > proof.limit == study.size["files"] * proof.most["files"]
    else:
        for name in proof.nobody:
            assert stated[name].high == 0
            total = total[adds(study, names, stated[name].quantity) == 0]
        assert set(total % proof.divisor) == {proof.each["files"]}
        assert {term.name for _, term in proof.terms} | set(proof.nobody) == set(conflict)
        left = study.size["files"] * proof.each["files"] % proof.divisor
        assert all(value % proof.divisor != left for value in range(proof.low, proof.high + 1))
    for times, term in proof.terms:
        statement = stated[term.name]
        if statement.low == statement.high:
            assert term.low == term.high == statement.low or len(term.parts) > 1, (times, term)


SHARES = {
    "72.9 %": "files(mental_health == yes) / files()",
    "54.1 %": "files(mental_health == yes and sex == female) / files()",
    "88.9 %": "files(mental_health == yes and sex == female) / files(mental_health == yes)",
    "90.0 %": "files(mental_health == yes and sex == female) / files(mental_health == yes)",
    "1.74": "mean(n_plans)",
    "27": "files(mental_health == yes)",
}


@pytest.mark.parametrize(
    ("printed", "line"),
    [
        (("72.9 %",), "26/37 = 70.3%, 27/37 = 73.0%; nothing between"),
        (("27", "90.0 %"), "24/27 = 88.9%, 25/27 = 92.6%; nothing between"),
        (("54.1 %", "88.9 %"), "20/23 = 87.0%, 20/22 = 90.9%; nothing between"),
        (("1.74",), "64/37 = 1.73, 65/37 = 1.76; nothing between"),
    ],
)
def test_a_share_or_mean_that_no_whole_number_gives_is_proved_in_one_line(printed, line):
    book = SHIPPED.codebook
    claims = [claim("n", parse_quantity("files()", book), Fraction(37))]
    for shown in printed:
        quantity = parse_quantity(SHARES[shown], book)
        claims.append(
            replace(claim(shown, quantity, *printed_interval(shown, whole=is_whole(quantity))), published=shown)
        )
    found = audit(book, claims)
    for language, proof in (
        ("en", line),
        ("sv", line.replace(".", ",").replace("nothing between", "inget däremellan")),
    ):
        (row,) = conflicts_table(found, language).to_dict("records")
        assert row["claims"] == "; ".join(printed)
        assert row["certificate"] == proof
        assert proof.partition(" = ")[0] in row["in_words"] and "{" not in row["in_words"]


def test_the_shipped_study_needs_one_remainder_and_no_search():
    kinds = [
        type(proof_of(SHIPPED, number, conflict))
        for number, cluster in enumerate(SHIPPED.audit.found)
        for conflict in cluster.conflicts
    ]
    assert kinds.count(Remainder) == 1
    assert kinds.count(Certificate) == len(kinds) - 1


def test_known_contradictions_are_proved_in_one_line():
    lines = set(conflicts_of(SHIPPED, "en")["certificate"])
    assert {"12 + 7 + 5 = 24 > 23 = 11 + 0 + 12", "13 > 12", "3 × 3 + 2 × 1 + 5 + 12 = 28 > 27"} <= lines


def test_nothing_is_printed_while_proving(capfd):
    proof_of(SHIPPED, 1, ("t2.health_care.total.after",))
    assert capfd.readouterr().out == ""


def test_what_can_hold_has_no_certificate():
    part = SHIPPED.audit.part(SHIPPED.audit.found[0])
    kept = [name for name in SHIPPED.audit.found[0].conflicts[0] if name != "t2.health_care.addiction.after"]
    assert certificate(SHIPPED.codebook, SHIPPED.size, part, kept) is None


@pytest.mark.parametrize(("relation", "proof"), [(">", "7 > 3"), (">=", "6 > 3")])
def test_a_share_said_to_be_above_a_number_is_told_without_what_is_not_said(relation, proof):
    book = SHIPPED.codebook
    share = parse_quantity("files(sex == male) / files()", book)
    claims = [
        claim("n", parse_quantity("files()", book), Fraction(12)),
        claim("men", parse_quantity("files(sex == male)", book), Fraction(3)),
        replace(claim("share", share, Fraction(1, 2)), relation=relation, published="50 %"),
        replace(claim("age", parse_quantity("mean(age)", book), Fraction(30)), relation=relation),
    ]
    found = audit(book, claims)
    (row,) = conflicts_table(found).to_dict("records")
    assert row["claims"] == "men; share"
    assert row["certificate"] == proof
    assert means_table(found).empty  # no number is printed that a whole sum could give


def test_a_mean_over_rows_that_may_be_blank_is_not_checked_against_all_rows():
    book = SHIPPED.codebook
    claims = [claim("n", parse_quantity("files()", book), Fraction(12))]
    ends = printed_interval("41.3", whole=False)
    claims.append(replace(claim("age", parse_quantity("mean(age)", book), *ends), published="41.3"))
    (mean,) = means_table(audit(book, claims)).to_dict("records")
    assert (mean["n"], mean["sums"], mean["granularity"], mean["own_sum"]) == ("", "", *["not checkable"] * 2)


def test_what_the_model_has_no_form_for_takes_no_part():
    book = SHIPPED.codebook
    claims = [claim("n", parse_quantity("files()", book), Fraction(12))]
    for number, text in enumerate((
        "files(sex == male) / files() - files(sex == female) / files()",
        "mean(n_plans) - 3",
        "minimum(n_plans) + 1",
    )):  # fmt: skip
        claims.append(claim(f"c{number}", parse_quantity(text, book), Fraction(-7)))
    assert [statement.name for statement in audit(book, claims).stated] == ["n"]
