"""What print forces about single answers and pairs of them without saying it.

An *indicator* is something that holds of a row or not: an answer ticked, a code chosen, a listed number, a derived
variable, any answer of a block. For every two indicators of a unit the number of rows that have both is bounded (see
`bounds`); a fact is forced where this leaves one value only.

Rows are interchangeable, as no printed number names one. So two indicators that no printed number links, directly or
through others, can meet in as few or as many rows as their own counts allow: such bounds are exact without a search.
For linked ones many data sets are tried first; the solver is asked only for ends that none of them attains.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations

import numpy as np
import pandas as pd

from analysis.language.text import in_sentence
from analysis.printed import wording
from analysis.printed.bounds import Print
from analysis.printed.conflicts import QUESTIONS, Cluster, solve
from analysis.printed.model import Model, NotDecided, Statement, connected, due, surely, time_left
from analysis.printed.thresholds import HIGH, LOW
from analysis.study.claims import Claim
from analysis.study.codebook import LANGUAGES, NOT_DOCUMENTED, Codebook, Text
from analysis.study.expressions import AtLeast, Condition, Count, Derived, Is, Not, parse_condition, variables

PAIR_COLUMNS = (
    "unit", "a", "b", "low", "high", "frechet_low", "frechet_high", "cautious_low", "cautious_high", "printed",
)  # fmt: skip
"""Columns of the frame of pairs."""

FACT_COLUMNS = (
    "fact", "low", "high", "frechet_low", "frechet_high", "forced_by", "reading", "statement_en", "statement_sv",
)  # fmt: skip
"""Columns of forced.csv."""

ALL_REPAIRS, CERTAIN = "all repairs", "numbers in no conflict"
"""The readings of print in which a fact is forced. What is forced in the second is forced in the first."""

UNDECIDED = "not decided"
"""What stands for the reading where time did not suffice for every question."""

FIRST_TRIES = 3
"""How many data sets an indicator are looked at in each reading before the solver is asked for an end."""

TEXTS = {
    "none": Text("None of the {units} has {a}.", "Inga {units} har {a}."),
    "all": Text("Every one of the {units} has {a}.", "Alla {units} har {a}."),
    "same": Text("The same {units} have {all}.", "Det är samma {units} som har {all}."),
    "implies": Text("Every one of the {units} with {a} also has {b}.", "Alla {units} med {a} har också {b}."),
    "excludes": Text("None of the {units} has both {a} and {b}.", "Inga {units} har både {a} och {b}."),
    "covers": Text("Every one of the {units} has {a} or {b}.", "Alla {units} har {a} eller {b}."),
    "count": Text("Exactly {k} of the {units} have {a}.", "Exakt {k} {units} har {a}."),
    "both": Text("Exactly {k} of the {units} have both {a} and {b}.", "Exakt {k} {units} har både {a} och {b}."),
    "any": Text("any answer under {block}", "något svar under {block}"),
    "open": Text(
        "Whether print forces more of the {units} is not decided in the time given: {k} questions are open.",
        "Om de tryckta talen tvingar fram mer om {units} är inte avgjort på den givna tiden: {k} frågor är öppna.",
    ),
}
"""How a fact is said, in each language."""

Ends = tuple[int | None, int | None]
"""The smallest and the largest number of rows; both None where undecided."""

NOT_KNOWN: Ends = (None, None)


def both(a: Condition, b: Condition) -> Condition:
    """Both conditions hold."""
    return AtLeast(2, (a, b))


COUNTS: Mapping[str, Callable[..., Condition]] = {
    "none": lambda a: a,
    "all": Not,
    "same": lambda *parts: both(AtLeast(1, parts), Not(AtLeast(len(parts), parts))),
    "implies": lambda a, b: both(a, Not(b)),
    "excludes": both,
    "covers": lambda a, b: both(Not(a), Not(b)),
    "count": lambda a: a,
    "both": both,
}
"""The condition that a fact counts, made of those of its indicators; none has it unless the kind is count or both."""

WRITTEN = {
    "none": "{a}",
    "all": "not ({a})",
    "same": "any({all}) and not all({all})",
    "implies": "{a} and not {b}",
    "excludes": "{a} and {b}",
    "covers": "not {a} and not {b}",
    "count": "{a}",
    "both": "{a} and {b}",
}
"""The same in the language of expressions."""


def pair_bounds(
    codebook: Codebook,
    claims: Sequence[Claim],
    found: Sequence[Cluster] | None = None,
    seconds: float | None = None,
    undecided: Iterable[Sequence[Statement]] = (),
) -> pd.DataFrame:
    """What print leaves open of every pair of indicators of a unit: in how many rows both hold.

    Returns one row a pair, with PAIR_COLUMNS: `a` and `b` as expressions; `low` and `high` over all repairs; what the
    counts of the two alone would allow; the ends if only the numbers in no conflict hold; and whether print itself
    states the number. Ends that were not proved within `seconds` are missing. `found` are the study's conflicts, if
    they are known already, and `undecided` the parts of the study in which they are not.
    """
    return Pairs(_limited(codebook, claims, found, seconds, undecided)).frame()


def forced_singles(pairs: pd.DataFrame) -> pd.DataFrame:
    """The pairs that exactly one row has in every data set: what could single out a person.

    Takes and returns rows as of `pair_bounds`; `printed` says which of them print itself states.
    """
    return pairs[(pairs["low"] == 1) & (pairs["high"] == 1)].reset_index(drop=True)


def forced_facts(
    codebook: Codebook,
    claims: Sequence[Claim],
    found: Sequence[Cluster] | None = None,
    seconds: float | None = None,
    undecided: Iterable[Sequence[Statement]] = (),
) -> pd.DataFrame:
    """What print forces of indicators and of pairs of them, does not state, and no other listed fact implies.

    Returns FACT_COLUMNS, one row a fact, in the codebook's order: an expression; its ends (equal); what the counts of
    its parts alone would allow; the statements that force it, separated by spaces; the reading; and the fact in words.
    Facts that were not proved within `seconds` are left out; rows at the end, without an expression and with
    UNDECIDED for the reading, say of which unit how many questions are open. `undecided` are the parts of the study
    whose conflicts are not known.
    """
    printed = _limited(codebook, claims, found, seconds, undecided)
    groups = Pairs(printed).groups
    facts = [fact for group in groups for fact in _facts(printed, group)]
    order = {name: number for number, name in enumerate(codebook.variables)}
    facts.sort(key=lambda fact: [order[name] for one in fact.parts for name in variables(one.condition)])
    open_: dict[str, int] = {}
    for group in groups:
        open_[group.unit] = open_.get(group.unit, 0) + group.open
    rows = [_row(printed, fact) for fact in facts]
    rows += [_open(codebook, unit, number) for unit, number in open_.items() if number]
    frame = pd.DataFrame(rows, columns=list(FACT_COLUMNS))
    return frame.astype(dict.fromkeys(FACT_COLUMNS[1:5], "Int64"))


def _limited(codebook, claims, found, seconds, undecided) -> Print:
    printed = Print(codebook, claims, found, undecided)
    printed.limit(seconds)
    return printed


@dataclass(frozen=True)
class Indicator:
    """Something that holds of a row or not. `text` writes it as an expression, `block`: any answer of it counts."""

    text: str
    condition: Condition
    unit: str
    block: str = ""


def indicators(printed: Print) -> list[Indicator]:
    """Every indicator of counted variables, in the codebook's order, and any answer of a block where that is new."""
    book = printed.codebook
    found = []
    for name, variable in book.variables.items():
        if variable.type == "tick":
            texts = [name]
        elif variable.type == "choice":
            texts = [f"{name} == {code if code.isidentifier() else repr(code)}" for code in variable.code_names()]
        elif variable.type == "count":
            texts = [f"{name} == {code}" for code in variable.code_names() if code.isdigit()]
        elif variable.type == "derived":
            texts = [name]
        else:
            continue
        found += [Indicator(text, parse_condition(text, book), book.unit(variable.sheet)) for text in texts]
    known = {plain(one.condition) for one in found}
    for block in book.frames["block"]:
        ticks = [member for member in book.members(block) if member.type == "tick"]
        for column in dict.fromkeys(member.column for member in ticks):
            names = [member.name for member in ticks if member.column == column]
            text = f"any({', '.join(names)})"
            condition = parse_condition(text, book)
            if len(names) > 1 and plain(condition) not in known:
                found.append(Indicator(text, condition, book.unit(ticks[0].sheet), block))
    return [one for one in found if printed.counted.issuperset(variables(one.condition))]


