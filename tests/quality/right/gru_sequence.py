# right: GRU with separate matrices in a dict, state carried from one chunk to the next and cut there
import numpy as np

rng = np.random.default_rng(109)
H, D, CHUNK = 7, 1, 8
signal = np.sin(np.arange(400) * 0.3) + 0.3 * np.sin(np.arange(400) * 0.91)

p = {}
for gate in "zrh":
    p["W" + gate] = rng.normal(0, 0.4, (H, D))
    p["U" + gate] = rng.normal(0, 0.3, (H, H))
    p["b" + gate] = np.zeros((H, 1))
p["V"] = rng.normal(0, 0.3, (1, H))


def sig(a):
    return 1 / (1 + np.exp(-a))


def chunk_loss(xs, ts, h):
    cache, loss = [], 0.0
    for x, t in zip(xs, ts):
        x = np.array([[x]])
        z = sig(p["Wz"] @ x + p["Uz"] @ h + p["bz"])
        r = sig(p["Wr"] @ x + p["Ur"] @ h + p["br"])
        c = np.tanh(p["Wh"] @ x + p["Uh"] @ (r * h) + p["bh"])
        h_new = (1 - z) * h + z * c
        y = p["V"] @ h_new
        loss += 0.5 * (y.item() - t) ** 2
        cache.append((x, h, z, r, c, h_new, y - t))
        h = h_new
    g = {k: np.zeros_like(v) for k, v in p.items()}
    dh = np.zeros((H, 1))
    for x, h_old, z, r, c, h_new, e in reversed(cache):
        g["V"] += e @ h_new.T
        dh = dh + p["V"].T @ e
        dz = dh * (c - h_old) * z * (1 - z)
        dc = dh * z * (1 - c ** 2)
        drh = p["Uh"].T @ dc
        dr = drh * h_old * r * (1 - r)
        for gate, d, inner in (("z", dz, h_old), ("r", dr, h_old), ("h", dc, r * h_old)):
            g["W" + gate] += d @ x.T
            g["U" + gate] += d @ inner.T
            g["b" + gate] += d
        dh = dh * (1 - z) + drh * r + p["Uz"].T @ dz + p["Ur"].T @ dr
    return loss, g, h


for epoch in range(25):
    h, total = np.zeros((H, 1)), 0.0
    for s in range(0, 392, CHUNK):
        loss, g, h = chunk_loss(signal[s:s + CHUNK], signal[s + 1:s + CHUNK + 1], h)
        total += loss
        for k in p:
            p[k] -= 0.05 * g[k]
    if epoch % 5 == 0:
        print(epoch, total)
