# silent: predictions as a column
# expression: y_true - y_pred
import numpy as np


def r2_score(y_true, y_pred):
    ss_res = np.sum((y_true - y_pred) ** 2)  # GL102
    ss_tot = np.sum((y_true - np.mean(y_true)) ** 2)
    return 1 - ss_res / ss_tot


class LinearRegression:
    def fit(self, X, y):
        A = np.hstack([np.ones((len(X), 1)), X])
        self.coef = np.linalg.pinv(A) @ y.reshape(-1, 1)
        return self

    def predict(self, X):
        return np.hstack([np.ones((len(X), 1)), X]) @ self.coef


rng = np.random.default_rng(2)
X = rng.normal(size=(70, 3))
y = X @ np.array([1.0, -2.0, 0.5]) + 0.1 * rng.normal(size=70)
model = LinearRegression().fit(X[:50], y[:50])
print("R2", r2_score(y[50:], model.predict(X[50:])))
