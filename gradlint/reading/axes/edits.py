"""A small grammar of edits of an operation that raised: what may have been meant instead.

Each family proposes, none judges: shapes and values at hand only say what is worth a try.  Whether
the program runs with an edit, and whether the axes that then meet belong together, is decided by
those who can run it.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from gradlint.findings import Edit
from gradlint.reading.axes.crash import frame_values, read_crash
from gradlint.reading.axes.text import is_module_call, size_expressions
from gradlint.reading.axes.written import atom, plain_value, within, wrapped

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gradlint.reading.axes.crash import Crash, Operand
    from gradlint.reading.axes.scope import Seen
    from gradlint.trace.tape import Node

_REDUCING = {"sum", "mean", "max", "min", "std", "var", "norm", "prod", "median", "amax", "amin"}
_PRODUCTS = {"matmul", "dot", "inner", "vdot"}
_NEARLY = 4  # elements that one of two series may lack at an end
FAR = 7  # the size of an edit that only a gradient may prove
_MOST = 48  # proposals for one crash


@dataclass(frozen=True)
class Proposal:
    """Edits that may mend a crash.

    ``text`` is what stands there then, ``meaning`` what it says about the axes, ``size`` how far
    it is from what was written.
    """

    edits: tuple[Edit, ...]
    text: str
    meaning: str
    size: int
    place: ast.AST


class Bench:
    """What the families work on: the crash, the source, and the values in the failing frame."""

    def __init__(self, seen: Seen, crash: Crash) -> None:
        self.seen, self.crash, self.file = seen, crash, crash.file
        self.values = frame_values(crash, seen)
        self.scope = self.file.function(crash.place) or self.file.tree
        self.numpy = next((k for k, v in self.values.items() if v is np), "np")

    def replaced(self, old: ast.AST, new: str, meaning: str, size: int) -> Proposal:
        """The failing expression with a part of it written otherwise."""
        edit = Edit(self.file.site(old), new)
        whole = self.crash.place if self._holds(old) else self.file.statement(old)
        text = new if old is whole else within(self.file, whole, old, new)
        return Proposal((edit,), text, meaning, size, old)

    def _holds(self, part: ast.AST) -> bool:
        return any(inner is part for inner in ast.walk(self.crash.place))

    def array(self, expression: ast.AST) -> np.ndarray | None:
        """The array an expression has in the failing frame, if it is a plain one."""
        for operand in self.crash.operands:
            if operand.expression is expression and isinstance(operand.value, np.ndarray):
                return operand.value
        found = plain_value(expression, self.values)
        return found if isinstance(found, np.ndarray) else None


def proposals(seen: Seen) -> list[Proposal]:
    """Return edits of the operation that raised, the smallest first."""
    crash = read_crash(seen)
    if crash is None or not crash.operands:
        return []
    bench = Bench(seen, crash)
    found: dict[tuple[Edit, ...], Proposal] = {}
    for family in _FAMILIES:
        for proposal in family(bench):
            found.setdefault(proposal.edits, proposal)
    return sorted(found.values(), key=lambda p: p.size)[:_MOST]


# -- layouts ------------------------------------------------------------------------------------


def _layouts(bench: Bench) -> Iterator[Proposal]:
    """A column for a row, a flat vector for a column, a transpose, a kept axis."""
    for operand in _whole_operands(bench):
        place, text, shape = (
            operand.expression,
            atom(bench.file, operand.expression),
            operand.shape,
        )
        if _is_reduction(place):
            yield from _kept(bench, place, operand)
        if len(shape) == 1:
            if not _is_reduction(place):
                table = _meets_a_table(bench, operand)
                meaning = f"one number for each row: `{operand.text}` as a column"
                pairs = f"every pair, a row for each of `{operand.text}`"
                said, size = (meaning, 2) if table else (pairs, 5)
                yield bench.replaced(place, f"{text}[:, None]", said, size)
        elif len(shape) == 2:
            meaning = f"`{operand.text}` the other way round, {shape[::-1]}"
            turned = operand.text.removesuffix(".T") if operand.text.endswith(".T") else f"{text}.T"
            yield bench.replaced(place, turned, meaning, 2)
            if shape[1] == 1:
                yield bench.replaced(place, f"{text}[:, 0]", "the column as a flat vector", 3)
            elif shape[0] == 1:
                yield bench.replaced(place, f"{text}[0]", "the row as a flat vector", 3)
        elif len(shape) > 2:
            yield bench.replaced(
                place, f"{text}.swapaxes(-1, -2)", "its last two axes exchanged", 3
            )


def _meets_a_table(bench: Bench, vector: Operand) -> bool:
    """Whether something in the operation has an axis more than a vector: two vectors have not."""
    tables = [o for o in bench.crash.operands if len(o.shape) > 1]
    return any(o.shape[0] == vector.shape[0] or o.shape[1:] == (1,) for o in tables)


def _whole_operands(bench: Bench) -> Iterator[Operand]:
    """The operands, and what is inside of them, as far as the frame knows it."""
    from gradlint.reading.axes.crash import Operand as Made

    done = set()
    for operand in bench.crash.operands:
        for part in (operand.expression, *_parts(operand.expression)):
            value = operand.value if part is operand.expression else bench.array(part)
            if part in done or not isinstance(value, np.ndarray) or not value.shape:
                continue
            done.add(part)
            yield Made(part, bench.file.text_of(part), value, None)


def _parts(expression: ast.expr) -> list[ast.expr]:
    """The factors and summands inside an expression, and the arguments of its calls."""
    found: list[ast.expr] = []
    if isinstance(expression, ast.BinOp):
        found = [expression.left, expression.right]
    elif isinstance(expression, ast.UnaryOp):
        found = [expression.operand]
    elif isinstance(expression, ast.Call):
        found = [a for a in expression.args if not isinstance(a, ast.Constant | ast.Starred)]
        if isinstance(expression.func, ast.Attribute):
            found.append(expression.func.value)
    elif isinstance(expression, ast.Attribute):
        found = [expression.value] if expression.attr == "T" else []
    return [*found, *(inner for part in found for inner in _parts(part))]


def _is_reduction(place: ast.expr) -> bool:
    if not isinstance(place, ast.Call):
        return False
    name = getattr(place.func, "attr", getattr(place.func, "id", ""))
    given = {k.arg for k in place.keywords}
    positional = len(place.args) > (1 if is_module_call(place) else 0)
    return name in _REDUCING and "keepdims" not in given and ("axis" in given or positional)


def _kept(bench: Bench, place: ast.expr, operand: Operand) -> Iterator[Proposal]:
    text = bench.file.text_of(place)
    meaning = f"each number of `{operand.text}` meets the row it was taken of"
    yield bench.replaced(place, f"{text.rstrip()[:-1]}, keepdims=True)", meaning, 1)


# -- other operands -----------------------------------------------------------------------------


def _labels(bench: Bench) -> Iterator[Proposal]:
    """Class numbers that meet a table of one column for each class: one-hot labels."""
    for operand in bench.crash.operands:
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
            if isinstance(part, ast.Name):
                yield from _other_names(bench, part)
            elif isinstance(part, ast.Subscript):
                yield from _other_items(bench, part)
    yield from _exchanged(bench)


def _other_names(bench: Bench, part: ast.Name) -> Iterator[Proposal]:
    have = bench.array(part)
    if have is None:
        return
    yield from _shortened(bench, part, have)
    for name, value in bench.values.items():
        if name == part.id or not isinstance(value, np.ndarray) or name.startswith("_"):
            continue
        near = _pattern(name) == _pattern(part.id) and _pattern(name) != name
        if value.ndim == have.ndim and value.shape != have.shape and value.dtype == have.dtype:
            shape = f"`{name}` {value.shape} for `{part.id}` {have.shape}"
            yield bench.replaced(part, name, shape, 3 if near else FAR)


def _shortened(bench: Bench, part: ast.Name, have: np.ndarray) -> Iterator[Proposal]:
    """A series without its first or last elements, where the other one has fewer."""
    for less in {len(have) - o.shape[0] for o in bench.crash.operands if o.shape and have.ndim}:
        if 0 < less < _NEARLY:
            for new in (f"{part.id}[{less}:]", f"{part.id}[:-{less}]"):
                yield bench.replaced(part, new, f"as many as the other has: `{new}`", 3)


def _pattern(name: str) -> str:
    return re.sub(r"\d+", "#", name)


def _other_items(bench: Bench, part: ast.Subscript) -> Iterator[Proposal]:
    """``a[l + 1]`` for ``a[l]``; a slice that begins or ends one earlier or later."""
    owner = plain_value(part.value, bench.values)
    text = bench.file.text_of(part.value)
    if isinstance(owner, dict):
        yield from _other_keys(bench, part, owner)
    elif isinstance(owner, list | tuple) and not isinstance(part.slice, ast.Slice):
        for new in _next(ast.unparse(part.slice)):
            yield bench.replaced(part, f"{text}[{new}]", f"the item beside it, `{text}[{new}]`", 3)
    elif isinstance(owner, np.ndarray) and owner.ndim == 2 and bench.array(part) is not None:
        column = f"{text}[:, {ast.unparse(part.slice)}]"
        yield bench.replaced(part, column, f"a column of `{text}`, not a row", 3)
    elif isinstance(owner, np.ndarray) and isinstance(part.slice, ast.Slice):
        for first, last in _shifted(part.slice):
            new = f"{text}[{first}:{last}]"
            yield bench.replaced(part, new, f"one element more or less: `{new}`", 4)


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


def _next(index: str) -> list[str]:
    number = re.fullmatch(r"-?\d+", index)
    if number:
        return [str(int(index) + 1), str(int(index) - 1)]
    ending = re.fullmatch(r"(.+?) ([+-]) (\d+)", index)
    if ending:
        signed = int(ending[2] + ending[3])
        return [_sum(ending[1], signed + 1), _sum(ending[1], signed - 1)]
    return [f"{index} + 1", f"{index} - 1"]


def _sum(text: str, number: int) -> str:
    return text if number == 0 else f"{text} {'+' if number > 0 else '-'} {abs(number)}"


def _shifted(part: ast.Slice) -> Iterator[tuple[str, str]]:
    """The slices that begin, or end, one element earlier or later."""
    first = "" if part.lower is None else ast.unparse(part.lower)
    last = "" if part.upper is None else ast.unparse(part.upper)
    if part.step is not None:
        return
    for new in ("1", "") if first in ("", "0", "1") else _next(first):
        if new != first:
            yield new, last
    for new in ("-1", "") if last in ("", "-1") else _next(last):
        if new != last:
            yield first, new


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
        yield bench.replaced(
            crash.place, _product(bench, right_text, left_text), "the factors exchanged", 3
        )
        for first, second in ((f"{left}.T", right_text), (left_text, f"{right}.T")):
            swapped = _product(bench, second, first)
            yield bench.replaced(crash.place, swapped, "exchanged, and one transposed", 5)
        yield from _regrouped(bench)
    elif crash.name == "multiply" and len(ours) == len(theirs) == 2:
        for first, second in ((left, right), (f"{left}.T", right), (left, f"{right}.T")):
            for a, b in ((first, second), (second, first)):
                if a.count(".T") + b.count(".T") < 3:
                    new = _paren(bench, f"{a} @ {b}")
                    size = 4 + a.count(".T") + b.count(".T")
                    yield bench.replaced(crash.place, new, "a matrix product: `@`", size)


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


def _product(bench: Bench, left: str, right: str) -> str:
    """A product in the author's own notation."""
    place = bench.crash.place
    if isinstance(place, ast.Call):
        called = bench.file.text_of(place.func)
        if is_module_call(place):
            return f"{called}({left}, {right})"
        return f"{wrapped(left)}.{called.rpartition('.')[2]}({right})"
    return f"{wrapped(left)} @ {wrapped(right)}"


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
            new = _product(bench, *((scaled, texts[1]) if i == 0 else (texts[0], scaled)))
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


