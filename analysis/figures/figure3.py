"""Figure 3: where a study places itself, by degree in the plane and by kind on the scale of models."""

from __future__ import annotations

import matplotlib.figure
import pandas as pd
from matplotlib.axes import Axes

from analysis.collaboration.scales import AXES, Judgement, kinds
from analysis.display import style
from analysis.display.figure import Figure
from analysis.figures import plane
from analysis.figures.words import span
from analysis.study.codebook import Codebook

_GAP = 2.5
_ROW = 5.2
_RAIL = 6.0


def figure3(codebook: Codebook, judgement: Judgement | None, language: str) -> Figure:
    """The degree as a hatched region of the plane, and below it the kind on the scale of models.

    Without a judgement plane and scale are drawn empty. Numbers, one row a word of the judgement: `scale`, `from` and
    `to` (codes of it; no coordinates, as the judgement has none), `scale_label`, `label`.
    """
    numbers = _numbers(codebook, judgement, language)
    with style.context():
        figure = _draw(codebook, judgement, language)
    headings = {"scale_label": codebook.phrase("heading_scale", language)}
    headings["label"] = codebook.phrase("figure3_judgement", language)
    return Figure(
        name="figure3",
        title=codebook.phrase("figure3_title" if judgement else "figure3_title_alone", language),
        figure=figure,
        numbers=numbers,
        table=numbers[list(headings)].rename(columns=headings),
        description=_description(codebook, judgement, language, numbers),
    )


def _numbers(codebook: Codebook, judgement: Judgement | None, language: str) -> pd.DataFrame:
    rows = []
    if judgement is not None:
        covered = {axis: (codebook.frame("axis", axis), *getattr(judgement, axis)) for axis in AXES}
        one = {name: (codebook.frame("scale", name), *[getattr(judgement, name)] * 2) for name in ("degree", "kind")}
        for name, (scale, low, high) in ({"degree": one["degree"]} | covered | {"kind": one["kind"]}).items():
            labels = {code.code: code.label[language] for code in scale.codes}
            words = span(codebook, language, labels[low], labels[high])
            rows.append((name, low, high, scale.label[language], words))
    return pd.DataFrame(rows, columns=["scale", "from", "to", "scale_label", "label"])


def _description(codebook: Codebook, judgement: Judgement | None, language: str, numbers: pd.DataFrame) -> str:
    if judgement is None:
        return codebook.phrase("figure3_none", language)
    words = dict(zip(numbers["scale"], numbers["label"], strict=True))
    scales = dict(zip(numbers["scale"], numbers["scale_label"], strict=True))
    degrees = {code.code: code for code in codebook.frame("scale", "degree").codes}
    degree = codebook.phrase(
        "figure3_degree", language, scale=scales["degree"], degree=words["degree"],
        meaning=degrees[judgement.degree].note[language], nearer=degrees[judgement.nearer].label[language],
        farther=degrees[judgement.farther].label[language], horizontal=words["horizontal"], vertical=words["vertical"],
        horizontal_axis=scales["horizontal"], vertical_axis=scales["vertical"],
    )  # fmt: skip
    steps = kinds(codebook, judgement, language)
    step = str(steps.loc[steps["placed"], "step"].item())
    kind = codebook.phrase(
        "figure3_kind", language, scale=scales["kind"], kind=words["kind"], step=step, steps=str(len(steps))
    )
    return " ".join([degree, codebook.phrase("figure3_note", language), kind])


def _draw(codebook: Codebook, judgement: Judgement | None, language: str) -> matplotlib.figure.Figure:
    degree, kind = (codebook.frame("scale", scale) for scale in ("degree", "kind"))
    ends = (degree.codes[0], degree.codes[-1])
    shown = [code for code in degree.codes if code in ends or (judgement and code.code == judgement.degree)]
    meanings = [code.note[language] for code in shown]
    note = codebook.phrase("figure3_note" if judgement else "figure3_none", language)
    note_lines = style.wrapped(note, style.WIDTH - 2 * style.MARGIN)
    steps = kinds(codebook, judgement, language)
    heading = style.LINE + _GAP / 2
    tall = plane.height(codebook, language, graded=True) + _GAP / 2
    key = plane.key_height(meanings) + _GAP / 2
    above = heading + tall + key + len(note_lines) * style.LINE + 2 * _GAP
    figure = style.page(style.MARGIN + above + heading + (len(steps) + 2) * _ROW + style.MARGIN)
    page = style.sheet(figure)

    top = style.MARGIN
    style.write(page, style.MARGIN, top, [f"a  {degree.label[language]}"], points=style.HEADING, weight="bold")
    axes = plane.draw(figure, page, top + heading, codebook, language, graded=True)
    if judgement is not None:
        _place(codebook, judgement, language, axes)
    plane.key(page, top + heading + tall, [code.label[language] for code in shown], meanings)
    style.write(page, style.MARGIN, top + heading + tall + key, note_lines, color=style.GREY)
    top += above
    style.write(page, style.MARGIN, top, [f"b  {kind.label[language]}"], points=style.HEADING, weight="bold")
    _ladder(codebook, language, page, top + heading, steps)
    return figure


def _place(codebook: Codebook, judgement: Judgement, language: str, axes: Axes) -> None:
    covered = plane.judged(axes, judgement, codebook, language)
    middle = (covered.left + covered.right) / 2
    axes.annotate(
        codebook.phrase("figure3_judgement", language), (middle, covered.top), xytext=(0, 4),
        textcoords="offset points", color=style.INK, ha="center",
        bbox={"pad": 1, "facecolor": style.PAPER, "edgecolor": "none"},
    )  # fmt: skip


def _ladder(codebook: Codebook, language: str, page: Axes, top: float, steps: pd.DataFrame) -> None:
    """The models from the most complex down to the simplest, the study's own marked by shape, colour and words."""
    rail, text = style.MARGIN + _RAIL / 2, style.MARGIN + _RAIL
    bottom = top + (len(steps) + 2) * _ROW
    for y, end in ((top, "kind_most_complex"), (bottom - _ROW, "kind_simplest")):
        style.write(page, text, y + (_ROW - style.LINE) / 2, [codebook.phrase(end, language)], color=style.GREY)
    page.plot([rail, rail], [top + _ROW / 2, bottom - _ROW / 2], color=style.INK, linewidth=0.8)
    for step in steps.itertuples():
        y = bottom - (step.step + 0.5) * _ROW
        shape, fill, size = ("D", style.ORANGE, 8) if step.placed else ("o", style.PAPER, 5.5)
        page.plot([rail], [y], shape, markersize=size, markerfacecolor=fill, markeredgecolor=style.INK)
        line = y - style.LINE / 2
        style.write(page, text, line, [step.label], weight="bold" if step.placed else "normal")
        if step.placed:
            right = text + style.text_width(step.label, weight="bold") + _GAP
            style.write(page, right, line, [f"← {codebook.phrase('figure3_judgement', language)}"])
