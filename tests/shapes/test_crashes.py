"""Explained crashes: what meets what, where lengths come from, what the mathematics asks for."""

from __future__ import annotations

import pytest
from test_corpus import HERE, checked, spanned

from gradlint.checking.inspection import Inspection
from gradlint.config import Options
from gradlint.source.spots import SourceFile, read

# program: (part of the message, part of the help; "" where nothing certain can be said)
SAID = {
    "crash_matmul_forward": ("d (3) of `X` meets h (6) of `W1`", "`X @ W1.T` lets d meet d"),
    "crash_dot_gradient": ("m (9) of `dZ2` meets", "the gradient of `W2` is `np.dot(dZ2, A1.T)`"),
    "crash_in_one_expression": ("of `W2` meets", "the gradient of `A1` is `W2.T @ (A2 - Y)`"),
    "crash_dot_method_vectors": ("of `delta1` meets", "`np.outer(delta1, x)`"),
    "crash_batched_matmul": ("(4) of `Q` meets T (5) of `K`", ""),
    "crash_einsum_letter": ("of `h` meets", ""),
    "crash_tensordot": ("K (2) of `dout` meets D (4) of `W`", ""),
    "crash_broadcast_slope": ("of `1 - A2 ** 2`", ""),
    "crash_where_condition": ("of `Z1 > 0` meets", ""),
    "crash_unsummed_in_place": ("would be (12, 5)", "sum over batch: `np.sum(dZ1, axis=0)`"),
    "crash_flat_bias_gradient": ("would be (4, 4)", "keepdims=True"),
    "crash_momentum_buffer": ("of `V1` meets", "`V1` was made as (2, 3), line 9"),
    "crash_reshape_total": ("300 elements, (4, 6, 6, 3) takes 432", "shape (4, 5, 5, 3)"),
    "crash_im2col_patch": ("36 elements, (2, 9) takes 18", "2 times 18 elements"),
    "crash_concatenate_ones": ("of `A1` meets axis 1 (1) of `ones`", ""),
    "crash_hstack_gates": ("B (4) of `di` meets", ""),
    "crash_stack_states": ("`hs[0]` is (5,), others (6, 5)", ""),
    "crash_split_gates": ("length 6, which does not divide by 4", ""),
    "crash_transpose_axes": ("3 axes are given, it has 2", ""),
    "crash_axis_out_of_range": ("there is no axis 2: it has 2 axes", ""),
    "crash_boolean_index": ("of `dA1` meets", ""),
    "crash_onehot_as_index": ("of `np.arange(n)` meets", ""),
    "crash_add_at": ("`dctx` (5, 4) cannot fill", ""),
    "crash_own_assert": ("n_out#2 (2) of `dW` meets n_out (4) of `self.W`", "`dW.T` has the shape"),
}


# program: the edit that is found by running it
MENDED = {
    "crash_broadcast_slope": "`np.dot(dZ2, W2.T) * (1 - A1 ** 2)`",
    "crash_concatenate_ones": "`np.concatenate((A1, ones), axis=1)`",
    "crash_einsum_letter": "`np.einsum('bh,ho->bo', h, W2)`",
}


@pytest.mark.parametrize("stem", sorted(MENDED))
def test_crash_is_mended(stem: str) -> None:
    """Where no rule says what is right, the edit is said with which the program runs on."""
    path = HERE / "buggy" / f"{stem}.py"
    found = Inspection(SourceFile(str(path), read(str(path))), Options(), timeout=20).findings
    assert found[0].code == "GL106"
    assert found[0].help.startswith(MENDED[stem])


@pytest.mark.parametrize("stem", sorted(SAID))
def test_crash_is_explained(stem: str) -> None:
    """The message names the axes that meet, the help what is right where that is known."""
    _, findings, _ = checked("buggy", stem)
    (found,) = [f for f in findings if f.code == "GL106"]
    message, help_text = SAID[stem]
    assert message in found.message
    assert help_text in found.help
    assert bool(help_text) == bool(found.help)


@pytest.mark.parametrize("stem", sorted(set(SAID) - {"crash_onehot_as_index"}))
def test_operands_are_underlined_apart(stem: str) -> None:
    """Each operand is a label of its own, inside the failing expression, with its shape."""
    file, findings, _ = checked("buggy", stem)
    (found,) = [f for f in findings if f.code == "GL106"]
    texts = {
        file.lines[x.site.row - 1][x.site.column - 1 : x.site.end_column - 1] for x in found.labels
    }
    assert texts == set(found.evidence["operands"])
    assert all(text in spanned(file, found) for text in texts)


