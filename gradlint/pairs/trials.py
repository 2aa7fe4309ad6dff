"""One pair of a file, run with what the file itself gives it, then with inputs made up.

A pair counts as wrong only if it is wrong with every kind of input that it is made for: sizes that
nobody asked for prove nothing against it.  And it counts as right only with inputs that could tell:
targets of a special type (one-hot rows, signs) are admitted where the formula asks for them.
"""

from __future__ import annotations

import contextlib
import inspect
import itertools
import math
import random
import re
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from gradlint.pairs.candidates import Settings
from gradlint.pairs.check import Check
from gradlint.pairs.double import in_double
from gradlint.pairs.errors import CallError
from gradlint.pairs.made import (
    contexts,
    initialised,
    objects_of,
    sizes_in,
    started,
    wants_arrays,
)
from gradlint.pairs.naming import (
    is_cache,
    is_differentiated,
    is_output,
    is_rate,
    is_upstream,
    signature_of,
)
from gradlint.pairs.places import plain_function, with_helpers
from gradlint.pairs.shapes import Shape, suggestions, types_in
from gradlint.pairs.solved import solved
from gradlint.pairs.trees import is_float, leaves
from gradlint.structs import field, struct
from gradlint.truth.compare import TOO_COARSE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from gradlint.diagnosis.catalogue import Catalogue
    from gradlint.findings import Report, Site
    from gradlint.pairs.calls import Call
    from gradlint.pairs.partners import Found

RUNS = 12  # inputs that a forward function runs with and that are worth a check
MISFIT = 0.2  # of a run: inputs that its gradients do not fit
NEAR = 1e-2  # relative: points of a finite difference
# What a formula, or its name, must contain to ask for targets of a type.
_BY_CLASS = (
    r"argmax|==|nonzero|where|bool|(?i:cross_?entropy|categorical|one_?hot)"
    r"|sum\((?![^\n]*log)[^\n]*\*[^\n]*\baxis"  # a product that picks one entry of each row
)
_ASKS = {
    "soft": r"log|exp", "soft columns": r"log|exp", "one-hot": _BY_CLASS,
    "one-hot columns": _BY_CLASS, "0/1": r"log|exp|==|where|astype|[<>]",
    "+-1": r"maximum|max\(|exp|sign|==|[<>]", "positive": r"log|sqrt|/|\*\*",
}  # fmt: skip


@struct
class Known:
    """What a file offers for the check of its pairs, and the mistakes they may hold."""

    catalogue: Catalogue
    namespace: dict[str, Any]
    given: dict[str, Any]
    seed: int = 0
    calls: tuple[Call, ...] = ()
    upstream: frozenset[str] = frozenset()
    peers: tuple[type, ...] = ()


@struct
class Attempt:
    """Callables, and inputs that the first runs with."""

    forward: Any
    backward: Any
    inputs: list[Any]
    words: str
    own: bool = False  # whether the file itself calls it so
    call: str | None = None
    args: tuple[Any, ...] = ()  # further inputs that no gradient is asked for
    loss: str = ""  # what the forward function was joined with
    double: bool = False  # whether single precision is made double


@struct
class Trial:
    """One attempt and its report."""

    attempt: Attempt
    report: Report
    call: Any = None
    size: int = 0  # numbers that forward gives
    unread: int = 0  # arrays beside the loss that were taken for no gradient

    @property
    def misfits(self) -> bool:
        """Whether a gradient has another shape than its input: perhaps these are no inputs."""
        return any("shape" in p.reason for p in self.report.parameters if p.verdict == "wrong")

    @property
    def order(self) -> tuple[bool, bool, int, int]:
        """The order in which trials are worth telling."""
        wrong = sum(p.verdict == "wrong" for p in self.report.parameters)
        return self.misfits, self.report.verdict != "wrong", self.unread, wrong


