"""How long a rerun of the shipped study takes, beside the same analysis as a plain script and beside other engines.

    .venv/bin/python -m benchmarks.speed [--rounds 5]      writes benchmarks/speed.csv and benchmarks/speed.md

Every method runs in one copy of the repository, with the same Python, kernels and settings, and begins without results.
The methods take turns, so that other work on the machine meets all of them. Snakemake comes into an environment of its
own (needs the network). Every method must make, byte for byte, the tables, figures and documents that `make all` makes.
A run that fails, or makes something else, is not counted; it is told with its reason, and the others go on.
"""

import argparse
import csv
import json
import os
import platform
import resource
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from analysis import paths
from analysis.run import environment, notebooks, provenance
from analysis.run.steps import STEPS, Step

STUDY, LABELS = paths.DEFAULT_STUDY, paths.DEFAULT_LABELS
HERE = Path(__file__).parent
REPORT = f"from analysis.report import build; build.build({STUDY!r}, {LABELS!r})"
EXECUTED = f"data/derived/{STUDY}/notebooks"
JOBS = 2
LINES = 15
"""Lines that are shown of what a failed command printed."""

EDITED = "02_background"

ALL, SCRIPT, NOTHING = "make all", "plain script", "make all, nothing to do"
ONE = f"make all, {EDITED} edited"
PAPERMILL, SNAKEMAKE = ("make papermill", f"make papermill -j{JOBS}"), ("snakemake", f"snakemake --cores {JOBS}")

OF_SCRIPT, TIMES_FASTER, AT_ONCE = 1.5, 5, 0.3
"""The aims: `make all` as a multiple of the plain script; how much faster it is than papermill's command line and than
Snakemake; its seconds with nothing to do."""

NAMES = {
    SCRIPT: "(a) the analysis as one plain Python script",
    ALL: "(b) `make all`, everything stale",
    PAPERMILL[0]: "(c) papermill's command line, plain Makefile",
    PAPERMILL[1]: f"(c) the same with `make -j{JOBS}`",
    "nbconvert": "(d) `jupyter nbconvert --execute`, one call",
    SNAKEMAKE[0]: "(e) Snakemake, one papermill rule a notebook",
    SNAKEMAKE[1]: f"(e) the same with `--cores {JOBS}`",
    NOTHING: "`make all` with nothing to do",
    ONE: f"`make all` with {EDITED} edited",
}


@dataclass(frozen=True)
class Run:
    """One measured run: its method, elapsed seconds, and processor seconds of it and all that it started."""

    method: str
    elapsed: float
    processor: float


@dataclass(frozen=True)
class Failed:
    """A run that failed: its method, its round (the one that is not counted is 0), and why."""

    method: str
    round: int
    why: str


def main() -> None:
    """Measure, and write what was measured."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=3, help="runs of each method (%(default)s)")
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory(prefix="speed-") as folder, environment.stable():
        copy, engine = Path(folder) / "copy", Path(folder) / "engine"
        _copy(copy)
        snakemake = _install(engine, "snakemake")
        _write_rules(copy)
        runs: list[Run] = []
        failed: list[Failed] = []
        try:
            measure(copy, _commands(snakemake), rounds, runs, failed)
        finally:  # what was measured is kept, whatever happens meanwhile
            if runs:
                write(HERE, runs, failed, rounds)
    if failed:
        raise SystemExit("\n".join(["Not counted:", *map(_told, failed)]))


def measure(copy: Path, commands: Mapping[str, list[str]], rounds: int, runs: list[Run], failed: list[Failed]) -> None:
    """Run each method in turn in the copy, and add to the runs, or to those that failed, one by one."""
    expected: dict[str, str] = {}
    for number in range(rounds + 1):  # the first round fills caches and is not counted
        for method, command in commands.items():
            _remove_results(copy)
            try:
                found = [_measured(method, command, copy)]
                expected = expected or _results(copy)
                if other := sorted(dict(expected.items() ^ _results(copy).items())):
                    raise _NotMeasured(f"made other results than {ALL}: {', '.join(other)}")
                if method == ALL:
                    found.append(_measured(NOTHING, command, copy))
                    with _edited(copy / "notebooks" / f"{EDITED}.ipynb"):
                        found.append(_measured(ONE, command, copy))
            except _NotMeasured as error:
                failed.append(Failed(method, number, str(error)))
                print(_told(failed[-1]), file=sys.stderr, flush=True)
                if not expected:
                    raise SystemExit(f"{ALL} failed, so there is nothing to compare the others with.") from None
            else:
                runs += found if number else []


class _NotMeasured(Exception):
    """A run failed; the text says why."""


def _told(one: Failed) -> str:
    return f"{NAMES.get(one.method, one.method)}, round {one.round}: {one.why}"


def write(folder: Path, runs: Sequence[Run], failed: Sequence[Failed], rounds: int) -> None:
    """Write speed.csv and speed.md."""
    with (folder / "speed.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["method", "elapsed_seconds", "processor_seconds"])
        table.writerows([run.method, f"{run.elapsed:.2f}", f"{run.processor:.2f}"] for run in runs)
    (folder / "speed.md").write_text(_page(runs, failed, rounds), encoding="utf-8", newline="\n")


def _copy(target: Path) -> None:
    """Copy what git holds; the environment is the repository's own."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=paths.ROOT, check=True, capture_output=True, text=True)
    for name in filter(None, listed.stdout.split("\0")):
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(paths.ROOT / name, target / name)
    (target / ".venv").symlink_to(paths.ROOT / ".venv")
    shutil.copytree(environment.SETTINGS["MPLCONFIGDIR"], target / ".cache" / "matplotlib")


