"""What is passed on, attacked with the project's own bounds engine, from the published files alone.

The attacker reads the files as anybody can, writes them down as a published.csv, and asks the engine what they leave
open: of every hidden number, and of small numbers that stand nowhere. What a hidden cell says of itself is used as
soon as the engine rules out one side of it (few files, or all but few), again and again until nothing new follows.
"""

import csv
import html
import itertools
import random
import re

import docx
import openpyxl
import pandas as pd
import pytest
from filled import filled

from analysis import bounds, claims, disclosure, messages, paths, publication, tables
from analysis import codebook as codebooks
from analysis.disclosure import GIVES_AWAY, SMALL, WITHHELD
from analysis.expressions import Compare, Count, holds, parse_condition, parse_quantity, variables
from analysis.studies import Study

pytestmark = pytest.mark.long

CODEBOOK = codebooks.read(paths.CODEBOOK)

RULES = (
    None,
    {"threshold": 3, "left_open": 2},
    {"threshold": 10, "left_open": 5, "none_or_all": "hidden"},
)
"""What a study.yml may ask of the protection."""

QUESTIONS = 12
"""Numbers that nobody prints which the attacker asks for, drawn at random, the same for a study."""


def publish(folder, monkeypatch, units, asked=None, language="en"):
    """Publish a study of one's own; returns the paths."""
    monkeypatch.setenv("COMPENDIUM_OUTPUT", str(folder))
    units = {"authorities": pd.DataFrame()} | units
    return publication.write(Study("uppsala", {"status": "original", "publication": asked}, CODEBOOK, (), {}), units,
                             language)  # fmt: skip


def lines(made):
    """Every row of the published tables."""
    for path in made:
        if re.fullmatch(r"table\d\.csv", path.name):
            with path.open(encoding="utf-8", newline="") as file:
                yield from csv.DictReader(file)


