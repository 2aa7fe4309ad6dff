"""GL204 flipped-sign."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import numpy as np

from gradlint.diagnosis.context import Experiment
from gradlint.diagnosis.factors import negated, spelled
from gradlint.diagnosis.numbers import Guess, close, equal
from gradlint.diagnosis.update_signs import opposite_updates
from gradlint.findings import Edit, Finding, Fix
from gradlint.truth.evaluate import Evaluation, same

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gradlint.diagnosis.case import Case
    from gradlint.diagnosis.catalogue import Studied
    from gradlint.diagnosis.localise import Diagnosis
    from gradlint.diagnosis.numbers import Numbers
    from gradlint.truth.evaluate import Evaluation, Result


class FlippedSign:
    """One gradient has the opposite sign to what the update needs.

    What happens
    ------------
    One gradient has the opposite sign of the others, or of what its update needs.

    Why it is wrong
    ---------------
    The update of that parameter climbs the loss while the others descend it. Mixed conventions are
    the usual cause: `y - out` in one line, `out - y` in another.

    How it shows
    ------------
    The loss falls for a while, then grows; the more the flipped parameter matters, the sooner.

    Fix
    ---
    Choose one convention for the whole backward pass: `out - y` and gradients that are subtracted,
    or `y - out` and gradients that are added.

    Example
    -------
    Bad:

        import numpy as np

        rng = np.random.default_rng(0)
        x, y = rng.normal(size=(9, 3)), rng.normal(size=(9, 2))
        W, b = rng.normal(size=(3, 2)), np.zeros(2)
        for step in range(3):
            out = np.tanh(x @ W + b)
            loss = 0.5 * np.sum((out - y) ** 2)
            d = (out - y) * (1 - out ** 2)
            dW = x.T @ d
            db = -d.sum(axis=0)
            W -= 0.01 * dW
            b -= 0.01 * db

    Good:

        import numpy as np

        rng = np.random.default_rng(0)
        x, y = rng.normal(size=(9, 3)), rng.normal(size=(9, 2))
        W, b = rng.normal(size=(3, 2)), np.zeros(2)
        for step in range(3):
            out = np.tanh(x @ W + b)
            loss = 0.5 * np.sum((out - y) ** 2)
            d = (out - y) * (1 - out ** 2)
            dW = x.T @ d
            db = d.sum(axis=0)
            W -= 0.01 * dW
            b -= 0.01 * db
    """

    code = "GL204"
    name = "flipped-sign"
    severity = "error"
    recognises = ("sign",)
    of_multiples = True  # also asked about right values at a wrong multiple

    def in_numbers(self, seen: Numbers) -> Iterator[Guess]:
        """The gradient is minus the truth."""
        if equal(seen.factor, -1.0):
            yield Guess(f"{seen.said} has the opposite sign", "change its sign")

    def in_entries(self, seen: Numbers) -> Iterator[Guess]:
        """Some entries are minus what they should be."""
        off = seen.off
        if off is not None and close(seen.hand[off], -seen.probe.truth[off], 1e-5):
            where = {"index": [int(k) for k in np.argwhere(off)[0]]}
            text = f"{seen.said} has the opposite sign in {seen.judged.pattern}"
            yield Guess(text, evidence=where)

    def in_gradient(self, case: Case) -> Iterator[Experiment]:
        """The value is minus what it should be, or one of its terms has the wrong sign."""
        factor = case.suspect.factor
        if case.suspect.kind == "multiple" and factor < 0:
            size = "" if abs(factor + 1) < 1e-6 else f" and {spelled(-factor)} times too large"
            message = f"`{case.written}` has the opposite sign of what the update needs{size}"
            bare = _without_minus(case)
            if bare is not None:
                yield Experiment(message, 0.45, corrected=case.right, fix=bare)
            for edits in negated(case):
                yield Experiment(message, 0.5, edits=edits)
            yield Experiment(message, 0.9, corrected=case.right)
            return
        yield from self._terms(case)

    def in_step(self, seen: Studied) -> Iterator[Finding]:
        """A right gradient that one update adds where the others subtract, or the reverse."""
        judged, reference, diagnosis = seen.judged, seen.reference, seen.diagnosis
        odd = [r for r in reference.results if _is_odd(r, reference)]
        if diagnosis is not None and not reference.by_pull:
            odd += _odd_heirs(diagnosis)
        for result in odd:
            spot = result.parameter.update.new.spot
            if spot is None:
                continue
            name = judged.study.step.names.of(result.gradient.node)
            yield Finding.of(
                self,
                f"this update of `{result.parameter.name}` has the opposite sign of the others: "
                f"`{name}` follows the same convention as their gradients",
                spot.file.site(spot.statement),
                explanation="" if result.factor is None else
                f"`{name}` is {result.factor:.6g} times the gradient; "
                "theirs have that sign as well",
                evidence={
                    "parameter": result.parameter.name,
                    "settles": result.parameter.name,
                },
                fix=opposite_updates([spot]),
            )  # fmt: skip

    def _terms(self, case: Case) -> Iterator[Experiment]:
        """The line with the other sign, or one sum or difference of it written the other way."""
        for edits in negated(case):
            if edits[0][0] is case.root:
                message = f"`{case.written}` has the opposite sign of what the chain rule gives"
                yield Experiment(message, 1.35, edits=edits)
        for part, _ in case.parts():
            if isinstance(part, ast.BinOp) and isinstance(part.op, (ast.Add, ast.Sub)):
                sign = "-" if isinstance(part.op, ast.Add) else "+"
                left, right = ast.unparse(part.left), ast.unparse(part.right)
                if isinstance(part.right, ast.BinOp) and isinstance(
                    part.right.op, (ast.Add, ast.Sub)
                ):
                    right = f"({right})"
                message = (
                    f"`{case.text(part)}` has the wrong sign in front of `{case.text(part.right)}`"
                )
                yield Experiment(message, 2.0, edits=((part, f"{left} {sign} {right}"),))


def _without_minus(case: Case) -> Fix | None:
    """The edit that takes away a minus in front of the value."""
    if case.root is None or case.node.spot is None or abs(case.suspect.factor + 1) > 1e-6:
        return None
    file = case.node.spot.file
    outer = file.parents.get(case.root)
    if not (isinstance(outer, ast.UnaryOp) and isinstance(outer.op, ast.USub)):
        return None
    text = case.text(case.root)
    change = Edit(file.site(outer), text)
    return Fix(f"write `{text}` instead of `{case.text(outer)}`", (change,))


def _odd_heirs(diagnosis: Diagnosis) -> list[Result]:
    """Gradients that inherit another mistake, and are turned by their updates besides."""
    results = diagnosis.reference.results
    known = [r for r in results if r in diagnosis.heirs or diagnosis.reference.agrees(r)]
    courses = {r: diagnosis.study.course(r.gradient, r.parameter) for r in known}
    signs = [sign for sign in courses.values() if sign]
    usual = max(sorted(set(signs)), key=signs.count, default=None)
    if usual is None or 2 * signs.count(usual) <= len(signs):
        return []
    return [r for r in diagnosis.heirs if courses[r] == -usual]


def _is_odd(result: Result, reference: Evaluation) -> bool:
    """Whether a gradient is what the others are, and only its update has the other sign."""
    if reference.agrees(result) or result.climbs is None or result.objection is not None:
        return False
    if not reference.by_pull:
        return same(result.factor or 0.0, reference.expected(result))
    if result.factor is None or not same(-(result.pull or 0.0), reference.common or 0.0):
        return False
    others = [r for r in reference.results if reference.agrees(r) and r.factor is not None]
    return any((r.factor or 0.0) * result.factor > 0 for r in others)
