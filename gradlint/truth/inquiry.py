"""The inquiry into one gradient: from two evaluations to a verdict on every tensor.

The order of experiments is told in ``projections``.  Each answers one question and costs as little
as the question allows; everything measured stays at hand (`Line` keeps its values), so that a later
experiment pays only for what is new.

This module knows one point and one gradient; what it returns is frozen.
"""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from gradlint.truth.compare import (
    AGREES,
    DIFFERS,
    RESOLVES,
    ArrayJudgement,
    Judged,
    Judgement,
    Pattern,
    describe,
    judge,
)
from gradlint.truth.differences import FIRST_STEP, Estimate, derivative, noise_level
from gradlint.truth.directions import Direction, Line, Space
from gradlint.truth.entries import judge_entries
from gradlint.truth.factor import one_factor
from gradlint.truth.localise import localise

if TYPE_CHECKING:
    from numpy.typing import NDArray

ROUNDINGS = 50.0  # noise allowed for before it is measured: long sums lose some digits
SURE = 1e-4  # one direction is enough: it hides an error of an entry's size once in ten thousand
TYPICAL_ENTRY = 0.05  # a right gradient leaves no room for an entry of usual size that is 5 % off
LIVELY = 1e4  # a tensor has no influence if others have that much more than the rounding of f
CLOSE = 1e-4  # nobody is called wrong by so little before the noise of f has been measured
AT_A_KINK = 1024  # entries that are judged one by one where directions would mix valid choices


