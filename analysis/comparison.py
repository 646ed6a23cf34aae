"""Several studies side by side, or one study at two times: tables, a page and a figure.

Counts stand beside the share of files they are, as the studies differ in size. Small counts are shown as they are:
the comparison is for internal use.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import pandas as pd

from analysis import document, figures, messages, paths, rendering, studies, tables, workbook
from analysis.codebook import Codebook
from analysis.document import Block, Heading, Paragraph, Picture
from analysis.errors import UserError
from analysis.expressions import Count
from analysis.figures.comparison import MARKS, comparison
from analysis.rendering import Cell, Head, Row, StudyTable
from analysis.studies import Study

COLUMNS = ("block", "item", "column", "study", "value", "of", "share")
"""Columns of tableN.csv: `of` is the number of files (or other units), `share` value / of, empty for a mean."""

_Key = tuple[str, str, str]


@dataclass(frozen=True)
class Side:
    """One study of a comparison with its coded units."""

    study: Study
    units: dict[str, pd.DataFrame]

    def values(self, table: str) -> dict[_Key, tuple[object, int | None]]:
        """Cell of the table -> its value, and how many units it is out of (None for a mean or a sum of answers)."""
        found = {}
        codebook = self.study.codebook
        for *cell, value in tables.compute(self.units, codebook, table).itertuples(index=False):
            quantity = tables.quantity(codebook, *cell)
            found[tuple(cell)] = (value, len(self.units[quantity.unit]) if isinstance(quantity, Count) else None)
        return found


def compare(names: Sequence[str], language: str) -> list[Path]:
    """Write the comparison of the studies and return its paths.

    Below data/derived/A+B: tableN.csv, comparison.html and comparison.docx; below figures/A+B: a figure a table.
    Raises UserError for fewer than two or too many studies, and for a workbook that cannot be counted.
    """
    if not 2 <= len(names) <= len(MARKS) or len(set(names)) < len(names):
        raise UserError(messages.text("compare_number", language, most=len(MARKS)))
    sides = []
    for name in names:
        study = studies.read(name)
        sides.append(Side(study, workbook.load(paths.raw(name), study.codebook, language, study.status)))
    common = "+".join(names)
    made, blocks = [], _introduction(sides, language)
    for table in sides[0].study.codebook.frames["table"]:
        values = [side.values(table) for side in sides]
        cells = _in_order(values)
        if not cells:
            continue
        for side, found in zip(sides, values, strict=True):
            _add_absent(side, found, cells)
        path = paths.derived(common) / f"{table}.csv"
        tables.write(_long(sides, values, cells), path)
        shown = side_by_side(sides, table, values, cells, language)
        figure = _figure(sides, shown, values, cells, language)
        made.append(path)
        blocks.append(shown)
        if figure is not None:
            files = figures.save(figure, paths.figures(common))
            number = shown.number.replace(*_words(sides, language))
            blocks.append(Picture(figure.name, number, figure.title, figure.description, files[0], files[1]))
            made += files
    for suffix in ("html", "docx"):
        path = paths.derived(common) / f"comparison.{suffix}"
        with paths.replacing(path) as temporary:
            if suffix == "html":
                page = document.to_html(blocks, sides[0].study.codebook, language)
                temporary.write_text(page, encoding="utf-8", newline="\n")
            else:
                document.to_docx(blocks, temporary, language)
        made.append(path)
    return made


def _words(sides: Sequence[Side], language: str) -> tuple[str, str]:
    """The words for table and figure before a number."""
    codebook = sides[0].study.codebook
    return tuple(codebook.phrase(name, language, number="").strip() for name in ("table_number", "figure_number"))


def _introduction(sides: Sequence[Side], language: str) -> list[Block]:
    named = "; ".join(f"{_title(side)} ({len(side.units['files'])})" for side in sides)
    blocks: list[Block] = [
        Heading(1, messages.text("compare_title", language)),
        Paragraph(messages.text("compare_internal", language), is_framed=True),
    ]
    for status in dict.fromkeys(side.study.status for side in sides):
        if note := sides[0].study.codebook.status_note(status, language):
            who = ", ".join(_title(side) for side in sides if side.study.status == status)
            blocks.append(Paragraph(f"{who}: {note}", is_framed=True))
    return [*blocks, Paragraph(messages.text("compare_studies", language, studies=named)),
            Heading(2, messages.text("compare_tables", language))]  # fmt: skip


def _title(side: Side) -> str:
    return side.study.settings.get("title") or side.study.name


def _in_order(values: Sequence[dict[_Key, tuple]]) -> list[_Key]:
    """Every cell that any study has: in the order of the first, cells of the others after the last they follow."""
    order = list(values[0])
    for found in values[1:]:
        last = -1
        for cell in found:
            if cell in order:
                last = order.index(cell)
            else:
                last += 1
                order.insert(last, cell)
    return order


def _add_absent(side: Side, found: dict[_Key, tuple], cells: Sequence[_Key]) -> None:
    """Add the noughts of what a study codes and need not list: files without a code, and values that no file has."""
    codebook = side.study.codebook
    for block, item, column in cells:
        stem, _, part = item.rpartition(".")
        is_listed_when_met = part in (*codebook.frames["missing"], tables.BLANK_ITEM) or part.isdigit()
        beside = any(cell[0] == block and cell[2] == column and cell[1] == stem for cell in found)
        whole = not stem and any(cell[0] == block and cell[2] == column for cell in found)
        if (block, item, column) not in found and is_listed_when_met and (beside or whole):
            unit = codebook.unit(codebook.members(block)[0].sheet)
            found[block, item, column] = (0, len(side.units[unit]))


def _share(entry: tuple[object, int | None] | None) -> Fraction | None:
    if entry is None or entry[0] is None or not entry[1]:
        return None
    return Fraction(int(entry[0]), entry[1])


def _long(sides: Sequence[Side], values: Sequence[dict], cells: Sequence[_Key]) -> pd.DataFrame:
    rows = []
    for cell in cells:
        for side, found in zip(sides, values, strict=True):
            if entry := found.get(cell):
                share = _share(entry)
                rows.append((*cell, side.study.name, *entry, None if share is None else tables.rounded(share, 4)))
    return pd.DataFrame(rows, columns=list(COLUMNS), dtype=object)


def side_by_side(
    sides: Sequence[Side], table: str, values: Sequence[dict], cells: Sequence[_Key], language: str
) -> StudyTable:
    """The table with a column a study; a cell has the count and the share of files, a dash where a study lacks it."""
    codebook = sides[0].study.codebook
    columns = list(dict.fromkeys(cell[2] for cell in cells))
    heads = [
        Head(_title(side), codebook.frame("column", column).label[language]) for column in columns for side in sides
    ]
    rows: list[Row] = []
    for block in dict.fromkeys(cell[0] for cell in cells):
        owner = next(side.study.codebook for side in sides if block in side.study.codebook.frames["block"])
        entry = owner.frame("block", block)
        rows.append(Row(entry.label[language], kind="block", note=entry.note[language]))
        for item in dict.fromkeys(cell[1] for cell in cells if cell[0] == block):
            shown = []
            for column in columns:
                is_there = (block, item, column) in cells
                found = [side_values.get((block, item, column)) for side_values in values]
                shown += [_cell(entry, language) if is_there else None for entry in found]
            kind = "closing" if item == entry.definition else "item"
            rows.append(Row(_label(sides, block, item, language), tuple(shown), kind))
    definition = codebook.frame("table", table)
    place = str(list(codebook.frames["table"]).index(table) + 1)
    return StudyTable(
        name=table, number=codebook.phrase("table_number", language, number=place), title=definition.label[language],
        head=(Head("", numeric=False), *heads), rows=tuple(rows), notes=(messages.text("compare_note", language),),
        language=language,
    )  # fmt: skip


def _label(sides: Sequence[Side], block: str, item: str, language: str) -> str:
    for side in sides:
        try:
            return tables.label(side.study.codebook, block, item, language)
        except KeyError:
            continue
    return item


def _cell(entry: tuple[object, int | None] | None, language: str) -> Cell:
    if entry is None:
        return Cell("–")
    share = _share(entry)
    text = rendering.number(entry[0], language)
    if share is not None:
        text += f" ({tables.rounded(share * 100, 0)}{rendering.NO_BREAK if language == 'sv' else ''}%)"
    return Cell(text)


def _figure(
    sides: Sequence[Side], shown: StudyTable, values: Sequence[dict], cells: Sequence[_Key], language: str
) -> figures.Figure | None:
    """The figure of a table: its counts of files, without bases and without what is not documented."""
    codebook: Codebook = sides[0].study.codebook
    columns = list(dict.fromkeys(cell[2] for cell in cells))
    apart = set(codebook.frames["missing"]) | {tables.BLANK_ITEM}
    rows = []
    for block, item, column in cells:
        entries = [found.get((block, item, column)) for found in values]
        counted = [entry for entry in entries if entry and entry[1]]
        owner = next(side.study.codebook for side in sides if block in side.study.codebook.frames["block"])
        base = item == owner.frame("block", block).definition and item in codebook.frames["total"]
        if counted and not base and item.rpartition(".")[2] not in apart:
            block_label = owner.frame("block", block).label[language]
            if len(columns) > 1 and column != "n":
                block_label += f", {rendering.in_sentence(codebook.frame('column', column).label[language])}"
            shares = [float(share) if (share := _share(entry)) is not None else None for entry in entries]
            rows.append([block, item, block_label, _label(sides, block, item, language), *shares])
    titles = [_title(side) for side in sides]
    numbers = pd.DataFrame(rows, columns=["block", "item", "block_label", "item_label", *titles])
    numbers = numbers.sort_values("block_label", kind="stable", key=lambda labels: pd.factorize(labels)[0])
    named = ", ".join(titles)
    description = messages.text("compare_description", language, studies=named, table=shown.title)
    axis = messages.text("compare_axis", language)
    return comparison(f"comparison_{shown.name}", numbers, titles, shown.title, description, axis)
