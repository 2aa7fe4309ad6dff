"""From wrong gradients to findings: one for each cause, with the line where the source is known."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np

from gradlint.diagnosis.numbers import Numbers, recognised, unexplained
from gradlint.pairs.compare import Projected, is_small
from gradlint.pairs.guards import Claim, Guarded
from gradlint.pairs.lines import meant_by
from gradlint.pairs.moved_first import read_after_the_step
from gradlint.pairs.places import set_in
from gradlint.pairs.repair import Repair, Repairs
from gradlint.pairs.tracing import Told, Traced, trace
from gradlint.pairs.trees import is_number
from gradlint.truth.literals import ROUNDED
from gradlint.truth.probe import Probe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gradlint.diagnosis.catalogue import Catalogue
    from gradlint.findings import Finding
    from gradlint.pairs.checked import Checked
    from gradlint.pairs.conventions import Run
    from gradlint.truth.compare import Pattern


def causes(check: Checked, guarded: Guarded) -> list[Claim]:
    """Say of every wrong gradient what is wrong with it."""
    _excuse_numbers(check, guarded)
    wrong = [i for i in sorted(check.verdicts) if check.verdicts[i].verdict == "wrong"]
    if not wrong:
        return []
    traced = _traced(check, guarded, wrong)
    late = read_after_the_step(check, wrong)
    left = [i for i in wrong if i not in late]
    told, repairs = _proven(check, guarded, _besides(traced, check, late), left)
    claims = [dataclasses.replace(c, site=traced.places.get(i)) for i, c in late.items()]
    claims += _told_by_numbers(check, guarded, traced, told, left)
    patterns = {check.subject.leaves[i].name: check.verdicts[i].pattern for i in wrong}
    said = [(_claim(t.finding, patterns), t.victims) for t in told]
    said += [(claim, _parameters(claim)) for claim in _joined(claims)]
    return _told_once(_mended(check, repairs, said))


def _told_by_numbers(
    check: Checked, guarded: Guarded, traced: Traced, told: list[Told], wrong: list[int]
) -> Iterator[Claim]:
    """Say what the numbers alone tell of gradients, with the place that the tape knows."""
    for i in wrong:
        gradient = np.asarray(guarded.run.gradients[i])
        if i in guarded.accumulating:
            continue
        if gradient.shape != check.subject.leaves[i].shape:
            claim: Claim | None = _shape(check, guarded, i, gradient)
        elif not np.all(np.isfinite(gradient)):
            claim = dataclasses.replace(
                _not_finite(check, guarded, i, gradient), site=traced.broken
            )
        else:
            claim = _placed(check.subject.leaves[i].name, told, check, guarded, i, gradient)
        if claim is not None:
            site = claim.site or traced.line or traced.places.get(i) or set_in(check, i)
            yield dataclasses.replace(claim, site=site)


def _besides(traced: Traced, check: Checked, late: dict[int, Claim]) -> Traced:
    """Leave out what the tape tells of gradients whose cause is known."""
    names = {check.subject.leaves[i].name for i in late}
    return dataclasses.replace(traced, told=[t for t in traced.told if not set(t.victims) <= names])


def _excuse_numbers(check: Checked, guarded: Guarded) -> None:
    """Call right what is wrong only by an epsilon or a rounded constant."""
    wrong = [i for i in sorted(check.verdicts) if check.verdicts[i].verdict == "wrong"]
    errors = [check.verdicts[i].relative_error for i in wrong]
    if not wrong or guarded.accumulating or not all(e is not None and e <= ROUNDED for e in errors):
        return
    found = trace(
        check.subject, check.conventions, guarded.run.plan, wrong, check.settings.seed,
        comparable=False, near=True,
    ).excused  # fmt: skip
    for i in wrong:
        excuse = found.get(check.subject.leaves[i].name)
        if excuse is not None:
            judged = dataclasses.replace(check.verdicts[i], verdict="right", reason=str(excuse))
            check.verdicts[i] = judged


def _told_once(claims: list[Claim]) -> list[Claim]:
    """Tell what is wrong in one line once, though several gradients go through it.

    What is said about one gradient in particular is no repetition.
    """
    found: dict[Any, Claim] = {}
    for claim in claims:
        particular = claim.site is None or any(n and n in claim.message for n in _parameters(claim))
        key = claim.code, claim.site, claim.message if particular else None
        if claim.site is None or key not in found:
            found[key if claim.site is not None else len(found)] = claim
            continue
        first = found[key]
        names = filter(None, dict.fromkeys([*_parameters(first), *_parameters(claim)]))
        found[key] = dataclasses.replace(first, evidence={**first.evidence, "parameters": [*names]})
    return list(found.values())


def _proven(
    check: Checked, guarded: Guarded, traced: Traced, wrong: list[int]
) -> tuple[list[Told], list[Repair]]:
    """The findings of the tape with the fixes that hold, and what else makes gradients right.

    A fix holds if the pair itself is right with it.  Where those of the tape leave something open,
    or stand in a function that others may call as well, changes of the source are tried: one that
    mends more is the cause.
    """
    left = [i for i in wrong if i not in guarded.accumulating]
    search = Repairs(check, guarded, traced.size)
    told, mended = [], set[int]()
    for each in traced.told:
        own, cured = search.proven(each.finding.fix, left)
        mended |= set(cured if own else ())
        fix = each.finding.fix if cured else None
        told.append(dataclasses.replace(each, finding=dataclasses.replace(each.finding, fix=fix)))
    return told, list(search.found(left)) if traced.size and not mended >= set(left) else []


def _parameters(claim: Claim) -> tuple[str, ...]:
    """The parameters that a claim from numbers is about."""
    return tuple(claim.evidence.get("parameters") or [claim.evidence.get("parameter", "")])


def _mended(
    check: Checked, repairs: list[Repair], said: list[tuple[Claim, tuple[str, ...]]]
) -> list[Claim]:
    """Let proven changes speak for the gradients that they make right.

    Such a change knows line and cause; where the numbers have a better name for it, it is theirs.
    """
    claims: list[Claim] = []
    for repair in repairs:
        names = [check.subject.leaves[i].name for i in repair.mended]
        about = [claim for claim, victims in said if set(names) & set(victims)]
        said = [(claim, victims) for claim, victims in said if not set(victims) <= set(names)]
        claims.append(_repaired(check.settings.catalogue, repair, about, names))
    return [*claims, *(claim for claim, _ in said)]


def _repaired(catalogue: Catalogue, repair: Repair, about: list[Claim], names: list[str]) -> Claim:
    slip = repair.slip
    causes = (c for c in about if not catalogue.says(c, "vague"))
    known = next((c for c in causes if _names_the_cause(c, repair)), None)
    mistake = catalogue.naming(slip.kind)
    said = Claim(mistake, slip.message) if known is None else known
    facts = (known or about[0]).evidence if about else {"parameter": names[0]}
    proven = f"changed as below, {_listed(names)} {'is' if len(names) == 1 else 'are'} right"
    return dataclasses.replace(
        said, site=repair.site, explanation=proven, help="", evidence=facts, fix=repair.fix
    )


def _listed(names: list[str]) -> str:
    return ", ".join(names[:-1]) + " and " * (len(names) > 1) + names[-1]


def _names_the_cause(claim: Claim, repair: Repair) -> bool:
    """Whether a claim says more than the repair, of the same place."""
    numeric = claim.site is None or not claim.explanation
    return numeric or claim.site.row == repair.site.row  # type: ignore[union-attr]


def _traced(check: Checked, guarded: Guarded, wrong: list[int]) -> Traced:
    """Ask the tape for lines and causes, where they can be told."""
    run, leaves = guarded.run, check.subject.leaves
    compared = [
        i
        for i in (check.points[0].judgements if check.points else ())
        if np.all(np.isfinite(np.asarray(run.gradients[i])))
    ]
    suspicious = bool(set(wrong) & set(compared) - set(guarded.accumulating))
    known = _known(check, wrong, run) if suspicious else None
    found = trace(
        check.subject, check.conventions, run.plan, compared if suspicious else wrong,
        check.settings.seed, suspicious and known is None, known,
    )  # fmt: skip
    if known is not None and found.line is None:
        found = trace(
            check.subject,
            check.conventions,
            run.plan,
            compared,
            check.settings.seed,
            comparable=True,
        )
    names = {leaves[i].name for i in wrong}
    told = [
        t
        for t in found.told
        if t.victims and set(t.victims) <= names and not _contradicted(check, wrong, t)
    ]
    return dataclasses.replace(found, told=told)


def _known(check: Checked, wrong: list[int], run: Run) -> tuple[int, Callable[[Any], bool]] | None:
    """The one wrong gradient of a large pair, if the numbers say what it should have been.

    Then the line is all that is open, and costs a few operations; the tape's whole explanation
    compares every value with every other, which costs hundreds of calls where arrays are large.
    """
    (i, *others), judged = wrong, check.verdicts[wrong[0]]
    if others or is_small(check.subject):
        return None
    meant = meant_by(judged, np.asarray(run.gradients[i]))
    return None if meant is None else (i, meant)


def _contradicted(check: Checked, wrong: list[int], told: Told) -> bool:
    """Whether the tape blames a constant factor where only some entries are off."""
    if not check.settings.catalogue.says(told.finding, "of_multiples"):
        return False
    return any(
        check.verdicts[i].pattern.kind not in ("none", "whole")
        for i in wrong
        if check.subject.leaves[i].name in told.victims
    )


def _placed(
    name: str, told: list[Told], check: Checked, guarded: Guarded, i: int, gradient: Any
) -> Claim | None:
    """Give the claim from numbers, unless the tape has said it already and better."""
    mine = [t for t in told if name in t.victims]
    claim, known = _from_numbers(check, guarded, i, gradient)
    causes = [t for t in mine if not check.settings.catalogue.says(t.finding, "vague")]
    better = not any(t.finding.fix is not None for t in causes)
    if mine and (not known or not better or claim.code in {t.finding.code for t in mine}):
        return None
    for each in mine:  # the numbers know the cause, the tape the line
        told.remove(each)
    first = mine[0].finding if mine else None
    return claim if first is None else dataclasses.replace(claim, site=first.site, fix=first.fix)


def _claim(finding: Finding, patterns: dict[str, Pattern]) -> Claim:
    """Take a finding of the tape over, with the first wrong entry where only some are wrong."""
    evidence = dict(finding.evidence)
    pattern = patterns.get(str(evidence.get("parameter")))
    if pattern is not None and pattern.kind == "entries" and pattern.where:
        evidence.setdefault("index", list(pattern.where[0]))
    return Claim(
        finding,
        finding.message,
        finding.severity,
        finding.site,
        finding.explanation,
        finding.help,
        evidence,
        finding.fix,
    )


def _from_numbers(check: Checked, guarded: Guarded, i: int, gradient: Any) -> tuple[Claim, bool]:
    """What the numbers alone say of a wrong gradient, and whether they know anything of it."""
    seen, judged = _numbers(check, guarded, i, gradient), check.verdicts[i]
    evidence: dict[str, Any] = {"parameter": seen.name}
    if judged.factor is not None:
        evidence["factor"] = float(judged.factor)
    if judged.relative_error is not None:
        evidence["relative_error"] = float(judged.relative_error)
    few = judged.pattern.kind == "entries" and not is_small(check.subject)
    catalogue = check.settings.catalogue
    found = None if few else recognised(seen, catalogue)  # most mistakes change all entries
    mistake, guess = found or (catalogue.told_for("a wrong value"), unexplained(seen))
    claim = Claim(
        mistake, guess.message, explanation=guess.explanation, help=guess.help,
        evidence={**evidence, **guess.evidence},
    )  # fmt: skip
    return claim, found is not None


def _numbers(check: Checked, guarded: Guarded, i: int, gradient: Any) -> Numbers:
    """Collect what is known at the point where a gradient was found wrong."""
    subject = check.subject
    wrong = (p for p in check.points if i in p.judgements and p.judgements[i].verdict == "wrong")
    point = max(
        wrong, key=lambda p: _is_varied(p.values.get(i, subject.leaves[i].value)), default=None
    )
    run = guarded.run if point is None else point.run
    moved = {} if point is None else point.values
    values = {k: moved.get(k, leaf.value) for k, leaf in enumerate(subject.leaves)}
    arrays = {k: v for k, v in values.items() if isinstance(subject.leaves[k].value, np.ndarray)}
    right = [k for k, judged in check.verdicts.items() if judged.verdict == "right"]

    def forward(value: Any) -> Any:
        (out,) = run.plan.pick(subject.run_forward({i: value}))
        return out

    return Numbers(
        subject.leaves[i].name,
        np.asarray(run.gradients.get(i, gradient), dtype=float),
        values[i],
        check.verdicts[i],
        _probe(check, run, moved, i),
        [(subject.leaves[k].name, v) for k, v in arrays.items()],
        _scalars(check),
        {subject.leaves[k].name: np.asarray(run.gradients[k], float) for k in right},
        _samples(check, run),
        list(run.outputs),
        list(run.cotangents),
        forward,
    )


def _is_varied(value: Any) -> bool:
    """Whether no number of an array comes twice: where all are one, one term looks like another."""
    return np.unique(value).size == np.size(value)


def _scalars(check: Checked) -> dict[str, float]:
    """The plain numbers that were given, by name."""
    given = zip(check.subject.argnames, check.subject.trees, strict=True)
    return {name: float(v) for name, v in given if is_number(v) and np.ndim(v) == 0}


def _samples(check: Checked, run: Run) -> set[int]:
    """Lengths that may be the number of samples: of the outputs, else of what is data."""
    outputs = [np.shape(o) for o in run.outputs if np.size(o) > 1]
    if outputs:
        return {s[axis] for s in outputs for axis in ((0, -1) if len(s) == 2 else (0,))}
    leaves = enumerate(check.subject.leaves)
    data = [np.shape(leaf.value) for k, leaf in leaves if k not in run.gradients]
    given = {np.shape(a)[0] for a in check.subject.args if np.ndim(a)}
    return given | {shape[axis] for shape in data for axis in range(min(len(shape), 2))}


def _probe(check: Checked, run: Any, values: dict[int, Any], i: int) -> Probe:
    wanted = sorted({i, *values})
    f = Projected(check.subject, run.plan, run, wanted)
    arrays = [values.get(k, check.subject.leaves[k].value) for k in wanted]
    return Probe(f, arrays, wanted.index(i), run.value, check.settings.seed)


def _shape(check: Checked, guarded: Guarded, i: int, gradient: Any) -> Claim:
    leaf = check.subject.leaves[i]
    text = f"the gradient of {leaf.name} has shape {gradient.shape}, {leaf.name} has {leaf.shape}"
    evidence = {"parameter": leaf.name, "shape": list(gradient.shape), "expected": list(leaf.shape)}
    probe = _probe(check, guarded.run, {}, i)
    catalogue = check.settings.catalogue
    plain = catalogue.told_for("a shape")
    for remedy, candidate, summed in _reshaped(gradient, leaf.shape):
        if probe.fits(candidate):
            return Claim(
                catalogue.naming("summed axis") if summed else plain,
                text,
                explanation=f"with {remedy} it is right",
                help=f"use {remedy}",
                evidence=evidence,
            )
    return Claim(plain, text, evidence=evidence)


def _reshaped(gradient: Any, shape: tuple[int, ...]) -> Any:
    """Give the ways in which an array becomes one of the right shape, and whether that is a sum."""
    if gradient.size == np.prod(shape, dtype=int):
        yield f"`.reshape({shape})`", gradient.reshape(shape), False
    if gradient.shape[::-1] == shape:
        yield "`.T`", gradient.T, False
    for axis in range(gradient.ndim):
        for keep in (False, True):
            summed = gradient.sum(axis=axis, keepdims=keep)
            if summed.shape == shape:
                how = f"`.sum(axis={axis}{', keepdims=True' if keep else ''})`"
                yield how, summed, True


def _not_finite(check: Checked, guarded: Guarded, i: int, gradient: Any) -> Claim:
    leaf = check.subject.leaves[i]
    index = [int(k) for k in np.argwhere(~np.isfinite(gradient))[0]] if gradient.ndim else []
    count = int(np.sum(~np.isfinite(gradient)))
    at = f"[{', '.join(map(str, index))}]" if index else ""
    value = float(gradient[tuple(index)])
    more = f", and {count - 1} more" if count > 1 else ""
    text = f"the gradient of {leaf.name} is {value} at {leaf.name}{at}{more}"
    evidence = {"parameter": leaf.name, "index": index, "count": count}
    return Claim(guarded.told_for("a number that is not finite"), text, evidence=evidence)


def _joined(claims: list[Claim]) -> list[Claim]:
    """Tell the same constant of several gradients once."""
    found: list[Claim] = []
    for claim in claims:
        factor = claim.evidence.get("factor")
        twin = next(
            (
                k
                for k, c in enumerate(found)
                if factor is not None
                and c.code == claim.code
                and c.evidence.get("factor") is not None
                and abs(c.evidence["factor"] - factor) <= 1e-5 * abs(factor)
            ),
            None,
        )
        if twin is None:
            found.append(claim)
            continue
        first = found[twin]
        names = [
            *first.evidence.get("parameters", [first.evidence["parameter"]]),
            claim.evidence["parameter"],
        ]
        text = first.message.replace(
            f"the gradient of {first.evidence['parameter']} ",
            f"the gradients of {' and '.join(names)} ",
        )
        evidence = {**first.evidence, "parameters": names}
        found[twin] = dataclasses.replace(
            first, evidence=evidence, explanation=f"also for {', '.join(names[1:])}"
        )
        if len(names) == 2:
            found[twin] = dataclasses.replace(found[twin], message=_plural(text), explanation="")
    return found


def _plural(text: str) -> str:
    for one, many in ((" is ", " are "), (" has ", " have ")):
        if one in text:
            return text.replace(one, many, 1)
    return text
