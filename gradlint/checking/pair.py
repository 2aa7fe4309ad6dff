"""``gradlint.check``: the door to one function pair, which is handed the mistakes here.

The story of the check itself is told in ``pairs``.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from gradlint.mistakes import catalogue
from gradlint.pairs.candidates import Settings
from gradlint.pairs.check import Check

if TYPE_CHECKING:
    from gradlint.findings import Report
    from gradlint.truth.workers import Spread


def check(
    forward: Any,
    backward: Any = None,
    *inputs: Any,
    args: Sequence[Any] = (),
    wrt: str | int | Iterable[str | int] | Mapping[str, Any] | None = None,
    call: str | Callable[..., Any] | None = None,
    loss: Any = None,
    cotangent: Any = None,
    seed: int = 0,
    workers: int | Spread = 1,
    explain: bool = True,
) -> Report:
    """Hold the gradients that ``backward`` computes against the function ``forward`` itself.

    How the two are called is found out from their signatures and by trying; the report says which
    convention was taken.  ``backward`` may be left out, or be None, where ``forward`` returns its
    gradients or is an object with both methods.

    ``args`` are further inputs that no gradient is asked for.  ``wrt`` names the inputs to be
    checked, or maps their names to keys or positions of what backward returns.  ``call`` says how
    backward is called (``"backward(dout, x, cache)"``), ``loss`` which part of what forward returns
    is differentiated (a position, a key or a function), ``cotangent`` what to multiply it with
    (random and uneven unless given).  ``workers`` spreads evaluations over processes, or over
    anything with a ``map``.  ``explain=False`` leaves out causes and lines: verdicts, factors and
    wrong entries cost a few evaluations, causes some dozens.  Same arguments and seed, same report.

    Raises CallError, a ValueError, if no convention fits: it says what was seen and what to pass.

    A layer that returns its output and a cache:

    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> x, w, b = rng.normal(size=(6, 4)), rng.normal(size=(4, 3)), rng.normal(size=3)
    >>> def affine_forward(x, w, b):
    ...     return x @ w + b, (x, w, b)
    >>> def affine_backward(dout, cache):
    ...     x, w, b = cache
    ...     return dout @ w.T, x.T @ dout, dout.sum(axis=0)
    >>> check(affine_forward, affine_backward, x, w, b).verdict
    'right'

    A loss that returns its gradients, in containers of any shape:

    >>> def loss_and_gradients(params, X, y):
    ...     residual = X @ params["w"] + params["b"] - y
    ...     grads = {"w": X.T @ residual, "b": residual.sum()}  # the loss is a mean
    ...     return 0.5 * np.mean(residual**2), grads
    >>> params = {"w": rng.normal(size=4), "b": 0.1}
    >>> report = check(loss_and_gradients, params, x, rng.normal(size=6))
    >>> [(p.name, p.verdict, round(p.factor, 6)) for p in report.parameters]
    [('w', 'wrong', 6.0), ('b', 'wrong', 6.0)]
    >>> report.findings[0].code
    'GL201'

    SciPy's ``f(w, *args)`` and ``grad(w, *args)``, or both in one:

    >>> def f(w, A, y):
    ...     return 0.5 * np.sum((A @ w - y) ** 2)
    >>> def grad(w, A, y):
    ...     return A.T @ (A @ w - y)
    >>> y = rng.normal(size=6)
    >>> check(f, grad, rng.normal(size=4), args=(x, y)).verdict
    'right'
    >>> check(lambda w, A, y: (f(w, A, y), grad(w, A, y)), rng.normal(size=4), x, y).verdict
    'right'

    An entrywise function and its slope:

    >>> check(np.tanh, lambda x: 1 - np.tanh(x) ** 2, x).verdict
    'right'

    Layers that keep cache and gradients on themselves, alone or in a list:

    >>> class Dense:
    ...     def __init__(self, n, k):
    ...         self.W, self.b = rng.normal(size=(n, k)), np.zeros(k)
    ...     def forward(self, x):
    ...         self.x = x
    ...         return x @ self.W + self.b
    ...     def backward(self, dout):
    ...         self.dW, self.db = self.x.T @ dout, dout.sum(axis=0)
    ...         return dout @ self.W.T
    >>> report = check(Dense(4, 3), x)
    >>> [p.name for p in report.parameters], report.verdict
    (['x', 'W', 'b'], 'right')
    >>> check([Dense(4, 5), Dense(5, 2)], x).verdict
    'right'

    Gradients in a dict keyed otherwise, in a tuple with None for what has none, or in buffers:

    >>> def keyed(dout, cache):
    ...     dx, dw, db = affine_backward(dout, cache)
    ...     return {"grad_b": db, "grad_w": dw, "grad_x": dx}
    >>> def partly(dout, cache):
    ...     return None, *affine_backward(dout, cache)[1:]
    >>> def written(dout, cache, grads):
    ...     grads["x"][:], grads["w"][:], grads["b"][:] = affine_backward(dout, cache)
    >>> [check(affine_forward, each, x, w, b).verdict for each in (keyed, partly, written)]
    ['right', 'right', 'right']

    Parameters nested as one likes, with gradients of the same structure:

    >>> def net(layers, x):
    ...     return x @ layers[0]["W"] @ layers[1]["W"]
    >>> def net_backward(dout, layers, x):
    ...     first, second = (layer["W"] for layer in layers)
    ...     return [{"W": x.T @ dout @ second.T}, {"W": (x @ first).T @ dout}]
    >>> layers = [{"W": rng.normal(size=(4, 3))}, {"W": rng.normal(size=(3, 2))}]
    >>> [p.name for p in check(net, net_backward, layers, x).parameters]
    ["layers[0]['W']", "layers[1]['W']"]

    What cannot be inferred is named:

    >>> def scale(x, k):
    ...     return {"y": k * x, "kept": (x, k)}
    >>> def scale_back(kept, up):
    ...     x, k = kept
    ...     return k * up
    >>> check(scale, scale_back, x, 3.0, loss="y", call="backward(returned['kept'], dout)").verdict
    'right'
    """
    if backward is not None and not callable(backward):
        backward, inputs = None, (backward, *inputs)
    if isinstance(forward, Iterator):  # of layers: it can be asked for them once only
        forward = list(forward)
    states = np.random.get_state(), random.getstate()
    try:
        settings = Settings(catalogue(), wrt, call, loss, cotangent, seed)
        pair = Check(forward, backward, inputs, tuple(args), settings, workers)
        with np.errstate(all="ignore"):
            return pair.report(explain)
    finally:
        np.random.set_state(states[0])
        random.setstate(states[1])
