"""The questions that the case files were read for, and which of them the coded sheet answers."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from analysis.display import rendering
from analysis.display.rendering import StudyTable
from analysis.study.codebook import BLANK, Codebook
from analysis.study.expressions import is_coded, parse_condition, variables


def answers(units: Mapping[str, pd.DataFrame], codebook: Codebook, question: str, language: str) -> StudyTable:
    """How far the sub-questions of a research question can be answered: one row a variable that codes them.

    Columns: the sub-question, the label of the variable, and in how many files it is coded. Raises KeyError for a
    question that the codebook lacks.
    """
    title = codebook.frame("question", question).label[language]
    rows = []
    for part in codebook.frames["question"].values():
        names = [name.strip() for name in part.definition.split(",")] if part.block == question else []
        for name in names:
            coded = _coded(units, codebook, name, language)
            rows.append((part.label[language], codebook.variable(name).label[language], coded))
    heads = [codebook.phrase(f"heading_{name}", language) for name in ("question", "coded_as", "files_coded")]
    return rendering.listing(f"protocol-{question}", title, heads, rows, language)


def _coded(units: Mapping[str, pd.DataFrame], codebook: Codebook, name: str, language: str) -> str:
    variable = codebook.variable(name)
    rows = units[codebook.unit(variable.sheet)]
    needed = variables(parse_condition(name, codebook)) if variable.type == "derived" else (name,)
    if not all(is_coded(rows, column) for column in needed):
        return codebook.phrase("not_counted", language)
    coded = pd.concat([rows[column].notna() & (rows[column] != BLANK) for column in needed], axis=1).all(axis=1)
    return f"{int(coded.sum())} / {len(rows)}"
