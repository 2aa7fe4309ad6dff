"""Edits of the lines that made an operand of a crash: its length, its axis, its orientation.

The operation that raised may be right, and an array it was given made otherwise than meant: a
constructor with another size, a covariance of the rows, a mean over the other axis, an index that
counts from 1.  It proposes only; those who run the program decide.
"""

from __future__ import annotations

import ast
import operator
import re
from typing import TYPE_CHECKING, Any

import numpy as np

from gradlint.findings import Edit
from gradlint.reading.axes.bench import Bench, Proposal
from gradlint.reading.axes.conflict import conflict_of, out_of_bounds
from gradlint.reading.axes.layouts import is_reduction, is_statistic_of
from gradlint.reading.axes.rules import argument
from gradlint.reading.axes.slips import REDUCTIONS, origin
from gradlint.reading.axes.text import is_module_call, size_expressions
from gradlint.reading.axes.written import atom, plus, shifted, within
from gradlint.trace.tape import Node

if TYPE_CHECKING:
    from collections.abc import Iterator

_PRODUCTS = {"matmul", "dot", "inner", "vdot"}
_FILLED = {"zeros", "ones", "empty", "full", "arange", "eye", "identity"}
_OVER_AXES = REDUCTIONS | {np.argmax, np.argmin, np.argsort, np.sort, np.cumsum}
_JOINED = {"vstack": "column_stack", "column_stack": "vstack", "hstack": "vstack"}
_SQUARE = {"eye", "identity"}
_STEPS = 8  # operations between an operand and the call that made it what it is


def causes(bench: Bench) -> Iterator[Proposal]:
    """What may have been meant in the lines that made the operands, or the index."""
    yield from _outside(bench)
    yield from _other_lengths(bench)
    yield from _sizes(bench)
    for node in _makers(bench):
        place = node.spot.node if node.spot is not None else None
        if isinstance(place, ast.Subscript) and _is_cut_above(bench, node, place):
            yield from _cut_otherwise(bench, node, place)
            yield from _eigenvectors(bench, node, place)
        if not isinstance(place, ast.Call):
            continue
        name = _name(node)
        if name in ("cov", "corrcoef"):
            yield from _by_columns(bench, node, place)
        elif name in ("convolve", "correlate"):
            yield from _as_long(bench, place)
        elif name in _JOINED:
            yield from _as_columns(bench, place, name)
        elif node.function in _OVER_AXES:
            yield from _over_another_axis(bench, node)


def _is_cut_above(bench: Bench, node: Node, place: ast.Subscript) -> bool:
    return node.function is operator.getitem and not bench.holds(place)


def _name(node: Node) -> str:
    return getattr(node.function, "__name__", "")


# -- lengths ------------------------------------------------------------------------------------


def _sizes(bench: Bench) -> Iterator[Proposal]:
    """Another length where an array is made: 784 for 728, a hidden size that two lines disagree on.

    The array that gives way is one that the program makes with a written length.
    """
    lengths = _lengths_that_meet(bench)
    for leaf, position, expression in _written_lengths(bench):
        have, named = leaf.shape[position], not isinstance(expression, ast.Constant)
        wanted = sorted(lengths - {1, have}) if have in lengths else []
        made = list(_made_of_names(bench, leaf, expression, have, wanted)) if named else []
        yield from made
        constant = None if made else _where_written(bench, expression, have)
        if constant is None:
            continue
        far = (2 if _is_handed_over(bench, constant) else 4) if named else 6
        for size in [n for n in wanted if _may_be_meant(bench, have, n)]:
            text = _line_with(bench, constant, str(size))
            other = next(o.text for o in bench.crash.operands if size in o.shape)
            words = f"`{other}` has {size}, line {constant.lineno} says {have}"
            edits = (Edit(bench.file.site(constant), str(size)),)
            yield Proposal(edits, text, words, far, constant)


def _lengths_that_meet(bench: Bench) -> set[int]:
    """The lengths that do not fit together."""
    conflict = conflict_of(bench.crash)
    return set() if conflict is None else {o.shape[axis] for o, axis in conflict.axes}


def _line_with(bench: Bench, constant: ast.Constant, new: str) -> str:
    """What surrounds a number, with another one: a call, a statement, the head of a function."""
    place = bench.file.parents.get(constant)
    while isinstance(place, ast.Tuple | ast.List | ast.UnaryOp | ast.keyword):
        place = bench.file.parents.get(place)
    if isinstance(place, ast.arguments):
        named = [*place.posonlyargs, *place.args][-len(place.defaults) :]
        pairs = zip((*named, *place.kwonlyargs), (*place.defaults, *place.kw_defaults), strict=True)
        return next(f"{a.arg}={new}" for a, default in pairs if default is constant)
    return new if place is None else within(bench.file, place, constant, new)


