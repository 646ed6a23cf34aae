"""The manifest: what it records, and what `verify` says when something is not as recorded."""

import csv
import json
import subprocess
import tomllib

import pytest

from analysis import paths
from analysis.language import messages
from analysis.language.text import LANGUAGES
from analysis.printed import wording
from analysis.run import execution, provenance
from analysis.study import studies


def test_results_as_made_are_verified(project):
    done = project.run("verify")
    assert done.returncode == 0, done.stderr
    assert "files are as the last run left them." in done.stdout


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("data/raw/codebook.csv", "differs"),
        ("data/raw/stockholm/cases.xlsx", "differs"),
        ("data/derived/stockholm/cases.csv", "differs"),
        ("data/derived/stockholm/notebooks/01_ingest.ipynb", "differs"),
        ("data/raw/stockholm/cases.xlsx", "is missing"),
        ("data/derived/stockholm/claims.csv", "is missing"),
        ("data/raw/stockholm/more.csv", "is new"),
        ("analysis/more.py", "is new"),
    ],
)
def test_a_change_is_named_with_what_to_run(project, path, said):
    file = project.root / path
    if said == "is missing":
        file.unlink()
    else:
        with file.open("a") as stream:
            stream.write(" ")
    done = project.run("verify")
    assert done.returncode == 1
    assert (
        done.stderr
        == f"Not as the last run left it:\n  {path} {said}\n`make all STUDY=stockholm` makes the results anew.\n"
    )


def test_what_a_person_wrote_in_a_notebook_counts_not_its_outputs(project):
    file = project.notebook("01_ingest")
    notebook = json.loads(file.read_text())
    notebook["cells"][0]["execution_count"] = 5
    file.write_text(json.dumps(notebook))
    assert project.run("verify").returncode == 0
    notebook["cells"][0]["source"] += "\n"
    file.write_text(json.dumps(notebook))
    assert "notebooks/01_ingest.ipynb differs" in project.run("verify").stderr


def test_executed_notebooks_may_be_missing_as_in_a_fresh_clone(project):
    for copy in (project.derived / "notebooks").iterdir():
        copy.unlink()
    assert project.run("verify").returncode == 0


@pytest.mark.parametrize("content", [None, "{", "[]", '{"colour": 2}', '{"outputs": {"a": []}}', '{"inputs": 1}'])
def test_without_a_readable_manifest_there_is_nothing_to_verify(project, content):
    manifest = project.derived / "manifest.json"
    if content is None:
        manifest.unlink()
    else:
        manifest.write_text(content)
    done = project.run("verify")
    assert done.returncode == 1
    assert "There is no readable manifest.json" in done.stderr


def test_verify_needs_the_standard_library_only(project):
    command = project.command("-m", "analysis", "verify")
    command["args"][1:1] = ["-S"]  # without site-packages
    done = subprocess.run(**command)
    assert done.returncode == 0, done.stderr


def test_locked_versions_are_those_of_the_named_dependencies():
    versions = provenance.locked_versions()
    project = tomllib.loads((paths.ROOT / "pyproject.toml").read_text())["project"]
    assert sorted(versions) == sorted(project["dependencies"])
    assert f"pandas=={versions['pandas']}" in paths.LOCK.read_text()


def test_the_lock_names_no_host_and_no_folder():
    text = paths.LOCK.read_text()
    assert "://" not in text
    assert "/" not in text
    assert "--index" not in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_run_names_the_places_of_print_as_the_report_does(language):
    study = studies.read(paths.DEFAULT_STUDY)
    with (paths.derived(paths.DEFAULT_STUDY) / "claims.csv").open(encoding="utf-8", newline="") as file:
        rows = {row["id"]: row for row in csv.DictReader(file)}
    labels = execution._labels(language)
    listed = [claim for claim in study.claims if claim.block]
    unlike = [
        claim.id
        for claim in listed
        if execution._place(rows[claim.id], labels) != wording.place(study.codebook, claim, language)
    ]
    assert len(listed) > 100
    assert len(unlike) < 5  # of an indicator that counts several answers, the report has a shorter name
    assert messages.number("2.33 (1.5–2.0)", language) == {"en": "2.33 (1.5–2.0)", "sv": "2,33 (1,5–2,0)"}[language]
