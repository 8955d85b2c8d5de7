"""The power against Python's."""

from __future__ import annotations

from decimal import Context, Decimal

import numpy as np
import pytest

from distsnn.kernels.arithmetic.power import (
    HIGHEST_EXPONENT,
    POWERS_SIZE,
    outside_powers,
    power,
    powers_of,
    scaled_power,
    tabulated_power,
)
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


@kernel
def looked_up(x, scale, exponent, powers, out):
    for i in range(x.size):
        out[i] = tabulated_power(x[i], scale, exponent, powers)


@pytest.mark.parametrize("python", [False, True])
@pytest.mark.parametrize("scale", [1.0, 45.6])
@pytest.mark.parametrize("exponent", [0.0, 0.02, 0.4, 1.0, 2.5, HIGHEST_EXPONENT])
def test_powers_that_are_looked_up(exponent: float, scale: float, python: bool) -> None:
    edges = [2.0**-32, np.nextafter(2.0**32, 0.0), 1.0, np.nextafter(1.0, 0.0), 2.0, scale]
    x = np.concatenate([edges, np.exp(np.random.default_rng(1).uniform(-20.0, 20.0, 200))])
    powers, out = powers_of(exponent, scale), np.empty(x.size)
    assert powers.shape == (POWERS_SIZE,)
    (looked_up.py_func if python else looked_up)(x, scale, exponent, powers, out)
    assert not any(outside_powers.py_func(v) for v in x)
    digits = Context(prec=40)
    by_scale = [digits.divide(Decimal(v), Decimal(scale)) for v in x.tolist()]
    exact = [float(digits.power(v, Decimal(exponent)) * Decimal(scale)) for v in by_scale]
    # A unit in the last place.
    assert np.allclose(out, exact, rtol=2.3e-16, atol=0)


@pytest.mark.parametrize("python", [False, True])
def test_what_tables_of_powers_do_not_have(python: bool) -> None:
    x = np.array([0.0, 1e-310, 1e-200, np.nextafter(2.0**-32, 0.0), 2.0**32, 1e30])
    assert all(outside_powers.py_func(v) for v in x)
    out = np.empty(x.size)
    (looked_up.py_func if python else looked_up)(x, 2.0, 0.4, powers_of(0.4, 2.0), out)
    assert out.tolist() == [scaled_power.py_func(v, 2.0, 0.4) for v in x]
