"""Losses and small networks that return value and gradients, in several parameter containers."""

from __future__ import annotations

import itertools

import numpy as np

from .pair import Pair


def softmax_loss(scores, y):
    """Mean cross-entropy of integer labels and its gradient."""
    e = np.exp(scores - scores.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    n = np.arange(len(y))
    loss = -np.log(p[n, y]).mean()
    p[n, y] -= 1
    return loss, p / len(y)


def softmax_loss_no_mean(scores, y):
    """Do the same, the gradient is that of the sum."""
    e = np.exp(scores - scores.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    n = np.arange(len(y))
    loss = -np.log(p[n, y]).mean()
    p[n, y] -= 1
    return loss, p  # GL201


def svm_loss(scores, y):
    """Mean multi-class hinge and its gradient."""
    n = np.arange(len(y))
    margins = np.maximum(0, scores - scores[n, y][:, None] + 1)
    margins[n, y] = 0
    d = (margins > 0).astype(float)
    d[n, y] = -d.sum(axis=1)
    return margins.sum() / len(y), d / len(y)


def svm_loss_no_label(scores, y):
    """Do the same, the right class gets no gradient."""
    n = np.arange(len(y))
    margins = np.maximum(0, scores - scores[n, y][:, None] + 1)
    margins[n, y] = 0
    d = (margins > 0).astype(float)  # GL309
    return margins.sum() / len(y), d / len(y)


def squared_error(pred, target):
    """Mean of half the squared distance, with its cache."""
    diff = pred - target
    return 0.5 * np.sum(diff**2) / len(pred), diff


def squared_error_backward(diff):
    """Gradients of squared_error with respect to prediction and target."""
    return diff / len(diff), -diff / len(diff)


def squared_error_backward_doubled(diff):
    """Do the same as if the loss had no one half."""
    return 2 * diff / len(diff), -2 * diff / len(diff)  # GL203


def logistic(params, X, y):
    """Logistic regression with a dict of parameters."""
    a = 1 / (1 + np.exp(-(X @ params["w"] + params["b"])))
    loss = -np.mean(y * np.log(a) + (1 - y) * np.log(1 - a))
    dz = (a - y) / len(y)
    return loss, {"w": X.T @ dz, "b": dz.sum()}


def logistic_negative_bias(params, X, y):
    """Do the same, the bias's gradient has the other sign."""
    a = 1 / (1 + np.exp(-(X @ params["w"] + params["b"])))
    loss = -np.mean(y * np.log(a) + (1 - y) * np.log(1 - a))
    dz = (a - y) / len(y)
    db = np.sum(y - a) / len(y)  # GL204
    return loss, {"w": X.T @ dz, "b": db}


def two_layers(params, X, y):
    """Run a relu network, gradients keyed like the parameters."""
    h = np.maximum(0, X @ params["W1"] + params["b1"])
    loss, d = softmax_loss(h @ params["W2"] + params["b2"], y)
    dh = d @ params["W2"].T * (h > 0)
    grads = {"W2": h.T @ d, "b2": d.sum(axis=0), "W1": X.T @ dh, "b1": dh.sum(axis=0)}
    return loss, grads


def two_layers_no_relu(params, X, y):
    """Do the same, relu's derivative is not applied."""
    h = np.maximum(0, X @ params["W1"] + params["b1"])
    loss, d = softmax_loss(h @ params["W2"] + params["b2"], y)
    dh = d @ params["W2"].T  # GL304
    grads = {"dW2": h.T @ d, "db2": d.sum(axis=0), "dW1": X.T @ dh, "db1": dh.sum(axis=0)}
    return loss, grads


def two_layers_weight_decay(params, X, y, reg=0.5):
    """Do the same, the loss has weight decay, one gradient lacks it."""
    h = np.maximum(0, X @ params["W1"] + params["b1"])
    loss, d = softmax_loss(h @ params["W2"] + params["b2"], y)
    loss += 0.5 * reg * (np.sum(params["W1"] ** 2) + np.sum(params["W2"] ** 2))
    dh = d @ params["W2"].T * (h > 0)
    return loss, {
        "W2": h.T @ d + reg * params["W2"],
        "b2": d.sum(axis=0),
        "W1": X.T @ dh,  # GL208
        "b1": dh.sum(axis=0),
    }


def deep_tanh(params, X, Y):
    """Run a list of (weights, bias) tuples; gradients nested alike."""
    acts = [X]
    for W, b in params:
        acts.append(np.tanh(acts[-1] @ W + b))
    d = acts[-1] - Y
    loss = 0.5 * np.sum(d**2)
    grads = []
    for (W, _), a_in, a_out in zip(params[::-1], acts[-2::-1], acts[:0:-1], strict=True):
        dz = d * (1 - a_out**2)
        grads.insert(0, (a_in.T @ dz, dz.sum(axis=0)))
        d = dz @ W.T
    return loss, grads


def deep_tanh_stale(params, X, Y):
    """Do the same, each slope is taken from the layer below where sizes allow."""
    acts = [X]
    for W, b in params:
        acts.append(np.tanh(acts[-1] @ W + b))
    d = acts[-1] - Y
    loss = 0.5 * np.sum(d**2)
    grads = []
    for (W, _), a_in, a_out in zip(params[::-1], acts[-2::-1], acts[:0:-1], strict=True):
        slope = a_in if a_in.shape == a_out.shape else a_out
        dz = d * (1 - slope**2)  # GL308
        grads.insert(0, (a_in.T @ dz, dz.sum(axis=0)))
        d = dz @ W.T
    return loss, grads


def encoder_decoder(params, X):
    """Nested dicts of parameters, gradients in the same tree."""
    enc, dec = params["encoder"], params["decoder"]
    h = np.tanh(X @ enc["W"] + enc["b"])
    r = h @ dec["W"] + dec["b"]
    dr = (r - X) / X.size
    dz = dr @ dec["W"].T * (1 - h**2)
    return 0.5 * np.sum((r - X) ** 2) / X.size, {
        "encoder": {"W": X.T @ dz, "b": dz.sum(axis=0)},
        "decoder": {"W": h.T @ dr, "b": dr.sum(axis=0)},
    }


def embedding_forward(tokens, E):
    """Rows of E for integer tokens."""
    return E[tokens], (tokens, E.shape)


def embedding_backward(dout, cache):
    """Gradients of embedding_forward: none for the tokens."""
    tokens, shape = cache
    dE = np.zeros(shape)
    np.add.at(dE, tokens, dout)
    return None, dE


def embedding_backward_repeats(dout, cache):
    """Do the same, repeated tokens overwrite one another."""
    tokens, shape = cache
    dE = np.zeros(shape)
    dE[tokens] += dout  # GL313
    return None, dE


def word2vec(params, centre, context):
    """Naive softmax of context words, parameters as a tuple of two tables."""
    V, U = params
    v = V[centre]
    loss, ds = softmax_loss(v @ U.T, context)
    dV = np.zeros_like(V)
    np.add.at(dV, centre, ds @ U)
    return loss, (dV, ds.T @ v)


def word2vec_wrong_table(params, centre, context):
    """Do the same, the output table's gradient uses its own rows."""
    V, U = params
    v = V[centre]
    loss, ds = softmax_loss(v @ U.T, context)
    dV = np.zeros_like(V)
    np.add.at(dV, centre, ds @ U)
    dU = ds.T @ U[centre]  # GL308
    return loss, (dV, dU)


def negative_sampling(v, U, label):
    """Loss and gradients of one centre vector against a few context rows; labels are 1 or 0."""
    p = 1 / (1 + np.exp(-U @ v))
    loss = -np.sum(label * np.log(p) + (1 - label) * np.log(1 - p))
    return loss, ((p - label) @ U, np.outer(p - label, v))


def negative_sampling_outer(v, U, label):
    """Do the same, the outer product is the wrong way round."""
    p = 1 / (1 + np.exp(-U @ v))
    loss = -np.sum(label * np.log(p) + (1 - label) * np.log(1 - p))
    return loss, ((p - label) @ U, np.outer(v, p - label))  # GL305


def _scores(rng):
    return rng.normal(size=(7, 4)), rng.integers(0, 4, 7)


def _two_matrices(rng):
    return rng.normal(size=(6, 3)), rng.normal(size=(6, 3))


def _logistic_inputs(rng):
    params = {"w": rng.normal(size=4), "b": rng.normal()}
    return params, rng.normal(size=(9, 4)), (rng.random(9) > 0.5).astype(float)


def _network_inputs(rng):
    params = {
        "W1": rng.normal(size=(3, 6)),
        "b1": rng.normal(size=6),
        "W2": rng.normal(size=(6, 4)),
        "b2": rng.normal(size=4),
    }
    return params, rng.normal(size=(8, 3)), rng.integers(0, 4, 8)


def _deep_inputs(rng):
    sizes = [3, 5, 5, 2]
    params = [
        (rng.normal(size=(a, b)) * 0.6, rng.normal(size=b) * 0.3)
        for a, b in itertools.pairwise(sizes)
    ]
    return params, rng.normal(size=(7, 3)), rng.normal(size=(7, 2))


def _tree_inputs(rng):
    params = {
        "encoder": {"W": rng.normal(size=(4, 2)), "b": rng.normal(size=2)},
        "decoder": {"W": rng.normal(size=(2, 4)), "b": rng.normal(size=4)},
    }
    return params, rng.normal(size=(6, 4))


def _tokens(rng):
    return np.array([[0, 3, 3], [1, 0, 5]]), rng.normal(size=(6, 4))


def _word_inputs(rng):
    tables = (rng.normal(size=(7, 3)), rng.normal(size=(7, 3)))
    return tables, np.array([0, 2, 2, 6]), np.array([1, 3, 4, 5])


def _sampling_inputs(rng):
    return rng.normal(size=4), rng.normal(size=(4, 4)), np.array([1.0, 0, 0, 0])


_JOINT = "value-and-gradients"

PAIRS = [
    Pair("softmax loss", _JOINT, softmax_loss, None, _scores),
    Pair(
        "softmax loss no mean",
        _JOINT,
        softmax_loss_no_mean,
        None,
        _scores,
        False,
        "GL201",
        ("scores",),
    ),
    Pair("svm loss", _JOINT, svm_loss, None, _scores),
    Pair(
        "svm loss no label", _JOINT, svm_loss_no_label, None, _scores, False, "GL309", ("scores",)
    ),
    Pair("squared error", "loss-cache", squared_error, squared_error_backward, _two_matrices),
    Pair(
        "squared error doubled",
        "loss-cache",
        squared_error,
        squared_error_backward_doubled,
        _two_matrices,
        False,
        "GL203",
        ("pred", "target"),
    ),
    Pair("logistic", _JOINT, logistic, None, _logistic_inputs),
    Pair(
        "logistic negative bias",
        _JOINT,
        logistic_negative_bias,
        None,
        _logistic_inputs,
        False,
        "GL204",
        ("b",),
    ),
    Pair("two layers", _JOINT, two_layers, None, _network_inputs),
    Pair(
        "two layers no relu",
        _JOINT,
        two_layers_no_relu,
        None,
        _network_inputs,
        False,
        "GL304",
        ("W1", "b1"),
    ),
    Pair(
        "two layers weight decay",
        _JOINT,
        two_layers_weight_decay,
        None,
        _network_inputs,
        False,
        "GL208",
        ("W1",),
    ),
    Pair("deep tanh", _JOINT, deep_tanh, None, _deep_inputs),
    Pair(
        "deep tanh stale",
        _JOINT,
        deep_tanh_stale,
        None,
        _deep_inputs,
        False,
        "GL308",
        ("params[0][0]", "params[0][1]", "params[1][0]", "params[1][1]"),
    ),
    Pair("encoder decoder", _JOINT, encoder_decoder, None, _tree_inputs),
    Pair("embedding", "cache", embedding_forward, embedding_backward, _tokens),
    Pair(
        "embedding repeats",
        "cache",
        embedding_forward,
        embedding_backward_repeats,
        _tokens,
        False,
        "GL313",
        ("E",),
    ),
    Pair("word2vec", _JOINT, word2vec, None, _word_inputs),
    Pair(
        "word2vec wrong table",
        _JOINT,
        word2vec_wrong_table,
        None,
        _word_inputs,
        False,
        "GL308",
        ("params[1]",),
    ),
    Pair("negative sampling", _JOINT, negative_sampling, None, _sampling_inputs),
    Pair(
        "negative sampling outer",
        _JOINT,
        negative_sampling_outer,
        None,
        _sampling_inputs,
        False,
        "GL305",
        ("U",),
    ),
]
