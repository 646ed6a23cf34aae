"""The look of all figures: colours, sizes, and the page they are laid out on, measured in millimetres.

Every figure is as wide as one column of a journal. At that width no text is below 8 points, so the same picture reads
in one column, across two, and on a phone. Colour never carries a meaning alone: shape, hatch, outline or a word does
so with it. The font and the settings of files stand in `analysis/matplotlibrc`.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from functools import cache

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path

from analysis import paths

WIDTH = 90.0
"""Width of every figure in millimetres: one column of a journal."""

MARGIN = 2.5
"""Blank rim of every figure in millimetres."""

SMALL, HEADING = 8.0, 8.5
"""Sizes of text in points: everything; headings, which are bold too."""

LINE = 3.9
"""Height of a line of text in millimetres."""

PAPER, INK, GREY = "#FFFFFF", "#222222", "#595959"
"""Background; text and outlines; what stands back, such as notes."""

BLUE, ORANGE = "#0072B2", "#E69F00"
"""The two colours, told apart by colour-blind readers and in grey. Orange always has an outline in ink."""

TRACK, GUIDE = "#F2F2F2", "#C8C8C8"
"""What carries no meaning of its own: the fill behind bars and boxes; lines that guide the eye."""

HATCH = "////"
"""Hatch of a region that stands for words."""

_MILLIMETRES = 25.4
_POINTS = 72.0
_CAPITAL = 0.73


def context() -> AbstractContextManager:
    """The settings under which figures are drawn and written, whatever the user's own matplotlibrc says."""
    settings = matplotlib.rc_params_from_file(paths.MATPLOTLIBRC, use_default_template=True)
    return matplotlib.rc_context({name: value for name, value in settings.items() if name != "backend"})


def page(height: float) -> Figure:
    """An empty figure of that height in millimetres."""
    return Figure(figsize=(WIDTH / _MILLIMETRES, height / _MILLIMETRES), facecolor=PAPER)


def height(figure: Figure) -> float:
    """The height of a figure in millimetres."""
    return figure.get_figheight() * _MILLIMETRES


def axes(figure: Figure, left: float, top: float, width: float, tall: float) -> Axes:
    """Axes at that place of the page: millimetres from its left and its top."""
    page_height = height(figure)
    return figure.add_axes(
        (left / WIDTH, 1 - (top + tall) / page_height, width / WIDTH, tall / page_height), facecolor="none"
    )


def sheet(figure: Figure) -> Axes:
    """Axes without frame over the whole page and all that is drawn on it, in millimetres from its top left corner."""
    whole = axes(figure, 0, 0, WIDTH, height(figure))
    whole.set(xlim=(0, WIDTH), ylim=(height(figure), 0))
    whole.set_axis_off()
    whole.set_zorder(1)
    return whole


def write(
    page: Axes, left: float, top: float, lines: list[str], *, points: float = SMALL, weight: str = "normal",
    color: str = INK, align: str = "left",
) -> None:  # fmt: skip
    """Write lines of text on a sheet below `top`, on evenly spaced baselines, whatever their letters."""
    capital = _CAPITAL * points / _POINTS * _MILLIMETRES
    for number, line in enumerate(lines):
        baseline = top + number * LINE + (LINE + capital) / 2
        page.text(left, baseline, line, size=points, weight=weight, color=color, ha=align, va="baseline")


@cache
def text_width(text: str, points: float = SMALL, weight: str = "normal") -> float:
    """The width of one line of text in millimetres."""
    font = FontProperties(family=["DejaVu Sans"], size=points, weight=weight)
    return text_to_path.get_text_width_height_descent(text, font, ismath=False)[0] / _POINTS * _MILLIMETRES


def wrapped(text: str, width: float, points: float = SMALL, weight: str = "normal") -> list[str]:
    """The text broken at blanks into lines that are no wider than so many millimetres, if no single word is."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and text_width(longer, points, weight) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines
