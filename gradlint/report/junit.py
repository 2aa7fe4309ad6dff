"""JUnit XML: one suite a file, one case a parameter, and one case for each finding that claims.

It is valid by the schema that Jenkins reads, which knows no place of a case: that is in its text.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from gradlint.findings import is_claim
from gradlint.report._words import loss_line, place, verdict_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gradlint.findings import Finding, ParameterVerdict, Report

# What XML 1.0 cannot hold, not even escaped.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render(reports: Sequence[Report]) -> str:
    """Render the suites; what gradlint could not judge is an error or skipped, never a pass."""
    root = Element("testsuites", name="gradlint")
    for report in reports:
        suite = SubElement(root, "testsuite", name=_text(report.filename))
        for parameter in report.parameters:
            _parameter(suite, report, parameter)
        for finding in report.findings:
            if finding.severity != "note":
                _finding(suite, report, finding)
        if len(suite) == 0:
            case = SubElement(suite, "testcase", classname=_text(report.filename), name="check")
            if report.verdict == "nothing-to-check":
                SubElement(case, "skipped", message=_text(verdict_line(report)))
            elif report.verdict != "right":
                SubElement(case, "error", message=_text(verdict_line(report)))
        _count(suite)
    _count(root)
    indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + tostring(root, encoding="unicode") + "\n"


def _parameter(suite: Element, report: Report, parameter: ParameterVerdict) -> None:
    name = f"gradient of {parameter.name}"
    case = SubElement(suite, "testcase", classname=_text(report.filename), name=_text(name))
    silenced = sorted({f.code for f in report.suppressed if is_claim(f)})
    if parameter.verdict == "wrong" and silenced:
        SubElement(case, "skipped", message=_text(f"wrong, suppressed ({', '.join(silenced)})"))
    elif parameter.verdict == "wrong":
        times = "" if parameter.factor is None else f": {parameter.factor:.6g} times the true one"
        failure = SubElement(case, "failure", message=_text(f"{name} is wrong{times}"))
        where = place(parameter.row, parameter.cell)
        told = [f"{report.filename}, line {where}" if where else "", loss_line(report)]
        failure.text = _text("\n".join(filter(None, told)))
    elif parameter.verdict != "right":
        reason = parameter.reason or parameter.verdict.replace("-", " ")
        SubElement(case, "skipped", message=_text(reason))


def _finding(suite: Element, report: Report, finding: Finding) -> None:
    where = f"{finding.code} {finding.name} line {place(finding.site.row, finding.site.cell)}"
    case = SubElement(suite, "testcase", classname=_text(report.filename), name=_text(where))
    kind = "error" if finding.code.startswith("GL9") else "failure"
    told = SubElement(case, kind, message=_text(finding.message), type=finding.code)
    help_ = f"help: {finding.help}" if finding.help else ""
    told.text = _text("\n".join(filter(None, [str(finding.site), finding.explanation, help_])))


def _count(element: Element) -> None:
    counts = {"tests": "testcase", "failures": "failure", "errors": "error", "skipped": "skipped"}
    for name, tag in counts.items():
        if name == "skipped" and element.tag == "testsuites":
            continue  # the schema has no such attribute here
        element.set(name, str(len(element.findall(f".//{tag}"))))


def _text(text: str) -> str:
    return _FORBIDDEN.sub("�", text)
