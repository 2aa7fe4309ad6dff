"""What a check costs, as a multiple of one hand-written forward and backward pass (the floor).

``python benchmarks/speed.py`` times gradlint and every installed peer on the same networks, the
traced route on scripts, and writes the tables of the page and the plot of cost against size.

Times are CPU times of one process with one thread, so that other work on the machine counts as
little as possible; every tool and the floor take turns, and the medians of the ratios are given.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import logging
import os
import statistics
import sys
import time
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
for variable in THREADS:
    os.environ.setdefault(variable, "1")  # before NumPy is imported
os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false")

import numpy as np  # noqa: E402

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

import peers  # noqa: E402 - the path stands above
import traced  # noqa: E402
from nets import Net  # noqa: E402
from plots import draw, picture  # noqa: E402
from tables import PAGE, circumstances, publish, scientific, table  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

LEGEND = (
    "≈: not run, extended from the last size that was in proportion to the number of parameters; "
    "jax compiles anew for every function, which is most of what it costs on small ones."
)
SMALL = [((3, 4, 1), 4), ((784, 128, 64, 10), 32)]
WIDE = [((d, 64, 1), 10) for d in (10, 100, 1000, 12288)]
PATIENCE = 10.0  # seconds: a tool that would take longer is not run but extended from its last size


@dataclass(frozen=True)
class Contender:
    """Something that is timed: ``prepare(net)`` gives the call to time."""

    name: str
    prepare: Callable[[Net], Callable[[], Any]]
    package: str = "numpy"
    entrywise: bool = False  # its cost grows with the number of parameters times the floor


# ---- gradlint -------------------------------------------------------------------------------


def right(_grads: list[np.ndarray]) -> None:
    """Leave the gradients as they are."""


def wrong_tensor(grads: list[np.ndarray]) -> None:
    """Double one gradient."""
    grads[0] = grads[0] * 2


def wrong_entry(grads: list[np.ndarray]) -> None:
    """Enlarge one entry of one gradient, of usual size, by half."""
    flat = grads[0].reshape(-1)
    middle = np.argsort(np.abs(flat))[3 * flat.size // 4]
    flat[middle] *= 1.5


def numerics(spoil: Callable[[Any], None], verdict: str) -> Callable[[Net], Callable[[], Any]]:
    """Time the numerical core on gradients that are already at hand."""

    def prepare(net: Net) -> Callable[[], Any]:
        from gradlint.truth.projections import check_gradients

        grads = net.gradients(*net.arrays)
        spoil(grads)

        def run() -> None:
            found = check_gradients(net.loss, net.arrays, grads)
            assert found.verdict == verdict, found

        return run

    return prepare


def public(spoil: Callable[[Any], None], verdict: str) -> Callable[[Net], Callable[[], Any]]:
    """Time ``gradlint.check`` on the function that gives loss and gradients."""

    def prepare(net: Net) -> Callable[[], Any]:
        import gradlint

        chosen = net.gradients(*net.arrays)
        before = [g.copy() for g in chosen]
        spoil(chosen)
        k, spoiled = 0, chosen[0]
        places = np.flatnonzero((spoiled != before[0]).ravel())

        def loss_and_gradients(arrays: Any) -> Any:
            loss, grads = net.loss_and_gradients(arrays)
            if places.size == 1:
                grads[k].reshape(-1)[places] *= 1.5
            elif places.size:
                grads[k] *= 2
            return loss, grads

        def run() -> None:
            report = gradlint.check(loss_and_gradients, net.arrays)
            assert report.verdict == verdict, report

        return run

    return prepare


# ---- peers ----------------------------------------------------------------------------------


def asked(ask: peers.Ask) -> Callable[[Net], Callable[[], Any]]:
    """Time a peer on the right gradients, whatever it answers: some call these wrong."""

    def prepare(net: Net) -> Callable[[], Any]:
        def run() -> None:
            with contextlib.suppress(peers.Mismatch):
                ask(net.loss, net.gradients, [np.array(a) for a in net.arrays])

        return run

    return prepare


def scipy_random(loss: Any, gradients: Any, arrays: Any) -> Any:
    """Ask ``scipy.optimize.check_grad`` along one random direction: a number, no verdict."""
    from scipy.optimize import check_grad

    f, slope, x = peers.flat(loss, gradients, arrays)
    return check_grad(f, slope, x, direction="random", rng=np.random.default_rng(0))


BY_NAME = {tool.name: tool for tool in peers.TOOLS}
CONTENDERS = (
    Contender("gradlint.check, right", public(right, "right")),
    Contender("gradlint.check, a wrong tensor", public(wrong_tensor, "wrong")),
    Contender("gradlint.check, a wrong entry", public(wrong_entry, "wrong")),
    Contender("gradlint numerics, right", numerics(right, "right")),
    Contender("gradlint numerics, a wrong tensor", numerics(wrong_tensor, "wrong")),
    Contender("gradlint numerics, a wrong entry", numerics(wrong_entry, "wrong")),
    Contender("scipy check_grad, random direction", asked(scipy_random), "scipy"),
    Contender("autograd", asked(peers.autograd_check), "autograd"),
    Contender("jax", asked(peers.jax_check), "jax"),
    Contender("torch, fast", asked(BY_NAME["torch, fast"].ask), "torch"),
    Contender("scipy check_grad", asked(peers.scipy_relative), "scipy", entrywise=True),
    Contender("course note", asked(peers.course_note), entrywise=True),
    Contender("torch, slow", asked(BY_NAME["torch, slow"].ask), "torch", entrywise=True),
    Contender("scipy.differentiate", asked(peers.scipy_differentiate), "scipy", entrywise=True),
)


# ---- timing ---------------------------------------------------------------------------------


def cpu(call: Callable[[], Any], least: float = 0.0) -> float:
    """Give the CPU seconds of a call, repeated for at least so long."""
    count, start = 0, time.process_time()
    while True:
        call()
        count += 1
        spent = time.process_time() - start
        if spent >= least:
            return spent / count


@dataclass(frozen=True)
class Cost:
    """A multiple of the floor, and whether it was measured or extended from a smaller net."""

    ratio: float
    measured: bool = True

    def __str__(self) -> str:
        return f"{'' if self.measured else '≈ '}{scientific(self.ratio)}"


Costs = dict[str, dict[str, Cost]]  # contender -> net -> cost


def measure(contenders: Sequence[Contender], nets: Sequence[Net], repetitions: int) -> Costs:
    """Time every contender on every net, floor and contenders in turn."""
    costs: Costs = {c.name: {} for c in contenders}
    last: dict[str, tuple[int, float]] = {}
    for net in sorted(nets, key=lambda net: net.parameters):

        def floor(net: Net = net) -> Any:
            return net.loss_and_gradients(net.arrays)

        usual = cpu(floor, 0.05)
        running = {}
        for c in contenders:
            size, ratio = last.get(c.name, (0, 0.0))
            ahead = ratio * net.parameters / size if size and c.entrywise else 0.0
            if ahead * usual > PATIENCE:
                costs[c.name][str(net)] = Cost(ahead, measured=False)
            else:
                running[c.name] = c.prepare(net)
        for name, ratio in _medians(floor, running, repetitions).items():
            costs[name][str(net)] = Cost(ratio)
            last[name] = (net.parameters, ratio)
        print(f"{net}: {usual * 1e6:.0f} µs", file=sys.stderr, flush=True)
    return costs


def _medians(
    floor: Callable[[], Any], running: dict[str, Callable[[], Any]], repetitions: int
) -> dict[str, float]:
    ratios: dict[str, list[float]] = {name: [] for name in running}
    lengthy = set()
    for round_ in range(repetitions + 1):
        for name, call in running.items():
            if name in lengthy:
                continue
            base = cpu(floor, 0.01)
            spent = cpu(call)
            ratio = spent / (0.5 * (base + cpu(floor, 0.01)))
            if spent > 1.0:
                lengthy.add(name)  # once is enough: imports do not count beside so long a time
            if round_ > 0 or name in lengthy:  # the first round is for imports and caches
                ratios[name].append(ratio)
    return {name: statistics.median(values) for name, values in ratios.items()}


# ---- the command ----------------------------------------------------------------------------


def cost_table(costs: Costs, nets: Sequence[Net]) -> str:
    """Write one row for each contender, one column for each net."""
    heads = ["multiples of one forward + backward", *(f"{net}: {net.parameters:,}" for net in nets)]
    rows = [[name, *(by_net.get(str(net), "") for net in nets)] for name, by_net in costs.items()]
    return table(heads, rows)


def series(costs: Costs, nets: Sequence[Net]) -> dict[str, list[tuple[float, float]]]:
    """Give the points of the plot: parameters and cost."""
    return {
        name: [(net.parameters, by_net[str(net)].ratio) for net in nets if str(net) in by_net]
        for name, by_net in costs.items()
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repetitions", type=int, default=7)
    parser.add_argument("--quick", action="store_true", help="the smallest nets, gradlint alone")
    parser.add_argument("--only", choices=["pairs", "traced"], help="measure one part")
    parser.add_argument("-o", "--output", type=Path, default=PAGE, help="the page to write")
    options = parser.parse_args(arguments)
    logging.getLogger("jax").setLevel(logging.CRITICAL)
    contenders = [c for c in CONTENDERS if importlib.util.find_spec(c.package) is not None]
    small = [Net(*sizes) for sizes in SMALL]
    wide = [Net(*sizes) for sizes in WIDE]
    repetitions = options.repetitions
    if options.quick:
        contenders = [c for c in contenders if c.name.startswith("gradlint numerics")]
        small, wide, repetitions = small[:1], wide[:2], 1
    if importlib.util.find_spec("torch") is not None and not options.quick:
        import torch

        torch.set_num_threads(1)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        if options.only != "traced":
            pairs(contenders, small, wide, repetitions, options.output)
    if options.only != "pairs":
        publish("traced", traced.tables(quick=options.quick), options.output)


def pairs(
    contenders: Sequence[Contender],
    small: Sequence[Net],
    wide: Sequence[Net],
    repetitions: int,
    page: Path,
) -> None:
    """Time function pairs; write the table and both plots."""
    costs = measure(contenders, [*small, *wide], repetitions)
    points = series(costs, wide)
    versions = circumstances("scipy", "autograd", "torch", "jax")
    parts = [
        f"Medians of {repetitions} repetitions, CPU time, one thread. {versions}",
        cost_table(costs, [*small, *wide]),
        LEGEND,
        f"```text\n{draw(points)}\n```",
    ]
    if picture(points, page.with_name("cost.png")):
        parts.append("![Cost against the number of parameters](cost.png)")
    publish("pairs", "\n\n".join(parts), page)


if __name__ == "__main__":
    main()