class Attacker:
    """Somebody who has nothing but the published files."""

    def __init__(self, made, size, rules, folder):
        self.size, self.rules, self.folder = size, rules, folder
        self.printed = [("size", "", "", "", str(size), "=", "files()")]
        (page,) = [path for path in made if path.name == "report.html"]
        self.lacks_rows = messages.text("hidden_rows", "en") in page.read_text(encoding="utf-8")
        self.hidden = {}
        for line in lines(made):
            name = "/".join(cell := (line["block"], line["item"], line["column"]))
            if line["hidden"]:
                assert line["value"] == "", name
                quantity = tables.quantity(CODEBOOK, *cell)
                if isinstance(quantity, Count):
                    self.hidden[name] = cell, quantity, line["hidden"]
                    self.know(name, cell, "0", ">=")  # that there is such a row is known too
            elif line["value"] and cell[1].rpartition(".")[2] not in ("base", "blank"):
                self.know(name, cell, line["value"], "=")
        self.read()

    def know(self, name, cell, value, relation):
        """Write down what a cell says; where numbers may lack a row, those that have one do not rule out others."""
        quantity, counts = tables.quantity(CODEBOOK, *cell), ""
        if self.lacks_rows and isinstance(quantity, Count) and isinstance(asked := quantity.condition, Compare):
            cell, counts = ("", "", ""), f"{quantity.unit}({asked.variable} {asked.relation} {asked.number})"
        self.printed.append((name, *cell, value, relation, counts))

    def read(self):
        """Ask anew, with all that is known by now."""
        with (self.folder / "published.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(claims.COLUMNS)
            for name, block, item, column, value, relation, counts in self.printed:
                writer.writerow([name, "", block, item, column, value, "", "files", relation, counts, "", "1", ""])
        self.engine = bounds.Print(CODEBOOK, claims.read(self.folder / "published.csv", CODEBOOK), found=())

    def reach(self, quantity):
        """Smallest and largest value that is left."""
        found = self.engine.interval(quantity)
        return int(found.low), int(found.high)

    def exploit_reasons(self):
        """Use what hidden cells say of themselves, as far as it follows which side of it holds."""
        used = set()
        while True:
            learnt = len(used)
            for name, (cell, quantity, why) in self.hidden.items():
                if why == WITHHELD or name in used:
                    continue
                low, high = self.reach(quantity)
                sides = [side for side in self.sides(why) if side[0] <= high and side[1] >= low]
                assert sides, name
                if len(sides) == 1:
                    used.add(name)
                    self.know(f"{name} from", cell, str(sides[0][0]), ">=")
                    self.know(f"{name} to", cell, str(sides[0][1]), "<=")
            if len(used) == learnt:
                return
            self.read()

    def sides(self, why):
        """The spans of numbers that a cell hidden for this reason can have."""
        low, high, size = self.rules.threshold, self.size - self.rules.threshold, self.size
        least = 0 if self.rules.hides_none_or_all else 1
        small = [(least, low - 1), (high + 1, size - least)]
        if why == SMALL:
            return small if small[0][1] < small[1][0] - 1 else [(least, size - least)]
        return [span for span in ((0, least - 1), (low, high), (size - least + 1, size)) if span[0] <= span[1]]


def attack(tmp_path, monkeypatch, units, asked=None):
    """Publish, attack, and say what was left of every hidden and every unprinted small number."""
    rules = disclosure.rules({"publication": asked})
    made = publish(tmp_path, monkeypatch, units, asked)
    attacker = Attacker(made, len(units["files"]), rules, tmp_path)
    attacker.exploit_reasons()
    questions = {name: quantity for name, (_, quantity, _) in attacker.hidden.items()}
    questions |= {text: parse_quantity(text, CODEBOOK) for text in unprinted(units["files"], rules)}
    return attacker, {name: attacker.reach(quantity) for name, quantity in questions.items()}


def unprinted(rows, rules):
    """Small numbers that nobody prints, whatever the protection looks at: answers to any two questions, or to one."""
    codes = [
        (name, code)
        for name in rows
        for code in sorted(set(rows[name].dropna().astype(str)))
        if CODEBOOK.variable(name).type in ("tick", "choice", "count") and CODEBOOK.variable(name).block
    ]
    met = {f"{name} == {code}": rows[name].astype(str) == code for name, code in codes if code not in ("", "nd")}
    met |= {name: holds(parse_condition(name, CODEBOOK), rows) for name, row in CODEBOOK.variables.items()
            if row.type == "derived" and set(variables(parse_condition(name, CODEBOOK))) <= set(rows)}  # fmt: skip
    met |= {f"not ({text})": ~column for text, column in met.items()}
    texts = [(f"{one} and {other}", met[one] & met[other]) for one, other in itertools.combinations(met, 2)]
    texts += [(text, column) for text, column in met.items() if text.endswith("== no")]
    small = [text for text, column in texts if 0 < column.sum() < rules.threshold]
    return [f"files({text})" for text in random.Random(len(rows)).sample(small, min(QUESTIONS, len(small)))]


def check(attacker, left, rules):
    assert left
    for name, (low, high) in left.items():
        assert high - low + 1 >= min(rules.left_open, attacker.size + 1), (name, low, high)


@pytest.mark.parametrize(
    ("sheets", "size", "seed", "asked"),
    [
        (("cases",), 30, 1, None),
        (("cases",), 13, 2, {"threshold": 3, "left_open": 2, "none_or_all": "hidden"}),
        (("cases", "help"), 12, 3, None),
    ],
)
def test_a_hidden_number_is_not_pinned_down(tmp_path, monkeypatch, sheets, size, seed, asked):
    rules = disclosure.rules({"publication": asked})
    check(*attack(tmp_path, monkeypatch, filled(CODEBOOK, size, seed=seed, sheets=sheets), asked), rules)


def test_a_rule_of_the_codebook_gives_no_small_difference_away(tmp_path, monkeypatch):
    """Wholly or partly carried out, never both: of 15 files 5 and 9, so that one would be neither."""
    answers = {"implemented_wholly": ["yes"] * 5 + ["no"] * 10, "implemented_partially": ["no"] * 6 + ["yes"] * 9}
    units = {"files": pd.DataFrame(answers, dtype="str"), "authorities": pd.DataFrame()}
    rules = disclosure.rules({})
    attacker, left = attack(tmp_path, monkeypatch, units)
    neither = parse_quantity("files(not implemented_wholly and not implemented_partially)", CODEBOOK)
    check(attacker, left | {"neither": attacker.reach(neither)}, rules)


def test_the_attack_is_a_real_one(tmp_path, monkeypatch):
    """Small numbers alone hidden, as offices do it, it finds nearly all of them."""
    monkeypatch.setattr(disclosure, "_hide_until_open", lambda *_: None)
    attacker, left = attack(tmp_path, monkeypatch, filled(CODEBOOK, 30, seed=1, sheets=("cases",)))
    assert sum(low == high for low, high in left.values()) >= len(attacker.hidden) / 4 > 1


@pytest.mark.parametrize("seed", range(6))
def test_campaign(tmp_path, monkeypatch, seed):
    """Studies of several sizes and rules, with help before and after, linked tables, several answers, totals, means."""
    size, sheets = (12, 16, 22)[seed % 3], (("cases", "help"), ("cases", "participation"))[seed // 3]
    asked = RULES[(seed + seed // 3) % 3]
    units = filled(CODEBOOK, size, seed=100 + seed, sheets=sheets)
    rules = disclosure.rules({"publication": asked})
    check(*attack(tmp_path, monkeypatch, units, asked), rules)


def test_every_published_format_says_the_same(tmp_path, monkeypatch):
    made = publish(tmp_path, monkeypatch, filled(CODEBOOK, 25, seed=4, status="original"))
    expected = [".." if line["hidden"] else line["value"] for line in lines(made)]
    assert {SMALL, GIVES_AWAY} <= {line["hidden"] for line in lines(made)}
    by_name = {path.name: path for path in made}

    page = by_name["report.html"].read_text(encoding="utf-8")
    page = "".join(re.findall('<table id="table.*?</table>', page, re.DOTALL))
    texts = {"report.html": [html.unescape(re.sub("<[^>]+>", "", cell)) for cell in re.findall("<td.*?</td>", page)]}
    for name in ("report.docx", "tables.docx"):
        rows = [row for table in docx.Document(str(by_name[name])).tables for row in table.rows]
        texts[name] = [cell.text for row in rows for cell in row.cells[1:]]
    rows = [row for sheet in openpyxl.load_workbook(by_name["tables.xlsx"]).worksheets[1:] for row in sheet.values]
    texts["tables.xlsx"] = [str(cell) for row in rows for cell in row[1:]]
    for name, found in texts.items():
        numbers = [text for text in map(shown, found) if re.fullmatch(r"\.\.|\d+([.,]\d+)?", text)]
        assert numbers == expected, name


def shown(text):
    """A number or the dots of a hidden one, without the letter that says why."""
    return text.strip().removesuffix("a").removesuffix("b").removesuffix("c").strip()
