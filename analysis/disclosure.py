"""Which counts of a study can be printed without giving away small groups of persons, and the proof of it.

A count of few files, or of all but few, is hidden (primary). What is printed of the rest could give it away: totals,
other tables that count the same answers, blocks of several answers, before and after. So further counts are hidden
(secondary) until every hidden count is *left open*: for each there are data sets that agree with everything printed,
with the rules of the codebook and with the stated reason of every hidden cell, and in which it has at least so many
different values as study.yml asks for. A solver finds those data sets (`analysis.model`); each is a proof that
whoever knows all that is printed cannot tell which of the values is the true one.

Not only hidden counts are tested. A number that nobody prints can be small too and follow from others: files without a
kind of help, files with one and not the other, files that gained or lost one. Those must be left open as well.

Blocks that share no variable and no rule are attacked apart: data sets of each go together with any of the others.
In a large study only some rows are allowed to differ from the real ones. That makes the proof no weaker: a data set
that agrees with print is one, wherever it differs.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from math import ceil

import numpy as np
import pandas as pd
from pysat.solvers import Solver

from analysis import messages, tables, text
from analysis.codebook import BLANK, NO, NOT_DOCUMENTED, Codebook
from analysis.errors import UserError
from analysis.expressions import (
    AtLeast,
    Compare,
    Condition,
    Count,
    Is,
    Not,
    Quantity,
    evaluate,
    holds,
    is_coded,
    parse_condition,
    variables,
)
from analysis.model import Model, Statement
from analysis.validation import allowed_codes

SMALL, GIVES_AWAY, WITHHELD = "small", "gives_away", "withheld"
"""Why a cell is hidden: it counts few files or all but few; another could be worked out from it; its whole group is."""

UNIT = "files"
"""The rows that stand for persons. Counts of other units, such as authorities, are never hidden."""

FREE_ROWS = 40
"""Rows that a data set of the proof may have different from the real ones: so many, and more where small counts are
many."""

EFFORT = 2_000
"""Conflicts after which the solver gives up. A count for which it finds no data set counts as not left open."""

SOLVER = "glucose4"
"""Solver of python-sat that can be told to give up. Only the data sets that it finds count, not that it finds none."""

Key = tuple[str, str, str]
"""Block, item and column of a cell."""


@dataclass(frozen=True)
class Rules:
    """What study.yml asks for.

    Counts of 1 to `threshold` - 1 files are small, and so are those that all but so few files have; with
    `hides_none_or_all` also those of no file and of every file. Of every small count at least `left_open` values stay
    possible. `may_share_persons`: studies that it is compared with may be about some of the same persons.
    """

    threshold: int = 5
    left_open: int = 3
    hides_none_or_all: bool = False
    may_share_persons: bool = True

    def is_small(self, count: int, size: int) -> bool:
        """Whether a count out of `size` files may not be printed."""
        least = 0 if self.hides_none_or_all else 1
        return any(least <= number < self.threshold for number in (count, size - count))


@dataclass(frozen=True)
class Protection:
    """What may be printed of the tables.

    `hideable`: the cells that say something of persons. `hidden`: cell -> why. `shown`: cell -> value. `open_values`:
    name of a tested count -> how many different values it can have at least, for all that is known.
    `is_nothing_left`: no count of files is shown but their number.
    """

    rules: Rules
    size: int
    hideable: frozenset[Key]
    hidden: Mapping[Key, str]
    shown: Mapping[Key, int | Decimal | None]
    open_values: Mapping[str, int]
    is_nothing_left: bool

    def reasons(self) -> dict[str, int]:
        """Reason -> number of hidden cells."""
        return {why: sum(found == why for found in self.hidden.values()) for why in (SMALL, GIVES_AWAY, WITHHELD)}


def rules(settings: Mapping[str, object]) -> Rules:
    """The rules in the part `publication` of study.yml, the usual ones where it is silent. Raises UserError."""

    def refuse(key: str, **facts: object) -> None:
        raise UserError(messages.text(key, text.stated(settings), **facts))

    stated = settings.get("publication") or {}
    known = ("threshold", "left_open", "none_or_all", "persons_in_common")
    if not isinstance(stated, Mapping) or (unknown := [name for name in stated if name not in known]):
        refuse("rules_form", name=unknown[0] if isinstance(stated, Mapping) else stated)
    threshold, left_open = stated.get("threshold", 5), stated.get("left_open", 3)
    none_or_all, common = stated.get("none_or_all", "shown"), stated.get("persons_in_common", "possible")
    if type(threshold) is not int or not 2 <= threshold <= 100:
        refuse("rules_threshold")
    if type(left_open) is not int or not 2 <= left_open <= max(2, threshold - 1):
        refuse("rules_left_open", most=max(2, threshold - 1), threshold=threshold)
    if none_or_all not in ("shown", "hidden"):
        refuse("rules_word", name="none_or_all", one="shown", other="hidden")
    if common not in ("possible", "none"):
        refuse("rules_word", name="persons_in_common", one="possible", other="none")
    return Rules(threshold, left_open, none_or_all == "hidden", common == "possible")


def linked(units: Mapping[str, pd.DataFrame], codebook: Codebook) -> list[frozenset[Key]]:
    """The cells that can be hidden, in groups: what is printed of one group tells nothing of another."""
    parts = _parted(_values(units, codebook), codebook)
    return [frozenset(cell for cell, entry in part.items() if _can_be_hidden(cell, entry[0])) for part in parts]


def protect(units: Mapping[str, pd.DataFrame], codebook: Codebook, asked: Rules) -> Protection:
    """Which cells of all printed tables can be shown. The same units give the same answer."""
    values = _values(units, codebook)
    size = len(units[UNIT])
    state = _State(asked, size, values)
    if size < asked.threshold or not state.cells:
        state.hidden = dict.fromkeys(state.cells, WITHHELD)
        return state.protection({})
    attack = Attack(units, codebook, asked, values)
    tried: set[str] = set()
    while left := [target for target in attack.targets(state.hidden) if target not in tried]:
        _hide_until_open(left[0], attack, state)  # what is hidden later only leaves it more open
        tried.add(left[0])
    _show_again(attack, state)
    return state.protection({name: attack.open_values(name, state.hidden) for name in attack.targets(state.hidden)})


def _hide_until_open(target: str, attack: Attack, state: _State) -> None:
    """Hide cells until the target is left open: as few as help, or else whole blocks without saying why of each."""

    def is_open() -> bool:
        return attack.open_values(target, state.hidden) >= state.rules.left_open

    if is_open():
        return
    helped: list[Key] = []
    for cell in attack.helpers(target, state):
        state.hidden[cell] = GIVES_AWAY
        helped.append(cell)
        if is_open():
            break
    else:
        for cell in helped:
            del state.hidden[cell]
        for group in attack.groups(target):
            state.hidden |= dict.fromkeys(group, WITHHELD)
            if is_open():
                break
        return
    for cell in helped[:-1]:
        del state.hidden[cell]
        if not is_open():
            state.hidden[cell] = GIVES_AWAY


def _show_again(attack: Attack, state: _State) -> None:
    """Show what need not be hidden, as other cells were hidden after it: what says most of the files first.

    A cell is shown again if every count that must be left open still is.
    """

    def importance(cell: Key) -> tuple[bool, float]:
        quantity, value = state.values[cell]
        return isinstance(quantity, Count), -float(value or 0)

    for cell in sorted((cell for cell in state.hidden if not state.is_small(cell)), key=importance):
        why = state.hidden.pop(cell)
        targets = attack.targets(state.hidden, near=cell)
        if any(attack.open_values(name, state.hidden) < state.rules.left_open for name in targets):
            state.hidden[cell] = why


@dataclass
class _State:
    """Which cells are hidden so far."""

    rules: Rules
    size: int
    values: _Values
    cells: tuple[Key, ...] = ()
    hidden: dict[Key, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.cells = tuple(cell for cell, (quantity, _) in self.values.items() if _can_be_hidden(cell, quantity))
        for cell in self.cells:
            if self.is_small(cell):
                self.hidden[cell] = SMALL

    def is_small(self, cell: Key) -> bool:
        quantity, value = self.values[cell]
        return isinstance(quantity, Count) and self.rules.is_small(int(value), self.size)

    def protection(self, open_values: Mapping[str, int]) -> Protection:
        order = [cell for cell in self.values if cell in self.hidden]
        shown = {cell: value for cell, (_, value) in self.values.items() if cell not in self.hidden}
        return Protection(
            rules=self.rules,
            size=self.size,
            hideable=frozenset(self.cells),
            hidden={cell: self.hidden[cell] for cell in order},
            shown=shown,
            open_values=open_values,
            is_nothing_left=not any(cell in shown for cell in self.cells),
        )


_Values = Mapping[Key, tuple[Quantity, int | Decimal | None]]
"""Cell -> what it counts, and its value."""


def _values(units: Mapping[str, pd.DataFrame], codebook: Codebook) -> _Values:
    found = {}
    for table in codebook.frames["table"]:
        for block, item, column, value, _ in tables.compute(units, codebook, table).itertuples(index=False):
            found[block, item, column] = (tables.quantity(codebook, block, item, column), value)
    return found


def _can_be_hidden(cell: Key, quantity: Quantity) -> bool:
    """Not the number of files itself, nor what says of the coder, not of a person, that nothing was coded."""
    if quantity == Count(UNIT, AtLeast(0, ())) or cell[1].rpartition(".")[2] == tables.BLANK_ITEM:
        return False
    return getattr(quantity, "unit", UNIT) == UNIT


class Attack:
    """The reader who knows everything printed, as models of all data sets that it leaves possible.

    `targets` names the counts that must be left open; `open_values` tells how many values one can have.
    """

    def __init__(self, units: Mapping[str, pd.DataFrame], codebook: Codebook, asked: Rules, values: _Values):
        self.parts = [_Part(units, codebook, asked, cells) for cells in _parted(values, codebook)]
        self._of = {name: part for part in self.parts for name in part.counts}

    def targets(self, hidden: Mapping[Key, str], near: Key | None = None) -> list[str]:
        """The counts that are small, printed or not, and those hidden because of them; `near` a cell, or all."""
        parts = [part for part in self.parts if near is None or near in part.values]
        return [name for part in parts for name in part.targets(hidden)]

    def open_values(self, target: str, hidden: Mapping[Key, str]) -> int:
        """How many values the count has at least in the data sets that agree with print; never more than asked for."""
        return self._of[target].open_values(target, hidden)

    def helpers(self, target: str, state: _State) -> list[Key]:
        """Shown cells whose hiding may help: those of the target's block first, small counts before large ones."""
        return self._of[target].helpers(target, state)

    def groups(self, target: str) -> list[list[Key]]:
        """The cells of each block that goes together with the target, nearest first."""
        part = self._of[target]
        return [[cell for cell in part.values if cell[0] == block] for block in part.blocks(target)]


