"""Random fictitious studies, made in memory: hidden rows, what is printed of them, and slips in print."""

import random
from dataclasses import dataclass, replace

import pandas as pd

from analysis.printed.conflicts import Cluster, clusters
from analysis.printed.model import sizes, statements
from analysis.study.claims import Claim
from analysis.study.codebook import NO, NOT_DOCUMENTED, YES, Codebook, Text, Variable
from analysis.study.expressions import parse_quantity

BLOCK = 4
"""Indicators in one block of a printed table."""


@dataclass(frozen=True)
class Study:
    """A fictitious study: `slips` are the ids of the claims whose printed number was moved, `hidden` its true rows."""

    codebook: Codebook
    claims: tuple[Claim, ...]
    slips: tuple[str, ...] = ()
    hidden: pd.DataFrame | None = None

    def conflicts(self, seconds: float | None = None) -> tuple[Cluster, ...]:
        """Every conflict of the study. Raises NotDecided after so many seconds."""
        return clusters(
            self.codebook, sizes(self.claims, self.codebook), statements(self.claims, self.codebook), seconds
        )


def study(files: int, names: list[str], printed: dict[str, int]) -> Study:
    """A study with one tick variable a name, and a claim for every printed number: expression -> number."""
    codebook = Codebook(
        (
            _row(NOT_DOCUMENTED, "missing"),
            _row("cases", "sheet"),
            _row("file_id", "id", "cases"),
            replace(_row("files", "total"), definition="files"),
            *(_row(name, "tick", "cases") for name in names),
        )
    )
    claims = [_claim(expression, number, codebook) for expression, number in ({"files()": files} | printed).items()]
    return Study(codebook, tuple(claims))


def _row(name: str, type_: str, sheet: str = "") -> Variable:
    return Variable(
        name=name, type=type_, sheet=sheet, required=True, identifying=False, minimum=None, maximum=None, table="",
        block="", item="", column="", definition="", label=Text(name, name), note=Text("", ""),
    )  # fmt: skip


def _claim(expression: str, number: int, codebook: Codebook) -> Claim:
    return Claim(
        id=expression, where="", block="", item="", column="", published=str(number), low=number, high=number,
        unit="files", relation="=", quantity=parse_quantity(expression, codebook), alternative=None, stated=1, note="",
    )  # fmt: skip


def random_study(files: int, indicators: int, slips: int, seed: int = 1) -> Study:
    """A study counted from hidden random rows.

    Of every block of four indicators it prints how many files have each, how many any of them, and how many two of
    them; of every two neighbouring blocks how many files have one indicator of each. Slips move numbers of files with
    any or with two by a third of the files (by 2 at the least).
    """
    chance = random.Random(seed)
    names = [f"i{number}" for number in range(indicators)]
    likely = {name: chance.uniform(0.2, 0.8) for name in names}
    rows = [{name: chance.random() < likely[name] for name in names} for _ in range(files)]
    printed = {f"files({name})": sum(row[name] for row in rows) for name in names}
    joint: dict[str, int] = {}
    for start in range(0, indicators, BLOCK):
        block = names[start : start + BLOCK]
        joint[f"files(any({', '.join(block)}))"] = sum(any(row[name] for name in block) for row in rows)
        pairs = [chance.sample(block, 2)] + ([[names[start - 1], names[start]]] if start else [])
        for a, b in pairs:
            joint[f"files({a} and {b})"] = sum(row[a] and row[b] for row in rows)
    moved = tuple(chance.sample(list(joint), slips))
    step = max(2, files // 3)
    for expression in moved:
        up = joint[expression] + step
        joint[expression] = up if up <= files else joint[expression] - step
    hidden = pd.DataFrame(rows, columns=names).replace({True: YES, False: NO}).astype(object)
    return replace(study(files, names, printed | joint), slips=moved, hidden=hidden)
