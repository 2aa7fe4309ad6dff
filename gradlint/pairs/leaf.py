"""One number or array of a pair that may be a parameter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from gradlint.structs import struct

if TYPE_CHECKING:
    from gradlint.pairs.trees import Path


@struct
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
