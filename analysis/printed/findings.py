"""What the checks of print found, as tables: files behind counts, contradictions, ways out, explanations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import pandas as pd

from analysis.counts import agreement
from analysis.display import rendering
from analysis.display.rendering import Cell, Row, StudyTable
from analysis.printed import wording
from analysis.printed.forced import UNDECIDED
from analysis.study.claims import Claim
from analysis.study.codebook import YES, Codebook
from analysis.study.expressions import parse_quantity, variables


def verdicts(results: pd.DataFrame, codebook: Codebook, language: str) -> StudyTable:
    """How many printed numbers have each verdict; `results` is what `claims.compare` gives."""
    counts = results["verdict"].value_counts()
    codes = codebook.frame("scale", "verdict").codes
    rows = [(code.label[language], code.note[language], str(counts.get(code.code, 0))) for code in codes]
    return _table(codebook, language, "verdicts", ("verdict", "meaning", "numbers"), rows)


def files_behind(
    claims: Sequence[Claim], units: Mapping[str, pd.DataFrame], codebook: Codebook, language: str
) -> StudyTable:
    """Each printed count with the rows that it counts."""
    behind = agreement.behind(claims, units).groupby("id")["row"]
    rows = [
        (wording.place(codebook, claim, language), claim.published, ", ".join(behind.get_group(claim.id)))
        for claim in claims
        if claim.id in behind.groups
    ]
    return _table(codebook, language, "behind", ("count", "published", "rows"), rows)


def counts_entered(
    row: str, claims: Sequence[Claim], units: Mapping[str, pd.DataFrame], codebook: Codebook, language: str
) -> StudyTable:
    """The printed counts that one row, named by its id, enters."""
    behind = agreement.behind(claims, units)
    mine = set(behind.loc[behind["row"] == row, "id"])
    rows = [(wording.place(codebook, claim, language), claim.published) for claim in claims if claim.id in mine]
    return _table(codebook, language, "entered", ("count", "published"), rows, row=row)


def contradictions(conflicts: pd.DataFrame, claims: Sequence[Claim], codebook: Codebook, language: str) -> StudyTable:
    """The conflicts that show how many numbers must change at the least; `conflicts` is conflicts.csv.

    Each is a block under its proof: the printed numbers that take part, each with a letter, and what the proof says of
    them in words. Where it was not decided whether numbers can hold together, a block says so.
    """
    known = {claim.id: claim for claim in claims}
    undecided = wording.word("undecided", language)
    rows = []
    for one in conflicts[conflicts["leading"] == YES].itertuples():
        rows.append(Row(one.certificate, kind="block"))
        if one.verdict == undecided:
            rows.append(Row(one.statement, (Cell(""),)))
            continue
        named, shown = one.claims.split("; "), one.printed.split("; ")
        for letter, ids, number in zip(wording.letters(len(named)), named, shown, strict=True):
            same = [known[name] for name in ids.split(" = ") if name in known]
            where = min(same, key=lambda claim: not claim.block, default=None)
            said = wording.place(codebook, where, language) if where else wording.implied(codebook, ids, language)
            rows.append(Row(f"{letter}: {said}", (Cell(number),)))
        if one.in_words:
            rows.append(Row(one.in_words, (Cell(""),), "closing"))
        if one.rests_on:
            rows.append(Row(one.rests_on, (Cell(""),), "closing"))
    decided = conflicts["verdict"] != undecided
    table = _table(codebook, language, "conflicts", ("certificate", "published"), (), conflicts=decided.sum())
    return replace(table, rows=tuple(rows))


def ways_out(repairs: pd.DataFrame, codebook: Codebook, language: str) -> StudyTable:
    """The numbers of which some must change: what each could be in any repair, and in how many repairs it changes.

    `repairs` is repairs.csv.
    """
    rows = []
    for _, cluster in repairs.groupby("cluster", sort=False):
        of = cluster["repair"].nunique()
        size = len(cluster) // of
        for (what, published), ways in cluster.groupby(["what", "printed"], sort=False):
            facts = {"times": str(ways["repair"].nunique()), "of": str(of), "size": str(size)}
            share = codebook.phrase("ways_of" if size > 1 else "ways_of_one", language, **facts)
            rows.append((what, published, ways["in_any_repair"].iloc[0], share))
    return _table(codebook, language, "repairs", ("number", "published", "could_be", "ways"), rows)


def readings(found: pd.DataFrame, claims: Sequence[Claim], codebook: Codebook, language: str) -> StudyTable:
    """Each number that can be read in two ways, and how many numbers must change, at the least, with either reading.

    `found` is readings.csv.
    """
    known = {claim.id: claim for claim in claims}
    rows = [
        (
            "; ".join(wording.place(codebook, known[name], language) for name in one.claims.split("; ")),
            one.printed,
            one.adds_up_to or one.other_reading,
            str(one.changes_needed),
            str(one.changes_other),
        )
        for one in found.itertuples()
    ]
    heads = ("number", "published", "other_reading", "changes_needed", "changes_other")
    return _table(codebook, language, "readings", heads, rows)


def assumptions(found: pd.DataFrame, codebook: Codebook, language: str) -> StudyTable:
    """What contradictions rest on beside print, and what is left of them without it; `found` is assumptions.csv."""
    rows = [
        (
            one.what,
            one.reason,
            codebook.phrase("of_number", language, some=one.rest_on_it, number=one.conflicts),
            codebook.phrase(
                "left_without", language, left=one.without, number=one.conflicts, changes=one.changes_without,
                before=one.changes,
            ),
        )
        for one in found.itertuples()
    ]  # fmt: skip
    return _table(codebook, language, "assumptions", ("assumption", "because", "rest_on_it", "without"), rows)


def unchecked(found: pd.DataFrame, claims: Sequence[Claim], codebook: Codebook, language: str) -> StudyTable:
    """The printed numbers that were not checked for contradictions, with the reason; `found` is unchecked.csv."""
    known = {claim.id: claim for claim in claims}
    rows = [
        (
            known[one.claim].where
            if known[one.claim].quantity is None
            else wording.place(codebook, known[one.claim], language),
            known[one.claim].published,
            one.facts,
        )
        for one in found.itertuples()
    ]
    return _table(codebook, language, "unchecked", ("number", "published", "reason"), rows)


def means(found: pd.DataFrame, claims: Sequence[Claim], codebook: Codebook, language: str) -> StudyTable:
    """Each printed mean: whether whole sums give it (the granularity test), and what its own distribution makes.

    `found` is means.csv.
    """
    known = {claim.id: claim for claim in claims}
    rows = [
        (wording.place(codebook, known[one.claim], language), one.printed, one.sums, one.granularity, one.own_sum,
         one.own_mean, one.own_verdict)
        for one in found.itertuples()
    ]  # fmt: skip
    heads = ("number", "published", "sums", "granularity", "own_sum", "own_mean", "verdict")
    return _table(codebook, language, "means", heads, rows)


def tested(
    frames: Mapping[str, pd.DataFrame], claims: Sequence[Claim], codebook: Codebook, language: str
) -> tuple[StudyTable, StudyTable]:
    """What was tried on the whole study: other readings of numbers, and printed means (see `readings`, `means`)."""
    facts = claims, codebook, language
    return readings(frames["readings"], *facts), means(frames["means"], *facts)


def explanations(conflicts: pd.DataFrame, codebook: Codebook, language: str) -> StudyTable:
    """What may innocently explain the smallest conflict of each cluster, and what is then to be said of it."""
    rows = conflicts.drop_duplicates("cluster")[["statement", "explanations", "verdict"]].itertuples(index=False)
    return _table(codebook, language, "explanations", ("statement", "explanations", "verdict"), rows)


def forced(facts: pd.DataFrame, claims: Sequence[Claim], codebook: Codebook, language: str) -> StudyTable:
    """What print forces without stating it, with the printed numbers that force it; `facts` is forced.csv.

    Facts about the same sheet stand together; those that the same numbers force share a row.
    """
    known = {claim.id: claim for claim in claims}
    shown: list[Row] = []
    decided = facts[facts["reading"] != UNDECIDED]
    sheets = decided["fact"].map(lambda fact: codebook.variable(variables(parse_quantity(fact, codebook))[0]).sheet)
    for sheet, group in decided.groupby(sheets, sort=False):
        shown.append(Row(codebook.frame("sheet", sheet).label[language], kind="block"))
        for (by, reading), here in group.groupby(["forced_by", "reading"], sort=False):
            holds = codebook.phrase(f"reading_{reading.replace(' ', '_')}", language)
            reason = _reason([known.get(name, name) for name in by.split()], codebook, language)
            shown.append(Row(" ".join(here[f"statement_{language}"]), (Cell(reason), Cell(holds))))
    undecided = wording.word("undecided", language)
    for said in facts.loc[facts["reading"] == UNDECIDED, f"statement_{language}"]:
        shown.append(Row(said, (Cell(""), Cell(undecided))))
    table = _table(codebook, language, "forced", ("fact", "forced_by", "reading"), ())
    return replace(table, rows=tuple(shown))


def _reason(named: Iterable[Claim | str], codebook: Codebook, language: str) -> str:
    """Printed numbers in short: each table once with its rows, each place in the text once."""
    rows: dict[str, list[str]] = {}
    for one in named:
        is_printed = isinstance(one, Claim)
        where, row = (
            wording.brief(codebook, one, language) if is_printed else (wording.implied(codebook, one, language), "")
        )
        rows.setdefault(where, [])
        if row and row not in rows[where]:
            rows[where].append(row)
    return ". ".join(f"{where}: {'; '.join(here)}" if here else where for where, here in rows.items())


def _table(
    codebook: Codebook, language: str, name: str, heads: Sequence[str], rows: Iterable[Sequence[str]], **facts: object
) -> StudyTable:
    title = codebook.phrase(f"findings_{name}", language, **{key: str(fact) for key, fact in facts.items()})
    named = [codebook.phrase(f"heading_{head}", language) for head in heads]
    return rendering.listing(f"findings-{name}", title, named, rows, language)
