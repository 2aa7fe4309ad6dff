"""Mutation operators that know nothing of gradients: what may happen to any line of any program.

Each gives (what it is called, the node it replaces, the new text); the catalogue of mistakes is not
consulted anywhere.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from spoilt import inner, is_constant

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spoilt import Program

Mutation = tuple[str, ast.AST, str]
_OPERATORS = {
    ast.Add: ["-", "*"], ast.Sub: ["+", "*"], ast.Mult: ["+", "/", "@"], ast.Div: ["*", "-"],
    ast.MatMult: ["*", "+"], ast.Pow: ["*"],
}  # fmt: skip
_AUGMENTED = {"+=": "-=", "-=": "+=", "*=": "/=", "/=": "*="}
_WRAPPERS = ["abs({})", "({}) ** 2", "-({})", "({}) + 0.1", "0.5 * ({})", "2.0 * ({})"]
_COMPARISONS = {ast.Gt: "<", ast.Lt: ">", ast.GtE: "<", ast.LtE: ">", ast.Eq: "!="}


def mutations(program: Program, rows: set[int]) -> Iterator[Mutation]:
    """All mutations of the statements that begin in these rows."""
    for node in ast.walk(program.tree):
        row = getattr(node, "lineno", None)
        if row not in rows or _is_type_or_text(program, node):
            continue
        if isinstance(node, ast.stmt):
            yield from _of_statement(program, node)
        elif isinstance(node, ast.expr) and program.is_read(node):
            yield from _of_expression(program, node)


def _is_type_or_text(program: Program, node: ast.AST) -> bool:
    parent = program.parents.get(node)
    text = isinstance(node, ast.Constant) and isinstance(node.value, str)
    return text or isinstance(parent, (ast.arg, ast.arguments, ast.FormattedValue, ast.JoinedStr))


def _of_statement(program: Program, node: ast.stmt) -> Iterator[Mutation]:
    text = program.of(node)
    if isinstance(node, ast.AugAssign):
        for old, new in _AUGMENTED.items():
            if f" {old} " in text:
                yield "augmented operator", node, text.replace(f" {old} ", f" {new} ", 1)
                yield "= for an augmented", node, text.replace(f" {old} ", " = ", 1)
                if old == "-=":
                    yield "=-", node, text.replace(" -= ", " =- ", 1)
    if isinstance(node, (ast.AugAssign, ast.Assign, ast.Expr)) and "\n" not in text:
        yield "statement removed", node, "pass"
        yield "statement doubled", node, f"{text}; {text}"


def _of_expression(program: Program, node: ast.expr) -> Iterator[Mutation]:
    if isinstance(node, ast.BinOp):
        yield from _of_binary(program, node)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        yield "minus removed", node, inner(program, node.operand)
    if isinstance(node, (ast.BinOp, ast.Call, ast.Name, ast.Subscript)) and _is_value(
        program, node
    ):
        for wrapper in _WRAPPERS:
            yield f"wrapped as {wrapper.format('x')}", node, wrapper.format(program.of(node))
    if isinstance(node, ast.Compare) and type(node.ops[0]) in _COMPARISONS:
        left, right = program.of(node.left), program.of(node.comparators[0])
        yield "comparison", node, f"{left} {_COMPARISONS[type(node.ops[0])]} {right}"
    if is_constant(node) and type(node.value) in (int, float):
        yield "constant + 1", node, repr(node.value + 1)
    if isinstance(node, ast.Attribute) and node.attr == "T":
        yield ".T removed", node, program.of(node.value)
    if isinstance(node, ast.Name) and program.is_read(node):
        yield from _of_name(program, node)
    if isinstance(node, ast.Call):
        yield from _of_call(program, node)


def _is_value(program: Program, node: ast.expr) -> bool:
    """Whether a node is the whole right side of a statement, or an operand of a product or sum."""
    parent = program.parents[node]
    return isinstance(parent, (ast.Assign, ast.AugAssign, ast.BinOp, ast.Return))


def _of_binary(program: Program, node: ast.BinOp) -> Iterator[Mutation]:
    left, right = inner(program, node.left), inner(program, node.right)
    for operator in _OPERATORS.get(type(node.op), ()):
        yield "operator", node, f"{left} {operator} {right}"
    yield "operand removed", node, left
    yield "operand removed", node, right
    if isinstance(node.op, (ast.Sub, ast.Div, ast.MatMult)):
        symbol = {ast.Sub: "-", ast.Div: "/", ast.MatMult: "@"}[type(node.op)]
        yield "operands swapped", node, f"{right} {symbol} {left}"
    if isinstance(node.op, ast.Mult):
        yield "operand doubled", node, f"{left} * {left} * {right}"


def _of_name(program: Program, node: ast.Name) -> Iterator[Mutation]:
    if isinstance(program.parents[node], ast.Call) and program.parents[node].func is node:
        return
    names = sorted(
        {
            target.id
            for statement in ast.walk(program.tree)
            if isinstance(statement, ast.Assign)
            for target in ast.walk(statement.targets[0])
            if isinstance(target, ast.Name)
        }
        - {node.id}
    )
    for name in names[:12]:
        yield "name for name", node, name
    yield ".T added", node, f"{node.id}.T"


def _of_call(program: Program, node: ast.Call) -> Iterator[Mutation]:
    for keyword in node.keywords:
        if keyword.arg == "axis" and isinstance(keyword.value, ast.Constant):
            axis = keyword.value.value
            yield "axis", keyword.value, "1" if axis == 0 else "0"
        if keyword.arg == "keepdims":
            yield "keepdims", keyword.value, "False"
    if node.args and len(node.args) == 1 and not node.keywords:
        yield "call removed", node, program.of(node.args[0])
