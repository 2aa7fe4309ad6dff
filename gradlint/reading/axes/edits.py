"""A small grammar of edits of an operation that raised: what may have been meant instead.

Each family proposes, none judges: shapes and values at hand only say what is worth a try.  Whether
the program runs with an edit, and whether the axes that then meet belong together, is decided by
those who can run it.
"""

from __future__ import annotations

import ast
import re
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from gradlint.findings import Edit
from gradlint.reading.axes.bench import FAR, Bench, Proposal
from gradlint.reading.axes.causes import causes
from gradlint.reading.axes.crash import read_crash
from gradlint.reading.axes.layouts import is_statistic_of, layouts
from gradlint.reading.axes.text import is_module_call, product_text, says_layout
from gradlint.reading.axes.written import atom, beside, plain_value, shifted, within

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gradlint.reading.axes.crash import Operand
    from gradlint.reading.axes.scope import Seen

Shape = tuple[int, ...]

_PRODUCTS = {"matmul", "dot", "inner", "vdot"}
_NEARLY = 4  # elements that one of two series may lack at an end
_MOST = 48  # proposals for one crash


def proposals(seen: Seen) -> list[Proposal]:
    """Return edits of the operation that raised, the smallest first."""
    crash = read_crash(seen)
    if crash is None or not crash.operands:
        return []
    bench = Bench(seen, crash)
    found: dict[tuple[Edit, ...], Proposal] = {}
    for family in _FAMILIES:
        for proposal in family(bench):
            known = found.setdefault(proposal.edits, proposal)
            if proposal.size < known.size:
                found[proposal.edits] = proposal
    return sorted(found.values(), key=lambda p: p.size)[:_MOST]


# -- other operands -----------------------------------------------------------------------------


def _labels(bench: Bench) -> Iterator[Proposal]:
    """Class numbers that meet a table of one column for each class: one-hot labels."""
    joins = bench.crash.name in ("concatenate", "hstack", "vstack", "column_stack", "stack")
    for operand in () if joins else bench.crash.operands:
        value = operand.value
        if not isinstance(value, np.ndarray) or value.ndim != 1 or value.dtype.kind not in "iu":
            continue
        for table in bench.crash.operands:
            shape = table.shape
            if len(shape) != 2 or not value.size or value.min() < 0:
                continue
            rows, classes = shape
            if value.max() >= classes or len(value) != rows:
                continue
            new = f"{bench.numpy}.eye({_length(bench, classes)})[{operand.text}]"
            meaning = "one-hot labels: class numbers meet one column for each class"
            yield bench.replaced(operand.expression, new, meaning, 1)


def _length(bench: Bench, size: int) -> str:
    """A length as the program calls it."""
    names = [n for n, (s, _) in bench.seen.recording.tape.integers.items() if s == size]
    names = [n for n in names if type(bench.values.get(n)) is int]
    return names[0] if len(names) == 1 else str(size)


def _neighbours(bench: Bench) -> Iterator[Proposal]:
    """Another layer's value, the other list's item, the next item: names that differ little."""
    for operand in bench.crash.operands:
        for part in ast.walk(operand.expression):
            if isinstance(part, ast.Name | ast.Attribute):
                yield from _shorter(bench, part)
            if isinstance(part, ast.Name):
                yield from _other_names(bench, part)
            elif isinstance(part, ast.Subscript):
                yield from _other_items(bench, part)
    yield from _exchanged(bench)


def _other_names(bench: Bench, part: ast.Name) -> Iterator[Proposal]:
    have = bench.array(part)
    if have is None:
        return
    for name, value in bench.values.items():
        if name == part.id or not isinstance(value, np.ndarray) or name.startswith("_"):
            continue
        near = _pattern(name) == _pattern(part.id) and _pattern(name) != name
        akin = name.startswith(f"{part.id}_") or part.id.startswith(f"{name}_")
        if value.ndim == have.ndim and value.shape != have.shape and value.dtype == have.dtype:
            shape = f"`{name}` {value.shape} for `{part.id}` {have.shape}"
            yield bench.replaced(part, name, shape, 3 if near else 4 if akin else FAR)