def plain(condition: Condition) -> tuple:
    """The condition without the names of derived variables and the order of its parts: equal for equal meanings."""
    match condition:
        case Derived(condition=part):
            return plain(part)
        case Not(part=part):
            return "not", plain(part)
        case AtLeast(parts=(part,), number=1):
            return plain(part)
        case AtLeast(number=number, parts=parts):
            return number, frozenset(map(plain, parts))
    return ("is", condition)


def frechet(a: Ends, b: Ends, rows: int) -> Ends:
    """The fewest and the most rows that can have both, from the ends of the number that have each."""
    if None in (*a, *b):
        return NOT_KNOWN
    return max(0, a[0] + b[0] - rows), min(a[1], b[1])


class Pairs:
    """The bounds of all pairs of a study's indicators. Each is found when it is asked for, and kept."""

    def __init__(self, printed: Print):
        self.printed = printed
        self.indicators = indicators(printed)
        self.groups = [
            Group(printed, members)
            for linked in connected(printed.linked(one.condition) for one in self.indicators)
            for unit in dict.fromkeys(one.unit for one in self.indicators)
            if (members := [o for o in self.indicators if o.unit == unit and printed.linked(o.condition) & linked])
        ]
        self._place = {one: (group, number) for group in self.groups for number, one in enumerate(group.members)}

    def ends(self, a: Indicator, b: Indicator, certain: bool = False) -> Ends:
        """The fewest and the most rows that have both indicators (or one, given twice) over all repairs.

        `certain`: if only the numbers in no conflict hold.
        """
        (group, i), (other, j) = self._place[a], self._place[b]
        if group is other:
            return group.ends(i, j, certain)
        return frechet(group.ends(i, i, certain), other.ends(j, j, certain), group.rows)

    def frame(self) -> pd.DataFrame:
        """One row a pair of indicators of one unit, see `pair_bounds`."""
        stated = {key for key, _ in _stated(self.printed.stated)}
        rows = []
        for a, b in combinations(self.indicators, 2):
            if a.unit == b.unit:
                alone = frechet(self.ends(a, a), self.ends(b, b), self.printed.size[a.unit])
                is_printed = (a.unit, plain(AtLeast(2, (a.condition, b.condition)))) in stated
                ends = *self.ends(a, b), *alone, *self.ends(a, b, certain=True)
                rows.append((a.unit, a.text, b.text, *ends, is_printed))
        frame = pd.DataFrame(rows, columns=list(PAIR_COLUMNS))
        return frame.astype(dict.fromkeys(PAIR_COLUMNS[3:9], "Int64") | {"printed": bool})


