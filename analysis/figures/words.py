"""Sentences that several figures build in the same way."""

from __future__ import annotations

from collections.abc import Iterable

from analysis.language.text import in_sentence
from analysis.study.codebook import Codebook


def listed(codebook: Codebook, language: str, heading: str, items: Iterable[str]) -> str:
    """A sentence that names something and lists what belongs to it."""
    return codebook.phrase("figure_list", language, heading=heading, items="; ".join(items))


def span(codebook: Codebook, language: str, low: str, high: str) -> str:
    """Words for a range, or the one word if both ends are the same."""
    return low if low == high else codebook.phrase("range", language, low=low, high=in_sentence(high))
