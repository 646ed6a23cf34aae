"""What an office does with the program: a copy of it, its own settings and codes, the commands."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from conftest import environment_names
from filled import filled

from analysis import codebook as codebooks
from analysis import language, paths, workbook


def copied(root: Path) -> Path:
    """A copy of everything that a run needs, without any study."""
    (root / "data" / "raw").mkdir(parents=True)
    shutil.copy(paths.CODEBOOK, root / "data" / "raw")
    ignored = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints")
    for folder in (paths.PACKAGE, paths.NOTEBOOKS):
        shutil.copytree(folder, root / folder.name, ignore=ignored)
    for file in (paths.LOCK, paths.PACKAGE.parent / "pyproject.toml"):
        shutil.copy(file, root)
    return root


def fill(study: str, files: int = 30, sheets: tuple[str, ...] = ()) -> None:
    """What an office does: settings and codes."""
    folder, own = paths.raw(study), paths.raw(study) / paths.CODEBOOK.name
    codebook = codebooks.read(paths.CODEBOOK, *([own] if own.exists() else []))
    settings = folder / "study.yml"
    settings.write_text(settings.read_text(encoding="utf-8").replace("status: original", "status: fictitious"), "utf-8")
    units = filled(codebook, files, sheets=sheets)
    workbook.write(folder / workbook.WORKBOOK, units, codebook, "fictitious", language.of(study))


def run(root: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess:
    """Run `python -m analysis` with these arguments and environment variables in the copy."""
    kept = {name: value for name, value in os.environ.items() if name not in environment_names()}
    command = [sys.executable, "-m", "analysis", *arguments]
    return subprocess.run(command, cwd=root, env=kept | variables, capture_output=True, text=True, timeout=600)
