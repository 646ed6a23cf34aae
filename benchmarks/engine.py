"""How the contradiction engine grows with the study, and what other tools say of inputs that they can take.

    make bench      writes benchmarks/engine.md

Seconds are processor seconds, as other work on the machine disturbs them least. A measurement that reaches its limit
of seconds, or of memory, is not decided: that is never a verdict.
"""

import json
import math
import multiprocessing
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Callable
from importlib.metadata import version
from multiprocessing.connection import Connection
from pathlib import Path

from analysis import paths
from analysis.printed.bounds import bounds
from analysis.printed.conflicts import FEW_ROWS
from analysis.printed.forced import pair_bounds
from analysis.study import claims, codebook
from benchmarks.studies import Study, random_study, study

LIMIT, MEMORY = 15, 3 * 1024**3
"""Processor seconds and bytes of one measurement."""

PATIENCE, INSTALLING = 8 * LIMIT, 120
"""Elapsed seconds of one measurement on a busy machine, and of one installation."""

FILES, INDICATORS, SLIPS = (12, 25, 50, 100, 200), (20, 60, 200), (0, 2, 4, 8)
PAIRS = tuple((f"12 files, {indicators} indicators", random_study(12, indicators, 2)) for indicators in (20, 60))
QUESTION = "files(sex == female and n_plans >= 2)"
PAIR = "i0 and i2"
NOT_DECIDED = "not decided"

RIVALS = {
    "grim": "grim==0.1.10",
    "scrutipy": "scrutipy==0.1.12",
    "pysprite": "pysprite==1.2.1",
    "cpmpy": "cpmpy==1.1.1",
    "humanleague": "humanleague==2.4.3",
}
CANNOT = {
    "grim": "the distribution, so it sees no conflict",
    "scrutipy": "the distribution; a mean without standard deviation (that of the counts is given)",
    "pysprite": "a mean without standard deviation (as above); it does not say which numbers conflict",
    "cpmpy": "nothing, once the model is written by hand; it gives no repaired values and no ranges",
    "humanleague": "numbers of files with two indicators, or with any of several; it says nothing of which conflict",
}

MEAN, COUNTS = "printed mean and distribution", "joint counts"
NAMES = ("social", "addiction", "outpatient", "inpatient")
JOINT = {
    "files(social)": ([["social"]], 12),
    "files(addiction)": ([["addiction"]], 7),
    "files(outpatient)": ([["outpatient"]], 5),
    "files(inpatient)": ([["inpatient"]], 1),
    "files(addiction and outpatient)": ([["addiction"], ["outpatient"]], 0),
    "files(social and any(addiction, outpatient))": ([["social"], ["addiction", "outpatient"]], 11),
    "files(any(addiction, outpatient, inpatient))": ([["addiction", "outpatient", "inpatient"]], 13),
}
"""A small joint problem: expression -> the same as a conjunction of alternatives, and the number printed."""


def main() -> None:
    """Measure, and write engine.md beside this file."""
    os.nice(10)
    start = time.monotonic()
    by_size = [growth(files, indicators, 2) for indicators in INDICATORS for files in FILES]
    by_slips = [growth(files, 60, slips) for files in (12, 25, 200) for slips in SLIPS]
    pairs = [all_pairs("the shipped study", shipped()), *(all_pairs(*made) for made in PAIRS)]
    prompt = at_the_prompt()
    others = rivals()
    versions = ", ".join(f"{name} {version(name)}" for name in ("python-sat", "pandas"))
    text = TEXT.format(
        by_size=table(GROWTH, by_size), by_slips=table(GROWTH, by_slips), pairs=table(ALL_PAIRS, pairs),
        prompt=prompt, question=QUESTION, rivals=table(SIDE, others), limit=LIMIT, few=FEW_ROWS,
        memory=MEMORY // 1024**3, python=platform.python_version(), system=platform.system(), versions=versions,
        cores=os.cpu_count(), commit=commit(),
        minutes=f"{(time.monotonic() - start) / 60:.0f}", pair=PAIR,
    )  # fmt: skip
    Path(__file__).with_suffix(".md").write_text(text, encoding="utf-8")


def commit() -> str:
    """The commit that was measured, as the end of a list; empty outside git, and where files differ from it."""
    asked = ("status", "--porcelain"), ("rev-parse", "--short", "HEAD")
    try:
        changed, name = (
            subprocess.run(["git", *words], cwd=paths.ROOT, capture_output=True, text=True, check=True).stdout.strip()
            for words in asked
        )
    except (OSError, subprocess.CalledProcessError):
        return ""
    return "" if changed else f", commit {name}"


