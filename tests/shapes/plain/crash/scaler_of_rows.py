# crash: statistics over the wrong axis
# expression: X - self.mean
# says: axis=0
import numpy as np


class Scaler:
    def fit(self, X):
        self.mean = X.mean(axis=1)
        self.std = X.std(axis=1)
        return self

    def transform(self, X):
        return (X - self.mean) / self.std  # GL106


rng = np.random.default_rng(17)
X = rng.normal(3, 2, size=(40, 4))
scaler = Scaler().fit(X[:30])
print(scaler.transform(X[30:]).mean(axis=0))
