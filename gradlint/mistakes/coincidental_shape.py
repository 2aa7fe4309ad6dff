"""GL104 coincidental-shape."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np

from gradlint.findings import Finding, Site
from gradlint.reading.axes.masks import Shifted, shifted_masks
from gradlint.reading.axes.remedy import gradient_from_delta, gradient_text
from gradlint.reading.axes.slips import REDUCTIONS, is_symmetric, operands, origin
from gradlint.reading.axes.text import operand_expressions
from gradlint.trace.tape import Node

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gradlint.reading.axes.classes import Axis
    from gradlint.reading.axes.dimensions import Clash
    from gradlint.reading.axes.scope import Seen

_PRODUCTS = {np.einsum, np.outer, np.matmul, np.dot, np.tensordot}


class CoincidentalShape:
    """Two unrelated axes are paired, and only their equal lengths let the line run.

    What happens
    ------------
    The backward pass multiplies, adds or contracts along two axes that the forward pass never
    brings together: the samples of one value with the hidden units of another, say.

    Why it is wrong
    ---------------
    A gradient pairs exactly the axes that the forward pass pairs. The line computes something, but
    not a derivative; with any other batch size or width it would raise an error.

    How it shows
    ------------
    The gradient is wrong and nothing complains. Changing the batch size makes the program fail.

    Fix
    ---
    Transpose the operand, or sum over the other axis, so that each axis meets its own kind. While
    developing, give every dimension a length of its own.

    Example
    -------
    Bad:

        import numpy as np

        rng = np.random.default_rng(0)
        x, y = rng.normal(size=(4, 3)), rng.normal(size=(4, 2))
        W1, W2 = rng.normal(size=(3, 4)), rng.normal(size=(4, 2))
        for step in range(5):
            h = np.tanh(x @ W1)
            loss = 0.5 * np.sum((h @ W2 - y) ** 2)
            d = h @ W2 - y
            dW2 = d
            dW1 = x.T @ (d @ W2.T * (1 - h ** 2))
            W1 -= 0.01 * dW1
            W2 -= 0.01 * dW2

    Good:

        import numpy as np

        rng = np.random.default_rng(0)
        x, y = rng.normal(size=(4, 3)), rng.normal(size=(4, 2))
        W1, W2 = rng.normal(size=(3, 4)), rng.normal(size=(4, 2))
        for step in range(5):
            h = np.tanh(x @ W1)
            loss = 0.5 * np.sum((h @ W2 - y) ** 2)
            d = h @ W2 - y
            dW2 = h.T @ d
            dW1 = x.T @ (d @ W2.T * (1 - h ** 2))
            W1 -= 0.01 * dW1
            W2 -= 0.01 * dW2
    """

    code = "GL104"
    name = "coincidental-shape"
    severity = "error"
    mere_look = True  # it may be how a mistake looks that the gradients explain better

    def in_trace(self, seen: Seen) -> Iterator[Finding]:
        """Report pairings that made a gradient wrong, the first of each chain, and masks."""
        for shifted in shifted_masks(seen):
            yield self._shifted(seen, shifted)
        groups: dict[Node, list[Clash]] = defaultdict(list)
        for clash in seen.axes.clashes:
            groups[clash.node].append(clash)
        explained: set[int] = set()
        done = set()
        for node in sorted(groups, key=lambda n: n.index):
            if node.index in explained or node.spot is None:
                continue
            explained |= seen.graph.descendants([node])
            wrong, right = seen.touched(node)
            wrong += [p for p in seen.wrong if node.index in p.update.path]
            if not wrong or right or _either_way(groups[node]) or _inherits(seen, node):
                continue
            clash = groups[node][0]
            guilty, site = _blame(seen, clash)
            if (guilty.spot, site) not in done:
                done.add((guilty.spot, site))
                yield self._finding(seen, clash, guilty, site, wrong[0].name)

    def _shifted(self, seen: Seen, shifted: Shifted) -> Finding:
        mask, whole, node = shifted.mask, shifted.whole, shifted.node
        name = mask.names[0] if mask.names else seen.text(mask)
        size = mask.shape[0]
        return Finding.of(
            self,
            f"`{name}` {mask.shape} meets {whole.shape} from the last axis on: its first axis is "
            f"lined up with the second, and runs only because both are {size}",
            seen.site(node),
            f"{seen.names.shape(mask)} against {seen.names.shape(whole)}",
            f"`{name}[:, None]` gives it an axis of length 1 there",
            evidence={"mask": list(mask.shape), "whole": list(whole.shape)},
        )

    def _finding(
        self, seen: Seen, clash: Clash, guilty: Node, site: Site, parameter: str
    ) -> Finding:
        one, other = seen.names.of(clash.one), seen.names.of(clash.other)
        size = seen.axes.classes.size(clash.one)
        labels = []
        assert guilty.spot is not None
        expressions = operand_expressions(guilty.spot.node)
        values = [a for a in guilty.args if isinstance(a, Node)]
        if len(expressions) == len(values):
            pairs = zip(expressions, values, strict=True)
            labels = [seen.label(guilty, e, v) for e, v in pairs if v.shape]
        text = guilty.spot.file.text_of(guilty.spot.node)
        shown = seen.text(guilty) if site == guilty.spot.site else text
        origins = [seen.names.origin(clash.one), seen.names.origin(clash.other)]
        where = ""
        if all(origins) and origins[0] != origins[1]:
            where = f": {one} is {origins[0]}; {other} is {origins[1]}"
        return Finding.of(
            self,
            f"`{shown}` pairs {one} with {other}; it runs only because both are {size}",
            site,
            f"the forward pass never pairs the two{where}",
            _help(seen, clash, guilty) or f"the gradient of `{parameter}` is wrong from here on",
            tuple(labels),
            {"axes": [one, other], "size": size, "parameter": parameter},
        )


def _help(seen: Seen, clash: Clash, guilty: Node) -> str:
    """Return the gradient that an update should have taken, where it took a delta."""
    pair = operands(guilty)
    if pair is None or guilty is not clash.node or guilty.spot is None:
        return ""
    expressions = operand_expressions(guilty.spot.node)
    if len(expressions) != 2:
        return ""
    text = gradient_text(expressions[1])
    found = gradient_from_delta(seen, *pair, text)
    return f"the gradient is `{found}`" if found else ""


def _inherits(seen: Seen, node: Node) -> bool:
    """Whether a value that was blamed already, a wrong operand say, brought the axes together."""
    before = -1 if seen.step is None else min(seen.step.backward, default=0) - 1
    spots = (seen.graph.nodes[i].spot for i in seen.graph.ancestors([node], before))
    return any(spot is not None and spot.row in seen.blamed for spot in spots)


def _either_way(clashes: list[Clash]) -> bool:
    """Whether an operand is symmetric in the axes, so that either of them is right."""
    for value in clashes[0].node.parents:
        if len(value.shape) >= 2 and is_symmetric(value.value, -1, -2):
            return True
    return False


def _blame(seen: Seen, clash: Clash) -> tuple[Node, Site]:
    """Return the operation that gave an operand the wrong axes, and its place.

    A product along the wrong axis is guilty itself.  An elementwise operation only brings to light
    what a reduction, a product or a transposition did to one of its operands.
    """
    node = clash.node
    assert node.spot is not None
    pair = operands(node)
    if clash.where != "elementwise" or pair is None:
        return node, node.spot.site
    reduction = _reduced_before(seen, clash)
    if reduction is not None and reduction.spot is not None:
        return reduction, reduction.spot.site
    guilty = next((g for v in pair if (g := _turned_axes(seen, clash, v)) is not None), node)
    assert guilty.spot is not None
    return guilty, guilty.spot.site


def _turned_axes(seen: Seen, clash: Clash, value: Node) -> Node | None:
    """What gave an operand other axes than are wanted, if it may be blamed for it."""
    wanted, axes = _wanted(seen, clash.node), seen.axes.of(value)
    if wanted is not None and len(axes) == len(wanted) and all(map(seen.axes.same, axes, wanted)):
        return None
    maker = _layout_maker(value)
    if maker.spot is None or maker.is_leaf:
        return None
    if maker.function is np.transpose:
        spot, own = value.spot, clash.node.spot
        here = spot is not None and own is not None and spot.statement is own.statement
        return value if here else None
    return maker if wanted is not None and _chose(seen, maker, clash) else None


def _layout_maker(value: Node) -> Node:
    """Return what laid out a value; an accumulator's layout is that of what is added to it."""
    found = origin(value)
    if found.is_leaf and not value.is_leaf:
        added = [a for a in value.args if isinstance(a, Node) and not origin(a).is_leaf]
        found = origin(added[0]) if added else found
    while found.function in (np.reshape, np.squeeze, np.transpose, np.ravel) and _is_vector(found):
        found = origin(found.args[0])  # which way a vector lies does not tell what it runs over
    return found


