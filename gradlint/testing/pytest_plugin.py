"""gradlint inside pytest: the ``gradcheck`` fixture, and scripts collected as tests.

``def test_affine(gradcheck): gradcheck(forward, backward, x, w, b)`` fails with the line, the cause
and the evidence.  ``pytest --gradlint my_net.py`` checks a script, or with ``layers.py::affine`` a
pair of functions, as one test; the ini option ``gradlint_files`` names such files once and for all.

Every pytest run of everybody who has gradlint installed loads this module, so it imports pytest
and the standard library only; the engine comes when a test asks for it.  Nothing is kept in
globals: results travel in the reports' ``user_properties``, which pytest-xdist carries too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator
    from pathlib import Path

    from gradlint.findings import Report

PROPERTY = "gradlint_worst"
"""Name of the user property ``"<relative error> <what was checked>"`` of each check that passed."""

_SCRIPT = "gradlint"  # the name of the test that checks a whole script
_SHOWN = 10  # lines in the summary: the worst are what one looks for
_listed_files = pytest.StashKey[dict["Path", list[str]]]()  # by the ini option, found once a run


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--gradlint`` and ``gradlint_files``."""
    group = parser.getgroup("gradlint", "hand-written gradients")
    group.addoption(
        "--gradlint",
        action="store_true",
        help="check scripts (FILE) and function pairs (FILE::NAME) as tests",
    )
    parser.addini(
        "gradlint_files",
        type="args",
        default=[],
        help="what --gradlint checks beside the paths given: GLOB or GLOB::NAME, from the rootdir",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Tell pytest about the marker."""
    line = "gradlint(seed=, select=, ...): options for the gradcheck fixture in this test"
    config.addinivalue_line("markers", line)


@pytest.fixture
def gradcheck(request: pytest.FixtureRequest) -> Callable[..., Report]:
    """Assert that a backward function gives the gradients of a forward function.

    Called like ``gradlint.testing.assert_gradients(forward, backward, *inputs, **options)``;
    ``@pytest.mark.gradlint(...)`` gives options for a whole test, class or module.
    """
    from gradlint.testing.assertions import assert_gradients

    marked = _marked_options(request.node)

    def gradcheck(
        forward: Callable[..., Any],
        backward: Callable[..., Any] | None = None,
        *inputs: Any,
        **options: Any,
    ) -> Report:
        __tracebackhide__ = True
        report = assert_gradients(forward, backward, *inputs, **{**marked, **options})
        name = getattr(forward, "__qualname__", None) or type(forward).__qualname__
        _remember(request.node, report, name.rpartition("<locals>.")[2])
        return report

    return gradcheck


def _marked_options(node: pytest.Item) -> dict[str, Any]:
    """Collect the options of a test's markers; the nearest marker wins."""
    options: dict[str, Any] = {}
    for mark in reversed(list(node.iter_markers("gradlint"))):
        if mark.args:
            raise pytest.UsageError(
                f"{node.nodeid}: @pytest.mark.gradlint takes options by name (seed=1), "
                f"not {mark.args[0]!r}"
            )
        options.update(mark.kwargs)
    return options


def _remember(node: pytest.Item, report: Report, name: str) -> None:
    """Keep the worst error of what was checked, however often one test checks it."""
    worst = report.worst_relative_error
    if worst is None:
        return
    of = [p.name for p in report.parameters if p.relative_error == worst and p.verdict == "right"]
    what = f"{name}: {of[0]}"
    earlier = [entry for entry in node.user_properties if _checked(entry) == what]
    for entry in earlier:
        worst = max(worst, _error(entry))
        node.user_properties.remove(entry)
    node.user_properties.append((PROPERTY, f"{worst:.1e} {what}"))


def _checked(entry: tuple[str, object]) -> str:
    """Read from a user property what was checked; empty if it is not one of ours."""
    return str(entry[1]).partition(" ")[2] if entry[0] == PROPERTY else ""


def _error(entry: tuple[str, object]) -> float:
    return float(str(entry[1]).partition(" ")[0])


@pytest.hookimpl(wrapper=True)
def pytest_collect_file(
    file_path: Path, parent: pytest.Collector
) -> Generator[None, list[Any], list[Any]]:
    """Collect a script under ``--gradlint``.

    pytest would import a file that is given by its path, and doctest every file it meets: for a
    script that means to train the network.  Only a file named like a test module remains one.
    """
    collected = yield
    config = parent.config
    if file_path.suffix != ".py" or not config.getoption("gradlint"):
        return collected
    is_test = any(file_path.match(pattern) for pattern in config.getini("python_files"))
    names = [*_listed(file_path, config), *([] if is_test else _given(file_path, config))]
    if not names:
        return collected
    script = GradlintFile.from_parent(parent, path=file_path)
    script.names = tuple(dict.fromkeys(names))
    return [*collected, script] if is_test else [script]


def _listed(path: Path, config: pytest.Config) -> list[str]:
    """List what the ini option asks of a file."""
    if _listed_files not in config.stash:
        found: dict[Path, list[str]] = {}
        for entry in config.getini("gradlint_files"):
            pattern, _, name = entry.partition("::")
            for file in config.rootpath.glob(pattern.removeprefix("./")):
                found.setdefault(file, []).append(name or _SCRIPT)
        config.stash[_listed_files] = found
    return config.stash[_listed_files].get(path, [])


def _given(path: Path, config: pytest.Config) -> Iterator[str]:
    """Yield what the command line asks of a file: nothing if it was only met in a directory."""
    for argument in config.args:
        file, _, name = argument.partition("::")
        if (config.invocation_params.dir / file).resolve() == path.resolve():
            yield name or _SCRIPT


class GradlintFile(pytest.File):
    """A script, or a module of function pairs, that is checked and never imported."""

    names: tuple[str, ...] = (_SCRIPT,)

    def collect(self) -> Iterator[pytest.Item]:
        """Yield a test for the whole script, and one for each pair asked for by name."""
        for name in self.names:
            yield GradlintItem.from_parent(self, name=name)


class GradlintItem(pytest.Item):
    """The check of one script or of one pair of functions."""

    def runtest(self) -> None:
        """Check it; what ``[tool.gradlint]`` says holds here too."""
        from gradlint.testing.assertions import assert_right

        whole = self.name == _SCRIPT
        target = self.path if whole else self.path.with_name(f"{self.path.name}::{self.name}")
        report = assert_right(target)
        _remember(self, report, self.path.name if whole else self.name)

    def repr_failure(
        self,
        excinfo: pytest.ExceptionInfo[BaseException],
        style: Any = None,
    ) -> Any:
        """Show the report, and no traceback: the error is in the script, not in a call."""
        from gradlint.config import ConfigError
        from gradlint.testing.assertions import GradientError

        error = excinfo.value
        if isinstance(error, GradientError) and error.report is not None:
            return str(error.report)
        if isinstance(error, ConfigError):
            return f"gradlint: {error}"
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Name the test in the header of its failure."""
        what = "" if self.name == _SCRIPT else f"::{self.name}"
        return self.path, None, f"gradlint {self.path.name}{what}"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """List the worst relative errors among the gradients judged right."""
    rows = [
        (_error(entry), _checked(entry), report.nodeid)
        for reports in terminalreporter.stats.values()
        for report in reports
        if isinstance(report, pytest.TestReport) and report.when == "call"
        for entry in report.user_properties
        if _checked(entry)
    ]
    if not rows or terminalreporter.verbosity < 0:
        return
    from gradlint.report._words import error_size

    rows.sort(key=lambda row: (-row[0], row[2], row[1]))
    terminalreporter.section("gradlint: worst relative errors")
    for error, what, nodeid in rows[:_SHOWN]:
        terminalreporter.line(f"{error_size(error):>5}  {what}  ({nodeid})")
    if len(rows) > _SHOWN:
        terminalreporter.line(f"       and {len(rows) - _SHOWN} smaller ones")