def _parted(values: _Values, codebook: Codebook) -> list[_Values]:
    """The cells about files, in parts that share no variable and no rule; one data set a part makes a data set."""
    linked = [set(variables(quantity)) for quantity, _ in values.values() if _is_about_files(quantity)]
    linked += [set(variables(rule)) for rule in _rules(codebook)]
    groups: list[set[str]] = []
    for names in filter(None, linked):
        apart = [group for group in groups if not group & names]
        groups = [*apart, names.union(*(group for group in groups if group & names))]
    found = [
        {
            cell: entry
            for cell, entry in values.items()
            if _is_about_files(entry[0]) and group & set(variables(entry[0]))
        }
        for group in groups
    ]
    return [cells for cells in found if any(_can_be_hidden(cell, entry[0]) for cell, entry in cells.items())]


def _rules(codebook: Codebook) -> list[Condition]:
    return [
        parse_condition(rule.definition, codebook) for rule in codebook.rules() if codebook.unit(rule.sheet) == UNIT
    ]


class _Part:
    """The cells that share variables or rules, and what of them must be left open."""

    def __init__(self, units: Mapping[str, pd.DataFrame], codebook: Codebook, asked: Rules, values: _Values):
        self.units, self.codebook, self.rules, self.known = units, codebook, asked, values
        self.values = {cell: entry for cell, entry in values.items() if _can_be_hidden(cell, entry[0])}
        self._names = {cell: set(variables(quantity)) for cell, (quantity, _) in self.values.items()}
        self._blocks: dict[str, list[str]] = {}
        self._held: dict[Condition, np.ndarray] = {}
        counted = {"/".join(cell): q.condition for cell, (q, _) in self.values.items() if isinstance(q, Count)}
        self.unprinted = self._unprinted()
        self.counts: dict[str, tuple[Condition, ...]] = {name: (c,) for name, c in counted.items()} | self.unprinted

    def inside(self, conditions: Sequence[Condition]) -> np.ndarray:
        """For each file, whether it meets all the conditions."""
        for condition in conditions:
            if condition not in self._held:
                self._held[condition] = holds(condition, self.units[UNIT]).to_numpy(dtype=bool)
        return np.logical_and.reduce([self._held[condition] for condition in conditions])

    def about(self, target: str) -> set[str]:
        """The variables of which a count speaks."""
        return {name for condition in self.counts[target] for name in variables(condition)}

    def _unprinted(self) -> dict[str, tuple[Condition, ...]]:
        """Small counts that stand in no cell: a plain no, none of a block, and two answers of which one or none holds.

        Wherever a rule or a count of several answers joins two of them, such a count is a difference of printed ones.
        """
        answers: dict[str, Condition] = {}
        found: dict[str, tuple[Condition, ...]] = {}
        blocks: dict[tuple[str, str], list[Condition]] = {}
        for cell, (quantity, _) in self.values.items():
            match quantity:
                case Count(condition=Is(variable=name) as answer) if self.codebook.variable(name).type == "tick":
                    found[f"{name}/{NO}"] = (Is(name, NO),)
                    if answer.code != NOT_DOCUMENTED:
                        blocks.setdefault((cell[0], cell[2]), []).append(Not(answer))
            if isinstance(quantity, Count) and cell[1].rpartition(".")[2] != NOT_DOCUMENTED:
                answers["/".join(cell)] = quantity.condition
        found |= {f"{block}/{column}/none": tuple(nots) for (block, column), nots in blocks.items()}
        for (one, first), (other, second) in itertools.combinations(answers.items(), 2):
            if len({*variables(first), *variables(second)}) > 1:
                found[f"{one} and {other}"] = first, second
                found[f"{one} and not {other}"] = first, Not(second)
                found[f"{other} and not {one}"] = second, Not(first)
                found[f"neither {one} nor {other}"] = Not(first), Not(second)
        return {name: all_of for name, all_of in found.items() if 0 < self.inside(all_of).sum() < self.rules.threshold}

    def targets(self, hidden: Mapping[Key, str]) -> list[str]:
        cells = {"/".join(cell) for cell in hidden}
        return [name for name in self.counts if name in cells or name in self.unprinted]

    def open_values(self, target: str, hidden: Mapping[Key, str]) -> int:
        about = self.blocks(target)
        if all(hidden.get(cell) == WITHHELD for cell in self.values if cell[0] in about):
            return self.rules.left_open  # nothing is printed of it, or of what goes together with it
        return self.proof.open_values(target, hidden)

    @cached_property
    def proof(self) -> _Proof:
        """Made only where something must be left open."""
        return _Proof(self)

    def helpers(self, target: str, state: _State) -> list[Key]:
        blocks = self.blocks(target)
        rank = {block: place for place, block in enumerate(blocks)}
        wanted = self.about(target)

        def nearness(cell: Key) -> tuple:
            return rank[cell[0]], not wanted & self._names[cell], float(self.values[cell][1] or 0)

        return sorted((cell for cell in self.values if cell not in state.hidden and cell[0] in rank), key=nearness)

    def blocks(self, target: str) -> list[str]:
        if target not in self._blocks:
            met, found = self.about(target), []
            while new := [cell[0] for cell, names in self._names.items() if cell[0] not in found and met & names]:
                found += dict.fromkeys(new)
                met = met.union(*(names for cell, names in self._names.items() if cell[0] in found))
            self._blocks[target] = found
        return self._blocks[target]


