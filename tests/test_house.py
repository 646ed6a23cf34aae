"""Rules of the whole tree: lint, format, names that must not stand in it, notebooks that stay thin."""

import re
import subprocess
import sys

import pytest
from faults import KINDS, counts

from analysis import notebooks, paths
from analysis.steps import STEPS

NAMES = sorted(path.stem for path in paths.NOTEBOOKS.glob("[0-9]*.ipynb"))


def code_cells(name: str) -> list[dict]:
    """The code cells of a notebook."""
    cells = notebooks.load(paths.NOTEBOOKS / f"{name}.ipynb")["cells"]
    return [cell for cell in cells if cell["cell_type"] == "code"]


@pytest.mark.parametrize("arguments", [("check",), ("format", "--check")], ids=" ".join)
def test_code_is_as_ruff_wants_it(arguments):
    command = [sys.executable, "-m", "ruff", *arguments, "--no-cache", "."]
    done = subprocess.run(command, cwd=paths.ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_only_the_default_names_a_study():
    found = [
        path.name for path in paths.PACKAGE.rglob("*.*") if path.suffix != ".pyc" and paths.DEFAULT_STUDY in text(path)
    ]
    assert found == ["paths.py"]
    assert text(paths.PACKAGE / "paths.py").count(paths.DEFAULT_STUDY) == 1


def text(path) -> str:
    """The content of a text file in lower case."""
    return path.read_text(encoding="utf-8").lower()


def test_every_notebook_is_a_step_and_every_step_a_notebook():
    assert sorted(step.name for step in STEPS if step.notebook) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_is_thin_and_names_the_study_only_as_its_parameter(name):
    parameters, *others = code_cells(name)
    assert notebooks.parameters(paths.NOTEBOOKS / f"{name}.ipynb") == {
        "study": paths.DEFAULT_STUDY,
        "labels": paths.DEFAULT_LABELS,
    }
    assert parameters["metadata"]["tags"] == ["parameters"]
    source = "\n".join(notebooks.text(cell["source"]) for cell in others)
    assert paths.DEFAULT_STUDY not in source
    assert not re.search(r"^\s*(def|class|async def) ", source, re.MULTILINE)
    lines = [line for cell in code_cells(name) for line in notebooks.text(cell["source"]).splitlines() if line.strip()]
    assert len(lines) <= 30


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_links_to_files_that_are_there(name):
    markdown = "\n".join(
        notebooks.text(cell["source"])
        for cell in notebooks.load(paths.NOTEBOOKS / f"{name}.ipynb")["cells"]
        if cell["cell_type"] == "markdown"
    )
    linked = re.findall(r"\]\(([^)#:]+)[)#]", markdown)
    assert all((paths.NOTEBOOKS / link).exists() for link in linked)


def test_the_readme_says_how_many_faults_were_tried_and_survived():
    rows = counts()
    assert [row["kind"] for row in rows] == list(KINDS)
    tried, survived = (sum(int(row[column]) for row in rows) for column in ("tried", "survived"))
    readme = " ".join((paths.ROOT / "README.md").read_text(encoding="utf-8").split())
    assert f"**{survived} of {tried} faults of {len(rows)} kinds were survived**" in readme
