"""Calls of products, convolutions and linear algebra."""

import itertools

import numpy as np
from row_inputs import array, case, positive

A, P = array, positive

# -- products -------------------------------------------------------------------------------
for _a, _b in (
    ((), ()), ((), (3,)), ((2, 3), ()), ((3,), (3,)), ((2, 3), (3,)), ((2,), (2, 3)),
    ((2, 3), (3, 2)), ((2, 2, 3), (3,)), ((3,), (2, 3, 2)), ((2, 3), (2, 3, 2)),
    ((2, 2, 3), (2, 3, 2)), ((2, 2, 3), (3, 2)),
):  # fmt: skip
    case(np.dot, A(*_a), A(*_b))
case(np.dot, 1.5, A(2))
case(np.dot, [[1.5, 0.5]], A(2, 2))
for _a, _b in (
    ((3,), (3,)), ((2, 3), (3,)), ((2,), (2, 3)), ((2, 3), (3, 2)), ((2, 2, 3), (3,)),
    ((3,), (2, 3, 2)), ((2, 3), (2, 3, 2)), ((2, 2, 3), (3, 2)), ((2, 1, 2, 3), (2, 3, 2)),
):  # fmt: skip
    case(np.matmul, A(*_a), A(*_b))
case(np.matmul, [[1.5, 0.5]], A(2, 2))
case(np.matmul, A(2, 2), [1.5, 0.5])
for _a, _b in (((), (3,)), ((3,), (3,)), ((2, 3), (3,)), ((2, 3), (2, 2, 3)), ((3,), (2, 3))):
    case(np.inner, A(*_a), A(*_b))
for _a, _b in (((), ()), ((2,), (3,)), ((2, 2), (3,))):
    case(np.outer, A(*_a), A(*_b))
case(np.linalg.outer, A(2), A(3))
case(np.vdot, A(3), A(3))
case(np.vdot, A(2, 3), A(3, 2))
for _function in {np.tensordot, np.linalg.tensordot}:
    case(_function, A(2, 3), A(2, 3))
    case(_function, A(2, 3), A(3, 2), axes=1)
    case(_function, A(2, 3), A(2), axes=0)
    case(_function, A(2, 3, 4), A(4, 2, 2), axes=([0, 2], [1, 0]))
    case(_function, A(2, 3, 2), A(3, 2), axes=[(1, -1), (0, 1)])
    case(_function, A(2, 3), A(2, 3), axes=(1, 1))
case(np.linalg.matmul, A(2, 3), A(3, 2))
for _function in {getattr(np, "vecdot", None), getattr(np.linalg, "vecdot", None)} - {None}:
    case(_function, A(3), A(3))
    case(_function, A(2, 3), A(3))
    case(_function, A(3, 2), A(3, 1), axis=0)
if hasattr(np, "matvec"):
    case(np.matvec, A(2, 3), A(3))
    case(np.matvec, A(2, 3), A(2, 3))
    case(np.vecmat, A(2), A(2, 3))
    case(np.vecmat, A(3, 2), A(2, 3))
for _a, _b in (((2, 2), (1, 3)), ((2,), (3,)), ((2,), (2, 2)), ((1, 2, 2), (2, 1)), ((), (3,))):
    case(np.kron, A(*_a), A(*_b))
for _function in (np.cross, np.linalg.cross):
    case(_function, A(3), A(3))
    case(_function, A(2, 3), A(3))
    case(_function, A(3, 2), A(3, 2), axis=0)
case(np.cross, A(2, 3), A(3, 2), -1, 0, 0)
for _n, _m, _mode in itertools.product((2, 3, 5), (2, 3, 4), ("full", "same", "valid")):
    case(np.convolve, A(_n), A(_m), _mode)
    case(np.correlate, A(_n), A(_m), mode=_mode)
