"""One of many, for readers: what is told is what was counted, in both languages; nothing is told of other studies."""

from dataclasses import replace
from functools import cache
from types import SimpleNamespace

import pytest

from analysis import paths
from analysis.collaboration import degree
from analysis.display import rendering
from analysis.printed.model import NotDecided, Statement
from analysis.printed.sample import Sample
from analysis.report import many
from analysis.sheets import workbook
from analysis.study import studies
from analysis.study.codebook import LANGUAGES
from analysis.study.expressions import parse_quantity


@cache
def study():
    return studies.read(paths.DEFAULT_STUDY)


@cache
def units():
    return workbook.read_tidy(paths.derived(paths.DEFAULT_STUDY), study().codebook)


@cache
def drawn():
    return many.drawn(study(), 3)


@cache
def rows():
    return many.results(drawn(), units(), study().codebook, "en")


def test_every_printed_number_that_is_kept_holds_in_every_data_set_drawn():
    assert not drawn().broken()
    spoilt = [dict(member) for member in drawn().sample.members]
    spoilt[0]["files"] = spoilt[0]["files"].assign(sex="female")
    assert replace(drawn(), sample=Sample(tuple(spoilt))).broken()


def test_a_printed_number_without_a_lower_limit_may_be_below_zero():
    more = parse_quantity("files(sex == male) - files()", study().codebook)
    below, above = (
        Statement(name, (name,), more, low, high, 1) for name, low, high in (("b", None, 0), ("a", 0, None))
    )
    told = SimpleNamespace(stated=[below, above])
    assert set(replace(drawn(), universe=told).broken()) == {"a"}


def test_facts_and_results_have_the_documented_columns():
    assert list(rows().columns) == list(many.COLUMNS)
    assert set(rows()["about"]) == {many.PRINT, many.SAMPLE, *many.RESULTS}
    results = rows()[rows()["about"].isin(many.RESULTS)]
    low, middle, high = (results[name].astype(float) for name in ("low", "median", "high"))
    assert (low <= middle).all() and (middle <= high).all()
    assert ((results["values"].astype(int) == 1) == (low == high)).all()


def test_printed_words_that_move_keep_their_limits():
    stated = {one.name: one for one in drawn().universe.stated}
    for row in rows()[rows()["about"] == many.CLAIM].itertuples():
        assert stated[row.what].low is None or float(row.low) >= stated[row.what].low
        assert stated[row.what].high is None or float(row.high) <= stated[row.what].high


def test_what_stands_here_is_the_sheet():
    here = rows().set_index(["about", "what"])["here"]
    for one in degree.indicators(units(), study().codebook, "en"):
        if one.coded:
            assert float(here[many.INDICATOR, one.name]) == pytest.approx(float(one.low), abs=1e-4)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_number_is_told_in_full_or_as_a_power(language):
    told = many.in_words(rows(), study(), language)
    number = rows().set_index("what").loc["data_sets", "low"]
    assert f"10{''.join('⁰¹²³⁴⁵⁶⁷⁸⁹'[int(digit)] for digit in str(len(number) - 1))}" in told
    few = rows().copy()
    few.loc[few["what"] == "data_sets", ["low", "high"]] = ["12", "2026"]
    told = many.in_words(few, study(), language)
    assert "12" in told and rendering.number(2026, language) in told
    assert str(many.facts_table(rows(), study().codebook, language))
    assert str(many.results_table(rows(), study().claims, study().codebook, language))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_study_of_its_own_files_is_one_of_one(language):
    own = replace(study(), settings={**study().settings, "status": "original"}, claims=())
    assert many.drawn(own, 3) is None
    none = many.results(None, units(), own.codebook, language)
    assert list(none.columns) == list(many.COLUMNS) and not len(none)
    assert many.in_words(none, own, language) == own.codebook.phrase("many_none", language)
    assert (
        many.facts_table(none, own.codebook, language) is many.results_table(none, (), own.codebook, language) is None
    )


def test_a_study_that_is_too_large_says_so(monkeypatch):
    def give_up(*_):
        raise NotDecided

    monkeypatch.setattr(many, "universe", give_up)
    assert many.drawn(study(), 3) is None
    none = many.results(None, units(), study().codebook, "en")
    assert many.in_words(none, study(), "en") == study().codebook.phrase("many_too_large", "en")
