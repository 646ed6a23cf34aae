"""Stored notebooks and kept results are what a run makes now, pictures included.

nbval, which `make test` runs on every notebook, compares cell outputs. It passes over pictures, and over a cell that
has lost its outputs; so `make test-long` also compares each notebook, as a whole, with its freshly executed copy.
"""

import base64
import io
import json
import os
from pathlib import Path

import matplotlib.image
import numpy as np
import pytest

from analysis import notebooks, paths, provenance
from analysis.steps import STEPS

STUDY = paths.DEFAULT_STUDY
NAMES = [step.name for step in STEPS if step.notebook]


def executed(name: str, root: Path) -> dict:
    """The freshly executed copy of a notebook."""
    return notebooks.load(root / "data" / "derived" / STUDY / "notebooks" / f"{name}.ipynb")


def same_picture(one: bytes, other: bytes) -> bool:
    """Whether two PNG files show the same.

    Elsewhere than where the results were made a PNG may be packed, or a shade rounded, in another way.
    """
    if one == other:
        return True
    pixels, others = (matplotlib.image.imread(io.BytesIO(content)) for content in (one, other))
    return pixels.shape == others.shape and np.abs(pixels - others).max() < 0.03


def without_pictures(notebook: dict) -> tuple[dict, list[bytes]]:
    """A notebook without its PNG pictures, and the pictures."""
    pictures = []
    for cell in notebook["cells"]:
        for output in cell.get("outputs", []):
            if content := output.get("data", {}).pop("image/png", None):
                pictures.append(base64.b64decode(notebooks.text(content)))
    return notebook, pictures


@pytest.mark.long
@pytest.mark.parametrize("name", NAMES)
def test_a_stored_notebook_is_what_a_run_makes(name, fresh):
    stored, now = notebooks.load(paths.NOTEBOOKS / f"{name}.ipynb"), executed(name, fresh)
    differences = notebooks.differences(stored, now)
    (stored, pictures), (now, new_pictures) = without_pictures(stored), without_pictures(now)
    assert stored == now, "\n".join([f"{name} differs; `make accept` stores the new outputs", *differences])
    assert len(pictures) == len(new_pictures)
    assert all(map(same_picture, pictures, new_pictures)), "\n".join([f"A picture in {name} differs", *differences])


@pytest.mark.parametrize("name", NAMES)
def test_a_stored_notebook_ran_from_top_to_end_without_a_warning(name):
    cells = [cell for cell in notebooks.load(paths.NOTEBOOKS / f"{name}.ipynb")["cells"] if cell["cell_type"] == "code"]
    assert [cell["execution_count"] for cell in cells] == list(range(1, len(cells) + 1))
    outputs = [output for cell in cells for output in cell["outputs"]]
    assert not [output for output in outputs if output["output_type"] == "error" or output.get("name") == "stderr"]


@pytest.mark.parametrize("name", NAMES)
def test_a_stored_notebook_names_no_folder_of_a_machine(name):
    content = (paths.NOTEBOOKS / f"{name}.ipynb").read_text(encoding="utf-8")
    assert str(paths.ROOT) not in content
    assert str(Path.home()) + os.sep not in content


@pytest.mark.long
def test_kept_results_are_what_a_run_makes(fresh):
    manifest = json.loads((fresh / "data" / "derived" / STUDY / provenance.NAME).read_text(encoding="utf-8"))
    made = {name for results in manifest["outputs"].values() for name in results if "/notebooks/" not in name}
    folders = (paths.ROOT / "data" / "derived" / STUDY, paths.ROOT / "figures" / STUDY)
    kept = {path.relative_to(paths.ROOT).as_posix() for folder in folders for path in provenance.files(folder)}
    kept = {name for name in kept if "/notebooks/" not in name and Path(name).name != provenance.NAME}
    assert kept == made
    differ = [name for name in sorted(made) if not same_file(paths.ROOT / name, fresh / name)]
    assert not differ, "`make all` makes these anew; look at them before you commit"


def same_file(one: Path, other: Path) -> bool:
    """Whether two results are the same: a picture as it looks, anything else byte for byte."""
    same = same_picture if one.suffix == ".png" else bytes.__eq__
    return same(one.read_bytes(), other.read_bytes())


def test_data_code_and_results_are_those_of_the_last_run():
    assert provenance.verify(STUDY) > 0
