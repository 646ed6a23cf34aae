"""Seconds and memory for large studies, beside what a user would run instead on the same files.

    .venv/bin/python -m benchmarks.scale [--sizes 1000 10000 100000] [--xlsx 10000]

Installs the other tools into a temporary environment (needs the network) and writes benchmarks/scale.md. The rows are
made up from the codebook with a fixed seed; time to make them is not counted. Every measure runs in a process of its
own, so that its peak memory is its own. Seconds are processor seconds, as other work on the machine disturbs them
least; all of it runs on one core.
"""

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
import venv
from importlib.metadata import version
from pathlib import Path

from analysis import paths
from analysis.run import batch

INSTALLED = ("tableone==0.9.5", "python-calamine==0.9.1", "fastexcel==0.21.0", "pyarrow", "openpyxl", "pandas<3")
SEED, AUTHORITIES = 1, 50
STUDY = "large"

READERS = {
    "this reader": "nothing",
    "fastexcel": "formulas without a value, error cells, merged cells, hidden rows, what was a date or long number",
    "calamine": "formulas without a value, error cells, hidden rows",
    "openpyxl": "nothing, if asked in another mode that keeps all cells and takes several times the memory",
}
"""Reader -> what it does not tell of."""


def main() -> None:
    """Measure, and write scale.md beside this file."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sizes", nargs="+", type=int, default=[1_000, 10_000, 100_000])
    parser.add_argument("--xlsx", type=int, default=10_000, help="rows of the workbook (%(default)s)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="scale-") as folder:
        other = install(Path(folder) / "tools")
        growth = [measured(Path(folder) / str(size), size, other) for size in options.sizes]
        readers = readings(Path(folder) / "book", options.xlsx, other)
        versions = subprocess.run([other, "-m", "pip", "list", "--format", "json"], capture_output=True, check=True)
    names = {name.partition("==")[0] for name in INSTALLED if name != "pandas<3"}
    found = [(each["name"], each["version"]) for each in json.loads(versions.stdout) if each["name"] in names]
    write(growth, readers, options.xlsx, [("pandas", version("pandas")), *found])


def install(folder: Path) -> str:
    """Make an environment with the other tools; its Python."""
    venv.create(folder, with_pip=True)
    python = str(folder / "bin" / "python")
    command = [python, "-m", "pip", "install", "-q", "--disable-pip-version-check", *INSTALLED]
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
    return python


def measured(root: Path, size: int, other: str) -> dict[str, tuple[float, float]]:
    """Measure -> seconds and megabytes, for a study of that size."""
    inner("make", root, str(size), "csv")
    found = {"files": (size, 0)}
    found |= {name: inner("measure", root, name) for name in ("validation", "tables", "crosstab")}
    found["check"] = command([sys.executable, "-m", "analysis", "check", "--study", STUDY], root)
    found["tableone"] = rival(other, "tableone", root)
    print(size, {name: [round(value, 2) for value in values] for name, values in found.items()}, flush=True)
    return found


def readings(root: Path, size: int, other: str) -> dict[str, tuple[float, float]]:
    """Reader -> seconds and megabytes, for a workbook of that size."""
    inner("make", root, str(size), "xlsx")
    found = {name: inner("measure", root, "xlsx") if name == "this reader" else rival(other, name, root)
             for name in READERS}  # fmt: skip
    print("xlsx", found, flush=True)
    return found


def inner(*arguments: object) -> tuple[float, float]:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.scale", *map(str, arguments)],
        cwd=paths.ROOT, stdout=subprocess.PIPE, text=True, check=True,
    )  # fmt: skip
    return tuple(json.loads(done.stdout)) if done.stdout else (0, 0)


def rival(python: str, name: str, root: Path) -> tuple[float, float]:
    from analysis.study import codebook

    script = Path(__file__).with_name("scale_rivals.py")
    asked = [python, script, name, raw(root), json.dumps(columns(codebook.read(paths.CODEBOOK)))]
    return tuple(json.loads(subprocess.run(asked, stdout=subprocess.PIPE, text=True, check=True).stdout))


def command(arguments: list[str], root: Path) -> tuple[float, float]:
    """Seconds and megabytes of a whole command. Raises SystemExit where it fails."""
    with subprocess.Popen(arguments, cwd=root, stdout=subprocess.DEVNULL) as process:
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit("The check failed.")
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1000


def raw(root: Path) -> Path:
    """The folder of the made-up study in a copy of the repository."""
    return root / "data" / "raw" / STUDY


# What runs in a process of its own


def make(root: str, size: str, kind: str) -> None:
    """A copy of the repository with a made-up study: its csv files, or a workbook."""
    sys.path.append(str(paths.ROOT / "tests"))
    from filled import filled
    from office import copied

    from analysis.sheets import workbook
    from analysis.study import codebook

    known = codebook.read(paths.CODEBOOK)
    folder = raw(copied(Path(root)))
    folder.mkdir()
    (folder / "study.yml").write_text("status: fictitious\n", encoding="utf-8")
    units = filled(known, int(size), AUTHORITIES, seed=SEED)
    if kind == "csv":
        workbook.write_tidy(folder, units, known)
    else:
        workbook.write(folder / "book" / "cases.xlsx", units, known, "fictitious")


def measure(root: str, name: str) -> None:
    """Run one measure and print its seconds and peak memory."""
    import pandas as pd

    from analysis.counts import tables
    from analysis.sheets import separated, spreadsheet, validation, workbook
    from analysis.study import codebook

    known, folder = codebook.read(paths.CODEBOOK), raw(Path(root))
    sheets, units = (), {}
    if name == "validation":
        sheets = [sheet for path in workbook.coded_files(folder) for sheet in separated.read(path)]
    elif name != "xlsx":
        units = workbook.load(folder, known)
    begun = time.process_time()
    match name:
        case "validation":
            _, problems = validation.check(sheets, known, "fictitious")
            assert not problems
        case "tables":
            for table in known.frames["table"]:
                tables.compute(units, known, table)
        case "crosstab":
            for column in columns(known):
                pd.crosstab(units["files"][column], "n")
        case "xlsx":
            spreadsheet.read(folder / "book" / "cases.xlsx")
    seconds = time.process_time() - begun
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


# The page


def write(growth: list[dict], readers: dict, rows: int, versions: list[tuple[str, str]]) -> None:
    """Write scale.md."""
    lines = [
        (f"{found['files'][0]:,}", *(f"{found[name][0]:.2f}" for name in MEASURES), f"{found['check'][1]:.0f}",
         f"{found['tableone'][0] / found['tables'][0]:.0f} times",
         f"{found['tables'][0] / found['crosstab'][0]:.1f} times")
        for found in growth
    ]  # fmt: skip
    beside = [(name, f"{readers[name][0]:.1f}", f"{readers[name][1]:.0f}", lost) for name, lost in READERS.items()]
    git = ["git", "describe", "--always", "--dirty"]
    commit = subprocess.run(git, cwd=paths.ROOT, capture_output=True, text=True).stdout.strip()
    text = TEXT.format(
        growth=table(("files", *MEASURES.values(), "check, MB", "tables: faster than tableone", "tables: of crosstab"),
                     lines),
        readers=table(("reader", "seconds", "MB", "what it does not tell of"), beside),
        rows=f"{rows:,}", python=platform.python_version(), system=platform.system(), cores=batch.cores(),
        versions=", ".join(" ".join(pair) for pair in versions), commit=commit or "unknown",
    )  # fmt: skip
    Path(__file__).with_suffix(".md").write_text(text, encoding="utf-8")


MEASURES = {
    "check": "check",
    "validation": "validation alone",
    "tables": "tables",
    "crosstab": "crosstab",
    "tableone": "tableone",
}


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """A table in Markdown."""
    return "\n".join("| " + " | ".join(line) + " |" for line in (head, ["---"] * len(head), *rows))


TEXT = """\
# Large studies: seconds, memory and growth

