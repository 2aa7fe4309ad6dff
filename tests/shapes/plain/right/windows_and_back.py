# right: cut into windows and put together again
import numpy as np

x = np.arange(48.0).reshape(2, 4, 6)
flat = x.reshape(8, 6)
windows = flat.reshape(2, 4, 6).reshape(2, 8, 3)
again = windows.reshape(2, 4, 6)
print((again == x).all(), windows.mean(axis=1))
