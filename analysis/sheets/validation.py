"""Finding problems in what was read from a workbook, and saying each in words.

Nothing is said of the content of identifying columns, notes and identity numbers. Each distinct value of a column is
looked at once, however many rows hold it.
"""

import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from analysis import identity
from analysis.language import messages
from analysis.sheets import spelling, spreadsheet
from analysis.sheets.spreadsheet import Sheet, address
from analysis.study.codebook import (
    BLANK,
    LANGUAGES,
    NO,
    NOT_DOCUMENTED,
    RECONSTRUCTED,
    RULES,
    STATUS,
    YES,
    Codebook,
    Variable,
)
from analysis.study.expressions import (
    AtLeast,
    Compare,
    Condition,
    Derived,
    Is,
    Not,
    Same,
    breaks,
    parse_condition,
    variables,
)

NOTICES = frozenset(
    {"sheet_absent", "sheet_hidden", "rows_hidden", "columns_hidden", "rows_struck", "cells_struck", "identity_shape",
     "id_telling"}
)  # fmt: skip
"""Problems that are worth a look and hinder nothing."""

CELLS_NAMED = 20
"""How many cells with the same problem are named; the rest are counted."""

VALUES_NAMED = 40
"""How many different wrong values of a column are named; the cells with further ones are taken together."""

ID_LENGTH = 60
"""Characters that an id may have."""

