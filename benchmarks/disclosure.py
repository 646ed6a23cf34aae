"""How much must be hidden before results are passed on, and how long it takes to find and prove it.

    .venv/bin/python -m benchmarks.disclosure

Made-up studies of several sizes, three of each, are protected by the usual rules. Of the numbers that say something of
persons the result tells how many are small themselves, how many further ones had to be hidden because a small one could
be worked out from them (alone, or with their whole group), and the seconds. Results go to benchmarks/disclosure.csv.
"""

import csv
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks" / "disclosure.csv"
COLUMNS = ("files", "study", "numbers", "small", "gives_away", "withheld", "tested", "fewest_values", "seconds")
SIZES = (12, 30, 100, 1000)
STUDIES = 3


def main() -> None:
    """Measure, print and write the results."""
    sys.path.insert(0, str(ROOT / "tests"))
    from filled import filled

    from analysis import codebook, disclosure, paths

    known = codebook.read(paths.CODEBOOK)
    rows = []
    for size in SIZES:
        for study in range(1, STUDIES + 1):
            units = filled(known, size, seed=study)
            begun = time.perf_counter()
            found = disclosure.protect(units, known, disclosure.Rules())
            seconds = time.perf_counter() - begun
            reasons = found.reasons()
            why = (reasons[disclosure.SMALL], reasons[disclosure.GIVES_AWAY], reasons[disclosure.WITHHELD])
            least = min(found.open_values.values(), default="")
            rows.append((size, study, len(found.hideable), *why, len(found.open_values), least, f"{seconds:.1f}"))
            print(*rows[-1], sep="\t", flush=True)
    with RESULTS.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([COLUMNS, *rows])


if __name__ == "__main__":
    main()
