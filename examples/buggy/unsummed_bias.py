"""Autoencoder for small patterns; the gradients are sums over the batch, squared error.

The biases hardly move while the weights run around; a bigger batch makes it worse.
Nothing fails. The hidden biases are simply forty times as patient as the rest.
"""
import numpy as np

np.random.seed(37)


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


class AutoEncoder:
    def __init__(self, visible, hidden):
        self.encoder = np.random.randn(visible, hidden) * 0.5
        self.encoder_bias = np.zeros(hidden)
        self.decoder = np.random.randn(hidden, visible) * 0.5
        self.decoder_bias = np.zeros(visible)

    def reconstruct(self, v):
        self.v = v
        self.code = sigmoid(np.dot(v, self.encoder) + self.encoder_bias)
        self.r = sigmoid(np.dot(self.code, self.decoder) + self.decoder_bias)
        return self.r

    def gradients(self):
        delta_r = (self.r - self.v) * self.r * (1 - self.r)
        delta_code = np.dot(delta_r, self.decoder.T) * self.code * (1 - self.code)
        g_decoder = np.dot(self.code.T, delta_r)
        g_decoder_bias = np.sum(delta_r, axis=0)
        g_encoder = np.dot(self.v.T, delta_code)
        g_encoder_bias = np.mean(delta_code, axis=0)  # GL206
        return g_encoder, g_encoder_bias, g_decoder, g_decoder_bias


bars = np.zeros((8, 4, 4))
for k in range(4):
    bars[k, k, :] = 1
    bars[4 + k, :, k] = 1
patterns = np.clip(bars.reshape(8, 16)[np.random.randint(0, 8, 40)] + 0.05 * np.random.randn(40, 16), 0, 1)

model = AutoEncoder(16, 6)
for epoch in range(4000):
    r = model.reconstruct(patterns)
    loss = 0.5 * np.sum((r - patterns) ** 2)
    g_encoder, g_encoder_bias, g_decoder, g_decoder_bias = model.gradients()
    model.encoder -= 0.1 * g_encoder
    model.encoder_bias -= 0.1 * g_encoder_bias
    model.decoder -= 0.1 * g_decoder
    model.decoder_bias -= 0.1 * g_decoder_bias
    if epoch % 500 == 0:
        print(epoch, loss)
