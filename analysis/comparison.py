"""Several studies side by side, or one study at two times: tables, a page and a figure.

Counts stand beside the share of files they are, as the studies differ in size. There are two versions. In the internal
one small counts are shown as they are. In the one for publication every study hides what it hides alone. Where two
studies may be about some of the same persons, their differences would say something of the others. So then a group of
linked counts stands side by side only if the same counts of it are hidden in both and no count differs by few files,
or by all but few of the files that one study has more.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path

import pandas as pd

from analysis import disclosure, document, figures, messages, paths, publication, rendering, studies, tables, workbook
from analysis.codebook import ORIGINAL, Codebook
from analysis.disclosure import WITHHELD, Rules
from analysis.document import Block, Heading, Paragraph
from analysis.errors import UserError
from analysis.expressions import Count
from analysis.figures.comparison import MARKS, comparison
from analysis.reconstruction import STATUS as RECONSTRUCTED
from analysis.rendering import Cell, Head, Row, StudyTable
from analysis.studies import Study
from analysis.text import in_sentence

COLUMNS = ("block", "item", "column", "study", "value", "of", "share", "hidden")
"""Columns of tableN.csv: `of` is the number of files (or other units), `share` value / of, empty for a mean; `hidden`
says why there is no value."""

COMMON = "common"
"""Why a cell is hidden: the difference between two studies could say something of single persons."""

_ABSENT = "–"
_Key = tuple[str, str, str]
_SIGNS = {**publication.SIGNS, COMMON: "d"}


@dataclass(frozen=True)
class _Entry:
    """A value, how many units it is out of (None for a mean or a sum of answers), and why it is hidden if it is."""

    value: object
    of: int | None
    hidden: str = ""

    @property
    def share(self) -> Fraction | None:
        """The share of the units; None where there is none, or it is hidden."""
        if self.hidden or self.value is None or not self.of:
            return None
        return Fraction(int(self.value), self.of)


@dataclass(frozen=True)
class Side:
    """One study of a comparison with its coded units, and which of its cells are hidden (cell -> why)."""

    study: Study
    units: dict[str, pd.DataFrame]
    title: str = ""
    hidden: Mapping[_Key, str] = field(default_factory=dict)

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
        found = {}
        codebook = self.study.codebook
        for *cell, value, _ in tables.compute(self.units, codebook, table).itertuples(index=False):
            quantity, key = tables.quantity(codebook, *cell), tuple(cell)
            of = len(self.units[quantity.unit]) if isinstance(quantity, Count) else None
            found[key] = _Entry(value, of, self.hidden.get(key, ""))
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
    """The sides with what each hides alone, and what they must hide because they stand side by side."""
    found = [replace(side, hidden=_alone(side)) for side in sides]
    pairs = [pair for pair in itertools.combinations(range(len(sides)), 2) if _may_share(*(sides[i] for i in pair))]
    groups = [disclosure.linked(side.units, side.study.codebook) for side in sides]
    values = [side.all_values() for side in sides]
    more = True
    while more:
        more = False
        for i, j in pairs:
            for group in (*groups[i], *groups[j]):
                is_hidden = all(group <= found[side].hidden.keys() for side in (i, j))
                if not is_hidden and _tell_apart(found[i], found[j], values[i], values[j], group):
                    for side in (i, j):
                        found[side] = replace(
                            found[side], hidden={**found[side].hidden, **dict.fromkeys(group, COMMON)}
                        )
                    more = True
    return found


def _alone(side: Side) -> dict[_Key, str]:
    if not side.is_own:
        return {}
    if side.is_secret:
        return dict.fromkeys(side.all_values(), WITHHELD)
    return dict(disclosure.protect(side.units, side.study.codebook, side.rules).hidden)


def _may_share(one: Side, other: Side) -> bool:
    """Whether a person may be in both studies."""
    is_known = not (one.is_secret or other.is_secret)
    return is_known and all(side.is_own and side.rules.may_share_persons for side in (one, other))


def _tell_apart(
    one: Side, other: Side, first: Mapping[_Key, _Entry], second: Mapping[_Key, _Entry], group: frozenset[_Key]
) -> bool:
    """Whether the group gives away, side by side, what one study hides, or what few persons have."""
    coded = {cell[0] for cell in first} & {cell[0] for cell in second}
    both = [cell for cell in group if cell[0] in coded]
    if any((cell in one.hidden) != (cell in other.hidden) for cell in both):
        return True
    threshold = max(one.rules.threshold, other.rules.threshold)
    more = abs(one.size - other.size)
    least = 0 if more and (one.rules.hides_none_or_all or other.rules.hides_none_or_all) else 1
    for cell in both:
        entries = [first.get(cell, _Entry(0, one.size)), second.get(cell, _Entry(0, other.size))]
        if cell not in one.hidden and all(entry.of is not None for entry in entries):
            number = abs(int(entries[0].value) - int(entries[1].value))
            if least <= number < threshold or least <= more - number < threshold:
                return True
    return False


def _write(sides: Sequence[Side], introduction: list[Block], folder: Path, drawings: Path, language: str) -> list[Path]:
    """Write one version of the comparison; returns the paths."""
    made, blocks = [], list(introduction)
    for table in sides[0].study.codebook.frames["table"]:
        values = [side.values(table) for side in sides]
        cells = _without_telling_rows(sides, values, _in_order(sides, values))
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
    shared = [pair for pair in itertools.combinations(sides, 2) if _may_share(*pair)]
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
    sizes = [f"< {side.rules.threshold}" if side.hidden and side.is_secret else side.size for side in sides]
    named = "; ".join(f"{side.title} ({size})" for side, size in zip(sides, sizes, strict=True))
    return [*blocks, Paragraph(messages.text("compare_studies", language, studies=named)),
            Heading(2, messages.text("compare_tables", language))]  # fmt: skip


def _in_order(sides: Sequence[Side], values: Sequence[dict[_Key, _Entry]]) -> list[_Key]:
    """Every cell that any study has, in printed order; blocks of their own stand apart, study by study."""
    found: dict[_Key, tuple[int, ...]] = {}
    blocks: dict[str, int] = {}
    for side, cells in zip(sides, values, strict=True):
        for cell in cells:
            block, *within = tables.place(side.study.codebook, *cell)
            found.setdefault(cell, (block, blocks.setdefault(cell[0], len(blocks)), *within))
    return sorted(found, key=found.__getitem__)


def _without_telling_rows(
    sides: Sequence[Side], values: Sequence[dict[_Key, _Entry]], cells: Sequence[_Key]
) -> list[_Key]:
    """As `tables.without_telling_rows`, of all studies together."""
    told = {cell[:2] for found in values for cell, entry in found.items() if entry.value != 0 and not entry.hidden}
    books = [side.study.codebook for side in sides]
    return [cell for cell in cells if cell[:2] in told or all(tables.is_listed(book, *cell[:2]) for book in books)]


def _add_absent(side: Side, found: dict[_Key, _Entry], cells: Sequence[_Key]) -> None:
    """Add the noughts of what a study codes and need not list: files without a code, and values that no file has."""
    codebook = side.study.codebook
    for block, item, column in cells:
        stem, _, part = item.rpartition(".")
        is_listed_when_met = part in (*codebook.frames["missing"], tables.BLANK_ITEM) or part.isdigit()
        beside = any(cell[0] == block and cell[2] == column and cell[1] == stem for cell in found)
        whole = not stem and any(cell[0] == block and cell[2] == column for cell in found)
        if (block, item, column) not in found and is_listed_when_met and (beside or whole):
            unit = codebook.unit(codebook.members(block)[0].sheet)
            reasons = {entry.hidden for cell, entry in found.items() if cell[0] == block}
            why = WITHHELD if side.hidden and side.is_secret else COMMON if COMMON in reasons else ""
            found[block, item, column] = _Entry(0, len(side.units[unit]), why)


def _long(sides: Sequence[Side], values: Sequence[dict], cells: Sequence[_Key]) -> pd.DataFrame:
    rows = []
    for cell in cells:
        for side, found in zip(sides, values, strict=True):
            if entry := found.get(cell):
                share = None if entry.share is None else tables.rounded(entry.share, 4)
                shown = (None, None) if entry.hidden else (entry.value, entry.of)
                rows.append((*cell, side.study.name, *shown, share, entry.hidden))
    return pd.DataFrame(rows, columns=list(COLUMNS), dtype=object)


def side_by_side(
    sides: Sequence[Side], table: str, values: Sequence[dict], cells: Sequence[_Key], language: str
) -> StudyTable:
    """The table with a column a study; a cell has the count and the share of files, a dash where a study lacks it."""
    codebook = sides[0].study.codebook
    columns = list(dict.fromkeys(cell[2] for cell in cells))
    heads = [Head(side.title, codebook.frame("column", column).label[language]) for column in columns for side in sides]
    rows: list[Row] = []
    for block in dict.fromkeys(cell[0] for cell in cells):
        owner = next(side.study.codebook for side in sides if block in side.study.codebook.frames["block"])
        entry = owner.frame("block", block)
        rows.append(Row(entry.label[language], kind="block", note=entry.note[language]))
        for item in dict.fromkeys(cell[1] for cell in cells if cell[0] == block):
            shown = []
            for column in columns:
                is_there = (block, item, column) in cells
                found = [side_values.get((block, item, column)) for side_values in values]
                shown += [_cell(entry, language) if is_there else None for entry in found]
            kind = "closing" if item == entry.definition else "item"
            rows.append(Row(_label(sides, block, item, language), tuple(shown), kind))
    met = {entry.hidden for found in values for entry in found.values()}
    least = max(side.rules.threshold for side in sides)
    signs = {why: sign for why, sign in _SIGNS.items() if why in met}
    left_out = any(found.keys() - set(cells) for found in values)
    reasons = [messages.text(f"hidden_{why}", language, sign=sign, threshold=least) for why, sign in signs.items()]
    definition = codebook.frame("table", table)
    place = str(list(codebook.frames["table"]).index(table) + 1)
    return StudyTable(
        name=table, number=codebook.phrase("table_number", language, number=place), title=definition.label[language],
        head=(Head("", numeric=False), *heads), rows=tuple(rows),
        notes=(
            messages.text("compare_note", language), *reasons,
            *([messages.text("hidden_rows", language)] if left_out else []),
        ),
        language=language,
    )  # fmt: skip


def _label(sides: Sequence[Side], block: str, item: str, language: str) -> str:
    for side in sides:
        try:
            return tables.label(side.study.codebook, block, item, language)
        except KeyError:
            continue
    return item


def _cell(entry: _Entry | None, language: str) -> Cell:
    if entry is None:
        return Cell(_ABSENT)
    if entry.hidden:
        return Cell(rendering.HIDDEN, mark=_SIGNS[entry.hidden])
    text = rendering.number(entry.value, language)
    return Cell(text if entry.share is None else f"{text} ({_percent(entry, language)})")


def _percent(entry: _Entry | None, language: str) -> str:
    """The share for readers; two points where it is hidden, a dash where there is none."""
    if entry is not None and entry.hidden:
        return rendering.HIDDEN
    if entry is None or entry.share is None:
        return _ABSENT
    return f"{tables.rounded(entry.share * 100, 0)}{rendering.NO_BREAK if language == 'sv' else ''}%"


def _figure(
    sides: Sequence[Side], shown: StudyTable, values: Sequence[dict], cells: Sequence[_Key], language: str
) -> figures.Figure | None:
    """The figure of a table: its counts of files, without bases and without what is not documented."""
    codebook: Codebook = sides[0].study.codebook
    columns = list(dict.fromkeys(cell[2] for cell in cells))
    apart = set(codebook.frames["missing"]) | {tables.BLANK_ITEM}
    rows, shown_rows = [], []
    for block, item, column in cells:
        entries = [found.get((block, item, column)) for found in values]
        counted = [entry for entry in entries if entry and entry.of]
        owner = next(side.study.codebook for side in sides if block in side.study.codebook.frames["block"])
        base = item == owner.frame("block", block).definition and item in codebook.frames["total"]
        if counted and not base and item.rpartition(".")[2] not in apart:
            block_label = owner.frame("block", block).label[language]
            if len(columns) > 1 and column != "n":
                block_label += f", {in_sentence(codebook.frame('column', column).label[language])}"
            shares = [float(entry.share) if entry and entry.share is not None else None for entry in entries]
            named = [block_label, _label(sides, block, item, language)]
            rows.append([block, item, *named, *shares])
            shown_rows.append([*named, *(_percent(entry, language) for entry in entries)])
    titles = [side.title for side in sides]
    numbers = pd.DataFrame(rows, columns=["block", "item", "block_label", "item_label", *titles])
    numbers = numbers.sort_values("block_label", kind="stable", key=lambda labels: pd.factorize(labels)[0])
    heads = [codebook.phrase(f"heading_{part}", language) for part in ("block", "item")]
    table = pd.DataFrame(shown_rows, columns=[*heads, *titles]).loc[numbers.index]
    named = ", ".join(titles)
    description = messages.text("compare_description", language, studies=named, table=shown.title)
    said = (("compare_lines", True), ("compare_hatched", (table == rendering.HIDDEN).any(axis=None)),
            ("compare_unmarked", (table == _ABSENT).any(axis=None)))  # fmt: skip
    notes = [messages.text(key, language) for key, needed in said if needed]
    axis = messages.text("compare_axis", language)
    return comparison(f"comparison_{shown.name}", numbers, table, titles, shown.title, description, axis, notes)
