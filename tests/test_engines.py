"""Small autograd engines: objects with a value, its gradient, and a closure for the way back."""

from __future__ import annotations

import pytest

from gradlint.checking.files import check_text
from gradlint.source.edits import apply, edits_of

pytestmark = pytest.mark.usefixtures("in_this_process")

SCALAR = """
import math
import random


class Number:
    def __init__(self, data, before=()):
        self.data, self.grad, self.before, self.push = data, 0.0, before, lambda: None

    def __add__(self, other):
        out = Number(self.data + other.data, (self, other))

        def push():
            self.grad += out.grad
            other.grad += out.grad
        out.push = push
        return out

    def __mul__(self, other):
        out = Number(self.data * other.data, (self, other))

        def push():
            self.grad += other.data * out.grad
            other.grad += self.data * out.grad
        out.push = push
        return out

    def tanh(self):
        t = math.tanh(self.data)
        out = Number(t, (self,))

        def push():
            self.grad += (1 - t * t) * out.grad
        out.push = push
        return out

    def backward(self):
        order, seen = [], set()

        def visit(node):
            if node not in seen:
                seen.add(node)
                for one in node.before:
                    visit(one)
                order.append(node)
        visit(self)
        self.grad = 1.0
        for node in reversed(order):
            node.push()


random.seed(1)
weights = [Number(random.uniform(-1, 1)) for _ in range(3)]
rows = [(0.5, -1.0, 1.0), (1.0, 0.3, -1.0), (-0.7, 0.2, 1.0)]
for step in range(10):
    loss = Number(0.0)
    for x, y, goal in rows:
        out = (weights[0] * Number(x) + weights[1] * Number(y) + weights[2]).tanh()
        miss = out + Number(-goal)
        loss = loss + miss * miss
    for weight in weights:
        weight.grad = 0.0
    loss.backward()
    for weight in weights:
        weight.data -= 0.05 * weight.grad
"""
TENSOR = """
import numpy as np


class Tensor:
    def __init__(self, data, before=(), rule=None):
        self.data = np.asarray(data, dtype=float)
        self.grad = np.zeros_like(self.data)
        self.before, self.rule = before, rule

    def __matmul__(self, other):
        rule = lambda g: (g @ other.data.T, self.data.T @ g)
        return Tensor(self.data @ other.data, (self, other), rule)

    def __add__(self, other):
        return Tensor(self.data + other.data, (self, other), lambda g: (g, g.sum(axis=0)))

    def squared(self, goal):
        miss = self.data - goal
        return Tensor(np.mean(miss ** 2), (self,), lambda g: (g * 2 * miss / miss.size,))

    def backward(self):
        self.grad = np.ones_like(self.data)
        order = [self]
        for node in order:
            order += [one for one in node.before if one not in order]
            for one, g in zip(node.before, node.rule(node.grad) if node.rule else ()):
                one.grad = one.grad + g


rng = np.random.default_rng(0)
x, y = Tensor(rng.normal(size=(8, 3))), rng.normal(size=(8, 2))
w, b = Tensor(rng.normal(size=(3, 2))), Tensor(np.zeros(2))
for step in range(10):
    w.grad, b.grad = np.zeros_like(w.data), np.zeros_like(b.data)
    loss = (x @ w + b).squared(y)
    loss.backward()
    for p in (w, b):
        p.data = p.data - 0.05 * p.grad
"""
NEVER_ZEROED = {
    "numbers": SCALAR.replace("        weight.grad = 0.0\n", "        weight\n"),
    "arrays": TENSOR.replace(
        "    w.grad, b.grad = np.zeros_like(w.data), np.zeros_like(b.data)\n", ""
    ),
}
SLIPS = {
    "a slope of tanh": SCALAR.replace("(1 - t * t)", "(1 - t)"),
    "a gradient that is overwritten": SCALAR.replace("self.grad += other", "self.grad = other"),
    "a product's own factor": SCALAR.replace("+= other.data * out", "+= self.data * out"),
    "a sum that is a mean": TENSOR.replace("g.sum(axis=0)", "g.mean(axis=0)"),
    "operands the wrong way": TENSOR.replace("2 * miss", "2 * (miss ** 2)"),
}


@pytest.mark.parametrize("text", [SCALAR, TENSOR])
def test_right(text):
    """Sums over closures, of single numbers or of arrays, are followed to the leaves."""
    report = check_text(text, "engine.py")
    assert report.verdict == "right", str(report)


@pytest.mark.parametrize("kind", NEVER_ZEROED)
def test_never_zeroed(kind):
    """GL402 stands at the loop, and its fix sets the gradients to zero there."""
    text = NEVER_ZEROED[kind]
    report = check_text(text, "engine.py")
    found = [f for f in report.findings if f.severity != "note"]
    assert [f.code for f in found] == ["GL402"]
    assert ".data" in text.splitlines()[found[0].site.row - 1]
    assert ".grad" in found[0].help
    edited = apply(text, edits_of(found, "engine.py"))
    assert check_text(edited, "engine.py").verdict == "right"


@pytest.mark.parametrize("slip", SLIPS)
def test_slips(slip):
    """A slip in an operation's way back is never called right."""
    assert check_text(SLIPS[slip], "engine.py").verdict in ("wrong", "cannot-tell")


def test_a_gradient_that_is_overwritten():
    """``=`` for ``+=`` in an operation's way back is told there, and mended."""
    text = SLIPS["a gradient that is overwritten"]
    (finding,) = (f for f in check_text(text, "engine.py").findings if f.severity != "note")
    assert (finding.code, text.splitlines()[finding.site.row - 1].strip()) == (
        "GL309", "self.grad = other.data * out.grad",
    )  # fmt: skip
    assert apply(text, edits_of([finding], "engine.py")) == SCALAR


OFF = SCALAR.replace(
    """    def tanh(self):
        t = math.tanh(self.data)
        out = Number(t, (self,))

        def push():
            self.grad += (1 - t * t) * out.grad
""",
    """    def square(self):
        out = Number(self.data ** 2, (self,))

        def push():
            self.grad += 2 * self.data * out.grad
        out.push = push
        return out

    def tanh(self):
        out = Number(0 if self.data < 0 else self.data, (self,))

        def push():
            self.grad += (out.data > 0) * out.grad
""",
)


def test_units_that_are_off_leave_no_other_values_in_their_place():
    """A relu's plain 0 is on no tape: what is read after it is read in its place."""
    report = check_text(OFF, "engine.py")
    assert report.verdict == "right", str(report)


def test_in_a_graph_of_numbers_the_first_wrong_line_is_told_alone():
    """One number is a multiple of any other: what is behind the slip is not accused."""
    text = SCALAR.replace("self.grad += (1 - t * t) * out.grad", "self.grad += (1 + t) * out.grad")
    claims = [f for f in check_text(text, "engine.py").findings if f.severity != "note"]
    rows = [text.splitlines()[f.site.row - 1].strip() for f in claims]
    assert rows == ["self.grad += (1 + t) * out.grad"]
