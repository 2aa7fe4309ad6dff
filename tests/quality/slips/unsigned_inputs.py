# One sample at a time: the inputs lose their sign, which a first positive sample does not show.
import numpy as np

rng = np.random.default_rng(2)
data = rng.normal(size=(40, 2))
data[0] = np.abs(data[0])
target = np.where(data @ np.array([1.0, -2.0]) > 0.3, 1.0, -1.0)
w, theta, eta = np.zeros(2), 0.0, 0.01
for epoch in range(20):
    for i in range(len(data)):
        activation = np.dot(w, data[i]) + theta
        error = target[i] - activation
        w += eta * error * abs(data[i])  # GL204, GL399
        theta += eta * error
