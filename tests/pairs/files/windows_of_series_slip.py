import numpy as np


def series_forward(x, w, b):
    n, t, c = x.shape
    k, _, f = w.shape
    out = np.zeros((n, t - k + 1, f))
    for i in range(t - k + 1):
        out[:, i] = np.einsum("nkc,kcf->nf", x[:, i : i + k], w) + b
    return out, (x, w)


def series_backward(dout, cache):
    x, w = cache
    k = w.shape[0]
    dx, dw = np.zeros_like(x), np.zeros_like(w)
    for i in range(dout.shape[1]):
        dx[:, i : i + k] += np.einsum("nf,kcf->nkc", dout[:, i], w)
        dw += np.einsum("nkc,nf->kcf", x[:, i : i + k], dout[:, i])
    return dx, dw, dout.sum(axis=(0, 2))  # wrong
