"""Classes of axes: which axes of which values are one and the same dimension.

An axis is a number; None stands for an axis of length 1, which pairs with everything.  Axes that an
operation pairs fall into one class.  A class may be a product of others (what a reshape flattens),
and may be *unsure*: an operation of unknown meaning had part in it, so nothing is claimed of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

Axis = int | None


class Classes:
    """Union-find over axes.  The oldest axis of a class stands for it."""

    def __init__(self) -> None:
        self._parent: list[int] = []
        self._size: list[int] = []
        self._unsure: set[int] = set()
        self._factors: dict[int, tuple[int, ...]] = {}
        self._products: dict[tuple[int, ...], int] = {}
        self._parts: dict[int, dict[tuple[int, int, int], int]] = {}

    def __len__(self) -> int:
        return len(self._parent)

    def fresh(self, size: int, *, unsure: bool = False) -> Axis:
        """Return a new axis, of which nothing is known but its length."""
        if size == 1:
            return None
        number = len(self._parent)
        self._parent.append(number)
        self._size.append(size)
        if unsure:
            self._unsure.add(number)
        return number

    def root(self, axis: int) -> int:
        """Return the oldest axis of a class."""
        parent = self._parent
        while parent[axis] != axis:
            parent[axis] = parent[parent[axis]]
            axis = parent[axis]
        return axis

    def size(self, axis: Axis) -> int:
        """Return the length of an axis."""
        return 1 if axis is None else self._size[axis]

    def is_unsure(self, axis: Axis) -> bool:
        """Whether an operation of unknown meaning had part in the class."""
        return axis is not None and self.root(axis) in self._unsure

    def factors(self, axis: Axis) -> tuple[int, ...]:
        """Return the axes whose product an axis is, empty if it is none."""
        return () if axis is None else self._factors.get(self.root(axis), ())

    def same(self, one: Axis, other: Axis) -> bool:
        """Whether two axes are one dimension."""
        if one is None or other is None:
            return one is other
        if self.root(one) == self.root(other):
            return True
        ours, theirs = self.factors(one), self.factors(other)
        return bool(ours) and len(ours) == len(theirs) and all(map(self.same, ours, theirs))

    def unite(self, one: Axis, other: Axis) -> Axis:
        """Make two axes one dimension."""
        if one is None or other is None:
            return other if one is None else one
        low, high = sorted((self.root(one), self.root(other)))
        if low == high:
            return low
        ours, theirs = self._factors.get(low), self._factors.get(high)
        self._parent[high] = low
        if high in self._unsure:
            self._unsure.add(low)
        if ours is None and theirs is not None:
            self._factors[low] = theirs
        elif ours and theirs:
            sizes = [tuple(map(self.size, f)) for f in (ours, theirs)]
            if sizes[0] == sizes[1]:
                for left, right in zip(ours, theirs, strict=True):
                    self.unite(left, right)
        for place, axis in self._parts.pop(high, {}).items():
            known = self._parts.setdefault(self.root(low), {}).setdefault(place, axis)
            self.unite(known, axis)
        return low

    def product(self, axes: Sequence[Axis]) -> Axis:
        """Return the axis that flattens several."""
        flat: list[int] = []
        for axis in axes:
            if axis is not None:
                flat += self.factors(axis) or (self.root(axis),)
        key = tuple(map(self.root, flat))
        if len(key) < 2:
            return key[0] if key else None
        number = self._products.get(key)
        if number is None:
            size = 1
            for axis in key:
                size *= self._size[axis]
            made = self.fresh(size, unsure=any(a in self._unsure for a in key))
            assert made is not None
            number = self._products[key] = made
            self._factors[number] = key
        return number

    def split(self, axis: Axis, sizes: Sequence[int]) -> list[Axis]:
        """Return the axes of given lengths (they multiply up) whose product an axis is."""
        wanted = [size for size in sizes if size != 1]
        if axis is None or not wanted:
            return [None] * len(sizes)
        if len(wanted) == 1:
            found: list[Axis] = [axis]
        else:
            found = self._split(axis, wanted)
        rest = iter(found)
        return [None if size == 1 else next(rest) for size in sizes]

    def _split(self, axis: int, wanted: list[int]) -> list[Axis]:
        factors = self.factors(axis)
        if not factors:
            made = [self.fresh(size, unsure=self.is_unsure(axis)) for size in wanted]
            pure = tuple(a for a in made if a is not None)
            root = self.root(axis)
            self._factors[root] = pure
            self._products.setdefault(pure, root)
            return list(made)
        groups = grouped([self.size(f) for f in factors], wanted)
        if groups is None or any(len(ours) > 1 and len(theirs) > 1 for ours, theirs in groups):
            return [self.fresh(size, unsure=True) for size in wanted]
        found: list[Axis] = []
        for ours, theirs in groups:
            if len(theirs) == 1:
                found.append(self.product([factors[i] for i in ours]))
            else:
                found += self.split(factors[ours[0]], [wanted[i] for i in theirs])
        return found

    def part(self, axis: Axis, start: int, stop: int, step: int) -> Axis:
        """Return a slice of an axis: the same slice of the same axis is the same part."""
        length = len(range(start, stop, step))
        if axis is None or length == 1:
            return None
        if length == self.size(axis):
            return axis
        parts = self._parts.setdefault(self.root(axis), {})
        number = parts.get((start, stop, step))
        if number is None:
            made = self.fresh(length, unsure=self.is_unsure(axis))
            assert made is not None
            number = parts[start, stop, step] = made
        return number

    def join(self, parts: Sequence[Axis], sizes: Sequence[int]) -> Axis:
        """Return the axis along which parts are laid one after the other."""
        joined = self.fresh(sum(sizes))
        start = 0
        for axis, size in zip(parts, sizes, strict=True):
            if axis is not None and joined is not None:
                self._parts.setdefault(joined, {})[start, start + size, 1] = axis
            start += size
        return joined


def grouped(ours: Sequence[int], theirs: Sequence[int]) -> list[tuple[list[int], list[int]]] | None:
    """Return the smallest groups of neighbouring lengths with equal products, as positions.

    None if the two lists of lengths do not hold equally many elements.
    """
    groups = []
    i = j = 0
    while i < len(ours) and j < len(theirs):
        left, right = ours[i], theirs[j]
        first, second = [i], [j]
        i, j = i + 1, j + 1
        while left != right:
            if left < right:
                if i == len(ours):
                    return None
                left *= ours[i]
                first.append(i)
                i += 1
            else:
                if j == len(theirs):
                    return None
                right *= theirs[j]
                second.append(j)
                j += 1
        groups.append((first, second))
    if any(n != 1 for n in ours[i:]) or any(n != 1 for n in theirs[j:]):
        return None
    return groups
