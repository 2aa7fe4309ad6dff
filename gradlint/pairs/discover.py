"""Pairs in a file without a driver: found by their names, run with inputs that were made up.

``affine_forward`` with ``affine_backward``, ``relu`` with ``relu_backward`` or ``drelu``, ``f``
with ``df``, ``loss`` with ``gradient``, classes with ``forward`` and ``backward``. A pair counts as
wrong only if it is wrong with every kind of input that it runs with: sizes that nobody asked for
prove nothing against it.
"""

from __future__ import annotations

import contextlib
import difflib
import inspect
import re
import types
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from gradlint.findings import Finding, ParameterVerdict, Report, Site, is_claim
from gradlint.pairs.as_written import as_written
from gradlint.pairs.check import check
from gradlint.pairs.errors import CallError
from gradlint.pairs.shapes import suggestions
from gradlint.pairs.sites import definition
from gradlint.pairs.trees import is_float, leaves

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gradlint.source.spots import SourceFile

_RUNS = 12  # inputs that a forward function runs with and that are worth a check
_AFTER = re.compile(
    r"(?P<stem>.*?)_*(?:backward|bwd|backprop|bprop|back|gradient|gradients|grad|derivative|deriv"
    r"|prime|jac|vjp)\Z",
    re.IGNORECASE,
)
_BEFORE = re.compile(
    r"(?:backward|bwd|backprop|grad|gradient|derivative|deriv|d|D)_*(?P<stem>.+)\Z", re.IGNORECASE
)
_PLAIN = (
    "forward",
    "f",
    "fun",
    "func",
    "loss",
    "cost",
    "objective",
    "loss_function",
    "cost_function",
)
_JOINT = re.compile(r".*(loss|cost|objective|and_grad\w*|value_and\w*|f_and_g)\w*\Z", re.IGNORECASE)


@dataclass(frozen=True)
class Found:
    """A pair by name; ``backward`` is None for a class, or where gradients may be returned."""

    name: str
    forward: Any
    backward: Any = None


def check_functions(
    file: SourceFile, namespace: dict[str, Any], options: Any = None, only: str | None = None
) -> Report | None:
    """Check the function pairs that a file defines, or ``only`` one; None if there are none.

    ``namespace`` is the module's, after it ran, with or without hooks in its functions.
    ``options`` are those of the command line: its seed, and names that were given values.
    """
    with as_written(file, namespace):
        known = list(pairs_in(file, namespace))
        pairs = [p for p in known if only is None or only in _names(p)]
        reports = [
            r for r in (_checked(pair, namespace, options) for pair in pairs) if r is not None
        ]
    if not reports and only is not None:
        return _no_such_pair(file, only, known)
    if not reports:
        return None
    return _merged(file, _as_a_whole(reports))


def _as_a_whole(reports: list[Report]) -> list[Report]:
    """Accept a loss whose gradient is not averaged in a file whose layers average their own.

    Each of the two is off by the batch size alone, and both together are right.
    """
    if not any(f.code == "GL207" for r in reports for f in r.findings):
        return reports
    return [_left_to_layers(r) if _lacks_only_the_mean(r) else r for r in reports]


def _lacks_only_the_mean(report: Report) -> bool:
    claims = [f for f in report.findings if is_claim(f)]
    wrong = [p for p in report.parameters if p.verdict == "wrong"]
    return bool(wrong) and {f.code for f in claims} == {"GL201"} and all(p.factor for p in wrong)


def _left_to_layers(report: Report) -> Report:
    why = "right together with the layers of this file, which average their own gradients"
    findings = tuple(
        replace(f, severity="note", explanation=why, help="", fix=None) if is_claim(f) else f
        for f in report.findings
    )
    parameters = tuple(
        replace(p, verdict="right", reason="averaged by the layers") if p.verdict == "wrong" else p
        for p in report.parameters
    )
    return replace(report, verdict="right", findings=findings, parameters=parameters)


def _no_such_pair(file: SourceFile, only: str, known: list[Found]) -> Report:
    """Say that what was asked for is not there, and what is."""
    close = difflib.get_close_matches(only, [name for p in known for name in _names(p)], n=1)
    names = ", ".join(pair.name for pair in known)
    remedy = "leave out the name to check the script; a pair is named like f_forward, f_backward"
    if known:
        remedy = f"did you mean `{close[0]}`?" if close else f"its pairs: {names}"
    site = Site(file.filename, 1, 1, 1, 1)
    text = f"there is no function pair `{only}` in this file"
    finding = Finding("GL905", "could-not-run", "error", text, site, help=remedy)
    return Report(file.filename, "could-not-run", (finding,), source=file.text)


