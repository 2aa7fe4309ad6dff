"""What the forward pass multiplied by, element by element: its way back multiplies by it again.

A dropout mask, a gate, a weight of a sample: the derivative of ``p * q`` by ``p`` is ``q``.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, TypeGuard

import numpy as np

from gradlint.trace.tape import Node

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gradlint.diagnosis.case import Case

Edits = tuple[tuple[ast.expr, str], ...]
_MOST = 12  # factors that are tried for one line


def rescaled(case: Case) -> Iterator[tuple[ast.expr, str, Edits]]:
    """A part of the line that flows back, a factor of the forward pass, the line with it."""
    carriers = {case.node.index, *(n.index for n in case.diagnosis.carriers)}
    parts = [(p, n) for p, n in case.parts() if n is not None and n.index in carriers]
    inner = {id(side) for part, _ in parts for side in factors_of(part)}
    shapes = {node.shape for _, node in parts}
    for factor in _factors(case, shapes):
        for part, node in parts:
            if id(part) in inner or not _fits(case, factor, node.shape):
                continue
            text = ast.unparse(part)
            loose = isinstance(part, ast.BinOp) and not isinstance(part.op, ast.Mult)
            whole = f"({text})" if loose else text
            yield part, factor, ((part, f"{whole} * {factor}"),)


def _factors(case: Case, shapes: set[tuple[int, ...]]) -> Iterator[str]:
    """The texts of forward factors that are known where the line stands."""
    found: dict[str, None] = {}
    for node in reversed(case.step.graph.nodes[: case.node.index]):
        if node.index not in case.diagnosis.forward or node.function is not np.multiply:
            continue
        if node.shape not in shapes or node.index not in case.step.dependent:
            continue
        for factor in node.args[:2]:
            text = _text(case, _unsigned(factor)) if _may_lack(factor, case) else None
            if text is not None:
                found.setdefault(text)
        if len(found) >= _MOST:
            break
    yield from found


def _may_lack(factor: object, case: Case) -> TypeGuard[Node]:
    """Whether a factor is no plain number: an array, or something that is learned itself."""
    return isinstance(factor, Node) and bool(factor.shape or factor.index in case.step.dependent)


def _unsigned(factor: Node) -> Node:
    """A factor without its minus: the sign is that of the value which flows back."""
    negative = factor.function is np.negative and isinstance(factor.args[0], Node)
    return factor.args[0] if negative else factor


def _text(case: Case, factor: Node) -> str | None:
    """A factor's name, or the expression that made it if it still means the same here."""
    name = case.named(factor)
    if name is not None or factor.spot is None or not isinstance(factor.spot.node, ast.expr):
        return name
    values, wanted = case.scene.everywhere(factor.spot.node), case.of(factor)
    if values is None or wanted is None:
        return None
    alike = all(np.array_equal(v, w) for v, w in zip(values, wanted, strict=True))
    return f"({ast.unparse(factor.spot.node)})" if alike else None


def _fits(case: Case, factor: str, shape: tuple[int, ...]) -> bool:
    values = case.scene.everywhere(ast.parse(factor, mode="eval").body)
    if values is None:
        return False
    try:
        return np.broadcast_shapes(values[0].shape, shape) == shape
    except ValueError:
        return False


def factors_of(part: ast.expr) -> list[ast.expr]:
    """The factors of an elementwise product: it is the same to multiply the product."""
    is_product = isinstance(part, ast.BinOp) and isinstance(part.op, ast.Mult)
    return [part.left, part.right] if is_product else []  # type: ignore[attr-defined]
