"""SciPy as the training loop: a call names a function, its derivative, and the point to start from.

``minimize(fun, x0, args, jac=...)``, ``fmin_bfgs(f, x0, fprime)``, ``root``, ``least_squares``,
``curve_fit``, ``solve_ivp`` with ``jac=...``, ``check_grad``: the two are a pair at that point and
at the first iterates, and what is wrong is the user's.

This module knows SciPy's signatures by name, and does not import SciPy.
"""

from __future__ import annotations

import contextlib
import inspect
from typing import TYPE_CHECKING, Any

import numpy as np

from gradlint.pairs.composed import around
from gradlint.pairs.naming import signature_of
from gradlint.pairs.places import plain_function
from gradlint.pairs.sites import code_of
from gradlint.structs import struct

if TYPE_CHECKING:
    import types
    from collections.abc import Callable, Iterable, Iterator

    from gradlint.pairs.partners import Found
    from gradlint.trace.tape import Solved

# Of each driver: its function, its derivative, the point; where the derivative goes by other names.
_FUNCTIONS = ("fun", "func", "f")
_DERIVATIVES = ("jac", "fprime", "grad", "Dfun", "gradient")
_POINTS = ("x0", "p0", "y0")
_MOST = 40  # evaluations of a driver that is run again for its iterates
_ITERATES = 2  # behind the first point


@struct
class Driven:
    """A function and its derivative as a driver calls them, at some points."""

    name: str
    function: Any
    derivative: Any  # None where the function returns both
    points: tuple[tuple[Any, ...], ...]  # inputs: the point first, then what is held constant
    driver: str

    def covers(self, pair: Found) -> bool:
        """Whether a pair that was found by its names is this one, or takes one of the two."""
        mine = {code_of(f) for f in (self.function, self.derivative) if f is not None}
        return any(code_of(f) in mine for f in pair.functions() if f is not None)

    def arranged(self) -> tuple[Any, Any]:
        """Give the pair with the point as its first argument, as every check calls it."""
        function, derivative = self.function, self.derivative
        if self.driver == "curve_fit":
            by_hand = "p, x", "inner(x, *p)"
            return around(function, *by_hand), around(derivative, *by_hand)
        if self.driver == "solve_ivp":
            in_order = "y, t, *rest", "inner(t, y, *rest)"
            function, derivative = (around(f, *in_order) for f in (function, derivative))
        return (
            (function, None)
            if derivative is None
            else (self._whole(function), self._whole(derivative))
        )

    def _whole(self, function: Any) -> Any:
        """A function as one array, where its values come one by one, or as a sparse matrix."""
        with contextlib.suppress(Exception):
            given = function(*self.points[0])
            name = next(iter(signature_of(function).names), "x")
            call = f"inner({name}, *rest)"
            if isinstance(given, list | tuple):
                return around(function, f"{name}, *rest", f"np.array({call})")
            if hasattr(given, "toarray"):
                return around(function, f"{name}, *rest", f"{call}.toarray()")
        return function


def driven(calls: Iterable[Solved]) -> Iterator[Driven]:
    """Give the pairs that a program hands to SciPy."""
    for call in calls:
        given = _arguments(call)
        if given is None:
            continue
        function = next((given[n] for n in _FUNCTIONS if callable(given.get(n))), None)
        derivative = next((given[n] for n in _DERIVATIVES if given.get(n) is not None), None)
        both = derivative is True or _has_no_other(call, given, derivative)
        if function is None or not (callable(derivative) or both):
            continue
        pair = function, None if both else derivative
        points = tuple(_points(call, given, pair))
        if points:
            name = getattr(pair[1] or function, "__name__", call.function.__name__)
            yield Driven(name, *pair, points, call.function.__name__)


def _has_no_other(call: Solved, given: dict[str, Any], derivative: Any) -> bool:
    """``fmin_l_bfgs_b(func, x0)``: without a derivative the function returns its own."""
    takes_both = call.function.__name__ in ("fmin_l_bfgs_b", "fmin_tnc")
    return takes_both and derivative is None and not given.get("approx_grad")


def _arguments(call: Solved) -> dict[str, Any] | None:
    """Name what a driver was given, as its signature has it."""
    try:
        bound = inspect.signature(call.function).bind(*call.args, **call.kwargs)
    except (TypeError, ValueError):
        return None
    bound.apply_defaults()
    given = dict(bound.arguments)
    extra = given.pop("kwargs", None) or given.pop("options", None)
    minimised = given.get("minimizer_kwargs")  # of basinhopping
    more = [part for part in (extra, minimised) if isinstance(part, dict)]
    return given | {k: v for part in more for k, v in part.items()}


def _points(
    call: Solved, given: dict[str, Any], pair: tuple[Any, Any]
) -> Iterator[tuple[Any, ...]]:
    name = call.function.__name__
    if name in ("check_grad", "approx_fprime"):
        rest = next((v for k, v in given.items() if k == "args"), ())
        yield (np.array(given["x0"], float), *rest)
        return
    if name == "curve_fit":
        yield from _of_fit(given)
        return
    point = next((given[n] for n in _POINTS if given.get(n) is not None), None)
    if point is None:
        return
    rest = given.get("args")
    rest = rest if isinstance(rest, tuple) else () if rest is None else (rest,)
    start = np.array(point, float)
    if name == "solve_ivp":
        span = given.get("t_span", (0.0, 1.0))
        yield (start, float(span[0]) + 0.3 * (float(span[1]) - float(span[0])), *rest)
        return
    yield (start, *rest)
    yield from ((x, *rest) for x in _iterates(call, given, pair[0], start))


def _of_fit(given: dict[str, Any]) -> Iterator[tuple[Any, ...]]:
    """``curve_fit`` spreads its parameters over arguments of their own."""
    start = given.get("p0")
    if start is None:
        names = list(inspect.signature(given["f"]).parameters)
        start = np.linspace(0.6, 1.4, len(names) - 1)
    yield np.array(start, float), given["xdata"]


def _iterates(
    call: Solved, given: dict[str, Any], function: Callable[..., Any], start: Any
) -> Iterator[Any]:
    """Run the driver again for a while, and give the first points it comes to."""
    seen: list[Any] = []

    def watched(x: Any, *rest: Any) -> Any:
        if len(seen) >= _MOST:
            raise _Enough
        seen.append(np.array(x, float))
        return function(x, *rest)

    name = next(n for n in _FUNCTIONS if given.get(n) is function)
    try:
        bound = inspect.signature(call.function).bind(*call.args, **call.kwargs)
        bound.arguments[name] = watched
        with np.errstate(all="ignore"):
            call.function(*bound.args, **bound.kwargs)
    except Exception:  # noqa: BLE001 - what it raises was raised in the program's own run
        pass
    far = [x for x in seen if x.shape == start.shape and np.abs(x - start).max(initial=0.0) > 1e-4]
    distinct = {x.tobytes(): x for x in far if np.all(np.isfinite(x))}
    yield from list(distinct.values())[:_ITERATES]


class _Enough(Exception):
    """The driver has shown enough."""


def functions_of(call: Solved) -> Iterator[types.FunctionType]:
    """Give the user's functions that a driver was given."""
    for value in (*call.args, *call.kwargs.values()):
        function = plain_function(value) if callable(value) else None
        if function is not None:
            yield function
