"""The printed figures as claims: what each counts, what was computed, and whether the two agree.

A claim is one row of published.csv. What it counts is either a cell of a printed table, whose definition the codebook
holds, or an expression of its own. A printed number agrees with a computed one if the computed one rounds to it, with
halves rounded either way.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from math import inf
from pathlib import Path

import pandas as pd

from analysis import messages, tables, textfiles
from analysis.codebook import Codebook
from analysis.errors import UserError
from analysis.expressions import (
    Answers,
    Arithmetic,
    Compare,
    Count,
    Each,
    Is,
    NotCoded,
    Number,
    Quantity,
    Summary,
    evaluate,
    holds,
    is_coded,
    measure,
    parse_quantity,
    variables,
)

COLUMNS = (
    "id", "where", "block", "item", "column", "published", "value", "unit", "relation", "counts", "alternative",
    "stated", "note",
)  # fmt: skip
"""Columns of published.csv, in order."""

RESULT_COLUMNS = ("id", "where", "block", "item", "column", "published", "computed", "verdict", "note")
"""Columns of claims.csv, in order."""

REPRODUCED, DIFFERS, NOT_COMPUTABLE = "reproduced", "differs", "not computable"
"""Verdicts on a printed number."""

RELATIONS = ("=", ">=", "<=", ">", "<")
"""How a printed number can relate to what it counts; words such as 'most' are inequalities."""


@dataclass(frozen=True)
class Claim:
    """One printed number.

    `low` and `high` are the ends of what rounds to the printed string (equal for a count); they and `quantity` are None
    where the number counts nothing that the case sheet codes; `alternative` is a second way to read it; `unit` is what
    print counts, in its own words (a number of plans is computed in files, one selected plan each); `stated` is how
    often the article prints it; `value` is the number that the string stands for, where it does not say it itself.
    """

    id: str
    where: str
    block: str
    item: str
    column: str
    published: str
    low: Fraction | None
    high: Fraction | None
    unit: str
    relation: str
    quantity: Quantity | None
    alternative: Quantity | None
    stated: int
    note: str
    value: str = ""

    def agrees(self, number: Fraction) -> bool:
        """Whether a computed number agrees with the printed one. A limit is any number that rounds to it."""
        match self.relation:
            case "=":
                return self.low <= number <= self.high
            case ">=":
                return number >= self.low
            case "<=":
                return number <= self.high
            case ">":
                return number > self.low
        return number < self.high

    def may_agree(self, low: Fraction | float, high: Fraction | float) -> bool:
        """Whether some number from `low` to `high` may agree with the printed one."""
        match self.relation:
            case "=":
                return low <= self.high and self.low <= high
            case ">=" | ">":
                return self.agrees(high)
        return self.agrees(low)


def read(path: Path, codebook: Codebook, language: str = "en") -> tuple[Claim, ...]:
    """The claims of a published.csv, in printed order.

    Raises UserError that says in the language which columns are unknown or missing, or names every row with a problem.
    """
    lines = textfiles.table(path, COLUMNS, ("id", "published"), language, is_known=lambda _: False)
    found: list[Claim] = []
    problems: list[str] = []
    for line in lines:
        facts = {"file": path.name, "row": line.number}
        if line.is_long:
            problems.append(messages.text("text_row_long", language, **facts))
        elif not line.cells["id"]:
            problems.append(messages.text("claims_no_id", language, **facts))
        else:
            try:
                found.append(_claim(line.cells, codebook))
            except UserError as error:
                problems.append(f"{path.name}, row {line.number}: {error}")
    if lines and not any(line.cells[column] for line in lines for column in ("block", "counts")):
        facts = {"file": path.name, "allowed": ", ".join(COLUMNS)}
        problems.append(messages.text("claims_no_counts", language, **facts))
    ids = [claim.id for claim in found]
    problems += [f"{path.name}: the id '{name}' stands twice." for name in sorted({i for i in ids if ids.count(i) > 1})]
    if problems:
        raise UserError("\n".join([messages.text("claims_head", language), *(f"- {problem}" for problem in problems)]))
    return tuple(found)


def _claim(line: dict[str, str], codebook: Codebook) -> Claim:
    relation = line["relation"] or "="
    if relation not in RELATIONS:
        raise UserError(f"the relation '{relation}' is unknown; use one of {' '.join(RELATIONS)}.")
    if line["block"]:
        quantity = tables.quantity(codebook, line["block"], line["item"], line["column"])
    else:
        quantity = parse_quantity(line["counts"], codebook) if line["counts"] else None
    alternative = parse_quantity(line["alternative"], codebook) if line["alternative"] else None
    low = high = None
    if quantity is not None:
        low, high = printed_interval(line["value"] or line["published"], whole=is_whole(quantity))
    if not (line["stated"] or "1").isdigit():
        raise UserError(f"stated is '{line['stated']}'; write how often the number is stated, such as 1.")
    return Claim(
        id=line["id"], where=line["where"], block=line["block"], item=line["item"], column=line["column"],
        published=line["published"], low=low, high=high, unit=line["unit"], relation=relation, quantity=quantity,
        alternative=alternative, stated=int(line["stated"] or 1), note=line["note"], value=line["value"],
    )  # fmt: skip


def printed_interval(text: str, whole: bool = False) -> tuple[Fraction, Fraction]:
    """The smallest and largest number that rounds to the printed string, halves rounded either way.

    A percent sign, trailing note marks, a decimal point or comma and groups of three digits between blanks or
    apostrophes are understood. Points and commas can part groups too: in what counts something (`whole`) they do
    wherever groups of three allow it, elsewhere only where there are several of them or decimals follow. With `whole`
    the number stands for itself. Raises UserError for a string that is no number.
    """
    match = re.fullmatch(r"([-−]?)([\d.,'’\s]*\d)\s*(%?)\**", text.strip())
    number = match and _digits(match[2], whole=whole and not match[3])
    if not number:
        raise UserError(f"'{text}' is not a number; write the number it stands for in the column value.")
    digits, decimals = number
    scale = 100 if match[3] else 1
    middle = Fraction(int(digits + decimals), 10 ** len(decimals) * scale) * (-1 if match[1] else 1)
    half = Fraction(0) if whole and not match[3] and not decimals else Fraction(1, 2 * 10 ** len(decimals) * scale)
    return middle - half, middle + half


_GROUPED = r"[1-9]\d{0,2}(?:(?P<mark>[\s'’.,])\d{3})(?:(?P=mark)\d{3})*"
_NUMBERS = (rf"({_GROUPED})", r"(\d+)(?:[.,](?P<decimals>\d+))?", rf"({_GROUPED})(?!(?P=mark))[.,](?P<decimals>\d+)")


def _digits(text: str, whole: bool) -> tuple[str, str] | None:
    """The digits before and after the decimal sign, without what parts groups of three; None if it is no number."""
    for form in _NUMBERS:
        if match := re.fullmatch(form, text):
            found = match.groupdict()
            # One point or comma before three digits is the decimal sign, but for what is whole by nature.
            if form == _NUMBERS[0] and not whole and found["mark"] in ".," and text.count(found["mark"]) == 1:
                continue
            return re.sub(r"\D", "", match[1]), found.get("decimals") or ""
    return None


def is_whole(quantity: Quantity) -> bool:
    """Whether the quantity is a whole number by its nature: every count is, a mean or share is not."""
    match quantity:
        case Summary(statistic="mean" | "median"):
            return False
        case Arithmetic(operator=operator, left=left, right=right):
            return operator != "/" and is_whole(left) and is_whole(right)
    return True


def compare(claims: Sequence[Claim], units: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Every printed number beside the computed one: one row a claim, with RESULT_COLUMNS, in printed order.

    `computed` is a whole number or a decimal number rounded half up to two places, as text; empty where nothing can be
    computed, and then `note` says why. A printed number differs only if nothing that missing answers may hide agrees
    with it. Where something does, but not what is documented, it is not computable; the note says what it rests on.
    """
    rows = []
    for claim in claims:
        computed, verdict, why = _compare(claim, units)
        note = " ".join(part for part in (why, claim.note) if part)
        rows.append(
            (claim.id, claim.where, claim.block, claim.item, claim.column, claim.published, computed, verdict, note)
        )
    return pd.DataFrame(rows, columns=list(RESULT_COLUMNS), dtype=object)


