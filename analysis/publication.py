"""What may be passed on of a study of one's own: protected tables, a report of them, and a record of the protection.

Everything else that a run makes is for internal use. What is hidden, and the proof that it stays so, is the matter of
`analysis.disclosure`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import jinja2
import pandas as pd

from analysis import collaboration, disclosure, document, messages, paths, rendering, tables
from analysis.codebook import Codebook
from analysis.disclosure import GIVES_AWAY, SMALL, WITHHELD, Key, Protection
from analysis.document import Block, Picture
from analysis.expressions import Count
from analysis.rendering import Cell, Head, Row, StudyTable
from analysis.studies import Study

FOLDER = "publication"
"""Name of the folder below data/derived/STUDY."""

SIGNS = {SMALL: "a", GIVES_AWAY: "b", WITHHELD: "c"}
"""Sign of each reason in a table."""

PICTURES = ("figure1", "figure2", "figure3")
"""Figures without counts of files, passed on as the run drew them."""

JUDGED = "figure3"
"""The one of them that shows the study's judgement; without one it would be empty."""

NAMED = 6
"""How many of the counts of no file or every file the record names, so that it stays on a page."""

COLUMNS = ("block", "item", "column", "value", "hidden")
"""Columns of a protected tableN.csv; `hidden` says why `value` is empty."""


def write(study: Study, units: Mapping[str, pd.DataFrame], language: str) -> list[Path]:
    """Write the publication folder of a study that was run; returns the paths.

    Of everything that may be published its counterpart: tableN.csv and .html, tables.docx and .xlsx, report.html and
    .docx, the figures; and record.html and .docx. Raises UserError for settings that cannot be used.
    """
    protection = disclosure.protect(units, study.codebook, disclosure.rules(study.settings))
    facts = _facts(study, protection, language)
    is_secret = protection.size < protection.rules.threshold
    shown = [] if is_secret else list(_tables(study.codebook, units, protection, language))
    frames = {} if is_secret else dict(_frames(study.codebook, units, protection))
    folder = paths.derived(study.name) / FOLDER
    made = []
    for table, frame in frames.items():
        tables.write(frame, folder / f"{table}.csv")
        made.append(folder / f"{table}.csv")
    for table in shown:
        rendering.write_html(table, folder / f"{table.name}.html")
        made.append(folder / f"{table.name}.html")
    pictures = list(_pictures(study, folder, frames, protection.size, language))
    made += [file for picture in pictures for file in sorted(folder.glob(f"figures/{picture.name}.*"))]
    outcome = _outcome(study.codebook, protection, language)
    counted = [picture for picture in pictures if picture.name not in PICTURES]
    others = [picture for picture in pictures if picture.name in PICTURES]
    inserts = {"tables": shown, "counted": counted, "figures": others, "outcome": [outcome]}
    for name, template in (("report", "publication"), ("record", "record")):
        made += _document(folder, name, _blocks(f"{template}_{language}.md", facts, inserts), study.codebook, language)
    if shown:
        with paths.replacing(folder / "tables.docx") as temporary:
            rendering.write_docx(shown, temporary, facts["title"], language)
        with paths.replacing(folder / "tables.xlsx") as temporary:
            about = [(messages.text("about_verdict", language), facts["verdict"])]
            rendering.write_xlsx(shown, temporary, facts["title"], about)
        made += [folder / "tables.docx", folder / "tables.xlsx"]
    return made


def _document(folder: Path, name: str, blocks: list[Block], codebook: Codebook, language: str) -> list[Path]:
    with paths.replacing(folder / f"{name}.html") as temporary:
        temporary.write_text(document.to_html(blocks, codebook, language), encoding="utf-8", newline="\n")
    with paths.replacing(folder / f"{name}.docx") as temporary:
        document.to_docx(blocks, temporary, language, is_dense=name == "record")
    return [folder / f"{name}.html", folder / f"{name}.docx"]


def _blocks(template: str, facts: Mapping[str, Any], inserts: Mapping[str, Iterable[Block]]) -> list[Block]:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(rendering.TEMPLATES), undefined=jinja2.StrictUndefined, trim_blocks=True
    )
    return document.parse(environment.get_template(template).render(facts), lambda name: inserts[name])


def _facts(study: Study, protection: Protection, language: str) -> dict[str, Any]:
    """What the texts of report and record can ask for."""
    rules, size = protection.rules, protection.size
    is_secret = size < rules.threshold
    if is_secret:
        key = "verdict_too_few"
    elif protection.is_nothing_left:
        key = "verdict_nothing"
    elif all(protection.shown[cell] in (0, size) for cell in _shown(protection) if _is_count(study.codebook, cell)):
        key = "verdict_ends"
    else:
        key = "verdict_some" if protection.hidden else "verdict_all"
    counts = {"threshold": rules.threshold, "hidden": len(protection.hidden), "shown": len(_shown(protection))}
    everyone = list(_none_or_all(study.codebook, protection, language))
    return {
        "title": study.settings.get("title") or study.name,
        "place": study.settings.get("place") or "",
        "note": study.codebook.status_note(study.status, language, is_public=True),
        "files": f"< {rules.threshold}" if is_secret else rendering.number(size, language),
        "verdict": messages.text(key, language, **counts),
        "nothing": protection.is_nothing_left,
        "rules": rules,
        "cells": len(protection.hidden) + len(_shown(protection)),
        "tables": len(study.codebook.frames["table"]),
        "tested": len(protection.open_values),
        "least": min(protection.open_values.values(), default=None),
        "everyone": everyone[:NAMED],
        "further": len(everyone[NAMED:]),
    }


