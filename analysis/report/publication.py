"""What may be passed on of a study of one's own: protected tables, a report of them, and a record of the protection.

Everything else that a run makes is for internal use. What is hidden, and why that holds, is the matter of
`analysis.privacy.disclosure`. Nothing in the folder depends on what is hidden: no count of hidden small numbers, no
reason, no row that stands there because of one. What the house should know before it passes anything on stands beside
the folder.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import jinja2
import pandas as pd

from analysis import paths
from analysis.collaboration import scales
from analysis.counts import tables
from analysis.display import document, rendering
from analysis.display.document import Block, Picture
from analysis.display.rendering import StudyTable
from analysis.language import messages
from analysis.privacy import disclosure
from analysis.privacy.disclosure import Key, Protection
from analysis.study import layout
from analysis.study.codebook import Codebook
from analysis.study.expressions import Count, variables
from analysis.study.studies import Study

FOLDER = "publication"
"""Name of the folder below data/derived/STUDY."""

ABOUT = "before_you_publish"
"""Name of the page for the house, beside the folder: what is hidden and why, and what to look at."""

LAST = "last_publication.json"
"""What was shown of each group of numbers, beside the folder: a next publication is compared with all of it."""

PICTURES = ("figure1", "figure2", "figure3")
"""Figures without counts of persons, passed on as the run drew them."""

JUDGED = "figure3"
"""The one of them that shows the study's judgement; without one it would be empty."""

COLUMNS = ("block", "item", "column", "value", "unknown", "hidden")
"""Columns of a protected tableN.csv; `hidden` is `..` where `value` is hidden, and `unknown` where only that is."""


def write(study: Study, units: Mapping[str, pd.DataFrame], language: str) -> list[Path]:
    """Write the publication folder of a study that was run, and the page about it; returns the paths.

    Of everything that may be published its counterpart: tableN.csv and .html, tables.docx and .xlsx, report.html and
    .docx, the figures; and record.html and .docx. Beside the folder, for the house: before_you_publish.html and
    last_publication.json. Raises UserError for settings that cannot be used.
    """
    derived = paths.derived(study.name)
    folder = derived / FOLDER
    protection = disclosure.protect(units, study.codebook, disclosure.rules(study.settings))
    protection, last, withheld = beside_last(protection, _read(derived / LAST), study.codebook)
    facts = _facts(study, protection, language)
    is_secret = protection.sizes[disclosure.UNIT] is None
    shown = [] if is_secret else list(_tables(study.codebook, units, protection, language))
    frames = {} if is_secret else dict(_frames(study.codebook, protection))
    made = []
    for table, frame in frames.items():
        tables.write(frame, folder / f"{table}.csv")
        made.append(folder / f"{table}.csv")
    for table in shown:
        rendering.write_html(table, folder / f"{table.name}.html")
        made.append(folder / f"{table.name}.html")
    pictures = list(_pictures(study, folder, frames, protection.sizes[disclosure.UNIT] or 0, language))
    made += [file for picture in pictures for file in sorted(folder.glob(f"figures/{picture.name}.*"))]
    counted = [picture for picture in pictures if picture.name not in PICTURES]
    others = [picture for picture in pictures if picture.name in PICTURES]
    inserts = {"tables": shown, "counted": counted, "figures": others}
    for name, template in (("report", "publication"), ("record", "record")):
        made += _document(folder, name, _blocks(f"{template}_{language}.md", facts, inserts), study.codebook, language)
    if shown:
        with paths.replacing(folder / "tables.docx") as temporary:
            rendering.write_docx(shown, temporary, facts["title"], language)
        with paths.replacing(folder / "tables.xlsx") as temporary:
            about = [(messages.text("about_verdict", language), facts["verdict"])]
            rendering.write_xlsx(shown, temporary, facts["title"], about)
        made += [folder / "tables.docx", folder / "tables.xlsx"]
    page = derived / f"{ABOUT}.html"
    with paths.replacing(page) as temporary:
        blocks = list(_about(study, protection, withheld, language))
        temporary.write_text(document.to_html(blocks, study.codebook, language), encoding="utf-8", newline="\n")
    with paths.replacing(derived / LAST) as temporary:
        temporary.write_text(json.dumps(last, indent=1, ensure_ascii=False) + "\n", encoding="utf-8", newline="\n")
    return [*made, page, derived / LAST]


