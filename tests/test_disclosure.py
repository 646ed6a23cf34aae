"""What is passed on gives no small group away to a reader who has all of it, and the program."""

import itertools
import os
import re
import shutil
import subprocess
from dataclasses import replace

import pandas as pd
import pytest
from campaigns import examples
from filled import filled
from hypothesis import assume, given
from hypothesis import strategies as st
from possible_studies import Universe, block, choice, codebook, derived, pinned, rule, tick

from analysis import paths
from analysis.counts import tables
from analysis.display import rendering
from analysis.errors import UserError
from analysis.language import messages
from analysis.printed import wording
from analysis.privacy import disclosure
from analysis.privacy.disclosure import Rules
from analysis.report import publication
from analysis.study import codebook as codebooks
from analysis.study.codebook import LANGUAGES
from analysis.study.expressions import parse_condition
from analysis.study.studies import Study

CODEBOOK = codebooks.read(paths.CODEBOOK)
USUAL = Rules()
YES_NO = ("yes", "no")


def profiles(**codes):
    return [dict(zip(codes, row, strict=True)) for row in itertools.product(*codes.values())]


HELP = block("t", "") + tick("b", "t", "x", "before") + tick("a", "t", "x", "after")
STUDIES = {
    "three codes": (choice("a", "pqr"), profiles(a="pqr")),
    "four codes": (choice("a", "pqrs"), profiles(a="pqrs")),
    "five codes": (choice("a", "pqrst"), profiles(a="pqrst")),
    "not documented": (choice("a", "pqr"), profiles(a=[*"pqr", "nd"])),
    "numbers and their mean": (
        choice("a", "321", "count", "0,9") + derived("m", "a", "mean", "n", "mean(a)", "quantity"),
        profiles(a="1237"),
    ),
    "several answers": (block("t", "total") + tick("x", "t", "x") + tick("y", "t", "y"), profiles(x=YES_NO, y=YES_NO)),
    "any of two": (
        block("t", "") + tick("x", "t", "x") + tick("y", "t", "y") + derived("d", "t", "total", "n", "any(x, y)"),
        profiles(x=YES_NO, y=YES_NO),
    ),
    "before, after and a rule": (
        HELP + block("c", "") + tick("changed", "c", "changed") + rule("r", "changed or b == a"),
        [one for one in profiles(b=YES_NO, a=YES_NO, changed=YES_NO) if one["changed"] != "no" or one["b"] == one["a"]],
    ),
    "two at once": (
        block("t", "") + tick("x", "t", "x") + tick("y", "t", "y") + derived("d", "t", "both", "n", "x and y")
        + derived("e", "t", "any", "n", "x or y"),
        profiles(x=YES_NO, y=YES_NO),
    ),
    "several variables": (
        choice("a", "pqr") + block("t", "total") + tick("x", "t", "x") + tick("y", "t", "y"),
        profiles(a="pqr", x=YES_NO, y=["no"]) + profiles(a="p", x=["yes"], y=["yes"]),
    ),
    "a share": (
        block("t", "") + tick("x", "t", "x") + derived("q", "t", "share", "n", "files(x) / files()", "quantity"),
        profiles(x=[*YES_NO, "nd"]),
    ),
}  # fmt: skip
ROUNDED = Rules(base=5)


def long(*values):
    return pytest.param(*values, marks=pytest.mark.long)


def campaign(*values):
    return pytest.param(*values, marks=[pytest.mark.long, pytest.mark.campaign])


