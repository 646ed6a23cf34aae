"""A run survives every fault: earlier results are whole or absent, a message says why, and the next run heals."""

import ctypes
import os
import resource
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import Project, build_project, made_once
from faults import (
    HOOK,
    Prepared,
    arguments,
    assert_said,
    children,
    hooked,
    processes,
    processes_end,
    results,
    try_all,
    wait_until,
)

from analysis import paths
from analysis.run.steps import STEPS

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(sys.platform != "linux", reason="the processes of a run are looked for in /proc"),
]

INGEST = """\
number = int((paths.raw(study) / "cases.xlsx").read_text())
for folder in (paths.derived(study), paths.figures(study)):
    folder.mkdir(parents=True, exist_ok=True)
(paths.derived(study) / "cases.csv").write_text(f"{number}\\n")
(paths.derived(study) / ("odd.csv" if number % 2 else "even.csv")).write_text("as named\\n")
(paths.figures(study) / "figure1.svg").write_text(f"<svg>{number * 1000}</svg>")
number"""

COUNT = """\
number = int((paths.derived(study) / "cases.csv").read_text())
(paths.derived(study) / "claims.csv").write_text(
    "id,verdict,where,block,item,column,published,computed\\na,reproduced,A,,,,1,1\\nb,differs,B,,,,2,1\\n"
    f"{number},reproduced,C,,,,1,1\\n"
)
print(number, labels)"""


@pytest.fixture(scope="session")
def prepared(tmp_path_factory) -> Prepared:
    """A small project: results for one number, and another number in its data."""
    found = prepare(tmp_path_factory, "faults", INGEST, COUNT)
    assert found.before.keys() - found.after.keys() == {"data/derived/stockholm/odd.csv"}
    return found


@pytest.fixture(scope="session")
def finished(prepared) -> Prepared:
    """That project after a run, so that its results are up to date."""
    return Prepared(Project(prepared.project.root.with_name("healthy")), prepared.after, prepared.after)


def prepare(factory, name: str, ingest: str, count: str) -> Prepared:
    """A project with results for one number, whose data is another one, and beside it a copy that was run."""

    def make(folder: Path) -> None:
        project = build_project(folder / "stale")
        shutil.copy(paths.ROOT / "Makefile", project.root)
        (project.root / ".venv").symlink_to(sys.prefix)
        project.write_notebook("01_ingest", ingest)
        project.write_notebook("02_count", count)
        assert project.run().returncode == 0
        project.workbook.write_text("8")
        (project.root / "reached").unlink(missing_ok=True)
        healthy = Project(shutil.copytree(project.root, folder / "healthy", symlinks=True))
        assert healthy.run().returncode == 0

    stale, healthy = (Project(made_once(factory, name, make) / one) for one in ("stale", "healthy"))
    return Prepared(stale, stale.results(), healthy.results())


@pytest.fixture(scope="session")
def hook(tmp_path_factory):
    """The folder of the module that brings about faults at file operations."""
    folder = tmp_path_factory.mktemp("hook")
    (folder / "sitecustomize.py").write_text(HOOK)
    return folder


@pytest.fixture(scope="session")
def operations(prepared, hook, tmp_path_factory) -> list[str]:
    """The file operations of a run."""
    project = prepared.copy(tmp_path_factory.mktemp("count") / "project")
    done = hooked(project, "count", 0, hook)
    assert project.results() == prepared.after, done.stderr
    assert len([line for line in done.stderr.splitlines() if line.startswith("os.rename")]) > 10
    return done.stderr.splitlines()


def test_the_driver_killed(prepared, hook, operations, tmp_path):
    def attempt(number):
        project = prepared.copy(tmp_path / "project")
        done = hooked(project, "kill", number, hook)
        assert done.returncode == -signal.SIGKILL
        prepared.check(project, done)
        prepared.check_heals(project)

    try_all(
        "driver killed at every third moment before a file is written, moved or removed",
        range(1, len(operations) + 1, 3), attempt,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("fault", "kind", "said"),
    [
        ("interrupt", "driver interrupted twice (Ctrl-C) at every third of these moments", "Stopped."),
        ("full", "disk full from every third of these moments on", "There is no room left on the disk: in "),
    ],
)
def test_the_driver_disturbed(prepared, hook, operations, tmp_path, fault, kind, said):
    def attempt(number):
        project = prepared.copy(tmp_path / "project")
        done = hooked(project, fault, number, hook)
        prepared.check(project, done)
        assert done.returncode == 0 or done.stderr.startswith(said), done.stderr
        prepared.check_heals(project)

    try_all(kind, range(1, len(operations) + 1, 3), attempt)


