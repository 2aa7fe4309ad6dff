"""The sentences that say what a check found: one line a file, one line for all of them."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from gradlint.findings import Finding, ParameterVerdict, Report, is_claim
from gradlint.report._lines import clean

if TYPE_CHECKING:
    from collections.abc import Sequence

_MOST_NAMES = 8
_EXPRESSION = re.compile(r"`[^`]*`")


def verdict_line(report: Report) -> str:
    """Say in one line what was checked in a file and how it came out."""
    said = [_claims(report), *_parameters(report)]
    if report.assumptions:
        said.append(_hanging(report))
    if report.suppressed:
        said.append(f"{_count(len(report.suppressed), 'finding')} suppressed {_codes(report)}")
    part = f" ({report.part})" if report.part else ""
    return clean(f"{report.filename}{part}: {'; '.join(part for part in said if part)}")


def place(row: int | None, cell: int | None) -> str:
    """Name a row, of a notebook with its cell; empty for none."""
    of_cell = "" if cell is None else f" of cell {cell}"
    return "" if row is None else f"{row}{of_cell}"


def assumed(report: Report) -> list[str]:
    """Say in one line each what a verdict takes for granted, and how to give it otherwise."""
    said = []
    for assumption in report.assumptions:
        site = assumption.site
        where = "" if site is None else f"line {place(site.row, site.cell)}: "
        remedy = f"   --set '{assumption.setting}'" if assumption.setting else ""
        said.append(clean(f"{assumption.kind}: {where}{assumption.text}{remedy}"))
    return said


def loss_line(report: Report) -> str:
    """Say which scalar the gradients were held against; empty where that was none."""
    loss = report.loss
    if loss is None:
        return ""
    what = loss.description
    if loss.name and loss.name != what:
        what = f"{loss.name} = {what}" if what else loss.name
    where = "" if loss.row is None else f" (line {place(loss.row, loss.cell)})"
    how = "checked against the loss its backward pass implies:"
    return clean(f"{how if loss.kind == 'implied' else 'checked against'} {what}{where}")


def liberty_lines(report: Report) -> list[str]:
    """Say what the reading takes for granted that the program does not say, a line each.

    That the loss is implied stands in the line of the loss.
    """
    return [
        clean(f"taken for granted: {liberty.said}")
        + ("" if liberty.row is None else f" (line {place(liberty.row, liberty.cell)})")
        for liberty in report.liberties
        if liberty.name != "implied-loss"
    ]


def summary_line(reports: Sequence[Report]) -> str:
    """Count files by verdict: ``3 files: 1 wrong, 1 right, 1 cannot tell``."""
    counts = Counter(overall(report) for report in reports)
    order = ["wrong", "right", "suppressed", "cannot tell", "could not run"]
    parts = [f"{counts[word]} {word}" for word in order if counts[word]]
    if nothing := counts["nothing to check"]:
        parts.append(f"{nothing} hold{'s' * (nothing == 1)} nothing to check")
    return f"{_count(len(reports), 'file')}: {', '.join(parts)}"


def overall(report: Report) -> str:
    """Name a file's outcome: right gradients do not make a program with other findings right."""
    if any(is_claim(f) for f in report.findings):
        return "wrong"
    if report.verdict == "wrong" and any(is_claim(f) for f in report.suppressed):
        return "suppressed"
    return report.verdict.replace("-", " ")


def statistics(reports: Sequence[Report]) -> str:
    """Count findings by code, the most frequent first."""
    findings = [f for report in reports for f in report.findings]
    counts = Counter((f.code, f.name) for f in findings).most_common()
    digits = len(str(counts[0][1])) if counts else 1
    rows = [f"{number:>{digits}}  {code}  {name}\n" for (code, name), number in counts]
    return "".join(rows)


def marker(finding: Finding) -> str:
    """Return ruff's sign that a finding has a fix that is safe to apply, or nothing."""
    return "[*] " if finding.fix is not None and finding.fix.applicability == "safe" else ""


