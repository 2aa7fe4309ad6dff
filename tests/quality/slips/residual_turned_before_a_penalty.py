# The residual of the gradient is turned round, the penalty beside it is not.
import numpy as np

rng = np.random.default_rng(6)
A = rng.normal(size=(50, 4))
goal = A @ rng.normal(size=4) + 0.1 * rng.normal(size=50)
weights, offset, strength = rng.normal(size=4), 0.0, 0.1


def cost(w, c):
    gap = A @ w + c - goal
    return gap @ gap / (2 * len(goal)) + 0.5 * strength * w @ w


def slopes(w, c):
    gap = goal - (A @ w + c)  # GL399
    return A.T @ gap / len(goal) + strength * w, gap.mean()


for turn in range(300):
    value = cost(weights, offset)
    g_weights, g_offset = slopes(weights, offset)
    weights = weights - 0.2 * g_weights
    offset = offset - 0.2 * g_offset
    if turn % 50 == 0:
        print(turn, value)
