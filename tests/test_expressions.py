"""The language of conditions and numbers: what it means, and what it says of a text it cannot read."""

import itertools
import re
import statistics
from fractions import Fraction

import pandas as pd
import pytest
from campaigns import examples
from hypothesis import given
from hypothesis import strategies as st

from analysis import paths
from analysis.errors import UserError
from analysis.study import codebook as codebooks
from analysis.study.expressions import (
    NotCoded,
    ends,
    evaluate,
    measure,
    parse,
    parse_condition,
    parse_quantity,
    variables,
)

CODEBOOK = codebooks.read(paths.CODEBOOK)
TICKS = ("abuse_alcohol", "abuse_narcotics", "abuse_pharmaceuticals")


def files(**columns):
    size = max(map(len, columns.values()))
    return {"files": pd.DataFrame({"file_id": [f"F{n}" for n in range(size)], **columns})}


rows = st.lists(
    st.fixed_dictionaries(
        {name: st.sampled_from(["yes", "no", "nd"]) for name in TICKS}
        | {"sex": st.sampled_from(["female", "male", "nd"]), "n_plans": st.sampled_from([1, 2, 3, 4, 5, "nd"])}
    ),
    min_size=1,
    max_size=8,
)

CONDITIONS = {
    "abuse_alcohol": lambda r: r["abuse_alcohol"] == "yes",
    "not abuse_alcohol": lambda r: r["abuse_alcohol"] != "yes",
    "abuse_alcohol == no": lambda r: r["abuse_alcohol"] == "no",
    "abuse_alcohol == abuse_narcotics": lambda r: (r["abuse_alcohol"] == "yes") == (r["abuse_narcotics"] == "yes"),
    "sex == female and n_plans >= 2": lambda r: r["sex"] == "female" and r["n_plans"] >= 2,
    "sex != female or n_plans < 2": lambda r: r["sex"] != "female" or r["n_plans"] < 2,
    "sex == female and sex == male": lambda r: False,
    "n_plans > 3": lambda r: r["n_plans"] > 3,
    "n_plans <= 3": lambda r: r["n_plans"] <= 3,
    "n_plans >= 1": lambda r: True,
    "n_plans < 3 or n_plans >= 2": lambda r: True,
    "2 <= n_plans < 4": lambda r: 2 <= r["n_plans"] < 4,
    "n_plans in (1, 3)": lambda r: r["n_plans"] in (1, 3),
    f"any({', '.join(TICKS)})": lambda r: any(r[name] == "yes" for name in TICKS),
    f"all({', '.join(TICKS)})": lambda r: all(r[name] == "yes" for name in TICKS),
    f"atleast(2, {', '.join(TICKS)})": lambda r: sum(r[name] == "yes" for name in TICKS) >= 2,
    f"any({', '.join(TICKS)}) and not all({', '.join(TICKS)})": lambda r: len({r[name] == "yes" for name in TICKS}) > 1,
}
ANSWERS = dict.fromkeys(TICKS, ("yes", "no")) | {"sex": ("female", "male"), "n_plans": tuple(range(1, 25))}


def completions(row, answers):
    """Every row that this one could be, for all that its gaps may hide."""
    open_ = [name for name, value in row.items() if value in ("nd", "", None)]
    for filling in itertools.product(*(answers[name] for name in open_)):
        yield row | dict(zip(open_, filling, strict=True))


@examples(40)
@given(rows)
def test_conditions_and_counts_mean_what_they_say(found):
    units = {"files": pd.DataFrame(found).astype({"n_plans": object})}
    for text, meaning in CONDITIONS.items():
        met = [[meaning(whole) for whole in completions(row, ANSWERS)] for row in found]
        told = ends(parse_condition(text, CODEBOOK), units["files"])
        assert told["surely"].tolist() == [all(one) for one in met], text
        assert told["possibly"].tolist() == [any(one) for one in met], text
        number = measure(parse_quantity(f"files({text})", CODEBOOK), units)
        assert (number.value, number.high) == (sum(map(all, met)), sum(map(any, met)))
        assert number.unknown == number.high - number.low
    # To name every answer is to ask whether there is one, as `n_plans >= 0` does.
    known = [row["sex"] not in ("nd", "", None) for row in found]
    for text, wanted in (("sex == female or sex == male", True), ("sex not in (female, male)", False)):
        told = ends(parse_condition(text, CODEBOOK), units["files"])
        assert told["surely"].tolist() == told["possibly"].tolist() == [one == wanted for one in known]
    plans = [row["n_plans"] for row in found if row["n_plans"] not in ("nd", None)]
    for text, number in {
        "files()": len(found),
        "files(abuse_alcohol == nd)": sum(row["abuse_alcohol"] == "nd" for row in found),
        "files(n_plans >= 0)": len(plans),
        "mean(n_plans)": Fraction(sum(plans), len(plans)) if plans else None,
        "median(n_plans)": Fraction(statistics.median(plans)) if plans else None,
        "sum(n_plans)": sum(plans) if plans else None,
        "minimum(n_plans)": min(plans, default=None),
        "maximum(n_plans)": max(plans, default=None),
        f"answers({', '.join(TICKS)})": sum(row[name] == "yes" for row in found for name in TICKS),
        "files() - files(n_plans > 3)": len(found) - sum(n > 3 for n in plans),
        "files(n_plans > 3) / files()": Fraction(sum(n > 3 for n in plans), len(found)),
    }.items():
        if plans or "n_plans" not in text or "nd" in [row["n_plans"] for row in found]:
            assert evaluate(parse_quantity(text, CODEBOOK), units) == number, text


