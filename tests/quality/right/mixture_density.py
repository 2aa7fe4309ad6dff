# right: mixture density net: responsibilities minus mixing weights, no sign of the softmax's Jacobian
import numpy as np

rng = np.random.default_rng(122)
K, H = 3, 8
y = rng.uniform(-1, 1, (90, 1))
x = y + 0.3 * np.sin(2 * np.pi * y) + 0.05 * rng.normal(size=y.shape)

W1, b1 = rng.normal(0, 1, (1, H)), rng.normal(0, 0.5, H)
W2, b2 = rng.normal(0, 0.5, (H, 3 * K)), np.zeros(3 * K)

for epoch in range(1500):
    h = np.tanh(x @ W1 + b1)
    o = h @ W2 + b2
    a, mu, s = o[:, :K], o[:, K:2 * K], o[:, 2 * K:]
    e = np.exp(a - a.max(axis=1, keepdims=True))
    pi = e / e.sum(axis=1, keepdims=True)
    sigma = np.exp(s)
    density = np.exp(-0.5 * ((y - mu) / sigma) ** 2) / (np.sqrt(2 * np.pi) * sigma)
    joint = pi * density
    likelihood = joint.sum(axis=1, keepdims=True)
    nll = -np.mean(np.log(likelihood))

    n = len(x)
    resp = joint / likelihood
    da = (pi - resp) / n
    dmu = resp * (mu - y) / sigma ** 2 / n
    ds = resp * (1 - ((y - mu) / sigma) ** 2) / n
    do = np.hstack([da, dmu, ds])
    dW2, db2 = h.T @ do, do.sum(axis=0)
    dh = (do @ W2.T) * (1 - h ** 2)
    dW1, db1 = x.T @ dh, dh.sum(axis=0)

    W1 -= 0.05 * dW1
    b1 -= 0.05 * db1
    W2 -= 0.05 * dW2
    b2 -= 0.05 * db2
    if epoch % 300 == 0:
        print(epoch, nll)
