"""Naming backward values by what they really are.

A value of the backward pass is compared with the true cotangent of every forward value: as a whole,
and as the part of it that flows through one reader.  Equal up to a constant (and a transposition)
at every point is what ``=`` means here.
"""

from __future__ import annotations

import bisect
import functools
import math
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from gradlint.reading.graph import is_scalar, squeezed
from gradlint.structs import struct
from gradlint.trace.primitives import astype
from gradlint.trace.tape import Node
from gradlint.truth.evaluate import SAME, same

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from numpy.typing import NDArray

_CLOSE = 1e-6
_FAR = 2 * SAME  # spread of one factor over the points: each is the same as the one before
_TOGETHER = 2**20  # entries that are marked at once
_SMALL = 2**16  # entries of an array whose weights are kept
_PASSIVE = {np.copy, np.asarray, np.array, astype, float, np.reshape, np.ravel, np.squeeze}


Ranked = list[tuple[Node, bool]]  # forward values, and whether they tell no more than another one


@struct
class Identity:
    """What a backward value is: ``factor × ∂L/∂value``, perhaps transposed.

    ``part`` marks a value that is only some of the paths' contribution to ∂L/∂value.
    """

    value: Node
    factor: float
    transposed: bool = False
    part: bool = False


class Truths:
    """The true cotangents at every point, searchable by value; see :func:`ranked`."""

    def __init__(
        self,
        nodes: Ranked,
        truths: list[dict[int, np.ndarray]],
        edges: list[dict[tuple[int, int], np.ndarray]],
    ) -> None:
        self.truths, self.edges = truths, edges
        self.table: dict[tuple[int, ...], list[tuple[Node, int | None]]] = {}
        self._marks: dict[tuple[int, ...], tuple[NDArray[np.intp], list[float]]] = {}  # in order
        self._sizes: dict[tuple[int, ...], NDArray[np.float64]] = {}  # of the largest entries
        self._unmarked: dict[tuple[int, ...], list[tuple[np.ndarray, Node, int | None]]] = {}
        known = [  # lists and complex numbers left out
            (node, trivial)
            for node, trivial in nodes
            if (truth := truths[0].get(node.index)) is not None and truth.dtype.kind not in "Oc"
        ]
        for node, trivial in known:
            if not trivial:
                self._enter(truths[0][node.index], node, None)
        self._enter_parts({node.index: node for node, _ in known})
        for node, trivial in known:
            if trivial:
                self._enter(truths[0][node.index], node, None)

    def _enter_parts(self, nodes: dict[int, Node]) -> None:
        """Enter what comes back along each of several ways."""
        contributions: dict[int, list[int]] = {}
        for reader, index in self.edges[0]:
            contributions.setdefault(index, []).append(reader)
        for index, readers in contributions.items():
            for reader in readers if index in nodes else ():
                own = self.edges[0][reader, index]
                # (What comes back through slices stands in no edge of its own.)
                whole = self.truths[0][index]
                if len(readers) > 1 or not (own is whole or np.array_equal(own, whole)):
                    self._enter(own, nodes[index], reader)

    def _enter(self, truth: np.ndarray, node: Node, reader: int | None) -> None:
        self._unmarked.setdefault(squeezed(np.shape(truth)), []).append((truth, node, reader))

    def _entries(self, shape: tuple[int, ...]) -> list[tuple[Node, int | None]]:
        """What is known of a shape; its marks and sizes are made when it is asked for."""
        if shape not in self.table:
            unmarked = self._unmarked.pop(shape, [])
            marks, sizes = fingerprints([truth for truth, *_ in unmarked])
            kept = np.isfinite(marks)
            self.table[shape] = [
                (node, reader) for (_, node, reader), k in zip(unmarked, kept, strict=True) if k
            ]
            order = np.argsort(marks[kept])
            self._marks[shape] = order, marks[kept][order].tolist()
            self._sizes[shape] = sizes[kept]
        return self.table[shape]

    def candidates(self, shape: tuple[int, ...]) -> list[Node]:
        """Forward values of a shape (axes of length 1 aside), the best known first."""
        return [node for node, reader in self._entries(squeezed(shape)) if reader is None]

    def alike(self, true: np.ndarray) -> list[Node]:
        """Forward values with one cotangent, to the last digits, the best known first."""
        shape = squeezed(true.shape)
        entries, mark = self._entries(shape), fingerprint(true)
        found = [] if mark is None else [entries[place] for place in self._near(shape, mark)]
        others = [(node, self.truths[0][node.index]) for node, reader in found if reader is None]
        return [
            node
            for node, other in others
            if other.shape == true.shape and np.allclose(other, true, rtol=1e-9, atol=0)
        ]

    def identify(
        self,
        values: list[np.ndarray],
        among: Collection[int] | None = None,
        marks: dict[bool, float | None] | None = None,
    ) -> Identity | None:
        """What a value is, given it at every point; None if it is nothing known.

        Only the derivatives by values ``among`` some are thought of, if they are given.  Of several
        forward values whose cotangents are proportional (scores, and scores / √d), the
        one that needs no factor but a sign is meant; if there is none, the best known.  A value and
        its negative (exp(-z)) differ in the sign only: the better known is meant.  ``marks`` are
        those of the value as it is and transposed, for who asks again.
        """
        marks = {} if marks is None else marks
        for found in self._matches(values, among, marks, as_they_are=True):
            if same(abs(found.factor), 1.0):
                return found
        return next(self._matches(values, among, marks), None)

    def _matches(
        self,
        values: list[np.ndarray],
        among: Collection[int] | None,
        marks: dict[bool, float | None],
        *,
        as_they_are: bool = False,
    ) -> Iterator[Identity]:
        """What a value may be, the best known first; ``as_they_are``, without a factor but a sign.

        ``marks`` are those of the value as it is and transposed, where they are known.

        Thousands of cotangents may be proportional (those of the samples of a loop): their sizes
        tell which of them a value may be itself.
        """
        shape = squeezed(values[0].shape)
        for flipped in (False, True):
            if flipped and len(shape) != 2:
                return
            if flipped not in marks:
                first = values[0].squeeze()
                marks[flipped] = fingerprint(first.T if flipped else first)
            mark = marks[flipped]
            if mark is None:
                return
            entries = self._entries(shape[::-1] if flipped else shape)
            own = shape[::-1] if flipped else shape
            for place in self._places(own, mark, values, as_they_are=as_they_are):
                node, reader = entries[place]
                if among is not None and node.index not in among:
                    continue
                factor = self._factor(values, node, reader, flipped)
                if factor is not None:
                    yield Identity(node, factor, flipped, reader is not None)

    def _places(
        self, shape: tuple[int, ...], mark: float, values: list[np.ndarray], *, as_they_are: bool
    ) -> NDArray[np.intp]:
        """Which entries of a shape may be proportional to a value: by their marks.

        All single numbers are proportional to each other; of these it takes another point to tell.
        """
        alike = self._near(shape, mark)
        if as_they_are and alike.size:
            size = float(np.abs(values[0]).max())
            alike = alike[np.abs(self._sizes[shape][alike] - size) <= 1e-3 * size]
        if shape == () and len(values) > 1 and alike.size:
            single = self._single_numbers[: len(values), alike]
            with np.errstate(all="ignore"):
                factors = np.array([v.item() for v in values])[:, None] / single
                # (None of what is zero at one point is proportional: its factor is no number.)
                alike = alike[np.ptp(factors, axis=0) <= _FAR * np.abs(factors).max(axis=0)]
        return alike

    def _near(self, shape: tuple[int, ...], mark: float) -> NDArray[np.intp]:
        """Which entries of a shape have nearly such a mark."""
        order, marks = self._marks[shape]
        near = 1e-4 * (1 + abs(mark))
        low, high = bisect.bisect_left(marks, mark - near), bisect.bisect_right(marks, mark + near)
        return np.sort(order[low:high])

    @cached_property
    def _single_numbers(self) -> NDArray[np.float64]:
        """The true cotangents that are single numbers, at every point (rows)."""
        rows = []
        for position in range(len(self.truths)):
            found = [
                self.truths[position].get(node.index)
                if reader is None
                else self.edges[position].get((reader, node.index))
                for node, reader in self._entries(())
            ]
            rows.append([np.nan if f is None else float(np.real(f).item()) for f in found])
        return np.array(rows)

    def _factor(
        self, values: list[np.ndarray], node: Node, reader: int | None, flipped: bool
    ) -> float | None:
        factor: float | None = None
        for position, value in enumerate(values):
            if reader is None:
                true = self.truths[position].get(node.index)
            else:
                true = self.edges[position].get((reader, node.index))
            if true is None:
                return None
            flat = value.squeeze()
            found = proportion(flat.T if flipped else flat, np.asarray(true).squeeze())
            if found is None or (factor is not None and not same(found, factor)):
                return None
            factor = found
        return factor


