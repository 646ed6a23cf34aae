"""How printed tables are laid out: their cells in printed order, and the definition behind each."""

from __future__ import annotations

from difflib import get_close_matches

from analysis.errors import UserError
from analysis.study.codebook import BLANK, NOT_DOCUMENTED, PLACED, YES, Codebook, Variable
from analysis.study.expressions import EVERY, Answers, Compare, Count, Is, Quantity, parse_condition, parse_quantity

BLANK_ITEM = "blank"
"""Item of the row that counts blank cells."""

OPEN_ITEMS = (NOT_DOCUMENTED, BLANK_ITEM)


def quantity(codebook: Codebook, block: str, item: str, column: str) -> Quantity:
    """The definition of the number in one printed cell.

    Raises UserError where the codebook knows no such cell.
    """
    if block not in codebook.frames["block"]:
        raise UserError(f"'{block}' is not a block of a table.{_nearest(block, codebook.frames['block'])}")
    members = [member for member in members_of(codebook, block) if column_of(codebook, member) == column]
    if not members:
        columns = dict.fromkeys(column_of(codebook, member) for member in members_of(codebook, block))
        raise UserError(f"The block '{block}' has no column '{column}'; its columns: {', '.join(columns)}.")
    for member in members:
        found = definition_of(codebook, member, item)
        if found is not None:
            return found
    closing = closing_of(codebook, block)
    if item == closing:
        return closing_quantity(codebook, members, closing)
    items = [name for _, name, _ in _listed(codebook, block)]
    raise UserError(f"The block '{block}' has no row '{item}'.{_nearest(item, items)}")


def cells(codebook: Codebook, table: str) -> tuple[tuple[str, str, str], ...]:
    """Block, item and column of every cell that the table always has, in printed order."""
    return tuple(cell for block in codebook.blocks(table) for cell in _listed(codebook, block.name))


def label(codebook: Codebook, block: str, item: str, language: str) -> str:
    """The label of a row of a block; of a row such as `alcohol.nd` the label of `nd`.

    Where a choice or count has an item of its own, its name stands before its code: the block can have several.

    Raises KeyError where the codebook knows no such row.
    """
    for member in members_of(codebook, block):
        if member.type in ("tick", "derived", "quantity") and item == item_of(member):
            return member.label[language]
        part = item.rpartition(".")[2]
        if item != item_of(member, part):
            continue
        of = f"{member.label[language]}: " if member.item and member.type in ("choice", "count") else ""
        if part == BLANK_ITEM:
            return of + codebook.frame("total", BLANK_ITEM).label[language]
        if part == NOT_DOCUMENTED or part in member.code_names() or (member.type == "count" and part.isdigit()):
            return of + codebook.label(member.name, part, language)
    if item == closing_of(codebook, block):
        return codebook.frame("total", item).label[language]
    raise KeyError((block, item))


def is_reckoned(codebook: Codebook, block: str, item: str) -> bool:
    """Whether a row closes its block or is defined, and so has no rows beside it that count its missing answers."""
    defined = (m for m in members_of(codebook, block) if m.type in ("derived", "quantity"))
    return item == closing_of(codebook, block) or any(item == item_of(member) for member in defined)


def place(codebook: Codebook, block: str, item: str, column: str) -> tuple[int, ...]:
    """What sorts cells into printed order, those among them that the table has only where they occur.

    Raises KeyError where the codebook knows no such block.
    """
    blocks, columns = (list(codebook.frames[kind]) for kind in ("block", "column"))
    if block not in blocks:
        raise KeyError(block)
    members = members_of(codebook, block)
    groups = list(dict.fromkeys(member.item for member in members))
    within = len(groups), 0, 0  # the row that closes the block
    part = item.rpartition(".")[2]
    for member in members:
        if item == item_of(member) and member.type not in ("choice", "count"):
            within = groups.index(member.item), 0, 0
        elif item == item_of(member, part) and (part in OPEN_ITEMS or part in member.code_names() or part.isdigit()):
            within = groups.index(member.item), *rank_of(member, part)
    return blocks.index(block), *within, columns.index(column)


