"""Tables for readers: one object that a notebook, a web page, Word, Excel and a terminal can show.

`study_table` makes it from a counted table and the codebook; `StudyTable` itself knows nothing of either and serves
every other table of the report too. Counts stand alone, without percentages: most studies of case files are small.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import jinja2
import pandas as pd

from analysis import paths
from analysis.counts import tables
from analysis.counts.telling import NO_BREAK, Teller, exact, number
from analysis.language import messages
from analysis.language.text import in_sentence
from analysis.sheets.workbook import status
from analysis.study import layout
from analysis.study.claims import DIFFERS, NOT_COMPUTABLE, REPRODUCED
from analysis.study.codebook import NOT_DOCUMENTED, RECONSTRUCTED, Codebook
from analysis.study.expressions import STATISTICS, Summary, measure

if TYPE_CHECKING:
    from analysis.privacy.disclosure import Protection

SIGNS = {REPRODUCED: "=", DIFFERS: "≠", NOT_COMPUTABLE: "?"}
"""Sign of each verdict, so that no verdict is told by colour alone."""

HIDDEN = ".."
"""Stands in a table where a number is hidden, as in official statistics."""

DATE = datetime(1980, 1, 1, tzinfo=UTC)
"""What Word and Excel files say of when they were made: nothing, so that the same content has the same bytes."""

TEMPLATES = paths.PACKAGE / "templates"
"""Folder of the page frame, its style and the text of the report."""


@dataclass(frozen=True)
class Head:
    """Heading of a column: its text, a second line in smaller type, and whether numbers stand below it."""

    text: str
    detail: str = ""
    numeric: bool = True


@dataclass(frozen=True)
class Cell:
    """What one cell shows: its text, the number behind it if there is one, and a remark.

    What is `open` of the number stands behind it, such as (+5?). So does a remark that is one sign; one in words such
    as "≠ 13 printed" stands in a line below it, so that numbers stay in line.
    """

    text: str
    value: int | Decimal | None = None
    mark: str = ""
    open: str = ""

    @property
    def shown(self) -> str:
        """The text with what is open behind it."""
        return NO_BREAK.join(filter(None, (self.text, self.open)))

    @property
    def has_line_below(self) -> bool:
        return len(self.mark) > 1


@dataclass(frozen=True)
class Row:
    """A row. `kind` is `block` (a heading over the rows below it), `item`, `part` (of the item above) or `closing`."""

    label: str
    cells: tuple[Cell | None, ...] = ()
    kind: str = "item"
    note: str = ""


@dataclass(frozen=True)
class StudyTable:
    """A table that shows itself in a notebook and goes into Word, Excel, HTML and plain text.

    `head` begins with the heading of the row labels (which may be empty); each row has one cell fewer than `head`.
    """

    name: str
    number: str
    title: str
    head: tuple[Head, ...]
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()
    language: str = "en"

    @property
    def is_narrow(self) -> bool:
        """Whether there is but one column of numbers; spread over the page it would be hard to read."""
        return len(self.head) == 2 and self.head[1].numeric

    @property
    def has_blocks(self) -> bool:
        return any(row.kind == "block" for row in self.rows)

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict[str, str]:
        return {"text/html": self.to_html(), "text/plain": self.to_text(), "text/latex": self.to_latex()}

    def __str__(self) -> str:
        return self.to_text()

    def to_frame(self) -> pd.DataFrame:
        """One row a row that is not a heading: `block`, `label` and a column of values (or texts) a column."""
        rows, block = [], ""
        for row in self.rows:
            if row.kind == "block":
                block = row.label
                continue
            values = [None if cell is None else cell.shown if cell.value is None else cell.value for cell in row.cells]
            rows.append([block, row.label, *values])
        return pd.DataFrame(rows, columns=["block", "label", *(head.text for head in self.head[1:])], dtype=object)

    def to_html(self, *, caption: str = "{}", has_notes: bool = True, stacks: bool = False) -> str:
        """A `table` element with a caption and scoped headings; its id is the name of the table.

        `caption` is what stands around the text of the caption. Without notes the page has them elsewhere. A table that
        `stacks` can be shown with the cells of a row below each other: each cell has its heading with it, and every
        element its role, which a browser may forget of what is not laid out as a table.
        """
        left, right = ' style="text-align:left"', ' style="text-align:right"'
        narrow, several = " narrow" if self.is_narrow else "", len(self.head)
        number = f"<strong>{_text(self.number)}.</strong> " if self.number else ""

        def role(name: str, span: int = 1) -> str:
            wide = f' aria-colspan="{span}"' if span > 1 else ""
            return f' role="{name}"{wide}' if stacks else ""

        head_group, body = f"<thead{role('rowgroup')}>", f"<tbody{role('rowgroup')}>"
        attributes = f'id="{html.escape(self.name)}" class="study-table{narrow}" lang="{self.language}"'
        lines = [f"<table {attributes}{role('table')}>"]
        lines.append(f"<caption{left}>{caption.format(number + _text(self.title))}</caption>")
        heads = []
        for position, head in enumerate(self.head):
            align = right if head.numeric and position else left
            detail = f"<br><small>{_text(head.detail)}</small>" if head.detail else ""
            named = f'<th scope="col"{role("columnheader")}{align}>{_text(head.text)}{detail}</th>'
            heads.append(named if head.text else f"<td{role('cell')}></td>")
        lines += [head_group, f"<tr{role('row')}>{''.join(heads)}</tr>", "</thead>", body]
        for row in self.rows:
            if row.kind == "block":
                if lines[-1] != body:
                    lines += ["</tbody>", body]
                note = f" <small>{_text(row.note)}</small>" if row.note else ""
                asked = f'scope="rowgroup" colspan="{several}"{role("rowheader", several)}{left}'
                lines.append(f'<tr class="block"{role("row")}><th {asked}>{_text(row.label)}{note}</th></tr>')
                continue
            indent = f";padding-left:{2 if row.kind == 'part' else 1}em" if self.has_blocks else ""
            style = f' style="text-align:left;font-weight:normal{indent}"'
            cells = [f'<th scope="row"{role("rowheader")}{style}>{_text(row.label)}</th>']
            for head, cell in zip(self.head[1:], row.cells, strict=True):
                detail = f" ({head.detail})" if head.detail else ""
                label = f' data-label="{html.escape(head.text + detail)}"' if stacks and head.text else ""
                cells.append(f"<td{role('cell')}{label}{right if head.numeric else left}>{_html_cell(cell)}</td>")
            lines.append(f'<tr class="{row.kind}"{role("row")}>{"".join(cells)}</tr>')
        lines.append("</tbody>")
        if self.notes and has_notes:
            lines += [f'<tfoot><tr><td colspan="{several}"{left}>{self.html_notes()}</td></tr></tfoot>']
        return "\n".join([*lines, "</table>"])

    def html_notes(self) -> str:
        """The notes in smaller type, each on a line."""
        return f"<small>{'<br>'.join(map(_text, self.notes))}</small>"

    def to_text(self) -> str:
        """The table in aligned plain text."""
        indent = {"block": "", "item": "  ", "part": "    ", "closing": "  "} if self.has_blocks else {}
        columns = [
            [row.cells[position] if row.cells else None for row in self.rows] for position in range(len(self.head) - 1)
        ]
        texts = [[indent.get(row.kind, "") + row.label for row in self.rows]]
        texts += [[_plain_cell(cell, column) for cell in column] for column in columns]
        texts = [[head.text, head.detail, *column] for head, column in zip(self.head, texts, strict=True)]
        widths = [max(map(len, column)) for column in texts]
        lines = [f"{self.number}. {self.title}" if self.number else self.title, ""]
        for line in zip(*texts, strict=True):
            parts = [
                text.rjust(width) if head.numeric and position else text.ljust(width)
                for position, (head, text, width) in enumerate(zip(self.head, line, widths, strict=True))
            ]
            lines.append("  ".join(parts).rstrip())
        if not any(head.detail for head in self.head):
            del lines[3]
        return "\n".join([*lines, *([""] if self.notes else []), *self.notes])

    def to_latex(self) -> str:
        """The table as a LaTeX `table` environment without packages."""
        columns = "".join("r" if head.numeric and position else "l" for position, head in enumerate(self.head))
        lines = [r"\begin{table}", rf"\caption{{{_latex(self.title)}}}", rf"\begin{{tabular}}{{{columns}}}", r"\hline"]
        for texts in ([head.text for head in self.head], [head.detail for head in self.head]):
            if any(texts):
                lines.append(" & ".join(map(_latex, texts)) + r" \\")
        lines.append(r"\hline")
        for row in self.rows:
            if row.kind == "block":
                lines.append(rf"\multicolumn{{{len(self.head)}}}{{l}}{{\textbf{{{_latex(row.label)}}}}} \\")
            else:
                texts = [row.label, *(_plain_cell(cell, []) for cell in row.cells)]
                lines.append(" & ".join(map(_latex, texts)) + r" \\")
        lines += [r"\hline", r"\end{tabular}", *(rf"\par {_latex(note)}" for note in self.notes), r"\end{table}"]
        return "\n".join(lines)

    def to_docx(self, document, *, new_page: bool = False) -> None:
        """Append caption, Word table and notes to a python-docx document, on a new page if asked."""
        from analysis.display import word

        word.add_table(document, self, new_page=new_page)

    def to_xlsx(self, workbook, sheet: str) -> None:
        """Append a worksheet of that name to an xlsxwriter workbook: numbers as numbers, remarks in columns beside."""
        worksheet = workbook.add_worksheet(sheet)
        bold = workbook.add_format({"bold": True})
        head_format = workbook.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        formats = {Decimal: workbook.add_format({"num_format": "0." + "0" * tables.DECIMALS}), int: None}
        labels = {
            kind: workbook.add_format({"indent": indent}) for kind, indent in (("item", 1), ("part", 2), ("closing", 1))
        }
        labels["block"] = bold
        worksheet.write_string(0, 0, f"{self.number}. {self.title}", bold)
        worksheet.set_column(0, 0, 48)
        worksheet.write_string(2, 0, self.head[0].text, head_format)
        for line, row in enumerate(self.rows, start=3):
            worksheet.write_string(line, 0, row.label, labels[row.kind])
        column = 1
        for position, head in enumerate(self.head[1:]):
            cells = [row.cells[position] if row.cells else None for row in self.rows]
            worksheet.set_column(column, column, 16 if head.numeric else 48)
            worksheet.write_string(2, column, "\n".join(filter(None, (head.text, head.detail))), head_format)
            for line, cell in enumerate(cells, start=3):
                if cell and cell.value is not None:
                    worksheet.write_number(line, column, cell.value, formats[type(cell.value)])
                elif cell:
                    worksheet.write_string(line, column, cell.text)
            column += 1
            for part in ("open", "mark"):
                beside = [getattr(cell, part, "") for cell in cells]
                if any(beside):
                    worksheet.set_column(column, column, 16)
                    worksheet.write_string(2, column, "", head_format)
                    for line, text in enumerate(beside, start=3):
                        if text:
                            worksheet.write_string(line, column, text)
                    column += 1
        for line, note in enumerate(self.notes, start=len(self.rows) + 4):
            worksheet.write_string(line, 0, note)
        worksheet.freeze_panes(3, 1)
        worksheet.repeat_rows(2)
        worksheet.set_paper(9)
        worksheet.fit_to_pages(1, 0)


def listing(
    name: str, title: str, heads: Sequence[str], rows: Iterable[Sequence[str]], language: str = "en"
) -> StudyTable:
    """A table of texts, such as a list of questions: the first text of a row names it."""
    return StudyTable(
        name=name,
        number="",
        title=title,
        head=tuple(Head(text, numeric=False) for text in heads),
        rows=tuple(Row(first, tuple(Cell(text) for text in others)) for first, *others in rows),
        language=language,
    )


def study_table(
    units: Mapping[str, pd.DataFrame],
    codebook: Codebook,
    table: str,
    language: str = "en",
    *,
    claims: pd.DataFrame | None = None,
    mark_all: bool = False,
    public: Protection | None = None,
    tell: Teller | None = None,
) -> StudyTable:
    """A printed table counted from the coded units (see `tables.compute`), ready to be shown.

    Its headings say out of how many units the counts are. A total, or a number that a definition gives, has behind it
    what missing answers leave open; `tell` says the same of the counts in the notes, and what print leaves open of
    them. With `claims` (the columns of claims.csv) a number that differs from print has the printed one below it, with
    `mark_all` every number the sign of its verdict. Notes say what the rows are, both counts of blocks with several
    answers, what nobody coded, and what signs mean.
    With `public` it is what may be passed on: two points stand in place of a hidden number, rows that tell by standing
    there are left out, and so are the counts of blocks with several answers, as hidden ones could follow from them.
    Raises UserError for a code that the codebook lacks.
    """
    frame = tables.compute(units, codebook, table) if public is None else public.frame(codebook, table)
    tell = tell or Teller(units, codebook, language)
    tell.forget()
    sizes = {unit: len(rows) for unit, rows in units.items()} if public is None else public.sizes
    definition = codebook.frame("table", table)
    number = codebook.phrase("table_number", language, number=str(list(codebook.frames["table"]).index(table) + 1))
    columns = list(dict.fromkeys(frame["column"]))
    verdicts = _verdicts(claims)
    unit_of = {block: _unit(codebook, block) for block in dict.fromkeys(frame["block"])}
    common = next(iter(unit_of.values())) if len(set(unit_of.values())) == 1 else ""
    detail = _of_units(codebook, common, sizes, language) if common else ""
    heads = [Head(codebook.frame("column", column).label[language], detail) for column in columns]
    rows: list[Row] = []
    met: set[str] = set()
    for block, cells in frame.groupby("block", sort=False):
        entry = codebook.frame("block", block)
        notes = [entry.note[language], "" if common else _of_units(codebook, unit_of[block], sizes, language)]
        rows.append(Row(entry.label[language], kind="block", note=" ".join(filter(None, notes))))
        items = dict.fromkeys(cells["item"])
        for item in items:
            found = dict(
                zip(cells.loc[cells["item"] == item, "column"], cells.loc[cells["item"] == item, "value"], strict=True)
            )
            shown = []
            for column in columns:
                if column not in found:
                    shown.append(None)
                    continue
                if public is not None and public.cells[block, item, column] is None:
                    shown.append(Cell(HIDDEN))
                    continue
                claim = verdicts.get((block, item, column))
                cell = _cell(found[column], claim, codebook, language, mark_all)
                shown.append(replace(cell, open=left_open(tell, public, block, item, column)))
                met |= {claim[0]} if claim else set()
            kind = "closing" if item == entry.definition else "part" if item.rpartition(".")[0] in items else "item"
            rows.append(Row(layout.label(codebook, block, item, language), tuple(shown), kind))
    return StudyTable(
        name=table,
        number=number,
        title=definition.label[language],
        head=(Head("", numeric=False), *heads),
        rows=tuple(rows),
        notes=(
            *filter(None, [codebook.status_note(status(units), language, is_public=public is not None)]),
            *_item_notes(frame, codebook, language),
            *(_response_notes(tables.responses(units, codebook, table), tell) if public is None else ()),
            *(_spread_notes(frame, tell) if public is None else ()),
            *_verdict_notes(met if mark_all else met & {DIFFERS}, codebook, language),
            *_gap_notes(tables.not_coded(units, codebook, table), codebook, language),
            *(_public_notes(public, frame, language) if public is not None else ()),
            *tell.notes(),
        ),
        language=language,
    )


def page(title: str, language: str, body: str) -> str:
    """A whole HTML page, self-contained: `body` is HTML, the style is inlined, nothing is loaded."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES), autoescape=True, keep_trailing_newline=True
    )
    style = (TEMPLATES / "style.css").read_text(encoding="utf-8")
    return environment.get_template("page.html").render(title=title, language=language, style=style, body=body)


