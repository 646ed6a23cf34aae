"""A run's results before they are published: each step in a folder of its own, then all of them put in place.

A step finds in its folder copies of what the steps that it reads made, and nothing of the others. So what is new
there is what it made, and a dependency that `steps` does not name shows at once.
"""

import shutil
from pathlib import Path

from analysis import provenance
from analysis.errors import UserError
from analysis.provenance import Manifest
from analysis.steps import Step


class Staging:
    """The folders of a run.

    Parameters
    ----------
    folder : Path
        Where the steps' folders go, on the file system of the repository. What lies there is removed.
    published : Path
        The root of the published results.
    outputs : dict
        Of the steps that need not run, each result's path below that root and its sha256.
    """

    def __init__(self, folder: Path, published: Path, outputs: dict[str, dict[str, str]]):
        self.outputs = dict(outputs)
        self._folder = folder
        self._published = published
        self._roots = dict.fromkeys(outputs, published)
        self.remove()

    def open(self, step: Step) -> Path:
        """The root for a step's results, with the results that it reads."""
        root = self._folder / step.name
        root.mkdir(parents=True)
        for name, source in self._read(step).items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source / name, root / name)
        return root

    def close(self, step: Step, study: str) -> None:
        """Take note of what a step made. Raises UserError if it did not make, or spoilt, what it must not."""
        root = self._folder / step.name
        found = {path.relative_to(root).as_posix(): provenance.sha256(path) for path in provenance.files(root)}
        for name, source in self._read(step).items():
            if found.pop(name, "") != provenance.sha256(source / name):
                raise UserError(f"The step {step.name} changed {name}, which is another step's result.")
        if missing := sorted(step.required(study) - found.keys()):
            raise UserError(f"The step {step.name} did not make {', '.join(missing)}.")
        self.outputs[step.name] = dict(sorted(found.items()))
        self._roots[step.name] = root

    def publish(self, manifest: Manifest, before: Manifest) -> None:
        """Put every new result in place, remove those that are no longer made, and write the manifest last."""
        kept = set()
        for step, results in self.outputs.items():
            for name, digest in results.items():
                kept.add(name)
                place = self._published / name
                if provenance.sha256(place) != digest:
                    place.parent.mkdir(parents=True, exist_ok=True)
                    (self._roots[step] / name).replace(place)
        for results in before.outputs.values():
            for name in results.keys() - kept:
                (self._published / name).unlink(missing_ok=True)
        provenance.write(manifest)

    def remove(self) -> None:
        """Remove the folders."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def _read(self, step: Step) -> dict[str, Path]:
        """The results that a step reads, and the root below which each lies."""
        return {name: self._roots[earlier] for earlier in step.reads for name in self.outputs[earlier]}
