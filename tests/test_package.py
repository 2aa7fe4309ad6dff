"""The names that ``import gradlint`` gives: all of them there, none of them paid for in advance."""

import os
import subprocess
import sys
from importlib.resources import files

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


TYPED = """
import gradlint

def forward(x: float) -> tuple[float, float]:
    return x, x

def backward(dout: float, cache: float) -> float:
    return dout

@gradlint.instrument
class Layer:
    width: int = 3

@gradlint.instrument(every=10)
class Other:
    width: int = 3

one, other = gradlint.wrap(forward, backward, every=3)
out: tuple[float, float] = one(1.0)
back: float = other(1.0, 2.0)
alone: tuple[float, float] = gradlint.wrap(forward)(1.0)
layers: list[int] = [Layer().width, Other().width]
report: gradlint.Report = gradlint.check_file("net.py", gradlint.Options(timeout=3))
sites: list[gradlint.Site] = [f.site for f in report.findings]
fixes: list[gradlint.Fix | None] = [f.fix for f in report.findings]
loss: gradlint.Loss | None = report.loss
said: tuple[gradlint.Annotation, ...] = gradlint.explain_file("net.py").annotations
one("wrong")
Layer().height
"""


def test_types_are_seen_from_outside(tmp_path, monkeypatch):
    """The package is typed: what is wrapped keeps its type, and results can be named."""
    api = pytest.importorskip("mypy.api")
    assert files("gradlint").joinpath("py.typed").is_file()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MYPYPATH", os.fspath(files("gradlint").joinpath("..")))
    (tmp_path / "use.py").write_text(TYPED, encoding="utf-8")
    told, _, code = api.run(["--follow-imports=silent", "--cache-dir=cache", "use.py"])
    errors = [line.split(": error: ")[1] for line in told.split("\n") if ": error: " in line]
    assert code == 1
    assert [text.rpartition("[")[2] for text in errors] == ["arg-type]", "attr-defined]"], told
