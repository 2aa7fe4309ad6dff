"""Gradients that a pool of workers computes are followed as if they were computed in line."""

from __future__ import annotations

import pytest

from gradlint.doors.cli import main

PROGRAM = """
import numpy as np
from {module} import {pool}
rng = np.random.default_rng(0)
X, Y = rng.normal(size=(12, 3)), rng.normal(size=(12, 2))
W = rng.normal(size=(3, 2))

def gradient(part):
    x, y, w = part
    return x.T @ (x @ w - y){slip}

if __name__ == "__main__":
    with {pool}(2) as pool:
        for k in range(6):
            parts = [(X[:6], Y[:6], W), (X[6:], Y[6:], W)]
            loss = 0.5 * np.sum((X @ W - Y) ** 2)
            halves = {how}
            W = W - 0.01 * (halves[0] + halves[1])
"""
WAYS = [
    ("multiprocessing", "Pool", "pool.map(gradient, parts)"),
    ("multiprocessing.pool", "ThreadPool", "list(pool.imap(gradient, parts, 1))"),
    ("multiprocessing", "Pool", "[pool.apply_async(gradient, (p,)) for p in parts]"),
    ("concurrent.futures", "ThreadPoolExecutor", "list(pool.map(gradient, parts))"),
    ("concurrent.futures", "ProcessPoolExecutor", "[pool.submit(gradient, p) for p in parts]"),
]


@pytest.mark.parametrize(("module", "pool", "how"), WAYS)
@pytest.mark.parametrize("slip", ["", " * (abs(w[:1, :1]) > 0) * x[:1, :1]"])
def test_pools(module, pool, how, slip, tmp_path, monkeypatch, capsys):
    """The sum of what two workers return is the gradient, or is wrong by a worker's line."""
    text = PROGRAM.format(module=module, pool=pool, how=how, slip=slip)
    if "apply_async" in how or "submit" in how:
        get = "get" if "apply_async" in how else "result"
        text = text.replace("(halves[0] + halves[1])", f"sum(h.{get}() for h in halves)")
    (tmp_path / "net.py").write_text(text)
    monkeypatch.chdir(tmp_path)
    status = main(["check", "net.py"])
    told = capsys.readouterr().out
    assert status == (1 if slip else 0), told
    assert "net.py:10:" in told or not slip
