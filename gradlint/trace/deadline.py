"""How a running script is made to stop: by us when we have seen enough, or by the clock.

Both arrive in the user's code as exceptions that ``except Exception`` does not catch.  When a bare
``except:`` does, they come back, at once and then at a line where nothing is there to catch them:
``while True: try: train() except: pass`` has one in its handler.  This module knows nothing of what
runs under it.
"""

from __future__ import annotations

import contextlib
import dis
import functools
import signal
import sys
import threading
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from types import CodeType, FrameType

AGAIN = 0.1  # seconds until an exception that was swallowed is raised once more


class Stop(BaseException):
    """Raised in the user's code by the tracer: it has seen enough."""


class OutOfTime(BaseException):
    """Raised in the user's code by the clock."""


class Deadline:
    """Raises :class:`OutOfTime` in the body of its ``with`` after ``seconds``, again and again.

    The clock is a signal where there are signals, because that also ends a sleep or a wait for a
    lock.  Elsewhere, and outside the main thread, another thread plants the exception, which waits
    until the body's next bytecode.  Neither interrupts a single long call into C.
    """

    current: Deadline | None = None

    def __init__(self, seconds: float | None) -> None:
        self.seconds = seconds
        self.error: type[BaseException] = OutOfTime
        self._rings = 0
        self._edge: FrameType | None = None  # the call that holds the ``with``
        self._outer: Deadline | None = None
        self._clock: _Alarm | _Planter | None = None

    def __enter__(self) -> Self:
        self._outer, Deadline.current = Deadline.current, self
        self._edge = sys._getframe(1)
        in_main_thread = threading.current_thread() is threading.main_thread()
        by_signal = hasattr(signal, "setitimer") and in_main_thread
        self._clock = _Alarm(self) if by_signal else _Planter(self)
        if self.seconds is not None:
            self._clock.start(max(self.seconds, 1e-3))
        return self

    def __exit__(self, *_: object) -> None:
        self.cancel()

    def cancel(self) -> None:
        """Stop the clock for good; once more does no harm."""
        if self._clock is not None:
            self._clock.cancel()
            self._clock = self._edge = None
            Deadline.current = self._outer
            if self._rings > 1:
                sys.settrace(None)

    def ring(self, frame: FrameType | None) -> bool:
        """Say whether ``frame`` is to raise :attr:`error` now; if not, it will where that helps."""
        # A ring while the ``with`` is being left must not spoil what comes after it.
        if _is_leaving(frame):
            return False
        self._rings += 1
        if self._rings % 2:
            return True
        _raise_in_the_open(frame, self._edge, self.error)
        return False

    def hurry(self) -> None:
        """Raise :class:`Stop` in the body from now on, until it has been left."""
        if self.error is not Stop and self._clock is not None:  # a second call must not delay it
            self._clock.start(AGAIN)
        self.error = Stop


def deadline(seconds: float | None) -> Deadline:
    """Limit the body of a ``with`` to ``seconds``; with None only :func:`stop` ends it early."""
    return Deadline(seconds)


def stop() -> None:
    """End the code under the innermost :class:`Deadline` with :class:`Stop`, whatever it catches.

    Raises at once, and once more every time somebody swallows it.
    """
    if Deadline.current is not None:
        Deadline.current.hurry()
    raise Stop


def stopping() -> bool:
    """Whether :func:`stop` was called under the innermost :class:`Deadline`."""
    return Deadline.current is not None and Deadline.current.error is Stop


def check_stopped() -> None:
    """Raise :class:`Stop` again if it was called for and the user's code has swallowed it."""
    if stopping():
        raise Stop


class _Alarm:
    """The clock as a signal of the operating system."""

    def __init__(self, owner: Deadline) -> None:
        self._owner = owner
        self._before = signal.signal(signal.SIGALRM, self._ring)

    def start(self, seconds: float) -> None:
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGALRM, self._ring)  # the user may have taken it
        signal.setitimer(signal.ITIMER_REAL, seconds, AGAIN)

    def cancel(self) -> None:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, self._before)

    def _ring(self, _signal: int, frame: FrameType | None) -> None:
        if self._owner.ring(frame):
            raise self._owner.error


class _Planter:
    """The clock as a thread that plants the exception in the thread it watches."""

    def __init__(self, owner: Deadline) -> None:
        self._owner = owner
        self._watched = threading.get_ident()
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None
        self._cancelled = False
        self._planted = False

    def start(self, seconds: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = threading.Timer(seconds, self._ring)
        self._timer.daemon = True
        self._timer.start()

    def cancel(self) -> None:
        with self._lock:
            self._cancelled = True
            timer = self._timer
        if timer is not None:
            timer.cancel()
            timer.join()  # so that it does not count among the script's threads
        if self._planted and threading.get_ident() == self._watched:
            _harvest(self._watched)

    def _ring(self) -> None:
        with self._lock:
            if self._cancelled:
                return
            if not _is_leaving(sys._current_frames().get(self._watched)):
                _plant(self._watched, self._owner.error)
                self._planted = True
            self.start(AGAIN)


def _plant(thread: int, error: type[BaseException]) -> bool:
    """Have a thread raise ``error`` instead of whatever was planted before; say if it will."""
    import ctypes  # costs a tenth of a start, and Linux never comes here

    with contextlib.suppress(AttributeError):  # only CPython has it
        plant = ctypes.pythonapi.PyThreadState_SetAsyncExc
        return bool(plant(ctypes.c_ulong(thread), ctypes.py_object(error)))
    return False


class _Spent(BaseException):
    """Takes the place of an exception that came too late."""


def _harvest(thread: int) -> None:
    """Clear this thread of an exception that was planted and not raised yet.

    Taking it back with a null would leave CPython's flag for it up, for good: every later call
    looks for it in vain, and 3.11 never gets past the first one that is traced.
    """
    try:
        while _plant(thread, _Spent):
            pass
    except _Spent:
        pass


def _is_leaving(frame: FrameType | None) -> bool:
    while frame is not None:
        if frame.f_code is Deadline.__exit__.__code__ or frame.f_code is Deadline.cancel.__code__:
            return True
        frame = frame.f_back
    return False


def _raise_in_the_open(
    frame: FrameType | None, edge: FrameType | None, error: type[BaseException]
) -> None:
    """Let the calls from ``frame`` out to ``edge`` raise at a line that no ``try`` surrounds.

    Calls that are made later need not raise: one of these is still under way beneath them.  Nor may
    they, being perhaps the clock's own, or a callback of the garbage collector.
    """

    def trace(frame: FrameType, event: str, _: object) -> Any:
        if event == "line" and _is_open(frame, edge):
            raise error
        return trace

    sys.settrace(_ignore)
    while frame is not None and frame is not edge:
        frame.f_trace = trace
        frame = frame.f_back


def _ignore(_frame: FrameType, _event: str, _: object) -> None:
    return None


def _is_open(frame: FrameType | None, edge: FrameType | None) -> bool:
    """Whether nothing up to ``edge`` would catch an exception that arises in ``frame`` now."""
    while frame is not None and frame is not edge:
        if any(start <= frame.f_lasti < end for start, end in _guarded(frame.f_code)):
            return False
        frame = frame.f_back
    return True


@functools.cache
def _guarded(code: CodeType) -> tuple[tuple[int, int], ...]:
    """Return the stretches of bytecode under a ``try``."""
    parse: Any = vars(dis)["_parse_exception_table"]
    # The entries with ``lasti`` clean up after a handler, and raise again.
    return tuple((entry.start, entry.end) for entry in parse(code) if not entry.lasti)
