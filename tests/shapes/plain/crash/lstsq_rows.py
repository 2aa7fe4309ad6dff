# says: basis\.T
import numpy as np

t = np.linspace(0, 1, 12)
basis = np.array([np.ones(12), np.sin(t), np.cos(t)])
fit = np.linalg.lstsq(basis, t ** 2, rcond=None)[0]  # GL106
