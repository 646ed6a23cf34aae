"""Somebody who has what was passed on, and the program, and wants to know what is hidden in it.

Three ways to it, none of which asks how the protection was made:

- `everything` reads whatever lies in a folder: parts of Office files, properties, comments, texts of pictures, times;
- `World.survivors` runs the program on every data set of a small study and keeps those that give the same folder;
- `Programme` is the integer programme over how many files have each combination of answers; where there are too many
  data sets to try them all, it finds some that agree with print, and the program says of each if it gives the same.

A count is *pinned* if fewer values are left of it than the study asks for.
"""

from __future__ import annotations

import csv
import hashlib
import io
import itertools
import re
import shutil
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from pathlib import Path

import highspy
import numpy as np
import pandas as pd

from analysis import paths
from analysis.counts import tables
from analysis.printed.certificates import quiet_solver
from analysis.privacy import disclosure
from analysis.report import comparison, publication
from analysis.sheets.validation import allowed_codes
from analysis.study import codebook as codebooks
from analysis.study import definitions, layout
from analysis.study.codebook import BLANK, Codebook
from analysis.study.expressions import Answers, Arithmetic, Count, Summary, ends, holds, parse_condition, variables
from analysis.study.studies import Study

NAME = "uppsala"
"""Name of the attacked study."""

Cell = tuple[str, str, str]
"""Block, item and column."""

Counts = tuple[int, ...]
"""A data set: how many files have each profile."""

Seen = frozenset
"""What a reader sees of a data set: pairs of a cell and what it shows, None where that is hidden."""

FAILED = frozenset({(("failed", "", ""), None)})
"""What is seen of a data set on which the program fails."""

UNKNOWN = "?"
"""Ends the column of a cell in the name of what it may be more: how many persons there are of whom it is not known."""


# ---------------------------------------------------------------- reading a folder


def files(folder: Path) -> dict[str, bytes]:
    """Every file below the folder, hidden ones too."""
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def fingerprint(folder: Path) -> dict[str, str]:
    """Name -> hash of every file: two folders that tell the same have the same."""
    return {name: hashlib.sha256(held).hexdigest() for name, held in files(folder).items()}


def everything(folder: Path) -> dict[str, str]:
    """Place -> text, of all that can be read: file by file, part by part of Office files, text chunks of pictures."""
    found = {}
    for name, held in files(folder).items():
        if zipfile.is_zipfile(io.BytesIO(held)):
            with zipfile.ZipFile(io.BytesIO(held)) as parts:
                for part in parts.infolist():
                    found[f"{name}!{part.filename}"] = _decoded(parts.read(part))
                    found[f"{name}!{part.filename}@"] = f"{part.date_time} {part.comment!r} {part.extra!r}"
                found[f"{name}@"] = repr(parts.comment)
        elif held.startswith(b"\x89PNG"):
            found[name] = "\n".join(_png_texts(held))
        else:
            found[name] = _decoded(held)
    return found


def _decoded(held: bytes) -> str:
    return held.decode("utf-8", errors="replace")


def _png_texts(held: bytes) -> Iterator[str]:
    place = 8
    while place < len(held):
        (size,), kind = struct.unpack(">I", held[place : place + 4]), held[place + 4 : place + 8]
        chunk = held[place + 8 : place + 8 + size]
        if kind == b"zTXt":
            chunk = zlib.decompress(chunk.partition(b"\0")[2][1:])
        if kind in (b"tEXt", b"zTXt", b"iTXt", b"tIME", b"eXIf"):
            yield f"{kind.decode()} {chunk.decode('latin-1')}"
        place += size + 12


