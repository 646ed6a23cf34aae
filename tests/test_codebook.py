"""The codebook: what a program can look up in it, and what it says of a codebook that needs a correction."""

import csv

import pytest

from analysis import paths
from analysis.errors import UserError
from analysis.study import codebook as codebooks
from analysis.study import definitions, expressions

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
    line(variable="table1", type="table", label_en="Table"),
    line(variable="n", type="column", label_en="n"),
    line(variable="paint", type="block", table="table1", label_en="Paint"),
    line(variable="cases", type="sheet", label_en="Cases"),
    line(variable="file_id", type="id", sheet="cases", label_en="File"),
    line(variable="colour", type="choice", sheet="cases", label_en="Colour"),
    line(variable="colour", code="red", label_en="Red"),
    line(variable="wet", type="tick", sheet="cases", block="paint", item="wet", label_en="Wet"),
    line(variable="yes", type="answer", label_en="Yes"),
    line(variable="no", type="answer", label_en="No"),
]


def write(tmp_path, *lines, head=HEAD):
    path = tmp_path / "codebook.csv"
    path.write_text("\n".join([head, *lines]) + "\n", encoding="utf-8")
    return path


def read(tmp_path, *lines, head=HEAD):
    return codebooks.read(write(tmp_path, *lines, head=head))


def test_a_label_without_one_language_falls_back_on_the_other(tmp_path):
    book = read(tmp_path, *GOOD, line(variable="size", type="tick", sheet="cases", label_sv="Storlek"))
    assert book.label("colour", "red", "sv") == "Red"
    assert book.variable("size").label.en == "Storlek"


@pytest.mark.parametrize(
    ("extra", "said"),
    [
        (
            line(variable="shape", code="round", label_en="Round"),
            "the code 'round' does not follow its variable",
        ),
        (line(variable="size", type="colour", sheet="cases"), "type 'colour' is unknown"),
        (line(variable="size", type="count", sheet="cases", minimum="few"), "minimum is not a whole number"),
        (line(variable="colour", type="tick", sheet="cases"), "'colour' is defined already, in codebook.csv, row 7"),
        (line(variable="size", type="tick", sheet="case"), "sheet is 'case', which is not defined. There is: cases."),
        (line(variable="size", type="tick", sheet="cases", block="size"), "block is 'size', which is not defined"),
        (line(variable="size", type="block", table="tabell1"), "table is 'tabell1', which is not defined"),
        (line(variable="size", type="tick", sheet="cases", table="table1"), "names a table or column but no block"),
        (line(variable="size", type="count", sheet="cases", minimum="9", maximum="1"), "9 is larger than the maximum"),
        (line(variable="size", type="tick", sheet="cases", minimum="1"), "only a count has a minimum"),
        (line(variable="size", type="tick", sheet="cases", required="ja"), "'ja' stands in the column required"),
        (line(variable="size", type="choice", sheet="cases"), "needs its codes in the rows below"),
        (line(variable="my size", type="tick", sheet="cases"), "'my size' cannot be the name of a column"),
        (line(variable="size", type="tick", sheet="cases"), "'size' needs a label"),
        (line(variable="size", type="ref", sheet="cases", definition="places"), "definition is 'places', which is not"),
        (line(variable="places", type="sheet"), "the first column of the sheet 'places' must have the type id"),
        (line(variable="size", type="date", sheet="cases", block="paint"), "the type date cannot stand in a block"),
        (line(variable="size", type="tick", sheet="cases", block="paint"), "needs an item"),
        (
            line(variable="size", type="tick", sheet="cases", block="paint", item="a", column="m"),
            "column is 'm', which is not defined. There is:",
        ),
        (
            line(variable="size", type="tick", sheet="cases", block="paint", item="wet"),
            "same block, item and column as 'wet'",
        ),
        (line(variable="size", type="tick", sheet="cases", label_en="Size, in") + ",more", "beyond the last column"),
        *(
            (line(variable="size", type="derived", sheet="cases", definition=text), said)
            for text, said in (
                ("colour == redd", "'redd' is not a code of colour. Its codes: red ("),
                ("colur == red", "Did you mean colour ("),
                ("colour == ", "cannot be read"),
                ("not size", "'size' is defined by itself"),
            )
        ),
        (line(variable="size", type="rule", sheet="cases", definition="colour"), "'colour' needs a code"),
        (line(variable="size", type="quantity", sheet="cases", definition="wet"), "'wet' is not a count"),
    ],
)
def test_what_needs_a_correction_is_said_by_row(tmp_path, extra, said):
    codebook, problems = definitions.collect(write(tmp_path, *GOOD, "", extra))
    (told,) = [problem for problem in problems if said in problem]
    assert told.startswith(f"codebook.csv, row {len(GOOD) + 3}: ")
    assert codebook.variable("colour").code_names() == ("red",)
    _, in_swedish = definitions.collect(tmp_path / "codebook.csv", language="sv")
    assert all(problem.startswith(f"codebook.csv, rad {len(GOOD) + 3}: ") for problem in in_swedish)


