"""JupyterLab in a real browser without a window: what the tests of the notebooks and of their controls share."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from analysis import paths
from analysis.run import environment

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")

needs_browser = pytest.mark.skipif(
    not (CHROMIUM and DRIVER) and os.environ.get("CI") != "true", reason="chromium and chromedriver are not installed"
)
"""Marks a test that needs a browser: skipped where there is none, never on the build server."""

SECONDS = 90
"""The longest that a page or a notebook may take."""

_FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--window-size=1400,1000",
)  # fmt: skip

_NO_NEWS = '{"fetchNews": "false", "checkForUpdates": false}'

_CELLS = """
const panel = window.jupyterapp.shell.currentWidget;
const cells = Array.from(panel.content.model.cells).filter(cell => cell.type === 'code');
return {
  path: panel.context.path,
  status: panel.sessionContext.session?.kernel?.status ?? 'none',
  counts: cells.map(cell => cell.executionCount),
  running: cells.filter(cell => cell.executionState !== 'idle').length,
  outputs: cells.map(cell => cell.outputs.toJSON()),
};
"""


@dataclass(frozen=True)
class Lab:
    """A JupyterLab that runs on copies of the notebooks, and a browser that looks at it."""

    address: str
    token: str
    folder: Path
    browser: webdriver.Chrome

    def open(self, name: str) -> None:
        """Open a notebook by its name without suffix, and wait until its kernel is ready."""
        self.errors()
        self.browser.get(f"{self.address}/lab/tree/notebooks/{name}.ipynb?reset&token={self.token}")
        self.until(lambda: self.state()["path"] == f"notebooks/{name}.ipynb" and self.state()["status"] == "idle")

    def run_all(self) -> list[list[dict]]:
        """Clear the stored outputs, run all cells from the menus as a user does, and give each code cell's outputs."""
        self.menu("Edit", "editmenu:clear-all")
        self.until(lambda: not any(self.state()["counts"]))
        self.menu("Run", "runmenu:run-all")
        self.until(self._has_run)
        return self.state()["outputs"]

    def save(self) -> dict:
        """Save the notebook in front from the menu, and give what its file then holds."""
        file = self.folder / self.state()["path"]
        before = file.stat().st_mtime_ns
        self.menu("File", "docmanager:save")
        self.until(lambda: file.stat().st_mtime_ns != before)
        return json.loads(file.read_text(encoding="utf-8"))

    def menu(self, heading: str, command: str) -> None:
        """Choose a command from a menu."""
        label = f"//*[contains(@class, 'lm-MenuBar-itemLabel')][text()='{heading}']"
        self.until(lambda: self.browser.find_element(By.XPATH, label)).click()
        self.click(f".lm-Menu-item[data-command='{command}']")

    def click(self, selector: str) -> None:
        """Click the element that a CSS selector finds, as soon as it is there."""
        self.until(lambda: self.browser.find_element(By.CSS_SELECTOR, selector)).click()

    def state(self) -> dict:
        """The notebook in front: `path`, `status` of its kernel, and of its code cells `counts`, `outputs`."""
        return self.browser.execute_script(_CELLS)

    def until(self, condition):
        """Wait until the condition gives something true, and give that. The browser's errors meanwhile do not count."""
        wait = WebDriverWait(self.browser, SECONDS, poll_frequency=0.1, ignored_exceptions=[WebDriverException])
        return wait.until(lambda _: condition())

    def errors(self) -> list[str]:
        """What the browser's console called an error since it was last asked."""
        return [entry["message"] for entry in self.browser.get_log("browser") if entry["level"] == "SEVERE"]

    def _has_run(self) -> bool:
        state = self.state()
        failed = any(output["output_type"] == "error" for cell in state["outputs"] for output in cell)
        finished = failed or None not in state["counts"]  # a kernel that ran before counts on from there
        return finished and state["status"] == "idle" and not state["running"]


@contextlib.contextmanager
def lab(folder: Path) -> Iterator[Lab]:
    """Start JupyterLab and a browser on copies, made in `folder`, of the notebooks and of the kept results."""
    shutil.copytree(paths.NOTEBOOKS, folder / "notebooks", ignore=shutil.ignore_patterns(".*"))
    for results in (paths.derived(paths.DEFAULT_STUDY), paths.figures(paths.DEFAULT_STUDY)):
        shutil.copytree(results, folder / "results" / results.relative_to(paths.ROOT))
    settings = folder / "settings" / "@jupyterlab" / "apputils-extension"
    settings.mkdir(parents=True)
    (settings / "notification.jupyterlab-settings").write_text(_NO_NEWS)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    token = secrets.token_hex(16)
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ip=127.0.0.1", f"--port={port}"]
    command += [f"--ServerApp.root_dir={folder}", f"--IdentityProvider.token={token}", "--ServerApp.port_retries=0"]
    command += ["--LabApp.expose_app_in_browser=True", "--LabApp.extension_manager=readonly"]
    variables = {"COMPENDIUM_OUTPUT": str(folder / "results"), "PYTHONPATH": str(paths.ROOT)}
    variables |= {"JUPYTERLAB_SETTINGS_DIR": str(folder / "settings"), "JUPYTERLAB_WORKSPACES_DIR": str(folder)}
    with (folder / "log").open("w") as log:
        attended = {name: value for name, value in os.environ.items() if name != environment.UNATTENDED}
        server = subprocess.Popen(command, cwd=folder, env=attended | variables, stdout=log, stderr=log)
    try:
        address = f"http://127.0.0.1:{port}"
        _wait_for(f"{address}/api?token={token}", server, folder / "log")
        browser = headless(folder / "profile")
        try:
            yield Lab(address, token, folder, browser)
        finally:
            browser.quit()
    finally:
        server.terminate()
        server.wait(timeout=30)


def headless(profile: Path) -> webdriver.Chrome:
    """Start a browser without a window that keeps its state in that folder."""
    options = Options()
    options.binary_location = CHROMIUM
    for flag in (*_FLAGS, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    browser = webdriver.Chrome(options, Service(DRIVER))
    browser.set_script_timeout(SECONDS)
    return browser


def _wait_for(address: str, server: subprocess.Popen, log: Path) -> None:
    for _ in range(10 * SECONDS):
        assert server.poll() is None, log.read_text()
        with contextlib.suppress(OSError), urllib.request.urlopen(address):
            return
        time.sleep(0.1)
    raise TimeoutError(log.read_text())
