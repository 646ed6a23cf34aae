"""A study as an office would fill it in: made-up codes that keep every rule of the codebook, the same for a seed."""

import numpy as np
import pandas as pd

from analysis.sheets import validation, workbook
from analysis.study.codebook import BLANK, STATUS, Codebook, Variable
from analysis.study.expressions import breaks, parse_condition, variables


def filled(
    codebook: Codebook,
    files: int,
    authorities: int = 3,
    seed: int = 1,
    status: str = "fictitious",
    sheets: tuple[str, ...] = (),
) -> dict[str, pd.DataFrame]:
    """Units with so many files and authorities; `sheets` names the sheets that are filled in (none: all).

    The first codes of a variable are the most common, a tick is `yes` in a share of its own, few cells are `nd`.
    """
    source = np.random.default_rng(seed)
    sizes = {"files": files, "authorities": authorities}
    ids = {unit: [f"{unit[0].upper()}{place:0{len(str(size))}d}" for place in range(1, size + 1)]
           for unit, size in sizes.items()}  # fmt: skip
    frames = {}
    for sheet in codebook.frames["sheet"]:
        if sheets and sheet not in sheets:
            continue
        unit = codebook.unit(sheet)
        frames[sheet] = pd.DataFrame(
            {
                variable.name: ids[unit] if variable.type in ("id", "key")
                else _codes(variable, codebook, sizes[unit], ids["authorities"], source)
                for variable in codebook.sheet(sheet) if validation.is_read(variable)
            },
            dtype="str",
        )  # fmt: skip
        if STATUS in frames[sheet]:
            frames[sheet][STATUS] = status
    units = workbook.typed_units(frames, codebook)
    _keep_rules(units, codebook)
    return units


def _codes(variable: Variable, codebook: Codebook, size: int, authorities: list[str], source) -> np.ndarray:
    codes = validation.allowed_codes(variable, codebook)
    match variable.type:
        case "ref":
            return source.choice(authorities, size)
        case "count":
            low, high = variable.minimum or 0, min(variable.maximum or 9, (variable.minimum or 0) + 60)
            return (low + source.geometric(0.5 if high < 30 else 0.05, size) - 1).clip(low, high).astype(str)
        case "tick":
            share = source.uniform(0.1, 0.9)
            return source.choice(["yes", "no", "nd"], size, p=[share * 0.98, (1 - share) * 0.98, 0.02])
        case "choice":
            weights = 1 / np.arange(1, len(codes) + 1)
            return source.choice(codes, size, p=weights / weights.sum())
    return np.full(size, BLANK)


def _keep_rules(units: dict[str, pd.DataFrame], codebook: Codebook) -> None:
    """In rows that break a rule, change the one answer of the rule that puts them all right."""
    for rule in codebook.rules():
        rows, condition = units[codebook.unit(rule.sheet)], parse_condition(rule.definition, codebook)
        names = [name for name in variables(condition) if codebook.variable(name).type == "tick"]
        if not set(variables(condition)) <= set(rows):
            continue
        for name, answer in ((name, answer) for name in names for answer in ("yes", "no")):
            broken = breaks(condition, rows)
            changed = rows.assign(**{name: rows[name].mask(broken, answer)})
            if broken.any() and not breaks(condition, changed).any():
                rows[name] = changed[name]
        assert not breaks(condition, rows).any(), rule.name
