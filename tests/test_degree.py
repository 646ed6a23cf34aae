"""The degree that our own indicators give: exact shares of weightings, safe intervals, honest words."""

from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from campaigns import examples
from coded import CODEBOOK
from hypothesis import given
from hypothesis import strategies as some
from samples import random_units

from analysis import paths
from analysis.collaboration import degree
from analysis.collaboration.scales import AXES
from analysis.explore import exploring
from analysis.printed.sample import Sample
from analysis.sheets import workbook
from analysis.study import studies
from analysis.study.codebook import LANGUAGES
from analysis.study.expressions import parse_quantity, variables

values = some.lists(some.integers(0, 6).map(lambda number: Fraction(number, 6)), min_size=1, max_size=6)


@pytest.fixture(scope="module")
def shipped():
    return studies.read(paths.DEFAULT_STUDY)


@pytest.fixture(scope="module")
def found(shipped):
    units = workbook.read_tidy(paths.derived(paths.DEFAULT_STUDY), shipped.codebook)
    return degree.indicators(units, shipped.codebook, "en", exploring.leeway(shipped))


def weighted(side, size=40_000, seed=1):
    """Weighted means of the values under random weights."""
    return np.random.default_rng(seed).dirichlet(np.ones(len(side)), size) @ np.array(side, dtype=float)


@examples(40)
@given(values, values, some.sampled_from([Fraction(1, 3), Fraction(1), Fraction(13, 10)]))
def test_the_exact_share_is_that_of_random_weights(one, other, limit):
    share = degree.share_of_sum_below(limit, one, other)
    drawn = weighted(one) + weighted(other, seed=2)
    apart = np.abs(drawn - float(limit)) > 1e-9  # a sum that is always the limit is a matter of rounding
    assert 0 <= share <= 1
    if apart.all():
        assert float(share) == pytest.approx((drawn < float(limit)).mean(), abs=0.012)


def test_shares_that_are_known():
    half, zero, one = Fraction(1, 2), Fraction(0), Fraction(1)
    assert degree.share_of_sum_below(half, [zero, one]) == half
    assert degree.share_of_sum_below(Fraction(1, 4), [zero, one]) == Fraction(1, 4)
    assert degree.share_of_sum_below(half, [zero, zero, one]) == Fraction(3, 4)  # 1 - (1 - t)^2
    assert degree.share_of_sum_below(one, [zero, one], [zero, one]) == half
    assert degree.share_of_sum_below(half, [zero, zero]) == 1 and degree.share_of_sum_below(half, [one]) == 0
    with pytest.raises(ValueError):
        degree.share_of_sum_below(half, [], [one])


@pytest.mark.parametrize("name", list(CODEBOOK.frames[degree.KIND]))
def test_an_indicator_counts_what_its_conditions_say(name):
    row = CODEBOOK.frame(degree.KIND, name)
    assert row.block in AXES and row.note["sv"] != row.note["en"] and row.label["sv"] != row.label["en"]
    units = random_units(CODEBOOK, 12)
    quantity = parse_quantity(f"answers({row.definition})", CODEBOOK)
    (one,) = [one for one in degree.indicators(units, CODEBOOK, "en") if one.name == name]
    assert one.low == one.high and 0 <= one.low <= 1
    assert one.rows == len(units[quantity.unit]) and one.parts == len(quantity.conditions)
    better = {
        unit: rows.assign(**{variable: "yes" for variable in variables(quantity) if variable in rows})
        for unit, rows in units.items()
    }
    (full,) = [one for one in degree.indicators(better, CODEBOOK, "en") if one.name == name]
    assert full.low == 1


def test_an_indicator_that_nobody_coded_takes_no_part():
    units = random_units(CODEBOOK, 12)
    units["files"]["follow_up_held"] = ""
    found = degree.indicators(units, CODEBOOK, "en")
    (gone,) = [one for one in found if one.name == "followed_up"]
    assert not gone.coded and degree.place(found) == degree.place([one for one in found if one is not gone])
    table = degree.indicators_table(found, CODEBOOK, "en").to_frame().set_index("label")
    assert "no count" in table.loc[gone.label].iloc[1]
    files_alone = {"files": units["files"]}
    assert degree.place(degree.indicators(files_alone, CODEBOOK, "en")) is None
    assert degree.indicators_table(degree.indicators(files_alone, CODEBOOK, "en"), CODEBOOK, "en").to_html()


