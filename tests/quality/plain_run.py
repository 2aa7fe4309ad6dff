"""A program run by Python alone: the values its parameters take in the first steps.

Nothing of gradlint takes part here.  A line of the forward pass, which no mutant touches, is the
clock: whenever it is about to be executed, the values that are reachable from where it stands are
looked at.  Which of them are parameters is known from the right program.
"""

from __future__ import annotations

import contextlib
import io
import re
import sys
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

STEPS = 3
MOST = 240  # ticks of the clock until three steps are done
DEPTH = 5
SAME = 1e-4  # relative: a large epsilon under a root stays below it, a slip far above
_NUMBERS = (int, float, np.number)


class _EnoughError(BaseException):
    """The steps that were asked for are done."""


@dataclass(frozen=True)
class Course:
    """The values of the parameters at the beginning and after each of the first steps.

    ``callers`` are the rows from which the forward pass was called.
    """

    row: int
    ticks: tuple[int, ...]
    paths: tuple[str, ...]
    values: tuple[tuple[np.ndarray, ...], ...]  # at each tick, of each parameter
    callers: frozenset[int] = frozenset()
    moved: Course | None = None  # the same from another start


def course_of(text: str, row: int, olds: dict[str, np.ndarray]) -> Course | None:
    """How a right program moves the parameters, given by name and value at their first reading.

    None where they are not all to be seen, do not all move, or are others at a second run.
    """
    seen = list[tuple[int, dict[str, np.ndarray]]]()
    candidates: dict[str, list[str]] = {}
    callers = set[int]()

    def look(frame: FrameType, tick: int) -> bool:
        found = _reachable(frame)
        if not candidates:
            begun = {name: _holding(found, name, old) for name, old in olds.items()}
            if all(begun.values()):
                candidates.update(begun)
        callers.update(_rows_above(frame))
        all_paths = [path for own in candidates.values() for path in own]
        if all_paths:
            seen.append((tick, {path: found[path] for path in all_paths if path in found}))
        return bool(candidates) and all(_moved(own, seen) >= STEPS for own in candidates.values())

    _run(text, row, look)
    paths = list[str]()
    for own in candidates.values():
        lasting = [path for path in own if path not in paths and _moved([path], seen) >= 0]
        if not lasting:
            return None
        paths.append(max(lasting[:1] + [path for path in lasting if _moved([path], seen)][:1],
                         key=lambda path: bool(_moved([path], seen))))  # fmt: skip
    kept = [(tick, tuple(at[p] for p in paths)) for tick, at in seen if all(p in at for p in paths)]
    kept = kept[:1] + [
        now for before, now in pairwise(kept) if not all(map(_equal, before[1], now[1]))
    ]
    if len(kept) < 2:
        return None
    ticks, values = zip(*kept, strict=True)
    course = Course(row, ticks, tuple(paths), values, frozenset(callers))
    again = values_of(text, course)
    if again is None or difference(course, again) != "same":
        return None
    elsewhere = values_of(text, course, moved=True)
    if elsewhere is None or any(value is None for at in elsewhere for value in at):
        return course
    return replace(course, moved=replace(course, values=tuple(elsewhere)))


def _rows_above(frame: FrameType) -> Iterator[int]:
    above = frame.f_back
    while above is not None and above.f_code.co_filename == frame.f_code.co_filename:
        yield above.f_lineno
        above = above.f_back


def _holding(found: dict[str, np.ndarray], name: str, old: np.ndarray) -> list[str]:
    """The paths that hold a value, those that read like the name first; a number needs its name.

    A local name may be one of passing use, for one layer after the other.
    """
    paths = [path for path, value in found.items() if _equal(value, old)]
    called = re.findall(r"\w+", name.partition("#")[0])[-1]
    lasts = {p: p.rpartition(".")[2].rpartition(":")[2] for p in paths}
    private = called if called.startswith("__") else "\n"
    alike = [p for p, last in lasts.items() if last == called or last.endswith(private)]
    rest = [p for p in paths if p not in alike] if old.size > 1 else []
    known = alike + rest
    return [p for p in known if ":" not in p or "." in p] or known


