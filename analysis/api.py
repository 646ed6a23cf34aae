"""What a researcher at home in pandas holds: a study, its coded cases, and what the published figures allow.

    study = analysis.load("name")
    cases = study.cases()
    cases.count("files(sex == female and n_plans >= 2)")
    cases.table("table1").frame
    study.compare(cases)

Everything is made anew from the coded sheet and kept nowhere; `analysis.run` writes a study's results.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd

from analysis import paths
from analysis.counts import agreement, tables
from analysis.display import rendering
from analysis.display.rendering import StudyTable
from analysis.explore import exploring
from analysis.printed import bounds, contradictions, forced
from analysis.printed.bounds import Bounds
from analysis.sheets import workbook
from analysis.study import studies
from analysis.study.codebook import BLANK, LANGUAGES, NO, NOT_DOCUMENTED, YES, Variable
from analysis.study.expressions import Number, measure, parse_quantity


@dataclass(frozen=True)
class Table:
    """A table that shows itself in a notebook; `frame` holds its numbers."""

    frame: pd.DataFrame
    shown: StudyTable

    def keep(self, folder: Path) -> pd.DataFrame:
        """Write NAME.csv (the numbers) and NAME.html (what is shown); returns the numbers as they are read again."""
        rendering.write_html(self.shown, folder / f"{self.shown.name}.html")
        return tables.read(tables.write(self.frame, folder / f"{self.shown.name}.csv"))

    def _repr_mimebundle_(self, **asked: object) -> dict[str, str]:
        return self.shown._repr_mimebundle_(**asked)

    def __repr__(self) -> str:
        return repr(self.shown)


class Cases(Mapping):
    """The coded units of a study: unit ("files", "authorities") -> a DataFrame of codes, one row a unit."""

    def __init__(self, units: Mapping[str, pd.DataFrame], study: Study):
        self._units, self.study = units, study
        self.codebook, self.language = study.codebook, study.language

    def __getitem__(self, unit: str) -> pd.DataFrame:
        return self._units[unit]

    def __iter__(self) -> Iterator[str]:
        return iter(self._units)

    def __len__(self) -> int:
        return len(self._units)

    def __repr__(self) -> str:
        return ", ".join(f"{len(rows)} {unit}" for unit, rows in self.items())

    def labelled(self, unit: str = "files") -> pd.DataFrame:
        """The unit's rows with labels for codes: choices and ticks as ordered categoricals, counts as Int64.

        What is not known (blank or not documented) is <NA>; `cases[unit]` tells the two apart.
        """
        rows = self[unit]
        return pd.DataFrame({name: self._labelled(rows[name]) for name in rows}, index=rows.index)

    def _labelled(self, column: pd.Series) -> pd.Series:
        if column.name not in self.codebook.variables:
            return column
        variable = self.codebook.variable(column.name)
        known = column.astype(object).where(~column.isin([BLANK, NOT_DOCUMENTED]) & column.notna(), pd.NA)
        if variable.type == "count":
            return known.astype("Int64")
        if variable.type not in ("choice", "tick"):
            return known
        labels = {code: self.codebook.label(variable.name, code, self.language) for code in _codes(variable)}
        return known.map(labels, na_action="ignore").astype(pd.CategoricalDtype(list(labels.values()), ordered=True))

    def count(self, text: str) -> Number:
        """A quantity in the query language, such as "files(sex == female)" or "mean(n_plans)".

        `value` is what is documented, as an exact Fraction; it truly lies from `low` to `high`, and `unknown` is how
        many more a count possibly is. Raises UserError for a text that is no quantity.
        """
        return measure(parse_quantity(text, self.codebook), self._units)

    def say(self, text: str, printed: bool = False) -> str:
        """A text with numbers for the quantities in braces, and what missing answers leave open of each.

        With `printed` also what the published figures leave open, where the rows are made from those.
        """
        return exploring.teller(self.study, self._units, self.language, self.study.leeway if printed else None)(text)

    def table(self, name: str, mark_all: bool = False) -> Table:
        """A table of the codebook. `frame`: block, item, column, value, unknown, one row a cell (`tables.compute`).

        What is shown marks where a published figure differs, with `mark_all` also where none does.
        """
        verdicts = self.study.compare(self)
        tell = None if mark_all else exploring.teller(self.study, self._units, self.language)
        shown = rendering.study_table(
            self._units, self.codebook, name, self.language, claims=verdicts, mark_all=mark_all, tell=tell
        )
        return Table(tables.compute(self._units, self.codebook, name), shown)

    def crosstab(self, down: str, across: str, printed: bool = False) -> Table:
        """In how many files each answer of one variable meets each of another.

        `frame`: `down` and `across` as codes, `n` files that surely have both, and from `low` to `high` what
        missing answers leave open. `printed` as in `say`. Raises UserError for what is no variable of the
        files with answers.
        """
        within = self.study.leeway if printed else None
        shown = exploring.crossed(self._units, self.codebook, down, across, self.language, within)
        lines = [
            (one, other, int(number.low), int(number.low), int(number.high))
            for one, first in (self._answers(down) if shown.rows else ())  # nothing where nobody coded one of them
            for other, second in self._answers(across)
            for number in [self.count(f"files({first} and {second})")]
        ]
        return Table(pd.DataFrame(lines, columns=["down", "across", "n", "low", "high"]), shown)

    def _answers(self, name: str) -> list[tuple[str, str]]:
        """The answers of a variable, and the condition that asks for each."""
        variable = self.codebook.variable(name)
        if variable.type == "derived":
            return [(NO, f"not {name}"), (YES, name)]
        codes = sorted(self.labelled()[name].dropna().unique()) if variable.type == "count" else _codes(variable)
        return [(str(code), f"{name} == {code}") for code in codes]


def _codes(variable: Variable) -> tuple[str, ...]:
    """The answers of a variable in the codebook's order; those of ticks and definitions from no to yes."""
    found = variable.code_names() if variable.type == "choice" else (NO, YES)
    return tuple(code for code in found if code not in (BLANK, NOT_DOCUMENTED))


