"""What must hold before any comparison means something, and the name of what does not.

- forward and backward leave inputs, parameters and cache alone (they are lent out read-only: a
  write raises in the very line that tries it);
- forward twice gives the same, or the random state can be replayed so that it does;
- forward and backward twice give the same gradients: nothing accumulates;
- gradients are finite, as precise as their parameters, and no second name for an input's memory.
"""

from __future__ import annotations

import contextlib
import random
import types
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from gradlint.pairs.sites import code_of, definition, raised_in
from gradlint.pairs.trees import at, children, is_number, is_object, leaves, other_numbers
from gradlint.structs import field, struct

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gradlint.diagnosis.catalogue import Catalogue
    from gradlint.findings import Fix, Severity, Site
    from gradlint.pairs.conventions import Conventions, Run
    from gradlint.pairs.leaf import Leaf
    from gradlint.pairs.subject import State, Subject

_MOST_PARTS = 10_000
_RESETS = (
    "zero_grad",
    "zero_grads",
    "zero_gradients",
    "reset_grad",
    "reset_gradients",
    "clear_grads",
)


@struct
class Claim:
    """Something to say about a pair; ``site`` is the backward function's definition if None.

    ``mistake`` has the code and the name that it goes by.
    """

    mistake: Any
    message: str
    severity: Severity = "error"
    site: Site | None = None
    explanation: str = ""
    help: str = ""
    evidence: dict[str, Any] = field(default_factory=dict)
    fix: Fix | None = None

    @property
    def code(self) -> str:
        """The code of the mistake."""
        return str(self.mistake.code)


@struct(frozen=False)
class Guarded:
    """A pair that was called: its runs, what was noticed, and whether comparing makes sense."""

    conventions: Conventions
    runs: list[Run]
    claims: list[Claim] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    unsteady: str = ""  # why no comparison is possible
    accumulating: dict[int, float] = field(default_factory=dict)

    @property
    def run(self) -> Run:
        """The run whose convention was taken."""
        return self.runs[0]

    def told_for(self, what: str) -> Any:
        """The mistake that is said of something noticed."""
        return self.conventions.settings.catalogue.told_for(what)


class Dice:
    """The random states that a pair may draw from, and a way back to them."""

    def __init__(self, subject: Subject) -> None:
        self.legacy = np.random.get_state()
        self.plain = random.getstate()
        self.generators = [(g, g.bit_generator.state) for g in _generators(subject)]

    def replay(self) -> None:
        """Set all states back."""
        np.random.set_state(self.legacy)
        random.setstate(self.plain)
        for generator, state in self.generators:
            generator.bit_generator.state = state


def _generators(subject: Subject) -> Iterator[np.random.Generator]:
    seen: set[int] = set()
    for value in _reachable(subject):
        if isinstance(value, np.random.Generator) and id(value) not in seen:
            seen.add(id(value))
            yield value


def _reachable(subject: Subject) -> Iterator[Any]:
    """Globals and closures of the functions, attributes of the object, one level of containers."""
    for given in (subject.given_forward, subject.given_backward):
        function = getattr(given, "__func__", getattr(given, "func", given))
        code = code_of(function)
        if not isinstance(function, types.FunctionType) or code is None:
            continue
        yield from (function.__globals__[n] for n in code.co_names if n in function.__globals__)
        for cell in function.__closure__ or ():
            with contextlib.suppress(ValueError):  # a cell that is empty yet
                yield cell.cell_contents
    stack = [subject.owner]
    for _ in range(1000):
        if not stack:
            return
        value = stack.pop()
        if is_object(value):
            stack.extend(vars(value).values())
        elif isinstance(value, list | tuple):
            stack.extend(value)
        elif isinstance(value, dict):
            stack.extend(value.values())
        else:
            yield value


def _parts(owner: Any) -> Iterator[Any]:
    """The object and the objects it holds, as far as containers and attributes lead."""
    seen: set[int] = set()
    stack = [owner]
    while stack and len(seen) < _MOST_PARTS:
        value = stack.pop()
        if id(value) in seen:
            continue
        seen.add(id(value))
        if is_object(value):
            yield value
        if isinstance(value, Mapping | list | tuple) or is_object(value):
            stack.extend(part for _, part in children(value))


def guard(subject: Subject, conventions: Conventions) -> Guarded:
    """Call the pair as it wants to be called, and twice, and watch what it does.

    Raises CallError if it cannot be called.
    """
    runs, claims = _settled(subject, conventions)
    guarded = Guarded(conventions, runs, claims)
    _repeat(subject, guarded)
    for i, gradient in guarded.run.gradients.items():
        if gradient is not None:
            guarded.claims += _of_gradient(guarded, subject, i, gradient)
    return guarded


