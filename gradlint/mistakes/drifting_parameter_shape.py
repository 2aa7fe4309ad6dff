"""GL103 drifting-parameter-shape."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

from gradlint.findings import Finding
from gradlint.reading.axes.crash import culprits
from gradlint.reading.axes.drift import Drift, drifts, takes_samples
from gradlint.reading.axes.outer import meant_elementwise
from gradlint.reading.axes.text import operand_expressions, short
from gradlint.reading.axes.unsummed import missed
from gradlint.trace.tape import Node

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gradlint.findings import Fix
    from gradlint.reading.axes.scope import Seen


class DriftingParameterShape:
    """An update gives a parameter another shape.

    What happens
    ------------
    `b = b - lr * db` broadcasts: if the gradient has more axes or more elements than the parameter,
    the parameter takes their shape. A bias (4, 1) minus a gradient (4,) is a (4, 4) matrix from
    then on; a bias that started as one number becomes an array.

    Why it is wrong
    ---------------
    The network that the next forward pass runs is another one than the one that was meant. It has
    parameters nobody asked for, and they differ from sample to sample if the batch axis came in.
    The in-place form `b -= lr * db` would have raised an error instead.

    How it shows
    ------------
    Often not at all: the loss still falls. Or an error about shapes appears one iteration later, at
    a line that has nothing to do with it, or when the last mini-batch is smaller than the others.

    Fix
    ---
    Bring the gradient into the parameter's shape where it is computed (`keepdims=True`, or a sum
    over the batch), start the parameter with its full shape, and update in place.

    Example
    -------
    Bad:

        import numpy as np

        rng = np.random.default_rng(0)
        x, y = rng.normal(size=(3, 10)), rng.normal(size=(2, 10))
        W, b = rng.normal(size=(2, 3)), np.zeros((2, 1))
        for step in range(5):
            z = W @ x + b
            loss = 0.5 * np.sum((z - y) ** 2)
            dz = z - y
            W = W - 0.01 * dz @ x.T
            b = b - 0.01 * dz.sum(axis=1)

    Good:

        import numpy as np

        rng = np.random.default_rng(0)
        x, y = rng.normal(size=(3, 10)), rng.normal(size=(2, 10))
        W, b = rng.normal(size=(2, 3)), np.zeros((2, 1))
        for step in range(5):
            z = W @ x + b
            loss = 0.5 * np.sum((z - y) ** 2)
            dz = z - y
            W = W - 0.01 * dz @ x.T
            b = b - 0.01 * dz.sum(axis=1, keepdims=True)
    """

    code = "GL103"
    name = "drifting-parameter-shape"
    severity = "error"
    of_updates = True  # a pair has none

    def in_trace(self, seen: Seen) -> Iterator[Finding]:
        """Report every parameter whose number of elements an update changed."""
        found = drifts(seen)
        outer = [o.node for o in meant_elementwise(seen)] if found else []
        for drift in found:
            reach = seen.graph.ancestors([drift.node], after=drift.old.index)
            if not any(node.index in reach for node in outer):
                yield self._finding(seen, drift)

    def in_crash(self, seen: Seen) -> Iterator[Finding]:
        """Report the same where the program did not survive it."""
        yield from self.in_trace(seen)

    def _finding(self, seen: Seen, drift: Drift) -> Finding:
        node, old = drift.node, drift.old
        name = old.names[-1] if old.names else _target(node)
        before, after = seen.names.shape(old), seen.names.shape(node)
        number = old.shape == ()
        message = (
            f"`{name}` starts as one number and becomes {after} at this update"
            if number
            else f"this update makes `{name}` {after}; it was {before}"
        )
        labels = []
        for expression, value in _operands(node):
            labels.append(seen.label(node, expression, value))
        gradient = next((v for _, v in _operands(node) if v.shape != old.shape), None)
        shown = "" if gradient is None else f" and {seen.names.shape(gradient)}"
        how = f"broadcasting {before}{shown} gives {after}"
        if old.index < 0:
            how = f"`{name}` is {old.value} before the first step, {after} after it"
        return Finding(
            self.code,
            self.name,
            _severity(drift),
            message,
            seen.site(node),
            f"{how}{_aftermath(seen, drift)}",
            _help(seen, drift, name),
            tuple(labels),
            {"parameter": name, "before": list(old.shape), "after": list(node.shape)},
            self._fix(seen, drift),
        )

    def _fix(self, seen: Seen, drift: Drift) -> Fix | None:
        """The sum that a bias' gradient lacks, where the update itself makes the gradient."""
        found = missed(seen, drift)
        here = seen.site(drift.node).row
        return found.fix if found is not None and found.site.row == here else None


def _help(seen: Seen, drift: Drift, name: str) -> str:
    """Start with the full shape, or bring the gradient into the shape there is."""
    if drift.old.shape == () and takes_samples(seen, drift.node):
        return f"`{name}` is one number: sum its gradient over all axes before the update"
    if drift.old.shape == ():
        shape = drift.node.shape
        return f"start `{name}` as an array of the shape it has to have, e.g. np.zeros({shape})"
    return f"give the gradient the shape of `{name}`, {drift.old.shape}, before the update"


def _severity(drift: Drift) -> Literal["error", "warning", "note"]:
    """How much it matters: a number that becomes an array of one element changes nothing itself."""
    if drift.old.shape == ():
        return "note" if math.prod(drift.node.shape) == 1 else "warning"
    return "error"


def _aftermath(seen: Seen, drift: Drift) -> str:
    """Where the program raised because of it."""
    site = seen.recording.ending.site
    if seen.recording.ending.how != "raised" or site is None:
        return ""
    reach = seen.graph.ancestors(culprits(seen))
    return f"; line {site.row} raised because of it" if drift.new.index in reach else ""


def _operands(node: Node) -> list[tuple[object, Node]]:
    assert node.spot is not None
    expressions = operand_expressions(node.spot.node)
    values = [a for a in node.args[:2] if isinstance(a, Node)]
    return list(zip(expressions, values, strict=False)) if len(values) == 2 else []


def _target(node: Node) -> str:
    statement = node.spot.statement if node.spot else None
    targets = getattr(statement, "targets", None) or [getattr(statement, "target", None)]
    if targets[0] is None or node.spot is None:
        return "the parameter"
    return short(node.spot.file.text_of(targets[0]))
