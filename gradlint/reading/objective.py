"""Which loss the backward pass may be following: the scalars that a step computes.

An objective is a linear functional ``Σ ⟨cotangent, value⟩`` of some forward values with the
cotangents frozen: a computed loss with cotangent 1, or the program's own output delta held against
the forward value it claims to be the derivative of.  Its gradient is well defined either way, and
central differences apply to both.
"""

from __future__ import annotations

import bisect
import operator
import re
from typing import TYPE_CHECKING, Any

import numpy as np

from gradlint.reading.alike import Alike
from gradlint.reading.families import linked
from gradlint.reading.graph import index_at, is_scalar
from gradlint.reading.hinges import margins
from gradlint.reading.measures import made_of_gradients
from gradlint.reading.misfit import is_misfit
from gradlint.reading.residuals import origin, residual
from gradlint.reading.scaled import unscaled
from gradlint.reading.updates import find_lineages
from gradlint.reading.weights import weighed
from gradlint.structs import struct

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gradlint.reading.step import Step
    from gradlint.trace.tape import Node

_LARGE = 100_000
_NORMALISING = {np.subtract, np.true_divide}
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
        return any(np.any(as_floats(weight.value) < 0) for weight in self.samples)

    @property
    def nodes(self) -> list[Node]:
        """All nodes whose values an evaluation needs."""
        return [n for pair in (*self.pairs, self.samples) for n in pair if n is not None]

    def holds_at(self, values: dict[int, object]) -> bool:
        """Whether the link function that is claimed is there, by the values at one point.

        At a program's own point it may only seem so: at z = 0, sigmoid(z) is sigmoid(−z).
        """
        return all(
            linked(self.flip * as_floats(values[z.index]), as_floats(values[a.index])) == self.kind
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
    groups += [[value] for g in groups if _is_of_several_calls(step, g) for value in g]
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


def _is_of_several_calls(step: Step, group: list[Node]) -> bool:
    """Whether a function was called for the training data and for others: of one model as it is."""
    if not 1 < len({node.frame for node in group}) == len(group) <= 3:
        return False
    own = step.dependent - {old.index for old in step.olds}
    made_of = [step.graph.ancestors([node]) & own for node in group]
    return sum(map(len, made_of)) == len(frozenset[int]().union(*made_of))


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


def as_floats(value: object) -> np.ndarray:
    """A recorded value as an array of floats."""
    return np.asarray(value, dtype=float)
