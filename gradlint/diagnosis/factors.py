"""Constants in gradients: what a factor is called in the program, and edits that change it."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import numpy as np

from gradlint.reading.graph import is_scalar, number_of
from gradlint.source.edits import operand
from gradlint.structs import struct
from gradlint.truth.evaluate import same

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gradlint.diagnosis.case import Case
    from gradlint.trace.tape import Node
    from gradlint.truth.evaluate import Result

Edits = tuple[tuple[ast.expr, str], ...]
_LOOSE = (ast.Add, ast.Sub)
_SHORT, _DIVISORS = 20, 5  # characters of a divisor, and how many are tried
_SMALLEST = 2  # a size worth dividing by
_SCALINGS = 3  # operations between a gradient and the sum that makes it


@struct
class Size:
    """A count of the data: its number, how to write it, and how to say where it comes from."""

    number: int
    text: str
    words: str


_CONSTANTS = (2, 3, 4)  # what derivatives of powers and squares leave behind


def named_size(case: Case, factor: float) -> Size | None:
    """The size of the data that equals a factor, by the program's own name for it."""
    number = round(factor)
    if number < 2 or abs(factor - number) > 1e-5 * number:
        return None
    for name, value in case.scene.counters.items():
        if value == number and name in case.step.tape.integers:
            spot = case.step.tape.integers[name][1]
            origin = spot.text.partition("=")[2].strip()
            where = f" ({origin}, line {spot.row})" if origin else f" (line {spot.row})"
            return Size(number, name, f"`{name}` = {number}{where}")
    for name, (value, spot) in case.step.tape.integers.items():
        if value == number:
            origin = spot.text.partition("=")[2].strip()
            usable = name in case.recording.namespace
            text = name if usable else str(number)
            return Size(number, text, f"`{name}` = {number} ({origin}, line {spot.row})")
    return _from_shapes(case, number)


def _from_shapes(case: Case, number: int) -> Size | None:
    for name, node in reversed(case.scene.names.items()):
        if number in node.shape and node.index in case.step.backward | _data(case):
            axis = node.shape.index(number)
            text = f"{name}.shape[{axis}]"
            return Size(number, text, f"{number} = `{text}`")
    return None


def _data(case: Case) -> set[int]:
    return {
        n.index
        for n in case.scene.names.values()
        if n.is_leaf or n.index not in case.step.dependent
    }


def spelled(factor: float) -> str:
    """A factor as people write it: 2, 1/3, 0.0123."""
    from fractions import Fraction  # only where a factor is said

    fraction = Fraction(factor).limit_denominator(1000)
    short = fraction.denominator == 1 or abs(fraction.numerator) <= 1000
    if short and abs(float(fraction) - factor) <= 1e-6 * abs(factor):
        return str(fraction)
    return f"{factor:.6g}"


def divided(case: Case, divisor: str) -> Iterator[Edits]:
    """The line divided by a size, the way its siblings write it."""
    root = case.root
    if root is None:
        return
    text = ast.unparse(root)
    if isinstance(root, ast.BinOp) and isinstance(root.op, _LOOSE):
        text = f"({text})"
    if _siblings_use(case, f"1 / {divisor} *") or _siblings_use(case, f"1/{divisor} *"):
        yield ((root, f"1 / {divisor} * {text}"),)
    yield ((root, f"{text} / {divisor}"),)


def terms(case: Case) -> list[ast.expr]:
    """What in a line may be scaled by itself: the line, and the summands of every sum in it.

    The factors of a product are not: scaling one of them scales the product.
    """
    found: list[ast.expr] = [] if case.root is None else [case.root]
    for part, _ in case.parts():
        if isinstance(part, ast.BinOp) and isinstance(part.op, _LOOSE):
            found += [p for p in (part.left, part.right) if not isinstance(p, ast.Constant)]
    return found


def divisors(case: Case) -> list[str]:
    """What the program divides by: sizes of the data, as it writes them."""
    spot = case.node.spot
    if spot is None:
        return []
    scope = spot.file.function(spot.node) or spot.file.tree
    found = [
        ast.unparse(n.right)
        for n in ast.walk(spot.file.tree)
        if isinstance(n, ast.BinOp) and isinstance(n.op, ast.Div)
    ]
    local = {n.id for n in ast.walk(scope) if isinstance(n, ast.Name)}
    named = [n for n in case.step.tape.integers if n in local and n.isidentifier()]
    texts = [d for d in dict.fromkeys([*found, *named]) if len(d) < _SHORT]
    return [text for text in texts if _is_size(case, text)][:_DIVISORS]


