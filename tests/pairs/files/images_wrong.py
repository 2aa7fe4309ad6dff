import numpy as np


class Conv:
    def __init__(self, in_channels, out_channels, kernel_size, stride=1):
        self.stride, self.k = stride, kernel_size
        self.W = np.random.randn(out_channels, in_channels, kernel_size, kernel_size) * 0.3
        self.b = np.zeros(out_channels)

    def forward(self, x):
        self.x = x
        n, _, h, w = x.shape
        rows, cols = (h - self.k) // self.stride + 1, (w - self.k) // self.stride + 1
        out = np.zeros((n, len(self.W), rows, cols))
        for r in range(rows):
            for c in range(cols):
                i, j = r * self.stride, c * self.stride
                patch = x[:, :, i:i + self.k, j:j + self.k]
                out[:, :, r, c] = np.tensordot(patch, self.W, axes=([1, 2, 3], [1, 2, 3])) + self.b
        return out

    def backward(self, dout):
        dx, self.dW = np.zeros_like(self.x), np.zeros_like(self.W)
        self.db = dout.sum(axis=(0, 2, 3))
        for r in range(dout.shape[2]):
            for c in range(dout.shape[3]):
                i, j = r * self.stride, c * self.stride
                patch = self.x[:, :, i:i + self.k, j:j + self.k]
                self.dW += np.tensordot(dout[:, :, r, c], patch, axes=([0], [0]))
                dx[:, :, i:i + self.k, j:j + self.k] = np.tensordot(dout[:, :, r, c], self.W, axes=([1], [0]))  # wrong
        return dx
