"""What a fix promises: with all offered edits made the program is right by the same reading.

The reading before the edits is held: the loss, its line, every parameter with its verdict and its
factor.  Each text with edits is checked as a whole, and what that check reads must be the same with
nothing gone; an edit that says a size, a number or a transposition must hold for other sizes and
seeds too.  What is sound but cannot be promised becomes an unsafe fix that says why.

Knows reports only: how a text is checked is handed in, and what the mistakes are is never asked.
"""

from __future__ import annotations

import ast
import dataclasses
from typing import TYPE_CHECKING

from gradlint.checking.generality import (
    bound_to_this_run,
    depends_on_sizes,
    forgets,
    numbers,
    takes_away,
    turned_elsewhere,
    updated,
    varied,
)
from gradlint.findings import Event, is_claim
from gradlint.source.edits import apply, edits_of, meaning, replaced, row_after, with_comments
from gradlint.structs import struct

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from gradlint.findings import Edit, Finding, Loss, ParameterVerdict, Report
    from gradlint.source.spots import SourceFile

_SAME = 1e-4  # relative: factors of one gradient at other points


@struct
class Reading:
    """What a check held a program against, and what it found of every parameter.

    ``also`` are the losses of all models, where there are several: which is told hangs on who is
    wrong.
    """

    loss: Loss | None
    parameters: tuple[ParameterVerdict, ...]
    also: tuple[Loss, ...] = ()


@struct
class Trial:
    """What came of some edits: whether they hold, and why not or with what reservation."""

    holds: bool
    reason: str = ""
    misleads: bool = False  # whether the edit is no advice either
    cures: bool = False  # whether nothing is left to say
    refutes: bool = False  # whether the edit spoils what was right
    right: bool = False  # whether all is right, be it by another reading
    ends: frozenset[int] = frozenset()  # the doubtful findings that are then gone, by id


_HELD = Trial(holds=True)


def broken(before: Reading, after: Reading, edits: Sequence[Edit] = ()) -> str:
    """Say what of the reading some edits did not keep; empty if all of it is there."""
    others = [_other_loss(old, after.loss, edits) for old in (before.loss, *before.also)]
    return (
        (others[0] if all(others) else "")
        or _gone(before.parameters, after.parameters)
        or _spoilt(before, after)
    )


def _other_loss(old: Loss | None, new: Loss | None, edits: Sequence[Edit]) -> str:
    if old is None:
        return ""
    if new is None:
        return "nothing is left to hold the gradients against"
    if old.kind == "computed" and new.kind != "computed":
        return f"the gradients are then those of {new.description}"
    if old.kind == new.kind == "computed":
        moved = old.row is not None and row_after(old.row, edits) != new.row
        named = old.name != new.name if old.name or new.name else False
        if (moved or named) and not _is_same_loss(old, new):
            return f"the gradients are then held against `{new.name or new.description}`"
    elif old.kind == new.kind and old.description != new.description:
        return f"the gradients are then those of {new.description}"
    return ""


def _is_same_loss(old: Loss, new: Loss) -> bool:
    """Whether one loss is another one by its name, times something: ``loss / n`` and ``loss``.

    What one sample adds to a total that begins with it is the total by another name.
    """
    if old.value and old.value == new.value:
        return True
    for name, text in ((old.name, new.description), (new.name, old.description)):
        try:
            whole = ast.parse(text.rpartition(" = ")[2], mode="eval").body
        except SyntaxError:
            continue
        if not isinstance(whole, ast.BinOp) or not isinstance(whole.op, (ast.Mult, ast.Div)):
            continue
        if name and name in map(ast.unparse, (whole.left, whole.right)):
            return True
    return False


def _gone(old: Iterable[ParameterVerdict], new: Iterable[ParameterVerdict]) -> str:
    left = {p.name for p in new}
    gone = [p.name for p in old if p.name not in left]
    return f"`{gone[0]}` is then not learned" if gone else ""


def _spoilt(old: Reading, new: Reading) -> str:
    """A parameter that was right and is not, or is another multiple of its gradient.

    A loss that is only implied has no unit of its own: of that all may be another multiple.
    """
    found = {p.name: p for p in new.parameters}
    ratios: dict[str, float] = {}
    for was in old.parameters:
        now = found[was.name]
        if was.verdict != "right":
            continue
        if now.verdict != "right":
            return f"`{was.name}` is right and is then not"
        before, after = (was.pull, now.pull) if was.pull and now.pull else (was.factor, now.factor)
        if before and after:  # (a climb is turned round)
            ratios[was.name] = abs(after / before)
    implied = old.loss is not None and old.loss.kind == "implied"
    unit = next(iter(ratios.values()), 1.0) if implied else 1.0
    for name, ratio in ratios.items():
        if not _same(ratio, unit):
            return f"the step of `{name}` is then {ratio:.4g} times this"
    return ""


