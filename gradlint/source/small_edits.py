"""Small edits of an expression: the slips people make while they write a formula down.

Each is a pair of a part and what may have been meant by it; a family of them is a function.  Syntax
only: what an edit is worth is for others to find out.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import combinations, permutations
from typing import TypeGuard

from gradlint.source.edits import operand

Slip = tuple[ast.expr, str, str]  # the part, its new text, what was the matter
Family = Callable[[ast.expr], Iterator[Slip]]

_TWINS = {"ones": "zeros", "zeros": "ones", "ones_like": "zeros_like", "zeros_like": "ones_like"}
_COUNTERPARTS = {
    one: other
    for pair in (
        ("maximum", "minimum"), ("max", "min"), ("amax", "amin"), ("argmax", "argmin"),
        ("exp", "log"), ("sin", "cos"), ("sinh", "cosh"), ("sqrt", "square"), ("vstack", "hstack"),
        ("abs", "sign"), ("absolute", "sign"), ("repeat", "tile"), ("prod", "sum"),
        ("triu", "tril"),
    )
    for one, other in (pair, pair[::-1])
}  # fmt: skip
_REDUCTIONS = {"sum", "mean", "max", "min", "prod", "std", "var", "cumsum", "any", "all", "norm"}
_TOTALS = {"sum", "mean", "dot", "vdot", "trace"}
_ARITHMETIC: dict[type[ast.operator], str] = {
    ast.Mult: "/", ast.Div: "*", ast.MatMult: "*", ast.Add: "*", ast.Sub: "*",
}  # fmt: skip
_COMPARISONS: dict[type[ast.cmpop], tuple[str, ...]] = {
    ast.Gt: ("<", ">="), ast.Lt: (">", "<="), ast.GtE: ("<=", ">"), ast.LtE: (">=", "<"),
    ast.Eq: ("!=",), ast.NotEq: ("==",),
}  # fmt: skip
_WAYS = 6  # of a program to reduce, the usual ones first
_HIGHEST = 6  # power whose rule people write down
_PARTS = ("[1:]", "[:-1]", "[::-1]")  # of a sequence: without an end, the other way round


_LIKELY: list[Family] = []
_LESS_LIKELY: list[Family] = []


def likely(family: Family) -> Family:
    """State a family of edits that is tried on every line: what one part may have been meant as."""
    _LIKELY.append(family)
    return family


def less_likely(family: Family) -> Family:
    """State a family of edits for where one costs little to try."""
    _LESS_LIKELY.append(family)
    return family


def slips(expression: ast.AST) -> Iterator[Slip]:
    """Every small edit of an expression, the likeliest kinds first."""
    for kind in _LIKELY:
        for node in ast.walk(expression):
            if isinstance(node, ast.expr):
                yield from kind(node)


def further(expression: ast.AST, program: ast.AST) -> Iterator[Slip]:
    """More small edits of an expression, too many for what costs a run of the program each.

    A part may lack the function that the ``program`` takes of it elsewhere.
    """
    values = _values(expression)
    for kind in _LESS_LIKELY:
        for node in values:
            yield from kind(node)
    yield from _unwrapped(values, program)
    yield from _reduced_as_elsewhere(values, program)
    yield from _called_as_elsewhere(values, program)
    yield from _divided_as_elsewhere(values, program)


def _values(expression: ast.AST) -> list[ast.expr]:
    """The parts that are values: no function or module, no step of a slice, nothing stored in."""
    nodes = list(ast.walk(expression))
    aside = {id(part) for node in nodes for part in _aside(node)}
    return [n for n in nodes if isinstance(n, ast.expr) and id(n) not in aside]


def _aside(node: ast.AST) -> Iterator[ast.AST]:
    """What of a part is no value."""
    if isinstance(node, ast.Call):
        yield node.func
        if _is_module(node.func):
            yield node.func.value
    elif isinstance(node, ast.Slice) and node.step is not None:
        yield from ast.walk(node.step)
    elif isinstance(getattr(node, "ctx", None), ast.Store):
        yield from ast.walk(node)


def _is_module(function: ast.expr) -> TypeGuard[ast.Attribute]:
    owner = function.value if isinstance(function, ast.Attribute) else None
    return isinstance(owner, ast.Name) and owner.id in {"np", "numpy", "math"}


@likely
def _decays(node: ast.expr) -> Iterator[Slip]:
    """``1 - beta * step`` for ``1 - beta ** step``."""
    product = node.right if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub) else None
    if isinstance(product, ast.BinOp) and isinstance(product.op, ast.Mult):
        power = f"{operand(product.left)} ** {operand(product.right)}"
        yield product, power, "multiplies where a power belongs"


@likely
def _parentheses(node: ast.expr) -> Iterator[Slip]:
    """``a / b * n`` for ``a / (b * n)``, ``-a + b`` for ``-(a + b)``."""
    if not isinstance(node, ast.BinOp):
        return
    left, right = node.left, ast.unparse(node.right)
    divided = isinstance(left, ast.BinOp) and isinstance(left.op, ast.Div)
    if isinstance(left, ast.BinOp) and divided and isinstance(node.op, ast.Mult):
        text = f"{ast.unparse(left.left)} / ({ast.unparse(left.right)} * {right})"
        yield node, text, "multiplies by what it is to divide by"
    sums = isinstance(node.op, (ast.Add, ast.Sub))
    if sums and isinstance(left, ast.UnaryOp) and isinstance(left.op, ast.USub):
        sign = "+" if isinstance(node.op, ast.Add) else "-"
        text = f"-({ast.unparse(left.operand)} {sign} {operand(node.right)})"
        yield node, text, "has its minus in front of the first term only"


@likely
def _signs(node: ast.expr) -> Iterator[Slip]:
    """``+`` for ``-`` between two terms, two terms turned round, a minus too many."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Sub)):
        sign = "-" if isinstance(node.op, ast.Add) else "+"
        text = f"{ast.unparse(node.left)} {sign} {_summand(node.right)}"
        yield node, text, "has the wrong sign between two terms"
        if isinstance(node.op, ast.Sub):
            text = f"{ast.unparse(node.right)} - {_summand(node.left)}"
            yield node, text, "has its terms the wrong way round"
    negative = isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub)
    # (`-1` is an end of an axis more often than the negative of one.)
    if isinstance(node, ast.UnaryOp) and negative and whole_number(node) is None:
        yield node, operand(node.operand), "has a minus too many"