def _compare(claim: Claim, units: Mapping[str, pd.DataFrame]) -> tuple[str, str, str]:
    if claim.quantity is None:
        return "", NOT_COMPUTABLE, ""
    missing = [name for name in variables(claim.quantity) if not _is_coded(name, units)]
    if missing:
        return "", NOT_COMPUTABLE, f"Not coded: {', '.join(missing)}."
    try:
        found = measure(claim.quantity, units)
    except (NotCoded, KeyError):
        return "", NOT_COMPUTABLE, "A sheet that it needs is left out."
    computed = "" if found.value is None else as_text(found.value)
    rests = _rests_on(claim.quantity, found, units)
    if found.value is not None and claim.agrees(found.value):
        is_answer = isinstance(claim.quantity, Count) and isinstance(claim.quantity.condition, Is | Compare)
        return computed, REPRODUCED, "" if is_answer else rests  # missing answers have their own rows
    if found.is_open and claim.may_agree(found.low, found.high):
        return computed, NOT_COMPUTABLE, f"Missing answers leave it open. {rests}"
    if found.value is None:
        return "", DIFFERS, "The computed number does not exist."
    if claim.alternative is not None:
        with suppress(NotCoded, KeyError):  # then there is nothing to tell of it
            other = evaluate(claim.alternative, units)
            if other is not None and claim.agrees(other):
                told = f"Read the other way it is {as_text(other)}, as printed."
                return computed, DIFFERS, " ".join(filter(None, (rests, told)))
    return computed, DIFFERS, rests


