"""How a program moves its parameters: whether a slip changes anything, judged by values alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gradlint.reading.graph import Graph
from gradlint.reading.updates import find_lineages

if TYPE_CHECKING:
    from gradlint.checking.inspection import Inspection

SAME = 1e-6  # relative: rounding in a reordered sum stays far below, a slip far above


def moves(looked: Inspection) -> list[list[np.ndarray]]:
    """How far each parameter moves in its first updates."""
    found = []
    for line in find_lineages(Graph(looked.recording.tape)):
        steps = []
        for update in line.updates[:2]:
            if update.old.value is None or update.new.value is None:
                continue
            old, new = (np.asarray(v, float) for v in (update.old.value, update.new.value))
            try:
                steps.append(new - old)
            except ValueError:
                steps.append(np.full(1, np.nan))
        found.append(steps)
    return found


def difference(right: list[list[np.ndarray]], other: list[list[np.ndarray]]) -> str:
    """Say how the updates differ: "same", "proportional", "opposite" or "changed"."""
    if len(right) != len(other):
        return "changed"
    ratios = []
    floor = SAME**2 * max((np.abs(o[0]).max(initial=0) for o in right if o), default=0)
    for ours, theirs in zip(right, other, strict=True):
        if not ours or not theirs:
            continue
        if max(np.abs(v[0]).max(initial=0) for v in (ours, theirs)) < floor:
            continue  # nothing but rounding
        ratio = _ratio(ours[0], theirs[0])
        if ratio is None:
            return "changed"
        ratios.append(ratio)
    known = [r for r in ratios if np.isfinite(r)]
    if any(abs(r - known[0]) > SAME * abs(known[0]) for r in known):
        return "changed"
    if known and known[0] < 0:
        return "opposite"
    if known and abs(known[0] - 1) > SAME:
        return "proportional"
    second = [
        _ratio(ours[1], theirs[1])
        for ours, theirs in zip(right, other, strict=True)
        if len(ours) > 1 and len(theirs) > 1
    ]
    if any(r is None or abs(r - 1) > SAME for r in second if r is None or np.isfinite(r)):
        return "changed"
    return "same"


def _ratio(ours: np.ndarray, theirs: np.ndarray) -> float | None:
    """The factor between two changes, nan if both vanish, None if there is none."""
    if ours.shape != theirs.shape or not np.isfinite(theirs).all():
        return None
    size = float(np.vdot(ours, ours))
    if size == 0:
        return float("nan") if not theirs.any() else None
    ratio = float(np.vdot(ours, theirs)) / size
    gap = np.abs(theirs - ratio * ours).max()
    return ratio if gap <= SAME * max(np.abs(theirs).max(), 1e-300) and ratio else None


def slopes(looked: Inspection) -> list[list[np.ndarray]]:
    """The gradients that the updates consume, as far inside as optimisers let them be seen."""
    step = looked.step
    if step is None:
        return []
    nodes = [p.gradients[-1].node for p in step.parameters]
    return [[np.asarray(n.value, float)] if n.value is not None else [] for n in nodes]
