"""A run of the whole: what is made, what runs again, and what is left after a failure."""

import re
import resource
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import pytest
from conftest import COUNT, INGEST

from analysis.run import notebooks, provenance
from analysis.run.staging import Staging
from analysis.run.steps import Step

pytestmark = pytest.mark.long

RESULTS = {"cases.csv", "claims.csv", "report.html", "manifest.json", "01_ingest.ipynb", "02_count.ipynb"}


def steps_run(output: str) -> list[str]:
    """The steps that a run says it ran."""
    return sorted(re.findall(r"^  (\S+) +[0-9.]+ s(?: .*)?$", output, re.MULTILINE))


def test_a_run_makes_everything_and_says_so(new_project):
    done = new_project.run()
    assert done.returncode == 0, done.stderr
    assert {Path(name).name for name in new_project.results()} == RESULTS
    assert steps_run(done.stdout) == ["01_ingest", "02_count", "report"]
    assert "Ran 3 of 3 steps" in done.stdout
    assert "1 printed numbers: reproduced\n" in done.stdout
    assert "1 printed numbers: differs\n       Table 2, Help: any help, after: 13 printed, 12 computed\n" in done.stdout
    assert done.stderr == ""


def test_nothing_to_do_runs_nothing_and_needs_the_standard_library_only(project):
    before = project.results()
    done = subprocess.run(**project.command("-m", "analysis", "all", PYTHONPROFILEIMPORTTIME="1"))
    assert steps_run(done.stdout) == []
    assert "Up to date" in done.stdout
    assert project.results() == before
    assert not {"pandas", "papermill", "jupyter_client", "yaml"} & {
        line.split()[-1] for line in done.stderr.splitlines()
    }


@pytest.mark.parametrize(
    ("notebook", "old", "new", "expected"),
    [
        ("01_ingest", "{number}", "{number + 1}", ["01_ingest", "02_count"]),
        ("01_ingest", "int(", "1 * int(", ["01_ingest"]),
        ("02_count", "a,reproduced", "a,differs", ["02_count", "report"]),
    ],
)
def test_a_step_runs_again_when_what_it_reads_came_out_otherwise(project, notebook, old, new, expected):
    file = project.notebook(notebook)
    assert old in file.read_text()
    file.write_text(file.read_text().replace(old, new))
    assert steps_run(project.run().stdout) == expected
    assert steps_run(project.run().stdout) == []


def test_a_lost_result_is_made_again(project):
    before = project.results()
    (project.derived / "claims.csv").unlink()
    assert steps_run(project.run().stdout) == ["02_count"]
    assert project.results() == before


def test_another_study_and_language_leave_the_first_alone(project):
    before = project.results()
    other = project.workbook.parent.with_name("uppsala")
    other.mkdir()
    (other / "cases.xlsx").write_text("3")
    done = project.run("all", "--study", "uppsala", "--labels", "sv")
    assert done.returncode == 0, done.stderr
    assert "make accept" not in done.stdout
    assert project.results() == before
    executed = notebooks.load(project.derived.with_name("uppsala") / "notebooks" / "02_count.ipynb")
    assert executed["cells"][2]["id"] == "injected-parameters"
    assert "3 sv" in notebooks.text(executed["cells"][-1]["outputs"][0]["text"])


def test_same_bytes_in_another_place_and_under_other_settings(new_project, project):
    done = subprocess.run(
        **new_project.command(
            "-m", "analysis", "all", TZ="Asia/Tokyo", LC_ALL="C", PYTHONHASHSEED="5", HOME="/nowhere", MPLBACKEND="svg"
        ),
        umask=0o077,
    )
    assert done.returncode == 0, done.stderr
    assert new_project.results() == project.results()


def test_accept_shows_what_changed_and_stores_it(project):
    first = project.run("accept")
    assert "cell 3: file = paths.raw" in first.stdout
    assert "+text/plain: 7" in first.stdout
    executed = project.derived / "notebooks" / "01_ingest.ipynb"
    assert executed.read_bytes() == project.notebook("01_ingest").read_bytes()
    again = project.run("accept")
    assert steps_run(again.stdout) == []
    assert "make accept" not in again.stdout


