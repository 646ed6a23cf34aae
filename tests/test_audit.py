"""The audit: the compendium passes it, each thing that goes wrong is named, and one next step with it."""

import json
import shutil
import subprocess
import sys

import pytest
from rocrate.rocrate import ROCrate

from analysis import paths
from tools import audit, crate


@pytest.fixture
def copy(tmp_path, monkeypatch):
    """A copy of the compendium that a test may spoil, outside of git."""
    root = tmp_path / "compendium"
    ignored = shutil.ignore_patterns(".*", "__pycache__")
    shutil.copytree(paths.ROOT, root, ignore=ignored)
    for name in ("PACKAGE", "NOTEBOOKS", "LOCK", "CODEBOOK", "ROOT"):
        monkeypatch.setattr(paths, name, root / getattr(paths, name).relative_to(paths.ROOT))
    return root


def replace(root, name, old, new):
    """Change a text in a file, where it must be."""
    text = (root / name).read_text(encoding="utf-8")
    assert old in text
    (root / name).write_text(text.replace(old, new), encoding="utf-8")


def spoil_notebook(root, change):
    """Change the notebook that reads the sheet."""
    file = root / "notebooks" / "01_ingest.ipynb"
    notebook = json.loads(file.read_text(encoding="utf-8"))
    change([cell for cell in notebook["cells"] if cell["cell_type"] == "code"])
    file.write_text(json.dumps(notebook), encoding="utf-8")


def against(question):
    """What speaks against the check whose question holds these words."""
    (check,) = [check for check in audit.CHECKS if question in check.question]
    return "\n".join(audit.ask(check).against)


def test_the_compendium_is_in_order():
    answers = [answer for answer in audit.audit() if "as the last run" not in answer.check.question]
    assert [answer.against for answer in answers if answer.against and not answer.check.is_open] == []


DAMAGE = {
    "a file is missing": (
        "files that the standards ask for", lambda root: (root / "codecheck.yml").unlink(), "codecheck.yml is missing"
    ),
    "the README lacks a section": (
        "sections", lambda root: replace(root, "README.md", "## Cite", "## Else"), "no section 'Cite'"
    ),
    "the README has other numbers": (
        "what the run found", lambda root: replace(root, "README.md", "are reproduced", "is reproduced"),
        "README.md does not say what the run found",
    ),
    "a verdict is another": (
        "what the run found",
        lambda root: replace(root, f"data/derived/{paths.DEFAULT_STUDY}/claims.csv", ",differs,", ",reproduced,"),
        "0 differ",
    ),
    "a link leads nowhere": (
        "link", lambda root: replace(root, "STANDARDS.md", "](README.md)", "](READ.md)"),
        "STANDARDS.md links to READ.md",
    ),
    "another text as licence": (
        "licence", lambda root: shutil.copy(root / "LICENSE", root / "LICENSE-data"), "LICENSE-data does not begin"
    ),
    "a reason is missing": (
        "locked", lambda root: replace(root, "pyproject.toml", '"pytest",        # runs the tests', '"pytest",'),
        "no reason for pytest",
    ),
    "a hash is missing": (
        "locked",
        lambda root: replace(root, "requirements.lock", "arcp==0.2.1 \\", "arcp==0.2.1"), "1 packages without a hash",
    ),
    "a result was changed": (
        "last run", lambda root: replace(root, f"data/derived/{paths.DEFAULT_STUDY}/cases.csv", "R01", "R99"),
        f"data/derived/{paths.DEFAULT_STUDY}/cases.csv differs",
    ),
    "a figure lost its description": (
        "figure", lambda root: (root / "figures" / paths.DEFAULT_STUDY / "figure1.txt").unlink(),
        "figure1.svg comes without .txt",
    ),
    "a picture lost its text": (
        "figure", lambda root: replace(root, f"data/derived/{paths.DEFAULT_STUDY}/report.html", 'alt="', 'title="'),
        "pictures without text",
    ),
    "a cell was run again": (
        "notebook was run", lambda root: spoil_notebook(root, lambda cells: cells[1].update(execution_count=77)),
        "01_ingest.ipynb was not run from top to end",
    ),
    "outputs were cleared": (
        "notebook was run",
        lambda root: spoil_notebook(root, lambda cells: [cell.update(outputs=[]) for cell in cells]),
        "01_ingest.ipynb keeps no outputs",
    ),
    "the last cell checks nothing": (
        "notebook was run", lambda root: spoil_notebook(root, lambda cells: cells[-1].update(source="print(1)")),
        "01_ingest.ipynb does not end with a check",
    ),
    "a citation without title": (
        "CITATION", lambda root: replace(root, "CITATION.cff", "title:", "titel:"), "has titel, which its format"
    ),
    **{
        f"a citation with {bad}": (
            "CITATION", lambda root, good=good, bad=bad: replace(root, "CITATION.cff", good, bad),
            f"CITATION.cff has {said}",
        )
        for good, bad, said in (
            ("cff-version: 1.2.0", "cff-version: 9.9", "cff-version: 9.9; it is to be 1.2.0"),
            ("type: software", "type: banana", "type: banana; it is to be software or dataset"),
            ("2026-11-24", "someday", "date-released: someday; it is to be a day as YYYY-MM-DD"),
            ("2026-11-24", "26-11-24", "date-released: 26-11-24"),
            ("- name: The maintainers of this compendium", "- name: [1]", "authors: [{'name': [1]}]"),
            ("- name: The maintainers of this compendium", "- nam: A", "authors: [{'nam': 'A'}]"),
            ("  - name: The maintainers of this compendium", "  []", "authors: []"),
            ("- social work", "- [social work]", "keywords: ['reproducibility', ['social work']"),
            ("license: MIT", "license: {}", "license: {}"),
            ("type: software", "doi: https://doi.org/10.5281/zenodo.1", "doi: https"),
            ("type: software", "url: here", "url: here; it is to be a web address"),
            ("type: software", "preferred-citation: {title: A}", "preferred-citation: {'title': 'A'}"),
        )
    },
    "a citation with a day that no calendar has": (
        "CITATION", lambda root: replace(root, "CITATION.cff", "2026-11-24", "2026-13-24"), "cannot be read"
    ),
    "another version": (
        "CITATION", lambda root: replace(root, "CITATION.cff", "version: 0.1.0", "version: 0.2.0"), "says version 0.2.0"
    ),
    "a result that nobody makes": (
        "codecheck", lambda root: replace(root, "codecheck.yml", "table1.csv", "table9.csv"), "table9.csv, which no run"
    ),
    "another specification": (
        "codecheck", lambda root: replace(root, "codecheck.yml", "https://codecheck.org.uk/spec/config/1.0/", "banana"),
        "codecheck.yml has version: banana; it is to be https",
    ),
    "an author without a name": (
        "codecheck", lambda root: replace(root, "codecheck.yml", "- name: Piuva", "- ORCID: Piuva"),
        "does not name every author",
    ),
    "the metadata are old": (
        "up to date", lambda root: replace(root, "CITATION.cff", "social work", "welfare"), "does not describe"
    ),
}  # fmt: skip


