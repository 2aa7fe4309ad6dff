"""What a script writes, it can read; what its author has, stays as it is."""

from __future__ import annotations

import os
import textwrap
from typing import TYPE_CHECKING

import numpy as np
import pytest

from gradlint.trace import stage
from gradlint.trace.guard import Guard

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a directory with an author's files, and run there."""
    (tmp_path / "notes.txt").write_text("precious\n")
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "kept.txt").write_text("kept\n")
    np.save(tmp_path / "weights.npy", np.arange(3.0))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def contents(directory: Path) -> dict[str, tuple[bytes | None, int, int]]:
    """Everything that could change about the files below a directory."""
    found = {}
    for path in sorted(directory.rglob("*")):
        status = path.lstat()
        data = path.read_bytes() if path.is_file() else None
        found[str(path.relative_to(directory))] = (data, status.st_mode, status.st_mtime_ns)
    return found


SCRIPTS = {
    "open": """
        with open("notes.txt", "w") as f: f.write("new")
        with open("more.txt", "x") as f: f.write("more")
        assert open("notes.txt").read() == "new" and open("more.txt").read() == "more"
    """,
    "append": """
        with open("notes.txt", "a") as f: f.write("and more")
        assert open("notes.txt").read() == "precious\\nand more"
    """,
    "update": """
        with open(file="notes.txt", mode="r+") as f: f.write("PREC")
        assert open("notes.txt").read() == "PRECious\\n"
    """,
    "numpy": """
        import numpy as np
        w = np.load("weights.npy") + 1
        np.save("weights.npy", w); np.savez("all", w=w); np.savez_compressed("z.npz", w=w)
        np.savetxt("w.txt", w); np.savetxt("w.txt.gz", w); w.tofile("w.bin")
        assert np.array_equal(np.load("weights.npy"), [1, 2, 3])
        assert np.array_equal(np.load("all.npz")["w"], w) and np.array_equal(np.loadtxt("w.txt"), w)
        assert np.array_equal(np.loadtxt("w.txt.gz"), w) and np.array_equal(np.fromfile("w.bin"), w)
        m = np.memmap("m.bin", dtype=float, mode="w+", shape=3); m[:] = 1; m.flush()
    """,
    "other writers": """
        import bz2, gzip, json, logging, lzma, pickle, shutil
        pickle.dump([1], open("p.pkl", "wb")); json.dump([1], open("j.json", "w"))
        for library in bz2, gzip, lzma:
            with library.open("packed", "wb") as f: f.write(b"x")
            with library.open("packed", "rb") as f: assert f.read() == b"x"
        handler = logging.FileHandler("train.log"); handler.close()
        shutil.copy("notes.txt", "copy.txt"); shutil.copytree("old", "new")
        assert open("copy.txt").read() == "precious\\n" and open("new/kept.txt").read() == "kept\\n"
    """,
    "pathlib": """
        from pathlib import Path
        Path("notes.txt").write_text("new"); Path("runs/1").mkdir(parents=True)
        Path("runs/1/log").touch(); Path("old/kept.txt").unlink(); Path("notes.txt").chmod(0o600)
        assert Path("runs/1/log").exists() and not Path("old/kept.txt").exists()
        Path("notes.txt").rename("renamed.txt")
        assert Path("renamed.txt").read_text() == "new" and not Path("notes.txt").exists()
    """,
    "os": """
        import os
        os.makedirs("runs/2", exist_ok=True); os.makedirs("runs/2", exist_ok=True)
        assert os.path.isdir("runs/2") and os.listdir("runs") == ["2"]
        fd = os.open("notes.txt", os.O_WRONLY | os.O_TRUNC); os.write(fd, b"low"); os.close(fd)
        assert os.path.getsize("notes.txt") == 3
        os.truncate("notes.txt", 1); os.utime("notes.txt", (1, 1)); os.replace("notes.txt", "n")
        os.link("n", "linked"); os.symlink("n", "soft")
        assert open("soft").read() == open("linked").read() == "l"
        assert sorted(os.listdir()) == ["linked", "n", "old", "runs", "soft", "weights.npy"]
        os.rmdir("runs/2"); os.remove("n")
        assert not os.path.exists("n") and not os.path.exists("runs/2")
    """,
    "whole directories": """
        import os, shutil
        open("old/more.txt", "w").close(); open("old/less.txt", "w").close()
        os.remove("old/less.txt"); assert sorted(os.listdir("old")) == ["kept.txt", "more.txt"]
        os.rename("old", "moved"); assert sorted(os.listdir("moved")) == ["kept.txt", "more.txt"]
        assert open("moved/kept.txt").read() == "kept\\n"
        assert not os.path.exists("old/kept.txt")
        os.mkdir("old"); assert os.listdir("old") == []
        shutil.rmtree("moved"); assert not os.path.exists("moved")
        shutil.rmtree("moved", ignore_errors=True)
    """,
    "temporary files": """
        import os, tempfile
        with tempfile.TemporaryDirectory() as d: open(os.path.join(d, "x"), "w").write("x")
        assert not os.path.exists(d)
        with tempfile.NamedTemporaryFile("w", delete=False) as f: f.write("best")
        os.replace(f.name, "notes.txt"); assert open("notes.txt").read() == "best"
        assert not os.path.exists(f.name)
    """,
    "devices": """
        import os
        open(os.devnull, "w").write("x"); assert open(os.devnull).read() == ""
    """,
}


