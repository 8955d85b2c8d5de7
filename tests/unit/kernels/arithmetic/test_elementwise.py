"""Functions of arrays: any shape and layout, and the digits of what is compiled."""

from __future__ import annotations

import math

import numpy as np
import pytest

from distsnn.kernels.arithmetic import elementwise
from distsnn.kernels.compiled import kernel

LIBRARY = {
    "log10": math.log10, "sin": math.sin, "cos": math.cos, "tan": math.tan, "sinh": math.sinh,
    "cosh": math.cosh, "arcsin": math.asin, "arccos": math.acos, "arctan": math.atan,
}  # fmt: skip
X = np.random.default_rng(1).uniform(0.05, 0.95, (5, 8))


@pytest.mark.parametrize("name", LIBRARY)
def test_those_of_the_c_library(name: str) -> None:
    expected = [[LIBRARY[name](x) for x in row] for row in X.tolist()]
    assert getattr(elementwise, name)(X).tolist() == expected


@pytest.mark.parametrize("name", ["exp", "expm1", "exprel", "tanh", "log", "log1p"])
def test_of_any_shape(name: str) -> None:
    function = getattr(elementwise, name)
    whole = function(X)
    assert whole.shape == X.shape
    fixed = X.copy()
    fixed.flags.writeable = False
    for given, expected in ((X[:, ::3], whole[:, ::3]), (X.T, whole.T), (fixed, whole)):
        np.testing.assert_array_equal(function(given), expected)
    assert function(X[:0]).shape == (0, 8)
    for one in (X[2, 3], float(X[2, 3]), np.array(X[2, 3])):
        assert isinstance(function(one), np.float64)
        assert function(one) == whole[2, 3]
    assert function(1) == function(1.0) == function(np.True_)


@kernel
def products(x, out):
    for i in range(x.size):
        out[0, i], out[1, i], out[2, i], out[3, i] = x[i], x[i] ** 2, x[i] ** 3, x[i] ** 4
        out[4, i], out[5, i], out[6, i], out[7, i] = x[i] ** 5, x[i] ** 6, x[i] ** 7, x[i] ** 8


def test_powers() -> None:
    x = np.random.default_rng(2).normal(size=500)
    out = np.empty((8, x.size))
    products(x, out)
    for n in range(1, 9):
        found = elementwise.whole_power(x, n)
        assert found is not x
        assert found.tobytes() == out[n - 1].tobytes()
        assert elementwise.whole_power(x[3], n) == out[n - 1, 3]
    assert elementwise.power(X, -1.5).tolist() == [
        [math.pow(x, -1.5) for x in row] for row in X.tolist()
    ]
    assert elementwise.power(2, [3, -1]).tolist() == [8.0, 0.5]
