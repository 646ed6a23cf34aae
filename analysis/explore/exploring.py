"""Looking at cases: pick files, read one file's story, cross two variables.

Everything here is a table for readers. Where rows are reconstructed, a count of several variables together is the
reconstruction's choice as much as print's; so such a count never stands alone. Give `within`, a function from a
quantity to the smallest and the largest value that the printed figures leave it, and each count has its interval
behind it, or a sign where print forces it.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
import pandas as pd

from analysis.counts import gaps
from analysis.counts.telling import FORCED, UNDECIDED, Teller, Within
from analysis.display.rendering import Cell, Head, Row, StudyTable, number
from analysis.errors import UserError
from analysis.language.messages import text as message
from analysis.language.text import LANGUAGES, in_sentence
from analysis.printed.bounds import Print
from analysis.printed.reconstruction import STATUS as RECONSTRUCTED
from analysis.printed.wording import labelled, quoted
from analysis.sheets.workbook import status
from analysis.study import codebook as codebooks
from analysis.study.codebook import BLANK, NO, NOT_DOCUMENTED, YES, Codebook, Variable
from analysis.study.expressions import (
    EVERY,
    GAPS,
    Answers,
    AtLeast,
    Cells,
    Compare,
    Condition,
    Count,
    Is,
    Not,
    Quantity,
    ends,
    holds,
    is_coded,
    measure,
    no_variable,
    parse_condition,
    variables,
)
from analysis.study.studies import Study

FILES = "files"
"""The unit that is explored."""

NONE = "–"
"""What stands where there is nothing to name."""

BEFORE, AFTER = "before", "after"
"""Columns of a table between which help is followed."""

_TOLD = ("ref", "choice", "tick", "count")

POSSIBLE = "?"
"""Sign of a file that possibly meets a condition, as an answer is missing."""

PATIENCE, QUESTION = 120, 10
"""Seconds that may be spent on intervals that are not found: on all of them, and on each."""


class Leeway:
    """What the printed figures leave open of a count, asked one at a time.

    `undecided` are the counts whose interval was not found in time; theirs is what any rows at all could have.
    """

    def __init__(self, printed: Print, seconds: float = PATIENCE):
        self._printed = printed
        self._left = seconds
        self.undecided: set[Quantity] = set()

    def __call__(self, quantity: Quantity) -> tuple[Fraction, Fraction]:
        """The smallest and the largest value of a number of rows or of answers."""
        start = time.monotonic()
        self._printed.limit(min(QUESTION, self._left))
        low, high = self._printed.within(quantity)
        if low is not None:
            return low, high
        self._left = max(0, self._left - (time.monotonic() - start))
        self.undecided.add(quantity)
        answers = len(quantity.conditions) if isinstance(quantity, Answers) else 1
        return Fraction(0), Fraction(self._printed.size[quantity.unit] * answers)


def leeway(study: Study, seconds: float = PATIENCE) -> Leeway | None:
    """What the printed figures of a reconstructed study leave open; None where the rows are no reconstruction."""
    if study.status != RECONSTRUCTED or not study.claims:
        return None
    return Leeway(Print(study.codebook, study.claims), seconds)


def is_undecided(within: Within | None, quantity: Quantity) -> bool:
    """Whether the interval of the quantity was not found in time."""
    return isinstance(within, Leeway) and quantity in within.undecided


def teller(study: Study, units: Mapping[str, pd.DataFrame], language: str, within: Within | None = None) -> Teller:
    """Puts numbers of the study into words, with what print and missing answers leave open of them."""
    printed = [claim.quantity for claim in study.claims if claim.quantity is not None]
    return Teller(units, study.codebook, language, within or leeway(study), printed)


def pick(units: Mapping[str, pd.DataFrame], codebook: Codebook, text: str, language: str = LANGUAGES[0]) -> list[str]:
    """Ids of the files that surely meet a condition, in the order of the sheet; all files for an empty text.

    Raises UserError, in the language, for a text that is no condition, for one about other rows than files, and for a
    variable that nobody coded.
    """
    rows = units[FILES]
    if not text.strip():
        return list(rows[codebook.file_key])
    condition = _condition(codebook, text, language)
    if missing := _not_coded(units, variables(condition)):
        raise UserError(_left_blank(codebook, missing, language))
    return list(rows.loc[holds(condition, rows), codebook.file_key])


def picked(
    units: Mapping[str, pd.DataFrame], codebook: Codebook, text: str, language: str, within: Within | None = None
) -> StudyTable:
    """The files that meet a condition, one row a file, with what each says of the variables in it.

    Those that only possibly meet it, as an answer is missing, follow with a question mark. Its title says how many of
    all files they are. Where nobody coded a variable of the condition, the table is empty
    and says so. Raises UserError for a text that is no condition on files.
    """
    condition = _condition(codebook, text, language) if text.strip() else None
    names = variables(condition) if condition else ()
    if missing := _not_coded(units, names):
        return _empty(codebook, "picked", text.strip(), missing, language)
    rows = units[FILES].set_index(codebook.file_key)
    met = ends(condition or EVERY, rows)
    possible = met["possibly"] & ~met["surely"]
    rows = pd.concat([rows[met["surely"]], rows[possible].rename(index=lambda name: f"{name} {POSSIBLE}")])
    number_sure, tell = int(met["surely"].sum()), Teller(units, codebook, language)
    count = _told(Count(FILES, condition), number_sure, language, within) if condition else _plain(len(rows), language)
    if condition and within is None:
        count = replace(count, open=tell.left_open(quantity := Count(FILES, condition), measure(quantity, units)))
    all_files, every = number(len(units[FILES]), language), codebook.phrase("picked_all", language)
    heads = [Head(labelled(codebook, name, language), numeric=False) for name in names]
    return StudyTable(
        name="picked",
        number=codebook.phrase("picked_number", language),
        title=codebook.phrase(
            "picked_title", language, count=" ".join(filter(None, (count.shown, count.mark))),
            files=all_files, condition=text.strip() or every,
        ),
        head=(Head(codebook.variable(codebook.file_key).label[language]), *heads),
        rows=tuple(Row(name, tuple(Cell(_said(codebook, n, row[n], language)) for n in names)) for name, row in
                   rows.iterrows()),
        notes=(
            *_notes(units, codebook, language, [count]), *tell.notes(),
            *([codebook.phrase("possible_note", language, sign=POSSIBLE)] if possible.any() else []),
        ),
        language=language,
    )  # fmt: skip


def story(units: Mapping[str, pd.DataFrame], codebook: Codebook, file: str, language: str) -> StudyTable:
    """All that is coded of one file, on one page: a block a sheet, help with what was gained, kept and lost.

    Variables that can be ticked together share a row. Raises UserError for a file that is not there.
    """
    found = units[FILES].set_index(codebook.file_key)
    if file not in found.index:
        raise UserError(message("explore_no_file", language, file=file, files=", ".join(found.index)))
    row = found.loc[file]
    shown: list[Row] = []
    blank = 0
    for sheet in codebook.frames["sheet"].values():
        own = [variable for variable in codebook.sheet(sheet.name) if variable.sheet == sheet.name]
        coded = [variable for variable in own if variable.type in _TOLD]
        if codebook.unit(sheet.name) != FILES or not any(variable.name in row.index for variable in coded):
            continue
        here = [variable for variable in coded if variable.name in row.index and not _is_blank(row[variable.name])]
        blank += len(coded) - len(here)
        shown.append(Row(sheet.label[language], kind="block"))
        done: set[str] = set()
        for variable in here:
            if variable.block and variable.type == "tick":
                group = [other for other in here if (other.type, other.block) == ("tick", variable.block)]
                if variable.block not in done:
                    shown += _block(codebook, group, row, language)
                done.add(variable.block)
            else:
                said = _said(codebook, variable.name, row[variable.name], language)
                shown.append(Row(variable.label[language], (Cell(said),)))
    notes = [codebook.status_note(status(units), language)]
    if blank:
        notes.append(codebook.phrase("story_blank", language, number=number(blank, language)))
    return StudyTable(
        name=f"story-{file}",
        number=codebook.phrase("story_number", language, file=file),
        title=codebook.phrase("story_title", language),
        head=(Head("", numeric=False), Head(codebook.phrase("story_head", language), numeric=False)),
        rows=tuple(shown),
        notes=tuple(filter(None, notes)),
        language=language,
    )


def variables_to_cross(units: Mapping[str, pd.DataFrame], codebook: Codebook) -> tuple[str, ...]:
    """Variables of the files that `crossed` takes and that are coded, in the codebook's order."""
    names = [name for name in codebook.variables if _can_be_crossed(codebook, name)]
    return tuple(name for name in names if not _not_coded(units, _needed(codebook, name)))


