"""What is passed on, attacked by somebody who has the files and the program (`attacker`).

First that the attacks find what there is to find: things put into a folder, and small counts that are hidden alone.
Then that they find nothing in what the program publishes.
"""

import docx
import numpy as np
import openpyxl
import pandas as pd
import pytest
from attacker import (
    UNKNOWN,
    Programme,
    Replay,
    World,
    added,
    book,
    enumerate_all,
    everything,
    fingerprint,
    series,
    sides,
    survivors_differ,
    together,
    words,
)
from filled import filled
from openpyxl.comments import Comment
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from analysis import paths
from analysis.privacy import disclosure
from analysis.report import comparison
from analysis.study import codebook as codebooks

CODEBOOK = codebooks.read(paths.CODEBOOK)

TICK, DOCUMENTED = ("yes", "no"), ("yes", "no", "nd")

BLOCK = "{0},,,block,,,,,table1,,,,base,{0},{0},,,\n"

HOUSING = (
    BLOCK.format("housing")
    + """\
housing,,cases,choice,yes,,,,,housing,,,,Housing,Boende,,,
housing,own,,,,,,,,,,,,Own,Eget,,,
housing,rent,,,,,,,,,,,,Rent,Hyr,,,
housing,none,,,,,,,,,,,,None,Ingen,,,
"""
)

DEBTS = """\
debts,,cases,tick,,,,,,{},,,Debts,Skulder,,,
evicted,,cases,tick,,,,,,{},,,Evicted,Vräkt,,,
"""

DERIVED = (
    BLOCK.format("money")
    + DEBTS.format("money,debts", "money,evicted")
    + """\
both,,cases,derived,,,,,,money,both,,debts and evicted,Both,Båda,,,
either,,cases,derived,,,,,,money,either,,debts or evicted,Either,Någon,,,
"""
)

QUANTITIES = (
    BLOCK.format("money")
    + DEBTS.format(",", ",")
    + """\
said,,cases,quantity,,,,,,money,said,,"answers(debts, evicted)",Said,Sagt,,,
more,,cases,quantity,,,,,,money,more,,files(debts) - files(evicted),More,Mer,,,
share,,cases,quantity,,,,,,money,share,,files(debts and evicted) / files(debts),Share,Andel,,,
"""
)

CHILDREN = (
    BLOCK.format("children")
    + """\
children,,cases,count,,,0,3,,,,,,Children,Barn,,,
most,,cases,quantity,,,,,,children,most,,maximum(children),Most,Flest,,,
least,,cases,quantity,,,,,,children,least,,minimum(children),Least,Minst,,,
together,,cases,quantity,,,,,,children,together,,sum(children),Together,Sammanlagt,,,
average,,cases,quantity,,,,,,children,average,,mean(children),Mean,Medel,,,
"""
)

ROOMS = (
    BLOCK.format("rooms")
    + """\
rooms,,cases,count,yes,,1,4,,rooms,,,,Rooms,Rum,,,
rooms,1,,,,,,,,,,,,1,1,,,
rooms,2,,,,,,,,,,,,2,2,,,
rooms_mean,,cases,quantity,,,,,,rooms,mean,,mean(rooms),Mean,Medel,,,
"""
)

JOINED_CODES = (
    HOUSING
    + """\
roof,,cases,derived,,,,,,housing,roof,,"housing in (own, rent)",Roof,Tak,,,
homeless,,cases,derived,,,,,,housing,homeless,,not roof,No roof,Inget tak,,,
"""
)

NUMBERS = (
    BLOCK.format("rooms")
    + """\
rooms,,cases,count,,,1,4,,rooms,,,,Rooms,Rum,,,
rooms,1,,,,,,,,,,,,1,1,,,
rooms,2,,,,,,,,,,,,2,2,,,
large,,cases,derived,,,,,,rooms,large,,rooms >= 3,Large,Stora,,,
rooms_sum,,cases,quantity,,,,,,rooms,sum,,sum(rooms),Sum,Summa,,,
"""
)

DIFFERENCES = (
    BLOCK.format("money")
    + DEBTS.format(",", ",")
    + """\
free,,cases,quantity,,,,,,money,free,,files() - files(debts),Free,Fria,,,
twice,,cases,quantity,,,,,,money,twice,,files(debts) + files(debts and evicted),Twice,Dubbelt,,,
part,,cases,quantity,,,,,,money,part,,files(evicted) / files(),Part,Del,,,
"""
)

