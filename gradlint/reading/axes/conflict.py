"""Which axes of a failing operation do not fit together, and why: one reading for each kind."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np

from gradlint.reading.axes.crash import Crash, Operand
from gradlint.reading.axes.rules import einsum_letters, tensordot_positions
from gradlint.structs import struct

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Place = tuple[Operand, int]  # an operand and one of its axes


@struct
class Conflict:
    """What does not fit: a verb phrase, and the axes that meet (none where only a count is off).

    ``way`` says how the axes meet: ``"contraction"``, ``"broadcast"`` or ``"other"``.
    """

    words: str
    axes: tuple[Place, ...] = ()
    way: str = "other"


def conflict_of(crash: Crash) -> Conflict | None:
    """Find what does not fit in a failing operation."""
    reader = _READERS.get(crash.name if crash.kind == "call" else crash.kind)
    if crash.kind == "call" and reader is None and isinstance(crash.function, np.ufunc):
        reader = _broadcast
    if crash.kind == "call" and type(crash.error).__name__ == "AxisError":
        reader = _axis
    if crash.kind == "operator":
        reader = _product if crash.name in ("matmul", "dot") else _broadcast
    if reader is None and crash.kind == "call" and isinstance(crash.error, ValueError | TypeError):
        reader = _lengths
    try:
        return None if reader is None else reader(crash)
    except (IndexError, ValueError, TypeError, KeyError):
        return None


def _product(crash: Crash) -> Conflict | None:
    left, right = crash.operands[:2]
    if not left.shape or not right.shape:
        return Conflict("one of them is a single number")
    j = -2 if len(right.shape) > 1 else -1
    if left.shape[-1] != right.shape[j]:
        axes = ((left, len(left.shape) - 1), (right, len(right.shape) + j))
        return Conflict(
            "the last axis of the left has to be the first of the right", axes, "contraction"
        )
    return _unequal(crash.operands[:2], [o.shape[:-2] for o in crash.operands[:2]])


def _unequal(operands: Sequence[Operand], shapes: Sequence[tuple[int, ...]]) -> Conflict | None:
    """Return the first two axes, from the last on, that broadcasting cannot bring together."""
    ndim = max(map(len, shapes))
    for back in range(1, ndim + 1):
        seen: list[tuple[Operand, int, int]] = []
        for operand, shape in zip(operands, shapes, strict=True):
            if len(shape) >= back and shape[-back] != 1:
                seen.append((operand, len(shape) - back, shape[-back]))
        for other in seen[1:]:
            if other[2] != seen[0][2]:
                axes = ((seen[0][0], seen[0][1]), (other[0], other[1]))
                return Conflict("they are combined element by element", axes, "broadcast")
    return None


def _broadcast(crash: Crash) -> Conflict | None:
    arrays = [o for o in crash.operands if o.shape]
    return _unequal(arrays, [o.shape for o in arrays])


def _in_place(crash: Crash) -> Conflict | None:
    target, value = crash.operands[:2]
    found = _unequal([target, value], [target.shape, value.shape])
    if found is not None:
        return found
    result = np.broadcast_shapes(target.shape, value.shape)
    if result == target.shape:
        return None  # read-only, or of another kind of number: nothing about shapes
    return Conflict(f"the result would be {result}, and an in-place update keeps {target.shape}")


def _einsum(crash: Crash) -> Conflict | None:
    inputs, _ = einsum_letters(crash.arguments[0], len(crash.operands))
    met: dict[str, Place] = {}
    for letters, operand in zip(inputs, crash.operands, strict=True):
        if len(letters) != len(operand.shape):
            return Conflict(
                f"`{letters}` has {len(letters)} letters, `{operand.text}` has "
                f"{len(operand.shape)} axes"
            )
        for position, letter in enumerate(letters):
            first = met.setdefault(letter, (operand, position))
            if first[0].shape[first[1]] != operand.shape[position]:
                words = f"the letter {letter} stands for two lengths"
                return Conflict(words, (first, (operand, position)), "contraction")
    return None


def _tensordot(crash: Crash) -> Conflict | None:
    left, right = crash.operands[:2]
    axes = crash.options.get("axes", crash.arguments[2] if len(crash.arguments) > 2 else 2)
    for i, j in zip(*tensordot_positions(axes, len(left.shape)), strict=True):
        if left.shape[i] != right.shape[j]:
            places = (left, i % len(left.shape)), (right, j % len(right.shape))
            words = f"axis {i} of the left is contracted with axis {j} of the right"
            return Conflict(words, places, "contraction")
    return None


def _reshape(crash: Crash) -> Conflict | None:
    source = crash.operands[0]
    size = int(np.prod(source.shape, dtype=int))
    wanted = _wanted_shape(crash)
    known = [n for n in wanted if n != -1]
    total = int(np.prod(known, dtype=int))
    if -1 in wanted:
        return Conflict(f"its {size} elements do not divide into groups of {total}")
    return Conflict(f"it has {size} elements, {tuple(wanted)} takes {total}")


def _wanted_shape(crash: Crash) -> list[int]:
    plain: list[Any] = [a for a in crash.arguments if not isinstance(a, np.ndarray)]
    if len(plain) == 1 and isinstance(plain[0], (tuple, list)):
        plain = list(plain[0])
    return [int(a) for a in plain]


def _concatenate(crash: Crash) -> Conflict | None:
    default = {"hstack": 1, "column_stack": 1, "vstack": 0}.get(crash.name, 0)
    given = [a for a in crash.arguments[1:] if isinstance(a, (int, np.integer))]
    axis = int(crash.options.get("axis", given[0] if given else default))
    first = crash.operands[0]
    for other in crash.operands[1:]:
        if len(other.shape) != len(first.shape):
            words = f"`{first.text}` has {len(first.shape)} axes, `{other.text}` {len(other.shape)}"
            return Conflict(words)
        for position, (n, m) in enumerate(zip(first.shape, other.shape, strict=True)):
            if n != m and position != axis % len(first.shape):
                words = f"joined along axis {axis}, all other axes have to agree"
                return Conflict(words, ((first, position), (other, position)))
    return None


def _stack(crash: Crash) -> Conflict | None:
    shapes = [o.shape for o in crash.operands]
    common = max(set(shapes), key=shapes.count)
    odd = next((i for i, s in enumerate(shapes) if s != common), None)
    if odd is None:
        return None
    which = "" if crash.operands[0].expression is not crash.operands[-1].expression else f" {odd}"
    named = crash.operands[odd].text if not which else f"{crash.operands[odd].text}[{odd}]"
    return Conflict(f"all have to have one shape, but `{named}` is {shapes[odd]}, others {common}")


def _transpose(crash: Crash) -> Conflict | None:
    source, axes = crash.operands[0], _wanted_shape(crash)
    return Conflict(f"{len(axes)} axes are given, it has {len(source.shape)}")


def _axis(crash: Crash) -> Conflict | None:
    source = crash.operands[0]
    axis = crash.options.get("axis", next((a for a in crash.arguments if isinstance(a, int)), None))
    ndim = len(source.shape)
    return Conflict(f"there is no axis {axis}: it has {ndim} ax{'es' if ndim != 1 else 'is'}")


def _split(crash: Crash) -> Conflict | None:
    source = crash.operands[0]
    pieces = crash.options.get(
        "indices_or_sections", next(a for a in crash.arguments if isinstance(a, int))
    )
    axis = int(crash.options.get("axis", 1 if crash.name == "hsplit" else 0))
    length = source.shape[axis]
    return Conflict(f"axis {axis} has length {length}, which does not divide by {pieces}")


def out_of_bounds(crash: Crash) -> tuple[int, int, int] | None:
    """Return (index, axis, length) where an index lies outside of the array."""
    found = _OUTSIDE.search(crash.said)
    return None if found is None else (int(found[1]), int(found[2]), int(found[3]))


_OUTSIDE = re.compile(r"index (-?\d+) is out of bounds for axis (\d+) with size (\d+)")


def _bounds(crash: Crash) -> Conflict | None:
    found = out_of_bounds(crash)
    if found is None:
        return None
    index, axis, size = found
    name = crash.operands[0].text
    return Conflict(
        f"axis {axis} of `{name}` has the indices 0 to {size - 1}, and {index} is asked"
    )


def _index(crash: Crash) -> Conflict | None:
    outside = _bounds(crash)
    if outside is not None:
        return outside
    source, *indices = crash.operands
    position = 0
    for index in indices:
        if index.value.dtype.kind == "b":
            for i, n in enumerate(index.shape):
                if source.shape[position + i] != n:
                    words = "a mask has to have the shape of what it selects from"
                    return Conflict(words, ((source, position + i), (index, i)))
    integers = [i for i in indices if i.value.dtype.kind in "iu"]
    if len(integers) > 1:
        found = _unequal(integers, [i.shape for i in integers])
        if found is not None:
            return Conflict("index arrays are paired element by element", found.axes)
    floats = [i for i in indices if i.value.dtype.kind == "f"]
    if floats:
        return Conflict(f"`{floats[0].text}` holds floats; an index has to hold integers")
    return None


def _store(crash: Crash) -> Conflict | None:
    outside = _bounds(crash)
    if outside is not None:
        return outside
    source, *rest = crash.operands
    masks = [
        o for o in rest if getattr(o.value, "dtype", None) is not None and o.value.dtype.kind == "b"
    ]
    if masks:
        return _index(
            Crash("index", crash.file, crash.place, None, [source, masks[0]], (), {}, None)
        )
    value = rest[-1]
    return Conflict(f"`{value.text}` {value.shape} does not fit into that part of `{source.text}`")


def _equations(crash: Crash) -> Conflict | None:
    """``solve`` and ``lstsq``: a row of the matrix for each entry of the right side."""
    matrix, right = crash.operands[:2]
    if crash.name != "lstsq" and matrix.shape[-1] != matrix.shape[-2]:
        axes = ((matrix, len(matrix.shape) - 2), (matrix, len(matrix.shape) - 1))
        return Conflict("the matrix has to be square", axes)
    j = 0 if len(right.shape) == 1 else len(right.shape) - 2
    if matrix.shape[-2] != right.shape[j]:
        axes = ((matrix, len(matrix.shape) - 2), (right, j))
        return Conflict("there has to be a row of the matrix for each entry of the right", axes)
    return None


def _square(crash: Crash) -> Conflict | None:
    matrix = crash.operands[0]
    if len(matrix.shape) > 1 and matrix.shape[-1] != matrix.shape[-2]:
        axes = ((matrix, len(matrix.shape) - 2), (matrix, len(matrix.shape) - 1))
        return Conflict("it has to be square", axes)
    return None


def _lengths(crash: Crash) -> Conflict | None:
    """Any other function of two arrays that says that their lengths differ."""
    arrays = [o for o in crash.operands if o.shape]
    for one in arrays:
        for other in arrays:
            if one is not other and one.shape[0] != other.shape[0]:
                words = "one element of one belongs to one of the other"
                return Conflict(words, ((one, 0), (other, 0)))
    return None


def _add_at(crash: Crash) -> Conflict | None:
    if len(crash.operands) < 3:
        return None
    target, index, value = crash.operands[:3]
    place = (*index.shape, *target.shape[1:])
    words = (
        f"`{target.text}[{index.text}]` is {place}, which `{value.text}` {value.shape} cannot fill"
    )
    return Conflict(words)


def _assert(crash: Crash) -> Conflict | None:
    left, right = crash.operands
    for i, (n, m) in enumerate(zip(left.shape, right.shape, strict=False)):
        if n != m:
            return Conflict("your check compares their shapes", ((left, i), (right, i)))
    return Conflict("your check compares their shapes")


_READERS: dict[str, Callable[[Crash], Conflict | None]] = {
    "matmul": _product, "dot": _product, "vdot": _product, "inner": _product,
    "einsum": _einsum, "tensordot": _tensordot, "reshape": _reshape, "where": _broadcast,
    "concatenate": _concatenate, "hstack": _concatenate, "vstack": _concatenate,
    "column_stack": _concatenate, "stack": _stack, "transpose": _transpose, "split": _split,
    "solve": _equations, "lstsq": _equations, "inv": _square, "det": _square, "eig": _square,
    "eigh": _square, "cholesky": _square, "hsplit": _split, "vsplit": _split, "at": _add_at,
    "in-place": _in_place, "index": _index, "store": _store, "assert": _assert,
}  # fmt: skip
