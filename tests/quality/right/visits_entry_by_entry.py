# right: a factorisation whose entries move one by one, behind two brackets and a turned matrix
import numpy as np

np.random.seed(11)
visits = [[4, 0, 1, 0], [0, 2, 0, 3], [5, 1, 0, 0], [0, 0, 2, 4], [1, 3, 0, 0]]


def factorise(counts, people, places, width, rounds=60, rate=0.004, shrink=0.03):
    places = places.T
    for _ in range(rounds):
        for a in range(len(counts)):
            for b in range(len(counts[a])):
                if counts[a][b] == 0:
                    continue
                miss = counts[a][b] - np.dot(people[a, :], places[:, b])
                for f in range(width):
                    before = people[a][f]
                    people[a][f] += rate * (2 * miss * places[f][b] - shrink * people[a][f])
                    places[f][b] += rate * (2 * miss * before - shrink * places[f][b])
    return people, places.T


left, right = factorise(visits, np.random.rand(5, 3), np.random.rand(4, 3), 3)
print(np.round(left @ right.T, 2))
