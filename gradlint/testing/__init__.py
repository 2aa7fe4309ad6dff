"""What tests of gradients are written with: assertions, a pytest plugin, Hypothesis strategies.

Names load on first use: the pytest plugin lives here and must cost a test run nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gradlint.testing import strategies
    from gradlint.testing.assertions import (
        MOST_LINES,
        GradientError,
        assert_gradients,
        assert_right,
        failure,
    )

__all__ = [
    "MOST_LINES",
    "GradientError",
    "assert_gradients",
    "assert_right",
    "failure",
    "strategies",
]


def __getattr__(name: str) -> Any:
    if name == "strategies":
        return importlib.import_module(f"{__name__}.strategies")
    if name in __all__:
        return getattr(importlib.import_module(f"{__name__}.assertions"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
