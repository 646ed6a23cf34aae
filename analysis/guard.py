"""Keeps private data out of git: what is staged, or everything that git holds. Standard library only.

It refuses coded workbooks and results of other studies than the shipped one, identity and coordination numbers,
and what notebooks keep without showing it: widget state, paths, tracebacks. It names the place, never the content.

    make guard                              everything that git holds, as the build server does it
    git config core.hooksPath .githooks     once per clone: looks at what is staged before every commit
"""

import html
import io
import json
import re
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from analysis import identity, language, messages, paths
from analysis.text import Text

REMEDIES = {
    "workbook": Text(
        "a workbook, text document or data file of a program. Only the shipped study has such files here.",
        "en arbetsbok, ett textdokument eller ett programs datafil. Bara den medföljande studien har sådana här.",
    ),
    "study": Text(
        "a file of a study that is not shipped. Case files stay on your machine.",
        "en fil ur en egen studie. Akterna stannar på din dator.",
    ),
    "identity": Text(
        "an identity or coordination number. Remove it, and from earlier commits too.",
        "ett personnummer eller samordningsnummer. Ta bort det, även ur tidigare versioner.",
    ),
    "identity_name": Text(
        "a file name with an identity or coordination number. Rename the file.",
        "ett filnamn med ett personnummer eller samordningsnummer. Byt namn på filen.",
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
    "large": Text(
        "a packed file too large to look into.",
        "en packad fil som är för stor för att granskas.",
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

_OFFICE = re.compile(
    r"\.(xls[xmb]?|xltx|o[dt]s|doc[xm]?|odt|z?sav|por|dta|sas7bdat|mdb|accdb|parquet|feather|rds|rdata|sqlite|db|pickle|pkl)",
    re.IGNORECASE,
)
_PACKED = (b"PK\x03\x04", b"PK\x05\x06")
_OLE = b"\xd0\xcf\x11\xe0"
_UNPACKED_LIMIT = 100_000_000
_KEPT = ("data/raw/", "data/derived/", "figures/")
_ENDS = re.compile(r"</(?:\w+:)?(?:si|is|c|p|v)>")
_TAG = re.compile(r"<[^>]*>")
_HASH = re.compile(r"\b[0-9a-f]{32,}\b")
_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")
_FOLDER = re.compile(
    r"(?<![\w.])(?:/home/|/Users/|/mnt/[a-z]/Users/|[A-Za-z]:\\+Users\\+|[A-Za-z]:/Users/)"
    r"[^\s/\\\"'<>{}()|[\]*]+[/\\]"
)
_TRACEBACK = "Traceback (most recent call " + "last)"
_WIDGETS = "application/vnd.jupyter.widget-" + "state+json"
_DIGITS = re.compile(r"[0-9][^\n]{7,}[0-9]")


@dataclass(frozen=True)
class Finding:
    """What was found in a file, and where in it (a line or cell; empty for the file as a whole)."""

    path: str
    place: str
    key: str

    def told(self, language: str) -> str:
        """The place and what to do; never the content."""
        where = self.path if self.key != "identity_name" else f"{PurePosixPath(self.path).parent}/…"
        return f"{where}{', ' + self.place if self.place else ''}: {(REMEDIES | NOTICES)[self.key][language]}"


def look(path: str, content: bytes) -> list[Finding]:
    """What may not be in git of a file with this path in the repository and this content."""
    found = [Finding(path, *finding) for finding in _look(PurePosixPath(path), content)]
    return list(dict.fromkeys(found))


def _look(path: PurePosixPath, content: bytes) -> Iterator[tuple[str, str]]:
    if identity.find(str(path)) == "number":
        yield "", "identity_name"
    text = str(path)
    shipped = any(text.startswith(f"{folder}{paths.DEFAULT_STUDY}/") for folder in _KEPT)
    if not shipped and any(text.startswith(folder) and text.count("/") > folder.count("/") for folder in _KEPT):
        yield "", "study"
    if ".failed." in path.name:
        yield "", "traceback"
    packed = content.startswith(_PACKED)
    if not shipped and (_OFFICE.fullmatch(path.suffix) or content.startswith(_OLE) or (packed and _is_office(content))):
        yield "", "workbook"
    if packed:
        yield from _in_archive(content)
    elif path.suffix == ".ipynb":
        yield from _in_notebook(content)
    elif (decoded := _text(content)) is not None:
        yield from _in_text(decoded, "line {}")
        if _WIDGETS in decoded:
            yield "", "widgets"


def _text(content: bytes) -> str | None:
    """The text of a file in UTF-8, UTF-16 or Windows-1252, as Swedish programs save it; None for binary files."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace")
    if b"\0" in content[:8192]:
        return None
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


def _in_text(text: str, place: str) -> Iterator[tuple[str, str]]:
    for number, line in enumerate(identity.plain(text).splitlines(), 1):
        where = place.format(number)
        if _DIGITS.search(line):
            line = _ESCAPE.sub(lambda match: chr(int(match[1], 16)), html.unescape(_HASH.sub("", line)))
            match identity.find(line):
                case "number":
                    yield where, "identity"
                case "shape":
                    yield where, "identity_shape"
        if _FOLDER.search(line):
            yield where, "folder"
        if _TRACEBACK in line:
            yield where, "traceback"


def _in_notebook(content: bytes) -> Iterator[tuple[str, str]]:
    try:
        notebook = json.loads(content)
        cells = notebook["cells"]
    except (ValueError, KeyError, TypeError, RecursionError):
        yield "", "unreadable"
        return
    yield from _in_metadata(notebook.get("metadata", {}), "metadata of the notebook")
    for number, cell in enumerate(cells, 1):
        place = f"cell {number}"
        yield from _in_metadata(cell.get("metadata", {}), place)
        yield from _in_values([cell.get("source"), cell.get("attachments")], place)
        for output in cell.get("outputs", ()):
            if output.get("output_type") == "error":
                yield f"{place}, output", "traceback"
            data = output.get("data", {})
            if any("jupyter.widget" in kind for kind in data):
                yield f"{place}, output", "widgets"
            shown = [value for kind, value in data.items() if kind in ("image/svg+xml",) or "image/" not in kind]
            yield from _in_values([shown, output.get("text"), output.get("metadata")], f"{place}, output")


def _in_metadata(metadata: dict, place: str) -> Iterator[tuple[str, str]]:
    if "widgets" in metadata:
        yield place, "widgets"
    if "papermill" in metadata:
        yield place, "papermill"
    yield from _in_values([value for name, value in metadata.items() if name != "widgets"], place)


def _in_values(values: object, place: str) -> Iterator[tuple[str, str]]:
    """Look at every text in nested lists and dicts; a list of lines is one text."""
    match values:
        case str():
            yield from _in_text(values, place)
        case [*parts] if parts and all(isinstance(part, str) for part in parts):
            yield from _in_text("".join(parts), place)
        case [*parts]:
            for part in parts:
                yield from _in_values(part, place)
        case dict():
            yield from _in_values(list(values.values()), place)
            yield from _in_values(" \n".join(map(str, values)), place)
        case int():
            yield from _in_text(str(values), place)


def _is_office(content: bytes) -> bool:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return any(name.startswith(("xl/", "word/", "content.xml")) for name in archive.namelist())
    except zipfile.BadZipFile:
        return True


def _in_archive(content: bytes) -> Iterator[tuple[str, str]]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = [part for part in archive.infolist() if part.filename.endswith((".xml", ".rels", ".csv", ".txt"))]
            if sum(part.file_size for part in parts) > _UNPACKED_LIMIT:
                yield "", "large"
                return
            for part in parts:
                text = _text(archive.read(part)) or ""
                yield from _in_text(_TAG.sub("", _ENDS.sub("\n", text)), part.filename)
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError):
        yield "", "large"


def files(staged: bool) -> Iterator[tuple[str, bytes]]:
    """Path and content of the files that are staged, or of all that git holds, as the next commit has them.

    Raises subprocess.CalledProcessError outside a repository.
    """
    if staged:
        listing = _git("diff", "--cached", "--raw", "-z", "--no-abbrev", "--no-renames", "--diff-filter=d")
        fields = listing.decode("utf-8", "surrogateescape").split("\0")
        entries = [(mode.split()[3], name) for mode, name in zip(fields[0:-1:2], fields[1::2], strict=True)]
    else:
        listing = _git("ls-files", "--stage", "-z")
        lines = listing.decode("utf-8", "surrogateescape").split("\0")[:-1]
        entries = [(line.split()[1], line.partition("\t")[2]) for line in lines]
    wanted = "\n".join(digest for digest, _ in entries)
    answer = io.BytesIO(_git("cat-file", "--batch", given=wanted.encode()))
    for _, name in entries:
        head = answer.readline().split()
        if len(head) == 3:  # otherwise the entry is another repository, and not here
            yield name, answer.read(int(head[2]))
            answer.read(1)


def _git(*arguments: str, given: bytes = b"") -> bytes:
    return subprocess.run(["git", "-C", paths.ROOT, *arguments], input=given, capture_output=True, check=True).stdout


def main(arguments: list[str]) -> int:
    """Print what may not be in git; the exit code is 1 if there is anything."""
    spoken, is_hook, begun, number = language.here(), "--staged" in arguments, time.perf_counter(), 0
    found = []
    try:
        for number, (name, content) in enumerate(files(is_hook), start=1):  # noqa: B007
            found += look(name, content)
    except (OSError, subprocess.CalledProcessError):
        print(messages.text("guard_git", spoken), file=sys.stderr)
        return 1
    refused = [finding for finding in found if finding.key in REMEDIES]
    for finding in found:
        is_notice = finding.key in NOTICES
        worth = messages.text("guard_worth", spoken) if is_notice else ""
        print(f"  {worth}{finding.told(spoken)}", file=sys.stdout if is_notice else sys.stderr)
    if refused:
        print(messages.text("guard_refused", spoken, number=len(refused)), file=sys.stderr)
    elif not is_hook:
        seconds = messages.decimal(time.perf_counter() - begun, spoken)
        print(messages.text("guard_fine", spoken, number=number, seconds=seconds))
    return 1 if refused else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
