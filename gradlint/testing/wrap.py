"""Checks on the values that really occur, while the user's own program runs.

A wrapped pair behaves as before: same results, same exceptions, same signature and docstring; it
pickles, and methods and classes stay what they are.  Every k-th call is checked on copies of its
own inputs, and what is found is told once.
"""

from __future__ import annotations

import functools
import inspect
import sys
import types
import warnings
from typing import TYPE_CHECKING, Any, TypeVar, overload

from gradlint.findings import Finding, Report, is_claim

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_F = TypeVar("_F", bound="Callable[..., Any]")
_B = TypeVar("_B", bound="Callable[..., Any]")
_STEPS = ("forward", "__call__", "fprop")


class GradientWarning(UserWarning):
    """A wrapped pair has been found wrong."""


class Watch:
    """Counts calls, checks every k-th, and tells every finding once."""

    def __init__(
        self,
        forward: Any,
        backward: Any,
        every: int = 100,
        report: str | Callable[[Finding], Any] = "warn",
        **options: Any,
    ) -> None:
        if every < 1:
            raise ValueError(f"every={every}: check every 1st call or a later one")
        if not callable(report) and report not in ("warn", "raise"):
            raise ValueError(f"report={report!r}: give 'warn', 'raise' or a function")
        self.forward, self.backward = forward, backward
        self.every, self.report, self.options = every, report, options
        self.countdown = 1
        self.busy = False
        self.told: set[tuple[Any, ...]] = set()
        self.explained: set[str] = set()

    def check_call(self, forward: Any, inputs: Sequence[Any], keywords: dict[str, Any]) -> None:
        """Check one call before it is made; never raises but for ``report='raise'``."""
        from gradlint.checking.pair import check
        from gradlint.pairs.errors import CallError
        from gradlint.testing.assertions import GradientError, failure

        if keywords:
            forward, inputs = _positional(forward, inputs, keywords)
        self.busy = True
        try:
            report = check(forward, self.backward, *inputs, **{**self.options, "explain": False})
            wrong = {p.name for p in report.parameters if p.verdict == "wrong"}
            if self.options.get("explain", True) and not wrong <= self.explained:
                self.explained |= wrong  # a cause costs more than a verdict: ask for it once
                report = check(forward, self.backward, *inputs, **self.options)
        except CallError as error:
            self._once(("call", str(error)), f"gradlint could not call the pair: {error}")
            return
        except Exception as error:  # noqa: BLE001 - the user's program must not end because of us
            self._once(("failed", type(error)), f"gradlint could not check the pair: {error!r}")
            return
        finally:
            self.busy = False
            self.countdown = self.every
        for finding in report.findings:
            self._tell(finding, report, failure, GradientError)

    def _tell(self, finding: Finding, report: Report, failure: Any, error: type[Exception]) -> None:
        key = finding.code, finding.site, finding.evidence.get("parameter")
        if key in self.told or not is_claim(finding):
            return
        self.told.add(key)
        if callable(self.report):
            self.report(finding)
        elif self.report == "raise":
            raise error(failure(report), report)
        else:
            text = f"{finding.site}: {finding.code} {finding.name}: {finding.message}"
            warnings.warn(text, GradientWarning, stacklevel=5)

    def _once(self, key: tuple[Any, ...], text: str) -> None:
        if key not in self.told:
            self.told.add(key)
            warnings.warn(text, GradientWarning, stacklevel=5)


@overload
def wrap(
    forward: _F,
    backward: None = None,
    *,
    every: int = ...,
    report: str | Callable[[Finding], Any] = ...,
    **options: Any,
) -> _F: ...


@overload
def wrap(
    forward: _F,
    backward: _B,
    *,
    every: int = ...,
    report: str | Callable[[Finding], Any] = ...,
    **options: Any,
) -> tuple[_F, _B]: ...


def wrap(
    forward: Callable[..., Any],
    backward: Callable[..., Any] | None = None,
    *,
    every: int = 100,
    report: str | Callable[[Finding], Any] = "warn",
    **options: Any,
) -> Any:
    """Give a pair that works as before and checks itself on every k-th call of ``forward``.

    The first call is checked, then every ``every``-th.  ``report`` is ``"warn"``, ``"raise"`` or a
    function that is called with each new finding.  ``options`` are those of :func:`gradlint.check`.
    Returns ``(forward, backward)``, or ``forward`` alone where it returns its own gradients.

    >>> import numpy as np
    >>> found = []
    >>> def forward(x):
    ...     return x**2, x
    >>> def backward(dout, x):
    ...     return dout * x
    >>> forward, backward = wrap(forward, backward, report=found.append)
    >>> out, cache = forward(np.array([1.0, 2.0, 3.0]))
    >>> out
    array([1., 4., 9.])
    >>> [finding.code for finding in found]
    ['GL203']
    """
    watch = Watch(forward, backward, every, report, **options)
    watched = _Watched(forward, watch)
    return watched if backward is None else (watched, backward)


