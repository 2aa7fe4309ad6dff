# silent: a reshape for a transpose
# expression: frames.reshape(frame, -1)
import numpy as np

rng = np.random.default_rng(3)
signal = np.sin(np.arange(800) * 0.3) + 0.1 * rng.normal(size=800)
frame, hop = 64, 32
n_frames = (len(signal) - frame) // hop + 1
frames = np.array([signal[i * hop : i * hop + frame] for i in range(n_frames)])
columns = frames.reshape(frame, -1)  # GL407
window = np.hanning(frame)
spectrum = np.abs(np.fft.rfft(columns * window[:, None], axis=0))
print(spectrum.shape, spectrum.mean(axis=1).argmax())
