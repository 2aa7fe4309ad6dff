"""``--set`` takes the place of what the program gives."""

from __future__ import annotations

import pytest

from gradlint.source.program import NoProgram, plain
from gradlint.source.settings import applied


def with_settings(text, *settings):
    """The text of a program after settings."""
    return applied(plain("x.py", text), settings).text


@pytest.mark.parametrize(
    ("text", "settings", "expected"),
    [
        ("X = load('a')\ny = X\n", [("X", "3")], "X = 3\ny = X\n"),
        ("X = load(\n  'a')\ny = X\n", [("X", "3")], "X = 3\n\ny = X\n"),
        ("X, y = load()\nX + y\n", [("y", "2"), ("X", "1")], "X = 1; y = 2\nX + y\n"),
        ("a, b = 1, 2\na + b\n", [("a", "3")], "a, b = (1, 2); a = 3\na + b\n"),
        ("X = 1\nX = X / 2\n", [("X", "3")], "X = 3\nX = X / 2\n"),
        ("if go:\n    X = f()\nX\n", [("X", "3")], "if go:\n    X = 3\nX\n"),
        ("W = W - 1\nW = 2\n", [("W", "3")], "W = W - 1\nW = 2\n"),
        ("y = X\n", [("X", "3")], "y = X\n"),
        ("X = f()  # é\nX\n", [("X", "np.eye(2)")], "import numpy as np; X = np.eye(2)  # é\nX\n"),
    ],
)  # fmt: skip
def test_the_first_statement_that_gives_a_name_gives_way(text, settings, expected):
    """No row moves, later statements stay, and what is not given is left to the stage."""
    assert with_settings(text, *settings) == expected


@pytest.mark.parametrize(
    ("text", "name", "words"),
    [
        ("inputs = 1\nprint(inputs)\n", "input_", "did you mean `inputs`"),
        ("a = 1\n", "zebra", "leave it out"),
        ("X, y = load()\nX + y\n", "X", "give `y` with --set as well"),
    ],
)
def test_a_setting_without_effect_is_an_error(text, name, words):
    """A name that is never used, and half of what one call gives."""
    with pytest.raises(NoProgram) as told:
        with_settings(text, (name, "1"))
    assert words in told.value.remedy
