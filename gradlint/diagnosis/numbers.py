"""What may have gone wrong, told from numbers alone: no source, no tape.

A mistake that has the sense ``in_numbers`` looks at one wrong gradient and predicts something
exact: that the true gradient is the hand-written one transposed, or with weight decay added; or
that the hand-written one is what the slip would have produced.  A prediction that does not come out
is dropped, and the first that comes out is told.  ``in_entries`` is asked last, and where only some
entries are off.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from gradlint.structs import field, struct

if TYPE_CHECKING:
    from collections.abc import Callable

    from gradlint.diagnosis.catalogue import Catalogue
    from gradlint.truth.compare import ArrayJudgement
    from gradlint.truth.probe import Probe

_CLOSE = 1e-7  # relative: what is the same computation differs by rounding only
_SIMPLE = 24  # a constant with a larger denominator is no constant that somebody wrote down


@struct(eq=False)
class Guess:
    """What a mistake says of a wrong gradient, and a prediction by which that stands or falls.

    ``predicted`` is what the mistake makes of the truth, ``corrected`` what the gradient would be
    without it; where both are None the numbers were looked at already.
    """

    message: str
    help: str = ""
    explanation: str = ""
    predicted: Any = None
    corrected: Any = None
    evidence: dict[str, Any] = field(default_factory=dict)


@struct(frozen=False, eq=False)
class Numbers:
    """One wrong gradient and the numbers around it.

    ``hand`` is the gradient as written, ``value`` that of its parameter; ``arrays`` are the inputs
    and attributes by name, ``scalars`` the plain numbers given, ``right`` the gradients that are
    right.  ``samples`` are lengths that may be the batch's.  ``outputs`` were computed from it
    all, ``cotangents`` are the gradients with respect to them, and ``forward`` computes the only
    output for another value of the parameter.
    """

    name: str
    hand: Any
    value: Any
    judged: ArrayJudgement
    probe: Probe
    arrays: list[tuple[str, Any]]
    scalars: dict[str, float]
    right: dict[str, Any]
    samples: set[int]
    outputs: list[Any]
    cotangents: list[Any]
    forward: Callable[[Any], Any]

    @property
    def said(self) -> str:
        """What the gradient is called in a sentence."""
        return f"the gradient of {self.name}"

    @property
    def factor(self) -> float:
        """How many times the truth the gradient is throughout; nan where it is no multiple."""
        return float("nan") if self.judged.factor is None else float(self.judged.factor)

    @cached_property
    def batch(self) -> int | None:
        """The batch size, if the factor or its inverse is one; 2 or less is no proof."""
        factor = self.factor
        m = factor if factor > 1 else 1 / factor if factor > 0 else 0.0
        return round(m) if m > 2.5 and equal(m, round(m)) and round(m) in self.samples else None

    @property
    def origin(self) -> str | None:
        """Where the factor comes from: a size, a product or root of sizes, an input, a fraction."""
        if self.judged.factor is None:
            return None
        factor = abs(self.factor)
        for options in (self.scalars, *map(_sizes, self.arrays)):
            for text, value in options.items():
                if value not in (0, 1) and equal(factor, value):
                    return text
                if value not in (0, 1) and equal(factor, 1 / value):
                    return f"1/{text}"
        from fractions import Fraction  # only where a factor is said

        fraction = Fraction(factor).limit_denominator(_SIMPLE)
        simple = 0 < fraction.numerator <= 1000 and equal(factor, float(fraction))
        return f"exactly {fraction}" if simple else None

    @cached_property
    def entrywise(self) -> tuple[Any, Any] | None:
        """The output and its cotangent, where each of its entries may come from one of these."""
        if len(self.outputs) != 1 or np.shape(self.outputs[0]) != np.shape(self.value):
            return None
        if np.size(self.value) < 2:
            return None
        return np.asarray(self.outputs[0], float), np.asarray(self.cotangents[0], float)

    @cached_property
    def off(self) -> Any:
        """Which entries are wrong, where some are and others not; None where that is not known."""
        truth = self.probe.truth
        if truth is None or self.hand.size < 2:
            return None
        size = np.maximum(np.abs(truth), np.abs(self.hand))
        off = np.abs(truth - self.hand) > 1e-5 * np.maximum(size, 1e-3 * size.max(initial=0.0))
        return off if off.any() and not off.all() else None

    def slope_at(self, point: Any) -> Any:
        """Differentiate an entrywise function at every entry of another array at once."""
        h = 1e-5
        try:
            one, other = (np.asarray(self.forward(point + s), float) for s in (h, -h))
        except Exception:  # noqa: BLE001 - the point may lie outside the function's domain
            return np.full(np.shape(point), np.nan)
        return (one - other) / (2 * h)


def _sizes(named: tuple[str, Any]) -> dict[str, float]:
    """The lengths of an array's axes by how they are written, with products and roots of them."""
    name, array = named
    sizes = {f"{name}.shape[{k}]": n for k, n in enumerate(array.shape) if n > 2}
    pairs = list(sizes.items())
    options: dict[str, float] = dict(pairs)
    for k, (one, n) in enumerate(pairs):
        options |= {f"({one}·{other})": n * m for other, m in pairs[k + 1 :]}
        options[f"√{one}"] = n**0.5
    return options