def _shorter(bench: Bench, part: ast.Name | ast.Attribute) -> Iterator[Proposal]:
    """A series without its first or last elements, where the other one has fewer."""
    have, text = bench.array(part), bench.file.text_of(part)
    if have is None or not have.ndim or isinstance(bench.file.parents.get(part), ast.Subscript):
        return  # a slice of it is a slice already
    for less in {len(have) - o.shape[0] for o in bench.crash.operands if o.shape}:
        if 0 < less < _NEARLY or (less > 0 and _run_alongside(bench)):
            for new in (f"{text}[{less}:]", f"{text}[:-{less}]"):
                size = 5 if bench.crash.name in _PRODUCTS else 3
                yield bench.replaced(part, new, f"as many as the other has: `{new}`", size)


def _run_alongside(bench: Bench) -> bool:
    """Whether two series were made of one: moving means over windows of different lengths."""
    nodes = [o.node for o in bench.crash.operands]
    if len(nodes) != 2 or any(n is None or n.is_leaf or len(n.shape) != 1 for n in nodes):
        return False
    long = max(n.shape[0] for n in nodes if n is not None)
    above = [bench.seen.graph.ancestors([n]) for n in nodes if n is not None]
    shared = above[0] & above[1] - {n.index for n in nodes if n is not None}
    tape = bench.seen.graph.nodes
    return any(len(tape[i].shape) == 1 and tape[i].shape[0] >= long for i in shared)


def _pattern(name: str) -> str:
    return re.sub(r"\d+", "#", name)


def _other_items(bench: Bench, part: ast.Subscript) -> Iterator[Proposal]:
    """``a[l + 1]`` for ``a[l]``; a slice that begins or ends one earlier or later."""
    owner = plain_value(part.value, bench.values)
    text = bench.file.text_of(part.value)
    if isinstance(owner, dict):
        yield from _other_keys(bench, part, owner)
    elif isinstance(owner, list | tuple) and not isinstance(part.slice, ast.Slice):
        for new in beside(ast.unparse(part.slice)):
            yield bench.replaced(part, f"{text}[{new}]", f"the item beside it, `{text}[{new}]`", 3)
    elif isinstance(part.slice, ast.Slice):
        yield from _other_slices(bench, part, owner)
    elif isinstance(owner, np.ndarray) and owner.ndim == 2 and bench.array(part) is not None:
        column = f"{text}[:, {ast.unparse(part.slice)}]"
        yield bench.replaced(part, column, f"a column of `{text}`, not a row", 3)


def _other_slices(bench: Bench, part: ast.Subscript, owner: Any) -> Iterator[Proposal]:
    """A slice that begins or ends one element earlier or later."""
    if not isinstance(owner, np.ndarray) or not isinstance(part.slice, ast.Slice):
        return
    text = bench.file.text_of(part.value)
    there = {ast.unparse(n) for n in ast.walk(bench.file.statement(part))}
    for first, last in shifted(part.slice):
        new = f"{text}[{first}:{last}]"
        size = 6 if new in there else 4  # what stands beside it already was not meant again
        yield bench.replaced(part, new, f"one element more or less: `{new}`", size)


def _other_keys(bench: Bench, part: ast.Subscript, owner: dict[Any, Any]) -> Iterator[Proposal]:
    """Another key of the same dictionary: the cache of another layer."""
    if not isinstance(part.slice, ast.Constant) or not isinstance(part.slice.value, str):
        return
    text = bench.file.text_of(part.value)
    for key in owner:
        if isinstance(key, str) and key != part.slice.value:
            near = _pattern(key) == _pattern(part.slice.value)
            new = f"{text}[{key!r}]"
            yield bench.replaced(part, new, f"`{new}` instead", 3 if near else FAR)


def _exchanged(bench: Bench) -> Iterator[Proposal]:
    """Two arrays that stand for each other, here or in the line that made an operand."""
    lines: list[ast.AST] = [bench.crash.place]
    for operand in bench.crash.operands:
        made = _definition(bench, operand.expression)
        if made is not None:
            lines.append(made)
    for line in lines:
        names = [n for n in ast.walk(line) if isinstance(n, ast.Name)]
        arrays = [n for n in names if isinstance(bench.values.get(n.id), np.ndarray)]
        for i, one in enumerate(arrays):
            for other in arrays[i + 1 :]:
                ours, theirs = bench.values[one.id], bench.values[other.id]
                if one.id == other.id or ours.ndim != theirs.ndim or ours.shape == theirs.shape:
                    continue
                edits = (
                    Edit(bench.file.site(one), other.id),
                    Edit(bench.file.site(other), one.id),
                )
                text = within(bench.file, line, one, other.id, other, one.id)
                meaning = f"`{one.id}` and `{other.id}` exchanged"
                yield Proposal(edits, text, meaning, 3, line)


