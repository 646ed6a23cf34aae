"""Faults for whole projects: how they are brought about, what must hold after each, and the file that counts them."""

import csv
import fcntl
import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from conftest import Project

from analysis import paths

COUNTS = paths.ROOT / "tests" / "faults.csv"
"""For each kind of fault, in the order of KINDS, how many were tried and survived; written by `make test-long`."""

KINDS = (
    "driver killed at every third moment before a file is written, moved or removed",
    "driver interrupted twice (Ctrl-C) at every third of these moments",
    "disk full from every third of these moments on",
    "disk read-only from every third of these moments on",
    "files limited in size",
    "folder of results not writable",
    "make, driver or kernel server killed or stopped in a step",
    "kernel killed",
    "notebook hangs",
    "notebook floods its output",
    "notebook wants more memory than there is",
    "notebook leaves a thread or a process",
    "result damaged or lost",
    "manifest damaged",
    "settings or notebook damaged",
    "folder synchronised while it is written",
    "clock set back",
    "unusual home, folder, output and limits",
    "real study: driver killed after a step",
    "real study: workbook, codebook or printed figures damaged",
)


def counts() -> list[dict[str, str]]:
    """The rows of the file: kind, tried, survived."""
    with COUNTS.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def try_all(kind: str, faults: Iterable, attempt: Callable) -> None:
    """Call `attempt` with each fault, note how many were survived, and fail if one was not."""
    said, tried = [], 0
    for tried, fault in enumerate(faults, 1):  # noqa: B007
        try:
            attempt(fault)
        except (AssertionError, subprocess.TimeoutExpired) as error:
            said.append(f"{fault}: {error}")
    _note(kind, tried, tried - len(said))
    assert not said, "\n".join(said)
    assert tried


def _note(kind: str, tried: int, survived: int) -> None:
    """Put a row into the file; other tests may do so at the same time."""
    with (COUNTS.parent / ".faults.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        rows = {row["kind"]: row for row in counts()} if COUNTS.exists() else {}
        rows[kind] = {"kind": kind, "tried": tried, "survived": survived}
        with paths.replacing(COUNTS) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, ["kind", "tried", "survived"], lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows[name] for name in KINDS if name in rows)


@dataclass(frozen=True)
class Prepared:
    """A project with results, of which all is stale, because its data changed.

    Attributes
    ----------
    project : Project
        Not to be changed: `copy` it.
    before, after : dict
        Its results, and those that a run without any fault makes.
    healed : set
        What faults left that the next run was seen to heal (`state`).
    """

    project: Project
    before: dict[str, bytes]
    after: dict[str, bytes]
    healed: set[frozenset] = field(default_factory=set)

    def copy(self, folder: Path) -> Project:
        """A project of its own in a folder, in which nothing else may be."""
        shutil.rmtree(folder, ignore_errors=True)
        return Project(shutil.copytree(self.project.root, folder, symlinks=True))

    def check(self, project: Project, done: subprocess.CompletedProcess, can_tidy: bool = True) -> None:
        """Assert what must hold after a run, whatever happened to it; after a kill it could not tidy up."""
        found = results(project)
        assert processes_end(project.root), "a process of the run lives on"
        if done.returncode == 0:
            assert found == self.after, "not the results of a good run"
        elif done.returncode == -signal.SIGKILL or not can_tidy:
            present = {name: content for name, content in found.items() if not name.endswith("/manifest.json")}
            assert present.items() <= self.before.items() or present.items() <= self.after.items(), "of two runs"
            if len(present) < len(found) and json.loads((project.derived / "manifest.json").read_text())["inputs"]:
                assert found in (self.before, self.after), "a finished manifest of results that are not whole"
        else:
            record = found.get("data/derived/stockholm/manifest.json")
            if failed := json.loads(record)["failed"] if record else {}:
                self._check_rest(found, failed)
            else:
                assert found == self.before, "earlier results are not as they were"
            assert not (project.derived / ".staging").exists(), "something is left behind"
        if done.returncode not in (0, -signal.SIGKILL):
            assert_said(done)

    def _check_rest(self, found: dict[str, bytes], failed: Iterable[str]) -> None:
        """Assert that all is of the good run but what failed, and that nothing of the earlier one is lost."""
        aside = "data/derived/stockholm/earlier/"
        telling = ("manifest.json", "report.html", *(f"notebooks/{name}.ipynb" for name in failed))
        present = {name for name in found if not name.startswith(aside) and not name.endswith(telling)}
        assert all(found[name] == self.after.get(name) for name in present), "of two runs"
        for name in self.before.keys() & self.after.keys() - found.keys():
            assert found[aside + name] == self.before[name], f"{name} is lost"

    def check_heals(self, project: Project) -> None:
        """Assert that the next run makes the results of a run without any fault, and leaves nothing else behind.

        Of faults that leave the same, to the byte and in the same place, it runs after one.
        """
        left = state(project)
        if left in self.healed:
            return
        done = project.run()
        assert done.returncode == 0, done.stderr
        assert project.results() == self.after, "not the results of a good run"
        hidden = {path.name for path in project.derived.iterdir() if path.name.startswith(".")}
        assert hidden == {".lock"}, f"left behind: {hidden}"
        self.healed.add(left)