def test_what_another_lock_changed_is_shown(project, tmp_path):
    lock = project.root / "requirements.lock"
    for file in (lock, project.derived / "manifest.json"):
        shutil.copy(file, tmp_path)
    lock.write_text(re.sub(r"^pandas==\S+", "pandas==99.1", lock.read_text(), flags=re.MULTILINE))
    project.workbook.write_text("8")
    assert project.run().returncode == 0
    said = project.run("changed", str(tmp_path)).stdout
    assert re.search(r"^1 versions changed\.\n  pandas \S+ -> 99\.1$", said, re.MULTILINE)
    assert "  data/derived/stockholm/cases.csv differs\n" in said
    assert "claims.csv" not in said
    assert "+text/plain: 8" in said


# What can go wrong


def kept_aside(project) -> set[str]:
    """The earlier results that a failed step did not make again."""
    folder = project.derived / "earlier"
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


MARKER = 'pathlib.Path("more.csv"); (paths.derived(study) / "more.csv").write_text("more")'


@pytest.mark.parametrize("labels", ["en", "sv"])
def test_a_cell_that_fails_costs_what_needs_it_and_nothing_else(project, labels):
    before = project.results()
    project.workbook.write_text("8")
    project.write_notebook("02_count", "import pathlib\n1 / 0", "found = 1 / 0\n" + COUNT, "print(found)", MARKER)
    done = project.run("all", "--labels", labels)
    assert done.returncode == 1
    first, *said = done.stderr.splitlines()
    assert first.startswith(("1 of 3 steps could not", "1 av 3 steg kunde inte")[labels == "sv"])
    inside = {"en": "In", "sv": "I"}[labels]
    assert said[:2] == [
        f"- {inside} notebooks/02_count.ipynb, cell [{cell}]: ZeroDivisionError: division by zero"
        for cell in ((3, 4), (4, 5))[labels == "sv"]
    ]
    assert "claims.csv" in said[2]
    assert (project.derived / "cases.csv").read_text() == "8\n"
    assert (project.derived / "more.csv").exists()
    assert "ZeroDivisionError" in (project.derived / "report.html").read_text()
    assert "ZeroDivisionError" in (project.derived / "notebooks" / "02_count.ipynb").read_text()
    assert not (project.derived / "claims.csv").exists(), "as if it were of the present workbook"
    assert kept_aside(project) == {"data/derived/stockholm/claims.csv"}
    claims = before["data/derived/stockholm/claims.csv"]
    assert (project.derived / "earlier/data/derived/stockholm/claims.csv").read_bytes() == claims


def test_what_failed_and_nothing_else_is_tried_again_until_it_is_mended(project):
    source = project.notebook("02_count").read_text()
    project.write_notebook("02_count", COUNT, "assert number == 8, 'Not eight.'")
    assert steps_run(project.run().stdout) == ["02_count", "report"]
    for _ in range(2):
        again = project.run()
        assert steps_run(again.stdout) == ["02_count"], "the report knows already"
        assert again.returncode == 1
        assert "AssertionError: Not eight." in again.stderr
    verified = project.run("verify")
    assert verified.returncode == 1
    assert "Not eight." in verified.stderr
    project.workbook.write_text("8")
    done = project.run()
    assert done.returncode == 0, done.stderr
    assert "Not eight." not in (project.derived / "report.html").read_text()
    project.notebook("02_count").write_text(source)
    assert project.run().returncode == 0
    assert kept_aside(project) == set()
    assert project.run("verify").returncode == 0


def test_a_repaired_notebook_heals_the_run(project):
    before, source = project.results(), project.notebook("02_count").read_text()
    project.write_notebook("02_count", "raise UserError('The sheet is empty.')")
    assert "cell [3]: The sheet is empty.\n" in project.run().stderr
    project.notebook("02_count").write_text(source)
    assert project.run().returncode == 0
    assert project.results() == before


def test_where_there_is_nothing_to_count_everything_stays_as_it_was(project):
    before = project.results()
    project.workbook.write_text("no number")
    done = project.run()
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "In notebooks/01_ingest.ipynb, cell [3]: ValueError: invalid literal for int() with base 10: 'no number'",
        "01_ingest did not make data/derived/stockholm/cases.csv.",
        "It is kept for reading: data/derived/stockholm/notebooks/01_ingest.failed.ipynb",
        "Earlier results are as they were.",
    ]
    (project.derived / "notebooks" / "01_ingest.failed.ipynb").unlink()
    assert project.results() == before


