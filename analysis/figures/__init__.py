"""The figures: one function each, drawn in a language from the codebook, a judgement or a table.

Each returns a `Figure`; `save` and `kept` keep one as SVG, PNG, its numbers and its description.
"""

from analysis.display.figure import Figure, kept, save
from analysis.figures.counts import help_before_after, representation
from analysis.figures.degree import degree
from analysis.figures.figure1 import figure1
from analysis.figures.figure2 import figure2
from analysis.figures.figure3 import figure3
from analysis.figures.meetings import attendance, co_attendance
from analysis.figures.verdicts import verdicts

__all__ = [
    "Figure", "attendance", "co_attendance", "degree", "figure1", "figure2", "figure3", "help_before_after",
    "kept",
    "representation", "save", "verdicts",
]  # fmt: skip
