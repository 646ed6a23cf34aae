"""Coded cases that satisfy the printed figures: the reconstructed sheet of a study whose case files are confidential.

Where print contradicts itself, numbers give way by rule: as few statements as possible, then those moved least, then
the most derived ones (a total before the counts it sums), then the last in print. The data set is defined by the seed
alone: cells are visited in a seeded order, and each takes the first value of its own seeded order that the printed
figures still allow. So every solver gives the same bytes. In the end every cell that no printed figure counts and no
rule settles is left blank: what the article did not count is not made up.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import pandas as pd
from pysat.solvers import Solver

from analysis.printed import wording
from analysis.printed.conflicts import LEFT_FREE, Cluster, Part, clusters, components, nearest, widened
from analysis.printed.model import SOLVER, Cell, Model, Statement, counting, sizes, statements
from analysis.study import codebook as codebooks
from analysis.study.claims import Claim
from analysis.study.codebook import BLANK, DEFINED, Codebook
from analysis.study.expressions import (
    Answers,
    Arithmetic,
    Compare,
    Condition,
    Count,
    Each,
    Is,
    Quantity,
    is_coded,
    left_of,
    variables,
)

STATUS = codebooks.RECONSTRUCTED
"""Status of every row that is made here."""


@dataclass(frozen=True)
class Reconstruction:
    """A reconstructed data set: `units` (unit -> one row a unit) and the statements that gave way in it."""

    units: Mapping[str, pd.DataFrame]
    gave_way: tuple[Statement, ...]


def reconstruct(codebook: Codebook, claims: Sequence[Claim], seed: int, solver: str = SOLVER) -> Reconstruction:
    """The data set that the printed figures and the seed define, whichever solver of python-sat is named.

    Variables that no printed count speaks of are left blank.
    """
    stated, size = counting(statements(claims, codebook)), sizes(claims, codebook)
    steps = giving_way(codebook, size, stated, clusters(codebook, size, stated))
    kept = [widened(statement, steps.get(statement.name, 0)) for statement in stated]
    model = Model(codebook, size, kept, every_value=True)
    units = complete(model, without_inventions(model, walk(model, seed, solver)))
    return Reconstruction(units, tuple(statement for statement in stated if statement.name in steps))


def giving_way(
    codebook: Codebook, size: Mapping[str, int], stated: Sequence[Statement], found: Sequence[Cluster]
) -> dict[str, int]:
    """Statements that give way, and how far in units of their last printed digit: one repair of each cluster."""
    order = {statement.name: number for number, statement in enumerate(stated)}
    known = {statement.name: statement for statement in stated}
    leaving: dict[str, int] = {}
    for part in components(codebook, stated):
        names = [statement.name for statement in part]
        here = [cluster for cluster in found if cluster.names & set(names)]
        if not here:
            continue
        with Part(codebook, size, part) as asked:
            for cluster in here:
                others = set().union(*(other.repairs[0] for other in here if other is not cluster))
                fewest = min(sum(known[name].stated for name in repair) for repair in cluster.repairs)
                candidates = []
                for repair in cluster.repairs:
                    if sum(known[name].stated for name in repair) == fewest:
                        kept = [name for name in names if name not in others.union(repair)]
                        moved = [statement for statement in part if statement.name in repair]
                        steps = nearest(asked, kept, moved) or dict.fromkeys(repair, LEFT_FREE)
                        depth = sum(known[name].depth for name in repair)
                        candidates.append((sum(steps.values()), -depth, sorted(-order[name] for name in repair), steps))
                leaving |= min(candidates, key=lambda candidate: candidate[:3])[3]
    return leaving


def walk(model: Model, seed: int, solver: str = SOLVER) -> dict[str, pd.DataFrame]:
    """The data set that the seed picks from all in which every statement of the model holds.

    A cell's first choice is random, with the printed counts as odds.

    Returns unit -> one row a unit with the modelled variables. Raises ValueError if there is no such data set.
    """
    with model.solver(solver) as engine:
        return walk_with(engine, model, seed)


def walk_with(engine: Solver, model: Model, seed: int) -> dict[str, pd.DataFrame]:
    """The same with a solver that holds the model's clauses already; it can be asked again."""
    chance = random.Random(seed)
    weights = _printed_counts(model)
    cells = [cell for cell in model.cells if cell.variable in model.named]
    visits = sorted((chance.random(), number) for number in range(len(cells)))
    fixed = list(model.selectors.values())
    if not engine.solve(assumptions=fixed):
        raise ValueError("No data set satisfies all statements of the model.")
    solution = set(engine.get_model())
    for _, number in visits:
        cell = cells[number]
        for value in _preferred(cell, weights, chance):
            wanted = list(cell.values[value])
            if not all(literal in solution for literal in wanted):
                if not engine.solve(assumptions=fixed + wanted):
                    continue
                solution = set(engine.get_model())
            fixed += wanted
            break
    return model.decode(solution)


