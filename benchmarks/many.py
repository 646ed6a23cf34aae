"""Many studies on one machine: studies a minute by the number of cores, and the same on Snakemake with a worker killed.

    .venv/bin/python -m benchmarks.many [--studies 8] [--files 30]

Works in a copy of the repository in a temporary folder, on fictitious studies that are made up from the codebook, and
installs Snakemake there (needs the network). Writes benchmarks/many.md. Fails if a result differs by a byte.
"""

import argparse
import hashlib
import os
import platform
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path

from analysis import paths
from analysis.run import batch, environment
from analysis.sheets import beginning, workbook
from analysis.study.codebook import Codebook
from analysis.study.codebook import read as read_codebook

sys.path.append(str(paths.ROOT / "tests"))

SNAKEMAKE = "snakemake==9.27.1"
MUNICIPALITIES, QUARTERS = 290, 4
SNAKEFILE = paths.ROOT / "workflow" / "Snakefile"


def main() -> None:
    """Measure, and write many.md beside this file."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--studies", type=int, default=8, help="how many (%(default)s)")
    parser.add_argument("--files", type=int, default=12, help="files in each (%(default)s)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="many-") as folder:
        root = Path(folder) / "repository"
        names = make(root, options.studies, options.files)
        tidy(root)  # and what the first run makes once: compiled code, list of fonts
        ours(root, names[:1], 1)
        tidy(root)
        serial = ours(root, names, 1)
        expected = digests(root)
        rows = [("`make all STUDIES=…` on 1 core", 1, serial, "")]
        for workers in sorted({2, batch.cores()} - {1}):
            tidy(root)
            seconds = ours(root, names, workers)
            rows.append((f"the same on {workers} cores", workers, seconds, same(root, expected)))
        engine = install(Path(folder))
        tidy(root)
        seconds = snakemake(engine, root, names)
        rows.append(("Snakemake, 2 workers", 2, seconds, same(root, expected)))
        tidy(root)
        killed = snakemake_with_one_killed(engine, root, names)
        (root / "data" / "derived" / names[0] / "table1.csv").unlink()  # in a study that came to its end
        seconds = snakemake(engine, root, names)
        rows.append(("Snakemake again after the kill below", 2, seconds, same(root, expected)))
    write(rows, killed, options, len(expected))


def make(root: Path, number: int, files: int) -> list[str]:
    """A copy of the repository with so many fictitious studies; their names."""
    from filled import filled
    from office import copied

    copied(root)
    shutil.copytree(environment.SETTINGS["MPLCONFIGDIR"], root / ".cache" / "matplotlib", dirs_exist_ok=True)
    codebook: Codebook = read_codebook(paths.CODEBOOK)
    paths.ROOT = root
    names = [f"m{place // QUARTERS + 1:03}q{place % QUARTERS + 1}" for place in range(number)]
    for seed, name in enumerate(names):
        folder = beginning.begin(name, ("en", "sv")[seed % 2])
        settings = folder / "study.yml"
        text = settings.read_text(encoding="utf-8").replace("status: original", "status: fictitious")
        settings.write_text(text, encoding="utf-8")
        workbook.write(folder / workbook.WORKBOOK, filled(codebook, files, seed=seed), codebook, "fictitious")
    return names


def tidy(root: Path) -> None:
    """Remove every result."""
    for name in ("data/derived", "figures", ".snakemake"):
        shutil.rmtree(root / name, ignore_errors=True)


def digests(root: Path) -> dict[str, str]:
    """Path and hash of every result."""
    found = [path for name in ("data/derived", "figures") for path in sorted((root / name).rglob("*"))]
    results = [path for path in found if path.is_file() and path.name != ".lock"]
    return {path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in results}


def same(root: Path, expected: dict[str, str]) -> str:
    """Says that every result is the expected one, byte for byte. Raises SystemExit where one is not."""
    if (found := digests(root)) != expected:
        unlike = sorted(name for name in found.keys() | expected if found.get(name) != expected.get(name))
        sys.exit(f"{len(unlike)} results differ from the serial ones: {', '.join(unlike[:10])}")
    return f"all {len(expected)} identical"


def ours(root: Path, names: list[str], workers: int) -> float:
    """Seconds that the command line takes for the studies, on so many cores with one study on each."""
    command = [sys.executable, "-m", "analysis", "all", "--studies", " ".join(names)]
    every = os.sched_getaffinity(0)
    os.sched_setaffinity(0, sorted(every)[:workers])
    try:
        return timed(command, root)
    finally:
        os.sched_setaffinity(0, every)


def timed(command: list[str], root: Path) -> float:
    begun = time.monotonic()
    subprocess.run(command, cwd=root, check=True, stdout=sys.stderr, env=outside())
    return time.monotonic() - begun


def outside() -> dict[str, str]:
    """The environment variables of a user's shell."""
    return {name: value for name, value in os.environ.items() if name not in environment.SETTINGS}


