# silent: the rest of each lead is taken from each moment
# expression: leads[:, :5].mean(axis=1)
import numpy as np

rng = np.random.default_rng(0)
leads = rng.normal(size=(12, 12)).cumsum(axis=1)
rest = leads[:, :5].mean(axis=1)  # GL105
print((leads - rest).max(axis=1))