@likely
def _powers(node: ast.expr) -> Iterator[Slip]:
    """``n ** 2`` for ``n``, and a square that is forgotten."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
        yield node, operand(node.left), "has a power too many"
        for step, what in (("- 1", "large"), ("+ 1", "small")):
            power = f"{operand(node.right)} {step}"
            if whole_number(node.right) is None:
                text = f"{operand(node.left)} ** ({power})"
                yield node, text, f"has an exponent that is one too {what}"
    if isinstance(node, ast.Call) and _called(node) in _TOTALS and len(node.args) == 1:
        (inner,) = node.args
        if not (isinstance(inner, ast.BinOp) and isinstance(inner.op, ast.Pow)):
            yield inner, f"{operand(inner)} ** 2", "lacks a square"


@likely
def _arrays(node: ast.expr) -> Iterator[Slip]:
    """Ones for zeros, one axis for the other."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        twin = _TWINS.get(node.func.attr)
        if twin is not None:
            text = f"{ast.unparse(node.func.value)}.{twin}"
            yield node.func, text, f"has {node.func.attr} where {twin} belong"
    if isinstance(node, ast.Call):
        for keyword in node.keywords:
            if keyword.arg == "axis" and isinstance(keyword.value, ast.Constant):
                other = {"0": "1", "1": "0", "-1": "0"}.get(ast.unparse(keyword.value))
                if other is not None:
                    yield keyword.value, other, "is taken over the wrong axis"


@likely
def _cuts(node: ast.expr) -> Iterator[Slip]:
    """A part for the whole, or the other way round."""
    if not isinstance(node, ast.Subscript):
        return
    base = ast.unparse(node.value)
    if isinstance(node.slice, ast.Tuple):
        parts = [ast.unparse(part) for part in node.slice.elts]
        kept = ", ".join(":" if part == "::-1" else part for part in parts)
        if "::-1" in parts:
            yield node, f"{base}[{kept}]", "is the wrong way round"
    elif isinstance(node.slice, ast.Slice):
        turned = ast.unparse(node.slice) == "::-1"
        yield node, base, "is the wrong way round" if turned else "leaves a part out"


