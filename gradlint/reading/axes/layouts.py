"""Edits of how the operands of a crash are laid out: columns, transposes, axes put in or kept.

It proposes only; whether the axes that then meet belong together is decided by those who run it.
"""

from __future__ import annotations

import ast
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from gradlint.findings import Edit
from gradlint.reading.axes.bench import Bench, Proposal
from gradlint.reading.axes.crash import Operand
from gradlint.reading.axes.slips import REDUCTIONS, origin
from gradlint.reading.axes.text import is_module_call
from gradlint.reading.axes.written import atom, within
from gradlint.trace.tape import Node

if TYPE_CHECKING:
    from collections.abc import Iterator

REDUCING = {
    "sum", "mean", "max", "min", "std", "var", "norm", "prod", "median", "amax", "amin", "argmax",
    "argmin",
}  # fmt: skip
_JOINS = {"concatenate", "hstack", "vstack", "column_stack", "stack"}
_ALONG = {*REDUCING, "argsort", "sort", "cumsum", "softmax", "logsumexp", "any", "all"}


def layouts(bench: Bench) -> Iterator[Proposal]:
    """A column for a row, a flat vector for a column, a transpose, an axis put in or kept."""
    for operand in _whole_operands(bench):
        place, text, shape = operand.expression, atom(bench.file, operand.expression), operand.shape
        yield from _put_in(bench, operand, text)
        if is_reduction(place):
            yield from _kept(bench, place, operand)
        elif len(shape) == 1:
            yield from _column(bench, operand, text)
        if len(shape) == 2 and not _has_its_statistic(bench, operand):
            meaning = f"`{operand.text}` the other way round, {shape[::-1]}"
            turned = operand.text.removesuffix(".T") if operand.text.endswith(".T") else f"{text}.T"
            yield bench.replaced(place, turned, meaning, 2)
            if shape[1] == 1:
                yield bench.replaced(place, f"{text}[:, 0]", "the column as a flat vector", 3)
            elif shape[0] == 1:
                yield bench.replaced(place, f"{text}[0]", "the row as a flat vector", 3)
        elif len(shape) > 2:
            of_all = operand.text.endswith(".T")
            new = f"{text.removesuffix('.T')}.swapaxes(-1, -2)"
            meaning = "its last two axes exchanged" + (", not all of them" if of_all else "")
            yield bench.replaced(place, new, meaning, 2 if of_all else 3)
    yield from _all_rows(bench)


def _has_its_statistic(bench: Bench, table: Operand) -> bool:
    """Whether a table meets numbers that were taken of its own rows: it was not to be turned."""
    return any(
        o.node is not None and o.value is not table.value and is_statistic_of(bench, origin(o.node))
        for o in bench.crash.operands
    )


def is_statistic_of(bench: Bench, node: Node) -> bool:
    """Whether a value is a statistic of an array that it meets in the crash."""
    source = node.args[0] if node.function in REDUCTIONS else None
    if not isinstance(source, Node):
        return False
    met = [origin(o.node) for o in bench.crash.operands if o.node is not None]
    return origin(source) in met


def _column(bench: Bench, operand: Operand, text: str) -> Iterator[Proposal]:
    """A flat vector as a column, or spread over a series of another length."""
    place = operand.expression
    if _meets_a_table(bench, operand):
        meaning = f"one number for each row: `{operand.text}` as a column"
        yield bench.replaced(place, f"{text}[:, None]", meaning, 2)
    elif bench.crash.name not in _JOINS:
        pairs = f"every pair, a row for each of `{operand.text}`"
        made = bench.replaced(place, f"{text}[:, None]", pairs, 5)
        yield Proposal(made.edits, made.text, pairs, 5, place, pairs=True)


def _meets_a_table(bench: Bench, vector: Operand) -> bool:
    """Whether something in the operation has an axis more than a vector: two vectors have not."""
    tables = [o for o in bench.crash.operands if len(o.shape) > 1]
    return any(o.shape[0] == vector.shape[0] or o.shape[1:] == (1,) for o in tables)


