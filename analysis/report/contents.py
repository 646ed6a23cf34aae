"""README.txt of a study's results: what each file is and what its rows are, for files that cannot say so themselves."""

from pathlib import Path

from analysis import paths
from analysis.study.studies import Study

FILE = "README.txt"
"""Name of the file, below data/derived/STUDY."""


def write(study: Study, language: str) -> Path:
    """Write FILE in the language; returns its path. Its first line is its title."""
    template = (paths.PACKAGE / "templates" / f"readme_{language}.txt").read_text(encoding="utf-8")
    title, note = study.settings.get("title") or study.name, study.codebook.status_note(study.status, language)
    target = paths.derived(study.name) / FILE
    with paths.replacing(target) as temporary:
        temporary.write_text(template.format(title=title, note=note, study=study.name), encoding="utf-8", newline="\n")
    return target
