# crash: an image one smaller than the windows
# expression: out[i, j]
# says: k \+ 1
import numpy as np

rng = np.random.default_rng(7)
image = rng.uniform(size=(10, 12))
kernel = np.array([[1, 0, -1], [2, 0, -2], [1, 0, -1]])
k = kernel.shape[0]
rows, cols = image.shape
out = np.zeros((rows - k, cols - k))
for i in range(rows - k + 1):
    for j in range(cols - k + 1):
        out[i, j] = np.sum(image[i : i + k, j : j + k] * kernel)  # GL106
print(out)
