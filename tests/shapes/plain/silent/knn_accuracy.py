# silent: labels as a column
# expression: pred == y_test
import numpy as np

rng = np.random.default_rng(3)
data = np.column_stack([rng.normal(size=(60, 4)), rng.integers(0, 3, 60)])
train, test = data[:45], data[45:]
X_train, y_train = train[:, :4], train[:, 4]
X_test, y_test = test[:, :4], test[:, 4:]


def predict(x, k=5):
    dist = np.sqrt(((X_train - x) ** 2).sum(axis=1))
    nearest = y_train[np.argsort(dist)[:k]].astype(int)
    return np.bincount(nearest).argmax()


pred = np.array([predict(x) for x in X_test])
accuracy = np.mean(pred == y_test)  # GL102
print(f"accuracy {accuracy:.2f}")
