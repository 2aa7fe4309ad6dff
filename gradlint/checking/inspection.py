"""One program, looked at from end to end, in the process that ran it.

What only a program with a slip needs is imported where it is asked for.
"""

from __future__ import annotations

import dataclasses
import math
import re
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

from gradlint.checking.claims import is_explained_by, is_limit, is_vague, says
from gradlint.checking.granted import liberties_of
from gradlint.checking.limits import limit, no_such_loss, not_computed
from gradlint.checking.loss_meant import held_against, leave_undecided, means_another
from gradlint.checking.shapes import crash_seen, not_run, shape_findings, whole_run
from gradlint.checking.studied import follows, study_run
from gradlint.diagnosis.explain import explain
from gradlint.diagnosis.localise import Diagnosis
from gradlint.findings import Event, Explanation, Finding, Report, Trace, is_claim
from gradlint.mistakes import catalogue
from gradlint.mistakes.batch_leak import BatchLeak
from gradlint.reading.step import find_step
from gradlint.source.spots import SourceFile, Unreadable
from gradlint.truth.tried import readings_tried
from gradlint.truth.verdicts import loss_of, parameter_verdicts, unlisted

if TYPE_CHECKING:
    from collections.abc import Callable

    from gradlint.checking.other_texts import Texts
    from gradlint.checking.studied_run import StudiedRun
    from gradlint.config import Options
    from gradlint.findings import Loss, ParameterVerdict, Verdict
    from gradlint.reading.step import Step
    from gradlint.trace.record import Recording
    from gradlint.truth.evaluate import Evaluation
    from gradlint.truth.judge import Judged

# Operations that may be done again to check fixes, a thousand numbers counting as one.  A limit by
# the clock would let a report depend on what else the machine does.
_AFFORDABLE = 24_000
_MOST_TEXTS = 24  # edits of a loss that are tried, each by the whole check

_PLACE = re.compile(r"\[\d+\]")


