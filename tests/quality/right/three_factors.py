# right: a tensor in three factors, by einsum
import numpy as np
gen = np.random.default_rng(5)
I, J, K, R = 4, 5, 6, 2
T = np.einsum('ir,jr,kr->ijk', gen.normal(size=(I, R)), gen.normal(size=(J, R)), gen.normal(size=(K, R)))
T += .01 * gen.normal(size=T.shape)
A, B, C = (gen.normal(size=(m, R)) * .5 for m in (I, J, K))
step = 2e-3
for sweep in range(1000):
    That = np.einsum('ir,jr,kr->ijk', A, B, C)
    E = That - T
    gA = np.einsum('ijk,jr,kr->ir', E, B, C)
    gB = np.einsum('ijk,ir,kr->jr', E, A, C)
    gC = np.einsum('ijk,ir,jr->kr', E, A, B)
    A, B, C = A - step * gA, B - step * gB, C - step * gC
    if sweep % 200 == 0:
        print(sweep, 0.5 * np.linalg.norm(E) ** 2)
