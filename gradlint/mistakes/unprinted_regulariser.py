"""GL208 unprinted-regulariser."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from gradlint.diagnosis.decays import decayed
from gradlint.diagnosis.identify import proportion
from gradlint.diagnosis.numbers import Guess
from gradlint.findings import Finding, Label
from gradlint.reading.sums import Sum, terms_of
from gradlint.reading.unprinted import Term
from gradlint.truth.evaluate import TOLERANCE, Evaluation, Result, evaluate, same
from gradlint.truth.penalised import penalises, with_own_term

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gradlint.diagnosis.catalogue import Studied
    from gradlint.diagnosis.numbers import Numbers
    from gradlint.source.spots import Spot
    from gradlint.truth.judge import Judged


class UnprintedRegulariser:
    """Weight decay stands in the loss and not in the gradients, or the other way round.

    What happens
    ------------
    The loss holds a penalty, λ·ΣW² or a divergence, and the gradients lack its term; or the
    gradients decay the weights and the loss that is printed does not say so.

    Why it is wrong
    ---------------
    In the first case what is minimised is not what is computed: the penalty is shown and has no
    effect. The second case is ordinary weight decay, which only the printed loss leaves out.

    How it shows
    ------------
    Changing λ changes the printed loss and nothing else. Or a numeric check differs by exactly λ·W.

    Fix
    ---
    Add the penalty's derivative to each weight's gradient, with the loss's own constant: the
    derivative of `0.5 * lam * np.sum(W ** 2)` is `lam * W`.

    Example
    -------
    Bad:

        import numpy as np

        rng = np.random.default_rng(0)
        x, y = rng.normal(size=(9, 3)), rng.normal(size=(9, 2))
        W, b = rng.normal(size=(3, 2)), np.zeros(2)
        lam = 0.1
        for step in range(3):
            out = np.tanh(x @ W + b)
            loss = 0.5 * np.sum((out - y) ** 2) + 0.5 * lam * np.sum(W ** 2)
            d = (out - y) * (1 - out ** 2)
            dW = x.T @ d
            db = d.sum(axis=0)
            W -= 0.01 * dW
            b -= 0.01 * db

    Good:

        import numpy as np

        rng = np.random.default_rng(0)
        x, y = rng.normal(size=(9, 3)), rng.normal(size=(9, 2))
        W, b = rng.normal(size=(3, 2)), np.zeros(2)
        lam = 0.1
        for step in range(3):
            out = np.tanh(x @ W + b)
            loss = 0.5 * np.sum((out - y) ** 2) + 0.5 * lam * np.sum(W ** 2)
            d = (out - y) * (1 - out ** 2)
            dW = x.T @ d + lam * W
            db = d.sum(axis=0)
            W -= 0.01 * dW
            b -= 0.01 * db
    """

    code = "GL208"
    name = "unprinted-regulariser"
    severity = "warning"
    told_for = "a penalty"

    def in_numbers(self, seen: Numbers) -> Iterator[Guess]:
        """A multiple of the parameter itself is missing, or too much."""
        probe = seen.probe
        if not probe.sharp or not np.any(seen.value) or seen.hand.size < 2:
            return  # one number is a multiple of any other
        true = np.array([slope.value for _, slope in probe.slopes])
        own = np.array(probe.predicted(seen.value))
        decay = float((true - np.array(probe.predicted(seen.hand))) @ own / (own @ own))
        amount = f"{abs(decay):.4g}·{seen.name}"
        told, remedy = f"lacks the term {amount} of the loss's penalty", f"add {amount}"
        if decay < 0:
            told = f"has a term {amount} that the loss has not"
            remedy = f"take {amount} away, or add the penalty to the loss"
        if decay:
            yield Guess(
                f"{seen.said} {told}", remedy, evidence={"decay": decay},
                corrected=seen.hand + decay * np.asarray(seen.value),
            )  # fmt: skip

    def in_step(self, seen: Studied) -> Iterator[Finding]:
        """A multiple of the parameter is the whole difference between gradient and truth."""
        judged, reference = seen.judged, seen.reference
        yield from self._growing(reference)
        yield from self._unprinted(judged, reference)
        if reference.objective.kind != "computed":
            return
        whole = self._whole(judged, reference)
        if whole is None:
            yield from self._left_out(judged, reference)
        for result in (whole or reference).results:
            decays = result.fits and all(fit.decay for fit in result.fits)
            if result.explained and decays and result.objection is None:
                yield from self._decaying(seen, whole or reference, result)
            elif reference.agrees(result) and not decays:
                yield from self._joined(judged, reference, result)

    def _joined(self, judged: Judged, reference: Evaluation, result: Result) -> Iterator[Finding]:
        """A term of a parameter alone, such as λ·sign(w), that joins its right gradient."""
        step, parameter = judged.study.step, result.parameter
        node = with_own_term(judged.study, parameter, result.gradient)
        if (
            node is None
            or node.spot is None
            or penalises(judged.study, reference.objective, parameter)
        ):
            return
        loss = step.names.of(reference.objective.values[-1])
        yield Finding.of(
            self, f"`{step.names.of(node)}` contains a term of `{parameter.name}` alone that "
            f"`{loss}` does not show", node.spot.file.site(node.spot.node), severity="note",
            evidence={"parameter": parameter.name},
        )  # fmt: skip

    def _decaying(self, seen: Studied, reference: Evaluation, result: Result) -> Iterator[Finding]:
        """A gradient with more, or less, of its parameter than goes with the loss."""
        judged, decay, spot = seen.judged, result.fits[0].decay, result.gradient.node.spot
        if spot is None:
            return
        names, parameter = judged.study.step.names, result.parameter.name
        name, value = names.of(result.gradient.node), reference.objective.values[-1]
        loss = value.names[0] if value.names else names.expression(value)
        told: dict[str, Any] = {
            "site": spot.file.site(spot.node),
            "evidence": {"decay": abs(decay), "parameter": parameter},
        }
        shrinking = _shrinking(judged, result, decay)
        if shrinking is not None:
            yield self._in_the_update(loss, shrinking, result, told["evidence"])
            return
        grows, own = result.grows, _stated_penalty(judged, reference, result)
        if not own and not grows:
            message = f"`{name}` contains weight decay ({abs(decay):.6g} × `{parameter}`) "
            yield Finding.of(self, f"{message}that `{loss}` does not show", severity="note", **told)
            return
        times = 1 + decay / (own * (result.factor or 1.0)) if own else 0.0
        what = f"the term for it in `{name}` is missing or too small"
        if grows and times < -TOLERANCE:
            what = f"the term for it in `{name}` has the wrong sign"
        remedy = f"add {abs(decay):.6g} * {parameter}"
        fix = decayed(seen.recording, judged, reference, result, -decay)
        if own and not grows:
            what = f"its term in `{name}` is {times:.6g} times what goes with the other terms"
            remedy = "let one factor stand before both, in the loss and in the gradient"
            if result.parameter.update.keep != 1.0:
                what = (
                    f"its term in `{name}` and the decay in the update are together {times:.6g} "
                    "times what goes with the other terms"
                )
                remedy = "leave one of the two"
            fix = None  # the other terms may be too small as well
        yield Finding.of(
            self, f"`{loss}` penalises `{parameter}`, and {what}",
            explanation=f"the difference is {abs(decay):.6g} × "
            f"`{parameter}` at {len(result.fits)} points",
            help=remedy, labels=(Label(value.spot.site, "the loss"),) if value.spot else (),
            fix=fix, severity="warning", **told,
        )  # fmt: skip

    def _in_the_update(
        self, loss: str, spot: Spot, result: Result, evidence: dict[str, Any]
    ) -> Finding:
        """An update that makes its parameter smaller by another share than the loss asks for."""
        done = 1.0 - result.parameter.update.keep
        wanted = (result.gradient.scale or 0.0) * result.fits[0].decay
        return Finding.of(
            self, f"`{loss}` penalises `{result.parameter.name}`, and this takes {done:.4g} of it "
            f"away in each step, where {wanted:.4g} goes with the other terms",
            spot.site, explanation=f"at {len(result.fits)} points",
            help="the rate of the gradient belongs in front of the penalty's constant as well",
            severity="warning", evidence=evidence,
        )  # fmt: skip

    def _growing(self, reference: Evaluation) -> Iterator[Finding]:
        """A decay of the wrong sign, in the gradient or in the update: told once for each line."""
        rows: set[int] = set()
        for result in reference.results:
            objection = result.objection
            if objection is None or objection.kind != "grows":
                continue
            spot = objection.fault.node.spot
            if spot is None or spot.row in rows:
                continue
            rows.add(spot.row)
            name = result.parameter.name
            yield Finding.of(
                self,
                f"the decay of `{name}` has the wrong sign: without any gradient the update moves "
                "it away from zero",
                spot.site,
                explanation="the gradient itself is right",
                help=f"let the update make `{name}` smaller: add the decay to the gradient",
                evidence={"parameter": name, "settles": name}, severity="error",
            )  # fmt: skip

    def _unprinted(self, judged: Judged, reference: Evaluation) -> Iterator[Finding]:
        """Terms known by their formula that the gradients hold and nothing computes."""
        terms = reference.objective.terms if isinstance(reference.objective, Sum) else ()
        for term in terms:
            truth = judged.study.truth(term, judged.points[0]) if isinstance(term, Term) else {}
            held = [r for r in reference.results if np.any(truth.get(r.parameter.node.index, 0.0))]
            spot = held[0].gradient.node.spot if held else None
            if isinstance(term, Term) and spot is not None:
                told = term.told(judged.study.step.names)
                names = judged.study.step.names.of(held[0].gradient.node)
                yield Finding.of(
                    self, f"`{names}` holds the derivative of {told}, which the loss does not show",
                    spot.file.site(spot.node),
                    evidence={"term": told, "parameters": [r.parameter.name for r in held]},
                    severity="note",
                )  # fmt: skip

    def _whole(self, judged: Judged, reference: Evaluation) -> Evaluation | None:
        """A computed scalar that adds something to the followed one, if it explains as much."""
        own = reference.objective.values[-1]
        graph = judged.study.step.graph
        above = graph.descendants([own])
        for other in judged.others:
            value = other.objective.values[-1]
            if other.objective.kind != "computed" or value is own or value.index not in above:
                continue
            again = evaluate(judged.study, other.objective, judged.points)
            if (
                again is not None
                and sum(r.explained for r in again.results) >= reference.score
                and any(fit.decay for r in again.results for fit in r.fits)
            ):
                return again
        return None

    def _left_out(self, judged: Judged, stated: Evaluation) -> Iterator[Finding]:
        """A loss is the followed scalar and another one that no gradient knows of."""
        followed, value = judged.followed, stated.objective.values[-1]
        if judged.stated is not stated or followed is None or value.function is not np.add:
            return
        if not _is_followed_alone(judged, followed):
            return
        rest = [a for a in value.parents if a is not followed.objective.values[-1]]
        missing = [r for r in followed.results if _differs(r, followed, stated)]
        spot = next((r.gradient.node.spot for r in missing), None)
        if len(rest) != 1 or spot is None or value.spot is None:
            return
        name = (*value.names, judged.study.step.names.expression(value))[0]
        term, names = judged.study.step.names.of(rest[0]), [r.parameter.name for r in missing]
        quoted = "`, `".join(names)
        yield Finding.of(
            self, f"`{name}` contains `{term}`, and the gradients have no term for it",
            spot.file.site(spot.node),
            explanation=f"it changes the gradients of `{quoted}`",
            help=f"add the derivative of `{term}`",
            labels=(Label(value.spot.site, "the loss"),),
            evidence={"parameters": names, "term": term, "settles": names}, severity="warning",
        )  # fmt: skip


def _shrinking(judged: Judged, result: Result, decay: float) -> Spot | None:
    """Where an update makes its parameter smaller by itself: ``W *= 1 - rate * lam``."""
    update, nodes = result.parameter.update, judged.study.step.graph.nodes
    if not (0.0 < update.keep < 1.0 and (result.gradient.scale or 0.0) * decay > 0.0):
        return None
    scaled = (nodes[i] for i in sorted(update.path) if nodes[i].function is np.multiply)
    return next((node.spot for node in scaled if node.spot is not None), None)


def _is_followed_alone(judged: Judged, followed: Evaluation) -> bool:
    """Whether all gradients are those of what is followed, and none has a term beside it."""
    results = followed.results
    whole = all(followed.agrees(r) and not r.on_the_way for r in results)
    if any(with_own_term(judged.study, r.parameter, r.gradient) for r in results):
        return False
    return whole and not any(fit.decay for r in results for fit in r.fits)


def _stated_penalty(judged: Judged, reference: Evaluation, result: Result) -> float:
    """How much of a parameter the loss itself holds the derivative of, by a summand of its own."""
    found = []
    for point in judged.points:
        truths = [
            np.asarray(judged.study.truth(term, point).get(result.parameter.node.index, 0.0))
            for term in terms_of(reference.objective)
        ]
        value = np.asarray(point.values[result.parameter.node.index], dtype=float)
        amounts = [proportion(t, value) for t in truths if t.shape == value.shape and np.any(t)]
        found.append(sum(amount for amount in amounts if amount))
    return found[0] if found and all(same(f, found[0]) for f in found) else 0.0


def _differs(result: Result, one: Evaluation, other: Evaluation) -> bool:
    """Whether the loss with the further term has another gradient for a parameter."""
    index = result.parameter.node.index
    for mine, whole in zip(one.truths, other.truths, strict=False):
        if index not in mine or index not in whole:
            return index in whole
        if np.allclose(mine[index], whole[index], rtol=1e-6, atol=0):
            return False
    return True
