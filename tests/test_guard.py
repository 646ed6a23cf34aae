"""The guard finds private data wherever it hides, tells the place and never the content."""

import io
import json
import os
import random
import re
import subprocess
import sys
import zipfile
from collections import Counter

import pytest
from conftest import environment_names

from analysis import guard, identity, paths
from analysis.text import LANGUAGES

# In parts, as none may stand in a file of the repository.
PERSON = ("8112" + "28", "9874")
COORDINATION = ("7010" + "63", "2391")
FOLDER = "/home/" + "anna.svensson/akter"
OWN_TRACEBACK = "Traceback (most recent call " + "last):"


def notebook(*outputs, source="1", metadata=None, cell_metadata=None):
    cell = {"cell_type": "code", "metadata": cell_metadata or {}, "source": [source], "outputs": list(outputs)}
    return json.dumps({"cells": [cell], "metadata": metadata or {}, "nbformat": 4}).encode()


def stream(text):
    return {"output_type": "stream", "name": "stdout", "text": [text]}


def result(**data):
    return {"output_type": "execute_result", "data": {name.replace("_", "/"): value for name, value in data.items()}}


def packed(**parts):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name.replace("__", "/") + ".xml", text)
    return content.getvalue()


def refused(path, content):
    return [finding for finding in guard.look(path, content) if finding.key in guard.REMEDIES]


@pytest.mark.parametrize("number", [PERSON, COORDINATION], ids=["person", "coordination"])
@pytest.mark.parametrize("century", ["", "19"])
@pytest.mark.parametrize(
    "mark",
    [
        "", "-", "+", " ", " - ", "  -  ", "\u2010", "\u2011", "\u2012", "\u2013", "\u2014", "\u2212", "\u00a0", "_",
        "\u200b-", "\u00ad", "\u00b7", "\u2043", "\u02d7", "\uff0d", "~", ",", ";", "\t",
    ],
)  # fmt: skip
@pytest.mark.parametrize("around", ["{}", "Kalle, pnr {} enligt akten.", "a;b;{};c", "<td>{}</td>", '"{}"', "x={}"])
def test_identity_numbers_are_found_in_any_notation(number, century, mark, around):
    text = around.format(century + mark.join(number))
    for path, content in (
        ("notes.md", f"first line\n{text}\n".encode()),
        ("notebooks/x.ipynb", notebook(stream(text))),
        ("notebooks/x.ipynb", notebook(source=text)),
        ("figures/stockholm/x.svg", f"<svg><text>{text}</text></svg>".encode()),
    ):
        (finding, *_) = refused(path, content)
        assert finding.key == "identity"
        assert finding.place
        assert number[1] not in finding.told("en")