def test_the_disk_becomes_read_only(prepared, hook, operations, tmp_path):
    def attempt(number):
        project = prepared.copy(tmp_path / "project")
        done = hooked(project, "read-only", number, hook)
        prepared.check(project, done, can_tidy=False)
        if "Earlier results are as they were." in done.stderr:
            assert results(project) == prepared.before
        prepared.check_heals(project)

    try_all("disk read-only from every third of these moments on", range(1, len(operations) + 1, 3), attempt)


def limited(option: int, value: int):
    """A function for a new process, that limits what it may have."""
    return lambda: resource.setrlimit(option, (value, value))


def test_files_limited_in_size(prepared, tmp_path):
    def attempt(size):
        project = prepared.copy(tmp_path / "project")
        command = project.command("-m", "analysis", "all")
        done = subprocess.run(**command, preexec_fn=limited(resource.RLIMIT_FSIZE, size), timeout=60)
        assert done.returncode != 0, "no fault"
        prepared.check(project, done)
        assert "File too large" in done.stderr, done.stderr
        prepared.check_heals(project)

    try_all("files limited in size", (0, 5, 40, 700, 1500), attempt)


def test_results_not_writable(prepared, tmp_path):
    def without_rights():
        assert ctypes.CDLL(None).prctl(PR_CAPBSET_DROP, CAP_DAC_OVERRIDE) == 0 or os.getuid() != 0

    def attempt(folder):
        project = prepared.copy(tmp_path / "project")
        (project.root / folder).chmod(0o555)
        done = subprocess.run(**project.command("-m", "analysis", "all"), preexec_fn=without_rights, timeout=60)
        (project.root / folder).chmod(0o755)
        assert done.returncode != 0, "no fault"
        prepared.check(project, done)
        prepared.check_heals(project)

    derived = "data/derived/stockholm"
    try_all("folder of results not writable", (derived, f"{derived}/notebooks", "figures/stockholm"), attempt)


PR_CAPBSET_DROP, CAP_DAC_OVERRIDE = 24, 1
"""From the headers of Linux: how the superuser gives up the right to write anywhere, for a process to be started."""


# While a step runs

WAIT = """
import pathlib, time
pathlib.Path("reached").write_text("{name}")
time.sleep(60 if pathlib.Path("wait-{name}").exists() else 0)"""


def waiting(prepared: Prepared, folder, step: str) -> Project:
    """A copy whose step waits in its last cell, as if it had much to do."""
    project = prepared.copy(folder)
    (project.root / f"wait-{step}").touch()
    return project


@pytest.fixture(scope="session")
def slow(tmp_path_factory) -> Prepared:
    """A project whose notebooks say where they are."""
    sources = {"01_ingest": INGEST, "02_count": COUNT}
    return prepare(tmp_path_factory, "slow", *(f"{text}\n{WAIT.format(name=name)}" for name, text in sources.items()))


