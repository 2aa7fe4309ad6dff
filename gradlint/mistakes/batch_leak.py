"""GL407 batch-leak."""

from __future__ import annotations

import ast
import operator
from typing import TYPE_CHECKING

import numpy as np

from gradlint.findings import Finding
from gradlint.reading.axes.classes import grouped
from gradlint.reading.axes.rules import argument, reduced_positions
from gradlint.reading.axes.shares import idle_means, unlike_maximum
from gradlint.reading.axes.slips import REDUCTIONS, gone, operands, origin
from gradlint.reading.axes.text import reshape_sizes
from gradlint.trace.replay import Unrepeatable, replay
from gradlint.trace.tape import Node

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gradlint.reading.axes.scope import Seen


class BatchLeak:
    """The output for one sample depends on the other samples of the batch.

    What happens
    ------------
    The forward pass normalises over the batch where it should normalise within each sample (a mean
    or a softmax sum without `axis`, or over the wrong one), or a reshape cuts samples in pieces and
    puts the pieces of several together. Responsibilities that sum to 1 over the samples do the
    same: their mean over the samples is 1/n for every component, whatever the data are.

    Why it is wrong
    ---------------
    A prediction must not change because another sample stands beside it. And the backward pass,
    written for separate samples, is not the derivative of what the forward pass computes.

    How it shows
    ------------
    The network trains somewhat, but predicts something else for a single sample than for the same
    sample within a batch. The gradients in front of the line are wrong, those behind it right.

    Fix
    ---
    Name the axis (`axis=1, keepdims=True`), and reshape to `(samples, -1)` before transposing.

    Example
    -------
    Bad:

        import numpy as np

        rng = np.random.default_rng(0)
        x, y = rng.normal(size=(8, 4)), np.eye(3)[rng.integers(0, 3, 8)]
        W = rng.normal(size=(4, 3))
        for step in range(5):
            e = np.exp(x @ W)
            p = e / e.sum()
            loss = -np.sum(y * np.log(p))
            W -= 0.1 * x.T @ (p - y)

    Good:

        import numpy as np

        rng = np.random.default_rng(0)
        x, y = rng.normal(size=(8, 4)), np.eye(3)[rng.integers(0, 3, 8)]
        W = rng.normal(size=(4, 3))
        for step in range(5):
            e = np.exp(x @ W)
            p = e / e.sum(axis=1, keepdims=True)
            loss = -np.sum(y * np.log(p))
            W -= 0.1 * x.T @ (p - y)
    """

    code = "GL407"
    name = "batch-leak"
    severity = "error"
    spoils = True  # what is computed from its value cannot be right

    def in_trace(self, seen: Seen) -> Iterator[Finding]:
        """Report operations that mix samples: shown by labels, by the data, or by the gradients."""
        done = set()
        for node, message, help_text in (
            *_over_samples(seen),
            *_idle(seen),
            *_unlike(seen),
            *_scrambled(seen),
        ):
            if node.spot is not None and id(node.spot) not in done:
                done.add(id(node.spot))
                yield self._shown(seen, node, message, help_text)
        if seen.forward is None or not seen.wrong:
            return
        for index in sorted(seen.forward):
            node = seen.graph.nodes[index]
            if node.spot is None or index not in seen.learned or id(node.spot) in done:
                continue
            said = self._mixes(seen, node)
            if said is not None and _only_in_front(seen, node):
                done.add(id(node.spot))
                yield self._finding(seen, node, *said)

    def _shown(self, seen: Seen, node: Node, message: str, help_text: str) -> Finding:
        return Finding.of(
            self,
            message,
            seen.site(node),
            "",
            help_text,
            evidence={"shape": list(node.shape)},
        )

    def _mixes(self, seen: Seen, node: Node) -> tuple[str, str] | None:
        if node.function in REDUCTIONS:
            return _normalises(seen, node)
        if node.function is np.reshape:
            return _shuffles(seen, node)
        return None

    def _finding(self, seen: Seen, node: Node, message: str, help_text: str) -> Finding:
        return Finding.of(
            self,
            message,
            seen.site(node),
            "changing one sample on the replayed forward pass changes what is computed for the "
            "others; the gradients in front of this line are wrong",
            help_text,
            evidence={"wrong": [p.name for p in seen.wrong]},
        )


