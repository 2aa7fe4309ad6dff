# right: a graph network whose loss is that of the labelled nodes
import numpy as np
np.random.seed(0)
N, F, H, C = 12, 5, 6, 3
A = (np.random.rand(N, N) < .25).astype(float); A = np.maximum(A, A.T); np.fill_diagonal(A, 1)
D = A.sum(1); A_hat = A / np.sqrt(D[:, None] * D[None, :])
X = np.random.randn(N, F); labels = np.random.randint(0, C, N); train = np.arange(N) < 8
Theta1 = np.random.randn(F, H) * .4
Theta2 = np.random.randn(H, C) * .4
wd = 5e-4
def softmax(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True)); return e / e.sum(axis=-1, keepdims=True)
losses = []
for it in range(300):
    AX = A_hat @ X
    M1 = AX @ Theta1
    H1 = np.where(M1 > 0, M1, .2 * M1)
    AH = A_hat @ H1
    P = softmax(AH @ Theta2)
    loss = -np.log(P[np.arange(N), labels][train]).mean() + wd / 2 * (Theta1 ** 2).sum()
    losses.append(loss)
    G = P.copy()
    G[np.arange(N), labels] -= 1
    G[~train] = 0
    G /= train.sum()
    dTheta2 = AH.T @ G
    dH1 = A_hat.T @ G @ Theta2.T
    dM1 = dH1 * np.where(M1 > 0, 1, .2)
    dTheta1 = AX.T @ dM1 + wd * Theta1
    Theta1 = Theta1 - .5 * dTheta1
    Theta2 = Theta2 - .5 * dTheta2
print(losses[-1])
