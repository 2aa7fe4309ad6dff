"""Scripts start as their authors start them: as files, modules of packages, parts of a project."""

from __future__ import annotations

import textwrap

import pytest

from gradlint.doors.cli import main

NET = """
    import numpy as np
    {imports}
    rng = np.random.default_rng(1)
    x, t = rng.normal(size=(8, 3)), rng.normal(size=(8, 2))
    w, b = rng.normal(size=(3, 2)), np.zeros(2)
    for step in range(3):
        out = x @ w + b
        loss = 0.5 * np.sum((out - t) ** 2)
        d = out - t
        w -= 0.01 * x.T @ d
        b -= 0.01 * total(d)
"""
TOTAL = "import numpy as np\n\n\ndef total(d):\n    return np.{function}(d, axis=0)\n"

# where the script lies, its imports, where the helper lies, further empty files
LAYOUTS = {
    "beside it": ("train.py", "from sums import total", "sums.py", []),
    "a package, with a dot": (
        "pkg/train.py", "from .sums import total", "pkg/sums.py", ["pkg/__init__.py"],
    ),
    "a package, two dots": (
        "pkg/runs/train.py", "from ..sums import total", "pkg/sums.py",
        ["pkg/__init__.py", "pkg/runs/__init__.py"],
    ),
    "a package, by its full name": (
        "pkg/train.py", "from pkg.sums import total", "pkg/sums.py", ["pkg/__init__.py"],
    ),
    "a package, as if it were a folder": (
        "pkg/train.py", "from sums import total", "pkg/sums.py", ["pkg/__init__.py"],
    ),
    "no __init__, with a dot": ("pkg/train.py", "from .sums import total", "pkg/sums.py", []),
    "a folder without __init__": ("train.py", "from parts.sums import total", "parts/sums.py", []),
    "folders without __init__ in one another": (
        "lib/run/train.py", "from lib.ops.sums import total", "lib/ops/sums.py", ["pyproject.toml"],
    ),
    "src/ of the project": (
        "scripts/train.py", "from net.sums import total", "src/net/sums.py", ["pyproject.toml"],
    ),
    "the root of the project": (
        "scripts/train.py", "from net.sums import total", "net/sums.py",
        ["pyproject.toml", "net/__init__.py"],
    ),
}  # fmt: skip


def write(folder, path, text=""):
    """Write a file and the folders above it."""
    (folder / path).parent.mkdir(parents=True, exist_ok=True)
    (folder / path).write_text(textwrap.dedent(text), encoding="utf-8")


@pytest.mark.parametrize("layout", LAYOUTS)
def test_layouts(layout, tmp_path, monkeypatch, capsys):
    """The helper is found and followed; a slip in it is shown where it stands."""
    script, imports, helper, others = LAYOUTS[layout]
    write(tmp_path, script, NET.format(imports=imports))
    write(tmp_path, helper, TOTAL.format(function="mean"))
    for path in others:
        write(tmp_path, path)
    monkeypatch.chdir(tmp_path)
    assert main(["check", script]) == 1
    told = capsys.readouterr().out
    assert "right: w" in told
    assert f"{helper}:5:" in told
    assert "return np.mean(d, axis=0)" in told


def test_modules_of_namespace_packages_are_forgotten(tmp_path, monkeypatch, capsys):
    """A second run of the same program meets its modules as the first did."""
    text = NET.replace("x.T @ d", "x.T @ np.abs(d)").format(imports="from parts.sums import total")
    write(tmp_path, "train.py", text)
    write(tmp_path, "parts/sums.py", TOTAL.format(function="mean"))
    monkeypatch.chdir(tmp_path)
    assert main(["check", "train.py"]) == 1
    assert "raise" not in capsys.readouterr().out


def test_module_by_name(tmp_path, monkeypatch, capsys):
    """``-m pkg.train`` starts what ``python -m pkg.train`` starts."""
    write(tmp_path, "pkg/train.py", NET.format(imports="from .sums import total"))
    write(tmp_path, "pkg/sums.py", TOTAL.format(function="sum"))
    monkeypatch.chdir(tmp_path)
    assert main(["check", "-m", "pkg.train"]) == 0
    assert "pkg/train.py" in capsys.readouterr().out
    assert main(["check", "-m", "pkg.trian"]) == 2
    assert main(["check"]) == 2
    assert main(["check", "-m", "pkg.train", "pkg/train.py"]) == 2
    assert "leave out" in capsys.readouterr().err


