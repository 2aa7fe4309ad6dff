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
    """All mistakes as the diagnosis is handed them."""
    return Catalogue(tuple(load_all()))


def load_all() -> list[Any]:
    """One instance of every mistake, by code."""
    found = []
    for info in pkgutil.iter_modules(__path__):
        if info.name == "remarks":
            continue  # what is said beside the mistakes
        module = importlib.import_module(f"{__name__}.{info.name}")
        for cls in vars(module).values():
            own = isinstance(cls, type) and cls.__module__ == module.__name__
            if own and hasattr(cls, "code") and hasattr(cls, "name"):
                found.append(cls())
    return sorted(found, key=lambda mistake: mistake.code)
