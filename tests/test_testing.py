import pickle
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from gradlint.config import ConfigError
from gradlint.findings import Finding, Fix, ParameterVerdict, Report, Site
from gradlint.testing import MOST_LINES, GradientError, assert_gradients, assert_right, failure

SOURCE = "import numpy as np\n\ndW1 = np.dot(dZ1, X.T)\ndb1 = dZ1.sum()\n"

RIGHT_SCRIPT = """\
import numpy as np

rng = np.random.default_rng(0)
X = rng.normal(size=(6, 3))
y = rng.normal(size=6)
w = rng.normal(size=3)
for step in range(20):
    error = X @ w - y
    loss = (error**2).sum() / 2
    grad = X.T @ error
    w = w - 0.01 * grad
"""


def finding(row=3, code="GL201", severity="error", **more):
    """Make a finding in the third row of SOURCE."""
    site = Site("net.py", row, 1, row, 22)
    said = f"`dW1` is 10 times\nthe gradient ({code})"
    return Finding(code, "missing-batch-mean", severity, said, site, **more)


def verdict(name="W1", outcome="wrong", row=3, **more):
    """Make the verdict on one parameter."""
    return ParameterVerdict(name, (4, 3), outcome, f"d{name}", row, **more)


def report(outcome="wrong", findings=(), parameters=(), **more):
    """Make a report on SOURCE."""
    return Report("net.py", outcome, tuple(findings), tuple(parameters), source=SOURCE, **more)


@pytest.fixture
def engine(monkeypatch):
    """Put a stand-in where pairs are checked: it remembers its arguments and says what it must."""
    engine = ModuleType("gradlint.checking.pair")
    engine.asked = []
    engine.says = report("right", parameters=[verdict(outcome="right", relative_error=1e-11)])

    def check(*arguments, **options):
        engine.asked.append((arguments, options))
        return engine.says

    engine.check = check
    monkeypatch.setitem(sys.modules, "gradlint.checking.pair", engine)
    return engine


def test_first_line_names_parameter_place_and_cause():
    """The first line of a failure holds parameter, file:line:column, code and cause."""
    message = failure(report(findings=[finding()], parameters=[verdict(), verdict("b1", "right")]))
    assert message.splitlines()[0] == (
        "W1: net.py:3:1: GL201 missing-batch-mean: `dW1` is 10 times the gradient (GL201)"
    )


def test_index_of_a_wrong_entry_is_part_of_the_first_line():
    """Where the evidence names the wrong entry, the first line starts with parameter[index]."""
    single = finding(evidence={"parameter": "W1", "index": [2, 0]})
    assert failure(report(findings=[single])).startswith("W1[2, 0]: net.py:3:1: GL201 ")


def test_finding_that_concerns_several_parameters_names_none():
    """Two wrong parameters and a line that belongs to neither: the place comes first."""
    parameters = [verdict("W1", row=7), verdict("W2", row=8)]
    message = failure(report(findings=[finding()], parameters=parameters))
    assert message.startswith("net.py:3:1: GL201 ")


@pytest.mark.parametrize(
    ("names", "start"),
    [(["W1"], "W1: net"), (["W1", "b1"], "W1, b1: net"), (["a", "b", "c", "d"], "net")],
)
def test_parameters_named_by_the_evidence_come_first(names, start):
    """A finding that tells its parameters is headed by them, unless they are many."""
    parameters = [verdict("W1", row=7), verdict("W2", row=8)]
    told = report(findings=[finding(evidence={"parameters": names})], parameters=parameters)
    assert failure(told).startswith(start)


def test_evidence_help_and_fix_follow_the_source_line():
    """After the first line come the source line, evidence, help, fix, and the verdict last."""
    told = finding(
        explanation="factor 10 = the batch size", help="divide by m", fix=Fix("write `/ m`", ())
    )
    lines = failure(report(findings=[told], parameters=[verdict()])).splitlines()
    assert lines[1:] == [
        "  3 | dW1 = np.dot(dZ1, X.T)",
        "  evidence: factor 10 = the batch size",
        "  help: divide by m",
        "  fix (safe): write `/ m`",
        "net.py: 1 of 1 gradient wrong (W1)",
    ]


