"""Which numbers of a study can be passed on without giving away small groups of persons.

A reader has all that was passed on, and this program. So a data set is possible if the program would pass on the same
for it, and every hidden number must keep at least `left_open` values over all possible data sets. Ten lines of design:

1. A count of few persons, or of all but few, is small. So is one of two answers together that shown sums give.
2. Numbers that share a variable or a rule of the codebook are a group; groups tell nothing of each other.
3. The answers to one question are parts of all persons. If one is small, the small parts and the first part are hidden,
   then further ones in order, until the hidden sum is at least `threshold` times their number (`_hidden_parts`).
   Then any values of 1 to threshold - 1 in the hidden parts but the first give the same output: that is the proof.
4. Rows over several questions stand together or not at all, block by block from the end: a ladder of steps. A step may
   be taken only if none of the rows that it shows is small, which other data sets can be asked too.
5. A step is taken only if other data sets are found, from what it would show alone, of which the program shows the same
   and in which every hidden number has enough values (`analysis.privacy.possible`). Else the next one is tried.
6. A step that shows nothing but counts of nobody and of everybody is never taken; at the end the group is withheld.
7. So a group is always withheld where v persons have one answer to everything and the others another, for each v
   below the threshold. That is why a withheld number keeps enough values, whatever the group.
8. Means and sums follow from shown parts, or stand only where their group hides nothing and many persons have one;
   extremes and medians are single persons' values and stand only where all parts do.
9. With rounding, numbers that are not small are shown as multiples of the base, and steps 4 to 7 judge that in turn.
10. One sign for all that is hidden: whether a number is small, or hidden for another, is for the house only.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

import numpy as np
import pandas as pd

from analysis.counts import tables
from analysis.errors import UserError
from analysis.language import messages, text
from analysis.privacy.possible import Counted, Rows, Search
from analysis.sheets.validation import allowed_codes
from analysis.study import layout
from analysis.study.codebook import BLANK, NO, NOT_DOCUMENTED, YES, Codebook, Variable
from analysis.study.expressions import (
    EVERY,
    GAPS,
    Answers,
    Arithmetic,
    AtLeast,
    Cells,
    Compare,
    Condition,
    Constant,
    Count,
    Derived,
    Is,
    Not,
    Number,
    Quantity,
    Summary,
    is_coded,
    left_of,
    measure,
    parse_condition,
    variables,
)

SMALL, HELPS, LINKED, FEW, WITHHELD, TOO_FEW, EARLIER, COMMON = (
    "small", "helps", "linked", "few", "withheld", "too_few", "earlier", "common",
)  # fmt: skip
"""Why a number is hidden, for the house: it is small; a small one could be worked out from it; it joins several
questions and goes with others that are hidden; it says something of few persons; its whole group is withheld; there are
too few rows for anything; its difference from what was passed on before, or from another study, would tell."""

HIDE, ROUND = "hide", "round"
BASES = (3, 5, 10)
"""What numbers can be rounded to."""

FEW_KINDS = 500
"""So many kinds of persons rule out most of what could follow from shown counts."""

TOLERANCE = 1e-6
"""What the machine may be off in sums of counts."""

UNIT = "files"

Key = tuple[str, str, str]
"""Block, item and column of a cell."""

_OTHERS = "others"
"""The numbers that have no row of their own, as an answer to a question."""


@dataclass(frozen=True)
class Rules:
    """What study.yml asks for.

    Counts of 1 to `threshold` - 1 persons are small, and so are those that all but so few have; with
    `hides_none_or_all` also those of nobody and of everybody. Of every hidden number at least `left_open` values stay
    possible. What is shown is exact, or with a `base` rounded to its multiples. `may_share_persons`: studies that it is
    compared with may be about some of the same persons.
    """

    threshold: int = 5
    left_open: int = 3
    hides_none_or_all: bool = False
    may_share_persons: bool = True
    base: int = 1

    @property
    def least(self) -> int:
        """The smallest number of persons that is not small."""
        return max(self.threshold, (self.base + 1) // 2)

    def is_small(self, count: int, size: int) -> bool:
        """Whether a count out of `size` persons may not be shown."""
        lowest = 0 if self.hides_none_or_all else 1
        return any(lowest <= number < self.least for number in (count, size - count))

    def shown(self, count: int, size: int) -> int:
        """A count as it is shown."""
        return count if count in (0, size) else (2 * count + self.base) // (2 * self.base) * self.base


@dataclass(frozen=True)
class Shown:
    """A number as it is passed on; `unknown`: how many more it may be, None where that is hidden or does not apply."""

    value: int | Decimal | None
    unknown: int | None = None
    is_unknown_hidden: bool = False


@dataclass(frozen=True)
class Protection:
    """What may be passed on of the tables.

    `cells`: every cell that stands in them in printed order, None if it is hidden. Rows that tell by standing there are
    left out. `hidden`: cell -> why, for the house; with the rows left out. `hideable`: the cells that say something of
    persons. `groups`: the cells that go together. `sizes`: unit -> its rows, None where they are too few to be told.
    """

    rules: Rules
    sizes: Mapping[str, int | None]
    cells: Mapping[Key, Shown | None]
    hidden: Mapping[Key, str]
    hideable: frozenset[Key]
    groups: tuple[frozenset[Key], ...]
    everyone: tuple[tuple[Key, Key], ...] = ()

    @property
    def is_nothing_left(self) -> bool:
        """Whether nothing that says something of persons is shown."""
        return all(self.cells.get(cell) is None for cell in self.hideable)

    def frame(self, codebook: Codebook, table: str) -> pd.DataFrame:
        """A table as it is passed on, as of `tables.compute`; None where a number is hidden."""
        blocks = {block.name for block in codebook.blocks(table)}
        rows = [
            (*cell, *((shown.value, shown.unknown) if shown else (None, None)))
            for cell, shown in self.cells.items() if cell[0] in blocks
        ]  # fmt: skip
        return pd.DataFrame(rows, columns=list(tables.COLUMNS), dtype=object)

    def without(self, groups: Sequence[frozenset[Key]], why: str, codebook: Codebook) -> Protection:
        """The same with some groups withheld."""
        gone, listed = frozenset().union(*groups), _listed(codebook)
        cells = {
            cell: None if cell in gone else shown
            for cell, shown in self.cells.items()
            if cell not in gone or cell[:2] in listed
        }
        hidden = {**self.hidden, **{cell: why for cell in gone if self.cells.get(cell) is not None}}
        everyone = tuple(pair for pair in self.everyone if not gone & set(pair))
        return Protection(self.rules, self.sizes, cells, hidden, self.hideable, self.groups, everyone)


def rules(settings: Mapping[str, object]) -> Rules:
    """The rules in the part `publication` of study.yml, the usual ones where it is silent. Raises UserError."""

    def refuse(key: str, **facts: object) -> None:
        raise UserError(messages.text(key, text.stated(settings), **facts))

    stated = settings.get("publication") or {}
    known = ("method", "base", "threshold", "left_open", "none_or_all", "persons_in_common")
    if not isinstance(stated, Mapping) or (unknown := [name for name in stated if name not in known]):
        refuse("rules_form", name=unknown[0] if isinstance(stated, Mapping) else stated)
    method, base = stated.get("method", HIDE), stated.get("base", 5)
    threshold, left_open = stated.get("threshold", 5), stated.get("left_open", 3)
    none_or_all, common = stated.get("none_or_all", "shown"), stated.get("persons_in_common", "possible")
    if method not in (HIDE, ROUND):
        refuse("rules_word", name="method", one=HIDE, other=ROUND)
    if type(base) is not int or base not in BASES or ("base" in stated and method == HIDE):
        refuse("rules_base")
    if type(threshold) is not int or not 3 <= threshold <= 100:
        refuse("rules_threshold")
    most = min(threshold - 1, base if method == ROUND else threshold)
    if type(left_open) is not int or not 2 <= left_open <= most:
        refuse("rules_left_open", most=most, threshold=threshold)
    if none_or_all not in ("shown", "hidden"):
        refuse("rules_word", name="none_or_all", one="shown", other="hidden")
    if common not in ("possible", "none"):
        refuse("rules_word", name="persons_in_common", one="possible", other="none")
    return Rules(threshold, left_open, none_or_all == "hidden", common == "possible", base if method == ROUND else 1)


def protect(units: Mapping[str, pd.DataFrame], codebook: Codebook, asked: Rules) -> Protection:
    """What can be shown of all printed tables. The same units give the same answer."""
    values = _values(units, codebook)
    cells: dict[Key, Shown | None] = {}
    hidden: dict[Key, str] = {}
    groups: list[frozenset[Key]] = []
    everyone: list[tuple[Key, Key]] = []
    listed = _listed(codebook)
    sizes: dict[str, int | None] = {unit: len(rows) for unit, rows in units.items()}
    for unit in dict.fromkeys(_unit(codebook, cell) for cell in values):
        mine = {cell: entry for cell, entry in values.items() if _unit(codebook, cell) == unit}
        if not codebook.is_of_persons(unit):
            cells |= {cell: Shown(value, unknown) for cell, (_, value, unknown) in mine.items()}
            continue
        if len(units[unit]) < asked.threshold:
            sizes[unit] = None
            cells |= {cell: None for cell in mine if cell[:2] in listed}
            hidden |= dict.fromkeys(mine, TOO_FEW)
            groups.append(frozenset(mine))
            continue
        for group in _groups(units[unit], unit, codebook, asked, mine, listed):
            shown, why = group.decide()
            cells |= shown
            hidden |= why
            groups.append(frozenset(group.cells))
            everyone += group.everyone(shown)
        cells |= {cell: Shown(value) for cell, (quantity, value, _) in mine.items() if quantity == Count(unit, EVERY)}
    hideable = frozenset().union(*groups)
    ordered = {cell: cells[cell] for cell in values if cell in cells}
    why = {cell: hidden[cell] for cell in values if cell in hidden}
    return Protection(asked, sizes, ordered, why, hideable, tuple(groups), tuple(everyone))


_Values = Mapping[Key, tuple[Quantity, int | Decimal | None, int]]
"""Cell -> what it counts, its value, and how many more it possibly is."""


def _values(units: Mapping[str, pd.DataFrame], codebook: Codebook) -> _Values:
    found = {}
    for table in codebook.frames["table"]:
        for block, item, column, value, unknown in tables.compute(units, codebook, table).itertuples(index=False):
            found[block, item, column] = (layout.quantity(codebook, block, item, column), value, unknown)
    return found


def _unit(codebook: Codebook, cell: Key) -> str:
    return codebook.unit(codebook.members(cell[0])[0].sheet)


def _listed(codebook: Codebook) -> frozenset[tuple[str, str]]:
    """Block and item of the rows that tables have whatever is coded."""
    return frozenset(cell[:2] for table in codebook.frames["table"] for cell in layout.cells(codebook, table))


def _counts_in(quantity: Quantity) -> Iterator[Condition | None]:
    """The conditions of the counts in a quantity; None for what is no count."""
    match quantity:
        case Count(condition=condition):
            if condition != EVERY:
                yield condition
        case Answers(conditions=conditions):
            yield from conditions
        case Arithmetic(left=left, right=right):
            yield from _counts_in(left)
            yield from _counts_in(right)
        case Constant():
            return
        case _:
            yield None


def _bare(condition: Condition) -> Condition:
    return _bare(condition.condition) if isinstance(condition, Derived) else condition


def _groups(
    rows: pd.DataFrame,
    unit: str,
    codebook: Codebook,
    asked: Rules,
    values: _Values,
    listed: frozenset[tuple[str, str]],
) -> Iterator[_Group]:
    """The cells of a unit, in groups that share no variable and no rule."""
    rules = [parse_condition(row.definition, codebook) for row in codebook.rules() if codebook.unit(row.sheet) == unit]
    about = {cell: set(variables(quantity)) for cell, (quantity, _, _) in values.items()}
    met: list[set[str]] = []
    for names in filter(None, [*about.values(), *(set(variables(rule)) for rule in rules)]):
        apart = [group for group in met if not group & names]
        met = [*apart, names.union(*(group for group in met if group & names))]
    for names in met:
        cells = {cell: values[cell] for cell in values if about[cell] & names}
        if cells:
            joined = [rule for rule in rules if names & set(variables(rule))]
            yield _Group(rows, codebook, asked, cells, joined, listed)


@dataclass
class _Part:
    """One answer to a question: which count it is, the cell that shows it, and whether that stands there always."""

    place: int
    cell: Key | None
    code: str
    is_listed: bool

    @property
    def is_rare(self) -> bool:
        """Whether it stands for all numbers that have no row, as each of them is rare."""
        return self.code == _OTHERS


class _Group:
    """Cells that share variables or rules, and what can be shown of them."""

    def __init__(
        self,
        rows: pd.DataFrame,
        codebook: Codebook,
        asked: Rules,
        cells: _Values,
        joined: Sequence[Condition],
        listed: frozenset[tuple[str, str]],
    ):
        self.rows, self.codebook, self.asked = rows, codebook, asked
        self.cells, self.joined, self.listed = cells, joined, listed
        self.size = len(rows)
        self.counted: list[Counted] = []
        self._places: dict[Counted, int] = {}
        self.parts = {name: parts for name in self._names() if (parts := self._parts_of(name))}
        self._part_of = {
            _bare(self.counted[part.place].condition): (name, part)
            for name, parts in self.parts.items()
            for part in parts
        }
        self.rows_of: dict[Key, tuple[int, int]] = {}  # of rows over several questions: what is sure, what is open
        self.rare: list[Key] = []  # of single numbers that few persons have
        self.inner: dict[Key, list[int | None]] = {}  # of other quantities: the counts in them
        for cell, (quantity, _, _) in cells.items():
            if any(part.cell == cell for parts in self.parts.values() for part in parts):
                continue
            if isinstance(quantity, Count) and self._is_rare_number(quantity.condition):
                self.rare.append(cell)
            elif isinstance(quantity, Count):
                self.rows_of[cell] = self._pair(quantity.condition)
            else:
                self.inner[cell] = [self._inner(condition) for condition in _counts_in(quantity)]
        self.hidden_rows: dict[Key, tuple[int, int]] = {}  # counts within quantities that no part is
        for cell, places in self.inner.items():
            for place in places:
                if place is not None and place not in self._shown_places:
                    one = self.counted[place].condition
                    self.hidden_rows[cell[0], f"{cell[1]}:{place}", cell[2]] = self._pair(one)

    def _is_rare_number(self, condition: Condition) -> bool:
        one = _bare(condition)
        return isinstance(one, Compare) and one.relation == "==" and one.variable in self.parts

    def _names(self) -> list[str]:
        """The variables of the cells, in order."""
        return list(dict.fromkeys(name for quantity, _, _ in self.cells.values() for name in variables(quantity)))

    @cached_property
    def _shown_places(self) -> set[int]:
        return {place for pair in self.rows_of.values() for place in pair} | {
            part.place for parts in self.parts.values() for part in parts
        }

    def _place(self, counted: Counted) -> int:
        if counted not in self._places:
            self._places[counted] = len(self.counted)
            self.counted.append(counted)
        return self._places[counted]

    def _pair(self, condition: Condition) -> tuple[int, int]:
        return self._place(Counted(condition)), self._place(Counted(condition, is_open=True))

    def _inner(self, condition: Condition | None) -> int | None:
        if condition is None:
            return None
        found = self._part_of.get(_bare(condition))
        return found[1].place if found else self._pair(condition)[0]

    def _parts_of(self, name: str) -> list[_Part]:
        """The answers to a question that stand in cells, with all others to it; the first is hidden first."""
        variable = self.codebook.variable(name)
        cells: dict[Condition, Key] = {}
        for cell, (quantity, _, _) in self.cells.items():
            if isinstance(quantity, Count) and variables(quantity) == (name,):
                one = _bare(quantity.condition)
                if isinstance(one, Is) or (isinstance(one, Compare) and one.relation == "=="):
                    cells.setdefault(one, cell)
        if not cells:
            return []
        codes = self._codes(variable)
        parts = []
        for code in dict.fromkeys((*codes, *GAPS)):
            one: Condition = Is(name, code)
            if code == _OTHERS:
                known = tuple(Compare(name, "==", int(number)) for number in codes if number != _OTHERS)
                one = AtLeast(2, (Compare(name, ">=", 0), Not(AtLeast(1, known))))
            elif variable.type == "count" and code not in GAPS:
                one = Compare(name, "==", int(code))
            cell = cells.get(one)
            if cell is None and code in GAPS:
                continue  # nobody lacks an answer in that way
            is_listed = cell is not None and cell[:2] in self.listed
            parts.append(_Part(self._place(Counted(one)), cell, code, is_listed))
        return parts

    def _codes(self, variable: Variable) -> list[str]:
        """The answers to a question from the last to the first; of a tick, `no` stands first.

        Of numbers those with a row: the listed ones, and those that are not rare. All others are one answer.
        """
        if variable.type == "tick":
            return [NO, YES]
        if variable.type == "count":
            listed = [code for code in variable.code_names() if code not in GAPS]
            met = pd.to_numeric(self.rows[variable.name], errors="coerce").dropna().astype(int).value_counts()
            shown = {str(n) for n, often in met.items() if not self.asked.is_small(int(often), self.size)}
            return [*reversed(listed), *sorted(shown - set(listed), key=int), _OTHERS]
        return [code for code in reversed(allowed_codes(variable, self.codebook)) if code not in GAPS]

    # What is shown

    @cached_property
    def counts(self) -> np.ndarray:
        """The counts in the real rows."""
        return self._count(self.rows)

    def _count(self, rows: pd.DataFrame) -> np.ndarray:
        missing = {name for one in self.counted for name in variables(one.condition) if name not in rows}
        cells = Cells(rows.assign(**dict.fromkeys(missing, BLANK)), is_part=True)
        found: dict[Condition, Number] = {}
        for one in self.counted:
            if one.condition not in found:
                found[one.condition] = measure(Count(UNIT, one.condition), {UNIT: cells})
        told = [(found[one.condition], one.is_open) for one in self.counted]
        return np.array([number.unknown if is_open else int(number.value) for number, is_open in told], dtype=int)

    @cached_property
    def steps(self) -> list[dict[Key, tuple[int, int]]]:
        """The rows over several questions that each step of the ladder shows: all, fewer, none."""
        every = {**self.rows_of, **self.hidden_rows}
        order = list(self.codebook.frames["block"])
        blocks = sorted({cell[0] for cell in every}, key=order.index)
        return [
            {cell: pair for cell, pair in every.items() if cell[0] in blocks[:number]}
            for number in range(len(blocks), -1, -1)
        ]

    def may_take(self, step: Mapping[Key, tuple[int, int]], counts: np.ndarray) -> bool:
        """Whether none of the rows that a step shows is small."""
        return not any(self._is_small(counts[sure]) for sure, _ in step.values())

    @cached_property
    def kinds(self) -> np.ndarray:
        """Kinds of persons, drawn at random as the codebook allows, and for each whether each count counts it."""
        names = list(dict.fromkeys(n for one in self.counted for n in variables(one.condition)))
        codes = self._search_codes(names, {})
        table = Rows(codes, self.counted, self._rules_over(names))
        chance = np.random.default_rng(2)
        drawn = np.stack([chance.integers(0, len(codes[n]), 20_000) for n in names], axis=1).astype(np.int16)
        met = table.met(drawn)
        return np.unique(met[met[:, -1] == 0][:, :-1].astype(bool), axis=0)

    def gives_away(self, shown: Mapping[int, int | None]) -> bool:
        """Whether sums of shown counts give a small one: of a row that is hidden, or of two answers, both or neither.

        A count follows if what it counts is a sum of what shown ones count, some of them taken several times or off.
        """
        met = self.kinds
        known = [place for place, value in shown.items() if value is not None]
        question = {part.place: name for name, parts in self.parts.items() for part in parts}
        sure = [place for place, one in enumerate(self.counted) if not one.is_open and met[:, place].any()]
        pairs = [
            (one, other)
            for one, other in itertools.combinations(sure, 2)
            if question.get(one, one) != question.get(other, other)
        ]
        pairs += [(place, place) for place in range(len(self.counted)) if place not in known]
        both = np.array([met[:, one] & met[:, other] for one, other in pairs]).reshape(len(pairs), len(met)).T
        base = np.column_stack([np.ones(len(met)), met[:, known]])
        numbers = np.array([self.size, *(shown[place] for place in known)])
        follow = np.arange(len(pairs))
        for some in (slice(None, None, max(1, len(met) // FEW_KINDS)), slice(None)):  # a few kinds rule out most pairs
            wanted = both[some][:, follow].astype(float)
            times = np.linalg.lstsq(base[some], wanted, rcond=None)[0]
            is_sum = np.abs(base[some] @ times - wanted).max(axis=0, initial=0) < TOLERANCE
            follow, times = follow[is_sum], times[:, is_sum]
        for (one, other), number in zip(
            (pairs[at] for at in follow), np.rint(numbers @ times).astype(int), strict=True
        ):
            first, second = shown.get(one), shown.get(other)
            rest = [n - number for n in (first, second) if n is not None]
            if None not in (first, second):
                rest.append(self.size - first - second + number)
            if any(self._is_small(n) for n in (number, *rest)):
                return True
        return False

    @cached_property
    def within(self) -> list[tuple[int, int]]:
        """Pairs of counts of which every person in the first is in the second, whatever the data."""
        if not self.rows_of and not self.hidden_rows:
            return []
        met = self.kinds
        sure = [place for place, one in enumerate(self.counted) if not one.is_open and met[:, place].any()]
        joined = {pair[0] for pair in (*self.rows_of.values(), *self.hidden_rows.values())}
        return [
            (inner, outer)
            for inner in sure for outer in sure
            if inner != outer and (inner in joined or outer in joined) and not (met[:, inner] & ~met[:, outer]).any()
        ]  # fmt: skip

    def output(self, step: Mapping[Key, tuple[int, int]], counts: np.ndarray) -> tuple[dict[int, int | None], dict]:
        """What a step shows of each count, None if it is hidden; and why it is."""
        shown: dict[int, int | None] = {}
        why: dict[int, str] = {}
        for parts in self.parts.values():
            numbers = [int(counts[part.place]) for part in parts]
            small = {
                at for at, part in enumerate(parts)
                if self.asked.is_small(numbers[at], self.size) or (part.is_rare and numbers[at])
            }  # fmt: skip
            hidden = _hidden_parts(numbers, small, self.asked)
            for at, part in enumerate(parts):
                follows = part.cell is None and (self.asked.base > 1 or hidden) and not part.is_listed
                shown[part.place] = None if at in hidden or follows else self.asked.shown(numbers[at], self.size)
                if at in hidden:
                    why[part.place] = SMALL if at in small else HELPS
        for cell, (sure, gap) in {**self.rows_of, **self.hidden_rows}.items():
            if sure in shown:
                continue
            value, more = int(counts[sure]), int(counts[gap])
            shown[sure] = self.asked.shown(value, self.size) if cell in step else None
            is_told = not any(self.asked.is_small(number, self.size) for number in (more, self.size - value - more))
            shown[gap] = self.asked.shown(more, self.size) if cell in step and is_told else None
            if cell not in step:
                why[sure] = SMALL if self.asked.is_small(value, self.size) else LINKED
        return shown, why

    def implied(self, shown: Mapping[int, int | None], condition: Condition) -> tuple[int | None, int] | None:
        """What a hidden row over several questions is anyway: value and gap where what is shown says so, else None."""
        for parts in self.parts.values():
            for part in parts:
                if shown[part.place] == self.size and part.code not in GAPS and not part.is_rare:
                    name = self.counted[part.place].condition.variable
                    condition = left_of(condition, name, part.code)
                    if isinstance(condition, bool):
                        return (self.size if condition else 0), 0
        found = self._part_of.get(_bare(condition))
        if found is None:
            return None
        name, part = found
        gaps = [shown[one.place] for one in self.parts[name] if one.code in GAPS]
        if shown[part.place] is None or None in gaps:
            return None
        return shown[part.place], sum(gaps)

    def decide(self) -> tuple[dict[Key, Shown | None], dict[Key, str]]:
        """What stands in the tables (None: hidden), and for the house why what is hidden is."""
        earlier: Mapping[Key, tuple[int, int]] | None = None
        for step in self.steps:
            if self.may_take(step, self.counts):
                shown, why = self.output(step, self.counts)
                if self._is_plain or not (
                    self._says_nothing(shown) or (self.asked.base == 1 and self.gives_away(shown))
                ):
                    is_whole = None not in shown.values() and self.asked.base == 1
                    if self._is_plain or is_whole or self._is_open(step, earlier, shown):
                        return self._cells(step, shown, why)
            earlier = step
        always = {cell: None for cell in self.cells if cell[:2] in self.listed}
        reasons = {}
        _, why = self.output({}, self.counts)
        for cell in self.cells:
            places = [part.place for parts in self.parts.values() for part in parts if part.cell == cell]
            places = places or [self.rows_of[cell][0]] if cell in self.rows_of or places else []
            reasons[cell] = SMALL if any(why.get(place) == SMALL for place in places) else WITHHELD
        return always, reasons

    @property
    def _is_plain(self) -> bool:
        """Whether the group is answers to questions that no rule and no row joins: those need no search."""
        return self.asked.base == 1 and not (self.rows_of or self.hidden_rows or self.joined)

    def _says_nothing(self, shown: Mapping[int, int | None]) -> bool:
        """Whether a step hides something, and shows nothing but counts of nobody and of everybody."""
        if None not in shown.values():
            return False
        seen = {part.place for parts in self.parts.values() for part in parts if part.cell} | {
            place for cell, pair in self.rows_of.items() for place in pair
        }
        return all(shown[place] in (None, 0, self.size) for place in seen)

    def _cells(
        self, step: Mapping[Key, tuple[int, int]], shown: dict[int, int | None], why: Mapping[int, str]
    ) -> tuple[dict[Key, Shown | None], dict[Key, str]]:
        """The cells of what a step shows."""
        cells: dict[Key, Shown | None] = {}
        reasons: dict[Key, str] = {}

        def hide(cell: Key, reason: str) -> None:
            reasons[cell] = reason
            if cell[:2] in self.listed or (
                cell[1].rpartition(".")[2] in (NOT_DOCUMENTED, layout.BLANK_ITEM) and self.size >= 2 * self.asked.least
            ):
                cells[cell] = None

        for parts in self.parts.values():
            gaps = [shown[part.place] for part in parts if part.code in GAPS]
            for part in parts:
                if part.cell is None or part.cell not in self.cells:
                    continue
                value = shown[part.place]
                if value is None:
                    hide(part.cell, why[part.place])
                elif part.is_listed or value:
                    is_gap = part.code in GAPS
                    unknown = 0 if is_gap else None if None in gaps else sum(gaps)
                    cells[part.cell] = Shown(value, unknown, unknown is None)
        reasons |= dict.fromkeys(self.rare, SMALL)
        for cell, (sure, gap) in self.rows_of.items():
            value = (shown[sure], shown[gap]) if cell in step else self.implied(
                shown, self.counted[sure].condition
            )  # fmt: skip
            if value is None or value[0] is None:
                hide(cell, why.get(sure, LINKED))
            else:
                cells[cell] = Shown(*value, value[1] is None)
        is_whole = step == self.steps[0] and None not in shown.values()
        for cell in self.inner:
            if self._may_show(cell, shown, is_whole):
                _, value, unknown = self.cells[cell]
                is_told = self._tells_gaps(cell, shown)
                cells[cell] = Shown(value, unknown if is_told else None, not is_told)
            else:
                hide(cell, FEW if is_whole else HELPS)
        return cells, reasons

    def _may_show(self, cell: Key, shown: Mapping[int, int | None], is_whole: bool) -> bool:
        """Whether a quantity follows from what is shown, or stands for many where its group hides nothing."""
        if self.asked.base > 1:
            return False
        quantity, value, unknown = self.cells[cell]
        if value is None:
            return is_whole
        if isinstance(quantity, Summary):
            parts = self.parts.get(quantity.variable, [])
            if parts:
                return all(shown[part.place] is not None for part in parts)
            return (
                is_whole
                and quantity.statistic in ("mean", "sum")
                and self._has_many(quantity.variable)
                and not self.asked.is_small(unknown, self.size)
            )
        places = self.inner[cell]
        return None not in places and all(shown.get(place) is not None for place in places)

    def _tells_gaps(self, cell: Key, shown: Mapping[int, int | None]) -> bool:
        """Whether it is shown of how many persons the answers are missing that a quantity needs."""
        names = set(variables(self.cells[cell][0]))
        gaps = [part.place for name in names for part in self.parts.get(name, ()) if part.code in GAPS]
        gaps += [pair[1] for pair in self.hidden_rows.values() if pair[0] in self.inner[cell]]
        return all(shown.get(place) is not None for place in gaps)

    def _has_many(self, name: str) -> bool:
        """Whether many persons have a number, many one above the smallest possible, and the sum is far from its ends.

        Near an end the sum tells how many have not the smallest, or not the largest number.
        """
        numbers = pd.to_numeric(self.rows[name], errors="coerce").dropna().to_numpy()
        variable, many = self.codebook.variable(name), 2 * self.asked.least
        low, high = variable.minimum or 0, variable.maximum
        is_far = high is None or high * len(numbers) - numbers.sum() >= many
        is_far = is_far and numbers.sum() - low * len(numbers) >= many
        return bool(len(numbers) >= many and is_far and (numbers > low).sum() >= self.asked.least)

    def everyone(self, cells: Mapping[Key, Shown | None]) -> Iterator[tuple[Key, Key]]:
        """Shown pairs of cells of which all persons in the first are in the second, though they need not be."""
        at = {pair[0]: cell for cell, pair in self.rows_of.items()}
        at |= {part.place: part.cell for parts in self.parts.values() for part in parts if part.cell}
        for inner, outer in self.within:
            one, other = at.get(outer), at.get(inner)
            first, second = cells.get(one), cells.get(other)
            if first and second and first.value == second.value not in (0, self.size):
                yield one, other

    # Other data sets

    def _search_codes(self, names: Sequence[str], shown: Mapping[int, int | None]) -> dict[str, tuple[str, ...]]:
        found = {}
        for name in names:
            variable = self.codebook.variable(name)
            if name in self.parts:
                codes = [part.code for part in self.parts[name] if part.cell or part.code not in GAPS]
                if _OTHERS in codes:
                    codes[codes.index(_OTHERS)] = self._other_number(variable, codes)
            elif variable.type == "count":
                steps = [one.number + d for one in self._compared(name) for d in (-1, 0, 1)]
                low, high = variable.minimum or 0, variable.maximum
                codes = [str(n) for n in sorted({low, *steps}) if n >= low and (high is None or n <= high)]
            elif variable.type == "tick":
                codes = [NO, YES]
            else:
                codes = [code for code in allowed_codes(variable, self.codebook) if code not in GAPS]
            found[name] = tuple(dict.fromkeys(codes)) or (BLANK,)
        return found

    def _other_number(self, variable: Variable, codes: Sequence[str]) -> str:
        """A number that has no row: the smallest that may stand there, or nothing where there is none."""
        low, high = variable.minimum or 0, variable.maximum
        free = (n for n in range(low, low + len(codes) + 1) if str(n) not in codes and (high is None or n <= high))
        return str(next(free, codes[0]))

    def _compared(self, name: str) -> Iterator[Compare]:
        def walk(node) -> Iterator[Compare]:
            if isinstance(node, Compare) and node.variable == name:
                yield node
            for attribute in ("part", "condition"):
                if hasattr(node, attribute):
                    yield from walk(getattr(node, attribute))
            for part in getattr(node, "parts", ()):
                yield from walk(part)

        for one in (*self.counted, *map(Counted, self.joined)):
            yield from walk(one.condition)

    def _rules_over(self, names: Sequence[str]) -> list[Condition]:
        return [rule for rule in self.joined if set(variables(rule)) <= set(names)]

    def _is_open(
        self, step: Mapping[Key, tuple[int, int]], earlier: Mapping[Key, tuple[int, int]] | None,
        shown: Mapping[int, int | None],
    ) -> bool:  # fmt: skip
        """Whether enough other data sets of which the step shows the same are found, from what it shows alone.

        Where an `earlier` step shows more, they must be such that it may not be taken: one of its rows is small.
        """
        names = list(
            dict.fromkeys(n for one in (*self.counted, *map(Counted, self.joined)) for n in variables(one.condition))
        )
        names = [name for name in names if is_coded(self.rows, name) or name in self.parts]
        codes = self._search_codes(names, shown)
        shares = {name: self._shares(name, codes[name], shown) for name in names}
        size, values = self.size, np.arange(self.size + 1)
        allowed = np.ones((len(self.counted), size + 1), dtype=bool)
        for place, value in shown.items():
            if value is not None:
                allowed[place] = [self._as_shown(number) == value for number in values]
        for parts in self.parts.values():
            for part in parts[1:]:
                if shown[part.place] is None:
                    is_rare = (values > 0) & (values < self.asked.least)
                    allowed[part.place] = is_rare if part.is_rare else [self._is_small(number) for number in values]
        wanted = list(self._wanted(step, shown))
        small = np.array([self._is_small(number) for number in values])
        either = [] if earlier is None else [sure for sure, _ in earlier.values()]

        def is_same(counts: np.ndarray) -> bool:
            if earlier is not None and self.may_take(earlier, counts):
                return False
            return self.may_take(step, counts) and self.output(step, counts)[0] == shown

        search = Search(Rows(codes, self.counted, self._rules_over(names)), size, shares)
        search.either, search.nearest = either, _distance(small[None])[0]
        return search.find(_distance(allowed), is_same) and self._has_enough(search, allowed, wanted, is_same)

    def _has_enough(
        self, search: Search, limits: np.ndarray, wanted: Sequence[int], is_same: Callable[[np.ndarray], bool]
    ) -> bool:
        """Whether every wanted count has enough values in data sets that the search finds."""
        found: dict[int, set[int]] = {place: set() for place in wanted}

        def note() -> bool:
            counts = search.counts
            for place, seen in found.items():
                seen.add(int(counts[place]))
            return bool((self._count(search.frame()) == counts).all())  # gaps that two parts of a row share

        if not note():
            return False
        for place in wanted:
            while len(found[place]) < self.asked.left_open:
                narrowed = limits.copy()
                narrowed[place, list(found[place])] = False
                if not narrowed[place].any() or not search.find(_distance(narrowed), is_same) or not note():
                    return False
        return True

    def _is_small(self, number: int) -> bool:
        return self.asked.is_small(int(number), self.size)

    def _as_shown(self, number: int) -> int | None:
        return None if self._is_small(number) else self.asked.shown(int(number), self.size)

    @cached_property
    def _part_places(self) -> set[int]:
        return {part.place for parts in self.parts.values() for part in parts}

    def _wanted(self, step: Mapping[Key, tuple[int, int]], shown: Mapping[int, int | None]) -> Iterator[int]:
        """The counts that must be left open: hidden cells, and with rounding every cell that is not 0 or all."""
        for parts in self.parts.values():
            for part in parts:
                is_rounded = self.asked.base > 1 and shown[part.place] not in (0, self.size)
                if part.cell and (shown[part.place] is None or is_rounded):
                    yield part.place
        for cell, (sure, gap) in self.rows_of.items():
            if sure in self._part_places:
                continue
            if cell in step:
                if self.asked.base > 1 and shown[sure] not in (0, self.size):
                    yield sure
                if shown[gap] is None:
                    yield gap
            elif self.implied(shown, self.counted[sure].condition) is None:
                alias = self._part_of.get(_bare(self.counted[sure].condition))
                if alias is None:
                    yield sure

    def _shares(self, name: str, codes: Sequence[str], shown: Mapping[int, int | None]) -> list[float]:
        """How often each code is taken at first: as often as is shown, few times where that is hidden."""
        if name not in self.parts:
            return [1.0] * len(codes)
        known = {part.code: shown[part.place] for part in self.parts[name]}
        first = self.parts[name][0].code
        few = self.asked.least / 2
        found = [float(few if known.get(code) is None else known[code]) for code in codes]
        if known[first] is None and first in codes:
            found[codes.index(first)] = max(few, self.size - sum(found) + few)
        return found if sum(found) else [1.0] * len(codes)


def _distance(allowed: np.ndarray) -> np.ndarray:
    """For each count and value how far the value is from the nearest allowed one."""
    width = allowed.shape[1]
    far = np.where(allowed, 0, 4 * width)
    for at in range(1, width):
        far[:, at] = np.minimum(far[:, at], far[:, at - 1] + 1)
    for at in range(width - 2, -1, -1):
        far[:, at] = np.minimum(far[:, at], far[:, at + 1] + 1)
    return far


def _hidden_parts(numbers: Sequence[int], small: set[int], asked: Rules) -> set[int]:
    """Which parts are hidden, by their places: `numbers` has all answers to a question, `small` names the small ones.

    Let h parts be hidden with the sum s. If not all are, s >= threshold * h; then whatever values of 1 to threshold - 1
    stand in the hidden parts but the first, and in the first what is left of s, the same parts are hidden again.
    """
    if asked.base > 1 or not small:
        return small
    hidden = small | {0}
    for at in range(1, len(numbers)):
        if sum(numbers[one] for one in hidden) >= asked.threshold * len(hidden):
            break
        hidden.add(at)
    return hidden