@pytest.mark.parametrize(
    ("study", "size", "asked"),
    [
        ("three codes", 12, USUAL), ("several answers", 7, Rules(3, 2)), ("a share", 9, Rules(3, 2)),
        ("any of two", 5, Rules(3, 2)),
        long("any of two", 8, Rules(3, 2)), long("three codes", 8, Rules(3, 2, base=3)),
        long("three codes", 20, USUAL), long("three codes", 30, USUAL), long("four codes", 16, USUAL),
        long("five codes", 12, USUAL), long("not documented", 14, USUAL),
        long("numbers and their mean", 13, USUAL), long("several answers", 20, USUAL), long("a share", 20, USUAL),
        long("two at once", 7, Rules(3, 2)), long("before, after and a rule", 6, Rules(3, 2)),
        long("several variables", 7, Rules(3, 2)), long("three codes", 16, Rules(hides_none_or_all=True)),
        long("three codes", 19, ROUNDED), long("four codes", 14, Rules(5, 2, base=3)),
        long("three codes", 30, Rules(base=10)),
        campaign("any of two", 12, USUAL), campaign("two at once", 13, USUAL),
        campaign("before, after and a rule", 12, USUAL), campaign("several variables", 12, USUAL),
        campaign("several variables", 13, Rules(4, 3)), campaign("not documented", 13, ROUNDED),
        campaign("any of two", 14, ROUNDED),
    ],
)  # fmt: skip
def test_whoever_runs_the_program_on_every_data_set_pins_no_hidden_number(tmp_path, study, size, asked):
    rows, of = STUDIES[study]
    outputs = Universe(codebook(tmp_path, rows), of, size).outputs(asked)
    assert len(outputs) > 1
    assert pinned(outputs, asked) == []


def test_the_enumeration_sees_a_rule_that_lets_the_count_follow(tmp_path, monkeypatch):
    monkeypatch.setattr(disclosure, "_hidden_parts", lambda numbers, small, asked: small)
    rows, of = STUDIES["three codes"]
    assert pinned(Universe(codebook(tmp_path, rows), of, 12).outputs(USUAL), USUAL)


@examples(60)
@given(
    st.lists(st.one_of(st.integers(0, 6), st.integers(0, 60)), min_size=2, max_size=9),
    st.integers(3, 10), st.booleans(), st.data(),
)  # fmt: skip
def test_any_values_in_the_hidden_parts_but_the_first_give_the_same_output(numbers, threshold, hides, data):
    """The proof that stands at `_hidden_parts`, on studies of any size."""
    asked, size = Rules(threshold, 2, hides), sum(numbers)

    def hidden(of):
        return disclosure._hidden_parts(of, {at for at, n in enumerate(of) if asked.is_small(n, size)}, asked)

    found = hidden(numbers)
    assume(found and len(found) < len(numbers))
    others = sorted(found - {0})
    values = [data.draw(st.integers(1, threshold - 1)) for _ in others]
    changed = dict(enumerate(numbers)) | dict(zip(others, values, strict=True))
    changed[0] = sum(numbers[at] for at in found) - sum(values)
    assert hidden(list(changed.values())) == found


@examples(40)
@given(st.integers(2, 9), st.integers(3, 6), st.data())
def test_where_all_parts_are_hidden_each_can_have_every_small_value(parts, threshold, data):
    few = data.draw(st.lists(st.integers(0, threshold), min_size=parts - 1, max_size=parts - 1))
    numbers = [data.draw(st.integers(max(0, threshold + parts - sum(few)), 3 * threshold + parts)), *few]
    size, asked = sum(numbers), Rules(threshold, 2)

    def hidden(of):
        return disclosure._hidden_parts(of, {at for at, n in enumerate(of) if asked.is_small(n, size)}, asked)

    assume(len(hidden(numbers)) == parts)
    at, value = data.draw(st.integers(1, parts - 1)), data.draw(st.integers(1, threshold - 1))
    spread = [1] * parts
    spread[at], spread[0] = value, 0
    spread[0] = size - sum(spread)
    if spread[0] < threshold * parts - value - parts + 2:
        assert len(hidden(spread)) == parts


