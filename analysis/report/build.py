"""The report of a study: its text with the numbers computed where they stand, its tables and its figures.

The text lies in `templates/report_LANGUAGE.md`; it asks for numbers, tables and figures by name. A sentence whose
numbers a study does not have is left out, so that a study with fewer sheets has a shorter report.
"""

from __future__ import annotations

import contextlib
import re
import shutil
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any

import jinja2
import pandas as pd

from analysis import paths
from analysis.collaboration import conclusions, degree, kind, measures, scales
from analysis.counts import tables
from analysis.counts.telling import Teller
from analysis.display import document, rendering
from analysis.display.document import MISSING, Block, Bullets, Paragraph
from analysis.display.rendering import Cell, Head, Row, StudyTable
from analysis.errors import Incomplete, UserError
from analysis.explore import exploring
from analysis.language import messages
from analysis.language.text import in_sentence, of_one
from analysis.printed import findings, wording
from analysis.printed.reconstruction import STATUS
from analysis.report import many, publication
from analysis.run.steps import STEPS
from analysis.sheets import workbook
from analysis.study import codebook as codebooks
from analysis.study import layout, stated, studies
from analysis.study.claims import DIFFERS, NOT_COMPUTABLE, Claim
from analysis.study.codebook import Codebook
from analysis.study.expressions import NotCoded, Quantity, measure, parse_quantity, variables
from analysis.study.studies import Study

FILES = ("report.html", "report.docx", "tables.docx", "tables.xlsx")
"""What `build` writes, below data/derived/STUDY."""


@dataclass(frozen=True)
class Results:
    """What a report is made from.

    `claims`, `conflicts` and what follows them are the files of these names; None where one is missing or empty, as
    without a printed article.
    """

    study: Study
    language: str
    units: Mapping[str, pd.DataFrame]
    claims: pd.DataFrame | None
    conflicts: pd.DataFrame | None
    repairs: pd.DataFrame | None
    readings: pd.DataFrame | None
    assumptions: pd.DataFrame | None
    unchecked: pd.DataFrame | None
    means: pd.DataFrame | None
    forced: pd.DataFrame | None
    conclusions: pd.DataFrame | None
    indicators: pd.DataFrame | None
    kind: pd.DataFrame | None
    one_of_many: pd.DataFrame | None

    @property
    def codebook(self) -> Codebook:
        """The codebook of the study."""
        return self.study.codebook

    def phrase(self, name: str, **values: str) -> str:
        """A phrase of the codebook in the language of the report."""
        return self.codebook.phrase(name, self.language, **values)

    @cached_property
    def _within(self) -> exploring.Leeway | None:
        return exploring.leeway(self.study)

    @cached_property
    def say(self) -> Teller:
        """Puts numbers of the text into words."""
        return self.teller()

    def teller(self) -> Teller:
        """Puts numbers into words, with what missing answers leave open of them, and what print does."""
        return exploring.teller(self.study, self.units, self.language, self._within)

    @cached_property
    def tables(self) -> dict[str, StudyTable]:
        """The printed tables of which anything was coded, by name."""
        found = {}
        for name in self.codebook.frames["table"]:
            with self.parts.part(name):
                table = rendering.study_table(
                    self.units, self.codebook, name, self.language, claims=self.claims, tell=self.teller()
                )
                found |= {name: table} if table.rows else {}
        return found

    @cached_property
    def own_tables(self) -> dict[str, StudyTable]:
        """Those that no notebook shows: a study's own codebook has them."""
        shown = {name for step in STEPS for name in step.makes}
        return {name: table for name, table in self.tables.items() if f"{name}.csv" not in shown}

    @cached_property
    def parts(self) -> Parts:
        """What could not be made of the report."""
        return Parts(self.language)

    @cached_property
    def by_authority(self) -> StudyTable | None:
        """Our indicators for each local authority; None where they cannot be told apart."""
        return degree.authorities_table(self.units, self.codebook, self.language, self.study.status)

    @cached_property
    def measured(self) -> tuple[measures.Placement, ...]:
        """The field's own measures, with what the units say of them."""
        return measures.placements(self.units, self.codebook)

    @cached_property
    def not_coded(self) -> tuple[str, ...]:
        """The variables that nobody coded."""
        return tables.not_coded(self.units, self.codebook)

    @cached_property
    def figures(self) -> dict[str, Path]:
        """The figures that were drawn, by name: their SVG files."""
        return {file.stem: file for file in sorted(paths.figures(self.study.name).glob("*.svg"))}