# growth
def growth(files: int, indicators: int, slips: int) -> tuple[str, ...]:
    """A row of the table of growth."""
    made = random_study(files, indicators, slips)
    answers = within_limit(_measure, made)
    found, pair = [*answers, None, None][:2]
    row = [str(files), str(indicators), str(slips), str(len(made.claims))]
    row += [NOT_DECIDED, "", ""] if found is None else [f"{found[0]:.2f}", str(found[1]), f"{found[2]} of {slips}"]
    row += (
        [NOT_DECIDED if found else "not asked", ""] if pair is None else [f"{pair[0]:.2f}", f"{pair[1]} to {pair[2]}"]
    )
    print("  ".join(row), flush=True)
    return tuple(row)


def _measure(made: Study, answer: Connection) -> None:
    """Sends seconds, conflicts and slips in conflict; then seconds and both ends of the pair."""
    start = time.process_time()
    found = made.conflicts()
    names = set().union(*(cluster.names for cluster in found))
    count = sum(len(cluster.conflicts) for cluster in found)
    answer.send((time.process_time() - start, count, len(names & set(made.slips))))
    _allow_time()
    start = time.process_time()
    range_ = bounds(PAIR, made.codebook, made.claims, found)
    answer.send((time.process_time() - start, int(range_.low), int(range_.high)))


def within_limit(measure: Callable[[Study, Connection], None], made: Study) -> list[tuple]:
    """What a process of its own sends, each within LIMIT processor seconds of the one before; else it is ended.

    Raises RuntimeError where it fails for another reason than time or memory.
    """
    here, there = multiprocessing.get_context("fork").Pipe(duplex=False)
    process = multiprocessing.get_context("fork").Process(target=_limited, args=(measure, made, there))
    process.start()
    there.close()
    found: list[tuple] = []
    try:
        while here.poll(PATIENCE):
            found.append(here.recv())
    except EOFError:
        process.join()
        if process.exitcode == 1:
            raise RuntimeError("The measurement itself failed, see above.") from None
    process.kill()
    process.join()
    return found


def _limited(measure: Callable[[Study, Connection], None], made: Study, answer: Connection) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    _allow_time()
    try:
        measure(made, answer)
    except MemoryError:
        answer.close()


def _allow_time() -> None:
    """Let this process end after LIMIT more processor seconds."""
    resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(time.process_time() + LIMIT), resource.RLIM_INFINITY))


# all pairs
def shipped() -> Study:
    """The printed figures of the shipped study."""
    book = codebook.read(paths.CODEBOOK)
    return Study(book, tuple(claims.read(paths.raw(paths.DEFAULT_STUDY) / "published.csv", book)))


def all_pairs(name: str, made: Study) -> tuple[str, ...]:
    """A row of the table of pairs."""
    answers = within_limit(_measure_pairs, made)
    seconds, pairs, forced = answers[0] if answers else (None, "", "")
    row = name, str(pairs), str(forced), NOT_DECIDED if seconds is None else f"{seconds:.2f}"
    print("  ".join(row), flush=True)
    return row


def _measure_pairs(made: Study, answer: Connection) -> None:
    """Sends seconds for all pairs of indicators once the conflicts are known, their number, and the forced ones."""
    found = made.conflicts()
    _allow_time()
    start = time.process_time()
    pairs = pair_bounds(made.codebook, made.claims, found)
    seconds = time.process_time() - start
    answer.send((seconds, len(pairs), int((pairs["low"] == pairs["high"]).sum())))


def at_the_prompt() -> str:
    """Processor seconds of a question at the prompt, start of Python included: the middle one of five."""
    seconds = []
    for _ in range(5):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(
            [sys.executable, "-m", "analysis", "bounds", QUESTION], cwd=paths.ROOT, check=True, capture_output=True
        )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        seconds.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return f"{statistics.median(seconds):.2f}"


