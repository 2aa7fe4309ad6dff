"""What a program would be with one thing in it written otherwise: tried as a whole.

Where the gradients do not belong to the loss that is stated, the text is asked whether the loss is
one small edit away from one they do belong to: then the slip is in the loss.  Where nothing that
was found promises to put the gradients right, one small edit of their lines may.  An edit counts if
the whole check calls the edited program right, with the same parameters and the same loss.
"""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from gradlint.checking.generality import takes_away, updated
from gradlint.checking.promise import own_rate
from gradlint.findings import Edit, Finding, Fix, Label
from gradlint.mistakes import catalogue
from gradlint.mistakes.flipped_sign import FlippedSign
from gradlint.mistakes.missing_term import MissingTerm
from gradlint.mistakes.slip_in_the_loss import SlipInTheLoss
from gradlint.mistakes.wrong_gradient import WrongGradient
from gradlint.source.edits import apply, expression_of, fitted
from gradlint.source.edits import replaced as taken_away
from gradlint.source.small_edits import further, slips
from gradlint.structs import struct
from gradlint.trace.primitives import setitem
from gradlint.truth.verdicts import loss_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from gradlint.findings import Loss, Report
    from gradlint.source.spots import SourceFile
    from gradlint.trace.tape import Node
    from gradlint.truth.evaluate import Evaluation
    from gradlint.truth.judge import Judged

    Check = Callable[[str], Report | None]  # the report on an edited text


@struct
class _Found:
    """A small edit after which all is right."""

    part: ast.expr | ast.stmt
    text: str
    what: str
    edit: Edit


