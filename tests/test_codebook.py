"""The codebook: what a program can look up in it, and what it says of a codebook that needs a correction."""

import csv

import pytest

from analysis import codebook as codebooks
from analysis import expressions, paths
from analysis.errors import UserError

CODEBOOK = codebooks.read(paths.CODEBOOK)


def test_every_label_and_phrase_has_both_languages():
    with paths.CODEBOOK.open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    keys = [line for line in lines if line["type"] not in ("key",)]
    assert not [line["variable"] for line in keys if not (line["label_en"] and line["label_sv"])]
    assert not [line["variable"] for line in lines if bool(line["note_en"]) != bool(line["note_sv"])]


def test_every_definition_can_be_read():
    for variable in CODEBOOK.variables.values():
        if variable.type in ("derived", "rule"):
            condition = expressions.parse_condition(variable.definition, CODEBOOK)
            assert {CODEBOOK.unit(CODEBOOK.variable(name).sheet) for name in expressions.variables(condition)}
        if variable.type == "quantity":
            expressions.parse_quantity(variable.definition, CODEBOOK)


def test_sheets_keyed_by_the_file_are_one_unit():
    units = {sheet: CODEBOOK.unit(sheet) for sheet in CODEBOOK.frames["sheet"]}
    assert units == {"cases": "files", "help": "files", "participation": "files", "authorities": "authorities"}


HEAD = ",".join(codebooks.COLUMNS)


def line(**values):
    return ",".join(values.get(column, "") for column in codebooks.COLUMNS)


GOOD = [
    line(variable="cases", type="sheet", label_en="Cases"),
    line(variable="file_id", type="id", sheet="cases", label_en="File"),
    line(variable="colour", type="choice", sheet="cases", label_en="Colour"),
    line(variable="colour", code="red", label_en="Red"),
]


def read(tmp_path, *lines, head=HEAD):
    path = tmp_path / "codebook.csv"
    path.write_text("\n".join([head, *lines]) + "\n", encoding="utf-8")
    return codebooks.read(path)


def test_a_label_without_swedish_falls_back_on_english(tmp_path):
    assert read(tmp_path, *GOOD).label("colour", "red", "sv") == "Red"


@pytest.mark.parametrize(
    ("extra", "said"),
    [
        (line(variable="colour", code="red", label_en="Red"), "row 6: the code 'red' stands twice"),
        (
            line(variable="shape", code="round", label_en="Round"),
            "row 6: the code 'round' does not follow its variable",
        ),
        (line(variable="size", type="colour", sheet="cases"), "row 6: type 'colour' is unknown"),
        (line(variable="size", type="count", sheet="cases", minimum="few"), "row 6: minimum is not a whole number"),
        (line(variable="colour", type="tick", sheet="cases"), "'colour' is defined twice"),
        (line(variable="size", type="tick", sheet="help"), "the sheet 'help', which is not defined"),
        (line(variable="size", type="tick", sheet="cases", block="sizes"), "the block 'sizes', which is not defined"),
    ],
)
def test_what_needs_a_correction_is_said_by_row(tmp_path, extra, said):
    with pytest.raises(UserError, match="needs a correction") as caught:
        read(tmp_path, *GOOD, extra)
    assert said in str(caught.value)


@pytest.mark.parametrize("flag", ["required", "identifying"])
@pytest.mark.parametrize("written", ["ja", "Yes", "YES", "x", "TRUE", "1", "no"])
def test_a_flag_is_yes_or_empty(tmp_path, flag, written):
    """Taken for empty, it would let a column that identifies people be counted and printed."""
    extra = line(variable="size", type="tick", sheet="cases", **{flag: written})
    with pytest.raises(UserError) as caught:
        read(tmp_path, *GOOD, extra)
    assert f"codebook.csv, row 6: '{written}' stands in the column {flag}. Write yes" in str(caught.value)
    with pytest.raises(UserError, match=f"codebook.csv, rad 6: '{written}' står i kolumnen {flag}. Skriv yes"):
        codebooks.read(tmp_path / "codebook.csv", language="sv")
    good = read(tmp_path, *GOOD, line(variable="size", type="tick", sheet="cases", **{flag: " yes "}))
    assert getattr(good.variable("size"), flag)


def test_a_missing_column_or_file_is_said(tmp_path):
    with pytest.raises(UserError, match="lacks the column"):
        read(tmp_path, *GOOD, head=HEAD.replace("label_en,", ""))
    with pytest.raises(UserError, match="is missing"):
        codebooks.read(tmp_path / "none.csv")
