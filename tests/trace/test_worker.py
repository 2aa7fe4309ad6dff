"""The worker always comes back, and says what became of the task."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from typing import TYPE_CHECKING, Any

import pytest

from gradlint.trace import worker

if TYPE_CHECKING:
    from pathlib import Path

Run = Any

TASKS = """
    import ctypes, os, signal, subprocess, sys, threading, time
    from pathlib import Path

    def add(a, b): return a + b
    def leave(code): os._exit(code)
    def crash(): ctypes.string_at(0)
    def kill(): os.kill(os.getpid(), signal.SIGKILL)
    def interrupted(): raise KeyboardInterrupt
    def broken(): return {}["nothing"]
    def unpicklable(): return lambda: None
    def surroundings(): return os.getcwd(), os.environ["PYTHONHASHSEED"], hash("gradlint"), sys.path
    def forever():
        while True: pass
    def unmoved():
        while True:
            try: time.sleep(1)
            except BaseException: pass
    def shout(lines):
        print("first")
        for i in range(lines): print("line", i)
        print("last")
        return lines
    def low_level():
        os.write(1, b"from one\\n"); os.write(2, b"from two\\n")
        subprocess.run([sys.executable, "-c", "print('from a child')"])
    def mute():
        os.close(0); os.close(1); os.close(2); os.closerange(3, 50)
        return "still here"
    def leave_thread():
        threading.Thread(target=forever).start()
        return "done"
    def leave_child(note):
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
        Path(note).write_text(str(child.pid))
        return "done"
    def start_and_wait(note):
        Path(note).write_text(str(os.getpid()))
        time.sleep(60)
    def script(source, path, limit):
        from gradlint.trace import stage
        code = compile(source, path, "exec")
        return stage.perform(code, path=Path(path), timeout=limit)
"""


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run one of the tasks above in a worker."""
    (tmp_path / "tasks.py").write_text(textwrap.dedent(TASKS))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))

    def run_(task: str, *, timeout: float = 20, grace: float = 5, cwd: Any = None, **payload: Any):
        return worker.run(f"tasks:{task}", payload, timeout=timeout, grace=grace, cwd=cwd)

    return run_


def gone(pid: int) -> bool:
    """Whether a process has ended (a moment of patience for the system to bury it)."""
    for _ in range(100):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        with open(f"/proc/{pid}/stat") as status:
            if status.read().rpartition(")")[2].split()[0] == "Z":
                return True
        time.sleep(0.02)
    return False


def test_a_result_comes_back(run: Run) -> None:
    """What the task returns is the outcome's result."""
    assert run("add", a=2, b=3) == worker.Outcome("returned", result=5)


def test_surroundings(run: Run, tmp_path: Path) -> None:
    """The child works where it is told to, hashes reproducibly, and cannot import from there."""
    here = tmp_path / "here"
    here.mkdir()
    (here / "random.py").write_text("raise SystemExit('shadowed')")
    cwd, seed, first, path = run("surroundings", cwd=here).result
    assert (cwd, seed) == (str(here), "0")
    assert first == run("surroundings").result[2]
    assert str(here) not in path
    assert "" not in path


def test_leaving_without_a_word(run: Run) -> None:
    """A process that ends itself is reported with its exit code."""
    outcome = run("leave", code=3)
    assert (outcome.ended, outcome.exit_code, outcome.signal) == ("died", 3, None)


def test_a_crash_in_c_names_the_line(run: Run, tmp_path: Path) -> None:
    """A segmentation fault is reported with the calls that were under way."""
    outcome = run("crash")
    assert (outcome.ended, outcome.signal) == ("died", "SIGSEGV")
    assert (str(tmp_path / "tasks.py"), 7, "crash") in outcome.where


def test_killed_from_outside(run: Run) -> None:
    """A process that the system kills, for its memory say, is reported with the signal."""
    outcome = run("kill")
    assert (outcome.ended, outcome.signal) == ("died", "SIGKILL")


def test_an_interrupted_task(run: Run) -> None:
    """A task that ends by an interrupt is no failure of ours."""
    assert run("interrupted").ended == "interrupted"


@pytest.mark.parametrize(("task", "word"), [("broken", "KeyError"), ("unpicklable", "pickle")])
def test_our_own_failure_is_told(run: Run, task: str, word: str) -> None:
    """An exception of the task itself comes back as a traceback."""
    outcome = run(task)
    assert outcome.ended == "failed"
    assert word in outcome.trouble


def test_an_endless_loop_ends(run: Run, tmp_path: Path) -> None:
    """The hard limit ends the process and names the line it was at."""
    start = time.monotonic()
    outcome = run("forever", timeout=0.5, grace=0.3)
    assert time.monotonic() - start < 3
    assert outcome.ended == "timeout"
    assert (str(tmp_path / "tasks.py"), 14, "forever") == outcome.where[-1]


