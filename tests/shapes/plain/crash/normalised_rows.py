# crash: norms without keepdims
# expression: V / np.linalg.norm(V, axis=1)
# says: keepdims=True
import numpy as np

rng = np.random.default_rng(10)
V = rng.normal(size=(9, 4))
U = V / np.linalg.norm(V, axis=1)  # GL106
print(U @ U.T)
