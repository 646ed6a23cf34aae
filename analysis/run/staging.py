"""A run's results before they are published: each step in a folder of its own, then all of them put in place.

What a step made earlier and, having failed, does not make now must not stand beside results of other inputs as if it
were one of them, nor be lost: it moves to the study's folder `earlier`, from where the next good run removes it.

A step finds in its folder copies of what the steps that it reads made, and nothing of the others. So what is new
there is what it made, and a dependency that `steps` does not name shows at once.
"""

import os
import shutil
import tempfile
from pathlib import Path

from analysis import paths
from analysis.errors import UserError
from analysis.language import messages
from analysis.run import provenance
from analysis.run.provenance import Manifest
from analysis.run.steps import Step


class Staging:
    """The folders of a run.

    Parameters
    ----------
    folder : Path
        Where the steps' folders go, on the file system of the repository. Each run has a new name in it, as a kernel
        of a run that was killed may go on writing for a moment.
    published : Path
        The root of the published results.
    outputs : dict
        Of the steps that need not run, each result's path below that root and its sha256.
    """

    def __init__(self, folder: Path, published: Path, outputs: dict[str, dict[str, str]]):
        self.outputs = dict(outputs)
        self._parent = folder
        self._published = published
        self._roots = dict.fromkeys(outputs, published)
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = Path(tempfile.mkdtemp(dir=folder))

    def open(self, step: Step, study: str = "") -> Path:
        """The root for a step's results, with the results that it reads, and what it keeps from the last run."""
        root = self.folder(step)
        root.mkdir(parents=True)
        for name, source in {**self._read(step), **self._kept(step, study)}.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source / name, root / name)
        return root

    def folder(self, step: Step) -> Path:
        """The root below which a step's results lie."""
        return self._folder / step.name

    def close(self, step: Step, study: str, language: str, is_whole: bool = True) -> list[str]:
        """Take note of what a step made; say, a sentence each, what it did not make, or spoilt, that it must not.

        Of one that was stopped, and is not whole, nothing is taken but what lies in the folder `notebooks`: the copy of
        the notebook, and where the error came from. The rest may be half written; what it keeps is as it was.
        """
        root = self.folder(step)
        found = {path.relative_to(root).as_posix(): provenance.sha256(path) for path in provenance.files(root)}
        read = self._read(step).items()
        spoilt = [name for name, source in read if found.pop(name, "") != provenance.sha256(source / name)]
        if not is_whole:
            found = {name: digest for name, digest in found.items() if name.split("/")[-2:-1] == ["notebooks"]}
            for name, source in self._kept(step, study).items():
                found[name] = provenance.sha256(shutil.copyfile(source / name, root / name))
        missing = sorted(step.required(study) - found.keys())
        self.outputs[step.name] = dict(sorted(found.items()))
        self._roots[step.name] = root
        said = {"step_spoilt": spoilt, "step_missing": missing}
        return [
            messages.text(key, language, step=step.name, files=", ".join(files)) for key, files in said.items() if files
        ]

    def publish(self, manifest: Manifest, before: Manifest) -> None:
        """Put the new results in the place of the earlier ones.

        What needs space on the disk is written first. Then an unfinished manifest replaces the earlier one, all that
        is replaced or no longer made moves aside, the new results move in, and their manifest comes last. So however
        this ends, the results in place are those of one run, and with a finished manifest they are whole; a next run
        knows all of them. After an error the earlier ones move back, and it is raised: an OSError, or a UserError
        where they could not.
        """
        made = {name for results in self.outputs.values() for name in results}
        earlier = before.results.keys()
        new = {
            self._published / name: self._roots[step] / name
            for step, results in self.outputs.items()
            for name, digest in results.items()
            if provenance.sha256(self._published / name) != digest
        }
        aside = {place: self._folder / "earlier" / str(number) for number, place in enumerate(new)}
        gone = {name: self._folder / "gone" / str(number) for number, name in enumerate(earlier - made)}
        for step in manifest.failed:
            gone |= {name: kept(manifest.study) / name for name in before.outputs.get(step, {}).keys() - made}
        aside |= {self._published / name: place for name, place in gone.items()}
        record = provenance.place(manifest.study)
        first, last, former = (self._folder / name for name in ("first.json", "last.json", "former.json"))
        provenance.write(provenance.unfinished(manifest.study, made | earlier), first)
        provenance.write(manifest, last)
        if record.exists():
            shutil.copyfile(record, former)
        moves = [
            (first, record),
            *((place, target) for place, target in aside.items() if os.path.lexists(place)),
            *((source, place) for place, source in new.items()),
            (last, record),
        ]
        for _, target in moves:
            target.parent.mkdir(parents=True, exist_ok=True)
        done = []
        try:
            for source, target in moves:
                source.replace(target)
                done.append((target, source))
        except OSError as error:
            try:
                for target, source in reversed(done):
                    target.replace(source)
                if former.exists():
                    former.replace(record)
            except OSError:
                facts = {"why": error.strerror, "folder": record.parent}
                raise UserError(messages.text("run_torn", manifest.parameters["labels"], **facts)) from None
            raise

    def remove(self) -> None:
        """Remove the folders."""
        clear(self._parent)

    def _kept(self, step: Step, study: str) -> dict[str, Path]:
        """The results of the last run that a step keeps, and the root below which each lies."""
        names = [f"data/derived/{study}/{name}" for name in step.keeps]
        return {name: self._published for name in names if (self._published / name).exists()}

    def _read(self, step: Step) -> dict[str, Path]:
        """The results that a step reads, and the root below which each lies."""
        return {name: self._roots[earlier] for earlier in step.reads for name in self.outputs[earlier]}


def kept(study: str) -> Path:
    """Where earlier results lie that a failed step did not make again."""
    return paths.derived(study) / "earlier"


def clear(folder: Path) -> None:
    """Remove what runs left aside; in it may lie copies of cases. Only while no run goes on."""
    shutil.rmtree(folder, ignore_errors=True)
