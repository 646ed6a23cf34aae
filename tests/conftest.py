"""What tests share: the settings of a real run, and small whole projects that a test may spoil."""

import contextlib
import fcntl
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import hypothesis
import pytest
from campaigns import QUICK

from analysis import paths
from analysis.run import environment

_settled = contextlib.ExitStack()


def pytest_configure(config):
    """Settle this process before nbval starts a kernel; notebooks under nbval get a copy of the results to work on."""
    if config.option.markexpr == "not long":
        hypothesis.settings.load_profile(QUICK)
    scratch = _settled.enter_context(environment.stable())
    config.stash[_RESULTS] = scratch / "results"
    for folder in (paths.derived(paths.DEFAULT_STUDY), paths.figures(paths.DEFAULT_STUDY)):
        if folder.exists():
            shutil.copytree(folder, scratch / "results" / folder.relative_to(paths.ROOT))


SLOWEST = (
    "test_faults.py", "test_clones.py", "test_guard.py", "test_any_study.py", "test_attacker.py", "test_disclosure.py",
    "test_missing.py", "test_profiles.py", "test_conflicts.py", "test_walk.py", "test_jupyterlab.py",
    "test_notebooks.py",
    "test_comparison.py", "test_incremental.py", "test_execution.py", "test_random_studies.py",
    "test_accessibility.py", "test_own_study.py", "test_report.py", "test_figures.py",
    "test_validation.py", "test_formats.py", "test_workbook.py", "06_published_figures.ipynb", "05_collaboration.ipynb",
)  # fmt: skip
"""The files that take longest. They come first, so that no process has one left when the others are at their end."""

ALONE = (
    "test_faults.py", "test_clones.py", "test_guard.py", "test_attacker.py", "test_disclosure.py", "test_missing.py",
)  # fmt: skip
"""Files whose tests take so long that each of them goes to whichever process is free."""

TOGETHER = tuple(
    file.name for file in Path(__file__).parent.glob("test_*.py") if "published_studies" in file.read_text("utf-8")
)
"""Files that look at the same audits of printed figures, which one process works out once."""


def pytest_collection_modifyitems(config, items):
    """Put what is slow first, and let property tests take part in the long campaigns too, with all their examples."""
    items.sort(key=lambda item: SLOWEST.index(item.path.name) if item.path.name in SLOWEST else len(SLOWEST))
    if config.option.markexpr.startswith("long"):
        for item in items:
            if hypothesis.is_hypothesis_test(getattr(item, "obj", None)):
                item.add_marker("long")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config):
    """One process more than processors for the long campaigns, as most of their tests wait for what they started."""
    return (os.cpu_count() or 1) + 1 if config.option.markexpr.startswith("long") else None


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Give a file to one process, those of TOGETHER all to the same, and tests of ALONE one by one, as they come."""
    from xdist.scheduler import LoadFileScheduling

    class Scheduling(LoadFileScheduling):
        def _split_scope(self, nodeid):
            file = super()._split_scope(nodeid)
            return "together" if file.endswith(TOGETHER) else nodeid if file.endswith(ALONE) else file

    config.option.loadscopereorder = False
    return Scheduling(config, log)


def pytest_unconfigure():
    """Remove what `pytest_configure` made."""
    _settled.close()


_RESULTS = pytest.StashKey[Path]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item):
    """Let notebooks under nbval write their results aside, never over the kept ones."""
    with pytest.MonkeyPatch.context() as patch:
        if item.path.suffix == ".ipynb":
            patch.setenv("COMPENDIUM_OUTPUT", str(item.config.stash[_RESULTS]))
        return (yield)


@pytest.fixture(scope="session")
def cut_off(tmp_path_factory) -> Path:
    """A copy that cannot reach the network, in which a Swedish study with its own column was run; not to be changed."""
    import office

    def make(root: Path) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(paths, "ROOT", office.cut(root / "kopia"))
            assert office.run(paths.ROOT, "new", "--study", "uppsala", "--labels", "sv").returncode == 0
            with (paths.raw("uppsala") / "codebook.csv").open("a", encoding="utf-8") as file:
                file.write(office.OWN)
            office.fill("uppsala")
            done = office.run(paths.ROOT, "all", "--study", "uppsala")
            assert done.returncode == 0, done.stderr

    return made_once(tmp_path_factory, "cut_off", make) / "kopia"


INGEST = """\
file = paths.raw(study) / "cases.xlsx"
if not file.exists():
    raise UserError(f"There is no {file.name} in data/raw/{study}.")
