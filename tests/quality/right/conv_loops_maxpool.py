# right: convolution and max pooling by loops, gradients of the pool go to the maximum only
import numpy as np

rng = np.random.default_rng(110)


def make_images(n):
    images = rng.normal(0, 0.2, (n, 8, 8))
    kinds = np.arange(n) % 2
    for image, kind in zip(images, kinds):
        r = rng.integers(1, 7)
        if kind:
            image[r, :] += 1
        else:
            image[:, r] += 1
    return images, kinds


class Conv:
    def __init__(self, n):
        self.filters = rng.normal(0, 0.4, (n, 3, 3))

    def forward(self, img):
        self.img = img
        out = np.zeros((6, 6, len(self.filters)))
        for i in range(6):
            for j in range(6):
                out[i, j] = np.sum(img[i:i + 3, j:j + 3] * self.filters, axis=(1, 2))
        return out

    def backward(self, d_out, lr):
        d_filters = np.zeros(self.filters.shape)
        for i in range(6):
            for j in range(6):
                for f in range(len(self.filters)):
                    d_filters[f] += d_out[i, j, f] * self.img[i:i + 3, j:j + 3]
        self.filters -= lr * d_filters


class Pool:
    def forward(self, x):
        self.x = x
        return x.reshape(3, 2, 3, 2, -1).max(axis=(1, 3))

    def backward(self, d_out):
        d_in = np.zeros(self.x.shape)
        for i in range(3):
            for j in range(3):
                for f in range(d_in.shape[2]):
                    region = self.x[2 * i:2 * i + 2, 2 * j:2 * j + 2, f]
                    a, b = np.unravel_index(region.argmax(), region.shape)
                    d_in[2 * i + a, 2 * j + b, f] = d_out[i, j, f]
        return d_in


conv, pool = Conv(3), Pool()
w, b = rng.normal(0, 0.3, (27, 2)), np.zeros(2)
images, kinds = make_images(30)
for epoch in range(8):
    total = 0.0
    for img, kind in zip(images, kinds):
        pooled = pool.forward(conv.forward(img))
        flat = pooled.flatten()
        e = np.exp(flat @ w + b)
        probs = e / e.sum()
        loss = -np.log(probs[kind])
        total += loss

        d_scores = probs.copy()
        d_scores[kind] -= 1
        d_flat = w @ d_scores
        w -= 0.05 * np.outer(flat, d_scores)
        b -= 0.05 * d_scores
        conv.backward(pool.backward(d_flat.reshape(pooled.shape)), 0.05)
    print(epoch, total / len(images))
