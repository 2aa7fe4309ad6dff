# right: it climbs, on purpose: the coefficients move up the log-likelihood
import numpy as np

np.random.seed(30)


class Logit:
    def __init__(self, n):
        self.coef = np.zeros(n + 1)

    def chance(self, data):
        return 1 / (1 + np.exp(-(self.coef[0] + data @ self.coef[1:])))

    def likelihood(self, data, yes):
        p = self.chance(data)
        return np.sum(np.log(np.where(yes, p, 1 - p)))

    def score(self, data, yes):
        residual = yes - self.chance(data)
        return np.concatenate([[residual.sum()], data.T @ residual])


patients = np.random.randn(150, 3)
ill = patients @ [1.0, -1.5, 0.4] + 0.8 * np.random.randn(150) > 0.2

model = Logit(3)
for step in range(1500):
    before = model.likelihood(patients, ill)
    model.coef = model.coef + 0.005 * model.score(patients, ill)
    if step % 300 == 0:
        print("log-likelihood", before)
print("coefficients", model.coef)
