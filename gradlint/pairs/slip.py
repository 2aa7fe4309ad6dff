"""One small mistake in a source text: what stands there, what belongs there, and its name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ast

_NAMED = {
    "GL101": "gradient-shape",
    "GL108": "operator-precedence",
    "GL201": "missing-batch-mean",
    "GL202": "repeated-batch-mean",
    "GL203": "constant-factor",
    "GL204": "flipped-sign",
    "GL206": "unsummed-bias",
    "GL301": "derivative-of-preactivation",
    "GL303": "other-activations-derivative",
    "GL304": "missing-activation-derivative",
    "GL305": "transposed-operand",
    "GL306": "product-kind",
    "GL308": "wrong-operand",
    "GL309": "missing-term",
    "GL313": "repeated-index",
    "GL399": "wrong-gradient",
}


@dataclass(frozen=True, eq=False)
class Slip:
    """Text ``new`` belongs where ``target`` stands; ``cost`` is how far-fetched that is.

    ``number`` is the constant that makes the difference, where one does.
    """

    target: ast.expr | ast.stmt
    new: str
    code: str
    message: str
    cost: float
    number: float | None = None

    @property
    def name(self) -> str:
        """The name that goes with the code."""
        return _NAMED[self.code]
