"""Which loss the backward pass may be following: computed scalars, and losses only implied.

An objective is a linear functional ``Σ ⟨cotangent, value⟩`` of some forward values with the
cotangents frozen: a computed loss with cotangent 1, or the program's own output delta held against
the forward value it claims to be the derivative of.  Its gradient is well defined either way, and
central differences apply to both.
"""

from __future__ import annotations

import bisect
import operator
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from gradlint.reading.alike import Alike
from gradlint.reading.collected import pieces, scaled, stored
from gradlint.reading.families import derivative_of_a_family, linked, softmax_axes
from gradlint.reading.graph import index_at, is_scalar
from gradlint.reading.hinges import is_compared, margins, side_of
from gradlint.reading.measures import made_of_gradients
from gradlint.reading.misfit import is_misfit
from gradlint.reading.residuals import masked, origin, residual, targets_of, weighted
from gradlint.reading.scaled import unscaled
from gradlint.reading.targets import add_up
from gradlint.reading.updates import find_lineages
from gradlint.reading.weights import sample_weights, weighed
from gradlint.structs import struct
from gradlint.trace.primitives import add_at, setitem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gradlint.reading.step import Step
    from gradlint.trace.tape import Node

_LARGE = 100_000
_NORMALISING = {np.subtract, np.true_divide}
_OUTPUTS, _CLASSES = 60, 64  # values that may be outputs, and entries of one
# A scalar that is no loss (an accuracy, a metric) cannot be told from one by its values.
_LOSS = re.compile(
    r"loss|cost|error|nll|bce|mse|sse|entropy|objective|likelihood|log_?lik|^[jlec]$", re.IGNORECASE
)


@struct(eq=False)
class Objective:
    """A candidate for what the backward pass differentiates.

    ``pairs`` holds (value, delta) where delta is None for a computed loss.  ``kind`` of an implied
    one tells what makes it plausible: a residual held against the output it was formed with, or
    against the input of the link function that belongs to it; ``"bare"`` if nothing does.
    ``parts`` has an index for each pair whose derivative is only a part of the delta, ``samples``
    the data that each of them counts by.
    """

    kind: str  # "computed", "bare", "unprinted", or one of the families
    pairs: tuple[tuple[Node, Node | None], ...]
    orientation: float = 1.0  # −1 if the delta points downhill (target − output)
    outputs: tuple[Node, ...] = ()  # where a link function is claimed: what it makes of the values
    flip: float = 1.0  # −1 where the link is taken of the negative value: exp(-X @ w)
    parts: tuple[Any, ...] = ()
    samples: tuple[Node, ...] = ()
    misfit: bool = False  # a computed one that is a distance from targets, by its making
    functions: tuple[str, ...] = ()  # the names of those that give back a computed one
    given: bool = False  # named by the user

    @property
    def is_implied(self) -> bool:
        """Whether it is a loss of a known family that the program only starts from."""
        return self.kind not in ("computed", "bare")

    @property
    def values(self) -> list[Node]:
        """The forward values whose functional this is."""
        return [value for value, _ in self.pairs]

    @property
    def row(self) -> int | None:
        """Where a computed loss stands in the source; None for an implied one."""
        spot = self.values[-1].spot
        return spot.row if self.kind == "computed" and spot is not None else None

    @property
    def has_name(self) -> bool:
        """Whether the last value, or a function that gives it back, is called what losses are."""
        names = (name.rpartition(".")[2] for name in self.values[-1].names)
        return self.has_function or any(map(_LOSS.search, names))

    @property
    def has_function(self) -> bool:
        """Whether a function that gives the last value back is called what losses are."""
        return any(map(_LOSS.search, self.functions))

    @property
    def is_signed_by_data(self) -> bool:
        """Whether its samples count by weights that may be rewards, or costs."""
        return any(np.any(_array(weight.value) < 0) for weight in self.samples)

    @property
    def nodes(self) -> list[Node]:
        """All nodes whose values an evaluation needs."""
        return [n for pair in (*self.pairs, self.samples) for n in pair if n is not None]

    def holds_at(self, values: dict[int, object]) -> bool:
        """Whether the link function that is claimed is there, by the values at one point.

        At a program's own point it may only seem so: at z = 0, sigmoid(z) is sigmoid(−z).
        """
        return all(
            linked(self.flip * _array(values[z.index]), _array(values[a.index])) == self.kind
            for (z, _), a in zip(self.pairs, self.outputs, strict=False)
        )

    def seeds(self, values: dict[int, Any]) -> dict[Node, np.ndarray]:
        """The cotangents that start the reverse pass, taken from the values at one point."""
        seeds: dict[Node, np.ndarray] = {}
        for position, (value, delta) in enumerate(self.pairs):
            shape = np.shape(values[value.index])
            seed = np.ones(shape) if delta is None else np.asarray(values[delta.index], float)
            if self.parts:
                seed = seed[index_at(self.parts[position], values)]
            if self.samples:
                seed = weighed(seed, np.asarray(values[self.samples[position].index], float))
            seeds[value] = seed.reshape(shape) * self.orientation
        return seeds


