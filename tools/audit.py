"""What a program can check of the standards in STANDARDS.md, and the one step to take next."""

from __future__ import annotations

import ast
import csv
import re
import subprocess
import tomllib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import yaml

from analysis import paths
from analysis.errors import UserError
from analysis.run import notebooks, provenance
from analysis.run.steps import NUMBERED
from tools import citation, crate, guard

SECTIONS = (
    "Data availability and provenance",
    "Computational requirements",
    "Run it",
    "Where everything comes from",
    "Cite",
)
"""Headings of the README that the template of the social-science data editors asks for, in our words."""

LINES_SHOWN = 8
"""Lines that are shown of what speaks against one check; the rest are counted."""

# A version of the specification is named by its address.
_CODECHECK = "https://codecheck.org.uk/spec/config/1.0/"
_LINK = re.compile(r"\]\(([^)\s#]+)[^)]*\)")
_FOUND = re.compile(
    r"Of (\d+) printed numbers.{0,40}?(\d+) are reproduced.{0,40}?(\d+) count.{0,120}?(\d+) differ", re.DOTALL
)
_HASHED = re.compile(r"^[\w.-]+==\S+[^\n]*\\\n\s+--hash=sha256:[0-9a-f]{64}", re.MULTILINE)


@dataclass(frozen=True)
class Check:
    """One question to the repository.

    Attributes
    ----------
    question : str
        What is asked, as a statement that holds if all is well.
    look : function without arguments
        Gives what speaks against it, each in one line; nothing if it holds. May raise UserError.
    step : str
        What to do if something speaks against it.
    is_open : bool
        True of what only people can bring about, so that a repository without it is not out of order.
    """

    question: str
    look: Callable[[], list[str]]
    step: str
    is_open: bool = False


@dataclass(frozen=True)
class Answer:
    """A check and what speaks against it."""

    check: Check
    against: tuple[str, ...]


def audit() -> list[Answer]:
    """Every check with its answer, in the order in which they are best put right."""
    return [ask(check) for check in CHECKS]


def ask(check: Check) -> Answer:
    """One check with its answer."""
    try:
        return Answer(check, tuple(check.look()))
    except (UserError, OSError, ValueError, yaml.YAMLError) as error:
        return Answer(check, tuple(str(error).splitlines()))


def report(answers: list[Answer]) -> str:
    """The answers in lines of text, and the one step to take next."""
    lines = []
    for answer in answers:
        mark = "ok  " if not answer.against else "open" if answer.check.is_open else "NO  "
        lines.append(f"{mark}  {answer.check.question}")
        lines += [f"        {text}" for text in answer.against[:LINES_SHOWN]]
        if (more := len(answer.against) - LINES_SHOWN) > 0:
            lines.append(f"        ... and {more} more")
    waiting = [answer.check for answer in answers if answer.against]
    first = next(iter(sorted(waiting, key=lambda check: check.is_open)), None)
    step = first.step if first else "none that a program can name. Ask somebody who was not here to run it."
    return "\n".join([*lines, "", f"Next step: {step}"])


def is_in_order(answers: list[Answer]) -> bool:
    """Whether nothing is wrong; what only people can bring about may be open."""
    return all(answer.check.is_open or not answer.against for answer in answers)


def _text(name: str) -> str:
    return (paths.ROOT / name).read_text(encoding="utf-8")


def _is_there() -> list[str]:
    wanted = (
        "README.md", "STANDARDS.md", "codecheck.yml", "environment.yml", "requirements.lock", "pyproject.toml",
        citation.NAME, crate.NAME, *crate.LICENCES,
    )  # fmt: skip
    return [f"{name} is missing or empty" for name in wanted if not _has_content(paths.ROOT / name)]


def _has_content(path: Path) -> bool:
    return path.is_file() and path.stat().st_size > 0


def _licences() -> list[str]:
    return [
        f"{file} does not begin as {name} does"
        for file, (_, name, _) in crate.LICENCES.items()
        if not set(name.split()) <= set(_text(file)[:300].split())
    ]


def _sections() -> list[str]:
    headings = re.findall(r"^##+ (.+)$", _text("README.md"), re.MULTILINE)
    return [f"README.md has no section '{wanted}'" for wanted in SECTIONS if wanted not in headings]