def _unpacked_otherwise(bench: Bench) -> Iterator[Proposal]:
    """Two names exchanged in ``a, b, c, d = split(...)``, of which one took part in the crash."""
    used = {o.expression.id for o in bench.crash.operands if isinstance(o.expression, ast.Name)}
    for part in ast.walk(bench.scope):
        target = part.targets[0] if isinstance(part, ast.Assign) else None
        if not isinstance(target, ast.Tuple) or not isinstance(part.value, ast.Call):  # type: ignore[attr-defined]
            continue
        names = [n for n in target.elts if isinstance(n, ast.Name)]
        for one, other in combinations(names, 2):
            shapes = [getattr(bench.values.get(n.id), "shape", None) for n in (one, other)]
            if None in shapes or shapes[0] == shapes[1] or not used & {one.id, other.id}:
                continue
            edits = Edit(bench.file.site(one), other.id), Edit(bench.file.site(other), one.id)
            text = within(bench.file, target, one, other.id, other, one.id)
            meaning = f"in the order in which line {target.lineno} is given them"
            yield Proposal(edits, text, meaning, 4, target)


def _definition(bench: Bench, expression: ast.expr) -> ast.expr | None:
    """The right side of the one assignment that gives a name its value, in the same scope."""
    if not isinstance(expression, ast.Name):
        return None
    found = [
        part.value
        for part in ast.walk(bench.scope)
        if isinstance(part, ast.Assign)
        and any(isinstance(t, ast.Name) and t.id == expression.id for t in part.targets)
    ]
    return found[0] if len(found) == 1 else None


# -- other operations ---------------------------------------------------------------------------


def _operations(bench: Bench) -> Iterator[Proposal]:
    """``*`` for ``@`` and the other way round, an outer product, another order."""
    crash = bench.crash
    if len(crash.operands) != 2:
        return
    left, right = (atom(bench.file, o.expression) for o in crash.operands)
    left_text, right_text = (o.text for o in crash.operands)
    ours, theirs = (o.shape for o in crash.operands)
    if crash.name in _PRODUCTS:
        if _spreads(ours, theirs):
            yield bench.replaced(
                crash.place, _paren(bench, f"{left} * {right}"), "element by element: `*`", 3
            )
        if len(ours) == len(theirs) == 1:
            new = f"{bench.numpy}.outer({left_text}, {right_text})"
            meaning = "every element of one with every element of the other"
            yield bench.replaced(crash.place, new, meaning, 3)
        yield from _column_by_row(bench, ours, theirs)
        yield bench.replaced(
            crash.place,
            product_text(crash.place, right_text, left_text),
            "the factors exchanged",
            3,
        )
        for first, second in ((f"{left}.T", right_text), (left_text, f"{right}.T")):
            swapped = product_text(crash.place, second, first)
            yield bench.replaced(crash.place, swapped, "exchanged, and one transposed", 5)
        yield from _regrouped(bench)
    elif crash.name == "multiply" and len(ours) == len(theirs) == 2:
        for first, second in ((left, right), (f"{left}.T", right), (left, f"{right}.T")):
            for a, b in ((first, second), (second, first)):
                if a.count(".T") + b.count(".T") < 3:
                    new = _paren(bench, f"{a} @ {b}")
                    size = 4 + a.count(".T") + b.count(".T")
                    yield bench.replaced(crash.place, new, "a matrix product: `@`", size)


def _column_by_row(bench: Bench, ours: Shape, theirs: Shape) -> Iterator[Proposal]:
    """A flat vector as the column, or the row, that the other factor was made to meet."""
    left, right = bench.crash.operands
    meaning = "every element of one with every element of the other"
    if len(ours) == 1 and len(theirs) == 2 and theirs[0] == 1 and _is_laid_out(bench, right):
        new = f"{atom(bench.file, left.expression)}[:, None]"
        yield bench.replaced(left.expression, new, f"a column by a row: {meaning}", 1)
    if len(theirs) == 1 and len(ours) == 2 and ours[1] == 1 and _is_laid_out(bench, left):
        new = f"{atom(bench.file, right.expression)}[None, :]"
        yield bench.replaced(right.expression, new, f"a column by a row: {meaning}", 1)


