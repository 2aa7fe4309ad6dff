import contextlib
import io

import pytest

from gradlint.checking.inspection import Inspection
from gradlint.config import Options
from gradlint.doors.mend import mend
from gradlint.findings import Edit, Site
from gradlint.source.edits import apply, edits_of, row_after
from gradlint.source.spots import SourceFile

HEAD = """\
import numpy as np

rng = np.random.default_rng(0)
x, y = rng.normal(size=(9, 3)), rng.normal(size=(9, 2))
W = [rng.normal(size=(3, 5)), rng.normal(size=(5, 4)), rng.normal(size=(4, 2))]
for step in range(3):
    a1 = np.tanh(x @ W[0])
    a2 = np.tanh(a1 @ W[1])
    out = a2 @ W[2]
    loss = 0.5 * np.sum((out - y) ** 2)
    d = out - y
"""
KEPT_DELTAS = """\
    dz2 = d @ W[2].T * (1 - a2 ** 2)
    dz1 = dz2 @ W[1].T * (1 - a1 ** 2)
"""


def check(text):
    """Check a program in this process."""
    with contextlib.redirect_stdout(io.StringIO()):
        return Inspection(SourceFile("net.py", text), Options(), 20).report()


def mended(body):
    """The lines of a program after the head, once its fixes are made; None without GL307's."""
    report = check(HEAD + body)
    early = [f for f in report.findings if f.code == "GL307"]
    assert early, report
    if not any(f.fix for f in early):
        return None
    text = apply(HEAD + body, edits_of(early, "net.py"))
    assert check(text).verdict == "right"
    assert text.startswith(HEAD)
    return text.removeprefix(HEAD)


def test_an_update_moves_behind_its_last_reader_with_its_comment():
    """The whole row goes, comment and indentation included, and no further than it has to."""
    body = """\
    W[2] -= 0.1 * a2.T @ d  # the output layer
    dz2 = d @ W[2].T * (1 - a2 ** 2)  # down
    dz1 = dz2 @ W[1].T * (1 - a1 ** 2)
    W[1] -= 0.1 * a1.T @ dz2
    W[0] -= 0.1 * x.T @ dz1
"""
    rows = body.splitlines(keepends=True)
    assert mended(body) == "".join([rows[1], rows[0], *rows[2:]])


def test_each_parameter_that_was_updated_too_early_moves():
    """Two updates in one place, and each goes behind the line that reads its own parameter."""
    body = """\
    g2 = a2.T @ d
    g1 = a1.T @ (d @ W[2].T * (1 - a2 ** 2))
    W[2] -= 0.1 * g2
    W[1] -= 0.1 * g1
    dz2 = d @ W[2].T * (1 - a2 ** 2)
    dz1 = dz2 @ W[1].T * (1 - a1 ** 2)
    W[0] -= 0.1 * x.T @ dz1
"""
    rows = body.splitlines(keepends=True)
    order = [0, 1, 4, 2, 5, 3, 6]
    assert mended(body) == "".join(rows[k] for k in order)


def test_a_statement_of_several_rows_moves_as_a_whole():
    """What stands in brackets over two rows stays together, at the end of the file too."""
    body = """\
    dz2 = d @ W[2].T * (1 - a2 ** 2)
    W[1] -= 0.1 * np.dot(
        a1.T, dz2)
    W[2] -= 0.1 * a2.T @ d
    W[0] -= 0.1 * x.T @ (dz2 @ W[1].T * (1 - a1 ** 2))"""
    rows = [f"{row}\n" for row in body.splitlines()]
    expected = "".join([rows[0], rows[3], rows[4], rows[1], rows[2]])
    assert mended(body) == expected.rstrip("\n")


