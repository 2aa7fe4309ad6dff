"""Values that hold a gradient, told from hundreds that do not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gradlint.checking.inspection import Inspection
from gradlint.config import Options
from gradlint.reading.step import Step
from gradlint.source.spots import SourceFile
from gradlint.truth import roots

if TYPE_CHECKING:
    from gradlint.truth.study import Study

CLIPPED = """
import numpy as np
rng = np.random.default_rng(8)
X, y = rng.normal(size=(12, 5)), rng.normal(size=12)
w, v = rng.normal(size=5), rng.normal(size=5)
m = np.zeros(5)
for step in range(4):
    out = np.tanh(X @ w) + X @ v
    loss = 0.5 * np.sum((out - y) ** 2) + 0.05 * np.sum(v * v)
    gap = out - y
    dw = X.T @ (gap * (1 - np.tanh(X @ w) ** 2))
    dv = X.T @ gap + 0.1 * v
    m = 0.9 * m + 0.1 * np.clip(dw, -1, 1)
    w = w - 0.1 * m / (np.sqrt(np.sum(m * m)) + 1e-8)
    v = v - 0.1 * np.sign(dv)
"""


def _study(text: str) -> Study:
    inspection = Inspection(SourceFile("script.py", text), Options(), 60.0)
    assert inspection.judged is not None
    return inspection.judged.study


def test_what_is_compared_at_once_is_what_is_compared_one_by_one(monkeypatch) -> None:
    """The rows of one matrix leave out nothing that holds a truth, with a decay or without."""
    study = _study(CLIPPED)
    assert isinstance(study.step, Step)
    rng = np.random.default_rng(0)
    held = 0
    for parameter in study.step.parameters:
        inside = [n for n in study.step.graph.nodes if n.shape == (5,) and n.index > 0]
        known = [n for n in inside if all(n.index in p.values for p in study.points)]
        weights = [np.asarray(p.changes[parameter.node]) for p in study.points]
        for node in known:
            for decay in (0.0, 0.3):
                truths = [
                    {parameter.node.index: 2.0 * np.asarray(p.values[node.index]) + decay * w}
                    for p, w in zip(study.points, weights, strict=True)
                ]
                found = roots.holders(study, parameter, study.points, truths)
                study.remembered.clear()
                with monkeypatch.context() as patch:
                    patch.setattr(roots, "_STACKED", 0)
                    plain = roots.holders(study, parameter, study.points, truths)
                study.remembered.clear()
                assert [n for n, _ in found] == [n for n, _ in plain]
                held += len(found)
        other = [{parameter.node.index: rng.normal(size=5)} for _ in study.points]
        assert roots.holders(study, parameter, study.points, other) == []
    assert held > 10


def test_several_results_of_one_function_are_no_gradient():
    """A solution, what is left of it, a rank and singular values make no one array."""
    text = """
import numpy as np
t = np.linspace(0, 3, 25)
obs = 2 * np.exp(-0.8 * t) + 0.5
k = 0.3
for i in range(9):
    basis = np.c_[np.exp(-k * t), np.ones(25)]
    c = np.linalg.lstsq(basis, obs, rcond=None)[0]
    r = basis @ c - obs
    loss = 0.5 * r @ r
    k -= 0.1 * np.sum(r * c[0] * -t * np.exp(-k * t))
"""
    assert Inspection(SourceFile("script.py", text), Options(), 60.0).report().verdict == "right"
