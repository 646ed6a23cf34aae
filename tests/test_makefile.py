"""The Makefile: what it prints, and what it says on a machine that lacks something."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from analysis import paths


@pytest.fixture
def clone(tmp_path):
    """What `make env` reads, in a folder without an environment."""
    folder = tmp_path / "ny klon 'a\"b` %s"
    (folder / "data" / "raw").mkdir(parents=True)
    for name in ("Makefile", "requirements.lock", "installer.lock"):
        shutil.copy(paths.ROOT / name, folder)
    shutil.copy(paths.CODEBOOK, folder / "data" / "raw")
    shutil.copytree(paths.PACKAGE, folder / "analysis", ignore=shutil.ignore_patterns("__pycache__"))
    return folder


@pytest.fixture
def programs(tmp_path):
    """A folder for PATH with the programs that every system has, and no Python."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("sh", "awk", "cmp"):
        (folder / name).symlink_to(shutil.which(name))
    return folder


def add(programs: Path, name: str, script: str) -> None:
    """Put a program of our own in the place of one that a system has."""
    (programs / name).unlink(missing_ok=True)
    (programs / name).write_text(f"#!/bin/sh\n{script}\n")
    (programs / name).chmod(0o755)


def make(folder: Path, *arguments: str, path: Path | None = None, **variables: str) -> subprocess.CompletedProcess:
    """Run make."""
    environment = {"PATH": str(path or os.environ["PATH"]), **variables}
    command = [shutil.which("make"), *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=60)


def noted(folder: Path) -> list[str]:
    """What the environment of `ready` was asked to run, an argument a line."""
    return (folder / "asked").read_text(encoding="utf-8").splitlines()


@pytest.fixture
def ready(clone):
    """A folder whose environment is there; its Python takes note of its arguments."""
    (clone / ".venv" / "bin").mkdir(parents=True)
    add(clone / ".venv" / "bin", "python", 'printf "%s\\n" "$@" > asked; env > variables')
    shutil.copy(clone / "requirements.lock", clone / ".venv")
    return clone


def test_make_alone_prints_every_command(clone):
    printed = make(clone).stdout
    rules = [line.split(":")[0] for line in (clone / "Makefile").read_text().splitlines() if line[:1].isalpha()]
    for command in ("all", "test", "lab", "check", "new", "verify", "accept", "audit", "clean"):
        assert command in rules
        assert f"  make {command} " in printed


def test_from_another_folder_a_sentence_says_so(clone, tmp_path):
    done = make(tmp_path, "-f", str(clone / "Makefile"), "check")
    assert done.returncode == 2
    assert "Run make in the folder of this Makefile, or with -C and that folder. / Kör make i mappen" in done.stderr


def test_one_study_or_several_can_be_run(ready):
    for given, expected in (("STUDY=a", "--study=a"), ("STUDIES=a b", "--studies=a b")):
        assert make(ready, "all", given).returncode == 0
        assert noted(ready) == ["-m", "analysis", "all", expected]


def test_a_misspelt_setting_or_command_is_refused(clone):
    done = make(clone, "all", "LABEL=sv")
    assert done.returncode == 2
    assert "There is no setting LABEL. There are: STUDY STUDIES LABELS PYTHON" in done.stderr
    done = make(clone, "everything")
    assert done.returncode == 2
    assert done.stdout.startswith("There is no such command: make alone prints all of them. / Det kommandot finns inte")
    assert not (clone / ".venv").exists()


SETTINGS = {"STUDY": "check", "LABELS": "check", "STUDIES": "compare", "WHEELHOUSE": "wheelhouse"}
"""Settings, and a command that takes each."""


@pytest.mark.parametrize("name", [*SETTINGS, "PYTHON"])
@pytest.mark.parametrize("text", ["$(shell touch made)", "$$(touch made)", "${shell touch made}", "a$b"])
def test_a_setting_that_make_would_run_is_refused_and_not_run(ready, name, text):
    command = SETTINGS.get(name, "check")
    for done in (make(ready, command, f"{name}={text}"), make(ready, command, **{name: text})):
        assert done.returncode == 2
        assert f"{name} holds a dollar sign, which make would run" in done.stderr
        assert f"{name} innehåller ett dollartecken" in done.stderr
    assert not (ready / "made").exists() and not (ready / "asked").exists()


@pytest.mark.parametrize("name", SETTINGS)
@pytest.mark.parametrize(
    "text", ["`touch made`", "a; touch made", '"; touch made; "', "'; touch made #", "a\\", "-x", "../x", "a\tb *", "Å"]
)
def test_a_setting_reaches_the_program_as_it_is_and_the_shell_runs_nothing_of_it(ready, name, text):
    for given, variables in (([f"{name}={text}"], {}), ([], {name: text})):
        assert make(ready, SETTINGS[name], *given, **variables).returncode == 0
        assert noted(ready) == ["-m", "analysis", SETTINGS[name], f"--{name.lower()}={text}"]
    assert make(ready, SETTINGS[name], **{name: f"a\n{text}"}).returncode == 0
    assert not (ready / "made").exists()


def test_variables_that_tell_python_something_end_at_the_makefile(ready):
    names = ("PYTHONPATH", "PYTHONHOME", "PYTHONSAFEPATH", "PYTHONOPTIMIZE", "PYTHONDEVMODE", "PYTHONWARNINGS")
    assert make(ready, "all", **dict.fromkeys(names, "1"), PYTHON="python3").returncode == 0
    left = [line for line in (ready / "variables").read_text().splitlines() if line.startswith("PYTHON")]
    assert left == ["PYTHON=python3"]


@pytest.mark.parametrize("script", ["exit 127", "exit 1"], ids=["a shim that does not run", "too old"])
def test_without_a_new_enough_python_a_sentence_says_so(clone, programs, script):
    add(programs, "python3", script)
    done = make(clone, "env", path=programs)
    assert done.returncode == 2
    assert done.stdout.startswith("Python 3.11 or newer was not found: install it and run make again. / Python 3.11")
    done = make(clone, "env", f"PYTHON={programs / 'python3'}")
    assert done.stdout.startswith("PYTHON names no Python 3.11 or newer that runs. / PYTHON anger inget")


def test_an_environment_is_made_again_only_if_the_lock_or_its_python_is_another(ready, programs):
    assert make(ready, "env", path=programs).returncode == 0
    python = ready / ".venv" / "bin" / "python"
    python.unlink()
    python.symlink_to("/removed/python")
    assert "Python 3.11 or newer was not found" in make(ready, "env", path=programs).stdout
    python.unlink()
    python.symlink_to(programs / "sh")
    (ready / "requirements.lock").write_text("another")
    assert "Python 3.11 or newer was not found" in make(ready, "env", path=programs).stdout