def test_further_findings_take_one_line_each():
    """The second finding is named in one line after the first has been told in full."""
    message = failure(report(findings=[finding(), finding(4, "GL206")], parameters=[verdict()]))
    assert "\nalso W1: net.py:4:1: GL206 " in message


def test_message_never_exceeds_its_lines():
    """Thirty findings still fit in twelve lines, with a count of what was left out."""
    message = failure(report(findings=[finding() for _ in range(30)], parameters=[verdict()]))
    lines = message.splitlines()
    assert len(lines) == MOST_LINES
    assert lines[-2] == "… and 21 more lines"


def test_wrong_gradient_without_a_finding_still_fails():
    """A verdict of wrong with no cause named is told with its factor, or with its error."""
    told = report(parameters=[verdict(factor=-2.0), verdict("b1", relative_error=0.5)])
    first, second, last = failure(told).splitlines()
    assert first == "W1: net.py:3: `dW1` is wrong; it is -2 times the true gradient"
    assert second == "b1: net.py:3: `db1` is wrong; relative error 5e-01"
    assert last == "net.py: 2 of 2 gradients wrong (W1, b1)"
    assert failure(report()).startswith("net.py: wrong gradients")


def test_right_with_notes_passes():
    """A note is no claim: right gradients with a note pass."""
    told = report("right", [finding(severity="note")], [verdict(outcome="right")])
    assert failure(told) == ""


def test_claim_beside_right_gradients_fails():
    """A warning about right gradients, a drifting shape say, fails the assertion."""
    told = report("right", [finding(severity="warning")], [verdict(outcome="right")])
    assert failure(told).startswith("net.py:3:1: GL201 ")


def test_suppressed_findings_pass():
    """What a comment or an option silenced does not fail, though its parameter is wrong."""
    assert failure(report(parameters=[verdict()], suppressed=(finding(),))) == ""


@pytest.mark.parametrize("outcome", ["cannot-tell", "could-not-run"])
def test_undecided_fails_with_its_reason(outcome):
    """What could not be judged fails with the reason, and passes only where that was allowed."""
    limit = finding(code="GL907", severity="warning", help="scale the loss up")
    told = report(outcome, [limit], [verdict(outcome=outcome, reason="below the noise")])
    message = failure(told)
    word = outcome.replace("-", " ")
    assert message.startswith(f"{word}: net.py:3:1: GL907 ")
    assert "help: scale the loss up" in message
    assert f"{word}: W1: below the noise" in message
    assert failure(told, allow_cannot_tell=True) == ""
    assert failure(report(outcome)).startswith(f"{word}: net.py: no gradient was judged")


def test_one_unjudged_parameter_among_right_ones_fails():
    """A report of right gradients with one left open does not certify all of them."""
    parameters = [verdict(outcome="right"), verdict("b1", "cannot-tell", reason="always zero")]
    message = failure(report("right", parameters=parameters))
    assert message.startswith("cannot tell: b1: always zero")


def test_pair_is_checked_with_its_options(engine):
    """Functions, inputs and options reach the engine as they were given; the report comes back."""
    result = assert_gradients(len, max, 1, 2, wrt=["w"], seed=3)
    assert engine.asked == [((len, max, 1, 2), {"wrt": ["w"], "seed": 3})]
    assert result is not None
    assert result.verdict == "right"


def test_failure_carries_its_report(engine):
    """The exception is an AssertionError with the whole report, and survives pickling."""
    engine.says = report(findings=[finding()], parameters=[verdict()])
    with pytest.raises(AssertionError, match=r"W1: net\.py:3:1: GL201") as caught:
        assert_gradients(len, max)
    assert caught.value.report == engine.says
    again = pickle.loads(pickle.dumps(caught.value))
    assert (str(again), again.report) == (str(caught.value), engine.says)


