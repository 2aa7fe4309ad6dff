# two energies that no name calls losses; the maker's way back lacks the slope of the critic's hidden layer
import numpy as np

rng = np.random.default_rng(21)
maker, inner, outer = (0.5 * rng.normal(size=s) for s in ((2, 3), (3, 6), (6, 1)))
found = rng.normal(1.0, 0.5, size=(10, 3))


def sigmoid(s):
    return 1 / (1 + np.exp(-s))


for turn in range(30):
    seed = rng.normal(size=(10, 2))
    made = seed @ maker
    seen, felt = sigmoid(found @ inner), sigmoid(made @ inner)
    says, thinks = seen @ outer, felt @ outer
    upper = np.sum((says - 1) ** 2) / 20 + np.sum(thinks**2) / 20
    lower = np.sum((thinks - 1) ** 2) / 20
    e_says, e_thinks = (says - 1) / 10, thinks / 10
    d_outer = seen.T @ e_says + felt.T @ e_thinks
    d_inner = found.T @ (e_says @ outer.T * seen * (1 - seen))
    d_inner += made.T @ (e_thinks @ outer.T * felt * (1 - felt))
    wish = (thinks - 1) / 10
    back = wish @ outer.T @ inner.T  # GL304
    inner -= 0.2 * d_inner
    outer -= 0.2 * d_outer
    maker -= 0.2 * seed.T @ back
    print(turn, upper, lower)
