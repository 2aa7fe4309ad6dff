"""Reports as the engine makes them, over one small source text whose places are computed."""

from __future__ import annotations

import pytest

from gradlint.findings import (
    Annotation,
    Edit,
    Explanation,
    Finding,
    Fix,
    Label,
    Loss,
    ParameterVerdict,
    Report,
    Site,
)

# Row 15 is longer than a terminal on purpose.
SOURCE = """import numpy as np

X, Y = np.ones((3, 10)), np.ones((1, 10))
m = Y.shape[1]


def step(W1, b1, W2, b2):
    grads = {}
    grads["dW2"] = np.dot(dZ2, A1.T) / m
    grads["dW1"] = np.dot(dZ1, X.T)
    grads["db1"] = np.sum(
        dZ1,
        axis=1,
    ) / m
\tnote = "日本語"; scaled = first_operand(X, Y) + second_operand(X, Y) + np.dot(A1, W2.T) * c(X, Y)
    delta2 = Y - A2
    return grads
"""


def place(text, filename="my_net.py"):
    """Return the site of the first occurrence of ``text`` in the source."""
    offset = SOURCE.index(text)
    ends = offset + len(text)

    def position(at):
        return SOURCE.count("\n", 0, at) + 1, at - (SOURCE.rfind("\n", 0, at) + 1) + 1

    return Site(filename, *position(offset), *position(ends))


@pytest.fixture
def site():
    """Give the function that finds a text in the sample source."""
    return place


@pytest.fixture
def source():
    """Give the sample source text."""
    return SOURCE


@pytest.fixture
def missing_mean():
    """Give an error with everything: evidence, help, two labels and a safe fix."""
    span = place("np.dot(dZ1, X.T)")
    return Finding(
        code="GL201",
        name="missing-batch-mean",
        severity="error",
        message='`grads["dW1"]` is 10 times ∂cost/∂W1; its siblings are divided by m',
        site=span,
        explanation="10.000000 × ∂cost/∂W1 at 2 points, relative error 3e-12; "
        "m = Y.shape[1] = 10 (line 4)",
        help="np.dot(dZ1, X.T) / m",
        labels=(
            Label(place("np.dot(dZ2, A1.T) / m"), "divided by m here"),
            Label(place("Y.shape[1]"), "m is the batch size"),
        ),
        evidence={"factor": 10.0, "points": 2, "deviation": float("inf")},
        fix=Fix(
            "divide by `m` as line 9 does",
            (Edit(span, "np.dot(dZ1, X.T) / m"),),
        ),
    )


@pytest.fixture
def several_rows():
    """Give a warning whose span covers four rows."""
    return Finding(
        code="GL206",
        name="unsummed-bias",
        severity="warning",
        message="`db1` is summed over the wrong axis",
        site=place("np.sum(\n        dZ1,\n        axis=1,\n    )"),
        help="np.sum(dZ1, axis=0)",
    )


@pytest.fixture
def long_row():
    """Give an error deep inside a row too long for any terminal, behind a tab and wide letters."""
    return Finding(
        code="GL399",
        name="wrong-gradient",
        severity="error",
        message="`scaled` is no multiple of any derivative of cost that was looked for, "
        "and `np.dot(A1, W2.T) * c(X, Y)` is where it went wrong",
        site=place("np.dot(A1, W2.T)"),
        explanation="relative deviation 0.3 at 2 points",
        labels=(Label(place("note"), "cut away"), Label(place("Y - A2"), "delta2 comes later")),
    )


@pytest.fixture
def convention():
    """Give a note."""
    return Finding(
        code="GL405",
        name="negative-gradient-convention",
        severity="note",
        message="`delta2` is −∂cost/∂z2, and the update adds it: that is gradient descent",
        site=place("delta2 = Y - A2"),
        explanation="must not be seen in full text",
    )


def parameter(name, verdict, **more):
    """One verdict; ``more`` overrides what a right gradient has."""
    return ParameterVerdict(name, (4, 3), verdict, f'grads["d{name}"]', 10, **more)


@pytest.fixture
def wrong(missing_mean, several_rows, long_row, convention):
    """Give a report with every kind of finding and verdict."""
    return Report(
        filename="my_net.py",
        verdict="wrong",
        findings=(missing_mean, several_rows, long_row, convention),
        parameters=(
            parameter("W1", "wrong", factor=10.0, relative_error=3e-12),
            parameter("b1", "right", factor=1.0, relative_error=3e-10),
            parameter("W2", "right", factor=1.0, relative_error=1e-11),
            parameter("b2", "cannot-tell", reason="its gradient is zero here"),
        ),
        loss=Loss("computed", "-np.sum(Y * np.log(A2)) / m", "cost", 41, 0.6931),
        points=2,
        source=SOURCE,
        output="epoch 0\n\x1b[31mepoch 1\n",
    )


@pytest.fixture
def right():
    """Give a report on a program whose gradients are right, for a loss it never computes."""
    return Report(
        filename="good.py",
        verdict="right",
        parameters=tuple(
            parameter(name, "right", factor=1.0, relative_error=error)
            for name, error in [("W1", 3e-10), ("b1", 0.0), ("W2", 2e-11), ("b2", 1e-12)]
        ),
        loss=Loss("implied", "binary cross-entropy", row=16),
        points=2,
        source=SOURCE,
    )


@pytest.fixture
def missing():
    """Give a report on a path that does not exist."""
    finding = Finding(
        "GL905",
        "could-not-run",
        "error",
        "no such file or directory",
        Site("my_nt.py", 1, 1, 1, 1),
        help="did you mean `my_net.py`?",
    )
    return Report("my_nt.py", "could-not-run", (finding,))


@pytest.fixture
def untrained():
    """Give a report on a program that trains nothing."""
    finding = Finding(
        "GL901",
        "no-training-step",
        "warning",
        "no array is read by a forward pass and then replaced",
        Site("idle.py", 1, 1, 1, 1),
        help="call the training function at the end of the file",
    )
    return Report("idle.py", "cannot-tell", (finding,), source="import numpy as np\n")


@pytest.fixture
def reports(wrong, right, missing, untrained):
    """One report of each verdict."""
    return [wrong, right, missing, untrained]


@pytest.fixture
def explanation(wrong):
    """Annotations of every verdict, two on one row, one behind a long row, one very long."""
    rows = {text: place(text).row for text in ("dW2", "dW1", "db1", "scaled", "delta2")}
    return Explanation(
        "my_net.py",
        SOURCE,
        (
            Annotation(rows["dW2"], "= ∂cost/∂W2   (1×4)"),
            Annotation(rows["dW1"], "= 10·∂cost/∂W1   (4×3)", "wrong"),
            Annotation(rows["dW1"], "expected ∂cost/∂W1", "wrong"),
            Annotation(rows["db1"], "nothing known", "unknown"),
            Annotation(rows["scaled"], "= ∂cost/∂A1   (4×10)"),
            Annotation(
                rows["delta2"],
                "= −∂cost/∂z2 times the number of samples, which the update divides by   (1×10)",
            ),
        ),
        wrong,
    )
