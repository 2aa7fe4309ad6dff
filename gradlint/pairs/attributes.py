"""Attributes of an object that belong together: parameters and their gradients, by their names.

``W`` and ``dW``, ``params["W"]`` and ``grads["W"]``, ``_w`` and ``grads["w"]``, ``W.data`` and
``W.grad``.  Names that say so exactly go before names that only mean the same.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np

from gradlint.pairs.naming import plain, unmarked
from gradlint.pairs.trees import Attr, is_number

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from gradlint.pairs.leaf import Leaf
    from gradlint.pairs.trees import Path

_HOLDERS = {"params", "parameters", "param", "data", "value", "values"}
_GRADIENT_HOLDERS = {"grads", "gradients", "grad", "gradient", "dparams"}
Keys = tuple[Any, ...]


def attribute_name(path: Path) -> str:
    """Write ``W`` for the attribute or the entry of ``params``, ``[0].W`` in a list of layers."""
    kept = [p for p in path if _key(p) not in _HOLDERS] or list(path)
    text = ""
    for part in kept:
        if isinstance(part, Attr) or (isinstance(part, str) and part.isidentifier()):
            text += f".{_key(part)}" if text else str(_key(part))
        else:
            text += f"[{part!r}]"
    return text


def gradient_slots(
    parameters: Sequence[Leaf],
    found: Sequence[tuple[Path, Any]],
    states: frozenset[Path] = frozenset(),
) -> dict[int, Path]:
    """Find for each owned leaf the attribute that is its gradient: ``dW``, ``grads["W"]``.

    Attributes that forward sets are ``states``, not parameters.
    """
    owned = {
        i: _plain_path(leaf.path)
        for i, leaf in enumerate(parameters)
        if leaf.owned and leaf.path not in states
    }
    slots = {path: v for path, v in found if is_number(v) or isinstance(v, list)}
    exact = _claimed(slots)
    pairs = {
        i: exact[keys]
        for i, keys in owned.items()
        if keys in exact and exact[keys] != parameters[i].path
    }
    left = {i: _loosely(keys) for i, keys in owned.items() if i not in pairs}
    free = {path: v for path, v in slots.items() if path not in pairs.values()}
    pairs |= dict(_meant(left, free, parameters))
    return pairs | dict(_in_twins(left.keys() - pairs.keys(), free, parameters))


def _in_twins(
    left: Iterable[int], free: Mapping[Path, Any], parameters: Sequence[Leaf]
) -> Iterator[tuple[int, Path]]:
    """Pair the entries of two containers with the same keys and shapes: ``p["W"]``, ``g["W"]``.

    There is one container of either kind, whatever the two are called.
    """
    owned: dict[Path, dict[Any, int]] = {}
    given: dict[Path, dict[Any, Path]] = {}
    for i in sorted(left):
        path = parameters[i].path
        owned.setdefault(path[:-1], {})[path[-1]] = i
    for path in free:
        given.setdefault(path[:-1], {})[path[-1]] = path
    for place, own in owned.items():
        alike = [g for g in given.values() if place and g.keys() == own.keys()]
        twins = [
            g
            for g in alike
            if all(np.shape(free[g[key]]) == parameters[i].shape for key, i in own.items())
        ]
        if len(twins) == 1 and sum(o.keys() == own.keys() for o in owned.values()) == 1:
            yield from ((i, twins[0][key]) for key, i in own.items())


def _claimed(slots: Iterable[Path]) -> dict[Keys, Path]:
    """The parameters whose gradients some attributes are called, each with the first of these."""
    exact: dict[Keys, Path] = {}
    for path in slots:
        for parameter in _gradient_of(path):
            exact.setdefault(parameter, path)
    return exact


def _meant(
    left: dict[int, Keys], free: Mapping[Path, Any], parameters: Sequence[Leaf]
) -> Iterator[tuple[int, Path]]:
    """Pair what only means the same and has the same shape, where there is one of each."""
    wanted = Counter(left.values())
    for i, keys in left.items():
        own, shape = parameters[i].path, parameters[i].shape
        alike = [p for p, value in free.items() if p != own and np.shape(value) == shape]
        hits = [p for p in alike if keys in map(_loosely, _gradient_of(p))]
        if wanted[keys] == 1 and len(hits) == 1:
            yield i, hits[0]


def is_gradient_slot(leaf: Leaf, everything: Sequence[Leaf]) -> bool:
    """Whether an attribute is called like the gradient of another one."""
    paths = {_plain_path(other.path) for other in everything if other.path != leaf.path}
    return any(parameter in paths for parameter in _gradient_of(leaf.path))


def _key(part: Any) -> Any:
    return part.name if isinstance(part, Attr) else part


def _plain_path(path: Path) -> Keys:
    keys = [_key(p) for p in path]
    return tuple(k for k in keys if k not in _HOLDERS) or tuple(keys)


def _loosely(keys: Keys) -> Keys:
    return (*keys[:-1], plain(keys[-1]) if isinstance(keys[-1], str) else keys[-1])


def _gradient_of(path: Path) -> list[Keys]:
    """Give the plain paths of parameters that a path may hold the gradient of."""
    keys = [_key(p) for p in path]
    inner = tuple(k for k in keys if k not in _GRADIENT_HOLDERS)
    found = []
    if len(inner) < len(keys) and inner:
        found.append(inner)
    if inner and isinstance(inner[-1], str):
        found += [(*inner[:-1], name) for name in unmarked(inner[-1])]
    return found
