"""Which known spelling a mistyped text stands for: a guess only where it can hardly mislead."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches

_LONGEST = 100
_LIKE = 0.6
"""Likeness by difflib below which distances are not worked out: no typo that counts as one lies below it."""

_CANDIDATES = 20
_SHORT_LABEL = 5


def distance(one: str, other: str) -> int:
    """Letters to insert, leave out, change or swap with their neighbour to get from one text to the other.

    The optimal string alignment distance (Boytsov 2011, ACM Journal of Experimental Algorithmics 16).
    """
    before: list[int] = []
    last = list(range(len(other) + 1))
    for row, letter in enumerate(one, start=1):
        here = [row]
        for column, its in enumerate(other, start=1):
            here.append(min(last[column] + 1, here[-1] + 1, last[column - 1] + (letter != its)))
            if row > 1 and column > 1 and (letter, its) == (other[column - 2], one[row - 2]):
                here[column] = min(here[column], before[column - 2] + 1)
        before, last = last, here
    return last[-1]


def most_typos(one: str, other: str) -> int:
    """How far two texts may be apart for one to be a typo of the other: 0 below three letters, 2 from eight on."""
    longer = max(len(one), len(other))
    return 0 if longer < 3 else 1 if longer < 8 else 2


def nearest(text: str, known: Mapping[str, str]) -> str:
    """The right text that a text is a typo of, or part of whose label it is; "" where none is, or more than one.

    `known`: spelling in small letters -> right text; spellings other than right texts are labels. Labels of few letters
    are no candidates: `woman` is not the Swedish label `man`. A part of a label has several of its words, and at least
    half of its letters: what is left out could be a `not`.
    """
    text = text[:_LONGEST]
    far: dict[str, int] = {}
    for spelling in get_close_matches(text, known, n=_CANDIDATES, cutoff=_LIKE):
        right = known[spelling]
        is_label = spelling != right.casefold()
        if is_label and len(spelling) < _SHORT_LABEL:
            continue
        apart = distance(text, spelling)
        if apart > most_typos(text, spelling):
            if not (is_label and is_part(text, spelling)):
                continue
            apart = _LONGEST
        far[right] = min(apart, far.get(right, apart))
    best = [right for right, apart in far.items() if apart == min(far.values())]
    return best[0] if len(best) == 1 else ""


def is_part(text: str, label: str) -> bool:
    """Whether a text is several whole words of a label, and at least half of it."""
    return " " in text and f" {text} " in f" {label} " and 2 * len(text) >= len(label)