# -- writing ------------------------------------------------------------------------------------


def _settled(subject: Subject, conventions: Conventions) -> tuple[list[Run], list[Claim]]:
    """Find the convention while everything is lent out read-only, then less and less so."""
    first: ValueError | None = None
    for level in (2, 1, 0):
        subject.protect = level
        conventions.tried.clear()
        try:
            runs = conventions.settle()
        except ValueError as error:
            if "read-only" not in str(error) or level == 0:
                raise
            first = first or error
            continue
        if first is None:
            return runs, []
        return runs, _writes(subject, first, conventions.settings.catalogue)
    raise AssertionError("level 0 lends out copies")


def _writes(subject: Subject, error: ValueError, catalogue: Catalogue) -> list[Claim]:
    """Name what was written into, by comparing copies with originals."""
    site = raised_in(error, [subject.given_forward, subject.given_backward])
    mistake = catalogue.told_for("a written input")
    changed = []
    if subject.protect == 0:
        for leaf in subject.leaves:
            if not leaf.owned:
                now = at(subject.last_inputs, leaf.path)
                if isinstance(now, np.ndarray) and not np.array_equal(
                    now, leaf.value, equal_nan=True
                ):
                    changed.append(leaf)
    named = [leaf.name for leaf in changed if not _is_kept(subject, leaf)]
    if changed and not named:
        return []
    if named:
        names = ", ".join(named)
        return [
            Claim(
                mistake,
                f"{names} is changed in place",
                site=site,
                explanation=f"{names} holds other values after forward and backward than before",
                help=f"work on a copy: `{named[0]}.copy()`",
                evidence={"parameter": named[0], "changed": named},
            )
        ]
    if site is None:
        return []
    message = "backward writes into what forward kept: it can be called once for each forward"
    return [Claim(mistake, message, "note", site, help="work on a copy")]


def _is_kept(subject: Subject, leaf: Leaf) -> bool:
    """Whether an input is a state that is meant to change: the result does not depend on it."""
    i = subject.leaves.index(leaf)
    before = [np.array(v) for _, v in leaves(subject.run_forward()) if is_number(v)]
    after = [v for _, v in leaves(subject.run_forward({i: other_numbers(leaf.value)}))]
    numbers = [v for v in after if is_number(v)]
    return _same(before[:1], numbers[:1])


# -- doing it again -----------------------------------------------------------------------------


def _repeat(subject: Subject, guarded: Guarded) -> None:
    first = guarded.run
    dice = Dice(subject)
    second = _again(subject, guarded, "kept")
    if second is None:
        return
    third = None if _same(first.outputs, second.outputs) else _again(subject, guarded)
    if third is not None and _same(first.outputs, third.outputs):
        guarded.remarks.append("attributes put back before each call")
        second = third
    if not _same(first.outputs, second.outputs):
        subject.dice = dice
        one, two = _again(subject, guarded), _again(subject, guarded)
        if one is None or two is None or not _same(one.outputs, two.outputs):
            subject.dice = None
            _unsteady(subject, guarded, first, second)
            return
        guarded.remarks.append("random draws replayed")
        guarded.runs = [one]
        first, second = one, two
    _compare_gradients(subject, guarded, first, second)


def _again(subject: Subject, guarded: Guarded, state: State = "fresh") -> Run | None:
    try:
        returned = subject.run_forward(state=state)
        return guarded.conventions.carry_out(guarded.run.plan, returned)
    except Exception as error:  # noqa: BLE001 - the second call may do anything
        where = raised_in(error, [subject.given_forward, subject.given_backward])
        kind, text = type(error).__name__, f"the second call raised {type(error).__name__}: {error}"
        guarded.claims.append(Claim(guarded.told_for("a sum that goes on"), text, "note", where))
        guarded.remarks.append(f"called once only ({kind} the second time)")
        return None


def _unsteady(subject: Subject, guarded: Guarded, one: Run, two: Run) -> None:
    gap = (
        max(
            float(np.max(np.abs(np.asarray(a) - np.asarray(b)), initial=0.0))
            for a, b in zip(one.outputs, two.outputs, strict=True)
            if np.shape(a) == np.shape(b)
        )
        if len(one.outputs) == len(two.outputs)
        else float("nan")
    )
    guarded.unsteady = "forward gives another output for the same input each time"
    guarded.claims.append(
        Claim(
            guarded.told_for("a changing result"),
            guarded.unsteady,
            site=definition(subject.given_forward),
            explanation=f"two calls with the same input differ by up to {gap:.3g}",
            help="pass a seed or a generator in, or draw outside and pass the draw",
            evidence={"largest_difference": gap},
        )
    )


