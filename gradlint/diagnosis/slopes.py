"""What a line used as the derivative of an activation, found by value and in the line's text."""

from __future__ import annotations

import ast
import math
import re
from typing import TYPE_CHECKING

import numpy as np

from gradlint.structs import struct

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gradlint.diagnosis.case import Case
    from gradlint.diagnosis.layers import Layer
    from gradlint.trace.tape import Node
    from gradlint.truth.activations import Activation, Function

_SAME = 1e-9  # relative: two ways to compute one slope
_PROBED = 64  # entries that tell most predictions from what there is
Edits = tuple[tuple[ast.expr, str], ...]


@struct(eq=False)
class Slopes:
    """A derivative formula applied to a value at every point.

    Most slopes that a line might have used are told from what it did use by a few entries, so the
    whole of one is worked out only where somebody goes over it.
    """

    formula: Function
    values: list[np.ndarray]

    def __len__(self) -> int:
        return len(self.values)

    def __iter__(self) -> Iterator[np.ndarray]:
        for value in self.values:
            yield self._of(value)

    def entries(self, point: int, places: np.ndarray) -> np.ndarray:
        """Some entries of the slope at one point, by their places in its flat form."""
        return self._of(self.values[point].reshape(-1)[places])

    def could_be(self, values: Sequence[np.ndarray]) -> bool:
        """Whether some values may be these slopes, as far as their sizes and first entries tell."""
        first = np.zeros(1, dtype=int)
        for point, (value, own) in enumerate(zip(values, self.values, strict=True)):
            if value.size != own.size:
                return False
            slope = self.entries(point, first).item() if own.size else 0.0
            if own.size and not math.isclose(value.item(0), slope, rel_tol=_SAME, abs_tol=0.0):
                return False
        return True

    def _of(self, value: np.ndarray) -> np.ndarray:
        with np.errstate(all="ignore"):
            return np.asarray(self.formula(value), dtype=float)


@struct(eq=False)
class Carried:
    """The upstream gradient times some slope at every point, in the shape of the suspect."""

    above: list[np.ndarray]
    slopes: Slopes
    shapes: list[tuple[int, ...]]

    def __iter__(self) -> Iterator[np.ndarray]:
        for above, slope, shape in zip(self.above, self.slopes, self.shapes, strict=True):
            yield above.reshape(shape) * slope.reshape(shape)

    def could_be(self, values: Sequence[np.ndarray], tolerance: float) -> bool:
        """Whether some values may be these, as far as some of their entries tell."""
        for point, (above, value) in enumerate(zip(self.above, values, strict=True)):
            places = np.linspace(0, value.size - 1, min(value.size, _PROBED)).astype(int)
            own = above.reshape(-1)[places] * self.slopes.entries(point, places)
            gap = np.abs(own - value.reshape(-1)[places]).max(initial=0.0)
            if gap > 2 * tolerance * np.abs(value).max(initial=0.0):
                return False
        return True


def carried(case: Case, slopes: Slopes) -> Carried | None:
    """The upstream gradient times some slope, in the shape of the suspect."""
    above = None if case.upstream is None else case.of(case.upstream[0])
    if above is None:
        return None
    for value, slope, user in zip(above, slopes.values, case.user, strict=True):
        if value.size != user.size or slope.size != user.size:
            return None
    return Carried(above, slopes, [user.shape for user in case.user])


def slope_values(
    activation: Activation, values: list[np.ndarray], *, output: bool
) -> Slopes | None:
    """A derivative formula applied to a value at every point."""
    formula = activation.from_output if output else activation.slope
    return None if formula is None else Slopes(formula, values)


def arguments(case: Case, value: object) -> list[ast.expr]:
    """The places of the line where a forward value is named."""
    return [
        part
        for part, node in case.parts()
        if node is value and isinstance(part, (ast.Name, ast.Attribute, ast.Subscript))
    ]


