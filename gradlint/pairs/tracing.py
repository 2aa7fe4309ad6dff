"""A pair under the tape: which line of its backward function is wrong, and why.

The user's functions are run once as instrumented twins.  Parameters, gradients, outputs and
cotangents are found on the tape by identity, and make up what a script's training step is made of:
from there on the same engine localises and explains.  The tape only adds the place and the cause;
whether a gradient is wrong was settled by the pair's own function before.
"""

from __future__ import annotations

import builtins
import dataclasses
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from gradlint.diagnosis.explain import explain
from gradlint.diagnosis.localise import Diagnosis
from gradlint.findings import Finding
from gradlint.pairs.lines import line_of
from gradlint.pairs.sites import code_of, shown, source_of
from gradlint.pairs.trees import at, is_float
from gradlint.reading.graph import Graph
from gradlint.reading.lineage import Term, Update
from gradlint.reading.objective import Objective
from gradlint.reading.step import Gradient, Parameter, Step
from gradlint.source.borders import raises_ours
from gradlint.source.rewrite import HOOKS
from gradlint.source.spots import SourceFile, Spot
from gradlint.source.twins import Twins
from gradlint.structs import field, struct
from gradlint.trace.hooks import Hooks
from gradlint.trace.record import Recording
from gradlint.trace.stage import Ending
from gradlint.trace.tape import Node, Tape, is_traceable
from gradlint.truth.evaluate import Evaluation, evaluate
from gradlint.truth.judge import Judged
from gradlint.truth.literals import Excuse, excuse
from gradlint.truth.study import Study

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gradlint.findings import Site
    from gradlint.pairs.candidates import Plan
    from gradlint.pairs.conventions import Conventions
    from gradlint.pairs.leaf import Leaf
    from gradlint.pairs.subject import Subject

LIMIT = 300_000  # operations: a pair that does more is told at its def line
SCALARS = 300  # single numbers are all multiples of one another: too many cannot be told apart


@struct
class Told:
    """A finding of the tape, and the parameters whose gradients inherit the mistake."""

    finding: Finding
    victims: tuple[str, ...]


@struct
class Traced:
    """What the tape knows: causes, the line that made each gradient, and the first bad number."""

    told: list[Told] = field(default_factory=list)
    places: dict[int, Site] = field(default_factory=dict)
    broken: Site | None = None
    line: Site | None = None  # of the one wrong gradient whose line is certain
    size: int = 0  # operations that one call performs; 0 if it could not be followed
    excused: dict[str, Excuse] = field(default_factory=dict)  # right but for numbers spelled anew


def trace(
    subject: Subject,
    conventions: Conventions,
    plan: Plan,
    wanted: list[int],
    seed: int,
    comparable: bool,
    known: tuple[int, Callable[[Any], bool]] | None = None,
    *,
    near: bool = False,
) -> Traced:
    """Find the lines of a pair's gradients, and where they go wrong if they are ``comparable``.

    Of gradients that are ``near`` the truth it is asked whether rounded numbers are the reason.
    ``known`` is the one gradient that is wrong, and how to recognise what it should have been.
    What the tape cannot follow stays empty.
    """
    protect, subject.protect = subject.protect, 0
    traced = Traced()
    try:
        take = _Take(subject, conventions, plan, wanted)
        take.run()
        line = None if known is None else take.line(*known)
        traced = Traced([], take.places(), take.broken(), line, len(take.tape.nodes))
        if comparable and take.usable:
            traced.told.extend(take.told(seed))
        if near and take.usable:
            traced.excused.update(take.excused(seed))
    except Exception:  # the verdict stands; only its line is lost
        if raises_ours():
            raise
        return traced
    finally:
        subject.protect = protect
        subject.invoke, subject.times, subject.applied = _plain_call, np.multiply, np.matmul
    return traced


_latest: list[Twins] = []


def _twins(names: dict[str, str]) -> Twins:
    """The twins of the last check, if its files are the same and say what they said then."""
    for known in _latest:
        read = [(key[0], module) for key, module in known.modules.items()]
        if known.names == names and all(
            module is not None and module.file.text == source_of(name) for name, module in read
        ):
            return known
    _latest[:] = [Twins([], names)]
    return _latest[0]


