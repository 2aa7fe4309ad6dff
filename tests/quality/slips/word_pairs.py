# Pairs of words: the gradient of a context word is made with itself, not with the word beside it.
import numpy as np
rng = np.random.default_rng(2)
V, D = 12, 5
X = rng.poisson(2.0, size=(V, V)) + 1.0
W, C = rng.normal(0, .1, (V, D)), rng.normal(0, .1, (V, D))
bw, bc = np.zeros(V), np.zeros(V)
hW, hC, hbw, hbc = np.ones((V, D)), np.ones((V, D)), np.ones(V), np.ones(V)
lr = 0.05
for epoch in range(4):
    J = 0
    for i in range(V):
        for j in range(V):
            f = min(1.0, (X[i, j] / 10) ** .75)
            diff = W[i] @ C[j] + bw[i] + bc[j] - np.log(X[i, j])
            J += 0.5 * f * diff ** 2
            gW = f * diff * C[j]; gC = f * diff * C[j]; gb = f * diff  # GL308 GL310
            W[i] -= lr * gW / np.sqrt(hW[i]); C[j] -= lr * gC / np.sqrt(hC[j])
            bw[i] -= lr * gb / np.sqrt(hbw[i]); bc[j] -= lr * gb / np.sqrt(hbc[j])
            hW[i] += gW ** 2; hC[j] += gC ** 2; hbw[i] += gb ** 2; hbc[j] += gb ** 2
    print(epoch, J)
