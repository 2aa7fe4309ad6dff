import numpy as np

rng = np.random.default_rng(0)
cost = rng.random((5, 5))
K = np.exp(-cost / 0.1)
u = np.ones(5)
for _ in range(50):
    v = 0.2 / (K.T @ u)
    u = 0.2 / (K @ v)
plan = u[:, None] * K * v
print(plan.sum(axis=0), plan.sum(axis=1))
