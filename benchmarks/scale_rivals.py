"""What other tools take for the same work; run by the Python of an environment that has them (see scale.py).

PYTHON benchmarks/scale_rivals.py NAME FOLDER COLUMNS     prints processor seconds and peak megabytes as JSON
"""

import json
import resource
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path


def tableone(folder: Path, columns: list[str]) -> Callable[[], object]:
    """`TableOne` with these columns, every code a level."""
    import pandas as pd
    from tableone import TableOne

    files = [folder / f"{sheet}.csv" for sheet in ("cases", "help", "participation")]
    parts = [pd.read_csv(file, dtype="category", keep_default_na=False) for file in files]
    rows = pd.concat([part[[name for name in columns if name in part]] for part in parts], axis=1)
    return lambda: TableOne(rows, columns=columns, categorical=columns, pval=False)


def openpyxl(folder: Path, _: list[str]) -> Callable[[], object]:
    """Every value, row by row, none kept."""
    from openpyxl import load_workbook

    def read():
        for sheet in load_workbook(folder / "book" / "cases.xlsx", read_only=True).worksheets:
            for _ in sheet.iter_rows(values_only=True):
                pass

    return read


def calamine(folder: Path, _: list[str]) -> Callable[[], object]:
    """Every value as a Python object, one sheet at a time."""
    from python_calamine import CalamineWorkbook

    def read():
        book = CalamineWorkbook.from_path(folder / "book" / "cases.xlsx")
        for name in book.sheet_names:
            book.get_sheet_by_name(name).to_python(skip_empty_area=False)

    return read


def fastexcel(folder: Path, _: list[str]) -> Callable[[], object]:
    """Every column as an Arrow dictionary of texts, which is what we have at the end."""
    from fastexcel import read_excel

    def read():
        book = read_excel(folder / "book" / "cases.xlsx")
        for name in book.sheet_names:
            table = book.load_sheet(name, header_row=None, dtypes="string").to_arrow()
            [column.dictionary_encode() for column in table.columns]

    return read


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    name, folder, columns = sys.argv[1:]
    work = globals()[name](Path(folder), json.loads(columns))
    begun = time.process_time()
    work()
    print(json.dumps([time.process_time() - begun, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000]))
