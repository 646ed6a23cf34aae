"""The report: one content in HTML and Word, numbers as computed, whatever a study has and lacks."""

import hashlib
import os
import re
import subprocess
import sys
from itertools import pairwise

import docx
import matplotlib.figure
import pandas as pd
import pytest
import yaml
from samples import random_units
from test_rendering import Page

from analysis import paths
from analysis.collaboration import conclusions
from analysis.counts import tables
from analysis.display import document
from analysis.errors import Incomplete, UserError
from analysis.language import messages
from analysis.report import build, many
from analysis.sheets import workbook
from analysis.study import codebook as codebooks

STUDY = "made_up"
SETTINGS = {
    "title": "A made-up study",
    "status": "fictitious",
    "place": "Two towns",
    "reference": {"authors": "N. N.", "year": 2020, "journal": "A Journal", "doi": None},
    "judgement": {
        "kind": "partnership", "degree": "C2", "between": ["C0", "CI"], "nearer": "C0", "horizontal": "low",
        "vertical": "front_line",
    },
}  # fmt: skip
LEADS = (
    "Background.", "Daily life.", "Help.", "What came of the plan.", "Who called for it.", "Who came.",
    "How many plans.", "What the study found.", "Kind of collaboration: partnership.",
)  # fmt: skip


@pytest.fixture(scope="module")
def codebook():
    return codebooks.read(paths.CODEBOOK)


@pytest.fixture
def folders(tmp_path, monkeypatch):
    """A folder with a repository's data/raw in it, where results go too."""
    return begin(tmp_path, monkeypatch)


def begin(root, patch):
    """Make the folders of a study, and have them used."""
    patch.setattr(paths, "ROOT", root)
    patch.setenv("COMPENDIUM_OUTPUT", str(root))
    for folder in (paths.raw(STUDY), paths.derived(STUDY), paths.figures(STUDY)):
        folder.mkdir(parents=True)
    return root


