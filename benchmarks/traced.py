"""What tracing costs: time for each operation, memory, and whole checks of scripts.

A script is measured against itself: the same text run as it is.  Memory and whole commands are
measured in processes of their own.
"""

from __future__ import annotations

import contextlib
import gc
import io
import json
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from nets import Net, script
from tables import scientific, table

ROOT = Path(__file__).resolve().parent.parent
STEPS = 300  # of a small network: enough operations that starting up does not count


def tables(*, quick: bool = False) -> str:
    """Measure everything there is to say about scripts, and write it down."""
    repetitions, sizes = (1, (10,)) if quick else (5, (10, 100, 1000, 12288))
    parts = [operation_cost(20 if quick else STEPS, repetitions), inspections(sizes, repetitions)]
    if not quick:
        parts += [memory((1000, 12288)), commands()]
    return "\n\n".join(parts)


# ---- time -----------------------------------------------------------------------------------


def operation_cost(steps: int, repetitions: int) -> str:
    """Measure what the tape adds to one operation on small arrays."""
    from gradlint.source.spots import SourceFile
    from gradlint.trace.record import record

    text = script((3, 4, 1), 4, steps)
    code = compile(text, "small.py", "exec")
    extra, plain_cost, operations = [], [], 1
    for _ in range(repetitions):
        start = time.process_time()
        with np.errstate(all="ignore"):
            exec(code, {"__name__": "__main__"})
        plain = time.process_time() - start
        run = None
        gc.collect()  # the tape before is not what this run costs
        start = time.process_time()
        run = record(SourceFile("small.py", text), lambda _tape: False)
        whole = time.process_time() - start
        operations = sum(not node.is_leaf for node in run.tape.nodes)
        extra.append((whole - plain) / operations * 1e6)
        plain_cost.append(plain / operations * 1e6)
    added, bare = statistics.median(extra), statistics.median(plain_cost)
    return (
        f"**Tracing** a 3-4-1 network with 4 samples for {steps} steps, {operations:,} operations: "
        f"**{added:.1f} µs** for each operation beyond the {bare:.1f} µs that NumPy and the "
        f"interpreter take (instrumenting the text included)."
    )


def inspections(sizes: tuple[int, ...], repetitions: int) -> str:
    """Measure whole checks of D-64-1 scripts in process, as multiples of one step."""
    rows = []
    inspect(script((3, 4, 1), 4, 3))  # what is imported does not count
    for size in sizes:
        net = Net((size, 64, 1), 10)
        text = script((size, 64, 1), 10, 5)
        ratios, seconds = [], []
        for _ in range(repetitions):
            floor = _floor(net)
            start = time.process_time()
            verdict = inspect(text)
            spent = time.process_time() - start
            ratios.append(spent / floor)
            seconds.append(spent)
        ratio = scientific(statistics.median(ratios))
        spent = f"{1000 * statistics.median(seconds):.0f} ms"
        rows.append([str(net), f"{net.parameters:,}", verdict, ratio, spent])
    heads = ["script", "parameters", "verdict", "multiples of one forward + backward", "CPU time"]
    said = "**A whole check of a script in process**: run, trace, reference, verdict, report."
    return f"{said}\n\n{table(heads, rows)}"


def inspect(text: str) -> str:
    """Check a script's text in this process and give the verdict."""
    from gradlint.checking.inspection import Inspection
    from gradlint.config import Options
    from gradlint.source.spots import SourceFile

    with contextlib.redirect_stdout(io.StringIO()):
        return Inspection(SourceFile("script.py", text), Options(), 60.0).report().verdict


def _floor(net: Net) -> float:
    count, start = 0, time.process_time()
    while time.process_time() - start < 0.05:
        net.loss_and_gradients(net.arrays)
        count += 1
    return (time.process_time() - start) / count


# ---- memory and whole commands ----------------------------------------------------------------

_PEAK = """
import json, sys, tracemalloc
sys.path[:0] = {path!r}
from nets import script
import traced, numpy as np
text = script(({size}, 64, 1), 10, 3)
code = compile(text, "script.py", "exec")
traced.inspect(script((3, 4, 1), 4, 3))  # what is imported does not count
tracemalloc.start()
if {whole}:
    traced.inspect(text)
else:
    exec(code, {{"__name__": "__main__"}})
print(json.dumps(tracemalloc.get_traced_memory()[1]))
"""


def memory(sizes: tuple[int, ...]) -> str:
    """Measure the peak of all allocations in a check against that of the script alone."""
    rows = []
    for size in sizes:
        plain, whole = (_peak(size, whole=whole) for whole in (False, True))
        ratio = f"{whole / plain:.1f}"
        rows.append([f"{size}-64-1", f"{plain / 2**20:.0f} MB", f"{whole / 2**20:.0f} MB", ratio])
    heads = ["script", "peak of three steps alone", "peak of the whole check", "ratio"]
    return f"**Memory**, as `tracemalloc` counts it.\n\n{table(heads, rows)}"


def _peak(size: int, *, whole: bool) -> int:
    path = [str(Path(__file__).parent), str(ROOT)]
    text = _PEAK.format(path=path, size=size, whole=whole)
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True)
    return int(json.loads(done.stdout.splitlines()[-1]))


_COMMAND = """
import json, resource, subprocess, sys, time
start = time.perf_counter()
done = subprocess.run([sys.executable, "-m", "gradlint", "check", sys.argv[1]], capture_output=True)
wall = time.perf_counter() - start
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps([wall, used.ru_utime + used.ru_stime, used.ru_maxrss, done.returncode]))
"""
EXAMPLES = (
    "buggy/one_hidden_loop",
    "fixed/one_hidden_loop",
    "buggy/forward_backward_dict",
    "fixed/forward_backward_dict",
)


def commands() -> str:
    """Measure ``gradlint check`` as people start it, from nothing to the printed report."""
    rows: list[list[Any]] = []
    for name in EXAMPLES:
        path = str(ROOT / "examples" / f"{name}.py")
        runs = []
        for _ in range(3):
            done = subprocess.run(
                [sys.executable, "-c", _COMMAND, path],
                capture_output=True,
                text=True,
                check=True,
                cwd=ROOT,
            )
            runs.append(json.loads(done.stdout))
        wall, cpu, peak, status = (statistics.median(column) for column in zip(*runs, strict=True))
        size = f"{peak / 2**10:.0f} MB"  # ru_maxrss counts kilobytes on Linux
        rows.append([f"`examples/{name}.py`", f"{wall:.1f} s", f"{cpu:.1f} s", size, int(status)])
    heads = ["`gradlint check`", "wall time", "CPU time", "largest process", "exit status"]
    return f"**Whole commands**, medians of three.\n\n{table(heads, rows)}"
