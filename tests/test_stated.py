"""The findings that a study states: shown as stated, and what is wrong with them is said before a run."""

import pytest
import yaml

from analysis import paths
from analysis.counts import tables
from analysis.errors import UserError
from analysis.sheets import workbook
from analysis.study import stated, studies
from analysis.study.codebook import LANGUAGES

SHIPPED = studies.read(paths.DEFAULT_STUDY)


def test_each_shipped_finding_has_its_place_and_its_text_in_each_language():
    english, swedish = (stated.findings(SHIPPED.settings, language) for language in LANGUAGES)
    assert len(english) >= 5 and all(one.place for one in english)
    assert [one.place for one in english] == [one.place for one in swedish]
    assert not {one.text for one in english} & {one.text for one in swedish}
    assert [bool(one.counts) for one in english] == [bool(one.counts) for one in swedish]


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_a_shipped_finding_counts_can_be_counted(language):
    units = workbook.load(paths.raw(SHIPPED.name), SHIPPED.codebook, status=SHIPPED.status)
    say = tables.teller(units, SHIPPED.codebook)
    for one in stated.findings(SHIPPED.settings, language):
        assert "{" not in say(one.counts) and "(not coded)" not in say(one.counts)


def test_a_text_in_one_language_serves_for_the_other_and_the_rest_may_be_left_out():
    (one,) = stated.findings({"findings": [{"sv": "Ja."}]}, "en")
    assert one == stated.Finding("Ja.", "", "")
    assert stated.findings({}, "en") == stated.findings({"findings": None}, "en") == ()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_example_of_a_new_study_can_be_used_as_it_is(language):
    text = (paths.PACKAGE / "templates" / f"study_{language}.yml").read_text(encoding="utf-8").format(study="x")
    example = text[text.index("# findings:") :].split("\n\n")[0].replace("# ", "", 1).replace("\n# ", "\n")
    (one,) = stated.findings(yaml.safe_load(example), language)
    assert one.text and one.place and one.counts.startswith("{files(")


@pytest.mark.parametrize(
    ("listed", "said"),
    [
        ("Plans are short.", "write a list"),
        (["Plans are short."], "write a list"),
        ([{"en": "One."}, {"place": "Page 1"}], "number 2 needs its text"),
        ([{"en": "One.", "page": 1}], "Not known: page"),
        ([{"en": "One.", "counts": "two"}], "Not known: counts"),
        ([{"en": "One.", "counts": {"de": "two"}}], "Not known: de"),
    ],
)
def test_what_cannot_be_read_is_said(listed, said):
    with pytest.raises(UserError, match=said):
        stated.findings({"findings": listed}, "en")