_SHOWN = 30
_DAYS = range(20_000, 60_000)  # numbers that spreadsheet programs give the days from 1954 to 2064
_TRUTHS = {YES: ("1", "TRUE", "SANT", "X", "J", "Y"), NO: ("0", "FALSE", "FALSKT", "N")}
_UNSAID = (
    "-", "–", "?", "E.D.", "ED", "OKÄNT", "OKÄND", "VET EJ", "VET INTE", "FRAMGÅR EJ", "FRAMGÅR INTE", "UPPGIFT SAKNAS",
    "SAKNAS", "UNKNOWN", "NOT KNOWN", "MISSING",
)  # fmt: skip
_DIGITS_APART = re.compile(r"-?[0-9]{1,3}(?: [0-9]{3})+")
_NAMED = ("sheet_unknown", "column_unknown")  # what has a name; cells have codes
_HEADER_SOUGHT = 10  # rows in which the names of the columns are looked for
_FEW_COLUMNS = 4
_WHOLE = re.compile(r"-?[0-9]+")
_PLAIN_ID = re.compile(rf"(?=.{{1,{ID_LENGTH}}}\Z)[A-Za-z0-9][!-~]*+(?: [!-~]++)*")
_PLAIN_IDS = re.compile(rf"(?:(?:[A-Za-z0-9][!-~]{{0,{ID_LENGTH - 1}}}+)?\n)*+")  # a line each, without spaces
_TELLING_ID = re.compile(  # letters alone, or a year beside another number
    r"[^0-9]*[^\W\d_]{3}[^0-9]*|(?:.*[^0-9])?(?:19|20)[0-9]{2}[^0-9].*[0-9].*|.*[0-9].*[^0-9](?:19|20)[0-9]{2}"
)
_ONE_NUMBER_EACH = re.compile(r"(?:(?:[^0-9\n]*+[0-9]++[^0-9\n]*+)?\n)*+")  # a line each: none of them is telling
_DATE = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060\ufeff\x00-\x08\x0b-\x1f]")
_SPACES = re.compile(r"\s+")
_ODD_SPACES = re.compile("[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")
_ANY_SPACE = re.compile(rf"[\t\n]|{_ODD_SPACES.pattern}")
_DECIMAL_ZERO = re.compile(r"(-?[0-9]+)[.,]0+")
_NUMBER_ID = re.compile(r"(\D*)0*([0-9]+)(?:[.,]0+)?")
_INT64 = 2**63 - 1


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong, in every cell of a sheet where it is wrong in the same way.

    `key` names the sentence in analysis.language.messages. `cells` are the first cells concerned (or areas such as
    B2:B4), `more` how many others there are. `column` is the name of the column; `found` is what stands there, None
    where it must not be shown; `facts` are the other things that the sentence tells, as pairs.
    """

    key: str
    sheet: str
    cells: tuple[str, ...] = ()
    more: int = 0
    column: str = ""
    found: str | None = None
    facts: tuple[tuple[str, object], ...] = ()

    @property
    def is_notice(self) -> bool:
        """Whether it is worth a look but hinders nothing."""
        return self.key in NOTICES

    def text(self, codebook: Codebook, language: str = "en") -> str:
        """The problem as a line: where, what was found, what is allowed, what to do."""
        facts = {"sheet": self.sheet, "column": self.column, "why": "", "nearest": ""} | dict(self.facts)
        is_known = bool(facts["nearest"]) and self.key != "id_text"
        facts["found"] = _shown(self.found or "", is_known, language)
        if "meant" in facts:
            facts["meant"] = _shown(str(facts["meant"]), False, language)
        if facts["why"]:
            is_name = facts["why"] == "label" and self.key in _NAMED
            facts["why"] = messages.text("why_label_of_name" if is_name else f"why_{facts['why']}", language)
        if facts["nearest"] and (is_known or len(str(facts["nearest"])) <= _SHOWN):
            nearest = _shown(str(facts["nearest"]), is_known, language)
            facts["nearest"] = messages.text("nearest", language, nearest=nearest)
        if "allowed" not in facts and self.column in codebook.variables:
            facts["allowed"] = allowed_text(codebook.variable(self.column), codebook, language)
        if "where" in facts:
            facts["where"] = ", ".join(messages.text(f"where_{where}", language) for where in facts["where"])
        if self.key == "column_missing":
            facts["label"] = codebook.variable(self.column).label[language]
        if self.key == "rule":
            facts["label"] = codebook.variable(str(facts["rule"])).label[language]
        cells = ", ".join(self.cells)
        if self.more:
            cells += messages.text("and_more", language, number=self.more)
        place = ", ".join(filter(None, (self.sheet, cells))) + (f" ({self.column})" if self.column else "")
        return f"{identity.masked(place)}: {messages.text(self.key, language, **facts)}"


def allowed_codes(variable: Variable, codebook: Codebook) -> tuple[str, ...]:
    """The codes that may stand in a column, in order; for a count those beside the numbers, none for ids and notes."""
    missing = tuple(codebook.frames["missing"])
    match variable.type:
        case "choice":
            codes = variable.code_names()
            if variable.name == STATUS:  # what a row is, is always known
                return codes
        case "tick":
            codes = tuple(codebook.frames["answer"])
        case "count" | "date":
            return missing
        case _:
            return ()
    return (*codes, *(code for code in missing if code not in codes))


def allowed_text(variable: Variable, codebook: Codebook, language: str) -> str:
    """What may stand in a column, in words."""
    codes = ", ".join(allowed_codes(variable, codebook))
    if variable.type == "count":
        bounds = {"minimum": variable.minimum, "maximum": variable.maximum}
        key = {
            (True, True): "whole_number", (False, True): "whole_number_from",
            (True, False): "whole_number_to", (False, False): "whole_number_between",
        }[variable.minimum is None, variable.maximum is None]  # fmt: skip
        return messages.text(key, language, **bounds) + messages.text("or", language) + codes
    if variable.type == "date":
        return messages.text("any_date", language) + messages.text("or", language) + codes
    return codes or messages.text("own_name", language)


def is_read(variable: Variable) -> bool:
    """Whether the column is read at all: notes and identifying columns are not."""
    return variable.type != "note" and not variable.identifying


def check(
    sheets: Sequence[Sheet], codebook: Codebook, status: str | None = None
) -> tuple[dict[str, pd.DataFrame], list[Problem]]:
    """Everything that is wrong in the sheets, and what is right in them.

    Returns sheet -> frame of texts as categories (index: row in the file; the columns that the sheet has and that are
    read, in codebook order; "" where a cell is blank or has a problem), and the problems, sheet by sheet and column by
    column. A whole number that is written with decimals of zeros is read as what it is. A sheet other than the first
    of the codebook may be missing, and counts as missing while it has no rows; that is a notice.
    With `status`, every row must say that it is of that status; in reconstructed rows an answer that no published
    figure asks for is blank, whatever its variable.

    Raises UserError for a rule of the codebook that cannot be read.
    """
    problems: list[Problem] = []
    frames: dict[str, pd.DataFrame] = {}
    places: dict[str, dict[str, int]] = {}
    names = tuple(codebook.frames["sheet"])
    found = {sheet.name: sheet for sheet in sheets}
    problems += _sheet_problems(found, codebook)
    for name in names:
        if name in found:
            places[name], wrong = _header(found[name], codebook)
            problems += wrong
            frame, wrong = _cells(found[name], places[name], codebook)
            if len(frame):
                frames[name] = frame
                problems += wrong
            elif name == names[0] and places[name]:
                problems.append(Problem("sheet_no_rows", name))
    if status == RECONSTRUCTED:
        problems = [one for one in problems if one.key != "blank" or one.column in _never_blank(codebook)]
    problems += _absent(found, frames, problems, codebook)
    problems += _references(frames, places, codebook)
    problems += _statuses(frames, places, status)
    problems += _telling_ids(frames, places, codebook)
    for rule in codebook.rules():
        if rule.sheet in frames:
            problems += _broken(rule, frames, places, codebook)
    for sheet in sheets:
        problems += _identity_numbers(sheet)
        problems += _hidden(sheet, names)
        problems += _struck(sheet, names)
    order = {name: place for place, name in enumerate(names)}
    return frames, sorted(problems, key=lambda problem: order.get(problem.sheet, -1))


def report(problems: Sequence[Problem], codebook: Codebook, file: str, language: str = "en") -> str:
    """All problems in words, with what to do; a sentence that there are none where there are none."""
    wrong = [problem for problem in problems if not problem.is_notice]
    notices = [problem for problem in problems if problem.is_notice]
    lines = []
    if wrong:
        lines.append(messages.text("report_head", language, file=file, number=len(wrong)))
        lines += [f"- {problem.text(codebook, language)}" for problem in wrong]
        lines.append(messages.text("report_tail", language))
    if notices:
        lines.append(messages.text("report_notices", language, file=file))
        lines += [f"- {problem.text(codebook, language)}" for problem in notices]
    return "\n".join(lines) or messages.text("report_fine", language, file=file)


# What a wrong text could have been meant to be


def _never_blank(codebook: Codebook) -> set[str]:
    """The columns without which a row is of nothing: its id, what it belongs to, and what it is."""
    return {STATUS, *(name for name, variable in codebook.variables.items() if variable.type in ("id", "key", "ref"))}


def _difference(text: str, known: Mapping[str, str], guess: bool = True) -> tuple[str, str]:
    """Why a text is not one of the known ones, and which of them it probably means; "" where unknown.

    `known`: spelling -> right text, where right texts are spellings of themselves and labels are others.
    """
    repaired = _repaired(text)
    for why, candidate in repaired:
        if known.get(candidate) == candidate:
            return why, candidate
    last = repaired[-1][1].casefold()
    folded = {written.casefold(): right for written, right in known.items() if written != right}
    folded |= {right.casefold(): right for right in known.values()}
    if last in folded:
        return ("capitals" if folded[last].casefold() == last else "label"), folded[last]
    near = spelling.nearest(last, folded) if guess else ""
    return "mojibake" if "mojibake" in dict(repaired) else "", near


def _repaired(text: str) -> list[tuple[str, str]]:
    """The text after each step of putting right what is not a matter of spelling, with what was wrong."""
    steps = [("", text)]
    for why, repair in (
        ("invisible", lambda old: _INVISIBLE.sub("", old)),
        ("line_break", lambda old: _SPACES.sub(" ", old).strip() if "\n" in old else old),
        ("odd_space", lambda old: _SPACES.sub(" ", old).strip() if _ODD_SPACES.search(old) else old),
        ("spaces", lambda old: _SPACES.sub(" ", old).strip()),
        ("mojibake", _unspoilt),
        ("unicode", lambda old: unicodedata.normalize("NFC", old)),
    ):
        new = repair(steps[-1][1])
        if new != steps[-1][1]:
            steps.append((why, new))
    return steps


def _unspoilt(text: str) -> str:
    """The text before UTF-8 was taken for a Western European encoding (å became Ã¥), or unchanged."""
    for encoding in ("cp1252", "latin-1"):
        try:
            return text.encode(encoding).decode("utf-8")
        except UnicodeError:
            continue
    return text


def _spellings(codes: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Spelling -> right text; a right text always stands for itself."""
    known = {label: code for code, labels in reversed(codes.items()) for label in labels}
    return known | {code: code for code in codes}


