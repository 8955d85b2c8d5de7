"""Random numbers of pairs and lengths of ranges."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy import stats

from distsnn.kernels.draws import pair_draws

KEY = np.uint32(3), np.uint32(4)


@pytest.mark.parametrize(
    ("low", "high", "step"), list(itertools.product((-3, 0, 5), (-4, 0, 7), (-3, -1, 1, 2)))
)
def test_range_size_is_that_of_python(low, high, step):
    for function in (pair_draws.range_size, pair_draws.range_size.py_func):
        assert function(low, high, step) == len(range(low, high, step))
    assert pair_draws.range_size(low, high, 0) == 0


@pytest.mark.parametrize("name", ["uniform", "normal"])
def test_draws(name):
    fill = getattr(pair_draws, f"fill_pair_{name}")
    draw = getattr(pair_draws, f"draw_pair_{name}")
    major, k = np.divmod(np.arange(5000, dtype=np.int64), 50)
    k = k * 2**31 + 1
    out = np.empty(major.size)
    fill(out, major, k, 2, *KEY)
    np.testing.assert_array_equal(out, [draw(m, n, 2, *KEY) for m, n in zip(major, k, strict=True)])
    plain = np.empty(100)
    fill.py_func(plain, major[:100], k[:100], 2, *KEY)
    np.testing.assert_array_equal(plain, out[:100])
    assert np.unique(out).size == out.size
    cdf = stats.uniform.cdf if name == "uniform" else stats.norm.cdf
    assert stats.kstest(out, cdf).pvalue > 1e-4
    other = np.empty_like(out)
    fill(other, major, k, 3, *KEY)
    assert not np.any(other == out)
