"""A stored sample: what is read is what was drawn; counts over it are those of each data set."""

from fractions import Fraction

import pytest
from coded import CODEBOOK
from samples import random_units

from analysis.printed import sample
from analysis.printed.sample import Sample
from analysis.study.expressions import evaluate, parse_quantity


@pytest.fixture(scope="module")
def drawn():
    units = [random_units(CODEBOOK, 5, seed=seed) for seed in range(4)]
    modelled = ("sex", "n_plans", "met_health_addiction", "met_psychiatric", "local_agreement", "plan_register")
    return Sample(
        tuple(
            {unit: rows[[name for name in modelled if name in rows]].astype(str) for unit, rows in one.items()}
            for one in units
        )
    )


def test_what_is_stored_is_read_back(drawn, tmp_path):
    again = sample.load(sample.store(drawn, CODEBOOK, tmp_path).parent, CODEBOOK)
    assert len(again) == len(drawn)
    for one, other in zip(drawn.members, again.members, strict=True):
        assert list(one) == list(other)
        for unit, rows in one.items():
            assert other[unit].to_dict("list") == rows[list(other[unit])].to_dict("list")


def test_nothing_stored_is_no_sample(tmp_path):
    assert sample.load(tmp_path, CODEBOOK) is None
    assert sample.load(sample.store(None, CODEBOOK, tmp_path).parent, CODEBOOK) is None


@pytest.mark.parametrize(
    "text",
    [
        "files(sex == female)",
        "answers(met_health_addiction, n_plans >= 2)",
        "sum(n_plans)",
        "authorities(plan_register)",
    ],
)
def test_a_quantity_over_the_sample_is_that_of_each_data_set(drawn, text):
    quantity = parse_quantity(text, CODEBOOK)
    assert drawn.over(quantity) == [evaluate(quantity, member) for member in drawn.members]


def test_the_spread_is_that_of_the_numbers():
    (row,) = sample.spread({"x": map(Fraction, (3, 1, 2, 2)), "nothing": [None]}).itertuples(index=False)
    assert tuple(row) == ("x", 1, 2, 3, 3)


def test_pairs_that_move_are_counted(drawn):
    still = Sample((drawn.members[0],) * 3)
    assert still.pairs()["moving"] == still.pairs()["widest"] == 0 < still.pairs()["pairs"]
    counts = [evaluate(parse_quantity("files(sex == female and met_health_addiction)", CODEBOOK), m)
              for m in drawn.members]  # fmt: skip
    assert drawn.pairs()["widest"] >= max(counts) - min(counts)
