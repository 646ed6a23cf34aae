"""Kind and degree of collaboration: the judgement is what study.yml says, and stays a region of words."""

import copy

import pytest
import yaml

from analysis import paths
from analysis.collaboration import scales
from analysis.errors import UserError
from analysis.study import codebook as codebooks


@pytest.fixture(scope="module")
def codebook():
    return codebooks.read(paths.CODEBOOK)


@pytest.fixture
def settings():
    return yaml.safe_load((paths.raw(paths.DEFAULT_STUDY) / "study.yml").read_text(encoding="utf-8"))


def test_the_shipped_judgement_is_the_one_in_the_article(codebook, settings):
    found = scales.judgement(settings, codebook)
    assert (found.kind, found.degree, found.between) == ("interagency_meetings", "C2", ("C0", "CI"))
    assert (found.nearer, found.farther) == ("C0", "CI")
    assert (found.horizontal, found.vertical) == (("low", "moderate"), ("front_line", "front_line"))


def test_the_region_covers_the_named_levels_and_no_others(codebook, settings):
    covered = scales.region(scales.judgement(settings, codebook), codebook)
    contact = scales.levels(codebook, "horizontal", "en").set_index("code")
    within = scales.levels(codebook, "vertical", "en").set_index("code")
    assert (covered.left, covered.right) == (contact.loc["low", "low"], contact.loc["moderate", "high"])
    assert (covered.bottom, covered.top) == (0, within.loc["front_line", "high"])
    assert covered.lies_nearer_low_corner() and not covered.lies_nearer_high_corner()


def test_a_study_without_a_judgement_has_none(codebook, settings):
    del settings["judgement"]
    assert scales.judgement(settings, codebook) is None
    assert not scales.kinds(codebook, None, "en")["placed"].any()


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("kind", "meeting", "kind is 'meeting'"),
        ("kind", None, "'kind' is missing"),
        ("degree", "C3", "degree is 'C3'"),
        ("degree", "CI", "does not lie between C0 and CI"),
        ("between", ["CI", "C0"], "in this order: C0, C2, CI"),
        ("between", "C0", "does not lie between C0 and C0"),
        ("nearer", "C2", "write C0 or CI"),
        ("nearer", "CI", "nearer to CI"),
        ("horizontal", ["low", "moderate", "high"], "write one code, or the lowest and the highest"),
        ("horizontal", ["moderate", "low"], "in this order: none, low"),
        ("vertical", [], "write one code"),
        ("vertical", ["top_management"], "nearer to C0"),
        ("vertical", {"front_line": 1}, "vertical is"),
    ],
)
def test_a_judgement_that_cannot_be_drawn_is_explained(codebook, settings, field, value, said):
    stated = copy.deepcopy(settings)
    stated["judgement"][field] = value
    with pytest.raises(UserError, match=r"^study\.yml, judgement: ") as caught:
        scales.judgement(stated, codebook)
    assert said in str(caught.value)


def test_a_judgement_that_is_no_list_of_fields_is_explained(codebook):
    with pytest.raises(UserError, match="one line for each"):
        scales.judgement({"judgement": "C2"}, codebook)


@pytest.mark.parametrize("language", codebooks.LANGUAGES)
@pytest.mark.parametrize("axis", scales.AXES)
def test_the_levels_of_an_axis_fill_it_without_gap(codebook, axis, language):
    found = scales.levels(codebook, axis, language)
    assert found["low"].iloc[0] == 0 and found["high"].iloc[-1] == 1
    assert list(found["low"][1:]) == list(found["high"][:-1])
    assert found["label"].is_unique


@pytest.mark.parametrize("language", codebooks.LANGUAGES)
def test_every_scale_is_told_whole_and_in_order(codebook, settings, language):
    judgement = scales.judgement(settings, codebook)
    kinds = scales.kinds(codebook, judgement, language)
    assert list(kinds["step"]) == [1, 2, 3, 4, 5, 6, 7]
    assert list(kinds.loc[kinds["placed"], "code"]) == [judgement.kind]
    assert kinds["code"].iloc[-3] == "partnership"  # third from the top, says the article
    sectors = scales.sectors(codebook, language)
    assert tuple(sectors["organisation"]) == codebook.frame("scale", "organisation").code_names()
    assert sectors["sector"].value_counts(sort=False).to_dict() == {"local_authority": 4, "region": 3, "state": 3}
    assert list(scales.ends(codebook, language)["code"]) == ["C0", "CI"]
    assert list(scales.movements(codebook, language)["axis"]) == ["vertical", "horizontal", ""]
