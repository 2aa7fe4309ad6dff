# right: b is (1, h), its gradient is (h,), and the subtraction still does the right thing
import numpy as np

np.random.seed(19)
X = np.random.rand(70, 3)
Y = (X.sum(axis=1, keepdims=True) > 1.5) * 1.0

w_h = np.random.normal(size=(3, 6))
b_h = np.zeros((1, 6))
w_o = np.random.normal(size=(6, 1))
b_o = np.zeros((1, 1))


def logistic(v):
    return 1.0 / (1.0 + np.exp(-v))


def predict(X):
    return logistic(logistic(X.dot(w_h) + b_h).dot(w_o) + b_o)


n_epochs = 3000
for epoch in range(n_epochs):
    h = logistic(X.dot(w_h) + b_h)
    o = logistic(h.dot(w_o) + b_o)
    bce = -(Y * np.log(o) + (1 - Y) * np.log(1 - o)).mean()

    delta_o = (o - Y) / len(X)
    delta_h = delta_o.dot(w_o.T) * h * (1 - h)
    gw_o, gb_o = h.T.dot(delta_o), delta_o.sum(axis=0)
    gw_h, gb_h = X.T.dot(delta_h), delta_h.sum(axis=0)

    w_o -= 2.0 * gw_o
    b_o -= 2.0 * gb_o
    w_h -= 2.0 * gw_h
    b_h -= 2.0 * gb_h
    if epoch % 500 == 0:
        print(epoch, bce, np.mean((predict(X) > 0.5) == Y))
