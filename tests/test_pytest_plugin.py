import importlib.util
import subprocess
import sys
from importlib.metadata import entry_points

import numpy as np  # noqa: F401 - see below
import pytest

from gradlint.checking import files

# Each inner run forgets the modules that it was the first to import, and NumPy cannot be loaded
# twice into one process: what the runs need is loaded here.

pytest_plugins = ["pytester"]

PLUGIN = "gradlint.testing.pytest_plugin"

RIGHT = """\
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

WRONG = RIGHT.replace("X.T @ error", "X.T @ (error + y)")

LAYERS = """\
import numpy as np

def affine_forward(x, w):
    return x @ w, (x, w)

def affine_backward(dout, cache):
    x, w = cache
    return dout @ w.T, {sign}x.T @ dout
"""

TEST_OF_LAYERS = """\
import numpy as np
from layers import affine_backward, affine_forward

rng = np.random.default_rng(0)
x, w = rng.normal(size=(4, 3)), rng.normal(size=(3, 2))

def test_affine(gradcheck):
    gradcheck(affine_forward, affine_backward, x, w)
"""

FAKE_ENGINE = """
    import importlib, pytest
    from gradlint.findings import ParameterVerdict, Report

    asked = []

    @pytest.fixture(autouse=True)
    def engine(monkeypatch):
        def assert_gradients(forward, backward=None, *inputs, error=1e-11, **options):
            asked.append(options)
            judged = ParameterVerdict("w", (2,), "right", relative_error=error)
            return Report("net.py", "right", parameters=(judged,))
        home = importlib.import_module("gradlint.testing.assertions")
        monkeypatch.setattr(home, "assert_gradients", assert_gradients)
