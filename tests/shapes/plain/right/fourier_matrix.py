# right: an outer product of two ranges
import numpy as np

N = 16
n = np.arange(N)
k = n.reshape((N, 1))
M = np.exp(-2j * np.pi * k * n / N)
x = np.sin(2 * np.pi * 3 * n / N)
X = M @ x
print(np.abs(X - np.fft.fft(x)).max())
