"""The power against Python's."""

from __future__ import annotations

import numpy as np
import pytest

from distsnn.kernels.arithmetic.power import power
from distsnn.kernels.compiled import kernel


@kernel
def powers(x, exponent, out):
    for i in range(x.size):
        out[i] = power(x[i], exponent)


@pytest.mark.parametrize("python", [False, True])
@pytest.mark.parametrize("exponent", [0.0, 0.02, 0.4, 1.0, 1.7])
def test_power(exponent: float, python: bool) -> None:
    x = np.array([0.0, 1e-310, 1e-200, 1e-3, 0.9, 1.0, 7.5, 1e6])
    out = np.empty(x.size)
    (powers.py_func if python else powers)(x, exponent, out)
    wanted = [v**exponent if v >= 2.3e-308 or exponent in {0.0, 1.0} else 0.0 for v in x.tolist()]
    # exp(y) has a relative error of about |y| units in the last place.
    assert np.allclose(out, wanted, rtol=1e-13 if exponent < 1.5 else 1e-12, atol=0)