VISITORS = (
    BLOCK.format("mood")
    + """\
visits,,,sheet,,,,,,,,,,Visitors,Besökare,One row a visitor.,En rad per besökare.,
visit_id,,visits,id,yes,,,,,,,,,Visitor,Besökare,,,
mood,,visits,choice,yes,,,,,mood,,,,Mood,Humör,,,
mood,good,,,,,,,,,,,,Good,Bra,,,
mood,poor,,,,,,,,,,,,Poor,Dålig,,,
"""
)

WORLDS = {
    "two codes": ("", {"marital_status": ("single", "couple")}),
    "three codes": (HOUSING, {"housing": ("own", "rent", "none")}),
    "four codes": ("", {"employment": ("employed", "training", "daily_activities", "none")}),
    "tick with nd": ("", {"abuse_alcohol": DOCUMENTED}),
    "tick with nd and blank": ("", {"user_present": (*DOCUMENTED, "")}),
    "several answers": ("", {"abuse_alcohol": TICK, "abuse_narcotics": TICK}),
    "answers with a total": ("", {"met_social_economic": TICK, "met_social_child_family": TICK}),
    "two blocks": ("", {"sex": ("female", "male"), "marital_status": ("single", "couple")}),
    "rule": ("", {"implemented_wholly": DOCUMENTED, "implemented_partially": TICK}),
    "before and after": ("", {"before_social_mental": TICK, "after_social_mental": TICK}),
    "derived": (DERIVED, {"debts": TICK, "evicted": TICK}),
    "derived over nd": (DERIVED, {"debts": DOCUMENTED, "evicted": TICK}),
    "quantities": (QUANTITIES, {"debts": TICK, "evicted": TICK}),
    "differences": (DIFFERENCES, {"debts": TICK, "evicted": TICK}),
    "joined codes": (JOINED_CODES, {"housing": ("own", "rent", "none")}),
    "numbers": (NUMBERS, {"rooms": ("1", "2", "3", "4", "")}),
    "statistics": (CHILDREN, {"children": ("0", "1", "2", "3", "")}),
    "telling row": (ROOMS, {"rooms": ("1", "2", "3", "4")}),
    "other persons": (VISITORS, {"mood": ("good", "poor")}),
}
"""Small studies: rows of an own codebook, and the texts that the cells of each variable can have."""


def small(folder, name, **asked):
    """The small study of that name, with what study.yml asks for."""
    own, codes = WORLDS[name]
    return World(book(folder, own), codes, asked, "visits" if "mood" in codes else "files")


# the attacks find what there is to find


def test_everything_in_a_folder_is_read(tmp_path):
    (tmp_path / "figures").mkdir()
    about = PngInfo()
    about.add_text("Comment", "secret one", zip=True)
    Image.new("P", (2, 2)).save(tmp_path / "figures" / "a.png", pnginfo=about)
    workbook = openpyxl.Workbook()
    hidden = workbook.create_sheet("more")
    hidden.sheet_state = "hidden"
    hidden["B7"] = "secret two"
    workbook.active["A1"].comment = Comment("secret three", "me")
    workbook.properties.keywords = "secret four"
    workbook.save(tmp_path / "tables.xlsx")
    document = docx.Document()
    document.core_properties.comments = "secret five"
    document.add_table(1, 1).cell(0, 0).text = "secret six"
    document.save(tmp_path / "report.docx")
    (tmp_path / "report.html").write_text("<p title='x'>secret <b>seven</b></p><!-- secret eight -->", encoding="utf-8")
    found = everything(tmp_path)
    read = " ".join(found.values()) + " ".join(map(words, found.values()))
    for number in ("one", "two", "three", "four", "five", "six", "seven", "eight"):
        assert f"secret {number}" in read


def test_the_programme_finds_the_rest_of_a_sum():
    """Of 20 files 14 and 4 are printed and two hidden counts share what is left; a third print gives them away."""
    own, rent, family, none = np.eye(4)
    known = [(np.ones(4), 20, 20), (own, 14, 14), (rent, 4, 4)]
    programme = Programme([20] * 4, known)
    assert (programme.reach(family), programme.reach(none)) == ((0, 2), (0, 2))
    assert Programme([20] * 4, [*known, (family + own, 15, 15)]).reach(none) == (1, 1)
    assert Programme([20] * 4, [*known, (family, 7, 9)]).reach(none) is None


