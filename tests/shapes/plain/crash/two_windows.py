# crash: moving sums over windows of two lengths
# says: quick\[20:\]
import numpy as np

water = np.random.default_rng(0).random(90)
quick = np.convolve(water, np.ones(5), mode="valid")
slow = np.convolve(water, np.ones(25), mode="valid")
print((quick / 5 > slow / 25).mean())  # GL106