def test_a_report_that_fails_costs_no_table(project):
    (project.root / "analysis" / "report" / "build.py").write_text(
        "def build(study, language, failed):\n    raise KeyError(study)"
    )
    project.workbook.write_text("8")
    done = project.run()
    assert done.returncode == 1
    assert "- report: KeyError: 'stockholm'\n- report did not make data/derived/stockholm/report.html." in done.stderr
    assert (project.derived / "cases.csv").read_text() == "8\n"
    assert kept_aside(project) == {"data/derived/stockholm/report.html"}
    assert "build" in (project.derived / "notebooks" / "report.failed.txt").read_text()


WRITES = {
    "and put back": "file.write_text('8')\nfile.write_text('7')",
    "for another one": "file.write_text('8')",
    "for the same one": "new = file.with_name('.new'); new.write_text('7'); new.replace(file)",
}


@pytest.mark.parametrize("change", WRITES)
def test_results_of_a_workbook_that_changed_meanwhile_are_not_put_in_place(project, change):
    before = project.results()
    project.write_notebook("02_count", COUNT, f"file = paths.raw(study) / 'cases.xlsx'\n{WRITES[change]}")
    done = project.run()
    assert done.returncode == 1
    assert done.stderr.startswith("Written while the run read it: data/raw/stockholm/cases.xlsx.")
    assert project.results() == before


def test_results_of_a_notebook_that_changed_meanwhile_are_not_put_in_place(project):
    before = project.results()
    cell = "import pathlib\nfile = pathlib.Path('notebooks/02_count.ipynb')\nsound = file.read_text()"
    project.write_notebook("01_ingest", INGEST, cell, "file.write_text(sound.replace('print', ' print'))")
    project.write_notebook("02_count", COUNT, cell.replace("02", "01"), "x = file.write_text(sound)")
    done = project.run()
    assert done.returncode == 1
    assert "Written while the run read it: notebooks/02_count.ipynb." in done.stderr
    assert project.results() == before


def test_a_missing_workbook_is_said_in_a_sentence(project):
    project.workbook.unlink()
    done = project.run()
    assert done.returncode == 1
    assert done.stderr.startswith("There is no cases.xlsx in data/raw/stockholm.\n")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--study", "atlantis"], "There is no study 'atlantis'"),
        (["--study", ".."], "There is no study '..'"),
        (["--labels", "xx"], "The codebook has no labels 'xx'. It has: en, sv."),
        (["--label", "sv"], "This cannot be read: all --label sv."),
    ],
)
def test_what_is_asked_for_must_exist(project, arguments, message):
    done = project.run("all", *arguments)
    assert done.returncode != 0
    assert message in done.stderr
    assert done.stdout == ""


def test_an_unknown_parameter_is_an_error_before_anything_runs(project):
    project.write_notebook("02_count", "print(1)", parameters='study = "stockholm"')
    done = project.run()
    assert done.returncode == 1
    assert "02_count.ipynb has no parameter 'labels'. It has: study." in done.stderr
    assert done.stdout == ""


def test_a_second_run_at_the_same_time_is_refused(project):
    project.write_notebook("01_ingest", SLEEP)
    first = subprocess.Popen(**project.command("-m", "analysis", "all"))
    wait_for(project.root / "kernel")
    second = project.run()
    first.send_signal(signal.SIGINT)
    first.communicate()
    assert second.returncode == 1
    assert "Another run of the study 'stockholm' is under way." in second.stderr


SLEEP = """
import os, pathlib, time
pathlib.Path("kernel").write_text(str(os.getpid()))
time.sleep(60)"""


