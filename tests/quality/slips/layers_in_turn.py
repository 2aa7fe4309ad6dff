# The two layers learn in turn; the hidden one is fed the error itself, not what flows through the sigmoid.
import numpy as np

rng = np.random.default_rng(32)
grain = rng.normal(size=(7, 4))
moist = rng.uniform(size=(7, 2))
inner = rng.normal(size=(4, 5))
outer = rng.normal(size=(5, 2))


def squash(v):
    return 1 / (1 + np.exp(-v))


for sweep in range(24):
    mid = squash(grain @ inner)
    got = squash(mid @ outer)
    slope = (got - moist) * got * (1 - got)
    if sweep % 2 == 0:
        outer -= 0.5 * mid.T @ slope
    else:
        back = ((got - moist) @ outer.T) * mid * (1 - mid)  # GL304
        inner -= 0.5 * grain.T @ back
print(squash(squash(grain @ inner) @ outer).ravel())
