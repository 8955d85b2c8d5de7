"""The triad of STREAM against numpy."""

from __future__ import annotations

import numpy as np
import pytest

from distsnn.kernels.stream import triad


@pytest.mark.parametrize("kernel", [triad, triad.py_func])
def test_triad(kernel) -> None:
    b, c = np.random.default_rng(1).normal(size=(2, 37))
    a = np.zeros(37)
    kernel(a, b, c, 3.0)
    np.testing.assert_array_equal(a, b + 3.0 * c)
