from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import distsnn as snn
from distsnn.errors import ParameterError

DT = 0.1
WINDOWS: dict[str, tuple[Any, float | None]] = {
    "gaussian": ("gaussian", 0.53),
    "flat, even": ("flat", 0.8),
    "flat, odd": ("flat", 0.9),
    "flat, narrow": ("flat", 0.05),
    "array": (np.array([1.0, 2.0, 5.0]), None),
    "long": ("gaussian", 30.0),
}


@pytest.fixture(scope="module")
def rates() -> snn.PopulationRateMonitor:
    cells = snn.PoissonGroup(20, rates=0.3, name="noise")
    monitor = snn.PopulationRateMonitor(cells)
    snn.Network(cells, monitor, dt=DT, seed=3).run(20.0)
    return monitor


def weights(window: Any, width: float | None) -> list[float]:
    """The window as an obvious list."""
    if not isinstance(window, str):
        return list(window)
    assert width is not None
    if window == "flat":
        return [1.0] * (2 * int(width / 2 / DT) + 1)
    half = round(2 * width / DT)
    return [float(np.exp(-0.5 * (k * DT / width) ** 2)) for k in range(-half, half + 1)]


@pytest.mark.parametrize("name", WINDOWS)
def test_every_value_is_a_weighted_mean(rates: snn.PopulationRateMonitor, name: str) -> None:
    window = weights(*WINDOWS[name])
    half = len(window) // 2
    expected = []
    for at in range(rates.rate.size):
        total = 0.0
        for k, weight in enumerate(window):
            # Turned around, as in a convolution.
            source = at - (k - half)
            if 0 <= source < rates.rate.size:
                total += weight * rates.rate[source]
        expected.append(total / sum(window))
    smooth = rates.smooth_rate(*WINDOWS[name])
    assert smooth.shape == rates.t.shape
    np.testing.assert_allclose(smooth, expected, rtol=1e-12, atol=1e-15)


def test_before_a_run_there_is_nothing() -> None:
    monitor = snn.PopulationRateMonitor(snn.PoissonGroup(2, rates=0.1))
    assert monitor.smooth_rate("flat", width=1.0).size == 0


def test_errors_name_what_is_wrong(rates: snn.PopulationRateMonitor) -> None:
    for window, width, message in (
        ("hann", 1.0, "window='hann'; window is 'gaussian', 'flat' or an array"),
        ("flat", None, "width=None ms; a flat window has a width > 0 ms"),
        ("gaussian", -1.0, "width=-1.0 ms; a gaussian window"),
        ([1.0, 1.0], None, r"window of shape \(2,\)"),
        ([1.0], 1.0, "no width"),
    ):
        with pytest.raises(ParameterError, match=message):
            rates.smooth_rate(window, width)


def test_windows_wider_than_any_recording_are_refused(rates: snn.PopulationRateMonitor) -> None:
    for width in (1e18, 1e300):
        for window in ("flat", "gaussian"):
            with pytest.raises(ParameterError, match="at most 10,000,000 steps"):
                rates.smooth_rate(window, width=width)