def notes(finding: Finding) -> list[tuple[str, str]]:
    """List what is said below a finding: (head, text), the empty ones left out.

    A help that is nothing but an expression says no more than the fix that writes it.
    """
    help_ = finding.help
    if finding.fix is not None and _EXPRESSION.fullmatch(help_):
        help_ = ""
    said = [("evidence", finding.explanation), ("help", help_)]
    if finding.fix is not None:
        said.append((f"fix ({finding.fix.applicability})", finding.fix.message))
    return [(head, text) for head, text in said if text]


def error_size(value: float) -> str:
    """Write a relative error with the one digit that matters."""
    return "0" if value == 0 else f"{value:.0e}"


def _hanging(report: Report) -> str:
    """Say that a verdict rests on what was restored or made up."""
    counts = Counter(a.kind for a in report.assumptions)
    parts = [f"{counts[kind]} {kind}" for kind in ("restored", "made-up") if counts[kind]]
    return f"this rests on what was assumed ({', '.join(parts)})"


def _claims(report: Report) -> str:
    """Count what is wrong beside the gradients, where every gradient judged is right."""
    claims = [f for f in report.findings if is_claim(f)]
    if not claims or any(p.verdict == "wrong" for p in report.parameters):
        return ""
    codes = ", ".join(dict.fromkeys(f.code for f in claims))
    return f"{_count(len(claims), 'finding')} ({codes})"


def _parameters(report: Report) -> list[str]:
    groups = {
        verdict: [p for p in report.parameters if p.verdict == verdict]
        for verdict in ("wrong", "right", "cannot-tell", "could-not-run")
    }
    wrong, right = groups["wrong"], groups["right"]
    unknown = groups["cannot-tell"] + groups["could-not-run"]
    said = []
    if wrong:
        total = _count(len(report.parameters), "gradient")
        said.append(f"{len(wrong)} of {total} wrong ({_names(wrong)})")
    elif right:
        of = f" of {len(report.parameters)}" if unknown else ""
        said.append(f"{len(right)}{of} {_plural(len(right), 'gradient')} right ({_names(right)})")
        said[-1] += _measured(report)
    if wrong and right:
        said.append(f"right: {_names(right)}")
    reasons = dict.fromkeys(p.reason for p in unknown)
    for reason in reasons:
        same = [p for p in unknown if p.reason == reason]
        said.append(f"cannot tell: {_names(same)}" + (f" ({reason})" if reason else ""))
    return said or [_nothing(report)]


def _measured(report: Report) -> str:
    said = f", {_count(report.points, 'point')}" if report.points else ""
    worst = report.worst_relative_error
    return said if worst is None else f"{said}, worst relative error {error_size(worst)}"


def _nothing(report: Report) -> str:
    """Say why no gradient was judged; the finding that says more stands above this line."""
    words = {
        "could-not-run": "could not run, nothing was checked",
        "cannot-tell": "cannot tell",
        "right": "no shape mistake found; no gradient to check",
        "nothing-to-check": "nothing to check: neither a training step nor a function pair",
        "wrong": "" if any(map(is_claim, report.findings)) else "wrong",
    }
    limits = [f for f in report.findings if f.code.startswith("GL9") and f.code != "GL908"]
    said = words[report.verdict]
    return f"{said} ({limits[0].code} {limits[0].name})" if limits else said


def _names(parameters: Sequence[ParameterVerdict]) -> str:
    names = [p.name for p in parameters]
    if len(names) > _MOST_NAMES + 1:
        names = [*names[:_MOST_NAMES], f"and {len(names) - _MOST_NAMES} more"]
    return ", ".join(names)


def _codes(report: Report) -> str:
    return "(" + ", ".join(dict.fromkeys(f.code for f in report.suppressed)) + ")"


def _count(number: int, noun: str) -> str:
    return f"{number} {_plural(number, noun)}"


def _plural(number: int, noun: str) -> str:
    return noun if number == 1 else f"{noun}s"
