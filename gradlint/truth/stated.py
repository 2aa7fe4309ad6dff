"""What a computed scalar is to the program: its loss, a metric, or a loss it does not follow."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gradlint.trace.replay import ancestors

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gradlint.trace.tape import Node
    from gradlint.truth.evaluate import Evaluation

_LOGS = {np.log, np.log1p, np.log2, np.log10, np.logaddexp}


def disowns(computed: Evaluation, followed: Evaluation) -> bool:
    """Whether the program computes a loss of the very outputs whose other loss is followed.

    ``out - Y / n`` is the derivative of some loss, but not of the one that is computed.  A loss of
    other outputs (the whole data set beside a mini-batch) says nothing, nor does a metric, nor one
    of another kind: that is a mistake with a name of its own.
    """
    kind = followed.objective.kind
    if computed.score or kind not in ("squared-error", "cross-entropy"):
        return False
    below = ancestors([computed.objective.values[-1]])
    outputs = {
        (v.args[0] if v.function is np.negative else v).index for v in followed.objective.values
    }
    made_of = set(outputs)  # what comes between the outputs and the loss
    for node in below:
        if any(parent.index in made_of for parent in node.parents):
            made_of.add(node.index)
    functions = {node.function for node in below if node.index in made_of - outputs}
    metric = bool(functions & {np.absolute, np.sqrt, np.argmax, np.sign})
    if kind == "squared-error":
        alike = not functions & {*_LOGS, np.max}
    else:
        alike = bool(functions & _LOGS) and _has_a_target_of_its_own(followed)
    of_these = outputs <= {node.index for node in below}
    return is_called_a_loss(computed) and of_these and alike and not metric


def are_two_losses(one: Evaluation, other: Evaluation) -> bool:
    """Whether both are computed and called a loss, and neither is a part of the other."""
    if not (is_called_a_loss(one) and is_called_a_loss(other)):
        return False
    values = [evaluation.objective.values[-1] for evaluation in (one, other)]
    kinds = {evaluation.objective.kind for evaluation in (one, other)}
    made_of = [{node.index for node in ancestors([value])} for value in values]
    parts = values[0].index in made_of[1] or values[1].index in made_of[0]
    return kinds == {"computed"} and not parts


def _has_a_target_of_its_own(followed: Evaluation) -> bool:
    """Whether the delta's own line works out what the outputs are compared with."""
    delta = followed.objective.pairs[-1][1]
    if delta is None or delta.spot is None:
        return False
    arithmetic = {np.add, np.subtract, np.multiply, np.true_divide}
    outputs = followed.objective.outputs or tuple(followed.objective.values)
    for node in ancestors([delta], outputs):
        inline = node.spot is not None and node.spot.statement is delta.spot.statement
        if inline and node.shape and node.function in arithmetic and not _reaches(outputs, node):
            return True
    return False


def _reaches(outputs: Iterable[Node], node: Node) -> bool:
    below = {n.index for n in ancestors([node], outputs)}
    return any(output.index in below for output in outputs)


def is_called_a_loss(evaluation: Evaluation) -> bool:
    """Whether the program calls the scalar it computes a loss.

    What it is made of does not tell: people watch a squared error and follow another loss.
    """
    return evaluation.objective.has_name