def test_trying_every_data_set_finds_small_counts_that_are_hidden_alone(tmp_path):
    world = small(tmp_path, "two codes")

    def alone(counts, units):
        values = world.values(units)
        return frozenset((cell, None if 0 < value < 5 else disclosure.Shown(value, 0)) for cell, value in values.items()
                         if not cell[2].endswith(UNKNOWN))  # fmt: skip

    result, _ = enumerate_all(world, 12, alone)
    assert result.hidden == 8
    assert sum("cell" in found.what and len(found.left) == 1 for found in result.findings) == 8


def test_the_difference_of_two_publications_is_seen(tmp_path):
    world = small(tmp_path, "two codes")
    assert together(world, (7, 1), lambda filling: (filling[0], added(filling))).findings
    assert not together(world, (7, 1), lambda filling: sum(map(sum, filling))).findings


# and find nothing in what the program publishes

LOW = {"threshold": 3, "left_open": 2}
"""Rules by which few files are enough for everything to happen."""

ROUNDED = {"method": "round", "base": 3, **LOW}

QUICK = (
    ("two codes", 12, {}),
    ("two codes", 12, {"none_or_all": "hidden"}),
    ("two codes", 13, ROUNDED),
    ("other persons", 12, {}),
    ("quantities", 3, LOW),
    ("rule", 3, LOW),
)

LONG = (
    *((name, 8, LOW) for name in ("several answers", "answers with a total", "before and after", "joined codes")),
    *((name, 7, LOW) for name in ("tick with nd", "tick with nd and blank", "two codes")),
    *((name, 12, {}) for name in ("three codes", "tick with nd", "two blocks", "joined codes")),
    *((name, 12, {}) for name in ("answers with a total", "other persons")),
    *((name, 7, LOW) for name in ("rule", "quantities", "differences")),
    ("derived over nd", 5, LOW),
    ("statistics", 6, LOW),
    ("four codes", 9, LOW),
    ("telling row", 10, LOW),
    ("telling row", 10, {}),
    ("three codes", 16, {"left_open": 4}),
    ("two codes", 25, {"threshold": 10, "left_open": 5}),
    *(("two codes", size, {}) for size in (5, 6, 10, 20, 30)),
    *(("two codes", size, {"method": "round", "base": base}) for size, base in ((12, 5), (19, 5), (25, 10))),
    *((name, 7, ROUNDED) for name in ("derived", "two blocks", "tick with nd")),
    *((name, 7, LOW | {"none_or_all": "hidden"}) for name in ("tick with nd", "several answers", "derived")),
)

CAMPAIGN = (
    ("derived", 12, {}),
    ("derived over nd", 7, LOW),
    ("numbers", 6, LOW),
    ("before and after", 12, {}),
    ("telling row", 7, ROUNDED),
)


@pytest.mark.parametrize(("name", "size", "asked"), QUICK)
def test_no_hidden_count_is_pinned(tmp_path, name, size, asked):
    result, _ = enumerate_all(small(tmp_path, name, **asked), size)
    assert not result.findings, result
    assert result.hidden


def test_what_the_tables_do_not_tell_apart_no_other_file_does(tmp_path, monkeypatch):
    world = small(tmp_path, "two codes", **LOW)
    _, groups = enumerate_all(world, 7)
    assert not survivors_differ(world, groups, monkeypatch, tmp_path, 1)


@pytest.mark.long
@pytest.mark.parametrize(
    ("name", "size", "asked"),
    [*LONG, *(pytest.param(*world, marks=pytest.mark.campaign) for world in CAMPAIGN)],
)
def test_no_hidden_count_is_pinned_in_any_kind_of_study(tmp_path, monkeypatch, name, size, asked):
    world = small(tmp_path, name, **asked)
    result, groups = enumerate_all(world, size)
    assert not result.findings, result
    assert not result.failed
    assert not survivors_differ(world, groups, monkeypatch, tmp_path, 3)


