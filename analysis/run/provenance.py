"""What went into a study's results and what came out: manifest.json, and the check that it still holds.

Standard library only. The manifest is the same on every machine and every supported Python, as the results are, so
it records the locked versions and not the interpreter that happened to run.
"""

import contextlib
import hashlib
import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from analysis import paths
from analysis.errors import UserError
from analysis.language import messages
from analysis.run import notebooks
from analysis.run.steps import STEPS

NAME = "manifest.json"

Stamps = dict[str, tuple[int, ...]]
"""For each input (but notebooks) what the system changes with every writing: its number, size and times."""


@dataclass(frozen=True)
class Manifest:
    """A finished run.

    Attributes
    ----------
    study : str
    parameters : dict
        Name and value of every notebook parameter but the study.
    versions : dict
        Name and locked version of each package the study asks for; `requirements.lock` has the rest.
    inputs : dict
        Path below the repository and sha256 of the content; of a notebook, of what people wrote in it
        (`notebooks.source_digest`).
    outputs : dict
        For each step what it made: path below the repository and sha256 of the content.
    failed : dict
        For each step that did not come to its end what failed, in sentences; what it made all the same is in `outputs`.
    """

    study: str = ""
    parameters: dict[str, str] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    inputs: dict[str, str] = field(default_factory=dict)
    outputs: dict[str, dict[str, str]] = field(default_factory=dict)
    failed: dict[str, list[str]] = field(default_factory=dict)

    @property
    def results(self) -> dict[str, str]:
        """Path and sha256 of every result, whichever step made it."""
        return {name: digest for results in self.outputs.values() for name, digest in results.items()}


def sha256(path: Path) -> str:
    """The sha256 of a file's content, or an empty text if there is no such file."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        return ""


def _read(study: str) -> dict[str, Path]:
    """Every file that a run reads, but the notebooks, by its path below the repository."""
    found = [paths.CODEBOOK, paths.LOCK, *files(paths.raw(study)), *files(paths.PACKAGE)]
    return {path.relative_to(paths.ROOT).as_posix(): path for path in found}


def inputs(study: str) -> dict[str, str]:
    """Path and digest of everything a study's results depend on: its data, codebook, notebooks, code and versions."""
    digests = {name: sha256(path) for name, path in _read(study).items()}
    for step in STEPS:
        if step.notebook:
            digests[f"notebooks/{step.name}.ipynb"] = notebooks.source_digest(step.notebook)
    return dict(sorted(digests.items()))


def stamps(study: str) -> Stamps:
    """What tells whether an input is written again, even with the same content. To be asked before it is read."""
    found = {}
    for name, path in _read(study).items():
        with contextlib.suppress(FileNotFoundError):
            state = path.stat()
            found[name] = (state.st_ino, state.st_size, state.st_mtime_ns, state.st_ctime_ns)
    return found


def disturbed(now: Manifest, before: Stamps) -> set[str]:
    """The inputs of a run that were written while it went on, be it that they hold again what they held."""
    after = stamps(now.study)
    written = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    return written | changes(now.inputs, inputs(now.study)).keys()


def begin(study: str, parameters: dict[str, str]) -> Manifest:
    """The manifest of a run that has made nothing yet. Raises UserError where an input cannot be read."""
    return Manifest(study, parameters, locked_versions(), inputs(study))


