"""A second solver's view of printed numbers: an encoding for clingo, written from the expressions alone.

It shares nothing with the model but the parsed expressions: values of cells are atoms of answer sets, totals are
counted from row to row. Rows are ordered here too, as no search ends without; that is checked against all arrangements.
"""

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from itertools import count
from math import ceil, floor

import clingo

from analysis.printed.model import Statement
from analysis.study.codebook import Codebook
from analysis.study.expressions import (
    Answers,
    Arithmetic,
    AtLeast,
    Compare,
    Constant,
    Count,
    Derived,
    Each,
    Is,
    Not,
    Same,
    Summary,
    parse_condition,
    variables,
)

TOP = 50
"""Largest value of a count that is added up, where the codebook sets none."""


class SecondOpinion:
    """Asks clingo which of the statements can hold together.

    `known` names the variables of the whole study: a rule binds if all that it speaks of are among them.
    """

    def __init__(self, codebook: Codebook, size: Mapping[str, int], stated: Sequence[Statement], known: set[str]):
        self.codebook, self.size = codebook, size
        self.lines: list[str] = []
        self.ids = count()
        self.bits: list[tuple[str, str]] = []
        names = list(dict.fromkeys(name for s in stated for name in variables(s.quantity)))
        self.numbers_of = {name: self.domain(name, stated) for name in names if codebook.variable(name).type == "count"}
        rules = [(rule, parse_condition(rule.definition, codebook)) for rule in codebook.rules()]
        for _, condition in rules:
            if set(variables(condition)) <= known and set(variables(condition)) & set(names):
                names += [name for name in variables(condition) if name not in names]
        for unit, number in size.items():
            self.lines.append(f"row({unit},0..{number - 1}).")
        for name in names:
            self.cell(name)
        for rule, condition in rules:
            if set(variables(condition)) <= set(names):
                unit = codebook.unit(rule.sheet)
                self.lines.append(f":- row({unit},R), not c({self.condition(condition, unit)},R).")
        self.numbers = {}
        self.order()
        for number, statement in enumerate(stated):
            self.numbers[statement.name] = number
            self.lines.append(f"{{ on({number}) }}.")
            for line in self.limits(statement):
                self.lines.append(f":- on({number}), {line}.")
        self.control = clingo.Control()
        self.control.add("base", [], "\n".join(self.lines))
        self.control.ground([("base", [])])

    def can_hold(self, names: Iterable[str]) -> bool:
        """Whether the named statements can all hold; the others are left open."""
        wanted = [(clingo.Function("on", [clingo.Number(self.numbers[name])]), True) for name in names]
        return bool(self.control.solve(assumptions=wanted).satisfiable)

    def cell(self, name: str) -> None:
        variable = self.codebook.variable(name)
        unit = self.codebook.unit(variable.sheet)
        if variable.type == "count":
            numbers = self.numbers_of.get(name) or self.domain(name, ())
            self.bits += [(unit, f"num({name},R,{number})") for number in numbers]
            options = "; ".join(f"num({name},R,{number})" for number in numbers)
            self.lines.append(f"{'1' if variable.required else '0'} {{ {options} }} 1 :- row({unit},R).")
            return
        if variable.type == "ref":
            codes = [
                f"{variable.definition[0].upper()}{number + 1}" for number in range(self.size[variable.definition])
            ]
        else:
            codes = ["yes", "no"] if variable.type == "tick" else [*variable.code_names(), "nd"]
        options = "; ".join(f'is({name},R,"{code}")' for code in dict.fromkeys(codes))
        self.bits += [(unit, f'is({name},R,"{code}")') for code in dict.fromkeys(codes)]
        self.lines.append(f"1 {{ {options} }} 1 :- row({unit},R).")

    def domain(self, name: str, stated: Sequence[Statement]) -> list[int]:
        """Values of a count variable: all that can be added up, or those around the numbers that are spoken of."""
        variable = self.codebook.variable(name)
        low, high = variable.minimum or 0, variable.maximum
        found = {low, *range(low, TOP + 1)}
        for statement in stated:
            if name in variables(statement.quantity):
                spoken = {int(end) for end in (statement.low, statement.high) if end is not None}
                found |= {number + step for number in spoken for step in (-1, 0, 1)}
        return sorted(number for number in found if number >= low and (high is None or number <= high))

    def order(self) -> None:
        """No row has a 1 where the row before it has a 0 and all before was equal."""
        for unit in self.size:
            bits = [atom for kind, atom in self.bits if kind == unit]
            for number, atom in enumerate(bits):
                here, after = atom, atom.replace(",R,", ",R+1,")
                equal = f"equal({unit},{number},R)" if number else f"row({unit},R)"
                self.lines.append(f":- {equal}, row({unit},R+1), not {here}, {after}.")
                self.lines.append(f"equal({unit},{number + 1},R) :- {equal}, row({unit},R+1), {here}, {after}.")
                self.lines.append(f"equal({unit},{number + 1},R) :- {equal}, row({unit},R+1), not {here}, not {after}.")

    def condition(self, node, unit: str) -> int:
        """A number k such that c(k,R) holds in exactly the rows that meet the condition."""
        match node:
            case Derived(condition=part):
                return self.condition(part, unit)
            case Is(variable=name, code=code):
                body = [f'is({name},R,"{code}")']
            case Compare(variable=name, relation=relation, number=number):
                body = [f"num({name},R,X), X {'>=' if relation == '>=' else '='} {number}"]
            case Same(left=left, right=right):
                body = [f'is({left},R,"yes"), is({right},R,"yes")', f'not is({left},R,"yes"), not is({right},R,"yes")']
            case Not(part=part):
                body = [f"not c({self.condition(part, unit)},R)"]
            case AtLeast(number=number, parts=parts):
                inner = "; ".join(f"c({self.condition(part, unit)},R)" for part in parts)
                body = [f"{number} {{ {inner} }}" if number else f"row({unit},R)"]
        k = next(self.ids)
        self.lines += [f"c({k},R) :- row({unit},R), {one}." for one in body]
        return k

    def total(self, quantity) -> int:
        """A number k such that total(k,V) holds for exactly the value V of a quantity that is a whole number."""
        k = next(self.ids)
        match quantity:
            case Constant(number=number):
                self.lines.append(f"total({k},{number}).")
            case Count(unit=unit, condition=condition):
                self.running(k, unit, f"c({self.condition(condition, unit)},R)", "1")
            case Summary(unit=unit, statistic="sum", variable=name):
                self.running(k, unit, f"num({name},R,X)", "X", f"num({name},R,_)")
            case Answers(unit=unit, conditions=conditions):
                parts = [self.total(Count(unit, condition)) for condition in conditions]
                self.lines.append(f"part({k},0,0).")
                for step, part in enumerate(parts):
                    self.lines.append(f"part({k},{step + 1},V+W) :- part({k},{step},V), total({part},W).")
                self.lines.append(f"total({k},V) :- part({k},{len(parts)},V).")
            case Arithmetic(operator=operator, left=left, right=right):
                a, b = self.total(left), self.total(right)
                self.lines.append(f"total({k},V{operator}W) :- total({a},V), total({b},W).")
        return k

    def running(self, k: int, unit: str, adds: str, number: str, any_adds: str = "") -> None:
        """The total from row to row: without such steps between, no short proof exists."""
        self.lines += [
            f"sofar({k},0,0).",
            f"sofar({k},R+1,V+{number}) :- sofar({k},R,V), row({unit},R), {adds}.",
            f"sofar({k},R+1,V) :- sofar({k},R,V), row({unit},R), not {any_adds or adds}.",
            f"total({k},V) :- sofar({k},{self.size[unit]},V).",
        ]

    def limits(self, statement: Statement):
        """Bodies of constraints, each of which says that the statement does not hold."""
        quantity, low, high = statement.quantity, statement.low, statement.high
        match quantity:
            case Each(unit=unit, reference=reference, condition=condition):
                for number in range(self.size[self.codebook.variable(reference).definition]):
                    code = f"{self.codebook.variable(reference).definition[0].upper()}{number + 1}"
                    yield from self.outside(Count(unit, AtLeast(2, (Is(reference, code), condition))), low, high)
            case Summary(unit=unit, statistic="mean", variable=name):
                yield from self.share(Summary(unit, "sum", name), Count(unit, Compare(name, ">=", 0)), low, high)
            case Summary(statistic="minimum" | "maximum" as statistic, variable=name):
                yield f"not num({name},_,_)"
                for end, sign, opposite in ((low, "<", ">="), (high, ">", "<=")):
                    if end is None:
                        continue
                    end = ceil(end) if sign == "<" else floor(end)
                    if (statistic == "minimum") == (sign == "<"):
                        yield f"num({name},_,X), X {sign} {end}"
                    else:
                        yield f"0 {{ num({name},R,X) : X {opposite} {end} }} 0"
            case Arithmetic(operator="/", left=left, right=right):
                yield from self.share(left, right, low, high)
            case _:
                yield from self.outside(quantity, low, high)

    def outside(self, quantity, low: Fraction | None, high: Fraction | None):
        k = self.total(quantity)
        if low is not None:
            yield f"total({k},V), V < {ceil(low)}"
        if high is not None:
            yield f"total({k},V), V > {floor(high)}"

    def share(self, part, whole, low: Fraction | None, high: Fraction | None):
        a, b = self.total(part), self.total(whole)
        yield f"total({b},W), W < 1"
        for end, sign in ((low, "<"), (high, ">")):
            if end is not None:
                yield f"total({a},V), total({b},W), V*{end.denominator} {sign} W*{end.numerator}"
