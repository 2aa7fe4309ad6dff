"""What all tests share: golden files, and the console recipe that makes text reproducible."""

from __future__ import annotations

import compileall
import contextlib
import gc
import importlib
import io
import os
import pickle
import threading
import warnings
from pathlib import Path

import numpy as np
import pytest

import gradlint
from gradlint.trace import worker

os.environ.setdefault("GRADLINT_RAISE", "1")  # an error of gradlint's own fails the test
gc.set_threshold(*worker.SELDOM)  # as in the process of a check


def pytest_addoption(parser):
    """Add ``--update``, the only way golden files are rewritten."""
    parser.addoption("--update", action="store_true", help="rewrite golden files")


def pytest_configure(config):
    """Compile the package once: where Python is told to keep no bytecode, each check would."""
    if not hasattr(config, "workerinput"):
        compileall.compile_dir(Path(gradlint.__file__).parent, quiet=2)


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


@pytest.fixture
def in_this_process(monkeypatch):
    """Let checks run where the test runs: for tests of what is said, not of how it is started."""
    elsewhere = worker.run

    def run(task, payload, **options):
        if threading.current_thread() is not threading.main_thread():
            return elsewhere(task, payload, **options)  # several at a time
        module, _, function = task.partition(":")
        with (
            contextlib.redirect_stdout(io.StringIO()) as printed,
            contextlib.redirect_stderr(printed),
            warnings.catch_warnings(action="ignore"),
            np.errstate(all="ignore"),
        ):
            answer = getattr(importlib.import_module(module), function)(**payload)
        answer = pickle.loads(pickle.dumps(answer))  # as it comes from a process of its own
        return worker.Outcome("returned", answer, printed.getvalue())

    monkeypatch.setattr(worker, "run", run)
