"""Controls for exploring cases in JupyterLab. They choose; `exploring` makes the tables they show.

A notebook file keeps nothing of what they show: what is stored below the cell is a reference to the running kernel and
one sentence. In an unattended run (`make all`, the tests) there are no controls, only the sentence.
"""

from __future__ import annotations

import html
import os
from collections.abc import Callable, Mapping
from dataclasses import replace

import pandas as pd

from analysis.display.rendering import StudyTable
from analysis.errors import UserError
from analysis.explore import exploring
from analysis.explore.exploring import Within
from analysis.printed.wording import labelled
from analysis.run.environment import UNATTENDED
from analysis.study.codebook import Codebook


def show(units: Mapping[str, pd.DataFrame], codebook: Codebook, language: str, within: Within | None = None) -> None:
    """Display three sets of controls, each with its table below: pick files, read one file, cross two variables.

    `within` is as in `exploring`.
    """
    from IPython.display import display

    hint = codebook.phrase("controls_hint", language)
    if os.environ.get(UNATTENDED):
        display({"text/plain": hint}, raw=True)
        return
    bundle = panel(units, codebook, language, within)._repr_mimebundle_()
    # The widget's own text holds all that its children show, case rows among it, and would be stored.
    display(bundle | {"text/plain": hint}, raw=True)


def panel(units: Mapping[str, pd.DataFrame], codebook: Codebook, language: str, within: Within | None = None):
    """The controls as one ipywidgets widget."""
    import ipywidgets

    def phrase(name: str) -> str:
        return codebook.phrase(f"controls_{name}", language)

    def label(name: str) -> str:
        return f"{labelled(codebook, name, language)} ({name})"

    crossable = exploring.variables_to_cross(units, codebook)
    names = [(label(name), name) for name in crossable]
    condition = ipywidgets.Text(description=phrase("condition"), placeholder="n_plans >= 2", continuous_update=False)
    file = ipywidgets.Dropdown(options=exploring.pick(units, codebook, ""), description=phrase("file"))
    down = ipywidgets.Dropdown(options=names, value=crossable[0], description=phrase("down"))
    across = ipywidgets.Dropdown(options=names, value=crossable[-1], description=phrase("across"))
    wide = ipywidgets.Layout(width="64em", max_width="calc(100% - 4px)")  # but for the margins
    for control in (condition, file, down, across):
        control.layout = wide
    sets = {
        "pick": ([condition], lambda: exploring.picked(units, codebook, condition.value, language, within)),
        "read": ([file], lambda: exploring.story(units, codebook, file.value, language)),
        "cross": (
            [down, across],
            lambda: exploring.crossed(units, codebook, down.value, across.value, language, within),
        ),
    }
    pages = [ipywidgets.VBox([*controls, _shown(controls, table)]) for controls, table in sets.values()]
    return ipywidgets.Tab(children=pages, titles=[phrase(name) for name in sets])


def _shown(controls: list, table: Callable[[], StudyTable]):
    """A widget that shows the table, made anew whenever a control changes; a message where it cannot be made."""
    import ipywidgets

    shown = ipywidgets.HTML()
    shown.add_class("jp-RenderedHTMLCommon")  # so that a table looks as it does below any other cell

    def refresh(_=None) -> None:
        try:
            made = table()
            shown.value = replace(made, name=f"live-{made.name}").to_html()
        except UserError as error:
            shown.value = f'<p role="alert">{html.escape(str(error))}</p>'

    for control in controls:
        control.observe(refresh, names="value")
    refresh()
    return shown
