"""Edits of the lines that made an operand of a crash: its length, its axis, its orientation.

The operation that raised may be right, and an array it was given made otherwise than meant: a
constructor with another size, a covariance of the rows, a mean over the other axis, an index that
counts from 1.  It proposes only; those who run the program decide.
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, Any

from gradlint.findings import Edit
from gradlint.reading.axes.bench import Bench, Proposal
from gradlint.reading.axes.conflict import out_of_bounds
from gradlint.reading.axes.rules import argument
from gradlint.reading.axes.slips import REDUCTIONS
from gradlint.reading.axes.text import is_module_call, size_expressions
from gradlint.reading.axes.written import atom, within
from gradlint.trace.tape import Node

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np

_PRODUCTS = {"matmul", "dot", "inner", "vdot"}
_FILLED = {"zeros", "ones", "empty", "full", "arange", "eye", "identity"}
_STEPS = 8  # operations between an operand and the call that made it what it is


def causes(bench: Bench) -> Iterator[Proposal]:
    """What may have been meant in the lines that made the operands, or the index."""
    yield from _outside(bench)
    yield from _other_lengths(bench)
    yield from _sizes(bench)
    for node in _makers(bench):
        place = node.spot.node if node.spot is not None else None
        if not isinstance(place, ast.Call):
            continue
        name = getattr(node.function, "__name__", "")
        if name in ("cov", "corrcoef"):
            yield from _by_columns(bench, node, place)
        elif name in ("convolve", "correlate"):
            yield from _as_long(bench, place)
        elif node.function in REDUCTIONS:
            yield from _over_another_axis(bench, node)


# -- lengths ------------------------------------------------------------------------------------


def _sizes(bench: Bench) -> Iterator[Proposal]:
    """Another length where an array is made: 784 for 728, a hidden size that two lines disagree on.

    The array that gives way is one that the program makes with a written length.
    """
    lengths = {n for o in bench.crash.operands for n in o.shape}
    for leaf, constant in _written_lengths(bench):
        close = [n for n in sorted(lengths - {1}) if _may_be_meant(bench, constant.value, n)]
        for size in close:
            text = within(bench.file, leaf.spot.node, constant, str(size))  # type: ignore[union-attr]
            words = f"line {constant.lineno} makes {size} where it makes {constant.value!r}"
            yield Proposal((Edit(bench.file.site(constant), str(size)),), text, words, 6, constant)


def _may_be_meant(bench: Bench, written: Any, size: int) -> bool:
    """Whether a length may be a slip of the pen, or one of two layers that have to agree."""
    if written == size:
        return False
    one, other = str(written), str(size)
    if sorted(one) == sorted(other) and len(one) > 1:
        return True
    return bench.crash.name in _PRODUCTS


def _written_lengths(bench: Bench) -> Iterator[tuple[Node, ast.Constant]]:
    """The arrays whose axes have part in the crash, with the numbers that say how long they are."""
    axes = bench.seen.axes
    nodes = [o.node for o in bench.crash.operands if o.node is not None]
    met = [axis for node in nodes for axis in axes.of(node) if axis is not None]
    for leaf, position in (place for axis in met for place in axes.sources(axis)):
        if leaf.spot is None or leaf.spot.file is not bench.file:
            continue
        written = size_expressions(leaf.spot.node, len(leaf.shape))
        constant = written[position] if len(written) > position else None
        if isinstance(constant, ast.Constant) and type(constant.value) is int:
            yield leaf, constant


def _other_lengths(bench: Bench) -> Iterator[Proposal]:
    """Another named length where zeros, ones or an identity are made: ``np.eye(n)``, not ``d``."""
    lengths = {n for o in bench.crash.operands for n in o.shape} - {1}
    inside = {n for o in bench.crash.operands for n in ast.walk(o.expression)}
    for call in _filled(bench):
        for size in _given_sizes(call):
            have = bench.number(size)
            number = isinstance(size, ast.Constant)
            if have not in lengths or (number and call not in inside):
                continue
            for length in sorted(lengths - {have}):
                new = _called(bench, length) or (str(length) if number else "")
                meaning = f"`{new}` ({length}) for `{bench.file.text_of(size)}` ({have})"
                if new:
                    yield bench.replaced(size, new, meaning, 3)


def _filled(bench: Bench) -> Iterator[ast.Call]:
    """The calls that make an array of one number, inside the operation or behind its operands."""
    places: list[ast.AST] = [o.expression for o in bench.crash.operands]
    places += [n.spot.node for n in _makers(bench) if n.is_leaf and n.spot is not None]
    done = set()
    for part in (inner for place in places for inner in ast.walk(place)):
        named = isinstance(part, ast.Call) and getattr(part.func, "attr", "") in _FILLED
        if named and part not in done:
            done.add(part)
            yield part  # type: ignore[misc]


def _given_sizes(call: ast.Call) -> list[ast.expr]:
    given = [*call.args[:1], *(k.value for k in call.keywords if k.arg in ("shape", "N"))]
    return [e for a in given for e in (a.elts if isinstance(a, ast.Tuple | ast.List) else [a])]


def _called(bench: Bench, length: int) -> str:
    """A length as the program calls it: the one name it has, or that of a table that has it."""
    integers = bench.seen.recording.tape.integers
    names = [n for n, (size, _) in integers.items() if size == length and "." not in n]
    known = [n for n in names if bench.values.get(n) == length]
    if known:
        return known[0]
    for operand in bench.crash.operands:
        if isinstance(operand.expression, ast.Name) and length in operand.shape:
            axis = operand.shape.index(length)
            text = operand.text
            return f"len({text})" if axis == 0 else f"{text}.shape[{axis}]"
    return ""


# -- indices that lie outside -------------------------------------------------------------------


def _outside(bench: Bench) -> Iterator[Proposal]:
    """Classes counted from 1, a loop with one round too many, an array one too short."""
    crash = bench.crash
    found = out_of_bounds(crash)
    if found is None or not isinstance(crash.place, ast.Subscript):
        return
    index, axis, size = found
    given = crash.place.slice
    parts = given.elts if isinstance(given, ast.Tuple) else [given]
    if axis >= len(parts) or index != size:
        return
    value = bench.array(parts[axis])
    if value is None:
        yield from _like_the_others(bench, parts, axis)
    else:
        yield from _from_one(bench, parts[axis], value)
    made = (crash.kind == "store" or value is not None) and not _is_cut(bench)
    yield from _longer(bench, axis, 2 if made else 4)
    yield from _fewer_rounds(bench, [parts[axis]], 4 if made else 2)
    if len(parts) > 1:
        yield from _fewer_rounds(bench, parts, 5 if made else 3)


def _from_one(bench: Bench, part: ast.expr, value: np.ndarray) -> Iterator[Proposal]:
    """Classes that are counted from 1."""
    if value.size and value.dtype.kind in "iu" and value.min() >= 1:
        meaning = f"`{bench.file.text_of(part)}` counts from 1, an index from 0"
        yield bench.replaced(part, f"{atom(bench.file, part)} - 1", meaning, 1)


def _like_the_others(bench: Bench, parts: list[ast.expr], axis: int) -> Iterator[Proposal]:
    """``table[a - 1, b - 1]``: another index of the same table counts from 1 already."""
    others = [bench.file.text_of(p) for i, p in enumerate(parts) if i != axis]
    if any(text.endswith("- 1") for text in others):
        part = parts[axis]
        meaning = f"`{bench.file.text_of(part)}` counts from 1 as the others do"
        yield bench.replaced(part, plus(bench.file.text_of(part), -1), meaning, 1)


def _is_cut(bench: Bench) -> bool:
    """Whether a slice in the statement reaches beyond its array: the last rounds see less of it."""
    statement = bench.file.statement(bench.crash.place)
    for part in ast.walk(statement):
        owner = bench.array(part.value) if isinstance(part, ast.Subscript) else None
        if owner is None:
            continue
        given = part.slice.elts if isinstance(part.slice, ast.Tuple) else [part.slice]  # type: ignore[attr-defined]
        for index, length in zip(given, owner.shape, strict=False):
            upper = index.upper if isinstance(index, ast.Slice) else None
            last = None if upper is None else bench.sum_of(upper)
            if last is not None and last > length:
                return True
    return False


def _longer(bench: Bench, axis: int, nearness: int) -> Iterator[Proposal]:
    """An element more where the array is made, along one axis or along all of them."""
    node = bench.crash.operands[0].node
    axes = () if node is None else bench.seen.axes.of(node)
    if axis >= len(axes) or axes[axis] is None:
        return
    for leaf, position in bench.seen.axes.sources(axes[axis]):  # type: ignore[arg-type]
        if leaf.spot is None or leaf.spot.file is not bench.file:
            continue
        sizes = size_expressions(leaf.spot.node, len(leaf.shape))
        if len(sizes) != len(leaf.shape) or not _is_filled(leaf.spot.node):
            continue
        for chosen, more in (([position], 0), (range(len(sizes)), 1)):
            if len(sizes) > 1 or not more:
                yield _enlarged(bench, leaf, [sizes[i] for i in chosen], nearness + more)


def _is_filled(place: ast.AST) -> bool:
    return isinstance(place, ast.Call) and getattr(place.func, "attr", "") in _FILLED


def _enlarged(bench: Bench, leaf: Node, sizes: list[ast.expr], size: int) -> Proposal:
    assert leaf.spot is not None
    pairs: list[Any] = []
    for expression in sizes:
        pairs += [expression, plus(bench.file.text_of(expression), 1)]
    edits = [Edit(bench.file.site(e), t) for e, t in zip(pairs[::2], pairs[1::2], strict=True)]
    text = within(bench.file, leaf.spot.node, *pairs)
    meaning = f"one element more in line {leaf.spot.row}"
    return Proposal(tuple(edits), text, meaning, size, sizes[0])


def _fewer_rounds(bench: Bench, parts: list[ast.expr], size: int) -> Iterator[Proposal]:
    """The loops that count an index stop one round earlier."""
    names = {n.id for p in parts for n in ast.walk(p) if isinstance(n, ast.Name)}
    pairs: list[Any] = []
    place = bench.file.parents.get(bench.crash.place)
    while place is not None:
        for target, series in _loops(place):
            counted = isinstance(target, ast.Name) and target.id in names
            if counted and getattr(getattr(series, "func", None), "id", "") == "range":
                stop = series.args[min(1, len(series.args) - 1)]  # type: ignore[attr-defined]
                pairs += [stop, plus(bench.file.text_of(stop), -1)]
        place = bench.file.parents.get(place)
    if len(pairs) < 2 * len(parts):
        return
    stops = list(zip(pairs[::2], pairs[1::2], strict=True))
    texts = []
    for stop, new in stops:
        call = bench.file.parents[stop]
        texts.append(within(bench.file, call, stop, new))
    asked = ", ".join(bench.file.text_of(p) for p in parts)
    edits = tuple(Edit(bench.file.site(stop), new) for stop, new in stops)
    meaning = f"the last `{asked}` lies outside"
    yield Proposal(edits, " and ".join(texts[::-1]), meaning, size, stops[0][0])


def _loops(place: ast.AST) -> list[tuple[ast.expr, ast.expr]]:
    if isinstance(place, ast.For):
        return [(place.target, place.iter)]
    return [(g.target, g.iter) for g in getattr(place, "generators", ())]


def plus(text: str, number: int) -> str:
    """A sum with a number more, the constants at its end put together."""
    written = re.fullmatch(r"(.+?) ([+-]) (\d+)", text.strip())
    if re.fullmatch(r"-?\d+", text.strip()):
        return str(int(text) + number)
    rest, known = (written[1], int(written[2] + written[3])) if written else (text.strip(), 0)
    total = known + number
    return rest if total == 0 else f"{rest} {'+' if total > 0 else '-'} {abs(total)}"


# -- calls that made an operand -----------------------------------------------------------------


def _makers(bench: Bench) -> Iterator[Node]:
    """What an operand was made of, the nearest first, also in other functions of the file."""
    level = [o.node for o in bench.crash.operands if o.node is not None]
    done: set[int] = set()
    for _ in range(_STEPS):
        fresh = [n for n in level if n.index not in done]
        done |= {n.index for n in fresh}
        yield from (n for n in fresh if n.spot is not None and n.spot.file is bench.file)
        level = [p for n in fresh for p in n.parents]


def _by_columns(bench: Bench, node: Node, call: ast.Call) -> Iterator[Proposal]:
    """``np.cov`` takes a variable for each row; tables have one for each column."""
    source = node.args[0] if node.args else None
    if any(k.arg == "rowvar" for k in call.keywords) or len(call.args) != 1:
        return
    tall = isinstance(source, Node) and len(source.shape) == 2 and source.shape[0] > source.shape[1]
    size = 1 if tall else 3
    new = f"{bench.file.text_of(call)[:-1]}, rowvar=False)"
    meaning = "its variables are the columns"
    yield bench.replaced(call, new, meaning, size)


def _as_long(bench: Bench, call: ast.Call) -> Iterator[Proposal]:
    """A convolution as long as what was convolved."""
    if len(call.args) == 2 and not call.keywords:
        new = f'{bench.file.text_of(call)[:-1]}, mode="same")'
        yield bench.replaced(call, new, "as long as the longer of the two", 2)


def _over_another_axis(bench: Bench, node: Node) -> Iterator[Proposal]:
    """The statistic over another axis, and with it those of the same array over the same axis."""
    source, axis = node.args[0], argument(node, 1, "axis")
    if not isinstance(source, Node) or type(axis) is not int or len(source.shape) < 2:
        return
    constants = _axes_written(bench, source, axis)
    own = None if node.spot is None else _axis_of(node.spot.node)
    if not constants or own is None or node.spot is None:
        return
    lines = sorted({c.lineno for c in constants})
    where = f"line {lines[0]}" if len(lines) == 1 else f"lines {lines[0]}–{lines[-1]}"
    for other in set(range(len(source.shape))) - {axis % len(source.shape)}:
        edits = tuple(Edit(bench.file.site(c), str(other)) for c in constants)
        text = within(bench.file, node.spot.node, own, str(other))
        yield Proposal(edits, text, f"along axis {other}, {where}", 3, node.spot.node)


def _axes_written(bench: Bench, source: Node, axis: int) -> list[ast.Constant]:
    """The numbers of one axis in all statistics of an array, if each is written as a number."""
    together = [
        n.spot.node
        for n in bench.seen.recording.tape.nodes
        if n.function in REDUCTIONS and n.args[0] is source and argument(n, 1, "axis") == axis
        if n.spot is not None and n.spot.file is bench.file
    ]
    found = [_axis_of(place) for place in dict.fromkeys(together)]
    written = [constant for constant in found if constant is not None]
    return written if len(written) == len(found) else []


def _axis_of(place: ast.AST) -> ast.Constant | None:
    """The number of the axis in a call, where one is written."""
    if not isinstance(place, ast.Call):
        return None
    named = [k.value for k in place.keywords if k.arg == "axis"]
    first = 1 if is_module_call(place) else 0
    for value in [*named, *place.args[first : first + 1]]:
        if isinstance(value, ast.Constant) and type(value.value) is int:
            return value
    return None