def build(study: str, language: str, failed: Mapping[str, Sequence[str]] = MappingProxyType({})) -> list[Path]:
    """Write report.html, report.docx, tables.docx and tables.xlsx of a study; return their paths.

    Each table that only the study's own codebook has is written as csv and html too, as notebooks write the others. Of
    a study with rows of its own also what may be passed on, in the folder `publication`. `failed` says of the steps
    that lack some of their results what failed; the report names it, and which of its sections rest on it.

    Reads the tidy tables, claims.csv (if there is one) and the figures. Raises UserError where the study has not been
    run, or what people wrote cannot be read; and Incomplete, after writing all the rest, if a part could not be made.
    """
    results = read(study, language)
    parts = results.parts
    blocks = compose(results, failed)
    title = next(block.text for block in blocks if isinstance(block, document.Heading))
    about = [(results.codebook.variable(codebooks.STATUS).label[language], _status_label(results))]
    page, text, word_tables, workbook_tables = (paths.derived(study) / name for name in FILES)
    own_files = []
    for name, table in results.own_tables.items():
        csv_file, html_file = (paths.derived(study) / f"{name}.{ending}" for ending in ("csv", "html"))
        tables.write(tables.compute(results.units, results.codebook, name), csv_file)
        rendering.write_html(table, html_file)
        own_files += [csv_file, html_file]
    with paths.replacing(page) as temporary:
        temporary.write_text(document.to_html(blocks, results.codebook, language), encoding="utf-8", newline="\n")
    with parts.part(text.name), paths.replacing(text) as temporary:
        document.to_docx(blocks, temporary, language)
    with parts.part(word_tables.name), paths.replacing(word_tables) as temporary:
        rendering.write_docx(list(results.tables.values()), temporary, title, language)
    with parts.part(workbook_tables.name), paths.replacing(workbook_tables) as temporary:
        rendering.write_xlsx(list(results.tables.values()), temporary, title, about)
    passed_on: list[Path] = []
    if _is_own(results):
        with parts.part(publication.FOLDER):
            passed_on = _published(results)
    if parts.errors:
        raise Incomplete(parts.said) from parts.errors[0]
    return [page, text, word_tables, workbook_tables, *own_files, *passed_on]


def _published(results: Results) -> list[Path]:
    """What may be passed on, as `publication.write` makes it: all of it or nothing."""
    try:
        return publication.write(results.study, results.units, results.language)
    except Exception:
        shutil.rmtree(paths.derived(results.study.name) / publication.FOLDER, ignore_errors=True)
        raise


class Parts:
    """The parts of a report that could not be made: `errors`, and what is `said` of each in a language."""

    def __init__(self, language: str):
        self.errors: list[Exception] = []
        self.said: list[str] = []
        self._language = language

    @contextlib.contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Make a part; if that fails, take note and go on without it. An OSError or a UserError passes through."""
        try:
            yield
        except (OSError, UserError):
            raise
        except Exception as error:
            what = f"{type(error).__name__}: {error}".strip(": ")
            said = messages.text("report_no_part", self._language, part=name, error=what)
            if said not in self.said:
                self.errors.append(error)
                self.said.append(said)

    def made(self, name: str, make: Callable[..., Any], *arguments: Any) -> Any:
        """What a function gives; if it fails, what stands in a template for nothing, wherever it is asked for."""
        with self.part(name):
            return make(*arguments)
        return jinja2.ChainableUndefined(name=name)


def _is_own(results: Results) -> bool:
    """Whether the rows are an office's own, or stand for such, so that most of the results are for internal use."""
    return results.study.status != STATUS


def read(study: str, language: str) -> Results:
    """The results of a study that was run. Raises UserError where they, or what people wrote, cannot be read."""
    wanted, derived = studies.read(study), paths.derived(study)
    units = workbook.read_tidy(derived, wanted.codebook, language)
    names = [field.name for field in fields(Results) if field.name not in ("study", "language", "units")]
    found: dict[str, pd.DataFrame | None] = dict.fromkeys(names)
    for name in found:
        path = derived / f"{name}.csv"
        frame = pd.read_csv(path, dtype=str, keep_default_na=False) if path.exists() else pd.DataFrame()
        found[name] = frame if len(frame) else None
    return Results(wanted, language, units, **found)


