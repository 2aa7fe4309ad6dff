"""Text that a program runs is followed like the program, and replaced functions are put back."""

from __future__ import annotations

import numpy as np
import pytest
from traced import Traced

from gradlint.doors.cli import main

TEXTS = [
    "r = eval('x * 2')", "r = eval('  x * 2', globals())", "exec('r = x * 2')",
    "exec(compile('r = x * 2', 'rule', 'exec'))", "n = {'x': x}\nexec('r = x * 2', n)\nr = n['r']",
    "exec('def f(t):\\n    return t * 2\\n')\nr = f(x)", "f = eval('lambda t: t * 2')\nr = f(x)",
]  # fmt: skip


@pytest.mark.parametrize("text", TEXTS)
def test_text_is_followed(text, tmp_path):
    """What eval and exec compute is on the tape, written where they are called."""
    run = Traced(f"x = np.arange(3.0)\n{text}\n", tmp_path)
    assert run.comes_from("r", "x")
    product = next(n for n in run.tape.nodes if n.function is np.multiply)
    rows = range(3, 4 + text.count("\n"))
    assert product.spot.row in rows
    assert product.spot.site.row == product.spot.row


@pytest.mark.parametrize(
    "text",
    ["r = eval('1 + 1', {'__builtins__': {}})", "def eval(x): return x\nr = eval('x * 2')",
     "try:\n    eval('x *')\nexcept SyntaxError:\n    r = 1"],
)  # fmt: skip
def test_text_that_is_left_alone(text, tmp_path):
    """Other builtins, a function of that name and a syntax error are as they were."""
    assert "r" in Traced(f"x = np.arange(3.0)\n{text}\n", tmp_path).recording.namespace


@pytest.mark.parametrize("slip", ["", " / out"])
def test_replaced_functions(slip, tmp_path, monkeypatch, capsys):
    """A program may wrap NumPy's functions: it is judged as it is, and NumPy is put back."""
    program = f"""
import numpy as np
counted, plain = [], {{name: getattr(np, name) for name in ("sum", "exp", "mean", "zeros_like")}}
def wrap(name):
    def wrapped(*args, **kwargs):
        counted.append(name)
        return plain[name](*args, **kwargs)
    return wrapped
for name in plain:
    setattr(np, name, wrap(name))
rng = np.random.default_rng(0)
x, y, w = rng.normal(size=(9, 3)), rng.normal(size=9), rng.normal(size=3)
for step in range(4):
    out = np.exp(x @ w)
    loss = np.mean((out - y) ** 2)
    w -= 0.01 * 2 * x.T @ ((out - y) * out{slip}) / 9
"""
    (tmp_path / "net.py").write_text(program)
    monkeypatch.chdir(tmp_path)
    kept = np.sum, np.exp
    assert (main(["check", "net.py"]) != 0) is bool(slip)
    assert (np.sum, np.exp) == kept
    assert "itself failed" not in capsys.readouterr().out