@struct
class Texts:
    """The statements of one judged step that only its loss is made of, and the others."""

    file: SourceFile
    judged: Judged
    reference: Evaluation
    check: Check
    also: tuple[Loss, ...] = ()  # the losses of all models, where there are several
    wrong: frozenset[str] = frozenset()  # parameters that must be learned, whatever is edited

    def slip(self, most: int) -> Finding | None:
        """The small edit after which all gradients are right, if there is one.

        In the loss it is a slip in the loss; in a line that only gradients are made of, what is
        wrong there has no name of its own.
        """
        value = self.reference.objective.values[-1]
        name = f"`{value.names[0]}`" if value.names else "the loss"
        found = self._edit(self._of_the_loss(), most)
        if found is not None:
            message = f"the gradients belong to another loss than {name}, which {found.what}"
            return self._told(SlipInTheLoss, message, found)
        found = self._edit(self._of_the_gradients(), most)
        return None if found is None else self._in_a_gradient(found)

    def _in_a_gradient(self, found: _Found) -> Finding:
        return self._told(WrongGradient, f"`{ast.unparse(found.part)}` {found.what}", found)

    def stored(self, claims: Sequence[Finding], most: int) -> Finding | None:
        """The one accused line that is to store otherwise what it computes, if there is one."""
        rows = {f.site.row for f in claims if f.fix is None}
        for statement in self._of_the_gradients():
            if not isinstance(statement, ast.stmt) or statement.lineno not in rows:
                continue
            if isinstance(statement, ast.Assign) and self._only_fills(statement):
                continue
            for mistake, text, message in _stores(statement):
                most -= 1
                edit = Edit(self.file.site(statement), text)
                if most >= 0 and self._right(apply(self.file.text, [edit])) is not None:
                    return self._told(mistake, message, _Found(statement, text, message, edit))
        return None

    def _only_fills(self, statement: ast.Assign) -> bool:
        """Whether a statement stores where nothing was: what it loses is nothing."""
        values, nodes = self.judged.points[-1].values, self.judged.study.step.graph.nodes
        stores = [n for n in nodes if n.function is setitem and self._is_at(n, statement)]
        return bool(stores) and all(
            type(index) is int and base.index in values and not np.any(values[base.index][index])
            for base, index in (store.args[:2] for store in stores if store.index in values)
        )

    def _is_at(self, node: Node, statement: ast.stmt) -> bool:
        return node.spot is not None and node.spot.statement is statement

    def one_slip(self, claims: Sequence[Finding], most: int, many: int) -> Finding | None:
        """The one small edit after which all is right, where the claims have none, or too many.

        At most so many are tried on the mere chance, and so ``many`` where it is known what alters
        a right gradient.

        If none promises an edit, that of what gradients are made of; if all would replace calls of
        one function, that in the function.  A claim that names the cause in that line keeps its
        words, and a single one that names a cause needs no other.
        """
        promised = any(f.fix is not None and f.fix.applicability == "safe" for f in claims)
        if promised:
            found = self._in_helper(claims, 3 * most)
            codes = {(f.code, f.name) for f in claims}
            if found is None or len(codes) > 1:
                return found
            return replace(found, code=claims[0].code, name=claims[0].name)
        causes = [f for f in claims if not catalogue().says(f, "vague")]
        alone = len(claims) == len(causes) == 1
        rows = [f.site.row for f in claims]
        found = self._unaltered(rows, many) or self._remedy(rows, most, elsewhere=not alone)
        if found is None:
            return None
        for cause in causes:
            if cause.site.row == found.site.row:
                return replace(cause, fix=found.fix)
        return found

    def _unaltered(self, rows: Sequence[int], most: int) -> Finding | None:
        """The small edit of an update after which it leaves right gradients as they are."""
        objections = [r.objection for r in self.reference.results]
        altered = frozenset(o.fault.node.index for o in objections if o is not None)
        statements = [s for s in self._statements(altered) if getattr(s, "lineno", 0) in rows]
        found = self._edit(statements, most, more=statements) if statements else None
        return None if found is None else self._in_a_gradient(found)

    def _remedy(self, rows: Sequence[int], most: int, *, elsewhere: bool) -> Finding | None:
        """The small edit of what gradients are made of, in some ``rows``, and then elsewhere.

        In an update, which is short, less likely ones are tried as well.
        """
        statements = self._of_the_gradients()
        first = [s for s in statements if getattr(s, "lineno", 0) in rows]
        others = [s for s in statements if s not in first] if elsewhere else []
        known = {r.parameter.name for r in self.reference.results}
        moving = [s for s in first if updated(self.file, [Edit(self.file.site(s), "")], known)]
        found = self._edit([*first, *others], most, more=moving)
        return None if found is None else self._in_a_gradient(found)

    def _in_helper(self, findings: Sequence[Finding], most: int) -> Finding | None:
        """The small edit of a function that every finding would replace calls of, if there is one.

        A slope that is wrong wherever it is used has its slip in its own lines.
        """
        fixes = [f.fix.edits if f.fix is not None else () for f in findings]
        names = {self._called(edit) for edits in fixes for edit in edits}
        name = names.pop() if len(names) == 1 and all(fixes) else None
        for node in ast.walk(self.file.tree) if name is not None else ():
            if isinstance(node, ast.FunctionDef) and node.name == name:
                found = self._edit(node.body, most, more=node.body)
                return None if found is None else self._in_a_gradient(found)
        return None

    def _called(self, edit: Edit) -> str | None:
        """The function of which an edit replaces a call."""
        call = expression_of(taken_away(self.file.text, edit).strip())
        func = call.func if isinstance(call, ast.Call) else None
        return func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", None)

    def _edit(
        self, statements: Sequence[ast.AST], most: int, *, more: Sequence[ast.AST] = ()
    ) -> _Found | None:
        """The first small edit of some statements that makes all right.

        Of those where ``more`` may be tried less likely kinds are, after the others.
        """
        tried: set[str] = set()
        every = [slip for each in statements for slip in slips(each)]
        every += [slip for each in more for slip in further(each, self.file.tree)]
        for part, text, what in every:
            edit = Edit(self.file.site(part), text)
            edited = apply(self.file.text, [edit])
            if edited in tried:
                continue
            if len(tried) >= most:
                return None
            tried.add(edited)
            report = self._right(edited)
            if report is not None and self._keeps_the_rate(report, edit):
                is_value = isinstance(part, ast.expr)
                new = fitted(self.file.text, edit.site, text) if is_value else text
                return _Found(part, new, what, replace(edit, content=new))
        return None

    def _keeps_the_rate(self, report: Report, edit: Edit) -> bool:
        """Whether an edit of an update leaves its parameter the rate that all right ones share.

        Or the optimiser, where one stood between: what it divides by is not to be taken away.
        """
        unscaled = [r for r in self.reference.results if r.gradient.scale is None]
        inside = {
            r.parameter.name for r in unscaled if r.objection is None or r.objection.kind != "drift"
        }
        if takes_away(self.file, edit) and any(
            p.pull and p.name in inside for p in report.parameters
        ):
            return False
        right = {r.parameter.name for r in self.reference.results} - self.wrong
        moved = updated(self.file, [edit], {p.name for p in report.parameters})
        return not own_rate(right, [p for p in report.parameters if p.name in moved | right])

    def _told(self, mistake: Any, message: str, found: _Found) -> Finding:
        written = ast.unparse(found.part)
        return Finding.of(
            mistake, message, self.file.site(found.part),
            explanation=f"with this edit every gradient is right at {len(self.judged.points)} "
            "points",
            help=f"`{found.text}`",
            labels=self._labels(found.part),
            fix=Fix(f"write `{found.text}` instead of `{written}`", (found.edit,)),
        )  # fmt: skip

    def _labels(self, part: ast.expr | ast.stmt) -> tuple[Label, ...]:
        spot = self.reference.objective.values[-1].spot
        implied = self.reference.objective.is_implied
        if implied or spot is None or self.file.statement(part) is spot.statement:
            return ()
        return (Label(spot.site, "the loss"),)

    def _right(self, text: str) -> Report | None:
        """The report on an edited text if it is right under the same reading."""
        report = self.check(text)
        if report is None or report.verdict != "right" or report.loss is None:
            return None
        mine = [r.parameter.name for r in self.reference.results]
        theirs = [p.name for p in report.parameters]
        if not self.wrong <= set(theirs):
            return None  # what was found is only hidden
        losses = (loss_of(self.judged, self.reference), *self.also)
        same = any(_is_one_loss(loss, report.loss) for loss in losses)
        return report if same and set(mine) <= set(theirs) else None

    # -- statements ---------------------------------------------------------------------------

    def _of_the_loss(self) -> list[ast.AST]:
        """The statements of which the loss is made and no gradient is."""
        step = self.judged.study.step
        made = step.graph.ancestors(self.reference.objective.values) & step.dependent
        return self._statements(made - step.graph.ancestors(step.gradient_nodes))

    def _of_the_gradients(self) -> list[ast.AST]:
        """The statements of which only gradients are made."""
        step = self.judged.study.step
        made = step.graph.ancestors(self.reference.objective.values)
        return self._statements(step.backward - made)

    def _statements(self, indices: frozenset[int]) -> list[ast.AST]:
        """The statements of this file in which values are made, each once, the youngest first."""
        found: dict[int, ast.AST] = {}
        for index in sorted(indices, reverse=True):
            spot = self.judged.study.step.graph.nodes[index].spot
            if spot is not None and spot.file is self.file:
                whole = spot.node if hasattr(spot.statement, "body") else spot.statement
                found.setdefault(id(whole), whole)
        return list(found.values())