def test_all_problems_are_said_at_once_and_what_follows_from_one_is_not_said_again(tmp_path):
    extra = [
        line(variable="a", type="derived", sheet="cases", definition="colour == blue", label_en="A"),
        line(variable="b", type="derived", sheet="cases", definition="not a", label_en="B"),
        line(variable="c", type="rule", sheet="cases", definition="b or", label_en="C"),
        line(variable="d", type="tick", sheet="help", label_en="D"),
    ]
    with pytest.raises(UserError, match="needs a correction") as caught:
        definitions.read(write(tmp_path, *GOOD, *extra))
    rows = [text.partition(":")[0] for text in str(caught.value).splitlines()[1:]]
    assert sorted(rows) == [f"- codebook.csv, row {len(GOOD) + place}" for place in (2, 4, 5)]


def test_an_unclosed_quotation_mark_is_said_by_row(tmp_path):
    place = next(place for place, text in enumerate(GOOD, start=2) if ",File" in text)
    with pytest.raises(UserError, match=f"row {place}: a quotation mark is opened and not closed"):
        read(tmp_path, *(text.replace(",File", ',"File') for text in GOOD))


def test_a_code_that_stands_twice_is_said_by_row(tmp_path):
    twice = [line(variable="no", code="never", label_en="Never")] * 2
    with pytest.raises(UserError, match=f"row {len(GOOD) + 3}: the code 'never' stands twice"):
        read(tmp_path, *GOOD, *twice)


@pytest.mark.parametrize("flag", ["required", "identifying"])
@pytest.mark.parametrize("written", ["ja", "Yes", "YES", "x", "TRUE", "1", "no"])
def test_a_flag_is_yes_or_empty(tmp_path, flag, written):
    """Taken for empty, it would let a column that identifies people be counted and printed."""
    extra = line(variable="size", type="tick", sheet="cases", label_en="Size", **{flag: written})
    with pytest.raises(UserError) as caught:
        read(tmp_path, *GOOD, extra)
    assert f"codebook.csv, row 12: '{written}' stands in the column {flag}. Write yes" in str(caught.value)
    with pytest.raises(UserError, match=f"codebook.csv, rad 12: '{written}' står i kolumnen {flag}. Skriv yes"):
        codebooks.read(tmp_path / "codebook.csv", language="sv")
    good = read(tmp_path, *GOOD, line(variable="size", type="tick", sheet="cases", label_en="Size", **{flag: " yes "}))
    assert getattr(good.variable("size"), flag)


def test_a_missing_column_or_file_is_said(tmp_path):
    with pytest.raises(UserError, match="label_en are missing"):
        read(tmp_path, *GOOD, head=HEAD.replace("label_en,", ""))
    with pytest.raises(UserError, match="is missing"):
        codebooks.read(tmp_path / "none.csv")