case(np.convolve, A(4), A(2))
case(np.correlate, A(4), A(2))
for _spec, *_shapes in (
    ("ij,jk->ik", (2, 3), (3, 2)), ("ij,jk", (2, 3), (3, 2)), ("ii->i", (3, 3)), ("ii", (3, 3)),
    ("ij->", (2, 3)), ("ij->j", (2, 3)), ("ij,kj->i", (2, 3), (4, 3)), ("i,j", (2,), (3,)),
    ("...ij,...jk->...ik", (2, 2, 3), (3, 2)), ("...i->...", (2, 3)), ("b...,...", (2, 3), (3,)),
    ("ij,j,jk->k", (2, 3), (3,), (3, 2)), ("iij,i->j", (2, 2, 3), (2,)), ("ij,i->ij", (2, 3), (1,)),
    (" i j , j k -> k i", (2, 3), (3, 2)), ("ba", (2, 3)), ("i...,i...->i...", (2, 3), (2, 3)),
):  # fmt: skip
    case(np.einsum, _spec, *(A(*shape) for shape in _shapes))
case(np.einsum, "ij,jk->ik", A(2, 3), A(3, 2), optimize=True)
case(np.einsum, A(2, 3), [0, 1], A(3, 2), [1, 2], [0, 2])
case(np.einsum, A(2, 3), [0, 30], A(3, 2), [30, 2])
case(np.einsum, A(2, 3), [Ellipsis, 1], A(3), [1], [Ellipsis])

# -- linear algebra -------------------------------------------------------------------------
SQUARE, STACK = A(3, 3) + 3.0 * np.eye(3), A(2, 2, 2) + 3.0 * np.eye(2)
SYMMETRIC = SQUARE @ SQUARE.T + np.diag([1.0, 2.0, 4.0])
for _function in (np.linalg.inv, np.linalg.det, np.linalg.slogdet, np.linalg.pinv):
    case(_function, SQUARE)
    case(_function, STACK)
case(np.linalg.pinv, A(3, 2))
case(np.linalg.pinv, A(2, 3))
case(np.linalg.solve, SQUARE, A(3))
case(np.linalg.solve, SQUARE, A(3, 2))
case(np.linalg.solve, STACK, A(2, 2, 1))
case(np.linalg.cholesky, SYMMETRIC)
case(np.linalg.cholesky, np.stack([SYMMETRIC, SYMMETRIC + np.eye(3)]))
if hasattr(np, "astype"):
    case(np.linalg.cholesky, SYMMETRIC, upper=True)
for _function in (np.linalg.eigh, np.linalg.eigvalsh):
    case(_function, SYMMETRIC)
    case(_function, SYMMETRIC, "U")
case(np.linalg.svd, A(3, 2), compute_uv=False)
case(np.linalg.svd, A(2, 2, 3), False, False)
if hasattr(np.linalg, "svdvals"):
    case(np.linalg.svdvals, A(2, 3))
case(np.linalg.lstsq, A(4, 2), A(4))
case(np.linalg.lstsq, A(4, 2), A(4, 2), rcond=None)
for _power in (-2, -1, 0, 1, 3):
    case(np.linalg.matrix_power, SQUARE, _power)
case(np.linalg.multi_dot, [A(2, 3), A(3, 2), A(2, 4)])
case(np.linalg.multi_dot, [A(3), A(3, 2), A(2)])
for _order in (None, 1, 2, 3, 0.5, 0, np.inf, -np.inf, -2):
    case(np.linalg.norm, P(4), _order)
    _values = P if _order == 0.5 else A  # its slope has no bound at 0
    case(np.linalg.norm, _values(2, 3), _order, 1)
    case(np.linalg.norm, _values(2, 3), ord=_order, axis=0, keepdims=True)
    if hasattr(np.linalg, "vector_norm") and _order is not None:
        case(np.linalg.vector_norm, _values(2, 3), ord=_order)
        case(np.linalg.vector_norm, _values(2, 3), ord=_order, axis=1, keepdims=True)
for _order in (None, "fro", "nuc", 1, -1, 2, -2, np.inf, -np.inf):
    case(np.linalg.norm, A(2, 3), _order)
    case(np.linalg.norm, A(2, 3, 2), _order, (0, 2))
    case(np.linalg.norm, A(2, 3, 2), _order, (2, 1), True)
    if hasattr(np.linalg, "matrix_norm") and _order is not None:
        case(np.linalg.matrix_norm, A(2, 3, 2), ord=_order)
case(np.linalg.norm, A(2, 3, 2))
for _name in ("trace", "diagonal"):
    if hasattr(np.linalg, _name):
        for _offset in (0, 1, -1):
            case(getattr(np.linalg, _name), A(2, 3, 4), offset=_offset)
