"""Valid coded units, made from the codebook alone, for the tests of everything that reads or counts them."""

import random
from collections.abc import Callable, Iterable

import pandas as pd

from analysis import paths
from analysis.sheets import validation, workbook
from analysis.study import codebook as codebooks
from analysis.study.codebook import RULES, STATUS, Codebook, Variable

CODEBOOK = codebooks.read(paths.CODEBOOK)

FREE = Codebook(tuple(row for row in CODEBOOK.rows if row.type not in RULES))
"""The codebook without its rules: any combination of codes is right."""


def units(
    files: Iterable[str],
    authorities: Iterable[str],
    code: Callable[[Variable, tuple[str, ...]], str],
    sheets: Iterable[str],
) -> dict[str, pd.DataFrame]:
    """Units with the given ids in the given sheets; `code` chooses one of a variable's allowed texts."""
    files, authorities = list(files), list(authorities)
    frames = {}
    for sheet in sheets:
        ids = files if CODEBOOK.unit(sheet) == "files" else authorities
        frames[sheet] = pd.DataFrame(
            {
                variable.name: ids
                if variable.type in ("id", "key")
                else [code(variable, _allowed(variable, authorities)) for _ in ids]
                for variable in CODEBOOK.sheet(sheet)
                if validation.is_read(variable)
            },
            dtype="str",
        ).assign(**{STATUS: "fictitious"} if sheet == next(iter(CODEBOOK.frames["sheet"])) else {})
    return workbook.typed_units(frames, CODEBOOK)


def _allowed(variable: Variable, authorities: list[str]) -> tuple[str, ...]:
    codes = validation.allowed_codes(variable, CODEBOOK)
    if variable.type == "count":
        codes = (*(str(number) for number in (variable.minimum, variable.maximum, variable.minimum + 1)), *codes)
    if variable.type == "ref":
        codes = tuple(authorities)
    return codes if variable.required else (*codes, "")


def plain(files: int = 3) -> dict[str, pd.DataFrame]:
    """Units in which every cell holds the first answer by which nothing breaks a rule."""
    ids = [f"R{number:02}" for number in range(1, files + 1)]
    first = {"implemented_partially": "no", "motivation_explicit": "no"}
    sheets = CODEBOOK.frames["sheet"]
    return units(ids, "AB", lambda variable, allowed: first.get(variable.name, allowed[0]), sheets)


def drawn(
    seed: int, files: Iterable[str], authorities: Iterable[str], sheets: Iterable[str]
) -> dict[str, pd.DataFrame]:
    """Units with codes drawn at random."""
    source = random.Random(seed)
    return units(files, authorities, lambda _, allowed: source.choice(allowed), sheets)
