from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from distsnn.record.files.header import RecordingHeader
from distsnn.record.spikes.spike_file import SpikeFileWriter
from distsnn.record.spikes.spike_reader import SpikeFile
from distsnn.record.spikes.statistics import (
    interval_cv,
    neuron_rates,
    population_rate,
    spike_counts,
)


def test_counts_and_rates() -> None:
    ids = [0, 2, 2, 2]
    np.testing.assert_array_equal(spike_counts(ids, 4), [1, 0, 3, 0])
    np.testing.assert_array_equal(neuron_rates(ids, 4, 100.0), [0.01, 0, 0.03, 0])
    assert np.isnan(neuron_rates([], 2, 0.0)).all()


def test_cv_against_the_obvious_loop() -> None:
    rng = np.random.default_rng(3)
    times, ids = rng.uniform(0, 1000, 400), rng.integers(0, 60, 400)
    expected = np.full(61, np.nan)
    for neuron in range(61):
        intervals = np.diff(np.sort(times[ids == neuron]))
        if intervals.size >= 2:
            expected[neuron] = intervals.std() / intervals.mean()
    np.testing.assert_allclose(interval_cv(times, ids, 61), expected, rtol=1e-12)


def test_cv_of_a_clock_and_of_a_poisson_process() -> None:
    assert interval_cv(np.arange(10) * 7.0, np.zeros(10, int), 1)[0] == pytest.approx(0, abs=1e-12)
    times = np.cumsum(np.random.default_rng(1).exponential(10.0, 20_000))
    assert interval_cv(times, np.zeros(20_000, int), 1)[0] == pytest.approx(1.0, abs=0.03)


def test_rate_over_time_on_a_grid() -> None:
    # 0.3 / 0.1 is below 3 in binary fractions; the spike of step 3 belongs to bin 3.
    left, rate = population_rate(np.arange(10) * 0.1, 2, 0.0, 1.0, 0.1)
    np.testing.assert_allclose(left, np.arange(10) * 0.1)
    np.testing.assert_allclose(rate, np.full(10, 5.0))


def test_rate_over_time_leaves_out_what_is_outside() -> None:
    _, rate = population_rate([0.0, 9.0, 10.0, 24.0, 26.0], 1, 10.0, 26.0, 5.0)
    np.testing.assert_allclose(rate, [0.2, 0.0, 0.2])
    assert population_rate([], 1, 0.0, 0.0, 5.0)[1].size == 0


def test_statistics_of_a_file(tmp_path: Path) -> None:
    writer = SpikeFileWriter(
        tmp_path / "f.h5", RecordingHeader(1, 1.0, ""), [("E", 2), ("silent", 1)]
    )
    writer.append("E", [10, 20, 30, 40, 95], [0, 0, 0, 0, 1])
    writer.finish(100)
    one, silent = SpikeFile(tmp_path / "f.h5").statistics()
    assert (one.name, one.size, one.spikes) == ("E", 2, 5)
    assert (one.mean_rate, one.min_rate, one.max_rate) == (0.025, 0.01, 0.04)
    assert one.mean_cv == 0.0
    assert silent.mean_rate == 0.0
    assert np.isnan(silent.mean_cv)
    late = SpikeFile(tmp_path / "f.h5").statistics(start=50.0)[0]
    assert (late.spikes, late.mean_rate) == (1, 0.01)
