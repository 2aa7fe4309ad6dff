# right: one trunk for actor and critic; the advantage that weights the actor's term counts as given
import numpy as np
rng = np.random.default_rng(4)
S, A, H = 4, 2, 8
p = {"W1": rng.normal(0, .3, (S, H)), "Wp": rng.normal(0, .3, (H, A)), "Wv": rng.normal(0, .3, (H, 1))}
def forward(s):
    h = np.tanh(s @ p["W1"])
    lo = h @ p["Wp"]
    e = np.exp(lo - lo.max(-1, keepdims=True))
    return h, e / e.sum(-1, keepdims=True), (h @ p["Wv"])[:, 0]
for it in range(10):
    s = rng.normal(size=(16, S)); h, pi, v = forward(s)
    a = np.array([rng.choice(A, p=q) for q in pi])
    R = s[:, 0] * (2 * a - 1) + rng.normal(size=16) * .1
    adv = R - v
    ploss = -np.mean(np.log(pi[np.arange(16), a]) * adv)
    vloss = 0.5 * np.mean(adv ** 2)
    print(ploss, vloss)
    dlo = pi.copy(); dlo[np.arange(16), a] -= 1; dlo *= adv[:, None] / 16
    dv = -adv[:, None] / 16
    dh = dlo @ p["Wp"].T + dv @ p["Wv"].T
    g = {"Wp": h.T @ dlo, "Wv": h.T @ dv, "W1": s.T @ (dh * (1 - h ** 2))}
    for k in p: p[k] -= 0.05 * g[k]
