"""Whole gradients of small nets and plain functions, right and wrong, black box."""

from __future__ import annotations

import functools
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradlint.truth.projections import check_gradients

RNG = np.random.default_rng(3)
X = RNG.normal(size=(50, 100))
C = RNG.normal(size=X.shape)


def wave(x):
    """Sum a smooth function over 5000 numbers."""
    return float((np.tanh(x) * C).sum())


def wave_gradient(x):
    """Differentiate it."""
    return C * (1 - np.tanh(x) ** 2)


class Net:
    """A small net with a hand-written backward pass, parameters in units of ``unit``."""

    def __init__(self, sizes=(7, 5, 3), samples=6, unit=1.0, loss=1.0, offset=0.0, seed=0):
        """Draw data and parameters."""
        rng = np.random.default_rng(seed)
        self.unit, self.loss, self.offset = unit, loss, offset
        self.x = rng.normal(size=(samples, sizes[0]))
        self.y = rng.normal(size=(samples, sizes[2]))
        shapes = [(sizes[0], sizes[1]), (sizes[1],), (sizes[1], sizes[2]), (sizes[2],)]
        self.parameters = [rng.normal(size=s) / np.sqrt(s[0]) * unit for s in shapes]

    def forward(self, w1, b1, w2, b2):
        """Compute hidden layer and difference to the target."""
        hidden = np.tanh((self.x @ w1 + b1) / self.unit)
        return hidden, (hidden @ w2 + b2) / self.unit - self.y

    def __call__(self, *parameters):
        """Compute the loss."""
        return self.loss * float((self.forward(*parameters)[1] ** 2).mean()) + self.offset

    def gradient(self):
        """Differentiate the loss by hand."""
        hidden, delta = self.forward(*self.parameters)
        delta = 2 * delta / delta.size * self.loss / self.unit
        inner = (delta @ self.parameters[2].T) * (1 - hidden**2) / self.unit
        return [self.x.T @ inner, inner.sum(0), hidden.T @ delta, delta.sum(0)]


SMALL = {"sizes": (7, 5, 3)}  # every entry
LARGE = {"sizes": (40, 30, 5)}  # directions
UNITS = [
    {},
    {"loss": 1e-8},
    {"loss": 1e8},
    {"offset": 1e6},
    {"unit": 1e-7},
    {"unit": 1e5},
]


@pytest.mark.parametrize("sizes", [SMALL, LARGE], ids=["small", "large"])
@pytest.mark.parametrize("units", UNITS, ids=str)
def test_a_right_gradient_is_right_in_any_units(sizes, units):
    """Loss × 1e±8, loss + 1e6 and parameters × 1e-7 or 1e5 leave a right gradient right."""
    net = Net(**sizes, **units)
    checked = check_gradients(net, net.parameters, net.gradient())
    assert [t.verdict for t in checked.tensors] == ["right"] * 4


@pytest.mark.parametrize("sizes", [SMALL, LARGE], ids=["small", "large"])
@pytest.mark.parametrize("units", UNITS, ids=str)
@pytest.mark.parametrize("factor", [-1.0, 1.0005, 10.0])
def test_a_factor_is_found_in_any_units(sizes, units, factor):
    """A flipped sign, half a thousandth too much, a missing 1/m: the tensor and its factor."""
    net = Net(**sizes, **units)
    hand = net.gradient()
    hand[2] *= factor
    checked = check_gradients(net, net.parameters, hand)
    assert [t.verdict for t in checked.tensors] == ["right", "right", "wrong", "right"]
    assert checked.tensors[2].factor == pytest.approx(factor, rel=1e-4)


@given(
    seed=st.integers(0, 10**6),
    power=st.integers(-26, 26),
    unit=st.integers(-23, 16),
    kind=st.sampled_from(["right", "sign", "entry", "row", "little", "zero"]),
    order=st.permutations(range(6)),
)
@settings(max_examples=60, deadline=None)
def test_units_and_order_of_samples_do_not_change_a_verdict(seed, power, unit, kind, order):
    """The same net in other units, its samples permuted, has the same verdicts."""
    verdicts = []
    for units, rows in [({}, slice(None)), ({"loss": 2.0**power, "unit": 2.0**unit}, list(order))]:
        net = Net(**SMALL, seed=seed, **units)
        net.x, net.y = net.x[rows], net.y[rows]
        hand = net.gradient()
        plant(hand[0], kind)
        checked = check_gradients(net, net.parameters, hand)
        verdicts.append([t.verdict for t in checked.tensors])
    assert verdicts[0] == verdicts[1]
    assert verdicts[0] == ["right" if kind == "right" else "wrong", "right", "right", "right"]


