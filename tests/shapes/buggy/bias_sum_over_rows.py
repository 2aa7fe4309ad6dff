# silent: bias gradient summed over the features, batch equals hidden
# expression: np.sum(dZ1, axis=0, keepdims=True)
# fixed: db1 = np.sum(dZ1, axis=1, keepdims=True)
import numpy as np

np.random.seed(13)
n_x, n_h, n_y, m = 4, 6, 1, 6
X = np.random.randn(n_x, m)
Y = (np.random.rand(n_y, m) > 0.5).astype(float)
params = {
    "W1": np.random.randn(n_h, n_x) * 0.4,
    "b1": np.zeros((n_h, 1)),
    "W2": np.random.randn(n_y, n_h) * 0.4,
    "b2": np.zeros((n_y, 1)),
}

for i in range(30):
    Z1 = params["W1"] @ X + params["b1"]
    A1 = np.tanh(Z1)
    A2 = 1 / (1 + np.exp(-(params["W2"] @ A1 + params["b2"])))
    cost = -np.sum(Y * np.log(A2) + (1 - Y) * np.log(1 - A2)) / m

    dZ2 = (A2 - Y) / m
    dW2 = dZ2 @ A1.T
    db2 = np.sum(dZ2, axis=1, keepdims=True)
    dZ1 = params["W2"].T @ dZ2 * (1 - A1 ** 2)
    dW1 = dZ1 @ X.T
    db1 = np.sum(dZ1, axis=0, keepdims=True)  # GL206, GL104
    grads = {"W1": dW1, "b1": db1.reshape(n_h, 1), "W2": dW2, "b2": db2}
    for k in params:
        params[k] = params[k] - 0.2 * grads[k]