def crossed(
    units: Mapping[str, pd.DataFrame], codebook: Codebook, down: str, across: str, language: str,
    within: Within | None = None,
) -> StudyTable:  # fmt: skip
    """In how many files each answer of one variable meets each answer of another, with both margins.

    Codes that no file has keep their row and column; answers that are missing have a row and column of their own, as
    have files of which they leave open whether a definition holds. Where nobody coded one of the
    two, the table is empty and says so.
    Raises UserError for a name that is no variable of the files with answers.
    """
    for name in (down, across):
        if name not in codebook.variables:
            raise UserError(no_variable(name, codebook, language))
        if not _can_be_crossed(codebook, name):
            allowed = ", ".join(variables_to_cross(units, codebook))
            raise UserError(message("explore_no_cross", language, name=name, names=allowed))
    labels = [labelled(codebook, name, language) for name in (down, across)]
    rows_said, columns_said = (quoted(label, language) for label in labels)
    title = codebook.phrase("crossed_title", language, down=rows_said, across=columns_said)
    if missing := _not_coded(units, [part for name in (down, across) for part in _needed(codebook, name)]):
        return _empty(codebook, "crossed", title, missing, language)
    rows, columns = (_answers(units, codebook, name, language) for name in (down, across))
    total = codebook.frame("total", "base").label[language]
    every = _Answer(total, EVERY, np.ones(len(units[FILES]), dtype=bool))
    rows, columns = [*rows, every], [*columns, every]
    shown, cells = [], []
    for one in rows:
        line = tuple(_counted(one, other, language, within) for other in columns)
        shown.append(Row(one.label, line, "closing" if one is every else "item"))
        cells += line
    return StudyTable(
        name="crossed",
        number=codebook.phrase("crossed_number", language),
        title=title,
        head=(Head(labels[0], numeric=False), *(Head(column.label) for column in columns)),
        rows=tuple(shown),
        notes=_notes(units, codebook, language, cells),
        language=language,
    )


