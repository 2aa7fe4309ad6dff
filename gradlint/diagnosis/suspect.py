"""A suspect: one operation of the backward pass that is wrong by itself, and what it should be.

Localisation finds suspects; the mistakes explain them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gradlint.structs import field, struct

if TYPE_CHECKING:
    import numpy as np

    from gradlint.diagnosis.identify import Identity
    from gradlint.trace.tape import Node
    from gradlint.truth.evaluate import Result


@struct(frozen=False, eq=False)
class Suspect:
    """An operation of the backward pass that is wrong by itself.

    ``node`` is the wrong value, ``role`` the forward value whose cotangent it should be (None if
    that cannot be told), ``scale`` the factor at which it should be it (so that the right value is
    ``scale * truths[k][role]`` at point k).  ``upstream`` are the backward values it was made of
    that are right.  ``results`` are the parameters that inherit the error.  ``really`` is what the
    value is, where it is a right derivative of something else.  Without ``exact`` the scale is
    known up to a positive constant only.

    ``kind`` is "value" (wrong), "multiple" (right, but ``factor`` times too large), "part" (some of
    the paths only, used as if they were all) or "penalty" (right but for a summand of its own).
    """

    node: Node
    role: Node | None
    kind: str
    scale: float
    upstream: dict[Node, Identity]
    truths: list[dict[int, np.ndarray]]
    factor: float = 1.0
    parameter: Result | None = None
    results: list[Result] = field(default_factory=list)
    really: Identity | None = None
    exact: bool = True

    def right_value(self, position: int) -> np.ndarray | None:
        """What the value should be at a point, or None if its role is unknown."""
        if self.role is None:
            return None
        truth = self.truths[position].get(self.role.index)
        return None if truth is None else self.scale * truth
