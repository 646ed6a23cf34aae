"""One little language for conditions on a row and for numbers over rows.

Derived variables and rules of the codebook, printed claims, bounds and filters are all written in it::

    sex == female and not before_health_addiction        a condition on a row
    n_plans >= 2, residence in (regular, family)         ... on counts and codes
    any(a, b), all(a, b), atleast(2, a, b, c)            ... on several conditions
    before_health_addiction == after_health_addiction    ... two variables agree
    files(), files(CONDITION), authorities(CONDITION)    how many rows of a unit meet a condition
    answers(A, B, C)                                     the sum of the counts of several conditions
    mean(n_plans), median(...), sum(...), minimum(...), maximum(...)  over the rows where the variable is coded
    each(authority, CONDITION)                           the count, where it is the same in every authority
    files(A) - files(B), files(A) / files(B)             a difference, a share
    crosstab(sex, n_plans)                               every cell of two variables (bounds alone take it)

A bare tick variable or derived variable means that it holds. Python's own parser reads the text, nothing is executed.

A cell that is not documented or blank is a gap: its answer is unknown, never *no*. So whether a row meets a condition
is a pair: whether it surely does, and whether it possibly does, for all that its gaps may hide. `x == nd` asks of the
documentation itself, as do `x >= 0` and `x in (yes, no)` (every answer is: it asks whether there is one); a gap leaves
none of them open.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from fractions import Fraction
from functools import cache
from math import inf, nan

import numpy as np
import pandas as pd
from pandas.api.extensions import ExtensionArray

from analysis.errors import UserError
from analysis.language.messages import nearest
from analysis.language.messages import text as message
from analysis.language.text import LANGUAGES
from analysis.study.codebook import BLANK, NO, NOT_DOCUMENTED, RULES, YES, Codebook, Variable


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
    """The variable has this code. `allowed` are the codes that a gap may hide, empty where they are not known."""

    variable: str
    code: str
    allowed: tuple[str, ...] = field(default=(), compare=False, repr=False)

    def meets(self, code: str) -> bool:
        """Whether it is the code."""
        return code == self.code


@dataclass(frozen=True)
class Compare:
    """The count variable stands in this relation (`>=`, `<` or `==`) to a whole number.

    `allowed` are the smallest and the largest number that a gap may hide.
    """

    variable: str
    relation: str
    number: int
    allowed: tuple[float, float] = field(default=(0, inf), compare=False, repr=False)

    def meets(self, number):
        """Whether a number, or each of an array, stands in the relation."""
        if self.relation == "==":
            return number == self.number
        return number >= self.number if self.relation == ">=" else number < self.number


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

GAPS = (NOT_DOCUMENTED, BLANK)
"""Codes of a cell whose answer is unknown."""


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
    """Mean, median, sum, minimum or maximum of a count variable over the rows where it is coded.

    `allowed` are the smallest and the largest number that a gap may hide.
    """

    unit: str
    statistic: str
    variable: str
    allowed: tuple[float, float] = field(default=(0, inf), compare=False, repr=False)


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

STATISTICS = ("mean", "median", "sum", "minimum", "maximum")
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
    known = {row.name: row.label[language] for row in codebook.variables.values() if row.type not in (*RULES, "note")}
    holding = (
        other for other, label in known.items() if name.lower() in other.lower() or name.lower() in label.lower()
    )
    near = list(dict.fromkeys([*holding, *get_close_matches(name, known, n=MOST_MEANT)]))[:MOST_MEANT]
    listed = ", ".join(f"{other} ({known[other]})" for other in near)
    hint = message("ask_near", language, names=listed) if near else ""
    return message("ask_no_variable", language, name=name, near=hint)


MOST_MEANT = 5
"""How many variables are named that could have been meant."""


MOST_CHARACTERS, DEEPEST = 20_000, 100
"""How long a text may be, and how many parts may stand in each other."""


def _tree(text: str, language: str) -> ast.expr:
    tree, is_long = None, len(text) > MOST_CHARACTERS
    if not is_long:
        try:
            tree = ast.parse(text.strip(), mode="eval").body
        except (RecursionError, MemoryError):
            is_long = True
        except (SyntaxError, ValueError) as error:
            is_long = "too many nested" in str(error)
    if is_long or (tree is not None and _is_deep(tree)):
        shown = text if len(text) < MOST_SHOWN else f"{text[:MOST_SHOWN]} …"
        raise Unreadable(text, message("ask_where", language, text=shown, why=message("ask_too_long", language)))
    if tree is not None and not any(isinstance(node, ast.keyword) for node in ast.walk(tree)):
        return tree
    doubled = _SINGLE.sub(" == ", text)
    key = "ask_unreadable" if doubled == text else "ask_equals"
    raise Unreadable(text, message(key, language, text=text, better=doubled, **_EXAMPLES))


MOST_SHOWN = 60
"""How much of a text that is too long is shown again."""


def _is_deep(tree: ast.expr) -> bool:
    level: list[ast.AST] = [tree]
    for _ in range(DEEPEST):
        level = [child for node in level for child in ast.iter_child_nodes(node)]
        if not level:
            return False
    return True


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
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            self.check_word(node.func.id)
        raise self.fail("ask_no_condition", part=ast.unparse(node))

    def check_word(self, name: str) -> None:
        """Raises Unreadable for a name before a bracket that says nothing."""
        known = (*sorted(self.units), "answers", "each", *STATISTICS, "any", "all", "atleast")
        if name not in known:
            near = nearest(name, known, self.language)
            raise self.fail("ask_no_word", name=name, nearest=near, known=", ".join(known))

    def named(self, name: str) -> Condition:
        variable = self.variable(name)
        if variable.type == "derived":
            parser, tree = self.defined(name)
            return Derived(name, parser.condition(tree))
        if variable.type == "tick" or YES in variable.code_names():
            return Is(name, YES, answers(variable))
        raise self.needs_code("ask_needs_code", variable)

    def comparison(self, left: ast.expr, operator: ast.cmpop, right: ast.expr) -> Condition:
        if not isinstance(left, ast.Name) and isinstance(right, ast.Name) and type(operator) in _FLIPPED:
            left, operator, right = right, _FLIPPED[type(operator)](), left
        if not isinstance(left, ast.Name):
            raise self.fail("ask_no_variable", name=ast.unparse(left), near="")
        variable = self.variable(left.id)
        if isinstance(operator, ast.In | ast.NotIn) and isinstance(right, ast.Tuple | ast.List):
            if not right.elts:
                raise self.needs_code("ask_empty_list", variable)
            found = AtLeast(1, tuple(self.equals(variable, item) for item in right.elts))
            return Not(found) if isinstance(operator, ast.NotIn) else found
        match operator:
            case ast.Eq():
                return self.equals(variable, right)
            case ast.NotEq():
                return Not(self.equals(variable, right))
            case ast.GtE():
                return self.compare(variable, ">=", self.number(variable, right))
            case ast.Gt():
                return self.compare(variable, ">=", self.number(variable, right) + 1)
            case ast.Lt():
                return self.compare(variable, "<", self.number(variable, right))
            case ast.LtE():
                return self.compare(variable, "<", self.number(variable, right) + 1)
        raise self.fail("ask_no_comparison", part=ast.unparse(right), name=variable.name)

    def compare(self, variable: Variable, relation: str, number: int) -> Compare:
        return Compare(variable.name, relation, number, answers(variable))

    def equals(self, variable: Variable, node: ast.expr) -> Condition:
        if variable.type == "count":
            return self.compare(variable, "==", self.number(variable, node))
        match node:
            case ast.Name(id=code) | ast.Constant(value=str(code)):
                pass
            case _:
                raise self.no_code(variable, ast.unparse(node))
        if variable.type == "ref":
            return Is(variable.name, code)
        if code in (*self.allowed(variable), *self.codebook.frames["missing"]):
            return Is(variable.name, code, answers(variable))
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
        match node:
            case ast.Constant(value=int(number)) if type(number) is int:
                return number
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int(number))) if type(number) is int:
                return -number
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
                return Summary(self.unit_of(variable), name, variable, answers(self.variable(variable)))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            self.check_word(node.func.id)
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


def answers(variable: Variable) -> tuple:
    """What a gap of the variable may hide: codes, or the smallest and the largest number; empty for a ref."""
    if variable.type == "count":
        return variable.minimum or 0, inf if variable.maximum is None else variable.maximum
    if variable.type == "tick":
        return YES, NO
    return tuple(code for code in variable.code_names() if code not in GAPS)


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
            return value == code or (code == NOT_DOCUMENTED and value == BLANK)
        case Compare(variable=name) if name == variable:
            return value not in GAPS and bool(condition.meets(int(value)))
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


def pair(condition: Condition, atom: Callable, at_least: Callable, opposite: Callable) -> tuple:
    """Of a condition, what a row meets that surely meets it, and what one meets that possibly does.

    This is the logic of Kleene (1952), whatever it is about: `atom` gives the pair of an Is or a Compare, and
    `at_least` (a number, several parts) and `opposite` join such ends. They can be truths of rows, or conditions again.
    """
    match condition:
        case AtLeast(number=number, parts=parts) if asks_for_an_answer(condition):
            found = at_least(number, [atom(part)[0] for part in parts])
            return found, found
        case Same(left=left, right=right):
            both = [atom(Is(name, YES, (YES, NO))) for name in (left, right)]
            neither = [_opposite(ends, opposite) for ends in both]
            alike = [_joined(2, ends, at_least) for ends in (both, neither)]
            return _joined(1, alike, at_least)
        case Not(part=part):
            return _opposite(pair(part, atom, at_least, opposite), opposite)
        case Derived(condition=part):
            return pair(part, atom, at_least, opposite)
        case AtLeast(number=number, parts=parts):
            return _joined(number, [pair(part, atom, at_least, opposite) for part in parts], at_least)
    return atom(condition)


def _opposite(ends: tuple, opposite: Callable) -> tuple:
    surely, possibly = ends
    found = opposite(possibly)
    return found, found if surely is possibly else opposite(surely)


def _joined(number: int, parts: Sequence[tuple], at_least: Callable) -> tuple:
    found = at_least(number, [surely for surely, _ in parts])
    if all(surely is possibly for surely, possibly in parts):  # without gaps nothing is done twice
        return found, found
    return found, at_least(number, [possibly for _, possibly in parts])


def holds(condition: Condition, rows: pd.DataFrame | Cells) -> pd.Series:
    """For each row, whether it surely meets the condition, whatever its gaps hide (bool, the index of `rows`).

    Raises NotCoded.
    """
    return ends(condition, rows)["surely"]


def ends(condition: Condition, rows: pd.DataFrame | Cells) -> pd.DataFrame:
    """For each row, whether it meets the condition `surely` and `possibly`, for all that its gaps may hide (bool).

    Raises NotCoded.
    """
    cells = rows if isinstance(rows, Cells) else Cells(rows)
    low, high = _limits([(1, condition)], cells)
    return pd.DataFrame({"surely": low > 0, "possibly": high > 0}, index=cells.rows.index)


def as_printed(units: Mapping[str, pd.DataFrame]) -> dict[str, Cells]:
    """The units as the models of print take a data set: it says what is documented, and what a gap hides is no
    question, so that a gap is an answer of its own."""
    return {unit: Cells(rows, are_answers=True) for unit, rows in units.items()}


def breaks(rule: Condition, rows: pd.DataFrame) -> pd.Series:
    """For each row, whether it surely breaks a rule (bool); a gap may hide any answer, or that there is none."""
    return ~ends(rule, Cells(rows, may_be_none=True, is_part=True))["possibly"]


class Cells:
    """The cells of rows, and which are gaps; what is found of them is kept, so that it is looked for once.

    `filled` gives all gaps of a variable an answer. Where gaps `are_answers`, each is one of its own, which is no other
    (see `as_printed`). Where a gap `may_be_none`, it may also hide that there is no answer, as to a question that does
    not apply (see `breaks`). Raises NotCoded for a column that nobody coded, unless `is_part` of rows in which somebody
    did.
    """

    def __init__(
        self,
        rows: pd.DataFrame,
        filled: Mapping[str, str | float] | None = None,
        *,
        are_answers: bool = False,
        may_be_none: bool = False,
        is_part: bool = False,
    ):
        self.rows = rows
        self.filled = filled or {}
        self.are_answers = are_answers
        self.none = [nan] if may_be_none else []
        self.is_part = is_part
        self._columns: dict[str, np.ndarray | ExtensionArray] = {}
        self._gaps: dict[str, np.ndarray] = {}
        self._met: dict[Is | Compare, tuple[np.ndarray, np.ndarray]] = {}

    def column(self, name: str) -> np.ndarray | ExtensionArray:
        """The cells of a variable."""
        if name not in self._columns:
            column = self.rows[name] if self.is_part else _column(self.rows, name)
            is_text = isinstance(column.dtype, pd.StringDtype)  # compared several times as fast as plain objects
            self._columns[name] = column.to_numpy(dtype=object) if is_text else column.array
        return self._columns[name]

    def numbers(self, name: str) -> np.ndarray | ExtensionArray:
        """The cells of a count; what is no number is missing."""
        cells = self.column(name)
        return cells if pd.api.types.is_numeric_dtype(cells.dtype) else _numbers(cells)

    def gaps(self, name: str) -> np.ndarray:
        """Whether each cell is not documented or blank."""
        if name not in self._gaps:
            cells = self.column(name)
            found = np.asarray(pd.isna(cells))
            if not pd.api.types.is_numeric_dtype(cells.dtype):
                found = found | _known(cells == BLANK) | _known(cells == NOT_DOCUMENTED)
            self._gaps[name] = found
        return self._gaps[name]

    def meets(self, atom: Is | Compare) -> tuple[np.ndarray, np.ndarray]:
        """For each row, whether it surely meets the atom, and whether it possibly does."""
        if atom not in self._met:
            self._met[atom] = self._meets(atom)
        return self._met[atom]

    def _meets(self, atom: Is | Compare) -> tuple[np.ndarray, np.ndarray]:
        name = atom.variable
        if isinstance(atom, Compare):
            found = _known(atom.meets(self.numbers(name)))
        else:
            found = _known(self.column(name) == atom.code)
            if atom.code == BLANK:
                found = found | np.asarray(pd.isna(self.column(name)))
        gaps = self.gaps(name)
        if self.are_answers or is_of_documentation(atom) or not gaps.any():
            return found, found
        hidden = [atom.meets(self.filled[name])] if name in self.filled else [
            atom.meets(value) for value in self.hidden([atom])
        ]  # fmt: skip
        found = found & ~gaps
        surely, possibly = found | (gaps & all(hidden)), found | (gaps & any(hidden))
        return surely, surely if name in self.filled else possibly

    def hidden(self, atoms: Sequence[Is | Compare]) -> Sequence[str | float]:
        """What a gap of the variable of the atoms may hide: an answer of each kind that they tell apart."""
        first = atoms[0]
        if isinstance(first, Is):
            return [*(first.allowed or [*dict.fromkeys(atom.code for atom in atoms), BLANK]), *self.none]
        low, high = first.allowed
        steps = {low, high, *(step for atom in atoms for step in (atom.number, atom.number + 1))}
        return [*sorted(step for step in steps if low <= step <= high), *self.none]

    def filled_with(self, rows: np.ndarray, name: str, value: str | float) -> Cells:
        """Some of the rows, all gaps of one more variable filled with one answer."""
        return Cells(self.rows.loc[rows], {**self.filled, name: value}, may_be_none=bool(self.none), is_part=True)


def asks_for_an_answer(condition: Condition) -> bool:
    """Whether the condition names every answer of a variable, as `x in (yes, no)`: that asks whether there is one."""
    if not isinstance(condition, AtLeast) or condition.number != 1 or len(condition.parts) < 2:
        return False
    first, *others = condition.parts
    if not isinstance(first, Is) or not first.allowed:
        return False
    named = {(part.variable, part.code) for part in condition.parts if isinstance(part, Is)}
    return all(isinstance(part, Is) and part.variable == first.variable for part in others) and named == {
        (first.variable, code) for code in first.allowed
    }


def is_of_documentation(atom: Is | Compare) -> bool:
    """Whether the atom asks what is documented: for a gap by its code, or by `x >= 0` whether there is a number."""
    if isinstance(atom, Is):
        return atom.code in GAPS
    return atom.relation == ">=" and atom.number <= 0


def _atoms(condition: Condition) -> Iterator[Is | Compare]:
    """The atoms that a gap can leave open."""
    if asks_for_an_answer(condition):
        return
    match condition:
        case Is() | Compare():
            yield from () if is_of_documentation(condition) else (condition,)
        case Same(left=left, right=right):
            yield from (Is(name, YES, (YES, NO)) for name in (left, right))
        case Not(part=part) | Derived(condition=part):
            yield from _atoms(part)
        case AtLeast(parts=parts):
            for part in parts:
                yield from _atoms(part)


Terms = Sequence[tuple[int, Condition]]
"""Conditions, and what each adds to the sum of a row that meets it."""


def _limits(terms: Terms, cells: Cells) -> tuple[np.ndarray, np.ndarray]:
    """For each row the smallest and the largest sum of the terms, for all that its gaps may hide.

    Three-valued logic is exact where every variable is named once. Where one is named several times and a sum is still
    open, each answer that its gap may hide is tried.
    """

    def at_least(number: int, parts: Sequence[np.ndarray]) -> np.ndarray:
        return sum(parts, np.zeros(len(cells.rows), dtype=np.int64)) >= number

    low, high = np.zeros((2, len(cells.rows)), dtype=np.int64)
    for times, condition in terms:
        met = pair(condition, cells.meets, at_least, np.logical_not)
        low += times * met[times < 0]
        high += times * met[times > 0]
    left = low < high
    if not left.any():
        return low, high
    atoms: dict[str, list[Is | Compare]] = {}
    for _, condition in terms:
        for atom in _atoms(condition):
            atoms.setdefault(atom.variable, []).append(atom)
    for name, mine in atoms.items():
        rows = left & cells.gaps(name)
        if len(mine) == 1 or name in cells.filled or not rows.any():
            continue
        least, most = np.full_like(low[rows], high.max()), np.full_like(high[rows], low.min())
        for value in cells.hidden(mine):
            some_low, some_high = _limits(terms, cells.filled_with(rows, name, value))
            least, most = np.minimum(least, some_low), np.maximum(most, some_high)
            if (least == low[rows]).all() and (most == high[rows]).all():
                break  # no answer can widen what is found
        low[rows], high[rows] = least, most
        left &= ~rows
    return low, high


def _numbers(cells: object) -> np.ndarray:
    return pd.to_numeric(np.asarray(cells, dtype=object), errors="coerce")


def _known(found: np.ndarray | ExtensionArray) -> np.ndarray:
    """What was found of cells, as bools: of a cell that is missing nothing is true."""
    return np.asarray(found if isinstance(found, np.ndarray) else found.fillna(False), dtype=bool)


@dataclass(frozen=True)
class Number:
    """What a quantity is in coded rows whose gaps leave it open.

    `value` is what is documented: of a count what is sure, of a mean that of the rows where its variable is coded. None
    where there is none: a mean over nothing, a division by zero, an `each` that differs. The number truly lies from
    `low` to `high`, infinite where nothing bounds it. `unknown` is how many more a count possibly is; of all else how
    many rows it does not cover.
    """

    value: Fraction | None
    low: Fraction | float
    high: Fraction | float
    unknown: int = 0

    @property
    def is_open(self) -> bool:
        """Whether gaps leave open what the number is."""
        return self.unknown > 0


def evaluate(quantity: Quantity, units: Mapping[str, pd.DataFrame]) -> Fraction | None:
    """The value that is documented of the quantity, exactly; see `Number`. Raises as `measure`."""
    return measure(quantity, units).value


def measure(quantity: Quantity, units: Mapping[str, pd.DataFrame | Cells]) -> Number:
    """What the quantity is in the coded units (unit name -> one row a unit), and how far gaps leave it open.

    Units can be given as their Cells, where several quantities are asked of the same rows. Raises NotCoded, and
    KeyError for a unit that is not there.
    """
    match quantity:
        case Constant(number=number):
            return Number(Fraction(number), Fraction(number), Fraction(number))
        case Each(unit=unit):
            return _each(quantity, _cells(units, unit))
        case Summary(unit=unit):
            return _summary(quantity, _cells(units, unit))
    terms, added = _terms(quantity)
    if terms is not None and all(times > 0 for _, times, _ in terms):
        low, high = _sum_ends(terms, units)
        return Number(low + added, low + added, high + added, int(high - low))
    return _arithmetic(quantity, units)


def _cells(units: Mapping[str, pd.DataFrame | Cells], unit: str) -> Cells:
    rows = units[unit]
    return rows if isinstance(rows, Cells) else Cells(rows)


_Linear = list[tuple[str, int, Condition]]
"""Counts with a number that each is taken times: unit, number, condition."""


def _terms(quantity: Quantity) -> tuple[_Linear | None, int]:
    """The counts that a quantity adds up or takes off, and what it adds to them; None where it does other things."""
    match quantity:
        case Constant(number=number):
            return [], number
        case Count(unit=unit, condition=condition):
            return [(unit, 1, condition)], 0
        case Answers(unit=unit, conditions=conditions):
            return [(unit, 1, condition) for condition in conditions], 0
        case Arithmetic(operator="+" | "-" as operator, left=left, right=right):
            (one, plus), (other, more) = _terms(left), _terms(right)
            sign = 1 if operator == "+" else -1
            if one is not None and other is not None:
                return [*one, *((unit, sign * times, each) for unit, times, each in other)], plus + sign * more
    return None, 0


def _sum_ends(terms: _Linear, units: Mapping[str, pd.DataFrame | Cells]) -> tuple[Fraction, Fraction]:
    """The smallest and the largest that the counts can add up to."""
    low = high = 0
    for unit in dict.fromkeys(unit for unit, _, _ in terms):
        mine = [(times, condition) for of, times, condition in terms if of == unit]
        least, most = _limits(mine, _cells(units, unit))
        low, high = low + int(least.sum()), high + int(most.sum())
    return Fraction(low), Fraction(high)


def _arithmetic(quantity: Arithmetic, units: Mapping[str, pd.DataFrame | Cells]) -> Number:
    left, right = measure(quantity.left, units), measure(quantity.right, units)
    value = None if None in (left.value, right.value) else _reckoned(quantity.operator, left.value, right.value)
    unknown = sum(int(rows.sum()) for rows in _open_rows(quantity, units).values())
    if not unknown:
        end = inf if value is None else value
        return Number(value, -end if value is None else end, end)
    (top, plus), (bottom, more) = _terms(quantity.left), _terms(quantity.right)
    terms, added = _terms(quantity)
    if terms is not None:
        low, high = (end + added for end in _sum_ends(terms, units))
    elif quantity.operator == "/" and top is not None and bottom is not None and min(left.low, right.low) >= 0:
        low, high = (_ratio_end(top, plus, bottom, more, sign, units) for sign in (1, -1))
    else:
        low, high = _reckoned_ends(quantity.operator, left, right)
    return Number(value, low, high, unknown)


def _reckoned(operator: str, one: Fraction, other: Fraction) -> Fraction | None:
    if operator == "/":
        return one / other if other else None
    return one + other if operator == "+" else one - other


def _reckoned_ends(operator: str, left: Number, right: Number) -> tuple[Fraction | float, Fraction | float]:
    """Ends of what two numbers give that nothing links: safe, and wider than need be where something does."""
    ends = [left.low, left.high, right.low, right.high]
    if any(end in (inf, -inf) for end in ends) or (operator == "/" and right.low <= 0 <= right.high):
        return -inf, inf
    found = [_reckoned(operator, a, b) for a in (left.low, left.high) for b in (right.low, right.high)]
    return min(found), max(found)


def _ratio_end(top: _Linear, plus: int, bottom: _Linear, more: int, sign: int, units) -> Fraction | float:
    """The smallest share (sign 1) that gaps allow, or the largest (-1), where there is something to divide by.

    A share a / b below a bound is a way to fill the gaps in which a - bound * b is negative; what that way gives is the
    next bound (Dinkelbach 1967). The sums carry b in their last digits, so that they tell which way they stand for.
    """
    most = int(_sum_ends(bottom, units)[1]) + abs(more) + 1
    largest = _sum_ends(top, units)[1] + plus
    bound = largest + 1 if sign > 0 else Fraction(-1)  # beyond all that can be
    while True:
        p, q = bound.numerator, bound.denominator
        terms = [(unit, sign * q * most * times, one) for unit, times, one in top]
        terms += [(unit, (1 - sign * p * most) * times, one) for unit, times, one in bottom]
        least = int(_sum_ends(terms, units)[0]) + sign * most * (q * plus - p * more) + more
        below, b = least // most, least % most
        if b == 0 and below < 0:  # the larger, the nearer the ways come to those with nothing to divide by
            return largest / max(_sum_ends(bottom, units)[0] + more, Fraction(1))
        if below >= 0:
            return bound
        bound = Fraction(sign * (below + sign * p * b), q * b)


def _open_rows(quantity: Quantity, units: Mapping[str, pd.DataFrame | Cells]) -> dict[str, np.ndarray]:
    """For each unit, which rows leave some part of the quantity open."""
    match quantity:
        case Arithmetic(left=left, right=right):
            found = _open_rows(left, units)
            for unit, rows in _open_rows(right, units).items():
                found[unit] = found[unit] | rows if unit in found else rows
            return found
        case Summary(unit=unit, variable=name):
            return {unit: _cells(units, unit).gaps(name)}
        case Each(unit=unit, condition=condition):
            cells = _cells(units, unit)
            low, high = _limits([(1, condition)], cells)
            return {unit: (low < high) | cells.gaps(quantity.reference)}
    found = {}
    for unit, times, condition in _terms(quantity)[0]:
        low, high = _limits([(times, condition)], _cells(units, unit))
        found[unit] = found.get(unit, False) | (low < high)
    return found


def _each(quantity: Each, cells: Cells) -> Number:
    """What every group has lies above what each surely has, and below what each possibly has."""
    lost = cells.gaps(quantity.reference)
    low, high = _limits([(1, quantity.condition)], cells)
    groups = cells.rows.loc[~lost, quantity.reference].to_numpy()
    found = pd.DataFrame({"low": low[~lost], "high": high[~lost]}).groupby(groups).sum()
    if found.empty:
        return Number(None, -inf, inf, int(lost.sum()))
    value = Fraction(int(found["low"].iloc[0])) if found["low"].nunique() == 1 else None
    unknown = int(((low < high) | lost).sum())
    if not unknown:
        return Number(value, -inf if value is None else value, inf if value is None else value)
    least, most = int(found["low"].max()), int(found["high"].min() + high[lost].sum())
    return Number(value, Fraction(least), Fraction(most), unknown)


def _summary(quantity: Summary, cells: Cells) -> Number:
    numbers = cells.numbers(quantity.variable)
    known = np.asarray(numbers[~cells.gaps(quantity.variable)], dtype=float)
    unknown = len(cells.rows) - len(known)
    statistic = quantity.statistic
    value = _statistic(statistic, [int(number) for number in known]) if len(known) else None
    if not unknown:
        return Number(value, -inf if value is None else value, inf if value is None else value)
    low, high = (_with(statistic, known, unknown, end) for end in quantity.allowed)
    return Number(value, low, high, unknown)


def _with(statistic: str, known: np.ndarray, unknown: int, number: float) -> Fraction | float:
    """The statistic if every gap hides the same number, which may be infinite."""
    if number == inf and (statistic in ("mean", "sum", "maximum") or not len(known)):
        return inf
    rest = [int(known.max(initial=0)) + 1 if number == inf else int(number)] * unknown
    return _statistic(statistic, [*(int(one) for one in known), *rest])


def _statistic(statistic: str, numbers: Sequence[int]) -> Fraction:
    match statistic:
        case "mean":
            return Fraction(sum(numbers), len(numbers))
        case "median":
            middle, ordered = len(numbers) // 2, sorted(numbers)
            return Fraction(ordered[middle] + ordered[-middle - 1], 2)
        case "sum":
            return Fraction(sum(numbers))
    return Fraction(min(numbers) if statistic == "minimum" else max(numbers))


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
