"""Where everything lies. Standard library only; every other module asks here.

What people made (`data/raw`, `notebooks`, `analysis`) is always read from the repository. What the program makes
goes below `output_root()`: the repository, or the folder named by the environment variable `COMPENDIUM_OUTPUT`, so
that a whole run can be made aside and put in place only when all of it is good.
"""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from analysis.errors import UserError
from analysis.language import messages

ROOT = Path(__file__).resolve().parent.parent
"""The repository."""

PACKAGE = ROOT / "analysis"
"""The Python package that the notebooks call."""

NOTEBOOKS = ROOT / "notebooks"
"""The notebooks, with the stored outputs of the shipped study."""

LOCK = ROOT / "requirements.lock"
"""Every version the environment is made of."""

CODEBOOK = ROOT / "data" / "raw" / "codebook.csv"
"""Every variable and code, shared by all studies."""

MATPLOTLIBRC = PACKAGE / "display" / "matplotlibrc"
"""Settings of all figures."""

DEFAULT_STUDY = "stockholm"
"""The study that ships with the repository."""

DEFAULT_LABELS = "en"
"""The language of labels: a column label_XX of the codebook."""


def output_root() -> Path:
    """The folder below which results are written and read back."""
    return Path(os.environ.get("COMPENDIUM_OUTPUT", ROOT))


def raw(study: str) -> Path:
    """The folder of what people coded for a study: study.yml, cases.xlsx, published.csv."""
    return ROOT / "data" / "raw" / study


def derived(study: str) -> Path:
    """The folder of what is made from it: tidy data, tables, claims, executed notebooks, report."""
    return output_root() / "data" / "derived" / study


def figures(study: str) -> Path:
    """The folder of the study's figures."""
    return output_root() / "figures" / study


def executed(study: str, notebook: str) -> Path:
    """The executed copy of a notebook, given by its name without suffix."""
    return derived(study) / "notebooks" / f"{notebook}.ipynb"


def private(folder: Path) -> Path:
    """A folder of a study, made if it is missing; only its owner can look into it, unless the study is shipped."""
    is_own = folder.name != DEFAULT_STUDY
    folder.mkdir(mode=0o700 if is_own else 0o777, parents=True, exist_ok=True)
    if is_own and folder.stat().st_mode & 0o077:
        with contextlib.suppress(OSError):  # where somebody else owns it, that person decides
            folder.chmod(0o700)
    return folder


def studies() -> list[str]:
    """The names of the studies that lie below data/raw, in alphabetical order."""
    return sorted(folder.name for folder in (ROOT / "data" / "raw").iterdir() if folder.is_dir())


def check_study(study: str) -> None:
    """Raise UserError unless `study` is the name of a folder below data/raw."""
    if study not in studies():
        raise UserError(messages.both("study_unknown", study=study, found=", ".join(studies()) or "–"))


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a temporary file to write; put it in the place of `path` when the block ends without an error.

    Readers see the old file or the new one, never half of one. The folder is made if it is missing.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{os.getpid()}.{path.name}")
    try:
        yield temporary
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
