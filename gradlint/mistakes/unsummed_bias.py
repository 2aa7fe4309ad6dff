"""GL206 unsummed-bias."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import numpy as np

from gradlint.diagnosis.context import Experiment
from gradlint.diagnosis.factors import Edits, other_reductions
from gradlint.diagnosis.numbers import Guess, close
from gradlint.findings import Finding
from gradlint.reading.axes.drift import drifts
from gradlint.reading.axes.unsummed import Missed, missed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gradlint.diagnosis.case import Case
    from gradlint.diagnosis.numbers import Numbers
    from gradlint.reading.axes.drift import Drift
    from gradlint.reading.axes.scope import Seen
    from gradlint.reading.step import Parameter
    from gradlint.trace.tape import Node

_REDUCTIONS = ("sum", "mean", "average")


class UnsummedBias:
    """A bias gradient is not summed over the batch, or over the wrong axis, or averaged beside sums.

    What happens
    ------------
    A bias is added to every sample, so its gradient is the sum of the delta over the batch. Here
    the delta itself is used, it is summed over the units instead, or it is averaged where the
    weights' gradients are summed.

    Why it is wrong
    ---------------
    Each sample contributes to the derivative. What is not summed has the wrong shape and changes
    the bias's; what is averaged is m times too small beside the sums.

    How it shows
    ------------
    An error about shapes once the batch has more than one sample, a bias that grows a batch axis,
    or biases that learn m times slower than the weights.

    Fix
    ---
    Sum over the batch axis, and keep the bias's shape: `d.sum(axis=0)` with samples in rows,
    `d.sum(axis=1, keepdims=True)` with samples in columns.

    Example
    -------
    Bad:

        import numpy as np

        rng = np.random.default_rng(0)
        x, y = rng.normal(size=(9, 3)), rng.normal(size=(9, 2))
        W, b = rng.normal(size=(3, 2)), np.zeros(2)
        for step in range(3):
            out = np.tanh(x @ W + b)
            loss = 0.5 * np.sum((out - y) ** 2)
            d = (out - y) * (1 - out ** 2)
            dW = x.T @ d
            db = np.mean(d, axis=0)
            W -= 0.01 * dW
            b -= 0.01 * db

    Good:

        import numpy as np

        rng = np.random.default_rng(0)
        x, y = rng.normal(size=(9, 3)), rng.normal(size=(9, 2))
        W, b = rng.normal(size=(3, 2)), np.zeros(2)
        for step in range(3):
            out = np.tanh(x @ W + b)
            loss = 0.5 * np.sum((out - y) ** 2)
            d = (out - y) * (1 - out ** 2)
            dW = x.T @ d
            db = np.sum(d, axis=0)
            W -= 0.01 * dW
            b -= 0.01 * db
    """  # noqa: E501 - the summary is a row of the README's table, word for word

    code = "GL206"
    name = "unsummed-bias"
    severity = "error"
    recognises = ("summed axis", "mean for a sum")
    of_multiples = True  # also asked about right values at a wrong multiple

    def in_numbers(self, seen: Numbers) -> Iterator[Guess]:
        """A bias's gradient is a mean where others are sums, or the sum over everything."""
        if seen.batch is not None and seen.factor < 1 and seen.hand.ndim <= 1 and seen.right:
            told = f"is a mean over the batch where a sum belongs: {seen.factor:.4g}×"
            yield Guess(f"{seen.said} {told}", "sum over the batch, as for the others")
        if seen.hand.ndim != 1 or seen.hand.size < 2 or np.ptp(seen.hand) != 0:
            return
        if seen.probe.truth is not None and close(seen.hand[0], seen.probe.truth.sum()):
            text = f"{seen.said} is one number, the sum over all axes"
            yield Guess(text, "sum over the batch axis only: axis=0")

    def in_trace(self, seen: Seen) -> Iterator[Finding]:
        """Report the line that makes the gradient after which a bias has another shape."""
        for drift in drifts(seen):
            found = missed(seen, drift)
            if found is not None and not found.drops:
                yield self._drifting(seen, drift, found)

    def _drifting(self, seen: Seen, drift: Drift, found: Missed) -> Finding:
        bias = drift.old.names[-1] if drift.old.names else "the bias"
        have, want = seen.names.shape(found.node), seen.names.shape(drift.old)
        if found.axes:
            own = seen.axes.of(found.node)
            over = " and ".join(seen.names.of(own[i]) for i in found.axes)
            message = f"`{found.text}` is not summed over {over}: {have} for `{bias}` {want}"
        else:
            message = f"`{found.text}` does not sum to the shape of `{bias}`: {have} for {want}"
        return Finding.of(
            self,
            message,
            found.site,
            f"the update in line {seen.site(drift.node).row} makes `{bias}` "
            f"{seen.names.shape(drift.node)}",
            evidence={"gradient": list(found.node.shape), "shape": list(drift.old.shape)},
            fix=found.fix,
        )

    def in_gradient(self, case: Case) -> Iterator[Experiment]:
        """The line is right with another reduction over the batch."""
        own = case.suspect.parameter
        if own is None or case.root is None:
            return
        name = own.parameter.name
        if own.parameter.node not in _added(case):
            yield from _along(case, name)
            return
        for part, node in case.parts():
            reduction = _reduction(part)
            if reduction is not None:
                yield from self._rewritten(case, part, reduction, own.parameter)
            elif node is not None and len(node.shape) in (1, 2):
                message = f"the gradient of `{name}` is not summed over the batch"
                for text in _summed(ast.unparse(part), node.shape, own.parameter.node.shape):
                    yield Experiment(message, 1.0, edits=((part, text),))

    def _rewritten(
        self, case: Case, part: ast.expr, reduction: tuple[str, str], bias: Parameter
    ) -> Iterator[Experiment]:
        (kind, argument), name, shape = reduction, bias.name, bias.node.shape
        shown = case.text(part)
        if kind == "mean":
            message = f"`{shown}` takes the mean where the other gradients are sums"
            for edits in other_reductions(case, kind):
                yield Experiment(message, 0.85, edits=edits)
        for edits in _other_axis(part):
            message = f"`{shown}` does not sum over the batch: the wrong axis for `{name}`"
            yield Experiment(message, 0.85, edits=edits)
        for text in _summed(argument, (0, 0), shape):
            if kind == "sum":
                message = f"`{shown}` does not sum over the batch: the wrong axis for `{name}`"
            else:
                message = f"`{shown}` takes the mean where the other gradients are sums"
            yield Experiment(message, 0.9, edits=((part, text),))


