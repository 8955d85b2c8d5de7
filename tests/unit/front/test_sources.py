"""Rates as text."""

from __future__ import annotations

import numpy as np
import pytest

import distsnn as snn
from distsnn.errors import EquationError, ParameterError, UnitError
from distsnn.units import Hz


def test_rates_as_text() -> None:
    scale = 2.0  # noqa: F841 - the text refers to it
    group = snn.PoissonGroup(3, rates="(1 + i)*10*Hz*scale + N*Hz")
    np.testing.assert_allclose(group.rates, np.array([23.0, 43.0, 63.0]) * Hz)
    assert snn.PoissonGroup(2, rates="5*Hz").rates.tolist() == pytest.approx([0.005, 0.005])


@pytest.mark.parametrize(
    ("rates", "error", "message"),
    [
        ("10*Hz*(1 + sin(t/ms))", ParameterError, "t in rates is not supported"),
        ("10*Hz*rand()", ParameterError, r"rand\(\) in rates is not supported"),
        ("wave(t)", ParameterError, "t in rates is not supported"),
        ("10*ms", UnitError, "rates"),
        ("10*Hz*sclae", EquationError, "unknown name 'sclae'"),
        ("10*Hz*", EquationError, "syntax error"),
        ("-i*Hz", ParameterError, "rates must be >= 0"),
    ],
)
def test_what_is_no_rate(rates: str, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        snn.PoissonGroup(3, rates=rates)