def _shown(text: str, is_near: bool, language: str) -> str:
    """The text as it may appear in a message: no identity number, no control character, no long free text."""
    if identity.find(text):
        return messages.text("masked", language)
    if len(text) > _SHOWN and not is_near:
        return messages.text("long_text", language, length=len(text))
    shown = "".join(char if char.isprintable() else "\ufffd" for char in _ANY_SPACE.sub(" ", text))
    return shown if len(shown) <= 2 * _SHOWN else shown[: 2 * _SHOWN] + "…"


# Sheets and columns


def _sheet_problems(found: Mapping[str, Sheet], codebook: Codebook) -> Iterator[Problem]:
    rows = codebook.frames["sheet"]
    known = _spellings({name: (row.label.en, row.label.sv) for name, row in rows.items()})
    ours = {messages.CODES_SHEET, *(messages.FIRST_SHEET[language] for language in LANGUAGES)}
    meant = set()
    for name, sheet in found.items():
        if name not in rows and name not in ours and sheet.columns:
            why, nearest = _difference(name, known)
            meant.add(nearest)
            facts = (("why", why), ("allowed", ", ".join(rows)), ("nearest", nearest))
            yield Problem("sheet_unknown", name if not identity.find(name) else "?", found=name, facts=facts)
    first = next(iter(rows))
    if first not in found and first not in meant:
        columns = ", ".join(variable.name for variable in codebook.sheet(first) if variable.required)
        yield Problem("sheet_missing", first, facts=(("allowed", columns),))


def _absent(
    found: Mapping[str, Sheet], frames: Mapping[str, pd.DataFrame], problems: Sequence[Problem], codebook: Codebook
) -> Iterator[Problem]:
    """Sheets without which nothing of them is counted; not those that another problem tells of."""
    first, *others = codebook.frames["sheet"]
    told = {problem.sheet for problem in problems} | {dict(problem.facts).get("nearest") for problem in problems}
    for name in others:
        if first in frames and name not in frames and name not in told:
            columns = ", ".join(variable.name for variable in codebook.sheet(name) if variable.required)
            key = "sheet_absent"
            yield Problem(key, name, facts=(("allowed", columns or codebook.sheet(name)[0].name),))


