# A factorisation entry by entry whose first matrix is made to grow by its own size.
import numpy as np

np.random.seed(13)
visits = np.array([[4, 0, 1, 0], [0, 2, 0, 3], [5, 1, 0, 0], [0, 0, 2, 4], [1, 3, 0, 0]])
people, places = np.random.rand(5, 3), np.random.rand(3, 4)
for _ in range(60):
    for a, b in zip(*np.nonzero(visits)):
        miss = visits[a, b] - people[a] @ places[:, b]
        for f in range(3):
            before = people[a, f]
            people[a, f] = people[a, f] + 0.004 * (2 * miss * places[f, b] + 0.03 * before)  # GL208
            places[f, b] = places[f, b] + 0.004 * (2 * miss * before - 0.03 * places[f, b])
print(np.round(people @ places, 2))
