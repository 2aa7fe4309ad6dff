# crash: an array of responses that is one too short along both of its axes
# says: rows - 1, columns - 1
import numpy as np

image, filters = np.random.default_rng(0).random((6, 7)), np.ones((3, 2, 2))
rows, columns = image.shape
responses = np.zeros((rows - 2, columns - 2, 3))
for i in range(rows - 1):
    for j in range(columns - 1):
        patch = image[i : i + 2, j : j + 2]
        responses[i, j] = (patch * filters).sum(axis=(1, 2))  # GL106
print(responses.max())
