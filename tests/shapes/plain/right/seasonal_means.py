# right: the mean of a month is taken from every year
import numpy as np

rng = np.random.default_rng(13)
temperature = rng.normal(10, 3, size=12 * 12).reshape(12, 12)
climate = temperature.mean(axis=0)
anomaly = temperature - climate
yearly = anomaly.mean(axis=1)
z = anomaly / temperature.std(axis=0)
warm = np.where(yearly > 0)[0]
print(warm, z.max())
