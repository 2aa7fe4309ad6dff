"""How each NumPy function differentiates: one row a function, one file a chapter of NumPy's manual.

A row states the vector-Jacobian products of one function, one rule for each positional argument::

    vjp(np.log, lambda g, y, x: g / x, domain=POSITIVE)

A rule is called ``rule(g, y, *args, **kwargs)`` with the cotangent ``g`` of the output, the output
``y``, and the arguments exactly as the program passed them; it returns the cotangent of its own
argument.  That cotangent may still have the broadcast shape: summing it back to the argument's
shape is the engine's work, never a row's.  A rule of an argument that is a (nested) sequence of
arrays returns something that can be indexed like that sequence.  ``None`` marks an argument that
has no derivative.

This room knows NumPy and nothing of gradlint.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

Rule = Callable[..., Any]


@dataclass(frozen=True)
class Row:
    """The verdict on one function: how it differentiates, or why it does not."""

    function: Any
    kind: Literal["vjp", "constant", "unsupported"]
    rules: tuple[Rule | None, ...] = ()
    because: str = ""
    domain: Any = None

    def rule(self, position: int) -> Rule | None:
        """The rule of a positional argument; the last rule serves all further ones if variadic."""
        return self.rules[position] if position < len(self.rules) else None


ROWS: dict[Any, Row] = {}


def vjp(function: Any, *rules: Rule | None, domain: Any = None) -> None:
    """State the vector-Jacobian products of ``function``, one rule for each positional argument."""
    _add(Row(function, "vjp", rules, domain=domain))


def constant(*functions: Any, because: str) -> None:
    """State that the outputs of ``functions`` do not change under small changes of their inputs."""
    for function in functions:
        _add(Row(function, "constant", because=because))


def unsupported(*functions: Any, because: str) -> None:
    """State that ``functions`` have derivatives that this table does not hold, and why."""
    for function in functions:
        _add(Row(function, "unsupported", because=because))


def lookup(function: Any) -> Row | None:
    """The row of a function, or None if the table has never heard of it."""
    if not ROWS:
        _load()
    return ROWS.get(function)


def _add(row: Row) -> None:
    if row.function in ROWS:
        raise ValueError(f"{row.function!r} has two rows")
    ROWS[row.function] = row


def _load() -> None:
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
