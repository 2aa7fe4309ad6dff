"""One number or array of a pair that may be a parameter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from gradlint.pairs.trees import Path


@dataclass(frozen=True)
class Leaf:
    """A number or array that may be a parameter: an input, or an attribute of the object."""

    owned: bool
    path: Path
    name: str
    value: Any

    @property
    def shape(self) -> tuple[int, ...]:
        """Its shape; () for a number."""
        return np.shape(self.value)