def keep(units, codebook, claims=(), figures=(), **frames):
    """Put down what a run leaves of a study before the report is made."""
    settings = SETTINGS | {"status": workbook.status(units)}
    (paths.raw(STUDY) / "study.yml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    workbook.write_tidy(paths.derived(STUDY), units, codebook)
    if claims:
        columns = ["id", "where", "block", "item", "column", "published", "computed", "verdict", "note"]
        frames["claims"] = pd.DataFrame(claims, columns=columns)
    for name, frame in frames.items():
        frame.to_csv(paths.derived(STUDY) / f"{name}.csv", index=False)
    for name, title in figures:
        figure = matplotlib.figure.Figure(figsize=(1, 1))
        for suffix in ("svg", "png"):
            figure.savefig(paths.figures(STUDY) / f"{name}.{suffix}", dpi=30)
        text = f"{title}\n\nA picture of {name}.\n\nAgency\tFiles\nProbation & others\t5\n"
        (paths.figures(STUDY) / f"{name}.txt").write_text(text, encoding="utf-8")


def made(language="en"):
    """The report as page and as Word document, after it was built."""
    build.build(STUDY, language)
    page = (paths.derived(STUDY) / "report.html").read_text(encoding="utf-8")
    return page, docx.Document(str(paths.derived(STUDY) / "report.docx"))


def words(text):
    """The text of a page without its markup."""
    return " ".join(re.sub(r"<[^>]+>", "", text.split("</style>")[1]).split())


@pytest.fixture
def whole(folders, codebook):
    """A study with everything, for tests that change it."""
    return keep_whole(codebook)


@pytest.fixture(scope="module")
def built(tmp_path_factory, codebook):
    """That study's report as page and as Word document, built once for all that is asked of it; and its units."""
    with pytest.MonkeyPatch.context() as patch:
        begin(tmp_path_factory.mktemp("whole"), patch)
        units = keep_whole(codebook)
        return *made(), units


def keep_whole(codebook):
    """Put down a study with everything: a printed article, figures, a conflict and a forced fact."""
    units = random_units(codebook, status="reconstructed")
    mean = tables.compute(units, codebook, "table3").set_index("item")["value"]["mean"]
    claims = [
        ("a", "Table 3, Plans", "n_plans", "mean", "n", "9,9", str(mean), "differs", "A slip, perhaps."),
        ("b", "Table 1, Sex", "sex", "base", "n", "12", "12", "reproduced", ""),
        ("c", "Text, Method", "", "", "", "six", "", "not computable", "Not counted."),
    ]
    figures = [("figure1", "Figure 1. Who is responsible"), ("figure3", "Figure 3. Where"), ("degree", "More & more")]
    conflict = {
        "cluster": "1",
        "leading": "yes",
        "assumptions": "",
        "rests_on": "",
        "claims": "implied.n_plans",
        "printed": "9,9",
        "statement": "9,9 < 1",
        "certificate": "9 > 1",
        "in_words": "Too many.",
        "verdict": "inconsistent as printed",
    }
    repair = {"cluster": "1", "repair": "1", "claim": "a", "what": "Plans", "printed": "9,9", "values": "2.5"}
    repair["in_any_repair"] = repair["values"]
    fact = {
        "fact": "files(user_present)",
        "statement_en": "Somebody came.",
        "statement_sv": "N\u00e5gon kom.",
        "forced_by": "a",
        "reading": "all repairs",
    }
    (paths.raw(STUDY) / "differences.csv").write_text("id,explanation\na,The mean is ours.\n", encoding="utf-8")
    found = {"conflicts": conflict, "repairs": repair, "forced": fact}
    keep(units, codebook, claims, figures, **{name: pd.DataFrame([row]) for name, row in found.items()})
    return units


def test_page_and_word_say_the_same(built):
    page, word, _ = built
    headings = [re.sub("<[^>]+>", "", text) for text in re.findall(r"<h[1-3][^>]*>(.*?)</h[1-3]>", page)]
    assert [p.text for p in word.paragraphs if p.style.name.startswith(("Heading", "Title"))] == headings
    without_numbers = re.sub("<details>.*?</details>", "", page, flags=re.DOTALL)
    rows = [tuple(cell for cell in row if cell) for row in Page(without_numbers).rows if row]
    in_word = [tuple(dict.fromkeys(cell._tc for cell in row.cells)) for table in word.tables for row in table.rows]
    texts = ["".join(p.text for cell in row for p in docx.table._Cell(cell, None).paragraphs) for row in in_word]
    notes = {p.text for p in word.paragraphs if p.style.name == "Table note"}
    squeezed = [re.sub(r"\s", "", "".join(row)) for row in rows]
    assert [re.sub(r"\s", "", text) for text in texts] == [
        row for row in squeezed if not any(re.sub(r"\s", "", note) in row for note in notes if note)
    ]
    assert len(word.inline_shapes) == len(Page(page).all("img")) == 3


def test_every_number_of_the_summary_is_there(built):
    text = words(built[0])
    assert all(lead in text for lead in LEADS)
    assert "The mean is ours." in text and "A slip, perhaps." not in text and "Not counted." in text
    assert "(9,9 printed) a file on average" in text
    assert "The article prints 3 numbers. 1 of them follow from the coded files, 1 differ, and 1 cannot" in text
    women = int((built[2]["files"]["sex"] == "female").sum())
    assert f"The person is a woman in {women} files and a man in {12 - women}." in text


def test_the_page_can_be_read_by_all_and_loads_nothing(built):
    text, _, _ = built
    page = Page(text)
    assert page.all("html") == [{"lang": "en"}] and len(page.all("h1")) == 1 and page.all("title")
    assert all(image["alt"].startswith("A picture of ") for image in page.all("img"))
    assert all(image["src"].startswith("data:image/svg+xml;base64,") for image in page.all("img"))
    assert all(heading["scope"] in ("col", "row", "rowgroup") for heading in page.all("th"))
    assert len(page.all("caption")) == len(page.all("table")) >= 8
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert {link["href"].removeprefix("#") for link in page.all("a")} <= set(ids)
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1 and all(b <= a + 1 for a, b in pairwise(levels))
    assert not page.all("script") and not page.all("link") and not re.search(r"https?://|url\(|@import", text)


def test_tables_and_figures_name_their_notebook_and_number(built):
    text = words(built[0])
    for result in ("Table 1. Background of the files", "Figure 1. Who is responsible", "Figure A. More & more"):
        assert result.replace("&", "&amp;") in text
    assert "Made by notebooks/03_help.ipynb." in text and "Made by notebooks/05_collaboration.ipynb." in text
    assert "data/derived/made_up/table2.csv" in text and "figures/made_up/figure1.svg" in text
    page, _, _ = built
    shown = [
        *re.findall(r"<figcaption>.*?<br><small>(.*?)</small>", page),
        *re.findall(r'<p class="notes">.*?</p>', page),
    ]
    assert len(shown) == 3 + len(re.findall(r"<table (?!.*-numbers)", page)) - 1  # all but the list of sources itself
    assert all("Made by notebooks/" in note for note in shown)


def test_a_figure_has_its_numbers_as_a_table(built):
    (numbers,) = re.findall(r'<table id="degree-numbers".*?</table>', built[0], re.DOTALL)
    assert Page(numbers).rows == [["Agency", "Files"], ["Probation & others", "5"]]
    assert [heading["scope"] for heading in Page(numbers).all("th")] == ["col", "col", "row"]


def test_every_figure_of_the_shipped_study_has_its_place_in_the_text():
    drawn = {file.stem for file in paths.figures(paths.DEFAULT_STUDY).glob("*.svg")}
    for language in ("en", "sv"):
        text = (paths.PACKAGE / "templates" / f"report_{language}.md").read_text(encoding="utf-8")
        assert set(re.findall(r"\[\[figure (\w+)", text)) == drawn


def test_conflicts_and_forced_facts_have_their_sections(built):
    text = words(built[0])
    assert all(part in text for part in ("Printed numbers that cannot all hold", "9 &gt; 1", "2.5", "Somebody came."))


@pytest.mark.long
def test_conclusions_say_how_firmly_they_stand_in_short_and_as_a_table(whole):
    rows = [
        ("degree", "weights", "0.25", "0.75", "", "few", "most"),
        ("degree", "rows", "3", "4", "12", "few", "few"),
        ("kind", "rows", "12", "12", "12", "all", "all"),
    ]
    pd.DataFrame(rows, columns=conclusions.COLUMNS).to_csv(paths.derived(STUDY) / "conclusions.csv", index=False)
    page, word = made()
    short = words(page).split("In short")[2].split("What is reproduced and what is not")[0]
    assert "Not decided by our counts: it follows in 25–75 of a hundred ways." in short
    assert "more than half of the ways lead to it in 3–4 of 12 cases" in short
    assert "Borne out. With one file or authority left out at a time, it holds in 12 of 12 cases." in short
    assert "weighting" not in short and " run" not in short
    (table,) = re.findall(r'<table id="conclusions".*?</table>', page, re.DOTALL)
    assert "3–4 of 12 times" in table
    assert page.split(table)[1].split("</p>")[0].endswith("Made by notebooks/05_collaboration.ipynb.</small>")
    assert any("3–4 of 12 times" in cell.text for grid in word.tables for row in grid.rows for cell in row.cells)
    assert f"data/derived/{STUDY}/conclusions.csv" in words(page)


@pytest.mark.long
def test_the_findings_of_the_study_stand_first_with_what_is_counted_beside_them(whole):
    found = [
        {"en": "Plans are short.", "sv": "Planer \u00e4r korta.", "place": "Discussion"},
        {"en": "Users come.", "counts": {"en": "They came in {files(user_present)} of {files()} files."}},
        {"en": "Files are old.", "counts": {"en": "Their age is {mean(age)}."}},
    ]
    path = paths.raw(STUDY) / "study.yml"
    path.write_text(yaml.safe_dump(yaml.safe_load(path.read_text(encoding="utf-8")) | {"findings": found}))
    whole["files"]["age"] = ""
    workbook.write_tidy(paths.derived(STUDY), whole, codebooks.read(paths.CODEBOOK))
    text = words(made()[0])
    assert text.index("What the study found.") < text.index("What the files show.")
    assert "Plans are short. (Discussion.) Not counted: print gives no number for this." in text
    came = int((whole["files"]["user_present"] == "yes").sum())
    assert f"Users come. Counted: They came in {came} of 12 files." in text
    assert "Files are old. Not counted: print gives no number for this." in text
    swedish = words(made("sv")[0])
    assert "Planer \u00e4r korta. (Discussion.) Inte r\u00e4knat" in swedish and "Users come." in swedish


def test_the_study_is_named_before_anything_is_said_of_it(built):
    text = words(built[0])
    assert text.index("a published study (N. N., 2020, A Journal)") < text.index("What was asked.")


@pytest.mark.long
def test_an_own_study_without_a_judgement_is_told_kind_degree_authorities_and_measures(folders, codebook):
    units = random_units(codebook, status="original")
    units["files"]["authority"] = [list(units["authorities"].iloc[:, 0])[n % 2] for n in range(12)]
    units["files"]["collaboration_level"] = codebook.variable("collaboration_level").code_names()[0]
    keep(units, codebook)
    path = paths.raw(STUDY) / "study.yml"
    settings = yaml.safe_load(path.read_text(encoding="utf-8"))
    del settings["judgement"], settings["reference"]
    path.write_text(yaml.safe_dump(settings), encoding="utf-8")
    text = words(made()[0])
    assert "The study states no judgement of its own." in text and "What the study found" not in text
    assert "By our criteria no kind can be told" in text and "cannot be placed" in text  # notebook 5 was not run
    conclusions.write(
        pd.DataFrame(columns=conclusions.COLUMNS), conclusions.run(units, codebook, "en"), paths.derived(STUDY)
    )
    page, word = made()
    text = words(page)
    assert re.search(r"By our criteria (the kind is|no kind)", text) and "on scales from zero to one" in text
    captions = re.findall(r'<table id="(\w+)"', page)
    assert {"authorities", "measures"} <= set(captions)
    assert any("Levels of Collaboration Scale" in cell.text for grid in word.tables for cell in grid.column_cells(0))


def test_what_a_study_does_not_have_is_said(built):
    text = words(built[0])
    assert "no table of the single authorities: print says hardly anything" in text
    assert "None of the field's own measures" in text or 'table id="measures"' in built[0]


@pytest.mark.long
def test_one_of_many_has_its_section_where_sets_were_drawn(whole):
    numbers = {"data_sets": "123", "members": "5", "even": "yes", "pairs": "7", "moving": "6", "widest": "4"}
    rows = [("print" if name == "data_sets" else "sample", name, "", n, "", n, "") for name, n in numbers.items()]
    rows += [("place", "horizontal", "0.25", "0.25", "0.5", "0.75", "3")]
    assert "One of many" not in words(made()[0])
    pd.DataFrame(rows, columns=many.COLUMNS).to_csv(paths.derived(STUDY) / many.FILE, index=False)
    page = made()[0]
    text = words(page)
    assert "123 sets of files fit all printed numbers but those that gave way" in text
    assert ["0.25", "0.25", "0.50", "0.75", "3"] in [row[1:] for row in Page(page).rows]
    assert f"data/derived/{STUDY}/{many.FILE}" in text


def test_reconstructed_data_say_so_first(built):
    page, word, _ = built
    assert words(page).index("Reconstructed data: ") < words(page).index("In short")
    assert next(p.text for p in word.paragraphs if p.style.name == "Framed").startswith("Reconstructed data: ")


def test_word_pictures_have_text_and_fit_the_page(built):
    _, word, _ = built
    assert next(shape._inline.docPr.get("descr") for shape in word.inline_shapes) == "A picture of figure1."
    assert all(shape.width.cm <= 16 and shape.height.cm <= 19.01 for shape in word.inline_shapes)


def test_word_has_contents_with_entries_a_running_head_and_page_numbers(built):
    _, word, _ = built
    headings = [p for p in word.paragraphs if p.style.name == "Heading 1"]
    entries = [p for p in word.paragraphs if p.style.name == "toc 1"]
    assert [p.text for p in entries] == [p.text for p in headings] and len(headings) >= 8
    marks = [mark for p in entries for mark in p._p.xpath(".//w:fldChar/@w:fldCharType")]
    assert marks == ["begin", "separate", "end"]
    links = [link for p in entries for link in p._p.xpath("./w:hyperlink/@w:anchor")]
    assert links == [name for p in headings for name in p._p.xpath("./w:bookmarkStart/@w:name")]
    (section,) = word.sections
    assert section.header.paragraphs[0].text == "A made-up study · Reconstructed data"
    assert section.footer._element.xpath(".//w:fldSimple/@w:instr") == [" PAGE ", " NUMPAGES "]


@pytest.mark.long
def test_swedish(whole):
    page, word = made("sv")
    assert Page(page).all("html") == [{"lang": "sv"}] and word.core_properties.language == "sv-SE"
    assert "Rekonstruerade data: " in words(page) and "(9,9 i tryck) per akt" in words(page)
    assert "Reconstructed" not in words(page)


def test_both_texts_have_the_same_parts():
    english, swedish = (
        (paths.PACKAGE / "templates" / f"report_{language}.md").read_text(encoding="utf-8") for language in ("en", "sv")
    )
    part = re.compile(r"^#+|\[\[.*\]\]|^- |\{%.*?%\}|\{\{.*?\}\}", re.MULTILINE)
    differ = {'" and the last before "', '" och den sista före "'}
    found = [
        sorted(re.sub("|".join(differ), "", text) for text in part.findall(template)) for template in (english, swedish)
    ]
    assert found[0] == found[1]


def test_no_number_is_written_into_the_text():
    for language in ("en", "sv"):
        text = (paths.PACKAGE / "templates" / f"report_{language}.md").read_text(encoding="utf-8")
        written = re.sub(r"\{\{.*?\}\}|\{%.*?%\}|\[\[.*?\]\]|CC BY 4\.0|CC0 1\.0", "", text)
        assert not re.findall(r"\d", written)


@pytest.mark.long
def test_a_small_study_has_a_shorter_report(folders, codebook):
    units = random_units(codebook, size=3, status="original")
    files = units["files"]
    asked = ["file_id", "row_status", "sex", "user_present"]
    keep({"files": files[asked]}, codebook)
    page, word = made()
    text = words(page)
    assert "The rows were coded from case files." in text and "Table 1. Background of the files" in text
    assert "What is reproduced" not in text and "Help before" not in text
    assert document.MISSING not in text and "Figure" not in text and len(word.tables) >= 2


def test_a_study_that_was_not_run_says_what_to_do(folders):
    (paths.raw(STUDY) / "study.yml").write_text("status: original\n", encoding="utf-8")
    with pytest.raises(UserError, match="make all"):
        build.build(STUDY, "en")


def test_a_broken_study_file_is_named(folders, codebook):
    (paths.raw(STUDY) / "study.yml").write_text("title: [x\n", encoding="utf-8")
    with pytest.raises(UserError, match=r"study\.yml"):
        build.build(STUDY, "en")


@pytest.mark.parametrize("language", ["en", "sv"])
def test_what_failed_stands_under_the_title_with_the_sections_that_rest_on_it(whole, language):
    blocks = build.compose(build.read(STUDY, language), {"05_collaboration": ["A pen broke.", "Ink is missing."]})
    assert isinstance(blocks[0], document.Heading)
    assert blocks[1] == document.Paragraph(messages.text("report_incomplete", language), is_framed=True)
    assert blocks[2] == document.Bullets(("A pen broke.", "Ink is missing."))
    section = {"en": "Kind and degree of collaboration", "sv": "Samverkans form och grad"}[language]
    assert section in blocks[3].text
    assert {"en": "Background", "sv": "Bakgrund"}[language] not in blocks[3].text


def broken(*_, **__):
    raise ZeroDivisionError("no cake")


BREAKS = {
    "a table of ours": (build._Inserts, "insert_forced", "forced"),
    "what sentences are made from": (build, "_standing", "standing"),
    "a number in a sentence": (build, "_cell_number", "social_service, total"),
    "a printed table": (build.rendering, "study_table", "table1"),
    "the Word file": (build.document, "to_docx", "report.docx"),
    "what may be passed on": (build.publication, "write", "publication"),
}


@pytest.mark.parametrize("name", BREAKS)
def test_a_part_that_fails_costs_no_other_and_is_told(folders, codebook, name, monkeypatch):
    keep_whole(codebook) if name != "what may be passed on" else keep(
        random_units(codebook, status="original"), codebook
    )
    place, function, part = BREAKS[name]
    monkeypatch.setattr(place, function, broken)
    with pytest.raises(Incomplete) as caught:
        build.build(STUDY, "en")
    said = "\n".join(caught.value.parts)
    assert f"'{part}" in said and "ZeroDivisionError: no cake" in said
    page = words((paths.derived(STUDY) / "report.html").read_text(encoding="utf-8"))
    assert ("Not everything could be made." in page) == (name not in ("the Word file", "what may be passed on"))
    assert "The data and their use" in page
    made = {path.name for path in paths.derived(STUDY).iterdir() if path.name in build.FILES}
    assert made == set(build.FILES) - ({"report.docx"} if name == "the Word file" else set())
    assert not (paths.derived(STUDY) / "publication").exists()


@pytest.mark.long
def test_same_bytes_in_another_process_zone_and_hash_seed(whole, folders):
    script = (
        f"import sys; sys.path.insert(0, {str(paths.PACKAGE.parent)!r})\n"
        "from pathlib import Path\nfrom analysis import paths\nfrom analysis.report import build\n"
        f"paths.ROOT = Path({str(folders)!r})\nbuild.build({STUDY!r}, 'en')"
    )
    found = []
    for seed, zone in (("1", "Asia/Tokyo"), ("2", "America/Lima")):
        environment = os.environ | {"PYTHONHASHSEED": seed, "TZ": zone}
        subprocess.run([sys.executable, "-c", script], check=True, env=environment, timeout=120)
        derived = paths.derived(STUDY)
        found.append([hashlib.sha256((derived / name).read_bytes()).hexdigest() for name in build.FILES])
    assert found[0] == found[1]


def insert(name, *arguments):
    yield document.Paragraph(" ".join((name, *arguments)))


@pytest.mark.parametrize(
    ("text", "blocks"),
    [
        ("# A\n\nb\nc", [document.Heading(1, "A"), document.Paragraph("b c")]),
        ("> a\nb", [document.Paragraph("a b", is_framed=True)]),
        ("- a - b\n  c\n- d", [document.Bullets(("a - b c", "d"))]),
        (f"- a\n- {document.MISSING}", [document.Bullets(("a",))]),
        (f"- {document.MISSING}\n\n{document.MISSING}", []),
        (f"## A\n\n{document.MISSING}\n\n## B\n\nb", [document.Heading(2, "B"), document.Paragraph("b")]),
        ("## A\n\n### B\n\nb", [document.Heading(2, "A"), document.Heading(3, "B"), document.Paragraph("b")]),
        ("[[one two]]", [document.Paragraph("one two")]),
    ],
)
def test_text_becomes_blocks(text, blocks):
    assert document.parse(text, insert) == blocks


@pytest.mark.parametrize(
    ("language", "one", "several"),
    [("en", "file", "files"), ("sv", "akt", "akter")],
)
def test_one_file_is_spoken_of_as_one(folders, codebook, language, one, several):
    keep(random_units(codebook, 1), codebook)
    page, _ = made(language)
    text = words(page)
    assert f"1 {one}" in text and not re.search(rf"\b1 {several}", text)
