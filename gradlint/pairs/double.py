"""Double precision for a program that asks for single: what it computes, without its rounding.

``dtype="f"`` and ``astype(np.float32)`` leave three digits of a slope.  While a pair is checked a
second time, NumPy makes float64 wherever it is asked for less; whether a formula is right does not
depend on that.
"""

from __future__ import annotations

import contextlib
import functools
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_NARROW = ("float32", "float16", "single", "half")
_MAKERS = (
    "empty", "zeros", "ones", "full", "array", "asarray", "ascontiguousarray", "arange", "eye",
    "identity", "linspace", "empty_like", "zeros_like", "ones_like", "full_like",
)  # fmt: skip


@contextlib.contextmanager
def in_double() -> Iterator[None]:
    """Let NumPy make float64 where float32 or less is asked for by its name."""
    kept = {name: getattr(np, name) for name in (*_NARROW, *_MAKERS)}
    try:
        for name in _NARROW:
            setattr(np, name, np.float64)
        for name in _MAKERS:
            setattr(np, name, _widened(kept[name]))
        yield
    finally:
        for name, value in kept.items():
            setattr(np, name, value)


def _widened(maker: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(maker)
    def made(*args: Any, **named: Any) -> Any:
        return maker(*map(_wide, args), **{key: _wide(value) for key, value in named.items()})

    return made


def _wide(kind: Any) -> Any:
    """Give float64 for a narrower kind of float; anything else as it is."""
    narrow = isinstance(kind, str) and kind in ("f", "f4", "<f4", "e", "f2", *_NARROW)
    return np.float64 if narrow else kind
