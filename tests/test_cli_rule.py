import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import gradlint
from gradlint.doors.cli import main
from gradlint.report.pages import every_page, pages

PATH_OF_PACKAGE = os.path.dirname(os.path.dirname(gradlint.__file__))


@pytest.fixture(autouse=True)
def plain(console):
    """Use the console recipe everywhere."""


@pytest.mark.parametrize("word", ["GL204", "flipped-sign"])
def test_a_page_is_printed(capsys, word):
    """Code and name lead to the same page, which opens with both and ends with its programs."""
    assert main(["rule", word]) == 0
    told = capsys.readouterr().out
    page = pages()["GL204"]
    assert told.startswith(f"GL204 flipped-sign\n\n{page.summary}\n\nWhat happens\n------------\n")
    bad, good = (text.replace("\n", "\n    ").rstrip() for text in (page.bad, page.good))
    assert told.rstrip().endswith(f"Good:\n\n    {good}".replace("\n    \n", "\n\n"))
    assert f"Bad:\n\n    {bad}\n".replace("\n    \n", "\n\n") in told


def test_a_note_is_called_one(capsys):
    """A page says if its finding claims no mistake."""
    main(["rule", "GL405"])
    assert capsys.readouterr().out.startswith("GL405 negative-gradient-convention (note)\n")


def test_prose_fits_the_terminal_and_programs_stay(capsys, monkeypatch):
    """On a narrow terminal prose is broken anew; no line of a program is."""
    monkeypatch.setenv("COLUMNS", "60")
    main(["rule", "GL201"])
    rows = capsys.readouterr().out.splitlines()
    assert max(len(row) for row in rows if not row.startswith("    ")) <= 60
    assert {"    " + row for row in pages()["GL201"].bad.splitlines() if row} <= set(rows)


def test_all_pages(capsys):
    """All pages are printed in order of their codes, each once."""
    assert main(["rule", "--all"]) == 0
    told = capsys.readouterr().out.splitlines()
    heads = [row.split()[0] for row in told if row.startswith("GL")]
    assert heads == sorted(every_page())


def test_a_page_goes_to_a_file(capsys, tmp_path):
    """With -o the terminal stays empty."""
    assert main(["rule", "GL201", "-o", str(tmp_path / "page.txt")]) == 0
    assert capsys.readouterr().out == ""
    assert (tmp_path / "page.txt").read_text(encoding="utf-8").startswith("GL201 missing-batch")


@pytest.mark.parametrize(
    ("color", "escaped"), [("always", True), ("never", False), ("auto", False)]
)
def test_colour(capsys, color, escaped):
    """Colour is printed where it is asked for."""
    main(["rule", "GL201", "--color", color])
    assert ("\x1b[" in capsys.readouterr().out) is escaped


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("GL2O6", "GL206"),
        ("mising-batch-mean", "missing-batch-mean"),
        ("E501", "--all"),
    ],
)
def test_an_unknown_code(capsys, word, meant):
    """What is no page costs one line on stderr with the page that was meant, and exit 2."""
    assert main(["rule", word]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err == (
        f"gradlint: there is no page on `{word}`; did you mean `gradlint rule {meant}`?\n"
    )


@pytest.mark.parametrize("arguments", [["rule"], ["rule", "GL201", "--all"]])
def test_a_page_or_all_of_them(capsys, arguments):
    """A code and --all exclude each other, and one of them is needed."""
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == 2
    assert "--all" in capsys.readouterr().err


def test_a_page_loads_nothing_heavy():
    """A page is read, not imported: neither NumPy nor rich nor a mistake is loaded."""
    code = (
        "import sys; from gradlint.doors.cli import main; main(['rule', '--all'])\n"
        "print([n for n in sys.modules if n in ('numpy', 'rich') or 'mistakes' in n])"
    )
    environment = {**os.environ, "PYTHONPATH": PATH_OF_PACKAGE, "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, env=environment, timeout=60, check=True
    )
    assert done.stdout.decode().splitlines()[-1] == "[]"


def test_no_two_pages_share_a_code():
    """A code leads to one page, of a mistake or of what is said beside them."""
    folder = Path(gradlint.__file__).parent / "mistakes"
    texts = [path.read_text(encoding="utf-8") for path in folder.glob("*.py")]
    codes = [c for text in texts for c in re.findall(r'^    code\b.*"(GL\d{3})"', text, re.M)]
    assert len(codes) > 50
    assert len(set(codes)) == len(codes)


def test_every_code_that_is_reported_has_a_page():
    """Whatever code the package can write into a finding leads to a page under its name."""
    package = Path(gradlint.__file__).parent
    texts = [path.read_text(encoding="utf-8") for path in package.rglob("*.py")]
    written = {pair for text in texts for pair in re.findall(r'"(GL\d{3})",\s+"([a-z-]+)"', text)}
    assert len(written) > 5
    for code, name in written:
        assert every_page()[code].name == name
    bare = {code for text in texts for code in re.findall(r'"(GL\d{3})"', text)}
    assert bare <= set(every_page())


@pytest.mark.parametrize("code", sorted(set(every_page()) - set(pages())))
def test_a_page_beside_the_mistakes(capsys, code):
    """A limit of gradlint's own says what happens and what to do about it."""
    assert main(["rule", code]) == 0
    told = capsys.readouterr().out
    page = every_page()[code]
    assert told.startswith(f"{code} {page.name}")
    assert list(page.sections) == ["What happens", "What to do"]
    assert page.summary.endswith(".")
    assert all(len(text.split()) >= 5 for text in page.sections.values())
