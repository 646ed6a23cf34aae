"""Several studies side by side, or one study at two times: tables, a page and a figure.

Counts stand beside the share of files they are, as the studies differ in size. There are two versions. In the internal
one small counts are shown as they are. In the one for publication every study hides what it hides alone. Of studies
that may be about some of the same persons nothing stands side by side there: a third could be one of them and the sum
of two others with one person more, and no rule for two at a time sees that. Studies without a person in common tell
nothing of each other, so there what holds of each holds of all.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import pandas as pd

from analysis import figures, paths
from analysis.counts import tables
from analysis.counts.telling import Teller
from analysis.display import document, rendering
from analysis.display.document import Block, Heading, Paragraph
from analysis.display.rendering import Cell, Head, Row, StudyTable
from analysis.errors import UserError
from analysis.figures.comparison import MARKS, comparison
from analysis.language import messages
from analysis.language.text import in_sentence
from analysis.printed import wording
from analysis.printed.reconstruction import STATUS as RECONSTRUCTED
from analysis.privacy import disclosure
from analysis.privacy.disclosure import Protection, Rules, Shown
from analysis.report import publication
from analysis.sheets import workbook
from analysis.study import layout, studies
from analysis.study.codebook import ORIGINAL, Codebook, Variable
from analysis.study.expressions import EVERY, Count, Derived, Quantity
from analysis.study.studies import Study

COLUMNS = ("block", "item", "column", "study", "value", "unknown", "of", "share", "hidden")
"""Columns of tableN.csv: `unknown` is how many more a count possibly is (see `tables.compute`), `of` is the number of
files (or other units), `share` value / of, empty for a mean; `hidden` is `..` where a number is hidden."""

_ABSENT = "–"
_Key = tuple[str, str, str]


@dataclass(frozen=True)
class _Entry:
    """A value, how many units it is out of (None for a mean or a sum of answers), whether it is hidden, and how many
    more it possibly is (None where that is hidden)."""

    value: object
    of: int | None
    hidden: bool = False
    unknown: int | None = 0

    @property
    def share(self) -> Fraction | None:
        """The share of the units; None where there is none, or it is hidden."""
        if self.hidden or self.value is None or not self.of:
            return None
        return Fraction(int(self.value), self.of)

    @property
    def possible(self) -> Fraction | None:
        """The largest share that missing answers allow; None where that is no other, or not told."""
        if self.share is None or not self.unknown:
            return None
        return min(self.share + Fraction(self.unknown, self.of), Fraction(1))


@dataclass(frozen=True)
class Side:
    """One study of a comparison with its coded units, and what may be shown of it (None: all of it)."""

    study: Study
    units: dict[str, pd.DataFrame]
    title: str = ""
    public: Protection | None = None

    @property
    def size(self) -> int:
        return len(self.units[disclosure.UNIT])

    @property
    def rules(self) -> Rules:
        return disclosure.rules(self.study.settings)

    @property
    def is_own(self) -> bool:
        """Whether its rows are an office's own, or stand for such."""
        return self.study.status != RECONSTRUCTED

    @property
    def is_secret(self) -> bool:
        """Whether it has too few files to say anything of it."""
        return self.is_own and self.size < self.rules.threshold

    def values(self, table: str) -> dict[_Key, _Entry]:
        """Cell of the table -> what it counts."""
        codebook = self.study.codebook
        if self.public is None:
            frame = tables.compute(self.units, codebook, table)
        else:
            frame = self.public.frame(codebook, table)
        found = {}
        for *cell, value, unknown in frame.itertuples(index=False):
            quantity, key = layout.quantity(codebook, *cell), tuple(cell)
            is_hidden = self.public is not None and self.public.cells[key] is None
            of = len(self.units[quantity.unit]) if isinstance(quantity, Count) else None
            found[key] = _Entry(None if is_hidden else value, of, is_hidden, unknown)
        return found

    def all_values(self) -> dict[_Key, _Entry]:
        """The same of all tables."""
        tables_of = self.study.codebook.frames["table"]
        return {cell: entry for table in tables_of for cell, entry in self.values(table).items()}


