"""Missing answers are unknown, everywhere: every number that is told agrees with a count by plain Python."""

from fractions import Fraction

import pandas as pd
import pytest
from coded import CODEBOOK
from filled import filled
from gappy import BLANK, COUNTS, ND, Asked, sheet
from office import copied, run
from samples import random_units

from analysis import figures, paths
from analysis.counts import tables
from analysis.counts.agreement import compare
from analysis.counts.telling import Teller
from analysis.display import rendering
from analysis.explore import exploring
from analysis.sheets import beginning, workbook
from analysis.study import codebook as codebooks
from analysis.study import studies
from analysis.study.claims import DIFFERS, NOT_COMPUTABLE, REPRODUCED, Claim
from analysis.study.codebook import LANGUAGES
from analysis.study.expressions import measure, parse_quantity


@pytest.mark.parametrize("seed", range(3))
def test_every_number_of_a_sheet_with_gaps_is_what_plain_python_counts(seed, tmp_path):
    assert_right(seed, tmp_path)


@pytest.mark.long
@pytest.mark.parametrize("sheets", [60, pytest.param(500, marks=pytest.mark.campaign)])
def test_many_sheets_with_gaps_are_what_plain_python_counts(tmp_path, sheets):
    for seed in range(1000, 1000 + sheets):
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
    for seed in range(3):
        made = sheet(seed, tmp_path)
        for name, variable in made.codebook.variables.items():
            if made.rows and name in made.rows[0] and variable.type in ("tick", "choice", "count"):
                seen |= {(variable.type, row[name]) for row in made.rows if row[name] in (ND, BLANK)}
    assert seen == {(kind, gap) for kind in ("tick", "choice", "count") for gap in (ND, BLANK)}
    assert set(COUNTS) <= set(made.rows[0])


def small(codebook=CODEBOOK, size=12, **columns):
    """Coded files without gaps, but for the columns given."""
    units = random_units(codebook, size)
    units["files"] = units["files"].assign(**{name: pd.Series(cells, dtype=object) for name, cells in columns.items()})
    return units


def test_unknown_help_is_not_counted_as_no_help():
    help_ = {name: ["yes"] * 20 + [ND] * 20 for name in CODEBOOK.variables if name.startswith("before_")
             and CODEBOOK.variable(name).type == "tick"}  # fmt: skip
    units = small(size=40, **help_)
    table = tables.compute(units, CODEBOOK, "table2").set_index(["block", "item", "column"])
    assert list(table.loc["parallel_help", "social_and_health", "before"]) == [20, 20]
    said = Teller(units, CODEBOOK, "sv")("{files(before_social_and_health)}")
    assert said.startswith("20 (+20?)\n") and CODEBOOK.phrase("missing_note", "sv") in said
    shown = rendering.study_table(units, CODEBOOK, "table2", "en")
    assert "20 (+20?)" in shown.to_html().replace("\N{NO-BREAK SPACE}", " ")
    assert CODEBOOK.phrase("missing_note", "en") in shown.notes
    drawn = figures.help_before_after(
        tables.compute(units, CODEBOOK, "table2"), CODEBOOK, "en", len(units["files"]), "original"
    )
    assert drawn.numbers.set_index("item").loc["social_and_health", "before_missing"] == 20


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("files(age < 30)", "2 (+10?)"),
        ("files(not (age >= 30))", "2 (+10?)"),
        ("files(age >= 30 or age < 30)", "25"),
        ("files(age < 30 and age >= 30)", "0"),
        ("files(age >= 111)", "0"),
        ("files(not age >= 0)", "10"),
        ("files(sex != female)", "9 (+5?)"),
        ("files(sex not in (female, male))", "5"),
        ("files(sex == female or sex == male)", "20"),
        ("files(sex == nd)", "5"),
        ("files(not (sex == nd))", "20"),
        ("mean(age)", "35.67 (15 of 25 files)"),
        ("median(age)", "35 (15 of 25 files)"),
        ("files(sex == female) / files()", "0.44 (0.44–0.64)"),
        ("files(sex == female) - files(sex == male)", "2 (-3–7)"),
        ("files(sex == female) / files(sex == male)", "1.22 (0.79–1.78)"),
        ("files(sex == female) + files(sex == male)", "25"),
        ("answers(sex == female, sex == male)", "25"),
    ],
)
def test_what_missing_answers_leave_open_is_said(text, told):
    ages = [20, 29, *range(30, 37), *range(40, 46)]
    ages += [None] * (25 - len(ages))
    units = small(size=25, age=ages, sex=["female"] * 11 + ["male"] * 9 + [ND] * 5)
    said = Teller(units, CODEBOOK, "en").of(parse_quantity(text, CODEBOOK))
    assert said == told


def test_a_mean_has_median_and_range_beside_it_in_a_study_of_its_own():
    plans = [1, 1, 2, 5, ND, *[None] * 7]
    own, made = (small(n_plans=plans) for _ in range(2))
    made["files"]["row_status"] = "reconstructed"
    note = "Number of plans: mean 2.25, median 1.50, from 1 to 5 (4 of 12 files)."
    assert note in rendering.study_table(own, CODEBOOK, "table3", "en").notes
    assert note not in rendering.study_table(made, CODEBOOK, "table3", "en").notes
    (mean,) = [row for row in rendering.study_table(own, CODEBOOK, "table3", "en").rows if row.label == "Mean"]
    assert mean.cells[0].shown.replace("\N{NO-BREAK SPACE}", " ") == "2.25 (4 of 12 files)"


