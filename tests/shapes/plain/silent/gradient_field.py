# silent: a potential as a column
# expression: phi - phi_old
import numpy as np

n = 31
x = np.linspace(-1, 1, n)
rho = np.where(np.abs(x) < 0.3, 1.0, 0.0)
h = x[1] - x[0]
A = (np.diag(-2 * np.ones(n)) + np.diag(np.ones(n - 1), 1) + np.diag(np.ones(n - 1), -1)) / h**2
phi_old = np.zeros(n)
phi = np.linalg.solve(A, -rho.reshape(n, 1))
change = np.max(np.abs(phi - phi_old))  # GL102
residual = A @ phi + rho  # GL102
print(change, np.linalg.norm(residual))
