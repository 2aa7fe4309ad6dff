# silent: one-hot rows of a column of labels
# expression: probs - onehot
import numpy as np

rng = np.random.default_rng(13)
n, k = 30, 4
labels = rng.integers(0, k, size=(n, 1))
logits = rng.normal(size=(n, k))
probs = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
onehot = np.eye(k)[labels]
brier = np.mean(np.sum((probs - onehot) ** 2, axis=-1))  # GL102
print("Brier score", brier)
