"""The whole way of a new user in Swedish, with workbooks typed and saved in LibreOffice and the network cut."""

import os
import re
import shutil

import pytest
from filled import filled
from office import cut, run
from test_offline import visible
from typed import type_in

from analysis import paths
from analysis.sheets import validation
from analysis.sheets.spreadsheet import address
from analysis.study import studies

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(shutil.which("soffice") is None and not os.environ.get("CI"), reason="LibreOffice is missing"),
]


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    """A copy of the compendium that cannot reach the network."""
    with pytest.MonkeyPatch.context() as patch:
        root = cut(tmp_path_factory.mktemp("walk") / "vår kopia")
        patch.setattr(paths, "ROOT", root)
        yield root


def coded(study, files):
    """What the coders type: (sheet, cell, text) of every cell."""
    codebook = studies.read(study).codebook
    units = filled(codebook, files, seed=files, status="original")
    for sheet in codebook.frames["sheet"]:
        rows = units[codebook.unit(sheet)]
        for column, variable in enumerate(codebook.sheet(sheet), start=1):
            if validation.is_read(variable) and variable.name in rows:
                for row, text in enumerate(rows[variable.name], start=2):
                    if str(text) not in ("", "<NA>"):
                        yield sheet, address(row, column), str(text)


def cell(study, sheet, column, row):
    names = [variable.name for variable in studies.read(study).codebook.sheet(sheet)]
    return sheet, address(row, names.index(column) + 1)


MISTAKES = [  # sheet, column, row, what is typed, what is said
    ("cases", "sex", 5, "kvina", "'kvina' är ingen kod i den här kolumnen. Tillåtet: female, male, nd."),
    ("cases", "sex", 12, "=1/0", "Cellen visar kalkylprogrammets fel #DIV/0!. Skriv värdet."),
    ("cases", "age", 6, "2024-03-01", "Cellen innehåller datumet 2024-03-01; kanske har kalkylprogrammet gjort om"),
    ("cases", "age", 7, "40,5", "är inget heltal. Tillåtet: ett heltal från 0 till 110 eller nd."),
    ("cases", "residence", 8, "Hemlös", "Det är etiketten, inte koden."),
    ("cases", "file_id", 9, "F1", "'F1' står på flera rader. Varje rad måste ha en egen."),
    ("cases", "case_note", 3, "8112" + "28-9874", "Här finns ett personnummer eller samordningsnummer. Ta bort det"),
    ("help", "after_social_other", 4, "Ja ", "Menade du yes?"),
    ("help", "implemented_partially", 10, "maybe", "'maybe' är ingen kod"),
    ("participation", "n_plans", 4, "", "Cellen är tom. Tillåtet: ett heltal från 1 till 24 eller nd."),
]  # fmt: skip


def test_new_fill_check_all_compare(office, tmp_path):
    profile = tmp_path / "profile"
    for study, files in (("uppsala", 30), ("lund", 8)):
        said = run(office, "new", "--study", study, "--labels", "sv")
        assert f"kör sedan `make check STUDY={study}`" in said.stdout
        workbook = paths.raw(study) / "cases.xlsx"
        cells = list(coded(study, files))
        places = {id(mistake): cell(study, *mistake[:3]) for mistake in MISTAKES}

        if study == "uppsala":
            wrong = [(*places[id(mistake)], mistake[3]) for mistake in MISTAKES]
            wrong = [(*place, text.replace("F1", "F02")) for *place, text in wrong]
            type_in(workbook, tmp_path / "cases.xlsx", [*cells, *wrong], profile)
            shutil.copy(tmp_path / "cases.xlsx", workbook)
            (tmp_path / "cases.xlsx").unlink()
            told = run(office, "check", "--study", study)
            assert told.returncode == 1
            assert "Traceback" not in told.stderr
            lines = told.stderr.splitlines()
            for mistake in MISTAKES:
                sheet, place = places[id(mistake)]
                wanted = mistake[4].replace("F1", "F02")
                assert [line for line in lines if f"{sheet}, " in line and place in line and wanted in line], mistake
            assert "9874" not in told.stderr
            assert "Rätta arbetsboken, spara den och kör kommandot igen. Ingenting har ändrats." in told.stderr
            assert run(office, "all", "--study", study).returncode == 1
            right = {(sheet, place): text for sheet, place, text in cells}
            cells = [(*place, right.get(place, "")) for place in places.values()]

        type_in(workbook, tmp_path / "cases.xlsx", cells, profile)
        shutil.copy(tmp_path / "cases.xlsx", workbook)
        (tmp_path / "cases.xlsx").unlink()
        told = run(office, "check", "--study", study)
        assert told.returncode == 0, told.stderr
        assert f"Nästa steg: make all STUDY={study}" in told.stdout
        done = run(office, "all", "--study", study)
        assert done.returncode == 0, done.stderr
        assert f"Börja med data/derived/{study}/report.html (internt)." in done.stdout
    done = run(office, "compare", "--studies", "uppsala lund")
    assert done.returncode == 0, done.stderr
    assert "Börja med comparison.html." in done.stdout
    assert not (office / "analysis" / "calls").exists()
    derived = office / "data" / "derived"
    for page in sorted(derived.rglob("*.html")):
        named = re.sub(
            r"publication|persons_in_common: none|none_or_all: hidden|\b[\w/]+\.(csv|html|ipynb|yml)\b",
            "",
            visible(page).lower(),
        )
        assert re.findall(r"\b(the|files?|not|and|which|hidden|printed|helped|shown)\b", named) == [], page
        is_public = "publication" in page.parts
        assert ("små antal visas som de är" in named or page.name == "before_you_publish.html") != is_public, page
    assert "Med så få akter kan nästan inget visas" in visible(derived / "lund" / "publication" / "report.html")
