"""``np.linalg``: inverses, determinants, decompositions; norms have their own file.

Formulas: M. Giles, "An extended collection of matrix derivative results for forward and reverse
mode algorithmic differentiation" (2008).  All take stacks of matrices, as NumPy does.
"""

# ruff: noqa: ARG001  (a rule takes all arguments of its function)

from __future__ import annotations

from typing import Any

import numpy as np

from gradlint.ops import NoDerivative, Rule, constant, named, unsupported, vjp

_linalg = np.linalg
_eigh_of: Any = np.linalg.eigh  # its stub asks for a literal UPLO
_eye: Any = np.eye


def _t(x: Any) -> Any:
    return np.swapaxes(x, -1, -2)


def _inv(g: Any, y: Any, a: Any) -> Any:
    return -_t(y) @ g @ _t(y)


def _pinv(g: Any, y: Any, a: Any, *_: Any, **__: Any) -> Any:
    """Golub and Pereyra's three terms; of constant rank, as the formula demands."""
    a = np.asarray(a, dtype=float)
    yt, gt = _t(y), _t(g)
    left = np.eye(a.shape[-2]) - a @ y
    right = np.eye(a.shape[-1]) - y @ a
    return -yt @ g @ yt + left @ gt @ y @ yt + yt @ y @ gt @ right


def _solve_b(g: Any, y: Any, a: Any, b: Any) -> Any:
    return _linalg.solve(_t(a), g)


def _solve_a(g: Any, y: Any, a: Any, b: Any) -> Any:
    flow = _solve_b(g, y, a, b)
    if np.ndim(b) == 1:
        return -np.expand_dims(flow, -1) * np.expand_dims(y, -2)
    return -flow @ _t(y)


def _det(g: Any, y: Any, a: Any) -> Any:
    """Take the matrix of cofactors, which for an invertible matrix is det · (inverse)ᵀ."""
    if np.any(np.equal(y, 0)):
        raise NoDerivative("the determinant of a singular matrix")
    return np.expand_dims(g * y, (-1, -2)) * _t(_linalg.inv(a))


def _slogdet(g: Any, y: Any, a: Any) -> Any:
    if g[1] is None:  # the sign alone is a step function
        return np.zeros(np.shape(a))
    return np.expand_dims(g[1], (-1, -2)) * _t(_linalg.inv(a))


def _of_one_triangle(flow: Any, upper: bool) -> Any:
    """NumPy reads one triangle only: it gets the gradient of both."""
    both = flow + _t(flow)
    kept = np.triu(both) if upper else np.tril(both)
    kept[..., range(kept.shape[-1]), range(kept.shape[-1])] /= 2.0
    return kept


def _cholesky(g: Any, y: Any, a: Any, /, *, upper: bool = False) -> Any:
    lower, g = (_t(y), _t(g)) if upper else (y, g)
    phi = np.tril(_t(lower) @ g)
    phi[..., range(phi.shape[-1]), range(phi.shape[-1])] /= 2.0
    flow = _linalg.solve(_t(lower), phi)  # L⁻ᵀ Φ L⁻¹, the second factor by another solve
    flow = _t(_linalg.solve(_t(lower), _t(flow)))
    return _of_one_triangle(flow, upper)


def _eigh(g: Any, y: Any, a: Any, UPLO: str = "L") -> Any:
    """Distinct eigenvalues are taken for granted where the eigenvectors are used."""
    values, vectors = y
    flow = np.zeros(np.shape(vectors))
    if g[0] is not None:
        flow = flow + _diagonal_matrix(g[0])
    if g[1] is not None:
        gaps = np.expand_dims(values, -2) - np.expand_dims(values, -1)
        gaps[..., range(gaps.shape[-1]), range(gaps.shape[-1])] = np.inf
        flow = flow + _t(vectors) @ g[1] / gaps
    return _of_one_triangle(vectors @ flow @ _t(vectors), UPLO.upper() == "U")


def _eigvalsh(g: Any, y: Any, a: Any, UPLO: str = "L") -> Any:
    return _eigh([g, None], _eigh_of(a, UPLO), a, UPLO)


def _diagonal_matrix(values: Any) -> Any:
    return np.expand_dims(values, -1) * np.eye(np.shape(values)[-1])