def words(text: str) -> str:
    """What somebody reads of a page or a part of an Office file: without tags and styles."""
    text = re.sub(r"<(style|script)\b.*?</\1>", " ", text, flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", text))


def rows(folder: Path) -> dict[tuple[str, ...], dict[str, str]]:
    """(file, block, item, column[, study]) -> line, of every published table."""
    found = {}
    for path in sorted(folder.glob("*.csv")):
        with path.open(encoding="utf-8-sig", newline="") as file:
            for line in csv.DictReader(file):
                key = tuple(line[name] for name in ("block", "item", "column", "study") if name in line)
                found[(path.stem, *key)] = line
    return found


# ---------------------------------------------------------------- a small study and all its data sets


def book(folder: Path, own: str = "") -> Codebook:
    """The shared codebook with rows of its own, as `codebook.csv` has them."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "codebook.csv"
    path.write_text(",".join(codebooks.COLUMNS) + "\n" + own, encoding="utf-8")
    return definitions.read(paths.CODEBOOK, path)


@dataclass
class World:
    """All data sets that a reader thinks possible: any number of files of each profile.

    `codes`: variable -> the texts that its cells can have. `publication`: what study.yml asks for. `unit`: the rows
    that are persons. `besides`: other units, which the reader knows.
    """

    codebook: Codebook
    codes: Mapping[str, Sequence[str]]
    publication: Mapping[str, object] = field(default_factory=dict)
    unit: str = "files"
    besides: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    language: str = "en"

    @cached_property
    def profiles(self) -> pd.DataFrame:
        """Every combination of answers that meets the rules of the codebook; counts as numbers."""
        found = pd.DataFrame(list(itertools.product(*self.codes.values())), columns=list(self.codes), dtype="str")
        for rule in self.codebook.rules():
            with suppress(Exception):  # a rule over what is not coded
                found = found[ends(parse_condition(rule.definition, self.codebook), self._typed(found))["possibly"]]
        return found.reset_index(drop=True)

    def _typed(self, frame: pd.DataFrame) -> pd.DataFrame:
        typed = {}
        for name in frame:
            column = frame[name]
            if self.codebook.variable(name).type == "count":
                numbers = [pd.NA if cell == BLANK else int(cell) if cell.isdigit() else cell for cell in column]
                is_mixed = any(isinstance(number, str) for number in numbers)
                column = pd.Series(numbers, index=frame.index, dtype=object if is_mixed else "Int64")
            typed[name] = column
        return pd.DataFrame(typed, index=frame.index)

    @property
    def rules(self) -> disclosure.Rules:
        return disclosure.rules({"publication": self.publication})

    def datasets(self, size: int) -> Iterator[Counts]:
        """Every data set of so many files."""
        bars = len(self.profiles) - 1
        for places in itertools.combinations(range(size + bars), bars):
            marks = (-1, *places, size + bars)
            yield tuple(b - a - 1 for a, b in itertools.pairwise(marks))

    def units(self, counts: Counts, order: np.random.Generator | None = None) -> dict[str, pd.DataFrame]:
        """The coded units of a data set; with `order` in an order drawn by lot."""
        places = np.repeat(np.arange(len(counts)), counts)
        if order is not None:
            order.shuffle(places)
        frame = self._typed(self.profiles.iloc[places].reset_index(drop=True))
        ids = [f"{self.unit[0].upper()}{place:03}" for place in range(1, len(frame) + 1)]
        (key,) = {self.codebook.sheet(s)[0].name for s in self.codebook.frames["sheet"]
                  if self.codebook.unit(s) == self.unit and self.codebook.sheet(s)[0].type == "id"}  # fmt: skip
        frame.insert(0, key, ids)
        return {"files": pd.DataFrame(), "authorities": pd.DataFrame(), **self.besides, self.unit: frame}

    def study(self) -> Study:
        settings = {"status": "original", "title": "Vår studie", "publication": dict(self.publication)}
        return Study(NAME, settings, self.codebook, (), {})

    def values(self, units: Mapping[str, pd.DataFrame]) -> dict[Cell, object]:
        """Every cell of every table with its true value, and how many more it may be."""
        found = {}
        for table in self.codebook.frames["table"]:
            for block, item, column, value, unknown in tables.compute(units, self.codebook, table).itertuples(
                index=False
            ):
                found[block, item, column] = value
                found[block, item, column + UNKNOWN] = unknown
        return found

    def told(self, seen: Seen, cell: Cell) -> object:
        """The exact number that a reader sees in a cell; None where it is hidden, rounded or has no row."""
        shown = dict(seen).get((*cell[:2], cell[2].removesuffix(UNKNOWN)))
        if shown is None or (self.rules.base > 1 and cell[1] != "base"):
            return None
        return shown.unknown if cell[2].endswith(UNKNOWN) else shown.value

    @cached_property
    def counts(self) -> set[Cell]:
        """The cells that count persons, and are not all of them."""
        found = set()
        for cell in self._possible:
            quantity = layout.quantity(self.codebook, *cell)
            if isinstance(quantity, Count) and quantity.unit == self.unit and variables(quantity):
                found.add(cell)
        return found

    @cached_property
    def _possible(self) -> set[Cell]:
        """Every cell that the tables can have."""
        each = tuple([1] * len(self.profiles))
        return {cell for cell in self.values(self.units(each)) if not cell[2].endswith(UNKNOWN)}

    def publish(self, units: Mapping[str, pd.DataFrame], patch, root: Path) -> Path:
        """Publish for real; returns the folder."""
        patch.setenv("COMPENDIUM_OUTPUT", str(root))
        made = publication.write(self.study(), units, self.language)
        return next(path for path in made[0].parents if path.name == publication.FOLDER)

    def decision(self, units: Mapping[str, pd.DataFrame]) -> Seen:
        """What the tables say of a data set: cell -> what is shown. What differs here differs in the folder."""
        found = disclosure.protect(units, self.codebook, self.rules)
        sizes = {("size", unit, ""): size for unit, size in found.sizes.items() if unit == self.unit}
        return frozenset({**found.cells, **sizes}.items())

    @cached_property
    def questions(self) -> dict[str, np.ndarray]:
        """Counts that somebody may want to know: of each answer, each pair of answers, and what lacks them."""
        answers = {
            f"{name} == {code or 'blank'}": (self.profiles[name] == code).to_numpy()
            for name, codes in self.codes.items()
            for code in codes
        }
        answers |= {f"not {text}": ~met for text, met in answers.items()}
        found = dict(answers)
        for (one, first), (other, second) in itertools.combinations(answers.items(), 2):
            found[f"{one} and {other}"] = first & second
        distinct = {met.tobytes(): text for text, met in reversed(found.items()) if met.any() and not met.all()}
        return {text: found[text] for text in distinct.values()}


@dataclass
class Finding:
    """A count of which too little is left: what it is, its true value, and the values left, in a data set."""

    what: str
    counts: Counts
    value: object
    left: tuple


@dataclass
class Result:
    """What the enumeration found."""

    datasets: int = 0
    hidden: int = 0
    shown: int = 0
    small: int = 0
    outputs: int = 0
    failed: int = 0
    least: int | None = None
    findings: list[Finding] = field(default_factory=list)

    def note(self, kind: str, what: Sequence[str], counts: Counts, value: object, left: set) -> None:
        """Keep a finding."""
        values = tuple(sorted(left, key=lambda one: (one is None, one or 0)))
        self.findings.append(Finding(f"{kind} {'/'.join(what)}", counts, value, values))

    def __str__(self) -> str:
        kinds: dict[str, int] = {"failed": self.failed} if self.failed else {}
        for found in self.findings:
            kind = f"{found.what.split(' ')[0]}:{len(found.left)}"
            kinds[kind] = kinds.get(kind, 0) + 1
        share = self.hidden / max(1, self.hidden + self.shown)
        return (f"{self.datasets} data sets, {self.outputs} outputs, {self.hidden} hidden cells ({share:.2f}), "
                f"{self.small} unprinted small counts, least {self.least}: {kinds or 'nothing pinned'}")  # fmt: skip


def enumerate_all(
    world: World, size: int, seen: Callable[[Counts, dict], Seen] | None = None
) -> tuple[Result, dict[Seen, list[Counts]]]:
    """Try every data set of the size; what is left of each hidden cell and each small count that nobody prints.

    `seen`: what a reader sees of a data set, usually what the program decides. Returns the result and the data sets by
    what is seen.
    """
    groups: dict[Seen, list[Counts]] = {}
    values: dict[Counts, dict[Cell, object]] = {}
    for counts in world.datasets(size):
        units = world.units(counts)
        values[counts] = world.values(units)
        try:
            told = seen(counts, units) if seen else world.decision(units)
        except Exception:  # that the program fails tells something too
            told = FAILED
        groups.setdefault(told, []).append(counts)
    return judge(world, groups, values, size), groups


def judge(world: World, groups: Mapping[Seen, list[Counts]], values: Mapping, size: int) -> Result:
    """Of every data set, what has too few values among those that are seen alike, or is small and shown."""
    result = Result(outputs=len(groups))
    asked = world.rules
    for seen, members in groups.items():
        if seen == FAILED:
            result.failed += len(members)
            continue
        table = np.array(members)
        listed = {cell for counts in members for cell in values[counts]}
        exact = {cell for cell in listed if world.told(seen, cell) is not None}
        left = {cell: {values[counts].get(cell, 0) for counts in members} for cell in listed}
        questions = {text: table @ met for text, met in world.questions.items()}
        spread = {text: set(found.tolist()) for text, found in questions.items()}
        for place, counts in enumerate(members):
            result.datasets += 1
            for cell, value in values[counts].items():
                if cell[1] == "base":  # how many there are is known
                    continue
                small = small_in(world, cell, value, size)
                if cell in exact:
                    result.shown += 1
                    if small:
                        result.note("shown", cell, counts, value, {value})
                elif value is not None and not (value == 0 and cell[2].endswith(UNKNOWN)):
                    result.hidden += 1
                    is_told = value in (0, size) and cell in world.counts and not asked.hides_none_or_all
                    if not (is_told and asked.base > 1 and len(left[cell]) == 1):
                        result.least = min(len(left[cell]), result.least or len(left[cell]))
                        if len(left[cell]) < asked.left_open:
                            result.note("cell", cell, counts, value, left[cell])
            for text, found in questions.items():
                if 0 < (value := int(found[place])) < asked.threshold:
                    result.small += 1
                    if len(spread[text]) < asked.left_open:
                        result.note("unprinted", (text,), counts, value, spread[text])
    return result


def small_in(world: World, cell: Cell, value: object, size: int) -> bool:
    """Whether the value of a cell is a number of persons that the rules call small."""
    if cell[2].endswith(UNKNOWN):
        return isinstance(value, int) and 0 < value < world.rules.threshold
    return cell in world.counts and world.rules.is_small(int(value), size)


def survivors_differ(
    world: World, groups: Mapping[Seen, list[Counts]], patch, root: Path, most: int, seed: int = 1
) -> list[str]:
    """Publish, for real, data sets that a reader of the tables cannot tell apart; the files that tell them apart.

    Of so many groups, drawn by lot, two data sets each: the first and another.
    """
    source = np.random.default_rng(seed)
    several = [members for seen, members in groups.items() if len(members) > 1 and seen != FAILED]
    told = []
    for place in source.permutation(len(several))[:most]:
        members = several[place]
        pair = members[0], members[int(source.integers(1, len(members)))]
        prints = [fingerprint(world.publish(world.units(counts, source), patch, root / f"{n}"))
                  for n, counts in enumerate(pair)]  # fmt: skip
        names = {name for name in prints[0].keys() | prints[1].keys() if prints[0].get(name) != prints[1].get(name)}
        told += [f"{pair}: {name}" for name in sorted(names)]
    return told


# ---------------------------------------------------------------- several publications


@dataclass
class Told:
    """What several publications together leave open of parts of their files."""

    cases: int = 0
    outputs: int = 0
    findings: list[Finding] = field(default_factory=list)

    def __str__(self) -> str:
        kinds: dict[str, int] = {}
        for found in self.findings:
            kind = f"{found.what.split(' ')[0]}:{len(found.left)}"
            kinds[kind] = kinds.get(kind, 0) + 1
        return f"{self.cases} cases, {self.outputs} outputs: {kinds or 'nothing pinned'}"


def together(world: World, parts: Sequence[int], seen: Callable[[tuple[Counts, ...]], object]) -> Told:
    """Try every way to fill parts of so many files; `seen`: all that is published of one way.

    Of a part with fewer files than the threshold no count of an answer may be told for certain, and of a larger one no
    small count, save what the rules let stand: that no file, or every file, of all has it.
    """
    groups: dict[object, list[tuple[Counts, ...]]] = {}
    for filling in itertools.product(*(list(world.datasets(size)) for size in parts)):
        groups.setdefault(seen(filling), []).append(filling)
    told = Told(outputs=len(groups))
    asked = world.rules
    for members in groups.values():
        told.cases += len(members)
        for place, size in enumerate(parts):
            table = np.array([filling[place] for filling in members])
            for text, met in world.questions.items():
                counts = table @ met
                left = tuple(sorted(set(counts.tolist())))
                if len(left) >= (2 if size < asked.threshold else asked.left_open):
                    continue
                told.findings += [
                    Finding(f"part {place}: {text}", filling, value, left)
                    for filling, value in zip(members, counts.tolist(), strict=True)
                    if (asked.is_small(value, size) or 0 < size < asked.threshold)
                    and (asked.hides_none_or_all or 0 < np.dot(added(filling), met) < sum(parts))
                ]
    return told


def series(world: World, patch, root: Path, groups: Sequence[Sequence[int]]) -> Callable[[tuple[Counts, ...]], object]:
    """What is seen of publications of the same study, one after the other: group by group of the parts."""
    made: dict[tuple[Counts, ...], tuple[Path, tuple]] = {(): (root / "none", ())}
    (root / "none").mkdir(parents=True)

    def seen(filling: tuple[Counts, ...]) -> tuple:
        until: tuple[Counts, ...] = ()
        for group in groups:
            before, told = made[until]
            until = (*until, added(filling[part] for part in group))
            if until not in made:
                here = root / str(len(made))
                shutil.copytree(before, here)
                folder = world.publish(world.units(until[-1]), patch, here)
                made[until] = here, (*told, frozenset(fingerprint(folder).items()))
        return made[until][1]

    return seen


def added(parts: Iterable[Counts]) -> Counts:
    """The data set that holds the files of all parts."""
    return tuple(map(sum, zip(*parts, strict=True)))


def sides(world: World, units: Mapping[str, Mapping[str, pd.DataFrame]]) -> list[comparison.Side]:
    """The studies of a comparison, by name."""
    settings = {"status": "original", "publication": dict(world.publication)}
    return [comparison.Side(Study(name, settings, world.codebook, (), {}), dict(held), name)
            for name, held in units.items()]  # fmt: skip


def compare(world: World, units: Mapping[str, Mapping[str, pd.DataFrame]], patch, root: Path) -> Path:
    """Compare studies for real, save that they are not read from workbooks; returns what is passed on."""
    settings = {"status": "original", "publication": dict(world.publication)}
    patch.setenv("COMPENDIUM_OUTPUT", str(root))
    patch.setattr(comparison.studies, "read", lambda name: Study(name, settings, world.codebook, (), {}))
    patch.setattr(comparison.workbook, "load", lambda folder, *_, **__: dict(units[Path(folder).name]))
    comparison.compare(list(units), world.language)
    return paths.derived("+".join(units)) / publication.FOLDER


# ---------------------------------------------------------------- the integer programme


class Programme:
    """The data sets that agree with what is known, as numbers of files a profile.

    `most`: how many files each can have. `known`: (weights of the profiles, least, most) a row; that a mean is at least
    so much, for example, is sum((value - mean) * files) >= 0.
    """

    def __init__(self, most: Sequence[int], known: Iterable[tuple[np.ndarray, float, float]]):
        self.profiles = profiles = len(most)
        self.solver = quiet_solver()
        self.solver.setOptionValue("mip_rel_gap", 0.0)
        self.solver.setOptionValue("random_seed", 1)
        self.solver.setOptionValue("threads", 1)
        for number in most:
            self.solver.addVar(0, number)
        whole = np.full(profiles, highspy.HighsVarType.kInteger)
        self.solver.changeColsIntegrality(profiles, np.arange(profiles, dtype=np.int32), whole)
        for weights, low, high in known:
            self.add(weights, low, high)

    def add(self, weights: np.ndarray, low: float, high: float) -> None:
        """Say that the weighted number of files lies between two numbers."""
        weights = np.asarray(weights, dtype=float)
        (places,) = np.nonzero(weights)
        self.solver.addRow(low, high, len(places), places.astype(np.int32), weights[places])

    def best(self, weights: np.ndarray, limits: Sequence[tuple[np.ndarray, float, float]] = ()) -> np.ndarray | None:
        """A data set with the least weighted number of files, under further limits; None if there is none."""
        before = self.solver.getNumRow()
        for row in limits:
            self.add(*row)
        costs = np.asarray(weights, dtype=float)
        self.solver.changeColsCost(self.profiles, np.arange(self.profiles, dtype=np.int32), costs)
        self.solver.run()
        found = None
        if self.solver.getModelStatus() == highspy.HighsModelStatus.kOptimal:
            found = np.rint(self.solver.getSolution().col_value).astype(int)
        if self.solver.getNumRow() > before:
            self.solver.deleteRows(
                self.solver.getNumRow() - before, np.arange(before, self.solver.getNumRow(), dtype=np.int32)
            )
        return found

    def reach(self, weights: np.ndarray) -> tuple[int, int] | None:
        """Least and largest weighted number of files; None if nothing agrees with what is known."""
        low, high = self.best(weights), self.best(-np.asarray(weights))
        if low is None or high is None:
            return None
        return int(np.dot(weights, low)), int(np.dot(weights, high))


def weights(quantity, profiles: pd.DataFrame) -> np.ndarray | None:
    """What one file of each profile adds to a quantity; None for what is no sum over files."""
    match quantity:
        case Count(condition=condition):
            return holds(condition, profiles).to_numpy().astype(int)
        case Answers(conditions=conditions):
            return sum(holds(condition, profiles).to_numpy().astype(int) for condition in conditions)
        case Summary(statistic="sum", variable=name):
            return pd.to_numeric(profiles[name], errors="coerce").fillna(0).to_numpy().astype(int)
        case Arithmetic(operator="+" | "-" as operator, left=left, right=right):
            one, other = weights(left, profiles), weights(right, profiles)
            if one is None or other is None:
                return None
            return one + other if operator == "+" else one - other
    return None


def ratio(quantity, profiles: pd.DataFrame) -> tuple[np.ndarray, np.ndarray] | None:
    """Numerator and denominator of a mean or share as sums over files."""
    match quantity:
        case Summary(statistic="mean", variable=name):
            numbers = pd.to_numeric(profiles[name], errors="coerce")
            return numbers.fillna(0).to_numpy().astype(int), numbers.notna().to_numpy().astype(int)
        case Arithmetic(operator="/", left=left, right=right):
            found = weights(left, profiles), weights(right, profiles)
            return None if any(part is None for part in found) else found
    return None


def known_of(quantity, value: object, profiles: pd.DataFrame) -> Iterator[tuple[np.ndarray, float, float]]:
    """What a printed number says of the numbers of files of each profile; nothing where its form is not followed."""
    if value is None:
        return
    if (added_up := weights(quantity, profiles)) is not None:
        yield added_up, float(value), float(value)
    elif (parts := ratio(quantity, profiles)) is not None:
        part, whole = parts
        half = Decimal(1).scaleb(-tables.DECIMALS) / 2
        low, high = (float(value - half), float(value + half))
        yield part - low * whole, -1e-9, np.inf
        yield part - high * whole, -np.inf, 1e-9
    elif isinstance(quantity, Summary):
        numbers = pd.to_numeric(profiles[quantity.variable], errors="coerce")
        beyond = numbers < int(value) if quantity.statistic == "minimum" else numbers > int(value)
        yield beyond.fillna(False).to_numpy().astype(int), 0, 0
        yield (numbers == int(value)).fillna(False).to_numpy().astype(int), 1, np.inf


@dataclass
class Part:
    """Variables that print or a rule joins: profiles that files may have, and how many have each."""

    names: list[str]
    profiles: pd.DataFrame
    counts: Counts


class Replay:
    """A study too large to try everything: data sets that agree with print, and whether the program prints the same.

    Each that does is a proof that the values in it are possible for a reader who knows the program as well. Profiles
    are those of the real rows and those that differ from one in one answer: what is found in them is possible; what is
    not found may be.
    """

    def __init__(self, codebook: Codebook, units: Mapping[str, pd.DataFrame], asked: Mapping, seed: int = 1):
        self.world = World(codebook, {}, asked)
        self.codebook, self.units = codebook, units
        self.rows = units["files"].reset_index(drop=True)
        self.source = np.random.default_rng(seed)
        self.seen = self.world.decision(units)
        values = self.world.values(units)
        self.values = {cell: value for cell, value in values.items() if not cell[2].endswith(UNKNOWN)}
        self.quantities = {cell: layout.quantity(codebook, *cell) for cell in self.values}
        self.hidden = sorted(cell for cell in self.values if self.world.told(self.seen, cell) is None)
        self.parts = [self._part(names) for names in self._joined()]
        self.accepted = self.tried = 0

    def _joined(self) -> list[set[str]]:
        is_coded = set(self.rows.columns)
        sets = [set(variables(quantity)) for quantity in self.quantities.values()]
        sets += [set(variables(parse_condition(rule.definition, self.codebook))) for rule in self.codebook.rules()]
        groups: list[set[str]] = []
        for names in (names for names in sets if names and names <= is_coded):
            apart = [group for group in groups if not group & names]
            groups = [*apart, names.union(*(group for group in groups if group & names))]
        return groups

    def _part(self, names: set[str]) -> Part:
        kept = [name for name in self.rows.columns if name in names]
        real = self.rows[kept].astype(object)
        found = [*map(tuple, real.itertuples(index=False))]
        for place, name in enumerate(kept):
            met = set(real[name]) if self.codebook.variable(name).type == "count" else {
                *(code for code in allowed_codes(self.codebook.variable(name), self.codebook) if code != "nd"),
                *real[name],
            }  # fmt: skip
            found += [(*row[:place], code, *row[place + 1 :]) for row in list(dict.fromkeys(found[: len(real)]))
                      for code in sorted(met, key=str)]  # fmt: skip
        profiles = pd.DataFrame(list(dict.fromkeys(found)), columns=kept).astype(self.rows[kept].dtypes.to_dict())
        for rule in self.codebook.rules():
            with suppress(Exception):
                profiles = profiles[ends(parse_condition(rule.definition, self.codebook), profiles)["possibly"]]
        profiles = profiles.reset_index(drop=True)
        place_of = {tuple(map(str, row)): place for place, row in enumerate(profiles.itertuples(index=False))}
        counts = np.zeros(len(profiles), dtype=int)
        for row in real.itertuples(index=False):
            counts[place_of[tuple(map(str, row))]] += 1
        return Part(kept, profiles, tuple(counts.tolist()))

    def targets(self, part: Part) -> dict[str, np.ndarray]:
        """Hidden counts of the part, and small counts that nobody prints: of an answer, and of two answers."""
        found = {}
        for cell in self.hidden:
            if not set(variables(self.quantities[cell])) & set(part.names):
                continue
            if (added_up := weights(self.quantities[cell], part.profiles)) is not None:
                found["cell " + "/".join(cell)] = added_up
        return found

    def programme(self, part: Part) -> Programme:
        """What is printed of the part, as an integer programme over the files that come to and go from each profile."""
        exact = {cell: self.world.told(self.seen, cell) for cell in self.values}
        shown = {cell: value for cell, value in exact.items() if value is not None}
        known = [
            row
            for cell, value in shown.items()
            if set(variables(self.quantities[cell])) <= set(part.names) and variables(self.quantities[cell])
            for row in known_of(self.quantities[cell], value, part.profiles)
        ]
        real, size = np.array(part.counts), len(self.rows)
        moved = [(np.concatenate([met, -met]), low - met @ real, high - met @ real)
                 for met, low, high in [*known, (np.ones(len(real)), size, size)]]  # fmt: skip
        return Programme([*[size] * len(real), *real], moved)

    def replay(self, part: Part, counts: Counts) -> bool:
        """Whether the program prints the same where the part's answers are those."""
        self.tried += 1
        rows = self.rows.copy()
        chosen = part.profiles.iloc[np.repeat(np.arange(len(counts)), counts)].reset_index(drop=True)
        for name in part.names:
            rows[name] = chosen[name].to_numpy()
            rows[name] = rows[name].astype(self.rows[name].dtype)
        is_same = self.world.decision({**self.units, "files": rows}) == self.seen
        self.accepted += is_same
        return is_same

    def attack(self, tries: int = 4) -> dict[str, set[int]]:
        """Target -> the values that are proved possible, the real one among them."""
        proved: dict[str, set[int]] = {}
        for part in self.parts:
            targets = self.targets(part)
            if not targets:
                continue
            programme = self.programme(part)
            real = np.array(part.counts)
            found = {name: {int(met @ real)} for name, met in targets.items()}
            for name, met in targets.items():
                true = int(met @ real)
                for value in [v for d in (1, -1, 2, -2, 3, -3) if (v := true + d) >= 0]:
                    if len(found[name]) >= self.world.rules.left_open:
                        break
                    if value in found[name]:
                        continue
                    for _ in range(tries):
                        costs = 1 + self.source.exponential(2, 2 * len(real))
                        limit = np.concatenate([met, -met]), value - true, value - true
                        moves = programme.best(costs, [limit])
                        if moves is None:
                            break
                        counts = real + moves[: len(real)] - moves[len(real) :]
                        if self.replay(part, counts):
                            for other, weight in targets.items():
                                found[other].add(int(weight @ counts))
                            break
            proved |= found
        return proved
