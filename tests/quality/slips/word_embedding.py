# Bag of two words to a class: words that occur twice in a batch lose a gradient; a missing mean on top.
import numpy as np

rng = np.random.default_rng(9)
vocab, dim, classes = 12, 5, 3
pairs = rng.integers(0, vocab, (32, 2))
labels = (pairs.sum(axis=1)) % classes

E = rng.normal(0, 0.5, (vocab, dim))
W = rng.normal(0, 0.5, (dim, classes))
b = np.zeros(classes)
lr = 0.5

for epoch in range(500):
    v = E[pairs[:, 0]] + E[pairs[:, 1]]
    scores = v @ W + b
    scores -= scores.max(axis=1, keepdims=True)
    probs = np.exp(scores)
    probs /= probs.sum(axis=1, keepdims=True)
    loss = -np.log(probs[np.arange(len(labels)), labels]).mean()

    dscores = probs.copy()
    dscores[np.arange(len(labels)), labels] -= 1
    dW = v.T @ dscores  # GL201
    db = dscores.sum(axis=0) / len(labels)
    dv = dscores @ W.T / len(labels)
    dE = np.zeros_like(E)
    dE[pairs[:, 0]] += dv  # GL313
    dE[pairs[:, 1]] += dv  # GL313

    E -= lr * dE
    W -= lr * dW
    b -= lr * db
    if epoch % 100 == 0:
        print(epoch, loss)
