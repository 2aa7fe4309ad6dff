# ratings by rows: Q learns from the row of P that has just been changed
import numpy as np
rng = np.random.default_rng(0)
R = rng.integers(1, 6, (8, 7)).astype(float); R[rng.random(R.shape) < .3] = 0
P, Q = rng.random((8, 3)), rng.random((7, 3))
for it in range(50):
    for i in range(8):
        for j in range(7):
            if R[i, j] > 0:
                e = R[i, j] - P[i] @ Q[j]
                P[i] += .01*(2*e*Q[j] - .02*P[i])
                Q[j] += .01*(2*e*P[i] - .02*Q[j])  # GL307