def _header(sheet: Sheet, codebook: Codebook) -> tuple[dict[str, int], list[Problem]]:
    """Column name -> column number of the columns that the codebook knows, in codebook order; and the problems."""
    columns = {variable.name: variable for variable in codebook.sheet(sheet.name)}
    titles = {number: cells.get(1, BLANK) for number, cells in sheet.columns.items()}
    if lower := _lower_header(sheet, columns):
        return {}, [Problem("header_lower", sheet.name, (address(lower, 1),), facts=(("row", lower),))]
    if not any(title.strip() for title in titles.values()):
        if not sheet.columns and sheet.name != next(iter(codebook.frames["sheet"])):
            return {}, []
        names = ", ".join(name for name, variable in columns.items() if variable.required)
        return {}, [Problem("sheet_no_header", sheet.name, facts=(("allowed", names),))]
    problems = []
    found: dict[str, int] = {}
    meant = set()
    known = _spellings({name: (variable.label.en, variable.label.sv) for name, variable in columns.items()})
    for number, title in titles.items():
        cell = (address(1, number),)
        if title in found:
            problems.append(Problem("column_double", sheet.name, cell, found=title))
        elif title in columns:
            found[title] = number
        elif not title.strip():
            below = [address(row, number) for row, text in sheet.columns[number].items() if text.strip()]
            if below:
                more = max(0, len(below) - CELLS_NAMED)
                problems.append(Problem("column_unnamed", sheet.name, tuple(below[:CELLS_NAMED]), more))
        elif title in codebook.variables and codebook.variable(title).type not in RULES:
            row = codebook.variable(title)
            key = "column_elsewhere" if row.sheet != sheet.name else "column_derived"
            problems.append(Problem(key, sheet.name, cell, found=title, facts=(("allowed", row.sheet),)))
        else:
            why, nearest = _difference(title, known)
            meant.add(nearest)
            facts = (("why", why), ("nearest", nearest))
            problems.append(Problem("column_unknown", sheet.name, cell, found=title, facts=facts))
    for name, variable in columns.items():
        if variable.required and name not in found and name not in meant:
            problems.append(Problem("column_missing", sheet.name, column=name))
    return {name: found[name] for name in columns if name in found}, problems


def _lower_header(sheet: Sheet, known: Collection[str]) -> int | None:
    """The row below the first that names most of the columns, where the first names few of them."""
    named = [sum(cells.get(row) in known for cells in sheet.columns.values()) for row in range(1, _HEADER_SOUGHT + 1)]
    most = max(named)
    return named.index(most) + 1 if most > max(2, 2 * named[0]) else None


# Cells


def _cells(sheet: Sheet, places: Mapping[str, int], codebook: Codebook) -> tuple[pd.DataFrame, list[Problem]]:
    """The right cells of the sheet's columns as a frame, and what is wrong with the others."""
    columns = {variable.name: variable for variable in codebook.sheet(sheet.name)}
    filled = np.zeros(spreadsheet.LAST_ROW + 1, dtype=bool)
    for number in places.values():
        if number in sheet.columns:
            cells = sheet.columns[number]
            texts = cells.cat.categories.tolist()
            holds = np.fromiter(map(bool, map(str.strip, texts)), bool, len(texts))
            filled[cells.index if holds.all() else cells.index[holds[cells.cat.codes]]] = True
        filled[[row for row, kind in sheet.odd.get(number, {}).items() if kind == "formula"]] = True
    filled[1] = False
    index = pd.Index(np.flatnonzero(filled))
    few = _nearly_empty(sheet, [number for name, number in places.items() if columns[name].required], index)
    index = index.difference(few)
    places_of_rows = np.full(spreadsheet.LAST_ROW + 1, -1)
    places_of_rows[index] = np.arange(len(index))
    problems = _merged(sheet, places, index)
    if len(few):
        cells = tuple(address(row, 1) for row in few[:CELLS_NAMED])
        problems.append(Problem("row_nearly_empty", sheet.name, cells, max(0, len(few) - CELLS_NAMED)))
    frame = {}
    for name, number in places.items():
        if is_read(columns[name]):
            column = _Column(sheet, columns[name], number, index, places_of_rows)
            frame[name] = column.check(codebook)
            problems += column.problems
    return pd.DataFrame(frame, index=index), problems


def _nearly_empty(sheet: Sheet, required: Sequence[int], rows: pd.Index) -> pd.Index:
    """The rows that hold few of the cells that every row needs, where most rows hold them."""
    if len(required) < _FEW_COLUMNS:
        return rows[:0]
    count = np.zeros(spreadsheet.LAST_ROW + 1, dtype=np.int16)
    for number in required:
        if number in sheet.columns:
            count[sheet.columns[number].index] += 1
        count[[row for row, kind in sheet.odd.get(number, {}).items() if kind == "formula"]] += 1
    for top, left, bottom, right in sheet.merged:  # what a merged area covers is told of as one
        count[top : bottom + 1] += sum(left <= number <= right for number in required)
    few = rows[count[rows] * 4 <= len(required)]
    return few if len(few) * 2 < len(rows) else rows[:0]


def _merged(sheet: Sheet, places: Mapping[str, int], rows: pd.Index) -> list[Problem]:
    last, columns = (rows.max() if len(rows) else 0), set(places.values())
    return [
        Problem("merged", sheet.name, (f"{address(top, left)}:{address(bottom, right)}",))
        for top, left, bottom, right in sheet.merged
        if top <= last and any(left <= column <= right for column in columns)
    ]