@examples(60)
@given(
    st.lists(st.tuples(*(st.sampled_from(["yes", "no", "nd"]) for _ in TICKS)), min_size=1, max_size=3),
    st.tuples(*[st.sampled_from([text for text in CONDITIONS if "sex" not in text and "n_plans" not in text])] * 2),
    st.sampled_from("+-/"),
)
def test_what_a_share_a_sum_or_a_difference_can_truly_be_is_told_to_the_ends(found, texts, operator):
    found = [dict(zip(TICKS, row, strict=True)) for row in found]
    left, right = (CONDITIONS[text] for text in texts)
    numbers = []
    for whole in itertools.product(*(completions(row, ANSWERS) for row in found)):
        a, b = (sum(map(one, whole)) for one in (left, right))
        if operator != "/" or b:
            numbers.append({"+": a + b, "-": a - b, "/": Fraction(a, b or 1)}[operator])
    asked = parse_quantity(f"files({texts[0]}) {operator} files({texts[1]})", CODEBOOK)
    told = measure(asked, {"files": pd.DataFrame(found)})
    if numbers:
        assert told.low == min(numbers)
        can_be_nothing = operator == "/" and len(numbers) < len(list(itertools.product(
            *(completions(row, ANSWERS) for row in found)
        )))  # fmt: skip
        assert told.high >= max(numbers) if can_be_nothing else told.high == max(numbers)


def test_each_is_the_count_that_all_share():
    units = files(authority=["A", "A", "B", "B"], selection_period=["first", "second", "first", "first"])
    assert evaluate(parse_quantity("each(authority)", CODEBOOK), units) == 2
    assert evaluate(parse_quantity("each(authority, selection_period == first)", CODEBOOK), units) is None


def test_a_division_by_nothing_has_no_value():
    units = files(sex=["male"], n_plans=pd.array([1], dtype="Int64"))
    assert evaluate(parse_quantity("files() / files(sex == female)", CODEBOOK), units) is None


def test_what_nobody_coded_is_said_and_not_counted_as_no():
    with pytest.raises(NotCoded, match="abuse_alcohol"):
        evaluate(parse_quantity("files(not abuse_alcohol)", CODEBOOK), files(abuse_alcohol=["", ""]))
    with pytest.raises(NotCoded, match="sex"):
        evaluate(parse_quantity("files(sex == female)", CODEBOOK), files(abuse_alcohol=["yes"]))


def test_a_derived_variable_stands_for_its_definition():
    condition = parse_condition("before_psychiatric", CODEBOOK)
    assert variables(condition) == ("before_health_outpatient", "before_health_inpatient")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("files(sxe == female)", "Did you mean sex"),
        ("files(addiction_treatment)", "is not a variable. All names stand"),
        ("files(addiction)", "before_health_addiction (Addiction treatment)"),
        ("files(sex == femal)", "Its codes: female (Female), male (Male)"),
        ("sex = female", "sex == female"),
        ("files(sex=female and n_plans >=2)", "files(sex == female and n_plans >=2)"),
        ("sex is female", "Comparisons are =="),
        ("before_psychiatric == yes", "write before_psychiatric or not before_psychiatric"),
        ("files(sex)", "needs a code"),
        ("files(sex >= 2)", "is not a number"),
        ("files(n_plans == many)", "is not a whole number"),
        ("files(", "cannot be read"),
        ("__import__('os')", "is not a"),
        ("files(sex == female and local_agreement)", "rows of different kinds"),
        ("mean(sex)", "is not a number"),
        ("each(sex)", "does not point to another sheet"),
        ("x.y", "is not a condition"),
    ],
)
def test_a_text_that_means_nothing_is_answered_in_words(text, said):
    with pytest.raises(UserError, match=r"^(In|')") as caught:
        parse(text, CODEBOOK)
    assert said in str(caught.value)
    with pytest.raises(UserError, match=r"^(I|')") as caught:
        parse(text, CODEBOOK, "sv")
    assert not re.search(r"\b(is|as|has|to|of|the|in) ", str(caught.value).replace(text, ""))


def test_a_name_is_looked_for_in_the_labels_of_the_reader():
    with pytest.raises(UserError, match=r"Menade du before_social_substance \(Missbruk\)"):
        parse("missbruk", CODEBOOK, "sv")
    with pytest.raises(UserError, match=r"Menade du residence \(Boende\)\?"):
        parse("boende", CODEBOOK, "sv")


@examples(60)
@given(st.text(max_size=40))
def test_no_text_gives_anything_but_an_expression_or_words(text):
    try:
        parse(text, CODEBOOK)
    except UserError as error:
        assert str(error)
