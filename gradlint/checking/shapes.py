"""What the shapes of one run give away: every shape mistake asked, crash or no crash.

No training step is needed.  What a program does behind its training loop is asked about as well;
what was not run is said.
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

import numpy as np

from gradlint.findings import Finding, Site
from gradlint.mistakes import catalogue
from gradlint.reading.axes.scope import Seen
from gradlint.reading.axes.whole import joined
from gradlint.reading.enough import Enough
from gradlint.reading.names import meant_by, plain
from gradlint.reading.step import find_step
from gradlint.trace.record import record

if TYPE_CHECKING:
    from collections.abc import Collection

    from gradlint.reading.step import Step
    from gradlint.trace.ending import Ending
    from gradlint.trace.record import Recording
    from gradlint.trace.tape import Node
    from gradlint.truth.judge import Judged


def shape_findings(
    recording: Recording,
    step: Step | None,
    judged: Judged | None = None,
    blamed: Collection[int] = (),
) -> list[Finding]:
    """Return what is proven about shapes and axes, sparing rows that are ``blamed`` already."""
    seen = facts_for_shapes(recording, step, judged, blamed)
    found = _distinct(_asked(seen), blamed)
    if recording.behind is not None and not any(f.severity == "error" for f in found):
        found += _distinct(_behind(seen), [f.site.row for f in found])
    return found


def _asked(seen: Seen) -> list[Finding]:
    """What every shape mistake says of one run."""
    found: list[Finding] = []
    for mistake in catalogue().mistakes:
        if seen.recording.ending.how == "raised" and hasattr(mistake, "in_crash"):
            found += mistake.in_crash(seen)
        if hasattr(mistake, "in_trace"):
            found += mistake.in_trace(seen)
    return found


def _behind(before: Seen) -> list[Finding]:
    """What is wrong behind the training loop, whose later rounds nobody waited for.

    An error there is the program's own if it raises it after all its rounds, too.
    """
    return _asked(_with_rest(before))


def _with_rest(before: Seen) -> Seen:
    """What was seen behind the training loop.

    Where it raises, the program is run once more with all its rounds: a series that holds a number
    for each of them is too short without.  If that takes too long, the error stands.
    """
    known = before.recording.tape.remembered  # several ask
    found: Seen | None = known.get("rest")
    if found is None:
        found = _joined(before)
        if found.recording.ending.how == "raised":
            file = before.recording.file
            again = record(file, Enough(), further=Enough, timeout=_LONGEST, whole=True)
            if again.behind is not None and again.behind.ending.how in ("raised", "finished"):
                found = _joined(Seen(again, find_step(again.tape)))
        known["rest"] = found
    return found


def raised(recording: Recording) -> bool:
    """Whether a program raised, at once or behind all rounds of its training loop."""
    if recording.behind is None:
        return recording.ending.how == "raised"
    return _with_rest(Seen(recording, find_step(recording.tape))).recording.ending.how == "raised"


_LONGEST = 8.0  # seconds for a run with all rounds


def _joined(before: Seen) -> Seen:
    recording, start = joined(before.recording), len(before.recording.tape)
    return Seen(recording, None, before=before, start=start)


def whole_run(recording: Recording, step: Step | None) -> Seen:
    """Return all that was seen of a run, also behind its training loop."""
    seen = Seen(recording, None)
    return seen if recording.behind is None else _with_rest(Seen(recording, step))


def crash_seen(recording: Recording, step: Step | None, judged: Judged | None) -> Seen:
    """Return what there is to say about the operation that raised, before or behind the loop."""
    seen = facts_for_shapes(recording, step, judged)
    return seen if recording.behind is None else _with_rest(seen)


def facts_for_shapes(
    recording: Recording,
    step: Step | None,
    judged: Judged | None = None,
    blamed: Collection[int] = (),
) -> Seen:
    """Collect what the shape mistakes may ask about."""
    if step is None or judged is None or judged.followed is None:
        return Seen(recording, step, blamed=blamed)
    reference = judged.followed
    if reference.objective.kind == "bare" and judged.computed is not None:
        reference = judged.computed  # nothing natural fits: hold it against what is computed
    # Where only what comes behind the gradient is wrong, no shape made the gradient so.
    off = (r for r in reference.results if not reference.agrees(r) and r.objection is None)
    wrong = [r.parameter for r in off]
    others = [r.parameter for r in reference.results if r.parameter not in wrong]
    objective = (judged.computed or judged.followed).objective
    return Seen(
        recording,
        step,
        frozenset(step.graph.ancestors(objective.values)),
        tuple(wrong),
        tuple(others),
        blamed,
    )


def _distinct(findings: list[Finding], blamed: Collection[int]) -> list[Finding]:
    """Keep one finding for each line: the first, which says most.

    What may be the mere look of a mistake is spared where the gradients explain the line.  The
    others are proven by themselves: an array was overwritten, an axis lost, a column met a row.
    """
    known = catalogue()
    found: dict[tuple[str, int], Finding] = {}
    for finding in findings:
        place = finding.site.filename, finding.site.row
        if finding.site.row not in blamed or not known.says(finding, "mere_look"):
            found.setdefault(place, finding)
    return sorted(found.values(), key=lambda f: (f.site, f.code))


# -- what was looked at -------------------------------------------------------------------------

# Functions that work out a gradient, and those that are no training if nobody calls them.
_BACKWARD = re.compile(r"(?i:back_?(ward|prop)|grad|deriv|_?sgd)|(^|_)d[A-Z]")
_TRAINING = re.compile(r"train|fit|learn|optimi[sz]e|update|step|epoch|forward|main|run")

_RATE = re.compile(r"(^|[._])(lr|eta|alpha|(learning_?)?rate|step_?size)$", re.IGNORECASE)


def looked_at(recording: Recording) -> str:
    """Say what was looked at in a program that trains nothing; empty where that may be wrong."""
    nodes = [n for n in recording.tape.nodes if n.spot is not None and not n.is_leaf]
    if recording.ending.how != "finished" and recording.ending.exit_code != 0:
        return ""
    arrays = any(n.shape for n in recording.tape.nodes)
    if not arrays or not nodes or seems_to_learn(recording):
        return ""
    spread = sum(_is_broadcast(node) for node in nodes)
    operations = f"{len(nodes)} operation{'' if len(nodes) == 1 else 's'}"
    return f"{operations}, {spread} broadcast{'' if spread == 1 else 's'}, shapes agree"


def _is_broadcast(node: Node) -> bool:
    function = node.function
    elementwise = isinstance(function, np.ufunc) and function.signature is None
    return elementwise and any(p.shape and p.shape != node.shape for p in node.parents)


def seems_to_learn(recording: Recording) -> bool:
    """Whether a backward pass is there, by names alone: it is not known to be right."""
    called = {getattr(i.function, "__name__", "") for i in recording.tape.invocations}
    return any(_learns(part, called) for part in ast.walk(recording.file.tree)) or _names_gradients(
        recording
    )


def _learns(part: ast.AST, called: set[str]) -> bool:
    if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef):
        training = _TRAINING.search(part.name) and part.name not in called
        return bool(training or _BACKWARD.search(part.name))
    return isinstance(part, ast.AugAssign | ast.Assign) and _looks_like_a_step(part)


def _names_gradients(recording: Recording) -> bool:
    """Whether a value is called the derivative of another one of its shape."""
    named = [(name, n.shape) for n in recording.tape.nodes for name in n.names if n.shape]
    known = {plain(name): shape for name, shape in named}
    return any(known.get(meant_by(name) or "") == shape for name, shape in named)


def _looks_like_a_step(statement: ast.AugAssign | ast.Assign) -> bool:
    """``w -= 0.1 * g``, or ``w = w + lr * g``: a rate is a constant, or has the name of one."""
    value = statement.value
    if isinstance(statement, ast.Assign):
        if not isinstance(value, ast.BinOp) or not isinstance(value.op, ast.Add | ast.Sub):
            return False
        if ast.unparse(value.left) != ast.unparse(statement.targets[0]):
            return False
        sign, value = value.op, value.right
    else:
        sign = statement.op  # type: ignore[assignment]
    product = [
        n for n in ast.walk(value) if isinstance(n, ast.BinOp) and isinstance(n.op, ast.Mult)
    ]
    factors = [factor for n in product for factor in (n.left, n.right)]
    if any(
        _RATE.search(ast.unparse(f)) for f in factors if isinstance(f, ast.Name | ast.Attribute)
    ):
        return True
    return isinstance(sign, ast.Sub) and any(isinstance(f, ast.Constant) for f in factors)


def _last(recording: Recording) -> Ending:
    """How a program came to its end, behind all of its loops if it got there."""
    rest: Seen | None = recording.tape.remembered.get("rest")
    if rest is not None:
        return rest.recording.ending
    return recording.ending if recording.behind is None else recording.behind.ending


def not_run(recording: Recording) -> Finding | None:
    """A note on the lines behind the last one that was run, if a program was not run to its end."""
    behind = recording.behind
    ending, file = _last(recording), recording.file
    rows = [frame.row for frame in ending.frames if frame.filename == file.filename]
    if not rows or (behind is None and ending.how == "raised"):
        return None
    why = {
        "stopped": "two training steps were enough",
        "out-of-time": "time was over",
        "raised": f"after two training steps line {rows[-1]} stops with {ending.exception}",
    }.get(ending.how)
    left = [s for s in file.tree.body if s.lineno > rows[0] and not isinstance(s, _QUIET)]
    if why is None or not left:
        return None
    first, last = left[0].lineno, left[-1].end_lineno
    where = f"line {first} was" if first == last else f"lines {first}–{last} were"
    site = Site(file.filename, first, 1, first, 1)
    return Finding("GL910", "not-run", "note", f"{where} not run: {why}", site)


_QUIET = (ast.FunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom)
