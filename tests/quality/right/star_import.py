# right: star import, dot and exp without a prefix, built-in names replaced by numpy's
from numpy import *

random.seed(106)

# which of two scales hangs lower? inputs: weight and arm on either side
loads = random.uniform(0.2, 1.0, (40, 4))
lower = (loads[:, 0] * loads[:, 1] > loads[:, 2] * loads[:, 3]).astype(float).reshape(-1, 1)

inner = random.normal(0, 1, (4, 8))
outer_ = random.normal(0, 1, (8, 1))


def squash(v):
    return 1 / (1 + exp(-v))


for turn in range(4000):
    middle = squash(dot(loads, inner))
    answer = squash(dot(middle, outer_))
    push = (answer - lower) * answer * (1 - answer)
    back = dot(push, outer_.T) * middle * (1 - middle)
    outer_ -= dot(middle.T, push)
    inner -= dot(loads.T, back)
    if turn % 1000 == 0:
        print("sum of squares", round(sum((answer - lower) ** 2), 4), "worst", max(abs(answer - lower)))
