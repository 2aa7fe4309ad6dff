import os
import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, assume, find, given, settings

import gradlint
from gradlint import check_file
from gradlint.testing.strategies import arrays, for_all_shapes, networks, shapes, trees
from gradlint.testing.strategies.axes import parse
from gradlint.testing.strategies.formulas import MISTAKES
from gradlint.testing.strategies.pattern import describe, pattern_of

AFFINE = "x: b i, w: i h, b: h"

slow = [HealthCheck.too_slow]
some = settings(
    max_examples=60,
    deadline=None,
    database=None,
    derandomize=True,  # central differences of a random network may straddle a kink one day
    suppress_health_check=slow,
)
few = settings(some, max_examples=20)
first = settings(max_examples=2000, database=None, phases=[Phase.generate])  # unshrunk


def affine_forward(x, w, b):
    """Rows times weights, plus bias."""
    return x @ w + b, (x, w)


def affine_backward(dout, cache):
    """Gradients of affine_forward."""
    x, w = cache
    return dout @ w.T, x.T @ dout, dout.sum(axis=0)


def affine_backward_first_row(dout, cache):
    """Gradients of affine_forward, right for a batch of one."""
    x, w = cache
    return dout @ w.T, x.T @ dout, dout[0]


@some
@given(shapes(AFFINE))
def test_axes_with_one_name_have_one_size(drawn):
    """Shapes follow the axes, and sizes above one are pairwise distinct."""
    (b, i), (i_again, h), (h_again,) = drawn["x"], drawn["w"], drawn["b"]
    assert (i, h) == (i_again, h_again)
    large = [size for size in (b, i, h) if size > 1]
    assert len(set(large)) == len(large)


def test_edges_of_size_one_occur_on_several_axes_at_once():
    """Size one is not bound by distinctness: all axes can have it."""
    drawn = find(shapes(AFFINE), lambda drawn: all(1 in shape for shape in drawn.values()))
    assert drawn == {"x": (1, 1), "w": (1, 1), "b": (1,)}


@some
@given(shapes("x: n 3, w: 3 m, c:", ones=False, sizes={"m": (5, 6)}))
def test_numbers_limits_and_scalars(drawn):
    """A number is a size, limits hold, ``ones=False`` means no size one, no axes is a scalar."""
    (n, three), (_, m), scalar = drawn["x"], drawn["w"], drawn["c"]
    assert (three, scalar) == (3, ())
    assert n >= 2
    assert n not in (3, m)
    assert m in (5, 6)


def test_equal_sizes_on_request():
    """``distinct=False`` allows two axes to have the same size above one."""
    assert find(shapes("x: a b", distinct=False), lambda s: s["x"][0] == s["x"][1] > 1)


@some
@given(shapes("x: a b c d e f g h i j"))
def test_many_axes_find_room(drawn):
    """Ten axes still get distinct sizes."""
    large = [size for size in drawn["x"] if size > 1]
    assert len(set(large)) == len(large)


@pytest.mark.parametrize("spec", ["", "x", "x: b i w: i", "x: b-i", "x y: b", "x: 0"])
def test_unreadable_axes_are_shown(spec):
    """A line that cannot be read is quoted with how to write it."""
    with pytest.raises(ValueError, match="write `name: axis axis`"):
        parse(spec)


def test_wrong_options_are_named():
    """A name used twice, an axis that is not there and impossible limits are errors."""
    with pytest.raises(ValueError, match="'x' stands twice"):
        shapes("x: b, x: i")
    with pytest.raises(ValueError, match="no axis 'k'; the axes are b, i"):
        shapes("x: b i", sizes={"k": 3})
    with pytest.raises(ValueError, match="cannot have sizes from 5 to 2"):
        shapes("x: b i", sizes={"b": (5, 2)})


@some
@given(arrays("x: b i, y: b", scale=3.0, at=(0.0, 1.0), margin=0.05))
def test_values_keep_away_from_kinks(drawn):
    """Entries stay within the scale, and further from every kink than the margin."""
    for array in drawn.values():
        assert array.dtype == np.float64
        assert (abs(array) <= 3).all()
        assert (abs(array) > 0.15).all()
        assert (abs(array - 1) > 0.15).all()


