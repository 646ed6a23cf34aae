"""What gaps leave open: a cell that is blank or not documented could be any answer of its variable.

A count of rows that meet a condition takes what is documented (see `expressions.holds`). What is true of the rows lies
between the rows that meet the condition whatever their gaps hide, and those that could meet it. Both are conditions
again, so print and other data sets can be asked for them too. The logic is that of Kleene (1952): safe always, and
exact where a condition names each variable once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction

import pandas as pd

from analysis.codebook import BLANK, NOT_DOCUMENTED
from analysis.expressions import Answers, AtLeast, Compare, Condition, Count, Derived, Is, Not, Same, evaluate

GAPS = (NOT_DOCUMENTED, BLANK)
"""Codes of a cell that could be any answer."""

Ends = tuple[Fraction, Fraction]
"""A smallest and a largest number."""

Within = Callable[[Count | Answers], Ends]
"""The smallest and the largest value that print leaves to a quantity."""


def certainly(condition: Condition) -> Condition:
    """The condition that a row meets if it meets the given one whatever its gaps hide."""
    match condition:
        case Same(left=left, right=right):
            return AtLeast(3, (condition, Not(_gap(left)), Not(_gap(right))))
        case Not(part=part):
            return Not(possibly(part))
        case Derived(condition=part):
            return certainly(part)
        case AtLeast(number=number, parts=parts):
            return AtLeast(number, tuple(map(certainly, parts)))
    return condition


def possibly(condition: Condition) -> Condition:
    """The condition that a row meets if it could meet the given one, for all that its gaps hide."""
    match condition:
        case Is(variable=name, code=code) if code not in GAPS:
            return AtLeast(1, (condition, _gap(name)))
        case Compare(variable=name):
            return AtLeast(1, (condition, Not(Compare(name, ">=", 0))))
        case Same(left=left, right=right):
            return AtLeast(1, (condition, _gap(left), _gap(right)))
        case Not(part=part):
            return Not(certainly(part))
        case Derived(condition=part):
            return possibly(part)
        case AtLeast(number=number, parts=parts):
            return AtLeast(number, tuple(map(possibly, parts)))
    return condition


def ends(quantity: Count | Answers, units: Mapping[str, pd.DataFrame], within: Within | None = None) -> Ends:
    """The smallest and the largest number that the quantity can truly have, for all that gaps hide.

    With `within` (see `exploring`) also for all that print leaves open. Raises NotCoded.
    """
    return (
        documented(each(quantity, certainly), units, within)[0],
        documented(each(quantity, possibly), units, within)[1],
    )


def documented(quantity: Count | Answers, units: Mapping[str, pd.DataFrame], within: Within | None = None) -> Ends:
    """The smallest and the largest number of what is documented: in the units, and with `within` in all that print
    allows. Raises NotCoded."""
    here = evaluate(quantity, units)
    low, high = within(quantity) if within else (here, here)
    return min(low, here), max(high, here)


def each(quantity: Count | Answers, change: Callable[[Condition], Condition]) -> Count | Answers:
    """The quantity with each of its conditions changed."""
    if isinstance(quantity, Count):
        return Count(quantity.unit, change(quantity.condition))
    return Answers(quantity.unit, tuple(map(change, quantity.conditions)))


def _gap(variable: str) -> Condition:
    return AtLeast(1, tuple(Is(variable, code) for code in GAPS))