def test_a_process_killed_or_stopped_in_a_step(slow, tmp_path):
    def attempt(fault):
        whom, number, step = fault
        project = waiting(slow, tmp_path / "project", step)
        command = project.command("-m", "analysis", "all")
        if whom == "make":
            command["args"] = ["make", "all"]
        running = subprocess.Popen(**command, start_new_session=True)
        reached = project.root / "reached"
        wait_until(lambda: reached.exists() and reached.read_text() == step)
        (project.root / f"wait-{step}").unlink()  # it waits already; the next run shall not
        if whom == "server":
            server = [process for process in children(running.pid) if "analysis.run.warm" in arguments(process)]
            assert len(server) == 1, "there is no kernel server"
            os.kill(server[0], number)
        elif whom == "group":  # as a terminal does at Ctrl-C
            os.killpg(running.pid, number)
        else:
            os.kill(running.pid, number)
        if (whom, number) == ("make", signal.SIGKILL):
            assert_said(project.run())  # the driver goes on, and is not disturbed
            for process in processes(project.root):
                os.kill(process, signal.SIGTERM)
        output = running.communicate(timeout=30)
        assert running.returncode != 0, "no fault"
        code = 2 if whom == "make" and number == signal.SIGTERM else running.returncode  # make ends by the signal, too
        slow.check(project, subprocess.CompletedProcess(command["args"], code, *output))
        slow.check_heals(project)

    faults = [
        (whom, number, step)
        for step in ("01_ingest", "02_count")
        for whom, number in (
            ("driver", signal.SIGKILL),
            ("driver", signal.SIGTERM),
            ("driver", signal.SIGHUP),
            ("group", signal.SIGINT),
            ("make", signal.SIGKILL),
            ("make", signal.SIGTERM),
            ("server", signal.SIGKILL),
        )
    ]
    try_all("make, driver or kernel server killed or stopped in a step", faults, attempt)


KILL = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"


def test_a_kernel_killed(prepared, tmp_path):
    def attempt(fault):
        step, moment = fault
        project = prepared.copy(tmp_path / "project")
        source = INGEST if step == "01_ingest" else COUNT
        half = 'file = paths.derived(study) / "cases.csv"; file.parent.mkdir(exist_ok=True, parents=True); file.touch()'
        cells = {"first": (KILL, source), "half": (half, KILL, source), "last": (source, KILL)}[moment]
        check_fails(prepared, project, step, *cells, said="ended its Python process")

    faults = [(step, moment) for step in ("01_ingest", "02_count") for moment in ("first", "half", "last")]
    try_all("kernel killed", faults, attempt)


def check_fails(prepared: Prepared, project: Project, step: str, *cells: str, said: str, **settings) -> None:
    """Assert what must hold after a run with these cells in a notebook, and after that notebook is as it was."""
    sound = project.notebook(step).read_bytes()
    project.write_notebook(step, *cells)
    done = subprocess.run(**project.command("-m", "analysis", "all"), timeout=300, **settings)
    prepared.check(project, done)
    assert said in done.stderr, done.stderr
    assert f"notebooks/{step}.ipynb, cell [" in done.stderr, done.stderr
    names = (f"{step}.failed.ipynb", f"{step}.ipynb")
    kept = next(path for name in names if (path := project.derived / "notebooks" / name).exists())
    assert kept.stat().st_size < 50e6, "what is kept for reading is too large"
    project.notebook(step).write_bytes(sound)
    shutil.copy(prepared.project.root / KERNELS, project.root / KERNELS)
    prepared.check_heals(project)


KERNELS = "analysis/run/kernels.py"


def lower_limit(project: Project, limit: str, lower: str) -> None:
    """Lower a limit of kernels, which costs less to reach and is no other code."""
    module = project.root / KERNELS
    sound = module.read_text()
    assert sound.count(limit) == 1
    module.write_text(sound.replace(limit, lower))


def test_a_notebook_that_hangs(prepared, tmp_path):
    def attempt(cell):
        project = prepared.copy(tmp_path / "project")
        lower_limit(project, "CELL_SECONDS = 600", "CELL_SECONDS = 2")
        check_fails(prepared, project, "02_count", COUNT, cell, said="ran longer than 2 seconds and was stopped")

    cells = (
        "import time; time.sleep(60)",
        "while True: pass",
        "import signal, time\nfor s in (2, 15): signal.signal(s, signal.SIG_IGN)\nwhile True: time.sleep(1)",
        "import re; re.match('(a+)+$', 'a' * 50 + 'b')",
        "import os, signal; os.kill(os.getpid(), signal.SIGSTOP)",
    )
    try_all("notebook hangs", cells, attempt)


