import numpy as np


def forward_net(data, wanted, weights):
    hidden = np.tanh(data @ weights["first"])
    out = hidden @ weights["second"]
    return ((out - wanted) ** 2).sum(), {"hidden": hidden, "out": out, "w": weights}


def backward_net(data, wanted, kept):
    d = 2 * (kept["out"] - wanted)
    dh = d @ kept["w"]["second"].T * (1 - kept["hidden"] ** 2)
    return {"dsecond": kept["hidden"].T @ d, "dfirst": data.T @ dh}


rng = np.random.default_rng(3)
data, wanted = rng.normal(size=(6, 3)), rng.normal(size=(6, 2))
weights = {"first": rng.normal(size=(3, 4)), "second": rng.normal(size=(4, 2))}
cost, kept = forward_net(data, wanted, weights)
print(cost, backward_net(data, wanted, kept))
