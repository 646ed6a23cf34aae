"""Printed numbers: how they are read, compared and explained."""

from dataclasses import replace
from fractions import Fraction

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis import paths
from analysis.counts import agreement, tables
from analysis.errors import UserError
from analysis.printed.conflicts import clusters
from analysis.printed.model import sizes, statements
from analysis.sheets import workbook
from analysis.study import claims, studies
from analysis.study.expressions import parse_quantity

STUDY = studies.read(paths.DEFAULT_STUDY)
UNITS = workbook.load(paths.raw(STUDY.name), STUDY.codebook, status=STUDY.status)
RESULTS = agreement.compare(STUDY.claims, UNITS)


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("12", "11.5", "12.5"),
        ("2,2", "2.15", "2.25"),
        ("2.20", "2.195", "2.205"),
        ("25 000", "24999.5", "25000.5"),
        ("58 %", "0.575", "0.585"),
        ("58.3%", "0.5825", "0.5835"),
        ("19*", "18.5", "19.5"),
    ],
)
def test_a_printed_string_stands_for_all_that_rounds_to_it(text, low, high):
    assert claims.printed_interval(text) == (Fraction(low), Fraction(high))


@given(st.fractions(0, 100), st.integers(0, 3))
def test_what_is_rounded_either_way_lies_in_the_interval(number, decimals):
    scaled = number * 10**decimals
    for whole in {round(scaled), (scaled + Fraction(1, 2)) // 1}:
        text = f"{whole // 10**decimals}" + (f",{whole % 10**decimals:0{decimals}}" if decimals else "")
        low, high = claims.printed_interval(text)
        assert low <= number <= high


@given(st.integers(0, 10**10), st.sampled_from(" \u00a0\u202f\u2009'’.,") | st.just(""))
def test_a_count_stands_for_itself_however_its_digits_are_grouped(number, mark):
    assert claims.printed_interval(f"{number:,}".replace(",", mark), whole=True) == (number, number)


@given(st.integers(0, 10**9), st.integers(0, 99), st.sampled_from([" ,", " .", "’.", ",.", ".,", ",", "."]))
def test_what_has_decimals_is_read_however_its_digits_are_grouped(number, hundredths, marks):
    text = f"{number:,}".replace(",", marks[:-1]) + f"{marks[-1]}{hundredths:02}"
    middle = number + Fraction(hundredths, 100)
    assert claims.printed_interval(text) == (middle - Fraction(1, 200), middle + Fraction(1, 200))


@pytest.mark.parametrize(
    ("text", "number"),
    [("1,234", "1.234"), ("0.234", "0.234"), ("72.973", "72.973"), ("1,234,567", "1234567"), ("1 234", "1234")],
)
def test_one_point_or_comma_in_a_mean_is_the_decimal_sign(text, number):
    low, high = claims.printed_interval(text)
    assert (low + high) / 2 == Fraction(number)


@pytest.mark.parametrize("text", ["", "many", "1,2,3", "12 files", "2.2.", "1,23,456", "1 2345", "1.234,567,890"])
def test_words_are_no_numbers(text):
    with pytest.raises(UserError, match="is not a number"):
        claims.printed_interval(text)


def test_every_cell_of_the_tables_equals_print_or_is_explained():
    printed = {(c.block, c.item, c.column): c for c in STUDY.claims if c.block and c.where.startswith("Table")}
    counted = pd.concat(tables.compute(UNITS, STUDY.codebook, name) for name in STUDY.codebook.frames["table"])
    assert {(row.block, row.item, row.column) for row in counted.itertuples()} == set(printed)
    differing = {
        printed[row.block, row.item, row.column].id
        for row in counted.itertuples()
        if not printed[row.block, row.item, row.column].agrees(Fraction(row.value))
    }
    assert differing == set(STUDY.ledger)


def test_the_ledger_is_exactly_what_differs():
    assert agreement.ledger_gaps(RESULTS, STUDY.ledger) == []


def test_a_difference_that_the_ledger_lacks_is_told():
    name, *_ = STUDY.ledger
    left = {other: why for other, why in STUDY.ledger.items() if other != name}
    assert agreement.ledger_gaps(RESULTS, left) == [f"{name} differs from print, and the ledger does not explain it."]


def test_an_explanation_without_a_difference_is_told():
    stale = {**STUDY.ledger, "t1.sex.female": "old"}
    assert agreement.ledger_gaps(RESULTS, stale) == ["t1.sex.female stands in the ledger, but does not differ."]


def test_one_recoded_cell_is_noticed():
    moved = UNITS["files"].copy()
    moved.loc[moved.index[moved["sex"] == "female"][0], "sex"] = "male"
    verdicts = agreement.compare(STUDY.claims, {**UNITS, "files": moved}).set_index("id")
    assert verdicts.loc[["t1.sex.female", "t1.sex.male"], "verdict"].tolist() == ["differs"] * 2
    assert verdicts.loc["t1.sex.base", "verdict"] == "reproduced"


def test_what_is_not_coded_is_not_computable():
    blank = {**UNITS, "files": UNITS["files"].assign(sex="")}
    verdict = agreement.compare(STUDY.claims, blank).set_index("id").loc["t1.sex.female"]
    assert (verdict["verdict"], verdict["computed"]) == ("not computable", "")
    assert "sex" in verdict["note"]


def test_a_count_leads_to_its_files_and_a_file_to_its_counts():
    behind = agreement.behind(STUDY.claims, UNITS)
    computed = RESULTS.set_index("id")["computed"]
    for name, found in behind.groupby("id"):
        if "each(" not in name and not name.startswith("text.files."):
            assert str(found["times"].sum()) == computed[name], name
    first = UNITS["files"].iloc[0]
    counts = set(behind.loc[behind["row"] == first["file_id"], "id"])
    assert f"t1.sex.{first['sex']}" in counts


HEAD = ",".join(claims.COLUMNS)


def read(tmp_path, *lines):
    path = tmp_path / "published.csv"
    path.write_text("\n".join([HEAD, *lines]) + "\n", encoding="utf-8")
    return claims.read(path, STUDY.codebook)


def line(**values):
    return ",".join(str(values.get(column, "")) for column in claims.COLUMNS)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"id": "a", "published": "many", "counts": "files()"}, "row 2: 'many' is not a number"),
        ({"id": "a", "published": "7", "counts": "files(sxe == male)"}, "row 2: In 'files(sxe == male)'"),
        ({"id": "a", "published": "7", "block": "sxe"}, "row 2: 'sxe' is not a block"),
        ({"id": "a", "published": "7", "counts": "files()", "relation": "~"}, "the relation '~' is unknown"),
        ({"id": "a", "published": "7", "counts": "files()", "stated": "twice"}, "stated is 'twice'"),
    ],
)
def test_a_claim_that_cannot_be_read_is_named_by_row(tmp_path, values, said):
    with pytest.raises(UserError, match="need a correction") as caught:
        read(tmp_path, line(**values))
    assert said in str(caught.value)