@pytest.mark.parametrize("last", [(2, " "), (3, " "), (1, " "), (2, "-")])
@pytest.mark.parametrize("mark", ["-", " ", " - "])
@pytest.mark.parametrize("number", [PERSON, COORDINATION], ids=["person", "coordination"])
def test_the_last_four_may_stand_in_two_parts(number, mark, last):
    place, again = last
    if again != " ":
        mark = again
    text = f"pnr {number[0]}{mark}{number[1][:place]}{again}{number[1][place:]}, se akten"
    assert [finding.key for finding in refused("a.md", text.encode())] == ["identity"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("mark", ["-", "\u2013", "\u00a0", "\u00b7"])
def test_identity_numbers_are_found_however_the_file_was_saved(mark, encoding):
    text = f"akt;anteckning\r\nÅ1;{mark.join(PERSON)}\r\n"
    (finding,) = refused("akter.csv", text.encode(encoding))
    assert (finding.key, finding.place) == ("identity", "line 2")


@pytest.mark.parametrize("zero", ["\uff10", "\u0660", "\U0001d7ce"], ids=["wide", "arabic", "bold"])
def test_digits_may_be_of_any_kind(zero):
    text = "-".join(PERSON).translate({ord("0") + digit: ord(zero) + digit for digit in range(10)})
    assert [finding.key for finding in refused("a.md", text.encode())] == ["identity"]


def random_lines(source):
    """Name -> a line of numbers or text, as tables and texts have them, and how many of a thousand may be refused."""
    number, days = source.randrange, [f"{source.randrange(1950, 2026)}-{source.randrange(1, 13):02}-"
                                      f"{source.randrange(1, 29):02}" for _ in range(2)]  # fmt: skip
    time = f"{number(24):02}{source.choice(':.')}{number(60):02}"
    return {
        "a date and answers": (source.choice(",;\t").join([days[0], *(str(number(2)) for _ in range(6))]), 0),
        "a date and a time": (f"{days[0]} {time}", 0),
        "two dates": (source.choice([",", " ", " – ", "; "]).join(days), 0),
        "a telephone number": (f"07{number(10)}-{number(1000):03} {number(100):02} {number(100):02}", 0),
        "small numbers": (source.choice([",", ";", "  "]).join(str(number(30)) for _ in range(12)), 0),
        "answers": (" ".join(str(number(2)) for _ in range(30)), 0),
        "whole numbers": (source.choice([" ", ","]).join(str(number(10 ** number(1, 8))) for _ in range(8)), 5),
        "decimals": (source.choice(" ;").join(f"{source.uniform(0, 1000):.6f}" for _ in range(8)), 5),
    }


def test_false_alarms_are_rare():
    """A date and a check digit that both fit by chance are rare; what tables and texts are full of must be no alarm."""
    source, alarms = random.Random(1), Counter()
    for _ in range(2000):
        lines = random_lines(source)
        alarms.update(name for name, (line, _) in lines.items() if identity.find(line) == "number")
    assert {name: alarms[name] for name, (_, most) in lines.items() if alarms[name] > 2 * most} == {}


@pytest.mark.parametrize("dash", ["&ndash;", "&#8211;", "\\u2013", "&#x2011;"])
def test_a_dash_may_be_written_as_a_code(dash):
    assert refused("page.html", dash.join(PERSON).encode())[0].key == "identity"


def test_it_looks_into_workbooks_and_documents_of_the_shipped_study():
    spread = f"<si><r><t>{PERSON[0]}</t></r><r><t>-{PERSON[1]}</t></r></si>"
    place = "data/raw/stockholm/cases.xlsx"
    (finding,) = refused(place, packed(xl__sharedStrings=spread))
    assert (finding.key, finding.place) == ("identity", "xl/sharedStrings.xml")
    assert refused(place, packed(xl__sharedStrings=f"<t>{PERSON[0]}</t></si><si><t>{PERSON[1][:3]}</t>")) == []


@pytest.mark.parametrize(
    ("path", "content", "key"),
    [
        ("akter.xlsx", b"", "workbook"),
        ("notes/Akter.XLS", b"x", "workbook"),
        ("harmless.txt", packed(xl__workbook="<a/>"), "workbook"),
        ("harmless.bin", b"\xd0\xcf\x11\xe0", "workbook"),
        ("tests/study.sav", b"", "workbook"),
        ("data/raw/uppsala/study.yml", b"title:", "study"),
        ("data/derived/uppsala/table1.csv", b"a", "study"),
        ("figures/uppsala/figure1.svg", b"<svg/>", "study"),
        ("data/derived/stockholm/notebooks/01_ingest.failed.ipynb", notebook(), "traceback"),
        ("a.ipynb", notebook(metadata={"widgets": {"state": {}}}), "widgets"),
        ("a.ipynb", notebook(result(**{"application_vnd.jupyter.widget-view+json": {}})), "widgets"),
        ("a.html", f'<script type="{guard._WIDGETS}">'.encode(), "widgets"),
        ("a.ipynb", notebook(metadata={"papermill": {"input_path": "x"}}), "papermill"),
        ("a.ipynb", notebook(cell_metadata={"papermill": {}}), "papermill"),
        ("a.ipynb", notebook(source=f'path = "{FOLDER}/x.xlsx"'), "folder"),
        ("a.ipynb", notebook(stream("C:" + "\\Users\\anna\\akter.xlsx")), "folder"),
        ("a.md", FOLDER.replace("home", "Users").encode() + b"/x", "folder"),
        ("a.md", FOLDER.replace("home", "mnt/c/Users").encode() + b"/x", "folder"),
        ("a.ipynb", notebook({"output_type": "error", "traceback": [], "evalue": "x"}), "traceback"),
        ("a.ipynb", notebook(stream(OWN_TRACEBACK)), "traceback"),
        ("run.log", OWN_TRACEBACK.encode(), "traceback"),
        ("a.ipynb", b"{", "unreadable"),
        ("-".join(PERSON) + ".md", b"", "identity_name"),
    ],
)
def test_each_kind_is_refused_with_its_place(path, content, key):
    found = refused(path, content)
    assert key in [finding.key for finding in found]
    said = "\n".join(finding.told(language) for finding in found for language in LANGUAGES)
    assert not re.search(r"\banna\b", said)
    assert PERSON[1] not in said


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("data/raw/stockholm/cases.xlsx", packed(xl__workbook="<a/>")),
        ("data/raw/codebook.csv", b"variable"),
        ("requirements.lock", b"--hash=sha256:" + "".join(PERSON).encode() * 6 + b"abcd"),
        ("a.ipynb", notebook(result(image_png="".join(PERSON)), stream("12 files, 2014-06-30 and 2015-06-30"))),
        ("a.png", b"\x89PNG\0" + "-".join(PERSON).encode()),
        ("a.md", b"/home/ and https://example.org/users/x"),
    ],
)
def test_what_is_harmless_passes(path, content):
    assert refused(path, content) == []


