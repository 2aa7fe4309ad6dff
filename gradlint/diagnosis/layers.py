"""The activations around a line: which forward values are the output of which activation of what.

Found by value on the tape.  A line may be about any layer whose input or output it can name; which
one it is about follows from what makes the gradients right.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import numpy as np

from gradlint.structs import struct
from gradlint.truth.activations import ACTIVATIONS, recognise

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gradlint.diagnosis.case import Case
    from gradlint.trace.tape import Node
    from gradlint.truth.activations import Activation
    from gradlint.truth.study import Study

_DEPTH = 6  # operations between the input of a written-out activation and its output
_EVEN = {"sigmoid", "tanh"}  # whose slope at −z is that at z
_MOST = 8  # layers that are tried for one line


@struct(eq=False)
class Layer:
    """An activation: its name and formulas, the value it is given and the value it makes."""

    activation: Activation
    z: Node
    a: Node


# What each value is the output or the input of, found once for each study.
_KNOWN: WeakKeyDictionary[Study, dict[tuple[str, int], Layer | None]] = WeakKeyDictionary()
_LISTED: WeakKeyDictionary[Case, list[Layer]] = WeakKeyDictionary()


def layers(case: Case) -> list[Layer]:
    """The layers a line may be about, the likeliest first."""
    if case not in _LISTED:
        _LISTED[case] = _list(case)
    return _LISTED[case]


def _list(case: Case) -> list[Layer]:
    found: list[Layer] = []
    if case.activation is not None and case.activation[0].name != "identity":
        found.append(Layer(*case.activation))
    for node in _mentioned(case):
        layer = _known(case, node, "made", _made) or _known(case, node, "given", _given)
        if layer is not None and all(layer.a is not other.a for other in found):
            found.append(layer)
        if len(found) >= _MOST:
            break
    return found


def _mentioned(case: Case) -> Iterator[Node]:
    """Forward values that the line names, then those of the size of its value or of a part of it.

    In ``X.T @ (d @ W2.T)`` it is the inner product that goes through a layer.
    """
    forward, seen = case.diagnosis.forward, set()
    carriers = {node.index for node in case.diagnosis.carriers}
    sizes = {int(np.prod(case.node.shape))}
    for _, node in case.parts():
        if node is not None and node.index in forward and node.index not in seen:
            seen.add(node.index)
            yield node
        if node is not None and node.index in carriers:
            sizes.add(int(np.prod(node.shape)))
    for node in reversed(case.scene.names.values()):
        fits = node.index in forward and int(np.prod(node.shape)) in sizes - {1}
        if fits and node.index not in seen:
            seen.add(node.index)
            yield node


def _known(
    case: Case, node: Node, side: str, find: Callable[[Case, Node], Layer | None]
) -> Layer | None:
    known = _KNOWN.setdefault(case.study, {})
    key = side, node.index
    if key not in known:
        known[key] = find(case, node)
    return known[key]


def _made(case: Case, a: Node) -> Layer | None:
    """The layer that a value is the output of."""
    after = case.of(a)
    if after is None:
        return None
    frontier = [a]
    for _ in range(_DEPTH):
        frontier = [p for n in frontier for p in n.parents if _is_inside(case, p, a)]
        for z in frontier:
            layer = _recognised(case, z, a)
            if layer is not None:
                return layer
    return None


def _given(case: Case, z: Node) -> Layer | None:
    """The layer that a value is the input of."""
    frontier = [z]
    for _ in range(_DEPTH):
        readers = [r for n in frontier for r in case.step.graph.readers[n.index]]
        frontier = [r for r in readers if _is_inside(case, r, z)][:_MOST]
        for a in frontier:
            layer = _recognised(case, z, a)
            if layer is not None:
                return layer
    return None


def _is_inside(case: Case, node: Node, other: Node) -> bool:
    return (
        node.index in case.diagnosis.forward
        and node.index in case.step.dependent
        and node.shape == other.shape
    )


def _recognised(case: Case, z: Node, a: Node) -> Layer | None:
    before, after = case.of(z), case.of(a)
    if before is None or after is None or z is a:
        return None
    found = recognise(before[0], after[0])
    if found is None:  # `1 / (1 + np.exp(-x @ W))` makes −x @ W, and its slope is the same there
        turned = recognise(-before[0], after[0])
        if turned is not None and turned.name in _EVEN:
            other = recognise(-before[-1], after[-1])
            return Layer(turned, z, a) if other is turned else None
    if found is None or found.name == "identity":
        return None
    other = recognise(before[-1], after[-1])  # a leaky slope that fits one point by chance
    return Layer(found, z, a) if other is not None and other.name == found.name else None


# -- where a line speaks of a value ---------------------------------------------------------------


def places(case: Case, node: Node) -> list[ast.expr]:
    """The parts of a line whose value is that of a forward node, the largest ones only."""
    wanted = case.of(node)
    found: list[ast.expr] = []
    if wanted is None:
        return found
    for part, own in case.parts():
        inside = any(part is inner for whole in found for inner in ast.walk(whole))
        if inside or own is None or own.shape != node.shape:
            continue
        if own is node or _equal(case.of(own), wanted):
            found.append(part)
    return found


def _equal(values: list[np.ndarray] | None, wanted: list[np.ndarray]) -> bool:
    if values is None:
        return False
    return all(
        v.shape == w.shape and np.allclose(v, w, rtol=1e-10, atol=0)
        for v, w in zip(values, wanted, strict=True)
    )


def factors(part: ast.expr) -> list[ast.expr]:
    """The factors of a product, in order; the part itself if it is none."""
    if isinstance(part, ast.BinOp) and isinstance(part.op, ast.Mult):
        return [*factors(part.left), *factors(part.right)]
    return [part]


def product(parts: list[ast.expr]) -> ast.expr:
    """The product of some factors, in order."""
    whole = parts[0]
    for part in parts[1:]:
        whole = ast.BinOp(whole, ast.Mult(), part)
    return whole


def shortened(case: Case) -> Iterator[tuple[ast.expr, ast.expr, ast.expr]]:
    """Every product of the line with its last factor, or its last two, left out.

    The product, what stays of it, and what was left out.
    """
    for part, _ in case.parts():
        chain = factors(part)
        for count in (1, 2):
            if len(chain) > count:
                yield part, product(chain[:-count]), product(chain[-count:])


def slope_of(case: Case, part: ast.expr) -> Layer | None:
    """The layer whose derivative a part of the line is, at its input or its output."""
    values = case.scene.everywhere(part)
    for layer in layers(case) if values is not None else ():
        before = case.of(layer.z)
        if before is not None and values is not None:
            with np.errstate(all="ignore"):
                slopes = [np.asarray(layer.activation.slope(value)) for value in before]
            if _equal(values, slopes):
                return layer
    return None


def stray_slope(case: Case, part: ast.expr) -> Activation | None:
    """The activation whose derivative a part of the line is, at a value that is not its output."""
    values = case.scene.everywhere(part)
    inside = {id(p) for p in ast.walk(part)}
    for own, node in case.parts() if values is not None else ():
        at = case.of(node) if node is not None and id(own) in inside else None
        if at is None or values is None or node is None or node.index not in case.diagnosis.forward:
            continue
        for activation in ACTIVATIONS:
            if activation.from_output is None or activation.name in ("exp", "relu"):
                continue
            with np.errstate(all="ignore"):
                if _equal(values, [np.asarray(activation.from_output(value)) for value in at]):
                    return activation
    return None
