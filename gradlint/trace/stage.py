"""The stage a user's script runs on: a ``__main__`` of its own, and nothing it can break.

Randomness is seeded, sleeping takes no time, questions are answered, missing plot libraries are
played by props, written files go to a private overlay, and neither ``sys.exit`` nor ``os._exit``
nor an endless loop keeps us from looking at what has happened so far.  Everything is as before
when :func:`perform` returns, so it can be called again.

Not held: seeds taken from the clock, ``random.Random()`` without a seed, a handler that the script
sets for SIGALRM (the hard time limit of :mod:`gradlint.trace.worker` still ends it).  This module
does not know what tracing is; it knows only how to be told to stop.
"""

from __future__ import annotations

import builtins
import contextlib
import dataclasses
import getpass
import importlib
import os
import random
import sys
import threading
import time
import warnings
from types import CodeType, ModuleType
from typing import TYPE_CHECKING, Any, TextIO

import numpy as np

from gradlint.source.launch import Launch
from gradlint.trace import grounds, libraries
from gradlint.trace.deadline import OutOfTime, Stop, check_stopped, deadline, stop, stopping
from gradlint.trace.ending import Ending, Frame, Home, complaint_of, describe
from gradlint.trace.guard import Guard
from gradlint.trace.props import Props

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

__all__ = [
    "Ending",
    "Frame",
    "OutOfTime",
    "Stop",
    "check_stopped",
    "deadline",
    "perform",
    "stop",
    "stopping",
]

ANSWER = "1"  # to every input(): what int(), float() and eval() accept, and what ends most menus
MOST_ANSWERS = 20  # then the input is at its end, so that a loop of questions ends as well
DEEPER = 3  # times as many frames: a traced call goes through the tracer's own
SHORT_NAP = 1e-3  # seconds: lets another thread run, which is what a sleep may be waiting for


class _Left(BaseException):
    """The script called ``os._exit`` or ``os.abort``, which would take us with it."""

    def __init__(self, exit_code: int) -> None:
        super().__init__(exit_code)
        self.exit_code = exit_code


def perform(
    program: CodeType | Callable[[dict[str, Any]], object],
    *,
    path: Path,
    launch: Launch | None = None,
    argv: Sequence[str] = (),
    seed: int = 0,
    timeout: float | None = None,
    assume: Mapping[str, str] | None = None,
) -> Ending:
    """Run a program as the script ``path`` and say how it ended.

    ``program`` is compiled code, or a function that is called with the script's globals and runs
    code in them.  ``assume`` gives names a value before the start, as expressions that may use
    ``np``; one that fails raises ``ValueError``.  Whoever traces the program ends it with
    :func:`stop`; after ``timeout`` seconds it is ended as out of time.
    """
    launch = launch or Launch(None, os.path.dirname(os.path.abspath(path)))
    home = Home(str(path), launch.folders)
    module = ModuleType("__main__")
    module.__file__ = os.path.abspath(path)
    module.__package__ = launch.package
    asked: list[str] = []
    with contextlib.ExitStack() as scenery:
        props = scenery.enter_context(Props())
        guard = scenery.enter_context(Guard())
        scenery.enter_context(_interpreter(module, home, launch))
        scenery.enter_context(libraries.kept())
        scenery.enter_context(_environment())
        scenery.enter_context(_functions(asked))
        scenery.enter_context(_randomness(seed))
        vars(module).update(_evaluate(assume or {}))
        _seed(seed)
        sys.argv = [str(path), *argv]
        threads = set(threading.enumerate())
        ending = _play(program, module, home, timeout)
        guard.stays = any(thread not in threads for thread in threading.enumerate())
    return dataclasses.replace(ending, asked=tuple(asked), absent=props.absent)


def _play(
    program: CodeType | Callable[[dict[str, Any]], object],
    module: ModuleType,
    home: Home,
    timeout: float | None,
) -> Ending:
    clock = deadline(timeout)
    ending = Ending("finished")
    try:
        with clock:
            if isinstance(program, CodeType):
                exec(program, vars(module))
            else:
                program(vars(module))
    except OutOfTime as error:
        grounds.unrepeatable("the time that was left")
        place = describe(error, home)
        ending = Ending("out-of-time", frames=place.frames, site=place.site)
    except (SystemExit, _Left) as error:
        place = describe(error, home)
        code, message = _exit_status(error)
        ending = Ending(
            "exited", "", message, place.frames, place.site, exit_code=code,
            complaint=complaint_of(error),
        )  # fmt: skip
    except BaseException as error:  # noqa: BLE001 - whatever ends it, the run is still looked at
        ending = describe(error, home)
    finally:
        clock.cancel()
    # Whatever the script did with the exception that stopped it, this is why it ended.
    if clock.error is Stop:
        return Ending("stopped", frames=ending.frames, site=ending.site)
    return ending


def _exit_status(error: SystemExit | _Left) -> tuple[int, str]:
    if isinstance(error, _Left):
        return error.exit_code, ""
    if error.code is None or isinstance(error.code, int):
        return error.code or 0, ""
    return 1, str(error.code)


def _evaluate(assume: Mapping[str, str]) -> dict[str, Any]:
    """Return the values of assumed names; later expressions may use earlier names."""
    values: dict[str, Any] = {}
    for name, expression in assume.items():
        if not name.isidentifier():
            raise ValueError(f"{name!r} is not a name")
        try:
            values[name] = eval(expression, {"np": np, "numpy": np, **values})
        except Exception as error:
            reason = f"{type(error).__name__}: {error}"
            raise ValueError(f"{name} = {expression}: {reason}") from error
    return values


