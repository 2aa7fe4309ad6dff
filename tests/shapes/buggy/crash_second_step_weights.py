# crash: (d,1) - (d,) made the weights (d,d) in step 1, the loss of step 2 is no number
# expression: theta - alpha * g
# fixed: theta = theta - alpha * g.reshape(-1, 1)
import numpy as np

rng = np.random.RandomState(76)
X = rng.randn(15, 4)
y = rng.randn(15, 1)
theta = np.zeros((4, 1))
alpha = 0.1

for it in range(10):
    r = X.dot(theta) - y
    loss = r.T.dot(r).item() / 30
    g = X.T.dot(r[:, 0]) / 15
    theta = theta - alpha * g  # GL103
