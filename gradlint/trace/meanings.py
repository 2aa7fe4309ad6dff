"""Which NumPy function says what a method, a ``math`` function or a builtin means to an array.

Tables only, and the small functions that perform such a call again; nothing is recorded here.
"""

from __future__ import annotations

import builtins
import functools
import math
import operator
from typing import Any

import numpy as np

from gradlint.trace.primitives import assigned

# Array methods whose NumPy function has the same name and the same order of arguments.
METHODS: dict[str, Any] = {
    name: getattr(np, name)
    for name in (
        "sum", "mean", "prod", "max", "min", "std", "var", "cumsum", "cumprod", "dot", "take",
        "repeat", "squeeze", "swapaxes", "diagonal", "trace", "argmax", "argmin", "argsort",
        "ravel", "clip", "round", "ptp", "choose", "compress", "searchsorted", "nonzero",
        "all", "any", "copy", "conj", "reshape", "transpose", "argpartition",
    )
    if hasattr(np, name)
}  # fmt: skip
METHODS |= {"flatten": np.ravel, "conjugate": np.conj}
VARIADIC = {"reshape", "transpose"}  # x.reshape(2, -1) means np.reshape(x, (2, -1))

# Methods that stand for an operator when they are called by name.
DUNDERS: dict[str, Any] = {
    "__add__": np.add, "__sub__": np.subtract, "__mul__": np.multiply, "__neg__": np.negative,
    "__truediv__": np.true_divide, "__pow__": np.power, "__matmul__": np.matmul,
    "__abs__": np.absolute, "__getitem__": operator.getitem,
}  # fmt: skip

# Functions of one array or float to another that are not NumPy's.
PLAIN: dict[Any, Any] = {
    getattr(math, ours): theirs
    for ours, theirs in {
        "exp": np.exp, "log": np.log, "log2": np.log2, "log10": np.log10, "log1p": np.log1p,
        "expm1": np.expm1, "sqrt": np.sqrt, "sin": np.sin, "cos": np.cos, "tan": np.tan,
        "asin": np.arcsin, "acos": np.arccos, "atan": np.arctan, "atan2": np.arctan2,
        "sinh": np.sinh, "cosh": np.cosh, "tanh": np.tanh, "fabs": np.fabs, "pow": np.power,
        "hypot": np.hypot, "erf": math.erf, "fsum": builtins.sum,
    }.items()
}  # fmt: skip
PLAIN |= {
    operator.add: np.add, operator.sub: np.subtract, operator.mul: np.multiply,
    operator.truediv: np.true_divide, operator.pow: np.power, operator.matmul: np.matmul,
    operator.neg: np.negative, operator.abs: np.absolute, operator.getitem: operator.getitem,
}  # fmt: skip
NUMERIC = {abs: np.absolute, round: np.round, pow: np.power, divmod: np.divmod}

# Calls that make an array from nothing but sizes.
CREATORS = {
    np.zeros, np.ones, np.empty, np.full, np.eye, np.identity, np.zeros_like, np.ones_like,
    np.empty_like, np.full_like, np.arange, np.linspace,
}  # fmt: skip
ITERATING = {
    functools.reduce,
    zip,
    enumerate,
    map,
    filter,
    list,
    tuple,
    reversed,
    sorted,
    iter,
    sum,
    min,
    max,
}
CASTS = {float, np.float64, np.float32, np.float16, np.longdouble}
CHANGING = (np.copyto, np.put, np.place, np.putmask, np.fill_diagonal, np.put_along_axis)
CHANGING_METHODS = ("fill", "sort", "partition", "put", "resize", "setfield")
PASSIVE = (str, bytes, int, bool, dict, set, type(None))


class InPlace:
    """An operation whose result takes the dtype of its first argument, as in-place ones do."""

    def __init__(self, run: Any) -> None:
        self.run = run

    def __call__(self, target: Any, value: Any) -> Any:
        """Perform the operation on values; the target stays as it is."""
        result = self.run(target, value)
        if getattr(result, "dtype", None) == getattr(target, "dtype", None):
            return result
        return assigned(target, result)


def changed(function: Any, target: Any, *args: Any, **kwargs: Any) -> Any:
    """A copy of the target after ``function(target, ...)`` has changed it."""
    result = np.array(target, order="K")
    function(result, *args, **kwargs)
    return result


def by_method(name: str, owner: Any, *args: Any, **kwargs: Any) -> Any:
    """``owner.name(...)``."""
    return getattr(owner, name)(*args, **kwargs)


def item_of(owner: Any, *index: Any) -> Any:
    """``owner.item(...)``."""
    return owner.item(*index)


def float_at(owner: Any, position: int) -> float:
    """``owner.tolist()[position]``."""
    return float(owner[position])


def taken(owner: Any, parts: list[Any]) -> Any:
    """``np.c_[...]`` or ``np.r_[...]``."""
    return owner[tuple(parts)]


def flat_array(matrix: Any) -> np.ndarray:
    """``matrix.A1``."""
    return np.asarray(matrix).ravel()


def is_matrix_product(left: Any, right: Any) -> bool:
    """Whether ``left * right`` is a product of matrices, as it is for ``np.matrix``."""
    return isinstance(left, np.matrix) or (isinstance(right, np.matrix) and not np.isscalar(left))
