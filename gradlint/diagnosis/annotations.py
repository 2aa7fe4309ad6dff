"""What every backward line really computes: the answers ``gradlint explain`` prints."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from gradlint.diagnosis.cotangents import NamedValues
from gradlint.diagnosis.localise import Diagnosis
from gradlint.findings import Annotation
from gradlint.truth.verdicts import loss_symbol

if TYPE_CHECKING:
    from gradlint.diagnosis.identify import Identity
    from gradlint.source.spots import Spot
    from gradlint.trace.tape import Node
    from gradlint.truth.evaluate import Evaluation
    from gradlint.truth.judge import Judged


def annotated_lines(
    judged: Judged | None, reference: Evaluation | None, diagnosis: Diagnosis | None
) -> list[Annotation]:
    """One annotation for each line of the backward pass, in order of the source."""
    if judged is None or reference is None:
        return []
    namer = _Namer(judged, reference, diagnosis)
    rows: dict[int, dict[Any, Node]] = {}  # by place in the row: of a loop, its last round
    for node in namer.carriers:
        if node.spot is not None and _is_statement_value(node):
            rows.setdefault(node.spot.statement.lineno, {})[node.spot.node] = node
    found = {row: namer.annotations(row, list(nodes.values())) for row, nodes in rows.items()}
    for result in reference.results:
        node = result.gradient.node
        row = node.spot.statement.lineno if node.spot is not None else 0
        if row and row not in found:
            told = namer.annotation(row, node)
            text = f"{judged.study.step.names.of(node)} {told.text}"
            right = "right" if reference.agrees(result) else "wrong"
            found[row] = [Annotation(row, text, right)]  # type: ignore[arg-type]
    return [annotation for row in sorted(found) for annotation in found[row]]


class _Namer:
    """Says what a value is, or what it would be but for the lines that are wrong."""

    def __init__(self, judged: Judged, reference: Evaluation, diagnosis: Diagnosis | None) -> None:
        self.judged, self.symbol = judged, loss_symbol(reference)
        self.believed = diagnosis or Diagnosis(judged, reference)
        # A diagnosis takes wrong values for granted, to judge the lines behind them by themselves.
        self.true = NamedValues(judged, reference) if self.believed.suspects else self.believed
        self.carriers = self.believed.carriers
        descendants = judged.study.step.graph.descendants
        self.blamed = [
            (s.node.spot, descendants([s.node]))
            for s in self.believed.suspects
            if s.node.spot is not None
        ]

    def annotations(self, row: int, nodes: list[Node]) -> list[Annotation]:
        """The annotations of a line, with the names of its values if it computes several."""
        if len(nodes) == 1:
            return [self.annotation(row, nodes[0])]
        told = [self.annotation(row, node, alone=False) for node in nodes]
        heads = [
            f"{node.names[0]}{'' if t.text[0] == '=' else ':'}" if node.names else ""
            for node, t in zip(nodes, told, strict=True)
        ]
        return [
            replace(each, text=f"{head} {each.text}".strip())
            for head, each in zip(heads, told, strict=True)
        ]

    def annotation(self, row: int, node: Node, *, alone: bool = True) -> Annotation:
        """The annotation of a value, which may be ``alone`` in its row."""
        true, believed = self.true.identify(node), self.believed.identify(node)
        wrong = any(
            row == spot.statement.lineno and (alone or _within(spot, node))
            for spot, _ in self.blamed
        )
        if true is not None or believed is None:
            known = "unknown" if true is None else "right"
            text = describe(self.judged, node, true, self.symbol)
            return Annotation(row, text, "wrong" if wrong else known)  # type: ignore[arg-type]
        meant = describe(self.judged, node, believed, self.symbol).removeprefix("= ")
        if wrong:
            return Annotation(row, f"not {meant}", "wrong")
        rows = sorted({s.statement.lineno for s, reach in self.blamed if node.index in reach})
        lines = " and ".join(map(str, rows))
        mended = f"line {lines} is right" if len(rows) == 1 else f"lines {lines} are right"
        what, _, shape = meant.rpartition("  ")
        return Annotation(row, f"{what} once {mended}  {shape}", "unknown")


def _within(spot: Spot, node: Node) -> bool:
    """Whether a spot is (a part of) the expression that computed a value."""
    return node.spot is not None and spot.node in ast.walk(node.spot.node)


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
