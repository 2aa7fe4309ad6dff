"""Is this array the true gradient?  Asked of many candidates, measured once.

The pair's function is differentiated along a few directions that move one tensor; a candidate is
the truth if it predicts those slopes.  So a guess at what went wrong (`the true gradient is hand /
m`) is held against the function itself, whatever the tensor's size.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np

from gradlint.truth.differences import Estimate, derivative
from gradlint.truth.directions import Line, Space
from gradlint.truth.entries import differentiate_entries

DIRECTIONS = 3
SMALL = 4096  # entries that are worth a derivative each
CLOSE = 3.0  # errors by which a candidate may miss a slope
SHARP = 1e-4  # a slope must be known this well to tell candidates apart


class Probe:
    """The true slopes along a few directions of one tensor, and every entry where it is small."""

    def __init__(self, f: Any, arrays: list[Any], k: int, at: float, seed: int = 0) -> None:
        self.k, self.at = k, at
        self.space = Space(f, arrays)
        self.shape = np.shape(arrays[k])
        self.rng = np.random.default_rng([seed, 3])

    @cached_property
    def slopes(self) -> list[tuple[Any, Estimate]]:
        """The directions and the slopes measured along them."""
        zeros = [np.zeros(work.shape) for work in self.space.work]
        found = []
        for _ in range(DIRECTIONS):
            direction = self.space.random_direction(self.rng, [self.k])
            found.append((direction, derivative(Line(self.space, direction, zeros), at=self.at)))
        return found

    @property
    def sharp(self) -> bool:
        """Whether the slopes are known well enough to tell one candidate from another."""
        error = sum(e.error for _, e in self.slopes)
        size = sum(abs(e.value) for _, e in self.slopes)
        return bool(np.isfinite(error) and error <= SHARP * size)

    def predicted(self, candidate: Any) -> list[float]:
        """Give the slopes that a candidate predicts."""
        return [
            direction[self.k].slope(np.asarray(candidate, float)) for direction, _ in self.slopes
        ]

    def fits(self, candidate: Any) -> bool:
        """Whether a candidate is the true gradient, as far as the slopes can tell."""
        if np.shape(candidate) != self.shape or not np.all(np.isfinite(candidate)):
            return False
        if not self.sharp:
            return False
        return all(
            abs(given - e.value) <= CLOSE * e.error + 1e-9 * abs(e.value)
            for given, (_, e) in zip(self.predicted(candidate), self.slopes, strict=True)
        )

    @cached_property
    def truth(self) -> Any:
        """The true gradient entry by entry, or None where the tensor is too large for that."""
        if int(np.prod(self.shape)) > SMALL:
            return None
        claims = np.ones(int(np.prod(self.shape)))
        found = differentiate_entries(self.space, self.k, claims, self.at, None)
        values = np.array([e.value for e in found]).reshape(self.shape)
        return values if np.all(np.isfinite(values)) else None
