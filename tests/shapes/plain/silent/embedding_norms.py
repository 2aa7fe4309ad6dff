# silent: norms without keepdims on a square table
# expression: np.linalg.norm(E, axis=1)
import numpy as np

rng = np.random.default_rng(9)
words = ["cat", "dog", "car", "bus", "tree", "leaf"]
E = rng.normal(size=(6, 6))
E_unit = E / np.linalg.norm(E, axis=1)  # GL105
similarity = E_unit @ E_unit.T
for i, word in enumerate(words):
    best = np.argsort(-similarity[i])[1]
    print(word, words[best])
