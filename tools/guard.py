"""Keeps private data out of git. Standard library only: it runs without the environment. `--help` says what it does.

What may lie in git is text that it reads, and what the list of shipped files names: by its digest, or as a result in
the manifest of the shipped study. Everything else is refused; it never guesses at what it cannot look into.
"""

import base64
import binascii
import csv
import functools
import hashlib
import html
import io
import json
import os
import re
import stat
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from analysis import identity, paths
from analysis.language import chosen, messages
from analysis.language.text import LANGUAGES, Text

REMEDIES = {
    "workbook": Text(
        "a workbook, text document or data file of a program. Only the shipped study has such files here.",
        "en arbetsbok, ett textdokument eller ett programs datafil. Bara den medföljande studien har sådana här.",
    ),
    "study": Text(
        "a file of a study that is not shipped. Case files stay on your machine.",
        "en fil ur en egen studie. Akterna stannar på din dator.",
    ),
    "coded": Text(
        "coded rows or results of a study that is not the shipped one. They stay on your machine.",
        "kodade rader eller resultat ur en studie som inte är den medföljande. De stannar på din dator.",
    ),
    "unlisted": Text(
        "lies among the files of the shipped study but is none of them, or was made from another sheet. An own study "
        "has a folder of its own (`make new`); if the shipped one was rerun, add all of data and figures together.",
        "ligger bland den medföljande studiens filer men hör inte dit, eller är gjord av ett annat kodblad. En egen "
        "studie får en egen mapp (`make new`); om den medföljande har körts på nytt, lägg till hela data och figures "
        "tillsammans.",
    ),
    "notebook": Text(
        "a notebook with the parameter or results of a study that is not shipped. Clear all outputs, set the study "
        "back to that of the repository, and save.",
        "en anteckningsbok med en annan studies parameter eller resultat än den medföljandes. Rensa alla utdata, ställ "
        "tillbaka studien till kompendiets och spara.",
    ),
    "identity": Text(
        "an identity or coordination number. Remove it, and from earlier commits too.",
        "ett personnummer eller samordningsnummer. Ta bort det, även ur tidigare versioner.",
    ),
    "identity_name": Text(
        "a file name with an identity or coordination number. Rename the file.",
        "ett filnamn med ett personnummer eller samordningsnummer. Byt namn på filen.",
    ),
    "identity_ref": Text(
        "a name of a branch or tag with an identity or coordination number. Give it another name.",
        "ett namn på en gren eller etikett med ett personnummer eller samordningsnummer. Ge den ett annat namn.",
    ),
    "widgets": Text(
        "stored widget state, which can hold rows that no cell shows. Clear all outputs and save.",
        "sparat tillstånd för reglage, som kan innehålla rader som ingen cell visar. Rensa alla utdata och spara.",
    ),
    "papermill": Text(
        "a trace of papermill with paths of the machine. `make accept` stores notebooks without it.",
        "ett spår av papermill med sökvägar på datorn. `make accept` sparar anteckningsböcker utan det.",
    ),
    "folder": Text(
        "the path of a user's folder. Write it relative to the repository.",
        "sökvägen till en användares mapp. Skriv den utgående från kompendiets mapp.",
    ),
    "traceback": Text(
        "a stored traceback, which can hold contents of cells. Clear the output or run the cell again.",
        "en sparad felutskrift, som kan innehålla vad celler innehåller. Rensa utdata eller kör cellen igen.",
    ),
    "unreadable": Text(
        "not a readable notebook, so that nobody can say what it holds. Save it again.",
        "ingen läsbar anteckningsbok, så att ingen kan säga vad den innehåller. Spara den igen.",
    ),
    "opaque": Text(
        "cannot be looked at: packed, encrypted, a picture, or another form than text. Add it as text, or, if you know "
        "that nothing in it is private, list it: python -m tools.guard --ship FILE.",
        "går inte att granska: packat, krypterat, en bild eller annat än text. Lägg till det som text eller, om du vet "
        "att inget i det är känsligt, ta upp det i listan: python -m tools.guard --ship FIL.",
    ),
    "elsewhere": Text(
        "cannot be looked at: another repository, or a file that is stored outside git.",
        "går inte att granska: ett annat arkiv, eller en fil som sparas utanför git.",
    ),
    "large": Text(
        "cannot be looked at: too large. Files of data belong elsewhere.",
        "går inte att granska: för stor. Filer med data hör hemma på annat håll.",
    ),
}
"""What was found, and what to do, by the key of a finding."""

NOTICES = {
    "identity_shape": Text(
        "a date and four digits: perhaps a mistyped identity number. Look at it.",
        "ett datum och fyra siffror: kanske ett felskrivet personnummer. Titta på det.",
    )
}
"""What is worth a look but refuses nothing."""

LIST = ".githooks/shipped.sha256"
"""Digests of what may lie in git though it holds coded rows or is no text, with the path beside each."""

SIZE_LIMIT = 20_000_000
"""Bytes of a file that is looked at; larger ones are refused."""

