"""Figure 1: the sectors and organisations with responsibility for the group."""

from __future__ import annotations

import matplotlib.figure
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from analysis.collaboration.scales import sectors
from analysis.display import style
from analysis.display.figure import Figure
from analysis.figures.words import listed
from analysis.study.codebook import Codebook

_INDENT, _GAP, _PADDING = 6.0, 3.0, 1.6
_STROKE = 0.7


def figure1(codebook: Codebook, language: str) -> Figure:
    """One panel a sector with its organisations, all joined to the group that they are responsible for.

    The numbers are the rows of `collaboration.sectors`.
    """
    numbers = sectors(codebook, language)
    group = codebook.phrase("target_group", language)
    members = {name: list(rows["organisation_label"]) for name, rows in numbers.groupby("sector_label", sort=False)}
    with style.context():
        figure = _draw(group, members)
    counts = {"sectors": str(len(members)), "organisations": str(len(numbers))}
    said = [codebook.phrase("figure1_description", language, group=group, **counts)]
    said += [listed(codebook, language, f"{sector} ({len(names)})", names) for sector, names in members.items()]
    scales = {name: codebook.frame("scale", name) for name in ("sector", "organisation")}
    headings = {f"{name}_label": scale.label[language] for name, scale in scales.items()}
    return Figure(
        name="figure1",
        title=codebook.phrase("figure1_title", language),
        figure=figure,
        numbers=numbers,
        table=numbers[list(headings)].rename(columns=headings),
        description=" ".join(said),
    )


def _draw(group: str, members: dict[str, list[str]]) -> matplotlib.figure.Figure:
    left, right = style.MARGIN + _INDENT, style.WIDTH - style.MARGIN
    width = right - left - 2 * _PADDING
    group_lines = style.wrapped(group, right - style.MARGIN - 2 * _PADDING, style.HEADING, "bold")
    grids = [_grid(names, width) for names in members.values()]
    head = _height(1)
    tall = [head + _PADDING + sum(height + _PADDING for height, _ in grid) for grid in grids]
    top = style.MARGIN + _height(len(group_lines))
    figure = style.page(top + sum(_GAP + height for height in tall) + style.MARGIN)
    page = style.sheet(figure)

    _box(page, style.MARGIN, style.MARGIN, right - style.MARGIN, group_lines, points=style.HEADING, weight="bold")
    spine, start, joint = style.MARGIN + _INDENT / 2, top, top
    for sector, grid, height in zip(members, grids, tall, strict=True):
        top += _GAP
        joint = top + head / 2
        page.plot([spine, left], [joint, joint], color=style.INK, linewidth=_STROKE)
        _rectangle(page, left, top, right - left, height, style.TRACK)
        _box(
            page, left, top, right - left, [sector], fill=style.BLUE, color=style.PAPER,
            points=style.HEADING, weight="bold",
        )  # fmt: skip
        y = top + head + _PADDING
        for row_height, row in grid:
            for x, cell_width, lines in row:
                _box(page, left + _PADDING + x, y, cell_width, lines, height=row_height)
            y += row_height + _PADDING
        top += height
    page.plot([spine, spine], [start, joint], color=style.INK, linewidth=_STROKE)
    return figure


def _grid(names: list[str], width: float) -> list[tuple[float, list[tuple[float, float, list[str]]]]]:
    """Rows of boxes, two beside each other and an odd last one alone: height, and x, width and lines of each box."""
    half = (width - _PADDING) / 2
    rows = []
    for start in range(0, len(names), 2):
        pair = names[start : start + 2]
        cell = half if len(pair) == 2 else width
        lines = [style.wrapped(name, cell - 2 * _PADDING) for name in pair]
        boxes = [(number * (half + _PADDING), cell, text) for number, text in enumerate(lines)]
        rows.append((_height(max(len(text) for text in lines)), boxes))
    return rows


def _height(lines: int) -> float:
    return lines * style.LINE + _PADDING


def _box(
    page: Axes, left: float, top: float, width: float, lines: list[str], *, height: float | None = None,
    fill: str = style.PAPER, **text,
) -> None:  # fmt: skip
    height = height or _height(len(lines))
    _rectangle(page, left, top, width, height, fill)
    style.write(page, left + _PADDING, top + (height - len(lines) * style.LINE) / 2, lines, **text)


def _rectangle(page: Axes, left: float, top: float, width: float, height: float, fill: str) -> None:
    page.add_patch(Rectangle((left, top), width, height, facecolor=fill, edgecolor=style.INK, linewidth=_STROKE))
