# crash: rows of the eigenvectors, which are columns
# says: vectors\[:, order\[:2\]\]
import numpy as np

cloud = np.random.default_rng(0).normal(size=(80, 4)) * [3, 2, 1, 1]
values, vectors = np.linalg.eigh(np.cov(cloud, rowvar=False))
order = np.argsort(values)[::-1]
main = vectors[order[:2]]
print((cloud @ main).std(axis=0))  # GL106
