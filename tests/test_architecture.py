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
# Every room, and the rooms it may know besides itself: imports for type checking count.  A module
# at the top of the package is a room of its own.
KNOWS: dict[str, set[str]] = {
    "structs": set(),
    "findings": set(),
    "config": set(),
    "ops": set(),
    "source": {"findings", "config"},
    "report": {"findings"},
    "trace": {"findings", "source"},
    "reading": {"findings", "source", "trace"},
    "truth": {"findings", "source", "trace", "ops", "reading"},
    "diagnosis": {"findings", "source", "trace", "reading", "truth"},
    "mistakes": {"findings", "source", "trace", "reading", "truth", "diagnosis"},
    "pairs": {"findings", "source", "trace", "reading", "truth", "diagnosis"},
    "checking": {
        "findings", "config", "source", "trace", "reading", "truth", "diagnosis", "mistakes",
        "pairs",
    },
    "testing": {"findings", "config", "source", "report", "pairs", "checking"},
    "doors": {
        "findings", "config", "source", "report", "trace", "checking", "gradlint",
    },
    "gradlint": {"findings", "config", "checking", "pairs", "testing"},
    "__main__": {"doors"},
}  # fmt: skip
EVERYWHERE = {"structs"}  # what every room may use is none
LAZY = {"report": {"gradlint"}}  # the version number
THIRD_PARTY = {
    "structs": set(), "findings": set(), "config": set(), "source": set(), "report": {"rich"},
    "testing": {"numpy", "pytest", "hypothesis", "_pytest", "pluggy"}, "doors": {"rich"},
    "__main__": set(), "gradlint": set(),
}  # fmt: skip
MOST_ROOMS, MOST_FLOORS = 16, 10
LONG_FILE, GIANT_FILE, LONGEST_FUNCTION, MOST_DECISIONS = 600, 900, 60, 15

# What a file of the project has no business to say: the places where somebody worked on it.
FOREIGN = re.compile("/wo" + "rk/|/ho" + r"me/\w|/Use" + r"rs/\w|\.\./sha" + "red|/ro" + "ot/")


def name_of(path: Path) -> str:
    """The dotted name of a module."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def room(module: str) -> str:
    """The room a module stands in."""
    return module.split(".")[1] if "." in module else "gradlint"


TREES = {name_of(path): ast.parse(path.read_text(encoding="utf-8")) for path in MODULES}
PATHS = {name_of(path): path for path in MODULES}


def imports(module: str):
    """List what a module imports, in functions and for type checking too: (line, dotted name)."""
    for node in ast.walk(TREES[module]):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{module}: relative imports hide the direction"
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield node.lineno, inner if inner in TREES else str(node.module)


GRAPH = {m: {name for _, name in imports(m) if name in TREES and name != m} for m in TREES}


@pytest.mark.parametrize("module", sorted(TREES))
def test_imports_point_one_way(module):
    """Every module stands in a listed room, which imports only the rooms and libraries it may."""
    here = room(module)
    for line, name in imports(module):
        top, place = name.partition(".")[0], f"{module}:{line} imports {name}"
        if top == "gradlint":
            there = room(name) if name in TREES else room(name.rpartition(".")[0])
            assert there == here or there in KNOWS[here] | EVERYWHERE | LAZY.get(here, set()), place
            if here == "mistakes" and module != "gradlint.mistakes":
                assert name == "gradlint.mistakes" or there != here, (
                    f"{place}: mistakes do not know each other"
                )
        elif top not in sys.stdlib_module_names:
            assert top in THIRD_PARTY.get(here, {"numpy"}), place


def test_no_circles():
    """No module reaches itself through what it imports."""
    done: set[str] = set()

    def visit(module: str, way: tuple[str, ...]) -> None:
        assert module not in way, " -> ".join((*way[way.index(module) :], module))
        if module not in done:
            for other in sorted(GRAPH[module]):
                visit(other, (*way, module))
            done.add(module)

    for module in sorted(GRAPH):
        visit(module, ())


def test_the_house_has_few_rooms_and_floors():
    """At most sixteen rooms; no room stands higher than the tenth floor."""
    assert {room(m) for m in TREES} == set(KNOWS)
    assert len(KNOWS.keys() - EVERYWHERE) <= MOST_ROOMS

    def floor(of: str) -> int:
        below = {room(name) for m in TREES if room(m) == of for name in GRAPH[m]} - {of, "gradlint"}
        return 1 + max(map(floor, below - EVERYWHERE), default=0)

    assert max(map(floor, KNOWS)) <= MOST_FLOORS


@pytest.mark.parametrize("module", sorted(TREES))
def test_nothing_is_too_long(module):
    """A long file says why it is one idea; functions fit a screen; each module says its purpose."""
    text, tree = PATHS[module].read_text(encoding="utf-8"), TREES[module]
    lines = len(text.splitlines())
    said = ast.get_docstring(tree) or ""
    assert lines <= GIANT_FILE
    assert lines <= LONG_FILE or "one idea" in said
    functions = [
        n for n in ast.walk(tree) if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef))
    ]
    long = [f"{f.name}: {length}" for f in functions if (length := lines_of(f)) > LONGEST_FUNCTION]
    assert long == []
    assert said or not text.strip()
    assert PATHS[module].stem not in ("utils", "helpers", "common", "misc")


def lines_of(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Count the lines of a function's code: what is said about it may take its space."""
    documented = ast.get_docstring(function, clean=False) is not None
    said = function.body[0].end_lineno - function.body[0].lineno + 1 if documented else 0
    return function.end_lineno - function.lineno + 1 - said


def decisions_of(function: ast.AST) -> int:
    """Branches, boolean operators and comprehension conditions, nested functions apart."""
    count, stack = 1, list(ast.iter_child_nodes(function))
    while stack:
        node = stack.pop()
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.Lambda() | ast.ClassDef():
                continue
            case ast.If() | ast.IfExp() | ast.For() | ast.While() | ast.ExceptHandler():
                count += 1
            case ast.match_case() | ast.Assert():
                count += 1
            case ast.BoolOp():
                count += len(node.values) - 1
            case ast.comprehension():
                count += 1 + len(node.ifs)
        stack += ast.iter_child_nodes(node)
    return count


DENSE = 0  # functions with more decisions than MOST_DECISIONS; the number may only go down


def test_functions_decide_little():
    """No more functions than today are dense with decisions."""
    dense = [
        f"{module}.{node.name}: {decisions_of(node)}"
        for module, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        if decisions_of(node) > MOST_DECISIONS
    ]
    assert len(dense) <= DENSE, dense


def test_data_classes_are_structs():
    """What has no slots is a struct: each data class takes a millisecond of every check."""
    dear = [
        f"{module}:{node.lineno} {node.name}"
        for module, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
        for how in map(ast.unparse, node.decorator_list)
        if re.match(r"(dataclasses\.)?dataclass\b", how) and "slots=True" not in how
    ]
    assert dear == []


def test_codes_stand_where_the_mistakes_do():
    """Only mistakes know the codes they go by; a limit of gradlint's own (GL9xx) is none."""
    code = re.compile(r"GL[0-8]\d\d")
    codes = [
        f"{module}:{node.lineno} {node.value}"
        for module, tree in TREES.items()
        if room(module) != "mistakes"
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and code.fullmatch(str(node.value))
    ]
    assert codes == []


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
