"""What a printed number counts, said in the codebook's labels, and how numbers and lists are written for readers."""

from __future__ import annotations

import re
import string
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction

from analysis.language.text import in_sentence
from analysis.printed.model import Statement
from analysis.study import layout
from analysis.study.claims import Claim
from analysis.study.codebook import YES, Codebook, Text
from analysis.study.expressions import (
    EVERY,
    Answers,
    Arithmetic,
    AtLeast,
    Compare,
    Condition,
    Constant,
    Count,
    Derived,
    Each,
    Is,
    Not,
    Quantity,
    Same,
    Summary,
)

WORDS = {
    "and": Text("and", "och"),
    "or": Text("or", "eller"),
    "not": Text("not ({part})", "inte ({part})"),
    "atleast": Text("at least {number} of ({parts})", "minst {number} av ({parts})"),
    "same": Text("{left} as {right}", "{left} som {right}"),
    "every": Text("all {unit}", "alla {unit}"),
    "each": Text("{part}, in each {reference}", "{part}, i varje {reference}"),
    "mean": Text("mean of {variable}", "medelvärde av {variable}"),
    "median": Text("median of {variable}", "median av {variable}"),
    "sum": Text("sum of {variable}", "summa av {variable}"),
    "minimum": Text("smallest {variable}", "minsta {variable}"),
    "maximum": Text("largest {variable}", "största {variable}"),
    "range": Text("{low} to {high}", "{low} till {high}"),
    "not listed": Text("not listed", "ej i tabellen"),
    "nothing": Text("no value tried", "inget prövat värde"),
    "undecided": Text("not decided in the time given", "inte avgjort på den givna tiden"),
    "in words": Text("{number} (in words: {words})", "{number} (med ord: {words})"),
    "our_reading": Text("our reading {said}", "vår läsning {said}"),
    "no_missing": Text(
        "the assumption that no answer is missing in {what}", "antagandet att inget svar saknas i {what}"
    ),
    "no_missing_any": Text(
        "the assumption that no answer is missing anywhere", "antagandet att inget svar saknas någonstans"
    ),
    "implied": Text("{label}: any value that the table does not list", "{label}: värden som inte står i tabellen"),
}
"""The small words, in each language."""


_SIGNS = {">=": "≥", "<": "<", "==": "="}


def word(key: str, language: str, **facts: object) -> str:
    """A small word or phrase with the facts in their places."""
    return WORDS[key][language].format_map({name: str(value) for name, value in facts.items()})


def place(codebook: Codebook, claim: Claim, language: str) -> str:
    """Where a claim is printed and what it counts: table, block, row and column, or the place in the text."""
    if claim.block:
        table = codebook.frame("block", claim.block).table
        number = str(list(codebook.frames["table"]).index(table) + 1)
        where = codebook.phrase("table_number", language, number=number)
        if not claim.where.startswith(codebook.phrase("table_number", "en", number=number)):
            where = claim.where
        return f"{where}, {cell(codebook, claim.block, claim.item, claim.column, language)}"
    return f"{claim.where}: {counted(codebook, claim.quantity, language)}"


def brief(codebook: Codebook, claim: Claim, language: str) -> tuple[str, str]:
    """Where a claim is printed, in short: the table or place in the text, and the row (none for a text).

    The block is named only where the table has several rows of that label.
    """
    if not claim.block:
        return claim.where, ""
    where, _, row = place(codebook, claim, language).partition(", ")
    table = codebook.frame("block", claim.block).table
    label = layout.label(codebook, claim.block, claim.item, language)
    namesakes = [
        block.name
        for block in codebook.blocks(table)
        for member in codebook.members(block.name)
        if block.name != claim.block
        and label in (member.label[language], *(codebook.label(member.name, c, language) for c in member.code_names()))
    ]
    heading = codebook.frame("block", claim.block).label[language]
    return where, row if namesakes or not row.startswith(f"{heading}: ") else row[len(heading) + 2 :]


def cell(codebook: Codebook, block: str, item: str, column: str, language: str) -> str:
    """The labels of a printed cell: block, row, and the column where the block has several."""
    columns = {member.column for member in codebook.members(block) if member.column}
    parts = [codebook.frame("block", block).label[language]]
    label = layout.label(codebook, block, item, language)
    if label != parts[0]:
        parts.append(label)
    text = ": ".join(parts)
    return f"{text}, {in_sentence(codebook.frame('column', column).label[language])}" if len(columns) > 1 else text


def named(codebook: Codebook, statement: Statement, claims: Mapping[str, Claim], language: str) -> str:
    """What a statement is about, for the middle of a certificate: the cell's labels, or what the text counts."""
    for name in statement.ids:
        if claims[name].block:
            claim = claims[name]
            return cell(codebook, claim.block, claim.item, claim.column, language)
    if not statement.ids:
        return implied(codebook, statement.name, language)
    return counted(codebook, statement.quantity, language)


def implied(codebook: Codebook, name: str, language: str) -> str:
    """What a statement says that no number prints: that a table lists every value of a variable.

    A name that is no statement's, as of a number that was taken out of the list since, stands for itself.
    """
    variable = codebook.variables.get(name.removeprefix("implied."))
    return word("implied", language, label=variable.label[language]) if variable else name


def assumed(codebook: Codebook, name: str, language: str) -> str:
    """An assumption (see `model.assumption_on`) or a reading of the codebook, for the middle of a sentence."""
    if name in codebook.variables:
        return word("our_reading", language, said=quoted(codebook.variable(name).label[language].rstrip("."), language))
    what = name.partition(".")[2]
    return (
        word("no_missing", language, what=gaps(codebook, what, language)) if what else word("no_missing_any", language)
    )


