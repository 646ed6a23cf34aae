"""The printed figures that the engine is tested on: the shipped study, and a fictitious one with planted slips."""

from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import pandas as pd

from analysis import paths
from analysis.printed import contradictions, forced
from analysis.printed.model import sizes, statements
from analysis.study import claims
from analysis.study import codebook as codebooks
from analysis.study.codebook import Codebook
from analysis.study.expressions import variables


@dataclass(eq=False)
class Study:
    """Codebook and claims of a study, with what the engine makes of them, worked out once."""

    codebook: Codebook
    claims: tuple

    @cached_property
    def stated(self):
        return statements(self.claims, self.codebook)

    @cached_property
    def size(self):
        return sizes(self.claims, self.codebook)

    @cached_property
    def known(self):
        return {name for statement in self.stated for name in variables(statement.quantity)}

    @cached_property
    def audit(self):
        return contradictions.audit(self.codebook, self.claims)

    @cached_property
    def facts(self):
        return forced.forced_facts(self.codebook, self.claims, self.audit.found)


def _study(codebook: Path, published: Path) -> Study:
    book = codebooks.read(codebook)
    return Study(book, claims.read(published, book))


HERE = Path(__file__).parent / "fictitious_study"
SHIPPED = _study(paths.CODEBOOK, paths.raw(paths.DEFAULT_STUDY) / "published.csv")
FICTITIOUS = _study(HERE / "codebook.csv", HERE / "published.csv")
STUDIES = {"shipped": SHIPPED, "fictitious": FICTITIOUS}


@cache
def conflicts(study: Study, language: str) -> pd.DataFrame:
    """What readers are told of the study's contradictions, worked out once."""
    return contradictions.conflicts_table(study.audit, language)