def _where_written(bench: Bench, expression: ast.expr, length: int) -> ast.Constant | None:
    """The number that a length is: in its place, or the only one of that value in the file."""
    if isinstance(expression, ast.Constant):
        return expression if type(expression.value) is int else None
    if not isinstance(expression, ast.Name | ast.Attribute | ast.Subscript):
        return None
    written = [n for n in ast.walk(bench.file.tree) if isinstance(n, ast.Constant)]
    alike = [n for n in written if type(n.value) is int and n.value == length]
    handed = [n for n in alike if _is_handed_over(bench, n)]
    if isinstance(expression, ast.Name) and len(handed) == 1:
        return handed[0]
    return alike[0] if len(alike) == 1 else None


def _is_handed_over(bench: Bench, number: ast.Constant) -> bool:
    """Whether a number is an argument of a class or function of the program's own: ``Net(4)``."""
    call = bench.file.parents.get(number)
    call = bench.file.parents.get(call) if isinstance(call, ast.keyword) else call
    own = {
        n.name for n in ast.walk(bench.file.tree) if isinstance(n, ast.ClassDef | ast.FunctionDef)
    }
    return isinstance(call, ast.Call) and getattr(call.func, "id", "") in own


def _made_of_names(
    bench: Bench, leaf: Node, expression: ast.expr, have: int, wanted: list[int]
) -> Iterator[Proposal]:
    """Another name for a length, or one more: ``n_in + n_hidden`` columns for a stacked input."""
    assert leaf.spot is not None
    text = bench.file.text_of(expression)
    for name, size in _sizes_beside(bench, leaf).items():
        ways = {size: name, have + size: f"{text} + {name}", have * size: f"{text} * {name}"}
        for length in wanted:
            new = ways.get(length)
            if new is not None and name != text:
                whole = within(bench.file, leaf.spot.node, expression, new)
                words = f"`{new}` is {length}, in line {expression.lineno}"
                edit = Edit(bench.file.site(expression), new)
                yield Proposal((edit,), whole, words, 2, expression)


def _sizes_beside(bench: Bench, leaf: Node) -> dict[str, int]:
    """The lengths that have a name where an array is made, by the arrays that are made there."""
    assert leaf.spot is not None
    scope = bench.file.function(leaf.spot.node)
    found: dict[str, int] = {}
    for node in bench.seen.recording.tape.nodes:
        spot = node.spot
        if not node.is_leaf or spot is None or spot.file is not bench.file:
            continue
        if bench.file.function(spot.node) is scope:
            written = size_expressions(spot.node, len(node.shape))
            for size, length in map(_of_one_name, written, node.shape):
                if isinstance(size, ast.Name | ast.Attribute):
                    found.setdefault(ast.unparse(size), length)
    return found


def _of_one_name(size: ast.expr, length: int) -> tuple[ast.expr, int]:
    """``n`` and its value for the length ``4 * n``."""
    if isinstance(size, ast.BinOp) and isinstance(size.op, ast.Mult):
        times = getattr(size.left, "value", None)
        if type(times) is int and times and length % times == 0:
            return size.right, length // times
    return size, length


def _may_be_meant(bench: Bench, written: Any, size: int) -> bool:
    """Whether a length may be a slip of the pen, or one of two layers that have to agree."""
    if written == size:
        return False
    one, other = str(written), str(size)
    if sorted(one) == sorted(other) and len(one) > 1:
        return True
    return bench.crash.name in _PRODUCTS


def _written_lengths(bench: Bench) -> Iterator[tuple[Node, int, ast.expr]]:
    """The arrays whose axes have part in the crash: which axis, and what says how long it is.

    What was made last comes first: weights are made for data that are there.
    """
    axes = bench.seen.axes
    nodes = [o.node for o in bench.crash.operands if o.node is not None]
    met = [axis for node in nodes for axis in axes.of(node) if axis is not None]
    places = [place for axis in met for place in axes.sources(axis)]
    for leaf, position in sorted(places, key=lambda place: -place[0].index):
        if leaf.spot is None or leaf.spot.file is not bench.file:
            continue
        written = size_expressions(leaf.spot.node, len(leaf.shape))
        if len(written) > position and not _has_served(bench, leaf):
            yield leaf, position, written[position]


def _has_served(bench: Bench, leaf: Node) -> bool:
    """Whether an array took part in more than scaling before: then its length suited that."""
    readers = [r for r in bench.seen.graph.readers[leaf.index] if r.size == leaf.size]
    others = len(readers) < len(bench.seen.graph.readers[leaf.index])
    plain = all(isinstance(r.function, np.ufunc) and r.function.signature is None for r in readers)
    return others or not plain


