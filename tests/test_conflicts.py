"""Every conflict is one, none is missed, none is false: by a second solver, by planted slips, by random print."""

from dataclasses import replace
from fractions import Fraction

import pytest
from campaigns import examples
from hypothesis import given
from hypothesis import strategies as st
from published_studies import FICTITIOUS, SHIPPED, STUDIES
from published_studies import conflicts as conflicts_of
from second_opinion import SecondOpinion
from test_bounds import claim
from test_model import CODEBOOK, SIZE, coded_nowhere, documented, drawn_rows, lacks_a_branch, quantities

from analysis.errors import UserError
from analysis.printed.bounds import bounds
from analysis.printed.conflicts import NotDecided, clusters, components, smallest_hitting_sets
from analysis.printed.contradictions import audit, conflicts_table, means_table, readings_table, repairs_table, text
from analysis.printed.model import Model, Statement, sizes, statements
from analysis.study.expressions import Count, Each, evaluate, parse_quantity

PLANTED = {claim.id for claim in FICTITIOUS.claims if claim.note.startswith("Planted")}


@pytest.mark.long
@pytest.mark.parametrize("study", STUDIES.values(), ids=STUDIES)
def test_a_second_solver_finds_every_conflict_and_finds_it_minimal(study):
    for cluster in study.audit.found:
        for conflict in cluster.conflicts:
            stated = [statement for statement in study.stated if statement.name in conflict]
            opinion = SecondOpinion(study.codebook, study.size, stated, study.known)
            assert not opinion.can_hold(conflict)
            for dropped in conflict:
                assert opinion.can_hold(name for name in conflict if name != dropped)


@pytest.mark.long
@pytest.mark.parametrize("study", STUDIES.values(), ids=STUDIES)
def test_a_second_solver_finds_no_further_conflict(study):
    """All but any smallest set that meets all conflicts can hold, so every conflict contains a known one."""
    for part in components(study.codebook, study.stated):
        names = {statement.name for statement in part}
        conflicts = [frozenset(c) for cluster in study.audit.found for c in cluster.conflicts if names & set(c)]
        opinion = SecondOpinion(study.codebook, study.size, part, study.known)
        for left_out in smallest_hitting_sets(conflicts) or [frozenset()]:
            assert opinion.can_hold(names - left_out)


def test_the_shipped_study_has_the_known_contradictions():
    conflicts = {frozenset(c) for cluster in SHIPPED.audit.found for c in cluster.conflicts}
    assert frozenset({"t2.health_care.total.after"}) in conflicts
    assert frozenset({"t3.n_plans.4", "t3.n_plans.3", "t3.n_plans.2", "t3.n_plans.mean"}) in conflicts
    assert {
        "t2.social_service.total.after", "t2.health_care.addiction.after", "t2.health_care.outpatient.after",
        "t2.parallel_help.social_and_health.after", "t2.parallel_help.addiction_and_psychiatric.after",
    } in conflicts  # fmt: skip


def test_planted_slips_are_found_and_nothing_else():
    involved = {name for cluster in FICTITIOUS.audit.found for name in cluster.names}
    assert involved >= PLANTED
    for cluster in FICTITIOUS.audit.found:
        assert tuple(name for name in cluster.repairs[0] if name in PLANTED) or len(cluster.repairs) > 1
        assert any(set(repair) == cluster.names & PLANTED for repair in cluster.repairs)


def test_the_values_of_a_repair_hold_the_true_ones():
    truth = {claim.id: claim.note.rpartition(" ")[2].rstrip(".") for claim in FICTITIOUS.claims if claim.id in PLANTED}
    for repair, values in FICTITIOUS.audit.values.items():
        for name in set(repair) & PLANTED:
            if truth[name].replace(".", "").replace("/", "").isdigit():
                statement = FICTITIOUS.audit.statement(name)
                width = (statement.high - statement.low) / 2
                assert any(abs(value - Fraction(truth[name])) <= width for value in values[name]), name


def test_a_study_with_its_true_numbers_has_no_conflict():
    honest = [claim for claim in FICTITIOUS.claims if claim.id not in PLANTED]
    assert clusters(FICTITIOUS.codebook, FICTITIOUS.size, statements(honest, FICTITIOUS.codebook)) == ()


@examples(60)
@given(st.data(), st.lists(quantities, min_size=1, max_size=6, unique=True))
def test_print_from_hidden_rows_is_never_flagged_and_holds_them(data, chosen):
    """Numbers counted from any rows, printed with no, one or two decimals, can all hold together."""
    stated, _ = printed_from_rows(data, chosen)
    assert clusters(CODEBOOK, SIZE, stated) == ()


