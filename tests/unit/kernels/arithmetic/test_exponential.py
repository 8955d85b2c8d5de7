"""The exponential: accurate, and the same wherever a value stands."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import special

from distsnn.kernels.arithmetic.exponential import exp, exp_values


def values() -> np.ndarray:
    rng = np.random.default_rng(1)
    return np.concatenate(
        [
            rng.uniform(-708, 709, 3000),
            rng.uniform(-2, 2, 3000),
            rng.normal(0, 1e-8, 500),
            np.arange(-1020, 1021) * (np.log(2) / 2),
            [0.0, -0.0, 1.0, -1.0, 5e-324, -708.0, 709.0],
        ]
    )


def exact(x: np.ndarray) -> np.ndarray:
    return np.exp(x.astype(np.longdouble))


def test_error_is_about_one_unit_in_the_last_place() -> None:
    x = values()
    x = x[np.abs(x) < 708]
    found = np.empty_like(x)
    exp_values(found, x)
    reference = exact(x)
    unit = np.spacing(reference.astype(np.float64))
    assert float(np.max(np.abs(found - reference) / unit)) < 1.5
    np.testing.assert_allclose(found, special.exp10(x / np.log(10)), rtol=1e-11)


def test_python_gives_the_same() -> None:
    x = values()[::7].copy()
    found, expected = np.empty_like(x), np.empty_like(x)
    exp_values(found, x)
    exp_values.py_func(expected, x)
    assert found.tobytes() == expected.tobytes()
    assert [exp.py_func(v) for v in x[:50]] == found[:50].tolist()


@pytest.mark.parametrize("offset", range(9))
def test_the_same_in_every_lane_and_in_the_remainder(offset: int) -> None:
    x = np.random.default_rng(2).uniform(-50, 50, 83)
    whole = np.empty_like(x)
    exp_values(whole, x)
    for n in (1, 2, 3, 5, 8, 13, 40):
        part = np.empty(n)
        exp_values(part, x[offset : offset + n])
        assert part.tobytes() == whole[offset : offset + n].tobytes()


def test_ends_of_the_range() -> None:
    x = np.array([-709.0, -1e5, -np.inf, 709.6, 1e5, np.inf, np.nan, 709.0])
    found = np.empty_like(x)
    exp_values(found, x)
    assert found[:6].tolist() == [0.0] * 3 + [np.inf] * 3
    assert np.isnan(found[6])
    assert found[7] == pytest.approx(np.exp(709.0), rel=1e-15)
    assert exp(0.0) == 1.0
