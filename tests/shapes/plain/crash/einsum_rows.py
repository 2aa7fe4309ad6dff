# crash: letters of a transposed factor
# expression: np.einsum("nd,dk->nk", X, prototypes)
# says: nd,kd->nk|prototypes\.T
import numpy as np

rng = np.random.default_rng(14)
X, prototypes = rng.normal(size=(20, 6)), rng.normal(size=(4, 6))
similarity = np.einsum("nd,dk->nk", X, prototypes)  # GL106
print(similarity.argmax(axis=1))
