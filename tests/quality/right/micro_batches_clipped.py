# Gradients of micro-batches add up; Python's min clips them by their norm, which is no loss.
import numpy as np
np.random.seed(1)
X = np.random.randn(96, 4); t = (X.sum(1, keepdims=True) > 0) * 1.
Xv, tv = X[64:], t[64:]
net = {'w': np.random.randn(4, 5) * .5, 'c': np.zeros((1, 5)), 'v': np.random.randn(5, 1) * .5, 'd': np.zeros((1, 1))}
best, wait, keep = 1e9, 0, None
def fw(net, x):
    h = np.tanh(x.dot(net['w']) + net['c'])
    return h, 1 / (1 + np.exp(-(h.dot(net['v']) + net['d'])))
for epoch in range(100):
    for big in range(0, 64, 32):
        acc = {k: np.zeros_like(a) for k, a in net.items()}
        for mb in range(big, big + 32, 8):
            x, y = X[mb:mb + 8], t[mb:mb + 8]
            h, o = fw(net, x)
            e = (o - y) / 32
            acc['v'] += h.T.dot(e); acc['d'] += e.sum(0, keepdims=True)
            eh = e.dot(net['v'].T) * (1 - h ** 2)
            acc['w'] += x.T.dot(eh); acc['c'] += eh.sum(0)
        gn = np.sqrt(sum((g ** 2).sum() for g in acc.values()))
        clip = min(1.0, 1.0 / (gn + 1e-6))
        for k in net:
            net[k] = net[k] - 0.5 * clip * acc[k]
    ov = fw(net, Xv)[1]
    val = -np.mean(tv * np.log(ov) + (1 - tv) * np.log(1 - ov))
    if val < best - 1e-4:
        best, wait, keep = val, 0, {k: a.copy() for k, a in net.items()}
    else:
        wait += 1
        if wait > 5:
            break
print(best)
