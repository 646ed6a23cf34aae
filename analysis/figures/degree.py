"""Figure of the degree: the study's judgement, and the place that our own indicators give, in one plane."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import matplotlib.figure
import pandas as pd
from matplotlib.patches import Rectangle

from analysis.codebook import Codebook
from analysis.collaboration import AXES, Judgement, Region, region
from analysis.degree import Indicator, percent, place, reach, share_nearer_low
from analysis.figures import plane, style
from analysis.figures.result import Figure
from analysis.figures.words import listed
from analysis.rendering import number
from analysis.tables import rounded

_GAP, _KEY, _INDENT = 2.5, 1.0, 7.0
_MIN = 0.035
_EDGE = {"edgecolor": style.INK, "linewidth": 1.0}


def degree(
    found: Sequence[Indicator], codebook: Codebook, judgement: Judgement | None, language: str, status: str
) -> Figure | None:
    """The plane with the judgement's region (hatched), the computed place and how far it can move.

    `found` are the indicators with their values, `status` what the study's rows are. None if an axis has no coded
    indicator. Numbers, one row a region: `region` (equal, reach, or the indicator left out), `horizontal_low`,
    `horizontal_high`, `vertical_low`, `vertical_high`, from 0 to 1.
    """
    equal, widest = place(found), reach(found)
    if equal is None:
        return None
    coded = [one for one in found if one.coded]
    left_out = {gone.name: place([one for one in coded if one is not gone]) for gone in coded}
    regions = {"equal": equal, "reach": widest} | {name: one for name, one in left_out.items() if one is not None}
    numbers = pd.DataFrame(
        [(name, one.left, one.right, one.bottom, one.top) for name, one in regions.items()],
        columns=["region", "horizontal_low", "horizontal_high", "vertical_low", "vertical_high"],
    ).round(4)
    note = codebook.status_note(status, language)
    notes = [codebook.phrase("degree_own", language), *([note] if note else [])]
    with style.context():
        drawn = _draw(codebook, judgement, language, regions, notes)
    table = _table(codebook, language, regions, {one.name: one.label for one in coded})
    return Figure(
        name="degree",
        title=codebook.phrase("degree_title", language),
        figure=drawn,
        numbers=numbers,
        table=table,
        description=_told(codebook, language, found, regions, notes),
    )


def _table(codebook: Codebook, language: str, regions: dict[str, Region], labels: dict[str, str]) -> pd.DataFrame:
    names = {name: codebook.phrase(f"degree_{name}", language) for name in ("equal", "reach")}
    without = codebook.phrase("degree_left_out", language)
    names |= {name: f"{without}: {label}" for name, label in labels.items()}
    rows = [(names[name], *_spans(one, language)) for name, one in regions.items()]
    headings = (codebook.frame("axis", axis).label[language] for axis in AXES)
    return pd.DataFrame(rows, columns=[codebook.phrase("heading_place", language), *headings])


def _spans(one: Region, language: str) -> tuple[str, str]:
    """Both sides of a region in words of a reader, from 0 to 1."""
    return tuple(
        "–".join(dict.fromkeys(number(rounded(Fraction(end), 2), language) for end in ends))
        for ends in ((one.left, one.right), (one.bottom, one.top))
    )


def _told(
    codebook: Codebook, language: str, found: Sequence[Indicator], regions: dict[str, Region], notes: Sequence[str]
) -> str:
    others = [one for name, one in regions.items() if name not in ("equal", "reach")]
    around = {
        "left_out": Region(
            min(one.left for one in others), max(one.right for one in others),
            min(one.bottom for one in others), max(one.top for one in others),
        )
    } if others else {}  # fmt: skip
    axes = [codebook.frame("axis", axis).label[language] for axis in AXES]
    said = [codebook.phrase("degree_description", language)]
    for name, one in {"equal": regions["equal"], **around, "reach": regions["reach"]}.items():
        items = [f"{axis} {span}" for axis, span in zip(axes, _spans(one, language), strict=True)]
        said.append(listed(codebook, language, codebook.phrase(f"degree_{name}", language), items))
    low = codebook.frame("scale", "degree").codes[0].label[language]
    said.append(codebook.phrase("degree_nearer", language, nearer=low, share=percent(*share_nearer_low(found))))
    return " ".join([*said, *notes])


def _draw(
    codebook: Codebook, judgement: Judgement | None, language: str, regions: dict[str, Region], notes: Sequence[str]
) -> matplotlib.figure.Figure:
    names = ("equal", "left_out", "reach") if judgement is None else ("judgement", "equal", "left_out", "reach")
    words = [codebook.phrase("figure3_judgement" if n == "judgement" else f"degree_{n}", language) for n in names]
    foot = [line for note in notes for line in style.wrapped(note, style.WIDTH - 2 * style.MARGIN)]
    tall = plane.height(codebook, language, graded=True)
    key = len(words) * (style.LINE + _KEY)
    figure = style.page(style.MARGIN + tall + _GAP + key + _GAP + len(foot) * style.LINE + style.MARGIN)
    page = style.sheet(figure)
    axes = plane.draw(figure, page, style.MARGIN, codebook, language, graded=True)
    if judgement is not None:
        plane.hatch(axes, region(judgement, codebook))
    _frame(axes, regions["reach"])
    for name, one in regions.items():
        if name not in ("equal", "reach"):
            _cross(axes, (one.left + one.right) / 2, (one.bottom + one.top) / 2)
    axes.add_patch(_box(regions["equal"]))
    top = style.MARGIN + tall + _GAP
    left, middle = style.MARGIN, style.LINE / 2
    for name, text in zip(names, words, strict=True):
        if name == "judgement":
            look = {"facecolor": style.ORANGE, "hatch": style.HATCH}
            page.add_patch(Rectangle((left, top + 0.4), 5, style.LINE - 0.8, **look, **_EDGE))
        elif name == "equal":
            page.add_patch(Rectangle((left, top + 0.4), 5, style.LINE - 0.8, facecolor=style.BLUE, **_EDGE))
        elif name == "reach":
            page.add_patch(Rectangle((left, top + 0.4), 5, style.LINE - 0.8, fill=False, linestyle="--", **_EDGE))
        else:
            _cross(page, left + 2.5, top + middle)
        style.write(page, left + _INDENT, top, [text])
        top += style.LINE + _KEY
    style.write(page, style.MARGIN, top + _GAP, foot, color=style.GREY)
    return figure


def _box(one: Region) -> Rectangle:
    """The region, widened where it would be too thin to see."""
    width, tall = max(one.right - one.left, _MIN), max(one.top - one.bottom, _MIN)
    corner = ((one.left + one.right - width) / 2, (one.bottom + one.top - tall) / 2)
    return Rectangle(corner, width, tall, facecolor=style.BLUE, zorder=5, **_EDGE)


def _frame(axes, one: Region) -> None:
    look = {"fill": False, "linestyle": "--", "zorder": 2, "clip_on": False}
    axes.add_patch(Rectangle((one.left, one.bottom), one.right - one.left, one.top - one.bottom, **look, **_EDGE))


def _cross(axes, x: float, y: float) -> None:
    axes.plot([x], [y], "x", markersize=4.5, color=style.INK, markeredgewidth=1.0, zorder=4)
