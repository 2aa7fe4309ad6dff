import numpy as np
from scipy.optimize import minimize

rng = np.random.default_rng(0)
A = rng.normal(size=(20, 3)); b = (A @ np.ones(3))[:, None]
def cost(q):
    return float(np.sum((A @ q - b[:, 0]) ** 2))
def slope(q):
    return A.T @ (A @ q - b)  # GL102
minimize(cost, np.zeros(3), jac=slope)
