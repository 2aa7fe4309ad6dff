# right: a row of wave numbers with a column of them
import numpy as np

n = 32
x = np.linspace(0, 2 * np.pi, n, endpoint=False)
f = np.sin(x)[:, None] * np.cos(2 * x)
k = np.fft.fftfreq(n, 1 / n)
k2 = k[:, None] ** 2 + k ** 2
k2[0, 0] = 1
u = np.real(np.fft.ifft2(-np.fft.fft2(f) / k2))
print(np.abs(u + f / 5).max())
