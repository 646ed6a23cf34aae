"""Beginning a study: its folder, settings that explain themselves, an empty codebook of its own and the workbook."""

import csv
import re
from pathlib import Path

from analysis import identity, paths
from analysis.errors import UserError
from analysis.language import messages
from analysis.sheets import workbook
from analysis.study import codebook as codebooks
from analysis.study import definitions
from analysis.study.codebook import ORIGINAL

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")


def begin(study: str, language: str) -> Path:
    """Make the folder of a new study, or what it still lacks; returns the folder.

    It gets study.yml, a codebook.csv without rows and an empty workbook that has the columns of the common codebook
    and those of the study's own. Nothing that is there is changed.
    Raises UserError for a name that cannot be used, and where the study has its coded files already.
    """
    folder = paths.raw(study)
    if not _NAME.fullmatch(study) or identity.find(study) == "number":
        raise UserError(messages.text("study_name", language, study=study))
    if coded := workbook.coded_files(folder):
        names = ", ".join(path.name for path in coded)
        raise UserError(messages.text("study_exists", language, study=study, found=names))
    paths.private(folder)
    settings, own = folder / "study.yml", folder / paths.CODEBOOK.name
    if not settings.exists():
        text = (paths.PACKAGE / "templates" / f"study_{language}.yml").read_text(encoding="utf-8")
        settings.write_text(text.format(study=study), encoding="utf-8", newline="\n")
    if not own.exists():  # its mark tells spreadsheet programs the encoding
        with own.open("w", encoding="utf-8-sig", newline="") as file:
            csv.writer(file, lineterminator="\n").writerow(codebooks.COLUMNS)
    workbook.write(
        folder / workbook.WORKBOOK, {}, definitions.read(paths.CODEBOOK, own, language=language), ORIGINAL, language
    )
    return folder
