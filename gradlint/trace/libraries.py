"""NumPy as it was: a program may put functions of its own in the place of NumPy's.

What it replaces holds while it runs, and not a moment longer: we compute with the same modules.
This module knows nothing of tapes.
"""

from __future__ import annotations

import contextlib
import math
import sys
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

_MISSING = object()


def _modules() -> list[ModuleType]:
    names = ("numpy", "numpy.linalg", "numpy.random", "numpy.fft", "scipy.special", "scipy.linalg")
    return [math, *(sys.modules[name] for name in names if name in sys.modules)]


_ORIGINAL = {module: dict(vars(module)) for module in (*_modules(), np.linalg)}


def _replaced() -> list[tuple[dict[str, Any], str, Any]]:
    """What is not as it was: the module's names, the name, and what stands there now."""
    return [
        (vars(module), name, vars(module).get(name, _MISSING))
        for module, names in _ORIGINAL.items()
        for name, value in names.items()
        if vars(module).get(name, _MISSING) is not value
    ]


def _restore() -> None:
    for module, names in _ORIGINAL.items():
        vars(module).update(names)


@contextlib.contextmanager
def kept() -> Iterator[None]:
    """Take back at the end what a program replaces; remember what is there at the beginning."""
    for module in _modules():
        _ORIGINAL[module] = dict(vars(module))
    try:
        yield
    finally:
        _restore()


@contextlib.contextmanager
def original() -> Iterator[None]:
    """NumPy itself for a moment, in the middle of a program that has replaced some of it."""
    replaced = _replaced()
    if not replaced:
        yield
        return
    _restore()
    try:
        yield
    finally:
        for names, name, value in replaced:
            if value is _MISSING:
                del names[name]
            else:
                names[name] = value
