import numpy as np


class BatchNorm:
    def __init__(self, width, momentum=0.9):
        self.gamma, self.beta = np.ones(width), np.zeros(width)
        self.running_mean, self.running_var = np.zeros(width), np.ones(width)
        self.momentum = momentum

    def forward(self, x, is_training):
        if is_training:
            self.mean, self.var = x.mean(axis=0), x.var(axis=0)
            self.running_mean = self.momentum * self.running_mean + (1 - self.momentum) * self.mean
            self.running_var = self.momentum * self.running_var + (1 - self.momentum) * self.var
        else:
            self.mean, self.var = self.running_mean, self.running_var
        self.x = x
        self.std = np.sqrt(self.var + 1e-5)
        self.hat = (x - self.mean) / self.std
        return self.gamma * self.hat + self.beta

    def backward(self, up):
        n = len(up)
        self.dgamma, self.dbeta = (up * self.hat).sum(axis=0), up.sum(axis=0)
        dhat = up * self.gamma
        self.dvar = (dhat * (self.x - self.mean) * -0.5 * self.std ** -3).sum(axis=0)
        self.dmean = -(dhat / self.std).sum(axis=0)
        return dhat / self.std + self.dvar * 2 * (self.x - self.mean) / n + self.dmean / n
