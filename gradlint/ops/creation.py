"""Arrays made from nothing or from a shape, and arrays filled with a given value."""

# ruff: noqa: ARG001, ARG005  (a rule takes all arguments of its function)

from __future__ import annotations

from typing import Any

import numpy as np

from gradlint.ops import constant, named, once_imported, unsupported, vjp


def _linspace(stop_rule: bool) -> Any:
    # fmt: off
    def rule(g: Any, y: Any, start: Any, stop: Any, num: int = 50, endpoint: bool = True,
             retstep: bool = False, dtype: Any = None, axis: int = 0, **_: Any) -> Any:
        # fmt: on
        steps = max(num - 1 if endpoint else num, 1)
        samples, step = g if retstep else (g, None)
        flow: Any = 0.0 if step is None else (step if stop_rule else -step) / steps
        if samples is not None:
            samples = np.moveaxis(samples, axis, -1)
            along = np.arange(num) / steps
            flow = flow + np.sum(samples * (along if stop_rule else 1.0 - along), axis=-1)
        return flow

    return rule


vjp(np.full, None, lambda g, y, shape, fill_value, *_, **__: g)
vjp(np.full_like, None, lambda g, y, a, fill_value, *_, **__: g)
vjp(np.linspace, _linspace(stop_rule=False), _linspace(stop_rule=True))

constant(
    *named(np, "zeros zeros_like ones ones_like empty empty_like eye identity tri arange"),
    *named(np, "bartlett blackman hamming hanning"),
    because="filled without looking at the values of its arguments, or counted in steps",
)
constant(
    *named(np, "shape size ndim result_type can_cast min_scalar_type common_type promote_types"),
    *named(np, "iscomplexobj isrealobj may_share_memory shares_memory broadcast_shapes"),
    because="it looks at shape, type or memory, not at values",
)
constant(
    *named(np, "all any allclose array_equal array_equiv isclose isin iscomplex isreal"),
    *named(np, "isneginf isposinf in1d"),
    because="truth values: they jump, and have derivative 0 between the jumps",
)
constant(
    *named(np, "array2string array_repr array_str save savetxt savez savez_compressed packbits"),
    *named(np, "unpackbits datetime_as_string busday_count busday_offset is_busday"),
    because="text, bits, days or a file",
)
constant(
    *named(np, "frombuffer fromfile fromstring fromiter genfromtxt loadtxt load"),
    because="data from outside the program",
)
unsupported(*named(np, "geomspace logspace vander"), because="the table does not hold it")


@once_imported("numpy.random")
def _(random: Any) -> None:
    constant(
        *named(random, "rand randn random random_sample ranf sample randint seed standard_normal"),
        *named(random, "permutation get_state set_state default_rng"),
        because="a draw that no argument's value moves",
    )
    unsupported(
        *named(random, "normal uniform exponential gamma beta poisson binomial choice laplace"),
        *named(random, "logistic lognormal multinomial multivariate_normal dirichlet geometric"),
        because="a draw whose distribution depends on its arguments",
    )
