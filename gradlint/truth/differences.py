"""The derivative of a function of one number, as ``value ± error``.

A central difference with step h misses the derivative by at most ``noise/h + h²·M₃/6``: rounding in
f, which grows as the step shrinks, and the third derivative of f, which grows with the step.  No
fixed step is right for all functions, so every step tried here (a *rung*) measures its own error:

- two steps, h and h/2, disagree by the truncation error;
- the one-sided slopes disagree by what no smooth function explains: noise, or a kink;
- the rounding of f, as known or measured, divided by the step, is there in any case.

The first rung that resolves the derivative is enough, five evaluations.  Otherwise the step climbs
while rounding is the largest part and descends while anything else is.  A kink that stays in sight
all the way down lies at the point; it is reported with both its slopes.

This module knows functions of one number: no arrays, no gradients, no verdicts.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from gradlint.structs import field, struct

if TYPE_CHECKING:
    from collections.abc import Callable

RESOLVED = 1e-7  # an error this small, relative to the value, ends the search
FIRST_STEP = 2.0**-17  # near (3·2⁻⁵³)^(1/3), the best step where f and f''' are of one size
SMALLEST_STEP = 2.0**-33
LARGEST_STEP = 2.0**24  # parameters may be tiny beside the length over which f bends
REACH = 2.0**-5  # a step that shows no slope, or mostly bend, says nothing about shorter lengths
SHARP = 2.0**-8  # what turns over a longer way is a bend, not a corner
STRIDE = 16.0
RUNGS = 9
UNCERTAINTY = 10.0  # errors quoted per noise: five deviations of a Richardson value (1.9·noise/h)
ROUGHNESS = 8.4  # deviation of `_Rung.rough` per deviation of f: √(1+1+16+16+36)


@struct
class Kink:
    """The two slopes of a function that has a corner at the point."""

    left: float
    right: float


@struct
class Estimate:
    """A derivative ``value ± error``, and how it was come by.

    ``error`` is infinite where nothing is known, and ``reason`` then says why.  At a kink,
    ``value`` is the middle of the two slopes and ``error`` covers both.  ``noise`` is the deviation
    of one evaluation that was believed in; ``steps`` are the steps tried, in the argument's units,
    and ``step`` is the one that ``value`` comes from.
    """

    value: float
    error: float
    kink: Kink | None = None
    steps: tuple[float, ...] = ()
    evaluations: int = 0
    noise: float = 0.0
    reason: str = ""
    step: float = math.nan


def derivative(
    f: Callable[[float], float],
    *,
    scale: float = 1.0,
    noise: float | None = None,
    at: float | None = None,
    step: float | None = None,
    enough: float = 0.0,
) -> Estimate:
    """Estimate the derivative of ``f`` at 0.

    ``scale`` is the natural length of the argument, ``noise`` the deviation of one evaluation where
    the caller has measured it, ``at`` the value ``f(0)`` where the caller has it, ``step`` the
    first step to try, and ``enough`` an absolute error that needs no improvement.  Values that are
    not finite never raise: they end in an infinite error with a reason.

    >>> slope = derivative(lambda t: (3 + t) ** 2)
    >>> abs(slope.value - 6) <= slope.error < 1e-8
    True
    """
    line = _Line(f, scale, {} if at is None else {0.0: at})
    if not math.isfinite(line(0.0)):
        return line.report(math.nan, math.inf, reason="f is not finite at the point itself")
    climb = _Climb(line, noise, enough * scale)
    climb.run(FIRST_STEP if step is None else step / scale)
    return climb.conclude()


def noise_level(f: Callable[[float], float], *, at: float | None = None) -> float:
    """Estimate the deviation of one evaluation of ``f`` near 0, from a table of differences.

    Differences of high order annihilate whatever is smooth over a tiny distance and amplify what is
    not: a k-th difference of independent errors has variance ``(2k)!/(k!)²`` times theirs (Hamming;
    Moré and Wild, "Estimating computational noise", 2011).  All points lie on one side, so that a
    kink at 0 is not mistaken for noise.
    """
    line = _Line(f, 1.0, {} if at is None else {0.0: at})
    floor = _rounding(line(0.0))
    for spacing in (2.0**-30, 2.0**-20, 2.0**-12):
        values = [line(k * spacing) for k in range(7)]
        if not all(map(math.isfinite, values)):
            return math.inf
        if len(set(values)) > 3:  # fewer: the points are too close to be told apart
            break
    else:
        return floor
    table = np.array(values) - values[0]
    deviations = []
    for order in range(1, 6):
        table = np.diff(table)
        deviations.append(math.sqrt(float(np.mean(table**2)) / math.comb(2 * order, order)))
    return max(floor, *deviations[2:])


def _rounding(value: float) -> float:
    """Give the least noise of a computed value: half a unit in its last place."""
    mantissa = 2.0**-24 if isinstance(value, np.float32) else 2.0**-53
    return mantissa * abs(float(value))


@struct(frozen=False)
class _Line:
    """The function in units of its natural length; every point is evaluated once."""

    f: Callable[[float], float]
    scale: float
    known: dict[float, float] = field(default_factory=dict)
    evaluations: int = 0
    steps: list[float] = field(default_factory=list)

    def __call__(self, t: float) -> float:
        if t not in self.known:
            self.evaluations += 1
            try:
                with np.errstate(all="ignore"):
                    self.known[t] = self.f(t * self.scale)
            except (ArithmeticError, ValueError):  # math.log(-1), math.exp(800), a singular matrix
                if t == 0:
                    raise
                self.known[t] = math.nan
        return self.known[t]

    def report(
        self,
        value: float,
        error: float,
        noise: float = 0.0,
        kink: Kink | None = None,
        reason: str = "",
        step: float = math.nan,
    ) -> Estimate:
        """Give the estimate in the units of the argument."""
        if kink is not None:
            kink = Kink(kink.left / self.scale, kink.right / self.scale)
        steps = tuple(h * self.scale for h in self.steps)
        value, error, step = value / self.scale, error / self.scale, step * self.scale
        return Estimate(value, error, kink, steps, self.evaluations, noise, reason, step)


@struct
class _Rung:
    """What the five values at 0, ±h/2 and ±h say."""

    h: float
    value: float  # Richardson's combination of the two central differences
    bend: float  # how far the two differ: three quarters of the truncation error of the first
    rough: (
        float  # (f(h) − 2f(0) + f(−h)) − 4·(the same at h/2): 0 for a parabola, −h·jump at a kink
    )
    left: float
    right: float
    finite: bool

    @classmethod
    def of(cls, line: _Line, h: float) -> _Rung:
        line.steps.append(h)
        centre = float(line(0.0))
        a, b, c, d = (float(line(t)) - centre for t in (-h, -h / 2, h / 2, h))
        outer, inner = (d - a) / (2 * h), (c - b) / h
        return cls(
            h=h,
            value=inner + (inner - outer) / 3,
            bend=inner - outer,
            rough=(a + d) - 4 * (b + c),
            left=-2 * b / h,
            right=2 * c / h,
            finite=all(map(math.isfinite, (a, b, c, d))),
        )

    def doubt(self, noise: float) -> float:
        """How far ``h·value`` may be off, if one evaluation of f deviates by ``noise``."""
        if not self.finite:
            return math.inf
        return abs(self.bend) * self.h + abs(self.rough) + UNCERTAINTY * noise

    def straight(self, noise: float) -> bool:
        """Whether the rung saw mostly slope."""
        return self.doubt(noise) <= 0.25 * abs(self.value) * self.h

    def cornered(self, noise: float) -> bool:
        """Whether the slopes on the two sides differ as they do at a kink, noise aside."""
        if not self.finite or abs(self.rough) <= 10 * ROUGHNESS * noise or self.h > SHARP:
            return False
        jump = self.right - self.left
        return abs(self.rough + self.h * jump) <= 0.25 * self.h * abs(jump)


class _Climb:
    """The search for a step: up while rounding is the largest error, else down."""

    def __init__(self, line: _Line, noise: float | None, enough: float) -> None:
        self.line = line
        self.measured = noise is not None
        self.noise = max(_rounding(line(0.0)), noise or 0.0)
        self.enough = enough
        self.rungs: list[_Rung] = []

    def error(self, rung: _Rung) -> float:
        """How far the value of a rung may be off.

        A rung that saw mostly doubt (a jump, say) vouches for nothing, not even for a slope at all.
        Beyond the natural length, five values may lie on a line by accident: a shorter rung must
        have seen the same slope.
        """
        doubt = rung.doubt(self.noise)
        if not rung.finite:
            return math.inf
        if rung.straight(self.noise) and (rung.h <= 1 or self.witnessed(rung)):
            return doubt / rung.h
        return doubt / min(rung.h, REACH) + abs(rung.value)

    def witnessed(self, rung: _Rung) -> bool:
        shorter = (r for r in self.rungs if r.h < rung.h and r.straight(self.noise))
        return any(abs(r.value - rung.value) <= r.doubt(self.noise) / r.h for r in shorter)

    def resolved(self, rung: _Rung) -> bool:
        return self.error(rung) <= max(RESOLVED * abs(rung.value), self.enough)

    def run(self, h: float) -> None:
        first = self.try_step(h)
        if self.resolved(first):
            return
        self.measure_noise()
        up = self.noise_rules(first)
        self.walk(first, STRIDE if up else 1 / STRIDE)
        if not any(map(self.resolved, self.rungs)) and not self.at_kink():
            self.polish()

    def try_step(self, h: float) -> _Rung:
        rung = _Rung.of(self.line, h)
        self.rungs.append(rung)
        return rung

    def measure_noise(self) -> None:
        """Look for noise above the rounding of the result, once something is in doubt."""
        if self.measured:
            return
        self.measured = True
        known = noise_level(self.line, at=self.line(0.0))
        self.noise = max(self.noise, known if math.isfinite(known) else 0.0)

    def noise_rules(self, rung: _Rung) -> bool:
        if not rung.finite:
            return False
        other = abs(rung.bend) + max(abs(rung.rough) - 3 * ROUGHNESS * self.noise, 0.0) / rung.h
        return other <= UNCERTAINTY * self.noise / rung.h

    def walk(self, rung: _Rung, stride: float) -> None:
        """Take further rungs until one resolves, or the errors say that the way leads nowhere."""
        while len(self.rungs) < RUNGS and not self.resolved(rung):
            h = rung.h * stride
            if stride > 1 and (h > self.largest() or (h > STRIDE**2 and self.silent(rung))):
                return
            if stride < 1 and h < SMALLEST_STEP:
                return
            previous, rung = rung, self.try_step(h)
            if self.noise_rules(rung) != (stride > 1) and rung.finite and previous.finite:
                return

    def largest(self) -> float:
        """How far steps may reach: beyond the natural length only if f has nearly all its digits.

        What hides below the noise of float32 may be all that there is to see nearby.
        """
        exact = self.noise <= 2.0**-44 * abs(float(self.line(0.0)))
        return LARGEST_STEP if exact else 1.0

    def silent(self, rung: _Rung) -> bool:
        """Whether f moves by no more than its noise over a whole natural length."""
        return abs(rung.value) * rung.h <= UNCERTAINTY * self.noise

    def at_kink(self) -> bool:
        return self.kinked() is not None

    def kinked(self) -> _Rung | None:
        """Find the smallest rung that shows a corner, if no rung below it could have shown more."""
        hidden = 10 * ROUGHNESS * self.noise
        for rung in sorted(self.rungs, key=lambda rung: rung.h):
            if rung.cornered(self.noise):
                return rung
            if not rung.finite or abs(rung.rough) > hidden or self.clear(rung):
                return None
        return None

    def clear(self, rung: _Rung) -> bool:
        """Whether the rung would show the corner of a larger one, if that lay at the point."""
        jumps = [
            abs(r.right - r.left) for r in self.rungs if r.h > rung.h and r.cornered(self.noise)
        ]
        return any(rung.h * jump > 20 * ROUGHNESS * self.noise for jump in jumps)

    def polish(self) -> None:
        """One more rung, at the step where rounding and the truncation seen so far balance."""
        bent = [r for r in self.rungs if r.finite and abs(r.bend) * r.h > 5 * self.noise]
        if not bent or self.noise == 0:
            return
        rung = min(bent, key=lambda rung: rung.h)
        third = 8 * abs(rung.bend) / rung.h**2
        h = min((3 * self.noise / third) ** (1 / 3), self.largest())
        if all(not 0.5 < h / r.h < 2 for r in self.rungs):
            self.try_step(h)

    def conclude(self) -> Estimate:
        resolved = [r for r in self.rungs if self.resolved(r)]
        corner = None if resolved else self.kinked()
        if corner is not None:
            slack = UNCERTAINTY * self.noise / corner.h
            jump = corner.right - corner.left
            middle = (corner.left + corner.right) / 2
            kink = Kink(corner.left, corner.right)
            reason = "the function has a kink at the point"
            error = abs(jump) / 2 + slack
            return self.line.report(middle, error, self.noise, kink, reason, corner.h)
        best = min(resolved or self.rungs, key=self.error)
        if not best.finite:
            reason = "f is not finite on both sides of the point"
            return self.line.report(math.nan, math.inf, self.noise, reason=reason)
        return self.line.report(best.value, self.error(best), self.noise, step=best.h)
