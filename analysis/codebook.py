"""The codebook: every variable and code, their labels in both languages, and where they stand in the printed tables.

The codebook is the only home of labels, codes and orders. Its rows are of two kinds: rows without a `code` define
something (its `type` says what), rows with a `code` list the codes of a variable or scale, in order.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from analysis import messages
from analysis.errors import UserError
from analysis.text import LANGUAGES as LANGUAGES
from analysis.text import Text

COLUMNS = (
    "variable", "code", "sheet", "type", "required", "identifying", "minimum", "maximum", "table", "block", "item",
    "column", "definition", "label_en", "label_sv", "note_en", "note_sv", "external_code",
)  # fmt: skip
"""Columns of codebook.csv, in order."""

CODED = ("id", "key", "ref", "choice", "tick", "count", "date", "note")
"""Types of a variable that is a column of a sheet."""

DEFINED = ("derived", "rule", "quantity")
"""Types of a variable that an expression defines: a condition on a row, one every row must meet, a number."""

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
    sheet that a ref points to, or the row (`base` or `total`) that closes a block.
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
        """Rules that every row of their sheet must meet."""
        return tuple(row for row in self.rows if row.type == "rule")

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

    @cached_property
    def file_key(self) -> str:
        """Name of the id column of the first sheet: the key that the sheets about files share."""
        first = next(iter(self.frames["sheet"]))
        return self.sheet(first)[0].name

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
        return self.frames["phrase"][name].label[language].format(**values)

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

    Raises UserError that names the file, the row and every problem found in it, in the language.
    """
    rows: list[Variable] = []
    problems: list[str] = []
    for path in paths:
        try:
            text = _text(path.read_bytes())
            head = text.partition("\n")[0]
            mark = max(",;\t", key=head.count)
            reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=mark)
            lines = list(reader)
        except FileNotFoundError:
            where = messages.folder(path)
            raise UserError(messages.text("book_missing", language, file=path.name, folder=where)) from None
        except (OSError, UnicodeDecodeError, csv.Error):
            raise UserError(messages.text("book_unreadable", language, file=path.name)) from None
        missing = [column for column in COLUMNS if column not in (reader.fieldnames or ())]
        if missing:
            raise UserError(messages.text("book_columns", language, file=path.name, columns=", ".join(missing)))
        _read_rows(lines, path.name, rows, problems, language)
    _check_names(rows, problems, language)
    if problems:
        raise UserError("\n".join([messages.text("book_head", language), *(f"- {problem}" for problem in problems)]))
    return Codebook(tuple(rows))


def _text(content: bytes) -> str:
    """The text of a file in UTF-8 or, as Swedish spreadsheet programs save it, Windows-1252."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252")


def _read_rows(
    lines: list[dict[str, str]], file: str, rows: list[Variable], problems: list[str], language: str
) -> None:
    known = set(CODED + DEFINED + FRAME)

    def say(key: str, row: int, **facts: object) -> None:
        problems.append(messages.text(key, language, file=file, row=row, **facts))

    for number, line in enumerate(lines, start=2):
        line = {column: (line.get(column) or "").strip() for column in COLUMNS}
        label = Text(line["label_en"], line["label_sv"] or line["label_en"])
        note = Text(line["note_en"], line["note_sv"] or line["note_en"])
        if line["code"]:
            if not rows or rows[-1].name != line["variable"]:
                say("book_code_lonely", number, code=line["code"])
                continue
            owner = rows.pop()
            if line["code"] in owner.code_names():
                say("book_code_double", number, code=line["code"])
            rows.append(_with_code(owner, Code(line["code"], label, note, line["block"])))
            continue
        if line["type"] not in known:
            say("book_type", number, type=line["type"], known=", ".join(sorted(known)))
            continue
        for flag in ("required", "identifying"):
            if line[flag] not in (YES, BLANK):
                say("book_flag", number, column=flag, found=line[flag])
        bounds = {}
        for bound in ("minimum", "maximum"):
            try:
                bounds[bound] = int(line[bound]) if line[bound] else None
            except ValueError:
                say("book_bound", number, column=bound)
                bounds[bound] = None
        rows.append(
            Variable(
                name=line["variable"],
                type=line["type"],
                sheet=line["sheet"],
                required=line["required"] == YES,
                identifying=line["identifying"] == YES,
                table=line["table"],
                block=line["block"],
                item=line["item"],
                column=line["column"],
                definition=line["definition"],
                label=label,
                note=note,
                **bounds,
            )
        )


def _with_code(owner: Variable, code: Code) -> Variable:
    values = {name: getattr(owner, name) for name in owner.__dataclass_fields__}
    return Variable(**values | {"codes": (*owner.codes, code)})


def _check_names(rows: list[Variable], problems: list[str], language: str) -> None:
    seen: set[tuple[str, str]] = set()
    blocks = {row.name for row in rows if row.type == "block"}
    sheets = {row.name for row in rows if row.type == "sheet"}
    for row in rows:
        family = row.type if row.type in (*FRAME, "key") else "variable"
        key = (family, row.name, row.sheet if family == "key" else "")
        if key in seen:
            problems.append(messages.text("book_name_double", language, name=row.name, family=family))
        seen.add(key)
        if row.type not in FRAME and row.block and row.block not in blocks:
            problems.append(messages.text("book_no_block", language, name=row.name, block=row.block))
        if row.type in CODED + DEFINED and row.sheet not in sheets:
            problems.append(messages.text("book_no_sheet", language, name=row.name, sheet=row.sheet))
