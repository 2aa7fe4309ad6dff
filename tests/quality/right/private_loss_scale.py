# right: the loss printed is a sum over outputs and a mean over samples times 100, for readability only
import numpy as np

rng = np.random.default_rng(131)
angles = rng.uniform(-np.pi, np.pi, (60, 1))
goal = np.hstack([np.cos(angles), np.sin(2 * angles)])

hidden = {"w": rng.normal(0, 1.0, (1, 14)), "b": rng.normal(0, 1.0, 14)}
output = {"w": rng.normal(0, 0.3, (14, 2)), "b": np.zeros(2)}


def forward(x):
    a = np.arctan(x @ hidden["w"] + hidden["b"])
    return a, a @ output["w"] + output["b"]


def backward(x, a, error):
    g_out = {"w": a.T @ error, "b": error.sum(axis=0)}
    inner = (error @ output["w"].T) / (1 + (x @ hidden["w"] + hidden["b"]) ** 2)
    return {"w": x.T @ inner, "b": inner.sum(axis=0)}, g_out


for lap in range(2000):
    a, guess = forward(angles)
    error = guess - goal
    percent = 100 * np.sum(error ** 2) / len(error)
    g_hid, g_out = backward(angles, a, error / error.size)
    for layer, grads in ((hidden, g_hid), (output, g_out)):
        for key in layer:
            layer[key] -= 0.2 * grads[key]
    if lap % 400 == 0:
        print("lap", lap, "misfit", percent)
