"""What runs again after a change: exactly what must, and with the results of a run from nothing.

Each kind of input is changed, alone and with others, in a whole project in miniature.
"""

import itertools
import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from campaigns import examples
from conftest import Project
from hypothesis import given
from hypothesis import strategies as st

from analysis import paths
from analysis.run import notebooks

pytestmark = pytest.mark.long

ALL = {"01_ingest", "02_count", "report"}
DATA, DERIVED = f"data/raw/{paths.DEFAULT_STUDY}", f"data/derived/{paths.DEFAULT_STUDY}"


def text(name: str, old: str, new: str) -> Callable[[Path], None]:
    """A change of a text in a file, which must be there."""

    def change(root: Path) -> None:
        content = (root / name).read_text()
        assert old in content, name
        (root / name).write_text(content.replace(old, new))

    return change


def added(name: str, content: str = "") -> Callable[[Path], None]:
    """A new file."""

    def change(root: Path) -> None:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(content)

    return change


def removed(name: str) -> Callable[[Path], None]:
    """A file less."""
    return lambda root: (root / name).unlink()


def written_again(root: Path) -> None:
    """Every input again as it is, with another time."""
    for folder in ("data/raw", "analysis", "notebooks"):
        for path in (root / folder).rglob("*.*"):
            if path.is_file() and "__pycache__" not in path.parts:
                path.write_bytes(path.read_bytes())
                os.utime(path, (1, 1))


INPUTS = {
    "the data": (text(f"{DATA}/cases.xlsx", "7", "8"), ALL),
    "the printed figures": (text(f"{DATA}/published.csv", "id", "id "), ALL),
    "the settings of the study": (text(f"{DATA}/study.yml", "fictitious", "original"), ALL),
    "a file more in the study's folder": (added(f"{DATA}/codebook.csv", "variable\n"), ALL),
    "a file less in the study's folder": (removed(f"{DATA}/differences.csv"), ALL),
    "the codebook": (text("data/raw/codebook.csv", "label_sv", "label_sv "), ALL),
    "a module": (text("analysis/errors.py", "class", "# \nclass"), ALL),
    "a module more": (added("analysis/more/deeper.py"), ALL),
    "a template or setting in the package": (text("analysis/display/matplotlibrc", "DejaVu", "Other"), ALL),
    "the lock": (text("requirements.lock", "sha256:0", "sha256:1"), ALL),
    "the named dependencies": (text("pyproject.toml", '"pandas", ', ""), ALL),
    "the source of the first notebook": (text("notebooks/01_ingest.ipynb", "= int(", "=  int("), {"01_ingest"}),
    "the source of the second": (text("notebooks/02_count.ipynb", "print(number", "print( number"), {"02_count"}),
}  # fmt: skip
RESULTS = {
    "a result": (text(f"{DERIVED}/cases.csv", "\n", " \n"), {"01_ingest"}),
    "a result that is gone": (removed(f"{DERIVED}/claims.csv"), {"02_count"}),
    "the report": (text(f"{DERIVED}/report.html", "id", "di"), {"report"}),
    "an executed notebook": (text(f"{DERIVED}/notebooks/02_count.ipynb", "cell", "cel"), {"02_count"}),
    "the manifest": (text(f"{DERIVED}/manifest.json", "{", "["), ALL),
}
NOTHING = {
    "the outputs of a notebook": (text("notebooks/02_count.ipynb", '_count": null', '_count": 5'), set()),
    "the time of every input": (written_again, set()),
    "another study": (added("data/raw/uppsala/cases.xlsx", "5"), set()),
    "what a spreadsheet program leaves": (added(f"{DATA}/~$cases.xlsx"), set()),
    "compiled Python": (added("analysis/__pycache__/x.pyc"), set()),
    "a test": (added("tests/test_x.py"), set()),
    "the licence": (added("LICENSE", "x"), set()),
}  # fmt: skip
EDITS = INPUTS | RESULTS | NOTHING

PLAN = """
from analysis.run import execution, provenance
before = provenance.read("stockholm") or provenance.Manifest()
print(*execution.stale_steps(before, provenance.begin("stockholm", {"labels": LABELS})))
"""

counter = itertools.count()


def planned(project: Project, labels: str = "en") -> set[str]:
    """The steps that a run would begin with, by the public function."""
    done = subprocess.run(**project.command("-c", PLAN.replace("LABELS", repr(labels))))
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def steps_run(output: str) -> set[str]:
    """The steps that a run says it ran."""
    return {line.split()[0] for line in output.splitlines() if line.endswith(" s") and line.startswith("  ")}


