"""Pages whose blocks are run: finding the blocks, and what their commands print."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib.metadata import entry_points
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

BLOCK = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks_of(page: Path, kind: str) -> list[tuple[str, str]]:
    """List the blocks of one language on a page as (name, text)."""
    return [(name, text) for lang, name, text in BLOCK.findall(page.read_text()) if lang == kind]


def outputs(text: str, folder: Path, root: Path) -> str:
    """Run the commands of a console block with the gradlint of a tree, and show what they print."""
    tools = {"gradlint": f"{sys.executable} -m gradlint", "python": sys.executable}
    environment = {**os.environ, "PYTHONPATH": str(root), "COLUMNS": "100"}
    environment.pop("FORCE_COLOR", None)
    if not entry_points(group="pytest11", name="gradlint"):  # run from a tree, not installed
        environment["PYTEST_PLUGINS"] = "gradlint.testing.pytest_plugin"
    shown = []
    for line in text.splitlines():
        if not line.startswith("$ "):
            continue
        first, _, rest = line[2:].partition(" ")
        command = f"{tools[first]} {rest}"
        done = subprocess.run(
            command,
            shell=True,
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,  # gradlint ends with 1 where it finds something
        )
        assert done.stderr == ""
        # Rounding errors are the machine's: of such a number only the word before it is compared.
        shown.append(f"{line}\n" + re.sub(r"(?<=error )\de-1[5-7]", "3e-16", done.stdout))
    return "".join(shown)
