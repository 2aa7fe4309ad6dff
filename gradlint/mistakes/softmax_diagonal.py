"""GL311 softmax-diagonal."""

from __future__ import annotations

import ast
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from gradlint.diagnosis.context import Experiment
from gradlint.diagnosis.numbers import Guess

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gradlint.diagnosis.case import Case
    from gradlint.diagnosis.identify import Identity
    from gradlint.diagnosis.numbers import Numbers
    from gradlint.trace.tape import Node


class SoftmaxDiagonal:
    """Only the diagonal of softmax's Jacobian, softmax twice, or the wrong axis.

    What happens
    ------------
    Softmax is treated like an activation that acts on each element: `p * (1 - p)` is only the
    diagonal of its Jacobian. Applying softmax twice, or along the wrong axis, belongs here too.

    Why it is wrong
    ---------------
    Each output of a softmax depends on all its inputs, since they share one sum. The terms off the
    diagonal, −p_i·p_j, are as large as those on it.

    How it shows
    ------------
    With one-hot labels and a squared error the network learns more slowly than it should; with
    cross-entropy the fused delta `p - y` is multiplied by a factor that does not belong there.

    Fix
    ---
    Use the whole product, `p * (d - np.sum(d * p, axis=1, keepdims=True))`, or, with cross-entropy,
    `p - y` alone.

    Example
    -------
    Bad:

        import numpy as np

        rng = np.random.default_rng(0)
        x, y = rng.normal(size=(9, 3)), np.eye(4)[rng.integers(0, 4, 9)]
        W = rng.normal(size=(3, 4))
        for step in range(3):
            e = np.exp(x @ W)
            p = e / e.sum(axis=1, keepdims=True)
            loss = 0.5 * np.sum((p - y) ** 2)
            d = p - y
            dz = d * p * (1 - p)
            W -= 0.1 * (x.T @ dz)

    Good:

        import numpy as np

        rng = np.random.default_rng(0)
        x, y = rng.normal(size=(9, 3)), np.eye(4)[rng.integers(0, 4, 9)]
        W = rng.normal(size=(3, 4))
        for step in range(3):
            e = np.exp(x @ W)
            p = e / e.sum(axis=1, keepdims=True)
            loss = 0.5 * np.sum((p - y) ** 2)
            d = p - y
            dz = p * (d - np.sum(d * p, axis=1, keepdims=True))
            W -= 0.1 * (x.T @ dz)
    """

    code = "GL311"
    name = "softmax-diagonal"
    severity = "error"

    def in_numbers(self, seen: Numbers) -> Iterator[Guess]:
        """The gradient is the upstream one times p(1 − p)."""
        out, above = (None, None) if seen.entrywise is None else seen.entrywise
        if out is not None and out.ndim and np.allclose(out.sum(axis=-1), 1):
            text = f"{seen.said} has the diagonal of softmax's Jacobian only"
            remedy = "out * (dout - np.sum(dout * out, axis=-1, keepdims=True))"
            yield Guess(text, remedy, predicted=above * out * (1 - out))

    def in_gradient(self, case: Case) -> Iterator[Experiment]:
        """The value is the upstream gradient times p(1 − p) of a softmax, or sums the wrong way."""
        for above, identity in case.upstreams:
            yield from self._below(case, above, identity)
        yield from _other_axis(case)

    def _below(self, case: Case, above: Node, identity: Identity) -> Iterator[Experiment]:
        p, g = case.of(identity.value), case.of(above)
        if p is None or g is None or case.root is None:
            return
        name, upper = case.named(identity.value), case.named(above)
        for axis in range(p[0].ndim):
            if p[0].shape[axis] < 2 or not all(_sums_to_one(v, axis) for v in p):
                continue
            predicted = _diagonals(g, p)
            message = (
                f"`{case.written}` uses only the diagonal p·(1 − p) of softmax's Jacobian; every "
                "output depends on every input"
            )
            if name and upper:
                text = f"{name} * ({upper} - np.sum({upper} * {name}, axis={axis}, keepdims=True))"
                edits = ((case.root, text),)
                if predicted is not None and _alike(predicted, case.user):
                    yield Experiment(message, 0.9, predicted, edits=edits)
                else:
                    other = (
                        f"`{case.written}` is no product with softmax's Jacobian over axis {axis}"
                    )
                    yield Experiment(other, 1.6, predicted, edits=edits)
            if predicted is not None:
                yield Experiment(message, 1.0, predicted)


def _diagonals(above: list[np.ndarray], p: list[np.ndarray]) -> list[np.ndarray] | None:
    """The upstream gradients times p·(1 − p)."""
    if any(d.size != v.size for d, v in zip(above, p, strict=True)):
        return None
    return [d.reshape(v.shape) * v * (1 - v) for d, v in zip(above, p, strict=True)]


def _other_axis(case: Case) -> Iterator[Experiment]:
    """The sum of the Jacobian's product runs over another axis than the softmax."""
    outputs = [v for _, node in case.parts() if node is not None and (v := case.of(node))]
    for (call, place, over), p in product(_axes_written(case), outputs):
        for axis in range(p[0].ndim):
            shares = p[0].shape[axis] > 1 and all(_sums_to_one(v, axis) for v in p)
            if shares and axis != over % p[0].ndim:
                message = f"`{case.text(call)}` sums over axis {over}, softmax over {axis}"
                yield Experiment(message, 0.9, edits=((place, str(axis)),))


def _axes_written(case: Case) -> Iterator[tuple[ast.Call, ast.expr, int]]:
    """The calls of a line with an ``axis=``, the place of its number, and the number."""
    calls = [part for part, _ in case.parts() if isinstance(part, ast.Call)]
    for call in calls:
        for value in [keyword.value for keyword in call.keywords if keyword.arg == "axis"]:
            if isinstance(value, ast.Constant) and isinstance(value.value, int):
                yield call, value, value.value


def _sums_to_one(value: np.ndarray, axis: int) -> bool:
    return bool(np.allclose(value.sum(axis=axis), 1.0, atol=1e-9) and (value > 0).all())


def _alike(values: list[np.ndarray], others: list[np.ndarray]) -> bool:
    return all(
        v.shape == o.shape and np.allclose(v, o, rtol=1e-7, atol=0)
        for v, o in zip(values, others, strict=True)
    )
