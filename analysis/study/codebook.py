"""The codebook: every variable and code, their labels in both languages, and where they stand in the printed tables.

The codebook is the only home of labels, codes and orders. Its rows are of two kinds: rows without a `code` define
something (its `type` says what), rows with a `code` list the codes of a variable or scale, in order.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from keyword import iskeyword
from pathlib import Path

from analysis.errors import UserError
from analysis.language import messages, textfiles
from analysis.language.text import LANGUAGES as LANGUAGES
from analysis.language.text import Text, in_sentence, of_one
from analysis.language.textfiles import Line

COLUMNS = (
    "variable", "code", "sheet", "type", "required", "identifying", "minimum", "maximum", "table", "block", "item",
    "column", "definition", "label_en", "label_sv", "note_en", "note_sv", "external_code",
)  # fmt: skip
"""Columns of codebook.csv, in order."""

CODED = ("id", "key", "ref", "choice", "tick", "count", "date", "note")
"""Types of a variable that is a column of a sheet."""

RULES = ("rule", "reading")
"""Types of a condition that every row must meet: what cannot be otherwise, and how we read a note of an article."""

DEFINED = ("derived", *RULES, "quantity")
"""Types of a variable that an expression defines: a condition on a row, one every row must meet, a number."""

PLACED = ("choice", "tick", "count", "derived", "quantity")
"""Types of a variable that can stand in a block of a table."""

FRAME = (
    "table", "block", "column", "sheet", "total", "answer", "missing", "scale", "axis", "indicator", "criterion",
    "measure", "question", "phrase",
)  # fmt: skip
"""Types of what frames the variables: tables and their parts, sheets, answers, scales, axes of the figures, phrases."""

YES, NO, NOT_DOCUMENTED, BLANK = "yes", "no", "nd", ""
"""Codes that every tick variable has. Blank means that nobody coded the cell; it is allowed in optional variables."""

STATUS = "row_status"
"""Name of the variable that says what the rows of a study are."""

ORIGINAL = "original"
"""What rows are that were coded from case files."""

RECONSTRUCTED = "reconstructed"
"""What rows are that were made from the printed figures alone."""

ORGANISATIONS = "organisations"
"""Definition of a sheet whose rows are not about persons."""

_FEW = 10  # names that a message lists


@dataclass(frozen=True)
class Code:
    """One code of a variable or scale, with its label; `block` groups codes of a scale under codes of another."""

    code: str
    label: Text
    note: Text
    block: str = ""


@dataclass(frozen=True)
class Variable:
    """A row of the codebook that defines something, with the codes that follow it.

    `minimum` and `maximum` bound a count; `definition` is the expression of a derived variable, rule or quantity, the
    sheet that a ref points to, or the row (`base` or `total`) that closes a block. `file` and `row` say where it was
    read.
    """

    name: str
    type: str
    sheet: str
    required: bool
    identifying: bool
    minimum: int | None
    maximum: int | None
    table: str
    block: str
    item: str
    column: str
    definition: str
    label: Text
    note: Text
    codes: tuple[Code, ...] = field(default=())
    file: str = field(default="", compare=False)
    row: int = field(default=0, compare=False)

    def code_names(self) -> tuple[str, ...]:
        """Codes of the variable in order."""
        return tuple(code.code for code in self.codes)


@dataclass(frozen=True)
class Codebook:
    """The whole codebook. Look things up with `variable` and `frame`; both keep the codebook's order."""

    rows: tuple[Variable, ...]

    @cached_property
    def variables(self) -> dict[str, Variable]:
        """Coded and defined variables by name, in order. `file_id` and its likes stand once, as the id."""
        found: dict[str, Variable] = {}
        for row in self.rows:
            if row.type in CODED + DEFINED and row.type != "key":
                found[row.name] = row
        return found

    @cached_property
    def frames(self) -> dict[str, dict[str, Variable]]:
        """What frames the variables: type -> name -> row, each in order."""
        found: dict[str, dict[str, Variable]] = {kind: {} for kind in FRAME}
        for row in self.rows:
            if row.type in FRAME:
                found[row.type][row.name] = row
        return found

    def variable(self, name: str) -> Variable:
        """The variable of that name. Raises KeyError."""
        return self.variables[name]

    def frame(self, kind: str, name: str) -> Variable:
        """The table, block, column, sheet, scale … of that name. Raises KeyError."""
        return self.frames[kind][name]

    def sheet(self, name: str) -> tuple[Variable, ...]:
        """The columns of a sheet in order: its coded variables, ids and keys among them.

        What the rows are stands on every sheet, so that none is taken for real rows where it is passed on alone. On
        sheets other than its own it follows the id, may be left blank, and keeps its own sheet as `sheet`.
        """
        return self._sheets.get(name, ())

    @cached_property
    def _sheets(self) -> dict[str, tuple[Variable, ...]]:
        found: dict[str, tuple[Variable, ...]] = {}
        for row in self.rows:
            if row.type in CODED:
                found[row.sheet] = (*found.get(row.sheet, ()), row)
        if STATUS in self.variables:
            status = replace(self.variables[STATUS], required=False)
            for sheet, (first, *others) in found.items():
                if sheet != status.sheet:
                    found[sheet] = (first, status, *others)
        return found

    def rules(self) -> tuple[Variable, ...]:
        """Rules that every row of their sheet must meet, those among them that are readings included."""
        return tuple(row for row in self.rows if row.type in RULES)

    def readings(self) -> tuple[Variable, ...]:
        """The rules that are readings of what an article says."""
        return tuple(row for row in self.rows if row.type == "reading")

    def without(self, rule: str) -> Codebook:
        """The codebook without that rule."""
        return Codebook(tuple(row for row in self.rows if row.type not in RULES or row.name != rule))

    def blocks(self, table: str) -> tuple[Variable, ...]:
        """The blocks of a printed table in order."""
        return tuple(row for row in self.frames["block"].values() if row.table == table)

    def members(self, block: str) -> tuple[Variable, ...]:
        """The variables that stand in a block, in order."""
        return tuple(row for row in self.variables.values() if row.block == block and row.type in CODED + DEFINED)

    def unit(self, sheet: str) -> str:
        """What a row of the sheet is: `files` for the sheets keyed by the file, else the sheet's own name."""
        first = self.sheet(sheet)[0]
        return "files" if first.name == self.file_key else sheet

    def is_of_persons(self, unit: str) -> bool:
        """Whether rows of the unit are, or stand for, persons: unless its sheet is defined as `organisations`."""
        return unit not in self.frames["sheet"] or self.frame("sheet", unit).definition != ORGANISATIONS

    @cached_property
    def file_key(self) -> str:
        """Name of the id column of the first sheet: the key that the sheets about files share."""
        first = next(iter(self.frames["sheet"]))
        return self.sheet(first)[0].name

    def unit_name(self, unit: str, language: str) -> str:
        """What the rows of a unit are called, in the middle of a sentence."""
        for total in self.frames["total"].values():
            if total.definition == unit:
                return in_sentence(total.label[language])
        return in_sentence(self.frames["sheet"][unit].label[language])

    def label(self, variable: str, code: str, language: str) -> str:
        """The label of a code of a variable; common answers (yes, no, nd) need no entry of their own."""
        for entry in self.variables[variable].codes:
            if entry.code == code:
                return entry.label[language]
        for kind in ("answer", "missing"):
            if code in self.frames[kind]:
                return self.frames[kind][code].label[language]
        return code

    def phrase(self, name: str, language: str, **values: str) -> str:
        """A phrase that tables, figures and report share, with its values put in. Raises KeyError."""
        return of_one(self.frames["phrase"][name].label[language].format(**values), language)

    def status_note(self, status: str, language: str, *, is_public: bool = False) -> str:
        """The sentence that every output made from rows of this status carries.

        Of original rows it says that the output is internal; what may be passed on (`is_public`) has none.
        """
        if is_public and status == ORIGINAL:
            return ""
        codes = self.variables[STATUS].codes if STATUS in self.variables else ()
        return next((code.note[language] for code in codes if code.code == status), "")


