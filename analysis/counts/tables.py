"""The printed tables, counted from the coded units, and the definition behind each printed number.

A table is a frame with one row a printed cell, in printed order: `block`, `item`, `column`, `value`, `unknown`. What
stands where is read from the codebook alone:

- a choice gives one row a code, a count one row a listed value and any other that occurs, a tick or derived variable
  one row, a quantity one row; codes and values that nobody has stay as zero rows;
- `nd` (not documented) is a row where the codebook lists it or where it occurs, `blank` (not coded) where it occurs;
  those of a tick named `alcohol` are called `alcohol.nd` and `alcohol.blank`;
- a block is closed by the number of units (`base`) or of answers (`total`), as its `definition` says.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pandas as pd

from analysis.errors import UserError
from analysis.paths import replacing
from analysis.study.codebook import BLANK, NO, NOT_DOCUMENTED, YES, Codebook, Variable
from analysis.study.expressions import (
    EVERY,
    Answers,
    Arithmetic,
    AtLeast,
    Cells,
    Count,
    Is,
    NotCoded,
    Quantity,
    Summary,
    evaluate,
    is_coded,
    measure,
    parse_condition,
    variables,
)
from analysis.study.layout import (
    BLANK_ITEM,
    OPEN_ITEMS,
    cells,
    closed_by,
    closing_of,
    closing_quantity,
    column_of,
    columns_of,
    definition_of,
    item_of,
    members_of,
    quantity,
    rank_of,
)

COLUMNS = ("block", "item", "column", "value", "unknown")
"""Columns of a table."""

DECIMALS = 2
"""Decimals of a mean or share in a table."""

RESPONSES = ("files_any", "answers", "files_all")
"""What can be counted of a block where one unit can give several answers: see `responses`."""
_COUNTED = ("choice", "tick", "count")


def compute(units: Mapping[str, pd.DataFrame], codebook: Codebook, table: str) -> pd.DataFrame:
    """The printed table, counted from the coded units.

    `units` maps a unit (`files`, `authorities`) to one row a unit, with a column of codes a variable (blank: "" or
    missing) and numbers in count variables. Returns `block`, `item`, `column`, `value`, `unknown` in printed order. A
    value is an int, or for a mean or share a Decimal with two decimals, halves rounded up; None where there is nothing
    to divide. It is what is documented. `unknown` (int) is how many more a count possibly is, as answers are missing;
    of a mean, a share or a difference how many units it does not cover. Variables that nobody coded have no rows, see
    `not_coded`. Raises UserError for a code that the codebook lacks.
    """
    units = {unit: Cells(rows) for unit, rows in _prepared(units, codebook, table).items()}
    rows = [row for block in codebook.blocks(table) for row in _block_rows(units, codebook, block.name)]
    return pd.DataFrame(rows, columns=list(COLUMNS), dtype=object)


def response_counts(codebook: Codebook, block: str, column: str) -> dict[str, Quantity]:
    """Each count of a block of several answers: `files_any`, `answers`, `files_all` (see `responses`)."""
    ticks = [m for m in members_of(codebook, block) if m.type == "tick" and column_of(codebook, m) == column]
    unit, answers = codebook.unit(ticks[0].sheet), tuple(Is(member.name, YES) for member in ticks)
    counts = (Count(unit, AtLeast(1, answers)), Answers(unit, answers), Count(unit, EVERY))
    return dict(zip(RESPONSES, counts, strict=True))


def responses(units: Mapping[str, pd.DataFrame], codebook: Codebook, table: str) -> pd.DataFrame:
    """Both counts of each block of the table where one unit can give several answers.

    Returns `block`, `column`, `files_any` (units with at least one answer), `answers` (their sum), `files_all` (all
    units) and `printed`: which of the three the table prints. Blocks with an answer that nobody coded are left out.
    """
    units = _prepared(units, codebook, table)
    rows = []
    for block in codebook.blocks(table):
        members = members_of(codebook, block.name)
        for column in columns_of(codebook, members):
            here = [member for member in members if column_of(codebook, member) == column]
            ticks = [member for member in here if member.type == "tick"]
            printed = _printed_response(codebook, block.name, here)
            if len(ticks) < 2 or not printed or not all(_is_coded(units, codebook, member) for member in ticks):
                continue
            counts = response_counts(codebook, block.name, column)
            rows.append((block.name, column, *(int(evaluate(counts[name], units)) for name in RESPONSES), printed))
    return pd.DataFrame(rows, columns=["block", "column", *RESPONSES, "printed"])


def not_coded(units: Mapping[str, pd.DataFrame], codebook: Codebook, table: str = "") -> tuple[str, ...]:
    """Variables that nobody coded: the column is missing, or blank in every row.

    Those that the table needs, in printed order; without a table all of the codebook, in its order, save notes and ids.
    """
    if table:
        names = [name for cell in cells(codebook, table) for name in variables(quantity(codebook, *cell))]
        names += [member.name for block in codebook.blocks(table) for member in members_of(codebook, block.name)]
    else:
        names = list(codebook.variables)
    asked = [codebook.variable(name) for name in dict.fromkeys(names)]
    return tuple(member.name for member in asked if member.type in _COUNTED and not _is_coded(units, codebook, member))


def rounded(value: Fraction, decimals: int) -> Decimal:
    """The value with so many decimals, halves rounded away from zero, as print does."""
    digits = int(abs(value) * 10**decimals + Fraction(1, 2))
    return Decimal(digits if value >= 0 else -digits).scaleb(-decimals)


def write(frame: pd.DataFrame, path: Path) -> Path:
    """Write any frame of results as CSV (UTF-8, LF), whole or not at all; returns the path."""
    with replacing(path) as temporary:
        frame.to_csv(temporary, index=False, encoding="utf-8", lineterminator="\n")
    return path


def write_all(frames: Mapping[str, pd.DataFrame], folder: Path) -> list[Path]:
    """Write each frame as NAME.csv into the folder, as `write` does; returns the paths."""
    return [write(frame, folder / f"{name}.csv") for name, frame in frames.items()]


def teller(units: Mapping[str, pd.DataFrame], codebook: Codebook) -> Callable[[str], str]:
    """A function that puts numbers into a sentence: every `{expression}` in it becomes the number it has in the units.

    See `telling.Teller`.
    """
    from analysis.counts.telling import Teller

    return Teller(units, codebook)


def read(path: Path) -> pd.DataFrame:
    """A table from its CSV file, as `compute` returned it. Raises OSError."""
    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    frame = frame.astype(object)
    values = [None if text == "" else Decimal(text) if "." in text else int(text) for text in frame["value"]]
    frame["value"] = pd.Series(values, index=frame.index, dtype=object)  # else the numbers beside None become floats
    frame["unknown"] = frame["unknown"].map(int).astype(object)
    return frame


def _prepared(units: Mapping[str, pd.DataFrame], codebook: Codebook, table: str) -> dict[str, pd.DataFrame]:
    """The columns that the table needs; as categories those that conditions read, which makes every one of them fast.

    A variable whose values are only counted, once, is counted as quickly without.
    """
    needed: dict[str, None] = {}
    read: set[str] = set()
    for block in codebook.blocks(table):
        members = members_of(codebook, block.name)
        for member in members:
            names = _needs(codebook, member)
            needed |= dict.fromkeys(names)
            read.update(() if member.type in _COUNTED else names)
        if closing := closing_of(codebook, block.name):
            read.update(variables(closing_quantity(codebook, members, closing)))
    prepared: dict[str, pd.DataFrame] = {}
    for unit, frame in units.items():
        columns = {}
        for name in needed:
            if name in frame:
                is_code = name in read and codebook.variable(name).type != "count"
                columns[name] = _categories(frame[name]) if is_code else frame[name]
        prepared[unit] = pd.DataFrame(columns, index=frame.index)
    return prepared


def _categories(column: pd.Series) -> pd.Series:
    """The texts as categories in the order in which they come; as `astype` does, but without sorting them."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return column
    codes, texts = pd.factorize(column.to_numpy(dtype=object))  # twice as fast as for a column of str
    return pd.Series(pd.Categorical.from_codes(codes, texts), index=column.index)


