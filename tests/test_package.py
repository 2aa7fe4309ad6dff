"""The names that ``import gradlint`` gives: all of them there, none of them paid for in advance."""

import subprocess
import sys

import pytest

import gradlint


def test_every_public_name_is_there():
    """Each name of ``__all__`` can be reached, and ``dir`` shows it once."""
    for name in gradlint.__all__:
        assert getattr(gradlint, name) is not None
    names = dir(gradlint)
    assert set(gradlint.__all__) <= set(names)
    assert len(names) == len(set(names))


def test_a_name_that_is_not_there():
    """Any other name is an AttributeError, as of every module."""
    with pytest.raises(AttributeError, match="has no attribute 'chekc'"):
        gradlint.chekc  # noqa: B018 - the access is the test


def test_names_cost_nothing_until_they_are_used():
    """Neither the import nor ``dir`` loads NumPy, Hypothesis, pytest or rich."""
    heavy = {"numpy", "hypothesis", "pytest", "rich", "argparse"}
    code = f"import sys, gradlint; dir(gradlint); print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


@pytest.mark.parametrize(
    ("module", "home"), [("testing", "testing"), ("strategies", "testing.strategies")]
)
def test_modules_need_no_import_of_their_own(module, home):
    """``gradlint.testing`` is there after ``import gradlint`` alone."""
    code = f"import gradlint; print(gradlint.{module}.__name__)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == f"gradlint.{home}\n"