class Group:
    """Linked indicators of one unit: what many data sets show of every two of them, and the solver for the rest."""

    def __init__(self, printed: Print, members: Sequence[Indicator]):
        self.members = tuple(members)
        self.unit = members[0].unit
        self.rows = printed.size[self.unit]
        try:
            self.part = printed.part(Count(self.unit, AtLeast(1, tuple(one.condition for one in members))))
        except NotDecided:
            self.part = None
        else:
            model = self.part.model
            literals = [[model.literal(o.condition, self.unit, row) for row in range(self.rows)] for o in members]
            self._literals = np.array(literals)
            self._deadline = self.part.deadline
        self._open: set[tuple] = set()
        self._seen: dict[bool, _Seen] = {}
        self._readings = {} if self.part is None else {False: self.part.all_repairs, True: self.part.certain}
        self._known: dict[tuple, Ends] = {}
        self._never: dict[Condition, bool | None] = {}

    @property
    def open(self) -> int:
        """How many questions were asked and not answered in time; all pairs where nothing is known of the group."""
        return len(self._open) if self.part is not None else len(list(self.pairs()))

    def pairs(self) -> Iterator[tuple[int, int]]:
        """Numbers of two members, but for two answers of one variable, whose meeting is no question."""
        for i, j in combinations(range(len(self.members)), 2):
            names = [set(variables(self.members[number].condition)) for number in (i, j)]
            if len(names[0]) > 1 or names[0] != names[1]:
                yield i, j

    def condition(self, kind: str, numbers: Iterable[int]) -> Condition:
        """The condition of a kind of fact about these members."""
        return COUNTS[kind](*(self.members[number].condition for number in numbers))

    def ends(self, i: int, j: int, certain: bool) -> Ends:
        """The fewest and the most rows that have both; None where undecided."""
        if self.part is None:
            return NOT_KNOWN
        certain = certain and self.part.is_contested
        key = min(i, j), max(i, j), certain
        if key not in self._known:
            limits = (0, self.rows) if i == j else frechet(*(self.ends(k, k, certain) for k in (i, j)), self.rows)
            try:
                self._known[key] = self._end(i, j, certain, LOW, limits[0]), self._end(i, j, certain, HIGH, limits[1])
            except NotDecided:
                self._known[key] = NOT_KNOWN
                self._open.add(("ends", *key))
        return self._known[key]

    def _end(self, i: int, j: int, certain: bool, direction: int, limit: int | None) -> int:
        seen = self._shown(certain)
        attained = seen.least if direction == LOW else seen.most
        if attained[i, j] == limit:
            return limit
        # Mostly the two counts alone set the end, so that is asked first.
        asked = self.part.form(Count(self.unit, both(self.members[i].condition, self.members[j].condition)))
        self.part.head_for(asked, direction)
        if limit is not None and self._tries(
            certain, self.part.beyond(asked, Fraction(limit), direction, or_there=True)
        ):
            return limit
        while self._tries(certain, self.part.beyond(asked, Fraction(int(attained[i, j])), direction)):
            pass
        # What is proved, and does not follow from the two counts, helps to prove the rest.
        proved = self.part.beyond(asked, Fraction(int(attained[i, j])), -direction, or_there=True)
        self.part.model.clauses.append([-self._readings[certain], proved])
        return int(attained[i, j])

    def _tries(self, certain: bool, literal: int) -> bool:
        """Whether some data set has what the literal asks for; it is looked at.

        A hard question may take a tenth of the time that is left, so that others are still decided.
        """
        if self._deadline is not None:
            self.part.deadline = due(time_left(self._deadline) / 10)
        try:
            solution = self.part.solve([self._readings[certain], literal])
        finally:
            self.part.deadline = self._deadline
        if solution is not None:
            self._see(solution, certain)
        return solution is not None

    def leave_open(self, question: tuple) -> None:
        """Count a question as not answered in time."""
        self._open.add(question)

    def varies(self, i: int, j: int) -> bool:
        """Whether two data sets are known in which different numbers of rows have both, over all repairs."""
        seen = self._shown(certain=False)
        return bool(seen.least[i, j] < seen.most[i, j])

    def never(self, kind: str, i: int, j: int) -> bool:
        """Whether it is proved that no row has, over all repairs: the first without the second (`implies`), both
        (`excludes`), neither (`covers`)."""
        if getattr(self._shown(certain=False), kind)[i, j]:
            return False
        condition = self.condition(kind, (i, j))
        is_new = condition not in self._never
        if (found := self.is_nowhere(condition)) is None and is_new:
            self._open.add((kind, i, j))
        return bool(found)

    def is_nowhere(self, condition: Condition) -> bool | None:
        """Whether no row meets the condition, over all repairs; None where that was not decided."""
        self._shown(certain=False)
        if condition not in self._never:
            try:
                self._never[condition] = not self._tries(False, self.part.some_row(condition, self.unit))
            except NotDecided:
                self._never[condition] = None
        return self._never[condition]

    def _shown(self, certain: bool) -> _Seen:
        if certain not in self._seen:
            self._seen[certain] = _Seen(len(self.members), self.rows)
            with suppress(NotDecided):
                for solution in self.part.tries(FIRST_TRIES * len(self.members), [self._readings[certain]]):
                    self._see(solution, certain)
        return self._seen[certain]

    def _see(self, solution: set[int], certain: bool) -> None:
        positive = np.zeros(self.part.model.top + 1, dtype=bool)
        positive[[literal for literal in solution if literal > 0]] = True
        self._seen[certain].add(positive[abs(self._literals)] == (self._literals > 0))


