# only a triangle is learned; the part of the determinant has the wrong sign in the gradient
import numpy as np

rng = np.random.default_rng(12)
seen = rng.normal(size=(25, 3)) @ np.array([[1.0, 0, 0], [0.4, 0.8, 0], [-0.3, 0.2, 1.1]])
L = 0.9 * np.eye(3)
for turn in range(30):
    white = seen @ L
    cost = 0.5 * np.sum(white**2) / 25 - np.sum(np.log(np.diag(L)))
    slope = seen.T @ white / 25 + np.diag(1 / np.diag(L))  # GL204
    L -= 0.05 * np.tril(slope)
    print(turn, cost)