# other tools
def rivals() -> list[tuple[str, ...]]:
    """Rows of the table of tools: ours first on each input, then what could be installed."""
    study_ = shipped()
    plans = tuple(claim for claim in study_.claims if claim.block == "n_plans")
    printed = {claim.item: claim.published.replace(",", ".") for claim in plans}
    mean = {
        "files": int(printed["base"]),
        "mean": printed["mean"],
        "counts": {value: int(count) for value, count in printed.items() if value.isdigit()},
    }
    joint = study(12, list(NAMES), {expression: number for expression, (_, number) in JOINT.items()})
    problem = {
        "files": 12,
        "names": NAMES,
        "stated": list(JOINT.values()),
        "margins": [JOINT[f"files({name})"][1] for name in NAMES],
        "total": 13,
    }
    rows = [_ours(MEAN, Study(study_.codebook, plans)), _ours(COUNTS, joint)]
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        python = Path(folder) / "bin" / "python"
        for name in RIVALS:
            rows.append(
                _rival(name, *((COUNTS, problem) if name in ("cpmpy", "humanleague") else (MEAN, mean)), python)
            )
    return sorted(rows, key=lambda row: row[0], reverse=True)


def _ours(what: str, made: Study) -> tuple[str, ...]:
    start = time.process_time()
    found = made.conflicts()
    seconds = time.process_time() - start
    conflicts = sum(len(cluster.conflicts) for cluster in found)
    changes = sum(len(cluster.repairs[0]) for cluster in found)
    ways = math.prod(len(cluster.repairs) for cluster in found)
    said = f"conflicts: {conflicts}; changes needed: {changes}; ways to make so few: {ways}"
    return what, "this engine", said, f"{seconds:.3f}", ""


def _rival(name: str, what: str, problem: dict, python: Path) -> tuple[str, ...]:
    """Installs the tool for that Python and asks it."""
    install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", RIVALS[name]]
    ask = [python, Path(__file__).with_name("rivals.py"), name]
    seconds = ""
    try:
        subprocess.run(install, timeout=INSTALLING, check=True, capture_output=True)
    except (subprocess.TimeoutExpired, subprocess.CalledProcessError):
        said = "could not be installed"
    else:
        try:
            done = subprocess.run(
                ask, input=json.dumps(problem), timeout=PATIENCE, check=True, stdout=subprocess.PIPE, text=True
            )
            answer = json.loads(done.stdout.splitlines()[-1])
            said, seconds = answer["said"], f"{answer['seconds']:.3f}"
        except subprocess.TimeoutExpired:
            said = NOT_DECIDED
        except subprocess.CalledProcessError:
            said = "failed"
    print(name, said, seconds, flush=True)
    return what, RIVALS[name].replace("==", " "), said, seconds, CANNOT[name]


# the page
GROWTH = ("files", "indicators", "slips", "numbers", "conflicts, s", "conflicts", "slips found", "pair, s", "pair")
ALL_PAIRS = ("study", "pairs", "forced", "seconds")
SIDE = ("input", "tool", "what it says", "seconds", "what it cannot take or say")


def table(columns: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """A table in Markdown."""
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


TEXT = """\
# The contradiction engine: growth, and beside other tools

Written by `make bench` in about {minutes} minutes; Python {python} on {system}, {versions}, {cores} cores{commit}.
The machine was shared with other work: trust ratios, not seconds. Seconds are processor seconds.
*Not decided*: {limit} seconds or {memory} GB of memory did not suffice; that says nothing of whether there is a
conflict.

## Growth with files and indicators

Fictitious studies: of hidden random rows the number of files with each indicator is printed, with any of four, with
two of four, and with one each of neighbouring fours, so that all numbers are linked. A slip moves a number of files
with any or with two by a third of the files. *Conflicts* are all smallest sets of numbers that cannot all hold.
*Slips found* are those in a conflict; a slip can also be possible, and then nothing in print shows it. *Pair* is the
range of the number of files in which `{pair}`, over all repairs, with the numbers that force its ends; it is asked
only once the conflicts are known.

{by_size}

Up to {few} files every row is looked at; where there are more, only the kinds of rows are, so that the number of files
hardly matters.

## Growth with slips

{by_slips}

## All pairs of indicators, and one question

In how many files each two indicators meet, at the least and at the most, over all repairs and with the numbers in no
conflict alone. *Forced*: one value is left.

{pairs}

`python -m analysis bounds "{question}"` takes {prompt} s, of which most is the start of Python.

## Beside other tools

*Printed mean and distribution*: the numbers of plans of the shipped study. *Joint counts*: seven numbers about 12
fictitious files; one of them is larger than 12, and another differs by one from what four others imply. Ways out of
this engine are those with the fewest changes, those of cpmpy the ones that need no further change. Importing a tool
does not count into its seconds.

{rivals}
"""


if __name__ == "__main__":
    main()
