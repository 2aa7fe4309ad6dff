"""gradlint's own limits, said honestly: GL9xx, each with what the user can do about it."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import numpy as np

from gradlint.checking.shapes import looked_at, not_run
from gradlint.findings import Finding, Site
from gradlint.truth.tried import readings_tried

if TYPE_CHECKING:
    from gradlint.trace.record import Recording
    from gradlint.trace.stage import Ending
    from gradlint.truth.evaluate import Evaluation
    from gradlint.truth.judge import Judged

_SHOWN = 4  # readings that a finding names; the report holds more
# Names that only Python 2 had, and what Python 3 has instead.
_PYTHON_2 = {
    "xrange": "range", "raw_input": "input", "unicode": "str", "unichr": "chr", "long": "int",
    "reduce": "functools.reduce", "basestring": "str", "execfile": "exec",
}  # fmt: skip


def limit(
    recording: Recording,
    judged: Judged | None,
    reference: Evaluation | None,
    found: list[Finding],
) -> list[Finding]:
    """Why something could not be judged, if so and if nothing else explains it."""
    ending, filename = recording.ending, recording.file.filename
    whole = Site(filename, 1, 1, 1, 1)
    claims = [f for f in found if f.severity != "note"]
    told: list[Finding] = []
    if ending.how == "raised" and not claims:
        told.append(_raised(recording, whole))
    elif ending.how == "out-of-time" and judged is None:
        told.append(_timeout(ending, whole))
    elif judged is None and not claims:
        told.append(_no_step(recording, whole))
    rest = not_run(recording)
    if rest is not None:
        told.append(rest)
    if judged is not None and reference is None:
        told.append(_no_loss(judged, whole))
    elif judged is not None and not judged.confirmed:
        told.append(_disagree(judged, whole))
    return told


def _raised(recording: Recording, whole: Site) -> Finding:
    ending = recording.ending
    site = ending.site or whole
    if ending.missing_name in _PYTHON_2:
        message = f"this is Python 2 (`{ending.missing_name}`); gradlint runs Python 3"
        help_ = f"write `{_PYTHON_2[ending.missing_name]}`"
        return Finding("GL905", "could-not-run", "error", message, site, help=help_)
    error = f"{ending.exception}: {ending.message}" if ending.message else ending.exception
    if ending.meant:
        return _misspelt(recording, error, site)
    if ending.exception == "IndexError" and _is_about_arguments(recording, site):
        return _arguments(recording, "", whole)
    if "read-only" in ending.message:
        return Finding(
            "GL905", "could-not-run", "error", f"the program stops with {error}", site,
            help="the array is locked, its shape fits: update a copy of it (`.copy()`), or unlock "
            "it with `.setflags(write=True)` before this line",
        )  # fmt: skip
    if ending.missing_name:
        name = ending.missing_name
        return Finding(
            "GL906", "missing-data", "error", f"the program stops because `{name}` is not defined",
            site, help=f"give it with --set {name}=EXPRESSION, for example --set '{name}="
            "np.random.rand(10, 3)', or let --fill make it up",
        )  # fmt: skip
    if ending.missing_file:
        return Finding(
            "GL906", "missing-data", "error",
            f"the program stops because the file `{ending.missing_file}` is not there", site,
            help="run gradlint where the file is, or give made-up data in place of the line: "
            "--set NAME=EXPRESSION, or --fill",
        )  # fmt: skip
    if ending.missing_module:
        return Finding(
            "GL905", "could-not-run", "error",
            f"the program needs the module `{ending.missing_module}`, which is not installed", site,
            help=f"install `{ending.missing_module}` in the environment gradlint runs in",
        )  # fmt: skip
    return Finding(
        "GL905", "could-not-run", "error", f"the program stops with {error}", site,
        help="make it run for two training steps, then check again",
    )  # fmt: skip


def _reads_arguments(recording: Recording) -> bool:
    ending = recording.ending
    return ending.complaint is not None or (
        bool(ending.exit_code) and "argv" in recording.file.text
    )


def _is_about_arguments(recording: Recording, site: Site) -> bool:
    """Whether the line that raised reads ``sys.argv``."""
    lines = recording.file.lines
    here = site.filename == recording.file.filename and site.row <= len(lines)
    return here and "argv" in lines[site.row - 1]


def _arguments(recording: Recording, complaint: str, whole: Site) -> Finding:
    file, ending = recording.file, recording.ending
    said = f" ({complaint})" if complaint else ""
    return Finding(
        "GL905", "could-not-run", "error",
        f"the program wants other command-line arguments{said}", ending.site or whole,
        help=f"give them behind `--`: gradlint check {file.filename} -- ARGUMENTS, or as `args` in "
        "[tool.gradlint]",
    )  # fmt: skip


def _misspelt(recording: Recording, error: str, site: Site) -> Finding:
    meant, tree = recording.ending.meant, recording.file.tree
    rows = [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and node.id == meant
    ]
    where = f", which is set in line {min(rows)}" if rows else ""
    error = error.partition(". Did you mean")[0]
    return Finding(
        "GL905", "could-not-run", "error", f"the program stops with {error}", site,
        help=f"did you mean `{meant}`{where}?",
    )  # fmt: skip


def _timeout(ending: Ending, whole: Site) -> Finding:
    return Finding(
        "GL909", "timeout", "error", "no complete training step was seen before time was over",
        ending.site or whole,
        help="raise --timeout, or check a smaller version of the data",
    )  # fmt: skip


def _no_step(recording: Recording, whole: Site) -> Finding:
    ending, site = recording.ending, whole
    seen = looked_at(recording)
    if seen:
        return Finding("GL901", "no-training-step", "note", f"no training step; {seen}", whole)
    help_ = "call the training loop at module level, or check a function pair with gradlint.check"
    if ending.how == "exited" and _reads_arguments(recording):
        return _arguments(recording, ending.complaint or ending.message, whole)
    if ending.how == "exited":
        said = f": {ending.message}" if ending.message else ""
        message = f"the program ended itself (exit code {ending.exit_code}{said})"
        message += " before a training step"
        site = ending.site or whole
        help_ = "take the exit out, or put it behind the training"
    elif not any(isinstance(node.value, np.ndarray) for node in recording.tape.nodes):
        message = "no training step was seen: the program makes no NumPy array"
        help_ = "give the script that trains the network"
    else:
        message = (
            "no training step was seen: nothing that the program computes from arrays is updated "
            "from its own gradient"
        )
    absent = ", ".join(ending.absent)
    explanation = f"not installed, and replaced by a stand-in: {absent}" if absent else ""
    return Finding(
        "GL901",
        "no-training-step",
        "error",
        message,
        site,
        explanation=explanation,
        help=help_,
        evidence={"ended": ending.how},
    )


def _no_loss(judged: Judged, whole: Site) -> Finding:
    names = ", ".join(p.name for p in judged.study.step.parameters)
    return Finding(
        "GL902", "trace-break", "error",
        f"the gradients of {names} could not be connected to any loss", whole,
        help="compute the loss in the program, from the values the backward pass starts with",
    )  # fmt: skip


def _disagree(judged: Judged, whole: Site) -> Finding:
    if not judged.study.points:
        return Finding(
            "GL902", "trace-break", "error",
            "the training step takes another course at other parameter values, so one point is "
            "all there is to judge it by", whole,
            help="start from parameters without special values, such as zeros",
        )  # fmt: skip
    return Finding(
        "GL904", "references-disagree", "error",
        "reverse mode and central differences disagree about this program, so neither may judge it",
        whole,
        explanation=f"relative difference {judged.worst_difference:.1e}",
        help="look for values that leave NumPy on the way to the loss",
    )  # fmt: skip


_SETTLE = (
    "name the loss that is meant with --loss NAME or --loss LINE, or compute it in the program "
    "from the same outputs"
)


def no_such_loss(judged: Judged, reference: Evaluation, filename: str) -> Finding:
    """GL902: the backward pass differentiates something that the program does not show."""
    tried = "; ".join(map(str, readings_tried(judged, reference)[:_SHOWN]))
    delta = reference.objective.pairs[-1][1]
    site, message = Site(filename, 1, 1, 1, 1), "these gradients follow no loss that can be seen"
    if reference.objective.kind == "bare" and delta is not None and delta.spot is not None:
        site = delta.spot.site
        message = (
            f"the gradients follow from `{judged.study.step.names.of(delta)}`, which is the "
            "derivative of no loss that gradlint knows"
        )
    return Finding(
        "GL902", "trace-break", "error", message, site,
        explanation=f"tried: {tried}" if tried else "", help=_SETTLE,
    )  # fmt: skip


def not_computed(loss: str, filename: str) -> Finding:
    """GL902: the loss that the user names is nothing that a training step computes."""
    told = f"in line {loss}" if loss.isdecimal() else f"called `{loss}`"
    return Finding(
        "GL902", "trace-break", "error",
        f"the training step computes nothing {told} from its parameters",
        Site(filename, 1, 1, 1, 1),
        help="give --loss the name or the line of a number that the step computes",
    )  # fmt: skip
