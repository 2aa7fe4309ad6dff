"""Filters that are learned through the Fourier transform: complex numbers on the way to a loss."""

from __future__ import annotations

import contextlib
import io

import pytest

from gradlint.checking.inspection import Inspection
from gradlint.config import Options
from gradlint.source.spots import SourceFile

# The search for a cause looks at real parts only: what it names is held against the truth anyway.
pytestmark = pytest.mark.filterwarnings("ignore::numpy.exceptions.ComplexWarning")

FILTER = """\
import numpy as np

rng = np.random.default_rng(1)
img, t = rng.normal(size=(6, 8)), rng.normal(size=(6, 8))
k, b = rng.normal(size=(6, 8)), 0.1
for i in range(3):
    F = np.fft.rfft2(img)
    z = np.fft.irfft2(F * np.fft.rfft2(k), s=(6, 8)) + b
    a = np.tanh(z)
    loss = 0.5 * np.sum((a - t) ** 2)
    dz = (a - t) * (1 - a ** 2)
    db = dz.sum()
    dk = np.fft.irfft2({spectrum} * np.fft.rfft2(dz), s=(6, 8))
    k -= 0.1 * dk
    b -= 0.1 * db
"""
POWER = """\
import numpy as np

rng = np.random.default_rng(1)
x, t = rng.normal(size=16), rng.random(9)
w = rng.normal(size=16)
for i in range(3):
    S = np.fft.rfft(w * x)
    power = {power} / 16
    e = power - t
    loss = np.sum(e ** 2)
    full = np.zeros(16, complex)
    full[:9] = 2 * e * 2 * S / 16
    dw = x * {part}(16 * np.fft.ifft(full))
    w -= 0.001 * dw
"""


def verdict(text):
    """Check a program in this process."""
    with contextlib.redirect_stdout(io.StringIO()):
        report = Inspection(SourceFile("net.py", text), Options(), 30).report()
    return report.verdict, {p.name for p in report.parameters if p.verdict == "wrong"}


def test_a_filter_is_right_and_without_its_conjugate_wrong():
    """The adjoint of a convolution is a correlation."""
    assert verdict(FILTER.format(spectrum="np.conj(F)")) == ("right", set())
    assert verdict(FILTER.format(spectrum="F")) == ("wrong", {"k"})


@pytest.mark.parametrize("power", ["np.abs(S) ** 2", "(S.real ** 2 + S.imag ** 2)", "S * S.conj()"])
def test_a_power_spectrum_is_right_in_every_spelling(power):
    """The real and the imaginary part both carry the derivative."""
    power = f"({power}).real" if "conj" in power else power
    assert verdict(POWER.format(power=power, part="np.real")) == ("right", set())
    assert verdict(POWER.format(power=power, part="np.imag"))[0] == "wrong"
