"""The one small change that makes a wrong pair right: found, proven, and told as line and fix."""

from __future__ import annotations

import ast
import importlib.util
import itertools
import linecache
import sys
import textwrap

import numpy as np
import pytest

import gradlint
from gradlint.findings import is_claim
from gradlint.pairs import repair
from gradlint.pairs.slips import Slips
from gradlint.source import twins
from gradlint.source.edits import apply
from gradlint.source.spots import SourceFile

LSTM = """
import numpy as np


def sigm(v):
    return 1.0 / (1.0 + np.exp(-v))


def lstm_forward(x, h0, c0, Wx, Wh, b):
    H = h0.shape[1]
    h, c = h0, c0
    hs, steps = [], []
    for t in range(len(x)):
        z = x[t].dot(Wx) + h.dot(Wh) + b
        i, f, o = sigm(z[:, :H]), sigm(z[:, H:2*H]), sigm(z[:, 2*H:3*H])
        g = np.tanh(z[:, 3*H:])
        c_new = f * c + i * g
        tc = np.tanh(c_new)
        steps.append((x[t], h, c, i, f, o, g, tc))
        h, c = o * tc, c_new
        hs.append(h)
    return np.stack(hs), (steps, Wx, Wh)


def lstm_backward(dhs, cache):
    steps, Wx, Wh = cache
    T, N, H = dhs.shape
    dx = np.zeros((T, N, Wx.shape[0]))
    dWx = np.zeros_like(Wx)
    dWh = np.zeros_like(Wh)
    db = np.zeros(4 * H)
    dh_next = np.zeros((N, H))
    dc_next = np.zeros((N, H))
    for t in reversed(range(T)):
        xt, h_prev, c_prev, i, f, o, g, tc = steps[t]
        dh = dhs[t] + dh_next
        do = dh * tc
        dc = dh * o * (1 - tc ** 2) + dc_next
        df = dc * c_prev
        di = dc * g
        dg = dc * i
        dz = np.hstack([di * i * (1 - i), df * f * (1 - f), do * o * (1 - o), dg * (1 - g ** 2)])
        dx[t] = dz.dot(Wx.T)
        dWx += xt.T.dot(dz)
        dWh += h_prev.T.dot(dz)
        db += dz.sum(axis=0)
        dh_next = dz.dot(Wh.T)
        dc_next = dc * f
    return dx, dh_next, dc_next, dWx, dWh, db
"""
SLIPS = [
    ("df = dc * c_prev", "df = dc * c_prev * f", "GL399"),
    ("(1 - tc ** 2) + dc_next", "(1 - tc ** 2)", "GL309"),
    ("dh = dhs[t] + dh_next", "dh = dhs[t]", "GL309"),
    ("dWh += h_prev", "dWh = h_prev", "GL309"),
    ("dg * (1 - g ** 2)", "dg * g * (1 - g)", "GL303"),
    ("dc_next = dc * f", "dc_next = dc * i", "GL308"),
    ("dx[t] = dz", "dx[t] = -dz", "GL204"),
    ("db += dz.sum(axis=0)", "db += dz.mean(axis=0)", "GL206"),
]

DENSE = """
import numpy as np


def forward(x, w):
    return x @ w, (x, w)


def backward(dout, cache):
    x, w = cache
    return dout @ w.T, -x.T @ dout
"""


@pytest.fixture
def module(tmp_path, monkeypatch):
    """Return a function that imports a text as a module of its own."""
    numbers = itertools.count()

    def load(text):
        name = f"pair_under_repair_{next(numbers)}"
        path = tmp_path / f"{name}.py"
        path.write_text(textwrap.dedent(text))
        linecache.checkcache(str(path))
        spec = importlib.util.spec_from_file_location(name, path)
        found = importlib.util.module_from_spec(spec)
        monkeypatch.setitem(sys.modules, name, found)
        spec.loader.exec_module(found)
        return found

    return load


def lstm_inputs():
    """Draw inputs for the LSTM, all sizes different."""
    rng = np.random.default_rng(3)
    steps, batch, width, hidden = 4, 3, 2, 5
    sizes = [(steps, batch, width), (batch, hidden), (batch, hidden), (width, 4 * hidden)]
    return [rng.normal(size=s) for s in [*sizes, (hidden, 4 * hidden), 4 * hidden]]