def compare(names: Sequence[str], language: str) -> list[Path]:
    """Write the comparison of the studies and return its paths.

    Below data/derived/A+B: tableN.csv, comparison.html and comparison.docx; below figures/A+B: a figure a table. Where
    any of the studies has rows of its own, the same for publication in data/derived/A+B/publication. What an earlier
    comparison of them left and this one does not make is removed. Raises UserError for fewer than two or too many
    studies, and for a workbook that cannot be counted.
    """
    if not 2 <= len(names) <= len(MARKS) or len(set(names)) < len(names):
        raise UserError(messages.text("compare_number", language, most=len(MARKS)))
    compared = [studies.read(name) for name in names]
    titles = [study.settings.get("title") or study.name for study in compared]
    sides = []
    for study, title in zip(compared, titles, strict=True):
        title = title if titles.count(title) == 1 else f"{title} ({study.name})"
        units = workbook.load(paths.raw(study.name), study.codebook, language, study.status)
        sides.append(Side(study, units, title))
    common = "+".join(names)
    for folder in (paths.derived(common), paths.figures(common)):
        paths.private(folder)
    made = _write(sides, _introduction(sides, language), paths.derived(common), paths.figures(common), language)
    if any(side.is_own for side in sides):
        folder = paths.derived(common) / publication.FOLDER
        public = protected(sides)
        made += _write(public, _public_introduction(public, language), folder, folder / "figures", language)
    for earlier in (*paths.derived(common).rglob("*"), *paths.figures(common).rglob("*")):
        if earlier.is_file() and earlier not in made:  # else what is hidden now could lie there from before
            earlier.unlink()
    return made


def protected(sides: Sequence[Side]) -> list[Side]:
    """The sides with what each hides alone; all that says something of persons where two may be about the same ones.

    Those that share persons list the same rows: that only one of them codes something tells of whom it has more.
    """
    found = [replace(side, public=_alone(side)) for side in sides]
    pairs = [pair for pair in itertools.combinations(range(len(sides)), 2) if may_share(*(sides[at] for at in pair))]
    sharing = sorted(set(itertools.chain(*pairs)))
    blocks = {cell[0] for place in sharing for cell in found[place].public.hideable}
    return [replace(side, public=_withheld(side, blocks)) if place in sharing else side
            for place, side in enumerate(found)]  # fmt: skip


def _withheld(side: Side, blocks: Collection[str]) -> Protection:
    """What is left where nothing is told of persons but how many there are; the blocks stand there, coded or not."""
    public, codebook = side.public, side.study.codebook
    public = public.without(public.groups, disclosure.COMMON, codebook)
    cells = {cell: shown for cell, shown in public.cells.items() if cell[0] not in blocks}
    for cell in (cell for table in codebook.frames["table"] for cell in layout.cells(codebook, table)):
        if cell[0] in blocks:
            quantity = layout.quantity(codebook, *cell)
            is_size = isinstance(quantity, Count) and quantity.condition == EVERY
            size = public.sizes[quantity.unit] if is_size else None
            cells[cell] = None if size is None else Shown(size)
    return replace(public, cells=cells)


def _alone(side: Side) -> Protection | None:
    return disclosure.protect(side.units, side.study.codebook, side.rules) if side.is_own else None


def may_share(one: Side, other: Side) -> bool:
    """Whether a person may be in both studies: unless study.yml says no, and where the same coded row is in both."""
    if one.is_secret or other.is_secret or not (one.is_own and other.is_own):
        return False
    if one.rules.may_share_persons and other.rules.may_share_persons:
        return True
    rows = [side.units[disclosure.UNIT].astype("str") for side in (one, other)]
    common = [name for name in rows[0] if name in rows[1]]
    ids = next(iter(common), None) == one.study.codebook.file_key
    return ids and not rows[0].merge(rows[1], on=common).empty


