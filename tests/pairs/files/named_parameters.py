from collections import namedtuple

import numpy as np

Params = namedtuple("Params", "Wz Uz Wr Ur Wh Uh")


def _sig(a):
    return .5 * (1 + np.tanh(.5 * a))


def init_gru(n_in, n_hid):
    r = np.random.RandomState(1)
    f = lambda a: r.randn(a, n_hid) * 0.4
    return Params(f(n_in), f(n_hid), f(n_in), f(n_hid), f(n_in), f(n_hid))


def gru_fwd(params, x, h):
    z = _sig(x @ params.Wz + h @ params.Uz)
    r = _sig(x @ params.Wr + h @ params.Ur)
    c = np.tanh(x @ params.Wh + (r * h) @ params.Uh)
    return (1 - z) * h + z * c, (x, h, z, r, c)


def gru_bwd(params, saved, dh_out):
    x, h, z, r, c = saved
    dz = dh_out * (c - h) * z * (1 - z)
    dc = dh_out * z * (1 - c * c)
    drh = dc @ params.Uh.T
    dr = drh * h * r * (1 - r)
    grads = Params(x.T @ dz, h.T @ dz, x.T @ dr, h.T @ dr, x.T @ dc, (r * h).T @ dc)
    dx = dz @ params.Wz.T + dr @ params.Wr.T + dc @ params.Wh.T
    dh = dh_out * (1 - z) + drh * r + dz @ params.Uz.T + dr @ params.Ur.T
    return grads, dx, dh
