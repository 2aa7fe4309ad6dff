"""One training step: its parameters, the gradients their updates consume, and what lies between.

The step that is studied is the first one in which every parameter is a value of its own (a
parameter that starts as the integer 0 becomes one in the second step).
"""

from __future__ import annotations

import bisect
import math
from itertools import pairwise, permutations
from typing import TYPE_CHECKING

import numpy as np

from gradlint.reading.graph import Graph, carried, is_scalar
from gradlint.reading.learned import learned
from gradlint.reading.lineage import Lineage, Term, Update
from gradlint.reading.names import Names, distinct
from gradlint.reading.optimisers import SMOOTH, narrowest, preconditioned
from gradlint.reading.rates import Rates
from gradlint.reading.updates import find_lineages
from gradlint.structs import field, struct
from gradlint.trace.tape import Node

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gradlint.trace.tape import Tape


@struct(eq=False)
class Gradient:
    """A value that an update consumes as the gradient of its parameter.

    ``scale`` is the constant between it and the change of the parameter (``-learning_rate``), or
    None where an optimiser stands between the two.  Several places make up one gradient when a
    parameter is updated part by part.  ``by_data`` says that the sign of the scale is that of some
    data, such as a reward, and says nothing.
    """

    terms: tuple[Term, ...]
    scale: float | None
    by_data: bool = False

    @property
    def node(self) -> Node:
        """The (last) value of the gradient."""
        return self.terms[-1].node


@struct(frozen=False, eq=False)
class Parameter:
    """A parameter of the studied step."""

    name: str
    node: Node
    update: Update
    change: tuple[Term, ...] = ()  # the summands of the update that depend on the forward pass
    decay: tuple[Term, ...] = ()  # the summands that are made of the parameter alone
    gradients: list[Gradient] = field(default_factory=list)
    given: tuple[Term, ...] = ()  # numbers that are added at some places beside what was learned
    whole: Gradient | None = None  # with all that the step adds which is made of data alone

    @property
    def gradient(self) -> Gradient:
        """The gradient as the user sees it: the change without its learning rate."""
        known = [g for g in self.gradients[:2] if g.scale is not None]
        return known[-1]

    @property
    def readings(self) -> list[Gradient]:
        """All that may be meant as the gradient, the most likely first."""
        others = [g for g in (*self.gradients, self.whole) if g is not None]
        return [self.gradient, *(g for g in others if g is not self.gradient)]


