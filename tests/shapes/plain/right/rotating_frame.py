# right: a matrix for each moment, a vector for each moment
import numpy as np

t = np.linspace(0, 1, 3)
c, s = np.cos(t), np.sin(t)
zero, one = np.zeros(3), np.ones(3)
R = np.array([[c, -s, zero], [s, c, zero], [zero, zero, one]]).transpose(2, 0, 1)
points = np.arange(9.0).reshape(3, 3)
turned = np.einsum("tij,tj->ti", R, points)
back = (R.transpose(0, 2, 1) @ turned[:, :, None])[..., 0]
print(np.abs(back - points).max())
