"""What a user reads of every code, word for word at 80 columns, as it was once read aloud."""

from __future__ import annotations

import contextlib
import io
import re

import pytest

from gradlint.checking.inspection import Inspection
from gradlint.config import Options
from gradlint.report import text
from gradlint.report._lines import paint
from gradlint.report.pages import pages
from gradlint.source.spots import SourceFile

# The limits of gradlint have no page with an example.
LIMITS = {
    "GL901": "import numpy as np\na = np.arange(6.0).reshape(2, 3)\nprint(a.mean(axis=0) - a)\n",
    "GL902": """\
import numpy as np
rng = np.random.default_rng(0)
X, y = rng.normal(size=(20, 3)), rng.normal(size=20)
w = rng.normal(size=3)
for step in range(50):
    out = X @ w
    delta = np.arctan(out - y) + 0.2 * out
    w -= 0.1 * X.T @ delta / 20
""",
    "GL905": "import numpy as np\nsizes = {'hidden': 4}\nW = np.zeros((3, sizes['output']))\n",
    "GL906": "import numpy as np\nX = np.loadtxt('measured.csv')\nprint(X.shape)\n",
}
ROUNDING = re.compile(r"\b\d(\.\d+)?e-(0[89]|1\d)\b")  # another machine rounds otherwise


@pytest.mark.parametrize("code", [*pages(), *LIMITS])
def test_what_is_said_is_what_was_accepted(code, golden):
    """All that the example of a code gives rise to; a change of words is seen in its diff."""
    source = LIMITS.get(code) or pages()[code].bad
    with contextlib.redirect_stdout(io.StringIO()):
        report = Inspection(SourceFile("my_net.py", source), Options(), 20.0).report()
    assert code in {finding.code for finding in report.findings}
    lines = [paint(text.finding_lines(f, report, 80), color=False) for f in report.findings]
    golden(ROUNDING.sub("…", "\n\n".join(part.rstrip() for part in lines)) + "\n", f"{code}.txt")