def _is_laid_out(bench: Bench, operand: Operand) -> bool:
    """Whether a row or a column is one because the program made it so, in place."""
    return says_layout(operand.expression) or ".reshape(" in bench.file.text_of(operand.expression)


def _spreads(ours: tuple[int, ...], theirs: tuple[int, ...]) -> bool:
    try:
        np.broadcast_shapes(ours, theirs)
    except ValueError:
        return False
    return True


def _paren(bench: Bench, text: str) -> str:
    """A product in the place of another expression keeps its parentheses where it needs them."""
    parent = bench.file.parents.get(bench.crash.place)
    return f"({text})" if isinstance(parent, ast.BinOp | ast.Attribute | ast.UnaryOp) else text


def _regrouped(bench: Bench) -> Iterator[Proposal]:
    """``a @ (b @ c)`` for ``b @ (a * c)``: a slope or delta that belongs inside, elementwise."""
    crash = bench.crash
    sides = [o.expression for o in crash.operands]
    for outer, inner in (sides, sides[::-1]):
        pair = product_of(inner)
        first = bench.array(outer)
        if pair is None or first is None:
            continue
        values = [bench.array(p) for p in pair]
        outer_text = atom(bench.file, outer)
        texts = [bench.file.text_of(p) for p in pair]
        for i in (0, 1):
            part = values[i] if values[i] is not None else _computed(bench, pair[i])
            if part is None or part.shape != first.shape:
                continue
            scaled = f"{outer_text} * {atom(bench.file, pair[i])}"
            new = product_text(
                bench.crash.place, *((scaled, texts[1]) if i == 0 else (texts[0], scaled))
            )
            meaning = f"`{outer_text}` times `{texts[i]}` element by element, then the product"
            yield bench.replaced(crash.place, new, meaning, 4)


def product_of(expression: ast.AST) -> list[ast.expr] | None:
    """The two factors of a product that is written as one."""
    if isinstance(expression, ast.BinOp) and isinstance(expression.op, ast.MatMult):
        return [expression.left, expression.right]
    if isinstance(expression, ast.Call) and isinstance(expression.func, ast.Attribute):
        if expression.func.attr not in _PRODUCTS:
            return None
        if is_module_call(expression):
            return list(expression.args) if len(expression.args) == 2 else None
        return [expression.func.value, *expression.args] if len(expression.args) == 1 else None
    return None


def _computed(bench: Bench, expression: ast.expr) -> np.ndarray | None:
    """The value that an expression had when it was last worked out."""
    for node in reversed(bench.seen.recording.tape.nodes):
        if node.spot is not None and node.spot.node is expression:
            return np.broadcast_to(0.0, node.shape)
    return None


# -- sums, calls -------------------------------------------------------------------------


def _sums(bench: Bench) -> Iterator[Proposal]:
    """A sum over an axis that the other operand lacks."""
    crash = bench.crash
    if crash.name in _PRODUCTS:
        return
    for operand in crash.operands:
        for other in crash.operands:
            if operand is other or len(operand.shape) < 2:
                continue
            for axis in range(len(operand.shape)):
                rest = operand.shape[:axis] + operand.shape[axis + 1 :]
                kept = (*operand.shape[:axis], 1, *operand.shape[axis + 1 :])
                for shape, more in ((rest, ""), (kept, ", keepdims=True")):
                    if shape == other.shape:
                        new = f"{bench.numpy}.sum({operand.text}, axis={axis}{more})"
                        words = f"the sum over axis {axis} of `{operand.text}`"
                        yield bench.replaced(operand.expression, new, words, 4)


def _calls(bench: Bench) -> Iterator[Proposal]:
    """Another axis of a join, other letters of an einsum, the other orientation of a table."""
    crash, place = bench.crash, bench.crash.place
    for operand in crash.operands:
        for part in ast.walk(operand.expression):
            if isinstance(part, ast.Call):
                yield from _other_axes(bench, part)
    if not isinstance(place, ast.Call):
        return
    yield from _other_axes(bench, place)
    yield from _joins(bench, place)
    if crash.name in ("solve", "inv"):
        yield from _least_squares(bench, place)
    if crash.name == "einsum":
        yield from _letters(bench, place)