@examples(40)
@given(st.data(), st.lists(quantities, min_size=1, max_size=4, unique=True))
def test_a_number_that_no_rows_can_give_is_found(data, chosen):
    """A count printed twice with two values contradicts itself whatever else is printed."""
    stated, _ = printed_from_rows(data, chosen)
    counts = [s for s in stated if isinstance(s.quantity, Count)]
    if not counts:
        return
    moved = data.draw(st.sampled_from(counts))
    step = data.draw(st.sampled_from((-2, -1, 1, 2)))
    slip = replace(moved, name="slip", low=moved.low + step, high=moved.high + step)
    found = clusters(CODEBOOK, SIZE, [*stated, slip])
    assert any("slip" in cluster.names for cluster in found)
    for cluster in found:
        for conflict in cluster.conflicts:
            model = Model(CODEBOOK, SIZE, [*stated, slip])
            with model.solver("g4") as solver:
                assert not solver.solve(assumptions=[model.selectors[name] for name in conflict])
                for dropped in conflict:
                    rest = [model.selectors[name] for name in conflict if name != dropped]
                    assert solver.solve(assumptions=rest)


def printed_from_rows(data, chosen):
    model = Model(CODEBOOK, SIZE, [Statement(str(n), (), q, None, Fraction(99), 1) for n, q in enumerate(chosen)])
    _, units = drawn_rows(model, data)
    files = units["files"]
    if "after_plane" in files and "passed" in files:
        files["passed"] = files["passed"].where(files["after_plane"] != "yes", "yes")
    stated = []
    for number, quantity in enumerate(chosen):
        if coded_nowhere(files):
            break
        value = evaluate(quantity, units)
        if isinstance(quantity, Each) and lacks_a_branch(files):
            continue
        if value is not None:
            decimals = data.draw(st.integers(0, 2)) if value.denominator > 1 else 0
            half = Fraction(1, 2 * 10**decimals) if value.denominator > 1 else Fraction(0)
            shown = Fraction(round(value * 10**decimals), 10**decimals)
            stated.append(Statement(f"s{number}", (f"s{number}",), quantity, shown - half, shown + half, 1))
    return stated, units


@pytest.mark.parametrize(
    "said",
    [
        {"files()": (40, 40), "files(age == 18)": (1, 1), "mean(age)": ("41.25", "41.35")},
        {"files()": (40, 40), "files(n_plans == 4)": (3, 3), "mean(n_plans)": ("2.15", "2.25")},
        {"files()": (12, 12), "files(residence == homeless)": (1, 1), "files(residence == family)": (2, 2)},
    ],
)
def test_text_that_counts_single_files_says_nothing_of_the_others(said):
    book = SHIPPED.codebook
    claims = [claim(text, parse_quantity(text, book), *map(Fraction, ends)) for text, ends in said.items()]
    assert clusters(book, sizes(claims, book), statements(claims, book)) == ()


def test_a_table_says_of_the_codes_that_it_does_not_list_that_nobody_has_them():
    assert {s.name for s in SHIPPED.stated if s.implied} >= {"implied.n_plans", "implied.residence", "implied.sex"}
    assert not {s.name for s in SHIPPED.stated if s.implied} & {"implied.born_in_sweden", "implied.age"}
    part = [one for one in SHIPPED.claims if one.id != "t1.residence.regular"]
    assert "implied.residence" in {s.name for s in statements(part, SHIPPED.codebook)}
    part = [one for one in part if one.id != "text.residence.regular"]
    assert "implied.residence" not in {s.name for s in statements(part, SHIPPED.codebook)}


@pytest.mark.parametrize(
    ("said", "missing"),
    [({"files(sex == female)": 3}, "files"), ({"files()": 9, "authorities(local_agreement)": 3}, "authorities")],
)
def test_a_number_of_rows_that_print_does_not_state_is_asked_for(said, missing):
    book = SHIPPED.codebook
    claims = [claim(text, parse_quantity(text, book), Fraction(number)) for text, number in said.items()]
    with pytest.raises(UserError, match=f"do not state how many {missing} there are.*counts {missing}\\(\\)"):
        audit(book, claims)
    with pytest.raises(UserError, match=f"do not state how many {missing}"):
        bounds("files(sex == female)", book, claims)
    with pytest.raises(UserError, match="do not state how many files"):
        bounds("files(sex == female)", book, [])


def test_a_time_limit_gives_no_verdict():
    with pytest.raises(NotDecided):
        clusters(SHIPPED.codebook, SHIPPED.size, SHIPPED.stated, seconds=0.05)
    assert len(clusters(SHIPPED.codebook, SHIPPED.size, SHIPPED.stated, seconds=300)) == 3