@likely
def _factors(node: ast.expr) -> Iterator[Slip]:
    """A constant too many or too few."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        for part, rest in ((node.left, node.right), (node.right, node.left)):
            if isinstance(part, ast.Constant):
                yield node, operand(rest), f"has a factor {ast.unparse(part)} too many"
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
        yield node, operand(node.left), f"divides by {ast.unparse(node.right)} once too often"
    if isinstance(node, ast.Call) and _called(node) in _TOTALS:
        for factor in ("0.5", "2"):
            yield node, f"{factor} * {ast.unparse(node)}", f"lacks the factor {factor}"
        other = {"sum": "mean", "mean": "sum"}.get(_called(node))
        if other is not None and isinstance(node.func, ast.Attribute):
            text = f"{operand(node.func.value)}.{other}"
            yield node.func, text, f"takes the {_called(node)} where the {other} belongs"


@less_likely
def _axes(node: ast.expr) -> Iterator[Slip]:
    """Another small whole number in a call, or several in another order."""
    if not isinstance(node, ast.Call):
        return
    for given in (*node.args, *(keyword.value for keyword in node.keywords)):
        number = whole_number(given)
        for other in () if number is None else _near(number):
            yield given, str(other), f"stands where `{other}` belongs"
    orders = [node.args, *(a.elts for a in node.args if isinstance(a, ast.Tuple))]
    for order in orders:
        numbers = [whole_number(part) for part in order]
        if 1 < len(order) < 5 and None not in numbers:
            before = ast.unparse(node)
            for turned in permutations([ast.unparse(part) for part in order]):
                old, new = ", ".join(map(ast.unparse, order)), ", ".join(turned)
                if old != new:
                    yield node, before.replace(f"({old})", f"({new})"), f"has not the order {new}"


@less_likely
def _kept(node: ast.expr) -> Iterator[Slip]:
    """``x.sum(axis=1)`` that was to meet the rows of ``x`` again."""
    if isinstance(node, ast.Call) and _called(node) in _REDUCTIONS - {"cumsum"}:
        given = {keyword.arg for keyword in node.keywords}
        if "keepdims" not in given and ("axis" in given or len(node.args) > _own_arguments(node)):
            text = f"{ast.unparse(node).removesuffix(')')}, keepdims=True)"
            yield node, text, "loses the axis it is taken over: `keepdims=True` keeps it"


def _near(number: int) -> list[int]:
    """Other axes: who counts from the end goes on to do so."""
    return sorted({0, 1, 2, -1, -2} - {number}, key=lambda n: ((n < 0) != (number < 0), abs(n)))


@less_likely
def _operators(node: ast.expr) -> Iterator[Slip]:
    """Another operator between two values."""
    if isinstance(node, ast.BinOp) and type(node.op) in _ARITHMETIC and not _is_no_product(node):
        sign = _ARITHMETIC[type(node.op)]
        told = f"{_leading(node.left)} {sign} {operand(node.right)}", f"needs `{sign}` here"
        if isinstance(node.op, ast.Div):
            turned = f"{_leading(node.right)} / {operand(node.left)}", "is the wrong way up"
            rate = isinstance(node.left, (ast.Name, ast.Attribute, ast.Constant))
            # (Of a size the product is a multiple of the quotient that is meant.)
            yield from ((node, *each) for each in ((told, turned) if rate else (turned, told)))
        else:
            yield node, *told
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        for sign in _COMPARISONS.get(type(node.ops[0]), ()):
            text = f"{ast.unparse(node.left)} {sign} {ast.unparse(node.comparators[0])}"
            yield node, text, f"compares the wrong way: `{sign}` belongs here"
        if ast.unparse(node.comparators[0]) in ("0", "0.0"):
            yield node, operand(node.left), "is a mask where the value itself belongs"


def _is_no_product(node: ast.BinOp) -> bool:
    """Whether a sum has a product for a term, or ends with a number: nobody meant to multiply."""
    if not isinstance(node.op, (ast.Add, ast.Sub)):
        return False
    terms = [p for p in (node.left, node.right) if isinstance(p, ast.BinOp)]
    products = any(isinstance(term.op, (ast.Mult, ast.Div)) for term in terms)
    return products or isinstance(node.right, ast.Constant)


@less_likely
def _terms(node: ast.expr) -> Iterator[Slip]:
    """A term or a factor too many, a complement forgotten."""
    if isinstance(node, ast.BinOp) and not isinstance(node.op, ast.Pow):
        for part, other in ((node.left, node.right), (node.right, node.left)):
            yield node, _leading(part), f"has `{ast.unparse(other)}` too many"
            sums = isinstance(node.op, (ast.Add, ast.Sub))
            if sums and not isinstance(other, ast.Constant) and ast.unparse(part) != "1":
                yield other, "1", "stands where `1` belongs"
    if isinstance(node, (ast.Name, ast.Attribute, ast.Subscript, ast.BinOp)):
        yield node, f"(1 - {operand(node)})", "stands where its complement belongs"
        yield node, f"({operand(node)} - 1)", "lacks a `- 1`"
        yield node, f"{operand(node)} ** 2", "lacks a square"


@less_likely
def _subscripts(node: ast.expr) -> Iterator[Slip]:
    """Two letters of an ``einsum`` changed over: in what is made, or in one of its operands."""
    if not isinstance(node, ast.Call) or _called(node) != "einsum" or not node.args:
        return
    given = node.args[0]
    if not isinstance(given, ast.Constant) or not isinstance(given.value, str):
        return
    words = re.split(r"(\W+)", given.value)
    for k in reversed(range(0, len(words), 2)):
        for i, j in combinations(range(len(words[k])), 2):
            letters = list(words[k])
            letters[i], letters[j] = letters[j], letters[i]
            text = repr("".join([*words[:k], *letters, *words[k + 1 :]]))
            yield given, text, f"has `{letters[j]}` and `{letters[i]}` changed over"


@less_likely
def _numbers(node: ast.expr) -> Iterator[Slip]:
    """Another constant: one off, twice or half of it, with the other sign."""
    value = node.value if isinstance(node, ast.Constant) else None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return
    for other in (value + 1, value - 1, 2 * value, value / 2, -value):
        if other != value:
            yield node, f"({other!r})" if other < 0 else repr(other), f"should be {other!r}"


@less_likely
def _ranges(node: ast.expr) -> Iterator[Slip]:
    """A sequence where a part of it was meant, or another part of it."""
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Slice):
        for part in _PARTS:
            text = f"{ast.unparse(node.value)}{part}"
            if text != ast.unparse(node):
                yield node, text, f"takes the wrong part: `{part}` is meant"
    elif isinstance(node, (ast.Name, ast.Attribute)):
        for part in _PARTS:
            yield node, f"{ast.unparse(node)}{part}", f"is meant without an end: `{part}`"


@less_likely
def _exponents(node: ast.expr) -> Iterator[Slip]:
    """An exponential that grows where one that falls was meant: ``1 / (1 + np.exp(z))``."""
    if isinstance(node, ast.Call) and _called(node) == "exp" and len(node.args) == 1:
        (given,) = node.args
        if not isinstance(given, ast.UnaryOp):
            yield given, f"-{operand(given)}", "lacks a minus"


@less_likely
def _power_rule(node: ast.expr) -> Iterator[Slip]:
    """``x ** 2`` for ``3 * x ** 2``, the slope of a cube."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
        power = whole_number(node.right)
        if power is not None and 0 < power < _HIGHEST:
            text = f"{power + 1} * {ast.unparse(node)}"
            yield node, text, f"lacks the factor {power + 1} of the power rule"


