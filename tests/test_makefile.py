"""The Makefile: what it prints, and what it says on a machine that lacks something."""

import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from analysis import paths


@pytest.fixture
def clone(tmp_path):
    """What `make env` reads, in a folder without an environment."""
    folder = tmp_path / "ny klon"
    folder.mkdir()
    for name in ("Makefile", "requirements.lock"):
        shutil.copy(paths.ROOT / name, folder)
    return folder


@pytest.fixture
def programs(tmp_path):
    """A folder for PATH with the programs that every system has, and no Python."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("sh", "awk", "df", "cmp", "cp", "mv", "mkdir", "touch"):
        (folder / name).symlink_to(shutil.which(name))
    return folder


def add(programs: Path, name: str, script: str) -> None:
    """Put a program of our own in the place of one that a system has."""
    (programs / name).unlink(missing_ok=True)
    (programs / name).write_text(f"#!/bin/sh\n{script}\n")
    (programs / name).chmod(0o755)


def make(folder: Path, *arguments: str, path: Path | None = None) -> subprocess.CompletedProcess:
    """Run make."""
    environment = {"PATH": str(path or os.environ["PATH"])}
    command = [shutil.which("make"), *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=60)


def test_make_alone_prints_every_command(clone):
    printed = make(clone).stdout
    rules = [line.split(":")[0] for line in (clone / "Makefile").read_text().splitlines() if line[:1].isalpha()]
    for command in ("all", "test", "lab", "check", "new", "verify", "accept", "audit", "clean"):
        assert command in rules
        assert f"  make {command} " in printed


def test_one_study_or_several_can_be_run(clone):
    for given, expected in (("STUDY=a", '--study "a"'), ("STUDIES=a b", '--studies "a b"')):
        assert f"-m analysis all {expected}" in " ".join(make(clone, "-n", "all", given).stdout.split())


def test_a_misspelt_setting_is_refused(clone):
    done = make(clone, "all", "LABEL=sv")
    assert done.returncode == 2
    assert "There is no setting LABEL. There are: STUDY, STUDIES, LABELS, PYTHON" in done.stderr
    assert not (clone / ".venv").exists()


@pytest.mark.parametrize("script", ["exit 127", "exit 1"], ids=["a shim that does not run", "too old"])
def test_without_a_new_enough_python_a_sentence_says_so(clone, programs, script):
    add(programs, "python3", script)
    done = make(clone, "env", path=programs)
    assert done.returncode == 2
    assert done.stdout == "Python 3.11 or newer was not found: install it, then run make again.\n"


def test_without_the_module_venv_a_sentence_says_so(clone, programs):
    add(programs, "python3", 'case "$*" in *ensurepip*) exit 1;; esac')
    done = make(clone, "env", path=programs)
    assert done.returncode == 2
    assert done.stdout.startswith("python3 lacks its module venv: install it")


def test_without_disk_space_a_sentence_says_so(clone, programs):
    add(programs, "python3", "exit 0")
    add(programs, "df", "echo Available; echo 'disk 9 9 1024 99% /'")
    done = make(clone, "env", path=programs)
    assert done.returncode == 2
    assert "MB of disk space is free here: make room" in done.stdout


def test_a_failed_download_leaves_no_environment_that_counts_as_made(clone, programs):
    add(programs, "python3", 'case "$*" in *ensurepip*|*version*) exit 0;; esac; exit 1')
    done = make(clone, "env", path=programs)
    assert done.returncode == 2
    assert "The environment could not be made (see above). Is the network there?" in done.stdout
    assert not (clone / ".venv" / "requirements.lock").exists()


def test_an_environment_is_made_again_only_if_the_lock_or_its_python_is_another(clone, programs):
    (clone / ".venv" / "bin").mkdir(parents=True)
    python = clone / ".venv" / "bin" / "python"
    python.symlink_to(programs / "sh")
    shutil.copy(clone / "requirements.lock", clone / ".venv")
    assert make(clone, "env", path=programs).returncode == 0
    python.unlink()
    python.symlink_to("/removed/python")
    assert "Python 3.11 or newer was not found" in make(clone, "env", path=programs).stdout


def test_of_two_makes_at_once_one_makes_the_environment(clone):
    """A Python whose venv takes a moment and whose pip takes note of being asked."""
    python = clone / "python"
    python.write_text(
        f'#!/bin/sh\ncase "$*" in *"import fcntl"*) exec {sys.executable} "$@";; '
        '*"-m venv"*) sleep 0.5; mkdir -p .venv/bin; cp "$0" .venv/bin/python;; '
        "*install*) sleep 0.5; echo asked >> asked;; esac\n"
    )
    python.chmod(0o755)
    command = [shutil.which("make"), "env", f"PYTHON={python}"]
    running = [subprocess.Popen(command, cwd=clone, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    said = "".join(process.communicate(timeout=60)[0] for process in running)
    assert [process.returncode for process in running] == [0, 0, 0]
    assert (clone / "asked").read_text() == "asked\n"
    assert said.count("Making the environment") == 1
    assert said.count("Another make is making the environment: waiting for it ...") == 2


@pytest.mark.parametrize("settings", [[], ["WHEELHOUSE=my packages"]], ids=["beside", "named"])
def test_with_a_wheelhouse_no_index_is_asked(clone, programs, settings):
    (clone / "".join(settings).removeprefix("WHEELHOUSE=") if settings else clone / "wheelhouse").mkdir()
    add(programs, "python3", "exit 0")
    (clone / ".venv" / "bin").mkdir(parents=True)
    add(clone / ".venv" / "bin", "python", 'echo "$*" >> calls')
    assert make(clone, "env", *settings, path=programs).returncode == 0
    installed = (clone / "calls").read_text().splitlines()[-1]
    assert "--require-hashes --no-index --find-links" in installed


def test_a_wheelhouse_that_is_not_there_is_told(clone, programs):
    add(programs, "python3", "exit 0")
    done = make(clone, "env", "WHEELHOUSE=gone", path=programs)
    assert done.returncode == 2
    assert done.stdout == "There is no folder gone.\n"


@pytest.mark.long
def test_an_environment_is_made_without_a_network_and_only_from_what_the_lock_names(clone):
    wheel = clone / "wheelhouse" / "small-1.0-py3-none-any.whl"
    wheel.parent.mkdir()
    about = "small-1.0.dist-info"
    with zipfile.ZipFile(wheel, "w") as file:
        file.writestr("small.py", "number = 7\n")
        file.writestr(f"{about}/METADATA", "Metadata-Version: 2.1\nName: small\nVersion: 1.0\n")
        file.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        file.writestr(f"{about}/RECORD", f"small.py,,\n{about}/METADATA,,\n{about}/WHEEL,,\n{about}/RECORD,,\n")
    lock = clone / "requirements.lock"
    lock.write_text(f"small==1.0 --hash=sha256:{'0' * 64}\n")
    done = make(clone, "env")
    assert done.returncode == 2
    assert "DO NOT MATCH THE HASHES" in done.stderr
    assert "Does wheelhouse hold all of requirements.lock for this Python?" in done.stdout
    lock.write_text(f"small==1.0 --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}\n")
    assert make(clone, "env").returncode == 0
    python = [clone / ".venv" / "bin" / "python", "-c", "import small; print(small.number)"]
    assert subprocess.run(python, capture_output=True, text=True).stdout == "7\n"