def _over_samples(seen: Seen) -> Iterator[tuple[Node, str, str]]:
    """Shares that sum to 1 over the samples, where the labels they meet sum to 1 within each."""
    for node in seen.nodes:
        labels = _marks(node)
        if labels is None:
            continue
        value, across = labels
        made = origin_of_shares(value)
        shares = None if made.value is None else np.asarray(made.value, dtype=float)
        if shares is None or made.spot is None or made.is_leaf or np.any(shares < 0):
            continue
        within = 1 - across
        if shares.shape[across] < 2 or np.allclose(shares.sum(axis=within), 1.0):
            continue
        whole = bool(np.isclose(shares.sum(), 1.0))
        if whole or np.allclose(shares.sum(axis=across), 1.0):
            over = "the whole batch" if whole else "the samples"
            first = shares.sum(axis=within)[0]
            message = (
                f"`{seen.text(made)}` shares 1 out over {over}: "
                f"the first sample's {shares.shape[within]} shares sum to {first:.3g}"
            )
            how = f"normalise over axis {within}, with keepdims=True: the labels sum to 1 there"
            yield _divisor(made), message, how


def _idle(seen: Seen) -> Iterator[tuple[Node, str, str]]:
    """Shares whose mean over the axis they sum to 1 over says nothing about the data."""
    for shares, mean, axis in idle_means(seen):
        guilty = _divisor(shares)
        if not seen.given(shares) or mean.spot is None:
            continue
        each = f"{1 / shares.shape[axis]:.3g}"
        message = (
            f"`{seen.text(shares)}` sums to 1 over axis {axis}: `{seen.text(mean)}` in line "
            f"{mean.spot.row} is {each} everywhere, whatever the data are"
        )
        yield guilty, message, f"normalise over axis {1 - axis}, with keepdims=True"


def _unlike(seen: Seen) -> Iterator[tuple[Node, str, str]]:
    """A softmax that takes its maximum over another axis than its sum."""
    for shares, total, most in unlike_maximum(seen):
        if not seen.given(shares) or total.spot is None or most.spot is None:
            continue
        axes = sorted(gone(most))
        message = (
            f"`{seen.text(total)}` sums over another axis than `{seen.text(most)}` in line "
            f"{most.spot.row}: what is taken away there does not cancel here"
        )
        yield total, message, f"take both over axis {axes[0]}" if len(axes) == 1 else "one axis"


def _divisor(shares: Node) -> Node:
    """The sum that shares were divided by, where one is written; else the shares."""
    for part in shares.args[1:2] if shares.function is np.true_divide else ():
        total = origin(part) if isinstance(part, Node) else shares
        if total.function in REDUCTIONS and total.spot is not None:
            return total
    return shares


def _marks(node: Node) -> tuple[Node, int] | None:
    """(Shares, axis of the samples) where labels meet shares, one-hot or as class numbers."""
    pair = operands(node)
    if pair is not None and pair[0].shape == pair[1].shape and len(node.shape) == 2:
        for value, labels in (pair, pair[::-1]):
            across = _samples_of(labels)
            if across is not None:
                return value, across
    if node.function is operator.getitem and isinstance(node.args[0], Node):
        source, index = node.args
        if len(source.shape) == 2 and isinstance(index, tuple) and len(index) == 2:
            for across in (0, 1):
                rows = _value_of(index[across])
                length = source.shape[across]
                if rows is not None and np.array_equal(rows, np.arange(length)) and length > 1:
                    return source, across
    return None


def _value_of(index: object) -> np.ndarray | None:
    value = index.value if isinstance(index, Node) else index
    return value if isinstance(value, np.ndarray) and value.ndim == 1 else None


def _samples_of(labels: Node) -> int | None:
    """Over which axis the samples run, by labels that mark one class of each."""
    value = np.asarray(labels.value) if labels.value is not None else None
    if value is None or value.dtype.kind not in "fiub" or not np.all((value == 0) | (value == 1)):
        return None
    ones = [np.all(value.sum(axis=axis) == 1) for axis in (1, 0)]
    return None if ones[0] == ones[1] else int(not ones[0])


def origin_of_shares(value: Node) -> Node:
    """What was taken the logarithm of, or clipped, or moved by a tiny number."""
    for _ in range(_STEPS):
        inner = [a for a in value.args if isinstance(a, Node) and a.shape == value.shape]
        if value.function not in _LOGS or len(inner) != 1:
            return value
        value = inner[0]
    return value


_STEPS = 4
_LOGS = {np.log, np.clip, np.maximum, np.add, np.negative, np.log2, np.minimum}