class _Column:
    """The check of one column: `right` shrinks and `problems` grow with every step.

    `texts` are the different texts of the column, the last one blank; `which` says for each row which of them it has.
    `places` has for each row of the file its place among the rows that are checked, -1 for none.
    """

    def __init__(self, sheet: Sheet, variable: Variable, number: int, rows: pd.Index, places: np.ndarray):
        cells = sheet.columns.get(number, pd.Series(dtype="category"))
        if any(_whole(text, variable) != text for text in cells.cat.categories):
            meant = [_whole(text, variable) for text in cells.cat.categories]
            same, distinct = pd.factorize(np.array(meant, dtype=object))
            cells = pd.Series(pd.Categorical.from_codes(same[cells.cat.codes], distinct), index=cells.index)
        self.sheet, self.variable, self.number, self.rows = sheet, variable, number, rows
        self.kind = cells.dtype
        self.texts: list[str] = [*cells.cat.categories.tolist(), BLANK]
        self.blank = len(self.texts) - 1
        at = places[cells.index.to_numpy(dtype=int)]
        self.which = np.full(len(rows), self.blank, dtype=np.int32)
        is_checked = at >= 0
        self.which[at[is_checked]] = cells.cat.codes.to_numpy()[is_checked]
        self.right = np.ones(len(rows), dtype=bool)
        self.problems: list[Problem] = []

    def wrong(self, key: str, mask: np.ndarray, found: str | None = None, **facts: object) -> None:
        """Note a problem of the rows in the mask."""
        at = np.flatnonzero(mask)
        if len(at):
            self.right[at] = False
            cells = tuple(address(self.rows[place], self.number) for place in at[:CELLS_NAMED])
            more = max(0, len(at) - CELLS_NAMED)
            name = self.variable.name
            self.problems.append(Problem(key, self.sheet.name, cells, more, name, found, tuple(facts.items())))

    def check(self, codebook: Codebook) -> pd.Series:
        """The right cells of the column; all others are blank."""
        self.check_odd_cells()
        self.check_empty_cells()
        self.check_texts(codebook)
        which = np.where(self.right, self.which, self.blank)
        are_all_there = self.right.all() and (which != self.blank).all()  # then pandas need not look at the texts anew
        texts = {"dtype": self.kind} if are_all_there else {"categories": self.texts}
        clean = pd.Series(pd.Categorical.from_codes(which, **texts), index=self.rows)
        if self.variable.type in ("id", "key"):
            self.check_doubles(which)  # an id that stands twice is a good id all the same: others may point to it
        return clean

    def check_odd_cells(self) -> None:
        """Cells that a spreadsheet program shows otherwise than it stores them."""
        odd = self.sheet.odd.get(self.number, {})
        if not odd:
            return
        kinds = pd.Series(odd, dtype=object).reindex(self.rows).to_numpy()
        self.wrong("formula", kinds == "formula")
        for kind in ("error", "long_number", "struck_part", *(() if self.variable.type == "date" else ("date",))):
            places = list(dict.fromkeys(self.which[kinds == kind]))
            for place in places[:VALUES_NAMED]:
                self.wrong(kind, (kinds == kind) & (self.which == place), self.texts[place])
            self.wrong("code_many", (kinds == kind) & np.isin(self.which, places[VALUES_NAMED:]))

    def check_empty_cells(self) -> None:
        """Cells without a text, where there must be one, and cells that only look empty."""
        empty = [place for place, text in enumerate(map(str.strip, self.texts)) if not text and place != self.blank]
        self.wrong("spaces_only", np.isin(self.which, empty))
        if self.variable.required:
            self.wrong("blank", (self.which == self.blank) & self.right & ~self.merged())

    def merged(self) -> np.ndarray:
        """Which cells a merged area covers; the area is reported as one."""
        inside = np.zeros(len(self.rows), dtype=bool)
        for top, left, bottom, right in self.sheet.merged:
            if left <= self.number <= right:
                inside |= (self.rows >= top) & (self.rows <= bottom)
        return inside

    def check_texts(self, codebook: Codebook) -> None:
        """Each different text once."""
        codes = frozenset(allowed_codes(self.variable, codebook))
        if self.variable.type in ("id", "key", "ref"):
            texts = () if _each_meets(_PLAIN_IDS, self.texts) else self.texts
            unsure = [place for place, text in enumerate(texts) if not _PLAIN_ID.fullmatch(text)]
        else:
            unsure = [place for place, text in enumerate(self.texts) if text not in codes]
        verdicts = ((place, _verdict(self.texts[place], self.variable, codes)) for place in unsure)
        bad = [(place, verdict) for place, verdict in verdicts if verdict]
        known = _known(self.variable, codebook) if bad else {}
        for place, (key, facts) in bad[:VALUES_NAMED]:
            meant = self.meant(self.texts[place], codes)
            if key == "code":
                why, nearest = _difference(self.texts[place], known)
                facts = {"why": why, "nearest": (nearest if why else meant) or nearest or meant}
            elif key in ("number", "no_date") and meant:
                facts = facts | {"nearest": meant}
            self.wrong(key, (self.which == place) & self.right, self.texts[place], **facts)
        self.wrong("code_many", np.isin(self.which, [place for place, _ in bad[VALUES_NAMED:]]) & self.right)

    def meant(self, text: str, codes: Collection[str]) -> str:
        """The code that a word stands for which many write: for true or false in a column of ticks, for what a file
        does not say in any column that has a code for it."""
        words = {**(_TRUTHS if self.variable.type == "tick" else {}), NOT_DOCUMENTED: _UNSAID}
        return next((code for code, others in words.items() if text.strip().upper() in others and code in codes), "")

    def check_doubles(self, which: np.ndarray) -> None:
        """Texts that stand in several rows."""
        double = np.bincount(which, minlength=len(self.texts)) > 1
        double[self.blank] = False
        places = np.flatnonzero(double)
        for place in places[:VALUES_NAMED]:
            self.wrong("id_double", which == place, self.texts[place])
        if len(places) > VALUES_NAMED:
            self.problems.append(_further(self.sheet.name, len(places) - VALUES_NAMED, self.variable.name))


