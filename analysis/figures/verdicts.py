"""Figure of the printed numbers: how many are reproduced, differ, or cannot be computed, by where they stand."""

from __future__ import annotations

import matplotlib.figure
import pandas as pd
from matplotlib.patches import Rectangle

from analysis.display import style
from analysis.display.figure import Figure
from analysis.display.rendering import SIGNS
from analysis.figures.words import listed
from analysis.study.claims import DIFFERS, NOT_COMPUTABLE, REPRODUCED
from analysis.study.codebook import Codebook

_GAP, _BAR, _AIR, _LIFT = 2.5, 4.5, 3.0, 0.7
_LOOKS = {
    REPRODUCED: {"facecolor": style.BLUE},
    DIFFERS: {"facecolor": style.ORANGE, "hatch": style.HATCH},
    NOT_COMPUTABLE: {"facecolor": style.PAPER},
}


def verdicts(claims: pd.DataFrame | None, codebook: Codebook, language: str, status: str) -> Figure | None:
    """Bars of printed numbers by place (each table, the text), divided by verdict.

    `claims` has the columns of claims.csv, `status` is what the study's rows are. None without claims. Numbers, one row
    a place: `where`, then a column a verdict with the number of printed numbers, then `total`.
    """
    if claims is None or claims.empty:
        return None
    scale = codebook.frame("scale", "verdict")
    places = claims["where"].str.partition(",")[0]
    numbers = pd.crosstab(places, claims["verdict"]).reindex(
        index=list(dict.fromkeys(places)), columns=list(scale.code_names()), fill_value=0
    )
    numbers = numbers.assign(total=numbers.sum(axis=1)).rename_axis(index="where", columns=None).reset_index()
    headings = {"where": codebook.phrase("column_where", language)}
    headings |= {code.code: code.label[language] for code in scale.codes}
    headings["total"] = codebook.phrase("column_total", language)
    table = numbers.rename(columns=headings)
    said = [codebook.phrase("verdicts_description", language, total=str(len(claims)))]
    for row in numbers.to_dict("records"):
        items = [f"{code.label[language]} {row[code.code]}" for code in scale.codes]
        said.append(listed(codebook, language, f"{row['where']} ({row['total']})", items))
    note = codebook.status_note(status, language)
    with style.context():
        drawn = _draw(codebook, language, numbers, note)
    description = " ".join([*said, note]).strip()
    return Figure("verdicts", codebook.phrase("verdicts_title", language), drawn, numbers, table, description)


def _draw(codebook: Codebook, language: str, numbers: pd.DataFrame, note: str) -> matplotlib.figure.Figure:
    scale = codebook.frame("scale", "verdict")
    left, width = style.MARGIN, style.WIDTH - 2 * style.MARGIN
    row_height = style.LINE + _LIFT + _BAR + _AIR
    legend = len(scale.codes) * (style.LINE + 0.8)
    foot = style.wrapped(note, width) if note else []
    below = _GAP + len(foot) * style.LINE if foot else 0
    figure = style.page(style.MARGIN + legend + _GAP + len(numbers) * row_height - _AIR + below + style.MARGIN)
    page = style.sheet(figure)
    top = style.MARGIN
    for code in scale.codes:
        page.add_patch(Rectangle((left, top + 0.4), 5, style.LINE - 0.8, **_look(code.code)))
        total = numbers[code.code].sum()
        style.write(page, left + 5 + _GAP, top, [f"{SIGNS[code.code]} {code.label[language]}: {total}"])
        top += style.LINE + 0.8
    top += _GAP
    scaled = width / max(numbers["total"].max(), 1)
    for row in numbers.to_dict("records"):
        counts = "   ".join(f"{SIGNS[code.code]} {row[code.code]}" for code in scale.codes)
        style.write(page, left, top, [row["where"]], weight="bold")
        style.write(page, left + width, top, [counts], align="right")
        x = left
        for code in scale.codes:
            size = row[code.code] * scaled
            if size:
                page.add_patch(Rectangle((x, top + style.LINE + _LIFT), size, _BAR, **_look(code.code)))
            x += size
        top += row_height
    style.write(page, left, top - _AIR + _GAP, foot, color=style.GREY)
    return figure


def _look(verdict: str) -> dict:
    return _LOOKS[verdict] | {"edgecolor": style.INK, "linewidth": 0.8}
