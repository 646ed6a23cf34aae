"""The plane of contact and integration: its axes, its corners, and regions in it.

The axes are ordinal: they carry the levels as words, no numbers. In the plane 0 and 1 are the ends of both axes.
"""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from analysis.collaboration.scales import Judgement, Region, ends, levels, region
from analysis.display import style
from analysis.study.codebook import Codebook

HEIGHT = 54.0
"""Height of the plane in millimetres, without its labels."""

INSET = 0.065
"""How far inside the plane the signs of its corners stand."""

_NAMES = 24.0
_GAP = 1.5
_SIGN = 17.0
_KEY_GAP, _KEY_INDENT = 1.2, 6.5
_KEY_WIDTH = style.WIDTH - 2 * style.MARGIN - _KEY_INDENT


def height(codebook: Codebook, language: str, *, graded: bool) -> float:
    """Millimetres that `draw` needs below its top."""
    below = _below(codebook, language, graded)
    return len(_title(codebook, "vertical", language)) * style.LINE + _GAP + HEIGHT + below


def draw(figure: Figure, page: Axes, top: float, codebook: Codebook, language: str, *, graded: bool) -> Axes:
    """Draw axes and corners below `top` (millimetres) and return the axes of the plane.

    A graded plane shows where its levels meet and names all of them; else only the ends of contact are named.
    """
    title = _title(codebook, "vertical", language)
    style.write(page, style.MARGIN, top, title)
    top += len(title) * style.LINE + _GAP
    vertical = levels(codebook, "vertical", language)
    names = [style.wrapped(label, _NAMES) for label in vertical["label"]]
    left = style.MARGIN + max(style.text_width(line) for lines in names for line in lines) + _GAP
    width = style.WIDTH - style.MARGIN - left
    plane = style.axes(figure, left, top, width, HEIGHT)
    plane.set(xlim=(0, 1), ylim=(0, 1), xticks=[], yticks=[])
    plane.spines[["left", "bottom"]].set_color(style.INK)
    plane.spines[["right", "top"]].set_color(style.GUIDE)

    for lines, low, high in zip(names, vertical["low"], vertical["high"], strict=True):
        middle = top + HEIGHT * (1 - (low + high) / 2)
        style.write(page, left - _GAP, middle - len(lines) * style.LINE / 2, lines, align="right")
    for level in _named(codebook, language, graded).itertuples():
        middle = left + width * (level.low + level.high) / 2
        style.write(page, middle, top + HEIGHT + _GAP / 2, level.label.split(), align="center")
    if graded:
        for low in levels(codebook, "horizontal", language)["low"][1:]:
            plane.axvline(low, color=style.GUIDE, linewidth=0.5, zorder=0)
        for low in vertical["low"][1:]:
            plane.axhline(low, color=style.GUIDE, linewidth=0.5, zorder=0)
    title = _title(codebook, "horizontal", language)
    under = top + HEIGHT + _below(codebook, language, graded) - len(title) * style.LINE
    style.write(page, style.WIDTH - style.MARGIN, under, title, align="right")

    for end in ends(codebook, language).itertuples():
        place = (INSET if end.horizontal == 0 else 1 - INSET, INSET if end.vertical == 0 else 1 - INSET)
        _sign(plane, *place, end.label, high=end.horizontal == 1)
    return plane


def _hatch(axes: Axes, region: Region) -> None:
    """Draw a region that stands for words: hatched and outlined, without a centre."""
    width, tall = region.right - region.left, region.top - region.bottom
    look = {"facecolor": style.ORANGE, "edgecolor": style.INK, "linewidth": 1.2, "hatch": style.HATCH}
    axes.add_patch(Rectangle((region.left, region.bottom), width, tall, **look))


def judged(axes: Axes, judgement: Judgement, codebook: Codebook, language: str) -> Region:
    """Draw the region that the words of a judgement cover, with its degree in the middle; returns the region."""
    covered = region(judgement, codebook)
    _hatch(axes, covered)
    labels = {code.code: code.label[language] for code in codebook.frame("scale", "degree").codes}
    axes.annotate(
        labels[judgement.degree], ((covered.left + covered.right) / 2, (covered.bottom + covered.top) / 2),
        color=style.INK, weight="bold", ha="center", va="center_baseline", zorder=4,
        bbox={"boxstyle": "round,pad=0.35", "facecolor": style.PAPER, "edgecolor": style.INK},
    )  # fmt: skip
    return covered


def key_height(notes: Iterable[str]) -> float:
    """Millimetres that `key` needs for these notes."""
    return sum(_KEY_GAP + len(style.wrapped(note, _KEY_WIDTH)) * style.LINE for note in notes)


def key(page: Axes, top: float, labels: Iterable[str], notes: Iterable[str]) -> None:
    """Write below `top` what each label in the plane means."""
    for label, note in zip(labels, notes, strict=True):
        lines = style.wrapped(note, _KEY_WIDTH)
        style.write(page, style.MARGIN, top + _KEY_GAP, [label], weight="bold")
        style.write(page, style.MARGIN + _KEY_INDENT, top + _KEY_GAP, lines)
        top += _KEY_GAP + len(lines) * style.LINE


def _title(codebook: Codebook, axis: str, language: str) -> list[str]:
    label = codebook.frame("axis", axis).label[language]
    arrowed = f"↑ {label}" if axis == "vertical" else f"{label} →"
    return style.wrapped(arrowed, style.WIDTH - 2 * style.MARGIN)


def _named(codebook: Codebook, language: str, graded: bool) -> pd.DataFrame:
    """The levels of contact that are written below the plane."""
    found = levels(codebook, "horizontal", language)
    return found if graded else found.iloc[[0, -1]]


def _below(codebook: Codebook, language: str, graded: bool) -> float:
    """Millimetres from the plane to the end of the title of its horizontal axis."""
    lines = max(len(label.split()) for label in _named(codebook, language, graded)["label"])
    return _GAP + (lines + len(_title(codebook, "horizontal", language))) * style.LINE


def _sign(axes: Axes, x: float, y: float, label: str, high: bool) -> None:
    """Its label in a circle, white for the low end, blue for the high one."""
    fill, ink = (style.BLUE, style.PAPER) if high else (style.PAPER, style.INK)
    axes.plot([x], [y], "o", markersize=_SIGN, markerfacecolor=fill, markeredgecolor=style.INK, clip_on=False)
    axes.annotate(label, (x, y), color=ink, weight="bold", ha="center", va="center_baseline")