def edited(project: Project, folder: Path, names: list[str]) -> Project:
    """A copy of a project with these changes."""
    copy = Project(shutil.copytree(project.root, folder / str(next(counter))))
    for name in names:
        EDITS[name][0](copy.root)
    return copy


@pytest.mark.parametrize("name", EDITS)
def test_one_change_makes_stale_exactly_what_depends_on_it(name, project):
    EDITS[name][0](project.root)
    assert planned(project) == EDITS[name][1]


def test_a_parameter_makes_all_stale(project):
    assert planned(project, "sv") == ALL
    assert planned(project, "en") == set()


@examples(40)
@given(names=st.lists(st.sampled_from(sorted(EDITS)), unique=True, max_size=4))
def test_changes_together_make_stale_what_each_of_them_does(names, project, tmp_path):
    try:
        copy = edited(project, tmp_path, names)
    except (AssertionError, FileNotFoundError):  # one change took away what another one changes
        return
    assert planned(copy) == set().union(*(EDITS[name][1] for name in names))


REAL = (
    "the data", "the codebook", "a module", "the lock", "the source of the first notebook", "a result that is gone",
    "an executed notebook", "the manifest", "the time of every input",
)  # fmt: skip
SAME = ("a result that is gone", "an executed notebook", "the manifest", "the time of every input")
"""Changes after which the inputs are as before, and so is what a run from nothing gives."""


@pytest.mark.parametrize("name", REAL)
def test_after_a_change_a_run_gives_what_a_run_from_nothing_gives(name, project, tmp_path):
    copy = edited(project, tmp_path, [name])
    done = copy.run()
    assert done.returncode == 0, done.stderr
    assert steps_run(done.stdout) == EDITS[name][1]
    anew = project
    if name not in SAME:
        anew = Project(shutil.copytree(copy.root, tmp_path / "anew", ignore=shutil.ignore_patterns("derived")))
        assert anew.run().returncode == 0
    assert copy.results() == anew.results()
    assert steps_run(copy.run().stdout) == set()


@pytest.mark.parametrize(
    ("name", "line", "expected"),
    [
        ("02_background", "# looked through", {"02_background"}),
        (
            "08_one_of_many",
            "made = (paths.derived(study) / 'more.csv').write_text('more')",
            {"08_one_of_many", "05_collaboration", "report"},
        ),
    ],
)
def test_in_the_shipped_study_a_notebook_runs_again_with_those_that_read_what_it_changed(
    name, line, expected, shipped, tmp_path
):
    copy = Project(shutil.copytree(shipped.root, tmp_path / "project"))
    notebook = notebooks.load(copy.notebook(name))
    last = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"][-1]
    last["source"] = f"{notebooks.text(last['source'])}\n{line}"
    copy.notebook(name).write_text(json.dumps(notebook))
    done = copy.run()
    assert done.returncode == 0, done.stderr
    assert steps_run(done.stdout) == expected


# Several at once


def at_once(project: Project, *commands: list[str]) -> list[tuple[int, str]]:
    """Exit code and errors of commands that are begun together."""
    settings = project.command()
    running = [subprocess.Popen(**settings | {"args": command}) for command in commands]
    said = [process.communicate(timeout=120) for process in running]
    return [(process.returncode, errors) for process, (_, errors) in zip(running, said, strict=True)]


@pytest.fixture
def makeable(new_project) -> Project:
    """A project that was never run, with the Makefile and the environment."""
    shutil.copy(paths.ROOT / "Makefile", new_project.root)
    (new_project.root / ".venv").symlink_to(paths.ROOT / ".venv")
    return new_project


def test_of_two_makes_in_one_clone_each_is_right_or_refused(makeable, project):
    ended = at_once(makeable, ["make", "-j4", "all"], ["make", "-j4", "all"], ["make", "-j", "all"])
    assert 0 in [code for code, _ in ended]
    for code, errors in ended:
        assert code == 0 or "Another run of the study 'stockholm' is under way. Wait until it has ended." in errors
    assert makeable.results() == project.results()


def test_two_studies_at_once_do_not_disturb_each_other(makeable, project):
    other = makeable.workbook.parent.with_name("uppsala")
    shutil.copytree(makeable.workbook.parent, other)
    (other / "cases.xlsx").write_text("3")
    ended = at_once(makeable, ["make", "-j4", "all"], ["make", "-j4", "all", "STUDY=uppsala"])
    assert [code for code, _ in ended] == [0, 0], ended
    assert (makeable.derived.with_name("uppsala") / "cases.csv").read_text() == "3\n"
    made = makeable.results()
    assert {name: made[name] for name in project.results()} == project.results()
