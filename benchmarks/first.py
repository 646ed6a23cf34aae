"""The first run: seconds from a new clone with empty caches to the results, by `make all` and with pip in uv's place.

    .venv/bin/python -m benchmarks.first [--rounds 3]

Both ways in turn, each in a clone of its own with a home and caches of its own; what they fetch comes over the network.
Writes benchmarks/first.md after each round.
"""

import argparse
import os
import platform
import resource
import shlex
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from analysis import paths
from analysis.run import batch

PIP = (
    "{python} -m venv .venv && .venv/bin/python -m pip install -qq --disable-pip-version-check --require-hashes "
    "-r requirements.lock && cp requirements.lock .venv"
)
"""How the environment is made without uv."""

WAYS = {"make env": "by uv", PIP: "by pip"}

CACHES = {"HOME": "home", "XDG_CACHE_HOME": "cache", "UV_CACHE_DIR": "uv", "PIP_CACHE_DIR": "pip"}
"""Variables that name a place in which a first run finds nothing."""


def main() -> None:
    """Measure, and write first.md beside this file."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=3, help="first runs in each way (%(default)s)")
    rounds = parser.parse_args().rounds
    found: dict[str, list[list[float]]] = {way: [] for way in WAYS}
    loads = []
    for _ in range(rounds):
        for way, measured in found.items():
            loads.append(os.getloadavg()[0])
            measured.append(first(way))
            print(WAYS[way], *(f"{number:.1f}" for number in measured[-1]), flush=True)
        Path(__file__).with_suffix(".md").write_text(page(found, loads), encoding="utf-8")


def first(way: str) -> list[float]:
    """Seconds elapsed and of processors: of making the environment that way, and of the run that follows."""
    with tempfile.TemporaryDirectory(prefix="first-") as name:
        clone = Path(name) / "clone"
        subprocess.run(["git", "clone", "-q", paths.ROOT, clone], check=True)
        subprocess.run(["git", "rm", "-rqf", "data/derived", "figures"], cwd=clone, check=True)
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
        for variable, folder in CACHES.items():
            (Path(name) / folder).mkdir()
            kept[variable] = str(Path(name) / folder)
        python = shlex.quote(sys._base_executable)
        given = kept | {"PYTHON": sys._base_executable}
        return [*timed(way.format(python=python), clone, given), *timed("make all", clone, given)]


def timed(command: str, folder: Path, variables: dict[str, str]) -> tuple[float, float]:
    """Seconds that a command of the shell takes, elapsed and of processors. Raises CalledProcessError."""
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(["sh", "-c", command], cwd=folder, env=variables, check=True, stdout=subprocess.DEVNULL)
    elapsed, after = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    return elapsed, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def page(found: dict[str, list[list[float]]], loads: list[float]) -> str:
    """What was measured so far, for readers."""
    lines = [
        "| environment | first run | of it environment | processors, both | of it environment |",
        "|---|---|---|---|---|",
    ]
    whole = {}
    for way, said in WAYS.items():
        runs = found[way]
        whole[way] = [(run[0] + run[2], run[1] + run[3]) for run in runs]
        numbers = [
            [a for a, _ in whole[way]],
            [run[0] for run in runs],
            [b for _, b in whole[way]],
            [run[1] for run in runs],
        ]
        lines.append(f"| {said} | " + " | ".join(f"{statistics.median(each):.0f} s" for each in numbers) + " |")
    mine, other = whole.values()
    ratios = [statistics.median(b[place] / a[place] for a, b in zip(mine, other, strict=True)) for place in (0, 1)]
    commit = subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=paths.ROOT, capture_output=True, text=True
    ).stdout.strip()
    return TEXT.format(
        table="\n".join(lines), rounds=len(mine), python=platform.python_version(), system=platform.system(),
        cores=batch.cores(), commit=commit or "unknown", low=f"{min(loads):.0f}", high=f"{max(loads):.0f}",
        elapsed=f"{ratios[0]:.1f}", work=f"{ratios[1]:.1f}", pip=PIP.format(python="python"),
    )  # fmt: skip


TEXT = """\
# The first run

Written by `.venv/bin/python -m benchmarks.first`; Python {python} on {system}, {cores} cores, commit {commit}; medians
of {rounds} runs in each way, in turn. Each in a new clone without results, with a home and caches that are empty.
**{low} to {high} processes wanted a core meanwhile**: trust processor seconds and ratios, not elapsed seconds. On two
cores that nobody else uses, the elapsed seconds of a run are little more than half of its processor seconds.

{table}

By pip it takes {elapsed} times as long, and {work} times the processor seconds (medians of the pairs).

By uv is `make env`, then `make all`; by pip is

    {pip}

and then the same `make all`.
"""


if __name__ == "__main__":
    main()
