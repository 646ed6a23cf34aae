"""The reconstructed sheet holds what print keeps, and the seed alone defines it, whichever solver is asked."""

from dataclasses import replace
from fractions import Fraction
from functools import cache

import openpyxl
import pytest
from published_studies import FICTITIOUS, SHIPPED
from test_bounds import claim
from test_model import FREE

from analysis import paths
from analysis.counts.agreement import compare
from analysis.errors import UserError
from analysis.printed.model import SOLVER, Model, counting, statements
from analysis.printed.reconstruction import STATUS, guarantees, reconstruct, walk, without_inventions
from analysis.sheets import workbook
from analysis.study import codebook as codebooks
from analysis.study import studies
from analysis.study.claims import REPRODUCED
from analysis.study.codebook import BLANK, LANGUAGES
from analysis.study.codebook import STATUS as STATUS_COLUMN
from analysis.study.expressions import evaluate, is_coded, parse_quantity, variables

OTHER_SOLVER = "glucose4"
SEED = studies.read(paths.DEFAULT_STUDY).settings["reconstruction"]["seed"]


@cache
def made_of(study):
    return reconstruct(study.codebook, study.claims, SEED, OTHER_SOLVER)


@pytest.mark.parametrize("study", (SHIPPED, FICTITIOUS))
def test_all_that_does_not_give_way_is_reproduced(study):
    made = made_of(study)
    gave_way = {name for statement in made.gave_way for name in statement.ids}
    for statement in counting(study.stated):
        value = evaluate(statement.quantity, made.units)
        held = (statement.low is None or value >= statement.low) and (statement.high is None or value <= statement.high)
        assert held == (statement not in made.gave_way)
    verdicts = compare(study.claims, made.units).set_index("id")["verdict"]
    modelled = [name for statement in counting(study.stated) for name in statement.ids if name not in gave_way]
    assert (verdicts[modelled] == REPRODUCED).all()
    # One smallest repair of every cluster gives way, and no number more.
    repairs = [set(cluster.repairs[0]) for cluster in study.audit.found]
    assert len(made.gave_way) == sum(map(len, repairs))


def test_what_no_printed_number_counts_stays_blank():
    """A range or `most` is not enough to fill cells; it takes part in all other questions."""
    book = FREE
    said = [("files()", "=", 4), ("files(passed)", "=", 2), ("files(after_saw)", ">", 2), ("minimum(fee)", ">=", 3)]
    claims = [
        replace(claim(text, parse_quantity(text, book), Fraction(number)), relation=relation)
        for text, relation, number in [*said, ("branches()", "=", 2)]
    ]
    assert [s.name for s in statements(claims, book)] == [text for text, _, _ in said] + ["branches()"]
    files = reconstruct(book, claims, seed=1).units["files"]
    assert sorted(files["passed"]) == ["no", "no", "yes", "yes"]
    assert (files["after_saw"] == "").all() and files["fee"].isna().all()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_sheet_made_of_few_published_figures_passes_its_own_check(tmp_path, language):
    """What they do not ask for is blank there, also in columns that coders must fill; ids must stand all the same."""
    book = codebooks.read(paths.CODEBOOK)
    with pytest.raises(UserError, match="make reconstruct STUDY="):
        workbook.load(tmp_path, book, language, STATUS)
    few = {"files()": 4, "files(sex == female)": 3, "authorities()": 2}
    claims = [claim(text, parse_quantity(text, book), number) for text, number in few.items()]
    path = tmp_path / workbook.WORKBOOK
    workbook.write(path, reconstruct(book, claims, seed=1).units, book, STATUS)
    units = workbook.load(tmp_path, book, language, STATUS)
    assert list(units["files"]["sex"]).count("female") == 3
    edited = openpyxl.load_workbook(path)
    edited["cases"]["A3"] = None
    edited.save(path)
    is_fine, said = workbook.check(tmp_path, book, language, STATUS)
    assert not is_fine and "A3" in said and "B3" not in said


def test_every_row_says_that_it_is_reconstructed():
    files = made_of(SHIPPED).units["files"]
    assert (files["row_status"] == STATUS).all()
    assert list(files.iloc[:, 0]) == [f"R{number:02}" for number in range(1, 13)]


def test_another_solver_makes_the_shipped_workbook_from_its_seed_and_print_alone(tmp_path):
    assert OTHER_SOLVER != SOLVER
    made, book = made_of(SHIPPED), SHIPPED.codebook
    kept = guarantees(book, SHIPPED.claims, made)
    workbook.write(tmp_path / workbook.WORKBOOK, made.units, book, STATUS, guarantees=kept)
    shipped = paths.raw(paths.DEFAULT_STUDY) / workbook.WORKBOOK
    assert (tmp_path / workbook.WORKBOOK).read_bytes() == shipped.read_bytes()


@pytest.mark.parametrize("study", (SHIPPED, FICTITIOUS))
def test_nothing_that_print_does_not_count_is_coded(study):
    units = made_of(study).units
    about = {STATUS_COLUMN, *(name for name, variable in study.codebook.variables.items() if variable.type == "id")}
    coded = {name for rows in units.values() for name in rows if is_coded(rows, name)} - about
    stated = counting(study.stated)
    assert coded == {name for statement in stated for name in variables(statement.quantity)}
    model = Model(study.codebook, study.size, stated)
    plain = {unit: rows.astype(object).fillna(BLANK).astype(str) for unit, rows in units.items()}
    again = without_inventions(model, plain)
    assert all(again[unit].equals(rows) for unit, rows in plain.items())


def test_an_office_without_a_local_agreement_is_given_neither_its_council_nor_the_lack_of_one():
    authorities = made_of(SHIPPED).units["authorities"].set_index("local_agreement")
    structure = authorities[["local_council", "manager_workgroup", "plan_provisions"]]
    assert set(structure.loc["no"]) == {BLANK}
    assert (structure.loc["yes"] == "yes").all(axis=None)
    assert authorities.loc["no", "signed_primary"] == "no"  # nobody can have signed what there is not


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
