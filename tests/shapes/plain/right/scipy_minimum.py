import numpy as np
from scipy.optimize import minimize

rng = np.random.default_rng(0)
A = rng.normal(size=(20, 3)); b = A @ np.array([1.0, -2.0, 0.5])
def cost(theta):
    return 0.5 * np.mean((A @ theta - b) ** 2)
def slope(theta):
    return A.T @ (A @ theta - b) / len(b)
print(minimize(cost, np.zeros(3), jac=slope).x.round(4))
