"""The metadata of the whole compendium as an RO-Crate: which files there are, what made them, under which licence.

What people state stands in CITATION.cff and study.yml, what a run made in manifest.json; nothing of that is repeated
here, and what a module is for stands at its beginning. Every file is described that is not hidden. `make accept` writes
the metadata. They hold no time and no digest, so they change only when a file comes, goes or is for something else.
Source: RO-Crate Metadata Specification 1.3, https://w3id.org/ro/crate/1.3.
"""

from __future__ import annotations

import ast
import json
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from rocrate.model import ContextEntity, File
from rocrate.rocrate import ROCrate

from analysis import paths
from analysis.errors import UserError
from analysis.run import notebooks, provenance
from analysis.run.steps import STEPS
from tools import citation

NAME = "ro-crate-metadata.json"

LICENCES = {
    "LICENSE": ("MIT", "MIT License", "code"),
    "LICENSE-text": ("CC-BY-4.0", "Creative Commons Attribution 4.0 International", "text and figures"),
    "LICENSE-data": ("CC0-1.0", "CC0 1.0 Universal", "data"),
}
"""Each file of a licence: its SPDX identifier, its name (which the file begins with) and what it is for."""

_STATED = ("title", "abstract", "authors", "version", "date-released", "keywords")

_ABOUT = {
    "README.md": "What the compendium is, how to run it, where everything comes from",
    "STANDARDS.md": "Which standards of the field are met, item by item",
    citation.NAME: "How to cite the compendium",
    "codecheck.yml": "The results that a CODECHECK has to make anew",
    "DIARY.md": "What broke so far, and how it was mended",
    "Makefile": "Every command",
    "pyproject.toml": "Packages the compendium asks for, each with its reason",
    "requirements.lock": "Every version of the environment, with hashes",
    "installer.lock": "Version and hashes of uv, which installs the environment",
    "environment.yml": "The same environment for conda and Binder",
}
"""Files of the repository's root that people wrote, and what each is."""

_FOLDERS = {
    "analysis": "Code: a room for each kind of work, in the order in which data flow",
    "tools": "Checks of the repository: the guard, metadata, standards",
    "tests": "What checks that the code, the results and the pages are right",
    "workflow": "The study, its steps and many studies on Snakemake, which also knows clusters",
    "benchmarks": "Measurements of speed and size, beside what else could be used",
}
"""Folders of code, and what each holds."""

_DATA_ABOUT = {
    "codebook.csv": "Codebook: variables, codes, labels and table rows",
    "study.yml": "What the study is and how it is read",
    "cases.xlsx": "Coded sheet",
    "published.csv": "Every printed number with its place and what it counts",
    "differences.csv": "Known differences between printed and computed numbers, explained",
}

_FORMATS = {
    ".py": "text/x-python",
    ".css": "text/css",
    ".csv": "text/csv",
    ".html": "text/html",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".md": "text/markdown",
    ".cff": "application/yaml",
    ".yml": "application/yaml",
    ".toml": "application/toml",
    ".json": "application/json",
    ".ipynb": "application/x-ipynb+json",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}


def text() -> str:
    """The content of ro-crate-metadata.json as the repository now stands.

    Raises UserError if CITATION.cff or the manifest of the shipped study cannot be read.
    """
    return json.dumps(_crate().metadata.generate(), indent=1, ensure_ascii=False) + "\n"


def write() -> Path:
    """Write ro-crate-metadata.json; return its path. Raises what `text` raises."""
    target = paths.ROOT / NAME
    content = text()
    with paths.replacing(target) as file:
        file.write_text(content, encoding="utf-8", newline="\n")
    return target


def _crate() -> ROCrate:
    stated, manifest = citation.read(), provenance.read(paths.DEFAULT_STUDY)
    if lacking := [name for name in _STATED if not stated.get(name)]:
        raise UserError(f"{citation.NAME} lacks {', '.join(lacking)}.")
    if manifest is None:
        raise UserError("There are no results to describe. `make all` makes them.")
    crate = ROCrate()
    licences = {
        use: crate.add(
            ContextEntity(
                crate,
                f"https://spdx.org/licenses/{identifier}",
                {"@type": "CreativeWork", "name": name, "description": f"For the {use}; its text stands in {file}."},
            )
        )
        for file, (identifier, name, use) in LICENCES.items()
    }
    maker = crate.add(
        ContextEntity(crate, "#maintainers", {"@type": "Organization", "name": stated["authors"][0]["name"]})
    )
    root = crate.root_dataset
    root["name"], root["description"] = stated["title"], " ".join(stated["abstract"].split())
    root["datePublished"], root["version"] = str(stated["date-released"]), stated["version"]
    root["keywords"] = ", ".join(stated["keywords"])
    root["license"], root["author"], root["publisher"] = list(licences.values()), maker, maker
    if article := _article(crate):
        root["isBasedOn"] = article
    _add_what_people_wrote(crate, licences)
    _add_results(crate, licences, manifest)
    return crate