def _write(sides: Sequence[Side], introduction: list[Block], folder: Path, drawings: Path, language: str) -> list[Path]:
    """Write one version of the comparison; returns the paths."""
    made, blocks = [], list(introduction)
    for table in _tables(sides):
        values = [side.values(table) for side in sides]
        cells = _in_order(sides, values)
        if not cells:
            continue
        for side, found in zip(sides, values, strict=True):
            _add_absent(side, found, cells)
        path = folder / f"{table}.csv"
        tables.write(_long(sides, values, cells), path)
        shown = side_by_side(sides, table, values, cells, language)
        figure = _figure(sides, shown, values, cells, language)
        made.append(path)
        blocks.append(shown)
        if figure is not None:
            files = figures.save(figure, drawings)
            number = shown.number.replace(*_words(sides, language))
            blocks.append(document.picture(files[0], number))
            made += files
    for suffix in ("html", "docx"):
        path = folder / f"comparison.{suffix}"
        with paths.replacing(path) as temporary:
            if suffix == "html":
                page = document.to_html(blocks, sides[0].study.codebook, language)
                temporary.write_text(page, encoding="utf-8", newline="\n")
            else:
                document.to_docx(blocks, temporary, language)
        made.append(path)
    return made


def _tables(sides: Sequence[Side]) -> list[str]:
    """The tables of all studies: those of the first, then what others have beside them."""
    return list(dict.fromkeys(name for side in sides for name in side.study.codebook.frames["table"]))


def _frame(sides: Sequence[Side], kind: str, name: str) -> Variable:
    """The table, block or column as the first study has it that knows it."""
    return next(found[name] for side in sides if name in (found := side.study.codebook.frames[kind]))


def _words(sides: Sequence[Side], language: str) -> tuple[str, str]:
    """The words for table and figure before a number."""
    codebook = sides[0].study.codebook
    return tuple(codebook.phrase(name, language, number="").strip() for name in ("table_number", "figure_number"))


def _introduction(sides: Sequence[Side], language: str) -> list[Block]:
    return [
        Heading(1, messages.text("compare_title", language)),
        Paragraph(messages.text("compare_internal", language), is_framed=True),
        *_studies(sides, language),
    ]


def _public_introduction(sides: Sequence[Side], language: str) -> list[Block]:
    blocks: list[Block] = [
        Heading(1, messages.text("compare_title", language)),
        Paragraph(messages.text("compare_public", language), is_framed=True),
    ]
    shared = [pair for pair in itertools.combinations(sides, 2) if may_share(*pair)]
    for pair in shared:
        one, other = (side.title for side in pair)
        blocks.append(Paragraph(messages.text("compare_common", language, one=one, other=other), is_framed=True))
    return [*blocks, *_studies(sides, language)]


def _studies(sides: Sequence[Side], language: str) -> list[Block]:
    """What each study is, and how many files it has."""
    blocks: list[Block] = []
    for status in dict.fromkeys(side.study.status for side in sides if side.study.status != ORIGINAL):
        if note := sides[0].study.codebook.status_note(status, language):
            who = ", ".join(side.title for side in sides if side.study.status == status)
            blocks.append(Paragraph(f"{who}: {note}", is_framed=True))
    sizes = [f"< {side.rules.threshold}" if side.public is not None and side.is_secret else side.size for side in sides]
    named = "; ".join(f"{side.title} ({size})" for side, size in zip(sides, sizes, strict=True))
    return [*blocks, Paragraph(messages.text("compare_studies", language, studies=named)),
            Heading(2, messages.text("compare_tables", language))]  # fmt: skip


def _in_order(sides: Sequence[Side], values: Sequence[dict[_Key, _Entry]]) -> list[_Key]:
    """Every cell that any study has, in printed order; blocks of their own stand apart, study by study."""
    found: dict[_Key, tuple[int, ...]] = {}
    blocks: dict[str, int] = {}
    for side, cells in zip(sides, values, strict=True):
        for cell in cells:
            block, *within = layout.place(side.study.codebook, *cell)
            found.setdefault(cell, (block, blocks.setdefault(cell[0], len(blocks)), *within))
    return sorted(found, key=found.__getitem__)


def _add_absent(side: Side, found: dict[_Key, _Entry], cells: Sequence[_Key]) -> None:
    """Add what a study codes and need not list: noughts, of which the public version does not tell that they are."""
    codebook = side.study.codebook
    for block, item, column in cells:
        stem, _, part = item.rpartition(".")
        is_listed_when_met = part in (*codebook.frames["missing"], layout.BLANK_ITEM) or part.isdigit()
        beside = any(cell[0] == block and cell[2] == column and cell[1] == stem for cell in found)
        whole = not stem and any(cell[0] == block and cell[2] == column for cell in found)
        if (block, item, column) not in found and is_listed_when_met and (beside or whole):
            unit = codebook.unit(codebook.members(block)[0].sheet)
            is_hidden = side.public is not None and codebook.is_of_persons(unit)
            found[block, item, column] = _Entry(None if is_hidden else 0, len(side.units[unit]), is_hidden)


