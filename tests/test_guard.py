"""The guard finds private data wherever it hides, tells the place and never the content."""

import base64
import bz2
import gzip
import hashlib
import io
import json
import lzma
import os
import pickle
import random
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections import Counter
from pathlib import Path

import pytest
from conftest import environment_names

from analysis import identity, paths
from analysis.language.text import LANGUAGES
from tools import guard

# In parts, as none may stand in a file of the repository.
PERSON = ("8112" + "28", "9874")
NUMBER = "-".join(PERSON)
COORDINATION = ("7010" + "63", "2391")
FOLDER = "/home/" + "anna.svensson/akter"
OWN_TRACEBACK = "Traceback (most recent call " + "last):"


SHIPPED = 'study = "stockholm"'


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


def test_it_looks_into_workbooks_that_the_shipped_study_makes():
    spread = f"<si><r><t>{PERSON[0]}</t></r><r><t>-{PERSON[1]}</t></r></si>"
    content = packed(xl__sharedStrings=spread)
    made = frozenset([hashlib.sha256(content).hexdigest()])
    (finding,) = guard.look("data/derived/stockholm/tables.xlsx", content, made)
    assert (finding.key, finding.place) == ("identity", "xl/sharedStrings.xml")


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
        ("data/raw/codebook.csv", b"variable"),
        ("requirements.lock", b"--hash=sha256:" + "".join(PERSON).encode() * 6 + b"abcd"),
        ("a.ipynb", notebook(result(image_png="".join(PERSON)), stream("Reconstructed data"), source=SHIPPED)),
        ("a.ipynb", notebook(stream("12 files, 2014-06-30 and 2015-06-30"))),
        ("a.md", b"/home/ and https://example.org/users/x"),
    ],
)
def test_what_is_harmless_passes(path, content):
    assert refused(path, content) == []


HEADINGS = "file_id row_status age sex abuse_alcohol"  # put together below, as no coded sheet may stand in a file
ROWS = "\n".join([HEADINGS.replace(" ", ";"), "A1;original;34;female;yes", "A2;original;51;male;no", ""])
MARKED_UP = ["".join(f"<td>{cell}</td>" for cell in row.split(";")) for row in ROWS.split()]
PAGE = "<table>" + "".join(f"<tr>{row}</tr>" for row in MARKED_UP) + "</table>"
RESULTS = (paths.derived(paths.DEFAULT_STUDY) / "table1.csv").read_text(encoding="utf-8").splitlines()
WITHOUT_HEADINGS = f"A1;{'original'};34;female;yes;no;nd"
COLUMNS = {"file_id": ["A1"], "row_status": ["original"], "age": [34]}
LABELS = "Akt;Vad raden är;Ålder;Kön;Civilstånd;Boende" + "\n" + "A1;Kodad från en akt;34;Kvinna;Ensamstående;Hemlös"
RECORDS = json.dumps([{"file_id": "A1", "row_status": "original", "age": 34, "sex": "female"}])


CARDS = [dict(zip(HEADINGS.split(), row.split(";"), strict=True)) for row in ROWS.split()[1:]]
WIDE = [*CARDS[0].values(), "no"]


@pytest.mark.parametrize(
    "text",
    [
        "\n".join(map(json.dumps, CARDS)), f"cards = {CARDS}", repr(ROWS), json.dumps({"text": ROWS}),
        "\n".join(f"{name}: {value}" for name, value in CARDS[0].items()),
        "\n".join(f"{name} = {value}" for name, value in CARDS[0].items()),
        "\n".join(";".join([name, *(card[name] for card in CARDS)]) for name in CARDS[0]),
        "<r>" + "".join(f"<{name}>{value}</{name}>" for name, value in CARDS[0].items()) + "</r>",
        "<table>" + "".join(f"<tr><th>{name}</th><td>{value}</td></tr>" for name, value in CARDS[0].items()),
        f"INSERT INTO cases (file_id, row_status) VALUES {tuple(WIDE)};", json.dumps({"index": [0], "data": [WIDE]}),
        " & ".join(WIDE) + r" \\", base64.b64encode(ROWS.encode()).decode(),
        "\n".join(["|" + "|".join(CARDS[0]) + "|", "|" + "---|" * 5, "|" + "|".join(CARDS[0].values()) + "|"]),
    ],
    ids=range(14),
)  # fmt: skip
def test_coded_rows_are_refused_in_every_form_of_text(text):
    assert "coded" in [finding.key for finding in refused("docs/a.txt", text.encode())]


