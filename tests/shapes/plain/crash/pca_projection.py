# crash: components lie in the rows
# expression: Xc @ Vt[:2]
# says: \.T
import numpy as np

rng = np.random.default_rng(2)
X = rng.normal(size=(40, 5))
Xc = X - X.mean(axis=0)
U, s, Vt = np.linalg.svd(Xc, full_matrices=False)
Z = Xc @ Vt[:2]  # GL106
print(Z.shape, s[:2] ** 2 / np.sum(s ** 2))
