"""Names reach values however the program hands them over."""

from __future__ import annotations

import pytest
from traced import Traced

from gradlint.reading.names import Names, meant_by

WAYS = {
    "a generator taken apart": (
        "def starts():\n  yield np.ones(2)\n  yield np.zeros(2)\nW, b = starts()\ny = W + b", "W",
    ),
    "a generator expression": ("W, b = (np.ones(n) for n in (2, 2))\ny = W + b", "W"),
    "the values of a dict": ("W, b = {1: np.ones(2), 2: np.ones(2)}.values()\ny = W + b", "W"),
    "a dataclass": (
        ("from dataclasses import dataclass\n@dataclass\nclass P:\n  W: object\n"
        "def made():\n  return P(W=np.ones(2) * 2)\np = made()\ny = p.W + 1"), "p.W",
    ),
    "a dataclass in an object": (
        ("from dataclasses import dataclass\n@dataclass\nclass P:\n  W: object\n"
        "class N:\n  def __init__(self, inner): self.inner = inner\n"
        "n = N(P(np.ones(2) * 2))\ny = n.inner.W + 1"), "n.inner.W",
    ),
    "setattr": (
        "class N: pass\nn = N()\nsetattr(n, 'W' + '1', np.ones(2) * 2)\ny = n.W1 + 1", "n.W1",
    ),
    "a namespace": (
        ("from types import SimpleNamespace\n"
        "n = SimpleNamespace(W=np.ones(2) * 2)\ny = n.W + 1"), "n.W",
    ),
    "a named tuple": (
        ("from typing import NamedTuple\nclass P(NamedTuple):\n  W: object\n  b: object\n"
        "p = P(np.ones(2) * 2, np.zeros(2))\ny = p.W + 1"), "p.W",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "name"), WAYS.values(), ids=WAYS)
def test_a_value_is_known_by_the_authors_name(text, name, tmp_path):
    """The first operand of the last operation is called what the author calls it."""
    traced = Traced(text, tmp_path)
    assert Names(traced.tape).of(traced["y"].args[0]) == name


def test_an_endless_generator_raises_what_python_raises(tmp_path):
    """Taking too much out of a generator fails as it does without a tape."""
    text = """
        def forever():
            while True:
                yield np.ones(2)
        try:
            a, b = forever()
        except ValueError as error:
            told = str(error)
        """
    namespace = Traced(text, tmp_path).recording.namespace
    assert namespace["told"] == "too many values to unpack (expected 2)"


def test_objects_are_known_by_what_holds_them(tmp_path):
    """A name that an object gets later, in a list that sorts, does not replace its place."""
    text = """
        class Box:
            def __init__(self): self.value = np.ones(2) * 2
        class Net:
            def __init__(self): self.layers = [[Box(), Box()]]
        net = Net()
        order = []
        for box in net.layers[0]:
            order.append(box)
        y = order[1].value + 1
        """
    traced = Traced(text, tmp_path)
    assert Names(traced.tape).of(traced["y"].args[0]) == "net.layers[0][1].value"


def test_objects_in_an_argument_have_its_name(tmp_path):
    """Where nothing else names a list of objects, the parameter it is given to does."""
    text = """
        class Box:
            def __init__(self): self.value = np.ones(2) * 2
        def total(layers):
            layer = layers[1]
            return layer.value + 1
        y = total([Box(), Box()])
        """
    traced = Traced(text, tmp_path)
    assert Names(traced.tape).of(traced["y"].args[0]) == "layers[1].value"


@pytest.mark.parametrize(
    ("name", "meant"),
    [("dcode", "code"), ("dnode", "node"), ("dJdW", "w"), ("dLoss_dw2", "w2"), ("dldw", "w")],
)
def test_what_a_name_says_it_is_the_derivative_of(name, meant):
    """A d inside a word begins no second half."""
    assert meant_by(name) == meant
