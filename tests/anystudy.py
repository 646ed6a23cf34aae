"""Studies of one's own made up at random: blanks and `nd` wherever they may stand, columns and sheets left out."""

import csv
import random
from pathlib import Path

import pandas as pd
import yaml

from analysis import paths
from analysis.sheets import validation
from analysis.study import codebook as codebooks
from analysis.study import definitions
from analysis.study.codebook import STATUS, Codebook, Variable
from analysis.study.expressions import holds, parse_condition, variables

LABELS = (
    "Own",
    "Own & <other>",
    "Costs 5 $ or 10 $",
    "100 % of a_b^c \\alpha",
    "Ä" * 30,
    "A very long label " * 12,
    "#*`x`|y",
)
"""Labels that people may write."""

JUDGEMENT = {
    "kind": "M5", "degree": "C2", "between": ["C0", "C5"], "nearer": "C0", "horizontal": ["low", "low"],
    "vertical": ["low", "middle"],
}  # fmt: skip


def make(folder: Path, seed: int, files: int | None = None) -> Codebook:
    """Write a study into a folder, one csv file a sheet; gives its codebook. The same for the same seed."""
    chance = random.Random(seed)
    folder.mkdir(parents=True)
    spoken = chance.choice(codebooks.LANGUAGES)
    _write_codebook(folder / paths.CODEBOOK.name, chance)
    codebook = definitions.read(paths.CODEBOOK, folder / paths.CODEBOOK.name, language=spoken)
    size = files if files is not None else chance.choice((1, 2, 5, *range(12, 41)))
    frames = _frames(codebook, size, chance)
    for sheet, frame in frames.items():
        frame.to_csv(folder / f"{sheet}.csv", index=False, encoding="utf-8")
    settings = {"title": chance.choice(LABELS), "status": "fictitious", "language": spoken}
    (folder / "study.yml").write_text(yaml.safe_dump(settings, allow_unicode=True), encoding="utf-8")
    return codebook


def _write_codebook(path: Path, chance: random.Random) -> None:
    """Own variables of each type, with rows of tables, on any sheet."""
    rows = []

    def row(**cells: str) -> None:
        label = chance.choice(LABELS) + f" {len(rows)}"
        rows.append({"label_en": label, "label_sv": label} | cells)

    for number in range(chance.choice((0, 1, 1, 3))):
        sheet = chance.choice(("cases", "help", "participation"))
        table = chance.choice(("table1", "table2", "table3"))
        columns = ("before", "after") if table == "table2" else ("n",)
        kind = chance.choice(("choice", "tick", "count", "date"))
        required = chance.choice(("", "yes"))
        name = f"own_{number}"
        if kind == "date":
            row(variable=name, sheet=sheet, type=kind)
            continue
        row(variable=name, type="block", table=table, definition="base")
        if kind == "tick":
            for part in "ab":
                row(variable=f"{name}_{part}", sheet=sheet, type=kind, required=required, block=name, item=part,
                    column=columns[0])  # fmt: skip
            row(variable=f"{name}_any", sheet=sheet, type="derived", block=name, item="any", column=columns[0],
                definition=f"any({name}_a, {name}_b)")  # fmt: skip
            row(variable=f"{name}_none", sheet=sheet, type="derived", block=name, item="none", column=columns[-1],
                definition=f"not {name}_a and not {name}_b")  # fmt: skip
        elif kind == "choice":
            row(variable=name, sheet=sheet, type=kind, required=required, block=name)
            for code in ("one", "two", "three"):
                row(variable=name, code=code)
            row(variable=f"{name}_not", sheet=sheet, type="derived", block=name, item="other", column=columns[0],
                definition=f"{name} != one")  # fmt: skip
        else:
            row(variable=name, sheet=sheet, type=kind, required=required, minimum="0", maximum="9", block=name)
            row(variable=f"{name}_many", sheet=sheet, type="derived", block=name, item="many", column=columns[0],
                definition=f"not ({name} >= 3)")  # fmt: skip
            row(variable=f"{name}_mean", sheet=sheet, type="quantity", block=name, item="mean", column=columns[0],
                definition=f"mean({name})")  # fmt: skip
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        table = csv.DictWriter(file, codebooks.COLUMNS, lineterminator="\n")
        table.writeheader()
        table.writerows(rows)


def _frames(codebook: Codebook, size: int, chance: random.Random) -> dict[str, pd.DataFrame]:
    """Sheet -> its cells as texts, which keep every rule of the codebook."""
    authorities = [f"A{number}" for number in range(1, chance.choice((1, 2, 4)) + 1)]
    ids = {"files": [f"F{number:02}" for number in range(1, size + 1)], "authorities": authorities}
    first, *optional = codebook.frames["sheet"]
    sheets = [first, *(sheet for sheet in optional if chance.random() < 0.8)]
    unknown = chance.choice((0.02, 0.2, 0.6, 1))
    leave_out = chance.choice((0, 0.2, 1))
    frames = {}
    for sheet in sheets:
        columns = {}
        for variable in codebook.sheet(sheet):
            if variable.type in ("id", "key"):
                columns[variable.name] = ids[codebook.unit(sheet)]
            elif not validation.is_read(variable) or (variable.type == "ref" and "authorities" not in sheets):
                continue
            elif variable.required or chance.random() >= leave_out:
                columns[variable.name] = _column(
                    variable, codebook, ids[codebook.unit(sheet)], authorities, unknown, chance
                )
        frames[sheet] = pd.DataFrame(columns, dtype="str")
    for _ in range(3):
        for rule in codebook.rules():
            _keep(rule, frames, codebook)
    return frames


def _column(
    variable: Variable,
    codebook: Codebook,
    ids: list[str],
    authorities: list[str],
    unknown: float,
    chance: random.Random,
) -> list[str]:
    if variable.name == STATUS:
        return ["fictitious"] * len(ids)
    codes = list(validation.allowed_codes(variable, codebook))
    missing = [code for code in codebook.frames["missing"] if code in codes]
    known = [code for code in codes if code not in missing]
    if variable.type == "count":
        low = variable.minimum or 0
        known = [str(number) for number in range(low, min(variable.maximum or 9, low + 12) + 1)]
    elif variable.type == "date":
        known = ["2015-03-02", "2016-11-30", "2014-05", "2013"]
    elif variable.type == "ref":
        known = authorities
    blanks = missing if variable.required else [*missing, ""]
    share = chance.choice((0, unknown, unknown))
    some = chance.sample(known, chance.randint(1, len(known)))
    return [chance.choice(blanks) if blanks and chance.random() < share else chance.choice(some) for _ in ids]


def _keep(rule: Variable, frames: dict[str, pd.DataFrame], codebook: Codebook) -> None:
    """In rows that break a rule, leave unknown what it names, so far as that may be."""
    if rule.sheet not in frames:
        return
    frame, condition = frames[rule.sheet], parse_condition(rule.definition, codebook)
    names = [name for name in variables(condition) if name in frame]
    from analysis.sheets import workbook

    units = workbook.typed_units(frames, codebook)[codebook.unit(rule.sheet)].astype(object)
    if not set(variables(condition)) <= set(units):
        return
    units = units.mask(units.isna() | (units == ""), "nd")
    broken = ~holds(condition, units)
    for name in names:
        variable = codebook.variable(name)
        if "nd" in validation.allowed_codes(variable, codebook):
            frame.loc[broken.to_numpy(), name] = "nd"
