"""What findings are worth beside each other: what each mistake declares of itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gradlint.findings import is_claim
from gradlint.mistakes import catalogue
from gradlint.mistakes.batch_leak import BatchLeak

if TYPE_CHECKING:
    from gradlint.findings import Finding


def is_explained_by(shapes: list[Finding], finding: Finding) -> bool:
    """Whether a finding on gradients is no news beside those on shapes.

    What is computed from values of a wrong shape cannot be right, and a wrong value without a cause
    is no news in a line whose shape is the cause.  Outputs that depend on other samples leave no
    gradient to be held against.
    """
    sure = [f for f in shapes if f.severity != "note"]
    spoilt = any(says(f, "spoils") for f in sure)
    if spoilt and is_claim(finding) and any(f.code == BatchLeak.code for f in shapes):
        return True
    rows = {f.site.row for f in sure}
    return says(finding, "vague") and (spoilt or finding.site.row in rows)


def is_vague(finding: Finding) -> bool:
    """Whether a finding gives neither a cause nor the edit that makes the gradients right."""
    return gives_no_cause(finding) and finding.fix is None


def gives_no_cause(finding: Finding) -> bool:
    """Whether a finding only says that a value is wrong, whatever edit it offers."""
    return says(finding, "vague")


def says(finding: Finding, what: str) -> bool:
    """Whether the mistake that is found declares something of itself."""
    return catalogue().says(finding, what)


def is_limit(finding: Finding) -> bool:
    """Whether a finding says that something could not be judged."""
    return finding.code.startswith("GL9") and finding.severity != "note"
