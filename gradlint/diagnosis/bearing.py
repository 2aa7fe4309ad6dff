"""Which parts of a line bear on what is wrong with its value: only there can an edit mend it.

Of a gradient that is put together from many numbers most are right already.  A part is given values
that are like nothing else; what of the line's value stays the same hangs on something else, and
where that is not right, no other value of the part can make it so.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import numpy as np

from gradlint.diagnosis.identify import proportion
from gradlint.diagnosis.line import Given

if TYPE_CHECKING:
    from gradlint.diagnosis.context import Context

_NEAR = 1e-5  # of the largest number in a sum: what is exchanged in it is not rounded alike
_FAR = 1e3  # times the largest entry: far enough to switch what is switched by a size


def unlike(value: np.ndarray) -> list[np.ndarray]:
    """Values of the same shape that leave nothing as it is that hangs on them."""
    far = _FAR * (1.0 + float(np.abs(value).max(initial=0.0)))
    return [np.full(value.shape, other) for other in (np.nan, far, -far)]


def may_be_made_right(value: np.ndarray, right: np.ndarray, made: list[np.ndarray]) -> bool:
    """Whether all that stays the same in what was ``made`` is right already, up to a factor."""
    if right.shape != value.shape or any(m.shape != value.shape for m in made):
        return True
    kept = np.logical_and.reduce([m == made[0] for m in made])
    rest, wanted = value[kept], right[kept]
    if not (np.any(rest) or np.any(wanted)):
        return True
    factor = proportion(rest, wanted)
    return factor is not None and factor > 0.0


class Bearing:
    """The parts of one line, each asked once; known only where the line makes a whole gradient."""

    def __init__(self, case: Context) -> None:
        self.case = case
        self._asked: dict[ast.AST, bool] = {}
        self._worth: dict[ast.expr, np.ndarray] = {}
        self._is_known = self._right_is_known()

    def _right_is_known(self) -> bool:
        case = self.case
        own = case.suspect.parameter
        if own is None or case.root is None or case.accumulates or case.right is None:
            return False
        if len(own.gradient.terms) != 1 or own.gradient.terms[0].places:
            return False
        decays = any(fit.decay for result in case.reference.results for fit in result.fits)
        alike = case.right[0].shape == case.user[0].shape and case.user[0].size > 1
        return alike and not decays

    def of(self, part: ast.AST) -> bool:
        """Whether the value may come right by another value of one part of the line."""
        if not self._is_known or part is self.case.root:
            return True
        if part not in self._asked:
            outer = self.case.around(part)
            inside = outer is None or self.of(outer)
            self._asked[part] = inside and self._may_mend(part)
        return self._asked[part]

    def allows(self, part: ast.expr, text: str) -> bool:
        """Whether the value comes near the right one if the part reads so, at the first point."""
        if not self.of(part):
            return False
        if not self._is_known or self._summand(part)[0] is self.case.root:
            return True
        try:
            made, size = self._made(part, self.case.parse(text))
        except Exception:  # noqa: BLE001 - then the whole line will tell
            return True
        assert self.case.right is not None
        right = self.case.right[0]
        if made.shape != right.shape or not np.isfinite(made).all():
            return True
        factor = float(np.vdot(right, made)) / (float(np.vdot(right, right)) or 1.0)
        gap = float(np.abs(made - factor * right).max())
        return factor > 0.0 and gap <= _NEAR * max(size, float(np.abs(made).max()))

    def _may_mend(self, part: ast.AST) -> bool:
        case = self.case
        if not isinstance(part, ast.expr):
            return True
        try:
            value = np.asarray(case.scene.at(part, 0))
            if value.dtype.kind != "f":
                return True
            others = [Given(v) if v.shape else Given(float(v)) for v in unlike(value)]
            made = [self._made(part, other)[0] for other in others]
        except Exception:  # noqa: BLE001 - a line may fail in any way at strange values
            return True
        assert case.right is not None
        return may_be_made_right(case.user[0], case.right[0], made)

    def _made(self, part: ast.expr, new: ast.expr) -> tuple[np.ndarray, float]:
        """What the line makes with another part, and the size of what was exchanged in it.

        Of a sum only the summand is computed again.
        """
        case = self.case
        place, sign = self._summand(part)
        value = self._at(case.replaced(part, new, place))
        if place is case.root:
            return value, 0.0
        if place not in self._worth:
            self._worth[place] = self._at(place)
        old = self._worth[place]
        size = float(max(np.abs(old).max(initial=0.0), np.abs(value).max(initial=0.0)))
        return case.user[0] + sign * (value - old), size

    def _at(self, expression: ast.expr) -> np.ndarray:
        return np.asarray(self.case.scene.at(expression, 0), dtype=float)

    def _summand(self, part: ast.expr) -> tuple[ast.expr, float]:
        """The summand of the line that a part stands in, and its sign."""
        way: list[ast.expr] = [part]
        while way[-1] is not self.case.root:
            outer = self.case.around(way[-1])
            if outer is None:
                break
            way.append(outer)
        place, sign = way.pop(), 1.0
        while way and isinstance(place, ast.BinOp) and isinstance(place.op, (ast.Add, ast.Sub)):
            if isinstance(place.op, ast.Sub) and place.right is way[-1]:
                sign = -sign
            place = way.pop()
        return place, sign