DRIVERS = {
    "run_path": "import runpy\nrunpy.run_path('work/net.py', run_name='__main__')\n",
    "run_module": "import runpy\nrunpy.run_module('work.net', run_name='__main__')\n",
    "exec of a file": "exec(open('work/net.py').read())\n",
    "exec of a file, compiled": (
        "name = 'work/net.py'\nexec(compile(open(name).read(), name, 'exec'), {})\n"
    ),
    "loaded from its place": (
        "from importlib import util\nspec = util.spec_from_file_location('net', 'work/net.py')\n"
        "spec.loader.exec_module(util.module_from_spec(spec))\n"
    ),
}


@pytest.mark.parametrize("driver", DRIVERS)
def test_drivers_are_followed(driver, tmp_path, monkeypatch, capsys):
    """A script that only starts another is checked by what that one does, and where it does it."""
    text = NET.format(imports="total = lambda d: np.mean(d, axis=0)")
    write(tmp_path, "work/net.py", text)
    write(tmp_path, "drive.py", DRIVERS[driver])
    monkeypatch.chdir(tmp_path)
    assert main(["check", "drive.py"]) == 1
    told = capsys.readouterr().out
    assert "1 of 2 gradients wrong (b)" in told
    assert "work/net.py:3:" in told


ARGUMENTS = """
    import sys, argparse
    import numpy as np
    parser = argparse.ArgumentParser()
    parser.add_argument("rows", type=int)
    rows = parser.parse_args().rows
    rng = np.random.default_rng(1)
    x, w = rng.normal(size=(rows, 3)), rng.normal(size=3)
    for step in range(3):
        loss = 0.5 * np.sum((x @ w) ** 2)
        w -= 0.01 * x.T @ (x @ w)
"""


def test_arguments(tmp_path, monkeypatch, capsys):
    """What stands behind ``--`` or in pyproject.toml is the script's; without it that is said."""
    write(tmp_path, "train.py", ARGUMENTS)
    monkeypatch.chdir(tmp_path)
    assert main(["check", "train.py", "--", "6"]) == 0
    capsys.readouterr()
    assert main(["check", "train.py"]) == 2
    told = capsys.readouterr().out
    assert "required: rows" in told
    assert "check train.py -- ARGUMENTS" in told
    write(tmp_path, "other.py", "import sys\nimport numpy as np\nn = int(sys.argv[1])\n")
    assert main(["check", "other.py"]) == 2
    assert "-- ARGUMENTS" in capsys.readouterr().out
    assert main(["check", "train.py", "other.py", "--", "6"]) == 2
    assert "one script" in capsys.readouterr().err
    write(tmp_path, "pyproject.toml", '[tool.gradlint]\nargs = ["7"]\n')
    assert main(["check", "train.py"]) == 0


def test_directory_counts_what_holds_nothing(tmp_path, monkeypatch, capsys):
    """Helpers of a directory are counted apart, tests are not run, and the others decide."""
    write(tmp_path, "train.py", NET.format(imports="from sums import total"))
    write(tmp_path, "sums.py", TOTAL.format(function="sum"))
    write(tmp_path, "test_net.py", "raise SystemExit('a test was run')\n")
    write(tmp_path, "setup.py", "raise SystemExit('setup was run')\n")
    monkeypatch.chdir(tmp_path)
    assert main(["check", "."]) == 0
    told = capsys.readouterr().out
    assert "2 files: 1 right, 1 holds nothing to check" in told
    assert "GL901" not in told
    assert main(["check", ".", "--list"]) == 0
    assert capsys.readouterr().out.split() == ["sums.py", "train.py"]
    assert main(["check", "sums.py"]) == 2
    assert "GL901" in capsys.readouterr().out


def test_a_mistake_behind_a_driver(tmp_path, monkeypatch, capsys):
    """What is wrong in a file that a driver's script imports is shown there, to the end."""
    monkeypatch.chdir(tmp_path)
    write(tmp_path, "train.py", NET.format(imports="from sums import total"))
    write(tmp_path, "sums.py", TOTAL.format(function="mean"))
    driver = "import os, runpy\nhere = os.path.dirname(__file__)\n"
    write(tmp_path, "go.py", f"{driver}runpy.run_path(os.path.join(here, 'train.py'))\n")
    assert main(["check", "go.py", "--output-format", "concise", "--no-cache"]) == 1
    told = capsys.readouterr().out
    assert "sums.py:5:12: GL202" in told
    assert "GL90" not in told