class Inspection:
    """Everything known about one run of one program, each part worked out when it is asked for."""

    def __init__(
        self,
        file: SourceFile,
        options: Options,
        timeout: float,
        *,
        verify: bool = True,
        only: str | None = None,
        seen: StudiedRun | None = None,
    ) -> None:
        self.file, self.options, self.timeout, self.verify = file, options, timeout, verify
        self.only = only  # the one function pair that was asked for
        self.meant_otherwise = False  # the gradients follow no loss that can be seen
        self.tried: list[Event] = []  # what was found and not told, and the fixes that were checked
        self._reports: dict[str, Report | None] = {}  # on edited texts
        if seen is not None:
            self.studied = seen

    @cached_property
    def studied(self) -> StudiedRun:
        """The run, its studied step and the verdict on it."""
        return study_run(self.file, self.options, self.timeout)

    @property
    def recording(self) -> Recording:
        """The run."""
        return self.studied.recording

    @property
    def step(self) -> Step | None:
        """The training step that is studied."""
        return self.studied.step

    @property
    def judged(self) -> Judged | None:
        """The verdict on that step."""
        return self.studied.judged

    @cached_property
    def others(self) -> list[Inspection]:
        """Further models that the program trains after the first."""
        return [
            Inspection(self.file, self.options, self.timeout, verify=False, seen=other)
            for other in self.studied.others
        ]

    @cached_property
    def reference(self) -> Evaluation | None:
        """The loss that the gradients are held against."""
        if self.judged is None:
            return None
        return held_against(self.recording, self.judged, given=self.options.loss is not None)

    @cached_property
    def diagnosis(self) -> Diagnosis | None:
        """Where the wrong gradients go wrong."""
        reference = self.reference
        if reference is None or self.judged is None or not self.judged.confirmed:
            return None
        if all(map(reference.agrees, reference.results)):
            return None
        leave_undecided(self.judged, reference)
        diagnosis = Diagnosis(self.judged, reference)
        diagnosis.run()
        return diagnosis

    @cached_property
    def explained(self) -> list[Finding]:
        """What the mistakes say about the judged step; nothing where that would be a guess."""
        reference, diagnosis = self.reference, self.diagnosis
        if self.judged is None or reference is None or not self.judged.confirmed:
            return []
        found = explain(self.recording, self.judged, reference, diagnosis, catalogue())
        if diagnosis is not None and self.options.loss is None:
            self.meant_otherwise = means_another(diagnosis, reference, found)
        slip = self._slip_in_the_loss([] if self.meant_otherwise else found)
        if slip is not None:
            self.meant_otherwise = False
            return [slip]
        return [] if self.meant_otherwise else found

    def _slip_in_the_loss(self, found: list[Finding]) -> Finding | None:
        """What is wrong with the loss, where nothing better is known of the gradients."""
        reference = self.reference
        if reference is None or not self.is_wrong or self._texts is None:
            return None
        if reference.objective.is_implied or len(reference.objective.pairs) > 1:
            return None
        vague = all(f.severity == "note" or is_vague(f) for f in found)
        return self._texts.slip(self._checks) if vague else None

    @cached_property
    def _texts(self) -> Texts | None:
        """The program with something written otherwise, where one loss is followed."""
        return self._texts_of(self)

    def _texts_of(self, model: Inspection) -> Texts | None:
        """The same for one of the models."""
        reference, judged = model.reference, model.judged
        if not self.verify or judged is None or reference is None or not self._affordable:
            return None
        if reference.objective.kind == "bare":
            return None
        from gradlint.checking.other_texts import Texts

        return Texts(self.file, judged, reference, self._check, self._losses)

    @cached_property
    def _check(self) -> Callable[[str], Report | None]:
        """Look at an edited text as ``_edited_if_right`` does: at each text once."""
        return cache(self._edited_if_right)

    @property
    def _checks(self) -> int:
        """How many times the program may be run again on the mere chance that it helps."""
        return min(_MOST_TEXTS, self._affordable // 8)

    @property
    def _affordable(self) -> int:
        """How many times the program may be run again where there is reason to."""
        return int(_AFFORDABLE // (1 + _work(self.recording)))

    def _edited(self, text: str) -> Report | None:
        """The report on an edited text; None if it is no Python any more."""
        if text not in self._reports:
            self._reports[text] = self._reported(text)
        return self._reports[text]

    def _reported(self, text: str) -> Report | None:
        try:
            file = SourceFile(self.file.filename, text)
        except Unreadable:
            return None
        return Inspection(file, self.options, self.timeout, verify=False).report()

    def _edited_if_right(self, text: str) -> Report | None:
        """The report on an edited text whose gradients all agree: the others are not explained."""
        try:
            file = SourceFile(self.file.filename, text)
        except Unreadable:
            return None
        objective = self.reference.objective if self.reference is not None else None
        one = objective is not None and len(objective.pairs) == 1 and not objective.is_implied
        if not one or not self.is_wrong:
            edited = Inspection(file, self.options, self.timeout, verify=False)
            wrong = any(model.is_wrong for model in (edited, *edited.others))
            return None if wrong else edited.report()
        row = objective.row if objective is not None else None
        right = row is not None and follows(file, self.options, self.timeout, row)
        return self._edited(text) if right else None

    @property
    def _rests_on_a_delta(self) -> bool:
        """Whether the gradients are only known to follow from a delta of no known loss."""
        return self.reference is not None and self.reference.objective.kind == "bare"

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """Everything there is to say, in order of the source."""
        shapes = self._shapes
        if self.meant_otherwise:  # no gradient is known to be wrong, and so no pair of axes
            shapes = [f for f in shapes if not says(f, "mere_look")]
        found = [f for f in self.explained if not is_explained_by(shapes, f)]
        said = {(f.code, f.site.row) for f in found}
        found += [f for f in shapes if (f.code, f.site.row) not in said]
        found += self._not_told(found)
        found += [f for other in self.others for f in other.findings]
        # A loop over single numbers makes one mistake: of w[0][1] and w[0][2] one is told.
        unique = {(f.code, f.site, _PLACE.sub("[]", f.message)): f for f in reversed(found)}
        ordered = sorted(unique.values(), key=lambda f: (f.site, f.code))
        self._note_withdrawn([*self.explained, *shapes], ordered)
        if self.verify:
            ordered = [self._with_remedy(f) for f in ordered]
        return tuple(self._mended(self._verified(ordered)) if self.verify else ordered)

    def _mended(self, findings: list[Finding]) -> list[Finding]:
        """The findings, or the one small edit that all of them follow from."""
        claims = [f for f in findings if is_claim(f)]
        if not claims or self.meant_otherwise:
            return findings
        to_blame = [m for m in (self, *self.others) if m.is_wrong]
        texts = self._texts_of(to_blame[0]) if len(to_blame) == 1 else self._texts
        if texts is None:
            return findings
        wrong = frozenset(p.name for p in self.parameters if p.verdict == "wrong")
        texts = dataclasses.replace(texts, wrong=wrong)
        many = self._affordable
        slip = texts.stored(claims, many) or texts.one_slip(claims, self._checks, many)
        if slip is None:
            return findings
        kept = [f for f in findings if f not in claims]
        self._note_withdrawn(claims, [*kept, slip])
        return sorted([*kept, *self._verified([slip])], key=lambda f: (f.site, f.code))

    def _not_told(self, found: list[Finding]) -> list[Finding]:
        """What could not be judged, and why."""
        told: list[Finding] = []
        silent = not any(f.severity != "note" for f in found)
        unknown = self.meant_otherwise or self._rests_on_a_delta
        if silent and unknown and self.judged and self.reference:
            told.append(no_such_loss(self.judged, self.reference, self.file.filename))
        if self.options.loss is not None and self.step is not None and self.judged is None:
            return [*told, not_computed(self.options.loss, self.file.filename)]
        return told + limit(self.recording, self.judged, self.reference, [*found, *told])

    def _with_remedy(self, finding: Finding) -> Finding:
        """The explanation of a crash, with the one edit that mends it."""
        if not finding.evidence.get("crashed"):
            return finding
        seen = crash_seen(self.recording, self.step, self.judged)

        def run(file: SourceFile) -> tuple[Recording, Callable[[], Report]]:
            edited = Inspection(file, self.options, self.timeout, verify=False)
            return edited.recording, edited.report

        from gradlint.checking.remedies import remedy

        found = remedy(seen, run)
        if found is None:
            guess = finding.help if not finding.evidence.get("guessed") else ""
            return dataclasses.replace(finding, help=guess)
        named = finding.help if found.text in finding.help else found.help
        return dataclasses.replace(finding, help=named, fix=found.fix)

    def _note_withdrawn(self, found: list[Finding], told: list[Finding]) -> None:
        """Keep what was found and is not told: another finding of its line says more."""
        kept = {(f.code, f.site) for f in told}
        for finding in found:
            if (finding.code, finding.site) not in kept:
                by = [f.code for f in told if f.site.row == finding.site.row]
                why = f"line {finding.site.row} is explained by {by[0]}" if by else "it follows"
                said = f"{finding.code} {finding.message} ({why})"
                self.tried.append(Event("finding", said, finding.site.row, "withdrawn"))

    def _verified(self, findings: list[Finding]) -> list[Finding]:
        """The findings, each with its fix only if the whole check bears it out."""
        if all(f.fix is None for f in findings):
            return findings
        from gradlint.checking.promise import Promise, Reading

        reading = Reading(self.loss, self.parameters, self._losses)
        promise = Promise(self.file, reading, findings, self._edited, self._affordable, is_vague)
        kept = promise.kept()
        self.tried += promise.tried
        return kept

    @cached_property
    def _shapes(self) -> list[Finding]:
        blamed = {
            f.site.row
            for f in self.explained
            if f.severity != "note" and not (says(f, "vague") or says(f, "beside_shapes"))
        }
        return shape_findings(self.recording, self.step, self.judged, blamed)

    def _functions(self) -> Report | None:
        """The verdict on the function pairs of a file that has no training step."""
        if self.only is None and (self.step is not None or self.recording.ending.how == "raised"):
            return None
        from gradlint.pairs.discover import check_functions

        run = self.recording
        mistakes = catalogue()
        return check_functions(
            self.file, run.namespace, mistakes, self.options, self.only, run.tape
        )

    def traced(self, *, everything: bool = False) -> Trace:
        """The operations of the studied step with their named axes, or all that were run."""
        from gradlint.reading.axes.listing import traced

        if not everything:
            none = find_step(self.recording.tape) is None
            note = "no training step: all operations of the program" if none else ""
            return traced(self.recording, note=note)
        whole = whole_run(self.recording, self.step)
        left = not_run(self.recording)
        early = "" if self.recording.behind is None else "the training loop was left early"
        said = [early, "" if left is None else left.message]
        return traced(self.recording, whole, "; ".join(filter(None, said)))

    def report(self) -> Report:
        """The report."""
        functions = self._functions()
        if functions is not None:
            return _with_shapes(functions, self.findings)
        findings, file = self.findings, self.file
        common: dict[str, Any] = {"filename": file.filename, "source": file.text}
        claims = [f for f in findings if f.severity != "note" and not f.code.startswith("GL9")]
        if self.judged is None or self.reference is None:
            without: Verdict = "wrong" if claims else self._unjudged()
            return Report(verdict=without, findings=findings, **common)
        parameters = self.parameters
        verdicts = {p.verdict for p in parameters}
        verdict: Verdict
        if "wrong" in verdicts or claims:
            verdict = "wrong"
        elif "cannot-tell" in verdicts or any(map(is_limit, findings)):
            verdict = "cannot-tell"
        else:
            verdict = "right"
        return Report(
            verdict=verdict,
            findings=findings,
            parameters=parameters,
            loss=self.loss,
            points=len(self.judged.points),
            readings=readings_tried(self.judged, self.reference),
            liberties=liberties_of(findings, self.judged, self.reference, self.studied.held),
            **common,
        )

    @cached_property
    def parameters(self) -> tuple[ParameterVerdict, ...]:
        """The verdicts on all parameters, those of further models last."""
        if self.judged is None or self.reference is None:
            return ()
        found = parameter_verdicts(self.judged, self.reference)
        leak = next((f for f in self._shapes if f.code == BatchLeak.code), None)
        if leak is not None:
            reason = f"line {leak.site.row} mixes the samples"
            found = [
                dataclasses.replace(p, verdict="cannot-tell", reason=reason)
                if p.verdict == "right"
                else p
                for p in found
            ]
        if self.meant_otherwise:
            reason = "the gradients follow no loss that can be seen"
            found = [
                dataclasses.replace(p, verdict="cannot-tell", reason=p.reason or reason)
                if p.verdict == "right"
                else dataclasses.replace(p, verdict="cannot-tell", reason=reason)
                for p in found
            ]
        found += unlisted(self.explained, {p.name for p in found})
        return (*found, *(p for other in self.others for p in other.parameters))

    @property
    def loss(self) -> Loss | None:
        """What was checked against: of several models, the loss of the first that is wrong."""
        wrong = [o for o in self.others if "wrong" in {p.verdict for p in o.parameters}]
        if self.judged is None or self.reference is None:
            return None
        return wrong[0].loss if wrong and not self.is_wrong else self.own_loss

    @property
    def _losses(self) -> tuple[Loss, ...]:
        """What the models were checked against, where there are several."""
        models = (self, *self.others) if self.others else ()
        return tuple(filter(None, (model.own_loss for model in models)))

    @property
    def is_wrong(self) -> bool:
        """Whether a gradient of the first model does not follow its loss."""
        reference = self.reference
        return reference is not None and not all(map(reference.agrees, reference.results))

    @property
    def own_loss(self) -> Loss | None:
        """What the first model was checked against."""
        if self.judged is None or self.reference is None:
            return None
        return loss_of(self.judged, self.reference)

    def _unjudged(self) -> Verdict:
        ending = self.recording.ending
        if ending.how == "raised" or ending.complaint is not None:
            return "could-not-run"
        return "cannot-tell" if any(map(is_limit, self.findings)) else "right"

    def explanation(self) -> Explanation:
        """The source with every backward line annotated."""
        from gradlint.diagnosis.annotations import annotated_lines

        report = self.report()
        notes = annotated_lines(self.judged, self.reference, self.diagnosis)
        for other in self.others:
            notes += annotated_lines(other.judged, other.reference, other.diagnosis)
        return Explanation(self.file.filename, self.file.text, tuple(notes), report)


def _with_shapes(functions: Report, findings: tuple[Finding, ...]) -> Report:
    """The verdict on the functions of a file, and what its own run shows beside it."""
    claims = tuple(f for f in findings if is_claim(f))
    if not claims:
        return functions
    return dataclasses.replace(functions, verdict="wrong", findings=(*functions.findings, *claims))


def _work(recording: Recording) -> int:
    """What it costs to look at a run once more."""
    return sum(1 + math.prod(node.shape) // 1000 for node in recording.tape.nodes)