def _scrambled(seen: Seen) -> Iterator[tuple[Node, str, str]]:
    """A reshape of data that puts the number of samples last, where a transpose was meant."""
    for node in seen.nodes:
        learned = bool(seen.lineages) and node.index in seen.learned
        if node.function is not np.reshape or node.spot is None or learned:
            continue
        said = _shuffles(seen, node, data=True)
        if said is not None and _takes_columns_for_samples(seen, node):
            yield node, *said
        elif (order := _reordered(node) or _cut_across(node)) is not None:
            message = (
                f"`{seen.text(node)}` does not move axes: {node.args[0].shape} is cut anew into "
                f"{node.shape}, and the elements stay in their order"
            )
            yield node, message, f"`.transpose{order}` moves the axes"


def _reordered(node: Node) -> tuple[int, ...] | None:
    """The order of axes that a reshape pretends to make: three axes or more, in another order."""
    source = node.args[0]
    if not isinstance(source, Node) or node.kwargs.get("order") or len(source.shape) < 3:
        return None
    if sorted(source.shape) != sorted(node.shape) or _longer(source) == _longer(node):
        return None
    if _is_cut_back(source, node.shape):
        return None
    left = list(range(len(source.shape)))
    order = []
    for length in node.shape:
        order.append(next(i for i in left if source.shape[i] == length))
        left.remove(order[-1])
    return tuple(order)


def _cut_across(node: Node) -> tuple[int, ...] | None:
    """The order of axes where channels are to come first: ``(h, w, c)`` cut into ``(c, h * w)``.

    A piece ends within a row of the image then, unless the channels divide its height.
    """
    source = node.args[0]
    if not isinstance(source, Node) or node.kwargs.get("order") or len(source.shape) not in (3, 4):
        return None
    *before, high, wide, channels = source.shape
    crooked = channels > 1 and high % channels != 0
    if not crooked or node.shape != (*before, channels, high * wide):
        return None
    first = len(before)
    return (
        None if _is_cut_back(source, node.shape) else (*range(first), first + 2, first, first + 1)
    )


def _longer(node: Node) -> list[int]:
    """The lengths above 1."""
    return [length for length in node.shape if length > 1]


def _is_cut_back(source: Node, shape: tuple[int, ...]) -> bool:
    """Whether an array had the shape before, or was one row: then it is cut as its elements lie."""
    while source.function in (np.reshape, np.ravel) and isinstance(source.args[0], Node):
        source = source.args[0]
        if source.shape == shape or len(source.shape) < 2:
            return True
    return False


def _takes_columns_for_samples(seen: Seen, node: Node) -> bool:
    """Whether the new last axis is used, or spelled, as the first axis of what was reshaped."""
    source = node.args[0]
    first, last = seen.axes.of(source)[0], seen.axes.of(node)[-1]
    if seen.axes.same(first, last):
        return True
    assert node.spot is not None
    sizes = reshape_sizes(node.spot.node)
    written = ast.unparse(sizes[-1]) if sizes else ""
    name = seen.names.given(first)
    counted = ("shape[0]" in written or written.startswith("len(")) and "T." not in written
    if counted or (bool(name) and written.rpartition(".")[2] == name):
        return True
    leading = sizes[0] if len(sizes) == 2 == len(source.shape) else None
    return isinstance(leading, ast.Name) and leading.id in _lengths_of(seen, source)


def _lengths_of(seen: Seen, value: Node) -> set[str]:
    """The names that the last axis of an array has, or that its rows were made with."""
    places = [n.spot.statement for n in (value, *value.parents) if n.spot is not None]
    made = {p.id for place in places for p in ast.walk(place) if isinstance(p, ast.Name)}
    known = seen.recording.tape.integers
    last = {n for n in made if n in known and known[n][0] == value.shape[-1]}
    return {seen.names.given(seen.axes.of(value)[-1]), *last}


def _only_in_front(seen: Seen, node: Node) -> bool:
    """Whether the gradients of all parameters in front of the operation are wrong."""
    before = seen.graph.ancestors([node])
    wrong = [p for p in seen.wrong if p.node.index in before]
    return bool(wrong) and not any(p.node.index in before for p in seen.right)


def _normalises(seen: Seen, node: Node) -> tuple[str, str] | None:
    """Return a statistic over samples and features alike, or a softmax over the samples."""
    source = node.args[0]
    if not isinstance(source, Node) or len(source.shape) < 2:
        return None
    gone = reduced_positions(argument(node, 1, "axis"), len(source.shape))
    consumer = _consumer(seen, node, source)
    samples = _sample_axis(seen, source)
    if consumer is None or samples is None or samples not in gone or source.shape[samples] < 2:
        return None
    if not _leaks(source, consumer, samples):
        return None
    text, batch = seen.text(node), seen.names.of(seen.axes.of(source)[samples])
    inner = next(i for i in range(len(source.shape)) if i != samples)
    help_text = f"take it over axis {inner} only, with keepdims=True"
    if origin(source).function is np.exp or source.function is np.exp:
        if consumer.function is not np.true_divide or not _labels_say(seen, consumer, samples):
            return None
        message = f"this softmax divides by a sum over {batch}: every sample depends on all others"
        return message, help_text
    if len(gone) < len(source.shape):
        return None  # over the samples alone: that is batch normalisation
    return f"`{text}` is taken over {batch} too: every sample depends on all others", help_text