def write_html(table: StudyTable, path: Path) -> None:
    """Write the table as a page of its own, whose heading is the caption."""
    shown = table.to_html(caption="<h1>{}</h1>")
    body = (
        f'<main id="content"><div class="scroll" tabindex="0" role="region" aria-label="{html.escape(table.number)}">'
    )
    text = page(f"{table.number}. {table.title}", table.language, f"{body}\n{shown}\n</div></main>")
    path.write_text(text, encoding="utf-8", newline="\n")


def write_docx(shown: Sequence[StudyTable], path: Path, title: str, language: str) -> None:
    """Write the tables as one Word document with that title."""
    from analysis.display import word

    document = word.new(title, language)
    document.add_heading(title, level=0)
    for position, table in enumerate(shown):
        table.to_docx(document, new_page=position > 0)
    word.save(document, path)


def write_xlsx(shown: Sequence[StudyTable], path: Path, title: str, about: Sequence[tuple[str, str]]) -> None:
    """Write the tables as one workbook: a sheet `about` with the pairs of `about`, then a sheet a table."""
    import xlsxwriter

    options = {"strings_to_formulas": False, "strings_to_urls": False, "in_memory": True}
    with xlsxwriter.Workbook(path, options) as workbook:
        workbook.set_properties({"title": title, "created": DATE.replace(tzinfo=None)})
        bold, wrap = workbook.add_format({"bold": True, "valign": "top"}), workbook.add_format({"text_wrap": True})
        worksheet = workbook.add_worksheet("about")
        worksheet.set_column(0, 0, 24, bold)
        worksheet.set_column(1, 1, 90, wrap)
        worksheet.write_string(0, 0, title, bold)
        for line, (name, text) in enumerate(about, start=2):
            worksheet.write_string(line, 0, name, bold)
            worksheet.write_string(line, 1, text, wrap)
        for table in shown:
            table.to_xlsx(workbook, table.name)


