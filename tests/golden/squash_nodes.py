"""Prints NEAR of src/learn/distribution/squash.rs: Gauss's quadrature for the weight ln(1 + e^(-2 x)) on x > 0, by the
Cholesky factor of its moments, gamma(k + 1) eta(k + 2) / 2^(k + 1) (Golub and Welsch, 1969), worked out in 60 digits.

python3 tests/golden/squash_nodes.py   (needs mpmath)
"""
import mpmath as mp

mp.mp.dps = 60
N = 8

moments = [mp.gamma(k + 1) * mp.altzeta(k + 2) / mp.mpf(2) ** (k + 1) for k in range(2 * N + 1)]
hankel = mp.matrix(N + 1, N + 1)
for i in range(N + 1):
    for j in range(N + 1):
        hankel[i, j] = moments[i + j]
r = mp.cholesky(hankel).T
jacobi = mp.matrix(N, N)
for j in range(N):
    jacobi[j, j] = r[j, j + 1] / r[j, j] - (r[j - 1, j] / r[j - 1, j - 1] if j else 0)
    if j:
        jacobi[j - 1, j] = jacobi[j, j - 1] = r[j, j] / r[j - 1, j - 1]
nodes, vectors = mp.eigsy(jacobi)
for i in range(N):
    weight = moments[0] * vectors[0, i] ** 2
    # The last one is beyond what f32 can tell.
    if weight > 1e-8:
        print(f"    ({mp.nstr(nodes[i], 9)}, {mp.nstr(weight, 9)}),")
