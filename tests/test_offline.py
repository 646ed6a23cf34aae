"""With the network cut everything works, no page loads anything, and in Swedish all of it is Swedish."""

import html
import json
import re
import string

import docx
import pytest
from browser import CHROMIUM, DRIVER, needs_browser
from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service

from analysis import paths
from analysis.language import messages
from analysis.study import codebook as codebooks


@pytest.fixture
def office(cut_off):
    """A Swedish study, run with the network cut."""
    return cut_off


@pytest.mark.long
def test_a_run_calls_nobody(office):
    assert not (office / "analysis" / "calls").exists()


def pages(office):
    return sorted((office / "data" / "derived" / "uppsala").rglob("*.html"))


@pytest.mark.long
@needs_browser
def test_no_page_loads_anything_in_a_browser_without_network(office):
    options = Options()
    options.binary_location = CHROMIUM
    for flag in ("--headless", "--no-sandbox", "--disable-gpu", "--host-resolver-rules=MAP * ~NOTFOUND",
                 "--disable-background-networking", "--no-first-run"):  # fmt: skip
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    browser = webdriver.Chrome(options=options, service=Service(DRIVER))
    try:
        for page in pages(office):
            browser.get(page.as_uri())
            entries = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
            asked = [e["params"]["request"]["url"] for e in entries if e["method"] == "Network.requestWillBeSent"]
            assert [url for url in asked if not url.startswith("data:")] == [page.as_uri()]
            assert [entry["message"] for entry in browser.get_log("browser")] == []
            assert browser.execute_script("return document.documentElement.lang") == "sv"
            assert browser.execute_script("return Array.from(document.images).every(i => i.naturalWidth > 0 && i.alt)")
    finally:
        browser.quit()


# Swedish


def visible(page):
    """The text of a page as a reader sees it, without figures, file names and style."""
    text = re.sub(r"<(style|svg|code)\b.*?</\1>", " ", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    return html.unescape(re.sub(r"<[^>]+>", " ", text))


@pytest.mark.long
def test_numbers_have_a_decimal_comma_everywhere(office):
    derived = office / "data" / "derived" / "uppsala"
    texts = {page.name: visible(page) for page in pages(office)}
    for file in derived.rglob("*.docx"):
        document = docx.Document(str(file))
        cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
        texts[file.name] = "\n".join([*(paragraph.text for paragraph in document.paragraphs), *cells])
    for file in (office / "figures" / "uppsala").glob("*.txt"):
        texts[file.name] = file.read_text(encoding="utf-8")
    for file in (office / "figures" / "uppsala").glob("*.svg"):
        texts[file.name] = "\n".join(re.findall(r"<text\b[^>]*>([^<]*)", file.read_text(encoding="utf-8")))
    found = {
        name: re.findall(r"\d\.\d+", re.sub(r"\b(CC \w+|version) [\d.]+|CC0 1\.0|\bdoi \S+", "", text))
        for name, text in texts.items()
    }
    assert {name: numbers for name, numbers in found.items() if numbers} == {}
    assert re.search(r"\b1,\d\d\b|\b2,\d\d\b", texts["table3.html"])


@pytest.mark.long
def test_the_terms_are_those_of_swedish_services(office):
    text = visible(office / "data" / "derived" / "uppsala" / "report.html").lower()
    for term in ("samordnad individuell plan", "beroendevård", "öppenpsykiatri", "socialtjänst", "heldygnsvård",
                 "primärvård", "försäkringskassan", "frivården", "ej dokumenterat"):  # fmt: skip
        assert term in text
    english = r"\b(the|files?|not|and|which|hidden|printed|helped|shown)\b"
    named = re.sub(r"publication|\b[\w/]+\.(csv|html|ipynb|yml)\b", "", text)
    assert re.findall(english, named) == []


def test_every_message_has_both_languages_and_the_same_places_for_facts():
    def places(text):
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    for key, sentence in messages.MESSAGES.items():
        assert places(sentence.en) == places(sentence.sv), key
        if len(re.sub(r"\{\w*\}|\W", "", sentence.en)) > 12:  # without facts and signs
            assert sentence.en != sentence.sv, key
            assert not re.search(r"\b(the|and|which|cannot)\b", sentence.sv), key


def test_every_label_of_the_codebook_has_both_languages():
    for row in codebooks.read(paths.PACKAGE.parent / "data" / "raw" / "codebook.csv").rows:
        for entry in (row, *row.codes):
            assert entry.label.en and entry.label.sv, row.name
            assert bool(entry.note.en) == bool(entry.note.sv), row.name