# What was passed on before


def _read(path: Path) -> list[Mapping[str, Any]]:
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else []


def beside_last(
    protection: Protection, last: Sequence[Mapping[str, Any]], codebook: Codebook
) -> tuple[Protection, list[Mapping[str, Any]], list[frozenset[Key]]]:
    """The protection beside all that was shown of each group of numbers before; that with what is; what was withheld.

    A reader has both, and can take one from the other. So a group is shown again only as it was, or if the same numbers
    of it are hidden and, of the persons who came, none of its numbers counts few or all but few.
    """
    kept, withheld = list(last), []
    for group in protection.groups:
        first = min(group)
        size = protection.sizes[codebook.unit(codebook.members(first[0])[0].sheet)]
        now = {"size": size, "cells": {"/".join(cell): _as_json(protection, cell) for cell in sorted(group)}}
        if size is None:
            continue
        before = [one for one in kept if one["cells"].keys() & now["cells"].keys()]
        if any(one != now and _tells(one, now, protection.rules, codebook) for one in before):
            withheld.append(group)
        else:
            kept = [*kept, now] if now not in kept else kept
    return protection.without(withheld, disclosure.EARLIER, codebook), kept, withheld


HIDDEN = "hidden"
"""Stands in last_publication.json for a number that was not shown."""


def _as_json(protection: Protection, cell: Key) -> str | list:
    shown = protection.cells.get(cell)
    return HIDDEN if shown is None else [str(shown.value), shown.unknown, shown.is_unknown_hidden]


def _tells(before: Mapping, now: Mapping, rules: disclosure.Rules, codebook: Codebook) -> bool:
    """Whether two publications of a group, one taken from the other, say something of few persons."""
    more = abs(now["size"] - before["size"])
    earlier, later = before["cells"], now["cells"]
    if 0 < more < rules.threshold or rules.base > 1:
        return True
    rest, names = more, set()
    for name in earlier.keys() | later.keys():
        one, other = earlier.get(name, HIDDEN), later.get(name, HIDDEN)
        quantity = layout.quantity(codebook, *name.split("/"))
        names |= set(variables(quantity))
        if HIDDEN in (one, other):
            if one != other:
                return True
        elif not isinstance(quantity, Count):
            if one != other and more < 2 * rules.threshold:
                return True
        else:
            apart = [abs(second - first) for first, second in zip(_numbers(one), _numbers(other), strict=True)]
            if any(0 < number < rules.threshold or 0 < more - number < rules.threshold for number in apart):
                return True
            if max(apart) > more:
                return True
            rest -= apart[0]
    is_hidden = HIDDEN in later.values()
    return is_hidden and (len(names) > 1 or 0 < abs(rest) < rules.threshold)


def _numbers(stated: list) -> tuple[int, int]:
    return int(stated[0]), stated[1] or 0


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
    """What the texts of report and record can ask for: nothing that what is hidden could change."""
    rules, size = protection.rules, protection.sizes[disclosure.UNIT]
    shown = [cell for cell in protection.hideable if protection.cells.get(cell) is not None]
    if size is None:
        key = "verdict_too_few"
    elif not shown:
        key = "verdict_nothing"
    elif all(protection.cells[cell].value in (0, size) for cell in shown if _is_count(study.codebook, cell)):
        key = "verdict_ends"
    else:
        key = "verdict_all" if None not in protection.cells.values() else "verdict_some"
    is_rounded = rules.base > 1
    return {
        "title": study.settings.get("title") or study.name,
        "place": study.settings.get("place") or "",
        "note": study.codebook.status_note(study.status, language, is_public=True),
        "files": f"< {rules.threshold}" if size is None else rendering.number(size, language),
        "verdict": messages.text(key, language, threshold=rules.threshold),
        "nothing": not shown,
        "rules": rules,
        "rounded": is_rounded,
    }


