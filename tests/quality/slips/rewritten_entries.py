# Entry after entry of a matrix is set to its step where it should have moved by it.
import numpy as np

rng = np.random.default_rng(61)
soil, yields = rng.normal(size=(18, 3)), rng.normal(size=(18, 2))
m, c = rng.normal(size=(3, 2)), np.zeros(2)
for season in range(20):
    miss = soil @ m + c - yields
    gm, gc = soil.T @ miss / 18, miss.mean(axis=0)
    for j in range(2):
        c[j] -= 0.2 * gc[j]
        for i in range(3):
            m[i, j] = -0.2 * gm[i, j]  # GL408
    print(season, np.sum(miss**2) / 36)
