"""Recurrent steps, unrolled recurrences and attention, right and wrong."""

from __future__ import annotations

import numpy as np

from .pair import Pair


def sigmoid(x):
    """Logistic function."""
    return 1 / (1 + np.exp(-x))


def rnn_step_forward(x, h_prev, Wx, Wh, b):
    """One step of a tanh recurrence."""
    h = np.tanh(x @ Wx + h_prev @ Wh + b)
    return h, (x, h_prev, Wx, Wh, h)


def rnn_step_backward(dh, cache):
    """Gradients of rnn_step_forward."""
    x, h_prev, Wx, Wh, h = cache
    dz = dh * (1 - h**2)
    return dz @ Wx.T, dz @ Wh.T, x.T @ dz, h_prev.T @ dz, dz.sum(axis=0)


def rnn_step_backward_next_state(dh, cache):
    """Do the same, the recurrent weights use the new state."""
    x, _, Wx, Wh, h = cache
    dz = dh * (1 - h**2)
    dWh = h.T @ dz  # GL308
    return dz @ Wx.T, dz @ Wh.T, x.T @ dz, dWh, dz.sum(axis=0)


def rnn_step_backward_square(dh, cache):
    """Do the same, the square recurrent matrix is not transposed."""
    x, h_prev, Wx, Wh, h = cache
    dz = dh * (1 - h**2)
    dh_prev = dz @ Wh  # GL305
    return dz @ Wx.T, dh_prev, x.T @ dz, h_prev.T @ dz, dz.sum(axis=0)


def rnn_forward(x, h0, Wx, Wh, b):
    """Run the recurrence over (batch, time, features)."""
    h, caches, states = h0, [], []
    for t in range(x.shape[1]):
        h, cache = rnn_step_forward(x[:, t], h, Wx, Wh, b)
        states.append(h)
        caches.append(cache)
    return np.stack(states, axis=1), caches


def rnn_backward(dout, caches):
    """Gradients of rnn_forward."""
    x, h_prev, Wx, Wh, _ = caches[0]
    dx = np.zeros((len(x), len(caches), x.shape[1]))
    dWx, dWh, db = np.zeros_like(Wx), np.zeros_like(Wh), np.zeros(len(Wh))
    carried = np.zeros_like(h_prev)
    for t in reversed(range(len(caches))):
        step = rnn_step_backward(dout[:, t] + carried, caches[t])
        dx[:, t], carried = step[0], step[1]
        dWx, dWh, db = dWx + step[2], dWh + step[3], db + step[4]
    return dx, carried, dWx, dWh, db


def rnn_backward_no_carry(dout, caches):
    """Do the same, nothing flows from a step to the one before."""
    x, _, Wx, Wh, _ = caches[0]
    dx = np.zeros((len(x), len(caches), x.shape[1]))
    dWx, dWh, db = np.zeros_like(Wx), np.zeros_like(Wh), np.zeros(len(Wh))
    for t in reversed(range(len(caches))):
        step = rnn_step_backward(dout[:, t], caches[t])  # GL309
        dx[:, t], dh0 = step[0], step[1]
        dWx, dWh, db = dWx + step[2], dWh + step[3], db + step[4]
    return dx, dh0, dWx, dWh, db


def lstm_step_forward(x, h_prev, c_prev, Wx, Wh, b):
    """One LSTM step; state and cell stacked along the first axis."""
    i, f, o, g = np.split(x @ Wx + h_prev @ Wh + b, 4, axis=1)
    i, f, o, g = sigmoid(i), sigmoid(f), sigmoid(o), np.tanh(g)
    c = f * c_prev + i * g
    h = o * np.tanh(c)
    return np.stack([h, c]), (x, h_prev, c_prev, Wx, Wh, i, f, o, g, c)


def lstm_step_backward(dout, cache):
    """Gradients of lstm_step_forward."""
    x, h_prev, c_prev, Wx, Wh, i, f, o, g, c = cache
    dh, dc = dout
    do = dh * np.tanh(c)
    dc = dc + dh * o * (1 - np.tanh(c) ** 2)
    dz = np.hstack(
        [dc * g * i * (1 - i), dc * c_prev * f * (1 - f), do * o * (1 - o), dc * i * (1 - g**2)]
    )
    return dz @ Wx.T, dz @ Wh.T, dc * f, x.T @ dz, h_prev.T @ dz, dz.sum(axis=0)


