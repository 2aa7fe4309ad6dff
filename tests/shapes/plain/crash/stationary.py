# crash: more equations than unknowns
# expression: np.linalg.solve(A, b)
# says: lstsq
import numpy as np

P = np.array([[0.9, 0.1, 0.0], [0.2, 0.7, 0.1], [0.0, 0.3, 0.7]])
A = np.vstack([P.T - np.eye(3), np.ones(3)])
b = np.array([0.0, 0.0, 0.0, 1.0])
pi = np.linalg.solve(A, b)  # GL106
print(pi, pi @ P)