class Audit:
    """What the published figures allow. `frames`: name -> DataFrame; `contradictions` says what their columns are.

    `conflicts`: sets of numbers that cannot all hold. `repairs`: the smallest changes after which they can. `readings`:
    other ways to read them. `assumptions`: what each rests on. `means`: which sums a mean allows. `unchecked`: numbers
    that nothing was checked of, with the reason. `forced`: what they say of answers without printing it.
    """

    def __init__(self, study: Study):
        self._language = study.language
        self._found = found = contradictions.audit(study.codebook, study.claims, contradictions.PATIENCE)
        self.frames = contradictions.frames(found, study.language)
        self.frames["forced"] = forced.forced_facts(
            study.codebook, study.claims, found.found, contradictions.PATIENCE, found.undecided
        )

    def __repr__(self) -> str:
        return contradictions.most_that_hold(self._found, self._language)


@dataclass(frozen=True)
class Study(studies.Study):
    """A study with labels in a language: `codebook`, `settings`, `status` of its rows, `claims` (published figures)."""

    language: str = LANGUAGES[0]

    def __repr__(self) -> str:
        return f"{self.settings.get('title') or self.name}: {len(self.claims)} published figures"

    @property
    def note(self) -> str:
        """What a reader must know of the rows before any number; empty where they are original."""
        return self.codebook.status_note(self.status, self.language)

    @cached_property
    def leeway(self) -> exploring.Leeway | None:
        """What the published figures leave open of any count; None where the rows are no reconstruction."""
        return exploring.leeway(self)

    def cases(self) -> Cases:
        """The coded cases as the sheet has them now. Raises UserError that lists every problem of the sheet."""
        return Cases(workbook.load(paths.raw(self.name), self.codebook, self.language, self.status), self)

    def tidy(self) -> Cases:
        """The coded cases as the last run kept them, below data/derived."""
        return Cases(workbook.read_tidy(paths.derived(self.name), self.codebook), self)

    def compare(self, cases: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
        """Every published figure beside what is computed: id, where, published, computed, verdict (`agreement`)."""
        return agreement.compare(self.claims, cases)

    def audit(self) -> Audit:
        """Whether the published figures can all be true, and what they say without printing it."""
        return Audit(self)

    def bounds(self, text: str) -> Bounds:
        """What the published figures leave open of a quantity, or of the number of files that meet a condition."""
        return bounds.bounds(text, self.codebook, self.claims, language=self.language)


def load(name: str, language: str = LANGUAGES[0]) -> Study:
    """A study by its folder below data/raw. Raises UserError for what cannot be read."""
    return Study(**vars(studies.read(name)), language=language)
