"""Every pair and trap of the corpus, called as it asks and judged as its record says."""

from __future__ import annotations

import inspect
from pathlib import Path

import numpy as np
import pytest

import gradlint
from gradlint.findings import is_claim
from gradlint.pairs import explain, tracing

from .registry import PAIRS
from .traps import TRAPS

ALL = [*PAIRS, *TRAPS]
WRONG = [pair for pair in ALL if not pair.right]

# No single small change mends them, or another one than was made does as well.
UNNAMED = {
    "batch norm without mean",
    "conv forgets stride",
    "kalman fixed gain",
    "factorise everywhere",
    "Dense in dicts, late slope",
    "Conv1d flipped",
}
# What numbers alone can name: no source, no tape.
FROM_NUMBERS = {
    "affine one bias",
    "affine mean of weights",
    "affine dict, other names",
    "layer norm plain gain",
    "dropout unscaled",
    "relu of gradient",
    "sigmoid from input",
    "sigmoid twice",
    "softplus with tanh's slope",
    "softmax diagonal",
    "lambda wrong",
    "conv divides by window",
    "mean pool sums",
    "rnn step, square",
    "softmax loss no mean",
    "svm loss no label",
    "squared error doubled",
    "logistic negative bias",
    "two layers weight decay",
    "embedding repeats",
    "negative sampling outer",
    "least squares doubled",
    "ridge logistic no penalty",
    "gaussian sign",
    "Dense, mean bias",
    "Dense, untransposed",
    "Dense, accumulates",
    "Sigmoid of input",
    "unseeded dropout",
    "backward mutates x",
    "column for vector",
    "missing 1/m",
    "flipped sign, tiny loss",
    "transposed",
    "one NaN",
}
# Findings stand beside the marked line: at the operation that inherits the slip, or at the method.
ELSEWHERE = {
    "conv forgets stride",
    "svm loss no label",
    "gaussian sign",
    "kalman fixed gain",
    "Dense, accumulates",
}


def checked(pair, **options):
    """Check a pair at inputs of its own making; objects are made anew."""
    inputs = pair.make_inputs(np.random.default_rng(1))
    makes = pair.convention in ("object", "model")
    forward = pair.forward() if makes else pair.forward
    return gradlint.check(forward, pair.backward, *inputs, **options)


def named(pairs):
    """Give pytest parameters named after the pairs."""
    return pytest.mark.parametrize("pair", pairs, ids=lambda pair: pair.name)


def marked_rows(pair):
    """Give the rows of the pair's own code that end with its mistake's code."""
    function = pair.backward or pair.forward
    function = getattr(function, "func", function)
    if pair.convention == "object":
        function = type(pair.forward()).backward
    lines, start = inspect.getsourcelines(function)
    if pair.convention == "model":
        lines, start = Path(inspect.getsourcefile(function)).read_text().splitlines(), 1
    return {start + k for k, line in enumerate(lines) if f"# {pair.mistake}" in line}


def rightly_judged(report, pair):
    """Hold a report's verdict, and those on the gradients, against the record."""
    assert (report.verdict == "right") == pair.right
    assert {p.name for p in report.parameters if p.verdict == "wrong"} == set(pair.wrong_names)


@named([pair for pair in ALL if pair.right])
def test_right(pair):
    """A right pair is right, and nothing is claimed about it."""
    report = checked(pair)
    rightly_judged(report, pair)
    assert [f for f in report.findings if is_claim(f)] == []


@named(WRONG)
def test_wrong(pair):
    """A wrong pair is wrong in exactly the gradients that its record names.

    It gets the code of its mistake, where numbers or the tape can know it, at the marked line.
    """
    report = checked(pair)
    rightly_judged(report, pair)
    claims = [f for f in report.findings if is_claim(f)]
    assert claims
    if pair.name not in UNNAMED:
        assert pair.mistake in {f.code for f in claims}
    rows = marked_rows(pair)
    if rows and pair.name not in ELSEWHERE:
        assert {f.site.row for f in claims} & rows
    if pair.entries:
        (finding,) = report.findings
        assert finding.evidence["index"] == list(pair.entries[0])


@named(WRONG)
def test_verdict_alone(pair):
    """Without an explanation the verdict is the same."""
    rightly_judged(checked(pair, explain=False), pair)


@named([pair for pair in WRONG if pair.name in FROM_NUMBERS])
def test_numbers_alone(pair, monkeypatch):
    """Without source and tape the class of the mistake is still told."""
    monkeypatch.setattr(explain, "trace", lambda *_: tracing.Traced())
    assert pair.mistake in {f.code for f in checked(pair).findings}


def test_ignored_clip_is_named():
    """A backward pass derived without the loss's clip is told so, with the line that clips."""
    pair = next(pair for pair in TRAPS if pair.name == "loss clips, backward does not")
    (finding,) = checked(pair).findings
    assert finding.evidence["pattern"] == "ignored-clip"
    assert "np.clip(" in finding.message
    assert finding.evidence["clip_row"] == pair.forward.__code__.co_firstlineno + 2


def test_same_seed_same_report():
    """Two checks with one seed give equal reports, another seed the same verdicts."""
    pair = next(pair for pair in PAIRS if pair.name == "lstm step without cell")
    first, second = checked(pair), checked(pair)
    third = checked(pair, seed=7, explain=False)
    assert first == second
    assert [p.verdict for p in third.parameters] == [p.verdict for p in first.parameters]
