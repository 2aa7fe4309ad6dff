# silent: predictions as a column
# expression: mean - y_test
import numpy as np


def k(a, b):
    return np.exp(-0.5 * (a - b.T) ** 2)


rng = np.random.default_rng(0)
x_train = np.linspace(0, 6, 20).reshape(-1, 1)
y_train = np.sin(x_train) + 0.1 * rng.normal(size=(20, 1))
x_test = np.linspace(0, 6, 35).reshape(-1, 1)
y_test = np.sin(x_test).ravel()
K = k(x_train, x_train) + 0.01 * np.eye(20)
L = np.linalg.cholesky(K)
alpha = np.linalg.solve(L.T, np.linalg.solve(L, y_train))
mean = k(x_test, x_train) @ alpha
rmse = np.sqrt(np.mean((mean - y_test) ** 2))  # GL102
print("rmse", rmse)
