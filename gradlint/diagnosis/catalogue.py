"""The mistakes as this room is handed them: what they are asked for, and three it says things with.

A mistake may have the senses ``in_step`` and ``in_gradient``.  One of them is said of a wrong value
without a known cause, one of a shape, one of a penalty: they tell so by their ``told_for``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gradlint.findings import Finding


@dataclass(frozen=True, eq=False)
class Catalogue:
    """All mistakes, by code."""

    mistakes: tuple[Any, ...]

    def told_for(self, what: str) -> Any:
        """The mistake that is said of ``"a wrong value"``, ``"a shape"`` or ``"a penalty"``."""
        return next(m for m in self.mistakes if getattr(m, "told_for", "") == what)

    def reshapes(self, finding: Finding) -> bool:
        """Whether what is found may leave a gradient with another shape."""
        return any(getattr(m, "reshapes", False) for m in self.mistakes if m.code == finding.code)

    def only(self, *names: str) -> Catalogue:
        """The mistakes of these kebab names."""
        return Catalogue(tuple(m for m in self.mistakes if m.name in names))
