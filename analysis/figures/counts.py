"""Figures of a table's counts: help before and after, and who was at the table.

Every item has its label above its mark and its count in figures at the right, so that it reads in a narrow column;
every block of the table is a group; the axis runs from no file to all files.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import matplotlib.figure
import pandas as pd
import seaborn
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from analysis.display import style
from analysis.display.figure import Figure
from analysis.display.rendering import HIDDEN
from analysis.figures.words import listed
from analysis.study.claims import DIFFERS
from analysis.study.codebook import NOT_DOCUMENTED, Codebook
from analysis.study.layout import BLANK_ITEM, is_reckoned, label

BEFORE, AFTER, ONLY = "before", "after", "n"
"""Columns of a table: the two that a dumbbell joins, and the one of a table that has no times."""

MISSING = "_missing"
"""Ending of the columns of numbers that count files which do not say or were not coded."""

PRINTED = "_printed"
"""Ending of the columns of what print has, where that differs from the count."""

_SIDE, _GAP, _HEADING = 1.5, 2.5, 5.0
_MARK, _LIFT, _AIR = 3.0, 0.7, 2.0
_TICK = 1.2
_AXIS = _TICK + 2 * style.LINE - _GAP
_COLORS = {BEFORE: style.BLUE, AFTER: style.ORANGE}
_SHAPES = {BEFORE: "o", AFTER: "D"}
_SIZES = {BEFORE: 80, AFTER: 26}


def help_before_after(
    table: pd.DataFrame,
    codebook: Codebook,
    language: str,
    files: int,
    status: str,
    claims: pd.DataFrame | None = None,
    *,
    is_public: bool = False,
) -> Figure | None:
    """Dumbbells: in how many files there was each kind of help, before (circle) and after (diamond) the plan.

    `table` has one row a cell (`block`, `item`, `column`, `value`); its items with both columns are drawn. `files` is
    the number of all files, `status` what the study's rows are. With `claims` (the columns of claims.csv) a count that
    differs from print has the printed one beside it. A value None is hidden: its row is hatched, and two points stand
    for the count; such a figure `is_public`. None if there is nothing to draw. Numbers, one row an item: `block`,
    `item`, their labels, and for each column its count, ending in `_missing` the number of files that do not say or
    were not coded, and ending in `_printed` what print has where it differs.
    """
    headings = {column: codebook.frame("column", column).label[language] for column in (BEFORE, AFTER)}
    numbers = _numbers(table, codebook, language, headings, claims)
    if numbers.empty:
        return None
    title = codebook.frame("table", codebook.frame("block", numbers["block"].iloc[0]).table).label[language]
    told = _Told("help_before_after", codebook, language, numbers, headings, files, status, is_public)
    return told.figure(title, _dumbbells, legend=headings)


def representation(
    table: pd.DataFrame,
    codebook: Codebook,
    language: str,
    files: int,
    status: str,
    claims: pd.DataFrame | None = None,
    *,
    is_public: bool = False,
) -> Figure | None:
    """Bars: in how many files each agency, the user and others took part in the meeting.

    As `help_before_after`, with the one column `n`; the items of `table` that can be ticked together are drawn.
    """
    headings = {ONLY: codebook.frame("total", "base").label[language]}
    ticks = {(row.block, row.item) for row in codebook.variables.values() if row.type == "tick"}
    ticked = [key in ticks for key in zip(table["block"], _stem(table["item"]), strict=True)]
    numbers = _numbers(table.loc[ticked], codebook, language, headings, claims)
    if numbers.empty:
        return None
    told = _Told("representation", codebook, language, numbers, headings, files, status, is_public)
    return told.figure(codebook.phrase("representation_title", language), _bars, legend={})


@dataclass(frozen=True)
class _Told:
    """Numbers with what is needed to put them into words; `headings` names their columns of counts."""

    name: str
    codebook: Codebook
    language: str
    numbers: pd.DataFrame
    headings: dict[str, str]
    files: int
    status: str
    is_public: bool

    def figure(self, title: str, marks: Callable[[Axes, pd.DataFrame], None], legend: dict[str, str]) -> Figure:
        """The figure, its marks drawn by `marks` into the axes of a block."""
        with style.context():
            drawn = _draw(self, marks, legend)
        return Figure(self.name, title, drawn, self.numbers, self.table(), self.description())

    def phrase(self, name: str, **values: str) -> str:
        """A phrase of the codebook."""
        return self.codebook.phrase(name, self.language, **values)

    def counts(self) -> list[dict[str, str]]:
        """The counts of each item by column, as they are written."""
        return [
            {column: self.count(row, column) for column in self.headings} for row in self.numbers.to_dict("records")
        ]

    def count(self, row: Mapping[str, Any], column: str) -> str:
        """One count, with the files that do not say and with the printed number where there is another."""
        text = HIDDEN if pd.isna(row[column]) else str(int(row[column]))
        if row[column + MISSING]:
            text = self.phrase("value_with_missing", value=text, missing=str(row[column + MISSING]))
        if row[column + PRINTED]:
            text = self.phrase("value_with_printed", value=text, printed=row[column + PRINTED])
        return text

    def notes(self) -> list[str]:
        """What must be said with the numbers: that answers are missing, and what the rows are."""
        missing = self.numbers[[column + MISSING for column in self.headings]].to_numpy().any()
        printed = (self.numbers[[column + PRINTED for column in self.headings]] != "").to_numpy().any()
        hidden = (self.table()[list(self.headings.values())].map(lambda text: HIDDEN in text)).to_numpy().any()
        said = [("missing_note", missing), ("printed_note", printed), ("hidden_note", hidden)]
        status = self.codebook.status_note(self.status, self.language, is_public=self.is_public)
        return [*(self.phrase(name) for name, needed in said if needed), *([status] if status else [])]

    def table(self) -> pd.DataFrame:
        """The numbers for readers."""
        parts = {f"{part}_label": self.phrase(f"heading_{part}") for part in ("block", "item")}
        counts = pd.DataFrame(self.counts()).rename(columns=self.headings)
        return self.numbers[list(parts)].rename(columns=parts).join(counts)

    def description(self) -> str:
        """The figure in words."""
        items = [
            self.phrase(f"{self.name}_item", label=label, **count)
            for label, count in zip(self.numbers["item_label"], self.counts(), strict=True)
        ]
        said = [self.phrase(f"{self.name}_description", files=str(self.files))]
        for block, rows in self.numbers.groupby("block_label", sort=False):
            said.append(listed(self.codebook, self.language, block, [items[index] for index in rows.index]))
        return " ".join([*said, *self.notes()])


def _stem(items: pd.Series) -> pd.Series:
    """The items without the ending of rows that count missing answers."""
    return items.str.replace(rf"\.({NOT_DOCUMENTED}|{BLANK_ITEM})$", "", regex=True)


def _numbers(
    table: pd.DataFrame, codebook: Codebook, language: str, columns: Iterable[str], claims: pd.DataFrame | None
) -> pd.DataFrame:
    stem = _stem(table["item"])
    answers = table[stem == table["item"]].set_index(["block", "item", "column"])["value"]
    missing = table[stem != table["item"]].assign(item=stem).groupby(["block", "item", "column"])["value"].agg(_sum)
    missing = _open(table, codebook) | missing.to_dict()
    printed = {}
    if claims is not None:
        differing = claims[claims["verdict"] == DIFFERS]
        printed = {(claim.block, claim.item, claim.column): claim.published for claim in differing.itertuples()}
    rows = []
    for block, item in dict.fromkeys(zip(table["block"], stem, strict=True)):
        if not all((block, item, column) in answers for column in columns):
            continue
        row = {"block": block, "item": item, "block_label": codebook.frame("block", block).label[language]}
        row["item_label"] = label(codebook, block, item, language)
        for column in columns:
            row[column] = answers[block, item, column]
            row[column + MISSING] = missing.get((block, item, column), 0)
            row[column + PRINTED] = printed.get((block, item, column), "")
        rows.append(row)
    numbers = pd.DataFrame(rows)
    return numbers.astype({column: "Int64" for column in columns if len(numbers) and numbers[column].hasnans})


def _open(table: pd.DataFrame, codebook: Codebook) -> dict[tuple[str, str, str], int | str]:
    """How many more a defined count or a total possibly is; other missing answers have rows of their own."""
    return {
        cell: 0 if value is None else HIDDEN if unknown is None else int(unknown)
        for *cell, value, unknown in table[["block", "item", "column", "value", "unknown"]].itertuples(index=False)
        if is_reckoned(codebook, *cell[:2])
        for cell in [tuple(cell)]
    }


def _sum(values: pd.Series) -> int | str:
    return HIDDEN if values.isna().any() else int(values.sum())


def _draw(told: _Told, marks: Callable[[Axes, pd.DataFrame], None], legend: dict[str, str]) -> matplotlib.figure.Figure:
    left = style.MARGIN + _SIDE
    width = style.WIDTH - 2 * left
    counts = [told.phrase(f"{told.name}_count", **count) for count in told.counts()]
    labels = [
        style.wrapped(name, width - style.text_width(count, weight="bold") - _GAP)
        for name, count in zip(told.numbers["item_label"], counts, strict=True)
    ]
    tall = pd.Series([len(lines) * style.LINE + _LIFT + _MARK + _AIR for lines in labels])
    blocks = [rows for _, rows in told.numbers.groupby("block", sort=False)]
    foot = [line for note in told.notes() for line in style.wrapped(note, style.WIDTH - 2 * style.MARGIN)]
    head = style.LINE + _GAP if legend else 0
    body = len(blocks) * (_HEADING + _GAP) + tall.sum()
    tail = _AXIS + (_GAP / 2 + len(foot) * style.LINE if foot else 0)
    figure = style.page(style.MARGIN + head + body + tail + style.MARGIN)
    page = style.sheet(figure)
    if legend:
        _legend(page, legend)

    top = style.MARGIN + head
    for rows in blocks:
        style.write(page, style.MARGIN, top, [rows["block_label"].iloc[0]], points=style.HEADING, weight="bold")
        top += _HEADING
        bottoms = tall[rows.index].cumsum() - _AIR
        axes = style.axes(figure, left, top, width, tall[rows.index].sum())
        axes.set(xlim=(0, max(told.files, 1)), ylim=(tall[rows.index].sum(), 0))
        axes.set_axis_off()
        marks(axes, rows.assign(place=bottoms - _MARK / 2))
        axes.set(xlabel="", ylabel="", xticks=[], yticks=[])
        for index, bottom in bottoms.items():
            under = top + bottom - _MARK - _LIFT
            style.write(page, left, under - len(labels[index]) * style.LINE, labels[index])
            style.write(page, left + width, under - style.LINE, [counts[index]], weight="bold", align="right")
        top += tall[rows.index].sum() + _GAP
    _axis(page, left, width, top - _GAP, told)
    style.write(page, style.MARGIN, top + _AXIS + _GAP / 2, foot, color=style.GREY)
    return figure


def _axis(page: Axes, left: float, width: float, top: float, told: _Told) -> None:
    page.plot([left, left + width], [top, top], color=style.INK, linewidth=0.8)
    for tick in _ticks(told.files):
        x = left + width * tick / max(told.files, 1)
        page.plot([x, x], [top, top + _TICK], color=style.INK, linewidth=0.8)
        style.write(page, x, top + _TICK, [str(tick)], align="center")
    style.write(
        page, left + width, top + _TICK + style.LINE, [told.phrase("files_axis", files=str(told.files))], align="right"
    )


def _legend(page: Axes, legend: dict[str, str]) -> None:
    x, middle = style.MARGIN + _SIDE, style.MARGIN + style.LINE / 2
    for column, heading in legend.items():
        shape = {"s": _SIZES[column], "c": _COLORS[column], "marker": _SHAPES[column], "edgecolor": style.INK}
        page.scatter([x], [middle], **shape)
        style.write(page, x + _GAP, style.MARGIN, [heading])
        x += style.text_width(heading) + 4 * _GAP


def _dumbbells(axes: Axes, rows: pd.DataFrame) -> None:
    axes.hlines(rows["place"], 0, 1, transform=axes.get_yaxis_transform(), color=style.GREY, linewidth=0.5, zorder=0)
    _hatch(axes, rows[rows[[BEFORE, AFTER]].isna().any(axis=1)])
    for column in (BEFORE, AFTER):
        _possible(axes, rows, column, lambda here, low, high, column=column: axes.hlines(
            here["place"], low, high, color=_COLORS[column], linewidth=2, linestyle=":", zorder=1
        ))  # fmt: skip
    both = rows.dropna(subset=[BEFORE, AFTER]).astype({BEFORE: float, AFTER: float})
    axes.hlines(both["place"], both[BEFORE], both[AFTER], color=style.INK, linewidth=2, zorder=1)
    marks = rows.astype({BEFORE: float, AFTER: float}).melt(
        id_vars="place", value_vars=[BEFORE, AFTER], var_name="column", value_name="value"
    )
    seaborn.scatterplot(
        marks, x="value", y="place", hue="column", style="column", size="column", palette=_COLORS, markers=_SHAPES,
        sizes=_SIZES, edgecolor=style.INK, linewidth=0.8, legend=False, clip_on=False, zorder=2, ax=axes,
    )  # fmt: skip


def _bars(axes: Axes, rows: pd.DataFrame) -> None:
    whole = axes.get_xlim()[1]
    axes.barh(rows["place"], whole, _MARK, color=style.TRACK, edgecolor=style.GREY, linewidth=0.5, clip_on=False)
    _hatch(axes, rows[rows[ONLY].isna()])
    _possible(axes, rows, ONLY, lambda here, low, high: axes.barh(
        here["place"], high - low, _MARK, left=low, color=style.PAPER, edgecolor=style.GREY, hatch=style.HATCH,
        linewidth=0.5, clip_on=False,
    ))  # fmt: skip
    rows = rows.dropna(subset=[ONLY]).astype({ONLY: float})
    axes.barh(rows["place"], rows[ONLY], _MARK, color=style.BLUE, edgecolor=style.INK, linewidth=0.8, clip_on=False)


def _possible(axes: Axes, rows: pd.DataFrame, column: str, draw: Callable) -> None:
    """From the count to the most that it possibly is, where answers are missing and their number is no secret."""
    known = [isinstance(number, int) and number > 0 for number in rows[column + MISSING]]
    here = rows[known].dropna(subset=[column])
    if len(here):
        low = here[column].astype(float)
        draw(here, low, (low + here[column + MISSING].astype(float)).clip(upper=axes.get_xlim()[1]))


def _hatch(axes: Axes, rows: pd.DataFrame) -> None:
    """From none to all files, as a hidden count may be anything."""
    look = {"color": style.PAPER, "edgecolor": style.GREY, "hatch": style.HATCH, "linewidth": 0.5, "clip_on": False}
    axes.barh(rows["place"], axes.get_xlim()[1], _MARK, **look)


def _ticks(files: int) -> list[int]:
    """Whole numbers from none to all files, evenly spaced, the last one always all of them."""
    files = max(files, 1)
    found = [int(tick) for tick in MaxNLocator(nbins=6, integer=True).tick_values(0, files) if tick < files]
    step = found[1] - found[0] if len(found) > 1 else 1
    return [tick for tick in found if files - tick >= step / 2 or tick == 0] + [files]
