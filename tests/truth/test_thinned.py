"""Reverse mode is confirmed on a part of the rows of large data; the program is judged on all."""

from __future__ import annotations

import contextlib
import io

import numpy as np
import pytest

from gradlint.checking.inspection import Inspection
from gradlint.config import Options
from gradlint.source.spots import SourceFile
from gradlint.truth import judge
from gradlint.truth.study import Study
from gradlint.truth.thinned import thinned

NET = """\
import numpy as np

rng = np.random.default_rng(0)
N = {rows}
X, labels = rng.normal(size=(N, 6)), rng.integers(0, 3, N)
W, V = rng.normal(size=(6, 5)) * 0.4, rng.normal(size=(5, 3)) * 0.4
for step in range(4):
    H = np.tanh(X @ W)
    S = H @ V
    P = np.exp(S) / np.exp(S).sum(axis=1, keepdims=True)
    loss = -np.mean(np.log({picked}))
    d = P.copy()
    d[np.arange(N), labels] -= 1
    d /= N
    dV = H.T @ d
    dW = X.T @ (d @ V.T * ({slope}))
    W -= 0.1 * dW
    V -= 0.1 * dV
"""
PICKED = "P[np.arange(N), labels]"


def inspected(rows=6000, picked=PICKED, slope="1 - H ** 2"):
    """Look at the network with so many rows of data."""
    text = NET.format(rows=rows, picked=picked, slope=slope)
    with contextlib.redirect_stdout(io.StringIO()):
        inspection = Inspection(SourceFile("net.py", text), Options(), timeout=60.0)
        assert inspection.judged is not None
    return inspection


def the_thinned(inspection):
    """The followed objective of fewer rows, at the first point."""
    judged = inspection.judged
    return thinned(judged.study, judged.followed.objective, judged.points[0])


def test_fewer_rows_make_a_function_of_their_own():
    """Its derivative is that of its own values, and no longer that of all rows."""
    inspection = inspected()
    few = the_thinned(inspection)
    point, rng = inspection.judged.points[0], np.random.default_rng(0)
    for node, value in point.changes.items():
        direction = rng.normal(size=value.shape)
        ahead, behind = (
            few.value({**point.changes, node: value + sign * 1e-5 * direction}) for sign in (1, -1)
        )
        slope = (ahead - behind) / 2e-5
        assert slope == pytest.approx(float(np.sum(direction * few.truth[node.index])), rel=1e-6)
        whole = inspection.judged.followed.truths[0][node.index]
        assert not np.allclose(few.truth[node.index], whole, rtol=1e-3)


def test_all_rows_go_forward_seldom(monkeypatch):
    """Where fewer rows confirm, no difference is taken of all of them."""

    def refuse(*_):
        raise AssertionError("all rows")

    monkeypatch.setattr(Study, "value", refuse)
    inspection = inspected()
    assert inspection.judged.confirmed
    assert inspection.report().verdict == "right"
    with pytest.raises(AssertionError, match="all rows"):
        inspected(rows=60)


@pytest.mark.parametrize(
    ("rows", "picked"),
    [(4000, PICKED), (6000, "P.reshape(6000, 3)[np.arange(N), labels]")],
    ids=["few", "a size that is written down"],
)
def test_what_cannot_be_cut_down_is_left_whole(rows, picked):
    """Few rows are all looked at, and so are those whose number is written into the program."""
    inspection = inspected(rows, picked)
    assert the_thinned(inspection) is None
    assert inspection.report().verdict == "right"


def test_a_wrong_derivative_is_not_confirmed(monkeypatch):
    """What fewer rows do not confirm is asked of all, and is not believed."""
    monkeypatch.setattr(
        judge,
        "derivative",
        lambda _: type("Off", (), {"value": 9.0, "error": 0.0, "kink": None}),
    )
    assert not inspected().judged.confirmed


def test_a_slip_in_few_rows_is_seen():
    """The hand-written gradient is compared on every row."""
    report = inspected(slope="1 - H ** 2 * (np.arange(N) != 17)[:, None]").report()
    assert report.verdict == "wrong"
    assert [p.name for p in report.parameters if p.verdict == "wrong"] == ["W"]


def test_cotangents_are_those_of_the_smaller_data():
    """Reverse mode over the smaller data sees them alone."""
    few = the_thinned(inspected())
    assert max(np.shape(c)[0] for c in few.truth.values() if np.shape(c)) == 512
