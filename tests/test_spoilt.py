"""The tests of notebooks find what is wrong: in a whole project, each kind of damage makes them fail."""

import base64
import io
import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import matplotlib.image
import pytest

from analysis import paths

STEPS = """
STEPS = (
    Step("01_sound", (), ("cases.csv",)),
    Step("02_number", ("01_sound",), ()),
    Step("03_picture", ("01_sound",), ("figures/figure1.png",)),
    Step("04_lost", ("01_sound",), ()),
    Step("05_warning", ("01_sound",), ()),
    Step("report", ("01_sound",), ("report.html",)),
)
"""

SOUND = """
paths.derived(study).mkdir(parents=True, exist_ok=True)
(paths.derived(study) / "cases.csv").write_text("7\\n")"""

PICTURE = """
import matplotlib.pyplot as plt
figure, axes = plt.subplots()
bars = axes.bar([1, 2], [3, 7])
paths.figures(study).mkdir(parents=True, exist_ok=True)
figure.savefig(paths.figures(study) / "figure1.png")"""

REPORT = """
from analysis import paths

def build(study, language, failed):
    (paths.derived(study) / "report.html").write_text("report")
"""


FAILED = re.compile(r"^FAILED (.+?::.+?)(?: - .*)?$", re.MULTILINE)


@pytest.fixture
def failures(new_project) -> set[str]:
    """The tests that fail in a project of which all was right until it was spoilt."""
    (steps := new_project.root / "analysis" / "run" / "steps.py").write_text(
        steps.read_text().partition("\nSTEPS")[0] + STEPS
    )
    (new_project.root / "analysis" / "report" / "build.py").write_text(REPORT)
    new_project.write_notebook("01_sound", SOUND)
    new_project.write_notebook("02_number", "6 * 7")
    new_project.write_notebook("03_picture", PICTURE)
    new_project.write_notebook("04_lost", "6 * 7")
    new_project.write_notebook("05_warning", "import warnings", "3")
    for leftover in ("01_ingest", "02_count"):
        new_project.notebook(leftover).unlink()
    (new_project.root / "tools" / "crate.py").write_text("def write():\n    pass\n")
    done = new_project.run("accept")
    assert done.returncode == 0, done.stderr

    change_cell(new_project.notebook("02_number"), lambda cell: cell["outputs"][0]["data"].update({"text/plain": "43"}))
    picture = io.BytesIO()
    matplotlib.image.imsave(picture, [[0, 1], [1, 0]], format="png")
    content = base64.b64encode(picture.getvalue()).decode()
    change_cell(
        new_project.notebook("03_picture"), lambda cell: cell["outputs"][0]["data"].update({"image/png": content})
    )
    change_cell(new_project.notebook("04_lost"), lambda cell: cell.update(outputs=[], execution_count=None))
    change_cell(new_project.notebook("05_warning"), lambda cell: cell.update(source='warnings.warn("old")\n3'))
    figure = new_project.root / "figures" / paths.DEFAULT_STUDY / "figure1.png"
    figure.write_bytes(picture.getvalue())

    (new_project.root / "tests").mkdir()
    for name in ("conftest.py", "campaigns.py", "early.py", "test_notebooks.py"):
        shutil.copy(paths.ROOT / "tests" / name, new_project.root / "tests")
    done = subprocess.run(**new_project.command("-m", "pytest", "-q"))
    assert done.returncode == 1, done.stdout
    return set(FAILED.findall(done.stdout))


def change_cell(file: Path, change: Callable[[dict], None]) -> None:
    """Change the last cell of a notebook file."""
    notebook = json.loads(file.read_text())
    change(notebook["cells"][-1])
    file.write_text(json.dumps(notebook))


@pytest.mark.long
def test_each_kind_of_damage_makes_the_tests_fail(failures):
    stored, last, ran = (
        "test_a_stored_notebook_is_what_a_run_makes",
        "test_a_stored_notebook_is_what_the_last_run_made",
        "test_a_stored_notebook_ran_from_top_to_end_without_a_warning",
    )
    of_the_stored_ones = "test_a_stored_notebook_that_was_damaged_is_noticed"  # they need sound ones to damage
    assert {name for name in failures if of_the_stored_ones not in name} == {
        f"tests/test_notebooks.py::{stored}[02_number]",
        f"tests/test_notebooks.py::{last}[02_number]",
        "notebooks/02_number.ipynb::Cell 2",
        f"tests/test_notebooks.py::{stored}[03_picture]",
        f"tests/test_notebooks.py::{last}[03_picture]",
        f"tests/test_notebooks.py::{stored}[04_lost]",
        f"tests/test_notebooks.py::{last}[04_lost]",
        f"tests/test_notebooks.py::{ran}[04_lost]",
        f"tests/test_notebooks.py::{stored}[05_warning]",
        f"tests/test_notebooks.py::{last}[05_warning]",
        "notebooks/05_warning.ipynb::Cell 3",
        "tests/test_notebooks.py::test_kept_results_are_what_a_run_makes",
        "tests/test_notebooks.py::test_data_code_and_results_are_those_of_the_last_run",
    }
