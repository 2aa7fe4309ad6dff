"""Ctrl-C while several programs are checked: it ends at once, and leaves nobody behind."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

PROC = Path("/proc")


def children(pid: int) -> list[int]:
    """List the processes that a process has started."""
    found = []
    for folder in PROC.glob("[0-9]*"):
        try:
            parent = (folder / "stat").read_text().rpartition(")")[2].split()[1]
        except OSError:  # it has ended meanwhile
            continue
        if int(parent) == pid:
            found.append(int(folder.name))
    return found


@pytest.mark.skipif(not PROC.is_dir(), reason="reads the processes from /proc")
@pytest.mark.parametrize("count", [1, 3])
def test_one_interrupt_ends_every_check(tmp_path, count):
    """One SIGINT to gradlint alone: exit status 130, one word, and no worker goes on."""
    names = [f"loop{i}.py" for i in range(count)]
    for name in names:
        (tmp_path / name).write_text("while True:\n    pass\n")
    command = [sys.executable, "-m", "gradlint", "check", *names, "-j", "2", "--timeout", "100"]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    process = subprocess.Popen(
        command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    workers: list[int] = []
    until = time.monotonic() + 60
    while len(workers) < min(count, 2) and time.monotonic() < until:
        time.sleep(0.05)
        workers = children(process.pid)
    assert len(workers) == min(count, 2)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (130, b"", b"gradlint: interrupted\n")
    assert not [pid for pid in workers if (PROC / str(pid)).exists()]
