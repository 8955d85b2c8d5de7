"""Rates as text."""

from __future__ import annotations

import numpy as np
import pytest

import distsnn as snn
from distsnn.errors import EquationError, ParameterError, UnitError, UnknownNameError
from distsnn.units import Hz


def test_rates_as_text() -> None:
    scale = 2.0  # noqa: F841 - the text refers to it
    group = snn.PoissonGroup(3, rates="(1 + i)*10*Hz*scale + N*Hz")
    np.testing.assert_allclose(group.rates, np.array([23.0, 43.0, 63.0]) * Hz)
    assert snn.PoissonGroup(2, rates="5*Hz").rates.tolist() == pytest.approx([0.005, 0.005])


@pytest.mark.parametrize(
    ("rates", "error", "message"),
    [
        ("10*Hz*(1 + sin(t))", UnitError, "rates"),
        ("10*Hz + t", UnitError, "rates"),
        ("10*Hz*xi", UnitError, "rates"),
        ("10*ms", UnitError, "rates"),
        ("10*Hz*sclae", EquationError, "unknown name 'sclae'"),
        ("10*Hz*", EquationError, "syntax error"),
        ("-i*Hz", ParameterError, "rates must be >= 0"),
    ],
)
def test_what_is_no_rate(rates: str, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        snn.PoissonGroup(3, rates=rates)


def test_rates_that_change_in_time() -> None:
    """As many spikes as expected: 4 sigma of Poisson counts are allowed."""

    def spikes(seed: int) -> tuple[np.ndarray, np.ndarray]:
        # The text refers to it.
        wave = snn.TimedArray(np.array([0.0, 50.0, 0.0, 200.0]) * Hz, dt=25.0)  # noqa: F841
        group = snn.PoissonGroup(400, "wave(t)*(1 + i//200)", name="P")
        monitor = snn.SpikeMonitor(group)
        snn.Network(group, monitor, seed=seed).run(100)
        return np.asarray(monitor.t), np.asarray(monitor.i)

    t, i = spikes(1)
    for first, rate in ((0.0, 0.0), (25.0, 0.05), (50.0, 0.0), (75.0, 0.2)):
        inside = (t > first - 0.05) & (t < first + 24.95)
        for half in (0, 1):
            expected = 200 * 25.0 * rate * (1 + half)
            assert abs((i[inside] // 200 == half).sum() - expected) <= 4 * np.sqrt(expected)
    assert spikes(1)[0].tobytes() == t.tobytes() != spikes(2)[0].tobytes()


def test_unknown_names_of_rates_that_change() -> None:
    group = snn.PoissonGroup(3, "vawe(t)", name="P")
    with pytest.raises(EquationError, match="vawe"):
        snn.Network(group).run(1)
    with pytest.raises(ParameterError, match="N=0"):
        snn.PoissonGroup(0, "10*Hz*t/second")
    with pytest.raises(UnknownNameError, match="'rate'"):
        snn.PoissonGroup(3, rate="10*Hz*t/second")
