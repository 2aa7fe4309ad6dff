"""What people call gradients, caches and outputs: the words that tell one argument from another.

Names are evidence for *how a function is meant to be called*, never for what is right.
"""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from typing import TYPE_CHECKING, Any

from gradlint.structs import struct

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_UPSTREAM = re.compile(
    r"_?(?:(?:d|d_|grad_?|g_|delta_?|gradient_?|upstream_?)"
    r"(?:out\w*|y|z|a|h|c|s|x|p|l|next\w*|score\w*|logit\w*|pred\w*|hidden\w*|state\w*|cell\w*"
    r"|[A-Z]\w*)?(?:_(?:next|curr\w*|now|t|out|above|new))?|g|gy|gout|cotangent|ct|err|error|errors|top_diff|dl\w?|output_error|v)\Z"
)
_CACHE = {
    "cache", "caches", "ctx", "saved", "mem", "memory", "context", "intermediates", "kept",
    "residuals", "stored", "tape", "store",
}  # fmt: skip
_OUTPUT = {
    "out", "output", "outputs", "y", "a", "A", "s", "activation", "activations", "activated",
    "probs", "p", "result", "y_hat", "yhat", "y_pred", "pred",
}  # fmt: skip
_TARGETS = {
    "label", "labels", "target", "targets", "y_true", "ytrue", "Y_true", "truth", "ground_truth",
    "answers", "expected", "desired",
}  # fmt: skip
_RATE = re.compile(
    r"(?:\w*learn\w*rate|l_?rate|lr|rate|eta|alpha|step_?size|step)\Z", re.IGNORECASE
)
_BUFFERS = {"buffers", "buffer", "grads", "gradients", "into", "bufs", "grad_buffers"}

_MARKS = (
    re.compile(r"(_*)(?:dL_?d|dloss_d|d_|grads?_|gradient_|g_|delta_|nabla_|d|g|grad)(.+)\Z"),
    re.compile(r"()(.+?)_?(?:grads?|gradients?|delta)\Z"),
)
_SYNONYMS = {
    "weight": "w", "weights": "w", "kernel": "w", "bias": "b", "biases": "b", "input": "x",
    "inputs": "x", "data": "x", "scale": "gamma", "shift": "beta",
}  # fmt: skip


@struct
class Signature:
    """The positional parameters of a function: their names, and how many it needs."""

    names: tuple[str, ...]
    required: int
    variadic: bool = False
    known: bool = True

    def takes(self, count: int) -> bool:
        """Whether the function can be called with so many positional arguments."""
        if not self.known:
            return True
        return self.required <= count and (self.variadic or count <= len(self.names))


def signature_of(function: Callable[..., Any]) -> Signature:
    """Give the positional parameters of a function; all unknown for some compiled ones."""
    try:
        found = inspect.signature(function)
    except (TypeError, ValueError):
        return Signature((), 0, True, known=False)
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    plain = [p for p in found.parameters.values() if p.kind in kinds]
    variadic = any(p.kind is inspect.Parameter.VAR_POSITIONAL for p in found.parameters.values())
    required = sum(p.default is inspect.Parameter.empty for p in plain)
    return Signature(tuple(p.name for p in plain), required, variadic)


def is_upstream(name: str) -> bool:
    """Whether a parameter is called like the gradient that comes from above."""
    return bool(_UPSTREAM.match(name))


def is_cache(name: str) -> bool:
    """Whether a parameter is called like what the forward pass kept."""
    return name in _CACHE or name.endswith("cache")


def is_output(name: str) -> bool:
    """Whether a parameter is called like the result of the forward pass."""
    return name in _OUTPUT


def is_target(name: str) -> bool:
    """Whether a parameter is called like what the outputs should be: never a gradient."""
    return name in _TARGETS


def is_buffers(name: str) -> bool:
    """Whether a parameter is called like a place to write gradients into."""
    return name in _BUFFERS


def is_rate(name: str) -> bool:
    """Whether a parameter is called like a learning rate."""
    return bool(_RATE.match(name))


def unmarked(name: str) -> list[str]:
    """Give the names that ``name`` may be the gradient of: ``grad_W`` of ``W``."""
    found = []
    for pattern in _MARKS:
        match = pattern.match(name)
        if match:
            found.append(match[1] + match[2])
    return found


def is_gradient_of(name: str, parameter: str) -> bool:
    """Whether one name says that it is the gradient of the other."""
    return name != parameter and parameter in unmarked(name)


def is_differentiated(name: str, names: Iterable[str]) -> bool:
    """Whether another name says that it is the gradient of this one: ``dc`` beside ``c``."""
    return any(is_gradient_of(other, name) for other in names)


def pair_keys(
    keys: Iterable[Any],
    names: Iterable[Any],
    same_shape: Callable[[Any, Any], bool],
) -> dict[Any, Any] | None:
    """Find for each key of a dict of gradients the parameter that it belongs to.

    By the same name, by the name without its mark (``dW``, ``grad_W``), by what such things are
    called (``weight`` for ``w``), and what is left by its shape, if only one parameter has it.
    """
    left, free = list(keys), list(names)
    pairs: dict[Any, Any] = {}
    for agree in (_same, _same_unmarked, _same_loosely):
        for key in list(left):
            hits = [name for name in free if agree(key, name)]
            if len(hits) == 1:
                pairs[key] = hits[0]
                free.remove(hits[0])
                left.remove(key)
    for key in list(left):
        hits = [name for name in free if same_shape(key, name)]
        if len(hits) != 1:
            return None
        pairs[key] = hits[0]
        free.remove(hits[0])
    return pairs


def _same(key: Any, name: Any) -> bool:
    return bool(key == name)


def _same_unmarked(key: Any, name: Any) -> bool:
    return isinstance(key, str) and isinstance(name, str) and is_gradient_of(key, name)


def _same_loosely(key: Any, name: Any) -> bool:
    if not (isinstance(key, str) and isinstance(name, str)):
        return False
    return any(plain(word) == plain(name) for word in [key, *unmarked(key)])


def plain(name: str) -> str:
    """Give what a name means: ``w`` for ``_W`` and ``weights``."""
    lower = name.lower().strip("_")
    return _SYNONYMS.get(lower, lower)


def returned_names(function: Callable[..., Any]) -> list[str] | None:
    """Give the names in a function's last ``return dx, dw, db``, where its source can be read."""
    try:
        text = textwrap.dedent(inspect.getsource(function))
        tree = ast.parse(text)
    except (OSError, TypeError, SyntaxError):
        return None
    returns = [node.value for node in ast.walk(tree) if isinstance(node, ast.Return)]
    if not returns or not isinstance(returns[-1], ast.Tuple):
        return None
    names = [part.id for part in returns[-1].elts if isinstance(part, ast.Name)]
    return names if len(names) == len(returns[-1].elts) else None
