# right: metrics of all pairs behind training
import numpy as np

rng = np.random.default_rng(12)
X, y = rng.normal(size=(30, 2)), rng.integers(0, 2, 30)
w = np.zeros(2)
for step in range(100):
    p = 1 / (1 + np.exp(-X @ w))
    loss = -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))
    w -= 0.5 * X.T @ (p - y) / len(y)
score = X @ w
pairs = score[y == 1][:, None] - score[y == 0]
auc = np.mean(pairs > 0)
thresholds = np.sort(score)
above = score >= thresholds[:, None]
tpr = (above & (y == 1)).sum(axis=1) / (y == 1).sum()
fpr = (above & (y == 0)).sum(axis=1) / (y == 0).sum()
print(auc, tpr[:3], fpr[:3])
