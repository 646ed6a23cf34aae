"""Runs what is stale of a study, aside, and puts the results in place when all of them belong together.

A step that fails costs what it did not make, and nothing else: the other results are put in place, the manifest and the
report name what failed and why, the run ends as failed, and the next one tries that step again. Only where there is
nothing to count (the first step fails), or a file changed while it was read, everything stays as it was.

With nothing to do this needs the standard library only, so that `make all` answers at once.
"""

import csv
import fcntl
import importlib
import io
import os
import re
import shutil
import signal
import time
import traceback
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from analysis import paths
from analysis.errors import NO_ROOM, Incomplete, UserError
from analysis.language import messages
from analysis.language.text import in_sentence
from analysis.language.textfiles import content, decoded
from analysis.run import environment, notebooks, provenance, staging, warm
from analysis.run.provenance import Manifest
from analysis.run.steps import STEPS, Step

WORKERS = 4
"""Steps at a time, unless `environment.STEPS_AT_ONCE` says another number. More than the usual cores, because a
starting kernel mostly waits."""

STAND_BACK = 5
"""How far the notebooks that no other one waits for stand back, as in nice(1): else a core idles at the end."""

REPORT = "analysis.report.build"
"""The module whose `build` makes the report: named, as nothing that runs studies knows what is counted in them."""

Changes = dict[str, dict[str, str]]
"""For each notebook the parameters that differ from its own."""


def run(study: str, labels: str) -> None:
    """Bring a study's results up to date, and print what was made.

    Parameters
    ----------
    study : str
        A folder below data/raw.
    labels : str
        The language of labels, a column label_XX of the codebook.

    Raises
    ------
    UserError
        If something asked for does not exist, another run is under way, the first step fails, or an input changed
        meanwhile: earlier results are then as they were. And, after all others are in place, if another step failed.
    """
    begun = time.monotonic()
    paths.check_study(study)
    wanted = {"study": study, "labels": labels}
    changes = {step.name: notebooks.changed_parameters(step.notebook, wanted) for step in STEPS if step.notebook}
    with _alone(study, labels):
        staging.clear(_aside(study))  # a run that was killed could not do so itself
        before = provenance.read(study) or Manifest()
        stamps = provenance.stamps(study)
        now = provenance.begin(study, {"labels": labels})
        stale = stale_steps(before, now)
        ran, failed = _make(before, now, stamps, stale, changes) if stale else (0, {})
        if not failed:
            staging.clear(staging.kept(study))
            for record in (paths.derived(study) / "notebooks").glob("*.failed.*"):
                record.unlink()
    seconds = messages.decimal(time.monotonic() - begun, labels)
    print(messages.text("run_done" if ran else "run_fresh", labels, ran=ran, steps=len(STEPS), seconds=seconds))
    _summarise(study, labels)
    if failed:
        raise UserError(_incomplete(study, labels, failed))
    if not any(changes.values()) and (unlike := _unlike_stored(study)):
        names = ", ".join(step.name for step in unlike)
        print(f"Notebooks whose outputs are not the stored ones: {names}. `make accept` shows and stores them.")


def run_alone(name: str, study: str, labels: str) -> None:
    """Run one step over the results in place, without a manifest: what it reads must be there.

    For another engine, which knows the steps' order from `steps`. Raises UserError that says what failed.
    """
    (step,) = (step for step in STEPS if step.name == name)
    failures: tuple = ()
    with environment.stable():
        os.chdir(paths.ROOT)
        environment.limit_memory()
        if step.notebook:
            from analysis.run import kernels

            changes = notebooks.changed_parameters(step.notebook, {"study": study, "labels": labels})
            failures = kernels.run(step.notebook, paths.executed(study, name), changes, paths.output_root())
        else:
            _build(study, labels)
    if failures:
        said = [messages.text("step_cell", labels, step=name, cell=one.cell, error=one.text) for one in failures]
        raise UserError("\n".join(said))


