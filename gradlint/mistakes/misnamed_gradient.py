"""GL406 misnamed-gradient."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from gradlint.diagnosis.annotations import formula
from gradlint.diagnosis.carriers import find_carriers
from gradlint.diagnosis.identify import proportion
from gradlint.diagnosis.localise import Diagnosis
from gradlint.findings import Finding
from gradlint.reading.names import meant_by, plain
from gradlint.truth.verdicts import loss_symbol

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gradlint.diagnosis.catalogue import Studied
    from gradlint.diagnosis.identify import Identity
    from gradlint.reading.step import Parameter
    from gradlint.trace.tape import Node
    from gradlint.truth.evaluate import Evaluation
    from gradlint.truth.judge import Judged


class MisnamedGradient:
    """The name says ∂C/∂W, the value is ∂C/∂z or another.

    What happens
    ------------
    A value of the backward pass is called the gradient of a parameter and is a derivative of
    something else: `dW2` for the delta of the layer that W2 belongs to.

    Why it is wrong
    ---------------
    It is not wrong: the update turns it into what it needs. But who takes the name at its word will
    compare it with a numeric derivative of W2, or use it in the place of one.

    How it shows
    ------------
    Shapes differ from the parameter's, and a textbook's formula seems to be contradicted by a
    program that trains well.

    Fix
    ---
    Nothing has to be done. A name of its own, like `delta2` or `dz2`, tells what the value is.

    Example
    -------
    Bad:

        import numpy as np

        rng = np.random.default_rng(0)
        x, y = rng.normal(size=(9, 3)), rng.normal(size=(9, 2))
        W1, W2 = rng.normal(size=(3, 4)), rng.normal(size=(4, 2))
        for step in range(3):
            a = np.tanh(x @ W1)
            out = a @ W2
            loss = 0.5 * np.sum((out - y) ** 2)
            dW2 = out - y
            dW1 = dW2 @ W2.T * (1 - a ** 2)
            W2 -= 0.01 * (a.T @ dW2)
            W1 -= 0.01 * (x.T @ dW1)

    Good:

        import numpy as np

        rng = np.random.default_rng(0)
        x, y = rng.normal(size=(9, 3)), rng.normal(size=(9, 2))
        W1, W2 = rng.normal(size=(3, 4)), rng.normal(size=(4, 2))
        for step in range(3):
            a = np.tanh(x @ W1)
            out = a @ W2
            loss = 0.5 * np.sum((out - y) ** 2)
            delta2 = out - y
            delta1 = delta2 @ W2.T * (1 - a ** 2)
            W2 -= 0.01 * (a.T @ delta2)
            W1 -= 0.01 * (x.T @ delta1)
    """

    code = "GL406"
    name = "misnamed-gradient"
    severity = "note"
    of_updates = True  # a pair has none

    def in_step(self, seen: Studied) -> Iterator[Finding]:
        """A right derivative under the name of another value's derivative."""
        judged, reference = seen.judged, seen.reference
        if not any(map(reference.agrees, reference.results)):
            return
        parameters = _by_plain_name(judged, reference)
        told: set[str] = set()
        carriers = _carriers(judged, reference)
        others = set(carriers).difference(_well_named(reference))
        if parameters.keys().isdisjoint(meant_by(name) for n in others for name in n.names):
            return  # to name every value costs more than all that went before
        namer = Diagnosis(judged, reference)
        times = Counter(id(node.spot) for node in carriers)
        for node in carriers:
            meant = [m for name in node.names if (m := meant_by(name)) in parameters]
            if not meant or node.spot is None or node.names[0] in told:
                continue
            if times[id(node.spot)] > 1 or not node.names[0].isidentifier():
                continue  # one name for the derivatives of several layers
            parameter = parameters[meant[0]]
            identity = _other_identity(namer, node, parameter)
            if identity is None:
                continue
            told.add(node.names[0])
            what = formula(judged, identity, loss_symbol(reference))
            yield Finding.of(
                self,
                f"`{node.names[0]}` is {what}, not a derivative of `{parameter.name}`: only its "
                "name says so",
                node.spot.file.site(node.spot.statement),
            )  # fmt: skip


def _by_plain_name(judged: Judged, reference: Evaluation) -> dict[str, Parameter]:
    """The parameters by name; ``dv`` may as well be the derivative of another ``v``."""
    found = {plain(r.parameter.name): r.parameter for r in reference.results}
    for name in _names_of_others(judged):
        found.pop(name, None)
    return found


def _other_identity(namer: Diagnosis, node: Node, parameter: Parameter) -> Identity | None:
    """What a value is the derivative by, if that is not the parameter that it is named after."""
    identity = namer.identify(node)
    if identity is None or identity.part or identity.value is parameter.node:
        return None
    own = namer.reference.truths[0].get(parameter.node.index)
    value = namer.value(node, 0)
    if own is not None and proportion(value.squeeze(), own.squeeze()) is not None:
        return None  # two values with one derivative: a bias and what it is added to
    return identity


def _carriers(judged: Judged, reference: Evaluation) -> list[Node]:
    study = judged.study
    forward = {node.index for node in study.order(reference.objective)}
    return find_carriers(study.step, reference, forward, reference.truths[0])


def _well_named(reference: Evaluation) -> set[Node]:
    """The gradients that bear the names of just the parameters whose gradients they are."""
    found = set()
    for result in reference.results:
        (term, *more) = result.gradient.terms
        meant = {meant_by(name) for name in term.node.names}
        if result.explained and not more and not term.places:
            found |= {term.node} if meant == {plain(result.parameter.name)} else set()
    return found


def _names_of_others(judged: Judged) -> set[str]:
    """What the values of the step are called that are no parameters."""
    step = judged.study.step
    ours = {p.node.index for p in step.parameters}
    inside = (step.tape.nodes[i] for i in step.dependent - step.later - ours)
    return {plain(name) for node in inside for name in node.names}