def plant(gradient, kind):
    """Make one mistake of the given kind, in place."""
    largest = np.unravel_index(np.argmax(np.abs(gradient)), gradient.shape)
    if kind == "sign":
        gradient *= -1
    elif kind == "entry":
        gradient[largest] *= 1.5
    elif kind == "row":
        gradient[largest[0]] *= 2
    elif kind == "little":
        gradient *= 1.0005
    elif kind == "zero":
        gradient *= 0


@pytest.mark.parametrize("size", [2, 6, 40, 400, 4000])
def test_size_does_not_change_a_verdict(size):
    """From ten parameters to a hundred thousand, right stays right and one entry stays wrong."""
    net = Net(sizes=(size, 25 if size > 2 else 2, 1))
    assert check_gradients(net, net.parameters, net.gradient()).verdict == "right"
    hand = net.gradient()
    place = np.unravel_index(np.argmax(np.abs(hand[0])), hand[0].shape)
    hand[0][place] *= 1.5
    checked = check_gradients(net, net.parameters, hand)
    assert [t.verdict for t in checked.tensors] == ["wrong", "right", "right", "right"]
    assert checked.tensors[0].pattern.where == (tuple(map(int, place)),)


@pytest.mark.parametrize("loss", [1e-8, 1.0, 1e8])
def test_one_wrong_entry_of_five_thousand_is_named(loss):
    """+50 % in one entry of 5000 is found and located in under twenty evaluations."""
    hand = wave_gradient(X)
    hand[7, 9] *= 1.5
    checked = check_gradients(lambda x: loss * wave(x), [X], [loss * hand])
    assert checked.tensors[0].pattern.where == ((7, 9),)
    assert checked.evaluations < 20


def test_a_right_gradient_costs_two_evaluations():
    """The price of an agreement does not depend on the size."""
    assert check_gradients(wave, [X], [wave_gradient(X)]).evaluations == 2


def test_every_gradient_half_a_thousandth_too_large_is_wrong():
    """All entries +0.05 %: each tensor is wrong by that factor."""
    net = Net(**LARGE)
    checked = check_gradients(net, net.parameters, [1.0005 * g for g in net.gradient()])
    assert [t.factor for t in checked.tensors] == [pytest.approx(1.0005, rel=1e-6)] * 4


SQUARE = RNG.normal(size=(60, 60))
WEIGHTS = RNG.normal(size=SQUARE.shape)
FILTERS = RNG.normal(size=(8, 3, 5, 5))
STENCIL = RNG.normal(size=FILTERS.shape)


@pytest.mark.parametrize(
    ("where", "text"),
    [
        (np.s_[5], "row 5"),
        (np.s_[[5, 9]], "rows 5, 9"),
        (np.s_[:, 5:9], "columns 5, 6, 7, 8"),
        (np.s_[7, 50], "entry (7, 50)"),
        (np.s_[[3, 30, 30], [4, 40, 41]], "entries (3, 4), (30, 40), (30, 41)"),
        (np.eye(60, dtype=bool), "the diagonal"),
        (~np.eye(60, dtype=bool), "the off-diagonal"),
    ],
)
def test_the_wrong_part_of_a_matrix_is_named(where, text):
    """Rows, columns, entries, the diagonal: read off from residuals alone."""
    hand = WEIGHTS * (1 - np.tanh(SQUARE * WEIGHTS) ** 2)
    hand[where] *= 1.5
    checked = check_gradients(lambda w: np.tanh(w * WEIGHTS).sum(), [SQUARE], [hand])
    assert str(checked.tensors[0].pattern) == text


