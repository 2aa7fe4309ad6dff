# right: everything lives in module globals, functions return nothing and change them
import numpy as np

np.random.seed(104)

X = np.random.rand(40, 3)
Y = (X[:, 0:1] > X[:, 1:2]).astype(float)
W1 = np.random.randn(3, 5)
B1 = np.zeros((1, 5))
W2 = np.random.randn(5, 1)
B2 = np.zeros((1, 1))
A1 = A2 = None
DW1 = DB1 = DW2 = DB2 = None
COST = 0.0


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def forward():
    global A1, A2
    A1 = sigmoid(X.dot(W1) + B1)
    A2 = sigmoid(A1.dot(W2) + B2)


def cost():
    global COST
    COST = np.average((A2 - Y) ** 2) / 2


def backward():
    global DW1, DB1, DW2, DB2
    e = (A2 - Y) * A2 * (1 - A2) / len(X)
    DW2 = A1.T.dot(e)
    DB2 = e.sum(0, keepdims=True)
    h = e.dot(W2.T) * A1 * (1 - A1)
    DW1 = X.T.dot(h)
    DB1 = h.sum(0, keepdims=True)


def step(rate):
    global W1, B1, W2, B2
    W1 = W1 - rate * DW1
    B1 = B1 - rate * DB1
    W2 = W2 - rate * DW2
    B2 = B2 - rate * DB2


for epoch in range(3000):
    forward()
    cost()
    backward()
    step(3.0)
    if epoch % 600 == 0:
        print(COST)