def _names(pair: Found) -> set[str]:
    """Both names of a pair, and what they begin with: ``affine`` for ``affine_forward``."""
    names = {pair.name, getattr(pair.backward, "__name__", pair.name)}
    stems = {m["stem"] for n in names if (m := _AFTER.fullmatch(n))}
    return names | stems | {n.removesuffix("_forward") for n in names}


def pairs_in(file: SourceFile, namespace: dict[str, Any]) -> Iterator[Found]:
    """Find the pairs that a file's names suggest, in order of definition."""
    functions = {
        name: value
        for name, value in namespace.items()
        if isinstance(value, types.FunctionType) and value.__code__.co_filename == file.filename
    }
    ufuncs = {n: v for n, v in namespace.items() if isinstance(v, np.ufunc)}
    taken: set[str] = set()
    for name, backward in functions.items():
        partner = next((p for p in _partners(name) if p in functions or p in ufuncs), None)
        if partner is not None and partner != name:
            taken |= {name, partner}
            yield Found(partner, functions.get(partner, ufuncs.get(partner)), backward)
    for name, function in functions.items():
        if name not in taken and _JOINT.match(name) and _returns_two(function):
            yield Found(name, function)
    for name, value in namespace.items():
        own = isinstance(value, type) and getattr(value, "__module__", None) == namespace.get(
            "__name__"
        )
        if (
            own
            and callable(getattr(value, "forward", None))
            and callable(getattr(value, "backward", None))
        ):
            yield Found(name, value)


def _partners(name: str) -> list[str]:
    """Give the names that the forward function of a backward function may have."""
    found: list[str] = []
    if "backward" in name.lower():
        others = name.replace("backward", "forward"), name.replace("Backward", "Forward")
        found += [other for other in others if other != name]
    for pattern in (_AFTER, _BEFORE):
        match = pattern.match(name)
        if match is None:
            continue
        stem = match["stem"].rstrip("_")
        if not stem:
            found += _PLAIN
            continue
        found += [f"{stem}_forward", f"forward_{stem}", f"{stem}_fwd", stem, f"{stem}_function"]
        found += [f"{stem}_loss", f"{stem}_cost"]
    return found


def _returns_two(function: Any) -> bool:
    import ast

    try:
        lines = "".join(inspect.getsourcelines(function)[0])
        tree = ast.parse(inspect.cleandoc(lines) if lines[:1].isspace() else lines)
    except (OSError, SyntaxError):
        return False
    returns = [n.value for n in ast.walk(tree) if isinstance(n, ast.Return)]
    return any(isinstance(value, ast.Tuple) and len(value.elts) == 2 for value in returns)


# -- one pair -----------------------------------------------------------------------------------


def _checked(pair: Found, namespace: dict[str, Any], options: Any) -> Report | None:
    given = _given(namespace, options)
    seed = getattr(options, "seed", 0)
    first: Report | None = None
    chosen: tuple[Any, list[Any], str] | None = None
    reason, runs = "", 0
    crash: tuple[str, Site | None] | None = None
    for subject, inputs, words in _attempts(pair, given, seed):
        try:
            with np.errstate(all="ignore"):
                report = check(subject, pair.backward, *inputs, seed=seed, explain=False)
        except CallError as error:
            reason, crash = str(error), crash or error.crash
            continue
        except Exception:  # noqa: BLE001 - made-up inputs may make it raise anything
            continue
        runs += 1
        if report.verdict == "right":
            return _told(pair, report, words)
        if first is None or first.verdict == "cannot-tell":
            first, chosen = report, (subject, inputs, words)
        if runs >= _RUNS:
            break
    if first is not None and chosen is not None:
        return _softened(_told(pair, _explained(pair, first, *chosen[:2], seed), chosen[2]))
    if pair.backward is None and not isinstance(pair.forward, type):
        return None  # the name alone was no promise
    return _unknown(pair, reason) if crash is None else _crashed(pair, *crash)


def _crashed(pair: Found, told: str, site: Site | None) -> Report:
    """Say where the gradient raised, although its function ran."""
    function = pair.backward if pair.backward is not None else _first_method(pair.forward)
    site = site or definition(function)
    text = f"`{pair.name}` runs, and {told}"
    remedy = "if these are no inputs for it, give some: --set 'x=np.random.rand(10, 3)'"
    finding = Finding("GL905", "could-not-run", "error", text, site, help=remedy)
    verdict = ParameterVerdict(pair.name, (), "cannot-tell", reason="its gradient raised")
    return Report(site.filename, "cannot-tell", (finding,), (verdict,))


def _explained(pair: Found, report: Report, subject: Any, inputs: list[Any], seed: int) -> Report:
    """Look for the causes of what was found wrong, once it is certain that it is."""
    try:
        with np.errstate(all="ignore"):
            return check(subject, pair.backward, *inputs, seed=seed)
    except Exception:  # noqa: BLE001 - the verdict stands without them
        return report


