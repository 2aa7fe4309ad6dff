"""Programs whose carried values move on by themselves: fields, bodies, hypotheses, no parameters.

``u = u + dt * laplacian(u)`` has the form of a training step, with a force for a gradient.  It is
taken for a state where no loss is followed, stated or implied, nothing is taken away from it as a
descent would, and not a word of the program speaks of learning.  Any of these, and the program is
answered as one that trains: what is not checked must not read as clean.
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

import numpy as np

from gradlint.checking.shapes import seems_to_learn
from gradlint.trace.record import Recording, record

if TYPE_CHECKING:
    from gradlint.config import Options
    from gradlint.reading.step import Parameter, Step
    from gradlint.source.spots import SourceFile
    from gradlint.truth.judge import Judged

_LONGEST = 8.0  # seconds for a run of a program that trains nothing
_LEARNING = re.compile(
    r"epoch|loss|cost|grad|learn|train|label|target|predict|neuron|layer|percep|sigmoid|relu|fit"
    r"|weight_|perturb|adversar|descent|ascent|optim",
    re.IGNORECASE,
)
_PARAMETER = re.compile(
    r"^(w|b|bias(es)?|theta|beta|coefs?|params?|weights?)_?\w?\d*$", re.IGNORECASE
)


def moves_by_itself(recording: Recording, step: Step, judged: Judged | None) -> bool:
    """Whether what follows no loss that can be seen is the state of something that just changes."""
    others = [] if judged is None else judged.others
    if any(e.objective.misfit or e.objective.is_implied for e in others):
        return False
    if any(_descends(p) or _has_its_name(p) for p in step.parameters):
        return False
    words = _words(recording.file.tree)
    return not any(map(_LEARNING.search, words)) and not seems_to_learn(recording)


def run_to_its_end(file: SourceFile, options: Options, timeout: float) -> Recording | None:
    """All that a program without training does, if it comes to its end in time."""
    recording = record(
        file,
        lambda _: False,
        seed=options.seed,
        timeout=min(timeout, _LONGEST),
        assume=dict(options.set),
        argv=options.args,
        module=options.module,
    )
    return recording if recording.ending.how in ("finished", "raised", "exited") else None


def _descends(parameter: Parameter) -> bool:
    return parameter.update.new.function is np.subtract


def _has_its_name(parameter: Parameter) -> bool:
    names = [name.rpartition(".")[2] for name in (parameter.name, *parameter.node.names)]
    return any(map(_PARAMETER.match, names))


def _words(tree: ast.AST) -> set[str]:
    """Everything that has a name in a program."""
    found = set()
    for part in ast.walk(tree):
        for kind in ("id", "attr", "name", "arg"):
            name = getattr(part, kind, None)
            if isinstance(name, str):
                found.add(name)
    return found
