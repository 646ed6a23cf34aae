"""Tables for readers: every form of a table holds the numbers of the counted one, can be read by all, and is stable."""

import hashlib
import os
import subprocess
import sys
from decimal import Decimal
from html.parser import HTMLParser

import docx
import openpyxl
import pandas as pd
import pytest
from docx.oxml.ns import qn
from samples import random_units

from analysis import paths
from analysis.counts import tables
from analysis.display import rendering
from analysis.study import codebook as codebooks

NAMES = ("table1", "table2", "table3")


@pytest.fixture(scope="module")
def codebook():
    return codebooks.read(paths.CODEBOOK)


@pytest.fixture(scope="module")
def units(codebook):
    return random_units(codebook)


def claims(*rows):
    columns = ["id", "where", "block", "item", "column", "published", "computed", "verdict", "note"]
    return pd.DataFrame([("x", "Table", *row, "") for row in rows], columns=columns)


def shown(codebook, units, table, language="en", **options):
    return rendering.study_table(units, codebook, table, language, **options)


class Page(HTMLParser):
    """Elements of a page, with their attributes, and the text of each cell of its tables, row by row."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.rows, self.cell = [], [], None
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        if tag == "tr":
            self.rows.append([])
        if tag in ("th", "td"):
            self.cell = []

    def handle_endtag(self, tag):
        if tag in ("th", "td"):
            self.rows[-1].append("".join(self.cell))
            self.cell = None

    def handle_data(self, data):
        if self.cell is not None:
            self.cell.append(data)

    def all(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.mark.parametrize("name", NAMES)
def test_html_holds_the_numbers_under_scoped_headings(codebook, units, name):
    table = shown(codebook, units, name)
    page = Page(table.to_html())
    numbers = [
        int(cell) if "." not in cell else Decimal(cell) for row in page.rows for cell in row[1:] if cell[:1].isdigit()
    ]
    assert numbers == list(tables.compute(units, codebook, name)["value"])
    assert {heading["scope"] for heading in page.all("th")} == {"col", "row", "rowgroup"}
    assert len(page.all("caption")) == 1 and page.all("table")[0]["id"] == name
    assert all("of 12 files" in heading for heading in page.rows[0][1:])


def test_a_notebook_gets_every_form_without_addresses(codebook, units):
    bundle = shown(codebook, units, "table2")._repr_mimebundle_()
    assert set(bundle) == {"text/html", "text/plain", "text/latex"}
    assert " at 0x" not in "".join(bundle.values())
    assert bundle["text/latex"].count(r"\\") == len(shown(codebook, units, "table2").rows) + 2


def test_a_number_that_differs_has_the_printed_one_beside_it(codebook, units):
    computed = tables.compute(units, codebook, "table3").set_index(["block", "item"])["value"]
    mean, users = computed["n_plans", "mean"], computed["user_participation", "user_present"]
    found = claims(
        ("n_plans", "mean", "n", "2,2", str(mean), "differs"),
        ("user_participation", "user_present", "n", str(users), str(users), "reproduced"),
    )
    plain = shown(codebook, units, "table3", claims=found)
    line = next(line for line in plain.to_text().splitlines() if "Mean" in line)
    assert line.split() == ["Mean", str(mean), "≠", "2,2", "printed"]
    assert "≠ differs: " in plain.to_text() and "= reproduced: " not in plain.to_text()
    marked = shown(codebook, units, "table3", claims=found, mark_all=True)
    assert f"{users} <strong>=</strong>" in marked.to_html() and "= reproduced: " in marked.to_text()


def test_numbers_stay_in_line_in_plain_text(codebook, units):
    found = claims(("sex", "female", "n", "99", "1", "differs"))
    lines = shown(codebook, units, "table1", claims=found).to_text().splitlines()
    rows = [line for line in lines if line.startswith("  ") and line.strip()[-1:].isdigit()]
    assert len({len(row) for row in rows}) == 1


def test_swedish_has_labels_and_decimal_comma(codebook):
    units = random_units(codebook, status="reconstructed")
    text = shown(codebook, units, "table3", "sv").to_text()
    mean = tables.compute(units, codebook, "table3").set_index("item")["value"]["mean"]
    assert f"Medelvärde {str(mean).replace('.', ',')}" in " ".join(text.split())
    assert text.startswith("Tabell 3. ") and "av 12 akter" in text and "Rekonstruerade data: " in text
    assert rendering.number(25000, "sv") == "25\N{NO-BREAK SPACE}000" and rendering.number(25000, "en") == "25,000"


def test_notes_say_what_is_reconstructed_counted_and_missing(codebook):
    units = random_units(codebook, blank=("marital_status",), status="reconstructed")
    table = shown(codebook, units, "table1")
    assert table.notes[0].startswith("Reconstructed data: ")
    assert any(note.startswith("Substance abuse problems: files with an answer") for note in table.notes)
    assert table.notes[-1] == "Not coded in this study: Marital status."
    assert "Marital status" not in table.to_text().split("\n\n")[1]


def test_a_study_without_a_table_gives_an_empty_one(codebook):
    table = shown(codebook, {"files": pd.DataFrame()}, "table2")
    assert table.rows == () and table.to_html() and table.to_text() and table.to_latex()


def test_frame_gives_values_not_texts(codebook, units):
    frame = shown(codebook, units, "table1").to_frame()
    assert list(frame.columns) == ["block", "label", "n"]
    assert frame["n"].tolist() == tables.compute(units, codebook, "table1")["value"].tolist()


def test_markup_in_a_label_stays_text():
    table = rendering.StudyTable(
        "t", "Table 1", "A & B <i>", (rendering.Head("", numeric=False), rendering.Head("n_1 %")),
        (rendering.Row("50 % {x}", (rendering.Cell("<b>"),)),),
    )  # fmt: skip
    assert "A &amp; B &lt;i&gt;" in table.to_html() and "&lt;b&gt;" in table.to_html()
    assert r"n\_1 \%" in table.to_latex() and r"50 \% \{x\}" in table.to_latex()


def test_word_holds_the_numbers_in_real_tables(codebook, units, tmp_path):
    made = [shown(codebook, units, name) for name in NAMES]
    rendering.write_docx(made, tmp_path / "t.docx", "All tables", "sv")
    document = docx.Document(str(tmp_path / "t.docx"))
    assert len(document.tables) == 3
    for grid, name in zip(document.tables, NAMES, strict=True):
        texts = [cell.text for row in grid.rows[1:] for cell in row.cells[1:] if cell.text[:1].isdigit()]
        assert texts == [str(value) for value in tables.compute(units, codebook, name)["value"]]
        assert grid.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None
        assert all(row._tr.trPr.find(qn("w:cantSplit")) is not None for row in grid.rows)
    captions = [paragraph for paragraph in document.paragraphs if paragraph.style.name == "Caption"]
    assert [caption._p.xpath("string(w:fldSimple/@w:instr)").split()[0] for caption in captions] == ["SEQ"] * 3
    properties = document.core_properties
    assert (properties.title, properties.language, properties.author) == ("All tables", "sv-SE", "")
    assert properties.created is None and properties.modified is None


def test_excel_holds_the_numbers_as_numbers(codebook, units, tmp_path):
    made = [shown(codebook, units, name) for name in NAMES]
    rendering.write_xlsx(made, tmp_path / "t.xlsx", "All tables", [("Status", "=1+1")])
    book = openpyxl.load_workbook(tmp_path / "t.xlsx")
    assert book.sheetnames == ["about", *NAMES] and book["about"]["B3"].value == "=1+1"
    assert book["about"]["B3"].data_type == "s"
    for name in NAMES:
        cells = [cell.value for row in book[name].iter_rows(min_row=4, min_col=2) for cell in row]
        numbers = [value for value in cells if isinstance(value, int | float)]
        assert numbers == [float(value) for value in tables.compute(units, codebook, name)["value"]]


MAKE = """
import sys
from pathlib import Path
sys.path[:0] = [{root!r}, {tests!r}]
from samples import random_units
from analysis import paths
from analysis.display import rendering
from analysis.study import codebook
book, folder = codebook.read(paths.CODEBOOK), Path({folder!r})
units = random_units(book)
made = [
    rendering.study_table(units, book, name) for name in {names!r}
]
rendering.write_html(made[0], folder / "t.html")
rendering.write_docx(made, folder / "t.docx", "All", "en")
rendering.write_xlsx(made, folder / "t.xlsx", "All", [("Status", "made up")])
"""


@pytest.mark.long
def test_same_bytes_in_another_process_zone_and_hash_seed(tmp_path):
    found = []
    for seed, zone, folder in (("1", "Asia/Tokyo", tmp_path / "a"), ("2", "America/Lima", tmp_path / "b")):
        folder.mkdir()
        script = MAKE.format(root=str(paths.ROOT), tests=str(paths.ROOT / "tests"), folder=str(folder), names=NAMES)
        environment = os.environ | {"PYTHONHASHSEED": seed, "TZ": zone}
        subprocess.run([sys.executable, "-c", script], check=True, env=environment, timeout=120)
        found.append({path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())})
    assert found[0] == found[1] and set(found[0]) == {"t.html", "t.docx", "t.xlsx"}


def test_a_page_loads_nothing(codebook, units, tmp_path):
    rendering.write_html(shown(codebook, units, "table1"), tmp_path / "t.html")
    text = (tmp_path / "t.html").read_text(encoding="utf-8")
    page = Page(text)
    assert page.all("html") == [{"lang": "en"}] and page.all("title")
    assert "http://" not in text and "https://" not in text and "url(" not in text and not page.all("script")
