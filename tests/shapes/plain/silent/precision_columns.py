# silent: targets as a column in counts
# expression: pred & actual
import numpy as np

rng = np.random.default_rng(4)
score = rng.uniform(size=30)
actual = rng.uniform(size=(30, 1)) < 0.4
pred = score > 0.5
tp = np.sum(pred & actual)  # GL102
precision = tp / np.sum(pred)
recall = tp / np.sum(actual)
print(precision, recall)
