"""One suspect and the values around it, and the form of a claim about it.

What follows from an altered line is worked out above, in ``case``.
"""

from __future__ import annotations

import ast
import re
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from gradlint.diagnosis.alterations import altered_at, parsed
from gradlint.diagnosis.line import Scene
from gradlint.diagnosis.loop_indices import in_loop
from gradlint.reading.updates import taken
from gradlint.source.scopes import visible
from gradlint.structs import field, struct
from gradlint.trace.primitives import setitem
from gradlint.trace.tape import Invocation, Node
from gradlint.truth.activations import Activation, recognise

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from gradlint.diagnosis.catalogue import Catalogue
    from gradlint.diagnosis.identify import Identity
    from gradlint.diagnosis.localise import Diagnosis, Suspect
    from gradlint.findings import Fix, Label, Site
    from gradlint.reading.lineage import Term
    from gradlint.trace.record import Recording
    from gradlint.truth.evaluate import Evaluation
    from gradlint.truth.judge import Judged


@struct(eq=False)
class Experiment:
    """What a mistake claims about a suspect, in a form that can be refuted.

    ``predicted`` is the wrong value the mistake would have produced, at every point.  ``edits`` are
    pairs (part of the statement, new text) after which the line would compute the right value;
    ``corrected`` is what it would compute after a change that is not one of its text, or a function
    that works that out.  One of them must come out for the claim to stand.  ``cost`` ranks claims
    that all come out: the simpler slip is the likelier one.
    """

    message: str
    cost: float
    predicted: Iterable[np.ndarray] | None = None
    corrected: list[np.ndarray] | Callable[[], list[np.ndarray] | None] | None = None
    edits: tuple[tuple[ast.expr, str], ...] = ()
    help: str = ""
    labels: tuple[Label, ...] = ()
    evidence: dict[str, Any] = field(default_factory=dict)
    as_found: bool = False  # ``predicted`` is what the program has, as for a right value misused
    companions: tuple[tuple[str, str, str], ...] = ()  # (code, name, message) of a second slip
    fix: Fix | None = None  # edits of other statements than the suspect's
    site: Site | None = None  # where it went wrong, if that is such a statement