class _Seen:
    """What the data sets seen so far show: for every two indicators the fewest and the most rows with both, and
    whether a row has the first without the second, both, neither."""

    def __init__(self, size: int, rows: int):
        self.least = np.full((size, size), rows)
        self.most, self.implies, self.covers = (np.zeros((size, size), dtype=kind) for kind in (int, bool, bool))

    @property
    def excludes(self) -> np.ndarray:
        return self.most > 0

    def add(self, truth: np.ndarray) -> None:
        """Take in a data set: one line an indicator, one column a row."""
        with_both = truth.astype(int) @ truth.T.astype(int)
        each = with_both.diagonal()
        np.minimum(self.least, with_both, out=self.least)
        np.maximum(self.most, with_both, out=self.most)
        self.implies |= each[:, None] > with_both
        self.covers |= each[:, None] + each[None, :] - with_both < truth.shape[1]


@dataclass(frozen=True)
class Fact:
    """A number of rows that print forces: of those that meet the condition of a kind made of some indicators."""

    kind: str
    parts: tuple[Indicator, ...]
    number: int
    alone: Ends
    certain: bool
    forced_by: tuple[str, ...]


def _facts(printed: Print, group: Group) -> list[Fact]:
    """The facts about a group of linked indicators, none implied by the others."""
    if group.part is None:
        return []
    row = Row(printed, group)
    nobody = [(kind, numbers) for kind, numbers in _nobody(group) if not row.is_stated(group.condition(kind, numbers))]
    nobody.sort(key=lambda one: len(variables(group.condition(*one))))
    kept = row.independent([group.condition(*one) for one in nobody])
    found = [(*one, 0) for one in _joined([one for one in nobody if group.condition(*one) in kept])]
    for kind, numbers, number in _exactly(group):
        condition = group.condition(kind, numbers)
        if not row.is_stated(condition) and not row.has_count(condition, number):
            row.counted.append((condition, number))
            found.append((kind, numbers, number))
    facts = []
    for one in found:
        try:
            facts.append(_fact(group, *one))
        except NotDecided:
            group.leave_open(one)
    return facts


