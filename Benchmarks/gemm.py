"""The machine's rate in single-precision matrix products, in GFLOP/s: gemm.py (threads: OPENBLAS_NUM_THREADS)"""

import time

import numpy as np

SIDE = 2048

a, b = (np.random.default_rng(seed).random((SIDE, SIDE), np.float32) for seed in (1, 2))
product = a @ b
best = 0.0
for _ in range(12):
    begin = time.perf_counter()
    np.matmul(a, b, out=product)
    best = max(best, 2 * SIDE**3 / (time.perf_counter() - begin) / 1e9)
print(best)