class _Proof:
    """The data sets that agree with what is printed of a part, as a model, and the search for different ones."""

    def __init__(self, part: _Part):
        self.part, self.codebook, self.rules, self.counts = part, part.codebook, part.rules, part.counts
        units = part.units
        self.size = len(units[UNIT])
        met = {name for quantity, _ in part.known.values() for name in variables(quantity)}
        joined = [rule for rule in _rules(self.codebook) if met & set(variables(rule))]
        free = self._free_rows(units[UNIT], met.union(*map(variables, joined)))
        fixed = {UNIT: units[UNIT].drop(index=free)}
        stated = [Statement("/".join(cell), (), q, None, None, 1) for cell, (q, _) in part.known.items()]
        self.model = Model(self.codebook, {UNIT: len(free)}, stated, asked=[Count(UNIT, rule) for rule in joined])
        self._states: dict[tuple[Key, str], int] = {}
        self._always: list[int] = []
        inside = {name: part.inside(conditions) for name, conditions in self.counts.items()}
        is_fixed = ~units[UNIT].index.isin(free)
        self._true = {name: int(rows.sum()) for name, rows in inside.items()}
        self._offsets = {name: int(rows[is_fixed].sum()) for name, rows in inside.items()}
        conditions = {condition for all_of in self.counts.values() for condition in all_of}
        self._literals = {c: self.model.linear(Count(UNIT, c))[0] for c in conditions}
        for cell, (quantity, value) in part.known.items():
            self._state(cell, quantity, value, units, fixed)
        self._absent(part.known)
        self._solver: Solver = self.model.solver(SOLVER)
        self._given = len(self.model.clauses)
        self._real_rows = self._real(units[UNIT].loc[free])
        self._pool = np.zeros((0, self.model.new()), dtype=bool)
        self._values: dict[str, np.ndarray] = {}

    def _free_rows(self, rows: pd.DataFrame, names: set[str]) -> pd.Index:
        """Rows that may differ: fully coded ones, some of each small count and some others."""
        whole = pd.Series(True, index=rows.index)
        for name in names:
            if not is_coded(rows, name):
                continue
            column, variable = rows[name], self.codebook.variable(name)
            whole &= column.notna() & (column != BLANK)
            if variable.type == "count":
                numbers = pd.to_numeric(column, errors="coerce")
                whole &= numbers.notna() & (numbers <= 50)
        small = []
        for conditions in self.counts.values():
            inside = self.part.inside(conditions)
            small += [rows.index[part & whole] for part in (inside, ~inside) if 0 < part.sum() < self.rules.threshold]
        shuffled = list(rows.index[whole])
        random.Random(len(rows)).shuffle(shuffled)
        often = pd.Series([row for group in small for row in group], dtype=object).value_counts().to_dict()
        place = {row: number for number, row in enumerate(shuffled)}
        chosen: dict[object, None] = {}
        for group in sorted(small, key=len):  # a small count must be able to become smaller
            in_order = sorted(group, key=lambda row: (row not in chosen, -often[row], place[row]))
            chosen |= dict.fromkeys(in_order[: max(1, self.rules.left_open - 1)])
        return pd.Index([*chosen, *(row for row in shuffled if row not in chosen)][: max(FREE_ROWS, len(chosen))])

    def _real(self, rows: pd.DataFrame) -> list[int]:
        """The literals that are true in the real rows."""
        return [
            literal
            for cell in self.model.cells
            for literal in cell.values.get(str(rows[cell.variable].iloc[cell.row]), ())
        ]

    def _state(self, cell: Key, quantity: Quantity, value, units, fixed) -> None:
        """Literals that say what a reader knows of the cell when it is shown, and when it is hidden for a reason."""
        shown = self._says(cell, quantity, value, units, fixed)
        if cell not in self.part.values:
            self._always += shown
            return
        self._states[cell, ""] = self._all(shown)
        if "/".join(cell) not in self.counts:
            return
        low, high = self.rules.threshold, self.size - self.rules.threshold
        least = 0 if self.rules.hides_none_or_all else 1
        small, other = self._new(), self._new()
        for clause in (
            [*self._fewer(cell, low - 1), *self._more(cell, high + 1)],
            self._more(cell, least),
            self._fewer(cell, self.size - least),
        ):
            self.model.clauses.append([-small, *clause])
        self.model.clauses.append([-other, *self._fewer(cell, least - 1), *self._more(cell, low)])
        self.model.clauses.append([-other, *self._fewer(cell, high), *self._more(cell, self.size - least + 1)])
        self._states[cell, SMALL], self._states[cell, GIVES_AWAY] = small, other

    def _says(self, cell: Key, quantity: Quantity, value, units, fixed) -> list[int]:
        if value is None:
            return []
        name = "/".join(cell)
        ratio = self.model.ratio(quantity)
        if ratio is None:
            exact = int(value) - int(evaluate(quantity, fixed))
            return [self.model.selector(Statement(name, (), quantity, exact, exact, 1))]
        part, whole = ratio
        number, half = int(evaluate(whole, units)), Decimal(1).scaleb(-tables.DECIMALS) / 2
        here = int(evaluate(part, fixed) or 0) if len(fixed[UNIT]) else 0
        low, high = ceil((value - half) * number), ceil((value + half) * number) - 1
        there = number - (int(evaluate(whole, fixed)) if len(fixed[UNIT]) else 0)
        return [
            self.model.selector(Statement(name, (), whole, there, there, 1)),
            self.model.selector(Statement(name, (), part, low - here, high - here, 1)),
        ]

    def _absent(self, known: Mapping[Key, tuple]) -> None:
        """A code or value that has no row in a table is known to have no file."""
        listed: dict[str, list[Condition]] = {}
        for quantity, _ in known.values():
            match quantity:
                case Count(condition=Is(variable=name) | Compare(variable=name, relation="==") as condition):
                    listed.setdefault(name, []).append(condition)
        for name, conditions in listed.items():
            variable = self.codebook.variable(name)
            if variable.type == "choice":
                codes = {condition.code for condition in conditions}
                absent = [Is(name, code) for code in allowed_codes(variable, self.codebook) if code not in codes]
                wanted = absent and Count(UNIT, AtLeast(1, tuple(absent)))
            else:
                wanted = variable.type == "count" and Count(UNIT, Not(AtLeast(1, tuple(conditions))))
            if wanted:
                self._always.append(self.model.selector(Statement(f"absent.{name}", (), wanted, 0, 0, 1)))

    def _new(self) -> int:
        return self.model.selector(Statement("", (), Count(UNIT, AtLeast(0, ())), None, None, 1))

    def _all(self, literals: Sequence[int]) -> int:
        whole = self._new()
        self.model.clauses += [[-whole, literal] for literal in literals]
        return whole

    def _fewer(self, cell: Key, number: int) -> list[int]:
        return self._at_most("/".join(cell), number)

    def _more(self, cell: Key, number: int) -> list[int]:
        return self._at_least("/".join(cell), number)

    def _at_most(self, name: str, number: int) -> list[int]:
        return self.model.no_more(self._counted(name), number - self._offsets[name])

    def _at_least(self, name: str, number: int) -> list[int]:
        return self.model.no_fewer(self._counted(name), number - self._offsets[name])

    def _counted(self, name: str) -> tuple[int, ...]:
        """For each row that may differ, a literal that is true where the row counts."""
        rows = zip(*(self._literals[condition] for condition in self.counts[name]), strict=True)
        return tuple(self.model.all_of(literals) for literals in rows)

    def open_values(self, target: str, hidden: Mapping[Key, str]) -> int:
        assumed = list(self._always)
        for cell in self.part.values:
            literal = self._states.get((cell, hidden.get(cell, "")))
            if literal is not None:
                assumed.append(literal)
        agrees = self._true_in(self._pool, assumed).all(axis=1)
        found = {self._true[target], *self._in_pool(target)[agrees].tolist()}
        for bound in (self._above, self._below):
            while len(found) < self.rules.left_open and (clause := bound(target, found)):
                if not self._solve([*assumed, *clause]):
                    break
                found.add(int(self._in_pool(target)[-1]))
        return len(found)

    def _above(self, target: str, found: set[int]) -> list[int]:
        return self._at_least(target, max(found) + 1)

    def _below(self, target: str, found: set[int]) -> list[int]:
        return self._at_most(target, min(found) - 1)

    def _solve(self, assumed: list[int]) -> bool:
        self._solver.append_formula(self.model.clauses[self._given :])
        self._given = len(self.model.clauses)
        self._solver.solve(assumptions=self._real_rows)  # so that it looks near the real rows first
        self._solver.conf_budget(EFFORT)
        if not self._solver.solve_limited(assumptions=assumed):  # no data set, or none found with that effort
            return False
        solution = np.zeros((1, self._pool.shape[1]), dtype=bool)
        true = [literal for literal in self._solver.get_model() if 0 < literal < self._pool.shape[1]]
        solution[0, true] = True
        self._pool = np.concatenate([self._pool, solution])
        return True

    def _in_pool(self, target: str) -> np.ndarray:
        """The value of the count in each data set that was found."""
        known = self._values.get(target, np.zeros(0, dtype=int))
        new = self._pool[len(known) :]
        if len(new):
            rows = [self._true_in(new, self._literals[condition]) for condition in self.counts[target]]
            values = self._offsets[target] + np.logical_and.reduce(rows).sum(axis=1)
            known = self._values[target] = np.concatenate([known, values])
        return known

    @staticmethod
    def _true_in(pool: np.ndarray, literals: Sequence[int]) -> np.ndarray:
        """For each data set, which of the literals are true in it; 1 is always true."""
        numbers = np.array(literals, dtype=int)
        return (pool[:, np.abs(numbers)] | (np.abs(numbers) == 1)) == (numbers > 0)


def _is_about_files(quantity: Quantity) -> bool:
    return getattr(quantity, "unit", UNIT) == UNIT