def _needs(codebook: Codebook, member: Variable) -> tuple[str, ...]:
    if member.type in _COUNTED:
        return (member.name,)
    return variables(definition_of(codebook, member, item_of(member)))


def _is_coded(units: Mapping[str, pd.DataFrame | Cells], codebook: Codebook, member: Variable) -> bool:
    rows = units.get(codebook.unit(member.sheet))
    rows = rows.rows if isinstance(rows, Cells) else rows
    return rows is not None and all(is_coded(rows, name) for name in _needs(codebook, member))


def _block_rows(units: dict[str, Cells], codebook: Codebook, block: str) -> list[tuple]:
    members = members_of(codebook, block)
    coded = [member for member in members if _is_coded(units, codebook, member)]
    columns = columns_of(codebook, coded)
    groups: dict[str, list[Variable]] = {}
    for member in coded:
        groups.setdefault(member.item, []).append(member)
    rows = []
    for group in groups.values():
        counts = {column_of(codebook, member): _parts(units, codebook, member) for member in group}
        parts = sorted({part for found in counts.values() for part in found}, key=lambda part: rank_of(group[0], part))
        for part in parts:
            item = item_of(group[0], part)
            for column in columns:
                if column in counts:
                    here = counts[column]
                    gaps = sum(here[extra][0] for extra in OPEN_ITEMS if extra in here and part not in OPEN_ITEMS)
                    rows.append((block, item, column, *here.get(part, (0, gaps))))
    closing = closing_of(codebook, block)
    for column in columns_of(codebook, closed_by(codebook, coded, closing)) if closing else ():
        here = [member for member in members if column_of(codebook, member) == column]
        with suppress(NotCoded):
            number = measure(closing_quantity(codebook, here, closing), units)
            rows.append((block, closing, column, int(number.value), number.unknown))
    return rows


