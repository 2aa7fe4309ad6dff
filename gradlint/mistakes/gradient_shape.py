"""GL101 gradient-shape."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import numpy as np

from gradlint.findings import Finding, Site
from gradlint.reading.axes.drift import drifts
from gradlint.reading.axes.slips import origin
from gradlint.reading.axes.text import alias_statement
from gradlint.reading.axes.unsummed import missed
from gradlint.reading.scaled import unscaled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gradlint.reading.axes.drift import Drift
    from gradlint.reading.axes.scope import Seen
    from gradlint.reading.step import Parameter
    from gradlint.trace.tape import Node


class GradientShape:
    """A gradient has not the shape of its parameter.

    What happens
    ------------
    The update broadcasts a gradient with fewer or more elements than the parameter has: one number
    for all weights, one row for a whole matrix, a row for each sample.

    Why it is wrong
    ---------------
    Every parameter has a derivative of its own. A sum or a mean without `axis`, an inner product
    where an outer one belongs, or a missing product with the layer's input, throws them together.

    How it shows
    ------------
    All weights of a layer move by the same amount; the loss falls slowly or not at all.

    Fix
    ---
    Compute the gradient in the parameter's shape. `assert dW.shape == W.shape` before the update
    finds such slips early.

    Example
    -------
    Bad:

        import numpy as np

        rng = np.random.default_rng(0)
        x, y = rng.normal(size=(9, 3)), rng.normal(size=(9, 2))
        W, b = rng.normal(size=(3, 2)), np.zeros(2)
        for step in range(5):
            out = x @ W + b
            loss = 0.5 * np.sum((out - y) ** 2)
            d = out - y
            dW = np.mean(x.T @ d)
            db = np.sum(d, axis=0)
            W -= 0.01 * dW
            b -= 0.01 * db

    Good:

        import numpy as np

        rng = np.random.default_rng(0)
        x, y = rng.normal(size=(9, 3)), rng.normal(size=(9, 2))
        W, b = rng.normal(size=(3, 2)), np.zeros(2)
        for step in range(5):
            out = x @ W + b
            loss = 0.5 * np.sum((out - y) ** 2)
            d = out - y
            dW = x.T @ d
            db = np.sum(d, axis=0)
            W -= 0.01 * dW
            b -= 0.01 * db
    """

    code = "GL101"
    name = "gradient-shape"
    severity = "error"
    mere_look = True  # it may be how a mistake looks that the gradients explain better
    recognises = ("shape",)
    told_for = "a shape"

    def in_trace(self, seen: Seen) -> Iterator[Finding]:
        """Report wrong gradients of another size than their parameter."""
        for drift in drifts(seen):
            if missed(seen, drift) is None:  # a bias that lacks its sum is a mistake of its own
                yield from self._renamed(seen, drift)
        for parameter in seen.wrong:
            node = _accumulated(parameter.gradient.node)
            places = [t.places for t in parameter.gradient.terms]
            if any(places) or node.size == parameter.node.size:
                continue
            site, guilty = self._place(seen, parameter, node)
            if site is not None:
                yield self._finding(seen, parameter, guilty, site)

    def _renamed(self, seen: Seen, drift: Drift) -> Iterator[Finding]:
        """Report a value that only got the name of the gradient that then drifts a parameter."""
        for update in seen.updates:
            if update.new is not drift.new:
                continue
            for term in update.terms:
                node = unscaled(term.node)
                alias = None
                if node.names and node.spot is not None:
                    alias = alias_statement(node.spot, node.names[-1])
                if alias is not None and ast.unparse(alias) in node.names:
                    assert node.spot is not None
                    name = drift.old.names[-1] if drift.old.names else "the parameter"
                    site = node.spot.file.site(alias)
                    yield self._said(seen, name, drift.old, node, site)

    def _place(self, seen: Seen, parameter: Parameter, node: Node) -> tuple[Site | None, Node]:
        """Where the gradient got its shape; None if that is the update itself."""
        if node.names and node.spot is not None:
            alias = alias_statement(node.spot, node.names[-1])
            if alias is not None and ast.unparse(alias) in node.names:
                return node.spot.file.site(alias), node
        if node.size > parameter.node.size:
            return None, node  # the update changes the parameter's shape: another mistake
        maker = origin(node)
        if maker.spot is None or maker.is_leaf or maker.index in (seen.forward or ()):
            return None, node  # a delta: what is missing is no matter of its shape
        return maker.spot.site, maker

    def _finding(self, seen: Seen, parameter: Parameter, node: Node, site: Site) -> Finding:
        return self._said(seen, parameter.name, parameter.node, node, site)

    def _said(self, seen: Seen, name: str, parameter: Node, node: Node, site: Site) -> Finding:
        wanted = seen.names.shape(parameter)
        have = seen.names.shape(node) if node.shape else "one number"
        text = seen.text(node) if node.spot is None or site == node.spot.site else node.names[-1]
        more = node.size > parameter.size
        return Finding.of(
            self,
            f"the gradient of `{name}` is {have}; the parameter is {wanted}",
            site,
            f"`{text}` "
            + (
                "has not been summed over an axis that the parameter lacks"
                if more
                else "sums over axes along which the parameter's derivatives differ"
            ),
            f"`{name}` needs a gradient of shape {parameter.shape}",
            evidence={
                "parameter": name,
                "gradient": list(node.shape),
                "shape": list(parameter.shape),
            },
        )


def _accumulated(node: Node) -> Node:
    """Return what was added last to a sum that started from zeros, if it is smaller."""
    if node.function is np.add and len(list(node.parents)) == 2:
        total, part = sorted(node.parents, key=lambda n: (-n.size, n.index))
        start = origin(total)
        if part.size < total.size and start.is_leaf and not np.any(start.value):
            return part
    return node
