"""Rules of the whole tree: lint, format, names that must not stand in it, notebooks that stay thin."""

import ast
import re
import subprocess
import sys

import pytest
from faults import KINDS, counts

from analysis import paths
from analysis.run import notebooks
from analysis.run.steps import STEPS

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


ROOMS = ("language", "run", "study", "sheets", "counts", "privacy", "display", "printed", "explore", "collaboration",
         "figures", "report")  # fmt: skip
"""The rooms of the package in the order in which data flow: each imports only from those before it."""

BESIDE = {"__init__", "errors", "identity", "paths"}
"""The modules beside the rooms that every room may import."""

DOORS = {"__main__", "api"}
"""The modules that import from all rooms, for the command line and for Python; no room imports them."""

TELLS = ("language",)
"""What running a study knows of the other rooms: how to tell what it does. What is counted is no matter of its own."""


def room(module: str) -> str:
    """The room of a module of the package, or the name of one beside them."""
    return module.split(".")[1] if "." in module else "__init__"


def imports():
    """(file, its room, imported module) for every import within the package and of the repository's tools."""
    for path in sorted(paths.PACKAGE.rglob("*.py")):
        of = path.relative_to(paths.PACKAGE).with_suffix("").parts[0]
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] in ("analysis", "tools"):
                for name in node.names if node.module in ("analysis", "tools") else ():
                    yield path.name, of, f"{node.module}.{name.name}"
                if node.module not in ("analysis", "tools"):
                    yield path.name, of, node.module


def may_import(of: str, module: str) -> bool:
    """Whether a room, or a module beside them, may import a module."""
    if of in DOORS:
        return of == "__main__" or not module.startswith("tools")
    if module.startswith("tools"):
        return False
    if room(module) in BESIDE:
        return True
    if of == "__init__":
        return module in ("analysis.api", "analysis.run")
    allowed = TELLS if of in BESIDE | {"run"} else ROOMS[: ROOMS.index(of)]
    return room(module) in (of, *allowed)


def test_each_room_imports_only_from_those_before_it():
    folders = {path.name for path in paths.PACKAGE.iterdir() if (path / "__init__.py").exists()}
    assert folders == set(ROOMS)
    assert {path.stem for path in paths.PACKAGE.glob("*.py")} == BESIDE | DOORS
    assert [f"{file} of {of} imports {module}" for file, of, module in imports() if not may_import(of, module)] == []


def test_the_table_of_rooms_sees_an_import_the_wrong_way():
    assert not may_import("counts", "analysis.report.build") and not may_import("run", "analysis.study.codebook")
    assert not may_import("paths", "analysis.study") and not may_import("report", "tools.crate")
    assert may_import("report", "analysis.counts.tables") and may_import("paths", "analysis.language.messages")


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
