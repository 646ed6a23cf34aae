"""Sheets with missing answers everywhere, rows that a study defines itself, and what both come to, in plain Python.

Nothing here uses the language's own evaluation: a row with gaps is each of the rows that it could be (`completions`),
and what a condition says of a whole row is a line of Python beside its text.
"""

import itertools
import random
from dataclasses import dataclass

import pandas as pd
from filled import filled

from analysis import paths
from analysis.study import codebook as codebooks
from analysis.study.expressions import asks_for_an_answer, parse_condition

BLANK, ND = "", "nd"
COUNTS = {"age": (0, 110), "n_plans": (1, 24), "follow_up_months": (0, 120), "visits": (0, 40)}
BLOCK = """\
own,,,block,,,,,table1,,,,base,Own rows,Egna rader,,,
visits,,cases,count,,,0,40,,,,,,Visits,Besök,,,
needs_note,,cases,tick,,,,,,,,,,Needs a note,Behöver not,,,
"""


@dataclass(frozen=True)
class Asked:
    """A condition: its text, what it says of a whole row, the variables that it names."""

    text: str
    meaning: object
    names: frozenset[str]

    def ends(self, rows, answers) -> tuple[int, int]:
        """In how many rows it surely holds, and in how many it possibly does."""
        met = [[bool(self.meaning(whole)) for whole in completions(row, self.names, answers)] for row in rows]
        return sum(map(all, met)), sum(map(any, met))


def completions(row, names, answers):
    """Every row that this one could be, for all that the gaps of these variables may hide."""
    open_ = [name for name in sorted(names) if row[name] in (ND, BLANK)]
    for filling in itertools.product(*(answers[name] for name in open_)):
        yield {**row, **dict(zip(open_, filling, strict=True))}


def answers_of(codebook) -> dict[str, tuple]:
    """What each variable can truly be; of a number all that the conditions here tell apart."""
    found = {}
    for variable in codebook.variables.values():
        if variable.type == "tick":
            found[variable.name] = ("yes", "no")
        elif variable.type == "choice":
            found[variable.name] = tuple(code for code in variable.code_names() if code != ND)
    for name, (low, high) in COUNTS.items():
        found[name] = tuple(range(low, min(high, low + 6) + 1)) + ((high,) if high > low + 6 else ())
    return found


def condition(draw: random.Random, codebook, depth: int = 2) -> Asked:
    """A random condition on a file."""
    if depth and draw.random() < 0.75:
        parts = [condition(draw, codebook, depth - 1) for _ in range(draw.choice([1, 2, 2, 3]))]
        names = frozenset().union(*(part.names for part in parts))
        texts = [part.text for part in parts]
        least = draw.randint(1, len(parts))
        kind = draw.choice(["not", "and", "or", "any", "all", "atleast"])
        if kind == "not" or len(parts) == 1:
            return Asked(f"(not {texts[0]})", lambda row: not parts[0].meaning(row), parts[0].names)
        text = f"({f' {kind} '.join(texts)})" if kind in ("and", "or") else (
            f"{kind}({f'{least}, ' if kind == 'atleast' else ''}{', '.join(texts)})"
        )  # fmt: skip
        needed = {"and": len(parts), "all": len(parts), "or": 1, "any": 1, "atleast": least}[kind]
        return Asked(text, lambda row: sum(bool(part.meaning(row)) for part in parts) >= needed, names)
    return _atom(draw, codebook)


def _of_answers(draw: random.Random, codebook) -> Asked:
    """A random condition that nowhere names every answer of a variable: that would ask whether there is one."""
    while True:
        asked = condition(draw, codebook)
        if not _asks(parse_condition(asked.text, codebook)):
            return asked


def _asks(node) -> bool:
    parts = [
        *getattr(node, "parts", ()),
        *filter(None, (getattr(node, "part", None), getattr(node, "condition", None))),
    ]
    return asks_for_an_answer(node) or any(map(_asks, parts))


