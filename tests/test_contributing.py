"""What CONTRIBUTING.md says about adding something is done here, in a copy of the package.

``pytest --update tests/test_contributing.py`` writes the shown outputs anew.
"""

from __future__ import annotations

import doctest
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from shown import BLOCK, blocks_of, outputs

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "CONTRIBUTING.md"
ADDED = {
    "a derivative": "gradlint/ops/", "a mistake": "gradlint/mistakes/",
    "a family of edits": "gradlint/source/", "an optimiser": "gradlint/reading/optimisers.py",
    "a loss family": "gradlint/reading/families.py", "a format": "gradlint/report/",
}  # fmt: skip


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """Give a tree whose gradlint has all that the page adds, with the programs it speaks of."""
    tree = tmp_path_factory.mktemp("tree")
    shutil.copytree(ROOT / "gradlint", tree / "gradlint")
    for name, text in blocks_of(PAGE, "python"):
        with (tree / name).open("a", encoding="utf-8") as file:
            file.write(f"\n\n{text}" if (tree / name).stat().st_size else text)
    return tree


@pytest.mark.parametrize("what", ADDED)
def test_each_is_one_place(what):
    """What the page adds for each of them is a single block, in the room it names."""
    names = [name for name, _ in blocks_of(PAGE, "python") if name.startswith(ADDED[what])]
    assert len(names) == 1


def test_shown_outputs(tree, request):
    """Every command prints what the page shows, letter by letter."""
    text = PAGE.read_text()
    for _, block in blocks_of(PAGE, "console"):
        real = outputs(block, tree, tree)
        if request.config.getoption("--update"):
            text = text.replace(f"```console\n{block}```", f"```console\n{real}```")
        else:
            assert block == real
    PAGE.write_text(text)


def test_sessions(tree):
    """Every Python session shows what Python answers."""
    sessions = blocks_of(PAGE, "pycon")
    page = tree / "sessions.txt"
    page.write_text("\n".join(text for _, text in sessions))
    done = subprocess.run(
        [sys.executable, "-m", "doctest", str(page)],
        cwd=tree, env={**os.environ, "PYTHONPATH": str(tree)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stdout == done.stderr == ""
    assert doctest.DocTestParser().get_examples(page.read_text())


def test_every_block_is_known():
    """There is no block in a language that no test runs."""
    assert {lang for lang, _, _ in BLOCK.findall(PAGE.read_text())} == {
        "console",
        "pycon",
        "python",
    }
