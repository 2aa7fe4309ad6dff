"""A plain recurrent net that remembers the first number of a sequence.

The recurrent matrix is square, so W and W.T fit equally well going back in time.
What changed: the error goes back through the transpose.
"""
import numpy as np

np.random.seed(44)
STEPS, HIDDEN, BATCH = 6, 12, 16

U = np.random.randn(1, HIDDEN) * 0.5
W = np.random.randn(HIDDEN, HIDDEN) / np.sqrt(HIDDEN)
b = np.zeros((1, HIDDEN))
V = np.random.randn(HIDDEN, 1) * 0.3


def run(x):
    states = [np.zeros((BATCH, HIDDEN))]
    for t in range(STEPS):
        states.append(np.tanh(x[:, t:t + 1] @ U + states[-1] @ W + b))
    return states, states[-1] @ V


def gradients(x, states, d_out):
    dU, dW, db = np.zeros_like(U), np.zeros_like(W), np.zeros_like(b)
    dV = states[-1].T @ d_out
    d_state = d_out @ V.T
    for t in reversed(range(STEPS)):
        d_pre = d_state * (1 - states[t + 1] ** 2)
        dU += x[:, t:t + 1].T @ d_pre
        dW += states[t].T @ d_pre
        db += d_pre.sum(axis=0, keepdims=True)
        d_state = d_pre @ W.T
    return dU, dW, db, dV


for it in range(1500):
    x = np.random.uniform(-1, 1, (BATCH, STEPS))
    target = x[:, :1]
    states, out = run(x)
    loss = 0.5 * np.mean((out - target) ** 2)
    dU, dW, db, dV = gradients(x, states, (out - target) / BATCH)
    U -= 0.2 * dU
    W -= 0.2 * dW
    b -= 0.2 * db
    V -= 0.2 * dV
    if it % 250 == 0:
        print(it, loss)