@pytest.mark.parametrize(
    "text",
    [
        "row_status: original or reconstructed\nsex: female or male\nage: 34", 'f"sex={sex}, age={age}"',
        "files(row_status == original and sex == female and abuse_alcohol == yes and age >= 34)",
        'pd.DataFrame(rows, columns=["block", "item", "column"])\nx = (a, b, c)',
    ],
)  # fmt: skip
def test_texts_about_coding_pass(text):
    assert refused("docs/a.txt", text.encode()) == []


PICTURE = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(60)).decode()


@pytest.mark.parametrize("path", ["a.md", "a.html", "a.svg", "a.css", "a.txt"])
def test_a_picture_within_a_text_is_refused_as_a_file_of_it_is(path):
    assert [one.key for one in refused(path, f"<x>data:image/png;base64,{PICTURE}</x>".encode())] == ["opaque"]


def markdown(text, **more):
    cell = {"cell_type": "markdown", "metadata": {}, "source": [text], **more}
    return json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4})


@pytest.mark.parametrize(
    ("text", "key"),
    [
        (markdown(ROWS), "notebook"), (markdown(ROWS).replace("markdown", "raw"), "notebook"),
        (notebook(source=f'rows = """{ROWS}"""').decode(), "notebook"),
        (notebook(stream(ROWS), source=SHIPPED).decode(), "notebook"),
        (notebook({"data": {"application/json": CARDS}}).decode(), "notebook"),
        (markdown("x", attachments={"a.png": {"image/png": PICTURE}}), "opaque"),
        (markdown("x", id=NUMBER), "identity"), (notebook({"data": {NUMBER: "x"}}).decode(), "identity"),
        (markdown("x")[:-1] + f', "more": "{NUMBER}"}}', "identity"),
        (markdown(NUMBER)[:-1] + ', "cells": []}', "unreadable"),
        (notebook(stream("\x1b[1m{}\x1b[0m-\x1b[1m{}\x1b[0m".format(*PERSON))).decode(), "identity"),
    ],
    ids=range(11),
)  # fmt: skip
@pytest.mark.parametrize("path", ["a.ipynb", "a.json"])
def test_nothing_hides_in_a_notebook(path, text, key):
    assert key in [finding.key for finding in refused(path, text.encode())]


@pytest.mark.parametrize(
    "text",
    [
        ROWS, ROWS.replace(";", ","), ROWS.replace(";", "\t"), ROWS.replace(";", " | "), ROWS.replace(";", "  "),
        "Akter 2014\n\n" + ROWS, ROWS.replace("original", "reconstructed"), "\n".join(f"| {x} |" for x in ROWS.split()),
        PAGE, WITHOUT_HEADINGS, LABELS, RECORDS, json.dumps(COLUMNS),
        "\n".join([RESULTS[0], RESULTS[-1].replace(",n,", ",n,9")]),
        '"' + ROWS.replace(";", '";"').replace("\n", '"\n"'),
    ],
)  # fmt: skip
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le"])
@pytest.mark.parametrize("path", ["docs/cases.csv", "notes.txt", "README"])
def test_coded_rows_and_results_are_refused_by_what_they_hold(path, text, encoding):
    assert refused(path, text.encode(encoding))[0].key == "coded"


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("data/raw/cases.csv", "coded"), ("Data/Raw/uppsala/study.yml", "study"),
        ("data/raw/stockholm/cases.csv", "unlisted"),
        ("data/raw/stockholm/cases.xlsx", "unlisted"), ("data/derived/stockholm/table1.csv", "unlisted"),
        ("figures/stockholm/notes.txt", "unlisted"), ("DATA/DERIVED/Stockholm/cases.csv", "unlisted"),
    ],
)  # fmt: skip
def test_nothing_hides_among_the_shipped_files(path, key):
    assert refused(path, ROWS.encode())[0].key == key


