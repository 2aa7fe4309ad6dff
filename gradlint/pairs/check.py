"""One function pair, from its call to its report."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from gradlint.findings import Finding, Loss, ParameterVerdict, Report, is_claim
from gradlint.pairs import compare
from gradlint.pairs.checked import Checked
from gradlint.pairs.errors import CallError
from gradlint.pairs.explain import causes
from gradlint.pairs.guards import Claim, Guarded, guard
from gradlint.pairs.own_mean import accept_own_mean, accept_own_rate, accept_sum_of_losses
from gradlint.pairs.sites import code_of, definition, source_of
from gradlint.pairs.trees import written
from gradlint.truth.compare import ArrayJudgement

if TYPE_CHECKING:
    from gradlint.pairs.conventions import Run


class Check(Checked):
    """One check, step by step."""

    # -- the story --------------------------------------------------------------------------

    def report(self, explained: bool) -> Report:
        """Tell the story from the call to the verdict."""
        guarded = guard(self.subject, self.conventions)
        self.guarded = guarded
        self.claims += guarded.claims
        wanted = self._wanted(guarded.run)
        if guarded.unsteady:
            unsteady = ArrayJudgement("cannot-tell", reason=guarded.unsteady)
            self.verdicts = dict.fromkeys(wanted, unsteady)
            return self._written(guarded)
        first = self._adjudicated(guarded)
        if first is not None:
            self._compare(first)
            if explained and self._only_elsewhere(first):
                return self._there().report(explained)
            accept_own_mean(self)
            accept_sum_of_losses(self)
            accept_own_rate(self)
        sums: dict[int, float] = {}
        for i, factor in guarded.accumulating.items():
            reason = f"a second call gave {factor:g} times the gradient: it accumulates"
            if i not in self.verdicts or self.verdicts[i].verdict == "right":
                self.verdicts[i] = ArrayJudgement("wrong", None, None, reason)
                sums[i] = factor
        guarded.accumulating = sums  # one that is wrong in itself is explained like any other
        if explained:
            self.claims += causes(self, guarded)
        return self._written(guarded)

    def _only_elsewhere(self, first: compare.Point) -> bool:
        """Whether all is right at the point given, where a gain is one, say, and not beside it."""
        wrong = any(j.verdict == "wrong" for j in self.verdicts.values())
        right = all(j.verdict == "right" for j in first.judgements.values())
        return wrong and right and set(first.judgements) == set(self.verdicts) and not self.moved

    def _there(self) -> Check:
        """Tell the story where it shows."""
        forward, backward, inputs = self.subject.moved_to(self.points[-1].values)
        other = Check(forward, backward, inputs, self.subject.args, self.settings, self.workers)
        other.moved = True
        return other

    def _wanted(self, run: Run) -> list[int]:
        """Give the leaves whose gradients are to be checked."""
        found = [i for i, gradient in run.gradients.items() if gradient is not None]
        wrt = self.settings.wrt
        if wrt is None or isinstance(wrt, Mapping):
            return found
        asked = [wrt] if isinstance(wrt, str | int) else list(wrt)
        names = [self.subject.argnames[a] if isinstance(a, int) else a for a in asked]
        called = {i: {self.subject.leaves[i].name, self._argument(i)} for i in found}
        missing = [name for name in names if name not in set().union(*called.values())]
        if missing:
            have = ", ".join(self.subject.leaves[i].name for i in found)
            raise CallError(f"wrt={missing[0]!r}: backward gives gradients of {have}")
        return [i for i in found if called[i] & set(names)]

    def _argument(self, i: int) -> str:
        leaf = self.subject.leaves[i]
        return leaf.name if leaf.owned else self.subject.argnames[leaf.path[0]]

    def _comparable(self, run: Run, i: int) -> bool:
        """Look at shape and finiteness before any arithmetic."""
        leaf, gradient = self.subject.leaves[i], np.asarray(run.gradients[i])
        if gradient.shape != leaf.shape:
            reason = f"shape {gradient.shape} for a parameter of shape {leaf.shape}"
            self.verdicts[i] = ArrayJudgement("wrong", reason=reason)
            return False
        return True

    def _compare(self, first: compare.Point) -> None:
        subject, seed, wanted = self.subject, self.settings.seed, list(first.judgements)
        self.points.append(first)
        self.verdicts.update(first.judgements)
        size = sum(np.size(subject.leaves[i].value) for i in wanted)
        if size > compare.TWO_POINTS:
            return
        steady = [i for i in wanted if np.all(np.isfinite(np.asarray(first.run.gradients[i])))]
        there = compare.generic_point(subject, self.conventions, first.run, steady, seed)
        if not steady or there is None:
            return
        second = compare.judge_at(
            subject, there[1], there[0], steady, seed=seed + 1, workers=self.workers
        )
        self.points.append(second)
        for i, judgement in second.judgements.items():
            self.verdicts[i] = _both(self.verdicts[i], judgement)

    def _adjudicated(self, guarded: Guarded) -> compare.Point | None:
        """Judge the run; where several conventions fit equally, the one that is right is meant."""
        points = []
        for run in guarded.runs:
            wanted = [i for i in self._wanted(run) if self._comparable(run, i)]
            if not wanted:
                continue
            point = compare.judge_at(
                self.subject, run, {}, wanted, seed=self.settings.seed, workers=self.workers
            )
            if all(j.verdict == "right" for j in point.judgements.values()):
                guarded.runs = [run]
                return point
            points.append(point)
        return points[0] if points else None

    # -- the report -------------------------------------------------------------------------

    def _written(self, guarded: Guarded) -> Report:
        findings = tuple(self._finding(claim) for claim in self.claims)
        parameters = tuple(self._verdict(guarded.run, i) for i in self._ordered())
        code = code_of(self.function)
        filename = definition(self.function).filename
        text = "" if code is None else source_of(code.co_filename)
        others = self._other_sources(findings, filename)
        return Report(
            filename,
            self._overall(findings, parameters),
            findings,
            parameters,
            self._loss(guarded),
            len(self.points),
            text,
            other_sources=others,
        )

    def _ordered(self) -> list[int]:
        return sorted(self.verdicts)

    def _overall(self, findings: Sequence[Finding], parameters: Sequence[ParameterVerdict]) -> Any:
        verdicts = {p.verdict for p in parameters}
        if "wrong" in verdicts:
            return "wrong"
        if self.guarded.unsteady or "cannot-tell" in verdicts or not verdicts:
            return "cannot-tell"
        return "wrong" if any(map(is_claim, findings)) else "right"

    def _verdict(self, run: Run, i: int) -> ParameterVerdict:
        leaf, judged = self.subject.leaves[i], self.verdicts[i]
        pattern = judged.pattern
        reason = judged.reason
        if judged.verdict == "wrong" and pattern.kind != "none":
            reason = f"{reason}; {pattern}" if reason else str(pattern)
        return ParameterVerdict(
            leaf.name,
            leaf.shape,
            judged.verdict,
            gradient=self._gradient_name(run, i),
            row=definition(self.function).row,
            factor=judged.factor,
            relative_error=judged.relative_error,
            reason=reason,
        )

    def _gradient_name(self, run: Run, i: int) -> str | None:
        match = run.plan.match
        if match is None or i not in match.places:
            return None
        source, path = match.places[i]
        text = written("", path)
        return text.removeprefix(".") if source == "owner" else f"gradients{text}"

    def _finding(self, claim: Claim) -> Finding:
        site = claim.site or definition(self.function)
        return Finding(
            claim.code,
            claim.mistake.name,
            claim.severity,
            claim.message,
            site,
            claim.explanation,
            claim.help,
            evidence=claim.evidence,
            fix=claim.fix,
        )

    def _loss(self, guarded: Guarded) -> Loss:
        run = guarded.run
        text = self.conventions.described(run)
        for remark in guarded.remarks:
            text += f"; {remark}"
        value = run.value if np.isfinite(run.value) else None
        return Loss("given", text, None, definition(self._forward()).row, value)

    def _other_sources(self, findings: Sequence[Finding], filename: str) -> dict[str, str]:
        found = {}
        for finding in findings:
            other = finding.site.filename
            if other != filename:
                text = source_of(other) or source_of(str(other))
                if text:
                    found[other] = text
        return found


def _both(here: ArrayJudgement, there: ArrayJudgement) -> ArrayJudgement:
    """Join the verdicts at two points: wrong at either is wrong."""
    if here.verdict == "wrong" or there.verdict == "cannot-tell":
        if here.verdict == there.verdict == "wrong" and here.factor is not None:
            same = there.factor is not None and abs(here.factor - there.factor) <= 1e-4 * abs(
                here.factor
            )
            return here if same else dataclasses.replace(here, factor=None)
        return here
    if there.verdict == "wrong":
        return dataclasses.replace(
            there, reason=there.reason or "wrong after a small move of the inputs"
        )
    if here.verdict == "cannot-tell":
        return here
    worst = max(here.relative_error or 0.0, there.relative_error or 0.0)
    return dataclasses.replace(here, relative_error=worst)


__all__ = ["CallError", "Check"]