def _verdicts(claims: pd.DataFrame | None) -> dict[tuple[str, str, str], tuple[str, str]]:
    """Cell -> verdict and printed string. Where print states a cell twice, the table stands first in the file."""
    found: dict[tuple[str, str, str], tuple[str, str]] = {}
    if claims is not None:
        for claim in claims[claims["block"].fillna("") != ""].itertuples():
            found.setdefault((claim.block, claim.item, claim.column), (claim.verdict, claim.published))
    return found


def _cell(value, claim: tuple[str, str] | None, codebook: Codebook, language: str, mark_all: bool) -> Cell:
    mark = ""
    if claim is not None:
        verdict, published = claim
        if verdict == DIFFERS:
            mark = f"{SIGNS[verdict]}{NO_BREAK}{codebook.phrase('printed', language, value=published)}"
        elif mark_all:
            mark = SIGNS[verdict]
    return Cell(number(value, language), value, mark)


def _unit(codebook: Codebook, block: str) -> str:
    return codebook.unit(codebook.members(block)[0].sheet)


def _of_units(codebook: Codebook, unit: str, sizes: Mapping[str, int], language: str) -> str:
    size = number(sizes[unit], language) if sizes[unit] is not None else HIDDEN
    return codebook.phrase("of_units", language, number=size, units=codebook.unit_name(unit, language))


