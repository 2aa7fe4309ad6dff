"""A wrong pair, mended by trial: the one small change of its source that makes gradients right.

The changes that undo people's slips are tried out one by one: compiled, put in the place of the
function's own code for one call, and judged by the pair's own forward function.  What is left is
proven at two points; it names the line, the cause and the fix at once.  The number of trials
depends on how much work one call is, never on the clock: same arguments, same answer.
"""

from __future__ import annotations

import ast
import builtins
import itertools
from typing import TYPE_CHECKING, Any

import numpy as np

from gradlint.findings import Edit, Fix, Site
from gradlint.pairs.compare import Point, Projected, is_small
from gradlint.pairs.places import (
    Place,
    attempt,
    place_of,
    plain_function,
    stands,
    with_helpers,
)
from gradlint.pairs.sites import shown
from gradlint.pairs.slips import Shapes, Slips
from gradlint.pairs.trees import is_object
from gradlint.source.spots import SourceFile
from gradlint.structs import struct
from gradlint.truth.probe import Probe

if TYPE_CHECKING:
    import types
    from collections.abc import Iterator, Sequence

    from gradlint.pairs.checked import Checked
    from gradlint.pairs.conventions import Run
    from gradlint.pairs.guards import Guarded
    from gradlint.pairs.slips import Slip

WORK = 500_000  # operations that all trials together may cost
MOST = 4_000  # trials
_SEEN = "__gradlint_seen__"
_FEW = 3  # rows that are things of their own: the gradients of a hidden state and of a cell
_MANY = 8  # items of a cache that are worth a look each
_A_WORK = 100  # numbers that cost as much as an operation
_LONG = 4_000  # an axis whose square is more than should be made by mistake
_OTHER_SHAPES = {"shape", "transposition", "product"}
_PLACES = 8  # functions that are worth a search
_ROUNDS = 3  # slips in one pair that are looked for one after the other


@struct
class Repair:
    """A slip that was made: undoing it makes the gradients of ``mended`` right."""

    slip: Slip
    site: Site
    fix: Fix
    mended: tuple[int, ...]


