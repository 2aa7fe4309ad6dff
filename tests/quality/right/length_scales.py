# right: the length scales of a Gaussian process by its marginal likelihood
import numpy as np
rng = np.random.default_rng(0)
x = np.linspace(0, 5, 15); y = np.sin(x) + .1 * rng.normal(size=15)
theta = np.log(np.array([1.0, 1.0, 0.1]))
D2 = (x[:, None] - x[None, :]) ** 2
for it in range(30):
    s2, l2, n2 = np.exp(2 * theta)
    E = np.exp(-.5 * D2 / l2)
    K = s2 * E + n2 * np.eye(15)
    L = np.linalg.cholesky(K)
    Ki = np.linalg.inv(K)
    a = Ki @ y
    nll = .5 * y @ a + np.log(np.diag(L)).sum() + 7.5 * np.log(2 * np.pi)
    M = Ki - np.outer(a, a)
    dK = [2 * s2 * E, s2 * E * D2 / l2, 2 * n2 * np.eye(15)]
    g = np.array([.5 * np.trace(M @ k) for k in dK])
    theta -= .02 * g
    if it % 10 == 0: print(it, nll, np.exp(theta))