@some
@given(arrays("x: b i", kinks="on", at=(0.5,)))
def test_values_lie_on_kinks_on_request(drawn):
    """Some entry lies exactly on the kink, and none is merely near it."""
    distance = abs(drawn["x"] - 0.5)
    assert (distance == 0).any()
    assert ((distance == 0) | (distance > 0.1)).all()


def test_values_may_be_anywhere_on_request():
    """Without the guard entries come near zero too."""
    near = find(arrays("x: 50", kinks="ignore"), lambda drawn: (abs(drawn["x"]) < 0.1).any())
    assert near["x"].shape == (50,)


def test_kinks_that_leave_no_room_are_refused():
    """A margin that covers everything is an error, not an endless search."""
    with pytest.raises(ValueError, match="leave no room"):
        find(arrays("x: 9", margin=2.0), lambda _: True)


def test_types_are_drawn_from_a_list_or_given_by_name():
    """``dtype`` is one type, several, or one for each name; own arrays are taken as they are."""
    both = arrays("x: n", dtype=[np.float32, np.float64])
    assert find(both, lambda d: d["x"].dtype == np.float32)["x"].dtype == np.float32
    assert find(both, lambda d: d["x"].dtype == np.float64)["x"].dtype == np.float64
    own = {"z": lambda rng, shapes: rng.permutation(shapes["x"][0])}
    drawn = find(
        arrays("x: n, y: n, z: n", dtype={"y": np.int64}, scale=4, values=own),
        lambda drawn: len(drawn["x"]) > 1 and drawn["y"].max() == 4,
    )
    assert drawn["y"].dtype == np.int64
    assert sorted(drawn["z"]) == list(range(len(drawn["x"])))
    with pytest.raises(ValueError, match="no array 'k'"):
        arrays("x: n", values={"k": own["z"]})
    with pytest.raises(ValueError, match="no values for dtype"):
        find(arrays("x: n", dtype=complex), lambda _: True)


def _leaves(tree):
    """List the arrays of a tree in order."""
    if isinstance(tree, np.ndarray):
        return [tree]
    inner = tree.values() if isinstance(tree, dict) else tree
    return [leaf for branch in inner for leaf in _leaves(branch)]


@some
@given(trees("W1: i h, b1: h, W2: h o, b2: o"))
def test_trees_hold_every_array_once_in_order(tree):
    """However nested, the leaves are the arrays of the spec, in its order."""
    first, second, third, fourth = (leaf.shape for leaf in _leaves(tree))
    assert first == (first[0], second[0])
    assert third == (second[0], fourth[0])


@pytest.mark.parametrize("kind", [dict, list, tuple])
def test_trees_nest_in_every_container(kind):
    """Each container occurs inside another one."""
    spec = "W1: i h, b1: h, W2: h o, b2: o"
    tree = find(
        trees(spec),
        lambda t: isinstance(t, list) and any(isinstance(c, kind) for c in t),
        settings=first,
    )
    assert len(_leaves(tree)) == 4


def note_of(test):
    """Run a test that must fail and return what its exception's last note says."""
    with pytest.raises(AssertionError) as caught:
        test()
    return caught.value.__notes__[-1]


def test_right_pair_passes_for_all_shapes():
    """A pair whose gradients are right passes at every size that is tried."""
    for_all_shapes(AFFINE, settings=few)(affine_forward, affine_backward)()


