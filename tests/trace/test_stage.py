"""A script on the stage runs as it would alone, changes nothing, and its ending is told exactly."""

from __future__ import annotations

import builtins
import os
import pickle
import random
import subprocess
import sys
import textwrap
import time
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from gradlint.findings import Site
from gradlint.trace import deadline as clocks
from gradlint.trace import stage
from gradlint.trace.worker import PACKAGE_HOME

if TYPE_CHECKING:
    from pathlib import Path

SEEN: list[Any] = []  # what a script tells its test, through ``builtins.tell``


@pytest.fixture(autouse=True)
def tell(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let scripts hand values to their test."""
    SEEN.clear()
    monkeypatch.setattr(builtins, "tell", SEEN.append, raising=False)


def play(tmp_path: Path, source: str, **settings: Any) -> stage.Ending:
    """Perform a script that lies in its own directory."""
    path = tmp_path / "net.py"
    path.write_text(textwrap.dedent(source), encoding="utf-8")
    code = compile(path.read_text(encoding="utf-8"), str(path), "exec")
    return stage.perform(code, path=path, **settings)


def test_it_is_the_main_script(tmp_path: Path) -> None:
    """The script is ``__main__``, knows its file and arguments, and finds modules beside it."""
    (tmp_path / "layers.py").write_text("import __main__\nname = __main__.__name__")
    source = """
        import sys, pickle, layers
        class Net: pass
        tell(__name__); tell(__file__); tell(sys.argv); tell(layers.name)
        tell(type(pickle.loads(pickle.dumps(Net()))) is Net)
    """
    before = sys.modules["__main__"], list(sys.argv), list(sys.path)
    assert play(tmp_path, source, argv=["--fast"]).how == "finished"
    path = str(tmp_path / "net.py")
    assert tuple(SEEN) == ("__main__", path, [path, "--fast"], "__main__", True)
    assert (sys.modules["__main__"], sys.argv, sys.path) == before
    assert "layers" not in sys.modules


def test_a_function_may_do_the_performing(tmp_path: Path) -> None:
    """A callable gets the script's globals and runs the code in its own way."""

    def program(namespace: dict[str, Any]) -> None:
        namespace["x"] = 3
        exec("tell((x, __name__))", namespace)

    assert stage.perform(program, path=tmp_path / "net.py").how == "finished"
    assert tuple(SEEN) == ((3, "__main__"),)


@pytest.mark.parametrize(
    ("source", "code", "message"),
    [
        ("import sys; sys.exit()", 0, ""),
        ("import sys; sys.exit(4)", 4, ""),
        ("raise SystemExit('no data')", 1, "no data"),
        ("import os; os._exit(3)", 3, ""),
        ("import os\ntry: os.abort()\nexcept Exception: pass", 134, ""),
    ],
)
def test_leaving(tmp_path: Path, source: str, code: int, message: str) -> None:
    """Whatever way a script leaves by, we stay."""
    ending = play(tmp_path, source)
    assert (ending.how, ending.exit_code, ending.message) == ("exited", code, message)
    assert ending.site is not None


def test_a_crash_is_told_exactly(tmp_path: Path) -> None:
    """The frames are the user's own, and the span covers exactly the guilty expression."""
    (tmp_path / "layers.py").write_text(
        "import numpy as np\ndef forward(W, x):\n    é = 'ü'; return é and np.linalg.inv(W @ x)\n"
    )
    source = """\
        import numpy as np
        import layers
        def train():
            return list(map(lambda x: layers.forward(np.ones((2, 3)), x), [np.ones((4, 5))]))
        train()
    """
    ending = play(tmp_path, source)
    net, layers = str(tmp_path / "net.py"), str(tmp_path / "layers.py")
    assert (ending.how, ending.exception) == ("raised", "ValueError")
    assert "mismatch" in ending.message
    assert ending.frames == (
        (net, 5, "<module>"),
        (net, 4, "train"),
        (net, 4, "<lambda>"),
        (layers, 3, "forward"),
    )
    column = "    é = 'ü'; return é and np.linalg.inv(W @ x)".index("W @ x") + 1
    assert ending.site == Site(layers, 3, column, 3, column + len("W @ x"))
    assert pickle.loads(pickle.dumps(ending)) == ending


def test_a_span_over_lines_and_inside_libraries(tmp_path: Path) -> None:
    """An error raised inside NumPy is placed at the user's own call, to its very end."""
    ending = play(tmp_path, "import numpy as np\nx = np.linalg.inv(\n    np.zeros((2, 2))\n)\n")
    assert ending.exception == "LinAlgError"
    assert ending.site == Site(str(tmp_path / "net.py"), 2, 5, 4, 2)


def test_a_syntax_error_beside_the_script(tmp_path: Path) -> None:
    """The place of a syntax error is in the module that has it, not at its import."""
    (tmp_path / "layers.py").write_text("x = 1\ny = = 2\n")
    ending = play(tmp_path, "import layers")
    assert ending.site is not None
    assert (ending.exception, ending.site.filename) == ("SyntaxError", str(tmp_path / "layers.py"))
    assert (ending.site.row, ending.site.column) == (2, 5)


@pytest.mark.parametrize(
    ("source", "field", "value"),
    [
        ("print(train)", "missing_name", "train"),
        ("import np_utils_of_nobody as u; u.f()", "missing_module", "np_utils_of_nobody"),
        ("open('data.csv')", "missing_file", "data.csv"),
        ("import numpy as np; np.load('x.npy')", "missing_file", "x.npy"),
        ("import numpy as np; np.loadtxt('train.txt')", "missing_file", "train.txt"),
        ("import numpy as np; np.genfromtxt('train.csv')", "missing_file", "train.csv"),
        ("raise FileNotFoundError(\"cannot open (name = 'cats.h5')\")", "missing_file", "cats.h5"),
        ("from pathlib import Path; Path('a.txt').read_text()", "missing_file", "a.txt"),
    ],
)
def test_what_was_missing(tmp_path: Path, source: str, field: str, value: str) -> None:
    """A name, file or module that is not there comes as a field of its own."""
    ending = play(tmp_path, source)
    assert getattr(ending, field) == value
    assert ending.site is not None


def test_an_unbound_local_is_not_missing(tmp_path: Path) -> None:
    """No value from outside helps a local variable that is read before it is set."""
    ending = play(tmp_path, "def f():\n    print(x)\n    x = 1\nf()")
    assert (ending.exception, ending.missing_name) == ("UnboundLocalError", None)


def test_endless_recursion_is_cut_short(tmp_path: Path) -> None:
    """A thousand equal frames are not told one by one, and a bad message does not hurt."""
    ending = play(tmp_path, "def f(x): return f(x)\nf(1)")
    assert ending.exception == "RecursionError"
    assert 10 < len(ending.frames) < 100
    bad = "class E(Exception):\n    def __str__(self): return 1 / 0\nraise E"
    assert play(tmp_path, bad).message == ""


def test_deeper_recursion_than_usual(tmp_path: Path) -> None:
    """A traced call costs more frames than the same call alone, so there is room for them."""
    limit = sys.getrecursionlimit()
    source = f"def f(n): return n and f(n - 1)\nf({int(limit * 1.5)})"
    assert play(tmp_path, source).how == "finished"
    assert sys.getrecursionlimit() == limit


def test_assumed_names(tmp_path: Path) -> None:
    """A name from the command line exists from the start, until the script sets it itself."""
    source = "tell(m); tell(X.shape); m = 5; tell(m)"
    assume = {"m": "3", "X": "np.ones((m, 2))"}
    assert play(tmp_path, source, assume=assume).how == "finished"
    assert tuple(SEEN) == (3, (3, 2), 5)


def test_random_assumptions_leave_the_scripts_own_numbers(tmp_path: Path) -> None:
    """An assumed random array is reproducible and does not shift the script's random numbers."""
    source = "import numpy as np; tell(np.random.rand()); tell(globals().get('X'))"
    play(tmp_path, source)
    play(tmp_path, source, assume={"X": "np.random.rand()"})
    play(tmp_path, source, assume={"X": "np.random.rand()"})
    assert SEEN[0] == SEEN[2] == SEEN[4]
    assert SEEN[3] == SEEN[5]


@pytest.mark.parametrize(
    ("name", "expression", "word"),
    [("X", "np.ones(", "SyntaxError"), ("X", "Y + 1", "NameError"), ("2x", "1", "not a name")],
)
def test_bad_assumptions(tmp_path: Path, name: str, expression: str, word: str) -> None:
    """An expression that cannot be evaluated is the caller's error, in one line."""
    with pytest.raises(ValueError, match=word):
        play(tmp_path, "", assume={name: expression})


RANDOM = """
    import random, numpy as np
    tell(random.random()); tell(np.random.rand())
    tell(np.random.default_rng().random()); tell(np.random.default_rng().random())
    tell(np.random.RandomState().rand())
    np.random.seed(); tell(np.random.rand())
    random.seed(); tell(random.random())
"""


def test_randomness_repeats(tmp_path: Path) -> None:
    """Generators without a seed repeat from run to run, differ from each other, follow the seed."""
    random.seed(5)
    np.random.seed(5)
    play(tmp_path, RANDOM)
    mine = random.random(), np.random.rand()
    first, SEEN[:] = list(SEEN), []
    play(tmp_path, RANDOM)
    second, SEEN[:] = list(SEEN), []
    play(tmp_path, RANDOM, seed=1)
    assert first == second
    assert first[2] != first[3]
    assert not set(first) & set(SEEN)
    random.seed(5)
    np.random.seed(5)
    assert mine == (random.random(), np.random.rand())
    assert np.random.default_rng().random() != first[2]


def test_questions_are_answered(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A question gets an answer that numbers and menus accept, and we know what was asked."""
    source = "import getpass\nn = int(input('Epochs? '))\ngetpass.getpass('Key: ')\ntell(n)"
    ending = play(tmp_path, source)
    assert (ending.how, ending.asked, SEEN) == ("finished", ("Epochs? ", "Key: "), [1])
    assert capsys.readouterr().out == "Epochs? 1\nKey: 1\n"


def test_questions_come_to_an_end(tmp_path: Path) -> None:
    """A loop of questions meets the end of the input."""
    assert play(tmp_path, "while True: input()").exception == "EOFError"


def test_nobody_waits(tmp_path: Path) -> None:
    """Sleeping and breakpoints take no time."""
    start = time.monotonic()
    source = "import time\nfrom time import sleep\ntime.sleep(60); sleep(60); breakpoint()"
    assert play(tmp_path, source).how == "finished"
    assert time.monotonic() - start < 1


def test_settings_are_taken_back(tmp_path: Path) -> None:
    """Error settings, warnings, streams, directory and environment are as before."""
    source = """
        import io, os, sys, warnings, numpy as np
        tell(np.geterr())
        np.seterr(all='raise'); warnings.simplefilter('error'); os.chdir('/')
        os.environ['GRADLINT_TEST'] = '1'; sys.stdout = io.StringIO()
        sys.settrace(lambda *a: None)
    """
    before = np.geterr(), list(warnings.filters), os.getcwd(), sys.stdout
    assert play(tmp_path, source).how == "finished"
    assert (np.geterr(), list(warnings.filters), os.getcwd(), sys.stdout) == before
    assert "GRADLINT_TEST" not in os.environ
    assert sys.gettrace() is None
    assert SEEN.pop() == {"divide": "warn", "over": "warn", "under": "ignore", "invalid": "warn"}


LOOPS = [
    "while True: pass",
    "import time\nwhile True: time.sleep(1)",
    "while True:\n    try: sum(range(99))\n    except: pass",
    "import threading\nthreading.Event().wait()",
]


@pytest.mark.parametrize("source", LOOPS)
def test_endless_loops_are_left(tmp_path: Path, source: str) -> None:
    """Time runs out for loops, waits, and loops that swallow every exception; the line is told."""
    start = time.monotonic()
    ending = play(tmp_path, source, timeout=0.2)
    assert ending.how == "out-of-time"
    assert time.monotonic() - start < 2
    assert ending.site is not None
    assert ending.site.filename == str(tmp_path / "net.py")


def test_the_other_clock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without signals a thread ends the loop, even one that catches the first exception."""
    monkeypatch.delattr(clocks.signal, "setitimer")
    source = "try:\n    while True: pass\nexcept:\n    while True: pass"
    assert play(tmp_path, source, timeout=0.2).how == "out-of-time"


def test_the_other_clock_leaves_nothing_behind(tmp_path: Path) -> None:
    """An exception planted too late is cleared: calls can be traced afterwards."""
    program = """
        import pathlib, signal, sys
        del signal.setitimer
        from gradlint.trace import stage
        ending = stage.perform(compile("while True: pass", "net.py", "exec"),
                               path=pathlib.Path("net.py"), timeout=0.05)
        print(ending.how)
        sys.settrace(lambda *_: None)
        (lambda: print("traced"))()
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)],
        check=True,
        capture_output=True,
        text=True,
        timeout=20,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": PACKAGE_HOME},
    )
    assert done.stdout.split() == ["out-of-time", "traced"]


def test_no_time_limit_leaves_nothing_behind(tmp_path: Path) -> None:
    """A run that ends in time is not disturbed by the clock afterwards."""
    assert play(tmp_path, "x = 1", timeout=0.05).how == "finished"
    start = time.monotonic()
    while time.monotonic() - start < 0.2:
        pass
    assert stage.stopping() is False


STOPPED = [
    "enough()",
    "try: enough()\nexcept Exception: tell('caught')",
    "try: enough()\nexcept: pass\nagain()\ntell('went on')",
    "try: enough()\nexcept: pass",
    "try: enough()\nexcept: raise RuntimeError",
    "try: enough()\nexcept: pass\nwhile True: pass",
    "while True:\n    try: enough()\n    except: pass",
    "import threading\nt = threading.Thread(target=enough)\nt.start()\nwhile True: pass",
]


@pytest.mark.parametrize("source", STOPPED)
def test_stopping(tmp_path: Path, source: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A script that was told to stop ends stopped, whatever it does with the exception."""
    monkeypatch.setattr(builtins, "enough", stage.stop, raising=False)
    monkeypatch.setattr(builtins, "again", stage.check_stopped, raising=False)
    assert play(tmp_path, source, timeout=5).how == "stopped"
    assert SEEN == []
    assert stage.stopping() is False


def test_warnings_are_the_programs_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What NumPy warns the script of is written to its stderr, and reaches no collector of ours."""
    with warnings.catch_warnings(record=True) as ours:
        warnings.simplefilter("always")
        assert play(tmp_path, "import numpy as np; np.exp(np.array([1e4]))").how == "finished"
    assert not ours
    assert "net.py:1: RuntimeWarning: overflow encountered in exp" in capsys.readouterr().err
