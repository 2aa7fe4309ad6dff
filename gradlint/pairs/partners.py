"""Which functions of a file, and which methods of its classes, are a function and its gradient.

``affine_forward`` with ``affine_backward``, ``relu`` with ``relu_backward`` or ``drelu``,
``f`` with ``df``, ``loss`` with ``gradient``; methods by the same rules.  Names only propose: what
has no body of its own is no pair.

This module does not know what inputs are.
"""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
import types
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from gradlint.pairs.composed import through_closure
from gradlint.pairs.hints import hints_of
from gradlint.pairs.naming import is_buffers, is_gradient_of
from gradlint.structs import struct

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from gradlint.source.spots import SourceFile

_BACK = (
    r"backward_?pass|backward_?prop\w*|backwards?|bwd|back_?prop\w*|bprop|bp|back|gradients?|grads?"
    r"|derivatives?|derive|deriv|der|prime|jacobian|jac|vjp|slope|diff"
)
_AFTER = re.compile(rf"(?P<stem>.*?)_*(?:{_BACK})\Z", re.IGNORECASE)
_BEFORE = re.compile(rf"(?:{_BACK}|d|D)_*(?:of_+)?(?P<stem>.+)\Z", re.IGNORECASE)
_PLAIN = (
    "forward", "forward_pass", "forward_propagation", "forward_prop", "forwardprop", "fprop",
    "feedforward", "feed_forward", "fp", "f", "fn", "fun", "func", "function", "loss", "cost",
    "objective", "loss_function", "cost_function", "activation", "activation_function", "activate",
    "call", "__call__", "compute", "calculate", "calc", "apply", "evaluate", "value", "output",
)  # fmt: skip
_TWINS = (
    ("backward", "forward"), ("Backward", "Forward"), ("back_prop", "forward_prop"),
    ("backprop", "forwardprop"), ("backprop", "fprop"), ("bprop", "fprop"), ("bwd", "fwd"),
    ("backprop", "feedforward"), ("back", "forward"), ("backward", "feedforward"), ("bp", "fp"),
)  # fmt: skip
_JOINT = re.compile(r".*(loss|cost|objective|and_grad\w*|value_and\w*|f_and_g)\w*\Z", re.IGNORECASE)
_LOSS = re.compile(r"(\w+_)?(loss(es)?|cost|objective|nll|error|J)", re.IGNORECASE)
_DELTA = re.compile(r"d|g|deltas?(_\w+)?|(\w+_)?grads?(_\w+)?|(\w+_)?gradients?")
_OF_OUTPUT = re.compile(r"activated|_?from_(?:out|act)\w*|(?:out|act)\w*_?only", re.IGNORECASE)


@struct
class Found:
    """A pair by name; ``backward`` is None where gradients may be returned by the function.

    Of a ``kind`` the two are names of methods.
    """

    name: str
    forward: Any
    backward: Any = None
    kind: type | None = None

    def functions(self) -> tuple[Any, Any]:
        """Give both functions; those of a class as its definition has them."""
        if self.kind is None:
            return self.forward, self.backward
        return getattr(self.kind, self.forward), getattr(self.kind, self.backward)

    def names(self) -> set[str]:
        """Both names of a pair, and what they begin with: ``affine`` for ``affine_forward``."""
        back = self.backward if self.kind else getattr(self.backward, "__name__", self.name)
        names = {self.name, *([] if self.kind else [back])}
        if self.kind is not None:
            names |= {self.kind.__name__, f"{self.kind.__name__}.{back}"}
        stems = {m["stem"] for n in names if (m := _AFTER.fullmatch(n))} - {""}
        return names | stems | {n.removesuffix("_forward") for n in names}


