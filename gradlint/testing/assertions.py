"""Assertions that a hand-written gradient is right, for any test runner or none.

They follow :mod:`numpy.testing`: silent when all is well, an ``AssertionError`` that says what is
wrong otherwise.  Its first line names the parameter, the file, the line and the cause; the evidence
follows, in at most twelve lines.  What could not be judged does not pass as right.  This module
judges nothing itself: it asks the engine and words the answer.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gradlint.config import Options, code_prefix, load
from gradlint.findings import Finding, ParameterVerdict, Report, is_claim

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

MOST_LINES = 12
"""The longest a failure message may get."""

_MOST_NAMES = 3  # parameters in the first line, before the place and the cause


class GradientError(AssertionError):
    """A gradient is wrong, or could not be judged; ``report`` holds everything that was learned."""

    def __init__(self, message: str, report: Report | None = None) -> None:
        super().__init__(message)
        self.report = report


GradientError.__module__ = "gradlint.testing"  # where users import it from, as a failure shows it


def assert_gradients(
    forward: Callable[..., Any],
    backward: Callable[..., Any] | None = None,
    *inputs: Any,
    allow_cannot_tell: bool = False,
    select: str | Iterable[str] = (),
    ignore: str | Iterable[str] = (),
    **options: Any,
) -> Report:
    """Raise ``GradientError`` unless ``backward`` gives the gradients of ``forward`` at ``inputs``.

    ``options`` are those of :func:`gradlint.check`.  ``select`` and ``ignore`` hold codes
    (``"GL2"`` stands for GL2xx) or names of mistakes that count, or do not.  A gradient that could
    not be judged is a failure too, unless ``allow_cannot_tell``.  Returns the report.

    >>> import numpy as np
    >>> def loss(w):
    ...     return np.sum(w**3)
    >>> report = assert_gradients(loss, lambda w: 3 * w**2, np.array([1.0, 2.0, -0.5]))
    >>> report.verdict
    'right'
    """
    __tracebackhide__ = True
    from gradlint.checking.pair import check
    from gradlint.source.suppressions import filtered

    wanted = Options(select=_codes(select), ignore=_codes(ignore))
    report = filtered(check(forward, backward, *inputs, **options), wanted)
    _raise_unless_right(report, allow_cannot_tell)
    return report


def assert_right(
    path: str | Path,
    *,
    allow_cannot_tell: bool = False,
    **options: Any,
) -> Report:
    """Raise ``GradientError`` unless every gradient in the program at ``path`` is right.

    ``options`` are the fields of :class:`gradlint.config.Options` (``seed=``, ``timeout=``,
    ``select=``, ``ignore=``, ``set={"name": "expression"}``); they go before the settings in the
    nearest ``pyproject.toml``.  Returns the report.

    >>> import tempfile
    >>> program = '''
    ... import numpy as np
    ... rng = np.random.default_rng(0)
    ... X, y, w = rng.normal(size=(6, 3)), rng.normal(size=6), rng.normal(size=3)
    ... for step in range(9):
    ...     error = X @ w - y
    ...     w = w - 0.01 * X.T @ error
    ... '''
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder, "net.py")
    ...     characters = file.write_text(program)
    ...     report = assert_right(file, seed=1)
    >>> [(parameter.name, parameter.verdict) for parameter in report.parameters]
    [('w', 'right')]
    """
    __tracebackhide__ = True
    from gradlint.checking.files import check_file
    from gradlint.source.suppressions import filtered

    path = Path(path)
    chosen = _options(path, options)
    report = filtered(check_file(path, chosen), chosen)
    _raise_unless_right(report, allow_cannot_tell)
    return report


def failure(report: Report, *, allow_cannot_tell: bool = False) -> str:
    """Word why ``report`` does not certify its gradients; empty if it does.

    The first line names the cause, evidence and further findings follow, the verdict ends it.
    """
    claims = [finding for finding in report.findings if is_claim(finding)]
    suppressed = any(map(is_claim, report.suppressed))
    wrong = [p for p in report.parameters if p.verdict == "wrong"] if not suppressed else []
    if claims:
        lines = _told(claims[0], report) + [f"also {_head(f, report)}" for f in claims[1:]]
    elif wrong:
        lines = [_unexplained(p, report) for p in wrong]
    elif report.verdict == "wrong" and not suppressed:
        lines = [f"{report.filename}: wrong gradients"]
    elif allow_cannot_tell or _all_judged(report):
        return ""
    else:
        lines = _undecided(report)
    return "\n".join([*_at_most(lines, MOST_LINES - 1), _verdict(report)])


def _raise_unless_right(report: Report, allow_cannot_tell: bool) -> None:
    __tracebackhide__ = True
    message = failure(report, allow_cannot_tell=allow_cannot_tell)
    if message:
        raise GradientError(message, report)


def _all_judged(report: Report) -> bool:
    """Whether nothing was left open; what a user suppressed was judged."""
    undecided = any(p.verdict in ("cannot-tell", "could-not-run") for p in report.parameters)
    return report.verdict in ("right", "wrong") and not undecided


def _told(finding: Finding, report: Report) -> list[str]:
    """Word one finding in full: its head, its source line, what was measured, what to write."""
    from gradlint.report._words import notes

    site = finding.site
    rows = report.source_of(site.filename).splitlines()
    lines = [_head(finding, report)]
    if site.cell is None and 1 <= site.row <= len(rows):
        lines.append(f"  {site.row} | {rows[site.row - 1].strip()}")
    return lines + [f"  {word}: {_one_line(text)}" for word, text in notes(finding)]


def _head(finding: Finding, report: Report) -> str:
    where = _parameter(finding, report)
    said = f"{finding.site}: {finding.code} {finding.name}: {_one_line(finding.message)}"
    return f"{where}: {said}" if where else said


def _parameter(finding: Finding, report: Report) -> str:
    """Name the parameters a finding is about, with the index of a wrong entry where known."""
    names = _names(finding, report)
    index = finding.evidence.get("index")
    if len(names) == 1 and isinstance(index, list | tuple) and index:
        return f"{names[0]}[{', '.join(map(str, index))}]"
    return ", ".join(names) if len(names) <= _MOST_NAMES else ""


def _names(finding: Finding, report: Report) -> list[str]:
    name, names = finding.evidence.get("parameter"), finding.evidence.get("parameters")
    if isinstance(name, str):
        return [name]
    if isinstance(names, list) and names:
        return [str(name) for name in names]
    wrong = [p.name for p in report.parameters if p.verdict == "wrong"]
    own = [p.name for p in report.parameters if p.verdict == "wrong" and p.row == finding.site.row]
    return next((group for group in (own, wrong) if len(group) == 1), [])


def _unexplained(parameter: ParameterVerdict, report: Report) -> str:
    """Word a wrong gradient that no finding explains."""
    where = report.filename if parameter.row is None else f"{report.filename}:{parameter.row}"
    what = parameter.gradient or "gradient"
    facts = [f"`{what}` is wrong"]
    if parameter.factor is not None:
        facts.append(f"it is {parameter.factor:.6g} times the true gradient")
    elif parameter.relative_error is not None:
        facts.append(f"relative error {parameter.relative_error:.0e}")
    if parameter.reason:
        facts.append(_one_line(parameter.reason))
    return f"{parameter.name}: {where}: {'; '.join(facts)}"


def _undecided(report: Report) -> list[str]:
    """Word what could not be judged, and why."""
    word = "could not run" if report.verdict == "could-not-run" else "cannot tell"
    limits = [f for f in report.findings if f.code.startswith("GL9") and f.code != "GL908"]
    open_ones = [p for p in report.parameters if p.verdict in ("cannot-tell", "could-not-run")]
    lines = []
    for finding in limits:
        head, *rest = _told(finding, report)
        lines += [f"{word}: {head}", *rest]
    lines += [f"{word}: {p.name}: {_one_line(p.reason)}" for p in open_ones if p.reason]
    return lines or [f"{word}: {report.filename}: no gradient was judged"]


def _verdict(report: Report) -> str:
    from gradlint.report._words import verdict_line

    return verdict_line(report)


def _at_most(lines: list[str], room: int) -> list[str]:
    if len(lines) <= room:
        return lines
    return [*lines[: room - 1], f"… and {len(lines) - room + 1} more lines"]


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _options(path: Path, given: dict[str, Any]) -> Options:
    """Merge what the caller gave into what the nearest ``pyproject.toml`` says."""
    known = {field.name for field in dataclasses.fields(Options)}
    unknown = sorted(set(given) - known)
    if unknown:
        raise TypeError(f"unknown option `{unknown[0]}`; known: {', '.join(sorted(known))}")
    changes = dict(given)
    for name in {"select", "ignore"} & set(given):
        changes[name] = _codes(given[name])
    if isinstance(given.get("set"), dict):
        changes["set"] = tuple(given["set"].items())
    return dataclasses.replace(load(path.parent), **changes)


def _codes(given: str | Iterable[str]) -> tuple[str, ...]:
    words = given.split(",") if isinstance(given, str) else given
    return tuple(code_prefix(word) for word in words)
