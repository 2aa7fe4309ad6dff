"""Centres: what goes towards the mean of the values that it is compared with, at a rate of its own.

Class centres, codebooks and memories are no parameters of gradient descent: by custom the loss is
taken with them held constant, and they follow the outputs by averages of their own.  Such a rule is
seen by what it does.  The loss is a bowl in every row, round, and at one place of its own; and the
step goes from the old row straight towards that place, and not beyond it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gradlint.trace.replay import Unrepeatable, replay
from gradlint.truth.evaluate import TOLERANCE
from gradlint.truth.points import Point, rms

if TYPE_CHECKING:
    from gradlint.reading.step import Parameter
    from gradlint.trace.tape import Node
    from gradlint.truth.evaluate import Evaluation
    from gradlint.truth.study import Study

_MOVED = 1e-3  # of its size is a row moved: what is nearest stays so, and the loss is a square


def grant_centres(study: Study, evaluation: Evaluation, points: list[Point]) -> None:
    """Grant what is not stepped along its gradient, where it is a centre and the rest follows."""
    asked = [
        r
        for r in evaluation.results
        if r.gradient is not r.parameter.gradient or not evaluation.agrees(r)
    ]
    if not study.points or len(asked) == len(evaluation.results):
        return
    for result in asked:
        parameter = result.parameter
        shares = [_shares(study, evaluation, k, parameter) for k in range(len(points))]
        if all(s is not None and s.size and _is_part(s) for s in shares):
            result.centre = True
            result.granted = "each row goes towards the mean of what it is compared with"


def _moved(study: Study, point: Point, parameter: Parameter) -> np.ndarray | None:
    """What the update makes of a parameter at a point, where the gradients are known."""
    made = [t.node for p in study.step.parameters for g in p.readings for t in g.terms]
    known = {**{n: point.values[n.index] for n in made}, **point.changes}
    try:
        news = replay([parameter.update.new], known, precise=True)
    except Unrepeatable:
        return None
    return np.asarray(news[parameter.update.new.index], dtype=float)


def _shares(
    study: Study, evaluation: Evaluation, position: int, parameter: Parameter
) -> np.ndarray | None:
    """Which part of the way to the lowest place of the loss each row goes; None if it is no bowl.

    Rows that the loss does not depend on have to rest; a row of one number has but one way to go.
    Where all take one multiple of the gradient it is not known for an average: empty.
    """
    node, point = parameter.node, study.points[position]
    old = np.asarray(point.changes[node], dtype=float)
    true = evaluation.truths[position].get(node.index)
    if true is None or old.ndim < 2 or min(old.shape) < 2 or np.shape(true) != old.shape:
        return None
    new = _moved(study, point, parameter)
    if new is None or new.shape != old.shape:
        return None
    step = new - old
    steps = _ratios(step, np.asarray(true, dtype=float))
    if steps is None:
        return None
    bends = _bends(study, evaluation, position, parameter)
    if bends is None:
        return None
    moving = steps != 0.0
    if not moving.any():
        return np.zeros(0)
    alike = parameter.update.keep == 1.0 and np.ptp(steps[moving]) <= TOLERANCE
    return np.zeros(0) if alike and not _counts(study, parameter) else (-steps * bends)[moving]


def _bends(
    study: Study, evaluation: Evaluation, position: int, parameter: Parameter
) -> np.ndarray | None:
    """How much the loss bends in each row, alike in all directions; None if it does not so."""
    node, point = parameter.node, study.points[position]
    old = np.asarray(point.changes[node], dtype=float)
    rng = np.random.default_rng([study.seed, 31])
    change = rng.normal(size=old.shape) * _MOVED * (rms(old) or 1.0)
    changes = {**point.changes, node: old + change}
    try:
        there = Point(replay(study.targets, changes, precise=True), changes)
    except Unrepeatable:
        return None
    bent = study.truth(evaluation.objective, there).get(node.index)
    true = evaluation.truths[position][node.index]
    return None if bent is None else _ratios(np.asarray(bent) - np.asarray(true), change)


def _counts(study: Study, parameter: Parameter) -> bool:
    """Whether a step is made with the number of samples that a comparison has picked."""
    graph, update = study.step.graph, parameter.update
    nodes = [graph.nodes[i] for i in graph.ancestors([update.new], after=update.old.index)]
    return any(
        node.function in (np.sum, np.count_nonzero, np.bincount, np.mean)
        and any(_is_mask(parent) for source in (node, *node.parents) for parent in source.parents)
        for node in nodes
    )


def _is_mask(node: Node) -> bool:
    return node.dtype is not None and node.dtype.kind == "b" and bool(node.shape)


def _is_part(shares: np.ndarray) -> bool:
    return bool(np.all((shares > 0.0) & (shares <= 1.0 + TOLERANCE)))


def _ratios(above: np.ndarray, below: np.ndarray) -> np.ndarray | None:
    """One number for each row by which one array is another one's multiple; None if it is not."""
    above, below = above.reshape(len(above), -1), below.reshape(len(below), -1)
    squares = (below * below).sum(axis=1)
    ratios = (above * below).sum(axis=1) / np.where(squares == 0.0, 1.0, squares)
    gap = np.abs(above - ratios[:, None] * below).max(initial=0.0)
    return ratios if gap <= TOLERANCE * np.abs(above).max(initial=0.0) else None
