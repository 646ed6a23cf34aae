"""A study of one's own, from an empty folder to the report, without anything about it in the code."""

import html
import os
import shutil

import docx
import openpyxl
import pandas as pd
import pytest
from office import OWN, copied, fill, run

from analysis import paths
from analysis.__main__ import main
from analysis.errors import UserError
from analysis.language import chosen, messages
from analysis.privacy import disclosure
from analysis.sheets import beginning, workbook
from analysis.study import studies
from analysis.study.codebook import LANGUAGES


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """A copy without any study; this process works on it too."""
    root = copied(tmp_path / "socialtjänsten" / "min kopia")
    monkeypatch.setattr(paths, "ROOT", root)
    return root


@pytest.mark.parametrize("spoken", LANGUAGES)
def test_a_new_study_explains_itself_and_is_read_as_it_stands(repository, spoken):
    folder = beginning.begin("uppsala", spoken)
    assert sorted(path.name for path in folder.iterdir()) == ["cases.xlsx", "codebook.csv", "study.yml"]
    study = studies.read("uppsala")
    assert study.status == "original"
    assert disclosure.rules(study.settings) == disclosure.Rules()
    assert set(study.settings["publication"]) == {
        "method", "threshold", "left_open", "none_or_all", "persons_in_common",
    }  # fmt: skip
    assert chosen.of("uppsala") == spoken
    assert chosen.of("uppsala", "en") == "en"
    commented = [line for line in (folder / "study.yml").read_text(encoding="utf-8").splitlines() if "#" in line]
    assert len(commented) > 20
    first = openpyxl.load_workbook(folder / "cases.xlsx").sheetnames[0]
    assert first == messages.FIRST_SHEET[spoken]
    is_fine, said = workbook.check(folder, study.codebook, spoken, study.status)
    assert not is_fine
    assert messages.text("sheet_no_rows", spoken) in said


def test_what_stands_in_comments_of_the_settings_can_be_used_as_it_is(repository):
    folder = beginning.begin("uppsala", "sv")
    text = (folder / "study.yml").read_text(encoding="utf-8")
    for name in ("cut_off_dates:", "  first:", "  second:", "judgement:", "  kind:", "  degree:", "  between:",
                 "  nearer:", "  horizontal:", "  vertical:"):  # fmt: skip
        assert f"# {name}" in text
        text = text.replace(f"# {name}", name)
    (folder / "study.yml").write_text(text, encoding="utf-8")
    from analysis.collaboration import scales

    study = studies.read("uppsala")
    assert scales.judgement(study.settings, study.codebook).degree == "C2"