def read(*paths: Path, language: str = "en") -> Codebook:
    """Read one codebook, or a common one followed by a study's own, as csv of any spreadsheet program.

    What its definitions say is not looked at here, see `definitions`.
    Raises UserError that names the file, the row and every problem found in it, in the language.
    """
    codebook, problems = collect(*paths, language=language)
    if problems:
        raise UserError(listed(problems, language))
    return codebook


def collect(*paths: Path, language: str = "en") -> tuple[Codebook, list[str]]:
    """What can be read of the codebooks, and every problem in words.

    A row with a problem is left out, or kept without what is wrong in it, so that the rest can be looked at.
    Raises UserError for a file that cannot be read at all.
    """
    rows: list[Variable] = []
    problems: list[str] = []
    for path in paths:
        lines = textfiles.table(path, COLUMNS, COLUMNS, language, is_known=lambda _: True)
        rows += _Rows(path.name, language, problems).read(lines)
    return Codebook(_Rows("", language, problems).checked(rows)), problems


def listed(problems: Iterable[str], language: str) -> str:
    """The problems of a codebook as one text."""
    return "\n".join([messages.text("book_head", language), *(f"- {problem}" for problem in problems)])


class _Rows:
    """Reads the rows of a file and notes what is wrong in them."""

    def __init__(self, file: str, language: str, problems: list[str]):
        self.file, self.language, self.problems = file, language, problems

    def say(self, key: str, row: int | Variable, **facts: object) -> None:
        """Note a problem of a row, given by its number or as what was read of it."""
        file, number = (row.file, row.row) if isinstance(row, Variable) else (self.file, row)
        self.problems.append(messages.text(key, self.language, file=file, row=number, **facts))

    def read(self, lines: Iterable[Line]) -> list[Variable]:
        """The rows as they stand; a row of an unknown type as a note, of which nothing is read."""
        rows: list[Variable] = []
        known = CODED + DEFINED + FRAME
        for written in lines:
            number, line = written.number, written.cells
            if written.is_long:
                self.say("book_long", number)
            label, note = (
                Text(line[f"{part}_en"] or line[f"{part}_sv"], line[f"{part}_sv"] or line[f"{part}_en"])
                for part in ("label", "note")
            )
            if not label.en:
                self.say("book_label", number, name=line["code"] or line["variable"])
            if line["code"]:
                if not rows or rows[-1].name != line["variable"]:
                    self.say("book_code_lonely", number, code=line["code"])
                elif line["code"] in rows[-1].code_names():
                    self.say("book_code_double", number, code=line["code"])
                else:
                    code = Code(line["code"], label, note, line["block"])
                    rows[-1] = replace(rows[-1], codes=(*rows[-1].codes, code))
                continue
            kind = line["type"]
            if kind not in known:
                nearest = messages.nearest(kind, known, self.language)
                self.say("book_type", number, type=kind, known=", ".join(sorted(known)), nearest=nearest)
            for flag in ("required", "identifying"):
                if line[flag] not in (YES, BLANK):
                    self.say("book_flag", number, column=flag, found=line[flag])
            rows.append(
                Variable(
                    name=line["variable"],
                    type=kind if kind in known else "note",
                    sheet=line["sheet"],
                    required=line["required"] == YES,
                    identifying=line["identifying"] == YES,
                    minimum=self.bound(number, line, "minimum"),
                    maximum=self.bound(number, line, "maximum"),
                    table=line["table"],
                    block=line["block"],
                    item=line["item"],
                    column=line["column"],
                    definition=line["definition"],
                    label=label,
                    note=note,
                    file=self.file,
                    row=number,
                )
            )
        return rows

    def bound(self, number: int, line: Mapping[str, str], name: str) -> int | None:
        """The number in a column of bounds."""
        try:
            return int(line[name]) if line[name] else None
        except ValueError:
            self.say("book_bound", number, column=name)
            return None

    def checked(self, rows: Iterable[Variable]) -> tuple[Variable, ...]:
        """The rows that do not contradict others; one that stands where it cannot is kept without its place."""
        first: dict[tuple[str, ...], Variable] = {}
        for row in rows:
            family = row.type if row.type in (*FRAME, "key") else ""
            key = (family, row.name, row.sheet if family == "key" else "")
            if key in first:
                other = first[key]
                self.say("book_name_double", row, name=row.name, other=other.file, where=other.row)
            else:
                first[key] = row
        kept = Codebook(tuple(first.values()))
        placed: dict[tuple[str, ...], Variable] = {}
        return tuple(self.placed(row, kept, placed) for row in kept.rows if self.is_whole(row, kept))

    def is_whole(self, row: Variable, codebook: Codebook) -> bool:
        """Whether a row can be used; what is wrong in it is noted, and hinders only where nothing can be made of it."""
        if row.type in FRAME:
            if row.type == "block":
                self.known("table", row.table, row, codebook)
                if row.definition:
                    self.known("total", row.definition, row, codebook, column="definition")
            if row.type == "sheet" and [one.type for one in codebook.sheet(row.name)[:1]] not in (["id"], ["key"]):
                self.say("book_sheet_id", row, name=row.name)
                return False
            return True
        if not row.name.isidentifier() or iskeyword(row.name):
            self.say("book_name", row, name=row.name)
            return False
        if not self.known("sheet", row.sheet, row, codebook):
            return False
        if row.type == "ref":
            self.known("sheet", row.definition, row, codebook, column="definition")
        if row.type == "choice" and not row.codes:
            self.say("book_no_codes", row, name=row.name)
        if row.type == "count":
            for code in row.code_names():
                if not (code.isascii() and code.isdigit()) and code not in codebook.frames["missing"]:
                    self.say("book_count_code", row, name=row.name, code=code)
        elif row.minimum is not None or row.maximum is not None:
            self.say("book_bounds_type", row, name=row.name)
        if row.minimum is not None and row.maximum is not None and row.minimum > row.maximum:
            self.say("book_bounds", row, minimum=row.minimum, maximum=row.maximum)
        return True

    def known(self, kind: str, name: str, row: Variable, codebook: Codebook, column: str = "") -> bool:
        """Whether there is a frame of that kind and name; noted if not."""
        names = codebook.frames[kind]
        if name not in names:
            defined = messages.text("book_defined", self.language, names=", ".join(names))
            facts = {"column": column or kind, "found": name, "defined": defined if len(names) <= _FEW else ""}
            self.say("book_unknown", row, **facts, nearest=messages.nearest(name, names, self.language))
        return name in names

    def placed(self, row: Variable, codebook: Codebook, taken: dict[tuple[str, ...], Variable]) -> Variable:
        """The row, without a place in the tables where it has one that cannot be."""
        if row.type in FRAME:
            return row
        if not row.block:
            if row.table or row.column:
                self.say("book_no_place", row, name=row.name)
            return row
        is_fine = self.known("block", row.block, row, codebook)
        is_fine &= not row.column or self.known("column", row.column, row, codebook)
        if row.type not in PLACED:
            self.say("book_not_tabulated", row, type=row.type, allowed=", ".join(PLACED))
            is_fine = False
        elif row.type in ("tick", "derived", "quantity"):
            place = (row.block, row.item, row.column)
            if not row.item:
                self.say("book_no_item", row, name=row.name)
                is_fine = False
            elif place in taken:
                self.say("book_place_double", row, name=row.name, other=taken[place].name)
                is_fine = False
            taken.setdefault(place, row)
        return row if is_fine else replace(row, block="", item="", column="")