@pytest.mark.long
@pytest.mark.parametrize(("size", "seed", "asked"), [(25, 1, USUAL), (40, 3, USUAL), (30, 2, ROUNDED)])
def test_the_data_sets_that_a_search_finds_have_the_same_publication(monkeypatch, size, seed, asked):
    """Where questions are too many to go through every data set: what the proof rests on, run through the program."""
    found, find = [], disclosure.Search.find

    def noted(search, *limits):
        is_found = find(search, *limits)
        if is_found:
            found.append(search.frame())
        return is_found

    units = filled(CODEBOOK, size, seed=seed, sheets=("cases", "help")) | {"authorities": pd.DataFrame()}
    with monkeypatch.context() as patch:
        patch.setattr(disclosure.Search, "find", noted)
        real = disclosure.protect(units, CODEBOOK, asked)
    largest = max(len(frame.columns) for frame in found)
    others = [frame for frame in found if len(frame.columns) == largest][-3:]
    assert any(real.cells[cell] is not None for cell in real.hideable & real.cells.keys() if cell[0] == "health_care")
    for other in others:
        files = units["files"].assign(**{name: other[name].to_numpy() for name in other})
        assert disclosure.protect(units | {"files": files}, CODEBOOK, asked).cells == real.cells


def one_variable(name, counts):
    """A study that codes nothing but one choice, with so many files of each code."""
    codes = [code for code, number in counts.items() for _ in range(number)]
    return {"files": pd.DataFrame({name: codes}, dtype="str"), "authorities": pd.DataFrame()}


def study(**asked):
    return Study(
        "uppsala", {"status": "original", "title": "Vår studie", "publication": asked or None}, CODEBOOK, (), {}
    )


def published(folder):
    """The bytes of every file that is passed on, by name."""
    root = folder / "data" / "derived" / "uppsala" / "publication"
    return {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


def test_data_sets_with_the_same_tables_give_the_same_folder_to_the_byte(tmp_path, monkeypatch):
    """Record, texts, order, names and sizes of files say nothing more than the shown numbers."""
    folders = []
    for number, counts in enumerate(({"employed": 14, "training": 2, "daily_activities": 1, "none": 9},
                                     {"employed": 14, "training": 1, "daily_activities": 4, "none": 7})):  # fmt: skip
        monkeypatch.setenv("COMPENDIUM_OUTPUT", str(tmp_path / str(number)))
        publication.write(study(), one_variable("employment", counts), "en")
        folders.append(published(tmp_path / str(number)))
    assert folders[0].keys() == folders[1].keys() and "record.docx" in folders[0] and "tables.xlsx" in folders[0]
    assert [name for name in folders[0] if folders[0][name] != folders[1][name]] == []


def test_the_same_files_are_protected_in_the_same_way():
    units = filled(CODEBOOK, 20, seed=7, sheets=("cases",))
    first, second = (disclosure.protect(units, CODEBOOK, USUAL) for _ in range(2))
    assert (first.cells, first.hidden) == (second.cells, second.hidden)


@pytest.mark.parametrize("asked", [USUAL, Rules(base=10)])
def test_a_study_of_forty_files_keeps_something_worth_reading(asked):
    found = disclosure.protect(filled(CODEBOOK, 40, seed=3, sheets=("cases", "participation")), CODEBOOK, asked)
    shown = [cell for cell in found.hideable if found.cells.get(cell) is not None]
    assert len(shown) > len(found.hideable) / 3


@pytest.mark.long
def test_of_many_files_most_is_shown():
    """Of three studies; in one of them few files have some of the help, and the tables of help are withheld."""
    studies = [disclosure.protect(filled(CODEBOOK, 600, seed=seed), CODEBOOK, USUAL) for seed in (1, 2, 6)]
    shown = sum(found.cells.get(cell) is not None for found in studies for cell in found.hideable)
    assert shown > 3 * sum(len(found.hidden) for found in studies)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("size", "none_or_all", "said"),
    [(3, "hidden", "verdict_too_few"), (6, "hidden", "verdict_nothing"), (6, "shown", "verdict_ends")],
)
def test_where_nothing_can_be_shown_the_result_says_so(tmp_path, monkeypatch, language, size, none_or_all, said):
    monkeypatch.setenv("COMPENDIUM_OUTPUT", str(tmp_path))
    counts = {"employed": size} if said == "verdict_ends" else {"employed": 2, "training": size - 2}
    made = publication.write(study(none_or_all=none_or_all), one_variable("employment", counts), language)
    for name in ("report.html", "record.html"):
        assert messages.text(said, language, threshold=5) in published(tmp_path)[name].decode()
    if size < 5:
        assert not [path for path in made if path.suffix in (".csv", ".xlsx")]


