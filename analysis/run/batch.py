"""Many studies in one command: each in a process of its own, as many at a time as there are cores.

Studies share nothing but what people wrote, so their number at a time sets the speed. In each of them one step runs
at a time. What fails in one, even its process, leaves the others alone. Standard library only.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass

from analysis import paths
from analysis.errors import UserError
from analysis.language import chosen, messages
from analysis.run import environment


@dataclass(frozen=True)
class Outcome:
    """How the run of a study ended: its seconds, and why it failed in one line, empty if it did not."""

    study: str
    seconds: float
    failure: str = ""


def cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def run(studies: Sequence[str], labels: str | None = None) -> tuple[Outcome, ...]:
    """Bring the results of several studies up to date, and print a line a study as they end and a summary.

    `labels`: the language of labels, None for that of each study. Returns how each study ended, in the order given.

    Raises UserError, after all have ended, that names the studies that failed and says why.
    """
    studies = list(dict.fromkeys(studies))
    begun = time.monotonic()
    spoken = chosen.of(paths.DEFAULT_STUDY, labels)
    with environment.stable():  # makes what all of them would else make at the same time
        pass
    running: dict[str, subprocess.Popen] = {}
    pool = ThreadPoolExecutor(cores())
    try:
        ends = {pool.submit(_run, study, labels, running): study for study in studies}
        outcomes = {}
        for end in as_completed(ends):
            outcome = outcomes[ends[end]] = end.result()
            seconds = messages.decimal(outcome.seconds, spoken)
            print(f"  {outcome.study:<24}{seconds:>7} s  {outcome.failure}".rstrip(), flush=True)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        for process in list(running.values()):
            process.send_signal(signal.SIGTERM)
        pool.shutdown()
    failed = [outcomes[study] for study in studies if outcomes[study].failure]
    minutes = (time.monotonic() - begun) / 60
    facts = {
        "done": len(studies) - len(failed), "all": len(studies), "minutes": messages.decimal(minutes, spoken),
        "rate": messages.decimal(len(studies) / minutes, spoken),
    }  # fmt: skip
    print(messages.text("batch_done", spoken, **facts), flush=True)
    if failed:
        lines = [f"- {outcome.study}: {outcome.failure}" for outcome in failed]
        raise UserError("\n".join([messages.text("batch_failed", spoken, number=len(failed)), *lines]))
    return tuple(outcomes[study] for study in studies)


def _run(study: str, labels: str | None, running: dict[str, subprocess.Popen]) -> Outcome:
    begun = time.monotonic()
    command = [sys.executable, "-m", "analysis", "all", "--study", study, *(["--labels", labels] if labels else [])]
    process = subprocess.Popen(
        command, cwd=paths.ROOT, env=os.environ | {environment.STEPS_AT_ONCE: "1"}, text=True, encoding="utf-8",
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    )  # fmt: skip
    running[study] = process
    said = process.communicate()[1].strip()
    del running[study]
    failure = ""
    if process.returncode:
        failure = said.partition("\n")[0] or messages.text("batch_ended", chosen.of(paths.DEFAULT_STUDY, labels))
    return Outcome(study, time.monotonic() - begun, failure)
