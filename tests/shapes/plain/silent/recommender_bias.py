# silent: user means lined up with the items
# expression: R.mean(axis=1)
import numpy as np


class Baseline:
    def __init__(self, R):
        self.mu = R.mean()
        self.user = R.mean(axis=1)  # GL105
        self.residual = R - self.user

    def neighbours(self, u, k=3):
        sims = [self.cosine(u, v) for v in range(len(self.residual))]
        return np.argsort(sims)[::-1][1 : k + 1]

    def cosine(self, u, v):
        a, b = self.residual[u], self.residual[v]
        return a @ b / (np.linalg.norm(a) * np.linalg.norm(b) + 1e-9)


rng = np.random.default_rng(0)
R = rng.integers(1, 6, size=(10, 10)).astype(float)
model = Baseline(R)
print(model.neighbours(0))