def wait_for(file: Path) -> str:
    """The content of a file that another process is about to write."""
    deadline = time.monotonic() + 30
    while not (file.exists() and file.read_text()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return file.read_text()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_an_interrupted_run_leaves_nothing_and_the_next_one_heals(project, number):
    before = project.results()
    sources = {name: project.notebook(name).read_text() for name in ("01_ingest", "02_count")}
    project.write_notebook("01_ingest", INGEST + "  # again")
    project.write_notebook("02_count", SLEEP)
    with tempfile.TemporaryDirectory() as folder:  # a killed run cannot remove what it has there
        running = subprocess.Popen(**project.command("-m", "analysis", "all", TMPDIR=folder))
        kernel = int(wait_for(project.root / "kernel"))
        running.send_signal(number)
        _, said = running.communicate(timeout=20)
        left = [file for file in Path(folder).rglob("*") if file.is_file()]
    assert {file.name for file in left if file.suffix != ".json"} <= {"README"}, "more than addresses, outside"
    if number != signal.SIGKILL:
        assert running.returncode == 130
        assert said == "Stopped. Earlier results are as they were; the same command begins anew.\n"
        assert not (project.derived / ".staging").exists()
    assert project.results() == before
    wait_for_end(kernel)
    for name, source in sources.items():
        project.notebook(name).write_text(source)
    assert "Up to date" in project.run().stdout
    assert project.results() == before
    assert not (project.derived / ".staging").exists()


@pytest.mark.parametrize("labels", ["en", "sv"])
def test_without_room_for_results_a_run_says_what_to_do(project, labels):
    before = project.results()
    project.write_notebook("02_count", COUNT, "print('x' * 9999)")
    command = project.command("-m", "analysis", "all", "--labels", labels)
    done = subprocess.run(**command, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (5000, 5000)))
    assert done.returncode == 1
    said, earlier = done.stderr.splitlines()
    assert said.startswith(("There is no room left on the disk", "Det finns inget utrymme kvar")[labels == "sv"])
    assert "(File too large)" in said
    assert earlier == ("Earlier results are as they were.", "Tidigare resultat är som de var.")[labels == "sv"]
    assert project.results() == before


def test_a_run_whose_output_nobody_reads_on_ends_quietly(project):
    project.write_notebook("02_count", COUNT, "1")
    with subprocess.Popen(**project.command("-m", "analysis", "all")) as running:
        assert running.stdout.readline().startswith("  02_count")
        running.stdout.close()
        assert running.stderr.read() == ""
    assert running.returncode == 128 + signal.SIGPIPE
    assert not (project.derived / ".staging").exists()


def wait_for_end(process: int) -> None:
    """Wait until a process is gone; a kernel looks once a second whether its parent is."""
    deadline = time.monotonic() + 10
    while Path(f"/proc/{process}").exists() and "zombie" not in Path(f"/proc/{process}/status").read_text():
        assert time.monotonic() < deadline
        time.sleep(0.05)


# The folders of the steps


@pytest.fixture
def staging(tmp_path):
    """A place for results, and the folders aside, with one step done that made data/a."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "a").write_text("1")
    return Staging(tmp_path / "aside", tmp_path, {"first": {"data/a": provenance.sha256(tmp_path / "data" / "a")}})


def test_a_step_sees_what_it_reads_and_nothing_else(staging):
    assert [path.name for path in staging.open(Step("reads", ("first",), ())).rglob("*") if path.is_file()] == ["a"]
    assert list(staging.open(Step("alone", (), ())).iterdir()) == []


def test_a_step_must_make_its_results(staging):
    step = Step("second", ("first",), ("b.csv",))
    staging.open(step)
    assert staging.close(step, "x", "en") == ["second did not make data/derived/x/b.csv."]


def test_of_a_step_that_was_stopped_nothing_half_written_is_taken(staging):
    step = Step("second", ("first",), ("b.csv",))
    folder = staging.open(step) / "data" / "derived" / "x"
    for name in ("b.csv", "notebooks/second.ipynb"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("half")
    assert staging.close(step, "x", "en", is_whole=False) == ["second did not make data/derived/x/b.csv."]
    assert list(staging.outputs["second"]) == ["data/derived/x/notebooks/second.ipynb"]


def test_what_a_step_keeps_is_as_it_was_when_it_is_stopped(staging, tmp_path):
    kept = tmp_path / "data" / "derived" / "x" / "last.json"
    kept.parent.mkdir(parents=True)
    kept.write_text("as it was")
    step = Step("second", ("first",), (), ("last.json",))
    copy = staging.open(step, "x") / "data" / "derived" / "x" / "last.json"
    assert copy.read_text() == "as it was"
    copy.write_text("ha")
    assert staging.close(step, "x", "en", is_whole=False) == []
    assert staging.outputs["second"] == {"data/derived/x/last.json": provenance.sha256(kept)}


def test_a_step_must_not_change_the_results_of_another(staging):
    step = Step("second", ("first",), ())
    (staging.open(step) / "data" / "a").write_text("2")
    assert staging.close(step, "x", "en")[0].startswith("second changed data/a, ")
    assert staging.outputs["second"] == {}
