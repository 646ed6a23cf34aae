"""The coded case workbook and the tidy tables made from it: reading both, writing both.

*Units* are what the rest of the package counts: one frame a kind of row. `files` has one row a file, with the columns
of all sheets keyed by the file; every other sheet (such as the authorities) is a unit of its own. Columns stand in
codebook order; codes are str with "" for blank. Counts are Int64 with NA for blank; a count that holds a code such as
`nd` in some row is an object column of whole numbers, codes and NA, as Int64 has no room for codes. Notes and
identifying columns are never among them. A sheet that the study leaves out has no columns.
"""

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd
from xlsxwriter.exceptions import FileCreateError

from analysis import identity
from analysis.errors import UserError
from analysis.language import messages
from analysis.paths import CODEBOOK, replacing
from analysis.sheets import form, opendocument, separated, spreadsheet, validation
from analysis.sheets.spreadsheet import Sheet
from analysis.sheets.validation import Problem
from analysis.study.codebook import BLANK, LANGUAGES, RECONSTRUCTED, STATUS, Codebook

WORKBOOK = "cases.xlsx"
"""Name of the coded workbook in a study's folder."""

WORKBOOKS = (WORKBOOK, "cases.ods")
"""Names that it may have. Instead of it the folder may hold one csv file a sheet, named help.csv or cases-help.csv."""

NO_SHEETS = (CODEBOOK.name, "published.csv", "differences.csv")
"""Names of csv files in a study's folder that are no sheets."""


def load(study: Path, codebook: Codebook, language: str = "en", status: str | None = None) -> dict[str, pd.DataFrame]:
    """The units of a study's folder, or of a workbook.

    `status`: what study.yml says the rows are; every row must say the same.
    Raises UserError that lists every problem of the workbook with sheet and cell, in the given language.
    """
    name, frames, problems = _checked(Path(study), codebook, language, status)
    if any(not problem.is_notice for problem in problems):
        raise UserError(validation.report(problems, codebook, name, language))
    return typed_units(frames, codebook)


def check(study: Path, codebook: Codebook, language: str = "en", status: str | None = None) -> tuple[bool, str]:
    """Whether the workbook can be counted, and everything there is to say about it, in words.

    Raises UserError where the file cannot be read at all.
    """
    name, _, problems = _checked(Path(study), codebook, language, status)
    is_fine = all(problem.is_notice for problem in problems)
    return is_fine, validation.report(problems, codebook, name, language)


def tidy(units: Mapping[str, pd.DataFrame], codebook: Codebook) -> dict[str, pd.DataFrame]:
    """The units as one table a sheet: its own columns in codebook order, the key first, and what its rows are.

    A sheet that the study leaves out has no table.
    """
    tables = {}
    said = status(units)
    for sheet in codebook.frames["sheet"]:
        unit = units.get(codebook.unit(sheet), pd.DataFrame())
        key, *others = codebook.sheet(sheet)
        own = [variable.name for variable in others if variable.sheet == sheet and variable.name in unit]
        if key.name in unit and (own or sheet == codebook.unit(sheet)):
            table = unit.assign(**{STATUS: said}) if said else unit
            kept = {key.name, *own, STATUS} if said else {key.name, *own}
            tables[sheet] = table[[variable.name for variable in (key, *others) if variable.name in kept]]
    return tables


def status(units: Mapping[str, pd.DataFrame]) -> str:
    """What the rows are (original, reconstructed, fictitious), as they say themselves; empty if they do not."""
    said = [rows[STATUS].iloc[0] for rows in units.values() if STATUS in rows and len(rows)]
    return said[0] if said else ""


def write_tidy(folder: Path, units: Mapping[str, pd.DataFrame], codebook: Codebook) -> list[Path]:
    """Write the tidy tables as SHEET.csv (UTF-8, LF, codes); returns their paths."""
    paths = []
    for sheet, table in tidy(units, codebook).items():
        with replacing(folder / f"{sheet}.csv") as temporary:
            table.to_csv(temporary, index=False, encoding="utf-8", lineterminator="\n")
        paths.append(folder / f"{sheet}.csv")
    return paths


def read_tidy(folder: Path, codebook: Codebook, language: str = "en") -> dict[str, pd.DataFrame]:
    """The units from the tidy tables in a folder: the same as those that were written.

    Raises UserError where the table of the first sheet is missing.
    """
    frames = {}
    for sheet in codebook.frames["sheet"]:
        path = Path(folder) / f"{sheet}.csv"
        if path.exists():
            frames[sheet] = pd.read_csv(path, dtype="str", keep_default_na=False, na_filter=False, encoding="utf-8")
        elif not frames:
            raise UserError(messages.text("tidy_missing", language, file=path.name, folder=messages.folder(path)))
    return typed_units(frames, codebook)


def write(
    path: Path,
    units: Mapping[str, pd.DataFrame],
    codebook: Codebook,
    status: str,
    language: str = "en",
    guarantees: Sequence[tuple[str, str]] = (),
) -> None:
    """Write the units as a workbook for coders: what `load` reads back as the same units.

    A first sheet says what the workbook is, by its `status` (original, reconstructed, fictitious); each sheet has its
    columns in codebook order with drop-downs and comments; a last sheet holds the codes with their labels. Units
    without rows give an empty form. `guarantees`: pairs of a column and what holds of it, for the first sheet. The
    same arguments give the same bytes.

    Raises UserError where the file cannot be written.
    """
    try:
        with replacing(Path(path)) as temporary:
            form.write(temporary, tidy(units, codebook), codebook, status, language, guarantees)
    except (PermissionError, FileCreateError):
        raise UserError(messages.text("target_locked", language, file=Path(path).name)) from None