def test_a_process_that_does_not_end_itself_is_killed(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the child's own watch is late, the parent's is not."""
    monkeypatch.setattr(worker, "SLACK", -1.0)
    assert run("unmoved", timeout=1.5, grace=0.2).ended == "timeout"


def test_a_million_lines(run: Run) -> None:
    """Endless output neither blocks the child nor fills our memory; both ends are kept."""
    start = time.monotonic()
    outcome = run("shout", lines=1_000_000)
    assert time.monotonic() - start < 3
    assert outcome.result == 1_000_000
    assert outcome.output.startswith("first\nline 0\n")
    assert outcome.output.endswith("line 999999\nlast\n")
    assert len(outcome.output) < 2 * worker.KEPT + 100
    written = sum(len(f"line {i}\n") for i in range(1_000_000)) + len("first\nlast\n")
    assert outcome.dropped == written - 2 * worker.KEPT
    assert f"{outcome.dropped:,} bytes" in outcome.output


def test_output_between_the_limits_is_whole(run: Run) -> None:
    """Output that fits into the two ends is not touched, wherever the border falls."""
    lines = 5_000  # 53,890 bytes: more than one end, less than two
    expected = "first\n" + "".join(f"line {i}\n" for i in range(lines)) + "last\n"
    assert worker.KEPT < len(expected) < 2 * worker.KEPT
    assert run("shout", lines=lines).output == expected


def test_low_level_output_is_caught(run: Run) -> None:
    """Output below Python and from other programs is part of the output."""
    assert run("low_level").output == "from one\nfrom two\nfrom a child\n"


def test_closed_descriptors(run: Run) -> None:
    """A script that closes every descriptor it can find cannot lose the result."""
    assert run("mute").result == "still here"


def test_a_thread_that_goes_on(run: Run) -> None:
    """A thread that never ends does not keep the process."""
    start = time.monotonic()
    assert run("leave_thread").result == "done"
    assert time.monotonic() - start < 3


@pytest.mark.skipif(not os.path.isdir("/proc"), reason="needs /proc to see processes")
def test_a_child_that_goes_on(run: Run, tmp_path: Path) -> None:
    """A program that the script started, and that holds its output open, is killed with it."""
    start = time.monotonic()
    assert run("leave_child", note=str(tmp_path / "pid")).result == "done"
    assert time.monotonic() - start < 3
    assert gone(int((tmp_path / "pid").read_text()))


@pytest.mark.skipif(not os.path.isdir("/proc"), reason="needs /proc to see processes")
def test_ctrl_c_kills_the_child(tmp_path: Path) -> None:
    """An interrupt of the parent ends the child quietly and goes on as KeyboardInterrupt."""
    (tmp_path / "tasks.py").write_text(textwrap.dedent(TASKS))
    note = tmp_path / "pid"
    program = (
        "from gradlint.trace import worker\n"
        f"try: worker.run('tasks:start_and_wait', dict(note={str(note)!r}), timeout=30)\n"
        "except KeyboardInterrupt: print('interrupted')\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", program],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{worker.PACKAGE_HOME}"},
    )
    while not (note.exists() and note.read_text()):
        assert parent.poll() is None
        time.sleep(0.01)
    parent.send_signal(signal.SIGINT)
    assert parent.communicate(timeout=10)[0] == "interrupted\n"
    assert gone(int(note.read_text()))


def test_ctrl_c_while_the_child_is_started_kills_it(run: Run, monkeypatch: Any) -> None:
    """An interrupt that comes before the process has a name is heard when it has one."""
    started, start = [], subprocess.Popen

    def interrupted(*arguments: Any, **options: Any) -> Any:
        started.append(start(*arguments, **options))
        signal.raise_signal(signal.SIGINT)
        return started[0]

    monkeypatch.setattr(subprocess, "Popen", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run("forever", timeout=30)
    assert started[0].returncode == -signal.SIGKILL


def test_the_parent_stays_light() -> None:
    """The parent's side loads no NumPy and not even what only a run needs."""
    program = "import sys, gradlint.trace.worker; print({'numpy', 'subprocess'} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", program],
        check=True,
        capture_output=True,
        text=True,
        cwd=worker.PACKAGE_HOME,
    )
    assert done.stdout == "set()\n"


SWALLOWER = """
def step(): sum(range(9))
while True:
    try: step()
    except: pass
"""
THREAD = """
import threading, time
def wait():
    while True: time.sleep(9)
threading.Thread(target=wait).start()
"""
FORK = """
import os
if os.fork() == 0: raise SystemExit(9)
os.wait()
"""
POOL = """
import multiprocessing
def double(x): return 2 * x
if __name__ == "__main__":
    with multiprocessing.get_context("fork").Pool(1) as pool: assert pool.map(double, [1]) == [2]
"""
ENDINGS = [
    ("import os; os._exit(3)", "exited"),
    ("import os; os.abort()", "exited"),
    ("while True:\n    try: 1 / 0\n    except: pass", "out-of-time"),
    (SWALLOWER, "out-of-time"),
    (THREAD, "finished"),
    (FORK, "finished"),
    (POOL, "finished"),
]


@pytest.mark.parametrize(("source", "how"), ENDINGS)
def test_a_script_on_its_stage(run: Run, tmp_path: Path, source: str, how: str) -> None:
    """However a script tries to leave, its worker still reports on it."""
    path = str(tmp_path / "net.py")
    outcome = run("script", source=source, path=path, limit=0.5)
    assert outcome.ended == "returned", outcome
    assert outcome.result.how == how