_RAW, _MADE = "data/raw/", ("data/derived/", "figures/")
_OWN_HAND = ("study.yml", "published.csv", "differences.csv", "codebook.csv")  # what people write about a study
_MANIFEST = f"data/derived/{paths.DEFAULT_STUDY}/manifest.json"
_PROGRAMS = re.compile(
    r"\.(xl[st][xmb]?|xla[m]?|f?o[dt][tspg]|do[ct][xm]?|pp[ts][xm]?|rtf|pdf|numbers|pages|z?sav|por|dta|sas7bdat|xpt|"
    r"mdb|accdb|parquet|feather|arrow|rds|rda|rdata|sqlite3?|db|pickle|pkl|npy|npz|h5|hdf5?|mat|dif|slk|dbf|wk[1-4s])",
    re.IGNORECASE,
)
_OF_PROGRAM = re.compile(  # beginnings of files of office programs, also of those that are text
    rb"\s*(?:\{\\rtf|%PDF|\xd0\xcf\x11\xe0|SQLite format 3|PAR1|ID;P|TABLE\r?\n0,1|(?:<\?xml[^>]*>\s*|<!--.*?-->\s*)*"
    rb"(?:<\?mso-application|<(?:office:document|pkg:package|(?:ss:)?Workbook\b|w:wordDocument)))", re.DOTALL,
)  # fmt: skip
_PACKED = re.compile(rb"PK\x03\x04|PK\x05\x06|\x1f\x8b|BZh|\xfd7zXZ|7z\xbc\xaf|Rar!|\x28\xb5\x2f\xfd|\x04\x22\x4d\x18")
_PICTURE = re.compile(rb"\x89PNG|\xff\xd8\xff|GIF8[79]a|RIFF....WEBP|BM.{4}\0{4}|II\*\0|MM\0\*", re.DOTALL)
_LFS = b"version https://git-lfs.github.com/spec/"
_CONTROL = bytes(set(range(32)) - set(b"\b\t\n\v\f\r\x1b")) + b"\x7f"
_HIGH = bytes(range(128, 256))
_MARKS = ((b"\xff\xfe\0\0", "utf-32"), (b"\0\0\xfe\xff", "utf-32"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_PATH_DATA = re.compile(r"""\b(?:d|points|viewBox|transform)=(["'])[-\d\s.,a-zA-Z()]*\1""")
_INLINE = re.compile(
    r"<!--.*?-->|</?(?:[bisua]|em|strong|span|font|su[bp]|mark|small|code|tt|wbr|tspan)\b[^<>]*>", re.S
)
_TAG = re.compile(r"<[^<>]*>")
_COLOUR = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")  # what terminals are told between characters
_CODED_SIGN = re.compile(
    r"[0-9][\W_]{0,2}(?:<[^<>]{1,300}>|&#?\w{1,8};|\\[nrtux]|%[0-9A-Fa-f]{2}|=[0-9A-F]{2}|=\r?\n)|\x1b\["
)
_ESCAPE = re.compile(r"\\u\{?([0-9a-fA-F]{4})\}?|\\x([0-9a-fA-F]{2})|(?<=[0-9])[%=]([0-9A-F]{2})")
_BASE64 = re.compile(r"[A-Za-z0-9+/]{40}(?:[A-Za-z0-9+/]|\r?\n[ \t]*(?=[A-Za-z0-9+/=])|\\n)*={0,2}")
_NESTED = 3
_CLOSED = 600  # bytes that are no text, where a text holds them; keys and digests are shorter
_FOLDER = re.compile(
    r"(?<![\w.])(?:/home/|/Users/|/mnt/[a-z]/Users/|[A-Za-z]:\\+Users\\+|[A-Za-z]:/Users/)"
    r"(?!(?:user(?:name)?|you|me|name|foo|jovyan|runner|Public|Shared|Default|x)[/\\])"
    r"[^\s/\\\"'<>{}()|[\]*$%]+[/\\]"
)
_TRACEBACK = "Traceback (most recent call " + "last)"
_SOURCES = (".py", ".pyi", ".pyx", ".md", ".rst", ".ipynb")
_NOTEBOOK = re.compile(r'\s*\{(?=.*"nbformat"\s*:)', re.DOTALL)
_WIDGETS = "application/vnd.jupyter.widget-" + "state+json"
_STUDY = re.compile(r"""^[ \t]*study\s*(?::\s*str\s*)?=\s*["']([^"'\n]*)["']""", re.MULTILINE)
_STUDY_PATH = re.compile(r"\b(?:data/raw|data/derived|figures)/([\w-]+)/")
_PAGE = re.compile(r"""<table id="[\w-]+" class="study-table"|aria-labelledby="([\w-]+)-title \1-desc\"""")
_NOT_ORIGINAL = re.compile("reconstructed|rekonstruera|fictitious|påhitta", re.IGNORECASE)
_ANSWERS = ("yes", "no", "nd")
_ROW = re.compile(r"<tr\b.*?</tr>", re.DOTALL | re.IGNORECASE)
_BREAKS, _BRACKETS = re.compile(r"\\[nr]"), re.compile(r"\\[nr]|[\[\](){}]+")  # what parts rows within a line
_AROUND = "\"'*`\\ "  # what may stand around what a cell holds
_CELL = re.compile(r"<t[hd]\b[^>]*>(.*?)</t[hd]>", re.DOTALL | re.IGNORECASE)


@dataclass(frozen=True)
class Finding:
    """What was found in a file, where in it (a line or cell; empty for the file as a whole), and in which commit."""

    path: str
    place: str
    key: str
    commit: str = ""

    def told(self, language: str) -> str:
        """The place and what to do; never the content."""
        where = identity.masked(self.path) if self.key != "identity_name" else f"{PurePosixPath(self.path).parent}/…"
        shown = "".join(char if char.isprintable() else "\ufffd" for char in identity.masked(where))
        shown += f" (commit {self.commit})" if self.commit else ""
        return f"{shown}{', ' + self.place if self.place else ''}: {(REMEDIES | NOTICES)[self.key][language]}"


# What a file holds


def look(path: str, content: bytes, shipped: frozenset[str] = frozenset()) -> list[Finding]:
    """What may not be in git of a file with this path in the repository and this content.

    `shipped`: digests of the results of the shipped study.
    """
    found = [Finding(path, *finding) for finding in _look(path, content, shipped)]
    return list(dict.fromkeys(found))


@functools.cache
def listed() -> frozenset[str]:
    """Digests of the list."""
    try:
        lines = (paths.ROOT / LIST).read_text(encoding="utf-8").splitlines()
    except OSError:
        return frozenset()
    return frozenset(line.split()[0] for line in lines if line.strip())


def shipped(manifests: Iterable[bytes]) -> frozenset[str]:
    """Digests of the results in each manifest of the shipped study whose coded sheet is on the list.

    So results need no list of their own, and those of another sheet put in the place of the shipped one have none.
    """
    made = set()
    for content in manifests:
        try:
            manifest = json.loads(content)
            sheets = {path: digest for path, digest in manifest["inputs"].items() if _is_sheet(path)}
            if sheets and listed().issuperset(sheets.values()) and manifest["study"] == paths.DEFAULT_STUDY:
                made.add(hashlib.sha256(content).hexdigest())
                made.update(digest for results in manifest["outputs"].values() for digest in results.values())
        except (ValueError, KeyError, TypeError, AttributeError):
            continue
    return frozenset(made)


def _is_sheet(path: str) -> bool:
    folder, _, name = path.rpartition("/")
    return folder.startswith("data/raw/") and name.lower() not in _OWN_HAND and not name.startswith(".")


def _look(path: str, content: bytes, made: frozenset[str]) -> Iterator[tuple[str, str]]:
    name = PurePosixPath(path)
    if identity.find(path) == "number":
        yield "", "identity_name"
    digest = hashlib.sha256(content).hexdigest()
    if digest in listed():
        return
    is_shipped = digest in made
    if is_shipped and content.startswith(b"PK"):
        yield from ((part, "identity") for part, _ in identity.in_package(content))
    if len(content) > SIZE_LIMIT:
        yield "", "large"
        return
    text = None if _PACKED.match(content) else _text(content)
    suffix = ".ipynb" if text and _NOTEBOOK.match(text) and '"cells"' in text else name.suffix.lower()
    if text is not None:
        found = _in_notebook(text) if suffix == ".ipynb" else _in_text(text, "line {}", suffix)
        yield from (one for one in found if not is_shipped or one[1] not in ("opaque", "coded"))
    if is_shipped:
        return
    if placed := list(_in_place(path.casefold())):
        yield from placed
    elif _PROGRAMS.fullmatch(name.suffix) or _OF_PROGRAM.match(content[:4096]) or _is_office(content):
        yield "", "workbook"
    elif content.startswith(_LFS):
        yield "", "elsewhere"
    elif text is None:
        yield "", "opaque"
    else:
        yield from _results(text, suffix)
    if ".failed." in name.name:
        yield "", "traceback"


def _in_place(path: str) -> Iterator[tuple[str, str]]:
    """Whether a file that is not shipped may lie where it lies; names of folders in small letters, as some disks do."""
    for folder in (_RAW, *_MADE):
        study, within, rest = path.removeprefix(folder).partition("/")
        if not path.startswith(folder) or not within:
            continue
        if study != paths.DEFAULT_STUDY:
            yield "", "study"
        elif folder != _RAW or rest not in _OWN_HAND:
            yield "", "unlisted"


def _is_office(content: bytes) -> bool:
    if not content.startswith(b"PK"):
        return False
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return any(name.startswith(("xl/", "word/", "content.xml")) for name in archive.namelist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        return False


def _text(content: bytes) -> str | None:
    """The text of a file in UTF-8, 16 or 32, with or without mark, or as older Swedish programs save it; else None."""
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return content.decode(encoding, "replace")
    if b"\0" in content:
        zeros = content[:4000].count(0) / len(content[:4000])
        wide = ("utf-32-le", "utf-32-be") if zeros > 0.6 else ("utf-16-le", "utf-16-be") if zeros > 0.2 else ()
        return next((text for encoding in wide if (text := _decoded(content, encoding)) is not None), None)
    if len(content) - len(content.translate(None, _CONTROL)) > 1 + len(content) // 1000:
        return None
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        is_letters = (len(content) - len(content.translate(None, _HIGH))) * 3 < len(content)
        return content.decode("cp1252", "replace") if is_letters else None


def _decoded(content: bytes, encoding: str) -> str | None:
    try:
        text = content.decode(encoding)
    except UnicodeError:
        return None
    sample = text[:2000]
    odd = sum(not (char.isprintable() or char.isspace() or char == "\ufeff") for char in sample)
    latin = sum(char < "\u0250" for char in sample)
    return text if odd * 50 <= len(sample) and latin * 2 >= len(sample) else None


def _in_text(text: str, place: str, suffix: str = "", depth: int = 0) -> Iterator[tuple[str, str]]:
    """Look at a text of any kind. `place` says where a line of it is."""
    if suffix.lower() in (".svg", ".html"):
        text = _PATH_DATA.sub("", text)
    readings = [text]
    if _CODED_SIGN.search(text):
        readings.append(_unescaped(text))
    for reading in readings:
        for line, kind in identity.in_file(reading):
            yield place.format(line), "identity" if kind == "number" else "identity_shape"
    for match in _FOLDER.finditer(text):
        yield place.format(text.count("\n", 0, match.start()) + 1), "folder"
    if _TRACEBACK in text and suffix.lower() not in _SOURCES:
        yield place.format(text.count("\n", 0, text.index(_TRACEBACK)) + 1), "traceback"
    if _WIDGETS in text and suffix.lower() not in _SOURCES:
        yield "", "widgets"
    for match in _BASE64.finditer(text) if depth < _NESTED else ():
        try:
            content = base64.b64decode(re.sub(r"\\n|\s", "", match[0]) + "==")
        except binascii.Error:
            continue
        is_closed = bool(_PACKED.match(content) or _OF_PROGRAM.match(content[:4096]) or _PICTURE.match(content))
        inner = "" if is_closed else _text(content)
        is_closed |= inner is None and len(content) > _CLOSED
        if is_closed or inner:
            where = place.format(text.count("\n", 0, match.start()) + 1)
            yield from [(where, "opaque")] if is_closed else _in_text(inner, where, depth=depth + 1)
            yield from ((where, "coded") for _ in _coded_lines(inner or ""))


def _unescaped(text: str) -> str:
    """The text without markup and codes between its characters; lines stay lines."""
    text = _INLINE.sub(lambda tag: "\n" * tag[0].count("\n"), _COLOUR.sub("", text))
    text = _TAG.sub(lambda tag: "\n" * tag[0].count("\n") or "\t", text)
    text = re.sub(r"\\[nrt](?=[0-9\W])|=\r?\n", " ", html.unescape(text))
    return _ESCAPE.sub(lambda code: chr(int(code[1] or code[2] or code[3], 16)), text)


def _in_notebook(text: str) -> Iterator[tuple[str, str]]:
    try:
        notebook = json.loads(text, object_pairs_hook=_once)
        cells = [(number, dict(cell)) for number, cell in enumerate(notebook["cells"], 1)]
        yield from _in_metadata(notebook.get("metadata") or {}, "metadata of the notebook")
        yield from _in_values(_without(notebook, "cells", "metadata"), "metadata of the notebook")
        for number, cell in cells:
            yield from _in_cell(cell, f"cell {number}")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        yield "", "unreadable"


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    if len(found := dict(pairs)) < len(pairs):
        raise ValueError("a name that stands twice hides what it first stands for")
    return found


def _without(values: dict, *names: str) -> dict:
    return {name: value for name, value in values.items() if name not in names}


def _in_cell(cell: dict, place: str) -> Iterator[tuple[str, str]]:
    yield from _in_metadata(cell.get("metadata") or {}, place)
    yield from _in_values([cell.get("source"), cell.get("attachments")], place)
    yield from _in_values(_without(cell, "metadata", "source", "attachments", "outputs"), place)
    place = f"{place}, output"
    for output in cell.get("outputs") or ():
        data = output.get("data") or {}
        texts = _texts([output.get("text"), data])
        if output.get("output_type") == "error" or any(_TRACEBACK in text for text in texts):
            yield place, "traceback"
        if any("jupyter.widget" in kind for kind in data):
            yield place, "widgets"
        # Pictures of points are nothing that can be read; `_results` judges them by the notebook that made them.
        shown = [value for kind, value in data.items() if kind == "image/svg+xml" or not kind.startswith("image/")]
        yield from _in_values([list(data), shown, _without(output, "data", "traceback")], place)


def _in_metadata(metadata: dict, place: str) -> Iterator[tuple[str, str]]:
    if "widgets" in metadata:
        yield place, "widgets"
    if "papermill" in metadata:
        yield place, "papermill"
    yield from _in_values([value for name, value in metadata.items() if name != "widgets"], place)


def _in_values(values: object, place: str) -> Iterator[tuple[str, str]]:
    for text in _texts(values):
        yield from _in_text(text, place, ".svg" if text.lstrip().startswith("<") else ".ipynb")


def _texts(values: object) -> Iterator[str]:
    """Every text in nested lists and dicts, names among them; a list of lines is one text."""
    match values:
        case str():
            yield values
        case [*parts] if parts and all(isinstance(part, str) for part in parts):
            yield "".join(parts)
        case [*parts]:
            for part in parts:
                yield from _texts(part)
        case dict():
            yield from map(str, values)
            yield from _texts(list(values.values()))
        case int() | float():
            yield str(values)


# Coded rows and results


@dataclass(frozen=True)
class _Coding:
    """What coded sheets and results are recognised by.

    Names and labels of columns, the names of ids among them, codes, what `original` is called in a cell and said in a
    page, and headings of results.
    """

    names: frozenset[str] = frozenset({"file_id", "row_status"})
    ids: frozenset[str] = frozenset({"file_id", "row_status"})
    labels: frozenset[str] = frozenset()
    codes: frozenset[str] = frozenset({"original", "nd", "yes", "no"})
    original: frozenset[str] = frozenset({"original"})
    said: tuple[str, ...] = ()
    headers: frozenset[tuple[str, ...]] = frozenset()


@functools.cache
def _coding() -> _Coding:
    """From the codebooks in this folder, and the headings of the shipped results."""
    names, ids, labels, codes, original, said = set(), set(), set(), set(), {"original"}, set()
    for book in (paths.CODEBOOK, *paths.CODEBOOK.parent.glob("*/codebook.csv")):
        for row in _rows_of(book):
            row = {key: value or "" for key, value in row.items() if isinstance(key, str)}
            texts = {row.get(f"label_{language}", "") for language in LANGUAGES} - {""}
            if row.get("code") and row.get("variable"):
                codes |= {row["code"]} | texts
                if (row["variable"], row["code"]) == ("row_status", "original"):
                    original |= texts
                    said |= {row.get(f"note_{language}", "") for language in LANGUAGES} - {""}
            elif row.get("type") in ("id", "key", "ref", "choice", "tick", "count", "date", "note"):
                names.add(row["variable"])
                labels |= texts
                if row["type"] in ("id", "key") or row["variable"] == "row_status":
                    ids.add(row["variable"])
            elif row.get("type") in ("missing", "answer"):
                codes |= {row["variable"]} | texts
    made = [*(paths.ROOT / folder / paths.DEFAULT_STUDY for folder in _MADE)]
    headers = {tuple(next(_records(file), ())) for folder in made for file in folder.glob("*.csv")}
    known = {name: frozenset(found) for name, found in (("names", names), ("ids", ids), ("codes", codes)) if found}
    headers = frozenset(header for header in headers if len(header) > 2)
    return _Coding(**known, labels=frozenset(labels), original=frozenset(original), said=tuple(said), headers=headers)


def _rows_of(book: Path) -> list[dict[str, str]]:
    try:
        content = book.read_bytes()
        text = _text(content) or ""
        mark = ";" if text.partition("\n")[0].count(";") > 3 else ","
        return list(csv.DictReader(io.StringIO(text.lstrip("\ufeff")), delimiter=mark))
    except (OSError, csv.Error):
        return []


def _records(file: Path) -> Iterator[list[str]]:
    try:
        with file.open(encoding="utf-8", newline="") as lines:
            yield from csv.reader(lines)
    except (OSError, ValueError, csv.Error):
        return


def _results(text: str, suffix: str) -> Iterator[tuple[str, str]]:
    """Coded rows and results of a study, by what they say."""
    if suffix == ".ipynb":
        yield from _notebook_of_study(text)
        return
    if _PAGE.search(text) and suffix != ".py":
        yield "", "coded"
    if suffix in (".html", ".htm", ".svg", ".txt", ".md", "") and any(said in text for said in _coding().said):
        yield "", "coded"
    for line in _coded_lines(text):
        yield f"line {line}", "coded"
        return


def _coded_lines(text: str, is_shipped: bool = False) -> Iterator[int]:
    """The numbers of the lines where a table of coded rows or of results begins; of the shipped study original rows."""
    coding = _coding()
    if not (
        any(name in text for name in coding.ids | coding.original)
        or sum(name in text for name in coding.names) > 3
        or sum(label in text for label in coding.labels) > 4
        or any(all(cell in text for cell in header) for header in coding.headers)
    ):
        return  # quicker than to look at every line
    if (record := _record(text, coding)) is not None:
        yield record
    before: tuple[int, list[str], bool] | None = None
    for number, cells in _table_rows(text):
        cells = [cell.strip().strip(_AROUND) for cell in cells]
        if before and not "".join(cells).strip(":-"):
            continue  # the line below the headings of a table
        is_next = before and len(cells) >= len(before[1]) - 1
        is_next = is_next and (not is_shipped or bool(coding.original.intersection(cells)))
        if is_next and (before[2] or _is_coded_row(cells, coding)):
            yield before[0]
        is_result = tuple(cells) in coding.headers
        before = (number, cells, is_result) if is_result or _is_header(cells, coding) else None
        if _is_original(cells, coding):
            yield number
    for number, line in enumerate(text.splitlines(), 1):
        for piece in _BRACKETS.split(line) if any(name in line for name in coding.original) else ():
            if _is_original([cell.strip().strip(_AROUND) for cell in _cells(piece)], coding):
                yield number


def _is_original(cells: list[str], coding: _Coding) -> bool:
    """Whether the cells are those of a row that says of itself that it is an original one."""
    answers = sum(cell in _ANSWERS or cell.isdigit() for cell in cells)
    return len(cells) > 4 and answers > 2 and bool(coding.original.intersection(cells)) and _is_coded_row(cells, coding)


def _cells(line: str) -> list[str]:
    marks = {mark: line.count(mark) for mark in ",;\t|&"}
    mark = max(marks, key=marks.get)
    if marks[mark] > 1 and len(line) < 50_000:
        cells = line.strip().strip("|").split(mark)
        return cells[1:] if len(cells) > 2 and not cells[0].strip() else cells
    return parts if 2 < len(parts := line.split()) < 400 and not line.rstrip().endswith((".", ":")) else []


def _table_rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Number of the line and cells of each row of what may be a table: separated values, marked-up rows, records."""
    lines = list(enumerate(text.splitlines(), 1))
    lines += [(number, piece) for number, line in lines if _BREAKS.search(line) for piece in _BREAKS.split(line)]
    for number, line in lines:
        if cells := _cells(line):
            yield number, cells
    for row in _ROW.finditer(text):
        cells = [html.unescape(_TAG.sub("", cell)) for cell in _CELL.findall(row[0])]
        if len(cells) > 2:
            yield text.count("\n", 0, row.start()) + 1, cells[1:] if not cells[0].strip() else cells
    try:
        records = json.loads(text) if text[:1] in "[{" else None
    except (ValueError, RecursionError):
        records = None
    for columns, values in _json_tables(records):
        yield 1, columns
        yield 1, values


@functools.cache
def _named(names: frozenset[str]) -> re.Pattern[str]:
    """A name of a column and the word that it is followed by, as in records, transposed tables and marked-up texts."""
    between = r"""["'`*\\]*(?:\s*[:=,;|&\t]\s*|>|</\w+>\s*<\w[^<>]*>|[ ]{2,})["'`*\\]*"""
    return re.compile(rf"\b({'|'.join(map(re.escape, sorted(names - {''})))}){between}(?=(\w+))")


def _record(text: str, coding: _Coding) -> int | None:
    """The line where names of columns stand beside what was coded of an original row; None if nowhere."""
    told: dict[str, set[str]] = {}
    for match in _named(coding.names).finditer(text):
        if match[2] in coding.codes or match[2].isdigit():
            told.setdefault(match[1], set()).add(match[2])
    is_original = "row_status" in told and told["row_status"] <= coding.original
    return text.count("\n", 0, text.index("row_status")) + 1 if is_original and len(told) > 3 else None


def _json_tables(value: object, depth: int = 0) -> Iterator[tuple[list[str], list[str]]]:
    if isinstance(value, list) and depth < 4:
        for part in value[:50]:
            yield from _json_tables(part, depth + 1)
    elif isinstance(value, dict) and depth < 4:
        scalars = [next(iter(part.values()), "") if isinstance(part, dict) else part for part in value.values()]
        scalars = [part[0] if isinstance(part, list) and part else part for part in scalars]
        yield list(map(str, value)), list(map(str, scalars))
        for part in value.values():
            yield from _json_tables(part, depth + 1)


def _is_header(cells: list[str], coding: _Coding) -> bool:
    known = len(coding.names.intersection(cells))
    if known > 1 and (coding.ids.intersection(cells) or known > 3) and known * 2 >= len(cells):
        return True
    labels = len(coding.labels.intersection(cells))
    return labels > 4 and labels * 2 >= len(cells)


def _is_coded_row(cells: list[str], coding: _Coding) -> bool:
    """Whether the cells are those of a coded row: codes, numbers, blanks, but for a few."""
    if coding.names.intersection(cells) or not any(cells):
        return False
    known = sum(not cell or cell in coding.codes or cell.replace(".", "", 1).isdigit() for cell in cells)
    return known * 2 >= len(cells) - 2 and all(len(cell) < 200 for cell in cells)


def _notebook_of_study(text: str) -> Iterator[tuple[str, str]]:
    """Whether a notebook is set to, or shows results of, a study that is not shipped.

    Whatever notebooks of this project show says what its rows are; those of original rows say so, or say nothing.
    """
    try:
        every = json.loads(text)["cells"]
        cells = [cell for cell in every if cell.get("cell_type") == "code"]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return  # told as unreadable
    studies = {name for cell in cells for source in _texts(cell.get("source")) for name in _STUDY.findall(source)}
    outputs = [output for cell in cells for output in cell.get("outputs") or ()]
    shown = list(_texts([[output.get("data"), output.get("text")] for output in outputs]))
    whole = "\n".join(shown)
    is_other = bool(studies - {paths.DEFAULT_STUDY})
    is_other |= any(name != paths.DEFAULT_STUDY for name in _STUDY_PATH.findall(whole))
    coding = _coding()
    is_other |= any(said in whole for said in (*coding.said, "Original data: coded from case files"))
    is_made_here = "study-table" in whole or bool(studies)
    is_other |= bool(outputs) and is_made_here and bool(coding.said) and not _NOT_ORIGINAL.search(whole)
    kinds = {kind for output in outputs for kind in output.get("data") or {}} - {"image/svg+xml"}
    written = [*_texts([cell.get("source") for cell in every]), *(json.dumps(output) for output in outputs)]
    is_shipped = paths.DEFAULT_STUDY in studies
    if is_other or any(True for part in (*shown, *written) for _ in _coded_lines(part, is_shipped)):
        yield "", "notebook"
    elif not studies and any(kind.startswith("image/") for kind in kinds):
        yield "", "opaque"


# What git holds


@dataclass(frozen=True)
class _Entry:
    """A file as git holds it. `digest` is git's name of the content; empty where it lies in the folder alone."""

    path: str
    digest: str
    mode: str = "100644"


def staged() -> Iterator[Finding]:
    """What may not be in git of what the next commit changes. Raises subprocess.CalledProcessError outside git."""
    listing = _git("diff", "--cached", "--raw", "-z", "--no-abbrev", "--no-renames", "--ita-invisible-in-index")
    manifests = [content for rev in ("", "HEAD") if (content := _content(f"{rev}:{_MANIFEST}"))]
    yield from _of_entries(_raw(listing), manifests)


def between(revisions: Iterable[str]) -> Iterator[Finding]:
    """What may not be in git of the commits that `git rev-list` gives for the revisions: files, messages, names."""
    named = list(revisions)
    arguments = ["--ignore-missing", *(name for name in named if name.startswith("--")), "--stdin"]
    given = "".join(f"{name}\n" for name in named if not name.startswith("--")).encode()
    yield from _messages(_git("rev-list", *arguments, given=given).decode().split())
    log = ("log", "--raw", "-z", "--no-abbrev", "--no-renames", "-m", "--root", "--format=", "--no-textconv")
    manifests = [content for rev in ("", "HEAD") if (content := _content(f"{rev}:{_MANIFEST}"))]

    def commit_of(digest: str) -> str:
        found = _git_or_nothing("log", "-m", "--format=%h", f"--find-object={digest}", *named[:500])
        return found.decode().split("\n")[-2] if found else ""

    yield from _of_entries(_raw(_git(*log, *arguments, given=given)), manifests, commit_of)


def everything(history: bool = True) -> Iterator[Finding]:
    """What may not be in git of all that it holds, and of files in the folder that it does not ignore.

    Without history: of what is staged and what lies in the folder.
    Raises subprocess.CalledProcessError outside a repository.
    """
    if history:
        yield from references(_git("for-each-ref", "--format=%(objectname) %(refname)").decode("utf-8", "replace"))
        yield from between(
            [
                "--all",
                *_git_or_nothing("rev-parse", "-q", "--verify", "HEAD").decode().split(),
                *_git_or_nothing("rev-list", "-g", "refs/stash").decode().split(),
            ]
        )
        yield from staged()
    manifests = [content for rev in ("", "HEAD") if (content := _content(f"{rev}:{_MANIFEST}"))]
    if not history:
        lines = _names(_git("ls-files", "--stage", "-z"))
        entries = [_Entry(line.partition("\t")[2], line.split()[1], line.split()[0]) for line in lines]
        yield from _of_entries(entries, manifests)
    lying = {name: _lying(name) for name in _names(_git("ls-files", "-m", "-o", "--exclude-standard", "-z"))}
    if lying.get(_MANIFEST):
        manifests.append(lying[_MANIFEST])
    made = shipped(manifests)
    for name, content in lying.items():
        if content is not None:
            yield from look(name, content, made)


def references(lines: str) -> Iterator[Finding]:
    """What may not be in git of the names of branches and tags, and of messages of tags: lines of object and name."""
    named = []
    for line in lines.splitlines():
        digest, _, name = line.partition(" ")
        if identity.find(name) == "number":
            yield Finding(name, "", "identity_ref")
        named.append((digest, name))
    kinds = _git("cat-file", "--batch-check=%(objecttype)", given="\n".join(digest for digest, _ in named).encode())
    for (digest, name), kind in zip(named, kinds.decode().splitlines(), strict=True):
        while kind == "tag":
            content = _git("cat-file", "tag", digest)
            yield from message(content, name)
            digest, kind = (line.split()[1].decode() for line in content.split(b"\n", 2)[:2])
        if kind == "blob":
            yield from _of_entries([_Entry(name, digest)], [])
        elif kind == "tree":
            rows = (row.split("\t", 1) for row in _names(_git("ls-tree", "-r", "-z", digest)))
            yield from _of_entries([_Entry(path, row.split()[2], row.split()[0]) for row, path in rows], [])


def message(content: bytes, where: str) -> Iterator[Finding]:
    """What may not be in git of a commit or tag, its people and message."""
    text = _text(content) or content.decode("utf-8", "replace")
    kept = re.sub(
        r"^(?:(?:tree|parent|object) [0-9a-f]{40,64}\n|gpgsig.*\n(?: .*\n)*)|(?<=>) \d{5,} [+-]\d{4}$",
        "",
        text,
        flags=re.M,
    )
    for line, kind in identity.in_file(kept):
        yield Finding(where, f"line {line}", "identity" if kind == "number" else "identity_shape")


def _messages(commits: list[str]) -> Iterator[Finding]:
    for digest, content in _contents(commits):
        yield from message(content or b"", f"commit {digest[:10]}")


def _of_entries(
    entries: Iterable[_Entry], manifests: list[bytes], commit_of: Callable[[str], str] = lambda _: ""
) -> Iterator[Finding]:
    entries = list(dict.fromkeys(entries))
    files = [entry for entry in entries if entry.mode not in ("160000", "000000")]
    for entry in entries:
        if entry.mode == "160000":
            yield Finding(entry.path, "", "elsewhere")
    records = [entry.digest for entry in files if entry.path == _MANIFEST]
    made = shipped([*manifests, *(content for _, content in _contents(records) if content)])
    paths_of: dict[str, list[str]] = {}
    for entry in files:
        paths_of.setdefault(entry.digest, []).append(entry.path)
    for digest, content in _contents(list(paths_of)):
        for path in paths_of[digest]:
            if content is None:
                yield Finding(path, "", "large")
            else:
                for finding in look(path, content, made):
                    yield replace(finding, commit=commit_of(digest))


def _raw(listing: bytes) -> list[_Entry]:
    """The entries of a listing of changes, those that remove files left out."""
    fields = _names(listing)
    entries, place = [], 0
    while place < len(fields):
        head = fields[place].strip()
        if not head.startswith(":"):
            place += 1
            continue
        if (parts := head.split())[1] != "000000":
            entries.append(_Entry(fields[place + 1], parts[3], parts[1]))
        place += 2
    return entries


def _lying(name: str) -> bytes | None:
    """The content of a file in the folder; None for what is none."""
    path = paths.ROOT / name
    try:
        state = path.lstat()
        if stat.S_ISLNK(state.st_mode):
            return os.fsencode(path.readlink())
        if not stat.S_ISREG(state.st_mode):
            return None
        with path.open("rb") as file:
            return file.read(SIZE_LIMIT + 1)
    except OSError:
        return None


def _contents(digests: list[str]) -> Iterator[tuple[str, bytes | None]]:
    """Digest and content of objects; None for what is too large. What git lacks is left out."""
    sizes = {}
    if digests:
        for line in _git("cat-file", "--batch-check", given="\n".join(digests).encode()).decode().splitlines():
            digest, kind, *size = line.split()
            sizes[digest] = int(size[0]) if size and kind != "missing" else -1
    wanted = [digest for digest in digests if 0 <= sizes.get(digest, -1) <= SIZE_LIMIT]
    yield from ((digest, None) for digest in digests if sizes.get(digest, -1) > SIZE_LIMIT)
    while wanted:
        part, total = [], 0
        while wanted and total < SIZE_LIMIT:
            part.append(wanted.pop())
            total += sizes[part[-1]]
        answer = io.BytesIO(_git("cat-file", "--batch", given="\n".join(part).encode()))
        for digest in part:
            size = int(answer.readline().split()[2])
            yield digest, answer.read(size)
            answer.read(1)


def _content(name: str) -> bytes:
    return _git_or_nothing("cat-file", "blob", name)


def _names(listing: bytes) -> list[str]:
    return [name for name in listing.decode("utf-8", "surrogateescape").split("\0") if name]


def _git_or_nothing(*arguments: str) -> bytes:
    try:
        return _git(*arguments)
    except subprocess.CalledProcessError:
        return b""


def _git(*arguments: str, given: bytes = b"") -> bytes:
    command = ["git", "-c", "core.quotePath=false", *arguments]
    kept = {**os.environ, "GIT_NO_REPLACE_OBJECTS": "1", "GIT_OPTIONAL_LOCKS": "0"}
    return subprocess.run(command, cwd=paths.ROOT, env=kept, input=given, capture_output=True, check=True).stdout


# The front door


def hook(name: str, arguments: list[str], lines: list[str]) -> Iterator[Finding]:
    """What a hook of git finds, by its name, its arguments and the lines that git gives it."""
    match name:
        case "pre-commit" | "pre-merge-commit" | "pre-applypatch":
            yield from staged()
            yield from _people()
        case "commit-msg" | "applypatch-msg":
            yield from _in_message_file(arguments[0])
        case "prepare-commit-msg":
            yield from staged()
            yield from _people()
            yield from _in_message_file(arguments[0])
        case "post-merge":
            yield from between(["HEAD", "^ORIG_HEAD"])
        case "reference-transaction" if arguments[:1] == ["prepared"]:
            new = [line.split(" ", 2) for line in lines]
            made = [f"{digest} {name}" for old, digest, name in new if set(old) == {"0"} and set(digest) != {"0"}]
            yield from references("\n".join(made))
        case "pre-push":
            pushed = [line.split(" ") for line in lines]
            pushed = [(local, digest, name, there) for local, digest, name, there in pushed if set(digest) != {"0"}]
            yield from references("\n".join(f"{digest} {name}" for _, digest, name, _ in pushed))
            there = [f"^{digest}" for *_, digest in pushed if _is_commit(digest)]
            commits = [digest for _, digest, *_ in pushed if _is_commit(digest)]
            known = _git_or_nothing("for-each-ref", "--format=^%(objectname)", f"refs/remotes/{arguments[0]}/")
            if commits:
                yield from between([*commits, *there, *known.decode().split()])


def _is_commit(digest: str) -> bool:
    return bool(_git_or_nothing("rev-parse", "-q", "--verify", f"{digest}^{{commit}}"))


def _people() -> Iterator[Finding]:
    for who in ("author", "committer"):
        yield from message(_git_or_nothing("var", f"GIT_{who.upper()}_IDENT"), who)


def _in_message_file(name: str) -> Iterator[Finding]:
    content = Path(name).read_bytes().partition(b"# ------------------------ >8 ------------------------")[0]
    written = b"\n".join(b"" if line.startswith(b"#\t") else line for line in content.split(b"\n"))  # lists of files
    yield from message(written, "message")


def ship(names: Iterable[str]) -> None:
    """Put files on the list of what may lie in git as it is, by their paths or, in history, as COMMIT:PATH.

    Raises OSError or subprocess.CalledProcessError for a file that is not there.
    """
    lines = []
    for name in names:
        is_file = Path(name).exists()
        content = Path(name).read_bytes() if is_file else _git("cat-file", "blob", name)
        shown = os.path.relpath(Path(name).resolve(), paths.ROOT) if is_file else name.partition(":")[2]
        lines.append(f"{hashlib.sha256(content).hexdigest()}  {PurePosixPath(shown)}")
    place = paths.ROOT / LIST
    before = place.read_text(encoding="utf-8").splitlines() if place.exists() else []
    place.write_text("\n".join(dict.fromkeys([*before, *lines])) + "\n", encoding="utf-8", newline="\n")
    listed.cache_clear()


def main(arguments: list[str]) -> int:
    """Print what may not be in git; the exit code is 1 if there is anything."""
    spoken, begun = chosen.here(), time.perf_counter()
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")
    name = arguments[1] if arguments[:1] == ["hook"] else ""
    try:
        if arguments[:1] == ["--ship"]:
            ship(arguments[1:])
            return 0
        if arguments and not name:
            print(messages.text("guard_help", spoken))
            return 0 if arguments[0] in ("-h", "--help") else 2
        lines = (
            [line for line in sys.stdin.read().splitlines() if line]
            if name in ("pre-push", "reference-transaction")
            else []
        )
        found = list(dict.fromkeys(hook(name, arguments[2:], lines) if name else everything()))
    except (OSError, subprocess.CalledProcessError) as error:
        said = (getattr(error, "stderr", b"") or b"").decode("utf-8", "replace").strip() or error
        print(messages.text("guard_git", spoken, why=said), file=sys.stderr)
        return 1
    refused = [finding for finding in found if finding.key in REMEDIES]
    for finding in found:
        is_notice = finding.key in NOTICES
        worth = messages.text("guard_worth", spoken) if is_notice else ""
        print(f"  {worth}{finding.told(spoken)}", file=sys.stdout if is_notice else sys.stderr)
    if refused:
        print(messages.text("guard_refused", spoken, number=len(refused)), file=sys.stderr)
        if name == "post-merge":
            print(messages.text("guard_merged", spoken), file=sys.stderr)
    elif not name:
        seconds = messages.decimal(time.perf_counter() - begun, spoken)
        print(messages.text("guard_fine", spoken, seconds=seconds))
    return 1 if refused else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
