"""Losses that a backward pass only implies: what its errors are the derivative of.

A residual is held against the output that it was made with, or against the input of the link that
belongs to it; a comparison with a number implies a hinge.  What fits nothing is a bare delta.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from gradlint.reading.collected import pieces, scaled, stored
from gradlint.reading.families import derivative_of_a_family, linked, softmax_axes
from gradlint.reading.hinges import is_compared, side_of
from gradlint.reading.objective import Objective, as_floats, computed
from gradlint.reading.residuals import masked, residual, targets_of, weighted
from gradlint.reading.scaled import unscaled
from gradlint.reading.targets import add_up
from gradlint.reading.weights import sample_weights
from gradlint.structs import struct
from gradlint.trace.primitives import add_at, setitem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gradlint.reading.step import Step
    from gradlint.trace.tape import Node

_OUTPUTS, _CLASSES = 60, 64  # values that may be outputs, and entries of one


def implied(step: Step) -> Iterator[Objective]:
    """Losses whose derivative the program starts from without computing them."""
    groups = _residuals(step)
    for group in groups:
        yield from _natural(step, group)
    for group in groups:
        parts = [(output, masked(step, delta), sign) for output, delta, sign in group]
        known = [(output, delta, sign) for output, delta, sign in parts if delta is not None]
        if len(known) == len(group):
            yield from _natural(step, known)
    for group in groups:
        yield from _piecewise(step, group)
    for group in groups:
        for weights in sample_weights(step, group):
            for found in _natural(step, group):
                yield replace(found, samples=weights)
    yield from seen_beside(step)
    yield from _by_formula(step)
    yield from _by_thresholds(step)
    for group in groups:
        yield from _longer(step, [delta for _, delta, _ in group])


@struct(eq=False)
class Seen(Objective):
    """A loss of which the step subtracts what is expected and adds what was seen, in two parts.

    No residual is ever formed: the ``target`` is one of the classes, or data.
    """

    target: np.ndarray | None = None

    def seeds(self, values: dict[int, Any]) -> dict[Node, np.ndarray]:
        """The cotangents that start the reverse pass: what is expected without what was seen."""
        (value, _), output = self.pairs[0], self.outputs[0]
        expected = np.asarray(values[output.index], dtype=float) - self.target
        return {value: expected.reshape(np.shape(values[value.index]))}


def seen_beside(step: Step) -> Iterator[Objective]:
    """Losses of outputs that the gradients take up as they are, beside a part made of data."""
    wholes = [p.whole.terms for p in step.parameters if p.whole is not None]
    if len(wholes) < len(step.parameters):
        return
    made_of = step.graph.ancestors([t.node for terms in wholes for t in terms]) - step.dependent
    data = [n for n in map(step.graph.nodes.__getitem__, sorted(made_of)) if n.shape]
    for output, value, kind in _made_by_links(step):
        targets = [n.value for n in data if n.shape == output.shape]
        targets += list(np.eye(int(np.prod(output.shape))).reshape(-1, *output.shape))
        for target in targets:
            yield Seen(kind, ((value, None),), outputs=(output,), target=np.asarray(target, float))


def _made_by_links(step: Step) -> Iterator[tuple[Node, Node, str]]:
    """Outputs that the backward pass reads, what a link made them of, and the loss it implies."""
    for index in sorted(step.backward, reverse=True)[:_OUTPUTS]:
        output = step.graph.nodes[index]
        if output.is_float and 0 < int(np.prod(output.shape)) <= _CLASSES:
            for value, kind, flip in link_inputs(step, output)[:1]:
                if flip > 0:
                    yield output, value, kind


def _by_formula(step: Step) -> Iterator[Objective]:
    """Losses whose derivative a value is by its own formula: the sign of a residual, a clip."""
    groups: dict[tuple[int, float, str], list[tuple[Node, Node]]] = {}
    for index in sorted(step.backward):
        node = step.graph.nodes[index]
        found = derivative_of_a_family(step, node) if node.is_float else None
        if found is not None and found[0].shape == node.shape:
            output, sign, kind = found
            groups.setdefault((id(node.spot), sign, kind), []).append((output, node))
    for (_, sign, kind), pairs in groups.items():
        yield Objective(kind, tuple(pairs), sign)


def _by_thresholds(step: Step) -> Iterator[Objective]:
    """Hinges: what is found on one side of a threshold, sample after sample."""
    groups: dict[tuple[int, float], list[Node]] = {}
    changes = [term.node.value for p in step.parameters for term in p.change]
    if not all(np.any(change) for change in changes):
        return  # what is on the right side moves nothing
    for decision in step.tape.decisions:
        if decision.index in step.dependent and decision.index not in step.later:
            side = side_of(decision)
            if side is not None:
                groups.setdefault((id(decision.spot), side[1]), []).append(side[0])
    for (_, sign), values in groups.items():
        yield Objective("hinge", tuple((value, None) for value in values), sign)
        if len(values) > 1:  # those before it were on their side, and right
            yield Objective("hinge", ((values[-1], None),), sign)


def _is_decay(step: Step, output: Node, error: Node) -> bool:
    """Whether what data are taken from is a parameter of a hinge: ``2 * lam * w - y * x``."""
    inner = unscaled(output)
    return inner in step.olds and is_compared(step.graph, inner, error)


def _longer(step: Step, residuals: list[Node]) -> Iterator[Objective]:
    """``e = target - a - b``: the error is a value of its own, and ½ Σ e² its loss.

    What is made of the target is no output, and takes no part in an error beside it.
    """
    targets = {t.index for delta in residuals for t in targets_of(step, delta)}
    for _ in range(4):
        further = [_continued(step, node, targets) for node in residuals]
        residuals = [r for r in further if r is not None]
        if not residuals or len(residuals) < len(further) or residuals[0].spot is None:
            return
        if any(r.spot is not residuals[0].spot for r in residuals):
            return
        yield Objective("squared-error", tuple((r, r) for r in residuals))


def _continued(step: Step, node: Node, targets: set[int]) -> Node | None:
    """The sum of an error and another output, which is no error from the ``targets`` itself."""
    for reader in step.graph.readers[node.index]:
        if reader.function in (np.add, np.subtract) and reader.shape == node.shape:
            others = [p for p in reader.parents if p is not node]
            learns = all(p.index in step.dependent for p in others)
            fresh = learns and not step.graph.ancestors(others) & targets
            if reader.index in step.backward and fresh:
                return reader
    return None


def bare(step: Step) -> Iterator[Objective]:
    """Deltas of the backward pass, each held against forward values of its shape."""
    shown = step.graph.ancestors([v for o in computed(step) for v in o.values])
    for group in _common(step)[:16]:
        yield from _bare(step, group, shown)


def _residuals(step: Step) -> list[list[tuple[Node, Node, float]]]:
    """(output, residual, sign) for every output that is compared with a target, by place."""
    groups: dict[tuple[object, ...], dict[int, tuple[Node, Node, float]]] = {}
    for index in sorted(step.backward):
        node = step.graph.nodes[index]
        if node.function not in (np.subtract, setitem, add_at) or not node.is_float:
            continue
        found = residual(step, node)
        if found is not None and not _is_decay(step, found[0], node):
            output, sign = found
            # Times a reward it is another loss; times an input, where both are numbers, the same.
            for delta in dict.fromkeys((weighted(step, node), node)):
                if delta is not node or not output.shape or weighted(step, node) is node:
                    key = id(delta.spot), delta.function, sign
                    groups.setdefault(key, {})[output.index] = (output, delta, sign)
    return [list(group.values()) for group in groups.values()]


def _common(step: Step) -> list[list[Node]]:
    """Values that most gradients depend on, grouped by the place that made them, latest first."""
    counts: dict[int, int] = {}
    for parameter in step.parameters:
        reach = step.graph.ancestors([t.node for t in parameter.change]) & step.dependent
        spots = {id(step.graph.nodes[i].spot) for i in reach}
        for spot in spots:
            counts[spot] = counts.get(spot, 0) + 1
    need = max(counts.values(), default=0)
    groups: dict[int, list[Node]] = {}
    # What an update consumes is a gradient already: held against itself anything would be right.
    taken = {t.node.index for p in step.parameters for g in p.gradients for t in g.terms}
    for index in sorted(step.backward - taken):
        node = step.graph.nodes[index]
        if node.spot is not None and node.is_float and counts.get(id(node.spot), 0) >= need:
            groups.setdefault(id(node.spot), []).append(node)
    return sorted(groups.values(), key=lambda group: -group[0].index)


def _natural(step: Step, group: list[tuple[Node, Node, float]]) -> Iterator[Objective]:
    """A residual as ∂/∂output of a squared error, or as ∂/∂input of its canonical link."""
    orientation = group[0][2]
    if all(output.shape == delta.shape for output, delta, _ in group):
        yield Objective("squared-error", tuple((o, d) for o, d, _ in group), orientation)
    outputs = tuple(output for output, _, _ in group)
    for inputs, kind, flip in _common_links(step, outputs):
        pairs = tuple((z, delta) for z, (_, delta, _) in zip(inputs, group, strict=True))
        axes = softmax_axes(flip * as_floats(inputs[-1].value), as_floats(outputs[-1].value))
        if axes and not all(add_up(step, output, delta, axes) for output, delta, _ in group):
            continue  # a softmax over the samples
        if all(z.shape == delta.shape for z, delta in pairs):
            yield Objective(kind, pairs, orientation * flip, outputs, flip)


def _piecewise(step: Step, group: list[tuple[Node, Node, float]]) -> Iterator[Objective]:
    """A residual of outputs that were gathered, or residuals that are gathered afterwards."""
    orientation = group[0][2]
    whole = [(*piece, delta) for output, delta, _ in group for piece in pieces(output)]
    stages = [[(piece, delta, part) for piece, part, delta in whole]] if whole else []
    stages += [
        [(output, *where) for (output, _, _), where in zip(group, found, strict=True)]
        for found in scaled(step, [delta for _, delta, _ in group])
    ]
    for stage in stages:
        outputs = tuple(output for output, _, _ in stage)
        parts = tuple(part for _, _, part in stage)
        if stage[0][1] is not group[0][1]:
            pairs = tuple((output, delta) for output, delta, _ in stage)
            yield Objective("squared-error", pairs, orientation, parts=parts)
        for inputs, kind, flip in _common_links(step, outputs):
            pairs = tuple((z, delta) for z, (_, delta, _) in zip(inputs, stage, strict=True))
            yield Objective(kind, pairs, orientation * flip, outputs, flip, parts)


def _common_links(step: Step, outputs: tuple[Node, ...]) -> Iterator[tuple[list[Node], str, float]]:
    """Places whose values are the inputs of one link function for all of the outputs."""
    for example, kind, flip in link_inputs(step, outputs[0]):
        inputs = [
            next(
                (
                    z
                    for z, k, f in link_inputs(step, output)
                    if z.spot is example.spot and (k, f) == (kind, flip)
                ),
                None,
            )
            for output in outputs
        ]
        found = [z for z in inputs if z is not None]
        if len(found) == len(outputs):
            yield found, kind, flip


def link_inputs(step: Step, output: Node) -> list[tuple[Node, str, float]]:
    """Values z of which an output may be sigmoid(±z), softmax(±z) or exp(±z), youngest first.

    Each with the loss that belongs to the link, and the sign.
    """
    if output.value is None:
        return []
    value = as_floats(output.value)
    reach = step.graph.ancestors([stored(output)]) & step.dependent
    found = []
    for index in sorted(reach, reverse=True)[1:40]:
        node = step.graph.nodes[index]
        if node.shape != output.shape or node.value is None or not node.is_float:
            continue
        for flip in (1.0, -1.0):
            kind = linked(flip * as_floats(node.value), value)
            if kind is not None:
                found.append((node, kind, flip))
    return found[:6]


def _bare(step: Step, group: list[Node], shown: frozenset[int]) -> Iterator[Objective]:
    """Any delta against the youngest forward values of its shape that it was computed from.

    What a scalar is made of that the program computes comes first: it belongs to the forward pass.
    """
    delta = group[-1]
    reach = step.graph.ancestors([delta]) & step.dependent
    tried: set[int] = set()
    for index in sorted(reach, key=lambda i: (i not in shown, -i)):
        value = step.graph.nodes[index]
        if value is delta or value.shape != delta.shape or id(value.spot) in tried:
            continue
        if value.spot is None:
            continue
        if not value.is_float or any(value is p.node for p in step.parameters):
            continue
        tried.add(id(value.spot))
        pairs = _paired(step, group, value)
        if pairs is not None:
            yield Objective("bare", pairs)
        if len(tried) >= 8:
            return


def _paired(step: Step, group: list[Node], example: Node) -> tuple[tuple[Node, Node], ...] | None:
    """Each delta of a group with the youngest value of one place that it was computed from."""
    pairs = []
    for delta in group:
        reach = step.graph.ancestors([delta]) & step.dependent
        same = [i for i in reach if step.graph.nodes[i].spot is example.spot]
        if not same:
            return None
        value = step.graph.nodes[max(same)]
        if value.shape != delta.shape:
            return None
        pairs.append((value, delta))
    return tuple(pairs)
