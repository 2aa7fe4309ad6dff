"""GL102 outer-broadcast."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gradlint.findings import Finding
from gradlint.roles.axes_drift import drifts
from gradlint.roles.axes_slips import Outer, below, operands, origin, outer_broadcast
from gradlint.roles.axis_text import operand_expressions, says_layout, short, text_of
from gradlint.roles.seen import Seen
from gradlint.trace.tape import Node


class OuterBroadcast:
    """A column meets a row of the same length, and every element meets every other.

    What happens
    ------------
    An (n, 1) array and an (n,) or (1, n) array are combined element by element. Broadcasting
    stretches both, and the result is (n, n): all pairs, not the n elements that belong together.

    Why it is wrong
    ---------------
    Prediction i is compared with the label of every sample j. A mean over the result still is one
    number, so nothing fails; but what is minimised drives every prediction to the mean label.

    How it shows
    ------------
    The loss is far too large and stops falling early, an accuracy is near chance, or an error about
    an (n, n) array appears further down.

    Fix
    ---
    Give both values the same shape where they enter: `y.reshape(-1, 1)`, or `pred.ravel()`.

    Example
    -------
    Bad:

        import numpy as np

        rng = np.random.default_rng(0)
        x, y = rng.normal(size=(9, 2)), rng.normal(size=9)
        w = rng.normal(size=(2, 1))
        for step in range(5):
            pred = x @ w
            err = pred - y
            loss = np.mean(err ** 2)
            w = w - 0.01 * (2 / err.size) * (x.T @ err).sum(axis=1, keepdims=True)

    Good:

        import numpy as np

        rng = np.random.default_rng(0)
        x, y = rng.normal(size=(9, 2)), rng.normal(size=9)
        w = rng.normal(size=(2, 1))
        for step in range(5):
            pred = x @ w
            err = pred - y[:, None]
            loss = np.mean(err ** 2)
            w = w - 0.01 * (2 / err.size) * x.T @ err
    """

    code = "GL102"
    name = "outer-broadcast"
    severity = "error"

    def in_trace(self, seen: Seen) -> Iterator[Finding]:
        """Report the first such operation of every line."""
        rows = set()
        for outer in _meant_elementwise(seen):
            site = seen.site(outer.node)
            if (site.filename, site.row) not in rows:
                rows.add((site.filename, site.row))
                yield self._finding(seen, outer)

    def in_crash(self, seen: Seen) -> Iterator[Finding]:
        """Report those that made an operand of the operation which then failed."""
        failure = seen.recording.failure
        if failure is None:
            return
        reach = seen.graph.ancestors(_traced(seen, failure.operands))
        found = list(_meant_elementwise(seen))
        if not any(outer.node.index in reach for outer in found):
            return
        rows = set()
        for outer in found:
            site = seen.site(outer.node)
            if (site.filename, site.row) not in rows:
                rows.add((site.filename, site.row))
                yield self._finding(seen, outer)

    def _finding(self, seen: Seen, outer: Outer) -> Finding:
        node = outer.node
        assert node.spot is not None
        expressions = operand_expressions(node.spot.node)
        pair = (outer.column, outer.row)
        texts = [short(text_of(node.spot.file, e)) for e in expressions[:2]]
        if len(texts) < 2:
            texts = [seen.text(value) for value in pair]
        shapes = [seen.names.shape(value) for value in pair]
        size = node.shape[outer.p]
        labels = [
            seen.label(node, e, v) for e, v in zip(expressions[:2], pair, strict=False)
        ]
        thin = next((i for i, v in enumerate(pair) if len(v.shape) == 1), 1)
        return Finding(
            self.code,
            self.name,
            "error",
            f"`{texts[0]}` {pair[0].shape} with `{texts[1]}` {pair[1].shape} "
            f"pairs all {size}×{size}, not the {size} that belong together",
            seen.site(node),
            f"{shapes[0]} and {shapes[1]} broadcast to {node.shape}",
            f"give `{texts[thin]}` the shape of `{texts[1 - thin]}`, e.g. by "
            f".reshape{pair[1 - thin].shape}",
            tuple(labels),
            {"left": list(pair[0].shape), "right": list(pair[1].shape), "result": list(node.shape)},
        )


def _meant_elementwise(seen: Seen) -> Iterator[Outer]:
    axes = seen.axes
    drifting = {id(drift.node.spot) for drift in drifts(seen)}
    candidates = []
    decided: dict[int, bool] = {}
    for node in seen.recording.tape.nodes[: axes.last + 1]:
        if node.spot is None or id(node.spot) in drifting:
            continue
        outer = outer_broadcast(axes, node)
        if outer is not None and outer.node.index in seen.learned:
            candidates.append(outer)
    if not candidates:
        return
    made_so = seen.graph.descendants([outer.node for outer in candidates])
    for outer in candidates:
        spot = outer.node.spot
        if id(spot) not in decided:
            decided[id(spot)] = (
                not _written_so(seen, outer)
                and _one_dimension(seen, outer)
                and not _meets_a_table(seen, outer, made_so)
            )
        if decided[id(spot)]:
            decided[id(spot)] = False  # once is enough
            yield outer


def _written_so(seen: Seen, outer: Outer) -> bool:
    """Whether the layout of an operand is spelled out: in place, or for both of them before."""
    spot = outer.node.spot
    assert spot is not None
    if any(says_layout(e) for e in operand_expressions(spot.node)):
        return True
    made = [origin(outer.column), origin(outer.row)]
    spelled = [m.spot is not None and _lays_out(m) for m in made]
    if all(spelled):
        return True
    bases = [m.args[0] if s and isinstance(m.args[0], Node) else m for m, s in zip(made, spelled)]
    return any(spelled) and origin(bases[0]) is origin(bases[1])


def _lays_out(node: Node) -> bool:
    name = getattr(node.function, "__name__", "")
    if name == "getitem":
        index = node.args[1]
        return None in (index if isinstance(index, tuple) else (index,))
    return name in ("transpose", "reshape", "expand_dims", "swapaxes", "atleast_2d")


def _one_dimension(seen: Seen, outer: Outer) -> bool:
    """Whether column and row run over the same things: nothing else tells their axes apart.

    An axis of the model against an axis of the data is two dimensions of one length (centres and
    samples), and so are two axes that both meet other values of their own.
    """
    axes = seen.axes
    column, row = outer.column_axis, outer.row_axis
    if axes.same(column, row):
        return True
    if axes.classes.factors(column) or axes.classes.factors(row):
        return False
    sources = [axes.sources(axis) for axis in (column, row)]
    kinds = {
        any(node.index in seen.model for node, _ in found)
        for found in sources
        if not all(_is_blank(node) for node, _ in found)
    }
    return len(kinds) <= 1 and min(map(len, sources)) <= 1


def _is_blank(node: Node) -> bool:
    """Whether an array was made to be filled: zeros belong to data and model alike."""
    return node.value is None or not np.any(node.value)


def _meets_a_table(seen: Seen, outer: Outer, made_so: set[int]) -> bool:
    """Whether the square is combined with a square of its own right: then it was wanted."""
    stack, done = [outer.node], set()
    while stack:
        node = stack.pop()
        for reader in seen.graph.readers[node.index]:
            if reader.index in done or reader.index > seen.end:
                continue
            done.add(reader.index)
            pair = operands(reader)
            if pair is not None and reader.shape == outer.node.shape:
                other = pair[0] if pair[1] is node else pair[1]
                if other.shape == outer.node.shape and other.index not in made_so:
                    return True
            if below(reader) is node or (pair is not None and reader.shape == outer.node.shape):
                stack.append(reader)
    return False


def _traced(seen: Seen, values: object) -> list[Node]:
    """The values on the tape among the operands of the operation that failed."""
    tape = seen.recording.tape
    found: list[Node] = []
    stack: list[object] = [values]
    while stack:
        value = stack.pop()
        if isinstance(value, dict):
            stack.extend(value[key] for key in value if key not in ("self", "tape", "spots"))
        elif isinstance(value, (list, tuple)):
            stack.extend(value)
        elif isinstance(value, np.ndarray) and tape.is_known(value):
            found.append(tape.known[id(value)][1])
    return found
