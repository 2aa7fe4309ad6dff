"""What is driven along the roads of one step, and what they were seen to do with it: data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from gradlint.structs import field, struct

if TYPE_CHECKING:
    from gradlint.trace.tape import Node

Property = Literal[
    "finite", "branch", "odd", "even", "data", "weights", "grows", "degree", "direction", "history",
    "memory", "response", "overwritten", "once", "drift",
]  # fmt: skip
History = list[list[np.ndarray]]


@struct(eq=False)
class Root:
    """A value that holds ``factor`` times the gradient, in its own layout, or a share of that."""

    node: Node
    factor: float
    share: float = 1.0  # of several values that hold it together

    def holding(self, gradient: np.ndarray) -> Any:
        """The value at another gradient."""
        shape, value = self.node.shape, self.factor * self.share * gradient
        if len(shape) == gradient.ndim + 1 and shape[1:] == gradient.shape:
            # one for each sample; the gradient is their sum
            return shares_of(shape[0]).reshape(-1, *[1] * gradient.ndim) * value
        if shape != gradient.shape and shape == gradient.T.shape:
            return value.T
        value = value.reshape(shape)
        return float(value) if type(self.node.value) is float else value


def shares_of(count: int) -> np.ndarray:
    """What each of so many samples has of a gradient: not all alike, and one together."""
    uneven = np.cos(np.arange(count))
    return np.asarray((1.0 + uneven - uneven.mean()) / count)


@struct(eq=False)
class Run:
    """The changes of all parameters and what was decided in every step; all values of the last."""

    changes: History
    decided: list[dict[int, Any]]
    values: dict[int, Any]

    def finite(self, position: int) -> bool:
        """Whether one parameter stays finite."""
        return all(bool(np.isfinite(c[position]).all()) for c in self.changes)


@struct(frozen=False, eq=False)
class Conduct:
    """What the roads were seen to do: the first objection to each, and rates to compare."""

    objections: list[Property | None]
    steady: Run | None = None
    rates: list[float | None] = field(default_factory=list)
    curves: dict[int, np.ndarray] = field(default_factory=dict)
    coupled: list[bool] = field(default_factory=list)  # by a norm of their own
