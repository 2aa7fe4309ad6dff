# silent: labels as a column, behind training
# expression: guess == y_test
import numpy as np

rng = np.random.default_rng(0)
X = rng.normal(size=(80, 4))
y = (X[:, :1] * X[:, 1:2] > 0).astype(int)
X_train, X_test, y_train, y_test = X[:60], X[60:], y[:60], y[60:]
W1, b1 = rng.normal(size=(4, 6)) * 0.5, np.zeros(6)
W2, b2 = rng.normal(size=(6, 2)) * 0.5, np.zeros(2)
T = np.eye(2)[y_train[:, 0]]


def forward(X):
    H = np.tanh(X @ W1 + b1)
    Z = H @ W2 + b2
    E = np.exp(Z - Z.max(axis=1, keepdims=True))
    return H, E / E.sum(axis=1, keepdims=True)


for epoch in range(300):
    H, P = forward(X_train)
    loss = -np.mean(np.sum(T * np.log(P), axis=1))
    dZ = (P - T) / len(T)
    dH = dZ @ W2.T * (1 - H**2)
    W2 -= 0.5 * H.T @ dZ
    b2 -= 0.5 * dZ.sum(axis=0)
    W1 -= 0.5 * X_train.T @ dH
    b1 -= 0.5 * dH.sum(axis=0)

guess = forward(X_test)[1].argmax(axis=1)
accuracy = np.mean(guess == y_test)  # GL102
print("loss", loss, "accuracy", accuracy)
