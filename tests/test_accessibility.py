"""The report in a browser: no violation that axe-core knows, nothing wider than a phone, and all of it by keyboard."""

import shutil

import pytest
from browser import headless, needs_browser
from selenium.webdriver import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium_axe_python import Axe

from analysis import paths
from analysis.display import rendering
from analysis.report import build
from analysis.sheets import workbook
from analysis.study import studies

pytestmark = [needs_browser, pytest.mark.long]

WIDTHS = {"desktop": 1200, "phone": 390, "small phone": 360}

SCROLLS = (
    "return [...document.querySelectorAll('*')].filter(e => e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 0"
)
SCROLLS += " && ['auto', 'scroll'].includes(getComputedStyle(e).overflowX))"
"""The elements that a reader must scroll sideways to see all of."""


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """The report of the shipped study in each language, as addresses of files."""
    made = {}
    for language in ("en", "sv"):
        root = tmp_path_factory.mktemp(language)
        with pytest.MonkeyPatch.context() as patch:
            for folder in (paths.derived, paths.figures):
                here = folder(paths.DEFAULT_STUDY)
                shutil.copytree(here, root / here.relative_to(paths.ROOT))
            patch.setenv("COMPENDIUM_OUTPUT", str(root))
            made[language] = build.build(paths.DEFAULT_STUDY, language)[0].as_uri()
    return made


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    started = headless(tmp_path_factory.mktemp("profile"))
    yield started
    started.quit()


def show(browser, address, width=1200, scheme="light", medium="screen"):
    """Open a page as on a screen of that width, in light or dark, or as on paper."""
    screen = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}
    scheme = {"name": "prefers-color-scheme", "value": scheme}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": medium, "features": [scheme]})
    browser.get(address)


@pytest.mark.parametrize(
    ("language", "scheme", "screen"),
    [("en", "light", "desktop"), ("en", "dark", "phone"), ("sv", "light", "phone"), ("sv", "dark", "desktop")],
    ids="-".join,
)
def test_axe_finds_nothing(language, scheme, screen, pages, browser):
    show(browser, pages[language], WIDTHS[screen], scheme)
    browser.execute_script("document.querySelectorAll('details').forEach(each => each.open = true)")
    axe = Axe(browser)
    axe.inject()
    found = axe.run()
    assert found["passes"] and not found["violations"], axe.report(found["violations"])


@pytest.mark.parametrize("name", ["table1", "table2", "table3"])
def test_axe_finds_nothing_in_the_page_of_a_table(name, browser, tmp_path):
    here = studies.read(paths.DEFAULT_STUDY)
    units = workbook.read_tidy(paths.derived(paths.DEFAULT_STUDY), here.codebook)
    page = tmp_path / f"{name}.html"
    rendering.write_html(rendering.study_table(units, here.codebook, name), page)
    show(browser, page.as_uri())
    axe = Axe(browser)
    axe.inject()
    assert not axe.run()["violations"]


def test_axe_would_find_something(pages, browser):
    show(browser, pages["en"])
    browser.execute_script("document.querySelector('img').removeAttribute('alt')")
    axe = Axe(browser)
    axe.inject()
    assert [violation["id"] for violation in axe.run()["violations"]] == ["image-alt"]


@pytest.mark.parametrize("language", ["en", "sv"])
def test_on_a_phone_tables_are_read_without_scrolling_and_stay_tables(language, pages, browser):
    show(browser, pages[language], WIDTHS["small phone"])
    assert not browser.execute_script(SCROLLS)
    assert browser.execute_script("return document.documentElement.scrollWidth") <= WIDTHS["small phone"]
    stacked = browser.find_elements(By.CSS_SELECTOR, "main > .stacks table")
    assert len(stacked) >= 8
    for table in stacked:
        row = table.find_element(By.CSS_SELECTOR, "tbody tr.item")
        first, *cells = row.find_elements(By.CSS_SELECTOR, "th, td")
        shown = [cell for cell in cells if cell.is_displayed()]
        assert all(cell.location["y"] > first.location["y"] for cell in shown)
        assert all(cell.get_attribute("data-label") for cell in shown)
        assert (table.aria_role, row.aria_role, first.aria_role) == ("table", "row", "rowheader")
        assert {cell.aria_role for cell in shown} == {"cell"}
    assert not browser.find_elements(By.CSS_SELECTOR, "main table .notes, main tfoot")


def test_what_does_not_fit_the_screen_is_a_table_that_keys_reach_and_scroll(pages, browser):
    show(browser, pages["en"], width=200)
    scrolled = browser.execute_script(SCROLLS)
    assert scrolled
    for element in scrolled:
        assert element.find_elements(By.TAG_NAME, "table")
        assert (element.get_attribute("tabindex"), element.get_attribute("role")) == ("0", "region")
        assert element.get_attribute("aria-label")


def test_keys_lead_past_the_contents_to_the_text_and_show_where_they_are(pages, browser):
    show(browser, pages["en"])
    ActionChains(browser).send_keys(Keys.TAB).perform()
    skip = browser.switch_to.active_element
    assert skip.get_attribute("class") == "skip" and skip.location["x"] >= 0
    skip.send_keys(Keys.ENTER)
    ActionChains(browser).send_keys(Keys.TAB).perform()
    reached = browser.switch_to.active_element
    assert browser.execute_script("return document.querySelector('main').contains(arguments[0])", reached)
    for _ in range(12):
        outline = (
            "const style = getComputedStyle(arguments[0]); return [style.outlineStyle, parseFloat(style.outlineWidth)]"
        )
        style, width = browser.execute_script(outline, browser.switch_to.active_element)
        assert style != "none" and width >= 1
        ActionChains(browser).send_keys(Keys.TAB).perform()


def test_a_figure_opens_its_words_and_numbers_by_keyboard(pages, browser):
    show(browser, pages["en"])
    details = browser.find_element(By.CSS_SELECTOR, "figure details")
    assert not details.find_element(By.TAG_NAME, "table").is_displayed()
    details.find_element(By.TAG_NAME, "summary").send_keys(Keys.ENTER)
    assert details.find_element(By.TAG_NAME, "table").is_displayed()


def test_on_paper_there_is_no_navigation_and_nothing_is_cut(pages, browser):
    show(browser, pages["en"], width=700, medium="print")
    assert not browser.find_element(By.TAG_NAME, "nav").is_displayed()
    assert not browser.execute_script(SCROLLS)
    white = "return getComputedStyle(document.body).backgroundColor"
    show(browser, pages["en"], scheme="dark", medium="print")
    assert browser.execute_script(white) == "rgb(255, 255, 255)"