def _found() -> list[str]:
    with (paths.derived(paths.DEFAULT_STUDY) / "claims.csv").open(encoding="utf-8", newline="") as file:
        verdicts = Counter(row["verdict"] for row in csv.DictReader(file))
    numbers = [verdicts.total(), *(verdicts[name] for name in ("reproduced", "not computable", "differs"))]
    stated = _FOUND.search(_text("README.md"))
    if stated and [int(number) for number in stated.groups()] == numbers:
        return []
    found = "{} printed numbers, {} reproduced, {} not computable, {} differ".format(*numbers)
    return [f"README.md does not say what the run found: {found}"]


def _links() -> list[str]:
    """Links in Markdown, of files at the top and of notebooks, that lead to no file here."""
    found = []
    for file in sorted([*paths.ROOT.glob("*.md"), *paths.NOTEBOOKS.glob("*.ipynb")]):
        text = _markdown(file) if file.suffix == ".ipynb" else file.read_text(encoding="utf-8")
        local = [link for link in _LINK.findall(text) if not re.match(r"[a-z]+:", link)]
        found += [f"{file.name} links to {link}" for link in local if not (file.parent / unquote(link)).exists()]
    return found


def _markdown(notebook: Path) -> str:
    cells = notebooks.load(notebook)["cells"]
    return "\n".join(notebooks.text(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")


def _citation() -> list[str]:
    stated = citation.read()
    found = citation.problems(stated)
    project = tomllib.loads(_text("pyproject.toml"))["project"]
    if str(stated.get("version")) != project["version"]:
        found.append(f"{citation.NAME} says version {stated.get('version')}, pyproject.toml {project['version']}")
    if stated.get("license") not in [identifier for identifier, *_ in crate.LICENCES.values()]:
        found.append(f"{citation.NAME} names a licence of which there is no file")
    return found


def _codecheck() -> list[str]:
    """Source: CODECHECK configuration file specification 1.0, the part that authors write."""
    text = _text("codecheck.yml")
    found = [] if re.search(r"^---$", text, re.MULTILINE) else ["codecheck.yml lacks the line --- before its content"]
    stated = yaml.safe_load(text)
    if not isinstance(stated, dict):
        return ["codecheck.yml has no fields"]
    if stated.get("version") != _CODECHECK:
        found.append(f"codecheck.yml has version: {stated.get('version')}; it is to be {_CODECHECK}")
    listed = [entry.get("file") if isinstance(entry, dict) else entry for entry in stated.get("manifest") or [{}]]
    manifest = provenance.read(paths.DEFAULT_STUDY) or provenance.Manifest()
    made = set(manifest.results)
    found += [f"codecheck.yml lists {name or 'nothing'}, which no run makes" for name in listed if name not in made]
    authors = (stated.get("paper") or {}).get("authors")
    if not citation.every(lambda author: isinstance(author, dict) and citation.is_text(author.get("name")))(authors):
        found.append("codecheck.yml does not name every author of the paper")
    return found


def _lock() -> list[str]:
    provenance.locked_versions()  # raises for a package that the lock lacks
    lock = paths.LOCK.read_text(encoding="utf-8")
    packages, hashed = len(re.findall(r"^[\w.-]+==", lock, re.MULTILINE)), len(_HASHED.findall(lock))
    found = [f"requirements.lock has {packages - hashed} packages without a hash"] if packages != hashed else []
    reasons = re.findall(r'^    "([\w.-]+)",( +# \w.+)?$', _text("pyproject.toml"), re.MULTILINE)
    found += [f"pyproject.toml gives no reason for {name}" for name, reason in reasons if not reason]
    if "requirements.lock" not in _text("environment.yml"):
        found.append("environment.yml does not use requirements.lock")
    return found


def _run_in_order() -> list[str]:
    found = []
    for name in NUMBERED:
        file = paths.NOTEBOOKS / f"{name}.ipynb"
        cells = [cell for cell in notebooks.load(file)["cells"] if cell["cell_type"] == "code"]
        if [cell["execution_count"] for cell in cells] != list(range(1, len(cells) + 1)):
            found.append(f"{file.name} was not run from top to end")
        if not any(cell["outputs"] for cell in cells):
            found.append(f"{file.name} keeps no outputs")
        if any(output["output_type"] == "error" for cell in cells for output in cell["outputs"]):
            found.append(f"{file.name} keeps an error")
        notebooks.parameters(file)  # raises where there are none
        if not any(isinstance(node, ast.Assert) for node in ast.walk(ast.parse(notebooks.text(cells[-1]["source"])))):
            found.append(f"{file.name} does not end with a check")
    return found


def _is_as_run() -> list[str]:
    provenance.verify(paths.DEFAULT_STUDY, paths.DEFAULT_LABELS)
    return []


def _is_private() -> list[str]:
    try:
        found = list(guard.everything(history=False))
    except subprocess.CalledProcessError:
        return ["this folder is no git repository, so what is in git cannot be looked at"]
    return [str(finding) for finding in found if finding.key in guard.REMEDIES]


def _is_described() -> list[str]:
    folder = paths.figures(paths.DEFAULT_STUDY)
    found = [
        f"{file.name} comes without {suffix}"
        for file in sorted(folder.glob("*.svg"))
        for suffix in (".png", ".csv", ".txt")
        if not _has_content(file.with_suffix(suffix))
    ]
    page = _Images()
    page.feed((paths.derived(paths.DEFAULT_STUDY) / "report.html").read_text(encoding="utf-8"))
    without = sum(not text.strip() for text in page.descriptions)
    return [*found, *([f"report.html has {without} pictures without text for them"] if without else [])]


class _Images(HTMLParser):
    """Keeps the alternative text of every picture; an empty one where there is none."""

    def __init__(self):
        super().__init__()
        self.descriptions: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Called by the parser."""
        if tag == "img":
            self.descriptions.append(dict(attrs).get("alt") or "")


def _is_crate_fresh() -> list[str]:
    fresh = crate.text() == _text(crate.NAME)
    return [] if fresh else [f"{crate.NAME} does not describe what is here now"]


def _identifier() -> list[str]:
    stated = citation.read()
    return [] if stated.get("doi") or stated.get("identifiers") else ["no DOI or other lasting identifier"]


def _certificate() -> list[str]:
    return [] if yaml.safe_load(_text("codecheck.yml")).get("certificate") else ["nobody has checked it yet"]


CHECKS = (
    Check("The files that the standards ask for are there.", _is_there, "write or bring back the files named above."),
    Check("Nothing private is in git.", _is_private, "take out what is named above, and from earlier commits too."),
    Check("Data, code and results are as the last run left them.", _is_as_run, "`make all`."),
    Check(
        "Every notebook was run from top to end, keeps its outputs and ends with a check.",
        _run_in_order,
        "`make accept`, which stores the outputs of a run.",
    ),
    Check("Every package is locked by hash and has its reason.", _lock, "complete pyproject.toml, then `make lock`."),
    Check("Every figure has its numbers and a description in words.", _is_described, "`make all`."),
    Check("Code, text and data each have their licence.", _licences, "put the text of the licence back."),
    Check("README.md has the sections of the data editors' template.", _sections, "write the section."),
    Check("README.md says what the run found.", _found, "correct the numbers in README.md."),
    Check("Every link in Markdown leads somewhere.", _links, "correct the link."),
    Check(
        "CITATION.cff has the fields of its format, each in its form, and agrees with pyproject.toml.",
        _citation,
        "correct CITATION.cff.",
    ),
    Check(
        "codecheck.yml names its specification, the authors and results that the run makes.",
        _codecheck,
        "correct codecheck.yml.",
    ),
    Check(f"{crate.NAME} is up to date.", _is_crate_fresh, "`make accept`, which writes it."),
    Check(
        "The compendium has a lasting identifier.",
        _identifier,
        "deposit this version in an archive that gives a DOI, and put the DOI into CITATION.cff.",
        is_open=True,
    ),
    Check(
        "An independent person has run it (CODECHECK certificate).",
        _certificate,
        "ask for a CODECHECK, and put its certificate into codecheck.yml.",
        is_open=True,
    ),
)
"""In the order in which they are best put right."""