def agencies(units: Mapping[str, pd.DataFrame], codebook: Codebook) -> tuple[Variable, ...]:
    """Who could be at the table: the coded ticks of the blocks of table 3 that a total of answers closes, in order."""
    return tuple(
        variable
        for block in codebook.blocks("table3")
        if block.definition and codebook.frame("total", block.definition).definition == "answers"
        for variable in codebook.members(block.name)
        if variable.type == "tick" and is_coded(units[FILES], variable.name)
    )


def _condition(codebook: Codebook, text: str, language: str) -> Condition:
    condition = parse_condition(text, codebook, language)
    other = {codebook.unit(codebook.variable(name).sheet) for name in variables(condition)} - {FILES}
    if other:
        about = ", ".join(codebook.unit_name(unit, language) for unit in sorted(other))
        why = message("explore_other_rows", language, units=about)
        raise UserError(message("ask_where", language, text=text, why=why))
    return condition


def _can_be_crossed(codebook: Codebook, name: str) -> bool:
    variable = codebook.variables.get(name)
    answers = variable is not None and variable.type in ("choice", "tick", "count", "derived")
    return answers and name != codebooks.STATUS and codebook.unit(variable.sheet) == FILES


def _needed(codebook: Codebook, name: str) -> tuple[str, ...]:
    """The coded variables behind a variable."""
    return variables(parse_condition(name, codebook)) if codebook.variable(name).type == "derived" else (name,)


def _not_coded(units: Mapping[str, pd.DataFrame], names: Iterable[str]) -> list[str]:
    return [name for name in dict.fromkeys(names) if not is_coded(units[FILES], name)]


def _empty(codebook: Codebook, name: str, title: str, missing: Sequence[str], language: str) -> StudyTable:
    head = (Head("", numeric=False), Head(codebook.frame("total", "base").label[language]))
    note = _left_blank(codebook, missing, language)
    return StudyTable(name, codebook.phrase(f"{name}_number", language), title, head, (), (note,), language)


def _left_blank(codebook: Codebook, missing: Sequence[str], language: str) -> str:
    names = "; ".join(labelled(codebook, name, language) for name in missing)
    return codebook.phrase("left_blank", language, names=names)


def _is_blank(value) -> bool:
    return bool(pd.isna(value)) or value == BLANK


def _said(codebook: Codebook, name: str, value, language: str) -> str:
    """The answer of a file as readers see it."""
    if _is_blank(value):
        return NONE
    variable = codebook.variable(name)
    if variable.type == "count" and str(value) != NOT_DOCUMENTED:
        return number(int(value), language)
    return codebook.label(name, value, language)


def _block(codebook: Codebook, group: Sequence[Variable], row: pd.Series, language: str) -> Iterable[Row]:
    """The rows of ticks that stand in one block: what was gained, kept and lost where the block has two times."""
    label = codebook.frame("block", group[0].block).label[language]
    if not {BEFORE, AFTER} <= {variable.column for variable in group}:
        yield Row(label, (Cell(_names(codebook, group, row, language)),))
        return
    names = {variable.item: variable.label[language] for variable in group}
    said = {item: [BLANK, BLANK] for item in names}
    for variable in group:
        said[variable.item][variable.column == AFTER] = row[variable.name]
    had, has = (_joined(name for item, name in names.items() if said[item][time] == YES) for time in (0, 1))
    yield Row(label, (Cell(f"{had} → {has}"),))
    for part, answers in {"kept": [YES, YES], "gained": [NO, YES], "lost": [YES, NO]}.items():
        found = _joined(name for item, name in names.items() if said[item] == answers)
        yield Row(codebook.phrase(f"help_{part}", language), (Cell(found),), "part")
    if open_ := [name for item, name in names.items() if set(said[item]) & set(GAPS)]:
        yield Row(codebook.phrase("answer_open", language), (Cell(_joined(open_)),), "part")


