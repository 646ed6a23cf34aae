"""Counting: what a table says equals the definition of each of its cells, whatever the rows are."""

from dataclasses import astuple
from decimal import Decimal
from fractions import Fraction

import pandas as pd
import possible_studies as small
import pytest
from campaigns import examples
from hypothesis import given
from hypothesis import strategies as st

from analysis import paths
from analysis.counts import tables
from analysis.errors import UserError
from analysis.study import codebook as codebooks
from analysis.study import layout
from analysis.study.expressions import Answers, Count, evaluate, measure

CODEBOOK = """\
t,,,table,,,,,,,,,,T,,,,
n,,,column,,,,,,,,,,n,,,,
before,,,column,,,,,,,,,,Before,,,,
after,,,column,,,,,,,,,,After,,,,
nd,,,missing,,,,,,,,,,Not documented,,,,
yes,,,answer,,,,,,,,,,Yes,,,,
no,,,answer,,,,,,,,,,No,,,,
base,,,total,,,,,,,,,files,Files,,,,
total,,,total,,,,,,,,,answers,Answers,,,,
blank,,,total,,,,,,,,,,Not coded,,,,
cases,,,sheet,,,,,,,,,,Cases,,,,
file_id,,cases,id,yes,,,,,,,,,File,,,,
home,,,block,,,,,t,,,,base,Home,,,,
home,,cases,choice,,,,,,home,,,,Home,,,,
home,own,,,,,,,,,,,,Own,,,,
home,rent,,,,,,,,,,,,Rent,,,,
home,nd,,,,,,,,,,,,Not documented,,,,
work,,,block,,,,,t,,,,,Work,,,,
work_before,,cases,choice,,,,,,work,,before,,Work,,,,
work_before,paid,,,,,,,,,,,,Paid,,,,
work_before,none,,,,,,,,,,,,None,,,,
work_after,,cases,choice,,,,,,work,,after,,Work,,,,
work_after,paid,,,,,,,,,,,,Paid,,,,
work_after,none,,,,,,,,,,,,None,,,,
help,,,block,,,,,t,,,,,Help,,,,
a_before,,cases,tick,,,,,,help,a,before,,A,,,,
b_before,,cases,tick,,,,,,help,b,before,,B,,,,
a_after,,cases,tick,,,,,,help,a,after,,A,,,,
b_after,,cases,tick,,,,,,help,b,after,,B,,,,
any_before,,cases,derived,,,,,,help,total,before,"any(a_before, b_before)",Any,,,,
any_after,,cases,derived,,,,,,help,total,after,"any(a_after, b_after)",Any,,,,
met,,,block,,,,,t,,,,total,Met,,,,
met_a,,cases,tick,,,,,,met,a,n,,A,,,,
met_b,,cases,tick,,,,,,met,b,n,,B,,,,
plans,,,block,,,,,t,,,,base,Plans,,,,
plans,,cases,count,,,0,9,,plans,,,,Plans,,,,
plans,2,,,,,,,,,,,,Two,,,,
plans,1,,,,,,,,,,,,One,,,,
plans_mean,,cases,quantity,,,,,,plans,mean,n,mean(plans),Mean,,,,
plans_share,,cases,quantity,,,,,,plans,share,n,files(plans >= 2) / files(plans >= 0),Share,,,,
"""
TICKS = ("a_before", "b_before", "a_after", "b_after", "met_a", "met_b")


@pytest.fixture(scope="module")
def codebook(tmp_path_factory):
    path = tmp_path_factory.mktemp("codebook") / "codebook.csv"
    path.write_text(",".join(codebooks.COLUMNS) + "\n" + CODEBOOK, encoding="utf-8")
    return codebooks.read(path)


def files(**columns):
    """Coded files: columns of codes, numbers in `plans`; what is not given is coded no, own, none, 1."""
    length = len(next(iter(columns.values())))
    rest = dict.fromkeys(TICKS, "no") | {"home": "own", "work_before": "none", "work_after": "none", "plans": 1}
    frame = pd.DataFrame({name: columns.get(name, [value] * length) for name, value in rest.items()})
    return {"files": frame.astype({"plans": "Int64"})}


TICK = st.sampled_from(["yes", "no", "nd", ""])
ROW = st.fixed_dictionaries(
    dict.fromkeys(TICKS, TICK)
    | dict.fromkeys(("work_before", "work_after"), st.sampled_from(["paid", "none", "nd", ""]))
    | {"home": st.sampled_from(["own", "rent", "nd", ""]), "plans": st.sampled_from([0, 1, 2, 3, 9, None])}
)


