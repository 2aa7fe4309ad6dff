# crash: bias gradient is (h,) for a (h,1) bias, updated in place
# expression: params[name] -= lr * grads[name]
import numpy as np

np.random.seed(67)
m = 8
X = np.random.randn(3, m)
Y = np.random.randn(1, m)
params = {
    "W1": np.random.randn(4, 3) * 0.5,
    "b1": np.zeros((4, 1)),
    "W2": np.random.randn(1, 4) * 0.5,
}
lr = 0.1

for i in range(10):
    A1 = np.tanh(params["W1"] @ X + params["b1"])
    out = params["W2"] @ A1
    cost = 0.5 * np.mean((out - Y) ** 2)
    dout = (out - Y) / m
    dZ1 = params["W2"].T @ dout * (1 - A1 ** 2)
    grads = {
        "W1": dZ1 @ X.T,
        "b1": np.sum(dZ1, axis=1),  # also GL105
        "W2": dout @ A1.T,
    }
    for name in params:
        params[name] -= lr * grads[name]  # GL106