def _plain_call(function: Any, *arguments: Any) -> Any:
    return function(*arguments)


class _Take:
    """One run of a pair under the tape."""

    def __init__(
        self, subject: Subject, conventions: Conventions, plan: Plan, wanted: list[int]
    ) -> None:
        self.subject, self.conventions, self.plan, self.wanted = subject, conventions, plan, wanted
        self.catalogue = conventions.settings.catalogue
        self.tape = Tape(LIMIT)
        functions = [subject.given_forward, subject.given_backward, subject.backward]
        codes = [code for code in map(code_of, functions) if code is not None]
        names = {code.co_filename: shown(code.co_filename) for code in codes}
        self.twins = _twins(names)
        self.spots = self.twins.spots
        self.hooks = Hooks(self.tape, self.spots)
        self.hooks.calls.twin = self.twins
        self.file = self._file(codes[-1] if codes else None)
        self.parameters: dict[int, Node] = {}
        self.gradients: dict[int, Node] = {}
        self.outputs: list[tuple[Node, Node]] = []
        self.number = 0

    def _file(self, code: Any) -> SourceFile:
        module = None if code is None else self.twins.module(code)
        return SourceFile("<pair>", "") if module is None else module.file

    @property
    def usable(self) -> bool:
        """Whether every gradient in question hangs on the tape."""
        if not self.gradients or set(self.gradients) != set(self.wanted):
            return False
        scalars = sum(node.shape == () and not node.is_leaf for node in self.tape.nodes)
        return scalars <= SCALARS

    def places(self) -> dict[int, Site]:
        """Give for each gradient the place of the operation that made it."""
        found: dict[int, Site] = {}
        for i, node in self.gradients.items():
            for made in (node, *node.parents):  # a slope is multiplied by what comes from above
                if made.spot is not None and made.spot is not self.spots[self.number]:
                    found.setdefault(i, made.spot.site)
        return found

    def line(self, wrong: int, meant: Callable[[Any], bool]) -> Site | None:
        """Give the line of the one wrong gradient, if its values tell."""
        if set(self.gradients) != set(self.wanted):
            return None
        right = [node for i, node in self.gradients.items() if i != wrong]
        sound = [*right, *(node for pair in self.outputs for node in pair)]
        return line_of(Graph(self.tape), self.gradients[wrong], sound, meant)

    def broken(self) -> Site | None:
        """Give the first operation that made a number that is not finite of finite ones."""
        if all(_finite(node.value) for node in self.gradients.values()):
            return None
        reach = Graph(self.tape).ancestors(self.gradients.values())
        for index in sorted(reach):
            node = self.tape.nodes[index]
            made_here = node.spot is not None and not node.is_leaf
            if made_here and node.value is not None and not _finite(node.value):
                return node.spot.site if node.spot is not None else None
        return None

    def run(self) -> None:
        """Call forward and backward under the tape."""
        subject = self.subject
        made = SourceFile(self.file.filename, f"{self._slope()}\n")  # what is written nowhere
        self.spots.append(Spot(made, made.tree.body[0]))
        self.number = number = len(self.spots) - 1
        subject.invoke = lambda function, *a: self.hooks.call(number, function, *a)
        hooks: Any = self.hooks
        subject.times = lambda one, other: hooks.Mult(number, one, other)
        subject.applied = lambda one, other: hooks.MatMult(number, one, other)
        values = {
            i: leaf.value if self._copied(leaf) else _fresh(leaf.value)
            for i, leaf in enumerate(subject.leaves)
            if is_float(leaf.value)
        }
        with _hooked(self.hooks):
            given = subject.run_forward(values, before=self._enter)
            run = self.conventions.carry_out(
                dataclasses.replace(self.plan), given, before=self._cotangents, keep=False
            )
        if run is None or run.plan.match is None:
            return
        for out, dout in zip(run.outputs, run.cotangents, strict=True):
            pair = self.tape.lookup(out), self.tape.lookup(dout)
            for node in pair:
                node.needed = True  # by the objective
            self.outputs.append(pair)
        for i, (source, path) in run.plan.match.places.items():
            if source == "moved":
                continue  # the move itself is no value of the program
            value = at(subject.owner if source == "owner" else run.given_back, path)
            if i in self.wanted and is_traceable(value):
                self.gradients[i] = self.tape.lookup(value)

    def _slope(self) -> str:
        """The product of a slope with what comes from above: ``dout * relu_prime(x)``."""
        back = self.subject.given_backward or self.subject.backward
        name = getattr(back, "__name__", "")
        inputs = ", ".join(self.subject.argnames)
        return f"dout * {name}({inputs})" if name.isidentifier() and inputs else "dout"

    def _enter(self) -> None:
        """Put the inputs and attributes on the tape, under their names."""
        for i, leaf in enumerate(self.subject.leaves):
            value = self._current(leaf)
            if is_traceable(value):
                node = self.tape.lookup(value)
                self.tape.name(value, leaf.name)
                self.parameters[i] = node

    @staticmethod
    def _copied(leaf: Leaf) -> bool:
        """Whether the call gets a copy anyway: nothing is protected while it is traced."""
        return not leaf.owned and isinstance(leaf.value, np.ndarray)

    def _current(self, leaf: Leaf) -> Any:
        return at(self.subject.owner if leaf.owned else self.subject.last_inputs, leaf.path)

    def _cotangents(self, cotangents: tuple[Any, ...]) -> None:
        for k, cotangent in enumerate(cotangents):
            if is_traceable(cotangent):
                self.tape.name(cotangent, "dout" if len(cotangents) == 1 else f"dout{k}")

    # -- from the tape to findings -----------------------------------------------------------

    def told(self, seed: int) -> Iterator[Told]:
        """Explain every place that is wrong by itself, the earliest first.

        A place whose victims all suffer from an earlier one already may be nothing but its
        consequence; it is left for the next check, when the earlier one is mended.
        """
        judged = self._judged(seed)
        if judged is None or judged.followed is None:
            return
        study, reference = judged.study, judged.followed
        if all(map(reference.agrees, reference.results)):
            return
        ignored = self._ignoring_a_clip(study, reference)
        if ignored is not None:
            yield ignored
            return
        diagnosis = Diagnosis(judged, reference)
        suspects = diagnosis.run()
        ending = Ending(how="finished")
        recording = Recording(self.file, self.tape, self.spots, ending, self._namespace())
        asked, covered = self.catalogue.without("of_updates"), set[str]()
        for suspect in suspects:
            diagnosis.suspects = [suspect]
            victims = tuple(dict.fromkeys(r.parameter.name for r in suspect.results))
            if set(victims) <= covered:
                continue
            for finding in explain(recording, judged, reference, diagnosis, asked):
                if finding.severity == "error":
                    covered |= set(victims)
                    yield Told(self._worded(finding, victims, reference), victims)

    def _judged(self, seed: int) -> Judged | None:
        """The gradients held against the truth: each is that itself, and no multiple of it."""
        study = Study(self._step(), seed)
        points = study.points or [study.own]
        reference = evaluate(study, self._objective(), points)
        if reference is None:
            return None
        reference.common, reference.by_pull, reference.downhill = 1.0, False, None
        return Judged(study, points, reference, reference)

    def excused(self, seed: int) -> dict[str, Excuse]:
        """Tell which gradients are right but for numbers that the loss spells differently."""
        judged = self._judged(seed)
        if judged is None or judged.followed is None:
            return {}
        wrong = [self.subject.leaves[i].name for i in self.wanted]
        excuse(judged.study, judged.followed, judged.points, wrong)
        results = judged.followed.results
        return {r.parameter.name: r.excuse for r in results if r.excuse is not None}

    def _ignoring_a_clip(self, study: Study, reference: Evaluation) -> Told | None:
        """See whether all would be right if one clip of the forward pass were not there.

        Its derivative is zero where it clips; a backward pass that was derived without it is wrong
        there and nowhere else.
        """
        for node in study.order(reference.objective):
            if node.function is not np.clip or node.spot is None:
                continue
            was = node.function, node.run, node.args, node.kwargs
            node.function = node.run = np.positive
            node.args, node.kwargs, node.again = node.args[:1], {}, None
            try:
                other = Study(study.step, study.seed)
                without = evaluate(other, reference.objective, other.points)
            finally:
                (node.function, node.run, node.args, node.kwargs), node.again = was, None
            if without is None:
                continue
            without.common, without.by_pull, without.downhill = 1.0, False, None
            if all(map(without.agrees, without.results)):
                wrong = [r for r in reference.results if not reference.agrees(r)]
                return self._clipped(node, [r.parameter.name for r in wrong])
        return None

    def _clipped(self, node: Node, names: list[str]) -> Told:
        assert node.spot is not None
        clip = " ".join(node.spot.text.split())
        text = f"the gradient of {', '.join(names)} is that of the loss without `{clip}`"
        row = node.spot.row
        why = f"line {row} clips, so its derivative is zero beyond the limits; backward ignores it"
        places = self.places()
        first = next(i for i in self.wanted if self.subject.leaves[i].name in names)
        site = places.get(first, node.spot.site)
        evidence = {"parameter": names[0], "pattern": "ignored-clip", "clip_row": row}
        remedy = "multiply by the clip's mask, or leave the clip out of the loss"
        mistake = self.catalogue.told_for("a wrong value")
        return Told(Finding.of(mistake, text, site, why, remedy, evidence=evidence), tuple(names))

    def _worded(self, finding: Finding, victims: tuple[str, ...], reference: Evaluation) -> Finding:
        errors = [r.error for r in reference.results if r.parameter.name in victims]
        evidence: dict[str, Any] = {**finding.evidence}
        if victims:
            evidence.setdefault("parameter", victims[0])
        finite = [e for e in errors if np.isfinite(e)]
        if finite:
            evidence.setdefault("relative_error", float(max(finite)))
        return dataclasses.replace(
            finding, evidence=evidence, site=self._written_at(finding, victims)
        )

    def _written_at(self, finding: Finding, victims: tuple[str, ...]) -> Site:
        """Place what goes wrong in our own product with what comes from above in the slope."""
        ours = self.spots[self.number].site
        places = self.places() if finding.site == ours else {}
        slopes = [s for i, s in places.items() if self.subject.leaves[i].name in victims]
        return slopes[0] if slopes else finding.site

    def _namespace(self) -> dict[str, Any]:
        for function in (self.subject.given_backward, self.subject.given_forward):
            inner = getattr(function, "__func__", function)
            if hasattr(inner, "__globals__"):
                return dict(inner.__globals__)
        return {}

    def _objective(self) -> Objective:
        scalar = len(self.outputs) == 1 and self.outputs[0][0].shape in ((), (1,), (1, 1))
        if scalar and self.conventions.settings.cotangent is None:
            return Objective("computed", ((self.outputs[0][0], None),))
        return Objective("bare", tuple(self.outputs))

    def _step(self) -> Step:
        """Make the pair look like one training step whose updates consume the gradients."""
        parameters = [self._parameter(i) for i in self.wanted]
        return Step.of_pair(Graph(self.tape), parameters, self._upstream())

    def _upstream(self) -> list[Node]:
        return [dout for _, dout in self.outputs]

    def _parameter(self, i: int) -> Parameter:
        node, gradient = self.parameters[i], self.gradients[i]
        term = Term(1.0, gradient)
        update = Update(node, gradient, 1.0, [term])
        name = self.subject.leaves[i].name
        return Parameter(name, node, update, (term,), (), [Gradient((term,), 1.0)])


@contextmanager
def _hooked(hooks: Hooks) -> Iterator[None]:
    """Let instrumented code find its hooks, and nobody else's afterwards."""
    before = getattr(builtins, HOOKS, None)
    setattr(builtins, HOOKS, hooks)
    try:
        yield
    finally:
        if before is None:
            delattr(builtins, HOOKS)
        else:
            setattr(builtins, HOOKS, before)


def _finite(value: Any) -> bool:
    array = np.asarray(value)
    return array.dtype.kind != "f" or bool(np.all(np.isfinite(array)))


def _fresh(value: Any) -> Any:
    """Give a value that is an object of its own: the tape tells values apart by identity."""
    if isinstance(value, np.ndarray):
        return value.copy()
    return float.__new__(_Float, value).__pos__() if type(value) is float else np.float64(value)


class _Float(float):
    """A float whose unary plus is a plain float, newly made."""
