# right: hypotheses against words
import numpy as np

rng = np.random.default_rng(19)
V = beams = 6
log_p = np.log(rng.dirichlet(np.ones(V), size=V))
score = np.zeros(beams)
last = np.arange(beams)
for _ in range(4):
    total = score[:, None] + log_p[last]
    flat = np.argsort(total, axis=None)[::-1][:beams]
    parent, last = np.divmod(flat, V)
    score = total.ravel()[flat]
print(score, last, parent)
