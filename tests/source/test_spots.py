"""Places in the source are exact, in characters, and unreadable texts are told apart."""

from __future__ import annotations

import textwrap

import pytest

from gradlint.source.rewrite import instrument
from gradlint.source.spots import SourceFile, Unreadable, read

TEXT = textwrap.dedent("""\
    δ = ŷ - "Größe".count("ö"); W -= η * (δ @ X.T)
    self.layers[i].dW["ä"] = (
        np.sum(δ,
               axis=0)
    )
    z = (x.reshape(2, -1)
          .sum(axis=1)
          .T)
    a = [f(v, *r) for v in rows if v > 0.5]
    s = f"{loss.mean():.3f} {a.T}"
""")


def spans(text):
    """Map the text cut out by row and column of every spot to the text of its node."""
    spots = []
    file = SourceFile("net.py", text)
    instrument(file, spots)
    lines = text.splitlines()
    for spot in spots:
        site = spot.site
        cut = lines[site.row - 1 : site.end_row]
        cut[-1] = cut[-1][: site.end_column - 1]
        cut[0] = cut[0][site.column - 1 :]
        yield "\n".join(cut), spot


def test_rows_and_columns_cut_out_the_very_text():
    """Every place cuts its own expression out of the source, non-ASCII lines included."""
    found = dict(spans(TEXT))
    for cut, spot in found.items():
        assert cut == spot.text
    wanted = [
        'ŷ - "Größe".count("ö")', "W -= η * (δ @ X.T)", "η * (δ @ X.T)", "δ @ X.T", "X.T",
        "np.sum(δ,\n           axis=0)", 'self.layers[i].dW["ä"]', "self.layers[i]",
        "x.reshape(2, -1)", "x.reshape(2, -1)\n      .sum(axis=1)\n      .T",
        "f(v, *r)", "*r", "v > 0.5", "a.T",
    ]  # fmt: skip
    assert not set(wanted) - set(found)


def test_site_counts_from_one():
    """The first character of a file is 1:1, the end column is exclusive."""
    (_, spot), *_ = spans("x + y\n")
    site = spot.site
    assert (site.row, site.column, site.end_row, site.end_column) == (1, 1, 1, 6)


def test_targets_keep_their_shape():
    """A spot of an assignment knows what is assigned, tuples as tuples, stars as None."""
    targets = [s.targets for _, s in spans("(a, b), *c = d.e = f[0] = g\n") if s.targets]
    assert targets == [((("a", "b"), None), "d.e", "f[0]")]


def test_statement_and_function_around_a_place():
    """A place knows the statement and the function it stands in."""
    text = "def f(x):\n    return g(x + 1)\ny = f(2)\n"
    file = SourceFile("net.py", text)
    by_text = {spot.text: spot for _, spot in spans(text)}
    inner = by_text["x + 1"]
    assert file.text_of(inner.statement) == "return g(x + 1)"
    assert inner.file.function(inner.node).name == "f"
    assert by_text["f(2)"].file.function(by_text["f(2)"].node) is None


@pytest.mark.parametrize(
    ("text", "message", "place"),
    [
        ("x = 1\nprint x\n", "Python 2", (2, 1)),
        ("print 'a', b\n", "Python 2", (1, 1)),
        ("try:\n    x = 1\nexcept E, e:\n    pass\n", "Python 2", (3, 8)),
        ("raise ValueError, 'no'\n", "Python 2", (1, 17)),
        ("exec 'x = 1'\n", "Python 2", (1, 1)),
        ("x = `1`\n", "Python 2", (1, 5)),
        ("if a <> b: pass\n", "Python 2", (1, 6)),
        ("mode = 0777\n", "Python 2", (1, 8)),
        ("w = (1,\n", "was never closed", (1, 5)),
        ("for i in x\n    pass\n", "expected ':'", (1, 11)),
        ("def f():\nreturn 1\n", "expected an indented block", (2, 1)),
        ("x = 1\x00\n", "null", (1, 1)),
    ],
)
def test_unreadable_text_says_why_and_where(text, message, place):
    """What is no Python 3 is said in one line with its place; Python 2 is recognised."""
    with pytest.raises(Unreadable) as caught:
        SourceFile("net.py", text)
    assert message in str(caught.value)
    assert (caught.value.row, caught.value.column) == place


def test_declared_encoding_is_honoured(tmp_path):
    """A file in Latin-1 that says so is read as it was meant."""
    path = tmp_path / "net.py"
    path.write_bytes("# -*- coding: latin-1 -*-\nname = 'Größe'\n".encode("latin-1"))
    assert "Größe" in read(path)