def accept() -> None:
    """Bring the shipped study up to date, print what changed in its notebooks, and store their new outputs.

    Raises UserError as `run` does.
    """
    study = paths.DEFAULT_STUDY
    run(study, paths.DEFAULT_LABELS)
    for step in _unlike_stored(study):
        stored, executed = notebooks.load(step.notebook), notebooks.load(paths.executed(study, step.name))
        print(f"\n{step.name}", *notebooks.differences(stored, executed), sep="\n")
        with paths.replacing(step.notebook) as file:
            shutil.copyfile(paths.executed(study, step.name), file)


def show_changes(folder: Path) -> None:
    """Print what differs from an earlier lock and manifest of the shipped study: versions, results, notebook outputs.

    `folder` holds that requirements.lock and manifest.json.
    """
    study = paths.DEFAULT_STUDY
    earlier, locked = provenance.versions(folder / paths.LOCK.name), provenance.versions(paths.LOCK)
    versions = [
        f"  {name} {earlier.get(name, 'new')} -> {locked.get(name, 'gone')}"
        for name in sorted(earlier | locked)
        if earlier.get(name) != locked.get(name)
    ]
    before, now = provenance.read(study, folder) or Manifest(), provenance.read(study) or Manifest()
    results = provenance.changes(before.results, now.results)
    print(f"{len(versions)} versions changed.", *versions, sep="\n")
    print(f"{len(results)} results changed.", *(f"  {name} {change}" for name, change in results.items()), sep="\n")
    for step in _unlike_stored(study):
        stored, executed = notebooks.load(step.notebook), notebooks.load(paths.executed(study, step.name))
        print(f"\n{step.name}", *notebooks.differences(stored, executed), sep="\n")