@struct(frozen=False)
class Outcome:
    """What came of a pair: the trial to tell, or why there was none."""

    trial: Trial | None = None
    reason: str = ""
    crash: tuple[str, Site | None] | None = None
    numeric: bool = False  # the gradient is the user's own finite difference
    doubtful: bool = False  # right of the activated value, and nothing says that it gets that
    unstated: bool = False  # it is the gradient of no loss that is stated or known
    wrong: list[Trial] = field(default_factory=list)
    partly: list[Trial] = field(default_factory=list)  # right, with arrays that are no gradients
    raised: list[list[Shape]] = field(default_factory=list)  # the inputs with which backward raised


def tried(pair: Found, known: Known) -> Outcome:
    """Check a pair with one kind of input after the other until it is right."""
    outcome, runs = Outcome(), 0.0
    unfit: list[list[tuple[int, ...]]] = []  # shapes that targets of another type do not mend
    for attempt in _worth_a_try(pair, known, unfit):
        trial = _meant(pair, one_trial(attempt, known, outcome), known)
        if outcome.numeric:
            return outcome
        if trial is None:
            continue
        runs += 1 if not trial.misfits else MISFIT
        if pair.kind is None and _is_unfit(trial, outcome):
            unfit.append(_shapes(attempt.inputs))
        if _settles(pair, trial, outcome) or runs >= RUNS:
            break
    if outcome.trial is None or outcome.trial.report.verdict not in ("right", "wrong"):
        outcome.trial = _least_doubtful(pair, outcome)
    return outcome


def _least_doubtful(pair: Found, outcome: Outcome) -> Trial | None:
    """The trial to tell where none settles it: one that is partly right before one that is not."""
    partly = [trial for trial in outcome.partly if _counts(pair, trial, outcome)]
    return min(partly or outcome.wrong, key=lambda trial: trial.order, default=outcome.trial)


def _worth_a_try(
    pair: Found, known: Known, unfit: Sequence[list[tuple[int, ...]]]
) -> Iterator[Attempt]:
    return (a for a in attempts(pair, known) if _shapes(a.inputs) not in unfit)


def _is_unfit(trial: Trial, outcome: Outcome) -> bool:
    """Whether inputs of the same shapes, with other numbers, cannot say more."""
    right = trial.report.verdict == "right"
    return trial.misfits or (right and any(_binds(other, trial) for other in outcome.wrong))


def _settles(pair: Found, trial: Trial, outcome: Outcome) -> bool:
    """Keep what one trial says; whether no other is needed."""
    right = trial.report.verdict == "right" and _counts(pair, trial, outcome)
    if right and trial.unread and not trial.attempt.own:
        outcome.partly.append(trial)
    elif trial.attempt.own or right:
        outcome.trial = trial
        outcome.doubtful = trial.call is not None and _is_the_point(pair)
        if trial.report.verdict in ("right", "wrong"):
            return True
    if trial.report.verdict != "right":
        outcome.wrong.append(trial)
    return False


def explained(trial: Trial, known: Known) -> Report:
    """Look for the causes of what was found wrong, once it is certain that it is."""
    try:
        return _report(trial.attempt, known, trial.call, explain=True)[1]
    except Exception:  # noqa: BLE001 - the verdict stands without them
        return trial.report


def one_trial(attempt: Attempt, known: Known, outcome: Outcome) -> Trial | None:
    """Check one attempt; None where it does not run, of which the outcome is told."""
    try:
        check, report = _report(attempt, known, attempt.call)
    except CallError as error:
        outcome.reason, outcome.crash = str(error), outcome.crash or error.crash
        if error.crash is not None:
            outcome.raised.append(_shapes(attempt.inputs))
        return None
    except Exception:  # noqa: BLE001 - made-up inputs may make it raise anything
        return None
    if not attempt.double and _is_single(report, known):
        wide = one_trial(replace(attempt, double=True), known, outcome)
        if wide is not None and wide.report.verdict in ("right", "wrong"):
            return replace(wide, report=_with_notes(wide.report, report))
    with np.errstate(all="ignore"):
        outcome.numeric = attempt.backward is not None and is_numeric(check)
    size = sum(map(np.size, check.guarded.run.outputs))
    return Trial(attempt, report, attempt.call, size, _unread(check))