def pairs_in(file: SourceFile, namespace: dict[str, Any]) -> Iterator[Found]:
    """Find the pairs that a file's names suggest, in order of definition."""
    functions = {
        name: value
        for name, value in namespace.items()
        if isinstance(value, types.FunctionType) and value.__code__.co_filename == file.filename
    }
    ufuncs = {n: v for n, v in namespace.items() if isinstance(v, np.ufunc)}
    taken: set[str] = set()
    for partner, name in _paired(functions, ufuncs):
        if partner in taken and partner in _PLAIN:
            continue  # `gradient` and `jacobian` are not both of the one `cost`
        taken |= {name, partner}
        yield Found(partner, functions.get(partner, ufuncs.get(partner)), functions[name])
    for name, function in functions.items():
        closure = None if name in taken else _closure_of(function)
        if closure is not None:
            yield Found(name, function, through_closure(function, closure))
        elif name not in taken and _returns_two(function):
            yield Found(name, function)
    yield from _of_classes(namespace)


def by_choices(pair: Found) -> Iterator[Found]:
    """Give a pair once for each text that an argument of both is compared with: ``"relu"``.

    Each of them is a way of its own through both functions.
    """
    forward, backward = pair.functions()
    found = _chosen(forward, backward) if pair.kind is None else {}
    if len(found) != 1:
        yield pair
        return
    ((name, choices),) = found.items()
    for choice in choices:
        given = {name: choice}
        way = partial(forward, **given), partial(backward, **given)
        yield Found(f"{pair.name}[{choice}]", *way)


def _chosen(forward: Any, backward: Any) -> dict[str, list[str]]:
    """Give the arguments that two functions share, with the texts that these are compared with."""
    both = (forward, backward)
    if not all(isinstance(function, types.FunctionType) for function in both):
        return {}
    hints = [hints_of(function) for function in both]
    found = {}
    for name in set.intersection(*(set(inspect.signature(f).parameters) for f in both)):
        texts = [text for known in hints if name in known for text in known[name].choices]
        if texts:
            found[name] = list(dict.fromkeys(texts))
    return found


def _of_classes(namespace: dict[str, Any]) -> Iterator[Found]:
    for value in dict.fromkeys(v for v in namespace.values() if isinstance(v, type)):
        if getattr(value, "__module__", None) == namespace.get("__name__"):
            yield from _methods(value)


def _methods(kind: type) -> Iterator[Found]:
    """Find the pairs among a class's methods; none in a class that leaves one to others."""
    names = [n for n in dir(kind) if not n.startswith("__") or n == "__call__"]
    methods = {n: f for n in names if isinstance(f := getattr(kind, n), types.FunctionType)}
    order = {name: k for k, base in enumerate(kind.__mro__) for name in vars(base)}
    ordered = dict(sorted(methods.items(), key=lambda item: order.get(item[0], 0)))
    pairs = [
        (forward, back)
        for forward, back in _paired(ordered, {})
        if not (is_empty(methods[forward]) or is_empty(methods[back]))
    ]
    if inspect.isabstract(kind):
        return
    for forward, back in pairs:
        usual = len(pairs) == 1
        yield Found(kind.__name__ if usual else f"{kind.__name__}.{back}", forward, back, kind)