def _public_notes(public: Protection, frame: pd.DataFrame, language: str) -> Iterable[str]:
    """What hidden and rounded numbers are; that rows can be missing is said whether any is."""
    if frame["value"].isna().any():
        yield messages.text("hidden_note", language)
    yield messages.text("hidden_rows", language)
    if public.rules.base > 1:
        yield messages.text("rounded_note", language, base=public.rules.base)


def _item_notes(frame: pd.DataFrame, codebook: Codebook, language: str) -> Iterable[str]:
    items = {item.rpartition(".")[2] for item in frame["item"]}
    for kind, name in (("missing", NOT_DOCUMENTED), ("total", layout.BLANK_ITEM)):
        if name in items:
            entry = codebook.frame(kind, name)
            yield f"{entry.label[language]}: {entry.note[language]}"


def left_open(tell: Teller, public: Protection | None, block: str, item: str, column: str) -> str:
    """What is open of a cell; nothing of the answers to one question, whose missing ones have rows of their own."""
    if not layout.is_reckoned(tell.codebook, block, item):
        return ""
    quantity = layout.quantity(tell.codebook, block, item, column)
    if public is not None:
        shown = public.cells[block, item, column]
        return tell.public_gap(quantity, None if shown.is_unknown_hidden else shown.unknown or 0, public.sizes)
    found = measure(quantity, tell.units)
    return tell.gap(quantity, found) if found.is_open else ""


