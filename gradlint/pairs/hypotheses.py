"""What may have gone wrong, told from numbers alone.

Each hypothesis looks at one wrong gradient and predicts something exact: that the true gradient is
the hand-written one divided by the batch size, transposed, with weight decay added; or that the
hand-written one is what a known slip would have produced.  A prediction that does not come out is
dropped.  The first that comes out is told; where none does, the pattern of the wrong entries is.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from gradlint.pairs.activations import entrywise
from gradlint.pairs.trees import is_number
from gradlint.pairs.wrong import Wrong, close, equal

if TYPE_CHECKING:
    from collections.abc import Callable

    from gradlint.pairs.guards import Claim


_SIMPLE = 24  # a constant with a larger denominator is no constant that somebody wrote down


def explanation(wrong: Wrong) -> Claim:
    """Give the first hypothesis that comes out, or what the wrong entries look like."""
    for hypothesis in _HYPOTHESES:
        claim = hypothesis(wrong)
        if claim is not None:
            return claim
    return unexplained(wrong)


# -- constants ----------------------------------------------------------------------------------


def constant(wrong: Wrong) -> Claim | None:
    """Recognise a constant times the truth."""
    factor = wrong.judged.factor
    if factor is None:
        return None
    name = wrong.name
    if equal(factor, -1.0):
        text = f"the gradient of {name} has the opposite sign"
        return wrong.claim("GL204", "flipped-sign", text, help="change its sign")
    size = _batch(wrong, factor)
    bias = wrong.hand.ndim <= 1 and bool(wrong.right)
    if size is not None and factor < 1 and bias:
        text = f"the gradient of {name} is a mean over the batch where a sum belongs: {factor:.4g}×"
        return wrong.claim(
            "GL206", "unsummed-bias", text, help="sum over the batch, as for the others"
        )
    if size is not None and factor > 1:
        text = f"the gradient of {name} is {factor:.6g} times too large: {size} is the batch size"
        return wrong.claim("GL201", "missing-batch-mean", text, help=f"divide it by {size}")
    if size is not None:
        text = f"the gradient of {name} is {size} times too small: {size} is the batch size"
        remedy = "divide by the batch size only where the loss does"
        return wrong.claim("GL202", "repeated-batch-mean", text, help=remedy)
    origin = _origin(wrong, abs(factor))
    sign = "−" if factor < 0 else ""
    if origin is None:
        text = f"the gradient of {name} is {factor:.6g} times the true one throughout"
        return wrong.claim("GL399", "wrong-gradient", text)
    text = f"the gradient of {name} is {sign}{abs(factor):.6g} times the true one: {sign}{origin}"
    return wrong.claim("GL203", "constant-factor", text, evidence={"origin": origin})


def _batch(wrong: Wrong, factor: float) -> int | None:
    """Give the batch size if the factor or its inverse is one; a batch of 2 or less is no proof."""
    m = factor if factor > 1 else 1 / factor if factor > 0 else 0.0
    if m < 2.5 or not equal(m, round(m)):
        return None
    outputs = [np.shape(o) for o in wrong.run.outputs if np.size(o) > 1]
    leading = {shape[axis] for shape in outputs for axis in ((0, -1) if len(shape) == 2 else (0,))}
    if not outputs:
        wanted = set(wrong.run.gradients)
        data = [
            np.shape(leaf.value) for k, leaf in enumerate(wrong.subject.leaves) if k not in wanted
        ]
        leading |= {shape[axis] for shape in data for axis in range(min(len(shape), 2))}
        leading |= {np.shape(a)[0] for a in wrong.subject.args if np.ndim(a)}
    return round(m) if round(m) in leading else None


def _origin(wrong: Wrong, factor: float) -> str | None:
    """Say where a constant comes from: a size, a product or root of sizes, an input, a fraction."""
    given = zip(wrong.subject.argnames, wrong.subject.trees, strict=True)
    numbers = {name: float(v) for name, v in given if is_number(v) and np.ndim(v) == 0}
    found = _named(factor, numbers)
    if found:
        return found
    for name, array in wrong.arrays:
        shape = array.shape
        sizes = {f"{name}.shape[{k}]": n for k, n in enumerate(shape) if n > 2}
        pairs = list(sizes.items())
        options = dict(pairs)
        for k, (one, n) in enumerate(pairs):
            options |= {f"({one}·{other})": n * m for other, m in pairs[k + 1 :]}
            options[f"√{one}"] = n**0.5
        found = _named(factor, options)
        if found:
            return found
    fraction = Fraction(factor).limit_denominator(_SIMPLE)
    if fraction.numerator <= 1000 and fraction and equal(factor, float(fraction)):
        return f"exactly {fraction}"
    return None


def _named(factor: float, values: dict[str, float]) -> str | None:
    """Give the first value that the factor equals, or is the inverse of; one is no constant."""
    for text, value in values.items():
        if value not in (0, 1) and equal(factor, value):
            return text
        if value not in (0, 1) and equal(factor, 1 / value):
            return f"1/{text}"
    return None


# -- what is missing, turned round or summed differently -----------------------------------------


def transposed(wrong: Wrong) -> Claim | None:
    """Recognise the truth, transposed."""
    if wrong.hand.ndim != 2 or wrong.hand.shape[0] != wrong.hand.shape[1]:
        return None
    if not wrong.probe.fits(wrong.hand.T):
        return None
    text = f"the gradient of {wrong.name} is transposed"
    remedy = "swap the operands of the product, or transpose the result"
    return wrong.claim("GL305", "transposed-operand", text, help=remedy)


def untransposed_weights(wrong: Wrong) -> Claim | None:
    """Recognise a product with W where Wᵀ belongs, which a square W lets pass."""
    for name, matrix in wrong.arrays:
        if name == wrong.name or matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
            continue
        if matrix.dtype.kind != "f" or len(matrix) < 2 or np.linalg.cond(matrix) > 1e6:
            continue
        turn = np.linalg.solve(matrix, matrix.T)
        candidates = []
        if wrong.hand.shape[-1:] == matrix.shape[:1]:
            candidates.append(wrong.hand @ turn)
        if wrong.hand.ndim == 2 and wrong.hand.shape[0] == len(matrix):
            candidates.append(np.linalg.solve(matrix.T, matrix).T @ wrong.hand)
        if any(map(wrong.probe.fits, candidates)):
            text = (
                f"the gradient of {wrong.name} is multiplied by {name} where its transpose belongs"
            )
            return wrong.claim("GL305", "transposed-operand", text, help=f"write `{name}.T`")
    return None


def weight_decay(wrong: Wrong) -> Claim | None:
    """Recognise that a multiple of the parameter itself is missing."""
    if not wrong.probe.sharp or not np.any(wrong.leaf.value) or wrong.hand.size < 2:
        return None  # one number is a multiple of any other
    true = np.array([e.value for _, e in wrong.probe.slopes])
    gap = true - np.array(wrong.probe.predicted(wrong.hand))
    own = np.array(wrong.probe.predicted(wrong.leaf.value))
    decay = float(gap @ own / (own @ own))
    if decay == 0 or not wrong.probe.fits(wrong.hand + decay * np.asarray(wrong.leaf.value)):
        return None
    amount = f"{abs(decay):.6g}·{wrong.name}"
    if decay > 0:
        text = f"the gradient of {wrong.name} lacks the term {amount} of the loss's penalty"
        remedy = f"add {amount}"
    else:
        text = f"the gradient of {wrong.name} has a term {amount} that the loss has not"
        remedy = f"take {amount} away, or add the penalty to the loss"
    return wrong.claim(
        "GL208", "unprinted-regulariser", text, help=remedy, evidence={"decay": decay}
    )


def one_number(wrong: Wrong) -> Claim | None:
    """Recognise a bias gradient that is summed over everything."""
    truth = wrong.probe.truth if wrong.hand.ndim == 1 else None
    if truth is None or wrong.hand.size < 2 or np.ptp(wrong.hand) != 0:
        return None
    if not close(wrong.hand[0], truth.sum()):
        return None
    text = f"the gradient of {wrong.name} is one number, the sum over all axes"
    return wrong.claim("GL206", "unsummed-bias", text, help="sum over the batch axis only: axis=0")


def without_input(wrong: Wrong) -> Claim | None:
    """Recognise another parameter's gradient: the factor with the layer's input is missing."""
    for name, gradient in wrong.right.items():
        same = gradient.shape == wrong.hand.shape
        rows = wrong.hand.ndim == 2 and gradient.shape == wrong.hand.shape[1:]
        if gradient.size > 1 and (same or rows) and close(wrong.hand, gradient):
            text = f"the gradient of {wrong.name} is that of {name}: the input's factor is missing"
            return wrong.claim("GL310", "delta-for-gradient", text)
    return None


def repeated_index(wrong: Wrong) -> Claim | None:
    """Rows that an index names twice got one contribution only."""
    for name, index in wrong.arrays:
        if index.dtype.kind not in "iu" or len(wrong.run.cotangents) != 1:
            continue
        upstream = np.asarray(wrong.run.cotangents[0])
        shape = wrong.leaf.shape
        if upstream.shape != (*index.shape, *shape[1:]) or index.size == len(np.unique(index)):
            continue
        once, added = np.zeros(shape), np.zeros(shape)
        once[index] += upstream
        np.add.at(added, index, upstream)
        if close(wrong.hand, once) and wrong.probe.fits(added):
            text = (
                f"rows of {wrong.name} that {name} names more than once get one contribution only"
            )
            remedy = f"use `np.add.at(gradient, {name}, …)` for `gradient[{name}] += …`"
            return wrong.claim("GL313", "repeated-index", text, help=remedy)
    return None


def fused(wrong: Wrong) -> Claim | None:
    """Recognise the difference of two inputs where the loss is no squared error."""
    arrays = [(n, a) for n, a in wrong.arrays if a.shape == wrong.hand.shape]
    for one, a in arrays:
        for other, b in arrays:
            if one != other and close(wrong.hand, a - b):
                text = f"`{one} - {other}` is no gradient of this loss in {wrong.name}"
                why = "it belongs to a squared error, or to a softmax or sigmoid that comes before"
                name = "gradient-of-another-loss"
                return wrong.claim("GL312", name, text, explanation=why)
    return None


# -- single entries -----------------------------------------------------------------------------


def some_entries(wrong: Wrong) -> Claim | None:
    """Entries with the opposite sign, or zero where they are not."""
    truth = wrong.probe.truth
    if truth is None or wrong.hand.size < 2:
        return None
    size = np.maximum(np.abs(truth), np.abs(wrong.hand))
    off = np.abs(truth - wrong.hand) > 1e-5 * np.maximum(size, 1e-3 * size.max(initial=0.0))
    if not off.any() or off.all():
        return None
    where = str(wrong.judged.pattern)
    index = [int(k) for k in np.argwhere(off)[0]]
    if close(wrong.hand[off], -truth[off], 1e-5):
        text = f"the gradient of {wrong.name} has the opposite sign in {where}"
        return wrong.claim("GL204", "flipped-sign", text, evidence={"index": index})
    if not np.any(wrong.hand[off]):
        text = f"the gradient of {wrong.name} is zero in {where}, where the loss does depend on it"
        return wrong.claim("GL309", "missing-term", text, evidence={"index": index})
    return None


def unexplained(wrong: Wrong) -> Claim:
    """Tell which entries are off, and by how much."""
    pattern, truth = wrong.judged.pattern, wrong.probe.truth
    where = "" if pattern.kind in ("none", "whole") else f" in {pattern}"
    text = f"the gradient of {wrong.name} is wrong{where}"
    evidence: dict[str, Any] = {"pattern": pattern.kind}
    if pattern.kind == "entries" and pattern.where:
        evidence["index"] = list(pattern.where[0])
    facts = ""
    if truth is not None:
        place = np.unravel_index(int(np.argmax(np.abs(truth - wrong.hand))), truth.shape)
        index = [int(k) for k in place]
        evidence.setdefault("index", index)
        at = f"[{', '.join(map(str, index))}]" if index else ""
        facts = (
            f"{wrong.name}{at}: {wrong.hand[place]:.6g}, and the true slope is {truth[place]:.6g}"
        )
        evidence |= {"hand": float(wrong.hand[place]), "true": float(truth[place])}
    elif wrong.judged.relative_error is not None:
        facts = f"relative error {wrong.judged.relative_error:.1e}"
    return wrong.claim("GL399", "wrong-gradient", text, explanation=facts, evidence=evidence)


_HYPOTHESES: tuple[Callable[[Wrong], Claim | None], ...] = (
    constant,
    fused,
    entrywise,
    transposed,
    without_input,
    weight_decay,
    one_number,
    repeated_index,
    untransposed_weights,
    some_entries,
)