def dense_inputs():
    """Draw inputs for the dense layer."""
    rng = np.random.default_rng(3)
    return [rng.normal(size=(5, 3)), rng.normal(size=(3, 2))]


def row_of(text, wanted):
    """Find the row of a text."""
    return next(k for k, line in enumerate(text.splitlines(), start=1) if wanted in line)


@pytest.mark.parametrize(("right", "wrong", "code"), SLIPS, ids=[s[1] for s in SLIPS])
def test_slips_in_an_lstm(module, right, wrong, code):
    """One call names line and cause of a slip in a long pair, and the edit that undoes it."""
    text = LSTM.replace(right, wrong)
    assert text != LSTM
    pair = module(text)
    report = gradlint.check(pair.lstm_forward, pair.lstm_backward, *lstm_inputs())
    (finding,) = [f for f in report.findings if is_claim(f)]
    rows = {row_of(text, wrong)}
    if wrong.endswith("* f"):
        rows.add(row_of(text, "df * f"))  # of two equal factors either may go
    assert finding.code == code
    assert finding.site.row in rows
    assert finding.fix is not None
    mended = module(apply(text, finding.fix.edits))
    assert gradlint.check(mended.lstm_forward, mended.lstm_backward, *lstm_inputs()).verdict == (
        "right"
    )


def test_two_slips_are_mended_one_after_the_other(module):
    """Slips that hurt different gradients are both found in one check."""
    pair = module(LSTM.replace("dWh += h_prev", "dWh = h_prev").replace("dz.sum", "dz.mean"))
    report = gradlint.check(pair.lstm_forward, pair.lstm_backward, *lstm_inputs())
    assert {f.code for f in report.findings if f.fix is not None} == {"GL309", "GL206"}


def test_functions_are_left_as_they_were(module):
    """After a check the functions have their own code, and a profiler that ran goes on."""
    pair = module(DENSE)
    before = pair.forward.__code__, pair.backward.__code__
    calls = []
    sys.setprofile(lambda *event: calls.append(event[1]))
    try:
        gradlint.check(pair.forward, pair.backward, *dense_inputs())
        goes_on = sys.getprofile() is not None
    finally:
        sys.setprofile(None)
    assert goes_on
    assert (pair.forward.__code__, pair.backward.__code__) == before


@pytest.mark.parametrize(
    ("text", "fix"),
    [
        (
            """
            import numpy as np
            def make(k):
                def forward(x):
                    return np.tanh(k * x)
                def backward(dout, x):
                    t = np.tanh(k * x)
                    return dout * (1 - t ** 2)
                return forward, backward
            forward, backward = make(3.0)
            """,
            "write `dout * (1 - t ** 2) * k` instead of `dout * (1 - t ** 2)`",
        ),
        (
            """
            import numpy as np
            forward, backward = lambda x: np.sum(x ** 3), lambda x: -3 * x ** 2
            """,
            "write `3` instead of `-3`",
        ),
        (
            """
            import functools
            import numpy as np
            def forward(x, y):
                return x * y
            def partial_of(scale, dout, x, y):
                return dout * y, dout * y
            backward = functools.partial(partial_of, 1)
            """,
            "write `x` instead of `y`",
        ),
    ],
    ids=["closure", "lambda", "partial"],
)
def test_functions_of_every_kind(module, text, fix):
    """Closures, lambdas and partials have sources too."""
    pair = module(text)
    rng = np.random.default_rng(0)
    count = pair.forward.__code__.co_argcount
    inputs = [rng.normal(size=(4, 3)) for _ in range(count)]
    report = gradlint.check(pair.forward, pair.backward, *inputs)
    assert [f.fix and f.fix.message for f in report.findings if is_claim(f)] == [fix]


def test_methods(module):
    """The backward method of an object is mended in its class."""
    pair = module("""
        import numpy as np
        class Dense:
            def __init__(self):
                self.W = np.arange(12.0).reshape(4, 3) / 7 - 0.8
            def forward(self, x):
                self.x = x
                return x @ self.W
            def backward(self, dout):
                self.dW = self.x.T @ dout
                return -dout @ self.W.T
    """)
    report = gradlint.check(pair.Dense(), np.random.default_rng(0).normal(size=(6, 4)))
    (finding,) = [f for f in report.findings if is_claim(f)]
    assert finding.code == "GL204"
    assert finding.fix.message == "write `dout` instead of `-dout`"