def _whole(text: str, variable: Variable) -> str:
    """A whole number without the decimals that a program gave it (15.0 or 15,0), where the column may hold one."""
    match = _DECIMAL_ZERO.fullmatch(text) if variable.type in ("count", "date", "choice") else None
    return match[1] if match and (variable.type != "choice" or match[1] in variable.code_names()) else text


def _further(sheet: str, number: int, column: str = "") -> Problem:
    return Problem("further", sheet, column=column, facts=(("number", number),))


def _verdict(value: str, variable: Variable, codes: frozenset[str]) -> tuple[str, dict[str, object]] | None:
    """What is wrong with a text in a column of that kind: key and facts; None where it is right or blank."""
    if not value.strip() or value in codes:
        return None
    match variable.type:
        case "count":
            return _number_verdict(value, variable)
        case "date":
            return None if _is_date(value) else ("no_date", {"why": "day"} if _is_day(value) else {})
        case "id" | "key" | "ref":
            if _PLAIN_ID.fullmatch(value):
                return None
            if (repaired := _repaired(value))[1:]:
                why, nearest = repaired[-1]
                return "id_text", {"why": why, "nearest": nearest}
            fits = value[0].isalnum() and len(value) <= ID_LENGTH and value.isprintable()
            return None if fits else ("id_form", {"limit": ID_LENGTH})
    return "code", {}


def _number_verdict(value: str, variable: Variable) -> tuple[str, dict[str, object]] | None:
    if not _WHOLE.fullmatch(value):
        why, repaired = _repaired(value)[-1]
        if _DIGITS_APART.fullmatch(repaired):
            return "number", {"why": "apart"}
        return "number", {"why": why if _WHOLE.fullmatch(repaired) else ""}
    lowest = -_INT64 if variable.minimum is None else variable.minimum
    highest = _INT64 if variable.maximum is None else variable.maximum
    fits = len(value) <= 20 and lowest <= int(value) <= highest
    return None if fits else ("range", {"why": "day"} if _is_day(value) else {})


def _is_day(value: str) -> bool:
    """Whether the text may be the number of a day."""
    return value.isascii() and value.isdigit() and len(value) == 5 and int(value) in _DAYS


def _is_date(value: str) -> bool:
    match = _DATE.fullmatch(value)
    if match is None:
        return False
    try:
        date(*(int(part or 1) for part in match.groups()))
    except ValueError:
        return False
    return True


def _known(variable: Variable, codebook: Codebook) -> dict[str, str]:
    codes = {}
    for code in allowed_codes(variable, codebook):
        codes[code] = [codebook.label(variable.name, code, language) for language in LANGUAGES]
    return _spellings(codes)


# Rows and their ids


def _references(
    frames: Mapping[str, pd.DataFrame], places: Mapping[str, Mapping[str, int]], codebook: Codebook
) -> Iterator[Problem]:
    """Ids that another sheet does not know, and rows of the first sheet that another sheet lacks."""
    first = next(iter(codebook.frames["sheet"]))
    for sheet, frame in frames.items():
        for name, number in places[sheet].items():
            variable = next(row for row in codebook.sheet(sheet) if row.name == name)
            other = {"key": first, "ref": variable.definition}.get(variable.type)
            if other not in frames:
                continue
            target = codebook.sheet(other)[0].name
            if target not in frames[other] or name not in frame:
                continue
            targets, column = frames[other][target], frame[name]
            same = _same_but_for_zeros(column, targets)
            if same:
                cells = column.index[column.isin(same)]
                named, more = tuple(address(row, number) for row in cells[:3]), max(0, len(cells) - 3)
                found, nearest = next(iter(same.items()))
                facts = (("other", other), ("target", target), ("meant", nearest))
                yield Problem("id_zeros", sheet, named, more, name, found, facts)
            yield from _unknown_ids(sheet, column[~column.isin(same)], number, other, targets)
            if variable.type == "key":
                ids = frames[first][target]
                yield from _without_row(first, ids[~ids.isin(same.values())], places[first][target], sheet, column)


