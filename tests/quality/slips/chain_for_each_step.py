# one backward chain for each time step; it takes the slope of the step it comes from
import numpy as np
class RNN:
    def __init__(self, n_in, n_h, n_out, seed=0):
        r = np.random.RandomState(seed)
        self.U = r.uniform(-.3, .3, (n_h, n_in)); self.W = r.uniform(-.3, .3, (n_h, n_h)); self.V = r.uniform(-.3, .3, (n_out, n_h))
    def forward(self, x):
        T = len(x)
        s = np.zeros((T+1, self.W.shape[0])); o = np.zeros((T, self.V.shape[0]))
        for t in range(T):
            s[t] = np.tanh(self.U[:, x[t]] + self.W.dot(s[t-1]))
            z = self.V.dot(s[t]); e = np.exp(z - z.max()); o[t] = e/e.sum()
        return o, s
    def loss(self, X, Y):
        return sum(-np.sum(np.log(self.forward(x)[0][np.arange(len(y)), y])) for x, y in zip(X, Y))/sum(map(len, Y))
    def bptt(self, x, y):
        T = len(y); o, s = self.forward(x)
        dU, dV, dW = np.zeros_like(self.U), np.zeros_like(self.V), np.zeros_like(self.W)
        delta_o = o; delta_o[np.arange(T), y] -= 1
        for t in np.arange(T)[::-1]:
            dV += np.outer(delta_o[t], s[t])
            delta_t = self.V.T.dot(delta_o[t])*(1 - s[t]**2)
            for k in np.arange(max(0, t-4), t+1)[::-1]:
                dW += np.outer(delta_t, s[k-1])
                dU[:, x[k]] += delta_t
                delta_t = self.W.T.dot(delta_t)*(1 - s[k]**2)  # GL308 GL399
        return dU, dV, dW
    def sgd(self, x, y, lr):
        dU, dV, dW = self.bptt(x, y)
        self.U -= lr*dU; self.V -= lr*dV; self.W -= lr*dW
r = np.random.RandomState(1)
X = [r.randint(0, 6, 4) for _ in range(20)]; Y = [np.roll(x, -1) for x in X]
m = RNN(6, 5, 6)
for ep in range(3):
    for x, y in zip(X, Y): m.sgd(x, y, .05)
    print(m.loss(X, Y))
