# right: a policy that is clipped to stay near the old one
import numpy as np
rng = np.random.default_rng(21)
S, A = 3, 2
W = rng.normal(0, .2, (S, A))
def logp(W, s, a):
    z = s @ W; z = z - z.max(1, keepdims=True)
    lp = z - np.log(np.exp(z).sum(1, keepdims=True))
    return lp[np.arange(len(a)), a], np.exp(lp)
for it in range(6):
    s = rng.normal(size=(32, S)); _, p = logp(W, s, np.zeros(32, int))
    a = (rng.random(32) < p[:, 1]).astype(int)
    adv = s[:, 0] * (2 * a - 1); adv = (adv - adv.mean()) / (adv.std() + 1e-8)
    old, _ = logp(W, s, a)
    for k in range(3):
        lp, p = logp(W, s, a)
        ratio = np.exp(lp - old)
        clipped = np.clip(ratio, .8, 1.2)
        loss = -np.mean(np.minimum(ratio * adv, clipped * adv))
        on = (ratio * adv <= clipped * adv) * 1.0
        dlp = -on * adv * ratio / 32
        dz = dlp[:, None] * (np.eye(A)[a] - p)
        W -= .1 * s.T @ dz
    print(it, loss)
