"""GL313 repeated-index."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

import numpy as np

from gradlint.diagnosis.identify import proportion
from gradlint.diagnosis.numbers import Guess, close
from gradlint.findings import Edit, Finding, Fix
from gradlint.trace.primitives import setitem
from gradlint.trace.tape import Node
from gradlint.truth.evaluate import Evaluation, Result, same

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gradlint.diagnosis.catalogue import Studied
    from gradlint.diagnosis.localise import Diagnosis
    from gradlint.diagnosis.numbers import Numbers
    from gradlint.source.spots import Spot
    from gradlint.truth.judge import Judged

    # The write, the index, what is added there, and times what.
    Addition = tuple[Node, Any, Node, float]

_WORDS: dict[type[ast.operator], tuple[str, str, str]] = {
    ast.Add: ("add", "+=", "np.add.at"),
    ast.Sub: ("subtract", "-=", "np.subtract.at"),
}


class RepeatedIndex:
    """``g[idx] += v`` with repeated indices keeps only the last of them.

    What happens
    ------------
    `g[idx] += v` with an array of indices stores once for each place. If an index occurs several
    times, only its last value counts.

    Why it is wrong
    ---------------
    A row of an embedding that is used twice has two contributions to its gradient, and they have to
    be added. `+=` reads all old values first, so the additions overwrite each other.

    How it shows
    ------------
    Frequent words, or shared cells, learn too slowly; a test with distinct indices finds nothing.

    Fix
    ---
    `np.add.at(g, idx, v)` adds every contribution.

    Example
    -------
    Bad:

        import numpy as np

        rng = np.random.default_rng(0)
        words, y = np.array([0, 2, 2, 1, 2]), rng.normal(size=(5, 3))
        E = rng.normal(size=(4, 3))
        for step in range(3):
            out = np.tanh(E[words])
            loss = 0.5 * np.sum((out - y) ** 2)
            d = (out - y) * (1 - out ** 2)
            dE = np.zeros_like(E)
            dE[words] += d
            E -= 0.1 * dE

    Good:

        import numpy as np

        rng = np.random.default_rng(0)
        words, y = np.array([0, 2, 2, 1, 2]), rng.normal(size=(5, 3))
        E = rng.normal(size=(4, 3))
        for step in range(3):
            out = np.tanh(E[words])
            loss = 0.5 * np.sum((out - y) ** 2)
            d = (out - y) * (1 - out ** 2)
            dE = np.zeros_like(E)
            np.add.at(dE, words, d)
            E -= 0.1 * dE
    """

    code = "GL313"
    name = "repeated-index"
    severity = "error"
    recognises = ("repeated index",)

    def in_numbers(self, seen: Numbers) -> Iterator[Guess]:
        """Rows that an index names twice got one contribution only."""
        shape = np.shape(seen.value)
        for name, index in seen.arrays if len(seen.cotangents) == 1 else ():
            above = np.asarray(seen.cotangents[0])
            if index.dtype.kind not in "iu" or above.shape != (*index.shape, *shape[1:]):
                continue
            once, added = np.zeros(shape), np.zeros(shape)
            once[index] += above
            np.add.at(added, index, above)
            if _repeats(index) and close(seen.hand, once):
                text = f"rows of {seen.name} that {name} names more than once get one contribution"
                remedy = f"use `np.add.at(gradient, {name}, …)` for `gradient[{name}] += …`"
                yield Guess(f"{text} only", remedy, corrected=added)

    def in_step(self, seen: Studied) -> Iterator[Finding]:
        """The gradient is right if every repetition of an index counts, in every line that adds."""
        judged, reference, diagnosis = seen.judged, seen.reference, seen.diagnosis
        if diagnosis is None:
            return
        for result in reference.results:
            writes = [] if reference.agrees(result) else _additions(result)
            truths = (reference.truths, diagnosis.truths) if writes else ()
            found = (_multiple(diagnosis, t, reference, result, writes) for t in truths)
            times = next((t for t in found if t is not None), None)
            if times is None:
                continue
            yield from self._overwritten(judged, result, writes)
            for write, index, _, _ in writes:
                repeats = _repeats(index.value if isinstance(index, Node) else index)
                if write.spot is not None and _is_augmented(write) and repeats:
                    yield self._added_once(judged, result, write.spot, times)

    def _added_once(self, judged: Judged, result: Result, spot: Spot, times: float) -> Finding:
        place = spot.node
        target = spot.file.text_of(place.target.value)
        keys = spot.file.text_of(place.target.slice)
        value = spot.file.text_of(place.value)
        verb, sign, at = _WORDS.get(type(place.op), _WORDS[ast.Add])
        told, amount = _scaled(judged, place.value, value, times)
        return Finding.of(
            self, f"`{target}[{keys}] {sign} …` {verb}s once for each index, however often it is "
            f"repeated in `{keys}`; `{at}` {verb}s every time{told}",
            spot.file.site(place),
            explanation=f"`{result.parameter.name}` is right at {len(judged.points)} "
            f"points if every repetition counts{told and ' and the factor is gone'}",
            help=f"`{at}({target}, {keys}, {amount})`",
            evidence={"settles": result.parameter.name},
            fix=Fix(
                f"{verb} with `{at}`",
                (Edit(spot.file.site(place), f"{at}({target}, {keys}, {amount})"),),
            ) if type(place.op) in _WORDS else None,
        )  # fmt: skip

    def _overwritten(
        self, judged: Judged, result: Result, writes: list[Addition]
    ) -> Iterator[Finding]:
        """Each line that stores with ``=`` where something was stored before."""
        seen: set[Any] = set()
        told: set[int] = set()
        for write, index, _, _ in writes:
            spot, key = write.spot, repr(index)
            first, known = key not in seen, id(spot) in told
            seen.add(key)
            if first or known or spot is None or _is_augmented(write):
                continue
            statement = spot.statement
            if not isinstance(statement, ast.Assign):
                continue
            told.add(id(spot))
            target = spot.file.text_of(statement.targets[0])
            text = f"{target} += {spot.file.text_of(statement.value)}"
            yield Finding.of(
                self, f"`{target} = …` keeps the last of several contributions to one place (index "
                f"{key} is written again); `+=` adds them up",
                spot.file.site(statement),
                explanation=f"`{result.parameter.name}` is right at {len(judged.points)} points if "
                "every contribution counts",
                help=f"`{text}`",
                evidence={"settles": result.parameter.name},
                fix=Fix("add with `+=`", (Edit(spot.file.site(statement), text),)),
            )  # fmt: skip


def _multiple(
    diagnosis: Diagnosis,
    truths: list[dict[int, np.ndarray]],
    reference: Evaluation,
    result: Result,
    writes: list[Addition],
) -> float | None:
    """How many times the right gradient it is if every repetition counts; None if it is not."""
    found: float | None = None
    for position, point in enumerate(diagnosis.points):
        true = truths[position].get(result.parameter.node.index)
        if true is None:
            return None
        total = np.zeros(true.shape)
        for _, index, value, factor in writes:
            keys = point.values.get(index.index, index.value) if isinstance(index, Node) else index
            amount = factor * np.asarray(point.values.get(value.index, value.value))
            try:
                np.add.at(total, keys, amount)
            except (IndexError, ValueError, TypeError):
                return None
        scale = proportion(total, true)
        if scale is None or scale / reference.expected(result) <= 0:
            return None
        if found is not None and not same(scale, found):
            return None
        found = scale
    return None if found is None else found / reference.expected(result)


def _scaled(judged: Judged, place: ast.expr, value: str, times: float) -> tuple[str, str]:
    """What is said of a factor that is wrong besides, and the amount without it."""
    if same(times, 1.0):
        return "", value
    integers = judged.study.step.tape.integers
    named = (name for name, (number, _) in integers.items() if same(number, times))
    divisor = next(named, f"{times:.6g}")
    loose = isinstance(place, ast.BinOp) and isinstance(place.op, ast.Add | ast.Sub)
    amount = f"({value}) / {divisor}" if loose else f"{value} / {divisor}"
    return f". What is added is {times:.6g} times too large besides", amount


def _additions(result: Result) -> list[Addition]:
    """What is added to the gradient, or to the parameter itself, at given indices."""
    terms = result.gradient.terms
    if all(len(t.places) == 1 and _is_augmented(t.places[0]) for t in terms):
        return [(t.places[0], t.places[0].args[1], t.node, t.coefficient) for t in terms]
    return _writes(result.gradient.node)


def _is_augmented(node: Node) -> bool:
    return (
        node.function is setitem
        and node.spot is not None
        and isinstance(node.spot.node, ast.AugAssign)
    )


def _writes(node: Node) -> list[Addition]:
    """What went into a buffer, write by write, as if all of it had been added."""
    found: list[Addition] = []
    while node.function is setitem:
        base, index, values = node.args
        added = values
        if _is_augmented(node):
            added = values.args[1] if isinstance(values, Node) and _is_sum(values) else None
        if not isinstance(added, Node):
            return []
        found.append((node, index, added, 1.0))
        node = base
    return found[::-1]


def _is_sum(values: Node) -> bool:
    return values.function is np.add


def _repeats(index: Any) -> bool:
    return (
        isinstance(index, np.ndarray)
        and index.dtype.kind in "iu"
        and len(set(index.ravel().tolist())) < index.size
    )
