# right: Nesterov: the gradient is taken at a point ahead of the weights, then the weights move
import numpy as np

rng = np.random.default_rng(118)
X = rng.normal(size=(80, 4))
y = np.sign(X[:, 0] * X[:, 1])[:, None]

W = rng.normal(0, 0.5, (4, 10))
v = rng.normal(0, 0.5, (10, 1))
speed_W, speed_v = np.zeros_like(W), np.zeros_like(v)
mu, lr = 0.9, 0.05


def loss_grad(W, v):
    h = np.tanh(X @ W)
    f = h @ v
    margin = -y * f
    loss = np.mean(np.logaddexp(0, margin))
    df = -y / (1 + np.exp(-margin)) / len(X)
    dv = h.T @ df
    dW = X.T @ ((df @ v.T) * (1 - h ** 2))
    return loss, dW, dv


for k in range(600):
    ahead_W = W + mu * speed_W
    ahead_v = v + mu * speed_v
    loss, dW, dv = loss_grad(ahead_W, ahead_v)
    speed_W = mu * speed_W - lr * dW
    speed_v = mu * speed_v - lr * dv
    W = W + speed_W
    v = v + speed_v
    if k % 100 == 0:
        print(k, loss)
