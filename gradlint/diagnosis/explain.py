"""Why a gradient is wrong: what holds of the mistakes' claims is ranked and put into words."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from gradlint.diagnosis import every_line
from gradlint.diagnosis.aliases import edits_there
from gradlint.diagnosis.case import Case
from gradlint.diagnosis.catalogue import Studied
from gradlint.diagnosis.claims import TIE, claims
from gradlint.diagnosis.derive import derived
from gradlint.diagnosis.entry import worst_entry
from gradlint.diagnosis.localise import Diagnosis
from gradlint.diagnosis.phrasing import edits_before, fix_of
from gradlint.diagnosis.ranking import Answer, of_single_numbers, settle, without_consequences
from gradlint.findings import Finding
from gradlint.reading.graph import squeezed
from gradlint.truth.verdicts import loss_symbol

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gradlint.diagnosis.catalogue import Catalogue
    from gradlint.diagnosis.claims import Claim
    from gradlint.diagnosis.suspect import Suspect
    from gradlint.findings import Site
    from gradlint.trace.record import Recording
    from gradlint.truth.evaluate import Evaluation, Result
    from gradlint.truth.judge import Judged

_UNEXPLAINED, _SHAPE, _PENALTY = "a wrong value", "a shape", "a penalty"
ENOUGH = 30_000  # operations that were run again for the suspects before
_MOST_NAMES = 4  # of parameters, in one line


def explain(
    recording: Recording,
    judged: Judged,
    reference: Evaluation,
    diagnosis: Diagnosis | None,
    catalogue: Catalogue,
    *,
    thorough: bool = True,
) -> list[Finding]:
    """The findings on one judged step.

    ``thorough`` also tries the lines that localisation does not suspect: right only where it is
    known which loss is meant.
    """
    found = _in_step(catalogue, Studied(recording, judged, reference, diagnosis))
    settles = [(f.site.row, name) for f in found for name in _settled_by(f)]
    told, settled = {row for row, _ in settles}, {name for _, name in settles}
    reference, diagnosis = _behind(judged, reference, diagnosis, told)
    if diagnosis is not None:
        symbol, suspects = loss_symbol(reference), _open(diagnosis, settled)
        answers = _answers(
            Case(recording, judged, reference, diagnosis, s, symbol, catalogue) for s in suspects
        )
        answers = without_consequences([a for a in answers if a.finding.site.row not in told])
        if thorough and diagnosis.suspects:
            settle(answers)
            answers = _searched(answers, settled)
        answers = of_single_numbers(answers)
        found += _told(answers)
    if not any(f.severity != "note" for f in found):
        found += _at_least(judged, reference, catalogue)
    return found


def _in_step(catalogue: Catalogue, seen: Studied) -> list[Finding]:
    """What the mistakes see in the step as a whole."""
    senses = [m.in_step for m in catalogue.mistakes if hasattr(m, "in_step")]
    return [finding for sense in senses for finding in sense(seen)]


def _open(diagnosis: Diagnosis, settled: set[str]) -> list[Suspect]:
    """The suspects of which not all is said yet, multiples last."""
    ordered = sorted(diagnosis.suspects, key=lambda s: s.kind == "multiple")
    victims = [({r.parameter.name for r in s.results}, s) for s in _distinct(ordered)]
    return [suspect for names, suspect in victims if not names or not names <= settled]


def _answers(cases: Iterable[Case]) -> list[Answer]:
    """What is to be said about each suspect.

    Where the search takes long, what only suffers from a line that is mended already is passed by.
    """
    answers: list[Answer] = []
    cured: set[str] = set()
    spent = 0.0
    for case in cases:
        names = {r.parameter.name for r in case.suspect.results}
        if spent > ENOUGH and names and names <= cured:
            continue
        answers.append(_answer(case))
        cured |= answers[-1].cured
        spent += case.consequences.spent
    return answers


def _settled_by(finding: Finding) -> list[str]:
    """The parameters about which a finding has said all there is to say."""
    names = finding.evidence.get("settles", [])
    return [names] if isinstance(names, str) else names


def _behind(
    judged: Judged, reference: Evaluation, diagnosis: Diagnosis | None, told: set[int]
) -> tuple[Evaluation, Diagnosis | None]:
    """What to go on with: once the delta is told of, what is followed behind it."""
    if judged.stated is not reference or not told or judged.followed is None:
        return reference, diagnosis
    diagnosis = Diagnosis(judged, judged.followed)
    diagnosis.run()
    return judged.followed, diagnosis


def _searched(answers: list[Answer], settled: set[Any]) -> list[Answer]:
    """The answers, with a line that mends what only unexplained ones are blamed for."""
    unknown = [a for a in answers if a.is_weak]
    known = {name for a in answers if not a.is_weak for name in a.victims | a.cured}
    open_ = {name for a in unknown for name in a.victims} - known - settled
    tried = {id(a.case.node.spot) for a in answers}
    mended = every_line.mended(unknown[0].case, open_, tried) if open_ else None
    if mended is None:
        return answers
    case, claim = mended
    finding = _worded(case, claim, [], claim.experiment.edits)
    cost, cured = claim.experiment.cost, case.consequences.cured
    return without_consequences([*answers, Answer(case, finding, cost, cured)])


def _answer(case: Case) -> Answer:
    """What is to be said about one suspect."""
    if case.suspect.kind == "penalty":
        return Answer(case, _penalty(case), 0.0)
    last = case.catalogue.told_for(_UNEXPLAINED)  # it knows of no cause, only of small edits
    held = list(claims(case, case.catalogue.without("guesses").mistakes))
    if not any(claim.by_edit for claim in held):
        held += claims(case, [last])
    held.sort(key=lambda claim: claim.rank)
    if not held:
        return Answer(case, _unexplained(case), float("inf"))
    best, ties = held[0], _ties(held)
    edits = _edits(held)
    case.consequences.reserve()
    cured = case.consequences.cured if edits and case.cures(edits) else frozenset()
    finding = _worded(case, best, ties, edits)
    answer = Answer(case, finding, best.experiment.cost, cured, edits=edits)
    answer.open = bool(edits) and not cured
    answer.beside += [
        replace(finding, code=code, name=name, message=message, fix=None)
        for code, name, message in best.experiment.companions
    ]
    return answer


def _edits(held: list[Claim]) -> tuple[tuple[ast.expr, str], ...]:
    """The edits of the best claim, or of the next one that has some."""
    best = held[0].experiment
    asked = held[:1] if best.fix is not None else held
    return next((c.experiment.edits for c in asked if c.by_edit and c.experiment.edits), ())


def _ties(held: list[Claim]) -> list[Claim]:
    """Claims of other mistakes that are as likely as the best."""
    best = held[0]
    near = [c for c in held[1:] if c.experiment.cost - best.experiment.cost < TIE]
    return [c for c in near if c.mistake is not best.mistake and c.rank[0] == best.rank[0]]


def _told(answers: list[Answer]) -> list[Finding]:
    """The findings of all answers, but for lines that may only have inherited an error."""
    found: list[Finding] = []
    explained: list[Suspect] = []
    for answer in sorted(answers, key=_is_of_one_output):
        suspect = answer.case.suspect
        if answer.is_unexplained and _inherits(suspect, explained):
            continue
        if explained and _is_of_one_output(answer):
            continue
        if suspect.kind != "penalty":
            explained.append(suspect)
        found += [answer.finding, *answer.beside]
        if suspect.kind != "penalty":
            found += _other_shape(answer.case, answer.finding)
    return found


def _is_of_one_output(answer: Answer) -> bool:
    """Whether a value without an explanation is right for one of several outputs."""
    suspect = answer.case.suspect
    if not answer.is_unexplained or suspect.parameter is not None:
        return False
    return answer.case.diagnosis.is_of_one_output(suspect.node)


def _at_least(judged: Judged, reference: Evaluation, catalogue: Catalogue) -> list[Finding]:
    """Wrong gradients that nothing localises are at least pointed at, once for each place."""
    places: dict[int, list[Result]] = {}
    for result in reference.results:
        spot = result.gradient.node.spot
        if not reference.agrees(result) and spot is not None:
            places.setdefault(id(spot), []).append(result)
    found = []
    for results in places.values():
        node = results[0].gradient.node
        assert node.spot is not None
        written = judged.study.step.names.of(node)
        parameters = [r.parameter.name for r in results]
        shown = ", ".join(f"`{name}`" for name in parameters[:_MOST_NAMES])
        more = len(parameters) - _MOST_NAMES
        finding = Finding.of(
            catalogue.told_for(_UNEXPLAINED),
            f"`{written}` is not the gradient of {shown}" + (f" and {more} more" * (more > 0)),
            node.spot.file.site(node.spot.node),
            explanation=f"compared at {len(judged.points)} points",
            evidence={"parameters": parameters},
        )
        found.append(finding)
    return found


def _inherits(suspect: Suspect, explained: list[Suspect]) -> bool:
    """Whether a gradient is wrong for a reason that was found further up already.

    A second mistake of its own that no catalogue knows would show in the next run; blaming a line
    that may only have inherited an error is worse.
    """
    own = suspect.parameter
    return own is not None and any(own in other.results for other in explained)


def _other_shape(case: Case, finding: Finding) -> list[Finding]:
    """GL101 beside the cause, where the cause has left the gradient with another shape."""
    own = case.suspect.parameter
    if own is None or not case.catalogue.says(finding, "reshapes") or case.user[0].size == 0:
        return []
    want = own.parameter.node.shape if case.right is None else case.right[0].shape
    have = case.user[0].shape
    if squeezed(have) == squeezed(want):
        return []
    message = f"`{case.written}` has shape {have}, its parameter `{own.parameter.name}` {want}"
    evidence = {"gradient": list(have), "parameter": list(want)}
    return [Finding.of(case.catalogue.told_for(_SHAPE), message, finding.site, evidence=evidence)]


def _penalty(case: Case) -> Finding:
    """GL208 as a note: a penalty on a hidden value that the loss does not show."""
    suspect, names, symbol = case.suspect, case.names, case.symbol
    assert suspect.node.spot is not None
    assert suspect.role is not None
    role = names.of(suspect.role)
    written = names.of(suspect.node)
    message = (
        f"`{written}` is ∂{symbol}/∂{role} and a penalty on `{role}` that the loss does not show"
    )
    penalty = case.catalogue.told_for(_PENALTY)
    evidence = {"term": f"a penalty on {role}"}
    found = Finding.of(penalty, message, suspect.node.spot.site, evidence=evidence)
    return replace(found, severity="note")


def _distinct(suspects: list[Suspect]) -> list[Suspect]:
    """One suspect for each place, with all the parameters that suffer from it."""
    places: dict[int, Suspect] = {}
    for suspect in suspects:
        if suspect.node.spot is None:
            continue
        key = id(suspect.node.spot.statement)
        if suspect.parameter is not None and suspect.really is not None:
            key = id(suspect.parameter)  # each parameter's update is a place of its own
        first = places.setdefault(key, suspect)
        if first is not suspect:
            first.results += [r for r in suspect.results if r not in first.results]
    return list(places.values())


# -- wording ------------------------------------------------------------------------------------


def _worded(
    case: Case, claim: Claim, ties: list[Claim], edits: tuple[tuple[ast.expr, str], ...]
) -> Finding:
    mistake, experiment = claim.mistake, claim.experiment
    also = ", ".join(f"{t.mistake.code} {t.mistake.name}" for t in ties)
    told = _evidence(case) + f"; it fits as well: {also}" * bool(ties)
    whole = "" if edits or experiment.fix or _is_change(case) else derived(case)
    if whole and case.root is not None and not experiment.help:
        edits = ((case.root, whole.strip("`")),)
    fix = experiment.fix or fix_of(case, mistake, edits)
    help_text = experiment.help or _help(case, edits) or whole
    return Finding.of(
        mistake,
        experiment.message,
        experiment.site or _site(case, claim, edits),
        explanation=told,
        help=help_text,
        labels=experiment.labels,
        evidence={
            **_facts(case),
            **experiment.evidence,
            "also": [t.mistake.code for t in ties],
        },
        fix=fix,
    )


def _site(case: Case, claim: Claim, edits: tuple[tuple[ast.expr, str], ...]) -> Site:
    """Where a claim points: at what is to be changed, if that is a line before the suspect's."""
    before = None if claim.experiment.fix is not None else edits_before(case, edits)
    if before is not None and case.node.spot is not None:
        return case.node.spot.file.site(before[0][0])
    return case.place if claim.by_edit and case.taken_at is not None else case.site