def test_selection_decides_which_mistakes_count(engine):
    """``ignore`` takes a mistake out by code or name, ``select`` leaves only what it names."""
    engine.says = report(findings=[finding()], parameters=[verdict()])
    assert_gradients(len, max, ignore="GL2")
    assert_gradients(len, max, ignore=["missing-batch-mean"])
    assert_gradients(len, max, select=["GL3"])
    with pytest.raises(GradientError):
        assert_gradients(len, max, select="GL2,GL3")
    with pytest.raises(ConfigError, match="codes look like GL201"):
        assert_gradients(len, max, select="G2")


def test_undecided_pair_is_raised_unless_allowed(engine):
    """``allow_cannot_tell`` is the only way an undecided pair passes."""
    engine.says = report("cannot-tell")
    with pytest.raises(GradientError, match="cannot tell"):
        assert_gradients(len, max)
    assert assert_gradients(len, max, allow_cannot_tell=True) == engine.says


def test_right_pair_passes():
    """A real pair whose gradients are right passes and says so."""

    def forward(x, w, b):
        return x @ w + b, (x, w)

    def backward(dout, cache):
        x, w = cache
        return dout @ w.T, x.T @ dout, dout.sum(axis=0)

    rng = np.random.default_rng(0)
    inputs = rng.normal(size=(4, 3)), rng.normal(size=(3, 2)), rng.normal(size=2)
    assert assert_gradients(forward, backward, *inputs).verdict == "right"


def test_wrong_pair_fails_at_its_line():
    """A real pair with a flipped sign fails, and the first line names parameter and guilty line."""

    def forward(x, w):
        return x @ w, (x, w)

    def backward(dout, cache):
        x, w = cache
        dw = -x.T @ dout
        return dout @ w.T, dw

    rng = np.random.default_rng(0)
    inputs = rng.normal(size=(4, 3)), rng.normal(size=(3, 2))
    with pytest.raises(GradientError) as caught:
        assert_gradients(forward, backward, *inputs)
    guilty = backward.__code__.co_firstlineno + 2
    first = str(caught.value).splitlines()[0]
    assert first.startswith("w: ")
    assert f"{Path(__file__).name}:{guilty}:" in first


def test_right_script_passes(tmp_path):
    """A script whose gradients are right passes."""
    file = tmp_path / "net.py"
    file.write_text(RIGHT_SCRIPT)
    assert assert_right(file).verdict == "right"
    assert assert_right(str(file), seed=3, timeout=30).verdict == "right"


def test_wrong_script_fails_at_its_line(tmp_path):
    """A script with another gradient fails; the message names the parameter and the line."""
    file = tmp_path / "net.py"
    file.write_text(RIGHT_SCRIPT.replace("grad = X.T @ error", "grad = X.T @ (error + y)"))
    with pytest.raises(GradientError, match=r"w: .*net\.py:10:"):
        assert_right(file)


def test_missing_script_fails(tmp_path):
    """A path that is not there fails as what could not be run: nothing unchecked passes."""
    with pytest.raises(GradientError, match="could not run"):
        assert_right(tmp_path / "nowhere.py")


def test_settings_of_the_project_hold_and_options_go_before(tmp_path, monkeypatch):
    """``[tool.gradlint]`` beside the script is read; what the caller gives wins."""
    asked = []
    monkeypatch.setattr(
        "gradlint.checking.files.check_file",
        lambda _, options: asked.append(options) or report("right"),
    )
    (tmp_path / "pyproject.toml").write_text('[tool.gradlint]\nseed = 5\nignore = ["GL5"]\n')
    assert_right(tmp_path / "net.py")
    assert_right(tmp_path / "net.py", seed=6, select="GL2", set={"n": "3"})
    assert (asked[0].seed, asked[0].ignore) == (5, ("GL5",))
    assert (asked[1].seed, asked[1].ignore, asked[1].select) == (6, ("GL5",), ("GL2",))
    assert asked[1].set == (("n", "3"),)
    with pytest.raises(TypeError, match=r"unknown option `sede`; known: .*seed"):
        assert_right(tmp_path / "net.py", sede=1)


def test_usable_without_pytest():
    """Importing the module brings neither pytest nor NumPy nor rich along."""
    code = "import sys, gradlint.testing; print({'pytest', 'numpy', 'rich'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
