"""Calls with complex numbers in them: transforms, parts, and rows that must hold there as well."""

import numpy as np
import numpy.fft
from row_inputs import case

_rng = np.random.default_rng(0)  # of its own: the other modules count through their values


def A(*shape):  # noqa: N802
    """Make an array of real numbers."""
    return _rng.uniform(-2, 2, shape)


def C(*shape):  # noqa: N802 (like A)
    """Make a complex array of separated values."""
    return A(*shape) + 1j * A(*shape)


for _function in (np.real, np.imag, np.conjugate, np.absolute, np.exp, np.square, np.sin):
    case(_function, C(2, 3))
case(np.angle, C(3))
case(np.angle, C(3), deg=True)
case(np.multiply, C(2, 3), A(3))
case(np.divide, A(3), C(2, 3))
case(np.matmul, C(2, 3), A(3, 2))
case(np.sum, C(2, 3), 1)
case(np.mean, C(2, 3))
case(np.roll, C(3), 1)
case(np.concatenate, [C(2), A(2)])
for _function in (np.fft.fft, np.fft.ifft, np.fft.rfft):
    for _norm in (None, "ortho", "forward"):
        case(_function, A(2, 5), norm=_norm)
    case(_function, A(2, 4), 6)
    case(_function, A(5, 2), 3, 0)
for _function in (np.fft.fft, np.fft.ifft, np.fft.irfft):
    for _norm in (None, "ortho", "forward"):
        case(_function, C(2, 3), norm=_norm)
    case(_function, C(2, 4), 5)
    case(_function, C(4, 2), 3, 0)
for _function in (np.fft.fft2, np.fft.ifft2, np.fft.fftn, np.fft.ifftn):
    case(_function, A(2, 3, 2))
    case(_function, C(2, 3))
    case(_function, C(2, 3), s=(3, 2), axes=(0, 1))
    case(_function, C(2, 3, 2), axes=(0, 1), norm="ortho")
for _function in (np.fft.rfft2, np.fft.rfftn):
    case(_function, A(2, 3, 4))
    case(_function, A(3, 5), s=(4, 3), axes=(0, 1))
    case(_function, A(2, 3, 4), axes=(2, 0), norm="ortho")
for _function in (np.fft.irfft2, np.fft.irfftn):
    case(_function, C(2, 3, 3))
    case(_function, C(3, 3), s=(4, 5), axes=(0, 1))
    case(_function, C(3, 2, 4), axes=(1, 0), norm="forward")
