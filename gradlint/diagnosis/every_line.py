"""Where localisation ends: every line of the backward pass is altered, one slip at a time.

Localisation names what each value is; a value in a loop, or inside an expression that has no name
in the mathematics, may be nothing it knows.  Then the lines that the wrong gradients were made
from are tried one after the other: the one that makes them all right, mended by a slip that people
make, is where it went wrong.
"""

from __future__ import annotations

import ast
from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING, Any

from gradlint.diagnosis.case import Case
from gradlint.diagnosis.claims import Claim, offers
from gradlint.diagnosis.suspect import Suspect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gradlint.diagnosis.context import Experiment
    from gradlint.trace.tape import Node

_LINES = 24  # that are tried
_WORK = 120_000  # operations that may be run again for all of them


def mended(known: Case, open_: set[str], tried: set[int]) -> tuple[Case, Claim] | None:
    """The line and the slip that make the open gradients right, if there is one.

    ``known`` is any case of the step, ``open_`` names the parameters nothing has explained yet,
    ``tried`` holds the places that were asked already.
    """
    left = _WORK
    for case, mistake, experiment in _ranked(known, open_, tried):
        before = case.consequences.left
        held = case.cures(experiment.edits)
        case.note(mistake, experiment.edits, "edit" if held else None)
        if held:
            return case, Claim(mistake, experiment, by_edit=True)
        left -= before - case.consequences.left
        if left < 0:
            return None
    return None


def _ranked(
    known: Case, open_: set[str], tried: set[int]
) -> Iterator[tuple[Case, Any, Experiment]]:
    """What may have been meant in any of the lines, the simplest slips first.

    A local derivative is no cotangent, and was not asked for small edits before.
    """
    causes = known.catalogue.without("guesses").mistakes
    carriers = {node.index for node in known.diagnosis.carriers}
    lines = (_case(known, node) for node in _lines(known, open_, tried))
    cases = list(islice((case for case in lines if case.consequences.may_be_cause), _LINES))
    whole = [case for case in cases if open_ <= case.consequences.cured]
    ranked: list[tuple[float, int, Case, Any, Experiment]] = []
    for order, case in enumerate(whole or cases):
        if open_ & case.consequences.cured:
            mistakes = causes if case.node.index in carriers else known.catalogue.mistakes
            ranked += [(e.cost, order, case, m, e) for m, e in offers(case, mistakes) if e.edits]
    yield from (offer[2:] for offer in sorted(ranked, key=lambda offer: offer[:2]))


def _lines(known: Case, open_: set[str], tried: set[int]) -> Iterator[Node]:
    """The last value of every line that open gradients were made from, the latest line first."""
    step, diagnosis = known.step, known.diagnosis
    wrong = [r for r in known.reference.results if r.parameter.name in open_]
    reach = step.graph.ancestors([t.node for r in wrong for t in r.gradient.terms])
    right = diagnosis.gradients_right()
    seen: set[int] = set(tried)
    inner = reach & step.dependent & step.backward
    times = Counter(id(step.graph.nodes[i].spot) for i in inner)
    for index in sorted(inner - diagnosis.forward, reverse=True):
        node = step.graph.nodes[index]
        if node.spot is None or id(node.spot) in seen or not _is_whole(node):
            continue
        if index in right and times[id(node.spot)] == 1:
            continue  # what is summed over a loop may be right by its sum alone
        seen.add(id(node.spot))
        yield node


def _is_whole(node: Node) -> bool:
    """Whether a value is no part of a larger expression of its statement."""
    assert node.spot is not None
    place, parents = node.spot.node, node.spot.file.parents
    if isinstance(place, ast.AugAssign):
        return True
    outer = parents.get(place)
    inner = (
        ast.BinOp,
        ast.UnaryOp,
        ast.Call,
        ast.Attribute,
        ast.Subscript,
        ast.Compare,
        ast.keyword,
    )
    return isinstance(place, ast.expr) and not isinstance(outer, inner)


def _case(known: Case, node: Node) -> Case:
    """A line as a suspect of which nothing is known but who suffers from it."""
    own = [r for r in known.reference.results if any(t.node is node for t in r.gradient.terms)]
    suspect = Suspect(
        node, None, "value", 1.0, {}, known.suspect.truths,
        parameter=own[0] if len(own) == 1 else None,
    )  # fmt: skip
    case = Case(
        known.recording,
        known.judged,
        known.reference,
        known.diagnosis,
        suspect,
        known.symbol,
        known.catalogue,
    )
    suspect.results += [
        r for r in known.reference.results if r.parameter.name in case.consequences.cured
    ]
    return case
