# right: the targets come from an older copy of the same parameters
# DQN-like with numpy net and target network
import numpy as np
np.random.seed(4)
def net(n): return {"w1": np.random.randn(4, 16) * .3, "b1": np.zeros(16), "w2": np.random.randn(16, 2) * .3, "b2": np.zeros(2)}
q = net(0); target = {k: v.copy() for k, v in q.items()}
mem = [(np.random.randn(4), np.random.randint(2), np.random.randn(), np.random.randn(4), np.random.rand() < .1) for _ in range(200)]
def forward(p, s):
    h = np.maximum(0, s @ p["w1"] + p["b1"])
    return h, h @ p["w2"] + p["b2"]
for step in range(300):
    idx = np.random.choice(200, 16)
    s = np.stack([mem[i][0] for i in idx]); a = np.array([mem[i][1] for i in idx]); r = np.array([mem[i][2] for i in idx])
    s2 = np.stack([mem[i][3] for i in idx]); done = np.array([mem[i][4] for i in idx])
    _, nq = forward(target, s2)
    y = r + .99 * (1 - done) * nq.max(1)
    h, qs = forward(q, s)
    err = qs[np.arange(16), a] - y
    loss = .5 * np.mean(err ** 2)
    dq = np.zeros_like(qs); dq[np.arange(16), a] = err / 16
    g = {"w2": h.T @ dq, "b2": dq.sum(0)}
    dh = dq @ q["w2"].T; dh[h <= 0] = 0
    g["w1"] = s.T @ dh; g["b1"] = dh.sum(0)
    for k in q: q[k] -= .01 * g[k]
    if step % 50 == 0:
        target = {k: v.copy() for k, v in q.items()}
print(loss)
