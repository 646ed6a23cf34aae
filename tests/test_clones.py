"""Byte for byte: clones in other places, under other settings and other Pythons, give the same results.

What is covered: time zone, locale, hash seed, umask, home, number of processors, order in which folders are listed,
path, a clock years ahead, and another Python minor version where one is installed. What is not: other processors and
systems, on which pictures are compared by their pixels (test_notebooks).
"""

import hashlib
import os
import shutil
import subprocess
import sys
import sysconfig
import time
import venv
from pathlib import Path

import pytest
from conftest import environment_names

from analysis import paths
from analysis.run import provenance

pytestmark = pytest.mark.long

SETTINGS = {
    "TZ": "Pacific/Kiritimati", "LC_ALL": "sv_SE.UTF-8", "LANG": "tr_TR.UTF-8", "PYTHONHASHSEED": "7",
    "HOME": "/nowhere", "MPLBACKEND": "svg", "COLUMNS": "31", "OMP_NUM_THREADS": "2", "TERM": "dumb",
}  # fmt: skip
YEARS_AHEAD = "+3000d"
PYTHONS = ("3.14", "3.13", "3.12", "3.11")


def tracked() -> list[str]:
    """What a clone of the working folder would hold."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=paths.ROOT, check=True, capture_output=True, text=True).stdout
    return [name for name in listed.split("\0") if name and (paths.ROOT / name).exists()]


def clone(root: Path, names: list[str]) -> Path:
    """Copy the files, without results."""
    for name in names:
        if not name.startswith(("data/derived/", "figures/")):
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(paths.ROOT / name, root / name)
    return root


def run(root: Path, python: str, *before: str, umask: int = 0o022, **settings: str) -> dict[str, str]:
    """Run the study in a clone; give path and digest of everything that it made."""
    kept = {name: value for name, value in os.environ.items() if name not in environment_names()}
    command = [*before, python, "-m", "analysis", "all"]
    done = subprocess.run(
        command, cwd=root, env=kept | settings, umask=umask, capture_output=True, text=True, timeout=400
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return digests(root)


def digests(root: Path) -> dict[str, str]:
    """Path and digest of every result below a root."""
    folders = [root / "data" / "derived", root / "figures"]
    return {
        path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for folder in folders
        for path in provenance.files(folder)
    }


@pytest.fixture(scope="module")
def names() -> list[str]:
    """The files of a clone."""
    return tracked()


@pytest.fixture(scope="module")
def expected(fresh) -> dict[str, str]:
    """What a run of the original makes; its results go elsewhere."""
    made = digests(fresh)
    assert len(made) > 60
    return made


def differing(one: dict[str, str], other: dict[str, str]) -> list[str]:
    """The files that are not the same in both."""
    return sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))


BACKWARDS = '''
"""Lists every folder backwards by name, which is the order of no disk; a program may rely on none."""
import os

forwards = os.scandir


class scandir:
    def __init__(self, path="."):
        with forwards(path) as listed:
            self.entries = sorted(listed, key=lambda entry: entry.name)

    def __iter__(self):
        return self

    def __next__(self):
        if not self.entries:
            raise StopIteration
        return self.entries.pop()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.entries.clear()


os.scandir = scandir
os.listdir = lambda path=".": [entry.name for entry in scandir(path)]
'''
"""A `sitecustomize` module."""


def backwards(folder: Path) -> str:
    """An interpreter with the packages of this one, which lists folders backwards, as do all that it starts."""
    venv.create(folder)
    packages = next(folder.glob("lib/python*/site-packages"))
    (packages / "sitecustomize.py").write_text(BACKWARDS)
    (packages / "same.pth").write_text(sysconfig.get_path("purelib") + "\n")
    python = str(folder / "bin" / "python")
    code = "import os, pathlib; print(*os.listdir(), *(path.name for path in pathlib.Path().glob('*')))"
    (folder / "listed").mkdir()
    for name in "bca":
        (folder / "listed" / name).touch()
    listed = subprocess.run([python, "-c", code], cwd=folder / "listed", capture_output=True, text=True, check=True)
    assert listed.stdout.split() == ["c", "b", "a"] * 2
    return python


def test_another_user_on_another_machine_gets_the_same_bytes(names, expected, tmp_path):
    """Everything at once, as each alone would take a run."""
    root = clone(tmp_path / "på en annan plats" / ("lång" * 20), names)
    one_processor = ["taskset", "--cpu-list", "0"] if shutil.which("taskset") else []
    made = run(root, backwards(tmp_path / "backwards"), *one_processor, umask=0o077, **SETTINGS)
    assert differing(expected, made) == []


@pytest.mark.skipif(shutil.which("faketime") is None and not os.environ.get("CI"), reason="faketime is not installed")
def test_years_later_the_bytes_are_the_same_in_kernels_that_jupyter_starts(names, expected, tmp_path):
    """The run that it is compared with forked its kernels, where kernels can be forked."""
    ahead = ["faketime", "-f", YEARS_AHEAD]
    clock = subprocess.run([*ahead, sys.executable, "-c", "import time; print(time.time())"], stdout=subprocess.PIPE)
    assert float(clock.stdout) > time.time() + 2000 * 86400
    root = clone(tmp_path / "later", names)
    made = run(root, sys.executable, *ahead, COMPENDIUM_KERNELS="plain")
    assert differing(expected, made) == []


def python(minor: str) -> str | None:
    """An interpreter of that minor version that runs, on the path or below a version manager's folder."""
    found = [
        shutil.which(f"python{minor}"),
        *sorted((Path.home() / ".pyenv" / "versions").glob(f"{minor}.*/bin/python")),
    ]
    for one in filter(None, found):
        if subprocess.run([one, "-c", "import ensurepip, venv"], capture_output=True).returncode == 0:
            return str(one)
    return None


def test_another_python_gives_the_same_bytes(names, expected, tmp_path):
    """The newest that is installed beside the one that runs the tests."""
    own = ".".join(map(str, sys.version_info[:2]))
    interpreter = next(filter(None, (python(minor) for minor in PYTHONS if minor != own)), None)
    if interpreter is None:
        pytest.skip("No other Python is installed")
    root = clone(tmp_path / "clone", names)
    environment = {name: value for name, value in os.environ.items() if name not in environment_names()}
    done = subprocess.run(
        ["make", "env", f"PYTHON={interpreter}"],
        cwd=root,
        env=environment,
        capture_output=True,
        text=True,
        timeout=1800,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert differing(expected, run(root, str(root / ".venv" / "bin" / "python"))) == []
    shutil.rmtree(root / ".venv")
