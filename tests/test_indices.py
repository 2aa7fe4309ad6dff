"""Edits inside a loop are written with the loop's counter."""

from __future__ import annotations

import pytest

from gradlint.checking.files import check_text

pytestmark = pytest.mark.usefixtures("in_this_process")

NET = """\
import numpy as np

rng = np.random.default_rng(2)
X, Y = rng.normal(size=(9, 3)), rng.normal(size=(9, 2))
W = [rng.normal(size=s) for s in ((3, 4), (4, 4), (4, 2))]
for step in range(4):
    A = [X]
    for k in range(3):
        A.append(np.tanh(A[k] @ W[k]))
    loss = 0.5 * np.sum((A[3] - Y) ** 2)
    D = (A[3] - Y) * (1 - A[3] ** 2)
    G = [None] * 3
    G[2] = A[2].T @ D
    for {loop}:
        D = D @ W[{weights}].T
        G[{own}] = A[{own}].T @ D
    for k in range(3):
        W[k] = W[k] - 0.01 * G[k]
"""


@pytest.mark.parametrize(
    ("loop", "weights", "own", "item"),
    [
        ("layer in (1, 0)", "layer + 1", "layer", "A[layer + 1]"),
        ("layer in (2, 1)", "layer", "layer - 1", "A[layer]"),
        ("back in (2, 3)", "-back + 1", "-back", None),
    ],
)
def test_the_missing_slope_holds_in_every_round(loop, weights, own, item):
    """The fix names the activation by the counter, not by the number of one round."""
    if item is None:  # (A is longer than W by one)
        text = NET.format(loop=loop, weights=weights, own=own)
        text, item = text.replace("A[-back]", "A[-back - 1]"), "A[-back]"
    else:
        text = NET.format(loop=loop, weights=weights, own=own)
    (finding,) = [f for f in check_text(text, "net.py").findings if f.severity != "note"]
    assert (finding.code, finding.site.row) == ("GL304", 15)
    assert finding.fix is not None
    assert item in finding.fix.edits[0].content