def locked_versions() -> dict[str, str]:
    """The locked version of each package that pyproject.toml names. Raises UserError where one is not locked."""
    try:
        named = set(
            tomllib.loads((paths.ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
        )
    except (ValueError, KeyError) as error:
        raise UserError(messages.both("own_unreadable", file="pyproject.toml", why=error)) from None
    locked = versions(paths.LOCK)
    if missing := sorted(named - locked.keys()):
        raise UserError(messages.both("lock_lacks", name=missing[0]))
    return {name: locked[name] for name in sorted(named)}


def place(study: str) -> Path:
    """Where the manifest of a study lies."""
    return paths.derived(study) / NAME


def versions(lock: Path) -> dict[str, str]:
    """Name and version of everything in a lock. Raises UserError if it is no text."""
    try:
        return dict(re.findall(r"^([\w.-]+)==([^ ;]+)", lock.read_text(encoding="utf-8"), re.MULTILINE))
    except ValueError:
        raise UserError(messages.both("own_unreadable", file=lock.name, why="UTF-8")) from None


def read(study: str, folder: Path | None = None) -> Manifest | None:
    """The manifest in a folder, or of the last finished run; None if there is none or it is damaged."""
    try:
        record = folder / NAME if folder else place(study)
        manifest = Manifest(**json.loads(record.read_text(encoding="utf-8")))
        texts = [manifest.parameters, manifest.versions, manifest.inputs, *manifest.outputs.values()]
        is_whole = manifest.study == study and all(
            isinstance(text, str) for part in texts for entry in part.items() for text in entry
        )
        is_whole &= all(isinstance(said, list) for said in manifest.failed.values())
        folders = [folder.relative_to(paths.output_root()) for folder in (paths.derived(study), paths.figures(study))]
        results = [Path(name) for name in manifest.results]
    except (OSError, ValueError, TypeError, AttributeError):
        return None
    # A run removes results that it no longer makes, so whatever else a damaged manifest names is not touched.
    is_own = all(".." not in name.parts and any(map(name.is_relative_to, folders)) for name in results)
    return manifest if is_whole and is_own else None


def unfinished(study: str, results: Iterable[str]) -> Manifest:
    """The manifest that lies there while these results are put in place; with it everything is to be made anew."""
    return Manifest(study, outputs={"": dict.fromkeys(sorted(results), "")})


def write(manifest: Manifest, path: Path) -> None:
    """Write a manifest into a file."""
    path.write_text(json.dumps(asdict(manifest), indent=1) + "\n", encoding="utf-8", newline="\n")


def verify(study: str, language: str) -> int:
    """Check data, code and results against the manifest; give the number of files that agree.

    Executed notebooks are not kept in the repository, so a missing one is no difference.
    Raises UserError that names every file that differs, or what failed in the last run, and what to run.
    """
    manifest = read(study)
    if manifest is None:
        raise UserError(messages.text("verify_none", language, file=NAME, study=study))
    if not manifest.inputs:
        raise UserError(messages.text("verify_torn", language, study=study))
    made = manifest.results
    found = {name: sha256(paths.output_root() / name) for name in made}
    for name in made:
        if name.startswith(f"data/derived/{study}/notebooks/") and not found[name]:
            del found[name]
    recorded = manifest.inputs | {name: made[name] for name in found}
    problems = changes(recorded, inputs(study) | found)
    if problems:
        keys = {name: f"verify_{change.replace(' ', '_')}" for name, change in problems.items()}
        lines = [f"  {messages.text(key, language, file=name)}" for name, key in keys.items()]
        raise UserError(messages.text("verify_unlike", language, files="\n".join(lines), study=study))
    if manifest.failed:
        raise UserError(messages.text("verify_failed", language, failed=told(manifest.failed)))
    return len(recorded)


def told(failed: Mapping[str, Iterable[str]]) -> str:
    """What failed, a line each."""
    return "\n".join(f"- {said}" for sentences in failed.values() for said in sentences)


def changes(before: dict[str, str], now: dict[str, str]) -> dict[str, str]:
    """What became of each file that is not as it was: `is missing`, `is new` or `differs`."""
    found = {}
    for name in sorted(before.keys() | now.keys()):
        if not now.get(name, ""):
            found[name] = "is missing"
        elif name not in before:
            found[name] = "is new"
        elif now[name] != before[name]:
            found[name] = "differs"
    return found


def files(folder: Path) -> list[Path]:
    """Every file below a folder that a person or a step made.

    Passed over are hidden files, compiled Python, and what other programs leave: one that has a spreadsheet open, or
    one that synchronises the folder and found a file changed in two places.
    """
    passed_over = re.compile(r"^\.|^~\$|^__pycache__|conflicted copy|sync-conflict")
    return [
        path
        for path in folder.rglob("*")
        if path.is_file() and not any(map(passed_over.search, path.relative_to(folder).parts))
    ]
