# right: (n,1,d) minus (1,k,d) on purpose, centres learned by soft assignment
import numpy as np

rng = np.random.default_rng(12)
X = rng.normal(size=(15, 2))
C = rng.normal(size=(4, 2))
lr = 0.02

for step in range(30):
    diff = X[:, None, :] - C[None, :, :]
    D2 = np.sum(diff ** 2, axis=2)
    E = np.exp(-(D2 - D2.min(axis=1, keepdims=True)))
    R = E / E.sum(axis=1, keepdims=True)
    loss = np.sum(D2.min(axis=1) - np.log(E.sum(axis=1)))
    dC = np.sum(R[:, :, None] * (-2) * diff, axis=0)
    C -= lr * dC