def _paired(functions: Mapping[str, Any], others: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Pair names of functions with names of gradients."""
    for name in functions:
        partner = next((p for p in partners(name) if p in functions or p in others), None)
        if partner is not None and partner != name:
            yield partner, name


def partners(name: str) -> list[str]:
    """Give the names that the forward function of a backward function may have."""
    found = [name.replace(back, forward) for back, forward in _TWINS if back in name]
    plain = _OF_OUTPUT.sub("", name).strip("_")
    for pattern in (_AFTER, _BEFORE):
        match = pattern.fullmatch(plain)
        if match is None:
            continue
        stem = match["stem"].rstrip("_")
        if not stem:
            found += _PLAIN
            continue
        found += [f"{stem}_forward", f"forward_{stem}", f"{stem}_fwd", stem, f"{stem}_function"]
        found += [f"{stem}_loss", f"{stem}_cost", f"{stem}_activation", f"{stem}_func"]
    return [other for other in found if other != name]


def is_empty(function: Callable[..., Any]) -> bool:
    """Whether a function has no body of its own: ``pass``, ``...`` or ``raise``."""
    tree = syntax(function)
    if tree is None or getattr(function, "__isabstractmethod__", False):
        return tree is not None
    body = [n for n in tree.body if not (isinstance(n, ast.Expr) and _is_constant(n.value))]
    return all(
        isinstance(n, ast.Pass | ast.Raise) or (isinstance(n, ast.Return) and _is_constant(n.value))
        for n in body
    )


def _is_constant(node: ast.expr | None) -> bool:
    named = isinstance(node, ast.Name) and node.id == "NotImplemented"
    return node is None or isinstance(node, ast.Constant) or named


def syntax(function: Callable[..., Any]) -> ast.FunctionDef | None:
    """Give a function's definition; None where its text cannot be read."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, TypeError, SyntaxError):
        return None
    first = tree.body[0] if tree.body else None
    return first if isinstance(first, ast.FunctionDef) else None


def _closure_of(function: Any) -> ast.FunctionDef | None:
    """Give the function inside that is returned behind the result: ``return y, back``."""
    tree = syntax(function)
    if tree is None:
        return None
    inner = {n.name: n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef) and n is not tree}
    last = tree.body[-1]
    value = last.value if isinstance(last, ast.Return) else None
    if not isinstance(value, ast.Tuple) or len(value.elts) != 2:
        return None
    return inner.get(getattr(value.elts[1], "id", ""))


def _returns_two(function: Any) -> bool:
    """Whether a function may return its value and its gradients, in either order.

    One that has a name for it needs no more; others must form a gradient and a scalar.
    """
    tree = syntax(function)
    if tree is None:
        return False
    returns = [n.value for n in ast.walk(tree) if isinstance(n, ast.Return)]
    pairs = [v for v in returns if isinstance(v, ast.Tuple | ast.List) and len(v.elts) >= 2]
    if _JOINT.match(function.__name__) and any(len(v.elts) == 2 for v in pairs):
        return True
    known = [a.arg for a in tree.args.args]
    return any(
        _gives_gradients(part, known) or (any(map(_is_loss, v.elts)) and _is_delta(part))
        for v in pairs
        for part in v.elts
    )


def _is_loss(part: ast.expr) -> bool:
    return isinstance(part, ast.Name) and bool(_LOSS.fullmatch(part.id))


def _is_delta(part: ast.expr) -> bool:
    """``d`` and ``d / n``, beside a loss."""
    if isinstance(part, ast.BinOp) and isinstance(part.op, ast.Mult | ast.Div):
        return _is_delta(part.left) or _is_delta(part.right)
    return isinstance(part, ast.Name) and bool(_DELTA.fullmatch(part.id))


def _gives_gradients(part: ast.expr, known: list[str]) -> bool:
    """``dw``, ``dw / n``, ``grads``, ``(dw, db)`` and ``{"dw": dw}``, where w is an argument."""
    if isinstance(part, ast.Name):
        return is_buffers(part.id) or _is_called_so(part.id, known)
    if isinstance(part, ast.BinOp) and isinstance(part.op, ast.Mult | ast.Div):
        return any(_gives_gradients(side, known) for side in (part.left, part.right))
    if isinstance(part, ast.Tuple | ast.List):
        return any(_gives_gradients(inner, known) for inner in part.elts)
    return any(
        _is_called_so(key, known)
        or (isinstance(value, ast.Name) and _gives_gradients(value, known))
        for key, value in _entries(part)
    )


def _is_called_so(name: str, known: list[str]) -> bool:
    return any(is_gradient_of(name, own) for own in known)


def _entries(part: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    """The keys and values of ``{"w": dw}`` and ``dict(w=dw)``."""
    if isinstance(part, ast.Dict):
        keys = [str(k.value) if isinstance(k, ast.Constant) else "" for k in part.keys]
        yield from zip(keys, part.values, strict=True)
    elif isinstance(part, ast.Call) and getattr(part.func, "id", "") == "dict":
        yield from ((keyword.arg or "", keyword.value) for keyword in part.keywords)