class Step:
    """The studied step of one tape.

    ``constants`` are values that count as given although they were computed from the parameters:
    other parameters' new values, where two networks learn in turn.  Only updates ``after`` a moment
    are looked at.
    """

    def __init__(
        self,
        graph: Graph,
        lineages: list[Lineage],
        constants: tuple[Node, ...] = (),
        after: int = -1,
    ) -> None:
        self.graph = graph
        self.lineages = lineages
        self.tape: Tape = graph.tape
        self.names = Names(graph.tape)
        chosen = _same_step(graph, [_later(line, after) for line in lineages])
        self.olds = [update.old for update in chosen]
        self.later = graph.descendants([n for u in chosen for n in (u.new, *self._given_up(u))])
        self.end = max(update.new.index for update in chosen)
        self.kept = self._kept_copies()
        self.constants = (*constants, *self.kept)
        self.dependent = self._dependent()
        first = min(old.index for old in self.olds)
        self._rates = Rates(graph, first, self.end, self.dependent)
        own = self.dependent.intersection(range(self.end + 1))
        self._learning = learned(graph, self.olds, own)
        named = [(self._called(line), u) for line, u in zip(lineages, chosen, strict=True)]
        found = [self._parameter(name, update) for name, update in named]
        self.parameters = [parameter for parameter in found if parameter.gradients]
        self._leave_factors()
        labels = distinct([parameter.name for parameter in self.parameters])
        for parameter, label in zip(self.parameters, labels, strict=True):
            parameter.name = label
        self.gradient_nodes = [t.node for p in self.parameters for t in p.change]
        self.backward = graph.ancestors(self.gradient_nodes, cut=self.constants) & self.dependent

    @classmethod
    def of_pair(cls, graph: Graph, parameters: list[Parameter], fed: list[Node]) -> Step:
        """A function pair as a step: nothing is updated, and ``fed`` is what comes from above."""
        step = cls.__new__(cls)
        step.graph, step.tape, step.names = graph, graph.tape, Names(graph.tape)
        step.lineages, step.later, step.constants, step.kept = [], frozenset(), (), []
        step.end = len(graph.tape.nodes)
        step.parameters = parameters
        step.olds = [parameter.node for parameter in parameters]
        step.dependent = set(graph.descendants([*step.olds, *fed]))
        step.gradient_nodes = [t.node for p in parameters for t in p.change]
        step.backward = graph.ancestors(step.gradient_nodes) & step.dependent
        return step

    def _called(self, line: Lineage) -> str:
        """What a parameter is called: ``np.zeros(3)`` handed to a function has its name there."""
        versions = [line.first, *(update.new for update in line.updates)]
        return self.names.of(next((v for v in versions if self.names.has(v)), line.first))

    def _dependent(self) -> set[int]:
        """Everything that the step computes from its parameters.

        Where one of them was computed from another (a layer that learned nothing until now, or was
        updated early), what came before belongs to earlier steps.
        """
        found = self.graph.descendants(self.olds, self.constants)
        news = [o.index for o in self.olds if any(p.index in found for p in o.parents)]
        began = max(news, default=-1)
        return {i for i in found if i > began} | {old.index for old in self.olds}

    def _given_up(self, update: Update) -> list[Node]:
        """What was tried without any influence on the update."""
        used = self.graph.ancestors([update.new]) if update.tried else ()
        return [node for node in update.tried if node.index not in used]

    def _kept_copies(self) -> list[Node]:
        """Copies of parameters that outlive their round: target networks, best weights so far."""
        return [
            reader
            for old in self.olds
            for reader in self.graph.readers[old.index]
            if reader.function in (np.copy, np.array)
            and reader.shape == old.shape
            and (
                any(r.index > self.end for r in self.graph.readers[reader.index])
                or self._round(reader) < self._round(self.graph.nodes[self.end])
            )
        ]

    def states(self, news: list[Node], updates: list[Update]) -> list[Node]:
        """Values older than the first use of ``news`` that carry on and outlive the step.

        What is learned from other parameters only is no parameter of its own: the last layer of a
        critic whose loss is its mean.
        """
        below = self.graph.ancestors([update.new for update in updates])
        end = max(update.new.index for update in updates)
        last = sorted((n for n in news if n.index < end), key=lambda new: new.index)[-1:]
        readers = [r.index for new in last for r in self.graph.readers[new.index]]
        start = min(below.intersection(readers), default=0)
        now = max(self._round(update.new) for update in updates)
        return [
            node
            for node in self.graph.nodes[:start]
            if node.index in self.dependent
            and any(parent.shape == node.shape for parent in carried(node))
            and any(self._round(reader) > now for reader in self.graph.readers[node.index])
        ]

    def _round(self, node: Node) -> int:
        """The round of the outermost loop in which a value was made."""
        return bisect.bisect(self.tape.rounds, node.index)

    def inside(self, node: Node) -> bool:
        """Whether a value depends on the step's parameters and not on their successors."""
        return node.index in self.dependent and node.index not in self.later

    @property
    def own_lineages(self) -> list[Lineage]:
        """What the step's parameters were and become, in this step and in the others."""
        own = {id(parameter.update) for parameter in self.parameters}
        return [line for line in self.lineages if any(id(u) in own for u in line.updates)]

    def is_shared(self, own: Parameter, value: Node, besides: Iterable[Node] = ()) -> bool:
        """Whether something else than the update of one parameter reads a value.

        What an optimiser keeps of it for the next update of the same parameter is no other use.
        """
        graph, update = self.graph, own.update
        used = graph.ancestors([update.new]) | update.path | {node.index for node in besides}
        readers = [r.index for r in graph.readers[value.index] if r.index <= self.end]
        further = [index for index in readers if index not in used]
        if not further:
            return False
        others = graph.ancestors([p.update.new for p in self.parameters if p is not own])
        line = next((line.updates for line in self.lineages if update in line.updates), ())
        kept = graph.ancestors([u.new for u in line if u.new.index > self.end])
        return any(index in others or index not in kept for index in further)

    # -- what an update consumes ------------------------------------------------------------

    def _parameter(self, label: str, update: Update) -> Parameter:
        parameter = Parameter(label, update.old, update)
        learning = self._learning
        if update.plain:
            learning = learning | self._made_for(update)
        change, decay, given = list[Term](), list[Term](), list[Term]()
        for term in _summands(update, learning, self.dependent):
            if term.node.index in learning:
                change.append(term)
            elif term.node.index in self.dependent:
                decay.append(term)
            else:
                given.append(term)
        # ``theta[seen] += rate`` beside ``theta[j] -= rate * p[j]``: one step in two statements.
        if change:
            parameter.given = tuple(t for t in given if t.places and not t.node.shape)
            parameter.whole = Gradient((*change, *given), 1.0) if given else None
        parameter.change, parameter.decay = tuple(change), tuple(decay)
        if change:
            parameter.gradients = self._gradients(parameter, learning)
        return parameter

    def _made_for(self, update: Update) -> set[int]:
        """What an update that learns through no value consumes: arrays of the parameter's shape.

        Or of that of the slice that is moved.
        """
        graph, found = self.graph, set[int]()
        for term in update.terms:
            shape = term.node.shape if term.places else update.old.shape
            nodes = map(graph.nodes.__getitem__, graph.ancestors([term.node], update.old.index))
            found |= {n.index for n in nodes if n.shape == shape and (shape or not n.is_leaf)}
        return found

    def _leave_factors(self) -> None:
        """Leave constants in the gradients, where all updates themselves state one learning rate.

        ``dW = 2 * x.T @ d`` before ``W -= rate * dW`` has no rate of its own beside the others'.
        """
        whole = [p.gradient.scale or 0.0 for p in self.parameters]
        stated = [
            self._without_rates(p, self._learning, _statement(p.update))
            for p in self.parameters
            if p.update.new.spot is not None
        ]
        scales = [g.scale or 0.0 for g in stated if g is not None]
        if len(scales) < max(len(whole), 2) or abs(scales[0]) == 1.0:
            return
        if np.allclose(scales, scales[0]) and not np.allclose(whole, whole[0]):
            for parameter, gradient in zip(self.parameters, stated, strict=True):
                if gradient is not None and gradient.node is not parameter.gradient.node:
                    parameter.gradients[1:2] = [gradient]

    def _gradients(self, parameter: Parameter, learning: set[int]) -> list[Gradient]:
        """The change itself, then what is left of it without constants, then inside optimisers."""
        terms = parameter.change
        found = [Gradient(terms, 1.0)]
        if len({len(t.places) for t in terms}) == 1 and len(terms) > 1 and not terms[0].places:
            return found  # a sum of several changes
        inner = self._without_rates(parameter, learning)
        if inner is not None and (inner.terms[0].node is not terms[0].node or inner.scale != 1.0):
            found.append(inner)
        if len(terms) == 1 and not terms[0].places:
            stated = self._without_rates(parameter, learning, _statement(parameter.update))
            inside = self._through_optimiser(found[-1].node, learning)
            if len(found) > 1 and stated is not None and stated.node is not found[-1].node:
                found.append(stated)
            found += inside
        return found

    def _without_rates(
        self, parameter: Parameter, learning: set[int], within: object = None
    ) -> Gradient | None:
        """A change without its constants (of one statement alone, if it is given as ``within``)."""
        terms, new = parameter.change, parameter.update.new
        peeled = [self._rates.peel(term, learning, new, within) for term in terms]
        scales = [p.scale * p.inner for p in peeled]
        if len({round(scale, 12) for scale in scales}) != 1 and not _are_apart(terms):
            return None
        inner = tuple(  # (each place may have a rate of its own)
            Term(math.copysign(1.0, scale * scales[0]) / p.inner, p.node, term.places)
            for term, p, scale in zip(terms, peeled, scales, strict=True)
        )
        return Gradient(inner, scales[0], peeled[0].by_data)

    def _through_optimiser(self, node: Node, learning: set[int]) -> list[Gradient]:
        """Values of the same shape through which all of the update's learning flows."""
        found: list[Gradient] = []
        current = node
        for _ in range(6):
            below = preconditioned(current) or self._dominator(current, learning)
            if below is None:
                return found
            current = below
            peeled = self._rates.peel(Term(1.0, current), learning).node
            found.append(Gradient((Term(1.0, peeled),), None))
            if peeled is not current:
                found.append(Gradient((Term(1.0, current),), None))
            current = peeled
        return found

    def _by_own_size(self, node: Node) -> Node | None:
        """The gradient in ``gradient * scale`` where the scale was computed from the gradient.

        Either may be a single number: the bias of one unit.
        """
        for inner, scale in permutations(node.parents, 2):
            fits = inner.shape == node.shape and is_scalar(scale) and inner is not scale
            if fits and inner.index in self.graph.ancestors([scale]):
                return inner
        return None

    def _dominator(self, node: Node, learning: set[int]) -> Node | None:
        """The youngest value through which every learning path into ``node`` leads."""
        frontier = {p.index: p for p in node.parents if p.index in learning}
        if node.function not in SMOOTH or not frontier:
            return None
        if node.function in (np.multiply, np.true_divide) and len(frontier) == 2:
            scaled = self._by_own_size(node)  # clipped by the norm of all gradients together
            if scaled is not None:
                return scaled
        return narrowest(frontier, node.shape, learning)