Written by `.venv/bin/python -m benchmarks.scale`; Python {python} on {system}, {cores} cores, commit {commit};
{versions}. Seconds are processor seconds of one process; the machine may be shared with other work, so trust ratios.

## Growth with files

Made-up studies with four sheets (cases, help, participation, and 50 authorities), 73 coded columns a file, as csv.

- *check*: all of `make check`, from the start of Python: reading the files and finding every problem (here none)
- *validation alone*: the same without reading
- *tables*: the three printed tables, with derived rows, totals and means, from the units in memory
- *crosstab*: one bare `pandas.crosstab` a column of these tables, from the same units
- *tableone*: `TableOne` with the same columns, every code a level (it has no derived rows and no multi-response; with
  pandas 2, as it fails with pandas 3)

{growth}

## A workbook of {rows} rows

Three sheets of {rows} rows, 73 columns in all. Ours gives each column's different texts and what is odd about
a cell. fastexcel needs pyarrow (165 MB) to hand over what it read; calamine hands over Python objects; openpyxl is in
its mode that keeps nothing.

{readers}
"""


if __name__ == "__main__":
    alone = {"make": make, "measure": measure}
    if len(sys.argv) > 1 and sys.argv[1] in alone:
        alone[sys.argv[1]](*sys.argv[2:])
    else:
        main()
