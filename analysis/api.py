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
from analysis.study.codebook import BLANK, LANGUAGES, NO, NOT_DOCUMENTED, YES, Codebook, Variable
from analysis.study.expressions import Number, measure, parse_quantity


@dataclass(frozen=True)
class Table:
    """A table that shows itself in a notebook; `frame` holds its numbers."""

    frame: pd.DataFrame
    shown: StudyTable

    def _repr_mimebundle_(self, **asked: object) -> dict[str, str]:
        return self.shown._repr_mimebundle_(**asked)

    def __repr__(self) -> str:
        return repr(self.shown)


class Cases(Mapping):
    """The coded units of a study: unit ("files", "authorities") -> a DataFrame of codes, one row a unit."""

    def __init__(self, units: Mapping[str, pd.DataFrame], codebook: Codebook, language: str):
        self._units, self.codebook, self.language = units, codebook, language

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

    def table(self, name: str) -> Table:
        """A table of the codebook. `frame`: block, item, column, value, unknown, one row a cell (`tables.compute`)."""
        frame = tables.compute(self._units, self.codebook, name)
        return Table(frame, rendering.study_table(self._units, self.codebook, name, self.language))

    def crosstab(self, down: str, across: str) -> Table:
        """In how many files each answer of one variable meets each of another.

        `frame`: `down` and `across` as codes, `n` files that surely have both, and from `low` to `high` what
        missing answers leave open. Raises UserError for what is no variable of the files with answers.
        """
        shown = exploring.crossed(self._units, self.codebook, down, across, self.language)
        lines = [
            (one, other, int(number.low), int(number.low), int(number.high))
            for one, first in self._answers(down)
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
    """What the published figures allow, as DataFrames; `contradictions` says what their columns are.

    `conflicts`: sets of numbers that cannot all hold. `repairs`: the smallest changes after which they can. `readings`:
    other ways to read them. `assumptions`: what each rests on. `means`: which sums a mean allows. `unchecked`: numbers
    that nothing was checked of, with the reason. `forced`: what they say without printing it.
    """

    def __init__(self, study: Study):
        self._study = study
        self._found = contradictions.audit(study.codebook, study.published, contradictions.PATIENCE)
        for name, frame in contradictions.frames(self._found, study.language).items():
            setattr(self, name, frame)

    @cached_property
    def forced(self) -> pd.DataFrame:
        """Facts about single answers and pairs of them that every data set has which agrees with print."""
        found, study = self._found, self._study
        return forced.forced_facts(
            study.codebook, study.published, found.found, contradictions.PATIENCE, found.undecided
        )

    def __repr__(self) -> str:
        return contradictions.most_that_hold(self._found, self._study.language)


class Study:
    """A study by its folder below data/raw: `codebook`, `settings`, `status` of its rows, `published` figures."""

    def __init__(self, name: str, language: str = LANGUAGES[0]):
        self._study = studies.read(name)
        self.name, self.language = name, language
        self.codebook, self.settings = self._study.codebook, self._study.settings
        self.status, self.published = self._study.status, self._study.claims

    def __repr__(self) -> str:
        return f"{self.settings.get('title') or self.name}: {len(self.published)} published figures"

    def cases(self) -> Cases:
        """The coded cases as the sheet has them now. Raises UserError that lists every problem of the sheet."""
        units = workbook.load(paths.raw(self.name), self.codebook, self.language, self.status)
        return Cases(units, self.codebook, self.language)

    def compare(self, cases: Cases) -> pd.DataFrame:
        """Every published figure beside what is computed: id, where, published, computed, verdict (`agreement`)."""
        return agreement.compare(self.published, cases)

    def audit(self) -> Audit:
        """Whether the published figures can all be true, and what they say without printing it."""
        return Audit(self)

    def bounds(self, text: str) -> Bounds:
        """What the published figures leave open of a quantity, or of the number of files that meet a condition."""
        return bounds.bounds(text, self.codebook, self.published, language=self.language)