@contextmanager
def _alone(study: str, labels: str) -> Iterator[None]:
    """Hold the study for this run; the system lets go of it when the process ends, however it ends."""
    for folder in (paths.raw(study), paths.derived(study), paths.figures(study)):
        paths.private(folder)
    with (paths.derived(study) / ".lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UserError(messages.text("run_other", labels, study=study)) from None
        yield


def _aside(study: str) -> Path:
    """Where a run keeps its results until all of them are good."""
    return paths.derived(study) / ".staging"


def stale_steps(before: Manifest, now: Manifest) -> set[str]:
    """The steps that must run: what they read is not as in the last run, or what they made is not as they made it."""
    changed = provenance.changes(before.inputs, now.inputs).keys()
    own = {step.name: f"notebooks/{step.name}.ipynb" for step in STEPS}
    if (before.parameters, before.versions) != (now.parameters, now.versions) or changed - set(own.values()):
        return set(own)
    root = paths.output_root()
    intact = {
        name: all(provenance.sha256(root / file) == digest for file, digest in results.items())
        for name, results in before.outputs.items()
    }
    return {
        name for name, notebook in own.items() if notebook in changed or not intact.get(name) or name in before.failed
    }


def _make(
    before: Manifest, now: Manifest, stamps: provenance.Stamps, stale: set[str], changes: Changes
) -> tuple[int, dict[str, list[str]]]:
    """Run the stale steps aside and publish what they made; give the number of steps that ran, and what failed."""
    fresh = {step.name: before.outputs[step.name] for step in STEPS if step.name not in stale}
    aside = staging.Staging(_aside(now.study), paths.output_root(), fresh)
    executed = paths.derived(now.study) / "notebooks"
    run = _Run(before, now, changes, aside)
    try:
        with environment.stable() as scratch:
            os.chdir(paths.ROOT)
            environment.limit_memory()
            with warm.process(scratch, map(_modules, _may_run(stale))):
                ran = _run_steps(run, stale)
        if changed := provenance.disturbed(now, stamps) | run.other_sources:
            raise UserError(messages.text("run_disturbed", now.parameters["labels"], files=", ".join(sorted(changed))))
        outputs = {step.name: aside.outputs[step.name] for step in STEPS}
        failed = {step.name: run.failed[step.name] for step in STEPS if step.name in run.failed}
        with _uninterrupted():
            aside.publish(replace(now, outputs=outputs, failed=failed), before)
    except _FirstFailed as error:
        labels, kept = now.parameters["labels"], ""
        if error.record:
            executed.mkdir(exist_ok=True)
            record = error.record.replace(executed / error.record.name)
            kept = "\n" + messages.text("run_kept", labels, file=record.relative_to(paths.output_root()))
        earlier = messages.text("run_earlier", labels)
        raise UserError(f"{error}{kept}\n{earlier}") from None
    finally:
        with _uninterrupted():
            aside.remove()
    return ran, failed


def _may_run(stale: set[str]) -> list[Step]:
    """The stale steps, and those that must run if the results of a stale one come out otherwise."""
    found: dict[str, Step] = {}
    for step in STEPS:
        if step.name in stale or not found.keys().isdisjoint(step.reads):
            found[step.name] = step
    return list(found.values())


def _modules(step: Step) -> list[str]:
    """The names of the modules that a step imports."""
    return warm.imported(step.notebook) if step.notebook else [REPORT]


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Let no interruption in, such as a second Ctrl-C; only for what takes a moment."""
    handlers = {
        number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    }
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)


@dataclass(frozen=True)
class _Run:
    """What all steps of a run share.

    `failed` has what failed so far, as in the manifest; `other_sources` the notebooks that ran with other sources than
    the run began with.
    """

    before: Manifest
    now: Manifest
    changes: Changes
    aside: staging.Staging
    failed: dict[str, list[str]] = field(default_factory=dict)
    other_sources: set[str] = field(default_factory=set)


def _run_steps(run: _Run, stale: set[str]) -> int:
    """Run every stale step, and those that read what came out otherwise; give their number. Raises _FirstFailed."""
    from analysis.run import kernels

    labels = run.now.parameters["labels"]
    waiting, done, otherwise = list(STEPS), set(), set()
    running: dict[Future[float], Step] = {}
    ran = 0
    pool = ThreadPoolExecutor(int(os.environ.get(environment.STEPS_AT_ONCE, WORKERS)))
    try:
        while waiting or running:
            while ready := [step for step in waiting if done.issuperset(step.reads)]:
                for step in ready:
                    waiting.remove(step)
                    tells = step.notebook is None and run.failed != run.before.failed
                    if step.name in stale or otherwise.intersection(step.reads) or tells:
                        root = run.aside.open(step, run.now.study)
                        running[pool.submit(_run_step, step, root, run)] = step
                    else:
                        done.add(step.name)
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                step = running.pop(future)
                seconds, failed = future.result()
                _close(step, failed, run)
                said = messages.text("step_failed", labels) if step.name in run.failed else ""
                print(f"  {step.name:<24}{messages.decimal(seconds, labels):>5} s  {said}".rstrip(), flush=True)
                ran += 1
                done.add(step.name)
                if _data(run.aside.outputs, step) != _data(run.before.outputs, step):
                    otherwise.add(step.name)
    finally:
        # After a failure or an interruption: until every worker has noticed that its kernel is gone.
        with _uninterrupted():
            for future in running:
                future.cancel()  # if it has not begun
            while wait(running, timeout=0.1).not_done:
                kernels.kill_all()
            pool.shutdown()
    return ran


def _data(outputs: dict[str, dict[str, str]], step: Step) -> dict[str, str]:
    """A step's results without the executed copy of its notebook, which no other step reads."""
    return {name: digest for name, digest in outputs.get(step.name, {}).items() if not name.endswith(".ipynb")}


class _FirstFailed(Exception):
    """Why there is nothing to count, and the file that shows more, if there is one."""

    def __init__(self, message: str, record: Path | None = None):
        super().__init__(message)
        self.record = record


@dataclass(frozen=True)
class _Failure:
    """What failed in a step, as a sentence.

    `is_ours`: it is meant for the user (`UserError`) and says all. `is_end`: the step ended there.
    """

    said: str
    is_ours: bool = False
    is_end: bool = False


def _run_step(step: Step, root: Path, run: _Run) -> tuple[float, list[_Failure]]:
    """Run a step, its results below `root`; give the seconds it took and what failed in it.

    Raises OSError where there is no room for the results.
    """
    from analysis.run import kernels

    begun = time.monotonic()
    labels = run.now.parameters["labels"]
    copy = _record(step, root, run)
    failed: list[_Failure] = []
    try:
        if step.notebook:
            nice = 0 if step.is_awaited else STAND_BACK
            for one in kernels.run(step.notebook, copy, run.changes[step.name], root, nice):
                said = messages.text("step_cell", labels, step=step.name, cell=one.cell, error=one.text)
                said = one.text if one.is_ours and not step.reads else said
                failed.append(_Failure(said, one.is_ours, one.is_end))
            if notebooks.source_digest(copy) != run.now.inputs[f"notebooks/{step.name}.ipynb"]:
                run.other_sources.add(f"notebooks/{step.name}.ipynb")
        else:
            _report(run.now.study, labels, root, run.failed)
    except Incomplete as error:
        failed += [_Failure(messages.text("step_part", labels, step=step.name, error=part)) for part in error.parts]
        _write_traces(copy, error)
    except Exception as error:
        if isinstance(error, OSError) and error.errno in NO_ROOM:
            raise
        is_ours = isinstance(error, UserError)
        said = str(error) if is_ours else f"{type(error).__name__}: {error}".strip(": ")
        failed.append(_Failure(messages.text("step_part", labels, step=step.name, error=said), is_ours, is_end=True))
        _write_traces(copy, error)
    return time.monotonic() - begun, failed


def _record(step: Step, root: Path, run: _Run) -> Path:
    """What a step leaves for reading: the executed copy of its notebook, or what the report says of its errors."""
    place = paths.executed(run.now.study, step.name).relative_to(paths.output_root())
    return root / (place if step.notebook else place.with_suffix(".failed.txt"))


def _write_traces(copy: Path, error: Exception) -> None:
    """Keep where in the program an error came from."""
    record = copy.with_suffix(".failed.txt") if copy.suffix == ".ipynb" else copy
    record.parent.mkdir(parents=True, exist_ok=True)
    record.write_text("".join(traceback.format_exception(error)), encoding="utf-8")


def _close(step: Step, failed: list[_Failure], run: _Run) -> None:
    """Take note of what a step made and what failed in it. Raises _FirstFailed."""
    labels = run.now.parameters["labels"]
    lacking = run.aside.close(step, run.now.study, labels, not any(one.is_end for one in failed))
    if lacking and not step.reads:
        copy = _record(step, run.aside.folder(step), run)
        if failed and failed[0].is_ours:  # what is wrong with the data is said in full; a copy would only keep it
            raise _FirstFailed(failed[0].said)
        kept = copy.rename(copy.with_suffix(f".failed{copy.suffix}")) if copy.exists() else None
        raise _FirstFailed("\n".join([*(one.said for one in failed), *lacking]), kept)
    if said := [*(one.said for one in failed), *lacking]:
        run.failed[step.name] = said


def _incomplete(study: str, labels: str, failed: dict[str, list[str]]) -> str:
    """What failed, that the rest stands, and what to do."""
    shown = paths.derived(study).relative_to(paths.output_root()).as_posix() + "/"
    facts = {"number": len(failed), "steps": len(STEPS), "names": ", ".join(failed), "folder": shown}
    lines = [messages.text("run_incomplete", labels, **facts), provenance.told(failed)]
    if staging.kept(study).exists():
        lines.append(messages.text("run_moved", labels, folder=f"{shown}{staging.kept(study).name}/"))
    return "\n".join([*lines, messages.text("run_rest", labels, **facts)])


def _build(*arguments: object) -> None:
    importlib.import_module(REPORT).build(*arguments)


def _report(study: str, labels: str, root: Path, failed: dict[str, list[str]]) -> None:
    """Make the report below `root`. Raises what `report.build` raises, RuntimeError if its process ends."""
    try:
        warm.call(REPORT, "build", [study, labels, failed], {"COMPENDIUM_OUTPUT": str(root)})
    except warm.Cold:
        with _results_below(root):
            _build(study, labels, failed)


@contextmanager
def _results_below(root: Path) -> Iterator[None]:
    """Let this process write its results below another root. Not while another step runs in this process."""
    published = os.environ.get("COMPENDIUM_OUTPUT")
    os.environ["COMPENDIUM_OUTPUT"] = str(root)
    try:
        yield
    finally:
        del os.environ["COMPENDIUM_OUTPUT"]
        if published is not None:
            os.environ["COMPENDIUM_OUTPUT"] = published


def _summarise(study: str, labels: str) -> None:
    """Print what there is, and how the printed numbers came out."""
    made = provenance.read(study).results
    for folder in (paths.derived(study), paths.figures(study)):
        shown = folder.relative_to(paths.output_root()).as_posix() + "/"
        number = sum(name.startswith(shown) for name in made)
        print(messages.text("run_files", labels, number=f"{number:4}", folder=shown))
    verdicts, names = defaultdict(list), _labels(labels)
    claims = paths.derived(study) / "claims.csv"
    if claims.exists():
        with claims.open(encoding="utf-8", newline="") as file:
            for claim in csv.DictReader(file):
                verdicts[claim["verdict"]].append(claim)
    for verdict, found in sorted(verdicts.items(), key=lambda item: -len(item[1])):
        print(messages.text(f"run_{verdict.replace(' ', '_')}", labels, number=f"{len(found):4}"))
        for claim in found if verdict == "differs" else ():
            facts = {"printed": claim["published"], "computed": messages.number(claim["computed"], labels)}
            print(messages.text("run_difference", labels, place=_place(claim, names), **facts))
    if (paths.derived(study) / "publication").exists():
        shown = paths.derived(study).relative_to(paths.output_root()).as_posix() + "/"
        print(messages.text("run_next", labels, folder=shown))


def _labels(language: str) -> dict[tuple[str, str], str]:
    """The labels of the codebook by block and row, and by no block and name; read without what only a run needs."""
    found: dict[tuple[str, str], str] = {}
    blocks: dict[str, str] = {}
    for row in csv.DictReader(io.StringIO(decoded(content(paths.CODEBOOK)), newline="")):
        name, label = row["variable"], row[f"label_{language}"]
        if row["code"]:
            found.setdefault((blocks.get(name, ""), row["code"]), label)
        else:
            blocks.setdefault(name, row["block"])
            found.setdefault((row["block"], row["item"] or name), label)
    return found


def _place(claim: dict[str, str], labels: dict[tuple[str, str], str]) -> str:
    """Where a number is printed: the place, and in a table block, row and column by their labels."""
    if not (block := claim["block"]):
        return claim["where"]

    def label(name: str) -> str:
        keys = [(block, name), (block, name.rpartition(".")[2]), ("", name)]
        return next((labels[key] for key in keys if key in labels), name.replace("_", " "))

    where = claim["where"]
    if number := re.match(r"Table (\d+)", where):
        where = labels.get(("", "table_number"), "Table {number}").format(number=number[1])
    said = f"{where}, {labels.get(('', block), block.capitalize())}: {label(claim['item'])}"
    return said if claim["column"] == "n" else f"{said}, {in_sentence(label(claim['column']))}"


def _unlike_stored(study: str) -> list[Step]:
    """The notebooks whose executed copy is not, byte for byte, the stored one."""
    return [
        step
        for step in STEPS
        if step.notebook and step.notebook.read_bytes() != paths.executed(study, step.name).read_bytes()
    ]