def test_wrong_pair_shrinks_to_the_smallest_sizes_and_says_which_fail():
    """A bias gradient of the first row only fails for every batch above one, smallest 2, 1, 1."""
    spec = "x: batch i, w: i h, b: h"
    test = for_all_shapes(spec, settings=few)(affine_forward, affine_backward_first_row)
    note = note_of(test)
    assert note.startswith("fails for every batch > 1; smallest: batch=2, i=1, h=1 (")
    assert test.__name__ == "affine_forward"


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        (lambda _: False, "fails for all sizes; smallest: b=1, i=1, h=1"),
        (lambda s: s["i"] <= 2, "fails for every i > 2; smallest: b=1, i=3, h=1"),
        (lambda s: s["h"] != 1, "fails for every h = 1; smallest: b=1, i=1, h=1"),
        (lambda s: s["i"] == s["h"], "fails for every i ≠ h; smallest: b=1, i=1, h=2"),
        (
            lambda s: 1 in (s["b"], s["h"]),
            "fails for every b > 1 with h > 1; smallest: b=2, i=1, h=2",
        ),
    ],
)
def test_condition_of_failure_is_found(condition, said):
    """What the failing sizes have in common is told as the simplest condition that fits."""

    @for_all_shapes(AFFINE, settings=some)
    def test(x, w, b):
        assert condition({"b": len(x), "i": len(w), "h": len(b)})

    assert note_of(test).split(" (")[0] == said


def test_no_condition_is_claimed_where_none_fits():
    """A failure that depends on the values is told by its smallest sizes alone."""

    @for_all_shapes("x: b i", settings=some)
    def test(x):
        assert x.sum() > 0

    assert note_of(test).startswith("smallest: b=")


def test_conditions_need_more_than_one_witness():
    """One failing size among many is no pattern."""
    outcomes = [({"b": 2}, False), ({"b": 1}, True), ({"b": 3}, True)]
    assert pattern_of(outcomes) is None
    assert describe(pattern_of([({"b": 1}, False), ({"b": 2}, False)])) == "all sizes"


def test_assumptions_are_respected():
    """Sizes that a test assumes away are neither searched nor counted as passed or failed."""

    @for_all_shapes("x: b i", settings=some)
    def test(x):
        assume(x.shape[1] > 1)
        raise AssertionError

    assert note_of(test).startswith("fails for all sizes; smallest: b=1, i=2 (")


@for_all_shapes("x: n m", settings=few)
def test_arrays_come_by_name_and_fixtures_from_pytest(tmp_path, x):
    """As a decorator it leaves fixtures to pytest and gives arrays by name."""
    assert tmp_path.is_dir()
    assert x.ndim == 2


class TestMethods:
    """Methods are tests too."""

    @for_all_shapes("x: n m", settings=few)
    def test_method_gets_its_instance(self, x):
        """The instance reaches the body."""
        assert isinstance(self, TestMethods)
        assert x.ndim == 2


def test_options_of_the_pair_belong_to_pairs():
    """A misspelt option of a decorated test is an error, not silence."""
    with pytest.raises(TypeError, match="unknown option `size`"):
        for_all_shapes("x: n", size=3)(test_right_pair_passes_for_all_shapes)


def test_a_test_without_its_arrays_is_refused():
    """A test that returns a pair instead of taking arrays is told what it has to take."""
    with pytest.raises(TypeError, match=r"takes no `w`: a decorated test takes \(x, w\)"):

        @for_all_shapes("x: b i, w: i h")
        def test_pair(x):
            return np.tanh, x


def run_for(net, steps):
    """Train a program for so many steps and return its parameters, first layer first, and data."""
    scope = {"print": "{0}{1}".format}
    exec(net.source.replace(f"steps = {net.style.steps}\n", f"steps = {steps}\n"), scope)
    numbers = range(1, net.style.depth + 1)
    if net.style.structure == "lists":
        found = [a for pair in zip(scope["weights"], scope["biases"], strict=True) for a in pair]
    elif net.style.structure == "layers":
        found = [a for layer in scope["layers"][::2] for a in (layer.W, layer.b)]
    else:
        home = scope["params"] if net.style.structure == "dict" else scope
        home = vars(scope["net"]) if net.style.structure == "class" else home
        found = [home[f"{kind}{number}"] for number in numbers for kind in "Wb"]
    return found, scope["X"], scope["Y"], scope["lr"]


