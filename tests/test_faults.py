"""A run survives every fault: earlier results are whole or absent, a message says why, and the next run heals."""

import signal

import pytest
from conftest import build_project
from faults import HOOK, Prepared, hooked, results, try_all

pytestmark = pytest.mark.long

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
(paths.derived(study) / "claims.csv").write_text(f"id,verdict\\na,reproduced\\nb,differs\\n{number},reproduced\\n")
print(number, labels)"""


@pytest.fixture(scope="session")
def prepared(tmp_path_factory) -> Prepared:
    """A small project: results for one number, and another number in its data."""
    project = build_project(tmp_path_factory.mktemp("faults") / "project")
    project.write_notebook("01_ingest", INGEST)
    project.write_notebook("02_count", COUNT)
    assert project.run().returncode == 0
    before = project.results()
    project.workbook.write_text("8")
    healthy = Prepared(project, before, {}).copy(tmp_path_factory.mktemp("healthy") / "project")
    assert healthy.run().returncode == 0
    after = healthy.results()
    assert before.keys() - after.keys() == {"data/derived/stockholm/odd.csv"}
    return Prepared(project, before, after)


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
    healed = set()

    def attempt(number):
        project = prepared.copy(tmp_path / "project")
        done = hooked(project, "kill", number, hook)
        assert done.returncode == -signal.SIGKILL
        prepared.check(project, done)
        left = frozenset(results(project).items())
        if left not in healed:  # of kills that leave the same results one is enough
            prepared.check_heals(project)
            healed.add(left)

    try_all("driver killed before a file is written, moved or removed", range(1, len(operations) + 1), attempt)


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("interrupt", "driver interrupted twice (Ctrl-C) at the same moments"),
        ("full", "disk full from each of these moments on"),
    ],
)
def test_the_driver_disturbed(prepared, hook, operations, tmp_path, fault, kind):
    def attempt(number):
        project = prepared.copy(tmp_path / "project")
        prepared.check(project, hooked(project, fault, number, hook))

    try_all(kind, range(1, len(operations) + 1), attempt)


def test_the_disk_becomes_read_only(prepared, hook, operations, tmp_path):
    healed = set()

    def attempt(number):
        project = prepared.copy(tmp_path / "project")
        prepared.check(project, hooked(project, "read-only", number, hook), can_tidy=False)
        left = frozenset(results(project).items())
        if left not in healed:
            prepared.check_heals(project)
            healed.add(left)

    try_all("disk read-only from each of these moments on", range(1, len(operations) + 1), attempt)
