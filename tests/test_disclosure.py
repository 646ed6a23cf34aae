"""What is passed on gives no small group away, however hard somebody calculates."""

import csv
import itertools
import os
import re
import shutil
import subprocess

import pandas as pd
import pytest
from campaigns import examples
from filled import filled
from hypothesis import given
from hypothesis import strategies as st

from analysis import codebook as codebooks
from analysis import disclosure, messages, paths, publication, rendering, tables
from analysis.codebook import LANGUAGES
from analysis.disclosure import SMALL, WITHHELD, Rules
from analysis.errors import UserError
from analysis.expressions import Count
from analysis.model import Model, Statement
from analysis.studies import Study

CODEBOOK = codebooks.read(paths.CODEBOOK)
USUAL = Rules()


def one_variable(name, counts):
    """A study that codes nothing but one choice, with so many files of each code."""
    codes = [code for code, number in counts.items() for _ in range(number)]
    return {"files": pd.DataFrame({name: codes}, dtype="str"), "authorities": pd.DataFrame()}


def test_masking_alone_would_give_the_count_away_and_the_attack_sees_it():
    units = one_variable("marital_status", {"single": 20, "couple": 2})
    values = disclosure._values(units, CODEBOOK)
    attack = disclosure.Attack(units, CODEBOOK, USUAL, values)
    masked = {("marital_status", "couple", "n"): SMALL}
    assert attack.open_values("marital_status/couple/n", masked) == 1
    both = masked | {("marital_status", "single", "n"): SMALL}
    assert attack.open_values("marital_status/couple/n", both) >= 3


@examples(25)
@given(st.lists(st.integers(0, 6), min_size=5, max_size=5), st.booleans(), st.integers(2, 3))
def test_every_way_to_fill_a_block_is_tried_and_leaves_hidden_counts_open(numbers, hides_none_or_all, left_open):
    codes = [*CODEBOOK.variable("employment").code_names(), "nd"]
    counts = {code: number for code, number in zip(codes, numbers, strict=True) if number}
    asked = Rules(4, left_open, hides_none_or_all)
    if sum(counts.values()) < asked.threshold:
        return
    found = disclosure.protect(one_variable("employment", counts), CODEBOOK, asked)
    size = sum(counts.values())
    left = size - sum(value for cell, value in found.shown.items() if cell[1] != "base")
    possible = [
        dict(zip(found.hidden, filling, strict=True))
        for filling in itertools.product(range(left + 1), repeat=len(found.hidden))
        if sum(filling) == left
        and all(
            why == WITHHELD or asked.is_small(value, size) == (why == SMALL)
            for value, why in zip(filling, found.hidden.values(), strict=True)
        )
    ]
    assert possible
    for cell, why in found.hidden.items():
        if why != WITHHELD or size >= left_open - 1:
            assert len({filling[cell] for filling in possible}) >= left_open
    for cell, value in found.shown.items():
        assert cell[1] == "base" or not asked.is_small(value, size)


@pytest.mark.parametrize(
    ("sheets", "size", "seed"),
    [
        (("cases",), 16, 1),
        pytest.param(("cases",), 24, 2, marks=pytest.mark.long),
        pytest.param(("cases", "help"), 14, 3, marks=pytest.mark.long),
    ],
)
def test_a_reader_of_the_published_files_cannot_pin_down_a_hidden_count(tmp_path, monkeypatch, sheets, size, seed):
    """Independent of how cells were chosen: from the csv files alone, with every row unknown."""
    units = filled(CODEBOOK, size, seed=seed, sheets=sheets)
    units.setdefault("authorities", pd.DataFrame())
    monkeypatch.setenv("COMPENDIUM_OUTPUT", str(tmp_path))
    study = Study("uppsala", {"status": "fictitious"}, CODEBOOK, (), {})
    made = publication.write(study, units, "en")
    shown, hidden = [], []
    for file in [path for path in made if path.match("table*.csv")]:
        with file.open(encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines):
                quantity = tables.quantity(CODEBOOK, row["block"], row["item"], row["column"])
                name = f"{row['block']}/{row['item']}/{row['column']}"
                if row["hidden"]:
                    assert row["value"] == ""
                    hidden.append((name, quantity, row["hidden"]))
                elif "." not in row["value"]:
                    shown.append(Statement(name, (), quantity, int(row["value"]), int(row["value"]), 1))
    unknown = [Statement(name, (), quantity, None, None, 1) for name, quantity, _ in hidden]
    model = Model(CODEBOOK, {"files": size}, [*shown, *unknown])
    assert len(shown) > 5
    assert hidden
    always = [model.selectors[statement.name] for statement in shown]
    equal = {
        (name, value): model.selector(Statement("", (), quantity, value, value, 1))
        for name, quantity, _ in hidden
        for value in range(size + 1)
    }
    for name, quantity, why in hidden:  # what the reasons say
        if isinstance(quantity, Count) and why != WITHHELD:
            allowed = [v for v in range(size + 1) if USUAL.is_small(v, size) == (why == SMALL)]
            model.clauses.append([equal[name, value] for value in allowed])
    with model.solver() as solver:
        for name, quantity, _ in hidden:
            if isinstance(quantity, Count):
                values = [v for v in range(size + 1) if solver.solve(assumptions=[*always, equal[name, v]])]
                assert len(values) >= USUAL.left_open, name


