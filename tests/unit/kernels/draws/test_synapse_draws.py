"""Random numbers of synapses: functions of identity, step and key."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from distsnn.kernels.draws.normal import normal_quantile
from distsnn.kernels.draws.philox import philox4x32, uniform53, uniform_open
from distsnn.kernels.draws.synapse_draws import (
    draw_synapse_normal,
    draw_synapse_uniform,
    fill_synapse_normal,
    fill_synapse_uniform,
)

KEY = np.uint32(3), np.uint32(5)


@pytest.mark.parametrize("compiled", [True, False])
def test_each_number_depends_on_its_own_identity_only(compiled: bool) -> None:
    fill = fill_synapse_uniform if compiled else fill_synapse_uniform.py_func
    major, minor, connect = np.arange(9), np.arange(9) % 3, np.arange(9) % 2
    out = np.empty(9)
    fill(out, major, minor, connect, *KEY)
    assert np.unique(out).size == 9
    assert ((out >= 0) & (out < 1)).all()
    part = np.empty(4)
    fill(part, major[5:], minor[5:], connect[5:], *KEY)
    np.testing.assert_array_equal(part, out[5:])


def test_steps_and_connects_have_numbers_of_their_own() -> None:
    found = {
        draw_synapse_uniform(1, 2, connect, step, *KEY)
        for connect in (0, 1, 2, 3, 1 << 12, (1 << 12) + 1, 1 << 20)
        for step in (0, 1, 2**32, 2**40)
    }
    assert len(found) == 28


@pytest.mark.parametrize("compiled", [True, False])
def test_numbers_are_those_of_the_counter(compiled: bool) -> None:
    """Counter words: source, copy, step, and the step's high bits below the ``connect``."""
    major, minor, connect, step = 7, 0x0000000300000005, (2 << 12) + 9, (4 << 32) + 6
    words = philox4x32.py_func(major, 5, 6, (9 << 20) | 4, int(KEY[0]) ^ 2, int(KEY[1]) ^ 3)[:2]
    for draw, expected in (
        (draw_synapse_uniform, uniform53.py_func(*words)),
        (draw_synapse_normal, normal_quantile.py_func(uniform_open.py_func(*words))),
    ):
        function = draw if compiled else draw.py_func
        assert function(major, minor, connect, step, *KEY) == expected


def test_moments() -> None:
    n = 20_000
    uniform, normal = np.empty(n), np.empty(n)
    index, zero = np.arange(n), np.zeros(n, dtype=np.int64)
    fill_synapse_uniform(uniform, index, zero, zero, *KEY)
    fill_synapse_normal(normal, index, zero, zero, *KEY)
    assert abs(uniform.mean() - 0.5) < 0.01
    assert abs(normal.mean()) < 0.03
    assert abs(normal.std() - 1) < 0.03


@pytest.mark.parametrize("compiled", [True, False])
@pytest.mark.parametrize("fill", [fill_synapse_uniform, fill_synapse_normal])
def test_all_63_bits_of_the_copy_count(compiled: bool, fill: Any) -> None:
    minor = np.array([0, 1, 1 << 31, 1 << 32, 1 << 33, (1 << 33) + 1, 1 << 62])
    out, zero = np.empty(minor.size), np.zeros(minor.size, dtype=np.int64)
    (fill if compiled else fill.py_func)(out, zero, minor, zero, *KEY)
    assert np.unique(out).size == minor.size