def _is_one_loss(loss: Loss, other: Loss) -> bool:
    same = loss.row is not None and (loss.kind, loss.row) == (other.kind, other.row)
    return same and (loss.kind != "implied" or loss.description == other.description)


def _stores(statement: ast.stmt) -> Iterator[tuple[Any, str, str]]:
    """Other ways to store what a statement computes: the mistake, the text, and what is said of it.

    What several paths lead to is added up: an entry of a buffer, the gradient of a value.  From
    probabilities the target is taken away.
    """
    if isinstance(statement, ast.AugAssign) and isinstance(statement.op, (ast.Add, ast.Sub)):
        place, value = ast.unparse(statement.target), ast.unparse(statement.value)
        sign = "-=" if isinstance(statement.op, ast.Add) else "+="
        said = f"what is added to `{place}` here has the opposite sign: `{sign}` belongs here"
        yield FlippedSign, f"{place} {sign} {value}", said
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        target, value = statement.targets[0], ast.unparse(statement.value)
        if isinstance(target, (ast.Subscript, ast.Attribute)):
            place = ast.unparse(target)
            for sign, lost in (("+=", "what was added to it before"), ("-=", "what was in it")):
                said = f"`{place}` loses {lost}: `{sign}` belongs here"
                yield MissingTerm, f"{place} {sign} {value}", said