class Repairs:
    """Looks for the repairs of one pair."""

    def __init__(self, check: Checked, guarded: Guarded, work: int) -> None:
        """``work`` is how many operations one call of the pair performs."""
        self.check, self.run = check, guarded.run
        self.points = check.points or [Point({}, guarded.run, {})]
        numbers = sum(np.size(leaf.value) for leaf in check.subject.leaves)
        trials = min(MOST, WORK // (work + numbers // _A_WORK + 1))
        self.trials = trials if is_small(check.subject) else 0  # a smaller example finds the same
        axes = [n for leaf in check.subject.leaves for n in np.shape(leaf.value)]
        self.long = max(axes, default=0) > _LONG
        self.right = [i for i, j in check.verdicts.items() if j.verdict == "right"]
        self.kinds: dict[float, set[str]] = {}  # of each number: a constant, an axis it counts
        self.probes: dict[tuple[int, int], Probe] = {}

    def found(self, wrong: Sequence[int]) -> Iterator[Repair]:
        """Yield repairs until nothing is wrong or nothing helps."""
        left = list(wrong) if self.trials else []
        for place in self._places() if left else ():
            for _ in range(_ROUNDS):
                best = self._best(place, left) if left else None
                if best is None:
                    break
                slip, mended = best
                yield self._repair(place, slip, mended)
                left = [i for i in left if i not in mended]

    def proven(self, fix: Fix | None, left: Sequence[int]) -> tuple[bool, list[int]]:
        """The wrong gradients that a fix makes right, and whether it is one of the pair's own.

        The functions that backward calls may serve others as well.
        """
        edits = fix.edits if fix is not None and self.trials else ()
        rows = {(edit.site.filename, edit.site.row) for edit in edits}
        for k, place in enumerate(self._places() if rows else ()):
            if rows <= place.rows:
                code = attempt(lambda: place.edited(edits))  # noqa: B023 - it is called at once
                return k == 0, [] if code is None else self._mended(place, code, left)
        return False, []

    def _places(self) -> Iterator[Place]:
        subject = self.check.subject
        functions = [subject.given_backward or subject.backward or subject.given_forward]
        if subject.stages:
            functions = [type(s).backward for s in subject.stages if hasattr(s, "backward")]
        plain = filter(None, dict.fromkeys(map(plain_function, functions)))
        for function in itertools.islice(with_helpers(plain), _PLACES):
            place = place_of(function)
            if place is not None:
                yield place

    def _best(self, place: Place, left: Sequence[int]) -> tuple[Slip, list[int]] | None:
        shapes, sizes = self._variables(place)
        slips = list(Slips(place.file, place.node, shapes, sizes).all())
        if self.long:  # n numbers that meet n others in vain are n² numbers
            slips = [slip for slip in slips if slip.kind not in _OTHER_SHAPES]
        order = {id(slip): k for k, slip in enumerate(slips)}
        shared = self._shared(place)
        slips.sort(key=lambda s: (place.statement(s) in shared, s.cost, order[id(s)]))
        best: tuple[Slip, list[int]] | None = None
        seen: set[bytes] = set()
        for slip in slips[: self.trials]:
            code = attempt(lambda: place.code_with(slip))  # noqa: B023 - it is called at once
            if code is None or code.co_code + repr(code.co_consts).encode() in seen:
                continue
            mended = self._mended(place, code, left)
            if mended and (best is None or len(mended) > len(best[1])):
                best = slip, mended
                if len(mended) == len(left):
                    break
        return best

    def _shared(self, place: Place) -> set[str]:
        """Give the statements that the forward function has as well: these are no slips, likely."""
        function = plain_function(self.check.subject.given_forward)
        other = None if function in (None, place.function) else place_of(function)
        nodes = () if other is None else ast.walk(other.node)
        return {ast.unparse(node) for node in nodes if isinstance(node, ast.Assign)}

    # -- trying -----------------------------------------------------------------------------

    def _mended(self, place: Place, code: types.CodeType, left: Sequence[int]) -> list[int]:
        """The wrong gradients that other code gets right, if it leaves the right ones alone."""
        mended = list(left)
        for k, point in enumerate(self.points):
            there = self._called(place, code, point.values)
            if there is None or not self._same(there, point.run):
                return []
            mended = [i for i in mended if self._fits(k, i, there.gradients.get(i))]
            if not mended:
                return []
        return mended

    def _called(self, place: Place, code: types.CodeType, values: dict[int, Any]) -> Run | None:
        check = self.check
        plan, subject = self.run.plan, check.subject
        with place.running(code), np.errstate(all="ignore"):
            found: Run | None = attempt(
                lambda: check.conventions.carry_out(plan, subject.run_forward(values))
            )
        return found

    def _same(self, there: Run, before: Run) -> bool:
        """Whether the function itself and all right gradients are what they were."""
        if not np.isclose(there.value, before.value, rtol=1e-12, atol=0.0):
            return False
        for i in self.right:
            one, other = np.asarray(there.gradients.get(i)), before.gradients[i]
            if np.shape(one) != np.shape(other) or not np.allclose(one, other, rtol=1e-9, atol=0):
                return False
        return True

    def _fits(self, k: int, i: int, gradient: Any) -> bool:
        if gradient is None:
            return False
        if (k, i) not in self.probes:
            point, leaves = self.points[k], self.check.subject.leaves
            wanted = sorted({i, *point.values})
            f = Projected(self.check.subject, self.run.plan, point.run, wanted)
            arrays = [point.values.get(w, leaves[w].value) for w in wanted]
            seed = self.check.settings.seed
            self.probes[k, i] = Probe(f, arrays, wanted.index(i), point.run.value, seed)
        return self.probes[k, i].fits(gradient)

    # -- what is known in the function ------------------------------------------------------

    def _variables(self, place: Place) -> tuple[Shapes, dict[str, float]]:
        """Shapes of what can be written in a function, and the sizes among it, from one call."""
        seen: dict[str, Any] = {}
        code = attempt(lambda: place.telling(_SEEN))
        if code is not None:
            setattr(builtins, _SEEN, seen.update)
            try:
                self._called(place, code, {})
            finally:
                delattr(builtins, _SEEN)
        quote = "'" if "['" in place.file.text else '"'
        shapes: Shapes = {}
        sizes = {"2": 2.0}
        for text, value in _expressions(seen, quote):
            if isinstance(value, np.ndarray) and value.dtype.kind in "fiu":
                shapes[text] = value.shape
            elif isinstance(value, int | float | np.number) and not isinstance(value, bool):
                sizes[text] = float(value)
        return shapes, self._named(sizes)

    def _named(self, sizes: dict[str, float]) -> dict[str, float]:
        """Numbers and what can be made of them, each once, by the plainest of its names."""
        for text, value in list(sizes.items()):
            if 0.0 < value < 1.0:
                sizes[f"(1 - {text})"] = 1.0 - value
            elif value > 2.0 and value.is_integer():
                sizes[f"np.sqrt({text})"] = value**0.5
        for text, value in sizes.items():
            if not text.isidentifier():
                self.kinds.setdefault(value, set()).add(text[-2:])
        plain = sorted(sizes.items(), key=lambda item: not item[0].isidentifier())
        named = {value: text for text, value in reversed(plain)}
        return {text: value for value, text in named.items() if value not in (0.0, 1.0)}

    # -- saying -----------------------------------------------------------------------------

    def _repair(self, place: Place, slip: Slip, mended: list[int]) -> Repair:
        file = SourceFile(shown(place.file.filename), place.file.text)
        site = file.site(slip.target)
        edit = Edit(site, slip.new)
        if not stands(place, slip, edit):
            edit = Edit(site, f"({slip.new})")
        old = " ".join(place.file.text_of(slip.target).split())
        message = f"write `{edit.content}` instead of `{old}`"
        # A constant that is an array's length as well may mean the one or the other.
        doubtful = slip.number is not None and len(self.kinds.get(slip.number, ())) > 1
        fix = Fix(message, (edit,), "unsafe" if doubtful else "safe")
        return Repair(slip, site, fix, tuple(mended))


def _expressions(names: dict[str, Any], quote: str) -> Iterator[tuple[str, Any]]:
    """Everything that can be written with some names: themselves, their items and attributes."""
    for name, value in names.items():
        if isinstance(value, dict):
            for key, item in value.items():
                if isinstance(key, str):
                    yield f"{name}[{quote}{key}{quote}]", item
        elif isinstance(value, list | tuple):
            yield from ((f"{name}[{k}]", item) for k, item in enumerate(value[:_MANY]))
        elif is_object(value):
            yield from ((f"{name}.{key}", item) for key, item in vars(value).items())
        elif isinstance(value, np.ndarray):
            yield name, value
            yield from ((f"{name}.shape[{k}]", n) for k, n in enumerate(value.shape))
            if value.ndim > 1 and len(value) <= _FEW:
                yield from ((f"{name}[{k}]", row) for k, row in enumerate(value))
        else:
            yield name, value