OWN = (
    "talks,,cases,tick,,,,,,,,,,Talks,Samtal,,,\nletters,,cases,tick,,,,,,,,,,Letters,Brev,,,\n"
    + block("own")
    + derived("asked", "own", "asked", "n", "answers(talks, letters)", "quantity")
    + derived("more", "own", "more", "n", "files(talks) - files(letters)", "quantity")
    + derived("part", "own", "part", "n", "files(talks) / files(letters)", "quantity")
    + derived("oldest", "own", "oldest", "n", "maximum(age)", "quantity")
    + derived("middle", "own", "middle", "n", "median(age)", "quantity")
    + derived("years", "own", "years", "n", "mean(age)", "quantity")
)


@pytest.mark.parametrize("talks", [2, 20])
def test_counts_inside_a_quantity_and_single_persons_values_are_protected(tmp_path, talks):
    path = tmp_path / "own.csv"
    path.write_text(",".join(codebooks.COLUMNS) + "\n" + OWN, encoding="utf-8")
    book = codebooks.read(paths.CODEBOOK, path)
    size = 30
    ages = [str(30 + place) for place in range(size)]
    files = {"file_id": [f"F{n}" for n in range(size)], "age": ages, "letters": ["yes"] * 12 + ["no"] * 18}
    files["talks"] = ["yes"] * talks + ["no"] * (size - talks)
    units = {"files": pd.DataFrame(files, dtype="str"), "authorities": pd.DataFrame()}
    found = disclosure.protect(units, book, USUAL).cells
    shown = {item for block, item, _ in found if block == "own" and found[block, item, "n"] is not None}
    assert shown == {"base", "years"} | ({"asked", "more", "part"} if talks == 20 else set())


def test_every_unit_is_persons_unless_the_codebook_says_that_it_is_not(tmp_path):
    rows = (
        "visits,,,sheet,,,,,,,,,{of},Visits,Besök,,,\nvisit_id,,visits,id,yes,,,,,,,,,Visit,Besök,,,\n"
        + block("v", "") + "alone,,visits,tick,yes,,,,,v,alone,n,,Alone,Ensam,,,\n"
    )  # fmt: skip
    for of, is_shown in (("", False), ("organisations", True)):
        book = codebook(tmp_path, rows.format(of=of))
        visits = pd.DataFrame({"visit_id": list("abcdefghij"), "alone": ["yes"] * 2 + ["no"] * 8}, dtype="str")
        units = {"files": pd.DataFrame({"file_id": list("abcdef")}, dtype="str"), "visits": visits}
        found = disclosure.protect(units, book, USUAL)
        assert (found.cells["v", "alone", "n"] is not None) == is_shown
        few = disclosure.protect(units | {"visits": visits.head(3)}, book, USUAL)
        assert (few.sizes["visits"] is None) == (not is_shown)


def test_missing_answers_of_few_are_hidden_and_of_many_shown():
    units = one_variable("employment", {"employed": 20, "training": 9})
    units["files"]["met_health_addiction"] = ["yes"] * 10 + ["no"] * 12 + ["nd"] * 7
    units["files"]["met_health_outpatient"] = ["yes"] * 10 + ["no"] * 17 + ["nd"] * 2
    found = disclosure.protect(units, CODEBOOK, USUAL).cells
    assert found["represented_health", "addiction", "n"] == disclosure.Shown(10, 7)
    assert found["represented_health", "outpatient", "n"] == disclosure.Shown(10, None, is_unknown_hidden=True)
    assert found["represented_health", "outpatient.nd", "n"] is None