@pytest.mark.parametrize("language", ("en", pytest.param("sv", marks=pytest.mark.long)))
def test_frames_say_what_was_found_in_either_language(language):
    table = conflicts_of(SHIPPED, language)
    assert len(table) == sum(len(cluster.conflicts) for cluster in SHIPPED.audit.found)
    assert (table.drop(columns=["leading", "definitions", "assumptions", "rests_on"]) != "").all().all()
    assert not table.map(lambda cell: isinstance(cell, str) and "{" in cell).any().any()
    text = table.to_csv().lower()
    for word in ("wrong", "error", "fraud", "fel "):
        assert word not in text
    verdicts = dict(zip(table["claims"], table["verdict"], strict=True))
    assert len(set(verdicts.values())) == 2
    alone = verdicts.pop("t2.health_care.total.after")
    assert alone not in verdicts.values()
    assert len(repairs_table(SHIPPED.audit, language)) == 70
    (step,) = {words[words.index("(26/12") :] for words in table["in_words"] if "(26/12" in words}
    assert step in ("(26/12 = 2.17, 27/12 = 2.25).", "(26/12 = 2,17, 27/12 = 2,25).")


def test_readings_and_means_are_told():
    readings = readings_table(SHIPPED.audit).set_index("claims")
    assert readings.loc["t2.health_care.total.after", "adds_up_to"] == "7 + 5 + 0 + 1 = 13"
    assert readings.loc["t2.health_care.total.after", "changes_other"] == 3
    assert readings["changes_needed"].eq(4).all()
    mean = means_table(SHIPPED.audit).iloc[0]
    assert (mean["sums"], mean["own_sum"], mean["own_mean"]) == ("26, 27", "28 / 12", "2.33")
    assert SHIPPED.audit.numbers - SHIPPED.audit.most_that_hold == 4


@pytest.mark.long
def test_a_single_file_a_share_and_a_mean_with_decimals_can_be_claimed():
    def stated(name, text, low, high):
        return documented(Statement(name, (name,), parse_quantity(text, CODEBOOK), Fraction(low), Fraction(high), 1))

    one = stated("one", "files(home == boat and passed)", 1, 1)
    none = stated("none", "files(home == boat)", 0, 0)
    share = stated("share", "files(passed) / files()", "0.245", "0.255")
    for files, mean in ((25, "1.84"), (50, "1.84"), (100, "1.847")):
        width = Fraction(1, 2 * 10 ** len(mean.partition(".")[2]))
        average = stated("mean", "mean(visits)", Fraction(mean) - width, Fraction(mean) + width)
        found = clusters(CODEBOOK, {"files": files, "branches": 5}, [one, none, share, average])
        together = {frozenset(c) for cluster in found for c in cluster.conflicts}
        assert frozenset({"one", "none"}) in together
        # 24.5 to 25.5 % of 25 is no whole number, of 50 only 12.25 to 12.75: none either; of 100 it is 25.
        assert (frozenset({"share"}) in together) == (files in (25, 50))
        assert (frozenset({"mean"}) in together) == (files == 100)


def rows_printed(**said):
    """Claims on files: for each name its number and how often print states it; all but the sexes count every file."""
    texts = {"female": "files(sex == female)", "male": "files(sex == male)"}
    claims = []
    for name, (number, stated) in said.items():
        quantity = parse_quantity(texts.get(name, "files()"), SHIPPED.codebook)
        printed = claim(name, quantity, Fraction(number))
        claims.append(replace(printed, published=str(number), stated=stated, where=f"Text, {name}"))
    return claims


@pytest.mark.parametrize("women, men, there", [(30, 31, 1), (29, 31, 1), (31, 31, 2)])
def test_another_printed_number_of_rows_is_a_reading(women, men, there):
    claims = rows_printed(often=(60, 2), once=(61, 1), female=(women, 1), male=(men, 1))
    found = audit(SHIPPED.codebook, claims)
    assert found.size == {"files": 60}
    assert ("once",) in {conflict for cluster in found.found for conflict in cluster.conflicts}
    (reading,) = found.readings
    assert (reading.size, reading.changes) == (61, there)
    # With 61 files 60 is off, and a man or woman more than files is too.
    assert found.changes == 1 + (women + men > 60)
    fewer = there < found.changes
    for language, units, word in (("en", "files", "Number of rows: print also states 61 files"),
                                  ("sv", "akter", "Antal rader: trycket anger också 61 akter")):  # fmt: skip
        (row,) = readings_table(found, language).to_dict("records")
        assert (row["first_reading"], row["other_reading"]) == (f"60 {units}", f"61 {units}")
        assert (row["changes_needed"], row["changes_other"]) == (found.changes, there)
        told = conflicts_table(found, language)
        assert word in told["explanations"].iloc[0]
        assert told["verdict"].iloc[0] == text("reading" if fewer else "cannot", language)


def test_one_printed_number_of_rows_is_no_other_reading():
    claims = rows_printed(often=(60, 2), again=(60, 1), female=(30, 1))
    assert audit(SHIPPED.codebook, claims).readings == ()
