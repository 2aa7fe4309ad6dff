"""Parameter trees: arrays and numbers inside dicts, lists, tuples and plain objects, by path.

A path is the way from the root to a leaf: keys, positions and attributes.  Trees are rebuilt, never
written into: what the user holds stays as it is.
"""

from __future__ import annotations

import copy
import types
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from gradlint.structs import struct

Path = tuple[Any, ...]
MOST_LEAVES = 20_000  # a list of more numbers is data, not a tree of parameters


@struct
class Attr:
    """An attribute on the way to a leaf."""

    name: str

    def __str__(self) -> str:
        return f".{self.name}"


def is_number(value: Any) -> bool:
    """Whether a value is one number or an array of numbers, integers included."""
    if isinstance(value, bool | np.bool_):
        return False
    if isinstance(value, np.ndarray):
        return value.dtype.kind in "fiu"
    return isinstance(value, float | int | np.floating | np.integer)


def is_float(value: Any) -> bool:
    """Whether a value is a float or an array of floats: what can have a gradient."""
    kind = getattr(getattr(value, "dtype", None), "kind", None)
    return kind == "f" if kind is not None else isinstance(value, float)


def is_object(value: Any) -> bool:
    """Whether a value is an instance of a class somebody wrote, whose attributes may hold arrays.

    Numbers, functions, modules and what compiled libraries define are leaves.
    """
    kind = type(value)
    if isinstance(value, type | types.ModuleType | np.ndarray | np.generic) or callable(
        getattr(value, "__array__", None)
    ):
        return False
    own = kind.__module__.partition(".")[0]
    return own not in ("builtins", "numpy", "functools", "collections") and hasattr(
        value, "__dict__"
    )


def children(tree: Any) -> Iterator[tuple[Any, Any]]:
    """Give the (key, value) pairs of a container; nothing for a leaf."""
    if isinstance(tree, Mapping):
        yield from tree.items()
    elif isinstance(tree, list | tuple) or _is_row_of_objects(tree):
        yield from enumerate(tree)
    elif is_object(tree):
        yield from ((Attr(name), value) for name, value in vars(tree).items())


def _is_row_of_objects(tree: Any) -> bool:
    return isinstance(tree, np.ndarray) and tree.dtype == object and tree.ndim == 1


def leaves(tree: Any, prefix: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Give every leaf with its path, in order; an object that is met twice is walked once."""
    yield from _leaves(tree, prefix, set())


def _leaves(tree: Any, prefix: Path, seen: set[int]) -> Iterator[tuple[Path, Any]]:
    parts = None if is_number(tree) else list(children(tree))
    if not parts or len(parts) > MOST_LEAVES:
        yield prefix, tree
        return
    if id(tree) in seen:
        return
    seen.add(id(tree))
    for key, value in parts:
        yield from _leaves(value, (*prefix, key), seen)
    seen.discard(id(tree))


def at(tree: Any, path: Path) -> Any:
    """Give the value at a path; raises KeyError, IndexError or AttributeError without one."""
    for key in path:
        tree = getattr(tree, key.name) if isinstance(key, Attr) else tree[key]
    return tree


def rebuild(tree: Any, changed: Callable[[Path, Any], Any], prefix: Path = ()) -> Any:
    """Give a tree of new containers of the same types, every leaf replaced by ``changed``."""
    parts = None if is_number(tree) else list(children(tree))
    if not parts or len(parts) > MOST_LEAVES:
        return changed(prefix, tree)
    new = [(key, rebuild(value, changed, (*prefix, key))) for key, value in parts]
    if isinstance(tree, tuple):
        values = [value for _, value in new]
        return type(tree)(*values) if hasattr(tree, "_fields") else tuple(values)
    if type(tree) is list:
        return [value for _, value in new]
    result = copy.copy(tree)
    for key, value in new:
        if isinstance(key, Attr):
            setattr(result, key.name, value)
        else:
            result[key] = value
    return result


def other_numbers(value: Any) -> Any:
    """Give other numbers of the same shape: no scaling and no shift leads to them."""
    size = np.size(value)
    return value + (1.0 + np.sin(np.arange(1.0, size + 1.0))).reshape(np.shape(value)) / 3


def written(root: str, path: Path) -> str:
    """Write a path as the user would: ``params['W1']``, ``layers[0].W``."""
    text = root
    for key in path:
        text += str(key) if isinstance(key, Attr) else f"[{key!r}]"
    return text


def shape_of(value: Any) -> tuple[int, ...] | None:
    """Give the shape of a number or an array of numbers, or None for anything else."""
    return np.shape(value) if is_number(value) else None


def described(value: Any, depth: int = 2) -> str:
    """Say in a few words what a value is: ``(array (6, 3), tuple of 3)``."""
    if isinstance(value, np.ndarray):
        return f"{value.dtype} array {value.shape}"
    if value is None or isinstance(value, bool | int | float | str | np.generic):
        return type(value).__name__ if not isinstance(value, type(None)) else "None"
    if isinstance(value, Mapping) and depth:
        shown = [f"{key!r}: {described(part, depth - 1)}" for key, part in list(value.items())[:6]]
        return "{" + ", ".join(shown) + (", …}" if len(value) > 6 else "}")
    if isinstance(value, list | tuple) and depth:
        shown = [described(part, depth - 1) for part in value[:6]]
        return "(" + ", ".join(shown) + (", …)" if len(value) > 6 else ")")
    if isinstance(value, list | tuple | Mapping):
        return f"{type(value).__name__} of {len(value)}"
    return f"{type(value).__name__} object"
