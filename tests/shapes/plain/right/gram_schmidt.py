import numpy as np

rng = np.random.default_rng(0)
V = rng.normal(size=(5, 5))
Q = np.zeros_like(V)
for j in range(5):
    q = V[:, j] - Q @ (Q.T @ V[:, j])
    Q[:, j] = q / np.linalg.norm(q)
print(np.allclose(Q.T @ Q, np.eye(5)))