def _other_lengths(bench: Bench) -> Iterator[Proposal]:
    """Another named length where zeros, ones or an identity are made: ``np.eye(n)``, not ``d``."""
    lengths = {n for o in bench.crash.operands for n in o.shape} - {1}
    for call, made in _filled(bench):
        for size in _given_sizes(call):
            have = bench.number(size) if made is None else made.shape[0]
            number = isinstance(size, ast.Constant)
            if have not in lengths or (number and not bench.holds(call)):
                continue
            for length in sorted(lengths - {have}):
                new = _called_there(bench, call, length) or (str(length) if number or made else "")
                said = new if new == str(length) else f"`{new}` ({length})"
                meaning = f"{said} for `{bench.file.text_of(size)}` ({have})"
                if new:
                    yield bench.replaced(size, new, meaning, 3)


def _filled(bench: Bench) -> Iterator[tuple[ast.Call, Node | None]]:
    """The calls that make an array of one number, inside the operation or behind its operands.

    Each with the identity that it made, which has one length only.
    """
    makers = [n for n in _makers(bench) if n.is_leaf or _name(n) in _FILLED]
    squares = {n.spot.node: n for n in makers if n.spot is not None and _name(n) in _SQUARE}
    places = [n.spot.node for n in makers if n.spot is not None]
    places += [o.expression for o in bench.crash.operands]
    for part in dict.fromkeys(inner for place in places for inner in ast.walk(place)):
        if isinstance(part, ast.Call) and getattr(part.func, "attr", "") in _FILLED:
            yield part, squares.get(part)


def _given_sizes(call: ast.Call) -> list[ast.expr]:
    given = [*call.args[:1], *(k.value for k in call.keywords if k.arg in ("shape", "N"))]
    return [e for a in given for e in (a.elts if isinstance(a, ast.Tuple | ast.List) else [a])]


def _called_there(bench: Bench, place: ast.AST, length: int) -> str:
    """A length by a name that is known at a place: names of the failing frame are in that alone."""
    known = bench.file.function(place) in (None, bench.scope)
    return _called(bench, length) if known else ""


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
    yield from _turned_index(bench, parts)
    yield from _longer(bench, axis, len(parts), 2 if made else 4)
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


def _turned_index(bench: Bench, parts: list[ast.expr]) -> Iterator[Proposal]:
    """``grid[x, y]`` for ``grid[y, x]``."""
    if len(parts) == 2 and not any(isinstance(part, ast.Slice) for part in parts):
        one, other = map(bench.file.text_of, parts)
        edits = tuple(Edit(bench.file.site(p), t) for p, t in zip(parts, (other, one), strict=True))
        text = within(bench.file, bench.crash.place, parts[0], other, parts[1], one)
        meaning = f"`{other}` counts along axis 0, `{one}` along axis 1"
        yield Proposal(edits, text, meaning, 1, parts[0])


def _longer(bench: Bench, axis: int, indexed: int, nearness: int) -> Iterator[Proposal]:
    """An element more where the array is made, along one axis or along all that are counted."""
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
        for chosen, more in (([position], 0), (range(min(indexed, len(sizes))), 1)):
            if len(chosen) > 1 or not more:
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


def _as_columns(bench: Bench, call: ast.Call, name: str) -> Iterator[Proposal]:
    """``np.column_stack([np.ones(len(X)), X])`` for rows on top of each other, and the reverse.

    Lengths that are read off a table within the call are then those of its other axis.
    """
    text, called = bench.file.text_of(call), bench.file.text_of(call.func)
    inner = text[len(called) :]
    turned = re.sub(r"\.shape\[([01])\]", lambda m: f".shape[{1 - int(m[1])}]", inner)
    turned = re.sub(r"\blen\((\w+)\)", r"\1.shape[1]", turned)
    if turned != inner:
        new = f"{called.removesuffix(name)}{_JOINED[name]}{turned}"
        how = "side by side" if name == "vstack" else "on top of each other"
        yield bench.replaced(call, new, f"its parts {how}, in line {call.lineno}", 2)


