"""What the checks of print found, as tables: files behind counts, contradictions, ways out, explanations."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping, Sequence

import pandas as pd

from analysis import claims as printed
from analysis import rendering, wording
from analysis.bounds import Bounds, Interval
from analysis.claims import Claim, as_text
from analysis.codebook import YES, Codebook
from analysis.rendering import StudyTable


def verdicts(results: pd.DataFrame, codebook: Codebook, language: str) -> StudyTable:
    """How many printed numbers have each verdict; `results` is what `claims.compare` gives."""
    counts = results["verdict"].value_counts()
    codes = codebook.frame("scale", "verdict").codes
    rows = [(code.label[language], code.note[language], str(counts.get(code.code, 0))) for code in codes]
    return _table(codebook, language, "verdicts", ("verdict", "meaning", "numbers"), rows)


def files_behind(
    claims: Sequence[Claim], units: Mapping[str, pd.DataFrame], codebook: Codebook, language: str
) -> StudyTable:
    """Each printed count of the tables with the rows that it counts."""
    behind = printed.behind(claims, units).groupby("id")["row"]
    rows = [
        (wording.place(codebook, claim, language), claim.published, ", ".join(behind.get_group(claim.id)))
        for claim in claims
        if claim.block and claim.where.startswith("Table") and claim.id in behind.groups
    ]
    return _table(codebook, language, "behind", ("count", "published", "rows"), rows)


def counts_entered(
    row: str, claims: Sequence[Claim], units: Mapping[str, pd.DataFrame], codebook: Codebook, language: str
) -> StudyTable:
    """The printed counts of the tables that one row, named by its id, enters."""
    behind = printed.behind(claims, units)
    mine = set(behind.loc[behind["row"] == row, "id"])
    rows = [
        (wording.place(codebook, claim, language), claim.published)
        for claim in claims
        if claim.id in mine and claim.block and claim.where.startswith("Table")
    ]
    return _table(codebook, language, "entered", ("count", "published"), rows, row=row)


def contradictions(conflicts: pd.DataFrame, codebook: Codebook, language: str) -> StudyTable:
    """The conflicts that show how many numbers must change at the least; `conflicts` is conflicts.csv."""
    rows = conflicts.loc[conflicts["leading"] == YES, ["statement", "certificate", "in_words"]].itertuples(index=False)
    heads = ("statement", "certificate", "in_words")
    return _table(codebook, language, "conflicts", heads, rows, conflicts=len(conflicts))


def ways_out(repairs: pd.DataFrame, codebook: Codebook, language: str) -> StudyTable:
    """The numbers of which some must change: what each could be, and in how many of the smallest repairs it changes.

    `repairs` is repairs.csv.
    """
    rows = []
    for _, cluster in repairs.groupby("cluster", sort=False):
        of = cluster["repair"].nunique()
        facts = {"of": str(of), "size": str(len(cluster) // of)}
        for (what, published), ways in cluster.groupby(["what", "printed"], sort=False):
            share = codebook.phrase("ways_of", language, times=str(ways["repair"].nunique()), **facts)
            rows.append((what, published, ways["values"].iloc[0], share))
    return _table(codebook, language, "repairs", ("number", "published", "could_be", "ways"), rows)


def explanations(conflicts: pd.DataFrame, codebook: Codebook, language: str) -> StudyTable:
    """What may innocently explain the smallest conflict of each cluster, and what is then to be said of it."""
    rows = conflicts.drop_duplicates("cluster")[["statement", "explanations", "verdict"]].itertuples(index=False)
    return _table(codebook, language, "explanations", ("statement", "explanations", "verdict"), rows)


def forced(facts: pd.DataFrame, claims: Sequence[Claim], codebook: Codebook, language: str) -> StudyTable:
    """What print forces without stating it, with the printed numbers that force it; `facts` is forced.csv."""
    places = {claim.id: wording.place(codebook, claim, language) for claim in claims if claim.quantity is not None}
    rows = []
    for fact in facts.to_dict("records"):
        by = "; ".join(places.get(name, name) for name in fact["forced_by"].split())
        reading = codebook.phrase(f"reading_{fact['reading'].replace(' ', '_')}", language)
        rows.append((fact[f"statement_{language}"], by, reading))
    return _table(codebook, language, "forced", ("fact", "forced_by", "reading"), rows)


def left_open(answer: Bounds, claims: Sequence[Claim], codebook: Codebook, language: str) -> str:
    """What print leaves open of one quantity, in lines of text, with the printed numbers that force each end."""
    phrase = functools.partial(codebook.phrase, language=language)
    places = {claim.id: wording.place(codebook, claim, language) for claim in claims if claim.quantity is not None}
    lines = [answer.expression]
    for name, interval in (("all_repairs", answer.all_repairs), ("numbers_in_no_conflict", answer.cautious)):
        lines.append(f"  {_range(interval, phrase)}, {phrase(f'reading_{name}')}")
    for end, ids in zip(("low", "high"), answer.forced_by, strict=True):
        value = getattr(answer.all_repairs, end)
        if value is not None and ids:
            lines.append(f"  {phrase(f'forced_{end}', value=as_text(value))}")
            lines += [f"    {places.get(name, name)}" for name in ids]
    ranges = dict.fromkeys(_range(interval, phrase) for interval in answer.per_repair.values())
    for told in ranges if len(answer.per_repair) > 1 else ():
        lines.append(f"  {phrase('if_changed', range=told)}")
        for repair, interval in answer.per_repair.items():
            if _range(interval, phrase) == told:
                lines.append("    " + "; ".join(places.get(name, name) for name in repair))
    if answer.uncounted:
        labels = ", ".join(codebook.variable(name).label[language] for name in answer.uncounted)
        lines.append(f"  {phrase('uncounted', variables=labels)}")
    return "\n".join(lines)


def _range(interval: Interval, phrase: Callable[..., str]) -> str:
    if not interval.decided:
        return phrase("not_decided")
    if interval.forced:
        return phrase("forced_to", value=as_text(interval.low))
    return phrase("left_between", low=as_text(interval.low), high=as_text(interval.high))


def _table(
    codebook: Codebook, language: str, name: str, heads: Sequence[str], rows: Iterable[Sequence[str]], **facts: object
) -> StudyTable:
    title = codebook.phrase(f"findings_{name}", language, **{key: str(fact) for key, fact in facts.items()})
    named = [codebook.phrase(f"heading_{head}", language) for head in heads]
    return rendering.listing(f"findings-{name}", title, named, rows, language)