@pytest.mark.long
def test_small_counts_that_nobody_prints_are_tested_too():
    units = filled(CODEBOOK, 40, seed=6, sheets=("cases", "help"))
    found = disclosure.protect(units, CODEBOOK, USUAL)
    names = list(found.open_values)
    assert any(name.endswith("/no") for name in names)
    assert any(" and not " in name for name in names)
    assert min(found.open_values.values()) >= USUAL.left_open


@pytest.mark.long
def test_of_many_files_nearly_everything_is_shown():
    found = disclosure.protect(filled(CODEBOOK, 600, seed=6), CODEBOOK, USUAL)
    assert len(found.shown) > 10 * len(found.hidden)
    assert min(found.open_values.values(), default=3) >= USUAL.left_open


def test_the_same_files_are_protected_in_the_same_way():
    units = filled(CODEBOOK, 20, seed=7, sheets=("cases",))
    first, second = (disclosure.protect(units, CODEBOOK, USUAL).hidden for _ in range(2))
    assert first == second


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("size", "none_or_all", "said"),
    [(3, "hidden", "verdict_too_few"), (6, "hidden", "verdict_nothing"), (6, "shown", "verdict_ends")],
)
def test_where_nothing_can_be_printed_the_result_says_so(tmp_path, monkeypatch, language, size, none_or_all, said):
    monkeypatch.setenv("COMPENDIUM_OUTPUT", str(tmp_path))
    asked = {"none_or_all": none_or_all}
    study = Study("uppsala", {"status": "original", "title": "Vår studie", "publication": asked}, CODEBOOK, (), {})
    units = one_variable("employment", {"employed": 2, "training": size - 2})
    made = publication.write(study, units, language)
    sentence = messages.text(said, language, threshold=5, shown=2, hidden=2)
    for name in ("report.html", "record.html"):
        assert sentence in (tmp_path / "data" / "derived" / "uppsala" / "publication" / name).read_text(
            encoding="utf-8"
        )
    if size < 5:
        assert not [path for path in made if path.suffix in (".csv", ".xlsx")]


@pytest.mark.long
def test_every_hidden_cell_says_why_and_holds_no_number(tmp_path, monkeypatch):
    monkeypatch.setenv("COMPENDIUM_OUTPUT", str(tmp_path))
    study = Study("uppsala", {"status": "original"}, CODEBOOK, (), {})
    units = filled(CODEBOOK, 20, seed=8, status="original")
    made = publication.write(study, units, "sv")
    found = disclosure.protect(units, CODEBOOK, USUAL)
    page = (made[0].parent / "report.html").read_text(encoding="utf-8")
    assert page.count('<td style="text-align:right">.. <strong>') == len(found.hidden)
    for why, sign in publication.SIGNS.items():
        assert (f"{sign}: dolt" in page) == (why in found.hidden.values())
    assert "svar 2" not in page  # the sums of blocks with several answers are left out
    ids = set(units["files"]["file_id"])
    for path in made:
        if path.suffix in (".csv", ".html"):
            assert not ids & set(path.read_text(encoding="utf-8").replace(",", " ").replace("<", " ").split())


@pytest.mark.long
@pytest.mark.skipif(shutil.which("soffice") is None and not os.environ.get("CI"), reason="LibreOffice is missing")
@pytest.mark.parametrize(("files", "language"), [(8, "en"), (100, "sv")])
def test_the_record_fits_on_a_page(tmp_path, monkeypatch, files, language):
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
        rb"/Type */Pages[^>]*/Count 1\b|/Count 1\b[^>]*/Type */Pages", (tmp_path / "record.pdf").read_bytes()
    )


@pytest.mark.parametrize(
    ("stated", "said"),
    [
        ({"threshold": 1}, "threshold must be"), ({"threshold": "5"}, "threshold must be"),
        ({"threshold": 5, "left_open": 5}, "from 2 to 4"), ({"none_or_all": "maybe"}, "none_or_all must be"),
    ],
)  # fmt: skip
def test_settings_that_cannot_be_used_are_said(stated, said):
    with pytest.raises(UserError, match=said):
        disclosure.rules({"publication": stated})


def test_a_study_that_says_nothing_gets_the_usual_rules():
    assert disclosure.rules({}) == disclosure.rules({"publication": {}}) == USUAL


def test_a_number_that_few_files_have_is_not_told_by_a_row_of_its_own():
    units = filled(CODEBOOK, 17, sheets=("cases",))
    units["authorities"] = pd.DataFrame()
    units["files"] = units["files"][["file_id", "sex"]].assign(n_plans=[10, *[1] * 8, *[2] * 8])
    protection = disclosure.protect(units, CODEBOOK, USUAL)
    assert protection.hidden["n_plans", "10", "n"] == SMALL
    for language in LANGUAGES:
        shown = rendering.study_table(units, CODEBOOK, "table3", language, hidden=dict.fromkeys(protection.hidden, "a"))
        start = [row.label for row in shown.rows].index(CODEBOOK.frame("block", "n_plans").label[language]) + 1
        assert [row.label for row in shown.rows[start : start + 4]] == ["4", "3", "2", "1"]
        assert messages.text("hidden_rows", language) in shown.notes
        everything = rendering.study_table(units, CODEBOOK, "table3", language)
        assert everything.rows[start].label == "10" and messages.text("hidden_rows", language) not in everything.notes
    public = dict(publication._frames(CODEBOOK, units, protection))["table3"]
    assert "10" not in set(public[public["block"] == "n_plans"]["item"])