@pytest.mark.parametrize("name", SCRIPTS)
def test_nothing_is_lost(home: Path, name: str) -> None:
    """The script sees what it wrote, and every file of its author is untouched."""
    before = contents(home)
    path = home / "net.py"
    code = compile(textwrap.dedent(SCRIPTS[name]), str(path), "exec")
    ending = stage.perform(code, path=path)
    assert (ending.how, ending.message) == ("finished", "")
    assert contents(home) == before


@pytest.mark.parametrize(
    ("source", "error"),
    [
        ("open('notes.txt', 'x')", "FileExistsError"),
        ("open('none/x.txt', 'w')", "FileNotFoundError"),
        ("open('old', 'w')", "IsADirectoryError"),
        ("open('none.txt', 'r+')", "FileNotFoundError"),
        ("import os; os.remove('none.txt')", "FileNotFoundError"),
        ("import os; os.remove('notes.txt'); open('notes.txt')", "FileNotFoundError"),
        ("import os; os.remove('notes.txt'); os.remove('notes.txt')", "FileNotFoundError"),
        ("import os; os.mkdir('old')", "FileExistsError"),
        ("import os; os.mkdir('a/b')", "FileNotFoundError"),
        ("import os; os.rmdir('old')", "OSError"),
        ("import os; os.rmdir('notes.txt')", "NotADirectoryError"),
        ("import os; os.rename('none', 'x')", "FileNotFoundError"),
        ("import shutil; shutil.rmtree('none')", "FileNotFoundError"),
    ],
)
def test_errors_are_the_usual_ones(home: Path, source: str, error: str) -> None:
    """What the system would refuse is refused, naming the author's path and never ours."""
    path = home / "net.py"
    ending = stage.perform(compile(source, str(path), "exec"), path=path)
    assert ending.exception == error
    assert "gradlint" not in ending.message.replace(str(home), "")


def test_the_functions_come_back(home: Path) -> None:
    """After the guard every function is the one that was there before, and its files are gone."""
    before = open, os.remove, os.stat
    with Guard() as guard:
        assert open is not before[0]
        open("notes.txt", "w").close()
    assert (open, os.remove, os.stat) == before
    assert not os.path.exists(guard.root)
    assert (home / "notes.txt").read_text() == "precious\n"


def test_a_guard_that_stays(home: Path) -> None:
    """For threads that go on writing the guard stays, until the next one takes over."""
    before = open
    with Guard() as first:
        first.stays = True
    with open("notes.txt", "w") as file:
        file.write("from a thread")
    with Guard(), open("notes.txt") as file:
        assert file.read() == "precious\n"
    assert open is before
    assert not os.path.exists(first.root)