@pytest.mark.parametrize(
    ("where", "text"),
    [
        (np.s_[2], "axis 0, index 2"),
        (np.s_[:, :, 1], "axis 2, index 1"),
        (np.s_[1, 2, 3, 4], "entry (1, 2, 3, 4)"),
    ],
)
def test_the_wrong_part_of_a_filter_bank_is_named(where, text):
    """The same along the axes of a tensor."""
    hand = STENCIL * (1 - np.tanh(FILTERS * STENCIL) ** 2)
    hand[where] *= 2
    checked = check_gradients(lambda w: np.tanh(w * STENCIL).sum(), [FILTERS], [hand])
    assert str(checked.tensors[0].pattern) == text


def relu(x, weights):
    """Sum a function that has a corner wherever x is 0."""
    return float((np.maximum(x, 0) * weights).sum())


@pytest.mark.parametrize("chosen", [0.0, 0.5, 1.0])
def test_relu_exactly_at_zero_is_right_and_said_so(chosen):
    """Any of the slopes at the corner is valid; the other entries are judged as ever."""
    x, weights = X[:6, :8].copy(), C[:6, :8]
    x[0, :4] = 0
    hand = weights * np.where(x == 0, chosen, x > 0)
    judged = check_gradients(functools.partial(relu, weights=weights), [x], [hand]).tensors[0]
    assert judged.verdict == "right"
    assert "kink in 4 entries" in judged.reason
    hand[3, 3] += 0.1
    judged = check_gradients(functools.partial(relu, weights=weights), [x], [hand]).tensors[0]
    assert (judged.verdict, judged.pattern.where) == ("wrong", ((3, 3),))


@pytest.mark.parametrize("distance", [3e-7, -3e-7])
@pytest.mark.parametrize("rows", [6, 50])
def test_relu_beside_its_corner_is_right(distance, rows):
    """A corner at 3e-7 is stepped below, entry by entry and along directions."""
    x, weights = X[:rows].copy(), C[:rows]
    x[3, :2] = distance
    hand = weights * (x > 0)
    assert check_gradients(functools.partial(relu, weights=weights), [x], [hand]).verdict == "right"


def test_a_net_that_starts_at_its_corners_is_not_called_wrong():
    """All weights zero under a ReLU: the one-sided slopes of a weight need not enclose 0."""
    rng = np.random.default_rng(1)
    x, y, w2 = rng.normal(size=(10, 6)), rng.normal(size=(10, 3)), rng.normal(size=(8, 3))

    def loss(w1):
        return float(((np.maximum(x @ w1, 0) @ w2 - y) ** 2).sum())

    checked = check_gradients(loss, [np.zeros((6, 8))], [np.zeros((6, 8))])
    assert checked.verdict == "cannot-tell"
    assert "kink" in checked.tensors[0].reason


@pytest.mark.parametrize("rows", [4, 50])
def test_a_gradient_that_is_zero_is_right(rows):
    """A bias before batch normalisation has gradient 0 up to rounding, and that is right."""

    def loss(x, bias):
        z = x + bias
        z = (z - z.mean(0)) / np.sqrt(z.var(0) + 1e-5)
        return float((np.tanh(z) * C[:rows, :20]).sum())

    x, bias = X[:rows, :20], X[-1, :20]
    z = x + bias
    scale = np.sqrt(z.var(0) + 1e-5)
    h = (z - z.mean(0)) / scale
    d = C[:rows, :20] * (1 - np.tanh(h) ** 2)
    dx = (d - d.mean(0) - h * (d * h).mean(0)) / scale
    right = check_gradients(loss, [x, bias], [dx, dx.sum(0)])
    assert right.verdict == "right"
    assert "does not depend" in right.tensors[1].reason
    wrong = check_gradients(loss, [x, bias], [dx, d.sum(0)])
    assert [t.verdict for t in wrong.tensors] == ["right", "wrong"]


def test_zero_is_not_right_where_the_function_moves():
    """A forgotten gradient is 0 too, and wrong."""
    assert check_gradients(wave, [X], [0 * X]).tensors[0].factor == 0.0


