import numpy as np

rng = np.random.default_rng(0)
count, bands = 10, 7
spectra = rng.random((count, bands))
table = spectra.reshape(bands, count)  # GL407
brightest = table.argmax(axis=0)
print(brightest)