@st.composite
def units(draw):
    """Random files; now and then a variable that nobody coded, and codes kept as categories."""
    rows = draw(st.lists(ROW, max_size=7))
    frame = pd.DataFrame(rows, columns=[*TICKS, "work_before", "work_after", "home", "plans"])
    frame = frame.astype(dict.fromkeys(frame.columns, str) | {"plans": "Int64"})
    frame = frame.drop(columns=draw(st.sets(st.sampled_from(list(frame.columns)), max_size=2)))
    if draw(st.booleans()):
        frame = frame.astype({name: "category" for name in frame.columns if name != "plans"})
    return {"files": frame}


def values(frame, block, column="n"):
    """Item -> value of one column of a block."""
    rows = frame[(frame["block"] == block) & (frame["column"] == column)]
    return dict(zip(rows["item"], rows["value"], strict=True))


@examples(150)
@given(units())
def test_each_cell_is_what_its_definition_gives(codebook, units):
    frame = tables.compute(units, codebook, "t")
    for block, item, column, value, unknown in frame.itertuples(index=False):
        exact, _, _, more = astuple(measure(layout.quantity(codebook, block, item, column), units))
        assert unknown == more, (block, item, column)
        expected = exact if exact is None or exact.denominator == 1 else Fraction(tables.rounded(exact, 2))
        assert (None if value is None else Fraction(value)) == expected, (block, item, column)


@examples(100)
@given(units())
def test_nothing_is_dropped(codebook, units):
    """The rows of a choice or count add up to the files, and a tick's three rows never exceed them."""
    frame = tables.compute(units, codebook, "t")
    rows = units["files"]
    missing = tables.not_coded(units, codebook, "t")
    for name, block, column in (("home", "home", "n"), ("work_before", "work", "before"), ("plans", "plans", "n")):
        found = values(frame, block, column)
        for item in ("base", "mean", "share"):
            found.pop(item, None)
        assert sum(found.values()) == (0 if name in missing else len(rows))
    assert not frame.duplicated(["block", "item", "column"]).any()


@examples(50)
@given(units(), st.randoms(use_true_random=False))
def test_the_order_of_the_files_does_not_matter(codebook, units, random):
    shuffled = list(range(len(units["files"])))
    random.shuffle(shuffled)
    again = {"files": units["files"].iloc[shuffled]}
    pd.testing.assert_frame_equal(tables.compute(units, codebook, "t"), tables.compute(again, codebook, "t"))


def test_order_zero_rows_and_not_documented(codebook):
    frame = tables.compute(files(home=["rent", "nd", ""], work_after=["nd", "paid", "none"]), codebook, "t")
    assert values(frame, "home") == {"own": 0, "rent": 1, "nd": 1, "blank": 1, "base": 3}
    work = frame[frame["block"] == "work"]
    assert list(zip(work["item"], work["column"], work["value"], strict=True)) == [
        ("paid", "before", 0), ("paid", "after", 1), ("none", "before", 3), ("none", "after", 1),
        ("nd", "before", 0), ("nd", "after", 1),
    ]  # fmt: skip


def test_ticks_stand_before_beside_after_and_keep_their_unanswered(codebook):
    frame = tables.compute(files(a_before=["yes", "nd", ""], b_after=["yes", "yes", "no"]), codebook, "t")
    rows = frame[frame["block"] == "help"]
    assert list(zip(rows["item"], rows["column"], rows["value"], strict=True)) == [
        ("a", "before", 1), ("a", "after", 0), ("a.nd", "before", 1), ("a.nd", "after", 0),
        ("a.blank", "before", 1), ("a.blank", "after", 0), ("b", "before", 0), ("b", "after", 2),
        ("total", "before", 1), ("total", "after", 2),
    ]  # fmt: skip


def test_counts_keep_the_direction_of_the_codebook_and_every_value(codebook):
    frame = tables.compute(files(plans=[3, 0, 2, 3, None]), codebook, "t")
    found = values(frame, "plans")
    assert list(found) == ["3", "2", "1", "0", "blank", "mean", "share", "base"]
    assert found["mean"] == Decimal("2.00") and found["share"] == Decimal("0.75") and found["base"] == 5


def test_a_count_that_is_not_documented_is_told_from_a_blank_one(codebook):
    units = files(plans=[1, 2, 3])
    units["files"]["plans"] = pd.Series([1, "nd", pd.NA], dtype=object)
    found = values(tables.compute(units, codebook, "t"), "plans")
    assert (found["1"], found["nd"], found["blank"], found["mean"]) == (1, 1, 1, Decimal("1.00"))
    for item in ("1", "nd", "blank"):
        assert evaluate(layout.quantity(codebook, "plans", item, "n"), units) == 1


