"""GL313 repeated-index."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import numpy as np

from gradlint.case import Case, Experiment


class RepeatedIndex:
    """``g[idx] += v`` with repeated indices keeps only the last of them.

    What happens
    ------------
    `g[idx] += v` with an array of indices stores once for each place. If an index occurs several
    times, only its last value counts.

    Why it is wrong
    ---------------
    A row of an embedding that is used twice has two contributions to its gradient, and they have to
    be added. `+=` reads all old values first, so the additions overwrite each other.

    How it shows
    ------------
    Frequent words, or shared cells, learn too slowly; a test with distinct indices finds nothing.

    Fix
    ---
    `np.add.at(g, idx, v)` adds every contribution.

    Example
    -------
    Bad:

        import numpy as np

        rng = np.random.default_rng(0)
        words, y = np.array([0, 2, 2, 1, 2]), rng.normal(size=(5, 3))
        E = rng.normal(size=(4, 3))
        for step in range(3):
            out = np.tanh(E[words])
            loss = 0.5 * np.sum((out - y) ** 2)
            d = (out - y) * (1 - out ** 2)
            dE = np.zeros_like(E)
            dE[words] += d
            E -= 0.1 * dE

    Good:

        import numpy as np

        rng = np.random.default_rng(0)
        words, y = np.array([0, 2, 2, 1, 2]), rng.normal(size=(5, 3))
        E = rng.normal(size=(4, 3))
        for step in range(3):
            out = np.tanh(E[words])
            loss = 0.5 * np.sum((out - y) ** 2)
            d = (out - y) * (1 - out ** 2)
            dE = np.zeros_like(E)
            np.add.at(dE, words, d)
            E -= 0.1 * dE
    """

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