def _moved(paths: list[str], seen: list[tuple[int, dict[str, np.ndarray]]]) -> int:
    """How often the first of some paths changed; below 0 if it is gone, or of another shape."""
    values = [at.get(paths[0]) for _, at in seen]
    shapes = {None if value is None else value.shape for value in values}
    if len(shapes) != 1 or None in shapes:
        return -1
    return sum(not _equal(a, b) for a, b in pairwise(values))


def values_of(
    text: str, course: Course, *, moved: bool = False
) -> list[tuple[np.ndarray | None, ...]] | None:
    """The values of the same places at the same ticks in another program; None if it raises.

    ``moved`` changes all parameters that are arrays before the first step.
    """
    seen = list[tuple[np.ndarray | None, ...]]()

    def look(frame: FrameType, tick: int) -> bool:
        if moved and tick == course.ticks[0]:
            rng = np.random.default_rng(3)
            for path in course.paths:
                array = _found(frame, path)
                if isinstance(array, np.ndarray) and array.dtype.kind == "f":
                    size = np.abs(array).mean() or 0.3
                    array += (size * rng.normal(size=array.shape)).astype(array.dtype)
        if tick in course.ticks:
            found = _reachable(frame)
            seen.append(tuple(found.get(path) for path in course.paths))
        return tick >= course.ticks[-1]

    return None if _run(text, course.row, look) else seen


def state_from(text: str, course: Course) -> str:
    """How a program moves the parameters, held against the right one: see ``difference``.

    What is alike from the start that the program has and otherwise from another one is "alike at
    the start"; "raises" where it does not come so far.
    """
    values = values_of(text, course)
    if values is None:
        return "raises"
    state = difference(course, values)
    if state not in ("same", "proportional") or course.moved is None:
        return state
    elsewhere = values_of(text, course, moved=True)
    there = difference(course.moved, elsewhere) if elsewhere is not None else "raises"
    return state if there == state else "alike at the start"


def difference(course: Course, other: list[tuple[np.ndarray | None, ...]]) -> str:
    """How the steps differ: "same", "proportional", "rates", "opposite" or "changed".

    In "rates" each parameter moves by a multiple of its own in the first step, or not at all.
    """
    if len(other) < 2:
        return "changed"  # and what ends early is compared as far as it goes
    if all(_is_near(course.values, other, k) for k in range(1, len(other))):
        return "same"
    ratios = _ratios(course, other)
    if not any(ratios) or any(0 < abs(r) <= SAME for r in ratios):
        return "changed"
    if all(abs(r - ratios[0]) <= SAME * abs(ratios[0]) for r in ratios):
        if abs(ratios[0] - 1) <= SAME:
            return "changed"  # in a later step
        return "proportional" if ratios[0] > 0 else "opposite"
    return "rates" if all(r >= 0 for r in ratios) else "changed"


def _ratios(course: Course, other: list[tuple[np.ndarray | None, ...]]) -> list[float]:
    """What multiple of the right one each parameter's first move is; none if one is no multiple."""
    firsts = [_first(course, place) for place in range(len(course.paths))]
    ratios = list[float]()
    for place in sorted(range(len(firsts)), key=lambda place: firsts[place]):
        k = firsts[place]
        if k >= len(other) or (k > min(firsts) and any(abs(r - 1) > SAME for r in ratios)):
            break  # what begins to move later does so from another place
        old, right = course.values[0][place], course.values[k][place]
        begun, new = other[k - 1][place], other[k][place]
        if begun is None or new is None or not _equal(old, begun) or new.shape != old.shape:
            return []
        ratio = _ratio(right - old, new - begun, _lost(old))
        if ratio is None:
            return []
        if np.isfinite(ratio):
            ratios.append(ratio)
    return ratios


def _first(course: Course, place: int) -> int:
    """The tick at which a parameter has moved for the first time."""
    values = [at[place] for at in course.values]
    return next((k for k, value in enumerate(values) if not _equal(value, values[0])), 1)


def _is_near(
    right: tuple[tuple[np.ndarray, ...], ...], other: list[tuple[np.ndarray | None, ...]], k: int
) -> bool:
    """Whether all parameters are where they should be, by the size of their steps."""
    for start, ours, theirs in zip(right[0], right[k], other[k], strict=True):
        if theirs is None or theirs.shape != ours.shape:
            return False
        size = np.abs(ours - start).max(initial=0)
        if not np.abs(ours - theirs).max(initial=0) <= SAME * size + _lost(start):
            return False
    return True


