"""The study as a program: from the coded spreadsheet and the published figures to tables, figures and report.

    import analysis
    study = analysis.load("name")   # codebook, settings, published figures
    cases = study.cases()                # cases["files"] is a DataFrame of codes, cases.labelled() has labels
    cases.count("files(n_plans >= 2)"), cases.table("table1"), cases.crosstab("sex", "n_plans")
    study.compare(cases), study.audit(), study.bounds("files(n_plans >= 2)")
    analysis.run("name")            # writes all results, as `make all` does

The folders hold the work in the order in which data flow: language, run, study, sheets, counts, privacy, display,
printed, explore, collaboration, figures, report. Each imports only from those before it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from analysis.api import Study


def load(name: str, language: str = "en") -> Study:
    """A study by its folder below data/raw, with labels in a language. Raises UserError for what cannot be read."""
    from analysis import api  # only here: what runs without the environment imports this package too

    return api.load(name, language)


def run(name: str, language: str = "en") -> None:
    """Bring a study's results up to date, and print what was made, as `make all` does. Raises UserError."""
    from analysis.run import execution

    execution.run(name, language)
