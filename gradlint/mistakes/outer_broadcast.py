"""GL102 outer-broadcast."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gradlint.findings import Finding
from gradlint.reading.axes.crash import culprits
from gradlint.reading.axes.outer import meant_elementwise
from gradlint.reading.axes.squares import norms_in_rows
from gradlint.reading.axes.text import operand_expressions, short, text_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gradlint.reading.axes.scope import Seen
    from gradlint.reading.axes.slips import Outer


class OuterBroadcast:
    """A column meets a row of the same length, and every element meets every other.

    What happens
    ------------
    An (n, 1) array and an (n,) or (1, n) array are combined element by element. Broadcasting
    stretches both, and the result is (n, n): all pairs, not the n elements that belong together.
    The other way round, `s + s - 2 * X @ X.T` needs the pairs, and takes one norm twice.

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
    spoils = True  # what is computed from its value cannot be right

    def in_trace(self, seen: Seen) -> Iterator[Finding]:
        """Report the first such operation of every line."""
        if seen.recording.ending.how != "raised" or seen.step is not None:
            yield from self._first_of_each_line(seen, meant_elementwise(seen))
            yield from self._norms(seen)

    def in_crash(self, seen: Seen) -> Iterator[Finding]:
        """Report those that made an operand of the operation which then failed."""
        found = list(meant_elementwise(seen))
        reach = seen.graph.ancestors(culprits(seen))
        if any(outer.node.index in reach for outer in found):
            yield from self._first_of_each_line(seen, found)

    def _norms(self, seen: Seen) -> Iterator[Finding]:
        """Report norms of rows that were to be a column and a row: distances of all pairs."""
        rows = set()
        for found in norms_in_rows(seen):
            spot = found.total.spot
            if spot is None or not seen.given(found.total) or spot.row in rows:
                continue
            rows.add(spot.row)
            texts = [short(text_of(spot.file, e)) for e in operand_expressions(spot.node)]
            column = f"{texts[0]}[:, None]" if texts else "the first as a column"
            shown = [seen.text(n) for n in (found.total, found.product)]
            yield Finding.of(
                self,
                f"`{shown[0]}` adds the norms of one row to themselves or to one other row, and "
                f"`{shown[1]}` pairs all {found.product.shape[0]}×{found.product.shape[1]}",
                spot.site,
                f"{seen.names.shape(found.total)} against {seen.names.shape(found.product)}: "
                "every row of the table gets the same norms",
                f"`{column} + {texts[1]}`" if len(texts) == 2 else f"`{column}`",
                evidence={"norms": list(found.total.shape), "pairs": list(found.product.shape)},
            )

    def _first_of_each_line(self, seen: Seen, found: Iterable[Outer]) -> Iterator[Finding]:
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
        labels = [seen.label(node, e, v) for e, v in zip(expressions[:2], pair, strict=False)]
        thin = next((i for i, v in enumerate(pair) if len(v.shape) == 1), 1)
        return Finding.of(
            self,
            f"`{texts[0]}` {pair[0].shape} with `{texts[1]}` {pair[1].shape} "
            f"pairs all {size}×{size}, not the {size} that belong together",
            seen.site(node),
            f"{shapes[0]} and {shapes[1]} broadcast to {node.shape}",
            f"give `{texts[thin]}` the shape of `{texts[1 - thin]}`, e.g. by "
            f".reshape{pair[1 - thin].shape}",
            tuple(labels),
            {"left": list(pair[0].shape), "right": list(pair[1].shape), "result": list(node.shape)},
        )