def _nearest(name: str, known) -> str:
    near = get_close_matches(name, list(known), n=1)
    return f" Did you mean {near[0]}?" if near else ""


def members_of(codebook: Codebook, block: str) -> list[Variable]:
    return [member for member in codebook.members(block) if member.type in PLACED]


def column_of(codebook: Codebook, member: Variable) -> str:
    return member.column or next(iter(codebook.frames["column"]))


def columns_of(codebook: Codebook, members: list[Variable]) -> list[str]:
    used = {column_of(codebook, member) for member in members}
    return [column for column in codebook.frames["column"] if column in used]


def closing_of(codebook: Codebook, block: str) -> str:
    """Item of the row that closes the block, empty if none does."""
    return codebook.frame("block", block).definition


def closed_by(codebook: Codebook, members: list[Variable], closing: str) -> list[Variable]:
    """The variables in whose columns a closing row stands: where it totals answers, those that have some."""
    if codebook.frame("total", closing).definition != "answers":
        return members
    return [member for member in members if member.type == "tick"]


def closing_quantity(codebook: Codebook, members: list[Variable], closing: str) -> Quantity:
    unit = codebook.unit(members[0].sheet)
    if codebook.frame("total", closing).definition == "answers":
        return Answers(unit, tuple(Is(member.name, YES) for member in members if member.type == "tick"))
    return Count(unit, EVERY)


def item_of(member: Variable, part: str = "") -> str:
    """Name of a row: the item that the codebook gives the variable, the code or value, or both."""
    return ".".join(name for name in (member.item, part) if name)


def definition_of(codebook: Codebook, member: Variable, item: str) -> Quantity | None:
    unit = codebook.unit(member.sheet)
    if member.type in ("tick", "derived", "quantity") and item == item_of(member):
        if member.type == "quantity":
            return parse_quantity(member.definition, codebook)
        return Count(unit, parse_condition(member.name, codebook))
    if member.type in ("derived", "quantity"):
        return None
    codes = {NOT_DOCUMENTED: NOT_DOCUMENTED, BLANK_ITEM: BLANK}
    if member.type == "choice":
        codes |= {code: code for code in member.code_names()}
    for part, code in codes.items():
        if item == item_of(member, part):
            return Count(unit, Is(member.name, code))
    if member.type == "count":
        value = item.rpartition(".")[2]
        if item == item_of(member, value) and value.isascii() and value.isdigit():
            return Count(unit, Compare(member.name, "==", int(value)))
    return None


def _listed(codebook: Codebook, block: str) -> list[tuple[str, str, str]]:
    members = members_of(codebook, block)
    items: dict[str, dict[str, None]] = {}
    for member in members:
        parts = member.code_names() if member.type in ("choice", "count") else ("",)
        for part in parts:
            items.setdefault(item_of(member, part), {})[column_of(codebook, member)] = None
    columns = columns_of(codebook, members)
    if members and (closing := closing_of(codebook, block)):
        items[closing] = dict.fromkeys(columns_of(codebook, closed_by(codebook, members, closing)))
    return [(block, item, column) for item, used in items.items() for column in columns if column in used]


def rank_of(member: Variable, part: str) -> tuple[int, int]:
    """Where a row stands among those of its variable."""
    codes = member.code_names()
    if part == BLANK_ITEM:
        return 2, 0
    if part == NOT_DOCUMENTED and (part not in codes or member.type == "count"):
        return 1, 0
    if member.type == "count":
        listed = [int(code) for code in codes if code != NOT_DOCUMENTED]
        return 0, int(part) if len(listed) > 1 and listed == sorted(listed) else -int(part)
    return 0, codes.index(part) if part in codes else 0