def _same(one: float, other: float) -> bool:
    return abs(one - other) <= _SAME * max(abs(one), abs(other))


def own_rate(right: set[str], parameters: Iterable[ParameterVerdict]) -> str:
    """Say which parameter steps at another rate than all those that were ``right``; empty if none.

    Nothing is said where these have no rate in common themselves.
    """
    pulls = {p.name: p.pull for p in parameters if p.pull}
    common = [pull for name, pull in pulls.items() if name in right]
    if not common or not all(_same(pull, common[0]) for pull in common):
        return ""
    for name, pull in pulls.items():
        if name not in right and not _same(pull, common[0]):
            return f"the step of `{name}` is then {pull / common[0]:.4g} times the others'"
    return ""


def _extent(finding: Finding) -> tuple[int, int]:
    """How much a finding points at."""
    site = finding.site
    return site.end_row - site.row, site.end_column - site.column


class Promise:
    """The fixes of one program's findings, held to what they promise.

    ``check`` gives the report on another text; ``affordable`` says how often it may be asked.
    ``doubtful`` findings say that something is wrong and not why.
    """

    def __init__(
        self,
        file: SourceFile,
        reading: Reading,
        findings: Sequence[Finding],
        check: Callable[[str], Report | None],
        affordable: int,
        doubtful: Callable[[Finding], bool] = lambda _: False,
    ) -> None:
        self.file, self.reading, self.findings = file, reading, findings
        self.check, self.left, self.doubtful = check, affordable, doubtful
        self.tried: list[Event] = []

    def kept(self) -> list[Finding]:
        """The findings, each with its fix only if the whole check bears it out."""
        self.findings = self._told_once([self._whole(f) for f in self.findings])
        trials = self._trials([f for f in self.findings if f.fix is not None])
        cures = [t for t in trials.values() if t.cures]
        ended = frozenset.intersection(*(t.ends for t in cures)) if cures else frozenset()
        kept = []
        for finding in self.findings:
            trial = trials.get(id(finding))
            if trial is not None and cures and trial.refutes:
                self._withdraw(finding, f"with its edit {trial.reason}")
            elif id(finding) in ended:
                self._withdraw(finding, "it follows: with the edits of the others all is right")
            else:
                kept.append(finding if trial is None else self._told(finding, trial))
        return kept

    def _told_once(self, findings: list[Finding]) -> list[Finding]:
        """Of findings whose fixes make the same program the one that points the closest."""
        fixed = [f for f in findings if f.fix is not None and is_claim(f)]
        made = {id(f): meaning(apply(self.file.text, f.fix.edits)) for f in fixed if f.fix}
        closest: dict[str | None, Finding] = {}
        for finding in sorted(fixed, key=_extent):
            closest.setdefault(made[id(finding)], finding)
        closest.pop(None, None)  # no program at all
        kept = []
        for finding in findings:
            first = closest.get(made.get(id(finding)))
            if first is None or first is finding:
                kept.append(finding)
            else:
                self._withdraw(finding, f"{first.code} says how to write it")
        return kept

    def _withdraw(self, finding: Finding, why: str) -> None:
        """Note what is not told."""
        said = f"{finding.code} {finding.message} ({why})"
        self.tried.append(Event("finding", said, finding.site.row, "withdrawn"))

    def _bound(self, offered: list[Finding]) -> dict[int, Trial]:
        """What need not be tried: fixes that hold for the numbers of this run only."""
        reasons = {id(f): bound_to_this_run(self.file, f.fix.edits) for f in offered if f.fix}
        return {k: Trial(False, why, misleads=True) for k, why in reasons.items() if why}

    def _trials(self, offered: list[Finding]) -> dict[int, Trial]:
        """What came of every fix: of all together, or of each alone."""
        found = self._bound(offered)
        free = [f for f in offered if id(f) not in found]
        together = self.tries(free) if free else _HELD
        if together.holds or len(free) == 1:
            return found | {id(f): together for f in free} | self._idle(free)
        alone = {id(f): self.tries([f]) for f in free}
        sound = [f for f in free if alone[id(f)].holds]
        if len(sound) > 1 and not self.tries(sound).holds:
            alone |= {id(f): Trial(holds=False) for f in sound[1:]}  # one slip, one fix
        return found | alone

    def _idle(self, offered: list[Finding]) -> dict[int, Trial]:
        """Those of several edits that only take something away, and without which all is right."""
        idle: dict[int, Trial] = {}
        for finding in offered:
            others = [f for f in offered if f is not finding and id(f) not in idle]
            edits = finding.fix.edits if finding.fix is not None else ()
            if not others or not all(takes_away(self.file, e) for e in edits):
                continue
            without = self.tries(others)
            if without.cures:
                why = "nothing is mended that the other edits leave wrong"
                idle[id(finding)] = Trial(False, why, misleads=True, refutes=True)
            elif without.right:
                idle[id(finding)] = Trial(holds=True, reason=f"without it {without.reason}")
        return idle

    def _whole(self, finding: Finding) -> Finding:
        """A finding whose fix takes no comment away; none in a file that is only imported.

        Such a fix cannot be tried by running another text of this one: it is shown as help.
        """
        here = self.file.filename
        if finding.fix is None:
            return finding
        if any(edit.site.filename != here for edit in finding.fix.edits):
            return dataclasses.replace(finding, fix=None, help=finding.help or finding.fix.message)
        edits = with_comments(self.file.text, finding.fix.edits)
        return dataclasses.replace(finding, fix=dataclasses.replace(finding.fix, edits=edits))

    def _told(self, finding: Finding, trial: Trial) -> Finding:
        """A finding with its fix, with a reservation about it, or without it."""
        assert finding.fix is not None
        if not trial.holds:
            shown = finding.help.strip("`") if finding.help.startswith("`") else ""
            untrue = trial.misleads and shown and shown.count("`") == 0
            return dataclasses.replace(finding, fix=None, help="" if untrue else finding.help)
        if not trial.reason:
            return finding
        message = f"{finding.fix.message} ({trial.reason})"
        fix = dataclasses.replace(finding.fix, message=message, applicability="unsafe")
        return dataclasses.replace(finding, fix=fix)

    def tries(self, chosen: list[Finding]) -> Trial:
        """What comes of the fixes of some findings, made together."""
        edits = edits_of(chosen, self.file.filename, unsafe=True)
        trial = self._trial(edits, chosen)
        rows = ", ".join(str(f.site.row) for f in chosen)
        said = f"the whole program with the edit{'s' * (len(chosen) > 1)} of line {rows}"
        said += f": {trial.reason}" if trial.reason else ""
        self.tried.append(Event("fix", said, None, "held" if trial.holds else "failed"))
        return trial

    def _trial(self, edits: list[Edit], chosen: list[Finding]) -> Trial:
        text = apply(self.file.text, edits)
        report = self._report(text)
        if report is None:
            return Trial(holds=False, reason="not tried")
        after = Reading(report.loss, report.parameters)
        why = broken(self.reading, after, edits) if report.parameters else ""
        if not why and not self._is_rid(report, edits, chosen):
            rows = {row for edit in edits for row in _rows(edit, edits)}
            there = any(is_claim(f) and f.site.row in rows for f in report.findings)
            return Trial(holds=False, misleads=there)
        if why:
            right = report.verdict == "right"
            return Trial(holds=False, reason=why, misleads=True, refutes=True, right=right)
        why = self._loses_the_factor(after, edits)
        if why:
            return Trial(holds=False, reason=why, misleads=True)
        if report.verdict != "right":
            return Trial(holds=True, reason=_left_wrong(report))
        said = self._at_other_sizes(text, edits, after) or self._reservation(after, edits)
        said = said or self._other_meaning(after, edits)
        return Trial(holds=True, reason=said, cures=True, ends=self._ended(report, edits))

    def _ended(self, report: Report, edits: list[Edit]) -> frozenset[int]:
        """The doubtful findings without a fix of their own that some edits leave nothing of."""
        left = {(f.code, f.site.row) for f in report.findings}
        return frozenset(
            id(f)
            for f in self.findings
            if is_claim(f) and f.fix is None and self.doubtful(f)
            if (f.code, row_after(f.site.row, edits)) not in left
        )

    def _report(self, text: str) -> Report | None:
        """The report on another text, if it can be had."""
        if self.left < 1:
            return None
        self.left -= 1
        return self.check(text)

    def _is_rid(self, report: Report, edits: list[Edit], chosen: list[Finding]) -> bool:
        """Whether a program is right, or at least rid of just these findings."""
        if report.verdict == "right":
            return True
        if report.verdict != "wrong" or not report.parameters:
            return False
        left = {(f.code, f.site.row) for f in report.findings if f.severity != "note"}
        before = [f for f in self.findings if f.severity != "note" and f not in chosen]
        return left <= {(f.code, row_after(f.site.row, edits)) for f in before}

    def _scale(self, after: Reading) -> float | None:
        """The factor of all gradients that is not 1, where none was right before to say which."""
        if any(p.verdict == "right" and p.factor for p in self.reading.parameters):
            return None
        known = {p.name: p.factor for p in after.parameters if p.factor and p.verdict == "right"}
        return next((f for f in known.values() if not _same(f, 1.0)), None)

    def _loses_the_factor(self, after: Reading, edits: list[Edit]) -> str:
        """A constant that the edit leaves out, so that the steps are of another size."""
        scale = self._scale(after)
        if scale is None:
            return ""
        if any(len(new) < len(old) for old, new in self._numbers(edits)):
            return f"the gradients are then {scale:.4g} times those of the loss"
        return ""

    def _reservation(self, after: Reading, edits: list[Edit]) -> str:
        """What a fix that holds must say: that its numbers are not those of the loss."""
        scale = self._scale(after)
        known = [p.factor for p in self.reading.parameters if p.factor]
        if scale is None or any(_same(scale, factor) for factor in known):
            return ""
        if not known and after.loss is not None and after.loss.kind != "computed":
            return ""  # it raised, and no loss is stated that the numbers were to be those of
        divided = any(replaced(self.file.text, e).count("/") != e.content.count("/") for e in edits)
        if not divided and all(new == old for old, new in self._numbers(edits)):
            return ""  # the constant is as it was
        return f"the gradients are then {scale:.4g} times those of the loss"

    def _other_meaning(self, after: Reading, edits: list[Edit]) -> str:
        """What a fix that holds must say where another edit would do, and mean another program."""
        if turned_elsewhere(self.file, edits):
            return "the same step is taken elsewhere too, with the sign it has now"
        forgotten = forgets(self.file, edits)
        if forgotten:
            return f"`{forgotten}` is then no longer made of what it was"
        if self._is_undecided():
            return "the other gradients may as well be those that are off"
        right = {p.name for p in self.reading.parameters if p.verdict == "right"}
        moved = updated(self.file, edits, {p.name for p in after.parameters})
        said = own_rate(right, [p for p in after.parameters if p.name in moved | right])
        if said:
            return said
        if not any(takes_away(self.file, edit) for edit in edits):
            return ""
        loss = self.reading.loss
        if loss is not None and any(edit.site.row == loss.row for edit in edits):
            return "it takes a part of the loss away, and other gradients would do as well"
        return own_rate(right, after.parameters)

    def _is_undecided(self) -> bool:
        """Whether as many gradients are one multiple as another, where no loss is stated."""
        if self.reading.loss is None or self.reading.loss.kind != "implied":
            return False
        known = [p for p in self.reading.parameters if p.factor]
        right = [p.factor for p in known if p.verdict == "right" and p.factor]
        if not right or any(_same(abs(factor), 1.0) for factor in right):
            return False
        return 2 * len(right) <= len(known)

    def _numbers(self, edits: list[Edit]) -> list[tuple[list[str], list[str]]]:
        """The numbers that each edit takes away, and those it brings."""
        return [
            (sorted(numbers(replaced(self.file.text, e))), sorted(numbers(e.content)))
            for e in edits
        ]

    def _at_other_sizes(self, text: str, edits: list[Edit], after: Reading) -> str:
        """What a program that is right with an edit is with other sizes, where these matter.

        Where a gradient that was right is another multiple then, the program itself is made for
        its sizes, and the edit is not to blame.
        """
        if not depends_on_sizes(self.file, edits):
            return ""
        for (other, said), (own_text, _) in zip(varied(text), varied(self.file.text), strict=False):
            report = self._report(other)
            if report is not None and (
                report.verdict == "could-not-run" or self._stops_as_well(own_text, report, edits)
            ):
                continue
            if report is None or report.verdict != "wrong":
                return ""
            own = self._right_factors(after.parameters)
            moved = self._right_factors(report.parameters)
            if all(_same(own[name], moved[name]) for name in own.keys() & moved.keys()):
                return f"it is wrong with {said}"
        return ""

    def _stops_as_well(self, text: str, edited: Report, edits: list[Edit]) -> bool:
        """Whether the program is not made for other sizes: it stops at them in the same line."""
        stopped = {f.site.row for f in edited.findings if f.evidence.get("crashed")}
        own = self._report(text) if stopped else None
        rows = [f.site.row for f in own.findings if f.evidence.get("crashed")] if own else []
        return not stopped.isdisjoint(row_after(row, edits) for row in rows)

    def _right_factors(self, parameters: Iterable[ParameterVerdict]) -> dict[str, float]:
        """The factors of those parameters that were right before any edit."""
        right = {p.name for p in self.reading.parameters if p.verdict == "right"}
        return {p.name: p.factor for p in parameters if p.name in right and p.factor}


def _left_wrong(report: Report) -> str:
    """What a fix must say that leaves another mistake: what it compensates may be that one."""
    rows = sorted({f.site.row for f in report.findings if is_claim(f)})
    return (
        f"the program is then still wrong in line {rows[0]}" if rows else "it is then still wrong"
    )


def _rows(edit: Edit, edits: Sequence[Edit]) -> range:
    """The rows of an edit's text after all edits."""
    first = row_after(edit.site.row, edits)
    return range(first, first + edit.content.count("\n") + 1)
