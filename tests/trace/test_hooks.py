"""The hooks tell the tape names, holders and loops, and know when to stop."""

# ruff: noqa: E501  (whole programs stand in a table)

from __future__ import annotations

import numpy as np
from traced import Traced

from gradlint.source.spots import SourceFile
from gradlint.trace.record import record


def test_names_of_all_kinds(tmp_path):
    """Variables, attributes, items with computed keys, loop variables and walrus give names."""
    run = Traced(
        """
        class Net: pass
        net = Net(); net.W = np.ones(2); grads = {}
        for i in range(1, 3): grads["dW" + str(i)] = np.ones(2) * i
        layers = [np.zeros(1), np.ones(1)]; layers.append(np.ones(1) * 3)
        for k, layer in enumerate(layers): z = layer * 2
        (a, b), c = np.ones((2, 2)), 3.5
        t = (u := np.ones(4)) * 2
    """,
        tmp_path,
    )
    for name in ("net.W", "grads['dW1']", "grads['dW2']", "layers[0]", "layers[2]", "layer", "z",
                 "a", "b", "c", "u", "t"):  # fmt: skip
        assert run[name].value is not None, name
    assert run["grads['dW2']"].value.tolist() == [2, 2]


def test_objects_hold_arrays(tmp_path):
    """The tape knows which object holds which array under which attribute, private ones too."""
    run = Traced(
        """
        class Layer:
            def __init__(self): self.W, self.__b = np.ones(2), np.zeros(2)
            def step(self): self.W -= 0.5; self.__b = self.__b + 1
        layer = Layer(); layer.step()
    """,
        tmp_path,
    )
    held = [name for _, name, _ in run.tape.held]
    assert held.count("W") == 2
    assert any(name.endswith("b") for name in held)


def test_sizes_are_remembered(tmp_path):
    """Whole numbers that get names are kept with the place of their first assignment."""
    run = Traced("X = np.ones((5, 3))\nm, n = X.shape\nm = 7\n", tmp_path)
    assert run.tape.integers["m"][0] == 5
    assert run.tape.integers["n"][0] == 3
    assert run.tape.integers["m"][1].row == 3


def test_comparisons_of_numbers_are_decisions(tmp_path):
    """Control flow may hang on a comparison of scalars: the tape keeps it."""
    run = Traced("x = np.ones(3)\nif x.sum() > 2.0: y = x * 2\nm = x > 0\n", tmp_path)
    assert [node.function for node in run.tape.decisions] == [np.greater]
    assert run["m"].function is np.greater


def test_failed_operation_leaves_no_trace(tmp_path):
    """An operation that raises is not on the tape, and the program may go on."""
    run = Traced(
        """
        x = np.ones(3)
        try: x += np.ones(4)
        except ValueError: pass
        try: x[5] = 1
        except IndexError: pass
        y = x * 2
    """,
        tmp_path,
    )
    assert run["y"].args[0].value.tolist() == [1, 1, 1]
    assert run.history("y") == ["multiply"]


def test_program_is_stopped_when_enough_was_seen(tmp_path):
    """The question whether it is enough is asked at loop heads, ever more seldom, and obeyed."""
    asked = []

    def enough(tape):
        asked.append(len(tape))
        return len(tape) > 500

    text = "import numpy as np\nx = np.ones(2)\nwhile True:\n    try: x = x * 1.0\n    except Exception: pass\n"
    recording = record(SourceFile(str(tmp_path / "p.py"), text), enough, timeout=20)
    assert recording.ending.how == "stopped"
    assert len(asked) < 12
    assert len(recording.tape) < 2000


def test_failure_knows_the_operation_and_its_operands(tmp_path):
    """Where a program raises, the values the operation was given are there to be looked at."""
    text = "import numpy as np\nA, B = np.ones((2, 3)), np.ones((4, 5))\nC = A @ B\n"
    recording = record(SourceFile(str(tmp_path / "p.py"), text), lambda _tape: False)
    assert recording.failure.spot.text == "A @ B"
    assert recording.failure.operands["left"].shape == (2, 3)
    assert recording.failure.operands["right"].shape == (4, 5)


def test_hooks_are_gone_afterwards(tmp_path):
    """Nothing of the recording is left in the interpreter."""
    import builtins

    Traced("x = np.ones(2) * 2\n", tmp_path)
    assert not [name for name in vars(builtins) if "gradlint" in name]
