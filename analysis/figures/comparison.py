"""Several studies side by side: the share of files for each row of a table."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from analysis.figures import style
from analysis.figures.result import Figure

MARKS = (("o", style.BLUE), ("D", style.ORANGE), ("s", style.PAPER), ("^", style.GREY))
"""Shape and colour of each study, in order; no more studies than these are drawn."""

_ROW, _AIR = 1.2, 3.0


def comparison(
    name: str,
    numbers: pd.DataFrame,
    table: pd.DataFrame,
    studies: Sequence[str],
    title: str,
    description: str,
    axis: str,
) -> Figure | None:
    """Dots: for each row of a table the share of files in each study, from none to all.

    `numbers` has one row an item with `block`, `item`, `block_label`, `item_label` and a column of shares (0 to 1, or
    NaN) a study, `table` the same for readers. None if there is nothing to draw.
    """
    if numbers[list(studies)].isna().all(axis=None):
        return None
    numbers = numbers.reset_index(drop=True)
    blocks = numbers["block_label"].nunique()
    left, wide = style.WIDTH * 0.52, style.WIDTH * 0.48 - style.MARGIN * 2
    labels = [style.wrapped(label, left - style.MARGIN - _AIR) for label in numbers["item_label"]]
    rows_tall = sum(len(lines) * style.LINE + _ROW for lines in labels)
    tall = blocks * style.LINE * 1.6 + rows_tall + style.LINE * (len(studies) + 3) + _AIR * 2
    with style.context():
        page = style.page(tall)
        sheet = style.sheet(page)
        top = style.MARGIN
        for place, study in enumerate(studies):
            _mark(sheet, style.MARGIN + 2, top + style.LINE / 2, place)
            sheet.text(style.MARGIN + 6, top + style.LINE / 2, study, size=style.SMALL, va="center", color=style.INK)
            top += style.LINE
        top += _AIR
        for block, rows in numbers.groupby("block_label", sort=False):
            top += style.LINE * 0.5
            sheet.text(style.MARGIN, top + style.LINE / 2, block, size=style.HEADING, weight="bold", va="center")
            top += style.LINE * 1.1
            for lines, row in zip((labels[place] for place in rows.index), rows.to_dict("records"), strict=True):
                middle = top + (len(lines) * style.LINE + _ROW) / 2
                style.write(sheet, style.MARGIN, top + _ROW / 2, lines)
                sheet.plot([left, left + wide], [middle, middle], color=style.GUIDE, linewidth=0.8, zorder=1)
                for place, study in enumerate(studies):
                    if pd.notna(row[study]):
                        _mark(sheet, left + wide * row[study], middle, place)
                top += len(lines) * style.LINE + _ROW
        for share, text in ((0.0, "0"), (0.5, "50"), (1.0, "100 %")):
            sheet.text(left + wide * share, top + style.LINE / 2, text, size=style.SMALL, ha="center", va="center")
        sheet.text(left + wide / 2, top + style.LINE * 1.6, axis, size=style.SMALL, ha="center", va="center")
    return Figure(name, title, page, numbers, table, description)


def _mark(sheet, across: float, down: float, place: int) -> None:
    shape, color = MARKS[place]
    size = (30, 22, 26, 30)[place]
    sheet.scatter(
        [across], [down], s=size, marker=shape, color=color, edgecolor=style.INK, linewidth=0.8, zorder=3 + place
    )
