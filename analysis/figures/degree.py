"""Figure of the degree: the study's judgement, and the place that our own indicators give, in one plane."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction

import matplotlib.figure
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from analysis.codebook import Codebook
from analysis.collaboration import AXES, Judgement, Region, region
from analysis.conclusions import DATA_SETS, INDICATORS, ROWS, Run
from analysis.degree import Indicator, percent, place, reach, share_nearer_low
from analysis.figures import plane, style
from analysis.figures.result import Figure
from analysis.figures.words import listed
from analysis.rendering import number
from analysis.tables import rounded

_GAP, _KEY, _INDENT = 2.5, 1.0, 7.0
_MIN = 0.035
_CLOSE = 40.0
_WIDE = (style.WIDTH - 2 * style.MARGIN) / (_CLOSE - 1)
_EDGE = {"edgecolor": style.INK, "linewidth": 1.0}
_SIGNS = {
    INDICATORS: {"marker": "x", "markersize": 4.5, "markeredgewidth": 1.0},
    ROWS: {"marker": "^", "markersize": 4.0, "markeredgewidth": 0.6},
    DATA_SETS: {"marker": "o", "markersize": 2.6, "markeredgewidth": 0.5},
}
"""The sign of each test; where they overlap, shapes tell them apart."""


def degree(
    found: Sequence[Indicator],
    codebook: Codebook,
    judgement: Judgement | None,
    language: str,
    status: str,
    runs: Mapping[str, Sequence[Run]] | None = None,
) -> Figure | None:
    """The plane with the judgement's region (hatched), the computed place, and how far it can move.

    `found` are the indicators with their values, `status` what the study's rows are, `runs` those of
    `conclusions.reruns`. None if an axis has no coded indicator. Numbers, one row a region: `region` (equal, reach, or
    the test and what its run leaves out or takes), `horizontal_low`, `horizontal_high`, `vertical_low`,
    `vertical_high`, from 0 to 1. The table has one row a test.
    """
    equal, widest = place(found), reach(found)
    if equal is None:
        return None
    groups = {
        test: {one.name: where for one in several if (where := place(one.indicators)) is not None}
        for test, several in (runs or {}).items()
    }
    groups = {test: places for test, places in groups.items() if places}
    named = [(f"{test}.{name}", where) for test, places in groups.items() for name, where in places.items()]
    numbers = pd.DataFrame(
        [(name, *_ends(one)) for name, one in [("equal", equal), ("reach", widest), *named]],
        columns=["region", "horizontal_low", "horizontal_high", "vertical_low", "vertical_high"],
    ).round(4)
    note = codebook.status_note(status, language)
    notes = [codebook.phrase("degree_own", language), *([note] if note else [])]
    with style.context():
        drawn = _draw(codebook, judgement, language, equal, widest, groups, notes)
    told = {"equal": equal} | {test: _around(places.values()) for test, places in groups.items()} | {"reach": widest}
    return Figure(
        name="degree",
        title=codebook.phrase("degree_title", language),
        figure=drawn,
        numbers=numbers,
        table=_table(codebook, language, told),
        description=_told(codebook, language, found, told, notes, judged=judgement is not None),
    )


def _ends(one: Region) -> tuple[float, float, float, float]:
    return one.left, one.right, one.bottom, one.top


def _around(places: Iterable[Region]) -> Region:
    """The smallest region that holds all places."""
    left, right, bottom, top = zip(*map(_ends, places), strict=True)
    return Region(min(left), max(right), min(bottom), max(top))


def _table(codebook: Codebook, language: str, told: Mapping[str, Region]) -> pd.DataFrame:
    rows = [(codebook.phrase(f"degree_{name}", language), *_spans(one, language)) for name, one in told.items()]
    headings = (codebook.frame("axis", axis).label[language] for axis in AXES)
    return pd.DataFrame(rows, columns=[codebook.phrase("heading_place", language), *headings])


def _spans(one: Region, language: str) -> tuple[str, str]:
    """Both sides of a region in words of a reader, from 0 to 1."""
    return tuple(
        "–".join(dict.fromkeys(number(rounded(Fraction(end), 2), language) for end in ends))
        for ends in ((one.left, one.right), (one.bottom, one.top))
    )


def _told(
    codebook: Codebook,
    language: str,
    found: Sequence[Indicator],
    told: Mapping[str, Region],
    notes: Sequence[str],
    *,
    judged: bool,
) -> str:
    axes = [codebook.frame("axis", axis).label[language] for axis in AXES]
    said = [codebook.phrase("degree_description" if judged else "degree_description_alone", language)]
    if len(told) > len(("equal", "reach")):
        said.append(codebook.phrase("degree_description_runs", language))
    for name, one in told.items():
        items = [f"{axis} {span}" for axis, span in zip(axes, _spans(one, language), strict=True)]
        said.append(listed(codebook, language, codebook.phrase(f"degree_{name}", language), items))
    low = codebook.frame("scale", "degree").codes[0].label[language]
    said.append(codebook.phrase("degree_nearer", language, nearer=low, share=percent(*share_nearer_low(found))))
    return " ".join([*said, *notes])


def _draw(
    codebook: Codebook,
    judgement: Judgement | None,
    language: str,
    equal: Region,
    widest: Region,
    groups: Mapping[str, Mapping[str, Region]],
    notes: Sequence[str],
) -> matplotlib.figure.Figure:
    names = ("judgement", "equal", *groups, "reach") if judgement else ("equal", *groups, "reach")
    words = [codebook.phrase("figure3_judgement" if n == "judgement" else f"degree_{n}", language) for n in names]
    foot = [line for note in notes for line in style.wrapped(note, style.WIDTH - 2 * style.MARGIN)]
    tall = plane.height(codebook, language, graded=True)
    key = len(words) * (style.LINE + _KEY)
    moved = _around([equal, *(one for places in groups.values() for one in places.values())]) if groups else None
    below = _GAP + style.LINE + _CLOSE if moved else 0.0
    figure = style.page(style.MARGIN + tall + below + _GAP + key + _GAP + len(foot) * style.LINE + style.MARGIN)
    page = style.sheet(figure)
    axes = plane.draw(figure, page, style.MARGIN, codebook, language, graded=True)
    if judgement is not None:
        plane.hatch(axes, region(judgement, codebook))
    _frame(axes, widest)
    axes.add_patch(_box(equal, _MIN))
    tall += style.MARGIN
    if moved:
        heading = codebook.phrase("degree_enlarged", language)
        style.write(page, style.MARGIN, tall + _GAP, [heading], points=style.HEADING, weight="bold")
        _enlarge(figure, axes, tall + _GAP + style.LINE + 1, moved, equal, groups)
    tall += below
    top = tall + _GAP
    left, middle = style.MARGIN, style.LINE / 2
    boxes = {
        "judgement": {"facecolor": style.ORANGE, "hatch": style.HATCH},
        "equal": {"facecolor": style.BLUE},
        "reach": {"fill": False, "linestyle": "--"},
    }
    for name, text in zip(names, words, strict=True):
        if name in boxes:
            page.add_patch(Rectangle((left, top + 0.4), 5, style.LINE - 0.8, **boxes[name], **_EDGE))
        else:
            _sign(page, name, left + 2.5, top + middle)
        style.write(page, left + _INDENT, top, [text])
        top += style.LINE + _KEY
    style.write(page, style.MARGIN, top + _GAP, foot, color=style.GREY)
    return figure


def _enlarge(
    figure: matplotlib.figure.Figure,
    axes: Axes,
    top: float,
    moved: Region,
    equal: Region,
    groups: Mapping[str, Mapping[str, Region]],
) -> None:
    """A part of the plane in larger scale, with all runs; a thin frame shows in the plane which part it is."""
    shown = _wider(moved)
    axes.add_patch(_outline(shown, linewidth=0.8, linestyle=":"))
    close = style.axes(figure, style.MARGIN, top, style.WIDTH - 2 * style.MARGIN, _CLOSE - 1)
    close.set(xlim=(shown.left, shown.right), ylim=(shown.bottom, shown.top), xticks=[], yticks=[])
    close.spines[:].set_color(style.INK)
    close.spines[:].set_linestyle(":")
    thin = _MIN * (shown.right - shown.left)
    close.add_patch(_box(equal, thin, thin / (shown.right - shown.left) * (shown.top - shown.bottom) * _WIDE))
    for test, places in groups.items():
        for one in places.values():
            _sign(close, test, (one.left + one.right) / 2, (one.bottom + one.top) / 2)


def _wider(one: Region) -> Region:
    """A region with room around it, even where it is a line or a point."""
    across, up = (max((high - low) * 0.12, 0.01) for low, high in ((one.left, one.right), (one.bottom, one.top)))
    return Region(one.left - across, one.right + across, one.bottom - up, one.top + up)


def _box(one: Region, least: float, least_tall: float | None = None) -> Rectangle:
    """The region, widened where it would be too thin to see."""
    width, tall = max(one.right - one.left, least), max(one.top - one.bottom, least_tall or least)
    corner = ((one.left + one.right - width) / 2, (one.bottom + one.top - tall) / 2)
    return Rectangle(corner, width, tall, facecolor=style.BLUE, zorder=5, **_EDGE)


def _frame(axes: Axes, one: Region) -> None:
    axes.add_patch(_outline(one, linewidth=1.0, linestyle="--"))


def _outline(one: Region, **look) -> Rectangle:
    corner, width, tall = (one.left, one.bottom), one.right - one.left, one.top - one.bottom
    return Rectangle(corner, width, tall, fill=False, edgecolor=style.INK, zorder=2, clip_on=False, **look)


def _sign(axes: Axes, test: str, x: float, y: float) -> None:
    look = {"color": style.INK, "markeredgecolor": style.INK, "zorder": 6, "linestyle": "none"}
    axes.plot([x], [y], markerfacecolor=style.PAPER, **_SIGNS[test], **look)
