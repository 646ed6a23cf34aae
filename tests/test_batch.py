"""Many studies in one command: good ones come out as alone, and what fails says why and stops nothing."""

import os
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest


@pytest.fixture
def project(new_project):
    """Three good studies, one with a mistake in its data, one without any."""
    for name, content in (("aneby", "3"), ("boden", "5"), ("falun", "8"), ("lund", "fem"), ("tom", None)):
        folder = new_project.root / "data" / "raw" / name
        folder.mkdir()
        if content:
            (folder / "cases.xlsx").write_text(content)
    return new_project


def results(project, study):
    folder = project.root / "data" / "derived" / study
    files = [path for path in folder.rglob("[!.]*") if path.is_file()]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


@pytest.mark.long
def test_good_studies_come_out_as_alone_beside_others_that_fail(project):
    alone = project.run("all", "--study", "aneby")
    assert alone.returncode == 0, alone.stderr
    expected = results(project, "aneby")
    assert expected["cases.csv"] == b"3\n"
    for name in expected:
        (project.root / "data" / "derived" / "aneby" / name).unlink()

    done = project.run("all", "--studies", "aneby lund nowhere boden tom aneby")
    assert done.returncode == 1
    assert results(project, "aneby") == expected
    assert results(project, "boden")["cases.csv"] == b"5\n"
    assert "2 of 5 studies are up to date" in done.stdout
    head, *lines = done.stderr.splitlines()
    assert head.startswith("3 did not come to their end.")
    assert [line.split(":")[0] for line in lines] == ["- lund", "- nowhere", "- tom"]
    assert "ValueError: invalid literal for int()" in lines[0]
    assert "There is no study 'nowhere'" in lines[1]
    assert "There is no cases.xlsx in data/raw/tom." in lines[2]

    again = project.run("all", "--studies", "aneby boden", "--labels", "sv")
    assert again.returncode == 0, again.stderr
    assert "2 av 2 studier är aktuella" in again.stdout


@pytest.mark.long
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_ends_every_study_and_leaves_nothing_half(project, number):
    project.write_notebook("02_count", "import time; time.sleep(60)")
    with subprocess.Popen(**project.command("-m", "analysis", "all", "--studies", "aneby boden falun")) as process:
        until = time.monotonic() + 40
        while time.monotonic() < until and not _staged(project):
            time.sleep(0.1)
        assert _staged(project)
        process.send_signal(number)
        _, said = process.communicate(timeout=30)
    assert process.returncode == 130
    assert said.strip().endswith("the same command begins anew.")
    assert not _staged(project)
    assert not results(project, "aneby") and not results(project, "boden")


def _staged(project):
    return list((project.root / "data" / "derived").glob("*/.staging"))


@pytest.mark.long
def test_a_study_whose_process_is_killed_is_named_and_the_others_go_on(project):
    project.write_notebook("01_ingest", "import os, pathlib, time", 'if study == "lund": time.sleep(60)', INGEST)
    with subprocess.Popen(**project.command("-m", "analysis", "all", "--studies", "lund boden")) as process:
        until = time.monotonic() + 40
        while time.monotonic() < until and not (found := _driver("lund")):
            time.sleep(0.1)
        os.kill(found, signal.SIGKILL)
        printed, said = process.communicate(timeout=60)
    assert process.returncode == 1
    assert re.search(r"lund .* Its process was ended from outside", printed)
    assert said.splitlines()[1].startswith("- lund: Its process was ended")
    assert results(project, "boden")["cases.csv"] == b"5\n"


INGEST = """\
paths.derived(study).mkdir(parents=True, exist_ok=True)
(paths.derived(study) / "cases.csv").write_text((paths.raw(study) / "cases.xlsx").read_text() + "\\n")"""


def _driver(study):
    """The process that runs that study, 0 if there is none (yet)."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if command[-3:] == [b"--study", study.encode(), b""]:
            return int(folder.name)
    return 0