def _names(codebook: Codebook, group: Sequence[Variable], row: pd.Series, language: str) -> str:
    yes = _joined(v.label[language] for v in group if row[v.name] == YES)
    gaps = _joined(v.label[language] for v in group if row[v.name] == NOT_DOCUMENTED)
    if gaps == NONE:
        return yes
    return f"{yes} ({in_sentence(codebook.frame('missing', NOT_DOCUMENTED).label[language])}: {gaps})"


def _joined(names: Iterable[str]) -> str:
    return "; ".join(names) or NONE


@dataclass(frozen=True)
class _Answer:
    """One answer of a variable: its label, the condition that asks for it, and the files that have it."""

    label: str
    condition: Condition
    rows: np.ndarray


def _answers(units, codebook: Codebook, name: str, language: str) -> list[_Answer]:
    """The answers of a variable in the codebook's order, each file with one: those that are missing at the end."""
    variable, rows = codebook.variable(name), units[FILES]
    if variable.type == "derived":
        condition, answers = parse_condition(name, codebook), codebook.frames["answer"]
        surely, possibly = ends(condition, rows).to_numpy().T
        sure, possible = gaps.certainly(condition), gaps.possibly(condition)
        found = [
            _Answer(answers[YES].label[language], sure, surely),
            _Answer(answers[NO].label[language], Not(possible), ~possibly),
        ]
        if (open_ := possibly & ~surely).any():
            found.append(_Answer(codebook.phrase("answer_open", language), AtLeast(2, (possible, Not(sure))), open_))
        return found
    cells = rows[name]
    missing = Cells(rows).gaps(name)
    if variable.type == "count":
        listed = [int(code) for code in variable.code_names() if code.isdigit()]
        values = listed + sorted(set(cells[~missing].astype(int)) - set(listed))
        asked = [(codebook.label(name, str(value), language), Compare(name, "==", value)) for value in values]
    else:
        codes = variable.code_names() if variable.type == "choice" else (YES, NO)
        asked = [(codebook.label(name, code, language), Is(name, code)) for code in codes if code not in GAPS]
    documented = Is(name, NOT_DOCUMENTED)
    if NOT_DOCUMENTED in variable.code_names() or holds(documented, rows).any():
        asked.append((codebook.label(name, NOT_DOCUMENTED, language), documented))
    if holds(Is(name, BLANK), rows).any():
        asked.append((codebook.frame("total", "blank").label[language], Is(name, BLANK)))
    return [_Answer(label, condition, holds(condition, rows).to_numpy()) for label, condition in asked]


def _counted(one: _Answer, other: _Answer, language: str, within: Within | None) -> Cell:
    parts = tuple(part.condition for part in (one, other) if part.condition != EVERY)
    condition = parts[0] if len(parts) == 1 else AtLeast(len(parts), parts)
    return _told(Count(FILES, condition), int((one.rows & other.rows).sum()), language, within)


def _told(quantity: Quantity, value: int, language: str, within: Within | None) -> Cell:
    """A count with its interval behind it, or the sign of a forced one."""
    if within is None:
        return _plain(value, language)
    low, high = map(int, within(quantity))
    if is_undecided(within, quantity):
        return Cell(f"{number(value, language)} ({number(low, language)}–{number(high, language)})", mark=UNDECIDED)
    if low == high == value:
        return Cell(number(value, language), value, FORCED)
    return Cell(f"{number(value, language)} ({number(low, language)}–{number(high, language)})")


def _plain(value: int, language: str) -> Cell:
    return Cell(number(value, language), value)


def _notes(units, codebook: Codebook, language: str, cells: Iterable[Cell]) -> tuple[str, ...]:
    """What the rows are, and what intervals and signs mean where there are any."""
    cells = list(cells)
    notes = [codebook.status_note(status(units), language)]
    if any(cell.value is None for cell in cells):
        notes.append(codebook.phrase("interval_note", language))
    if any(cell.mark == FORCED for cell in cells):
        notes.append(codebook.phrase("forced_note", language, sign=FORCED))
    if any(cell.mark == UNDECIDED for cell in cells):
        notes.append(codebook.phrase("undecided_note", language, sign=UNDECIDED))
    return tuple(filter(None, notes))
