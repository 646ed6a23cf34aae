"""Seconds and memory for large studies, beside what a user would run instead on the same files.

    .venv/bin/python benchmarks/scale.py --tableone PYTHON [--sizes 100000 1000000] [--xlsx 100000]

PYTHON is an interpreter of an environment that has `tableone` (it is no dependency of this repository; without the
option it is left out). Every measure runs in a process of its own, so that its peak memory is its own. The rows
are made up from the codebook with a fixed seed; time to make them is not counted. Results go to benchmarks/scale.csv.

What is measured, on the columns that stand in the printed tables:

- check: reading the csv files of a study and finding every problem in them (here none)
- load: the same, with the coded units in memory at the end
- tables: the three printed tables, with derived rows, totals, means, from the units in memory
- crosstab: one `pandas.crosstab` a column, from the same units
- tableone: `TableOne` with the same columns, every code a level
- xlsx: reading a workbook of that size cell by cell
"""

import argparse
import csv
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks" / "scale.csv"
COLUMNS = ("files", "measure", "seconds", "peak_megabytes")
SEED = 1

TABLEONE = """
import json, resource, sys, time, warnings
import pandas as pd
from tableone import TableOne
warnings.simplefilter("ignore")
columns, *files = sys.argv[1:]
columns = json.loads(columns)
parts = [pd.read_csv(file, dtype="category", keep_default_na=False) for file in files]
rows = pd.concat([part[[name for name in columns if name in part]] for part in parts], axis=1)
begun = time.perf_counter()
TableOne(rows, columns=columns, categorical=columns, pval=False)
print(json.dumps([time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000]))
"""


def make(folder: str, size: str, xlsx: str) -> None:
    """Write the files of a made-up study: csv, and a workbook if asked."""
    sys.path[:0] = [str(ROOT), str(ROOT / "tests")]
    from filled import filled

    from analysis import codebook, paths, workbook

    known = codebook.read(paths.CODEBOOK)
    units = filled(known, int(size), 50, seed=SEED)
    workbook.write_tidy(Path(folder), units, known)
    if xlsx == "xlsx":
        workbook.write(Path(folder) / "book" / "cases.xlsx", units, known, "fictitious")


def measure(folder: str, name: str) -> None:
    """Run one measure and print its seconds and peak memory."""
    sys.path.insert(0, str(ROOT))
    import pandas as pd

    from analysis import codebook, paths, spreadsheet, tables, workbook

    known = codebook.read(paths.CODEBOOK)
    units = workbook.load(Path(folder), known) if name in ("tables", "crosstab") else None
    begun = time.perf_counter()
    match name:
        case "check":
            is_fine, report = workbook.check(Path(folder), known)
            assert is_fine, report
        case "load":
            workbook.load(Path(folder), known)
        case "tables":
            for table in known.frames["table"]:
                tables.compute(units, known, table)
        case "crosstab":
            for column in columns(known):
                pd.crosstab(units["files"][column], "n")
        case "xlsx":
            spreadsheet.read(Path(folder) / "book" / "cases.xlsx")
    seconds = time.perf_counter() - begun
    print(json.dumps([seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000]))


def columns(known) -> list[str]:
    """The coded columns about files that stand in the printed tables."""
    return [
        member.name
        for table in known.frames["table"]
        for block in known.blocks(table)
        for member in known.members(block.name)
        if member.type in ("choice", "tick", "count")
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sizes", nargs="+", type=int, default=[100_000, 1_000_000])
    parser.add_argument("--tableone", help="Python of an environment that has tableone")
    parser.add_argument("--xlsx", type=int, default=100_000, help="size at which a workbook is read too (%(default)s)")
    options = parser.parse_args()
    found = []
    for size in options.sizes:
        with tempfile.TemporaryDirectory() as folder:
            _python("make", folder, str(size), "xlsx" if size == options.xlsx else "")
            names = ["check", "load", "tables", "crosstab", *(["xlsx"] if size == options.xlsx else [])]
            results = {name: _python("measure", folder, name) for name in names}
            if options.tableone:
                results["tableone"] = _tableone(options.tableone, Path(folder))
        for name, (seconds, megabytes) in results.items():
            found.append((size, name, f"{seconds:.2f}", f"{megabytes:.0f}"))
            print(*found[-1], sep="\t", flush=True)
    with RESULTS.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([COLUMNS, *found])


def _python(*arguments: str) -> tuple[float, float]:
    done = subprocess.run([sys.executable, __file__, *arguments], capture_output=True, text=True, check=True)
    return tuple(json.loads(done.stdout)) if done.stdout else (0.0, 0.0)


def _tableone(python: str, folder: Path) -> tuple[float, float]:
    sys.path.insert(0, str(ROOT))
    from analysis import codebook, paths

    names = json.dumps(columns(codebook.read(paths.CODEBOOK)))
    files = [str(folder / f"{sheet}.csv") for sheet in ("cases", "help", "participation")]
    done = subprocess.run([python, "-c", TABLEONE, names, *files], capture_output=True, text=True, check=True)
    return tuple(json.loads(done.stdout))


if __name__ == "__main__":
    inner = {"make": make, "measure": measure}
    if len(sys.argv) > 1 and sys.argv[1] in inner:
        inner[sys.argv[1]](*sys.argv[2:])
    else:
        main()