def _rests_on(quantity: Quantity, found: Number, units: Mapping[str, pd.DataFrame]) -> str:
    """What a number rests on that missing answers leave open, in a sentence."""
    if not found.is_open:
        return ""
    if isinstance(quantity, Summary):
        size = len(units[quantity.unit])
        return f"It is over {size - found.unknown} of {size} {quantity.unit}; the others have no number."
    low, high = ("no limit" if end in (inf, -inf) else as_text(end) for end in (found.low, found.high))
    return f"As answers are missing, the coded sheet allows {low} to {high}."


def behind(claims: Sequence[Claim], units: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Which rows each printed count is made of: one row a claim and a coded row that it counts.

    Columns: `id` (of the claim), `row` (id of the file or authority), `times` (how often it counts, more than once
    where one row gives several answers). Means and what cannot be computed have no rows.
    """
    found = []
    for claim in claims:
        match claim.quantity:
            case Count(unit=unit, condition=condition) | Each(unit=unit, condition=condition):
                conditions = (condition,)
            case Answers(unit=unit, conditions=conditions):
                pass
            case _:
                continue
        rows = units.get(unit, pd.DataFrame())
        if len(rows) and all(_is_coded(name, units) for name in variables(claim.quantity)):
            times = sum(holds(condition, rows).astype(int) for condition in conditions)
            found += [(claim.id, row, int(n)) for row, n in zip(rows.iloc[:, 0], times, strict=True) if n]
    return pd.DataFrame(found, columns=["id", "row", "times"])


def read_ledger(path: Path, language: str = "en") -> dict[str, str]:
    """The known differences: claim id -> explanation, from a CSV with the columns id and explanation.

    Raises UserError where it cannot be read or a line lacks its explanation.
    """
    columns = ("id", "explanation")
    lines = textfiles.table(path, columns, columns, language, is_known=lambda _: True)
    found = {line.cells["id"]: line.cells["explanation"] for line in lines}
    empty = [name for name, explanation in found.items() if not explanation]
    if empty:
        raise UserError(f"{path.name} does not explain: {', '.join(empty)}.")
    return found


def ledger_gaps(results: pd.DataFrame, ledger: Mapping[str, str]) -> list[str]:
    """What the ledger of known differences gets wrong, in sentences; empty if it matches the results of `compare`."""
    differing = set(results.loc[results["verdict"] == DIFFERS, "id"])
    unknown = [
        f"{name} differs from print, and the ledger does not explain it." for name in sorted(differing - set(ledger))
    ]
    stale = [f"{name} stands in the ledger, but does not differ." for name in sorted(set(ledger) - differing)]
    return unknown + stale


def _is_coded(variable: str, units: Mapping[str, pd.DataFrame]) -> bool:
    return any(is_coded(rows, variable) for rows in units.values())


def as_text(number: Fraction) -> str:
    """A number as claims.csv writes it: whole numbers plainly, others rounded half up to two decimals."""
    if number.denominator == 1:
        return str(number.numerator)
    hundredths = (abs(number) * 100 + Fraction(1, 2)) // 1
    return f"{'-' if number < 0 else ''}{hundredths // 100}.{hundredths % 100:02d}"
