"""Figures of who was at the table: file by agency, and agency by agency."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from string import ascii_lowercase

import matplotlib.figure
import pandas as pd
from matplotlib.colors import to_hex, to_rgb
from matplotlib.patches import Rectangle

from analysis.counts import gaps
from analysis.display import style
from analysis.display.figure import Figure
from analysis.explore.exploring import FILES, FORCED, UNDECIDED, Within, agencies, is_undecided
from analysis.figures.words import listed
from analysis.printed.reconstruction import STATUS as RECONSTRUCTED
from analysis.sheets.workbook import status
from analysis.study.codebook import BLANK, NO, YES, Codebook, Variable
from analysis.study.expressions import AtLeast, Count, Is, measure

_SIDE = 1.5
_LABEL, _COUNT, _GAP, _HEADING = 31.0, 5.5, 1.5, 5.0
_AIR = 1.2
_TINT = 0.45


def attendance(units: Mapping[str, pd.DataFrame], codebook: Codebook, language: str) -> Figure | None:
    """A map of files (columns) by agencies (rows, in their blocks): a filled square says that the agency was there.

    Files stand side by side if the same agencies came: they are sorted by the agency that came to most of them, then
    by the next. None if no agency is coded. Numbers, one row an agency and file: `block`, `agency`, their labels,
    `file`, `present` (yes, no, nd, or blank).
    """
    asked = agencies(units, codebook)
    if not asked or units[FILES].empty:
        return None
    rows = units[FILES].set_index(codebook.file_key)[[agency.name for agency in asked]].fillna(BLANK)
    files = _by_company(rows)
    numbers = pd.DataFrame(
        [
            (agency.block, agency.name, codebook.frame("block", agency.block).label[language], agency.label[language],
             file, rows.at[file, agency.name])
            for agency in asked
            for file in files
        ],
        columns=["block", "agency", "block_label", "agency_label", "file", "present"],
    )  # fmt: skip
    notes = _notes(codebook, language, units, "attendance_one")
    if not numbers["present"].isin([YES, NO]).all():
        notes = [codebook.phrase("attendance_hatched", language), codebook.phrase("missing_note", language), *notes]
    with style.context():
        drawn = _map(codebook, language, asked, rows.loc[files], notes)
    headings = {name: codebook.phrase(f"heading_{name}", language) for name in ("block", "agency", "present")}
    came = numbers[numbers["present"] == YES].groupby("agency")["file"].agg(", ".join)
    table = numbers.drop_duplicates("agency")[["block_label", "agency_label"]]
    open_ = {agency.name: int((~rows[agency.name].isin([YES, NO])).sum()) for agency in asked}
    table = table.assign(present=[_with_gaps(came.get(one.name, "–"), open_[one.name]) for one in asked])
    table.columns = list(headings.values())
    return Figure(
        name="attendance",
        title=codebook.phrase("attendance_title", language),
        figure=drawn,
        numbers=numbers,
        table=table,
        description=_told(codebook, language, table, len(files), notes),
    )


def co_attendance(
    units: Mapping[str, pd.DataFrame], codebook: Codebook, language: str, within: Within | None = None
) -> Figure | None:
    """A matrix of agencies: in how many files both were at the table; on the diagonal, in how many each was.

    With `within` (see `exploring`) a cell shows the smallest and largest number that print leaves open, or the one
    number that it forces, with the sign of a forced one; without, what missing answers leave open. Agencies that never
    came are left out and named. None if fewer than two came. Numbers, one row a pair: `agency`, `other`, their labels,
    `low`, `high`, `mark` (the sign).
    """
    asked = [agency for agency in agencies(units, codebook) if measure(_came(agency), units).high > 0]
    absent = [agency for agency in agencies(units, codebook) if agency not in asked]
    if len(asked) < 2:
        return None
    rows = []
    for place, agency in enumerate(asked):
        for other in asked[: place + 1]:
            both = (_came(agency).condition, _came(other).condition)
            quantity = _came(agency) if agency is other else Count(FILES, AtLeast(2, both))
            low, high = within(quantity) if within else gaps.ends(quantity, units)
            labels = (agency.label[language], other.label[language])
            mark = UNDECIDED if is_undecided(within, quantity) else FORCED if within and low == high else ""
            rows.append((agency.name, other.name, *labels, int(low), int(high), mark))
    numbers = pd.DataFrame(rows, columns=["agency", "other", "agency_label", "other_label", "low", "high", "mark"])
    notes = _notes(codebook, language, units, "co_attendance_open" if within else "")
    if (numbers["mark"] == UNDECIDED).any():
        notes = [codebook.phrase("undecided_note", language, sign=UNDECIDED), *notes]
    if not within and (numbers["low"] < numbers["high"]).any():
        notes = [codebook.phrase("co_attendance_missing", language), *notes]
    if absent:
        never = "; ".join(agency.label[language] for agency in absent)
        notes = [codebook.phrase("co_attendance_never", language, agencies=never), *notes]
    shade = codebook.phrase("co_attendance_shade", language)
    with style.context():
        drawn = _matrix(language, asked, numbers, len(units[FILES]), [shade, *notes])
    texts = [_interval(row) for row in numbers.itertuples()]
    table = numbers[["agency_label", "other_label"]].assign(files=texts)
    table.columns = [codebook.phrase(f"heading_{name}", language) for name in ("agency", "met", "files")]
    return Figure(
        name="co_attendance",
        title=codebook.phrase("met_title", language),
        figure=drawn,
        numbers=numbers,
        table=table,
        description=_pairs_told(codebook, language, table, len(units[FILES]), notes),
    )


def _came(agency: Variable) -> Count:
    return Count(FILES, Is(agency.name, YES))


def _with_gaps(text: str, missing: int) -> str:
    """A text with the number of files behind it that do not say, or were not coded."""
    return f"{text} (+{missing}?)" if missing else text


def _by_company(rows: pd.DataFrame) -> list[str]:
    """Files in an order in which those with the same agencies stand together."""
    here = rows == YES
    order = here.sum().sort_values(ascending=False, kind="stable").index
    return list(here[order].sort_values(list(order), ascending=False, kind="stable").index)


def _fitting(text: str, width: float) -> list[str]:
    """An interval in one line, or in two where it is too wide for its cell."""
    if style.text_width(text, weight="bold") <= width - 0.5 or "–" not in text:
        return [text]
    low, high = text.split("–")
    return [f"{low}–", high]


def _interval(pair) -> str:
    shown = str(pair.low) if pair.low == pair.high else f"{pair.low}–{pair.high}"
    return f"{shown} {pair.mark}".strip()


def _notes(codebook: Codebook, language: str, units: Mapping[str, pd.DataFrame], about: str) -> list[str]:
    """What must be said with the picture: what print leaves open in reconstructed rows, and what the rows are."""
    note = codebook.status_note(status(units), language)
    is_open = about and status(units) == RECONSTRUCTED
    return [*([codebook.phrase(about, language, sign=FORCED)] if is_open else []), *([note] if note else [])]


def _told(codebook: Codebook, language: str, table: pd.DataFrame, files: int, notes: Sequence[str]) -> str:
    said = [codebook.phrase("attendance_description", language, files=str(files))]
    block, agency, present = table.columns
    for heading, rows in table.groupby(block, sort=False):
        items = [f"{row[agency]}: {row[present]}" for _, row in rows.iterrows()]
        said.append(listed(codebook, language, heading, items))
    return " ".join([*said, *notes])


def _pairs_told(codebook: Codebook, language: str, table: pd.DataFrame, files: int, notes: Sequence[str]) -> str:
    said = [codebook.phrase("co_attendance_description", language, files=str(files))]
    agency, other, count = table.columns
    for heading, rows in table.groupby(agency, sort=False):
        items = [
            codebook.phrase("co_attendance_self", language, count=row[count])
            if row[other] == heading
            else codebook.phrase("co_attendance_item", language, other=row[other], count=row[count])
            for _, row in rows.iterrows()
            if row[count].split()[0] != "0"
        ]
        said.append(listed(codebook, language, heading, items))
    return " ".join([*said, *notes])


def _map(
    codebook: Codebook, language: str, asked: Sequence[Variable], rows: pd.DataFrame, notes: Sequence[str]
) -> matplotlib.figure.Figure:
    left = style.MARGIN + _SIDE + _LABEL + _GAP
    came = {
        agency.name: _with_gaps(str((rows[agency.name] == YES).sum()), int((~rows[agency.name].isin([YES, NO])).sum()))
        for agency in asked
    }
    width = style.WIDTH - style.MARGIN - left
    width -= max(_COUNT, _GAP + max(style.text_width(text, weight="bold") for text in came.values()))
    cell = width / len(rows)
    named = cell >= style.LINE * 0.9
    labels = [style.wrapped(agency.label[language], _LABEL) for agency in asked]
    tall = [max(len(lines) * style.LINE, 4.5) + _AIR for lines in labels]
    foot = [line for note in notes for line in style.wrapped(note, style.WIDTH - 2 * style.MARGIN)]
    head = max(map(style.text_width, rows.index)) + 2 if named else 0
    blocks = len({agency.block for agency in asked})
    body = sum(tall) + blocks * _HEADING
    figure = style.page(style.MARGIN + head + body + _GAP + len(foot) * style.LINE + style.MARGIN)
    page = style.sheet(figure)
    top = style.MARGIN
    if named:
        for place, name in enumerate(rows.index):
            page.text(
                left + (place + 0.5) * cell, top + head - 1.5, name, size=style.SMALL, color=style.INK, rotation=90,
                ha="center", va="bottom",
            )  # fmt: skip
        top += head
    block = ""
    for agency, lines, high in zip(asked, labels, tall, strict=True):
        if agency.block != block:
            block = agency.block
            heading = codebook.frame("block", block).label[language]
            style.write(page, style.MARGIN, top, [heading], points=style.HEADING, weight="bold")
            top += _HEADING
        middle = top + (high - _AIR) / 2
        style.write(page, style.MARGIN + _SIDE, middle - len(lines) * style.LINE / 2, lines)
        for place, code in enumerate(rows[agency.name]):
            _square(page, left + place * cell, middle, cell, code)
        style.write(
            page, style.WIDTH - style.MARGIN, middle - style.LINE / 2, [came[agency.name]], weight="bold", align="right"
        )
        top += high
    style.write(page, style.MARGIN, top + _GAP, foot, color=style.GREY)
    return figure


def _square(page, left: float, middle: float, cell: float, code: str) -> None:
    """Filled for an agency that was there, empty for one that was not, hatched where the file does not say."""
    side = min(cell, 4.5)
    inset = 0.15 * side
    corner = (left + inset, middle - side / 2 + inset)
    look = {"facecolor": style.PAPER, "edgecolor": style.GREY, "linewidth": 0.5}
    if code == YES:
        look |= {"facecolor": style.BLUE, "edgecolor": style.INK}
    elif code != NO:
        look |= {"hatch": style.HATCH}
    page.add_patch(Rectangle(corner, cell - 2 * inset, side - 2 * inset, **look))


def _matrix(
    language: str, asked: Sequence[Variable], numbers: pd.DataFrame, files: int, notes: Sequence[str],
) -> matplotlib.figure.Figure:  # fmt: skip
    letters = {agency.name: ascii_lowercase[place] for place, agency in enumerate(asked)}
    left = style.MARGIN + 5
    cell = min((style.WIDTH - style.MARGIN - left) / len(asked), 10.0)
    texts = [_fitting(_interval(row), cell) for row in numbers.itertuples()]
    high = max(6.0, max(map(len, texts)) * style.LINE + _GAP)
    key = [style.wrapped(agency.label[language], style.WIDTH - left - style.MARGIN) for agency in asked]
    foot = [line for note in notes for line in style.wrapped(note, style.WIDTH - 2 * style.MARGIN)]
    below = sum(len(lines) for lines in key) * style.LINE + len(foot) * style.LINE + 3 * _GAP
    figure = style.page(style.MARGIN + style.LINE + _GAP + len(asked) * high + below + style.MARGIN)
    page = style.sheet(figure)
    top = style.MARGIN + len(asked) * high
    for place, agency in enumerate(asked):
        style.write(page, style.MARGIN, style.MARGIN + (place + 0.5) * high - style.LINE / 2, [letters[agency.name]])
        middle = left + (place + 0.5) * cell
        style.write(page, middle, top + _GAP / 2, [letters[agency.name]], align="center")
    for row, lines in zip(numbers.itertuples(), texts, strict=True):
        down, across = (ord(letters[name]) - ord("a") for name in (row.agency, row.other))
        corner = (left + across * cell, style.MARGIN + down * high)
        page.add_patch(
            Rectangle(corner, cell, high, facecolor=_tint(row.low / files), edgecolor=style.GREY, linewidth=0.5)
        )
        style.write(
            page, corner[0] + cell / 2, corner[1] + (high - len(lines) * style.LINE) / 2, lines,
            weight="bold" if row.low == row.high else "normal", align="center",
        )  # fmt: skip
    top += style.LINE + 2 * _GAP
    for agency, lines in zip(asked, key, strict=True):
        style.write(page, style.MARGIN, top, [letters[agency.name]], weight="bold")
        style.write(page, left, top, lines)
        top += len(lines) * style.LINE
    style.write(page, style.MARGIN, top + _GAP, foot, color=style.GREY)
    return figure


def _tint(share: float) -> str:
    """A light blue, the deeper the larger the share; text in ink stands out from it."""
    return to_hex([1 - (1 - part) * _TINT * share for part in to_rgb(style.BLUE)])
