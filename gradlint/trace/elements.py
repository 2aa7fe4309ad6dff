"""The items of arrays as values of their own: what a program unpacks or runs over is traced.

Python takes an array apart without telling anybody: in ``for row in W``, ``a, b = theta``,
``zip(x, y)``, ``f(*theta)``.  Here the same items are made in the same order and at the same time,
each recorded as ``array[i]``.
"""

from __future__ import annotations

import operator
from collections.abc import Iterator, ValuesView
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np

from gradlint.trace.meanings import float_at
from gradlint.trace.tape import Node, Tape, is_traceable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gradlint.source.spots import Spot


def elements(
    tape: Tape, array: np.ndarray, spot: Spot | None, *, backwards: bool = False
) -> Iterator[Any]:
    """The items of an array, each recorded as ``array[i]`` when it is reached."""
    order = range(len(array))
    for position in reversed(order) if backwards else order:
        item = array[position]
        if is_traceable(item):
            node = tape.lookup(array)
            view = isinstance(item, np.ndarray)
            tape.record(operator.getitem, (node, position), {}, item, spot, reads=not view)
        yield item


def flat_elements(tape: Tape, flat: np.flatiter, spot: Spot | None) -> Iterator[Any]:
    """The entries of ``array.flat``."""
    array = flat.base
    for position, item in enumerate(flat):
        if is_traceable(item):
            index = tuple(map(int, np.unravel_index(position, array.shape)))
            tape.record(operator.getitem, (tape.lookup(array), index), {}, item, spot)
        yield item


def indexed_elements(tape: Tape, pairs: np.ndenumerate[Any], spot: Spot | None) -> Iterator[Any]:
    """The pairs of ``np.ndenumerate(array)``."""
    flat: Any = vars(pairs)["iter"]
    for index, item in pairs:
        if is_traceable(item):
            tape.record(operator.getitem, (tape.lookup(flat.base), index), {}, item, spot)
        yield index, item


def viewed_elements(tape: Tape, buffer: memoryview, spot: Spot | None) -> Iterator[Any]:
    """The numbers of ``array.data``, which are Python's own."""
    array = np.asarray(buffer)
    for position, item in enumerate(buffer):
        if is_traceable(item):
            node = tape.lookup(array)
            tape.record(operator.getitem, (node, position), {}, item, spot, float_at)
        yield item


def traced_items(tape: Tape, iterable: Any, spot: Spot | None) -> Iterable[Any]:
    """What running over ``iterable`` gives, arrays taken apart under the eyes of the tape."""
    if isinstance(iterable, np.ndarray) and iterable.ndim:
        return elements(tape, iterable, spot)
    if isinstance(iterable, np.flatiter):
        return flat_elements(tape, iterable, spot)
    if isinstance(iterable, memoryview) and isinstance(iterable.obj, np.ndarray):
        return viewed_elements(tape, iterable, spot)
    if type(iterable) is np.ndenumerate:
        return indexed_elements(tape, iterable, spot)
    return iterable  # type: ignore[no-any-return]


def unpacked(tape: Tape, target: Any, value: Any, spot: Spot | None) -> Any:
    """``value`` as a tuple target takes it apart: arrays at any depth as tuples of items.

    A generator is run as far as Python would run it: to one item more than there are targets.
    """
    if not isinstance(target, tuple):
        return value
    if isinstance(value, (Iterator, ValuesView)):
        value = tuple(value if None in target else islice(value, len(target) + 1))
    if isinstance(value, np.ndarray):
        if not value.ndim:
            return value
    elif type(value) not in (tuple, list):
        return value
    if len(value) != len(target) and None not in target:
        return value  # Python raises what it has to raise
    if isinstance(value, np.ndarray):
        value = tuple(elements(tape, value, spot))
    if None in target or not any(isinstance(part, tuple) for part in target):
        return value
    return tuple(unpacked(tape, *pair, spot) for pair in zip(target, value, strict=True))


def has_node(tree: Any) -> bool:
    """Whether a traced value stands anywhere in nested arguments."""
    for part in tree:
        if isinstance(part, Node):
            return True
        if isinstance(part, (tuple, list)) and has_node(part):
            return True
    return False
