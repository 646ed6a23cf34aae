"""Every notebook opens in JupyterLab, in a real browser, and runs there from top to end without an error."""

import json

import pytest
from browser import SECONDS, lab, needs_browser
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select

from analysis import paths
from analysis.explore import exploring
from analysis.sheets import workbook
from analysis.study import studies

pytestmark = [needs_browser, pytest.mark.long]

NAMES = sorted(path.stem for path in paths.NOTEBOOKS.glob("*.ipynb"))


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    with lab(tmp_path_factory.mktemp("lab")) as started:
        yield started


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_runs_in_jupyterlab(name, running):
    running.open(name)
    outputs = running.run_all()
    assert outputs and any(outputs), f"{name} showed nothing within {SECONDS} seconds"
    said = [output for cell in outputs for output in cell]
    assert not [output for output in said if output["output_type"] == "error" or output.get("name") == "stderr"]
    assert running.errors() == []


def test_controls_pick_change_and_show(running):
    """Each set of controls is used as a reader would; it shows what `exploring` says, and the file keeps none of it."""
    here = studies.read(paths.DEFAULT_STUDY)
    units = workbook.read_tidy(paths.derived(paths.DEFAULT_STUDY), here.codebook)
    running.open("07_explore_cases")
    running.run_all()
    browser = running.browser

    def shown() -> str:
        """The text of the table of the set of controls in front, or of the message in its place."""
        inside = "//*[contains(@class, 'widget-tab-contents')]//*[self::table or self::p]"
        return "".join(part.text for part in browser.find_elements(By.XPATH, inside) if part.is_displayed())

    def control(label: str, kind: str):
        inside = f"//label[text()='{label}']/following-sibling::{kind}"
        found = running.until(lambda: browser.find_element(By.XPATH, inside))
        browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", found)
        return found

    def page(name: str) -> None:
        tab = running.until(
            lambda: browser.find_element(By.XPATH, f"//*[contains(@class, 'lm-TabBar-tabLabel')][text()='{name}']")
        )
        browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", tab)
        tab.click()

    condition = control("Condition", "input")
    condition.send_keys("residence == homeless", Keys.ENTER)
    (homeless,) = exploring.pick(units, here.codebook, "residence == homeless")
    running.until(lambda: "residence == homeless" in shown())
    assert homeless in shown() and exploring.FORCED in shown()
    condition.send_keys(Keys.CONTROL, "a", Keys.NULL, "residenc == homeless", Keys.ENTER)
    running.until(lambda: "Did you mean residence (Residence)?" in shown())

    page("Read one file")
    Select(control("File", "select")).select_by_visible_text("R05")
    running.until(lambda: "File R05" in shown())
    row = units["files"].set_index("file_id").loc["R05"]
    assert here.codebook.label("residence", row["residence"], "en") in shown()

    page("Cross-tabulate")
    Select(control("Rows", "select")).select_by_visible_text("Residence (residence)")
    Select(control("Columns", "select")).select_by_visible_text("Sex (sex)")
    running.until(lambda: "“Residence” by “Sex”" in shown())
    expected = exploring.crossed(units, here.codebook, "residence", "sex", "en", exploring.leeway(here))
    for line in expected.rows:
        assert " ".join([line.label, *(f"{cell.text} {cell.mark}".strip() for cell in line.cells)]) in shown()

    stored = running.save()
    assert "widgets" not in stored["metadata"]
    (cell,) = [cell for cell in stored["cells"] if "controls.show" in "".join(cell["source"])]
    (output,) = cell["outputs"]
    said = json.dumps(output)
    assert here.codebook.phrase("controls_hint", "en") in said and len(said) < 500
    assert not any(text in said for text in (*units["files"]["file_id"], "homeless", "Residence"))
    assert running.errors() == []