def ranked(nodes: list[Node], dependent: set[int]) -> Ranked:
    """Forward values in the order in which one of several alike is meant.

    With each, whether people name another one instead.
    """
    trivial = {n: is_trivial(n, dependent) for n in nodes}
    order = sorted(nodes, key=lambda n: (not n.names, trivial[n], -n.index))
    return [(n, not n.names and trivial[n]) for n in order]


def proportion(value: np.ndarray, true: np.ndarray) -> float | None:
    """The c with ``value = c·true``, or None; zero matches nothing."""
    if value.shape != true.shape or not value.size:
        return None
    size, top = float(np.abs(true).max()), float(np.abs(value).max())
    if not (np.isfinite(size) and np.isfinite(top)) or size == 0.0 or top == 0.0:
        return None
    a, n = value / top, true / size
    c = float(np.vdot(n, a) / np.vdot(n, n))
    if c == 0.0 or float(np.abs(a - c * n).max()) > _CLOSE:
        return None
    return float(c * top / size)


def fingerprint(value: np.ndarray) -> float | None:
    """A number that proportional arrays share: a fixed random projection over the largest entry."""
    flat = np.asarray(value, dtype=float).ravel()
    if not flat.size:
        return None
    sizes = np.abs(flat)
    top = float(sizes.max())
    if top == 0.0 or not math.isfinite(top):
        return None
    place = int(np.argmax(sizes > 0.999999 * top))
    weights = _weights(flat.size) if flat.size < _SMALL else _weights.__wrapped__(flat.size)
    return float(weights @ flat) / float(flat[place]) / math.sqrt(flat.size)