def compose(results: Results, failed: Mapping[str, Sequence[str]] = MappingProxyType({})) -> list[Block]:
    """The report as a list of blocks, the same for the page and for Word.

    What `failed`, and which parts could not be made here, stands under its title.
    """
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(rendering.TEMPLATES), undefined=jinja2.StrictUndefined, trim_blocks=True
    )
    name = f"report_{results.language}.md"
    text = environment.get_template(name).render(_facts(results))
    blocks = document.parse(of_one(text, results.language), _Inserts(results))
    if told := [*(said for sentences in failed.values() for said in sentences), *results.parts.said]:
        said = [Paragraph(messages.text("report_incomplete", results.language), is_framed=True), Bullets(tuple(told))]
        written, _, _ = environment.loader.get_source(environment, name)
        if sections := list(_resting_on(failed, written)):
            said.append(Paragraph(messages.text("report_sections", results.language, sections="; ".join(sections))))
        blocks[1:1] = said
    return blocks


def _resting_on(steps: Collection[str], template: str) -> Iterator[str]:
    """The headings of the sections that show something which one of the steps makes."""
    made = {Path(file).stem: step.name for step in STEPS for file in step.makes}
    for section in re.split(r"^## ", template, flags=re.MULTILINE)[1:]:
        inserts = (match.split() for match in re.findall(r"\[\[(.+?)\]\]", section))
        rests_on = {made.get(word, word) for words in inserts for word in words}
        if "verdicts" in section:
            rests_on.add(made.get("claims", ""))
        if not rests_on.isdisjoint(steps):
            yield section.partition("\n")[0].strip()


def _facts(results: Results) -> dict[str, Any]:
    """What the text of the report can ask for."""
    codebook, language, made = results.codebook, results.language, results.parts.made
    settings = {name: value for name, value in results.study.settings.items() if value is not None}
    reference = settings.get("reference") or {}
    measured = {row.definition for row in codebook.frames[measures.TYPE].values()}
    asked = results.not_coded
    return {
        "internal": _is_own(results),
        "study": {"title": results.study.name, "place": "", "cut_off_dates": None} | settings,
        "status": results.study.status,
        "note": codebook.status_note(results.study.status, language),
        "n": lambda text: _stated(results, text, lambda: _number(results, parse_quantity(text, codebook))),
        "signs": results.say.notes,
        "cell": lambda block, item, column="n": _stated(
            results, f"{block}, {item}", lambda: _cell_number(results, block, item, column)
        ),
        "count": lambda unit: rendering.number(len(results.units.get(unit, ())), language),
        "has": lambda unit: len(results.units.get(unit, ())) > 0,
        "tables": results.tables,
        "own_tables": results.own_tables,
        "figures": results.figures,
        "claims": results.claims is not None,
        "readings": results.readings is not None or results.means is not None,
        "conflicts": results.conflicts is not None,
        "checked": 0 if results.claims is None else len(results.claims) - len(_rows(results.unchecked)),
        "unchecked": len(_rows(results.unchecked)),
        "assumptions": _rows(results.assumptions).to_dict("records"),
        "forced": results.forced is not None,
        "degree": results.indicators is not None,
        "conclusions": results.conclusions is not None,
        "authorities": made("authorities", lambda: results.by_authority is not None),
        "measures": made("measures", lambda: any(one.coded for one in results.measured)),
        "one_of_many": results.one_of_many is not None
        and made("one_of_many", many.in_words, results.one_of_many, results.study, language),
        "findings": made("findings", _findings, results),
        "other_names": made("other_names", _other_names, results),
        "standing": made("standing", _standing, results),
        "own": made("own", _own_measure, results),
        "least_changes": made("least_changes", _least_changes, results),
        "verdicts": made("verdicts", _verdict_counts, results),
        "judgement": made("judgement", _judgement, results),
        "coded": lambda name: name not in asked,
        "gaps": [codebook.variable(name).label[language] for name in asked if name not in measured],
        "reference": [str(reference[name]) for name in ("authors", "year", "title", "journal") if reference.get(name)],
        "reference_source": in_sentence(reference.get("source_of_reference") or ""),
        "unverified": [name for name, value in reference.items() if not value],
    }