@pytest.mark.parametrize(
    ("update", "early", "late"),
    [
        ("W[2] -= 0.1 * a2.T @ d", "W_change = 0.1 * a2.T @ d", "W[2] -= W_change"),
        ("W[2] = W[2] - 0.1 * a2.T @ d", "new_W = W[2] - 0.1 * a2.T @ d", "W[2] = new_W"),
        ("W[2] -= (0.1 * a2.T @ d)", "W_change = (0.1 * a2.T @ d)", "W[2] -= W_change"),
    ],
)
def test_a_value_that_is_overwritten_is_taken_before(update, early, late):
    """Where `d` means the next layer's delta by then, the change is worked out in its old place."""
    body = f"""\
    {update}
    d = d @ W[2].T * (1 - a2 ** 2)
    dz1 = d @ W[1].T * (1 - a1 ** 2)
    W[1] -= 0.1 * a1.T @ d
    W[0] -= 0.1 * x.T @ dz1
"""
    rows = body.splitlines(keepends=True)
    assert mended(body) == f"    {early}\n{rows[1]}    {late}\n" + "".join(rows[2:])


def test_a_loop_over_the_layers_moves_as_one():
    """The update that stands in a loop of its own goes with the loop."""
    body = """\
    dz2 = d @ W[2].T * (1 - a2 ** 2)
    grads = [None, a1.T @ dz2, a2.T @ d]
    for k in (1, 2):
        W[k] -= 0.1 * grads[k]
    dz1 = dz2 @ W[1].T * (1 - a1 ** 2)
    W[0] -= 0.1 * x.T @ dz1
"""
    rows = body.splitlines(keepends=True)
    assert mended(body) == "".join(rows[k] for k in (0, 1, 4, 2, 3, 5))


def test_nothing_is_offered_where_the_next_round_of_the_loop_reads_it():
    """No place inside the loop is late enough: there is a finding, and no fix."""
    body = """\
    acts = [x, a1, a2]
    for k in (2, 1, 0):
        if k < 2:
            d = d @ W[k + 1].T * (1 - acts[k + 1] ** 2)
        W[k] -= 0.1 * acts[k].T @ d
"""
    assert mended(body) is None


def test_nothing_is_offered_for_statements_that_share_a_row():
    """A row of two statements is left as it is."""
    body = "    W[2] -= 0.1 * a2.T @ d; n = 1\n" + KEPT_DELTAS
    body += "    W[1] -= 0.1 * a1.T @ dz2\n    W[0] -= 0.1 * x.T @ dz1\n"
    assert mended(body) is None


LAYER = """\
import numpy as np

rng = np.random.default_rng(0)
x, y = rng.normal(size=(9, 3)), rng.normal(size=(9, 2))


class Layer:
    def __init__(self, m, n):
        self.W, self.b = rng.normal(size=(m, n)), np.zeros(n)

    def forward(self, a):
        self.a = a
        return a @ self.W + self.b

    def backward(self, result):
        self.W -= 0.1 * self.a.T @ result
        self.b -= 0.1 * result.sum(axis=0)
        return np.dot(result, self.W.T)


one, two = Layer(3, 4), Layer(4, 2)
for step in range(4):
    h = np.tanh(one.forward(x))
    out = two.forward(h)
    loss = 0.5 * np.sum((out - y) ** 2)
    one.backward(two.backward(out - y) * (1 - h ** 2))
"""


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_return_that_reads_the_new_value_is_split(end):
    """The value gets a name that is free, the update follows, and line ends stay what they are."""
    done = mend(LAYER.replace("\n", end).encode(), check)
    rows = done.after.split(end)
    assert done.report.verdict == "right"
    assert rows[15:19] == [
        "        self.b -= 0.1 * result.sum(axis=0)",
        "        result_ = np.dot(result, self.W.T)",
        "        self.W -= 0.1 * self.a.T @ result",
        "        return result_",
    ]
    assert "\n" not in done.after.replace(end, "")


def test_rows_are_followed_through_edits():
    """A row behind a deleted one moves up, one behind an inserted one down, the rest stay."""
    edits = [Edit(Site("f", 2, 1, 3, 1), ""), Edit(Site("f", 5, 9, 5, 9), "\n  a\n  b")]
    assert [row_after(row, edits) for row in (1, 3, 5, 6)] == [1, 2, 4, 7]