def _same_but_for_zeros(column: pd.Series, targets: pd.Series) -> dict[str, str]:
    """Ids that lost zeros or were given decimals (1 for 001, F1 for F01, 1.0 for 1) -> the same in the other sheet.

    Only those that point to one id; ids that the other sheet has are right as they are.
    """
    unknown = set(column[(column != BLANK) & ~_among(column, targets)])
    if not unknown:
        return {}
    meant: dict[str, list[str]] = {}
    for text in filter(None, targets.unique()):
        meant.setdefault(_plain_id(text), []).append(text)
    found = {text: meant.get(_plain_id(text), []) for text in sorted(unknown)}
    return {text: others[0] for text, others in found.items() if len(others) == 1}


def _plain_id(text: str) -> str:
    match = _NUMBER_ID.fullmatch(text)
    return match[1] + match[2] if match else text


def _unknown_ids(sheet: str, column: pd.Series, number: int, other: str, targets: pd.Series) -> Iterator[Problem]:
    unknown = column[(column != BLANK) & ~_among(column, targets)].astype(object)
    known = {text: text for text in targets if text} if len(unknown) else {}
    groups = list(unknown.groupby(unknown, sort=False))
    for value, cells in groups[:VALUES_NAMED]:
        why, nearest = _difference(str(value), known, guess=len(known) <= 10_000)
        facts = (("other", other), ("why", why), ("nearest", nearest), ("column", targets.name))
        named = tuple(address(row, number) for row in cells.index[:CELLS_NAMED])
        yield Problem("id_unknown", sheet, named, max(0, len(cells) - CELLS_NAMED), column.name, str(value), facts)
    if groups[VALUES_NAMED:]:
        yield _further(sheet, len(groups) - VALUES_NAMED, column.name)


def _among(column: pd.Series, others: pd.Series) -> np.ndarray:
    """Which texts of a column stand in another one too; both hold categories."""
    is_used = _is_used(others)
    if column.cat.categories.equals(others.cat.categories):  # as in sheets with the same files in the same order
        return is_used[column.cat.codes]
    there = set(others.cat.categories.to_numpy(dtype=object)[is_used].tolist())
    texts = column.cat.categories.tolist()
    return np.fromiter(map(there.__contains__, texts), bool, len(texts))[column.cat.codes]


def _is_used(column: pd.Series) -> np.ndarray:
    """Which of the categories of a column stand in it: a sheet's texts hold the name of the column too."""
    return np.bincount(column.cat.codes, minlength=len(column.cat.categories)) > 0


def _without_row(first: str, ids: pd.Series, number: int, sheet: str, column: pd.Series) -> Iterator[Problem]:
    lacking = ids[(ids != BLANK) & ~_among(ids, column)]
    for row, value in lacking.iloc[:VALUES_NAMED].items():
        yield Problem("id_without_row", first, (address(row, number),), 0, ids.name, value, (("other", sheet),))
    if len(lacking) > VALUES_NAMED:
        yield _further(first, len(lacking) - VALUES_NAMED, ids.name)


def _statuses(
    frames: Mapping[str, pd.DataFrame], places: Mapping[str, Mapping[str, int]], status: str | None
) -> Iterator[Problem]:
    for sheet, frame in frames.items():
        if STATUS not in frame:
            continue
        coded = frame[STATUS][frame[STATUS] != BLANK]
        kinds = list(coded.astype(object).unique())
        if len(kinds) > 1:
            cells = tuple(address(coded.index[coded == kind][0], places[sheet][STATUS]) for kind in kinds)
            yield Problem("status_mixed", sheet, cells, column=STATUS, found=", ".join(kinds))
        elif status and kinds and kinds[0] != status:
            cell = (address(coded.index[0], places[sheet][STATUS]),)
            yield Problem("status_other", sheet, cell, len(coded) - 1, STATUS, kinds[0], (("allowed", status),))


def _telling_ids(
    frames: Mapping[str, pd.DataFrame], places: Mapping[str, Mapping[str, int]], codebook: Codebook
) -> Iterator[Problem]:
    """Ids of files that look like names or case numbers: outputs for internal use show them."""
    sheet, key = next(iter(codebook.frames["sheet"])), codebook.file_key
    if key in frames.get(sheet, ()):
        ids = frames[sheet][key]
        places_of_texts = np.flatnonzero(_is_used(ids))
        texts = ids.cat.categories.to_numpy(dtype=object)[places_of_texts].tolist()
        if _each_meets(_ONE_NUMBER_EACH, texts):
            return
        telling = [place for place, text in zip(places_of_texts, texts, strict=True) if _TELLING_ID.fullmatch(text)]
        rows = ids.index[np.isin(ids.cat.codes, telling)]
        if len(rows):
            cells = tuple(address(row, places[sheet][key]) for row in rows[:CELLS_NAMED])
            yield Problem("id_telling", sheet, cells, max(0, len(rows) - CELLS_NAMED), key)


def _each_meets(lines: re.Pattern, texts: Sequence[str]) -> bool:
    """Whether the texts, a line each, all meet the pattern: much quicker than to try one after another."""
    joined = "".join([f"{text}\n" for text in texts])
    return joined.count("\n") == len(texts) and lines.fullmatch(joined) is not None


# Rules


