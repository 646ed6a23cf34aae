"""The printed figures as claims: what each counts, what was computed, and whether the two agree.

A claim is one row of published.csv. What it counts is either a cell of a printed table, whose definition the codebook
holds, or an expression of its own. A printed number agrees with a computed one if the computed one rounds to it, with
halves rounded either way.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from analysis.errors import UserError
from analysis.language import messages, textfiles
from analysis.study import layout
from analysis.study.codebook import Codebook
from analysis.study.expressions import Arithmetic, Quantity, Summary, parse_quantity

COLUMNS = (
    "id", "where", "block", "item", "column", "published", "value", "unit", "relation", "counts", "alternative",
    "stated", "note",
)  # fmt: skip
"""Columns of published.csv, in order."""

REPRODUCED, DIFFERS, NOT_COMPUTABLE = "reproduced", "differs", "not computable"
"""Verdicts on a printed number."""

RELATIONS = ("=", ">=", "<=", ">", "<")
"""How a printed number can relate to what it counts; words such as 'most' are inequalities."""


@dataclass(frozen=True)
class Claim:
    """One printed number.

    `low` and `high` are the ends of what rounds to the printed string (equal for a count); they and `quantity` are None
    where the number counts nothing that the case sheet codes; `alternative` is a second way to read it; `unit` is what
    print counts, in its own words (a number of plans is computed in files, one selected plan each); `stated` is how
    often the article prints it; `value` is the number that the string stands for, where it does not say it itself.
    """

    id: str
    where: str
    block: str
    item: str
    column: str
    published: str
    low: Fraction | None
    high: Fraction | None
    unit: str
    relation: str
    quantity: Quantity | None
    alternative: Quantity | None
    stated: int
    note: str
    value: str = ""

    def agrees(self, number: Fraction) -> bool:
        """Whether a computed number agrees with the printed one. A limit is any number that rounds to it."""
        match self.relation:
            case "=":
                return self.low <= number <= self.high
            case ">=":
                return number >= self.low
            case "<=":
                return number <= self.high
            case ">":
                return number > self.low
        return number < self.high

    def may_agree(self, low: Fraction | float, high: Fraction | float) -> bool:
        """Whether some number from `low` to `high` may agree with the printed one."""
        match self.relation:
            case "=":
                return low <= self.high and self.low <= high
            case ">=" | ">":
                return self.agrees(high)
        return self.agrees(low)


def read(path: Path, codebook: Codebook, language: str = "en") -> tuple[Claim, ...]:
    """The claims of a published.csv, in printed order.

    Raises UserError that says in the language which columns are unknown or missing, or names every row with a problem.
    """
    lines = textfiles.table(path, COLUMNS, ("id", "published"), language, is_known=lambda _: False)
    found: list[Claim] = []
    problems: list[str] = []
    for line in lines:
        facts = {"file": path.name, "row": line.number}
        if line.is_long:
            problems.append(messages.text("text_row_long", language, **facts))
        elif not line.cells["id"]:
            problems.append(messages.text("claims_no_id", language, **facts))
        else:
            try:
                found.append(_claim(line.cells, codebook))
            except UserError as error:
                problems.append(f"{path.name}, row {line.number}: {error}")
    if lines and not any(line.cells[column] for line in lines for column in ("block", "counts")):
        facts = {"file": path.name, "allowed": ", ".join(COLUMNS)}
        problems.append(messages.text("claims_no_counts", language, **facts))
    ids = [claim.id for claim in found]
    problems += [f"{path.name}: the id '{name}' stands twice." for name in sorted({i for i in ids if ids.count(i) > 1})]
    if problems:
        raise UserError("\n".join([messages.text("claims_head", language), *(f"- {problem}" for problem in problems)]))
    return tuple(found)


def _claim(line: dict[str, str], codebook: Codebook) -> Claim:
    relation = line["relation"] or "="
    if relation not in RELATIONS:
        raise UserError(f"the relation '{relation}' is unknown; use one of {' '.join(RELATIONS)}.")
    if line["block"]:
        quantity = layout.quantity(codebook, line["block"], line["item"], line["column"])
    else:
        quantity = parse_quantity(line["counts"], codebook) if line["counts"] else None
    alternative = parse_quantity(line["alternative"], codebook) if line["alternative"] else None
    low = high = None
    if quantity is not None:
        low, high = printed_interval(line["value"] or line["published"], whole=is_whole(quantity))
    if not (line["stated"] or "1").isdigit():
        raise UserError(f"stated is '{line['stated']}'; write how often the number is stated, such as 1.")
    return Claim(
        id=line["id"], where=line["where"], block=line["block"], item=line["item"], column=line["column"],
        published=line["published"], low=low, high=high, unit=line["unit"], relation=relation, quantity=quantity,
        alternative=alternative, stated=int(line["stated"] or 1), note=line["note"], value=line["value"],
    )  # fmt: skip


def printed_interval(text: str, whole: bool = False) -> tuple[Fraction, Fraction]:
    """The smallest and largest number that rounds to the printed string, halves rounded either way.

    A percent sign, trailing note marks, a decimal point or comma and groups of three digits between blanks or
    apostrophes are understood. Points and commas can part groups too: in what counts something (`whole`) they do
    wherever groups of three allow it, elsewhere only where there are several of them or decimals follow. With `whole`
    the number stands for itself. Raises UserError for a string that is no number.
    """
    match = re.fullmatch(r"([-−]?)([\d.,'’\s]*\d)\s*(%?)\**", text.strip())
    number = match and _digits(match[2], whole=whole and not match[3])
    if not number:
        raise UserError(f"'{text}' is not a number; write the number it stands for in the column value.")
    digits, decimals = number
    scale = 100 if match[3] else 1
    middle = Fraction(int(digits + decimals), 10 ** len(decimals) * scale) * (-1 if match[1] else 1)
    half = Fraction(0) if whole and not match[3] and not decimals else Fraction(1, 2 * 10 ** len(decimals) * scale)
    return middle - half, middle + half


_GROUPED = r"[1-9]\d{0,2}(?:(?P<mark>[\s'’.,])\d{3})(?:(?P=mark)\d{3})*"
_NUMBERS = (rf"({_GROUPED})", r"(\d+)(?:[.,](?P<decimals>\d+))?", rf"({_GROUPED})(?!(?P=mark))[.,](?P<decimals>\d+)")


def _digits(text: str, whole: bool) -> tuple[str, str] | None:
    """The digits before and after the decimal sign, without what parts groups of three; None if it is no number."""
    for form in _NUMBERS:
        if match := re.fullmatch(form, text):
            found = match.groupdict()
            # One point or comma before three digits is the decimal sign, but for what is whole by nature.
            if form == _NUMBERS[0] and not whole and found["mark"] in ".," and text.count(found["mark"]) == 1:
                continue
            return re.sub(r"\D", "", match[1]), found.get("decimals") or ""
    return None


def is_whole(quantity: Quantity) -> bool:
    """Whether the quantity is a whole number by its nature: every count is, a mean or share is not."""
    match quantity:
        case Summary(statistic="mean" | "median"):
            return False
        case Arithmetic(operator=operator, left=left, right=right):
            return operator != "/" and is_whole(left) and is_whole(right)
    return True


def read_ledger(path: Path, language: str = "en") -> dict[str, str]:
    """The known differences: claim id -> explanation, from a CSV with the columns id and explanation.

    Raises UserError where it cannot be read or a line lacks its explanation.
    """
    columns = ("id", "explanation")
    lines = textfiles.table(path, columns, columns, language, is_known=lambda _: True)
    found = {line.cells["id"]: line.cells["explanation"] for line in lines}
    empty = [name for name, explanation in found.items() if not explanation]
    if empty:
        raise UserError(f"{path.name} does not explain: {', '.join(empty)}.")
    return found
