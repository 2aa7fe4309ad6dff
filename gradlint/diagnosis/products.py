"""The product that makes a weight gradient of a layer's delta, as source text.

``z = a @ W`` gives ``∂L/∂W = a.T @ ∂L/∂z``.  Which side the weights stand on, whether they are
transposed and how the program writes its products is read off the forward pass.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import numpy as np

from gradlint.diagnosis.aliases import taken_under
from gradlint.diagnosis.identify import proportion
from gradlint.diagnosis.line import Scene
from gradlint.findings import Edit, Fix
from gradlint.source.edits import transposed
from gradlint.trace.tape import Node

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gradlint.diagnosis.case import Case

_PRODUCTS = {np.dot, np.matmul}


def multiplied(case: Case) -> Fix | None:
    """The edit that multiplies a delta by the layer's input where an update takes it as it is."""
    own = case.suspect.parameter
    if own is None:
        return None
    new = own.parameter.update.new
    if new.spot is None or case.node.spot is None:
        return None
    alias = taken_under(case, new.spot.statement)
    if alias is not None:
        place: ast.expr | None = alias.value
        file, scene = case.node.spot.file, case.scene
    else:
        place = _taken(new.spot.statement, case.node.names)
        file, scene = new.spot.file, Scene(case.study, new, case.recording.namespace)
    if place is None:
        return None
    delta = ast.unparse(place)
    for layer in case.step.graph.readers[own.parameter.node.index]:
        for product, turned in _products(case, layer):
            text = _gradient(case, product, layer, turned=turned, delta=delta, scene=scene)
            if text is not None:
                inside = isinstance(file.parents.get(place), ast.BinOp | ast.UnaryOp)
                new_text = f"({text})" if inside and " @ " in text else text
                edit = Edit(file.site(place), new_text)
                return Fix(f"write `{text}` instead of `{delta}`", (edit,))
    return None


def _taken(update: ast.stmt, names: list[str]) -> ast.expr | None:
    """Where an update takes a value by one of its names."""
    used = [e for e in ast.walk(update) if isinstance(e, ast.expr) and _is_read(e)]
    here = [e for e in used if ast.unparse(e) in names]
    return here[0] if len(here) == 1 else None


def _is_read(expression: ast.expr) -> bool:
    named = isinstance(expression, ast.Name | ast.Attribute | ast.Subscript)
    return named and isinstance(expression.ctx, ast.Load)  # type: ignore[attr-defined]


def _products(case: Case, layer: Node) -> Iterator[tuple[Node, bool]]:
    """The forward products that read a parameter, and whether they read it transposed."""
    if layer.function in _PRODUCTS and layer.index in case.diagnosis.forward:
        yield layer, False
    elif layer.function is np.transpose:
        for reader in case.step.graph.readers[layer.index]:
            if reader.function in _PRODUCTS and reader.index in case.diagnosis.forward:
                yield reader, True


def _gradient(
    case: Case, product: Node, layer: Node, *, turned: bool, delta: str, scene: Scene
) -> str | None:
    """The text of the gradient, if the delta is the cotangent of this product."""
    weights = layer if turned else case.suspect.role
    left, right = product.args[:2]
    truth = case.truth(product)
    if truth is None or proportion(case.user[0].squeeze(), truth[0].squeeze()) is None:
        return None
    on_the_right = right is weights
    other = left if on_the_right else right
    name = _called(other, scene)
    if name is None or not isinstance(other, Node):
        return None
    if len(other.shape) == 1:
        pair = (name, delta) if on_the_right != turned else (delta, name)
        return f"np.outer({', '.join(pair)})"
    one, two = (transposed(name), delta) if on_the_right else (delta, transposed(name))
    if turned:
        one, two = transposed(two), transposed(one)
    at = product.spot is not None and isinstance(product.spot.node, ast.BinOp)
    return f"{one} @ {two}" if at else f"np.dot({one}, {two})"


def _called(node: object, scene: Scene) -> str | None:
    """What a forward value is called where the update stands."""
    found = [name for name, value in scene.names.items() if value is node]
    if found:
        return min(found, key=lambda name: (name.count("."), len(name)))
    if isinstance(node, Node) and node.function is np.transpose and len(node.args) == 1:
        below = _called(node.args[0], scene)
        return None if below is None else transposed(below)
    return None
