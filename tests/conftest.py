"""What all tests share: golden files, and the console recipe that makes text reproducible."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

os.environ.setdefault("GRADLINT_RAISE", "1")  # an error of gradlint's own fails the test


def pytest_addoption(parser):
    """Add ``--update``, the only way golden files are rewritten."""
    parser.addoption("--update", action="store_true", help="rewrite golden files")


@pytest.fixture
def golden(request):
    """Compare a text with ``golden/<name>`` beside the test; write it under ``--update``."""
    folder = Path(request.path).parent / "golden"

    def compare(text, name):
        file = folder / name
        if request.config.getoption("--update"):
            folder.mkdir(exist_ok=True)
            file.write_text(text, encoding="utf-8", newline="\n")
        assert file.exists(), f"no golden file {file.name}; pytest --update writes it"
        assert text == file.read_text(encoding="utf-8")

    return compare


@pytest.fixture
def console(monkeypatch):
    """Give the console recipe: 80 columns, no colour, nothing from the environment."""
    monkeypatch.setenv("COLUMNS", "80")
    for name in ("NO_COLOR", "FORCE_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
