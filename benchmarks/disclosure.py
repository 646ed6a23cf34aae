"""How much must be hidden before results are passed on, and how long that takes to find.

    .venv/bin/python -m benchmarks.disclosure

Made-up studies of several sizes, three of each, are protected by the usual rules, and with rounding to 5. Of the
numbers that say something of persons the result tells how many are small themselves, how many others are hidden for
their sake, how many with their whole group, and what share is shown. Results go to benchmarks/disclosure.csv and .md.
"""

import csv
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks" / "disclosure.csv"
PAGE = RESULTS.with_suffix(".md")
COLUMNS = ("files", "study", "method", "numbers", "small", "others", "withheld", "shown", "seconds")
SIZES = (12, 25, 40, 100, 600)
STUDIES = 3


def main() -> None:
    """Measure, print and write the results."""
    sys.path.insert(0, str(ROOT / "tests"))
    from filled import filled

    from analysis import paths
    from analysis.privacy import disclosure
    from analysis.study import codebook

    known = codebook.read(paths.CODEBOOK)
    rows = []
    for size in SIZES:
        for study in range(1, STUDIES + 1):
            units = filled(known, size, seed=study)
            for method, asked in (("hide", disclosure.Rules()), ("round", disclosure.Rules(base=5))):
                begun = time.perf_counter()
                found = disclosure.protect(units, known, asked)
                seconds = time.perf_counter() - begun
                why = list(found.hidden.values())
                small, withheld = why.count(disclosure.SMALL), why.count(disclosure.WITHHELD)
                shown = sum(found.cells.get(cell) is not None for cell in found.hideable)
                others = len(why) - small - withheld
                counts = (len(found.hideable), small, others, withheld, shown)
                rows.append((size, study, method, *counts, f"{seconds:.1f}"))
                print(*rows[-1], sep="\t", flush=True)
    with RESULTS.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([COLUMNS, *rows])
    PAGE.write_text(_page(rows), encoding="utf-8", newline="\n")


def _page(rows: list[tuple]) -> str:
    """What the rows say, a line a size and method."""
    lines = [
        "# How much is hidden",
        "",
        "Written by `python -m benchmarks.disclosure`. Made-up studies with every sheet and column of the codebook,",
        f"{STUDIES} of each size, threshold 5; every answer is missing in about 2 of 100 files. Shares are of all",
        "numbers that say something of persons, rows of missing answers among them.",
        "",
        "| files | method | small | hidden for others | withheld | shown | seconds |",
        "|---|---|---|---|---|---|---|",
    ]
    for size in SIZES:
        for method in ("hide", "round"):
            mine = [row for row in rows if row[0] == size and row[2] == method]
            total = sum(row[3] for row in mine)
            shares = [f"{100 * sum(row[at] for row in mine) / total:.0f} %" for at in (4, 5, 6, 7)]
            seconds = max(float(row[8]) for row in mine)
            lines.append(f"| {size} | {method} | {' | '.join(shares)} | {seconds:.0f} at most |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