def may_be_constant(case: Case, number: float) -> bool:
    """Whether a number that equals a size is as well the 2 of a square or the ½ of a root.

    An axis of the data that no parameter has is one that is summed over: then it is its size.
    """
    if number not in _CONSTANTS:
        return False
    parameters = {n for p in case.step.parameters for n in p.node.shape}
    data = {n for node in case.step.graph.nodes if node.is_leaf for n in node.shape}
    return number in parameters or number not in data


def _is_size(case: Case, text: str) -> bool:
    values = case.scene.everywhere(ast.parse(text, mode="eval").body)
    if values is None or any(value.ndim for value in values):
        return False
    return all(float(v) == float(values[0]) >= _SMALLEST and float(v) % 1 == 0 for v in values)


def other_reductions(case: Case, kind: str) -> Iterator[Edits]:
    """The line with one sum taken as a mean, or one mean as a sum."""
    other = {"sum": "mean", "mean": "sum"}[kind]
    for part, _ in case.parts():
        function = part.func if isinstance(part, ast.Call) else None
        if isinstance(function, ast.Attribute) and function.attr == kind:
            yield ((function, f"{operand(function.value)}.{other}"),)


def divides_already(case: Case, divisor: str) -> bool:
    """Whether the statement divides by a size as it stands."""
    spot = case.node.spot
    return spot is not None and any(
        isinstance(n, ast.BinOp) and isinstance(n.op, ast.Div) and ast.unparse(n.right) == divisor
        for n in ast.walk(spot.statement)
    )


def batch_sizes(case: Case) -> set[int]:
    """Sizes of axes that the gradient sums over: in what flows in, and not in the parameter."""
    own = case.suspect.parameter
    if own is None:
        return set()
    mine = set(own.parameter.node.shape)
    found: set[int] = set()
    above = list(case.suspect.upstream)
    for _ in range(_SCALINGS):  # `2 * d.sum(axis=0)`: what is scaled has been summed already
        found = {size for node in above for size in node.shape} - mine
        if found:
            break
        above = [p for n in above for p in n.parents if p.index in case.step.dependent]
    return found


def _siblings_use(case: Case, text: str) -> bool:
    wanted = "".join(text.split())
    for result in case.reference.results:
        spot = result.gradient.node.spot
        if spot is not None and wanted in "".join(spot.text.split()):
            return True
    return False


def sibling_divisors(case: Case, own: Result) -> Iterator[tuple[ast.expr, str, Result]]:
    """What another parameter's update divides by and this one's does not, where both could.

    The gradients themselves are alike; the updates differ by just the factor in question.  Yields
    the part of the update to divide, the divisor as written, and the other parameter.
    """
    spot, rate = own.parameter.update.new.spot, _rate(own)
    place = None if spot is None else _amount(spot.node)
    if spot is None or place is None or rate is None:
        return
    for other in case.reference.results:
        there, lower = other.parameter.update.new.spot, _rate(other)
        if there is None or not lower or not case.reference.agrees(other):
            continue
        apart = there.statement is not spot.statement
        scope = there.file.function(there.node) is spot.file.function(spot.node)
        if not (apart and scope and same(rate / lower, case.suspect.factor)):
            continue
        mine = _divisors_in(spot.statement)
        for divisor in dict.fromkeys(_divisors_in(there.statement)):
            if divisor not in mine:
                yield place, divisor, other


def _rate(result: Result) -> float | None:
    """What the statement of an update multiplies the gradient with, however it is written."""
    update = result.parameter.update
    if len(update.terms) != 1 or update.new.spot is None:
        return None
    rate, node = update.terms[0].coefficient, update.terms[0].node
    while node.spot is not None and node.spot.statement is update.new.spot.statement:
        if node.function not in (np.multiply, np.true_divide):
            break
        left, right = node.args[:2]
        if np.size(getattr(left, "value", left)) == 1 and node.function is np.multiply:
            left, right = right, left
        number = np.asarray(getattr(right, "value", right))
        if number.size != 1 or not hasattr(left, "spot") or not number.any():
            break
        divides = node.function is np.true_divide
        rate, node = rate * float(number.item()) ** (-1 if divides else 1), left
    return rate


