"""gradlint: which line of a hand-written backward pass is wrong, why, and what to write instead.

Public names load on first use (PEP 562): ``import gradlint`` costs nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gradlint import testing
    from gradlint.checking.files import check_file, explain_file
    from gradlint.checking.pair import check
    from gradlint.config import Options
    from gradlint.findings import (
        Annotation,
        Explanation,
        Finding,
        Fix,
        Loss,
        ParameterVerdict,
        Report,
        Site,
    )
    from gradlint.pairs.errors import CallError
    from gradlint.testing import strategies
    from gradlint.testing.strategies.every_shape import for_all_shapes
    from gradlint.testing.wrap import instrument, wrap

__version__ = "0.1.0"

__all__ = [
    "Annotation",
    "CallError",
    "Explanation",
    "Finding",
    "Fix",
    "Loss",
    "Options",
    "ParameterVerdict",
    "Report",
    "Site",
    "__version__",
    "check",
    "check_file",
    "explain_file",
    "for_all_shapes",
    "instrument",
    "strategies",
    "testing",
    "wrap",
]

_HOMES = {
    "Annotation": "gradlint.findings",
    "CallError": "gradlint.pairs.errors",
    "Explanation": "gradlint.findings",
    "Finding": "gradlint.findings",
    "Fix": "gradlint.findings",
    "Loss": "gradlint.findings",
    "Options": "gradlint.config",
    "ParameterVerdict": "gradlint.findings",
    "Report": "gradlint.findings",
    "Site": "gradlint.findings",
    "check": "gradlint.checking.pair",
    "check_file": "gradlint.checking.files",
    "explain_file": "gradlint.checking.files",
    "for_all_shapes": "gradlint.testing.strategies.every_shape",
    "instrument": "gradlint.testing.wrap",
    "wrap": "gradlint.testing.wrap",
}


def __getattr__(name: str) -> Any:
    if name == "testing":
        return importlib.import_module(f"{__name__}.testing")
    if name == "strategies":
        return importlib.import_module(f"{__name__}.testing.strategies")
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def load_ipython_extension(shell: Any) -> None:
    """Give a session ``%gradlint`` and ``%%gradlint``: ``%load_ext gradlint``."""
    importlib.import_module("gradlint.doors.notebook").load(shell)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