def test_source_that_is_not_the_functions_is_left_alone(module, tmp_path):
    """A file that was edited since the import is not what runs: no fix is offered for it."""
    pair = module(LSTM.replace("dc_next = dc * f", "dc_next = dc * i"))
    path = pair.__file__
    with open(path, "w") as file:
        file.write("import numpy as np\n\n\n" + LSTM)
    linecache.checkcache(path)
    report = gradlint.check(pair.lstm_forward, pair.lstm_backward, *lstm_inputs())
    assert report.verdict == "wrong"
    assert all(finding.fix is None for finding in report.findings)


def test_every_slip_is_a_program():
    """Whatever is tried parses, and none is the text as it stands."""
    file = SourceFile("lstm.py", LSTM)
    function = next(n for n in file.tree.body if getattr(n, "name", "") == "lstm_backward")
    shapes = dict.fromkeys(("dh", "dc", "i", "f", "o", "g", "tc", "dz", "dc_next"), (3, 5))
    slips = list(Slips(file, function, shapes, {"N": 3.0, "2": 2.0}).all())
    assert len(slips) > 500
    for slip in slips:
        assert ast.parse(slip.new)
        assert slip.new != file.text_of(slip.target)
        assert slip.kind


def test_trials_are_bounded_by_work(module, monkeypatch):
    """The number of trials depends on the size of the pair, and none is made beyond it."""
    pair = module(LSTM.replace("dc_next = dc * f", "dc_next = dc * i"))
    made = []
    original = repair.Repairs._mended

    def counted(self, *arguments):
        made.append(self.trials)
        return original(self, *arguments)

    monkeypatch.setattr(repair.Repairs, "_mended", counted)
    monkeypatch.setattr(repair, "WORK", 5_000)
    gradlint.check(pair.lstm_forward, pair.lstm_backward, *lstm_inputs())
    assert 0 < len(made) <= made[0] < 100


def test_a_file_is_instrumented_once(module, monkeypatch):
    """Two checks of one pair read and instrument its file once; after an edit, once more."""
    pair = module(DENSE)
    read = []
    original = twins.instrument
    monkeypatch.setattr(twins, "instrument", lambda *a: read.append(a[0]) or original(*a))
    for _ in range(2):
        gradlint.check(pair.forward, pair.backward, *dense_inputs())
    assert len(read) == 1
    with open(pair.__file__, "a") as file:
        file.write("# edited\n")
    linecache.checkcache(pair.__file__)
    gradlint.check(pair.forward, pair.backward, *dense_inputs())
    assert len(read) == 2


def test_what_may_run_for_ever_is_not_tried(module, monkeypatch):
    """A backward function with a ``while`` is judged as it is, and never changed."""
    pair = module("""
        import numpy as np
        def forward(x):
            return np.sum(x ** 2)
        def backward(dout, x):
            done, total = 0, np.zeros_like(x)
            while done < 3:
                total, done = total + x, done + 1
            return dout * total
    """)
    monkeypatch.setattr(repair.Repairs, "_mended", lambda *_: pytest.fail("it was changed"))
    report = gradlint.check(pair.forward, pair.backward, np.arange(1.0, 5.0))
    assert report.parameters[0].factor == pytest.approx(1.5)
    assert [f.fix for f in report.findings] == [None]


def test_long_axes_are_not_squared(module):
    """On long arrays no change is tried that could pair every number with every other."""
    pair = module("""
        import numpy as np
        def forward(x, w):
            return np.sum(x * w, axis=0)
        def backward(dout, x, w):
            return dout * w, -dout * x
    """)
    rng = np.random.default_rng(0)
    x, w = rng.normal(size=(5000, 1)), rng.normal(size=(5000, 1))
    report = gradlint.check(pair.forward, pair.backward, x, w)
    (finding,) = [f for f in report.findings if is_claim(f)]
    assert finding.code == "GL204"
    assert finding.fix.message == "write `dout` instead of `-dout`"


def test_large_pairs_are_only_judged(module, monkeypatch):
    """Above some ten thousand numbers a trial costs as much as a check: none is made."""
    pair = module("""
        import numpy as np
        def forward(x):
            return np.sum(x ** 2)
        def backward(dout, x):
            return dout * x
    """)
    monkeypatch.setattr(repair.Repairs, "_called", lambda *_: pytest.fail("it was called"))
    report = gradlint.check(pair.forward, pair.backward, np.linspace(1, 2, 30_000))
    assert report.parameters[0].factor == pytest.approx(0.5)
