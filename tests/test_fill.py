"""What a post lacks is made up: values, functions, a class, a driver, each from its use."""

from __future__ import annotations

import pytest

from gradlint import check_file
from gradlint.checking import filling
from gradlint.checking.drivers import drafted
from gradlint.config import Options
from gradlint.source import post

pytestmark = pytest.mark.usefixtures("in_this_process")


def filled(code):
    """The search for what a block of code lacks, after it is done."""
    (program,) = post.programs("q.md", f"```\n{code}\n```\n")
    search = filling.Filling(drafted(program), Options())
    search.guesser.batch = filling.batch_of(search.draft.text)
    assert search.solve()
    return search


@pytest.mark.parametrize(
    ("code", "shapes"),
    [
        (
            (
                "for i in range(n_iter):\n    p = X @ W + b\n    d = (p - Y) / len(X)\n"
                "    W -= lr * X.T @ d\n    b -= lr * d.sum(0)"
            ),
            {"X": (5, 3), "W": (3, 4), "b": (4,), "Y": (5, 4), "lr": ()},
        ),
        (
            (
                "for i in range(9):\n    p = np.dot(W1, X) + b1\n    d = p - Y\n"
                "    W1 -= alpha * np.dot(d, X.T) / m\n"
                "    b1 -= alpha * np.sum(d, axis=1, keepdims=True) / m"
            ),
            {"X": (3, 5), "W1": (4, 3), "b1": (4, 1), "Y": (4, 5), "m": ()},
        ),
        (
            (
                "W = np.ones((7, 1))\nfor i in range(9):\n    x = np.array(data[0:6])\n"
                "    W -= 0.1 * x.T @ (x @ W - np.array(labels[0:6]))"
            ),
            {"data": (20, 7), "labels": (20, 1)},
        ),
    ],
)
def test_shapes_are_solved_from_use(code, shapes):
    """Rows or columns, biases and slices: each name gets the shape its use asks for."""
    found = filled(code).chosen
    made = {name: filling._evaluated(found[name]) for name in shapes}
    assert {name: filling.np.shape(value) for name, value in made.items()} == shapes


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("P = np.exp(Z) / np.sum(np.exp(Z), axis=1, keepdims=True)", "np.eye("),
        ("P = 1 / (1 + np.exp(-Z))", "np.random.randint(0, 2"),
        ("P = Z * 1", "np.random.randn("),
    ],
)
def test_kinds_are_told_from_the_output(code, kind):
    """One-hot behind a softmax, zero or one behind a sigmoid, real numbers elsewhere."""
    loop = f"for i in range(9):\n    Z = X @ W\n    {code}\n    W -= 0.1 * X.T @ (P - Y) / len(X)"
    assert filled(loop).chosen["Y"].startswith(kind)


def test_a_loader_gives_way_to_its_values():
    """What a missing function loads is made up like any missing name."""
    search = filled(
        "X, Y = load_data()\nW = np.ones((3, 1))\n"
        "for i in range(9):\n    W -= 0.1 * X.T @ (X @ W - Y) / len(X)"
    )
    assert {"X", "Y"} <= set(search.chosen)
    assert "load_data" not in search.draft.text
    assert any("load_data" in text for text, _, _ in search.draft.said)


def test_a_step_of_descent_is_made_up():
    """A missing update of dictionaries is gradient descent."""
    search = filled(
        "params = {'W': np.ones((3, 1))}\nfor i in range(9):\n"
        "    d = X @ params['W'] - Y\n    grads = {'dW': X.T @ d}\n"
        "    params = update_params(params, grads, lr)"
    )
    assert "given0[name] - given2 * given1['d' + name]" in search.functions["update_params"]


def test_lone_methods_get_a_class_and_a_call(tmp_path):
    """Two methods without their class are run on an object with made-up attributes."""
    text = (
        "```\ndef train(self, x, t):\n    for i in range(50):\n        z = self.w.T.dot(x)\n"
        "        d = z - t\n        self.w -= 0.1 * x.dot(d.T) / x.shape[1]\n```\n"
    )
    (tmp_path / "q.md").write_text(text)
    report = check_file(tmp_path / "q.md")
    assert report.verdict == "right"
    told = [a.text for a in report.assumptions if a.kind == "made-up"]
    assert any("a class around" in text for text in told)
    assert any("network.train(x, t)" in text for text in told)


