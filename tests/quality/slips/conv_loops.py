# A convolution by loops: backward cuts its patches with i and j swapped, and the bias gets a mean.
import numpy as np

np.random.seed(25)
images = np.random.rand(12, 6, 6)
wanted = images[:, 1:5, 1:5].mean(axis=(1, 2)) - images[:, 0, 0]

kernel = np.random.randn(3, 3) * 0.3
bias = np.zeros(1)
out_w = np.random.randn(4, 4) * 0.3


def forward(images):
    feature = np.zeros((len(images), 4, 4))
    for i in range(4):
        for j in range(4):
            feature[:, i, j] = np.sum(images[:, i:i + 3, j:j + 3] * kernel, axis=(1, 2)) + bias
    active = np.maximum(feature, 0.1 * feature)
    return feature, active, np.sum(active * out_w, axis=(1, 2))


for epoch in range(150):
    feature, active, guess = forward(images)
    loss = 0.5 * np.sum((guess - wanted) ** 2)

    d_guess = guess - wanted
    d_out_w = np.sum(d_guess[:, None, None] * active, axis=0)
    d_feature = d_guess[:, None, None] * out_w * np.where(feature > 0, 1, 0.1)
    d_kernel = np.zeros_like(kernel)
    for i in range(4):
        for j in range(4):
            patch = images[:, j:j + 3, i:i + 3]  # GL308
            d_kernel += np.sum(d_feature[:, i, j][:, None, None] * patch, axis=0)
    d_bias = np.mean(d_feature)  # GL206

    kernel -= 0.01 * d_kernel
    bias -= 0.01 * d_bias
    out_w -= 0.01 * d_out_w
    if epoch % 30 == 0:
        print(epoch, loss)
