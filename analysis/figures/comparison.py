"""Several studies side by side: the share of files for each row of a table."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from analysis.display import style
from analysis.display.figure import Figure
from analysis.display.rendering import HIDDEN

MARKS = (("o", style.BLUE), ("D", style.ORANGE), ("s", style.PAPER), ("^", style.GREY))
"""Shape and colour of each study, in order; no more studies than these are drawn."""

_ROW, _AIR, _LANE = 1.2, 3.0, 1.9
_KEY = 6.0


def comparison(
    name: str,
    numbers: pd.DataFrame,
    table: pd.DataFrame,
    studies: Sequence[str],
    possible: Sequence[str],
    title: str,
    description: str,
    axis: str,
    notes: Sequence[str] = (),
) -> Figure | None:
    """Dots: for each row of a table the share of files in each study, from none to all.

    `numbers` has one row an item with `block`, `item`, `block_label`, `item_label` and a column of shares (0 to 1, or
    NaN) a study, `table` the same for readers, where two points say that a share is hidden: it is hatched. The columns
    `possible` hold the share that missing answers allow, to which a line goes. The studies have a line each within a
    row, so that no mark covers another. None if there is nothing to draw.
    """
    if numbers[list(studies)].isna().all(axis=None):
        return None
    numbers, hidden = numbers.reset_index(drop=True), table.reset_index(drop=True) == HIDDEN
    whole = style.WIDTH - 2 * style.MARGIN
    left, wide = style.WIDTH * 0.52, style.WIDTH * 0.48 - style.MARGIN * 2
    legend = [style.wrapped(study, whole - _KEY) for study in studies]
    headings = {block: style.wrapped(block, whole, style.HEADING, "bold") for block in numbers["block_label"].unique()}
    labels = [style.wrapped(label, left - style.MARGIN - _AIR) for label in numbers["item_label"]]
    rows_tall = [max(len(lines) * style.LINE, len(studies) * _LANE) + _ROW for lines in labels]
    foot = [line for note in notes for line in style.wrapped(note, whole)]
    lines = sum(map(len, legend)) + sum(len(heading) + 0.6 for heading in headings.values()) + 2.3 + len(foot)
    with style.context():
        page = style.page(lines * style.LINE + sum(rows_tall) + 2 * _AIR + 2 * style.MARGIN)
        sheet = style.sheet(page)
        top = style.MARGIN
        for place, named in enumerate(legend):
            _mark(sheet, style.MARGIN + 2, top + style.LINE / 2, place)
            style.write(sheet, style.MARGIN + _KEY, top, named)
            top += len(named) * style.LINE
        top += _AIR
        for block, rows in numbers.groupby("block_label", sort=False):
            top += style.LINE * 0.5
            style.write(sheet, style.MARGIN, top, headings[block], points=style.HEADING, weight="bold")
            top += (len(headings[block]) + 0.1) * style.LINE
            for index, row in rows.iterrows():
                middle = top + rows_tall[index] / 2
                style.write(sheet, style.MARGIN, middle - len(labels[index]) * style.LINE / 2, labels[index])
                for place, study in enumerate(studies):
                    down = middle + (place - (len(studies) - 1) / 2) * _LANE
                    sheet.plot([left, left + wide], [down, down], color=style.GUIDE, linewidth=0.5, zorder=1)
                    if hidden.at[index, study]:
                        _hatch(sheet, left, wide, down)
                    elif pd.notna(row[study]):
                        ends = [left + wide * share for share in (row[study], row[possible[place]])]
                        sheet.plot(ends, [down, down], color=style.GREY, linewidth=2.5, zorder=2)
                        _mark(sheet, ends[0], down, place)
                top += rows_tall[index]
        for share, text in ((0.0, "0"), (0.5, "50"), (1.0, "100 %")):
            style.write(sheet, left + wide * share, top, [text], align="center")
        style.write(sheet, left + wide / 2, top + style.LINE * 1.1, [axis], align="center")
        style.write(sheet, style.MARGIN, top + style.LINE * 2.1 + _AIR, foot, color=style.GREY)
    return Figure(name, title, page, numbers, table, " ".join([description, *notes]))


def _mark(sheet: Axes, across: float, down: float, place: int) -> None:
    shape, color = MARKS[place]
    size = (26, 18, 20, 26)[place]
    sheet.scatter([across], [down], s=size, marker=shape, color=color, edgecolor=style.INK, linewidth=0.8, zorder=3)


def _hatch(sheet: Axes, left: float, wide: float, down: float) -> None:
    """From none to all files, as a hidden share may be anything."""
    look = {"facecolor": style.PAPER, "edgecolor": style.GREY, "hatch": style.HATCH, "linewidth": 0.5, "zorder": 2}
    sheet.add_patch(Rectangle((left, down - _LANE * 0.35), wide, _LANE * 0.7, **look))