def _spread_notes(frame: pd.DataFrame, tell: Teller) -> Iterable[str]:
    """Median and range beside each mean of a study's own rows."""
    if status(tell.units) == RECONSTRUCTED:
        return
    for block, item, column in frame[["block", "item", "column"]].itertuples(index=False):
        quantity = layout.quantity(tell.codebook, block, item, column)
        if isinstance(quantity, Summary) and quantity.statistic == "mean":
            found = {name: measure(replace(quantity, statistic=name), tell.units) for name in STATISTICS}
            if found["mean"].value is not None:
                said = {name: exact(one.value, tell.language) for name, one in found.items()}
                covered = len(tell.units[quantity.unit]) - found["mean"].unknown
                yield tell.codebook.phrase(
                    "spread", tell.language, label=tell.codebook.variable(quantity.variable).label[tell.language],
                    mean=said["mean"], median=said["median"], low=said["minimum"], high=said["maximum"],
                    covered=tell.covered(covered, quantity.unit),
                )  # fmt: skip


def _response_notes(responses: pd.DataFrame, tell: Teller) -> Iterable[str]:
    codebook, language = tell.codebook, tell.language
    for block in responses.itertuples():
        name = codebook.frame("block", block.block).label[language]
        if (responses["block"] == block.block).sum() > 1:
            name += f", {in_sentence(codebook.frame('column', block.column).label[language])}"
        asked = tables.response_counts(codebook, block.block, block.column)
        counts = {key: tell.of(quantity) for key, quantity in asked.items()}
        printed = codebook.phrase(f"printed_{block.printed}", language)
        yield codebook.phrase("responses", language, block=name, printed=printed, **counts)


