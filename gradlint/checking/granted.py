"""The liberties one report takes, read off its notes and its loss: none is granted silently.

Which there are is said by the table in ``reading/liberties``; this module only collects.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gradlint.reading.liberties import taken
from gradlint.reading.sums import Sum
from gradlint.reading.unprinted import Term
from gradlint.truth.advantages import Weighted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gradlint.findings import Finding, Liberty
    from gradlint.reading.names import Names
    from gradlint.reading.objective import Objective
    from gradlint.truth.evaluate import Evaluation

# The notes that tell of a liberty, by the name of the mistake: its row in the table.
_NOTES = {
    "proportional-gradients": "constant-factor",
    "negative-gradient-convention": "negative-gradients",
    "unprinted-regulariser": "unprinted-penalty",
    "unequal-constants": "epsilon",
}


def liberties_of(
    findings: Iterable[Finding], reference: Evaluation, names: Names
) -> tuple[Liberty, ...]:
    """What is taken for granted, each once, in order of the source."""
    found: dict[tuple[str, str], Liberty] = {}
    for finding in findings:
        row = _NOTES.get(finding.name)
        if row is not None and finding.severity == "note":
            term = finding.evidence.get("term", "")
            row = "unprinted-term" if term else row
            what = finding.evidence.get("factor", finding.evidence.get("parameter", term))
            said = f"{what:.6g}" if isinstance(what, float) else what
            liberty = taken(row, said, finding.site.row)
            found.setdefault((row, liberty.said), liberty)
    for result in reference.results:
        if result.centre:
            liberty = taken("held-constant", f"`{result.parameter.name}`")
            found["held-constant", liberty.said] = liberty
    for liberty in _of_the_loss(reference.objective, names):
        found[liberty.name, liberty.said] = liberty
    return tuple(found.values())


def _of_the_loss(objective: Objective, names: Names) -> Iterator[Liberty]:
    """What the loss takes for granted by its form."""
    if objective.samples:
        name = (*objective.samples[-1].names, "a number of its own, which is data")[0]
        yield taken("sample-weights", name)
    terms = objective.terms if isinstance(objective, Sum) else ()
    for product in (p for term in terms if isinstance(term, Weighted) for p in term.products):
        yield taken("held-constant", f"`{names.of(product.given)}`")
    if sum(not isinstance(term, Term) for term in terms) > 1:
        yield taken("sum-of-losses")
