"""The mean time between crossings, beside an adaptive integration."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import erfcx

from distsnn.kernels.arithmetic.crossing import crossing, crossings


@pytest.mark.parametrize(
    ("low", "high"),
    [
        (-3.0, 2.0),
        (-50.0, -1.0),
        (-300.0, -40.0),
        (0.5, 6.0),
        (-12.0, 6.5),
        (-5.0, -4.9),
        (1.0, 1.0),
    ],
)
def test_it_is_the_integral(low: float, high: float) -> None:
    of = quad(lambda s: erfcx(-s), low, high, epsabs=0.0, epsrel=1e-13, limit=500)[0]
    assert math.isclose(crossing(low, high), math.sqrt(math.pi) * of, rel_tol=1e-11)


def test_without_noise_it_is_that_of_a_leaky_neuron() -> None:
    assert math.isclose(crossing(-5e150, -2e150), math.log(2.5), rel_tol=1e-14)


def test_ends_of_its_range() -> None:
    out = np.empty(3)
    crossings(np.array([0.0, 2.0, np.nan]), np.array([30.0, 1.0, 2.0]), out)
    np.testing.assert_array_equal(out, [np.inf, np.nan, np.nan])
