"""Whether printed figures and computed ones agree, and which files stand behind a count."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from fractions import Fraction
from math import inf

import pandas as pd

from analysis.study.claims import DIFFERS, NOT_COMPUTABLE, REPRODUCED, Claim
from analysis.study.expressions import (
    Answers,
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
    variables,
)

RESULT_COLUMNS = ("id", "where", "block", "item", "column", "published", "computed", "verdict", "note")
"""Columns of claims.csv, in order."""


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