def test_nothing_is_overwritten(repository):
    folder = beginning.begin("uppsala", "sv")
    before = {path: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(UserError, match=r"har redan sina kodade akter: cases\.xlsx"):
        beginning.begin("uppsala", "sv")
    assert {path: path.read_bytes() for path in folder.iterdir()} == before


def test_columns_of_its_own_come_into_the_template_when_the_workbook_is_moved_away(repository):
    folder = beginning.begin("uppsala", "sv")
    settings = (folder / "study.yml").read_text(encoding="utf-8").replace("title:", "title: Vår studie")
    (folder / "study.yml").write_text(settings, encoding="utf-8")
    with (folder / "codebook.csv").open("a", encoding="utf-8") as file:
        file.write(OWN)
    (folder / "cases.xlsx").rename(folder / "old.xlsx")
    beginning.begin("uppsala", "en")
    assert (folder / "study.yml").read_text(encoding="utf-8") == settings
    sheet = openpyxl.load_workbook(folder / "cases.xlsx")["cases"]
    assert "housing_support" in [cell.value for cell in sheet[1]]


@pytest.mark.parametrize(("encoding", "mark"), [("utf-8-sig", ","), ("utf-8", ";"), ("cp1252", ";"), ("cp1252", "\t")])
def test_its_codebook_may_come_from_any_spreadsheet_program(repository, encoding, mark):
    folder = beginning.begin("uppsala", "sv")
    head = (folder / "codebook.csv").read_text(encoding="utf-8-sig").strip()
    (folder / "codebook.csv").write_bytes((head + "\r\n" + OWN).replace(",", mark).encode(encoding))
    assert studies.read("uppsala").codebook.variable("housing_support").label.sv == "Boendestöd"


TABLE = """\
table4,,,table,,,,,,,,,,Aid of $5 or $6 & <b>more</b>,Stöd för $5 eller $6 & <b>mer</b>,,,
aid,,,block,,,,,table4,,,,base,=Aid of $1 to $2,=Stöd för $1 till $2,,,
aid,,cases,choice,yes,,,,,aid,,,,Aid,Stöd,,,
aid,none,,,,,,,,,,,,No\v$aid$,Inget\v$stöd$,,,
aid,some,,,,,,,,,,,,Some_{aid}^2,Något_{stöd}^2,,,
grants,,,block,,,,,table2,,,,,Grants below $5 or above $6,Bidrag under $5 eller över $6,,,
before_grant,,help,tick,yes,,,,,grants,grant,before,,Grant of $100 & $2\x07%,Bidrag på $100 & $2\x07%,,,
after_grant,,help,tick,yes,,,,,grants,grant,after,,Grant of $100 & $2\x07%,Bidrag på $100 & $2\x07%,,,
"""
"""Lines of a codebook with a table of one's own, and labels with signs that mean something to some program."""


@pytest.mark.long
@pytest.mark.parametrize("spoken", LANGUAGES)
def test_a_table_of_its_own_stands_everywhere_and_labels_are_shown_as_they_are(repository, spoken):
    folder = beginning.begin("uppsala", spoken)
    with (folder / "codebook.csv").open("a", encoding="utf-8") as file:
        file.write(TABLE)
    fill("uppsala")
    done = run(repository, "all", "--study", "uppsala")
    assert done.returncode == 0, done.stdout + done.stderr
    title = {"en": "Aid of $5 or $6 & <b>more</b>", "sv": "Stöd för $5 eller $6 & <b>mer</b>"}[spoken]
    code = {"en": "No $aid$", "sv": "Inget $stöd$"}[spoken]
    derived = repository / "data" / "derived" / "uppsala"
    for name in ("report.html", "table4.html", "publication/table4.html"):
        page = (derived / name).read_text(encoding="utf-8")
        assert html.escape(title) in page and html.escape(code) in page and title not in page
    for name in ("table4.csv", "publication/table4.csv"):
        assert set(pd.read_csv(derived / name)["block"]) == {"aid"}
    for name in ("tables.xlsx", "publication/tables.xlsx"):
        cells = [cell for page in openpyxl.load_workbook(derived / name) for row in page for cell in row]
        assert any(code in str(cell.value) for cell in cells)
        assert not any(cell.data_type == "f" for cell in cells)
    for name in ("report.docx", "tables.docx"):
        document = docx.Document(derived / name)
        texts = {cell.text for table in document.tables for row in table.rows for cell in row.cells}
        assert any(code in text for text in texts)
    drawing = (repository / "figures" / "uppsala" / "help_before_after.svg").read_text(encoding="utf-8")
    assert html.escape({"en": "Grant of $100 & $2 %", "sv": "Bidrag på $100 & $2 %"}[spoken]) in drawing


WRONG = """\
aid,,,block,,,,,tabell1,,,,base,Aid,Stöd,,,
aid_daily,,cases,derived,,,,,,aid,daily,n,housing_support == dayly,,Dagligt boendestöd,,,
aid_rule,,cases,rule,,,,,,,,,not (sex == female and housing_suport == daily),Rule,Regel,,,
"""


def test_mistakes_in_its_codebook_settings_and_workbook_are_told_at_once(repository, capsys):
    folder = beginning.begin("uppsala", "sv")
    with (folder / "codebook.csv").open("a", encoding="utf-8") as file:
        file.write(OWN)
    fill("uppsala")
    book = openpyxl.load_workbook(folder / "cases.xlsx")
    titles = [cell.value for cell in book["cases"][1]]
    book["cases"].cell(4, titles.index("sex") + 1).value = "femle"
    book.save(folder / "cases.xlsx")
    with (folder / "codebook.csv").open("a", encoding="utf-8") as file:
        file.write(WRONG)
    text = (folder / "study.yml").read_text(encoding="utf-8").replace("title:", "titel: Vår studie\ntitle:")
    (folder / "study.yml").write_text(text, encoding="cp1252", errors="replace")
    assert main(["check", "--study", "uppsala"]) == 1
    said = capsys.readouterr().err
    for part in (
        "codebook.csv, rad 6: table är 'tabell1', som inte är definierat. Det finns: table1, table2, table3. Menade du",
        "codebook.csv, rad 7: definitionen av 'aid_daily' går inte att använda. I 'housing_support == dayly': "
        "'dayly' är ingen kod för housing_support. Koderna är: daily (",
        "codebook.csv, rad 8: definitionen av 'aid_rule' går inte att använda.",
        "'housing_suport' är ingen variabel. Menade du housing_support (",
        "study.yml för studien 'uppsala': 'titel' är okänt och skulle inte läsas. Menade du title?",
        "'femle' är ingen kod i den här kolumnen",
    ):
        assert part in said
    assert len([line for line in said.splitlines() if line.startswith("- ")]) == 4
    with pytest.raises(UserError, match="rad 7: definitionen av 'aid_daily'"):
        studies.read("uppsala")


def test_settings_may_be_saved_by_any_program_and_a_wrong_language_is_told_with_its_line(repository):
    folder = beginning.begin("uppsala", "sv")
    text = (folder / "study.yml").read_text(encoding="utf-8").replace("title:", "title: Västra Åmål")
    (folder / "study.yml").write_bytes(text.encode("cp1252"))
    assert studies.read("uppsala").settings["title"] == "Västra Åmål"
    assert chosen.of("uppsala") == "sv"
    (folder / "study.yml").write_text(text.replace("language: sv", "language: svenska"), encoding="utf-8")
    line = text[: text.index("language:")].count("\n") + 1
    with pytest.raises(UserError, match=rf"'uppsala', rad {line}: language är 'svenska'; skriv någon av en, sv\."):
        studies.read("uppsala")


@pytest.mark.parametrize("name", ["", "Malmö", "a b", "..", "a/b", "-x", "UPPSALA", "x" * 41, "con.txt"])
def test_a_name_that_cannot_be_a_folder_everywhere_is_refused(repository, name):
    with pytest.raises(UserError, match="cannot be the name of a study"):
        beginning.begin(name, "en")
    assert [path.name for path in (repository / "data" / "raw").iterdir()] == ["codebook.csv"]


@pytest.mark.long
def test_from_new_to_a_right_workbook_each_command_says_what_is_next(repository):
    made = run(repository, "new", "--study", "uppsala", "--labels", "sv")
    assert made.returncode == 0, made.stderr
    empty = run(repository, "all", "--study", "uppsala")
    assert empty.returncode == 1
    assert "Koda minst en akt" in empty.stderr
    with (paths.raw("uppsala") / "codebook.csv").open("a", encoding="utf-8") as file:
        file.write(OWN)
    fill("uppsala")
    said = run(repository, "check", "--study", "uppsala").stdout.splitlines()
    assert said[0] == "cases.xlsx: inga problem hittades."
    assert said[-1] == "Nästa steg: make all STUDY=uppsala"


@pytest.mark.long
def test_a_run_in_swedish_shows_its_column_and_a_mistake_later_changes_nothing(cut_off, tmp_path, monkeypatch):
    repository = shutil.copytree(cut_off, tmp_path / "min kopia")
    monkeypatch.setattr(paths, "ROOT", repository)
    derived = repository / "data" / "derived" / "uppsala"
    assert "housing_support,daily,n," in (derived / "table1.csv").read_text()
    page = (derived / "report.html").read_text(encoding="utf-8")
    assert 'lang="sv"' in page
    assert "Boendestöd" in page
    assert "None" not in page
    said = (repository / "figures" / "uppsala" / "attendance.txt").read_text(encoding="utf-8")
    for text in (page, said):  # its rows are coded files, not one of many ways to fit print
        assert studies.read("uppsala").codebook.phrase("attendance_one", "sv") not in text
    assert studies.read("uppsala").codebook.phrase("figure3_none", "sv") not in page  # no empty figure
    assert (derived / "publication" / "figures" / "figure1.svg").exists()
    assert not (derived / "publication" / "figures" / "figure3.svg").exists()

    # A mistake in the workbook: said by cell, and nothing that is there changes.
    before = {path: path.read_bytes() for path in repository.rglob("*") if path.is_file() and path.suffix != ".xlsx"}
    book = openpyxl.load_workbook(paths.raw("uppsala") / "cases.xlsx")
    titles = [cell.value for cell in book["cases"][1]]
    book["cases"].cell(4, titles.index("sex") + 1).value = "femle"
    book.save(paths.raw("uppsala") / "cases.xlsx")
    refused = run(repository, "all", "--study", "uppsala")
    assert refused.returncode == 1
    assert "'femle' är ingen kod i den här kolumnen" in refused.stderr
    assert "Menade du female?" in refused.stderr
    assert "Traceback" not in refused.stderr
    after = {path: path.read_bytes() for path in repository.rglob("*") if path.is_file() and path.suffix != ".xlsx"}
    assert {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)} == set()


