"""Which way a step is meant to move its objective: down a loss, up a likelihood.

Names count, and the making; where both are silent, the values tell in which direction there is no
end: what only rises far away has a lowest place, and a negative log-likelihood of densities rises
whichever sign it has.  Where nothing decides, nothing is said.
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

import numpy as np

from gradlint.reading.misfit import LOGS, MINIMISED, is_likelihood
from gradlint.trace.tape import Node
from gradlint.truth.open_end import open_end

if TYPE_CHECKING:
    from gradlint.reading.lineage import Update
    from gradlint.reading.objective import Objective
    from gradlint.reading.step import Step
    from gradlint.truth.study import Study

_MAXIMISED = re.compile(
    r"reward|return|likelihood|loglik|log_lik|\bll\b|elbo|evidence|utility|score|gain|"
    r"fitness|margin|acc|profit",
    re.IGNORECASE,
)
_FOOLING = re.compile(r"adv|attack|pert|fool|^delta$", re.IGNORECASE)
_LIKELIHOOD = re.compile(r"likelihood|log_?lik|\bll\b", re.IGNORECASE)
_CALLED_A_LOSS = re.compile(r"err|entropy|energy|risk|penalty|divergence|devian", re.IGNORECASE)
_SUMS = {np.sum, np.mean}


def sought(study: Study, objective: Objective) -> int:
    """Return −1 for an objective to be minimised, 1 for one to be maximised, 0 if unknown.

    Its name tells, or its making; a scalar without a name of its own counts as what the line that
    makes it speaks of.  That it is positive does not tell: so are variances and Sharpe ratios.
    """
    step = study.step
    if objective.kind == "bare" or objective.is_signed_by_data or _is_opposed(step):
        return 0
    if objective.kind != "computed":
        return -1
    value = objective.values[-1]
    if any(map(MINIMISED.search, value.names)):
        return -1
    names = [*value.names, *objective.functions]
    if _is_likelihood(value, names):
        return 1
    if any(map(_MAXIMISED.search, names)):
        return 0
    if objective.misfit:
        return -1
    if is_likelihood(step, value):
        return 1
    if value.spot is not None and _MAXIMISED.search(value.spot.text):
        return 0
    spoken = any(map(_CALLED_A_LOSS.search, value.names or [*names, *_words(value)]))
    return -1 if spoken and _number(value) > 0.0 else -open_end(study, objective)


def _is_opposed(step: Step) -> bool:
    """Whether all that is learned is kept between two bounds: it may climb a loss as far as those.

    So are inputs that fool a model made, and the critics that tell two distributions apart.  What
    is kept in a ball shows so only once it has reached its surface: there the name tells.
    """
    return all(
        _is_bounded(step, p.update) or any(map(_FOOLING.search, p.node.names))
        for p in step.parameters
    )


def _is_bounded(step: Step, update: Update) -> bool:
    """Whether an update clips what it makes on both sides."""
    functions = set()
    for node in map(step.graph.nodes.__getitem__, update.path):
        if node.function is np.clip and None not in node.args[1:3] and len(node.args) > 2:
            return True
        functions.add(node.function)
    return {np.maximum, np.minimum} <= functions


def _words(value: Node) -> list[str]:
    """The names that the statement around a value speaks of."""
    if value.spot is None:
        return []
    around = value.spot.statement
    nodes = ast.walk(value.spot.node if hasattr(around, "body") else around)
    return [str(getattr(n, "id", getattr(n, "attr", ""))) for n in nodes]


def _number(value: Node) -> float:
    """The program's own value of a scalar; nan if it is not known."""
    return float("nan") if value.value is None else float(np.asarray(value.value).reshape(-1)[0])


def _is_likelihood(value: Node, names: list[str]) -> bool:
    """Whether a value is a log-likelihood by its name and by its making.

    People also call its negative so: what is summed up must be logarithms that nothing turns round.
    """
    if any(map(MINIMISED.search, names)) or not any(map(_LIKELIHOOD.search, names)):
        return False
    while value.function in _SUMS and isinstance(value.args[0], Node):
        value = value.args[0]
    return _adds_logarithms(value)


def _adds_logarithms(node: Node) -> bool:
    """Whether a value grows with logarithms: log p, y log p + (1 - y) log(1 - p), y log m - m."""
    if node.function in LOGS:
        return True
    arms = [a for a in node.args[:2] if isinstance(a, Node)]
    if len(arms) != 2:
        return False
    if node.function is np.add:
        return all(map(_adds_logarithms, arms))
    if node.function is np.subtract:
        return _adds_logarithms(arms[0])
    if node.function is np.multiply:
        return any(_adds_logarithms(a) and _is_weight(b) for a, b in (arms, arms[::-1]))
    return False


def _is_weight(node: Node) -> bool:
    return node.value is not None and bool(np.all(np.asarray(node.value) >= 0))
