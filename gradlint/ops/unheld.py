"""Chapters of NumPy that hand-written backward passes do without: polynomials, text, records.

Each has its verdict all the same, so that a program that does use them is told why.
"""

# ruff: noqa: ARG001  (a rule takes all arguments of its function)

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from gradlint.ops import ROWS, constant, named, once_imported, unsupported, vjp


def _public(module: Any) -> list[Any]:
    """List a module's own functions that the table has no row for yet."""
    with warnings.catch_warnings():  # some that a module still lists are deprecated
        warnings.simplefilter("ignore", DeprecationWarning)
        listed = [getattr(module, name, None) for name in getattr(module, "__all__", ())]
    found = [v for v in listed if callable(v) and not isinstance(v, type) and _hashable(v)]
    return [value for value in dict.fromkeys(found) if value not in ROWS]


def _hashable(value: Any) -> bool:
    return type(value).__hash__ is not None


def _horner(g: Any, y: Any, p: Any, x: Any) -> Any:
    return g * np.polyval(np.polyder(np.asarray(p, dtype=float)), x)


def _coefficients(g: Any, y: Any, p: Any, x: Any) -> Any:
    degrees = range(len(p) - 1, -1, -1)
    return np.array([np.sum(g * np.power(x, degree, dtype=float)) for degree in degrees])


vjp(np.polyval, _coefficients, _horner)

unsupported(
    *named(np, "poly polyadd polyder polydiv polyfit polyint polymul polysub roots"),
    because="coefficients of polynomials; the table holds polyval",
)
unsupported(
    *named(np, "apply_along_axis apply_over_axes piecewise fromfunction frompyfunc vectorize"),
    because="it calls a function of the program; the operations inside that one count",
)
unsupported(
    *_public(np.lib.scimath),
    because="it may answer with complex numbers; np's own function will do",
)


@once_imported("numpy.strings")
def _(strings: Any) -> None:
    constant(
        *(v for v in vars(strings).values() if hasattr(v, "__wrapped__") and v not in ROWS),
        because="text",
    )


@once_imported("numpy.char")
def _(char: Any) -> None:
    constant(*_public(char), because="text")


@once_imported("numpy.lib.recfunctions")
def _(records: Any) -> None:
    unsupported(*_public(records), because="the fields of a record are not followed")


@once_imported("numpy.polynomial.polynomial")
def _(polynomial: Any) -> None:
    unsupported(*_public(polynomial), because="the table holds polyval, not this package")


@once_imported("numpy.ma")
def _(ma: Any) -> None:
    unsupported(*_public(ma), because="masked arrays are not followed")