def _compare_gradients(subject: Subject, guarded: Guarded, first: Run, second: Run) -> None:
    multiples: dict[int, float] = {}
    other = []
    for i, gradient in first.gradients.items():
        again = second.gradients.get(i)
        if gradient is None or again is None or np.shape(gradient) != np.shape(again):
            continue
        if _equal(gradient, again):
            continue
        ratio = _ratio(np.asarray(again, float), np.asarray(gradient, float))
        if ratio is not None and abs(ratio - 1) < 1e-6:
            continue
        if ratio is not None and abs(ratio - 2) < 1e-6:
            multiples[i] = ratio
        else:
            other.append(subject.leaves[i].name)
    if multiples:
        guarded.claims.append(_accumulates(subject, guarded, multiples))
    if other:
        names = ", ".join(other)
        text = f"backward gives another gradient of {names} each time it is called"
        guarded.claims.append(
            Claim(
                guarded.told_for("a changing result"),
                text,
                help="keep in the cache what forward drew, and use that",
                evidence={"parameter": other[0]},
            )
        )


def _accumulates(subject: Subject, guarded: Guarded, multiples: dict[int, float]) -> Claim:
    names = ", ".join(subject.leaves[i].name for i in multiples)
    resets = [name for name in _RESETS if any(hasattr(o, name) for o in _parts(subject.owner))]
    if not resets:
        guarded.accumulating = multiples
    return Claim(
        guarded.told_for("a sum that goes on"),
        f"the gradient of {names} adds up from call to call",
        "note" if resets else "error",
        explanation="a second forward and backward with the same input gave twice the gradient",
        help=f"call {resets[0]}() before each step"
        if resets
        else "assign it, or reset it to zero first",
        evidence={"parameter": subject.leaves[next(iter(multiples))].name, "factor": 2.0},
    )


def _ratio(a: Any, b: Any) -> float | None:
    square = float(np.vdot(b, b))
    if not np.isfinite(square) or square == 0:
        return None
    c = float(np.vdot(b, a)) / square
    top = float(np.abs(a).max(initial=0.0))
    return c if float(np.abs(a - c * b).max(initial=0.0)) <= 1e-9 * top else None


def _same(one: Sequence[Any], two: Sequence[Any]) -> bool:
    return len(one) == len(two) and all(_equal(a, b) for a, b in zip(one, two, strict=True))


def _equal(one: Any, two: Any) -> bool:
    """Compare bit for bit; nan equals nan, which costs more and is rarely needed."""
    return np.array_equal(one, two) or np.array_equal(one, two, equal_nan=True)


# -- one gradient -------------------------------------------------------------------------------


def _of_gradient(guarded: Guarded, subject: Subject, i: int, gradient: Any) -> Iterator[Claim]:
    """Remarks on one gradient as an array: its precision, and whose memory it is."""
    leaf, array = subject.leaves[i], np.asarray(gradient)
    wanted = getattr(subject.original_of(leaf), "dtype", np.dtype(float))
    said = f"the gradient of {leaf.name}"

    def remark(what: str, text: str, why: str, remedy: str = "") -> Claim:
        told = {"parameter": leaf.name}
        return Claim(guarded.told_for(what), f"{said} {text}", "note", None, why, remedy, told)

    floats = wanted.kind == array.dtype.kind == "f"
    if floats and array.dtype.itemsize < min(wanted.itemsize, 8):
        text = f"is {array.dtype}, {leaf.name} is {wanted}"
        yield remark("a lost precision", text, "precision is lost on the way")
    if array.dtype.kind in "iu" and wanted.kind == "f" and isinstance(gradient, np.ndarray):
        why = "a buffer made from an integer array cuts off every fraction"
        yield remark("a lost precision", "holds integers", why, "make the buffer with dtype=float")
    shared = _shares(subject, gradient)
    if shared:
        text = f"is the memory of {shared} under another name"
        why = "an in-place update of one changes the other"
        yield remark("a shared memory", text, why, "return a copy")


def _shares(subject: Subject, gradient: Any) -> str:
    if not isinstance(gradient, np.ndarray) or not gradient.size:
        return ""
    for leaf in subject.leaves:
        if not leaf.owned:
            value = at(subject.last_inputs, leaf.path)
            if isinstance(value, np.ndarray) and np.may_share_memory(value, gradient):
                return leaf.name
    return ""
