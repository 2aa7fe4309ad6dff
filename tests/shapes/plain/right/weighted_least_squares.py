# right: weights scale the columns of a transpose
import numpy as np

rng = np.random.default_rng(16)
X = np.column_stack([np.ones(30), rng.normal(size=30)])
y = X @ [1.0, 2.0] + rng.normal(size=30)
w = rng.uniform(0.5, 2, size=30)
XtW = X.T * w
beta = np.linalg.solve(XtW @ X, XtW @ y)
hat = X @ np.linalg.solve(XtW @ X, XtW)
print(beta, np.trace(hat), (w * (y - X @ beta) ** 2).sum())