@overload
def instrument(
    target: None = None,
    backward: Callable[..., Any] | None = ...,
    *,
    every: int = ...,
    report: str | Callable[[Finding], Any] = ...,
    **options: Any,
) -> Callable[[_F], _F]: ...


@overload
def instrument(
    target: _F,
    backward: Callable[..., Any] | None = ...,
    *,
    every: int = ...,
    report: str | Callable[[Finding], Any] = ...,
    **options: Any,
) -> _F: ...


def instrument(
    target: Any = None,
    backward: Callable[..., Any] | None = None,
    *,
    every: int = 100,
    report: str | Callable[[Finding], Any] = "warn",
    **options: Any,
) -> Any:
    """Decorate a function that returns its gradients, or a class with ``forward`` and ``backward``.

    ``@instrument`` or ``@instrument(backward=..., every=10)``; the arguments are those of
    :func:`wrap`.  A class is changed in place and given back.

    >>> import numpy as np
    >>> found = []
    >>> @instrument(report=found.append)
    ... class Scale:
    ...     def __init__(self, k):
    ...         self.k = np.array([k])
    ...     def forward(self, x):
    ...         self.x = x
    ...         return self.k * x
    ...     def backward(self, dout):
    ...         self.dk = np.array([np.sum(dout)])
    ...         return dout * self.k
    >>> layer = Scale(2.0)
    >>> layer.forward(np.array([1.0, 3.0]))
    array([2., 6.])
    >>> [finding.evidence["parameter"] for finding in found]
    ['k']
    """
    if target is None:
        return functools.partial(
            instrument, backward=backward, every=every, report=report, **options
        )
    if not isinstance(target, type):
        watch = Watch(target, backward, every, report, **options)
        return _counting(target, watch)
    name = next((n for n in _STEPS if n in vars(target)), None)
    if name is None:
        raise TypeError(f"{target.__qualname__} defines no forward method")
    original = vars(target)[name]
    if not isinstance(original, types.FunctionType):
        raise TypeError(f"{target.__qualname__}.{name} is no plain method")
    watch = Watch(original, None, every, report, **options)
    setattr(target, name, _counting(original, watch, method=True))
    return target


def _positional(forward: Any, inputs: Sequence[Any], keywords: dict[str, Any]) -> Any:
    """Give arguments by position where that says the same; what is left goes into a partial."""
    try:
        bound = inspect.signature(getattr(forward, "forward", forward)).bind(*inputs, **keywords)
    except (TypeError, ValueError):
        return functools.partial(forward, **keywords), inputs
    if bound.kwargs:
        return functools.partial(forward, **bound.kwargs), bound.args
    return forward, bound.args


def _counting(function: Any, watch: Watch, *, method: bool = False) -> Callable[..., Any]:
    """Give a function that counts; what a call costs that is not checked is one subtraction.

    The check comes before the call: a pair that keeps its state in a closure or in globals is left
    with the state of the user's own call.
    """

    @functools.wraps(function)
    def watched(*inputs: Any, **keywords: Any) -> Any:
        watch.countdown -= 1
        if watch.countdown <= 0 and not watch.busy:
            if method:
                watch.check_call(inputs[0], inputs[1:], keywords)
            else:
                watch.check_call(function, inputs, keywords)
        return function(*inputs, **keywords)

    watched.__gradlint_watch__ = watch  # type: ignore[attr-defined]
    return watched


class _Watched:
    """A stand-in for any callable: it pickles by its name where that leads to it, else by value."""

    def __init__(self, function: Any, watch: Watch) -> None:
        functools.update_wrapper(self, function, updated=())
        self._function, self._watch = function, watch
        self._watched = _counting(function, watch)

    def __call__(self, *inputs: Any, **keywords: Any) -> Any:
        return self._watched(*inputs, **keywords)

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        return self if instance is None else types.MethodType(self, instance)

    def __getattr__(self, name: str) -> Any:
        if name in ("_function", "_watched", "_watch"):
            raise AttributeError(name)
        return getattr(self._function, name)

    def __reduce__(self) -> Any:
        name = getattr(self, "__qualname__", "")
        found: Any = sys.modules.get(getattr(self, "__module__", ""))
        for part in name.split("."):
            found = getattr(found, part, None)
        return name if found is self else (_Watched, (self._function, self._watch))
