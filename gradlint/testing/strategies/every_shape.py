"""Turn a forward/backward pair, or a test that takes arrays, into a test over all shapes.

Hypothesis looks for sizes that fail and shrinks them; then a few more sizes are tried around the
smallest failure, to say what the failing ones have in common.
"""

from __future__ import annotations

import functools
import inspect
import time
import warnings
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.errors import HypothesisWarning, UnsatisfiedAssumption

from gradlint.structs import struct
from gradlint.testing.strategies.axes import Axes, Limits, axis_sizes, parse, size_ranges
from gradlint.testing.strategies.pattern import describe, pattern_of
from gradlint.testing.strategies.values import Fill, Filling, seeds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

_MOST_PROBES = 40
_PROBE_SECONDS = 3.0
_PROBED_SIZES = 4  # 1, 2, 3, 4: enough to tell "b > 1" from "b = 2" and "b > 2"


@struct
class Case:
    """One example: the size of every axis, and what the values start from."""

    sizes: tuple[tuple[str, int], ...]
    seed: int


def say(sizes: Mapping[str, int]) -> str:
    """Write sizes as in ``b=2, i=1, h=1``."""
    return ", ".join(f"{axis}={size}" for axis, size in sizes.items())


def for_all_shapes(
    spec: str,
    *,
    dtype: Any = np.float64,
    scale: float = 1.0,
    kinks: Literal["away", "on", "ignore"] = "away",
    at: Sequence[float] = (0.0,),
    margin: float = 0.1,
    values: Mapping[str, Fill] | None = None,
    sizes: Mapping[str, Limits] | None = None,
    distinct: bool = True,
    ones: bool = True,
    settings: hypothesis_settings | None = None,
    **options: Any,
) -> Callable[..., Callable[..., None]]:
    """Test a pair on arrays of all shapes that ``spec`` allows.

    ``for_all_shapes(spec)(forward, backward)`` is a test of the pair, with ``options`` for
    :func:`gradlint.testing.assert_gradients`.  As a decorator it hands a test its arrays by name
    and leaves the test's other arguments to pytest:

    >>> @for_all_shapes("x: b i, w: i h, b: h")
    ... def test_sum_of_rows(x, w, b):
    ...     assert (x @ w + b).sum(axis=0).shape == b.shape
    >>> test_sum_of_rows()

    A failure is shrunk to the smallest failing sizes, and a note on the exception says what the
    failing sizes have in common:

    >>> @for_all_shapes("x: batch features")
    ... def test_mean(x):
    ...     assert abs(x.sum(axis=0) - x.mean(axis=0)).max() < 1e-9
    >>> try:
    ...     test_mean()
    ... except AssertionError as error:
    ...     print(error.__notes__[-1].split(" (")[0])
    fails for every batch > 1; smallest: batch=2, features=1

    ``settings`` are Hypothesis's; the other arguments are those of ``arrays`` and ``shapes``.
    """
    axes = parse(spec)
    filling = Filling(dtype, scale, kinks, at, margin, values)
    drawn = axis_sizes(axes, sizes=sizes, distinct=distinct, ones=ones)
    cases = _cases(drawn)
    ranges = size_ranges(axes, sizes=sizes, ones=ones)

    def decorate(
        test: Callable[..., Any], backward: Callable[..., Any] | None = None
    ) -> Callable[..., None]:
        body = test if backward is None else _pair_test(test, backward, options)
        if backward is None and options:
            raise TypeError(f"unknown option `{next(iter(options))}` for a test of its own")
        if backward is None:
            _must_take(test, axes)

        def run(case: Case, arguments: dict[str, Any]) -> None:
            body(**arguments, **filling.fill(axes, dict(case.sizes), case.seed))

        title = f"{spec} {_title(test)} {_title(backward)}"
        search = Search(run, cases, ranges, _settings(settings), title.encode())
        return _as_test(body, axes, search)

    return decorate