def _are_apart(terms: tuple[Term, ...]) -> bool:
    """Whether each summand has a place of its own in the parameter: ``w[1:]``, and ``w[0]``."""
    places = [term.places[0].index for term in terms if term.places]
    return len(places) == len(terms) == len(set(places))


def _statement(update: Update) -> object:
    return update.new.spot.statement if update.new.spot is not None else None


def _summands(update: Update, learning: set[int], dependent: set[int]) -> Iterator[Term]:
    """The terms of an update; a sum that mixes a decay in is taken apart, in the same statement."""
    for term in update.terms:
        parts = _mixed(term, update, dependent)
        if sum(part.index in learning for part in parts) == 1:
            sign = -1.0 if term.node.function is np.subtract else 1.0
            yield Term(term.coefficient, parts[0])
            yield Term(sign * term.coefficient, parts[1])
        else:
            yield term


def _mixed(term: Term, update: Update, dependent: set[int]) -> list[Node]:
    """Both operands of a sum that stands in the statement of an update, if they are of its size."""
    node, spot = term.node, update.new.spot
    if spot is None or node.spot is None or node.spot.statement is not spot.statement:
        return []
    if node.function not in (np.add, np.subtract) or term.places:
        return []
    parts = [part for part in node.args[:2] if isinstance(part, Node)]
    alike = all(part.index in dependent and part.shape == node.shape for part in parts)
    return parts if len(parts) == 2 and alike else []


