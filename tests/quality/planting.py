"""Planting mistakes: every way of spoiling one line of a right program, as an edit of its text.

A planter looks at one node of the syntax tree and offers replacements of it.  It knows Python and
how people write backward passes; it knows nothing of how gradlint finds anything.
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from slope_planters import fed_helpers, mask, slopes
from spoilt import BATCH, SLOPE, Offer, Plant, Program, inner, is_constant

if TYPE_CHECKING:
    from collections.abc import Iterator


def plants(program: Program) -> Iterator[Plant]:
    """Every mistake at every place of the backward pass and of the updates."""
    seen = {program.text}
    for node in ast.walk(program.tree):
        row = getattr(node, "lineno", None)
        if row is None or not program.is_read(node):
            continue
        offers: list[Offer] = []
        if row in program.backward or row in program.updates:
            offers += _at_expression(program, node)
        if row in program.updates:
            offers += _at_update(program, node)
        for planter, codes, place, new in offers:
            text = program.replaced(place, new) if new != program.of(place) else None
            if text is None or text in seen:
                continue
            seen.add(text)
            yield Plant(
                planter, codes, place.lineno, place.end_lineno or row, text, program.of(place), new
            )
    for plant in [*_all_updates(program), *_moved_updates(program)]:
        if plant.text not in seen:
            seen.add(plant.text)
            yield plant


def _at_expression(program: Program, node: ast.AST) -> Iterator[Offer]:
    if isinstance(node, ast.BinOp):
        yield from _binary(program, node)
    elif isinstance(node, ast.Call):
        yield from _call(program, node)
    elif isinstance(node, ast.Attribute) and node.attr == "T":
        yield "transpose dropped", ("GL305",), node, program.of(node.value)
    elif isinstance(node, ast.Compare):
        yield from mask(program, node)
    elif isinstance(node, ast.Name | ast.Constant):
        yield from _neighbour(program, node)
    elif isinstance(node, ast.Subscript):
        yield from _index(program, node)
    elif isinstance(node, ast.Assign):
        yield from _assigned(program, node)
    elif isinstance(node, ast.AugAssign) and node.lineno not in program.updates:
        yield from _accumulated(program, node)


def _binary(program: Program, node: ast.BinOp) -> Iterator[Offer]:
    back = node.lineno in program.backward
    match node.op:
        case ast.Div():
            yield from _quotient(program, node)
        case ast.Mult():
            yield from _product(program, node)
        case ast.MatMult():
            elementwise = f"{inner(program, node.left)} * {inner(program, node.right)}"
            yield "product kind", ("GL306",), node, elementwise
            for other in (node.left, node.right):
                if isinstance(other, ast.Name):
                    yield "transpose added", ("GL305",), other, f"{program.of(other)}.T"
            yield from _delta_alone(program, node, node.left, node.right)
        case ast.Add() | ast.Sub() if back and not is_constant(node.left):
            yield from _sum(program, node)
    if back:
        for child in (node.left, node.right):
            if isinstance(child, ast.BinOp):
                yield from _unwrapped(program, node, child)


def _quotient(program: Program, node: ast.BinOp) -> Iterator[Offer]:
    left, right = program.of(node.left), program.of(node.right)
    if BATCH.search(right.strip("() ")):
        again = f"{program.of(node)} / {inner(program, node.right)}"
        yield "mean missing", ("GL201",), node, left
        yield "mean twice", ("GL202",), node, again
    if right in {"2", "2.0"}:
        yield "factor", ("GL203",), node, left


def _product(program: Program, node: ast.BinOp) -> Iterator[Offer]:
    left, right = program.of(node.left), program.of(node.right)
    if left in {"2", "2.0", "0.5"}:
        yield "factor", ("GL203",), node, right
    elif left == "-1":
        yield "sign", ("GL204", "GL205"), node, right
    yield from slopes(program, node)
    matrix = f"{inner(program, node.left)} @ {inner(program, node.right)}"
    yield "product kind", ("GL306",), node, matrix


def _sum(program: Program, node: ast.BinOp) -> Iterator[Offer]:
    left, right = program.of(node.left), program.of(node.right)
    if isinstance(node.op, ast.Add):
        if not re.search(r"eps|1e-|^\d+$", right):
            yield "term missing", ("GL309",), node, left
            yield "term missing", ("GL309",), node, right
    elif not isinstance(program.parents[node], ast.BinOp | ast.Subscript | ast.Slice):
        yield "sign", ("GL204", "GL205"), node, f"{inner(program, node.right)} - {left}"


def _delta_alone(program: Program, node: ast.AST, *factors: ast.AST) -> Iterator[Offer]:
    """A weight gradient without its other factor, the previous activation."""
    if node.lineno in program.gradients:
        for factor in factors:
            if re.match(r"d|g|e|err|delta|.*_delta|.*error", program.of(factor)):
                yield "delta as gradient", ("GL310",), node, program.of(factor)


def _unwrapped(program: Program, node: ast.BinOp, child: ast.BinOp) -> Iterator[Offer]:
    """The parentheses around an operand forgotten, where that groups the line differently."""
    begin, end = program.span(child)
    first, last = program.span(node)
    text = program.text
    if text[begin - 1] == "(" and text[end] == ")":
        new = text[first : begin - 1] + text[begin:end] + text[end + 1 : last]
        if begin - 1 >= first and end < last:
            try:
                if ast.dump(ast.parse(new.strip(), mode="eval").body) == ast.dump(node):
                    return
            except SyntaxError:
                return
            yield "parentheses", ("GL108",), node, new


def _call(program: Program, node: ast.Call) -> Iterator[Offer]:
    name = program.of(node.func)
    short = name.rpartition(".")[2]
    whole = program.of(node)
    if short == "sum":
        yield from _sum_call(program, node, name)
    elif short == "mean":
        yield "mean missing", ("GL201", "GL206"), node.func, f"{name[:-4]}sum"
    elif short == "dot":
        yield from _dot(program, node, name)
    elif short == "multiply" and len(node.args) == 2:
        yield "product kind", ("GL306",), node.func, "np.dot"
        if SLOPE.search(program.of(node.args[1])):
            yield "slope missing", ("GL304",), node, program.of(node.args[0])
    elif short == "cos":
        yield "other slope", ("GL303",), node.func, "np.sin"
    elif re.search("prime|deriv|slope|grad|_d$|^d_", short) and len(node.args) == 1:
        yield from fed_helpers(program, node)
    elif whole.startswith("np.add.at(") and len(node.args) == 3:
        target, index, value = (program.of(a) for a in node.args)
        index = index.strip("()") if isinstance(node.args[1], ast.Tuple) else index
        yield "repeated index", ("GL313",), node, f"{target}[{index}] += {value}"


def _sum_call(program: Program, node: ast.Call, name: str) -> Iterator[Offer]:
    yield "mean for sum", ("GL206", "GL202", "GL203"), node.func, f"{name[:-3]}mean"
    inside = program.of(node.args[0]) if name == "np.sum" and node.args else name[:-4]
    yield "sum missing", ("GL206", "GL101", "GL102", "GL103"), node, inside
    yield from _axes(program, node)


def _dot(program: Program, node: ast.Call, name: str) -> Iterator[Offer]:
    if name == "np.dot" and len(node.args) == 2:
        yield "product kind", ("GL306",), node.func, "np.multiply"
        yield from _delta_alone(program, node, *node.args)
    elif len(node.args) == 1 and isinstance(node.func, ast.Attribute):
        elementwise = f"{name[: -len('.dot')]} * {inner(program, node.args[0])}"
        yield "product kind", ("GL306",), node, elementwise
        yield from _delta_alone(program, node, node.func.value, node.args[0])


def _axes(program: Program, node: ast.Call) -> Iterator[Offer]:
    for keyword in node.keywords:
        if keyword.arg == "axis" and isinstance(keyword.value, ast.Constant):
            other = {0: "1", 1: "0"}.get(keyword.value.value)
            if other is not None:
                codes = ("GL206", "GL101", "GL102", "GL103", "GL311")
                yield "axis", codes, keyword.value, other


def _neighbour(program: Program, node: ast.Name | ast.Constant) -> Iterator[Offer]:
    """The same letter with another digit, as a name or as a key."""
    text = program.of(node)
    match = re.fullmatch(r"""(["']?[A-Za-z_]+)(\d)(["']?)""", text)
    if match is None or (
        isinstance(program.parents[node], ast.Call) and node is program.parents[node].func
    ):
        return
    stem, digit, quote = match.groups()
    known = {
        program.of(n)
        for n in ast.walk(program.tree)
        if isinstance(n, ast.Name | ast.Constant)
        and hasattr(n, "lineno")
        and n.lineno <= node.lineno
    }
    for step in (-1, 1):
        other = f"{stem}{int(digit) + step}{quote}" if int(digit) + step >= 0 else ""
        if other in known:
            yield "neighbour", ("GL308", "GL404"), node, other


def _index(program: Program, node: ast.Subscript) -> Iterator[Offer]:
    place = node.slice
    if isinstance(place, ast.BinOp) and isinstance(place.right, ast.Constant):
        if isinstance(place.op, ast.Add | ast.Sub) and isinstance(
            place.left, ast.Name | ast.UnaryOp
        ):
            yield "index", ("GL308",), place, program.of(place.left)
    elif isinstance(place, ast.Name) and place.id in {"t", "l", "i", "layer", "k"}:
        yield "index", ("GL308",), place, f"{place.id} - 1"


def _assigned(program: Program, node: ast.Assign) -> Iterator[Offer]:
    value = node.value
    if isinstance(value, ast.Tuple):
        values = value.elts
    elif isinstance(value, ast.Dict):
        values = value.values
    else:
        values = [value]
    for part in values:
        if (
            not isinstance(part, ast.BinOp | ast.Call | ast.UnaryOp)
            or part.lineno in program.updates
        ):
            continue
        signs = ("GL204", "GL205")
        if isinstance(part, ast.UnaryOp) and isinstance(part.op, ast.USub):
            yield "sign", signs, part, program.of(part.operand)
        else:
            yield "sign", signs, part, f"-{inner(program, part)}"
        yield "factor", ("GL203",), part, f"2 * {inner(program, part)}"
        if (
            isinstance(part, ast.BinOp)
            and isinstance(part.op, ast.Sub)
            and isinstance(part.left, ast.Name)
        ):
            a = program.of(part.left)
            yield "other loss", ("GL312", "GL303"), part, f"({program.of(part)}) * {a} * (1 - {a})"


def _accumulated(program: Program, node: ast.AugAssign) -> Iterator[Offer]:
    target, value = program.of(node.target), program.of(node.value)
    if isinstance(node.op, ast.Add):
        yield "overwritten sum", ("GL309",), node, f"{target} = {value}"
        yield "sign", ("GL204", "GL205"), node, f"{target} -= {value}"
    elif isinstance(node.op, ast.Div) and BATCH.search(value):
        yield "mean missing", ("GL201",), node, f"{target} = {target}"


def _turned(program: Program, node: ast.AST) -> str | None:
    """An update that goes the other way."""
    if isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Sub | ast.Add):
        sign = "+=" if isinstance(node.op, ast.Sub) else "-="
        return f"{program.of(node.target)} {sign} {program.of(node.value)}"
    if isinstance(node, ast.Assign) and isinstance(node.value, ast.BinOp):
        value = node.value
        if isinstance(value.op, ast.Sub | ast.Add) and len(node.targets) == 1:
            sign = "+" if isinstance(value.op, ast.Sub) else "-"
            target = program.of(node.targets[0])
            loose = isinstance(value.right, ast.BinOp) and isinstance(
                value.right.op, ast.Add | ast.Sub
            )
            right = inner(program, value.right) if loose else program.of(value.right)
            return f"{target} = {program.of(value.left)} {sign} {right}"
    return None


def _update_nodes(program: Program) -> list[ast.stmt]:
    return [
        n
        for n in ast.walk(program.tree)
        if isinstance(n, ast.stmt) and n.lineno in program.updates and _turned(program, n)
    ]


def _at_update(program: Program, node: ast.AST) -> Iterator[Offer]:
    turned = _turned(program, node)
    if turned is not None:
        yield "update climbs", ("GL204", "GL205"), node, turned


def _all_updates(program: Program) -> Iterator[Plant]:
    nodes = _update_nodes(program)
    if len(nodes) < 2:
        return
    text = program.text
    for node in sorted(nodes, key=lambda n: -n.lineno):
        begin, end = program.span(node)
        text = text[:begin] + (_turned(program, node) or "") + text[end:]
    rows = tuple(node.lineno for node in nodes)
    first = min(rows)
    yield Plant("all updates climb", ("GL205",), first, first, text, "-=", "+=", rows)


def _moved_updates(program: Program) -> Iterator[Plant]:
    """An update moved up to the line after its last ingredient."""
    lines = program.text.splitlines(keepends=True)
    for node in _update_nodes(program):
        block = _siblings(program, node)
        if block is None or node.lineno != node.end_lineno:
            continue
        target = program.of(node.target if isinstance(node, ast.AugAssign) else node.targets[0])
        used = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)} - {target.split("[")[0]}
        earlier = block[: block.index(node)]
        sets = [s for s in earlier if used & _set_by(s)]
        if not sets or sets[-1].end_lineno is None:
            continue
        after = sets[-1].end_lineno
        between = [s for s in earlier if s.lineno > after]
        reads = [
            s.lineno + 1
            for s in between
            if target in program.of(s) and s.lineno not in program.updates
        ]
        if not reads:
            continue
        above, below = lines[:after], lines[after : node.lineno - 1]
        moved = [*above, lines[node.lineno - 1], *below, *lines[node.lineno :]]
        text = "".join(moved)
        yield Plant(
            "updated too early",
            ("GL307",),
            after + 1,
            after + 1,
            text,
            "below",
            "above",
            tuple(reads),
        )


def _siblings(program: Program, node: ast.stmt) -> list[ast.stmt] | None:
    for body in ("body", "orelse"):
        block = getattr(program.parents[node], body, None)
        if isinstance(block, list) and node in block:
            return block
    return None


def _set_by(statement: ast.stmt) -> set[str]:
    return {
        n.id
        for n in ast.walk(statement)
        if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
    }
