"""A loss in two scalars: what looks like a penalty of the backward pass belongs to the other one.

People print a reconstruction and a divergence side by side and differentiate their sum.  Held
against the first alone, the backward pass shows penalties that "the loss does not show"; where the
program computes the scalar whose derivative such a penalty is, both together are the loss, and
every gradient is held against both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gradlint.diagnosis.identify import proportion
from gradlint.diagnosis.localise import Diagnosis
from gradlint.reading.objective import computed
from gradlint.reading.sums import total
from gradlint.truth.evaluate import Evaluation, evaluate, same

if TYPE_CHECKING:
    from gradlint.diagnosis.suspect import Suspect
    from gradlint.reading.objective import Objective
    from gradlint.truth.judge import Judged


def with_penalty(judged: Judged, reference: Evaluation) -> Evaluation | None:
    """The evaluation of the loss with a further scalar that explains a penalty; None if none."""
    own = reference.objective
    if own.kind != "computed" or len(own.pairs) != 1 or not judged.confirmed:
        return None
    others = [o for o in _separate(judged, own) if len(o.pairs) == 1]
    if not others or all(map(reference.agrees, reference.results)):
        return None
    fresh = evaluate(judged.study, own, judged.points)  # a diagnosis forgives in place
    if fresh is None:
        return None
    penalties = [s for s in Diagnosis(judged, fresh).run() if s.kind == "penalty"]
    found = []
    for other in others:
        for weight in {w for s in penalties if (w := _weight(judged, s, other)) is not None}:
            both = total([own, other], [weight])
            together = evaluate(judged.study, both, judged.points)
            if together is not None and together.score >= reference.score:
                found.append((together.score, same(weight, 1.0), together))
    return max(found, key=lambda one: one[:2])[2] if found else None


def _separate(judged: Judged, own: Objective) -> list[Objective]:
    """Computed scalars that the followed one is no part of, and that are no part of it."""
    step = judged.study.step
    near = step.graph.descendants(own.values) | step.graph.ancestors(own.values)
    return [o for o in computed(step) if not near & {v.index for v in o.values}]


def _weight(judged: Judged, suspect: Suspect, other: Objective) -> float | None:
    """How many times a scalar's derivative a penalty is, if it is the same at every point."""
    if suspect.role is None:
        return None
    weights = []
    for position, point in enumerate(judged.points):
        right = suspect.right_value(position)
        true = judged.study.truth(other, point).get(suspect.role.index)
        if right is None or true is None:
            return None
        rest = np.asarray(point.values[suspect.node.index], dtype=float) - right
        weight = proportion(rest.squeeze(), np.asarray(true).squeeze())
        if weight is None or weight * suspect.scale <= 0:
            return None
        weights.append(weight / suspect.scale)
    return weights[0] if len(weights) > 1 and all(same(w, weights[0]) for w in weights) else None
