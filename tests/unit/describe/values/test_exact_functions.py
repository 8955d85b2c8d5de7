"""Functions for coefficients: of numbers, arrays and what is too large."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from distsnn.describe.values.exact_functions import exact_exp, exact_expm1, exact_log, of_each

FUNCTIONS = [(exact_exp, math.exp), (exact_expm1, math.expm1), (exact_log, math.log)]


@pytest.mark.parametrize(("function", "plain"), FUNCTIONS)
def test_each_value_is_that_of_the_number(
    function: Callable[[Any], Any], plain: Callable[[float], float]
) -> None:
    x = np.random.default_rng(1).uniform(0.1, 9, (5, 8))
    expected = np.array([[plain(v) for v in row] for row in x.tolist()])
    assert function(x).tobytes() == expected.tobytes()
    assert function(x[:, ::3]).tobytes() == expected[:, ::3].tobytes()
    assert function(x[:0]).shape == (0, 8)
    one = function(x[2, 3])
    assert isinstance(one, np.float64)
    assert one == function(np.array(x[2, 3])) == expected[2, 3]
    assert math.isnan(function(math.nan))


@pytest.mark.parametrize("function", [exact_exp, exact_expm1])
def test_what_is_too_large_is_infinite(function: Callable[[Any], Any]) -> None:
    low = function(-np.inf)
    assert function(np.array([-np.inf, 710.0, np.inf])).tolist() == [low, math.inf, math.inf]
    assert function(1e5) == math.inf


def test_a_function_is_called_once_for_each_value() -> None:
    called = []

    def square(x: float) -> float:
        called.append(x)
        return x * x

    x = np.array([[3.0, 1.0], [1.0, 3.0]])
    assert of_each(square, x).tolist() == [[9.0, 1.0], [1.0, 9.0]]
    assert sorted(called) == [1.0, 3.0]
    assert of_each(square, 5) == 25.0