def _unread(check: Check) -> int:
    """How many of the arrays that a loss is returned with belong to no input."""
    run = check.guarded.run
    if run.plan.call is not None or run.plan.match is None or check.subject.backward is not None:
        return 0
    beside = [v for k, v in enumerate(run.returned) if k not in (run.plan.outputs or ())]
    arrays = [v for _, v in leaves(beside) if is_float(v) and np.ndim(v)]
    return max(len(arrays) - len(run.plan.match.places), 0)


def _is_single(report: Report, known: Known) -> bool:
    """Whether a pair that is not seen to be right computes in single precision."""
    coarse = any(p.reason == TOO_COARSE for p in report.parameters)
    code = known.catalogue.told_for("a lost precision").code
    narrowed = any(f.code == code for f in report.findings)
    return coarse or (narrowed and report.verdict == "wrong")


def _with_notes(report: Report, other: Report) -> Report:
    """Keep what was noted of a pair as it is beside what is found in double precision."""
    notes = [f for f in other.findings if f.severity == "note" and f not in report.findings]
    return replace(report, findings=(*notes, *report.findings))


def _report(
    attempt: Attempt, known: Known, call: Any = None, *, explain: bool = False
) -> tuple[Check, Report]:
    states = np.random.get_state(), random.getstate()
    try:
        settings = Settings(known.catalogue, call=call, seed=known.seed, upstream=known.upstream)
        inputs = attempt.inputs
        precision = in_double() if attempt.double else contextlib.nullcontext()
        with precision, np.errstate(all="ignore"):
            check = Check(attempt.forward, attempt.backward, inputs, attempt.args, settings, 1)
            return check, check.report(explain)
    finally:
        np.random.set_state(states[0])
        random.setstate(states[1])


# -- what an answer is worth --------------------------------------------------------------------


def _counts(pair: Found, trial: Trial, outcome: Outcome) -> bool:
    """Whether being right says something: with targets of a type, only if the formula asks."""
    wrong, raised = outcome.wrong, outcome.raised
    if any(_binds(other, trial) for other in wrong):
        return False
    made_up = pair.kind is not None and wants_arrays(pair.kind)
    if made_up and any(_hides(other, trial) for other in wrong):
        return False
    if _holds_one(_shapes(trial.attempt.inputs)) and any(not _holds_one(s) for s in raised):
        return False  # what raises for several samples is not right for being so for one
    types = types_in(trial.attempt.words)
    if not types or all(other.misfits for other in wrong):
        return True
    text = f"{pair.name} {_text(pair)}"
    return all(re.search(_ASKS[kind], text) for kind in types)


def _binds(wrong: Trial, right: Trial) -> bool:
    """Whether what is wrong with one input stays wrong, though it is right with a poorer one.

    Fewer axes or numbers show less, and a bias of one number hides that it is not summed.  Yet
    other shapes than those of the inputs say that these were none, and a constant that is the
    length of an axis may be meant for vectors.
    """
    if right.call is not None or wrong.report.verdict != "wrong":
        return False
    if len(right.report.parameters) < len(wrong.report.parameters) and not wrong.misfits:
        return True
    return _only_scalars(wrong, right) if wrong.misfits else _is_poorer(wrong, right)


def _only_scalars(wrong: Trial, right: Trial) -> bool:
    """Whether nothing but the array that did not fit has changed, and that to a single number."""
    before = {p.name: p.shape for p in wrong.report.parameters}
    after = {p.name: p.shape for p in right.report.parameters}
    off = {p.name for p in wrong.report.parameters if "shape" in p.reason}
    return all(after.get(n) == (() if n in off else shape) for n, shape in before.items())


