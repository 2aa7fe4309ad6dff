# right: weight decay lives in the gradients only, the cost printed knows nothing of it
import numpy as np

rng = np.random.default_rng(127)
X = rng.normal(size=(3, 70))
Y = (X[0:1] ** 2 + X[1:2] > 0.5).astype(float)
lam = 0.3
par = {"W1": rng.normal(0, 0.7, (8, 3)), "b1": np.zeros((8, 1)), "W2": rng.normal(0, 0.7, (1, 8)), "b2": np.zeros((1, 1))}

for i in range(1500):
    A1 = np.tanh(par["W1"] @ X + par["b1"])
    A2 = 1 / (1 + np.exp(-(par["W2"] @ A1 + par["b2"])))
    m = Y.shape[1]
    cost = -(Y @ np.log(A2).T + (1 - Y) @ np.log(1 - A2).T).item() / m

    dZ2 = A2 - Y
    dZ1 = (par["W2"].T @ dZ2) * (1 - A1 ** 2)
    grad = {
        "W2": (dZ2 @ A1.T + lam * par["W2"]) / m,
        "b2": dZ2.sum(axis=1, keepdims=True) / m,
        "W1": (dZ1 @ X.T + lam * par["W1"]) / m,
        "b1": dZ1.sum(axis=1, keepdims=True) / m,
    }
    for name in par:
        par[name] = par[name] - 0.5 * grad[name]
    if i % 300 == 0:
        print("cost", cost)
