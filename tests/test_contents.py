"""README.txt beside the results: it says what the rows are, and speaks of every file that a run must make."""

from dataclasses import replace

import pytest

from analysis import paths
from analysis.report import contents
from analysis.run.steps import STEPS
from analysis.study import studies
from analysis.study.codebook import LANGUAGES

STUDY = studies.read(paths.DEFAULT_STUDY)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("status", STUDY.codebook.variable("row_status").code_names())
def test_it_says_what_the_rows_are_and_names_every_result(tmp_path, monkeypatch, language, status):
    monkeypatch.setattr(paths, "derived", lambda study: tmp_path / study)
    study = replace(STUDY, settings={**STUDY.settings, "status": status, "title": None})
    text = contents.write(study, language).read_text(encoding="utf-8")
    assert text.splitlines()[0].endswith(study.name)
    assert study.codebook.status_note(status, language) in text
    made = [name for step in STEPS for name in step.makes if not name.startswith("figures/")]
    for name in set(made) - {contents.FILE}:
        stem, _, suffix = name.partition(".")
        assert name in text or (stem in text and f".{suffix}" in text)
