"""The benchmarks run, measure what they say, and their corpus is labelled truthfully."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import numpy as np
import pytest

HOME = Path(__file__).resolve().parent.parent / "benchmarks"


@pytest.fixture(autouse=True)
def found(monkeypatch):
    """Let the benchmarks import each other as they do when they are started."""
    monkeypatch.syspath_prepend(str(HOME))
    yield
    for name in ("verdict", "speed", "corpus", "models", "peers", "tables", "nets", "plots"):
        sys.modules.pop(name, None)
    sys.modules.pop("traced", None)


def differences(loss, arrays):
    """Differentiate by central differences in the widest floats there are."""
    wide = [np.array(a, dtype=np.longdouble) for a in arrays]
    found = []
    for array in wide:
        slopes = np.zeros(array.shape)
        for index in np.ndindex(array.shape):
            kept = array[index]
            values = []
            for h in (1e-5, -1e-5):
                array[index] = kept + h
                values.append(loss(*wide))
            array[index] = kept
            slopes[index] = float((values[0] - values[1]) / 2e-5)
        found.append(slopes)
    return found


def worst(claims, truths):
    """Give the largest error, as a part of the largest entry of its tensor."""
    pairs = zip(claims, truths, strict=True)
    return max(np.abs(c - t).max() / max(np.abs(t).max(), 1e-12) for c, t in pairs)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(
    "family", ["network", "logistic", "recurrent", "normalised", "convolution", "function"]
)
def test_the_gradients_of_the_models_are_right(family, seed):
    """A case labelled right is right, by differences that share nothing with gradlint."""
    models = importlib.import_module("models")
    model = models.MODELS[family](np.random.default_rng(seed), np.float64)
    start = [np.asarray(a) for a in model.start]
    # The worst measured is 4e-8: truncation at 1e-5 of functions that bend over a tenth.
    assert worst(model.gradients(*start), differences(model.loss, start)) < 1e-6


def test_every_slip_of_a_model_changes_its_gradient():
    """A case labelled wrong is wrong: each slip that a model offers matters somewhere."""
    models = importlib.import_module("models")
    for family, model_class in models.MODELS.items():
        offered, seen = set(), set()
        for seed in range(12):
            model = model_class(np.random.default_rng(seed), np.float64)
            right = model.gradients(*model.start)
            for slip in model.slips:
                offered.add(slip)
                if worst(model.gradients(*model.start, slip=slip), right) > 1e-4:
                    seen.add(slip)
        assert seen == offered, family


def test_the_corpus_is_the_same_every_time():
    """A case can be looked up by its number, whatever was drawn after it."""
    corpus = importlib.import_module("corpus").corpus
    short, long = list(corpus(8, seed=3)), list(corpus(12, seed=3))
    assert [str(case) for case in short] == [str(case) for case in long[:8]]
    for one, other in zip(short, long, strict=False):
        for mine, its in zip(
            one.gradients(*one.arrays), other.gradients(*other.arrays), strict=True
        ):
            np.testing.assert_array_equal(mine, its)


def test_the_nets_of_the_speed_benchmark_have_right_gradients():
    """What is timed as right is right."""
    nets = importlib.import_module("nets")
    net = nets.Net((3, 4, 2), 4)
    assert worst(net.gradients(*net.arrays), differences(net.loss, net.arrays)) < 1e-6


def test_verdict_writes_its_tables(tmp_path, capsys):
    """The quick run asks gradlint and the course note and writes both tables."""
    page = tmp_path / "page.md"
    importlib.import_module("verdict").main(["--quick", "-o", str(page)])
    text = page.read_text(encoding="utf-8")
    assert "| gradlint.check | 0 | 0 |" in text
    assert "| course note |" in text
    assert "| flipped sign, tiny loss | wrong GL204 | ✓ wrong GL204 |" in text
    assert "12 cases" in text
    assert "false" not in capsys.readouterr().out


def test_speed_writes_its_tables(tmp_path):
    """The quick run times the numerical core and the tracing of a small script."""
    page = tmp_path / "page.md"
    importlib.import_module("speed").main(["--quick", "-o", str(page)])
    text = page.read_text(encoding="utf-8")
    assert "| gradlint numerics, a wrong entry |" in text
    assert "| 10-64-1, 10 samples | 769 | right |" in text
    assert "for each operation beyond" in text


def test_publishing_replaces_only_what_is_between_the_markers(tmp_path):
    """The prose of the page is left alone, also when a table is written twice."""
    tables = importlib.import_module("tables")
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- a:begin -->\nold\n<!-- a:end -->\nafter\n", encoding="utf-8")
    for text in ("first", "second"):
        tables.publish("a", text, page)
    expected = "before\n<!-- a:begin -->\n\nsecond\n\n<!-- a:end -->\nafter\n"
    assert page.read_text(encoding="utf-8") == expected
    tables.publish("b", "new", page)
    assert page.read_text(encoding="utf-8").endswith("<!-- b:begin -->\n\nnew\n\n<!-- b:end -->\n")
    page.write_text("<!-- c:begin -->", encoding="utf-8")
    with pytest.raises(ValueError, match="without"):
        tables.publish("c", "text", page)


def test_figures_are_written_as_people_read_them():
    """Two digits, and commas in large numbers."""
    scientific = importlib.import_module("tables").scientific
    assert [scientific(x) for x in (3.44, 17.2, 35.4, 912345.0)] == ["3.4", "17.2", "35", "910,000"]


def test_the_text_plot_shows_every_series():
    """Every point has the letter of its series, and the axes name their powers of ten."""
    draw = importlib.import_module("plots").draw
    text = draw({"one": [(10, 3.0), (1000, 30.0)], "two": [(10, 300.0), (1000, 3e4)]})
    body = text[: text.index("parameters")]
    assert body.count("a") - "cost in forward + backward passes".count("a") == 2
    assert "10^0" in text
    assert "10^5" in text
    assert text.endswith("  a  one\n  b  two")