@pytest.mark.long
@pytest.mark.parametrize("size", [1, 2, 4])
def test_of_fewer_than_the_threshold_not_even_the_number_is_told(tmp_path, monkeypatch, size):
    world = small(tmp_path, "two codes")
    one, other = (
        fingerprint(world.publish(world.units(counts), monkeypatch, tmp_path / str(sum(counts))))
        for counts in ((size, 0), (1, 2))
    )
    assert one == other


# several publications

OVERLAPS = {
    "two and a whole with one file more": ((12, 12, 1), ((0,), (1,), (0, 1, 2))),
    "one file later": ((12, 1), ((0,), (0, 1))),
    "two that share one file, and both": ((1, 12, 12), ((0, 1), (0, 2), (0, 1, 2))),
    "two months and the year": ((6, 6, 2), ((0,), (1,), (0, 1, 2))),
}
"""Parts by number of files, and the parts that each compared study holds."""


def side_by_side(world, patch, groups):
    """What is seen of a comparison of studies that hold parts in common."""
    protect, known = disclosure.protect, {}

    def remembered(units, codebook, asked):
        key = pd.util.hash_pandas_object(units[world.unit]).to_numpy().tobytes()
        if key not in known:
            known[key] = protect(units, codebook, asked)
        return known[key]

    patch.setattr(disclosure, "protect", remembered)

    def seen(filling):
        studies = {f"s{place}": world.units(added(filling[part] for part in group))
                   for place, group in enumerate(groups)}  # fmt: skip
        return tuple(
            frozenset((cell, "" if entry.hidden else entry.value) for cell, entry in side.all_values().items())
            for side in comparison.protected(sides(world, studies))
        )

    return seen


SERIES = {
    "one file more": ((6, 1), ((0,), (0, 1))),
    "one file instead of another": ((5, 1, 1), ((0, 1), (0, 2))),
    "many more, then nearly all of them gone": ((6, 1, 5), ((0,), (0, 1, 2), (0, 1))),
    "three more": ((6, 3), ((0,), (0, 1))),
}


SERIES_TELL = {
    "one file instead of another": "that something changed at all is told",
    "many more, then nearly all of them gone": "that all who came have the same answer is shown",
}
"""Series in which the difference of two publications still tells of a file, and how."""


@pytest.mark.long
@pytest.mark.parametrize(
    "again",
    [
        "one file more", "three more",
        *(pytest.param(name, marks=[pytest.mark.campaign, pytest.mark.xfail(reason=why, strict=True)])
          for name, why in SERIES_TELL.items()),
    ],
)  # fmt: skip
def test_a_next_publication_beside_the_last_tells_nothing_of_a_file(tmp_path, monkeypatch, again):
    parts, groups = SERIES[again]
    world = small(tmp_path, "two codes", **LOW)
    told = together(world, parts, series(world, monkeypatch, tmp_path / "made", groups))
    assert not told.findings, told


@pytest.mark.long
@pytest.mark.parametrize(
    ("name", "overlap"),
    [
        *(("two codes", overlap) for overlap in OVERLAPS),
        ("statistics", "one file later"),
        *(pytest.param("statistics", overlap, marks=pytest.mark.campaign)
          for overlap in OVERLAPS if overlap != "one file later"),
    ],
)  # fmt: skip
def test_studies_side_by_side_tell_nothing_of_a_file(tmp_path, monkeypatch, name, overlap):
    parts, groups = OVERLAPS[overlap]
    if name == "statistics":
        parts = tuple(min(size, 3) for size in parts)
    world = small(tmp_path, name, **({"threshold": 3, "left_open": 2} if name == "statistics" else {}))
    told = together(world, parts, side_by_side(world, monkeypatch, groups))
    assert not told.findings, told


# larger studies


@pytest.mark.long
@pytest.mark.parametrize(("size", "seed", "sheets"), [(25, 4, ("cases",)), (40, 5, ("cases",))])
def test_of_a_larger_study_other_data_sets_give_the_same(size, seed, sheets):
    units = {"authorities": pd.DataFrame(), **filled(CODEBOOK, size, seed=seed, sheets=sheets, status="original")}
    attack = Replay(CODEBOOK, units, {})
    left = attack.attack()
    assert left
    assert {name: found for name, found in left.items() if len(found) < attack.world.rules.left_open} == {}