def _stated(results: Results, name: str, number: Callable[[], str]) -> str:
    """The number of a sentence, MISSING where it cannot be made."""
    with results.parts.part(name):
        return number()
    return MISSING


def _number(results: Results, quantity: Quantity) -> str:
    """A number with what is open of it; MISSING where nobody coded what it needs, or it does not exist."""
    try:
        found = measure(quantity, results.units)
    except (NotCoded, KeyError):
        return MISSING
    return MISSING if found.value is None else results.say.of(quantity)


def _cell_number(results: Results, block: str, item: str, column: str) -> str:
    """The number of a table cell, with the printed one behind it where they differ."""
    value = _number(results, layout.quantity(results.codebook, block, item, column))
    claims = results.claims
    if claims is not None and value != MISSING:
        here = claims[(claims["block"] == block) & (claims["item"] == item) & (claims["column"] == column)]
        if len(here) and here["verdict"].iloc[0] == DIFFERS:
            return f"{value} ({results.phrase('printed', value=here['published'].iloc[0])})"
    return value


def _verdict_counts(results: Results) -> dict[str, int]:
    if results.claims is None:
        return {}
    counts = results.claims["verdict"].value_counts()
    codes = results.codebook.frame("scale", "verdict").code_names()
    return {"total": len(results.claims)} | {code.replace(" ", "_"): int(counts.get(code, 0)) for code in codes}


def _rows(frame: pd.DataFrame | None) -> pd.DataFrame:
    """The frame; one without rows where there is none."""
    return pd.DataFrame() if frame is None else frame


