"""The small changes of a backward function that undo what people do to it by mistake.

Those of a formula's text are the same for all programs; here is what depends on the values around:
another variable in place of one, a factor or a term that is missing.  Whether a change makes the
gradients right is not decided here.
"""

from __future__ import annotations

import ast
import itertools
import re
from typing import TYPE_CHECKING

from gradlint.source.small_edits import further, slips
from gradlint.structs import struct
from gradlint.truth.activations import ACTIVATIONS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gradlint.source.spots import SourceFile

Shapes = dict[str, tuple[int, ...]]  # of what can be written in the function, by its text

_MEANS = {("mean", "sum"): "mean for a sum", ("sum", "mean"): "sum for a mean"}


@struct(eq=False)
class Slip:
    """Text ``new`` belongs where ``target`` stands; ``cost`` is how far-fetched that is.

    ``kind`` is what a mistake may recognise; ``number`` is the constant that makes
    the difference, where one does.
    """

    target: ast.expr | ast.stmt
    new: str
    kind: str
    message: str
    cost: float
    number: float | None = None


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
                yield from self._of_value(part, self._spread(part))
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

    def _spread(self, value: ast.expr) -> tuple[int, ...] | None:
        """The shape of a formula without a name, if it works entry by entry."""
        spread: tuple[int, ...] | None = ()
        for node in ast.walk(value):
            shape = self.shapes.get(self.text(node)) if isinstance(node, ast.Name) else None
            spread = _stretched(spread, shape) if shape and spread is not None else spread
        return spread or None

    def _sign(self, node: ast.expr | ast.stmt, new: str) -> Slip:
        return Slip(node, new, "sign", f"`{self.text(node)}` has the wrong sign", 1.0)

    def _of_value(self, value: ast.expr, shape: tuple[int, ...] | None) -> Iterator[Slip]:
        for number, (part, new, what) in enumerate((*slips(value), *further(value, self.function))):
            said = f"`{self.text(part)}` {what}"
            yield Slip(part, new, kind_of(part, new), said, 1.5 + number / 1000)
        used = {self.text(n) for n in ast.walk(value)} & set(self.shapes) - {self.text(value)}
        for name in used if len(used) == 1 else ():
            for known in ACTIVATIONS:
                slope = known.output_text.format(x=name)
                said = f"`{self.text(value)}` is not the derivative of {known.name}: `{slope}`"
                if slope:
                    yield Slip(value, slope, "slope", said, 1.9)
        axes = [n.value for n in ast.walk(value) if isinstance(n, ast.keyword)]
        for node in ast.walk(value):
            if isinstance(node, ast.Name | ast.Attribute | ast.Subscript):
                yield from self._other(node)
            if (node is not value or isinstance(node, ast.Dict)) and node not in axes:
                for each in _parts(node):  # type: ignore[arg-type]
                    yield from self._more(each, None)
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
            if other and _stretched(other, shape) == shape and name != text:
                said = f"`{text}` lacks the factor `{name}`"
                yield Slip(value, f"{whole} * {name}", "factor", said, 2.4)
        for term, cost in self._terms(text, shape):
            said = f"a term is missing in `{text}`: {term}"
            yield Slip(value, f"{text} + {term}", "term", said, cost)

    def _terms(self, text: str, shape: tuple[int, ...]) -> Iterator[tuple[str, float]]:
        """What may have been added: a name, a number times one, a product of two."""
        alike = [n for n, other in self.shapes.items() if other == shape]
        yield from ((name, 2.0) for name in alike if name != text)
        yield from ((f"{s} * {name}", 2.6) for name in alike if name != text for s in self.sizes)
        for one, other in itertools.combinations(filter(str.isidentifier, alike), 2):
            for term in (f"{one} * {other}", f"{one} * (1 - {other})", f"{other} * (1 - {one})"):
                yield term, 3.0

    # -- other ------------------------------------------------------------------------------

    def _other(self, node: ast.expr) -> Iterator[Slip]:
        """Something else belongs here: another variable, another row of it."""
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

    def _neighbours(self, node: ast.Subscript) -> Iterator[Slip]:
        index = self.text(node.slice)
        if not isinstance(node.slice, ast.Name | ast.BinOp):
            return
        for step in (" - 1", " + 1"):
            near = re.sub(r"\s*(\+ 1 - 1|- 1 \+ 1)$", "", index + step)
            new = f"{self.text(node.value)}[{near}]"
            said = f"`{self.text(node)}` stands where `{new}` belongs"
            yield Slip(node, new, "value", said, 1.2)


def kind_of(part: ast.expr, new: str) -> str:
    """What a mistake may recognise in a change: the sign of a value, a sum for a mean."""
    other = ast.parse(new, mode="eval").body
    for one, two in ((part, other), (other, part)):
        negative = isinstance(one, ast.UnaryOp) and isinstance(one.op, ast.USub)
        if negative and ast.unparse(one.operand) == ast.unparse(two):  # type: ignore[attr-defined]
            return "sign"
    if isinstance(part, ast.BinOp) and isinstance(other, ast.BinOp):
        signs = {type(part.op), type(other.op)} == {ast.Add, ast.Sub}
        if signs and ast.unparse(part.left) == ast.unparse(other.left):
            return "sign"
    if isinstance(part, ast.Attribute) and isinstance(other, ast.Attribute):
        return _MEANS.get((part.attr, other.attr), "factor")
    return "factor"


def _parts(node: ast.expr) -> list[ast.expr]:
    """The values in a display: what a backward function gives back for several parameters."""
    return node.values if isinstance(node, ast.Dict) else getattr(node, "elts", [])


def _stretched(one: tuple[int, ...], other: tuple[int, ...]) -> tuple[int, ...] | None:
    """The shape two shapes broadcast to."""
    import numpy as np

    try:
        return np.broadcast_shapes(one, other)
    except ValueError:
        return None