def test_a_mistyped_number_is_worth_a_look_and_refuses_nothing():
    number = PERSON[0] + "-" + PERSON[1][:3] + "5"
    assert identity.find(number) == "shape"
    (finding,) = guard.look("a.md", number.encode())
    assert finding.key in guard.NOTICES


@pytest.fixture
def repository(tmp_path):
    """A repository with the guard as its hook."""
    for name in ("__init__", "guard", "identity", "paths", "errors", "language", "messages", "text"):
        target = tmp_path / "analysis" / f"{name}.py"
        target.parent.mkdir(exist_ok=True)
        target.write_bytes((paths.PACKAGE / f"{name}.py").read_bytes())
    hook = tmp_path / ".githooks" / "pre-commit"
    hook.parent.mkdir()
    hook.write_bytes((paths.PACKAGE.parent / ".githooks" / "pre-commit").read_bytes())
    hook.chmod(0o755)
    for command in (["init", "-q"], ["config", "core.hooksPath", ".githooks"], ["config", "user.name", "x"],
                    ["config", "user.email", "x@example.org"], ["add", "."], ["commit", "-qm", "begin"]):  # fmt: skip
        code, said = git(tmp_path, *command)
        assert code == 0, said
    return tmp_path


def git(root, *arguments):
    kept = {name: value for name, value in os.environ.items() if name not in environment_names()}
    done = subprocess.run(["git", *arguments], cwd=root, env=kept, capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def test_the_hook_stops_a_commit_and_looks_at_what_is_staged(repository):
    note = repository / "anteckning å.md"
    note.write_text("pnr " + "-".join(PERSON))
    git(repository, "add", ".")
    note.write_text("nothing any more")  # what is staged counts, not what lies in the folder
    code, said = git(repository, "commit", "-m", "x")
    assert code == 1
    assert "anteckning å.md, line 1: an identity or coordination number" in said
    assert PERSON[1] not in said
    git(repository, "add", ".")
    assert git(repository, "commit", "-m", "x")[0] == 0


def test_an_own_study_cannot_be_forced_into_git(repository):
    own = repository / "data" / "raw" / "uppsala" / "study.yml"
    own.parent.mkdir(parents=True)
    own.write_text("title: x")
    git(repository, "add", "-f", ".")
    assert git(repository, "commit", "-m", "x")[0] == 1


def test_git_ignores_own_studies():
    asked = [f"{folder}/uppsala/x" for folder in ("data/raw", "data/derived", "figures")]
    done = subprocess.run(["git", "check-ignore", *asked], cwd=paths.ROOT, capture_output=True, text=True)
    assert done.stdout.split() == asked


def test_this_repository_passes_with_one_line():
    done = subprocess.run([sys.executable, "-m", "analysis.guard"], cwd=paths.ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert re.fullmatch(r"Nothing to refuse in \d+ files \(\d+\.\d s\)\.\n", done.stdout)


def test_it_speaks_the_language_of_the_study_at_hand(repository):
    settings = repository / "data" / "raw" / "uppsala" / "study.yml"
    settings.parent.mkdir(parents=True)
    settings.write_text("language: sv  # svenska\n")
    git(repository, "add", "-f", ".")
    code, said = git(repository, "commit", "-m", "x")
    assert code == 1
    assert "data/raw/uppsala/study.yml: en fil ur en egen studie. Akterna stannar på din dator." in said


def test_it_needs_nothing_but_the_standard_library(repository):
    code = "import sys; import analysis.guard; print(sorted(m for m in sys.modules if m.startswith('analysis')))"
    done = subprocess.run([sys.executable, "-S", "-c", code], cwd=repository, capture_output=True, text=True)
    assert done.stdout.count("analysis") == 8, done.stderr