def test_files_that_possibly_meet_a_condition_are_listed_as_such():
    units = small(age=[20, 40, None, *[50] * 9])
    shown = exploring.picked(units, CODEBOOK, "age < 30", "en")
    assert [row.label for row in shown.rows] == ["F01", "F03 ?"]
    assert shown.title.startswith("1\N{NO-BREAK SPACE}(+1?) of 12 files")
    assert exploring.pick(units, CODEBOOK, "age < 30") == ["F01"]


def test_no_agency_never_came_whose_coming_is_unknown():
    names = [agency.name for agency in exploring.agencies(small(), CODEBOOK)]
    units = small(**{name: ["no"] * 12 for name in names[3:]} | {names[0]: ["no"] * 11 + [ND]})
    pairs = figures.co_attendance(units, CODEBOOK, "en").numbers.set_index(["agency", "other"])
    assert (pairs.loc[(names[0], names[0]), "low"], pairs.loc[(names[0], names[0]), "high"]) == (0, 1)
    assert names[3] not in pairs.index.get_level_values("agency")


def test_each_unprinted_count_of_a_reconstruction_has_its_interval_or_its_sign():
    study = studies.read(paths.DEFAULT_STUDY)
    units = workbook.load(paths.raw(study.name), study.codebook, "en", study.status)
    say = exploring.teller(study, units, "en")
    abuse = "any(abuse_alcohol, abuse_narcotics, abuse_pharmaceuticals)"
    assert say(f"{{files({abuse})}}").split("\n")[0] == "10 (10–11)"
    assert say(f"{{files(mental_health == yes and {abuse})}}").split("\n")[0] == "8 (8–9)"
    assert say("{files(met_psychiatric)}").split("\n")[0] == "5 ●"
    assert say("{files(sex == female)} of {files()}") == "7 of 12"
    notes = rendering.study_table(units, study.codebook, "table1", "en", tell=say).notes
    assert any("files with an answer 10 (10–11) of 12" in note for note in notes)


def test_help_whose_answer_is_missing_is_neither_gained_nor_lost():
    times = {"substance": ("yes", ND), "mental": (ND, "yes"), "economic": ("no", "yes"), "other": ("yes", "no")}
    answers = {f"{when}_social_{name}": pair[place] for name, pair in times.items()
               for place, when in enumerate(("before", "after"))}  # fmt: skip
    units = small(**{name: [answer] * 12 for name, answer in answers.items()})
    rows = [(row.label, row.cells) for row in exploring.story(units, CODEBOOK, "F01", "en").rows]
    first = next(place for place, (label, _) in enumerate(rows) if label == "Social service")
    assert [cells[0].text for _, cells in rows[first + 1 : first + 5]] == [
        "–", "Economic assistance", "Other social service", "Substance abuse; Mental health",
    ]  # fmt: skip


GAPS = {
    "a number of plans": ({"n_plans": [1] * 11 + [ND]}, (), ""),
    "an age": ({"age": [30] * 11 + [None]}, ("selection_period",), ""),
    "months to follow-up": (
        {"follow_up_months": [6] * 10 + [ND, None], "follow_up_held": ["yes"] * 12},
        ("collaboration_level",),
        "",
    ),
    "a count of one's own": (
        {"visits": [3] * 10 + [None] * 2},
        (),
        "visits,,cases,count,,,0,40,,,,,,Visits,,,,\n",
    ),
    "a choice of one's own": (
        {"support": ["daily"] * 2 + ["weekly"] * 9 + [BLANK]},
        (),
        "support,,,block,,,,,table1,,,,base,Support,Stöd,,,\nsupport,,cases,choice,,,,,,support,,,,Support,Stöd,,,\n"
        "support,daily,,,,,,,,,,,,Daily,Dagligen,,,\nsupport,weekly,,,,,,,,,,,,Weekly,Veckovis,,,\n",
    ),
    "everything, at random": ({}, (), ""),
}
"""What is missing: cells, columns that are left out, and lines of the study's codebook."""


LONG = ("an age", "everything, at random")
"""Those of which a run is tried every time; the others when there is time."""


@pytest.mark.long
@pytest.mark.parametrize(
    "missing", [*LONG, *(pytest.param(name, marks=pytest.mark.campaign) for name in GAPS if name not in LONG)]
)
def test_a_run_ends_with_tables_and_report_whatever_is_missing(missing, tmp_path, monkeypatch):
    root = copied(tmp_path / "copy")
    monkeypatch.setattr(paths, "ROOT", root)
    cells, left_out, own = GAPS[missing]
    folder = beginning.begin("own", "en")
    settings = folder / "study.yml"
    settings.write_text(settings.read_text(encoding="utf-8").replace("status: original", "status: fictitious"), "utf-8")
    if cells:
        with (folder / "codebook.csv").open("a", encoding="utf-8") as file:
            file.write(own)
        codebook = codebooks.read(paths.CODEBOOK, folder / "codebook.csv")
        units = filled(codebook, 12)
        files = units["files"].assign(**{name: pd.Series(column, dtype=object) for name, column in cells.items()})
        units["files"] = files.drop(columns=list(left_out))
    else:
        made = sheet(7, tmp_path, 25)
        codebook, units = made.codebook, made.units
        (folder / "codebook.csv").write_text(made.own, encoding="utf-8")
    workbook.write(folder / workbook.WORKBOOK, units, codebook, "fictitious", "en")
    done = run(root, "all", "--study", "own")
    assert done.returncode == 0, done.stdout + done.stderr
    derived = root / "data" / "derived" / "own"
    expected = tables.compute(units, codebook, "table1").astype(str)
    assert tables.read(derived / "table1.csv").astype(str).equals(expected)
    for name in ("report.html", "report.docx", "tables.xlsx", "publication/report.html"):
        assert (derived / name).stat().st_size > 1000