def _long(sides: Sequence[Side], values: Sequence[dict], cells: Sequence[_Key]) -> pd.DataFrame:
    rows = []
    for cell in cells:
        for side, found in zip(sides, values, strict=True):
            if entry := found.get(cell):
                share = None if entry.share is None else tables.rounded(entry.share, 4)
                shown = (None, None, None) if entry.hidden else (entry.value, entry.unknown, entry.of)
                rows.append((*cell, side.study.name, *shown, share, rendering.HIDDEN if entry.hidden else ""))
    return pd.DataFrame(rows, columns=list(COLUMNS), dtype=object)


def side_by_side(
    sides: Sequence[Side], table: str, values: Sequence[dict], cells: Sequence[_Key], language: str
) -> StudyTable:
    """The table with a column a study; a cell has the count and the share of files, a dash where a study lacks it."""
    codebook = sides[0].study.codebook
    columns = list(dict.fromkeys(cell[2] for cell in cells))
    heads = [Head(side.title, _frame(sides, "column", column).label[language]) for column in columns for side in sides]
    rows: list[Row] = []
    tellers = [Teller(side.units, side.study.codebook, language) for side in sides]
    for block in dict.fromkeys(cell[0] for cell in cells):
        entry = _frame(sides, "block", block)
        rows.append(Row(entry.label[language], kind="block", note=entry.note[language]))
        for item in dict.fromkeys(cell[1] for cell in cells if cell[0] == block):
            shown = []
            for column in columns:
                is_there = (block, item, column) in cells
                found = [side_values.get((block, item, column)) for side_values in values]
                for side, tell, one in zip(sides, tellers, found, strict=True):
                    is_told = one and not one.hidden and one.unknown != 0
                    open_ = rendering.left_open(tell, side.public, block, item, column) if is_told else ""
                    shown.append(_cell(one, language, open_) if is_there else None)
            kind = "closing" if item == entry.definition else "item"
            rows.append(Row(_label(sides, block, item, language), tuple(shown), kind))
    is_public = any(side.public is not None for side in sides)
    is_hidden = any(entry.hidden for found in values for entry in found.values())
    notes = [key for key, needed in (("hidden_note", is_hidden), ("hidden_rows", is_public)) if needed]
    bases = {side.rules.base for side in sides if side.public is not None} - {1}
    definition = _frame(sides, "table", table)
    place = str(_tables(sides).index(table) + 1)
    return StudyTable(
        name=table, number=codebook.phrase("table_number", language, number=place), title=definition.label[language],
        head=(Head("", numeric=False), *heads), rows=tuple(rows),
        notes=(
            messages.text("compare_note", language), *(messages.text(key, language) for key in notes),
            *(messages.text("rounded_note", language, base=base) for base in sorted(bases)),
            *_differing(sides, values, cells, language),
            *dict.fromkeys(note for tell in tellers for note in tell.notes()),
        ),
        language=language,
    )  # fmt: skip


def _differing(sides: Sequence[Side], values: Sequence[dict], cells: Sequence[_Key], language: str) -> Iterator[str]:
    """A note on each row that the studies name or define in different ways."""
    for cell in {cell[:2]: cell for cell in cells}.values():
        meant: dict[tuple, list[str]] = {}
        for side, found in zip(sides, values, strict=True):
            if cell in found:
                meant.setdefault(_meaning(side, cell, language), []).append(side.title)
        if len(meant) > 1:
            said = "; ".join(f"{', '.join(titles)}: {text}" for (text, _), titles in meant.items())
            yield messages.text("compare_differs", language, meanings=said)


