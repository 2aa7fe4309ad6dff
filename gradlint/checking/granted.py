"""The liberties one report takes, read off its notes and its loss: none is granted silently.

Which there are is said by the table in ``reading/liberties``; this module only collects.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gradlint.findings import is_claim
from gradlint.reading.constants import bootstrapped
from gradlint.reading.liberties import taken
from gradlint.reading.sums import Sum
from gradlint.reading.unprinted import Term
from gradlint.truth.advantages import Weighted
from gradlint.truth.verdicts import loss_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gradlint.findings import Finding, Liberty
    from gradlint.trace.tape import Node
    from gradlint.truth.evaluate import Evaluation
    from gradlint.truth.judge import Judged

# The notes that tell of a liberty, by the name of the mistake: its row in the table.
_NOTES = {
    "proportional-gradients": "constant-factor",
    "negative-gradient-convention": "negative-gradients",
    "unprinted-regulariser": "unprinted-penalty",
    "unequal-constants": "epsilon",
}


def liberties_of(
    findings: Iterable[Finding], judged: Judged, reference: Evaluation, held: Iterable[Node] = ()
) -> tuple[Liberty, ...]:
    """What is taken for granted, each once, in order of the source; then what the reading holds.

    ``held`` are the values that count as given by custom.
    """
    told = tuple(findings)
    found = [*_noted(told), *_of_values(judged, reference, held)]
    found += _of_loss(judged, reference, climbs=not any(map(is_claim, told)))
    return tuple({(liberty.name, liberty.said): liberty for liberty in reversed(found)}.values())[
        ::-1
    ]


def _noted(findings: Iterable[Finding]) -> Iterator[Liberty]:
    """The liberties that notes tell of."""
    for finding in findings:
        row = _NOTES.get(finding.name)
        if row is not None and finding.severity == "note":
            term = finding.evidence.get("term", "")
            what = finding.evidence.get("factor", finding.evidence.get("parameter", term))
            said = f"{what:.6g}" if isinstance(what, float) else what
            yield taken("unprinted-term" if term else row, said, finding.site.row)


def _of_values(judged: Judged, reference: Evaluation, held: Iterable[Node]) -> Iterator[Liberty]:
    """The values that are held constant: by custom, as targets of their own, as centres."""
    names = judged.study.step.names
    deltas = [delta for _, delta in reference.objective.pairs if delta is not None]
    given = {names.of(node) for node in (*held, *bootstrapped(judged.study.step, deltas))}
    given |= {r.parameter.name for r in reference.results if r.centre}
    terms = reference.objective.terms if isinstance(reference.objective, Sum) else ()
    products = (p for term in terms if isinstance(term, Weighted) for p in term.products)
    given |= {names.of(product.given) for product in products}
    if given:
        yield taken("held-constant", ", ".join(f"`{name}`" for name in sorted(given)))


def _of_loss(judged: Judged, reference: Evaluation, *, climbs: bool) -> Iterator[Liberty]:
    """The liberties that lie in the loss: implied, climbed, weighted, a sum.

    A loss that is climbed is meant to be, if nothing is wrong: ``climbs``.
    """
    objective = reference.objective
    right = climbs and all(map(reference.agrees, reference.results))
    if objective.kind == "computed" and reference.downhill is False and right:
        yield taken("maximised", loss_of(judged, reference).name or "the value", objective.row)
    if objective.is_implied:
        yield taken("implied-loss", loss_of(judged, reference).description)
    if objective.samples:
        name = (*objective.samples[-1].names, "a number of its own, which is data")[0]
        yield taken("sample-weights", name)
    terms = objective.terms if isinstance(objective, Sum) else ()
    if sum(not isinstance(term, Term) for term in terms) > 1:
        yield taken("sum-of-losses")