def test_a_post_is_checked_and_points_into_itself(tmp_path):
    """The finding stands in the post, the made-up values are listed with their settings."""
    text = (
        "My loss explodes.\n\n    for i in range(epochs):\n        h = np.tanh(X @ W1)\n"
        "        e = h @ W2   b2 - Y\n        loss = np.mean(e ** 2)\n"
        "        g = 2 * e / e.size\n        dW1 = X.T @ (g @ W2.T * (1 - h))\n"
        "        dW2 = h.T @ g\n        db2 = g.sum(axis=0)\n"
        "        W1 -= lr * dW1; W2 -= lr * dW2; b2 -= lr * db2\n\nWhy?\n"
    )
    (tmp_path / "q.txt").write_text(text)
    report = check_file(tmp_path / "q.txt")
    (finding,) = [f for f in report.findings if f.severity != "note"]
    assert finding.site.row == 8
    assert {p.name: p.verdict for p in report.parameters} == {
        "W1": "wrong", "W2": "right", "b2": "right"
    }  # fmt: skip
    settings = {a.setting.partition("=")[0] for a in report.assumptions if a.setting}
    assert settings == {"epochs", "X", "W1", "W2", "b2", "Y", "lr"}
    assert "rests on what was assumed" in str(report)
    assert "--set 'X=" in str(report)


def test_a_fragment_of_a_neuron_gets_its_forward_pass(tmp_path):
    """A slope, an error and an update: the loss the page speaks of is what they are held to."""
    text = (
        "How do I update with cross-entropy?\n\nAnswer:\n\n```\ndef slope(out):\n"
        "    return out * (1 - out)\n\n# last layer\ndelta = (target - out) * slope(out)\n"
        "# other layers\ndelta = (w_next * delta_next) * slope(out)\n```\nand then\n```\n"
        "w = w + lr * delta * inputs\n```\n"
    )
    (tmp_path / "q.md").write_text(text)
    report = check_file(tmp_path / "q.md::1")
    assert "GL312" in {f.code for f in report.findings}
    assert report.part.endswith("with `delta` as in line 10")
    assert any("the page speaks of `cross-entropy`" in a.text for a in report.assumptions)


@pytest.mark.parametrize(
    ("code", "shapes"),
    [
        (
            (
                "for i in range(epochs):\n    for x, y in zip(data, targets):\n"
                "        h = np.tanh(Wx.dot(x) + bh)\n        e = Wy.dot(h) - y\n"
                "        dz = Wy.T.dot(e) * (1 - h ** 2)\n        Wy -= lr * np.outer(e, h)\n"
                "        Wx -= lr * np.outer(dz, x)\n        bh -= lr * dz"
            ),
            {"data": (20, 3), "targets": (20, 3), "Wx": (4, 3), "bh": (4,), "Wy": (3, 4)},
        ),
        (
            (
                "def train(X, y, num_iters):\n    W = np.zeros((X.shape[1], 3))\n"
                "    for i in range(num_iters):\n        P = np.exp(X.dot(W))\n"
                "        P /= P.sum(axis=1, keepdims=True)\n"
                "        P[range(len(X)), y] -= 1\n        W -= 0.1 * X.T.dot(P) / len(X)"
            ),
            {"X": (5, 7), "y": (5,), "num_iters": ()},
        ),
        (
            "for i in range(9):\n    p = sigmoid(X @ w)\n    w -= X.T @ ((p - y) * dsigmoid(p))",
            {"X": (5, 3), "w": (3, 4), "y": (5, 4)},
        ),
    ],
)
def test_samples_indices_and_slopes(code, shapes):
    """One sample at a time, labels as indices in a function nobody calls, missing slopes."""
    found = filled(code).chosen
    made = {name: filling.np.shape(filling._evaluated(found[name])) for name in shapes}
    assert made == shapes


def test_a_step_on_parameters_that_stand_in_the_call():
    """A missing update of plain arguments pairs each parameter with its gradient by their names."""
    search = filled(
        "W = np.ones((3, 2))\nb = np.zeros(2)\nfor i in range(9):\n    d = X @ W + b - Y\n"
        "    dW = X.T @ d\n    db = d.sum(0)\n    W, b = update_parameters(W, b, dW, db, lr)"
    )
    body = search.functions["update_parameters"].split("\n")[-1].strip()
    assert body == "return given0 - given4 * given2, given1 - given4 * given3"


def test_a_look_at_missing_data_is_left_out():
    """A call whose result nobody uses cannot stop a program."""
    search = filled(
        "d.describe()\nw = np.zeros(3)\nfor i in range(9):\n    w -= 0.1 * X.T @ (X @ w - t)"
    )
    assert [said for said, *_ in search.draft.said] == [
        "`d.describe()` is left out: it cannot run here"
    ]