def test_a_number_that_few_files_have_is_not_told_by_a_row_of_its_own():
    units = filled(CODEBOOK, 17, sheets=("cases",))
    units["authorities"] = pd.DataFrame()
    units["files"] = units["files"][["file_id", "sex"]].assign(n_plans=["10", *["1"] * 8, *["2"] * 8])
    protection = disclosure.protect(units, CODEBOOK, USUAL)
    assert ("n_plans", "10", "n") in protection.hidden and ("n_plans", "10", "n") not in protection.cells
    for language in LANGUAGES:
        shown = rendering.study_table(units, CODEBOOK, "table3", language, public=protection)
        start = [row.label for row in shown.rows].index(CODEBOOK.frame("block", "n_plans").label[language]) + 1
        assert [row.label for row in shown.rows[start : start + 4]] == ["4", "3", "2", "1"]
        everything = rendering.study_table(units, CODEBOOK, "table3", language)
        assert everything.rows[start].label == "10"


def test_rounded_numbers_say_so_and_small_ones_stay_hidden(tmp_path, monkeypatch):
    monkeypatch.setenv("COMPENDIUM_OUTPUT", str(tmp_path))
    counts = {"employed": 14, "training": 3, "daily_activities": 8, "none": 9}
    publication.write(study(method="round", base=5), one_variable("employment", counts), "en")
    frame = pd.read_csv(paths.derived("uppsala") / "publication" / "table1.csv", dtype=str, keep_default_na=False)
    told = frame[frame["block"] == "employment"].set_index("item")["value"].to_dict()
    assert told == {"employed": "15", "training": "", "daily_activities": "10", "none": "10", "base": "34"}
    assert messages.text("rounded_note", "en", base=5) in published(tmp_path)["table1.html"].decode()


@pytest.mark.parametrize(
    ("language", "later", "withheld"),
    [
        ("en", [], False), ("sv", ["training"], True), ("en", ["employed"] * 10 + ["none"] * 8, False),
        long("en", ["employed"], True), long("sv", ["employed"] * 10 + ["none"] * 2, True),
    ],
)  # fmt: skip
def test_a_second_publication_is_compared_with_the_last_one(tmp_path, monkeypatch, language, later, withheld):
    monkeypatch.setenv("COMPENDIUM_OUTPUT", str(tmp_path))
    codes = ["employed"] * 12 + ["training"] * 9 + ["daily_activities"] * 8 + ["none"] * 7
    monkeypatch.setattr(publication, "_pictures", lambda *_: ())
    for rows in (codes, codes + later, codes + later):  # the third time nothing has changed
        units = {"files": pd.DataFrame({"employment": rows}, dtype="str"), "authorities": pd.DataFrame()}
        publication.write(study(), units, language)
        frame = pd.read_csv(paths.derived("uppsala") / "publication" / "table1.csv", dtype=str, keep_default_na=False)
        shown = frame[(frame["block"] == "employment") & (frame["item"] != "base")]["hidden"]
        assert set(shown) == {".." if withheld and rows is not codes else ""}
    page = (paths.derived("uppsala") / "before_you_publish.html").read_text(encoding="utf-8")
    assert (publication.LAST in page) == withheld
    if withheld:  # the remedy
        (paths.derived("uppsala") / publication.LAST).unlink()
        publication.write(study(), units, language)
        assert publication.LAST not in (paths.derived("uppsala") / "before_you_publish.html").read_text(
            encoding="utf-8"
        )


def test_what_all_of_a_group_have_is_told_to_the_house_alone(tmp_path, monkeypatch):
    monkeypatch.setenv("COMPENDIUM_OUTPUT", str(tmp_path))
    publication.write(study(), one_variable("employment", {"employed": 20}), "sv")
    page = (paths.derived("uppsala") / "before_you_publish.html").read_text(encoding="utf-8")
    assert messages.text("about_everyone", "sv") in page and "(20)" in page
    assert not any("before_you_publish" in name for name in published(tmp_path))


@pytest.mark.long
def test_hidden_cells_have_one_sign_and_no_row_of_a_file_is_passed_on(tmp_path, monkeypatch):
    monkeypatch.setenv("COMPENDIUM_OUTPUT", str(tmp_path))
    units = filled(CODEBOOK, 30, seed=8, status="original")
    publication.write(study(), units, "sv")
    found = disclosure.protect(units, CODEBOOK, USUAL)
    page = published(tmp_path)["report.html"].decode()
    assert page.count('<td style="text-align:right">..') == sum(shown is None for shown in found.cells.values())
    assert "svar 2" not in page  # the sums of blocks with several answers are left out
    for name, content in published(tmp_path).items():
        if name.endswith((".csv", ".html")):
            assert not set(units["files"]["file_id"]) & set(re.split(r"[,<>\s]+", content.decode()))


