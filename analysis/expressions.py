"""One little language for conditions on a row and for numbers over rows.

Derived variables and rules of the codebook, printed claims, bounds and filters are all written in it::

    sex == female and not before_health_addiction        a condition on a row
    n_plans >= 2, residence in (regular, family)         ... on counts and codes
    any(a, b), all(a, b), atleast(2, a, b, c)            ... on several conditions
    before_health_addiction == after_health_addiction    ... two variables agree
    files(), files(CONDITION), authorities(CONDITION)    how many rows of a unit meet a condition
    answers(A, B, C)                                     the sum of the counts of several conditions
    mean(n_plans), sum(...), minimum(...), maximum(...)  over the rows where the variable is coded
    each(authority, CONDITION)                           the count, where it is the same in every authority
    files(A) - files(B), files(A) / files(B)             a difference, a share
    crosstab(sex, n_plans)                               every cell of two variables (bounds alone take it)

A bare tick variable or derived variable means that it holds. Python's own parser reads the text, nothing is executed.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from difflib import get_close_matches
from fractions import Fraction
from functools import cache

import numpy as np
import pandas as pd
from pandas.api.extensions import ExtensionArray

from analysis.codebook import BLANK, YES, Codebook, Variable
from analysis.errors import UserError
from analysis.messages import text as message
from analysis.text import LANGUAGES


class NotCoded(Exception):
    """A variable that an expression needs is not coded: its column is missing, or blank in every row."""

    def __init__(self, variable: str):
        super().__init__(variable)
        self.variable = variable


class Unreadable(UserError):
    """A text that is no condition or quantity; `text` is that text, or the definition of a variable that it names."""

    def __init__(self, text: str, said: str):
        super().__init__(said)
        self.text = text


@dataclass(frozen=True)
class Is:
    """The variable has this code."""

    variable: str
    code: str


@dataclass(frozen=True)
class Compare:
    """The count variable stands in this relation (`>=` or `==`) to a whole number."""

    variable: str
    relation: str
    number: int


@dataclass(frozen=True)
class Same:
    """Two tick variables have the same answer."""

    left: str
    right: str


@dataclass(frozen=True)
class Not:
    """The condition does not hold."""

    part: Condition


@dataclass(frozen=True)
class AtLeast:
    """At least `number` of the parts hold: all of them for and, one of them for or."""

    number: int
    parts: tuple[Condition, ...]


@dataclass(frozen=True)
class Derived:
    """A derived variable of the codebook, kept by name so that a reader can be told of it."""

    name: str
    condition: Condition


Condition = Is | Compare | Same | Not | AtLeast | Derived

EVERY = AtLeast(0, ())
"""The condition that every row meets."""


@dataclass(frozen=True)
class Count:
    """How many rows of the unit meet the condition."""

    unit: str
    condition: Condition


@dataclass(frozen=True)
class Answers:
    """The sum of several counts."""

    unit: str
    conditions: tuple[Condition, ...]


@dataclass(frozen=True)
class Each:
    """The count of files of each value of a ref, where it is the same for all of them."""

    unit: str
    reference: str
    condition: Condition


@dataclass(frozen=True)
class Summary:
    """Mean, sum, minimum or maximum of a count variable over the rows where it is coded."""

    unit: str
    statistic: str
    variable: str


@dataclass(frozen=True)
class Arithmetic:
    """Sum, difference or quotient of two quantities."""

    operator: str
    left: Quantity
    right: Quantity


@dataclass(frozen=True)
class Constant:
    """A whole number."""

    number: int


Quantity = Count | Answers | Each | Summary | Arithmetic | Constant
Expression = Condition | Quantity

STATISTICS = ("mean", "sum", "minimum", "maximum")
_OPERATORS = {ast.Add: "+", ast.Sub: "-", ast.Div: "/"}
_EXAMPLES = {"condition": "sex == female and n_plans >= 2", "count": "files(sex == female)"}
_SINGLE = re.compile(r"\s*(?<![=!<>])=(?!=)\s*")
_FLIPPED = {ast.Lt: ast.Gt, ast.Gt: ast.Lt, ast.LtE: ast.GtE, ast.GtE: ast.LtE, ast.Eq: ast.Eq, ast.NotEq: ast.NotEq}


def parse_condition(text: str, codebook: Codebook, language: str = LANGUAGES[0]) -> Condition:
    """The condition that the text writes. Raises Unreadable, in the language, for a text that is none."""
    return _Parser(text, codebook, language).condition(_tree(text, language))


def parse_quantity(text: str, codebook: Codebook, language: str = LANGUAGES[0]) -> Quantity:
    """The quantity that the text writes. Raises Unreadable, in the language, for a text that is none."""
    return _Parser(text, codebook, language).quantity(_tree(text, language))


def parse(text: str, codebook: Codebook, language: str = LANGUAGES[0]) -> Expression:
    """The quantity or condition that the text writes. Raises Unreadable, in the language, if it writes neither."""
    parser, tree = _Parser(text, codebook, language), _tree(text, language)
    return parser.quantity(tree) if parser.is_quantity(tree) else parser.condition(tree)


def crosstab(text: str, language: str = LANGUAGES[0]) -> tuple[str, str] | None:
    """The names in a text that asks for a cross-tabulation; None for one that asks for something else.

    Whether they are variables is not looked at. Raises Unreadable, in the language, where it has not two names.
    """
    match _tree(text, language):
        case ast.Call(func=ast.Name(id="crosstab"), args=[ast.Name(id=down), ast.Name(id=across)], keywords=[]):
            return down, across
        case ast.Call(func=ast.Name(id="crosstab")):
            raise unreadable(text, message("ask_crosstab", language, example="crosstab(sex, n_plans)"), language)
    return None


def unreadable(text: str, why: str, language: str) -> Unreadable:
    """The error that says why a text, quoted in it, is no condition or quantity."""
    return Unreadable(text, message("ask_where", language, text=text, why=why))


def no_variable(name: str, codebook: Codebook, language: str) -> str:
    """What is said of a name that is no variable: those that it could mean, and where all of them are listed.

    A name can be meant by one like it, and by one that holds it, as can a label.
    """
    known = {row.name: row.label[language] for row in codebook.variables.values() if row.type not in ("rule", "note")}
    holding = (
        other for other, label in known.items() if name.lower() in other.lower() or name.lower() in label.lower()
    )
    near = list(dict.fromkeys([*holding, *get_close_matches(name, known, n=MOST_MEANT)]))[:MOST_MEANT]
    listed = ", ".join(f"{other} ({known[other]})" for other in near)
    hint = message("ask_near", language, names=listed) if near else ""
    return message("ask_no_variable", language, name=name, near=hint)


MOST_MEANT = 5
"""How many variables are named that could have been meant."""


def _tree(text: str, language: str) -> ast.expr:
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        tree = None
    if tree is not None and not any(isinstance(node, ast.keyword) for node in ast.walk(tree)):
        return tree
    doubled = _SINGLE.sub(" == ", text)
    key = "ask_unreadable" if doubled == text else "ask_equals"
    raise Unreadable(text, message(key, language, text=text, better=doubled, **_EXAMPLES))


class _Parser:
    def __init__(self, text: str, codebook: Codebook, language: str, within: tuple[str, ...] = ()):
        self.text = text
        self.codebook = codebook
        self.language = language
        self.within = within  # the defined variables whose definitions led here
        self.units = {codebook.unit(sheet) for sheet in codebook.frames["sheet"]}

    def fail(self, key: str, **facts: str) -> Unreadable:
        return unreadable(self.text, message(key, self.language, **_EXAMPLES, **facts), self.language)

    def defined(self, name: str) -> tuple[_Parser, ast.expr]:
        """Parser and tree of the definition of a variable."""
        if name in self.within:
            raise self.fail("ask_circle", name=name)
        text = self.codebook.variable(name).definition
        within = (*self.within, name)
        return _Parser(text, self.codebook, self.language, within), _tree(text, self.language)

    def needs_code(self, key: str, variable: Variable) -> Unreadable:
        return self.fail(key, name=variable.name, code=next(iter(variable.code_names()), "1"))

    def is_quantity(self, node: ast.expr) -> bool:
        if isinstance(node, ast.BinOp | ast.Constant):
            return True
        if isinstance(node, ast.Name):
            return node.id in self.codebook.variables and self.codebook.variable(node.id).type == "quantity"
        names = {*self.units, "answers", "each", *STATISTICS}
        return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names

    # conditions
    def condition(self, node: ast.expr) -> Condition:
        match node:
            case ast.BoolOp(op=ast.And(), values=values):
                return AtLeast(len(values), tuple(map(self.condition, values)))
            case ast.BoolOp(op=ast.Or(), values=values):
                return AtLeast(1, tuple(map(self.condition, values)))
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return Not(self.condition(operand))
            case ast.Call(func=ast.Name(id="any"), args=args, keywords=[]) if args:
                return AtLeast(1, tuple(map(self.condition, args)))
            case ast.Call(func=ast.Name(id="all"), args=args, keywords=[]) if args:
                return AtLeast(len(args), tuple(map(self.condition, args)))
            case ast.Call(func=ast.Name(id="atleast"), args=[ast.Constant(value=int(number)), *args], keywords=[]) if (
                args
            ):
                return AtLeast(number, tuple(map(self.condition, args)))
            case ast.Name(id=name):
                return self.named(name)
            case ast.Compare(left=left, ops=[operator], comparators=[right]):
                return self.comparison(left, operator, right)
            case ast.Compare(left=left, ops=[first, second], comparators=[middle, right]):
                return AtLeast(2, (self.comparison(left, first, middle), self.comparison(middle, second, right)))
        raise self.fail("ask_no_condition", part=ast.unparse(node))

    def named(self, name: str) -> Condition:
        variable = self.variable(name)
        if variable.type == "derived":
            parser, tree = self.defined(name)
            return Derived(name, parser.condition(tree))
        if variable.type == "tick" or YES in variable.code_names():
            return Is(name, YES)
        raise self.needs_code("ask_needs_code", variable)

    def comparison(self, left: ast.expr, operator: ast.cmpop, right: ast.expr) -> Condition:
        if not isinstance(left, ast.Name) and type(operator) in _FLIPPED:
            left, operator, right = right, _FLIPPED[type(operator)](), left
        if not isinstance(left, ast.Name):
            raise self.fail("ask_no_variable", name=ast.unparse(left), near="")
        variable = self.variable(left.id)
        if isinstance(operator, ast.In | ast.NotIn) and isinstance(right, ast.Tuple | ast.List):
            found = AtLeast(1, tuple(self.equals(variable, item) for item in right.elts))
            return Not(found) if isinstance(operator, ast.NotIn) else found
        match operator:
            case ast.Eq():
                return self.equals(variable, right)
            case ast.NotEq():
                return Not(self.equals(variable, right))
            case ast.GtE():
                return Compare(variable.name, ">=", self.number(variable, right))
            case ast.Gt():
                return Compare(variable.name, ">=", self.number(variable, right) + 1)
            case ast.Lt():
                return AtLeast(
                    2,
                    (Compare(variable.name, ">=", 0), Not(Compare(variable.name, ">=", self.number(variable, right)))),
                )
            case ast.LtE():
                return AtLeast(
                    2,
                    (
                        Compare(variable.name, ">=", 0),
                        Not(Compare(variable.name, ">=", self.number(variable, right) + 1)),
                    ),
                )
        raise self.fail("ask_no_comparison", part=ast.unparse(right), name=variable.name)

    def equals(self, variable: Variable, node: ast.expr) -> Condition:
        if variable.type == "count":
            return Compare(variable.name, "==", self.number(variable, node))
        match node:
            case ast.Name(id=code) | ast.Constant(value=str(code)):
                pass
            case _:
                raise self.no_code(variable, ast.unparse(node))
        if variable.type == "ref":
            return Is(variable.name, code)
        if code in (*self.allowed(variable), *self.codebook.frames["missing"]):
            return Is(variable.name, code)
        if variable.type == "tick" and code in self.codebook.variables and self.codebook.variable(code).type == "tick":
            return Same(variable.name, code)
        raise self.no_code(variable, code)

    def allowed(self, variable: Variable) -> tuple[str, ...]:
        return (*variable.code_names(), *(self.codebook.frames["answer"] if variable.type == "tick" else ()))

    def no_code(self, variable: Variable, found: str) -> Unreadable:
        codes = [
            f"{code} ({self.codebook.label(variable.name, code, self.language)})" for code in self.allowed(variable)
        ]
        if not codes:
            return self.fail("ask_no_codes", name=variable.name)
        return self.fail("ask_no_code", found=found, name=variable.name, codes=", ".join(codes))

    def number(self, variable: Variable, node: ast.expr) -> int:
        if variable.type != "count":
            raise self.needs_code("ask_no_number", variable)
        if isinstance(node, ast.Constant) and type(node.value) is int:
            return node.value
        raise self.fail("ask_not_whole", part=ast.unparse(node))

    def variable(self, name: str) -> Variable:
        if name in self.codebook.variables:
            return self.codebook.variable(name)
        raise unreadable(self.text, no_variable(name, self.codebook, self.language), self.language)

    # quantities
    def quantity(self, node: ast.expr) -> Quantity:
        match node:
            case ast.Constant(value=int(number)):
                return Constant(number)
            case ast.Name(id=name) if self.is_quantity(node):
                parser, tree = self.defined(name)
                return parser.quantity(tree)
            case ast.BinOp(left=left, op=operator, right=right) if type(operator) in _OPERATORS:
                return Arithmetic(_OPERATORS[type(operator)], self.quantity(left), self.quantity(right))
            case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name in self.units and len(args) <= 1:
                condition = self.condition(args[0]) if args else EVERY
                return Count(self.same_unit([condition], name), condition)
            case ast.Call(func=ast.Name(id="answers"), args=args, keywords=[]) if args:
                conditions = tuple(map(self.condition, args))
                return Answers(self.same_unit(conditions), conditions)
            case ast.Call(func=ast.Name(id="each"), args=[ast.Name(id=reference), *args], keywords=[]) if (
                len(args) <= 1
            ):
                if self.variable(reference).type != "ref":
                    raise self.fail("ask_no_reference", name=reference)
                condition = self.condition(args[0]) if args else EVERY
                return Each(self.unit_of(reference), reference, condition)
            case ast.Call(func=ast.Name(id=name), args=[ast.Name(id=variable)], keywords=[]) if name in STATISTICS:
                if self.variable(variable).type != "count":
                    raise self.fail("ask_no_statistic", name=variable, statistic=name)
                return Summary(self.unit_of(variable), name, variable)
        raise self.fail("ask_no_count", part=ast.unparse(node))

    def unit_of(self, variable: str) -> str:
        return self.codebook.unit(self.codebook.variable(variable).sheet)

    def same_unit(self, conditions, unit: str | None = None) -> str:
        units = {self.unit_of(name) for condition in conditions for name in variables(condition)}
        if unit is not None:
            units.add(unit)
        if len(units) != 1:
            raise self.fail("ask_mixed", units=", ".join(sorted(units)))
        return units.pop()


def variables(expression: Expression) -> tuple[str, ...]:
    """Coded variables that the expression needs, each once, in order of appearance."""
    return tuple(dict.fromkeys(_walk(expression)))


def _walk(node: Expression):
    match node:
        case Is(variable=name) | Compare(variable=name) | Summary(variable=name):
            yield name
        case Same(left=left, right=right):
            yield from (left, right)
        case Not(part=part) | Derived(condition=part) | Count(condition=part):
            yield from _walk(part)
        case AtLeast(parts=parts) | Answers(conditions=parts):
            for part in parts:
                yield from _walk(part)
        case Each(reference=reference, condition=condition):
            yield reference
            yield from _walk(condition)
        case Arithmetic(left=left, right=right):
            yield from _walk(left)
            yield from _walk(right)


@cache
def left_of(condition: Condition, variable: str = "", value: str = BLANK) -> Condition | bool:
    """What is left of a condition on a row where the variable has this value: True, False, or a shorter condition."""
    match condition:
        case Is(variable=name, code=code) if name == variable:
            return value == code
        case Compare(variable=name, relation=relation, number=number) if name == variable:
            return value != BLANK and (int(value) == number if relation == "==" else int(value) >= number)
        case Same(left=left, right=right) if variable in (left, right):
            same = Is(right if variable == left else left, YES)
            return same if value == YES else Not(same)
        case Derived(condition=part):
            return left_of(part, variable, value)
        case Not(part=part):
            left = left_of(part, variable, value)
            return not left if isinstance(left, bool) else left.part if isinstance(left, Not) else Not(left)
        case AtLeast(number=number, parts=parts):
            left = [left_of(part, variable, value) for part in parts]
            open_, missing = tuple(one for one in left if not isinstance(one, bool)), number - left.count(True)
            if missing <= 0 or missing > len(open_):
                return missing <= 0
            return open_[0] if len(open_) == 1 else AtLeast(missing, open_)
    return condition


def holds(condition: Condition, rows: pd.DataFrame) -> pd.Series:
    """For each row, whether it meets the condition (bool, the index of `rows`).

    A cell that is blank or not documented meets no `is`; `not` turns that around, so write `== no` to ask for a
    documented no. Raises NotCoded.
    """
    return pd.Series(_truth(condition, _Columns(rows)), index=rows.index)


class _Columns(dict):
    """The cells of coded columns by name, each taken from the rows once: on few rows that is most of the work.

    Raises NotCoded.
    """

    def __init__(self, rows: pd.DataFrame):
        self.rows = rows

    def __missing__(self, name: str) -> np.ndarray | ExtensionArray:
        column = _column(self.rows, name)
        is_text = isinstance(column.dtype, pd.StringDtype)  # compared several times as fast as plain objects
        self[name] = column.to_numpy(dtype=object) if is_text else column.array
        return self[name]


def _truth(condition: Condition, columns: _Columns) -> np.ndarray:
    """As `holds`, without the index."""
    match condition:
        case Is(variable=name, code=code):
            cells = columns[name]
            found = _known(cells == code)
            return found | pd.isna(cells) if code == BLANK else found
        case Compare(variable=name, relation=relation, number=number):
            numbers = pd.to_numeric(columns[name], errors="coerce")
            return _known(numbers == number if relation == "==" else numbers >= number)
        case Same(left=left, right=right):
            return _truth(Is(left, YES), columns) == _truth(Is(right, YES), columns)
        case Not(part=part):
            return ~_truth(part, columns)
        case Derived(condition=part):
            return _truth(part, columns)
        case AtLeast(number=number, parts=parts):
            total = np.zeros(len(columns.rows), dtype=int)
            for part in parts if number else ():
                total += _truth(part, columns)
            return total >= number
    raise TypeError(condition)


def _known(found: np.ndarray | ExtensionArray) -> np.ndarray:
    """What was found of cells, as bools: of a cell that is missing nothing is true."""
    return np.asarray(found if isinstance(found, np.ndarray) else found.fillna(False), dtype=bool)


def evaluate(quantity: Quantity, units: dict[str, pd.DataFrame]) -> Fraction | None:
    """The number that the quantity has in the coded units (unit name -> one row a unit), exactly.

    None where it does not exist: a mean over nothing, a division by zero, an `each` that differs. Raises NotCoded, and
    KeyError for a unit that is not there.
    """
    match quantity:
        case Constant(number=number):
            return Fraction(number)
        case Count(unit=unit, condition=condition):
            return Fraction(int(_truth(condition, _Columns(units[unit])).sum()))
        case Answers(unit=unit, conditions=conditions):
            columns = _Columns(units[unit])
            return Fraction(sum(int(_truth(condition, columns).sum()) for condition in conditions))
        case Each(unit=unit, reference=reference, condition=condition):
            rows = units[unit]
            counts = holds(condition, rows).groupby(_column(rows, reference)).sum()
            return Fraction(int(counts.iloc[0])) if counts.nunique() == 1 else None
        case Summary(unit=unit, statistic=statistic, variable=name):
            numbers = pd.to_numeric(_column(units[unit], name), errors="coerce").dropna()
            if numbers.empty:
                return None
            if statistic == "mean":
                return Fraction(int(numbers.sum()), len(numbers))
            return Fraction(int({"sum": numbers.sum, "minimum": numbers.min, "maximum": numbers.max}[statistic]()))
        case Arithmetic(operator=operator, left=left, right=right):
            a, b = evaluate(left, units), evaluate(right, units)
            if a is None or b is None or (operator == "/" and b == 0):
                return None
            return a + b if operator == "+" else a - b if operator == "-" else a / b
    raise TypeError(quantity)


def is_coded(rows: pd.DataFrame, name: str) -> bool:
    """Whether the variable is a column with a value in any row. Where there are no rows, the column is enough."""
    return name in rows and _has_value(rows[name])


def _has_value(column: pd.Series) -> bool:
    cells = column.array
    if not len(cells) or not (pd.isna(cells[0]) or cells[0] == BLANK):
        return True
    return bool((column.notna() & (column != BLANK)).any())


def _column(rows: pd.DataFrame, name: str) -> pd.Series:
    if name not in rows or not _has_value(column := rows[name]):
        raise NotCoded(name)
    return column
