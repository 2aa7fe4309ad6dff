# silent: einsum output letters swapped, both sizes are 5
# expression: np.einsum('ni,nj->ji', x, dz)
# fixed: dW1 = np.einsum('ni,nj->ij', x, dz)
import numpy as np

rng = np.random.default_rng(34)
x = rng.normal(size=(9, 5))
y = rng.normal(size=(9, 2))
W1 = rng.normal(size=(5, 5)) * 0.4
W2 = rng.normal(size=(5, 2)) * 0.4

for step in range(20):
    a = np.tanh(np.einsum('ni,ij->nj', x, W1))
    out = np.einsum('nj,jk->nk', a, W2)
    loss = 0.5 * np.sum((out - y) ** 2)
    dout = out - y
    dW2 = np.einsum('nj,nk->jk', a, dout)
    dz = np.einsum('nk,jk->nj', dout, W2) * (1 - a ** 2)
    dW1 = np.einsum('ni,nj->ji', x, dz)  # GL305, GL104
    W1 -= 0.01 * dW1
    W2 -= 0.01 * dW2
