"""How the cost of a check grows with the size of a program, right and with one slip.

``python benchmarks/growth.py`` writes ``growth`` into README.md, as a table, as a plot in text and,
where Matplotlib is, as a picture: seconds of processor time for the checks of generated programs,
and the exponent of the power law through them (1 is linear).  A kind is not made larger once a
check has taken ``--most`` seconds.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import io
import math
import time
from typing import TYPE_CHECKING

import numpy as np
import plots
import tables

from gradlint.checking.inspection import Inspection
from gradlint.config import Options
from gradlint.source.spots import SourceFile

if TYPE_CHECKING:
    from collections.abc import Callable

_TIMEOUT = 600.0


def recurrent(steps: int, wrong: bool) -> str:
    """Write a plain recurrent network of some steps; the slip takes the state of the wrong one."""
    state = "t + 1" if wrong else "t"
    return f"""
import numpy as np
rng = np.random.default_rng(0)
T = {steps}
U, V = rng.normal(size=(3, 5)) * 0.4, rng.normal(size=(5, 5)) * 0.3
w = rng.normal(size=5)
X, Y = rng.normal(size=(T, 3)), rng.normal(size=T)
for epoch in range(3):
    states, outputs, loss = [np.zeros(5)], [], 0.0
    for t in range(T):
        states.append(np.tanh(X[t] @ U + states[t] @ V))
        outputs.append(states[t + 1] @ w)
        loss += 0.5 * (outputs[t] - Y[t]) ** 2
    dU, dV, dw, carry = np.zeros_like(U), np.zeros_like(V), np.zeros_like(w), np.zeros(5)
    for t in reversed(range(T)):
        error = outputs[t] - Y[t]
        dw += error * states[t + 1]
        da = (error * w + carry) * (1 - states[t + 1] ** 2)
        dU += np.outer(X[t], da)
        dV += np.outer(states[{state}], da)
        carry = V @ da
    U -= 0.01 * dU
    V -= 0.01 * dV
    w -= 0.01 * dw
"""


def samples(count: int, wrong: bool) -> str:
    """Write a network that goes through its samples one by one; the slip is a wrong slope."""
    slope = "a * (1 - a)" if wrong else "1 - a ** 2"
    return f"""
import numpy as np
rng = np.random.default_rng(1)
N = {count}
X, Y = rng.normal(size=(N, 4)), rng.normal(size=N)
A, c = rng.normal(size=(4, 6)) * 0.5, rng.normal(size=6) * 0.5
for epoch in range(3):
    dA, dc, loss = np.zeros_like(A), np.zeros_like(c), 0.0
    for i in range(N):
        a = np.tanh(X[i] @ A)
        d = (a @ c - Y[i]) / N
        loss += 0.5 * N * d ** 2
        dc += d * a
        dA += np.outer(X[i], d * c * ({slope}))
    A -= 0.1 * dA
    c -= 0.1 * dc
"""


def layers(count: int, wrong: bool) -> str:
    """Write a network of some layers; the slip takes a mean where a sum belongs."""
    total = "mean" if wrong else "sum"
    return f"""
import numpy as np
rng = np.random.default_rng(2)
L = {count}
X, Y = rng.normal(size=(16, 5)), rng.normal(size=(16, 5))
Ws = [rng.normal(size=(5, 5)) / 5 ** 0.5 for _ in range(L)]
bs = [np.zeros(5) for _ in range(L)]
for epoch in range(3):
    acts = [X]
    for l in range(L):
        z = acts[-1] @ Ws[l] + bs[l]
        acts.append(np.tanh(z) if l < L - 1 else z)
    loss = np.mean((acts[-1] - Y) ** 2)
    delta = 2 * (acts[-1] - Y) / Y.size
    for l in reversed(range(L)):
        dW, db = acts[l].T @ delta, delta.{total}(axis=0)
        if l > 0:
            delta = (delta @ Ws[l].T) * (1 - acts[l] ** 2)
        Ws[l] -= 0.05 * dW
        bs[l] -= 0.05 * db
