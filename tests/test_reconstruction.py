"""The reconstructed sheet holds what print keeps, and the seed alone defines it, whichever solver is asked."""

from functools import cache

import pytest
from published_studies import FICTITIOUS, SHIPPED

from analysis.claims import REPRODUCED, compare
from analysis.expressions import evaluate
from analysis.model import Model
from analysis.reconstruction import STATUS, reconstruct, walk


@cache
def made_of(study):
    return reconstruct(study.codebook, study.claims, seed=2018)


@pytest.mark.parametrize("study", (SHIPPED, FICTITIOUS))
def test_all_that_does_not_give_way_is_reproduced(study):
    made = made_of(study)
    gave_way = {name for statement in made.gave_way for name in statement.ids}
    for statement in study.stated:
        value = evaluate(statement.quantity, made.units)
        held = (statement.low is None or value >= statement.low) and (statement.high is None or value <= statement.high)
        assert held == (statement not in made.gave_way)
    verdicts = compare(study.claims, made.units).set_index("id")["verdict"]
    modelled = [name for statement in study.stated for name in statement.ids if name not in gave_way]
    assert (verdicts[modelled] == REPRODUCED).all()
    # One smallest repair of every cluster gives way, and no number more.
    repairs = [set(cluster.repairs[0]) for cluster in study.audit.found]
    assert len(made.gave_way) == sum(map(len, repairs))


def test_every_row_says_that_it_is_reconstructed():
    files = made_of(SHIPPED).units["files"]
    assert (files["row_status"] == STATUS).all()
    assert list(files.iloc[:, 0]) == [f"R{number:02}" for number in range(1, 13)]


def test_the_same_seed_gives_the_same_data_set_with_every_solver():
    part = [s for s in FICTITIOUS.stated if s.name.startswith(("home", "age", "tools.saw.before", "text.both_before"))]
    shown = set()
    for solver in ("cadical153", "g4", "m22"):
        units = walk(Model(FICTITIOUS.codebook, FICTITIOUS.size, part), 5, solver)
        shown.add(units["files"].to_csv())
    assert len(shown) == 1
    assert walk(Model(FICTITIOUS.codebook, FICTITIOUS.size, part), 6)["files"].to_csv() not in shown


def test_what_cannot_hold_has_no_data_set():
    with pytest.raises(ValueError, match="No data set"):
        walk(Model(SHIPPED.codebook, SHIPPED.size, SHIPPED.stated), 1)
