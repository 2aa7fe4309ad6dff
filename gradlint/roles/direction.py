"""Which way a step is meant to move its objective: down a loss, up a likelihood.

Values cannot always tell (a negative log-likelihood of densities may have either sign), so names
count as well; where neither decides, nothing is said.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from gradlint.trace.tape import Node

if TYPE_CHECKING:
    from gradlint.roles.objective import Objective
    from gradlint.roles.step import Step

_MINIMISED = re.compile(
    r"loss|cost|nll|\bneg_|negative|\b[ms]se\b|\bbce\b|cross_?ent|xent", re.IGNORECASE
)
_MAXIMISED = re.compile(
    r"reward|return|likelihood|loglik|log_lik|\bll\b|elbo|evidence|objective|utility|score|gain|"
    r"fitness|margin|acc|profit",
    re.IGNORECASE,
)
_LIKELIHOOD = re.compile(r"likelihood|log_?lik|\bll\b", re.IGNORECASE)
_CALLED_A_LOSS = re.compile(r"err|entropy|energy|risk|penalty|divergence|^[jlec]$", re.IGNORECASE)
_SIZES = {np.square, np.power, np.absolute, np.linalg.norm, np.sqrt, np.hypot}
_SUMS = {np.sum, np.mean}
_LOGS = {np.log, np.log1p, np.log2, np.log10}


def sought(step: Step, objective: Objective) -> int:
    """Return −1 for an objective to be minimised, 1 for one to be maximised, 0 if unknown.

    A positive scalar counts as a loss where it has no name, or one that losses have, or adds up
    squares or distances: a ratio called ``sharpe`` is positive, too.
    """
    if objective.kind == "bare":
        return 0
    if objective.kind != "computed":
        return -1
    value = objective.values[-1]
    if any(map(_MINIMISED.search, value.names)):
        return -1
    names = [*value.names, *_functions(step, value)]
    if _is_likelihood(value, names):
        return 1
    if _MAXIMISED.search(" ".join([*names, value.spot.text if value.spot else ""])):
        return 0
    plain = not value.names or any(map(_CALLED_A_LOSS.search, value.names))
    meant = plain or _adds_distances(value)
    return -1 if meant and _number(value) > 0.0 else 0


def _adds_distances(value: Node) -> bool:
    """Whether a scalar is a sum or a mean of squares or sizes, perhaps times a constant."""
    while value.function in _SUMS or value.function in (np.multiply, np.true_divide):
        nodes = [a for a in value.args if isinstance(a, Node) and not a.is_leaf]
        if not nodes:
            return False
        value = nodes[0]
    return value.function in _SIZES


def _number(value: Node) -> float:
    """The program's own value of a scalar; nan if it is not known."""
    return float("nan") if value.value is None else float(np.asarray(value.value).reshape(-1)[0])


def _functions(step: Step, value: Node) -> list[str]:
    """The names of the functions that give a value back."""
    calls = [call.function for call in step.tape.invocations if call.result is value]
    return [getattr(function, "__name__", "") for function in calls]


def _is_likelihood(value: Node, names: list[str]) -> bool:
    """Whether a value is a log-likelihood by its name and by its making.

    People also call its negative so: what is summed up must be logarithms that nothing turns round.
    """
    if any(map(_MINIMISED.search, names)) or not any(map(_LIKELIHOOD.search, names)):
        return False
    while value.function in _SUMS and isinstance(value.args[0], Node):
        value = value.args[0]
    return _adds_logarithms(value)


def _adds_logarithms(node: Node) -> bool:
    """Whether a value grows with logarithms: log p, y log p + (1 - y) log(1 - p), y log m - m."""
    if node.function in _LOGS:
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
