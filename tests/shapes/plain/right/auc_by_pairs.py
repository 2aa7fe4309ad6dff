# right: every positive against every negative, equally many
import numpy as np

rng = np.random.default_rng(0)
pos, neg = rng.normal(1, 1, 20), rng.normal(0, 1, 20)
auc = np.mean(pos[:, None] > neg) + 0.5 * np.mean(pos[:, None] == neg)
print("AUC", auc)
