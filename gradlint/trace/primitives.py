"""The few operations a tape needs that NumPy has no functional name for.

Each takes values and returns a new value; none changes its arguments.  ``operator.getitem`` and
NumPy's own functions stand for everything else.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from gradlint.structs import struct


@struct
class Geometry:
    """Where a view lies in its buffer, counted in elements of the buffer.

    ``layout`` is the buffer's own element strides: a copy made for a replay keeps them.
    """

    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]
    layout: tuple[int, ...]
    overlapping: bool


def leaf() -> Any:
    """A value from outside; a replay takes the recorded value."""
    raise NotImplementedError("a leaf has no operation")


def geometry_of(array: np.ndarray, root: np.ndarray) -> Geometry | None:
    """Where ``array`` lies in ``root``, or None if the two do not count in the same elements."""
    size = root.itemsize
    if array.dtype != root.dtype or not size:
        return None
    offset = array.__array_interface__["data"][0] - root.__array_interface__["data"][0]
    if offset % size or any(s % size for s in array.strides):
        return None
    strides = tuple(s // size for s in array.strides)
    layout = tuple(s // size for s in root.strides)
    return Geometry(offset // size, array.shape, strides, layout, _overlaps(array.shape, strides))


def _overlaps(shape: tuple[int, ...], strides: tuple[int, ...]) -> bool:
    """Whether two entries may lie at one place: no, if each step leaves all smaller ones behind."""
    reach = 0
    for stride, length in sorted((abs(s), n) for s, n in zip(strides, shape, strict=True) if n > 1):
        if stride <= reach:
            return True
        reach += stride * (length - 1)
    return False


def laid_out(base: Any, layout: tuple[int, ...]) -> np.ndarray:
    """``base`` as an array whose element strides are ``layout`` (a copy only where they differ)."""
    array: np.ndarray = np.asarray(base)
    if array.strides == tuple(s * array.itemsize for s in layout) and (
        array.flags.c_contiguous or array.flags.f_contiguous
    ):
        return array
    flat = np.empty(array.size, array.dtype)
    result: np.ndarray = np.lib.stride_tricks.as_strided(
        flat, array.shape, tuple(s * array.itemsize for s in layout)
    )
    result[...] = array
    return result


def window(base: np.ndarray, geometry: Geometry) -> np.ndarray:
    """The part of a laid-out buffer that a view looks at, as a view of it."""
    flat = base.ravel(order="K")[geometry.offset :]
    strides = tuple(s * base.itemsize for s in geometry.strides)
    seen: np.ndarray = np.lib.stride_tricks.as_strided(flat, geometry.shape, strides)
    return seen


def view(base: Any, geometry: Geometry) -> np.ndarray:
    """The values a view of ``base`` shows."""
    return window(laid_out(base, geometry.layout), geometry)


def write_view(base: Any, values: Any, geometry: Geometry) -> np.ndarray:
    """A copy of ``base`` in which the part under a view holds ``values``."""
    result = laid_out(np.array(base, order="K", subok=True), geometry.layout)
    window(result, geometry)[...] = values
    return result


def setitem(base: Any, index: Any, values: Any) -> np.ndarray:
    """A copy of ``base`` after ``base[index] = values``."""
    result: np.ndarray = np.array(base, order="K", subok=True)
    result[index] = values
    return result


def add_at(base: Any, index: Any, values: Any) -> np.ndarray:
    """A copy of ``base`` after ``np.add.at(base, index, values)``."""
    result: np.ndarray = np.array(base, order="K", subok=True)
    np.add.at(result, index, values)
    return result


def assigned(base: Any, values: Any) -> np.ndarray:
    """A copy of ``base`` after ``base[...] = values``: keeps shape and dtype of ``base``."""
    result: np.ndarray = np.array(base, order="K", subok=True)
    result[...] = values
    return result


def astype(values: Any, dtype: Any) -> Any:
    """``values`` in another dtype."""
    result = np.asarray(values).astype(dtype)
    return result if isinstance(values, np.ndarray) else result[()]