def _help(case: Case, edits: tuple[tuple[ast.expr, str], ...]) -> str:
    there = edits_there(case, edits)
    if there is not None:
        return f"`{there[0][1]}`"
    expression = case.altered(edits) if edits else None
    return "" if expression is None else f"`{ast.unparse(expression)}`"


def _evidence(case: Case) -> str:
    entry = _entry(case)
    return f"{_deviation(case)}; {entry}" if entry else _deviation(case)


def _deviation(case: Case) -> str:
    count, gap = len(case.study.points), case.deviation
    if case.suspect.kind == "multiple":
        return f"{case.suspect.factor:.7g} × what it should be at {count} points"
    if gap is None:
        return f"wrong at {count} points"
    return f"relative error {gap:.2g} at {count} points"


def _entry(case: Case) -> str:
    """One entry of a gradient that is wrong because of the suspect, its own if it is one."""
    own = case.suspect.parameter
    for result in [own] if own is not None else case.suspect.results[:1]:
        return worst_entry(case.study, case.reference, result)
    return ""


def _facts(case: Case) -> dict[str, Any]:
    return {
        "parameters": [r.parameter.name for r in case.suspect.results],
        "factor": case.suspect.factor if case.suspect.kind == "multiple" else None,
        "role": None if case.role is None else case.label(case.role),
        "points": len(case.study.points),
        "deviation": case.deviation,
    }


def _unexplained(case: Case) -> Finding:
    """GL399: wrong for certain, for a reason that is in no catalogue."""
    role, mistake = case.role, case.catalogue.told_for(_UNEXPLAINED)
    told = _evidence(case)
    if role is None:
        message = f"`{case.written}` is where the gradients of {case.victims} go wrong"
    else:
        wanted = case.shown(role, case.suspect.scale)
        message = f"`{case.written}` should be {wanted}, and is not a multiple of it"
    help_text = derived(case)
    fix = None
    if help_text and _is_change(case):
        help_text = f"the gradient is {help_text}"
    elif help_text and case.root is not None:
        fix = fix_of(case, mistake, ((case.root, help_text.strip("`")),))
    return Finding.of(
        mistake,
        message,
        case.site,
        explanation=told,
        help=help_text,
        evidence=_facts(case),
        fix=fix,
    )


def _is_change(case: Case) -> bool:
    """Whether the suspect stands in the update itself, where a learning rate is part of it."""
    own, spot = case.suspect.parameter, case.node.spot
    updated = own.parameter.update.new.spot if own is not None else None
    return spot is not None and updated is not None and spot.statement is updated.statement