def _is_count(codebook: Codebook, cell: Key) -> bool:
    """Whether the cell counts persons, and not answers or plans."""
    return isinstance(layout.quantity(codebook, *cell), Count)


def _tables(codebook: Codebook, units, protection: Protection, language: str) -> Iterable[StudyTable]:
    for name in codebook.frames["table"]:
        table = rendering.study_table(units, codebook, name, language, public=protection)
        if table.rows:
            yield table


def _frames(codebook: Codebook, protection: Protection) -> Iterable[tuple[str, pd.DataFrame]]:
    for name in codebook.frames["table"]:
        frame = protection.frame(codebook, name)
        told = [
            protection.cells[cell] for cell in frame[["block", "item", "column"]].itertuples(index=False, name=None)
        ]
        signs = [rendering.HIDDEN if one is None else "unknown" if one.is_unknown_hidden else "" for one in told]
        yield name, frame.assign(hidden=signs)


# What the house should know


def _about(study: Study, protection: Protection, withheld: list[frozenset[Key]], language: str) -> Iterable[Block]:
    """The page for the house: what to look at before anything is passed on, and why each number is hidden."""
    codebook = study.codebook

    def label(cell: Key) -> str:
        block = codebook.frame("block", cell[0]).label[language]
        row = layout.label(codebook, cell[0], cell[1], language)
        with suppress(KeyError):  # a choice or count is no row, and stands in the label
            row = f"{layout.label(codebook, cell[0], cell[1].rpartition('.')[0], language)}: {row}"
        column = codebook.frame("column", cell[2]).label[language]
        return f"{block}: {row}" + (f" ({column})" if len(_columns(codebook, cell[0])) > 1 else "")

    def say(key: str, **facts: Any) -> str:
        return messages.text(key, language, **facts)

    yield document.Heading(1, say("about_title"))
    yield document.Paragraph(say("about_internal"), is_framed=True)
    if withheld:
        named = "; ".join(
            codebook.frame("block", block).label[language]
            for block in dict.fromkeys(cell[0] for group in withheld for cell in sorted(group))
        )
        yield document.Paragraph(say("about_earlier", blocks=named, file=LAST), is_framed=True)
    size = protection.sizes[disclosure.UNIT]
    ends = [
        f"{label(cell)} ({protection.cells[cell].value})"
        for cell in protection.cells
        if cell in protection.hideable and protection.cells[cell] is not None and size is not None
        and protection.cells[cell].value in (0, size) and _is_count(codebook, cell)
        and cell[1].rpartition(".")[2] not in (*codebook.frames["missing"], layout.BLANK_ITEM)
    ]  # fmt: skip
    pairs = [say("about_all_of", one=label(one), other=label(other)) for one, other in protection.everyone]
    if ends or pairs:
        yield document.Heading(2, say("about_everyone"))
        yield document.Paragraph(say("about_everyone_why"))
        named = [[one] for one in (*ends, *pairs)]
        yield rendering.listing("everyone", say("about_everyone"), [say("about_row")], named, language)
    yield document.Heading(2, say("about_hidden"))
    rows = [
        (label(cell), say(f"why_{why}", threshold=protection.rules.threshold))
        for cell, why in protection.hidden.items()
    ]
    yield rendering.listing("hidden", say("about_hidden"), [say("about_row"), say("about_why")], rows, language)


def _columns(codebook: Codebook, block: str) -> set[str]:
    return {member.column for member in codebook.members(block) if member.column}


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
    is_judged = scales.judgement(study.settings, study.codebook) is not None
    for name in (name for name in PICTURES if is_judged or name != JUDGED):
        for file in sorted(paths.figures(study.name).glob(f"{name}.*")):
            with paths.replacing(folder / "figures" / file.name) as temporary:
                temporary.write_bytes(file.read_bytes())
            kept.append(name)
    for place, name in enumerate(dict.fromkeys(kept)):
        own = name.removeprefix("figure") if name in PICTURES else chr(ord("A") + place)
        number = study.codebook.phrase("figure_number", language, number=own)
        yield document.picture(folder / "figures" / f"{name}.svg", number)
