"""The logarithm is accurate and the same wherever it stands in a loop."""

from __future__ import annotations

import math

import numpy as np
import pytest

from distsnn.kernels.arithmetic.logarithm import log
from distsnn.kernels.compiled import kernel


@kernel
def log_values(out, x):
    """Logarithm of each value."""
    for i in range(out.size):
        out[i] = log(x[i])


@pytest.mark.parametrize("function", [log_values, log_values.py_func])
def test_accuracy(function):
    x = np.concatenate(
        [
            2.0 ** np.arange(-1022, 1024),
            [math.sqrt(0.5), math.sqrt(2.0), 1 - 2**-53, 1 + 2**-52],
            10.0 ** np.random.default_rng(1).uniform(-300, 300, 500),
        ]
    )
    out = np.empty_like(x)
    function(out, x)
    np.testing.assert_allclose(out, np.log(x), rtol=3e-16, atol=0)


def test_same_in_every_lane():
    for x in np.random.default_rng(2).uniform(0, 1, 20):
        out = np.empty(37)
        log_values(out, np.full(37, x))
        assert np.all(out == log.py_func(x))
