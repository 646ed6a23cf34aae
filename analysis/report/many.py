"""One of many, for readers: how many data sets print allows, what moves over them, what print gives away.

`one_of_many.csv` holds it: facts of print are proved, results are how far they move over a sample.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

import pandas as pd

from analysis.collaboration import degree, kind
from analysis.collaboration.scales import AXES
from analysis.counts.tables import rounded
from analysis.display import rendering
from analysis.display.rendering import Cell, Head, Row, StudyTable
from analysis.printed import wording
from analysis.printed.ensemble import Universe, universe
from analysis.printed.model import NotDecided
from analysis.printed.reconstruction import STATUS
from analysis.printed.sample import Sample, Units, spread
from analysis.study.claims import Claim
from analysis.study.codebook import NO, YES, Codebook
from analysis.study.expressions import Count, evaluate, parse_condition
from analysis.study.studies import Study

FILE = "one_of_many.csv"
"""Name of the results, below data/derived/STUDY."""

COLUMNS = ("about", "what", "here", "low", "median", "high", "values")
"""Columns of one_of_many.csv."""

PRINT, SAMPLE = "print", "sample"
"""What a row is about: a fact that print forces, or the sample as a whole."""

RESULTS = CLAIM, INDICATOR, CRITERION, PLACE, WEIGHTINGS = "claim", "indicator", "criterion", "place", "weightings"
"""What else it can be about: a result that may move."""

_DECIMALS = 4


@dataclass(frozen=True)
class Many:
    """All data sets that the printed figures of a study allow, and some of them, drawn by the seed of the study."""

    universe: Universe
    sample: Sample

    def broken(self) -> list[str]:
        """The printed numbers that are kept and yet do not hold in every data set drawn: none, if all is right."""
        return [
            statement.name
            for statement in self.universe.stated
            for number in self.sample.over(statement.quantity)
            if (statement.low is not None and number < statement.low)
            or (statement.high is not None and number > statement.high)
        ]


def drawn(study: Study, number: int) -> Many | None:
    """So many data sets of a reconstructed study; None where nothing was reconstructed, or where it is too large."""
    if study.status != STATUS or not study.claims:
        return None
    try:
        found = universe(study.codebook, study.claims)
        return Many(found, Sample(found.draw(number, study.settings["reconstruction"]["seed"])))
    except NotDecided:
        return None


def results(many: Many | None, units: Units, codebook: Codebook, language: str) -> pd.DataFrame:
    """All that is to be said, with COLUMNS as text; empty where nothing was drawn.

    Rows about `print` and `sample` have a number in `low` and `high`, the same in both where it is exact (`even`: yes
    or no). All others are results: `here` in the units, and the smallest, the median and the largest in the sample,
    with how many different `values` there are. `claim` rows are what print puts in words such as "most" and what moves
    in the sample, all other printed numbers being the same in every data set; `indicator` rows are shares, `criterion`
    rows counts of rows, `place` rows lie between 0 and 1 of an axis, `weightings` is the share in which the place is
    nearer to the low end.
    """
    if many is None:
        return pd.DataFrame(columns=list(COLUMNS))
    facts = many.universe.privacy(many.sample.members)
    rows = [(PRINT, fact, "", low, "", high, "") for fact, low, high in facts.itertuples(index=False)]
    even = YES if many.universe.is_even else NO
    rows.append((SAMPLE, "even", "", even, "", even, ""))
    rows += [(SAMPLE, name, "", str(n), "", str(n), "") for name, n in many.sample.pairs().items()]
    moving = _worded(many, units) | _moving(many.sample, units, codebook, language)
    moved = spread({name: over for name, (_, over) in moving.items()})
    for row in moved.itertuples(index=False):
        about, name = row.what
        ends = (_text(number) for number in (moving[row.what][0], row.low, row.median, row.high))
        rows.append((about, name, *ends, str(row.values)))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _worded(many: Many, units: Units) -> dict:
    """The printed statements that leave a number some room, and whose number moves; as in `_moving`."""
    found = {}
    for statement in many.universe.stated:
        if statement.ids and (statement.low is None or statement.low != statement.high):
            over = many.sample.over(statement.quantity)
            if len(set(over)) > 1:
                found[CLAIM, statement.name] = evaluate(statement.quantity, units), over
    return found


def _moving(drawn: Sample, units: Units, codebook: Codebook, language: str) -> dict:
    """(about, name) -> the result in the units, and in each data set; of indicators the low end, what is documented."""
    here = [one for one in degree.indicators(units, codebook, language) if one.coded]
    runs = degree.over(drawn, here, codebook)
    found: dict[tuple[str, str], tuple[Fraction, list[Fraction]]] = {
        (INDICATOR, one.name): (one.low, [run[place].low for run in runs]) for place, one in enumerate(here)
    }
    for one in kind.criteria(units, codebook, language):
        if one.low is not None:
            (row,) = (row for row in codebook.frames[kind.TYPE].values() if row.block == one.kind)
            count = Count(one.unit, parse_condition(row.definition, codebook))
            found[CRITERION, one.kind] = (Fraction(one.low), drawn.over(count, "surely"))
    if all(degree.on_axis(here, axis) for axis in AXES):
        for axis in AXES:
            found[PLACE, axis] = (degree.on_axis(here, axis)[0], [degree.on_axis(run, axis)[0] for run in runs])
        nearer = [degree.share_nearer_low(run)[1] for run in runs]
        found[WEIGHTINGS, "nearer_low"] = (degree.share_nearer_low(here)[1], nearer)
    return found


def _text(number: Fraction) -> str:
    return str(number) if number.denominator == 1 else str(round(float(number), _DECIMALS))


def in_words(rows: pd.DataFrame, study: Study, language: str) -> str:
    """How many data sets there are, in sentences, and what is known of the sample; `rows` as from `results`."""
    codebook = study.codebook
    if not len(rows):
        printed = study.status == STATUS and study.claims
        return codebook.phrase("many_too_large" if printed else "many_none", language)
    facts = rows[rows["about"].isin((PRINT, SAMPLE))].set_index("what")
    low, high = (int(facts.loc["data_sets", end]) for end in ("low", "high"))
    number = {"low": _large(low, language), "high": _large(high, language), "digits": str(len(str(low))), "file": FILE}
    name = "many_exact" if low == high else "many_bounds"
    how = codebook.phrase("many_even" if facts.loc["even", "low"] == YES else "many_uneven", language)
    numbers = {name: str(facts.loc[name, "low"]) for name in ("pairs", "moving", "widest", "members")}
    pairs = codebook.phrase("many_pairs", language, **numbers)
    return " ".join([codebook.phrase(name, language, **number), how, pairs])


def _large(number: int, language: str) -> str:
    """A number in full, or as a power of ten if it has more digits than a reader counts."""
    if number < 10**6:
        return rendering.number(number, language)
    head, power = f"{Decimal(number):.2E}".split("E+")
    return f"{rendering.number(Decimal(head), language)} × 10{''.join('⁰¹²³⁴⁵⁶⁷⁸⁹'[int(digit)] for digit in power)}"


def facts_table(rows: pd.DataFrame, codebook: Codebook, language: str) -> StudyTable | None:
    """What print gives away of single files, for readers; None where nothing was drawn."""
    facts = rows[rows["about"] == PRINT]
    shown = []
    for fact in facts.itertuples():
        ends = dict.fromkeys(_large(int(end), language) for end in (fact.low, fact.high))
        shown.append((codebook.phrase(f"fact_{fact.what}", language), "–".join(ends)))
    heads = [codebook.phrase(f"heading_{name}", language) for name in ("what", "amount")]
    table = rendering.listing("facts", codebook.phrase("many_facts_title", language), heads, shown, language)
    return replace(table, notes=(codebook.phrase("many_facts_note", language),)) if shown else None


def results_table(rows: pd.DataFrame, claims: Sequence[Claim], codebook: Codebook, language: str) -> StudyTable | None:
    """How far results move over the sample, for readers; None where nothing was drawn. `claims` are the study's."""
    known = {claim.id: claim for claim in claims}
    models = {code.code: code.label[language] for code in codebook.frame("scale", "kind").codes}
    low_end = codebook.frame("scale", "degree").codes[0].label[language]
    shown: list[Row] = []
    for about in RESULTS:
        block = rows[rows["about"] == about]
        if len(block):
            shown.append(Row(codebook.phrase(f"many_{about}", language, nearer=low_end), kind="block"))
        for row in block.itertuples():
            label = {
                CLAIM: lambda name: _printed(known[name], codebook, language),
                INDICATOR: lambda name: codebook.frame(degree.KIND, name).label[language],
                CRITERION: models.get,
                PLACE: lambda name: codebook.frame("axis", name).label[language],
                WEIGHTINGS: lambda name: codebook.phrase(f"many_{name}", language, nearer=low_end),
            }[about](row.what)
            numbers = (_told(about, text, language) for text in (row.here, row.low, row.median, row.high))
            shown.append(Row(label, (*map(Cell, numbers), Cell(row.values))))
    heads = ("here", "low", "median", "high", "values")
    return (
        StudyTable(
            name="movement",
            number="",
            title=codebook.phrase("many_results_title", language),
            head=(Head(""), *(Head(codebook.phrase(f"heading_{name}", language)) for name in heads)),
            rows=tuple(shown),
            notes=(codebook.phrase("many_results_note", language), codebook.phrase("degree_own", language)),
            language=language,
        )
        if shown
        else None
    )


def _printed(claim: Claim, codebook: Codebook, language: str) -> str:
    """Where a claim is printed, what it counts, and its word there."""
    return f"{wording.place(codebook, claim, language)} ({wording.quoted(claim.published, language)})"


def _told(about: str, text: str, language: str) -> str:
    if about in (INDICATOR, WEIGHTINGS):
        share = Fraction(text)
        return degree.percent(share, share)
    return rendering.number(int(text) if about in (CLAIM, CRITERION) else rounded(Fraction(text), 2), language)
