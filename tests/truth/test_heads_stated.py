"""Two heads on one trunk: each is held to what the program computes of its own outputs."""

import contextlib
import io

import pytest

from gradlint.checking.inspection import Inspection
from gradlint.config import Options
from gradlint.findings import is_claim
from gradlint.source.spots import SourceFile

HEADS = """\
import numpy as np

rng = np.random.default_rng(9)
x = rng.normal(size=(24, 3))
far, kind = np.cos(x[:, :2]), np.eye(3)[rng.integers(0, 3, 24)]
V, F, K = rng.normal(size=(3, 5)), rng.normal(size=(5, 2)), rng.normal(size=(5, 3))
for turn in range(30):
    h = np.tanh(x @ V)
    guess, s = h @ F, h @ K
    q = np.exp(s - s.max(axis=1, keepdims=True))
    q /= q.sum(axis=1, keepdims=True)
    {stated}
    dg = {dg} / 24
    dq = {dq} / 24
    dF, dK = h.T @ dg, h.T @ dq
    dV = x.T @ ((dg @ F.T + dq @ K.T) * (1 - h ** 2))
    V -= 0.1 * dV
    F -= 0.1 * dF
    K -= 0.1 * dK
print({printed})
"""
FAR = "0.5 * np.sum((guess - far) ** 2) / 24"
KIND = "-np.sum(kind * np.log(q)) / 24"
APART = (f"far_loss, kind_loss = {FAR}, {KIND}", "far_loss, kind_loss")
ADDED = (f"loss = {FAR} + {KIND}", "loss")


def check(stated, dg="(guess - far)", dq="(q - kind)"):
    """Check the program in this process: the verdict of each parameter, and the rows of claims."""
    text = HEADS.format(stated=stated[0], printed=stated[1], dg=dg, dq=dq)
    with contextlib.redirect_stdout(io.StringIO()):
        report = Inspection(SourceFile("net.py", text), Options(), 20).report()
    rows = [f.site.row for f in report.findings if is_claim(f)]
    return {p.name: p.verdict for p in report.parameters}, rows


@pytest.mark.parametrize("stated", [APART, ADDED])
def test_both_heads_follow_what_is_stated(stated):
    """Nothing is told, whether the two losses are added up or not."""
    assert check(stated) == ({"V": "right", "F": "right", "K": "right"}, [])


@pytest.mark.parametrize("stated", [APART, ADDED])
@pytest.mark.parametrize("dg", ["(guess - 2.0 * far)", "(guess - -far)", "(guess - abs(far))"])
def test_one_head_of_two_has_another_target(stated, dg):
    """A delta with another target is that of another loss, and the loss of its head is stated."""
    verdicts, rows = check(stated, dg=dg)
    assert verdicts == {"V": "wrong", "F": "wrong", "K": "right"}
    assert rows == [13]


def test_the_head_at_fault_is_named_where_no_edit_is_known():
    """The trunk weighs the heads, and no edit mends it all: the delta is told that is at fault."""
    text = HEADS.format(
        stated=APART[0], printed=APART[1], dg="(guess - 2.0 * far)", dq="(q - kind)"
    )
    text = text.replace("dq @ K.T", "0.3 * dq @ K.T")
    with contextlib.redirect_stdout(io.StringIO()):
        report = Inspection(SourceFile("net.py", text), Options(), 20).report()
    assert report.verdict == "wrong"
    assert not [f for f in report.findings if "`q - kind`" in f.message]
    assert [f.site.row for f in report.findings if "far_loss" in f.message] == [13]


def test_what_is_only_watched_binds_no_head():
    """Mean absolute errors and the share of hits are no losses that a head is held to."""
    watched = "away, hits = np.mean(abs(guess - far)), np.mean(q.argmax(1) == kind.argmax(1))"
    assert check((watched, "away, hits")) == ({"V": "right", "F": "right", "K": "right"}, [])


def test_a_head_without_a_loss_of_its_own_leaves_the_other_alone():
    """Of one head nothing is computed: what its delta should have been nobody can tell."""
    verdicts, rows = check((f"kind_loss = {KIND}", "kind_loss"), dg="(guess - 2.0 * far)")
    assert (verdicts["K"], rows) == ("right", [])