"""


@pytest.fixture
def run(pytester):
    """Run pytest on the files of ``pytester`` with the plugin, installed or not."""
    installed = any(entry.value == PLUGIN for entry in entry_points(group="pytest11"))
    load = () if installed else ("-p", PLUGIN)
    load += ("-p", "no:hypothesispytest")  # every run would import Hypothesis again
    return lambda *arguments: pytester.runpytest_inprocess(*load, *arguments)


def test_gradcheck_passes_right_pairs_and_reports_the_worst_error(pytester, run):
    """A right pair passes, and the terminal summary names it with its relative error."""
    pytester.makepyfile(layers=LAYERS.format(sign=""), test_layers=TEST_OF_LAYERS)
    result = run()
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(
        [
            "*gradlint: worst relative errors*",
            "?e-??  affine_forward: ?  (test_layers.py::test_affine)",
        ]
    )


def test_gradcheck_fails_with_line_and_cause(pytester, run):
    """A wrong pair fails: parameter, file and line stand in the first line, our frames do not."""
    pytester.makepyfile(layers=LAYERS.format(sign="-"), test_layers=TEST_OF_LAYERS)
    result = run()
    result.assert_outcomes(failed=1)
    result.stdout.re_match_lines([r"E +gradlint\.testing\.GradientError: w: .*layers\.py:8:"])
    result.stdout.no_fnmatch_line("*pytest_plugin.py*")
    result.stdout.no_fnmatch_line("*worst relative errors*")


def test_nearest_marker_gives_the_options(pytester, run):
    """Options come from the call, then the test's marker, then the class's."""
    pytester.makeconftest(FAKE_ENGINE)
    pytester.makepyfile("""
        import pytest
        from conftest import asked

        @pytest.mark.gradlint(seed=1, select="GL2")
        class TestPairs:
            @pytest.mark.gradlint(seed=2)
            def test_pair(self, gradcheck):
                gradcheck(len, max, ignore="GL3")
                assert asked[-1] == {"seed": 2, "select": "GL2", "ignore": "GL3"}
                gradcheck(len, max, seed=3)
                assert asked[-1] == {"seed": 3, "select": "GL2"}
    """)
    run("--strict-markers").assert_outcomes(passed=1)


def test_marker_takes_options_by_name_only(pytester, run):
    """A marker with a positional argument is an error that shows how to write it."""
    pytester.makepyfile("""
        import pytest

        @pytest.mark.gradlint(1)
        def test_pair(gradcheck):
            pass
    """)
    result = run()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*takes options by name (seed=1), not 1*"])


def test_summary_shows_the_largest_errors_first_and_few(pytester, run):
    """Of each test the worst error, of twelve tests the ten largest in order, then a count."""
    pytester.makeconftest(FAKE_ENGINE)
    pytester.makepyfile("""
        import pytest

        @pytest.mark.parametrize("power", range(1, 13))
        def test_all(gradcheck, power):
            for _ in range(3):
                gradcheck(len, max, error=10.0**-power)
                gradcheck(len, max, error=1e-20)
    """)
    result = run()
    lines = [line for line in result.outlines if "  len: w  (" in line]
    assert [line.split()[0] for line in lines] == [f"1e-{power:02}" for power in range(1, 11)]
    result.stdout.fnmatch_lines(["*and 2 smaller ones"])


def test_summary_is_silent_when_quiet_or_empty(pytester, run):
    """``-q`` hides the summary, and a run without checks has none."""
    pytester.makeconftest(FAKE_ENGINE)
    pytester.makepyfile(test_one="def test_one(gradcheck): gradcheck(len, max)")
    run("-q").stdout.no_fnmatch_line("*worst relative errors*")
    pytester.makepyfile(test_one="def test_one(): pass")
    run().stdout.no_fnmatch_line("*worst relative errors*")


def test_script_given_by_path_is_an_item(pytester, run):
    """``pytest --gradlint FILE`` checks the script; the failure is the report, no traceback."""
    pytester.makepyfile(right=RIGHT, wrong=WRONG)
    result = run("--gradlint", "right.py", "wrong.py", "-v")
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["right.py::gradlint PASSED*", "wrong.py::gradlint FAILED*"])
    result.stdout.fnmatch_lines(
        ["*gradlint wrong.py*", "*--> *wrong.py:10:*", "*of 1 gradient wrong*"]
    )
    result.stdout.fnmatch_lines(["* right.py: w  (right.py::gradlint)"])
    result.stdout.no_fnmatch_line("*testing.py*")


def test_item_runs_again_by_its_node_id(pytester, run):
    """The node id that pytest prints can be given back to it."""
    pytester.makepyfile(right=RIGHT)
    run("--gradlint", "right.py::gradlint").assert_outcomes(passed=1)


def test_script_is_never_imported(pytester, run):
    """Neither the module collector nor doctest runs a script that is collected as one."""
    pytester.makepyfile(net=RIGHT + "\nopen('trained', 'a').close()\n")
    run("--gradlint", "--doctest-modules", "net.py").assert_outcomes(passed=1)
    assert not (pytester.path / "trained").exists()


def test_without_the_option_nothing_changes(pytester, run):
    """A plain run ignores ``gradlint_files``, and collects what pytest collects."""
    pytester.makeini("[pytest]\ngradlint_files = net.py")
    pytester.makepyfile(net=WRONG, test_a="def test_a(): pass")
    run().assert_outcomes(passed=1)


def test_ini_names_files_by_glob(pytester, run):
    """``gradlint_files`` globs are collected beside the tests; other files of a folder are not."""
    pytester.makeini("[pytest]\ngradlint_files = nets/*.py deep/**/n?t.py")
    for name in ("nets/one", "nets/two", "deep/down/net", "other/net"):
        file = pytester.path / f"{name}.py"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(RIGHT if "two" not in name else WRONG)
    pytester.makepyfile(test_a="def test_a(): pass")
    run().assert_outcomes(passed=1)
    run("--gradlint").assert_outcomes(passed=3, failed=1)
    run("--gradlint", "nets").assert_outcomes(passed=1, failed=1)


def test_test_modules_stay_tests(pytester, run):
    """A file named like a test module is still imported; it is a script if the ini says so."""
    pytester.makepyfile(test_a="def test_a(): pass")
    run("--gradlint", "test_a.py").assert_outcomes(passed=1)
    run("--gradlint", "test_a.py::test_a").assert_outcomes(passed=1)
    pytester.makeini("[pytest]\ngradlint_files = test_*.py")
    pytester.makepyfile(test_a=RIGHT + "\ndef test_a(): pass\n")
    run("--gradlint", "test_a.py").assert_outcomes(passed=2)


def test_pair_given_by_name_is_an_item(pytester, run, monkeypatch):
    """``FILE::pair`` checks one pair, named on the command line or in the ini file."""
    asked = pytester.path / "asked"
    monkeypatch.setattr(files, "check_file", files.check_file)  # taken back in the end
    pytester.makeconftest(f"""
        import importlib
        from gradlint.findings import Report

        def check_file(path, options):
            with open({str(asked)!r}, "a") as file:
                file.write(path.name + " ")
            return Report(str(path), "right")

        importlib.import_module("gradlint.checking.files").check_file = check_file
    """)
    pytester.makeini("[pytest]\ngradlint_files = more.py::relu")
    pytester.makepyfile(layers=LAYERS.format(sign=""), more=LAYERS.format(sign=""))
    run("--gradlint", "layers.py::affine", "-v").assert_outcomes(passed=1)
    run("--gradlint", ".").assert_outcomes(passed=1)
    assert asked.read_text().split() == ["layers.py::affine", "more.py::relu"]


def test_bad_settings_are_told_in_one_line(pytester, run):
    """A mistake in ``[tool.gradlint]`` fails the item with one line, not with a traceback."""
    pytester.makepyprojecttoml("[tool.gradlint]\nsede = 1\n")
    pytester.makepyfile(net=RIGHT)
    result = run("--gradlint", "net.py")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["gradlint: pyproject.toml: unknown key `sede`*"])


@pytest.mark.skipif(not importlib.util.find_spec("xdist"), reason="pytest-xdist is not installed")
def test_results_cross_processes(pytester, run):
    """Under pytest-xdist items are shared out, and the summary knows every worker's errors."""
    pytester.makepyfile(one=RIGHT, two=RIGHT, three=WRONG)
    result = run("-p", "xdist", "-n", "2", "--gradlint", "one.py", "two.py", "three.py")
    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines_random(["* one.py: w *", "* two.py: w *"])


def test_report_survives_what_xdist_does_to_it(pytester, run):
    """The relative errors are plain user properties, so a serialised report still holds them."""
    pytester.makeconftest(
        FAKE_ENGINE
        + """
    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(item, call):
        report = yield
        kept = item.config.hook.pytest_report_to_serializable(config=item.config, report=report)
        return item.config.hook.pytest_report_from_serializable(config=item.config, data=kept)
    """
    )
    pytester.makepyfile("def test_one(gradcheck): gradcheck(len, max)")
    run().stdout.fnmatch_lines(["1e-11  len: w  (*::test_one)"])


def test_loading_the_plugin_imports_nothing_heavy():
    """A run that does not use the plugin loads neither NumPy nor rich nor the engine for it."""
    code = (
        "import pytest, sys; before = set(sys.modules); import gradlint.testing.pytest_plugin;"
        "print(sorted(set(sys.modules) - before))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == str(["gradlint", "gradlint.testing", PLUGIN]) + "\n"
