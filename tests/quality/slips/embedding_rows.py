# Rows of an embedding are updated by index, and an index may occur several times in a batch.
import numpy as np

rng = np.random.default_rng(67)
text = rng.integers(0, 9, 300)
near, far = rng.normal(0, 0.2, (9, 5)), rng.normal(0, 0.2, (9, 5))
for epoch in range(3):
    for start in range(0, 280, 20):
        middle, beside = text[start : start + 20], text[start + 1 : start + 21]
        a, b = near[middle], far[beside]
        p = 1 / (1 + np.exp(-np.sum(a * b, axis=1)))
        loss = -np.sum(np.log(p))
        d = (p - 1)[:, None]
        da, db = d * b, d * a
        near[middle] -= 0.1 * da  # GL313
        np.subtract.at(far, beside, 0.1 * db)
    print(loss)
