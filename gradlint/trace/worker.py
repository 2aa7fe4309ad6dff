"""Runs one task in a process of its own, which may do anything to itself and nothing to us.

The task's process runs code that somebody wrote for another purpose.  It may print without end,
loop for ever, crash in C or be killed for its memory: :func:`run` always returns, within its time,
and says what happened.  Request and result travel as files in a private directory, because the
code is free to close or redirect any descriptor it finds.

The parent's side knows the standard library only, so that a door can start the worker first and
load the rest while it runs.  What the task is, nobody here knows.
"""

from __future__ import annotations

import contextlib
import os
import re
import sys
import threading
from typing import TYPE_CHECKING, Any, Literal

from gradlint.structs import struct

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from subprocess import Popen

Ended = Literal["returned", "timeout", "died", "interrupted", "failed"]
Frame = tuple[str, int, str]  # file, row from 1, function

GRACE = 10.0  # seconds beyond the time-out, for looking at what a stopped script has shown
SLACK = 1.0  # seconds in which a process that ends itself must have done so
KEPT = 32_768  # bytes of output from each end
CHUNK = 65_536
SELDOM = 50_000, 20, 100  # allocations between collections: a tape keeps it all
REQUEST, REPLY, SO_FAR, DISTRESS = "request", "reply", "so-far", "distress"
POLL = 0.05  # seconds; matters only where somebody else holds the output open

# With -P neither the working directory nor anything else of the user's can hide a standard module.
# The package must be the very one that asks, and need not be installed.
PACKAGE_HOME = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BOOT = (
    "import sys; sys.path.insert(0, sys.argv.pop()); "
    "from gradlint.trace import worker; del sys.path[0]; worker.serve()"
)
_under_way: set[Popen[bytes]] = set()
_hand_over: list[Callable[[Any], None]] = []  # in the child: where what is known so far goes
CALL = re.compile(r'^  File "(.+)", line (\d+) in (.+)$', re.MULTILINE)


@struct
class Outcome:
    """What became of a task.

    ``result`` is what it returned.  ``output`` is what its process wrote to standard output and
    error: at most the first and the last 32 kB, with a line between them that says how much is not
    shown (``dropped`` bytes).  ``where`` are the calls under way, outermost first, when the process
    ran out of time or crashed.  ``trouble`` is the traceback of an error in the task itself.
    ``so_far`` is what an unfinished task last told with :func:`tell`.
    """

    ended: Ended
    result: Any = None
    output: str = ""
    dropped: int = 0
    exit_code: int | None = None
    signal: str | None = None
    where: tuple[Frame, ...] = ()
    trouble: str = ""
    so_far: Any = None


def run(
    task: str,
    payload: dict[str, Any],
    *,
    timeout: float,
    cwd: str | os.PathLike[str] | None = None,
    grace: float | None = None,
) -> Outcome:
    """Call ``"package.module:function"`` with the payload as keywords in a fresh process.

    The task should be done after ``timeout`` seconds (it sets itself a softer limit); ``grace``
    seconds later the process and all its children are killed.  On Ctrl-C they are killed at once.
    """
    import pickle
    import tempfile
    import time

    limit = timeout + (GRACE if grace is None else grace)
    with tempfile.TemporaryDirectory(prefix="gradlint-", ignore_cleanup_errors=True) as private:
        with open(os.path.join(private, REQUEST), "wb") as file:
            pickle.dump((task, payload, limit), file)
        process: Popen[bytes] | None = None
        try:
            with _uninterrupted():
                process = _start(private, cwd)
                output = _Output(process)
            _under_way.add(process)
            finished = output.wait(time.monotonic() + limit + SLACK)
        finally:
            if process is not None:
                _under_way.discard(process)
                _kill(process)
        output.close()
        return _outcome(process, private, output, finished=finished)


def end_all() -> None:
    """End every task that some thread is waiting for; those calls of :func:`run` return at once."""
    for process in tuple(_under_way):
        _kill(process)