@pytest.mark.long
def test_a_study_may_leave_out_sheets_and_everything_optional(repository):
    assert run(repository, "new", "--study", "lund").returncode == 0
    fill("lund", 12, sheets=("cases", "participation"))
    path = paths.raw("lund") / workbook.WORKBOOK
    book = openpyxl.load_workbook(path)
    del book["help"], book["authorities"]
    codebook = studies.read("lund").codebook
    for sheet in ("cases", "participation"):
        for place in range(book[sheet].max_column, 0, -1):
            name = book[sheet].cell(1, place).value
            if not next(variable.required for variable in codebook.sheet(sheet) if variable.name == name):
                book[sheet].delete_cols(place)
    book.save(path)
    done = run(repository, "all", "--study", "lund")
    assert done.returncode == 0, done.stderr
    derived = repository / "data" / "derived" / "lund"
    for folder in (repository / "data" / "raw" / "lund", derived, repository / "figures" / "lund"):
        assert folder.stat().st_mode & 0o777 == 0o700, folder
    assert not (derived / "help.csv").exists()
    assert len((derived / "table2.csv").read_text().splitlines()) == 1
    assert ">lund</h1>" in (derived / "report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("spoken", LANGUAGES)
def test_an_identity_number_in_the_settings_is_refused_and_not_shown(repository, spoken):
    folder = beginning.begin("uppsala", spoken)
    text = (folder / "study.yml").read_text(encoding="utf-8")
    number = "8112" + "28-9874"
    (folder / "study.yml").write_text(f"# first line\n{text}# Anna {number}\n", encoding="utf-8")
    with pytest.raises(UserError) as caught:
        studies.read("uppsala")
    place = messages.text("settings_identity", spoken, study="uppsala", lines=str(text.count("\n") + 2))
    assert str(caught.value) == place
    assert number not in place


NUMBER = "8112" + "28-9874"
PRINTED = (paths.raw(paths.DEFAULT_STUDY) / "published.csv").read_text(encoding="utf-8").splitlines(keepends=True)


@pytest.mark.parametrize("spoken", LANGUAGES)
@pytest.mark.parametrize(
    ("file", "text", "line"),
    [
        ("codebook.csv", f"room,,cases,count,,,0,9,,,,,,Rum {NUMBER},Rum,,,\n", 2),
        ("codebook.csv", f'room,,cases,count,,,0,9,,,,,,"Rum {NUMBER[:6]}\n{NUMBER[6:]}",Rum,,,\n', 2),
        ("published.csv", "".join(PRINTED[:2]).rstrip("\n") + f"{NUMBER}\n", 2),
        ("differences.csv", f"id,explanation\na,{NUMBER[:6]} {NUMBER[7:]}\n", 2),
        ("study.yml", f"title: >\n  Akter {NUMBER[:6]}-\n  {NUMBER[7:]}\nstatus: original\n", 2),
        ("study.yml", f"status: original\n{NUMBER}: x\n", 2),
    ],
)
def test_every_text_that_people_wrote_is_looked_at(repository, capsys, spoken, file, text, line):
    folder = beginning.begin("uppsala", spoken)
    before = (folder / file).read_text(encoding="utf-8-sig") if file == "codebook.csv" else f"language: {spoken}\n"
    before = "" if file in ("published.csv", "differences.csv") else before
    (folder / file).write_text(before + text, encoding="utf-8")
    assert main(["check", "--study", "uppsala"]) == 1
    said = capsys.readouterr().err
    facts = {"study": "uppsala", "lines": str(before.count("\n") + line - (file == "codebook.csv"))}
    key = "settings_identity" if file == "study.yml" else "texts_identity"
    assert messages.text(key, spoken, file=file, **facts) in said
    assert NUMBER[7:] not in said


def test_what_people_name_is_masked(repository, capsys):
    folder = beginning.begin("uppsala", "sv")
    (folder / "cases.xlsx").rename(folder / f"{NUMBER}.xlsx")
    with (folder / "codebook.csv").open("a", encoding="utf-8") as file:
        file.write(f"{NUMBER},,cases,wrong,,,,,,,,,,x,x,,,\n")
    for command in (["check"], ["new"], ["bounds", f"files({NUMBER} == 1)"]):
        assert main([*command, "--study", "uppsala"]) == 1
    assert main(["new", "--study", NUMBER]) == 1
    assert NUMBER[7:] not in "".join(capsys.readouterr())


def test_only_its_owner_can_look_into_a_study(repository, capsys):
    before = os.umask(0o022)
    try:
        folder = beginning.begin("uppsala", "en")
        assert folder.stat().st_mode & 0o777 == 0o700
        folder.chmod(0o755)
        main(["check", "--study", "uppsala"])
        assert folder.stat().st_mode & 0o777 == 0o700
    finally:
        os.umask(before)