@struct
class Search:
    """The search for a failing case, and for what the failing cases have in common."""

    run: Callable[[Case, dict[str, Any]], None]
    cases: st.SearchStrategy[Case]
    ranges: Mapping[str, tuple[int, int]]
    settings: hypothesis_settings
    digest: bytes

    def __call__(self, arguments: dict[str, Any], name: str) -> None:
        """Run the test on many cases; raise the smallest failure with its note."""
        __tracebackhide__ = True
        outcomes: dict[Case, bool] = {}
        failed: list[Case] = []

        def attempt(case: Case) -> None:
            __tracebackhide__ = True
            try:
                self.run(case, arguments)
            except UnsatisfiedAssumption:
                raise
            except Exception:
                outcomes[case] = False
                failed.append(case)
                raise
            outcomes[case] = True

        attempt.__name__ = attempt.__qualname__ = name
        # All searches share this one function; its failures must not be replayed to other tests.
        attempt._hypothesis_internal_add_digest = self.digest  # type: ignore[attr-defined]
        try:
            self.settings(given(self.cases)(attempt))()
        except Exception as error:
            # Hypothesis has run the smallest failure once more, so that it is the last one.
            if failed:
                error.add_note(self._explain(failed[-1], arguments, outcomes))
            raise

    def _explain(
        self, smallest: Case, arguments: dict[str, Any], outcomes: dict[Case, bool]
    ) -> str:
        """Say which sizes fail, as far as those tried can tell, and the smallest."""
        self._probe(smallest, arguments, outcomes)
        seen = [(dict(case.sizes), passed) for case, passed in outcomes.items()]
        pattern = pattern_of(seen)
        tried = len({case.sizes for case in outcomes})
        failed = [case.sizes for case, passed in outcomes.items() if not passed]
        least = f"smallest: {say(dict(min(failed, key=_total)))}"
        if pattern is None:
            return f"{least} ({tried} shapes tried)"
        return f"fails for {describe(pattern)}; {least} ({tried} shapes tried)"

    def _probe(self, smallest: Case, arguments: dict[str, Any], outcomes: dict[Case, bool]) -> None:
        """Try sizes around the smallest failure, with its values, one axis at a time and mixed."""
        deadline = time.monotonic() + _PROBE_SECONDS
        for sizes in self._around(dict(smallest.sizes)):
            case = Case(tuple(sizes.items()), smallest.seed)
            if time.monotonic() > deadline:
                return
            if case in outcomes:
                continue
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore", HypothesisWarning)  # assume() stands alone here
                    self.run(case, arguments)
            except UnsatisfiedAssumption:
                continue
            except Exception:  # noqa: BLE001 - any failure of the test is what is looked for
                outcomes[case] = False
            else:
                outcomes[case] = True

    def _around(self, smallest: dict[str, int]) -> list[dict[str, int]]:
        near = {
            axis: list(range(low, min(high, low + _PROBED_SIZES - 1) + 1))
            for axis, (low, high) in self.ranges.items()
        }
        one_changed = [
            {**smallest, axis: size} for axis, choices in near.items() for size in choices
        ]
        rng = np.random.default_rng(0)
        mixed = [
            {axis: int(rng.choice(choices)) for axis, choices in near.items()}
            for _ in range(_MOST_PROBES - len(one_changed))
        ]
        return one_changed + mixed


def _pair_test(
    forward: Callable[..., Any], backward: Callable[..., Any], options: dict[str, Any]
) -> Callable[..., Any]:
    """Make the test of a pair: its arrays in the order of the spec."""
    from gradlint.testing.assertions import assert_gradients

    def test(**arrays: Any) -> None:
        __tracebackhide__ = True
        assert_gradients(forward, backward, *arrays.values(), **options)

    functools.update_wrapper(test, forward)
    test.__signature__ = inspect.Signature()  # type: ignore[attr-defined]
    return test


def _must_take(test: Callable[..., Any], axes: Axes) -> None:
    """Refuse a test that cannot be given its arrays, before sixty shapes of them are tried."""
    parameters = inspect.signature(test).parameters
    if any(p.kind is inspect.Parameter.VAR_KEYWORD for p in parameters.values()):
        return
    names = [name for name, _ in axes.arrays]
    missing = [name for name in names if name not in parameters]
    if missing:
        called = getattr(test, "__name__", "the test")
        raise TypeError(
            f"`{called}` takes no `{missing[0]}`: a decorated test takes ({', '.join(names)}); "
            "a pair is tested by `test_it = for_all_shapes(...)(forward, backward)`"
        )


def _as_test(body: Callable[..., Any], axes: Axes, search: Search) -> Callable[..., None]:
    """Hide the arrays from pytest, which takes every argument for a fixture."""
    signature = inspect.signature(body)
    names = {name for name, _ in axes.arrays}
    left = [p for p in signature.parameters.values() if p.name not in names]

    @functools.wraps(body)
    def test(*positional: Any, **keywords: Any) -> None:
        __tracebackhide__ = True
        bound = inspect.Signature(left).bind(*positional, **keywords)
        search(bound.arguments, getattr(body, "__name__", "test"))

    test.__signature__ = signature.replace(parameters=left)  # type: ignore[attr-defined]
    return test


@st.composite
def _cases(draw: st.DrawFn, drawn: st.SearchStrategy[dict[str, int]]) -> Case:
    return Case(tuple(draw(drawn).items()), draw(seeds()))


def _total(sizes: Iterable[tuple[str, int]]) -> tuple[int, tuple[int, ...]]:
    numbers = tuple(size for _, size in sizes)
    return sum(numbers), numbers


def _title(function: Any) -> str:
    return f"{getattr(function, '__module__', '')}.{getattr(function, '__qualname__', '')}"


def _settings(given: hypothesis_settings | None) -> hypothesis_settings:
    """Take the settings given, or the current profile, for a test as slow as a whole check.

    The first check loads the engine, which no deadline allows for; and Hypothesis's explanation
    of a failure costs a hundred checks where the probe around it costs a few.
    """
    given = given or hypothesis_settings()
    return hypothesis_settings(
        given,
        deadline=None,
        report_multiple_bugs=False,
        phases=[phase for phase in given.phases if phase is not Phase.explain],
        suppress_health_check=[*given.suppress_health_check, HealthCheck.too_slow],
    )