def tell(known: Any) -> None:
    """Hand over, from within a task, what is known so far: it is kept if the task does not end."""
    for hand_over in _hand_over:
        hand_over(known)


@contextlib.contextmanager
def _uninterrupted() -> Iterator[None]:
    """Let a Ctrl-C wait until the process that is being started has a name to be killed by."""
    import signal

    in_main_thread = threading.current_thread() is threading.main_thread()
    if not in_main_thread or signal.getsignal(signal.SIGINT) is None:  # it is not ours
        yield
        return
    came: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, _frame: came.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        for number in came[:1]:
            signal.raise_signal(number)


def _start(private: str, cwd: str | os.PathLike[str] | None) -> Popen[bytes]:
    import subprocess

    temporary = os.path.join(private, "temporary")
    os.mkdir(temporary)
    environment: dict[str, str] = {
        **os.environ,
        "PYTHONHASHSEED": "0",
        "PYTHONIOENCODING": "utf-8:backslashreplace",
        **dict.fromkeys(("TMPDIR", "TEMP", "TMP"), temporary),
    }
    # Containers set it, and a million prints take twice as long with it.
    environment.pop("PYTHONUNBUFFERED", None)
    return subprocess.Popen(
        [sys.executable, "-P", "-c", BOOT, private, PACKAGE_HOME],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd=cwd,
        env=environment,
        start_new_session=True,  # a group of its own: all of it can be killed, and Ctrl-C is ours
    )


def _kill(process: Popen[bytes]) -> None:
    """End the process and whatever it has started, if anything of that is still there."""
    if hasattr(os, "killpg"):
        import signal

        with contextlib.suppress(OSError):  # nobody left
            os.killpg(process.pid, signal.SIGKILL)
    elif process.poll() is None:
        import subprocess

        with contextlib.suppress(OSError):
            command = ["taskkill", "/T", "/F", "/PID", str(process.pid)]
            subprocess.run(command, check=False, capture_output=True)
        process.kill()
    process.wait()


class _Output:
    """Takes in what a process writes, as fast as it comes, and keeps both ends of it."""

    def __init__(self, process: Popen[bytes]) -> None:
        self._process = process
        self._head, self._tail, self._total = bytearray(), bytearray(), 0
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def wait(self, until: float) -> bool:
        """Wait for the process, or until the given time; return whether it has ended."""
        import subprocess
        import time

        while (left := until - time.monotonic()) > 0:
            if self._thread.is_alive():
                self._thread.join(min(left, POLL))  # returns at once when the process ends
                if self._process.poll() is not None:
                    return True
            else:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self._process.wait(left)
                    return True
        return False

    def close(self) -> None:
        """Take in the rest, unless somebody who escaped the group goes on writing."""
        self._thread.join(SLACK)

    @property
    def dropped(self) -> int:
        """How many bytes between the two ends were not kept."""
        return max(self._total - len(self._head) - min(len(self._tail), KEPT), 0)

    def text(self) -> str:
        """Return what was written, with a line for what was dropped."""
        head = self._head.decode(errors="replace")
        tail = bytes(self._tail[-KEPT:]).decode(errors="replace")
        if not self.dropped:
            return (head + tail).replace("\r\n", "\n")
        return f"{head}\n… {self.dropped:,} bytes of output are not shown …\n{tail}"

    def _read(self) -> None:
        pipe = self._process.stdout
        assert pipe is not None
        with pipe:
            while chunk := os.read(pipe.fileno(), CHUNK):
                self._total += len(chunk)
                room = KEPT - len(self._head)
                self._head += chunk[:room]
                self._tail += chunk[room:]
                if len(self._tail) > 4 * CHUNK:
                    del self._tail[:-KEPT]


