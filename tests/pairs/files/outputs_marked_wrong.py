import numpy as np


def squash(x):
    return 1 / (1 + np.exp(-x))


def slope_at(values):
    return values * (1 - values)


def gate_forward(x, W):
    return squash(x @ W)


def gate_backward(dg, x, W, g):
    dz = dg * slope_at(g)
    return dz @ W.T, x.T @ dz


def cell_forward(x, U):
    return np.tanh(x @ U)


def cell_backward(dc, x, U, c):
    dz = dc * (1.0 - c)  # wrong
    return dz @ U.T, x.T @ dz
