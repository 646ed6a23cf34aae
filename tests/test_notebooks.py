"""Stored notebooks and kept results are what a run makes now, pictures included.

nbval, which `make test` runs on every notebook, compares cell outputs, but passes over pictures, and over a cell that
has lost its outputs. So each stored notebook, as a whole, must be what the last run made of it, of which the manifest
holds the sha256: it is that of the present data, code and sources, which `make verify` checks and the driver makes sure
of. `make test-long` compares each with a freshly executed copy.
"""

import base64
import io
import json
import os
from pathlib import Path

import matplotlib.image
import numpy as np
import pytest

from analysis import paths
from analysis.run import notebooks, provenance
from analysis.run.steps import STEPS

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


def assert_same(name: str, stored: dict, now: dict) -> None:
    """Assert that a stored notebook is what a run made, pictures as they look."""
    assert len(stored["cells"]) == len(now["cells"]), f"{name} has other cells than the run"
    differences = notebooks.differences(stored, now)
    (stored, pictures), (now, new_pictures) = without_pictures(stored), without_pictures(now)
    assert stored == now, "\n".join([f"{name} differs; `make accept` stores the new outputs", *differences])
    assert len(pictures) == len(new_pictures)
    assert all(map(same_picture, pictures, new_pictures)), "\n".join([f"A picture in {name} differs", *differences])


def assert_last_made(stored: Path) -> None:
    """Assert that a stored notebook is what the last run made of it."""
    manifest, copy = provenance.read(STUDY), paths.executed(STUDY, stored.stem)
    digest = manifest.results[copy.relative_to(paths.output_root()).as_posix()]
    if provenance.sha256(stored) != digest:
        # Elsewhere than where they were made pictures may be drawn a shade otherwise: then there is a copy to look at.
        assert provenance.sha256(copy) == digest, f"{stored.name} is not what the last run made: `make all` shows it"
        assert_same(stored.stem, notebooks.load(stored), notebooks.load(copy))


@pytest.mark.parametrize("name", NAMES)
def test_a_stored_notebook_is_what_the_last_run_made(name):
    assert_last_made(paths.NOTEBOOKS / f"{name}.ipynb")


def with_outputs(notebook: dict) -> list[dict]:
    """The cells that show something."""
    return [cell for cell in notebook["cells"] if cell.get("outputs")]


def other_picture(notebook: dict) -> None:
    """Put one white pixel in the place of the first picture, or add it where there is none."""
    white = io.BytesIO()
    matplotlib.image.imsave(white, np.ones((1, 1, 3)), format="png")
    content = base64.b64encode(white.getvalue()).decode()
    shown = [output["data"] for cell in with_outputs(notebook) for output in cell["outputs"] if "data" in output]
    next((data for data in shown if "image/png" in data), shown[0])["image/png"] = content


DAMAGES = {
    "another picture": other_picture,
    "no picture": lambda notebook: [
        output["data"].pop("image/png", output["data"].pop("text/plain", None))
        for cell in with_outputs(notebook)
        for output in cell["outputs"]
        if "data" in output
    ],
    "a cell stripped": lambda notebook: with_outputs(notebook)[0].update(outputs=[]),
    "a cell stripped as if it never ran": lambda notebook: with_outputs(notebook)[-1].update(
        outputs=[], execution_count=None
    ),
    "a cell deleted": lambda notebook: notebook["cells"].remove(with_outputs(notebook)[0]),
    "a text cell deleted": lambda notebook: notebook["cells"].pop(0),
    "another number": lambda notebook: with_outputs(notebook)[-1]["outputs"][0].update(text=["13\n"]),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_stored_notebook_that_was_damaged_is_noticed(damage, tmp_path):
    for name in NAMES:
        notebook = notebooks.load(paths.NOTEBOOKS / f"{name}.ipynb")
        DAMAGES[damage](notebook)
        (stored := tmp_path / f"{name}.ipynb").write_text(notebooks.normalised(notebook), encoding="utf-8")
        with pytest.raises(AssertionError):
            assert_last_made(stored)


@pytest.mark.long
@pytest.mark.parametrize("name", NAMES)
def test_a_stored_notebook_is_what_a_run_makes(name, fresh):
    assert_same(name, notebooks.load(paths.NOTEBOOKS / f"{name}.ipynb"), executed(name, fresh))


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
    assert provenance.verify(STUDY, paths.DEFAULT_LABELS) > 0