def test_leaving_out_a_row_is_a_fresh_computation_on_the_others():
    units = random_units(CODEBOOK, 5, seed=3)
    left = list(degree.without_each(units))
    assert [(unit, name) for unit, name, _ in left] == [
        (unit, name) for unit, rows in units.items() for name in rows.iloc[:, 0]
    ]
    for _, name, others in left:
        fresh = {unit: rows[rows.iloc[:, 0] != name].reset_index(drop=True) for unit, rows in units.items()}
        assert degree.indicators(others, CODEBOOK, "en") == degree.indicators(fresh, CODEBOOK, "en")
    alone = {unit: rows.head(1) for unit, rows in units.items()}
    assert not list(degree.without_each(alone))


def test_indicators_over_a_sample_are_those_of_each_data_set():
    members = tuple(random_units(CODEBOOK, 6, seed=seed) for seed in range(4))
    found = degree.indicators(members[0], CODEBOOK, "en")
    together = degree.over(Sample(members), found, CODEBOOK)
    assert together == [degree.indicators(member, CODEBOOK, "en") for member in members]


def test_the_interval_of_the_shipped_study_holds_its_reconstruction(found, shipped):
    units = workbook.read_tidy(paths.derived(paths.DEFAULT_STUDY), shipped.codebook)
    for open_, exact in zip(found, degree.indicators(units, shipped.codebook, "en"), strict=True):
        assert open_.low <= exact.low <= open_.high
    region, reach = degree.place(found), degree.reach(found)
    assert reach.left <= region.left <= region.right <= reach.right
    assert reach.bottom <= region.bottom <= region.top <= reach.top


def test_the_place_is_nearer_the_low_end_in_the_share_of_random_weights(found):
    low, high = degree.share_nearer_low(found)
    for end, share in (("high", low), ("low", high)):
        sides = [[getattr(one, end) for one in found if one.axis == axis] for axis in AXES]
        drawn = weighted(sides[0]) + weighted(sides[1], seed=2)
        assert float(share) == pytest.approx((drawn < 1).mean(), abs=0.012)
    assert low < high


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_table_says_that_it_is_ours(found, language):
    table = degree.indicators_table(found, CODEBOOK, language)
    assert CODEBOOK.phrase("degree_own", language) in table.notes
    assert isinstance(table.to_frame(), pd.DataFrame) and str(table)


def test_what_is_nearly_none_or_all_is_not_rounded_to_it():
    assert degree.percent(Fraction(1, 999), Fraction(998, 999)) == "<1–>99"
    assert (
        degree.percent(Fraction(0), Fraction(1)) == "0–100" and degree.percent(Fraction(1, 3), Fraction(1, 3)) == "33"
    )


def placed():
    """Two authorities, one with three files and one with a single one."""
    units = random_units(CODEBOOK, 4, seed=2)
    units["authorities"] = units["authorities"].head(2)
    first, second = units["authorities"].iloc[:, 0]
    units["files"]["authority"] = [first, first, second, first]
    return units


def test_an_authority_is_placed_by_its_own_row_and_files():
    units = placed()
    table = degree.authorities_table(units, CODEBOOK, "en", "original")
    first, second = table.rows
    own = {"files": units["files"].iloc[[0, 1, 3]], "authorities": units["authorities"].head(1)}
    region = degree.place(degree.indicators(own, CODEBOOK, "en"))
    assert [cell.text for cell in first.cells[::3]] == ["3", f"{region.bottom:.2f}"]
    assert first.cells[1].text == f"{region.left:.2f}"
    others = [degree.place(degree.indicators(left, CODEBOOK, "en"))
              for _, name, left in degree.without_each(own) if name.startswith("F")]  # fmt: skip
    ends = [f"{end([one.left for one in others]):.2f}" for end in (min, max)]
    assert first.cells[2].text == "–".join(dict.fromkeys(ends))
    assert second.cells[0].text == "1" and second.cells[2].text == "–"


