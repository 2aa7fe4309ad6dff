"""The record of one forward/backward pair: how it is called, and what a checker must say of it.

Conventions:

``cache``                ``out, cache = forward(*inputs)``; ``grads = backward(dout, cache)``
``loss-cache``           ``loss, cache = forward(*inputs)``; ``grads = backward(cache)``
``arguments``            ``out = forward(*inputs)``; ``grads = backward(dout, *inputs)``
``output``               ``out = forward(x)``; ``dx = backward(dout, out)``
``state``                ``out = forward(*inputs)``; ``grads = backward(dout)``: kept in a closure
``buffers``              as ``cache``, then ``backward(dout, cache, buffers)`` fills a dict
``derivative``           ``y = f(x)`` and its slope ``f'(x)``, entry by entry
``value-and-gradients``  ``loss, grads = forward(params, *data)``; no backward
``scipy``                ``f(w, *args)`` is a number, ``backward(w, *args)`` its gradient
``scipy-joint``          ``f, g = forward(w, *args)``; no backward
``object``               ``forward()`` makes a layer with ``forward(x)`` and ``backward(dout)``
``model``                ``forward()`` makes a list of such layers
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np


@dataclass(frozen=True)
class Pair:
    """One forward/backward pair and the truth about it.

    ``mistake`` is the code a checker should give ("" when ``right``), ``wrong_names`` the inputs,
    parameters or attributes whose gradient is wrong, named as the forward function names them.
    ``entries`` are the wrong entries where only some are.  The guilty line of a wrong pair ends
    with its code as a comment, where one line is guilty.
    """

    name: str
    convention: str
    forward: Callable[..., Any]
    backward: Callable[..., Any] | None
    make_inputs: Callable[[np.random.Generator], tuple[Any, ...]]
    right: bool = True
    mistake: str = ""
    wrong_names: tuple[str, ...] = ()
    entries: tuple[tuple[int, ...], ...] = ()
