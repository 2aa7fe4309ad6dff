# A Kalman filter: the state moves on by itself and is corrected by a gain, not by a gradient.
import numpy as np
rng = np.random.default_rng(1)
dt = 0.1
F = np.array([[1, dt], [0, 1]]); H = np.array([[1., 0.]])
Q = 0.01 * np.eye(2); R = np.array([[0.5]])
x = np.zeros((2, 1)); P = np.eye(2)
truth = np.array([[0.], [1.]])
errors = []
for t in range(200):
    truth = F @ truth
    z = H @ truth + rng.normal(0, 0.7, (1, 1))
    x = F @ x
    P = F @ P @ F.T + Q
    y = z - H @ x
    S = H @ P @ H.T + R
    K = P @ H.T @ np.linalg.inv(S)
    x = x + K @ y
    P = (np.eye(2) - K @ H) @ P
    errors.append(float(((x - truth) ** 2).sum()))
print(np.mean(errors))
