import numpy as np

def train(X, y, rounds=300):
    w, c = np.zeros((X.shape[1], 1)), 0.0
    history = []
    for i in range(rounds):
        p = 1 / (1 + np.exp(-(X @ w + c)))
        g = (p - y) / len(y)
        w -= 0.5 * X.T @ g
        c -= 0.5 * g.sum()
        history.append(float(-np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))))
    return w, c, history

rng = np.random.default_rng(3)
X = rng.normal(size=(80, 5))
y = (X[:, :1] + 0.3 * rng.normal(size=(80, 1)) > 0).astype(float)
w, c, history = train(X, y)
hard = (X @ w + c > 0).astype(float)
labels = y.ravel()
print("accuracy", (hard == labels).mean())  # GL102
epochs = np.arange(300)
trend = np.polyfit(epochs, history, 1)
