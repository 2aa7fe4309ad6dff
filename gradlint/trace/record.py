"""Running a program under a tape: the one function that puts source, hooks and stage together."""

from __future__ import annotations

import builtins
import gc
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gradlint.source.borders import is_ours
from gradlint.source.launch import launch_of
from gradlint.source.loader import instrumented_imports
from gradlint.source.rewrite import HOOKS, instrument
from gradlint.structs import struct
from gradlint.trace.course import Course
from gradlint.trace.deadline import OutOfTime, Stop
from gradlint.trace.hooks import Hooks
from gradlint.trace.naming import users_names_first
from gradlint.trace.stage import Ending, perform
from gradlint.trace.tape import Tape
from gradlint.trace.worker import SELDOM

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from types import TracebackType

    from gradlint.source.spots import SourceFile, Spot


@struct(eq=False)
class Failure:
    """The operation in which the program raised: its place and the values it was given."""

    spot: Spot
    hook: str
    operands: dict[str, Any]
    error: BaseException


@struct(eq=False)
class Behind:
    """What a program did behind the training loop it was made to leave.

    ``tapes`` are in order, the first begins in the middle of that loop; ``ending`` says how the
    program came to its end after all, with a half-trained model.
    """

    tapes: tuple[Tape, ...]
    ending: Ending
    failure: Failure | None


@struct(eq=False)
class Recording:
    """A run of a program: its tape, its places, how it ended, and where it failed if it did.

    ``further`` are the parts of the run behind the training loop of which enough was seen, as far
    as they are whole; ``behind`` is all that came after it.
    """

    file: SourceFile
    tape: Tape
    spots: list[Spot]
    ending: Ending
    namespace: dict[str, Any]
    failure: Failure | None = None
    further: tuple[Recording, ...] = ()
    behind: Behind | None = None


def record(
    file: SourceFile,
    enough: Callable[[Tape], bool],
    *,
    further: Callable[[], Callable[[Tape], bool]] | None = None,
    seed: int = 0,
    timeout: float | None = None,
    assume: dict[str, str] | None = None,
    argv: Sequence[str] = (),
    module: str | None = None,
    whole: bool = False,
) -> Recording:
    """Run a program until ``enough`` says so, it ends, it raises or time is over.

    With ``further``, which makes a new judge, it then goes on behind the loop it was in, at once or
    after the ``whole`` of it.
    """
    spots: list[Spot] = []
    launch = launch_of(file, module)
    code = compile(instrument(file, spots), file.filename, "exec", dont_inherit=True)
    tape = Tape()
    course = None if further is None else Course(further, whole=whole)
    hooks = Hooks(tape, spots, enough, course)
    failures: list[Failure] = []
    ours: list[BaseException] = []
    globals_: dict[str, Any] = {}

    def program(namespace: dict[str, Any]) -> None:
        try:
            try:
                exec(code, namespace)
            finally:
                globals_.update(namespace)
        except (Stop, OutOfTime, SystemExit):
            raise
        except BaseException as error:
            if is_ours(error):
                ours.append(error)
            failure = _failure(error, spots)
            if failure is not None:
                failures.append(failure)
            raise

    path = Path(file.filename)
    setattr(builtins, HOOKS, hooks)
    try:
        with instrumented_imports(launch.folders, spots), _few_collections():
            ending = perform(
                program, path=path, launch=launch, argv=argv, seed=seed, timeout=timeout,
                assume=assume,
            )  # fmt: skip
    finally:
        delattr(builtins, HOOKS)
    if ours:
        raise ours[0]  # not the program's: nothing may be said about it
    _put_names_first(tape)
    if course is None or not course.complete:
        return Recording(file, tape, spots, ending, globals_, next(iter(failures), None))
    seen = Ending("stopped", asked=ending.asked, absent=ending.absent)
    rest = course.tapes(ended=ending.how in ("finished", "exited"))
    _put_names_first(*rest)
    parts = tuple(Recording(file, each, spots, seen, globals_) for each in rest)
    behind = Behind(tuple(course.behind), ending, next(iter(failures), None))
    return Recording(file, tape, spots, seen, globals_, further=parts, behind=behind)


def _put_names_first(*tapes: Tape) -> None:
    with _few_collections():
        for tape in tapes:
            users_names_first(tape)


@contextmanager
def _few_collections() -> Iterator[None]:
    """Look for garbage seldom: each look goes over a tape that grows and is none.

    With Python's own thresholds a tape of 90,000 operations takes half as long again.
    """
    usual = gc.get_threshold()
    gc.set_threshold(*SELDOM)
    try:
        yield
    finally:
        gc.set_threshold(*usual)


def _failure(error: BaseException, spots: list[Spot]) -> Failure | None:
    """The innermost hook on the way to the error, with what it was working on."""
    traceback: TracebackType | None = error.__traceback__
    found = None
    while traceback is not None:
        frame = traceback.tb_frame
        number = frame.f_locals.get("spot")
        if frame.f_globals.get("__name__") in _HOOK_MODULES and isinstance(number, int):
            found = Failure(spots[number], frame.f_code.co_name, dict(frame.f_locals), error)
        traceback = traceback.tb_next
    return found


_HOOK_MODULES = ("gradlint.trace.hooks", "gradlint.trace.calls")