def _put_in(bench: Bench, operand: Operand, text: str) -> Iterator[Proposal]:
    """Axes of length 1 where an operand lacks them, so that each of its own meets its like.

    What keeps its last axis in the last place is nearer to what was written.
    """
    if bench.crash.name in _JOINS or bench.crash.kind not in ("operator", "call"):
        return
    for other in bench.crash.operands:
        lacking = len(other.shape) - len(operand.shape)
        if lacking < 1 or (len(other.shape), len(operand.shape)) == (2, 1):
            continue
        ways = list(_fitting(operand.shape, other.shape))
        for kept in ways:
            index = [":" if i in kept else "None" for i in range(len(other.shape))][kept[0] :]
            if "None" in index:
                size = 2 if len(ways) == 1 or kept[-1] == len(other.shape) - 1 else 3
                meaning = f"each of its axes meets the one of its length in `{other.text}`"
                new = f"{text}[{', '.join(index)}]"
                yield bench.replaced(operand.expression, new, meaning, size)


def _fitting(shape: tuple[int, ...], whole: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    """The axes of a whole, in their order, that the axes of a part may meet."""
    for kept in combinations(range(len(whole)), len(shape)):
        if all(n in (1, whole[i]) for n, i in zip(shape, kept, strict=True)):
            yield kept


def _all_rows(bench: Bench) -> Iterator[Proposal]:
    """Every row of one table with every row of another: ``a[:, None] - b``."""
    crash = bench.crash
    if crash.name in _JOINS or crash.kind not in ("operator", "call") or len(crash.operands) != 2:
        return
    one, other = crash.operands
    shapes = one.shape, other.shape
    if not all(len(s) == 2 and s[0] > 1 for s in shapes) or shapes[0][1] != shapes[1][1]:
        return
    if crash.name in ("matmul", "dot"):
        return
    for operand, size in ((one, 3), (other, 4)):
        new = f"{atom(bench.file, operand.expression)}[:, None]"
        meaning = f"every row with every row: a row of the result for each of `{operand.text}`"
        around = _around(bench)
        edits = [Edit(bench.file.site(operand.expression), new)]
        pairs: list[object] = [operand.expression, new]
        for number in around:
            assert isinstance(number.value, int)
            edits.append(Edit(bench.file.site(number), str(number.value + 1)))
            pairs += [number, str(number.value + 1)]
        whole = bench.file.statement(crash.place) if around else crash.place
        text = within(bench.file, getattr(whole, "value", whole), *pairs)
        yield Proposal(tuple(edits), text, meaning, size, operand.expression)


def _around(bench: Bench) -> list[ast.Constant]:
    """The axes, counted from the front, along which what is around the crash works."""
    found = []
    part: ast.AST | None = bench.crash.place
    while part is not None and not isinstance(part, ast.stmt):
        if isinstance(part, ast.Call) and getattr(part.func, "attr", "") in _ALONG:
            axes = [k.value for k in part.keywords if k.arg == "axis"]
            found += [
                a
                for a in axes
                if isinstance(a, ast.Constant) and type(a.value) is int and a.value > 0
            ]
        part = bench.file.parents.get(part)
    return found


def _whole_operands(bench: Bench) -> Iterator[Operand]:
    """The operands, and what is inside of them, as far as the frame knows it."""
    done = set()
    for operand in bench.crash.operands:
        for part in (operand.expression, *_parts(operand.expression)):
            value = operand.value if part is operand.expression else bench.array(part)
            if part in done or not isinstance(value, np.ndarray) or not value.shape:
                continue
            done.add(part)
            yield Operand(part, bench.file.text_of(part), value, None)


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


def is_reduction(place: ast.expr) -> bool:
    """Whether an expression reduces over an axis, without keeping it."""
    if not isinstance(place, ast.Call):
        return False
    name = getattr(place.func, "attr", getattr(place.func, "id", ""))
    given = {k.arg for k in place.keywords}
    positional = len(place.args) > (1 if is_module_call(place) else 0)
    return name in REDUCING and "keepdims" not in given and ("axis" in given or positional)


def _kept(bench: Bench, place: ast.expr, operand: Operand) -> Iterator[Proposal]:
    text = bench.file.text_of(place)
    meaning = f"each number of `{operand.text}` meets the row it was taken of"
    yield bench.replaced(place, f"{text.rstrip()[:-1]}, keepdims=True)", meaning, 1)