def test_a_notebook_that_floods_its_output(prepared, tmp_path):
    def attempt(cell):
        project = prepared.copy(tmp_path / "project")
        lower_limit(project, "OUTPUT_CHARACTERS = 5_000_000", "OUTPUT_CHARACTERS = 1_000_000")
        check_fails(prepared, project, "02_count", COUNT, cell, said="output more than 1 million characters")

    cells = (
        "while True: print('x' * 100_000)",
        "import sys\nwhile True: print('x' * 100_000, file=sys.stderr)",
        "from IPython.display import display\nwhile True: display({'text/plain': 'x' * 100_000}, raw=True)",
        "import os\nwhile True: os.write(1, b'x' * 50_000)",
    )
    try_all("notebook floods its output", cells, attempt)


def test_a_notebook_that_wants_too_much_memory(prepared, tmp_path):
    def attempt(fault):
        cell, settings = fault
        project = prepared.copy(tmp_path / "project")
        check_fails(prepared, project, "02_count", COUNT, cell, said="MemoryError", **settings)

    asking = "import numpy\nkept = []\nwhile True: kept.append(numpy.empty(2**30, 'uint8'))"
    filling = "import numpy\nkept = []\nwhile True: kept.append(numpy.ones(2**26, 'uint8'))"
    faults = (
        (asking, {}),
        (filling, {"preexec_fn": limited(resource.RLIMIT_DATA, 2**31)}),  # leaves memory to what else runs here
        ("import numpy; numpy.empty(2**50, 'uint8')", {}),
        ("text = 'x' * 10**15", {}),
    )
    try_all("notebook wants more memory than there is", faults, attempt)


def test_a_notebook_that_leaves_something_running(prepared, tmp_path):
    writing = """
import pathlib, threading, time
place = paths.derived(study) / "cases.csv"
def write():
    while True:
        time.sleep(0.01)
        place.write_text("9")
"""
    process = "import subprocess\nsubprocess.Popen(['sleep', '60'])"

    def attempt(fault):
        cell, fails = fault
        project = prepared.copy(tmp_path / "project")
        sound = project.notebook("02_count").read_bytes()
        project.write_notebook("02_count", COUNT, *cell)
        done = project.run()
        assert processes_end(project.root), "a process of the run lives on"
        assert (done.returncode != 0) == fails, done.stderr
        if fails:
            prepared.check(project, done)
        project.notebook("02_count").write_bytes(sound)
        prepared.check_heals(project)

    faults = (
        ((process,), False),
        ((process, "import os; os._exit(0)"), True),
        (("import threading, time; threading.Thread(target=time.sleep, args=[60]).start()",), False),
        ((writing + "threading.Thread(target=write).start()", "time.sleep(0.1)"), True),  # another step's result
    )
    try_all("notebook leaves a thread or a process", faults, attempt)


# What lies there is not as it should be