@less_likely
def _beyond(node: ast.expr) -> Iterator[Slip]:
    """``np.where(np.abs(r) < c, r, c)``, a slope that is the same on both sides."""
    if not isinstance(node, ast.Call) or _called(node) != "where" or len(node.args) != 3:
        return
    calls = [n for n in ast.walk(node.args[0]) if isinstance(n, ast.Call)]
    for inner in (n.args[0] for n in calls if _called(n) in ("abs", "absolute", "fabs")):
        for branch in node.args[1:]:
            if not _names(inner) & _names(branch):
                text = f"{operand(branch)} * np.sign({ast.unparse(inner)})"
                yield branch, text, f"lacks the sign of `{ast.unparse(inner)}`"


@less_likely
def _functions(node: ast.expr) -> Iterator[Slip]:
    """The counterpart of a function, ``np.minimum`` for ``np.maximum``."""
    other = _COUNTERPARTS.get(_called(node)) if isinstance(node, ast.Call) else None
    if other is not None and isinstance(node, ast.Call):
        name = other
        if isinstance(node.func, ast.Attribute):
            name = f"{operand(node.func.value)}.{other}"
        yield node.func, name, f"stands where `{name}` belongs"


def _reduced_as_elsewhere(values: list[ast.expr], program: ast.AST) -> Iterator[Slip]:
    """A sum over the axes that another sum of the program is taken over."""
    nodes = [n for n in ast.walk(program) if isinstance(n, ast.Call)]
    ways = Counter(_way(n) for n in nodes if _called(n) in _REDUCTIONS)
    for node in values:
        if not isinstance(node, ast.Call) or _called(node) not in _REDUCTIONS:
            continue
        for way, _ in ways.most_common(_WAYS):
            if way != _way(node):
                given = [ast.unparse(a) for a in node.args[: _own_arguments(node)]]
                text = f"{ast.unparse(node.func)}({', '.join([*given, *filter(None, [way])])})"
                yield node, text, f"is to be taken over `{way or 'all axes'}`"