def test_results_are_those_of_the_listed_sheet(tmp_path):
    sheet, result = guard.listed(), b"block,item,column,value\nsex,female,n,7\n"
    manifest = {
        "study": "stockholm",
        "inputs": {"data/raw/stockholm/cases.xlsx": next(iter(sheet)), "data/raw/stockholm/study.yml": "0"},
        "outputs": {"a": {"data/derived/stockholm/table1.csv": hashlib.sha256(result).hexdigest()}},
    }
    made = guard.shipped([json.dumps(manifest).encode()])
    assert guard.look("data/derived/stockholm/table1.csv", result, made) == []
    assert guard.look("data/derived/stockholm/table1.csv", result + b"x", made) != []
    for inputs in (
        {"data/raw/stockholm/cases.xlsx": "0"},
        manifest["inputs"] | {"data/raw/stockholm/cases.csv": "1"},
        {},
    ):
        assert guard.shipped([json.dumps(manifest | {"inputs": inputs}).encode()]) == frozenset()
    assert guard.shipped([b"{", b"[]", b"null", b"\xff"]) == frozenset()


def compressed(module):
    return module.compress(ROWS.encode())


def tarred():
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as archive:
        member = tarfile.TarInfo("cases.csv")
        member.size = len(ROWS)
        archive.addfile(member, io.BytesIO(ROWS.encode()))
    return content.getvalue()


@pytest.mark.parametrize("path", ["x", "x.txt", "x.PNG", "docs/x.dat"])
@pytest.mark.parametrize(
    "content",
    [
        packed(a=ROWS), compressed(gzip), compressed(bz2), compressed(lzma), tarred(), b"SQLite format 3\0" + bytes(90),
        b"%PDF-1.7\n" + ROWS.encode(), b"{\\rtf1 x}", b"\x89PNG\r\n\x1a\n\0\0", b"7z\xbc\xaf\x27\x1c" + bytes(9),
        b'<?xml version="1.0"?>\n<office:document xmlns:office="x">',
        b'<?xml version="1.0"?><?mso-application progid="x"?>',
        ROWS.encode("cp037"), pickle.dumps({"a": [1.5]}), bytes(range(256)), b"ID;PWXL;N;E\nC;Y1;X1;K1",
    ],
    ids=range(16),
)  # fmt: skip
def test_what_cannot_be_looked_at_is_refused(path, content):
    assert refused(path, content)[0].key in ("opaque", "workbook")


@pytest.mark.parametrize(
    "suffix", ["xlsx", "XLSX", "Ods", "fods", "xlsb", "rtf", "PDF", "sav", "parquet", "RData", "docm"]
)
def test_files_of_programs_are_refused_by_their_ending(suffix):
    assert refused(f"a.{suffix}", b"anything")[0].key == "workbook"


@pytest.mark.parametrize(
    "encoding", ["utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be", "cp850", "mac-roman"]
)
def test_identity_numbers_are_found_in_every_encoding_of_text(encoding):
    text = f"Anteckning om Åsa\r\n{NUMBER} enligt akten\r\n"
    assert [finding.key for finding in refused("a.txt", text.encode(encoding))] == ["identity"]