class Inquiry:
    """One check, from its first two evaluations to the verdicts."""

    def __init__(
        self,
        space: Space,
        gradients: list[NDArray[Any]],
        at: float | None,
        seed: int,
    ) -> None:
        self.space, self.gradients, self.centre = space, gradients, at
        self.rng = np.random.default_rng(seed)
        self.noise: float | None = None
        self.step = FIRST_STEP
        self.looked = False

    def run(self, every_entry: int) -> list[ArrayJudgement]:
        """Judge every tensor; up to so many parameters, entry by entry."""
        verdicts: dict[int, ArrayJudgement] = {}
        for k, gradient in enumerate(self.gradients):
            if gradient.size == 0:
                verdicts[k] = ArrayJudgement("right", reason="there is no entry")
            elif not self._finite(gradient):
                broken = describe(~np.isfinite(gradient), np.ones(gradient.shape, bool))
                reason = "the gradient is not finite"
                verdicts[k] = ArrayJudgement("wrong", reason=reason, pattern=broken)
        left = [k for k in range(len(self.gradients)) if k not in verdicts]
        if left:
            verdicts |= self._judge(left, every_entry)
        return [verdicts[k] for k in range(len(self.gradients))]

    @staticmethod
    def _finite(gradient: NDArray[Any]) -> bool:
        with np.errstate(all="ignore"):
            square = float(np.vdot(gradient, gradient))  # no temporary of the tensor's size
        return math.isfinite(square) or bool(np.isfinite(gradient).all())

    def _judge(self, left: list[int], every_entry: int) -> dict[int, ArrayJudgement]:
        few = sum(self.gradients[k].size for k in left) <= every_entry
        settled = {} if few else self._first_look(left)
        left = [k for k in left if k not in settled]
        trouble = self._trouble() if left else ""
        if trouble:
            return settled | dict.fromkeys(left, ArrayJudgement("cannot-tell", reason=trouble))
        if few:
            return {k: self._every_entry(k) for k in left}
        return settled | (self._inquire(left) if left else {})

    # ---- the first look -------------------------------------------------------------------------

    def _first_look(self, left: list[int]) -> dict[int, ArrayJudgement]:
        """Settle the tensors whose predicted slope agrees down to the rounding of f."""
        self.left, self.one = left, self._line(self._draw(left))
        self.looked = True
        self.one.central(self.step)
        self._choose_step(self.one)
        self.error = self._allowance(self.one, self.step)
        self.agrees = self._agrees(self.one)
        if not self.agrees:
            return {}
        sure = [k for k in left if self._resolves(k, self.error, SURE)]
        if len(sure) < len(left):
            self.agrees = self._agrees(self.two)
            sure = [k for k in left if self.agrees and self._resolves(k, self.error)]
        residual = self.one.slope - self.one.central(self.step)
        return {k: self._right(k, residual) for k in sure}

    @cached_property
    def two(self) -> Line:
        """The second direction, drawn when it is first asked for."""
        return self._line(self._draw(self.left))

    def _agrees(self, line: Line) -> bool:
        return abs(line.slope - line.central(self.step)) <= AGREES * self.error

    def _right(self, k: int, residual: float) -> ArrayJudgement:
        return ArrayJudgement("right", relative_error=abs(residual) / self._size(k))

    def _draw(self, left: list[int]) -> Direction:
        return self.space.random_direction(self.rng, left)

    def _line(self, direction: Direction) -> Line:
        return Line(self.space, direction, self.gradients)

    def _choose_step(self, line: Line) -> None:
        """Take the step that suits the claimed slope and the rounding of f."""
        rounding, size = self._rounding(line), line.magnitude()
        best = (3 * rounding / size) ** (1 / 3) if size > 0 else 1.0
        if math.isfinite(best) and best > 0 and not 1 / 8 <= best / self.step <= 8:
            self.step = 2.0 ** round(math.log2(min(max(best, 2.0**-24), 2.0**-4)))

    def _rounding(self, line: Line) -> float:
        values = [*line.known.values(), *([] if self.centre is None else [self.centre])]
        grain = 2.0**-24 if any(isinstance(v, np.float32) for v in values) else 2.0**-53
        return grain * max(abs(float(v)) for v in values)

    def _allowance(self, line: Line, step: float) -> float:
        """Say how far a right prediction may miss one central difference, rounding alone."""
        return ROUNDINGS * self._rounding(line) / step + line.error(step)

    def _size(self, k: int) -> float:
        others = [self.two] if "two" in self.__dict__ else []
        return max(abs(line.slopes[k]) for line in [self.one, *others])

    def _resolves(self, k: int, error: float, part: float = TYPICAL_ENTRY) -> bool:
        """Whether so small an error leaves no room for a wrong entry of usual size."""
        entry = self._size(k) / math.sqrt(self.gradients[k].size)
        return error <= RESOLVES * self._size(k) and error <= part * entry

    # ---- the inquiry ----------------------------------------------------------------------------

    def _trouble(self) -> str:
        """Look for what makes any verdict impossible; know f at the point from here on."""
        first = self.space.values([({}, 0.0)])[0]
        if self.space.changes_arguments():
            self.space.restore()
            return "f changes its own arguments"
        if not math.isfinite(first):
            return f"the loss is {float(first)} at the point itself"
        if self._repeats(first):
            self.centre = first
            return ""
        again = self.space.values([({}, 0.0)])[0] if self.centre is None else self.centre
        self.centre = first
        coarse = 2.0**29 if isinstance(first, np.float32) else 1.0
        if abs(float(first) - float(again)) > 1e-12 * coarse * abs(float(first)):
            return f"randomness: two evaluations at one point gave {first:.9g} and {again:.9g}"
        return ""

    def _repeats(self, first: Any) -> bool:
        """Whether the values of the first look enclose this one, as a third sample of f."""
        if not self.looked:
            return False
        middle = (float(self.one(self.step)) + float(self.one(-self.step))) / 2
        return abs(middle - float(first)) <= self.step * self.one.magnitude()

    def _inquire(self, left: list[int]) -> dict[int, ArrayJudgement]:
        """Judge what the first look left open."""
        if self.agrees:
            return {k: self._examine(k) for k in left}
        found = self._off_by_one_factor(left)
        if found is not None:
            return found
        whole = self._derivative(self.one)
        verdict = self._held(self.one, whole)
        if verdict.verdict != "wrong" or whole.kink is not None:
            return {k: self._examine(k) for k in left}
        self.step = whole.step
        self.error = max(self._allowance(self.one, self.step), whole.error)
        true = self.two.central(self.step / 2)
        if verdict.factor and self._proportional(self.one.slope, whole, self.two.slope, true):
            return {k: self._common_factor(k, verdict) for k in left}
        settled, suspects = self._narrow(left, self.one.slope - whole.value)
        if len(suspects) == 1:
            ((k, residual),) = suspects.items()
            return settled | {k: self._convict(k, residual, whole, self.two.slope - true)}
        return settled | {k: self._examine(k) for k in suspects}

    def _off_by_one_factor(self, left: list[int]) -> dict[int, ArrayJudgement] | None:
        """Judge a gradient of which one tensor, or the whole, is a constant times the truth."""
        errors = self._allowance(self.one, self.step), self._allowance(self.one, self.step / 2)
        share = one_factor(self.one, self.two, self.step, float(self.centre or 0.0), errors)
        if share is None:
            return None
        verdict = judge(share.claimed, share.true, share.error)
        if verdict.verdict != "wrong" or not verdict.factor:
            return None
        self.error = share.error
        if share.tensor is None:
            return {k: self._common_factor(k, verdict) for k in left}
        clear = [k for k in left if k != share.tensor and self._resolves(k, share.error)]
        settled = {k: self._right(k, share.error) for k in clear}
        settled[share.tensor] = self._by_factor(share.tensor, verdict)
        return settled | {k: self._examine(k) for k in left if k not in settled}

    def _common_factor(self, k: int, verdict: Judgement) -> ArrayJudgement:
        """Spread the one factor of a whole gradient to a tensor large enough to have shown it."""
        off = abs(1 - (verdict.factor or 0.0))
        if not self._resolves(k, self.error / min(off, 1.0)):
            return self._examine(k)
        return self._by_factor(k, verdict)

    def _by_factor(self, k: int, verdict: Judgement) -> ArrayJudgement:
        size = self.gradients[k].size
        pattern = Pattern("whole", count=size, size=size)
        return ArrayJudgement("wrong", verdict.factor, verdict.relative_error, "", pattern)

    def _narrow(
        self, left: list[int], residual: float
    ) -> tuple[dict[int, ArrayJudgement], dict[int, float]]:
        """Find the tensors that carry the residual; settle the others."""
        settled: dict[int, ArrayJudgement] = {}
        suspects: dict[int, float] = {}
        queue = [(sorted(left, key=lambda k: self.gradients[k].size), residual)]
        while queue:
            group, residual = queue.pop()
            if abs(residual) <= DIFFERS * self.error:
                agrees = abs(residual) <= AGREES * self.error
                for k in group:
                    clear = agrees and self._resolves(k, self.error)
                    settled[k] = self._right(k, residual) if clear else self._examine(k)
            elif len(group) == 1:
                suspects[group[0]] = residual
            else:
                queue += self._halves(group, residual)
        return settled, suspects

    def _halves(self, group: list[int], residual: float) -> list[tuple[list[int], float]]:
        """Split a group, measure its cheaper half and infer the other: residuals add up."""
        sizes = [self.gradients[k].size for k in group]
        middle = len(group) - 1 if sizes[-1] > sum(sizes) / 2 else len(group) // 2
        cheap, dear = group[:middle], group[middle:]
        line = self._line({k: self.one.direction[k] for k in cheap})
        part = line.slope - line.central(self.step)
        return [(dear, residual - part), (cheap, part)]

    def _convict(self, k: int, residual: float, whole: Estimate, other: float) -> ArrayJudgement:
        """Judge the one tensor that carries the residual of the whole, along both directions."""
        line = self._along(self.one, k)
        estimate = replace(whole, value=line.slope - residual, error=2 * self.error)
        verdict = self._held(line, estimate)
        if verdict.verdict != "wrong" or not abs(other) > DIFFERS * self.error:  # nan, too
            return self._examine(k)
        second = self._along(self.two, k)
        return self._explain(k, line, estimate, verdict, second.slope, second.slope - other)

    def _examine(self, k: int) -> ArrayJudgement:
        """Judge one tensor by derivatives along two directions of its own."""
        lines = [self._along(line, k) for line in (self.one, self.two)]
        estimates = []
        for line in lines:
            estimate = self._derivative(line)
            estimates.append(estimate)
            verdict = self._held(line, estimate)
            if estimate.kink is not None:
                return self._at_kink(k)
            if verdict.verdict == "wrong":
                second = lines[1] if line is lines[0] else lines[0]
                true = self._derivative(second).value
                return self._explain(k, line, estimate, verdict, second.slope, true)
            if verdict.verdict == "cannot-tell":
                return self._too_small(k, verdict)
        resolved = self._resolves(k, max(e.error for e in estimates))
        relative = verdict.relative_error
        if not resolved:
            return ArrayJudgement("cannot-tell", None, relative, _DILUTED)
        return ArrayJudgement("right", None, relative)

    def _along(self, line: Line, k: int) -> Line:
        return line if len(line.direction) == 1 else self._line({k: line.direction[k]})

    def _derivative(self, line: Line) -> Estimate:
        estimate = derivative(line, noise=self.noise, at=self.centre, step=self.step)
        if self.noise is None and estimate.evaluations > 5:  # then it was measured
            self.noise = estimate.noise
        gap = abs(line.slope - estimate.value)
        close = AGREES * estimate.error < gap <= CLOSE * abs(line.slope)
        if self.noise is None and close:  # 1 - cos(t) may hide noise far above its own rounding
            self.noise = noise_level(line, at=self.centre)
            return self._derivative(line)
        step = estimate.step if estimate.step > 0 else self.step
        return replace(estimate, error=estimate.error + line.error(step))

    def _held(self, line: Line, estimate: Estimate) -> Judgement:
        return judge(line.slope, estimate.value, estimate.error, kink=estimate.kink)

    def _explain(
        self,
        k: int,
        line: Line,
        estimate: Estimate,
        verdict: Judgement,
        hand: float,
        true: float,
    ) -> ArrayJudgement:
        """Call a tensor wrong: by a factor if another direction agrees on it, else by entries."""
        proportional = self._proportional(line.slope, estimate, hand, true)
        if self.gradients[k].size == 1 or (proportional and verdict.factor):
            return self._by_factor(k, verdict)
        pattern, reason = localise(self.space, self.gradients, k, line, estimate, self.centre)
        judged: Judged = "cannot-tell" if reason else "wrong"
        factor = verdict.factor if proportional and not reason else None
        return ArrayJudgement(judged, factor, verdict.relative_error, reason, pattern)

    @staticmethod
    def _proportional(a: float, estimate: Estimate, b: float, true: float) -> bool:
        """Whether hand-written and true slopes stand in one ratio along two directions."""
        room = 30 * estimate.error * (abs(a) + abs(b) + abs(true) + abs(estimate.value))
        return abs(a * true - b * estimate.value) <= room

    # ---- what directions cannot settle ----------------------------------------------------------

    def _at_kink(self, k: int) -> ArrayJudgement:
        """Judge every entry by itself: along a direction, valid choices of many entries mix."""
        if self.gradients[k].size <= AT_A_KINK:
            return self._every_entry(k)
        return ArrayJudgement(
            "cannot-tell", reason="the loss has kinks at this point: check at another"
        )

    def _too_small(self, k: int, verdict: Judgement) -> ArrayJudgement:
        """Accept a zero gradient if f does not move along it by more than its own rounding."""
        if self._vanishes(k, self._along(self.one, k)):
            return ArrayJudgement("right", None, 0.0, "the loss does not depend on it")
        return ArrayJudgement("cannot-tell", None, verdict.relative_error, verdict.reason)

    def _vanishes(self, k: int, line: Line) -> bool:
        """Whether f is flat along the tensor over whole natural lengths, though it moves elsewhere.

        A flat stretch of a function that is nowhere seen to move says nothing, unless f returns
        the very same number everywhere.
        """
        claimed = float(np.abs(self.gradients[k]).max()) * self.space.lengths[k]
        floor = 20 * max(self.noise or 0.0, self._rounding(line))
        if claimed > floor:
            return False
        most = max(self._moves(each) for each in (line, self._line(self._draw([k]))))
        if most == 0 and claimed == 0:
            return True
        everything = [k for k, gradient in enumerate(self.gradients) if gradient.size]
        return most <= floor and self._moves(self._line(self._draw(everything))) > LIVELY * floor

    def _moves(self, line: Line) -> float:
        lengths = (1.0, -1.0, 0.25, -0.25)
        return max(abs(float(line(t)) - float(self.centre or 0.0)) for t in lengths)

    def _every_entry(self, k: int) -> ArrayJudgement:
        line = self._line(self._draw([k]))
        noise = noise_level(line, at=self.centre)
        return judge_entries(
            self.space,
            k,
            self.gradients[k],
            centre=self.centre,
            noise=noise if math.isfinite(noise) else None,
            vanishes=self._vanishes(k, line),
        )


_DILUTED = "a single wrong entry of usual size would be lost in the noise of the whole"
