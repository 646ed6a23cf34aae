"""The kind of collaboration by stated criteria: an operationalisation of our own, beside the judgement of a study.

Nothing here is the authors'. The codebook lists a criterion for each model of collaboration, as a condition on a file
(the single case) or on an authority (the structure behind it), or none where the sheet codes nothing to go by. A
criterion is met if more than half of the files, or of the authorities, meet its condition; it is open where print, or
cells that are blank or not documented, allow both. At each of the two levels the kind is the most complex model whose
criterion is met.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from analysis.counts import gaps
from analysis.display.rendering import Cell, Head, Row, StudyTable
from analysis.explore.exploring import Within
from analysis.language.text import in_sentence
from analysis.study.codebook import Codebook
from analysis.study.expressions import Count, is_coded, parse_condition, variables

TYPE = "criterion"
"""Type of a criterion in the codebook: `block` names its model, `definition` its condition."""

MET, NOT_MET, OPEN, NOT_CODED = "met", "not_met", "open", "not_coded"
"""What can be said of a criterion; open: print or gaps allow both."""


@dataclass(frozen=True)
class Criterion:
    """A criterion of the model `kind`, met by `low` to `high` of `size` rows of the unit; None where not coded."""

    kind: str
    label: str
    unit: str
    low: int | None
    high: int | None
    size: int

    @property
    def needed(self) -> int:
        """The smallest number that is more than half."""
        return self.size // 2 + 1

    @property
    def outcome(self) -> str:
        if self.low is None:
            return NOT_CODED
        if self.low >= self.needed:
            return MET
        return OPEN if self.high >= self.needed else NOT_MET


def criteria(
    units: Mapping[str, pd.DataFrame], codebook: Codebook, language: str, within: Within | None = None
) -> tuple[Criterion, ...]:
    """The criteria with the numbers that meet them, from the simplest model to the most complex.

    A number is the interval that gaps in the rows leave (see `gaps`), and with `within` (see `exploring`) print too.
    """
    listed = {row.block: row for row in codebook.frames[TYPE].values()}
    found = []
    for model in codebook.frame("scale", "kind").codes:
        row = listed[model.code]
        if not row.definition:
            found.append(Criterion(model.code, row.label[language], "", None, None, 0))
            continue
        condition = parse_condition(row.definition, codebook)
        unit = codebook.unit(codebook.variable(variables(condition)[0]).sheet)
        rows = units.get(unit, pd.DataFrame())
        low = high = None
        if len(rows) and all(is_coded(rows, name) for name in variables(condition)):
            low, high = map(int, gaps.ends(Count(unit, condition), units, within))
        found.append(Criterion(model.code, row.label[language], unit, low, high, len(rows)))
    return tuple(found)


def to_frame(found: Sequence[Criterion]) -> pd.DataFrame:
    """The criteria as they are stored: `kind`, `unit`, `low`, `high`, `size`, `outcome`; empty where nobody coded."""
    rows = [
        (one.kind, one.unit, *("" if end is None else end for end in (one.low, one.high)), one.size, one.outcome)
        for one in found
    ]
    return pd.DataFrame(rows, columns=["kind", "unit", "low", "high", "size", "outcome"], dtype=object)


def from_frame(stored: pd.DataFrame, codebook: Codebook, language: str) -> tuple[Criterion, ...]:
    """The criteria that `to_frame` was given, from what it returned or from the same as text."""
    labels = {row.block: row.label[language] for row in codebook.frames[TYPE].values()}
    return tuple(
        Criterion(
            row.kind, labels[row.kind], row.unit, *(None if end == "" else int(end) for end in (row.low, row.high)),
            int(row.size),
        )
        for row in stored.itertuples()
    )  # fmt: skip


def decided(found: Sequence[Criterion]) -> dict[str, str]:
    """For each unit with a criterion that is met, the most complex model that it bears out."""
    return {one.unit: one.kind for one in found if one.outcome == MET}


def is_borne_out(found: Sequence[Criterion], kind: str) -> bool | None:
    """Whether the criteria decide for this model at its level; None where that is open, or not coded.

    A model whose criterion nobody coded takes no part, so more complex models without one do not stand against it.
    """
    kinds = [one.kind for one in found]
    mine = found[kinds.index(kind)]
    above = [one.outcome for one in found[kinds.index(kind) + 1 :] if one.unit == mine.unit]
    if mine.outcome == NOT_CODED:
        return None
    if mine.outcome == NOT_MET or MET in above:
        return False
    return None if OPEN in (mine.outcome, *above) else True


def table(found: Sequence[Criterion], codebook: Codebook, language: str) -> StudyTable:
    """The criteria for readers, with what is met, the kind at each level, and how far each is from changing."""
    models = {code.code: code.label[language] for code in codebook.frame("scale", "kind").codes}
    rows = []
    for step, one in enumerate(found, start=1):
        outcome = codebook.phrase(f"criterion_{one.outcome}", language)
        cells = (one.label, _count(one, codebook, language), outcome, _margin(one, codebook, language))
        rows.append(Row(f"{step}  {models[one.kind]}", tuple(map(Cell, cells))))
    return StudyTable(
        name="kind",
        number=codebook.phrase("kind_number", language),
        title=codebook.phrase("kind_title", language),
        head=(
            Head("", numeric=False),
            *(Head(codebook.phrase(f"column_{name}", language), numeric=False) for name in _COLUMNS),
        ),
        rows=tuple(rows),
        notes=(
            *_decisions(found, codebook, language),
            codebook.phrase("kind_rule", language),
            codebook.phrase("degree_own", language),
        ),
        language=language,
    )


def steps(found: Sequence[Criterion], kind: str) -> tuple[tuple[int, str | None], tuple[int, str] | None]:
    """What would move the kind that is decided at its level: down, and up.

    Down: how many fewer rows would do, and the model that is then decided (None if no simpler one is met). Up: how many
    more rows would do, and the model; None where no more complex model has a coded criterion at that level. Each
    criterion is moved on its own.
    """
    mine = next(one for one in found if one.kind == kind)
    here = [one for one in found if one.unit == mine.unit]
    place = here.index(mine)
    below = next((one.kind for one in reversed(here[:place]) if one.outcome == MET), None)
    above = [(one.needed - one.high, one.kind) for one in here[place + 1 :] if one.outcome == NOT_MET]
    return (mine.low - mine.needed + 1, below), min(above, default=None)


def _decisions(found: Sequence[Criterion], codebook: Codebook, language: str) -> Iterable[str]:
    """For each unit with a criterion that is met or left open, the kind that is decided and what would move it."""
    labels = {code.code: code.label[language] for code in codebook.frame("scale", "kind").codes}
    places = list(labels)

    def named(kind: str) -> str:
        step = str(places.index(kind) + 1)
        return codebook.phrase("kind_step", language, kind=labels[kind], step=step, steps=str(len(places)))

    borne = decided(found)
    for unit in dict.fromkeys(one.unit for one in found if one.outcome in (MET, OPEN)):
        rows, kind = codebook.unit_name(unit, language), borne.get(unit)
        above = [one.kind for one in found if one.unit == unit and one.outcome == OPEN]
        above = [one for one in above if kind is None or places.index(one) > places.index(kind)]
        said = [codebook.phrase("kind_decided", language, unit=rows, kind=named(kind))] if kind else []
        if above:
            said.append(codebook.phrase("kind_open", language, unit=rows, kinds="; ".join(map(named, above))))
        elif kind:
            (fewer, below), up = steps(found, kind)
            down = codebook.phrase("kind_down" if below else "kind_down_none", language, number=str(fewer), unit=rows,
                                   kind=in_sentence(named(below)) if below else "")  # fmt: skip
            rise = (
                codebook.phrase("kind_up", language, number=str(up[0]), unit=rows, kind=in_sentence(named(up[1])))
                if up
                else codebook.phrase("kind_up_none", language, unit=rows)
            )
            said += [down, rise]
        yield " ".join(said)


_COLUMNS = ("criterion", "met_by", "outcome", "margin")


def _count(one: Criterion, codebook: Codebook, language: str) -> str:
    if one.low is None:
        return "–"
    number = "–".join(dict.fromkeys((str(one.low), str(one.high))))
    unit = codebook.unit_name(one.unit, language)
    return codebook.phrase("criterion_count", language, number=number, size=str(one.size), unit=unit)


def _margin(one: Criterion, codebook: Codebook, language: str) -> str:
    """How many rows would have to be otherwise for the outcome to change."""
    if one.outcome == MET:
        return codebook.phrase("margin_fewer", language, number=str(one.low - one.needed + 1))
    if one.outcome == NOT_MET:
        return codebook.phrase("margin_more", language, number=str(one.needed - one.high))
    return "–"