def _is_vector(node: Node) -> bool:
    return isinstance(node.args[0], Node) and sum(n > 1 for n in node.shape) == 1


def _reduced_before(seen: Seen, clash: Clash) -> Node | None:
    """Find the reduction of the forward pass that took away the samples, not the other axis.

    Both axes come from one array of data.  The target has one number for each sample and so tells
    which of the two the samples are: by the place of the axis in data and target, which agree.
    """
    sources = [dict(seen.axes.sources(axis)) for axis in (clash.one, clash.other)]
    shared = [n for n in sources[0] if n in sources[1] and n.index not in seen.model]
    if not shared or seen.forward is None:
        return None
    made = [seen.graph.nodes[i] for i in sorted({*seen.forward} & {*seen.learned})]
    reductions = [n for n in made if n.function in REDUCTIONS]
    one, other = sources
    sides = (clash.one, clash.other, one, other), (clash.other, clash.one, other, one)
    return next(
        (
            node
            for kept, gone, places, lost in sides
            if lost[shared[0]] == 0 and _is_first_of_another(places, shared[0])
            for node in reductions
            if _loses(seen, node, gone, kept)
        ),
        None,
    )


def _is_first_of_another(places: dict[Node, int], data: Node) -> bool:
    """Whether an axis is the first one of something other than the data: of the target."""
    return any(place == 0 and node is not data for node, place in places.items())


