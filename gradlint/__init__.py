"""gradlint: which line of a hand-written backward pass is wrong, why, and what to write instead.

Public names load on first use (PEP 562): ``import gradlint`` costs nothing.
"""

from __future__ import annotations

import importlib
from typing import Any

__version__ = "0.1.0"

_HOMES = {
    "Report": "gradlint.findings",
    "Finding": "gradlint.findings",
    "ParameterVerdict": "gradlint.findings",
    "check": "gradlint.pairs.check",
    "CallError": "gradlint.pairs.subject",
    "wrap": "gradlint.pairs.wrap",
    "instrument": "gradlint.pairs.wrap",
    "check_file": "gradlint.checking",
}

__all__ = ["__version__", *_HOMES]  # noqa: PLE0604 - the keys are strings


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