class Context:
    """A suspect, its scene, and the values around it."""

    def __init__(
        self,
        recording: Recording,
        judged: Judged,
        reference: Evaluation,
        diagnosis: Diagnosis,
        suspect: Suspect,
        symbol: str,
        catalogue: Catalogue,
    ) -> None:
        self.recording, self.judged, self.reference = recording, judged, reference
        self.diagnosis, self.suspect, self.symbol = diagnosis, suspect, symbol
        self.catalogue = catalogue
        self.study, self.step = judged.study, judged.study.step
        self.names = self.step.names
        self.node = suspect.node
        self.points = range(len(self.study.points))
        self._parsed: dict[str, ast.expr] = {}

    # -- the line ---------------------------------------------------------------------------

    @cached_property
    def scene(self) -> Scene:
        """The statement's execution."""
        return Scene(self.study, self.node, self.recording.namespace)

    @cached_property
    def scenes(self) -> list[Scene]:
        """All executions of a line that adds up what the suspect is, else the only one."""
        if not self.accumulates or self.suspect.parameter is None:
            return [self.scene]
        gradient = self.suspect.parameter.gradient.node
        reach = self.step.graph.ancestors([gradient])
        nodes = [
            self.step.graph.nodes[i]
            for i in sorted(reach & self.step.dependent)
            if self.step.graph.nodes[i].spot is self.node.spot
            and self.step.graph.nodes[i].function in (np.add, np.subtract)
        ]
        return [Scene(self.study, node, self.recording.namespace) for node in nodes]

    def computes(self, expression: ast.expr, points: int | None = None) -> list[np.ndarray] | None:
        """What the line would make of the suspect with another expression, at every point.

        A first look does with fewer ``points``.
        """
        total: list[np.ndarray] | None = None
        for scene in self.scenes:
            values = scene.everywhere(expression, points)
            if values is None:
                return None
            if total is None:
                total = values
            elif [t.shape for t in total] == [v.shape for v in values]:
                total = [t + v for t, v in zip(total, values, strict=True)]
            else:
                return None
        if self.accumulates and total is not None and self.node.function is np.subtract:
            return [-value for value in total]
        return total

    @cached_property
    def root(self) -> ast.expr | None:
        """The expression whose value is the suspect."""
        if self.node.spot is None:
            return None
        place = self.node.spot.node
        if isinstance(place, ast.AugAssign):
            return place.value
        return place if isinstance(place, ast.expr) else None

    @property
    def accumulates(self) -> bool:
        """Whether the line adds to what earlier executions of it left."""
        return self.node.spot is not None and isinstance(self.node.spot.node, ast.AugAssign)

    @property
    def added(self) -> Node:
        """The suspect, or the sum in it that a line writes into a part: ``dx[i : k] += ...``."""
        part = self.node.args[-1] if self.accumulates and self.node.function is setitem else None
        inside = isinstance(part, Node) and part.spot is self.node.spot
        return part if isinstance(part, Node) and inside else self.node

    @property
    def written(self) -> str:
        """What the suspect is called: its name, or the text of its expression."""
        statement = self.node.spot.statement if self.node.spot else None
        if isinstance(statement, ast.Assign) and statement.value is self.root:
            return self.text(statement.targets[0])
        if isinstance(statement, ast.AugAssign) and self.accumulates:
            return self.text(statement.target)
        return self.names.of(self.node)

    @property
    def place(self) -> Site:
        """Where the wrong value is computed."""
        assert self.node.spot is not None
        spot = self.node.spot
        return spot.file.site(self.root if self.root is not None else spot.node)

    def note(self, mistake: Any, edits: tuple[tuple[ast.expr, str], ...], held: str | None) -> None:
        """Leave a claim of a mistake and whether it held in the journal."""
        row = None if self.node.spot is None else self.node.spot.row
        texts = [(self.text(old), new) for old, new in edits]
        self.diagnosis.journal.tried(row, texts, mistake.code, held)

    @property
    def victims(self) -> str:
        """The parameters that inherit the error."""
        return ", ".join(dict.fromkeys(r.parameter.name for r in self.suspect.results))

    @cached_property
    def deviation(self) -> float | None:
        """How far the value is from what it should be, relative to the larger of the two."""
        if self.right is None or self.right[0].size != self.user[0].size:
            return None
        gaps = []
        for value, right in zip(self.user, self.right, strict=True):
            size = max(float(np.abs(value).max()), float(np.abs(right).max()))
            gaps.append(float(np.abs(value - right.reshape(value.shape)).max()) / size)
        return max(gaps)

    def text(self, node: ast.AST) -> str:
        """Source text of a part of the line, on one line."""
        assert self.node.spot is not None
        return " ".join(self.node.spot.file.text_of(node).split())

    def parts(self) -> tuple[tuple[ast.expr, Node | None], ...]:
        """All sub-expressions of the line with the values they had."""
        return self._valued

    @cached_property
    def _valued(self) -> tuple[tuple[ast.expr, Node | None], ...]:
        if self.root is None:
            return ()
        found: list[tuple[ast.expr, Node | None]] = []
        for part in ast.walk(self.root):
            if isinstance(part, ast.expr):
                value = self.scene.parts.get(part)
                result = value.result if isinstance(value, Invocation) else value
                found.append((part, result if isinstance(result, Node) else None))
        return tuple(found)

    # -- values -----------------------------------------------------------------------------

    @cached_property
    def user(self) -> list[np.ndarray]:
        """The suspect's value at every point."""
        return [self.diagnosis.value(self.node, k) for k in self.points]

    @cached_property
    def right(self) -> list[np.ndarray] | None:
        """What it should be at every point, if its role is known."""
        if self.suspect.kind == "multiple":
            return [value / self.suspect.factor for value in self.user]
        values = [self.suspect.right_value(k) for k in self.points]
        if any(v is None for v in values):
            return None
        term = self.own_term
        if term is not None and term.places:
            points = self.diagnosis.points
            return [
                taken(term, v, points[k].values)  # type: ignore[arg-type]
                for k, v in zip(self.points, values, strict=True)
            ]
        return values  # type: ignore[return-value]

    @property
    def own_term(self) -> Term | None:
        """The summand of a parameter's gradient that the suspect is: a row, one of two slices."""
        if self.suspect.parameter is None:
            return None
        terms = self.suspect.parameter.gradient.terms
        return next((term for term in terms if term.node is self.node), terms[-1])

    def of(self, node: Node) -> list[np.ndarray] | None:
        """A node's value at every point."""
        points = self.study.points
        if any(node.index not in p.values for p in points):
            return None
        return [np.asarray(p.values[node.index], dtype=float) for p in points]

    def is_total(self, node: Node) -> bool:
        """Whether a value is the sum that a gradient is collected in: nothing flows back from it.

        Neither another path nor a neighbour of one, unless the line itself collects.
        """
        added = node.spot is not None and isinstance(node.spot.node, ast.AugAssign)
        return added or node.index in self.diagnosis.running

    def truth(self, node: Node) -> list[np.ndarray] | None:
        """∂L/∂node at every point."""
        truths = [t.get(node.index) for t in self.suspect.truths]
        return None if any(t is None for t in truths) else truths  # type: ignore[return-value]

    # -- the layer --------------------------------------------------------------------------

    @property
    def role(self) -> Node | None:
        """The forward value whose cotangent the suspect should be."""
        return self.suspect.role

    @property
    def upstream(self) -> tuple[Node, Identity] | None:
        """The right backward value that the suspect carries on: through its layer, if it is one."""
        if self._layer is not None:
            return self._layer[1]
        return next(iter(self.upstreams), None)

    @cached_property
    def upstreams(self) -> list[tuple[Node, Identity]]:
        """The right backward values that the suspect was made of, the youngest first.

        Those further inside the line as well: a product may be a derivative by coincidence.
        """
        found = dict(self.suspect.upstream)
        for _, node in self.parts():
            if node is not None and node not in found and node is not self.node:
                identity = (
                    self.diagnosis.identify(node) if node in self.diagnosis.carriers else None
                )
                if identity is not None:
                    found[node] = identity
        return list(found.items())

    @property
    def activation(self) -> tuple[Activation, Node, Node] | None:
        """(activation, z, a) where the suspect should carry ∂L/∂a over to ∂L/∂z."""
        return None if self._layer is None else self._layer[0]

    @cached_property
    def _layer(self) -> tuple[tuple[Activation, Node, Node], tuple[Node, Identity]] | None:
        if self.role is None or self.suspect.parameter is not None:
            return None
        z, before = self.role, self.of(self.role)
        if before is None:
            return None
        for above in self.upstreams:
            for a in self._outputs(above[1].value):
                after = self.of(a)
                if z is a or after is None or before[0].shape != after[0].shape:
                    continue
                found = recognise(before[0], after[0])
                if found is not None:
                    return (found, z, a), above
        return None

    def _outputs(self, above: Node) -> list[Node]:
        """A forward value, and those before it that have the same cotangent (a skip connection)."""
        truth = self.truth(above)
        found = [above]
        frontier = [above]
        for _ in range(6):
            frontier = [p for n in frontier for p in n.parents if p.index in self.diagnosis.forward]
            for node in frontier:
                other = self.truth(node)
                if truth is None or other is None or node in found:
                    continue
                if other[0].shape == truth[0].shape and np.allclose(other[0], truth[0], rtol=1e-9):
                    found.append(node)
        return found

    def shown(self, role: Node | None, factor: float = 1.0) -> str:
        """``c·∂L/∂v`` in the user's names."""
        if role is None:
            return "nothing known"
        sign = "−" if factor < 0 else ""
        size = "" if abs(abs(factor) - 1) < 1e-9 else f"{abs(factor):.6g}·"
        label = self.label(role)
        return f"{sign}{size}∂{self.symbol}/∂{label if role.names else f'({label})'}"

    def label(self, node: Node) -> str:
        """A short name of a forward value for use in ``∂L/∂…``."""
        for parameter in self.step.parameters:
            if parameter.node is node:
                return parameter.name
        return self.names.of(self._handed_in(node))

    def _handed_in(self, node: Node) -> Node:
        """What a call was given, for a value that has a name in the called function alone."""
        call = next((c for c in self.step.tape.invocations if c.frame == node.frame), None)
        bound = {frame for _, frame, _, value in self.step.tape.bound if value is node}
        if call is None or node.frame == self.node.frame or not bound <= {node.frame}:
            return node
        given = [a for a in (*call.args, *call.kwargs.values()) if isinstance(a, Node)]
        return next((a for a in given if a.shape == node.shape), node)

    def named(self, node: Node) -> str | None:
        """Source text that means a value where the line stands, or None."""
        if node in self.called:
            return in_loop(self.scene, self.called[node], node)
        for part, held in self.parts():
            if held is node and isinstance(part, (ast.Name, ast.Attribute, ast.Subscript)):
                return self.text(part)
        return None

    @cached_property
    def called(self) -> dict[Node, str]:
        """The best name of every value that has one where the line stands.

        `g` rather than `cache[0][3]`: what is taken out of a container has another number in the
        next round.  No name that only another function or a comprehension knows.
        """
        ranked = sorted(self.scene.names.items(), key=lambda item: _formality(item[0]))
        spot, known = self.node.spot, set(self.recording.namespace)
        known |= set() if spot is None else visible(spot.file, spot.node)
        best: dict[Node, str] = {}
        for name, node in ranked:
            if spot is None or re.split(r"\W", name, maxsplit=1)[0] in known:
                best.setdefault(node, name)
        return best

    # -- alterations ------------------------------------------------------------------------

    def altered(self, edits: tuple[tuple[ast.expr, str], ...]) -> ast.expr | None:
        """The line's expression with some parts replaced."""
        expression = self.root
        for old, text in edits:
            if expression is None:
                return None
            try:
                new = self.parse(text)
            except SyntaxError:
                return None
            expression = altered_at(expression, old, new, self._parents)
        return expression

    @property
    def _parents(self) -> dict[ast.AST, ast.AST]:
        return {} if self.node.spot is None else self.node.spot.file.parents

    def replaced(self, part: ast.expr, new: ast.expr, place: ast.expr) -> ast.expr:
        """An expression of the line with one part replaced by a new expression."""
        return altered_at(place, part, new, self._parents)

    def around(self, part: ast.AST) -> ast.expr | None:
        """The smallest expression of the line that a part stands in."""
        outer = self._parents.get(part)
        while outer is not None and not isinstance(outer, (ast.expr, ast.stmt)):
            outer = self._parents.get(outer)
        return outer if isinstance(outer, ast.expr) else None

    def parse(self, text: str) -> ast.expr:
        """New text as an expression whose unchanged parts keep their recorded values."""
        if text not in self._parsed:
            self._parsed[text] = _Linked(self).visit(parsed(text))
        return self._parsed[text]

    @cached_property
    def by_text(self) -> dict[str, ast.expr]:
        """The parts of the line by their normalised text."""
        return {ast.unparse(part): part for part, _ in self.parts()}


def _formality(name: str) -> int:
    """How far a name is from a plain one."""
    return 0 if name.isidentifier() else 1 + len(re.findall(r"\[-?\d+\]", name))


class _Linked(ast.NodeTransformer):
    """Puts the original parts of a line into a newly parsed text, where they stand unchanged."""

    def __init__(self, case: Context) -> None:
        self.case = case

    def visit(self, node: ast.AST) -> Any:
        if isinstance(node, ast.expr) and not isinstance(node, ast.Constant):
            original = self.case.by_text.get(ast.unparse(node))
            if original is not None:
                return original
        return self.generic_visit(node)