def _same_step(graph: Graph, lineages: list[Lineage]) -> list[Update]:
    """For each lineage its update in the first step in which all of them take part.

    A parameter that takes on another shape at its first update (a bias that starts as one number)
    is studied once its shape has settled.
    """
    settled = [_settled(line) for line in lineages]
    youngest = max((updates[0].old for updates in settled), key=lambda node: node.index)
    readers = [r.index for r in graph.readers[youngest.index]]
    start = min(readers, default=youngest.index)
    current = bisect.bisect(graph.tape.rounds, start)
    chosen = []
    for updates in settled:
        before = [update for update in updates if update.new.index <= start]
        later = [update for update in updates if update.new.index > start]
        if before and later and _round(graph, later[0]) > _round(graph, before[-1]) >= current:
            later = before[-1:]  # it had its turn in this round already, in a loop of its own
        chosen.append(later[0] if later else updates[-1])
    return _with_the_last(graph, settled, chosen)


def _with_the_last(
    graph: Graph, lineages: list[list[Update]], chosen: list[Update]
) -> list[Update]:
    """The updates of the step in which the last of the parameters begins to learn.

    Layers that were frozen are set free: their first update belongs together with those updates of
    the others that its gradient has been through, and that have not seen its result.  What adds up
    over several updates of another is not of this kind.
    """
    last = max(chosen, key=lambda update: update.new.index)
    start, below = last.new.index, graph.ancestors([last.new])
    together = []
    for updates, first in zip(lineages, chosen, strict=True):
        earlier = [u for u in updates if first.new.index < u.new.index and u.old.index in below]
        fitting = [u for u in earlier if start not in graph.ancestors([u.new], after=start - 1)]
        together.append(fitting[-1] if fitting else first)
    if together == chosen:
        return chosen
    olds = [update.old for update in together]
    learning = graph.descendants([last.old]) - {last.old.index}
    direct = graph.ancestors([last.new], cut=olds) & learning
    return together if min(direct) > max(old.index for old in olds) else chosen