def test_a_result_damaged_or_lost(finished, tmp_path):
    damages = {
        "truncated": lambda file: file.write_bytes(file.read_bytes()[: file.stat().st_size // 2]),
        "one byte other": lambda file: file.write_bytes(b"~" + file.read_bytes()[1:]),
        "lost": lambda file: file.unlink(),
        "a folder": lambda file: (file.unlink(), file.mkdir()),
        "a link to nothing": lambda file: (file.unlink(), file.symlink_to("nothing")),
    }

    def attempt(fault):
        damage, names = fault
        project = finished.copy(tmp_path / "project")
        for name in names:
            damages[damage](project.root / name)
        assert_said(project.run("verify"))
        finished.check_heals(project)

    names = sorted(name for name in finished.after if not name.endswith(("manifest.json", ".ipynb")))
    faults = [("truncated", [name]) for name in names] + [(damage, names) for damage in damages]
    try_all("result damaged or lost", faults, attempt)


def test_a_manifest_damaged(finished, tmp_path):
    def attempt(damage):
        project = finished.copy(tmp_path / "project")
        manifest = project.derived / "manifest.json"
        manifest.write_bytes(damage(manifest.read_bytes()))
        finished.check_heals(project)
        assert project.workbook.read_text() == "8", "touched what is no result"

    damages = (
        lambda content: b"",
        lambda content: content[: len(content) // 2],
        lambda content: bytes(len(content)),
        lambda content: b"\xff\xfe" + content,
        lambda content: b"<<<<<<< ours\n" + content,
        lambda content: content.replace(b'"study": "stockholm"', b'"study": "uppsala"'),
        lambda content: content.replace(b"data/derived/stockholm/cases.csv", b"data/raw/stockholm/cases.xlsx"),
        lambda content: content.replace(b"data/derived/stockholm/", b"data/derived/stockholm/../../raw/"),
        lambda content: content.replace(b'"outputs": {', b'"outputs": {"x": {"/etc/passwd": ""}, '),
    )
    try_all("manifest damaged", damages, attempt)


def test_settings_or_a_notebook_damaged(finished, tmp_path):
    def attempt(fault):
        name, damage = fault
        project = finished.copy(tmp_path / "project")
        file = project.root / name
        sound = file.read_bytes()
        file.write_bytes({"empty": b"", "half": sound[: len(sound) // 2], "binary": bytes(range(256))}[damage])
        done = project.run()
        assert_said(done)
        finished.check(project, done)
        file.write_bytes(sound)
        finished.check_heals(project)

    names = ("notebooks/02_count.ipynb", "pyproject.toml", "requirements.lock", "data/raw/codebook.csv")
    faults = [(name, damage) for name in names for damage in ("empty", "half", "binary")]
    faults.remove(("data/raw/codebook.csv", "half"))  # half a list of codes is one; what it lacks is found by its use
    try_all("settings or notebook damaged", faults, attempt)


def test_a_folder_synchronised_while_it_is_written(prepared, tmp_path):
    def attempt(way):
        project = prepared.copy(tmp_path / "project")
        meddling = subprocess.Popen([sys.executable, "-c", SYNCHRONISE, str(project.root), way])
        try:
            done = project.run()
        finally:
            meddling.terminate()
            meddling.wait()
        for copy in project.root.rglob("*conflicted copy*"):
            copy.unlink()
        if way != "rename":  # what is moved away while it is put in place is not the run's to keep, but to make again
            prepared.check(project, done)
        elif done.returncode:
            assert_said(done)
        prepared.check_heals(project)

    try_all("folder synchronised while it is written", ("touch", "lock", "read", "copy", "hidden", "rename"), attempt)


SYNCHRONISE = """
import fcntl, os, pathlib, random, shutil, signal, sys, time
root, way = pathlib.Path(sys.argv[1]), sys.argv[2]
chance = random.Random(2)
ends = []
signal.signal(signal.SIGTERM, lambda *_: ends.append(True))  # as such programs do, after what they are at
def meddle(file):
    if not file.is_file() or "conflicted" in file.name or file.name.startswith("."):
        return
    if way == "touch":
        os.utime(file, (chance.random() * 4e9, chance.random() * 4e9))
    elif way == "lock":
        with file.open("rb") as stream:
            fcntl.flock(stream, fcntl.LOCK_EX)
            time.sleep(0.01)
    elif way == "read":
        file.read_bytes()
    elif way == "copy":
        shutil.copy(file, file.with_name(f"{file.stem} (conflicted copy 2026-11-24){file.suffix}"))
    elif way == "hidden":
        shutil.copy(file, file.with_name(f".{file.name}.part"))
        file.with_name(f".{file.name}.part").unlink()
    elif way == "rename" and file.name != "odd.csv":  # what the run removes meanwhile would be put back after it
        aside = file.with_name(f".{file.name}.moving")
        file.rename(aside)
        time.sleep(0.002)
        try:
            os.link(aside, file)  # never over a newer one
        finally:
            aside.unlink()
while not ends:
    for folder in (root / "data" / "derived", root / "figures"):
        try:
            for file in folder.rglob("*"):
                if not ends:
                    try:
                        meddle(file)
                    except OSError:
                        pass
        except OSError:  # a folder is gone
            pass
    time.sleep(0.01)
"""


# What surrounds it is unusual

CLOCK = """
import itertools, time
past = itertools.count()
real = time.time
time.time = lambda: real() - 30 * 365 * 86400 - 3600 * next(past)
"""


def test_the_clock_set_back(prepared, tmp_path):
    def attempt(fault):
        project = prepared.copy(tmp_path / "project")
        variables = {}
        if fault == "runs backwards":
            (tmp_path / "clock").mkdir()
            (tmp_path / "clock" / "sitecustomize.py").write_text(CLOCK)
            variables = {"PYTHONPATH": str(tmp_path / "clock")}
        else:
            for file in project.root.rglob("*"):
                os.utime(file, (fault, fault), follow_symlinks=False)
        done = subprocess.run(**project.command("-m", "analysis", "all", **variables), timeout=60)
        assert done.returncode == 0, done.stderr
        prepared.check(project, done)
        assert "Up to date" in project.run().stdout

    try_all("clock set back", (0, 4e9, "runs backwards"), attempt)


def test_unusual_surroundings(prepared, tmp_path):
    long = tmp_path / "å ä ö och blanksteg"
    while len(str(long)) < 220:
        long /= "en mapp till"

    def attempt(fault):
        variables, without, folder, settings, fails = fault
        project = prepared.copy(folder or tmp_path / "project")
        command = project.command("-m", "analysis", "all", **variables)
        for name in without:
            command["env"].pop(name, None)
        done = subprocess.run(**command | settings, timeout=60)
        assert (done.returncode != 0) == fails, done.stderr
        found = results(project)
        assert found == (prepared.before if fails else prepared.after), "not the right results"
        assert "Traceback" not in (done.stderr or "")
        prepared.check_heals(project)

    with Path(os.devnull).open() as closed, Path("/dev/full").open("w") as full:
        faults = (
            ({}, ["HOME"], None, {}, False),
            ({"HOME": "/nowhere"}, [], None, {}, False),
            ({"HOME": "/proc"}, [], None, {}, False),
            ({}, ["HOME", "PATH", "TERM", "LANG", "USER", "TMPDIR"], None, {}, False),
            ({"TMPDIR": "/nowhere"}, [], None, {}, False),
            ({"TMPDIR": "/proc"}, [], None, {}, False),
            ({}, [], long, {}, False),
            ({"PYTHONIOENCODING": "ascii", "LC_ALL": "C"}, [], tmp_path / "å", {}, False),
            ({}, [], None, {"stdin": closed}, False),
            ({}, [], None, {"stdout": full}, True),
            ({}, [], None, {"preexec_fn": limited(resource.RLIMIT_NOFILE, 256)}, False),
            ({}, [], None, {"umask": 0o777 & ~0o700}, False),
        )
        try_all("unusual home, folder, output and limits", faults, attempt)


# The real study


@pytest.fixture(scope="session")
def study(shipped) -> Prepared:
    """The shipped study, whose results are up to date."""
    return Prepared(shipped, shipped.results(), shipped.results())


def test_the_real_study_killed_after_a_step(study, tmp_path):
    project = study.copy(tmp_path / "project")

    def attempt(number):
        (project.derived / "manifest.json").unlink(missing_ok=True)
        running = subprocess.Popen(**project.command("-m", "analysis", "all"))
        for _ in range(number):
            assert running.stdout.readline().startswith("  ")
        running.kill()
        done = subprocess.CompletedProcess([], -signal.SIGKILL, *running.communicate())
        study.check(project, done)
        study.check_heals(project)

    try_all("real study: driver killed after a step", (4, len(STEPS)), attempt)


def test_the_real_study_with_damaged_data(study, tmp_path):
    project = study.copy(tmp_path / "project")

    def attempt(fault):
        name, damage = fault
        file = project.root / "data" / "raw" / name
        sound = file.read_bytes()
        half = sound[: len(sound) // 2]
        file.write_bytes({"empty": b"", "half": half, "binary": bytes(range(256)) * 8}[damage])
        done = project.run()
        file.write_bytes(sound)
        assert_said(done)
        study.check(project, done)
        study.check_heals(project)

    names = ("stockholm/cases.xlsx", "stockholm/published.csv", "stockholm/study.yml", "codebook.csv")
    faults = [(name, damage) for name in names for damage in ("empty", "half", "binary")]
    faults.remove(("stockholm/study.yml", "half"))  # may be settings as good as any
    try_all("real study: workbook, codebook or printed figures damaged", faults, attempt)
