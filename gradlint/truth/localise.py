"""Which entries of a wrong gradient are wrong: by weighing, and by halving.

Along a direction, every wrong entry adds its own share to the residual (predicted minus measured
slope).  Two experiments find it again:

- *Weighing*.  Repeat the measurement with the k-th index along an axis weighted by 1 + k/n.  If
  one index carries the whole residual, the residual grows by exactly 1 + k/n, and k can be read
  off: one measurement for each axis, whatever its length.
- *Halving*.  If the reading is not a whole number, several indices are wrong.  Measure one half,
  infer the other (residuals add up), and follow the halves that carry a residual.

Whatever was found is held against the rest: the found entries must carry the whole residual.

This module knows residuals and directions; verdicts are its caller's.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from gradlint.truth.compare import DIFFERS, SHOWN, Pattern, judge
from gradlint.truth.differences import Estimate, derivative
from gradlint.truth.directions import Diagonal, Direction, Line, Space, Sway

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

BUDGET = 600  # evaluations, after which the pattern is reported as far as it is known
DENSE = 16  # so many parts of an axis, and all carry a residual: all of its indices will
LEGIBLE = 0.2  # how far a digit may be from a whole number
ENTRIES = 32  # entries that are looked at one by one


def localise(
    space: Space,
    gradients: Sequence[NDArray[Any]],
    k: int,
    line: Line,
    estimate: Estimate,
    centre: Any,
) -> tuple[Pattern, str]:
    """Describe the wrong entries of tensor ``k``; a reason instead if the residual is no mistake.

    ``line`` moves that tensor alone, and ``estimate`` is its measured slope.
    """
    search = _Search(space, gradients, k, line, estimate, centre)
    return search.run()


class _Search:
    def __init__(
        self,
        space: Space,
        gradients: Sequence[NDArray[Any]],
        k: int,
        line: Line,
        estimate: Estimate,
        centre: Any,
    ) -> None:
        self.space, self.gradients, self.k, self.centre = space, gradients, k, centre
        self.shape = gradients[k].shape
        sway = line.direction[k]
        assert isinstance(sway, Sway)
        self.sway = sway
        self.step = estimate.step
        self.noise = estimate.noise
        self.residual = line.slope - estimate.value
        self.error = 2 * estimate.error
        self.start = space.evaluations
        self.latest: Line | None = None

    def run(self) -> tuple[Pattern, str]:
        axes = [axis for axis, n in enumerate(self.shape) if n > 1]
        found = {axis: self.weigh(axis) for axis in axes}
        single = {axis: i for axis, i in found.items() if i is not None}
        if single and self.carries(self.restricted(single)):
            if len(single) == len(axes):
                return self.confirm([single])
            rest = [axis for axis in axes if axis not in single]
            return self.within(single, rest)
        return self.halve(axes)

    # ---- measurements ---------------------------------------------------------------------------

    def measure(self, sway: Sway | Diagonal) -> float:
        """Measure the residual along a direction of this tensor alone."""
        direction: Direction = {self.k: sway}
        self.latest = line = Line(self.space, direction, self.gradients)
        return line.slope - line.central(self.step)

    def restricted(self, indices: Mapping[int, Any], sway: Sway | None = None) -> Sway:
        """Confine the direction to the given indices along the given axes."""
        sway = sway or self.sway
        for axis, index in indices.items():
            weights = np.zeros(self.shape[axis])
            weights[index] = 1.0
            sway = sway.weighted(self.shape, axis, weights)
        return sway

    def carries(self, sway: Sway | Diagonal) -> bool:
        """Whether a part of the tensor carries the whole residual."""
        return abs(self.residual - self.measure(sway)) <= DIFFERS * self.error

    def spent(self) -> bool:
        return self.space.evaluations - self.start > BUDGET

    # ---- weighing and halving -------------------------------------------------------------------

    def weigh(self, axis: int) -> int | None:
        """Read off the one index along the axis that carries the residual, if there is one.

        The index is read digit by digit, in the largest base that the error lets us read.
        """
        n = self.shape[axis]
        blur = 3 * self.error / abs(self.residual)
        if 8 * blur > LEGIBLE:
            return None
        count = math.ceil(math.log(n) / math.log(max(LEGIBLE / blur, 8)) if blur else 1) or 1
        base = math.ceil(n ** (1 / count))
        index = 0
        for place in reversed(range(count)):
            digits = np.arange(n) // base**place % base
            heavier = self.measure(self.sway.weighted(self.shape, axis, 1 + digits / base))
            reading = (heavier / self.residual - 1) * base
            if not math.isfinite(reading) or abs(reading - round(reading)) > LEGIBLE:
                return None
            index += round(reading) * base**place
        return index if 0 <= index < n else None

    def support(self, axis: int, sway: Sway, residual: float) -> list[int] | None:
        """Find the indices along an axis that carry a residual; None if too many to follow."""
        found: list[int] = []
        queue = [(0, self.shape[axis], residual)]
        empty = 0
        while queue:
            if self.spent() or (len(queue) >= DENSE and not empty):
                return None
            first, end, part = queue.pop(0)
            if abs(part) <= DIFFERS * self.error:
                empty += 1
                continue
            if end - first == 1:
                found.append(first)
                continue
            middle = (first + end) // 2
            near = self.measure(self.restricted({axis: np.arange(first, middle)}, sway))
            queue += [(first, middle, near), (middle, end, part - near)]
        return sorted(found)

    def halve(self, axes: list[int]) -> tuple[Pattern, str]:
        """Find the wrong indices along each axis; report rows, columns, a diagonal or entries."""
        for axis in axes:
            indices = self.support(axis, self.sway, self.residual)
            if indices is None or len(indices) in (0, self.shape[axis]):
                continue
            rest = [a for a in axes if a != axis]
            return self.lines(axis, indices, rest)
        if len(self.shape) == 2 and self.shape[0] == self.shape[1]:
            diagonal = self.diagonal()
            if diagonal is not None:
                return diagonal, ""
        if not self.adds_up(axes[0]):
            return Pattern("none"), "the loss has kinks at this point"
        return self.pattern("entries", (), None, 0), ""

    def lines(self, axis: int, indices: list[int], rest: list[int]) -> tuple[Pattern, str]:
        """Report some indices along an axis: wrong wholly, or in a few entries each."""
        entries: list[dict[int, int]] = []
        for index in indices[:SHOWN]:
            fixed = {axis: index}
            places = self.entries_within(fixed, rest)
            if places is None:
                return self.slices(axis, indices), ""
            entries += places
        if len(indices) > SHOWN:
            pattern = self.pattern("entries", self.places(entries), None, len(indices))
            return pattern, ""
        return self.confirm(entries)

    def within(self, single: dict[int, int], rest: list[int]) -> tuple[Pattern, str]:
        """Report one index along some axes: wrong all along the others, or in a few entries."""
        places = self.entries_within(single, rest)
        if places is not None:
            return self.confirm(places)
        if len(single) == 1:
            ((axis, index),) = single.items()
            return self.slices(axis, [index]), ""
        return self.pattern("entries", self.places([single]), None, 0), ""

    def entries_within(self, fixed: dict[int, int], rest: list[int]) -> list[dict[int, int]] | None:
        """Find the wrong entries of a part; None if it is wrong all along an axis."""
        if not rest:
            return [fixed]
        part = self.restricted(dict(fixed))
        axis, further = rest[0], rest[1:]
        indices = self.support(axis, part, self.measure(part))
        if indices is None or len(indices) == self.shape[axis] or len(indices) > ENTRIES:
            return None
        entries: list[dict[int, int]] = []
        for index in indices:
            places = self.entries_within({**fixed, axis: index}, further)
            if places is None:
                return None
            entries += places
        return entries

    def diagonal(self) -> Pattern | None:
        """Whether the diagonal alone, or everything but the diagonal, is wrong."""
        n = self.shape[0]
        only = Diagonal(self.sway.rows * self.sway.columns)
        share = self.measure(only)
        if abs(self.residual - share) <= DIFFERS * self.error:
            return self.pattern("diagonal", (), None, n)
        if abs(share) <= DIFFERS * self.error:
            return self.pattern("off-diagonal", (), None, n * n - n)
        return None

    def adds_up(self, axis: int) -> bool:
        """Whether the slopes of two halves add up to the slope of the whole.

        At a smooth point they do.  Where many corners meet, they do not, even if none shows along
        a single line; a prediction that follows one choice of branches is then no mistake.
        """
        parts = np.arange(self.shape[axis]) % 2
        shares = [self.measure(self.restricted({axis: np.flatnonzero(parts == p)})) for p in (0, 1)]
        return abs(self.residual - math.fsum(shares)) <= 0.1 * max(map(abs, shares))

    def line_of(self, entry: dict[int, int]) -> Line:
        """The line along one entry: the latest, if that was measured to see what it carries."""
        sway = self.restricted(dict(entry))
        known = self.latest.direction[self.k] if self.latest is not None else None
        if isinstance(known, Sway) and known.equals(sway):
            assert self.latest is not None
            return self.latest
        return Line(self.space, {self.k: sway}, self.gradients)

    # ---- reports --------------------------------------------------------------------------------

    def confirm(self, entries: list[dict[int, int]]) -> tuple[Pattern, str]:
        """Call entries wrong only if the derivative by that entry alone says so."""
        wrong, reason = [], ""
        for entry in entries[:ENTRIES]:
            line = self.line_of(entry)
            slope = derivative(line, noise=self.noise, at=self.centre, step=self.step)
            verdict = judge(line.slope, slope.value, slope.error, kink=slope.kink)
            if verdict.verdict == "wrong":
                wrong.append(entry)
            else:
                reason = reason or verdict.reason
        if not wrong:
            return Pattern("none"), reason or "the residual cannot be pinned to any entry"
        return self.pattern("entries", self.places(wrong), None, len(wrong)), ""

    def slices(self, axis: int, indices: list[int]) -> Pattern:
        names = {0: "row", 1: "column"} if len(self.shape) == 2 else {}
        count = len(indices) * self.gradients[self.k].size // self.shape[axis]
        where = tuple((i,) for i in indices[:SHOWN])
        return self.pattern(names.get(axis, "slice"), where, axis, count)

    def places(self, entries: list[dict[int, int]]) -> tuple[tuple[int, ...], ...]:
        axes = range(len(self.shape))
        return tuple(tuple(entry.get(axis, 0) for axis in axes) for entry in entries[:SHOWN])

    def pattern(
        self, kind: Any, where: tuple[tuple[int, ...], ...], axis: int | None, count: int
    ) -> Pattern:
        return Pattern(kind, where, axis, count, self.gradients[self.k].size)
