# crash: a wrong constant
# expression: X @ w
# says: np\.(zeros|array)\(4\)|\b4\b|X\.shape\[1\]
import numpy as np

rng = np.random.default_rng(11)
X = rng.normal(size=(30, 4))
w = np.zeros(5)
w[0] = 1.0
score = X @ w  # GL106
ranking = np.argsort(-score)
print(ranking[:5])
