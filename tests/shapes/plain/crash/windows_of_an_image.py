# crash: a round too many, whose window is cut at the edge
# says: range\(high\)
import numpy as np

image, kernel = np.random.default_rng(0).random((9, 9)), np.ones((3, 3)) / 9
high, wide = image.shape[0] - 2, image.shape[1] - 2
for i in range(high + 1):
    for j in range(wide):
        window = image[i : i + 3, j : j + 3]
        print(np.sum(window * kernel))  # GL106
