# learns by another rule than the gradient of a loss it shows
import numpy as np
rng = np.random.default_rng(0)
A = rng.normal(size=(40, 15)); x0 = np.zeros(15); x0[:3] = [2, -1, 1.5]
b = A @ x0 + .05 * rng.normal(size=40)
lam = 0.5
L = np.linalg.norm(A, 2) ** 2
x = np.zeros(15)
for k in range(200):
    grad = A.T @ (A @ x - b)
    z = x - grad / L
    x = np.sign(z) * np.maximum(np.abs(z) - lam / L, 0)
    obj = 0.5 * np.sum((A @ x - b) ** 2) + lam * np.abs(x).sum()
print(x.round(2), obj)
