"""Shapes from a line that names axes: ``"x: b i, w: i h, b: h"``.

An axis with one name has one size everywhere; a number is a size that never changes; nothing after
the colon is a scalar.  Sizes above 1 are pairwise distinct unless asked otherwise: where two
unrelated axes share a size, a missing transpose or a sum over the wrong axis goes unseen.  This
module knows sizes only, no arrays.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hypothesis import reject
from hypothesis import strategies as st

from gradlint.structs import struct

if TYPE_CHECKING:
    from collections.abc import Mapping

Shape = tuple[int, ...]
Limits = int | tuple[int, int]
"""The size of an axis, or its smallest and largest size."""

_LARGEST = 7  # a wrong axis shows at any size; small arrays fail fast and print well
_SPARE = 3  # free sizes beside those that the other axes may have taken


@struct
class Axes:
    """What a line of axes says: each array's axes, in order; a number is a fixed size."""

    arrays: tuple[tuple[str, tuple[str | int, ...]], ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The axes whose size is free, in the order of their first use."""
        named = (axis for _, axes in self.arrays for axis in axes if isinstance(axis, str))
        return tuple(dict.fromkeys(named))

    @property
    def fixed(self) -> set[int]:
        """The sizes written as numbers."""
        return {axis for _, axes in self.arrays for axis in axes if isinstance(axis, int)}

    def shapes(self, sizes: Mapping[str, int]) -> dict[str, Shape]:
        """Put sizes in the place of names."""
        return {
            name: tuple(axis if isinstance(axis, int) else sizes[axis] for axis in axes)
            for name, axes in self.arrays
        }


def parse(spec: str) -> Axes:
    """Read a line of axes; raises ``ValueError`` with the piece that cannot be read.

    >>> parse("x: b i, w: i 3, c:").names
    ('b', 'i')
    """
    arrays: dict[str, tuple[str | int, ...]] = {}
    for piece in spec.split(","):
        name, colon, axes = (part.strip() for part in piece.partition(":"))
        words = axes.split()
        readable = [re.fullmatch(r"[^\W\d]\w*|[1-9]\d*", word) for word in words]
        if not (colon and name.isidentifier() and all(readable)):
            raise ValueError(
                f"cannot read {piece.strip()!r} in {spec!r}; write `name: axis axis`, "
                "separated by commas, as in 'x: b i, w: i h, b: h'"
            )
        if name in arrays:
            raise ValueError(f"{name!r} stands twice in {spec!r}")
        arrays[name] = tuple(int(word) if word.isdigit() else word for word in words)
    return Axes(tuple(arrays.items()))


def shapes(
    spec: str,
    *,
    sizes: Mapping[str, Limits] | None = None,
    distinct: bool = True,
    ones: bool = True,
) -> st.SearchStrategy[dict[str, Shape]]:
    """Draw a shape for every array of ``spec``.

    ``sizes`` limits axes, ``{"k": 3, "h": (4, 9)}``.  ``distinct`` keeps sizes above 1 apart from
    each other; ``ones`` lets any axis have size 1, where batches, biases and broadcasting go wrong.

    >>> from hypothesis import find
    >>> find(shapes("x: b i, w: i h, b: h"), lambda drawn: drawn["w"][0] > 1)
    {'x': (1, 2), 'w': (2, 1), 'b': (1,)}
    >>> find(shapes("x: b i, w: i h, b: h", ones=False), lambda drawn: True)
    {'x': (2, 3), 'w': (3, 4), 'b': (4,)}
    """
    axes = parse(spec)
    return axis_sizes(axes, sizes=sizes, distinct=distinct, ones=ones).map(axes.shapes)


def axis_sizes(
    axes: Axes,
    *,
    sizes: Mapping[str, Limits] | None = None,
    distinct: bool = True,
    ones: bool = True,
) -> st.SearchStrategy[dict[str, int]]:
    """Draw a size for every free axis; the smallest sizes come first when shrinking."""
    ranges = size_ranges(axes, sizes=sizes, ones=ones)

    @st.composite
    def draw_sizes(draw: st.DrawFn) -> dict[str, int]:
        drawn: dict[str, int] = {}
        taken = axes.fixed | {low for low, high in ranges.values() if low == high}
        for axis, (low, high) in ranges.items():
            free = [n for n in range(low, high + 1) if n == 1 or not distinct or n not in taken]
            if low == high:
                free = [low]
            if not free:
                reject()
            drawn[axis] = draw(st.sampled_from(free))
            taken.add(drawn[axis])
        return drawn

    return draw_sizes()


def size_ranges(
    axes: Axes, *, sizes: Mapping[str, Limits] | None = None, ones: bool = True
) -> dict[str, tuple[int, int]]:
    """Give the smallest and the largest size of every free axis."""
    given = dict(sizes or {})
    unknown = [axis for axis in given if axis not in axes.names]
    if unknown:
        raise ValueError(f"no axis {unknown[0]!r}; the axes are {', '.join(axes.names)}")
    usual = (1 if ones else 2, max(_LARGEST, len(axes.names) + _SPARE))
    ranges = {}
    for axis in axes.names:
        limits = given.get(axis, usual)
        low, high = (limits, limits) if isinstance(limits, int) else limits
        if not 0 <= low <= high:
            raise ValueError(f"axis {axis!r} cannot have sizes from {low} to {high}")
        ranges[axis] = (low, high)
    return ranges
