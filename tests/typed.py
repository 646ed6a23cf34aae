"""A person at LibreOffice: opens a workbook, types into cells as at the keyboard, and saves it."""

import subprocess
from collections.abc import Iterable
from pathlib import Path
from xml.sax.saxutils import escape

MACRO = """
Sub Main(instructions As String, source As String, target As String)
    Dim how(0) As New com.sun.star.beans.PropertyValue
    how(0).Name = "Hidden"
    how(0).Value = True
    book = StarDesktop.loadComponentFromURL(source, "_blank", 0, how())
    files = createUnoService("com.sun.star.ucb.SimpleFileAccess")
    lines = createUnoService("com.sun.star.io.TextInputStream")
    lines.setInputStream(files.openFileRead(instructions))
    lines.setEncoding("UTF-8")
    Do While Not lines.isEOF()
        parts = Split(lines.readLine(), Chr(9))
        If UBound(parts) = 2 Then
            book.Sheets.getByName(parts(0)).getCellRangeByName(parts(1)).FormulaLocal = parts(2)
        End If
    Loop
    how(0).Name = "FilterName"
    how(0).Value = "FILTER"
    book.storeToURL(target, how())
    book.close(True)
End Sub
"""
LIBRARY = "http://openoffice.org/2000/library"
SWEDISH = (
    '<item oor:path="/org.openoffice.Setup/L10N"><prop oor:name="ooSetupSystemLocale" oor:op="fuse">'
    "<value>sv-SE</value></prop></item></oor:items>"
)
FILTERS = {".xlsx": "Calc MS Excel 2007 XML", ".ods": "calc8"}


def type_in(source: Path, target: Path, cells: Iterable[tuple[str, str, str]], profile: Path) -> None:
    """Type the texts into the cells (sheet, address, text) of a copy of the workbook, with Swedish settings."""
    if not profile.exists():
        _start(profile, "--convert-to", "ods", "--outdir", profile, source)  # fills the folder, over what is there
        _set_up(profile)
    macro = MACRO.replace("FILTER", FILTERS[target.suffix])
    _write(
        profile / "user" / "basic" / "Standard" / "Typing.xba",
        f'<script:module xmlns:script="http://openoffice.org/2000/script" script:name="Typing" '
        f'script:language="StarBasic">{escape(macro)}</script:module>',
    )
    (instructions := profile / "cells.txt").write_text("\n".join("\t".join(cell) for cell in cells), encoding="utf-8")
    given = ",".join(f'"{path.as_uri()}"' for path in (instructions, source, target))
    _start(profile, f"macro:///Standard.Typing.Main({given})")
    assert target.exists()


def _start(profile: Path, *arguments: str | Path) -> None:
    command = ["soffice", f"-env:UserInstallation={profile.as_uri()}", "--headless", "--norestore", *arguments]
    subprocess.run(command, check=True, capture_output=True, timeout=600)


def _set_up(profile: Path) -> None:
    """The settings of a Swedish user, and the place of the macro."""
    settings = profile / "user" / "registrymodifications.xcu"
    settings.write_text(settings.read_text(encoding="utf-8").replace("</oor:items>", SWEDISH), encoding="utf-8")
    _write(
        profile / "user" / "basic" / "Standard" / "script.xlb",
        f'<library:library xmlns:library="{LIBRARY}" library:name="Standard" library:readonly="false" '
        'library:passwordprotected="false"><library:element library:name="Typing"/></library:library>',
    )


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text('<?xml version="1.0" encoding="UTF-8"?>\n' + text, encoding="utf-8")
