"""A prefetch changes nothing, the clock runs, and the rest is what Python says."""

from __future__ import annotations

import time

import numba
import numpy as np

from distsnn.kernels.arithmetic.intrinsics import (
    clock,
    count_ones,
    fma,
    one_by_one,
    prefetch,
    trailing_zeros,
    wide_vectors,
)


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
    now()
    before, python = time.monotonic_ns(), clock()
    at = now()
    assert before <= at <= time.monotonic_ns()
    assert before <= python <= now.py_func() <= time.monotonic_ns()
    time.sleep(0.01)
    assert now() - at > 9e6


@numba.njit
def fused(a, b, c, out):
    for i in range(out.size):
        out[i] = fma(a[i], b[i], c[i])


def test_fused_products_are_rounded_once() -> None:
    rng = np.random.default_rng(1)
    a, b = rng.normal(size=(2, 203))
    # So that most digits of the product cancel.
    c = -a * b * np.where(rng.random(203) < 0.5, 1.0, rng.random(203))
    whole, part = np.empty(203), np.empty(5)
    fused(a, b, c, whole)
    assert whole.tolist() == [fma(*row) for row in zip(a, b, c, strict=True)]
    assert not np.array_equal(whole, a * b + c)
    for first in range(9):
        cut = slice(first, first + 5)
        fused(a[cut].copy(), b[cut].copy(), c[cut].copy(), part)
        assert part.tolist() == whole[cut].tolist()


@numba.njit
def zeros(words, out):
    for i in range(words.size):
        out[i] = trailing_zeros(words[i])


@numba.njit
def ones(words, out):
    for i in range(words.size):
        out[i] = count_ones(words[i])


def test_trailing_zeros() -> None:
    words = np.array([1 << k | rest for k in range(64) for rest in (0, 1 << 63)], dtype=np.uint64)
    found = np.zeros(words.size, dtype=np.int64)
    zeros(words, found)
    assert found.tolist() == [trailing_zeros(word) for word in words]
    assert found[::2].tolist() == list(range(64))
    ones(words, found)
    assert found.tolist() == [count_ones(word) for word in words]
    assert found[:4].tolist() == [1, 2, 1, 2]


def test_wide_vectors() -> None:
    @numba.njit
    def doubled(values):
        wide_vectors()
        for i in range(values.size):
            values[i] *= 2

    for function in (doubled, doubled.py_func):
        values = np.arange(100)
        function(values)
        assert (values == 2 * np.arange(100)).all()
    assert '"prefer-vector-width"="512"' in "".join(doubled.inspect_llvm().values())


def test_indices_are_read_one_by_one() -> None:
    @numba.njit
    def taken(values, index, out):
        for i in range(out.size):
            out[i] = values[one_by_one(index[i])]

    values = np.random.default_rng(1).random(40)
    for dtype in (np.uint32, np.int64):
        index = np.arange(39, -1, -1).astype(dtype)
        for function in (taken, taken.py_func):
            out = np.zeros(40)
            function(values, index, out)
            assert np.array_equal(out, values[::-1])
    assert "vgather" not in "".join(taken.inspect_asm().values())