def _meaning(side: Side, cell: _Key, language: str) -> tuple[str, Quantity]:
    """What a study counts in a cell, in words, and what that is."""
    codebook, quantity = side.study.codebook, layout.quantity(side.study.codebook, *cell)
    match quantity:
        case Count(unit=unit, condition=Derived(condition=part)):
            quantity = Count(unit, part)
    label, said = layout.label(codebook, *cell[:2], language), wording.counted(codebook, quantity, language)
    return f"{label} ({said})", quantity


def _label(sides: Sequence[Side], block: str, item: str, language: str) -> str:
    for side in sides:
        try:
            return layout.label(side.study.codebook, block, item, language)
        except KeyError:
            continue
    return item


def _cell(entry: _Entry | None, language: str, open_: str) -> Cell:
    if entry is None:
        return Cell(_ABSENT)
    if entry.hidden:
        return Cell(rendering.HIDDEN)
    text = rendering.number(entry.value, language)
    return Cell(text if entry.share is None else f"{text} ({_percent(entry, language)})", open=open_)


def _percent(entry: _Entry | None, language: str) -> str:
    """The share for readers; two points where it is hidden, a dash where there is none."""
    if entry is not None and entry.hidden:
        return rendering.HIDDEN
    if entry is None or entry.share is None:
        return _ABSENT
    return f"{tables.rounded(entry.share * 100, 0)}{rendering.NO_BREAK if language == 'sv' else ''}%"


def _range(entry: _Entry | None, language: str) -> str:
    """The share for readers, with the largest that missing answers allow, or the sign that this is not told."""
    told = _percent(entry, language)
    if entry is None or entry.share is None or entry.unknown == 0:
        return told
    if entry.unknown is None:
        return f"{told} (+?)"
    return (
        f"{tables.rounded(entry.share * 100, 0)}–{_percent(replace(entry, value=entry.possible * entry.of), language)}"
    )


def _figure(
    sides: Sequence[Side], shown: StudyTable, values: Sequence[dict], cells: Sequence[_Key], language: str
) -> figures.Figure | None:
    """The figure of a table: its counts of files, without bases and without what is not documented."""
    codebook: Codebook = sides[0].study.codebook
    columns = list(dict.fromkeys(cell[2] for cell in cells))
    apart = set(codebook.frames["missing"]) | {layout.BLANK_ITEM}
    rows, shown_rows = [], []
    for block, item, column in cells:
        entries = [found.get((block, item, column)) for found in values]
        counted = [entry for entry in entries if entry and entry.of]
        entry = _frame(sides, "block", block)
        base = item == entry.definition and item in codebook.frames["total"]
        if counted and not base and item.rpartition(".")[2] not in apart:
            block_label = entry.label[language]
            if len(columns) > 1 and column != "n":
                block_label += f", {in_sentence(_frame(sides, 'column', column).label[language])}"
            shares = [
                None if part is None else float(part)
                for ends in ("share", "possible")
                for part in (getattr(entry, ends, None) for entry in entries)
            ]
            named = [block_label, _label(sides, block, item, language)]
            rows.append([block, item, *named, *shares])
            shown_rows.append([*named, *(_range(entry, language) for entry in entries)])
    titles = [side.title for side in sides]
    possible = [f"{title}, {in_sentence(messages.text('compare_possible', language))}" for title in titles]
    numbers = pd.DataFrame(rows, columns=["block", "item", "block_label", "item_label", *titles, *possible])
    numbers = numbers.astype(dict.fromkeys([*titles, *possible], float))
    numbers = numbers.sort_values("block_label", kind="stable", key=lambda labels: pd.factorize(labels)[0])
    heads = [codebook.phrase(f"heading_{part}", language) for part in ("block", "item")]
    table = pd.DataFrame(shown_rows, columns=[*heads, *titles]).loc[numbers.index]
    named = ", ".join(titles)
    description = messages.text("compare_description", language, studies=named, table=shown.title)
    said = (("compare_lines", True), ("compare_hatched", (table == rendering.HIDDEN).any(axis=None)),
            ("compare_open", numbers[possible].notna().any(axis=None)),
            ("compare_unmarked", (table == _ABSENT).any(axis=None)))  # fmt: skip
    notes = [messages.text(key, language) for key, needed in said if needed]
    axis = messages.text("compare_axis", language)
    return comparison(
        f"comparison_{shown.name}", numbers, table, titles, possible, shown.title, description, axis, notes
    )
