"""The measurement of speed keeps what was measured and says why a run failed."""

import pytest

from benchmarks import speed

MADE = f"mkdir -p data/derived/{speed.STUDY}/notebooks; echo same > data/derived/{speed.STUDY}/table1.csv"
LOG = f"echo 'port 5555 is in use' > data/derived/{speed.STUDY}/notebooks/01_ingest.ipynb.log"
ROUND = "echo . >> rounds; [ $(wc -l < rounds) -ne 2 ]"
"""A command that fails at its second call."""


def shell(text: str) -> list[str]:
    return ["sh", "-c", text]


@pytest.fixture
def copy(tmp_path):
    """What commands run in, with the notebook that is edited."""
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks" / f"{speed.EDITED}.ipynb").write_text('{"cells": [{"cell_type": "code", "source": "1"}]}')
    return tmp_path


def test_a_method_that_fails_is_told_with_its_reason_and_the_others_are_kept(copy, tmp_path):
    runs, failed = [], []
    commands = {
        speed.ALL: shell(MADE),
        speed.SCRIPT: shell(f"{MADE}; echo other > data/derived/{speed.STUDY}/table2.csv"),
        speed.SNAKEMAKE[1]: shell(f"{MADE}; {LOG}; {ROUND} || {{ echo refused >&2; exit 3; }}"),
    }
    speed.measure(copy, commands, 2, runs, failed)
    count = {method: sum(run.method == method for run in runs) for method in speed.NAMES}
    assert {method: number for method, number in count.items() if number} == {
        speed.ALL: 2, speed.NOTHING: 2, speed.ONE: 2, speed.SNAKEMAKE[1]: 1,
    }  # fmt: skip
    assert [(one.method, one.round) for one in failed] == [
        (speed.SCRIPT, 0), (speed.SCRIPT, 1), (speed.SNAKEMAKE[1], 1), (speed.SCRIPT, 2),
    ]  # fmt: skip
    assert failed[2].why == "ended with exit code 3\nrefused\nport 5555 is in use"
    assert "table2.csv" in failed[0].why
    speed.write(tmp_path, runs, failed, 2)
    page = (tmp_path / "speed.md").read_text()
    assert "port 5555 is in use" in page
    assert speed.NAMES[speed.SNAKEMAKE[1]] in page
    assert len((tmp_path / "speed.csv").read_text().splitlines()) == len(runs) + 1


def test_without_the_results_to_compare_with_nothing_is_measured(copy):
    runs, failed = [], []
    with pytest.raises(SystemExit, match="make all failed"):
        speed.measure(copy, {speed.ALL: shell("echo broken >&2; exit 1")}, 2, runs, failed)
    assert [one.why for one in failed] == ["ended with exit code 1\nbroken"]
