"""What a computed scalar is to the program: a statement of its loss, a metric, a part of a loss.

A statement binds: where the program computes a loss of the very outputs its backward pass starts
from, and of the same targets, the backward pass is held to it, whatever other loss fits.  A metric
binds nothing, by its formula; a name makes no statement, it only strengthens one.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from gradlint.reading.alike import Alike
from gradlint.reading.families import FAMILIES
from gradlint.reading.names import is_called_a_gradient
from gradlint.reading.residuals import targets_of
from gradlint.reading.scaled import unscaled
from gradlint.trace.replay import Unrepeatable, ancestors
from gradlint.truth.evaluate import TOLERANCE, same

if TYPE_CHECKING:
    from gradlint.reading.objective import Objective
    from gradlint.trace.tape import Node
    from gradlint.truth.evaluate import Evaluation
    from gradlint.truth.study import Study

# What a formula does that is watched and not differentiated: it counts, compares, or measures a
# distance in the units of the outputs.
_WATCHED = {
    np.absolute, np.fabs, np.sqrt, np.argmax, np.argmin, np.sign, np.round, np.rint, np.floor,
    np.count_nonzero, np.equal, np.not_equal, np.median, np.linalg.norm, np.std, np.corrcoef,
}  # fmt: skip
_SIZES = {np.absolute, np.fabs}
_SUMMING = {np.add, np.subtract, np.negative}
_SQUARES = {np.square, np.power}
_TRIES = 4  # directions in which a scalar is bent
_FAR = (1.0, 0.2, 0.02)  # of the outputs' size: less where that leads out of their domain


class Statements:
    """What the scalars of one step say about the outputs that one reading starts from.

    It may be a part of the ``whole`` that the step follows.
    """

    def __init__(self, study: Study, followed: Evaluation, whole: Evaluation | None = None) -> None:
        self.whole = whole or followed
        self.study, self.followed = study, followed
        self.graph = study.step.graph
        objective = followed.objective
        values = objective.outputs or tuple(objective.values)
        # The forward values that the followed reading starts from.
        self.outputs = [_unscaled(v) for v in values]

    def best(self, candidates: list[Evaluation]) -> Evaluation | None:
        """The statement that the step is held to against what it follows, if there is one.

        Of several the one of which most gradients are multiples is meant, then the youngest: what
        is computed last holds the others.
        """
        if 2 * self.whole.score < len(self.whole.results):
            part = self.followed.objective.kind == "computed"
            candidates = [e for e in candidates if e.objective.has_name or part]
        found = [e for e in candidates if self.binds(e)]
        if not found:
            self.outputs = self._bases(candidates)
            found = [e for e in candidates if self.binds(e)]
        return max(found, key=lambda e: (e.score, _index(e)), default=None)

    def binds(self, stated: Evaluation) -> bool:
        """Whether a computed scalar is a loss of the outputs and targets of what is followed."""
        if stated.objective.kind != "computed" or stated is self.followed:
            return False
        if is_called_a_gradient(stated.objective.values[-1]):
            return False
        if self._can_tell and _bends_alike(stated):
            return False
        if self.followed.objective.kind == "computed":
            return self._holds(stated)
        below = ancestors(stated.objective.values)
        return (
            self._starts_from_outputs(below)
            and self._shares_targets(below)
            and not self.is_watched(stated, below)
            and self.is_loss_like(stated.objective)
        )

    @property
    def _can_tell(self) -> bool:
        """Whether it says anything that one multiple fits: of a single number all losses do."""
        sizes = sum(int(np.prod(output.shape)) for output in self.outputs)
        return self.followed.objective.kind == "computed" or sizes > 1

    # -- a loss of the same things ----------------------------------------------------------

    def _bases(self, candidates: list[Evaluation]) -> list[Node]:
        """What the outputs are made of, entry for entry, where no scalar is made of themselves.

        In ``d = 0.5 * out - y`` or ``p = np.exp(log_p)`` the forward pass ends with ``out`` and
        ``log_p``: a loss of those is one of these.
        """
        reached = {n.index: n for e in candidates for n in ancestors(e.objective.values)}
        found = []
        for node in self.outputs:
            base, last = node, node
            while base.index not in reached:
                above = [p for p in base.parents if self.study.step.inside(p)]
                last = base
                if len(above) > 1:
                    base = self._common(above, reached) or base
                if len(above) != 1 or above[0].shape != node.shape:
                    break
                base = above[0]
            known = reached.get(base.index) or self._same_but_for_the_sign(last, reached)
            found.append(known or node)
        return found

    def _common(self, parts: list[Node], reached: dict[int, Node]) -> Node | None:
        """The output that all parts of a sum are made of: ``(out - y) + 0.1 * (out - before)``."""
        shared = frozenset.intersection(*(self.graph.ancestors([part]) for part in parts))
        known = (reached[index] for index in sorted(shared & reached.keys(), reverse=True))
        inside = self.study.step.inside
        return next((n for n in known if n.shape == parts[0].shape and inside(n)), None)

    def _same_but_for_the_sign(self, node: Node, reached: dict[int, Node]) -> Node | None:
        """One of several values that is another one or its negative: ``D @ w`` and ``-D @ w``."""
        points = self.study.points or [self.study.own]
        if not node.shape or any(node.index not in p.values for p in points):
            return None
        for other in reached.values():
            known = other.shape == node.shape and all(other.index in p.values for p in points)
            if known and self.study.step.inside(other):
                pairs = [(p.of(node), p.of(other)) for p in points]
                if any(all(np.allclose(a, s * b) for a, b in pairs) for s in (1.0, -1.0)):
                    return other
        return None

    @cached_property
    def alike(self) -> Alike:
        """Which values are one value."""
        return Alike(self.graph.nodes)

    def _starts_from_outputs(self, below: list[Node]) -> bool:
        """Whether all outputs, or values made in the same way, are in the making of a scalar."""
        indices = {node.index for node in below}
        if all(output.index in indices for output in self.outputs):
            return True
        return self.alike.numbers(self.outputs) <= self.alike.numbers(below)

    def _shares_targets(self, below: list[Node]) -> bool:
        """Whether a scalar is made of what the outputs are compared with, as far as that is data.

        A target of which nothing is traced (a constant of the source) tells nothing.
        """
        deltas = [delta for _, delta in self.followed.objective.pairs if delta is not None]
        targets = [t for d in deltas[-1:] for t in targets_of(self.study.step, d)]
        roots = {n.index for n in ancestors(targets) if n.is_leaf} if targets else set()
        return not roots or bool(roots & {node.index for node in below})

    def is_watched(self, stated: Evaluation, below: list[Node]) -> bool:
        """Whether a scalar is a metric by its formula."""
        made = self._between(below)
        functions = {node.function for node in made}
        squared = bool(functions & _SQUARES) or self._multiplies_itself(made)
        watched = functions & _WATCHED
        if watched and not (watched <= _SIZES and squared):  # a square near zero, a size far off
            return True
        family = FAMILIES.get(self.followed.objective.kind)
        robust = family is not None and family.delta is not None
        return robust and squared and not stated.objective.has_name

    def _between(self, below: list[Node]) -> list[Node]:
        """What is computed of the outputs on the way to a scalar."""
        numbers = self.alike.numbers(self.outputs)
        made = {node.index for node in below if self.alike.number(node) in numbers}
        between = []
        for node in below:
            if node.index not in made and any(p.index in made for p in node.parents):
                made.add(node.index)
                between.append(node)
        return between

    def _multiplies_itself(self, made: list[Node]) -> bool:
        pairs = [n.args[:2] for n in made if n.function in (np.multiply, np.dot, np.matmul)]
        return any(len(pair) == 2 and pair[0] is pair[1] for pair in pairs)

    # -- a loss at all ----------------------------------------------------------------------

    def is_loss_like(self, objective: Objective) -> bool:
        """Whether a scalar is a loss by its making, by its name, or by the way it is bent.

        In the outputs, or in what their link function is taken of.
        """
        if objective.misfit or objective.has_name or self._is_bowl(objective, self.outputs):
            return True
        return self._is_bowl(objective, self.followed.objective.values)

    def _is_bowl(self, objective: Objective, ends: list[Node]) -> bool:
        """Whether a scalar is convex in some values, and not flat: it has a lowest place there.

        Or a highest one, and is bent the other way throughout: a log-likelihood.
        """
        point = self.study.points[0] if self.study.points else self.study.own
        numbers = self.alike.numbers(ends)
        below = ancestors(objective.values)
        outputs = [n for n in below if self.alike.number(n) in numbers and n.index in point.values]
        rng = np.random.default_rng([self.study.seed, 11])
        curves = [self._curve(objective, outputs, rng) for _ in range(_TRIES)]
        known = [curve for curve in curves if curve is not None]
        bent = any(known) and len(known) == len(curves)
        return bent and (min(known) >= 0 or max(known) <= 0)

    def _curve(
        self, objective: Objective, outputs: list[Node], rng: np.random.Generator
    ) -> float | None:
        """The second difference of a scalar along one direction of the outputs; 0 for a line."""
        point = self.study.points[0] if self.study.points else self.study.own
        values = {n: np.asarray(point.of(n), dtype=float) for n in outputs}
        numbers = {self.alike.number(n): rng.normal(size=v.shape) for n, v in values.items()}
        for far in _FAR:
            heights = []
            for way in (-far, 0.0, far):
                moved = {
                    n: v + way * (np.abs(v).mean() or 1.0) * numbers[self.alike.number(n)]
                    for n, v in values.items()
                }
                try:
                    height = self.study.value(objective, {**point.changes, **moved}, point)
                except (Unrepeatable, ValueError):
                    return None
                heights.append(height)
            if np.isfinite(heights).all():
                low, middle, high = heights
                second = low + high - 2 * middle
                noise = 1e-9 * (abs(low) + abs(high) + abs(middle))
                return 0.0 if abs(second) <= noise else second
        return None

    # -- a loss of which another scalar is only a part ----------------------------------------

    def _holds(self, stated: Evaluation) -> bool:
        """Whether what is followed is one summand of a scalar, and others learn as well.

        Of several models that are trained one after the other each has such a scalar.
        """
        own = self.followed.objective
        return self.adds_up(stated.objective, own) and self.is_loss_like(stated.objective)

    def adds_up(self, whole: Objective, part: Objective) -> bool:
        """Whether a scalar is the sum of another one and of more that learns."""
        pairs = zip(part.values, whole.values, strict=False)
        return len(part.values) == len(whole.values) and all(
            self._is_summand(*pair) for pair in pairs
        )

    def _is_summand(self, part: Node, whole: Node) -> bool:
        found, stack, learning = False, [whole], False
        while stack:
            node = stack.pop()
            if node is part:
                found = True
            elif node.function in _SUMMING or _is_scaled(node):
                stack += [p for p in node.parents if self.study.step.inside(p)]
            else:
                learning = True
        return found and learning


def _unscaled(value: Node) -> Node:
    """An output without a sign or a number that only the backward pass gives it: 2 * out."""
    return unscaled(value.args[0] if value.function is np.negative else value)


def _is_scaled(node: Node) -> bool:
    return node.function in (np.multiply, np.true_divide) and node.shape == ()


def _index(evaluation: Evaluation) -> int:
    return evaluation.objective.values[-1].index


def _bends_alike(stated: Evaluation) -> bool:
    """Whether all gradients are one multiple of a scalar's at each point, another one at another.

    The root of the mean square error and the perplexity grow with the loss that is followed.
    """
    fits = [r.fits for r in stated.results if not r.vanishes]
    if stated.score or not fits or not all(fits):
        return False
    if any(f.error > TOLERANCE for each in fits for f in each):
        return False
    factors = [[f.factor for f in each if not f.vanishes] for each in zip(*fits, strict=True)]
    return all(all(same(f, each[0]) for f in each) for each in factors)


def are_two_losses(one: Objective, other: Objective) -> bool:
    """Whether both are computed losses by name or making, and neither is a part of the other."""
    return all(o.has_name or o.misfit for o in (one, other)) and are_apart(one, other)


def are_apart(one: Objective, other: Objective) -> bool:
    """Whether both are computed scalars, and neither is a part of the other."""
    values = [objective.values[-1] for objective in (one, other)]
    kinds = {objective.kind for objective in (one, other)}
    made_of = [{node.index for node in ancestors([value])} for value in values]
    parts = values[0].index in made_of[1] or values[1].index in made_of[0]
    return kinds == {"computed"} and not parts


def steers(study: Study, evaluation: Evaluation) -> bool:
    """Whether a step is taken or not for what becomes of a scalar by it, as a line search does."""
    value, graph = evaluation.objective.values[-1], study.step.graph
    gradients = [g.node for p in study.step.parameters for g in p.gradients]
    tried = graph.descendants(gradients)
    for decision in study.step.tape.decisions:
        below = graph.ancestors([decision]) if decision.index <= study.step.end else set()
        again = (graph.nodes[index] for index in below & tried)
        if value.index in below and any(
            n.spot is value.spot and n.function is value.function for n in again
        ):
            return True
    return False


def is_called_a_loss(evaluation: Evaluation) -> bool:
    """Whether the program calls the scalar it computes a loss, or makes it as one.

    What it is made of does not tell: people watch a squared error and follow another loss.
    """
    return evaluation.objective.has_name
