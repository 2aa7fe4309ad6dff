"""The small changes of a backward function that undo what people do to it by mistake.

Each is a piece of source text in place of another: another variable, one factor less, a sign, a
sum for a mean.  Whether a change makes the gradients right is not decided here; this module knows
syntax, and the shapes that variables had, and no numbers.
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from gradlint.pairs.reductions import axes_in, reductions
from gradlint.pairs.slip import Slip

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gradlint.source.spots import SourceFile

Shapes = dict[str, tuple[int, ...]]  # of what can be written in the function, by its text

_SLOPES = (  # of the output first, then of what the activation is given
    "{0} * (1 - {0})", "1 - {0} ** 2", "{0} > 0", "1 - {0}", "np.cos({0})",
    "1 / (1 + np.exp(-{0}))", "1 - np.tanh({0}) ** 2", "np.exp(-{0}) / (1 + np.exp(-{0})) ** 2",
)  # fmt: skip
_OF_OUTPUTS = 3
_OF_INPUT = _SLOPES[-1], _SLOPES[-2]  # the first two, written for what the activation is given


class Slips:
    """All slips that may have been made in one function."""

    def __init__(
        self, file: SourceFile, function: ast.AST, shapes: Shapes, sizes: Mapping[str, float]
    ) -> None:
        """``sizes`` are the numbers that the function knows, by how they are written."""
        self.file, self.function, self.shapes, self.sizes = file, function, shapes, sizes

    def all(self) -> Iterator[Slip]:
        """Every slip; where several lines would do, the last one touches the least."""
        kinds = ast.Assign | ast.AugAssign, ast.Return  # what is returned was made before
        for kind in kinds:
            for statement in reversed(list(ast.walk(self.function))):
                if isinstance(statement, kind):
                    yield from self._of_statement(statement)
        if isinstance(self.function, ast.Lambda):
            yield from self._of_value(self.function.body, None)

    def text(self, node: ast.AST) -> str:
        """The text of a node, on one line."""
        text = self.file.text_of(node)
        return ast.unparse(node) if "\n" in text else text

    def atom(self, node: ast.AST) -> str:
        """The text of a node as an operand."""
        text = self.text(node)
        loose = isinstance(node, ast.BinOp | ast.UnaryOp | ast.Compare | ast.BoolOp | ast.IfExp)
        return f"({text})" if loose else text

    # -- statements -------------------------------------------------------------------------

    def _of_statement(self, statement: ast.Assign | ast.AugAssign | ast.Return) -> Iterator[Slip]:
        value = statement.value
        if value is None:
            return
        if isinstance(statement, ast.Return):
            for part in _parts(value) or [value]:
                yield from self._of_value(part, None)
            return
        target = statement.target if isinstance(statement, ast.AugAssign) else statement.targets[0]
        pairs = [(target, value)]
        if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
            pairs = list(zip(target.elts, value.elts, strict=False))
        elif isinstance(statement, ast.AugAssign):
            sign = "-" if isinstance(statement.op, ast.Add) else "+"
            if isinstance(statement.op, ast.Add | ast.Sub):
                yield self._sign(statement, f"{self.text(target)} {sign}= {self.text(value)}")
            if isinstance(target, ast.Subscript):
                given = ", ".join(map(self.text, (target.value, target.slice, value)))
                said = f"`{self.text(target)} += …` adds once for each index, however often it is"
                yield Slip(
                    statement, f"np.add.at({given})", "repeated index", f"{said} repeated", 1.1
                )
        elif isinstance(target, ast.Name | ast.Subscript):
            new = f"{self.text(target)} += {self.text(value)}"
            said = f"`{self.text(target)}` is overwritten each time: `=` stands for `+=`"
            yield Slip(statement, new, "term", said, 1.0)
        for one, other in pairs:
            yield from self._of_value(other, self.shapes.get(self.text(one)))

    def _sign(self, node: ast.expr | ast.stmt, new: str) -> Slip:
        return Slip(node, new, "sign", f"`{self.text(node)}` has the wrong sign", 1.0)

    def _of_value(self, value: ast.expr, shape: tuple[int, ...] | None) -> Iterator[Slip]:
        subscripts = [s for s in ast.walk(value) if isinstance(s, ast.Subscript)]
        apart = {id(n) for s in subscripts for n in ast.walk(s.slice)}
        apart |= {id(n) for axis in axes_in(value) for n in ast.walk(axis)}
        for node in ast.walk(value):
            if id(node) in apart or not isinstance(node, ast.expr):
                continue
            yield from self._other(node)
            yield from self._less(node, self.text(value))
            yield from self._rather(node)
            if node is not value or isinstance(node, ast.Dict):
                for each in _parts(node):
                    shapes = {self.shapes[name] for name in self._used(each)}
                    yield from self._more(each, shapes.pop() if len(shapes) == 1 else None)
        yield from self._more(value, shape)

    # -- more -------------------------------------------------------------------------------

    def _more(self, value: ast.expr, shape: tuple[int, ...] | None) -> Iterator[Slip]:
        """Something is missing: a sign, a factor, a term."""
        text, whole = self.text(value), self.atom(value)
        if isinstance(value, ast.BinOp) and not isinstance(value.op, ast.Add | ast.Sub):
            whole = text  # a product is a factor as it stands
        shape = shape or self.shapes.get(text)
        yield self._sign(value, f"-{whole}")
        for size, number in self.sizes.items():
            if number in (0, 1):
                continue
            sized = size.isidentifier() or re.fullmatch(r"\w+\.shape\[\d\]", size)
            kind = "division by a size" if number > 2 and sized else "constant"
            said = f"`{text}` is not divided by {size}"
            yield Slip(value, f"{whole} / {size}", kind, said, 2.0, number)
            said = f"`{text}` lacks the factor {size}"
            yield Slip(value, f"{whole} * {size}", "constant", said, 2.0, number)
        said = f"`{text}` has more axes than its parameter"
        yield Slip(value, f"{self.atom(value)}.ravel()", "shape", said, 2.0)
        if shape is None:
            return
        for name, other in self.shapes.items():
            if not other or _stretched(other, shape) != shape or name == text:
                continue
            if other == shape:
                said = f"a term is missing in `{text}`: {name}"
                yield Slip(value, f"{text} + {name}", "term", said, 2.0)
                for size in self.sizes:
                    said = f"a term is missing in `{text}`: {size} * {name}"
                    yield Slip(value, f"{text} + {size} * {name}", "term", said, 2.6)
            for pattern in _SLOPES[:_OF_OUTPUTS]:
                slope = pattern.format(name)
                said = f"`{text}` lacks the derivative of the activation, `{slope}`"
                yield Slip(value, f"{whole} * ({slope})", "slope missing", said, 2.2)
            said = f"`{text}` lacks the factor `{name}`"
            yield Slip(value, f"{whole} * {name}", "factor", said, 2.4)
        yield from self._products(value, text, shape)

    def _products(self, value: ast.expr, text: str, shape: tuple[int, ...]) -> Iterator[Slip]:
        """A missing term that is itself a product of two things the function knows."""
        names = [n for n, s in self.shapes.items() if s == shape and n.isidentifier()]
        for k, one in enumerate(names):
            for other in names[k + 1 :]:
                for term in (
                    f"{one} * {other}",
                    f"{one} * (1 - {other})",
                    f"{other} * (1 - {one})",
                ):
                    said = f"a term is missing in `{text}`: {term}"
                    yield Slip(value, f"{text} + {term}", "term", said, 3.0)

    # -- other ------------------------------------------------------------------------------

    def _other(self, node: ast.expr) -> Iterator[Slip]:
        """Something else belongs here: another variable, another row of it, one minus it."""
        if not isinstance(node, ast.Name | ast.Attribute | ast.Subscript):
            return
        text = self.text(node)
        shape = self.shapes.get(text)
        if isinstance(node, ast.Subscript):
            yield from self._neighbours(node)
        if shape is None:
            return
        for name, other in self.shapes.items():
            if name != text and other == shape:
                said = f"`{text}` stands where `{name}` belongs"
                yield Slip(node, name, "value", said, 1.0)
        if shape:
            said = f"`{text}` stands where `1 - {text}` belongs"
            yield Slip(node, f"1 - {text}", "factor", said, 1.5)

    def _neighbours(self, node: ast.Subscript) -> Iterator[Slip]:
        index = self.text(node.slice)
        if not isinstance(node.slice, ast.Name | ast.BinOp):
            return
        for step in (" - 1", " + 1"):
            near = re.sub(r"\s*(\+ 1 - 1|- 1 \+ 1)$", "", index + step)
            new = f"{self.text(node.value)}[{near}]"
            said = f"`{self.text(node)}` stands where `{new}` belongs"
            yield Slip(node, new, "value", said, 1.2)

    # -- less -------------------------------------------------------------------------------

    def _less(self, node: ast.expr, value: str) -> Iterator[Slip]:
        """Something is too much in a value: a sign, a factor, a term, a transposition."""
        text = self.text(node)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            yield self._sign(node, self.text(node.operand))
        if isinstance(node, ast.Attribute) and node.attr == "T":
            said = f"`{text}` is transposed where it must not be"
            yield Slip(node, self.text(node.value), "transposition", said, 1.0)
        elif len(self.shapes.get(text, ())) == 2:
            said = f"`{text}` is not transposed"
            yield Slip(node, f"{text}.T", "transposition", said, 1.0)
        if isinstance(node, ast.BinOp):
            one, other = self.text(node.left), self.text(node.right)
            kept = [(one, other)]
            if isinstance(node.op, ast.Mult | ast.Add):
                kept.append((other, one))
            if isinstance(node.op, ast.Mult | ast.Div | ast.Add | ast.Sub):
                what = "factor" if isinstance(node.op, ast.Mult | ast.Div) else "summand"
                for left, gone in kept:
                    number = self._number(gone)
                    kind = what if number is None else "constant"
                    if number is not None and isinstance(node.op, ast.Div):
                        kind = "division"
                    said = f"`{text}` has a {what} too many: {gone}"
                    slope = f"1 - {gone}" in value  # of `s * (1 - s)` nothing is too much
                    yield Slip(node, left, kind, said, 2.5 if slope else 1.5, number)

    def _number(self, text: str) -> float | None:
        plain = text.replace(".", "", 1).isdigit()
        return float(text) if plain else self.sizes.get(text)

    # -- rather -----------------------------------------------------------------------------

    def _rather(self, node: ast.expr) -> Iterator[Slip]:
        """The operation itself is another one."""
        text = self.text(node)
        if isinstance(node, ast.BinOp):
            one, other = self.atom(node.left), self.atom(node.right)
            if isinstance(node.op, ast.Add | ast.Sub):
                sign = "-" if isinstance(node.op, ast.Add) else "+"
                yield self._sign(node, f"{one} {sign} {other}")
            if isinstance(node.op, ast.Mult | ast.MatMult):
                sign = "@" if isinstance(node.op, ast.Mult) else "*"
                said = f"`{text}` is the wrong kind of product"
                yield Slip(node, f"{one} {sign} {other}", "product", said, 1.5)
            yield from self._regrouped(node)
            if isinstance(node.op, ast.MatMult):
                said = f"`{text}` has to be transposed here"
                yield Slip(node, f"({text}).T", "transposition", said, 1.2)
            yield from self._slopes(node, text)
        elif isinstance(node, ast.Compare):
            yield from self._slopes(node, text)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            yield from reductions(node, self.text)

    def _slopes(self, node: ast.expr, text: str) -> Iterator[Slip]:
        """The derivative of one activation in place of another's, or of another's argument.

        What is made of one variable only, alone or in a product, may have been meant as one.
        """
        factors = self._factors(node)
        groups: dict[str, list[ast.expr]] = {}
        for factor in factors:
            used = self._used(factor)
            if len(used) == 1:
                groups.setdefault(used.pop(), []).append(factor)
        for own, group in groups.items():
            rest = [self.atom(f) for f in factors if f not in group]
            if not rest and isinstance(node, ast.Name):
                continue  # a bare variable is no derivative
            old = self.text(group[0]) if len(group) == 1 else " * ".join(map(self.atom, group))
            for name, shape in self.shapes.items():
                patterns = _SLOPES if name == own else _SLOPES[:_OF_OUTPUTS]
                for pattern in patterns if shape and shape == self.shapes[own] else ():
                    slope = pattern.format(name)
                    if slope in (old, text):
                        continue
                    kind, said = self._told(old, own, name, pattern)
                    part = slope if pattern == _SLOPES[0] else f"({slope})"
                    new = " * ".join([*rest, part]) if rest else slope
                    yield Slip(node, new, kind, said, 1.7 + 0.6 * (name != own))

    def _told(self, old: str, own: str, name: str, pattern: str) -> tuple[str, str]:
        """The kind and the message of one derivative in place of another."""
        slope = pattern.format(name)
        written = _plain(old), _plain(f"({old})")
        for k, kind in enumerate(_SLOPES[:2]):
            same = _plain(kind.format(own)) in written and pattern in (kind, _OF_INPUT[k])
            if same:
                told = f"`{old}` is written for the activation's output, which `{own}` is not"
                return "slope of the output", told
        return "slope", f"`{old}` is not the derivative here: that is `{slope}`"

    def _regrouped(self, node: ast.BinOp) -> Iterator[Slip]:
        """Parentheses are missing: a product takes only one term of the sum that was meant."""
        signs = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.MatMult: "@", ast.Div: "/"}
        outer, low = signs.get(type(node.op), ""), ("+", "-")
        if outer not in low:
            return
        for side in (node.left, node.right):
            inner = signs.get(type(side.op), "") if isinstance(side, ast.BinOp) else ""
            if not isinstance(side, ast.BinOp) or inner in ("", *low):
                continue
            a, b = self.atom(side.left), self.atom(side.right)
            if side is node.left:
                new = f"{a} {inner} ({b} {outer} {self.atom(node.right)})"
            else:
                new = f"({self.atom(node.left)} {outer} {a}) {inner} {b}"
            said = f"`{new}` is meant: without parentheses, products come first"
            yield Slip(node, new, "parentheses", said, 1.3)

    def _factors(self, node: ast.expr) -> list[ast.expr]:
        """The factors of a product."""
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
            return [*self._factors(node.left), *self._factors(node.right)]
        return [node]

    def _used(self, node: ast.AST) -> set[str]:
        """The arrays that an expression is made of."""
        text = self.text(node)
        if text in self.shapes:
            return {text} if self.shapes[text] else set()
        return {name for child in ast.iter_child_nodes(node) for name in self._used(child)}


def _parts(node: ast.expr) -> list[ast.expr]:
    """The values in a display: what a backward function gives back for several parameters."""
    return node.values if isinstance(node, ast.Dict) else getattr(node, "elts", [])


def _plain(text: str) -> str:
    return re.sub(r"[\s()]", "", text)


def _stretched(one: tuple[int, ...], other: tuple[int, ...]) -> tuple[int, ...] | None:
    """The shape two shapes broadcast to."""
    import numpy as np

    try:
        return np.broadcast_shapes(one, other)
    except ValueError:
        return None