def _consumer(seen: Seen, node: Node, source: Node) -> Node | None:
    """Return the operation that brings a statistic back to the values it was taken of."""
    for reader in seen.graph.readers[node.index]:
        pair = operands(reader)
        if pair is not None and source in pair and reader.shape == source.shape:
            return reader
    return None


def _sample_axis(seen: Seen, value: Node) -> int | None:
    """Return the axis that runs over the samples: it comes from data, the others from the model."""
    found = None
    for position, axis in enumerate(seen.axes.of(value)):
        if axis is None:
            continue
        if not any(n.index in seen.model for n, _ in seen.axes.sources(axis)):
            if found is not None:
                return None
            found = position
    return found


def _leaks(source: Node, consumer: Node, samples: int) -> bool:
    """Change one sample and look at the others."""
    if source.value is None:
        return False
    value = np.array(source.value, dtype=float)
    first = [slice(None)] * value.ndim
    first[samples] = slice(0, 1)
    value[tuple(first)] += 0.1 * (1.0 + np.abs(value[tuple(first)]))
    try:
        moved = replay([consumer], {source: value})[consumer.index]
        still = replay([consumer])[consumer.index]
    except Unrepeatable:
        return False
    first[samples] = slice(1, None)
    return not np.allclose(moved[tuple(first)], still[tuple(first)], rtol=1e-9, atol=0.0)


def _labels_say(seen: Seen, output: Node, samples: int) -> bool:
    """Tell whether the labels that meet a softmax sum to one within each sample."""
    for value in seen.recording.tape.nodes[: seen.end + 1]:
        if not value.is_leaf and value.index in seen.learned:
            continue
        if value.shape != output.shape or value.value is None or value.index in seen.learned:
            continue
        labels = np.asarray(value.value)
        if labels.dtype.kind not in "fiub" or labels.ndim != 2 or np.any(labels < 0):
            continue
        if not _meet(seen, value, output):
            continue
        within, across = labels.sum(axis=1 - samples), labels.sum(axis=samples)
        if np.allclose(within, 1.0) and not np.allclose(across, 1.0):
            return True
    return False


def _meet(seen: Seen, labels: Node, output: Node) -> bool:
    """Whether labels and an output are combined element by element, perhaps after a logarithm."""
    near = {output.index, *(r.index for r in seen.graph.readers[output.index])}
    for reader in seen.graph.readers[labels.index]:
        pair = operands(reader)
        if pair is not None and any(p.index in near and p is not labels for p in pair):
            return True
    return False


def _shuffles(seen: Seen, node: Node, *, data: bool = False) -> tuple[str, str] | None:
    """Find a reshape that moves the length of the first axis to the last: a transpose was meant."""
    source = node.args[0]
    if not isinstance(source, Node) or len(source.shape) < 2 or len(node.shape) < 2:
        return None
    samples = source.shape[0]
    rest = int(np.prod(source.shape[1:], dtype=int))
    if node.shape[-1] != samples or samples < 2 or rest < 2 or node.kwargs.get("order"):
        return None
    if int(np.prod(node.shape[:-1], dtype=int)) != rest or source.shape == node.shape:
        return None
    if not data and _sample_axis(seen, source) != 0 and not _is_first(seen, source):
        return None
    groups = grouped(source.shape, node.shape)
    if groups is None or len(groups[0][0]) == 1 == len(groups[0][1]):
        return None
    batch = seen.names.of(seen.axes.of(source)[0])
    message = (
        f"`{seen.text(node)}` does not transpose: "
        f"each of the {samples} columns gets pieces of several {batch}"
    )
    return message, f"reshape to ({samples}, {rest}) first, then transpose"


def _is_first(seen: Seen, value: Node) -> bool:
    """Whether the first axis comes from data."""
    axis = seen.axes.of(value)[0]
    if axis is None:
        return False
    sources = seen.axes.sources(axis)
    return bool(sources) and not any(n.index in seen.model for n, _ in sources)