def _hides(wrong: Trial, right: Trial) -> bool:
    """Whether one parameter, made up as well, fits only a smaller output: of one row or column."""
    off = sum(p.verdict != "right" for p in wrong.report.parameters)
    return wrong.misfits and off == 1 and right.size < wrong.size


def _is_poorer(wrong: Trial, right: Trial) -> bool:
    one, other = (_shapes(trial.attempt.inputs) for trial in (wrong, right))
    if len(one) != len(other):
        return bool(one and not other)  # integers move nothing
    axes = [len(b) - len(a) for a, b in zip(one, other, strict=True)]
    bad = [p.factor for p in wrong.report.parameters if p.verdict == "wrong"]
    if min(axes, default=0) < 0 and bad and None not in bad:
        return False
    if _holds_one(other) and not _holds_one(one):
        return True  # along one row nothing is lost
    less = sum(map(math.prod, other)) < sum(map(math.prod, one))
    if right.size < wrong.size:
        return True
    return (less or min(axes, default=0) < 0) and max(axes, default=0) <= 0


def _holds_one(shapes: list[Shape]) -> bool:
    """Whether an array has an axis of length 1: a batch of one sample."""
    return any(1 in shape for shape in shapes)


def _shapes(inputs: list[Any]) -> list[Shape]:
    return [np.shape(v) for _, v in leaves(inputs) if is_float(v)]


def _text(pair: Found) -> str:
    functions = [f for f in map(plain_function, pair.functions()) if f is not None]
    found = []
    for function in with_helpers(functions):
        try:
            found.append(inspect.getsource(function))
        except (OSError, TypeError):
            continue
    return "\n".join(found)


def is_numeric(check: Check) -> bool:
    """Whether the gradient calls its own function at points side by side: a finite difference."""
    subject, plan = check.subject, check.guarded.run.plan
    function = plain_function(subject.given_forward)
    if function is None or plan.call is None:
        return False
    code = function.__code__
    seen: list[list[Any]] = []

    def watch(frame: Any, event: str, _: Any) -> None:
        if event == "call" and frame.f_code is code and len(seen) < 64:
            numbers = [v for _, v in leaves(list(frame.f_locals.values())) if is_float(v)]
            seen.append([np.array(v, float) for v in numbers])

    returned, before = subject.run_forward(), sys.getprofile()
    sys.setprofile(watch)
    try:
        check.conventions.carry_out(plan, returned)
    except Exception:  # noqa: BLE001 - it has run before; whatever it raises now is not asked for
        return False
    finally:
        sys.setprofile(before)
    return any(_side_by_side(one, other) for one, other in itertools.pairwise(seen))


def _side_by_side(one: list[Any], other: list[Any]) -> bool:
    if [v.shape for v in one] != [v.shape for v in other]:
        return False
    gaps = [float(np.abs(a - b).max(initial=0.0)) for a, b in zip(one, other, strict=True)]
    size = max((float(np.abs(a).max(initial=0.0)) for a in one), default=0.0)
    return 0.0 < max(gaps, default=0.0) < NEAR * max(size, 1.0)


def _meant(pair: Found, trial: Trial | None, known: Known) -> Trial | None:
    """Give the trial with inputs of the type, or the call, with which it is right."""
    if trial is None or trial.report.verdict == "right":
        return trial
    likely = None
    if trial.report.verdict == "wrong" and not trial.misfits:
        likely = _between_0_and_1(pair, trial, known)
    return likely or _of_the_output(pair, trial, known) or trial


def _between_0_and_1(pair: Found, trial: Trial, known: Known) -> Trial | None:
    """See whether a formula that asks for probabilities is right of them."""
    attempt = trial.attempt
    if attempt.own or not re.search(r"log|clip", _text(pair)):
        return None
    inputs = [_probabilities(v) for v in attempt.inputs]
    likely = replace(attempt, inputs=inputs, words=f"{attempt.words}, between 0 and 1")
    other = one_trial(likely, known, Outcome())
    return other if other is not None and other.report.verdict == "right" else None


