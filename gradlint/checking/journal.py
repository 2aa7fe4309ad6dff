"""What a check decided, step by step: the run, the gradients, the suspects, the edits, the fixes.

Reads what the other steps have left behind; it decides nothing and runs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gradlint.diagnosis.annotations import annotated_lines
from gradlint.findings import Event

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gradlint.checking.inspection import Inspection
    from gradlint.diagnosis.suspect import Suspect
    from gradlint.truth.evaluate import Evaluation, Result

_ENDS = {
    "stopped": "stopped after enough training steps",
    "finished": "ran to its end",
    "exited": "ended itself with an exit",
    "raised": "raised an error",
    "out-of-time": "ran out of time",
}
_KINDS = {
    "value": "is wrong by itself",
    "multiple": "is right but for a factor",
    "part": "holds some of the paths only",
    "penalty": "holds a summand that the loss does not show",
}


def events(inspection: Inspection) -> tuple[Event, ...]:
    """The journal of one inspected program, in the order of the story."""
    found = [*_run(inspection), *_gradients(inspection), *_values(inspection)]
    found += _diagnosis(inspection)
    found += inspection.tried
    for other in inspection.others:
        found += events(other)
    return tuple(found)


def _run(inspection: Inspection) -> Iterator[Event]:
    recording, step = inspection.recording, inspection.step
    how = _ENDS.get(recording.ending.how, recording.ending.how)
    yield Event("run", f"the program {how}; {len(recording.tape.nodes)} operations recorded")
    if step is None:
        yield Event("run", "nothing the program replaces from itself through its own results")
        return
    for parameter in step.parameters:
        spot = parameter.update.new.spot
        shape = "×".join(map(str, parameter.node.shape)) or "a number"
        gradient = step.names.of(parameter.gradient.node)
        said = f"`{parameter.name}` ({shape}) is learned; its gradient is `{gradient}`"
        yield Event("run", said, spot.row if spot is not None else None)


def _gradients(inspection: Inspection) -> Iterator[Event]:
    reference = inspection.reference
    if inspection.judged is None or reference is None:
        return
    points = len(inspection.judged.points)
    for result in reference.results:
        spot = result.gradient.node.spot
        row = None if spot is None else spot.row
        right = reference.agrees(result)
        said = f"`{result.parameter.name}`: {_how(reference, result)}, at {points} points"
        yield Event("gradient", said, row, "held" if right else "failed")


def _how(reference: Evaluation, result: Result) -> str:
    """In words how a hand-written gradient lies to the true one."""
    if result.undecided or result.granted:
        return result.undecided or result.granted
    if result.vanishes:
        return "both the gradient and the truth are exactly zero"
    if not result.explained:
        return f"no multiple of the truth (relative error {result.error:.2g})"
    factor, expected = result.factor or 0.0, reference.expected(result)
    told = f"{factor:.6g} × the truth (relative error {result.error:.2g})"
    return told if reference.agrees(result) else f"{told}, {expected:.6g} is expected"


def _values(inspection: Inspection) -> Iterator[Event]:
    notes = annotated_lines(inspection.judged, inspection.reference, inspection.diagnosis)
    for note in notes:
        outcome = {"right": "held", "wrong": "failed"}.get(note.verdict, "")
        yield Event("value", note.text, note.row, outcome, minor=True)  # type: ignore[arg-type]


def _diagnosis(inspection: Inspection) -> Iterator[Event]:
    diagnosis = inspection.diagnosis
    if diagnosis is None:
        return
    for suspect in diagnosis.suspects:
        yield _suspected(inspection, suspect)
    yield from diagnosis.journal.events


def _suspected(inspection: Inspection, suspect: Suspect) -> Event:
    step = inspection.step
    assert step is not None
    spot, names = suspect.node.spot, step.names
    told = f"`{names.of(suspect.node)}` {_KINDS.get(suspect.kind, suspect.kind)}"
    if suspect.kind == "multiple":
        told += f" of {suspect.factor:.6g}"
    if suspect.role is not None:
        told += f"; it should be the derivative by `{names.of(suspect.role)}`"
    victims = ", ".join(dict.fromkeys(r.parameter.name for r in suspect.results))
    told += f"; wrong because of it: {victims}" if victims else ""
    return Event("suspect", told, None if spot is None else spot.row, "failed")