def install(folder: Path) -> list[str]:
    """Make an environment with Snakemake; the command that starts it."""
    venv.create(folder / "engine", with_pip=True)
    python = folder / "engine" / "bin" / "python"
    subprocess.run(
        [python, "-m", "pip", "install", "-q", "--disable-pip-version-check", SNAKEMAKE],
        check=True,
        stderr=subprocess.DEVNULL,
    )
    return [str(python), "-m", "snakemake"]


def for_studies(engine: list[str], names: list[str]) -> list[str]:
    """The command that has Snakemake run these studies with two workers."""
    settings = ["--snakefile", str(SNAKEFILE), "--cores", "2", "--keep-going", "--quiet"]
    return [*engine, *names, *settings, "--config", f"python={sys.executable}"]


def snakemake(engine: list[str], root: Path, names: list[str]) -> float:
    """Seconds that Snakemake takes for the studies."""
    return timed(for_studies(engine, names), root)


def snakemake_with_one_killed(engine: list[str], root: Path, names: list[str]) -> str:
    """Kill the process of one study midway; what became of the run."""
    with subprocess.Popen(for_studies(engine, names), cwd=root, stdout=sys.stderr, env=outside()) as process:
        victim = 0
        while process.poll() is None and not (victim := driver(root, names[len(names) // 2])):
            time.sleep(0.05)
        if not victim:
            sys.exit("Snakemake ended before a study could be killed.")
        time.sleep(2)  # midway: its notebooks are running
        os.kill(victim, signal.SIGKILL)
        code = process.wait()
    finished = sum((root / "data" / "derived" / name / "manifest.json").exists() for name in names)
    if code == 0 or finished == len(names):
        sys.exit("The kill came too late to be one.")
    return f"exit code {code}, {finished} of {len(names)} studies finished, none half"


def driver(root: Path, study: str) -> int:
    """The process that runs a study in that repository, 0 if there is none."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_bytes().split(b"\0")
            if command[-3:] == [b"--study", study.encode(), b""] and (process / "cwd").resolve() == root.resolve():
                return int(process.name)
        except OSError:
            continue
    return 0


def write(rows: list[tuple[str, int, float, str]], killed: str, options: argparse.Namespace, results: int) -> None:
    """Write the page."""
    serial = rows[0][2]
    lines = ["| way | seconds | studies a minute | times as fast | results |", "|---|---|---|---|---|"]
    for way, _, seconds, said in rows:
        rate = options.studies / seconds * 60
        shown = ("", "") if "again" in way else (f"{rate:.1f}", f"{serial / seconds:.2f}")
        lines.append(f"| {way} | {seconds:.0f} | {shown[0]} | {shown[1]} | {said} |")
    best = max(options.studies / seconds for way, _, seconds, _ in rows if "Snakemake" not in way)
    number = MUNICIPALITIES * QUARTERS
    commit = subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=Path(__file__).parent, capture_output=True, text=True
    )
    text = TEXT.format(
        table="\n".join(lines), killed=killed, studies=options.studies, files=options.files, results=results,
        python=platform.python_version(), system=platform.system(), cores=batch.cores(),
        engine=SNAKEMAKE.replace("==", " "), commit=commit.stdout.strip() or "unknown",
        number=number, hours=f"{number / best / 3600:.1f}",
    )  # fmt: skip
    Path(__file__).with_suffix(".md").write_text(text, encoding="utf-8")


TEXT = """\
# Many studies

Written by `.venv/bin/python -m benchmarks.many`; Python {python} on {system}, {cores} cores, commit {commit}. The
machine may be shared with other work: trust ratios, not seconds.

{studies} fictitious studies with {files} files each, made up from the codebook, every one with real kernels, executed
notebooks, tables, figures and report. All their {results} results are compared by hash with those of the serial run.

{table}

One worker killed: on Snakemake ({engine}, 2 workers) the process of one study got `kill -9` midway:
{killed}. A result of a study that had come to its end was then removed as well. The same command
again made what was missing.

290 municipalities × 4 quarters are {number} studies. At the best rate measured here on one machine they would take
{hours} hours (computed from the rate, not run). Studies share nothing, so further cores and machines divide that.
"""


if __name__ == "__main__":
    main()
