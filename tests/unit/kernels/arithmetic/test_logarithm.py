"""The logarithms are accurate and the same wherever they stand in a loop."""

from __future__ import annotations

import math

import numpy as np
import pytest

from distsnn.kernels.arithmetic.logarithm import log, log1p, log1p_values, log_of_normal, log_values

RNG = np.random.default_rng(1)
VALUES = {
    "log": np.concatenate(
        [
            2.0 ** np.arange(-1074, 1024),
            [math.sqrt(0.5), math.sqrt(2.0), 1 - 2**-53, 1 + 2**-52],
            10.0 ** RNG.uniform(-323, 308, 3000),
        ]
    ),
    "log1p": np.concatenate(
        [
            RNG.uniform(-1, 3, 3000),
            10.0 ** RNG.uniform(-323, 308, 3000),
            -(10.0 ** RNG.uniform(-323, 0, 3000)),
            [-0.0, 0.0, 2**-53, -(2**-53), -1 + 2**-53],
        ]
    ),
}
ENDS = np.array([-np.inf, -2.0, -1.0, -0.0, 0.0, np.inf, np.nan])
LOOPS = {"log": log_values, "log1p": log1p_values}
NUMPY = {"log": np.log, "log1p": np.log1p}
EACH = pytest.mark.parametrize("name", LOOPS)


@EACH
@pytest.mark.parametrize("python", [False, True])
def test_accuracy(name: str, python: bool) -> None:
    x = VALUES[name]
    out = np.empty_like(x)
    (LOOPS[name].py_func if python else LOOPS[name])(x, out)
    reference = NUMPY[name](x.astype(np.longdouble))
    unit = np.spacing(np.abs(reference.astype(np.float64)))
    assert float(np.max(np.abs(out - reference) / unit)) < {"log": 1.0, "log1p": 1.6}[name]
    np.testing.assert_array_equal(np.signbit(out), np.signbit(reference))


@EACH
def test_ends(name: str) -> None:
    out = np.empty_like(ENDS)
    LOOPS[name](ENDS, out)
    with np.errstate(all="ignore"):
        np.testing.assert_array_equal(out, NUMPY[name](ENDS))


@EACH
def test_same_in_every_lane(name: str) -> None:
    alone = {"log": log, "log1p": log1p}[name].py_func
    for x in RNG.uniform(0, 1, 20):
        out = np.empty(37)
        LOOPS[name](np.full(37, x), out)
        assert np.all(out == alone(x))


def test_normal_numbers_need_no_check() -> None:
    for x in 10.0 ** RNG.uniform(-300, 300, 100):
        assert log_of_normal(x) == log(x)