def computed(step: Step) -> list[Objective]:
    """Scalars that the step computes from all that the forward pass read, latest first."""
    alike = Alike(step.graph.nodes)
    groups = _scalars(step, alike)
    repeated = _made_once_more(step, [group[-1] for group in groups], alike)
    groups = [group for group in groups if group[-1].index not in repeated]
    groups = [g[-1:] if _is_one_value(step, g, alike) else g for g in groups]
    groups += [[value] for g in groups if _is_of_several_calls(g) for value in g]
    ordered = sorted(groups, key=lambda group: (_is_named(group), group[-1].index))
    large = sum(int(np.prod(p.node.shape)) for p in step.parameters) > _LARGE
    most = 4 if large else 12  # each costs a reverse pass
    return [
        Objective(
            "computed",
            tuple((node, None) for node in group),
            misfit=is_misfit(step, group[-1]),
            functions=_functions(step, group[-1]),
        )
        for group in reversed(ordered[-most:])
    ]


def _scalars(step: Step, alike: Alike) -> list[list[Node]]:
    """The floats that a step computes for their own sake, those of one place together."""
    feeds = step.graph.ancestors(step.gradient_nodes)
    used = _used_elsewhere(step, alike, feeds) | made_of_gradients(step)
    used |= margins(step.graph, step.olds)
    learned = _versions(step)  # an entry of a parameter is no loss
    groups: dict[int, list[Node]] = {}
    for index in sorted(step.dependent - step.later - used):
        node = step.graph.nodes[index]
        if not is_scalar(node) or not node.is_float or origin(node).index in learned:
            continue
        feeding = index in feeds and not _only_sets_the_rate(step, node)
        if feeding and not _is_taken_for_a_gradient(step, node):
            continue
        if not (_is_followed(step, node) or _is_a_normaliser(step, node)):
            groups.setdefault(id(node.spot), []).append(node)
    return [_of_its_rounds(step, group) for group in groups.values()]


def _used_elsewhere(step: Step, alike: Alike, feeds: frozenset[int]) -> set[int]:
    """What no gradient of a step is made of, and yet has no purpose of its own.

    An output that is looked up once more to be returned; the delta of a layer that learns in other
    rounds.
    """
    nodes = step.graph.nodes
    fed = alike.numbers(nodes[i] for i in feeds & step.dependent)
    own = {line.first for line in step.lineages}
    others = [line for line in find_lineages(step.graph) if line.first not in own]
    terms = [term.node for line in others for u in line.updates for term in u.terms]
    places = {id(nodes[i].spot) for i in step.graph.ancestors(terms)}
    return {
        i
        for i in step.dependent - feeds
        if id(nodes[i].spot) in places
        or (nodes[i].function is operator.getitem and alike.number(nodes[i]) in fed)
    }


def reused(step: Step) -> Iterator[Objective]:
    """Scalars that are called or made as losses are, and that their own derivative is made with.

    ``root = np.sqrt(np.mean(e**2))`` divides the error, a cosine or a quotient scales a part.
    """
    feeds = step.graph.ancestors(step.gradient_nodes)
    for index in sorted(step.dependent & feeds - step.later - _versions(step), reverse=True):
        node = step.graph.nodes[index]
        if not is_scalar(node) or not node.is_float or not node.names:
            continue
        found = Objective("computed", ((node, None),), misfit=is_misfit(step, node))
        if found.misfit or (found.has_name and residual(step, unscaled(node)) is None):
            yield found


def _versions(step: Step) -> set[int]:
    """The parameters, as the steps read and leave them."""
    updates = [u for line in step.own_lineages for u in line.updates]
    return {i for u in updates for i in (u.old.index, u.new.index, *u.path)}


def _of_its_rounds(step: Step, group: list[Node]) -> list[Node]:
    """The values of one place without those of rounds that a gradient is not made from.

    A parameter that had no turn in one round is read there, and learns from another.  Where a
    part is held constant, so are the values that only it was made with.
    """
    rounds = step.tape.rounds
    made_from = step.graph.ancestors(step.gradient_nodes, cut=step.constants) & step.dependent
    made_from = made_from - {o.index for o in step.olds}
    own = {bisect.bisect(rounds, index) for index in made_from}
    group = [n for n in group if bisect.bisect(rounds, n.index) in own] or group
    if not step.constants or len(group) == 1:
        return group
    return [n for n in group if made_from & step.graph.ancestors([n])] or group


