# right: the multiclass hinge loss has kinks; its mask counts the violated margins row by row
import numpy as np

rng = np.random.default_rng(8)


def hinge(W, X, y, weight):
    rows = np.arange(len(X))
    scores = X @ W
    excess = scores - scores[rows, y][:, None] + 1.0
    excess[rows, y] = 0.0
    violated = excess > 0
    value = excess[violated].sum() / len(X) + weight * (W * W).sum()

    blame = violated.astype(float)
    blame[rows, y] = -violated.sum(axis=1)
    slope = X.T @ blame / len(X) + 2 * weight * W
    return value, slope


corner = rng.integers(0, 4, 240)
points = rng.normal(size=(240, 2)) + 3 * np.array([[1, 1], [-1, 1], [-1, -1], [1, -1]])[corner]
data = np.c_[points, np.ones(240)]
W = 0.01 * rng.normal(size=(3, 4))

for turn in range(600):
    pick = rng.choice(240, 32, replace=False)
    value, slope = hinge(W, data[pick], corner[pick], 1e-3)
    W -= 0.05 * slope
    if turn % 100 == 0:
        hits = np.mean((data @ W).argmax(axis=1) == corner)
        print("turn %d  hinge %.4f  hits %.3f" % (turn, value, hits))