def _amount(update: ast.AST) -> ast.expr | None:
    """What an update adds, or its first factor: the rate."""
    if isinstance(update, ast.AugAssign):
        amount = update.value
    elif isinstance(update, ast.BinOp) and isinstance(update.op, _LOOSE):
        amount = update.right
    else:
        return None
    while isinstance(amount, ast.BinOp) and isinstance(amount.op, ast.Mult):
        amount = amount.left
    return amount if isinstance(amount, (ast.Name, ast.Attribute, ast.Constant)) else None


def _divisors_in(statement: ast.AST) -> list[str]:
    return [
        ast.unparse(n.right)
        for n in ast.walk(statement)
        if isinstance(n, ast.BinOp) and isinstance(n.op, ast.Div)
    ]


def undivided(case: Case) -> Iterator[Edits]:
    """The line with one division, or one constant factor, left out."""
    for part, _ in case.parts():
        if not isinstance(part, ast.BinOp):
            continue
        if isinstance(part.op, ast.Div):
            yield ((part, ast.unparse(part.left)),)
        if isinstance(part.op, ast.Mult):
            yield ((part, ast.unparse(part.right)),)
            yield ((part, ast.unparse(part.left)),)


def rescaled(case: Case, factor: float) -> Iterator[Edits]:
    """The line with one of its constants changed, or multiplied as a whole."""
    if case.root is None:
        return
    for part, _ in case.parts():
        if isinstance(part, ast.Constant) and isinstance(part.value, (int, float)):
            for changed in (part.value * factor, part.value / factor):
                if round(changed, 9) not in (0, 1) and abs(changed - round(changed, 6)) < 1e-12:
                    yield ((part, f"{changed:g}"),)
    yield from undivided(case)
    if abs(factor - round(factor)) < 1e-9:
        yield ((case.root, f"{round(factor)} * {operand(case.root)}"),)
    elif abs(1 / factor - round(1 / factor)) < 1e-6:
        yield ((case.root, f"{operand(case.root)} / {round(1 / factor)}"),)


def forward_constants(case: Case) -> Iterator[tuple[str, int, Edits]]:
    """Constants of the forward pass that the gradient lacks: ``Q @ K.T / np.sqrt(D)``.

    Yields what the forward pass does (`` / np.sqrt(D)``), its row, and the same done here.
    """
    root, seen = case.root, set[str]()
    step = case.step
    between = (case.diagnosis.forward & step.dependent) - {old.index for old in step.olds}
    forward = [n for n in step.graph.nodes if n.index in between]
    for node in forward if root is not None else ():
        for part, number, divides in _constants(node):
            text = f" {'/' if divides else '*'} {ast.unparse(part)}"
            lost = number if divides else 1.0 / number
            if same(lost, case.suspect.factor) and text not in seen:
                seen.add(text)
                assert root is not None
                assert node.spot is not None
                yield text.strip(), node.spot.row, ((root, operand(root) + text),)


def _constants(node: Node) -> Iterator[tuple[ast.expr, float, bool]]:
    """The numbers that an operation multiplies or divides by, and whether it divides."""
    place = node.spot.node if node.spot is not None else None
    divides = node.function is np.true_divide
    if not isinstance(place, ast.BinOp) or not (divides or node.function is np.multiply):
        return
    for part, arg in zip((place.left, place.right), node.args, strict=False):
        if is_scalar(arg) and not (divides and part is place.left):
            number = number_of(arg)
            if number:
                yield part, number, divides


def negated(case: Case) -> Iterator[Edits]:
    """The line with its sign turned where that looks most natural."""
    root = case.root
    if root is None:
        return
    for part, _ in case.parts():
        if isinstance(part, ast.UnaryOp) and isinstance(part.op, ast.USub):
            yield ((part, ast.unparse(part.operand)),)
        if isinstance(part, ast.BinOp) and isinstance(part.op, ast.Sub):
            yield ((part, f"{ast.unparse(part.right)} - {operand(part.left)}"),)
    yield ((root, f"-{operand(root)}"),)