def _of_the_output(pair: Found, trial: Trial, known: Known) -> Trial | None:
    """See whether a slope of one argument is right of the activated value: ``a * (1 - a)``."""
    backward = trial.attempt.backward
    single = backward is not None and signature_of(backward).required == 1
    if not single or len(trial.attempt.inputs) != 1 or is_upstream(_name(backward)):
        return None
    if _name(backward) in known.upstream or trial.report.verdict == "right":
        return None
    if pair.kind is not None and not _is_stateless(trial):
        return None
    try:
        _, report = _report(trial.attempt, known, _slope_of_output)
    except Exception:  # noqa: BLE001 - then it takes no output
        return None
    return Trial(trial.attempt, report, _slope_of_output) if report.verdict == "right" else None


def takes_input(pair: Found, outcome: Outcome, known: Known) -> bool:
    """Whether a class's slope is right of the input, and wrong of what its function gives."""
    trial = outcome.trial
    if pair.kind is None or trial is None or trial.call is not None or outcome.doubtful:
        return False
    attempt = trial.attempt
    names = signature_of(attempt.backward).names
    if trial.report.verdict != "right" or len(attempt.inputs) != 1 or len(names) != 1:
        return False
    try:
        _, report = _report(attempt, known, _slope_of_output)
    except Exception:  # noqa: BLE001 - then it takes no output
        return True
    return report.verdict == "wrong" and not is_upstream(names[0])


def _slope_of_output(backward: Any, out: Any, dout: Any) -> Any:
    return dout * backward(out)


def _is_stateless(trial: Trial) -> bool:
    owner = getattr(trial.attempt.backward, "__self__", None)
    return owner is None or not vars(owner)


def _name(function: Any) -> str:
    names = signature_of(function).names
    return names[0] if names else ""


def _is_the_point(pair: Found) -> bool:
    """Whether a gradient's argument is called like its function's, and no caller tells more."""
    forward, backward = pair.functions()
    names = [n for n in signature_of(backward).names if n != "self"]
    own = [n for n in signature_of(forward).names if n != "self"]
    called = re.search(r"activated|_out", getattr(backward, "__name__", ""))
    return names[:1] == own[:1] and not called


def upstream_names(pairs: Sequence[Found]) -> frozenset[str]:
    """Give the names that must be gradients from above, since nothing else is left for them.

    ``sigmoid_backward(next_dz, z)`` beside ``sigmoid_forward(z)`` says what ``next_dz`` is, in the
    whole file.
    """
    found = set()
    for pair in pairs:
        forward, backward = pair.functions()
        if backward is None or isinstance(forward, np.ufunc):
            continue
        names, own = signature_of(backward).names, signature_of(forward).names
        told = (is_cache, is_output, is_rate, is_upstream)
        strange = [n for n in names if n not in own and not any(tells(n) for tells in told)]
        left = [n for n in strange if not is_differentiated(n, names)]
        if len(left) == 1 and len(names) > 1 and set(names) - {*left, "self"}:
            found.add(left[0])
    return frozenset(found)


# -- inputs -------------------------------------------------------------------------------------


def attempts(pair: Found, known: Known) -> Iterator[Attempt]:
    """Give callables with inputs they run with: those of the file itself first."""
    yield from _called(pair, known)
    if not isinstance(pair.forward, np.ufunc) and pair.backward is not None:
        own = contexts(*pair.functions(), known.peers)
        known = replace(known, given={**own, **known.given})
    if pair.kind is not None:
        yield from _objects(pair, known)
        return
    if isinstance(pair.forward, np.ufunc):
        numbers = [np.random.default_rng(known.seed).normal(size=(5, 4))]
        yield Attempt(pair.forward, pair.backward, numbers, "(5, 4)")
        return
    for inputs, words in _that_run(lambda: pair.forward, known, pair.backward):
        yield Attempt(pair.forward, pair.backward, list(inputs.values()), words)


