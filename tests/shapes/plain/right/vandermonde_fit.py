import numpy as np

t = np.linspace(0, 1, 9)
basis = t[:, None] ** np.arange(3)
y = 1 + 2 * t - t ** 2
coef = np.linalg.solve(basis.T @ basis, basis.T @ y)
print(coef.round(6))
