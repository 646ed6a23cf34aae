"""Opens a study's notebooks in JupyterLab: the shipped ones where they are, those of another study in copies.

A copy has that study's name and language as its parameters and shows what the last run showed. It lies beside the
study's results and is nobody's input, so that whatever is saved there changes neither notebooks nor results.
"""

import json
import os
import sys
from pathlib import Path

from analysis import paths
from analysis.language import messages
from analysis.run import execution, notebooks
from analysis.run.steps import STEPS

FOLDER = "lab"
"""The folder of the copies, beside the study's results."""

MADE = ".made.json"
"""The file in it with the digest of each copy's sources as they were made: another digest means that a person wrote."""

FIRST = "00_index"
"""The notebook that opens."""


def start(study: str, language: str) -> None:
    """Open JupyterLab in the place of this process. Raises UserError where the study cannot be run."""
    folder = paths.NOTEBOOKS
    if study != paths.DEFAULT_STUDY or language != paths.DEFAULT_LABELS:
        if study != paths.DEFAULT_STUDY:
            execution.run(study, language)
        folder = paths.derived(study) / FOLDER
        print(messages.text("lab_opens", language, study=study, folder=folder.relative_to(paths.output_root())))
        if kept := copy(study, language):
            print(messages.text("lab_kept", language, names=", ".join(kept)))
    allow_root = ["--allow-root"] if os.geteuid() == 0 else []
    sys.stdout.flush()
    os.chdir(paths.ROOT)
    os.environ["PYTHONPATH"] = str(paths.ROOT)  # where the copies lie, notebooks do not find the package
    os.execv(sys.executable, [sys.executable, "-m", "jupyterlab", *allow_root, str(folder / f"{FIRST}.ipynb")])


def copy(study: str, language: str) -> list[str]:
    """Make the copies anew, but for those whose cells a person changed; returns the names of these.

    A copy shows the outputs of the last run if that was in this language, else none.
    """
    wanted = {"study": study, "labels": language}
    folder = paths.derived(study) / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    record = folder / MADE
    made = json.loads(record.read_text(encoding="utf-8")) if record.exists() else {}
    kept = []
    for step in STEPS:
        if step.notebook is None:
            continue
        copied = folder / step.notebook.name
        if copied.exists() and notebooks.source_digest(copied) != made.get(copied.name):
            kept.append(copied.name)
            continue
        with paths.replacing(copied) as file:
            file.write_text(_with_parameters(step.notebook, paths.executed(study, step.name), wanted), "utf-8")
        made[copied.name] = notebooks.source_digest(copied)
    with paths.replacing(record) as file:
        file.write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")
    return kept


def _with_parameters(notebook: Path, executed: Path, wanted: dict[str, str]) -> str:
    """The notebook with these parameters, and the outputs of the executed copy where that had the same."""
    new = notebooks.load(notebook)
    ran = notebooks.load(executed) if executed.exists() else {"cells": []}
    if notebooks.parameters(notebook) | notebooks.injected(ran) != wanted:
        ran = {"cells": []}
    shown = {cell["id"]: cell for cell in ran["cells"]}
    for cell in new["cells"]:
        if cell["cell_type"] == "code":
            is_same = (same := shown.get(cell["id"])) and notebooks.text(same["source"]) == notebooks.text(
                cell["source"]
            )
            cell["outputs"] = same["outputs"] if is_same else []
            cell["execution_count"] = same["execution_count"] if is_same else None
            if "parameters" in cell["metadata"].get("tags", []):
                cell["source"] = notebooks.with_values(notebooks.text(cell["source"]), wanted)
    return notebooks.normalised(new)
