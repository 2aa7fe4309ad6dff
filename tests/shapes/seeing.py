"""How the tests of this folder run a program: recorded for two steps, judged, its shapes read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gradlint.checking.shapes import shape_findings
from gradlint.reading.graph import Graph
from gradlint.reading.step import find_step
from gradlint.reading.updates import find_lineages
from gradlint.trace.record import record
from gradlint.truth.judge import Judged, judge_step
from gradlint.truth.study import Study

if TYPE_CHECKING:
    from gradlint.findings import Finding
    from gradlint.source.spots import SourceFile
    from gradlint.trace.tape import Tape


def seen(file: SourceFile) -> tuple[list[Finding], Judged | None]:
    """Run a program and return what its shapes give away, and the verdict on its gradients."""
    recording = record(file, _enough, timeout=20)
    step = find_step(recording.tape)
    judged = None if step is None else judge_step(Study(step))
    return shape_findings(recording, step, judged), judged


def _enough(tape: Tape) -> bool:
    lines = find_lineages(Graph(tape))
    return bool(lines) and all(len(line.updates) >= 2 for line in lines)
