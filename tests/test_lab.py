"""`make lab`: which notebooks it opens, and that saving in a copy of them touches neither notebooks nor results."""

import json
import os
import sys

import pytest

from analysis import paths
from analysis.__main__ import main
from analysis.run import execution, lab, notebooks
from analysis.run.steps import STEPS

NAMES = sorted(step.notebook.name for step in STEPS if step.notebook)


@pytest.fixture
def output(tmp_path, monkeypatch):
    """A folder for results in the place of the repository's."""
    monkeypatch.setenv("COMPENDIUM_OUTPUT", str(tmp_path))
    return tmp_path


@pytest.fixture
def opened(monkeypatch):
    """The arguments of every JupyterLab that would have been started, and the studies that were run before."""
    found = []
    monkeypatch.setattr(os, "execv", lambda _, arguments: found.append(arguments))
    monkeypatch.setattr(execution, "run", lambda study, labels: found.append((study, labels)))
    monkeypatch.setenv("PYTHONPATH", "")
    return found


def test_the_shipped_study_opens_where_its_notebooks_are(output, opened):
    assert main(["lab"]) == 0
    assert opened[0][:3] == [sys.executable, "-m", "jupyterlab"]
    assert opened[0][-1] == str(paths.NOTEBOOKS / "00_index.ipynb")
    assert not list(output.iterdir())


def test_another_study_is_brought_up_to_date_and_opens_in_copies(output, opened, monkeypatch):
    monkeypatch.setattr(paths, "studies", lambda: ["uppsala"])
    monkeypatch.setattr("analysis.language.chosen._stated", lambda study: ("sv", 1))
    assert main(["lab", "--study", "uppsala"]) == 0
    run, started = opened
    assert run == ("uppsala", "sv")
    assert started[-1] == str(output / "data" / "derived" / "uppsala" / "lab" / "00_index.ipynb")
    for name in NAMES:
        copied = paths.derived("uppsala") / "lab" / name
        assert notebooks.parameters(copied) == {"study": "uppsala", "labels": "sv"}


def test_a_study_that_does_not_exist_is_told(opened, capsys):
    assert main(["lab", "--study", "lund"]) == 1
    assert "There is no study 'lund'" in capsys.readouterr().err
    assert opened == []


def test_a_copy_shows_what_the_last_run_showed_if_that_had_its_parameters(output):
    source, name = paths.NOTEBOOKS / "02_background.ipynb", "02_background"
    executed = notebooks.load(source)
    paths.executed(paths.DEFAULT_STUDY, name).parent.mkdir(parents=True)

    def outputs(labels):
        lab.copy(paths.DEFAULT_STUDY, labels)
        cells = notebooks.load(paths.derived(paths.DEFAULT_STUDY) / "lab" / source.name)["cells"]
        return [cell["outputs"] for cell in cells if cell["cell_type"] == "code"]

    stored = [cell["outputs"] for cell in executed["cells"] if cell["cell_type"] == "code"]
    assert not any(outputs("en")), "it was never run"
    paths.executed(paths.DEFAULT_STUDY, name).write_text(json.dumps(executed))
    assert outputs("en") == stored and any(stored)
    assert not any(outputs("sv"))
    given = {"cell_type": "code", "id": "injected-parameters", "source": 'labels = "sv"\n', "outputs": []}
    executed["cells"].insert(2, given | {"metadata": {"tags": ["injected-parameters"]}, "execution_count": 2})
    paths.executed(paths.DEFAULT_STUDY, name).write_text(json.dumps(executed))
    assert outputs("sv") == stored
    assert not any(outputs("en"))


def test_what_a_person_wrote_in_a_copy_stays_and_what_was_only_run_is_made_anew(output):
    before = {path.name: path.read_bytes() for path in paths.NOTEBOOKS.glob("*.ipynb")}
    assert lab.copy(paths.DEFAULT_STUDY, "sv") == []
    folder = paths.derived(paths.DEFAULT_STUDY) / "lab"
    ran, written = (notebooks.load(folder / name) for name in NAMES[:2])
    for cell in ran["cells"]:
        cell |= {"outputs": [], "execution_count": 7} if cell["cell_type"] == "code" else {}
    written["cells"][-1]["source"] = "mine"
    as_made = (folder / NAMES[0]).read_text()
    for name, notebook in zip(NAMES, (ran, written), strict=False):
        (folder / name).write_text(json.dumps(notebook))
    assert lab.copy(paths.DEFAULT_STUDY, "en") == [NAMES[1]]
    assert notebooks.load(folder / NAMES[1]) == written
    assert notebooks.parameters(folder / NAMES[0])["labels"] == "en"
    (folder / NAMES[1]).unlink()
    assert lab.copy(paths.DEFAULT_STUDY, "sv") == []
    assert (folder / NAMES[0]).read_text() == as_made
    assert before == {path.name: path.read_bytes() for path in paths.NOTEBOOKS.glob("*.ipynb")}


def test_values_take_the_place_of_others_and_comments_stay():
    source = 'ort = "å"; study = "x"  # a folder\nlabels = "en"  # en or sv'
    assert notebooks.with_values(source, {"study": "uppsala", "labels": "sv"}) == (
        'ort = "å"; study = "uppsala"  # a folder\nlabels = "sv"  # en or sv'
    )