def test_noise_that_hides_everything_certifies_nothing():
    """A loss of 1e-9 beside 1e9 is lost: neither the right gradient nor zero is called right."""
    for hand in (1e-9 * wave_gradient(X), 0 * X):
        checked = check_gradients(lambda x: 1e9 + 1e-9 * wave(x), [X], [hand])
        assert checked.verdict == "cannot-tell"


def test_float32_arrays_are_checked_in_float64():
    """A float32 net is right to float32's precision, and one wrong row in it is wrong."""
    x, weights = X.astype(np.float32), C.astype(np.float32)

    def loss(x):
        return (np.tanh(x) * weights).sum()

    hand = weights * (1 - np.tanh(x) ** 2)
    assert hand.dtype == np.float32
    assert check_gradients(loss, [x], [hand]).verdict == "right"
    hand[4] *= 1.01
    assert str(check_gradients(loss, [x], [hand]).tensors[0].pattern) == "row 4"


@pytest.mark.parametrize("seed", range(8))
def test_a_function_that_rounds_its_parameters_is_not_taken_for_a_smooth_one(seed):
    """Steps that float32 rounds away make a staircase: a right gradient is not called wrong."""
    rng = np.random.default_rng(seed)
    A, y = rng.normal(size=(9, 6)), rng.normal(size=9)
    w = (100 * rng.normal(size=6)).astype(np.float32)

    def loss(w):
        w = w.astype(np.float32)
        return np.mean((A @ w - y) ** 2) + np.sum(w**2)

    hand = (2 * A.T @ (A @ w - y) / 9 + 2 * w).astype(np.float32)
    for kind in (np.float32, np.float64):  # also where somebody has widened the numbers
        given = [w.astype(kind)]
        for every_entry in (256, 0):
            assert check_gradients(loss, given, [hand], every_entry=every_entry).verdict != "wrong"
            doubled = check_gradients(loss, given, [2 * hand], every_entry=every_entry)
            assert doubled.verdict == "wrong"


@pytest.mark.parametrize("offset", [0.0, 1e6])
def test_numbers_that_fit_into_float32_are_not_taken_for_it(offset):
    """Ones and halves, and a loss that hardly moves: nothing is rounded, nothing becomes coarse."""
    x = np.array([1.0, 0.5, -2.0, 0.0])

    def loss(x):
        return offset + np.sum(np.sin(x))

    assert check_gradients(loss, [x], [np.cos(x)]).verdict == "right"
    assert check_gradients(loss, [x], [1.0002 * np.cos(x)]).verdict == "wrong"


@pytest.mark.parametrize("seed", range(3))
def test_rounding_of_float32_gradients_does_not_cancel_with_their_slope(seed):
    """Along a direction that is nearly level, the rounding of the entries is still all there."""
    rng = np.random.default_rng(seed)
    W = rng.normal(size=(20, 30)).astype(np.float32)
    C = rng.normal(size=(20, 30))
    hand = (C * np.cos(W.astype(np.float64))).astype(np.float32)
    hand *= 1 + rng.choice([-3e-7, 3e-7], hand.shape).astype(np.float32)
    for s in range(100):
        checked = check_gradients(lambda W: np.sum(C * np.sin(W)), [W], [hand], seed=s)
        assert checked.verdict != "wrong"


def test_a_function_that_forces_float32_is_never_certified_wrongly():
    """Forced to float32, half a thousandth cannot be told; a factor of two can."""

    def loss(x):
        return np.float32((np.tanh(x.astype(np.float32)) * C.astype(np.float32)).sum())

    verdicts = [
        check_gradients(loss, [X], [factor * wave_gradient(X)]).verdict for factor in (1, 1.0002, 2)
    ]
    assert verdicts == ["cannot-tell", "cannot-tell", "wrong"]


def test_what_hides_below_the_noise_is_not_guessed_from_afar():
    """A loss of a few units in the last place: its penalty shows at huge steps, its slope never."""
    x = X[:6, :8]

    def loss(w):
        near = np.sin(w * C[:6, :8]).sum() + 0.05 * (w**2).sum()
        return np.float32(2.0**24 + 3 * near)

    hand = 3 * (C[:6, :8] * np.cos(x * C[:6, :8]) + 0.1 * x)
    assert check_gradients(loss, [x], [hand]).verdict == "cannot-tell"