def true_loss(style, parameters, X, Y):
    """Compute the loss a style stands for, written independently of the program."""
    if style.columns:
        X, Y = X.T, Y.T
        parameters = [p.T for p in parameters]
    a = X
    hidden = {
        "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
        "tanh": np.tanh,
        "relu": lambda z: z * (z > 0),
        "leaky": lambda z: np.maximum(z, 0.1 * z),
    }[style.activation]
    for layer in range(style.depth):
        z = a @ parameters[2 * layer] + parameters[2 * layer + 1].reshape(1, -1)
        a = hidden(z)
    if style.loss == "squared":
        loss = 0.5 * np.sum((z - Y) ** 2)
    elif style.loss == "squared-sigmoid":
        loss = 0.5 * np.sum((1 / (1 + np.exp(-z)) - Y) ** 2)
    elif style.loss == "binary":
        loss = np.sum(np.logaddexp(0, z) - Y * z)
    else:
        top = z.max(axis=1, keepdims=True)
        loss = np.sum(np.log(np.exp(z - top).sum(axis=1)) - ((z - top) * Y).sum(axis=1))
    return loss if style.mean == "nowhere" else loss / len(X)


def deviation(net):
    """Compare the step a program takes with central differences; the largest relative error."""
    before, X, Y, lr = run_for(net, 0)
    after, *_ = run_for(net, 1)
    worst = 0.0
    for k, parameter in enumerate(before):
        taken = (before[k] - after[k]) / lr
        true = np.empty_like(parameter)
        for index in np.ndindex(parameter.shape):
            slopes = []
            for h in (1e-6, -1e-6):
                moved = [p.copy() for p in before]
                moved[k][index] += h
                slopes.append(true_loss(net.style, moved, X, Y))
            true[index] = (slopes[0] - slopes[1]) / 2e-6
        worst = max(worst, abs(taken - true).max() / max(abs(true).max(), 1e-3))
    return worst


@some
@given(networks())
def test_networks_are_right(net):
    """The step a program takes is the gradient of its loss, by central differences of our own."""
    assert net.right
    assert deviation(net) < 1e-5  # the largest of 1000 was 4e-7: the noise of the differences


@some
@given(networks(mistakes=True))
def test_networks_with_a_slip_are_wrong(net):
    """A planted slip changes the step, whatever the style."""
    assert not net.right
    assert deviation(net) > 1e-4  # the smallest of 1000 was 4e-4: saturated units


@pytest.mark.parametrize("mistake", MISTAKES)
def test_every_slip_is_planted(mistake):
    """Each known slip occurs."""
    assert find(networks(mistakes=True), lambda net: net.style.mistake == mistake, settings=first)


@pytest.mark.parametrize("structure", ["script", "functions", "dict", "class", "lists", "layers"])
def test_engine_calls_right_networks_right(structure, tmp_path):
    """A right program of every structure is judged right by the whole engine."""
    net = find(
        networks(),
        lambda net: net.style.structure == structure and net.style.depth > 1 < net.style.batch,
    )
    file = tmp_path / "net.py"
    file.write_text(str(net))
    report = check_file(file)
    assert (report.verdict, report.findings) == ("right", ())


@pytest.mark.parametrize("first", ["hypothesis", "gradlint.testing.strategies.programs"])
def test_hypothesis_finds_networks_by_type(first, tmp_path):
    """Loaded through the entry point, whoever comes first, the type is known without NumPy."""
    root = Path(gradlint.__file__).parents[1]
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    points = project["entry-points"]["hypothesis"]
    installed = tmp_path / "installed-1.0.dist-info"
    installed.mkdir()
    lines = [f"{name} = {value}" for name, value in points.items()]
    (installed / "entry_points.txt").write_text("\n".join(["[hypothesis]", *lines]))
    code = (
        f"import {first}, hypothesis, sys;"
        "loaded = 'gradlint.testing.strategies.programs' in sys.modules;"
        "from gradlint.testing.strategies import Network; from hypothesis import strategies as st;"
        "drawn = hypothesis.find(st.from_type(Network), lambda _: True);"
        "print(loaded, type(drawn).__name__, 'numpy' in sys.modules)"
    )
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), str(root)])}
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=env)
    assert (done.stdout, done.stderr) == ("True Network False\n", "")
