# an actor learns through its critic; what the actor follows is no loss that can be seen
import numpy as np
rng = np.random.default_rng(0)
class Net:
    def __init__(self, i, h, o):
        self.W1 = rng.normal(size=(i, h)) / np.sqrt(i); self.b1 = np.zeros(h)
        self.W2 = rng.normal(size=(h, o)) / np.sqrt(h); self.b2 = np.zeros(o)
    def forward(self, x):
        self.x = x
        self.h = np.tanh(x @ self.W1 + self.b1)
        return self.h @ self.W2 + self.b2
    def backward(self, dout):
        self.gW2 = self.h.T @ dout; self.gb2 = dout.sum(0)
        dh = dout @ self.W2.T * (1 - self.h**2)
        self.gW1 = self.x.T @ dh; self.gb1 = dh.sum(0)
        return dh @ self.W1.T
    def step(self, lr):
        self.W1 -= lr * self.gW1; self.b1 -= lr * self.gb1
        self.W2 -= lr * self.gW2; self.b2 -= lr * self.gb2
    def copy_from(self, other, tau):
        for n in ("W1", "b1", "W2", "b2"):
            setattr(self, n, (1 - tau) * getattr(self, n) + tau * getattr(other, n))
actor, critic, slow = Net(3, 8, 1), Net(4, 8, 1), Net(4, 8, 1)
slow.copy_from(critic, 1.0)
for it in range(60):
    s = rng.normal(size=(32, 3)); a = rng.normal(size=(32, 1))
    r = -(a - s[:, :1])**2; s2 = s + .1 * rng.normal(size=s.shape)
    a2 = actor.forward(s2)
    target = r + .9 * slow.forward(np.hstack([s2, a2]))
    q = critic.forward(np.hstack([s, a]))
    td = q - target
    critic.backward(td / len(s)); critic.step(.05)
    act = actor.forward(s)
    qpi = critic.forward(np.hstack([s, act]))
    dsa = critic.backward(-np.ones_like(qpi) / len(s))
    actor.backward(dsa[:, 3:]); actor.step(.02)
    slow.copy_from(critic, .05)
