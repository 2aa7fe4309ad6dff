# right: the overlap of masks as a loss, one kernel by slices
import numpy as np
r = np.random.RandomState(11)
def blobs(n):
    im = r.rand(n, 8, 8); m = np.zeros((n, 8, 8))
    for a in range(n):
        i, j = r.randint(0, 5, 2); m[a, i:i+3, j:j+3] = 1
    return im + m, m
images, masks = blobs(16)
kernel = r.randn(3, 3) * .2; bias = 0.0
def correlate(x, k):
    out = np.zeros((x.shape[0], x.shape[1] - 2, x.shape[2] - 2))
    for i in range(3):
        for j in range(3):
            out += k[i, j] * x[:, i:i + out.shape[1], j:j + out.shape[2]]
    return out
eps = 1.0
for step in range(60):
    logits = correlate(np.pad(images, ((0, 0), (1, 1), (1, 1))), kernel) + bias
    p = 1 / (1 + np.exp(-logits))
    inter = (p * masks).sum((1, 2)); total = p.sum((1, 2)) + masks.sum((1, 2))
    dice = (2 * inter + eps) / (total + eps)
    loss = 1 - dice.mean()
    ddice = -np.ones(16) / 16
    dp = ddice[:, None, None] * (2 * masks / (total + eps)[:, None, None] - ((2 * inter + eps) / (total + eps) ** 2)[:, None, None])
    dlogits = dp * p * (1 - p)
    padded = np.pad(images, ((0, 0), (1, 1), (1, 1)))
    dk = np.array([[(dlogits * padded[:, i:i+8, j:j+8]).sum() for j in range(3)] for i in range(3)])
    db = dlogits.sum()
    kernel -= 2 * dk; bias -= 2 * db
    if step % 20 == 0: print("step", step, "dice loss", loss)
