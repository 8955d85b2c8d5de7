"""Changes of Adam beside its steps one by one."""

from __future__ import annotations

import math

import numpy as np
import pytest

from distsnn.kernels.arithmetic.adam import adam_moves, adam_values


def step_by_step(gradients: list[float], beta_1: float, beta_2: float, epsilon: float) -> list:
    """Changes, and both means behind each step, for a rate of 1."""
    m = v = 0.0
    found = []
    for n, gradient in enumerate(gradients, 1):
        m = beta_1 * m + (1.0 - beta_1) * gradient
        v = beta_2 * v + (1.0 - beta_2) * gradient**2
        rate = math.sqrt(1.0 - beta_2**n) / (1.0 - beta_1**n)
        found.append((rate * m / (math.sqrt(v) + epsilon), m, v))
    return found


@pytest.mark.parametrize("steps", [0, 1, 2, 7])
def test_the_sum_is_that_of_all_steps(steps: int) -> None:
    rates = 0.9, 0.999, 1e-8
    found = step_by_step([0.3, -0.2, 0.5, *([0.0] * 8)], *rates)
    _, m, v = found[2]
    expected = sum(change for change, _, _ in found[2 : 2 + steps])
    assert adam_moves(m, v, 3.0, float(steps), *rates) == pytest.approx(expected, rel=1e-13)


def test_arrays_are_those_of_each() -> None:
    out = np.empty(2)
    columns = [np.array(x) for x in ([0.1, -0.2], [0.01, 0.3], [1.0, 4.0], [2.0, 3.0])]
    rates = [np.full(2, x) for x in (0.9, 0.999, 1e-8)]
    adam_values(*columns, *rates, out)
    each = [adam_moves(*(float(c[k]) for c in (*columns, *rates))) for k in range(2)]
    assert out.tolist() == each