def _install(folder: Path, package: str) -> str:
    """Install a package into an environment of its own; give the program of that name."""
    venv.create(folder, with_pip=True)
    command = [folder / "bin" / "python", "-m", "pip", "install", "-q", "--disable-pip-version-check", package]
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
    return str(folder / "bin" / package)


def _commands(snakemake: str) -> dict[str, list[str]]:
    """The command of each method."""
    order = [f"notebooks/{step.name}.ipynb" for step in STEPS if step.notebook]
    python, convert = (
        shlex.quote(str(Path(sys.executable).with_name(name))) for name in ("python", "jupyter-nbconvert")
    )
    executed = shlex.join(
        [convert, "--to", "notebook", "--execute", "--log-level=ERROR", "--output-dir", EXECUTED, *order]
    )
    rules = [snakemake, "--snakefile", "Snakefile"]
    return {
        ALL: ["make", "-s", "all"],
        SCRIPT: [python, "script.py"],
        PAPERMILL[0]: ["make", "-s", "-f", "papermill.mk"],
        PAPERMILL[1]: ["make", "-s", "-f", "papermill.mk", f"-j{JOBS}"],
        "nbconvert": ["sh", "-c", f"{executed} && {python} -c {shlex.quote(REPORT)}"],
        SNAKEMAKE[0]: [*rules, "--cores", "1"],
        SNAKEMAKE[1]: [*rules, "--cores", str(JOBS)],
    }


def _write_rules(folder: Path) -> None:
    """Write the plain script, the Makefile and the Snakefile: each notebook after those that it reads."""
    (folder / "script.py").write_text(_script(), encoding="utf-8")
    make, snake = [], []
    for step in STEPS:
        target, reads = _target(step), [_target(other) for other in STEPS if other.name in step.reads]
        command = _command(step)
        make.append(f"{target}: {' '.join(reads)}\n\t{command} >$@.log 2>&1\n")
        inputs, log = ", ".join(map(repr, reads)), f"{target}.log"
        lines = [f"rule step_{step.name}:", f"    input: {inputs}" if reads else "", f"    output: {target!r}"]
        snake.append("\n".join(filter(None, lines)) + f"\n    shell: {f'{command} >{log} 2>&1'!r}\n")
    last = _target(STEPS[-1])
    folders = f"$(shell mkdir -p {EXECUTED})\n"
    (folder / "papermill.mk").write_text(f"all: {last}\n\n{folders}\n" + "\n".join(make), encoding="utf-8")
    whole = f"rule all:\n    input: {last!r}\n\n"
    (folder / "Snakefile").write_text(whole + "\n".join(snake), encoding="utf-8")


def _target(step: Step) -> str:
    return f"{EXECUTED}/{step.name}.ipynb" if step.notebook else f"data/derived/{STUDY}/report.html"


def _command(step: Step) -> str:
    papermill = Path(sys.executable).with_name("papermill")
    if step.notebook:
        return shlex.join([str(papermill), "--no-progress-bar", f"notebooks/{step.name}.ipynb", _target(step)])
    return shlex.join([sys.executable, "-c", REPORT])


def _script() -> str:
    """The code of all notebooks in the order of the steps, and the report."""
    cells = [
        notebooks.text(cell["source"])
        for step in STEPS
        if step.notebook
        for cell in notebooks.load(step.notebook)["cells"]
        if cell["cell_type"] == "code"
    ]
    return "\n\n".join(["from IPython.display import display", *cells, REPORT]) + "\n"


def _remove_results(copy: Path) -> None:
    for folder in (copy / "data" / "derived" / STUDY, copy / "figures" / STUDY):
        shutil.rmtree(folder, ignore_errors=True)