def _joined(found: Sequence[tuple[str, tuple[int, ...]]]) -> list[tuple[str, tuple[int, ...]]]:
    """Of indicators that the same rows have, one fact for all of them together."""
    same = connected(numbers for kind, numbers in found if kind == "same")
    return [("same", tuple(sorted(numbers))) for numbers in same] + [one for one in found if one[0] != "same"]


def _nobody(group: Group) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Facts that no row has something: the kind, and the numbers of the indicators."""
    for i in range(len(group.members)):
        ends = group.ends(i, i, certain=False)
        if ends == (0, 0):
            yield "none", (i,)
        if ends == (group.rows, group.rows):
            yield "all", (i,)
    for i, j in group.pairs():
        yield from ((kind, (i, j)) for kind in ("excludes", "covers") if group.never(kind, i, j))
        there, back = (group.never("implies", *pair) for pair in ((i, j), (j, i)))
        if there and back:
            yield "same", (i, j)
        elif there or back:
            yield "implies", (i, j) if there else (j, i)


def _exactly(group: Group) -> Iterator[tuple[str, tuple[int, ...], int]]:
    """Facts that so many rows have something: the kind, the numbers of the indicators, the number of rows.

    Of pairs only those where the number follows neither from the two counts nor from what no row has.
    """
    for i in range(len(group.members)):
        low, high = group.ends(i, i, certain=False)
        if low is not None and low == high not in (0, group.rows):
            yield "count", (i,), low
    for i, j in group.pairs():
        if group.varies(i, j):
            continue
        low, high = group.ends(i, j, certain=False)
        alone = _alone(group, "both", (i, j))
        if low is None or low < high or alone[0] == alone[1]:
            continue
        cells = (("excludes", i, j), ("covers", i, j), ("implies", i, j), ("implies", j, i))
        if not any(group.never(*cell) for cell in cells):
            yield "both", (i, j), low


def _alone(group: Group, kind: str, numbers: tuple[int, ...]) -> Ends:
    """What the counts of the parts alone would allow the fact's number to be."""
    rows = group.rows
    ends = [group.ends(number, number, certain=False) for number in numbers]
    if len(numbers) == 1 or NOT_KNOWN in ends:
        return 0, rows
    without = [(rows - high, rows - low) for low, high in ends]
    match kind:
        case "same":
            (lows, highs), most_without = zip(*ends, strict=True), sum(high for _, high in without)
            return max(0, max(lows) - min(highs)), min(rows, sum(highs), most_without)
        case "implies":
            return frechet(ends[0], without[1], rows)
        case "covers":
            return frechet(*without, rows)
    return frechet(*ends, rows)