"""


def terms(count: int, wrong: bool) -> str:
    """Write a gradient as one line of many summands, one for each feature; the slip is a sign."""
    loss = " + ".join(f"w[{k}] * X[:, {k}]" for k in range(count))
    signs = ["-" if wrong and k == count // 2 else "" for k in range(count)]
    line = ", ".join(f"{s}np.mean(r * X[:, {k}])" for k, s in enumerate(signs))
    return f"""
import numpy as np
rng = np.random.default_rng(3)
X, y = rng.normal(size=(30, {count})), rng.normal(size=30)
w = rng.normal(size={count}) * 0.1
for epoch in range(3):
    r = {loss} - y
    loss = 0.5 * np.mean(r ** 2)
    dw = np.array([{line}])
    w -= 0.01 * dw
"""


KINDS: dict[str, tuple[Callable[[int, bool], str], tuple[int, ...]]] = {
    "recurrent steps": (recurrent, (5, 10, 20, 40, 80, 160, 320)),
    "samples one by one": (samples, (10, 30, 100, 300, 1000)),
    "layers": (layers, (2, 4, 8, 16, 32, 64)),
    "terms in a line": (terms, (1, 3, 10, 30, 100)),
}


def seconds(text: str) -> tuple[float, str]:
    """Processor time of one check, and its verdict."""
    file = SourceFile("grown.py", text)
    gc.collect()  # what the check before has left behind is none of this one's
    start = time.process_time()
    with contextlib.redirect_stdout(io.StringIO()):
        verdict = Inspection(file, Options(), _TIMEOUT).report().verdict
    return time.process_time() - start, verdict


def exponent(measured: dict[int, float]) -> str:
    """The exponent of the power law through the larger half of the measurements."""
    sizes = sorted(measured)
    sizes = sizes[-max(3, len(sizes) // 2) :]
    if len(sizes) < 3:
        return "–"
    logs = [math.log(measured[n]) for n in sizes]
    return f"{np.polyfit([math.log(n) for n in sizes], logs, 1)[0]:.1f}"


def measure(most: float) -> dict[str, dict[int, float]]:
    """Check every kind of program, right and wrong: seconds by size."""
    found = {}
    for kind, (write, sizes) in KINDS.items():
        for wrong in (False, True):
            measured: dict[int, float] = {}
            for size in sizes:
                measured[size], verdict = seconds(write(size, wrong))
                if verdict != ("wrong" if wrong else "right"):
                    print(f"{kind} {size}: {verdict}")
                if measured[size] > most:
                    break
            name = f"{kind}, {'one slip' if wrong else 'right'}"
            found[name] = measured
            print(*row(name, measured), sep=" | ", flush=True)
    return found


def row(name: str, measured: dict[int, float]) -> list[str]:
    """Write a row of the table: sizes with their seconds, and the exponent."""
    cells = ", ".join(f"{n}: {s:.1f}" for n, s in measured.items())
    return [*name.split(", "), cells, exponent(measured)]


def main() -> None:
    """Measure and rewrite the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--most", type=float, default=4.0, help="seconds of the last check")
    most = parser.parse_args().most
    found = measure(most)
    curves = {name: list(measured.items()) for name, measured in found.items()}
    words = "seconds of processor time", "steps, samples, layers or terms"
    parts = [
        tables.table(
            ("size", "program", "size: seconds", "exponent"),
            map(row, found, found.values()),
            left=3,
        ),
        f"`--most {most:g}`. {tables.circumstances()}",
        f"```text\n{plots.draw(curves, *words)}\n```",
    ]
    if plots.picture(curves, tables.PAGE.with_name("growth.png"), *words):
        parts.append("![Seconds of a check against the size of a program](growth.png)")
    tables.publish("growth", "\n\n".join(parts))


if __name__ == "__main__":
    main()
