"""One small mistake in a source text: what stands there, what belongs there, of what kind it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ast


@dataclass(frozen=True, eq=False)
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