def recognised(seen: Numbers, catalogue: Catalogue) -> tuple[Any, Guess] | None:
    """The first mistake whose prediction comes out, and what it says.

    Of a gradient that is a multiple of the truth only those are asked that make one.
    """
    scaled = seen.judged.factor is not None
    asked = [m for m in catalogue.mistakes if not scaled or getattr(m, "of_multiples", False)]
    with np.errstate(all="ignore"):
        for sense in ("in_numbers", "in_entries"):
            for mistake in asked:
                ask = getattr(mistake, sense, None)
                for guess in () if ask is None else ask(seen):
                    if _comes_out(seen, guess):
                        return mistake, guess
    return None


def _comes_out(seen: Numbers, guess: Guess) -> bool:
    if guess.corrected is not None:
        return seen.probe.fits(guess.corrected)
    return guess.predicted is None or close(seen.hand, guess.predicted)


def unexplained(seen: Numbers) -> Guess:
    """Tell which entries are off, and by how much."""
    if seen.judged.factor is not None:
        return Guess(f"{seen.said} is {seen.factor:.6g} times the true one throughout")
    pattern, truth = seen.judged.pattern, seen.probe.truth
    where = "" if pattern.kind in ("none", "whole") else f" in {pattern}"
    text = f"{seen.said} is wrong{where}"
    evidence: dict[str, Any] = {"pattern": pattern.kind}
    if pattern.kind == "entries" and pattern.where:
        evidence["index"] = list(pattern.where[0])
    facts = ""
    if truth is not None:
        place = np.unravel_index(int(np.argmax(np.abs(truth - seen.hand))), truth.shape)
        index = [int(k) for k in place]
        evidence.setdefault("index", index)
        at = f"[{', '.join(map(str, index))}]" if index else ""
        facts = f"{seen.name}{at}: {seen.hand[place]:.6g}, and the true slope is {truth[place]:.6g}"
        evidence |= {"hand": float(seen.hand[place]), "true": float(truth[place])}
    elif seen.judged.relative_error is not None:
        facts = f"relative error {seen.judged.relative_error:.1e}"
    return Guess(text, explanation=facts, evidence=evidence)


def equal(one: float, other: float) -> bool:
    """Whether two constants are one, as far as measurements can tell."""
    return abs(one - other) <= 1e-6 * abs(other)


def close(one: Any, other: Any, rtol: float = _CLOSE) -> bool:
    """Whether two arrays agree on the scale of the largest entry; nothing agrees with zero."""
    top = float(np.max(np.abs(one), initial=0.0))
    return top > 0 and bool(np.all(np.abs(np.asarray(one) - other) <= rtol * top))
