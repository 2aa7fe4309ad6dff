"""How each NumPy function differentiates: one row a function, one file a chapter of NumPy's manual.

A row states the vector-Jacobian products of one function, one rule for each positional argument::

    vjp(np.log, lambda g, y, x: g / x, domain=POSITIVE)

A rule is called ``rule(g, y, *args, **kwargs)`` with the cotangent ``g`` of the output, the output
``y``, and the arguments exactly as the program passed them; it returns the cotangent of its own
argument.  That cotangent may still have the broadcast shape: summing it back to the argument's
shape is the engine's work, never a row's.  It may also be ``g`` itself or a read-only view, so
nobody writes into it.  A rule of an argument that is a (nested) sequence of arrays returns
something that can be indexed like that sequence; where a function answers with a sequence, ``g``
is a list with ``None`` where nothing flowed.  ``None`` in place of a rule says that small changes
of that argument do not change the output.

Rules name their arguments as NumPy does, so an argument passed by keyword finds its rule too.  They
speak of real numbers, and of complex ones on the way (see ``fourier``), follow the caller's
``np.errstate``, and raise :class:`NoDerivative` for a form of the call that they do not cover.  At
a kink each gives one valid subgradient and says which.

This room knows NumPy and nothing of gradlint.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import sys
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from gradlint.structs import field, struct

if TYPE_CHECKING:
    from types import ModuleType

Rule = Callable[..., Any]


class NoDerivative(Exception):
    """Raised for a form of a call whose derivative the table does not hold, with the reason."""


@struct
class Row:
    """The verdict on one function: how it differentiates, or why it does not.

    ``rules`` belong to the positional arguments in order and ``keywords`` to arguments that can
    only be passed by name.  ``each`` serves a function of any number of arguments: it is a rule
    with the argument's position put before its own arguments.  ``domain`` gives an open interval
    for each argument, in which the function is differentiable.
    """

    function: Any
    kind: Literal["vjp", "constant", "unsupported"]
    rules: tuple[Rule | None, ...] = ()
    because: str = ""
    domain: Any = None
    each: Rule | None = None
    keywords: Mapping[str, Rule] = field(default_factory=dict)

    def rule(self, argument: int | str) -> Rule | None:
        """Find the rule of an argument, given by its position or by its keyword."""
        if isinstance(argument, str):
            if argument in self.keywords:
                return self.keywords[argument]
            argument = self.position(argument)
        if self.each is not None:
            return partial(self.each, argument)
        return self.rules[argument] if argument < len(self.rules) else None

    def position(self, name: str) -> int:
        """Find where the argument of that name stands; past the end if nowhere."""
        for rule in self.rules:
            if rule is not None:
                names = list(inspect.signature(rule).parameters)[2:]
                return names.index(name) if name in names else len(self.rules)
        return len(self.rules)


ROWS: dict[Any, Row] = {}
_WAITING: dict[str, list[Callable[[ModuleType], None]]] = {}


def vjp(
    function: Any,
    *rules: Rule | None,
    domain: Any = None,
    each: Rule | None = None,
    **keywords: Rule,
) -> None:
    """State the vector-Jacobian products of ``function``, one rule for each positional argument."""
    _add(Row(function, "vjp", rules, domain=domain, each=each, keywords=keywords))


def constant(*functions: Any, because: str) -> None:
    """State that the outputs of ``functions`` do not change under small changes of their inputs."""
    for function in functions:
        _add(Row(function, "constant", because=because))


def unsupported(*functions: Any, because: str) -> None:
    """State that ``functions`` have derivatives that this table does not hold, and why."""
    for function in functions:
        _add(Row(function, "unsupported", because=because))


def once_imported(name: str) -> Callable[[Callable[[ModuleType], None]], None]:
    """State the rows of a module that NumPy loads late, when the program has loaded it.

    A function of a module that is not imported cannot have been called: nothing is lost by
    waiting, and importing it here would cost every start some ten milliseconds.
    """

    def wait(state_rows: Callable[[ModuleType], None]) -> None:
        _WAITING.setdefault(name, []).append(state_rows)

    return wait


def named(module: Any, names: str) -> list[Any]:
    """List the functions of these names that this version of NumPy has (names come and go)."""
    return [getattr(module, name) for name in names.split() if hasattr(module, name)]


def lookup(function: Any) -> Row | None:
    """Find the row of a function, or None if the table has never heard of it."""
    row = ROWS.get(function)
    if row is None:
        load()
        row = ROWS.get(function)
    return row


def load() -> None:
    """Read all chapters, and the rows of late modules that have been imported by now."""
    if not ROWS:
        for chapter in pkgutil.iter_modules(__path__):
            importlib.import_module(f"{__name__}.{chapter.name}")
    for name in [name for name in _WAITING if name in sys.modules]:
        for state_rows in _WAITING.pop(name):
            state_rows(sys.modules[name])


def _add(row: Row) -> None:
    if row.function in ROWS:
        raise ValueError(f"{row.function!r} has two rows")
    ROWS[row.function] = row
