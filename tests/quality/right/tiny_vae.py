# right: the noise of the reparametrisation is drawn in forward and kept; KL enters the gradient, not the printed loss
import numpy as np

np.random.seed(120)


class VAE:
    def __init__(self, d, k, hidden):
        s = lambda i, o: np.random.randn(i, o) / np.sqrt(i)
        self.We, self.Wm, self.Ws = s(d, hidden), s(hidden, k), 0.1 * s(hidden, k)
        self.Wd, self.Wo = s(k, hidden), s(hidden, d)

    def forward(self, x):
        self.x = x
        self.h = np.tanh(x @ self.We)
        self.mu, self.ls = self.h @ self.Wm, self.h @ self.Ws  # ls = log sigma
        self.eps = np.random.randn(*self.mu.shape)
        self.z = self.mu + np.exp(self.ls) * self.eps
        self.g = np.tanh(self.z @ self.Wd)
        self.y = 1 / (1 + np.exp(-self.g @ self.Wo))
        return -np.sum(x * np.log(self.y) + (1 - x) * np.log(1 - self.y)) / len(x)

    def backward(self, lr):
        n = len(self.x)
        dy = (self.y - self.x) / n
        dWo = self.g.T @ dy
        dg = (dy @ self.Wo.T) * (1 - self.g ** 2)
        dWd = self.z.T @ dg
        dz = dg @ self.Wd.T
        dmu = dz + self.mu / n
        dls = dz * self.eps * np.exp(self.ls) + (np.exp(2 * self.ls) - 1) / n
        dWm, dWs = self.h.T @ dmu, self.h.T @ dls
        dh = (dmu @ self.Wm.T + dls @ self.Ws.T) * (1 - self.h ** 2)
        dWe = self.x.T @ dh
        for W, dW in ((self.Wo, dWo), (self.Wd, dWd), (self.Wm, dWm), (self.Ws, dWs), (self.We, dWe)):
            W -= lr * dW


kinds = np.random.randint(0, 3, 60)
x = (np.random.rand(60, 9) < 0.1 + 0.8 * np.repeat(np.eye(3), 3, axis=1)[kinds]).astype(float)
vae = VAE(9, 2, 12)
for epoch in range(600):
    reconstruction = vae.forward(x)
    vae.backward(0.3)
    if epoch % 100 == 0:
        print(epoch, reconstruction)