def _joins(bench: Bench, place: ast.Call) -> Iterator[Proposal]:
    crash = bench.crash
    if crash.name in ("concatenate", "stack") and not any(k.arg == "axis" for k in place.keywords):
        text = bench.file.text_of(place)
        if len(place.args) == 1:
            for axis in range(1, max((len(o.shape) for o in crash.operands), default=0)):
                new = f"{text[:-1]}, axis={axis})"
                yield bench.replaced(place, new, f"along axis {axis}", 3)
    other = {"vstack": "hstack", "hstack": "vstack"}.get(crash.name)
    if other is not None:
        new = bench.file.text_of(place).replace(crash.name, other, 1)
        yield bench.replaced(place, new, f"`{other}` for `{crash.name}`", 3)


def _least_squares(bench: Bench, place: ast.Call) -> Iterator[Proposal]:
    """What does for a table that is not square."""
    called, text = bench.file.text_of(place.func), bench.file.text_of(place)
    if bench.crash.name == "solve":
        new = f"{called.replace('solve', 'lstsq')}{text[len(called) : -1]}, rcond=None)[0]"
        yield bench.replaced(place, new, "more equations than unknowns: least squares", 3)
    else:
        new = f"{called.replace('inv', 'pinv')}{text[len(called) :]}"
        yield bench.replaced(place, new, "the pseudo-inverse: a table that is not square", 3)


def _other_axes(bench: Bench, place: ast.Call) -> Iterator[Proposal]:
    ndim = max(2, *(len(o.shape) for o in bench.crash.operands))
    made = [o.node for o in bench.crash.operands if o.expression is place and o.node is not None]
    shares = getattr(place.func, "attr", "") in ("norm", "sum")  # of each row, then
    shares = shares and any(is_statistic_of(bench, node) for node in made)
    for keyword in place.keywords:
        if keyword.arg == "axis" and isinstance(keyword.value, ast.Constant):
            for axis in range(ndim):
                if axis != keyword.value.value:
                    size = 2 if shares else 1
                    yield bench.replaced(keyword.value, str(axis), f"along axis {axis}", size)


def _letters(bench: Bench, place: ast.Call) -> Iterator[Proposal]:
    """Two letters of one operand exchanged, or a letter for an axis that has none."""
    first = place.args[0] if place.args else None
    if not isinstance(first, ast.Constant) or not isinstance(first.value, str):
        return
    left, arrow, output = first.value.partition("->")
    operands = left.split(",")
    for i, letters in enumerate(operands):
        for new, words in (*_swapped(letters, i), *_inserted(bench, operands, i)):
            parts = [*operands[:i], new, *operands[i + 1 :]]
            text = f'"{",".join(parts)}{arrow}{output}"'
            yield bench.replaced(first, text, words, 3)


def _swapped(letters: str, operand: int) -> Iterator[tuple[str, str]]:
    for j in range(len(letters)):
        for k in range(j + 1, len(letters)):
            swapped = list(letters)
            swapped[j], swapped[k] = swapped[k], swapped[j]
            yield "".join(swapped), f"axis {j} of operand {operand} and axis {k} exchanged"


def _inserted(bench: Bench, operands: list[str], i: int) -> Iterator[tuple[str, str]]:
    """A letter of the other operands where an operand has one axis more than letters."""
    shapes = [o.shape for o in bench.crash.operands]
    if len(shapes) != len(operands) or len(shapes[i]) != len(operands[i]) + 1:
        return
    lengths: dict[str, int] = {}
    for other, shape in zip(operands, shapes, strict=True):
        if len(other) == len(shape):
            lengths |= dict(zip(other, shape, strict=True))
    for at in range(len(operands[i]) + 1):
        for letter in sorted(set(lengths) - set(operands[i])):
            new = operands[i][:at] + letter + operands[i][at:]
            if all(lengths.get(c, n) == n for c, n in zip(new, shapes[i], strict=True)):
                yield new, f"`{letter}` for axis {at} of operand {i}, which had no letter"


_FAMILIES = (
    layouts,
    _labels,
    _operations,
    _neighbours,
    _unpacked_otherwise,
    _sums,
    _calls,
    causes,
)