def called_here(case: Case, place: ast.expr, node: Node) -> list[str]:
    """Texts for a value where another one stands: the index shifted alike, else its own name.

    In ``slope(z[k])`` the activation of the same layer is ``a[k + 1]``, not ``a[2]``.
    """
    found = []
    for name, value in case.scene.names.items():
        if value is not node:
            continue
        match = re.fullmatch(r"(.+)\[(-?\d+)\]", name)
        if match and isinstance(place, ast.Subscript) and not isinstance(place.slice, ast.Constant):
            try:
                index = case.scene.at(place.slice, 0)
            except Exception:  # noqa: BLE001 - then the literal name has to do
                continue
            if isinstance(index, int):
                shift = int(match[2]) - index
                text = simplified(
                    f"{ast.unparse(place.slice)} {'+' if shift >= 0 else '-'} {abs(shift)}"
                )
                found.append(f"{match[1]}[{text}]")
    own = case.named(node)
    return [*found, own] if own else found


def factor_parts(case: Case, slopes: Slopes) -> Iterator[ast.expr]:
    """Parts of the line whose value is a given slope: where the derivative was written."""
    for part, node in case.parts():
        if node is None:
            continue
        values = case.of(node)
        if values is None:
            values = case.scene.everywhere(part)
        if values is None:
            continue
        if _alike(values, slopes):
            yield part


def right_slopes(case: Case, layer: Layer | None = None) -> Iterator[str]:
    """Texts of the right derivative in names that the line can use."""
    if layer is not None:
        activation, z, a = layer.activation, layer.z, layer.a
    elif case.activation is not None:
        activation, z, a = case.activation
    else:
        return
    for text, node in ((activation.output_text, a), (activation.text, z)):
        name = case.named(node)
        if text and name:
            slope = text.format(x=name)
            whole = isinstance(ast.parse(slope, mode="eval").body, (ast.Call, ast.Name))
            enclosed = slope.startswith("(") and slope.endswith(")")
            yield slope if whole or enclosed else f"({slope})"


def without_slope(case: Case, slopes: Slopes) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Products of the line, and the two factors of each that make up a slope: ``d * a * (1 - a)``.

    The second is the product of just these two, as an expression.
    """
    for part, _ in case.parts():
        if not (isinstance(part, ast.BinOp) and isinstance(part.op, ast.Mult)):
            continue
        left = part.left
        if not (isinstance(left, ast.BinOp) and isinstance(left.op, ast.Mult)):
            continue
        pair = ast.BinOp(left.right, ast.Mult(), part.right)
        values = case.scene.everywhere(pair)
        if values is not None and _alike(values, slopes):
            yield part, pair


def _alike(values: list[np.ndarray], slopes: Slopes) -> bool:
    """Whether arrays hold the same numbers as slopes."""
    return slopes.could_be(values) and all(
        np.allclose(value.reshape(slope.shape), slope, rtol=_SAME, atol=0)
        for value, slope in zip(values, slopes, strict=True)
    )


def helper_of(case: Case, part: ast.expr) -> str:
    """The helper a derivative came from, as ``helper`` or as the formula itself."""
    if isinstance(part, ast.Call):
        return case.text(part.func)
    return case.text(part)


def simplified(text: str) -> str:
    """``k + 1 - 1`` is ``k``."""
    node = ast.parse(text, mode="eval").body
    base, total = node, 0
    while isinstance(base, ast.BinOp) and isinstance(base.op, (ast.Add, ast.Sub)):
        if not (isinstance(base.right, ast.Constant) and isinstance(base.right.value, int)):
            break
        total += base.right.value if isinstance(base.op, ast.Add) else -base.right.value
        base = base.left
    if isinstance(base, ast.Constant) and isinstance(base.value, int):
        return str(base.value + total)
    if isinstance(base, ast.UnaryOp) and isinstance(base.operand, ast.Constant):
        return str(-base.operand.value + total)  # type: ignore[operator]
    name = ast.unparse(base)
    return name if not total else f"{name} {'+' if total > 0 else '-'} {abs(total)}"
