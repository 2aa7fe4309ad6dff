"""GL105 dropped-axis."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import numpy as np

from gradlint.findings import Edit, Finding, Fix, Label
from gradlint.reading.axes.centring import centred_otherwise
from gradlint.reading.axes.drift import drifts
from gradlint.reading.axes.positions import positions_elsewhere
from gradlint.reading.axes.slips import REDUCTIONS, operands, origin, reduced
from gradlint.reading.axes.squares import filled_rows
from gradlint.reading.axes.text import text_of
from gradlint.reading.axes.unsummed import Missed, missed
from gradlint.trace.tape import Node

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gradlint.reading.axes.centring import Centred
    from gradlint.reading.axes.drift import Drift
    from gradlint.reading.axes.scope import Seen
    from gradlint.reading.axes.slips import Dropped


class DroppedAxis:
    """A reduction loses an axis that broadcasting then fills with another one.

    What happens
    ------------
    `x.mean(axis=1)` of an (n, d) array is (n,): one number for each row, but no longer a column.
    Combined with `x` again it is lined up with the *last* axis, d. With n = d nothing complains.
    Neither does a mean without any axis, beside a deviation for each column.

    Why it is wrong
    ---------------
    Column j is changed by the number that belongs to row j. Normalisation, softmax and its
    derivative then mix the samples.

    How it shows
    ------------
    A softmax whose rows do not sum to 1, a normalised layer whose rows have no mean of 0. With n
    and d of different lengths it is an error about broadcasting, or about shapes far below.

    Fix
    ---
    `keepdims=True` keeps the axis with length 1, and it lines up with the axis it came from.

    Example
    -------
    Bad:

        import numpy as np

        rng = np.random.default_rng(0)
        x, y = rng.normal(size=(3, 5)), np.eye(3)
        W = rng.normal(size=(5, 3))
        for step in range(5):
            e = np.exp(x @ W)
            p = e / np.sum(e, axis=1)
            loss = -np.sum(y * np.log(p))
            W -= 0.1 * x.T @ (p - y)

    Good:

        import numpy as np

        rng = np.random.default_rng(0)
        x, y = rng.normal(size=(3, 5)), np.eye(3)
        W = rng.normal(size=(5, 3))
        for step in range(5):
            e = np.exp(x @ W)
            p = e / np.sum(e, axis=1, keepdims=True)
            loss = -np.sum(y * np.log(p))
            W -= 0.1 * x.T @ (p - y)
    """

    code = "GL105"
    name = "dropped-axis"
    severity = "error"
    spoils = True  # what is computed from its value cannot be right

    def in_trace(self, seen: Seen) -> Iterator[Finding]:
        """Report reductions that were broadcast back along another axis than their own."""
        for drift in drifts(seen):
            found = missed(seen, drift)
            if found is not None and found.drops:
                yield self._drifting(seen, drift, found)
        yield from self._single(seen)
        yield from self._elsewhere(seen)
        yield from self._contradicted(seen)
        done = set()
        asked = [d for d in seen.axes.dropped if seen.start <= d.node.index]
        for dropped in asked:
            spot = dropped.reduction.spot
            if spot is None or id(spot) in done:
                continue
            done.add(id(spot))
            if self._is_proven(seen, dropped):
                yield self._finding(seen, dropped)

    def _single(self, seen: Seen) -> Iterator[Finding]:
        """Report a position in a whole table that is compared with one label for each row."""
        rows = set()
        for node in seen.nodes:
            pair = operands(node) if node.function in (np.equal, np.not_equal) else None
            for found, labels in () if pair is None else (pair, pair[::-1]):
                source = found.args[0] if found.function in (np.argmax, np.argmin) else None
                if not isinstance(source, Node) or found.shape or len(source.shape) != 2:
                    continue
                axis = next((i for i in (0, 1) if labels.shape == source.shape[i : i + 1]), None)
                if axis is None or found.spot is None or found.spot.row in rows:
                    continue
                rows.add(found.spot.row)
                yield self._position(seen, found, source, labels, 1 - axis)

    def _position(self, seen: Seen, found: Node, source: Node, labels: Node, axis: int) -> Finding:
        name = labels.names[0] if labels.names else "the labels"
        at = int(np.asarray(found.value)) if found.value is not None else 0
        return Finding.of(
            self,
            f"`{seen.text(found)}` is one position ({at}) in the flattened table, and is compared "
            f"with {labels.shape[0]} values of `{name}`",
            seen.site(found),
            f"its argument is {seen.names.shape(source)}",
            f"add axis={axis}: one position for each of the {labels.shape[0]}",
            evidence={"source": list(source.shape), "labels": list(labels.shape)},
        )

    def _elsewhere(self, seen: Seen) -> Iterator[Finding]:
        """Report positions along one axis that pick from what runs along the other."""
        rows = set()
        for each in positions_elsewhere(seen):
            spot = each.found.spot
            if spot is None or spot.row in rows:
                continue
            rows.add(spot.row)
            array = each.array.names[0] if each.array.names else "the array"
            table = each.table.names[0] if each.table.names else seen.text(each.table)
            own, other = each.table.shape[each.axis], each.table.shape[1 - each.axis]
            yield Finding.of(
                self,
                f"`{seen.text(each.found)}` holds positions along axis {each.axis} of `{table}`, "
                f"0 to {own - 1}, and picks from `{array}`, which has {other}: one for each along "
                f"axis {1 - each.axis}",
                seen.site(each.found),
                f"`{table}` is {seen.names.shape(each.table)}",
                f"take them along axis={1 - each.axis}",
                evidence={"table": list(each.table.shape), "array": list(each.array.shape)},
            )

    def _contradicted(self, seen: Seen) -> Iterator[Finding]:
        """Report statistics over other axes than what they are combined with."""
        for found in centred_otherwise(seen):
            if found.mean.spot is not None and seen.given(found.mean):
                yield self._centred(seen, found)
        rows = set()
        for number, table, target in filled_rows(seen):
            spot = number.spot
            if spot is None or not seen.given(number) or spot.row in rows:
                continue
            rows.add(spot.row)
            name = target.names[0] if target.names else "the row"
            yield Finding.of(
                self,
                f"`{seen.text(number)}` is one number, and fills a whole row of `{name}`",
                seen.site(number),
                f"it is taken over {seen.names.shape(table)}; a row of `{name}` has a value for "
                f"each of its {table.shape[1]} columns",
                "add axis=0: one number for each column",
                evidence={"source": list(table.shape), "target": list(target.shape)},
            )

    def _centred(self, seen: Seen, found: Centred) -> Finding:
        shown, other = seen.text(found.mean), seen.text(found.other)
        single = found.mean.shape == ()
        over = "all elements" if single else "the other axis"
        says = "is taken over" if found.other.function in REDUCTIONS else "sums over"
        keep = "" if found.axis == 0 else ", keepdims=True"
        return Finding.of(
            self,
            f"`{shown}` is taken over {over}, and `{other}` {says} axis {found.axis}: what it is "
            "taken away from is not centred there",
            seen.site(found.mean),
            f"the table is {seen.names.shape(found.table)}",
            f"take the mean over axis={found.axis}{keep}",
            evidence={"table": list(found.table.shape), "axis": found.axis},
        )

    def _drifting(self, seen: Seen, drift: Drift, found: Missed) -> Finding:
        """The sum of a bias' gradient that gives the bias another shape."""
        bias = drift.old.names[-1] if drift.old.names else "the bias"
        have, want = seen.names.shape(found.node), seen.names.shape(drift.old)
        return Finding.of(
            self,
            f"`{found.text}` drops the axis that `{bias}` keeps: {have} for {want}",
            found.site,
            f"the update in line {seen.site(drift.node).row} makes `{bias}` "
            f"{seen.names.shape(drift.node)}",
            "add keepdims=True",
            evidence={"gradient": list(found.node.shape), "shape": list(drift.old.shape)},
            fix=found.fix,
        )

    def _is_proven(self, seen: Seen, dropped: Dropped) -> bool:
        """Whether the two axes are different dimensions, or the gradients show the damage."""
        if not dropped.placed and seen.given(dropped.node) and _is_a_column_too(seen, dropped):
            return False
        if dropped.node.index not in seen.learned:
            return _of_one_array(dropped)
        whole = seen.axes.of(dropped.whole)
        if not seen.axes.same(whole[dropped.kept], whole[dropped.met]):
            wrong, right = seen.touched(dropped.node)
            return bool(wrong) or not right or self._is_forward(seen, dropped)
        if seen.step is None:
            return _of_one_array(dropped)
        wrong, right = seen.touched(dropped.node)
        return bool(wrong) and not right

    def _is_forward(self, seen: Seen, dropped: Dropped) -> bool:
        return seen.forward is None or dropped.node.index in seen.forward

    def _finding(self, seen: Seen, dropped: Dropped) -> Finding:
        reduction, whole = dropped.reduction, dropped.whole
        ours = seen.axes.of(whole)
        places = dropped.kept, dropped.met
        names = [seen.names.given(ours[i]) or f"axis {i}" for i in places]
        size = whole.shape[dropped.met]
        if names[0] == names[1]:
            names = [f"axis {i}" for i in places]
        text = seen.text(reduction)
        labels: tuple[Label, ...] = ()
        if dropped.node.spot is not None and dropped.node.spot is not reduction.spot:
            meets = f"meets {seen.names.shape(whole)} here"
            labels = (Label(seen.site(dropped.node), meets),)
        against = f"{seen.names.shape(reduction)} against {seen.names.shape(whole)}"
        how, remedy, fix = "broadcasting takes the last axis", "add keepdims=True", _kept(reduction)
        if dropped.placed:
            gone = tuple(i for i in range(len(whole.shape)) if i != dropped.met)
            how, remedy, fix = "it is laid out along the other", f"take it over axis={gone}", None
        return Finding.of(
            self,
            f"`{text}` has one number for each of {names[0]}, "
            f"and is lined up with {names[1]} instead",
            seen.site(reduction),
            f"{against}: {how}, and runs only because both are {size}",
            remedy,
            labels,
            {"kept": names[0], "met": names[1], "size": size},
            fix=fix,
        )