def _along(case: Case, name: str) -> Iterator[Experiment]:
    """What scales rather than shifts is summed along an axis as well: along the other one."""
    for part, _ in case.parts():
        for edits in _other_axis(part) if _reduction(part) is not None else ():
            message = f"`{case.text(part)}` sums along the wrong axis for `{name}`"
            yield Experiment(message, 1.0, edits=edits)


def _other_axis(part: ast.expr) -> Iterator[Edits]:
    """The reduction over the other axis, written as it is."""
    for keyword in part.keywords if isinstance(part, ast.Call) else ():
        value = keyword.value
        if keyword.arg == "axis" and isinstance(value, ast.Constant) and value.value in (0, 1):
            yield ((value, "0" if value.value == 1 else "1"),)


def _added(case: Case) -> list[Node]:
    """Parameters that are only ever added to something."""
    import numpy as np

    found = []
    for parameter in case.step.parameters:
        readers = [
            r
            for r in case.step.graph.readers[parameter.node.index]
            if r.index in case.diagnosis.forward
        ]
        if readers and all(r.function in (np.add, np.subtract, np.reshape) for r in readers):
            found.append(parameter.node)
    return found


def _reduction(part: ast.expr) -> tuple[str, str] | None:
    if not isinstance(part, ast.Call) or not isinstance(part.func, ast.Attribute):
        return None
    if part.func.attr not in _REDUCTIONS:
        return None
    base = ast.unparse(part.func.value)
    kind = "sum" if part.func.attr == "sum" else "mean"
    if base in ("np", "numpy") and part.args:
        return kind, ast.unparse(part.args[0])
    return kind, base


def _summed(text: str, have: tuple[int, ...], want: tuple[int, ...]) -> Iterator[str]:
    """Sums of an expression over one of its axes, those in the number of axes wanted first."""
    if len(have) == 1:
        yield f"np.sum({text})"
        return
    kept = [f"np.sum({text}, axis={axis}, keepdims=True)" for axis in (0, 1)]
    dropped = [f"np.sum({text}, axis={axis})" for axis in (0, 1)]
    yield from [*kept, *dropped] if len(want) == len(have) else [*dropped, *kept]
    yield f"np.sum({text})"
