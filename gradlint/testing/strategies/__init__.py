"""Hypothesis strategies for people who test gradients: shapes, inputs, parameters, networks.

``shapes`` and ``arrays`` draw the inputs of a forward/backward pair from a line that names axes,
``"x: b i, w: i h, b: h"``; ``trees`` draws nested parameters; ``networks`` draws whole training
programs, for those who test a tool like this one; ``for_all_shapes`` turns a pair into a property
test.  Names load on first use: only what draws arrays imports NumPy.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gradlint.testing.strategies.axes import shapes
    from gradlint.testing.strategies.every_shape import for_all_shapes
    from gradlint.testing.strategies.programs import Network, networks
    from gradlint.testing.strategies.values import arrays, trees

__all__ = ["Network", "arrays", "for_all_shapes", "networks", "shapes", "trees"]

_HOMES = {
    "Network": "programs",
    "arrays": "values",
    "for_all_shapes": "every_shape",
    "networks": "programs",
    "shapes": "axes",
    "trees": "values",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