number = int(file.read_text())
paths.derived(study).mkdir(parents=True, exist_ok=True)
(paths.derived(study) / "cases.csv").write_text(f"{number}\\n")
number"""

COUNT = """\
number = int((paths.derived(study) / "cases.csv").read_text())
head = "id,verdict,where,block,item,column,published,computed"
same, other = 'a,reproduced,"Table 1, Sex",sex,female,n,1,1', 'b,differs,"Table 2, Help",help,any_help,after,13,12'
lines = [head, same, other, ""]
(paths.derived(study) / "claims.csv").write_text("\\n".join(lines))
print(number, labels)"""

STEPS = """
STEPS = (
    Step("01_ingest", (), ("cases.csv",)),
    Step("02_count", ("01_ingest",), ("claims.csv",)),
    Step("report", ("02_count",), ("report.html",)),
)
"""

REPORT = '''
"""A report of one line."""
from analysis import paths

def build(study, language, failed):
    claims = paths.derived(study) / "claims.csv"
    text = claims.read_text() if claims.exists() else "no claims"
    (paths.derived(study) / "report.html").write_text(f"{text}{language}{failed or ''}")
'''


@dataclass(frozen=True)
class Project:
    """A whole project in miniature: the package with other steps, its data and its notebooks."""

    root: Path

    @property
    def derived(self) -> Path:
        """The results of its study."""
        return self.root / "data" / "derived" / paths.DEFAULT_STUDY

    @property
    def workbook(self) -> Path:
        """Its data: a text file with one number."""
        return self.root / "data" / "raw" / paths.DEFAULT_STUDY / "cases.xlsx"

    def notebook(self, name: str) -> Path:
        """The file of a notebook."""
        return self.root / "notebooks" / f"{name}.ipynb"

    def write_notebook(self, name: str, *sources: str, parameters: str = "") -> None:
        """Write a notebook of code cells after the two that every notebook begins with."""
        first = (
            'import sys; sys.path[:0] = [".", ".."]\nfrom analysis import paths\nfrom analysis.errors import UserError'
        )
        parameters = parameters or f'study = "{paths.DEFAULT_STUDY}"\nlabels = "{paths.DEFAULT_LABELS}"'
        cells = [
            {"cell_type": "code", "id": f"cell{number}", "metadata": {}, "source": source}
            | {"outputs": [], "execution_count": None}
            for number, source in enumerate((first, parameters, *sources))
        ]
        cells[1]["metadata"] = {"tags": ["parameters"]}
        notebook = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
        self.notebook(name).write_text(json.dumps(notebook))

    def command(self, *arguments: str, **environment: str) -> dict:
        """Arguments of `subprocess.Popen` for Python with these arguments, in the project and as in a user's shell."""
        kept = {name: value for name, value in os.environ.items() if name not in environment_names()}
        return {
            "args": [sys.executable, *arguments],
            "cwd": self.root,
            "env": kept | environment,
            "stdout": subprocess.PIPE,
            "stderr": subprocess.PIPE,
            "text": True,
        }

    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess:
        """Run `python -m analysis` with these arguments, or `all`."""
        return subprocess.run(**self.command("-m", "analysis", *(arguments or ("all",)), **environment), timeout=300)

    def results(self) -> dict[str, bytes]:
        """Every visible file of results, executed notebooks among them."""
        files = [path for folder in (self.derived, self.root / "figures") for path in folder.rglob("*")]
        named = {path.relative_to(self.root).as_posix(): path for path in files if path.is_file()}
        return {name: path.read_bytes() for name, path in named.items() if "/." not in name}