def _verdict_notes(verdicts: set[str], codebook: Codebook, language: str) -> Iterable[str]:
    for code in codebook.frame("scale", "verdict").codes:
        if code.code in verdicts:
            yield f"{SIGNS[code.code]} {code.label[language]}: {code.note[language]}"


def _gap_notes(names: Sequence[str], codebook: Codebook, language: str) -> Iterable[str]:
    if names:
        labels = (codebook.variable(name).label[language] for name in names)
        yield codebook.phrase("left_blank", language, names="; ".join(labels))


def _text(text: str) -> str:
    return html.escape(text, quote=False)


def _html_cell(cell: Cell | None) -> str:
    if cell is None:
        return ""
    if not cell.mark:
        return _text(cell.shown)
    return f"{_text(cell.shown)}{'<br>' if cell.has_line_below else ' '}<strong>{_text(cell.mark)}</strong>"


def _plain_cell(cell: Cell | None, column: list[Cell | None]) -> str:
    """Text and remark; room is left for remarks of other cells of the column, so that numbers stay in line."""
    if cell is None:
        return ""
    room = max((len(other.mark) + 1 for other in column if other and other.mark), default=0)
    return cell.shown + (f" {cell.mark}" if cell.mark else "").ljust(room)


_LATEX = {"\\": r"\textbackslash{}", "≠": r"$\neq$", "–": "--", NO_BREAK: "~"} | {
    sign: rf"\{sign}" for sign in "&%$#_{}"
}


def _latex(text: str) -> str:
    return "".join(_LATEX.get(sign, sign) for sign in text)