def _attempts(
    pair: Found, given: dict[str, Any], seed: int
) -> Iterator[tuple[Any, list[Any], str]]:
    """Give callables with inputs they run with."""
    if isinstance(pair.forward, type):
        yield from _objects(pair.forward, given, seed)
        return
    if isinstance(pair.forward, np.ufunc):
        yield pair.forward, [np.random.default_rng(seed).normal(size=(5, 4))], "(5, 4)"
        return
    for values, words in suggestions(pair.forward, given, seed):
        inputs = values
        try:
            with np.errstate(all="ignore"):
                out = pair.forward(**{k: _copied(v) for k, v in values.items()})
                if not _finite(out):  # logarithms and roots: numbers between 0 and 1 suit them all
                    inputs = {k: _probabilities(v) for k, v in values.items()}
                    pair.forward(**{k: _copied(v) for k, v in inputs.items()})
        except Exception:  # noqa: BLE001 - then these are no inputs for it
            continue
        yield pair.forward, list(inputs.values()), words


def _objects(kind: type, given: dict[str, Any], seed: int) -> Iterator[tuple[Any, list[Any], str]]:
    needed = [p for p in inspect.signature(kind).parameters.values() if p.default is p.empty]
    sizes = iter((4, 3, 2, 6, 7, 8))
    numbers: list[Any] = [
        given[p.name] if p.name in given else _built_with(p.name, sizes, seed) for p in needed
    ]
    for values, words in suggestions(_unbound(kind.forward), given, seed):  # type: ignore[attr-defined]
        try:
            np.random.seed(seed)
            layer = kind(*numbers)
            with np.errstate(all="ignore"):
                layer.forward(**{k: _copied(v) for k, v in values.items()})
        except Exception:  # noqa: BLE001 - then these are no inputs for it
            continue
        yield kind(*numbers), list(values.values()), words


def _built_with(name: str, sizes: Iterator[int], seed: int) -> Any:
    """Give what an object is made with: a size, or a source of random numbers."""
    if name in ("rng", "random_state", "generator"):
        return np.random.default_rng(seed)
    return seed if name == "seed" else next(sizes, 5)


def _unbound(method: Any) -> Any:
    """Give a callable with the method's signature but without ``self``."""
    signature = inspect.signature(method)
    parameters = list(signature.parameters.values())[1:]

    def stand_in() -> None: ...

    stand_in.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    return stand_in


def _finite(out: Any) -> bool:
    numbers = [v for _, v in leaves(out) if is_float(v)]
    return all(bool(np.all(np.isfinite(v))) for v in numbers)


def _probabilities(value: Any) -> Any:
    return 1 / (1 + np.exp(-value)) if is_float(value) else value


def _copied(value: Any) -> Any:
    return value.copy() if isinstance(value, np.ndarray | dict) else value


def _given(namespace: dict[str, Any], options: Any) -> dict[str, Any]:
    given = {}
    for name, expression in getattr(options, "set", ()):
        with contextlib.suppress(Exception):  # what cannot be evaluated was reported by the run
            given[name] = eval(expression, {"np": np, **namespace})
    return given


# -- reports ------------------------------------------------------------------------------------


def _told(pair: Found, report: Report, words: str) -> Report:
    """Name the parameters after their function, and say with which inputs it was run."""
    parameters = tuple(replace(p, name=f"{pair.name}({p.name})") for p in report.parameters)
    findings = tuple(
        replace(f, message=f"{pair.name}: {f.message}", evidence={**f.evidence, "inputs": words})
        for f in report.findings
    )
    return replace(report, parameters=parameters, findings=findings)


def _softened(report: Report) -> Report:
    """Doubt what people write on purpose: a loss fused with the activation before it."""
    fused = {str(f.evidence.get("parameter")) for f in report.findings if f.code == "GL312"}
    if not fused:
        return report
    findings = tuple(
        replace(f, severity="note") if f.code == "GL312" else f for f in report.findings
    )
    parameters = tuple(
        replace(p, verdict="cannot-tell", reason="fused with the activation before it, perhaps")
        if p.verdict == "wrong" and any(p.name.endswith(f"({name})") for name in fused)
        else p
        for p in report.parameters
    )
    left = "wrong" if any(p.verdict == "wrong" for p in parameters) else "cannot-tell"
    return replace(report, verdict=left, findings=findings, parameters=parameters)  # type: ignore[arg-type]


def _unknown(pair: Found, reason: str) -> Report:
    site = definition(pair.backward if pair.backward is not None else _first_method(pair.forward))
    text = f"no inputs were found that `{pair.name}` and its gradient run with"
    needed = "x"
    with contextlib.suppress(TypeError, ValueError):
        needed = ", ".join(p for p in inspect.signature(pair.forward).parameters if p != "self")
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


def _first_method(kind: Any) -> Any:
    return getattr(kind, "backward", kind)


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