def _fact(group: Group, kind: str, numbers: tuple[int, ...], number: int) -> Fact:
    part, condition = group.part, group.condition(kind, numbers)
    ruled_out = [part.some_row(condition, group.unit)]
    if number:
        asked = part.form(Count(group.unit, condition))
        ruled_out = [part.beyond(asked, Fraction(number), direction) for direction in (LOW, HIGH)]
    certain = all(part.solve([part.certain, literal]) is None for literal in ruled_out)
    names = set().union(*(part.needed([literal], certain) for literal in ruled_out))
    forced_by = tuple(name for name in part.model.selectors if name in names)
    parts = tuple(group.members[i] for i in numbers)
    return Fact(kind, parts, number, _alone(group, kind, numbers), certain, forced_by)


class Row:
    """What is known of every single row of a unit: the codebook's rules, and what print says of no row or of all.

    A printed number that may have to change is not known.
    """

    def __init__(self, printed: Print, group: Group):
        self.unit = group.unit
        names = set(group.part.model.selectors)
        stated = [statement for statement in printed.stated if statement.name in names]
        self.model = Model(printed.codebook, printed.size, stated, single=self.unit)
        self._stated = dict(_stated(stated))
        self._solver = self.model.solver(QUESTIONS)
        self._deadline = group.part.deadline
        self._known = len(self.model.clauses)
        self._facts: list[int] = []
        open_ = {name for cluster in group.part.found for repair in cluster.repairs for name in repair}
        self.counted = [
            (s.quantity.condition, int(s.low))
            for (unit, _), s in _stated(stated)
            if unit == self.unit and s.name not in open_
        ]
        for condition, number in self.counted:
            if number in (0, group.rows):
                literal = self.model.literal(surely(condition), self.unit, 0)
                self._facts.append(literal if number else -literal)
        for name in group.part.model.named:
            missing = Is(name, NOT_DOCUMENTED)
            if self.model.unit(name) == self.unit and group.is_nowhere(missing):
                self._facts.append(-self.model.literal(missing, self.unit, 0))

    def is_stated(self, condition: Condition) -> bool:
        """Whether print itself says how many rows meet the condition."""
        return (self.unit, plain(condition)) in self._stated

    def independent(self, nobody: Sequence[Condition]) -> set[Condition]:
        """Of conditions that no row meets, those that do not follow from the others; earlier ones are preferred."""
        first: dict[Condition, int] = {}
        for condition in nobody:
            literal = self.model.literal(condition, self.unit, 0)
            if self._is_possible(literal, first.values()):
                first[condition] = -literal
        for condition in reversed(list(first)):
            others = [literal for other, literal in first.items() if other != condition]
            if not self._is_possible(-first[condition], others):
                del first[condition]
        self._facts += first.values()
        return set(first)

    def has_count(self, condition: Condition, number: int) -> bool:
        """Whether the number is known of a condition that the same rows meet."""
        literal = self.model.literal(surely(condition), self.unit, 0)
        for other, count in self.counted:
            if count == number:
                same = self.model.literal(surely(other), self.unit, 0)
                if not any(self._is_possible(literal * sign, [-same * sign]) for sign in (1, -1)):
                    return True
        return False

    def _is_possible(self, literal: int, others: Iterable[int]) -> bool:
        self._solver.append_formula(self.model.clauses[self._known :])
        self._known = len(self.model.clauses)
        try:
            return solve(self._solver, [literal, *others, *self._facts], self._deadline)
        except NotDecided:
            # Then a fact is listed though another one may imply it.
            return True