def gaps(codebook: Codebook, name: str, language: str) -> str:
    """Where answers could be missing: the label of a block or a variable, in quotation marks."""
    row = codebook.frames["block"].get(name) or codebook.variable(name)
    return quoted(row.label[language], language)


def counted(codebook: Codebook, quantity: Quantity, language: str) -> str:
    """What a quantity counts, in words."""
    match quantity:
        case Constant(number=number):
            return str(number)
        case Count(unit=unit, condition=condition):
            return _every(codebook, unit, language) if condition == EVERY else met(codebook, condition, language)
        case Answers(conditions=conditions):
            return " + ".join(met(codebook, condition, language) for condition in conditions)
        case Each(reference=reference, condition=condition, unit=unit):
            part = _every(codebook, unit, language) if condition == EVERY else met(codebook, condition, language)
            reference = in_sentence(codebook.variable(reference).label[language])
            return word("each", language, part=part, reference=reference)
        case Summary(statistic=statistic, variable=name):
            return word(statistic, language, variable=in_sentence(codebook.variable(name).label[language]))
        case Arithmetic(operator=operator, left=left, right=right):
            sign = {"-": "−"}.get(operator, operator)
            return f"({counted(codebook, left, language)}) {sign} ({counted(codebook, right, language)})"
    raise TypeError(quantity)


def met(codebook: Codebook, condition: Condition, language: str) -> str:
    """A condition in words."""
    match condition:
        case Is(variable=name, code=code):
            variable = codebook.variable(name)
            label = labelled(codebook, name, language)
            return label if variable.type == "tick" and code == YES else (
                f"{label}: {in_sentence(codebook.label(name, code, language))}"
            )  # fmt: skip
        case Compare(variable=name, relation=relation, number=number):
            return f"{labelled(codebook, name, language)} {_SIGNS[relation]} {number}"
        case Same(left=left, right=right):
            left, right = (labelled(codebook, name, language) for name in (left, right))
            return word("same", language, left=left, right=right)
        case Not(part=part):
            return word("not", language, part=met(codebook, part, language))
        case Derived(name=name, condition=part):
            label = codebook.variable(name).label[language]
            namesakes = [row for row in codebook.variables.values() if row.label[language] == label]
            if codebook.variable(name).block or len(namesakes) == 1:
                return labelled(codebook, name, language)
            return met(codebook, part, language)
        case AtLeast(number=number, parts=parts):
            said = [met(codebook, part, language) for part in parts]
            nested = [f"({text})" if _joins(part) else text for text, part in zip(said, parts, strict=True)]
            if number == len(parts):
                return f" {word('and', language)} ".join(nested)
            if number == 1:
                return f" {word('or', language)} ".join(nested)
            return word("atleast", language, number=number, parts="; ".join(said))
    raise TypeError(condition)


def _joins(condition: Condition) -> bool:
    return isinstance(condition, AtLeast) and len(condition.parts) > 1


def _every(codebook: Codebook, unit: str, language: str) -> str:
    return word("every", language, unit=codebook.unit_name(unit, language))


def labelled(codebook: Codebook, name: str, language: str) -> str:
    """The label of a variable, with its block and column where print has it in one."""
    variable = codebook.variable(name)
    if variable.block and variable.item and variable.type not in ("choice", "count"):  # each code of these is a row
        return cell(codebook, variable.block, variable.item, variable.column, language)
    return variable.label[language]


def quoted(text: str, language: str) -> str:
    """The text in the language's quotation marks."""
    return f"”{text}”" if language == "sv" else f"“{text}”"


def number(value: Fraction, decimals: int, percent: bool, language: str) -> str:
    """A number as print writes it, with so many decimals."""
    scaled = value * 100 if percent else value
    shown = (abs(scaled) * 10**decimals + Fraction(1, 2)) // 1
    whole, rest = divmod(int(shown), 10**decimals)
    text = f"{whole}.{rest:0{decimals}d}" if decimals else str(whole)
    text = text.replace(".", "," if language == "sv" else ".") + ("%" if percent else "")
    return f"−{text}" if scaled < 0 and shown else text


def as_printed(value: Fraction, claim: Claim, language: str, more: int = 0) -> str:
    """A number as print would show it in place of the claim's: as many decimals (or `more`), in the same unit.

    The percent sign is left out where it stands in the heading and not beside the number.
    """
    decimals, percent = resolution(claim.value or claim.published)
    text = number(value, decimals + more, percent, language)
    return text if "%" in claim.published else text.removesuffix("%")


def resolution(published: str) -> tuple[int, bool]:
    """How many decimals a printed string has, and whether it is a percentage."""
    match = re.search(r"[.,](\d+)", published)
    return (len(match[1]) if match else 0), "%" in published


def several(values: Sequence[Fraction], step: Fraction, write, language: str) -> str:
    """Values in words, neighbours (one step apart) drawn together: `1, 4 to 6`."""
    runs: list[list[Fraction]] = []
    for value in sorted(values):
        if runs and value - runs[-1][-1] == step:
            runs[-1].append(value)
        else:
            runs.append([value])
    shown = []
    for run in runs:
        if len(run) > 2:
            shown.append(word("range", language, low=write(run[0]), high=write(run[-1])))
        else:
            shown += [write(value) for value in run]
    return ", ".join(shown) or word("nothing", language)


def letters(count: int) -> list[str]:
    """Letters that so many things are named by: a, b, ... z, aa, bb, ..."""
    alphabet = string.ascii_lowercase
    return [alphabet[place % len(alphabet)] * (1 + place // len(alphabet)) for place in range(count)]


def listed(items: Iterable[str], language: str) -> str:
    """Items of a list within a sentence."""
    found = list(items)
    return found[0] if len(found) == 1 else f"{', '.join(found[:-1])} {word('and', language)} {found[-1]}"