@pytest.mark.parametrize(
    "text",
    [
        f"{PERSON[0]}-\n    {PERSON[1]}", f"{PERSON[0]}\r\n{PERSON[1]}",
        f"{PERSON[0][:2]}\n{PERSON[0][2:]}-{PERSON[1]}",
        f"<b>{PERSON[0]}</b>-{PERSON[1]}", f"<td>{PERSON[0]}</td>\n<td>{PERSON[1]}</td>",
        f"# {PERSON[0]}-\n# {PERSON[1]}",
        f"{PERSON[0]}<!-- x -->-{PERSON[1]}", f'<a title="{NUMBER}">',
        f"{PERSON[0]}%2D{PERSON[1]}", f"{PERSON[0]}=2D{PERSON[1]}",
        json.dumps(f"{PERSON[0]}\u2013{PERSON[1]}"), json.dumps(f"{PERSON[0]}-\n{PERSON[1]}"),
        "".join(f"&#{ord(char)};" for char in NUMBER), "".join(f"\\u{ord(char):04x}" for char in NUMBER),
        base64.b64encode(f"Anteckning: {NUMBER}, enligt akten".encode()).decode(),
        base64.encodebytes(base64.b64encode(f"Anteckning: {NUMBER}, enligt akten".encode())).decode(),
        f"data:text/plain;base64,{base64.b64encode(f'Anteckning: {NUMBER}, enligt akten'.encode()).decode()}",
        base64.b64encode(packed(a=ROWS)).decode(),
    ],
    ids=range(18),
)  # fmt: skip
def test_no_line_break_markup_or_code_hides_a_number(text):
    for path, content in (
        ("a.txt", text.encode()),
        ("a.ipynb", notebook(stream(text))),
        ("a.ipynb", notebook(source=text)),
    ):
        assert refused(path, content)[0].key in ("identity", "opaque"), path


CAPTION = '<table id="t" class="study-table"><tr><td>12</td></tr></table>'


@pytest.mark.parametrize(
    "content",
    [
        notebook(source='study = "uppsala"'),
        notebook(source="study = 'uppsala'  # a folder below data/raw\nlabels = 'sv'"),
        notebook(stream("data/derived/uppsala/table1.csv"), source=SHIPPED),
        notebook(stream("Original data: coded from case files."), source=SHIPPED),
        notebook(result(text_html=CAPTION), source=SHIPPED),
        notebook(result(text_html=CAPTION), source="1"),
        notebook(result(text_html=PAGE), source="1"),
        notebook(stream(ROWS), source="1"),
        notebook(stream("12"), result(image_png="aGVq"), source=SHIPPED),
    ],
    ids=range(9),
)
def test_notebooks_of_other_studies_are_refused(content):
    assert [finding.key for finding in refused("notebooks/02_background.ipynb", content)] == ["notebook"]


@pytest.mark.parametrize(
    "content",
    [
        notebook(source=SHIPPED), notebook(stream("Reconstructed data: x"), result(text_html=CAPTION), source=SHIPPED),
        notebook(stream("1 2 3"), source="print(1, 2, 3)"), notebook(result(text_plain="12")),
    ],
    ids=range(4),
)  # fmt: skip
def test_notebooks_of_the_shipped_study_pass(content):
    assert refused("notebooks/02_background.ipynb", content) == []


@pytest.mark.parametrize(
    "text",
    [
        "variable,code,sheet,type\nage,,cases,count\nsex,,cases,choice\n",
        "The columns file_id, row_status and age are read.\nA file has one.\n", "name,age,sex\nBrown,34,male\n",
        "| Command | Does |\n|---|---|\n| make | all |\n", "a,b,c,d\n1,2,3,4\n",
        "Keep all original rows and also all values\n",
    ],
)  # fmt: skip
def test_other_tables_pass(text):
    assert refused("docs/a.txt", text.encode()) == []


