"""Device functions of texts, compiled and not, against obvious twins."""

from __future__ import annotations

import math

import numpy as np
import pytest

from distsnn.kernels import expression_functions as e
from distsnn.kernels.draws.normal import normal_quantile
from distsnn.kernels.draws.philox import philox4x32, uniform53, uniform_open

VALUES = [-2.5, -2.0, -1.0, -0.3, -1e-17, -0.0, 0.0, 1e-300, 0.3, 0.5, 1.0, 1.999, 7.0]
KEY = np.uint32(0x9E3779B9), np.uint32(7)
BOTH = pytest.mark.parametrize("form", ["compiled", "py_func"])


def function(name, form):
    found = getattr(e, name)
    return found if form == "compiled" else found.py_func


@BOTH
def test_clip(form):
    clip = function("clip", form)
    for x in VALUES:
        assert clip(x, -0.7, 0.9) == sorted([-0.7, x, 0.9])[1]
    assert clip(3, 0, 2) == 2


@BOTH
def test_sign(form):
    sign = function("sign", form)
    for x in VALUES:
        assert sign(x) == (1.0 if x > 0 else -1.0 if x < 0 else 0.0)
    assert sign(-3) == -1.0


@BOTH
def test_floor_and_ceil_are_whole_numbers(form):
    floor, ceil = function("floor", form), function("ceil", form)
    for x in VALUES:
        below = int(x) - (x < int(x))
        assert floor(x) == below
        assert ceil(x) == below + (x > below)
        assert float(floor(x)).is_integer()
    assert floor(2**40 + 0.5) == 2**40


@BOTH
def test_relax_solves_its_equation(form):
    relax = function("relax", form)
    dt, x, b = 0.1, 0.7, 1.3
    for a in (-3.0, -0.2, 0.4):
        known = x * math.exp(a * dt) + b * math.expm1(a * dt) / a
        assert relax(x, a, b, b / a, dt) == pytest.approx(known, rel=1e-14)
    assert relax(x, 0.0, b, np.inf, dt) == x + b * dt


@BOTH
def test_timestep(form):
    timestep = function("timestep", form)
    for step in (0, 1, 3, 7, 12345):
        # Floats fall short of the step, or beyond it.
        for time in (step * 0.1, np.nextafter(step * 0.1, -1), step * 0.1 + 0.05):
            assert timestep(time, 0.1) == step


def row_twin(time, dt, factor, n):
    """The row whose interval holds `time`, to half a point of the finer grid."""
    row = 0
    while row < n - 1 and time / (dt / factor) + 0.5 >= (row + 1) * factor:
        row += 1
    return row


@BOTH
def test_rows_of_timed_arrays(form):
    row, value = function("timed_row", form), function("timed_value", form)
    column = function("timed_value_2d", form)
    values = np.array([0.3, 1.5, -0.5, 2.0])
    table = np.arange(12.0) / 7.0
    dt, factor = 0.7, 64.0
    for time in [-1.0, 0.0, 0.1, 0.69, 0.7 - 1e-15, 0.7, 0.71, 1.4, 2.0999999, 2.1, 2.8, 99.0]:
        known = row_twin(time, dt, factor, 4)
        assert row(time, dt / factor, factor, 4) == known
        assert value(time, values, dt / factor, factor) == values[known]
        for k in range(3):
            found = column(time, k, table, dt / factor, factor, 3)
            assert found == table.reshape(4, 3)[known, k]


@BOTH
def test_draws_are_those_of_philox(form):
    uniform, normal = function("draw_uniform", form), function("draw_normal", form)
    for index, step, call in [(0, 0, 0), (5, 3, 1), (2**33 + 1, 2**35 + 7, 9)]:
        words = philox4x32(
            np.uint64(index), np.uint64(call), np.uint64(step), np.uint64(step >> 32), *KEY
        )
        assert uniform(index, step, call, *KEY) == uniform53(words[0], words[1])
        assert normal(index, step, call, *KEY) == normal_quantile(uniform_open(words[0], words[1]))


@BOTH
@pytest.mark.parametrize("kind", ["uniform", "normal"])
def test_draws_for_many(form, kind):
    index = np.array([3, 0, 2**34, 3])
    out = np.full(4, np.nan)
    function(f"draw_{kind}s", form)(out, index, 2, *KEY)
    assert out.tolist() == [getattr(e, f"draw_{kind}")(i, 0, 2, *KEY) for i in index]
    assert out[0] == out[3]
