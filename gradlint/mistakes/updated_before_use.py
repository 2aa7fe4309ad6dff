"""GL307 updated-before-use."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from gradlint.diagnosis.context import Experiment
from gradlint.diagnosis.idle_updates import began_as, idle_updates, unused_gradient
from gradlint.diagnosis.late_updates import behind, postponed
from gradlint.findings import Finding, Label
from gradlint.trace.primitives import setitem, write_view
from gradlint.trace.replay import Unrepeatable, replay

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from gradlint.diagnosis.case import Case
    from gradlint.diagnosis.catalogue import Studied
    from gradlint.findings import Site
    from gradlint.reading.step import Parameter
    from gradlint.trace.tape import Node


class UpdatedBeforeUse:
    """A weight is updated before backpropagation has finished reading it.

    What happens
    ------------
    A weight is updated while the backward pass still needs it: the delta of the layer below is
    computed with the new value. Or the update comes before its own gradient is complete: it reads a
    buffer that is filled afterwards.

    Why it is wrong
    ---------------
    The gradient belongs to the network that made the prediction. With a weight that has moved in
    between, the lower layers follow the gradient of a network that was never run. A buffer that is
    still zero moves nothing.

    How it shows
    ------------
    An error of the size of the learning rate: a few per cent, too small to be seen in the loss
    curve, too large for a numeric check with a tight tolerance.

    Fix
    ---
    Compute all gradients first, then update all parameters.

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
            d = out - y
            dW2 = a.T @ d
            W2 -= 0.01 * dW2
            dz = d @ W2.T * (1 - a ** 2)
            W1 -= 0.01 * (x.T @ dz)

    Good:

        import numpy as np

        rng = np.random.default_rng(0)
        x, y = rng.normal(size=(9, 3)), rng.normal(size=(9, 2))
        W1, W2 = rng.normal(size=(3, 4)), rng.normal(size=(4, 2))
        for step in range(3):
            a = np.tanh(x @ W1)
            out = a @ W2
            loss = 0.5 * np.sum((out - y) ** 2)
            d = out - y
            dW2 = a.T @ d
            dz = d @ W2.T * (1 - a ** 2)
            W2 -= 0.01 * dW2
            W1 -= 0.01 * (x.T @ dz)
    """

    code = "GL307"
    name = "updated-before-use"
    severity = "error"
    told_for = "a parameter moved too early"
    of_updates = True  # a pair has none

    def in_gradient(self, case: Case) -> Iterator[Experiment]:
        """The line is right with the weights as they were in the forward pass."""
        reach = case.step.graph.ancestors([case.node])
        early = [
            parameter
            for parameter in case.step.parameters
            if any(version.index in reach for version in _moved(case, parameter))
        ]
        for parameters in [[one] for one in early] + ([early] if len(early) > 1 else []):
            spots = [spot for p in parameters if (spot := p.update.new.spot)]
            rows = ", ".join(str(spot.row) for spot in spots)
            where = f" (line {rows})" if rows else ""
            names = ", ".join(f"`{p.name}`" for p in parameters)
            were = "it was" if len(parameters) == 1 else "they were"
            reader = _reading(case, parameters, reach)
            written = _written(case, reader)
            message = (
                f"`{written}` reads {names} after {were} updated{where}; "
                "backpropagation needs the weights of the forward pass"
            )
            yield Experiment(
                message,
                0.5,
                corrected=partial(_with_old, case, parameters),
                site=_site(case, reader),
                labels=tuple(Label(spot.site, "updated here") for spot in spots),
                help=f"move this line above the update of {names}",
                fix=postponed(case.step, (p.update.new for p in parameters)),
            )

    def in_step(self, seen: Studied) -> Iterator[Finding]:
        """An update consumes a buffer that is filled with the gradient only afterwards."""
        judged, reference = seen.judged, seen.reference
        step = judged.study.step
        for idle in idle_updates(judged, reference):
            gradient, spot = unused_gradient(judged, reference, idle), idle.new.spot
            if gradient is None or spot is None or gradient.spot is None:
                continue
            buffer = began_as(step, gradient, idle.new)
            if buffer is None:
                continue
            name, place = step.names.of(buffer), gradient.spot
            yield Finding.of(
                self,
                f"`{idle.name}` is updated before `{name}` holds its gradient, which comes "
                f"afterwards (line {place.row})",
                spot.file.site(spot.statement),
                explanation=f"compared at {len(idle.truths)} points",
                help=f"move this line below the last one that writes into `{name}`",
                labels=(Label(place.site, "completed here"),),
                evidence={
                    "parameter": step.names.of(idle.old),
                    "gradient": name,
                    "unlisted": list(idle.old.shape),
                },
                fix=behind(step, idle.new, gradient),
            )


def _moved(case: Case, parameter: Parameter) -> list[Node]:
    """The new value of a parameter and those on the way to it, entry after entry, so far."""
    update, nodes = parameter.update, case.step.graph.nodes
    on_the_way = [nodes[i] for i in update.path if nodes[i].function in (setitem, write_view)]
    return [
        version
        for version in {*on_the_way, update.new}
        if version.index < case.node.index and version.shape == update.old.shape
    ]


def _reading(case: Case, parameters: list[Parameter], reach: Collection[int]) -> Node | None:
    """What reads the new values in a line before the suspect's own, if none is read in that."""
    graph, own = case.step.graph, case.node.spot
    readers = [
        reader
        for parameter in parameters
        for version in _moved(case, parameter)
        for reader in graph.readers[version.index]
        if reader.index in reach and reader.spot is not None
    ]
    apart = [r for r in readers if own is None or r.spot.statement is not own.statement]  # type: ignore[union-attr]
    return min(apart, key=lambda r: r.index) if apart and len(apart) == len(readers) else None


def _written(case: Case, reader: Node | None) -> str:
    return case.written if reader is None else case.step.names.expression(reader)


def _site(case: Case, reader: Node | None) -> Site | None:
    """The line that reads what is too new, whatever is made of it later."""
    spot = reader.spot if reader is not None else case.node.spot
    if spot is None:
        return None
    whole = reader is None and case.root is not None
    return spot.file.site(case.root if whole and case.root is not None else spot.node)


def _with_old(case: Case, parameters: list[Parameter]) -> list[np.ndarray] | None:
    """What the suspect would be if these parameters still had their old values."""
    found = []
    for point in case.study.points:
        old = {new: point.changes[p.node] for p in parameters for new in _moved(case, p)}
        try:
            values = replay([case.node], {**point.changes, **old}, precise=True)
        except Unrepeatable:
            return None
        found.append(np.asarray(values[case.node.index], dtype=float))
    return found
