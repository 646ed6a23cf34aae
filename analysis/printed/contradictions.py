"""What a reader is told of printed numbers that cannot all hold: frames in plain words, in either language.

Each minimal conflict is stated in one sentence, proved by its certificate, and followed by what would reconcile it and
by the innocent explanations that apply. The wording says what print makes impossible, never why it came about.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import chain
from math import ceil, floor

import pandas as pd

from analysis.printed import wording
from analysis.printed.certificates import Certificate, Granularity, Remainder, Sum, certificate
from analysis.printed.conflicts import (
    Cluster,
    Part,
    clusters_of,
    components,
    fewest_changes,
    in_print_order,
    repaired_values,
    set_to,
    unit_of_print,
)
from analysis.printed.model import (
    DOCUMENTED,
    NotDecided,
    Statement,
    assumption_on,
    due,
    left_documented,
    other_sizes,
    sizes,
    statements,
    unchecked,
)
from analysis.printed.model import units as units_of
from analysis.study.claims import Claim
from analysis.study.codebook import YES, Codebook, Text
from analysis.study.expressions import EVERY, Answers, AtLeast, Condition, Count, Derived, Each, Not, Quantity, Summary

CONFLICT_COLUMNS = (
    "cluster", "conflict", "leading", "claims", "printed", "statement", "certificate", "in_words", "definitions",
    "assumptions", "rests_on", "repairs", "explanations", "verdict",
)  # fmt: skip
"""Columns of conflicts.csv."""

REPAIR_COLUMNS = ("cluster", "repair", "claim", "what", "printed", "values", "in_any_repair")
"""Columns of the frame of repairs."""

READING_COLUMNS = (
    "claims",
    "printed",
    "first_reading",
    "other_reading",
    "adds_up_to",
    "changes_needed",
    "changes_other",
)
"""Columns of the frame of readings."""

ASSUMPTION_COLUMNS = (
    "assumption",
    "what",
    "reason",
    "rest_on_it",
    "conflicts",
    "without",
    "changes",
    "changes_without",
)
"""Columns of the frame of assumptions."""

UNCHECKED_COLUMNS = ("claim", "reason", "facts")
"""Columns of the frame of printed numbers of which it is not asked whether they can hold."""

MEAN_COLUMNS = ("claim", "printed", "n", "sums", "granularity", "own_sum", "own_mean", "own_verdict")
"""Columns of the frame of means."""

PATIENCE = 120
"""Seconds that a notebook waits for each of its searches. What is not proved then is shown as not decided."""

TEXTS = {
    "cannot": Text("cannot all hold as printed", "kan inte alla gälla så som de är tryckta"),
    "reading": Text("consistent under a stated reading", "förenligt med en angiven läsning"),
    "consistent": Text("consistent", "förenligt"),
    "statement": Text(
        "As printed, {numbers} cannot all describe the same {size} {units}.",
        "Så som de är tryckta kan {numbers} inte alla beskriva samma {size} {units}.",
    ),
    "statement_one": Text(
        "As printed, {numbers} cannot describe {size} {units}.",
        "Så som det är tryckt kan {numbers} inte beskriva {size} {units}.",
    ),
    "open": Text(
        "Whether these {count} printed numbers can all hold is not decided in the time given.",
        "Om dessa {count} tryckta tal alla kan gälla är inte avgjort på den givna tiden.",
    ),
    "most": Text(
        "At most {most} of {numbers} printed numbers can hold together.",
        "Högst {most} av {numbers} tryckta tal kan gälla samtidigt.",
    ),
    "unchecked": Text(
        "{count} further printed numbers were not checked; unchecked.csv lists them with the reason.",
        "Ytterligare {count} tryckta tal har inte prövats; unchecked.csv tar upp dem med skälet.",
    ),
    "unchecked_one": Text(
        "1 further printed number was not checked; unchecked.csv names it with the reason.",
        "Ytterligare 1 tryckt tal har inte prövats; unchecked.csv tar upp det med skälet.",
    ),
    "not_coded": Text("It counts nothing that the sheet codes.", "Det räknar inget som bladet kodar."),
    "form": Text(
        "It is of a kind that is not checked, such as the difference of two shares.",
        "Det är av ett slag som inte prövas, till exempel skillnaden mellan två andelar.",
    ),
    "named": Text(
        "It names one of the rows, and of which row that is print tells nothing.",
        "Det nämner en av raderna, och vilken rad det är säger artikeln inget om.",
    ),
    "rests_on": Text("This rests on: {assumptions}.", "Detta vilar på: {assumptions}."),
    "no_missing_reason": Text(
        "Print lists no missing answers there, or the codebook requires an answer.",
        "Tryck tar inte upp några uteblivna svar där, eller så kräver kodboken ett svar.",
    ),
    "missing": Text(
        "Missing answers: if answers could be missing in {what}, these numbers could all hold.",
        "Uteblivna svar: om svar kunde saknas i {what} skulle dessa tal alla kunna gälla.",
    ),
    "our_reading": Text(
        "Another reading: without {what}, these numbers could all hold.",
        "En annan läsning: utan {what} skulle dessa tal alla kunna gälla.",
    ),
    "assumed": Text(
        "{some} of the {count} contradictions rest on an assumption: {without}.",
        "{some} av de {count} motsägelserna vilar på ett antagande: {without}.",
    ),
    "assumed_without": Text(
        "without {what}, {left} contradictions remain and {changes} printed numbers must change",
        "utan {what} återstår {left} motsägelser och {changes} tryckta tal måste ändras",
    ),
    "for_each": Text("{number} for each of the {size} {units}", "{number} för varje rad bland {size} {units}"),
    "inequality": Text(
        "Whatever one of the {units} holds, it adds at most as much to {left} as to {right}: this is so in {rows} that "
        "can occur. As printed, the first is {more} and the second {less}.",
        "Vad en rad bland {units} än innehåller ökar den {left} med högst lika mycket som {right}: så är det i {rows} "
        "som kan förekomma. Så som talen är tryckta är det första {more} och det andra {less}.",
    ),
    "rows": Text("each of the {rows} combinations", "var och en av de {rows} kombinationer"),
    "row": Text("the one combination", "den enda kombination"),
    "granularity_line": Text(
        "{first} = {low}, {second} = {high}; nothing between",
        "{first} = {low}, {second} = {high}; inget däremellan",
    ),
    "granularity": Text(
        "{letter} is {number}: {first} is {low}, {second} is {high}, and nothing lies between them. As printed it is "
        "{printed}.",
        "{letter} är {number}: {first} är {low}, {second} är {high}, och inget ligger däremellan. Så som det är tryckt "
        "är det {printed}.",
    ),
    "whole_sums": Text(
        "{letter} is printed {printed}; of the whole numbers divided by {of}{given}, those from {low} to {high} round "
        "to it ({low}/{of} = {least}, {high}/{of} = {most}).",
        "{letter} är tryckt {printed}; av heltalen delade med {of}{given} avrundas de från {low} till {high} till det "
        "({low}/{of} = {least}, {high}/{of} = {most}).",
    ),
    "divided_by": Text("a whole number divided by {of}{given}", "ett heltal delat med {of}{given}"),
    "divided": Text("{over}{given} divided by a whole number", "{over}{given} delat med ett heltal"),
    "given": Text(" (by {letters})", " (enligt {letters})"),
    "remainder_line": Text(
        "{sum} = {made}; divided by {divisor} it must leave {left}",
        "{sum} = {made}; delat med {divisor} ska resten bli {left}",
    ),
    "remainder": Text(
        "Every one of the {units}{given} adds to ({terms}) a number that leaves {each} when divided by {divisor}, so "
        "all {size} together leave {left}; as printed they make {made}, in which no number does.",
        "Varje rad bland {units}{given} ökar ({terms}) med ett tal som ger resten {each} vid division med {divisor}, "
        "så alla {size} tillsammans ger resten {left}; så som talen är tryckta blir det {made}, där inget tal gör det.",
    ),
    "search": Text("no one-line proof", "inget bevis på en rad"),
    "search_words": Text(
        "No inequality of small whole numbers proves it. All data sets of {size} {units} were ruled out by a complete "
        "search.",
        "Ingen olikhet med små heltal visar det. Alla datamängder med {size} {units} uteslöts genom fullständig "
        "sökning.",
    ),
    "unit": Text(
        "Unit of count: {what} may be {reading}; {fits}.",
        "Räkneenhet: {what} kan vara {reading}; {fits}.",
    ),
    "size": Text(
        "Number of rows: print also states {reading}; {fits}.",
        "Antal rader: trycket anger också {reading}; {fits}.",
    ),
    "fits": Text(
        "then fewer of the study's numbers would have to change ({other} and not {first})",
        "då skulle färre av studiens tal behöva ändras ({other} och inte {first})",
    ),
    "fits_not": Text(
        "that does not help, as {other} of the study's numbers would have to change (otherwise {first})",
        "det hjälper inte, då {other} av studiens tal skulle behöva ändras (annars {first})",
    ),
    "answers": Text("a number of answers, {sum}", "ett antal svar, {sum}"),
    "several": Text(
        "Several answers: one of the {units} can count in several rows of {blocks}.",
        "Flera svar: {units} kan räknas i flera rader av {blocks}.",
    ),
    "denominator": Text(
        "Denominator: the same numbers could describe {sizes} {units}.",
        "Nämnare: samma tal kan beskriva {sizes} {units}.",
    ),
    "base": Text(
        "Denominator: missing answers may have been left out of what {what} is a share of.",
        "Nämnare: uteblivna svar kan ha utelämnats ur det som {what} är en andel av.",
    ),
    "weights": Text(
        "Weights: if rows count more or less than one each, the numbers need not be made of whole rows.",
        "Vikter: om rader räknas som mer eller mindre än en behöver talen inte bestå av hela rader.",
    ),
    "time": Text(
        "Time point: what is printed as {columns} may not refer to the same moment in every number.",
        "Tidpunkt: det som trycks som {columns} behöver inte avse samma tillfälle i alla tal.",
    ),
    "rounding": Text(
        "Rounding: {what} would agree if decimals were cut off and not rounded.",
        "Avrundning: {what} skulle stämma om decimaler kapats och inte avrundats.",
    ),
    "rounding_not": Text(
        "Rounding: with the other numbers of this contradiction as printed, neither rounding nor cutting off decimals "
        "gives {what}.",
        "Avrundning: med de övriga talen i motsägelsen så som de är tryckta ger varken avrundning eller kapade "
        "decimaler {what}.",
    ),
    "slip": Text(
        "A slip of one: it would settle this conflict, though not each other one, to print {moves}.",
        "Ett stegs felskrivning: denna konflikt, men inte var och en av de andra, skulle lösas av {moves}.",
    ),
    "move": Text("{value} for {name}", "{value} för {name}"),
    "not_tried": Text(
        "Whether further explanations fit is not decided in the time given.",
        "Om fler förklaringar stämmer är inte avgjort på den givna tiden.",
    ),
    "misreading": Text(
        "Our own misreading: of a number's place, or of what it counts{definitions}.",
        "Vår egen felläsning: av var ett tal står, eller av vad det räknar{definitions}.",
    ),
    "as_defined": Text(" (here as defined by {names})", " (här så som det definieras av {names})"),
    "granular": Text("some whole sum gives it", "någon hel summa ger det"),
    "granular_not": Text("no whole sum gives it", "ingen hel summa ger det"),
    "no_distribution": Text("not checkable", "går inte att pröva"),
}  # fmt: skip
"""Every sentence, in each language."""


def text(key: str, language: str, **facts: object) -> str:
    """The sentence of that key with the facts in their places."""
    return TEXTS[key][language].format_map({name: str(value) for name, value in facts.items()})


@dataclass(frozen=True)
class Reading:
    """A number read the other way: `changes` is how many statements of the study must then change, at the least.

    None where that is not decided. Where print states several numbers of rows, taking another one than the most
    frequent for right is a reading too; `size` is that number, None for all other readings.
    """

    claims: tuple[Claim, ...]
    printed_sum: str
    changes: int | None
    size: int | None = None


@dataclass(frozen=True)
class Assumption:
    """What contradictions rest on beside print: `name` is a reading of the codebook, or begins with DOCUMENTED.

    `conflicts` are the contradictions that do not stand without it, `left` how many stand in the whole study then, and
    `changes` how many statements must then change, at the least. None where that is not decided.
    """

    name: str
    conflicts: tuple[tuple[str, ...], ...]
    left: int | None
    changes: int | None


@dataclass(frozen=True)
class Audit:
    """All that is found of a study: what it states, its conflicts, repairs and readings. Make it with `audit`.

    `undecided` are the independent parts of which it is not known whether their statements can hold together; None
    stands for values and numbers that are not known. `unchecked` are claims of which nothing is asked, with the reason
    (see `model.unchecked`). `deadline`, a reading of time.monotonic(), holds for all that is
    asked of the audit.
    """

    codebook: Codebook
    claims: Mapping[str, Claim]
    size: Mapping[str, int]
    stated: tuple[Statement, ...]
    found: tuple[Cluster, ...]
    undecided: tuple[tuple[Statement, ...], ...]
    values: Mapping[tuple[str, ...], Mapping[str, tuple[Fraction, ...] | None]]
    changes: int | None
    readings: tuple[Reading, ...]
    assumptions: tuple[Assumption, ...]
    unchecked: Mapping[str, str]
    deadline: float | None

    @property
    def numbers(self) -> int:
        """How many printed numbers take part: those that count something that the model holds."""
        return sum(len(statement.ids) for statement in self.stated)

    @property
    def most_that_hold(self) -> int:
        """How many of them can hold together at most, those of a repair of every cluster left out."""
        ids = {statement.name: len(statement.ids) for statement in self.stated}
        return self.numbers - sum(min(sum(ids[n] for n in repair) for repair in c.repairs) for c in self.found)

    def statement(self, name: str) -> Statement:
        """The statement of that name."""
        return next(statement for statement in self.stated if statement.name == name)

    def values_in_any(self, cluster: Cluster, name: str) -> tuple[Fraction, ...] | None:
        """All that a number could be over the repairs of its cluster; None where that is not decided."""
        values = [self.values[repair][name] for repair in cluster.repairs if name in repair]
        return None if None in values else tuple(sorted(set().union(*values)))

    def part(self, cluster: Cluster) -> tuple[Statement, ...]:
        """The independent part of the study that the cluster lies in."""
        return next(part for part in components(self.codebook, self.stated) if {s.name for s in part} & cluster.names)


def audit(codebook: Codebook, claims: Sequence[Claim], seconds: float | None = None) -> Audit:
    """Every conflict among the printed numbers, with repairs, the values they leave, and the other readings.

    What is not proved after so many `seconds` is not decided; None sets no limit.
    """
    deadline = due(seconds)
    stated, size = statements(claims, codebook), sizes(claims, codebook)
    found, undecided, known, values, readings = {}, [], {}, {}, []
    with ExitStack() as stack:
        for part in components(codebook, stated):
            asked = stack.enter_context(Part(codebook, size, part, deadline))
            try:
                found[asked] = clusters_of(asked)
            except NotDecided:
                undecided.append(part)
                known[part] = None
            else:
                known[part] = sum(len(cluster.repairs[0]) for cluster in found[asked])
        for asked, here in found.items():
            values |= repaired_values(asked, here)
        changes = _changes(codebook, size, stated, known, found, deadline)
        for group in _read_otherwise(claims):
            other = [replace(claim, quantity=claim.alternative) if claim in group else claim for claim in claims]
            there = _changes(codebook, size, statements(other, codebook), known, found, deadline)
            sums = [_adds_up(claim, claims) for claim in group]
            readings.append(Reading(group, "; ".join(sums) if all(sums) else "", there))
    ordered = in_print_order(chain.from_iterable(found.values()), stated)
    for unit, number in other_sizes(claims):
        group = tuple(claim for claim in claims if claim.quantity == Count(unit, EVERY) and claim.low == number)
        # With other rows nothing is known of the parts that was found for these.
        there = _changes(codebook, {**size, unit: number}, stated, {}, (), deadline)
        readings.append(Reading(group, "", there, number))
    assumptions = tuple(_assumptions(codebook, size, stated, ordered, deadline))
    return Audit(
        codebook, {claim.id: claim for claim in claims}, size, stated, ordered, tuple(undecided), values, changes,
        tuple(readings), assumptions, unchecked(claims, codebook), deadline,
    )  # fmt: skip


def _assumptions(
    codebook: Codebook,
    size: Mapping[str, int],
    stated: Sequence[Statement],
    found: Sequence[Cluster],
    deadline: float | None,
) -> Iterator[Assumption]:
    """The assumptions without which some contradiction does not stand, each with what is found without it."""
    everything = sum(len(cluster.conflicts) for cluster in found)
    changes = sum(len(cluster.repairs[0]) for cluster in found)
    missing = list(dict.fromkeys(assumption_on(codebook, name) for one in stated for name in sorted(one.documented)))
    names = [rule.name for rule in codebook.readings()] + missing + ([DOCUMENTED] if len(missing) > 1 else [])
    for name in names:
        book, resting, left, fewest = codebook.without(name), [], everything, changes
        for part in components(codebook, stated):
            here = [cluster for cluster in found if cluster.names & {statement.name for statement in part}]
            other = _without(part, name, codebook)
            if not here or (book == codebook and other == list(part)):
                continue
            with Part(book, size, other, deadline) as asked:
                try:
                    conflicts = [conflict for cluster in here for conflict in cluster.conflicts]
                    resting += (held := [conflict for conflict in conflicts if asked.can_hold(conflict)])
                    after = clusters_of(asked) if held else here
                    left += sum(len(cluster.conflicts) for cluster in after) - len(conflicts)
                    fewest += sum(len(cluster.repairs[0]) for cluster in after)
                    fewest -= sum(len(cluster.repairs[0]) for cluster in here)
                except NotDecided:
                    left = fewest = None
                    break
        if resting:
            yield Assumption(name, tuple(resting), left, fewest)


def _without(stated: Iterable[Statement], assumption: str, codebook: Codebook) -> list[Statement]:
    """The statements without an assumption on missing answers."""
    return [replace(one, documented=left_documented(one.documented, [assumption], codebook)) for one in stated]


def _changes(
    codebook: Codebook,
    size: Mapping[str, int],
    stated: Sequence[Statement],
    known: dict[tuple[Statement, ...], int | None],
    at_hand: Iterable[Part],
    deadline: float | None,
) -> int | None:
    """How many statements must change, at the least. None: not decided.

    `known` are the answers for parts; of a part `at_hand` whose statements are only read otherwise its solver is asked.
    """
    parts = components(codebook, stated)
    for part in parts:
        if part not in known:
            try:
                with ExitStack() as stack:
                    asked = next(filter(None, (one.read_as(part) for one in at_hand)), None)
                    asked = asked or stack.enter_context(Part(codebook, size, part, deadline))
                    known[part] = fewest_changes(asked)
            except NotDecided:
                known[part] = None
    numbers = [known[part] for part in parts]
    return None if None in numbers else sum(numbers)


def _read_otherwise(claims: Sequence[Claim]) -> Iterator[tuple[Claim, ...]]:
    """Each claim with another reading on its own, then all that can be read as answers together."""
    other = [claim for claim in claims if claim.alternative is not None]
    yield from ((claim,) for claim in other)
    answers = tuple(claim for claim in other if isinstance(claim.alternative, Answers))
    if len(answers) > 1:
        yield answers


def _adds_up(claim: Claim, claims: Sequence[Claim]) -> str:
    """The printed counts that the other reading adds up, such as `7 + 5 + 0 + 1 = 13`; empty if not all are printed."""
    if not isinstance(claim.alternative, Answers):
        return ""
    counts = {other.quantity: other for other in claims if other.relation == "=" and other.low == other.high}
    parts = [counts.get(Count(claim.alternative.unit, condition)) for condition in claim.alternative.conditions]
    if None in parts:
        return ""
    return f"{' + '.join(str(part.low) for part in parts)} = {sum(part.low for part in parts)}"


def conflicts_table(found: Audit, language: str = "en") -> pd.DataFrame:
    """One row a minimal conflict, with CONFLICT_COLUMNS; all but `cluster` and `conflict` are text.

    After them stands one row for each part of the study of which it was not decided whether its numbers can hold.

    `claims` and `printed` list the statements that take part, parted by `; `; numbers that print the same statement are
    joined by ` = `. `certificate` is a line of arithmetic, `in_words` says what it means. `leading` is `yes`
    for the few that show how many numbers must change at the least.
    """
    rows = []
    for number, cluster in enumerate(found.found, start=1):
        part = found.part(cluster)
        repairs = "; ".join(_repair(found, repair, language) for repair in cluster.repairs)
        with _Probe(found, part) as probe:
            for place, conflict in enumerate(cluster.conflicts, start=1):
                try:
                    proof = certificate(found.codebook, found.size, part, conflict, found.deadline)
                except NotDecided:
                    proof, line, words = None, wording.word("undecided", language), ""
                else:
                    line, words = _certificate(found, conflict, proof, language)
                probe.all_decided = True
                used = _definitions(found, probe, conflict)
                resting = [one.name for one in found.assumptions if conflict in one.conflicts]
                reconciles, why = _explanations(found, probe, conflict, used, proof, language)
                rows.append((
                    number, place, YES if conflict in cluster.leading else "",
                    "; ".join(" = ".join(found.statement(name).ids) or name for name in conflict),
                    "; ".join(_printed(found, found.statement(name), language) for name in conflict),
                    _sentence(found, conflict, language),
                    line, words,
                    "; ".join(used),
                    "; ".join(resting), _rests_on(found, resting, language),
                    repairs, " ".join(why),
                    text("reading" if reconciles else "cannot", language),
                ))  # fmt: skip
    for number, part in enumerate(found.undecided, start=len(found.found) + 1):
        undecided, ids = wording.word("undecided", language), [" = ".join(s.ids) or s.name for s in part]
        printed = "; ".join(_printed(found, statement, language) for statement in part)
        said = text("open", language, count=sum(len(statement.ids) for statement in part))
        rows.append((number, 1, YES, "; ".join(ids), printed, said, undecided, "", "", "", "", "", "", undecided))
    return pd.DataFrame(rows, columns=list(CONFLICT_COLUMNS))


def frames(found: Audit, language: str = "en") -> dict[str, pd.DataFrame]:
    """All that is told of an audit, by the names of the files that keep it."""
    made = {
        "conflicts": conflicts_table,
        "repairs": repairs_table,
        "readings": readings_table,
        "assumptions": assumptions_table,
        "means": means_table,
        "unchecked": unchecked_table,
    }
    return {name: make(found, language) for name, make in made.items()}


def most_that_hold(found: Audit, language: str = "en") -> str:
    """How many printed numbers can hold together, whether all was decided, what it rests on, what was not checked."""
    said = [text("most", language, most=found.most_that_hold, numbers=found.numbers)]
    said += [text("open", language, count=sum(len(s.ids) for s in part)) for part in found.undecided]
    if found.assumptions:
        resting = {conflict for one in found.assumptions for conflict in one.conflicts}
        alike: dict[tuple, list[str]] = {}
        for one in found.assumptions:
            alike.setdefault((one.left, one.changes), []).append(wording.assumed(found.codebook, one.name, language))
        without = "; ".join(
            text(
                "assumed_without", language, what=_either(names, language),
                left=_known(left, language), changes=_known(changes, language),
            )
            for (left, changes), names in alike.items()
        )  # fmt: skip
        count = sum(len(cluster.conflicts) for cluster in found.found)
        said.append(text("assumed", language, some=len(resting), count=count, without=without))
    if number := len(found.unchecked):
        said.append(text("unchecked" if number > 1 else "unchecked_one", language, count=number))
    return " ".join(said)


def _either(names: Sequence[str], language: str) -> str:
    return f" {wording.word('or', language)} ".join(names)


def _rests_on(found: Audit, names: Sequence[str], language: str) -> str:
    listed = [
        wording.assumed(found.codebook, name, language) for name in names if name != DOCUMENTED or len(names) == 1
    ]
    return text("rests_on", language, assumptions="; ".join(listed)) if listed else ""


def assumptions_table(found: Audit, language: str = "en") -> pd.DataFrame:
    """One row an assumption that contradictions rest on, with ASSUMPTION_COLUMNS.

    `rest_on_it` is how many contradictions do not stand without it, `conflicts` how many there are, `without` how many
    are left without it; `changes` and `changes_without` are how many statements must change, at the least.
    """
    count = sum(len(cluster.conflicts) for cluster in found.found)
    rows = []
    for one in found.assumptions:
        is_reading = not one.name.startswith(DOCUMENTED)
        note = found.codebook.variable(one.name).note[language] if is_reading else text("no_missing_reason", language)
        rows.append(
            (one.name, wording.assumed(found.codebook, one.name, language), note, len(one.conflicts), count,
             _known(one.left, language), _known(found.changes, language), _known(one.changes, language))
        )  # fmt: skip
    return pd.DataFrame(rows, columns=list(ASSUMPTION_COLUMNS))


def unchecked_table(found: Audit, language: str = "en") -> pd.DataFrame:
    """One row a printed number of which it is not asked whether it can hold, with UNCHECKED_COLUMNS.

    `reason` is a key (see `model.unchecked`), `facts` says in words what is known of it.
    """
    rows = []
    for name, reason in found.unchecked.items():
        note = found.claims[name].note
        rows.append((name, reason, f"{text(reason, language)}{f' {note[:1].upper()}{note[1:]}' if note else ''}"))
    return pd.DataFrame(rows, columns=list(UNCHECKED_COLUMNS))


def repairs_table(found: Audit, language: str = "en") -> pd.DataFrame:
    """One row a number of a smallest repair, with REPAIR_COLUMNS, as text.

    `values` are all that the number could be in this repair, `in_any_repair` in this or any other of its cluster.
    """
    rows = [
        (number, place, name, _placed(found, name, language), _printed(found, found.statement(name), language),
         _values(found, name, found.values[repair][name], language),
         _values(found, name, found.values_in_any(cluster, name), language))
        for number, cluster in enumerate(found.found, start=1)
        for place, repair in enumerate(cluster.repairs, start=1)
        for name in repair
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=list(REPAIR_COLUMNS))


def _known(number: int | None, language: str) -> int | str:
    return wording.word("undecided", language) if number is None else number


def readings_table(found: Audit, language: str = "en") -> pd.DataFrame:
    """One row a number that can be read in two ways (and one for all totals read as answers), with READING_COLUMNS.

    Another number of rows that print states is one of them: it can be off, or the most frequent one.

    `changes_needed` and `changes_other` are how many statements of the whole study must change, at the least, with the
    first and with the other reading; words where that is not decided.
    """
    rows = [
        ("; ".join(claim.id for claim in reading.claims), "; ".join(claim.published for claim in reading.claims),
         *_ways_to_read(found, reading, language), reading.printed_sum,
         *(_known(number, language) for number in (found.changes, reading.changes)))
        for reading in found.readings
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=list(READING_COLUMNS))


def _ways_to_read(found: Audit, reading: Reading, language: str) -> tuple[str, str]:
    if reading.size is not None:
        unit = reading.claims[0].quantity.unit
        units = found.codebook.unit_name(unit, language)
        return f"{found.size[unit]} {units}", f"{reading.size} {units}"
    ways = ([claim.quantity for claim in reading.claims], [claim.alternative for claim in reading.claims])
    first, other = ("; ".join(wording.counted(found.codebook, q, language) for q in way) for way in ways)
    return first, other


def means_table(found: Audit, language: str = "en") -> pd.DataFrame:
    """Every mean printed as a number: whether a whole sum gives it (the GRIM test), and whether its own distribution
    does.

    One row a mean, with MEAN_COLUMNS. `n` is how many rows it is taken over, empty where that is not known, `sums` the
    whole sums that round to it (halves either way), `own_sum` and `own_mean` what the printed distribution makes.
    Without a complete printed distribution these two and `own_verdict` are `not checkable`, and so is `granularity` of
    a variable that may be blank.

    Source of the granularity test: Brown and Heathers, The GRIM test (2017).
    """
    rows = []
    for statement in found.stated:
        quantity = statement.quantity
        is_mean = isinstance(quantity, Summary) and quantity.statistic == "mean"
        if not is_mean or None in (statement.low, statement.high):
            continue
        own = _own_sum(found, quantity.variable)
        claim = found.claims[statement.ids[0]]
        if found.codebook.variable(quantity.variable).required:
            n = found.size[quantity.unit]
        else:  # it is a mean over the rows that have a value
            n = own[1] if own else None
        if n is None:
            shown, granular = "", "no_distribution"
        else:
            sums = [Fraction(total) for total in range(ceil(statement.low * n), floor(statement.high * n) + 1)]
            shown = wording.several(sums, Fraction(1), str, language) if sums else ""
            granular = "granular" if sums else "granular_not"
        if own is None:
            checked = (text("no_distribution", language),) * 3
        else:
            total, count = own
            agrees = statement.low <= Fraction(total, count) <= statement.high
            mean = wording.number(Fraction(total, count), 2, False, language)
            checked = (f"{total} / {count}", mean, text("consistent" if agrees else "cannot", language))
        rows.append((claim.id, claim.published, "" if n is None else n, shown, text(granular, language), *checked))
    return pd.DataFrame(rows, columns=list(MEAN_COLUMNS))


def _own_sum(found: Audit, variable: str) -> tuple[int, int] | None:
    """Sum and number of the values of a count variable by its printed distribution, None where none is complete."""
    if not any(statement.name == f"implied.{variable}" for statement in found.stated):
        return None
    counts = {
        statement.quantity.condition.number: int(statement.low)
        for statement in found.stated
        if isinstance(statement.quantity, Count)
        and statement.low == statement.high
        and getattr(statement.quantity.condition, "variable", "") == variable
        and getattr(statement.quantity.condition, "relation", "") == "=="
    }
    return (sum(value * count for value, count in counts.items()), sum(counts.values())) if counts else None


class _Probe(Part):
    """A part of the study with what changes in it when a rule is left out or a unit has one row more or fewer."""

    def __init__(self, found: Audit, part: Sequence[Statement]):
        super().__init__(found.codebook, found.size, part, found.deadline)
        self.all_decided = True
        self.without: dict[str, Part] = {}
        for rule in self.rules:
            self.without[rule] = Part(found.codebook.without(rule), found.size, part, found.deadline)
        units = dict.fromkeys(unit for statement in part for unit in units_of(statement.quantity))
        self.resized = {
            (unit, size): Part(found.codebook, {**found.size, unit: size}, part, found.deadline)
            for unit in units
            for size in sorted({found.size[unit] - 1, found.size[unit] + 1, *_printed_sizes(found, unit)})
            if size > 0
        }

    def may_hold(self, part: Part, names: Iterable[str], changed: Iterable[Statement] = ()) -> bool | None:
        """Whether the statements can hold in this part or another; None where that is not decided."""
        try:
            return part.can_hold(names, changed)
        except NotDecided:
            self.all_decided = False
            return None

    def __exit__(self, *_) -> None:
        for part in (*self.without.values(), *self.resized.values()):
            part.__exit__()
        super().__exit__()


def _printed_sizes(found: Audit, unit: str) -> list[int]:
    """Other numbers of rows that print states."""
    return [one.size for one in found.readings if one.size is not None and one.claims[0].quantity.unit == unit]


def _unit(found: Audit, conflict: Sequence[str]) -> str:
    return next(unit for name in conflict for unit in units_of(found.statement(name).quantity))


def _printed(found: Audit, statement: Statement, language: str) -> str:
    """What is printed: the number of a table, and behind it what the text says in words."""
    said = dict.fromkeys(found.claims[name].published.rstrip("*") for name in _tables_first(found, statement))
    if not said:
        return wording.word("not listed", language)
    first, *others = said
    words = wording.listed([wording.quoted(other, language) for other in others], language) if others else ""
    return wording.word("in words", language, number=first, words=words) if others else first


def _tables_first(found: Audit, statement: Statement) -> list[str]:
    return sorted(statement.ids, key=lambda one: not found.claims[one].block)


def _named(found: Audit, name: str, language: str) -> str:
    return wording.named(found.codebook, found.statement(name), found.claims, language)


def _placed(found: Audit, name: str, language: str) -> str:
    """Where a statement is printed, in the tables if it is there too, and what it counts."""
    ids = _tables_first(found, found.statement(name))
    return wording.place(found.codebook, found.claims[ids[0]], language) if ids else _named(found, name, language)


def _quoted(found: Audit, name: str, language: str) -> str:
    return wording.quoted(_named(found, name, language), language)


def _letters(conflict: Sequence[str]) -> dict[str, str]:
    return dict(zip(conflict, wording.letters(len(conflict)), strict=True))


def _sentence(found: Audit, conflict: Sequence[str], language: str) -> str:
    unit = _unit(found, conflict)
    numbers = [
        f"({letter}) {wording.quoted(_placed(found, name, language), language)}: "
        f"{_printed(found, found.statement(name), language)}"
        for name, letter in _letters(conflict).items()
    ]
    key = "statement" if len(numbers) > 1 else "statement_one"
    units = found.codebook.unit_name(unit, language)
    return text(key, language, numbers=wording.listed(numbers, language), size=found.size[unit], units=units)


# certificates
def _certificate(
    found: Audit, conflict: Sequence[str], proof: Certificate | Granularity | Remainder | None, language: str
) -> tuple[str, str]:
    unit = _unit(found, conflict)
    facts = {"units": found.codebook.unit_name(unit, language), "size": found.size[unit]}
    if proof is None:
        return text("search", language), text("search_words", language, **facts)
    if isinstance(proof, Granularity):
        return _granularity(found, proof, _letters(conflict), language)
    if isinstance(proof, Remainder):
        return _remainder(found, proof, _letters(conflict), facts, language)
    letters = _letters(conflict)
    left = [(n, term.low, _term(found, term, letters, language)) for n, term in proof.terms if n > 0]
    right = [(-n, term.high, _term(found, term, letters, language)) for n, term in proof.terms if n < 0]
    for name, most in proof.most.items():
        units = found.codebook.unit_name(name, language)
        each = text("for_each", language, number=abs(most), size=proof.size[name], units=units)
        if most:
            (right if most > 0 else left).append((abs(most), proof.size[name], each))
    more, less = (sum(number * count for number, count, _ in side) for side in (left, right))
    line = f"{_arithmetic(left, ' = ' + str(more), '')} > {_arithmetic(right, '', str(less) + ' = ')}"
    sides = {"left": _side(left), "right": _side(right) or "0"}
    number = max(proof.rows.values())
    rows = text("row" if number == 1 else "rows", language, rows=number)
    words = [text("inequality", language, **facts, **sides, more=more, less=less, rows=rows)]
    words += [
        _whole_sums(found, term, letters, language)
        for _, term in proof.terms
        if term.of is not None and None not in (term.low, term.high)
    ]
    return line, " ".join(words)


def _whole_sums(found: Audit, term: Sum, letters: Mapping[str, str], language: str) -> str:
    """Which sums a printed mean or share allows, each divided, with one decimal more than print has."""
    statement = found.statement(term.name)
    claim = found.claims[statement.ids[0]]
    least, most = (
        wording.as_printed(Fraction(total, term.of), claim, language, more=1) for total in (term.low, term.high)
    )
    return text(
        "whole_sums", language, letter=letters[term.name], printed=_printed(found, statement, language), of=term.of,
        given=_given(term, letters, language), low=term.low, high=term.high, least=least, most=most,
    )  # fmt: skip


def _arithmetic(side: Sequence[tuple[int, int, str]], after: str, before: str) -> str:
    """The sum of a side with its total after or before it, unless it is one number and so its own total."""
    shown = " + ".join(str(count) if number == 1 else f"{number} × {count}" for number, count, _ in side) or "0"
    return shown if shown.isdigit() else f"{before}{shown}{after}"


def _side(side: Sequence[tuple[int, int, str]]) -> str:
    return " + ".join(
        words if number == 1 or words[:1].isdigit() else f"{number} × {words}" for number, _, words in side
    )


def _term(found: Audit, term: Sum, letters: Mapping[str, str], language: str) -> str:
    """What a term counts: the statement by its letter, or the sums that a mean or share was turned into."""
    if term.parts == ((1, found.statement(term.name).quantity),):
        return letters[term.name]
    shown = " + ".join(
        (f"{number} × " if number != 1 else "")
        + wording.quoted(wording.counted(found.codebook, quantity, language), language)
        for number, quantity in term.parts
    )
    shown = shown if len(term.parts) == 1 else f"({shown})"
    return f"{shown} ({letters[term.name]}{_given(term, letters, language)})"


def _given(term: Sum, letters: Mapping[str, str], language: str) -> str:
    return _by([letters[name] for name in term.given], language)


def _by(names: Sequence[str], language: str) -> str:
    """By which statements, named by their letters, something is so; nothing if there are none."""
    return text("given", language, letters=wording.listed(names, language)) if names else ""


def _granularity(found: Audit, proof: Granularity, letters: Mapping[str, str], language: str) -> tuple[str, str]:
    term, statement = proof.term, found.statement(proof.term.name)
    low, high = (_number(found, statement, Fraction(*pair), language) for pair in proof.nearest)
    first, second = (f"{above}/{below}" for above, below in proof.nearest)
    facts = {"first": first, "second": second, "low": low, "high": high}
    key = "divided_by" if term.over is None else "divided"
    number = text(key, language, of=term.of, over=term.over, given=_given(term, letters, language))
    printed = _printed(found, statement, language)
    words = text("granularity", language, letter=letters[term.name], number=number, printed=printed, **facts)
    return text("granularity_line", language, **facts), words


def _remainder(
    found: Audit, proof: Remainder, letters: Mapping[str, str], facts: Mapping[str, object], language: str
) -> tuple[str, str]:
    unit = next(iter(proof.each))
    made = wording.several([Fraction(v) for v in range(proof.low, proof.high + 1)], Fraction(1), str, language)
    terms, sums = "", ""
    for number, term in sorted(proof.terms, key=lambda pair: pair[0] < 0):
        sign = "" if not terms else " + "
        sign = (" − " if terms else "−") if number < 0 else sign
        count = str(term.low) if term.low == term.high else f"({term.low}…{term.high})"
        times = f"{abs(number)} × " if abs(number) != 1 else ""
        terms += f"{sign}{times}{_term(found, term, letters, language)}"
        sums += f"{sign}{times}{count}"
    facts = {**facts, "made": made, "divisor": proof.divisor, "left": proof.remainder, "each": proof.each[unit]}
    facts["given"] = _by([letters[name] for name in proof.nobody], language)
    return text("remainder_line", language, sum=sums, **facts), text("remainder", language, terms=terms, **facts)


# repairs
def _repair(found: Audit, repair: Sequence[str], language: str) -> str:
    moves = [
        f"{name}: {_printed(found, found.statement(name), language)} → "
        f"{_values(found, name, found.values[repair][name], language)}"
        for name in repair
    ]
    return f" {wording.word('and', language)} ".join(moves)


def _values(found: Audit, name: str, values: Sequence[Fraction] | None, language: str) -> str:
    if values is None:
        return wording.word("undecided", language)
    statement = found.statement(name)
    return wording.several(values, unit_of_print(statement), lambda v: _number(found, statement, v, language), language)


def _number(found: Audit, statement: Statement, value: Fraction, language: str) -> str:
    if not statement.ids or statement.low == statement.high:
        return wording.number(value, 0, False, language)
    return wording.as_printed(value, found.claims[statement.ids[0]], language)


# definitions and explanations
def _definitions(found: Audit, probe: _Probe, conflict: Sequence[str]) -> list[str]:
    """Rules without which the conflict would vanish, then derived variables that its numbers count."""
    rules = [rule for rule, part in probe.without.items() if probe.may_hold(part, conflict)]
    named = (name for statement in conflict for name in _derived(found.statement(statement).quantity))
    return [*rules, *dict.fromkeys(named)]


def _derived(node: Quantity | Condition) -> Iterator[str]:
    match node:
        case Derived(name=name, condition=part):
            yield name
            yield from _derived(part)
        case Count(condition=part) | Each(condition=part) | Not(part=part):
            yield from _derived(part)
        case AtLeast(parts=parts) | Answers(conditions=parts):
            for part in parts:
                yield from _derived(part)


def _explanations(
    found: Audit,
    probe: _Probe,
    conflict: Sequence[str],
    used: Sequence[str],
    proof: Certificate | Granularity | Remainder | None,
    language: str,
) -> tuple[bool, list[str]]:
    """Whether a stated reading reconciles the conflict, and the innocent explanations that apply, in fixed order.

    `used` are its definitions.
    """
    book = found.codebook
    unit = _unit(found, conflict)
    units = book.unit_name(unit, language)
    here = [found.claims[name] for statement in conflict for name in found.statement(statement).ids]
    said, reconciles = [], False
    for reading in found.readings:
        claim = reading.claims[0]
        if reading.size is not None:
            part = probe.resized.get((claim.quantity.unit, reading.size))
            if part is None or not probe.may_hold(part, conflict):
                continue
        elif len(reading.claims) > 1 or claim not in here:
            continue
        if None in (reading.changes, found.changes):
            probe.all_decided = False
            continue
        fits = reading.changes < found.changes
        reconciles |= fits
        said.append(
            text(
                "unit" if reading.size is None else "size", language, what=_quoted(found, claim.id, language),
                reading=_reading(found, reading, language),
                fits=text("fits" if fits else "fits_not", language, other=reading.changes, first=found.changes),
            )
        )  # fmt: skip
    blocks = [claim.block for claim in here if claim.block]
    multiple = [
        block
        for block in dict.fromkeys(blocks)
        if blocks.count(block) > 1 and sum(member.type == "tick" for member in book.members(block)) > 1
    ]
    if multiple:
        names = wording.listed(
            [wording.quoted(book.frame("block", block).label[language], language) for block in multiple], language
        )
        said.append(text("several", language, units=units, blocks=names))
    fitting = [
        size
        for (name, size), part in probe.resized.items()
        if name == unit and not _still(found, proof, {**found.size, name: size}) and probe.may_hold(part, conflict)
    ]
    if fitting:
        choice = f" {wording.word('or', language)} ".join(map(str, fitting))
        said.append(text("denominator", language, sizes=choice, units=units))
    said += [
        text("base", language, what=_quoted(found, name, language))
        for name in conflict
        if getattr(found.statement(name).quantity, "operator", "") == "/"
    ]
    if isinstance(proof, Granularity | Remainder):
        # An inequality of counts holds of weighted rows too; that a number must be a whole one does not.
        said.append(text("weights", language))
    resting = [one.name.partition(".") for one in found.assumptions if conflict in one.conflicts]
    said += [
        text("our_reading", language, what=wording.assumed(found.codebook, name, language))
        for name, _, _ in resting
        if name != DOCUMENTED
    ]
    if missing := [
        wording.gaps(found.codebook, what, language) for name, _, what in resting if name == DOCUMENTED and what
    ]:
        said.append(text("missing", language, what=_either(missing, language)))
    columns = {
        claim.column: book.frame("column", claim.column).label[language]
        for claim in here
        if claim.block and len({member.column for member in book.members(claim.block) if member.column}) > 1
    }
    if columns:
        shown = [wording.quoted(label, language) for label in columns.values()]
        said.append(text("time", language, columns=wording.listed(shown, language)))
    said += _rounding(found, probe, conflict, language)
    moves = [
        text("move", language, value=_number(found, statement, value, language), name=letter)
        for name, letter in _letters(conflict).items()
        if (statement := found.statement(name)).ids and None not in (statement.low, statement.high)
        for value in _one_step(statement)
        if probe.may_hold(probe, [other for other in conflict if other != name], [set_to(statement, value)])
    ]
    if moves:
        said.append(text("slip", language, moves=f" {wording.word('or', language)} ".join(moves)))
    if not probe.all_decided:
        said.append(text("not_tried", language))
    labels = dict.fromkeys(wording.labelled(book, name, language).rstrip(".") for name in used)
    names = wording.listed([wording.quoted(label, language) for label in labels], language) if used else ""
    definitions = text("as_defined", language, names=names) if used else ""
    said.append(text("misreading", language, definitions=definitions))
    return reconciles, said


def _still(found: Audit, proof: Certificate | Granularity | Remainder | None, size: Mapping[str, int]) -> bool:
    """Whether the inequality is seen at once to prove the conflict for other numbers of rows too."""
    counts = isinstance(proof, Certificate) and all(
        term.parts == ((1, found.statement(term.name).quantity),) for _, term in proof.terms
    )
    return counts and proof.proves(size)


def _reading(found: Audit, reading: Reading, language: str) -> str:
    claim = reading.claims[0]
    if reading.size is not None:
        return _ways_to_read(found, reading, language)[1]
    if reading.printed_sum:
        return text("answers", language, sum=reading.printed_sum)
    return wording.quoted(wording.counted(found.codebook, claim.alternative, language), language)


def _one_step(statement: Statement) -> list[Fraction]:
    middle, unit = (statement.low + statement.high) / 2, unit_of_print(statement)
    return [value for value in (middle - unit, middle + unit) if value >= 0]


def _rounding(found: Audit, probe: _Probe, conflict: Sequence[str], language: str) -> Iterator[str]:
    for name in conflict:
        statement = found.statement(name)
        if None in (statement.low, statement.high) or statement.low == statement.high:
            continue
        unit = unit_of_print(statement)
        shown = (statement.low + statement.high) / 2
        # What is cut off lies just below the next printed value; no share of whole numbers this small lies nearer.
        cut = replace(statement, low=shown, high=shown + unit - unit / 10**9)
        rest = [other for other in conflict if other != name]
        if (agrees := probe.may_hold(probe, rest, [cut])) is None:
            continue
        what = f"{_quoted(found, name, language)} {_printed(found, statement, language)}"
        yield text("rounding" if agrees else "rounding_not", language, what=what)