def test_thousands_are_counts(tmp_path):
    said = [("n", "1500", "files()"), ("f", '"1,234"', "files(sex == female)"), ("m", "266", "files(sex == male)")]
    found = read(tmp_path, *[line(id=name, published=text, counts=counts) for name, text, counts in said])
    assert [claim.low for claim in found] == [1500, 1234, 266]
    assert clusters(STUDY.codebook, sizes(found, STUDY.codebook), statements(found, STUDY.codebook)) == ()


def test_an_id_stands_once(tmp_path):
    with pytest.raises(UserError, match="'a' stands twice"):
        read(tmp_path, *[line(id="a", published="7", counts="files()")] * 2)


@pytest.mark.parametrize(("relation", "agreeing"), [("=", {6}), (">=", {6, 7}), ("<=", {5, 6}), (">", {7}), ("<", {5})])
def test_relations(tmp_path, relation, agreeing):
    (claim,) = read(tmp_path, line(id="a", published="6", counts="files()", relation=relation))
    assert {number for number in (5, 6, 7) if claim.agrees(Fraction(number))} == agreeing


def test_more_than_half_is_a_limit_and_not_a_rounded_number(tmp_path):
    (claim,) = read(tmp_path, line(id="a", published="0.5", counts="files(sex == male) / files()", relation=">"))
    assert claim.agrees(Fraction(7, 13)) and not claim.agrees(Fraction(4, 10))


def test_another_reading_whose_sheet_is_left_out_is_not_told():
    book = STUDY.codebook
    other = parse_quantity("authorities()", book)
    (total,) = (one for one in STUDY.claims if one.id == "t2.health_care.total.after")
    units = {name: rows for name, rows in UNITS.items() if name != "authorities"}
    (found,) = agreement.compare([replace(total, alternative=other)], units).to_dict("records")
    assert (found["computed"], found["verdict"]) == ("12", "differs")
    assert "Read the other way" not in found["note"]
