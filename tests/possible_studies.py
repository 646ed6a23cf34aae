"""Small studies of which every possible data set can be gone through."""

import itertools
from collections import defaultdict
from dataclasses import dataclass

import pandas as pd

from analysis.counts import tables
from analysis.privacy import disclosure
from analysis.report import publication
from analysis.study import codebook as codebooks
from analysis.study import layout
from analysis.study.expressions import ends

FRAME = """\
table1,,,table,,,,,,,,,,T,T,,,
n,,,column,,,,,,,,,,n,n,,,
before,,,column,,,,,,,,,,Before,Före,,,
after,,,column,,,,,,,,,,After,Efter,,,
nd,,,missing,,,,,,,,,,Not documented,Ej dokumenterat,,,
yes,,,answer,,,,,,,,,,Yes,Ja,,,
no,,,answer,,,,,,,,,,No,Nej,,,
base,,,total,,,,,,,,,files,Files,Akter,,,
total,,,total,,,,,,,,,answers,Answers,Svar,,,
blank,,,total,,,,,,,,,,Not coded,Ej kodat,,,
cases,,,sheet,,,,,,,,,,Cases,Akter,,,
file_id,,cases,id,yes,,,,,,,,,File,Akt,,,
"""


def block(name, closing="base"):
    return f"{name},,,block,,,,,table1,,,,{closing},{name},{name},,,\n"


def choice(name, codes, kind="choice", bounds=","):
    rows = block(name) + f"{name},,cases,{kind},yes,,{bounds},,{name},,,,{name},{name},,,\n"
    return rows + "".join(f"{name},{code},,,,,,,,,,,,{code},{code},,,\n" for code in codes)


def tick(name, of, item, column="n"):
    return f"{name},,cases,tick,yes,,,,,{of},{item},{column},,{name},{name},,,\n"


def derived(name, of, item, column, definition, kind="derived"):
    return f'{name},,cases,{kind},,,,,,{of},{item},{column},"{definition}",{name},{name},,,\n'


def rule(name, definition):
    return f'{name},,cases,rule,,,,,,,,,"{definition}",{name},{name},,,\n'


def codebook(folder, rows):
    """A codebook of these rows."""
    path = folder / "codebook.csv"
    path.write_text(",".join(codebooks.COLUMNS) + "\n" + FRAME + rows, encoding="utf-8")
    return codebooks.read(path)


@dataclass
class Universe:
    """All data sets of `size` files whose rows are among the profiles (variable -> code)."""

    codebook: codebooks.Codebook
    profiles: list[dict[str, str]]
    size: int

    def data_sets(self):
        """The files of one data set for each set of counts that tables can tell apart."""
        frame = pd.DataFrame(self.profiles, dtype="str")
        known = set()
        met = [(frame[name] == code).to_numpy().astype(int) for name in frame for code in sorted(set(frame[name]))]
        joined = [
            ends(layout.quantity(self.codebook, *cell).condition, frame)["surely"].to_numpy().astype(int)
            for cell in layout.cells(self.codebook, "table1")
            if isinstance(layout.quantity(self.codebook, *cell), disclosure.Count)
            and disclosure.variables(layout.quantity(self.codebook, *cell))
        ]
        counted = [*met, *joined]
        for cuts in itertools.combinations(range(self.size + len(frame) - 1), len(frame) - 1):
            marks = (-1, *cuts, self.size + len(frame) - 1)
            numbers = [after - before - 1 for before, after in itertools.pairwise(marks)]
            key = tuple(sum(n * m for n, m in zip(numbers, column, strict=True)) for column in counted)
            if key not in known:
                known.add(key)
                rows = frame.loc[frame.index.repeat(numbers)].reset_index(drop=True)
                rows.insert(0, "file_id", [f"F{place}" for place in range(self.size)])
                yield rows

    def outputs(self, asked):
        """What is published -> the true tables of all data sets for which it is that."""
        found = defaultdict(list)
        for rows in self.data_sets():
            units = {"files": rows}
            protection = disclosure.protect(units, self.codebook, asked)
            ((_, frame),) = publication._frames(self.codebook, protection)
            truth = tables.compute(units, self.codebook, "table1")
            values = {tuple(cell[:3]): cell[3] for cell in truth.itertuples(index=False, name=None)}
            found[frame.to_csv(index=False)].append((values, protection))
        return found


def pinned(outputs, asked):
    """The hidden numbers, and with rounding all but those of nobody and everybody, that keep too few values."""
    told = []
    for same in outputs.values():
        for cell, shown in same[0][1].cells.items():
            values = {values.get(cell, 0) for values, _ in same}
            size = same[0][1].sizes["files"]
            is_open = shown is None or (asked.base > 1 and shown.value not in (0, size))
            if cell[1] != "base" and is_open and len(values) < asked.left_open:
                told.append((cell, sorted(values), len(same)))
    return told