def _called_as_elsewhere(values: list[ast.expr], program: ast.AST) -> Iterator[Slip]:
    """A call of a function with what it is called with elsewhere: ``exp(-2 * s)`` for ``exp(-s)``.

    Both calls are made of the same names.
    """
    calls = [n for n in ast.walk(program) if isinstance(n, ast.Call) and n.args]
    for node in values:
        if isinstance(node, ast.Call) and node.args:
            alike = [c for c in calls if ast.unparse(c.func) == ast.unparse(node.func)]
            texts = [ast.unparse(c) for c in alike if _names(c) == _names(node)]
            for text in dict.fromkeys(texts):
                if text != ast.unparse(node):
                    yield node, text, f"is `{text}` elsewhere"


def _divided_as_elsewhere(values: list[ast.expr], program: ast.AST) -> Iterator[Slip]:
    """A quotient with what the program divides by elsewhere: ``/ n`` for ``/ mask.sum()``."""
    quotients = [n for n in ast.walk(program) if isinstance(n, ast.BinOp)]
    divisors = Counter(ast.unparse(n.right) for n in quotients if isinstance(n.op, ast.Div))
    counts = [text for text, _ in divisors.most_common() if "exp" not in text][:_WAYS]
    for node in values:
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
            own = ast.unparse(node.right)
            for other in counts:
                if other != own:
                    text = f"{ast.unparse(node.left)} / {operand(_parsed(other))}"
                    yield node, text, f"divides by `{own}` where `{other}` belongs"


def _leading(node: ast.expr) -> str:
    """An operand that stands first, or by itself: its sign needs no parentheses there."""
    return ast.unparse(node) if isinstance(node, ast.UnaryOp) else operand(node)


def _parsed(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


def _names(node: ast.AST) -> set[str]:
    """The names and attributes of an expression."""
    parts = [n for n in ast.walk(node) if isinstance(n, (ast.Name, ast.Attribute))]
    return {ast.unparse(part) for part in parts}


def _way(call: ast.Call) -> str:
    """The axes of a reduction as they are written: ``1, keepdims=True``."""
    given = [ast.unparse(a) for a in call.args[_own_arguments(call) :]]
    given += [f"{k.arg}={ast.unparse(k.value)}" for k in call.keywords]
    return ", ".join(given)


def _own_arguments(call: ast.Call) -> int:
    """How many arguments say what is reduced: one of a function, none of a method."""
    return int(not isinstance(call.func, ast.Attribute) or _is_module(call.func))


def _unwrapped(values: list[ast.expr], program: ast.AST) -> Iterator[Slip]:
    """A function too many, and one that is taken of the same value elsewhere."""
    calls: dict[str, list[str]] = {}
    for call in ast.walk(program):
        if isinstance(call, ast.Call) and len(call.args) == 1 and not call.keywords:
            calls.setdefault(ast.unparse(call.args[0]), []).append(ast.unparse(call))
    for node in values:
        if isinstance(node, ast.Call) and len(node.args) == 1 and not node.keywords:
            called = ast.unparse(node.func)
            yield node, operand(node.args[0]), f"has a call of `{called}` too many"
        for text in dict.fromkeys(calls.get(ast.unparse(node), ())):
            yield node, text, f"stands where `{text}` belongs"


def whole_number(node: ast.expr) -> int | None:
    """A whole number that is written out."""
    try:
        value = ast.literal_eval(node)
    except ValueError:
        return None
    return value if type(value) is int else None


def _called(node: ast.Call) -> str:
    func = node.func
    return func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "")


def _summand(node: ast.expr) -> str:
    """Text that can stand behind a plus or a minus."""
    products = (ast.Mult, ast.Div, ast.MatMult, ast.Pow)
    binds = isinstance(node, ast.BinOp) and isinstance(node.op, products)
    return ast.unparse(node) if binds else operand(node)