def _measured(method: str, command: list[str], copy: Path) -> Run:
    """Run a command in the copy and measure it."""
    settings = {
        "MPLCONFIGDIR": str(copy / ".cache" / "matplotlib"),
        "MATPLOTLIBRC": str(copy / "analysis/display/matplotlibrc"),
    }
    settings |= {"MPLBACKEND": "agg"} if method == SCRIPT else {}
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(command, cwd=copy, env=os.environ | settings, capture_output=True, text=True)
    elapsed, after = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise _NotMeasured(_reason(done, copy))
    run = Run(method, elapsed, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    print(f"{method:24} {run.elapsed:6.2f} s elapsed {run.processor:6.2f} s of processors", flush=True)
    return run


def _reason(done: subprocess.CompletedProcess, copy: Path) -> str:
    """Why a command failed: the last lines that it printed, and those of the step that wrote last into its log."""
    logs = sorted((copy / EXECUTED).glob("*.log"), key=lambda file: file.stat().st_mtime)
    said = [done.stdout, done.stderr, *(file.read_text(encoding="utf-8", errors="replace") for file in logs[-1:])]
    lines = [line for text in said for line in text.strip().splitlines()[-LINES:]]
    return "\n".join([f"ended with exit code {done.returncode}", *lines])


def _results(copy: Path) -> dict[str, str]:
    """Path and digest of every table, figure and document in the copy."""
    folders = (copy / "data" / "derived" / STUDY, copy / "figures" / STUDY)
    files = [file for folder in folders for file in provenance.files(folder) if file.parent.name != "notebooks"]
    made = [file for file in files if file.name != provenance.NAME and file.suffix != ".log"]
    return {str(file.relative_to(copy)): provenance.sha256(file) for file in made}


class _edited:
    """A notebook with a blank line more in its last code cell, while the block runs."""

    def __init__(self, path: Path):
        self.path, self.before = path, path.read_bytes()

    def __enter__(self) -> None:
        notebook = json.loads(self.before)
        last = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"][-1]
        last["source"] = notebooks.text(last["source"]) + "\n"
        self.path.write_text(json.dumps(notebook), encoding="utf-8")

    def __exit__(self, *_: object) -> None:
        self.path.write_bytes(self.before)


def _page(runs: Sequence[Run], failed: Sequence[Failed], rounds: int) -> str:
    """What was measured, for readers."""
    measured = [name for name in NAMES if any(run.method == name for run in runs)]
    seconds = {name: [run.elapsed for run in runs if run.method == name] for name in measured}
    work = {name: statistics.median(run.processor for run in runs if run.method == name) for name in measured}
    middle = {name: statistics.median(found) for name, found in seconds.items()}
    rows = []
    for name in measured:
        numbers = (min(seconds[name]), middle[name], work[name], middle[name] / middle[ALL])
        rows.append(f"| {NAMES[name]} | " + " | ".join(f"{number:.2f}" for number in numbers) + " |")
    versions = f"Python {platform.python_version()}, " + ", ".join(
        f"{name} {version(name)}" for name in ("papermill", "ipykernel", "pandas", "matplotlib")
    )
    count = sum(bool(step.notebook) for step in STEPS)
    page = f"""# How long a rerun takes

Written by `python -m benchmarks.speed`; every run is in [`speed.csv`](speed.csv). Least and median elapsed seconds and
median processor seconds of {rounds} runs each, the methods taking turns, on {os.cpu_count()} cores;
{versions}.
Each method runs the {count} notebooks and makes the report. Every method made, byte for byte, the same tables, figures
and documents.

| method | least s | median s | processor s | median of (b) |
|---|---|---|---|---|
{chr(10).join(rows)}

## Aims

| aim | measured | |
|---|---|---|
{chr(10).join(_aims(middle))}
"""
    if {ALL, SCRIPT, PAPERMILL[0]} <= middle.keys():
        page += f"""
## Where the time goes

Of the {work[ALL]:.1f} processor seconds of `make all`, {work[SCRIPT]:.1f} are the analysis itself, as the plain script
takes them in one process; the others go to kernels, to executed notebooks with their pictures, and to checks. (c)
takes {middle[PAPERMILL[0]] / middle[SCRIPT]:.1f} times as long as (a): on one core nothing that makes the same analysis
can be faster than (c) by more.
"""
    if failed:
        told = "\n\n".join(f"```\n{_told(one)}\n```" for one in failed)
        page += f"\n## Not counted\n\nThese runs failed or made something else:\n\n{told}\n"
    return page


def _aims(middle: dict[str, float]) -> list[str]:
    """Each aim of what was measured, with whether it is met, as rows of a table."""
    found = []
    if SCRIPT in middle:
        times = middle[ALL] / middle[SCRIPT]
        found.append((f"(b) takes at most {OF_SCRIPT} times as long as (a)", times, times <= OF_SCRIPT))
    for other in (*PAPERMILL, *SNAKEMAKE):
        if other in middle:
            times = middle[other] / middle[ALL]
            found.append(
                (f"{NAMES[other]}: at least {TIMES_FASTER} times as long as (b)", times, times >= TIMES_FASTER)
            )
    found.append((f"{NAMES[NOTHING]}: at most {AT_ONCE} s", middle[NOTHING], middle[NOTHING] <= AT_ONCE))
    return [f"| {said} | {number:.2f} | {'met' if is_met else 'missed'} |" for said, number, is_met in found]


if __name__ == "__main__":
    main()