@pytest.mark.long
@pytest.mark.skipif(shutil.which("soffice") is None and not os.environ.get("CI"), reason="LibreOffice is missing")
@pytest.mark.parametrize(("files", "language"), [(8, "en"), (100, "sv")])
def test_the_record_fits_on_two_pages(tmp_path, monkeypatch, files, language):
    monkeypatch.setenv("COMPENDIUM_OUTPUT", str(tmp_path))
    settings = {"status": "original", "title": "Samordnade individuella planer i vår kommun 2024"}
    made = publication.write(Study("uppsala", settings, CODEBOOK, (), {}), filled(CODEBOOK, files), language)
    (record,) = [path for path in made if path.name == "record.docx"]
    subprocess.run(
        ["soffice", f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}", "--headless", "--convert-to", "pdf",
         "--outdir", tmp_path, record],
        check=True, capture_output=True, timeout=180,
    )  # fmt: skip
    assert re.search(
        rb"/Type */Pages[^>]*/Count [12]\b|/Count [12]\b[^>]*/Type */Pages", (tmp_path / "record.pdf").read_bytes()
    )


@pytest.mark.parametrize(
    ("stated", "said"),
    [
        ({"threshold": 2}, "threshold must be"), ({"threshold": "5"}, "threshold must be"),
        ({"threshold": 5, "left_open": 5}, "from 2 to 4"), ({"none_or_all": "maybe"}, "none_or_all must be"),
        ({"method": "noise"}, "method must be hide or round"), ({"method": "round", "base": 4}, "3, 5 or 10"),
        ({"base": 5}, "goes with method: round"), ({"method": "round", "base": 3, "left_open": 4}, "from 2 to 3"),
    ],
)  # fmt: skip
def test_settings_that_cannot_be_used_are_said(stated, said):
    with pytest.raises(UserError, match=said):
        disclosure.rules({"publication": stated})


def test_a_study_that_says_nothing_gets_the_usual_rules():
    assert disclosure.rules({}) == disclosure.rules({"publication": {}}) == USUAL
    assert disclosure.rules({"publication": {"method": "round"}}) == replace(USUAL, base=5)
    assert tables.COLUMNS[:3] == publication.COLUMNS[:3]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_count_or_choice_that_shares_a_block_is_named_in_every_row(tmp_path, monkeypatch, language):
    rows = block("own") + "calls,,cases,count,,,0,9,,own,calls,n,,Calls,Samtal,,,\n" + choice_with_item("mood")
    (tmp_path / "own.csv").write_text(",".join(codebooks.COLUMNS) + "\n" + rows, encoding="utf-8")
    book = codebooks.read(paths.CODEBOOK, tmp_path / "own.csv")
    units = filled(book, 30, sheets=("cases",), status="original") | {"authorities": pd.DataFrame()}
    monkeypatch.setenv("COMPENDIUM_OUTPUT", str(tmp_path))
    publication.write(replace(study(), codebook=book), units, language)
    about = next(tmp_path.rglob("before_you_publish.html")).read_text(encoding="utf-8")
    shown = rendering.study_table(units, book, "table1", language)
    name = {"en": "Calls", "sv": "Samtal"}[language]
    assert f"own: {name}: " in about and f"{name}: {name}" not in about
    assert {f"{name}: 0", "mood: good", "mood: bad"} <= {row.label for row in shown.rows}
    assert wording.met(book, parse_condition("calls >= 2", book), language) == f"{name} ≥ 2"


def choice_with_item(name: str) -> str:
    codes = "".join(f"{name},{code},,,,,,,,,,,,{code},{code},,,\n" for code in ("good", "bad"))
    return f"{name},,cases,choice,,,,,,own,{name},n,,{name},{name},,,\n{codes}"
