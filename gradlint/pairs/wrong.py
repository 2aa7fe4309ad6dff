"""One wrong gradient with everything around it that may tell what went wrong.

This module measures nothing; it is what hypotheses look at.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from gradlint.pairs.guards import Claim

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gradlint.pairs.conventions import Run
    from gradlint.pairs.leaf import Leaf
    from gradlint.pairs.probe import Probe
    from gradlint.pairs.subject import Subject
    from gradlint.truth.compare import ArrayJudgement

_CLOSE = 1e-7  # relative: what is the same computation differs by rounding only


@dataclass
class Wrong:
    """One wrong gradient and everything around it that a hypothesis may look at."""

    subject: Subject
    run: Run
    leaf: Leaf
    hand: Any
    judged: ArrayJudgement
    probe: Probe
    right: dict[str, Any] = field(default_factory=dict)  # right gradients of other leaves, by name
    moved: dict[int, Any] = field(default_factory=dict)  # values at this point that are not the own

    @property
    def name(self) -> str:
        """What the parameter is called."""
        return self.leaf.name

    @property
    def arrays(self) -> Iterator[tuple[str, Any]]:
        """Inputs and attributes by name."""
        for i, leaf in enumerate(self.subject.leaves):
            if isinstance(leaf.value, np.ndarray):
                yield leaf.name, self.moved.get(i, leaf.value)

    def claim(self, code: str, slug: str, message: str, **more: Any) -> Claim:
        """Word a finding about this gradient."""
        evidence = {"parameter": self.name, **more.pop("evidence", {})}
        if self.judged.factor is not None:
            evidence.setdefault("factor", float(self.judged.factor))
        if self.judged.relative_error is not None:
            evidence["relative_error"] = float(self.judged.relative_error)
        return Claim(code, slug, message, evidence=evidence, **more)


def equal(one: float, other: float) -> bool:
    """Whether two constants are one, as far as measurements can tell."""
    return abs(one - other) <= 1e-6 * abs(other)


def close(one: Any, other: Any, rtol: float = _CLOSE) -> bool:
    """Whether two arrays agree on the scale of the largest entry; nothing agrees with zero."""
    top = float(np.max(np.abs(one), initial=0.0))
    return top > 0 and bool(np.all(np.abs(np.asarray(one) - other) <= rtol * top))
