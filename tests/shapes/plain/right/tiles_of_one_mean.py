import numpy as np

rng = np.random.default_rng(0)
tiles = rng.random((3, 3, 8, 8))
own = tiles - tiles.mean(axis=(1, 2, 3))[:, None, None, None]
colour = own / tiles.std(axis=(0, 2, 3)).reshape(1, 3, 1, 1)
print(colour.shape, (tiles[:, :, :2].mean(axis=(2, 3)) > 0.5).sum())
table = rng.random((6, 6))
first = table[:, :2].mean(axis=1, keepdims=True)
print((table - first).max(), (table - table[:3].mean(axis=0)).max())
flow = table / table.sum(axis=0)[:, None]
print(flow.sum())