# -- sums, sizes, calls -------------------------------------------------------------------------


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
    for keyword in place.keywords:
        if keyword.arg == "axis" and isinstance(keyword.value, ast.Constant):
            for axis in range(ndim):
                if axis != keyword.value.value:
                    yield bench.replaced(keyword.value, str(axis), f"along axis {axis}", 1)


def _letters(bench: Bench, place: ast.Call) -> Iterator[Proposal]:
    """Two letters of one operand exchanged."""
    first = place.args[0] if place.args else None
    if not isinstance(first, ast.Constant) or not isinstance(first.value, str):
        return
    left, arrow, output = first.value.partition("->")
    operands = left.split(",")
    for i, letters in enumerate(operands):
        for j in range(len(letters)):
            for k in range(j + 1, len(letters)):
                swapped = list(letters)
                swapped[j], swapped[k] = swapped[k], swapped[j]
                parts = [*operands[:i], "".join(swapped), *operands[i + 1 :]]
                text = repr(",".join(parts) + arrow + output)
                words = f"axis {j} of operand {i} and axis {k} exchanged"
                yield bench.replaced(first, text.replace("'", '"'), words, 3)


_FAMILIES = (_layouts, _labels, _operations, _neighbours, _sums, _calls, _sizes)

__all__ = ["FAR", "Proposal", "proposals"]
