"""What gaps leave open: a cell that is blank or not documented could be any answer of its variable.

What is true of rows lies between what they surely are and what they possibly are (see `expressions.measure`). Here both
ends are conditions again, so that print and other data sets can be asked for them too. They follow the logic of
`expressions.pair`: safe always, and exact where a condition names each variable once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction

import pandas as pd

from analysis.study.expressions import (
    GAPS,
    Answers,
    AtLeast,
    Compare,
    Condition,
    Count,
    Is,
    Not,
    evaluate,
    is_of_documentation,
    measure,
    pair,
)

Ends = tuple[Fraction, Fraction]
"""A smallest and a largest number."""

Within = Callable[[Count | Answers], Ends]
"""The smallest and the largest value that print leaves to a quantity."""


def certainly(condition: Condition) -> Condition:
    """The condition that a row meets if it meets the given one whatever its gaps hide."""
    return _ends(condition)[0]


def possibly(condition: Condition) -> Condition:
    """The condition that a row meets if it could meet the given one, for all that its gaps hide."""
    return _ends(condition)[1]


def _ends(condition: Condition) -> tuple[Condition, Condition]:
    return pair(condition, _atom, lambda number, parts: AtLeast(number, tuple(parts)), Not)


def _atom(atom: Is | Compare) -> tuple[Condition, Condition]:
    if is_of_documentation(atom):
        return atom, atom
    if isinstance(atom, Compare):
        gap = Not(Compare(atom.variable, ">=", 0))
    else:
        gap = AtLeast(1, tuple(Is(atom.variable, code) for code in GAPS))
    return atom, AtLeast(1, (atom, gap))


def ends(quantity: Count | Answers, units: Mapping[str, pd.DataFrame], within: Within | None = None) -> Ends:
    """The smallest and the largest number that the quantity can truly have, for all that gaps hide.

    With `within` (see `exploring`) also for all that print leaves open. Raises NotCoded.
    """
    here = measure(quantity, units)
    if within is None:
        return here.low, here.high
    return min(here.low, within(each(quantity, certainly))[0]), max(here.high, within(each(quantity, possibly))[1])


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
