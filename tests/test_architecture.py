"""The shape of the code base: who may import whom, how long things may get, what costs nothing."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "gradlint"
MODULES = sorted(PACKAGE.rglob("*.py"))
LONGEST_FILE, LONGEST_FUNCTION = 600, 60

# What each room may import besides itself.  An import for type checking only is no dependency;
# rooms that are not named (the engine's upper floors and the doors) may use all of these.
KNOWS: dict[str, set[str]] = {
    "findings": {"report"},  # str(report) asks a renderer, when it is asked
    "config": set(),
    "ops": set(),
    "report": {"findings", "pages"},  # SARIF carries the pages of the mistakes
    "suppressions": {"findings", "config"},
    "source": {"findings", "config"},
    "trace": {"findings", "source"},
    "roles": {"findings", "source", "trace"},
    "reference": {"findings", "source", "trace", "ops", "roles"},
}
THIRD_PARTY = {
    "ops": {"numpy"}, "trace": {"numpy"}, "roles": {"numpy"}, "reference": {"numpy"},
    "report": {"rich"},
}  # fmt: skip

# What a file of the project has no business to say: the places where somebody worked on it.
FOREIGN = re.compile("/wo" + "rk/|/ho" + r"me/\w|/Use" + r"rs/\w|\.\./sha" + "red|/ro" + "ot/")


def room(path: Path) -> str:
    """Name the room a module stands in."""
    parts = path.relative_to(PACKAGE).parts
    return parts[0].removesuffix(".py")


def imports(tree: ast.Module, path: Path):
    """List what a module imports at run time: (line, dotted name)."""
    for node in statements(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}: relative imports hide the direction"
            for alias in node.names:
                yield node.lineno, f"{node.module}.{alias.name}"


def statements(node: ast.AST):
    """Walk a tree without what stands under ``if TYPE_CHECKING``."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            continue
        yield child
        yield from statements(child)


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_point_one_way(path):
    """A room imports only the rooms behind it, and only the libraries it is meant to know."""
    here = room(path)
    for line, name in imports(ast.parse(path.read_text(encoding="utf-8")), path):
        top, _, rest = name.partition(".")
        place = f"{path.name}:{line} imports {name}"
        if top == "gradlint" and rest:
            there = rest.split(".")[0]
            if here in KNOWS and (PACKAGE / there).exists() | (PACKAGE / f"{there}.py").exists():
                assert there == here or there in KNOWS[here], place
            if here == "mistakes":
                assert there != "mistakes", f"{place}: mistakes do not know each other"
        elif top not in sys.stdlib_module_names and top != "gradlint" and here in KNOWS:
            assert top in THIRD_PARTY.get(here, ()), place


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_nothing_is_too_long(path):
    """A file is at most 600 lines long, a function at most 60; each module says what it is for."""
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    assert len(text.splitlines()) <= LONGEST_FILE
    functions = [
        n for n in ast.walk(tree) if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef))
    ]
    long = [f"{f.name}: {length}" for f in functions if (length := lines_of(f)) > LONGEST_FUNCTION]
    assert long == []
    assert ast.get_docstring(tree) or not text.strip()
    assert path.stem not in ("utils", "helpers", "common", "misc")


def lines_of(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Count the lines of a function's code: what is said about it may take its space."""
    documented = ast.get_docstring(function, clean=False) is not None
    said = function.body[0].end_lineno - function.body[0].lineno + 1 if documented else 0
    return function.end_lineno - function.lineno + 1 - said


def loaded_by(code: str) -> set[str]:
    """Run code in a fresh interpreter and return the top-level modules it has loaded."""
    code += "\nimport sys; print(*{name.split('.')[0] for name in sys.modules})"
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return set(run.stdout.splitlines()[-1].split())


@pytest.mark.parametrize(
    "code",
    [
        "import gradlint",
        "import gradlint.findings, gradlint.config, gradlint.doors.cli, gradlint.checking.files",
        "from gradlint.doors.cli import main\ntry: main(['--version'])\nexcept SystemExit: pass",
        "from gradlint.doors import cli\ntry: cli.main(['check', '-h'])\nexcept SystemExit: pass",
    ],
)
def test_light_things_load_no_library(code):
    """Importing gradlint, its version and its help cost neither NumPy nor rich."""
    assert not loaded_by(code) & {"numpy", "rich", "pytest", "hypothesis"}


def test_public_names_exist():
    """Every public name loads from where it is said to live, and ``dir`` lists it."""
    import gradlint

    assert set(gradlint.__all__) <= set(dir(gradlint))
    for name in gradlint.__all__:
        assert getattr(gradlint, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        gradlint.nothing  # noqa: B018


def test_files_say_nothing_of_foreign_places():
    """No file of the project names a folder of the machine it was written on."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    names = listed.stdout.decode().split("\0")[:-1] or [
        str(p.relative_to(ROOT)) for p in ROOT.rglob("*.py") if ".venv" not in p.parts
    ]
    guilty = []
    for name in names:
        path = ROOT / name
        if path.is_file():
            text = path.read_bytes().decode("utf-8", errors="replace")
            guilty += [f"{name}: {m[0]}" for m in FOREIGN.finditer(text)]
    assert guilty == []