def _least_changes(results: Results) -> int:
    """How many printed numbers must change at the least, so that all can hold: a smallest repair of each cluster."""
    if results.repairs is None:
        return 0
    clusters = results.repairs.groupby("cluster")
    return sum(len(rows) // rows["repair"].nunique() for _, rows in clusters)


def _conclusions(results: Results) -> StudyTable | None:
    """How firmly each conclusion of the study stands; None where that was not tested."""
    judgement = scales.judgement(results.study.settings, results.codebook)
    if results.conclusions is None or judgement is None:
        return None
    return conclusions.table(results.conclusions, results.codebook, judgement, results.language)


def _findings(results: Results) -> list[stated.Finding]:
    """The findings that the study states, with numbers where it asks for them; no `counts` where one cannot be had."""

    def number(match: re.Match) -> str:
        return _number(results, parse_quantity(match[1], results.codebook))

    found = []
    for one in stated.findings(results.study.settings, results.language):
        counts = re.sub(r"\{([^{}]*)\}", number, one.counts)
        found.append(replace(one, counts="" if MISSING in counts else counts))
    return found


def _other_names(results: Results) -> list[tuple[str, str]]:
    """The blocks of the printed tables that the codebook calls otherwise than print: its label, and the printed one."""
    found = {}
    for claim in results.claims.itertuples() if results.claims is not None else ():
        _, _, printed = claim.where.partition(", ")
        if claim.block and claim.where.startswith("Table"):
            label = results.codebook.frame("block", claim.block).label
            if printed and printed.casefold() != label["en"].casefold():
                found[label[results.language]] = printed
    return list(found.items())


def _standing(results: Results) -> list[dict[str, Any]]:
    """Each conclusion of the study: its `label`, whether it is `borne_out` (None: undecided), and by what.

    `share` is that of 100 weightings in which it holds, `once` the same where signs that tell one fact count once; both
    are empty for one that has no weights. `times` of `runs` is how
    often it stands with one file or authority left out. It is borne out if it stands under most weightings or in most
    runs, whatever print leaves open.
    """
    table = _conclusions(results)
    if not table:
        return []
    found = []
    tested = results.conclusions[results.conclusions["test"] != conclusions.PLACE]
    for row, (name, tests) in zip(table.rows, tested.groupby("conclusion", sort=False), strict=True):
        by_test = {test.test: test for test in tests.itertuples()}
        weights, once, rows = (by_test.get(test) for test in (conclusions.WEIGHTS, conclusions.ONCE, conclusions.ROWS))
        words = {(weights or tests.iloc[0]).standing_low, (weights or tests.iloc[0]).standing_high}
        firm = [words <= {conclusions.ALL, conclusions.MOST}, words <= {conclusions.FEW, conclusions.NONE}]
        ends = dict.fromkeys(str(int(float(end))) for end in (rows.low, rows.high)) if rows else ()
        found.append({
            "name": name,
            "label": row.label,
            "borne_out": firm[0] if any(firm) else None,
            "share": degree.percent(Fraction(weights.low), Fraction(weights.high)) if weights else "",
            "once": degree.percent(Fraction(once.low), Fraction(once.high)) if once else "",
            "times": "–".join(ends),
            "runs": rows.runs if rows else "",
        })  # fmt: skip
    return found


def _own_measure(results: Results) -> dict[str, Any]:
    """What our criteria and indicators give by themselves: a kind for each unit that decides one, and the place.

    `kinds` are pairs of a unit and a kind; `place` is where each axis puts the plans with equal weights, by its label,
    from 0 to 1; `nearer_low` the share of 100 weightings that put them nearer to the low end. Empty where not coded.
    """
    codebook, language = results.codebook, results.language
    models = {code.code: in_sentence(code.label[language]) for code in codebook.frame("scale", "kind").codes}
    criteria = kind.from_frame(results.kind, codebook, language) if results.kind is not None else ()
    coded = degree.from_frame(results.indicators, codebook, language) if results.indicators is not None else ()
    placed = degree.place(coded)
    ends = ((placed.left, placed.right), (placed.bottom, placed.top)) if placed else ()
    return {
        "kinds": [(codebook.unit_name(unit, language), models[name]) for unit, name in kind.decided(criteria).items()],
        "indicators": rendering.number(sum(one.coded for one in coded), language),
        "place": [
            (
                in_sentence(codebook.frame("axis", axis).label[language]),
                "–".join(dict.fromkeys(rendering.number(Decimal(f"{end:.2f}"), language) for end in pair)),
            )
            for axis, pair in zip(scales.AXES, ends, strict=False)
        ],
        "nearer_low": degree.percent(*degree.share_nearer_low(coded)) if placed else "",
        "low": codebook.frame("scale", "degree").codes[0].label[language],
        "high": codebook.frame("scale", "degree").codes[-1].label[language],
    }


def _judgement(results: Results) -> dict[str, str] | None:
    judgement = scales.judgement(results.study.settings, results.codebook)
    if judgement is None:
        return None
    codebook, language = results.codebook, results.language

    def words(kind: str, scale: str, code: str, field: str = "label") -> str:
        return next(getattr(c, field)[language] for c in codebook.frame(kind, scale).codes if c.code == code)

    def meaning(code: str) -> str:
        return in_sentence(words("scale", "degree", code, "note"))

    def span(axis: str) -> str:
        low, high = (in_sentence(words("axis", axis, code)) for code in getattr(judgement, axis))
        return low if low == high else results.phrase("range", low=low, high=high)

    low, high = judgement.between
    return {
        "kind": in_sentence(words("scale", "kind", judgement.kind)),
        "degree": words("scale", "degree", judgement.degree),
        "meaning": meaning(judgement.degree),
        "low": words("scale", "degree", low),
        "low_meaning": meaning(low),
        "high": words("scale", "degree", high),
        "high_meaning": meaning(high),
        "horizontal": span("horizontal"),
        "vertical": span("vertical"),
    }


def _status_label(results: Results) -> str:
    label = results.codebook.label(codebooks.STATUS, results.study.status, results.language)
    return " ".join(filter(None, (f"{label}.", results.codebook.status_note(results.study.status, results.language))))


def _written(computed: str, language: str) -> str:
    """A number of claims.csv as readers of the language write it."""
    return rendering.number(Decimal(computed), language) if computed else ""


class _Inserts:
    """What `[[name]]` in the text stands for.

    Tables of ours, and figures without a number in the article, get letters in the order in which they appear.
    """

    def __init__(self, results: Results):
        self.results = results
        self.letters = {"table_number": 0, "figure_number": 0}
        self.sources: list[tuple[str, list[str]]] = []

    def __call__(self, name: str, *arguments: str) -> Iterable[Block]:
        with self.results.parts.part(" ".join((name, *arguments))):
            return list(getattr(self, f"insert_{name}")(*arguments))
        return ()

    def insert_table(self, name: str) -> Iterable[Block]:
        if table := self.results.tables.get(name):
            yield self._sourced(table, f"{name}.csv")

    def insert_figure(self, name: str, notebook: str = "") -> Iterable[Block]:
        if file := self.results.figures.get(name):
            place = name.removeprefix("figure")
            number = self._number("figure_number", place if place.isdigit() else "")
            source = self._source(number, f"figures/{file.name}", notebook)
            yield document.picture(file, number, "".join(source))

    def insert_verdicts(self) -> Iterable[Block]:
        claims, language = self.results.claims, self.results.language
        codes = self.results.codebook.frame("scale", "verdict").codes
        places = claims["where"].str.partition(",")[0]
        rows = []
        for place in places.unique():
            counts = [int(((places == place) & (claims["verdict"] == code.code)).sum()) for code in codes]
            rows.append((place, [Cell(rendering.number(count, language), count) for count in (sum(counts), *counts)]))
        heads = [self.results.phrase("column_total"), *(code.label[language].capitalize() for code in codes)]
        yield self._sourced(self._table("verdicts", "where", [Head(text) for text in heads], rows), "claims.csv")

    def insert_differs(self) -> Iterable[Block]:
        ledger = self.results.study.ledger
        remarks = {claim.id: ledger.get(claim.id, claim.note) for claim in self.results.claims.itertuples()}
        return self._claims("differs", DIFFERS, ("published", "computed"), remarks)

    def insert_gaps(self) -> Iterable[Block]:
        remarks = {claim.id: claim.note for claim in self.results.claims.itertuples()}
        remarks |= {claim.id: self._gap(claim) for claim in self.results.study.claims}
        for claim in self.results.claims.itertuples():
            if claim.verdict == NOT_COMPUTABLE and claim.computed:
                remarks[claim.id] = self.results.phrase("gap_open", value=self._computed(claim))
        return self._claims("gaps", NOT_COMPUTABLE, ("published",), remarks)

    def insert_conflicts(self) -> Iterable[Block]:
        results = self.results
        yield self._numbered(
            findings.contradictions(results.conflicts, results.study.claims, results.codebook, results.language),
            "conflicts.csv",
        )
        yield self._numbered(findings.ways_out(results.repairs, results.codebook, results.language), "repairs.csv")
        if results.assumptions is not None:
            table = findings.assumptions(results.assumptions, results.codebook, results.language)
            yield self._numbered(table, "assumptions.csv")

    def insert_unchecked(self) -> Iterable[Block]:
        results = self.results
        table = findings.unchecked(results.unchecked, results.study.claims, results.codebook, results.language)
        yield self._numbered(table, "unchecked.csv")

    def insert_readings(self) -> Iterable[Block]:
        results = self.results
        for name, shown in (("readings", findings.readings), ("means", findings.means)):
            if (frame := getattr(results, name)) is not None:
                table = shown(frame, results.study.claims, results.codebook, results.language)
                yield self._numbered(table, f"{name}.csv")

    def insert_forced(self) -> Iterable[Block]:
        results = self.results
        table = findings.forced(results.forced, results.study.claims, results.codebook, results.language)
        yield self._numbered(table, "forced.csv")

    def insert_degree(self) -> Iterable[Block]:
        codebook, language = self.results.codebook, self.results.language
        found = degree.from_frame(self.results.indicators, codebook, language)
        yield self._numbered(degree.indicators_table(found, codebook, language, brief=True), "indicators.csv")
        criteria = kind.from_frame(self.results.kind, codebook, language)
        yield self._numbered(kind.table(criteria, codebook, language), "kind.csv")

    def insert_authorities(self) -> Iterable[Block]:
        if table := self.results.by_authority:
            yield self._shown_in(table, "05_collaboration")

    def insert_measures(self) -> Iterable[Block]:
        codebook, language = self.results.codebook, self.results.language
        yield self._shown_in(measures.table(self.results.measured, codebook, language), "05_collaboration")

    def insert_conclusions(self) -> Iterable[Block]:
        if table := _conclusions(self.results):
            yield self._numbered(table, "conclusions.csv")

    def insert_one_of_many(self) -> Iterable[Block]:
        rows, codebook, language = self.results.one_of_many, self.results.codebook, self.results.language
        for table in (
            many.facts_table(rows, codebook, language),
            many.results_table(rows, self.results.study.claims, codebook, language),
        ):
            if table:
                yield self._numbered(table, many.FILE)

    def insert_sources(self) -> Iterable[Block]:
        rows = [(label, [Cell(text) for text in texts]) for label, texts in self.sources]
        yield self._table("sources", "result", self._heads("source", "file"), rows)

    def _claims(self, name: str, verdict: str, columns: Sequence[str], remarks: Mapping[str, str]) -> Iterable[Block]:
        chosen = self.results.claims[self.results.claims["verdict"] == verdict]
        chosen = chosen.assign(computed=[self._computed(claim) for claim in chosen.itertuples()])
        rows = [
            (self._place(claim), [*(Cell(claim[column]) for column in columns), Cell(remarks[claim["id"]])])
            for _, claim in chosen.iterrows()
        ]
        if rows:
            yield self._sourced(self._table(name, "where", self._heads(*columns, "note"), rows), "claims.csv")

    def _computed(self, claim: Any) -> str:
        """The computed number of a row of claims.csv, with what missing answers leave open of it."""
        quantity = next((one.quantity for one in self.results.study.claims if one.id == claim.id), None)
        try:
            found = quantity and measure(quantity, self.results.units)
        except (NotCoded, KeyError):
            found = None
        open_ = self.results.say.gap(quantity, found) if found and found.is_open else ""
        return " ".join(filter(None, (_written(claim.computed, self.results.language), open_)))

    def _gap(self, claim: Claim) -> str:
        """Why a printed number cannot be computed: the labels of what nobody coded, then the remark beside it."""
        codebook, language = self.results.codebook, self.results.language
        needed = variables(claim.quantity) if claim.quantity else ()
        labels = [codebook.variable(name).label[language] for name in needed if name in self.results.not_coded]
        blank = [self.results.phrase("left_blank", names="; ".join(labels))] if labels else []
        return " ".join(filter(None, (*blank, claim.note[:1].upper() + claim.note[1:])))

    def _numbered(self, table: StudyTable, file: str) -> StudyTable:
        """A table of the checks, with the next letter and the notebook that makes the file it comes from."""
        return self._sourced(replace(table, number=self._number("table_number")), file)

    def _shown_in(self, table: StudyTable, notebook: str) -> StudyTable:
        """The table, which stands in no file but that notebook, with the next letter and the notebook's name."""
        file, number = f"notebooks/{notebook}.ipynb", self._number("table_number")
        return replace(table, number=number, notes=(*table.notes, *self._source(number, file, notebook)))

    def _sourced(self, table: StudyTable, file: str) -> StudyTable:
        """The table with a note of the notebook that makes the file it comes from."""
        return replace(table, notes=(*table.notes, *self._source(table.number, file)))

    def _place(self, claim: pd.Series) -> str:
        """Where a number is printed, with the labels of its cell if it stands in a table."""
        codebook, language = self.results.codebook, self.results.language
        if not claim["block"]:
            return claim["where"]
        cell = wording.cell(codebook, claim["block"], claim["item"], claim["column"], language)
        return f"{claim['where'].partition(',')[0]}, {cell}"

    def _heads(self, *names: str) -> list[Head]:
        return [Head(self.results.phrase(f"column_{name}"), numeric=False) for name in names]

    def _table(self, name: str, first: str, heads: list[Head], rows: Sequence[tuple[str, list[Cell]]]) -> StudyTable:
        return StudyTable(
            name=name,
            number=self._number("table_number"),
            title=self.results.phrase(f"{name}_title"),
            head=(*self._heads(first), *heads),
            rows=tuple(Row(label, tuple(cells)) for label, cells in rows),
            language=self.results.language,
        )

    def _number(self, phrase: str, place: str = "") -> str:
        if not place:
            place = chr(ord("A") + self.letters[phrase])
            self.letters[phrase] += 1
        return self.results.phrase(phrase, number=place)

    def _source(self, result: str, file: str, notebook: str = "") -> list[str]:
        """Keep which notebook makes the file (its name as in the steps of a run), and say so if it is known."""
        step = notebook or next((step.name for step in STEPS if file in step.makes), "")
        if not step:
            return []
        study, name = self.results.study.name, f"notebooks/{step}.ipynb"
        is_figure = file.startswith("figures/")
        path = file.replace("/", f"/{study}/", 1) if is_figure else f"data/derived/{study}/{file}"
        self.sources.append((result, [name, path]))
        return [self.results.phrase("made_by", file=name)]
