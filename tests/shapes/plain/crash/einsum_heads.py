# crash: heads that the weights lack
# expression: np.einsum("bthd,dm->btm", heads, W_out)
# says: bthd,hdm->btm|reshape
import numpy as np

rng = np.random.default_rng(13)
B, T, H, D, M = 2, 5, 3, 4, 8
heads = rng.normal(size=(B, T, H, D))
W_out = rng.normal(size=(H, D, M))
mixed = np.einsum("bthd,dm->btm", heads, W_out)  # GL106
print(mixed.shape)
