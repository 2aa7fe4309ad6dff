# silent: r2 of a column and a row, behind training
# expression: y_val - pred
import numpy as np


class Model:
    def __init__(self, d):
        self.w, self.b = np.zeros((d, 1)), 0.0

    def predict(self, X):
        return X @ self.w + self.b

    def fit(self, X, y, lr=0.1, steps=200):
        for _ in range(steps):
            r = self.predict(X) - y
            self.w -= lr * 2 * X.T @ r / len(X)
            self.b -= lr * 2 * r.mean()


rng = np.random.default_rng(1)
X = rng.normal(size=(50, 3))
y = X @ np.array([1.0, 0.5, -1.0]) + 0.1 * rng.normal(size=50)
X_fit, X_val, y_fit, y_val = X[:40], X[40:], y[:40], y[40:]
model = Model(3)
model.fit(X_fit, y_fit[:, None])
pred = model.predict(X_val)
r2 = 1 - ((y_val - pred) ** 2).sum() / ((y_val - y_val.mean()) ** 2).sum()  # GL102
print("R2", r2)
