import numpy as np

rng = np.random.default_rng(0)
x, P = np.zeros(3), np.eye(3) * 4.0
for z in rng.normal(size=12):
    h = np.array([1.0, 0.5, 0.0])
    s = h @ P @ h + 0.3
    k = P @ h / s
    x = x + k * (z - h @ x)
    P = (np.eye(3) - k @ h) @ P  # GL306
print(P)
