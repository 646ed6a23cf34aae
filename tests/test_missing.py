"""Missing answers are unknown, everywhere: every number that is told agrees with a count by plain Python."""

from fractions import Fraction

import pytest
from gappy import BLANK, COUNTS, ND, Asked, sheet

from analysis import exploring, tables
from analysis.claims import DIFFERS, NOT_COMPUTABLE, REPRODUCED, Claim, compare
from analysis.codebook import LANGUAGES
from analysis.expressions import measure, parse_quantity
from analysis.telling import Teller

SEEDS = 500


@pytest.mark.parametrize("seed", range(3))
def test_every_number_of_a_sheet_with_gaps_is_what_plain_python_counts(seed, tmp_path):
    assert_right(seed, tmp_path)


@pytest.mark.long
def test_five_hundred_sheets_with_gaps_are_what_plain_python_counts(tmp_path):
    for seed in range(1000, 1000 + SEEDS):
        assert_right(seed, tmp_path)


def assert_right(seed, folder):
    made = sheet(seed, folder)
    for table in made.codebook.frames["table"]:
        for block, item, column, value, unknown in tables.compute(made.units, made.codebook, table).itertuples(
            index=False
        ):
            expected = wanted(made, block, item, column)
            assert expected is None or (value, unknown) == expected, (seed, block, item, column)
    for one in made.asked.values():
        assert_told(made, one)
    assert_crossed(made, seed)


def wanted(made, block, item, column):
    """Value and unknown of a cell; None for one of another unit."""
    rows, answers = made.rows, made.answers
    members = [m for m in made.codebook.members(block) if (m.column or "n") == column]
    if any(made.codebook.unit(member.sheet) != "files" for member in members):
        return None
    for member in members:
        name = member.name
        if member.type == "derived" and item == member.item:
            low, high = derived(made, name).ends(rows, answers)
            return low, high - low
        if member.type == "quantity" and item == member.item:
            return quantity(made, name)
        part = item.removeprefix(f"{member.item}.") if member.item else item
        if member.type in ("tick", "choice", "count") and (part in cells_of(made, name) or item == member.item):
            code = "yes" if item == member.item else {"blank": BLANK}.get(part, part)
            cells = [str(row[name]) for row in rows]
            gaps = sum(cell in (ND, BLANK) for cell in cells)
            return cells.count(code), 0 if code in (ND, BLANK) else gaps
    if item == "total":
        ticks = [m.name for m in members if m.type == "tick" and not all(row[m.name] == BLANK for row in rows)]
        cells = [row[name] for row in rows for name in ticks]
        return cells.count("yes"), sum(cell in (ND, BLANK) for cell in cells)
    assert item == "base", (block, item)
    return len(rows), 0


def cells_of(made, name):
    return {str(row[name]) for row in made.rows} | {"blank", ND, *made.codebook.variable(name).code_names()}


def derived(made, name) -> Asked:
    if name in made.asked:
        return made.asked[name]
    text = made.codebook.variable(name).definition
    if text.startswith("any("):
        parts = text.removeprefix("any(").removesuffix(")").split(", ")
    else:
        parts = text.split(" and ") if " and " in text else text.split(" or ")
    found = [
        derived(made, part)
        if made.codebook.variable(part).type == "derived"
        else Asked(part, lambda row, part=part: row[part] == "yes", frozenset({part}))
        for part in parts
    ]
    least = len(found) if " and " in text else 1
    names = frozenset().union(*(one.names for one in found))
    return Asked(text, lambda row: sum(bool(one.meaning(row)) for one in found) >= least, names)


def quantity(made, name):
    if name == "share":
        low, high = made.asked["d0"].ends(made.rows, made.answers)
        return tables.rounded(Fraction(low, len(made.rows)), 2), high - low
    numbers = [row[name.removesuffix("_mean")] for row in made.rows]
    known = [number for number in numbers if number not in (ND, BLANK)]
    value = tables.rounded(Fraction(sum(known), len(known)), 2) if known else None
    return value, len(numbers) - len(known)


def assert_told(made, one):
    """A sentence, the verdict on a printed number, and the ends."""
    low, high = one.ends(made.rows, made.answers)
    asked = parse_quantity(f"files({one.text})", made.codebook)
    found = measure(asked, made.units)
    assert (found.value, found.low, found.high, found.unknown) == (low, low, high, high - low), one.text
    for language in LANGUAGES:
        said = Teller(made.units, made.codebook, language)(f"In {{files({one.text})}}.")
        assert said.split("\n")[0] == (f"In {low} (+{high - low}?)." if high > low else f"In {low}."), one.text
    for number in {max(low - 1, 0), low, high, high + 1}:
        claim = Claim("c", "", "", "", "", str(number), Fraction(number), Fraction(number), "", "=", asked, None, 1, "")
        verdict = REPRODUCED if number == low else NOT_COMPUTABLE if low < number <= high else DIFFERS
        assert compare([claim], made.units)["verdict"].tolist() == [verdict]


def assert_crossed(made, seed):
    names = exploring.variables_to_cross(made.units, made.codebook)
    down, across = names[seed * 7 % len(names)], names[(seed * 13 + 5) % len(names)]
    shown = exploring.crossed(made.units, made.codebook, down, across, "en").to_frame()
    numbers = shown.iloc[:, 2:].reset_index(drop=True)
    assert (numbers.iloc[:-1].sum() == numbers.iloc[-1]).all() and numbers.iloc[-1, -1] == len(made.rows)
    assert (numbers.iloc[:, :-1].sum(axis=1) == numbers.iloc[:, -1]).all()
    kinds = [[kind_of(made, name, row) for row in made.rows] for name in (down, across)]
    for side, found in zip((numbers.iloc[:-1, -1], numbers.iloc[-1, :-1]), kinds, strict=True):
        assert sorted(n for n in side if n) == sorted(found.count(kind) for kind in set(found))
    pairs = list(zip(*kinds, strict=True))
    inner = numbers.iloc[:-1, :-1].to_numpy().ravel()
    assert sorted(n for n in inner if n) == sorted(pairs.count(pair) for pair in set(pairs))


def kind_of(made, name, row):
    """The answer of a row: a code, a number, or of what is defined whether it surely holds, surely not, or neither."""
    if made.codebook.variable(name).type == "derived":
        return (lambda ends: ends)(derived(made, name).ends([row], made.answers))
    return row[name]


def test_counts_have_answers_of_their_own_in_the_sheets_that_are_drawn(tmp_path):
    """The sheets have what they are to show: gaps of both kinds in every kind of column."""
    seen = set()
    for seed in range(6):
        made = sheet(seed, tmp_path)
        for name, variable in made.codebook.variables.items():
            if made.rows and name in made.rows[0] and variable.type in ("tick", "choice", "count"):
                seen |= {(variable.type, row[name]) for row in made.rows if row[name] in (ND, BLANK)}
    assert seen == {(kind, gap) for kind in ("tick", "choice", "count") for gap in (ND, BLANK)}
    assert set(COUNTS) <= set(made.rows[0])