def _kept(reduction: Node) -> Fix | None:
    """The edit that makes a reduction keep its axis; none where its call is not in sight."""
    if reduction.spot is None or not isinstance(reduction.spot.node, ast.Call):
        return None
    file, call = reduction.spot.file, reduction.spot.node
    for keyword in call.keywords:
        if keyword.arg == "keepdims":
            written = file.text_of(keyword.value)
            edit = Edit(file.site(keyword.value), "True")
            return Fix(f"write `keepdims=True` instead of `keepdims={written}`", (edit,))
    text = text_of(file, call)
    new = f"{text.removesuffix(')').rstrip().removesuffix(',')}, keepdims=True)"
    return Fix(f"write `{new}` instead of `{text}`", (Edit(file.site(call), new),))


def _of_one_array(dropped: Dropped) -> bool:
    """Whether what was reduced and what the result meets are one array, element by element."""
    source = reduced(dropped.reduction)
    return source is not None and origin(source) is origin(dropped.whole)


def _is_a_column_too(seen: Seen, dropped: Dropped) -> bool:
    """Whether what was reduced is laid out as a column elsewhere: then it scales both sides."""
    stack, done = [dropped.reduction], set()
    while stack:
        node = stack.pop()
        for reader in seen.graph.readers[node.index]:
            if reader.index in done:
                continue
            done.add(reader.index)
            if node.shape and len(reader.shape) > len(node.shape) and reader.parents == (node,):
                return True
            if reader.shape == node.shape:
                stack.append(reader)
    return False
