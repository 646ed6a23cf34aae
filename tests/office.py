"""What an office does with the program: a copy of it, its own settings and codes, the commands."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from conftest import environment_names
from filled import filled

from analysis import paths
from analysis.language import chosen
from analysis.sheets import workbook
from analysis.study import codebook as codebooks

CUT = '''
import pathlib
import socket
import sys


def _refuse(event, arguments):
    """Refuse and note every call that could reach the network; local sockets of the kernels are files."""
    is_file = event == "socket.connect" and arguments[0].family == socket.AF_UNIX
    if event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto") and not is_file:
        if str(arguments[-1 if event == "socket.connect" else 0]).count("127.0.0.1") or "localhost" in str(arguments):
            return
        with (pathlib.Path(__file__).parent / "calls").open("a") as file:
            print(event, arguments[1:], file=file)
        raise OSError("There is no network.")


sys.addaudithook(_refuse)
'''
"""Code that notes and refuses what could reach the network; it goes to the end of the package's `__init__.py`."""

OWN = """\
housing_support,,,block,,,,,table1,,,,base,Housing support,Boendestöd,,,
housing_support,,cases,choice,yes,,,,,housing_support,,,,Housing support,Boendestöd,,,
housing_support,daily,,,,,,,,,,,,Every day,Varje dag,,,
housing_support,weekly,,,,,,,,,,,,Every week,Varje vecka,,,
"""
"""Lines of a codebook with a column of one's own."""


def cut(root: Path) -> Path:
    """A copy that cannot reach the network."""
    start = copied(root) / "analysis" / "__init__.py"
    start.write_text(start.read_text(encoding="utf-8") + CUT, encoding="utf-8")
    return root


def copied(root: Path) -> Path:
    """A copy of everything that a run needs, without any study."""
    (root / "data" / "raw").mkdir(parents=True)
    shutil.copy(paths.CODEBOOK, root / "data" / "raw")
    ignored = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints")
    for folder in (paths.PACKAGE, paths.ROOT / "tools", paths.NOTEBOOKS):
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
    workbook.write(folder / workbook.WORKBOOK, units, codebook, "fictitious", chosen.of(study))


def run(root: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess:
    """Run `python -m analysis` with these arguments and environment variables in the copy."""
    kept = {name: value for name, value in os.environ.items() if name not in environment_names()}
    command = [sys.executable, "-m", "analysis", *arguments]
    return subprocess.run(command, cwd=root, env=kept | variables, capture_output=True, text=True, timeout=600)