def _printed_counts(model: Model) -> dict[Condition, int]:
    return {
        statement.quantity.condition: int(statement.low)
        for statement in model.statements
        if isinstance(statement.quantity, Count) and statement.low is not None
    }


def _preferred(cell: Cell, weights: Mapping[Condition, int], chance: random.Random) -> Iterator[str]:
    """The values of a cell in a random order, likelier values (by the printed counts) earlier."""
    left = {value: _weight(cell, value, weights) for value in cell.values}
    draws = [chance.random() for _ in left]
    for draw in draws:
        goal, total = draw * sum(left.values()), Fraction(0)
        for value in list(left):
            total += left[value]
            if goal < total or value == list(left)[-1]:
                del left[value]
                yield value
                break


def _weight(cell: Cell, value: str, weights: Mapping[Condition, int]) -> int:
    number = int(value) if value.isdigit() else None
    for condition in (Is(cell.variable, value), Compare(cell.variable, "==", number)):
        if condition in weights:
            return weights[condition]
    return 1


def without_inventions(model: Model, units: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """The same data set with blanks for codes that could be any other, so that every count stays as it is.

    A cell that may be blank becomes so, in codebook order, if what else stands in its row decides every condition that
    a statement counts and meets every rule. A column that would be wholly blank stays, as print counts it.
    """
    left = dict(units)
    counted = [condition for statement in model.statements for condition in _counted(statement.quantity)]
    for name in (name for name in model.variables if name in model.named):
        variable, unit = model.codebook.variable(name), model.unit(name)
        if variable.required or variable.type not in ("choice", "tick"):
            continue
        asked = [condition for condition in counted if name in variables(condition)]
        rules = [condition for condition in model.rules.values() if name in variables(condition)]
        free = [
            all(isinstance(_decided(condition, name, row), bool) for condition in asked)
            and all(_decided(rule, name, row) is True for rule in rules)
            for row in left[unit].to_dict("records")
        ]
        if not all(free):
            left[unit] = left[unit].assign(**{name: left[unit][name].mask(free, BLANK)})
    return left


def _counted(quantity: Quantity) -> Iterator[Condition]:
    """The conditions whose rows a quantity counts."""
    match quantity:
        case Count(condition=condition) | Each(condition=condition):
            yield condition
        case Answers(conditions=several):
            yield from several
        case Arithmetic(left=left, right=right):
            yield from _counted(left)
            yield from _counted(right)


def _decided(condition: Condition, name: str, row: Mapping[str, str]) -> Condition | bool:
    """What is left of a condition on a row of which all but this variable and blank answers are known."""
    left: Condition | bool = left_of(condition)
    for other in variables(condition):
        if other != name and row.get(other, BLANK) != BLANK and not isinstance(left, bool):
            left = left_of(left, other, row[other])
    return left


def guarantees(codebook: Codebook, claims: Sequence[Claim], made: Reconstruction) -> list[tuple[str, str]]:
    """For each coded column what of print it keeps: pairs of a column and a sentence, in codebook order."""
    gone = {name for statement in made.gave_way for name in statement.ids}
    uses = {claim: set(variables(claim.quantity)) for claim in claims if claim.quantity is not None}
    found = []
    for name in (name for rows in made.units.values() for name in rows if name in codebook.variables):
        kept = [claim for claim, used in uses.items() if name in used and claim.id not in gone]
        lost = [claim for claim, used in uses.items() if name in used and claim.id in gone]
        if not kept or not is_coded(made.units[codebook.unit(codebook.variable(name).sheet)], name):
            continue
        others = set().union(*(uses[claim] for claim in kept)) - {name}
        partners = [other for other in codebook.variables if other in others]
        text = f"Keeps {len(kept)} printed number{'s' if len(kept) > 1 else ''}, "
        text += f"some of them together with {', '.join(partners)}." if partners else "none with another column."
        if lost:
            text += f" Does not keep: {'; '.join(wording.place(codebook, claim, 'en') for claim in lost)}."
        found.append((name, text))
    return found


def complete(model: Model, found: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """The data set as the sheet holds it: ids, what the rows are, and blank columns for what nobody counted."""
    book = model.codebook
    units = {}
    for unit, rows in found.items():
        columns = {}
        for name, variable in book.variables.items():
            if book.unit(variable.sheet) != unit or variable.type in (*DEFINED, "note"):
                continue
            if variable.type == "id":
                values = list(model.names(unit))
            elif name == codebooks.STATUS:
                values = [STATUS] * len(rows)
            else:
                values = list(rows[name]) if name in rows else [BLANK] * len(rows)
            if variable.type == "count":
                columns[name] = pd.array([pd.NA if value == BLANK else int(value) for value in values], dtype="Int64")
            else:
                columns[name] = pd.array(values, dtype="str")
        units[unit] = pd.DataFrame(columns)
    return units