def test_a_mistyped_number_is_worth_a_look_and_refuses_nothing():
    number = PERSON[0] + "-" + PERSON[1][:3] + "5"
    assert identity.find(number) == "shape"
    (finding,) = guard.look("a.md", number.encode())
    assert finding.key in guard.NOTICES


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """A repository with the guard as its hooks, the common codebook, and one commit."""
    root = tmp_path_factory.mktemp("template") / "repository"
    code = (
        "import sys; import tools.guard\n"
        "print(*(one.__file__ for name, one in sys.modules.items() if name.partition('.')[0] in ('analysis', 'tools')))"
    )
    read = subprocess.run([sys.executable, "-S", "-c", code], cwd=paths.ROOT, capture_output=True, text=True)  # alone
    for file in map(Path, read.stdout.split()):
        target = root / file.relative_to(paths.ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(file.read_bytes())
    shutil.copytree(paths.ROOT / ".githooks", root / ".githooks", symlinks=True)
    (root / "data" / "raw").mkdir(parents=True)
    shutil.copy(paths.CODEBOOK, root / "data" / "raw")
    shutil.copy(paths.ROOT / ".gitignore", root)
    for command in (["init", "-qb", "main"], ["config", "core.hooksPath", ".githooks"], ["config", "user.name", "x"],
                    ["config", "user.email", "x@example.org"], ["add", "."], ["commit", "-qm", "begin"]):  # fmt: skip
        done(root, *command)
    return root


@pytest.fixture
def repository(template, tmp_path):
    return shutil.copytree(template, tmp_path / "repository", symlinks=True)


def git(root, *arguments, given=None):
    kept = {name: value for name, value in os.environ.items() if name not in environment_names()}
    run = subprocess.run(
        ["git", *arguments], cwd=root, env=kept, input=given, capture_output=True, text=True, errors="surrogateescape"
    )
    return run.returncode, run.stdout + run.stderr


def done(root, *arguments, **options):
    code, said = git(root, *arguments, **options)
    assert code == 0, said
    return said


def refuses(root, *arguments, **options):
    """Git does not do it, the guard says why, and nothing is shown."""
    code, said = git(root, *arguments, **options)
    assert code != 0, said
    assert "what must not go into git" in said
    assert PERSON[1] not in said
    return said


def written(root, name, text):
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def slipped(repository):
    """A branch `other`, made without asking the hooks, that adds a note with a number."""
    done(repository, "switch", "-qc", "other")
    written(repository, "note.md", NUMBER)
    done(repository, "add", ".")
    done(repository, "commit", "-qnm", "x")
    done(repository, "switch", "-q", "main")
    return repository


def test_the_hook_stops_a_commit_and_looks_at_what_is_staged(repository):
    note = written(repository, "anteckning å.md", f"pnr {NUMBER}")
    git(repository, "add", ".")
    note.write_text("nothing any more")  # what is staged counts, not what lies in the folder
    said = refuses(repository, "commit", "-m", "x")
    assert "anteckning å.md, line 1: an identity or coordination number" in said
    git(repository, "add", ".")
    done(repository, "commit", "-m", "x")
    note.write_text(NUMBER)
    refuses(repository, "commit", "-a", "--amend", "--no-edit")
    refuses(repository, "commit", "-m", "x", note.name)  # by its name, past the index


def test_a_message_is_looked_at(repository):
    refuses(repository, "commit", "--allow-empty", "-m", f"About {NUMBER}")
    refuses(repository, "commit", "--allow-empty", "-m", f"About\n\n# {NUMBER}")
    refuses(repository, "-c", f"user.name={NUMBER}", "tag", "-am", "x", "v1")
    done(repository, "commit", "--allow-empty", "-m", "About 2014-06-30")
    refuses(repository, "commit", "--amend", "--allow-empty", "-m", NUMBER)


def test_the_people_of_a_commit_are_looked_at(repository):
    empty = ["commit", "--allow-empty", "-m", "x"]
    assert "author, line 1" in refuses(repository, *empty, "--author", f"x <{NUMBER}@example.org>")
    assert "committer, line 1" in refuses(repository, "-c", f"user.name=Anna {NUMBER}", *empty)
    done(repository, *empty, "--author", "x <x@example.org>", "--date", "2014-06-30 12:30")


def test_what_lies_beside_does_not_hinder_a_message(repository):
    written(repository, f"{NUMBER}.md", "x")
    done(repository, "-c", "core.editor=echo x >", "commit", "--allow-empty", "-v")


def test_a_merge_is_looked_at(slipped):
    done(slipped, "commit", "--allow-empty", "-qm", "y")
    refuses(slipped, "merge", "-q", "other", "-m", "x")
    assert done(slipped, "log", "--oneline").count("\n") == 2


def test_a_merge_that_makes_no_commit_is_told(slipped):
    code, said = git(slipped, "merge", "other")
    assert (code, "note.md (commit " in said, "reset --keep ORIG_HEAD" in said) == (0, True, True)
    done(slipped, "reset", "-q", "--keep", "ORIG_HEAD")


def test_a_picked_commit_is_looked_at(slipped):
    done(slipped, "commit", "--allow-empty", "-qm", "y")
    refuses(slipped, "cherry-pick", "other")
    git(slipped, "cherry-pick", "--abort")
    done(slipped, "switch", "-q", "other")
    done(slipped, "rm", "-q", "note.md")
    done(slipped, "commit", "-qm", "away")
    refuses(slipped, "revert", "--no-edit", "HEAD")


def test_the_message_of_a_picked_commit_is_looked_at(repository):
    done(repository, "switch", "-qc", "other")
    done(repository, "commit", "-qn", "--allow-empty", "-m", f"see {NUMBER}")
    done(repository, "switch", "-q", "main")
    done(repository, "commit", "--allow-empty", "-qm", "y")
    refuses(repository, "cherry-pick", "--allow-empty", "other")


@pytest.mark.parametrize("way", ["--merge", "--apply"])
def test_a_rebase_is_looked_at(slipped, way):
    written(slipped, "other.md", "x")
    done(slipped, "add", ".")
    done(slipped, "commit", "-qm", "y")
    done(slipped, "switch", "-q", "other")
    refuses(slipped, "rebase", way, "main")
    done(slipped, "rebase", "--abort")


def test_an_applied_patch_is_looked_at(slipped, tmp_path):
    patch = written(tmp_path, "x.patch", done(slipped, "format-patch", "-1", "--stdout", "other"))
    refuses(slipped, "am", str(patch))
    git(slipped, "am", "--abort")
    patch.write_text(
        patch.read_text().replace("Subject: [PATCH] x", f"Subject: [PATCH] {NUMBER}").replace(f"+{NUMBER}", "+x")
    )
    refuses(slipped, "am", str(patch))


@pytest.fixture
def bare(slipped, tmp_path):
    done(slipped, "init", "-q", "--bare", str(tmp_path / "bare"))
    done(slipped, "remote", "add", "origin", str(tmp_path / "bare"))
    done(slipped, "push", "-q", "origin", "main")
    return tmp_path / "bare"


@pytest.mark.long
def test_a_push_is_looked_at_whatever_way_it_came(slipped, bare):
    refuses(slipped, "push", "origin", "other")
    refuses(slipped, "push", "origin", "other:main")
    refuses(slipped, "push", "--all", "origin")
    written(slipped, "note.md", NUMBER)
    done(slipped, "add", ".")
    done(slipped, "stash", "-q")
    refuses(slipped, "push", "origin", "stash@{0}:refs/heads/kept")
    done(slipped, "notes", "add", "-m", NUMBER)
    refuses(slipped, "push", "origin", "refs/notes/commits")
    done(slipped, "branch", "-D", "other")
    done(slipped, "commit", "--allow-empty", "-qm", "fine")
    done(slipped, "push", "origin", "main")
    assert "other" not in done(bare, "branch")


def test_a_push_is_looked_at(slipped, bare):
    refuses(slipped, "push", "origin", "other:main")
    done(slipped, "push", "origin", "main:kept")


@pytest.mark.long
def test_a_removed_file_is_still_pushed_with_its_history(slipped, bare):
    done(slipped, "switch", "-q", "other")
    done(slipped, "rm", "-q", "note.md")
    done(slipped, "commit", "-qm", "away")
    assert "note.md (commit " in refuses(slipped, "push", "origin", "other")


def test_names_and_messages_of_branches_and_tags_are_looked_at(slipped, bare):
    refuses(slipped, "branch", f"for-{NUMBER}")
    refuses(slipped, "switch", "-c", NUMBER)
    refuses(slipped, "tag", NUMBER)
    refuses(slipped, "tag", "-am", f"after {NUMBER}", "v1")
    assert NUMBER not in done(slipped, "for-each-ref")
    refuses(slipped, "push", "origin", f"main:refs/heads/{NUMBER}")
    done(slipped, "tag", "-am", "fine", "v2")
    done(slipped, "push", "-q", "origin", "v2", "main:refs/heads/20240101-fine")
    digest = done(slipped, "hash-object", "-w", "--stdin", given=NUMBER).strip()
    refuses(slipped, "tag", "blob", digest)
    done(slipped, "-c", "core.hooksPath=/nowhere", "tag", "blob", digest)
    refuses(slipped, "push", "origin", "blob")


def test_whatever_a_tag_or_another_name_stands_for_is_looked_at(slipped):
    digest = done(slipped, "hash-object", "-w", "--stdin", given=NUMBER).strip()
    refuses(slipped, "tag", "-am", "fine", "v1", digest)
    tree = done(slipped, "rev-parse", "other^{tree}").strip()
    refuses(slipped, "tag", "-am", "fine", "v1", tree)
    aside = ["-c", "core.hooksPath=/nowhere"]
    done(slipped, *aside, "tag", "-am", f"see {NUMBER}", "inner")
    refuses(slipped, "tag", "-am", "fine", "outer", "inner")
    done(slipped, "tag", "-d", "inner")
    done(slipped, "branch", "-qD", "other")
    assert everything(slipped)[0] == 0
    done(slipped, *aside, "update-ref", "refs/kept/x", digest)
    assert everything(slipped)[0] == 1
    refuses(slipped, "commit", "--allow-empty", "-m", f"About\n\nparent {''.join(PERSON)}\n")


def everything(root):
    """What `make guard` says, and its exit code."""
    run = subprocess.run([sys.executable, "-m", "tools.guard"], cwd=root, capture_output=True, text=True)
    assert PERSON[1] not in run.stdout + run.stderr
    return run.returncode, run.stdout + run.stderr


def test_it_looks_at_all_that_git_holds_and_at_the_folder(slipped):
    number, said = everything(slipped)
    assert (number, said.count("an identity")) == (1, 1)
    assert re.search(r"note\.md \(commit [0-9a-f]+\), line 1: an identity", said)
    done(slipped, "branch", "-qD", "other")
    assert everything(slipped)[0] == 0
    for name in ("one.md", "two.md"):
        written(slipped, name, NUMBER)
        done(slipped, "add", ".")
        done(slipped, "stash", "-q")
    assert "one.md" in everything(slipped)[1] and "two.md" in everything(slipped)[1]
    done(slipped, "stash", "clear")
    written(slipped, "data/raw/own/study.yml", NUMBER)  # ignored
    assert everything(slipped)[0] == 0
    written(slipped, "untracked.md", NUMBER)
    written(slipped, "data/raw/codebook.csv", f"changed {NUMBER}")
    said = everything(slipped)[1]
    assert "untracked.md" in said and "codebook.csv" in said


def test_odd_names_are_no_hindrance(repository):
    names = ["-x.md", "a\nb.md", "q\"uo'te.md", "sp ace.md", "\udce5.md", "\U0001f600.md", "*.md", ":(top)x.md"]
    for name in names:
        (repository / name).write_text(NUMBER)
    done(repository, "add", ".")
    said = refuses(repository, "commit", "-m", "x")
    assert said.count("an identity") == len(names)
    done(repository, "commit", "-qnm", "x")
    assert everything(repository)[1].count("an identity") == len(names)


def test_links_submodules_and_files_stored_elsewhere(repository, tmp_path):
    (repository / "link").symlink_to(f"../{NUMBER}")
    done(repository, "init", "-q", str(repository / "sub"))
    done(repository / "sub", "-c", "user.name=x", "-c", "user.email=x", "commit", "-q", "--allow-empty", "-m", "x")
    written(repository, "big.csv", f"version https://git-lfs.github.com/spec/v1\noid sha256:{'0' * 64}\nsize 9\n")
    git(repository, "-c", "advice.addEmbeddedRepo=false", "add", ".")
    said = refuses(repository, "commit", "-m", "x")
    assert "link, line 1: an identity" in said
    assert said.count("another repository, or a file that is stored outside git") == 2


def test_a_huge_file_is_refused_unread(repository):
    with (repository / "huge.txt").open("wb") as file:
        file.truncate(guard.SIZE_LIMIT + 1)
    done(repository, "add", ".")
    assert "huge.txt: cannot be looked at: too large" in refuses(repository, "commit", "-m", "x")


def test_without_a_python_it_says_so_and_refuses(repository, tmp_path):
    for name in ("git", "sh", "sed", "cat", "dirname"):
        (tmp_path / "bin").mkdir(exist_ok=True)
        (tmp_path / "bin" / name).symlink_to(shutil.which(name))
    run = subprocess.run(
        ["git", "commit", "--allow-empty", "-m", "x"], cwd=repository, env={"PATH": str(tmp_path / "bin")},
        capture_output=True, text=True,
    )  # fmt: skip
    assert run.returncode == 1
    assert "needs Python 3.11 or newer, and found none. Nothing was looked at." in run.stderr


def test_settings_of_python_do_not_disturb_it(repository):
    settings = {"PYTHONSAFEPATH": "1", "PYTHONHOME": "/nowhere", "PYTHONPATH": "/nowhere", "PYTHONOPTIMIZE": "2"}
    written(repository, "note.md", NUMBER)
    done(repository, "add", ".")
    run = subprocess.run(
        ["git", "commit", "-m", "x"], cwd=repository, env=os.environ | settings, capture_output=True, text=True
    )
    assert "note.md, line 1: an identity" in run.stderr


def test_an_own_study_cannot_be_forced_into_git(repository):
    written(repository, "data/raw/uppsala/study.yml", "title: x")
    git(repository, "add", "-f", ".")
    refuses(repository, "commit", "-m", "x")


def test_git_ignores_own_studies():
    asked = [f"{folder}/uppsala/x" for folder in ("data/raw", "data/derived", "figures")]
    done = subprocess.run(["git", "check-ignore", *asked], cwd=paths.ROOT, capture_output=True, text=True)
    assert done.stdout.split() == asked


def test_what_is_staged_and_lies_in_this_repository_passes():
    assert [finding for finding in guard.everything(history=False) if finding.key in guard.REMEDIES] == []


@pytest.mark.long
def test_this_repository_passes_with_its_history():
    done = subprocess.run([sys.executable, "-m", "tools.guard"], cwd=paths.ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert re.search(
        r"^Nothing to refuse in what git holds and in this folder \(\d+\.\d s\)\.\n", done.stdout, re.MULTILINE
    )


def test_it_speaks_the_language_of_the_study_at_hand(repository):
    written(repository, "data/raw/uppsala/study.yml", "language: sv  # svenska\n")
    git(repository, "add", "-f", ".")
    code, said = git(repository, "commit", "-m", "x")
    assert code == 1
    assert "data/raw/uppsala/study.yml: en fil ur en egen studie. Akterna stannar på din dator." in said


def test_it_needs_nothing_but_the_standard_library(repository):
    code = "import tools.guard; print(tools.guard.main(['hook', 'pre-commit']))"
    run = subprocess.run([sys.executable, "-S", "-c", code], cwd=repository, capture_output=True, text=True)
    assert run.stdout == "0\n", run.stderr


def test_what_is_listed_passes_even_in_history(repository):
    picture = b"\x89PNG\r\n\x1a\n\0\0"
    (repository / "logo.png").write_bytes(picture)
    done(repository, "add", ".")
    assert "--ship FILE" in refuses(repository, "commit", "-m", "x")
    subprocess.run([sys.executable, "-m", "tools.guard", "--ship", "logo.png"], cwd=repository, check=True)
    done(repository, "add", ".")
    done(repository, "commit", "-qm", "x")
    (repository / "logo.png").write_bytes(picture + b"\0")
    done(repository, "commit", "-qanm", "y")
    assert "logo.png" in everything(repository)[1]
    subprocess.run([sys.executable, "-m", "tools.guard", "--ship", "HEAD:logo.png"], cwd=repository, check=True)
    assert everything(repository)[0] == 0


def test_the_help_says_what_it_does_not_see():
    run = subprocess.run(
        [sys.executable, "-m", "tools.guard", "--help"], cwd=paths.ROOT, capture_output=True, text=True
    )
    assert run.returncode == 0
    assert "what it does not see:" in run.stdout
    hooks = {path.name for path in (paths.ROOT / ".githooks").iterdir() if path.is_symlink()}
    named = {
        "pre-commit",
        "pre-merge-commit",
        "pre-applypatch",
        "prepare-commit-msg",
        "reference-transaction",
        "post-merge",
    }
    assert hooks == named | {"commit-msg", "applypatch-msg", "pre-push"}
    assert all(name in run.stdout for name in named)