@contextlib.contextmanager
def _interpreter(module: ModuleType, home: Home, launch: Launch) -> Iterator[None]:
    """Make ``module`` the script of this interpreter, and forget what it imported afterwards."""
    main, argv, path = sys.modules["__main__"], sys.argv, list(sys.path)
    modules = set(sys.modules)
    limit, bytecode, streams = sys.getrecursionlimit(), sys.dont_write_bytecode, _streams()
    sys.modules["__main__"] = module
    sys.path.insert(0, launch.first)
    sys.path += [folder for folder in launch.later if folder not in sys.path]
    sys.setrecursionlimit(limit * DEEPER)
    sys.dont_write_bytecode = True  # __pycache__ beside the user's modules is a change as well
    try:
        yield
    finally:
        for stream in (*_streams(), *streams):
            with contextlib.suppress(Exception):  # closed, broken, or not a stream at all
                stream.flush()
        sys.stdout, sys.stderr, sys.stdin = streams
        sys.settrace(None)
        sys.setprofile(None)
        sys.dont_write_bytecode = bytecode
        sys.setrecursionlimit(limit)
        sys.path[:], sys.argv, sys.modules["__main__"] = path, argv, main
        files = {name: _files_of(sys.modules[name]) for name in set(sys.modules) - modules}
        for name, found in files.items():  # read before: folders of a namespace hang on its parent
            if any(map(home.owns, found)):
                del sys.modules[name]


def _files_of(module: ModuleType) -> list[str]:
    """The file of a module; of a package without ``__init__.py``, one that it might have."""
    file = getattr(module, "__file__", None)
    if file is not None:
        return [file]
    return [os.path.join(folder, "__init__.py") for folder in getattr(module, "__path__", ())]


def _streams() -> tuple[Any, Any, Any]:
    return sys.stdout, sys.stderr, sys.stdin


@contextlib.contextmanager
def _environment() -> Iterator[None]:
    """Start from Python's and NumPy's own settings, and take back what the script changes."""
    directory, variables = os.getcwd(), dict(os.environ)
    os.environ["MPLBACKEND"] = "Agg"
    os.environ["NUMBA_DISABLE_JIT"] = "1"  # compiled functions cannot be followed
    normal: Any = {"divide": "warn", "over": "warn", "under": "ignore", "invalid": "warn"}
    try:
        with warnings.catch_warnings(), np.errstate(**normal):
            warnings.resetwarnings()
            warnings.showwarning = _warned  # whoever collects warnings here wants our own
            for category in (DeprecationWarning, PendingDeprecationWarning, ResourceWarning):
                warnings.simplefilter("ignore", category)
            yield
    finally:
        os.environ.clear()
        os.environ.update(variables)
        os.chdir(directory)


def _warned(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    """Write a warning of the program to where the program's errors go."""
    with contextlib.suppress(Exception):  # closed, broken, or not a stream at all
        text = warnings.formatwarning(message, category, filename, lineno, line)
        (file or sys.stderr).write(text)


@contextlib.contextmanager
def _functions(asked: list[str]) -> Iterator[None]:
    """Replace the functions that wait for somebody, or that would end this process."""
    owner, leave = os.getpid(), os._exit
    ask, go = _answering(asked), _leaving(owner)
    with contextlib.ExitStack() as undo:
        for holder, name, new in (
            (builtins, "input", ask),
            (getpass, "getpass", ask),
            (sys, "breakpointhook", lambda *_, **__: None),
            (time, "sleep", _napping()),
            (os, "_exit", go),
            (os, "abort", lambda: go(134)),  # what a shell says after SIGABRT
            (threading, "excepthook", _reporting()),
        ):
            undo.callback(setattr, holder, name, getattr(holder, name))
            setattr(holder, name, new)
        try:
            yield
        finally:
            if os.getpid() != owner:  # a forked child of the script has nothing to say for us
                sys.stdout.flush()
                leave(0)


def _answering(asked: list[str]) -> Callable[..., str]:
    def answer(prompt: object = "", *_: object, **__: object) -> str:
        if len(asked) >= MOST_ANSWERS:
            raise EOFError("nobody is there to answer")
        grounds.unrepeatable("an answer")
        asked.append(str(prompt))
        sys.stdout.write(f"{prompt}{ANSWER}\n")
        return ANSWER

    return answer


def _leaving(owner: int, leave: Callable[[int], object] = os._exit) -> Callable[[int], None]:
    def leave_stage(status: int) -> None:
        if os.getpid() != owner:  # a forked child ends for real
            leave(status)
        raise _Left(status)

    return leave_stage


def _napping(sleep: Callable[[float], None] = time.sleep) -> Callable[[float], None]:
    return lambda seconds: sleep(min(seconds, SHORT_NAP))


def _reporting() -> Callable[[threading.ExceptHookArgs], object]:
    report = threading.excepthook

    def report_error(args: threading.ExceptHookArgs) -> None:
        if not issubclass(args.exc_type, Stop | OutOfTime):
            report(args)

    return report_error


@contextlib.contextmanager
def _randomness(seed: int) -> Iterator[None]:
    """Make generators that get no seed depend on ``seed``, each in its own way."""
    # Every NumPy generator without a seed draws its entropy from this one function.
    entropy: Any = importlib.import_module("numpy.random.bit_generator")
    plain, legacy = random.getstate(), np.random.get_state()
    randbits, set_seed = entropy.randbits, random.seed
    entropy.randbits = random.Random(seed).getrandbits
    random.seed = lambda a=None, version=2: set_seed(seed if a is None else a, version)
    _seed(seed)
    try:
        yield
    finally:
        entropy.randbits, random.seed = randbits, set_seed
        random.setstate(plain)
        np.random.set_state(legacy)


def _seed(seed: int) -> None:
    random.seed(seed)
    np.random.seed(seed)
