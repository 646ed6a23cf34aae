"""Codebooks with their definitions: each is read before anything is counted by it, so that a mistake is said by row."""

from __future__ import annotations

from pathlib import Path

from analysis.errors import UserError
from analysis.language import messages
from analysis.study import codebook as codebooks
from analysis.study.codebook import DEFINED, Codebook, Variable
from analysis.study.expressions import Unreadable, no_variable, parse_condition, parse_quantity, unreadable, variables


def read(*paths: Path, language: str = "en") -> Codebook:
    """Read one codebook, or a common one followed by a study's own.

    Raises UserError that lists every problem, those of definitions among them, with file and row.
    """
    codebook, problems = collect(*paths, language=language)
    if problems:
        raise UserError(codebooks.listed(problems, language))
    return codebook


def collect(*paths: Path, language: str = "en") -> tuple[Codebook, list[str]]:
    """The codebook without what is defined wrongly, or by something that is, and every problem in words.

    Raises UserError for a file that cannot be read at all.
    """
    codebook, problems = codebooks.collect(*paths, language=language)
    kept = []
    for row in codebook.rows:
        try:
            _check(row, codebook, language)
        except Unreadable as error:
            if error.text == _text(row):  # else it is said of the definition that this one uses
                place = {"file": row.file, "row": row.row}
                problems.append(messages.text("book_definition", language, **place, name=row.name, why=error))
        else:
            kept.append(row)
    return Codebook(tuple(kept)), problems


def _check(row: Variable, codebook: Codebook, language: str) -> None:
    """Raises Unreadable for a definition that cannot be used."""
    text = _text(row)
    match row.type:
        case "question" | "measure":
            for name in filter(None, map(str.strip, text.split(","))):
                if name not in codebook.variables:
                    raise unreadable(text, no_variable(name, codebook, language), language)
            return
        case "derived" | "rule" | "reading":
            found = parse_condition(text, codebook, language)
        case "criterion" if text:
            found = parse_condition(text, codebook, language)
        case "quantity" | "indicator":
            found = parse_quantity(text, codebook, language)
        case _:
            return
    units = {codebook.unit(codebook.variable(name).sheet) for name in variables(found)}
    if row.type in DEFINED:
        units.add(codebook.unit(row.sheet))
    if len(units) > 1:
        raise unreadable(text, messages.text("ask_mixed", language, units=", ".join(sorted(units))), language)


def _text(row: Variable) -> str:
    """The definition as it is read: that of an indicator lists what is counted together."""
    return f"answers({row.definition})" if row.type == "indicator" else row.definition