def _parts(
    units: dict[str, Cells], codebook: Codebook, member: Variable
) -> dict[str, tuple[int | Decimal | None, int]]:
    """What the rows of one variable count, and how many more they possibly do.

    By code, value, `nd`, `blank`, or "" for a variable that is one row itself.
    """
    if member.type not in _COUNTED:
        definition = definition_of(codebook, member, item_of(member))
        number = measure(definition, units)
        if number.value is None or not _is_ratio(definition):
            return {"": (None if number.value is None else int(number.value), number.unknown)}
        return {"": (rounded(number.value, DECIMALS), number.unknown)}
    counts = _tally(units[codebook.unit(member.sheet)].rows[member.name])
    blank, missing = counts.pop(BLANK, 0), counts.pop(NOT_DOCUMENTED, 0)
    if member.type == "tick":
        parts = {"": counts.pop(YES, 0)}
        counts.pop(NO, 0)
    else:
        parts = {code: counts.pop(code, 0) for code in member.code_names() if code != NOT_DOCUMENTED}
    if member.type == "count":
        parts |= counts
    elif counts:
        raise UserError(f"'{member.name}' holds a code that the codebook does not list; make check says where.")
    found = {part: (number, blank + missing) for part, number in parts.items()}
    if missing or NOT_DOCUMENTED in member.code_names():
        found[NOT_DOCUMENTED] = missing, 0
    if blank:
        found[BLANK_ITEM] = blank, 0
    return found


def _tally(column: pd.Series) -> dict[str, int]:
    counts: dict[str, int] = {}
    for value, number in column.value_counts(sort=False, dropna=False).items():
        name = BLANK if pd.isna(value) else value if isinstance(value, str) else str(int(value))
        if number:
            counts[name] = counts.get(name, 0) + int(number)
    return counts


def _is_ratio(definition: Quantity) -> bool:
    match definition:
        case Summary(statistic=statistic):
            return statistic in ("mean", "median")
        case Arithmetic(operator=operator, left=left, right=right):
            return operator == "/" or _is_ratio(left) or _is_ratio(right)
    return False


def _printed_response(codebook: Codebook, block: str, here: list[Variable]) -> str:
    """Which count of a block of several answers is printed: of all units, of answers, or of units with any."""
    if closing := closing_of(codebook, block):
        return "answers" if codebook.frame("total", closing).definition == "answers" else "files_all"
    answers = {Is(member.name, YES) for member in here if member.type == "tick"}
    for member in here:
        if member.type == "derived":
            match parse_condition(member.definition, codebook):
                case AtLeast(number=1, parts=parts) if set(parts) == answers:
                    return "files_any"
    return ""