def test_a_mean_over_nothing_has_no_value(codebook):
    empty = {"files": files(plans=[1])["files"].iloc[:0]}
    found = values(tables.compute(empty, codebook, "t"), "plans")
    assert found["mean"] is None and found["base"] == 0 and found["2"] == 0


def test_variables_that_nobody_coded_have_no_rows_and_are_named(codebook):
    units = files(home=["", ""], met_b=["", ""])
    units["files"] = units["files"].drop(columns="plans")
    frame = tables.compute(units, codebook, "t")
    assert tables.not_coded(units, codebook, "t") == ("home", "met_b", "plans")
    assert values(frame, "home") == {} and values(frame, "plans") == {} and list(values(frame, "met")) == ["a"]
    assert tables.compute({}, codebook, "t").empty


def test_several_answers_are_counted_both_ways(codebook):
    units = files(a_before=["yes", "no", "no"], b_before=["yes", "yes", "no"], met_a=["yes", "yes", "no"])
    found = tables.responses(units, codebook, "t")
    assert [tuple(row) for row in found.itertuples(index=False)] == [
        ("help", "before", 2, 3, 3, "files_any"),
        ("help", "after", 0, 0, 3, "files_any"),
        ("met", "n", 2, 2, 3, "answers"),
    ]


def test_an_unlisted_code_stops_the_count_without_showing_it(codebook):
    with pytest.raises(UserError, match="'home' holds a code") as caught:
        tables.compute(files(home=["castle"]), codebook, "t")
    assert "castle" not in str(caught.value)


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        (("hom", "own", "n"), "Did you mean home"),
        (("home", "owned", "n"), "Did you mean own"),
        (("home", "own", "after"), "its columns: n"),
        (("plans", "many", "n"), "no row 'many'"),
    ],
)
def test_a_cell_that_does_not_exist_is_explained(codebook, cell, message):
    with pytest.raises(UserError, match=message):
        layout.quantity(codebook, *cell)


def test_closing_rows_say_what_they_count(codebook):
    assert isinstance(layout.quantity(codebook, "met", "total", "n"), Answers)
    assert isinstance(layout.quantity(codebook, "home", "base", "n"), Count)


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        ("7/3", 2, "2.33"),
        ("1/8", 2, "0.13"),
        ("1/200", 2, "0.01"),
        ("-1/8", 2, "-0.13"),
        ("5/2", 0, "3"),
        ("2", 2, "2.00"),
    ],
)
def test_halves_are_rounded_away_from_zero(value, decimals, text):
    assert str(tables.rounded(Fraction(value), decimals)) == text


def test_a_table_survives_its_file(codebook, tmp_path):
    frame = tables.compute(files(plans=[1, 2, 2]), codebook, "t")
    path = tmp_path / "t.csv"
    frame.to_csv(path, index=False, lineterminator="\n")
    assert "plans,mean,n,1.67,0\n" in path.read_text(encoding="utf-8")
    pd.testing.assert_frame_equal(tables.read(path), frame)


def test_every_cell_of_the_shipped_codebook_has_a_definition():
    codebook = codebooks.read(paths.CODEBOOK)
    for table in codebook.frames["table"]:
        cells = layout.cells(codebook, table)
        assert len(cells) == len(set(cells)) > 0
        for block, item, column in cells:
            layout.quantity(codebook, block, item, column)
            assert layout.label(codebook, block, item, "en") and layout.label(codebook, block, item, "sv")


@pytest.mark.parametrize(
    ("block", "item", "text"),
    [
        ("home", "own", "Own"),
        ("home", "blank", "Not coded"),
        ("home", "base", "Files"),
        ("help", "a", "A"),
        ("help", "a.nd", "Not documented"),
        ("plans", "2", "Two"),
        ("plans", "7", "7"),
        ("plans", "mean", "Mean"),
        ("met", "total", "Answers"),
    ],
)
def test_every_row_has_a_label(codebook, block, item, text):
    assert layout.label(codebook, block, item, "en") == text


def test_an_unknown_row_has_no_label(codebook):
    with pytest.raises(KeyError):
        layout.label(codebook, "home", "castle", "en")


def test_answers_are_totalled_only_in_columns_that_have_some(tmp_path):
    rows = small.block("aids", "total") + small.tick("aid", "aids", "aid", "before")
    rows += small.derived("more", "aids", "more", "after", "aid")
    book = small.codebook(tmp_path, rows)
    files = pd.DataFrame({"file_id": ["F1", "F2"], "aid": ["yes", "no"]})
    found = tables.compute({"files": files}, book, "table1")
    assert found[found["item"] == "total"][["column", "value"]].values.tolist() == [["before", 1]]
    assert [cell for cell in layout.cells(book, "table1") if cell[1] == "total"] == [("aids", "total", "before")]
