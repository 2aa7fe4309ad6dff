"""All pairs of forward and backward functions that a checker is measured on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import activations, layers, losses, objects, recurrent, scientific, windows

if TYPE_CHECKING:
    from .pair import Pair

PAIRS: list[Pair] = [
    *layers.PAIRS,
    *activations.PAIRS,
    *windows.PAIRS,
    *recurrent.PAIRS,
    *losses.PAIRS,
    *scientific.PAIRS,
    *objects.PAIRS,
]