def test_no_authority_is_placed_where_rows_are_reconstructed_or_name_none():
    units = placed()
    assert degree.authorities_table(units, CODEBOOK, "en", "reconstructed") is None
    assert degree.authorities_table({"files": units["files"]}, CODEBOOK, "en", "original") is None
    units["files"]["authority"] = ""
    assert degree.authorities_table(units, CODEBOOK, "en", "original") is None


def test_indicators_that_are_stored_are_read_back():
    units = random_units(CODEBOOK, 5)
    units["files"]["follow_up_held"] = ""
    units["authorities"]["local_council"] = units["authorities"]["local_agreement"] = ["yes"] * 4 + ["no"]
    found = degree.with_alike(degree.indicators(units, CODEBOOK, "sv"), units, CODEBOOK)
    stored = degree.to_frame(found)
    assert list(stored["alike"]).count("agreement") == 2
    assert degree.from_frame(stored, CODEBOOK, "sv") == found
    assert degree.from_frame(stored.astype(str), CODEBOOK, "sv") == found


def alike(**columns):
    """Which indicators tell one fact, of six authorities with these answers and no other support."""
    units = random_units(CODEBOOK, 6)
    ticks = [name for name in units["authorities"] if CODEBOOK.variable(name).type == "tick"]
    units["authorities"] = units["authorities"].assign(**dict.fromkeys(ticks, "no")).assign(**columns)
    found = [one for one in degree.indicators(units, CODEBOOK, "en") if one.axis == AXES[1]]
    found = degree.with_alike(found, units, CODEBOOK)
    return [one.name for one in found if one.alike], found


def test_indicators_that_hold_in_the_same_authorities_tell_one_fact():
    some_, others = ["yes"] * 4 + ["no"] * 2, ["yes"] * 3 + ["no"] * 3
    assert alike(local_agreement=some_, local_council=some_, plan_register=others)[0] == ["agreement", "council"]
    assert alike(local_agreement=["yes"] * 6, local_council=["yes"] * 6)[0] == []  # in all of them
    assert alike()[0] == []  # in none
    unknown = [*some_[:5], "nd"]
    assert alike(local_agreement=some_, local_council=unknown)[0] == ["agreement", "council"]
    apart = ["nd", "nd", "nd", "nd", "yes", "no"]
    assert alike(local_agreement=["yes", *["nd"] * 4, "no"], local_council=apart)[0] == []  # nowhere seen together


def test_indicators_that_tell_one_fact_are_counted_once():
    some_ = ["yes"] * 4 + ["no"] * 2
    _, found = alike(local_agreement=some_, local_council=some_, manager_workgroup=some_)
    fewer = degree.once(found)
    assert [one.name for one in found if one not in fewer] == ["agreement", "council", "workgroup"]
    assert len(fewer) == len(found) - 2 and degree.once(fewer) == fewer
    (one,) = [one for one in fewer if one.name == "agreement"]
    assert one.low == one.high == Fraction(2, 3)
    notes = " ".join(degree.indicators_table(found, CODEBOOK, "en").notes)
    assert all(CODEBOOK.frame(degree.KIND, name).label["en"] in notes for name in ("council", "workgroup"))


def test_print_must_force_that_indicators_tell_one_fact():
    some_ = ["yes"] * 4 + ["no"] * 2
    units = random_units(CODEBOOK, 6)
    units["authorities"]["local_agreement"] = units["authorities"]["local_council"] = some_
    found = degree.indicators(units, CODEBOOK, "en")

    def wide(quantity):
        return Fraction(0), Fraction(6)

    assert {"agreement", "council"} <= {one.name for one in degree.with_alike(found, units, CODEBOOK) if one.alike}
    assert not any(one.alike for one in degree.with_alike(found, units, CODEBOOK, wide))


def test_the_shipped_study_counts_one_fact_several_times(found, shipped):
    """Print says of all local agreements that they have a council and a work group: `forced.csv` has it too."""
    units = workbook.read_tidy(paths.derived(paths.DEFAULT_STUDY), shipped.codebook)
    marked = degree.with_alike(found, units, shipped.codebook, exploring.leeway(shipped))
    assert [one.name for one in marked if one.alike] == ["agreement", "council", "workgroup"]
    low, high = degree.share_nearer_low(found)
    once_low, once_high = degree.share_nearer_low(degree.once(marked))
    assert once_low > low and once_high > high
