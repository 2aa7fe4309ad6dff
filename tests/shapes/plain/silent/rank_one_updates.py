import numpy as np

rng = np.random.default_rng(0)
G = np.zeros((4, 4))
for v in rng.normal(size=(30, 4)):
    G += np.dot(v, v) / 30  # GL306
print(np.linalg.eigvalsh(G))