def test_randomness_is_named():
    """Dropout without a seed: no verdict, and why."""
    rng = np.random.default_rng()
    loss = lambda x: wave(x * (rng.random(x.shape) < 0.5))  # noqa: E731 - a line says it all
    checked = check_gradients(loss, [X], [wave_gradient(X)])
    assert checked.verdict == "cannot-tell"
    assert checked.tensors[0].reason.startswith("randomness")


def test_a_function_that_changes_its_arguments_is_named_and_does_no_harm():
    """F may spoil its working copies: never the caller's arrays, and it is told."""

    def loss(x):
        x -= x.mean()
        return wave(x)

    before = X.copy()
    checked = check_gradients(loss, [X], [wave_gradient(X)])
    assert checked.tensors[0].reason == "f changes its own arguments"
    assert np.array_equal(X, before)


def test_nan_is_wrong_and_located_without_an_evaluation():
    """One nan in the gradient needs no reference."""
    hand = wave_gradient(X)
    hand[3, 4] = np.nan
    checked = check_gradients(wave, [X], [hand])
    assert (checked.verdict, checked.evaluations) == ("wrong", 0)
    assert checked.tensors[0].pattern.where == ((3, 4),)


def test_a_loss_that_is_nan_is_nobody_s_mistake():
    """Without a finite loss there is nothing to differentiate."""
    assert check_gradients(lambda _: np.nan, [X], [0 * X]).verdict == "cannot-tell"


def test_scalars_integers_and_empty_arrays_are_parameters_too():
    """Floats, 0-d arrays, integer arrays and arrays without entries."""
    arrays = [2.0, np.array(3.0), np.arange(4), np.zeros((0, 3))]
    hand = [3.0, 2.0, 2 * np.arange(4), np.zeros((0, 3))]
    checked = check_gradients(lambda a, b, c, e: a * b + (c**2).sum() + e.sum(), arrays, hand)
    assert checked.verdict == "right"


def test_memory_stays_near_one_copy_of_the_parameters():
    """Beside the working copy, no temporary of the parameters' size is made."""
    net = Net(sizes=(4000, 50, 1))
    hand = net.gradient()
    check_gradients(net, net.parameters, hand)
    tracemalloc.start()
    check_gradients(net, net.parameters, hand)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1.5 * net.parameters[0].nbytes  # measured: 1.13 here, 1.05 at 786,561 parameters


def test_complex_parameters_are_refused():
    """A complex array is told apart before anything is lost."""
    with pytest.raises(TypeError, match="complex"):
        check_gradients(wave, [np.ones(3)], [np.ones(3) * 1j])


def test_shapes_must_agree_before_any_arithmetic():
    """A gradient (n, 1) for (n,) never meets an evaluation."""
    with pytest.raises(ValueError, match="shapes"):
        check_gradients(wave, [np.ones(3)], [np.ones((3, 1))])


def test_a_map_like_callable_does_the_evaluations():
    """``workers`` may be any map; the verdict is the same as without."""
    calls = []

    def counted(function, tasks):
        calls.append(len(tasks := list(tasks)))
        return map(function, tasks)

    for sizes in (SMALL, LARGE):
        net = Net(**sizes)
        hand = net.gradient()
        hand[0][2] *= 2
        alone = check_gradients(net, net.parameters, hand)
        assert check_gradients(net, net.parameters, hand, workers=counted) == alone
        assert sum(calls) > 1
        calls.clear()


def test_processes_give_the_same_verdict():
    """Two worker processes, as SciPy's ``workers=2``."""
    tasks = [SQUARE[:3, :3]], [np.cos(SQUARE[:3, :3])]
    assert check_gradients(sine, *tasks, workers=2) == check_gradients(sine, *tasks)


def sine(x):
    """Sum the sines, in a function that a spawned process can import."""
    return np.sin(x).sum()


def test_the_same_seed_gives_the_same_report():
    """A check draws its directions from its seed alone."""
    net = Net(**LARGE)
    hand = net.gradient()
    hand[2][3] *= 1.1
    once, again = (check_gradients(net, net.parameters, hand, seed=5) for _ in range(2))
    assert once == again
