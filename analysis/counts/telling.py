"""A number of coded rows as it is told: with what missing answers leave open of it, and with what print does.

20                     known of every row
20 (+5?)               20 surely, and up to 5 more, whose answers are not documented or not coded
50.33 (15 of 25 files) over the rows where it is coded
0.40 (0.40–0.60)       a share or difference, with the ends that missing answers leave
10 (10–11), 10 ●       of a reconstruction: what print leaves open of a number that it does not state, or forces
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pandas as pd

from analysis.counts import gaps, tables
from analysis.language.text import LANGUAGES
from analysis.study.codebook import Codebook
from analysis.study.expressions import (
    Answers,
    Count,
    Each,
    NotCoded,
    Number,
    Quantity,
    Summary,
    left_of,
    measure,
    parse_quantity,
)

NO_BREAK = "\N{NO-BREAK SPACE}"

FORCED = "●"
"""Sign of a count that every data set in which the printed figures hold has."""

UNDECIDED = "?"
"""Sign of a count whose interval was not found in the time given; the one shown then holds of any rows at all."""

Within = Callable[[Quantity], tuple[Fraction, Fraction]]
"""The smallest and the largest value that a quantity can have in all data sets that print allows."""


def number(value: int | Decimal | None, language: str) -> str:
    """A number as readers of the language write it: decimal comma in Swedish, thousands apart; a dash for none."""
    if value is None:
        return "–"
    text = f"{value:,}"
    return text.replace(",", NO_BREAK).replace(".", ",") if language == "sv" else text


def exact(value: Fraction | None, language: str) -> str:
    """A number as readers of the language write it: a whole one plainly, others with the decimals of a table."""
    if value is None:
        return number(None, language)
    whole = value.denominator == 1
    return number(int(value) if whole else tables.rounded(value, tables.DECIMALS), language)


def _plain(quantity: Quantity) -> Quantity:
    """The quantity with definitions in place of names, so that what counts the same is the same."""
    if isinstance(quantity, Count):
        return replace(quantity, condition=left_of(quantity.condition))
    if isinstance(quantity, Answers):
        return replace(quantity, conditions=tuple(map(left_of, quantity.conditions)))
    return quantity


class Teller:
    """Puts numbers of coded units into words; called with a sentence, it fills every `{expression}` in it.

    With `within`, what print leaves open of a reconstruction is told too, but for the `printed` quantities. `notes`
    explains the signs that were used, each once.
    """

    def __init__(
        self,
        units: Mapping[str, pd.DataFrame],
        codebook: Codebook,
        language: str = LANGUAGES[0],
        within: Within | None = None,
        printed: Collection[Quantity] = (),
    ):
        self.units, self.codebook, self.language = units, codebook, language
        self._within, self._printed = within, frozenset(map(_plain, printed))
        self._met: dict[str, str] = {}
        self._explained: set[str] = set()

    def __call__(self, sentence: str) -> str:
        """The sentence with its numbers; below it what signs in it mean that no earlier sentence had.

        What nobody coded becomes `(not coded)`, a number that does not exist `(none)`. Raises UserError for what is no
        expression.
        """

        def told(match: re.Match) -> str:
            try:
                return self.of(parse_quantity(match[1], self.codebook, self.language))
            except (NotCoded, KeyError):
                return self.codebook.phrase("told_not_coded", self.language)

        text = re.sub(r"\{([^{}]*)\}", told, sentence)
        return "\n\n".join([text, *(f"*{note}*" for note in self.notes())])

    def of(self, quantity: Quantity) -> str:
        """A quantity in words. Raises NotCoded, and KeyError for a unit that is not there."""
        found = measure(quantity, self.units)
        if found.value is None and not found.is_open:
            return self.codebook.phrase("told_none", self.language)
        return " ".join(filter(None, (exact(found.value, self.language), self.left_open(quantity, found))))

    def left_open(self, quantity: Quantity, found: Number) -> str:
        """What stands behind a number: how far it is open, empty where it is not."""
        if self._within and _plain(quantity) not in self._printed and isinstance(quantity, Count | Answers):
            low, high = gaps.ends(quantity, self.units, self._within)
            if quantity in getattr(self._within, "undecided", ()):
                return self._noted("undecided_note", f"{self._span(low, high)} {UNDECIDED}", sign=UNDECIDED)
            if low == high == found.value:
                return self._noted("forced_note", FORCED, sign=FORCED)
            return self._noted("interval_note", self._span(low, high))
        if not found.is_open:
            return ""
        return self.gap(quantity, found)

    def gap(self, quantity: Quantity, found: Number) -> str:
        """What missing answers leave open of a number."""
        if isinstance(quantity, Summary):
            covered = len(self.units[quantity.unit]) - found.unknown
            return f"({self.covered(covered, quantity.unit)})"
        if found.value == found.low and found.high - found.low == found.unknown and not isinstance(quantity, Each):
            return self._noted("missing_note", f"(+{number(found.unknown, self.language)}?)")
        return self._noted("missing_ends_note", self._span(found.low, found.high))

    def public_gap(self, quantity: Quantity, unknown: int | None, sizes: Mapping[str, int | None]) -> str:
        """The same of a number that is passed on, from what is passed on: how much is unknown, None if that is hidden.

        What follows from the rows themselves, as the ends of a share, is not told.
        """
        if unknown == 0:
            return ""
        size = sizes.get(quantity.unit) if isinstance(quantity, Summary) else None
        if unknown is None or (not isinstance(quantity, Count | Answers) and size is None):
            return self._noted("missing_hidden_note", "(+?)")
        if size is not None:
            return f"({self.covered(size - unknown, quantity.unit)})"
        return self._noted("missing_note", f"(+{number(unknown, self.language)}?)")

    def covered(self, rows: int, unit: str) -> str:
        """How many of all rows of a unit a mean is over."""
        size, name = len(self.units[unit]), self.codebook.unit_name(unit, self.language)
        facts = {"number": number(rows, self.language), "of": number(size, self.language), "units": name}
        return self.codebook.phrase("over_units", self.language, **facts)

    def forget(self) -> None:
        """Begin anew: what is told from here on is explained where it is told."""
        self._met, self._explained = {}, set()

    def notes(self) -> list[str]:
        """What the signs mean that were used and are not explained yet."""
        new = {key: note for key, note in self._met.items() if key not in self._explained}
        self._explained |= set(new)
        return list(new.values())

    def _span(self, low: Fraction | float, high: Fraction | float) -> str:
        ends = [exact(end, self.language) if isinstance(end, Fraction) else "?" for end in (low, high)]
        return f"({'–'.join(ends)})"

    def _noted(self, note: str, text: str, **facts: str) -> str:
        self._met[note] = self.codebook.phrase(note, self.language, **facts)
        return text