def _lost(value: np.ndarray) -> float:
    """What a change may lose when it is added to a value."""
    return float(8 * np.finfo(value.dtype).eps * np.abs(value).max(initial=0))


def _ratio(ours: np.ndarray, theirs: np.ndarray, lost: float) -> float | None:
    """The factor between two changes, nan if both vanish, None if there is none."""
    ours, theirs = ours.astype(float), theirs.astype(float)
    size = float(np.vdot(ours, ours))
    if size == 0 or not np.isfinite(theirs).all():
        return float("nan") if size == 0 and not theirs.any() else None
    ratio = float(np.vdot(ours, theirs)) / size
    gap = np.abs(theirs - ratio * ours).max()
    return ratio if gap <= SAME * np.abs(theirs).max() + (1 + abs(ratio)) * lost else None


def _run(text: str, row: int, look: Callable[[FrameType, int], bool]) -> bool:
    """Execute a program until ``look`` has seen enough at a row; say whether it raised before."""
    name, ticks = "<plain run>", 0

    def trace(frame: FrameType, event: str, argument: object) -> Any:
        nonlocal ticks
        if frame.f_code.co_filename != name:
            return None
        if event == "line" and frame.f_lineno == row:
            enough = look(frame, ticks)
            ticks += 1
            if enough or ticks > MOST:
                raise _EnoughError
        return trace

    quiet, before = io.StringIO(), sys.gettrace()
    np.random.seed(0)
    try:
        with contextlib.redirect_stdout(quiet), contextlib.redirect_stderr(quiet):
            code = compile(text, name, "exec")
            sys.settrace(trace)
            exec(code, {"__name__": "__main__"})
    except _EnoughError:
        return False
    except (Exception, SystemExit):  # noqa: BLE001 - whatever a mutant may raise
        return True
    finally:
        sys.settrace(before)
    return False


def _found(frame: FrameType, path: str) -> object:
    """What a path leads to."""
    level, _, rest = path.rpartition(":")
    at: FrameType | None = frame
    for _ in range(int(level or 0)):
        at = at.f_back if at is not None else None
    value: Any = at.f_locals if level and at is not None else frame.f_globals
    for part in rest.split("."):
        if isinstance(value, dict):
            value = next((v for k, v in value.items() if str(k) == part), None)
        elif isinstance(value, (list, tuple)):
            value = value[int(part)]
        else:
            value = getattr(value, part, None)
    return value


def _reachable(frame: FrameType) -> dict[str, np.ndarray]:
    """Copies of all numbers and arrays of numbers that can be reached from a frame, by path."""
    found: dict[str, np.ndarray] = {}
    at: FrameType | None = frame
    level = 0
    while at is not None and at.f_code.co_filename == frame.f_code.co_filename:
        if at.f_locals is not at.f_globals:
            for name, value in at.f_locals.items():
                found.update(_arrays(value, f"{level}:{name}", 0))
        at, level = at.f_back, level + 1
    for name, value in frame.f_globals.items():
        if not name.startswith("__"):
            found.update(_arrays(value, name, 0))
    return found


def _arrays(value: object, path: str, depth: int) -> Iterator[tuple[str, np.ndarray]]:
    if isinstance(value, np.ndarray) and value.dtype.kind in "fiu":
        yield path, np.array(value, dtype=np.result_type(value.dtype, np.float32))
    elif isinstance(value, _NUMBERS) and not isinstance(value, bool):
        yield path, np.array(float(value))
    elif depth < DEPTH:
        items: Any = ()
        if isinstance(value, dict):
            items = list(value.items())
        elif isinstance(value, (list, tuple)) or (
            isinstance(value, np.ndarray) and value.dtype.kind == "O"
        ):
            items = list(enumerate(value))
        elif type(value).__module__ == "__main__":
            items = list(getattr(value, "__dict__", {}).items())
        for key, part in items:
            yield from _arrays(part, f"{path}.{key}", depth + 1)


def _equal(one: np.ndarray | None, other: np.ndarray | None) -> bool:
    if one is None or other is None:
        return one is other
    return one.shape == other.shape and bool(np.all(one == other))
