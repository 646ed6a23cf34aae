"""Figure 2: the model of collaboration, as movement in the plane."""

from __future__ import annotations

import matplotlib.figure
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from analysis.collaboration.scales import AXES, ends, levels, movements
from analysis.display import style
from analysis.display.figure import Figure
from analysis.figures import plane
from analysis.study.codebook import Codebook

_KEY_GAP = 1.5
_START, _STOP = 0.16, 0.965
_ARROWS = {
    "vertical": ((plane.INSET, _START), (plane.INSET, _STOP)),
    "horizontal": ((_START, plane.INSET), (_STOP, plane.INSET)),
    "": ((0.12, 0.13), (0.88, 0.87)),
}
"""Start and end of the arrow along an axis, or along both."""

_WORDS = {"vertical": (0.13, 0.97, 0.50), "horizontal": (0.44, 0.37, 0.55), "": (0.33, 0.63, 0.46)}
"""Left, top and width of the words beside each arrow, in shares of the plane."""


def figure2(codebook: Codebook, language: str) -> Figure:
    """The plane with its two ends, and what movement along each axis and along both means.

    Numbers, one row an end or movement: `code`, `label`, `note` (its meaning), `axis` (`horizontal`, `vertical`,
    `both`, or `end`).
    """
    corners, moves = ends(codebook, language), movements(codebook, language)
    numbers = pd.concat([corners.assign(axis="end"), moves.replace({"axis": {"": "both"}})], ignore_index=True)
    numbers = numbers[["code", "label", "note", "axis"]]
    said = [_axes_in_words(codebook, language), *_meanings(codebook, language, numbers)]
    with style.context():
        figure = _draw(codebook, language, corners, moves)
    place, meaning = (codebook.phrase(f"heading_{word}", language) for word in ("place", "meaning"))
    return Figure(
        name="figure2",
        title=codebook.phrase("figure2_title", language),
        figure=figure,
        numbers=numbers,
        table=numbers[["label", "note"]].rename(columns={"label": place, "note": meaning}),
        description=" ".join([*said, codebook.phrase("figure2_note", language)]),
    )


def _axes_in_words(codebook: Codebook, language: str) -> str:
    words = {}
    for axis in AXES:
        labels = list(levels(codebook, axis, language)["label"])
        label = codebook.frame("axis", axis).label[language]
        words[axis] = codebook.phrase("figure2_axis", language, axis=label, low=labels[0], high=labels[-1])
    low, high = ends(codebook, language)["label"]
    return codebook.phrase("figure2_description", language, **words, end_low=low, end_high=high)


def _meanings(codebook: Codebook, language: str, numbers: pd.DataFrame) -> list[str]:
    return [codebook.phrase("figure2_item", language, label=row.label, note=row.note) for row in numbers.itertuples()]


def _draw(codebook: Codebook, language: str, corners: pd.DataFrame, moves: pd.DataFrame) -> matplotlib.figure.Figure:
    tall = plane.height(codebook, language, graded=False) + _KEY_GAP
    key = plane.key_height(corners["note"]) + _KEY_GAP
    note = style.wrapped(codebook.phrase("figure2_note", language), style.WIDTH - 2 * style.MARGIN)
    figure = style.page(style.MARGIN + tall + key + len(note) * style.LINE + style.MARGIN)
    page = style.sheet(figure)
    axes = plane.draw(figure, page, style.MARGIN, codebook, language, graded=False)
    for move in moves.itertuples():
        _arrow(axes, move.axis)
        _words(axes, page, move.axis, move.label, move.note)
    plane.key(page, style.MARGIN + tall, corners["label"], corners["note"])
    style.write(page, style.MARGIN, style.MARGIN + tall + key, note, color=style.GREY)
    return figure


def _arrow(axes: Axes, axis: str) -> None:
    start, stop = _ARROWS[axis]
    look = {"color": style.INK, "linewidth": 1.2} if axis else {"color": style.BLUE, "linewidth": 2.4}
    look |= {"arrowstyle": "-|>", "mutation_scale": 11, "shrinkA": 0, "shrinkB": 0}
    axes.annotate("", stop, start, arrowprops=look)


def _words(axes: Axes, page: Axes, axis: str, label: str, note: str) -> None:
    x, y, share = _WORDS[axis]
    box = axes.get_position()
    left, width = (box.x0 + x * box.width) * style.WIDTH, share * box.width * style.WIDTH
    top = style.height(axes.figure) * (1 - box.y0 - y * box.height)
    lines = style.wrapped(note, width)
    if axis:
        style.write(page, left, top, [label], weight="bold")
        style.write(page, left, top + style.LINE, lines)
        return
    tall = (len(lines) + 1) * style.LINE
    page.add_patch(Rectangle((left, top), width, tall, facecolor=style.PAPER, edgecolor="none"))
    style.write(page, left + width / 2, top, [label], weight="bold", align="center")
    style.write(page, left + width / 2, top + style.LINE, lines, align="center")
