import numpy as np


def spatial_bn_forward(x, gamma, beta, bn_param):
    mode, eps, momentum = bn_param["mode"], bn_param.get("eps", 1e-5), bn_param.get("momentum", 0.9)
    N, C, H, W = x.shape
    rm = bn_param.get("running_mean", np.zeros(C))
    rv = bn_param.get("running_var", np.zeros(C))
    if mode == "train":
        mu = x.mean(axis=(0, 2, 3), keepdims=True)
        var = x.var(axis=(0, 2, 3), keepdims=True)
        bn_param["running_mean"] = momentum * rm + (1 - momentum) * mu.ravel()
        bn_param["running_var"] = momentum * rv + (1 - momentum) * var.ravel()
    else:
        mu, var = rm.reshape(1, C, 1, 1), rv.reshape(1, C, 1, 1)
    inv = 1 / np.sqrt(var + eps)
    xh = (x - mu) * inv
    return gamma.reshape(1, C, 1, 1) * xh + beta.reshape(1, C, 1, 1), (xh, inv, gamma)


def spatial_bn_backward(dout, cache):
    xh, inv, gamma = cache
    N, C, H, W = dout.shape
    m = N * H * W
    dgamma = (dout * xh).sum(axis=(0, 2, 3))
    dbeta = dout.sum(axis=(0, 2, 3))
    d = dout * gamma.reshape(1, C, 1, 1)
    dx = inv / m * (m * d - d.sum(axis=(0, 2, 3), keepdims=True) - xh * (d * xh).sum(axis=(0, 2, 3), keepdims=True))
    return dx, dgamma, dbeta