def _cut_otherwise(bench: Bench, node: Node, place: ast.Subscript) -> Iterator[Proposal]:
    """A slice that lacks an element which the other operand has, or the rounds that run beyond it.

    What is written elsewhere in the program, ``[:, :-1]`` for ``[:, :-2]``, is nearer.
    """
    lengths = {n for o in bench.crash.operands for n in o.shape}
    elsewhere = {ast.unparse(n) for n in ast.walk(bench.file.tree) if isinstance(n, ast.Slice)}
    for part, bounds, length in _slices(node, place):
        if isinstance(bounds.stop, int) and bounds.stop > length:
            yield from _fewer_rounds(bench, [part], 2)
        have = len(range(*bounds.indices(length)))
        for first, last in shifted(part) if lengths & {have - 1, have + 1} else ():
            new = f"{first}:{last}"
            edits = (Edit(bench.file.site(part), new),)
            meaning = f"one element more or less, in line {place.lineno}"
            size = 3 if new in elsewhere else 5
            yield Proposal(edits, within(bench.file, place, part, new), meaning, size, part)


def _eigenvectors(bench: Bench, node: Node, place: ast.Subscript) -> Iterator[Proposal]:
    """Columns of the eigenvectors, which `eig` and `eigh` give as columns, where rows are taken."""
    table = node.args[0]
    made = origin(table) if isinstance(table, Node) else None
    while made is not None and made.function is operator.getitem and isinstance(made.args[0], Node):
        made = made.args[0]
    if made is not None and _name(made) in ("eig", "eigh") and len(node.shape) == 2:
        owner, index = bench.file.text_of(place.value), bench.file.text_of(place.slice)
        meaning = f"the eigenvectors are the columns of `{owner}`, line {place.lineno}"
        yield bench.replaced(place, f"{owner}[:, {index}]", meaning, 1)


def _slices(node: Node, place: ast.Subscript) -> Iterator[tuple[ast.Slice, slice, int]]:
    """The slices of a part of an array: as written, as they were, and the length they cut."""
    source, index = node.args[0], node.args[1]
    written = place.slice.elts if isinstance(place.slice, ast.Tuple) else [place.slice]
    given = index if isinstance(index, tuple) else (index,)
    shape = source.shape if isinstance(source, Node) else ()
    for part, bounds, length in zip(written, given, shape, strict=False):
        if isinstance(part, ast.Slice) and isinstance(bounds, slice):
            yield part, bounds, length


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
    """The statistic over another axis, or kept in its own, and with it those of the same array."""
    source, axis = node.args[0], argument(node, 1, "axis")
    if not isinstance(source, Node) or type(axis) is not int or len(source.shape) < 2:
        return
    calls = _taken_alike(bench, source, axis)
    axes = [own for call in calls if (own := _axis_of(call)) is not None]
    others = set(range(len(source.shape))) - {axis % len(source.shape)}
    ways = [(str(other), f"along axis {other}") for other in others]
    if all(map(is_reduction, calls)) and is_statistic_of(bench, node):
        ways.append((f"{axis}, keepdims=True", "each number meets the row it was taken of"))
    yield from _at_once(bench, node, ways if len(axes) == len(calls) else [], axes)


def _at_once(
    bench: Bench, node: Node, ways: list[tuple[str, str]], axes: list[ast.Constant]
) -> Iterator[Proposal]:
    """Ways to write the axis of several statistics, in all of them."""
    place = None if node.spot is None else node.spot.node
    own = None if place is None else _axis_of(place)
    if own is None or place is None or not axes:
        return
    lines = sorted({constant.lineno for constant in axes})
    where = f"line {lines[0]}" if len(lines) == 1 else f"lines {lines[0]}–{lines[-1]}"
    for new, meaning in ways:
        edits = tuple(Edit(bench.file.site(constant), new) for constant in axes)
        text = within(bench.file, place, own, new)
        yield Proposal(edits, text, f"{meaning}, {where}", 3, place)


def _taken_alike(bench: Bench, source: Node, axis: int) -> list[ast.Call]:
    """The statistics of an array over one axis, also those that the program did not come to."""
    run = [
        n.spot.node
        for n in bench.seen.recording.tape.nodes
        if n.function in _OVER_AXES and n.args[0] is source and argument(n, 1, "axis") == axis
        if n.spot is not None and n.spot.file is bench.file and isinstance(n.spot.node, ast.Call)
    ]
    found = dict.fromkeys(run)
    owners = {_owner(call) for call in run} - {""}
    for call in ast.walk(bench.scope):
        if isinstance(call, ast.Call) and _owner(call) in owners and is_reduction(call):
            own = _axis_of(call)
            if own is not None and own.value == axis:
                found.setdefault(call)
    return list(found)


def _owner(call: ast.Call) -> str:
    """What a statistic is taken of, as it is written."""
    if is_module_call(call):
        return ast.unparse(call.args[0]) if call.args else ""
    return ast.unparse(call.func.value) if isinstance(call.func, ast.Attribute) else ""


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
