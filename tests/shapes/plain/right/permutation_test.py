# right: as many permutations as samples
import numpy as np

rng = np.random.default_rng(7)
group = np.repeat([0, 1], 20)
value = rng.normal(size=40) + 0.5 * group
shuffled = np.array([rng.permutation(group) for _ in range(40)])
means = (shuffled * value).sum(axis=1) / shuffled.sum(axis=1)
observed = value[group == 1].mean()
print("p", np.mean(means >= observed))
