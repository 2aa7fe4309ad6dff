"""The pages of the shape mistakes: their bad program is caught, their good one is not."""

from __future__ import annotations

import inspect
import re
import textwrap
from typing import TYPE_CHECKING, Any

import pytest
from seeing import seen

from gradlint.mistakes.batch_leak import BatchLeak
from gradlint.mistakes.coincidental_shape import CoincidentalShape
from gradlint.mistakes.drifting_parameter_shape import DriftingParameterShape
from gradlint.mistakes.dropped_axis import DroppedAxis
from gradlint.mistakes.gradient_shape import GradientShape
from gradlint.mistakes.out_argument import OutArgument
from gradlint.mistakes.outer_broadcast import OuterBroadcast
from gradlint.mistakes.shape_error import ShapeError
from gradlint.source.spots import SourceFile

if TYPE_CHECKING:
    from gradlint.findings import Finding

MISTAKES = [
    GradientShape,
    OuterBroadcast,
    DriftingParameterShape,
    CoincidentalShape,
    DroppedAxis,
    ShapeError,
    OutArgument,
    BatchLeak,
]
HEADINGS = ["What happens", "Why it is wrong", "How it shows", "Fix", "Example"]


def program(mistake: Any, kind: str) -> str:
    """Cut one of the two programs out of a page."""
    page = inspect.getdoc(mistake) or ""
    found = re.search(rf"^{kind}:\n\n((?:    .*\n|\n)+)", page + "\n", re.MULTILINE)
    assert found, f"no program after {kind}:"
    return textwrap.dedent(found[1])


def findings_of(text: str, tmp_path: Any) -> list[Finding]:
    """Run a program and return what its shapes give away."""
    path = tmp_path / "program.py"
    path.write_text(text, encoding="utf-8")
    return seen(SourceFile(str(path), text))[0]


@pytest.mark.parametrize("mistake", MISTAKES)
def test_bad_program_is_caught(mistake: Any, tmp_path: Any) -> None:
    """The bad program of each page gets the finding of its page."""
    codes = [f.code for f in findings_of(program(mistake, "Bad"), tmp_path)]
    assert mistake.code in codes


@pytest.mark.parametrize("mistake", MISTAKES)
def test_good_program_is_silent(mistake: Any, tmp_path: Any) -> None:
    """The good program of each page gets no finding at all."""
    assert findings_of(program(mistake, "Good"), tmp_path) == []


@pytest.mark.parametrize("mistake", MISTAKES)
def test_page_has_its_headings(mistake: Any) -> None:
    """Every page has the same headings in the same order."""
    page = inspect.getdoc(mistake) or ""
    assert re.findall(r"^(.+)\n-{3,}$", page, re.MULTILINE) == HEADINGS
