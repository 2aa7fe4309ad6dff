# silent: a flat measurement against a column state
# expression: z - H @ x
import numpy as np

rng = np.random.default_rng(0)
dt = 0.1
F = np.array([[1, 0, dt, 0], [0, 1, 0, dt], [0, 0, 1, 0], [0, 0, 0, 1]])
H = np.array([[1.0, 0, 0, 0], [0, 1, 0, 0]])
Q, R = 0.01 * np.eye(4), 0.5 * np.eye(2)
x = np.zeros((4, 1))
P = np.eye(4)
measurements = np.cumsum(rng.normal(size=(30, 2)), axis=0)

track = []
for z in measurements:
    x = F @ x
    P = F @ P @ F.T + Q
    y = z - H @ x  # GL102
    S = H @ P @ H.T + R
    K = P @ H.T @ np.linalg.inv(S)
    x = x + K @ y
    P = (np.eye(4) - K @ H) @ P
    track.append(x[:2, 0])
print(np.array(track)[-1])