def lstm_step_backward_no_cell(dout, cache):
    """Do the same, what comes back through the next cell is dropped."""
    x, h_prev, c_prev, Wx, Wh, i, f, o, g, c = cache
    dh = dout[0]
    do = dh * np.tanh(c)
    dc = dh * o * (1 - np.tanh(c) ** 2)  # GL309
    dz = np.hstack(
        [dc * g * i * (1 - i), dc * c_prev * f * (1 - f), do * o * (1 - o), dc * i * (1 - g**2)]
    )
    return dz @ Wx.T, dz @ Wh.T, dc * f, x.T @ dz, h_prev.T @ dz, dz.sum(axis=0)


def lstm_forward(x, h0, Wx, Wh, b):
    """Run the LSTM over (batch, time, features), cell starts at zero."""
    h, c, caches, states = h0, np.zeros_like(h0), [], []
    for t in range(x.shape[1]):
        (h, c), cache = lstm_step_forward(x[:, t], h, c, Wx, Wh, b)
        states.append(h)
        caches.append(cache)
    return np.stack(states, axis=1), caches


def lstm_backward(dout, caches):
    """Gradients of lstm_forward."""
    dx, sums = [], [0, 0, 0]
    dh, dc = np.zeros_like(dout[:, 0]), np.zeros_like(dout[:, 0])
    for t in reversed(range(len(caches))):
        back = lstm_step_backward(np.stack([dout[:, t] + dh, dc]), caches[t])
        dx.insert(0, back[0])
        dh, dc = back[1], back[2]
        sums = [total + part for total, part in zip(sums, back[3:], strict=True)]
    return np.stack(dx, axis=1), dh, *sums


def gru_step_forward(x, h_prev, W, U, V):
    """One GRU step: W and U hold the gates, V the candidate."""
    H = h_prev.shape[1]
    gates = sigmoid(x @ W[:, : 2 * H] + h_prev @ U)
    z, r = gates[:, :H], gates[:, H:]
    n = np.tanh(x @ W[:, 2 * H :] + (r * h_prev) @ V)
    h = (1 - z) * n + z * h_prev
    return h, (x, h_prev, W, U, V, z, r, n)


def gru_step_backward(dh, cache):
    """Gradients of gru_step_forward."""
    x, h_prev, W, U, V, z, r, n = cache
    dn = dh * (1 - z) * (1 - n**2)
    drh = dn @ V.T
    dz = dh * (h_prev - n) * z * (1 - z)
    dr = drh * h_prev * r * (1 - r)
    dgates = np.hstack([dz, dr])
    dW = x.T @ np.hstack([dgates, dn])
    dx = np.hstack([dgates, dn]) @ W.T
    dh_prev = dh * z + drh * r + dgates @ U.T
    return dx, dh_prev, dW, h_prev.T @ dgates, (r * h_prev).T @ dn


def gru_step_backward_no_leak(dh, cache):
    """Do the same, the direct path z * h_prev is not added."""
    x, h_prev, W, U, V, z, r, n = cache
    dn = dh * (1 - z) * (1 - n**2)
    drh = dn @ V.T
    dgates = np.hstack([dh * (h_prev - n) * z * (1 - z), drh * h_prev * r * (1 - r)])
    everything = np.hstack([dgates, dn])
    dh_prev = drh * r + dgates @ U.T  # GL309
    return everything @ W.T, dh_prev, x.T @ everything, h_prev.T @ dgates, (r * h_prev).T @ dn


def attention_forward(x, Wq, Wk, Wv):
    """Self-attention with one head over (time, features)."""
    Q, K, V = x @ Wq, x @ Wk, x @ Wv
    S = Q @ K.T / np.sqrt(K.shape[1])
    E = np.exp(S - S.max(axis=1, keepdims=True))
    A = E / E.sum(axis=1, keepdims=True)
    return A @ V, (x, Wq, Wk, Wv, Q, K, V, A)


def attention_backward(dout, cache):
    """Gradients of attention_forward."""
    x, Wq, Wk, Wv, Q, K, V, A = cache
    dA = dout @ V.T
    dV = A.T @ dout
    dS = A * (dA - (dA * A).sum(axis=1, keepdims=True)) / np.sqrt(K.shape[1])
    dQ = dS @ K
    dK = dS.T @ Q
    return dQ @ Wq.T + dK @ Wk.T + dV @ Wv.T, x.T @ dQ, x.T @ dK, x.T @ dV


