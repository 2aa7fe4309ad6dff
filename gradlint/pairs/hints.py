"""What a function's text says about the shapes of its arguments.

``N, C, H, W = x.shape`` says that x has four axes, ``np.einsum("bid,bjd->bij", q, k)`` that q and
k share two of theirs, ``y[0] + y[1]`` that y is two numbers, ``for W, b in params`` that params is
a list of pairs.

This module knows syntax and no sizes of its own.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import numpy as np

from gradlint.source.small_edits import whole_number
from gradlint.structs import field, struct

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


@struct(frozen=False)
class Hint:
    """What is known of one argument; 0, empty or None where the text says nothing."""

    axes: int = 0  # exactly so many
    at_least: int = 0  # or more axes
    numbers: int = 0  # a vector of so many numbers, each read by its position
    letters: str = ""  # of an einsum: the same letter is the same size
    shape: tuple[int, ...] = ()  # what the letters are taken for
    keys: list[str] = field(default_factory=list)  # of a dict
    items: tuple[str, ...] = ()  # a list of tuples, whose parts are called so
    choices: tuple[str, ...] = ()  # the texts that it is compared with


def hints_of(
    function: Callable[..., Any], sizes: Sequence[int] = (), beside: Any = None
) -> dict[str, Hint]:
    """Read a function's text; no hints where it cannot be read.

    ``sizes`` are given to the axes that go by letters, in the order of the alphabet.  How many axes
    an argument has, the function ``beside`` it may tell, its gradient.
    """
    tree = _syntax(function)
    if tree is None:
        return {}
    found: dict[str, Hint] = defaultdict(Hint)
    _reordered(found, tree, None if beside is None else _syntax(beside))
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            _unpacked(found, node.targets[0], node.value)
        elif isinstance(node, ast.For | ast.comprehension):
            _iterated(found, node.target, node.iter)
        elif isinstance(node, ast.Call):
            _contracted(found, node)
        elif isinstance(node, ast.Subscript):
            _indexed(found, node)
        elif isinstance(node, ast.Compare):
            _compared(found, node)
    _read_by_position(found, tree)
    _settle_letters(found, sizes)
    return found


def _settle_letters(found: dict[str, Hint], sizes: Sequence[int]) -> None:
    """Turn the letters of an einsum into shapes, if more than one argument goes by them."""
    lettered = [hint for hint in found.values() if hint.letters]
    if len(lettered) == 1:  # nothing says what its letters are in the other operands
        lettered[0].axes, lettered[0].letters = len(lettered[0].letters), ""
    letters = sorted({letter for hint in lettered for letter in hint.letters})
    known = dict(zip(letters, sizes, strict=False))
    for hint in found.values():
        hint.shape = tuple(known.get(letter, sizes[-1]) for letter in hint.letters if sizes)


def attributes_kept(function: Callable[..., Any], name: str) -> set[str]:
    """Give the attributes of an argument that are set, or called: what keeps something for later.

    Those that every array has are left out.
    """
    tree = _syntax(function)
    own = (
        []
        if tree is None
        else [
            node
            for node in ast.walk(tree)
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
            if node.value.id == name
        ]
    )
    called = {id(node.func) for node in ast.walk(tree or ast.Pass()) if isinstance(node, ast.Call)}
    written = {n.attr for n in own if isinstance(n.ctx, ast.Store) or id(n) in called}
    return {attribute for attribute in written if not hasattr(np.ndarray, attribute)}


def _syntax(function: Callable[..., Any]) -> ast.Module | None:
    """The text of a function; None where it cannot be read."""
    try:
        return ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, TypeError, SyntaxError):
        return None


def _reordered(found: dict[str, Hint], *trees: ast.Module | None) -> None:
    """``k.transpose(0, 2, 1)`` and ``self.k.swapaxes(1, 2)``."""
    for node in (n for tree in trees if tree is not None for n in ast.walk(tree)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            _with_axes(found, node, node.func)


def _with_axes(found: dict[str, Hint], call: ast.Call, function: ast.Attribute) -> None:
    """The axes that a method is given in their new order."""
    owner, given = function.value, call.args
    if len(given) == 1 and isinstance(given[0], ast.Tuple | ast.List):
        given = given[0].elts
    axes = [whole_number(part) for part in given]
    name = getattr(owner, "id", "")
    if isinstance(owner, ast.Attribute) and ast.unparse(owner.value) == "self":
        name = owner.attr
    if name and len(axes) > 1 and None not in axes:
        if function.attr == "transpose":
            found[name].axes = len(axes)
        elif function.attr == "swapaxes":
            found[name].at_least = max(found[name].at_least, 1 + max(a or 0 for a in axes))


def _unpacked(found: dict[str, Hint], target: ast.expr, value: ast.expr) -> None:
    """``N, D = x.shape``."""
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Attribute):
        plain = all(isinstance(part, ast.Name) for part in target.elts)
        if value.attr == "shape" and isinstance(value.value, ast.Name) and plain:
            found[value.value.id].axes = len(target.elts)


def _iterated(found: dict[str, Hint], target: ast.expr, iterable: ast.expr) -> None:
    """``for W, b in params`` and ``for k, (W, b) in enumerate(params)``."""
    if isinstance(iterable, ast.Call) and isinstance(iterable.func, ast.Name):
        if iterable.func.id == "enumerate" and isinstance(target, ast.Tuple) and iterable.args:
            _iterated(found, target.elts[-1], iterable.args[0])
        return
    if isinstance(iterable, ast.Name) and isinstance(target, ast.Tuple):
        names = [part.id for part in target.elts if isinstance(part, ast.Name)]
        if len(names) == len(target.elts):
            found[iterable.id].items = tuple(names)


def _contracted(found: dict[str, Hint], call: ast.Call) -> None:
    """``np.einsum("ij,jk->ik", a, b)``."""
    called = getattr(call.func, "attr", getattr(call.func, "id", ""))
    if called != "einsum" or not call.args or not isinstance(call.args[0], ast.Constant):
        return
    inputs = str(call.args[0].value).replace(" ", "").partition("->")[0].split(",")
    for letters, operand in zip(inputs, call.args[1:], strict=False):
        if isinstance(operand, ast.Name) and letters.isalpha():
            found[operand.id].letters = letters


def _indexed(found: dict[str, Hint], node: ast.Subscript) -> None:
    """``x[:, t]``, ``x.shape[2]`` and ``params["W1"]``."""
    value, index = node.value, node.slice
    if isinstance(value, ast.Name):
        hint = found[value.id]
        stored = isinstance(node.ctx, ast.Store)
        if isinstance(index, ast.Constant) and isinstance(index.value, str) and not stored:
            hint.keys = list(dict.fromkeys([*hint.keys, index.value]))
        elif isinstance(index, ast.Tuple):
            axes = [
                part for part in index.elts if not isinstance(part, ast.Constant | ast.Attribute)
            ]
            numbers = [part for part in index.elts if whole_number(part) is not None]
            hint.at_least = max(hint.at_least, len(axes) + len(numbers))
    elif isinstance(value, ast.Attribute) and value.attr == "shape":
        position = whole_number(index)
        if isinstance(value.value, ast.Name) and position is not None and position >= 0:
            hint = found[value.value.id]
            hint.at_least = max(hint.at_least, position + 1)


def _compared(found: dict[str, Hint], node: ast.Compare) -> None:
    """``if activation == "relu"`` and ``if activation in ("relu", "tanh")``."""
    if isinstance(node.left, ast.Name):
        inside = [part for other in node.comparators for part in ast.walk(other)]
        texts = [p.value for p in inside if isinstance(p, ast.Constant)]
        hint = found[node.left.id]
        chosen = [t for t in texts if isinstance(t, str)]
        hint.choices = tuple(dict.fromkeys([*hint.choices, *chosen]))


def _read_by_position(found: dict[str, Hint], tree: ast.AST) -> None:
    """Find vectors that are read by constant positions and in no other way."""
    read: dict[str, list[int | None]] = defaultdict(list)
    whole: dict[str, int] = defaultdict(int)
    for node in ast.walk(tree):
        if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name):
            read[node.value.id].append(whole_number(node.slice))
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            whole[node.id] += 1
    for name, positions in read.items():
        known = [p for p in positions if p is not None]
        if len(known) == len(positions) == whole[name] and len(set(known)) > 1 and min(known) >= 0:
            found[name].numbers = max(known) + 1