def _outcome(process: Popen[bytes], private: str, output: _Output, *, finished: bool) -> Outcome:
    import pickle

    printed: dict[str, Any] = {"output": output.text(), "dropped": output.dropped}
    try:
        with open(os.path.join(private, REPLY), "rb") as file:
            ended, answer = pickle.load(file)
    except FileNotFoundError:
        known = _told_so_far(private)
        return Outcome(**_death(process, private, finished=finished), so_far=known, **printed)
    except Exception as error:  # noqa: BLE001 - whatever a result does while it is unpacked
        trouble = f"the result cannot be read: {type(error).__name__}: {error}"
        return Outcome("failed", trouble=trouble, **printed)
    if ended == "failed":
        return Outcome("failed", trouble=answer, so_far=_told_so_far(private), **printed)
    return Outcome(ended, result=answer, **printed)


def _told_so_far(private: str) -> Any:
    """What a task without an answer had told before."""
    import pickle

    try:
        with open(os.path.join(private, SO_FAR), "rb") as file:
            return pickle.load(file)
    except Exception:  # noqa: BLE001 - then it had told nothing that can be read
        return None


def _death(process: Popen[bytes], private: str, *, finished: bool) -> dict[str, Any]:
    """Return what is known of a process that has not replied."""
    distress = ""
    with (
        contextlib.suppress(OSError),
        open(os.path.join(private, DISTRESS), encoding="utf-8", errors="replace") as file,
    ):
        distress = file.read()
    where = _calls(distress)
    if not finished or distress.startswith("Timeout"):
        return {"ended": "timeout", "where": where}
    code = process.returncode
    if code >= 0:
        return {"ended": "died", "exit_code": code, "where": where}
    import signal

    with contextlib.suppress(ValueError):
        return {"ended": "died", "signal": signal.Signals(-code).name, "where": where}
    return {"ended": "died", "signal": str(-code), "where": where}


def _calls(distress: str) -> tuple[Frame, ...]:
    """Read the main thread's calls, which faulthandler writes last and innermost first."""
    block = re.split(r"^.*[Tt]hread 0x.*$", distress, flags=re.MULTILINE)[-1]
    own = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
    calls = [(file, int(row), function) for file, row, function in CALL.findall(block)]
    return tuple(c for c in reversed(calls) if not c[0].startswith(("<", own)))


def serve() -> None:
    """Do, in the child, what the request in the private directory asks for, and leave at once.

    Neither threads nor exit handlers of the script keep the process alive after that.
    """
    import faulthandler
    import gc
    import pickle

    gc.set_threshold(*SELDOM)
    # As they are before the script can do anything to them.
    write, rename, leave, owner = open, os.replace, os._exit, os.getpid()
    private = sys.argv.pop()
    with open(os.path.join(private, REQUEST), "rb") as file:
        task, payload, limit = pickle.load(file)
    distress = open(os.path.join(private, DISTRESS), "w")  # noqa: SIM115 - for the process's life
    faulthandler.enable(distress, all_threads=False)
    # Also the end of a process that has lost its parent.
    faulthandler.dump_traceback_later(limit, exit=True, file=distress)

    def hand_over(name: str, data: bytes) -> None:
        if os.getpid() == owner:  # and not a copy that the script made of us
            draft = os.path.join(private, name + ".draft")
            with write(draft, "wb") as out:
                out.write(data)
            rename(draft, os.path.join(private, name))

    _hand_over.append(lambda known: hand_over(SO_FAR, pickle.dumps(known)))
    hand_over(REPLY, _reply(task, payload))
    with contextlib.suppress(Exception):
        sys.stdout.flush()
    leave(0)


def _reply(task: str, payload: dict[str, Any]) -> bytes:
    import importlib
    import pickle
    import traceback
    import warnings

    try:
        module, _, function = task.partition(":")
        work = getattr(importlib.import_module(module), function)
        warnings.simplefilter("ignore")  # ours would stand among the script's output
        if numpy := sys.modules.get("numpy"):
            numpy.seterr(all="ignore")
        return pickle.dumps(("returned", work(**payload)))
    except KeyboardInterrupt:
        return pickle.dumps(("interrupted", None))
    except BaseException:  # noqa: BLE001 - whatever it is, it is ours and must be told
        return pickle.dumps(("failed", traceback.format_exc()))
