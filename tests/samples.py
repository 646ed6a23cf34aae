"""Coded units made up for the tests: random codes of the codebook, the same for the same seed."""

import random

import pandas as pd

from analysis.study.codebook import STATUS


def random_units(codebook, size=12, seed=1, blank=(), status="fictitious"):
    """Unit -> one row a unit with a random code in every choice, tick and count; those named in `blank` are blank."""
    draw = random.Random(seed)
    columns = {}
    for variable in codebook.variables.values():
        unit = columns.setdefault(codebook.unit(variable.sheet), {})
        if variable.type == "id":
            unit[variable.name] = [f"{variable.name[0].upper()}{place:02d}" for place in range(1, size + 1)]
        elif variable.name == STATUS:
            unit[variable.name] = [status] * size
        elif variable.name in blank and variable.type in ("choice", "tick"):
            unit[variable.name] = [""] * size
        elif variable.type == "count":
            unit[variable.name] = pd.array([draw.randint(1, 4) for _ in range(size)], dtype="Int64")
        elif variable.type == "choice":
            unit[variable.name] = [draw.choice(variable.code_names()) for _ in range(size)]
        elif variable.type == "tick":
            unit[variable.name] = [draw.choice(["yes", "no"]) for _ in range(size)]
    return {unit: pd.DataFrame(found) for unit, found in columns.items()}
