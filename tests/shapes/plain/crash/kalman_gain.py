# crash: a transpose forgotten
# expression: H @ P @ H
# says: H\.T
import numpy as np

F = np.array([[1, 0.1], [0, 1]])
H = np.array([[1.0, 0.0]])
Q, R = 0.01 * np.eye(2), np.array([[0.5]])
x, P = np.zeros((2, 1)), np.eye(2)
for z in [0.1, 0.25, 0.3, 0.5]:
    x = F @ x
    P = F @ P @ F.T + Q
    S = H @ P @ H + R  # GL106
    K = P @ H.T @ np.linalg.inv(S)
    x = x + K @ (np.array([[z]]) - H @ x)
    P = (np.eye(2) - K @ H) @ P
print(x)
