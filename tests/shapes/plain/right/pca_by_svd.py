import numpy as np

rng = np.random.default_rng(0)
samples = rng.normal(size=(30, 4)) @ rng.normal(size=(4, 4))
centred = samples - samples.mean(axis=0)
u, s, vt = np.linalg.svd(centred, full_matrices=False)
scores = u * s
print(np.allclose(scores @ vt, centred), (s ** 2 / (s ** 2).sum()).round(3))