@pytest.mark.long
@pytest.mark.parametrize(("question", "spoil", "said"), DAMAGE.values(), ids=DAMAGE)
def test_damage_is_named(copy, question, spoil, said):
    assert said not in against(question)
    spoil(copy)
    assert said in against(question)


def test_one_step_is_named_and_what_is_wrong_comes_before_what_is_open():
    wrong = audit.Check("A.", list, "mend A."), audit.Check("B.", list, "mend B.")
    later = audit.Check("C.", list, "ask for C.", is_open=True)
    answers = [audit.Answer(later, ("no C",)), audit.Answer(wrong[0], ()), audit.Answer(wrong[1], ("no B",))]
    assert audit.report(answers).splitlines()[-1] == "Next step: mend B."
    assert not audit.is_in_order(answers)
    assert audit.report(answers[:2]).splitlines()[-1] == "Next step: ask for C."
    assert audit.is_in_order(answers[:2])
    assert "none that a program can name" in audit.report(answers[1:2])
    many = audit.report([audit.Answer(later, tuple(map(str, range(20))))]).splitlines()
    assert many[audit.LINES_SHOWN] == "        7" and many[audit.LINES_SHOWN + 1] == "        ... and 12 more"


def test_the_command_prints_every_check_and_one_step():
    done = subprocess.run([sys.executable, "-m", "analysis", "audit"], cwd=paths.ROOT, capture_output=True, text=True)
    assert all(check.question in done.stdout for check in audit.CHECKS)
    assert done.stdout.count("Next step: ") == 1 and not done.stderr
    assert done.returncode == any(line.startswith("NO") for line in done.stdout.splitlines())


def test_the_metadata_can_be_read_by_their_library_and_name_files_that_are_there():
    read = ROCrate(paths.ROOT)
    named = [entity.id for entity in read.data_entities]
    assert len(named) > 50 and all((paths.ROOT / name).exists() for name in named)
    steps = {action.id: action for action in read.get_by_type("CreateAction")}
    assert steps["#02_background"]["instrument"].id == "notebooks/02_background.ipynb"
    made = {entity.id for entity in steps["#02_background"]["result"]}
    assert f"data/derived/{paths.DEFAULT_STUDY}/table1.csv" in made


def test_the_metadata_describe_every_file_that_git_keeps_and_that_is_not_hidden():
    listed = subprocess.run(["git", "ls-files"], cwd=paths.ROOT, capture_output=True, text=True, check=True).stdout
    wanted = {name for name in listed.splitlines() if not name.startswith(".")}
    described = {entity["@id"]: entity for entity in json.loads(crate.text())["@graph"]}
    assert wanted - described.keys() == set()
    for name in wanted - {crate.NAME}:
        assert described[name]["description"] and described[name]["license"], name
    parts = {part["@id"] for part in described["tests/"]["hasPart"]}
    assert parts == {name for name in wanted if name.startswith("tests/")}
    assert "The audit" in described["tests/test_audit.py"]["description"]


@pytest.mark.long
def test_the_metadata_are_written_where_they_are_looked_for(copy):
    (copy / crate.NAME).unlink()
    assert crate.write() == copy / crate.NAME
    assert (copy / crate.NAME).read_text(encoding="utf-8") == crate.text()
