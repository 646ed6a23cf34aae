"""What the prompt answers when it is asked what print leaves open: lines of text, in the study's language.

Apart from the tables for readers, as a question at the prompt needs none of what these are made with.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from fractions import Fraction

import pandas as pd

from analysis.language.messages import text as message
from analysis.printed import wording
from analysis.printed.bounds import Bounds, Interval
from analysis.printed.model import other_sizes, sizes
from analysis.study.claims import Claim
from analysis.study.codebook import NO, YES, Codebook

FORCED, UNDECIDED = "●", "?"
"""Signs behind a number that every data set has, and in place of one that was not found in the time given."""


def left_open(
    answer: Bounds, claims: Sequence[Claim], codebook: Codebook, language: str, with_witnesses: bool = False
) -> str:
    """What print leaves open of one quantity, in lines of text: what forces each end, and what the range rests on.

    With witnesses also a data set for each end, as CSV: the rows, with every variable that is linked to the quantity.
    """
    phrase = functools.partial(codebook.phrase, language=language)
    places = {claim.id: wording.place(codebook, claim, language) for claim in claims if claim.quantity is not None}

    def place(name: str) -> str:
        return places[name] if name in places else wording.implied(codebook, name, language)

    lines = [answer.expression]
    for name, interval in (("all_repairs", answer.all_repairs), ("numbers_in_no_conflict", answer.cautious)):
        lines.append(f"  {_range(interval, phrase, language)}, {phrase(f'reading_{name}')}")
    for end, ids in zip(("low", "high"), answer.forced_by, strict=True):
        value = getattr(answer.all_repairs, end)
        if value is not None and ids:
            lines.append(f"  {phrase(f'forced_{end}', value=_exactly(value))}")
            lines += [f"    {place(name)}" for name in ids]
    ranges = dict.fromkeys(_range(interval, phrase, language) for interval in answer.per_repair.values())
    for told in ranges if len(answer.per_repair) > 1 else ():
        lines.append(f"  {phrase('if_changed', range=told)}")
        for repair, interval in answer.per_repair.items():
            if _range(interval, phrase, language) == told:
                lines.append("    " + "; ".join(map(place, repair)))
    if answer.assumes:
        assumed = "; ".join(wording.assumed(codebook, name, language) for name in answer.assumes)
        lines.append(f"  {message('bounds_assumes', language, assumptions=assumed)}")
    if answer.uncounted:
        labels = ", ".join(codebook.variable(name).label[language] for name in answer.uncounted)
        lines.append(f"  {phrase('uncounted', variables=labels)}")
    lines += [f"  {note}" for note in (*_other_sizes(claims, codebook, language), phrase("guarantee"))]
    for value, witness in zip((answer.low, answer.high), answer.witnesses, strict=True) if with_witnesses else ():
        if witness is not None:
            lines.append(f"\n{phrase('witness', value=_exactly(value))}")
            lines += [rows.to_csv(index=False).rstrip() for rows in witness.values() if len(rows.columns)]
    return "\n".join(lines)


def _range(interval: Interval, phrase: Callable[..., str], language: str) -> str:
    if not interval.decided:
        return wording.word("undecided", language)
    if interval.forced:
        return phrase("forced_to", value=_exactly(interval.low))
    return phrase("left_between", low=_exactly(interval.low), high=_exactly(interval.high))


def _exactly(value: Fraction) -> str:
    """A number as it is: what two decimals do not hold is a fraction, with the nearest decimal number behind it."""
    hundredths = value * 100
    if value.denominator == 1:
        return str(value.numerator)
    decimal = f"{round(hundredths) / 100:.2f}"
    return decimal if hundredths.denominator == 1 else f"{value.numerator}/{value.denominator} (≈ {decimal})"


def _other_sizes(claims: Sequence[Claim], codebook: Codebook, language: str) -> list[str]:
    """That print states other numbers of rows than the one that answers rest on."""
    size = sizes(claims, codebook)
    return [
        message(
            "bounds_other_size", language, number=number, taken=size[unit],
            units=codebook.unit_name(unit, language),
        )
        for unit, number in other_sizes(claims)
    ]  # fmt: skip


def crossed(
    cells: pd.DataFrame, down: str, across: str, claims: Sequence[Claim], codebook: Codebook, language: str
) -> str:
    """What print leaves open of every cell of a cross-tabulation, as a table in plain text with a key to its signs.

    `cells` is what `bounds.crosstab_bounds` gives for the two variables. Answers that neither the codebook lists nor
    any data set has are named below the table instead of filling it with noughts.
    """
    phrase = functools.partial(codebook.phrase, language=language)
    say = functools.partial(message, language=language)
    everywhere, no_conflict = (phrase(f"reading_{name}") for name in ("all_repairs", "numbers_in_no_conflict"))
    rows, left_out = _shown(cells, "a", down, codebook)
    columns, also = _shown(cells, "b", across, codebook)
    found = cells.set_index(["a", "b"])
    grid = [["", *(codebook.label(across, code, language) for code in columns)]]
    for a in rows:
        grid.append([codebook.label(down, a, language), *(_cell(found.loc[(a, b)]) for b in columns)])
    widths = [max(map(len, column)) for column in zip(*grid, strict=True)]
    unit = codebook.unit_name(codebook.unit(codebook.variable(down).sheet), language)
    labels = {name: wording.labelled(codebook, name, language) for name in (down, across)}
    lines = [f"crosstab({down}, {across})"]
    lines.append(f"  {say('crosstab_title', down=labels[down], across=labels[across], units=unit)}\n")
    for first, *others in grid:
        padded = [first.ljust(widths[0]), *(one.rjust(width) for one, width in zip(others, widths[1:], strict=True))]
        lines.append(f"    {'   '.join(padded)}".rstrip())
    shown = " ".join(cell for line in grid[1:] for cell in line[1:])
    notes = [say("crosstab_key", reading=everywhere)]
    if "(" in shown:
        notes.append(say("crosstab_wider", reading=no_conflict))
    elif UNDECIDED not in shown:
        notes.append(say("crosstab_alike", reading=no_conflict))
    notes += [f"{FORCED} {say('crosstab_forced')}"] if FORCED in shown else []
    notes += [f"{UNDECIDED} {wording.word('undecided', language)}"] if UNDECIDED in shown else []
    for name, codes in ((down, left_out), (across, also)):
        if codes:
            notes.append(
                say("crosstab_left_out", reading=everywhere, name=labels[name], values=_listed(codes, language))
            )
    notes += [*_other_sizes(claims, codebook, language), phrase("guarantee")]
    return "\n".join([*lines, "", *(f"  {note}" for note in notes)])


def _shown(cells: pd.DataFrame, side: str, name: str, codebook: Codebook) -> tuple[list[str], list[str]]:
    """The answers that have a row or column, and those that have none, as nobody can have given them."""
    usual = {YES, NO, *codebook.variable(name).code_names()}
    possible = cells["high"].isna() | (cells["high"] > 0)
    has_any = possible.groupby(cells[side], sort=False).any()
    shown = [code for code in has_any.index if code in usual or has_any[code]]
    return shown, [code for code in has_any.index if code not in shown]


def _cell(cell: pd.Series) -> str:
    """A range over all repairs, with that of the numbers in no conflict behind it where this one is wider."""
    over, cautious = (
        UNDECIDED if pd.isna(low) else str(low) if low == high else f"{low}–{high}"
        for low, high in ((cell["low"], cell["high"]), (cell["cautious_low"], cell["cautious_high"]))
    )
    wider = "" if over == cautious else f" ({cautious})"
    return f"{over}{f' {FORCED}' if cell['forced'] else ''}{wider}"


def _listed(codes: Sequence[str], language: str) -> str:
    """Codes in a row, neighbouring numbers drawn together."""
    numbers = [int(code) for code in codes if code.isdigit()]
    other = [code for code in codes if not code.isdigit()]
    return ", ".join([*([wording.several(numbers, 1, str, language)] if numbers else []), *other])