def _round(graph: Graph, update: Update) -> int:
    """The round of the outermost loop in which an update is made."""
    return bisect.bisect(graph.tape.rounds, update.new.index)


def _later(line: Lineage, after: int) -> Lineage:
    return Lineage([update for update in line.updates if update.new.index > after])


def _settled(line: Lineage) -> list[Update]:
    stable = [update for update in line.updates if update.old.shape == update.new.shape]
    return stable or line.updates


def find_step(tape: Tape) -> Step | None:
    """The first complete training step on a tape, or None if there is none."""
    graph = Graph(tape)
    lineages = find_lineages(graph)
    if not lineages:
        return None
    step = Step(graph, lineages)
    return step if step.parameters else None


def in_turns(step: Step) -> list[Step]:
    """A step for each group of parameters that no round updates together; else the step itself.

    Where the output layer learns in even epochs and the others in odd ones, the second gradient is
    made of what the first update has left: that counts as given.
    """
    groups = _by_rounds(step)
    if not any(_goes_on(step.graph, a, b) for a, b in pairwise(groups)):
        return [step]
    found = []
    for lines in groups:
        others = [line for line in step.own_lineages if line not in lines]
        news = [update.new for line in others for update in line.updates]
        found.append(Step(step.graph, lines, tuple(news)))
    return found if all(one.parameters for one in found) else [step]


def _by_rounds(step: Step) -> list[list[Lineage]]:
    """The parameters of a step in groups that have no round in common, the earliest first."""
    groups: list[tuple[set[int], list[Lineage]]] = []
    for line in step.own_lineages:
        rounds, lines = {_round(step.graph, update) for update in line.updates}, [line]
        for group in [group for group in groups if group[0] & rounds]:
            groups.remove(group)
            rounds, lines = rounds | group[0], lines + group[1]
        groups.append((rounds, lines))
    return [lines for _, lines in sorted(groups, key=lambda group: min(group[0]))]


def _goes_on(graph: Graph, earlier: list[Lineage], later: list[Lineage]) -> bool:
    """Whether updates are made of what others have left, and of nothing older."""
    for line in later:
        new = line.updates[0].new
        made_of = graph.ancestors([new])
        for update in (other.updates[0] for other in earlier):
            if update.new.index in made_of:
                return update.old.index not in graph.ancestors([new], cut=[update.new])
    return False


def next_step(step: Step) -> Step | None:
    """The training step after another one, or None if the tape does not hold all of its updates."""
    if not all(_later(line, step.end).updates for line in step.lineages):
        return None
    following = Step(step.graph, step.lineages, after=step.end)
    if len(following.parameters) != len(step.parameters):
        return None
    pairs = zip(step.parameters, following.parameters, strict=True)
    return (
        None if any(_is_cut_short(own.update, after.update) for own, after in pairs) else following
    )


def _is_cut_short(own: Update, after: Update) -> bool:
    """Whether fewer entries are written in a step than in the one before: the record ends in it."""
    by_entries = any(term.places for term in own.terms)
    return by_entries and len(after.terms) < len(own.terms)
