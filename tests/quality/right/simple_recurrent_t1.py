# right: sequences of length one: the recurrent matrix gets exactly zero gradient, which is correct
import numpy as np

rng = np.random.default_rng(133)
U, W, V = rng.normal(0, 0.6, (2, 6)), rng.normal(0, 0.6, (6, 6)), rng.normal(0, 0.6, (6, 1))
b, c = np.zeros(6), np.zeros(1)
batch = rng.normal(size=(40, 1, 2))  # samples, steps, features
goal = np.tanh(batch[:, -1, :1] - batch[:, -1, 1:])


def unroll(x):
    states = [np.zeros((len(x), 6))]
    for t in range(x.shape[1]):
        states.append(np.tanh(x[:, t] @ U + states[t] @ W + b))
    return states


for it in range(800):
    states = unroll(batch)
    guess = states[-1] @ V + c
    loss = 0.5 * np.mean((guess - goal) ** 2)

    d = (guess - goal) / len(goal)
    dV, dc = states[-1].T @ d, d.sum(axis=0)
    dU, dW, db = np.zeros_like(U), np.zeros_like(W), np.zeros_like(b)
    ds = d @ V.T
    for t in reversed(range(batch.shape[1])):
        dz = ds * (1 - states[t + 1] ** 2)
        dU += batch[:, t].T @ dz
        dW += states[t].T @ dz
        db += dz.sum(axis=0)
        ds = dz @ W.T
    for p, g in zip((U, W, V, b, c), (dU, dW, dV, db, dc)):
        p -= 0.2 * g
    if it % 200 == 0:
        print(it, loss)