def _article(crate: ROCrate) -> ContextEntity | None:
    """The article that is rerun, as far as study.yml states it."""
    settings = yaml.safe_load((paths.raw(paths.DEFAULT_STUDY) / "study.yml").read_text(encoding="utf-8"))
    reference = settings.get("reference") or {}
    known = [str(reference[name]) for name in ("authors", "title", "journal", "year") if reference.get(name)]
    if not known:
        return None
    return crate.add(ContextEntity(crate, "#article", {"@type": "ScholarlyArticle", "name": ", ".join(known)}))


def _add_what_people_wrote(crate: ROCrate, licences: dict[str, ContextEntity]) -> None:
    project = tomllib.loads((paths.ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    python = {"@type": "ComputerLanguage", "name": "Python", "url": "https://www.python.org/"}
    python["version"] = project["requires-python"].removeprefix(">=")
    language = crate.add(ContextEntity(crate, "#python", python))
    for name, about in _ABOUT.items():
        _add(crate, name, about, licences["text and figures" if name.endswith(".md") else "code"])
    for name, (_, title, use) in LICENCES.items():
        _add(crate, name, f"{title}: licence of the {use}", licences[use])
    for name, about in _FOLDERS.items():
        more = {"name": name, "description": about, "license": licences["code"]}
        folder = crate.add_dataset(paths.ROOT / name, f"{name}/", properties=more)
        for file in sorted(provenance.files(paths.ROOT / name)):
            folder.append_to("hasPart", _add(crate, _relative(file), _purpose(file), licences["code"]))
    for file in (paths.CODEBOOK, *sorted(provenance.files(paths.raw(paths.DEFAULT_STUDY)))):
        _add(crate, _relative(file), _DATA_ABOUT.get(file.name, file.name), licences["data"])
    for step in STEPS:
        if step.notebook:
            more = {"@type": ["File", "SoftwareSourceCode"], "programmingLanguage": language}
            _add(crate, f"notebooks/{step.name}.ipynb", heading(step.notebook), licences["code"], more)


def _add_results(crate: ROCrate, licences: dict[str, ContextEntity], manifest: provenance.Manifest) -> None:
    """Every file that a run made and git keeps, and for each step of the run what made what."""
    about = "SHA-256 of every input and output of the run, and the versions it ran with"
    _add(crate, f"data/derived/{manifest.study}/manifest.json", about, licences["data"])
    executed = f"data/derived/{manifest.study}/notebooks/"
    for step, made in sorted(manifest.outputs.items()):
        kept = [name for name in sorted(made) if not name.startswith(executed)]
        is_data = {name: step != "report" and not name.startswith("figures/") for name in kept}
        entities = [
            _add(crate, name, _result(name, kept), licences["data" if is_data[name] else "text and figures"])
            for name in kept
        ]
        if entities:
            notebook = crate.get(f"notebooks/{step}.ipynb") or crate.get("analysis/")
            action = {"name": f"Step {step} of `make all`", "result": entities}
            crate.root_dataset.append_to("mentions", crate.add_action(notebook, f"#{step}", properties=action))


def _result(name: str, made: Sequence[str]) -> str:
    """What a result is: of a figure, the title that stands in its description."""
    path, words = Path(name), Path(name).with_suffix(".txt").as_posix()
    if words not in made:
        return f"A result of the study, {path.stem}"
    title = (paths.output_root() / words).read_text(encoding="utf-8").partition("\n")[0]
    return title + {".csv": " (the numbers)", ".txt": " (in words)"}.get(path.suffix, "")


def _add(crate: ROCrate, name: str, about: str, licence: ContextEntity, more: Mapping[str, Any] | None = None) -> File:
    path = Path(name)
    properties = {"name": path.name, "description": about, "license": licence}
    properties["encodingFormat"] = _FORMATS.get(path.suffix, "text/plain")
    return crate.add_file(paths.ROOT / path, name, properties=properties | dict(more or {}))


def _purpose(file: Path) -> str:
    """What a file of code is for: the first line of a module's own words, the heading of a text."""
    content = file.read_text(encoding="utf-8")
    if file.suffix == ".py":
        return (ast.get_docstring(ast.parse(content)) or file.name).partition("\n")[0]
    first = content.partition("\n")[0]
    has_title = file.suffix == ".md" and "{" not in first  # the title of a template is filled in later
    return first.lstrip("# ") if has_title else f"Belongs to {_relative(file.parent)}"


def heading(notebook: Path) -> str:
    """The title of a notebook: its first heading."""
    cells = notebooks.load(notebook)["cells"]
    words = (notebooks.text(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    return next(words).splitlines()[0].lstrip("# ")


def _relative(path: Path) -> str:
    return path.relative_to(paths.ROOT).as_posix()
