# crash: a full convolution
# expression: signal - smooth
# says: mode="same"|"same"|'same'
import numpy as np

t = np.linspace(0, 1, 200)
signal = np.sin(8 * t) + 0.2 * np.cos(90 * t)
window = np.ones(9) / 9
smooth = np.convolve(signal, window)
detail = signal - smooth  # GL106
print(detail.std())
