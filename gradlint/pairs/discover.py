"""Pairs in a file without a driver: found by their names, run with inputs that were made up.

``affine_forward`` with ``affine_backward``, ``relu`` with ``relu_backward`` or ``drelu``, ``f``
with ``df``, ``loss`` with ``gradient``, classes with ``forward`` and ``backward``: `partners` finds
them, `trials` runs them.  Here is what the file as a whole is told.
"""

from __future__ import annotations

import contextlib
import difflib
import inspect
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from gradlint.findings import Finding, ParameterVerdict, Report, Site, is_claim
from gradlint.pairs.as_written import as_written
from gradlint.pairs.calls import calls_in
from gradlint.pairs.drivers import driven, functions_of
from gradlint.pairs.implied import of_a_loss
from gradlint.pairs.partners import Found, by_choices, is_empty, pairs_in
from gradlint.pairs.places import with_helpers
from gradlint.pairs.sites import definition
from gradlint.pairs.trials import (
    Attempt,
    Known,
    Outcome,
    explained,
    one_trial,
    takes_input,
    tried,
    upstream_names,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gradlint.diagnosis.catalogue import Catalogue
    from gradlint.pairs.calls import Call
    from gradlint.pairs.drivers import Driven
    from gradlint.pairs.trials import Trial
    from gradlint.source.spots import SourceFile
    from gradlint.trace.tape import Tape

_RESET = re.compile(
    r"zero_?grad|reset_?grad|clear_?grad|\.fill\(0|\[(\.\.\.|:)\]\s*=\s*0|\*=\s*0|grad\w*\s*=\s*(0|None|\[\])\b"
)


def check_functions(
    file: SourceFile,
    namespace: dict[str, Any],
    catalogue: Catalogue,
    options: Any = None,
    only: str | None = None,
    seen: Tape | None = None,
) -> Report | None:
    """Check the function pairs that a file defines, or ``only`` one; None if there are none.

    ``namespace`` is the module's, after it ran, with or without hooks in its functions;
    ``catalogue`` holds the mistakes.
    ``options`` are those of the command line: its seed, and names that were given values.
    ``seen`` is the record of the run: the calls that the file itself makes.
    """
    solved, made = ([], []) if seen is None else (seen.solved, seen.invocations)
    more = with_helpers(f for call in solved for f in functions_of(call))
    with as_written(file, namespace, list(more)):
        drivers = list(driven(solved))
        pairs = [p for p in pairs_in(file, namespace) if not any(d.covers(p) for d in drivers)]
        chosen = [p for p in pairs if only is None or only in p.names()]
        calls = calls_in(made, chosen)
        given, seed = _given(namespace, options), getattr(options, "seed", 0)
        peers = _peers(namespace)
        known = Known(catalogue, namespace, given, seed, calls, upstream_names(pairs), peers)
        told = [_driver(d, known) for d in drivers if only in (None, d.name)]
        told += _all_checked(list(_in_each_way(chosen, calls)), known, file)
        reports = list(filter(None, told))
    if reports:
        return _merged(file, _as_a_whole(reports, catalogue))
    return None if only is None else _no_such_pair(file, only, pairs)


def _in_each_way(pairs: list[Found], calls: Sequence[Call]) -> Iterator[Found]:
    """Take a pair apart by the texts it chooses by, if the file does not choose itself."""
    for pair in pairs:
        called = any(call.is_of(pair) for call in calls)
        yield from [pair] if called else by_choices(pair)


def _peers(namespace: dict[str, Any]) -> tuple[type, ...]:
    own = namespace.get("__name__")
    kinds = [v for v in namespace.values() if isinstance(v, type)]
    return tuple(k for k in kinds if k.__module__ == own and not _is_abstract(k))


def _is_abstract(kind: type) -> bool:
    forward = getattr(kind, "forward", None)
    return inspect.isabstract(kind) or (callable(forward) and is_empty(forward))


def _as_a_whole(reports: list[Report], catalogue: Catalogue) -> list[Report]:
    """Accept a loss whose gradient is not averaged in a file whose layers average their own.

    Each of the two is off by the batch size alone, and both together are right.
    """
    common = catalogue.told_for("a common factor").code
    if not any(f.code == common for r in reports for f in r.findings):
        return reports
    lacking = catalogue.naming("sum for a mean").code
    return [_left_to_layers(r) if _has_only(r, lacking) else r for r in reports]


def _has_only(report: Report, code: str) -> bool:
    """Whether a report claims one mistake only, and every wrong gradient is a multiple."""
    claims = [f for f in report.findings if is_claim(f)]
    wrong = [p for p in report.parameters if p.verdict == "wrong"]
    return bool(wrong) and {f.code for f in claims} == {code} and all(p.factor for p in wrong)


def _left_to_layers(report: Report) -> Report:
    why = "right together with the layers of this file, which average their own gradients"
    findings = tuple(
        replace(f, severity="note", explanation=why, help="", fix=None) if is_claim(f) else f
        for f in report.findings
    )
    parameters = tuple(
        replace(p, verdict="right", relative_error=None, reason="averaged by the layers")
        if p.verdict == "wrong"
        else p
        for p in report.parameters
    )
    return replace(report, verdict="right", findings=findings, parameters=parameters)


def _no_such_pair(file: SourceFile, only: str, known: list[Found]) -> Report:
    """Say that what was asked for is not there, and what is."""
    close = difflib.get_close_matches(only, [name for p in known for name in p.names()], n=1)
    names = ", ".join(pair.name for pair in known)
    remedy = "leave out the name to check the script; a pair is named like f_forward, f_backward"
    if known:
        remedy = f"did you mean `{close[0]}`?" if close else f"its pairs: {names}"
    site = Site(file.filename, 1, 1, 1, 1)
    text = f"there is no function pair `{only}` in this file"
    finding = Finding("GL905", "could-not-run", "error", text, site, help=remedy)
    return Report(file.filename, "could-not-run", (finding,), source=file.text)


# -- one pair -----------------------------------------------------------------------------------


def _all_checked(pairs: list[Found], known: Known, file: SourceFile) -> Iterator[Report | None]:
    """Check pairs; classes that stand in for each other are given the same by their callers.

    Where one of them is right of its input and wrong of its result, the others get the input, too.
    """
    tries = [(pair, of_a_loss(pair, known) or tried(pair, known)) for pair in pairs]
    settled = {(p.forward, p.backward) for p, outcome in tries if takes_input(p, outcome, known)}
    ran = [pair for pair, outcome in tries if outcome.trial is not None]
    for pair, outcome in tries:
        if outcome.trial is None and any(_runs_for(other, pair) for other in ran):
            continue  # a base class: what it does is judged in those that are made of it
        trial = None
        if outcome.doubtful and (pair.forward, pair.backward) in settled and outcome.trial:
            trial = one_trial(outcome.trial.attempt, known, Outcome())
        meant = replace(outcome, trial=trial, doubtful=False) if trial is not None else outcome
        yield _checked(pair, meant, known, file)


def _runs_for(pair: Found, base: Found) -> bool:
    """Whether the methods of one class are those of another one that it derives from."""
    if pair.kind is None or base.kind is None or pair.kind is base.kind:
        return False
    return issubclass(pair.kind, base.kind) and pair.functions() == base.functions()


def _checked(pair: Found, outcome: Outcome, known: Known, file: SourceFile) -> Report | None:
    if outcome.unstated:
        return _of_no_loss(pair, outcome.reason)
    if outcome.numeric:
        return None  # what the user checks with is no gradient to be checked
    trial = outcome.trial
    if trial is not None:
        if trial.report.verdict == "right":
            report = _told(pair, _reset_elsewhere(trial.report, file, known), trial.attempt)
            return _either_way(pair, report, known) if outcome.doubtful else report
        report = _reset_elsewhere(explained(trial, known), file, known)
        return _softened(_told(pair, report, trial.attempt), known)
    if pair.backward is None:
        return None  # the name alone was no promise
    if outcome.crash is None:
        return _unknown(pair, outcome.reason)
    return _crashed(pair, *outcome.crash)


def _uncalled(pair: Found, driver: str, outcome: Outcome) -> Report:
    """Say that a derivative which SciPy is given could not be compared with its function."""
    said = outcome.crash[0] if outcome.crash is not None else ""
    site = definition(pair.functions()[1] or pair.forward)
    text = f"`{pair.name}` could not be held against the function that {driver} is given with it"
    remedy = "have both return NumPy arrays, or call gradlint.check with the two"
    finding = Finding("GL906", "missing-data", "error", text, site, said, remedy)
    verdict = ParameterVerdict(pair.name, (), "cannot-tell", reason="it could not be compared")
    return Report(site.filename, "cannot-tell", (finding,), (verdict,))


def _driver(pair: Driven, known: Known) -> Report | None:
    """Hold a function against its derivative where SciPy asks for them."""
    found = Found(pair.name, pair.function, pair.derivative)
    last: Trial | None = None
    outcome = Outcome()
    for point in pair.points:
        words = f"as {pair.driver} calls it"
        attempt = Attempt(*pair.arranged(), [point[0]], words, True, args=tuple(point[1:]))
        trial = one_trial(attempt, known, outcome)
        if trial is not None and trial.report.verdict == "wrong":
            return _told(found, explained(trial, known), attempt)
        last = trial or last
    if last is None:
        return _uncalled(found, pair.driver, outcome)
    return _told(found, last.report, last.attempt)


def _reset_elsewhere(report: Report, file: SourceFile, known: Known) -> Report:
    """Let gradients add up where the file resets them, or leaves that to its caller."""
    code = known.catalogue.told_for("a sum that goes on").code
    sums = [f for f in report.findings if f.code == code and f.severity == "error"]
    used = re.search(r"-=|def (step|update)", file.text)
    if not sums or (used and not _RESET.search(file.text)):
        return report
    findings = tuple(replace(f, severity="note") if f in sums else f for f in report.findings)
    parameters = tuple(
        replace(p, verdict="right", relative_error=None, reason="adds up until it is reset")
        if "accumulates" in p.reason and p.verdict == "wrong"
        else p
        for p in report.parameters
    )  # fmt: skip
    return _rejudged(replace(report, findings=findings, parameters=parameters))


def _rejudged(report: Report) -> Report:
    verdicts = {p.verdict for p in report.parameters}
    verdict: Any = "right"
    if "wrong" in verdicts or any(map(is_claim, report.findings)):
        verdict = "wrong"
    elif verdicts != {"right"}:
        verdict = "cannot-tell"
    return replace(report, verdict=verdict)


def _either_way(pair: Found, report: Report, known: Known) -> Report:
    """Say of what a slope is right, where nothing tells what it is given."""
    forward, backward = pair.functions()
    name = getattr(backward, "__name__", pair.name)
    own = getattr(forward, "__name__", "f")
    reason = f"right of the activated value, {name}({own}(x)), wrong of x itself"
    text = f"{pair.name}: {name} is the slope if it is given {own}(x), not x"
    site = definition(backward)
    remedy = "call it in the file, as it is meant, or name its argument after what it is"
    kind = known.catalogue.naming("slope")
    finding = Finding.of(kind, text, site, help=remedy, severity="note")
    parameters = tuple(replace(p, verdict="cannot-tell", reason=reason) for p in report.parameters)
    findings = (*report.findings, finding)
    return replace(report, verdict="cannot-tell", findings=findings, parameters=parameters)


def _crashed(pair: Found, told: str, site: Site | None) -> Report:
    """Say where the gradient raised, although its function ran."""
    site = site or definition(pair.functions()[1] or pair.forward)
    text = f"`{pair.name}` runs, and {told}"
    remedy = "if these are no inputs for it, give some: --set 'x=np.random.rand(10, 3)'"
    finding = Finding("GL905", "could-not-run", "error", text, site, help=remedy)
    verdict = ParameterVerdict(pair.name, (), "cannot-tell", reason="its gradient raised")
    return Report(site.filename, "cannot-tell", (finding,), (verdict,))


def _given(namespace: dict[str, Any], options: Any) -> dict[str, Any]:
    given = {}
    for name, expression in getattr(options, "set", ()):
        with contextlib.suppress(Exception):  # what cannot be evaluated was reported by the run
            given[name] = eval(expression, {"np": np, **namespace})
    return given


# -- reports ------------------------------------------------------------------------------------


def _told(pair: Found, report: Report, attempt: Attempt) -> Report:
    """Name the parameters after their function, and say with which inputs it was run."""
    words = attempt.words
    if attempt.loss and report.loss is not None:
        report = replace(report, loss=replace(report.loss, description=attempt.loss))
    parameters = tuple(replace(p, name=f"{pair.name}({p.name})") for p in report.parameters)
    findings = tuple(
        replace(f, message=f"{pair.name}: {f.message}", evidence={**f.evidence, "inputs": words})
        for f in report.findings
    )
    return replace(report, parameters=parameters, findings=findings)


def _softened(report: Report, known: Known) -> Report:
    """Doubt what people write on purpose: a loss fused with the activation before it."""
    code = known.catalogue.told_for("another loss").code
    fused = {str(f.evidence.get("parameter")) for f in report.findings if f.code == code}
    if not fused:
        return report
    findings = tuple(replace(f, severity="note") if f.code == code else f for f in report.findings)
    parameters = tuple(
        replace(p, verdict="cannot-tell", reason="fused with the activation before it, perhaps")
        if p.verdict == "wrong" and any(p.name.endswith(f"({name})") for name in fused)
        else p
        for p in report.parameters
    )
    left = "wrong" if any(p.verdict == "wrong" for p in parameters) else "cannot-tell"
    return replace(report, verdict=left, findings=findings, parameters=parameters)  # type: ignore[arg-type]


def _of_no_loss(pair: Found, reason: str) -> Report:
    """Say that a gradient is that of no loss which is known."""
    site = definition(pair.functions()[1])
    text = f"`{pair.name}`: no loss is known whose gradients these are"
    remedy = "put the function that computes the loss into the file, or call gradlint.check with it"
    finding = Finding("GL906", "missing-data", "error", text, site, reason, remedy)
    verdict = ParameterVerdict(pair.name, (), "cannot-tell", reason="no loss is known")
    return Report(site.filename, "cannot-tell", (finding,), (verdict,))


def _unknown(pair: Found, reason: str) -> Report:
    forward, backward = pair.functions()
    site = definition(backward)
    text = f"no inputs were found that `{pair.name}` and its gradient run with"
    needed = "x"
    with contextlib.suppress(TypeError, ValueError):
        needed = ", ".join(p for p in inspect.signature(forward).parameters if p != "self")
    name = needed.partition(",")[0] or "x"
    finding = Finding(
        "GL906",
        "missing-data",
        "error",
        text,
        site,
        reason,
        f"give its inputs ({needed}), for example --set '{name}=np.random.rand(10, 3)'",
    )
    verdict = ParameterVerdict(pair.name, (), "cannot-tell", reason="no inputs are known")
    return Report(site.filename, "cannot-tell", (finding,), (verdict,))


def _merged(file: SourceFile, reports: list[Report]) -> Report:
    verdicts = {r.verdict for r in reports}
    findings = tuple(f for r in reports for f in r.findings)
    verdict: Any = "right"
    if "wrong" in verdicts or any(map(is_claim, findings)):
        verdict = "wrong"
    elif verdicts != {"right"}:
        verdict = "cannot-tell"
    parameters = tuple(p for r in reports for p in r.parameters)
    loss = reports[0].loss if len(reports) == 1 else None
    points = min((r.points for r in reports if r.points), default=0)
    unique = {(f.code, f.site, f.message): f for f in findings}
    ordered = tuple(sorted(unique.values(), key=lambda f: (_place(f.site), f.code)))
    return Report(file.filename, verdict, ordered, parameters, loss, points, file.text)


def _place(site: Site) -> tuple[str, int, int]:
    return site.filename, site.row, site.column