def _is_count(codebook: Codebook, cell: Key) -> bool:
    """Whether the cell counts files, and not answers or plans."""
    return isinstance(tables.quantity(codebook, *cell), Count)


def _shown(protection: Protection) -> list[Key]:
    return [cell for cell in protection.shown if cell in protection.hideable]


def _none_or_all(codebook: Codebook, protection: Protection, language: str) -> Iterable[str]:
    """The shown counts of no file or of every file, as labels."""
    for cell in _shown(protection):
        is_missing = cell[1].rpartition(".")[2] in codebook.frames["missing"]
        if protection.shown[cell] in (0, protection.size) and not is_missing:
            block = codebook.frame("block", cell[0]).label[language]
            yield f"{block}: {tables.label(codebook, cell[0], cell[1], language)} ({protection.shown[cell]})"


def _tables(codebook: Codebook, units, protection: Protection, language: str) -> Iterable[StudyTable]:
    for name in codebook.frames["table"]:
        signs = {cell: SIGNS[why] for cell, why in protection.hidden.items()}
        table = rendering.study_table(units, codebook, name, language, hidden=signs)
        met = {cell.mark for row in table.rows for cell in row.cells if cell and cell.text == rendering.HIDDEN}
        threshold = protection.rules.threshold
        notes = [
            messages.text(f"hidden_{why}", language, sign=sign, threshold=threshold)
            for why, sign in SIGNS.items()
            if sign in met
        ]
        if table.rows:
            yield replace(table, notes=(*table.notes, *notes))


def _frames(codebook: Codebook, units, protection: Protection) -> Iterable[tuple[str, pd.DataFrame]]:
    for name in codebook.frames["table"]:
        shown = tables.without_telling_rows(tables.compute(units, codebook, name), protection.hidden, codebook)
        rows = [
            (*cell, None if why else value, why)
            for *cell, value, _ in shown.itertuples(index=False)
            for why in [protection.hidden.get(tuple(cell), "")]
        ]
        yield name, pd.DataFrame(rows, columns=list(COLUMNS), dtype=object)


def _pictures(
    study: Study, folder: Path, frames: Mapping[str, pd.DataFrame], files: int, language: str
) -> Iterable[Picture]:
    """The figures that may be passed on, kept in the folder `figures` of the publication.

    Those of the counts of a table are drawn anew, without what the table hides.
    """
    from analysis import figures  # takes half of a second, which a report that is not published need not wait for

    kept = []
    for table, draw in (("table2", figures.help_before_after), ("table3", figures.representation)):
        if table in frames:
            counts = frames[table].drop(columns="hidden")
            if figure := draw(counts, study.codebook, language, files, study.status, is_public=True):
                figures.save(figure, folder / "figures")
                kept.append(figure.name)
    is_judged = collaboration.judgement(study.settings, study.codebook) is not None
    for name in (name for name in PICTURES if is_judged or name != JUDGED):
        for file in sorted(paths.figures(study.name).glob(f"{name}.*")):
            with paths.replacing(folder / "figures" / file.name) as temporary:
                temporary.write_bytes(file.read_bytes())
            kept.append(name)
    for place, name in enumerate(dict.fromkeys(kept)):
        own = name.removeprefix("figure") if name in PICTURES else chr(ord("A") + place)
        number = study.codebook.phrase("figure_number", language, number=own)
        yield document.picture(folder / "figures" / f"{name}.svg", number)


def _outcome(codebook: Codebook, protection: Protection, language: str) -> StudyTable:
    """How many cells of each table are shown, and hidden for which reason."""
    heads = ["outcome_shown", "outcome_small", "outcome_gives_away", "outcome_withheld"]
    rows = []
    for name, entry in codebook.frames["table"].items():
        blocks = {block.name for block in codebook.blocks(name)}
        found = [protection.hidden[cell] for cell in protection.hidden if cell[0] in blocks]
        counts = [sum(cell[0] in blocks for cell in _shown(protection)), *(found.count(why) for why in SIGNS)]
        rows.append(Row(entry.label[language], tuple(Cell(rendering.number(n, language), n) for n in counts)))
    return StudyTable(
        name="outcome",
        number=codebook.phrase("table_number", language, number="A"),
        title=messages.text("outcome_title", language),
        head=(Head("", numeric=False), *(Head(messages.text(head, language)) for head in heads)),
        rows=tuple(rows),
        language=language,
    )