def _loses(seen: Seen, node: Node, gone: Axis, kept: Axis) -> bool:
    """Whether a reduction takes one axis away and leaves the other."""

    def has(value: Node, axis: Axis) -> bool:
        return any(seen.axes.same(own, axis) for own in seen.axes.of(value))

    return has(node.args[0], gone) and has(node, kept) and not has(node, gone)


def _wanted(seen: Seen, node: Node) -> tuple[int | None, ...] | None:
    """Return the axes of the parameter whose gradient or update an operation is part of."""
    for parameter in seen.wrong:
        reach = seen.graph.ancestors([parameter.update.new])
        if node.index in reach and node.shape == parameter.node.shape:
            return seen.axes.of(parameter.node)
    return None


def _chose(seen: Seen, maker: Node, clash: Clash) -> bool:
    """Whether an operation of the backward pass chose which axes to keep, and chose wrongly."""
    if seen.forward is not None and maker.index in seen.forward:
        return False  # what the forward pass computes is right by definition
    if seen.touched(maker)[1]:
        return False  # it is the right gradient of another parameter
    if maker.function in _PRODUCTS:
        return True
    sources = [axis for parent in maker.parents for axis in seen.axes.of(parent)]
    return maker.function in REDUCTIONS and all(
        any(seen.axes.same(axis, wanted) for axis in sources) for wanted in (clash.one, clash.other)
    )