def fingerprints(
    values: list[np.ndarray],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The :func:`fingerprint` of each array of one shape (nan if it has none), and its size."""
    marks, sizes = np.full(len(values), np.nan), np.zeros(len(values))
    size = values[0].size if values else 0
    step = max(1, _TOGETHER // max(size, 1))
    for start in range(0, len(values) if size else 0, step):
        part = slice(start, start + step)
        flat = np.array([np.asarray(v, dtype=float).ravel() for v in values[part]])
        tops = np.abs(flat)
        sizes[part] = tops.max(axis=1)
        with np.errstate(all="ignore"):
            places = np.argmax(tops > 0.999999 * sizes[part, None], axis=1)
            weights = _weights(size) if size < _SMALL else _weights.__wrapped__(size)
            found = flat @ weights / flat[np.arange(len(flat)), places] / math.sqrt(size)
        marks[part] = np.where(np.isfinite(sizes[part]) & (sizes[part] > 0.0), found, np.nan)
    return marks, sizes


@functools.lru_cache(maxsize=64)
def _weights(size: int) -> np.ndarray:
    weights: np.ndarray = np.cos(np.arange(size) * 1.2345 + 0.5)
    return weights


def is_trivial(node: Node, dependent: set[int]) -> bool:
    """Whether a forward value is another one scaled, shifted or copied: people name the other."""
    if node.function is np.negative or node.function in _PASSIVE:
        return True
    if node.function in (np.multiply, np.true_divide, np.add, np.subtract):
        constants = [a for a in node.args if not (isinstance(a, Node) and a.index in dependent)]
        return len(constants) == 1 and is_scalar(constants[0])
    return False