def coded_files(folder: Path) -> list[Path]:
    """The files in a study's folder that hold its coded cases: a workbook, or csv files, one a sheet.

    Where there are both, or two workbooks, it cannot be told which of them count. Capitals in names do not matter.
    """
    there = folder.iterdir() if folder.is_dir() else ()
    found = sorted(path for path in there if not path.name.startswith((".", "~$")))
    books = [path for name in WORKBOOKS for path in found if path.name.lower() == name]
    return [*books, *(path for path in found if path.suffix.lower() == ".csv" and path.name.lower() not in NO_SHEETS)]


def _checked(
    study: Path, codebook: Codebook, language: str, status: str | None
) -> tuple[str, dict[str, pd.DataFrame], list[Problem]]:
    """The name that messages call the file by, what is right in its sheets, and everything that is wrong."""
    if status == RECONSTRUCTED and not study.suffix and not coded_files(study):
        raise UserError(messages.text("file_missing_print", language, file=WORKBOOK, study=study.name))
    name, sheets, book = _read(study, codebook, language)
    frames, problems = validation.check(sheets, codebook, status)
    places = {place for _, place in identity.in_package(book, with_cells=False)} if book else set()
    told = {(problem.key, bool(problem.cells)) for problem in problems}
    by_cell = {"cells": ("identity", True), "comments": ("identity_comment", True), "sheets": ("identity", False)}
    places -= {place for place, problem in by_cell.items() if problem in told}
    if "properties" in places:
        problems.insert(0, Problem("identity_properties", name))
    if others := tuple(place for place in identity.PLACES if place in places - {"properties"}):
        problems.insert(0, Problem("identity_place", name, facts=(("where", others),)))
    return name, frames, problems


def _read(study: Path, codebook: Codebook, language: str) -> tuple[str, tuple[Sheet, ...], Path | None]:
    """The name that messages call a study's folder or a file by, its sheets, and the workbook if it is one."""
    is_file = study.suffix and not study.is_dir()
    files = [study] if is_file else coded_files(study) or [study / WORKBOOK]
    suffixes = [path.suffix.lower() for path in files]
    names = ", ".join(path.name for path in files)
    if len(files) > 1 and set(suffixes) != {".csv"}:
        raise UserError(messages.text("file_two", language, folder=messages.folder(files[0]), found=names))
    if suffixes[0] == ".csv":
        named = {_sheet_of(path, codebook): path for path in files}
        if len(named) < len(files):
            raise UserError(messages.text("file_two", language, folder=messages.folder(files[0]), found=names))
        read = ((name, separated.read(path, language)) for name, path in named.items())
        return names, tuple(replace(sheet, name=name) for name, sheets in read for sheet in sheets), None
    if not os.path.lexists(files[0]):
        _tell_near(files[0], language)
    reader = opendocument if suffixes[0] == ".ods" else spreadsheet
    sheets = reader.read(files[0], language)
    if len({sheet.name for sheet in sheets}) < len(sheets):  # which no spreadsheet program lets stand
        raise UserError(messages.text("file_damaged", language, file=names))
    return names, sheets, files[0]


def _sheet_of(path: Path, codebook: Codebook) -> str:
    """The sheet that a csv file holds: its name tells, perhaps after that of a workbook, as in cases-help.csv."""
    others = (messages.CODES_SHEET, *(messages.FIRST_SHEET[language] for language in LANGUAGES))
    name = path.stem.strip().casefold()
    for sheet in (*codebook.frames["sheet"], *others):
        if re.fullmatch(rf"(.*[-_. ])?{re.escape(sheet.casefold())}", name):
            return sheet
    return path.stem


def _tell_near(path: Path, language: str) -> None:
    """Raise UserError if a workbook of another name lies where this one is missing."""
    if path.parent.is_dir():
        suffixes = (".xlsx", ".xlsm", ".xls", ".ods")
        others = (other.name for other in path.parent.iterdir() if other.suffix.lower() in suffixes)
        near = sorted(name for name in others if not name.startswith(("~$", ".")))
        if near:
            facts = {"file": path.name, "folder": messages.folder(path), "found": ", ".join(near)}
            raise UserError(messages.text("file_missing_near", language, **facts))


def typed_units(frames: Mapping[str, pd.DataFrame], codebook: Codebook) -> dict[str, pd.DataFrame]:
    """Tables by sheet, all of str, as typed units. Optional columns that a sheet lacks are blank."""
    units: dict[str, pd.DataFrame] = {}
    for sheet in codebook.frames["sheet"]:
        unit = codebook.unit(sheet)
        if sheet not in frames:
            units.setdefault(unit, pd.DataFrame())
            continue
        own = [variable for variable in codebook.sheet(sheet) if variable.sheet == sheet]
        variables = [variable for variable in own if validation.is_read(variable)]
        names = [variable.name for variable in variables]
        table = frames[sheet].reindex(columns=names, fill_value=BLANK).astype("str").reset_index(drop=True)
        for variable in variables:
            if variable.type == "count":
                table[variable.name] = _numbers(table[variable.name], codebook)
        if unit in units:
            units[unit] = units[unit].merge(table, on=names[0], how="left", sort=False, validate="one_to_one")
        else:
            units[unit] = table
    return units


def _numbers(texts: pd.Series, codebook: Codebook) -> pd.Series:
    """A count column as numbers, with NA for blank; as objects where it also holds codes."""
    places, distinct = pd.factorize(texts)
    codes = codebook.frames["missing"]
    values = [pd.NA if text == BLANK else text if text in codes else int(text) for text in distinct]
    dtype = object if any(isinstance(value, str) for value in values) else "Int64"
    return pd.Series(pd.array(values, dtype=dtype).take(places), index=texts.index, dtype=dtype)
