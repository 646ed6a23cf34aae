"""Any study of one's own that the check lets through comes to tables and a report, whatever was not answered in it."""

import random
import shutil

import anystudy
import office
import pytest

from analysis.run import provenance
from analysis.run.steps import DOCUMENTS
from analysis.sheets import workbook

pytestmark = pytest.mark.long

NUMBER = 12
"""Studies drawn anew in every campaign."""

FIXED = {"one_file": (1, 1), "two_files": (2, 2), "few_unknown": (3, 12), "all_unknown": (16, 12), "many": (5, 40)}
"""Name of a study, its seed and its number of files."""


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    """A copy without any study."""
    return office.copied(tmp_path_factory.mktemp("any") / "kopia")


def came_to_its_end(repository, studies: dict[str, tuple[int, int | None]]) -> None:
    """Assert that each of the studies (name: seed, files) comes to tables and a report, and that nothing failed."""
    for name, (seed, files) in studies.items():
        anystudy.make(repository / "data" / "raw" / name, seed, files)
    done = office.run(repository, "all", "--studies", " ".join(studies))
    assert done.returncode == 0, f"{studies}\n{done.stdout}\n{done.stderr}"
    for name in studies:
        derived = repository / "data" / "derived" / name
        kept = {path.relative_to(derived).as_posix() for path in derived.rglob("*")}
        assert {"table1.csv", "table2.csv", "table3.csv", "publication/report.html", *DOCUMENTS} <= kept, name
        assert len((derived / "table1.csv").read_text(encoding="utf-8").splitlines()) > 10
        assert provenance.read(name, derived) is None or not provenance.read(name, derived).failed
        assert office.run(repository, "verify", "--study", name).returncode == 0
        for folder in ("data/raw", "data/derived", "figures"):
            shutil.rmtree(repository / folder / name)


def test_studies_of_every_size_and_with_everything_unknown(repository):
    came_to_its_end(repository, FIXED)


@pytest.mark.campaign
def test_studies_drawn_by_lot(repository):
    drawn = random.sample(range(10**9), NUMBER)
    came_to_its_end(repository, {f"s{seed}": (seed, None) for seed in drawn})


def test_a_sheet_without_rows_is_told_and_nothing_is_made(repository):
    anystudy.make(repository / "data" / "raw" / "empty", 1, 0)
    done = office.run(repository, "all", "--study", "empty")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert not list((repository / "data" / "derived" / "empty").glob("*.csv"))


@pytest.mark.parametrize("seed", range(3))
def test_what_is_drawn_is_let_through_and_the_same_for_a_seed(tmp_path, seed):
    books = [anystudy.make(tmp_path / str(number) / "s", seed) for number in range(2)]
    for folder in (tmp_path / "0" / "s", tmp_path / "1" / "s"):
        is_fine, said = workbook.check(folder, books[0], "en", "fictitious")
        assert is_fine, said
    one, other = (
        {path.name: path.read_bytes() for path in (tmp_path / number / "s").iterdir()} for number in ("0", "1")
    )
    assert one == other
