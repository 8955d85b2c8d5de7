"""The exponential and what is made of it: accurate, and the same wherever a value stands."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import special

from distsnn.kernels.arithmetic import exponential

# Of each function: its form in numpy, where it is compared, units in the last place.
FUNCTIONS: dict[str, tuple[Callable[..., Any], tuple[float, float], float]] = {
    "exp": (np.exp, (-708, 709), 1.5),
    "expm1": (np.expm1, (-800, 709), 2.5),
    "exprel": (lambda x: np.expm1(x) / np.where(x == 0, 1, x) + (x == 0), (-800, 709), 2.5),
    "tanh": (np.tanh, (-800, 800), 3.5),
}
EACH = pytest.mark.parametrize("name", FUNCTIONS)


def values() -> np.ndarray:
    rng = np.random.default_rng(1)
    return np.concatenate(
        [
            rng.uniform(-708, 709, 3000),
            rng.uniform(-2, 2, 3000),
            rng.uniform(-60, 60, 3000),
            rng.normal(0, 1e-8, 500),
            10.0 ** rng.uniform(-320, 0, 300),
            -(10.0 ** rng.uniform(-320, 0, 300)),
            np.arange(-1020, 1021) * (np.log(2) / 2),
            [0.0, -0.0, 1.0, -1.0, 5e-324, -708.0, 709.0],
        ]
    )


def found(name: str, x: np.ndarray) -> np.ndarray:
    out = np.empty_like(x)
    getattr(exponential, f"{name}_values")(x, out)
    return out


@EACH
def test_error_in_units_in_the_last_place(name: str) -> None:
    in_numpy, (low, high), bound = FUNCTIONS[name]
    x = values()
    x = x[(x > low) & (x < high)]
    reference = in_numpy(x.astype(np.longdouble))
    unit = np.spacing(np.abs(reference.astype(np.float64)))
    assert float(np.max(np.abs(found(name, x) - reference) / unit)) < bound


def test_references_of_scipy() -> None:
    x = values()
    x = x[np.abs(x) < 708]
    np.testing.assert_allclose(found("exp", x), special.exp10(x / np.log(10)), rtol=1e-11)
    np.testing.assert_allclose(found("exprel", x), special.exprel(x), rtol=1e-15)


@EACH
def test_python_gives_the_same(name: str) -> None:
    x = values()[::7].copy()
    expected = np.empty_like(x)
    getattr(exponential, f"{name}_values").py_func(x, expected)
    assert found(name, x).tobytes() == expected.tobytes()
    alone = getattr(exponential, name).py_func
    assert [alone(v) for v in x[:50]] == found(name, x)[:50].tolist()


@EACH
@pytest.mark.parametrize("offset", range(9))
def test_the_same_in_every_lane_and_in_the_remainder(name: str, offset: int) -> None:
    x = np.random.default_rng(2).uniform(-50, 50, 83)
    whole = found(name, x)
    for n in (1, 2, 3, 5, 8, 13, 40):
        part = found(name, x[offset : offset + n])
        assert part.tobytes() == whole[offset : offset + n].tobytes()


ENDS = np.array([-709.0, -1e5, -np.inf, 709.6, 1e5, np.inf, np.nan, 0.0])


def test_ends_of_the_range() -> None:
    e = found("exp", ENDS)
    assert e[:6].tolist() == [0.0] * 3 + [np.inf] * 3
    assert found("expm1", ENDS)[:6].tolist() == [-1.0] * 3 + [np.inf] * 3
    assert found("exprel", ENDS)[:6].tolist() == [1 / 709, 1e-5, 0.0] + [np.inf] * 3
    assert found("tanh", ENDS)[:6].tolist() == [-1.0] * 3 + [1.0] * 3
    assert [found(name, ENDS)[7] for name in FUNCTIONS] == [1.0, 0.0, 1.0, 0.0]
    assert all(np.isnan(found(name, ENDS)[6]) for name in FUNCTIONS)
    assert found("exp", np.array([709.0])) == pytest.approx(np.exp(709.0), rel=1e-15)
    # Just below the last power of two that there is, with a rest of either sign.
    x = np.array([709.0, 709.43])
    np.testing.assert_allclose(found("expm1", x), np.exp(x), rtol=1e-15)
