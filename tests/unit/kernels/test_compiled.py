"""The decorators compile, inline, and survive a place where nothing can be cached."""

from __future__ import annotations

import numba
import numpy as np
import pytest

from distsnn.kernels import compiled
from distsnn.kernels.compiled import inline_kernel, kernel


def test_kernel_and_device_function():
    @inline_kernel
    def twice(x):
        return 2.0 * x

    @kernel
    def fill(out):
        for i in range(out.size):
            out[i] = twice(i)

    for function in (fill, fill.py_func):
        out = np.zeros(5)
        function(out)
        assert out.tolist() == [0, 2, 4, 6, 8]


def test_falls_back_without_a_cache(monkeypatch):
    njit = numba.njit

    def no_place(**options):
        if options.get("cache"):
            raise RuntimeError("cannot cache function 'f': no locator available for file 'f.py'")
        return njit(**options)

    monkeypatch.setattr(compiled.numba, "njit", no_place)
    assert kernel(lambda x: x + 1)(2) == 3


def test_other_errors_of_numba_pass(monkeypatch):
    def broken(**options):
        raise RuntimeError("something else")

    monkeypatch.setattr(compiled.numba, "njit", broken)
    with pytest.raises(RuntimeError, match="something else"):
        kernel(lambda x: x)
