"""The field's measures place a study by the median of what is coded, and by nothing else."""

from fractions import Fraction

import pytest
from coded import CODEBOOK
from samples import random_units

from analysis.collaboration import measures
from analysis.collaboration.scales import AXES
from analysis.study.codebook import LANGUAGES

LEVELS = CODEBOOK.variable("collaboration_level").code_names()


def coded(*levels):
    units = random_units(CODEBOOK, len(levels))
    units["files"]["collaboration_level"] = levels
    return units


@pytest.mark.parametrize(
    ("levels", "low", "high"),
    [
        ((LEVELS[1], LEVELS[1], LEVELS[4]), 1, 1),
        ((LEVELS[0], LEVELS[2], LEVELS[3], LEVELS[5]), 2, 3),
        (("nd", LEVELS[5], ""), 5, 5),
    ],
)
def test_the_middle_step_is_that_of_the_coded_rows(levels, low, high):
    one = measures.placements(coded(*levels), CODEBOOK)[0]
    assert (one.low, one.high) == (low, high) and one.rows == len(levels)
    assert one.coded == sum(level in LEVELS for level in levels)
    assert one.extent == (Fraction(low, 6), Fraction(high + 1, 6))


def test_every_measure_has_an_axis_a_source_and_an_ordered_scale_that_is_optional():
    for row in CODEBOOK.frames[measures.TYPE].values():
        variable = CODEBOOK.variable(row.definition)
        assert row.block in AXES and not variable.required and len(variable.codes) > 2
        assert "doi" in row.note["en"] or "PMC" in row.note["en"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_nobody_coded_places_nothing(language):
    units = coded("", "", "")
    one = measures.placements(units, CODEBOOK)[0]
    assert one.extent is None and one.coded == 0
    table = measures.table(measures.placements(units, CODEBOOK), CODEBOOK, language)
    assert CODEBOOK.phrase("criterion_not_coded", language) in str(table.rows[0])
    assert measures.table(measures.placements({}, CODEBOOK), CODEBOOK, language).to_html()
