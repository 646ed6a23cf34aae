"""The workbook as a coder meets it: a sheet that explains, sheets with drop-downs and comments, a sheet of codes.

Everything in it but the paragraphs of the first sheet comes from the codebook.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

import pandas as pd
import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from analysis.language import messages
from analysis.sheets import validation
from analysis.sheets.spreadsheet import LAST_ROW, address
from analysis.study.codebook import BLANK, LANGUAGES, Codebook, Variable

_CREATED = datetime(2018, 1, 1)  # a workbook says when it was made; a fixed moment makes the same bytes every time
_COLUMN_FILLS = ("#FFFFFF", "#DCE9F5", "#FBE5C8")  # headers: other columns, then each column of the printed tables
_NARROWEST = 12
_FIRST_WIDTHS = (30, 95)
_PER_LINE = 125  # characters of the first sheet's texts that fit on a line


def write(
    path: Path,
    tables: Mapping[str, pd.DataFrame],
    codebook: Codebook,
    status: str,
    language: str,
    guarantees: Sequence[tuple[str, str]],
) -> None:
    """Write a table a sheet as a workbook; `workbook.write` says what it holds. Raises what xlsxwriter raises."""
    _Writer(path, codebook, status, language).write(tables, guarantees)


class _Writer:
    """Writes one workbook."""

    def __init__(self, path: Path, codebook: Codebook, status: str, language: str):
        options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
        self.book = xlsxwriter.Workbook(str(path), options)
        self.codebook, self.status, self.language = codebook, status, language
        self.formats: dict[tuple, Format] = {}

    def write(self, tables: Mapping[str, pd.DataFrame], guarantees: Sequence[tuple[str, str]]) -> None:
        title = messages.text(f"title_{self.status}", self.language)
        self.book.set_properties({"title": title, "created": _CREATED})
        self.first_sheet(title, guarantees)
        sheets = list(self.codebook.frames["sheet"])
        for sheet in sheets:
            self.book.add_worksheet(sheet)
        self.codes_sheet()
        for sheet in sheets:
            self.data_sheet(sheet, tables.get(sheet, pd.DataFrame()), title)
        self.book.close()

    def format(self, **properties: object) -> Format:
        key = tuple(sorted(properties.items()))
        if key not in self.formats:
            usual = {"valign": "top", "font_name": "Arial", "font_size": 10}
            self.formats[key] = self.book.add_format(usual | properties)
        return self.formats[key]

    # The first sheet

    def first_sheet(self, title: str, guarantees: Sequence[tuple[str, str]]) -> None:
        page = self.book.add_worksheet(messages.FIRST_SHEET[self.language])
        page.hide_gridlines(2)
        for column, width in enumerate(_FIRST_WIDTHS):
            page.set_column(column, column, width)
        _set_page(page, 1)
        body = self.format(text_wrap=True)
        page.write(0, 0, title, self.format(bold=True, font_size=16))
        page.set_row(0, 24)
        row = 2
        for key in (*messages.FIRST_PARTS[self.status], *messages.FIRST_PARTS[""]):
            heading, text = (part[self.language] for part in messages.FIRST[key])
            page.write(row, 0, heading, self.format(bold=True, text_wrap=True))
            page.write(row, 1, text, body)
            page.set_row(row, _height(text, _PER_LINE) + 6)
            row += 1
        for column in self.codebook.frames["column"].values():
            if self.fill(column.name) != _COLUMN_FILLS[0]:
                text = messages.text("first_heading", self.language, label=column.label[self.language])
                page.write(row, 1, text, self.format(bg_color=self.fill(column.name)))
                row += 1
        row += 1
        for name, sheet in self.codebook.frames["sheet"].items():
            text = f"{sheet.label[self.language]}. {sheet.note[self.language]}"
            page.write(row, 0, messages.text("first_sheet_name", self.language, sheet=name), self.format(bold=True))
            page.write(row, 1, text, body)
            row += 1
        if guarantees:
            row += 1
            for column, key in enumerate(("first_kept_column", "first_kept")):
                page.write(row, column, messages.text(key, self.language), self.format(bold=True, bottom=1))
            for place, (column, text) in enumerate(guarantees, start=row + 1):
                page.write(place, 0, column, body)
                page.write(place, 1, text, body)
                page.set_row(place, _height(text, _PER_LINE))

    # The sheets of data

    def data_sheet(self, sheet: str, table: pd.DataFrame, title: str) -> None:
        page = self.book.get_worksheet_by_name(sheet)
        variables = self.codebook.sheet(sheet)
        for column, variable in enumerate(variables):
            starts_group = column > 0 and _group(variable) != _group(variables[column - 1])
            page.write(0, column, variable.name, self.header(variable, starts_group))
            self.comment(page, column, variable)
            longest = max(map(len, (variable.name, *validation.allowed_codes(variable, self.codebook))))
            cells = self.format(left=1 if starts_group else 0, align="left", indent=1)
            page.set_column(column, column, max(_NARROWEST, longest + 4), cells)
            self.validation(page, sheet, column, variable, LAST_ROW - 1)
            if variable.name in table:
                for row, value in enumerate(table[variable.name], start=1):
                    if not (pd.isna(value) or value == BLANK):
                        page.write(row, column, value if isinstance(value, str) else int(value))
        page.set_row(0, 24)
        page.freeze_panes(1, 1)
        _set_page(page)
        page.repeat_rows(0)
        page.repeat_columns(0)
        page.set_header(f"&L{sheet}&R{title}")

    def header(self, variable: Variable, starts_group: bool) -> Format:
        return self.format(
            align="left", valign="vcenter", indent=1, bottom=2, left=2 if starts_group else 0,
            bg_color=self.fill(variable.column), bold=variable.required, italic=not variable.required,
        )  # fmt: skip

    def fill(self, column: str) -> str:
        columns = list(self.codebook.frames["column"])
        return _COLUMN_FILLS[columns.index(column) % len(_COLUMN_FILLS) if column in columns else 0]

    def comment(self, page: Worksheet, column: int, variable: Variable) -> None:
        """What a column means and what may stand in it, shown when the pointer rests on its name."""
        label, note = variable.label[self.language], variable.note[self.language]
        block = self.codebook.frames["block"].get(variable.block)
        if block is not None and block.label[self.language] != label:
            label = f"{block.label[self.language]}: {label}"
        if variable.column in self.codebook.frames["column"]:
            time = self.codebook.frame("column", variable.column).label[self.language]
            label = label if time == variable.column else f"{label} ({time})"
        need = messages.text("must" if variable.required else "may_be_blank", self.language)
        lines = [line for line in (label, note, need) if line]
        codes = validation.allowed_codes(variable, self.codebook)
        if variable.type in ("count", "date"):
            lines.append(validation.allowed_text(variable, self.codebook, self.language))
        else:
            lines += [f"{code} = {self.codebook.label(variable.name, code, self.language)}" for code in codes]
        text = "\n".join(lines)
        page.write_comment(0, column, text, {"x_scale": 2.2, "height": _height(text, 44) * 1.4 + 10, "font_size": 9})

    def validation(self, page: Worksheet, sheet: str, column: int, variable: Variable, last: int) -> None:
        """The drop-down of a column, or the rule for what is typed in it; pasting gets past both, `load` does not."""
        cell = address(2, column + 1)
        first = next(iter(self.codebook.frames["sheet"]))
        match variable.type:
            case "choice" | "tick":
                options = {"validate": "list", "source": f"={_range_name(variable)}"}
            case "ref":
                options = {"validate": "list", "source": f"={_range_name(self.codebook.sheet(variable.definition)[0])}"}
            case "key":
                options = {"validate": "list", "source": f"={_range_name(self.codebook.sheet(first)[0])}"}
            case "id":
                letters = cell[:-1]
                formula = f"=COUNTIF(${letters}$2:${letters}${last + 1},{cell})=1"
                options = {"validate": "custom", "value": formula, "ignore_blank": True}
                self.book.define_name(
                    _range_name(variable),
                    f"={sheet}!${letters}$2:INDEX({sheet}!${letters}$2:${letters}${last + 1},"
                    f"MAX(1,COUNTA({sheet}!${letters}$2:${letters}${last + 1})))",
                )
            case "count":
                bounds = [f"{cell}=INT({cell})"]
                bounds += [f"{cell}>={variable.minimum}"] if variable.minimum is not None else []
                bounds += [f"{cell}<={variable.maximum}"] if variable.maximum is not None else []
                codes = ",".join(f'{cell}="{code}"' for code in validation.allowed_codes(variable, self.codebook))
                options = {
                    "validate": "custom",
                    "value": f"=IF(ISNUMBER({cell}),AND({','.join(bounds)}),OR({codes}))",
                }
            case _:
                return
        options |= {
            "error_title": messages.text("not_allowed", self.language),
            "error_message": self.error_message(variable),
        }
        page.data_validation(1, column, last, column, options)

    def error_message(self, variable: Variable) -> str:
        if variable.type == "id":
            return messages.text("once_only", self.language)
        if variable.type in ("key", "ref"):
            return messages.text("from_list", self.language)
        allowed = validation.allowed_text(variable, self.codebook, self.language)
        text = messages.text("allowed_here", self.language, allowed=allowed)
        return text if len(text) <= 255 else messages.text("from_list", self.language)

    # The sheet of codes

    def codes_sheet(self) -> None:
        """Every code that a drop-down offers, with its labels, and a named range for the codes of each list."""
        page = self.book.add_worksheet(messages.CODES_SHEET)
        bold = self.format(bold=True, bottom=2)
        for column, (text, width) in enumerate((("column", 26), ("code", 24), ("English", 48), ("svenska", 52))):
            page.set_column(column, column, width)
            page.write(0, column, text, bold)
        row, done = 1, set()
        for sheet in self.codebook.frames["sheet"]:
            for variable in self.codebook.sheet(sheet):
                name = _range_name(variable)
                codes = validation.allowed_codes(variable, self.codebook)
                if variable.type not in ("choice", "tick") or name in done:
                    continue
                done.add(name)
                owner = variable.name if variable.type == "choice" else messages.text("all_ticks", self.language)
                for place, code in enumerate(codes):
                    labels = [self.codebook.label(variable.name, code, language) for language in LANGUAGES]
                    for column, text in enumerate((owner, code, *labels)):
                        page.write(row + place, column, text, self.format(top=1) if place == 0 else self.format())
                self.book.define_name(name, f"={messages.CODES_SHEET}!$B${row + 1}:$B${row + len(codes)}")
                row += len(codes)
        page.freeze_panes(1, 2)
        page.repeat_rows(0)
        _set_page(page, 1)


def _set_page(page: Worksheet, pages_wide: int = 0) -> None:
    """Print on A4, lying, scaled to so many pages in width."""
    page.set_landscape()
    page.set_paper(9)
    if pages_wide:
        page.fit_to_pages(pages_wide, 0)


def _range_name(variable: Variable) -> str:
    """Name of the range that holds what a drop-down offers."""
    return "list_of_ticks" if variable.type == "tick" else f"list_{variable.name}"


def _group(variable: Variable) -> tuple[str, str]:
    return variable.block, variable.column


def _height(text: str, width: int) -> float:
    """Height of a wrapped text in points, at so many characters a line."""
    lines = sum(max(1, -(-len(line) // width)) for line in text.split("\n"))
    return 13.5 * lines + 3
