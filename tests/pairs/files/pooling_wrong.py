import numpy as np


class MaxPool:
    def __init__(self, size=2, stride=2):
        self.size, self.stride = size, stride

    def forward(self, image):
        self.image = image
        h = (image.shape[0] - self.size) // self.stride + 1
        w = (image.shape[1] - self.size) // self.stride + 1
        out = np.zeros((h, w))
        for r in range(h):
            for c in range(w):
                i, j = r * self.stride, c * self.stride
                out[r, c] = image[i:i + self.size, j:j + self.size].max()
        return out

    def backward(self, d_out):
        d_image = np.zeros_like(self.image)
        for r in range(d_out.shape[0]):
            for c in range(d_out.shape[1]):
                i, j = r * self.stride, c * self.stride
                block = self.image[i:i + self.size, j:j + self.size]
                d_image[i:i + self.size, j:j + self.size] += d_out[r, c] * (block == block.max())  # wrong
            return d_image  # wrong