def _that_run(
    fresh: Callable[[], Any],
    known: Known,
    back: Any,
    sizes: Sequence[Any] = (),
    *,
    solve: bool = True,
) -> Iterator[tuple[dict[str, Any], str]]:
    """Give inputs that a function runs with: usual ones, or such whose sizes are solved.

    ``fresh`` gives the function as it is before its first call, ``back`` is its gradient.
    """
    function, ran = fresh(), False
    own = initialised(known.namespace, function, known.seed)
    first = [solved(function, {**made, **known.given}, known.seed, back) for made in own]
    usual = suggestions(function, known.given, known.seed, sizes, back)
    for values, words in itertools.chain(*first, usual):
        inputs = _running(fresh(), values)
        if inputs is not None:
            ran = True
            yield inputs, words
    if ran or not solve:
        return
    for values, words in solved(fresh(), known.given, known.seed, back):
        inputs = _running(fresh(), values)
        if inputs is not None:
            yield inputs, words


def _called(pair: Found, known: Known) -> Iterator[Attempt]:
    for call in known.calls:
        if not call.is_of(pair):
            continue
        forward, backward = pair.forward, pair.backward
        if pair.kind is not None:
            forward, backward = getattr(call.owner, forward), getattr(call.owner, backward)
        words = "as this file calls it"
        yield Attempt(forward, backward, list(call.args), words, own=True)
        if call.back:
            yield Attempt(forward, backward, list(call.args), words, own=True, call=call.back)


def _objects(pair: Found, known: Known) -> Iterator[Attempt]:
    assert pair.kind is not None
    ran = False
    for make in objects_of(pair.kind, known.given, known.seed, known.peers):

        def fresh(make: Callable[[], Any] = make) -> Any:
            return getattr(make(), str(pair.forward))

        sizes = sizes_in(make())
        for inputs, words in _that_run(fresh, known, pair.functions()[1], sizes, solve=not ran):
            ran = True

            def call(
                made: Any, inputs: dict[str, Any] = inputs, name: str = str(pair.forward)
            ) -> None:
                getattr(made, name)(**{k: _copied(v) for k, v in inputs.items()})

            with np.errstate(all="ignore"):
                layer = started(make, call)
            forward, backward = getattr(layer, pair.forward), getattr(layer, pair.backward)
            yield Attempt(forward, backward, list(inputs.values()), words)


def _running(forward: Any, values: dict[str, Any]) -> dict[str, Any] | None:
    """Give inputs that a function runs with, numbers between 0 and 1 where it wants these."""
    try:
        with np.errstate(all="ignore"):
            out = forward(**{k: _copied(v) for k, v in values.items()})
            if _is_empty(out):
                return None  # no window, no row: nothing would be checked
            if _finite(out):
                return values
            values = {k: _probabilities(v) for k, v in values.items()}
            forward(**{k: _copied(v) for k, v in values.items()})
    except Exception:  # noqa: BLE001 - then these are no inputs for it
        return None
    return values


def _finite(out: Any) -> bool:
    numbers = [v for _, v in leaves(out) if is_float(v)]
    return all(bool(np.all(np.isfinite(v))) for v in numbers)


def _is_empty(out: Any) -> bool:
    arrays = [v for _, v in leaves(out) if isinstance(v, np.ndarray)]
    return bool(arrays) and any(v.size == 0 for v in arrays)


def _probabilities(value: Any) -> Any:
    """Squash numbers between 0 and 1; what lies there already is what it should be."""
    outside = is_float(value) and bool(np.any(np.asarray(value) < 0) or np.any(value > 1))
    return 1 / (1 + np.exp(-value)) if outside else value


def _copied(value: Any) -> Any:
    return value.copy() if isinstance(value, np.ndarray | dict) else value