def environment_names() -> set[str]:
    """The variables that a user's shell does not have, but this process does."""
    return set(environment.SETTINGS) | {"COMPENDIUM_OUTPUT", "PYTEST_CURRENT_TEST"}


@pytest.fixture(scope="session")
def _unrun(tmp_path_factory) -> Project:
    return build_project(tmp_path_factory.mktemp("unrun") / "project")


@pytest.fixture(scope="session")
def _finished(_unrun, tmp_path_factory) -> Project:
    project = Project(shutil.copytree(_unrun.root, tmp_path_factory.mktemp("finished") / "project"))
    done = project.run()
    assert done.returncode == 0, done.stderr
    return project


@pytest.fixture
def new_project(_unrun, tmp_path) -> Project:
    """A project that was never run."""
    return Project(shutil.copytree(_unrun.root, tmp_path / "nytt projekt"))


@pytest.fixture
def project(_finished, tmp_path) -> Project:
    """A project whose results are up to date."""
    return Project(shutil.copytree(_finished.root, tmp_path / "projekt med å"))


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """A folder that `make` fills, once for all processes of the tests; to be copied, not changed."""
    base = factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / name
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (made := folder.with_suffix(".made")).exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            make(folder)
            made.touch()
    return folder


@pytest.fixture(scope="session")
def shipped(tmp_path_factory) -> Project:
    """The shipped study, with results made here; to be copied, not changed."""

    def make(root: Path) -> None:
        ignored = shutil.ignore_patterns("__pycache__", ".lock", ".staging")
        for name in ("analysis", "tools", "notebooks", "data", "figures"):
            shutil.copytree(paths.ROOT / name, root / name, ignore=ignored)
        for name in ("pyproject.toml", "requirements.lock"):
            shutil.copy(paths.ROOT / name, root)
        done = Project(root).run()
        assert done.returncode == 0, done.stderr

    return Project(made_once(tmp_path_factory, "shipped", make))


@pytest.fixture(scope="session")
def fresh(tmp_path_factory) -> Path:
    """The root of a run of the shipped study from nothing, under settings that are not those of the kept results."""

    def make(root: Path) -> None:
        settings = {"TZ": "Asia/Kathmandu", "LC_ALL": "C", "PYTHONHASHSEED": "7", "MPLBACKEND": "svg"}
        done = subprocess.run(
            [sys.executable, "-m", "analysis", "all"],
            env=os.environ | settings | {"HOME": str(root / "no"), "COMPENDIUM_OUTPUT": str(root)},
            umask=0o077,
            cwd=paths.ROOT,
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert done.returncode == 0, done.stderr

    return made_once(tmp_path_factory, "fresh", make)


def build_project(root: Path) -> Project:
    """Write a project in miniature into a new folder."""
    project = Project(root)
    for folder in (paths.PACKAGE, paths.ROOT / "tools"):
        shutil.copytree(folder, root / folder.name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(environment.SETTINGS["MPLCONFIGDIR"], root / ".cache" / "matplotlib")
    for path in (paths.LOCK, paths.ROOT / "pyproject.toml"):
        shutil.copy(path, root)
    steps = root / "analysis" / "run" / "steps.py"
    steps.write_text(steps.read_text().partition("\nNUMBERED")[0] + STEPS)
    (root / "analysis" / "report" / "build.py").write_text(REPORT)
    project.workbook.parent.mkdir(parents=True)
    project.workbook.write_text("7")
    for name, content in (
        ("study.yml", "status: fictitious\n"),
        ("published.csv", "id\n"),
        ("differences.csv", "id\n"),
    ):
        (project.workbook.parent / name).write_text(content)
    (root / "data" / "raw" / "codebook.csv").write_text("variable,label_en,label_sv\n")
    (root / "notebooks").mkdir()
    project.write_notebook("01_ingest", INGEST)
    project.write_notebook("02_count", COUNT)
    return project