def test_lengths_have_an_origin() -> None:
    """The lengths that meet are traced to the lines that set them."""
    _, findings, _ = checked("buggy", "crash_matmul_forward")
    assert "d (3) is `d`, line 7; h (6) is `h`, line 7" in findings[0].explanation


def test_a_later_crash_blames_the_update() -> None:
    """A crash of the second iteration is explained by the update, and the axis that it lacks."""
    _, findings, _ = checked("buggy", "crash_second_step_bias")
    assert [f.code for f in findings] == ["GL105", "GL103"]
    assert "line 16 raised because of it" in findings[1].explanation


def test_own_assert_blames_the_gradient_too() -> None:
    """An author's assert that fails points to the line that computes the gradient."""
    _, findings, _ = checked("buggy", "crash_own_assert")
    gradient = next(f for f in findings if f.code == "GL101")
    assert (gradient.site.row, gradient.site.column) == (18, 14)
    assert gradient.help == "the gradient of `self.W` is `self.x.T @ d`"


def test_a_list_of_unlike_parts_has_its_length_for_a_shape():
    """A sum of a list and an array that do not fit is answered, not a fault of the checker."""
    text = "import numpy as np\nparts = [np.ones((4, 1)), 2.0]\nprint(parts + np.ones(3))\n"
    report = Inspection(SourceFile("parts.py", text), Options(), 20.0).report()
    assert (report.verdict, report.findings[0].site.row) == ("wrong", 3)


def test_a_step_that_was_never_reached_binds_no_fix():
    """The rate of an update behind the crash is not known before the crash is mended."""
    text = """
import numpy as np
rng = np.random.default_rng(35)
X, Y = rng.normal(size=(20, 3)), rng.uniform(size=(20, 1))
A, B = rng.normal(size=(3, 4)), rng.normal(size=(4, 1))
for epoch in range(9):
    h = np.tanh(X @ A)
    out = np.tanh(h @ B)
    loss = np.sum((out - Y) ** 2) / 2
    d = (out - Y) * (1 - out ** 2)
    dB = h.T @ d
    dh = d @ B * (1 - h ** 2)
    dA = X.T @ dh
    B -= 0.1 * dB
    A -= 0.1 * dA
"""
    (found,) = Inspection(SourceFile("net.py", text), Options(), 20.0).report().findings
    assert found.fix is not None
    assert (found.code, [e.content for e in found.fix.edits]) == ("GL106", ["B.T"])


@pytest.mark.parametrize(
    "demand", ["assert p.shape == g.shape", "if p.shape != g.shape: raise RuntimeError('shapes')"]
)
def test_a_demand_on_two_shapes_may_be_a_raise(demand):
    """Whether the author asserts or raises, the gradient that has the other shape is told."""
    text = f"""
import numpy as np
rng = np.random.default_rng(3)
X, T = rng.normal(size=(4, 3)), rng.normal(size=(4, 2))
W, b = rng.normal(size=(3, 2)), np.zeros(2)

def descend(p, g):
    {demand}
    return p - 0.1 * g

for k in range(10):
    d = 2 * (X @ W + b - T) / 8
    W = descend(W, X.T @ d)
    b = descend(b, d)
"""
    report = Inspection(SourceFile("net.py", text), Options(), 20.0).report()
    (found,) = [f for f in report.findings if f.severity != "note"]
    assert (report.verdict, found.code, found.evidence["shape"]) == ("wrong", "GL101", [2])


def test_data_that_served_already_keep_their_length():
    """No other length is proposed for a table whose columns fitted everywhere before the crash."""
    text = (
        "import numpy as np\n"
        "rng = np.random.default_rng(0)\n"
        "table, height = rng.normal(size=(20, 3)), rng.normal(size=20)\n"
        "W = np.diag(rng.random(20))\n"
        "slope = np.linalg.inv(table.T @ W @ table) @ table.T @ height @ W\n"
    )
    report = Inspection(SourceFile("fit.py", text), Options(), timeout=20).report()
    (finding,) = [f for f in report.findings if f.severity != "note"]
    assert (finding.code, finding.site.row, finding.help) == ("GL106", 5, "")
