"""The right expression of a cotangent in the user's own names: reverse mode over forward lines.

A proposal is only shown if, evaluated with the values of the tape, it is the right value.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import numpy as np

from gradlint.diagnosis.missing_paths import written
from gradlint.source.edits import bracketed, transposed
from gradlint.trace.tape import Node

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gradlint.diagnosis.case import Case


def derived(case: Case) -> str:
    """A checked right-hand side for the suspect's line, in backticks, or an empty text."""
    if case.role is None or case.right is None:
        return ""
    for text in dict.fromkeys(proposals(case)):  # each round of a loop proposes the same
        if _is_right(case, text):
            return f"`{text}`"
    return ""


def _is_right(case: Case, text: str) -> bool:
    from gradlint.diagnosis.claims import matches

    try:
        expression = case.parse(text)
    except SyntaxError:
        return False
    values = case.computes(expression)
    return values is not None and matches(case, values)


def proposals(case: Case) -> Iterator[str]:
    """Candidates for the right expression, from the forward operations that read the role."""
    for upstream, identity in case.suspect.upstream.items():
        name = case.named(upstream) or _text_of(case, upstream)
        if name is None:
            continue
        yield from _through(case, case.role, identity.value, name)


def _text_of(case: Case, node: Node) -> str | None:
    for part, value in case.parts():
        if value is node:
            return ast.unparse(part)
    return None


def _through(case: Case, role: Node | None, above: Node, name: str) -> Iterator[str]:
    """Ways to carry ``name`` = ∂L/∂above over to ∂L/∂role."""
    if role is None:
        return
    if role is above:
        yield name
    found = case.activation
    if found is not None:
        activation, z, a = found
        for text, node in ((activation.output_text, a), (activation.text, z)):
            argument = case.named(node)
            if text and argument:
                slope = text.format(x=argument)
                yield (
                    f"{bracketed(name)} * ({slope})"
                    if not slope.startswith("(")
                    else f"{bracketed(name)} * {slope}"
                )
    for reader in case.step.graph.readers[role.index]:
        if reader.function in (np.dot, np.matmul):
            yield from _through_product(case, reader, role, name)
        elif reader.function in (np.add, np.subtract):
            yield from _through_sum(name)


def _through_product(case: Case, product: Node, role: Node, name: str) -> Iterator[str]:
    left, right = product.args[0], product.args[1]
    wrapped = bracketed(name)
    if right is not role and isinstance(right, Node):
        other = case.named(right) or _transposed_name(case, right)
        if other:
            yield written(case, wrapped, transposed(other))
            yield f"np.outer({name}, {other})"
            yield f"{wrapped} * {other}"
    if left is not role and isinstance(left, Node):
        other = case.named(left) or _transposed_name(case, left)
        if other:
            yield written(case, transposed(other), wrapped)
            yield f"np.outer({other}, {name})"
            yield f"{other} * {wrapped}"


def _transposed_name(case: Case, node: Node) -> str | None:
    if node.function is np.transpose and isinstance(node.args[0], Node):
        inner = case.named(node.args[0])
        return None if inner is None else f"{inner}.T"
    return None


def _through_sum(name: str) -> Iterator[str]:
    yield name
    for axis in (0, 1):
        yield f"np.sum({name}, axis={axis}, keepdims=True)"
        yield f"np.sum({name}, axis={axis})"
    yield f"np.sum({name})"
