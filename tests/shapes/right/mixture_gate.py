# right: a (n,1) gate scales (n,d) experts, gate gradient summed over the features
import numpy as np

rng = np.random.default_rng(31)
n = d = 5
X = rng.normal(size=(n, 3))
T = rng.normal(size=(n, d))
wg = rng.normal(size=(3, 1))
Wa = rng.normal(size=(3, d))
Wb = rng.normal(size=(3, d))

for step in range(25):
    gate = 1 / (1 + np.exp(-X @ wg))
    ea, eb = X @ Wa, X @ Wb
    out = gate * ea + (1 - gate) * eb
    loss = 0.5 * np.sum((out - T) ** 2)
    dout = out - T
    dgate = np.sum(dout * (ea - eb), axis=1, keepdims=True)
    dzg = dgate * gate * (1 - gate)
    wg -= 0.02 * X.T @ dzg
    Wa -= 0.02 * X.T @ (gate * dout)
    Wb -= 0.02 * X.T @ ((1 - gate) * dout)
