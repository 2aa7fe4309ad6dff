# a decoder with attention, sentence by sentence; the state's way back is not transposed
import numpy as np
rng = np.random.default_rng(0)
V, H = 6, 7
We, Ue, Wd, Ud, Wo = (rng.normal(size=s)*.3 for s in ((V, H), (H, H), (V, H), (H, H), (2*H, V)))
pairs = [(rng.integers(1, V, 4), None) for _ in range(15)]
pairs = [(a, a[::-1]) for a, _ in pairs]
for ep in range(2):
    for src, tgt in pairs:
        hs = [np.zeros(H)]
        for t in src: hs.append(np.tanh(We[t] + hs[-1] @ Ue))
        E = np.array(hs[1:]); ds = [hs[-1]]; cache = []; loss = 0; prev = 0
        for y in tgt:
            d = np.tanh(Wd[prev] + ds[-1] @ Ud)
            s = E @ d; a = np.exp(s - s.max()); a /= a.sum()
            c = a @ E; cat = np.concatenate([d, c]); o = cat @ Wo
            p = np.exp(o - o.max()); p /= p.sum(); loss -= np.log(p[y])
            cache.append((prev, ds[-1], d, a, c, cat, p, y)); ds.append(d); prev = y
        gWe, gUe, gWd, gUd, gWo = map(np.zeros_like, (We, Ue, Wd, Ud, Wo))
        dE = np.zeros_like(E); dn = np.zeros(H)
        for prev, dprev, d, a, c, cat, p, y in reversed(cache):
            do = p.copy(); do[y] -= 1
            gWo += np.outer(cat, do); dcat = Wo @ do
            dd, dc = dcat[:H] + dn, dcat[H:]
            dE += np.outer(a, dc); da = E @ dc
            dsc = a*(da - a @ da)
            dE += np.outer(dsc, d); dd = dd + dsc @ E
            dz = dd*(1-d**2)
            gWd[prev] += dz; gUd += np.outer(dprev, dz); dn = Ud.T @ dz  # GL305
        dh = dn
        for k in range(len(src)-1, -1, -1):
            dh = dh + dE[k]
            dz = dh*(1-hs[k+1]**2)
            gWe[src[k]] += dz; gUe += np.outer(hs[k], dz); dh = Ue @ dz
        for W, g in zip((We, Ue, Wd, Ud, Wo), (gWe, gUe, gWd, gUd, gWo)):
            n = np.linalg.norm(g)
            W -= .1*(g*(5/n) if n > 5 else g)
print(loss)
