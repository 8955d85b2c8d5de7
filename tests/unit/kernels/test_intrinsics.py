"""A prefetch changes nothing, and the clock runs."""

from __future__ import annotations

import time

import numba
import numpy as np

from distsnn.kernels.intrinsics import clock, prefetch


@numba.njit
def total(values):
    s = 0.0
    for i in range(values.size):
        # Also far beyond the end: a prefetch never fails.
        prefetch(values, i + 1000)
        s += values[i]
    return s


@numba.njit
def now():
    return clock()


def test_prefetch() -> None:
    for dtype in (np.float64, np.float32, np.uint16):
        assert total(np.arange(10).astype(dtype)) == 45.0
    assert "prefetch" in "".join(total.inspect_llvm().values())
    assert total.py_func(np.arange(10.0)) == 45.0


def test_clock() -> None:
    before, python = now(), clock()
    assert abs(time.monotonic_ns() - now()) < 1e9
    time.sleep(0.01)
    assert now() - before > 9e6
    assert now.py_func() >= python
