"""The steps of a run: what each one reads and what it must make. Standard library only.

Every step also reads the study's raw data, the codebook and the package: a change in those makes all of them run
again. Of the other steps' results it finds only those of the steps named here.
"""

from dataclasses import dataclass
from pathlib import Path

from analysis import paths


@dataclass(frozen=True)
class Step:
    """One step of a run.

    Attributes
    ----------
    name : str
        A notebook, or `report` for the function `analysis.report.build.build`.
    reads : tuple of str
        The steps whose results it reads, and which therefore run before it.
    makes : tuple of str
        Files that it makes without fail, below data/derived/STUDY, or below figures/STUDY if they begin with figures/.
    keeps : tuple of str
        Files of its own, below data/derived/STUDY, of which it finds what the last run left.
    """

    name: str
    reads: tuple[str, ...]
    makes: tuple[str, ...]
    keeps: tuple[str, ...] = ()

    @property
    def notebook(self) -> Path | None:
        """The notebook that the step runs; None for the report."""
        return None if self.name == "report" else paths.NOTEBOOKS / f"{self.name}.ipynb"

    @property
    def is_awaited(self) -> bool:
        """Whether another notebook cannot begin before it ends; the report waits for all of them."""
        return any(self.name in step.reads for step in STEPS if step.notebook)

    def required(self, study: str) -> set[str]:
        """The files it must make, by their paths below the output root."""
        return {
            f"figures/{study}/{name.removeprefix('figures/')}"
            if name.startswith("figures/")
            else f"data/derived/{study}/{name}"
            for name in self.makes
        }


NUMBERED = (
    "00_index", "01_ingest", "02_background", "03_help", "04_participation", "05_collaboration",
    "06_published_figures", "07_explore_cases", "08_one_of_many",
)  # fmt: skip
FIGURES = ("figures/figure1.svg", "figures/figure2.svg", "figures/figure3.svg")
DEGREE = ("conclusions.csv", "indicators.csv", "kind.csv")
PRINT = (
    "claims.csv", "conflicts.csv", "repairs.csv", "readings.csv", "assumptions.csv", "unchecked.csv", "means.csv",
    "forced.csv",
)  # fmt: skip
DOCUMENTS = ("report.html", "report.docx", "tables.docx", "tables.xlsx")

STEPS = (
    #    name                    reads            makes
    Step("01_ingest",            (),              ("cases.csv", "README.txt")),
    Step("06_published_figures", ("01_ingest",),  PRINT),
    Step("08_one_of_many",       ("01_ingest",),  ("one_of_many.csv", "ensemble.csv")),
    Step("07_explore_cases",     ("01_ingest",),  ()),
    Step("05_collaboration",     ("01_ingest", "08_one_of_many"), FIGURES + DEGREE),
    Step("02_background",        ("01_ingest",),  ("table1.csv", "table1.html")),
    Step("03_help",              ("01_ingest",),  ("table2.csv", "table2.html")),
    Step("04_participation",     ("01_ingest",),  ("table3.csv", "table3.html")),
    Step("00_index",             ("01_ingest",),  ()),
    Step("report",               NUMBERED,        DOCUMENTS, ("last_publication.json",)),
)  # fmt: skip
"""In the order in which they start when several could: long ones first."""
