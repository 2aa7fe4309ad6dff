"""GL313 repeated-index."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import numpy as np

from gradlint.case import Case, Experiment


class RepeatedIndex:
    """``g[idx] += v`` with repeated indices keeps only the last of them."""

    code = "GL313"
    name = "repeated-index"
    severity = "error"

    def in_gradient(self, case: Case) -> Iterator[Experiment]:
        """The line is right if every repetition of an index counts."""
        place = case.node.spot.node if case.node.spot else None
        if not isinstance(place, ast.AugAssign) or not isinstance(place.target, ast.Subscript):
            return
        target, index = case.text(place.target.value), case.text(place.target.slice)
        message = (
            f"`{case.text(place.target)} += …` adds once for each index, however often it is "
            f"repeated in `{index}`; `np.add.at` adds every time"
        )
        corrected = self._every_time(case, place)
        text = f"np.add.at({target}, {index}, {case.text(place.value)})"
        if corrected is not None:
            yield Experiment(message, 0.6, corrected=corrected, help=f"`{text}`")

    def _every_time(self, case: Case, place: ast.AugAssign) -> list[np.ndarray] | None:
        assert isinstance(place.target, ast.Subscript)
        totals: list[np.ndarray] | None = None
        for scene in case.scenes:
            try:
                results = []
                for k in case.points:
                    index = scene.at(place.target.slice, k)
                    value = np.asarray(scene.at(place.value, k), dtype=float)
                    total = np.zeros(np.shape(case.right[k]) if case.right else case.user[k].shape)
                    np.add.at(total, index, -value if isinstance(place.op, ast.Sub) else value)
                    results.append(total)
            except Exception:  # noqa: BLE001 - what cannot be evaluated is no claim
                return None
            if totals is not None:
                results = [a + b for a, b in zip(totals, results, strict=True) if a.shape == b.shape]
            totals = results
        return totals if totals is not None and len(totals) == len(case.points) else None
