"""WISDOM: one file for each mistake people make; the noun of this project.

A mistake is a class with a code, a kebab name and a docstring that is its documentation page.  It
may have several senses: ``in_gradient`` proposes what a suspect line should have been (the room
``diagnosis`` decides whether that is so), ``in_step`` and ``in_trace`` read one run, ``in_crash``
reads the error a program raised.  A mistake predicts; only the engine judges.

A module in this folder is found because it lies here.
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from typing import Any

from gradlint.diagnosis.catalogue import Catalogue


@cache
def catalogue() -> Catalogue:
    """All mistakes as the diagnosis and the pairs are handed them."""
    return Catalogue(tuple(load_all()), tuple(_classes("remarks")))


def load_all() -> list[Any]:
    """One instance of every mistake, by code."""
    names = [info.name for info in pkgutil.iter_modules(__path__)]
    found = [cls() for name in names if name != "remarks" for cls in _classes(name)]
    return sorted(found, key=lambda mistake: mistake.code)


def _classes(name: str) -> list[Any]:
    """The mistakes that a module of this folder defines."""
    module = importlib.import_module(f"{__name__}.{name}")
    classes = [c for c in vars(module).values() if isinstance(c, type)]
    own = [c for c in classes if c.__module__ == module.__name__]
    return [c for c in own if hasattr(c, "code") and hasattr(c, "name")]