def _atom(draw: random.Random, codebook) -> Asked:
    pools = {kind: [v for v in codebook.variables.values() if v.type == kind and codebook.unit(v.sheet) == "files"]
             for kind in ("tick", "choice")}  # fmt: skip
    few = draw.choice([3, 40])  # few variables, so that conditions name one several times
    tick, other = (draw.choice(pools["tick"][:few]).name for _ in range(2))
    choice = draw.choice(pools["choice"][1 : few + 1])
    codes = [code for code in choice.code_names() if code != ND]
    code, another = draw.choice(codes), draw.choice(codes)
    count = draw.choice(list(COUNTS))
    number = draw.randint(COUNTS[count][0] + 1, COUNTS[count][0] + 5)
    name = choice.name
    return draw.choice([
        Asked(tick, lambda row: row[tick] == "yes", frozenset({tick})),
        Asked(f"{tick} == no", lambda row: row[tick] == "no", frozenset({tick})),
        Asked(f"{tick} != yes", lambda row: row[tick] != "yes", frozenset({tick})),
        Asked(f"{tick} == {other}", lambda row: row[tick] == row[other], frozenset({tick, other})),
        Asked(f"{name} == {code}", lambda row: row[name] == code, frozenset({name})),
        Asked(f"{name} != {code}", lambda row: row[name] != code, frozenset({name})),
        Asked(f"{name} in ({code}, {another})", lambda row: row[name] in (code, another), frozenset({name})),
        Asked(f"{count} >= {number}", lambda row: row[count] >= number, frozenset({count})),
        Asked(f"{count} < {number}", lambda row: row[count] < number, frozenset({count})),
        Asked(f"{count} == {number}", lambda row: row[count] == number, frozenset({count})),
        Asked(f"{count} != {number}", lambda row: row[count] != number, frozenset({count})),
        Asked(f"1 <= {count} <= {number}", lambda row: 1 <= row[count] <= number, frozenset({count})),
    ])  # fmt: skip


@dataclass(frozen=True)
class Sheet:
    """A study with gaps: its codebook's own lines, its units, its files as plain rows, and the rows that it defines."""

    own: str
    codebook: codebooks.Codebook
    units: dict[str, pd.DataFrame]
    rows: list[dict]
    answers: dict[str, tuple]
    asked: dict[str, Asked]


def sheet(seed: int, folder, files: int | None = None) -> Sheet:
    """A random one, the same for a seed; `folder` holds its codebook."""
    draw = random.Random(seed)
    shipped = codebooks.read(paths.CODEBOOK)
    (folder / "own.csv").write_text(",".join(codebooks.COLUMNS) + "\n" + BLOCK, encoding="utf-8")
    plain = codebooks.read(paths.CODEBOOK, folder / "own.csv")
    asked = {f"d{place}": _of_answers(draw, plain) for place in range(6)}
    lines = [f'{name},,cases,derived,,,,,,own,{name},n,"{one.text}",{name},{name},,,' for name, one in asked.items()]
    share, first = "share", asked["d0"].text
    lines += [
        f"{name}_mean,,{shipped.variable(name).sheet},quantity,,,,,,own,{name}_mean,n,mean({name}),{name},{name},,,"
        for name in ("age", "follow_up_months")
    ]
    lines += [f'{share},,cases,quantity,,,,,,own,{share},n,"files({first}) / files()",{share},{share},,,']
    own = ",".join(codebooks.COLUMNS) + "\n" + BLOCK + "\n".join(lines) + "\n"
    (folder / "codebook.csv").write_text(own, encoding="utf-8")
    codebook = codebooks.read(paths.CODEBOOK, folder / "codebook.csv")
    units = filled(codebook, files or draw.randint(12, 40), seed=seed)
    for unit, frame in units.items():
        for name in frame.columns:
            variable = codebook.variables.get(name)
            if variable is not None and variable.type in ("tick", "choice", "count") and name != codebooks.STATUS:
                units[unit] = frame = frame.assign(**{name: _with_gaps(frame[name], variable, draw)})
    files_ = units["files"].astype(object).where(units["files"].notna(), BLANK)
    rows = [
        {name: int(v) if name in COUNTS and v not in (ND, BLANK) else v for name, v in row.items()}
        for row in files_.to_dict("records")
    ]
    return Sheet(own, codebook, units, rows, answers_of(codebook), asked)


def _with_gaps(column: pd.Series, variable, draw: random.Random) -> pd.Series:
    share = draw.choice([0, 0, 0.05, 0.3, 0.6])
    gaps = [ND] if variable.required else [ND, BLANK]
    cells = column.astype(object)
    for place in cells.index:
        if draw.random() < share:
            gap = draw.choice(gaps)
            cells[place] = pd.NA if variable.type == "count" and gap == BLANK else gap
    has_text = variable.type == "count" and (cells == ND).any()
    return cells if has_text else cells.astype(column.dtype)
