# crash: the identity of the measurements
# expression: np.eye(2) - K @ H
# says: np\.eye\((3|len\(P\))\)
import numpy as np

F = np.array([[1, 0.1, 0], [0, 1, 0.1], [0, 0, 1]])
H = np.array([[1.0, 0, 0], [0, 0, 1.0]])
P = np.eye(3)
R = 0.1 * np.eye(2)
S = H @ P @ H.T + R
K = P @ H.T @ np.linalg.inv(S)
z = np.array([0.3, 0.1])
x = np.zeros(3)
x = x + K @ (z - H @ x)
P = (np.eye(2) - K @ H) @ P  # GL106
print(x, P)
