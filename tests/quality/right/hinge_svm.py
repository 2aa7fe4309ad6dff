# right: the multiclass hinge loss has kinks; its mask counts the violated margins row by row
import numpy as np

np.random.seed(8)


class LinearSVM:
    def __init__(self):
        self.W = None

    def loss(self, X, y, reg):
        num_train = X.shape[0]
        scores = X.dot(self.W)
        correct = scores[np.arange(num_train), y][:, np.newaxis]
        margins = np.maximum(0, scores - correct + 1)
        margins[np.arange(num_train), y] = 0
        loss = np.sum(margins) / num_train + reg * np.sum(self.W * self.W)

        mask = (margins > 0).astype(float)
        mask[np.arange(num_train), y] = -np.sum(mask, axis=1)
        dW = X.T.dot(mask) / num_train + 2 * reg * self.W
        return loss, dW

    def train(self, X, y, learning_rate=0.05, reg=1e-3, num_iters=600, batch_size=32):
        num_classes = np.max(y) + 1
        self.W = 0.01 * np.random.randn(X.shape[1], num_classes)
        history = []
        for it in range(num_iters):
            batch = np.random.choice(len(X), batch_size)
            loss, grad = self.loss(X[batch], y[batch], reg)
            history.append(loss)
            self.W -= learning_rate * grad
            if it % 100 == 0:
                print("iteration %d / %d: loss %f" % (it, num_iters, loss))
        return history


labels = np.random.randint(0, 4, 240)
points = np.random.randn(240, 2) + 3 * np.array([[1, 1], [-1, 1], [-1, -1], [1, -1]])[labels]
data = np.hstack([points, np.ones((240, 1))])
svm = LinearSVM()
svm.train(data, labels)
print("accuracy", np.mean(np.argmax(data.dot(svm.W), axis=1) == labels))
