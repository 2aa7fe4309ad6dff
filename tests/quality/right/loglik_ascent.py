# right: it climbs, on purpose: w is moved up the log-likelihood
import numpy as np

np.random.seed(30)
n = 200
features = np.random.randn(n, 3)
truth = np.array([1.5, -2.0, 0.5])
labels = (features @ truth + 0.3 * np.random.randn(n) > 0).astype(float)


def sigmoid(scores):
    return 1 / (1 + np.exp(-scores))


def log_likelihood(features, target, weights):
    scores = np.dot(features, weights)
    return np.sum(target * scores - np.log(1 + np.exp(scores)))


def logistic_regression(features, target, num_steps, learning_rate):
    intercept = np.ones((features.shape[0], 1))
    features = np.hstack((intercept, features))
    weights = np.zeros(features.shape[1])
    for step in range(num_steps):
        scores = np.dot(features, weights)
        predictions = sigmoid(scores)
        output_error_signal = target - predictions
        gradient = np.dot(features.T, output_error_signal)
        weights += learning_rate * gradient
        if step % 1000 == 0:
            print(log_likelihood(features, target, weights))
    return weights


weights = logistic_regression(features, labels, num_steps=5000, learning_rate=5e-3)
print(weights)