def _only_sets_the_rate(step: Step, node: Node) -> bool:
    """Whether nothing of the backward pass reads a loss, but the step size of the updates does.

    As in a step of Polyak's: ``w -= (loss - best) / (g @ g) * g``.
    """
    changes = {t.node.index for p in step.parameters for t in p.change if t.node.shape}
    stack, seen, sets = [node], {node.index}, False
    while stack and changes:
        for reader in step.graph.readers[stack.pop().index]:
            if reader.index in changes and reader.function in (np.multiply, np.true_divide):
                sets = True
            elif not is_scalar(reader):
                return False
            elif reader.index not in seen:
                seen.add(reader.index)
                stack.append(reader)
    return sets and is_misfit(step, node)


def _is_a_normaliser(step: Step, node: Node) -> bool:
    """Whether an array is shifted or scaled by a number that was made of it: ``z - np.max(z)``."""
    others = [
        p.parents[0] if p.function is operator.getitem else p  # ``W[s]`` may be read once more
        for reader in step.graph.readers[node.index]
        if reader.function in _NORMALISING and reader.shape
        for p in reader.parents
        if p is not node
    ]
    return any(other.index in step.graph.ancestors([node]) for other in others)


def _is_of_several_calls(group: list[Node]) -> bool:
    """Whether a function that is called for the training data, and for others, made them."""
    return 1 < len({node.frame for node in group}) == len(group) <= 3


def _is_one_value(step: Step, group: list[Node], alike: Alike) -> bool:
    """Whether the last value of one place stands for all: a function called again, or a total."""
    return (len(group) > 1 and len(alike.numbers(group)) == 1) or _is_total(step, group)


def _made_once_more(step: Step, values: list[Node], alike: Alike) -> set[int]:
    """Values that the backward pass reads as they are made again under the same name.

    So are those on the way to them.
    """
    named = {tuple(n.names): n for n in values if n.names and n.index not in step.backward}
    found = []
    for node in map(step.graph.nodes.__getitem__, step.backward if named else ()):
        other = named.get(tuple(node.names))
        if other is not None and is_scalar(node) and alike.number(node) == alike.number(other):
            found.append(other)
    return set(step.graph.ancestors(found)) if found else set()


def _is_total(step: Step, group: list[Node]) -> bool:
    """Whether the last value of one place is a running total: it holds others of them."""
    below = step.graph.ancestors(group[-1:], group[0].index - 1)
    return any(node.index in below for node in group[:-1])


def _is_taken_for_a_gradient(step: Step, node: Node) -> bool:
    """Whether a distance from targets, with a name, goes into one gradient of several."""
    if not node.names or len(step.parameters) < 2 or not is_misfit(step, node):
        return False
    reach = step.graph.descendants([node])
    fed = [p for p in step.parameters if any(t.node.index in reach for t in p.change)]
    return len(fed) == 1


def _functions(step: Step, value: Node) -> tuple[str, ...]:
    """The names of the functions that give a value back."""
    calls = [call.function for call in step.tape.invocations if call.result is value]
    return tuple(getattr(function, "__name__", "") for function in calls)


def _is_named(group: list[Node]) -> bool:
    return any(node.names for node in group)


def _is_followed(step: Step, node: Node) -> bool:
    """Whether a scalar is only a stage of a later scalar made of it by a constant alone."""
    readers = [r for r in step.graph.readers[node.index] if step.inside(r) and is_scalar(r)]
    if node.names or len(readers) != 1:
        return False
    others = [p for p in readers[0].parents if p is not node]
    return not any(p.index in step.dependent for p in others)


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
        axes = softmax_axes(flip * _array(inputs[-1].value), _array(outputs[-1].value))
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
    value = _array(output.value)
    reach = step.graph.ancestors([stored(output)]) & step.dependent
    found = []
    for index in sorted(reach, reverse=True)[1:40]:
        node = step.graph.nodes[index]
        if node.shape != output.shape or node.value is None or not node.is_float:
            continue
        for flip in (1.0, -1.0):
            kind = linked(flip * _array(node.value), value)
            if kind is not None:
                found.append((node, kind, flip))
    return found[:6]


def _array(value: object) -> np.ndarray:
    return np.asarray(value, dtype=float)


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
