# crash: the inverse of a table that is not square
# expression: np.linalg.inv(A)
# says: pinv|lstsq|A\.T @ A
import numpy as np

A = np.vander(np.linspace(0, 1, 12), 4)
y = np.sin(np.linspace(0, 1, 12))
coef = np.linalg.inv(A) @ y  # GL106
print(coef)