def results(project: Project) -> dict[str, bytes]:
    """The results of a project, without what a failed run keeps for reading."""
    return {name: content for name, content in project.results().items() if ".failed." not in name}


def state(project: Project) -> frozenset:
    """All that the next run of a project finds: path and content of its files, and whether results lie aside."""
    folder = project.derived / ".staging"
    passed_over = [project.root / name for name in (".cache", ".venv")] + [folder]
    found = [
        (path, path.read_bytes())
        for path in project.root.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and not any(map(path.is_relative_to, passed_over))
    ]
    return frozenset([*found, (folder, folder.exists())])


def assert_said(done: subprocess.CompletedProcess) -> None:
    """Assert that a command failed with a message for a person."""
    assert done.returncode > 0, f"exit {done.returncode}"
    assert done.stderr.strip(), "no message"
    assert "Traceback" not in done.stderr, done.stderr
    assert len(done.stderr) < 2000, f"a message of {len(done.stderr)} characters: {done.stderr[:500]}"


def processes_end(folder: Path) -> bool:
    """Wait for the end of every process that works in a folder; False, and their end, if they do not in ten seconds."""
    deadline = time.monotonic() + 10
    while running := processes(folder):
        if time.monotonic() > deadline:
            for process in running:
                os.kill(process, signal.SIGKILL)
            return False
        time.sleep(0.05)
    return True


def processes(folder: Path) -> list[int]:
    """The processes that work in a folder."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            works_there = (entry / "cwd").readlink().is_relative_to(folder)
        except OSError:  # it ended meanwhile, or is another user's
            continue
        if works_there and int(entry.name) != os.getpid():
            found.append(int(entry.name))
    return found


def children(process: int) -> list[int]:
    """The processes that a process started, and which run."""
    lists = Path(f"/proc/{process}/task").glob("*/children")
    return [int(child) for file in lists for child in file.read_text().split()]


def arguments(process: int) -> list[str]:
    """The command line of a process."""
    return Path(f"/proc/{process}/cmdline").read_text().split("\0")


def wait_until(reached: Callable[[], bool]) -> None:
    """Wait until a function says so, at most 30 seconds."""
    deadline = time.monotonic() + 30
    while not reached():
        assert time.monotonic() < deadline, "it never came so far"
        time.sleep(0.05)


HOOK = '''
"""Brings about a fault at a numbered file operation below a folder, or counts these operations."""
import errno
import os
import signal
import sys

folder, kind, number = os.environ["FAULT"].split("|")
reached = 0


def hook(event, arguments):
    global reached
    if event == "open":
        changes = isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR)
    else:
        changes = event in ("os.rename", "os.remove", "os.mkdir")
    if not changes or isinstance(arguments[0], int) or not os.fspath(arguments[0]).startswith(folder):
        return
    if event != "os.mkdir":  # how often it is asked for differs between versions of Python
        reached += 1
        if kind == "count":
            os.write(2, f"{event} {arguments[0]}\\n".encode())
    if reached == int(number) and event != "os.mkdir":
        if kind == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if kind == "interrupt":
            os.kill(os.getpid(), signal.SIGINT)
            os.kill(os.getpid(), signal.SIGINT)
    if reached >= int(number):
        if kind == "full" and event in ("open", "os.mkdir"):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), arguments[0])
        if kind == "read-only":
            raise OSError(errno.EROFS, os.strerror(errno.EROFS), arguments[0])


sys.addaudithook(hook)
'''
"""A `sitecustomize` module. It acts in the driver alone, as kernels do not get its PYTHONPATH."""


def hooked(project: Project, kind: str, number: int, hook: Path) -> subprocess.CompletedProcess:
    """Run a project with the fault at an operation; `hook` is a folder that holds HOOK as sitecustomize.py."""
    fault = f"{project.root}{os.sep}|{kind}|{number}"
    return subprocess.run(
        **project.command("-m", "analysis", "all", PYTHONPATH=str(hook), FAULT=fault, PYTHONDONTWRITEBYTECODE="1"),
        timeout=60,
    )
