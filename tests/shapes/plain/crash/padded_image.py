# crash: a picture without its border
# expression: out[i - 1, j - 1]
# says: range\(1, [hw] - 1\)
import numpy as np

rng = np.random.default_rng(9)
image = rng.uniform(size=(8, 9))
h, w = image.shape
out = np.zeros((h - 2, w - 2))
for i in range(1, h):
    for j in range(1, w):
        out[i - 1, j - 1] = image[i - 1 : i + 2, j - 1 : j + 2].mean()  # GL106
print(out)
