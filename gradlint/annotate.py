"""What every backward line really computes: the answers ``gradlint explain`` prints."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gradlint.diagnose import Diagnosis
from gradlint.findings import Annotation
from gradlint.verdicts import loss_symbol

if TYPE_CHECKING:
    from gradlint.identify import Identity
    from gradlint.reference.evaluate import Evaluation
    from gradlint.reference.judge import Judged
    from gradlint.trace.tape import Node


def annotated_lines(
    judged: Judged | None, reference: Evaluation | None, diagnosis: Diagnosis | None
) -> list[Annotation]:
    """One annotation for each line of the backward pass, in order of the source."""
    if judged is None or reference is None:
        return []
    namer = diagnosis or Diagnosis(judged, reference)
    symbol = loss_symbol(reference)
    blamed = {s.node.spot.row for s in namer.suspects if s.node.spot is not None}
    found: dict[int, Annotation] = {}
    for node in namer.carriers:
        if node.spot is None or not _is_statement_value(node):
            continue
        identity = namer.identify(node)
        row = node.spot.statement.lineno
        text = describe(judged, node, identity, symbol)
        verdict = "wrong" if row in blamed else "right" if identity is not None else "unknown"
        found[row] = Annotation(row, text, verdict)  # type: ignore[arg-type]
    for result in reference.results:
        node = result.gradient.node
        row = node.spot.statement.lineno if node.spot is not None else 0
        identity = namer.identify(node)
        if row and row not in found:
            text = f"{judged.study.step.names.of(node)} {describe(judged, node, identity, symbol)}"
            right = "right" if reference.agrees(result) else "wrong"
            found[row] = Annotation(row, text, right)  # type: ignore[arg-type]
    return [found[row] for row in sorted(found)]


def _is_statement_value(node: Node) -> bool:
    """Whether a value is what its statement as a whole computes."""
    statement = node.spot.statement if node.spot else None
    return bool(node.names) or getattr(statement, "value", None) is (node.spot and node.spot.node)


def describe(judged: Judged, node: Node, identity: Identity | None, symbol: str) -> str:
    """``= 10·∂L/∂W1  (64×12288)``."""
    shape = "×".join(map(str, node.shape)) or "scalar"
    if identity is None:
        return f"= no multiple of a derivative  ({shape})"
    return f"= {formula(judged, identity, symbol)}  ({shape})"


def formula(judged: Judged, identity: Identity, symbol: str) -> str:
    """``−10·∂L/∂W1ᵀ`` in the user's names."""
    factor = identity.factor
    sign = "−" if factor < 0 else ""
    size = "" if np.isclose(abs(factor), 1.0, rtol=1e-9) else f"{abs(factor):.6g}·"
    name = _label(judged, identity.value)
    turned = "ᵀ" if identity.transposed else ""
    part = " (one path of it)" if identity.part else ""
    return f"{sign}{size}∂{symbol}/∂{name}{turned}{part}"


def _label(judged: Judged, node: Node) -> str:
    for parameter in judged.study.step.parameters:
        if parameter.node is node:
            return parameter.name
    name = judged.study.step.names.of(node)
    return name if node.names else f"({name})"