def attention_backward_untransposed(dout, cache):
    """Do the same, the scores' gradient is not transposed for the keys."""
    x, Wq, Wk, Wv, Q, K, V, A = cache
    dA = dout @ V.T
    dV = A.T @ dout
    dS = A * (dA - (dA * A).sum(axis=1, keepdims=True)) / np.sqrt(K.shape[1])
    dQ = dS @ K
    dK = dS @ Q  # GL305
    return dQ @ Wq.T + dK @ Wk.T + dV @ Wv.T, x.T @ dQ, x.T @ dK, x.T @ dV


def attention_backward_unscaled(dout, cache):
    """Do the same without the division by the square root of the width."""
    x, Wq, Wk, Wv, Q, K, V, A = cache
    dA = dout @ V.T
    dS = A * (dA - (dA * A).sum(axis=1, keepdims=True))  # GL203
    dQ, dK, dV = dS @ K, dS.T @ Q, A.T @ dout
    return dQ @ Wq.T + dK @ Wk.T + dV @ Wv.T, x.T @ dQ, x.T @ dK, x.T @ dV


def _weights(rng, *shape):
    return rng.normal(size=shape) * 0.5


def _step_inputs(rng):
    return (
        _weights(rng, 5, 3),
        _weights(rng, 5, 4),
        _weights(rng, 3, 4),
        _weights(rng, 4, 4),
        _weights(rng, 4),
    )


def _sequence_inputs(rng):
    x, h0, Wx, Wh, b = _step_inputs(rng)
    return _weights(rng, len(x), 6, x.shape[1]), h0, Wx, Wh, b


def _lstm_step_inputs(rng):
    H = 2
    return (
        _weights(rng, 5, 3),
        _weights(rng, 5, H),
        _weights(rng, 5, H),
        _weights(rng, 3, 4 * H),
        _weights(rng, H, 4 * H),
        _weights(rng, 4 * H),
    )


def _lstm_inputs(rng):
    x, h0, _, Wx, Wh, b = _lstm_step_inputs(rng)
    return _weights(rng, len(x), 4, x.shape[1]), h0, Wx, Wh, b


def _gru_inputs(rng):
    H = 4
    return (
        _weights(rng, 5, 3),
        _weights(rng, 5, H),
        _weights(rng, 3, 3 * H),
        _weights(rng, H, 2 * H),
        _weights(rng, H, H),
    )


def _attention_inputs(rng):
    return _weights(rng, 6, 4) * 2, _weights(rng, 4, 3), _weights(rng, 4, 3), _weights(rng, 4, 5)


PAIRS = [
    Pair("rnn step", "cache", rnn_step_forward, rnn_step_backward, _step_inputs),
    Pair(
        "rnn step, new state",
        "cache",
        rnn_step_forward,
        rnn_step_backward_next_state,
        _step_inputs,
        False,
        "GL308",
        ("Wh",),
    ),
    Pair(
        "rnn step, square",
        "cache",
        rnn_step_forward,
        rnn_step_backward_square,
        _step_inputs,
        False,
        "GL305",
        ("h_prev",),
    ),
    Pair("rnn", "cache", rnn_forward, rnn_backward, _sequence_inputs),
    Pair(
        "rnn without carry",
        "cache",
        rnn_forward,
        rnn_backward_no_carry,
        _sequence_inputs,
        False,
        "GL309",
        ("x", "h0", "Wx", "Wh", "b"),
    ),
    Pair("lstm step", "cache", lstm_step_forward, lstm_step_backward, _lstm_step_inputs),
    Pair(
        "lstm step without cell",
        "cache",
        lstm_step_forward,
        lstm_step_backward_no_cell,
        _lstm_step_inputs,
        False,
        "GL309",
        ("x", "h_prev", "c_prev", "Wx", "Wh", "b"),
    ),
    Pair("lstm", "cache", lstm_forward, lstm_backward, _lstm_inputs),
    Pair("gru step", "cache", gru_step_forward, gru_step_backward, _gru_inputs),
    Pair(
        "gru step without leak",
        "cache",
        gru_step_forward,
        gru_step_backward_no_leak,
        _gru_inputs,
        False,
        "GL309",
        ("h_prev",),
    ),
    Pair("attention", "cache", attention_forward, attention_backward, _attention_inputs),
    Pair(
        "attention untransposed",
        "cache",
        attention_forward,
        attention_backward_untransposed,
        _attention_inputs,
        False,
        "GL305",
        ("x", "Wk"),
    ),
    Pair(
        "attention unscaled",
        "cache",
        attention_forward,
        attention_backward_unscaled,
        _attention_inputs,
        False,
        "GL203",
        ("x", "Wq", "Wk"),
    ),
]