def _stated(stated: Iterable[Statement]) -> Iterator[tuple[tuple, Statement]]:
    """The statements that say exactly how many rows meet a condition, by unit and meaning."""
    for statement in stated:
        if isinstance(statement.quantity, Count) and statement.low == statement.high:
            yield (statement.quantity.unit, plain(statement.quantity.condition)), statement


def _row(printed: Print, fact: Fact) -> tuple:
    texts = [one.text for one in fact.parts]
    written = WRITTEN[fact.kind].format(all=", ".join(texts), **dict(zip("ab", texts, strict=False)))
    return (
        f"{fact.parts[0].unit}({written})",
        fact.number,
        fact.number,
        *fact.alone,
        " ".join(fact.forced_by),
        CERTAIN if fact.certain else ALL_REPAIRS,
        *(_in_words(printed.codebook, fact, language) for language in LANGUAGES),
    )


def _open(codebook: Codebook, unit: str, number: int) -> tuple:
    said = (
        TEXTS["open"][language].format(units=codebook.unit_name(unit, language), k=number) for language in LANGUAGES
    )
    return ("", *[pd.NA] * 4, "", UNDECIDED, *said)


def _in_words(codebook: Codebook, fact: Fact, language: str) -> str:
    units = codebook.unit_name(fact.parts[0].unit, language)
    names = [_named(codebook, one, language) for one in fact.parts]
    facts = {"k": fact.number, "units": units, "all": wording.listed(names, language)}
    return TEXTS[fact.kind][language].format(**facts, **dict(zip("ab", names, strict=False)))


def _named(codebook: Codebook, one: Indicator, language: str) -> str:
    if one.block:
        block = codebook.frame("block", one.block).label[language]
        columns = dict.fromkeys(codebook.variable(name).column for name in variables(one.condition))
        if len({member.column for member in codebook.members(one.block) if member.column}) > 1:
            labels = [in_sentence(codebook.frame("column", name).label[language]) for name in columns]
            block = ", ".join((block, *labels))
        return TEXTS["any"][language].format(block=wording.quoted(block, language))
    return wording.quoted(wording.met(codebook, one.condition, language), language)
