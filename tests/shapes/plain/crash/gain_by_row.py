# crash: a flat vector meets a row, where a column by a row is meant
# says: gain\[:, None\] @ look\[None, :\]
import numpy as np

spread, look = np.diag([2.0, 1.0, 0.5]), np.array([1.0, 0.0, 0.5])
gain = spread @ look / (look @ spread @ look + 0.1)
spread = spread - gain @ look[None, :] @ spread  # GL106
print(spread)
