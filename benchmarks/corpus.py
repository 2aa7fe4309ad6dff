"""A random corpus of functions with hand-written gradients, right and wrong.

Each case draws a model (``models``), a precision, the unit of the loss (1e-6 … 1e6, an offset of up
to a million times the loss) and the unit of the parameters (1e-7 … 1e5).  A wrong case makes one
mistake: a slip inside the backward pass, or a change of what it returns.  The labels are known
because the tests hold every model's gradient against differences in extended precision.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from models import MODELS, Model

Arrays = Sequence[np.ndarray]

WIDTHS = {
    "float64": "float64",
    "float32": "float32 arrays",
    "forced": "float32 arrays, and the function computes in float32 whatever it is given",
    "rounded": "float32 arrays, the function rounds its parameters to float32, the rest is float64",
}

SLIPS = (
    "activation derivative missing",
    "derivative fed the pre-activation",
    "another activation's derivative",
    "mean over the batch missing",
    "a term of the sum missing",
)


def _flip(grads: list[np.ndarray], rng: np.random.Generator) -> None:
    grads[_pick(grads, rng)] *= -1


def _factor(grads: list[np.ndarray], rng: np.random.Generator) -> None:
    factor = rng.choice([0.5, 2.0, 3.0])
    for k in range(len(grads)):
        grads[k] *= factor


def _tensor_slightly(grads: list[np.ndarray], rng: np.random.Generator) -> None:
    grads[_pick(grads, rng)] *= 1 + rng.choice([2e-4, -5e-4, 2e-3])


def _all_slightly(grads: list[np.ndarray], rng: np.random.Generator) -> None:
    factor = 1 + rng.choice([2e-4, -5e-4, 2e-3])
    for k in range(len(grads)):
        grads[k] *= factor


def _entry(grads: list[np.ndarray], rng: np.random.Generator) -> None:
    k = _pick(grads, rng)
    flat = grads[k].reshape(-1)
    size = np.abs(flat)
    candidates = np.flatnonzero(size >= 0.5 * np.sqrt(np.mean(size**2)))
    flat[rng.choice(candidates)] *= rng.choice([0.0, 1.5, -1.0, 1.05])


def _rearranged(grads: list[np.ndarray], rng: np.random.Generator) -> None:
    k = _pick(grads, rng)
    g = grads[k]
    if g.ndim == 2 and g.shape[0] == g.shape[1]:
        grads[k] = g.T.copy()
    else:
        grads[k] = g[::-1].copy()


CHANGES: dict[str, Callable[[list[np.ndarray], np.random.Generator], None]] = {
    "one tensor's sign": _flip,
    "everything times 1/2, 2 or 3": _factor,
    "one tensor off by 0.02 - 0.2 %": _tensor_slightly,
    "everything off by 0.02 - 0.2 %": _all_slightly,
    "one entry": _entry,
    "transposed or reversed": _rearranged,
}
BUGS = (*SLIPS, *CHANGES)


def _pick(grads: list[np.ndarray], rng: np.random.Generator) -> int:
    alive = [k for k, g in enumerate(grads) if np.any(g)]
    return int(rng.choice(alive))


@dataclass(frozen=True)
class Case:
    """A function of some arrays, what somebody claims to be its gradients, and whether they are."""

    number: int
    family: str
    bug: str  # "" where the gradients are right
    width: str  # one of WIDTHS
    loss: Callable[..., Any]
    gradients: Callable[..., list[np.ndarray]]
    arrays: tuple[np.ndarray, ...]

    def __str__(self) -> str:
        return f"{self.number} {self.family} {self.width} {self.bug or 'right'}"


def corpus(count: int, seed: int = 0) -> Iterator[Case]:
    """Draw so many cases: half of them right, one in five in float32."""
    rng = np.random.default_rng(seed)
    number = 0
    while number < count:
        bug = "" if number % 2 == 0 else str(rng.choice(BUGS))
        case = _draw(number, bug, rng)
        if case is not None:
            yield case
            number += 1


def _draw(number: int, bug: str, rng: np.random.Generator) -> Case | None:
    """Draw one case, or none if the mistake makes no difference to this model."""
    family = str(rng.choice(list(MODELS)))
    single = number % 10 in (4, 7)
    width = str(rng.choice(["float32", "float32", "forced", "rounded"])) if single else "float64"
    model = MODELS[family](rng, np.float32 if width in ("float32", "forced") else np.float64)
    slip = bug if bug in SLIPS else ""
    if slip and slip not in model.slips:
        return None
    scale = float(10.0 ** rng.integers(-6, 7))
    unit = float(10.0 ** rng.integers(-7, 6))
    offset = float(rng.choice([0.0, 0.0, 1.0] if single else [0.0, 0.0, 1.0, 1e3, 1e6]))
    change_seed = int(rng.integers(2**32))
    changes = CHANGES.get(bug)
    units = _Units(model, scale, unit, offset, width in ("forced", "rounded"))

    def gradients(*arrays: np.ndarray) -> list[np.ndarray]:
        found = units.gradients(arrays, slip)
        if changes is not None:
            changes(found, np.random.default_rng(change_seed))
        return [g.astype(a.dtype) for g, a in zip(found, arrays, strict=True)]

    kind = np.float32 if single else np.float64
    arrays = tuple((unit * a).astype(kind) for a in model.start)
    if bug and not _matters(gradients(*arrays), units.gradients(arrays, "")):
        return None
    return Case(number, family, bug, width, units.loss, gradients, arrays)


@dataclass(frozen=True)
class _Units:
    """A model whose loss and parameters are measured in other units."""

    model: Model
    scale: float
    unit: float
    offset: float
    rounds: bool

    def loss(self, *arrays: np.ndarray) -> Any:
        """Compute the loss as its author would, in the precision of his arrays."""
        return self.scale * (self.model.loss(*self._inner(arrays)) + self.offset)

    def gradients(self, arrays: Arrays, slip: str) -> list[np.ndarray]:
        """Compute the gradients, with a slip or without."""
        found = self.model.gradients(*self._inner(arrays), slip=slip)
        return [np.array(self.scale / self.unit * g) for g in found]  # copies: changes write here

    def _inner(self, arrays: Arrays) -> list[np.ndarray]:
        if self.rounds:
            arrays = [a.astype(np.float32) for a in arrays]
        return [a / a.dtype.type(self.unit) for a in arrays]


def _matters(wrong: Arrays, right: Arrays) -> bool:
    """Whether some tensor's gradient is off by more than 0.01 % of its largest entry."""
    return any(
        np.max(np.abs(w - r), initial=0.0) > 1e-4 * np.max(np.abs(r), initial=0.0)
        for w, r in zip(wrong, right, strict=True)
    )