def _svd(
    g: Any,
    y: Any,
    a: Any,
    full_matrices: Any = True,
    compute_uv: Any = True,
    hermitian: Any = False,
) -> Any:
    """Differentiate the singular values alone."""
    if compute_uv and (g[0] is not None or g[2] is not None):
        raise NoDerivative("the singular vectors; the singular values differentiate")
    u, _, vt = _linalg.svd(np.asarray(a, dtype=float), full_matrices=False)
    g = g[1] if compute_uv else g
    return (u * np.expand_dims(g, -2)) @ vt


def _svdvals(g: Any, y: Any, x: Any, /) -> Any:
    return _svd(g, y, x, compute_uv=False)


def _lstsq(of_b: bool) -> Rule:
    def rule(g: Any, y: Any, a: Any, b: Any, rcond: Any = None) -> Any:
        if g[1] is not None or g[3] is not None or g[0] is None:
            raise NoDerivative("the residuals and singular values of lstsq; the solution has one")
        inverse = _linalg.pinv(a) if rcond is None else _linalg.pinv(a, rcond)
        if of_b:
            return inverse.T @ g[0]
        columns, right = np.reshape(g[0], (np.shape(a)[1], -1)), np.reshape(b, (np.shape(a)[0], -1))
        return _pinv(columns @ right.T, inverse, a)

    return rule


def _matrix_power(g: Any, y: Any, a: Any, n: int) -> Any:
    """Each of the n factors in turn."""
    if n < 0:
        inverse = _linalg.inv(a)
        return _inv(_matrix_power(g, None, inverse, -n), inverse, a)
    turned = _t(np.asarray(a, dtype=float))
    powers = [_linalg.matrix_power(turned, k) for k in range(n)]
    flow = np.zeros(np.shape(a))
    for k in range(n):
        flow = flow + powers[k] @ g @ powers[n - 1 - k]
    return flow


def _multi_dot(g: Any, y: Any, arrays: Any, *, out: Any = None) -> list[Any]:
    """Each factor: the product before it and the product behind it, transposed, around ``g``."""
    last = len(arrays) - 1
    factors = [np.asarray(x) for x in arrays]
    factors = [
        x if x.ndim == 2 else x[None, :] if i == 0 else x[:, None] for i, x in enumerate(factors)
    ]
    flow = np.reshape(g, (factors[0].shape[0], factors[-1].shape[1]))
    result = []
    for i in range(last + 1):
        left, right = np.eye(factors[0].shape[0]), np.eye(factors[-1].shape[1])
        for x in factors[:i]:
            left = left @ x
        for x in factors[:i:-1]:
            right = x @ right
        result.append((left.T @ flow @ right.T).reshape(np.shape(arrays[i])))
    return result


def _last_axes(rule: Rule) -> Rule:
    """For the array-API spellings that look at the last two axes where NumPy looks at the first."""

    def of_last_axes(g: Any, y: Any, x: Any, /, *, offset: int = 0, **_: Any) -> Any:
        return rule(g, y, x, offset)

    return of_last_axes


def _trace(g: Any, y: Any, x: Any, offset: int = 0) -> Any:
    return np.expand_dims(g, (-1, -2)) * _eye(*np.shape(x)[-2:], k=offset)


def _diagonal(g: Any, y: Any, x: Any, offset: int = 0) -> Any:
    rows = np.arange(np.shape(g)[-1]) + max(-offset, 0)
    result = np.zeros(np.shape(x))
    result[..., rows, rows + offset] = g
    return result


vjp(_linalg.inv, _inv)
vjp(_linalg.pinv, _pinv)
vjp(_linalg.solve, _solve_a, _solve_b)
vjp(_linalg.det, _det)
vjp(_linalg.slogdet, _slogdet)
vjp(_linalg.cholesky, _cholesky)
vjp(_linalg.eigh, _eigh)
vjp(_linalg.eigvalsh, _eigvalsh)
vjp(_linalg.svd, _svd)
vjp(_linalg.lstsq, _lstsq(of_b=False), _lstsq(of_b=True))
vjp(_linalg.matrix_power, _matrix_power)
vjp(_linalg.multi_dot, _multi_dot)
for _function in named(_linalg, "svdvals"):
    vjp(_function, _svdvals)
for _function in named(_linalg, "trace"):
    vjp(_function, _last_axes(_trace))
for _function in named(_linalg, "diagonal"):
    vjp(_function, _last_axes(_diagonal))

constant(_linalg.matrix_rank, because="a rank is a whole number")
unsupported(
    *named(_linalg, "qr eig eigvals cond tensorinv tensorsolve"),
    because="the table does not hold the derivative of this decomposition",
)