def _broken(
    rule: Variable, frames: Mapping[str, pd.DataFrame], places: Mapping[str, Mapping[str, int]], codebook: Codebook
) -> Iterator[Problem]:
    """Rows that surely break a rule; where a blank or undocumented cell leaves it open, nothing is said."""
    condition = parse_condition(rule.definition, codebook)
    names = variables(condition)
    frame = frames[rule.sheet]
    key = codebook.sheet(rule.sheet)[0].name
    columns = {}
    for name in names:
        sheet = codebook.variable(name).sheet
        if sheet == rule.sheet and name in frame:
            columns[name] = frame[name]
        elif sheet in frames and name in frames[sheet] and key in frame and key in frames[sheet]:
            others = frames[sheet].drop_duplicates(key).set_index(key)[name]
            columns[name] = frame[key].astype(object).map(others.astype(object)).fillna(BLANK)
    rows = pd.DataFrame(dict.fromkeys(names, BLANK) | columns, index=frame.index)
    at = frame.index[breaks(condition, rows)]
    for row in at[:VALUES_NAMED]:
        blamed = tuple(dict.fromkeys(_blamed(condition, rows.loc[[row]], held=False)))
        cells = tuple(address(row, places[rule.sheet][name]) for name in blamed if name in places[rule.sheet])
        said = ", ".join(f"{name} = {rows.at[row, name]}" for name in blamed)
        yield Problem("rule", rule.sheet, cells, facts=(("rule", rule.name), ("said", said)))
    if len(at) > VALUES_NAMED:
        yield _further(rule.sheet, len(at) - VALUES_NAMED)


def _blamed(condition: Condition, row: pd.DataFrame, held: bool) -> Iterator[str]:
    """The variables that make a condition surely hold, or surely fail, in a row (a frame of one row)."""
    match condition:
        case Is(variable=name) | Compare(variable=name):
            yield name
        case Same(left=left, right=right):
            yield from (left, right)
        case Not(part=part):
            yield from _blamed(part, row, not held)
        case Derived(condition=part):
            yield from _blamed(part, row, held)
        case AtLeast(parts=parts):
            for part in parts:
                if breaks(Not(part) if held else part, row).iloc[0]:
                    yield from _blamed(part, row, held)


# Everywhere in the file


def _identity_numbers(sheet: Sheet) -> Iterator[Problem]:
    name = sheet.name if not identity.find(sheet.name) else "?"
    for number, texts in sheet.columns.items():
        found = texts.cat.categories.tolist()
        long = np.flatnonzero(np.fromiter(map(len, found), int, len(found)) >= identity.SHORTEST)
        kinds = {place: identity.find(found[place]) for place in long}
        for key, kind in (("identity", "number"), ("identity_shape", "shape")):
            if telling := [place for place, which in kinds.items() if which == kind]:
                rows = texts.index[np.isin(texts.cat.codes, telling)]
                cells = tuple(address(row, number) for row in rows[:CELLS_NAMED])
                yield Problem(key, name, cells, max(0, len(rows) - CELLS_NAMED))
    cells = tuple(cell for cell, text in sheet.comments.items() if identity.find(text))
    if cells:
        yield Problem("identity_comment", name, cells[:CELLS_NAMED], max(0, len(cells) - CELLS_NAMED))
    if name == "?":
        yield Problem("identity", name)


def _hidden(sheet: Sheet, names: Sequence[str]) -> Iterator[Problem]:
    if sheet.name not in names or not sheet.columns:
        return
    if sheet.hidden:
        yield Problem("sheet_hidden", sheet.name)
    filled = set().union(*(set(texts.index) for texts in sheet.columns.values())) if sheet.hidden_rows else set()
    rows = sorted(sheet.hidden_rows & filled)
    if rows:
        shown = ", ".join(map(str, rows[:5])) + (" …" if len(rows) > 5 else "")
        yield Problem("rows_hidden", sheet.name, found=shown, facts=(("number", len(rows)),))
    if sheet.hidden_columns:
        letters = [address(1, column)[:-1] for column in sorted(sheet.hidden_columns)]
        yield Problem("columns_hidden", sheet.name, found=", ".join(letters[:10]) + (" …" if len(letters) > 10 else ""))


def _struck(sheet: Sheet, names: Sequence[str]) -> Iterator[Problem]:
    """Rows and cells that are struck through: many cross out instead of deleting, and every program reads them."""
    if sheet.name not in names or not sheet.struck:
        return
    filled: dict[int, set[int]] = {}
    for column, texts in sheet.columns.items():
        for row in {row for row, _ in sheet.struck} & set(texts.index):
            filled.setdefault(row, set()).add(column)
    rows = sorted(row for row, columns in filled.items() if all((row, column) in sheet.struck for column in columns))
    if rows:
        shown = ", ".join(map(str, rows[:5])) + (" …" if len(rows) > 5 else "")
        yield Problem("rows_struck", sheet.name, found=shown, facts=(("number", len(rows)),))
    if cells := sorted(sheet.struck - {(row, column) for row in rows for column in filled[row]}):
        named = tuple(address(*cell) for cell in cells[:CELLS_NAMED])
        yield Problem("cells_struck", sheet.name, named, max(0, len(cells) - CELLS_NAMED))
