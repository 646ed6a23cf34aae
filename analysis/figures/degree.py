"""Figure of the degree: the study's judgement, and the place that our own indicators give, in one plane."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction

import matplotlib.figure
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from analysis.collaboration.conclusions import WEIGHTS, Run
from analysis.collaboration.degree import Indicator, percent, place, reach, share_nearer_low
from analysis.collaboration.scales import AXES, Judgement, Region
from analysis.counts.tables import rounded
from analysis.display import style
from analysis.display.figure import Figure
from analysis.display.rendering import number
from analysis.figures import plane
from analysis.figures.words import listed
from analysis.study.codebook import Codebook

EQUAL, REACH = "equal", "reach"
"""The regions that are no test: the place with equal weights, and all that weights can make of it."""

_GAP, _KEY, _INDENT = 2.5, 1.0, 7.0
_LABEL, _BAR, _BETWEEN = 31.0, 3.0, 4.0
_MIN = 0.035
_TICKS = (Fraction(0), Fraction(1, 2), Fraction(1))
_EDGE = {"edgecolor": style.INK, "linewidth": 1.0}


def degree(
    found: Sequence[Indicator],
    codebook: Codebook,
    judgement: Judgement | None,
    language: str,
    status: str,
    runs: Mapping[str, Sequence[Run]] | None = None,
) -> Figure | None:
    """The plane with the judgement's region (hatched) and the computed place, and below it how far that can move.

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
        [(name, *_ends(one)) for name, one in [(EQUAL, equal), (REACH, widest), *named]],
        columns=["region", "horizontal_low", "horizontal_high", "vertical_low", "vertical_high"],
    ).round(4)
    note = codebook.status_note(status, language)
    notes = [codebook.phrase("degree_own", language), *([note] if note else [])]
    told = {EQUAL: equal} | {test: _around(places.values()) for test, places in groups.items()} | {REACH: widest}
    with style.context():
        drawn = _draw(codebook, judgement, language, told, groups, notes)
    return Figure(
        name="degree",
        title=codebook.phrase("degree_title" if judgement else "degree_title_alone", language),
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


def _label(name: str, codebook: Codebook, language: str) -> str:
    phrase = {EQUAL: "degree_equal", REACH: f"test_{WEIGHTS}"}.get(name, f"test_{name}")
    return codebook.phrase(phrase, language)


def _table(codebook: Codebook, language: str, told: Mapping[str, Region]) -> pd.DataFrame:
    rows = [(_label(name, codebook, language), *_spans(one, language)) for name, one in told.items()]
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
    said.append(codebook.phrase("degree_description_moves", language))
    for name, one in told.items():
        items = [f"{axis} {span}" for axis, span in zip(axes, _spans(one, language), strict=True)]
        said.append(listed(codebook, language, _label(name, codebook, language), items))
    low = codebook.frame("scale", "degree").codes[0].label[language]
    said.append(codebook.phrase("degree_nearer", language, nearer=low, share=percent(*share_nearer_low(found))))
    return " ".join([*said, *notes])


def _draw(
    codebook: Codebook,
    judgement: Judgement | None,
    language: str,
    told: Mapping[str, Region],
    groups: Mapping[str, Mapping[str, Region]],
    notes: Sequence[str],
) -> matplotlib.figure.Figure:
    keys = {EQUAL: {"facecolor": style.BLUE}, REACH: {"fill": False, "linestyle": "--"}}
    words = {name: _label(name, codebook, language) for name in keys}
    if judgement:
        keys = {"judgement": {"facecolor": style.ORANGE, "hatch": style.HATCH}} | keys
        words["judgement"] = codebook.phrase("figure3_judgement", language)
    width = style.WIDTH - 2 * style.MARGIN
    foot = [line for note in notes for line in style.wrapped(note, width)]
    heading = style.wrapped(codebook.phrase("degree_moves", language), width, style.HEADING, "bold")
    labels = {name: style.wrapped(_label(name, codebook, language), _LABEL) for name in told}
    titles = [style.wrapped(codebook.frame("axis", axis).label[language], _strip()) for axis in AXES]
    above = plane.height(codebook, language, graded=True) + _GAP + len(keys) * (style.LINE + _KEY) + _GAP
    head = len(heading) * style.LINE + _KEY + max(map(len, titles)) * style.LINE + _KEY
    tall = sum(len(lines) * style.LINE + _KEY for lines in labels.values())
    figure = style.page(style.MARGIN + above + head + tall + style.LINE + _GAP + len(foot) * style.LINE + style.MARGIN)
    page = style.sheet(figure)
    axes = plane.draw(figure, page, style.MARGIN, codebook, language, graded=True)
    if judgement is not None:
        plane.judged(axes, judgement, codebook, language)
    _frame(axes, told[REACH])
    axes.add_patch(_box(told[EQUAL]))
    top = style.MARGIN + plane.height(codebook, language, graded=True) + _GAP
    for name, look in keys.items():
        page.add_patch(Rectangle((style.MARGIN, top + 0.4), 5, style.LINE - 0.8, **look, **_EDGE))
        style.write(page, style.MARGIN + _INDENT, top, [words[name]])
        top += style.LINE + _KEY
    top += _GAP
    style.write(page, style.MARGIN, top, heading, points=style.HEADING, weight="bold")
    top += head
    _moves(figure, page, top, tall, told, groups, labels, titles, language)
    style.write(page, style.MARGIN, top + tall + style.LINE + _GAP, foot, color=style.GREY)
    return figure


def _strip() -> float:
    """The width of the part of the page that shows one axis."""
    return (style.WIDTH - 2 * style.MARGIN - _LABEL - _GAP - _BETWEEN) / len(AXES)


def _moves(
    figure: matplotlib.figure.Figure,
    page: Axes,
    top: float,
    tall: float,
    told: Mapping[str, Region],
    groups: Mapping[str, Mapping[str, Region]],
    labels: Mapping[str, Sequence[str]],
    titles: Sequence[Sequence[str]],
    language: str,
) -> None:
    """For each axis, from 0 to 1, a row a region: how far the place moves, with a stroke for each run."""
    rows, y = {}, 0.0
    for name, lines in labels.items():
        style.write(page, style.MARGIN, top + y, list(lines))
        rows[name] = y + len(lines) * style.LINE / 2
        y += len(lines) * style.LINE + _KEY
    for place_, title in enumerate(titles):
        left = style.MARGIN + _LABEL + _GAP + place_ * (_strip() + _BETWEEN)
        style.write(page, left, top - _KEY - len(title) * style.LINE, list(title))
        axes = style.axes(figure, left, top, _strip(), tall)
        axes.set(xlim=(0, 1), ylim=(tall, 0), xticks=[], yticks=[])
        axes.spines[:].set_visible(False)
        for tick in _TICKS:
            axes.axvline(float(tick), color=style.GUIDE, linewidth=0.8, zorder=0, clip_on=False)
            said = number(int(tick) if tick.denominator == 1 else rounded(tick, 1), language)
            style.write(page, left + float(tick) * _strip(), top + tall, [said], align="center")
        for name, one in told.items():
            low, high = _ends(one)[2 * place_ : 2 * place_ + 2]
            if name in (EQUAL, REACH):
                look = {"facecolor": style.BLUE} if name == EQUAL else {"fill": False, "linestyle": "--"}
                wide = max(high - low, _MIN if name == EQUAL else 0)
                corner = ((low + high - wide) / 2, rows[name] - _BAR / 2)
                axes.add_patch(Rectangle(corner, wide, _BAR, clip_on=False, zorder=3, **look, **_EDGE))
                continue
            axes.plot([low, high], [rows[name]] * 2, color=style.INK, linewidth=1.0, clip_on=False)
            middles = [sum(_ends(run)[2 * place_ : 2 * place_ + 2]) / 2 for run in groups[name].values()]
            look = {"marker": "|", "markersize": 7, "markeredgewidth": 1.0, "linestyle": "none"}
            axes.plot(middles, [rows[name]] * len(middles), color=style.INK, clip_on=False, **look)


def _box(one: Region) -> Rectangle:
    """The region, widened where it would be too thin to see."""
    width, tall = max(one.right - one.left, _MIN), max(one.top - one.bottom, _MIN)
    corner = ((one.left + one.right - width) / 2, (one.bottom + one.top - tall) / 2)
    return Rectangle(corner, width, tall, facecolor=style.BLUE, zorder=5, **_EDGE)


def _frame(axes: Axes, one: Region) -> None:
    """The outline of a region, dashed, with white between the dashes to keep it apart from the lines of the plane."""
    across, up = [one.left, one.right, one.right, one.left, one.left], [one.bottom, one.bottom, one.top, one.top]
    look = {"linestyle": "--", "linewidth": 1.2, "color": style.INK, "gapcolor": style.PAPER}
    axes.plot(across, [*up, one.bottom], clip_on=False, zorder=3, **look)
