"""SARIF 2.1.0, which code-scanning services and editors read.

Columns count Unicode characters here as everywhere in gradlint, and the run says so
(``columnKind``).
"""

from __future__ import annotations

import json
from pathlib import PurePath
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from gradlint import __version__
from gradlint.report.pages import every_page

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gradlint.findings import Finding, Fix, Report, Site

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def render(reports: Sequence[Report]) -> str:
    """Render one run that holds every finding; files that could not be run mark it as failed."""
    findings = [f for report in reports for f in report.findings]
    rules: dict[str, dict[str, Any]] = {f.code: _rule(f) for f in findings}
    order = list(rules)
    ran = all(report.verdict != "could-not-run" for report in reports)
    run = {
        "tool": {
            "driver": {"name": "gradlint", "version": __version__, "rules": list(rules.values())}
        },
        "columnKind": "unicodeCodePoints",
        "invocations": [{"executionSuccessful": ran}],
        "artifacts": [{"location": {"uri": _uri(report.filename)}} for report in reports],
        "results": [_result(finding, order.index(finding.code)) for finding in findings],
    }
    document = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _rule(finding: Finding) -> dict[str, Any]:
    """Describe a code by its page, which is Markdown as it stands."""
    page = every_page().get(finding.code)
    words = finding.name.replace("-", " ")
    rule = {
        "id": finding.code,
        "name": finding.name,
        "shortDescription": {"text": page.summary if page else words},
    }
    if page:
        rule["help"] = {"text": page.text, "markdown": page.text}
    return rule


def _result(finding: Finding, rule: int) -> dict[str, Any]:
    parts = [finding.message, finding.explanation, finding.help and f"Help: {finding.help}"]
    result: dict[str, Any] = {
        "ruleId": finding.code,
        "ruleIndex": rule,
        "level": finding.severity,
        "message": {"text": "\n".join(filter(None, parts))},
        "locations": [_location(finding.site)],
    }
    if finding.labels:
        result["relatedLocations"] = [
            {**_location(label.site), "message": {"text": label.text}} for label in finding.labels
        ]
    if finding.fix is not None:
        result["fixes"] = [_fix(finding.fix)]
    return result


def _fix(fix: Fix) -> dict[str, Any]:
    changes: dict[str, list[dict[str, Any]]] = {}
    for edit in fix.edits:
        replacement = {
            "deletedRegion": _region(edit.site),
            "insertedContent": {"text": edit.content},
        }
        changes.setdefault(edit.site.filename, []).append(replacement)
    return {
        "description": {"text": fix.message},
        "artifactChanges": [
            {"artifactLocation": {"uri": _uri(filename)}, "replacements": replacements}
            for filename, replacements in changes.items()
        ],
    }


def _location(site: Site) -> dict[str, Any]:
    place: dict[str, Any] = {
        "physicalLocation": {
            "artifactLocation": {"uri": _uri(site.filename)},
            "region": _region(site),
        }
    }
    if site.cell is not None:
        place["logicalLocations"] = [{"name": f"cell {site.cell}", "kind": "module"}]
    return place


def _region(site: Site) -> dict[str, int]:
    return {
        "startLine": site.row,
        "startColumn": site.column,
        "endLine": site.end_row,
        "endColumn": site.end_column,
    }


def _uri(filename: str) -> str:
    path = PurePath(filename)
    return path.as_uri() if path.is_absolute() else quote(path.as_posix())
