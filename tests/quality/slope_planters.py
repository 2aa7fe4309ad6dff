"""Planting mistakes in activations' derivatives: left out, another's, fed the wrong value."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from spoilt import SHAPING, SLOPE, Offer, Program, inner

if TYPE_CHECKING:
    from collections.abc import Iterator


def slopes(program: Program, node: ast.BinOp) -> Iterator[Offer]:
    """A product with an activation's derivative: left out, another's, or fed the wrong value."""
    left, right = node.left, node.right
    if not SLOPE.search(program.of(right)) or node.lineno not in program.backward:
        return
    is_rest = re.fullmatch(r"1(\.0)? - (.+)", program.of(right).strip("()"), re.S)
    if is_rest and isinstance(right, ast.BinOp) and not isinstance(right.right, ast.BinOp):
        value, factor = program.of(right.right), None
        if program.of(left) == value:
            yield from _formula(program, node, value, "output")
            return
        if isinstance(left, ast.BinOp) and isinstance(left.op, ast.Mult):
            factor = program.of(left.right)
            if factor == value:
                upstream = inner(program, left.left)
                codes = ("GL304", "GL312") if " - " in upstream else ("GL304",)
                yield "slope missing", codes, node, program.of(left.left)
                yield "other slope", ("GL303",), node, f"{upstream} * (1 - {value} ** 2)"
                for code, new in _other_feed(program, value):
                    yield "slope fed wrongly", (code,), node, f"{upstream} * {new} * (1 - {new})"
                return
    # A squared error's delta without its slope is the cross-entropy's.
    codes = ("GL304", "GL312") if " - " in program.of(left) else ("GL304",)
    yield "slope missing", codes, node, program.of(left)
    if isinstance(right, ast.BinOp) and isinstance(right.op, ast.Mult):
        return  # the product a * (1 - a) has its turn as a node of its own
    if is_rest and isinstance(right, ast.BinOp):
        squared = right.right
        if isinstance(squared, ast.BinOp) and isinstance(squared.op, ast.Pow):
            yield from _formula(program, right, program.of(squared.left), "square")


def _formula(program: Program, node: ast.AST, value: str, kind: str) -> Iterator[Offer]:
    write = "{0} * (1 - {0})" if kind == "output" else "1 - {0} ** 2"
    other = "1 - {0} ** 2" if kind == "output" else "{0} * (1 - {0})"
    yield "other slope", ("GL303",), node, other.format(value)
    for code, new in _other_feed(program, value):
        yield "slope fed wrongly", (code,), node, write.format(new)


def _other_feed(program: Program, value: str) -> Iterator[tuple[str, str]]:
    """What else a derivative formula may be fed: the pre-activation, or the activation's own."""
    for assignment in ast.walk(program.tree):
        if not isinstance(assignment, ast.Assign) or not isinstance(assignment.value, ast.Call):
            continue
        call = assignment.value
        if len(assignment.targets) != 1 or program.of(assignment.targets[0]) != value:
            continue
        if len(call.args) == 1 and call.lineno not in program.backward:
            function = program.of(call.func)
            if function.rpartition(".")[2] in SHAPING:
                continue
            if isinstance(call.args[0], ast.Name | ast.Attribute | ast.Subscript):
                yield "GL301", program.of(call.args[0])
            else:
                yield "GL301", f"({program.of(call.args[0])})"
            yield "GL302", f"{function}({value})"


def mask(program: Program, node: ast.Compare) -> Iterator[Offer]:
    """The mask of a relu replaced by another activation's derivative."""
    if isinstance(program.parents[node], ast.Call):
        return  # np.where only asks whether it is true
    if len(node.ops) == 1 and program.of(node.comparators[0]) in {"0", "0.0"}:
        value = program.of(node.left)
        yield "other slope", ("GL303",), node, f"(1 - {value} ** 2)"
        yield "other slope", ("GL303",), node, f"{value} * (1 - {value})"


def _activations_of(program: Program, value: str) -> Iterator[str]:
    """The names given to an activation of a value: what a derivative of it may be fed instead."""
    for node in ast.walk(program.tree):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
            call = node.value
            fits = len(call.args) == 1 and program.of(call.args[0]) == value
            if fits and program.of(call.func).rpartition(".")[2] not in SHAPING:
                yield program.of(node.targets[0])


def fed_helpers(program: Program, node: ast.Call) -> Iterator[Offer]:
    """A helper that makes the derivative is given z for a, or a for z."""
    value = program.of(node.args[0])
    others = [new for _, new in _other_feed(program, value)] + [*_activations_of(program, value)]
    for new in others:
        yield "slope fed wrongly", ("GL301", "GL302"), node.args[0], new
